# SPDX-License-Identifier: BSD-2-Clause
"""A state of several hosts, which this one is in its turn: what belongs to one
of them, and what to all."""

import os
import re

import pytest

import admin as state
import conf

TRANSPORTS = ("spawn", "socket")


def test_messages_of_a_host(quick, settings, syslog, clock):
    settings.set(store={"host": "web01"}, limits={"sends_per_host_hour": 1})
    login = quick.login()
    login.prompt("Verification code sent")
    login.hang_up()
    clock.advance(301)
    assert quick.denied(quick.login("bob"), "bob",
                        sent=True)["reason"] == "limit"
    syslog.wait_for("sends_per_host_hour is used up")
    settings.set(store={"host": "web02"})
    quick.right(quick.login("bob"), "bob")
    settings.set(store=None)
    quick.right(quick.login())
    for row, host in zip(state.dump()["send"], ("web01", "web02", "local")):
        assert host in row, row
    settings.set(store={"host": "web01"})
    assert quick.denied(quick.login(), sent=True)["reason"] == "limit"


def test_wrong_codes_of_a_local_source(quick, settings, sim,
                                         syslog, clock):
    """Whoever calls from the host itself is somebody else on each."""
    settings.set(store={"host": "web01"}, limits={
        "lock_after": 1, "wrong_codes_per_login": 1})
    login = quick.login(rhost="127.0.0.1")
    login.prompt("Verification code sent")
    login.answer("000000" if sim.code("alice") != "000000" else "000001")
    assert login.ended() != 0, login.text
    quick.line("alice", outcome="denied")
    syslog.clear()
    assert quick.denied(quick.login(rhost="127.0.0.1"),
                        sent=True)["reason"] == "locked"
    clock.advance(301)  # its verification is spent no more
    settings.set(store={"host": "web02"})
    quick.right(quick.login(rhost="127.0.0.1"))


@pytest.fixture(name="key")
def _key(settings):
    """A key that all hosts have."""
    path = settings.secrets + "/fleet.key"
    settings.put(path, os.urandom(32))
    return path


def numbers(quick):
    """What people who are not enrolled are shown."""
    found = []
    for user in ("alice", "bob", "carol"):
        login = quick.login(user)
        login.prompt("Verification code sent")
        login.hang_up()
        found.append(re.search(r"sent to (.*) by SMS", login.text)[1])
    return found


def test_prompts_of_strangers(quick, settings, key):
    """The same on each host by a key of all, whatever the host's own."""
    settings.forget("alice")
    settings.forget("bob")
    settings.set(store={"fleet_key_file": key})
    first = numbers(quick)
    settings.no_state()
    assert numbers(quick) == first
    assert "host.key" not in os.listdir(conf.STATE)
    settings.set(store=None)
    assert numbers(quick) != first


def test_the_key_of_all_is_wrong(quick, settings, key, syslog, admin):
    settings.put(key, b"short")
    settings.set(store={"fleet_key_file": key})
    assert quick.denied(quick.login())["reason"] == "settings"
    syslog.wait_for("fleet_key_file: %s: has 5 bytes, must have 32" % key)
    status, out = admin.run("check")
    assert status != 0 and "head -c 32 /dev/urandom" in out, out


def test_a_number_of_all_hosts(quick, settings, key):
    """Each host has a host.key of its own, and knows what another has sent."""
    settings.no_state()
    settings.set(store={"host": "web01", "fleet_key_file": key})
    quick.login().prompt("Verification code sent")
    own = conf.STATE + "/host.key"
    assert not os.path.exists(own)
    settings.put(own, os.urandom(32), 0o600)
    os.chown(own, 990, 990)
    settings.set(store={"host": "web02", "fleet_key_file": key})
    settings.user("bob", phone=conf.NUMBERS["alice"])
    assert quick.denied(quick.login("bob"), "bob",
                        sent=True)["reason"] == "number-busy"
