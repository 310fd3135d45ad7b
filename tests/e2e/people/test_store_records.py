# SPDX-License-Identifier: BSD-2-Clause
"""Enrolled once, known everywhere: users' records in a state that hosts share,
written on the administrator's machine, read by logins of the others."""

import hashlib
import hmac
import json
import os
import pathlib
import pwd
import re
import secrets
import shutil
import subprocess
import time

import pytest

import app as phone_app
import idp as idps
import listener
import processes
import test_store_postgresql
from phones import NUMBERS

TRANSPORTS = ("spawn", "socket")
TOP = pathlib.Path(__file__).resolve().parents[3]
KEY = pathlib.Path("/etc/twofa/fleet.key")
ADMIN = pathlib.Path("/etc/twofa/state-admin")
FILE = pathlib.Path("/run/import.csv")
CAROL = NUMBERS["carol"]
PAGE = r"Open https://localhost:\d+/device and enter (\S+), then"
WRONG = ("state", "store-settings")


fixture_server = test_store_postgresql.fixture_server


def write(path, content, owner, mode):
    path.write_bytes(content)
    shutil.chown(path, *owner.split(":"))
    path.chmod(mode)


class Fleet:
    """One database; this machine is one of its hosts, or the administrator's."""

    def __init__(self, server, settings):
        self.server, self.settings = server, settings
        self.sql = server.sql
        self.key = secrets.token_bytes(32)
        self.password = secrets.token_hex(32)
        self.hosts = {}
        self.sql("TRUNCATE twofa.verification, twofa.used, twofa.send, "
                 "twofa.spend, twofa.guess, twofa.passed, twofa.totp, "
                 "twofa.recovery, twofa.record, twofa.record_read, twofa.host")
        self.sql("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE "
                 "rolname = 'twofa_operator') THEN CREATE ROLE twofa_operator "
                 "IN ROLE twofa_admin; END IF; END $$")
        self.sql("ALTER ROLE twofa_operator LOGIN PASSWORD '%s'"
                 % self.password)
        self.mark(self.key)
        write(KEY, self.key, "root:twofa", 0o640)
        for name in ("alice", "bob"):
            settings.forget(name)

    def mark(self, key):
        """What state init keeps of the fleet's key."""
        mark = hmac.new(key, b"twofa", hashlib.sha256).hexdigest()
        self.sql("UPDATE twofa.meta SET fleet_key = '\\x%s'" % mark)

    def be(self, name, users="state", **keys):
        """This machine is that host."""
        ADMIN.unlink(missing_ok=True)
        if name not in self.hosts:
            self.sql('DROP ROLE IF EXISTS "twofa_%s"' % name)
            self.hosts[name] = self.server.host(name)
            self.hosts[name]["store"]["fleet_key_file"] = str(KEY)
        self.settings.set(users=users, **self.hosts[name], **keys)

    def be_admin(self, **keys):
        self.be("desk", **keys)
        write(ADMIN, self.password.encode() + b"\n", "root:root", 0o600)

    def texts(self):
        return self.server.run(
            "twofa", "SELECT usr || '=' || encode(convert_to(body, 'UTF8'), "
            "'hex') FROM twofa.record ORDER BY usr")


@pytest.fixture(name="fleet")
def fixture_fleet(server, settings, _ready):
    yield Fleet(server, settings)
    for path in (KEY, ADMIN, FILE):
        path.unlink(missing_ok=True)


def enrol(fleet, admin, user="carol", *words):
    fleet.be_admin()
    return admin.do("enroll", user, NUMBERS[user], "--no-verify", *words)


