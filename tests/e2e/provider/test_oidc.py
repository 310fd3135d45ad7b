# SPDX-License-Identifier: BSD-2-Clause
"""Logins that are approved at an identity provider, by OpenID Connect's device
flow, behind a real sshd and sudo."""

import os
import re
import time

import pytest

import admin as tool
import idp as idps
import qrpicture
import stage
from ctl import record
from onefield import OneField
from steps import ONCE, at_prompt

TRANSPORTS = ("spawn", "socket")

ASKED = r"Open (https://localhost:\d+/device) and enter (\S+), then press Enter"


@pytest.fixture
def idp(settings, sim):
    with idps.beside(settings, sim) as one:
        put(one)
        for name in ("alice", "bob"):
            settings.user(name, channels=["page"], phone=None,
                          accounts=[one.account(name)])
        yield one


def put(one, **keys):
    one.settings.set(providers=[one.provider(one.settings, one.sim, **keys)])


def asked(sshd, user="alice", **more):
    """A login that shows page and code: it, and the code."""
    login = at_prompt(sshd.login(user, **more), ASKED)
    return login, re.findall(ASKED, login.text)[-1][1]


def test_ssh_approve_and_enter(idp, sshd, syslog):
    login, code = asked(sshd)
    assert "(k QR code, q cancel): " in login.text
    idp.approve(code)
    login.answer("")
    assert login.ended() == 0, login.text
    line = syslog.login_line(user="alice")
    assert (line["method"], line["provider"], line["outcome"]) == (
        "page", "sso", "allowed")
    starts = [form for path, form in idp.asked if path == "/device/start"]
    assert starts == [{"client_id": idps.CLIENT, "scope": "openid",
                       "max_age": "0", "prompt": "login"}]
    log = "\n".join(syslog.lines())
    for word in (code, idps.SECRET, "sub-of-alice", idp.issued[0]):
        assert word not in log


def denied(login, syslog, reason):
    login.answer("")
    assert login.ended() != 0, login.text
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"], line["method"]) == (
        "denied", reason, "page"), line


def test_ssh_deny(idp, sshd, syslog):
    login, code = asked(sshd)
    idp.deny(code)
    syslog.wait_for("event=push-denied user=alice ALERT: alice denied")
    denied(login, syslog, "push-denied")


def test_another_account(idp, sshd, syslog):
    login, code = asked(sshd, options=ONCE)
    idp.approve(code, "sub-of-bob")
    syslog.wait_for(r"approved by another account \(sha256 [0-9a-f]{8}\)")
    denied(login, syslog, "wrong-account")
    assert "sub-of-bob" not in "\n".join(syslog.lines())


# The page, elsewhere than at sshd, and not in time.


def test_a_qr_code_for_who_asks(idp, sshd, tmp_path):
    """A phone's camera reads the page's address; the code is typed there."""
    login, code = asked(sshd)
    assert not qrpicture.rows(login.text)
    login.answer("k")
    login.prompt("Open https://")
    page = re.search(ASKED, login.text)[1]
    assert qrpicture.read(login.text, str(tmp_path / "code.pgm")) == page
    idp.approve(code)
    login.answer("")
    assert login.ended() == 0, login.text


def test_sudo_needs_no_enter(idp, terminals, syslog):
    sudo = terminals.sudo("alice")
    sudo.password()
    sudo.expect(r"Open (\S+) and enter (\S+) within \d+ s\r")
    idp.approve(sudo.match[2])
    assert sudo.ended() == 0 and "root" in sudo.text, sudo.text
    assert syslog.login_line(user="alice")["method"] == "page"


def test_one_field_shows_no_page(idp, pam, syslog):
    field = OneField(pam, syslog)
    assert field.denied(",push", "no-method").get("method") != "page"
    assert not idp.asked


def test_enter_too_early(idp, sshd):
    login, code = asked(sshd)
    login.answer("")
    login.prompt("Not approved yet: open https://")
    login.answer("123456")
    login.prompt("No code is wanted: open https://")
    idp.approve(code)
    login.answer("")
    assert login.ended() == 0, login.text


