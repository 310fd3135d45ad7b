# SPDX-License-Identifier: BSD-2-Clause
"""Every type of provider that sends or checks a code, with the settings that
it needs; the simulator plays them all."""

import json
import urllib.parse

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


class Vendor:
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
