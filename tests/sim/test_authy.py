# SPDX-License-Identifier: BSD-2-Clause
"""The legacy Authy API: users, tokens, OneTouch, phone verifications."""

import json
import re
import urllib.parse

import pytest

KEY = "d57d919d11e6b221c9bf6f7c882028f9"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
ASK = "/onetouch/json/users/{}/approval_requests"
POLL = "/onetouch/json/approval_requests/{}"
PHONES = "/protected/json/phones/"


def call(sim, method, path, fields=None, query=None, key=KEY):
    """As the npm package does it: key in the query, a form even for GET."""
    query = {**(query or {}), **({"api_key": key} if key else {})}
    path += "?" + urllib.parse.urlencode(query) if query else ""
    return sim.request(method, path, urllib.parse.urlencode(fields or {}), FORM)


def get(sim, path, fields=None, **query):
    return call(sim, "GET", path, fields, query)


def post(sim, path, fields=None, **query):
    return call(sim, "POST", path, fields, query)


def new_user(sim, phone="7700900200", country="44", email="alice@example.com", **query):
    fields = {"user[email]": email, "user[cellphone]": phone, "user[country_code]": country}
    return post(sim, "/protected/json/users/new", fields, **query)


def registered(sim, phone="7700900200", **fields):
    reply = new_user(sim, phone, **fields)
    assert reply.status == 200, reply.body
    return reply.json["user"]["id"]


def sms(sim, user, **query):
    return get(sim, f"/protected/json/sms/{user}", **{"force": "true", **query})


def verify(sim, user, token, **query):
    return get(sim, f"/protected/json/verify/{token}/{user}", **query)


def ask(sim, user, **fields):
    return post(sim, ASK.format(user), {"message": "Sign in to web1?", **fields})


def asked(sim, user, **fields):
    reply = ask(sim, user, **fields)
    assert reply.status == 200, reply.body
    return reply.json["approval_request"]["uuid"]


def poll(sim, uuid):
    reply = get(sim, POLL.format(uuid))
    assert reply.status == 200, reply.body
    return reply.json["approval_request"]


def refused(reply):
    body = reply.json
    assert body["success"] is False and body["errors"]["message"] == body["message"]
    assert isinstance(body["error_code"], str)
    return reply.status, body["error_code"]


def wrong(code):
    return str((int(code) + 1) % 10 ** len(code)).zfill(len(code))


# users


def test_register(sim):
    reply = new_user(sim, send_install_link_via_sms="true")
    assert reply.json["success"] is True
    assert reply.json["message"] == "User created successfully."
    assert isinstance(reply.json["user"]["id"], int)
    assert sim.messages() == []


@pytest.mark.parametrize("phone", ["7700-900-200", "7700.900.200", "(7700) 900 200"])
def test_the_same_phone_is_the_same_user(sim, phone):
    first = registered(sim)
    assert registered(sim, phone, email="bob@example.com") == first
    assert registered(sim, "7700900201") != first


def test_register_in_json_and_by_header(sim):
    body = {"user": {"email": "a@example.com", "cellphone": "7700900200", "country_code": "44"}}
    reply = sim.request("POST", "/protected/json/users/new", json.dumps(body),
                        {**JSON, "X-Authy-API-Key": KEY})
    assert reply.json["user"]["id"] == registered(sim)


def test_country_code_defaults_to_1(sim):
    fields = {"user[email]": "a@example.com", "user[cellphone]": "202-555-0200"}
    user = post(sim, "/protected/json/users/new", fields).json["user"]["id"]
    sms(sim, user)
    assert sim.messages()[0]["to"] == "+12025550200"


