# SPDX-License-Identifier: BSD-2-Clause
"""Telnyx Verify as the vendor documents it: starts, checks, ends, refusals."""

import json
import re

import pytest

PROFILE = "12ade33a-21c0-473b-b055-b3c836e1c292"
OTHER_PROFILE = "22ade33a-21c0-473b-b055-b3c836e1c292"
UNKNOWN = "32ade33a-21c0-473b-b055-b3c836e1c292"
NUMBER = "+447700900200"
VERIFICATIONS = "/v2/verifications"
BEARER = {"Authorization": "Bearer KEY0123_abc"}
JSON = {"Content-Type": "application/json"}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}"


def post(sim, path, body, headers=None):
    headers = {**BEARER, **JSON} if headers is None else headers
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return sim.request("POST", path, text, headers)


def get(sim, path, headers=None):
    return sim.request("GET", path, None, BEARER if headers is None else headers)


def start(sim, number=NUMBER, channel="sms", **fields):
    body = {"phone_number": number, "verify_profile_id": PROFILE, **fields}
    return post(sim, f"{VERIFICATIONS}/{channel}", body)


def started(sim, number=NUMBER, channel="sms", **fields):
    reply = start(sim, number, channel, **fields)
    assert reply.status == 200, reply.body
    return reply.json["data"]["id"]


def check(sim, vid, code):
    return post(sim, f"{VERIFICATIONS}/{vid}/actions/verify", {"code": code})


def verdict(sim, vid, code):
    reply = check(sim, vid, code)
    assert reply.status == 200, reply.body
    return reply.json["data"]["response_code"]


def status(sim, vid):
    return get(sim, f"{VERIFICATIONS}/{vid}").json["data"]["status"]


def refused(reply):
    """The (HTTP status, code) of a refusal, after looking at its shape."""
    (error,) = reply.json["errors"]
    assert reply.headers["Content-Type"] == "application/json"
    assert isinstance(error["code"], str) and error["title"] and error["detail"]
    assert error["meta"]["url"].endswith("/" + error["code"])
    return reply.status, error["code"]


def pointer(reply):
    return reply.json["errors"][0]["source"]["pointer"]


def wrong(code):
    return str((int(code) + 1) % 10 ** len(code)).zfill(len(code))


# what it accepts


@pytest.mark.parametrize("channel, inbox", [("sms", "sms"), ("call", "voice"), ("whatsapp",) * 2])
def test_start_and_check(sim, channel, inbox):
    reply = start(sim, channel=channel)
    assert reply.status == 200
    data = reply.json["data"]
    assert re.fullmatch(UUID, data.pop("id"))
    assert re.fullmatch(TIME, data.pop("created_at")) and re.fullmatch(TIME, data.pop("updated_at"))
    assert data == {
        "record_type": "verification", "type": channel, "status": "pending",
        "phone_number": NUMBER, "timeout_secs": 300, "verify_profile_id": PROFILE,
    }
    (message,) = sim.messages(NUMBER)
    assert message["channel"] == inbox and message["provider"] == "telnyx-verify"
    assert re.fullmatch("[0-9]{5}", message["code"])
    vid = message["request_id"]
    checked = check(sim, vid, message["code"])
    assert checked.json == {"data": {"phone_number": NUMBER, "response_code": "accepted"}}
    assert status(sim, vid) == "accepted"


def test_a_call_spells_the_code(sim):
    started(sim, channel="call", extension="1www2WABCDw9")
    (message,) = sim.messages()
    assert ", ".join(message["code"]) in message["text"]


def test_wrong_code_leaves_it_open(sim):
    vid = started(sim)
    for _ in range(7):
        assert verdict(sim, vid, wrong(sim.code())) == "rejected"
    assert status(sim, vid) == "pending"
    assert verdict(sim, vid, sim.code()) == "accepted"


def test_a_code_is_used_once(sim):
    vid = started(sim)
    assert verdict(sim, vid, sim.code()) == "accepted"
    assert verdict(sim, vid, sim.code()) == "rejected"


def test_the_cap_is_a_switch(sim):
    sim.settings(telnyx_wrong_limit=2)
    vid = started(sim)
    for _ in range(2):
        assert verdict(sim, vid, wrong(sim.code())) == "rejected"
    assert status(sim, vid) == "invalid"
    assert verdict(sim, vid, sim.code()) == "rejected"


