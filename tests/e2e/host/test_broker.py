# SPDX-License-Identifier: BSD-2-Clause
"""The state broker beside a helper that listens: one for all logins; and what
becomes of a login when it is killed, stopped, crashes, or its settings and its
state change under it (docs/listener.md)."""

import glob
import os
import shutil
import signal
import time

import pytest

import conf
import leftovers
import stage
from listener import Listener
from processes import Process
from steps import wrong

TRANSPORTS = ("socket",)

SILENT = 20 + 5  # seconds until one that gives no sign of life is ended
BROKEN = 3       # seconds in which logins are denied when brokers crash


@pytest.fixture
def spawned(pam, warm):
    """Logins through the socket, or by a helper of their own."""
    def way(own):
        pam.args(**({"transport": "spawn", "socket": None} if own else {
            "transport": "socket", "socket": warm.path}))
    return way


def broker(warm):
    """The pid of the one there is."""
    found = warm.brokers()
    assert len(found) == 1, found
    return found[0]


def ended(pid, sig):
    os.kill(pid, sig)
    assert leftovers.wait_gone(pid, 10)


def at_prompt(quick):
    login = quick.login()
    login.prompt("Verification code sent")
    return login


def test_one_for_all_logins(warm, quick, sim, settings):
    """It stays; and a copy has no file of the state open, or in its memory."""
    quick.right(quick.login("bob"), "bob")
    first = broker(warm)
    login = at_prompt(quick)
    quick.right(quick.login("bob"), "bob")
    copy = Process(warm.copies()[0])
    assert settings.state not in copy.read("maps")
    # how long providers take is no secret of anybody's
    files = {fd: target for fd, target in copy.descriptors().items()
             if target.startswith("/var/lib")}
    assert list(files.values()) == [conf.STATE + "/latency"]
    for fd in files:
        assert copy.read("fdinfo/%d" % fd).split("flags:")[1].split()[0][-1] == "0"
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert broker(warm) == first
    status = Process(first).status()
    assert status["Name"] == "twofa-broker"
    assert status["NoNewPrivs"] == "1" and status["Uid"].split()[0] == "990"


def test_killed_while_one_types(warm, quick, sim, syslog):
    """Nobody knows what was done: denied, and the next login is as usual."""
    login = at_prompt(quick)
    ended(broker(warm), signal.SIGKILL)
    login.answer(sim.code("alice"))
    assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "store-unknown"
    syslog.wait_for("state broker was ended by signal 9: its logins are denied")
    syslog.clear()
    quick.right(quick.login("bob"), "bob")


def test_killed_between_logins(warm, quick):
    quick.right(quick.login())
    before = broker(warm)
    ended(before, signal.SIGKILL)
    quick.right(quick.login())
    assert broker(warm) != before


def test_stopped(warm, quick, sim, syslog):
    """It gives no sign of life, and is ended."""
    login = at_prompt(quick)
    stopped = broker(warm)
    os.kill(stopped, signal.SIGSTOP)
    begin = time.monotonic()
    login.answer(sim.code("alice"))
    assert login.ended(SILENT + 10) != 0
    assert time.monotonic() - begin < SILENT + 8
    quick.line("alice", outcome="denied", reason="store-unknown")
    syslog.wait_for(r"broker \(process %d\) has not replied for 20 s" %
                    stopped)
    syslog.clear()
    quick.right(quick.login("bob"), "bob")


def test_crashes(warm, quick, sim, syslog):
    """One is started again; after a second one nobody gets to a process with
    more rights by it: logins are denied for a moment."""
    login = at_prompt(quick)
    ended(broker(warm), signal.SIGABRT)  # a sanitizer takes no notice of it
    login.answer(sim.code("alice"))
    assert login.ended() != 0
    quick.right(quick.login("bob"), "bob")
    ended(broker(warm), signal.SIGABRT)
    broken = time.monotonic()
    syslog.wait_for("signal 6: .* denied, and so are others for 3 s")
    syslog.clear()
    assert quick.login("bob").ended() != 0
    assert time.monotonic() - broken < BROKEN
    time.sleep(max(0, broken + BROKEN + 0.5 - time.monotonic()))
    syslog.clear()
    quick.right(quick.login("bob"), "bob")