@pytest.mark.parametrize("fields, names", [
    ({"email": "x"}, {"email"}), ({"email": "@example.com"}, {"email"}), ({"email": ""}, {"email"}),
    ({"phone": "AAA-338-9302"}, {"cellphone"}), ({"phone": ""}, {"cellphone"}),
    ({"phone": "1"}, {"cellphone"}), ({"phone": "1" * 15}, {"cellphone"}),
    ({"country": "x"}, {"cellphone"}), ({"country": "0"}, {"cellphone"}),
    ({"country": "12345"}, {"cellphone"}), ({"email": "x", "phone": "x"}, {"email", "cellphone"}),
])
def test_bad_user(sim, fields, names):
    reply = new_user(sim, **fields)
    assert refused(reply) == (400, "60027")
    assert reply.json["message"] == "User was not valid"
    assert set(reply.json["errors"]) == names | {"message"}


def test_status(sim):
    user = registered(sim)
    reply = get(sim, f"/protected/json/users/{user}/status")
    assert reply.json["success"] is True
    assert reply.json["status"] == {
        "authy_id": user, "confirmed": False, "registered": True, "country_code": 44,
        "phone_number": "XXX-XXX-0200", "devices": ["android"], "has_hard_token": False,
        "account_disabled": False,
    }
    sim.settings(authy_app=0)
    sms(sim, user)
    verify(sim, user, sim.code())
    now = get(sim, f"/protected/json/users/{user}/status").json["status"]
    assert (now["confirmed"], now["registered"], now["devices"]) == (True, False, [])


@pytest.mark.parametrize("path", ["users/{}/remove", "users/{}/delete", "users/delete/{}"])
def test_remove(sim, path):
    user = registered(sim)
    reply = post(sim, "/protected/json/" + path.format(user))
    assert reply.json["success"] is True
    assert refused(get(sim, f"/protected/json/users/{user}/status")) == (404, "60026")
    assert refused(sms(sim, user)) == (404, "60026")
    assert registered(sim) != user


# who may ask


EVERY = [
    ("POST", "/protected/json/users/new"), ("POST", "/protected/json/users/1/remove"),
    ("POST", "/protected/json/users/delete/1"), ("GET", "/protected/json/users/1/status"),
    ("GET", "/protected/json/sms/1"), ("GET", "/protected/json/call/1"),
    ("GET", "/protected/json/verify/1234567/1"), ("POST", ASK.format(1)), ("GET", POLL.format("x")),
    ("POST", PHONES + "verification/start"), ("GET", PHONES + "verification/check"),
    ("GET", PHONES + "verification/status"), ("GET", PHONES + "info"),
]


@pytest.mark.parametrize("method, path", EVERY)
def test_api_key(sim, method, path):
    for key in (None, "", "not well formed", "x" * 128):
        reply = call(sim, method, path, key=key)
        assert refused(reply) == (401, "60001"), key
        assert reply.json["message"] == "Invalid API key"
    for headers in (sim.basic(("a", "b")), {"Authorization": "Bearer " + KEY}, {"X-Authy-API-Key": ""}):
        assert refused(sim.request(method, path, "", {**FORM, **headers})) == (401, "60001")


@pytest.mark.parametrize("method, path", EVERY)
def test_other_methods(sim, method, path):
    assert call(sim, "DELETE", path).status == 405
    assert call(sim, {"GET": "POST", "POST": "GET"}[method], path).status in (404, 405)


def test_keys_from_a_file(launch, tmp_path):
    known = tmp_path / "credentials"
    known.write_text(f"authy main {KEY}\n")
    sim = launch("--quiet", "--credentials", str(known))
    user = registered(sim)
    assert refused(call(sim, "GET", f"/protected/json/sms/{user}", key="a" * 32)) == (401, "60001")


def test_another_application_sees_nothing(sim):
    user = registered(sim)
    uuid = asked(sim, user)
    other = "e" * 32
    assert refused(call(sim, "GET", f"/protected/json/sms/{user}", key=other)) == (404, "60026")
    assert refused(call(sim, "GET", POLL.format(uuid), key=other)) == (404, "60049")


