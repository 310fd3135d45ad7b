# SPDX-License-Identifier: BSD-2-Clause
"""Logins that an identity provider has a phone approve, by OpenID Connect's CIBA:
no page is shown, the phone shows our number."""

import re
import secrets
import time

import pytest

import idp as idps
from ctl import record
from onefield import OneField
from steps import ONCE, at_prompt

TRANSPORTS = ("spawn", "socket")

ASKED = r"Approve on your phone \(number (\d\d)\), then press Enter"


@pytest.fixture
def idp(settings, sim):
    with idps.beside(settings, sim) as one:
        put(one)
        for name in ("alice", "bob"):
            settings.user(name, channels=["push"], phone=None,
                          accounts=[one.account(name)])
        yield one


def put(one, *others, **keys):
    one.settings.set(providers=[one.provider(
        one.settings, one.sim, flow="ciba", **keys), *others])


def rings(one):
    return [form for path, form in one.asked if path == "/ciba/start"]


def asked(sshd, idp, user="alice", **more):
    """A login that waits for the phone: it, and what the phone shows."""
    login = at_prompt(sshd.login(user, **more), ASKED)
    shown = rings(idp)[-1]["binding_message"]
    assert shown.endswith("-" + re.findall(ASKED, login.text)[-1]), shown
    return login, shown


def denied(login, syslog, reason):
    login.answer("")
    assert login.ended() != 0, login.text
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"], line["method"]) == (
        "denied", reason, "push"), line


def test_ssh_approve_and_enter(idp, sshd, syslog):
    login, shown = asked(sshd, idp)
    assert "(q cancel): " in login.text
    idp.approve(shown)
    login.answer("")
    assert login.ended() == 0, login.text
    line = syslog.login_line(user="alice")
    assert (line["method"], line["provider"], line["outcome"]) == (
        "push", "sso", "allowed")
    form, = rings(idp)
    assert (form["login_hint"], form["scope"]) == ("sub-of-alice", "openid")
    assert 60 <= int(form["requested_expiry"]) <= 120
    log = "\n".join(syslog.lines())
    for word in (idps.SECRET, "sub-of-alice", idp.issued[0]):
        assert word not in log


def test_sudo_needs_no_enter(idp, terminals):
    sudo = terminals.sudo("alice")
    sudo.password()
    sudo.expect(r"Approve on your phone, number \d\d, within \d+ s\r")
    idp.approve(rings(idp)[0]["binding_message"])
    assert sudo.ended() == 0 and "root" in sudo.text, sudo.text


def test_one_field(idp, pam, syslog):
    """A phone can be asked where nothing can be shown."""
    idp.settings.set(rules=[{"action": "require", "push_blind": True}])
    field = OneField(pam, syslog)
    idp.at_once = True
    assert field.right(",push")["method"] == "push"


def test_deny(idp, sshd, syslog):
    login, shown = asked(sshd, idp)
    idp.deny(shown)
    syslog.wait_for("event=push-denied user=alice ALERT: alice denied")
    denied(login, syslog, "push-denied")


def test_another_account(idp, sshd, syslog):
    login, shown = asked(sshd, idp, options=ONCE)
    idp.approve(shown, "sub-of-bob")
    syslog.wait_for(r"approved by another account \(sha256 [0-9a-f]{8}\)")
    denied(login, syslog, "wrong-account")


@pytest.mark.parametrize("ours", [True, False])
def test_a_token_of_another_request(idp, sshd, syslog, ours):
    login, shown = asked(sshd, idp, options=ONCE)
    code, = idp.open
    idp.claims = {"urn:openid:params:jwt:claim:auth_req_id":
                  code if ours else secrets.token_urlsafe(64)}
    idp.approve(shown)
    if ours:
        login.answer("")
        assert login.ended() == 0, login.text
    else:
        denied(login, syslog, "ended")


def test_whom_the_hint_names(idp, sshd, syslog):
    put(idp, hint="user")
    idp.phones = ("alice",)
    login, shown = asked(sshd, idp)
    idp.approve(shown)
    login.answer("")
    assert login.ended() == 0, login.text
    assert rings(idp)[0]["login_hint"] == "alice"


def test_a_phone_that_is_not_known(idp, sshd, sim, syslog):
    """It leads to no other provider."""
    other = idps.Idp(sim.certs)
    try:
        put(idp, dict(other.provider(idp.settings, sim), name="two"))
        idp.settings.user("alice", phone=None, channels=["push"], accounts=[
            idp.account("alice"),
            dict(other.account("alice"), provider="two")])
        idp.phones = ()
        login = at_prompt(sshd.login("alice", options=ONCE),
                          "Your phone could not be asked")
        login.answer("")
        assert login.ended() != 0 and not other.asked
        syslog.wait_for("unknown_user_id")
    finally:
        other.stop()


def typed(login, keys):
    login.password()
    for key in keys:
        login.prompt(timeout=60)
        login.answer(key)
    assert login.ended() != 0, login.text
    text = re.sub(r"number \d\d", "number NN", login.text)
    return re.sub(r"login: .*|\(?(alice|carol)@[^)]*\)?", "USER", text)


def test_a_decoy_looks_alike(idp, sshd, admin):
    """An early Enter waits for the poll, as the provider wants it."""
    idp.interval = 5
    admin.do("check")
    keys = ["", "k", "123456", "q"]
    begun = time.monotonic()
    real = typed(sshd.login("alice", options=ONCE), keys)
    assert "number NN), then press Enter" in real
    took = time.monotonic() - begun
    begun = time.monotonic()
    assert typed(sshd.login("carol", options=ONCE), keys) == real
    assert abs(time.monotonic() - begun - took) < 4, took
    assert len(rings(idp)) == 1


def test_doctor_rings_no_phone(idp, doctor):
    idp.settings.set(providers=idp.usual + [idp.provider(
        idp.settings, idp.sim, flow="ciba")])
    doctor.well()
    assert not rings(idp) and len(idp.polls) == 1
    idp.settings.secret("sso", "another")
    doctor.finds("oidc-client", "invalid_client")
    idp.settings.secret("sso", idps.SECRET)
    idp.listed = {"backchannel_token_delivery_modes_supported": ["ping"]}
    doctor.finds("oidc-discovery", "delivery_modes")


def test_its_account_is_written_down(idp, admin, settings):
    """There is no page that would prove one."""
    status, out = admin.run("account", "alice", "sso")
    assert status == 2 and "--unproven SUB" in out, out
    settings.user("alice", channels=["sms"])
    admin.do("account", "alice", "sso", "--unproven", "sub-of-alice")
    assert 'channels = ["push", "sms"];' in record(settings, "alice")
    admin.do("account", "alice", "sso", "--remove")
    assert record(settings, "alice").endswith(
        'channels = ["sms"];\naccounts = ( );\n')
