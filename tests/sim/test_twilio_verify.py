# SPDX-License-Identifier: BSD-2-Clause
"""Twilio Verify's codes as the vendor documents them: starts, checks, ends."""

import json
import re

import pytest
from simclient import FORM, basic
from twilioclient import (ACCOUNT, AUTH, KEY, NUMBER, OTHER_SERVICE, SERVICE, SID, TOKEN, UNKNOWN,
                          Twilio, refused, wrong)

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture
def api(sim):
    return Twilio(sim)


def verdict(reply):
    assert reply.status in (200, 201), reply.body
    assert reply.json["valid"] is (reply.json["status"] == "approved")
    return reply.json["status"]


# start and check


def test_start_and_check(sim, api):
    reply = api.start()
    body = reply.json
    assert reply.status == 201
    assert re.match("VE" + SID, body["sid"]) and body["service_sid"] == SERVICE
    assert body["account_sid"] == ACCOUNT
    assert (body["to"], body["channel"], body["status"], body["valid"]) == (
        NUMBER, "sms", "pending", False)
    (attempt,) = body["send_code_attempts"]
    assert attempt["channel"] == "SMS" and re.match("VL" + SID, attempt["attempt_sid"])
    assert re.fullmatch(TIME, attempt["time"]) and re.fullmatch(TIME, body["date_created"])
    (message,) = sim.messages(NUMBER)
    assert re.fullmatch(r"\d{6}", message["code"]) and message["code"] in message["text"]
    assert (message["provider"], message["request_id"]) == ("twilio-verify", body["sid"])
    assert message["code"].encode() not in reply.body
    checked = api.check(body["sid"], message["code"])
    assert (checked.status, verdict(checked)) == (200, "approved")
    for name in ("sid", "service_sid", "account_sid", "to", "channel"):
        assert checked.json[name] == body[name]


def test_a_wrong_code_is_http_200(sim, api):
    sid = api.opened()
    reply = api.check(sid, wrong(sim.code()))
    assert (reply.status, verdict(reply)) == (200, "pending")


def test_check_by_number(sim, api):
    api.opened()
    reply = api.post("/VerificationCheck", {"To": NUMBER, "Code": sim.code()})
    assert verdict(reply) == "approved"


def test_check_by_number_and_id_that_differ(sim, api):
    sid = api.opened()
    fields = {"To": "+447700900300", "VerificationSid": sid, "Code": sim.code()}
    assert refused(api.post("/VerificationCheck", fields)) == (404, 20404)


def test_right_code_may_be_201(sim, api):
    sim.settings(twilio_check_201=1)
    reply = api.check(api.opened(), sim.code())
    assert (reply.status, verdict(reply)) == (201, "approved")


def test_every_channel(sim, api):
    seen = {}
    for channel, to, attempt in (("sms", "+447700900300", "SMS"),
                                 ("call", "+447700900400", "CALL"),
                                 ("whatsapp", "+447700900500", "whatsapp"),
                                 ("email", "alice@example.org", "EMAIL")):
        body = api.start(to, channel).json
        assert (body["channel"], body["to"]) == (channel, to)
        assert body["send_code_attempts"][0]["channel"] == attempt
        (message,) = sim.messages(to.replace("+", "%2B"))
        seen[channel] = message["channel"]
        assert verdict(api.check(body["sid"], message["code"])) == "approved"
    assert seen == {"sms": "sms", "call": "voice", "whatsapp": "whatsapp", "email": "email"}


def test_a_call_spells_the_code(sim, api):
    api.opened(channel="call")
    (message,) = sim.messages()
    assert ", ".join(message["code"]) in message["text"]


def test_custom_name_in_the_text(sim, api):
    api.opened(CustomFriendlyName="ACME Corp")
    assert "ACME Corp" in sim.messages()[0]["text"]


# one verification for each number


def test_second_start_is_a_resend(sim, api):
    first = api.start().json
    second = api.start(channel="call").json
    assert second["sid"] == first["sid"] and second["channel"] == "call"
    assert [a["channel"] for a in second["send_code_attempts"]] == ["SMS", "CALL"]
    one, two = sim.messages()
    assert one["code"] == two["code"] and two["channel"] == "voice"


def test_another_service_has_its_own(sim, api):
    first = api.opened()
    other = Twilio(sim, OTHER_SERVICE)
    assert other.opened() != first
    assert refused(other.check(first, sim.messages()[0]["code"])) == (404, 20404)


