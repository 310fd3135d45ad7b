# SPDX-License-Identifier: BSD-2-Clause
"""Every answer of Telnyx against the vendor's OpenAPI documents."""

import json
import os
import pathlib

import pytest
from test_telnyx_verify import get, post, wrong

jsonschema = pytest.importorskip(
    "jsonschema", reason="jsonschema is not installed: apt-get install python3-jsonschema"
)

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPECS = pathlib.Path(os.environ.get("TWOFA_SHARED", ROOT.parent / "shared")) / "specs"
PROFILE = "12ade33a-21c0-473b-b055-b3c836e1c292"
UNKNOWN = "32ade33a-21c0-473b-b055-b3c836e1c292"
NUMBER = "+447700900200"
LAST = [f"{n:02}" for n in (0, 1, 2, 4, 5, 6, 7, 9, 10, 15, 16, 17, 29, 31, 32, 41, 51, 52, 53)]
SMS, CHECK = "/v2/verifications/sms", "/v2/verifications/{verification_id}/actions/verify"
NUMBERS = "/v2/verifications/by_phone_number/{phone_number}"
# newer than the document
NEWER = {"valid_number": {"type": "boolean"}}


def document(name):
    path = SPECS / name
    if not path.exists():
        pytest.skip(f"no vendor document at {path}: set TWOFA_SHARED")
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def verify():
    return document("telnyx-verify.json")


@pytest.fixture(scope="module")
def messages():
    return document("telnyx-messages.json")


def pointed(document, node):
    while "$ref" in node:
        at = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            at = at[part]
        node = at
    return node


def close(document, schema):
    """The same schema, refusing members that the vendor does not name."""
    schema = dict(pointed(document, schema))
    if "oneOf" in schema:
        schema["oneOf"] = [close(document, s) for s in schema["oneOf"]]
    if "properties" in schema:
        schema["properties"] = {
            **({} if "carrier" not in schema["properties"] else NEWER),
            **{k: close(document, v) for k, v in schema["properties"].items()},
        }
        schema["additionalProperties"] = False
    if "items" in schema:
        schema["items"] = close(document, schema["items"])
    return schema


def schema_of(document, operation, http):
    """The schema for that status; refusals that are not listed have one shape."""
    path, method = operation
    responses = document["paths"][path][method]["responses"]
    fallback = [k for k in ("default", "4XX", "400") if k in responses][0]
    response = pointed(document, responses.get(str(http), responses[fallback]))
    return response["content"]["application/json"]["schema"]


def validate(document, operation, reply, status=None):
    assert status is None or reply.status == status, reply.body
    assert reply.headers["Content-Type"] == "application/json"
    schema = schema_of(document, operation, reply.status)
    checker = jsonschema.FormatChecker()
    for tight in (schema, close(document, schema)):
        jsonschema.Draft202012Validator(
            tight, resolver=jsonschema.RefResolver("", document), format_checker=checker
        ).validate(reply.json)
    # the schemas of refusals require nothing: what is judged must be there
    assert ("data" in reply.json) == (reply.status == 200)
    assert ("errors" in reply.json) == (reply.status != 200)
    return reply


def start(sim, channel="sms", number=NUMBER, **fields):
    body = {"phone_number": number, "verify_profile_id": PROFILE, **fields}
    return post(sim, f"/v2/verifications/{channel}", body)


@pytest.mark.parametrize("last", LAST)
@pytest.mark.parametrize("channel", ["sms", "call", "whatsapp", "flashcall"])
def test_start(sim, verify, channel, last):
    reply = start(sim, channel, "+4477009001" + last)
    validate(verify, (f"/v2/verifications/{channel}", "post"), reply)


@pytest.mark.parametrize("fields", [
    {"phone_number": "x"}, {"phone_number": None}, {"verify_profile_id": "x"},
    {"timeout_secs": "300"}, {"custom_code": "43612"}, {"custom_code": None, "timeout_secs": 60},
])
def test_more_starts(sim, verify, fields):
    validate(verify, (SMS, "post"), start(sim, **fields))


def test_starts_that_get_nowhere(sim, verify):
    for headers in ({}, {"Authorization": "Bearer K"}):
        validate(verify, (SMS, "post"), post(sim, SMS, "{}", headers))
    validate(verify, (SMS, "post"), post(sim, SMS, "{"), 400)


@pytest.mark.parametrize("last", [n for n in LAST if n != "53"])
def test_check(sim, verify, last):
    reply = start(sim, number="+4477009001" + last)
    if reply.status != 200:
        return
    path = f"/v2/verifications/{reply.json['data']['id']}"
    fetch = ("/v2/verifications/{verification_id}", "get")
    validate(verify, fetch, get(sim, path), 200)
    codes = [m["code"] for m in sim.messages()] or ["00000"]
    for code in (wrong(codes[0]), codes[0], codes[0]):
        validate(verify, (CHECK, "post"), post(sim, path + "/actions/verify", {"code": code}), 200)
        validate(verify, fetch, get(sim, path), 200)


