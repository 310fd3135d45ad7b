# SPDX-License-Identifier: BSD-2-Clause
"""twofactl state at a real server: from nothing to a login, and back out."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

import libpq
import pgserver
import sdjournal
from steps import none_is_valid

TRANSPORTS = ("spawn",)
TOP = pathlib.Path(__file__).resolve().parents[3]
ADMIN = pathlib.Path("/etc/twofa/state-admin")
KEY = pathlib.Path("/etc/twofa/fleet.key")


class Server:
    """One of PostgreSQL that nobody has set up yet."""

    def __init__(self, folder):
        self.folder = folder
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen([TOP / "tests/postgres/server", folder])
        while not self._is_ready():
            assert self.process.poll() is None, "it did not start"
            time.sleep(0.02)
        self.port = (folder / "port").read_text().strip()
        self.names = 0

    def _is_ready(self):
        """initdb has such a file for a moment, too, and takes it away."""
        try:
            text = (self.folder / "data/postmaster.pid").read_text()
        except FileNotFoundError:
            return False
        return text.split()[-1:] == ["ready"]

    def new(self):
        """A database that is not there yet: its URL for an administrator."""
        self.names += 1
        return Database(self, "twofa%d" % self.names)

    def run(self, database, *commands):
        return libpq.run(self.folder, self.port, database, *commands)

    def psql(self, database, script):
        """As an administrator takes over what was printed."""
        subprocess.run(
            [pgserver.PLAIN, "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h",
             self.folder / "socket", "-p", self.port, "-U", "postgres", "-d",
             database], check=True, text=True, stdout=subprocess.DEVNULL,
            input=script)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


class Database:
    def __init__(self, server, name):
        self.server, self.name = server, name
        self.url = "postgresql:///%s?host=%s/socket&port=%s" % (
            name, server.folder, server.port)
        self.hosts_url = "postgresql://localhost:%s/%s" % (server.port, name)

    def sql(self, text):
        return self.server.run(self.name, text)

    def store(self, name, password):
        """The settings of a host with that password."""
        path = self.server.folder.parent / (name + ".password")
        path.write_text(password, encoding="ascii")
        shutil.chown(path, "root", "twofa")
        path.chmod(0o640)
        return {"state": self.hosts_url, "state_dir": "/var/lib/twofa",
                "store": {"host": name, "password_file": str(path),
                          "ca_file": str(self.server.folder / "ca.pem"),
                          "single": True, **pgserver.PATIENT}}

    def schema(self):
        """All that can be seen of it, without what is drawn by lot."""
        text = subprocess.run(
            ["pg_dump", "-s", "-h", self.server.folder / "socket", "-p",
             self.server.port, "-U", "postgres", self.name], check=True,
            text=True, stdout=subprocess.PIPE).stdout
        return re.sub(r"\\(un)?restrict .*", "", text)


@pytest.fixture(scope="module", name="server")
def fixture_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("postgres")
    for part in (folder, *folder.parents):
        part.chmod(part.stat().st_mode & 0o7777 | 0o055)
    server = Server(folder / "server")
    yield server
    server.stop()


@pytest.fixture(name="database")
def fixture_database(server):
    """Not there yet, nor what an administrator has of one."""
    server.run("postgres", "DROP ROLE IF EXISTS twofa_operator")
    yield server.new()
    for path in (ADMIN, KEY):
        path.unlink(missing_ok=True)
    for role in server.run("postgres", "SELECT rolname FROM pg_roles "
                           "WHERE rolname ~ '^twofa_w'"):
        server.run("postgres", 'DROP ROLE "%s"' % role)


def add(admin, database, name, *options):
    """A host's password, as it would be piped there."""
    status, text = admin.run("state", "host", "add", name, "--url",
                             database.url, *options)
    assert status == 0, text
    return re.search("^[0-9a-f]{64}$", text, re.M).group() + "\n"


def test_from_nothing_to_a_login(database, admin, settings, quick):
    text = admin.do("state", "init", database.url)
    assert "The state is made in database " + database.name in text
    assert "state server access HOST[,HOST...] --networks LIST" in text
    assert "synchronous_standby_names is empty" in text
    assert ADMIN.stat().st_mode & 0o777 == 0o600
    settings.set(**database.store("web01", add(admin, database, "web01")))
    quick.right(quick.login())
    assert database.sql("SELECT host FROM twofa.used") == ["web01"]
    assert "\nweb01        1        1\n" in admin.do("status")
    assert database.sql("SELECT rolpassword ~ '^SCRAM-SHA-256.1:' FROM "
                        "pg_authid WHERE rolname = 'twofa_web01'") == ["t"]


