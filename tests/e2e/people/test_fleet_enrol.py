# SPDX-License-Identifier: BSD-2-Clause
"""People enrol at a login of a host that shares its state: known on every host,
by those hosts alone that an administrator gave the right to."""

import datetime
import json
import pathlib
import subprocess

import pytest

import pgserver
import test_store_postgresql
import test_store_records
from phones import NUMBERS

TRANSPORTS = ("socket",)

CAROL = NUMBERS["carol"]
FIRST = "you have none yet. Mobile number"
OTHER = "+447700900333"

fixture_server = test_store_postgresql.fixture_server
fixture_fleet = test_store_records.fixture_fleet


def day(left):
    return (datetime.datetime.now(datetime.timezone.utc)
            + datetime.timedelta(days=left)).strftime("%Y-%m-%d")


class Hosts:
    """web01 has the right, web02 has it not; both have the window."""

    def __init__(self, fleet, warm, admin):
        self.fleet, self.warm, self.admin = fleet, warm, admin
        # one that the records are read from, whose role must be there first
        self.url = "postgresql:///twofa?host=%s/socket&port=%s" % (
            fleet.server.folder, fleet.server.port)
        for name in ("web01", "web02", "desk"):
            fleet.be(name)
        self.state("change", "web01", "--enrols")

    def state(self, *words):
        return self.admin.do("state", "host", *words, "--url", self.url)

    def be(self, name, **keys):
        self.fleet.be(name, unenrolled="enrol", self_enrol_until=day(3),
                      limits={"resend_wait": [1, 2],
                              "allowed_prefixes": ["+44"]}, **keys)
        self.warm.let_go()

    def be_admin(self):
        self.fleet.be_admin()
        self.warm.let_go()

    def as_thief(self, name, sql):
        """What the functions answer that host; asks once more for 7."""
        answer = self.as_host(name, sql)
        return self.as_host(name, sql) if answer == "7" else answer

    def as_host(self, name, sql):
        """With its password."""
        password = pathlib.Path(
            self.fleet.hosts[name]["store"]["password_file"]).read_text()
        return subprocess.run(
            [pgserver.PLAIN, "psql", "-qAtX", "-d",
             "host=localhost port=%s dbname=twofa sslmode=require "
             "user=twofa_%s" % (self.fleet.server.port, name), "-c", sql],
            env={"PATH": "/usr/bin:/bin", "PGPASSWORD": password.strip()},
            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=60).stdout.strip()

    def records(self):
        return self.fleet.sql("SELECT usr FROM twofa.record ORDER BY 1")


@pytest.fixture(name="hosts")
def fixture_hosts(fleet, warm, admin):
    return Hosts(fleet, warm, admin)


def numbered(login, number=CAROL):
    login.prompt(FIRST)
    login.answer(number)
    login.prompt("Verification code (already )?sent to")
    return login


def enrols(login, sim, number=CAROL):
    numbered(login, number).answer(sim.code(number))
    assert login.ended() == 0, login.text


def asked(login, sim):
    login.prompt("Verification code sent to .*300")
    login.answer(sim.code("carol"))
    assert login.ended() == 0, login.text


def write(user, number, key):
    """What a thief would have the server write."""
    return ("SELECT twofa_v1.enrol((1, 0, '', '', '', 0)::twofa_v1.who, '%s', "
            "E'phone = \"%s\";\\nchannels = [\"sms\", \"voice\"];\\n', "
            "sha256('a'), '\\x%s', 0, NULL)" % (user, number, key))


def mark(fleet):
    return fleet.sql("SELECT encode(fleet_key, 'hex') FROM twofa.meta")[0]


def test_enrolled_at_one_asked_at_the_other(hosts, fleet, sshd, sim, syslog,
                                            settings):
    """By ssh, with the number and its code; then by a code alone."""
    hosts.be("web02")
    login = sshd.login("carol")
    login.password()
    login.prompt("Verification code")
    assert FIRST not in login.text
    login.interrupted()
    syslog.wait_for("state host change web02 --enrols")
    assert not sim.requests()
    hosts.be("web01")
    login = sshd.login("carol", "id", "-un")
    login.password()
    enrols(login, sim)
    syslog.wait_for("event=enrolled user=carol carol enrolled at a login, by "
                    "window, from 127.0.0.0")
    hosts.be("web02")
    login = sshd.login("carol", "id", "-un")
    login.password()
    asked(login, sim)
    assert fleet.sql("SELECT by FROM twofa.record") == ["twofa_web01", "window"]
    assert not pathlib.Path(settings.user_file("carol")).exists()


