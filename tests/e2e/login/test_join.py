# SPDX-License-Identifier: BSD-2-Clause
"""One verification for all logins of a user: reconnects, logins side by side,
one count of wrong codes, one admission for a code."""

import contextlib
import os
import re
import signal

import pytest

import leftovers
import sshparts
from steps import (ONCE, ONE_MESSAGE, answer_all, asked, at_prompt, results,
                   wrong)
from terminal import ENDS as LAST

TRANSPORTS = ("spawn", "socket")

SENT_AGO = (r"Verification code already sent to \+44 \*\*\*-\*\*\*-0100 by SMS "
            r"\d+ s ago \(")

WAIT = r": wait \d+ s, then ask again \(r resend"
TAKEN = "used by another login" + WAIT


def only_helper():
    found = leftovers.helpers()
    assert len(found) == 1, found
    return found[0]


def ctrl_c(login, server):
    login.sendintr()


def client_dies(login, server):
    login.hang_up()


def kill(mark):
    def killed(login, server):
        os.kill(sshparts.part_of(server, mark), signal.SIGKILL)
    return killed


def sshd_dies(login, server):
    """The listener and all parts of the connection, at one stroke."""
    doomed = [sshparts.part_of(server, mark)
              for mark in ("[priv]", "[net]", "[pam]")]
    for pid in [server.pid] + doomed:
        with contextlib.suppress(ProcessLookupError):  # one ends with another
            os.kill(pid, signal.SIGKILL)


ENDS = {"Ctrl-C": ctrl_c, "client killed": client_dies,
        "priv killed": kill("[priv]"), "net killed": kill("[net]"),
        "pam killed": kill("[pam]"), "sshd killed": sshd_dies}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_reconnect_joins(sshd, sim, end):
    server = sshd.start()
    login = at_prompt(server.login("alice", options=ONCE))
    code = sim.code("alice")
    helper = only_helper()
    end(login, server)
    assert leftovers.wait_gone(helper, 5), "the helper outlives its login"
    again = at_prompt(sshd.login("alice"), SENT_AGO)
    asked(sim, start=1)
    again.answer(code)
    assert again.ended() == 0 and "alice" in again.text
    asked(sim, start=1, check=1)
    assert len(sim.messages()) == 1


def test_listener_killed_alone(sshd, sim):
    """A connection goes on without its listener."""
    server = sshd.start()
    login = at_prompt(server.login("alice"))
    os.kill(server.pid, signal.SIGKILL)
    login.answer(sim.code("alice"))
    assert login.ended() == 0


def test_wrong_codes_are_remembered(sshd, sim):
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    helper = only_helper()
    login.hang_up()
    assert leftovers.wait_gone(helper, 5)
    again = at_prompt(sshd.login("alice"), SENT_AGO)
    again.answer(wrong(code, 3))
    assert again.ended() != 0
    assert len(sim.requests("start")) == 1
    assert len(sim.requests("check")) == 3


def test_gone_during_the_start(sshd, sim):
    """The reply of a start is kept although nobody waits for it."""
    sim.fault("start", "delay", ms=700)
    login = sshd.login("alice", options=ONCE)
    login.password()
    sim.wait_requests(1)
    login.hang_up()
    again = at_prompt(sshd.login("alice"), SENT_AGO)
    again.answer(sim.code("alice"))
    assert again.ended() == 0
    asked(sim, start=1, check=1)


def test_second_login_waits_for_the_start_of_the_first(sshd, sim):
    sim.fault("start", "delay", ms=700)
    first = sshd.login("alice", options=ONCE)
    first.password()
    sim.wait_requests(1)
    second = at_prompt(sshd.login("alice"), SENT_AGO)
    first.prompt("Verification code sent")
    second.answer(sim.code("alice"))
    assert second.ended() == 0
    asked(sim, start=1, check=1)


def test_two_logins_one_code(sshd, sim, settings, syslog):
    settings.set(limits=ONE_MESSAGE)
    logins = [at_prompt(sshd.login("alice", options=ONCE),
                        r"code (already )?sent") for _ in range(2)]
    code = sim.code("alice")
    for login in logins:
        login.answer(code)
    ends = [login.expect([TAKEN, "\r\nalice\r"]) for login in logins]
    assert sorted(ends) == [0, 1]
    logins[ends.index(0)].answer("q")
    assert sorted(login.ended() for login in logins) == [0, 255]
    assert sum(login.text.count("\nalice\r") for login in logins) == 1
    assert sorted(line["outcome"] for line in syslog.logins()) == [
        "allowed", "denied"]
    assert len(sim.requests("start")) == 1 and len(sim.messages()) == 1
    assert results(sim, "check").count("0") == 1


def test_one_after_the_other_with_the_same_code(sshd, sim):
    first = at_prompt(sshd.login("alice"))
    second = at_prompt(sshd.login("alice", options=ONCE), SENT_AGO)
    code = sim.code("alice")
    first.answer(code)
    assert first.ended() == 0
    for follows in (TAKEN, WAIT):
        second.answer(code)
        second.prompt(follows)
    asked(sim, start=1, check=1)
    second.answer("q")
    assert second.ended() != 0