def test_the_log_shows_neither_key_nor_token(sim):
    user = registered(sim)
    sms(sim, user)
    token = sim.code()
    verify(sim, user, token)
    sim.request("GET", f"/protected/json/sms/{user}", None, {"X-Authy-API-Key": KEY})
    text = json.dumps(sim.requests())
    assert KEY not in text and token not in text
    checked = sim.requests("?endpoint=check")[0]
    assert checked["path"] == f"/protected/json/verify/(code)/{user}"
    assert checked["auth"] == "query" and checked["fields"]["api_key"] == "(secret)"
    assert [r["provider"] for r in sim.requests()] == ["authy"] * 4
    assert [r["endpoint"] for r in sim.requests()] == ["control", "start", "check", "start"]


# tokens


@pytest.mark.parametrize("path, channel, message", [
    ("sms", "sms", "SMS token was sent"), ("call", "voice", "Call started..."),
])
def test_token(sim, path, channel, message):
    user = registered(sim)
    reply = get(sim, f"/protected/json/{path}/{user}", force="true")
    assert reply.json == {"message": message, "success": True, "cellphone": "+44-XXX-XXX-XX00"}
    (received,) = sim.messages("+447700900200")
    assert received["channel"] == channel and re.fullmatch("[0-9]{7}", received["code"])
    assert received["code"] not in reply.body.decode()
    good = verify(sim, user, received["code"], force="true")
    assert good.status == 200
    assert good.json == {"message": "Token is valid.", "token": "is valid", "success": "true"}


@pytest.mark.parametrize("path", ["sms", "call"])
def test_who_has_the_app_gets_no_message_unless_forced(sim, path):
    user = registered(sim)
    reply = get(sim, f"/protected/json/{path}/{user}")
    assert reply.json["ignored"] is True and reply.json["device"] == "android"
    (shown,) = sim.messages()
    assert shown["channel"] == "push"
    assert verify(sim, user, shown["code"]).json["token"] == "is valid"
    sim.settings(authy_app=0)
    assert "ignored" not in get(sim, f"/protected/json/{path}/{user}").json
    assert len(sim.messages()) == 2


def test_wrong_used_and_old_tokens(sim):
    user = registered(sim)
    assert refused(verify(sim, user, "1234567")) == (401, "60020")
    sms(sim, user)
    token = sim.code()
    bad = verify(sim, user, wrong(token))
    assert refused(bad) == (401, "60020")
    assert bad.json["token"] == "is invalid" and bad.json["message"] == "Token is invalid"
    sms(sim, user)
    assert sim.code() == token
    assert verify(sim, user, token).status == 200
    again = verify(sim, user, token)
    assert refused(again) == (401, "60019") and again.json["token"] == "is invalid"
    sms(sim, user)
    assert sim.code() != token
    sim.advance(601)
    assert refused(verify(sim, user, sim.code())) == (401, "60020")


@pytest.mark.parametrize("token", ["x", "12345678901234567", "1234567%20", "%31234567"])
def test_odd_tokens(sim, token):
    user = registered(sim)
    sms(sim, user)
    assert refused(verify(sim, user, token)) == (401, "60020")


def test_token_is_the_users_own(sim):
    alice, bob = registered(sim), registered(sim, "7700900201")
    sms(sim, alice)
    assert refused(verify(sim, bob, sim.code())) == (401, "60020")
    assert verify(sim, alice, sim.code()).status == 200


def test_too_many_wrong_tokens(sim):
    user = registered(sim)
    sms(sim, user)
    token = sim.code()
    for _ in range(5):
        assert refused(verify(sim, user, wrong(token))) == (401, "60020")
    locked = verify(sim, user, token)
    assert refused(locked) == (503, "60000")
    assert locked.json["message"] == "User has been suspended."
    assert refused(sms(sim, user)) == refused(ask(sim, user)) == (503, "60000")
    sim.advance(601)
    sms(sim, user)
    assert verify(sim, user, sim.code()).status == 200


