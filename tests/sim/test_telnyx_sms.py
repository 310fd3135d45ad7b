# SPDX-License-Identifier: BSD-2-Clause
"""Telnyx Messages as the vendor documents it: sending, queue, delivery."""

import json
import re
import time

import pytest
from test_telnyx_verify import BEARER, JSON, UUID, get, pointer, post, refused

PROFILE = "abc85f64-5717-4562-b3fc-2c9600000000"
UNKNOWN = "32ade33a-21c0-473b-b055-b3c836e1c292"
MESSAGES, WORD = "/v2/messages", "/v2/messages/alphanumeric_sender_id"
LONG, TOLL_FREE, SHORT = "+12015550123", "+18445550001", "54321"
UK, US = "+447700900200", "+12025550200"
TEXT = "ACME: 482913 is your code for host web-01"
BODY = {"to": US, "from": LONG, "text": TEXT}
WORD_BODY = {"to": UK, "from": "ACME", "text": TEXT, "messaging_profile_id": PROFILE}


def send(sim, **fields):
    return post(sim, MESSAGES, {**BODY, **fields})


def sent(sim, **fields):
    reply = send(sim, **fields)
    assert reply.status == 200, reply.body
    return reply.json["data"]


def fetch(sim, mid):
    return get(sim, f"{MESSAGES}/{mid}").json["data"]


def status(sim, mid):
    return fetch(sim, mid)["to"][0]["status"]


# what it accepts


def test_send(sim):
    data = sent(sim)
    assert re.fullmatch(UUID, data["id"])
    assert data["record_type"] == "message" and data["direction"] == "outbound"
    assert data["to"][0]["phone_number"] == US and data["to"][0]["status"] == "queued"
    assert data["from"]["phone_number"] == LONG and data["type"] == "SMS"
    assert data["parts"] == 1 and data["encoding"] == "GSM-7" and data["text"] == TEXT
    assert data["cost"] == {"amount": "0.0051", "currency": "USD"}
    assert data["wait_seconds"] == 0 and data["errors"] == [] and data["sent_at"] is None
    (message,) = sim.messages(US)
    assert (message["channel"], message["provider"]) == ("sms", "telnyx-sms")
    assert (message["text"], message["code"]) == (TEXT, "482913")
    assert message["request_id"] == data["id"]


@pytest.mark.parametrize("fields, shown", [
    ({"from": SHORT}, SHORT), ({"from": TOLL_FREE}, TOLL_FREE),
    ({"from": "ACME 24", "messaging_profile_id": PROFILE}, "ACME 24"),
    ({"from": None, "messaging_profile_id": PROFILE}, "+13125550142"),
    ({"type": "SMS", "use_profile_webhooks": False, "webhook_url": None, "encoding": "gsm7",
      "auto_detect": True, "webhook_failover_url": "https://example.com"}, LONG),
])
def test_senders(sim, fields, shown):
    data = sent(sim, **fields)
    assert data["from"]["phone_number"] == shown
    assert data.get("messaging_profile_id") == fields.get("messaging_profile_id")
    assert len(sim.messages()) == 1


def test_alphanumeric_sender(sim):
    reply = post(sim, WORD, WORD_BODY)
    assert reply.status == 200
    assert reply.json["data"]["from"]["phone_number"] == "ACME"
    assert sim.code(UK) == "482913"


def test_the_code_in_a_text_is_logged_only_on_demand(sim):
    sent(sim)
    assert sim.requests()[0]["fields"]["text"] == "(code)"
    assert "482913" not in json.dumps(sim.requests())
    assert sim.requests("?codes=1")[0]["fields"]["text"] == TEXT


@pytest.mark.parametrize("text, code", [
    ("Your code is 1234", "1234"), ("0123456789.", "0123456789"), ("web1 2026a 4711", "4711"),
    ("+447700900200", ""), ("12345678901", ""), ("10.20.3.4 123", ""), ("code:0042!", "0042"),
])
def test_codes_are_found(sim, text, code):
    sent(sim, text=text)
    assert sim.messages()[0]["code"] == code


@pytest.mark.parametrize("text, encoding, chars, parts", [
    ("x" * 160, "GSM-7", 160, 1), ("x" * 161, "GSM-7", 161, 2), ("x" * 306, "GSM-7", 306, 2),
    ("x" * 307, "GSM-7", 307, 3), ("[" * 80, "GSM-7", 80, 1), ("[" * 81, "GSM-7", 81, 2),
    ("é" * 160, "GSM-7", 160, 1), ("€" * 80, "GSM-7", 80, 1), ("`" * 70, "UCS-2", 70, 1),
    ("ы" * 70, "UCS-2", 70, 1), ("ы" * 71, "UCS-2", 71, 2), ("ы" * 135, "UCS-2", 135, 3),
    ("\U0001f600" * 35, "UCS-2", 35, 1), ("\U0001f600" * 36, "UCS-2", 36, 2),
])
def test_parts(sim, text, encoding, chars, parts):
    data = sent(sim, text=text)
    assert (data["encoding"], data["num_chars"], data["parts"]) == (encoding, chars, parts)
    assert data["cost"]["amount"] == f"0.{51 * parts:04}"


