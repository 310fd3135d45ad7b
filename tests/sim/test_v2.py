# SPDX-License-Identifier: BSD-2-Clause
"""Vonage Verify v2, over real HTTP: providers' wire reference, sections 3.2 and 5."""

import base64
import json
import re
import shutil
import subprocess
import time
import uuid

import pytest
from simclient import FORM, JSON, KEY, SECRET

NUMBER = "447700800300"
OTHER = "447700800301"
MAIL = "alice@example.com"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
PROBLEM = {"title", "type", "detail", "instance"}


def step(channel, to=NUMBER, **more):
    return {"channel": channel, "to": to, **more}


def opened(sim, *steps, **fields):
    reply = sim.v2_start(*(steps or (NUMBER,)), **fields)
    assert reply.status == 202, reply.body
    return reply.json["request_id"]


def fragment(reply):
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert PROBLEM <= set(reply.json) and UUID.fullmatch(reply.json["instance"])
    return reply.json["type"].rsplit("#", 1)[1]


def wrong(sim, to="+" + NUMBER):
    """A code of the right length that is not the one sent."""
    code = sim.code(to)
    return ("1" if code[0] == "0" else "0") + code[1:]


# the straight way


def test_start_and_check(sim):
    reply = sim.v2_start(NUMBER, code_length=6)
    assert (reply.status, reply.headers["Content-Type"]) == (202, JSON)
    assert set(reply.json) == {"request_id"} and UUID.fullmatch(reply.json["request_id"])
    (message,) = sim.messages()
    assert (message["to"], message["channel"]) == ("+" + NUMBER, "sms")
    assert (message["provider"], message["request_id"]) == (
        "vonage-verify-v2", reply.json["request_id"])
    assert re.fullmatch(r"[0-9]{6}", message["code"])
    assert message["text"] == f"ACME code: {message['code']}. Valid for 3 minutes."
    assert message["code"].encode() not in reply.body
    checked = sim.v2_check(reply.json["request_id"], message["code"])
    assert (checked.status, checked.headers["Content-Type"]) == (200, JSON)
    assert checked.json == {"request_id": reply.json["request_id"], "status": "completed"}


def test_the_request_log(sim):
    rid = opened(sim)
    sim.v2_check(rid, sim.code())
    sim.v2_next(rid)
    sim.v2_cancel(rid)
    seen = [(r["provider"], r["endpoint"], r["status"]) for r in sim.requests()]
    assert seen == [("vonage-verify-v2", e, s) for e, s in (
        ("start", 202), ("check", 200), ("resend", 404), ("cancel", 404))]
    check = sim.requests("?endpoint=check")[0]
    assert check["fields"] == {"code": "(code)"} and check["result"] == "completed"
    assert check["path"] == "/v2/verify/" + rid and check["auth"] == "basic"
    assert sim.requests("?endpoint=check&codes=1")[0]["fields"] == {"code": sim.code()}


@pytest.mark.parametrize("path", ["", "/"])
def test_with_and_without_a_slash(sim, path):
    body = {"brand": "ACME", "workflow": [step("sms")]}
    assert sim.v2("POST", path, body).status == 202


@pytest.mark.parametrize("path", ["/x/y", "//next_workflow", "/x/next_workflow/", "/x/"])
def test_unknown_paths(sim, path):
    reply = sim.v2("POST", path, {})
    assert reply.status == 404 and reply.body.startswith(b"<html>")


@pytest.mark.parametrize("channel, more, to", [
    ("sms", {}, "+" + NUMBER), ("voice", {}, "+" + NUMBER),
    ("whatsapp", {"from": "447700400080"}, "+" + NUMBER),
    ("rcs", {"from": "agentname"}, "+" + NUMBER),
    ("email", {}, MAIL), ("email", {"from": "bob@example.com"}, MAIL),
])
def test_channels(sim, channel, more, to):
    rid = opened(sim, step(channel, to.lstrip("+"), **more))
    (message,) = sim.messages(to)
    assert (message["channel"], message["to"]) == (channel, to)
    assert sim.v2_check(rid, message["code"]).status == 200


