# SPDX-License-Identifier: BSD-2-Clause
"""A helper that listens: logins through its socket, and each way in which that
can fail (the table is in docs/listener.md, "What happens when the socket fails")."""

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

import pytest

import fakelistener
import leftovers
import stage
from fakelistener import END, HELLO, SAY, TEXT, FakeListener, allow, frame
from listener import FOLDER, Activated, Listener
from processes import Process

TRANSPORTS = ("socket",)

PATH = FOLDER + "/helper.sock"
INSTALLED = "/usr/local/libexec/twofa-helper"  # compiled into the module
PATIENCE = 3  # seconds until HELLO
TRIES = 2.5   # seconds in which a listener is tried again
SKIP = [{"services": ["test", "sshd"], "action": "skip"}]
STARTS = "this login starts a helper of its own"


@pytest.fixture
def nobody(_ready):
    """No socket."""
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture
def auto(nobody, pam):
    """A module without arguments, as root's services have it."""
    os.makedirs(os.path.dirname(INSTALLED), exist_ok=True)
    shutil.copyfile(stage.HELPER, INSTALLED)
    os.chmod(INSTALLED, stage.HELPER_MODE)
    pam.args(helper=None, conf=None, transport=None)
    yield
    os.unlink(INSTALLED)


@pytest.fixture
def told(nobody, pam):
    """A module that must use the socket."""
    pam.args(transport="socket")


@pytest.fixture
def fake(request):
    made = []

    def listen(act=None, **more):
        made.append(FakeListener(PATH, act, **more))
        return made[-1]
    yield listen
    for each in made:
        each.close()


# Logins.

def test_login(warm, quick, sim):
    login = quick.login()
    login.prompt("Verification code sent")
    assert len(warm.copies()) == 1
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    quick.line("alice", outcome="allowed", provider="vonage")


def test_ssh(warm, sshd, sim, syslog):
    login = sshd.login("alice")
    login.password()
    login.code(sim)
    assert login.ended() == 0
    syslog.login_line(outcome="allowed", service="sshd")


def test_sudo(warm, terminals, sim, syslog):
    sudo = terminals.sudo("alice")
    sudo.password()
    sudo.code(sim)
    assert sudo.ended() == 0
    syslog.login_line(outcome="allowed", service="sudo")


def test_root_without_arguments_goes_to_the_socket(auto, quick, sim, syslog):
    found = Listener(INSTALLED)
    try:
        login = quick.login()
        login.prompt("Verification code sent")
        assert len(found.copies()) == 1
        login.answer(sim.code("alice"))
        assert login.ended() == 0
    finally:
        assert found.stop() == 0
    assert not any("socket" in line for line in syslog.lines())


def test_sockets_of_systemd(nobody, pam, quick, syslog):
    """With the supplementary group that User= leaves; and it is renewed with
    the sockets."""
    found = Activated()
    try:
        pam.args(transport="socket", socket=found.path)
        quick.right(quick.login())
        before = found.life()
        found.kill(signal.SIGHUP)
        found.changed(before)
        quick.right(quick.login("bob"), "bob")
    finally:
        assert found.stop() == 0


def test_many_logins(warm, crowd, sim):
    logins = [crowd.login("alice", "192.0.2.%d" % n) for n in range(1, 4)]
    assert all(login.prompt() for login in logins)
    assert len(warm.copies()) == 3
    code = sim.code("alice")
    for login in logins:
        login.answer(code)
        login.close_input()
    assert 0 in [login.result() for login in logins]


# The copy is as a helper that was started.

def test_the_copy_as_a_process(warm, quick):
    login = quick.login()
    login.prompt("Verification code sent")
    copy = Process(warm.copies()[0])
    status = copy.status()
    assert status["Uid"].split() == ["990"] * 4
    assert status["Groups"] == "" and status["NoNewPrivs"] == "1"
    for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert int(status["SigBlk"], 16) == 0
    assert copy.owner() == 0 and copy.link("cwd") == "/"
    assert status["Umask"] == "0077"
    limits = copy.limits()
    assert limits["Max core file size"] == ("0", "0")
    assert limits["Max open files"][1] == "64"
    assert limits["Max cpu time"][1] == "300"
    found = copy.descriptors()
    assert [found[fd] for fd in range(3)] == ["/dev/null"] * 3
    assert len(found) < 16
    login.hang_up()
    assert copy.gone(1)


