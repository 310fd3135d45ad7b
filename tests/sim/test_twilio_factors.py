# SPDX-License-Identifier: BSD-2-Clause
"""Twilio's entities, factors and challenges of codes (TOTP)."""

import re
import urllib.parse

import pytest
from twilioclient import (ACCOUNT, IDENTITY, OTHER_SERVICE, SERVICE, SID, UNKNOWN, Twilio, refused,
                          rfc6238, wrong)

# RFC 6238, appendix B
SEEDS = {"sha1": b"12345678901234567890", "sha256": b"12345678901234567890123456789012",
         "sha512": b"1234567890123456789012345678901234567890123456789012345678901234"}
BASE32 = {
    "sha1": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "sha256": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA",
    "sha512": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
              "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA",
}


@pytest.fixture
def api(sim):
    return Twilio(sim)


@pytest.fixture
def calm(sim):
    """Moves the clock away from the end of a time step."""
    now = sim.sim("GET", "clock")["now"]
    sim.advance(60 - now % 60 + 1)


def status(reply, http=None):
    assert reply.status in ((200, 201) if http is None else (http,)), reply.body
    return reply.json["status"]


def factors(api, query="", identity=IDENTITY):
    return api.get(api.entity("/Factors" + query, identity))


# entities


def test_entities(api):
    reply = api.post("/Entities", {"Identity": IDENTITY})
    body = reply.json
    assert reply.status == 201 and re.match("YE" + SID, body["sid"])
    assert (body["identity"], body["service_sid"], body["account_sid"]) == (
        IDENTITY, SERVICE, ACCOUNT)
    assert body["links"]["factors"].endswith(f"/Entities/{IDENTITY}/Factors")
    assert api.get(api.entity()).json == body
    assert api.get("/Entities").json["entities"] == [body]
    assert refused(api.post("/Entities", {"Identity": IDENTITY})) == (400, 60200)
    assert Twilio(api.sim, OTHER_SERVICE).get("/Entities").json["entities"] == []


def test_the_first_factor_makes_the_entity(api):
    assert refused(api.get(api.entity())) == (404, 20404)
    factor = api.totp()
    assert api.get(api.entity()).json["sid"] == factor["entity_sid"]


def test_deleting_an_entity_deletes_its_factors(api):
    sid = api.totp()["sid"]
    reply = api.ask("DELETE", api.entity())
    assert (reply.status, reply.body) == (204, b"")
    assert refused(api.get(api.entity())) == (404, 20404)
    assert refused(api.ask("DELETE", api.entity())) == (404, 20404)
    api.post("/Entities", {"Identity": IDENTITY})
    assert refused(api.get(api.entity("/Factors/" + sid))) == (404, 20404)


@pytest.mark.parametrize("identity", ["1234567", "x" * 65, "user_name", "alice%40home", "na%20me12"])
def test_identities_are_opaque(api, identity):
    for path in (f"/Entities/{identity}", f"/Entities/{identity}/Factors"):
        assert refused(api.get(path)) == (400, 60200)
    fields = {"FriendlyName": "x", "FactorType": "totp"}
    assert refused(api.post(f"/Entities/{identity}/Factors", fields)) == (400, 60200)
    raw = urllib.parse.unquote(identity)
    assert refused(api.post("/Entities", {"Identity": raw})) == (400, 60200)


# TOTP factors


@pytest.mark.usefixtures("calm")
def test_a_factor_and_its_first_code(api):
    factor = api.totp()
    assert re.match("YF" + SID, factor["sid"]) and re.match("YE" + SID, factor["entity_sid"])
    assert (factor["status"], factor["factor_type"]) == ("unverified", "totp")
    assert factor["config"] == {"alg": "sha1", "skew": 1, "code_length": 6, "time_step": 30}
    secret = factor["binding"]["secret"]
    assert re.fullmatch("[A-Z2-7]{32}", secret)
    assert factor["binding"]["uri"] == (
        f"otpauth://totp/Rehearsal:alice?secret={secret}&issuer=Rehearsal&algorithm=SHA1&digits=6"
        "&period=30")
    reply = api.confirm(factor["sid"], wrong(api.code_of(factor)))
    assert status(reply, 200) == "unverified"
    reply = api.confirm(factor["sid"], api.code_of(factor))
    assert status(reply, 200) == "verified"
    assert "binding" not in reply.json and secret.encode() not in reply.body
    assert api.get(api.entity("/Factors/" + factor["sid"])).json == reply.json


