# SPDX-License-Identifier: BSD-2-Clause
"""Every fault switch, seen by the client that suffers it."""

import gzip
import http.client
import json
import socket
import ssl
import time

import pytest
from simclient import FORM

NUMBER = "447700900200"
AT_BODY = [
    "html502", "empty503", "json500", "html200", "empty200", "redirect", "throttle", "gzip",
    "truncated", "double", "trailing", "nul", "raw_nul", "dup_keys", "wrong_case", "deep", "bad_utf8",
    "bom", "wrong_type", "missing", "foreign_id", "replay",
]
AT_WIRE = [
    "delay", "hang", "drip", "close", "close_status", "close_headers", "half_body", "close_after", "reset",
    "bad_length", "huge", "huge_close", "endless", "burst1xx",
]
GONE = (http.client.HTTPException, ConnectionError, ssl.SSLError, socket.timeout)


def call_start(sim, timeout=10, number=NUMBER):
    return sim.call("/verify/json", {"number": number, "brand": "ACME"}, timeout=timeout)


@pytest.fixture(params=["plain", "tls"])
def any_sim(request, sim, launch):
    """Faults of the connection must work over TLS as well."""
    if request.param == "plain":
        return sim
    chain, key = request.getfixturevalue("certificate")
    return launch("--quiet", cert=chain, key=key)


def test_every_fault_is_tested_here(sim):
    known = sim.sim("GET", "faults")["known"]
    assert sorted(known) == sorted([*AT_BODY, *AT_WIRE, "close_accept"])


# arming


@pytest.mark.parametrize(
    "body, word",
    [
        ("", "object"), ("[]", "object"), ("{}", "html502"), ('{"fault":"bogus"}', "html502"),
        ('{"fault":7}', "html502"), ('{"fault":"hang","when":"now"}', "before"),
        ('{"fault":"hang","endpoint":"login"}', "check"),
        ('{"fault":"hang","provider":"acme"}', "provider"),
        ('{"fault":"hang","count":-1}', "count"), ('{"fault":"hang","count":1.5}', "count"),
        ('{"fault":"hang","count":"1"}', "count"), ('{"fault":"delay","ms":700000}', "ms"),
        ('{"fault":"hang","counts":1}', "counts"),
    ],
)
def test_refused(sim, body, word):
    reply = sim.request("POST", "/_sim/faults", body)
    assert reply.status == 400 and word in reply.json["error"]
    assert sim.sim("GET", "faults")["armed"] == []


def test_only_so_many(sim):
    for _ in range(32):
        sim.fault("html502", endpoint="lookup")
    reply = sim.request("POST", "/_sim/faults", '{"fault":"hang"}')
    assert reply.status == 400 and "DELETE" in reply.json["error"]


@pytest.mark.parametrize("details, hits", [
    ({}, [1]), ({"count": 2}, [1, 2]), ({"count": 0}, [1, 2, 3, 4]), ({"skip": 2}, [3]),
    ({"skip": 1, "count": 2}, [2, 3]), ({"endpoint": "start"}, [1]), ({"endpoint": "check"}, []),
    ({"endpoint": "any"}, [1]), ({"provider": "vonage-verify"}, [1]), ({"provider": "vonage"}, [1]),
    ({"provider": "any"}, [1]),
])
def test_when_it_strikes(sim, details, hits):
    sim.fault("html502", **details)
    seen = [i for i in range(1, 5) if call_start(sim).status == 502]
    assert seen == hits
    assert [bool(r["fault"]) for r in sim.requests()] == [i in hits for i in range(1, 5)]


@pytest.mark.parametrize("endpoint, hits", [
    ("start", [1, 0, 0, 0, 0]), ("check", [0, 1, 0, 0, 0]), ("cancel", [0, 0, 1, 0, 0]),
    ("resend", [0, 0, 0, 1, 0]), ("poll", [0, 0, 0, 0, 1]), ("control", [0, 0, 1, 1, 0]),
    ("lookup", [0, 0, 0, 0, 0]),
])
def test_where_it_strikes(sim, endpoint, hits):
    sim.fault("html502", endpoint=endpoint, count=0)
    replies = [
        sim.call("/verify/json", {}),
        sim.call("/verify/check/json", {}),
        sim.call("/verify/control/json", {"cmd": "cancel"}),
        sim.call("/verify/control/json", {"cmd": "trigger_next_event"}),
        sim.call("/verify/search/json", {}),
    ]
    assert [int(r.status == 502) for r in replies] == hits