def test_enrolled_once_known_everywhere(fleet, terminals, sshd, sim, syslog,
                                        settings):
    """By a code that goes to the phone, on one machine; in on another."""
    fleet.be_admin()
    asked = terminals.run("/run/stage/twofactl", "--helper",
                          "/run/stage/twofa-helper", "enroll", "carol", CAROL)
    asked.prompt("Verification code sent")
    assert not fleet.texts()
    asked.answer(sim.code("carol"))
    assert asked.ended() == 0, asked.text
    assert "carol is enrolled with %s, in the state." % CAROL in asked.text
    assert not os.path.exists(settings.user_file("carol"))
    for name in ("web01", "web02"):
        fleet.be(name)
        login = sshd.login("carol")
        login.password()
        login.prompt("Verification code sent")
        login.answer(sim.code("carol"))
        assert login.ended() == 0, login.text
        line = syslog.login_line(user="carol")
        assert line["outcome"] == "allowed"
        assert line["store"] == name + "@localhost"
        syslog.clear()
    assert fleet.sql("SELECT host || usr FROM twofa.record_read ORDER BY 1") \
        == ["web01carol", "web02carol"]


def test_several_phones(fleet, admin, quick, clock, sim):
    """In a record of the state as in a file."""
    enrol(fleet, admin)
    admin.do("enroll", "carol", NUMBERS["bob"], "--add", "--no-verify")
    fleet.be("web01")
    login = quick.login("carol")
    login.prompt("code sent to .*" + CAROL[-4:])
    clock.advance(61)
    login.answer("n")
    login.prompt("new one sent to .*" + NUMBERS["bob"][-4:])
    login.answer(sim.code("bob"))
    assert login.ended() == 0, login.text


def test_each_says_where_it_comes_from(fleet, admin, settings):
    assert ", in the state." in enrol(fleet, admin, "carol",
                                      "--groups", "ops,db")
    settings.user("alice", phone=NUMBERS["alice"])
    shown = admin.do("show", "carol")
    assert re.search(r"^record +from the state$", shown, re.M)
    assert re.search(r"^groups +ops,db$", shown, re.M)
    shown = admin.do("show", "alice")
    assert re.search(r"^record +from /etc/twofa/users.d/alice.conf$", shown,
                     re.M)
    listed = admin.do("list").splitlines()
    assert [row.split()[:2] for row in listed] == [
        ["USER", "FROM"], ["alice", "file"], ["carol", "state"]]
    found = {user["user"]: user
             for user in json.loads(admin.do("list", "--json"))["users"]}
    assert found["carol"]["record"] == "state"
    assert found["carol"]["groups"] == "ops,db"
    assert found["alice"]["record"] == "file"
    assert "Record of carol in the state:" in admin.run(
        "explain", "carol", "sshd", "192.0.2.1")[1]
    assert "Record /etc/twofa/users.d/alice.conf:" in admin.run(
        "explain", "alice", "sshd", "192.0.2.1")[1]
    assert '"carol"' in admin.do("status", "--json")
    assert admin.run("check")[0] == 0, admin.run("check")


def test_a_file_wins_and_is_written_on_purpose(fleet, admin, quick, settings,
                                               sim):
    """For those who must get in when the state is away."""
    enrol(fleet, admin)
    said = admin.do("enroll", "carol", NUMBERS["bob"], "--no-verify", "--local")
    assert said.endswith("carol is enrolled with %s.\n" % NUMBERS["bob"])
    assert NUMBERS["bob"] in pathlib.Path(
        settings.user_file("carol")).read_text()
    assert len(fleet.texts()) == 1
    fleet.be("web01")
    login = quick.login("carol")
    login.prompt("Verification code sent")
    login.answer(sim.code("bob"))
    assert login.ended() == 0, login.text
    assert not fleet.sql("SELECT * FROM twofa.record_read")
    # the file goes, and what it has hidden holds again
    fleet.be_admin()
    assert "from now on the record of carol in the state holds here" in \
        admin.do("remove", "carol", "--yes")
    assert len(fleet.texts()) == 1
    assert "from the state" in admin.do("show", "carol")
    assert "carol is no longer enrolled" in admin.do(
        "remove", "carol", "--yes")
    assert not fleet.texts()
    assert admin.run("remove", "carol", "--yes")[0] == 1


