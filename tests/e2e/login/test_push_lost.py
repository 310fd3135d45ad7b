# SPDX-License-Identifier: BSD-2-Clause
"""Pushes of which nobody knows what became, and what the next provider's costs."""

import contextlib
import os
import signal
import sqlite3

from twilioapp import PushPhone

TRANSPORTS = ("socket",)

ASKED = r"Approve on your phone \(number \d\d\), then press Enter \("


def approve(login, phone):
    login.prompt(ASKED)
    phone.shown()
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0, login.text


def test_the_next_provider_sends_another(settings, sim, warm, quick):
    """The first one's broker ends: counted on its own, as nobody says that the
    first push was sent."""
    phone = PushPhone(settings, sim)
    first, push = settings.keys["providers"]
    settings.set(providers=[first, push, dict(push, name="second")])
    phone.record(channels=["push"], phone=None)
    sim.fault("start", "hang", provider="twilio-push", when="before", ms=8000)
    login = quick.login()
    sim.wait_requests(1)
    found, = [pid for pid in warm.brokers("--provider-broker")
              if open("/proc/%d/cmdline" % pid, "rb").read().split(b"\0")[2]
              == b"1"]
    os.kill(found, signal.SIGKILL)
    approve(login, phone)
    assert quick.line("alice", outcome="allowed")["provider"] == "second"


def test_one_push_for_three_providers(settings, sim, warm, quick):
    """The first one may have sent it, the second one is out of reach."""
    phone = PushPhone(settings, sim)
    first, push = settings.keys["providers"]
    settings.set(limits={"push_per_hour": 1}, providers=[
        first, push, dict(push, name="dead", base_url="https://localhost:1"),
        dict(push, name="third")])
    phone.record(channels=["push"], phone=None)
    sim.fault("start", "close_after_read", provider="twilio-push")
    login = quick.login()
    approve(login, phone)
    assert quick.line("alice", outcome="allowed")["provider"] == "third"
    with contextlib.closing(sqlite3.connect(settings.state)) as state:
        assert state.execute("SELECT count(*) FROM send").fetchone() == (1,)
