# SPDX-License-Identifier: BSD-2-Clause
"""systemd's own timer ends a trial."""

import os

import booted
from trials import ENABLE, changed, rolled_back


def unit(machine):
    with open(machine.path(booted.STATE + "/pending"),
              encoding="ascii") as text:
        return "twofa-rollback-%s.timer" % text.read().split()[1]


def test_fires(machine, people):
    """A minute, which the test makes a second."""
    before = machine.etc()
    machine.twofactl(*ENABLE, "--within", "1m")
    timer = unit(machine)
    assert "OnActiveUSec=1min ;" in machine.value("TimersMonotonic", timer)
    people.by_code()
    drop_in = machine.running("/run/systemd/transient/%s.d" % timer)
    os.mkdir(drop_in)
    with open(drop_in + "/soon.conf", "w", encoding="ascii") as out:
        out.write("[Timer]\nOnActiveSec=\nOnActiveSec=1s\n")
    machine.run("systemctl", "daemon-reload")
    booted.until(lambda: not machine.pending(), "the timer does not fire")
    machine.run("systemctl", "stop", timer, expected=None)
    assert not changed(before, machine.etc())
    rolled_back(machine, "timeout")
    people.by_password()


def test_confirmed(machine, people):
    """Nothing is left that could fire."""
    machine.twofactl(*ENABLE, "--within", "1m")
    timer = unit(machine)
    assert machine.value("ActiveState", timer) == "active"
    people.by_code()
    machine.twofactl("confirm")
    assert machine.value("ActiveState", timer) == "inactive"
