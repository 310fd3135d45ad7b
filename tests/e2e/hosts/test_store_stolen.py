# SPDX-License-Identifier: BSD-2-Clause
"""twofactl state host disable, at a server and its standby, of a host whose
password somebody else has used."""

import os
import pathlib
import subprocess
import time

import pytest

import pgserver

TRANSPORTS = ("spawn",)
ADMIN = pathlib.Path("/etc/twofa/state-admin")


class Pair:
    """tests/postgres/pair, with transactions that can be prepared."""

    def __init__(self, folder):
        self.folder = folder
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [pgserver.TOP / "tests/postgres/pair", folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        self.do("keep")
        for name, hba in (("data", "127.0.0.1/32"),
                          ("standby", "127.0.0.1/32")):
            kept = folder / (name + ".kept")
            with open(kept / "postgresql.conf", "a", encoding="ascii") as out:
                out.write("max_prepared_transactions = 5\n")
            with open(kept / "pg_hba.conf", "a", encoding="ascii") as out:
                out.write("hostssl all postgres %s trust\n" % hba)
        self.do("start")
        _, self.standby, self.primary = (
            folder / "ports").read_text().split()
        self.url = "postgresql://postgres@localhost:%s,localhost:%s/twofa" % (
            self.primary, self.standby)

    def do(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ok\n"

    def sql(self, text, port=None):
        return pgserver.libpq.run(self.folder, port or self.primary, "twofa",
                                  text)

    def session(self, password, port, script, role="web01"):
        """One with that host's password, which stays."""
        # pylint: disable=consider-using-with
        held = subprocess.Popen(
            [pgserver.PLAIN, "psql", "-qAtX", "-d",
             "host=localhost port=%s dbname=twofa sslmode=require "
             "user=twofa_%s" % (port, role)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PGPASSWORD": password})
        held.stdin.write(script + "; SELECT 'there';\n")
        held.stdin.flush()
        line = held.stdout.readline()
        assert line == "there\n", line
        return held

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)


@pytest.fixture(name="pair")
def fixture_pair(tmp_path):
    for part in (tmp_path, *tmp_path.parents):
        part.chmod(part.stat().st_mode & 0o7777 | 0o055)
    pair = Pair(tmp_path / "pair")
    yield pair
    pair.stop()
    ADMIN.unlink(missing_ok=True)


def count(pair, port):
    return pair.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = "
                    "'twofa_web01'", port)


def ends(held):
    """The server has ended it."""
    held.stdin.write("SELECT 1;\n")
    assert "terminating connection" in held.communicate(timeout=30)[0]


def test_everywhere_and_nothing_is_left(pair, admin, settings, doctor,
                                        monkeypatch):
    monkeypatch.setenv("PGSSLROOTCERT", str(pair.folder / "ca.pem"))
    admin.do("state", "init", pair.url)
    words = ("state", "host", "add", "web01", "--url", pair.url, "--output",
             str(pair.folder.parent / "password"))
    admin.do(*words)
    path = pair.folder.parent / "password"
    password = path.read_text().strip()
    pair.sql("GRANT USAGE ON SCHEMA twofa TO twofa_web01; "
             "GRANT SELECT, UPDATE ON twofa.gate TO twofa_web01")
    pair.session(password, pair.primary, "BEGIN; SELECT FROM twofa.gate WHERE "
                 "n = 0 FOR UPDATE; PREPARE TRANSACTION 'it''s \"mine'; "
                 "ALTER ROLE twofa_web01 SET default_transaction_read_only = "
                 "on; ALTER ROLE twofa_web01 IN DATABASE twofa SET bytea_output "
                 "= 'escape'").communicate()
    pair.session(password, pair.primary, "SET transaction_read_only = off; "
                 "BEGIN READ WRITE; ALTER ROLE twofa_web01 PASSWORD 'x'; "
                 "PREPARE TRANSACTION 'role'").communicate()
    sort = pair.session(password, pair.primary, "SELECT 1 LIMIT 0")
    text = sort.communicate("SELECT count(*) FROM (SELECT generate_series(1, "
                            "900000) g ORDER BY g DESC) x;\n")[0]
    assert "exceeds temp_file_limit" in text

    # doctor, on another host
    other = pair.folder.parent / "other"
    admin.do("state", "host", "add", "web02", "--url", pair.url, "--output",
             str(other))
    subprocess.run(["chgrp", "twofa", other], check=True)
    other.chmod(0o640)
    settings.set(state="postgresql://localhost:%s,localhost:%s/twofa" % (
        pair.primary, pair.standby), state_dir="/var/lib/twofa",
                 store={"host": "web02", "password_file": str(other),
                        "ca_file": str(pair.folder / "ca.pem")})
    names, text = doctor.names()
    assert "store-prepared" in names and "store-role" in names, text
    assert "as twofa_web01 does now" in text
    assert "twofa_web01 bytea_output=escape" in text

    there = [pair.session(password, port, "SET transaction_read_only = on")
             for port in (pair.primary, pair.standby)]
    until = time.monotonic() + 10
    while count(pair, pair.standby) != ["1"]:
        assert time.monotonic() < until
        time.sleep(0.02)
    text = admin.do("state", "host", "disable", "web01", "--url", pair.url)
    assert "web01 can do nothing in the state any more" in text
    assert count(pair, pair.standby) == count(pair, pair.primary) == ["0"]
    for held in there:
        ends(held)
    assert pair.sql("SELECT count(*) FROM pg_prepared_xacts") == ["0"]
    left = ("SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setrole = "
            "'twofa_web01'::regrole")
    assert pair.sql(left) == []

    # in again: nothing of the thief's, but our own limit
    pair.sql("ALTER ROLE twofa_web01 SET default_transaction_read_only = on")
    admin.do(*words, "--renew")
    assert pair.sql(left) == ["temp_file_limit=8MB"]

    # a password that is renewed ends who has come in by the old one
    held = pair.session(path.read_text().strip(), pair.primary,
                        "SELECT 1 LIMIT 0")
    admin.do(*words, "--renew")
    ends(held)

    # one that does not answer holds nothing up, and is named
    pair.do("cut")
    began = time.monotonic()
    admin.do(*words, "--renew")
    assert time.monotonic() - began < 10
    assert pair.sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = "
                    "'twofa_web01'") == ["t"]
    status, text = admin.run("state", "host", "disable", "web01", "--url",
                             pair.url)
    assert status == 4 and "it may still come in there" in text, text
    assert pair.sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = "
                    "'twofa_web01'") == ["f"]

    # as is one that cannot be asked
    url = pair.url.replace(pair.standby, "1")
    settings.set(state="postgresql://localhost:%s,localhost:1/twofa" %
                 pair.primary)
    status, text = admin.run("state", "host", "disable", "web01", "--url", url)
    assert status == 4, text
    assert "web01 can change nothing in the state" in text
    assert "localhost:1/twofa: sessions of web01 may go on there" in text
    # each at its own address
    settings.set(state="postgresql://localhost:%s,127.0.0.2:%s/twofa" % (
        pair.primary, pair.standby))
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
    status, text = admin.run("state", "host", "disable", "web01", "--url",
                             pair.url.split(",")[0] + "/twofa")
    monkeypatch.delenv("PGHOSTADDR")
    assert status == 4 and '"127.0.0.2", port' in text, text
    here = "postgresql:///twofa?host=%s/socket&port=%s" % (
        pair.folder, pair.primary)
    status, text = admin.run("state", "host", "disable", "web01", "--url", here)
    assert status == 4 and "no standby was asked" in text
