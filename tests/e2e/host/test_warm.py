# SPDX-License-Identifier: BSD-2-Clause
"""A helper that listens: logins through its socket, and each way in which that
can fail."""

import pytest

from listener import Listener


@pytest.fixture
def warm(_ready, pam):
    found = Listener()
    pam.args(transport="socket", socket=found.path)
    yield found
    assert found.stop() == 0


def test_login(warm, quick, sim):
    login = quick.login()
    login.prompt("Code sent")
    assert len(warm.copies()) == 1
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    quick.line("alice", outcome="allowed", provider="vonage")


def test_ssh(warm, sshd, sim, syslog):
    login = sshd.login("alice")
    login.password()
    login.code(sim)
    assert login.ended() == 0
    syslog.login_line(outcome="allowed", service="sshd")


def test_sudo(warm, terminals, sim, syslog):
    sudo = terminals.sudo("alice")
    sudo.password()
    sudo.code(sim)
    assert sudo.ended() == 0
    syslog.login_line(outcome="allowed", service="sudo")
