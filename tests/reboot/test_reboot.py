# SPDX-License-Identifier: BSD-2-Clause
"""A machine that is booted again while sshd is on trial, and afterwards."""

ENABLE = ("enable", "sshd", "--user", "bob", "--no-input", "--anyway")
ROLLED_BACK = ("twofactl: enable sshd: rolled back (boot): logins by it are "
               "without a second factor, as before")


def test_during_a_trial(machine, people):
    before = machine.etc()
    machine.twofactl(*ENABLE)
    people.by_code()
    machine.reboot()
    assert machine.etc() == before
    assert not machine.pending()
    assert any(ROLLED_BACK in line for line in machine.journal())
    people.by_password()
    assert int(machine.value("ExecMainExitTimestampMonotonic",
                             "twofa-rollback.service")) <= int(
        machine.value("ExecMainStartTimestampMonotonic", "ssh.service"))
