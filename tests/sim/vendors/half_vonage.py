# SPDX-License-Identifier: BSD-2-Clause
"""A call of each of Vonage's APIs."""

import base64
import json
import time
import uuid

from halves import Call, as_json, form
from simclient import basic


def token():
    """A token of an application; no key is known here, so none is checked."""
    def part(value):
        text = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    now = int(time.time())
    return {"Authorization": "Bearer " + ".".join((
        part({"alg": "RS256", "typ": "JWT"}),
        part({"application_id": "78d335fa-323d-0114-9c3d-d6f0d48968cf", "iat": now,
              "exp": now + 60, "jti": str(uuid.uuid4())}), part(b"x" * 256)))}


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
IDENTITY = Call(
    "vonage-identity", "lookup", good=200, id="insights.format.number_international",
    verdict="insights.format.is_format_valid", sends=False,
    ask=lambda n: as_json("/identity-insights/v1/requests", token(), phone_number=n,
                          insights={"format": {}, "current_carrier": {}}))