def test_the_starters_signals(nobody, pam, quick):
    """What its shell ignores and blocks, it does not: a copy has its alarm."""
    found = Listener(start=False)
    found.before = ["env", "--ignore-signal=ALRM,TERM,CHLD,USR1",
                    "--block-signal=ALRM,TERM,CHLD,HUP"]
    found.start()
    try:
        pam.args(transport="socket", socket=found.path)
        quick.login().prompt("Verification code sent")
        status = Process(found.copies()[0]).status()
        assert int(status["SigIgn"], 16) == 1 << (signal.SIGPIPE - 1)
        assert int(status["SigBlk"], 16) == 0
    finally:
        assert found.stop() == 0


def test_the_listener_as_a_process(warm, quick, settings):
    quick.login().prompt("Verification code sent")
    parent = Process(warm.pid)
    assert parent.owner() == 0  # not dumpable
    assert parent.status()["Threads"] == "1"
    assert parent.status()["Uid"].split() == ["990"] * 4
    assert parent.status()["Groups"] == ""
    # one of logins' limits would end it after so many of them
    assert parent.limits()["Max cpu time"] == ("unlimited", "unlimited")
    assert not any(target.startswith(("/var", "/etc"))
                   for target in parent.descriptors().values())
    assert settings.state not in parent.read("maps")


# The failure table: no socket, nobody, no place, another listener.

def falls_back(quick, syslog, words, least=0):
    """A helper is started for it, and one line says why; None: no line."""
    begin = time.monotonic()
    quick.right(quick.login())
    assert time.monotonic() - begin >= least
    lines = [line for line in syslog.lines() if "pam_twofa: socket" in line]
    assert len(lines) == (1 if words else 0), lines
    assert all(words in line and STARTS in line for line in lines), lines


def denied(quick, syslog, reason, words, least=0):
    """Nothing is started."""
    begin = time.monotonic()
    quick.denied(quick.login(), reason=reason)
    assert least <= time.monotonic() - begin < least + 3
    assert leftovers.helpers() == []
    syslog.wait_for("pam_twofa: socket %s: .*%s" % (PATH, words))


def test_no_socket(auto, quick, syslog):
    falls_back(quick, syslog, None)


def test_no_socket_told(told, quick, syslog):
    denied(quick, syslog, "socket-missing", "No such file")


def test_nobody_listens(auto, quick, syslog, fake):
    fake().close()
    falls_back(quick, syslog, "Connection refused")


def test_nobody_listens_told(told, quick, syslog, fake):
    fake().close()
    denied(quick, syslog, "socket-missing", "Connection refused", TRIES)


def full():
    """Connections that nobody takes, until there is no more room."""
    links = []
    while True:
        links.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        links[-1].setblocking(False)
        try:
            links[-1].connect(PATH)
        except BlockingIOError:
            return links


def test_queue_full(auto, quick, syslog, fake):
    fake(backlog=1)
    links = full()
    falls_back(quick, syslog, "Resource temporarily unavailable")
    del links


def test_queue_full_told(told, quick, syslog, fake):
    fake(backlog=1)
    links = full()
    denied(quick, syslog, "socket-busy", "Resource temporarily", TRIES)
    del links


def at_once(_fake, _link):
    """Close it: no place, or no process."""


def test_no_place(auto, quick, syslog, fake):
    fake(at_once)
    falls_back(quick, syslog, "no more logins")


def test_no_place_told(told, quick, syslog, fake):
    fake(at_once)
    denied(quick, syslog, "socket-busy", "no more logins", TRIES)


def talks_nonsense(listener, link):
    """HELLO, BEGIN, and what is no frame; then what the module has to say."""
    link.send(frame(HELLO))
    listener.hear(link)
    link.send(b"nonsense")
    listener.hear(link)


def test_module_that_gives_up_says_so(told, quick, syslog, fake):
    """ABORT, so that the helper does not write the line as well."""
    listener = fake(talks_nonsense)
    quick.denied(quick.login(), reason="protocol")
    said = frame(5, struct.pack(">HHq", 21, 8, 0))
    end = time.monotonic() + 10
    while listener.asked[-1] != said:  # it reads beside the login
        assert time.monotonic() < end, listener.asked
        time.sleep(0.01)


