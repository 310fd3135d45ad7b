# SPDX-License-Identifier: BSD-2-Clause
"""Eight windows of one user whose owner types the one code that is there into
all of them, at the same instant: all get in, each by a code of its own."""

import pytest

import admin as state
from crowd import SUCCESS, together
from points import points
from steps import wrong
from vendors import TYPES, Vendor

TRANSPORTS = ("spawn", "socket")

WINDOWS = 8
TRIES = 3  # of one verification; no vendor has less
MANY = {what: 1000 for what in (
    "sends_per_user_hour", "sends_per_user_day", "sends_per_number_day",
    "answered_per_number_day", "sends_per_source_hour",
    "sends_per_host_hour")}
CHECK_MS = 300  # so that they are all at the provider together


def rounds(windows, newest, later):
    """Who is left types the newest code, all at once; how many got in with
    each. later: what lets another code come."""
    entered, codes = [], []
    for window in windows:
        assert window.prompts or "ode" in window.prompt(), window.prompts
    while windows:
        code = newest()
        assert code not in codes
        codes.append(code)
        together([lambda w=w: w.answer(code) for w in windows])
        for window in windows:
            window.prompt()
        left = [w for w in windows if not w.results]
        entered.append([w.results[0] for w in windows if w.results])
        windows = left
        later(left)
    return entered


def resent(clock, sim):
    """After resend_wait one of them has a code sent, the others hear of it."""
    def later(left):
        clock.advance(40)
        for window in left:
            window.answer("r")
            window.prompt()
    return later


@pytest.mark.parametrize("name", TYPES)
def test_one_message(crowd, settings, sim, clock, syslog, name):
    settings.set(limits={"resend_wait": [30], "prompts_per_login": 30})
    Vendor(name, settings, sim)
    sim.fault("check", "delay", ms=CHECK_MS, count=0)
    entered = rounds([crowd.login(answers=("@line",) * 30)
                      for _ in range(WINDOWS)],
                     lambda: sim.code("alice"), resent(clock, sim))
    assert entered == [[SUCCESS]] * WINDOWS
    assert [line["outcome"] for line in syslog.logins()] == [
        "allowed"] * WINDOWS
    assert not state.dump()["guess"]


def four_wrong(crowd, sim, clock):
    """Codes of which two more lock: of a message that is over, and of the one
    that is on its way, whose window waits."""
    login = crowd.login(answers=("@line",) * 30)
    login.prompt()
    for _ in range(TRIES):
        login.answer(wrong(sim.code("alice")))
        login.prompt()
    login.result()
    clock.advance(1000)
    login = crowd.login(answers=("@line",) * 30)
    login.prompt()
    login.answer(wrong(sim.code("alice")))
    login.prompt()
    return login


@pytest.mark.parametrize("name", TYPES)
def test_after_four_wrong_codes(crowd, settings, sim, clock, syslog, name):
    """What is still being checked locks nobody out."""
    settings.set(limits=dict(MANY, resend_wait=[30], prompts_per_login=30))
    Vendor(name, settings, sim)
    sim.fault("check", "delay", ms=CHECK_MS, count=0)
    for _ in range(points(1, 50)):
        windows = [four_wrong(crowd, sim, clock)]
        windows += [crowd.login(answers=("@line",) * 30) for _ in range(4)]
        entered = rounds(windows, lambda: sim.code("alice"),
                         resent(clock, sim))
        assert entered == [[SUCCESS]] * 5
        assert not [w.told for w in windows if "locked" in "".join(w.told)]
        assert not state.dump()["guess"]


@pytest.mark.parametrize("name", TYPES)
def test_wrong_ones_are_no_more_than_the_tries(crowd, settings, sim, name):
    """Who waits for a try has none when those before were wrong."""
    Vendor(name, settings, sim)
    windows = [crowd.login(answers=("@line",) * 9) for _ in range(WINDOWS)]
    for window in windows:
        assert "ode" in window.prompt()
    code = wrong(sim.code("alice"))
    together([lambda w=w: w.answer(code) for w in windows])
    for window in windows:
        window.prompt()
    # the vendor may say which was the last one, or we
    assert len([w for w in windows if not w.results]) in (TRIES - 2, TRIES - 1)
    assert {row[5] for row in state.dump()["guess"]} == {TRIES}
    for window in windows:
        window.kill()


@pytest.mark.parametrize("windows, lock_after", ((WINDOWS, 6), (6, 2)))
def test_one_app(crowd, settings, sim, app, clock, syslog, windows,
                 lock_after):
    """A used code is no guess, not even for a moment, five times a login."""
    settings.set(limits={"prompts_per_login": 30, "lock_after": lock_after})
    settings.user("alice", phone=None, channels=None,
                  totp_secret_file=settings.secrets + "/alice.totp")
    clock.set_wall(60 + 5 - int(clock.today()) % 30)
    entered = rounds([crowd.login(answers=("@line",) * 30)
                      for _ in range(windows)], app.code,
                     lambda left: clock.advance_wall(30))
    assert entered == [[SUCCESS]] * windows
    assert not state.dump()["guess"]
