# SPDX-License-Identifier: BSD-2-Clause
"""A user's own cgroup. systemd delegates one to each user, who may freeze what
runs in it: the helpers of this user's logins too, and with them what they hold
of the state. Nobody else waits for that for long, and nothing slower than a
freeze is taken for one."""

import os
import pwd
import sqlite3
import subprocess
import sys
import threading
import time

import pexpect
import pytest

import stage
from listener import Listener
from processes import helper
from steps import at_prompt
from terminal import PASSWORD, PROMPT

TRANSPORTS = ("spawn", "socket")

SCRIPT = os.path.join(stage.ROOT, "tests/e2e/rig/freezer.py")
MOUNTED = "/run/cgroup"  # not where a helper looks for it
FOUND = "/sys/fs/cgroup"
SUDOS = 4
LOGINS = 12
SECONDS = 60
SHORT = 10   # where nothing freezes, as many sudos begin in that time
ENOUGH = 10
COMMANDS = 3
CAUGHT = 5   # freezes with the lock, or the attack was none
MINUTES = 4  # in which a busy machine has so many
MANY = {"limits": {"sends_per_user_hour": 1000, "sends_per_user_day": 1000,
                   "sends_per_number_day": 1000,
                   "answered_per_number_day": 1000,
                   "sends_per_source_hour": 1000,
                   "sends_per_host_hour": 1000}}


def write(path, value):
    with open(path, "w", encoding="ascii") as out:
        out.write(str(value))


def pids(folder):
    with open(folder + "/cgroup.procs", encoding="ascii") as text:
        return [int(line) for line in text]


class Cgroup:
    """A part of cgroup2 that is alice's. Freezing needs no controller, so this
    works beside whatever hierarchies the machine has."""

    def __init__(self, mounted):
        os.makedirs(mounted, exist_ok=True)
        subprocess.run(["mount", "-t", "cgroup2", "none", mounted],
                       check=True)
        self._mounted = mounted
        self.folder = "%s/twofa-test-%d" % (
            mounted, os.stat("/proc/self/ns/pid").st_ino)
        self.inner = self.folder + "/inner"
        for path in (self.folder, self.inner):
            os.mkdir(path)
            self._delegate(path)

    @staticmethod
    def _delegate(path):
        """As systemd does: the folder, and who may come and go."""
        entry = pwd.getpwnam("alice")
        for name in ("", "cgroup.procs", "cgroup.threads",
                     "cgroup.subtree_control"):
            os.chown(os.path.join(path, name), entry.pw_uid, entry.pw_gid)

    def freeze(self, frozen):
        """What is in inner; returns once it is so."""
        write(self.inner + "/cgroup.freeze", int(frozen))
        line = "frozen %d\n" % frozen
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with open(self.inner + "/cgroup.events",
                      encoding="ascii") as text:
                if line in text:
                    return
        raise AssertionError("not " + line)

    def attack(self, seconds):
        """freezer.py as alice, who may not be able to read the checkout."""
        entry = pwd.getpwnam("alice")

        def become():
            write(self.inner + "/cgroup.procs", 0)
            os.setgroups([entry.pw_gid])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
        with open(SCRIPT, encoding="utf-8") as script:
            return subprocess.Popen(
                [sys.executable, "-", self.folder, str(SUDOS), str(seconds)],
                stdin=script, stdout=subprocess.PIPE, text=True,
                preexec_fn=become, cwd="/")

    def close(self):
        """Every process in it ends, then the folders go."""
        folders = [where for where, _, _ in os.walk(self.folder)]
        for folder in folders:
            write(folder + "/cgroup.freeze", 0)
        for folder in reversed(folders):
            self._empty(folder)
            os.rmdir(folder)
        subprocess.run(["umount", self._mounted], check=True)

    @staticmethod
    def _empty(folder):
        end = time.monotonic() + 30
        while pids(folder):
            assert time.monotonic() < end, "processes stay in " + folder
            for pid in pids(folder):
                try:
                    os.kill(pid, 9)
                except ProcessLookupError:
                    pass


@pytest.fixture
def cgroup(request, _ready):
    made = Cgroup(getattr(request, "param", MOUNTED))
    yield made
    made.close()


def log_in(terminals, code, found):
    """bob's sudo, by a recovery code, so that each login stands alone."""
    begun = time.monotonic()
    sudo = terminals.sudo("bob")
    try:
        sudo.password()
        # the password once more: it was denied
        if sudo.expect([PROMPT.format("code"), PASSWORD], timeout=90) == 0:
            sudo.answer(code)
            sudo.expect([pexpect.EOF, PASSWORD], timeout=90)
    except pexpect.ExceptionPexpect:
        pass  # has not got in
    found.append(("\nroot" in sudo.text, time.monotonic() - begun))
    sudo.hang_up()