def test_doors_are_printed(admin):
    """A script for each server; each address with its bits."""
    text = admin.do("state", "server", "access", "db1.example.org", "--print",
                    "--networks", "192.0.2.0/24, 2001:db8::7")
    for act, line in (("hba_lines", "hostssl twofa +twofa_host,+twofa_admin %s "
                       "scram-sha-256"),
                      ("port=5432; server_table", "%s synproxy ")):
        told = subprocess.run(
            ["sh", "-s"], input=text.replace("\naccess\n", "\n%s\n" % act),
            check=True, capture_output=True, text=True).stdout
        for network in ("192.0.2.0/24", "2001:db8::7/128"):
            assert line % network in told, told


def test_twice_changes_nothing(database, admin):
    admin.do("state", "init", database.url)
    secret, before = ADMIN.read_text(), database.schema()
    role = database.sql("SELECT rolpassword FROM pg_authid WHERE rolname = "
                        "'twofa_operator'")
    text = admin.do("state", "init", database.url)
    assert "is there already, in database %s (schema 1)" % database.name in text
    assert (ADMIN.read_text(), database.schema()) == (secret, before)
    assert database.sql("SELECT rolpassword FROM pg_authid WHERE rolname = "
                        "'twofa_operator'") == role
    admin.do("state", "init", database.url, "--renew")
    assert ADMIN.read_text() != secret
    assert database.sql("SELECT rolpassword FROM pg_authid WHERE rolname = "
                        "'twofa_operator'") != role


def test_what_is_printed_makes_the_same(server, database, admin):
    admin.do("state", "init", database.url)
    other = server.new()
    text = subprocess.run(
        ["/run/stage/twofactl", "state", "init", other.url, "--print"],
        check=True, text=True, stdout=subprocess.PIPE).stdout
    server.psql("postgres", text)
    assert other.schema().replace(other.name, database.name) == (
        database.schema())
    assert other.sql("SELECT functions FROM twofa.meta") == database.sql(
        "SELECT functions FROM twofa.meta")
    # the part about other databases is for somebody to read first
    assert server.run("postgres", "SELECT has_database_privilege("
                      "'public', 'template1', 'CONNECT')") == ["t"]
    assert not [line for line in text.splitlines()
                if "REVOKE CONNECT" in line and not line.startswith("--")]


def test_other_databases_are_shut_after_a_yes(server, database, admin):
    server.run("postgres", 'CREATE DATABASE "it\'s ""others"""')
    server.run("postgres", 'CREATE DATABASE "\x1b[2Jothers\x9b"')
    who = ("SELECT has_database_privilege('public', oid, 'CONNECT') FROM "
           "pg_database WHERE datname ~ 'others'")
    text = admin.do("state", "init", database.url)
    assert 'REVOKE CONNECT ON DATABASE "it\'s ""others""" FROM' in text
    assert database.sql(who) == ["t", "t"]
    assert all(c == "\n" or " " <= c <= "~" for c in text), text
    second = server.new()
    text = admin.do("state", "init", second.url, "--yes")
    assert database.sql(who) == ["f", "f"]
    assert database.sql("SELECT has_database_privilege('twofa_host', "
                        "current_database(), 'CONNECT')") == ["t"]
    server.run("postgres", 'DROP DATABASE "it\'s ""others"""')
    server.run("postgres", 'DROP DATABASE "\x1b[2Jothers\x9b"')
    server.run("postgres", "GRANT CONNECT ON DATABASE template1, "
               "postgres TO PUBLIC")


def test_a_host_that_is_disabled(database, admin, settings, quick, syslog):
    admin.do("state", "init", database.url)
    add(admin, database, "web01", "--groups", "dba,o'ps")
    status, text = admin.run("state", "host", "add", "web01", "--url",
                             database.url)
    assert status == 1 and "add --renew" in text
    store = database.store("web01", add(admin, database, "web01", "--renew"))
    settings.set(**store)
    quick.right(quick.login())
    rows = [line.split("  ") for line in admin.do(
        "state", "host", "list", "--url", database.url).splitlines()]
    assert rows[0][0] == "HOST" and rows[1][0] == "web01"
    assert "dba,o'ps" in rows[1] and rows[1][-1] == "-"
    text = admin.do("state", "host", "disable", "web01", "--url", database.url)
    assert "web01 can do nothing in the state any more" in text
    assert "host add web01 --renew" in text
    assert quick.denied(quick.login(), sent=True)["reason"] == (
        "store-settings")
    syslog.wait_for("it refuses this host: .* not permitted to log in")
    assert re.search(r"^web01 .* \d\d:\d\d:\d\d$", admin.do(
        "state", "host", "list", "--url", database.url), re.M)
    settings.set(**database.store(
        "web01", add(admin, database, "web01", "--renew")))
    quick.right(quick.login())
    assert database.sql("SELECT groups FROM twofa.host") == ["{dba,o'ps}"]