def test_late(idp, sshd, clock, syslog):
    """An approval after our own time is void."""
    login, code = asked(sshd, options=ONCE)
    clock.advance(200)
    idp.approve(code)
    denied(login, syslog, "expired")


def test_q_ends_it(idp, sshd, syslog):
    login, code = asked(sshd)
    login.answer("q")
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "cancelled"
    polls = len(idp.polls)
    idp.approve(code)
    time.sleep(3)
    assert len(idp.polls) == polls and not idp.issued


def test_one_at_a_time(idp, sshd):
    login, code = asked(sshd)
    second = at_prompt(sshd.login("alice", options=ONCE),
                       "Another login waits for your answer")
    second.answer("")
    assert second.ended() != 0
    idp.approve(code)
    login.answer("")
    assert login.ended() == 0, login.text


# What the provider says.


@pytest.mark.parametrize("claims", [
    {"amr": ["pwd"]}, {"amr": None}, {"auth_time": None},
    {"auth_time": int(time.time()) - 3600}])
def test_a_weak_proof(idp, sshd, syslog, claims):
    """The password alone, or a session that was open: no second factor."""
    login, code = asked(sshd, options=ONCE)
    idp.approve(code, **claims)
    denied(login, syslog, "weak")
    assert "without the second factor" in login.text


def test_an_open_session_if_settings_say_so(idp, sshd):
    put(idp, proof="policy", amr=None, max_age=-1)
    login, code = asked(sshd)
    idp.approve(code, amr=None, auth_time=int(time.time()) - 3600)
    login.answer("")
    assert login.ended() == 0, login.text
    starts = [form for path, form in idp.asked if path == "/device/start"]
    assert starts[-1] == {"client_id": idps.CLIENT, "scope": "openid"}


@pytest.mark.parametrize("fault, reason", [
    ((400, {"error": "expired_token"}), "expired"),
    ((401, {"error": "invalid_client"}), "config"),
    ((400, {"error": "invalid_grant"}), "ended"),
    ((200, {"access_token": "x"}), "ended")])
def test_polls_that_end_it(idp, sshd, syslog, fault, reason):
    idp.faults = [fault]
    login, _ = asked(sshd, options=ONCE)
    syslog.wait_for("provider sso: poll: |did not answer the push")
    denied(login, syslog, reason)


def test_polls_that_end_nothing(idp, sshd):
    """The word decides, not the status; a failure is asked about later."""
    idp.faults = [(403, {"error": "authorization_pending"}),
                  (400, {"error": "slow_down"}), (503, "<html>")]
    login, code = asked(sshd)
    idp.wait_polls(3)
    idp.approve(code)
    login.answer("")
    assert login.ended() == 0, login.text
    gaps = [b - a for a, b in zip(idp.polls, idp.polls[1:])]
    assert gaps[0] >= 2 and gaps[1] >= 7 and gaps[2] >= 7, gaps


def test_keys_that_change_meanwhile(idp, sshd):
    login, code = asked(sshd)
    idp.rotate()
    idp.approve(code)
    login.answer("")
    assert login.ended() == 0, login.text
    assert len([path for path, _ in idp.asked if path == "/keys"]) == 2


@pytest.mark.parametrize("change", [
    {"iss": "https://localhost/other"}, {"aud": "another client"},
    {"exp": 1}, {"iat": int(time.time()) - 3000}, {"nonce": "x"},
    {"sub": None}])
def test_tokens_that_are_not_for_us(idp, sshd, syslog, change):
    idp.claims = change
    login, code = asked(sshd, options=ONCE)
    idp.approve(code)
    denied(login, syslog, "ended")


