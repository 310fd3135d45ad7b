# SPDX-License-Identifier: BSD-2-Clause
"""A provider that fails, at the start and at the check, where one login does
not tell all: requests that may be repeated, other people's replies, an outage,
what the next login finds. Single faults are rows of matrix.py."""

import pytest

from quick import other

TRANSPORTS = ("spawn", "socket")


@pytest.fixture(autouse=True)
def short(settings):
    settings.provider(timeout_ms=900)


def asked(sim):
    """How many starts and checks the provider saw."""
    return len(sim.requests("start")), len(sim.requests("check"))


def fails_at_start(quick, sim, reason="transient", starts=1):
    login = quick.login()
    assert login.ended() != 0
    assert "Verification code sent" not in login.text
    line = quick.line("alice", outcome="denied")
    assert line["reason"] == reason
    assert asked(sim) == (starts, 0)
    return login


def fails_at_check(quick, sim, checks=1):
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert login.ended() != 0
    line = quick.line("alice", outcome="denied")
    assert asked(sim) == (1, checks)
    return line


def test_delay_within_the_timeout(quick, sim, settings):
    # The others' timeout leaves 600 ms to TLS: too little on a busy machine.
    settings.provider(timeout_ms=5000)
    sim.fault("start", "delay", ms=300)
    sim.fault("check", "delay", ms=300)
    line = quick.right(quick.login())
    assert int(line["start_ms"]) >= 300 and int(line["check_ms"]) >= 300
    assert asked(sim) == (1, 1)


def test_throttled_start_is_sent_once_more(quick, sim):
    sim.fault("start", "throttle", retry_after="1")
    quick.right(quick.login())
    assert asked(sim) == (2, 1) and len(sim.messages()) == 1


def test_start_throttled_for_ever(quick, sim):
    sim.fault("start", "throttle", count=0, retry_after="1")
    fails_at_start(quick, sim, "throttle", starts=2)
    assert not sim.messages()


def test_throttled_start_is_no_outage(quick, settings, sim):
    settings.set(on_outage="allow")
    sim.fault("start", "throttle", count=0, retry_after="1")
    fails_at_start(quick, sim, "throttle", starts=2)


def test_throttled_check_is_sent_once_more(quick, sim):
    sim.fault("check", "throttle", retry_after="1")
    quick.right(quick.login())
    assert asked(sim) == (1, 2)


def test_check_throttled_for_ever(quick, sim):
    sim.fault("check", "throttle", count=0, retry_after="1")
    assert fails_at_check(quick, sim, checks=2)["reason"] == "throttle"


def test_replayed_start(quick, sim):
    """The answer to bob's start, for alice: its id is not hers, and bob's
    code must not let her in."""
    bob = quick.login("bob")
    bob.prompt("Verification code sent")
    sim.fault("start", "replay")
    alice = quick.login()
    assert alice.ended() != 0
    said = {"number-busy": "Another verification to your number is open",
            # of a provider's broker, which knows the reply
            "transient": "The code could not be sent"}
    line = quick.line("alice", outcome="denied")
    assert said[line["reason"]] in alice.text
    bob.answer(sim.code("bob"))
    assert bob.ended() == 0
    again = quick.login()
    assert again.ended(timeout=5) != 0, "waits for a start that is over"


def test_replayed_check(quick, sim):
    """A wrong code's answer again, for the right code."""
    login = quick.login()
    login.prompt("Verification code sent")
    code = sim.code("alice")
    login.answer(other(code))
    login.prompt("code was wrong, 2 tries left")
    sim.fault("check", "replay")
    login.answer(code)
    login.prompt("code was wrong, 1 try left")
    assert asked(sim) == (1, 2)
    login.hang_up()


def test_start_reply_again(quick, sim):
    """The start's own answer, for a wrong code: Verify v1 says "begun" and
    "right" in the same words."""
    login = quick.login()
    login.prompt("Verification code sent")
    sim.fault("check", "replay")
    login.answer(other(sim.code("alice")))
    assert login.ended() != 0
    quick.line("alice", outcome="denied")
    assert asked(sim) == (1, 1)


def test_a_broken_start_is_an_outage(quick, settings, sim, syslog):
    settings.set(on_outage="allow")
    sim.fault("start", "empty503")
    assert quick.login().ended() == 0
    assert quick.line("alice", outcome="allowed")["reason"] == "outage"
    assert asked(sim) == (1, 0)
    syslog.wait_for("admitted without a code")


def test_a_broken_check_is_never_an_outage(quick, settings, sim):
    settings.set(on_outage="allow")
    sim.fault("check", "empty503")
    fails_at_check(quick, sim)


def test_wrong_code_after_a_broken_check_counts(quick, sim):
    """The login that met the fault has used one of the code's tries."""
    sim.fault("check", "html502", when="before")
    fails_at_check(quick, sim)
    login = quick.login()
    login.prompt("already sent")
    login.answer(other(sim.code("alice")))
    login.prompt("code was wrong, 1 try left")
    login.hang_up()


def test_the_next_login_does_not_send_after_an_unknown_start(quick, sim):
    sim.fault("start", "close", when="after")
    fails_at_start(quick, sim)
    login = quick.login()
    assert login.ended() != 0
    assert asked(sim) == (1, 0)
