# SPDX-License-Identifier: BSD-2-Clause
"""Two providers in order: which faults lead to the second one."""

import pathlib
import socket
import time

import pytest

from sshserver import free_port

TRANSPORTS = ("spawn", "socket")


@pytest.fixture
def two(settings, sim):
    """first and second, told apart by their keys; both at the simulator."""
    first = dict(settings.keys["providers"][0], name="first", api_key="first")
    second = dict(first, name="second", api_key="second")
    first["timeout_ms"] = 900

    def change(**keys):
        settings.set(providers=[dict(first, **keys), second])
    change()
    return change


def keys_of(sim, kind="start"):
    return [request["key"] for request in sim.requests(kind)]


def test_first_is_asked_first(two, quick, sim):
    assert quick.right(quick.login())["provider"] == "first"
    assert keys_of(sim) == ["first"] and keys_of(sim, "check") == ["first"]


def test_refused_connection(two, quick, sim, syslog):
    two(base_url="https://localhost:%d" % free_port())
    assert quick.right(quick.login())["provider"] == "second"
    assert keys_of(sim) == ["second"] and keys_of(sim, "check") == ["second"]
    syslog.wait_for("provider first: start: transient: .*not reached")


@pytest.fixture
def silent_names():
    """A name service that takes each question and answers none, for long."""
    path = pathlib.Path("/etc/resolv.conf")
    kept = path.read_bytes()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", 53))
        path.write_text("nameserver 127.0.0.1\noptions timeout:30\n",
                        encoding="ascii")
        yield
        path.write_bytes(kept)


def test_silent_name_service(two, quick, silent_names):
    """No login waits for a look-up that was given up: libcurl's thread for it
    lives on for a minute."""
    two(base_url="https://provider.example.org", connect_timeout_ms=500)
    begun = time.monotonic()
    assert quick.right(quick.login())["provider"] == "second"
    assert time.monotonic() - begun < 15


def test_certificate(two, quick, sim, syslog):
    two(ca_file=None)
    assert quick.right(quick.login())["provider"] == "second"
    assert keys_of(sim) == ["second"]
    syslog.wait_for("provider first: start: config: .*certificate refused")


@pytest.mark.parametrize("fault", ["html502", "empty503", "close", "hang",
                                   "half_body", "truncated"])
def test_unknown_fate(two, quick, sim, fault):
    sim.fault("start", fault, when="before", ms=2000)
    assert quick.right(quick.login())["provider"] == "second"
    assert keys_of(sim) == ["first", "second"]
    assert len(sim.messages()) == 1


@pytest.mark.parametrize("fault", ["html502", "close"])
def test_unknown_fate_without_failover(two, quick, settings, sim, fault):
    settings.set(failover_after_unknown=False)
    sim.fault("start", fault, when="before")
    assert quick.login().ended() != 0
    assert quick.line("alice")["reason"] == "transient"
    assert keys_of(sim) == ["first"]


def test_next_login_after_an_unknown_fate(quick, sim, syslog):
    """It asks nobody, and says why."""
    sim.fault("start", "html502", when="before")
    assert quick.login().ended() != 0
    quick.line("alice")
    syslog.clear()
    assert quick.login().ended() != 0
    assert quick.line("alice")["reason"] == "transient"
    syslog.wait_for("provider vonage: not asked: a request to a .* of alice "
                    "had no reply")


def test_known_fate_without_that_failover(two, quick, settings, sim):
    settings.set(failover_after_unknown=False)
    two(base_url="https://localhost:%d" % free_port())
    assert quick.right(quick.login())["provider"] == "second"
    assert keys_of(sim) == ["second"]


def test_throttled(two, quick, sim):
    sim.fault("start", "throttle", count=2, retry_after="1")
    assert quick.right(quick.login())["provider"] == "second"
    assert keys_of(sim) == ["first", "first", "second"]


def test_no_second_after_a_check(two, quick, sim):
    sim.fault("check", "html502")
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert login.ended() != 0
    assert keys_of(sim) == ["first"] and keys_of(sim, "check") == ["first"]


def test_next_login_after_a_check_without_reply(two, quick, sim):
    """It does not join a verification that nobody can check."""
    sim.fault("check", "html502", count=1)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert login.ended() != 0
    assert quick.right(quick.login())["provider"] == "second"
    assert keys_of(sim) == keys_of(sim, "check") == ["first", "second"]
    assert not keys_of(sim, "control")


def test_no_second_after_fraud(two, quick, settings, sim):
    settings.user("alice", phone="+447700900107")
    assert quick.login().ended() != 0
    assert quick.line("alice")["reason"] == "fraud"
    assert keys_of(sim) == ["first"]


@pytest.mark.parametrize("digits, reason", [
    ("02", "config"), ("04", "config"), ("09", "account"), ("29", "account"),
    ("10", "inflight"), ("05", "transient"),
])
def test_both_are_asked_once(two, quick, settings, sim, digits, reason):
    settings.user("alice", phone="+4477009001" + digits)
    assert quick.login().ended() != 0
    assert quick.line("alice")["reason"] == reason
    assert keys_of(sim) == ["first", "second"]


def test_refused_number_is_tried_once_elsewhere(two, quick, settings, sim):
    settings.user("alice", phone="+447700900106", channels=["sms"])
    assert quick.login().ended() != 0
    assert keys_of(sim) == ["first", "second"]


def test_all_unreachable_is_an_outage(two, quick, settings, sim):
    settings.set(on_outage="allow")
    sim.stop()
    assert quick.login().ended() == 0
    assert quick.line("alice", outcome="allowed")["reason"] == "outage"


def test_one_that_refuses_is_no_outage(two, quick, settings, sim):
    """The second is down, but the first said no."""
    settings.set(on_outage="allow")
    settings.user("alice", phone="+447700900109")
    providers = settings.keys["providers"]
    settings.set(providers=[providers[0], dict(
        providers[1], base_url="https://localhost:%d" % free_port())])
    assert quick.login().ended() != 0
    assert keys_of(sim) == ["first"]


def test_reconnect_joins_at_the_second(two, quick, sim):
    sim.fault("start", "html502", when="before")
    first = quick.login()
    first.prompt("Verification code sent")
    first.hang_up()
    again = quick.login()
    again.prompt("already sent")
    again.answer(sim.code("alice"))
    assert again.ended() == 0
    assert keys_of(sim) == ["first", "second"]
    assert keys_of(sim, "check") == ["second"]


@pytest.mark.parametrize("fault", ["html502", "empty503", "close", "hang",
                                   "half_body", "truncated"])
def test_at_the_limit(two, quick, settings, sim, fault):
    """The second provider's message is no other one for the limits, whatever
    became of the first one's."""
    settings.set(limits={"sends_per_user_hour": 1, "sends_per_user_day": 1,
                         "sends_per_number_day": 1})
    sim.fault("start", fault, when="before", ms=2000)
    assert quick.right(quick.login())["provider"] == "second"
    assert keys_of(sim) == ["first", "second"]