def test_an_account_of_all_hosts(fleet, admin, sshd, sim, settings, syslog):
    """At an identity provider, which any of them asks; one that is taken away
    holds nowhere."""
    idp = idps.Idp(sim.certs)
    try:
        sso = idp.provider(settings, sim)
        fleet.be_admin(providers=settings.keys["providers"] + [sso])
        enrol(fleet, admin)
        admin.do("account", "carol", "sso", "--unproven", "sub-of-carol")
        body = bytes.fromhex(fleet.texts()[0].split("=")[1]).decode()
        assert 'sub = "sub-of-carol"' in body and idp.url in body
        for name in ("web01", "web02"):
            fleet.be(name)
            login = sshd.login("carol")
            login.password()
            login.prompt(PAGE)
            idp.approve(re.search(PAGE, login.text)[1], "sub-of-carol")
            login.answer("")
            assert login.ended() == 0, login.text
            line = syslog.login_line(user="carol")
            assert (line["method"], line["store"]) == (
                "page", name + "@localhost")
            syslog.clear()
        fleet.be_admin()
        admin.do("account", "carol", "sso", "--remove")
        fleet.be("web01")
        login = sshd.login("carol")
        login.password()
        login.prompt("Verification code sent")
    finally:
        idp.stop()


def test_an_app_of_all_hosts(fleet, admin, quick, clock, settings):
    """Its secret stands in the state, and nobody can read it there; nor in a
    worker at the prompt, whose state broker compares the codes."""
    enrol(fleet, admin)
    shown = admin.do("totp", "carol", "--no-verify")
    secret = re.search(r"secret=([A-Z2-7]+)", shown).group(1)
    assert not list(pathlib.Path(settings.secrets).glob("carol*"))
    body = bytes.fromhex(fleet.texts()[0].split("=")[1]).decode()
    assert CAROL in body and "sealed:1:" in body and secret not in body
    admin.do("enroll", "carol", "--channel", "totp", "--replace",
             "--no-verify", CAROL)
    fleet.be("web02")
    app = phone_app.App(clock, secret)
    login = quick.login("carol")
    login.prompt("app")
    if listener.KEPT:
        assert secret.encode() not in processes.helper().memory()
    login.answer(app.code())
    assert login.ended() == 0, login.text


def test_no_other_key(fleet, admin, quick, syslog):
    """Also with unenrolled = "allow", which lets in who has no record."""
    enrol(fleet, admin)
    fleet.be("web01", unenrolled="allow")
    write(KEY, secrets.token_bytes(32), "root:twofa", 0o640)
    assert quick.denied(quick.login("carol"), "carol")["reason"] in WRONG
    syslog.wait_for("it is of another fleet key: copy the file")
    assert quick.denied(quick.login("alice"), "alice")["reason"] in WRONG
    write(KEY, fleet.key, "root:twofa", 0o640)
    fleet.sql("UPDATE twofa.meta SET fleet_key = NULL")
    assert quick.denied(quick.login("alice"), "alice")["reason"] in WRONG
    syslog.wait_for("the key of no fleet")
    fleet.mark(fleet.key)
    syslog.clear()
    assert quick.admitted(quick.login("alice"), "alice")["reason"] == "unenrolled"


def test_an_outage_is_not_unenrolled(fleet, admin, quick, settings, syslog):
    enrol(fleet, admin)
    fleet.be("web01", unenrolled="allow")
    away = dict(fleet.hosts["web01"])
    away["state"] = "postgresql://localhost:1/twofa"
    settings.set(**away)
    settings.user("bob", phone=NUMBERS["bob"])
    assert quick.denied(quick.login("carol"), "carol")["reason"] == "store-outage"
    syslog.wait_for("carol in the state: .*out of reach")
    assert quick.denied(quick.login("alice"), "alice")["reason"] == "store-outage"


