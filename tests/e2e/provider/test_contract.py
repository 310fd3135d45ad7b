# SPDX-License-Identifier: BSD-2-Clause
"""The helper's real requests, and the simulator's replies to them, against the
vendors' OpenAPI documents: real logins with Prism in the middle. A request or
a reply that does not fit its document makes Prism answer with an error, and
the login fails."""

import pytest

import admin
from prism import PlainSimulator, Prism
from quick import Quick, other
import stage
from twilioapp import (IDENTITY, PushPhone, app_at_vendor, provider,
                       register)
from vendors import ALL

TRANSPORTS = ("spawn", "socket")

EMAIL = "alice@example.org"
WORDS = {"sms": "by SMS", "voice": "calling", "whatsapp": "by WhatsApp",
         "email": "by email"}


class Bench:
    """Logins through one vendor, and a look at Prism after each."""

    def __init__(self, kind, prism, plain, quick, settings):
        self.kind = kind
        self.vendor = ALL[kind]
        self.prism = prism
        self.plain = plain
        self.quick = quick
        self._settings = settings

    def configure(self, user, keys):
        vendor = self.vendor
        self._settings.set(providers=[dict(
            vendor.settings(self._settings, **vendor.contract, **keys),
            name="vendor", type=self.kind, base_url=self.prism.url)])
        self._settings.user("alice", **dict(
            {"channels": vendor.channels},
            **({"email": EMAIL} if "email" in vendor.channels else {}),
            **user))

    def login(self, words):
        login = self.quick.login()
        login.prompt(words)
        return login

    def right(self, login, to="alice", nth=None):
        login.answer(self.plain.code(to, nth))
        assert login.ended() == 0, login.text + self.prism.log()
        self.quick.line("alice", outcome="allowed")

    def used(self):
        """Method and endpoint of each request that passed."""
        assert not self.prism.violations(), self.prism.log()
        return [(r["method"], r["endpoint"]) for r in self.plain.requests()]


@pytest.fixture(scope="module")
def plain(build):
    simulator = PlainSimulator(stage.STAGE + "/plain")
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def prisms(plain):
    """One for each document, started when it is first wanted."""
    running = {}

    def of(document):
        if document not in running:
            running[document] = Prism(document, plain.url)
        return running[document]

    yield of
    for prism in running.values():
        prism.stop()


@pytest.fixture
def bench(prisms, plain, terminals, syslog, settings):
    def of(kind, user=(), **keys):
        prism = prisms(ALL[kind].document)
        plain.reset()
        prism.mark()
        made = Bench(kind, prism, plain, Quick(terminals, plain, syslog),
                     settings)
        made.configure(dict(user), keys)
        return made
    return of


def test_prism_refuses_what_does_not_fit(bench):
    """So that the tests below can fail at all."""
    b = bench("vonage-verify")
    status, reply = b.prism.ask(
        "POST", "/verify/json", "number=4512345678&workflow_id=6",
        {"Content-Type": "application/x-www-form-urlencoded",
         "Authorization": "Basic YWJjZDEyMzQ6eA=="})
    assert status == 422 and "brand" in str(reply)
    assert b.prism.wait_violation() and not b.plain.requests()


def test_prism_refuses_a_reply_that_does_not_fit(bench):
    b = bench("vonage-verify")
    b.plain.fault("start", "wrong_type", field="status", value="[]")
    login = b.quick.login()
    assert login.ended() != 0
    b.quick.line("alice", outcome="denied")
    assert b.prism.wait_violation()


CHANNELS = [(kind, channel, WORDS[channel]) for kind in ALL
            for channel in ALL[kind].channels]


@pytest.mark.parametrize("kind, channel, words", CHANNELS)
def test_channel(bench, kind, channel, words):
    """A start by each channel, a wrong code, the right one."""
    b = bench(kind, {"channels": [channel]})
    to = EMAIL if channel == "email" else "alice"
    login = b.login(words)
    login.answer(other(b.plain.code(to)))
    login.prompt("code was wrong")
    b.right(login, to)
    asked = [("POST", "start")]
    if ALL[kind].checks:
        asked += [("POST", "check")] * 2
    assert b.used() == asked


def test_a_gateway_of_a_vendors(bench, settings):
    """http-sms as one would set it up for a vendor whose document is here: all
    that it sends fits, and what comes back is read."""
    b = bench("telnyx-sms")
    settings.secret("gateway", "Bearer KEY0123456789ABCDEF_abcdefghijklmnop")
    settings.set(providers=[{
        "name": "gateway", "type": "http-sms", "base_url": b.prism.url,
        "path": "/v2/messages", "auth_header": "Authorization",
        "auth_secret_file": settings.secrets + "/gateway",
        "body": '{"from": "+12025550100", "to": %phone%, "text": %text%, '
                '"type": "SMS"}',
        "success": '"status":"queued"'}])
    b.right(b.login("by SMS"))
    assert b.used() == [("POST", "start")]
    # a sender that is none: the vendor's own refusal
    settings.provider(body='{"from": "!", "to": %phone%, "text": %text%}')
    login = b.quick.login()
    assert login.ended() != 0
    assert b.quick.line("alice", outcome="denied")["reason"] == "config"


