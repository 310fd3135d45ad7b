# SPDX-License-Identifier: BSD-2-Clause
"""hours of a rule at real logins: by the time zone of the host, also where it
changes its clocks or cannot be read."""

import os

import pytest

import stage
from listener import FOLDER, Listener

TRANSPORTS = ("spawn", "socket")

ZONES = "/usr/share/zoneinfo/"
BERLIN = ZONES + "Europe/Berlin"
NEW_YORK = ZONES + "America/New_York"
OFFICE = "mon-fri 08:00-18:00"

pytestmark = pytest.mark.skipif(
    not os.path.exists(BERLIN) or not os.path.exists(NEW_YORK),
    reason="there is no tzdata in " + ZONES)


@pytest.fixture
def hours(settings):
    """The only rule has them."""
    def write(text, action="skip"):
        settings.set(rules=[{"hours": text, "action": action}])
    return write


@pytest.mark.parametrize("place, utc", [
    (BERLIN, "2026-03-27 07:00"),  # Friday, 08:00 in winter
    (BERLIN, "2026-03-30 06:00"),  # Monday, 08:00 in summer
    (BERLIN, "2026-03-30 15:59"),
    (NEW_YORK, "2026-03-27 21:59"),
    (None, "2026-03-27 08:00"),
])
def test_within(quick, zone, at, hours, place, utc):
    zone(place)
    at(utc)
    hours(OFFICE)
    assert quick.admitted(quick.login(), outcome="skipped")["rule"] == "1"


@pytest.mark.parametrize("place, utc", [
    (BERLIN, "2026-03-27 06:58"),
    (BERLIN, "2026-03-27 17:00"),
    (BERLIN, "2026-03-28 12:00"),  # Saturday
    (NEW_YORK, "2026-03-27 11:58"),
    (None, "2026-03-27 07:58"),
])
def test_outside(quick, zone, at, hours, place, utc):
    zone(place)
    at(utc)
    hours(OFFICE)
    assert quick.right(quick.login())["rule"] == "default"


def test_denied_outside(quick, settings, zone, at):
    """As an admin writes it: what is within is asked, all else is denied."""
    settings.set(rules=[{"hours": OFFICE}, {"action": "deny"}])
    zone(BERLIN)
    at("2026-03-27 17:00")
    assert quick.denied(quick.login(), rule="2")["reason"] == "rule"
    at("2026-03-27 16:50")
    assert quick.right(quick.login())["rule"] == "1"


def test_denied_by_hours(quick, hours, zone, at):
    """The night that begins on Saturday, and the local day of a Sunday."""
    zone(BERLIN)
    hours("sat 22:00-06:00", "deny")
    at("2026-03-28 21:00")
    assert quick.denied(quick.login(), rule="1")["reason"] == "rule"


@pytest.mark.parametrize("text, utc, holds", [
    # 2026-03-29: 01:59 is followed by 03:00, at 01:00 UTC
    ("sun 02:00-03:00", "2026-03-29 00:59", False),
    ("sun 02:00-03:00", "2026-03-29 01:00", False),
    ("sun 01:00-02:00", "2026-03-29 00:58", True),
    ("sun 03:00-04:00", "2026-03-29 01:00", True),
    # 2026-10-25: 02:59 is followed by 02:00, at 01:00 UTC
    ("sun 02:00-03:00", "2026-10-25 00:30", True),
    ("sun 02:00-03:00", "2026-10-25 01:30", True),
    ("sun 02:00-03:00", "2026-10-25 02:00", False),
    ("sun 01:00-02:00", "2026-10-25 01:00", False),
])
def test_clocks_that_are_changed(quick, zone, at, hours, text, utc, holds):
    zone(BERLIN)
    at(utc)
    hours(text)
    if holds:
        quick.admitted(quick.login(), outcome="skipped", rule="1")
    else:
        assert quick.right(quick.login())["rule"] == "default"


def test_zone_of_the_service(terminals, quick, zone, at, hours):
    """TZ of what calls the module, as an attacker may set it, is nothing."""
    zone(BERLIN)
    at("2026-03-27 17:00")
    hours(OFFICE)
    login = terminals.run("env", "TZ=America/New_York", "/usr/bin/pamtester",
                          "--", "sshd", "alice", "authenticate",
                          password_of="alice")
    login.password()
    assert quick.right(login)["rule"] == "default"


def test_zone_of_the_listener(pam, quick, zone, at, hours):
    """So is a listening helper's own; and a new zone needs no restart."""
    zone(NEW_YORK)
    at("2026-03-27 17:00")
    hours(OFFICE)
    one = Listener(stage.CLOCK_HELPER, FOLDER + "/zone.sock", start=False)
    one.before = ["env", "TZ=Europe/Berlin"]
    one.start()
    pam.args(helper=stage.CLOCK_HELPER, transport="socket", socket=one.path)
    quick.admitted(quick.login(), outcome="skipped", rule="1")
    zone(BERLIN)
    assert quick.right(quick.login())["rule"] == "default"
    one.stop()


@pytest.mark.parametrize("place", ["TZif, and no zone", ZONES + "Nowhere"])
def test_zone_that_cannot_be_read(quick, admin, syslog, zone, hours, place):
    """No rule lets in without a code then, and everything says why."""
    zone(place)
    hours("mon-sun 00:00-24:00")
    assert quick.right(quick.login())["rule"] == "default"
    syslog.wait_for(r"rule 1: whether its hours hold is unknown.*"
                    "/etc/localtime")
    for words in ("check",), ("doctor",), ("check", "--upgrade"):
        status, out = admin.run(*words)
        assert status != 0 and "rule 1: whether its hours hold is unknown" \
            in out and "timedatectl set-timezone" in out
    hours("mon-sun 00:00-24:00", "deny")
    syslog.clear()
    assert quick.right(quick.login())["rule"] == "1"


def test_zone_that_no_rule_needs(quick, admin, settings, zone):
    zone("TZif, and no zone")
    settings.set(rules=[{"action": "skip"}])
    quick.admitted(quick.login(), outcome="skipped", rule="1")
    assert "time zone" not in admin.do("check")