def test_used_code_opens_nothing_later(sshd, sim):
    first = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    first.answer(code)
    assert first.ended() == 0
    later = at_prompt(sshd.login("alice"))
    later.answer(code)
    later.prompt("code was wrong, 2 tries left")
    later.answer(sim.code("alice", nth=2))
    assert later.ended() == 0
    asked(sim, start=2, check=3)


def test_eight_logins_one_code(sshd, sim, syslog):
    logins = [sshd.login("alice", options=ONCE) for _ in range(8)]
    for login in logins:
        login.password()
    for login in logins:
        login.prompt(r"code (already )?sent")
    code = sim.code("alice")
    for login in logins:
        login.answer(code)
    for login in logins:
        # while three are checked there is no try left for a fourth
        found = login.expect([TAKEN, LAST, "\r\nalice\r"])
        if found < 2:
            login.answer("q" if found == 0 else "")
    ends = sorted(login.ended() for login in logins)
    assert ends == [0] + [255] * 7
    outcomes = sorted(line["outcome"] for line in syslog.logins())
    assert outcomes == ["allowed"] + ["denied"] * 7
    assert len(sim.requests("start")) == 1 and len(sim.messages()) == 1
    assert results(sim, "check").count("0") == 1
    assert len(sim.requests("check")) <= 3


def test_one_count_for_two_logins(sshd, sim, syslog):
    first = at_prompt(sshd.login("alice", options=ONCE))
    second = at_prompt(sshd.login("alice", options=ONCE), SENT_AGO)
    code = sim.code("alice")
    answer_all(first, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    second.answer(wrong(code, 3))
    assert second.ended() != 0
    first.answer(code)
    assert first.ended() != 0
    assert [line["reason"] for line in syslog.logins()] == [
        "wrong-codes", "spent"]
    asked(sim, start=1, check=3)


def test_after_the_limit_nothing_for_a_minute(sshd, sim, clock, syslog):
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    again = sshd.login("alice")
    again.password()
    assert again.ended() != 0 and again.text.count("assword:") == 1
    assert syslog.login_line(reason="spent")["outcome"] == "denied"
    asked(sim, start=1, check=3)
    clock.advance(61)
    later = at_prompt(sshd.login("alice"))
    later.answer(sim.code("alice", nth=2))
    assert later.ended() == 0
    asked(sim, start=2, check=4)


def test_new_code_reaches_the_other_login(sshd, sim, clock):
    """r in one login: the newest code counts in both."""
    first = at_prompt(sshd.login("alice", options=ONCE))
    second = at_prompt(sshd.login("alice"), SENT_AGO)
    clock.advance(31)
    first.answer("r")
    first.prompt("code: new one sent")
    second.answer(sim.code("alice", nth=2))
    assert second.ended() == 0
    asked(sim, start=2, check=1, control=1)


def test_join_across_services(sshd, terminals, sim):
    login = at_prompt(sshd.login("alice"))
    sudo = at_prompt(terminals.sudo("alice"), SENT_AGO)
    sudo.answer(sim.code("alice"))
    assert sudo.ended() == 0 and "root" in sudo.text
    asked(sim, start=1, check=1)
    login.hang_up()


def test_each_user_has_a_verification_of_their_own(sshd, sim):
    alice = at_prompt(sshd.login("alice", options=ONCE))
    bob = at_prompt(sshd.login("bob"))
    assert len(sim.requests("start")) == 2
    alice.answer(sim.code("bob"))
    alice.prompt("code was wrong, 2 tries left")
    bob.answer(sim.code("bob"))
    assert bob.ended() == 0
    alice.answer(sim.code("alice"))
    assert alice.ended() == 0


def test_number_of_another_user_is_busy(sshd, settings, sim, syslog):
    settings.user("bob", phone=sim.NUMBERS["alice"])
    alice = at_prompt(sshd.login("alice"))
    bob = sshd.login("bob", options=ONCE)
    bob.password()
    assert bob.ended() != 0
    assert syslog.login_line(user="bob")["reason"] == "number-busy"
    asked(sim, start=1)
    alice.answer(sim.code("alice"))
    assert alice.ended() == 0


def test_another_channel_in_the_first_seconds(quick, settings, clock, syslog):
    """The vendor lets go of the text message's verification after 30 s. Until
    then who wants a call reads for how long."""
    settings.set(rules=[{"services": ["sudo"], "methods": ["voice"]}])
    first = quick.login()
    first.prompt("Verification code sent")
    clock.advance(10)
    sudo = quick.login(service="sudo")
    line = sudo.prompt(r"verification to your number is open. Wait \d+ s before")
    wait = int(re.search(r"Wait (\d+) s", line).group(1))
    assert 15 <= wait <= 22
    sudo.answer("")
    assert sudo.ended() != 0
    assert quick.line("alice", service="sudo")["reason"] == "inflight"
    syslog.wait_for(r"provider vonage lets go of it in %d s" % wait)
    clock.advance(wait)
    sudo = quick.login(service="sudo")
    sudo.prompt("calling")
    sudo.hang_up()