def test_the_sixth_send_is_refused(sim, api):
    sid = [api.opened() for _ in range(5)][0]
    assert refused(api.start()) == (429, 60203)
    assert refused(api.start(channel="call")) == (429, 60203)
    assert len(sim.messages()) == 5
    assert verdict(api.check(sid, sim.code())) == "approved"
    assert api.opened() != sid


def test_the_sixth_check_is_refused_and_ends_it(sim, api):
    sid = api.opened()
    code = sim.code()
    assert [verdict(api.check(sid, wrong(code))) for _ in range(5)] == ["pending"] * 5
    assert refused(api.check(sid, code)) == (429, 60202)
    assert refused(api.check(sid, code)) == (404, 20404)
    assert api.opened() != sid


def test_a_lock_that_stays(sim, api):
    sim.settings(twilio_lock_stays=1, twilio_wrong_limit=1)
    sid = api.opened()
    code = sim.code()
    api.check(sid, wrong(code))
    for _ in range(2):
        assert refused(api.check(sid, code)) == (429, 60202)
    assert refused(api.start()) == (429, 60202)
    assert api.fetch(sid).json["status"] == "max_attempts_reached"
    sim.advance(600)
    assert refused(api.check(sid, code)) == (404, 20404)
    assert api.opened() != sid


def test_limits_are_settings(sim, api):
    sim.settings(twilio_send_limit=1, twilio_wrong_limit=2)
    sid = api.opened()
    assert refused(api.start()) == (429, 60203)
    bad = wrong(sim.code())
    assert verdict(api.check(sid, bad)) == verdict(api.check(sid, bad)) == "pending"
    assert refused(api.check(sid, bad)) == (429, 60202)


# ends


def test_used_up_by_success(sim, api):
    sid = api.opened()
    code = sim.code()
    assert verdict(api.check(sid, code)) == "approved"
    reply = api.check(sid, code)
    assert refused(reply) == (404, 20404)
    assert f"/Services/{SERVICE}/VerificationCheck was not found" in reply.json["message"]
    assert refused(api.fetch(sid)) == (404, 20404)


@pytest.mark.parametrize("life", [None, 120])
def test_expiry(sim, api, life):
    if life:
        sim.settings(twilio_code_life_s=life)
    sid = api.opened()
    sim.advance((life or 600) - 5)
    assert verdict(api.check(sid, wrong(sim.code()))) == "pending"
    sim.advance(6)
    assert refused(api.check(sid, sim.code())) == (404, 20404)
    assert api.opened() != sid


def test_a_resend_does_not_prolong(sim, api):
    sid = api.opened()
    sim.advance(400)
    api.opened()
    sim.advance(201)
    assert refused(api.check(sid, sim.code())) == (404, 20404)


def test_cancel(sim, api):
    sid = api.opened()
    reply = api.cancel(sid)
    assert (reply.status, reply.json["status"], reply.json["sid"]) == (200, "canceled", sid)
    assert refused(api.check(sid, sim.code())) == (404, 20404)
    assert refused(api.cancel(sid)) == (404, 20404)
    assert api.opened() != sid


@pytest.mark.parametrize("status, said", [("approved", 60204), ("pending", 60200)])
def test_other_updates_are_refused(api, status, said):
    sid = api.opened()
    assert refused(api.post("/Verifications/" + sid, {"Status": status})) == (400, said)
    assert refused(api.post("/Verifications/" + sid, {})) == (400, 60200)
    assert api.fetch(sid).json["status"] == "pending"


def test_fetch_and_its_budgets(sim, api):
    sid = api.opened()
    assert api.fetch(sid).json["status"] == "pending"
    sim.settings(twilio_code_life_s=86400)
    sid = api.opened("+447700900300")

    def fetches(n):
        return [api.fetch(sid).status for _ in range(n)]

    assert fetches(60) == [200] * 60
    reply = api.fetch(sid)
    assert refused(reply) == (429, 20429) and reply.headers["Retry-After"] == "1"
    for _ in range(2):
        sim.advance(61)
        assert fetches(60) == [200] * 60
    sim.advance(61)
    assert fetches(1) == [429]  # 180 an hour
    sim.advance(3600)
    assert fetches(60) == [200] * 60
    sim.advance(61)
    assert fetches(11) == [200] * 10 + [429]  # 250 a day


