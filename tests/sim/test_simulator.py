# SPDX-License-Identifier: BSD-2-Clause
"""The program itself: command line, output, TLS, control side."""

import http.client
import json
import re
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest
from simclient import FORM, PROGRAM, ROOT

NUMBER = "447700900200"


def run(*options):
    return subprocess.run(
        [str(PROGRAM), *options], capture_output=True, text=True, timeout=10
    )


# command line


def test_help_and_version():
    done = run("--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: twofa-simulator")
    done = run("--version")
    assert done.returncode == 0 and done.stdout.startswith("twofa-simulator ")


def is_setting(sim, word):
    reply = sim.request("POST", "/_sim/settings", json.dumps({word: -1}))
    return "out of its range" in reply.json["error"]


def test_the_manual_names_everything(sim):
    page = (ROOT / "docs/man/twofa-simulator.1").read_text().replace("\\-", "-")
    for option in re.findall(r"--([a-z-]+)", run("--help").stdout):
        assert "-" + option in page, option
    for fault in sim.sim("GET", "faults")["known"]:
        assert re.search(rf"\.It Li.*\b{fault}\b", page), fault
    sources = "".join(p.read_text() for p in (ROOT / "tests/simulator").rglob("*.c"))
    words = set(re.findall(r'"([a-z0-9]+_[a-z0-9_]+)"', sources))
    settings = {w for w in words if is_setting(sim, w)}
    assert {"v1_rate", "v2_rate", "v2_insight_type"} <= settings
    for setting in settings:
        assert f".It Li {setting} " in page, setting


@pytest.mark.parametrize(
    "options, word",
    [
        ([], "--listen"),
        (["--listen", "127.0.0.1"], "HOST:PORT"),
        (["--listen", "0.0.0.0:0"], "loopback"),
        (["--listen", "192.0.2.1:0"], "loopback"),
        (["--listen", "localhost:0"], "loopback"),
        (["--listen", "[::]:0"], "loopback"),
        (["--listen", ":0"], "loopback"),
        (["--listen", "127.0.0.1:65536"], "65535"),
        (["--listen", "127.0.0.1:1x"], "65535"),
        (["--listen", "127.0.0.1:0", "--tls-cert", "/etc/passwd"], "go together"),
        (["--listen", "127.0.0.1:0", "--tls-cert", "/nonexistent"], "No such file"),
        (["--listen", "127.0.0.1:0", "--credentials", "/nonexistent"], "No such file"),
        (["--listen", "127.0.0.1:0", "--seed", "-1"], "--seed"),
        (["--listen", "127.0.0.1:0", "--set", "v1_wrong_limit=0"], "v1_wrong_limit"),
        (["--listen", "127.0.0.1:0", "--set", "nothing=1"], "nothing"),
        (["--listen", "127.0.0.1:0", "extra"], "extra"),
        (["--bogus"], "bogus"),
    ],
)
def test_wrong_command_line(options, word):
    done = run(*options)
    assert done.returncode in (1, 2)
    assert word in done.stderr and "listening" not in done.stdout


@pytest.mark.parametrize("line", ["vonage key", "vonage key secret extra", "x" * 600])
def test_wrong_credentials_file(tmp_path, line):
    path = tmp_path / "credentials"
    path.write_text("vonage good line\n" + line + "\n")
    done = run("--listen", "127.0.0.1:0", "--credentials", str(path))
    assert done.returncode == 1 and f"{path}:2:" in done.stderr


def test_port_in_use(launch):
    sim = launch("--quiet")
    done = run("--listen", f"127.0.0.1:{sim.port}")
    assert done.returncode == 1 and "Address already in use" in done.stderr