def test_vonage_verify_sender(bench):
    b = bench("vonage-verify", sender_id="ACME")
    b.right(b.login("by SMS"))
    assert b.used() == [("POST", "start"), ("POST", "check")]


@pytest.mark.parametrize("kind, method", [("vonage-verify", "POST"),
                                          ("vonage-verify-v2", "DELETE")])
def test_vonage_call_and_cancel(bench, clock, kind, method):
    """A call in the message's place, then given up."""
    b = bench(kind)
    login = b.login("Verification code sent")
    b.plain.advance(32)
    clock.set(32)
    login.answer("v")
    login.prompt("calling")
    b.plain.advance(32)
    clock.set(64)
    login.answer("q")
    assert login.ended() != 0
    assert b.used() == [("POST", "start"), (method, "cancel"),
                        ("POST", "start"), (method, "cancel")]


@pytest.mark.parametrize("kind", ["vonage-verify", "vonage-verify-v2"])
def test_vonage_next_step(bench, clock, kind):
    """A message, then the call that the workflow has next."""
    b = bench(kind, workflow_id=5)
    login = b.login("Verification code sent")
    b.plain.advance(3)
    clock.set(3)
    login.answer("v")
    login.prompt("calling")
    b.right(login, nth=2)
    assert b.used() == [("POST", "start"), ("POST", "resend"),
                        ("POST", "check")]


def test_twilio_again_and_cancel(bench, clock):
    """The same code once more, by another channel, then given up."""
    b = bench("twilio-verify")
    login = b.login("Verification code sent")
    for step, key, words in ((3, "r", "code sent again"), (8, "v", "calling"),
                             (16, "w", "by WhatsApp"), (24, "e", "by email")):
        clock.set(step)
        login.answer(key)
        login.prompt(words)
    login.answer("q")
    assert login.ended() != 0
    assert b.used() == [("POST", "start")] * 5 + [("POST", "cancel")]


def test_telnyx_again(bench, clock):
    """Another message is another verification."""
    b = bench("telnyx-verify")
    login = b.login("Verification code sent")
    clock.set(3)
    login.answer("r")
    login.prompt("code: new one sent")
    b.right(login, nth=2)
    assert b.used() == [("POST", "start"), ("POST", "start"),
                        ("POST", "check")]


class Through:
    """What twilioapp.py wants of a simulator: the control side is asked
    directly, the helper goes through Prism."""

    def __init__(self, plain, prism):
        self.link = plain.link
        self.messages = plain.messages
        self.wait_messages = plain.wait_messages
        self.certs = plain.certs
        self.url = prism.url


@pytest.fixture
def twilio(prisms, plain, settings, terminals, syslog):
    plain.reset()
    prism = prisms("twilio-verify-v2.json")
    prism.mark()
    return Through(plain, prism), prism, Quick(terminals, plain, syslog)


def used(plain, prism, kinds):
    assert not prism.violations(), prism.log()
    return [r["endpoint"] for r in plain.requests()
            if r["endpoint"] in kinds]


def test_twilio_push(twilio, plain, settings):
    through, prism, quick = twilio
    settings.set(providers=[])
    phone = PushPhone(settings, through)
    login = quick.login()
    login.prompt("Approve on your phone")
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0, login.text + prism.log()
    found = used(plain, prism, ("start", "poll"))
    assert found[0] == "start" and set(found[1:]) == {"poll"}


def test_twilio_totp(twilio, app, plain, settings):
    through, prism, quick = twilio
    settings.set(providers=[])
    app_at_vendor(settings, through, app)
    login = quick.login()
    login.prompt("of your app")
    login.answer(app.wrong())
    login.prompt("code was wrong")
    login.answer(app.code(1))
    assert login.ended() == 0, login.text + prism.log()
    assert used(plain, prism, ("check",)) == ["check"] * 2


def test_twilio_app_joins(twilio, plain, settings, terminals):
    through, prism, _ = twilio
    settings.set(providers=[provider(settings, through, "twilio-push")])
    # the document knows no list of somebody who has no app yet
    settings.user("alice", push_identity=IDENTITY,
                  push_factor=register(through, IDENTITY))
    asked = terminals.run(admin.TWOFACTL, "--helper", stage.HELPER, "push",
                          "alice", "--json")
    asked.expect(r'"push_identity":"([^"]+)"')
    register(through, asked.match.group(1))
    assert asked.ended() == 0, asked.text + prism.log()
    assert len(used(plain, prism, ("control",))) >= 3