def test_a_long_address(sim):
    to = "a" * 64 + "@" + ".".join(["b" * 45] * 4) + ".co"
    opened(sim, step("email", to))
    assert sim.messages(to)[0]["to"] == to


def test_silent_auth_takes_no_code(sim):
    reply = sim.v2_start(step("silent_auth"), NUMBER)
    rid = reply.json["request_id"]
    assert reply.json["check_url"].endswith(f"/v2/verify/{rid}/silent-auth/redirect")
    assert sim.messages() == []
    checked = sim.v2_check(rid, "1234")
    assert (checked.status, fragment(checked)) == (409, "no-code")
    sim.advance(60)
    assert sim.v2_check(rid, sim.code()).status == 200


@pytest.mark.parametrize("length", [None, 4, 5, 6, 7, 8, 9, 10])
def test_code_length(sim, length):
    rid = opened(sim, **({} if length is None else {"code_length": length}))
    assert len(sim.code()) == (length or 4)
    assert sim.v2_check(rid, sim.code()).status == 200


# credentials


@pytest.mark.parametrize("auth", [
    None, ("", "x"), (KEY, ""), ("not well", "x"), "x", "a.b", "a.b.c", "a.b.c.d", "..",
])
@pytest.mark.parametrize("method, path", [
    ("POST", ""), ("POST", "/" + str(uuid.UUID(int=1))), ("DELETE", "/" + str(uuid.UUID(int=1))),
    ("POST", f"/{uuid.UUID(int=1)}/next_workflow"),
])
def test_bad_credentials(sim, method, path, auth):
    reply = sim.v2(method, path, {"brand": "A"} if method == "POST" else None, auth)
    assert (reply.status, fragment(reply)) == (401, "unauthorized")


def test_the_key_pair_as_parameters_is_refused(sim):
    body = {"api_key": KEY, "api_secret": SECRET, "brand": "A", "workflow": [step("sms")]}
    assert sim.v2("POST", "", body, None).status == 401
    assert sim.requests()[0]["fields"]["api_secret"] == "(secret)"


def part(data):
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def unsigned(alg="RS256"):
    return ".".join([part({"alg": alg, "typ": "JWT"}), part({"application_id": "x"}), part(b"s")])


def test_any_token_will_do_without_a_key(sim):
    reply = sim.v2_start(NUMBER, auth=unsigned())
    assert reply.status == 202
    assert sim.v2_check(reply.json["request_id"], sim.code(), unsigned()).status == 200
    entry = sim.requests()[0]
    assert (entry["auth"], entry["key"]) == ("bearer", "")
    assert entry["headers"]["Authorization"] == "(secret)"


@pytest.mark.parametrize("alg", ["HS256", "none", "rs256", ""])
def test_other_algorithms(sim, alg):
    assert sim.v2_start(NUMBER, auth=unsigned(alg)).status == 401


class Application:
    """An application of the vendor's, with its key."""

    def __init__(self, folder):
        self.id = str(uuid.uuid4())
        self.key, self.public = folder / "private.pem", folder / "public.pem"
        for arguments in (["genrsa", "-out", self.key, "2048"],
                          ["rsa", "-in", self.key, "-pubout", "-out", self.public]):
            subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def token(self, header=None, **claims):
        now = int(time.time())
        claims = {"application_id": self.id, "iat": now, "exp": now + 60,
                  "jti": str(uuid.uuid4()), **claims}
        claims = {k: v for k, v in claims.items() if v is not None}
        text = part(header or {"alg": "RS256", "typ": "JWT"}) + "." + part(claims)
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.key], input=text.encode(),
            capture_output=True, check=True).stdout
        return text + "." + part(signature)


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed: apt-get install openssl")
    return Application(tmp_path_factory.mktemp("app"))