def test_the_limit_is_a_setting(sim):
    sim.settings(authy_wrong_limit=0)
    user = registered(sim)
    sms(sim, user)
    for _ in range(12):
        verify(sim, user, wrong(sim.code()))
    assert verify(sim, user, sim.code()).status == 200


def test_what_the_api_once_did_without_force(sim):
    sim.settings(authy_lenient=1)
    user = registered(sim)
    assert verify(sim, user, "0000000").status == 200
    assert refused(verify(sim, user, "0000000", force="true")) == (401, "60020")
    sms(sim, user)
    assert verify(sim, user, sim.code()).status == 200
    assert refused(verify(sim, user, "0000000")) == (401, "60020")


def test_the_old_hole(sim):
    """A token of ../sms is another call, whose 200 says nothing of tokens."""
    user = registered(sim)
    reply = verify(sim, user, "../sms", force="true")
    assert reply.status == 200 and reply.json["success"] is True
    assert "token" not in reply.json
    assert sim.requests()[-1]["endpoint"] == "start"
    assert verify(sim, user, "%2e%2e%2fsms").status == 401


@pytest.mark.parametrize("name, value", [
    ("authy_app", 2), ("authy_lenient", 2), ("authy_wrong_limit", 11), ("authy_token_length", 5),
    ("authy_token_length", 9),
])
def test_setting_out_of_range(sim, name, value):
    assert sim.request("POST", "/_sim/settings", json.dumps({name: value})).status == 400


def test_token_length(sim):
    sim.settings(authy_token_length=6)
    sms(sim, registered(sim))
    assert len(sim.code()) == 6


# OneTouch


DETAILS = {"details[Host]": "web1", "details[Number]": "42", "hidden_details[ip]": "192.0.2.7",
           "seconds_to_expire": "120"}


def test_approval(sim):
    user = registered(sim)
    reply = ask(sim, user, **DETAILS)
    uuid = reply.json["approval_request"]["uuid"]
    assert reply.json == {"approval_request": {"uuid": uuid}, "success": True}
    assert re.fullmatch(UUID, uuid)
    (message,) = sim.messages("+447700900200")
    assert message["channel"] == "push" and message["request_id"] == uuid
    assert message["text"] == "Sign in to web1?\nHost: web1\nNumber: 42"
    assert message["code"] == "42" and "192.0.2.7" not in message["text"]
    waiting = poll(sim, uuid)
    assert re.fullmatch(TIME, waiting["created_at"]) and waiting["processed_at"] is None
    # user_id is the vendor's own: no client knows it
    assert waiting["_authy_id"] == user and waiting["user_id"] != str(user)
    assert waiting["uuid"] == uuid and waiting["status"] == "pending"
    assert waiting["hidden_details"] == {"ip": "192.0.2.7"}
    assert waiting["seconds_to_expire"] == 120 and waiting["_user_email"] == "alice@example.com"
    sim.sim("POST", "push", {"identity": str(user), "action": "approve"})
    done = poll(sim, uuid)
    assert done["status"] == "approved" and re.fullmatch(TIME, done["processed_at"])
    assert sim.requests("?endpoint=poll")[-1]["result"] == "approved"


def test_approval_in_json(sim):
    user = registered(sim)
    body = {"message": "Hi", "details": {"Host": "web1"}, "hidden_details": {"a": "b"},
            "seconds_to_expire": 60, "logos": [{"res": "low", "url": "https://example.com/x.png"}]}
    reply = sim.request("POST", ASK.format(user) + "?api_key=" + KEY, json.dumps(body), JSON)
    assert sim.messages()[0]["text"] == "Hi\nHost: web1"
    assert sim.messages()[0]["code"] == ""
    now = poll(sim, reply.json["approval_request"]["uuid"])
    assert now["hidden_details"] == {"a": "b"} and now["seconds_to_expire"] == 60