def test_checks_that_get_nowhere(sim, verify):
    vid = start(sim).json["data"]["id"]
    for vid, body in ((vid, {}), (vid, {"code": 1}), (UNKNOWN, {"code": "1"}), ("x", {"code": "1"})):
        path = f"/v2/verifications/{vid}"
        validate(verify, (CHECK, "post"), post(sim, path + "/actions/verify", body))
    for vid in (UNKNOWN, "x"):
        reply = get(sim, f"/v2/verifications/{vid}")
        validate(verify, ("/v2/verifications/{verification_id}", "get"), reply)


def test_expired(sim, verify):
    vid = start(sim).json["data"]["id"]
    sim.advance(301)
    path = f"/v2/verifications/{vid}"
    reply = validate(verify, ("/v2/verifications/{verification_id}", "get"), get(sim, path), 200)
    assert reply.json["data"]["status"] == "expired"
    body = {"code": sim.code()}
    validate(verify, (CHECK, "post"), post(sim, path + "/actions/verify", body), 200)


def test_by_number(sim, verify):
    path = f"/v2/verifications/by_phone_number/{NUMBER}"
    validate(verify, (NUMBERS, "get"), get(sim, path), 200)
    start(sim)
    start(sim, custom_code="43612")
    validate(verify, (NUMBERS, "get"), get(sim, path), 200)
    validate(verify, (NUMBERS, "get"), get(sim, path + "x"), 422)
    operation = (NUMBERS + "/actions/verify", "post")
    for body in ({}, {"code": "1"}, {"code": "1", "verify_profile_id": UNKNOWN},
                 {"code": "12345", "verify_profile_id": PROFILE},
                 {"code": "43612", "verify_profile_id": PROFILE}):
        validate(verify, operation, post(sim, path + "/actions/verify", body))


def test_profiles(sim, verify):
    validate(verify, ("/v2/verify_profiles", "get"), get(sim, "/v2/verify_profiles"), 200)
    one = ("/v2/verify_profiles/{verify_profile_id}", "get")
    validate(verify, one, get(sim, f"/v2/verify_profiles/{PROFILE}"), 200)
    validate(verify, one, get(sim, "/v2/verify_profiles/x"), 400)
    validate(verify, one, get(sim, "/v2/verify_profiles/x", {}), 401)


@pytest.mark.parametrize("last", LAST)
@pytest.mark.parametrize("query", ["", "?type=carrier", "?type=caller-name", "?type=x"])
def test_lookup(sim, verify, last, query):
    reply = get(sim, f"/v2/number_lookup/+4477009001{last}{query}")
    validate(verify, ("/v2/number_lookup/{phone_number}", "get"), reply)


def test_lookup_refused(sim, verify):
    operation = ("/v2/number_lookup/{phone_number}", "get")
    validate(verify, operation, get(sim, "/v2/number_lookup/x"), 422)
    validate(verify, operation, get(sim, "/v2/number_lookup/x", {}), 401)


SEND = {"from": "+12015550123", "text": "ACME: 482913"}
WORD = {"from": "ACME", "text": "ACME: 482913", "messaging_profile_id": PROFILE}


@pytest.mark.parametrize("last", LAST)
@pytest.mark.parametrize("path, body", [("/v2/messages", SEND),
                                        ("/v2/messages/alphanumeric_sender_id", WORD)])
def test_message(sim, messages, path, body, last):
    reply = validate(messages, (path, "post"), post(sim, path, {**body, "to": "+4477009001" + last}))
    for seconds in (0, 1, 3, 60):
        sim.advance(seconds)
        if "id" in reply.json.get("data", {}):
            now = get(sim, f"/v2/messages/{reply.json['data']['id']}")
            validate(messages, ("/v2/messages/{id}", "get"), now, 200)


@pytest.mark.parametrize("fields", [{"to": "x"}, {"to": None}, {"from": None}, {"type": "MMS"}])
def test_message_refused(sim, messages, fields):
    reply = post(sim, "/v2/messages", {**SEND, "to": NUMBER, **fields})
    validate(messages, ("/v2/messages", "post"), reply)
    assert reply.status != 200


def test_fetches_that_get_nowhere(sim, messages):
    for mid in ("x", UNKNOWN):
        validate(messages, ("/v2/messages/{id}", "get"), get(sim, f"/v2/messages/{mid}"))


def test_the_queue_and_a_number_pool(sim, messages):
    body = {"to": NUMBER, "text": "x", "messaging_profile_id": PROFILE}
    for _ in range(3):
        reply = validate(messages, ("/v2/messages", "post"), post(sim, "/v2/messages", body), 200)
        path = f"/v2/messages/{reply.json['data']['id']}"
        validate(messages, ("/v2/messages/{id}", "get"), get(sim, path), 200)


def test_a_forged_answer_would_be_seen(sim, verify, messages):
    """The schemas do refuse what the vendor would not say."""
    sim.fault("wrong_type", endpoint="start", field="data.status", value='"waiting"')
    with pytest.raises(jsonschema.ValidationError):
        validate(verify, (SMS, "post"), start(sim))
    sim.fault("wrong_type", endpoint="start", field="data.to.0.status", value='"lost"')
    reply = post(sim, "/v2/messages", {**SEND, "to": NUMBER})
    with pytest.raises(jsonschema.ValidationError):
        validate(messages, ("/v2/messages", "post"), reply)