def test_gone_is_a_switch(sim):
    sim.settings(telnyx_gone=1)
    vid = started(sim)
    assert verdict(sim, vid, sim.code()) == "accepted"
    assert refused(check(sim, vid, sim.code())) == (404, "10005")
    by_number = f"{VERIFICATIONS}/by_phone_number/{NUMBER}/actions/verify"
    body = {"code": "12345", "verify_profile_id": PROFILE}
    assert refused(post(sim, by_number, body)) == (404, "10005")
    assert status(sim, vid) == "accepted"


def test_several_to_a_number(sim):
    first, second = started(sim), started(sim)
    old, new = (m["code"] for m in sim.messages())
    assert first != second
    assert verdict(sim, second, new) == "accepted"
    assert verdict(sim, first, old) == "accepted"


@pytest.mark.parametrize("length", [4, 6, 10])
def test_code_length(sim, length):
    sim.settings(telnyx_code_length=length)
    vid = started(sim)
    assert len(sim.code()) == length
    assert verdict(sim, vid, sim.code()) == "accepted"


@pytest.mark.parametrize("fields, life", [({}, 300), ({"timeout_secs": 60}, 60)])
def test_expiry(sim, fields, life):
    vid = started(sim, **fields)
    late = started(sim, **fields)
    old, new = (m["code"] for m in sim.messages())
    sim.advance(life - 5)
    assert status(sim, vid) == "pending" and verdict(sim, vid, old) == "accepted"
    sim.advance(6)
    assert status(sim, late) == "expired"
    assert verdict(sim, late, new) == "rejected"
    assert status(sim, late) == "expired"


def test_fetch_shows_the_times_and_no_code(sim):
    vid = started(sim)
    opened = get(sim, f"{VERIFICATIONS}/{vid}")
    assert sim.code() not in opened.body.decode().replace(vid, "").replace(PROFILE, "")
    assert opened.json["data"]["created_at"] == opened.json["data"]["updated_at"]
    sim.advance(10)
    verdict(sim, vid, sim.code())
    closed = get(sim, f"{VERIFICATIONS}/{vid}").json["data"]
    assert closed["updated_at"] > closed["created_at"]


def test_custom_code_is_echoed_and_judged(sim):
    reply = start(sim, custom_code="43612", timeout_secs=None)
    assert reply.json["data"]["custom_code"] == "43612"
    assert sim.code() == "43612"
    vid = reply.json["data"]["id"]
    assert verdict(sim, vid, "43613") == "rejected"
    assert verdict(sim, vid, "43612") == "accepted"
    assert sim.requests()[0]["fields"]["custom_code"] == "(code)"


@pytest.mark.parametrize("word, then", [("accepted", "accepted"), ("rejected", "invalid")])
def test_status_by_the_caller(sim, word, then):
    path = f"{VERIFICATIONS}/{started(sim, custom_code='43612')}"
    reply = post(sim, path + "/actions/verify", {"status": word})
    assert reply.json["data"]["response_code"] == word
    assert get(sim, path).json["data"]["status"] == then


@pytest.mark.parametrize("word", ["accepted", "approved"])
def test_status_without_a_custom_code(sim, word):
    path = f"{VERIFICATIONS}/{started(sim)}/actions/verify"
    assert refused(post(sim, path, {"status": word})) == (422, "10015")
    assert verdict(sim, path.split("/")[3], sim.code()) == "accepted"


@pytest.mark.parametrize("shape", [NUMBER, NUMBER.replace("+", "%2B")])
def test_by_number(sim, shape):
    path = f"{VERIFICATIONS}/by_phone_number/{shape}"
    assert get(sim, path).json == {"data": [], "meta": {
        "total_pages": 0, "total_results": 0, "page_number": 1, "page_size": 25}}
    first, second = started(sim), started(sim)
    listed = get(sim, path).json
    assert [v["id"] for v in listed["data"]] == [second, first]
    assert listed["meta"]["total_results"] == 2
    body = {"code": wrong(sim.code()), "verify_profile_id": PROFILE}
    reply = post(sim, path + "/actions/verify", body)
    assert reply.json["data"] == {"phone_number": NUMBER, "response_code": "rejected"}
    body["code"] = sim.code()
    assert post(sim, path + "/actions/verify", body).json["data"]["response_code"] == "accepted"
    assert status(sim, second) == "accepted" and status(sim, first) == "pending"