@pytest.mark.parametrize("action, word", [("approve", "approved"), ("deny", "denied")])
def test_answers_are_final(sim, action, word):
    user = registered(sim)
    uuid = asked(sim, user, seconds_to_expire="60")
    sim.sim("POST", "push", {"to": "+447700900200", "action": action})
    sim.advance(3600)
    assert poll(sim, uuid)["status"] == word
    late = sim.request("POST", "/_sim/push", json.dumps({"identity": str(user), "action": "deny"}))
    assert late.status == 409


def test_the_newest_is_answered(sim):
    user = registered(sim)
    old, new = asked(sim, user), asked(sim, user)
    sim.sim("POST", "push", {"identity": str(user), "action": "approve"})
    assert (poll(sim, old)["status"], poll(sim, new)["status"]) == ("pending", "approved")


@pytest.mark.parametrize("fields, life", [({"seconds_to_expire": "90"}, 90), ({}, 86400)])
def test_expiry(sim, fields, life):
    user = registered(sim)
    uuid = asked(sim, user, **fields)
    sim.advance(life - 5)
    assert poll(sim, uuid)["status"] == "pending"
    sim.advance(6)
    assert poll(sim, uuid)["status"] == "expired"
    late = sim.request("POST", "/_sim/push", json.dumps({"identity": str(user), "action": "approve"}))
    assert late.status == 409 and poll(sim, uuid)["status"] == "expired"


def test_never_expires(sim):
    uuid = asked(sim, registered(sim), seconds_to_expire="0")
    sim.advance(30 * 86400)
    assert poll(sim, uuid)["status"] == "pending"


@pytest.mark.parametrize("fields", [
    {"message": ""}, {"seconds_to_expire": "x"}, {"seconds_to_expire": "-1"},
    {"seconds_to_expire": "99999999"},
])
def test_bad_request(sim, fields):
    assert refused(ask(sim, registered(sim), **fields)) == (400, "60004")
    assert sim.messages() == []


def test_who_has_no_app_cannot_approve(sim):
    sim.settings(authy_app=0)
    assert refused(ask(sim, registered(sim))) == (400, "60002")
    assert sim.messages() == []


def test_unknown_ids(sim):
    assert refused(ask(sim, 123)) == (404, "60026")
    unknown = get(sim, POLL.format("4b7c4230-a9bb-0133-7bff-0e67b818e6fb"))
    assert refused(unknown) == (404, "60049") and "not found" in unknown.json["message"]


# phone verifications


PHONE = {"phone_number": "7700-900-200", "country_code": "44"}


def begin(sim, phone="7700900200", via="sms", **fields):
    fields = {"phone_number": phone, "country_code": "44", "via": via, **fields}
    return post(sim, PHONES + "verification/start", fields)


def judge(sim, code, phone="7700900200"):
    # the npm package sends these as a form, with GET
    fields = {"phone_number": phone, "country_code": "44", "verification_code": code}
    return get(sim, PHONES + "verification/check", fields)


@pytest.mark.parametrize("via, channel", [("sms", "sms"), ("call", "voice")])
def test_phone(sim, via, channel):
    reply = begin(sim, via=via)
    assert reply.json["success"] is True and re.fullmatch(UUID, reply.json["uuid"])
    assert 590 <= reply.json["seconds_to_expire"] <= 600
    (message,) = sim.messages("+447700900200")
    assert message["channel"] == channel and len(message["code"]) == 4
    assert refused(judge(sim, wrong(message["code"]))) == (401, "60022")
    status = get(sim, PHONES + "verification/status", PHONE)
    assert status.json["status"] == "pending"
    good = judge(sim, message["code"])
    assert good.json == {"message": "Verification code is correct.", "success": True}
    assert refused(judge(sim, message["code"])) == (404, "60023")
    assert get(sim, PHONES + "verification/status", PHONE).json["status"] == "verified"


