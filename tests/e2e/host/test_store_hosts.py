# SPDX-License-Identifier: BSD-2-Clause
"""A state of several hosts, which this one is in its turn: what belongs to one
of them, and what to all."""

import admin as state

TRANSPORTS = ("spawn", "socket")


def test_messages_of_a_host(quick, settings, syslog):
    settings.set(store={"host": "web01"}, limits={"sends_per_host_hour": 1})
    quick.right(quick.login())
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
