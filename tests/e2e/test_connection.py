# SPDX-License-Identifier: BSD-2-Clause
"""One connection a login, whoever sends the code; and a provider that reads
the check and hangs up sees it once, and lets nobody in."""

import json
import re
import urllib.parse

import pytest

from phones import NUMBERS

SERVICE = "VA" + "c3" * 16
PROFILE = "12ade33a-21c0-473b-b055-b3c836e1c292"
AUTHY_KEY = "0cd08abec2e9b9641e40e9470a7fc336"
SECRETS = {"twilio": "0123456789abcdef0123456789abcdef",
           "telnyx": "KEY0123456789ABCDEF_abcdefghijklmnop",
           "authy": AUTHY_KEY}
VONAGE = {"api_key": "abcd1234", "api_secret_file": "vonage"}
TELNYX = {"api_key_file": "telnyx"}
TYPES = {
    "vonage-verify": VONAGE,
    "vonage-verify-v2": VONAGE,
    "twilio-verify": {"account_sid": "AC" + "a1" * 16,
                      "auth_token_file": "twilio", "service_sid": SERVICE},
    "telnyx-verify": dict(TELNYX, verify_profile_id=PROFILE),
    "telnyx-sms": dict(TELNYX, **{"from": "+12025550100"}),
    "authy": {"api_key_file": "authy"},
}
# Those that send no code of ours or theirs: a push, an app, look-ups.
OTHERS = {"twilio-push", "twilio-totp", "twilio-lookup", "telnyx-lookup",
          "vonage-insight"}
# Where the code is our own nothing is checked elsewhere.
CHECKED = [name for name in TYPES if name != "telnyx-sms"]
# A cancel is a request of its own; it is possible from 30 s on.
RESENT = {"vonage-verify": ["start", "cancel", "start", "check"],
          "vonage-verify-v2": ["start", "cancel", "start", "check"],
          "twilio-verify": ["start", "start", "check"],
          "telnyx-verify": ["start", "start", "check"],
          "telnyx-sms": ["start", "start"],
          "authy": ["start", "start", "check"]}


class Provider:
    """One type as the only provider, and what it was asked by logins."""

    def __init__(self, name, settings, sim):
        self.name = name
        self._sim = sim
        keys = {"name": "one", "type": name, "base_url": sim.url,
                "ca_file": sim.certs.ca}
        for key, value in TYPES[name].items():
            if key.endswith("_file"):
                value = settings.secrets + "/" + value
            keys[key] = value
        for secret, text in SECRETS.items():
            settings.secret(secret, text)
        settings.set(providers=[keys])
        self._others = 0
        if name == "authy":
            settings.user("alice", channels=["sms"],
                          authy_id=self._register(NUMBERS["alice"]))

    def _register(self, phone):
        """The vendor knows its users by ids that it gives."""
        link = self._sim.link(10)
        link.request("POST", "/protected/json/users/new",
                     urllib.parse.urlencode({
                         "user[email]": "alice@example.org",
                         "user[cellphone]": phone[3:],
                         "user[country_code]": "44"}),
                     {"Content-Type": "application/x-www-form-urlencoded",
                      "X-Authy-API-Key": AUTHY_KEY})
        reply = link.getresponse()
        text = reply.read()
        link.close()
        assert reply.status == 200, text
        self._others = len(self._sim.requests())
        return str(json.loads(text)["user"]["id"])

    def requests(self):
        return self._sim.requests()[self._others:]

    def asked(self, endpoints):
        """Exactly this, in this order, over one connection."""
        found = self.requests()
        assert {r["provider"] for r in found} == {self.name}, found
        assert [r["endpoint"] for r in found] == endpoints, found
        assert len({r["connection"] for r in found}) == 1, found


@pytest.fixture(params=TYPES)
def provider(request, settings, sim, _ready):
    return Provider(request.param, settings, sim)


@pytest.fixture(params=CHECKED)
def checking(request, settings, sim, _ready):
    return Provider(request.param, settings, sim)


def test_no_type_is_left_out(admin, settings):
    """The settings' own error names them all."""
    settings.set(providers=[{"name": "one", "type": "none"}])
    _, out = admin.run("check")
    told = out.split("is no type of this version, allowed: ")[1].split("\n")[0]
    assert set(re.findall(r'"([^"]+)"', told)) == set(TYPES) | OTHERS
    assert set(RESENT) == set(TYPES)


def test_one_handshake(quick, provider):
    quick.right(quick.login())
    provider.asked(["start"] if provider.name == "telnyx-sms"
                   else ["start", "check"])


def test_another_message(quick, provider, clock, sim):
    """Over the same connection, while that is younger than 30 s: only the
    clocks of helper and provider move here."""
    login = quick.login()
    login.prompt("Code sent")
    sim.code("alice")
    clock.advance(33)
    login.answer("r")
    login.prompt("sent")
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0, login.text
    provider.asked(RESENT[provider.name])


def test_check_is_seen_once(quick, checking, sim):
    sim.fault("check", "close_after_read", provider=checking.name)
    login = quick.login()
    login.prompt("Code sent")
    login.answer(sim.code("alice"))
    line = quick.denied(login, sent=True)
    assert line["reason"] == "transient"
    checking.asked(["start", "check"])


def test_check_is_seen_once_though_it_was_right(quick, checking, sim):
    """The vendor has accepted the code; nobody told us."""
    sim.fault("check", "close_after_read", provider=checking.name,
              when="after")
    login = quick.login()
    login.prompt("Code sent")
    login.answer(sim.code("alice"))
    quick.denied(login, sent=True)
    checking.asked(["start", "check"])
