# SPDX-License-Identifier: BSD-2-Clause
"""Logins that end at the prompt because somebody left: each has one line in the
log, the module's where it still runs, else the helper's."""

import os
import re
import signal

import pytest

import leftovers
import sshparts
from listener import Listener
from steps import ONCE, at_prompt, wrong

TRANSPORTS = ("spawn",)

ENDED = re.compile(r"twofa-helper\[\d+\]: \w+@(\w+): login "
                   r"(user=.*outcome=ended reason=peer-gone.*)$")


@pytest.fixture(params=["spawn", "socket"])
def transport(request, pam, _ready):
    """Both ways to a helper."""
    if request.param == "spawn":
        pam.args(transport="spawn")
        yield
        return
    listener = Listener()
    pam.args(transport="socket", socket=listener.path)
    yield
    assert listener.stop() == 0


DENIED = re.compile(r"twofa-helper\[\d+\]: \w+@sshd: login user=alice .*"
                    r"outcome=denied reason=(\S+) .*rhost=127\.0\.0\.1$")


@pytest.fixture
def one_line(syslog):
    """Who wrote the line of the only login: "helper", or the module's fields.
    pid: of the process that has the module; no line comes after its end."""
    def look(pid):
        for ending in [pid] + leftovers.helpers():
            assert leftovers.wait_gone(ending, 5)
        helpers = list(filter(None, map(ENDED.search, syslog.lines())))
        modules = syslog.logins()
        assert len(helpers) + len(modules) == 1, syslog.lines()
        return "helper" if helpers else modules[0]
    return look


def client_killed(login):
    login.hang_up()


def terminal_closed(login):
    login.close(force=False)


def ctrl_c(login):
    login.sendintr()


@pytest.mark.parametrize("leave", [client_killed, terminal_closed, ctrl_c])
def test_ssh(transport, sshd, one_line, leave):
    """sshd kills the process that the module runs in; sometimes that hears
    before that nobody will answer, or has empty answers from a client whose
    terminal is gone."""
    login = at_prompt(sshd.login("alice", options=ONCE))
    module = sshparts.part_of(sshd, "[pam]")
    leave(login)
    line = one_line(module)
    assert line == "helper" or line["reason"] in ("no-answer", "prompts")


@pytest.mark.parametrize("part", ["[priv]", "[net]", "[pam]"])
def test_part_of_sshd_killed(transport, sshd, one_line, part):
    """The module asks [priv], and writes the line when that is gone."""
    at_prompt(sshd.login("alice", options=ONCE))
    module = sshparts.part_of(sshd, "[pam]")
    os.kill(sshparts.part_of(sshd, part), signal.SIGKILL)
    line = one_line(module)
    assert (line if line == "helper" else line["reason"]) == (
        "no-answer" if part == "[priv]" else "helper")


def test_fields(transport, sshd, sim, syslog):
    """Those of the module's line, and a wrong code's."""
    login = at_prompt(sshd.login("alice"))
    login.answer("1234567")
    login.prompt("code has")
    login.hang_up()
    service, line = syslog.wait_for(ENDED).groups()
    assert service == "sshd" and re.fullmatch(
        r"user=alice service=sshd rule=default method=sms provider=vonage "
        r'outcome=ended reason=peer-gone number="[^"]*" tries=0 start_ms=\d+ '
        r"total_ms=\d+ request=[0-9a-f]{32} rhost=127\.0\.0\.1", line), line


def test_told_why(transport, sshd, sim, syslog):
    """Who leaves at the last prompt was denied for what it told of."""
    login = at_prompt(sshd.login("alice", options=ONCE))
    for _ in range(3):
        login.answer(wrong(sim.code("alice")))
        login.prompt()
    login.hang_up()
    assert syslog.wait_for(DENIED).group(1) == "wrong-codes"
    assert not syslog.logins()


def test_sudo_killed(transport, terminals, one_line):
    sudo = at_prompt(terminals.sudo("alice"))
    sudo.hang_up()
    assert one_line(sudo.pid) == "helper"


def test_terminal_of_sudo_closed(transport, terminals, one_line):
    """sudo is told, and tells the module."""
    sudo = at_prompt(terminals.sudo("alice"))
    sudo.close(force=False)
    line = one_line(sudo.pid)
    assert line == "helper" or line["reason"] in ("no-answer", "prompts")


def test_sudo_ended_by_ctrl_c(transport, terminals, one_line):
    sudo = at_prompt(terminals.sudo("alice"))
    assert sudo.interrupted() != 0
    assert one_line(sudo.pid)["reason"] == "no-answer"


def test_while_the_message_is_sent(transport, sshd, sim, one_line):
    """What the provider answers then is heard by nobody."""
    sim.fault("start", "delay", ms=1500)
    login = sshd.login("alice", options=ONCE)
    login.password()
    sim.wait_requests(1)
    module = sshparts.part_of(sshd, "[pam]")
    login.hang_up()
    assert one_line(module) == "helper"


@pytest.mark.parametrize("user", ["alice", "carol"])
def test_host_killed(transport, quick, one_line, user):
    """A program of one process, with the module in it. carol has no record: a
    decoy leaves as many lines."""
    login = quick.login(user)
    login.prompt("Verification code sent")
    login.hang_up()
    assert one_line(login.pid) == "helper"


def test_let_in_and_denied(transport, quick, sim, syslog):
    """The module's, and no other."""
    quick.right(quick.login())
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer("q")
    assert login.ended() != 0
    assert [line["outcome"] for line in syslog.logins()] == [
        "allowed", "denied"]
    assert "outcome=ended" not in "\n".join(syslog.lines())
