# SPDX-License-Identifier: BSD-2-Clause
"""One connection a login, whoever sends the code; and a provider that reads
the check and hangs up sees it once, and lets nobody in."""

import re

import pytest

from vendors import ALL, TYPES, Vendor

TRANSPORTS = ("spawn", "socket")

# Where the code is our own nothing is checked elsewhere.
CHECKED = [name for name in TYPES if ALL[name].checks]


@pytest.fixture(params=TYPES)
def provider(request, settings, sim, _ready):
    return Vendor(request.param, settings, sim)


@pytest.fixture(params=CHECKED)
def checking(request, settings, sim, _ready):
    return Vendor(request.param, settings, sim)


def test_no_type_is_left_out(admin, settings):
    """The settings' own error names them all."""
    settings.set(providers=[{"name": "one", "type": "none"}])
    _, out = admin.run("check")
    told = out.split("is no type of this version; expected ")[1].split("\n")[0]
    assert set(re.findall(r'"([^"]+)"', told)) == set(ALL)


def test_one_handshake(quick, provider):
    quick.right(quick.login())
    provider.asked(["start", "check"] if provider.name in CHECKED
                   else ["start"])


def test_another_message(quick, provider, clock, sim):
    """Over the same connection, while that is younger than 30 s: only the
    clocks of helper and provider move here."""
    login = quick.login()
    login.prompt("Verification code sent")
    sim.code("alice")
    clock.advance(33)
    login.answer("r")
    login.prompt("sent")
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0, login.text
    provider.asked(ALL[provider.name].again)


def test_check_is_seen_once(quick, checking, sim):
    sim.fault("check", "close_after_read", provider=checking.name)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    line = quick.denied(login, sent=True)
    assert line["reason"] == "transient"
    checking.asked(["start", "check"])


def test_check_is_seen_once_though_it_was_right(quick, checking, sim):
    """The vendor has accepted the code; nobody told us."""
    sim.fault("check", "close_after_read", provider=checking.name,
              when="after")
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    quick.denied(login, sent=True)
    checking.asked(["start", "check"])
