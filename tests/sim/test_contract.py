# SPDX-License-Identifier: BSD-2-Clause
"""Every answer of Verify v1 against the vendor's OpenAPI documents."""

import json
import os
import pathlib

import pytest
from simclient import FORM

jsonschema = pytest.importorskip(
    "jsonschema", reason="jsonschema is not installed: apt-get install python3-jsonschema"
)

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPECS = pathlib.Path(os.environ.get("TWOFA_SHARED", ROOT.parent / "shared")) / "specs"
DOCUMENTS = ["vonage-verify-v1.json", "vonage-verify-v1-basic.json"]
NUMBER = "447700900200"
OTHER = "447700800300"


@pytest.fixture(scope="module", params=DOCUMENTS)
def document(request):
    path = SPECS / request.param
    if not path.exists():
        pytest.skip(f"no vendor document at {path}: set TWOFA_SHARED")
    return json.loads(path.read_text())


def close(schema, names):
    """The same schema, refusing members that the vendor does not name."""
    schema = dict(schema)
    if schema.get("type") == "object":
        schema["additionalProperties"] = False
        schema["required"] = names
        schema["properties"] = {k: close(v, []) for k, v in schema["properties"].items()}
        if not names:
            del schema["required"]
    elif schema.get("type") == "array":
        schema["items"] = close(schema["items"], [])
    return schema


def validate(document, operation, reply):
    """By the vendor's schema as it is, and by the branch that fits, closed."""
    path, method = operation
    content = document["paths"][path][method]["responses"]["200"]["content"]
    schema = content["application/json"]["schema"]
    resolver = jsonschema.RefResolver("", document)
    jsonschema.Draft7Validator(schema, resolver=resolver).validate(reply)
    success, error = (resolver.resolve(b["$ref"])[1] for b in schema["anyOf"])
    branch = error if "error_text" in reply else success
    # the vendor's schemas require nothing: a judged member must not be lost
    closed = close(branch, ["status"])
    jsonschema.Draft7Validator(closed, resolver=resolver).validate(reply)


START = ("/verify/{format}", "post")
CHECK = ("/verify/check/{format}", "post")
CONTROL = ("/verify/control/{format}", "post")
SEARCH = ("/verify/search/{format}", "get")


@pytest.mark.parametrize(
    "number",
    [NUMBER] + [f"4477009001{n:02}" for n in (0, 1, 2, 4, 5, 6, 7, 9, 10, 15, 16, 17, 29, 31, 32, 51)],
)
def test_start(sim, document, number):
    validate(document, START, sim.start(number))
    validate(document, START, sim.start(number))


@pytest.mark.parametrize("fields", [
    {"number": "x"}, {"number": ""}, {"brand": ""}, {"brand": "x" * 99}, {"pin_code": "1234"},
    {"workflow_id": 9},
])
def test_refused_start(sim, document, fields):
    validate(document, START, sim.start(**{"number": NUMBER, "brand": "A", **fields}))


def test_check(sim, document):
    rid = sim.start(OTHER)["request_id"]
    for fields in ({}, {"request_id": rid}, {"request_id": rid, "code": "1"},
                   {"request_id": rid, "code": "xxxx"}, {"request_id": rid, "code": sim.code()},
                   {"request_id": rid, "code": sim.code()}):
        validate(document, CHECK, sim.call("/verify/check/json", fields).json)


def test_check_until_closed(sim, document):
    rid = sim.start(OTHER)["request_id"]
    for _ in range(4):
        validate(document, CHECK, sim.check(rid, "xxxx"))


def test_scripted_checks(sim, document):
    for number in ("447700900151", "447700900153"):
        rid = sim.start(number)["request_id"]
        validate(document, CHECK, sim.check(rid, "1234"))


def test_control(sim, document):
    for fields in ({}, {"request_id": "f"}, {"request_id": "f", "cmd": "x"}):
        validate(document, CONTROL, sim.call("/verify/control/json", fields).json)
    rid = sim.start(OTHER)["request_id"]
    validate(document, CONTROL, sim.control(rid, "cancel"))
    for _ in range(3):
        validate(document, CONTROL, sim.control(rid, "trigger_next_event"))
    validate(document, CONTROL, sim.control(rid, "cancel"))
    sim.advance(40)
    validate(document, CONTROL, sim.control(rid, "cancel"))
    rid = sim.start(NUMBER)["request_id"]
    sim.advance(40)
    validate(document, CONTROL, sim.control(rid, "cancel"))
    validate(document, CONTROL, sim.control(rid, "cancel"))


def test_search(sim, document):
    ended = {}
    for i, word in enumerate(("IN PROGRESS", "SUCCESS", "FAILED", "CANCELLED", "EXPIRED")):
        number = f"44770080030{i}"
        ended[word] = sim.start(number, workflow_id=4 if i else 6, pin_expiry=3600)["request_id"]
        sim.check(ended[word], "xxxx")
    sim.check(ended["SUCCESS"], sim.code("+447700800301"))
    for _ in range(3):
        sim.check(ended["FAILED"], "xxxx")
    sim.advance(40)
    sim.control(ended["CANCELLED"], "cancel")
    for word in ("IN PROGRESS", "SUCCESS", "FAILED", "CANCELLED"):
        found = sim.search(ended[word])
        assert found["status"] == word
        validate(document, SEARCH, found)
    sim.advance(10000)
    assert sim.search(ended["EXPIRED"])["status"] == "EXPIRED"
    validate(document, SEARCH, sim.search(ended["EXPIRED"]))
    validate(document, SEARCH, sim.search("f" * 32))
    validate(document, SEARCH, sim.search(""))
    validate(document, SEARCH, sim.search("f" * 33))


@pytest.mark.parametrize("path, operation", [
    ("/verify/json", START), ("/verify/check/json", CHECK), ("/verify/control/json", CONTROL),
    ("/verify/search/json", SEARCH),
])
def test_credentials_and_throttling(sim, document, path, operation):
    for auth in (None, ("", "x"), ("abcd1234", ""), ("not well", "x")):
        validate(document, operation, sim.call(path, {}, auth).json)
    sim.settings(v1_rate=1)
    sim.call(path, {})
    reply = sim.call(path, {}).json
    assert reply["status"] == "1"
    validate(document, operation, reply)


def test_the_vendors_examples_differ_from_nothing_we_say(sim, document):
    """Where we give the same status, we give the vendor's members and text."""
    content = document["paths"]["/verify/check/{format}"]["post"]["responses"]["200"]["content"]
    examples = content["application/json"]["examples"]
    rid = sim.start(OTHER)["request_id"]
    said = {
        "incorrect-code": sim.check(rid, "xxxx"),
        "invalid-creds": sim.call("/verify/check/json", {}, ("not well", "x")).json,
        "invalid-param": sim.check("f" * 33, "1234"),
        "unknown-requestid": sim.check("abcdef0123456789abcdef0123456789", "1234"),
    }
    for name, reply in said.items():
        assert reply == examples[name]["value"], name
    sim.check(rid, "xxxx")
    assert sim.check(rid, "xxxx") == examples["too-many-fails"]["value"]
    rid = sim.start(NUMBER)["request_id"]
    assert set(sim.check(rid, sim.code())) == set(examples["success"]["value"])


def test_form_type_is_the_documents(document):
    for path in ("/verify/{format}", "/verify/check/{format}", "/verify/control/{format}"):
        assert FORM in document["paths"][path]["post"]["requestBody"]["content"]