# what it refuses


@pytest.mark.parametrize("to", [
    " 447700900200", "447700900200", "+0447700900200", "+12", "+" + "1" * 16, "+44 7700 900200",
    "++447700900200", "alice@example.org", "x",
])
def test_bad_number(sim, api, to):
    reply = api.start(to)
    assert refused(reply) == (400, 60200)
    assert "`To`" in reply.json["message"] and sim.messages() == []


def test_an_unescaped_plus_is_a_blank(sim, api):
    reply = sim.request("POST", api.base + "/Verifications", f"To={NUMBER}&Channel=sms",
                        {"Content-Type": FORM, **basic(AUTH)})
    assert refused(reply) == (400, 60200)
    assert "`To`:  447700900200" in reply.json["message"]


@pytest.mark.parametrize("to", [
    "alice", "@example.org", "a@b@example.org", "alice@nowhere", "a lice@example.org", NUMBER,
    "a" * 250 + "@b.cd",
])
def test_bad_address(api, to):
    reply = api.start(to, "email")
    assert refused(reply) == (400, 60200) and "`To`" in reply.json["message"]


@pytest.mark.parametrize("fields, name", [
    ({"Channel": "sms"}, "To"), ({"To": "", "Channel": "sms"}, "To"),
    ({"To": NUMBER}, "Channel"), ({"To": NUMBER, "Channel": "fax"}, "Channel"),
    ({"To": NUMBER, "Channel": "SMS"}, "Channel"),
    ({"To": NUMBER, "Channel": "sms", "RateLimits": "{"}, "RateLimits"),
    ({"To": NUMBER, "Channel": "sms", "Tags": "[]"}, "Tags"),
    ({"To": NUMBER, "Channel": "sms", "Tags": '{"a":1}'}, "Tags"),
    ({"To": NUMBER, "Channel": "sms", "CustomFriendlyName": "x" * 31}, "CustomFriendlyName"),
    ({"To": NUMBER, "Channel": "sms", "RiskCheck": "maybe!"}, "RiskCheck"),
])
def test_bad_parameter(sim, api, fields, name):
    reply = api.post("/Verifications", fields)
    assert refused(reply) == (400, 60200)
    assert name in reply.json["message"] and sim.messages() == []


@pytest.mark.parametrize("fields, name", [
    ({}, "Code"), ({"Code": "123"}, "Code"), ({"Code": "1" * 11}, "Code"),
    ({"Code": "123456"}, "To"),
])
def test_bad_check(api, fields, name):
    reply = api.post("/VerificationCheck", fields)
    assert refused(reply) == (400, 60200) and name in reply.json["message"]


@pytest.mark.parametrize("code", [None, "sna", "auto"])
def test_a_channel_that_is_off(sim, api, code):
    sim.settings(twilio_channels=14)
    assert refused(api.start(channel=code or "sms")) == (403, 60223)
    assert api.opened(channel="call")


def test_a_customers_own_code_needs_the_service(sim, api):
    assert refused(api.start(CustomCode="123456")) == (400, 60204)


@pytest.mark.parametrize("path", [
    "/v2/Services/VA123/Verifications",
    "/v2/Services/" + "AC" + UNKNOWN + "/Verifications",
    "/v2/Services/" + "VA" + "g" * 32 + "/Verifications",
    "/v2/Services/" + SERVICE + "/Verifications/VE123",
    "/v2/Services/" + SERVICE + "/Verifications/VE" + UNKNOWN,
    "/v2/Services/" + SERVICE + "/Verifications/VA" + UNKNOWN,
])
def test_ids_of_another_shape(api, path):
    fields = {"To": NUMBER, "Channel": "sms", "Status": "canceled"}
    assert refused(api.post(path, fields)) == (404, 20404)


@pytest.mark.parametrize("sid", ["VE123", "VE" + UNKNOWN, "VA" + UNKNOWN, "VE" + "z" * 32])
def test_check_of_an_unknown_id(api, sid):
    assert refused(api.check(sid, "123456")) == (404, 20404)


def test_only_a_form_counts(sim, api):
    body = json.dumps({"To": NUMBER, "Channel": "sms"})
    for headers in ({"Content-Type": "application/json"}, {}):
        reply = sim.request("POST", api.base + "/Verifications", body, {**headers, **basic(AUTH)})
        assert refused(reply) == (400, 60200)
    reply = sim.request("POST", api.base + "/Verifications?To=%2B447700900200&Channel=sms", "",
                        {"Content-Type": FORM, **basic(AUTH)})
    assert refused(reply) == (400, 60200) and sim.messages() == []


