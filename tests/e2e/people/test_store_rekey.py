# SPDX-License-Identifier: BSD-2-Clause
"""twofactl state rekey: all records under a new key, while hosts go on."""

import hashlib
import hmac
import os
import pathlib
import re
import secrets
import subprocess
import time

import pytest

import app as phone_app
import listener
import passwords
import pgserver
import test_store_postgresql
import test_store_records
from phones import NUMBERS
from test_store_records import KEY, WRONG, enrol, write

TRANSPORTS = ("spawn", "socket")
NEXT = pathlib.Path(str(KEY) + ".next")
OLD = pathlib.Path(str(KEY) + ".old")
CAROL = NUMBERS["carol"]
USED = "code was used already; type the next one"


fixture_server = test_store_postgresql.fixture_server
fixture_records = test_store_records.fixture_fleet


@pytest.fixture(name="fleet")
def fixture_fleet(fleet):
    yield fleet
    for path in (NEXT, OLD, pathlib.Path(str(NEXT) + ".two")):
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)


@pytest.fixture(name="doctor")
def fixture_doctor(doctor, pam):
    """Where a helper listens: it has taken the socket away, so another one."""
    listener.SHARED.stop()
    pam.args()
    return doctor


def seal(key, user, body):
    return hmac.new(key, b"twofa record 1\0%s\0%s" % (user.encode(), body),
                    hashlib.sha256).hexdigest()


def all_under(fleet):
    """The key of the state, which is that of each record as well; both from
    one look, since a rekey may come to its end meanwhile."""
    mark, *rows = fleet.sql(
        "SELECT concat_ws(' ', encode(fleet_key, 'hex'), (SELECT string_agg("
        "usr || '=' || encode(convert_to(body, 'UTF8'), 'hex') || '=' || "
        "encode(seal, 'hex'), ' ') FROM twofa.record)) FROM twofa.meta")
    keys = [key for key in (fleet.key, NEXT.read_bytes())
            if hmac.new(key, b"twofa", hashlib.sha256).hexdigest() == mark]
    assert len(keys) == 1
    for user, body, found in (row.split("=") for row in rows):
        assert found == seal(keys[0], user, bytes.fromhex(body)), user
    assert rows
    return keys[0]


def has_old_key(fleet):
    """What a host has to which the new one was not copied."""
    write(KEY, fleet.key, "root:twofa", 0o640)


def test_first_the_hosts_then_the_state(fleet, admin, quick, terminals):
    """In the guide's order nobody is denied for a moment."""
    enrol(fleet, admin)
    before = fleet.texts()
    assert "1 record would be sealed" in admin.do(
        "state", "rekey", str(NEXT), "--dry-run")
    assert not NEXT.exists()
    status, text = admin.run("state", "rekey", str(NEXT))
    assert status == 2 and "add --yes once the hosts have the file" in text
    assert (NEXT.stat().st_mode & 0o777, NEXT.group()) == (0o640, "twofa")
    asked = terminals.run("/run/stage/twofactl", "--helper",
                          "/run/stage/twofa-helper", "state", "rekey",
                          str(NEXT))
    asked.expect("Have they all got it")
    asked.answer("")
    assert asked.ended() == 1 and "Nothing was changed" in asked.text
    assert fleet.texts() == before and KEY.read_bytes() == fleet.key
    fleet.be("web01")
    quick.right(quick.login("carol"), "carol")

    fleet.be_admin()
    key = NEXT.read_bytes()
    said = admin.do("state", "rekey", str(NEXT), "--yes")
    assert "Done: 1." in said and "run: mv %s %s\n" % (NEXT, KEY) in said
    assert KEY.read_bytes() == key and OLD.read_bytes() == fleet.key
    assert (KEY.stat().st_mode & 0o777, KEY.group()) == (0o640, "twofa")
    assert all_under(fleet) == key
    assert CAROL in admin.do("show", "carol", "--full")
    # a host with both
    has_old_key(fleet)
    fleet.be("web01")
    quick.right(quick.login("carol"), "carol")
    os.rename(NEXT, KEY)
    quick.right(quick.login("carol"), "carol")



@pytest.mark.parametrize("first", ("old", "new"))
def test_a_code_that_is_open_meanwhile(fleet, admin, quick, settings, sim,
                                       first):
    """Twilio has one verification for a number: a login under the new key
    joins the one of the old, and both windows go on."""
    enrol(fleet, admin)
    settings.secret("twilio", "0123456789abcdef0123456789abcdef")
    twilio = {"providers": [{
        "name": "twilio", "type": "twilio-verify",
        "account_sid": "AC" + "a1" * 16, "service_sid": "VA" + "c3" * 16,
        "auth_token_file": settings.secrets + "/twilio",
        "base_url": sim.url, "ca_file": sim.certs.ca}]}
    fleet.be("web01", **twilio)
    windows = {"old": quick.login("carol")}
    windows["old"].prompt("Verification code sent")
    code = sim.code("carol")
    windows["old"].answer("000000" if code != "000000" else "000001")
    windows["old"].prompt("code was wrong")
    fleet.be_admin()
    admin.do("state", "rekey", str(NEXT), "--yes")
    has_old_key(fleet)
    fleet.be("web02", **twilio)
    windows["new"] = quick.login("carol")
    windows["new"].prompt("Verification code")
    # one row, whose tries go on
    assert fleet.sql("SELECT tries, sends FROM twofa.verification") == ["1|2"]
    windows[first].answer(code)
    assert windows[first].ended() == 0, windows[first].text
    other = windows["new" if first == "old" else "old"]
    other.answer(code)
    other.prompt("used by another login")
    assert fleet.sql("SELECT count(*) FROM twofa.verification WHERE state "
                     "NOT IN ('running', 'starting')") == ["0"]