def test_a_place_within_3_s(warm, quick, sim):
    """Who must use the socket waits for a helper that is started again."""
    login = quick.login(password=False)
    warm.stop()
    login.password()
    time.sleep(0.5)
    warm.start()
    login.prompt("Verification code sent", timeout=5)
    login.answer(sim.code("alice"))
    assert login.ended() == 0


def test_limits_too_low(auto, quick, syslog):
    """The copy ends before HELLO, and says what to raise."""
    found = Activated(INSTALLED, before=["prlimit", "--nofile=20"],
                      wait=False)
    try:
        quick.right(quick.login())
        syslog.wait_for("twofa-helper.*resource limit NOFILE is too low")
        syslog.wait_for("no more logins at the moment; " + STARTS)
    finally:
        found.stop()


def test_the_kernels_own_limit(auto, quick, syslog):
    """Of a host with 512 MiB of memory."""
    found = Activated(INSTALLED, before=["prlimit", "--nproc=1820"])
    try:
        quick.right(quick.login())
        assert not [line for line in syslog.lines() if STARTS in line]
    finally:
        found.stop()


def test_no_descriptor(auto, quick, syslog):
    """It accepts nobody, says so, and does not spin."""
    found = Activated(INSTALLED, before=["prlimit", "--nofile=6"], wait=False)
    try:
        falls_back(quick, syslog, "did not answer within 3 s", PATIENCE)
        told = [line for line in syslog.lines() if "accept: Too many" in line]
        assert 1 <= len(told) < 80
    finally:
        assert found.stop() == 0


def test_fork_fails(auto, quick, syslog):
    found = Activated(INSTALLED, before=["prlimit", "--nproc=1"], wait=False)
    try:
        falls_back(quick, syslog, "no more logins")
        syslog.wait_for("twofa-helper.*fork: Resource temporarily")
    finally:
        assert found.stop() == 0


def test_another_listener(auto, quick, syslog, fake):
    listener = fake(fakelistener.FakeListener.hear, uid=990)
    falls_back(quick, syslog, "a user other than root")
    assert not any(listener.heard(1))


def test_another_listener_told(told, quick, syslog, fake):
    listener = fake(fakelistener.FakeListener.hear, uid=990)
    denied(quick, syslog, "socket-owner", "a user other than root")
    assert not any(listener.heard(1))


def test_listener_stopped(auto, quick, syslog):
    found = Listener(INSTALLED)
    try:
        found.kill(signal.SIGSTOP)
        falls_back(quick, syslog, "did not answer within 3 s", PATIENCE)
    finally:
        found.stop()


def test_a_state_broker_that_begins_slowly(auto, quick, syslog):
    """Until it serves, the listener knows no providers: root's logins do not
    wait for that longer than for any listener."""
    shutil.copyfile(stage.STAGE + "/test/brokerfault-helper", INSTALLED)
    found = Listener(INSTALLED)
    fault = stage.STAGE + "/broker-fault"
    try:
        found.let_go()
        with open(fault, "w", encoding="ascii") as out:
            out.write("open slow-start")
        falls_back(quick, syslog, "did not answer within 3 s", PATIENCE)
        found.wait()
        quick.right(quick.login("bob"), "bob")
    finally:
        os.unlink(fault)
        found.stop()


def test_listener_stopped_told(warm, quick, syslog):
    warm.kill(signal.SIGSTOP)
    begin = time.monotonic()
    quick.denied(quick.login(), reason="socket-silent")
    assert PATIENCE <= time.monotonic() - begin < PATIENCE + 3
    syslog.wait_for("did not answer within 3 s")


def test_no_begin_before_hello(told, quick, fake):
    listener = fake(fakelistener.FakeListener.hear)
    quick.denied(quick.login(), reason="socket-silent")
    assert listener.heard(1) == [b""]


def other_version(listener, link):
    link.send(frame(HELLO, version=2))
    listener.hear(link)


def test_two_versions(auto, quick, syslog, fake):
    listener = fake(other_version)
    falls_back(quick, syslog, "of another version")
    assert listener.heard(1) == [b""]


