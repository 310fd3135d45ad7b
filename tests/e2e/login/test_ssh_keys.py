# SPDX-License-Identifier: BSD-2-Clause
"""The keys at a prompt: r sends again, v calls, q cancels."""

import pytest

from steps import ONCE, asked, at_prompt, results, wrong

TRANSPORTS = ("spawn", "socket")


def test_early_r_waits(sshd, sim, settings):
    settings.set(limits=None)
    login = at_prompt(sshd.login("alice"))
    login.answer("r")
    login.prompt(r"code: wait [23]\d s, then ask again \(r resend")
    asked(sim, start=1)
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    asked(sim, start=1, check=1)


def test_early_v_waits(sshd, sim, settings):
    settings.set(limits=None)
    login = at_prompt(sshd.login("alice"))
    login.answer("v")
    login.prompt(r"Wait [23]\d s, then")
    asked(sim, start=1)
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    asked(sim, start=1, check=1)
    assert len(sim.messages()) == 1


@pytest.mark.parametrize("key", ["r", "R", " r "])
def test_r_sends_a_new_code(sshd, sim, clock, syslog, key):
    login = at_prompt(sshd.login("alice"))
    old = sim.code("alice")
    clock.advance(31)
    login.answer(key)
    prompt = login.prompt("new one sent")
    assert "code: new one sent to +44 ***-***-0100 by SMS (r resend," in prompt
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0
    asked(sim, start=2, check=1, control=1)
    assert sim.code("alice") != old
    line = syslog.login_line(user="alice", outcome="allowed")
    assert line["request"] == sim.requests("check")[0]["fields"]["request_id"]


def test_old_code_no_longer_counts(sshd, sim, clock):
    login = at_prompt(sshd.login("alice"))
    old = sim.code("alice")
    clock.advance(31)
    login.answer("r")
    login.prompt("code: new one sent")
    login.answer(old)
    login.prompt("code was wrong, 2 tries left")
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0
    asked(sim, start=2, check=2, control=1)


def test_wrong_codes_outlive_the_code(sshd, sim, syslog, clock):
    """The vendor counts anew for each code; we do not."""
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    login.answer(wrong(code))
    login.prompt("2 tries left")
    login.answer(wrong(code, 2))
    login.prompt("1 try left")
    clock.advance(31)
    login.answer("r")
    login.prompt("code: new one sent")
    login.answer(wrong(sim.code("alice", nth=2)))
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "wrong-codes"
    asked(sim, start=2, check=3, control=1)


def test_default_wait_is_30_s(sshd, sim, settings, clock):
    settings.set(limits=None)
    login = at_prompt(sshd.login("alice"))
    clock.advance(20)
    login.answer("r")
    login.prompt(r"Wait (1[0-2]|[5-9]) s, then")
    asked(sim, start=1)
    clock.advance(12)
    login.answer("r")
    login.prompt("code: new one sent")
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0


def test_second_wait_is_longer(sshd, sim, settings, clock):
    settings.set(limits={"resend_wait": [30, 60]})
    login = at_prompt(sshd.login("alice"))
    clock.advance(32)
    login.answer("r")
    login.prompt("code: new one sent")
    clock.advance(32)
    login.answer("r")
    login.prompt(r"Wait (2\d|30) s, then")
    asked(sim, start=2, control=1)
    clock.advance(31)
    login.answer("r")
    login.prompt("code: new one sent")
    login.answer(sim.code("alice", nth=3))
    assert login.ended() == 0
    asked(sim, start=3, check=1, control=2)


def test_v_calls(sshd, sim, clock, syslog):
    login = at_prompt(sshd.login("alice"))
    clock.advance(31)
    login.answer("v")
    prompt = login.prompt("calling")
    assert prompt.endswith("Verification code: calling +44 ***-***-0100 now "
                           "(r call again, q cancel): ")
    call = sim.wait_messages(2, "alice")[1]
    assert call["channel"] == "voice"
    login.answer(call["code"])
    assert login.ended() == 0
    assert syslog.login_line(outcome="allowed")["method"] == "voice"
    assert [r["fields"]["workflow_id"] for r in sim.requests("start")] == [
        "6", "7"]
    asked(sim, start=2, check=1, control=1)