@pytest.fixture
def strict_sim(launch, tmp_path, application):
    accounts = tmp_path / "accounts"
    accounts.write_text(f"vonage {KEY} {SECRET}\nvonage-jwt {application.id} {application.public}\n")
    return launch("--quiet", "--credentials", str(accounts))


def test_signed_tokens(strict_sim, application):
    reply = strict_sim.v2_start(NUMBER, auth=application.token())
    assert reply.status == 202
    rid, code = reply.json["request_id"], strict_sim.code()
    assert strict_sim.v2_check(rid, code, application.token()).status == 200
    assert strict_sim.v2_start(NUMBER).status == 202
    assert strict_sim.v2_start(OTHER, auth=(KEY, "other")).status == 401


def test_a_token_counts_once(strict_sim, application):
    token = application.token()
    assert strict_sim.v2_start(NUMBER, auth=token).status == 202
    again = strict_sim.v2_start(OTHER, auth=token)
    assert (again.status, fragment(again)) == (401, "unauthorized")


def test_an_expired_token(strict_sim, application):
    now = int(time.time())
    reply = strict_sim.v2_start(NUMBER, auth=application.token(iat=now - 100, exp=now - 10))
    assert (reply.status, fragment(reply)) == (401, "jwt-expired")
    assert reply.json["detail"] == "The JWT provided has expired."


@pytest.mark.parametrize("claims", [
    {"application_id": "c11236f4-00bf-4b89-84ba-88b25df97315"}, {"application_id": None},
    {"iat": None}, {"exp": None}, {"jti": None}, {"iat": "x"}, {"exp": "x"},
    {"iat": 4000000000}, {"exp": 4000000000}, {"jti": 7},
])
def test_claims(strict_sim, application, claims):
    assert strict_sim.v2_start(NUMBER, auth=application.token(**claims)).status == 401


def test_a_forged_signature(strict_sim, application):
    head, claims, signature = application.token().split(".")
    for forged in (signature[:-8] + "AAAAAAAA", part(b"x"), signature.replace("_", "-") + "A" * 4):
        assert strict_sim.v2_start(NUMBER, auth=".".join([head, claims, forged])).status == 401
    other = part({**json.loads(base64.urlsafe_b64decode(claims + "==")), "exp": 1})
    assert strict_sim.v2_start(NUMBER, auth=".".join([head, other, signature])).status == 401
    assert strict_sim.v2_start(NUMBER, auth=application.token({"alg": "HS256"})).status == 401


def test_tokens_go_by_real_time(strict_sim, application):
    strict_sim.advance(100000)
    assert strict_sim.v2_start(NUMBER, auth=application.token()).status == 202


def test_a_missing_key_file(tmp_path):
    from simclient import PROGRAM

    accounts = tmp_path / "accounts"
    accounts.write_text("vonage-jwt a-b /nowhere/public.pem\n")
    done = subprocess.run(
        [PROGRAM, "--listen", "127.0.0.1:0", "--credentials", accounts], capture_output=True,
        timeout=10)
    assert done.returncode == 1 and b":1: /nowhere/public.pem: No such file" in done.stderr


# what it takes


@pytest.mark.parametrize("kind", [FORM, "text/plain", "multipart/form-data", None])
@pytest.mark.parametrize("path", ["", "/" + str(uuid.UUID(int=1))])
def test_other_content_types(sim, kind, path):
    reply = sim.v2("POST", path, "brand=ACME", headers={"Content-Type": kind} if kind else {"X": "y"})
    assert (reply.status, fragment(reply)) == (415, "unsupported-media-type")


def test_the_content_types_parameters(sim):
    body = {"brand": "ACME", "workflow": [step("sms")]}
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert sim.v2("POST", "", body, headers=headers).status == 202


