# SPDX-License-Identifier: BSD-2-Clause
"""remember_minutes: who gets in without a code a while after one, and who
does not."""

import os
import subprocess
import uuid

import pytest

import admin as state
from steps import ONCE, asked, wrong

TRANSPORTS = ("spawn", "socket")

BOOT_ID = "/proc/sys/kernel/random/boot_id"
FAR = "192.0.2.1"


@pytest.fixture
def remember(settings):
    settings.set(rules=[{"remember_minutes": 15}])
    return settings


@pytest.fixture
def shell(terminals):
    """A user's shell on a terminal of its own: many sudos, one session."""
    def start(user="alice"):
        login = terminals.run("/bin/bash", "--norc", "--noediting", "-c",
                              "while read -r line; do eval \"$line\"; done",
                              user=user)
        login.setecho(False)
        return login
    return start


def sudo(login, sim, asks):
    """One sudo of this shell; asks: does it want a code?"""
    before = len(sim.requests())
    login.answer("sudo id -un; echo ended $?")
    login.password()
    if asks:
        login.prompt("Verification code sent")
        login.answer(sim.wait_messages(1, "alice")[-1]["code"])
    login.expect(r"ended (\d+)")
    assert login.match.group(1) == "0"
    found = sim.requests()[before:]
    assert len(found) == (2 if asks else 0), found


def test_off_by_default(shell, sim):
    login = shell()
    sudo(login, sim, asks=True)
    sudo(login, sim, asks=True)
    assert state.dump()["grace"] == []


def test_same_terminal(remember, shell, sim, syslog):
    login = shell()
    sudo(login, sim, asks=True)
    syslog.clear()
    sudo(login, sim, asks=False)
    line = syslog.login_line(user="alice", service="sudo")
    assert line["outcome"] == "allowed" and line["reason"] == "grace"
    assert "method" not in line


def test_another_terminal(remember, shell, sim):
    first = shell()
    sudo(first, sim, asks=True)
    sudo(shell(), sim, asks=True)
    sudo(first, sim, asks=False)


# One session after the other on one terminal: each opens it by its name, as
# getty does, and so comes to own it.
SESSIONS = r"""
import fcntl, os, pwd, signal, termios
name = os.ttyname(0)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
fcntl.ioctl(0, termios.TIOCNOTTY)
for _ in range(2):
    child = os.fork()
    if child == 0:
        os.setsid()
        fd = os.open(name, os.O_RDWR)
        for n in range(3):
            os.dup2(fd, n)
        os.setgid(pwd.getpwnam("alice").pw_gid)
        os.setuid(pwd.getpwnam("alice").pw_uid)
        os.execv("/usr/bin/sudo", ["sudo", "id", "-un"])
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(os.open(name, os.O_RDWR | os.O_NOCTTY),
             b"ended %d\n" % status)
"""


def in_one_session(terminals, tty, *items, before=""):
    """A service that asks twice from one session, and calls its terminal so:
    a shell's words, with the true name in $t."""
    options = " ".join("-I " + item for item in ("tty=" + tty,) + items)
    return terminals.run(
        "/bin/sh", "-c", "t=$(tty); for n in 1 2; do %s pamtester %s -- "
        "sudo alice authenticate; echo ended $?; done" % (before, options),
        password_of="alice")


def asks(login, sim, *nths):
    """The codes that it wants, one after the other."""
    for nth in nths:
        login.password()
        login.prompt("Verification code sent")
        login.answer(sim.code("alice", nth=nth))
        login.expect("ended 0")


@pytest.mark.parametrize("tty", ["$t", "${t#/dev/}"])
def test_terminal_by_its_name(remember, terminals, sim, tty):
    """sudo says /dev/pts/0, su says pts/0."""
    login = in_one_session(terminals, tty)
    asks(login, sim, 1)
    login.password()
    login.expect("ended 0")
    assert login.ended() == 0
    asked(sim, start=1, check=1)


@pytest.mark.parametrize("tty, items, before", [
    ("ftp", (), ""), ("ftp", ("rhost=127.0.0.1",), ""),
    ("$t", ("rhost=127.0.0.1",), ""), ("null", (), ""), ("pts/99", (), ""),
    ("pts/../$t", (), ""), ("$t", (), "setsid -w")],
    ids=["constant", "constant and address", "address", "another device",
         "no device", "path", "session without one"])