def test_a_forged_token(idp, sshd, sim, syslog):
    key = idps.Key(sim.certs.folder, "two")
    now = int(time.time())
    claims = {"iss": idp.url, "aud": idps.CLIENT, "sub": "sub-of-alice",
              "iat": now, "exp": now + 60, "auth_time": now, "amr": ["otp"]}
    login, code = asked(sshd, options=ONCE)
    idp.token = key.sign(claims, kid="one")
    idp.approve(code)
    denied(login, syslog, "ended")
    syslog.clear()
    login, code = asked(sshd, options=ONCE)
    idp.token = key.sign(claims)  # its key is not published
    idp.approve(code)
    denied(login, syslog, "config")


def test_fewer_algorithms(idp, sshd, syslog):
    put(idp, algs="ES256 EdDSA")
    login, code = asked(sshd, options=ONCE)
    idp.approve(code)
    denied(login, syslog, "ended")
    syslog.wait_for(r"id_token=alg")


def test_another_claim_names_the_account(idp, sshd, syslog, terminals,
                                         settings):
    """It is enrolled, and then alone is a yes."""
    put(idp, claim="oid")
    settings.user("alice", channels=["sms"])
    shown, code = account(terminals, "alice", "sso", "--expect", "7f-1")
    idp.approve(code, oid="7f-1")
    assert shown.ended() == 0, shown.text
    assert 'sub = "7f-1"' in record(settings, "alice")
    login, code = asked(sshd, options=ONCE)
    idp.approve(code, oid="7f-2")
    denied(login, syslog, "wrong-account")
    login, code = asked(sshd)
    idp.approve(code, "another-sub", oid="7f-1")
    login.answer("")
    assert login.ended() == 0, login.text


# Who is asked when one is away.


@pytest.fixture
def second(idp, sim):
    """Another provider, where alice has an account, too."""
    one = idps.Idp(sim.certs)
    idp.settings.set(providers=[
        idp.provider(idp.settings, sim),
        dict(one.provider(idp.settings, sim), name="two")])
    idp.settings.user("alice", phone=None, channels=["page"], accounts=[
        idp.account("alice"), dict(one.account("alice"), provider="two")])
    yield one
    one.stop()


def test_an_outage_leads_to_the_next(idp, second, sshd, syslog):
    idp.stop()
    login = at_prompt(sshd.login("alice"), ASKED)
    second.approve(re.findall(ASKED, login.text)[-1][1])
    login.answer("")
    assert login.ended() == 0, login.text
    assert syslog.login_line(user="alice")["provider"] == "two"


@pytest.mark.parametrize("refuse", [
    (400, {"error": "unauthorized_client"}), (429, {}),
    (401, {"error": "invalid_client"})])
def test_a_refusal_leads_nowhere(idp, second, sshd, syslog, refuse):
    """What is wrong with one provider would move every login to another."""
    idp.refuse = refuse
    idp.settings.set(on_outage="allow")
    login = at_prompt(sshd.login("alice", options=ONCE),
                      "Your phone could not be asked")
    login.answer("")
    assert login.ended() != 0
    assert not second.asked


def test_an_outage_may_admit(idp, sshd, syslog):
    idp.stop()
    login = at_prompt(sshd.login("alice", options=ONCE),
                      "Your phone could not be asked")
    login.answer("")
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "transient"
    idp.settings.set(on_outage="allow")
    syslog.clear()
    login = sshd.login("alice")
    login.password()
    assert login.ended() == 0, login.text
    assert syslog.login_line(user="alice")["reason"] == "outage"


@pytest.mark.parametrize("record", [
    {"provider": "other"}, {"issuer": "https://login.example.com"}])
def test_an_account_is_of_one_provider(idp, sshd, syslog, record):
    """Settings that name another one get no approval from here."""
    idp.settings.user("alice", phone=None, channels=["page"], accounts=[
        dict(idp.account("alice"), **record)])
    login = sshd.login("alice", options=ONCE)
    login.password()
    login.prompt("Enter ends")
    login.answer("")
    assert login.ended() != 0 and not idp.asked, login.text


