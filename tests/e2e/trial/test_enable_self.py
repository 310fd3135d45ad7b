# SPDX-License-Identifier: BSD-2-Clause
"""twofactl enable self and disable self: the socket where users run it."""

import json

import pytest

import stage
from ctl import call
from userunit import NAME, UserUnit

TRANSPORTS = ()

CHANGES = ["enable %s" % NAME, "restart %s" % NAME]
BACK = ["disable %s" % NAME, "stop %s" % NAME]
ON, OFF = "enabled", "disabled"


@pytest.fixture(name="unit")
def unit_fixture(_ready, tmp_path):
    with UserUnit(tmp_path) as unit:
        yield unit


def said(*words, status=0):
    ended = call(*words)
    assert ended.returncode == status, ended
    return ended.stdout + ended.stderr


def test_on_and_off(unit, syslog):
    assert said("enable", "self") == "self is enabled.\n"
    assert unit.told() == CHANGES and unit.is_on()
    syslog.wait_for("twofactl: enable self by uid=0")
    assert "enabled already; nothing is changed" in said("enable", "self")
    assert said("disable", "self") == "self is disabled.\n"
    assert unit.told() == CHANGES + BACK and not unit.is_on()
    syslog.wait_for("twofactl: disable self by uid=0")
    assert said("disable", "self") == "self was not enabled.\n"
    assert unit.told() == CHANGES + BACK


@pytest.mark.parametrize("state, active", ((ON, False), (OFF, True)))
def test_half_of_it(unit, state, active):
    """Somebody has stopped the unit, or only started it."""
    unit.be(state, active)
    said("enable", "self")
    assert unit.told() == CHANGES
    unit.be(state, active)
    said("disable", "self")
    assert unit.told() == CHANGES + BACK


def test_what_would_change(unit):
    assert said("enable", "self", "--dry-run").splitlines() == [
        "systemctl " + line for line in CHANGES]
    assert said("enable", "self", "--check", status=1) == \
        "self is not enabled.\n"
    assert unit.told() == []
    unit.be(ON, True)
    for word in "--dry-run", "--check":
        assert "enabled already" in said("enable", "self", word)
    assert unit.told() == []


def test_for_programs(unit):
    for words, changed, state in (
            (("enable", "--check"), False, OFF), (("enable",), True, ON),
            (("enable",), False, ON), (("enable", "--check"), False, ON),
            (("disable",), True, OFF), (("disable",), False, OFF)):
        out = call(words[0], "self", "--json", *words[1:]).stdout
        assert json.loads(out) == {
            "changed": changed, "service": "self", "state": state}


@pytest.mark.parametrize("verb", ("enable", "disable"))
@pytest.mark.parametrize("state, why", (
    ("masked", "run: systemctl unmask " + NAME),
    ("not-found", NAME + " is not installed; install the package again"),
    ("Failed to get unit file state for %s: No such file or directory" % NAME,
     NAME + " is not installed; install the package again")))
def test_no_unit(unit, verb, state, why):
    unit.be(state, False)
    assert why in said(verb, "self", status=4)
    assert unit.told() == []


@pytest.mark.parametrize("verb", ("enable", "disable"))
def test_no_systemd(_ready, verb):
    assert "systemd does not run here; add --user=/run/twofa/user.sock to " \
        "what starts twofa-helper" in said(verb, "self", status=4)


@pytest.mark.parametrize("fails", ("enable", "restart"))
def test_systemd_refuses(unit, fails):
    unit.fails(fails)
    assert "systemctl %s %s: it is broken" % (fails, NAME) in \
        said("enable", "self", status=4)


@pytest.mark.parametrize("words", (
    ["--login", "key"], ["--exempt", "bob"], ["--skip"], ["--user", "bob"],
    ["--until", "2099-01-31"], ["--why", "x"], ["--within", "5m"],
    ["--no-trial"], ["--rehearsal"], ["--no-input"], ["--anyway"]))
def test_words_of_a_trial(unit, words):
    assert "self is on no trial" in said("enable", "self", *words, status=2)
    assert unit.told() == []


def test_all_leaves_it(unit):
    """It asks nobody for a code, and lockers may need it."""
    unit.be(ON, True)
    said("disable", "--all")
    assert unit.told() == []


def test_self_names_the_command(terminals):
    with stage.installed():
        alone = terminals.run(stage.TWOFACTL_INSTALLED, "self", user="alice")
        assert alone.ended() == 4
        assert "as root run: twofactl enable self" in alone.text
