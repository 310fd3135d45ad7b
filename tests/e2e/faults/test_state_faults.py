# SPDX-License-Identifier: BSD-2-Clause
"""The state when the machine is unkind to it: disk full, read-only, cut short,
overwritten, somebody else's, written by a newer version, busy; and a clock
that jumps. Each has one outcome, and a log line with the remedy."""

import contextlib
import json
import os
import re
import sqlite3
import shutil
import stat
import subprocess
import time

import pytest

import admin as state
import conf
from listener import SHARED
from points import points
from steps import answer_all, asked, wrong

TRANSPORTS = ("spawn", "socket")

FAR = "192.0.2.7"
HOUR = 3600
SIZE = 8 << 20


def used(quick):
    """A login has made the state, and no process has it open."""
    quick.right(quick.login("bob"), "bob")
    SHARED.let_go()


def put_away():
    """A login that is just ending holds the disk for a moment more."""
    SHARED.let_go()
    late = time.monotonic() + 20
    while (run := subprocess.run(["umount", conf.STATE], stderr=subprocess.PIPE,
                                 text=True, check=False)).returncode != 0:
        assert time.monotonic() < late, run.stderr
        time.sleep(0.05)


@pytest.fixture
def disk(sshd, settings):
    """The state on a disk of its own, which can be filled."""
    subprocess.run(["mount", "-t", "tmpfs", "-o",
                    "size=%d,mode=700,uid=990,gid=990" % SIZE, "tmpfs",
                    conf.STATE], check=True)
    yield Disk()
    put_away()