def test_no_terminal_of_the_session(remember, terminals, sim, tty, items,
                                    before):
    """Any text may stand in PAM_TTY, and any name of the own machine in
    PAM_RHOST: nothing is remembered, and nobody is denied."""
    login = in_one_session(terminals, tty, *items, before=before)
    asks(login, sim, 1, 2)
    assert login.ended() == 0
    asked(sim, start=2, check=2)
    assert state.dump()["grace"] == []


# One leader that goes from its terminal to another and back.
MOVES = r"""
import fcntl, os, pty, signal, termios
signal.signal(signal.SIGHUP, signal.SIG_IGN)
here, there = os.ttyname(0), os.ttyname(pty.openpty()[1])
fcntl.ioctl(0, termios.TIOCNOTTY)
for name in here, there, here:
    fd = os.open(name, os.O_RDWR)
    if os.fork() == 0:
        os.execv("/usr/bin/pamtester", [
            "pamtester", "-I", "tty=" + name, "--", "sudo", "alice",
            "authenticate"])
    status = os.waitstatus_to_exitcode(os.wait()[1])
    os.write(1, b"ended %d\n" % status)
    fcntl.ioctl(fd, termios.TIOCNOTTY)
"""


def test_another_terminal_in_the_same_session(remember, terminals, sim):
    login = terminals.run("/usr/bin/python3", "-c", MOVES,
                          password_of="alice")
    asks(login, sim, 1, 2)
    login.password()
    login.expect("ended 0")
    assert login.ended() == 0
    asked(sim, start=2, check=2)


def test_new_session_on_the_same_pty(remember, terminals, sim, syslog):
    """The terminal has the same name, but it is somebody else's turn."""
    login = terminals.run("/usr/bin/python3", "-c", SESSIONS,
                          password_of="alice")
    for nth in (1, 2):
        login.password()
        login.prompt("Verification code sent")
        login.answer(sim.code("alice", nth=nth))
        login.expect("ended 0")
    assert login.ended() == 0
    asked(sim, start=2, check=2)
    ttys = [line for line in syslog.lines() if "TTY=" in line]
    assert len({line.split("TTY=")[1].split()[0] for line in ttys}) == 1


def test_not_after_a_reboot(remember, shell, sim):
    login = shell()
    sudo(login, sim, asks=True)
    path = "/run/boot_id"
    with open(path, "w", encoding="ascii") as out:
        out.write("%s\n" % uuid.uuid4())
    subprocess.run(["mount", "--bind", path, BOOT_ID], check=True)
    try:
        sudo(login, sim, asks=True)
        sudo(login, sim, asks=False)
    finally:
        subprocess.run(["umount", BOOT_ID], check=True)
    os.unlink(path)
    sudo(login, sim, asks=False)  # the boot of the beginning


def test_ends_and_is_not_extended(remember, shell, sim, clock):
    """Fifteen minutes after the code, not after the last use of it."""
    login = shell()
    sudo(login, sim, asks=True)
    for _ in range(2):
        clock.advance(7 * 60)
        sudo(login, sim, asks=False)
    clock.advance(30)
    sudo(login, sim, asks=False)
    clock.advance(31)
    sudo(login, sim, asks=True)


def test_a_clock_that_was_set_back_ends_it(remember, shell, sim, clock):
    login = shell()
    clock.set_wall(3600)
    sudo(login, sim, asks=True)
    sudo(login, sim, asks=False)
    clock.set_wall(0)
    sudo(login, sim, asks=True)


def test_a_clock_that_is_right_again_does_not_bring_it_back(
        remember, shell, sim, clock):
    """Ended by any login meanwhile, also one that nobody finished."""
    login = shell()
    clock.set_wall(3600)
    sudo(login, sim, asks=True)
    clock.set_wall(0)
    other = shell("bob")
    other.answer("sudo id -un; echo ended $?")
    other.password()
    other.prompt("Verification code sent")
    other.hang_up()
    clock.set_wall(3600)
    sudo(login, sim, asks=True)


def test_ended_by_a_change_of_the_users_file(remember, shell, sim):
    login = shell()
    sudo(login, sim, asks=True)
    remember.user("alice", channels=["sms"])
    sudo(login, sim, asks=True)
    sudo(login, sim, asks=False)


def test_ended_by_a_change_and_its_reversal(remember, shell, sim):
    login = shell()
    sudo(login, sim, asks=True)
    remember.user("alice", enabled=False)
    remember.user("alice")
    sudo(login, sim, asks=True)
    path = remember.users_dir + "/alice.conf"
    os.rename(path, path + ".away")
    os.rename(path + ".away", path)
    sudo(login, sim, asks=True)
    sudo(login, sim, asks=False)