def test_phone_by_query(sim):
    begin(sim, code_length="6")
    assert len(sim.code()) == 6
    query = {**PHONE, "verification_code": sim.code()}
    assert get(sim, PHONES + "verification/check", **query).status == 200
    assert sim.requests()[-1]["fields"]["verification_code"] == "(code)"


def test_phone_again_is_the_same_code(sim):
    assert begin(sim).json["uuid"] == begin(sim, via="call").json["uuid"]
    first, second = sim.messages()
    assert first["code"] == second["code"]


def test_phone_ends(sim):
    begin(sim)
    sim.advance(601)
    assert refused(judge(sim, sim.code())) == (404, "60023")
    assert get(sim, PHONES + "verification/status", PHONE).json["status"] == "expired"
    begin(sim)
    for _ in range(5):
        assert refused(judge(sim, wrong(sim.code()))) == (401, "60022")
    assert refused(judge(sim, sim.code())) == (404, "60023")


@pytest.mark.parametrize("fields, code", [
    ({"via": "fax"}, "60004"), ({"via": ""}, "60004"), ({"code_length": "3"}, "60004"),
    ({"code_length": "11"}, "60004"), ({"code_length": "x"}, "60004"), ({"phone": "x"}, "60033"),
    ({"country_code": ""}, "60033"),
])
def test_bad_phone(sim, fields, code):
    assert refused(begin(sim, **fields)) == (400, code)
    assert sim.messages() == []


def test_phone_info(sim):
    assert get(sim, PHONES + "info", PHONE).json["type"] == "cellphone"
    landline = {**PHONE, "phone_number": "7700900115"}
    assert get(sim, PHONES + "info", landline).json["type"] == "landline"
    assert refused(get(sim, PHONES + "verification/status", PHONE)) == (404, "60023")


# sandbox numbers


@pytest.mark.parametrize("last, http, code", [
    ("01", 429, "60003"), ("02", 400, "60002"), ("04", 401, "60001"), ("05", 503, "60000"),
    ("06", 400, "60033"), ("07", 503, "60000"), ("09", 503, "60000"), ("29", 503, "60000"),
])
def test_scripted_refusal(sim, last, http, code):
    user = registered(sim, "77009001" + last)
    assert refused(sms(sim, user)) == refused(ask(sim, user)) == (http, code)
    assert refused(get(sim, f"/protected/json/call/{user}", force="true")) == (http, code)
    assert refused(begin(sim, "77009001" + last)) == (http, code)
    assert sim.messages() == []


def test_landline(sim):
    user = registered(sim, "7700900115")
    assert refused(sms(sim, user)) == refused(begin(sim, "7700900115")) == (403, "60082")
    assert get(sim, f"/protected/json/call/{user}", force="true").status == 200
    assert verify(sim, user, sim.code()).status == 200


@pytest.mark.parametrize("last", ["00", "10", "41", "42", "43", "44", "52"])
def test_tokens_without_a_script(sim, last):
    user = registered(sim, "77009001" + last)
    assert refused(verify(sim, user, "0000000")) == (401, "60020")
    sms(sim, user)
    assert verify(sim, user, sim.code()).json["token"] == "is valid"


def test_every_code_wrong(sim):
    user = registered(sim, "7700900116")
    sms(sim, user)
    assert refused(verify(sim, user, sim.code())) == (401, "60020")
    begin(sim, "7700900116")
    assert refused(judge(sim, sim.code(), "7700900116")) == (401, "60022")


def test_locked_at_the_first_check(sim):
    user = registered(sim, "7700900117")
    sms(sim, user)
    assert refused(verify(sim, user, sim.code())) == (503, "60000")
    begin(sim, "7700900117")
    assert refused(judge(sim, sim.code(), "7700900117")) == (401, "60022")
    assert refused(judge(sim, sim.code(), "7700900117")) == (404, "60023")