def test_groups_and_the_51st(fleet, admin, quick, syslog):
    enrol(fleet, admin, "carol", "--groups", "ops")
    fleet.sql("INSERT INTO twofa.host(name, groups) VALUES ('web01', '{db}')")
    fleet.be("web01", unenrolled="allow")
    assert quick.denied(quick.login("carol"), "carol")["reason"] == "record-refused"
    syslog.wait_for("in none of this host's groups")
    fleet.be_admin()
    assert 'for hosts of the groups "ops,db"' in admin.do(
        "enroll", "carol", "--replace", "--groups", "ops,db")
    fleet.sql("INSERT INTO twofa.record_read SELECT 'web01', 'user' || n, "
              "extract(epoch FROM now())::bigint, '1' "
              "FROM generate_series(1, 50) n")
    fleet.be("web01", unenrolled="allow")
    assert quick.denied(quick.login("carol"), "carol")["reason"] == "record-refused"
    syslog.wait_for("has read the records of 50 users")
    fleet.sql("DELETE FROM twofa.record_read WHERE usr = 'user50'")
    quick.right(quick.login("carol"), "carol")


def test_import(fleet, admin, quick):
    """The table of a directory: what changes is told before it is written."""
    fleet.be_admin()
    FILE.write_text("user,phone,groups\ncarol,%s,ops db\nalice,%s,\n"
                    % (CAROL, NUMBERS["alice"]), encoding="ascii")
    assert "2 new, 0 changed" in admin.do("import", str(FILE), "--dry-run")
    assert not fleet.texts()
    assert "2 new, 0 changed" in admin.do("import", str(FILE))
    assert fleet.sql("SELECT usr || groups::text FROM twofa.record "
                     "ORDER BY usr") == ["alice{}", "carol{ops,db}"]
    FILE.write_text("user,phone\ncarol,%s\nalice,%s\n"
                    % (NUMBERS["bob"], NUMBERS["alice"]), encoding="ascii")
    said = admin.do("import", str(FILE), "--dry-run", "--replace")
    assert "carol: %s becomes %s\n" % (CAROL, NUMBERS["bob"]) in said
    assert "0 new, 1 changed, 1 unchanged" in said
    before = fleet.texts()
    status, text = admin.run("import", str(FILE))
    assert status != 0 and "is already enrolled" in text
    assert fleet.texts() == before
    admin.do("import", str(FILE), "--replace")
    assert fleet.sql("SELECT groups::text FROM twofa.record WHERE usr = "
                     "'carol'") == ["{ops,db}"]
    fleet.be("web01")
    quick.right(quick.login("alice"), "alice")


LDIF = """dn: uid=alice,ou=people,dc=example,dc=org
uid: alice
mobile: {alice}

dn: uid=carol,ou=people,dc=example,dc=org
mobile: (0) 7700 900 {carol}
uid: carol

"""


def export(folder, ldif):
    """The guide's commands, at a directory that answers so."""
    page = (TOP / "docs/guide/enrol.md").read_text(encoding="utf-8")
    command = re.search(r"^    ldapsearch .*?>staff.csv$", page,
                        re.M | re.S).group(0)
    stub = folder / "ldapsearch"
    (folder / "ldif").write_text(ldif, encoding="ascii")
    stub.write_text('#!/bin/sh\ncat ldif\n', encoding="ascii")
    stub.chmod(0o755)
    subprocess.run(["sh", "-ec", command], check=True, cwd=folder,
                   env={"PATH": "%s:/usr/bin:/bin" % folder, "USER": "root"})
    return page, folder / "staff.csv"