@pytest.mark.parametrize("method, path", [
    ("GET", ""), ("DELETE", ""), ("PUT", ""), ("GET", "/x"), ("PUT", "/x"),
    ("GET", "/x/next_workflow"), ("DELETE", "/x/next_workflow"),
])
def test_wrong_methods(sim, method, path):
    reply = sim.v2(method, path)
    assert (reply.status, fragment(reply)) == (405, "method-not-allowed")


def test_a_body_that_is_too_long(sim):
    reply = sim.v2("POST", "", b"{" + b" " * 70000 + b"}")
    assert (reply.status, fragment(reply)) == (413, "payload-too-large")


GOOD = {"brand": "ACME", "workflow": [step("sms")]}


def without(name):
    return {k: v for k, v in GOOD.items() if k != name}


@pytest.mark.parametrize("body, name", [
    ("", "brand"), ("{", "body"), ("[]", "body"), ("{}", "brand"), ('{"brand":"A"} x', "body"),
    (without("brand"), "brand"), (without("workflow"), "workflow"),
    *(({**GOOD, "brand": b}, "brand") for b in (
        "", 7, None, True, ["A"], {"a": "b"}, "x" * 19, "a/b", "a{b", "a}b", "a:b", "a$b", "a\\b")),
    *(({**GOOD, "workflow": w}, "workflow") for w in ([], {}, {"0": step("sms")}, "sms", 7, None, ["sms"],
                                                       [step("sms")] * 4)),
    *(({**GOOD, "workflow": [s]}, "workflow[0]." + n) for s, n in (
        ({}, "channel"), ({"to": NUMBER}, "channel"), (step("SMS"), "channel"),
        (step("fax"), "channel"), (step(7), "channel"), ({"channel": "sms"}, "to"),
        (step("sms", ""), "to"), (step("sms", "+" + NUMBER), "to"), (step("sms", "00" + NUMBER), "to"),
        (step("sms", 447700800300), "to"), (step("sms", "4477x"), "to"), (step("sms", "1" * 16), "to"),
        (step("sms", "123456"), "to"), (step("voice", MAIL), "to"), (step("email"), "to"),
        (step("email", "a@b"), "to"), (step("email", "@b.c"), "to"), (step("email", "a@b@c.d"), "to"),
        (step("email", "a b@c.d"), "to"), (step("email", "a" * 250 + "@b.cd"), "to"),
        (step("sms", **{"from": "x" * 12}), "from"), (step("sms", **{"from": "1" * 16}), "from"),
        (step("sms", **{"from": "a-b"}), "from"), (step("sms", **{"from": 7}), "from"),
        (step("whatsapp"), "from"), (step("whatsapp", **{"from": "x"}), "from"),
        (step("rcs"), "from"), (step("rcs", **{"from": "x" * 16}), "from"),
        (step("email", MAIL, **{"from": "x"}), "from"),
        (step("sms", reuse_code="true"), "reuse_code"))),
    ({**GOOD, "workflow": [step("sms"), {"channel": "voice"}]}, "workflow[1].to"),
    *(({**GOOD, "channel_timeout": t}, "channel_timeout") for t in (14, 901, "180", 60.5, True)),
    *(({**GOOD, "code_length": n}, "code_length") for n in (3, 11, "6", -6, None)),
    *(({**GOOD, "client_ref": r}, "client_ref") for r in ("a" * 41, "a-b", 7)),
    *(({**GOOD, "locale": loc}, "locale") for loc in ("en", "en_us", "EN-US", "english", 7)),
])
def test_invalid_parameters(sim, body, name):
    reply = sim.v2("POST", "", body)
    assert (reply.status, fragment(reply)) == (422, "invalid-params")
    assert [p["name"] for p in reply.json["invalid_parameters"]] == [name]
    assert sim.messages() == []


