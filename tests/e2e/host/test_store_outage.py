# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of logins when the state's server does not serve them: which
failures are an outage, and what on_store_outage does then."""

import contextlib
import hmac
import os
import pathlib
import re
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

import leftovers
import pgserver
from app import enrol
from breakage import replace
from certs import Authorities, DAY
from listener import SHARED
from points import points
from portthief import held, name_service
from sshserver import free_port

TRANSPORTS = ("spawn", "socket")
STATE = pathlib.Path("/var/lib/twofa")
ONLY = "atabase away, app or break-glass code only"
APP_ONLY = "Verification code of your app; d" + ONLY
NOTHING = ("The database of the second factor is away. Only an app's code or a "
           "break-glass code works now")
DENIED = "The code could not be sent"
TABLES = ("verification", "used", "send", "spend", "guess", "passed", "totp",
          "outage", "recovery")


@pytest.fixture(scope="module", name="server")
def fixture_server(tmp_path_factory):
    server = pgserver.start(tmp_path_factory)
    yield server
    server.stop()


@pytest.fixture(scope="module", name="host")
def fixture_host(server):
    return server.host("web01")


@pytest.fixture(autouse=True)
def fixture_empty(server):
    server.sql("TRUNCATE " + ", ".join("twofa." + name for name in TABLES))


def elsewhere(host):
    """The same state, where nothing listens."""
    return dict(host, state="postgresql://localhost:%d/twofa" % free_port())


@pytest.fixture(name="fleet")
def fixture_fleet(settings, host, app):
    """alice has an app; .away() and .back() are the server's."""
    class Fleet:
        def back(self, **more):
            settings.set(**dict(host, store=dict(host["store"], **more)))

        def away(self, **more):
            settings.set(**dict(elsewhere(host),
                                store=dict(host["store"], **more)))
    fleet = Fleet()
    fleet.app = app
    settings.user("alice", totp_secret_file=settings.secrets + "/alice.totp",
                  channels=["totp"], phone=None)
    fleet.away()
    return fleet


def test_a_token_is_not_taken(fleet, quick, settings, server):
    """Its counter is at the servers: offline only the app beside it counts."""
    settings.secret("token", "D" * 32)
    settings.user(
        "alice", channels=["totp"], phone=None,
        totp_secret_file=settings.secrets + "/alice.totp", tokens=[{
            "secret_file": settings.secrets + "/token", "type": "hotp"}])
    fleet.back()
    key = (STATE / "host.key").read_bytes()
    digest = "".join(hmac.new(key, text, "sha256").hexdigest()[:length]
                     for text, length in ((b"totp:" + b"D" * 32, 48),
                                          (b"host.key", 16)))
    server.sql("INSERT INTO twofa.totp VALUES ('', decode('%s', 'hex'),"
               " 4 - (1::bigint << 40), '')" % digest)

    def shown(counter):
        return subprocess.run(
            ["oathtool", "--hotp", "-b", "-c", str(counter), "D" * 32],
            check=True, capture_output=True, text=True).stdout.strip()
    login = quick.login()
    login.prompt("Verification code of your app")
    login.answer(shown(5))
    assert login.ended() == 0
    assert server.sql("SELECT step + (1::bigint << 40) FROM twofa.totp"
                      " WHERE step < 0") == ["5"]
    fleet.away()
    login = quick.login()
    login.prompt(APP_ONLY)
    login.answer(shown(6))
    login.prompt("code was wrong")
    login.answer(fleet.app.code())
    assert login.ended() == 0
    settings.user("alice", channels=["totp"], phone=None, tokens=[{
        "secret_file": settings.secrets + "/token", "type": "hotp"}])
    login = quick.login()
    login.prompt()
    assert "of your app" not in login.text
    login.hang_up()


