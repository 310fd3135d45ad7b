# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of a login whose provider's broker ends, or is replaced, while a
RADIUS server thinks."""

import os
import signal
import time

import pytest

import leftovers
import radiusserver
from steps import ONCE, at_prompt

TRANSPORTS = ("socket",)

PROMPT = "Verification code of your app"


@pytest.fixture(params=["udp", "tls"])
def radius(request, settings, sim):
    settings.set(on_outage="allow")
    with radiusserver.beside(settings, sim, request.param,
                             timeout_ms=8000) as one:
        yield one


def broker(warm):
    found, = warm.brokers("--provider-broker")
    return found


def waits(radius, sshd):
    """A login whose code the server has, and keeps silent about."""
    radius.kind = "silent"
    login = at_prompt(sshd.login("alice", options=ONCE), PROMPT)
    login.answer("111111")
    end = time.monotonic() + 10
    while not radius.asked and time.monotonic() < end:
        time.sleep(0.02)
    assert radius.asked
    return login


def test_it_is_killed_while_it_waits(radius, warm, sshd, syslog):
    """An answer that comes then is nobody's; the next login is as ever."""
    login = waits(radius, sshd)
    before = broker(warm)
    os.kill(before, signal.SIGKILL)
    assert leftovers.wait_gone(before, 10)
    assert login.ended() != 0, login.text
    assert syslog.login_line(user="alice")["outcome"] == "denied"
    radius.kind = None
    login = at_prompt(sshd.login("bob", options=ONCE), PROMPT)
    login.answer("222222")
    assert login.ended() == 0, login.text


def test_another_server_while_it_waits(radius, warm, sim, sshd, syslog):
    """The record's account is one of the server that it names: another one may
    have the same name for another person."""
    other = radiusserver.Radius(sim.certs)
    other.codes = {"a.smith": "333333"}
    try:
        login = at_prompt(sshd.login("alice", options=ONCE), PROMPT)
        before = broker(warm)
        keys = radius.settings.keys["providers"][0]
        tls = keys["base_url"].startswith("tls")
        radius.settings.set(providers=[
            dict(keys, base_url=other.tls if tls else other.udp)])
        assert leftovers.wait_gone(before, 30)
        login.answer("333333")
        assert login.ended() != 0, login.text
        assert syslog.login_line(user="alice")["outcome"] == "denied"
        assert not other.asked
    finally:
        other.stop()


def test_silence_is_no_outage(radius, warm, sshd, syslog):
    login = waits(radius, sshd)
    assert login.ended() != 0, login.text
    assert syslog.login_line(user="alice")["reason"] == "transient"


def test_two_logins_at_once(radius, warm, sshd):
    """Each answer is for its own request, whatever their order."""
    first = at_prompt(sshd.login("alice", options=ONCE), PROMPT)
    second = at_prompt(sshd.login("bob", options=ONCE), PROMPT)
    second.answer("222222")
    first.answer("222222")
    first.prompt("code was wrong")
    assert second.ended() == 0, second.text
    first.answer("111111")
    assert first.ended() == 0, first.text
