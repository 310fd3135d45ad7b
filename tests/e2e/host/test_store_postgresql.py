# SPDX-License-Identifier: BSD-2-Clause
"""A state in PostgreSQL: real logins of hosts that share it, at a real server
with TLS, and what becomes of them when it does not answer."""

import os
import pathlib
import secrets
import signal
import socket
import subprocess
import time

import pytest

import pgserver

TRANSPORTS = ("spawn", "socket")


@pytest.fixture(scope="module", name="server")
def fixture_server(tmp_path_factory):
    server = pgserver.start(tmp_path_factory)
    yield server
    server.stop()


@pytest.fixture(name="hosts", scope="module")
def fixture_hosts(server):
    return {name: server.host(name) for name in ("web01", "web02")}


@pytest.fixture(autouse=True)
def fixture_empty(server):
    server.sql("TRUNCATE twofa.verification, twofa.used, twofa.send, "
               "twofa.spend, twofa.guess, twofa.passed, twofa.totp")


def test_login(quick, settings, hosts, server):
    settings.set(**hosts["web01"])
    line = quick.right(quick.login())
    assert line["store"] == "web01@localhost"
    assert 0 < int(line["store_ms"]) <= int(line["total_ms"])
    assert server.sql("SELECT usr || host || answered FROM twofa.send") == [
        "aliceweb011"]
    assert server.sql("SELECT host FROM twofa.used") == ["web01"]
    assert server.sql("SELECT count(*) FROM twofa.verification") == ["0"]


def test_a_lock_of_two_hosts_holds_on_each(quick, settings, sim, hosts, server,
                                           syslog):
    """One host alone locks only itself."""
    limits = {"lock_after": 2, "wrong_codes_per_login": 3}
    for name in ("web01", "web02"):
        settings.set(**hosts[name], limits=limits)
        login = quick.login(rhost="198.51.100.7")
        login.prompt("Verification code")
        login.answer("000000" if sim.code("alice") != "000000" else "000001")
        login.prompt("code was wrong")
        login.hang_up()
        sim.advance(400)  # the vendor would not have two for a number
    syslog.clear()
    settings.set(**server.host("web03"), limits=limits)
    assert quick.denied(quick.login(rhost="198.51.100.7"),
                        sent=True)["reason"] == "locked"


def typed(login, code):
    login.prompt("Verification code")
    login.answer("t")
    login.prompt("app")
    login.answer(code)


WRONG = "SELECT coalesce(sum(wrong), 0) FROM twofa.guess WHERE source = ''"