def test_from_a_directory(fleet, admin, tmp_path, monkeypatch):
    """Exported, read, imported, by the commands of the guide's page."""
    ldif = LDIF.format(alice=NUMBERS["alice"], carol=CAROL[-3:])
    page, table = export(tmp_path, ldif)
    assert table.read_text(encoding="ascii") == (
        'user,phone\nalice,"%s"\ncarol,"(0) 7700 900 %s"\n'
        % (NUMBERS["alice"], CAROL[-3:]))
    monkeypatch.chdir(tmp_path)
    fleet.be_admin()
    admin.do("enroll", "alice", NUMBERS["bob"], "--no-verify")
    before = fleet.texts()
    section = page.split("## From a directory")[1].split("## Once")[0]
    commands = [line.split()[2:] for line in section.splitlines()
                if line.startswith("    sudo twofactl import")]
    assert len(commands) == 2 and "--dry-run" in commands[0]
    said = ""
    for words in commands:
        words[words.index("1")] = "44"
        assert not said or fleet.texts() == before
        said = admin.do(*words)
        assert "alice: %s becomes %s" % (NUMBERS["bob"], NUMBERS["alice"]) \
            in said
        assert "1 new, 1 changed" in said
    assert len(fleet.texts()) == 2
    # two numbers of one person, and what is no table any more
    for bad in (ldif.replace("uid: alice", "mobile: +12025550199\nuid: alice"),
                ldif.replace("mobile: (0)", 'mobile: 1","x')):
        _, table = export(tmp_path, bad)
        status, text = admin.run(*commands[1])
        assert status == 2 and "nothing was changed" in text


def test_a_large_import(fleet, admin):
    """More than one request has room for; people share an account, too."""
    fleet.be_admin()
    numbers = ["+1202555%04d" % n for n in range(1000, 1150)]
    FILE.write_text("user,person,phone\n" + "".join(
        "%s,p%d,%s\n" % (("carol", "alice", "bob")[n % 3], n, number)
        for n, number in enumerate(numbers)), encoding="ascii")
    assert "150 new" in admin.do("import", str(FILE))
    assert fleet.sql("SELECT count(*) FROM twofa.record") == ["3"]
    listed = json.loads(admin.do("list", "--json", "--full"))["users"]
    assert sorted(user["phone"] for user in listed) == numbers[:150]


def edit(terminals, user, script):
    """The terminal of twofactl edit, whose editor is sed with that script."""
    return terminals.run("env", "EDITOR=sed -i '%s'" % script,
                         "/run/stage/twofactl", "--helper",
                         "/run/stage/twofa-helper", "edit", user)


def test_edit(fleet, admin, terminals):
    """On a copy; what is no record any more is not written."""
    enrol(fleet, admin, "carol", "--groups", "ops")
    before = fleet.texts()
    editing = edit(terminals, "carol", "s/+//")
    editing.expect("e edit it again, d discard")
    editing.answer("d")
    assert editing.ended() == 1, editing.text
    assert fleet.texts() == before
    editing = edit(terminals, "carol", "s/$/ # hers/")
    assert editing.ended() == 0, editing.text
    assert "The record of carol in the state is changed." in editing.text
    body = bytes.fromhex(fleet.texts()[0].split("=")[1]).decode()
    assert body.endswith("# hers\n")
    assert fleet.sql("SELECT groups::text FROM twofa.record") == ["{ops}"]
    assert not list(pathlib.Path("/run").glob("twofactl.*"))
    editing = edit(terminals, "alice", "s/x/y/")
    assert editing.ended() == 1 and "is not enrolled" in editing.text


def asked(fleet, server):
    """What the functions were that a login has called, in their order."""
    log = (server.folder / "log").read_text(encoding="utf-8")
    return re.findall(r'execute <unnamed>: SELECT .* FROM twofa_v1."(\w+)"',
                      log[fleet.read:])


def test_what_a_login_asks_of_the_server(fleet, admin, quick, server, settings):
    """One question more than with files; another one, once an hour."""
    enrol(fleet, admin)
    fleet.be("web01")
    fleet.sql('ALTER ROLE "twofa_web01" SET log_statement = "all"')
    calls = []
    for _ in range(3):
        fleet.read = len((server.folder / "log").read_text())
        quick.right(quick.login("carol"), "carol")
        calls.append(asked(fleet, server))
        if len(calls) == 2:
            settings.user("carol", phone=CAROL)
    if listener.EVERYWHERE:
        # a broker looks once whom it asks
        calls = [call if call[0] == "version" else ["version", *call]
                 for call in calls]
    first, second, files = calls
    assert first == ["version", "record", "record", *files[1:]]
    assert second == ["version", "record", *files[1:]]
    assert files[:2] == ["version", "begin"]