def test_ended_by_forget(remember, shell, sim, admin):
    login = shell()
    sudo(login, sim, asks=True)
    admin.do("forget", "alice")
    assert admin.run("forget", "alice")[0] == 1
    sudo(login, sim, asks=True)


def test_forget_of_everybody(remember, shell, sim, admin):
    login = shell()
    sudo(login, sim, asks=True)
    admin.do("forget", "--yes")
    sudo(login, sim, asks=True)


def test_disabled_user_is_not_remembered(remember, shell, sim):
    login = shell()
    sudo(login, sim, asks=True)
    remember.user("alice", enabled=False)
    login.answer("sudo -K; sudo id -un; echo ended $?")
    login.password()
    login.expect("try again|ended 1")
    login.hang_up()


def test_it_survives_a_lock(remember, shell, terminals, sim, syslog):
    """Who has the password cannot end the owner's session with it."""
    remember.set(limits={"lock_after": 3})
    login = shell()
    sudo(login, sim, asks=True)
    other = terminals.sudo("alice")
    other.password()
    for words in ("Verification code sent", "2 tries", "1 try"):
        other.prompt(words)
        other.answer(wrong(sim.code("alice", nth=2)))
    other.password()
    other.prompt("[Ll]ocked for 15 min")
    other.hang_up()
    sudo(login, sim, asks=False)


def test_another_service(remember, shell, terminals, sim):
    login = shell()
    sudo(login, sim, asks=True)
    login.answer("su bob -c 'id -un'; echo ended $?")
    login.password("pw-bob")
    login.prompt("Verification code sent")
    login.hang_up()


def test_no_terminal_is_no_binding(remember, quick, sim):
    """A service that names no terminal remembers nothing."""
    for nth in (1, 2):
        login = quick.login(service="sudo")
        login.prompt("Verification code sent")
        login.answer(sim.code("alice", nth=nth))
        assert login.ended() == 0
    assert state.dump()["grace"] == []


def test_an_outage_is_not_remembered(remember, terminals, sim, settings,
                                     syslog):
    """Let in without a code: nothing to remember. A code is, there."""
    settings.set(on_outage="allow")
    for outage in (True, False):
        syslog.clear()
        if outage:
            sim.stop()
        else:
            sim.start()
        login = terminals.login("alice")
        login.password()
        if not outage:
            login.code(sim)
        line = syslog.login_line(user="alice", outcome="allowed")
        assert line.get("reason", "") == ("outage" if outage else "")
        assert len(state.dump()["grace"]) == (0 if outage else 1)
        login.hang_up()


def test_never_for_a_decoy(remember, shell, sim, pam, syslog):
    """Without a first factor it is a decoy, remembered or not."""
    login = shell()
    sudo(login, sim, asks=True)
    pam.only("sudo")
    syslog.clear()
    login.answer("sudo id -un; echo ended $?")
    login.prompt("Verification code sent")
    login.answer("123456")
    login.prompt("code was wrong")
    login.hang_up()
    asked(sim, start=1, check=1)


# sshd: only behind a key, and never from loopback.

@pytest.fixture
def far(sshd, pam, remember):
    """sshd at an address that is not loopback; its client has it, too."""
    subprocess.run(["ip", "addr", "add", FAR + "/32", "dev", "lo"],
                   check=True)
    server = sshd.start(
        "ListenAddress " + FAR,
        "AuthenticationMethods publickey,keyboard-interactive:pam "
        "keyboard-interactive:pam")
    yield Far(server, pam)
    server.stop()
    subprocess.run(["ip", "addr", "del", FAR + "/32", "dev", "lo"],
                   check=True)


class Far:
    """Logins to that server."""

    def __init__(self, server, pam):
        self._server = server
        self._pam = pam

    def new_key(self):
        for name in ("alice.key", "alice.key.pub"):
            os.unlink(os.path.join(self._server.folder, name))

    def login(self, host=FAR, bind=FAR, key=True):
        """With a key, the module is all there is in the stack."""
        if key:
            self._pam.only("sshd")
        else:
            self._pam.reset()
        options = ONCE + ("HostName=" + host, "BindAddress=" + bind)
        login = self._server.login(
            "alice", options=options,
            key=self._server.key("alice") if key else None)
        if not key:
            login.password()
        return login

    def asks(self, sim, nth, **where):
        login = self.login(**where)
        login.prompt("Verification code sent")
        login.answer(sim.code("alice", nth=nth))
        assert login.ended() == 0, login.text

    def remembers(self, **where):
        login = self.login(**where)
        assert login.ended() == 0, login.text
        assert "code" not in login.text and "alice" in login.text


