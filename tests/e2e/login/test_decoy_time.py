# SPDX-License-Identifier: BSD-2-Clause
"""A decoy takes as long as a real login: medians within 20 %. The provider's
own time is made long enough that it, and not the machine's load, decides; real
logins and decoys take turns, so that load meets both alike. Decoys follow the
median of the real logins before them: a few slow ones at the beginning would be
most of it, so it is first of several."""

import shutil
import statistics
import subprocess
import time

import pytest

from app import SECRET
from quick import other

TRANSPORTS = ("spawn", "socket")

ROUNDS = 11
ROUNDS_BY_APP = 33  # no provider's delay is in it: a machine's load counts more
REAL_BEFORE = 7
DELAY_MS = 300


@pytest.fixture(autouse=True)
def passwords(_ready, tmp_path):
    """Of as many rounds as this system's own, since they are part of what a
    person waits for; tests/ns/inside makes them of few."""
    shutil.copy2("/etc/shadow", tmp_path / "shadow")
    subprocess.run(["chpasswd"], input="alice:pw-alice\ncarol:pw-carol\n",
                   text=True, check=True)
    yield
    shutil.copy2(tmp_path / "shadow", "/etc/shadow")


def clocked(begin, end):
    start = time.monotonic()
    begin()
    end()
    return time.monotonic() - start


def real(quick, sim):
    """One real login: how long until the prompt, and until 'wrong'."""
    login = quick.login(password=False)
    start = clocked(login.password,
                    lambda: login.prompt("Verification code sent"))
    code = sim.code("alice")
    check = clocked(lambda: login.answer(other(code)),
                    lambda: login.prompt("code was wrong, 2 tries left"))
    login.answer(code)
    assert login.ended() == 0
    return start, check


def decoy(quick):
    login = quick.login("carol", password=False)
    start = clocked(login.password,
                    lambda: login.prompt("Verification code sent"))
    check = clocked(lambda: login.answer("123456"),
                    lambda: login.prompt("code was wrong, 2 tries left"))
    login.hang_up()
    return start, check


def by_app(quick, user):
    """The same where an app is asked first: no provider is in it."""
    login = quick.login(user, password=False)
    start = clocked(login.password,
                    lambda: login.prompt("Verification code of your app"))
    check = clocked(lambda: login.answer("000000"),
                    lambda: login.prompt("code was wrong, 2 tries left"))
    login.hang_up()
    return start, check


def alike(one, rounds, more):
    """Medians of what both do differ by less than a fifth, or by less than so
    many seconds."""
    pairs = [one() for _ in range(rounds)]
    for which, name in enumerate(("start", "check")):
        expected, seen = (statistics.median(pair[who][which] for pair in pairs)
                          for who in (0, 1))
        assert abs(seen - expected) < max(0.2 * expected, more), \
            "%s: real %.4f s, decoy %.4f s" % (name, expected, seen)


def test_medians_by_the_app(quick, settings, admin):
    settings.set(limits={"lock_after": 100, "lock_after_total": 100})
    settings.secret("alice.totp", SECRET)
    settings.user("alice", channels=["totp", "sms"],
                  totp_secret_file=settings.secrets + "/alice.totp")
    settings.forget("bob")
    admin.do("check")
    by_app(quick, "alice")  # makes state and latency
    # the check takes about a millisecond, in which it is told
    alike(lambda: (by_app(quick, "alice"), by_app(quick, "carol")), ROUNDS_BY_APP,
          0.003)


def test_medians(quick, sim, settings):
    settings.set(limits={"sends_per_user_hour": 1000,
                         "sends_per_user_day": 1000,
                         "sends_per_number_day": 1000,
                         "answered_per_number_day": 1000,
                         "sends_per_source_hour": 1000})
    sim.fault("start", "delay", ms=DELAY_MS, count=0)
    sim.fault("check", "delay", ms=DELAY_MS, count=0)
    for _ in range(REAL_BEFORE):
        real(quick, sim)  # the first one makes state and latency
    alike(lambda: (real(quick, sim), decoy(quick)), ROUNDS, 0)


def test_decoy_follows_a_provider_that_became_slow(quick, sim):
    real(quick, sim)
    quick_start, _ = decoy(quick)
    sim.fault("start", "delay", ms=800, count=0)
    for _ in range(3):
        real(quick, sim)
    slow_start, _ = decoy(quick)
    assert slow_start > 0.6 > quick_start


def test_decoy_without_any_real_login_is_plausible(quick):
    start, check = decoy(quick)
    assert 0.25 < start < 1.5 and 0.15 < check < 1.5
