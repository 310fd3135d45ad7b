# SPDX-License-Identifier: BSD-2-Clause
"""What somebody who is not root, or who has a user's password alone, can do to
a trial: nothing ends it early, keeps it from its end, or feeds it files."""

import fcntl
import glob
import os
import pty
import shutil
import signal
import struct
import subprocess
import time
import tty
from syslog import LOG_ERR

import enablehost
import leftovers
import pytest

TRANSPORTS = ("spawn",)
WITHIN = 600
PENDING = enablehost.STATE + "/pending"
BESIDE = ["/etc/pam.d/.sudo.twofactl", "/etc/pam.d/.sshd.twofactl",
          "/etc/ssh/sshd_config.d/.30-twofa.conf.twofactl"]


@pytest.fixture(name="trial")
def trial_fixture(enabling):
    """sudo is on trial; what stood before, and what stands now."""
    before = enablehost.files()
    enabling.on_trial("sudo")
    return before, everything()


def everything():
    """The files of the services, and what twofactl keeps."""
    kept = {path: enablehost.read(path) for path in
            sorted(glob.glob(enablehost.STATE + "/**", recursive=True))
            if os.path.isfile(path)}
    return enablehost.files(), kept


def by_carol(terminals, *argv):
    """Somebody with an account, and no more; status and what is shown."""
    t = terminals.run(*argv, user="carol")
    return t.ended(), t.text


def timers():
    """Processes that wait to end a trial, root's and nobody's children."""
    return [pid for pid, name, _, parent in leftovers.processes()
            if name == "twofactl" and parent == 1]


def rolled_back(syslog, reason="timeout"):
    return syslog.wait_for(r"twofactl.* enable sudo: rolled back \(%s\)"
                           % reason, timeout=20)


def test_commands_are_roots(trial, terminals):
    number = enablehost.read(PENDING).split()[1]
    for words in ("confirm", "confirm --anyway", "rollback", "rollback --boot",
                  "rollback --timer " + number, "disable sudo",
                  "disable --all", "enable su --no-input --anyway",
                  "enable su --no-trial", "enable sudo --check"):
        status, text = by_carol(terminals, enablehost.TWOFACTL, *words.split())
        assert status == 4 and "only root may do that" in text, words
    assert everything() == trial[1]


def test_what_is_kept_is_roots(trial, terminals):
    for command in ("ls %s", "cat %s/pending", "cat %s/trial/before.0",
                    "rm -f %s/pending", "echo trial x > %s/pending",
                    "touch %s/enabled.sudo", "mv %s %s.old", "chmod 777 %s",
                    "flock -n %s/lock true", "flock -n %s true"):
        status, text = by_carol(terminals, "/bin/sh", "-c",
                                command.replace("%s", enablehost.STATE))
        assert status != 0 and "ermi" in text, text  # permission, permitted
    assert everything() == trial[1]


def test_nobody_holds_the_lock(trial, enabling, terminals):
    """It is a file of root's alone: nothing of carol's keeps twofactl waiting."""
    t = terminals.run("/bin/sh", "-c", "flock %s/lock sleep 60; echo tried; "
                      "read x" % enablehost.STATE, user="carol")
    t.expect("tried")
    enabling.run("rollback")
    assert enablehost.files() == trial[0]


def test_names_in_etc_are_roots(trial, terminals):
    for path in BESIDE + ["/run/twofactl/key", "/etc/pam.d/sudo"]:
        for command in ("ln -s /home/carol/x %s", "echo x > %s",
                        "mv -f /home/carol/.profile %s", "rm -f %s && ls %s"):
            status, _ = by_carol(terminals, "/bin/sh", "-c",
                                 command.replace("%s", path))
            assert status != 0, (command, path)
    assert everything() == trial[1]