def test_never_delivered(sim):
    user = registered(sim, "7700900131")
    uuid = asked(sim, user)
    for reply in (sms(sim, user), begin(sim, "7700900131")):
        assert reply.status == 200
    sim.advance(300)
    assert sim.messages() == [] and poll(sim, uuid)["status"] == "pending"
    lost = sim.request("POST", "/_sim/push", json.dumps({"identity": str(user), "action": "approve"}))
    assert lost.status == 409


def test_delivered_late(sim):
    user = registered(sim, "7700900132")
    uuid = asked(sim, user)
    sms(sim, user)
    begin(sim, "7700900132")
    early = sim.request("POST", "/_sim/push", json.dumps({"identity": str(user), "action": "approve"}))
    assert early.status == 409
    sim.advance(44)
    assert sim.messages() == []
    sim.advance(2)
    assert sorted(m["channel"] for m in sim.messages()) == ["push", "sms", "sms"]
    sim.sim("POST", "push", {"identity": str(user), "action": "approve"})
    assert poll(sim, uuid)["status"] == "approved"


def test_pushes_that_answer_themselves(sim):
    denied, silent, slow = (asked(sim, registered(sim, f"77009001{n}")) for n in (41, 42, 43))
    assert poll(sim, denied)["status"] == "denied"
    assert poll(sim, slow)["status"] == "pending"
    sim.advance(6)
    assert poll(sim, slow)["status"] == "approved" and poll(sim, silent)["status"] == "pending"


def test_a_slow_answer_does_not_beat_the_end(sim):
    uuid = asked(sim, registered(sim, "7700900143"), seconds_to_expire="3")
    sim.advance(6)
    assert poll(sim, uuid)["status"] == "expired"


@pytest.mark.parametrize("last", ["44", "51", "52", "53"])
def test_approvals_that_prove_nothing(sim, last):
    user = registered(sim, "77009001" + last)
    uuid = asked(sim, user)
    found = poll(sim, uuid)
    assert found["status"] == "approved"
    assert (found.get("uuid") == uuid) == (last in ("44", "52"))
    assert (found.get("_authy_id") == user) == (last == "51")
    assert ("uuid" in found) == ("_authy_id" in found) == (last != "53")


@pytest.mark.parametrize("last", ["51", "53"])
def test_successes_that_prove_nothing(sim, last):
    user = registered(sim, "77009001" + last)
    reply = verify(sim, user, "0000000")
    assert reply.status == 200 and "token" not in reply.json


# faults


def test_faults_find_the_vendors_members(sim):
    user = registered(sim)
    sms(sim, user)
    sim.fault("dup_keys", provider="authy", endpoint="check")
    body = verify(sim, user, wrong(sim.code())).body.decode()
    assert body.index('"is valid"') < body.index('"is invalid"')
    uuid = asked(sim, user)
    sim.fault("foreign_id", provider="authy", endpoint="poll")
    assert poll(sim, uuid)["uuid"] != uuid
    sim.fault("dup_keys", provider="authy", endpoint="poll")
    body = get(sim, POLL.format(uuid)).body.decode()
    assert body.index('"approved"') < body.index('"pending"')
    sim.fault("missing", endpoint="poll", field="approval_request.status")
    assert "status" not in poll(sim, uuid)


def test_fault_before_changes_nothing(sim):
    user = registered(sim)
    sms(sim, user)
    sim.fault("trailing", endpoint="check", when="before")
    assert verify(sim, user, sim.code()).status == 200
    assert verify(sim, user, sim.code()).status == 200
    sim.fault("trailing", endpoint="start", when="before")
    assert ask(sim, user).status == 200
    assert len(sim.messages()) == 1


def test_throttle_and_failure_in_the_vendors_words(sim):
    user = registered(sim)
    sim.fault("throttle", endpoint="start")
    assert refused(ask(sim, user)) == (429, "60003")
    sim.fault("json500", endpoint="start")
    assert refused(sms(sim, user)) == (500, "60000")
