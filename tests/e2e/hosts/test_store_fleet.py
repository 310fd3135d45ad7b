# SPDX-License-Identifier: BSD-2-Clause
"""What an administrator is told of hosts that share a state: every number says
of which of them it speaks."""

import hashlib
import hmac
import json
import os
import pathlib
import re
import secrets
import subprocess

import pytest

import app
import pgserver

TRANSPORTS = ("spawn",)
CREDENTIAL = pathlib.Path("/etc/twofa/state-admin")


@pytest.fixture(scope="module", name="server")
def fixture_server(tmp_path_factory):
    server = pgserver.start(tmp_path_factory)
    yield server
    server.stop()


@pytest.fixture(name="key")
def fixture_key(settings):
    path = settings.secrets + "/fleet.key"
    settings.put(path, os.urandom(32))
    return path


@pytest.fixture(name="hosts")
def fixture_hosts(server, key):
    found = {}
    for name in ("web01", "web02"):
        server.sql("DROP ROLE IF EXISTS \"twofa_%s\"" % name)
        found[name] = server.host(name)
        found[name]["store"]["fleet_key_file"] = key
    server.sql("TRUNCATE twofa.verification, twofa.used, twofa.send, "
               "twofa.spend, twofa.guess, twofa.passed, twofa.grace")
    return found


@pytest.fixture(name="operator")
def fixture_operator(server, settings):
    """This is the administrator's machine as well."""
    assert settings
    password = secrets.token_hex(32)
    server.sql("DROP ROLE IF EXISTS twofa_operator")
    server.sql("CREATE ROLE twofa_operator LOGIN PASSWORD '%s' IN ROLE "
               "twofa_admin" % password)
    CREDENTIAL.write_text(password + "\n", encoding="ascii")
    CREDENTIAL.chmod(0o600)
    yield
    CREDENTIAL.unlink()


def wrong(quick, sim, rhost):
    login = quick.login(rhost=rhost)
    login.prompt("Verification code")
    login.answer("000000" if sim.code("alice") != "000000" else "000001")
    login.prompt("code was wrong")
    login.hang_up()


def samples(text, name):
    return dict(re.findall(r"^twofa_%s\{(.*)\} (.*)$" % name, text, re.M))


def test_status_of_all_hosts(quick, settings, sim, hosts, operator, admin):
    """A local source is another one on each host, a network is not."""
    assert operator is None
    settings.set(**hosts["web01"], limits={"wrong_codes_per_login": 5})
    wrong(quick, sim, "127.0.0.1")
    sim.advance(400)  # the vendor would not have two for a number
    settings.set(**hosts["web02"], limits={"wrong_codes_per_login": 5})
    quick.right(quick.login("bob"), "bob")
    wrong(quick, sim, "198.51.100.7")

    text = admin.do("status")
    assert re.search(r"^alice +web01 127\.0\.0\.0/24 +1 ", text, re.M), text
    assert re.search(r"^alice +198\.51\.100\.0/24 +1 ", text, re.M), text
    assert re.search(r"^alice +all +2 ", text, re.M), text
    assert "this host" not in text
    assert re.search(r"^web01 +1 +1$", text, re.M), text
    assert re.search(r"^all +\d+ +\d+$", text, re.M), text
    assert "Asked as web02, answered by localhost." in text

    found = json.loads(admin.do("status", "--json"))
    assert found["store"] == {"host": "web02", "server": "localhost"}
    assert {host["host"]: host["sends_hour"] > 0 for host in found["hosts"]
            } == {"web01": True, "web02": True}
    assert found["totals"]["host"] == "web02"
    assert {(row.get("host"), row["source"]) for row in found["entries"]
            if row["user"] == "alice"} == {
                (None, ""), ("web01", "127.0.0.0/24"),
                (None, "198.51.100.0/24")}

    text = admin.do("status", "--prometheus")
    assert set(samples(text, "messages_last_hour")) == {
        'host="web01"', 'host="web02"'}
    assert samples(text, "wrong_codes") == {
        'user="alice",source="all"': "2",
        'user="alice",host="web01",source="127.0.0.0/24"': "1",
        'user="alice",source="198.51.100.0/24"': "1"}
    assert all('host="web02"' in one for one in samples(
        text, "provider_passed_over_seconds"))

    assert admin.do("unlock", "alice") == (
        "Ended at the numbers of alice: 1 verification.\n"
        "alice is unlocked on all hosts.\n")
    assert "alice" not in samples(admin.do("status", "--prometheus"),
                                  "wrong_codes")


