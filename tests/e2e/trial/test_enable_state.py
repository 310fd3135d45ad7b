# SPDX-License-Identifier: BSD-2-Clause
"""Who could not log in any more, on a host of a fleet whose records are in the
state: nobody lists them there."""

import re

import enablehost
import passwords
import pytest
import test_store_records

TRANSPORTS = ("spawn",)
LOCKED = r"%s +LOCKED OUT: they are not enrolled"

fixture_server = test_store_records.fixture_server
fixture_fleet = test_store_records.fixture_fleet


@pytest.fixture(name="enabling")
def fixture_enabling(enabling):
    passwords.usable("carol", True)
    return enabling


def trial(enabling, *words):
    return enabling.run("enable", *words, "--no-trial", "--dry-run",
                        expected=1)


def test_who_has_a_password_alone(fleet, enabling, admin):
    """carol is asked, bob was never enrolled, and a user of --login key has
    none, enrolled or not."""
    test_store_records.enrol(fleet, admin, "carol")
    test_store_records.enrol(fleet, admin, "alice")
    fleet.be("web01")
    out = trial(enabling, "sshd")
    assert re.search(LOCKED % "bob", out), out
    assert not re.search("carol +LOCKED OUT", out), out
    assert "Not looked up" not in out
    assert "on the administrator's machine:\ntwofactl list\n" in out
    out = trial(enabling, "sshd", "--login", "key")
    assert re.search("carol +LOCKED OUT: .* requires a key, and they have none",
                     out), out
    out = trial(enabling, "su")
    assert re.search(LOCKED % "bob", out), out
    assert not re.search("carol +LOCKED OUT", out), out


@pytest.fixture(name="many")
def fixture_many():
    """Thirty accounts with a password."""
    kept = {path: enablehost.read(path) for path in
            ("/etc/passwd", "/etc/shadow")}
    for path, line in (("/etc/passwd", "many%d:x:%d:100::/:/bin/sh\n"),
                       ("/etc/shadow", "many%d:$6$salt$hash.hash:%d::::::\n")):
        enablehost.write(path, kept[path] + "".join(
            line % (n, 20000 + n) for n in range(30)))
    yield
    for path, text in kept.items():
        enablehost.write(path, text)


@pytest.mark.usefixtures("many")
def test_no_more_are_asked_for_than_logins_can_spare(fleet, enabling, admin):
    """Each is one of those that this host may read in an hour."""
    test_store_records.enrol(fleet, admin, "carol")
    fleet.sql("INSERT INTO twofa.record SELECT 'many' || n, r.body, r.seal, "
              "r.groups, r.at, r.by FROM twofa.record r, "
              "generate_series(0, 29) n")
    fleet.be("web01")
    out = trial(enabling, "sshd")
    assert fleet.sql("SELECT count(*) <= 20 FROM twofa.record_read") == ["t"]
    assert re.search("Not looked up in the state, .*: many[0-9]+, .* and "
                     r"\d+ more\.\nThey are denied unless", out), out


def test_the_administrators_machine_knows_all(fleet, enabling, admin):
    test_store_records.enrol(fleet, admin, "carol")
    test_store_records.enrol(fleet, admin, "alice")
    with passwords.locked("bob"):
        out = enabling.run("enable", "sshd", "--no-trial", "--dry-run")
    assert "administrator's machine" not in out
    assert not fleet.sql("SELECT * FROM twofa.record_read")


def test_a_state_that_does_not_answer(fleet, enabling, admin):
    """It locks out whom it cannot be asked about; no rule does."""
    test_store_records.enrol(fleet, admin, "alice")
    fleet.be("web01")
    away = dict(fleet.hosts["web01"], state="postgresql://localhost:1/twofa")
    fleet.settings.set(users="state", **away)
    out = trial(enabling, "sshd")
    assert re.search("alice +LOCKED OUT: their records cannot be read", out)
