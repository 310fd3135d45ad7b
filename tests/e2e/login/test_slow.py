# SPDX-License-Identifier: BSD-2-Clause
"""A wait of more than two seconds says what it waits for, where a line is
shown at once; a shorter one says nothing, and ssh shows no line too late."""

import re
import time

import pytest

from ctl import typed
from steps import at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

SENDING = "Sending the code \\.\\.\\."
CHECKING = "Checking the code \\.\\.\\."
OTHER = "Waiting for another login that sends a code to your number"
CHECKED = "Waiting for another login, whose code is being checked"
PROMPT = "Verification code (?:already )?sent"


def begin(terminals, service, user="alice"):
    login = (terminals.sudo(user) if service == "sudo" else
             terminals.su("bob", user) if service == "su" else
             terminals.run("/usr/bin/pamtester", "--", service, user,
                           "authenticate", password_of=user))
    login.password()
    return login


@pytest.mark.parametrize("service", ["sudo", "su", "login", "sshd"])
def test_sending_and_checking(terminals, sim, service):
    for call in ("start", "check"):
        sim.fault(call, "delay", ms=2600)
    login = begin(terminals, service)
    if service != "sshd":
        login.expect(SENDING)
    login.prompt(PROMPT)
    login.answer(sim.code("alice"))
    if service != "sshd":
        login.expect(CHECKING)
    assert login.ended() == 0, login.text
    said = [len(re.findall(words, login.text)) for words in (SENDING, CHECKING)]
    assert said == ([0, 0] if service == "sshd" else [1, 1]), login.text


def test_quick(terminals, sim):
    """A broker that met a moment without settings is started again a second
    later: that and the provider's time are still less than two."""
    sim.fault("start", "delay", ms=700)
    login = begin(terminals, "sudo")
    login.prompt(PROMPT)
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert "..." not in login.text, login.text


def test_another_s_slow_start(terminals, sim):
    sim.fault("start", "delay", ms=4500)
    first = begin(terminals, "sudo")
    sim.wait_requests(1)
    second = begin(terminals, "sudo")
    second.expect(OTHER)
    second.prompt(PROMPT)
    first.prompt(PROMPT)
    assert second.text.count("Waiting for") == 1
    assert len(sim.messages()) == 1


def test_a_code_while_another_message_is_sent(terminals, settings, sim):
    """The code is checked once that login has a message, or has none."""
    settings.set(limits={"resend_wait": [1]})
    first, second = begin(terminals, "sudo"), begin(terminals, "sudo")
    for login in (first, second):
        login.prompt(PROMPT)
    code = sim.code("alice")
    sim.fault("cancel", "delay", ms=4500)
    asked = len(sim.requests())
    time.sleep(3)  # resend_wait, and its margin
    first.answer("r")
    sim.wait_requests(asked + 1)
    second.answer(code)
    second.expect(OTHER)
    first.prompt("Verification code")  # Vonage cancels none so early
    assert second.ended() == 0, second.text
    assert second.text.count("Waiting for") == 1


def test_a_lock_that_another_may_end(terminals, settings, sim):
    """Whose code is being checked: if it is right, nothing is locked."""
    settings.set(limits={"lock_after": 2, "lock_after_total": 2})
    logins = [begin(terminals, "sudo") for _ in range(3)]
    for login in logins:
        login.prompt(PROMPT)
    code = sim.code("alice")
    sim.fault("check", "delay", ms=4500)
    asked = len(sim.requests())
    logins[0].answer(code)
    sim.wait_requests(asked + 1)
    logins[1].answer(wrong(code))
    logins[2].answer(code)
    logins[2].expect(CHECKED)
    assert logins[0].ended() == 0, logins[0].text
    logins[2].expect("used by another login|not accepted")
    assert logins[2].text.count("Waiting for") == 1


def test_enroll(terminals, settings, sim):
    """Root's commands say so as well."""
    del settings
    sim.fault("start", "delay", ms=2600)
    asked = typed(terminals, "enroll", "carol", "+447700900300")
    asked.expect(SENDING)
    asked.prompt(PROMPT)
    asked.answer(sim.code("carol"))
    assert asked.ended() == 0, asked.text


def test_a_decoy_is_as_slow(terminals, sim):
    """Who is not enrolled reads the same lines, at the same time."""
    sim.fault("start", "delay", ms=2600, count=0)
    for _ in range(3):
        real = at_prompt(terminals.sudo("alice"), PROMPT)
        real.answer(sim.code("alice"))
        assert real.ended() == 0
    decoy = begin(terminals, "login", "carol")
    decoy.expect(SENDING)
    decoy.prompt(PROMPT)