WHO = "'(1,0,\"\",\"\",\"\",7)'"


def as_thief(server, host, *calls):
    """With that host's password."""
    password = pathlib.Path(host["store"]["password_file"]).read_text()
    for call in calls:
        subprocess.run(
            [pgserver.PLAIN, "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d",
             "host=localhost port=%s dbname=twofa sslmode=require "
             "user=twofa_%s" % (server.port, host["store"]["host"]), "-c",
             "SELECT twofa_v1." + call],
            env={"PATH": "/usr/bin:/bin", "PGPASSWORD": password.strip()},
            check=True, timeout=60)


def test_what_a_stolen_host_has_named(server, quick, settings, hosts, operator,
                                      admin):
    """Names as no host has them hide nothing of the others."""
    assert operator is None
    guess = "guess_take(%s, %%s, %%s, '(6,30,900,100)')" % WHO
    as_thief(
        server, hosts["web02"],
        guess % ("'alice'", "repeat('x', 1200)"),
        guess % ("repeat('y', 1200)", "'192.0.2.0/24'"),
        "code_claim(%s, 'o' || n, '\\x00', 1, ROW('bob', '', 's', 1, "
        "repeat('p', n), NULL, 0, NULL)::twofa_v1.right_code) "
        "FROM generate_series(1, 500) n" % WHO)
    settings.set(**hosts["web01"])
    quick.right(quick.login("bob"), "bob")
    for words in (("status",), ("status", "alice"),
                  ("explain", "alice", "sshd")):
        assert "xxx" in admin.do(*words)
    found = json.loads(admin.do("status", "--json"))["successes"]
    assert [(one["provider"], one["method"]) for one in found] == [
        ("vonage", "sms")]


def test_hundreds_of_codes_and_hosts(server, settings, hosts, operator, admin):
    assert operator is None
    server.sql("TRUNCATE twofa.recovery; INSERT INTO twofa.recovery"
               "(usr, salt, hash, kind, since, until, note) SELECT 'u' || n, "
               "decode(lpad(to_hex(n), 32, '0'), 'hex'), sha256(''), 3, 0, "
               "9000000000, 'root INC-77' FROM generate_series(1, 500) n; "
               "INSERT INTO twofa.send(at, usr, number, source, host, day, "
               "price, kind, scope) SELECT twofa.wall_s(), 'u', '', '', "
               "'h' || n, 0, 0, 0, '' FROM generate_series(1, 500) n")
    settings.set(**hosts["web01"])
    assert len(json.loads(admin.do("list", "--codes", "--json"))) == 500
    assert len(json.loads(admin.do("status", "--json"))["hosts"]) == 500
    server.sql("TRUNCATE twofa.recovery")


@pytest.mark.parametrize("user, invite", [("alice", ()),
                                          ("carol", ("--invite",))])
def test_a_code_with_an_end(quick, settings, hosts, operator, admin, server,
                            user, invite):
    """Made on the administrator's machine, used once on any host."""
    assert operator is None
    server.sql("TRUNCATE twofa.recovery")
    settings.set(**hosts["web01"])
    code = json.loads(admin.do("code", user, "--hours", "8", "--why", "INC-77",
                               "--json", *invite))["code"]
    settings.set(**hosts["web02"])
    login = quick.login(user)
    login.prompt("Verification code sent")
    login.answer(code)
    assert login.ended() == 0
    login = quick.login(user)
    login.prompt("Verification code")
    login.answer(code)
    login.prompt("recovery code is not valid")
    login.hang_up()
    listed = json.loads(admin.do("list", "--codes", "--json"))
    assert [(one["user"], one["enrolment"]) for one in listed] == [
        (user, True)] * len(invite)


def test_remove_leaves_no_invitation(settings, hosts, admin, server):
    """A host may delete no code, and says so where one would let in."""
    server.sql("TRUNCATE twofa.recovery; INSERT INTO twofa.recovery"
               "(usr, salt, hash, kind, since, until, note) VALUES ('alice', "
               "'\\x00112233445566778899aabbccddeeff', sha256(''), 3, 0, "
               "9000000000, 'root INC-77')")
    settings.set(**hosts["web01"])
    status, text = admin.run("remove", "alice", "--yes")
    assert status == 4 and "codes of alice are still in the state" in text
    server.sql("TRUNCATE twofa.recovery")
    assert admin.run("remove", "alice")[0] == 1