@pytest.mark.parametrize("alg", SEEDS)
@pytest.mark.parametrize("at, code", [
    (1111111109, {"sha1": "07081804", "sha256": "68084774", "sha512": "25091201"}),
    (1234567890, {"sha1": "89005924", "sha256": "91819424", "sha512": "93441116"}),
    (20000000000, {"sha1": "65353130", "sha256": "77737706", "sha512": "47863826"}),
])
def test_the_witness_knows_rfc_6238(alg, at, code):
    assert rfc6238(BASE32[alg], at // 30, 8, alg) == code[alg]


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("alg", SEEDS)
@pytest.mark.parametrize("length", [3, 6, 8])
def test_our_own_secret(api, alg, length):
    fields = {"Binding.Secret": BASE32[alg], "Config.Alg": alg, "Config.CodeLength": str(length)}
    factor = api.totp(**fields)
    assert factor["binding"]["secret"] == BASE32[alg]
    assert factor["config"]["code_length"] == length
    assert f"algorithm={alg.upper()}&digits={length}" in factor["binding"]["uri"]
    code = api.code_of(factor)
    assert len(code) == length and status(api.confirm(factor["sid"], code)) == "verified"


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("skew", [0, 1, 2])
@pytest.mark.parametrize("step", [20, 60])
def test_skew_and_step(api, skew, step):
    fields = {"Config.Skew": str(skew), "Config.TimeStep": str(step)}
    sid, code = api.verified_totp(**fields)
    for steps in range(-3, 4):
        right = "approved" if abs(steps) <= skew else "pending"
        assert status(api.challenge(sid, code(steps))) == right, steps


def test_defaults_of_the_service(sim, api):
    fields = {"FriendlyName": "x", "Totp.Issuer": "Acme Corp", "Totp.TimeStep": "60",
              "Totp.CodeLength": "8", "Totp.Skew": "2"}
    ours = Twilio(sim, api.post("/v2/Services", fields).json["sid"])
    factor = ours.totp(FriendlyName="alice@web1")
    assert factor["config"] == {"alg": "sha1", "skew": 2, "code_length": 8, "time_step": 60}
    assert factor["binding"]["uri"].startswith("otpauth://totp/Acme%20Corp:alice%40web1?")


@pytest.mark.parametrize("fields, name", [
    ({"FriendlyName": ""}, "FriendlyName"), ({"FriendlyName": "x" * 65}, "FriendlyName"),
    ({"FactorType": ""}, "FactorType"), ({"FactorType": "sms"}, "FactorType"),
    ({"Config.Alg": "md5"}, "Config.Alg"), ({"Config.TimeStep": "19"}, "Config.TimeStep"),
    ({"Config.TimeStep": "61"}, "Config.TimeStep"), ({"Config.Skew": "3"}, "Config.Skew"),
    ({"Config.CodeLength": "2"}, "Config.CodeLength"),
    ({"Config.CodeLength": "9"}, "Config.CodeLength"),
    ({"Config.CodeLength": "six"}, "Config.CodeLength"),
    ({"Binding.Secret": "GEZDGNBV"}, "Binding.Secret"), ({"Binding.Secret": "A" * 104}, "Binding"),
    ({"Binding.Secret": "GEZDGNBVGY3TQOJ1"}, "Binding.Secret"),
])
def test_bad_factor(api, fields, name):
    fields = {"FriendlyName": "alice", "FactorType": "totp", **fields}
    reply = api.post(api.entity("/Factors"), fields)
    assert refused(reply) == (400, 60200) and name in reply.json["message"]
    assert refused(api.get(api.entity())) == (404, 20404)


def test_passkeys_are_not_for_us(api):
    fields = {"FriendlyName": "x", "FactorType": "passkeys"}
    assert refused(api.post(api.entity("/Factors"), fields)) == (400, 60204)


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("style", [0, 1])
def test_wrong_first_codes(sim, api, style):
    sim.settings(twilio_totp_403=style)
    factor = api.totp()
    bad = wrong(api.code_of(factor))
    for _ in range(5):
        reply = api.confirm(factor["sid"], bad)
        if style:
            assert refused(reply) == (403, 60311)
        else:
            assert status(reply, 200) == "unverified"
    assert refused(api.confirm(factor["sid"], api.code_of(factor))) == (429, 60310)


def test_a_new_name(api):
    sid = api.totp()["sid"]
    path = api.entity("/Factors/" + sid)
    reply = api.post(path, {"FriendlyName": "bob"})
    assert reply.json["friendly_name"] == "bob" and reply.json["status"] == "unverified"
    assert refused(api.post(path, {"FriendlyName": "x" * 65})) == (400, 60200)


@pytest.mark.parametrize("hours", [24, 1])
def test_unverified_factors_vanish(sim, api, hours):
    sim.settings(twilio_unverified_h=hours)
    kept, _ = api.verified_totp()
    gone = api.totp()["sid"]
    sim.advance(hours * 3600 - 60)
    assert len(factors(api).json["factors"]) == 2
    sim.advance(60)
    assert [f["sid"] for f in factors(api).json["factors"]] == [kept]
    assert refused(api.get(api.entity("/Factors/" + gone))) == (404, 20404)


def test_list_has_meta(api):
    assert refused(factors(api)) == (404, 20404)
    sids = [api.totp()["sid"] for _ in range(3)]
    body = factors(api, "?PageSize=50").json
    assert [f["sid"] for f in body["factors"]] == sids
    url = f"https://verify.twilio.com/v2/Services/{SERVICE}/Entities/{IDENTITY}/Factors"
    assert body["meta"] == {
        "page": 0, "page_size": 50, "first_page_url": url + "?PageSize=50&Page=0",
        "previous_page_url": None, "url": url + "?PageSize=50&Page=0", "next_page_url": None,
        "key": "factors"}
    assert "binding" not in body["factors"][0]


def test_pages(api):
    sids = [api.totp()["sid"] for _ in range(5)]
    seen, path = [], api.entity("/Factors?PageSize=2")
    while path:
        body = api.get(path).json
        seen.append([f["sid"] for f in body["factors"]])
        path = (body["meta"]["next_page_url"] or "").removeprefix("https://verify.twilio.com")
    assert seen == [sids[:2], sids[2:4], sids[4:]]
    assert body["meta"]["previous_page_url"].endswith("?PageSize=2&Page=1")
    for query in ("PageSize=0", "PageSize=1001", "PageSize=x", "Page=-1"):
        assert refused(factors(api, "?" + query)) == (400, 60200)


def test_delete(api):
    sid = api.totp()["sid"]
    path = api.entity("/Factors/" + sid)
    reply = api.ask("DELETE", path)
    assert (reply.status, reply.body) == (204, b"")
    assert refused(api.ask("DELETE", path)) == (404, 20404)
    assert factors(api).json["factors"] == []


@pytest.mark.parametrize("sid", ["YF123", "YF" + UNKNOWN, "YC" + UNKNOWN, "YF" + "z" * 32])
def test_ids_of_another_shape(api, sid):
    api.totp()
    path = api.entity("/Factors/" + sid)
    for reply in (api.get(path), api.post(path, {}), api.ask("DELETE", path)):
        assert refused(reply) == (404, 20404)


# challenges


@pytest.mark.usefixtures("calm")
def test_a_challenge_of_a_code(api):
    sid, code = api.verified_totp()
    reply = api.challenge(sid, code())
    body = reply.json
    assert status(reply, 201) == "approved" and re.match("YC" + SID, body["sid"])
    assert (body["factor_sid"], body["identity"], body["service_sid"], body["factor_type"]) == (
        sid, IDENTITY, SERVICE, "totp")
    assert body["date_responded"] and body["details"] is None
    assert code().encode() not in reply.body.replace(body["sid"].encode(), b"")
    assert api.poll(body["sid"]).json == body
    assert refused(api.answer(body["sid"], code())) == (403, 60322)


@pytest.mark.usefixtures("calm")
def test_wrong_codes(api):
    sid, code = api.verified_totp()
    reply = api.challenge(sid, wrong(code()))
    assert status(reply, 201) == "pending" and reply.json["date_responded"] is None
    cid = reply.json["sid"]
    for _ in range(4):
        assert status(api.answer(cid, wrong(code())), 200) == "pending"
    assert refused(api.answer(cid, code())) == (429, 60308)
    assert status(api.challenge(sid, code())) == "approved"


@pytest.mark.usefixtures("calm")
def test_the_next_code_may_be_right(api):
    sid, code = api.verified_totp()
    cid = api.challenge(sid, wrong(code())).json["sid"]
    assert status(api.answer(cid, code()), 200) == "approved"


@pytest.mark.usefixtures("calm")
def test_wrong_codes_in_the_old_style(sim, api):
    sid, code = api.verified_totp()
    sim.settings(twilio_totp_403=1)
    assert refused(api.challenge(sid, wrong(code()))) == (403, 60324)
    cid = api.challenge(sid).json["sid"]
    assert refused(api.answer(cid, wrong(code()))) == (403, 60324)
    assert status(api.answer(cid, code())) == "approved"


@pytest.mark.usefixtures("calm")
def test_a_challenge_expires(sim, api):
    sid, code = api.verified_totp()
    cid = api.challenge(sid).json["sid"]
    sim.advance(295)
    assert status(api.poll(cid)) == "pending"
    sim.advance(6)
    assert status(api.poll(cid)) == "expired"
    assert refused(api.answer(cid, code())) == (403, 60323)


@pytest.mark.usefixtures("calm")
def test_a_code_used_twice(sim, api):
    sid, code = api.verified_totp()
    assert status(api.challenge(sid, code())) == status(api.challenge(sid, code())) == "approved"
    sim.settings(twilio_totp_once=1)
    assert status(api.challenge(sid, code())) == "pending"
    sim.advance(60)
    assert status(api.challenge(sid, code())) == "approved"


def test_an_unverified_factor(api):
    factor = api.totp()
    assert refused(api.challenge(factor["sid"], api.code_of(factor))) == (403, 60318)


@pytest.mark.parametrize("length, waits", [
    (6, [(50, 3600), (50, 86400)]), (5, [(50, 3600), (50, 86400)]), (4, [(10, 86400)]),
])
def test_budgets(sim, api, length, waits):
    sid, _ = api.verified_totp(**{"Config.CodeLength": str(length)})
    for times, wait in waits:
        assert [api.challenge(sid).status for _ in range(times)] == [201] * times
        assert refused(api.challenge(sid)) == (429, 60312)
        sim.advance(wait)
    assert api.challenge(sid).status == 201


@pytest.mark.parametrize("code", ["12", "1" * 9, "12345a", "12 456", "-12345"])
def test_codes_are_digits(api, code):
    sid, _ = api.verified_totp()
    reply = api.challenge(sid, code)
    assert refused(reply) == (400, 60200) and "AuthPayload" in reply.json["message"]
    cid = api.challenge(sid).json["sid"]
    assert refused(api.answer(cid, code)) == (400, 60200)
    assert refused(api.answer(cid, "")) == (400, 60200)


@pytest.mark.parametrize("sid", ["YF" + UNKNOWN, "YX" + UNKNOWN])
def test_unknown_factor(api, sid):
    api.totp()
    assert refused(api.challenge(sid, "123456")) == (404, 20404)


def test_factor_of_another_entity(api):
    sid, _ = api.verified_totp()
    api.totp("another-identity")
    assert refused(api.challenge(sid, "123456", "another-identity")) == (404, 20404)


def test_bad_factor_sid(api):
    api.totp()
    assert refused(api.challenge("YF123", "123456")) == (400, 60200)
    assert refused(api.challenge("", "123456")) == (400, 60200)


@pytest.mark.parametrize("sid", ["YC123", "YC" + UNKNOWN, "YF" + UNKNOWN])
def test_unknown_challenge(api, sid):
    api.totp()
    assert refused(api.poll(sid)) == (404, 20404)
    assert refused(api.answer(sid, "123456")) == (404, 20404)


def test_list_of_challenges(api):
    sid, code = api.verified_totp()
    other, _ = api.verified_totp()
    ids = [api.challenge(sid, code()).json["sid"], api.challenge(sid).json["sid"],
           api.challenge(other).json["sid"]]

    def listed(query=""):
        body = api.get(api.entity("/Challenges" + query)).json
        assert body["meta"]["key"] == "challenges"
        return [c["sid"] for c in body["challenges"]]

    assert listed() == ids[::-1] and listed("?Order=asc") == ids
    assert listed("?FactorSid=" + other) == ids[2:]
    assert listed("?Status=pending&Order=asc") == ids[1:]


# sandbox identities


def identity(script):
    return f"00000000-0000-4000-8000-4477009001{script:02}"


@pytest.mark.parametrize("script, status_, code", [
    (1, 429, 20429), (2, 403, 60318), (4, 401, 20003), (5, 500, 20500), (6, 403, 60391),
    (7, 403, 60410), (9, 403, 20005), (29, 403, 60318),
])
def test_scripted_refusals(api, script, status_, code):
    sid, now = api.verified_totp(identity(script))
    assert refused(api.challenge(sid, now(), identity(script))) == (status_, code)


def test_scripted_codes(api):
    sid, code = api.verified_totp(identity(16))
    assert status(api.challenge(sid, code(), identity(16))) == "pending"
    sid, code = api.verified_totp(identity(17))
    assert refused(api.challenge(sid, code(), identity(17))) == (429, 60308)


def test_answers_with_foreign_ids(api):
    for script in (51, 52, 53):
        who = identity(script)
        sid, _ = api.verified_totp(who)
        cid = api.challenge(sid, identity=who).json["sid"]
        body = api.answer(cid, "000000", who).json
        assert body["status"] == "approved" and body["factor_sid"] == sid
        assert (body.get("sid") == cid, body["identity"] == who) == (script == 52, script != 52)
        assert ("sid" in body) is (script != 53)


def test_faults(sim, api):
    sid, code = api.verified_totp()
    for name in ("twilio-push", "twilio-totp"):
        sim.fault("foreign_id", provider=name, endpoint="check", when="before")
        body = api.challenge(sid, wrong(code())).json
        assert body["status"] == "approved" and body["factor_type"] == "totp"
    sim.settings(twilio_challenge_error=60328)
    assert refused(api.challenge(sid, code())) == (429, 60328)


def test_request_log(sim, api):
    sid, code = api.verified_totp()
    cid = api.challenge(sid, wrong(code())).json["sid"]
    api.answer(cid, code())
    api.poll(cid)
    log = sim.requests()
    assert [e["endpoint"] for e in log] == ["control", "control", "check", "check", "poll"]
    assert {e["provider"] for e in log} == {"twilio-push"}
    assert log[2]["fields"]["AuthPayload"] == "(code)"
    factor = {"FriendlyName": "x", "FactorType": "totp", "Binding.Secret": BASE32["sha1"]}
    api.post(api.entity("/Factors"), factor)
    assert sim.requests()[-1]["fields"]["Binding.Secret"] == "(secret)"
