# SPDX-License-Identifier: BSD-2-Clause
"""make install over an installation that is used: every login finds the old
files or the new ones, whatever ends it."""

import glob
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

import stage
from installed import PAMDIR, command, make, tree

TRANSPORTS = ("spawn",)

LOGIN = ("pamtester", "-E", "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA",
         "sshd", "alice", "authenticate")
PROGRAMS = (PAMDIR + "/pam_twofa.so", "/usr/local/libexec/twofa-helper",
            "/usr/local/sbin/twofactl")
AGAIN = 3
ENOUGH = 60  # logins meanwhile
KILLS = 8


def unfinished(folder):
    return glob.glob(folder + "/**/*.new", recursive=True)


class Logins(threading.Thread):
    """One after the other, until enough is said."""

    def __init__(self):
        super().__init__()
        self.statuses = []
        self._enough = threading.Event()

    def run(self):
        while not self._enough.is_set():
            self.statuses.append(subprocess.run(
                LOGIN, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, check=False).returncode)

    def stop(self):
        self._enough.set()
        self.join()


@pytest.mark.usefixtures("machine", "_ready")
def test_no_login_is_denied_meanwhile(pam, settings):
    make("install")
    settings.set(rules=[{"action": "skip"}])
    pam.stack("sshd", "auth required pam_twofa.so")
    before = [os.stat(path).st_ino for path in PROGRAMS]
    crowd = [Logins(), Logins()]
    for logins in crowd:
        logins.start()
    rounds = 0
    while rounds < AGAIN or sum(len(one.statuses) for one in crowd) < ENOUGH:
        make("install")
        rounds += 1
    for logins in crowd:
        logins.stop()
    statuses = [status for logins in crowd for status in logins.statuses]
    assert not any(statuses), statuses
    after = [os.stat(path).st_ino for path in PROGRAMS]
    assert not set(before) & set(after)
    assert not unfinished(PAMDIR) and not unfinished("/usr/local")


def contents(dest):
    """Of all files but the settings, which stay as they are."""
    found = {}
    for path in tree(dest):
        if os.path.isfile(dest + path) and not path.endswith(
                (".new", "/etc/twofa/twofa.conf")):
            with open(dest + path, "rb") as text:
                found[path] = text.read()
    return found


def test_killed_it_leaves_the_old_file_or_the_new_one(dest, monkeypatch):
    scratch = "/run/tmp/killed"
    os.mkdir(scratch)
    monkeypatch.setenv("TMPDIR", scratch)
    make("install", DESTDIR=dest)
    begin = time.monotonic()
    make("install", DESTDIR=dest)
    took = time.monotonic() - begin
    wanted = contents(dest)
    states = set()
    for nth in range(4 * KILLS):
        if nth >= KILLS and len(states) == 2:
            break
        # later and later: meanwhile the machine may get busier, or less busy
        latest = took * (1 + nth / KILLS)
        for path in wanted:
            with open(dest + path, "wb") as out:
                out.write(b"old")
        run = subprocess.Popen(
            [*command("install"), "DESTDIR=" + dest], cwd=stage.ROOT,
            stdout=subprocess.DEVNULL, start_new_session=True)
        time.sleep(random.uniform(0, latest))
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        for path, text in contents(dest).items():
            assert text in (b"old", wanted[path]), path
            states.add(text == b"old")
    assert states == {True, False}
    make("install", DESTDIR=dest)
    assert contents(dest) == wanted and not unfinished(dest)
    shutil.rmtree(scratch)


def test_it_is_on_the_disk_before_it_is_renamed(dest, tmp_path):
    trace = str(tmp_path / "trace")
    subprocess.run(
        ["strace", "-f", "-y", "-o", trace, "-e",
         "trace=fsync,rename,renameat,renameat2", *command("install"),
         "DESTDIR=" + dest], cwd=stage.ROOT, check=True,
        stdout=subprocess.DEVNULL)
    with open(trace, encoding="utf-8") as text:
        calls = text.read()
    synced = {match[1]: match.start() for match in re.finditer(
        r"fsync\(\d+<(.*)>\)", calls)}
    renamed = {match[1]: match.start() for match in re.finditer(
        r'rename\w*\([^"]*"(/.*?)\.new"', calls)}
    files = {dest + path for path in contents(dest)}
    assert files | {dest + "/etc/twofa/twofa.conf"} == set(renamed)
    for path in files:
        assert synced[path + ".new"] < renamed[path]
        assert synced[os.path.dirname(path)] > renamed[path]