def says(doctor, words):
    found, out = doctor.names()
    assert "store-key" in found and words in out, out


def test_a_host_that_was_forgotten(fleet, admin, quick, syslog, settings,
                                   doctor):
    """It is denied by name, also where who has no record gets in."""
    enrol(fleet, admin)
    admin.do("state", "rekey", str(NEXT), "--yes")
    has_old_key(fleet)
    kept = NEXT.read_bytes()
    NEXT.unlink()
    fleet.be("web01", unenrolled="allow")
    passwords.usable("carol", True)
    assert quick.denied(quick.login("carol"), "carol")["reason"] in WRONG
    syslog.wait_for("it is of another fleet key: copy the file")
    settings.user("alice", phone=NUMBERS["alice"])
    syslog.clear()
    quick.right(quick.login("alice"), "alice")
    says(doctor, "copy the file from a host that works")
    # copied so that user twofa cannot read it, then right
    write(NEXT, kept, "root:root", 0o600)
    assert quick.denied(quick.login("carol"), "carol",
                        sent=True)["reason"] in WRONG
    says(doctor, "%s cannot be used" % NEXT)
    write(NEXT, kept, "root:twofa", 0o640)
    quick.right(quick.login("carol"), "carol")
    says(doctor, "let it take that one's place")
    os.rename(NEXT, KEY)
    assert "store-key" not in doctor.names()[0]


def test_a_wrong_next_key_ends_no_login(fleet, admin, quick, settings):
    enrol(fleet, admin)
    write(NEXT, b"short", "root:twofa", 0o640)
    fleet.be("web01")
    quick.right(quick.login("carol"), "carol")
    settings.user("alice", phone=NUMBERS["alice"])
    quick.right(quick.login("alice"), "alice")


def test_used_codes_stay_used(fleet, admin, quick, clock):
    """Of an app whose secret is in the state, whichever key a host begins
    with; and an app goes on as it was."""
    enrol(fleet, admin)
    shown = admin.do("totp", "carol", "--no-verify")
    app = phone_app.App(clock, re.search(r"secret=([A-Z2-7]+)",
                                         shown).group(1))
    admin.do("enroll", "carol", "--channel", "totp", "--replace",
             "--no-verify", CAROL)
    fleet.be("web02")
    login = quick.login("carol")
    login.prompt("app")
    code = app.code()
    login.answer(code)
    assert login.ended() == 0, login.text
    fleet.be_admin()
    before = fleet.texts()
    admin.do("state", "rekey", str(NEXT), "--yes")
    assert fleet.texts() != before
    has_old_key(fleet)
    fleet.be("web01")
    login = quick.login("carol")
    login.prompt("app")
    login.answer(code)
    login.prompt("code was wrong")
    code = app.code(1)
    login.answer(code)
    assert login.ended() == 0, login.text
    os.rename(NEXT, KEY)
    fleet.be("web02")
    login = quick.login("carol")
    login.prompt("app")
    login.answer(code)
    login.prompt(USED)
    login.hang_up()


def test_limits_of_a_user_go_on(fleet, admin, quick, syslog):
    """Those of a number begin once more, since it has another digest, and
    nobody joins what was sent to it."""
    limits = {"sends_per_user_hour": 1, "answered_per_number_day": 1}

    def denied_by(which):
        assert quick.denied(quick.login("carol"), "carol",
                            sent=True)["reason"] == "limit"
        syslog.wait_for(which + " is used up")
        syslog.clear()

    def rekey(name):
        fleet.be_admin(limits=limits)
        admin.do("state", "rekey", str(NEXT) + name, "--yes")
        fleet.be("web01", limits=limits)

    enrol(fleet, admin)
    fleet.be("web01", limits=limits)
    quick.right(quick.login("carol"), "carol")
    denied_by("answered_per_number_day")
    rekey("")
    login = quick.login("carol")
    login.prompt("Verification code sent")
    login.hang_up()
    rekey(".two")
    denied_by("sends_per_user_hour")


def test_a_record_that_is_none(fleet, admin):
    """It is named, and nothing is changed."""
    enrol(fleet, admin, "alice")
    enrol(fleet, admin, "carol")
    fleet.sql("UPDATE twofa.record SET body = body || '#' WHERE usr = 'carol'")
    before = fleet.texts()
    for more in ("--yes", "--dry-run"):
        status, text = admin.run("state", "rekey", str(NEXT), more)
        assert status == 4 and "the record of carol" in text, text
        assert fleet.texts() == before and KEY.read_bytes() == fleet.key
    admin.do("remove", "carol", "--yes")
    assert "Done: 1." in admin.do("state", "rekey", str(NEXT), "--yes")
    assert all_under(fleet) == NEXT.read_bytes()