def test_two_versions_told(told, quick, syslog, fake):
    listener = fake(other_version)
    denied(quick, syslog, "helper-version", "of another version", TRIES)
    assert set(listener.heard(1)) == {b""}


@pytest.mark.parametrize("first", [
    b"", b"x", frame(SAY), frame(END), frame(HELLO) + b"x",
    frame(HELLO, b"\0\x11\0\x02x\0"), frame(HELLO)[:-1], allow()])
def test_no_hello(told, quick, fake, first):
    """What comes instead of it, and BEGIN is not sent."""
    def act(listener, link):
        link.send(first)
        listener.hear(link)
    listener = fake(act)
    quick.denied(quick.login(), reason="protocol")
    assert not any(listener.asked)


# After BEGIN.

@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGSEGV,
                                 signal.SIGABRT, signal.SIGBUS])
def test_copy_ended(warm, quick, syslog, sig):
    """Denied, and the listener renews itself after a crash."""
    if stage.sanitized() and sig in (signal.SIGSEGV, signal.SIGBUS):
        pytest.skip("a sanitizer handles this signal")
    before = warm.life()
    login = quick.login()
    login.prompt("Verification code sent")
    os.kill(warm.copies()[0], sig)
    syslog.wait_for("the login of process [0-9]+ was ended by signal %d" % sig)
    login.answer("123456")
    assert login.ended() != 0
    quick.line("alice", outcome="denied", reason="helper-died")
    if sig == signal.SIGKILL:
        assert warm.life() == before
    else:
        warm.changed(before)
    quick.right(quick.login(), words="already sent")


def test_copy_ended_with_auto(auto, quick, syslog):
    """No helper is started after BEGIN."""
    found = Listener(INSTALLED)
    try:
        login = quick.login()
        login.prompt("Verification code sent")
        os.kill(found.copies()[0], signal.SIGKILL)
        login.answer("123456")
        assert login.ended() != 0
        quick.line("alice", outcome="denied", reason="helper-died")
    finally:
        found.stop()
    assert not any(STARTS in line for line in syslog.lines())


def answers(*frames):
    def act(listener, link):
        link.send(frame(HELLO))
        listener.hear(link)
        for each in frames:
            link.send(each)
    return act


def test_allow_and_end(told, quick, fake):
    """The fake's yes is one: what follows it is what the next rows are
    about."""
    listener = fake(answers(allow(), frame(END)))
    assert quick.login().ended() == 0
    quick.line("alice", outcome="allowed")
    assert listener.asked[0].startswith(b"p2fa\x01\x01")


@pytest.mark.parametrize("frames,reason", [
    ((allow(),), "helper-died"),
    ((allow(), frame(END), frame(END)), "protocol"),
    ((allow(), frame(END), b""), "protocol"),
    ((allow(), frame(END), allow()), "protocol"),
    ((allow(), allow(), frame(END)), "protocol"),
    ((allow(), frame(END, version=2)), "protocol"),
    ((allow(), frame(END) + b"x"), "protocol"),
    ((allow(), frame(HELLO)), "protocol"),
    ((frame(END), allow()), "protocol"),
    ((frame(HELLO), allow(), frame(END)), "protocol"),
    ((), "helper-died")])
def test_not_quite_a_yes(told, quick, fake, frames, reason):
    fake(answers(*frames))
    assert quick.login().ended() != 0
    quick.line("alice", outcome="denied", reason=reason)


def test_texts_without_end(told, quick, fake):
    """sshd keeps all of them in memory until the next prompt."""
    text = frame(SAY, struct.pack(">HH", TEXT, 2) + b"x\0")
    fake(answers(*[text] * 6000, allow(), frame(END)))
    assert quick.login().ended() != 0
    quick.line("alice", outcome="denied", reason="protocol")


def test_allow_without_an_end_of_the_connection(told, quick, pam, fake):
    """END came, but somebody keeps the socket open."""
    def act(listener, link):
        answers(allow(), frame(END))(listener, link)
        listener.hear(link)
    fake(act)
    pam.args(deadline=10)
    login = quick.login()
    assert login.ended(25) != 0
    quick.line("alice", outcome="denied", reason="deadline")


