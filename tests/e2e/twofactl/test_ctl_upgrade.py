# SPDX-License-Identifier: BSD-2-Clause
"""twofactl check --upgrade: what changes for an older state, and that logins go on
with it and with the settings of version 0.1.0."""

import os
import re
import sqlite3

import pytest

import conf
import stage
from schemas import RESERVE, tables

TRANSPORTS = ("spawn", "socket")

SCHEMA = stage.ROOT + "/helper/store/sqlite/sqlite_open.c"

# Every key that version 0.1.0 had, as an admin may have set it.
SETTINGS = """
brand = "ACME Corp";
language = "en";
users_dir = "%(users)s";
state = "%(state)s";
unenrolled = "deny";
unenrolled_text = "Ask the help desk.";
on_outage = "offline";
failover_after_unknown = false;
tell_locked = true;
providers = ( {
  name = "vonage"; type = "vonage-verify";
  base_url = "%(url)s"; ca_file = "%(ca)s";
  api_key = "abcd1234"; api_secret_file = "%(secrets)s/vonage";
  connect_timeout_ms = 3000; timeout_ms = 10000;
  code_length = 6; expiry = 300;
} );
rules = ( { users = ["root"]; services = ["nothing"]; from = ["192.0.2.0/24"];
  console = false; action = "require"; methods = ["sms"];
  remember_minutes = 0; first_factor = "seen"; on_outage = "deny";
  brand = "ACME"; } );
limits = {
  resend_wait = [30, 60, 120]; sends_per_user_hour = 5;
  sends_per_user_day = 15; sends_per_number_day = 15;
  sends_per_source_hour = 30; sends_per_host_hour = 300; push_per_hour = 5;
  allowed_prefixes = ["+44"]; wrong_codes_per_login = 3;
  prompts_per_login = 10; lock_after = 5; lock_minutes = 15;
  lock_after_total = 30; spend_per_day = "50.00"; spend_per_month = "500.00";
  price_per_send = "0.05";
};
"""


@pytest.fixture
def old(settings, sim):
    """Settings of version 0.1.0 and an older state with alice's wrong codes: a
    function that writes them."""
    def write(schema=18):
        settings.raw(SETTINGS % {
            "users": settings.users_dir, "state": settings.state,
            "url": sim.url, "ca": sim.certs.ca,
            "secrets": settings.secrets})
        settings.no_state()
        link = sqlite3.connect(settings.state)
        link.executescript(
            "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;" +
            tables(18) + RESERVE +
            "INSERT INTO guess VALUES('alice', '', '', '', 5, 2, 0, 0, 0, "
            "strftime('%%s'), 0);"
            "PRAGMA application_id = 845570353; PRAGMA user_version = %d;"
            % schema)
        link.close()
        for name in os.listdir(conf.STATE):
            os.chown(conf.STATE + "/" + name, 990, 990)
            os.chmod(conf.STATE + "/" + name, 0o600)
    return write


def version(settings):
    link = sqlite3.connect("file:%s?mode=ro" % settings.state, uri=True)
    try:
        return link.execute("PRAGMA user_version").fetchone()[0]
    finally:
        link.close()


def newest():
    with open(SCHEMA, encoding="utf-8") as text:
        return int(re.search(r"SCHEMA_VERSION (\d+)", text.read()).group(1))


def test_from_the_first_version(old, admin, settings, quick):
    old()
    out = admin.do("check", "--upgrade")
    assert "The state is of schema 18, and the next login makes it %d" \
        % newest() in out
    assert "Nothing must be done first." in out
    assert version(settings) == 18  # it has only looked
    quick.right(quick.login())
    assert version(settings) == newest()
    out = admin.do("check", "--upgrade")
    assert out == "The state is of this version (schema %d): nothing " \
        "changes.\nNothing must be done first.\n" % newest()


def test_a_state_of_before(old, admin, settings):
    old(16)
    status, out = admin.run("check", "--upgrade")
    assert status == 4 and "written before 1.0 (schema 16)" in out, out
    assert "Nothing must be done" not in out
    assert version(settings) == 16


def test_no_state(admin, settings):
    settings.no_state()
    assert "There is no state yet" in admin.do("check", "--upgrade")
    assert not os.path.exists(settings.state)


def test_a_newer_state(admin, settings, quick):
    quick.right(quick.login())
    link = sqlite3.connect(settings.state)
    link.execute("PRAGMA user_version = 999")
    link.close()
    status, out = admin.run("check", "--upgrade")
    assert status == 1
    assert "is of schema 999, from a newer version" in out
    assert "Nothing must be done" not in out


def test_settings_that_this_version_refuses(admin, settings):
    settings.set(gone_key=1)
    status, out = admin.run("check", "--upgrade")
    assert status == 1
    assert "gone_key: unknown key" in out
    assert "first run: twofactl edit" in out


def test_a_group_that_cannot_be_found(admin, settings):
    settings.set(rules=[{"groups": ["nosuch"], "action": "skip"}, {}])
    status, out = admin.run("check", "--upgrade")
    assert status == 1 and 'group "nosuch" cannot be found' in out


def test_a_state_that_cannot_be_opened(admin, settings):
    with open(settings.state, "wb") as out:
        out.write(b"x" * 8192)
    os.chown(settings.state, 990, 990)
    os.chmod(settings.state, 0o600)
    status, out = admin.run("check", "--upgrade")
    assert status == 4 and settings.state in out
    os.chown(settings.state, 0, 0)
    status, out = admin.run("check", "--upgrade")
    assert status == 4 and "belongs to user root" in out


def test_usage(admin, settings):
    for more in ("--json", "--file=/x"):
        status, out = admin.run("check", "--upgrade", more)
        assert status == 2 and "--upgrade takes neither" in out