@pytest.fixture
def ext4(sshd, settings):
    """The same on a real file system, in a file."""
    nodes = [("loop-control", stat.S_IFCHR, 10, 237)] + [
        ("loop%d" % n, stat.S_IFBLK, 7, n) for n in range(64)]
    for name, kind, major, minor in nodes:
        if not os.path.exists("/dev/" + name):
            os.mknod("/dev/" + name, kind | 0o600, os.makedev(major, minor))
    image = "/run/state.img"
    with open(image, "wb") as out:
        out.write(bytes(2 * SIZE))
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-E",
                    "lazy_itable_init=0,root_owner=990:990", image],
                   check=True)
    run = subprocess.run(["mount", "-o", "loop", image, conf.STATE],
                         stderr=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        os.unlink(image)
        pytest.skip("no loop device here: " + run.stderr.strip())
    os.rmdir(conf.STATE + "/lost+found")
    os.chmod(conf.STATE, 0o700)
    yield Disk()
    put_away()
    os.unlink(image)


class Disk:
    """Its free space, and whether it can be written."""

    def fill(self):
        """Not a byte is left, and no new file can be made."""
        number = 0
        while os.statvfs(conf.STATE).f_bavail > 0:
            with open("%s/other.%d" % (conf.STATE, number), "wb",
                      buffering=0) as out:
                try:
                    while True:
                        out.write(bytes(65536))
                except OSError:
                    pass
            number += 1

    def empty(self):
        for name in os.listdir(conf.STATE):
            if name.startswith("other."):
                os.unlink(os.path.join(conf.STATE, name))

    @staticmethod
    def free():
        return os.statvfs(conf.STATE).f_bavail

    @staticmethod
    def remount(how):
        SHARED.let_go()
        subprocess.run(["mount", "-o", "remount," + how, conf.STATE],
                       check=True)


# Takes whatever is free, within a half millisecond and while its input is open. It tells
# how many bytes it took since it found the disk full for the first time.
THIEF = """
import os, select, sys
out = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
taken, full, block = 0, False, bytes(4096)
while full is False or not select.select([0], [], [], 0.0005)[0]:
    try:
        for _ in range(4096):
            taken += os.write(out, block)
    except OSError:
        if not full:
            full, taken = True, 0
            print("full", flush=True)
print(taken, flush=True)
"""


@contextlib.contextmanager
def thief_at_work():
    """A program that wants the disk full, with a file of its own on it."""
    with subprocess.Popen(
            ["/usr/bin/python3", "-c", THIEF, conf.STATE + "/other.thief"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout.readline() == "full\n"
        yield
        assert run.poll() is None
        run.stdin.close()
        print("taken by the thief: %s bytes" % run.stdout.read().strip())


def wait_full(disk):
    """The thief gets every block, also on a busy machine."""
    end = time.monotonic() + 10
    while disk.free() != 0:
        assert time.monotonic() < end, disk.free()
        time.sleep(0.01)


def explained(admin, user="alice"):
    """What explain says of the next login from FAR: what it asks for, else
    why not, and for how many minutes; or why it cannot say."""
    out = admin.run("explain", user, "sshd", FAR, "--json")[1]
    if not out.startswith("{"):
        return out
    found = json.loads(out)
    return found["reason"] or found["ask"], round(found["wait_s"] / 60)


def denied(quick, sim, syslog, words, user="alice", said=None):
    """Refused, nothing sent, and the log names file and remedy; explain says
    the same beforehand."""
    found = explained(state.Admin(), user)
    assert re.search(r"state\.db.*" + (said or words), found), found
    before = len(sim.requests())
    syslog.clear()
    login = quick.login(user)
    assert login.ended() != 0
    assert quick.line(user)["reason"] == "state"
    syslog.wait_for(r"state\.db.*" + words)
    assert len(sim.requests()) == before


def one_of_each(quick, sim, app, codes, clock):
    """A phone code behind a wrong one and r, the app, a recovery code."""
    login = quick.login()
    login.prompt("Verification code sent")
    clock.advance(34)
    login.answer("r")
    login.prompt("code: new one sent")
    code = sim.code("alice")
    login.answer(wrong(code))
    login.prompt("code was wrong")
    login.answer(code)
    assert login.ended() == 0, login.text
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer("t")
    login.prompt("of your app")
    login.answer(app.code())
    assert login.ended() == 0, login.text
    login = quick.login()
    login.prompt("Verification code already sent")
    login.answer(codes.pop())
    assert login.ended() == 0, login.text
    clock.advance(600)


def test_full_disk_stops_nobody(disk, quick, sim, app, clock, settings,
                                admin):
    """Every kind of login, again and again, with no byte free."""
    settings.set(limits={"sends_per_user_hour": 300,
                         "sends_per_user_day": 300,
                         "sends_per_number_day": 300,
                         "answered_per_number_day": 1000,
                         "sends_per_source_hour": 300, "resend_wait": [1]})
    codes = admin.codes(count=20)
    used(quick)
    disk.fill()
    for _ in range(8):
        one_of_each(quick, sim, app, codes, clock)
    assert os.statvfs(conf.STATE).f_bavail == 0
    assert admin.left() == 12
    disk.empty()
    one_of_each(quick, sim, app, codes, clock)


def blocks(settings):
    """How many blocks each part of the state has."""
    parts = ["", "-wal", "-shm", "-room"]
    return {part: os.stat(settings.state + part).st_blocks for part in parts}


def locked_and_opened(quick, sim, admin, user):
    login = quick.login(user)
    login.prompt("Verification code sent")
    code = sim.code(user)
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    admin.do("unlock", user)


@pytest.mark.parametrize("kind, logins", [
    ("disk", points(60, 200)), ("ext4", points(20, 60))],
                         ids=("disk", "ext4"))
def test_thief_of_space_stops_nobody(request, quick, sim, settings, admin,
                                     kind, logins):
    """What a login gives back is somebody else's at once: nothing is."""
    disk = request.getfixturevalue(kind)
    settings.set(limits={"lock_after": 3, "answered_per_number_day": 1000} | {
        "sends_per_" + key: 1000 for key in
        ("user_hour", "user_day", "number_day", "source_hour", "host_hour")})
    used(quick)
    before = blocks(settings)
    with thief_at_work():
        for count in range(logins):
            user = ("alice", "bob")[count % 2]
            login = quick.login(user)
            assert "Verification code sent" in login.prompt(), (
                count, blocks(settings))
            login.answer(sim.code(user))
            assert login.ended() == 0, (count, login.text)
            if count % 20 == 19:
                locked_and_opened(quick, sim, admin, user)
        wait_full(disk)
        after = blocks(settings)
    assert [part for part in before if after[part] < before[part]] == []
    disk.empty()
    quick.right(quick.login())


def test_full_disk_stops_no_lock(disk, quick, sim, clock, settings, admin):
    settings.set(limits={"lock_after": 3})
    used(quick)
    disk.fill()
    login = quick.login()
    login.prompt("Verification code sent")
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    clock.advance(61)
    login = quick.login()
    login.prompt("locked for 14 min")
    login.hang_up()
    admin.do("unlock", "alice")
    quick.right(quick.login())


def test_disk_that_was_full_from_the_beginning(disk, quick, sim, syslog):
    disk.fill()
    denied(quick, sim, syslog, "space|full")
    disk.empty()
    syslog.clear()
    quick.right(quick.login())


def test_read_only_disk(disk, quick, sim, syslog):
    used(quick)
    disk.remount("ro")
    denied(quick, sim, syslog, "(read-only|Read-only).*writable")
    disk.remount("rw")
    syslog.clear()
    quick.right(quick.login())


def test_read_only_disk_is_no_outage(disk, quick, sim, syslog, settings):
    settings.set(on_outage="allow")
    used(quick)
    disk.remount("ro")
    denied(quick, sim, syslog, "writable")


@pytest.mark.parametrize("part", ["", "-wal", "-shm"])
@pytest.mark.parametrize("spoil, words", [
    (lambda path: shutil.chown(path, "alice", "alice"),
     r"belongs to user alice: chown it to user twofa"),
    (lambda path: os.chmod(path, 0o644), r"has mode 0644: chmod 0600"),
    (lambda path: os.chmod(path, 0o400), r"has mode 0400: chmod 0600"),
], ids=["owner", "open", "shut"])
def test_owner_and_mode(quick, sim, syslog, settings, part, spoil, words):
    used(quick)
    path = settings.state + part
    assert os.path.exists(path)
    spoil(path)
    denied(quick, sim, syslog, words)
    os.chown(path, 990, 990)
    os.chmod(path, 0o600)
    syslog.clear()
    quick.right(quick.login())


def overwrite(path, where, data):
    with open(path, "r+b") as out:
        out.seek(where)
        out.write(data)


def settle():
    """All that is in the log goes to the database; the log is empty."""
    link = sqlite3.connect(conf.STATE + "/state.db")
    link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    link.close()


@pytest.mark.parametrize("spoil", [
    lambda path: os.truncate(path, 4096 * 3),
    lambda path: os.truncate(path, 100),
    lambda path: overwrite(path, 0, b"\0" * 100),
    lambda path: overwrite(path, 4096, b"\xa5" * (os.stat(path).st_size
                                                  - 4096)),
], ids=["short", "stump", "header", "pages"])
def test_damaged(quick, sim, syslog, settings, spoil):
    used(quick)
    settle()
    spoil(settings.state)
    denied(quick, sim, syslog, "damaged.*move it.*away")
    for name in os.listdir(conf.STATE):
        if name.startswith("state.db"):
            os.unlink(os.path.join(conf.STATE, name))
    syslog.clear()
    quick.right(quick.login())


@pytest.mark.parametrize("size", [0, 20, 5000])
def test_log_that_was_cut(quick, sim, settings, admin, size):
    """What was not in the database yet is gone, and nothing else: a frame
    that is not whole counts as not written."""
    codes = admin.codes(count=2)
    settle()
    login = quick.login("bob")
    login.prompt("Verification code sent")
    login.hang_up()
    SHARED.let_go()
    os.truncate(settings.state + "-wal", size)
    assert admin.left() == 2
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(codes[0])
    assert login.ended() == 0


def test_written_by_a_newer_version(quick, sim, syslog, settings):
    used(quick)
    link = sqlite3.connect(settings.state)
    link.execute("PRAGMA user_version = 99")
    link.close()
    denied(quick, sim, syslog, r"newer version \(schema 99\): install that "
                               "one, or move the file away")


def test_some_other_database(quick, sim, syslog, settings):
    settings.no_state()
    link = sqlite3.connect(settings.state)
    link.execute("CREATE TABLE mine(a)")
    link.commit()
    link.close()
    os.chown(settings.state, 990, 990)
    os.chmod(settings.state, 0o600)
    denied(quick, sim, syslog, "some other database: move it away")


def test_busy_for_too_long(quick, sim, syslog, settings, pam):
    """Somebody looks at it by hand and keeps the lock. The login waits for it
    up to its deadline, not longer."""
    used(quick)
    pam.args(deadline=10)
    link = sqlite3.connect(settings.state, isolation_level=None)
    link.execute("BEGIN IMMEDIATE")
    denied(quick, sim, syslog, r"locked for (9|10) s: end the program",
           said="locked for 20 s: end the program")
    assert 9000 < int(quick.line("alice")["total_ms"]) < 12000
    link.execute("ROLLBACK")
    link.close()
    syslog.clear()
    quick.right(quick.login())


def test_busy_for_a_moment(quick, sim, settings):
    """Who waits gets in: nothing is refused for a lock that goes away."""
    used(quick)
    link = sqlite3.connect(settings.state, isolation_level=None)
    link.execute("BEGIN IMMEDIATE")
    before = len(sim.requests())
    login = quick.login()
    login.expect("\n")  # the password was taken
    assert len(sim.requests()) == before
    link.execute("ROLLBACK")
    link.close()
    quick.right(login)


# The clock.

@pytest.mark.parametrize("jump", [-HOUR, HOUR, 400 * 24 * HOUR])
def test_running_code_does_not_care_for_the_time_of_day(quick, sim, clock,
                                                        jump):
    login = quick.login()
    login.prompt("Verification code sent")
    login.hang_up()
    clock.set_wall(jump)
    again = quick.login()
    again.prompt("Verification code already sent")
    again.answer(sim.code("alice"))
    assert again.ended() == 0
    asked(sim, start=1, check=1)


def test_lock_when_the_clock_goes_back(quick, sim, clock, settings,
                                       admin):
    """It lasts as long as it was made for, from now: not an hour more."""
    settings.set(limits={"lock_after": 3})
    login = quick.login(rhost=FAR)
    login.prompt("Verification code sent")
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    clock.advance(61)
    clock.set_wall(-HOUR)
    assert explained(admin) == ("locked", 15)
    login = quick.login(rhost=FAR)
    login.prompt("locked for 1[45] min")
    login.hang_up()
    clock.advance(15 * 60 + 5)
    quick.right(quick.login(rhost=FAR))


def test_lock_when_the_clock_goes_forward(quick, sim, clock, settings,
                                          admin):
    settings.set(limits={"lock_after": 3})
    login = quick.login(rhost=FAR)
    login.prompt("Verification code sent")
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    clock.advance(61)
    clock.set_wall(HOUR)
    assert explained(admin) == ("send", 0)
    quick.right(quick.login(rhost=FAR))


def unanswered(login, clock):
    """A login that is left at its prompt, until its code is no good either."""
    login.prompt("Verification code sent")
    login.hang_up()
    clock.advance(301)


def test_sends_when_the_clock_goes_back(quick, clock, settings, admin):
    """They count as made now: nothing is forgotten, nobody waits longer."""
    settings.set(limits={"sends_per_user_hour": 1})
    unanswered(quick.login(), clock)
    clock.set_wall(-HOUR)
    assert explained(admin) == ("limit", 60)
    login = quick.login()
    login.prompt("Wait (59|60) min")
    login.hang_up()
    clock.advance(HOUR + 5)
    quick.right(quick.login())


def test_sends_when_the_clock_goes_forward(quick, clock, settings, admin):
    settings.set(limits={"sends_per_user_hour": 1})
    unanswered(quick.login(), clock)
    clock.set_wall(HOUR + 5)
    assert explained(admin) == ("send", 0)
    quick.right(quick.login())


def test_app_when_the_clock_goes_back(quick, app, clock, admin):
    """Steps up to the last used one stay used; a recovery code is the way."""
    codes = admin.codes()
    clock.set_wall(60 + 5 - int(clock.today()) % 30)
    for back, right in ((0, True), (HOUR, False)):
        clock.advance_wall(-back)
        login = quick.login()
        login.prompt("code (already )?sent")
        login.answer("t")
        login.prompt("of your app")
        login.answer(app.code())
        if not right:
            login.prompt("code was wrong")
            login.answer(codes[0])
        assert login.ended() == 0
    assert state.dump()["totp"] != []


def test_money_when_the_clock_goes_back(quick, clock, settings, admin):
    """What was spent on a day that has not come yet counts as today's."""
    settings.set(limits={"spend_per_day": "0.10",
                         "price_per_send": "0.10"})
    clock.set_wall(48 * HOUR)
    quick.right(quick.login())
    clock.set_wall(0)
    assert explained(admin)[0] == "limit"
    login = quick.login()
    login.prompt("Wait")
    login.hang_up()
