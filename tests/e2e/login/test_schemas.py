# SPDX-License-Identifier: BSD-2-Clause
"""The state of each older version, opened by this one in one go while people log
in, and what an older version, or a newer state, is told."""

import os
import re
import sqlite3

import pytest

import conf
import stage
from crowd import SUCCESS, together
from schemas import RESERVE, tables
from throng import gets_in

TRANSPORTS = ("spawn", "socket")

OLDEST, NEWEST = (int(re.search(r"^#define SCHEMA_%s (\d+)" % name, open(
    stage.ROOT + "/helper/store/sqlite/sqlite_open.c",
    encoding="utf-8").read(), re.M)[1]) for name in ("OLDEST", "VERSION"))
# Of alice, by the helper of version 0.1.0; and carol's 30 wrong codes.
CODE = "P7IA-OQHT-GBIE-6WMR"
KEPT = """
INSERT INTO recovery(user, salt, hash) VALUES('alice',
  X'97D41F334E5540FD7A27620B6DD58B3C',
  X'8826174F9F4297E41AC45FBD5CBF4B4F3A095A19381088F342FA3D0B4F021790');
INSERT INTO guess(user, source, series, wrong, locks, locked_at, until, last)
  VALUES('carol', '', 5, 30, 1, strftime('%s') - 10, strftime('%s') + 890,
  strftime('%s') - 10);
"""


@pytest.fixture
def old(settings):
    """A function that leaves a state of that schema."""
    def write(schema):
        script = KEPT
        if schema != NEWEST - 1:
            settings.no_state()
            script = "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;" + \
                tables(schema) + RESERVE + script + \
                "PRAGMA application_id = 845570353;"
        link = sqlite3.connect(settings.state)
        link.executescript(script + "PRAGMA user_version = %d;" % schema)
        link.close()
        for name in os.listdir(conf.STATE):
            os.chown(conf.STATE + "/" + name, 990, 990)
            os.chmod(conf.STATE + "/" + name, 0o600)
    return write


def asked(settings, question):
    link = sqlite3.connect("file:%s?mode=ro" % settings.state, uri=True)
    try:
        return link.execute(question).fetchone()[0]
    finally:
        link.close()


@pytest.mark.parametrize("schema", range(OLDEST, NEWEST))
def test_upgraded_while_people_log_in(old, settings, sim, crowd, schema):
    """Six at once, at a state that none of them has opened yet. What counted
    goes on counting: a lock holds, a recovery code works, and once."""
    settings.user("carol", phone="+447700900300")
    old(schema)
    assert asked(settings, "PRAGMA user_version") == schema
    codes = [lambda: gets_in(crowd, lambda: sim.code("alice")),
             lambda: gets_in(crowd, lambda: sim.code("bob"), "bob")]
    codes += [lambda: gets_in(crowd, CODE)] * 2
    codes += [lambda: gets_in(crowd, "123456", "carol")] * 2
    results = together(codes)
    assert results[:2] == [SUCCESS] * 2
    assert asked(settings, "PRAGMA user_version") == NEWEST
    assert asked(settings, "PRAGMA integrity_check") == "ok"
    assert sorted(map(bool, results[2:4])) == [False, True], results
    assert SUCCESS not in results[4:]
    assert gets_in(crowd, CODE) != SUCCESS
    assert asked(settings, "SELECT wrong FROM guess WHERE user = 'carol' "
                 "AND source = ''") == 30


def test_a_newer_state(old, quick, admin, syslog):
    """As after a step back to an older version: each login is denied, and the
    log and doctor say what to do."""
    quick.right(quick.login())
    old(NEWEST + 2)
    login = quick.login()
    assert login.ended() != 0
    words = "written by a newer version (schema %d): install that one, or " \
        "move the file away" % (NEWEST + 2)
    syslog.wait_for(re.escape(words))
    status, out = admin.run("doctor")
    assert status and words in re.sub(r"\s+", " ", out), out


def test_a_state_of_before(old, quick, admin, syslog):
    """Each login is denied, and the log and doctor say what to do."""
    quick.right(quick.login())
    old(OLDEST - 1)
    assert quick.login().ended() != 0
    words = "written before 1.0 (schema %d), which is not upgraded any more: " \
        "move it and its -wal away" % (OLDEST - 1)
    syslog.wait_for(re.escape(words))
    status, out = admin.run("doctor")
    assert status and words in re.sub(r"\s+", " ", out), out