def test_by_number_needs_its_profile(sim):
    started(sim)
    path = f"{VERIFICATIONS}/by_phone_number/{NUMBER}/actions/verify"
    body = {"code": sim.code(), "verify_profile_id": OTHER_PROFILE}
    assert refused(post(sim, path, body)) == (404, "10005")


def test_profiles(sim):
    listed = get(sim, "/v2/verify_profiles").json
    assert listed["meta"]["total_results"] == 1
    own = listed["data"][0]["id"]
    assert get(sim, f"/v2/verify_profiles/{own}").json["data"] == listed["data"][0]
    sim.settings(telnyx_code_length=8)
    other = get(sim, f"/v2/verify_profiles/{PROFILE}").json["data"]
    assert other["id"] == PROFILE and other["sms"]["code_length"] == 8


# what it refuses


EVERY = [
    ("POST", f"{VERIFICATIONS}/sms"), ("POST", f"{VERIFICATIONS}/call"),
    ("POST", f"{VERIFICATIONS}/whatsapp"), ("POST", f"{VERIFICATIONS}/flashcall"),
    ("GET", f"{VERIFICATIONS}/{UNKNOWN}"), ("POST", f"{VERIFICATIONS}/{UNKNOWN}/actions/verify"),
    ("GET", f"{VERIFICATIONS}/by_phone_number/{NUMBER}"),
    ("POST", f"{VERIFICATIONS}/by_phone_number/{NUMBER}/actions/verify"),
    ("GET", "/v2/verify_profiles"), ("GET", f"/v2/verify_profiles/{PROFILE}"),
]
BODY = {"phone_number": NUMBER, "verify_profile_id": PROFILE, "code": "12345"}


@pytest.mark.parametrize("method, path", EVERY)
@pytest.mark.parametrize("auth", [
    {}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "},
    {"Authorization": "Bearer a b"}, {"Authorization": "KEY0123_abc"},
])
def test_credentials(sim, method, path, auth):
    reply = sim.request(method, path, json.dumps(BODY), {**JSON, **auth})
    assert refused(reply) == (401, "10009")
    assert sim.messages() == []


def test_credentials_from_a_file(launch, tmp_path):
    known = tmp_path / "credentials"
    known.write_text("telnyx main KEY0123_abc\n")
    sim = launch("--quiet", "--credentials", str(known))
    started(sim)
    reply = get(sim, "/v2/verify_profiles", {"Authorization": "Bearer KEY0123_abd"})
    assert refused(reply) == (401, "10009")


def test_the_key_is_never_logged(sim):
    started(sim)
    assert "KEY0123_abc" not in json.dumps(sim.requests())
    assert sim.requests()[0]["auth"] == "bearer"


def test_another_account_sees_nothing(sim):
    path = f"{VERIFICATIONS}/{started(sim)}"
    other = {"Authorization": "Bearer KEY9999_abc", **JSON}
    assert refused(get(sim, path, other)) == (404, "10005")
    body = {"code": sim.code()}
    assert refused(post(sim, path + "/actions/verify", body, other)) == (404, "10005")
    listed = get(sim, f"{VERIFICATIONS}/by_phone_number/{NUMBER}", other)
    assert listed.json["data"] == []


@pytest.mark.parametrize("path", [p for m, p in EVERY if m == "POST"])
def test_media_type_and_json(sim, path):
    form = {**BEARER, "Content-Type": "application/x-www-form-urlencoded"}
    assert refused(post(sim, path, "code=1", form)) == (415, "10014")
    assert refused(post(sim, path, json.dumps(BODY), BEARER)) == (415, "10014")
    for text in ("", "{", "[]", '{"code":1} x'):
        assert refused(post(sim, path, text)) == (400, "10023"), text


@pytest.mark.parametrize("method, path", [("GET", EVERY[0][1]), ("POST", EVERY[4][1]),
                                          ("DELETE", EVERY[4][1]), ("POST", "/v2/verify_profiles")])
def test_methods(sim, method, path):
    reply = sim.request(method, path, json.dumps(BODY), {**JSON, **BEARER})
    # a fetch of the id "sms" is a fetch of no id at all
    assert reply.status == (400 if path.endswith("sms") else 405)
    assert sim.messages() == []


