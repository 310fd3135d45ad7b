# SPDX-License-Identifier: BSD-2-Clause
"""Every answer of the Twilio halves against the vendor's OpenAPI documents."""

import json
import os
import pathlib
import urllib.parse

import pytest
from simclient import FORM
from twilioclient import IDENTITY, SERVICE, UNKNOWN, Twilio, field, refused, wrong

jsonschema = pytest.importorskip(
    "jsonschema", reason="jsonschema is not installed: apt-get install python3-jsonschema"
)

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPECS = pathlib.Path(os.environ.get("TWOFA_SHARED", ROOT.parent / "shared")) / "specs"
BELOW = "/v2/Services/{ServiceSid}"
ENTITY = BELOW + "/Entities/{Identity}"


def load(name):
    path = SPECS / name
    if not path.exists():
        pytest.skip(f"no vendor document at {path}: set TWOFA_SHARED")
    return json.loads(path.read_text())


def closed(schema, lax=False):
    """As JSON Schema has it: null where OpenAPI 3.0 says nullable, and no
    member that the vendor does not name, nor one less. lax: any may be null,
    as in the document's own examples of look-up packages."""
    if isinstance(schema, list):
        return [closed(s, lax) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: closed(v, lax) for k, v in schema.items() if k != "properties"}
    if "properties" in schema:
        out["properties"] = {k: closed(v, lax) for k, v in schema["properties"].items()}
        out["additionalProperties"] = False
        if not lax:
            out["required"] = sorted(schema["properties"])
    if not (out.pop("nullable", False) or lax):
        return out
    if "enum" in out and None not in out["enum"]:
        out["enum"] = out["enum"] + [None]
    if isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
    return out


class Document:
    """One vendor document: its operations and what each may answer."""

    def __init__(self, name, lax=()):
        self.raw = load(name)
        schemas = self.raw["components"]["schemas"]
        self.closed = {"components": {"schemas": {
            k: closed(v, lax and k not in lax) for k, v in schemas.items()}}}
        self.paths = self.raw["paths"]

    def operation(self, path, method, http):
        return self.paths[path][method]["responses"][str(http)]

    def validate(self, path, method, reply):
        answer = self.operation(path, method, reply.status)
        if "content" not in answer:
            assert reply.body == b"" and reply.status == 204
            return None
        assert reply.headers["Content-Type"] in answer["content"]
        schema = closed(answer["content"]["application/json"]["schema"])
        resolver = jsonschema.RefResolver("", self.closed)
        jsonschema.Draft7Validator(
            schema, resolver=resolver, format_checker=jsonschema.FormatChecker()
        ).validate(reply.json)
        return reply.json


@pytest.fixture(scope="module")
def verify():
    return Document("twilio-verify-v2.json")


@pytest.fixture(scope="module")
def lookup():
    return Document("twilio-lookup-v2.json", lax=("LookupResponse", "ValidationError"))


@pytest.fixture
def api(sim):
    return Twilio(sim)


def sandbox(*scripts):
    return [f"+4477009001{n:02}" for n in scripts]


def test_start(verify, api):
    def check(reply):
        verify.validate(BELOW + "/Verifications", "post", reply)

    for channel in ("sms", "call", "whatsapp"):
        check(api.start(channel=channel))
    check(api.start("alice@example.org", "email"))
    for number in sandbox(10, 16, 17, 31, 32, 41, 51, 52, 53):
        check(api.start(number))


def test_resends_until_refused(verify, api):
    for _ in range(6):
        reply = api.start()
        verify.validate(BELOW + "/Verifications", "post", reply)
    assert refused(reply) == (429, 60203)


@pytest.mark.parametrize("setting", ["twilio_start_status", "twilio_check_status"])
@pytest.mark.parametrize("number", range(1, 6))
def test_other_statuses(sim, verify, api, setting, number):
    sid = api.opened()
    sim.settings(**{setting: number})
    verify.validate(BELOW + "/Verifications", "post", api.start())
    verify.validate(BELOW + "/VerificationCheck", "post", api.check(sid, "123456"))