def unlock(admin, found):
    """twofactl needs the state, too."""
    begun = time.monotonic()
    status, _ = admin.run("unlock", "bob")
    found.append((status in (0, 1), time.monotonic() - begun))


def spread(begun, acts, seconds):
    """Begin them one after the other, evenly; each in a thread of its own, so
    that one that waits keeps no other from its turn."""
    threads = []
    for number, act in enumerate(acts):
        due = begun + (number + 0.5) * seconds / len(acts)
        time.sleep(max(0, due - time.monotonic()))
        threads.append(threading.Thread(target=act[0], args=act[1:]))
        threads[-1].start()
    for thread in threads:
        thread.join()


def told(what, found):
    return "%d of %d %s, the longest took %.1f s" % (
        sum(ok for ok, _ in found), len(found), what,
        max(took for _, took in found))


def attacked(cgroup, terminals, admin, capsys, enough=ENOUGH, seconds=SECONDS):
    """Alice attacks, bob logs in twelve times; how often she froze one."""
    codes = admin.codes("bob", LOGINS)
    logins, commands = [], []
    begun = time.monotonic()
    alice = cgroup.attack(seconds)
    other = threading.Thread(target=spread, args=(
        begun, [(unlock, admin, commands)] * COMMANDS, seconds))
    other.start()
    spread(begun, [(log_in, terminals, code, logins) for code in codes],
           seconds)
    other.join()
    sudos, caught = (int(word) for word in alice.communicate()[0].split())
    with capsys.disabled():
        print("\n%s; %s; alice began %d sudos, froze %d with the lock" % (
            told("logins got in", logins),
            told("twofactl unlock worked", commands), sudos, caught))
    assert sum(ok for ok, _ in logins) >= enough
    assert all(ok for ok, _ in commands)
    return caught


@pytest.fixture
def listening(_ready, pam):
    """Logins go to a helper that listens."""
    found = Listener()
    pam.args(transport="socket", socket=found.path)
    yield found
    assert found.stop() == 0


def test_alice_freezes_whatever_holds_the_state(
        started, cgroup, terminals, syslog, settings, admin, capsys):
    settings.set(**MANY)
    caught = minutes = 0
    while caught < CAUGHT and minutes < MINUTES:
        caught += attacked(cgroup, terminals, admin, capsys)
        minutes += 1
    assert caught >= CAUGHT
    assert [line for line in syslog.logins() if line["user"] == "alice"
            and line.get("reason") == "helper-died"]
    syslog.wait_for(r"exit status 142: its alarm ended it")
    link = sqlite3.connect("file:%s?mode=ro" % settings.state, uri=True)
    assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    link.close()


@pytest.mark.parametrize("cgroup", [FOUND], indirect=True)
def test_alice_freezes_no_helper(started, cgroup, terminals, settings, admin,
                                 capsys):
    """Nor what her sudos start, where it can leave her cgroup."""
    settings.set(**MANY)
    assert attacked(cgroup, terminals, admin, capsys, LOGINS, SHORT) == 0


def test_alice_freezes_no_copy(listening, cgroup, terminals, settings, admin,
                               capsys):
    """Her cgroup does not reach the copies of a helper that listens: what she
    freezes holds nothing, and every login gets in. Her sudos do not wait for
    one another here, so that there are more of them in a sixth of the time."""
    settings.set(**MANY)
    assert attacked(cgroup, terminals, admin, capsys, LOGINS, SHORT) == 0


def test_frozen_without_a_lock(started, cgroup, terminals, sim):
    """At the prompt the helper has its own alarm again: alice may take her
    time, longer than a holder of the lock may."""
    sudo = terminals.sudo("alice")
    write(cgroup.inner + "/cgroup.procs", sudo.pid)
    at_prompt(sudo)
    cgroup.freeze(True)
    assert helper().pid in pids(cgroup.inner)
    # the time is the subject; others go on meanwhile
    time.sleep(6)
    bob = at_prompt(terminals.sudo("bob"))
    bob.answer(sim.code("bob"))
    assert bob.ended() == 0
    cgroup.freeze(False)
    sudo.answer(sim.code("alice"))
    assert sudo.ended() == 0 and "root" in sudo.text


def test_slow_disk_is_no_freeze(started, quick, sim, syslog, pam):
    """Each wait for the disk takes three seconds more."""
    quick.right(quick.login("bob"), "bob")
    pam.args(helper=stage.STAGE + "/test/slowsync-helper")
    syslog.clear()
    begun = time.monotonic()
    quick.right(quick.login())
    assert time.monotonic() - begun > 3
