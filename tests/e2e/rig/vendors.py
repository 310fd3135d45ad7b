# SPDX-License-Identifier: BSD-2-Clause
"""Every type of provider with the settings that it needs, and the one provider
of a login; the simulator plays them all."""

import json
import os
import subprocess
import urllib.parse

import listener
from phones import NUMBERS, Simulator

FOLDER = os.path.join(os.path.dirname(__file__), "../../providers")
AUTHY_KEY = "0cd08abec2e9b9641e40e9470a7fc336"


class Type:
    """A file of tests/providers; tests/support/samples.h explains it."""

    def __init__(self, name):
        self.keys, self.contract = {}, {}
        self.again, self.channels = [], []
        self.document = None
        with open(os.path.join(FOLDER, name), encoding="utf-8") as lines:
            for line in lines:
                self._take(*line.rstrip("\n").partition(" ")[::2])

    def _take(self, word, rest):
        if word in ("set", "contract"):
            key, _, value = rest.partition(" ")
            (self.keys if word == "set" else self.contract)[key] = value
        elif word in ("again", "channels"):
            setattr(self, word, rest.split())
        elif word == "document":
            self.document = rest

    @property
    def checks(self):
        """A code is checked by the vendor, not by us."""
        return "check" in self.again

    def settings(self, settings, **more):
        """The keys as twofa.conf has them, secrets in files."""
        found = {}
        for key, value in {**self.keys, **more}.items():
            if key.endswith("_file"):
                settings.secret("of-" + key, value)
                value = "%s/of-%s" % (settings.secrets, key)
            found[key] = value
        return found


ALL = {name: Type(name) for name in sorted(os.listdir(FOLDER))}
# Those that send a code.
TYPES = [name for name in ALL if ALL[name].again]


class Vendor:
    """One type as the only provider, and what it was asked by logins."""

    def __init__(self, name, settings, sim):
        self.name = name
        self._sim = sim
        settings.set(providers=[dict(
            ALL[name].settings(settings), name="one", type=name,
            base_url=sim.url, ca_file=sim.certs.ca)])
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
        """Exactly this, in this order, over one connection; but a broker, which
        many logins share, asks whether a code is right over one of its own where
        a yes names nobody."""
        found = self.requests()
        assert {r["provider"] for r in found} == {self.name}, found
        assert [r["endpoint"] for r in found] == endpoints, found
        apart = [r["connection"] for r in found if listener.KEPT
                 and self.name == "authy" and r["endpoint"] == "check"]
        rest = {r["connection"] for r in found} - set(apart)
        assert len(rest) == 1, found
        assert len(set(apart)) == len(apart), found
        assert sum(r["connection"] in rest for r in found) == \
            len(endpoints) - len(apart), found


class Strict(Simulator):
    """A provider that takes the credentials below and no others."""

    def secret(self, kind, word):
        """The content of a secret's file that is "right", or "wrong"."""
        if "private_key_file" not in ALL[kind].keys:
            return word
        with open(self._key(word), encoding="ascii") as text:
            return text.read().rstrip("\n")

    def _key(self, word):
        """Made once for each word: an RSA key's file."""
        path = os.path.join(os.path.dirname(self.output), word + ".pem")
        if not os.path.exists(path):
            subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm",
                            "RSA", "-out", path], check=True)
        return path

    def arguments(self):
        folder = os.path.dirname(self.output)
        path = os.path.join(folder, "credentials")
        public = os.path.join(folder, "public.pem")
        subprocess.run(["openssl", "pkey", "-in", self._key("right"),
                        "-pubout", "-out", public], check=True)
        with open(path, "w", encoding="ascii") as out:
            for kind, keys in ((kind, ALL[kind].keys) for kind in ALL):
                if "application_id" in keys:
                    out.write("vonage-jwt %s %s\n" % (
                        keys["application_id"], public))
                    continue
                out.write("%s %s right\n" % (
                    kind.split("-")[0], keys.get(
                        "api_key", keys.get("account_sid", "any"))))
        return super().arguments() + ["--credentials", path]