def test_a_rule_keeps_the_page_out(idp, sshd, sim):
    idp.settings.user("alice", channels=["page", "sms"],
                      accounts=[idp.account("alice")])
    idp.settings.set(
        providers=idp.settings.keys["providers"] + idp.usual[:1],
        rules=[{"methods": ["push", "sms"], "action": "require"}])
    login = at_prompt(sshd.login("alice"))
    assert "push" not in login.text.split("Verification")[1]
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and not idp.asked


# Unknown names.


def typed(login, keys):
    for key in keys:
        login.prompt(timeout=60)
        login.answer(key)
    assert login.ended() != 0, login.text
    text = re.sub(r"[A-Z]{4}-[A-Z]{4}", "CODE", login.text)
    return re.sub(r"login: .*|\(?(alice|carol)@[^)]*\)?", "USER", text)


def test_a_decoy_shows_a_page(idp, sshd, admin):
    put(idp, page=idp.url.partition("/realms")[0] + "/device",
        user_code="LLLL-LLLL")
    admin.do("check")
    keys = ["", "k", "123456", "q"]
    real = typed(at_password(sshd, "alice"), keys)
    assert "enter CODE, then press Enter (k QR code, q cancel)" in real
    assert qrpicture.rows(real)
    asked_before = len(idp.asked)
    assert typed(at_password(sshd, "carol"), keys) == real
    assert len(idp.asked) == asked_before


def at_password(sshd, user):
    login = sshd.login(user, options=ONCE)
    login.password()
    return login


# twofactl account


PAGE = r"open:  (\S+)\r?\n  enter: (\S+)"


def account(terminals, *words):
    asked_for = terminals.run(tool.TWOFACTL, "--helper", stage.HELPER,
                              "account", *words)
    asked_for.expect("Waiting for the approval")
    return asked_for, re.search(PAGE, asked_for.text)[2]


def test_an_account_is_enrolled(idp, terminals, settings, sshd, syslog):
    settings.user("alice", channels=["sms"])
    shown, code = account(terminals, "alice", "sso")
    idp.approve(code, "sub-of-alice-2")
    shown.expect(r"Is this alice\? \[y/N\] ")
    assert re.search(r"name:  2\r?\n  mail:  2@example.com", shown.text)
    shown.answer("y")
    assert shown.ended() == 0, shown.text
    assert record(settings, "alice").endswith(
        'channels = ["page", "sms"];\naccounts = ( { provider = "sso"; '
        'issuer = "%s"; sub = "sub-of-alice-2"; } );\n' % idp.url)
    syslog.wait_for("twofactl: account sso user=alice by uid=0")
    scopes = [form["scope"] for path, form in idp.asked
              if path == "/device/start"]
    assert scopes == ["openid profile email"]
    login, code = asked(sshd)
    idp.approve(code, "sub-of-alice-2")
    login.answer("")
    assert login.ended() == 0, login.text


def test_no_account_is_enrolled(idp, terminals, settings, admin):
    """Not that of whoever else approves, and none without a second factor."""
    before = record(settings, "alice")
    shown, code = account(terminals, "alice", "sso")
    idp.approve(code, "sub-of-bob")
    shown.expect(r"Is this alice\? \[y/N\] ")
    shown.answer("n")
    assert shown.ended() == 1, shown.text
    for words, sub, claims, status in (
            (("--expect", "alice"), "sub-of-bob", {}, 1),
            ((), "sub-of-alice", {"amr": ["pwd"]}, 4)):
        shown, code = account(terminals, "alice", "sso", *words)
        idp.approve(code, sub, **claims)
        assert shown.ended() == status, shown.text
    assert record(settings, "alice") == before
    status, out = admin.run("account", "alice", "vonage")
    assert status == 2 and 'no provider "vonage"' in out, out