@pytest.mark.parametrize("kind", ["link", "hard link", "folder of files"])
def test_a_name_that_is_taken(enabling, tmp_path, kind):
    """What is found there is followed by nobody: it goes, or it is said."""
    victim = str(tmp_path / "victim")
    enablehost.write(victim, "mine\n")
    before = enablehost.files()
    if kind == "link":
        os.symlink(victim, BESIDE[0])
    elif kind == "hard link":
        enablehost.write("/etc/pam.d/twofa-victim", "mine\n")
        os.link("/etc/pam.d/twofa-victim", BESIDE[0])
        victim = "/etc/pam.d/twofa-victim"
    else:
        os.makedirs(BESIDE[0] + "/x")
    try:
        enabling.run("enable", "sudo", "--no-input", "--user", "alice",
                     expected=4 if kind == "folder of files" else 0)
        assert enablehost.read(victim) == "mine\n"
        if kind == "folder of files":
            assert enablehost.files() == before
        enabling.run("rollback")
        assert enablehost.files() == before
    finally:
        shutil.rmtree(BESIDE[0], ignore_errors=True)
        for path in (BESIDE[0], "/etc/pam.d/twofa-victim"):
            if os.path.lexists(path):
                os.unlink(path)


@pytest.mark.parametrize("spoil", [
    lambda: os.chmod(enablehost.STATE, 0o777),
    lambda: os.chmod(enablehost.STATE, 0o750),
    lambda: shutil.chown(enablehost.STATE, "carol")])
def test_a_folder_that_is_not_roots_alone(trial, enabling, spoil):
    """Nothing that stands in it is believed, whoever has written it."""
    enablehost.write(enablehost.STATE + "/trial/before.0",
                     "auth required pam_permit.so\n")
    spoil()
    for words in (["rollback"], ["confirm", "--anyway"], ["disable", "--all"],
                  ["rollback", "--boot"], ["enable", "su", "--no-trial"]):
        assert "mode 0700" in enabling.run(*words, expected=4)
    assert enablehost.files() == trial[1][0]


def test_the_timer_is_roots(clock, trial, terminals, syslog):
    """No signal of carol's ends or stops it, and root's hang-up neither."""
    pids = timers()
    for pid in pids:
        for name in ("HUP", "KILL", "STOP", "TERM", "ALRM"):
            status, text = by_carol(terminals, "/bin/kill", "-" + name,
                                    str(pid))
            assert status != 0 and "not permitted" in text
        os.kill(pid, signal.SIGHUP)
    assert pids and timers() == pids
    assert everything() == trial[1]
    clock.advance(WITHIN + 1)
    rolled_back(syslog)
    assert leftovers.wait_gone(pids[-1], 10)
    assert enablehost.files() == trial[0]


def holds(path):
    """Who has this file open, of those that wait to end a trial."""
    return [pid for pid in timers()
            for link in glob.glob("/proc/%d/fd/*" % pid)
            if os.path.realpath(link) == path]