def test_a_host_makes_no_code(settings, hosts, admin):
    settings.set(**hosts["web01"])
    status, text = admin.run("code", "alice", "--hours", "8", "--why", "x")
    assert status == 4 and "on the administrator's machine" in text


def test_explain_here_and_there(quick, settings, sim, hosts, operator, admin):
    assert operator is None
    settings.set(**hosts["web01"], limits={"wrong_codes_per_login": 5})
    wrong(quick, sim, "127.0.0.1")
    words = ("explain", "alice", "sshd", "127.0.0.1")
    text = admin.do(*words)
    assert "Asked as web01, answered by localhost." in text
    assert "from 127.0.0.0/24: 1, a lock begins" in text
    assert re.search(r"sends_per_host_hour +1 of \d+ \(web01\)", text), text
    assert re.search(r"sends_per_user_hour +1 of \d+ \(all hosts\)", text)
    assert re.search(r"sends_per_source_hour +1 of \d+ \(web01\)", text)

    settings.set(**hosts["web02"])
    text = admin.do(*words)
    assert "from 127.0.0.0/24: 0, a lock begins" in text
    assert "from web01 127.0.0.0/24, another source: 1" in text
    assert re.search(r"sends_per_host_hour +0 of \d+ \(web02\)", text), text
    assert json.loads(admin.do(*words, "--json"))["store"] == {
        "host": "web02", "server": "localhost"}


def test_a_host_may_not_see_what_is_kept(settings, hosts, admin):
    """explain goes on without; status says where to run it."""
    settings.set(**hosts["web01"])
    text = admin.do("explain", "alice", "sshd")
    assert "a host may not see them" in text
    assert "a lock begins" not in text and "recovery codes left" not in text
    found = json.loads(admin.do("explain", "alice", "sshd",
                                "--json"))
    assert "wrong" not in found and found["limits"]
    status, text = admin.run("status")
    assert status != 0 and "on the administrator's machine" in text, text


def test_doctor_of_a_fleet(doctor, settings, hosts, server):
    host = hosts["web01"]
    settings.set(**host)
    assert "note: store-open: any user of this host can reach localhost" in (
        doctor.well())
    doctor_server(doctor, settings, host, server)


def doctor_server(doctor, settings, host, server):
    """One thing after the other, and well again."""
    server.sql('ALTER ROLE "twofa_web01" SET log_statement = \'all\'')
    doctor.finds("store-log", "log_statement = all")
    server.sql('ALTER ROLE "twofa_web01" RESET ALL')
    settings.set(store=dict(host["store"], single=False))
    doctor.finds("store-single", "synchronous_standby_names is empty")
    settings.set(store=host["store"], state=host["state"].replace(
        "localhost:", "localhost:1,localhost:"))
    doctor.finds("store-reach", "localhost:1: ")
    settings.set(**host)
    without = dict(host["store"])
    del without["fleet_key_file"]
    settings.set(store=without)
    doctor.finds("store-key", "fleet_key_file is not set")
    settings.set(store=host["store"])
    CREDENTIAL.write_text("0" * 64 + "\n", encoding="ascii")
    CREDENTIAL.chmod(0o600)
    try:
        doctor.finds("store-admin", "shred -u /etc/twofa/state-admin")
    finally:
        CREDENTIAL.unlink()
    doctor.well()


def test_who_can_log_in_while_it_is_away(doctor, settings, hosts, server, key,
                                         admin):
    mark = hmac.new(pathlib.Path(key).read_bytes(), b"twofa", hashlib.sha256)
    server.sql("UPDATE twofa.meta SET fleet_key = '\\x%s'" % mark.hexdigest())
    settings.set(**hosts["web01"], users="state")
    # both have a phone alone, and no message is sent then
    doctor.finds("store-people", "twofactl recovery-codes USER --local")
    settings.secret("alice.totp", app.SECRET)
    settings.user("alice", totp_secret_file=settings.secrets + "/alice.totp")
    assert re.search(r"note: store-people: .*: alice$", doctor.well(), re.M)
    for path in pathlib.Path("/etc/twofa/users.d").glob("*.conf"):
        path.unlink()
    doctor.besides = ("lockout",)  # the state has no records either
    doctor.finds("store-people", "twofactl recovery-codes USER --local")
    admin.do("recovery-codes", "bob", "--local", "--count", "3")
    assert re.search(r"note: store-people: .*: bob$", doctor.well(), re.M)
    settings.put(key, os.urandom(32))
    assert "store-key" in doctor.names()[0]
    server.sql("UPDATE twofa.meta SET fleet_key = NULL")
