# SPDX-License-Identifier: BSD-2-Clause
"""States that logins have left behind: what explain says of each, and what the
next login then meets. Both stand in the table, so that a decision which changes
for both alike is seen."""

import contextlib
import json
import os
import signal

import pytest

import leftovers
from sshserver import free_port
from steps import wrong
from twilioapp import PushPhone

TRANSPORTS = ("spawn", "socket")

FAR = "192.0.2.7"
SENT = "Verification code sent"
PUSH = "twilio-push"


class Rig:
    """Two providers of codes, first and second, and logins from afar."""

    def __init__(self, settings, sim, quick, admin, clock):
        self.settings, self.sim, self.clock = settings, sim, clock
        self.quick, self.admin = quick, admin
        given = settings.keys["providers"][0]
        self.first = dict(given, name="first", api_key="first")
        self.second = dict(given, name="second", api_key="second")
        self.order(self.first, self.second)

    def order(self, *providers):
        self.settings.set(providers=list(providers))

    def login(self):
        return self.quick.login(rhost=FAR)

    def starts(self):
        """Whom each of them asked: by the key of who sends codes."""
        return [PUSH if request["provider"] == PUSH else request["key"]
                for request in self.sim.requests()
                if request["endpoint"] == "start"]


def nothing(rig):
    pass


def at_second(rig):
    """The code is there, and the settings name first before it by now."""
    rig.order(rig.second, rig.first)
    login = rig.login()
    login.prompt("Verification code sent")
    login.hang_up()
    rig.order(rig.first, rig.second)


def at_second_by_sms(rig):
    """So old that the provider lets go of it."""
    at_second(rig)
    rig.clock.advance(31)
    rig.settings.set(rules=[{"methods": ["voice"], "action": "require"}])


def killed(rig):
    """In the middle of a start, of which nobody knows what became."""
    rig.sim.fault("start", "hang", when="before", ms=3000)
    login = rig.login()
    rig.sim.wait_requests(1)
    for pid in leftovers.helpers():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert login.ended() != 0


def first_dead(rig):
    dead = "https://localhost:%d" % free_port()
    rig.order(dict(rig.first, base_url=dead), rig.second)
    rig.quick.right(rig.quick.login("bob", rhost=FAR), "bob")


def spent(rig):
    """Wrong codes, and a phone that could be asked."""
    PushPhone(rig.settings, rig.sim).record(channels=["sms", "push"])
    login = rig.login()
    login.prompt("Verification code sent")
    code = wrong(rig.sim.code("alice"))
    for left in ("2 tries", "1 try"):
        login.answer(code)
        login.prompt("code was wrong, %s left" % left)
    login.answer(code)
    assert login.ended() != 0


def limit(rig):
    """The phone's messages are used up, and an app could be asked."""
    PushPhone(rig.settings, rig.sim).record(channels=["sms", "push"])
    rig.settings.set(limits={"answered_per_number_day": 1})
    rig.quick.right(rig.login())


def push_dead(rig, on_outage="deny", words="could not be asked"):
    """No phone, an app to approve in, and its provider is out of reach."""
    phone = PushPhone(rig.settings, rig.sim)
    push = rig.settings.keys["providers"][-1]
    rig.settings.set(on_outage=on_outage)
    rig.order(rig.first, dict(push, base_url="https://localhost:%d"
                              % free_port()))
    phone.record(channels=["push"], phone=None)
    rig.admin.codes(count=1)
    rig.login().prompt(words)


def push_dead_codes(rig):
    """An outage never spares recovery codes."""
    push_dead(rig, "allow", "ecovery code")


def killed_then_dead(rig):
    """One is out of reach, and the other was not asked: no outage of all."""
    killed(rig)
    rig.settings.set(on_outage="allow")
    rig.order(rig.first, dict(rig.second, base_url="https://localhost:%d"
                              % free_port()))


# state: what explain says, the login's first words, whom it has start one
STATES = {
    "nothing": (nothing, {"ask": "send", "method": "sms",
                          "provider": "first"}, SENT, ["first"]),
    "elsewhere": (at_second, {"ask": "join", "method": "sms",
                              "provider": "second"}, "already sent", []),
    "elsewhere by another method": (
        at_second_by_sms, {"ask": "send", "method": "voice",
                           "provider": "first"}, "calling", ["first"]),
    "killed": (killed, {"ask": "send", "method": "sms",
                        "provider": "second"}, SENT, ["second"]),
    "passed over": (first_dead, {"ask": "send", "provider": "second",
                                 "outage": ""}, SENT, ["second"]),
    "spent": (spent, {"ask": "denied", "reason": "spent"}, None, []),
    "limit": (limit, {"ask": "push", "provider": "push",
                      "limit": "answered_per_number_day"},
              "Approve on your phone", [PUSH]),
    "push out of reach": (
        push_dead, {"ask": "push", "outage": "denied"},
        "could not be asked", []),
    "push out of reach, codes left": (
        push_dead_codes, {"ask": "push", "outage": "recovery"},
        "ecovery code", []),
    "killed, then out of reach": (
        killed_then_dead, {"ask": "send", "provider": "second"}, None, []),
}


@pytest.fixture(params=STATES)
def state(request, settings, sim, quick, admin, clock):
    rig = Rig(settings, sim, quick, admin, clock)
    prepare, said, words, starts = STATES[request.param]
    prepare(rig)
    return rig, said, words, starts


def test_explained(state):
    rig, said = state[:2]
    found = json.loads(rig.admin.run("explain", "alice", "sshd", FAR,
                                     "--json")[1])
    assert {key: found[key] for key in said} == said


def test_met(state, syslog):
    rig, _, words, starts = state
    before = len(rig.starts())
    requests = len(rig.sim.requests())
    complaints = len([line for line in syslog.lines()
                      if "provider first: start: transient" in line])
    login = rig.login()
    if words is None:
        assert login.ended() != 0
        assert len(rig.sim.requests()) == requests
    else:
        login.prompt(words)
    assert rig.starts()[before:] == starts
    assert len([line for line in syslog.lines()
                if "provider first: start: transient" in line]) == complaints