def test_settings_that_changed(warm, quick, sim, settings):
    """A login that began goes on with the old ones; the next has the new."""
    login = at_prompt(quick)
    old = broker(warm)
    settings.set(limits={"lock_after": 2})
    other = quick.login("bob")
    other.prompt("Verification code sent")
    for nth in (1, 2):
        other.answer(wrong(sim.code("bob"), nth))
        other.prompt("code was wrong")
    assert len(warm.brokers()) == 2
    other.hang_up()
    other = quick.login("bob")
    other.prompt("locked for")
    other.hang_up()
    login.answer(wrong(sim.code("alice")))
    login.prompt("code was wrong")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert leftovers.wait_gone(old, 10)


def test_one_code_by_both_ways(warm, spawned, quick, admin):
    """What a helper of its own used up is used up."""
    codes = admin.codes(count=4)
    for first in (True, False):
        code = codes.pop()
        for own, result in ((first, True), (not first, False)):
            spawned(own)
            login = quick.login()
            login.prompt("Verification code")
            login.answer(code)
            if result:
                assert login.ended() == 0
            else:
                login.prompt("recovery code is not valid")
                login.hang_up()


def test_state_that_came_back(warm, quick, admin, settings):
    """A backup is put in place while the broker has the old one open: its
    codes are the ones that are good."""
    admin.codes(count=2)
    codes = admin.codes(count=3)
    quick.right(quick.login("bob"), "bob")
    kept = broker(warm)
    backup = settings.state + ".backup"
    shutil.copy(settings.state, backup)
    for part in ("-wal", "-shm"):
        shutil.copy(settings.state + part, backup + part)
    admin.codes(count=2)
    for part in ("", "-wal", "-shm"):
        os.chown(backup + part, 990, 990)
        os.rename(backup + part, settings.state + part)
    login = quick.login()
    login.prompt("Verification code")
    login.answer(codes[0])
    assert login.ended() == 0
    assert broker(warm) == kept


def test_it_outlives_the_parents_program(warm, quick, sim):
    """A copy that crashed has the parent executed again: the broker stays, and
    so does the login that it serves."""
    login = at_prompt(quick)
    kept, life = broker(warm), warm.life()
    other = quick.login("bob")
    other.prompt("Verification code sent")
    os.kill(max(warm.copies()), signal.SIGSEGV)
    other.answer("1")
    assert other.ended() != 0
    warm.changed(life)
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    quick.right(quick.login())
    assert broker(warm) == kept


def test_reload_lets_it_go(warm, quick, sim):
    """Not before the login that it serves is over."""
    login = at_prompt(quick)
    kept, life = broker(warm), warm.life()
    warm.kill(signal.SIGHUP)
    warm.changed(life)
    quick.right(quick.login("bob"), "bob")
    assert len(warm.brokers()) == 2
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert leftovers.wait_gone(kept, 10)


def test_it_cannot_be_executed(_ready, pam, quick, syslog):
    """A system that forbids it stops no login: each opens the state itself."""
    alone = stage.STAGE + "/helper-alone"
    shutil.copyfile(stage.HELPER, alone)
    os.chmod(alone, stage.HELPER_MODE)
    found = Listener(alone)
    pam.args(transport="socket", socket=found.path)
    try:
        os.chmod(found.helper, 0o600)  # the running one goes on
        quick.right(quick.login())
        quick.right(quick.login("bob"), "bob")
        assert found.brokers() == []
        syslog.wait_for("state broker cannot be started: Permission denied; "
                        "this login does without")
        syslog.clear()
    finally:
        assert found.stop() == 0
        os.unlink(found.helper)


def test_a_library_that_went(warm, quick, sim, syslog):
    """It is executed, and ends before it can serve: who was given to it is
    denied, and those behind open the state themselves for a moment; as does who
    came when the listener knew that none is there."""
    with stage.own_usr():
        path, = glob.glob("/usr/lib/*/libsqlite3.so.0") or glob.glob(
            "/usr/lib*/libsqlite3.so.0")
        os.rename(path, path + ".away")
        ended(broker(warm), signal.SIGKILL)
        login = quick.login()
        if "could not" in login.prompt("(?:could not be|code) sent"):
            login.answer("")
            quick.denied(login, reason="store-unknown")
        else:
            login.answer(sim.code("alice"))
            assert login.ended() == 0
        syslog.wait_for(r"broker has ended by itself \(status 127\)")
        quick.right(quick.login("bob"), "bob")
        assert warm.brokers() == []
        os.rename(path + ".away", path)
    time.sleep(BROKEN)
    sim.fresh()
    quick.right(quick.login("bob"), "bob")
    broker(warm)


def test_by_hand_it_does_nothing(terminals, _ready):
    """There is no control socket of a parent's."""
    run = terminals.run(stage.HELPER, "--state-broker")
    assert run.ended() != 0
