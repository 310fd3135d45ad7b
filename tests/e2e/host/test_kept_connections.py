# SPDX-License-Identifier: BSD-2-Clause
"""Connections that a provider's broker keeps for the next login, to servers that
end them, answer late, twice, in halves, or with another's reply: nothing is sent
twice, and nobody gets in by a reply that is not theirs (docs/listener.md)."""

import ctypes
import re
import time

import pytest

from between import Between
from quick import other
from vendors import ALL, TYPES, Vendor

TRANSPORTS = ("socket",)
CHECKED = [name for name in TYPES if ALL[name].checks]


@pytest.fixture
def first(quick, between, warm):
    """bob's login has left a connection. The listener starts with the settings:
    brokers whose settings change are replaced, also while a login waits."""
    assert warm is not None
    quick.right(quick.login("bob"), "bob")
    assert between.connections == 1 and between.touched == 2
    return between


def few(between, wanted):
    """libcurl 8.22 forgets one that has ended within a second; until then each
    request has a new one."""
    libcurl = ctypes.CDLL("libcurl.so.4")
    libcurl.curl_version.restype = ctypes.c_char_p
    version = re.match(rb"libcurl/(\d+)\.(\d+)", libcurl.curl_version())
    if tuple(map(int, version.groups())) < (8, 22):
        return between.connections == wanted
    return wanted <= between.connections <= between.touched


def ends(login):
    """Without a prompt: nothing is sent again for it."""
    assert login.ended() != 0, login.text


def test_two_logins_share_one(quick, warm, sim):
    for user in ("alice", "bob", "alice"):
        quick.right(quick.login(user), user)
    assert len(sim.connections()) == 1
    assert len(warm.brokers("--provider-broker")) == 1
    assert len(sim.requests()) == 6 and len(sim.messages()) == 3


def test_by_a_helper_of_its_own(quick, warm, pam, sim):
    """It has none of another's."""
    quick.right(quick.login())
    pam.args(transport="spawn", socket=None)
    quick.right(quick.login("bob"), "bob")
    assert len(sim.connections()) == 2
    assert warm.answers()


def test_authy_checks_apart(quick, warm, settings, sim):
    """Its yes names nobody."""
    assert warm is not None
    Vendor("authy", settings, sim)
    for _ in range(2):
        quick.right(quick.login())
    starts, checks = ([r["connection"] for r in sim.requests()
                       if r["endpoint"] == kind] for kind in ("start", "check"))
    assert len(checks) == len(set(checks)) == 2
    assert not set(checks) & set(starts)


# The connection ends.

def test_it_was_closed_between(quick, first):
    """Before a byte of the next login's: that has a new one."""
    first.drop()
    time.sleep(0.2)
    quick.right(quick.login())
    assert few(first, 2) and first.touched == 4


@pytest.mark.parametrize("nth", range(2))
def test_it_closes_after_a_reply(quick, between, warm, nth):
    """To the start, or to the check."""
    assert warm is not None
    between.how = [""] * nth + ["close"]
    quick.right(quick.login())
    quick.right(quick.login("bob"), "bob")
    assert between.touched == 4 and few(between, 2)


@pytest.mark.parametrize("how", ("touch", "read"))
def test_it_closes_at_the_next_request(quick, first, sim, how):
    """At its first byte, or behind it: nobody knows what was done with it, so
    it is sent nowhere else."""
    first.how = [how]
    ends(quick.login())
    assert quick.line("alice", outcome="denied")["reason"] == "transient"
    assert first.touched == 3 and len(sim.messages()) == 1
    quick.right(quick.login("bob"), "bob")
    assert first.touched == 5


@pytest.mark.parametrize("how", ("touch", "read", "half"))
def test_it_closes_at_the_check(quick, first, sim, how):
    first.how = ["", how]
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    ends(login)
    assert quick.line("alice", outcome="denied")["reason"] == "transient"
    assert first.touched == 4 and len(sim.messages()) == 2


# The reply is odd.

def test_halves(quick, first):
    first.how = ["halves", "halves"]
    quick.right(quick.login())
    assert first.touched == 4 and first.connections == 1


def test_half_a_reply(quick, first, sim):
    first.how = ["half"]
    ends(quick.login())
    assert first.touched == 3
    quick.right(quick.login("bob"), "bob")
    assert first.connections == 2 and first.touched == 5
    assert len(sim.messages()) == 3


def test_late(quick, settings, first, sim):
    """Behind the time that it has: no later login reads that reply."""
    settings.provider(timeout_ms=1000)
    quick.right(quick.login("bob"), "bob")
    before, first.how, first.pause = first.touched, ["late"], 1.8
    ends(quick.login())
    assert first.touched == before + 1
    login = quick.login("bob")
    login.prompt("Verification code sent")
    time.sleep(1)
    login.answer(sim.code("bob"))
    assert login.ended() == 0
    assert first.touched == before + 3
    assert len({one[0] for one in first.seen[-3:]}) == 2


@pytest.mark.parametrize("how", ("twice", "again"))
@pytest.mark.parametrize("nth", range(2))
def test_a_reply_twice(quick, first, sim, how, nth):
    """It is nobody's: the next request has another connection."""
    first.how = [""] * nth + [how]
    first.pause = 0.1
    login = quick.login()
    login.prompt("Verification code sent")
    time.sleep(0.3)
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    time.sleep(0.3)
    login = quick.login("bob")
    login.prompt("Verification code sent")
    login.answer(other(sim.code("bob", nth=2)))
    login.prompt("code was wrong")
    login.answer(sim.code("bob"))
    assert login.ended() == 0
    assert few(first, 2) and first.touched == 7
    assert len(sim.messages()) == 3


NO = ["code was wrong", "not accepted", "could not", "code has . digits"]


@pytest.mark.parametrize("behind", (
    ["", "behind"], ["", "", "", "behind"], ["", "", "behind"]))
@pytest.mark.parametrize("kind", CHECKED)
def test_a_reply_of_before(quick, warm, settings, sim, syslog, kind, behind):
    """The reply is that to the request before: the start's, also where another
    login had a yes before that; or that yes itself."""
    assert warm is not None
    Vendor(kind, settings, sim)
    server = Between(sim)
    settings.provider(base_url=server.url)
    logins = len(behind) // 3
    server.how = list(behind)
    if logins:
        quick.right(quick.login())
    login = quick.login()
    if login.expect(["Verification code", *NO]) == 0:
        # the newest that anybody was sent is none of these
        login.answer(other(sim.code("alice")))
        login.expect(NO)
    login.hang_up()
    server.stop()
    assert len(server.seen) == server.touched
    assert [line["outcome"] for line in syslog.logins()].count("allowed") == logins
