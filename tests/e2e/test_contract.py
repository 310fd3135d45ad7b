# SPDX-License-Identifier: BSD-2-Clause
"""The helper's real requests, and the simulator's replies to them, against the
vendors' OpenAPI documents: real logins with Prism in the middle. A request or
a reply that does not fit its document makes Prism answer with an error, and
the login fails."""

import pytest

from prism import PlainSimulator, Prism
from quick import Quick, other
import stage

VONAGE = {"api_key": "abcd1234", "api_secret_file": "vonage"}


class Vendor:
    """A provider type as it is set here: its document, its keys, and what the
    simulator's requests say of each operation that was used."""

    def __init__(self, kind, document, keys, user=None, secrets=("vonage",)):
        self.kind = kind
        self.document = document
        self.keys = keys
        self.user = user or {"channels": ["sms", "voice"]}
        self.secrets = secrets


VENDORS = {
    "vonage-verify": Vendor("vonage-verify", "vonage-verify-v1-basic.json",
                            VONAGE),
}


class Bench:
    """Logins through one vendor, and a look at Prism after each."""

    def __init__(self, vendor, prism, plain, quick, settings):
        self.vendor = vendor
        self.prism = prism
        self.plain = plain
        self.quick = quick
        self._settings = settings

    def configure(self, user=None, **keys):
        named = {key: self._settings.secrets + "/" + value
                 if key.endswith("_file") else value
                 for key, value in {**self.vendor.keys, **keys}.items()}
        for name in self.vendor.secrets:
            self._settings.secret(name, "Sup3rS3cret")
        self._settings.set(providers=[dict(
            named, name="vendor", type=self.vendor.kind,
            base_url=self.prism.url)])
        self._settings.user("alice", **(user or self.vendor.user))

    def login(self, words):
        login = self.quick.login()
        login.prompt(words)
        return login

    def right(self, login, nth=None):
        login.answer(self.plain.code("alice", nth))
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
    def of(kind, user=None, **keys):
        vendor = VENDORS[kind]
        prism = prisms(vendor.document)
        plain.reset()
        prism.mark()
        made = Bench(vendor, prism, plain, Quick(terminals, plain, syslog),
                     settings)
        made.configure(user, **keys)
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


def test_vonage_verify(bench):
    """A wrong code, then the right one."""
    b = bench("vonage-verify", sender_id="ACME")
    login = b.login("Code sent .* by SMS")
    login.answer(other(b.plain.code("alice")))
    login.prompt("Wrong code")
    b.right(login)
    assert b.used() == [("POST", "start"), ("POST", "check"),
                        ("POST", "check")]


def test_vonage_verify_call_and_cancel(bench, clock):
    """A call in the message's place, then given up."""
    b = bench("vonage-verify")
    login = b.login("Code sent")
    b.plain.advance(32)
    clock.set(32)
    login.answer("v")
    login.prompt("Calling")
    b.plain.advance(32)
    clock.set(64)
    login.answer("q")
    assert login.ended() != 0
    assert b.used() == [("POST", "start"), ("POST", "cancel"),
                        ("POST", "start"), ("POST", "cancel")]
