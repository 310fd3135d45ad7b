# SPDX-License-Identifier: BSD-2-Clause
"""A call of each of Vonage's APIs."""

from halves import Call, as_json, form
from simclient import basic

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
