# SPDX-License-Identifier: BSD-2-Clause
"""on_outage = "allow" where a local user holds the ports of this host: the
provider is fine, and nobody gets in without a code."""

import pytest

from breakage import HOST_NAME
from crowd import SUCCESS, together
from points import points
from portthief import held, name_service

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
    syslog.wait_for("no address of its name could be asked, which is no outage")
