# SPDX-License-Identifier: BSD-2-Clause
"""Codes that a RADIUS server checks, behind a real sshd and sudo."""

import contextlib
import sqlite3

import pytest

import radiusserver
from radiusserver import SECRET, WRONG
from steps import ONCE, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

PROMPT = "Verification code of your app"


@pytest.fixture
def radius(settings, sim):
    with radiusserver.beside(settings, sim) as one:
        yield one


def over_tls(radius, **keys):
    keys.setdefault("ca_file", radius.certs.ca)
    radiusserver.put(radius.settings, radius, radius.tls, secret="radsec",
                     **keys)


def allowed(sshd, syslog, code="111111"):
    login = at_prompt(sshd.login("alice", options=ONCE), PROMPT)
    login.answer(code)
    assert login.ended() == 0, login.text
    line = syslog.login_line(user="alice")
    assert (line["method"], line["provider"]) == ("totp", "rad")


def denied(sshd, syslog, reason, code="111111"):
    login = at_prompt(sshd.login("alice", options=ONCE), PROMPT)
    login.answer(code)
    assert login.ended() != 0, login.text
    assert syslog.login_line(user="alice")["reason"] == reason


def test_right_code(radius, sshd, syslog):
    allowed(sshd, syslog)
    (user, code, raw), = radius.asked
    assert (user, code) == ("a.smith", "111111")
    found = radius.attributes(raw)
    assert raw[20:22] == b"\x50\x12" and found[31] == b"127.0.0.1"
    assert found[6] == b"\0\0\0\x08" and found[61] == b"\0\0\0\x05"
    log = "\n".join(syslog.lines())
    assert "rehearsal, which" not in log
    assert "111111" not in log and SECRET not in log


def test_wrong_codes(radius, sshd, syslog):
    login = at_prompt(sshd.login("alice", options=ONCE), PROMPT)
    for code in ("111112", "111113"):
        login.answer(code)
        login.prompt("code was wrong")
    login.answer("111114")
    assert login.ended() != 0, login.text
    assert syslog.login_line(user="alice")["reason"] == "wrong-codes"
    assert len(radius.asked) == 3


def test_wrong_then_right(radius, sshd):
    login = at_prompt(sshd.login("alice", options=ONCE), PROMPT)
    login.answer(wrong("111111"))
    login.prompt("code was wrong")
    login.answer("111111")
    assert login.ended() == 0, login.text


def test_another_users_code(radius, sshd, syslog):
    """Right for bob: asked for alice's account."""
    login = at_prompt(sshd.login("alice", options=ONCE), PROMPT)
    login.answer("222222")
    login.prompt("code was wrong")
    login.hang_up()
    assert [user for user, _, _ in radius.asked] == ["a.smith"]


def test_a_code_is_used_once(radius, sshd, syslog):
    allowed(sshd, syslog)
    login = at_prompt(sshd.login("alice", options=ONCE), PROMPT)
    login.answer("111111")
    login.prompt("code was used already")
    login.hang_up()
    assert len(radius.asked) == 1


def test_used_under_another_name_of_the_account(radius, sshd, syslog):
    radius.settings.user("bob", phone=None, channels=["totp"], accounts=[
        {"provider": "rad", "issuer": radius.udp, "sub": "a.smith"}])
    allowed(sshd, syslog)
    login = at_prompt(sshd.login("bob", options=ONCE), PROMPT)
    login.answer("111111")
    login.prompt("code was used already")
    login.hang_up()
    assert len(radius.asked) == 1


def test_two_users_may_have_the_same_code(radius, sshd, syslog):
    radius.codes["b.jones"] = "111111"
    allowed(sshd, syslog)
    login = at_prompt(sshd.login("bob", options=ONCE), PROMPT)
    login.answer("111111")
    assert login.ended() == 0, login.text


def test_silence_is_no_outage(radius, sshd, syslog):
    """Repeated as the same bytes, and nobody is admitted."""
    radiusserver.put(radius.settings, radius, timeout_ms=3500)
    radius.settings.set(on_outage="allow")
    radius.kind = "silent"
    denied(sshd, syslog, "transient")
    packets = {raw for _, _, raw in radius.asked}
    assert len(radius.asked) == 2 and len(packets) == 1


