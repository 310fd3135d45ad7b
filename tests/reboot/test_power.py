# SPDX-License-Identifier: BSD-2-Clause
"""The power fails behind each step of twofactl: at the next boot the files are
the old ones or the confirmed ones, and sshd takes a login by them."""

import pytest

from trials import ENABLE, changed, rolled_back

BEFORE = ("written", "kept")  # nothing is pending yet
PENDING = ("pending", "armed")
PAM, DROP_IN = "/etc/pam.d/sshd", "/etc/ssh/sshd_config.d/30-twofa.conf"
CHANGED = {"edit0": [PAM], "edit1": [PAM, DROP_IN], "switched": [PAM, DROP_IN]}


def power_fails(machine, step, *words):
    """What lay in /etc when it did."""
    machine.run("sync")
    machine.stops_behind(step, *words)
    machine.cut()
    left = machine.etc()
    machine.boot()
    assert not machine.pending()
    return left


@pytest.mark.parametrize("step", (*BEFORE, *PENDING, *CHANGED))
def test_enable(machine, people, step):
    before = machine.etc()
    left = power_fails(machine, step, *ENABLE)
    assert changed(before, left) == CHANGED.get(step, [])
    assert not changed(before, machine.etc())
    if step not in BEFORE:
        rolled_back(machine, "boot")
    people.by_password()


@pytest.mark.parametrize("step", ("restore0", "restore1", "reloaded",
                                  "unpended"))
def test_roll_back(machine, people, step):
    before = machine.etc()
    machine.twofactl(*ENABLE)
    power_fails(machine, step, "rollback")
    assert not changed(before, machine.etc())
    people.by_password()


@pytest.mark.parametrize("step", ("confirmed", "old-removed", "moved"))
def test_confirm(machine, people, step):
    before = machine.etc()
    machine.twofactl(*ENABLE)
    people.by_code()
    after = machine.etc()
    power_fails(machine, step, "confirm")
    assert not changed(after, machine.etc())
    people.by_code("alice")
    machine.twofactl("disable", "sshd")
    assert not changed(before, machine.etc())


def test_enable_again_after(machine, people, sim):
    """What a power cut left does not stand in the way."""
    before = machine.etc()
    power_fails(machine, "edit0", *ENABLE)
    sim.reset()  # as when the vendor's verification of the proof is over
    machine.twofactl(*ENABLE)
    people.by_code()
    machine.twofactl("confirm")
    machine.twofactl("disable", "sshd")
    assert not changed(before, machine.etc())
