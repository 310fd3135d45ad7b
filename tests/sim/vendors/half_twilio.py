# SPDX-License-Identifier: BSD-2-Clause
"""A call of each of Twilio's APIs."""

from halves import Call, form
from simclient import basic

ACCOUNT = ("AC" + "0" * 32, "token")
SERVICE = "/v2/Services/VA" + "0" * 32
TWILIO = Call(
    "twilio-verify", "start", good=201, id="sid", verdict="status",
    ask=lambda n: form(SERVICE + "/Verifications", ACCOUNT, To="+" + n, Channel="sms"))
TWILIO_LOOKUP = Call(
    "twilio-lookup", "lookup", good=200, id="phone_number", sends=False,
    ask=lambda n: ("GET", "/v2/PhoneNumbers/%2B" + n, None, basic(ACCOUNT)))


def phone(sim, number):
    """A phone with the app: (identity, SID of its factor)."""
    identity = "alice-" + number
    return identity, sim.sim("POST", "push", {"identity": identity, "action": "register"})["sid"]


PUSH = Call(
    "twilio-push", "start", good=201, id="sid", verdict="status", prepare=phone,
    ask=lambda who: form(f"{SERVICE}/Entities/{who[0]}/Challenges", ACCOUNT,
                         **{"FactorSid": who[1], "Details.Message": "Sign in?"}))
