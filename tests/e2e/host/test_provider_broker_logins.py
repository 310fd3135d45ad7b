# SPDX-License-Identifier: BSD-2-Clause
"""Logins whose provider's broker is killed, stopped, or crashes, and settings that
change under it: denied, or by another factor; nobody gets in by it, and nothing
is sent twice (docs/listener.md)."""

import base64
import os
import signal
import time

import pytest

import leftovers
from admin import of_user
from listener import Listener
from processes import Process

TRANSPORTS = ("socket",)
SILENT = 20 + 5  # seconds until one that gives no sign of life is ended
BROKEN = 3       # seconds in which none is started again


def broker(warm):
    """The pid of the one there is."""
    found = warm.brokers("--provider-broker")
    assert len(found) == 1, found
    return found[0]


def ended(pid, sig):
    os.kill(pid, sig)
    assert leftovers.wait_gone(pid, 10)


def at_prompt(quick, user="alice"):
    login = quick.login(user)
    login.prompt("Verification code sent")
    return login


@pytest.fixture(autouse=True)
def outage(settings):
    """What a broker does is never one, whoever would be let in by it."""
    settings.set(on_outage="allow")


@pytest.mark.parametrize("sig", (signal.SIGKILL, signal.SIGABRT))
def test_it_ends_while_one_types(warm, quick, sim, syslog, sig):
    """The code is asked nowhere; the next login is as usual."""
    login = at_prompt(quick)
    before = broker(warm)
    warm.rests()  # it holds the broker's end of the connection no more
    ended(before, sig)
    login.answer(sim.code("alice"))
    assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "config"
    syslog.wait_for("provider vonage: not asked: its broker has ended")
    assert not sim.requests("check")
    syslog.clear()
    quick.right(quick.login("bob"), "bob")
    assert broker(warm) != before and len(sim.messages()) == 2


@pytest.mark.parametrize("kind", ("start", "check"))
def test_it_is_killed_in_a_call(warm, quick, sim, syslog, kind):
    """Nobody knows what the provider did."""
    quick.right(quick.login("bob"), "bob")
    syslog.clear()
    sim.fault(kind, "delay", ms=2000)
    if kind == "check":
        login = at_prompt(quick)
        login.answer(sim.code("alice"))
        sim.wait_requests(4)
    else:
        login = quick.login()
        sim.wait_requests(3)
    ended(broker(warm), signal.SIGKILL)
    assert login.ended() != 0
    quick.line("alice", outcome="denied")
    syslog.wait_for("provider vonage: no reply from its broker")
    time.sleep(2)
    assert len(sim.requests(kind)) == 2


def test_calls_run_side_by_side(warm, quick, sim):
    """One whose provider is slow holds up nobody."""
    quick.right(quick.login("bob"), "bob")
    sim.fault("start", "delay", ms=4000)
    slow = quick.login()
    sim.wait_requests(3)
    begin = time.monotonic()
    quick.right(quick.login("bob"), "bob")
    assert time.monotonic() - begin < 4
    slow.prompt("Verification code sent")
    slow.answer(sim.code("alice"))
    assert slow.ended() == 0


@pytest.mark.parametrize("typed", (False, True))
def test_it_is_stopped(warm, quick, sim, syslog, typed):
    """It gives no sign of life, and is ended; the login is denied by then."""
    login = at_prompt(quick) if typed else None
    if not typed:
        quick.right(quick.login("bob"), "bob")
        syslog.clear()
    asked = len(sim.requests())
    stopped = broker(warm)
    os.kill(stopped, signal.SIGSTOP)
    begin = time.monotonic()
    if typed:
        login.answer(sim.code("alice"))
    else:
        login = quick.login()
    assert login.ended(SILENT + 10) != 0
    assert time.monotonic() - begin < SILENT + 8
    quick.line("alice", outcome="denied")
    assert leftovers.wait_gone(stopped, 10)
    assert len(sim.requests()) == asked
    syslog.clear()
    quick.right(quick.login("bob"), "bob")


def test_it_is_stopped_for_a_moment(warm, quick, sim):
    """That is no fault."""
    login = at_prompt(quick)
    os.kill(broker(warm), signal.SIGSTOP)
    login.answer(sim.code("alice"))
    time.sleep(2)
    os.kill(broker(warm), signal.SIGCONT)
    assert login.ended() == 0
    assert len(sim.requests("check")) == 1


def test_a_recovery_code_without_it(warm, quick, admin):
    """What the state broker compares needs none."""
    codes = admin.codes(count=2)
    login = at_prompt(quick)
    ended(broker(warm), signal.SIGKILL)
    login.answer(codes[0])
    assert login.ended() == 0
    assert admin.left() == 1


def test_it_crashes_again(warm, quick, sim, syslog):
    """Nobody gets to a process with more rights, or in, by it."""
    quick.right(quick.login("bob"), "bob")
    ended(broker(warm), signal.SIGABRT)
    quick.right(quick.login("bob"), "bob")
    ended(broker(warm), signal.SIGABRT)
    broken = time.monotonic()
    syslog.wait_for("its logins without another method are denied, and so are "
                    "others for 3 s; see")
    syslog.clear()
    asked = len(sim.requests())
    login = quick.login()
    assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "config"
    assert time.monotonic() - broken < BROKEN
    assert len(sim.requests()) == asked
    time.sleep(max(0, broken + BROKEN + 0.5 - time.monotonic()))
    quick.right(quick.login())