def test_encoding_can_be_forced(sim):
    assert sent(sim, text="x", encoding="ucs2")["encoding"] == "UCS-2"
    assert refused(send(sim, text="ы", encoding="gsm7")) == (400, "10015")


# the queue


def test_a_message_on_its_way(sim):
    data = sent(sim)
    sim.advance(1)
    now = fetch(sim, data["id"])
    assert now["to"][0]["status"] == "sent"
    assert now["sent_at"] and now["completed_at"] is None and now["valid_until"] is None
    sim.advance(2)
    assert status(sim, data["id"]) == "delivered"
    assert fetch(sim, data["id"])["completed_at"]


def test_a_long_code_is_slow_abroad(sim):
    first, second, third = (sent(sim, to=UK) for _ in range(3))
    assert first["wait_seconds"] == 0
    assert 9 < second["wait_seconds"] <= 10 and 19 < third["wait_seconds"] <= 20
    assert len(sim.messages()) == 1 and status(sim, second["id"]) == "queued"
    sim.advance(10)
    assert len(sim.messages()) == 2
    assert status(sim, third["id"]) == "queued" and status(sim, first["id"]) == "delivered"
    sim.advance(30)
    assert [status(sim, m["id"]) for m in (first, second, third)] == ["delivered"] * 3
    ids = [m["request_id"] for m in sim.messages()]
    assert ids == [first["id"], second["id"], third["id"]]


@pytest.mark.parametrize("fields", [
    {"from": SHORT}, {"from": TOLL_FREE}, {"from": "ACME", "messaging_profile_id": PROFILE},
    {"from": LONG, "to": US},
])
def test_other_senders_are_fast(sim, fields):
    waits = [sent(sim, **{"to": UK, **fields})["wait_seconds"] for _ in range(3)]
    assert max(waits) < 1


def test_queues_are_each_senders_own(sim):
    sent(sim, to=UK)
    assert sent(sim, to=UK, **{"from": "+12015550124"})["wait_seconds"] == 0
    other = {**JSON, "Authorization": "Bearer KEY9999"}
    reply = post(sim, MESSAGES, {**BODY, "to": UK}, other)
    assert reply.json["data"]["wait_seconds"] == 0


def test_the_queue_is_a_switch(sim):
    sim.settings(telnyx_queue=0)
    assert [sent(sim, to=UK)["wait_seconds"] for _ in range(3)] == [0, 0, 0]
    assert len(sim.messages()) == 3
    assert sim.request("POST", "/_sim/settings", '{"telnyx_queue":2}').status == 400


def test_ten_days(sim):
    mid = sent(sim)["id"]
    sim.advance(10 * 86400 - 60)
    assert status(sim, mid) == "delivered"
    sim.advance(120)
    assert refused(get(sim, f"{MESSAGES}/{mid}")) == (404, "10005")


# what it refuses


@pytest.mark.parametrize("method, path", [("POST", MESSAGES), ("POST", WORD),
                                          ("GET", f"{MESSAGES}/{UNKNOWN}")])
@pytest.mark.parametrize("auth", [{}, {"Authorization": "Basic YTpi"}])
def test_credentials(sim, method, path, auth):
    assert refused(sim.request(method, path, json.dumps(BODY), {**JSON, **auth})) == (401, "10009")


@pytest.mark.parametrize("path", [MESSAGES, WORD])
def test_media_type_and_json(sim, path):
    assert refused(post(sim, path, json.dumps(BODY), BEARER)) == (415, "10014")
    assert refused(post(sim, path, "{")) == (400, "10023")


@pytest.mark.parametrize("path, name", [
    (MESSAGES, "to"), (MESSAGES, "text"), (MESSAGES, "from"), (WORD, "from"), (WORD, "to"),
    (WORD, "text"), (WORD, "messaging_profile_id"),
])
@pytest.mark.parametrize("value", [None, ""])
def test_missing_parameter(sim, path, name, value):
    body = {**(BODY if path == MESSAGES else WORD_BODY), name: value}
    reply = post(sim, path, body)
    assert refused(reply) == (422, "10004") and pointer(reply) == "/" + name
    assert sim.messages() == []


