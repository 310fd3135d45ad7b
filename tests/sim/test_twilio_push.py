# SPDX-License-Identifier: BSD-2-Clause
"""Twilio's push factors: a phone that joins, is asked and decides."""

import base64
import datetime
import json
import re
import subprocess

import pytest
from twilioclient import (IDENTITY, OTHER_SERVICE, SERVICE, SID, UNKNOWN, Twilio, field,
                          refused)

ACTIONS = {"approve": "approved", "deny": "denied"}


@pytest.fixture
def api(sim):
    return Twilio(sim)


@pytest.fixture
def phone(api):
    """The factor of a phone that has joined, and its identity's entity."""
    return api.phone()


def status(reply):
    assert reply.status == 200, reply.body
    return reply.json["status"]


def later(sim, seconds):
    """A time so far from the simulator's now, as the vendor writes it."""
    at = sim.sim("GET", "clock")["now"] + seconds
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc)


# joining


def test_access_token(api):
    reply = api.post("/AccessTokens", {"Identity": IDENTITY, "FactorType": "push",
                                       "FactorFriendlyName": "Alice's phone", "Ttl": "300"})
    body = reply.json
    assert reply.status == 201 and re.match("YK" + SID, body["sid"])
    assert (body["entity_identity"], body["ttl"], body["factor_type"]) == (IDENTITY, 300, "push")
    assert body["token"].count(".") == 4 and body["factor_friendly_name"] == "Alice's phone"
    again = api.post("/AccessTokens", {"Identity": IDENTITY, "FactorType": "push"}).json
    assert again["ttl"] == 60 and again["token"] != body["token"]


@pytest.mark.parametrize("fields, name", [
    ({"FactorType": "push"}, "Identity"), ({"Identity": IDENTITY}, "FactorType"),
    ({"Identity": IDENTITY, "FactorType": "totp"}, "FactorType"),
    ({"Identity": "short", "FactorType": "push"}, "Identity"),
    ({"Identity": IDENTITY, "FactorType": "push", "Ttl": "59"}, "Ttl"),
    ({"Identity": IDENTITY, "FactorType": "push", "Ttl": "301"}, "Ttl"),
])
def test_bad_access_token(api, fields, name):
    reply = api.post("/AccessTokens", fields)
    assert refused(reply) == (400, 60200) and name in reply.json["message"]


def test_a_phone_joins(api):
    sid = api.phone()
    assert re.match("YF" + SID, sid)
    (factor,) = api.get(api.entity("/Factors")).json["factors"]
    assert (factor["sid"], factor["status"], factor["factor_type"]) == (sid, "verified", "push")
    assert set(factor["config"]) == {"sdk_version", "app_id", "notification_platform",
                                     "notification_token"}
    assert factor["entity_sid"] == api.get(api.entity()).json["sid"]


def test_it_joins_the_service_that_asks_first(sim, api):
    sid = api.phone()
    assert api.push(sid).status == 201
    assert refused(Twilio(sim, OTHER_SERVICE).push(sid)) == (404, 20404)


def test_it_joins_the_service_that_knows_the_identity(sim, api):
    other = Twilio(sim, OTHER_SERVICE)
    other.post("/Entities", {"Identity": IDENTITY})
    sid = api.phone()
    assert refused(api.push(sid)) == (404, 20404)
    assert other.push(sid).status == 201


@pytest.mark.parametrize("body", [
    {"action": "register"}, {"action": "register", "to": "+447700900200"},
    {"action": "register", "identity": "short"}, {"action": "register", "identity": "a_b_c_d_e"},
    {"identity": IDENTITY}, {"identity": IDENTITY, "action": "join"}, {"action": "approve"},
])
def test_bad_control(sim, body):
    assert sim.request("POST", "/_sim/push", json.dumps(body)).status == 400


def device(public_key="MFkw"):
    """What an app tells of itself when it joins."""
    return {"FriendlyName": "phone", "FactorType": "push", "Binding.PublicKey": public_key,
            "Binding.Alg": "ES256", "Config.AppId": "com.example.app",
            "Config.NotificationPlatform": "fcm", "Config.NotificationToken": "t" * 32,
            "Config.SdkVersion": "1.0"}