def test_faults_strike_in_the_order_they_were_armed(sim):
    sim.fault("html502")
    sim.fault("empty503")
    assert [call_start(sim).status for _ in range(3)] == [502, 503, 200]


def test_disarming(sim):
    sim.fault("hang", count=0)
    assert sim.sim("DELETE", "faults")["armed"] == []
    assert call_start(sim).status == 200


@pytest.mark.parametrize("name", [n for n in AT_BODY + AT_WIRE if n != "delay"])
@pytest.mark.parametrize("when, sent", [("before", 0), ("after", 1)])
def test_before_and_after_the_state_changed(sim, name, when, sent):
    sim.fault(name, when=when, ms=1)
    try:
        call_start(sim, timeout=0.3 if name in ("hang", "endless") else 10)
    except GONE:
        pass
    # a busy machine may have read nothing when the client gave up
    sim.sim("GET", "wait?requests=1&timeout_ms=10000")
    sim.sim("DELETE", "faults")
    assert len(sim.messages()) == sent
    (entry,) = sim.requests()
    assert entry["fault"] == name
    assert call_start(sim).json["status"] == ("10" if sent else "0")


# time and connection


@pytest.mark.parametrize("when", ["before", "after"])
def test_delay(any_sim, when):
    any_sim.fault("delay", ms=300, when=when)
    began = time.monotonic()
    assert call_start(any_sim).json["status"] == "0"
    assert time.monotonic() - began >= 0.3
    assert len(any_sim.messages()) == 1


def test_hang(any_sim):
    any_sim.fault("hang")
    with pytest.raises(socket.timeout):
        call_start(any_sim, timeout=0.3)
    assert any_sim.requests()[0]["status"] == 0
    assert len(any_sim.messages()) == 1


def test_drip(any_sim):
    any_sim.fault("drip", ms=5)
    began = time.monotonic()
    reply = call_start(any_sim)
    assert reply.json["status"] == "0"
    assert time.monotonic() - began >= 0.005 * len(reply.body)


def test_close(any_sim):
    any_sim.fault("close")
    with pytest.raises(GONE):
        call_start(any_sim)
    assert len(any_sim.messages()) == 1


def test_reset(sim):
    sim.fault("reset")
    with pytest.raises(ConnectionResetError):
        call_start(sim)


def test_reset_over_tls(launch, certificate):
    sim = launch("--quiet", cert=certificate[0], key=certificate[1])
    sim.fault("reset")
    with pytest.raises(GONE):
        call_start(sim)


def test_close_accept(any_sim):
    """Nothing of the request gets through, and nothing of the handshake."""
    any_sim.fault("close_accept", skip=1, count=2)
    assert call_start(any_sim).status == 200
    for _ in range(2):
        with pytest.raises(GONE):
            call_start(any_sim, number="447700800300")
    assert len(any_sim.requests()) == 1
    assert call_start(any_sim, number="447700800300").status == 200


def test_close_status(any_sim):
    any_sim.fault("close_status")
    connection = any_sim.connect()
    headers = {"Content-Type": FORM, **any_sim.basic((any_sim.key, any_sim.secret))}
    connection.request("POST", "/verify/json", f"number={NUMBER}&brand=A", headers)
    response = connection.getresponse()
    assert response.status == 200 and list(response.headers) == []
    connection.close()
    assert any_sim.requests()[0]["status"] == 200


@pytest.mark.parametrize("name, share", [("close_headers", 0), ("half_body", 0.5)])
def test_cut_off(any_sim, name, share):
    any_sim.fault(name)
    connection = any_sim.connect()
    headers = {"Content-Type": FORM, **any_sim.basic((any_sim.key, any_sim.secret))}
    connection.request("POST", "/verify/json", f"number={NUMBER}&brand=A", headers)
    response = connection.getresponse()
    promised = int(response.headers["Content-Length"])
    assert response.status == 200 and promised > 50
    with pytest.raises(http.client.IncompleteRead) as caught:
        response.read()
    assert len(caught.value.partial) == int(promised * share)
    connection.close()