# The life of the listener.

def test_renewed_while_a_login_waits(warm, quick, sim):
    before = warm.life()
    login = quick.login()
    login.prompt("Verification code sent")
    warm.kill(signal.SIGHUP)
    warm.changed(before)
    assert len(warm.copies()) == 1
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    warm.wait()


def test_stopped_while_a_login_waits(_ready, pam, quick, sim):
    found = Listener()
    pam.args(transport="socket", socket=found.path)
    login = quick.login()
    login.prompt("Verification code sent")
    assert found.stop() == 0
    login.answer(sim.code("alice"))
    assert login.ended() == 0


# A copy's end that the listener has not heard of when it renews itself.
HEARD_OF_NOTHING = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
child = os.fork()
if child == 0:
    os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_copy_that_ends_during_a_renewal(nobody):
    """Nobody comes afterwards, whose login would have it look."""
    found = Listener(start=False)
    found.before = ["/usr/bin/python3", "-c", HEARD_OF_NOTHING]
    found.start(wait=False)
    try:
        end = time.monotonic() + 20
        while not os.path.exists(found.path):
            assert time.monotonic() < end
            time.sleep(0.01)
        left = leftovers.wait_no_zombies(5)
        assert not left, left
    finally:
        found.stop()


def test_renewed_after_100_logins(warm, crowd, settings):
    settings.set(rules=SKIP)
    before = warm.life()
    assert crowd.login(logins=97).end() == [0] * 97
    assert warm.life() == before
    assert crowd.login(logins=4).end() == [0] * 4
    warm.changed(before)


@pytest.mark.parametrize("first,then", [
    (10, 90),       # without a renewal between them
    (100, 2100)])
def test_memory_stays(warm, crowd, settings, first, then):
    """Its own and written, after so many logins. A page of a program that is
    not on the disk yet counts as dirty, too, and as private where nobody else
    has it mapped just then: only what belongs to no file is counted."""
    if stage.sanitized() and then > 100:
        pytest.skip("a sanitizer has memory of its own")

    def written():
        warm.wait()  # it may have executed itself again just now
        while warm.copies():  # what it shares with one is not private
            time.sleep(0.01)
        rows = Process(warm.pid).read("smaps_rollup").split("\n")
        return sum(int(row.split()[1]) for row in rows
                   if row.startswith("Anonymous:"))
    settings.set(rules=SKIP)
    assert set(crowd.login(logins=first).end()) == {0}
    before = written()
    assert set(crowd.login(logins=then - first).end()) == {0}
    assert written() - before <= 64


def test_copy_that_outlives_its_login(nobody, syslog):
    """Killed when it is 300 s old, also when the program that forked it has
    been executed again since. Here a process that stands for it, and the log
    blames nobody else."""
    found = Activated(before=[
        "/bin/sh", "-c", 'sleep 60 3<&- & TWOFA_COPIES="$!,0,$0;" exec "$@"',
        "%d" % max(0, time.monotonic() * 1000 - 297000)])
    try:
        pid = syslog.wait_for(
            "the login of process ([0-9]+) is older than 300 s").group(1)
        syslog.wait_for("the login of process %s was ended by signal 9: killed "
                        "by the helper that listens" % pid)
        assert not os.path.exists("/proc/" + pid)
    finally:
        assert found.stop() == 0


# A listener that nobody needs.

IDLE = 15 * 60


def poked(found):
    """A connection that is none of root's gets no copy, and wakes it."""
    assert heard(found.path, 1000) == b""


def test_idle(nobody, clock, pam, quick):
    """It ends 15 minutes after the last login did."""
    found = Activated(stage.CLOCK_HELPER)
    os.chmod(found.path, 0o666)
    try:
        pam.args(transport="socket", socket=found.path)
        login = quick.login()
        login.prompt("Verification code sent")
        clock.set(2 * IDLE)
        poked(found)
        assert len(found.copies()) == 1 and found.process.poll() is None
        login.hang_up()
        assert leftovers.check() is None
        clock.set(3 * IDLE - 1)
        poked(found)
        assert found.process.poll() is None
        assert found.process.wait(30) == 0
    finally:
        assert found.stop() == 0