def test_a_factor_by_the_api_waits_for_the_app(api):
    fields = device()
    body = api.post(api.entity("/Factors"), fields).json
    assert body["binding"] == {"alg": "ES256", "public_key": "MFkw"}
    assert (body["status"], body["config"]["app_id"]) == ("unverified", "com.example.app")
    assert refused(api.push(body["sid"])) == (403, 60318)
    assert api.confirm(body["sid"], "signature").json["status"] == "unverified"
    for name in ("Binding.PublicKey", "Config.AppId", "Config.NotificationToken"):
        reply = api.post(api.entity("/Factors"), {**fields, name: ""})
        assert refused(reply) == (400, 60200) and name in reply.json["message"]


class Key:
    """An app's own key, in a file; openssl is the witness."""

    def __init__(self, folder, curve="P-256"):
        self.path = str(folder / curve)
        self.openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
                     "ec_paramgen_curve:" + curve, "-out", self.path)

    @staticmethod
    def openssl(*words, text=b""):
        return subprocess.run(["openssl", *words], input=text, check=True,
                              capture_output=True).stdout

    def public(self):
        der = self.openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        return base64.b64encode(der).decode()

    def sign(self, text, digest="-sha256"):
        mark = self.openssl("dgst", digest, "-sign", self.path, text=text.encode())
        return base64.b64encode(mark).decode()


def test_an_app_signs_for_its_factor(api, tmp_path):
    key = Key(tmp_path)
    sid = api.post(api.entity("/Factors"), device(key.public())).json["sid"]
    assert status(api.confirm(sid, key.sign(sid))) == "verified"
    assert status(api.get(api.entity("/Factors/" + sid))) == "verified"
    assert api.push(sid).status == 201


@pytest.mark.parametrize("forge", [
    lambda key, sid: key.sign("YF" + UNKNOWN), lambda key, sid: key.sign(sid + "\n"),
    lambda key, sid: key.sign(sid, "-sha512"), lambda key, sid: "123456", lambda key, sid: "?",
    lambda key, sid: key.sign(sid)[:-8], lambda key, sid: base64.b64encode(b"x" * 64).decode(),
    lambda key, sid: key.public(),
])
def test_another_signature(sim, api, tmp_path, forge):
    key = Key(tmp_path)
    sid = api.post(api.entity("/Factors"), device(key.public())).json["sid"]
    assert status(api.confirm(sid, forge(key, sid))) == "unverified"
    assert refused(api.push(sid)) == (403, 60318)
    # the same key is right the next time
    assert status(api.confirm(sid, key.sign(sid))) == "verified"


def test_another_phone_s_signature(api, tmp_path):
    mine, other = Key(tmp_path), Key(tmp_path, "prime256v1")
    sid = api.post(api.entity("/Factors"), device(mine.public())).json["sid"]
    assert status(api.confirm(sid, other.sign(sid))) == "unverified"


def test_a_key_that_is_not_es256(api, tmp_path):
    key = Key(tmp_path, "P-384")
    sid = api.post(api.entity("/Factors"), device(key.public())).json["sid"]
    assert status(api.confirm(sid, key.sign(sid))) == "unverified"


def test_wrong_signatures_end_the_factor(sim, api, tmp_path):
    key = Key(tmp_path)
    sid = api.post(api.entity("/Factors"), device(key.public())).json["sid"]
    sim.settings(twilio_totp_403=1)
    for _ in range(5):
        assert refused(api.confirm(sid, key.sign("else"))) == (403, 60311)
    assert refused(api.confirm(sid, key.sign(sid))) == (429, 60310)


# asking


def test_push(sim, api, phone):
    fields = [field("Host", "web1"), field("Address", "192.0.2.7"), field("Number", "42")]
    reply = api.push(phone, **{"Details.Fields": fields, "HiddenDetails": '{"login":"7"}'})
    body = reply.json
    assert reply.status == 201 and re.match("YC" + SID, body["sid"])
    assert (body["status"], body["factor_type"], body["factor_sid"]) == ("pending", "push", phone)
    assert (body["identity"], body["service_sid"]) == (IDENTITY, SERVICE)
    assert body["details"] == {"message": "Sign in to web1?",
                               "fields": [json.loads(f) for f in fields]}
    assert body["hidden_details"] == {"login": "7"} and body["date_responded"] is None
    (message,) = sim.messages()
    assert (message["to"], message["channel"], message["provider"], message["request_id"]) == (
        IDENTITY, "push", "twilio-push", body["sid"])
    assert message["text"] == (
        "Sign in to web1? Host: web1, Address: 192.0.2.7, Number: 42")
    assert message["code"] == "42"
    assert api.poll(body["sid"]).json == body


