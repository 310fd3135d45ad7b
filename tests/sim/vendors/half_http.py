# SPDX-License-Identifier: BSD-2-Clause
"""A call of the gateway of nobody's."""

from halves import Call, as_json

BEARER = {"Authorization": "Bearer KEY0123_abc"}
HTTP_SMS = Call(
    "http-sms", "start", good=200, id="id", verdict="status",
    ask=lambda n: as_json("/gateway/messages", BEARER, to="+" + n,
                          text="ACME: 123456 is your code"))
