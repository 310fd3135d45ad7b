# SPDX-License-Identifier: BSD-2-Clause
"""People enrol at their first login: many windows on one invitation, brokers and
workers that are killed at any point, and a client that is not OpenSSH's."""

import contextlib
import os
import shutil
import signal
import time

import pytest

import test_login_enrol
from admin import of_user
from crowd import SUCCESS, add_users, remove_users, together
from test_login_enrol import CAROL, FIRST, LIMITS, SENT, rows
from throng import ROOMY

TRANSPORTS = ("socket",)
forgotten = test_login_enrol._forgotten  # pylint: disable=protected-access
window = test_login_enrol.window
invited = test_login_enrol.invited

NAMES = ["new%02d" % n for n in range(25)]
NUMBER = {name: "+4474001235" + name[3:] for name in NAMES}
VICTIMS = ("worker", "--state-broker", "--provider-broker", "listener")


def test_fifty_windows_on_one_invitation(settings, invited, warm, crowd, sim):
    """One number is enrolled, whoever was first."""
    settings.set(limits=dict(LIMITS, **ROOMY))
    sim.setting(v1_rate=0)
    numbers = ["+44740012360%02d" % n for n in range(50)]

    def begin(n):
        login = crowd.login("carol", "10.8.%d.1" % n)
        assert "Verification code sent" in login.prompt()
        login.answer(invited)
        return login if FIRST in (login.prompt() or "") else None

    logins = together([lambda n=n: begin(n) for n in range(50)])

    def prove(login, number):
        if login is None:
            return None
        login.answer(number)
        if "Verification code sent" in (login.prompt() or ""):
            login.answer(sim.code(number))
        login.close_input()
        return login.result()

    results = together([lambda each=each: prove(*each)
                        for each in zip(logins, numbers)])
    assert results.count(SUCCESS) == 1
    assert len(rows()) == 1 and not of_user("carol")["recovery"]


@pytest.fixture
def newcomers(settings, window, sim):
    settings.set(limits=dict(LIMITS, **ROOMY))
    sim.setting(v1_rate=0)
    add_users(NAMES)
    yield
    remove_users(NAMES)


def kill(warm, victim):
    pids = {"worker": warm.copies, "listener": lambda: [warm.pid]}.get(
        victim, lambda: warm.brokers(victim))()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("behind", [1, 4])
def test_killed_at_each_point(newcomers, warm, crowd, sim, victim, behind):
    """25 codes are typed at once, and when so many are enrolled somebody ends: who is
    let in is enrolled, and who is not enrolled enrols anew."""
    logins = {}
    for name in NAMES:
        logins[name] = crowd.login(name, "10.9.%d.1" % int(name[3:]))
        assert FIRST in logins[name].prompt()
        logins[name].answer(NUMBER[name])
        assert "Verification code sent" in logins[name].prompt()
    codes = {name: sim.code(NUMBER[name]) for name in NAMES}
    for name, login in logins.items():
        login.answer(codes[name])
        login.close_input()
    until = time.monotonic() + 30
    while len(rows()) < behind:
        assert time.monotonic() < until
    kill(warm, victim)
    results = {name: login.result() for name, login in logins.items()}
    if victim == "listener":
        warm.process.wait()
        warm.start()
    enrolled_now = {row[1] for row in rows()}
    assert {name for name, result in results.items()
            if result == SUCCESS} <= enrolled_now
    for name in NAMES:
        login = crowd.login(name, "10.9.%d.2" % int(name[3:]))
        shown = login.prompt()
        assert (FIRST not in shown) == (name in enrolled_now), (name, shown)
        login.close_input()
        login.result()


@pytest.mark.skipif(not shutil.which("plink"), reason="putty-tools is missing")
def test_by_plink(window, warm, sshd, terminals, sim):
    """PuTTY's client shows the same questions."""
    login = terminals.run("plink", "-ssh", "-no-antispoof", "-P",
                          str(sshd.port), "carol@127.0.0.1", "id", "-un",
                          password_of="carol")
    login.expect("Store key in cache")
    login.answer("n")
    login.password()
    login.expect(FIRST)  # and goes on in a line of its own
    login.expect(r"> \(q cancel\): $")
    login.answer(CAROL)
    login.expect(SENT)
    login.answer(sim.code("carol"))
    assert login.ended() == 0, login.text
    assert len(rows()) == 1