def test_nothing_starts_it_again_without_systemd(nobody, clock):
    found = Listener(stage.CLOCK_HELPER)
    os.chmod(PATH, 0o666)
    try:
        clock.set(2 * IDLE)
        poked(found)
        found.wait()
        assert found.process.poll() is None
    finally:
        assert found.stop() == 0


# What two copies of one process must not share, and each alone must not do.

def test_a_copy_is_no_dead_session(warm, quick, sim):
    """Landlock and the filter let one copy see that another lives: its start
    is waited for. And two of one listener are two sessions."""
    sim.fault("start", "delay", ms=3000)
    first = quick.login()
    sim.wait_requests(1)
    second = quick.login()
    second.prompt("Verification code already sent")
    first.prompt("Verification code sent")
    assert len(warm.copies()) == 2
    assert len(sim.requests("start")) == 1


def test_a_copy_that_was_killed_is_one(warm, quick, sim):
    sim.fault("start", "delay", ms=15000)
    first = quick.login()
    sim.wait_requests(1)
    os.kill(warm.copies()[0], signal.SIGKILL)
    assert first.ended() != 0
    begin = time.monotonic()
    assert quick.login().ended() != 0
    assert time.monotonic() - begin < 10
    quick.line("alice", outcome="denied", reason="transient")


