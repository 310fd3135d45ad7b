# SPDX-License-Identifier: BSD-2-Clause
"""Twelve logins of a host that listens wait for their codes while the server of
the state is lost and its standby takes over."""

import subprocess

import pytest

from crowd import AUTH_ERR, SUCCESS, add_users, remove_users
from test_store_lanes import NUMBERS, PEOPLE, all_finish, at_the_prompt, finish
from test_store_stolen import Pair
from throng import ROOMY

TRANSPORTS = ("socket",)
# Each comes back by a connection of its own within its question's 5 s: so many
# do on a slow machine.
MANY = PEOPLE[:12]


@pytest.fixture(scope="module", name="pair")
def fixture_pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failover")
    for part in (folder, *folder.parents):
        part.chmod(part.stat().st_mode & 0o7777 | 0o055)
    pair = Pair(folder / "pair")
    yield pair
    pair.stop()


@pytest.fixture(autouse=True, name="wanted")
def fixture_people(pair, settings, sim, admin, warm, monkeypatch):
    # pylint: disable=too-many-arguments,unused-argument
    monkeypatch.setenv("PGSSLROOTCERT", str(pair.folder / "ca.pem"))
    pair.do("start")
    password = pair.folder.parent / "password"
    admin.do("state", "init", pair.url)
    admin.do("state", "host", "add", "web01", "--url", pair.url, "--output",
             str(password))
    subprocess.run(["chgrp", "twofa", password], check=True)
    password.chmod(0o640)
    host = {"host": "web01", "password_file": str(password),
            "ca_file": str(pair.folder / "ca.pem")}
    settings.set(state="postgresql://localhost:%s,localhost:%s/twofa" % (
        pair.primary, pair.standby), state_dir="/var/lib/twofa", limits=ROOMY,
                 store=dict(host, single=True))
    sim.setting(v1_rate=0)
    add_users(PEOPLE)
    for user in PEOPLE:
        settings.user(user, phone=NUMBERS[user])
    yield lambda: settings.set(store=host)
    remove_users(PEOPLE)
    password.unlink()


def test_codes_are_typed_after_it(pair, crowd, sim, syslog):
    """Each gets in, and a code counts as used at the new server."""
    logins = at_the_prompt(crowd, MANY)
    pair.do("kill")
    pair.do("promote")
    found = all_finish(sim, logins, MANY)
    assert [result for result, _ in found] == [SUCCESS] * len(MANY), syslog.lines()
    assert pair.sql("SELECT count(*) FROM twofa.guess", pair.standby) == ["0"]
    login, = at_the_prompt(crowd, PEOPLE[:1])
    assert finish(login, sim.code(NUMBERS[PEOPLE[0]]))[0] == SUCCESS


def test_codes_are_typed_meanwhile(pair, crowd, sim):
    """Where it takes over within a question's time, they are asked there."""
    logins = at_the_prompt(crowd, MANY)
    codes = [sim.code(NUMBERS[user]) for user in MANY]
    pair.do("kill")
    for login, code in zip(logins, codes):
        login.answer(code)
        login.close_input()
    pair.do("promote")
    assert [login.result() for login in logins] == [SUCCESS] * len(MANY)


def test_nobody_takes_over(pair, crowd, sim):
    """Who types a code is denied in time, and the code is good afterwards."""
    people = PEOPLE[:5]
    logins = at_the_prompt(crowd, people)
    pair.do("kill")
    late = all_finish(sim, logins, people)
    assert [result for result, _ in late] == [AUTH_ERR] * 5
    assert max(took for _, took in late) < 5.5, late
    pair.do("promote")
    login, = at_the_prompt(crowd, people[:1])
    assert finish(login, sim.code(NUMBERS[people[0]]))[0] == SUCCESS


def test_what_took_over_has_no_standby(pair, crowd, sim, wanted, syslog):
    """A host that wants one looks again at each server that it comes to."""
    wanted()
    logins = at_the_prompt(crowd, PEOPLE[:5])
    pair.do("kill")
    pair.do("promote")
    found = all_finish(sim, logins, PEOPLE[:5])
    assert [result for result, _ in found] == [AUTH_ERR] * 5
    assert {line["reason"] for line in syslog.logins()} == {"store-settings"}
    syslog.wait_for("set synchronous_standby_names there, or single = true")