def test_key_from_the_same_address(far, sim, syslog):
    far.asks(sim, 1)
    syslog.clear()
    far.remembers()
    assert syslog.login_line(service="sshd")["reason"] == "grace"
    asked(sim, start=1, check=1)


def test_key_from_another_address(far, sim):
    subprocess.run(["ip", "addr", "add", "192.0.2.2/32", "dev", "lo"],
                   check=True)
    try:
        far.asks(sim, 1)
        far.asks(sim, 2, bind="192.0.2.2")
        far.remembers(bind="192.0.2.2")
    finally:
        subprocess.run(["ip", "addr", "del", "192.0.2.2/32", "dev", "lo"],
                       check=True)


def test_another_key(far, sim):
    far.asks(sim, 1)
    far.new_key()
    far.asks(sim, 2)
    far.remembers()


def test_never_with_a_password_alone(far, sim):
    for nth in (1, 2):
        far.asks(sim, nth, key=False)
    assert state.dump()["grace"] == []


def test_password_does_not_use_what_a_key_earned(far, sim):
    far.asks(sim, 1)
    far.asks(sim, 2, key=False)
    far.remembers()


def test_never_from_loopback(far, sim):
    """Everybody on the machine, and every tunnel, comes from there."""
    for nth in (1, 2):
        far.asks(sim, nth, host="127.0.0.1", bind="127.0.0.1")
    assert state.dump()["grace"] == []


DAY = 24 * 3600


@pytest.fixture
def for_days(settings):
    """Thirty days by the key alone, unless it was not used for a week."""
    def rules(minutes=30 * 24 * 60, how="key"):
        settings.set(rules=[{"services": ["sshd"], "remember_minutes": minutes,
                             "remember_with": how}])
    rules()
    return rules


@pytest.fixture
def elsewhere():
    subprocess.run(["ip", "addr", "add", "192.0.2.2/32", "dev", "lo"],
                   check=True)
    yield "192.0.2.2"
    subprocess.run(["ip", "addr", "del", "192.0.2.2/32", "dev", "lo"],
                   check=True)


def test_a_key_from_anywhere(far, for_days, elsewhere, sim, clock):
    far.asks(sim, 1)
    far.remembers(bind=elsewhere)
    for _ in range(4):
        clock.advance(6 * DAY)
        far.remembers(bind=elsewhere)
    clock.advance(5 * DAY)
    far.remembers()
    clock.advance(DAY)
    far.asks(sim, 2)
    clock.advance(8 * DAY)
    far.asks(sim, 3)
    asked(sim, start=3, check=3)


def test_another_key_from_anywhere(far, for_days, sim):
    far.asks(sim, 1)
    far.new_key()
    far.asks(sim, 2)
    far.asks(sim, 3, key=False)
    far.remembers()


def test_shorter_settings_hold_at_once(far, for_days, elsewhere, sim, clock):
    far.asks(sim, 1)
    for_days(how="key+address")
    far.asks(sim, 2)
    far.asks(sim, 3, bind=elsewhere)
    clock.advance(3600)
    for_days(minutes=59)
    far.asks(sim, 4)


def test_a_key_never_from_loopback(far, for_days, sim):
    for nth in (1, 2):
        far.asks(sim, nth, host="127.0.0.1", bind="127.0.0.1")
    assert state.dump()["grace"] == []


def test_an_address_of_six(sshd, pam, for_days, sim):
    """Hosts change the second half of theirs every day."""
    mine, other = "2001:db8::1", "2001:db8::2:2"
    for address in (mine, other):
        subprocess.run(["ip", "addr", "add", address + "/128", "dev", "lo"],
                       check=True)
    server = sshd.start(
        "ListenAddress " + mine, "AuthenticationMethods "
        "publickey,keyboard-interactive:pam keyboard-interactive:pam")
    try:
        for_days(how="key+address")
        where = Far(server, pam)
        where.asks(sim, 1, host=mine, bind=mine)
        where.remembers(host=mine, bind=other)
    finally:
        server.stop()
        for address in (mine, other):
            subprocess.run(["ip", "addr", "del", address + "/128", "dev",
                            "lo"], check=True)


def test_what_is_said_of_it(for_days, admin):
    words = ("rule 1: logins are remembered for 43200 minutes, by the key "
             "from any address")
    out = admin.do("report", "--exceptions")
    assert out == words + "\n"
    out = admin.do("explain", "alice", "sshd", FAR)
    assert "remember_minutes: 43200, with the key from any address" in out
    out = admin.run("doctor")[1]
    assert "note: remember-long: %s: so long a stolen key file" % words in out
