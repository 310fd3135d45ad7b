# SPDX-License-Identifier: BSD-2-Clause
"""What doctor and explain tell of an identity provider and its users' accounts,
before a login meets it."""

import pytest

import idp as idps
from onefield import OneField

TRANSPORTS = ("spawn",)


@pytest.fixture
def idp(settings, sim):
    with idps.beside(settings, sim) as one:
        put(one)
        settings.user("alice", channels=["page", "sms"],
                      accounts=[one.account("alice")])
        yield one


def put(one, **keys):
    one.settings.set(providers=one.usual + [
        one.provider(one.settings, one.sim, **keys)])


def notes(doctor):
    """The names of the notes, when there is no problem."""
    return [line.split(":")[1].strip() for line in doctor.well().splitlines()
            if line.startswith("note: ")]


def test_all_is_well(idp, doctor):
    idp.listed = {"claims_supported": ["sub", "auth_time", "amr"],
                  "id_token_signing_alg_values_supported": ["HS256", "RS256"]}
    assert notes(doctor) == []
    starts = [form for path, form in idp.asked if path == "/device/start"]
    assert len(starts) == 1 and not idp.polls


@pytest.mark.parametrize("listed, name, word", [
    ({"issuer": "https://other.example"}, "oidc-discovery",
     "issuer is not base_url"),
    ({"device_authorization_endpoint": None}, "oidc-discovery",
     "device_authorization_endpoint"),
    ({"id_token_signing_alg_values_supported": ["HS256", "RS512"]},
     "oidc-discovery", "no algorithm of algs"),
    ({"jwks_uri": "https://localhost:1/keys"}, "provider-connect", "sso: ")])
def test_the_document(idp, doctor, listed, name, word):
    idp.listed = listed
    doctor.finds(name, "sso: ", word)


def test_the_keys(idp, doctor):
    idp.keys = []
    doctor.finds("oidc-keys", "no set of 1 to 32")


@pytest.mark.parametrize("refuse", [
    (401, {"error": "invalid_client"}), (400, {"error": "unauthorized_client"}),
    (400, {"error": "invalid_scope"})])
def test_the_client(idp, doctor, refuse):
    idp.refuse = refuse
    out = doctor.finds("oidc-client", refuse[1]["error"], "client_id")
    assert idps.SECRET not in out


def test_it_is_away(idp, doctor):
    idp.stop()
    doctor.finds("provider-connect", "sso: ")


@pytest.mark.parametrize("listed, name", [
    (["sub", "amr"], "oidc-no-auth-time"),
    (["sub", "auth_time"], "oidc-no-amr")])
def test_claims_it_does_not_list(idp, doctor, listed, name):
    idp.listed = {"claims_supported": listed}
    assert notes(doctor) == [name]


def test_what_the_settings_forgo(idp, doctor):
    idp.listed = {"claims_supported": ["sub"]}
    put(idp, proof="policy", amr=None, max_age=-1)
    assert notes(doctor) == ["oidc-proof-policy"]
    put(idp, client_auth="none", client_secret_file=None)
    out = doctor.names()[1]
    assert "note: oidc-public: provider sso: " in out


def test_a_name_that_may_change_hands(idp, doctor, settings):
    """An error for who can become root, as alice can."""
    idp.listed = {"claims_supported": ["sub", "auth_time", "amr"]}
    put(idp, claim="preferred_username")
    doctor.finds("oidc-claim", "provider sso: ", "become root by it: alice")
    settings.user("alice", channels=["sms"])
    settings.user("carol", channels=["page", "sms"],
                  accounts=[idp.account("carol")])
    assert "note: oidc-claim: provider sso: " in doctor.names()[1]
    put(idp, claim="oid")
    assert "oidc-claim" not in doctor.names()[1]


def test_a_start_without_freshness(idp, doctor):
    idp.refused = ("max_age",)
    assert notes(doctor) == ["oidc-plain"]


@pytest.mark.parametrize("record", [
    {"provider": "other"}, {"issuer": "https://login.example.com"}])
def test_no_account_there(idp, doctor, settings, record):
    settings.user("alice", channels=["page", "sms"],
                  accounts=[dict(idp.account("alice"), **record)])
    doctor.finds("account-missing", "alice: ", "twofactl account USER")


def test_one_field(idp, doctor, settings, pam, syslog, admin):
    """The page of who has nothing else cannot be shown there."""
    field = OneField(pam, syslog)
    put(idp)
    assert "page-one-field" not in doctor.names()[1]
    settings.user("alice", channels=["page"], phone=None,
                  accounts=[idp.account("alice")])
    found, out = doctor.names()
    assert "page-one-field" in found and "alice has no other factor" in out
    assert field.denied(",push", "no-method").get("method") != "page"
    status, out = admin.run("explain", "alice", "imap", "192.0.2.7", "--field",
                            "push")
    assert status == 1 and "alice would be denied" in out, out


def test_explain(idp, admin, settings):
    """The page is named, not a push on a phone."""
    settings.user("alice", channels=["page"], phone=None,
                  accounts=[idp.account("alice")])
    out = admin.do("explain", "alice", "sshd", "192.0.2.7")
    assert ("alice would be shown a page to approve on, by provider sso"
            in out), out
    settings.user("alice", channels=["page"], phone=None, accounts=[
        dict(idp.account("alice"), issuer="https://login.example.com")])
    status, out = admin.run("explain", "alice", "sshd", "192.0.2.7")
    assert status == 1 and "sub-of-alice at https://login.ex" in out, out
    assert not idp.asked