def test_ipv6(launch):
    try:
        probe = socket.socket(socket.AF_INET6)
        probe.bind(("::1", 0))
        probe.close()
    except OSError:
        pytest.skip("no IPv6 loopback here")
    process = subprocess.Popen(
        [str(PROGRAM), "--listen", "[::1]:0"], stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("listening on [::1]:")
        connection = http.client.HTTPConnection("::1", int(line.rsplit(":", 1)[1]))
        connection.request("GET", "/_sim/messages")
        assert connection.getresponse().read() == b"[]"
        connection.close()
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_ends_at_a_signal_whatever_is_open(launch, sig):
    sim = launch("--quiet")
    sim.fault("hang", endpoint="start")
    hanging, waiting = sim.connect(), sim.connect()
    hanging.request("POST", "/verify/json", "a=b", {"Content-Type": FORM})
    waiting.request("GET", "/_sim/wait?messages=9&timeout_ms=60000")
    idle = sim.connect()
    idle.connect()
    assert sim.sim("GET", "wait?requests=1")["timed_out"] is False
    began = time.monotonic()
    sim.process.send_signal(sig)
    assert sim.process.wait(timeout=10) == 0
    assert time.monotonic() - began < 5
    for connection in (hanging, waiting, idle):
        connection.close()


# what a person sees


def messages_shown(launch, *options, locale="C", brand="ACME"):
    sim = launch(*options, env={"LC_ALL": locale})
    sim.start(NUMBER, brand=brand, code_length=6)
    sim.start("447700800300", brand=brand, workflow_id=7, code_length=6)
    found = sim.messages()
    status, out, err = sim.stop()
    assert (status, err) == (0, "")
    return found, out


def test_phone_frames(launch):
    (sms, call), out = messages_shown(launch)
    lines = out.splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[0] == "  +" + "-" * 40 + "+"
    assert "+447700900200" in lines[1] and lines[1].endswith("SMS |")
    assert f"ACME code: {sms['code']}. Valid for 5" in out
    assert f"Your ACME code is {', '.join(call['code'])}." in out


def test_phone_frames_in_utf8(launch):
    _, out = messages_shown(launch, locale="C.UTF-8", brand="Ærø & Ångström")
    lines = out.splitlines()
    assert lines[0].startswith("  ┌") and "Ærø & Ångström" in out
    assert len({len(line) for line in lines}) == 1


def test_plain_lines(launch):
    (sms, call), out = messages_shown(launch, "--plain")
    assert out.splitlines() == [
        f"phone +447700900200 sms: {sms['text']}",
        f"phone +447700800300 voice: {call['text']}",
    ]


def test_quiet(launch):
    assert messages_shown(launch, "--quiet")[1] == ""


def test_control_characters_never_reach_the_terminal(launch):
    _, out = messages_shown(launch, "--plain", brand="a\x1b]0;x\x07\x7f\u009bm\r\n")
    assert "a?]0;x???m??" in out


def test_unread_output_does_not_hold_it_up(launch):
    sim = launch("--set", "v1_rate=0")
    for i in range(600):
        assert sim.start(str(447700800000 + i))["status"] == "0"
    assert len(sim.messages()) == 600


# determinism


def test_seed(launch):
    def codes(*options):
        sim = launch("--quiet", *options)
        ids = [sim.start(str(447700800000 + i), code_length=6)["request_id"] for i in range(3)]
        return ids, [m["code"] for m in sim.messages()], sim

    first = codes("--seed", "7")
    assert first[:2] == codes("--seed", "7")[:2]
    assert first[:2] != codes("--seed", "8")[:2]
    assert codes()[:2] != codes()[:2]
    first[2].sim("POST", "reset")
    assert first[2].start("447700800000", code_length=6)["request_id"] == first[0][0]
    assert first[2].code() == first[1][0]


# control side


def test_messages_by_number(sim):
    sim.start("447700800001")
    sim.start("447700800002")
    for to in ("+447700800002", "447700800002", "%2B447700800002"):
        (message,) = sim.messages(to)
        assert message["to"] == "+447700800002"
    assert sim.messages("+447700800003") == [] and len(sim.messages()) == 2


def test_request_log(sim):
    rid = sim.start(code_length=6)["request_id"]
    code = sim.code()
    sim.check(rid, code)
    sim.control(rid, "cancel")
    sim.control(rid, "trigger_next_event")
    sim.search(rid)
    sim.request("GET", "/favicon.ico")
    entries = sim.requests()
    assert [e["endpoint"] for e in entries] == ["start", "check", "cancel", "resend", "poll", ""]
    start, check = entries[:2]
    assert start["n"] == 1 and check["n"] == 2
    assert (start["method"], start["path"], start["auth"]) == ("POST", "/verify/json", "basic")
    assert start["fields"] == {"number": NUMBER, "brand": "ACME", "code_length": "6"}
    assert (start["status"], start["result"], start["fault"]) == (200, "0", None)
    assert start["key"] == sim.key and start["provider"] == "vonage-verify"
    assert check["fields"] == {"request_id": rid, "code": "(code)"}
    assert entries[5]["status"] == 404
    assert [e["n"] for e in sim.requests("?endpoint=check")] == [2]


def test_request_log_hides_secrets_and_codes(sim):
    fields = {"request_id": "f", "code": "918273", "api_key": "k", "api_secret": "hush-hush"}
    sim.call("/verify/check/json", fields, None)
    sim.call("/verify/check/json", fields)
    text = json.dumps(sim.requests())
    for secret in ("hush-hush", sim.secret, sim.basic((sim.key, sim.secret))["Authorization"]):
        assert secret not in text
        assert secret not in json.dumps(sim.requests("?codes=1"))
    assert "918273" not in text
    assert sim.requests("?codes=1")[0]["fields"]["code"] == "918273"


def test_control_requests_are_not_logged(sim):
    sim.messages()
    sim.advance(1)
    assert sim.requests() == []


def test_clock(sim):
    before = sim.sim("GET", "clock")
    after = sim.advance(3600)
    assert before["ahead_s"] == 0 and after["ahead_s"] == 3600
    assert 3600 <= after["now"] - before["now"] < 3660
    assert abs(before["now"] - time.time()) < 60


@pytest.mark.parametrize("body", ["", "{}", '{"advance_s":-1}', '{"advance_s":"1"}', "[1]",
                                  '{"advance_s":1e99}', '{"advance_s":null}'])
def test_bad_clock(sim, body):
    reply = sim.request("POST", "/_sim/clock", body)
    assert reply.status == 400 and "advance_s" in reply.json["error"]


def test_reset(sim):
    rid = sim.start()["request_id"]
    sim.fault("hang")
    sim.advance(100)
    sim.settings(v1_wrong_limit=1)
    sim.sim("POST", "reset")
    assert sim.messages() == [] and sim.requests() == []
    assert sim.sim("GET", "clock")["ahead_s"] == 0
    assert sim.sim("GET", "faults")["armed"] == []
    assert sim.check(rid, "1234")["status"] == "6"
    assert sim.check(sim.start()["request_id"], "x" * 4)["status"] == "16"


def test_reset_keeps_the_command_lines_settings(launch):
    sim = launch("--quiet", "--set", "v1_wrong_limit=2")
    sim.settings(v1_wrong_limit=5)
    sim.sim("POST", "reset")
    rid = sim.start()["request_id"]
    assert [sim.check(rid, "x" * 4)["status"] for _ in range(2)] == ["16", "17"]


@pytest.mark.parametrize("body", ["", "[]", '{"v1_rate":-1}', '{"v1_rate":"1"}', '{"other":1}'])
def test_bad_settings(sim, body):
    assert sim.request("POST", "/_sim/settings", body).status == 400


def test_unknown_command(sim):
    reply = sim.request("GET", "/_sim/nothing")
    assert reply.status == 404 and "messages" in reply.json["error"]
    assert sim.request("POST", "/_sim/messages", "").status == 404


def test_wait_wakes_at_the_event(sim):
    answers = []

    def wait(query):
        answers.append(sim.sim("GET", "wait?timeout_ms=20000&" + query))

    threads = [
        threading.Thread(target=wait, args=(query,))
        for query in ("messages=1", f"messages=1&to=+{NUMBER}", "requests=1",
                      "requests=1&endpoint=start")
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    sim.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 10
    assert [a["timed_out"] for a in answers] == [False] * 4


def test_wait_wakes_at_a_timer(sim):
    sim.start()
    sim.advance(124.7)
    assert sim.sim("GET", "wait?messages=2&timeout_ms=20000")["timed_out"] is False


@pytest.mark.parametrize("query", ["messages=1", "requests=1", "messages=1&to=+1", "requests=1&endpoint=x"])
def test_wait_gives_up(sim, query):
    answer = sim.sim("GET", "wait?timeout_ms=50&" + query)
    assert answer["timed_out"] is True


def test_wait_sees_a_request_that_hangs(sim):
    sim.fault("hang")
    connection = sim.connect()
    connection.request("POST", "/verify/json", "", {"Content-Type": FORM})
    assert sim.sim("GET", "wait?requests=1")["timed_out"] is False
    connection.close()


# bounds


def test_inbox_and_log_are_bounded(launch):
    sim = launch("--quiet", "--set", "v1_rate=0")
    headers = {"Content-Type": FORM, **sim.basic((sim.key, sim.secret))}
    connection = sim.connect()
    for i in range(10100):
        connection.request(
            "POST", "/verify/json", f"number={447700800000 + i * 1000}&brand=A", headers
        )
        connection.getresponse().read()
    connection.close()
    assert len(sim.messages()) == 10000 and len(sim.requests()) == 10000
    assert sim.requests()[-1]["n"] == 10100
    assert sim.sim("GET", "wait?messages=10100&requests=10100&timeout_ms=0")["timed_out"] is False


def test_long_requests(sim):
    headers = {"Content-Type": FORM, **sim.basic((sim.key, sim.secret))}
    assert sim.request("POST", "/verify/json", "a=" + "b" * 70000, headers).status == 413
    assert sim.request("GET", "/" + "a" * 300).status == 404
    assert sim.request("GET", "/verify/json?a=" + "b" * 5000).status == 413
    fields = "&".join(f"f{i}=1" for i in range(1000)) + f"&number={NUMBER}&brand=A"
    assert sim.request("POST", "/verify/json", fields, headers).json["status"] == "2"


@pytest.mark.parametrize(
    "body, kind",
    [(b"\x00\xff" * 50, FORM), (b"%00=%00&=&&a=%zz&number=%00", FORM),
     (b"[" * 5000, "application/json"), (b'{"a":', "application/json"), (b"[]", "application/json"),
     (b"3", "application/json"), (b"number=1", "text/plain"), (b"number=1", "")],
)
def test_garbage(sim, body, kind):
    headers = {"Content-Type": kind, **sim.basic((sim.key, sim.secret))}
    assert sim.request("POST", "/verify/json", body, headers).json["status"] in ("2", "3")


# TLS


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls(launch, certificate, version):
    sim = launch("--quiet", cert=certificate[0], key=certificate[1])
    sim.context.minimum_version = sim.context.maximum_version = version
    rid = sim.start(code_length=6)["request_id"]
    assert sim.check(rid, sim.code())["status"] == "0"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_1_1_is_refused(launch, certificate):
    sim = launch("--quiet", cert=certificate[0], key=certificate[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    connection = http.client.HTTPSConnection("127.0.0.1", sim.port, context=context, timeout=10)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connection.request("GET", "/_sim/messages")


def test_tls_connections_are_counted(launch, certificate):
    sim = launch("--quiet", cert=certificate[0], key=certificate[1])
    connection = sim.connect()
    for _ in range(3):
        connection.request("GET", "/verify/json")
        connection.getresponse().read()
    connection.close()
    assert len({r["connection"] for r in sim.requests()}) == 1


def test_key_of_another_certificate(certificate, tmp_path):
    key = tmp_path / "other.key"
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-out", str(key)], check=True, capture_output=True,
    )
    done = run("--listen", "127.0.0.1:0", "--tls-cert", str(certificate[0]), "--tls-key", str(key))
    assert done.returncode == 1 and "certificate" in done.stderr


# in a rehearsal


def started(tmp_path, *options, account="vonage rehearsal s3cret\n"):
    """As packaging/rehearsal starts it: the output, the account's file."""
    account_file, output = tmp_path / "account", tmp_path / "output"
    account_file.write_text(account)
    with open(account_file) as account, open(output, "w") as out:
        done = subprocess.run(
            [str(PROGRAM), "--listen", "127.0.0.1:0", "--own-certificate",
             "--credentials", "-", "--no-control", "--plain", "--detach", *options],
            stdin=account, stdout=out, stderr=out, timeout=10)
    assert done.returncode == 0
    certificate, place = output.read_text().split("listening on ")
    return certificate, int(place.strip().rsplit(":", 1)[1]), account_file


def ask(certificate, port, path, body=None):
    link = http.client.HTTPSConnection(
        "127.0.0.1", port, context=ssl.create_default_context(cadata=certificate))
    link.request("POST" if body else "GET", path, body, {"Content-Type": FORM})
    reply = link.getresponse()
    found = reply.status, reply.read().decode()
    link.close()
    return found


def has_ended(port):
    end = time.monotonic() + 5
    while time.monotonic() < end:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) != 0:
                return True
        time.sleep(0.02)
    return False


def test_of_a_rehearsal(tmp_path):
    certificate, port, account = started(tmp_path, "--for", "60")
    body = "number=447700900100&brand=x&api_key=rehearsal&api_secret="
    assert '"status":"0"' in ask(certificate, port, "/verify/json", body + "s3cret")[1]
    assert '"status":"4"' in ask(certificate, port, "/verify/json", body + "guess")[1]
    for path in ("/_sim/messages", "/_sim/requests", "/_sim"):
        assert ask(certificate, port, path)[0] == 404
    other, second, gone = started(tmp_path, "--for", "1")
    with pytest.raises(ssl.SSLError):
        ask(certificate, second, "/")
    assert other != certificate
    assert has_ended(second)
    account.unlink(missing_ok=True)
    assert has_ended(port) and gone == account


def test_own_certificate_alone():
    done = run("--listen", "127.0.0.1:0", "--own-certificate", "--tls-cert", "/x",
               "--tls-key", "/x")
    assert done.returncode == 2
