# SPDX-License-Identifier: BSD-2-Clause
"""The helper as a process at the prompt, and what ends it."""

import ctypes
import os
import pwd
import re
import signal
import socket
import subprocess
import time

import pytest

import leftovers
import stage
from processes import Process, helper
from quick import PAMTESTER

TRANSPORTS = ("spawn", "socket")


@pytest.fixture
def waiting(quick):
    """A login at its prompt."""
    login = quick.login()
    login.prompt("Verification code sent")
    return login


def test_user_and_groups(waiting):
    status = helper().status()
    assert status["Uid"].split() == ["990"] * 4
    assert status["Gid"].split() == ["990"] * 4
    assert status["Groups"] == ""


def test_no_capability(waiting):
    status = helper().status()
    for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert status["NoNewPrivs"] == "1"


@pytest.mark.usefixtures("started")
def test_empty_environment(waiting):
    assert helper().read("environ") == ""


@pytest.mark.usefixtures("started")
def test_argument_vector_tells_nothing(waiting):
    assert helper().read("cmdline") == "twofa-helper\0"


@pytest.mark.usefixtures("started")
def test_not_dumpable(waiting):
    found = helper()
    assert found.owner() == 0
    assert found.parent().owner() == 0


def test_folder_mask_session_signals(waiting):
    found = helper()
    status = found.status()
    assert found.link("cwd") == "/"
    assert status["Umask"] == "0077"
    assert status["NSsid"].split()[-1] != str(os.getsid(0))
    assert int(status["SigBlk"], 16) == 0
    ignored = int(status["SigIgn"], 16) & ~(1 << (signal.SIGPIPE - 1))
    assert ignored == 0


def test_limits(waiting):
    limits = helper().limits()
    assert limits["Max core file size"] == ("0", "0")
    assert int(limits["Max open files"][1]) <= 64
    assert int(limits["Max file size"][1]) <= 64 << 20
    assert int(limits["Max processes"][1]) <= 8192
    assert limits["Max address space"][0] == "unlimited"


def test_executable_is_the_one_named(waiting):
    assert helper().link("exe") == stage.HELPER


@pytest.mark.parametrize("kind, user", [
    (socket.SOCK_SEQPACKET, "alice"), (socket.SOCK_STREAM, None)])
def test_started_by_hand(build, kind, user):
    """On a socket that is not root's, or not of our kind, it does nothing."""
    uid = pwd.getpwnam(user).pw_uid if user else 0
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setuid(uid)
            ends = socket.socketpair(socket.AF_UNIX, kind)
            os.dup2(write, 2)
            os.dup2(ends[1].fileno(), 3)
            os.execv(stage.HELPER, ["twofa-helper"])
        finally:
            os._exit(99)
    os.close(write)
    with open(read, encoding="utf-8") as text:
        assert "of no use by hand" in text.read()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2


@pytest.mark.parametrize("option, words", [
    ("--help", "usage: twofa-helper"), ("--version", "twofa-helper 1.")])
