# SPDX-License-Identifier: BSD-2-Clause
"""Every answer of Verify v2 and Number Insight against the vendor's OpenAPI documents."""

import json
import os
import pathlib

import pytest

jsonschema = pytest.importorskip(
    "jsonschema", reason="jsonschema is not installed: apt-get install python3-jsonschema"
)
yaml = pytest.importorskip("yaml", reason="yaml is not installed: apt-get install python3-yaml")

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPECS = pathlib.Path(os.environ.get("TWOFA_SHARED", ROOT.parent / "shared")) / "specs"
NUMBER = "447700800300"
START = ("/v2/verify", "post")
CHECK = ("/v2/verify/{request_id}", "post")
CANCEL = ("/v2/verify/{request_id}", "delete")
NEXT = ("/v2/verify/{request_id}/next_workflow", "post")


def load(name):
    path = SPECS / name
    if not path.exists():
        pytest.skip(f"no vendor document at {path}: set TWOFA_SHARED")
    text = path.read_text()
    return json.loads(text) if name.endswith(".json") else yaml.safe_load(text)


@pytest.fixture(scope="module")
def verify():
    return load("vonage-verify-v2.yml")


@pytest.fixture(scope="module")
def insight():
    return load("vonage-number-insight.json")


def deref(document, node):
    while "$ref" in node:
        node = jsonschema.RefResolver("", document).resolve(node["$ref"])[1]
    return node


def merged(document, schema):
    """The schema's properties and required names, through $ref and allOf."""
    schema = deref(document, schema)
    properties, required = dict(schema.get("properties", {})), list(schema.get("required", []))
    for piece in schema.get("allOf", []):
        more, needed = merged(document, piece)
        properties.update(more)
        required += needed
    return properties, required


def validate(document, operation, reply, extra=()):
    """Status, type and body; members that the vendor does not name are refused but for extra."""
    path, method = operation
    responses = document["paths"][path][method]["responses"]
    assert str(reply.status) in responses, (operation, reply.status, reply.body)
    response = deref(document, responses[str(reply.status)])
    if "content" not in response:
        assert reply.body == b"" and reply.headers["Content-Type"] is None
        return
    kind = reply.headers["Content-Type"]
    assert kind in response["content"], kind
    schema = response["content"][kind]["schema"]
    resolver = jsonschema.RefResolver("", document)
    jsonschema.Draft7Validator(schema, resolver=resolver).validate(reply.json)
    schema = deref(document, schema)
    branches = schema.get("oneOf") or schema.get("anyOf") or [schema]
    known = set().union(*(merged(document, b)[0] for b in branches))
    assert set(reply.json) <= known | set(extra)




@pytest.mark.parametrize(
    "number",
    [NUMBER] + [f"4477009001{n:02}" for n in (0, 1, 2, 4, 5, 6, 7, 9, 10, 15, 16, 17, 31, 32, 51)],
)
@pytest.mark.parametrize("channel", ["sms", "voice", "silent_auth"])
def test_start(sim, verify, number, channel):
    for _ in range(2):
        reply = sim.v2_start({"channel": channel, "to": number})
        validate(verify, START, reply, {"request_id"} if reply.status == 409 else ())


@pytest.mark.parametrize("body", [
    "", "{", {}, {"brand": "A"}, {"brand": "A", "workflow": [{}]},
    {"brand": "A", "workflow": [{"channel": "sms", "to": "x"}]},
    {"brand": "A", "workflow": [{"channel": "sms", "to": NUMBER}], "code_length": 3},
])
def test_refused_start(sim, verify, body):
    reply = sim.v2("POST", "", body)
    assert reply.status == 422
    validate(verify, START, reply)