@pytest.mark.parametrize("name", ["phone_number", "verify_profile_id"])
@pytest.mark.parametrize("value", [None, "", "absent"])
@pytest.mark.parametrize("channel", ["sms", "call", "whatsapp", "flashcall"])
def test_missing_parameter(sim, name, value, channel):
    body = {**BODY, name: value}
    if value == "absent":
        del body[name]
    reply = post(sim, f"{VERIFICATIONS}/{channel}", body)
    assert refused(reply) == (422, "10004") and pointer(reply) == "/" + name
    assert sim.messages() == []


@pytest.mark.parametrize("name, value, code", [
    ("phone_number", "447700900200", "10016"), ("phone_number", "+0447700900200", "10016"),
    ("phone_number", "+44 7700900200", "10016"), ("phone_number", "+" + "1" * 16, "10016"),
    ("phone_number", "+123456", "10016"), ("phone_number", 447700900200, "10015"),
    ("phone_number", ["+447700900200"], "10015"), ("phone_number", {"a": 1}, "10015"),
    ("verify_profile_id", "x", "10015"), ("verify_profile_id", PROFILE + "0", "10015"),
    ("verify_profile_id", PROFILE.replace("-", "a"), "10015"), ("verify_profile_id", 1, "10015"),
    ("timeout_secs", "300", "10015"), ("timeout_secs", 0, "10015"), ("timeout_secs", -1, "10015"),
    ("timeout_secs", 1.5, "10015"), ("timeout_secs", 86401, "10015"), ("timeout_secs", True, "10015"),
    ("custom_code", 43612, "10015"), ("custom_code", "436", "10015"),
    ("custom_code", "4361x", "10015"), ("custom_code", "1" * 11, "10015"),
])
def test_bad_value(sim, name, value, code):
    reply = post(sim, f"{VERIFICATIONS}/sms", {**BODY, name: value})
    assert refused(reply) == (422, code) and pointer(reply) == "/" + name
    assert sim.messages() == []


@pytest.mark.parametrize("value", [5, "12x", ""])
def test_extension(sim, value):
    reply = start(sim, channel="call", extension=value)
    assert reply.status == (200 if value == "" else 422)


@pytest.mark.parametrize("value, code", [
    (None, "10004"), ("", "10004"), (12345, "10015"), (True, "10015"), ({"a": "b"}, "10015"),
])
def test_code_is_a_text(sim, value, code):
    vid = started(sim)
    path = f"{VERIFICATIONS}/{vid}/actions/verify"
    assert refused(post(sim, path, {"code": value})) == (422, code)
    assert verdict(sim, vid, sim.code()) == "accepted"


def test_ids(sim):
    assert refused(get(sim, f"{VERIFICATIONS}/{UNKNOWN}")) == (404, "10005")
    assert refused(check(sim, UNKNOWN, "12345")) == (404, "10005")
    for bad in ("x", UNKNOWN + "0", "%2e%2e", UNKNOWN[:-1] + "g"):
        assert refused(get(sim, f"{VERIFICATIONS}/{bad}")) == (400, "10006"), bad
        assert refused(check(sim, bad, "12345")) == (400, "10006"), bad
    assert refused(get(sim, "/v2/verify_profiles/x")) == (400, "10006")
    path = f"{VERIFICATIONS}/by_phone_number/44x"
    assert refused(get(sim, path)) == (422, "10016")
    assert refused(post(sim, path + "/actions/verify", BODY)) == (422, "10016")


def test_flashcall_is_not_enabled(sim):
    assert refused(start(sim, channel="flashcall")) == (403, "10010")
    assert sim.messages() == []


def test_rate(sim):
    sim.settings(telnyx_rate=2)
    assert [start(sim).status for _ in range(3)] == [200, 200, 429]
    reply = start(sim)
    assert refused(reply) == (429, "10011")
    assert reply.headers["x-ratelimit-reset"] == "1" and "Retry-After" not in reply.headers
    sim.advance(2)
    assert start(sim).status == 200


@pytest.mark.parametrize("name, value", [
    ("telnyx_rate", 101), ("telnyx_rate", -1), ("telnyx_code_length", 3),
    ("telnyx_code_length", 11), ("telnyx_wrong_limit", 11), ("telnyx_gone", 2),
])
def test_setting_out_of_range(sim, name, value):
    assert sim.request("POST", "/_sim/settings", json.dumps({name: value})).status == 400


# sandbox numbers