@pytest.mark.parametrize("created", [0, 1])
def test_check(sim, verify, api, created):
    sim.settings(twilio_check_201=created)
    sid = api.opened()
    for code in (wrong(sim.code()), sim.code()):
        body = verify.validate(BELOW + "/VerificationCheck", "post", api.check(sid, code))
    assert body["status"] == "approved"


@pytest.mark.parametrize("number, status", [("51", 200), ("52", 200)])
def test_scripted_checks(verify, api, number, status):
    sid = api.opened("+4477009001" + number)
    reply = api.check(sid, "000000")
    assert reply.status == status
    verify.validate(BELOW + "/VerificationCheck", "post", reply)


def test_fetch_and_cancel(verify, api):
    sid = api.opened()
    path = BELOW + "/Verifications/{Sid}"
    verify.validate(path, "get", api.fetch(sid))
    body = verify.validate(path, "post", api.cancel(sid))
    assert body["status"] == "canceled"


def test_services(verify, api):
    fields = {"FriendlyName": "Acme", "CodeLength": "6", "Totp.Issuer": "Acme", "Totp.Skew": "1"}
    body = verify.validate("/v2/Services", "post", api.post("/v2/Services", fields))
    for sid in (body["sid"], SERVICE):
        verify.validate("/v2/Services/{Sid}", "get", api.get("/v2/Services/" + sid))


def test_entities(verify, api):
    verify.validate(BELOW + "/Entities", "get", api.get("/Entities"))
    verify.validate(BELOW + "/Entities", "post", api.post("/Entities", {"Identity": IDENTITY}))
    verify.validate(BELOW + "/Entities", "get", api.get("/Entities?PageSize=1"))
    verify.validate(ENTITY, "get", api.get(api.entity()))
    verify.validate(ENTITY, "delete", api.ask("DELETE", api.entity()))


def test_factors(verify, api):
    factors = ENTITY + "/Factors"
    fields = {"FriendlyName": "alice", "FactorType": "totp"}
    made = verify.validate(factors, "post", api.post(api.entity("/Factors"), fields))
    device = {"FriendlyName": "phone", "FactorType": "push", "Binding.PublicKey": "MFkw",
              "Config.AppId": "com.example.app", "Config.NotificationPlatform": "fcm",
              "Config.NotificationToken": "t" * 32, "Config.SdkVersion": "1.0"}
    verify.validate(factors, "post", api.post(api.entity("/Factors"), device))
    api.phone()
    for query in ("", "?PageSize=1", "?PageSize=1&Page=1", "?PageSize=1&Page=9"):
        verify.validate(factors, "get", api.get(api.entity("/Factors" + query)))
    path = api.entity("/Factors/" + made["sid"])
    for code in (wrong(api.code_of(made)), api.code_of(made)):
        verify.validate(factors + "/{Sid}", "post", api.confirm(made["sid"], code))
    verify.validate(factors + "/{Sid}", "get", api.get(path))
    verify.validate(factors + "/{Sid}", "delete", api.ask("DELETE", path))


def test_tokens(verify, api):
    for more in ({}, {"Ttl": "300", "FactorFriendlyName": "phone"}):
        fields = {"Identity": IDENTITY, "FactorType": "push", **more}
        verify.validate(BELOW + "/AccessTokens", "post", api.post("/AccessTokens", fields))


def test_pushes(sim, verify, api):
    phone = api.phone()
    challenges = ENTITY + "/Challenges"
    fields = {"Details.Fields": [field("Host", "web1")], "HiddenDetails": '{"ip":"192.0.2.7"}'}
    for action in ("approve", "deny", None):
        made = verify.validate(challenges, "post", api.push(phone, **fields))
        path = api.entity("/Challenges/" + made["sid"])
        verify.validate(challenges + "/{ChallengeSid}/Notifications", "post",
                        api.post(path + "/Notifications", {"Ttl": "60"}))
        verify.validate(challenges + "/{Sid}", "get", api.get(path))
        if action:
            api.decide(action)
        else:
            sim.advance(301)
        body = verify.validate(challenges + "/{Sid}", "get", api.get(path))
        assert body["status"] != "pending"
    verify.validate(challenges, "get", api.get(api.entity("/Challenges")))