def test_one_field_is_a_list_too(api, phone):
    body = api.push(phone, **{"Details.Fields": field("Host", "web1")}).json
    assert body["details"]["fields"] == [{"label": "Host", "value": "web1"}]
    assert api.push(phone).json["details"]["fields"] == []


def test_the_service_may_add_the_date(sim, api):
    fields = {"FriendlyName": "x", "Push.IncludeDate": "true"}
    ours = Twilio(sim, api.post("/v2/Services", fields).json["sid"])
    body = ours.push(ours.phone()).json
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["details"]["date"])


def test_it_reaches_the_phones_number(sim, api):
    sid = api.phone(to="+447700900200")
    api.pushed(sid)
    assert len(sim.messages("+447700900200")) == 1 and sim.messages(IDENTITY) == []
    api.decide("deny", to="+447700900200")


@pytest.mark.parametrize("fields, name", [
    ({"Details.Message": ""}, "Details.Message"), ({"Details.Message": "x" * 257}, "Message"),
    ({"Details.Fields": "web1"}, "Details.Fields"), ({"Details.Fields": '["a"]'}, "Fields"),
    ({"Details.Fields": '{"label":"Host"}'}, "Fields"),
    ({"Details.Fields": '{"label":"Host","value":1}'}, "Fields"),
    ({"Details.Fields": field("x" * 37, "web1")}, "Fields"),
    ({"Details.Fields": field("Host", "x" * 129)}, "Fields"),
    ({"Details.Fields": [field("Host", "web1")] * 21}, "Fields"),
    ({"HiddenDetails": "x"}, "HiddenDetails"), ({"HiddenDetails": '{"ip":1}'}, "HiddenDetails"),
    ({"HiddenDetails": json.dumps({"ip": "x" * 1024})}, "HiddenDetails"),
    ({"ExpirationDate": "tomorrow"}, "ExpirationDate"),
    ({"ExpirationDate": "2020-01-01T00:00:00Z"}, "ExpirationDate"),
    ({"ExpirationDate": "2099-01-01T00:00:00Z"}, "ExpirationDate"),
    ({"ExpirationDate": "2026-01-01 00:00:00"}, "ExpirationDate"),
    ({"AuthPayload": "123456"}, "AuthPayload"),
])
def test_bad_push(sim, api, phone, fields, name):
    reply = api.push(phone, **fields)
    assert refused(reply) == (400, 60200) and name in reply.json["message"]
    assert sim.messages() == []


def test_limits_count_characters(api, phone):
    fields = {"Details.Message": "ü" * 256, "Details.Fields": [field("ä" * 36, "ö" * 128)] * 20}
    assert api.push(phone, **fields).status == 201


# deciding


@pytest.mark.parametrize("action", ACTIONS)
def test_a_person_decides(sim, api, phone, action):
    cid = api.pushed(phone)
    assert status(api.poll(cid)) == "pending"
    api.decide(action)
    body = api.poll(cid).json
    assert body["status"] == ACTIONS[action] and body["date_responded"]
    sim.advance(3600)
    assert api.poll(cid).json == body
    assert sim.request("POST", "/_sim/push", json.dumps(
        {"identity": IDENTITY, "action": action})).status == 409


def test_the_newest_first(api, phone):
    old, new = api.pushed(phone), api.pushed(phone)
    api.decide("approve")
    assert (status(api.poll(old)), status(api.poll(new))) == ("pending", "approved")
    api.decide("deny")
    assert status(api.poll(old)) == "denied"


def test_another_identitys_push(sim, api, phone):
    cid = api.pushed(phone)
    other = api.pushed(api.phone("another-identity"), "another-identity")
    api.decide("approve", identity="another-identity")
    assert status(api.poll(cid)) == "pending"
    assert status(api.poll(other, "another-identity")) == "approved"
    assert refused(api.poll(other)) == (404, 20404)


def test_codes_are_no_pushes(sim, api):
    sid, _ = api.verified_totp()
    api.challenge(sid)
    body = json.dumps({"identity": IDENTITY, "action": "approve"})
    assert sim.request("POST", "/_sim/push", body).status == 409


