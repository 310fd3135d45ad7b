# SPDX-License-Identifier: BSD-2-Clause
"""From version to version while people log in, and what becomes of the state."""

import glob
import os
import pwd
import sqlite3
import time

from crowd import AUTH_ERR, SUCCESS
from packages import FORCED, run
from schemas import RESERVE, tables
from throng import PEOPLE, Throng, gets_in

LOGINS, CHANGES = 300, 10
STATE = "/var/lib/twofa/state.db"
OLD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "v0.1.0")
NEW_STATE = {"TWOFA_DOWNGRADE": "new-state"}
# Of alice's recovery codes the second is left.
LEFT = """INSERT INTO recovery(user, salt, hash) VALUES('alice',
  X'97D41F334E5540FD7A27620B6DD58B3C',
  X'8826174F9F4297E41AC45FBD5CBF4B4F3A095A19381088F342FA3D0B4F021790');"""


def schema():
    """Of the state as it is now."""
    link = sqlite3.connect("file:%s?mode=ro" % STATE, uri=True)
    try:
        return link.execute("PRAGMA user_version").fetchone()[0]
    finally:
        link.close()


def until_some(throng, number):
    """So many logins are over."""
    while len(throng.results) < number:
        time.sleep(0.05)


def test_logins_meanwhile(system, settle, sim, crowd):
    """Two packages with one schema and neighbouring protocols, up and down."""
    system.install()
    throng = Throng(crowd, sim, settle(), CHANGES)
    changes = 0
    try:
        while changes < CHANGES or len(throng.results) < LOGINS:
            throng.go_on()
            system.change("this" if changes % 2 else "next")
            changes += 1
    finally:
        results = throng.end()
    print("%d logins, %d changes" % (len(results), changes))
    assert set(results) == {SUCCESS}, results


def test_schema_goes_up(system, settle, sim, crowd):
    """A login that the newer version lets in, by what the older one knew."""
    system.install()
    settle()
    codes = run("twofactl", "recovery-codes", "alice", "--count", "2", "--yes")
    codes = [word for word in codes.split() if word.count("-") == 3]
    assert gets_in(crowd, codes[0]) == SUCCESS
    older = schema()
    assert older == int(system.built.field("this", "Twofa-Schema"))
    system.change("schema")
    assert gets_in(crowd, codes[0]) != SUCCESS
    assert gets_in(crowd, codes[1]) == SUCCESS
    assert schema() == int(system.built.field("schema", "Twofa-Schema"))


def test_logins_meanwhile_to_another_schema(system, settle, sim, crowd, syslog):
    """Up once, while people log in: each who begins afterwards gets in. A login of
    the older version that finds the state raised is denied, as docs/state.md
    says, and is that person's only one."""
    system.install()
    throng = Throng(crowd, sim, settle(), 4)
    try:
        for _ in range(2):
            throng.go_on()
        until_some(throng, 20)
        system.change("schema")
        before = throng.part()
        throng.go_on()
        until_some(throng, 20)
    finally:
        after = throng.end()
    newest = int(system.built.field("schema", "Twofa-Schema"))
    denied = [result for result in before if result != SUCCESS]
    print("%d logins, %d denied" % (len(before + after), len(denied)))
    assert set(after) == {SUCCESS}, after
    assert set(denied) <= {AUTH_ERR} and len(denied) <= len(PEOPLE), before
    told = "written by a newer version (schema %d)" % newest
    assert len(denied) <= len([line for line in syslog.lines() if told in line])
    assert schema() == newest


def test_a_login_that_waits_for_another_schema(system, settle, sim, crowd):
    """Its helper has opened the state, and goes on also after another login has
    raised it: the tables that it asks are as they were."""
    system.install()
    settle()
    early, late = crowd.login("bob"), crowd.login("alice")
    assert early.prompt() and late.prompt()
    system.change("schema")
    early.answer(sim.code("bob"))
    early.close_input()
    assert early.result() == SUCCESS
    assert gets_in(crowd, lambda: sim.code("bob", 2), "bob") == SUCCESS
    late.answer(sim.code("alice"))
    late.close_input()
    assert late.result() == SUCCESS
    assert gets_in(crowd, lambda: sim.code("alice", 2)) == SUCCESS


def test_schema_does_not_go_down(system, settle, sim, crowd):
    """The older version refuses, and the newer goes on."""
    system.install("schema")
    settle()
    assert gets_in(crowd, lambda: sim.code("alice")) == SUCCESS
    told = system.change("this", expected=1)
    for words in ("schema\n%d" % schema(), "TWOFA_DOWNGRADE=new-state",
                  "twofactl recovery-codes USER"):
        assert words in told, told
    assert system.version() == system.built.field("schema", "Version")
    sim.reset()
    assert gets_in(crowd, lambda: sim.code("alice")) == SUCCESS


def test_schema_does_not_go_down_by_removal(system, settle, sim, crowd):
    """The state outlives the newer package, and so does what dpkg knows."""
    system.install("schema")
    settle()
    assert gets_in(crowd, lambda: sim.code("alice")) == SUCCESS
    system.remove("--remove", FORCED)
    assert "new-state" in system.change("this", expected=1)


def test_down_with_a_new_state(system, settle, sim, crowd):
    """Asked for: the state is set aside, whole, and logins go on."""
    system.install("schema")
    settle()
    assert gets_in(crowd, lambda: sim.code("alice")) == SUCCESS
    told = system.change("this", **NEW_STATE)
    aside, = glob.glob("/var/lib/twofa/newer.*")
    assert aside in told and os.path.exists(aside + "/state.db")
    # who owns the folder could lead root's steps in it elsewhere
    assert pwd.getpwuid(os.stat(aside).st_uid).pw_name == "twofa"
    sim.reset()
    assert gets_in(crowd, lambda: sim.code("alice")) == SUCCESS
    assert schema() == int(system.built.field("this", "Twofa-Schema"))


def test_from_an_older_state(system, settle, sim, crowd):
    """And settings of the first version: what is left is good, what was used
    stays used."""
    used, left = "I3ZO-E5OA-7UJK-3J47", "P7IA-OQHT-GBIE-6WMR"
    system.install()
    settings = settle()
    with open(OLD + "/twofa.conf", encoding="utf-8") as text:
        settings.raw(text.read().replace("@URL@", sim.url))
    link = sqlite3.connect(STATE)
    link.executescript(
        "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;" +
        tables(18) + RESERVE + LEFT +
        "PRAGMA application_id = 845570353; PRAGMA user_version = 18;")
    link.close()
    run("chown", "twofa:twofa", STATE)
    os.chmod(STATE, 0o600)
    assert schema() == 18
    run("twofactl", "check")
    assert gets_in(crowd, used) != SUCCESS
    assert gets_in(crowd, left) == SUCCESS
    assert gets_in(crowd, left) != SUCCESS
    assert gets_in(crowd, lambda: sim.code("bob"), "bob") == SUCCESS
    assert schema() == int(system.built.field("this", "Twofa-Schema"))