REFUSALS = [
    ("01", 429, "10011"), ("02", 422, "10015"), ("04", 401, "10009"), ("05", 500, "10007"),
    ("06", 422, "10001"), ("07", 403, "10010"), ("09", 402, "20100"), ("15", 422, "10002"),
    ("29", 403, "10010"),
]


@pytest.mark.parametrize("channel", ["sms", "call", "whatsapp"])
@pytest.mark.parametrize("last, http, code", REFUSALS)
def test_scripted_refusal(sim, last, http, code, channel):
    assert refused(start(sim, "+4477009001" + last, channel)) == (http, code)
    assert refused(start(sim, "+120255501" + last, channel)) == (http, code)
    assert sim.messages() == []


@pytest.mark.parametrize("last", ["00", "10", "41", "42", "43", "44"])
def test_scripts_without_a_counterpart(sim, last):
    vid = started(sim, "+4477009001" + last)
    assert verdict(sim, vid, sim.code()) == "accepted"


def test_every_code_wrong(sim):
    vid = started(sim, "+447700900116")
    for _ in range(4):
        assert verdict(sim, vid, sim.code()) == "rejected"
    assert status(sim, vid) == "pending"


def test_locked_at_the_first_check(sim):
    vid = started(sim, "+447700900117")
    assert verdict(sim, vid, sim.code()) == "rejected"
    assert status(sim, vid) == "invalid"


def test_never_delivered(sim):
    vid = started(sim, "+447700900131")
    sim.advance(299)
    assert sim.messages() == [] and status(sim, vid) == "pending"


def test_delivered_late(sim):
    vid = started(sim, "+447700900132")
    sim.advance(44)
    assert sim.messages() == []
    sim.advance(2)
    assert verdict(sim, vid, sim.code()) == "accepted"


@pytest.mark.parametrize("last", ["51", "52", "53"])
def test_ok_that_proves_nothing(sim, last):
    number = "+4477009001" + last
    data = check(sim, started(sim, number), "00000").json["data"]
    assert data["response_code"] == "accepted"
    assert data.get("phone_number") != number
    assert ("phone_number" in data) == (last != "53")


# faults


@pytest.mark.parametrize("name", ["telnyx-verify", "telnyx"])
def test_faults_find_the_vendors_members(sim, name):
    vid = started(sim)
    sim.fault("dup_keys", provider=name, endpoint="check")
    body = check(sim, vid, wrong(sim.code())).body.decode()
    assert body.index('"accepted"') < body.index('"rejected"')
    sim.fault("foreign_id", provider=name, endpoint="start")
    foreign = start(sim).json["data"]["id"]
    assert refused(get(sim, f"{VERIFICATIONS}/{foreign}")) == (404, "10005")
    sim.fault("missing", provider=name, endpoint="check", field="data.phone_number")
    assert check(sim, vid, sim.code()).json == {"data": {"response_code": "rejected"}}
    sim.fault("wrong_type", provider=name, endpoint="start", field="data.id", value="7")
    assert start(sim).json["data"]["id"] == 7


def test_fault_before_changes_nothing(sim):
    vid = started(sim)
    sim.fault("truncated", endpoint="check", when="before")
    with pytest.raises(ValueError):
        check(sim, vid, sim.code()).json
    assert verdict(sim, vid, sim.code()) == "accepted"
    sim.fault("trailing", endpoint="start", when="before")
    assert start(sim).status == 200
    assert len(sim.messages()) == 1


def test_throttle_and_500_in_the_vendors_words(sim):
    sim.fault("throttle", endpoint="start")
    assert refused(start(sim)) == (429, "10011")
    sim.fault("throttle", endpoint="start", retry_after="1")
    assert start(sim).headers["Retry-After"] == "1"
    sim.fault("json500", endpoint="start")
    assert refused(start(sim)) == (500, "10007")


def test_endpoints_in_the_log(sim):
    vid = started(sim)
    check(sim, vid, "12345")
    get(sim, f"{VERIFICATIONS}/{vid}")
    get(sim, "/v2/verify_profiles")
    start(sim, channel="flashcall")
    assert [(r["provider"], r["endpoint"], r["result"]) for r in sim.requests()] == [
        ("telnyx-verify", "start", "pending"), ("telnyx-verify", "check", "rejected"),
        ("telnyx-verify", "poll", "pending"), ("telnyx-verify", "control", None),
        ("telnyx-verify", "start", "10010"),
    ]