@pytest.mark.parametrize("more", [
    {"brand": "x" * 18}, {"brand": "äöü" * 6}, {"channel_timeout": 15}, {"channel_timeout": 900},
    {"client_ref": "a" * 40}, {"locale": "yue-cn"}, {"locale": "de-de"}, {"unknown": {"a": [1]}},
    {"workflow": [step("sms", **{"from": "447700400080"})]},
    {"workflow": [step("sms", **{"from": "ACME"}, entity_id="1", app_hash="12345678901")]},
    {"workflow": [step("sms"), step("voice"), step("email", MAIL)]},
])
def test_valid_parameters(sim, more):
    assert sim.v2("POST", "", {**GOOD, **more}).status == 202


@pytest.mark.parametrize("more", [
    {"code": "e4dR1Qz"}, {"template_id": str(uuid.UUID(int=1))}, {"fraud_check": False},
])
def test_what_needs_permission(sim, more):
    reply = sim.v2("POST", "", {**GOOD, **more})
    assert (reply.status, fragment(reply)) == (403, "forbidden")
    sim.settings(v2_all_features=1)
    reply = sim.v2("POST", "", {**GOOD, **more})
    assert reply.status == 202 and sim.code() == more.get("code", sim.code())
    assert sim.v2_check(reply.json["request_id"], sim.code()).status == 200


def test_an_own_code_of_a_wrong_form(sim):
    sim.settings(v2_all_features=1)
    for code in ("abc", "a" * 11, "ab-cd", 1234):
        assert sim.v2("POST", "", {**GOOD, "code": code}).status == 422


def test_the_least_timeout(sim):
    sim.settings(v2_least_timeout=60)
    assert sim.v2_start(NUMBER, channel_timeout=59).status == 422
    assert sim.v2_start(NUMBER, channel_timeout=60).status == 202


@pytest.mark.parametrize("body", [
    "", "{", {}, {"code": ""}, {"code": "123"}, {"code": "1" * 11}, {"code": 1234}, {"code": None},
    {"code": ["1234"] * 2 + [[]]}, {"token": "a.b.c"},
])
def test_invalid_checks(sim, body):
    rid = opened(sim)
    reply = sim.v2("POST", "/" + rid, body)
    assert (reply.status, fragment(reply)) == (422, "invalid-params")
    assert [p["name"] for p in reply.json["invalid_parameters"]] == ["code"]
    assert sim.v2_check(rid, sim.code()).status == 200


# the life of a verification


def test_wrong_codes(sim):
    rid = opened(sim)
    for _ in range(2):
        reply = sim.v2_check(rid, wrong(sim))
        assert (reply.status, fragment(reply)) == (400, "invalid-code")
        assert reply.json["title"] == "Invalid Code"
    reply = sim.v2_check(rid, wrong(sim))
    assert (reply.status, fragment(reply)) == (410, "expired")
    assert reply.json["title"] == "Invalid Code"
    assert sim.v2_check(rid, sim.code()).status == 404
    assert sim.v2_start(NUMBER).status == 202


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_wrong_limit_is_a_setting(sim, limit):
    sim.settings(v2_wrong_limit=limit)
    rid = opened(sim)
    seen = [sim.v2_check(rid, wrong(sim)).status for _ in range(limit)]
    assert seen == [400] * (limit - 1) + [410]


def test_right_after_wrong(sim):
    rid = opened(sim)
    sim.v2_check(rid, wrong(sim))
    sim.v2_check(rid, wrong(sim))
    assert sim.v2_check(rid, sim.code()).status == 200


def test_a_code_counts_once(sim):
    rid = opened(sim)
    assert sim.v2_check(rid, sim.code()).status == 200
    again = sim.v2_check(rid, sim.code())
    assert again.status == 404
    assert again.json["detail"] == (
        f"Request '{rid}' was not found or it has been verified already.")


@pytest.mark.parametrize("rid", ["x", str(uuid.UUID(int=1)), "%2e%2e", "a+b", "x" * 120])
def test_unknown_requests(sim, rid):
    for reply in (sim.v2_check(rid, "1234"), sim.v2_cancel(rid), sim.v2_next(rid)):
        assert (reply.status, fragment(reply)) == (404, "request-not-found")