def test_a_host_that_logs_people_in_is_well(fleet, admin, settings):
    """doctor and check find nothing in that it lists nobody."""
    enrol(fleet, admin)
    well = admin.run("doctor")
    for host in ("web01", "desk"):
        fleet.be(host)
        _, text = admin.run("doctor", "--json")
        assert "user-file" not in text and "listed on" not in text, text
        assert admin.run("check")[0] == 0, admin.run("check")
    assert "user-file" not in well[1]


def test_not_the_administrators_machine(fleet, admin, quick):
    """A host that logs people in writes nothing, and lists nobody."""
    enrol(fleet, admin)
    fleet.be("web01")
    status, text = admin.run("list")
    assert status == 4 and "on the administrator's machine" in text
    status, text = admin.run("enroll", "alice", NUMBERS["alice"],
                             "--no-verify")
    assert status == 4 and "42501" in text
    status, text = admin.run("remove", "carol", "--yes")
    assert status == 4 and "on the administrator's machine" in text
    assert len(fleet.texts()) == 1
    assert "from the state" in admin.do("show", "carol")
    quick.right(quick.login("carol"), "carol")


def test_people_of_an_account(fleet, admin, quick, sim):
    """One of them has the record of another user, which is read as well."""
    fleet.be_admin()
    admin.do("enroll", "alice", NUMBERS["alice"], "--no-verify")
    admin.do("enroll", "carol", "--person", "anna", NUMBERS["bob"],
             "--no-verify")
    admin.do("enroll", "carol", "--person", "ally", "--user", "alice")
    assert len(fleet.texts()) == 2
    fleet.be("web01")
    for person, number in (("anna", "bob"), ("ally", "alice")):
        login = quick.login("carol")
        login.expect("Who are you")
        # while somebody is asked; the server ends what was closed a moment later
        until = time.monotonic() + 10
        while fleet.sql("SELECT count(*) FROM pg_stat_activity WHERE "
                        "usename = 'twofa_web01'") != [
                            "1" if listener.EVERYWHERE else "0"]:
            assert time.monotonic() < until
        login.answer(person)
        login.prompt("Verification code sent")
        login.answer(sim.code(number))
        assert login.ended() == 0, login.text


def test_userdel_on_one_host_is_for_that_host(fleet, admin, quick, settings):
    """The record in the state goes on for the others; here a mark comes
    before it, until root takes that away."""
    enrol(fleet, admin)
    before = fleet.texts()
    fleet.be("web01")
    assert "this host" in admin.do("leave", "--local", "carol")
    assert fleet.texts() == before
    try:
        assert "left = true;" in pathlib.Path(
            settings.user_file("carol")).read_text(encoding="utf-8")
        line = quick.decoy(quick.login("carol"), "carol")
        assert line["reason"] == "other-account"
    finally:
        settings.forget("carol")
    quick.right(quick.login("carol"), "carol")


def test_uids_that_hosts_share(fleet, admin, quick):
    """Written and compared only where the settings say so."""
    enrol(fleet, admin)
    assert b"uid".hex() not in "".join(fleet.texts())
    store = dict(fleet.hosts["desk"]["store"], same_uids=True)
    fleet.hosts["desk"]["store"] = store
    fleet.be_admin()
    admin.do("enroll", "carol", NUMBERS["carol"], "--channel", "sms",
             "--replace", "--no-verify")
    assert (b"uid = ").hex() in "".join(fleet.texts())
    quick.right(quick.login("carol"), "carol")
    own = str(pwd.getpwnam("carol").pw_uid)
    subprocess.run(["usermod", "-u", "4711", "carol"], check=True)
    try:
        line = quick.decoy(quick.login("carol"), "carol", asked=2)
        assert line["reason"] == "other-account"
        fleet.be("web01")
        quick.right(quick.login("carol"), "carol")
    finally:
        subprocess.run(["usermod", "-u", own, "carol"], check=True)