@pytest.mark.parametrize("method, path", [
    ("GET", "/Verifications"), ("DELETE", "/Verifications"), ("GET", "/VerificationCheck"),
    ("DELETE", "/Verifications/VE" + UNKNOWN), ("DELETE", ""),
])
def test_other_methods(api, method, path):
    assert refused(api.ask(method, path)) == (405, 20004)


# credentials


@pytest.mark.parametrize("auth", [
    None, (ACCOUNT, ""), ("", TOKEN), ("AC123", TOKEN), ("abcd1234", TOKEN),
    ("AC" + "z" * 32, TOKEN), ("VA" + "a" * 32, TOKEN),
])
def test_bad_credentials(sim, api, auth):
    for path in ("/Verifications", "/VerificationCheck", "/Verifications/VE" + UNKNOWN,
                 "/AccessTokens", "/Entities", "/v2/Services"):
        reply = api.post(path, {"To": NUMBER, "Channel": "sms"}, auth)
        assert refused(reply) == (401, 20003)
        assert reply.headers["WWW-Authenticate"].startswith("Basic")
    assert sim.messages() == []


def test_other_schemes(sim, api):
    for header in ("Bearer " + TOKEN, "Basic %%%", "Digest x"):
        reply = sim.request("POST", api.base + "/Verifications", "",
                            {"Content-Type": FORM, "Authorization": header})
        assert refused(reply) == (401, 20003)


def test_an_api_key_does_too(sim, api):
    sid = api.opened()
    keyed = Twilio(sim, auth=(KEY, "secret"))
    assert verdict(keyed.check(sid, sim.code())) == "approved"


def test_another_accounts_service(sim, api):
    sid = api.opened()
    other = Twilio(sim, auth=("AC" + "f" * 32, TOKEN))
    assert refused(other.check(sid, sim.code())) == (404, 20404)


def test_only_listed_credentials(launch, tmp_path):
    path = tmp_path / "credentials"
    path.write_text(f"twilio {ACCOUNT} right\ntwilio {KEY} keyed\nvonage abcd1234 x\n")
    sim = launch("--credentials", str(path), "--quiet")
    for auth, status in (((ACCOUNT, "right"), 201), ((KEY, "keyed"), 201),
                         ((ACCOUNT, "wrong"), 401), ((KEY, "right"), 401)):
        assert Twilio(sim, auth=auth).start().status == status


def test_rate(sim, api):
    sim.settings(twilio_rate=2)
    replies = [api.start(f"+447700900{n}00") for n in (3, 4, 5)]
    assert [r.status for r in replies] == [201, 201, 429]
    assert refused(replies[2]) == (429, 20429) and replies[2].headers["Retry-After"] == "1"
    sim.advance(1)
    assert api.start("+447700900600").status == 201


# sandbox numbers


@pytest.mark.parametrize("script, status, code", [
    (1, 429, 20429), (2, 403, 60223), (4, 401, 20003), (5, 500, 20500), (6, 400, 21211),
    (7, 403, 60410), (9, 403, 20005), (15, 403, 60205), (29, 403, 21608),
])
@pytest.mark.parametrize("prefix", ["+4477009000", "+4477009009", "+120255501"])
def test_scripted_refusals(sim, api, prefix, script, status, code):
    assert refused(api.start(f"{prefix}{script:02}")) == (status, code)
    assert sim.messages() == []


def test_scripts_of_addresses(sim, api):
    assert refused(api.start("447700900107@example.org", "email")) == (403, 60410)
    sid = api.opened("447700900116@example.org", "email")
    assert verdict(api.check(sid, sim.code())) == "pending"


@pytest.mark.parametrize("to", ["+447700900200", "+447700901007", "+12025550207", "+4477009007"])
def test_other_numbers_play_no_part(api, to):
    assert api.start(to).status == 201


def test_landline_takes_calls(api):
    assert api.start("+447700900115", "call").status == 201


def test_fraud_guard_can_be_told_to_look_away(api):
    assert api.start("+447700900107", RiskCheck="disable").status == 201
    assert refused(api.start("+447700900107", RiskCheck="enable")) == (403, 60410)