def test_an_account_without_questions(idp, terminals, settings, admin):
    settings.user("alice", channels=["sms"])
    shown, code = account(terminals, "alice", "sso", "--expect", "alice")
    idp.approve(code)
    assert shown.ended() == 0, shown.text
    assert "account sso sub-of-alice" in re.sub(
        " +", " ", admin.do("show", "alice"))
    admin.do("account", "alice", "sso", "--unproven", "other")
    assert 'sub = "other"' in record(settings, "alice")
    admin.do("account", "alice", "sso", "--remove")
    assert record(settings, "alice").endswith(
        'channels = ["sms"];\naccounts = ( );\n')
    assert admin.run("account", "alice", "sso", "--remove")[0] == 1


TABLE = "/run/accounts.csv"


def imported(admin, text, *options):
    with open(TABLE, "w", encoding="ascii") as out:
        out.write(text)
    try:
        return admin.run("import", TABLE, *options)
    finally:
        os.unlink(TABLE)


def test_accounts_of_a_table(idp, settings, admin, sshd):
    """A second run changes nothing; another account needs --replace."""
    table = ("user,channels,Account.sso\n"
             "alice,page,sub-of-alice\ncarol,\"page,totp\",sub-of-carol\n")
    settings.user("alice", channels=["sms"])
    assert imported(admin, table)[0] == 2
    status, out = imported(admin, table, "--replace", "--yes")
    assert status == 0 and "1 new, 1 changed" in out, out
    assert record(settings, "alice").endswith(
        'accounts = ( { provider = "sso"; issuer = "%s"; '
        'sub = "sub-of-alice"; } );\n' % idp.url)
    status, out = imported(admin, table)
    assert status == 0 and "2 unchanged" in out, out
    status, out = imported(admin, table.replace("of-alice", "of-bob"))
    assert status == 2 and ":2: is already enrolled differently" in out, out
    login, code = asked(sshd)
    idp.approve(code)
    login.answer("")
    assert login.ended() == 0, login.text


@pytest.mark.parametrize("text, error", [
    ("user,account.other\ncarol,x\n", ":1: column 2 is not known"),
    ("user,channels,account.sso\ncarol,page,a b\n",
     ':2: account.sso: expected printable ASCII'),
    ("user,channels,account.sso\ncarol,page,x\"\"\n",
     ":2: account.sso: expected printable ASCII"),
    ("user,account.sso\ncarol,x\n",
     "and page among the channels"),
    ("user,channels,account.sso\ncarol,page,\n", ":2: phone: is missing")])
def test_accounts_of_no_table(idp, settings, admin, text, error):
    before = record(settings, "alice")
    status, out = imported(admin, text)
    assert status == 2 and error in out, out
    assert record(settings, "alice") == before


# Programs that ask once, or need more than a prompt.


def test_scp(idp, terminals, sshd, tmp_path):
    copy = at_prompt(terminals.run(
        "/usr/bin/scp", *sshd.options(), "-P", str(sshd.port),
        "alice@127.0.0.1:/etc/hostname", str(tmp_path / "file"),
        password_of="alice"), ASKED)
    idp.approve(re.findall(ASKED, copy.text)[-1][1])
    copy.answer("")
    assert copy.ended() == 0, copy.text
    with open("/etc/hostname", encoding="ascii") as text:
        assert (tmp_path / "file").read_text() == text.read()


def test_a_program_that_answers_with_the_password(idp, sshd, syslog):
    """As an IDE does: denied, and a person at a terminal is asked at once."""
    login, code = asked(sshd, options=ONCE)
    login.answer("pw-alice")
    assert login.ended() != 0, login.text
    line = syslog.login_line(user="alice")
    assert (line["reason"], line["method"]) == ("login-password", "page")
    again, other = asked(sshd)
    assert other != code
    idp.approve(other)
    again.answer("")
    assert again.ended() == 0, again.text


def test_who_leaves_is_asked_again_at_once(idp, sshd, syslog):
    """What was shown cannot be redeemed any more."""
    login, _ = asked(sshd)
    login.hang_up()
    syslog.wait_for("reason=peer-gone")
    again, other = asked(sshd)
    idp.approve(other)
    again.answer("")
    assert again.ended() == 0, again.text