def test_again_when_it_was_cut_short(fleet, admin):
    """The state has the new key, and this machine could not be given it."""
    enrol(fleet, admin)
    OLD.mkdir()
    status, text = admin.run("state", "rekey", str(NEXT), "--yes")
    assert status == 4 and "this machine has not: run this again" in text
    assert KEY.read_bytes() == fleet.key
    assert all_under(fleet) == NEXT.read_bytes()
    OLD.rmdir()
    for _ in range(2):
        assert "The state has this key already." in admin.do(
            "state", "rekey", str(NEXT), "--yes")
        assert KEY.read_bytes() == NEXT.read_bytes()
        assert OLD.read_bytes() == fleet.key
    assert CAROL in admin.do("show", "carol", "--full")


class Holding:
    """A transaction of somebody's that has the state's row, as long as it
    writes a record."""

    def __init__(self, server, sql):
        # pylint: disable=consider-using-with
        self.psql = subprocess.Popen(
            [pgserver.PLAIN, "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h",
             server.folder / "socket", "-p", server.port, "-U", "postgres",
             "-d", "twofa"], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        self.say("BEGIN; SELECT 1 FROM twofa.meta FOR SHARE; %s;" % sql)
        assert self.psql.stdout.readline() == "1\n"

    def say(self, sql):
        self.psql.stdin.write(sql + "\n")
        self.psql.stdin.flush()

    def commit(self):
        self.psql.communicate("COMMIT;\n", timeout=30)
        assert self.psql.returncode == 0


def begin_rekey(fleet):
    """It has read all records, and waits for that row."""
    # pylint: disable=consider-using-with
    tool = subprocess.Popen(
        ["/run/stage/twofactl", "--helper", "/run/stage/twofa-helper",
         "state", "rekey", NEXT, "--yes"], text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    end = time.monotonic() + 20
    while fleet.sql("SELECT count(*) FROM pg_stat_activity WHERE "
                    "wait_event_type = 'Lock' AND query ~ 'record_rekey' AND "
                    "usename = 'twofa_operator'") != ["1"]:
        assert tool.poll() is None and time.monotonic() < end, tool.stdout
        time.sleep(0.01)
    return tool


def test_a_record_that_is_written_meanwhile(fleet, admin, server):
    """It is not lost, nor left under the old key."""
    enrol(fleet, admin)
    body = b'phone = "%s";\n' % NUMBERS["bob"].encode()
    write(NEXT, secrets.token_bytes(32), "root:twofa", 0o640)
    other = Holding(server, "INSERT INTO twofa.record VALUES ('bob', "
                    "convert_from('\\x%s', 'UTF8'), '\\x%s', '{}', 0, '')"
                    % (body.hex(), seal(fleet.key, "bob", body)))
    tool = begin_rekey(fleet)
    other.commit()
    said = tool.communicate(timeout=30)[0]
    assert tool.returncode == 4 and "changed meanwhile" in said, said
    assert all_under(fleet) == fleet.key and len(fleet.texts()) == 2
    assert "Done: 2." in admin.do("state", "rekey", str(NEXT), "--yes")
    assert all_under(fleet) == NEXT.read_bytes()


def test_killed(fleet, admin, server):
    """While the server is asked: what is there is whole, and it can be done
    again."""
    enrol(fleet, admin)
    enrol(fleet, admin, "alice")
    write(NEXT, secrets.token_bytes(32), "root:twofa", 0o640)
    other = Holding(server, "SELECT 1")
    tool = begin_rekey(fleet)
    tool.kill()
    tool.wait(10)
    assert all_under(fleet) == fleet.key
    other.commit()
    all_under(fleet)
    admin.do("state", "rekey", str(NEXT), "--yes")
    assert all_under(fleet) == KEY.read_bytes() == NEXT.read_bytes()


@pytest.mark.parametrize("words,status,says", [
    (("rekey",), 2, "is followed by one of: init"),
    (("rekey", "fleet.key.next"), 2, "by its whole path"),
    (("rekey", str(KEY)), 2, "another file than the present key's"),
    (("rekey", str(OLD)), 2, "another file than the present key's"),
    (("rekey", str(NEXT), "--print"), 2, "takes no --print"),
    (("init", "--dry-run"), 2, "takes no --dry-run"),
])
def test_refusals(fleet, admin, words, status, says):
    fleet.be_admin()
    got, text = admin.run("state", *words)
    assert (got, says in text) == (status, True), text


def test_a_file_that_is_no_key(fleet, admin):
    enrol(fleet, admin)
    before = fleet.texts()
    write(NEXT, b"short", "root:twofa", 0o640)
    status, text = admin.run("state", "rekey", str(NEXT), "--yes")
    assert status == 2 and "has 5 bytes, must have 32" in text
    assert fleet.texts() == before


def test_no_fleet(settings, admin):
    status, text = admin.run("state", "rekey", str(NEXT))
    assert status == 3 and "no key to change" in text