@pytest.fixture
def stuck_log():
    """A log that takes no more lines, for who opens it now; given back by the
    function that comes of it."""
    os.rename("/dev/log", "/dev/log.real")

    def give_back():
        if os.path.exists("/dev/log.real"):
            os.rename("/dev/log.real", "/dev/log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stuck, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
        stuck.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        filler.connect("/dev/log")
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                filler.send(b"x")
        yield give_back
        give_back()


def test_log_that_takes_no_line(warm, stuck_log, pam, quick, sim):
    """No login waits for the lines that a provider's broker has for it."""
    pam.args(deadline=10)
    login = quick.login()
    sim.wait_requests(1)
    stuck_log()
    copy, = warm.copies()
    quick.right(quick.login("bob"), "bob")
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert leftovers.wait_gone(copy, 10)


def test_listener_whose_log_takes_no_line(nobody, stuck_log, pam, quick):
    """It waits for none: all logins would wait for it."""
    found = Listener()
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
            link.connect(found.path)
            assert link.recv(4096) == frame(HELLO)
            os.kill(found.copies()[0], signal.SIGKILL)
            assert link.recv(4096) == b""
        assert found.answers()
        stuck_log()
        pam.args(transport="socket", socket=found.path)
        quick.right(quick.login())
    finally:
        assert found.stop() == 0


def test_file_replaced(auto, pam, quick, sim):
    """As a package does it: by a new file of that name."""
    found = Listener(INSTALLED)
    try:
        pam.args(transport="socket", socket=found.path)
        waits = quick.login()
        waits.prompt("Verification code sent")
        shutil.copyfile(stage.HELPER, INSTALLED + ".new")
        os.chmod(INSTALLED + ".new", stage.HELPER_MODE)
        inode = os.stat(INSTALLED + ".new").st_ino
        os.rename(INSTALLED + ".new", INSTALLED)
        quick.login("bob").prompt("Verification code sent")
        exe = "/proc/%d/exe" % found.pid
        assert os.stat(exe).st_ino == inode
        waits.answer(sim.code("alice"))
        assert waits.ended() == 0
    finally:
        assert found.stop() == 0


def test_file_replaced_by_a_bad_one(auto, pam, quick, syslog):
    """It goes on as it is, and tries that file once."""
    found = Listener(INSTALLED)
    try:
        pam.args(transport="socket", socket=found.path)
        with open(INSTALLED + ".new", "w", encoding="ascii") as out:
            out.write("no program\n")
        os.chmod(INSTALLED + ".new", stage.HELPER_MODE)
        os.rename(INSTALLED + ".new", INSTALLED)
        quick.right(quick.login())
        syslog.wait_for("cannot be executed: Exec format error")
    finally:
        assert found.stop() == 0


def test_file_that_its_user_can_read(auto, quick, syslog):
    """No login is served, and root's start a helper at once."""
    found = Listener(INSTALLED)
    try:
        os.chmod(INSTALLED, 0o755)
        found.kill(signal.SIGHUP)
        syslog.wait_for("user twofa can read it.*run: chmod 0711")
        begin = time.monotonic()
        quick.right(quick.login())
        assert time.monotonic() - begin < PATIENCE
        syslog.wait_for("no more logins at the moment; " + STARTS)
    finally:
        assert found.stop() == 0


# Its start.

def starts(*words, environment=None):
    done = subprocess.run([stage.HELPER, *words], capture_output=True,
                          text=True, timeout=20, check=False,
                          env=environment or {})
    return done.returncode, done.stderr


def test_stale_socket(nobody, fake, pam, quick):
    fake().close()
    found = Listener()
    pam.args(transport="socket", socket=found.path)
    quick.right(quick.login())
    assert found.stop() == 0
    mode = os.stat(PATH).st_mode & 0o777
    assert mode == 0o600 and os.stat(FOLDER).st_mode & 0o777 == 0o755


def test_two_listeners(warm, quick):
    status, said = starts("--listen=" + PATH)
    assert status == 3 and "another process listens" in said
    quick.right(quick.login())


def test_file_in_the_way(nobody):
    os.makedirs(FOLDER)
    with open(PATH, "w", encoding="ascii"):
        pass
    status, said = starts("--listen=" + PATH)
    assert status == 3 and "is no socket" in said
    assert os.path.exists(PATH)


def test_readable_file_does_not_listen(auto):
    os.chmod(INSTALLED, 0o755)
    done = subprocess.run([INSTALLED, "--listen=" + PATH],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "chmod 0711" in done.stderr
    assert not os.path.exists(PATH)


@pytest.mark.parametrize("words", [
    ("--listen=",), ("--listen=x",), ("--listen", "x"), ("--listening",),
    ("--listen=/a", "--user=b"), ("--listen=/a", "/b")])
def test_bad_arguments(build, words):
    status, said = starts(*words)
    assert status == 2 and "of no use by hand" in said


def test_no_socket_passed(build, syslog):
    """By user twofa, as systemd would start it."""
    done = subprocess.run(
        ["setpriv", "--reuid=990", "--regid=990", "--clear-groups",
         "--no-new-privs", stage.HELPER, "--listen"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "no socket was passed" in done.stderr
    syslog.wait_for("no socket was passed")


# Services that are not root's.

def test_other_users_have_a_socket_of_their_own(_ready, syslog):
    """On root's, root alone is served, whatever the file's mode is."""
    found = Listener(user=FOLDER + "/user.sock")
    try:
        os.chmod(PATH, 0o666)
        assert os.stat(FOLDER + "/user.sock").st_mode & 0o777 == 0o666
        for path, first in ((PATH, b""), (found.user, frame(HELLO))):
            assert heard(path, 1000) == first
    finally:
        assert found.stop() == 0


def heard(path, uid):
    """What a process of this uid gets first."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setresuid(uid, uid, uid)
            with socket.socket(socket.AF_UNIX,
                               socket.SOCK_SEQPACKET) as link:
                link.settimeout(10)
                link.connect(path)
                os.write(into, link.recv(4096))
        finally:
            os._exit(0)
    os.close(into)
    os.waitpid(pid, 0)
    with open(out, "rb") as text:
        return text.read()


def test_module_of_another_user(auto, terminals, sim, syslog):
    """Without arguments it goes to user.sock; test_warm_user.py has the rest."""
    found = Listener(INSTALLED, user=FOLDER + "/user.sock")
    try:
        login = terminals.run("/usr/bin/pamtester", "--", "sshd", "alice",
                              "authenticate", user="alice")
        login.password()
        login.code(sim)
        assert login.ended() == 0
        syslog.login_line(outcome="allowed")
        syslog.wait_for(r"user\.sock uid=\d+ outcome=allowed")
    finally:
        assert found.stop() == 0


def test_module_of_another_user_without_a_socket(auto, terminals, pam,
                                                 syslog):
    pam.only("sshd")
    login = terminals.run("/usr/bin/pamtester", "--", "sshd", "alice",
                          "authenticate", user="alice")
    assert login.ended() != 0
    syslog.login_line(outcome="denied", reason="socket-missing")
    syslog.wait_for("socket /run/twofa/user.sock: no connection: No such file")
