# SPDX-License-Identifier: BSD-2-Clause
"""One call of each simulated API, for tests that concern all of them."""

import dataclasses
import itertools
import json
import urllib.parse
from typing import Callable, Optional

from simclient import FORM, JSON, basic

BEARER = {"Authorization": "Bearer KEY0123_abc"}
ACCOUNT = ("AC" + "0" * 32, "token")
SERVICE = "/v2/Services/VA" + "0" * 32
PROFILE = "12ade33a-21c0-473b-b055-b3c836e1c292"
numbers = itertools.count(447700800000)


@dataclasses.dataclass
class Call:
    """A request that sends something or looks something up, always a new one."""

    provider: str
    endpoint: str
    ask: Callable  # what ready made: method, path, body, headers
    good: int  # HTTP status
    id: Optional[str]  # dotted path of the id in the answer
    verdict: Optional[str] = None  # ... and of the verdict, where it has one
    throttled: int = 429
    internal: int = 500
    sends: bool = True
    prepare: Optional[Callable] = None  # of a simulator and a number

    def ready(self, sim, number=None):
        """What the call is about, after whatever has to be there first."""
        number = number or str(next(numbers))
        return self.prepare(sim, number) if self.prepare else number

    def make(self, sim, about, timeout=10):
        method, path, body, headers = self.ask(about)
        return sim.request(method, path, body, headers, timeout)

    def __call__(self, sim, number=None, timeout=10):
        return self.make(sim, self.ready(sim, number), timeout)


def form(path, auth, **fields):
    headers = {"Content-Type": FORM, **basic(auth)}
    return "POST", path, urllib.parse.urlencode(fields, doseq=True), headers


def as_json(path, headers, **fields):
    return "POST", path, json.dumps(fields), {"Content-Type": JSON, **headers}


V1 = Call(
    "vonage-verify", "start", good=200, id="request_id", verdict="status", throttled=200,
    ask=lambda n: form("/verify/json", ("abcd1234", "x"), number=n, brand="ACME"))
V2 = Call(
    "vonage-verify-v2", "start", good=202, id="request_id",
    ask=lambda n: as_json("/v2/verify", basic(("abcd1234", "x")), brand="ACME",
                          workflow=[{"channel": "sms", "to": n}]))
INSIGHT = Call(
    "vonage-insight", "lookup", good=200, id="international_format_number", verdict="status",
    throttled=200, sends=False,
    ask=lambda n: ("GET", "/ni/basic/json?number=" + n, None, basic(("abcd1234", "x"))))
TWILIO = Call(
    "twilio-verify", "start", good=201, id="sid", verdict="status",
    ask=lambda n: form(SERVICE + "/Verifications", ACCOUNT, To="+" + n, Channel="sms"))
TWILIO_LOOKUP = Call(
    "twilio-lookup", "lookup", good=200, id="phone_number", sends=False,
    ask=lambda n: ("GET", "/v2/PhoneNumbers/%2B" + n, None, basic(ACCOUNT)))
TELNYX = Call(
    "telnyx-verify", "start", good=200, id="data.id",
    ask=lambda n: as_json("/v2/verifications/sms", BEARER, phone_number="+" + n,
                          verify_profile_id=PROFILE))
TELNYX_SMS = Call(
    "telnyx-sms", "start", good=200, id="data.id", verdict="data.to.0.status",
    ask=lambda n: as_json("/v2/messages", BEARER, **{
        "from": "+18445550001", "to": "+" + n, "text": "ACME: 123456 is your code"}))
TELNYX_LOOKUP = Call(
    "telnyx-lookup", "lookup", good=200, id="data.phone_number", verdict="data.record_type",
    sends=False,
    ask=lambda n: ("GET", f"/v2/number_lookup/%2B{n}?type=carrier", None, BEARER))


def phone(sim, number):
    """A phone with the app: (identity, SID of its factor)."""
    identity = "alice-" + number
    return identity, sim.sim("POST", "push", {"identity": identity, "action": "register"})["sid"]


PUSH = Call(
    "twilio-push", "start", good=201, id="sid", verdict="status", prepare=phone,
    ask=lambda who: form(f"{SERVICE}/Entities/{who[0]}/Challenges", ACCOUNT,
                         **{"FactorSid": who[1], "Details.Message": "Sign in?"}))
API_KEY = "?api_key=" + "k" * 32


def authy_user(sim, number):
    """The id of a new user of Authy's."""
    fields = {"user[email]": "a@b.co", "user[country_code]": "44", "user[cellphone]": number[2:]}
    method, path, body, headers = form("/protected/json/users/new" + API_KEY, None, **fields)
    return sim.request(method, path, body, headers).json["user"]["id"]


def authy_token(sim, number):
    """(id, token) of a new user whom an SMS has reached."""
    user = authy_user(sim, number)
    sim.request("GET", f"/protected/json/sms/{user}{API_KEY}&force=true")
    return user, sim.code("+" + number)


AUTHY = Call(
    "authy", "check", good=200, id=None, verdict="token", sends=False, prepare=authy_token,
    ask=lambda who: ("GET", f"/protected/json/verify/{who[1]}/{who[0]}{API_KEY}", None, {}))
ONETOUCH = Call(
    "authy", "start", good=200, id="approval_request.uuid", prepare=authy_user,
    ask=lambda user: form(f"/onetouch/json/users/{user}/approval_requests{API_KEY}", None,
                          message="Sign in?", **{"details[Host]": "web1"}))
AUTHY_PHONES = Call(
    "authy", "start", good=200, id="uuid", verdict="message",
    ask=lambda n: form("/protected/json/phones/verification/start" + API_KEY, None, via="sms",
                       country_code=n[:2], phone_number=n[2:]))

CALLS = [V1, V2, INSIGHT, TWILIO, TWILIO_LOOKUP, PUSH, TELNYX, TELNYX_SMS, TELNYX_LOOKUP, AUTHY,
         ONETOUCH, AUTHY_PHONES]


def member(document, path):
    """What stands at a dotted path; a KeyError or IndexError when nothing does."""
    for name in path.split("."):
        document = document[int(name) if isinstance(document, list) else name]
    return document