def test_what_a_host_may_read_is_changed(database, admin):
    """Its password stays; programs read the list as well."""
    admin.do("state", "init", database.url)
    url = ("--url", database.url)
    assert json.loads(admin.do("state", "host", "list", "--json", *url)) == {
        "hosts": []}
    add(admin, database, "web01", "--hourly-users", "200")
    add(admin, database, "web02", "--groups", "dba,o'ps")
    secret = "SELECT rolpassword FROM pg_authid WHERE rolname = 'twofa_web01'"
    before = database.sql(secret)
    assert "web01 is changed; its password is as before" in admin.do(
        "state", "host", "change", "web01", "--hourly-users", "400", *url)
    admin.do(
        "state", "host", "change", "web01", "--hourly-sends", "2000", *url)
    admin.do("state", "host", "change", "web02", "--groups", "", *url)
    add(admin, database, "web02", "--renew")
    assert json.loads(admin.do("state", "host", "list", "--json", *url)) == {
        "hosts": [{"host": name, "groups": [], "users_per_hour": users,
                   "sends_per_hour": sends, "enrols": False, "connected": 0,
                   "release": "", "round_trip_ms": -1, "last_login": "", "last_seen": "",
                   "disabled": ""}
                  for name, users, sends in (("web01", 400, 2000),
                                             ("web02", 50, 1000))]}
    admin.do("state", "host", "change", "web01", "--groups", "dba,o'ps", *url)
    admin.do("state", "host", "disable", "web01", *url)
    first = json.loads(admin.do("state", "host", "list", "--json",
                                *url))["hosts"][0]
    assert (first["groups"], first["users_per_hour"]) == (["dba", "o'ps"], 400)
    assert re.fullmatch(r"[\d-]{10} [\d:]{8}", first["disabled"])
    assert database.sql(secret) == before
    for words, status in ((("change", "web09", "--groups", "a"), 1),
                          (("change", "web01"), 2),
                          (("change", "web01", "--hourly-users", "0"), 2),
                          (("add", "web03", "--hourly-users", "100001"), 2),
                          (("disable", "web01", "--hourly-users", "5"), 2),
                          (("change", "web01", "--enrols", "--no-enrols"), 2),
                          (("add", "web03", "--no-enrols"), 2),
                          (("disable", "web01", "--enrols"), 2),
                          (("add", "web03", "--records"), 2),
                          (("add", "web03", "--json"), 2)):
        assert admin.run("state", "host", *words, *url)[0] == status, words


def test_who_is_no_superuser(server, database, admin):
    """Cause and remedy, before anything is made."""
    server.run("postgres", "CREATE ROLE twofa_wouldbe LOGIN CREATEROLE "
               "CREATEDB")
    status, text = admin.run("state", "init",
                             database.url + "&user=twofa_wouldbe")
    assert status == 4 and "twofa_wouldbe is no superuser" in text
    assert "--print" in text and "managed databases" in text
    assert not ADMIN.exists()
    assert server.run("postgres", "SELECT count(*) FROM pg_database "
                      "WHERE datname = '%s'" % database.name) == ["0"]
    text = admin.do("state", "init", database.url, "--print")
    assert "Run as a superuser" in text


