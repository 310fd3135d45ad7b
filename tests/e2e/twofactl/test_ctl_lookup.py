# SPDX-License-Identifier: BSD-2-Clause
"""What a look-up knows of a number is advice: twofactl enroll warns, and goes
on."""

import pytest

from ctl import call, record
import twilioapp

TRANSPORTS = ("spawn", "socket")

TWILIO = {"name": "info", "type": "twilio-lookup",
          "account_sid": twilioapp.ACCOUNT}


@pytest.fixture
def info(settings, sim, _ready):
    """A look-up beside the provider of codes."""
    settings.secret("twilio", twilioapp.TOKEN)
    settings.set(providers=settings.keys["providers"] + [dict(
        TWILIO, auth_token_file=settings.secrets + "/twilio",
        base_url=sim.url, ca_file=sim.certs.ca)])
    return settings


def enroll(number, *words):
    return call("enroll", "carol", number, "--no-verify", *words)


@pytest.mark.parametrize("number, words, said", [
    ("+447700900315", (), "this is a landline"),
    ("+447700900364", (), "this is a premium-rate number"),
    ("+447700900363", (), "this is a toll-free number"),
    ("+447700900306", (), "this is not a phone number that exists"),
    ("+447700900300", (), None),
    ("+447700900315", ("--channel", "voice"), None),
])
def test_advice(info, sim, number, words, said):
    done = enroll(number, *words)
    assert done.returncode == 0, done
    warned = "warning: %s: " % number in done.stderr
    assert warned == (said is not None), done.stderr
    if said:
        assert said in done.stderr
    assert number in record(info, "carol")
    assert [r["endpoint"] for r in sim.requests()] == ["lookup"]


def test_it_is_never_asked_at_a_login(info, sim, quick):
    quick.right(quick.login("alice"))
    assert "lookup" not in {r["endpoint"] for r in sim.requests()}


@pytest.mark.parametrize("number", ["+447700900304", "+447700900305"])
def test_one_that_does_not_answer_stops_nobody(info, number):
    done = enroll(number)
    assert done.returncode == 0, done
    assert "provider info: lookup: " in done.stderr
    assert number in record(info, "carol")


def test_one_that_is_down_stops_nobody(info, sim):
    sim.stop()
    done = enroll("+447700900300")
    assert done.returncode == 0, done
    assert "provider info: lookup: transient: " in done.stderr