def test_close_after(any_sim):
    """Keep-alive promised, then the connection dies: the next call sees it."""
    any_sim.fault("close_after")
    connection = any_sim.connect()
    headers = {"Content-Type": FORM, **any_sim.basic((any_sim.key, any_sim.secret))}
    connection.request("POST", "/verify/json", f"number={NUMBER}&brand=A", headers)
    response = connection.getresponse()
    assert json.loads(response.read())["status"] == "0"
    assert response.headers["Connection"] == "keep-alive"
    with pytest.raises(GONE):
        connection.request("POST", "/verify/check/json", "", headers)
        connection.getresponse()
    connection.close()
    assert len(any_sim.requests()) == 1


def test_bad_length_short(any_sim):
    any_sim.fault("bad_length")
    body = call_start(any_sim).body
    assert body.startswith(b'{"request_id"') and not body.endswith(b"}")


def test_bad_length_long(any_sim):
    any_sim.fault("bad_length", delta=10)
    with pytest.raises(socket.timeout):
        call_start(any_sim, timeout=0.3)


@pytest.mark.parametrize("fault", ["huge", "huge_close"])
def test_huge(any_sim, fault):
    any_sim.fault(fault)
    reply = call_start(any_sim)
    assert ("Content-Length" in reply.headers) == (fault == "huge")
    assert len(reply.body) > 16 * 1024 * 1024
    assert json.loads(reply.body)["status"] == "0"


def test_endless(any_sim):
    any_sim.fault("endless")
    connection = any_sim.connect()
    headers = {"Content-Type": FORM, **any_sim.basic((any_sim.key, any_sim.secret))}
    connection.request("POST", "/verify/json", f"number={NUMBER}&brand=A", headers)
    response = connection.getresponse()
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert len(response.read(1000000)) == 1000000
    connection.close()


def raw(sim, text):
    """The bytes of an answer, until the simulator closes."""
    with socket.create_connection(("127.0.0.1", sim.port), timeout=10) as sock:
        sock.sendall(text.encode())
        data = b""
        while chunk := sock.recv(65536):
            data += chunk
        return data