def test_other_accounts(sim):
    rid = opened(sim)
    for reply in (sim.v2_check(rid, sim.code(), ("other", "x")), sim.v2_cancel(rid, ("other", "x")),
                  sim.v2_next(rid, ("other", "x"))):
        assert reply.status == 404
    assert sim.v2_check(rid, sim.code()).status == 200


def test_one_open_for_a_number(sim):
    rid = opened(sim)
    for steps in ((NUMBER,), (step("voice"),), (OTHER, NUMBER)):
        reply = sim.v2_start(*steps)
        assert (reply.status, fragment(reply)) == (409, "concurrent")
        assert reply.json["request_id"] == rid
    assert sim.v2_start(OTHER).status == 202
    assert len(sim.messages()) == 2
    sim.v2_check(rid, sim.code("+" + NUMBER))
    assert sim.v2_start(NUMBER).status == 202


def test_a_conflict_without_the_id(sim):
    sim.settings(v2_conflict_id=0)
    opened(sim)
    assert set(sim.v2_start(NUMBER).json) == PROBLEM


@pytest.mark.parametrize("timeout", [15, 180, 900])
def test_expiry(sim, timeout):
    rid = opened(sim, channel_timeout=timeout)
    sim.advance(timeout - 2)
    assert sim.v2_check(rid, wrong(sim)).status == 400
    sim.advance(2)
    assert sim.v2_check(rid, sim.code()).status == 404
    assert sim.v2_start(NUMBER).status == 202


def test_steps_follow_by_the_clock(sim):
    rid = opened(sim, NUMBER, step("voice", OTHER), step("email", MAIL), channel_timeout=60)
    sim.advance(59)
    assert len(sim.messages()) == 1
    sim.advance(1)
    assert [m["channel"] for m in sim.messages()] == ["sms", "voice"]
    sim.advance(60)
    first, second, third = sim.messages()
    assert third["channel"] == "email" and second["to"] == "+" + OTHER
    assert 59 < second["at"] - first["at"] < 61 and 59 < third["at"] - second["at"] < 61
    assert sim.v2_check(rid, third["code"]).status == 200


def test_steps_passed_in_one_go(sim):
    rid = opened(sim, NUMBER, step("voice"), channel_timeout=60)
    sim.advance(1000)
    assert [m["channel"] for m in sim.messages()] == ["sms", "voice"]
    assert sim.v2_check(rid, sim.code()).status == 404


def test_a_new_step_has_a_new_code_and_new_tries(sim):
    rid = opened(sim, NUMBER, step("voice"), code_length=10)
    old = sim.code()
    for _ in range(2):
        sim.v2_check(rid, wrong(sim))
    assert sim.v2_next(rid).status == 200
    assert sim.code() != old
    assert [sim.v2_check(rid, old).status for _ in range(2)] == [400, 400]
    assert sim.v2_check(rid, sim.code()).status == 200


def test_reuse_code(sim):
    rid = opened(sim, NUMBER, step("voice", reuse_code=True), code_length=10)
    old = sim.code()
    sim.v2_check(rid, wrong(sim))
    sim.v2_next(rid)
    assert sim.code() == old
    assert sim.v2_check(rid, wrong(sim)).status == 400
    assert sim.v2_check(rid, wrong(sim)).status == 410


def test_the_call_spells(sim):
    opened(sim, step("voice"))
    code = sim.code()
    assert sim.messages()[0]["text"] == f"Your ACME code is {', '.join(code)}."


# next_workflow, cancel