def test_silence_expires(sim, api, phone):
    cid = api.pushed(phone)
    sim.advance(295)
    assert status(api.poll(cid)) == "pending"
    sim.advance(6)
    body = api.poll(cid).json
    assert body["status"] == "expired" and body["date_responded"] is None
    assert sim.request("POST", "/_sim/push", json.dumps(
        {"identity": IDENTITY, "action": "approve"})).status == 409


@pytest.mark.parametrize("shape", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000Z",
                                   "%Y-%m-%dT%H:%M:%S+00:00"])
@pytest.mark.parametrize("seconds", [60, 3595])
def test_our_own_expiry(sim, api, phone, shape, seconds):
    at = later(sim, seconds)
    cid = api.pushed(phone, ExpirationDate=at.strftime(shape))
    assert api.poll(cid).json["expiration_date"] == at.strftime("%Y-%m-%dT%H:%M:%SZ")
    sim.advance(seconds - 5)
    assert status(api.poll(cid)) == "pending"
    sim.advance(6)
    assert status(api.poll(cid)) == "expired"


@pytest.mark.parametrize("seconds, http", [(-1, 400), (3595, 201), (3605, 400)])
def test_an_expiry_within_the_hour(sim, api, phone, seconds, http):
    at = later(sim, seconds).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert api.push(phone, ExpirationDate=at).status == http


def test_an_offset_counts(sim, api, phone):
    west = datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))
    at = later(sim, 100)
    text = at.astimezone(west).isoformat(timespec="seconds")
    assert text.endswith("-05:30")
    body = api.push(phone, ExpirationDate=text).json
    assert body["expiration_date"] == at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_only_a_phone_can_answer(api, phone):
    cid = api.pushed(phone)
    for payload in ("", "123456", "signature"):
        assert refused(api.answer(cid, payload)) == (400, 60200)
    assert status(api.poll(cid)) == "pending"


@pytest.mark.parametrize("decides, word", [(1, "approved"), (2, "denied")])
def test_phones_that_decide_by_themselves(sim, api, phone, decides, word):
    sim.settings(twilio_push_decides=decides, twilio_push_delay_s=30)
    cid = api.pushed(phone)
    sim.advance(25)
    assert status(api.poll(cid)) == "pending"
    sim.advance(6)
    assert status(api.poll(cid)) == word


def test_a_removed_phone(api, phone):
    cid = api.pushed(phone)
    api.ask("DELETE", api.entity("/Factors/" + phone))
    assert refused(api.push(phone)) == (404, 20404)
    assert status(api.poll(cid)) == "pending"


# notifications


def test_notifications(sim, api, phone):
    cid = api.pushed(phone)
    path = api.entity(f"/Challenges/{cid}/Notifications")
    body = api.post(path, {"Ttl": "150"}).json
    assert re.match("NT" + SID, body["sid"]) and body["challenge_sid"] == cid
    assert (body["ttl"], body["priority"], body["identity"]) == (150, "high", IDENTITY)
    assert api.post(path).json["ttl"] == 300
    assert refused(api.post(path, {"Ttl": "301"})) == (400, 60200)
    assert api.post(path).status == 201 and len(sim.messages()) == 4
    assert refused(api.post(path)) == (429, 60309) and len(sim.messages()) == 4
    api.decide("approve")
    assert refused(api.post(path)) == (403, 60322)


def test_notifications_of_others(sim, api, phone):
    cid = api.pushed(phone)
    sim.advance(301)
    assert refused(api.post(api.entity(f"/Challenges/{cid}/Notifications"))) == (403, 60323)
    sid, _ = api.verified_totp()
    cid = api.challenge(sid).json["sid"]
    assert refused(api.post(api.entity(f"/Challenges/{cid}/Notifications"))) == (403, 60392)


# sandbox numbers, of the phone or at the end of the identity


@pytest.fixture(params=["phone", "identity"])
def scripted(api, request):
    """(identity, factor) of a script's number."""
    def join(script):
        if request.param == "phone":
            return IDENTITY, api.phone(to=f"+4477009001{script:02}")
        identity = f"00000000-0000-4000-8000-4477009001{script:02}"
        return identity, api.phone(identity)

    return join