@pytest.mark.parametrize("name, value, http, code", [
    ("to", "447700900200", 400, "40310"), ("to", "+44x", 400, "40310"), ("to", "ACME", 400, "40310"),
    ("to", 447700900200, 422, "10015"), ("to", [UK], 422, "10015"),
    ("from", "+12x", 400, "40305"), ("from", "ACME Company", 400, "40305"),
    ("from", "ACME", 422, "10004"), ("from", "a_b", 400, "40305"), ("from", 54321, 422, "10015"),
    ("text", 123456, 422, "10015"), ("text", "ы" * 671, 422, "10015"),
    ("messaging_profile_id", "x", 422, "10015"), ("messaging_profile_id", 1, 422, "10015"),
    ("type", "MMS", 422, "10015"), ("type", 1, 422, "10015"), ("encoding", "utf8", 422, "10015"),
    ("media_urls", ["https://example.com"], 422, "10015"),
    ("send_at", "2030-01-01T00:00:00Z", 422, "10015"),
    ("use_profile_webhooks", "false", 422, "10015"), ("auto_detect", 1, 422, "10015"),
    ("webhook_url", 1, 422, "10015"), ("webhook_failover_url", True, 422, "10015"),
])
def test_bad_value(sim, name, value, http, code):
    assert refused(send(sim, **{name: value})) == (http, code)
    assert sim.messages() == []


@pytest.mark.parametrize("fields, http, code", [
    ({"from": LONG}, 422, "40305"), ({"to": US}, 422, "40305"), ({"from": "1234"}, 422, "40305"),
    ({"messaging_profile_id": "x"}, 422, "10015"), ({"to": "x"}, 400, "40310"),
])
def test_bad_alphanumeric(sim, fields, http, code):
    assert refused(post(sim, WORD, {**WORD_BODY, **fields})) == (http, code)
    assert sim.messages() == []


def test_ids(sim):
    assert refused(get(sim, f"{MESSAGES}/{UNKNOWN}")) == (404, "10005")
    assert refused(get(sim, f"{MESSAGES}/x")) == (400, "10006")
    mid = sent(sim)["id"]
    other = {"Authorization": "Bearer KEY9999"}
    assert refused(get(sim, f"{MESSAGES}/{mid}", other)) == (404, "10005")


# sandbox numbers


@pytest.mark.parametrize("last, http, code", [
    ("01", 429, "10011"), ("02", 400, "40312"), ("04", 401, "10009"), ("05", 500, "10007"),
    ("06", 400, "40310"), ("07", 400, "40322"), ("09", 429, "40333"), ("10", 400, "40300"),
    ("29", 400, "40309"),
])
def test_scripted_refusal(sim, last, http, code):
    assert refused(send(sim, to="+4477009001" + last)) == (http, code)
    assert refused(post(sim, WORD, {**WORD_BODY, "to": "+4477009001" + last})) == (http, code)
    assert sim.messages() == []


@pytest.mark.parametrize("last", ["00", "16", "17", "41", "51"])
def test_scripts_without_a_counterpart(sim, last):
    sent(sim, to="+4477009001" + last)
    assert sim.code() == "482913"


def test_a_landline_is_told_late(sim):
    data = sent(sim, to="+447700900115")
    assert data["errors"] == [] and data["to"][0]["status"] == "queued"
    sim.advance(3)
    late = fetch(sim, data["id"])
    assert late["to"][0]["status"] == "delivery_failed"
    assert late["errors"][0]["code"] == "40001"
    assert sim.messages() == []


def test_never_delivered(sim):
    mid = sent(sim, to="+447700900131")["id"]
    sim.advance(59)
    assert status(sim, mid) == "sent"
    sim.advance(2)
    assert status(sim, mid) == "delivery_unconfirmed" and sim.messages() == []


def test_delivered_late(sim):
    mid = sent(sim, to="+447700900132")["id"]
    sim.advance(44)
    assert sim.messages() == [] and status(sim, mid) == "sent"
    sim.advance(4)
    assert sim.code() == "482913" and status(sim, mid) == "delivered"


def test_ok_that_proves_nothing(sim):
    foreign = sent(sim, to="+447700900152")
    assert foreign["to"][0]["phone_number"] != "+447700900152"
    assert "id" not in sent(sim, to="+447700900153")


def test_faults(sim):
    sim.fault("foreign_id", provider="telnyx-sms", endpoint="start")
    foreign = sent(sim)["id"]
    assert refused(get(sim, f"{MESSAGES}/{foreign}")) == (404, "10005")
    sim.fault("missing", endpoint="start", field="data.to.0.phone_number")
    assert "phone_number" not in sent(sim)["to"][0]
    sim.fault("wrong_type", endpoint="start", field="data.to.0.status", value="null")
    assert sent(sim)["to"][0]["status"] is None
    # a message is there a moment after its answer
    until = time.monotonic() + 10
    while len(sim.messages()) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    sim.fault("trailing", endpoint="start", when="before")
    assert send(sim).status == 200 and len(sim.messages()) == 3