def test_check(sim, verify):
    rid = sim.v2_start(NUMBER).json["request_id"]
    replies = [sim.v2_check(rid, "xxxx"), sim.v2_check(rid, sim.code()),
               sim.v2_check(rid, sim.code()), sim.v2_check("x", "1234")]
    rid = sim.v2_start(NUMBER).json["request_id"]
    replies += [sim.v2_check(rid, "xxxx") for _ in range(4)]
    rid = sim.v2_start({"channel": "silent_auth", "to": NUMBER}).json["request_id"]
    replies.append(sim.v2_check(rid, "1234"))
    assert [r.status for r in replies] == [400, 200, 404, 404, 400, 400, 410, 404, 409]
    for reply in replies:
        validate(verify, CHECK, reply)


def test_scripted_checks(sim, verify):
    for number in ("447700900151", "447700900153"):
        rid = sim.v2_start(number).json["request_id"]
        validate(verify, CHECK, sim.v2_check(rid, "1234"))


def test_cancel_and_next(sim, verify):
    rid = sim.v2_start(NUMBER, {"channel": "voice", "to": NUMBER}).json["request_id"]
    validate(verify, CANCEL, sim.v2_cancel(rid))
    statuses = []
    for _ in range(2):
        reply = sim.v2_next(rid)
        statuses.append(reply.status)
        validate(verify, NEXT, reply)
    validate(verify, NEXT, sim.v2_next("x"))
    rid = sim.v2_start("447700800301").json["request_id"]
    sim.advance(40)
    for _ in range(2):
        reply = sim.v2_cancel(rid)
        statuses.append(reply.status)
        validate(verify, CANCEL, reply)
    assert statuses == [200, 409, 204, 404]


def test_credentials_and_throttling(sim, verify):
    for auth in (None, ("not well", "x"), "x"):
        validate(verify, START, sim.v2_start(NUMBER, auth=auth))
        validate(verify, CHECK, sim.v2_check("x", "1234", auth))
        validate(verify, CANCEL, sim.v2_cancel("x", auth))
        validate(verify, NEXT, sim.v2_next("x", auth))
    sim.settings(v2_rate=1)
    sim.v2_cancel("x")
    for operation, reply in ((START, sim.v2_start(NUMBER)), (CHECK, sim.v2_check("x", "1234"))):
        assert reply.status == 429
        validate(verify, operation, reply)


@pytest.mark.parametrize("fault", ["throttle", "json500"])
def test_faults_in_the_vendors_words(sim, verify, fault):
    sim.fault(fault)
    validate(verify, START, sim.v2_start(NUMBER))


def test_the_vendors_examples(sim, verify):
    """Where the document has an example, we say the same."""
    rid = sim.v2_start(NUMBER).json["request_id"]
    said = {"ErrorInvalidCode": sim.v2_check(rid, "xxxx"), "ErrorConflict": sim.v2_start(NUMBER),
            "ErrorPaymentRequired": sim.v2_start("447700900109"),
            "ErrorInternalError": sim.v2_start("447700900105"),
            "ErrorRateLimited": sim.v2_start("447700900101"),
            "ErrorInvalidParams": sim.v2("POST", "", {}),
            "ErrorNetworkNotSupported":
                sim.v2_start({"channel": "silent_auth", "to": "447700900115"})}
    for name, reply in said.items():
        example = verify["components"]["schemas"][name]["properties"]
        for member in ("title", "type", "detail"):
            assert reply.json[member] == example[member]["example"], (name, member)


# Number Insight


@pytest.mark.parametrize("level", ["basic", "standard", "advanced"])
@pytest.mark.parametrize(
    "number", [NUMBER, "12025550100", "4512345678"] + [f"4477009001{n}" for n in
                                                       ("06", "15", "31", "32", "52")])
def test_insight(sim, insight, level, number):
    validate(insight, (f"/ni/{level}/{{format}}", "get"), sim.insight(number, level))


@pytest.mark.parametrize("level", ["basic", "standard"])
@pytest.mark.parametrize("number", ["", "x", "447700900101", "447700900102", "447700900104",
                                    "447700900105", "447700900109"])
def test_insight_refusals(sim, insight, level, number):
    """The advanced level's schema has no room for a refusal, so not there."""
    validate(insight, (f"/ni/{level}/{{format}}", "get"), sim.insight(number, level))
