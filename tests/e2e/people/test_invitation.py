# SPDX-License-Identifier: BSD-2-Clause
"""While an invitation is open nothing with a code goes to the user's phone,
which may be lost, and the prompt says so."""

import json
import time

import pytest

from app import enrol
from ctl import done
from twilioapp import PushPhone

TRANSPORTS = ("spawn", "socket")

HELD = "[Nn]o message is sent while an invitation is open"
NONE = "Verification code: none is sent while an invitation is open"


def invite(admin, user="alice"):
    text = admin.do("code", user, "--invite", "--hours", "2", "--why", "lost",
                    "--json")
    return json.loads(text.splitlines()[0])["code"]


def test_no_made_up_number(quick, admin, settings, syslog):
    """Who has no phone gets no message: the log has no number."""
    del settings
    code = invite(admin, "carol")
    login = quick.login("carol")
    login.prompt("code")
    used(login, code)
    line = syslog.login_line(user="carol")
    assert line["outcome"] == "allowed" and "number" not in line, line


def used(login, code):
    login.answer(code)
    assert login.ended() == 0, login.text


@pytest.mark.parametrize("key", ["r", "v"])
def test_another_message(quick, admin, settings, sim, syslog, key):
    settings.set(limits={"resend_wait": [1]})
    login = quick.login()
    login.prompt("Verification code sent")
    code = invite(admin)
    time.sleep(3)  # resend_wait, and its margin
    login.answer(key)
    login.prompt(NONE)
    login.answer(key)
    login.prompt("that key does not work here")
    assert len(sim.requests()) == 1
    syslog.wait_for("alice gets no codes for .* s, as an invitation is open")
    used(login, code)


@pytest.mark.parametrize("first", ["totp", "sms"])
def test_beside_an_app(quick, admin, settings, clock, sim, first):
    enrol(settings, clock, channels=sorted(["totp", "sms"],
                                           key=lambda m: m != first))
    code = invite(admin)
    login = quick.login()
    if first == "totp":
        login.prompt("Verification code of your app")
        login.answer("r")
    login.prompt("Verification code of your app; " + HELD)
    assert not sim.requests()
    used(login, code)


@pytest.fixture
def phone(settings, sim):
    return PushPhone(settings, sim)


def test_no_push(phone, quick, admin, sim):
    """Nor the message that would follow it."""
    del phone
    before = len(sim.requests())
    code = invite(admin)
    login = quick.login()
    login.prompt(HELD)
    assert len(sim.requests()) == before
    used(login, code)


def test_no_push_by_a_key(phone, quick, admin, sim):
    phone.record(channels=["sms", "push"])
    before = len(sim.requests())
    login = quick.login()
    login.prompt("Verification code sent")
    code = invite(admin)
    login.answer("p")
    login.prompt("Verification code sent.*; " + HELD)
    assert len(sim.requests()) == before + 1
    used(login, code)


def test_no_push_and_no_other_factor(phone, quick, admin, settings, sim):
    """Where the rule takes no typed code, the end says why."""
    phone.record(channels=["push"])
    settings.set(rules=[{"methods": ["push"]}])
    before = len(sim.requests())
    invite(admin)
    login = quick.login(service="sudo")
    login.expect(HELD)
    assert login.ended() != 0, login.text
    assert len(sim.requests()) == before


def test_of_who_was_never_enrolled(admin, settings):
    """There is no record to replace, and no phone to be spared."""
    out = admin.do("code", "carol", "--invite", "--hours", "2", "--why", "new")
    assert out.endswith(": twofactl enroll carol PHONE\n"), out
    out = admin.do("code", "alice", "--invite", "--hours", "2", "--why", "x")
    assert "twofactl enroll alice PHONE --replace\n" in out, out
    assert out.endswith("no message goes to a phone.\n")
    del settings


def test_what_an_admin_reads(admin, settings):
    del settings
    invite(admin)
    assert "no message is sent before an invitation is used" in done(
        "explain", "alice", "sshd")
    assert "an invitation is open" in done("status", "alice")


def test_self_asks_who_used_it(quick, admin, sim):
    """Used for a login, it holds nothing back: else nobody could enrol who has
    the old phone's number on a new one."""
    used_by = quick.login
    code = invite(admin)
    login = used_by()
    login.prompt("Recovery code")
    used(login, code)
    quick.right(used_by())
    assert len(sim.messages()) == 1
