# SPDX-License-Identifier: BSD-2-Clause
"""Speaks to the simulator like a client of Twilio's."""

import base64
import hashlib
import hmac
import json
import struct
import urllib.parse

from simclient import FORM, basic

ACCOUNT = "AC" + "a1" * 16
KEY = "SK" + "b2" * 16
TOKEN = "0123456789abcdef"
SERVICE = "VA" + "c3" * 16
OTHER_SERVICE = "VA" + "d4" * 16
UNKNOWN = "e5" * 16  # behind the two letters of a SID that nobody made
NUMBER = "+447700900200"
IDENTITY = "5c5a1d9e-0000-4000-8000-00000000beef"
AUTH = (ACCOUNT, TOKEN)
SID = "[0-9a-f]{32}$"


class Twilio:
    """Calls below one service; each answers with a Reply."""

    def __init__(self, sim, service=SERVICE, auth=AUTH):
        self.sim, self.auth = sim, auth
        self.base = "/v2/Services/" + service

    def post(self, path, fields=(), auth=()):
        """A form with Basic; path is below the service unless it is whole."""
        if not path.startswith("/v2"):
            path = self.base + path
        body = urllib.parse.urlencode(fields, doseq=True)
        auth = self.auth if auth == () else auth
        return self.sim.request("POST", path, body, {"Content-Type": FORM, **basic(auth)})

    def ask(self, method, path):
        if not path.startswith("/v2"):
            path = self.base + path
        return self.sim.request(method, path, None, basic(self.auth))

    def get(self, path):
        return self.ask("GET", path)

    # codes

    def start(self, to=NUMBER, channel="sms", **fields):
        return self.post("/Verifications", {"To": to, "Channel": channel, **fields})

    def opened(self, to=NUMBER, channel="sms", **fields):
        reply = self.start(to, channel, **fields)
        assert reply.status == 201, reply.body
        return reply.json["sid"]

    def check(self, sid, code):
        return self.post("/VerificationCheck", {"VerificationSid": sid, "Code": code})

    def cancel(self, sid):
        return self.post("/Verifications/" + sid, {"Status": "canceled"})

    def fetch(self, sid):
        return self.get("/Verifications/" + sid)

    # factors

    def entity(self, below="", identity=IDENTITY):
        return f"/Entities/{identity}{below}"

    def totp(self, identity=IDENTITY, **fields):
        """A new, unverified TOTP factor."""
        fields = {"FriendlyName": "alice", "FactorType": "totp", **fields}
        reply = self.post(self.entity("/Factors", identity), fields)
        assert reply.status == 201, reply.body
        return reply.json

    def confirm(self, sid, code, identity=IDENTITY):
        return self.post(self.entity("/Factors/" + sid, identity), {"AuthPayload": code})

    def verified_totp(self, identity=IDENTITY, **fields):
        """(SID, a function that makes its code now) of a verified factor."""
        factor = self.totp(identity, **fields)
        reply = self.confirm(factor["sid"], self.code_of(factor), identity)
        assert reply.json["status"] == "verified"
        return factor["sid"], lambda steps=0: self.code_of(factor, steps)

    def code_of(self, factor, steps=0):
        """What the app would show, so many steps from now."""
        config = factor["config"]
        now = self.sim.sim("GET", "clock")["now"]
        counter = int(now) // config["time_step"] + steps
        return rfc6238(factor["binding"]["secret"], counter, config["code_length"], config["alg"])

    def phone(self, identity=IDENTITY, to=None):
        """A phone joins: the SID of its factor."""
        body = {"identity": identity, "action": "register", **({"to": to} if to else {})}
        return self.sim.sim("POST", "push", body)["sid"]

    def push(self, factor, identity=IDENTITY, **fields):
        fields = {"FactorSid": factor, "Details.Message": "Sign in to web1?", **fields}
        return self.post(self.entity("/Challenges", identity), fields)

    def pushed(self, factor, identity=IDENTITY, **fields):
        reply = self.push(factor, identity, **fields)
        assert (reply.status, reply.json["status"]) == (201, "pending"), reply.body
        return reply.json["sid"]

    def challenge(self, factor, code=None, identity=IDENTITY, **fields):
        fields = {"FactorSid": factor, **({"AuthPayload": code} if code else {}), **fields}
        return self.post(self.entity("/Challenges", identity), fields)

    def answer(self, sid, code, identity=IDENTITY):
        return self.post(self.entity("/Challenges/" + sid, identity), {"AuthPayload": code})

    def poll(self, sid, identity=IDENTITY):
        return self.get(self.entity("/Challenges/" + sid, identity))

    def decide(self, action, **who):
        return self.sim.sim("POST", "push", {**(who or {"identity": IDENTITY}), "action": action})

    def settle(self, seconds):
        """Moves the clock on."""
        self.sim.advance(seconds)


def rfc6238(secret, counter, digits=6, alg="sha1"):
    """The code of a Base32 secret: an independent witness."""
    raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
    sum_ = hmac.new(raw, struct.pack(">Q", counter), getattr(hashlib, alg)).digest()
    at = sum_[-1] & 15
    number = struct.unpack(">I", sum_[at:at + 4])[0] & 0x7FFFFFFF
    return str(number % 10 ** digits).zfill(digits)


def wrong(code):
    return str((int(code) + 1) % 10 ** len(code)).zfill(len(code))


def refused(reply):
    """(HTTP status, code) of a refusal, after a look at its shape."""
    body = reply.json
    assert reply.headers["Content-Type"] == "application/json"
    assert set(body) == {"code", "message", "more_info", "status"}, body
    assert isinstance(body["code"], int) and isinstance(body["message"], str)
    assert body["status"] == reply.status
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{body['code']}"
    return reply.status, body["code"]


def field(label, value):
    """One of Details.Fields."""
    return json.dumps({"label": label, "value": value})
