# SPDX-License-Identifier: BSD-2-Clause
"""twofactl push: a phone's app joins, and is asked at the next login."""

import json
import re

import pytest

import admin as tool
import stage
import twilioapp
from ctl import record
from twilioapp import register

TRANSPORTS = ("spawn", "socket")

ID = r"identity: ([0-9a-f]{32}|%s)\r?\n" % re.escape(twilioapp.IDENTITY)


@pytest.fixture
def vendor(settings, sim):
    """A provider of pushes beside that of codes."""
    settings.set(providers=settings.keys["providers"] + [
        twilioapp.provider(settings, sim, "twilio-push")])
    return settings


def start(terminals, user="alice"):
    asked = terminals.run(tool.TWOFACTL, "--helper", stage.HELPER, "push",
                          user)
    asked.expect("Waiting until the app has joined")
    return asked, re.search(ID, asked.text).group(1)


def record_of(settings, user="alice"):
    return record(settings, user)


def test_push(terminals, vendor, sim, syslog, sshd):
    before = '# hers\nphone = "+447700900100"; # work\n'
    vendor.raw_user("alice", before)
    asked, identity = start(terminals)
    token = re.search(r"token: +(\S+)", asked.text).group(1)
    assert token.count(".") == 4
    factor = register(sim, identity)
    assert asked.ended() == 0, asked.text
    assert record_of(vendor) == before + (
        'push_identity = "%s";\npush_factor = "%s";\n'
        'channels = ["push", "sms"];\n' % (identity, factor))
    syslog.wait_for("twofactl: push user=alice by uid=0")
    assert not [line for line in syslog.lines() if token in line]
    login = sshd.login("alice")
    login.password()
    login.prompt("phone")
    sim.wait_messages(1)
    twilioapp.approve(sim, identity)
    login.answer("")
    assert login.ended() == 0, login.text


def test_for_who_has_no_record(terminals, vendor, sim):
    asked, identity = start(terminals, "carol")
    factor = register(sim, identity)
    assert asked.ended() == 0, asked.text
    assert record_of(vendor, "carol") == (
        'push_identity = "%s";\npush_factor = "%s";\n'
        'channels = ["push"];\n' % (identity, factor))


def test_the_identity_and_the_order_stay(terminals, vendor, sim):
    """A second phone: only the factor is another."""
    first = register(sim, twilioapp.IDENTITY)
    vendor.user("alice", push_identity=twilioapp.IDENTITY, push_factor=first,
                channels=["sms", "push"])
    before = record_of(vendor)
    asked, identity = start(terminals)
    assert identity == twilioapp.IDENTITY
    second = register(sim, identity)
    assert second != first
    assert asked.ended() == 0, asked.text
    assert record_of(vendor) == before.replace(first, second)


def test_json(vendor, sim, terminals):
    asked = terminals.run(tool.TWOFACTL, "--helper", stage.HELPER, "push",
                          "alice", "--json")
    asked.expect(r"(\{.*?\})\r?\n")
    first = json.loads(asked.match.group(1))
    assert set(first) == {"push_identity", "token"}
    factor = register(sim, first["push_identity"])
    assert asked.ended() == 0
    assert json.loads(asked.text.strip().splitlines()[-1]) == {
        "push_factor": factor}


def test_ctrl_c_changes_nothing(terminals, vendor, sim):
    before = record_of(vendor)
    asked, identity = start(terminals)
    asked.sendintr()
    assert asked.ended() != 0
    register(sim, identity)
    assert record_of(vendor) == before


def test_no_provider(admin, settings, _ready):
    before = record_of(settings)
    status, text = admin.run("push", "alice")
    assert status == 3 and "twilio-push" in text
    assert record_of(settings) == before


@pytest.mark.parametrize("field, value", [
    ("token", "5"), ("token", '""'), ("token", '"a b"'), ("token", "null"),
    ("entity_identity", '"somebody-else"'), ("factor_type", '"totp"')])
def test_a_token_that_is_none(admin, vendor, sim, field, value):
    before = record_of(vendor)
    sim.fault("control", "wrong_type", provider="twilio-push", skip=1,
              field=field, value=value)
    status, text = admin.run("push", "alice")
    assert status == 4 and "identity" not in text
    assert "provider push: token: the provider failed; see the log" in text
    assert record_of(vendor) == before


def test_a_provider_that_is_down(admin, vendor, sim):
    before = record_of(vendor)
    sim.stop()
    status, text = admin.run("push", "alice")
    assert status == 4 and "provider push: factors: transient: " in text
    assert record_of(vendor) == before


@pytest.mark.parametrize("fault", ["html502", "close", "throttle", "bad_utf8"])
def test_trouble_while_it_waits(terminals, vendor, sim, fault):
    """It asks again: reading does no harm."""
    asked, identity = start(terminals)
    sim.fault("control", fault, provider="twilio-push", when="before")
    asked.expect("provider push: factors: ")
    register(sim, identity)
    assert asked.ended() == 0, asked.text
    assert identity in record_of(vendor)


def test_nobody_elses_app(terminals, vendor, sim):
    """An app that joined under another identity is not taken."""
    before = record_of(vendor)
    asked, _ = start(terminals)
    seen = len(sim.requests())
    register(sim, twilioapp.IDENTITY)
    sim.wait_requests(seen + 2)
    assert record_of(vendor) == before
    asked.sendintr()
    assert asked.ended() != 0


def test_broken_record(admin, vendor, sim):
    vendor.raw_user("alice", "phone = 12;\n")
    status, text = admin.run("push", "alice")
    assert status == 3 and "alice.conf:1: phone: " in text
    assert not sim.requests()


def test_no_account(admin, _ready):
    assert admin.run("push", "nobody-here")[0] == 2
