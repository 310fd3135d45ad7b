# SPDX-License-Identifier: BSD-2-Clause
"""The device code is in the provider's broker alone: what becomes of an approval
when that ends, is replaced, was taken over, or is shown a token twice."""

import os
import re
import signal

import pytest

import idp as idps
import leftovers
import takenover
from steps import ONCE, at_prompt

TRANSPORTS = ("socket",)

ASKED = r"Open (https://localhost:\d+/device) and enter (\S+), then press Enter"


@pytest.fixture
def idp(settings, sim):
    one = idps.Idp(sim.certs)
    one.settings, one.sim = settings, sim
    settings.set(on_outage="allow", providers=[
        dict(one.provider(settings, sim), name="taken")])
    for name in ("alice", "bob"):
        settings.user(name, channels=["page"], phone=None, accounts=[
            dict(one.account(name), provider="taken")])
    yield one
    one.stop()


def asked(sshd, user="alice"):
    login = at_prompt(sshd.login(user, options=ONCE), ASKED)
    return login, re.findall(ASKED, login.text)[-1][1]


def denied(login, syslog, reason):
    login.answer("")
    assert login.ended() != 0, login.text
    assert syslog.login_line(user="alice")["reason"] == reason


def broker(warm):
    found, = warm.brokers("--provider-broker")
    return found


def test_it_ends_between_approval_and_poll(idp, warm, sshd, syslog):
    """The approval is void: no other process has the code."""
    idp.interval = 5
    login, code = asked(sshd)
    idp.approve(code)
    before = broker(warm)
    os.kill(before, signal.SIGKILL)
    assert leftovers.wait_gone(before, 10)
    denied(login, syslog, "config")
    assert not idp.issued
    idp.interval = 1
    login, code = asked(sshd)
    idp.approve(code)
    login.answer("")
    assert login.ended() == 0, login.text
    assert len(idp.issued) == 1


def test_its_settings_change(idp, warm, sshd, syslog):
    """The successor has not the code: denied, and the next login is as ever."""
    idp.interval = 5
    login, code = asked(sshd)
    idp.approve(code)
    before = broker(warm)
    idp.settings.secret("sso", idps.SECRET)
    assert leftovers.wait_gone(before, 30)
    denied(login, syslog, "config")
    assert not idp.issued


def test_a_token_counts_once(idp, warm, sshd, syslog):
    """A proxy before the provider could give it out again."""
    login, code = asked(sshd)
    idp.approve(code)
    login.answer("")
    assert login.ended() == 0, login.text
    syslog.clear()
    login, code = asked(sshd)
    idp.token = idp.issued[0]
    idp.approve(code)
    denied(login, syslog, "ended")
    syslog.wait_for("redeemed before")


def test_documents_are_read_once(idp, warm, sshd):
    for name in ("alice", "bob", "alice"):
        login, code = asked(sshd, name)
        idp.approve(code, "sub-of-" + name)
        login.answer("")
        assert login.ended() == 0, login.text
    assert [path for path, form in idp.asked if not form] == [
        "/realms/staff/.well-known/openid-configuration", "/keys"]


@pytest.fixture
def taken(_ready, idp, pam):
    with takenover.listening(pam, deadline="60") as put:
        yield put


@pytest.mark.parametrize("words", [
    "page=https://idp@evil.example", "page=https://e\\[2J", "user_code=\\[31m",
    "page=ftp://e.example", "user_code=a;b"])
def test_what_it_shows(idp, taken, sshd, words):
    """Nothing but an address and a code reaches a terminal."""
    taken(words)
    login = at_prompt(sshd.login("alice", options=ONCE), "Enter ends")
    assert "\033" not in login.text and "evil" not in login.text
    login.answer("")
    assert login.ended() != 0, login.text


@pytest.mark.parametrize("words", ["page=https://evil.example", "user_code=EVIL"])
def test_it_shows_another_page(idp, taken, sshd, words):
    """The settings say which page there is, and how its codes look."""
    idp.settings.set(providers=[dict(
        idp.provider(idp.settings, idp.sim), name="taken",
        page=idp.url.partition("/realms")[0] + "/device", user_code="LLLL-LLLL")])
    login, _ = asked(sshd)
    login.hang_up()
    taken(words)
    login = at_prompt(sshd.login("alice", options=ONCE), "Enter ends")
    assert "evil" not in login.text.lower()
    login.answer("")
    assert login.ended() != 0, login.text


def test_its_yes_is_for_its_own_account(idp, taken, sshd, syslog):
    """A receipt is for a ticket: it can say yes to logins that it serves, of which
    each has a call of its own."""
    taken("asks=0 outcome=1 receipt=2 login=1 page=https://a.example "
          "user_code=AB id=0123456789abcdef")
    login = sshd.login("alice", options=ONCE)
    login.password()
    assert login.ended() != 0, login.text
    assert syslog.login_line(user="alice")["outcome"] == "denied"


@pytest.fixture
def phone(idp):
    """The identity provider asks on a phone, by CIBA."""
    idp.settings.set(providers=[dict(idp.provider(
        idp.settings, idp.sim, flow="ciba"), name="taken")])
    idp.settings.user("alice", channels=["push"], phone=None, accounts=[
        dict(idp.account("alice"), provider="taken")])
    idp.interval = 5
    return idp


def on_the_phone(sshd, idp):
    login = at_prompt(sshd.login("alice", options=ONCE),
                      r"Approve on your phone \(number \d\d\)")
    return login, [form for path, form in idp.asked
                   if path == "/ciba/start"][-1]["binding_message"]


@pytest.mark.parametrize("of", ["--provider-broker", "--state-broker"])
@pytest.mark.parametrize("approved", [False, True])
def test_it_ends_while_the_phone_is_asked(phone, warm, sshd, syslog, of,
                                          approved):
    """No approval outlives the broker that asked for it, or that counted it."""
    login, shown = on_the_phone(sshd, phone)
    if approved:
        phone.approve(shown)
    pid, = warm.brokers(of)
    os.kill(pid, signal.SIGKILL)
    assert leftovers.wait_gone(pid, 10)
    if not approved:
        phone.approve(shown)
    login.answer("")
    assert login.ended() != 0, login.text
    assert syslog.login_line(user="alice")["outcome"] == "denied"
    # the phone's request is not asked for twice while it may be open
    login = at_prompt(sshd.login("alice", options=ONCE), "Another login waits")
    login.answer("")
    assert login.ended() != 0, login.text
    assert len([path for path, _ in phone.asked if path == "/ciba/start"]) == 1


def test_it_shows_a_page_in_place_of_the_phone(phone, taken, sshd):
    """A provider that asks on a phone has no page."""
    taken("page=https://evil.example user_code=EVIL")
    login, shown = on_the_phone(sshd, phone)
    assert "evil" not in login.text.lower()
    phone.approve(shown)
    login.answer("")
    assert login.ended() == 0, login.text