def test_what_an_admin_sees(hosts, admin, quick, sim):
    hosts.be("web01")
    enrols(quick.login("carol"), sim)
    hosts.be_admin()
    assert "  enrolled at web01, " in admin.do("list", "--enrolled-by", "web01")
    assert "carol" not in admin.do("list", "--enrolled-by", "web02")
    since = ("list", "--enrolled-by", "web01", "--since")
    assert "carol" in admin.do(*since, "1h")
    assert "carol" not in admin.do(*since, "2099-01-01")
    for words, why in ((since + ("1",), "expected a duration"),
                       (("list", "--since", "1h"), "--enrolled-by HOST")):
        status, out = admin.run(*words)
        assert status == 2 and why in out, out
    assert "\nenrolled   at web01, " in admin.do("show", "carol")
    (user,) = json.loads(admin.do("list", "--json"))["users"]
    assert user["enrolled_by"] == "web01"
    found = json.loads(hosts.state("list", "--json"))["hosts"]
    assert {host["host"]: host["enrols"] for host in found} == {
        "desk": False, "web01": True, "web02": False}
    # from then on it is the administrator's
    admin.do("enroll", "carol", OTHER, "--replace", "--no-verify")
    assert "carol" not in admin.do("list", "--enrolled-by", "web01")
    assert "enrolled" not in admin.do("show", "carol")


def test_doctor_says_so(doctor, hosts):
    hosts.be("web01")
    assert "store-enrols" not in doctor.names()[0]
    hosts.be("web02")
    names, text = doctor.names()
    assert "store-enrols" in names, text
    assert "twofactl state host change web02 --enrols" in text


def test_a_stolen_host_without_the_right(hosts, fleet):
    assert hosts.as_thief("web02", write("carol", CAROL, mark(fleet))) == "5"
    assert "permission denied" in hosts.as_thief(
        "web02", "SELECT twofa_v1.record_put(NULL, 'carol', '', '', '', '', "
        "NULL, '')")
    assert "permission denied" in hosts.as_thief(
        "web02", "UPDATE twofa.host SET enrols = true")
    assert not hosts.records()


def test_a_stolen_host_with_the_right(hosts, fleet, quick, sim, admin):
    """20 numbers, none of another user, nobody's record; and all of it ends."""
    hosts.be("web01")
    enrols(quick.login("carol"), sim)
    assert hosts.as_thief("web01", write("carol", OTHER, mark(fleet))) == "2"
    assert hosts.as_thief("web01", write("dave", CAROL, mark(fleet))) == "4"
    for n in range(19):
        assert hosts.as_thief("web01", write(
            "u%d" % n, "+4477009001%02d" % n, mark(fleet))) == "1"
    assert hosts.as_thief("web01", write("dave", OTHER, mark(fleet))) == "5"
    assert len(hosts.records()) == 20
    text = hosts.state("disable", "web01")
    assert "These users enrolled there:\n  carol\n  u0\n" in text
    assert "twofactl state host disable web01 --records" in text
    assert "twofa_web01" in hosts.as_thief("web01", "SELECT 1")  # denied
    hosts.be_admin()
    admin.do("enroll", "carol", OTHER, "--replace", "--no-verify")
    assert "Removed the records of these users, who enrolled there:\n  u0\n" \
        in hosts.state("disable", "web01", "--records")
    assert hosts.records() == ["carol"]
    # its right does not come back with its password
    admin.do("state", "host", "add", "web01", "--renew", "--url", hosts.url)
    assert fleet.sql("SELECT enrols FROM twofa.host WHERE name = 'web01'") == [
        "f"]


def test_the_limit_is_reached(hosts, fleet, quick, sim):
    """Nobody is asked for a number that the server would refuse."""
    hosts.be("web01")
    login = numbered(quick.login("carol"))
    for n in range(20):
        assert hosts.as_thief("web01", write(
            "u%d" % n, "+4477009001%02d" % n, mark(fleet))) == "1"
    login.answer(sim.code(CAROL))
    login.prompt("The code was not accepted")
    login.answer("")
    assert login.ended() != 0
    quick.decoy(quick.login("carol"), "carol", reason="unenrolled", asked=2)
    assert "carol" not in hosts.records()


def test_two_windows_on_two_hosts(hosts, fleet, quick, sim):
    """The first one has it; the other one is told."""
    hosts.state("change", "web02", "--enrols")
    hosts.be("web01")
    login = numbered(quick.login("carol"))
    assert hosts.as_thief("web02", write("carol", OTHER, mark(fleet))) == "1"
    login.answer(sim.code(CAROL))
    login.prompt("You were enrolled in another window")
    login.answer("")
    assert login.ended() != 0
    hosts.state("change", "web02", "--no-enrols")
    assert hosts.as_thief("web02", write("erin", CAROL, mark(fleet))) == "5"


def test_an_invitation_on_any_host(hosts, admin, quick, sim):
    """The server compares it: web02 needs no right."""
    hosts.be_admin()
    text = admin.do("code", "carol", "--invite", "--hours", "2", "--why", "new",
                    "--json")
    code = json.loads(text.splitlines()[0])["code"]
    hosts.be("web02")
    login = quick.login("carol")
    login.prompt("Verification code sent")
    login.answer(code)
    enrols(login, sim)
    hosts.be("web01")
    asked(quick.login("carol"), sim)
    hosts.be_admin()
    assert "  enrolled at web02, " in admin.do("list", "--enrolled-by", "web02")