def test_no_v_without_the_channel(sshd, sim, settings, clock):
    settings.user("alice", channels=["sms"])
    login = sshd.login("alice")
    login.password()
    line = login.prompt("Verification code sent")
    assert line.endswith("(r resend, q cancel): ")
    clock.advance(31)
    login.answer("v")
    login.prompt(r"that key does not work here \(r resend, q cancel")
    asked(sim, start=1)
    login.answer(sim.code("alice"))
    assert login.ended() == 0


def test_keys_that_come_too_late_are_not_named(sshd, sim, settings, pam):
    settings.set(limits={"resend_wait": [30]})
    pam.args(deadline=20)
    login = sshd.login("alice")
    login.password()
    line = login.prompt("Verification code sent")
    assert line.endswith("by SMS (q cancel): ")
    login.answer("r")
    login.prompt("that key does not work here")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    asked(sim, start=1, check=1)


def test_refused_cancel_keeps_the_old_code(sshd, sim, clock):
    login = at_prompt(sshd.login("alice"))
    clock.set(31)  # by our clock alone: the vendor's says no
    login.answer("r")
    login.prompt(r"Wait (2\d|30) s, then")
    assert results(sim, "control") == ["19"]
    login.answer("r")
    login.prompt(r"Wait (2\d|30) s, then")
    asked(sim, start=1, control=1)
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    asked(sim, start=1, check=1, control=1)
    assert len(sim.messages()) == 1


def test_unanswered_cancel_starts_nothing(sshd, sim, clock):
    login = at_prompt(sshd.login("alice"))
    clock.advance(31)
    sim.fault("cancel", "close", when="before")
    login.answer("r")
    login.prompt(r"Wait \d+ s, then")
    asked(sim, start=1, control=1)
    login.answer(sim.code("alice"))
    assert login.ended() == 0


def test_cancelled_but_not_started_again(sshd, sim, clock, syslog):
    login = at_prompt(sshd.login("alice", options=ONCE))
    old = sim.code("alice")
    clock.advance(31)
    sim.fault("start", "html502", when="before")
    login.answer("r")
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["outcome"] == "denied"
    asked(sim, start=2, control=1)
    assert sim.code("alice") == old


def test_early_q_leaves_the_code_usable(sshd, sim, syslog):
    login = at_prompt(sshd.login("alice", options=ONCE))
    login.answer("q")
    assert login.ended() != 0
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"]) == ("denied", "cancelled")
    assert results(sim, "control") == ["19"]
    again = at_prompt(sshd.login("alice"), "already sent")
    again.answer(sim.code("alice"))
    assert again.ended() == 0
    asked(sim, start=1, check=1, control=1)


@pytest.mark.parametrize("key", ["q", "Q"])
def test_late_q_cancels(sshd, sim, clock, key):
    login = at_prompt(sshd.login("alice", options=ONCE))
    old = sim.code("alice")
    clock.advance(31)
    login.answer(key)
    assert login.ended() != 0
    assert results(sim, "control") == ["0"]
    again = at_prompt(sshd.login("alice"))
    again.answer(old)
    again.prompt("code was wrong, 2 tries left")
    again.answer(sim.code("alice", nth=2))
    assert again.ended() == 0
    asked(sim, start=2, check=2, control=1)


def test_q_does_not_cancel_what_another_joined(sshd, sim, clock):
    first = at_prompt(sshd.login("alice", options=ONCE))
    second = at_prompt(sshd.login("alice"), "already sent")
    clock.advance(31)
    first.answer("q")
    assert first.ended() != 0
    asked(sim, start=1)
    second.answer(sim.code("alice"))
    assert second.ended() == 0


def test_q_does_not_cancel_what_another_started(sshd, sim, clock):
    first = at_prompt(sshd.login("alice"))
    second = at_prompt(sshd.login("alice", options=ONCE), "already sent")
    clock.advance(31)
    second.answer("q")
    assert second.ended() != 0
    asked(sim, start=1)
    first.answer(sim.code("alice"))
    assert first.ended() == 0


def test_expired_code_is_renewed_once(sshd, sim, clock, syslog):
    login = at_prompt(sshd.login("alice"))
    old = sim.code("alice")
    clock.advance(301)
    login.answer(old)
    login.prompt(r"code expired; new one sent to \+44 .*0100 by SMS \(")
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0
    assert len(sim.requests("start")) == 2 and len(sim.messages()) == 2
    assert syslog.login_line(user="alice")["outcome"] == "allowed"
