# SPDX-License-Identifier: BSD-2-Clause
"""Which address of its server a RADIUS provider's broker asks first, whatever the
workers of other logins say."""

import pytest

import brokerwire
import radiusserver
from brokerwire import KEY, NOT_DONE, Call, Said

TRANSPORTS = ("socket",)

SECRET = b"0123456789abcdef0123456789abcdef"
TOTP = 6


@pytest.fixture
def radius(settings, sim):
    with radiusserver.two_addresses(), radiusserver.beside(settings, sim) as one:
        one.udp = one.udp.replace("127.0.0.1", "localhost")
        radiusserver.put(settings, one)
        yield one


@pytest.fixture
def broker(radius):
    with brokerwire.parent() as parent:
        found = parent.start(0)
        found.message(KEY, 0, key=SECRET)
        found.ping()
        yield found


def checked(made, login, serial, radius, **more):
    """The answer to a check of alice's right code."""
    made.say(Call("check", serial, method=TOTP, provider="rad", phone="",
                  code="111111", account="a.smith",
                  settings="radius %x 0 0 %s" % (1 << TOTP, radius.udp),
                  **more).sign(SECRET, login).frame())
    return Said(made.hear())


def test_a_call_without_time_moves_no_other_login(broker, radius):
    """Over UDP one that may have been received goes to no other address: with a
    server that is down the next login's would be lost, and such calls cost
    nothing."""
    honest, hostile = broker.connect(login=1), broker.connect(login=2)
    serial = 1
    # the silent address may come first, once
    while checked(honest, 1, serial, radius).outcome != "ok":
        serial += 1
        assert serial <= 2
    for ms in (0, 0, 1, 1):
        serial += 1
        said = checked(hostile, 2, serial, radius, ms=ms)
        assert ms or (said.outcome, said.receipt) == ("transient", NOT_DONE)
        assert checked(honest, 1, serial, radius).outcome == "ok"