@pytest.mark.parametrize("headers", [{}, {"Content-Type": JSON, "Content-Length": "0"}])
def test_next_workflow(sim, headers):
    rid = opened(sim, NUMBER, step("voice"), step("whatsapp", **{"from": "447700400080"}))
    for channel in ("voice", "whatsapp"):
        reply = sim.v2("POST", f"/{rid}/next_workflow", None, headers=headers)
        assert (reply.status, reply.body) == (200, b"")
        assert sim.messages()[-1]["channel"] == channel
    reply = sim.v2_next(rid)
    assert (reply.status, fragment(reply)) == (409, "no-events")
    sim.settings(v2_end_404=1)
    assert sim.v2_next(rid).status == 404
    assert len(sim.messages()) == 3
    assert sim.v2_check(rid, sim.code()).status == 200
    assert sim.v2_next(rid).status == 404


def test_next_workflow_starts_the_steps_clock(sim):
    rid = opened(sim, NUMBER, step("voice"), channel_timeout=60)
    sim.advance(50)
    sim.v2_next(rid)
    sim.advance(58)
    assert sim.v2_check(rid, sim.code()).status == 200


def test_cancel(sim):
    rid = opened(sim)
    sim.advance(29)
    early = sim.v2_cancel(rid)
    assert (early.status, fragment(early)) == (404, "request-not-found")
    assert "cannot be cancelled" in early.json["detail"]
    sim.advance(1)
    reply = sim.v2_cancel(rid)
    assert (reply.status, reply.body, reply.headers["Content-Type"]) == (204, b"", None)
    assert sim.v2_cancel(rid).status == 404
    assert sim.v2_check(rid, sim.code()).status == 404
    assert sim.v2_start(NUMBER).status == 202


def test_cancel_is_too_late_at_the_second_step(sim):
    rid = opened(sim, NUMBER, step("voice"), channel_timeout=60)
    sim.advance(60)
    assert sim.v2_cancel(rid).status == 404
    assert sim.v2_check(rid, sim.code()).status == 200


def test_reset(sim):
    rid = opened(sim)
    sim.settings(v2_rate=1, v2_wrong_limit=1, v2_conflict_id=0)
    sim.sim("POST", "reset")
    assert sim.v2_check(rid, "1234").status == 404
    assert sim.v2_start(NUMBER).status == 202
    assert "request_id" in sim.v2_start(NUMBER).json
    assert sim.messages() != []


# pacing


def test_the_rate_limit(sim):
    assert [sim.v2_check("x", "1234").status for _ in range(31)] == [404] * 30 + [429]
    assert sim.v2_check("x", "1234", ("other", "x")).status == 404
    sim.advance(1)
    assert sim.v2_check("x", "1234").status == 404


def test_the_rate_is_a_setting(sim):
    sim.settings(v2_rate=1)
    sim.v2_cancel("x")
    reply = sim.v2_cancel("x")
    assert (reply.status, fragment(reply)) == (429, "throttled")
    sim.settings(v2_rate=0)
    assert {sim.v2_cancel("x").status for _ in range(40)} == {404}


@pytest.mark.parametrize("name, value", [
    ("v2_wrong_limit", 0), ("v2_wrong_limit", 11), ("v2_rate", -1), ("v2_conflict_id", 2),
    ("v2_end_404", 2), ("v2_all_features", 2), ("v2_least_timeout", 14), ("v2_insight_type", 7),
    ("v2_nothing", 1),
])
def test_settings_out_of_range(sim, name, value):
    assert sim.request("POST", "/_sim/settings", json.dumps({name: value})).status == 400


# sandbox numbers


@pytest.mark.parametrize("prefix", ["4477009001", "4477009009", "120255501"])
@pytest.mark.parametrize("script, status, word", [
    ("01", 429, "throttled"), ("02", 422, "invalid-params"), ("04", 401, "unauthorized"),
    ("05", 500, "internal-error"), ("06", 422, "invalid-params"), ("09", 402, "low-balance"),
    ("10", 409, "concurrent"), ("15", 422, "invalid-params"), ("29", 403, "forbidden"),
])
def test_scripted_refusals(sim, prefix, script, status, word):
    reply = sim.v2_start(prefix + script)
    assert (reply.status, fragment(reply)) == (status, word)
    assert sim.messages() == []


