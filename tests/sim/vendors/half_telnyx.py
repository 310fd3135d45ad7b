# SPDX-License-Identifier: BSD-2-Clause
"""A call of each of Telnyx's APIs."""

from halves import Call, as_json

BEARER = {"Authorization": "Bearer KEY0123_abc"}
PROFILE = "12ade33a-21c0-473b-b055-b3c836e1c292"
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
