# SPDX-License-Identifier: BSD-2-Clause
"""on_outage = "allow" where a local user holds the ports of this host: the
provider is fine, and nobody gets in without a code."""

import subprocess

import pytest

from breakage import HOST_NAME, replace
from crowd import SUCCESS, together
from points import points
from portthief import A, AAAA, held, name_service

TRANSPORTS = ("spawn", "socket")

LOGINS = points(8, 200)
AT_ONCE = 8


@pytest.fixture(name="allowing")
def fixture_allowing(settings, sim):
    settings.provider(base_url="https://%s:%d" % (HOST_NAME, sim.port),
                      connect_timeout_ms=1000, timeout_ms=2000)
    settings.set(on_outage="allow", limits={"prompts_per_login": 2})
    with name_service(HOST_NAME):
        yield


@pytest.mark.parametrize("pulsed", (False, True), ids=("held", "pulsed"))
@pytest.mark.parametrize("kinds", ("DGRAM", "STREAM", "DGRAM,STREAM"))
def test_ports_open_nothing(crowd, allowing, sim, syslog, kinds, pulsed):
    def login(number):
        one = crowd.login(address="192.0.2.%d" % (number % 250 + 1))
        one.close_input()
        return one.result()
    with held(kinds, pulsed, sim.port):
        for first in range(0, LOGINS, AT_ONCE):
            found = together([lambda n=n: login(n) for n in range(
                first, min(first + AT_ONCE, LOGINS))])
            assert SUCCESS not in found and None not in found
    lines = syslog.logins()
    assert len(lines) == LOGINS
    assert {line["outcome"] for line in lines} == {"denied"}
    if not pulsed:
        assert {line["reason"] for line in lines} == {"config"}


def test_a_provider_that_was_asked_is_out_of_reach(quick, allowing, sim):
    """Nobody is locked out by surprise: so it still lets in."""
    sim.stop()
    login = quick.login()
    assert login.ended() == 0
    assert quick.line("alice", outcome="allowed")["reason"] == "outage"


def test_no_name_is_no_outage(quick, allowing, settings, syslog):
    settings.provider(base_url="https://no-such-host.invalid")
    login = quick.login()
    assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "transient"
    syslog.wait_for("the name was not resolved, or only in part, which is no "
                    "outage")


def ip(*words):
    subprocess.run(["ip", *words], check=True)


@pytest.fixture(name="dead_end")
def fixture_dead_end():
    """A default route of IPv6 that leads nowhere."""
    ip("link", "add", "dead0", "type", "veth", "peer", "name", "dead1")
    try:
        ip("link", "set", "dead0", "up")
        ip("link", "set", "dead1", "up")
        ip("-6", "addr", "add", "2001:db8:7::1/64", "dev", "dead0", "nodad")
        ip("-6", "route", "add", "default", "via", "2001:db8:7::2", "dev",
           "dead0")
        yield
    finally:
        ip("link", "del", "dead0")


@pytest.fixture(name="allows")
def fixture_allows(settings):
    def allows(base_url):
        settings.provider(base_url=base_url, connect_timeout_ms=1000,
                          timeout_ms=2000)
        settings.set(on_outage="allow")
    return allows


def test_half_of_the_addresses_is_no_outage(quick, dead_end, allows, sim):
    allows("https://%s:%d" % (HOST_NAME, sim.port))
    with name_service(HOST_NAME, kept_back=A):
        login = quick.login()
        assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "transient"


def lets_in(quick):
    login = quick.login()
    assert login.ended() == 0
    assert quick.line("alice", outcome="allowed")["reason"] == "outage"


@pytest.mark.parametrize("host", ("192.0.2.10", "127.0.0.1:9", "[2001:db8::1]"))
def test_an_address_is_an_outage(quick, dead_end, allows, host):
    allows("https://" + host)
    lets_in(quick)


@pytest.mark.parametrize("address", ("192.0.2.10", "2001:db8:9::1"))
def test_hosts_need_no_name_service(quick, dead_end, allows, address):
    """All of the network is away, and the name service with it."""
    with open("/etc/hosts", "rb") as text:
        kept = text.read()
    replace("/etc/hosts",
            kept + b"%s %s\n" % (address.encode(), HOST_NAME.encode()))
    try:
        allows("https://" + HOST_NAME)
        lets_in(quick)
    finally:
        replace("/etc/hosts", kept)


def test_one_family_is_an_outage(quick, dead_end, allows):
    """The name service says that there is no other."""
    allows("https://%s:9" % HOST_NAME)
    with name_service(HOST_NAME, none=AAAA):
        lets_in(quick)