def test_shared_verification(sim, api):
    body = api.start("+447700900110").json
    assert len(body["send_code_attempts"]) == 2 and len(sim.messages()) == 1
    assert verdict(api.check(body["sid"], sim.code())) == "approved"


def test_every_code_is_wrong(sim, api):
    sid = api.opened("+447700900116")
    assert [verdict(api.check(sid, sim.code())) for _ in range(5)] == ["pending"] * 5
    assert refused(api.check(sid, sim.code())) == (429, 60202)


def test_locked_at_the_first_check(sim, api):
    sid = api.opened("+447700900117")
    assert refused(api.check(sid, sim.code())) == (429, 60202)


def test_never_delivered(sim, api):
    sid = api.opened("+447700900131")
    sim.advance(120)
    assert sim.messages() == [] and api.fetch(sid).json["status"] == "pending"


def test_delivered_late(sim, api):
    sid = api.opened("+447700900132")
    sim.advance(40)
    assert sim.messages() == []
    sim.advance(6)
    assert verdict(api.check(sid, sim.code())) == "approved"


def test_answers_with_foreign_ids(api):
    sid = api.opened("+447700900151")
    body = api.check(sid, "000000").json
    assert body["status"] == "approved" and body["sid"] != sid
    assert re.match("VE" + SID, body["sid"])
    sid = api.opened("+447700900152")
    body = api.check(sid, "000000").json
    assert (body["status"], body["sid"]) == ("approved", sid)
    assert body["to"] != "+447700900152"
    sid = api.opened("+447700900153")
    body = api.check(sid, "000000").json
    assert body["status"] == "approved" and "sid" not in body


# errors and statuses that no number plays


@pytest.mark.parametrize("code, status", [
    (10001, 403), (20005, 403), (20008, 403), (20429, 429), (20500, 500), (20503, 503),
    (21211, 400), (21408, 403), (21608, 403), (21610, 400), (21614, 400), (30450, 403),
    (60202, 429), (60203, 429), (60204, 400), (60205, 403), (60207, 429), (60212, 429),
    (60217, 400), (60220, 403), (60222, 403), (60223, 403), (60238, 403), (60242, 400),
    (60245, 429), (60410, 403), (60412, 403), (60436, 400), (60603, 403), (60605, 403),
    (68008, 400), (70051, 401), (575001, 403), (20003, 401), (20404, 404),
])
def test_any_documented_error(sim, api, code, status):
    sid = api.opened()
    sim.settings(twilio_start_error=code)
    assert refused(api.start()) == (status, code)
    assert len(sim.messages()) == 1
    sim.settings(twilio_start_error=0, twilio_check_error=code)
    assert refused(api.check(sid, sim.code())) == (status, code)
    sim.settings(twilio_check_error=0)
    assert verdict(api.check(sid, sim.code())) == "approved"


@pytest.mark.parametrize("number, word", enumerate(
    ["max_attempts_reached", "canceled", "deleted", "failed", "expired"], 1))
def test_other_statuses(sim, api, number, word):
    sid = api.opened()
    sim.settings(twilio_check_status=number, twilio_start_status=number)
    reply = api.check(sid, sim.code())
    assert (reply.status, verdict(reply)) == (200, word)
    reply = api.start()
    assert (reply.status, reply.json["status"]) == (201, word)


@pytest.mark.parametrize("name, value", [
    ("twilio_start_error", 1), ("twilio_check_error", 60201), ("twilio_code_life_s", 119),
    ("twilio_send_limit", 0), ("twilio_check_status", 6), ("twilio_channels", 16),
    ("twilio_rate", -1),
])
def test_settings_out_of_range(sim, name, value):
    reply = sim.request("POST", "/_sim/settings", json.dumps({name: value}))
    assert reply.status == 400 and name in reply.json["error"]


def test_reset_forgets_settings(sim, api):
    sim.settings(twilio_start_error=60410)
    sim.sim("POST", "reset")
    assert api.start().status == 201


# services