def test_a_connection_of_a_disabled_host_ends(server, database, admin):
    admin.do("state", "init", database.url)
    password = add(admin, database, "web01").strip()
    # pylint: disable=consider-using-with
    stolen = subprocess.Popen(
        ["psql", "-qAtX", "-d", database.hosts_url + "?sslmode=require", "-c",
         "SELECT pg_sleep(60)"], stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PGUSER": "twofa_web01", "PGPASSWORD": password})
    while database.sql("SELECT count(*) FROM pg_stat_activity WHERE query ~ "
                       "'^SELECT pg_sleep' AND usename = 'twofa_web01'") != [
                           "1"]:
        assert stolen.poll() is None, stolen.stderr.read()
        time.sleep(0.01)
    admin.do("state", "host", "disable", "web01", "--url", database.url)
    assert "terminating connection" in stolen.communicate(timeout=30)[1]


def test_a_password_goes_to_a_file(database, admin, tmp_path):
    admin.do("state", "init", database.url)
    path = tmp_path / "web01.password"
    text = admin.do("state", "host", "add", "web01", "--url", database.url,
                    "--output", str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch("[0-9a-f]{64}\n", path.read_text())
    assert path.read_text().strip() not in text
    assert 'host = "web01";' in text
    status, text = admin.run("state", "host", "add", "web02", "--url",
                             database.url, "--print")
    assert status == 2 and "--output FILE" in text


def test_hosts_are_printed(database, admin, server, tmp_path):
    admin.do("state", "init", database.url)
    for words in (("add", "web01", "--output", str(tmp_path / "password")),
                  ("disable", "web01")):
        done = subprocess.run(
            ["/run/stage/twofactl", "state", "host", *words, "--print",
             "--url", database.url], check=True, text=True,
            stdout=subprocess.PIPE)
        server.psql(database.name, done.stdout)
    assert database.sql("SELECT rolcanlogin, rolconnlimit FROM pg_roles WHERE "
                        "rolname = 'twofa_web01'") == ["f|50"]
    assert database.sql("SELECT disabled IS NOT NULL FROM twofa.host") == ["t"]


def test_upgrade(database, admin, settings, quick):
    admin.do("state", "init", database.url)
    upgrade = ("state", "upgrade", "--url", database.url)
    assert "up to date" in admin.do(*upgrade)
    before = database.schema()
    database.sql("UPDATE twofa.meta SET functions = 'older'; "
                 "DROP TABLE twofa.imported; "
                 "CREATE OR REPLACE FUNCTION twofa.me() RETURNS text "
                 "LANGUAGE sql STABLE AS 'SELECT ''older'''; "
                 "CREATE FUNCTION twofa.gone() RETURNS int LANGUAGE sql AS "
                 "'SELECT 1'")
    assert database.schema() != before
    assert "of this release now" in admin.do(*upgrade)
    assert database.schema() == before
    settings.set(**database.store("web01", add(admin, database, "web01")))
    quick.right(quick.login())
    database.sql("UPDATE twofa.meta SET version = 99")
    assert "of schema 99, which serves this version" in admin.do(
        "check", "--upgrade")
    status, text = admin.run(*upgrade)
    assert status == 4 and "schema 99, from a newer release" in text
    database.sql("UPDATE twofa.meta SET version = 0")
    status, text = admin.run("check", "--upgrade")
    assert status == 1 and "first run, with this version: twofactl state " in (
        text)


def test_upgrade_of_hosts(database, admin):
    """What a host says of itself, and that it is suspended, came after the
    table."""
    admin.do("state", "init", database.url)
    before = database.schema()
    database.sql("ALTER TABLE twofa.host DROP COLUMN suspended, "
                 "DROP COLUMN release, DROP COLUMN rtt_ms, DROP COLUMN enrols; "
                 "UPDATE twofa.meta SET functions = 'older'")
    assert database.schema() != before
    assert "of this release now" in admin.do(
        "state", "upgrade", "--url", database.url)
    assert database.schema() == before


def as_host(database, password, text):
    """A session with that host's password, and one statement."""
    # pylint: disable=consider-using-with
    return subprocess.Popen(
        [pgserver.PLAIN, "psql", "-qAtX", "-d",
         "host=localhost port=%s dbname=%s sslmode=require user=twofa_web01" % (
             database.server.port, database.name), "-c", text],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PGPASSWORD": password.strip()})


@contextlib.contextmanager
def held_by_a_host(database, password, text):
    """Its open transaction keeps what it has changed."""
    session = as_host(database, password, text)
    until = time.monotonic() + 20
    while database.sql("SELECT wait_event FROM pg_stat_activity WHERE usename "
                       "= 'twofa_web01'") != ["PgSleep"]:
        assert time.monotonic() < until and session.poll() is None
        time.sleep(0.1)
    began = time.monotonic()
    try:
        yield
        assert time.monotonic() - began < 30
    finally:
        session.kill()
        session.wait()
        database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                     "WHERE usename = 'twofa_web01'")


@pytest.mark.parametrize("words", (
    ("disable", "web01"), ("add", "web01", "--renew", "--output")))
def test_a_host_that_holds_its_own_role(database, admin, tmp_path, words):
    """A role may change its own password, in a transaction that stays."""
    admin.do("state", "init", database.url)
    password = add(admin, database, "web01")
    if words[-1] == "--output":
        words += (str(tmp_path / "password"),)
    with held_by_a_host(database, password, "ALTER ROLE twofa_web01 PASSWORD "
                        "'x'; SELECT pg_sleep(300)"):
        admin.do("state", "host", *words, "--url", database.url)
    assert database.sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = "
                        "'twofa_web01'") == ["f" if len(words) == 2 else "t"]


def test_a_host_that_holds_what_was_restored(database, admin):
    admin.do("state", "init", database.url)
    password = add(admin, database, "web01")
    database.sql("UPDATE twofa.home SET one = one")
    with held_by_a_host(database, password, "SELECT count(*), pg_sleep(300) "
                        "FROM twofa_v1.recovery_list(NULL, 'x')"):
        assert "Logins go on" in admin.do(
            "state", "restored", "--yes", "--url", database.url)


@pytest.mark.parametrize("held", (
    "SELECT twofa_v1.version(), pg_sleep(300)",
    "ALTER ROLE twofa_web01 SET work_mem = '1MB'; SELECT pg_sleep(300)",
    "SELECT 1 FROM twofa_v1.enrol('(1,0,,,,1)', 'nobody', NULL, NULL, "
    "decode(repeat('00', 32), 'hex'), 0, '', '', array_fill('0123456789abcdef'"
    "::bytea, ARRAY[10]), array_fill(''::bytea, ARRAY[10])), pg_sleep(300)"))
def test_an_upgrade_does_not_wait_for_a_host(database, admin, held):
    """One that is stolen may keep a transaction open, without a row's lock."""
    admin.do("state", "init", database.url)
    password = add(admin, database, "web01")
    database.sql("UPDATE twofa.meta SET functions = 'older', fleet_key = "
                 "decode(repeat('00', 32), 'hex')")
    with held_by_a_host(database, password, held):
        assert "of this release now" in admin.do(
            "state", "upgrade", "--url", database.url)


def test_an_upgrade_keeps_out_a_host_that_comes_back(database, admin):
    """Its next sessions wait for the tables already when one is ended."""
    admin.do("state", "init", database.url)
    password = add(admin, database, "web01")
    database.sql("UPDATE twofa.meta SET functions = 'older'")
    sessions, over = [], threading.Event()

    def come():
        while not over.wait(0.4) and len(sessions) < 40:
            sessions.append(as_host(
                database, password,
                "SELECT twofa_v1.version(), pg_sleep(300)"))
    host = threading.Thread(target=come)
    host.start()
    try:
        until = time.monotonic() + 20
        while "PgSleep" not in database.sql(
                "SELECT wait_event FROM pg_stat_activity"):
            assert time.monotonic() < until
            time.sleep(0.1)
        began = time.monotonic()
        assert "of this release now" in admin.do(
            "state", "upgrade", "--url", database.url)
        assert time.monotonic() - began < 40
    finally:
        over.set()
        host.join()
        for each in sessions:
            each.kill()
            each.wait()


def test_a_hosts_own_settings_are_one_line(database, admin):
    """Whoever has its password chooses their text, and how long it is."""
    admin.do("state", "init", database.url)
    password = add(admin, database, "web01")
    add(admin, database, "web02")
    listed = ("state", "host", "list", "--url", database.url)
    session = as_host(database, password, "ALTER ROLE twofa_web01 SET "
                      "application_name = E'y\\nweb02 is stolen; run: "
                      "twofactl state host disable web02'")
    assert session.wait(30) == 0
    text = admin.do(*listed)
    assert "roles of hosts have settings" in text
    assert "\ntwofactl: the server: web02 is stolen" not in text
    session = as_host(database, password, "ALTER ROLE twofa_web01 SET "
                      "application_name = '" + 70000 * "x" + "'")
    assert session.wait(30) == 0
    text = admin.do(*listed)
    assert "roles of hosts have settings" in text


def test_no_upgrade_by_an_older_release(database, admin):
    admin.do("state", "init", database.url)
    upgrade = ("state", "upgrade", "--url", database.url)
    before = database.schema()
    for release, status in (("99.0.0", 4), ("1.0.0", 4), ("1.0.0-rc2", 4),
                            ("1.0.0-rc0", 0), ("0.9.9", 0), ("", 0)):
        database.sql("UPDATE twofa.meta SET functions = 'other', "
                     "release = '%s'" % release)
        got, text = admin.run(*upgrade)
        assert got == status, (release, text)
        assert status == 0 or "is of release %s, newer" % release in text
    assert database.schema() == before


def test_what_a_host_says_of_itself(database, admin, settings, quick):
    admin.do("state", "init", database.url)
    settings.set(**database.store("web01", add(admin, database, "web01")))
    for _ in range(2):  # the round trip of the connection before
        quick.right(quick.login())
    host, = json.loads(admin.do("state", "host", "list", "--json", "--url",
                                database.url))["hosts"]
    version = subprocess.run(["/run/stage/twofactl", "--version"], check=True,
                             capture_output=True, text=True).stdout.split()[1]
    assert host["release"] == version and 0 <= host["round_trip_ms"] < 1000
    assert host["last_login"] and host["last_seen"] >= host["last_login"]
    database.sql("UPDATE twofa.host SET release = '', rtt_ms = NULL")
    assert re.search("^web01 .* -  ", admin.do(
        "state", "host", "list", "--url", database.url), re.M)


def test_a_limit_of_all_hosts(database, admin, settings, quick):
    """Changed once, it counts in place of what each host has in its file."""
    admin.do("state", "init", database.url)
    change = ("state", "change", "--url", database.url, "--hourly-sends")
    settings.set(**database.store("web01", add(admin, database, "web01")),
                 limits={"sends_per_host_hour": 1, "sends_per_fleet_hour": 1})
    settings.set(limits={"sends_per_fleet_hour": 1})
    quick.right(quick.login())
    assert quick.denied(quick.login("bob"), "bob",
                        sent=True)["reason"] == "limit"
    assert "at most 2 messages" in admin.do(*change, "2")
    quick.right(quick.login("bob"), "bob")
    text = admin.run("explain", "alice", "sshd")[1]
    assert re.search("sends_per_fleet_hour.*2.*2", text), text
    assert "Each host's" in admin.do(*change, "0")
    for wrong in ("-1", "1000001", "x"):
        assert admin.run(*change, wrong)[0] == 2
    assert admin.run(*change[:-1])[0] == 2


def test_an_answer_about_everybody_has_its_own_time(database, admin, settings):
    """Longer than a login's step may take; here as of very many users."""
    admin.do("state", "init", database.url)
    settings.set(**database.store("web01", add(admin, database, "web01")))
    database.sql("DO $$ BEGIN EXECUTE replace(pg_get_functiondef("
                 "'twofa_v1.status'::regproc), 'RETURN QUERY', "
                 "'PERFORM pg_sleep(2.2); RETURN QUERY'); END $$")
    began = time.monotonic()
    status, text = admin.run("status")
    assert status == 0, text
    assert time.monotonic() - began >= 2.2


def test_an_upgrade_that_fails_changes_nothing(database, admin):
    admin.do("state", "init", database.url)
    database.sql("UPDATE twofa.meta SET functions = 'older'; "
                 "DROP FUNCTION twofa.me(); CREATE FUNCTION twofa.me() "
                 "RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'")
    before = database.schema()
    status, text = admin.run("state", "upgrade", "--url", database.url)
    assert status == 4 and "psql: ERROR" in text
    assert database.schema() == before


def test_the_fleets_key(database, admin, settings):
    """It is made once; a host with another one is not of this fleet."""
    store = database.store("web01", "0" * 64)
    store["store"]["fleet_key_file"] = str(KEY)
    settings.set(**store)
    text = admin.do("state", "init", database.url)
    assert "Made the fleet's key, /etc/twofa/fleet.key" in text
    assert len(KEY.read_bytes()) == 32
    assert (KEY.stat().st_mode & 0o777, KEY.group()) == (0o640, "twofa")
    first = KEY.read_bytes()
    assert database.sql("SELECT length(fleet_key) FROM twofa.meta") == ["32"]
    admin.do("state", "init", database.url)
    assert KEY.read_bytes() == first
    KEY.write_bytes(bytes(32))
    status, text = admin.run("state", "init", database.url)
    assert status == 3 and "is not the key of this fleet" in text


def test_a_file_is_taken_over_once(database, admin, settings, quick, sim,
                                   app):
    """Counts are added, codes and steps hold; and none of it twice."""
    recovery = admin.codes()
    settings.set(limits={"lock_after": 2, "wrong_codes_per_login": 1})
    used = app.code()
    login = quick.login()
    login.prompt("Verification code")
    login.answer("t")
    login.prompt("app")
    login.answer(used)
    assert login.ended() == 0, login.text
    login = quick.login(rhost="198.51.100.7")
    login.prompt("Verification code")
    login.answer("000000" if sim.code("alice") != "000000" else "000001")
    assert login.ended() != 0, login.text
    admin.do("state", "init", database.url)
    host = database.store("web01", add(admin, database, "web01"))
    settings.set(**host)
    taking = ("state", "import", "/var/lib/twofa/state.db")
    text = admin.do(*taking)
    assert ("steps of apps 1, counts of wrong codes 2, messages of the\n"
            "last day 1, recovery codes 10.") in text
    rows = database.sql("SELECT source, wrong FROM twofa.guess ORDER BY 1")
    assert rows == ["|1", "198.51.100.0/24|1"]
    status, text = admin.run(*taking)
    assert status == 1 and "Nothing was counted twice" in text
    assert database.sql("SELECT source, wrong FROM twofa.guess ORDER BY 1"
                        ) == rows
    assert database.sql("SELECT count(*), min(host) FROM twofa.send") == [
        "1|web01"]
    # what came from another host adds up
    assert "recovery codes 0." in admin.do(*taking, "web02")
    assert admin.run(*taking, "web02")[0] == 1
    assert database.sql("SELECT host FROM twofa.send ORDER BY 1") == [
        "web01", "web02"]
    assert database.sql("SELECT sum(wrong) FROM twofa.guess WHERE source <> "
                        "''") == ["2"]
    assert re.search("^alice +all +2 ", admin.do("status", "alice"), re.M)
    admin.do("unlock", "alice")
    login = quick.login(rhost="198.51.100.8")
    login.prompt("Verification code")
    login.answer(recovery[0])
    assert login.ended() == 0, login.text
    assert admin.left() == 9
    # the app's code stays used
    login = quick.login(rhost="198.51.100.8")
    login.prompt("app")
    login.answer(used)
    login.prompt("code was used already")


def test_what_cannot_be_taken_over(database, admin, settings, tmp_path):
    quiet = tmp_path / "state.db"
    quiet.write_bytes(b"")
    status, text = admin.run("state", "import", str(quiet))
    assert status == 3 and "names no server" in text
    admin.do("state", "init", database.url)
    settings.set(**database.store("web01", add(admin, database, "web01")))
    status, text = admin.run("state", "import", str(quiet))
    assert status == 2 and "outside of /var/lib/twofa" in text
    other = pathlib.Path("/var/lib/twofa/other.db")
    other.write_bytes(b"no database" * 1000)
    shutil.chown(other, "twofa", "twofa")
    other.chmod(0o600)
    status, text = admin.run("state", "import", str(other))
    other.unlink()
    assert status == 4 and "other.db" in text
    assert database.sql("SELECT count(*) FROM twofa.imported") == ["0"]


@pytest.mark.parametrize("line", [
    "log_statement = 'all'", "log_min_duration_statement = 100",
    "log_parameter_max_length_on_error = 64"])
def test_a_log_that_would_hold_codes(database, admin, line):
    """Until the command of the warning was run there."""
    admin.do("state", "init", database.url)
    database.sql("ALTER DATABASE %s SET %s" % (database.name, line))
    text = admin.do("state", "init", database.url)
    remedy = re.search(r"run there: (ALTER DATABASE .*)", text).group(1)
    database.sql(remedy)
    assert "its log gets" not in admin.do("state", "init", database.url)


@pytest.mark.parametrize("words,status,says", [
    (("state", "frob"), 2, "is followed by one of: init"),
    (("state", "host", "add"), 2, "is followed by one of: init"),
    (("state", "host", "add", "operator", "--url", "postgresql:///twofa"), 2,
     "taken by a role of the state itself"),
    (("state", "upgrade", "x"), 2, "is followed by one of: init"),
    (("state", "import", "/dev/null", "Web01"), 2, "is no name of a host"),
    (("state", "host", "list", "--yes"), 2, "takes no --yes"),
    (("state", "upgrade", "--networks", "::1"), 2, "takes no --networks"),
    (("state", "init", "--networks", "::1"), 2, "takes no --networks"),
    (("state", "server", "init", "db1"), 2, "add --networks"),
    (("state", "server", "init", "db1;id", "--networks", "::1"), 2,
     "give names of servers"),
    (("state", "server", "remove", "db1"), 1, "without a terminal add --yes"),
    (("state", "host", "add", "web03", "--push", "--output", "/x", "--url",
      "postgresql://db1/twofa"), 2, "leave --output and --print out"),
    *((("state", "server", "access", "db1", "--print", "--networks", word), 2,
       "give at most 64 addresses or networks") for word in (
           "db1.example.org", "0.0.0.0/0", "192.0.2.0/33", "2001:db8::/129",
           "192.0.2.0/", "192.0.2.1,192.0.2/24", "::1/8x",
           ",".join(["::1"] * 65), "192.0.2.1," * 500)),
    (("state", "host", "list"), 3, "names no server as its state"),
    (("state", "init", "postgresql://dba:secret@db1/twofa"), 2,
     "holds a password"),
    (("state", "host", "list", "--url", "postgresql://127.0.0.1:1/twofa"), 4,
     "psql: "),
])
def test_refusals(admin, words, status, says):
    got, text = admin.run(*words)
    assert (got, says in text) == (status, True), text


def test_psql_is_missing(database, admin):
    subprocess.run(["mount", "--bind", "/dev/null", "/usr/bin/psql"],
                   check=True)
    try:
        status, text = admin.run("state", "init", database.url)
        assert status == 4 and "postgresql-client" in text and (
            "--print" in text)
    finally:
        subprocess.run(["umount", "/usr/bin/psql"], check=True)


class Dump:
    def __init__(self, server, database, path):
        self.server, self.name, self.path = server, database.name, path
        self.where = ["-h", server.folder / "socket", "-p", server.port, "-U",
                      "postgres"]
        subprocess.run(["pg_dump", *self.where, "-Fc", "-f", path, self.name],
                       check=True)

    def restore(self, *options):
        subprocess.run(["pg_restore", *self.where, *options, "-d", self.name,
                        self.path], check=True)

    def restore_anew(self):
        """As the guide has it, on the server where it was made."""
        self.server.run("postgres", "DROP DATABASE %s WITH (FORCE)" % self.name,
                        "CREATE DATABASE " + self.name)
        self.restore()
        self.server.run("postgres", "GRANT CONNECT ON DATABASE %s TO "
                        "twofa_host, twofa_admin" % self.name)


RESTORED = "twofactl state restored"


def opened(database):
    """As three minutes later: no code of before is good any more."""
    assert database.sql("DELETE FROM twofa.home WHERE opens BETWEEN now() + "
                        "'170 s' AND now() + '180 s' RETURNING 1") == ["1"]
    database.sql("INSERT INTO twofa.home(rel) VALUES ('twofa.home'::regclass)")


def test_a_dump_on_a_new_server(server, database, admin, settings, quick,
                                tmp_path):
    """The roles are made first, and hosts are added again."""
    admin.do("state", "init", database.url)
    add(admin, database, "web01", "--groups", "dba")
    before, dump = database.schema(), Dump(server, database, tmp_path / "dump")
    server.run("postgres", "DROP DATABASE " + database.name)
    server.run("postgres", "DROP ROLE twofa_web01, twofa_operator")
    admin.do("state", "init", database.url)
    dump.restore("--clean", "--if-exists")
    assert database.schema() == before
    settings.set(**database.store("web01", add(admin, database, "web01")))
    quick.denied(quick.login())
    admin.do("state", "restored", "--yes", "--url", database.url)
    opened(database)
    quick.right(quick.login())
    assert database.sql("SELECT groups FROM twofa.host") == ["{dba}"]


@pytest.mark.skipif(not os.path.exists(sdjournal.REMOTE),
                    reason="no systemd-journal-remote")
def test_a_dump_is_restored(server, database, admin, settings, quick, sim,
                            syslog, doctor, tmp_path):
    """A code that was used since is there again: nobody gets in until an
    administrator has ended it, and has seen what else is as it was."""
    admin.do("state", "init", database.url)
    settings.set(**database.store("web01", add(admin, database, "web01")),
                 limits={"wrong_codes_per_login": 5})
    used, unused = (json.loads(admin.do(
        "code", "alice", "--hours", "8", "--why", "x", "--json"))["code"]
                    for _ in range(2))
    quick.right(quick.login())
    sim.advance(400)  # the vendor would not have two for a number
    dump = Dump(server, database, tmp_path / "dump")
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(used)
    assert login.ended() == 0
    dump.restore_anew()
    syslog.clear()
    quick.denied(quick.login(), sent=True)
    syslog.wait_for(RESTORED)
    assert "store-restored" in doctor.names()[0]
    assert RESTORED in admin.do("state", "host", "list", "--url", database.url)
    sdjournal.write([sdjournal.helpers("twofactl: record-remove user=%s by "
                                       "uid=0" % user, ago)
                     for user, ago in (("carol", 900000), ("bob", 0))])
    try:
        words = ("state", "restored", "--url", database.url)
        status, text = admin.run(*words)
        assert (status, "add --yes" in text) == (1, True), text
        text = admin.do(*words, "--yes")
    finally:
        sdjournal.remove()
    assert "record-remove user=bob" in text and "carol" not in text, text
    syslog.clear()
    quick.denied(quick.login(), sent=True)
    syslog.wait_for("was restored: logins go on in 1[0-9]+ s")
    opened(database)
    sim.advance(400)
    quick.right(quick.login())
    sim.advance(400)
    none_is_valid(quick.login(), used, unused)