@pytest.mark.parametrize("off", (600, -600))
def test_a_hosts_clock_that_is_wrong(quick, settings, hosts, server, clock,
                                     app, syslog, off):
    """Codes are judged by the server's clock, and wrong ones are counted."""
    settings.set(**hosts["web01"])
    clock.set_wall(off)
    login = quick.login()
    typed(login, app.code(-off // 30))
    assert login.ended() == 0, login.text
    syslog.wait_for("this host's clock is about (570|600|630) s %s that of "
                    "the state's server.* NTP" % (
                        "ahead of" if off > 0 else "behind"))
    assert server.sql(WRONG) == ["0"]
    login = quick.login()
    typed(login, app.code(-off // 30 + 8))
    login.prompt("code was wrong")
    assert server.sql(WRONG) == ["1"]
    login.answer("q")
    login.ended()


def test_a_servers_clock_that_is_wrong(quick, settings, hosts, server, clock,
                                       app, syslog):
    """As it looks to host and phone, whose clocks are right."""
    settings.set(**hosts["web01"])
    clock.set_wall(600)
    login = quick.login()
    typed(login, app.code(-50))
    login.prompt("code was wrong, 2 tries left")
    login.answer(app.code())
    assert quick.denied(login, sent=True)["reason"] == "clock"
    assert "A clock here is wrong" in login.text
    assert server.sql(WRONG) == ["1"]


@pytest.fixture(name="bobs_message")
def fixture_bobs_message(quick, settings, hosts, server, sim):
    """Vonage checks a code by the id alone. A stolen host can store the id of
    a message to its own phone, here bob's, for alice."""
    settings.set(**hosts["web01"])
    quick.login("bob").prompt("Verification code sent")
    row = server.sql("WITH d AS (DELETE FROM twofa.verification RETURNING "
                     "request_id) SELECT request_id FROM d")[0]

    def put():
        server.sql("UPDATE twofa.verification SET host = 'web01', "
                   "request_id = '%s'" % row)
        sim.advance(400)  # the vendor would not have two for a number
        return sim.code("bob")
    return put


def test_anothers_message_before_a_login(quick, settings, sim, hosts,
                                         bobs_message):
    quick.login().prompt("Verification code sent")
    code = bobs_message()
    settings.set(**hosts["web02"])
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(code)
    login.prompt("code was wrong")
    login.answer(sim.code("alice", 2))
    assert login.ended() == 0, login.text


def test_anothers_message_while_a_person_is_asked(quick, settings, sim, hosts,
                                                  bobs_message):
    settings.set(**hosts["web02"])
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(bobs_message())
    login.prompt("used by another login")
    assert not sim.requests("check")
    login.answer(sim.code("alice", 2))
    assert login.ended() == 0, login.text


def test_a_vendor_that_names_the_receiver(quick, settings, sim, hosts):
    """There a host joins what another one began."""
    settings.secret("twilio", "0123456789abcdef0123456789abcdef")
    settings.set(providers=[{
        "name": "twilio", "type": "twilio-verify",
        "account_sid": "AC" + "a1" * 16, "service_sid": "VA" + "c3" * 16,
        "auth_token_file": settings.secrets + "/twilio",
        "base_url": sim.url, "ca_file": sim.certs.ca}], **hosts["web01"])
    quick.login().prompt("Verification code sent")
    settings.set(**hosts["web02"])
    quick.right(quick.login(), words="already")
    assert len(sim.messages()) == 1


def test_connections_while_a_person_is_asked(quick, settings, sim, hosts,
                                             server):
    settings.set(**hosts["web01"])
    login = quick.login()
    login.prompt("Verification code sent")
    while server.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = "
                     "'twofa_web01'") != ["0"]:
        time.sleep(0.01)
    login.answer(sim.code("alice"))
    assert login.ended() == 0, login.text


def test_an_administrator_has_a_role_of_his(quick, settings, hosts, server,
                                            admin, syslog):
    settings.set(**hosts["web01"])
    quick.right(quick.login())
    status, text = admin.run("unlock", "alice")
    assert status != 0, text
    syslog.wait_for("unlock: not allowed, or another schema is there: 42501")
    server.sql('GRANT twofa_admin TO "twofa_web01"')
    assert "alice" in admin.do("status", "alice")
    server.sql('REVOKE twofa_admin FROM "twofa_web01"')


def test_an_administrator_has_a_password_in_a_file(quick, settings, hosts,
                                                   server, admin):
    """It asks in this host's place; no login reads it."""
    password = secrets.token_hex(32)
    server.sql("CREATE ROLE twofa_operator LOGIN PASSWORD '%s' IN ROLE "
               "twofa_admin" % password)
    path = pathlib.Path("/etc/twofa/state-admin")
    path.write_text(password + "\n", encoding="ascii")
    try:
        path.chmod(0o640)
        settings.set(**hosts["web01"])
        quick.right(quick.login())
        status, text = admin.run("status", "alice")
        assert status == 4 and "chmod 0600 /etc/twofa/state-admin" in text
        path.chmod(0o600)
        assert "alice" in admin.do("status", "alice")
        assert "\nweb01        1        1\n" in admin.do("status")
        assert admin.run("unlock", "alice")[0] == 1
        path.write_text(password[1:] + "\n", encoding="ascii")
        status, text = admin.run("status", "alice")
        assert status == 4 and "64 hexadecimal digits" in text
    finally:
        path.unlink()
        server.sql("DROP ROLE twofa_operator")


def test_libpq_is_not_installed(quick, settings, hosts, syslog, admin, doctor):
    paths = subprocess.run(["ldconfig", "-p"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    library = next(line.split()[-1] for line in paths.splitlines()
                   if line.strip().startswith("libpq.so.5 "))
    subprocess.run(["mount", "--bind", "/dev/null", library], check=True)
    try:
        settings.set(**hosts["web01"])
        assert quick.denied(quick.login())["reason"] == "state"
        syslog.wait_for("libpq is missing: install libpam-twofa-fleet")
        assert "libpam-twofa-fleet" in doctor.names()[1]
        status, text = admin.run("check")
        assert (status, "libpam-twofa-fleet" in text) == (3, True), text
        settings.set(state=None, state_dir=None, store=None)
        assert "store" not in quick.right(quick.login())
    finally:
        subprocess.run(["umount", library], check=True)


@pytest.fixture(name="silent_names")
def fixture_silent_names():
    """A name service that takes each question and answers none."""
    path = pathlib.Path("/etc/resolv.conf")
    kept = path.read_bytes()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", 53))
        path.write_text("nameserver 127.0.0.1\n", encoding="ascii")
        yield service
        path.write_bytes(kept)


def test_a_name_service_is_silent(quick, settings, hosts, server, syslog,
                                  silent_names):
    """resolv.conf would have it waited for ten seconds; so does libpq."""
    here = hosts["web01"]
    settings.set(**dict(here, state="postgresql://db.example.org/twofa",
                        store=dict(here["store"], connect_timeout_ms=300)))
    begun = time.monotonic()
    assert quick.denied(quick.login(),
                        sent=True)["reason"] == "store-busy"
    assert time.monotonic() - begun < 10  # tried again for 5 s
    syslog.wait_for("db.example.org/twofa: busy: its name is not resolved: no "
                    "answer in time")
    assert b"\2db\7example\3org" in silent_names.recv(512)
    settings.set(state="postgresql://db.example.org,localhost:%s/twofa"
                 % server.port, store=here["store"])
    quick.right(quick.login())


def test_the_callers_environment(quick, admin, settings, hosts, server,
                                 monkeypatch):
    """Of a command of root's, who has a database of his own."""
    settings.set(**hosts["web01"])
    quick.right(quick.login())
    server.sql('GRANT twofa_admin TO "twofa_web01"')
    with monkeypatch.context() as his:
        for name, value in (("PGHOST", "/none"), ("PGSERVICE", "none"),
                            ("PGSSLMODE", "disable"), ("PGOPTIONS", "-c x=y"),
                            ("PGPASSFILE", "/none"), ("PGTZ", "none")):
            his.setenv(name, value)
        assert "alice" in admin.do("status", "alice")
    server.sql('REVOKE twofa_admin FROM "twofa_web01"')


def test_the_server_stops(quick, settings, hosts, server, syslog):
    """Before a login, and while a person types: denied, in words."""
    settings.set(**hosts["web01"])
    login = quick.login()
    login.prompt("Verification code sent")
    os.kill(int((server.folder / "data/postmaster.pid").read_text().split()[0]),
            signal.SIGQUIT)
    server.process.wait(30)
    login.answer("123456")
    assert login.ended() != 0, login.text
    syslog.wait_for("postgresql://localhost/twofa: ")
    syslog.clear()
    line = quick.denied(quick.login(), sent=True)
    assert (line["reason"], line["store"]) == ("store-outage", "web01@-")
    syslog.wait_for("postgresql://localhost/twofa: out of reach: ")
