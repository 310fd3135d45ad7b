# SPDX-License-Identifier: BSD-2-Clause
"""A member of group twofa, who may read what the helper reads: twofactl is not
kept from changing it, and doctor says who that is."""

import os
import subprocess
import sys
import time

import pytest

import admin
import conf
import stage
from ctl import call, record, records

TRANSPORTS = ()

# All that alice can open there is locked, as soon as it is there.
HOLD = """\
import fcntl, os, sys
held = {}
while os.getppid() == int(sys.argv[1]):
    for top in sys.argv[2:]:
        paths = [top] + [os.path.join(folder, name)
                         for folder, folders, files in os.walk(top)
                         for name in folders + files]
        for path in paths:
            try:
                st = os.stat(path)
                if (st.st_dev, st.st_ino) not in held:
                    fd = os.open(path, os.O_RDONLY)
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    held[st.st_dev, st.st_ino] = fd
            except OSError:
                pass
    if sys.stdout:
        print(len(held), flush=True)
        sys.stdout = None
"""


@pytest.fixture(name="holder")
def _holder(settings, _ready):
    """alice's process, as a member of the group."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(os.getpid()), settings.users_dir,
         conf.FOLDER + "/secrets"], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, text=True, user="alice", group="alice",
        extra_groups=["twofa"])
    try:
        assert int(process.stdout.readline()) >= 3
        yield process
        assert process.poll() is None
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


@pytest.mark.parametrize("words", [
    ("enroll", "carol", "+447700900300", "--no-verify"),
    ("enroll", "alice", "+447700900301", "--no-verify", "--replace"),
    ("totp", "bob", "--no-verify"), ("remove", "bob", "--yes"),
    ("import", "/run/import.csv"),
], ids=lambda words: words[0])
def test_it_keeps_nobody_waiting(settings, holder, words):
    with open("/run/import.csv", "w", encoding="ascii") as out:
        out.write("user,phone\ncarol,+447700900300\n")
    begun = time.monotonic()
    ended = call(*words)
    took = time.monotonic() - begun
    os.unlink("/run/import.csv")
    assert ended.returncode == 0, ended
    assert took < 8, took
    names = records(settings)
    assert not [name for name in names if name.startswith(".")], names
    assert not [name for name in os.listdir(conf.FOLDER + "/secrets")
                if name.startswith(".")]
    assert (record(settings, "bob") is None) == (words[0] == "remove")


def test_many_changes(settings, holder):
    """One of them would meet a lock in the moment that it is made."""
    for n in range(30):
        ended = call("enroll", "carol", "+4477009003%02d" % n, "--no-verify",
                     "--replace")
        assert ended.returncode == 0, (n, ended)
    assert "+447700900329" in record(settings, "carol")


def test_two_at_once_wait_for_each_other(settings, _ready):
    """What the lock is there for: each change is there at the end."""
    users = ["user%d" % n for n in range(12)]
    with open("/etc/passwd", encoding="utf-8") as text:
        before = text.read()
    with open("/etc/passwd", "a", encoding="utf-8") as out:
        out.writelines("%s:x:%d:100::/:/bin/false\n" % (name, 30000 + n)
                       for n, name in enumerate(users))
    try:
        running = [subprocess.Popen(
            [admin.TWOFACTL, "--helper", stage.HELPER, "enroll", name,
             "+4477009004%02d" % n, "--no-verify"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                   for n, name in enumerate(users)]
        for process in running:
            said = process.communicate(timeout=60)[1]
            assert process.returncode == 0, said
    finally:
        with open("/etc/passwd", "w", encoding="utf-8") as out:
            out.write(before)
    assert records(settings) == sorted(
        ["alice.conf", "bob.conf"] + [name + ".conf" for name in users])
