# SPDX-License-Identifier: BSD-2-Clause
"""A machine that is booted again while sshd is on trial, and afterwards."""

from trials import ENABLE, ROLL_BACK, changed, rolled_back

DELAYED = "/etc/systemd/system/systemd-journald-dev-log.socket.d/late.conf"


def before_sshd(machine, unit, when):
    """The roll-back was over when this began."""
    return int(machine.value("ExecMainExitTimestampMonotonic", ROLL_BACK)
               ) <= int(machine.value(when + "TimestampMonotonic", unit))


def test_during_a_trial(machine, people):
    before = machine.etc()
    machine.twofactl(*ENABLE)
    people.by_code()
    machine.reboot()
    assert not changed(before, machine.etc())
    assert not machine.pending()
    rolled_back(machine, "boot")
    assert before_sshd(machine, "ssh.service", "ExecMainStart")
    people.by_password()


def test_log_is_late(machine):
    """The alert is not lost where the log takes longer than the disks."""
    machine.write(DELAYED, "[Socket]\nExecStartPre=/bin/sleep 2\n")
    machine.twofactl(*ENABLE)
    machine.reboot()
    rolled_back(machine, "boot")


def test_after_confirm(machine, people):
    before = machine.etc()
    machine.twofactl(*ENABLE)
    people.by_code()
    machine.twofactl("confirm")
    after = machine.etc()
    machine.reboot()
    assert not changed(after, machine.etc())
    assert not any("rolled back" in line for line in machine.journal())
    people.by_code("alice")
    machine.twofactl("disable", "sshd")
    assert not changed(before, machine.etc())
    people.by_password()


def test_nothing_on_trial(machine, people):
    """The unit is not even started."""
    before = machine.etc()
    machine.reboot()
    assert not changed(before, machine.etc())
    assert machine.value("ConditionResult", ROLL_BACK) == "no"
    people.by_password()


def test_ended_before(machine, people):
    """Rolled back by hand: the boot finds nothing."""
    before = machine.etc()
    machine.twofactl(*ENABLE)
    machine.twofactl("rollback")
    machine.reboot()
    assert not changed(before, machine.etc())
    assert machine.value("ConditionResult", ROLL_BACK) == "no"
    people.by_password()