# Settings.

def rotated(settings):
    with open(settings.secrets + "/vonage", "r+", encoding="ascii") as secret:
        secret.write("An0therS3cr")


def with_new(between):
    """Which requests had the new secret; each has the old one or the new."""
    old, new = (base64.b64encode(b"abcd1234:" + secret) for secret in
                (b"Sup3rS3cret", b"An0therS3cr"))
    assert all((old in one[2]) != (new in one[2]) for one in between.seen)
    return [new in one[2] for one in between.seen]


def test_the_secret_changes(warm, quick, between, settings, sim):
    """The broker with the old one ends at once, without any login, and a
    login at its prompt goes on with the new one."""
    login = at_prompt(quick)
    before = broker(warm)
    rotated(settings)
    assert leftovers.wait_gone(before, 5)
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    quick.right(quick.login("bob"), "bob")
    assert with_new(between) == [False, True, True, True]


def test_the_secret_changes_between_logins(warm, quick, settings):
    quick.right(quick.login())
    before = broker(warm)
    rotated(settings)
    assert leftovers.wait_gone(before, 5)
    quick.right(quick.login("bob"), "bob")


def test_the_secret_changes_under_one_that_stays(warm, quick, settings, syslog):
    """As one would that was taken over; the log says who ended it, and why."""
    quick.right(quick.login())
    before = broker(warm)
    os.kill(before, signal.SIGSTOP)
    rotated(settings)
    assert leftovers.wait_gone(before, 5)
    syslog.wait_for(r"broker of provider 1 of the settings \(process %d\) is "
                    "killed, as it was replaced" % before)
    syslog.wait_for("broker of provider 1 of the settings was ended by signal 9")
    quick.right(quick.login("bob"), "bob")


@pytest.mark.parametrize("kind", ("start", "check"))
def test_the_secret_changes_in_a_call(warm, quick, between, settings, sim, syslog,
                                      kind):
    """What the old one asked has no answer: it is asked again, and counts again."""
    between.how = ["", "held"] if kind == "check" else ["held"]
    login = at_prompt(quick) if kind == "check" else quick.login()
    if kind == "check":
        login.answer(sim.code("alice"))
    while between.how or not between.asked(kind == "check" and "check" or ""):
        time.sleep(0.01)
    before = broker(warm)
    rotated(settings)
    assert leftovers.wait_gone(before, 5)
    syslog.wait_for("provider vonage: its settings have changed: it is asked again")
    if kind == "start":
        login.prompt("Verification code sent")
        login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert with_new(between) == ([False, True, True] if kind == "start" else
                                 [False, False, True])
    assert len(of_user("alice")["send"]) == (2 if kind == "start" else 1)
    assert len(sim.messages()) == 1


def test_a_provider_comes_and_goes(warm, quick, settings, sim, syslog, between):
    """Behind the first one, before it, and alone."""
    one = settings.keys["providers"][0]
    two = dict(one, name="two", base_url=sim.url)
    for providers, by in (([one], "vonage"), ([one, two], "vonage"),
                          ([two], "two"), ([two, one], "two"),
                          ([one], "vonage")):
        settings.set(providers=providers)
        for user in ("alice", "bob"):
            syslog.clear()
            line = quick.right(quick.login(user), user)
            assert line["provider"] == by
    assert len(between.seen) == 12 and len(sim.requests()) == 20
    assert warm.answers()


def test_no_key_of_another(warm, quick, settings):
    """Each has its own provider's, and no login has any."""
    one = settings.keys["providers"][0]
    settings.secret("two", "TheSecondOnesKey")
    settings.set(providers=[one, dict(
        one, name="two", api_secret_file=settings.secrets + "/two")])
    quick.right(quick.login("bob"), "bob")
    login = at_prompt(quick)
    found = [Process(pid).memory()
             for pid in sorted(warm.brokers("--provider-broker"))]
    has = [(b"Sup3rS3cret" in one, b"TheSecondOnesKey" in one) for one in found]
    assert sorted(has) == [(False, True), (True, False)]
    for pid in (*warm.copies(), *warm.brokers(), warm.pid):
        found = Process(pid).memory()
        assert b"Sup3rS3cret" not in found, pid
        assert b"TheSecondOnesKey" not in found, pid
    login.hang_up()


def test_a_worker_has_no_secret_of_an_app(quick, warm, app):
    """The state broker compares its codes; a worker knows that there is one."""
    login = at_prompt(quick)
    for pid in (*warm.copies(), warm.pid):
        assert app.secret.encode() not in Process(pid).memory(), pid
    login.answer("t")
    login.prompt("code of your app")
    login.answer(app.code())
    assert login.ended() == 0


def test_it_survives_the_parents_renewal(quick, pam, sim):
    """Brokers are handed on, with what they have."""
    found = Listener()
    pam.args(transport="socket", socket=found.path)
    try:
        login = at_prompt(quick)
        before = broker(found)
        life = found.life()
        for _ in range(101):
            assert found.answers()
        found.changed(life)
        login.answer(sim.code("alice"))
        assert login.ended() == 0
        quick.right(quick.login("bob"), "bob")
        assert broker(found) == before
        assert len(sim.connections()) == 1
    finally:
        assert found.stop() == 0