def test_burst1xx(sim):
    sim.fault("burst1xx")
    data = raw(
        sim,
        "POST /verify/json?api_key=abcd1234&api_secret=x&number=447700900200&brand=A HTTP/1.1\r\n"
        "Host: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )
    assert data.count(b"HTTP/1.1 102 ") == 50 and data.count(b"HTTP/1.1 200 OK") == 1
    assert data.endswith(b'"status":"0"}')


# status and headers


@pytest.mark.parametrize("name, status, start", [
    ("html502", 502, b"<html>"), ("empty503", 503, b""), ("json500", 500, b'{"status":"5"'),
    ("html200", 200, b"<html>"), ("empty200", 200, b""),
])
def test_other_answers(any_sim, name, status, start):
    any_sim.fault(name)
    reply = call_start(any_sim)
    assert reply.status == status and reply.body.startswith(start)
    assert bool(reply.body) == bool(start)
    assert any_sim.requests()[0]["status"] == status


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_redirect(sim, code):
    sim.fault("redirect", code=code, location="http://127.0.0.1:1/x")
    reply = call_start(sim)
    assert reply.status == code and reply.headers["Location"] == "http://127.0.0.1:1/x"


def test_throttle(sim):
    sim.fault("throttle")
    reply = call_start(sim)
    assert (reply.status, reply.json["status"]) == (200, "1")
    assert sim.messages() == []


@pytest.mark.parametrize("value", ["1", "3600", "Fri, 31 Dec 1999 23:59:59 GMT", "soon"])
def test_throttle_with_retry_after(sim, value):
    sim.fault("throttle", retry_after=value)
    reply = call_start(sim)
    assert (reply.status, reply.json["status"]) == (429, "1")
    assert reply.headers["Retry-After"] == value


@pytest.mark.parametrize("seconds", [0, 1, 3600])
def test_throttle_with_seconds(sim, seconds):
    sim.fault("throttle", retry_after=seconds)
    assert call_start(sim).headers["Retry-After"] == str(seconds)


@pytest.mark.parametrize("value", [-1, 1.5, 1e9, True, None, [1], "x" * 64])
def test_throttle_with_no_such_time(sim, value):
    body = json.dumps({"fault": "throttle", "retry_after": value})
    reply = sim.request("POST", "/_sim/faults", body)
    assert reply.status == 400 and "retry_after" in reply.body.decode()


def test_throttle_without_retry_after(sim):
    sim.fault("throttle", retry_after="none")
    reply = call_start(sim)
    assert (reply.status, reply.json["status"]) == (429, "1")
    assert "Retry-After" not in reply.headers


def test_gzip(sim):
    sim.fault("gzip")
    reply = call_start(sim)
    assert reply.headers["Content-Encoding"] == "gzip" and len(reply.body) < 65536
    text = gzip.decompress(reply.body)
    assert len(text) > 4 * 1024 * 1024 and json.loads(text)["status"] == "0"


# documents


def test_truncated(sim):
    sim.fault("truncated")
    body = call_start(sim).body
    assert body.startswith(b'{"request_id":"') and not body.endswith(b"}")


def test_double(sim):
    sim.fault("double")
    assert json.loads(call_start(sim).json)["status"] == "0"


def test_trailing(sim):
    sim.fault("trailing")
    assert call_start(sim).body.endswith(b'"status":"0"}{"status":"0"}')


def test_nul(sim):
    sim.fault("nul")
    assert b'"status":"0\\u0000x"' in call_start(sim).body


def test_raw_nul(sim):
    sim.fault("raw_nul")
    assert call_start(sim).body.endswith(b'"status":"0"}\x00{')


def test_dup_keys_forge_a_success(sim):
    rid = sim.start()["request_id"]
    sim.fault("dup_keys", endpoint="check")
    body = sim.call("/verify/check/json", {"request_id": rid, "code": "xxxx"}).body
    assert body.startswith(b'{"status":"0",') and b'"status":"16"' in body


def test_wrong_case(sim):
    sim.fault("wrong_case")
    assert set(call_start(sim).json) == {"Request_id", "Status"}


def test_deep(sim):
    sim.fault("deep")
    body = call_start(sim).body
    assert body.startswith(b'{"deep":' + b"[" * 10000 + b"]" * 10000 + b',"request_id"')


def test_bad_utf8(sim):
    sim.fault("bad_utf8")
    with pytest.raises(UnicodeDecodeError):
        call_start(sim).body.decode()


def test_bom(sim):
    sim.fault("bom")
    assert call_start(sim).body.startswith(b'\xef\xbb\xbf{"request_id"')


@pytest.mark.parametrize("value", ["0", "true", "null", "[]", '"00"', '" 0"', "{}"])
def test_wrong_type(sim, value):
    sim.fault("wrong_type", value=value)
    assert call_start(sim).json["status"] == json.loads(value)


def test_wrong_type_of_another_field(sim):
    sim.fault("wrong_type", field="request_id", value="17")
    assert call_start(sim).json == {"status": "0", "request_id": 17}


@pytest.mark.parametrize("field", ["status", "request_id"])
def test_missing(sim, field):
    sim.fault("missing", field=field)
    assert set(call_start(sim).json) == {"status", "request_id"} - {field}


def test_foreign_id(sim):
    rid = sim.start()["request_id"]
    sim.fault("foreign_id", endpoint="check")
    reply = sim.check(rid, sim.code())
    assert reply["status"] == "0" and len(reply["request_id"]) == 32
    assert reply["request_id"] != rid


def test_replay(sim):
    first = sim.start("447700800300")
    rid = sim.start()["request_id"]
    sim.fault("replay", endpoint="check")
    assert sim.check(rid, sim.code()) == {"request_id": rid, "status": "0"}
    sim.fault("replay", endpoint="start")
    assert sim.start("447700800400") == {"request_id": rid, "status": "0"} != first
