# SPDX-License-Identifier: BSD-2-Clause
"""A process that waits for the provider is stopped: a helper, as users can do to
their own by the freezer of its cgroup; or the provider's broker. It looks like
silence, and is no outage. Here root sends SIGSTOP in place of the freezer."""

import signal
import socket
import time

import pytest

import admin as state
import leftovers
import processes
from sshserver import free_port

TRANSPORTS = ("spawn", "socket")

# Of the provider, where its default of 10 s says no more: long enough for the
# helper to be stopped in time on a busy machine.
TIMEOUT_S = 5


def freeze(seconds):
    """Time itself is what is tried here."""
    found = [processes.Process(pid) for pid, *_ in leftovers.processes()
             if leftovers.is_broker(pid, "--provider-broker")]
    found = found or [processes.helper()]
    for process in found:
        process.kill(signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        for process in found:
            process.kill(signal.SIGCONT)


@pytest.fixture
def slow(sim):
    """The provider answers the next start in time, but not at once."""
    sim.fault("start", "delay", ms=4000)


@pytest.fixture
def lost(sim, settings):
    """The next start is read, and never answered; nothing comes of it."""
    sim.fault("start", "hang", when="before", ms=15000)
    settings.provider(timeout_ms=TIMEOUT_S * 1000)


def nobody_is_passed_over():
    return not state.dump()["passed_over"]


@pytest.mark.parametrize("service", ["sshd", "login", "sudo"])
def test_eleven_seconds_admit_nobody(slow, quick, settings, sim, syslog,
                                     service):
    settings.set(on_outage="allow")
    login = quick.login(service=service)
    sim.wait_requests(1)
    freeze(11)
    assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "stalled"
    syslog.wait_for(r"provider vonage: start: stalled: .*stood still")
    assert nobody_is_passed_over()
    quick.right(quick.login("bob"), "bob")
    assert len(sim.requests("start")) == 2


def test_over_sudo(slow, terminals, settings, sim, quick):
    settings.set(on_outage="allow")
    sudo = terminals.sudo("alice", "id", "-un")
    sudo.password()
    sim.wait_requests(1)
    freeze(11)
    assert quick.line("alice", outcome="denied")["reason"] == "stalled"
    sudo.expect("could not be sent.*password for alice")
    assert sudo.interrupted() != 0 and "root" not in sudo.text


def test_the_next_provider_is_asked(lost, quick, settings, sim):
    first = settings.keys["providers"][0]
    settings.set(on_outage="allow", providers=[
        dict(first, name="first", api_key="first"),
        dict(first, name="second", api_key="second")])
    login = quick.login()
    sim.wait_requests(1)
    freeze(TIMEOUT_S + 1)
    assert quick.right(login)["provider"] == "second"
    assert quick.right(quick.login("bob"), "bob")["provider"] == "first"
    assert [r["key"] for r in sim.requests("start")] == [
        "first", "second", "first"]


def test_a_stall_and_an_outage_are_no_outage(lost, quick, settings, sim):
    """One of them was not really asked."""
    first = settings.keys["providers"][0]
    settings.set(on_outage="allow", providers=[
        dict(first, name="first"),
        dict(first, name="second",
             base_url="https://localhost:%d" % free_port())])
    login = quick.login()
    sim.wait_requests(1)
    freeze(TIMEOUT_S + 1)
    assert login.ended() != 0
    assert quick.line("alice")["outcome"] == "denied"


def test_before_anything_was_sent(quick, settings, sim):
    """Stopped while it connects: nothing to be unsure of, and the very next
    login asks again."""
    settings.set(on_outage="allow")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = settings.keys["providers"][0]["base_url"]
        settings.provider(connect_timeout_ms=1000, base_url=(
            "https://localhost:%d" % silent.getsockname()[1]))
        login = quick.login()
        with silent.accept()[0]:
            freeze(2)
            assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "stalled"
    assert nobody_is_passed_over()
    settings.provider(connect_timeout_ms=None, base_url=url)
    quick.right(quick.login())
    assert len(sim.requests("start")) == 1


def test_a_check_is_denied_as_stalled(quick, settings, sim):
    settings.set(on_outage="allow")
    settings.provider(timeout_ms=TIMEOUT_S * 1000)
    sim.fault("check", "delay", ms=4000)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    sim.wait_requests(2)
    freeze(TIMEOUT_S + 1)
    assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "stalled"


def test_an_answer_in_spite_of_it_counts(slow, quick, sim):
    login = quick.login()
    sim.wait_requests(1)
    freeze(3)
    quick.right(login)
    assert len(sim.requests("start")) == 1


def test_nine_seconds_are_no_stall(quick, sim):
    sim.fault("start", "delay", ms=9000)
    assert int(quick.right(quick.login())["start_ms"]) >= 9000