@contextlib.contextmanager
def frozen(server):
    """It takes connections, and answers none: neither new ones nor those that
    a broker has kept."""
    main = server.postmaster()
    kept = [pid for pid, _, _, parent in leftovers.processes()
            if parent == main]
    try:
        for pid in (main, *kept):
            with contextlib.suppress(ProcessLookupError):  # such as autovacuum's
                os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in (*kept, main):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def altered(what, back):
    @contextlib.contextmanager
    def change(server):
        server.sql(what)
        server.sql("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            # of a session that may only read, too
            server.run("twofa", "SET default_transaction_read_only = off",
                       back)
            server.sql("SELECT pg_reload_conf()")
    return change


@contextlib.contextmanager
def stopped(server):
    """As an administrator ends it, and begins it once more."""
    os.kill(server.postmaster(), signal.SIGINT)
    server.process.wait(30)
    try:
        yield
    finally:
        server.again()


@contextlib.contextmanager
def wrong_password(server):
    path = server.folder.parent / "web01.password"
    right = path.read_text()
    path.write_text(secrets.token_hex(32) + "\n")
    try:
        yield
    finally:
        path.write_text(right)


@contextlib.contextmanager
def expired(server):
    made = Authorities(str(server.folder.parent / "old"))
    made.authority("old")
    made.sign("server", "old", "DNS:localhost", ends=-DAY)
    pem, key = server.folder / "server.pem", server.folder / "server.key"
    ca = server.folder / "ca.pem"
    kept = {path: path.read_bytes() for path in (pem, key, ca)}
    try:
        for path, name in ((pem, "server.pem"), (key, "server.key"),
                           (ca, "old.pem")):
            path.write_bytes(pathlib.Path(made.path(name)).read_bytes())
        server.sql("SELECT pg_reload_conf()")
        yield
    finally:
        for path, old in kept.items():
            path.write_bytes(old)
        server.sql("SELECT pg_reload_conf()")
        shutil.rmtree(made.folder)


OUTAGES = {
    "stopped": stopped,
    "frozen": frozen,
    "refusing": altered("ALTER SYSTEM SET listen_addresses = 'localhost'",
                        "ALTER SYSTEM RESET listen_addresses"),
    "read-only": altered("ALTER SYSTEM SET default_transaction_read_only = on",
                         "ALTER SYSTEM RESET default_transaction_read_only"),
}
OTHERS = {
    "full": ("store-busy", "too many connections", altered(
        'ALTER ROLE twofa_web01 CONNECTION LIMIT 0',
        'ALTER ROLE twofa_web01 CONNECTION LIMIT -1')),
    "password": ("store-settings", "28P01", wrong_password),
    "certificate": ("store-settings", "certificate", expired),
    "schema": ("store-settings", "another schema", altered(
        "ALTER FUNCTION twofa_v1.version() RENAME TO other",
        "ALTER FUNCTION twofa_v1.other() RENAME TO version")),
}




@pytest.mark.parametrize("what", OUTAGES)
@pytest.mark.parametrize("policy", ("offline", "deny"))
def test_outage(quick, settings, fleet, server, host, syslog, what, policy):
    """An app's code lets in, or nothing does."""
    settings.set(**dict(elsewhere(host) if what == "refusing" else host,
                        store=dict(host["store"], on_store_outage=policy)))
    with OUTAGES[what](server):
        login = quick.login()
        if policy == "deny":
            assert quick.denied(login)["reason"] == "store-outage"
            assert DENIED in login.text
        else:
            login.prompt(APP_ONLY)
            login.answer(fleet.app.code())
            assert login.ended() == 0, login.text
            line = quick.line("alice", outcome="allowed")
            assert (line["reason"], line["method"]) == ("store-outage", "totp")
    syslog.wait_for("out of reach|it is read-only")


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("policy", ("offline", "deny"))
def test_no_outage(quick, fleet, server, syslog, what, policy):
    """Denied in both policies, and named."""
    reason, words, breaks = OTHERS[what]
    fleet.back(on_store_outage=policy)
    with breaks(server):
        login = quick.login()
        assert quick.denied(login)["reason"] == reason
    assert DENIED in login.text
    syslog.wait_for(words)
    assert not (STATE / "outage.db").exists()


def answered(quick, code, words=APP_ONLY,
             **fields):
    login = quick.login()
    login.prompt(words)
    login.answer(code)
    return login


def allowed(quick, code, **more):
    login = answered(quick, code, **more)
    assert login.ended() == 0, login.text
    return quick.line("alice", outcome="allowed")


def test_a_code_is_used_once(quick, fleet):
    code = fleet.app.code()
    allowed(quick, code)
    login = answered(quick, code)
    login.prompt("code was used already")
    login.answer("q")
    assert login.ended() != 0, login.text


def test_a_step_of_before_the_outage(quick, fleet, server):
    """What was used by the fleet here is not used again here."""
    fleet.back()
    code = fleet.app.code()
    assert "reason" not in allowed(quick, code, words="Verification code of")
    assert server.sql("SELECT count(*) FROM twofa.totp") == ["1"]
    fleet.away()
    login = answered(quick, code)
    login.prompt("code was used already")
    login.answer("q")
    assert login.ended() != 0, login.text


def wrong(fleet):
    near = {fleet.app.code(n) for n in range(-3, 4)}
    return next(text for text in ("000000", "111111", "222222", "333333",
                                  "444444", "555555", "666666", "777777")
                if text not in near)


def three_wrong(quick, fleet):
    login = answered(quick, wrong(fleet))
    for left in ("2 tries", "1 try"):
        login.prompt("code was wrong, %s left" % left)
        login.answer(wrong(fleet))
    assert login.ended() != 0, login.text


def test_three_wrong_codes_shut_until_contact(quick, fleet, server, syslog):
    three_wrong(quick, fleet)
    syslog.clear()
    assert quick.denied(quick.login())["reason"] == "locked"
    fleet.back()
    login = quick.login()
    login.prompt("Verification code of your app")
    login.answer("q")
    login.ended()
    syslog.wait_for("the state is reached again: reported codes of 1 user")
    assert server.sql("SELECT wrong FROM twofa.guess WHERE usr = 'alice' "
                      "AND source = ''") == ["3"]
    assert not (STATE / "outage.unsent").exists()
    assert not (STATE / "outage.sending").exists()
    fleet.away()
    allowed(quick, fleet.app.code())


def test_an_administrator_opens_the_lock(quick, fleet, admin, clock, syslog):
    """Of that host alone, which needs no server; the fleet's is another."""
    assert "nothing was locked on this host" in admin.run(
        "unlock", "alice", "--local")[1]
    three_wrong(quick, fleet)
    syslog.clear()
    assert quick.denied(quick.login())["reason"] == "locked"
    assert "alice is unlocked on this host (web01)" in admin.do(
        "unlock", "alice", "--local")
    allowed(quick, fleet.app.code())
    assert admin.run("unlock", "alice", "--local")[0] == 1
    # without a server the fleet's cannot be opened; this one is
    three_wrong(quick, fleet)
    status, text = admin.run("unlock", "alice")
    assert status == 4 and "unlocked on this host (web01)" in text
    assert "on all hosts" not in text
    clock.advance(31)
    allowed(quick, fleet.app.code())


def test_unlock_on_the_administrators_machine(quick, fleet, admin, server):
    """Both, and each is told."""
    three_wrong(quick, fleet)
    fleet.back()
    server.sql('GRANT twofa_admin TO "twofa_web01"')
    text = admin.do("unlock", "alice")
    server.sql('REVOKE twofa_admin FROM "twofa_web01"')
    assert "alice is unlocked on this host (web01)" in text
    fleet.away()
    allowed(quick, fleet.app.code())


def test_outages_again_and_again_open_no_lock(quick, fleet, syslog):
    """As of one who keeps the host from its server at will."""
    for _ in range(2):
        fleet.away()
        three_wrong(quick, fleet)
        fleet.back()
        login = quick.login()
        login.prompt("Verification code of your app")
        login.answer("q")
        login.ended()
    syslog.clear()
    fleet.away()
    assert quick.denied(quick.login())["reason"] == "locked"


def test_contact_is_told_the_steps(quick, fleet, server, syslog):
    code = fleet.app.code()
    allowed(quick, code)
    fleet.back()
    login = answered(quick, code, words="Verification code of")
    login.prompt("code was used already")
    login.answer("q")
    login.ended()
    assert int(server.sql("SELECT step FROM twofa.totp WHERE usr = 'alice'")[0]
               ) in (int(fleet.app.now()) // 30 + n for n in (-2, -1, 0))


def test_told_twice_counts_once(quick, fleet, server):
    """A helper that died behind its report leaves all of it untold."""
    three_wrong(quick, fleet)
    with sqlite3.connect(STATE / "outage.db") as db:
        rows = db.execute("SELECT * FROM guess").fetchall()
    for _ in range(2):
        fleet.back()
        login = quick.login()
        login.prompt("Verification code of your app")
        login.answer("q")
        login.ended()
        assert server.sql("SELECT wrong FROM twofa.guess WHERE usr = 'alice' "
                          "AND source = ''") == ["3"]
        with sqlite3.connect(STATE / "outage.db") as db:
            assert db.execute("SELECT count(*) FROM guess").fetchone() == (0,)
            db.executemany("INSERT INTO guess VALUES(%s)" % ",".join(
                "?" * len(rows[0])), rows)
        db.close()
        (STATE / "outage.sending").touch()
        shutil.chown(STATE / "outage.sending", "twofa", "twofa")


def codes(admin, user="alice"):
    text = admin.do("recovery-codes", user, "--local", "--yes", "--count", "2")
    assert "Break-glass codes of " + user in text
    return re.findall(r"^\w{4}(?:-\w{4}){3}$", text, re.M)


def test_break_glass(quick, settings, fleet, admin, server, syslog):
    """Made and used while no server is there, each of them once."""
    fleet.away()
    settings.user("alice", phone="+12025550100", channels=["sms"],
                  totp_secret_file=None)
    first, second = codes(admin)
    assert "2 recovery codes left" in admin.run(
        "recovery-codes", "alice", "--local", "--left")[1]
    line = allowed(quick, first, words=ONLY + ". Recovery code")
    assert (line["reason"], line["method"]) == ("store-outage", "recovery")
    syslog.wait_for("alice used a break-glass code, 1 left: run twofactl "
                    "recovery-codes --local alice")
    login = answered(quick, first, words=ONLY + ". Recovery code")
    login.prompt("That recovery code is not valid")
    login.answer(second)
    assert login.ended() == 0, login.text
    fleet.back()
    assert server.sql("SELECT count(*) FROM twofa.recovery") == ["0"]


def test_remove_ends_break_glass_codes(quick, settings, fleet, admin, server):
    """They would let in at the next outage who is enrolled by then."""
    codes(admin)
    fleet.back()
    server.sql('GRANT twofa_admin TO "twofa_web01"')
    text = admin.do("remove", "alice", "--yes")
    server.sql('REVOKE twofa_admin FROM "twofa_web01"')
    assert "break-glass codes of alice on this host (web01) have ended" in text
    settings.user("alice", phone="+12025550100", channels=["sms"])
    assert "0 recovery codes left" in admin.run(
        "recovery-codes", "alice", "--local", "--left")[1]
    fleet.away()
    login = quick.login()
    assert quick.denied(login)["reason"] == "store-outage", login.text
    assert NOTHING in login.text


def test_remove_leaves_no_name(fleet, admin, server, quick):
    """In the state of all hosts; a code that could still be used is kept."""
    fleet.back()
    login = answered(quick, fleet.app.code(), words="Verification code of")
    assert login.ended() == 0, login.text
    tables = ("SELECT (SELECT count(*) FROM twofa.passed WHERE usr = 'alice'),"
              " (SELECT count(*) FROM twofa.totp WHERE usr = 'alice')")
    assert server.sql(tables) == ["1|1"]
    server.sql("UPDATE twofa.totp SET step = step - 3")
    server.sql("INSERT INTO twofa.recovery(usr, salt, hash) VALUES ('alice', "
               "decode(repeat('00', 16), 'hex'), '')")
    server.sql('GRANT twofa_admin TO "twofa_web01"')
    admin.do("remove", "alice", "--yes")
    server.sql('REVOKE twofa_admin FROM "twofa_web01"')
    assert server.sql(tables) == ["0|0"]


def test_break_glass_is_for_an_outage(admin, settings, fleet):
    settings.set(state=None, state_dir=None, store=None)
    status, text = admin.run("recovery-codes", "alice", "--local")
    assert status == 2 and "only for a state at postgresql://" in text
    fleet.away(on_store_outage="deny")
    status, text = admin.run("recovery-codes", "alice", "--local")
    assert status == 2 and 'need on_store_outage = "offline"' in text


def test_who_has_neither(quick, settings, fleet, sim):
    settings.user("alice", phone="+12025550100", channels=["sms"],
                  totp_secret_file=None)
    login = quick.login()
    assert quick.denied(login)["reason"] == "store-outage"
    assert NOTHING in login.text
    assert not sim.requests()


def test_nobody_is_remembered(quick, settings, fleet):
    settings.set(rules=[{"remember_minutes": 60}])
    fleet.back()
    allowed(quick, fleet.app.code(), words="Verification code of")
    assert quick.line("alice")["outcome"] == "allowed"
    fleet.away()
    login = quick.login()
    login.prompt(ONLY)
    login.answer("q")
    assert login.ended() != 0, login.text


def damage(path):
    path.write_bytes(b"no database " * 1000)
    shutil.chown(path, "twofa", "twofa")
    path.chmod(0o600)


@pytest.mark.parametrize("how", ("damaged", "owner", "full", "read-only"))
def test_outage_db_cannot_be_used(quick, fleet, syslog, how):
    """Nothing could be counted: denied."""
    mounted = how in ("full", "read-only")
    if mounted:
        subprocess.run(["mount", "-t", "tmpfs", "-o",
                        "size=16k,mode=0700,uid=%d,gid=%d" % (
                            STATE.stat().st_uid, STATE.stat().st_gid),
                        "none", STATE], check=True)
    try:
        if how == "read-only":
            subprocess.run(["mount", "-o", "remount,ro", STATE], check=True)
        elif how == "damaged":
            damage(STATE / "outage.db")
        elif how == "owner":
            (STATE / "outage.db").touch(0o600)
        assert quick.denied(quick.login())["reason"] == "store-outage"
        syslog.wait_for("outage.db")
    finally:
        if mounted:
            subprocess.run(["umount", STATE], check=True)


@pytest.mark.parametrize("break_it", (frozen, stopped))
def test_it_began_with_the_state(quick, fleet, server, syslog, break_it):
    """It never falls back: the right code is denied."""
    fleet.back()
    login = quick.login()
    login.prompt("Verification code of your app")
    with break_it(server):
        login.answer(fleet.app.code())
        assert login.ended() != 0, login.text
    assert quick.line("alice", outcome="denied")["reason"] in (
        "store-outage", "store-unknown")
    assert not (STATE / "outage.unsent").exists()


def test_killed_at_its_prompt(quick, fleet, syslog):
    """What it had was counted nowhere; the next one gets in."""
    login = quick.login()
    login.prompt(ONLY)
    login.hang_up()
    allowed(quick, fleet.app.code())


def shown(text):
    """What a person sees, but for what belongs to the name."""
    return re.sub(r"(?m)^.*password.*$", "", text, flags=re.I).strip()


@pytest.mark.parametrize("policy", ("offline", "deny"))
@pytest.mark.parametrize("channel", ("totp", "sms"))
def test_known_and_unknown_look_alike(quick, settings, fleet, admin, server,
                                      clock, policy, channel):
    """carol is not enrolled; alice is as most users are."""
    if channel == "sms":
        settings.user("alice", phone="+12025550100", channels=["sms"],
                      totp_secret_file=None)
        settings.user("bob", phone="+12025550101", channels=["sms"])
    else:
        enrol(settings, clock, "bob", channels=["totp"], phone=None)
    settings.set(unenrolled="deny", unenrolled_text=None)
    fleet.back(on_store_outage=policy)
    admin.run("check")
    fleet.away(on_store_outage=policy)
    seen = {}
    for user in ("alice", "carol"):
        login = quick.login(user)
        if channel == "totp" and policy == "offline":
            login.prompt(APP_ONLY)
            for left in ("2 tries", "1 try"):
                login.answer(wrong(fleet))
                login.prompt("code was wrong, %s left" % left)
            login.answer(wrong(fleet))
        status = login.ended()
        assert status != 0, login.text
        seen[user] = status, shown(login.text)
    assert seen["alice"] == seen["carol"]


def test_decoys_meet_what_real_ones_meet(quick, settings, fleet, server, clock,
                                         admin):
    """The server goes while they type: both are denied at their first code."""
    enrol(settings, clock, "bob", channels=["totp"], phone=None)
    fleet.back()
    admin.run("check")
    seen = {}
    for user in ("alice", "carol"):
        login = quick.login(user)
        login.prompt("Verification code of your app")
        with stopped(server):
            login.answer(wrong(fleet))
            seen[user] = login.ended(), shown(login.text)
    assert seen["alice"] == seen["carol"]


@pytest.fixture(name="fleet_key")
def fixture_fleet_key():
    path = pathlib.Path("/etc/twofa/fleet.key")
    path.write_bytes(secrets.token_bytes(32))
    shutil.chown(path, "root", "twofa")
    path.chmod(0o640)
    yield str(path)
    path.unlink()


@pytest.mark.parametrize("policy", ("offline", "deny"))
def test_records_are_away(quick, settings, fleet, admin, fleet_key, policy):
    """users = "state": a file in users.d is read, and a break-glass code holds
    for whoever has no such file."""
    first = codes(admin, "carol")[0]
    settings.forget("bob")
    settings.set(users="state")
    fleet.away(on_store_outage=policy, fleet_key_file=fleet_key)
    login = quick.login("bob")
    assert quick.denied(login, "bob")["reason"] == "store-outage"
    assert (NOTHING if policy == "offline" else DENIED) in login.text
    if policy == "deny":
        assert quick.denied(quick.login("carol"), "carol")[
            "reason"] == "store-outage"
        return
    allowed(quick, fleet.app.code())
    login = quick.login("carol")
    login.prompt(ONLY + ". Recovery code")
    login.answer(first)
    assert login.ended() == 0, login.text
    assert quick.line("carol", outcome="allowed")["reason"] == "store-outage"


@contextlib.contextmanager
def others_let_in():
    """Other logins of this host, which the server serves all the time."""
    over = threading.Event()

    def keep():
        while not over.wait(0.2):
            now = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000000
            (STATE / "contact").write_bytes(now.to_bytes(8, sys.byteorder))

    broker = threading.Thread(target=keep)
    broker.start()
    try:
        yield
    finally:
        over.set()
        broker.join()


def test_silence_beside_others_is_no_outage(quick, fleet, server, syslog):
    """It has too much to do: denied. Once all meet silence it is one."""
    fleet.back(connect_timeout_ms=500)
    login = quick.login()
    login.prompt("Verification code of your app")
    login.answer("q")
    login.ended()
    syslog.clear()
    SHARED.let_go()
    with frozen(server):
        with others_let_in():
            assert quick.denied(quick.login())["reason"] == "store-busy"
        syslog.wait_for("it answered a moment ago")
        login = quick.login()
        login.prompt(ONLY)
        login.answer("q")
        login.ended()


@pytest.fixture(name="by_name")
def fixture_by_name(fleet):
    """The server's name is the name service's alone; it was asked once."""
    with open("/etc/hosts", "rb") as text:
        kept = text.read()
    replace("/etc/hosts", b"127.0.0.9 nobody\n")
    fleet.back()
    with name_service("localhost"):
        yield
    replace("/etc/hosts", kept)


def cancelled(quick, words):
    login = quick.login()
    login.prompt(words)
    login.answer("q")
    login.ended()
    assert (ONLY in login.text) == (ONLY in words)


@pytest.mark.parametrize("pulsed", (False, True), ids=("held", "pulsed"))
@pytest.mark.parametrize("kinds", ("DGRAM", "STREAM", "DGRAM,STREAM"))
def test_ports_are_no_outage(quick, by_name, fleet, server, syslog, kinds,
                             pulsed):
    """A local user has them: the server is asked where it was before, or it is
    said what this host is short of."""
    cancelled(quick, "Verification code of your app")
    syslog.clear()
    with held(kinds, pulsed, int(server.port)):
        SHARED.let_go()
        if kinds == "DGRAM":
            cancelled(quick, "Verification code of your app")
            (STATE / "address.localhost").unlink()
            SHARED.let_go()
        for _ in range(points(1, 30)):
            login = quick.login()
            # let go for a moment it may be
            if login.expect(["of your app", "could not be sent"]) == 0:
                assert pulsed and ONLY not in login.text
                login.answer("q")
            login.ended()
    reasons = {line.get("reason") for line in syslog.logins()}
    assert reasons <= {"store-busy", "cancelled", "store-unknown"}
    assert pulsed or "store-busy" in reasons
    assert not (STATE / "outage.db").exists()


def test_the_name_service_is_away(quick, by_name, fleet, syslog):
    """Nobody is locked out by that: the server is asked where it was; and
    where it is away as well, that is an outage."""
    cancelled(quick, "Verification code of your app")
    replace("/etc/resolv.conf", b"nameserver 127.0.0.77\n")
    cancelled(quick, "Verification code of your app")
    fleet.away()
    cancelled(quick, APP_ONLY)
    fleet.back()
    (STATE / "address.localhost").unlink()
    syslog.clear()
    assert quick.denied(quick.login())["reason"] == "store-busy"
    syslog.wait_for("its name is not resolved")


@contextlib.contextmanager
def busy(count):
    """So many programs of alice's that compute."""
    # pylint: disable=consider-using-with
    burning = [subprocess.Popen([sys.executable, "-c", "while True: pass"],
                                user="alice", cwd="/") for _ in range(count)]
    try:
        yield
    finally:
        for one in burning:
            one.kill()
            one.wait()


def test_windows_at_once_are_no_outage(crowd, settings, fleet, tmp_path):
    """With one right password, on a machine that has much to do: the server gets
    to none of them for seconds, and no host is pushed into an outage so."""
    fleet.back()
    gate = str(tmp_path / "gate")
    os.mkfifo(gate)
    before = ("sh", "-c", ': <%s; exec "$@"' % gate, "--")
    logins = [crowd.login(address="192.0.2.%d" % (n % 250 + 1), before=before)
              for n in range(points(50, 300))]
    with busy(points(2, 40)):
        # who comes later finds it open as well
        opened = os.open(gate, os.O_RDWR)
        prompts = [login.prompt() for login in logins]
    os.close(opened)
    assert not [text for text in prompts if text and ONLY in text]
    assert not (STATE / "outage.db").exists()
    assert any(prompts)


def test_a_state_in_a_file_has_none_of_it(quick):
    """No file more than before."""
    quick.right(quick.login())
    assert not [*STATE.glob("outage*"), *STATE.glob("contact"),
                *STATE.glob("address.*")]
