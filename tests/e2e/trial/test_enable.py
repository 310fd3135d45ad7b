# SPDX-License-Identifier: BSD-2-Clause
"""A service by enable and confirm, and back by rollback and disable."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import enablehost  # noqa: E402

TRANSPORTS = ("spawn",)


@pytest.fixture(name="enabling")
def enabling_fixture(settings, pam, terminals, sim):
    with enablehost.machine():
        yield enablehost.Enabling(terminals, sim)


def test_sudo(enabling, terminals, sim, syslog):
    before = enablehost.files()
    t = enabling.begin("sudo", "--anyway")
    print(t.text)
    t.code(sim)
    assert t.ended() == 0, t.text
    print(t.text)
    print(enabling.run("confirm", expected=1))
    u = terminals.sudo("alice", "id", "-un")
    u.password()
    u.code(sim)
    assert u.ended() == 0
    print(enabling.run("confirm", "--anyway"))
    print(enabling.run("disable", "sudo"))
    assert enablehost.files() == before


@pytest.mark.parametrize("login", ["password", "key", "both"])
def test_sshd(enabling, sshd, sim, login):
    before = enablehost.files()
    t = enabling.begin("sshd", "--anyway", "--login", login)
    t.code(sim)
    assert t.ended() == 0, t.text
    print(t.text)
    print(enabling.run("rollback"))
    assert enablehost.files() == before
