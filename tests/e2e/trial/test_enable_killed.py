# SPDX-License-Identifier: BSD-2-Clause
"""Killed behind each step: the old files come back, or the new ones are kept."""

import os
import signal

import enablehost
import pytest
from killing import by_boot, by_hand, killed_behind

TRANSPORTS = ("spawn",)
PROVED = ("locked", "judged", "proved")
ENABLE = ("removing", "written", "kept", "pending", "armed", "edit0", "edit1",
          "switched")
ROLL_BACK = ("restore0", "restore1", "reloaded", "unpended", "removing")
CONFIRM = ("confirmed", "removing", "old-removed", "moved")


@pytest.mark.parametrize("recover", [by_hand, by_boot])
@pytest.mark.parametrize("step", PROVED + ENABLE)
def test_enable(enabling, step, recover):
    before = enablehost.files()
    with killed_behind(step):
        enabling.run("enable", "sudo", "--no-input", "--user", "alice",
                     expected=-9)
    recover(enabling)
    assert enablehost.files() == before
    assert not enabling.pending()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP])
@pytest.mark.parametrize("step", ENABLE)
def test_enable_is_not_interrupted(enabling, step, number):
    """Ctrl-C or a lost connection in the middle: the trial begins whole."""
    before = enablehost.files()
    with killed_behind("%s %d" % (step, number)):
        out = enabling.unseen()
    assert "sudo is on trial until" in out
    assert len(enablehost.timers()) == 1
    enabling.run("rollback")
    assert enablehost.files() == before


@pytest.mark.parametrize("step", ROLL_BACK)
def test_rollback(enabling, step):
    before = enablehost.files()
    enabling.run("enable", "sudo", "--no-input", "--user", "alice")
    with killed_behind(step):
        enabling.run("rollback", expected=-9)
    enabling.run("rollback")
    assert enablehost.files() == before


def by_confirm(enabling):
    """Whether somebody got in was asked before."""
    assert "sudo is enabled" in enabling.run("confirm")


def by_another(enabling):
    assert enabling.json("disable", "su")["changed"] is False


@pytest.mark.parametrize("step, go_on", [
    *((step, by_boot) for step in CONFIRM), ("confirmed", by_confirm),
    ("old-removed", by_confirm), *((step, by_another) for step in CONFIRM)])
def test_confirm(enabling, step, go_on):
    enabling.run("enable", "sudo", "--no-input", "--user", "alice")
    after = enablehost.files()
    with killed_behind(step):
        enabling.run("confirm", "--anyway", expected=-9)
    go_on(enabling)
    assert enablehost.files() == after
    assert not enabling.pending()
    assert "enabled already" in enabling.run("enable", "sudo", "--user",
                                             "alice")
    before = dict(after)
    for name in ("sudo", "sudo-i"):
        path = os.path.join(enablehost.PAM, name)
        before[path] = enablehost.STACKS[name]
    enabling.run("disable", "sudo")
    assert enablehost.files() == before


def test_disable(enabling):
    before = enablehost.files()
    enabling.run("enable", "sudo", "--no-input", "--user", "alice")
    enabling.run("confirm", "--anyway")
    for step in ("restore0", "restore1", "reloaded"):
        with killed_behind(step):
            enabling.run("disable", "sudo", expected=-9)
    enabling.run("disable", "sudo")
    assert enablehost.files() == before
    assert "was not enabled" in enabling.run("disable", "sudo")