def test_nobody_listens(radius, sshd, syslog):
    radius.settings.set(on_outage="allow")
    radius.stop()
    denied(sshd, syslog, "transient")


def test_challenge(radius, sshd, syslog):
    radius.kind = "challenge"
    denied(sshd, syslog, "ended")
    syslog.wait_for("Access-Challenge")


@pytest.fixture(params=["", "push"])
def asking(radius, request):
    """A server that asks for the code once it has seen the user."""
    radius.begin = request.param
    radiusserver.put(radius.settings, radius, begin=radius.begin)
    return radius


def test_server_that_leaves_after_its_challenge(
        radius, settings, sshd, syslog):
    """It may have rung a phone: without the code's answer that stays counted, or a
    worker that gives its calls no time for one has it ring without end."""
    radius.begin, radius.leaves = "", True
    over_tls(radius, begin="")
    denied(sshd, syslog, "transient")
    assert [code for _, code, _ in radius.asked] == [""]
    with contextlib.closing(sqlite3.connect(settings.state)) as state:
        assert state.execute("SELECT sum(wrong) FROM guess WHERE source <> "
                             "''").fetchone() == (1,)


def test_a_challenge_that_the_code_answers(asking, sshd, syslog):
    allowed(sshd, syslog)
    assert [code for _, code, _ in asking.asked] == [asking.begin, "111111"]
    states = [asking.attributes(raw).get(24) for _, _, raw in asking.asked]
    assert states[0] is None and len(states[1]) == 16


def test_a_wrong_answer_to_a_challenge(asking, sshd):
    login = at_prompt(sshd.login("alice", options=ONCE), PROMPT)
    login.answer("111112")
    login.prompt("code was wrong")
    login.answer("111111")
    assert login.ended() == 0, login.text
    assert [code for _, code, _ in asking.asked] == [
        asking.begin, "111112", asking.begin, "111111"]


def test_an_accept_without_the_code(asking, sshd, syslog):
    asking.begin, asking.anybody = None, True
    denied(sshd, syslog, "ended")
    assert len(asking.asked) == 1


def test_a_challenge_after_the_challenge(asking, sshd, syslog):
    asking.kind, asking.begin = "challenge", None
    denied(sshd, syslog, "ended")
    assert len(asking.asked) == 2


def test_another_secret(radius, sshd, syslog):
    radius.settings.secret("rad", "x" * 32)
    denied(sshd, syslog, "transient")
    syslog.wait_for("another secret")


@pytest.mark.parametrize("kind", WRONG)
def test_an_accept_that_is_none(radius, sshd, syslog, kind):
    radius.kind = kind
    if kind == "replay":
        denied(sshd, syslog, "transient")
        syslog.clear()
    denied(sshd, syslog, "transient")
    if kind == "none":
        syslog.wait_for("without Message-Authenticator")


def test_sudo(radius, terminals, syslog):
    sudo = terminals.sudo("alice")
    sudo.password()
    sudo.prompt(PROMPT)
    sudo.answer("111111")
    assert sudo.ended() == 0 and "root" in sudo.text, sudo.text
    assert 31 not in radius.attributes(radius.asked[0][2])


def test_tls(radius, sshd, syslog):
    over_tls(radius)
    allowed(sshd, syslog)
    syslog.clear()
    radius.kind = "flip"
    denied(sshd, syslog, "transient", "111112")


@pytest.mark.parametrize("name", ["other_ca", "wrong_host", "expired"])
def test_tls_of_another(radius, sshd, syslog, name):
    radius.settings.set(on_outage="allow")
    over_tls(radius)
    radius.use(radius.certs, name)
    denied(sshd, syslog, "config")
    syslog.wait_for("certificate refused")
    assert not radius.asked


def test_tls_nobody_listens(radius, sshd, syslog):
    radius.settings.set(on_outage="allow")
    over_tls(radius)
    radius.stop()
    denied(sshd, syslog, "transient")


@pytest.fixture
def two_addresses():
    with radiusserver.two_addresses():
        yield


@pytest.mark.usefixtures("two_addresses")
def test_whichever_address_comes_first(radius, sshd, syslog):
    over_tls(radius)
    for code in ("111111", "222222", "333333", "444444", "555555"):
        radius.codes["a.smith"] = code
        syslog.clear()
        allowed(sshd, syslog, code)