def test_asked_by_hand(build, option, words):
    done = subprocess.run([stage.HELPER, option], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0 and done.stdout.startswith(words)
    done = subprocess.run([stage.HELPER, option, "x"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert "of no use by hand" in done.stderr


NO_NEW_PRIVS = 38  # prctl's


def test_module_of_another_version(build, syslog):
    """Its first message is refused in its own version, and the log says what
    to install."""
    account = pwd.getpwnam("twofa")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            ctypes.CDLL(None).prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
            os.dup2(theirs.fileno(), 3)
            os.setgroups([])
            os.setresgid(*[account.pw_gid] * 3)
            os.setresuid(*[account.pw_uid] * 3)
            os.execv(stage.HELPER, ["twofa-helper"])
        finally:
            os._exit(99)
    theirs.close()
    ours.send(b"p2fa\x07\x01" + bytes(6))
    verdict = ours.recv(4096)
    assert verdict.startswith(b"p2fa\x07\x06") and b"helper-version" in verdict
    assert ours.recv(4096) == b""
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    ours.close()
    syslog.wait_for("install pam_twofa.so and twofa-helper of one version")


def test_descriptors_at_the_prompt(waiting, settings):
    found = helper().descriptors()
    assert [found[fd] for fd in range(3)] == ["/dev/null"] * 3
    assert found[3].startswith("socket:")
    for fd, target in found.items():
        if fd > 3:
            # a copy of the helper that listens has the providers' times
            assert target.startswith((
                "socket:", settings.state, "anon_inode:", "pipe:",
                os.path.dirname(settings.state) + "/latency")), found
    assert len(found) < 16


@pytest.mark.usefixtures("started")
def test_descriptors_when_it_starts(quick, pam, settings):
    """Seen by a helper that only looks: 0 to 3, and ls's own folder."""
    script = stage.STAGE + "/look"
    seen = "/run/tmp/look.seen"
    with open(script, "w", encoding="ascii") as out:
        out.write("#!/bin/sh\n/bin/ls -l /proc/self/fd >%s\n" % seen)
    os.chmod(script, 0o755)
    pam.args(helper=script)
    try:
        assert quick.login().ended() != 0
        quick.line("alice", outcome="denied")
        with open(seen, encoding="utf-8") as text:
            links = dict(line.split()[-3::2] for line in text if "->" in line)
    finally:
        for path in (script, seen):
            if os.path.exists(path):
                os.unlink(path)
    assert sorted(links) == ["0", "1", "2", "3", "4"]
    assert links["0"] == links["2"] == "/dev/null"
    assert links["3"].startswith("socket:") and "/fd" in links["4"]


@pytest.mark.usefixtures("started")
def test_intermediate_holds_no_descriptor(waiting):
    assert helper().parent().descriptors() == {}


@pytest.mark.usefixtures("started")
def test_intermediate_is_a_child_of_the_host(waiting):
    middle = helper().parent()
    assert middle.parent().pid == waiting.pid
    assert middle.status()["NSsid"].split()[-1] == str(middle.pid)


def dead(quick, login):
    """What a login is whose helper died: refused at the answer."""
    login.answer("123456")
    assert login.ended() != 0
    line = quick.line("alice", outcome="denied")
    assert line["reason"]
    assert leftovers.check() is None
    return line


def test_helper_killed(waiting, quick, sim):
    found = helper()
    found.kill(signal.SIGKILL)
    assert found.gone(1)
    assert dead(quick, waiting)["reason"] == "helper-died"
    assert not sim.requests("check")


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGALRM,
                                 signal.SIGXCPU])
def test_helper_ended_by_a_signal(waiting, quick, sig):
    found = helper()
    found.kill(sig)
    assert found.gone(1)
    dead(quick, waiting)


@pytest.mark.usefixtures("started")
def test_intermediate_killed(waiting, quick, sim):
    found = helper()
    found.parent().kill(signal.SIGKILL)
    assert found.gone(1)
    dead(quick, waiting)
    assert not sim.requests("check")


UNTIED = """#!/usr/bin/python3 -IS
import ctypes, os, signal
signal.alarm(0)
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # PR_SET_PDEATHSIG
%s
os.execv(%r, ["twofa-helper"])
"""


@pytest.fixture
def untied(started, pam):
    """The helper as where AppArmor or SELinux begins another domain with it:
    the kernel takes away what was set before execve."""
    script = stage.STAGE + "/untied"

    def make(first=""):
        with open(script, "w", encoding="ascii") as out:
            out.write(UNTIED % (first, stage.HELPER))
        os.chmod(script, 0o755)
        pam.args(helper=script)
    yield make
    os.unlink(script)


def test_intermediate_killed_in_another_domain(untied, quick, sim):
    untied()
    login = quick.login()
    login.prompt("Verification code sent")
    found = helper()
    found.parent().kill(signal.SIGKILL)
    assert found.gone(1)
    dead(quick, login)
    assert not sim.requests("check")


def stopped(name):
    """The one process of this name, once it is stopped."""
    end = time.monotonic() + 20
    while time.monotonic() < end:  # no event tells of another's child
        for pid, found, state, _ in leftovers.processes():
            if (found, state) == (name, "T"):
                return Process(pid)
        time.sleep(0.01)
    raise AssertionError("no %s is stopped" % name)


def test_intermediate_killed_before_it_began(untied, quick, sim, syslog):
    """Then whoever takes orphans is its parent."""
    untied("os.kill(os.getpid(), signal.SIGSTOP)")
    login = quick.login()
    found = stopped("untied")
    middle = found.parent()
    middle.kill(signal.SIGKILL)
    assert middle.gone(5)
    found.kill(signal.SIGCONT)
    assert found.gone(5)
    assert login.ended() != 0
    quick.line("alice", outcome="denied", reason="helper-died")
    syslog.wait_for("not started as a helper is: what started it has ended")
    assert not sim.requests("start")


def test_alarm_in_another_domain(untied, terminals, pam):
    """The kernel may take it away, too."""
    seen = "/run/tmp/alarms"
    pam.args(deadline=30)
    untied()
    login = terminals.run(
        "/usr/bin/strace", "-f", "-D", "-qq", "-e", "trace=alarm,setitimer",
        "-o", seen, PAMTESTER, "--", "sshd", "alice", "authenticate",
        password_of="alice")
    login.password()
    login.prompt("Verification code sent")
    pid = helper().pid
    with open(seen, encoding="utf-8") as text:
        set_to = [int(seconds) for seconds in re.findall(
            r"^%d +(?:alarm\(|setitimer\(ITIMER_REAL, .*value=\{tv_sec=)(\d+)"
            % pid, text.read(), re.M)]
    os.unlink(seen)
    ours = set_to[set_to.index(0) + 1:]  # what follows the script's own
    assert ours[0] == 15 and {34, 35} & set(ours)
    login.hang_up()


@pytest.mark.usefixtures("started")
def test_intermediate_killed_and_right_code(waiting, quick, sim):
    found = helper()
    found.parent().kill(signal.SIGKILL)
    assert found.gone(1)
    waiting.answer(sim.code("alice"))
    assert waiting.ended() != 0
    quick.line("alice", outcome="denied")


def test_helper_killed_during_a_check(waiting, quick, sim):
    sim.fault("check", "hang")
    found = helper()
    waiting.answer(sim.code("alice"))
    sim.wait_requests(2)
    found.kill(signal.SIGKILL)
    assert waiting.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "helper-died"


def test_killed_helper_leaves_a_code_to_join(waiting, quick, sim):
    helper().kill(signal.SIGKILL)
    dead(quick, waiting)
    login = quick.login()
    quick.right(login, words="already sent")
    assert len(sim.messages()) == 1


@pytest.mark.usefixtures("started")
def test_client_gone(waiting):
    found = helper()
    middle = found.parent()
    waiting.hang_up()
    assert found.gone(1) and middle.gone(1)


def test_client_gone_during_a_check(waiting, sim):
    sim.fault("check", "delay", ms=2000)
    found = helper()
    waiting.answer(sim.code("alice"))
    sim.wait_requests(2)
    waiting.hang_up()
    assert found.gone(5)


@pytest.mark.usefixtures("started")
def test_ssh_client_gone(sshd):
    login = sshd.login("alice")
    login.password()
    login.prompt("Verification code sent")
    found = helper()
    middle = found.parent()
    login.hang_up()
    assert found.gone(1) and middle.gone(1)


def test_sudo_interrupted(terminals):
    sudo = terminals.sudo("alice")
    sudo.password()
    sudo.prompt("Verification code sent")
    found = helper()
    assert sudo.interrupted() != 0
    assert found.gone(1)


def test_no_helper_and_no_zombie_after_success(waiting, quick, sim):
    found = helper()
    waiting.answer(sim.code("alice"))
    assert waiting.ended() == 0
    assert found.gone(1)
    assert leftovers.check(1) is None


@pytest.mark.usefixtures("started")
def test_deadline(quick, pam):
    """Three logins that nobody ends, side by side, since each takes 15 s.

    alice's helper is stopped: the intermediate's alarm ends it 5 s after the
    deadline, and the module waits no longer than 10 s after it. The host of
    the second one dies as well, so that nobody waits for it: the same alarm.
    bob does not answer: his helper gives up at the deadline, his login at his
    next answer.
    """
    pam.args(deadline=10)
    begun = time.monotonic()
    alice, stopped = stop(quick, "alice", "Verification code sent")
    orphan, lost = stop(quick, "alice", "already sent")
    orphan.hang_up()
    bobs = time.monotonic()
    bob = quick.login("bob")
    bob.prompt("Verification code sent")
    silent, = set(leftovers.helpers()) - {stopped[0].pid, lost[0].pid}
    alice.answer("123456")
    assert leftovers.wait_gone(silent, 12)
    assert 9.5 < time.monotonic() - bobs < 13
    bob.answer("123456")
    assert bob.ended() != 0
    assert quick.line("bob", outcome="denied")["reason"] == "deadline"
    assert alice.ended() != 0
    assert 14 < time.monotonic() - begun < 22
    quick.line("alice", outcome="denied")
    assert all(process.gone(2) for process in stopped + lost)


def stop(quick, user, words):
    """A login whose helper is stopped at the prompt; helper and parent."""
    before = set(leftovers.helpers())
    login = quick.login(user)
    login.prompt(words)
    found, = (Process(pid) for pid in set(leftovers.helpers()) - before)
    found.kill(signal.SIGSTOP)
    return login, (found, found.parent())


def test_killed_in_the_middle_of_a_start(quick, sim, syslog):
    """The next login sees that it died, and does not wait for its reply."""
    sim.fault("start", "delay", ms=8000)
    login = quick.login()
    sim.wait_requests(1)
    helper().kill(signal.SIGKILL)
    assert login.ended() != 0
    quick.line("alice", reason="helper-died")
    syslog.clear()
    begin = time.monotonic()
    line = quick.denied(quick.login(), "alice", sent=True)
    assert line["reason"] == "transient"
    assert time.monotonic() - begin < 6
    assert len(sim.requests("start")) == 1


def test_start_in_another_container(quick, terminals, sim):
    """Two pid namespaces share the state. The login in the second one does not
    know the pid of the first one's helper: it waits, and joins."""
    sim.fault("start", "delay", ms=3000)
    first = quick.login()
    sim.wait_requests(1)
    second = terminals.run(
        "/usr/bin/unshare", "--pid", "--fork", "--mount-proc", "--kill-child",
        PAMTESTER, "--", "sshd", "alice", "authenticate",
        password_of="alice")
    second.password()
    second.prompt("Verification code already sent")
    first.prompt("Verification code sent")
    second.answer(sim.code("alice"))
    assert second.ended() == 0
    assert len(sim.requests("start")) == 1