@pytest.mark.parametrize("script, status_, code", [
    (1, 429, 20429), (2, 403, 60318), (4, 401, 20003), (5, 500, 20500), (6, 403, 60391),
    (7, 403, 60410), (9, 403, 20005), (29, 403, 60318),
])
def test_scripted_refusals(sim, api, scripted, script, status_, code):
    identity, factor = scripted(script)
    assert refused(api.push(factor, identity)) == (status_, code) and sim.messages() == []


@pytest.mark.parametrize("script, after, word", [
    (41, 2, "denied"), (43, 2, "pending"), (43, 6, "approved"), (42, 200, "pending"),
    (42, 301, "expired"), (31, 301, "expired"), (0, 200, "pending"),
])
def test_scripted_phones(sim, api, scripted, script, after, word):
    identity, factor = scripted(script)
    cid = api.pushed(factor, identity)
    assert len(sim.messages()) == (script != 31)
    sim.advance(after)
    assert status(api.poll(cid, identity)) == word


@pytest.mark.parametrize("script", [31, 42])
def test_silent_phones_do_not_decide(sim, api, scripted, script):
    identity, factor = scripted(script)
    cid = api.pushed(factor, identity)
    sim.settings(twilio_push_decides=1)
    body = json.dumps({"identity": identity, "action": "approve"})
    assert sim.request("POST", "/_sim/push", body).status == 409
    assert status(api.poll(cid, identity)) == "pending"


def test_delivered_late(sim, api, scripted):
    identity, factor = scripted(32)
    cid = api.pushed(factor, identity)
    body = json.dumps({"identity": identity, "action": "approve"})
    assert sim.request("POST", "/_sim/push", body).status == 409
    sim.advance(46)
    assert len(sim.messages()) == 1
    api.decide("approve", identity=identity)
    assert status(api.poll(cid, identity)) == "approved"


@pytest.mark.parametrize("script, member", [
    (44, "factor_sid"), (51, "sid"), (52, "identity"), (53, "sid"),
])
def test_answers_with_foreign_ids(sim, api, scripted, script, member):
    identity, factor = scripted(script)
    before = api.push(factor, identity).json
    sim.advance(2)
    after = api.poll(before["sid"], identity).json
    assert after["status"] == "approved"
    for name in ("sid", "factor_sid", "identity", "service_sid"):
        assert (after.get(name) == before[name]) is (name != member), name
    assert ("sid" in after) is (script != 53)


# errors that no number plays


@pytest.mark.parametrize("code, status_", [
    (60312, 429), (60318, 403), (60322, 403), (60323, 403), (60326, 429), (60328, 429),
    (60390, 403), (60391, 403), (60392, 403), (20404, 404), (20429, 429), (20503, 503),
])
def test_any_documented_error(sim, api, phone, code, status_):
    cid = api.pushed(phone)
    sim.settings(twilio_challenge_error=code, twilio_poll_error=code)
    assert refused(api.push(phone)) == (status_, code)
    assert refused(api.poll(cid)) == (status_, code)
    sim.settings(twilio_challenge_error=0, twilio_poll_error=0)
    assert status(api.poll(cid)) == "pending" and len(sim.messages()) == 1


def test_faults(sim, api, phone):
    cid = api.pushed(phone)
    sim.fault("wrong_type", provider="twilio-push", endpoint="poll", value='"approved"')
    assert status(api.poll(cid)) == "approved"
    sim.fault("foreign_id", provider="twilio-push", endpoint="poll")
    body = api.poll(cid).json
    assert re.match("YC" + SID, body["sid"]) and body["sid"] != cid
    sim.fault("missing", provider="twilio-push", endpoint="poll", field="factor_sid")
    assert "factor_sid" not in api.poll(cid).json
    sim.fault("json500", provider="twilio-push", endpoint="poll")
    assert refused(api.poll(cid)) == (500, 20500)
    sim.fault("trailing", provider="twilio-push", endpoint="start", when="before")
    assert api.push(phone).status == 201 and len(sim.messages()) == 1


def test_request_log(sim, api, phone):
    cid = api.pushed(phone)
    api.poll(cid)
    api.post(api.entity(f"/Challenges/{cid}/Notifications"))
    api.answer(cid, "123456")
    assert [(e["provider"], e["endpoint"]) for e in sim.requests()] == [
        ("twilio-push", e) for e in ("start", "poll", "resend", "check")]
    assert [e["result"] for e in sim.requests()][:3] == ["pending", "pending", None]