def until(condition, timeout=20):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_timer_waits_for_who_is_at_work(clock, trial, syslog):
    """It comes once: another twofactl at that moment is not the end of it."""
    path = enablehost.STATE + "/lock"
    with open(path, encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        clock.advance(WITHIN + 1)
        until(lambda: holds(path))
        assert everything() == trial[1]
    rolled_back(syslog)
    assert enablehost.files() == trial[0]


def test_a_timer_of_another_trial(trial, enabling):
    for name in ("0" * 32, "", enablehost.read(PENDING).split()[1] + "0"):
        enabling.run("rollback", "--timer", name)
        assert everything() == trial[1]


@pytest.mark.parametrize("codes", [["000000", "000000", "000000"], ["q"]])
def test_the_password_without_a_code(clock, trial, enabling, terminals, sim,
                                     syslog, codes):
    """Denied; the trial goes on, is not confirmed by it, and ends in time."""
    t = terminals.sudo("alice", "id", "-un")
    t.password()
    for code in codes:
        t.prompt()
        t.answer(code)
    syslog.login_line(service="sudo", outcome="denied")
    t.interrupted()
    assert "root" not in t.text.split()
    assert everything() == trial[1]
    assert "nobody has logged in" in enabling.run("confirm", expected=1)
    clock.advance(WITHIN + 1)
    rolled_back(syslog)
    assert enablehost.files() == trial[0]


@pytest.fixture(name="admin_of_sudo")
def admin_of_sudo_fixture():
    """alice could become root."""
    subprocess.run(["usermod", "-aG", "sudo", "alice"], check=True)
    yield
    subprocess.run(["gpasswd", "-d", "alice", "sudo"], check=True,
                   stdout=subprocess.DEVNULL)


def log_in(terminals, sim):
    t = terminals.sudo("alice", "id", "-un")
    t.password()
    t.code(sim)
    assert t.ended() == 0 and "root" in t.text.split()


def test_the_proofs_own_login_confirms_nothing(clock, enabling, terminals, sim,
                                               admin_of_sudo):
    enabling.on_trial("sudo")
    assert "nobody has logged in" in enabling.run("confirm", expected=1)
    clock.advance(2)  # the state knows seconds
    log_in(terminals, sim)
    enabling.run("confirm")


def test_a_login_before_the_clock_was_set_back(clock, enabling, terminals,
                                               sim, admin_of_sudo):
    """It lies behind the trial's beginning by the clock, and yet is older."""
    enabling.run("enable", "sudo", "--no-trial")
    clock.set_wall(3600)
    log_in(terminals, sim)
    clock.set_wall(0)
    enabling.run("disable", "sudo")
    enabling.run("enable", "sudo", "--no-input", "--user", "alice")
    assert "nobody has logged in" in enabling.run("confirm", expected=1)


@pytest.mark.parametrize("moved", [86400, -86400])
def test_the_time_of_day_moves_no_end(clock, trial, enabling, terminals,
                                      sim, syslog, moved):
    """A trial lasts as long as it lasts, and a clock confirms nothing."""
    clock.set_wall(moved)
    assert "nobody has logged in" in enabling.run("confirm", expected=1)
    clock.advance(WITHIN - 30)
    assert everything() == trial[1]
    clock.advance(31)
    rolled_back(syslog)
    assert enablehost.files() == trial[0]


def listening():
    """Ports of this machine's network that somebody listens at."""
    return {line.split()[1] for name in ("tcp", "tcp6")
            for line in enablehost.read("/proc/net/" + name).split("\n")
            if " 0A " in line}


def proof(enabling, *words):
    """A login with the new files that has come to its code."""
    t = enabling.begin("sshd", "--anyway", *words)
    t.prompt()
    return t


@pytest.mark.parametrize("login", ["password", "key"])
def test_the_proof_is_seen_by_nobody(enabling, terminals, login):
    """No port, no file, no password of it is anybody's; killed, it leaves
    nothing."""
    before, ports = enablehost.files(), listening()
    shadow, mounts = enablehost.read("/etc/shadow"), mounted()
    t = proof(enabling, "--login", login)
    assert enablehost.files() == before
    assert enablehost.read("/etc/shadow") == shadow
    assert listening() == ports and mounted() == mounts
    assert os.listdir("/run/twofactl") == []
    _, text = by_carol(terminals, "/bin/sh", "-c",
                       "for p in /proc/[0-9]*; do cat $p/root/run/twofactl/key"
                       " $p/root/etc/shadow && echo READ; nsenter -m -t "
                       "${p#/proc/} echo ENTERED; done; ls /run/twofactl")
    assert "Permission denied" in text
    assert "READ" not in text and "ENTERED" not in text
    os.kill(t.pid, signal.SIGKILL)
    t.ended()
    until(lambda: not leftovers.helpers())
    assert enablehost.files() == before and not os.path.exists(PENDING)
    assert listening() == ports and mounted() == mounts
    assert os.listdir("/run/twofactl") == []


def mounted():
    return enablehost.read("/proc/self/mountinfo")


def test_no_login_by_the_proofs_password(enabling, terminals, sim, syslog):
    """It holds in the proof's view alone: su outside wants the real one."""
    t = proof(enabling)
    u = terminals.su("carol", "alice")
    u.password()
    assert u.ended() == 0 and "alice" in u.text.split()
    t.answer("q")
    assert t.ended() != 0
    assert not os.path.exists(PENDING)


def test_the_proof_is_no_way_in_without_a_password(enabling):
    """An account that nobody can log in to gets no password by it."""
    subprocess.run(["usermod", "-L", "alice"], check=True)
    try:
        assert "has no password in /etc/shadow" in enabling.run(
            "enable", "sshd", "--anyway", "--no-input", "--user", "alice",
            expected=4)
    finally:
        subprocess.run(["usermod", "-U", "alice"], check=True)
    assert not os.path.exists(PENDING)


def utmp(line, pid):
    """A record of who is logged in, as anybody of group utmp may write it."""
    return struct.pack("<hxxi32s4s32s256shhiii4i20x", 7, pid, line.encode(),
                       b"x", b"root", b"", 0, 0, 0, 0, 0, 0, 0, 0, 0)


@pytest.fixture(name="terminal_of_root")
def terminal_of_root_fixture():
    """Both ends of one, and its name below /dev."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    yield master, slave, os.ttyname(slave)[len("/dev/"):]
    os.close(master)
    os.close(slave)
    enablehost.write("/run/utmp", "")


def logged_in(*lines):
    with open("/run/utmp", "wb") as out:
        for line in lines:
            out.write(utmp(line, os.getpid()))


def shown(master):
    try:
        return os.read(master, 65536)
    except BlockingIOError:
        return b""


def test_roots_terminals_are_told(clock, trial, syslog, terminal_of_root):
    """By their owner: sudo's are in no list, and some systems have none."""
    master = terminal_of_root[0]
    os.unlink("/run/utmp")
    clock.advance(WITHIN + 1)
    rolled_back(syslog)
    until(lambda: not os.path.exists(PENDING))
    assert shown(master).count(b"sudo was rolled back (timeout)") == 1


@pytest.fixture(name="console")
def console_fixture(terminal_of_root):
    """A terminal of root's, by the name of a console as well."""
    with open("/dev/tty77", "wb"):
        pass
    subprocess.run(["mount", "--bind", "/dev/" + terminal_of_root[2],
                    "/dev/tty77"], check=True)
    os.makedirs("/run/systemd/sessions")
    yield terminal_of_root[0]
    shutil.rmtree("/run/systemd")
    subprocess.run(["umount", "/dev/tty77"], check=True)
    os.unlink("/dev/tty77")


@pytest.mark.parametrize("utmp_has,logind_has", [
    (True, False), (False, True), (True, True), (False, False)])
def test_consoles_are_told(clock, trial, syslog, console, utmp_has,
                           logind_has):
    """Those of logind's sessions, too, each once; its pipes stop nothing."""
    os.mkfifo("/run/systemd/sessions/1.ref")
    if logind_has:
        enablehost.write("/run/systemd/sessions/1",
                         "UID=0\nTTY=tty77\nTTY=../watchdog\nSTATE=active\n")
    if utmp_has:
        logged_in("tty77")
    clock.advance(WITHIN + 1)
    rolled_back(syslog)
    until(lambda: not os.path.exists(PENDING))
    wanted = 2 if utmp_has or logind_has else 1
    told = []  # the kernel hands over what was written bit by bit

    def all_told():
        told.append(shown(console))
        return b"".join(told).count(b"rolled back") >= wanted

    until(all_told)
    assert b"".join(told).count(b"rolled back") == wanted


def test_a_full_terminal_keeps_nobody_waiting(clock, trial, syslog,
                                              terminal_of_root):
    master, slave, line = terminal_of_root
    os.set_blocking(slave, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(slave, b"x" * 4096)
    logged_in(line)
    clock.advance(WITHIN + 1)
    rolled_back(syslog)
    until(lambda: not os.path.exists(PENDING))
    assert enablehost.files() == trial[0]
    assert b"rolled back" not in shown(master)


@pytest.mark.parametrize("place", ["watchdog", "pts/../watchdog"])
def test_utmp_names_terminals_alone(clock, trial, syslog, terminal_of_root,
                                    place):
    """Who may write it has root open no other device, nor tell somebody else's
    terminal."""
    master, slave, line = terminal_of_root
    other, others = pty.openpty()
    os.chown(os.ttyname(others), 1, -1)
    os.set_blocking(other, False)
    os.symlink("/dev/" + line, "/dev/watchdog")
    try:
        logged_in(place, os.ttyname(others)[len("/dev/"):])
        clock.advance(WITHIN + 1)
        rolled_back(syslog)
        until(lambda: not os.path.exists(PENDING))
        assert shown(master).count(b"rolled back") == 1  # as root's own
        assert shown(other) == b""
    finally:
        os.unlink("/dev/watchdog")
        os.close(other)
        os.close(others)


def test_a_roll_back_is_an_alert(trial, enabling, syslog):
    """Nobody takes the second factor away unseen."""
    enabling.run("rollback")
    line = rolled_back(syslog, "hand").string
    assert "logins by it are without a second factor" in line
    severity = dict(zip(syslog.lines(), syslog.priorities()))[line] & 7
    assert severity == LOG_ERR
