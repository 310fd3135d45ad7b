# SPDX-License-Identifier: BSD-2-Clause
"""Pushes whose provider's broker ends before it has said what became of them."""

import os
import signal

import leftovers
from twilioapp import PushPhone

TRANSPORTS = ("socket",)

ASKED = r"Approve on your phone \(number \d\d\), then press Enter \("


def test_the_next_provider_sends_another(settings, sim, warm, quick, syslog):
    """Counted on its own, as nobody says that the first one was sent."""
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
    login.prompt(ASKED)
    phone.shown()
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0, login.text
    assert quick.line("alice", outcome="allowed")["provider"] == "second"