@pytest.mark.parametrize("script, name", [("02", "brand"), ("06", "workflow[0].to"),
                                          ("15", "workflow[0].to")])
def test_scripted_parameters(sim, script, name):
    reply = sim.v2_start("4477009001" + script)
    assert reply.json["invalid_parameters"][0]["name"] == name


def test_a_network_without_silent_auth(sim):
    reply = sim.v2_start(step("silent_auth", "447700900115"))
    assert (reply.status, fragment(reply)) == (412, "precondition-failed")


@pytest.mark.parametrize("script", ["00", "03", "20", "41", "42", "43", "44", "52", "99"])
def test_scripts_that_mean_nothing_here(sim, script):
    rid = opened(sim, "4477009001" + script)
    assert sim.v2_check(rid, wrong(sim, "+4477009001" + script)).status == 400
    assert sim.v2_check(rid, sim.code()).json == {"request_id": rid, "status": "completed"}


@pytest.mark.parametrize("script", ["07", "31"])
def test_accepted_and_never_delivered(sim, script):
    rid = opened(sim, "4477009001" + script)
    sim.advance(170)
    assert sim.messages() == []
    assert sim.v2_check(rid, "0000").status == 400
    sim.advance(10)
    assert sim.v2_check(rid, "0000").status == 404


def test_somebody_elses_is_open(sim):
    first = sim.v2_start("447700900110")
    again = sim.v2_start("447700900110")
    assert first.json["request_id"] == again.json["request_id"]
    assert UUID.fullmatch(first.json["request_id"]) and sim.messages() == []


def test_every_code_is_wrong(sim):
    rid = opened(sim, "447700900116")
    assert [sim.v2_check(rid, sim.code()).status for _ in range(4)] == [400, 400, 410, 404]


def test_locked_at_the_first_check(sim):
    rid = opened(sim, "447700900117")
    assert [sim.v2_check(rid, sim.code()).status for _ in range(2)] == [410, 404]


def test_delivered_late(sim):
    rid = opened(sim, "447700900132")
    sim.advance(44)
    assert sim.messages() == []
    sim.advance(1)
    assert sim.v2_check(rid, sim.code()).status == 200


def test_late_but_the_next_step_is_faster(sim):
    rid = opened(sim, "447700900132", step("voice"), channel_timeout=60)
    sim.v2_next(rid)
    sim.advance(50)
    assert [m["channel"] for m in sim.messages()] == ["voice"]


def test_foreign_id(sim):
    rid = opened(sim, "447700900151")
    reply = sim.v2_check(rid, "0000")
    assert (reply.status, reply.json["status"]) == (200, "completed")
    assert UUID.fullmatch(reply.json["request_id"]) and reply.json["request_id"] != rid


def test_without_id(sim):
    rid = opened(sim, "447700900153")
    assert sim.v2_check(rid, "0000").json == {"status": "completed"}


def test_addresses_play_parts_too(sim):
    assert sim.v2_start(step("email", "447700900109@example.com")).status == 402
    assert sim.v2_start(step("email", "447700900109x@example.com")).status == 202


# how the vendor's kit speaks


def test_as_the_official_kit_sends_it(sim):
    """POST with JSON numbers, DELETE without a type, next with JSON and no body."""
    token = unsigned()
    reply = sim.v2("POST", "/", {"brand": "ACME", "codeLength": 6, "code_length": 6,
                                 "channel_timeout": 300,
                                 "workflow": [step("sms"), step("voice")]}, token)
    rid = reply.json["request_id"]
    assert reply.status == 202 and len(sim.code()) == 6
    headers = {"Content-Type": JSON, "Content-Length": "0"}
    assert sim.v2("POST", f"/{rid}/next_workflow", None, token, headers).status == 200
    assert sim.v2("POST", f"/{rid}", {"code": sim.code()}, token).json["status"] == "completed"
    assert sim.v2("DELETE", f"/{rid}", None, token).status == 404
