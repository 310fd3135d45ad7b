# SPDX-License-Identifier: BSD-2-Clause
"""enable, confirm, rollback and disable of each service, killed behind each of
their steps, as by SIGKILL or the power. What runs next leaves the files that
stood before, or those that were confirmed, byte for byte."""

import os
import shutil
import stat
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import enablehost  # noqa: E402
from killing import by_boot, by_timer, killed_behind, steps  # noqa: E402

TRANSPORTS = ()
CONFIG = "/etc/ssh/sshd_config"
KEPT = "/run/stage/kept"
CONF = "/etc/twofa/twofa.conf"
NOW = ("--no-trial", "--anyway")  # no proof: sudo's are killed with it
BEGIN = ["locked", "judged", "proved", "removing", "written", "removing",
         "kept", "pending", "armed"]
TOLD = ["sshd-checked"]  # and sshd-told, where one runs
END = ["confirmed", "removing", "old-removed", "moved"]


class Row:
    """A service: what enable is told, how many files change, what was enabled
    of it before."""

    def __init__(self, *words, files=1, first=None):
        self.service, self.words, self.first = words[0], words, first
        self.edits = ["edit%d" % i for i in range(files)]
        self.restores = ["restore%d" % i for i in range(files)]
        self.told = TOLD if self.service == "sshd" else []

    def __str__(self):
        return "-".join(word.strip("-") for word in self.words) + (
            "-again" if self.first else "")

    def switch(self):
        return BEGIN + self.edits + self.told + ["switched"]


ROWS = [
    Row("sshd", files=2),
    Row("sshd", "--login", "both", files=2, first=("sshd", "--login", "key")),
    Row("su"),
    Row("login", "--exempt", "carol", files=2, first=("login",)),
    Row("sudo", "--exempt", "bob,carol", files=3,
        first=("sudo", "--exempt", "bob")),
    Row("polkit-1"),
]
each_row = pytest.mark.parametrize("row", ROWS, ids=str)


@pytest.fixture(name="enabling")
def enabling_fixture(settings, pam, terminals, sim):
    settings.user("carol")
    with enablehost.machine():
        yield enablehost.Enabling(terminals, sim)


@pytest.fixture(name="begun")
def begun_fixture(enabling, row):
    if row.first:
        enabling.run("enable", *row.first, *NOW)
    return enabling


def stand():
    """What may change, with its owner and mode."""
    found = {}
    for path, text in {**enablehost.files(),
                       CONF: enablehost.read(CONF)}.items():
        st = os.stat(path) if text is not None else None
        found[path] = text, st and (st.st_uid, st.st_gid, st.st_mode)
    return found


def copy_tree(source, target):
    """With owners; no source, no target."""
    shutil.rmtree(target, ignore_errors=True)
    if os.path.exists(source):
        subprocess.run(["cp", "-a", source, target], check=True)


class Kept:
    """The machine at this moment, to begin from again and again."""

    def __init__(self):
        self.files = stand()
        copy_tree(enablehost.STATE, KEPT)

    def again(self):
        for path, (text, st) in self.files.items():
            enablehost.remove(path)
            if st:
                enablehost.write(path, text)
                os.chown(path, *st[:2])
                os.chmod(path, stat.S_IMODE(st[2]))
        copy_tree(KEPT, enablehost.STATE)


def enable(enabling, row, expected=0):
    return enabling.run("enable", *row.words, *NOW, expected=expected)


def killed(step, enabling, *words):
    with killed_behind(step):
        enabling.run(*words, expected=-9)


def on_trial(enabling, row):
    """As by a twofactl that nothing ended: the switch is its last step."""
    killed("switched", enabling, "enable", *row.words, *NOW)
    assert enabling.pending()
    return Kept()


@each_row
def test_enable(begun, row):
    """Until it is confirmed a boot takes it back."""
    before = stand()
    kept = Kept()
    with steps() as gone:
        enable(begun, row)
    assert gone == row.switch() + END
    assert stand() != before
    kept.again()
    for step in dict.fromkeys(row.switch()):
        killed(step, begun, "enable", *row.words, *NOW)
        by_boot(begun)
        assert stand() == before, step
        assert not begun.pending(), step


@each_row
@pytest.mark.parametrize("recover", [by_boot, by_timer])
def test_rollback(begun, row, recover):
    before = stand()
    kept = on_trial(begun, row)
    with steps() as gone:
        begun.run("rollback")
    assert gone == row.restores + ["reloaded", "unpended", "removing"]
    for step in gone:
        kept.again()
        number = enablehost.trial_id()
        killed(step, begun, "rollback")
        recover(begun, number)
        assert stand() == before, step
        assert not begun.pending(), step


@each_row
def test_confirm(begun, row):
    """From its first step on it counts, and no boot takes it back."""
    kept = on_trial(begun, row)
    after = stand()
    with steps() as gone:
        begun.run("confirm", "--anyway")
    assert gone == END
    for step in END:
        kept.again()
        killed(step, begun, "confirm", "--anyway")
        by_boot(begun)
        assert stand() == after, step
        assert not begun.pending(), step
        begun.run("enable", *row.words, "--check")


@each_row
def test_disable(enabling, row):
    """Also of a service that was enabled twice."""
    before = stand()
    if row.first:
        enabling.run("enable", *row.first, *NOW)
    enable(enabling, row)
    kept = Kept()
    with steps() as gone:
        enabling.run("disable", row.service)
    assert gone == row.restores + ["reloaded", "removing", "forgotten",
                                   "removing"]
    for step in gone:
        kept.again()
        killed(step, enabling, "disable", row.service)
        by_boot(enabling)  # it has nothing to do
        enabling.run("disable", row.service)
        assert stand() == before, step
        assert "was not enabled" in enabling.run("disable", row.service)


def test_sshd_that_runs(enabling):
    """It offers what its files say, however often somebody was killed."""
    row = Row("sshd", "--login", "both", files=2)
    enablehost.write(CONFIG, "AddressFamily inet\n" + enablehost.SSHD_CONFIG)
    with enablehost.running_sshd() as log:
        before = enablehost.offered()
        for step in ("edit1", "sshd-told"):
            killed(step, enabling, "enable", *row.words, *NOW)
            if step == "sshd-told":
                enablehost.listens(log)
            enabling.run("rollback")
            enablehost.listens(log)
            assert enablehost.offered() == before, step
        enable(enabling, row)
        enablehost.listens(log)
        killed("restore1", enabling, "disable", "sshd")
        enabling.run("disable", "sshd")
        enablehost.listens(log)
        assert enablehost.offered() == before