def test_services(sim, api):
    fields = {"FriendlyName": "Acme", "CodeLength": "8", "LookupEnabled": "false",
              "Push.IncludeDate": "true", "Totp.Issuer": "Acme Corp", "Totp.TimeStep": "60"}
    reply = api.post("/v2/Services", fields)
    assert reply.status == 201
    made = reply.json
    assert re.match("VA" + SID, made["sid"]) and made["account_sid"] == ACCOUNT
    assert (made["friendly_name"], made["code_length"]) == ("Acme", 8)
    assert made["totp"] == {"issuer": "Acme Corp", "time_step": 60, "code_length": None,
                            "skew": None}
    assert api.get("/v2/Services/" + made["sid"]).json == made
    ours = Twilio(sim, made["sid"])
    sid = ours.opened()
    assert len(sim.code()) == 8 and "Acme" in sim.messages()[0]["text"]
    assert verdict(ours.check(sid, sim.code())) == "approved"


@pytest.mark.parametrize("fields, name", [
    ({}, "FriendlyName"), ({"FriendlyName": "x" * 31}, "FriendlyName"),
    ({"FriendlyName": "x", "CodeLength": "3"}, "CodeLength"),
    ({"FriendlyName": "x", "CodeLength": "11"}, "CodeLength"),
    ({"FriendlyName": "x", "LookupEnabled": "yes"}, "LookupEnabled"),
    ({"FriendlyName": "x", "Totp.Skew": "3"}, "Totp.Skew"),
])
def test_bad_service(api, fields, name):
    reply = api.post("/v2/Services", fields)
    assert refused(reply) == (400, 60200) and name in reply.json["message"]


def test_services_that_nobody_created(sim, api):
    assert api.get("").json["sid"] == SERVICE
    sim.sim("POST", "reset")
    sim.settings(twilio_strict_services=1)
    assert refused(api.start()) == (404, 20404)
    made = api.post("/v2/Services", {"FriendlyName": "x"}).json["sid"]
    assert Twilio(sim, made).start().status == 201


# the simulator's own records


def test_request_log(sim, api):
    sid = api.opened()
    api.check(sid, sim.code())
    api.fetch(sid)
    api.cancel(sid)
    api.post("/Verifications/" + sid, {"Status": "approved"})
    log = sim.requests()
    assert [e["endpoint"] for e in log] == ["start", "check", "poll", "cancel", "control"]
    assert {e["provider"] for e in log} == {"twilio-verify"}
    assert {e["auth"] for e in log} == {"basic"} and log[0]["key"] == ACCOUNT
    assert [e["result"] for e in log] == ["pending", "approved", "20404", "20404", "20404"]
    assert log[1]["fields"]["Code"] == "(code)"
    assert sim.code() not in json.dumps(log) and TOKEN not in json.dumps(log)


def test_faults(sim, api):
    sid = api.opened()
    sim.fault("throttle", provider="twilio-verify")
    assert refused(api.check(sid, sim.code())) == (429, 20429)
    sim.fault("json500", provider="twilio-verify", when="before")
    assert refused(api.check(sid, sim.code())) == (500, 20500)
    sim.fault("foreign_id", provider="twilio-verify", endpoint="check", when="before")
    body = api.check(sid, wrong(sim.code())).json
    assert body["status"] == "approved" and body["sid"] != sid
    sim.fault("wrong_type", provider="twilio-verify", endpoint="check", field="to", value="1",
              when="before")
    assert api.check(sid, wrong(sim.code())).json["to"] == 1
    sim.fault("missing", provider="twilio-verify", endpoint="check", when="before")
    assert "status" not in api.check(sid, wrong(sim.code())).json
    sim.fault("dup_keys", provider="twilio-verify", endpoint="check")
    reply = api.check(sid, wrong(sim.code()))
    assert reply.body.index(b'"approved"') < reply.body.index(b'"pending"')
    assert api.fetch(sid).json["status"] == "pending"
    assert verdict(api.check(sid, sim.code())) == "approved"


@pytest.mark.parametrize("path, fields, word", [
    ("/Verifications", {"To": NUMBER, "Channel": "sms"}, "pending"),
    ("/Verifications/VE" + UNKNOWN, {"Status": "canceled"}, "canceled"),
])
def test_a_fault_before_changes_nothing(sim, api, path, fields, word):
    sim.fault("trailing", provider="twilio-verify", when="before")
    reply = api.post(path, fields)
    assert reply.status in (200, 201) and sim.messages() == []
    assert json.JSONDecoder().raw_decode(reply.body.decode())[0]["status"] == word


def test_too_long_a_body(api):
    reply = api.post("/Verifications", {"To": "x" * 70000})
    assert refused(reply) == (413, 20413)