@pytest.mark.parametrize("script", [44, 51, 52])
def test_scripted_pushes(sim, verify, api, script):
    identity = f"00000000-0000-4000-8000-4477009001{script}"
    cid = api.pushed(api.phone(identity), identity)
    sim.advance(2)
    verify.validate(ENTITY + "/Challenges/{Sid}", "get", api.poll(cid, identity))


def test_codes_of_apps(verify, api):
    sid, code = api.verified_totp()
    challenges = ENTITY + "/Challenges"
    verify.validate(challenges, "post", api.challenge(sid, code()))
    made = verify.validate(challenges, "post", api.challenge(sid, wrong(code())))
    verify.validate(challenges + "/{Sid}", "post", api.answer(made["sid"], wrong(code())))
    verify.validate(challenges + "/{Sid}", "post", api.answer(made["sid"], code()))


@pytest.mark.parametrize("path", [
    "+447700900200", "+447700900115", "+447700900106", "+12025550100", "+44770", "x",
    "+447700900152", "+447700900200?Fields=line_type_intelligence",
    "+447700900102?Fields=line_type_intelligence,sim_swap",
    "+447700900107?Fields=sms_pumping_risk", "+447700900164?Fields=line_type_intelligence",
])
def test_lookup(lookup, api, path):
    lookup.validate("/v2/PhoneNumbers/{PhoneNumber}", "get", api.get("/v2/PhoneNumbers/" + path))


def test_the_documents_examples_pass_too(verify, lookup):
    """So that a refusal of ours is no fault of this file."""
    class Example:
        headers = {"Content-Type": "application/json"}

        def __init__(self, http, value):
            self.status, self.json = http, value

    checked = 0
    for document, path, method in ((lookup, "/v2/PhoneNumbers/{PhoneNumber}", "get"),
                                   (verify, BELOW + "/Verifications", "post"),
                                   (verify, BELOW + "/VerificationCheck", "post"),
                                   (verify, ENTITY + "/Factors", "post"),
                                   (verify, ENTITY + "/Challenges/{Sid}", "get")):
        for http, answer in document.paths[path][method]["responses"].items():
            examples = answer["content"]["application/json"].get("examples", {})
            for example in examples.values():
                document.validate(path, method, Example(int(http), example["value"]))
                checked += 1
    assert checked > 10


def test_what_is_lost_or_added_is_seen(verify, api):
    reply = api.start()
    for change in ({"sid": "VE1"}, {"status": 1}, {"url": None, "uri": "x"}, {"channel": "fax"}):
        class Spoilt:
            status, headers, body = reply.status, reply.headers, reply.body
            json = {**reply.json, **change}

        with pytest.raises(jsonschema.ValidationError):
            verify.validate(BELOW + "/Verifications", "post", Spoilt)
    for name in reply.json:
        Spoilt.json = {k: v for k, v in reply.json.items() if k != name}
        with pytest.raises(jsonschema.ValidationError):
            verify.validate(BELOW + "/Verifications", "post", Spoilt)


def test_every_operation_of_the_documents_is_served(sim, verify, lookup, api):
    names = {"ServiceSid": SERVICE, "Identity": IDENTITY, "PhoneNumber": "+447700900200",
             "ChallengeSid": "YC" + UNKNOWN}
    for document in (verify, lookup):
        for path, operations in document.paths.items():
            for method in operations.keys() & {"get", "post", "delete"}:
                kind = {"Verifications": "VE", "Factors": "YF", "Challenges": "YC",
                        "Services": "VA"}.get(path.split("/")[-2], "VA")
                raw = path.format(**names, Sid=kind + UNKNOWN)
                if method == "post":
                    body = operations["post"]["requestBody"]["content"]
                    assert list(body) == [FORM]
                api.ask(method.upper(), urllib.parse.quote(raw, safe="/+"))
    assert sim.requests() and all(e["endpoint"] for e in sim.requests())
