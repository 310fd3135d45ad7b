# SPDX-License-Identifier: BSD-2-Clause
"""What root's tools tell of a RADIUS server and of its users' accounts, before a
login meets them."""

import pytest

import radiusserver
from radiusserver import SECRET

TRANSPORTS = ("spawn",)


@pytest.fixture
def radius(settings, sim):
    with radiusserver.beside(settings, sim) as one:
        yield one


@pytest.fixture
def names(doctor):
    doctor.besides = ("lockout", "no-totp")
    return doctor.names


def test_a_user_that_nobody_has(radius, names):
    found, out = names()
    assert "radius" not in out, out
    (user, code, _), = radius.asked
    assert user.startswith("twofa-probe-") and len(code) == 6
    radius.anybody = True
    found, out = names()
    assert "radius-accepts-anybody" in found
    radius.anybody, radius.kind = False, "challenge"
    assert "note: radius-challenge: " in names()[1]


def test_it_is_not_reached(radius, names):
    radius.kind = "silent"
    found, out = names()
    assert "provider-down" in found and "secret_file" in out
    radius.kind = "none"
    assert "without Message-Authenticator" in names()[1]
    radiusserver.put(radius.settings, radius, radius.tls, secret="radsec",
                     ca_file=radius.certs.path("self_signed.pem"))
    assert "provider-tls" in names()[0]


def test_a_short_secret(radius, names):
    radius.secret = SECRET[:20]
    radiusserver.put(radius.settings, radius, secret=SECRET[:20])
    assert "note: radius-secret-short: provider rad: " in names()[1]


def test_an_account(radius, names, admin, settings):
    settings.user("alice", channels=["sms"])
    status, out = admin.run("account", "alice", "rad")
    assert status == 2 and "--unproven SUB" in out, out
    admin.do("account", "alice", "rad", "--unproven", "a.smith")
    with open(settings.user_file("alice"), encoding="ascii") as record:
        text = record.read()
    assert 'channels = ["totp", "sms"];' in text and '"a.smith"' in text
    assert "account-missing" not in names()[0]
    settings.user("alice", phone=None, channels=["totp"], accounts=[
        {"provider": "rad", "issuer": "tls://elsewhere.example",
         "sub": "a.smith"}])
    assert "account-missing" in names()[0]
