# SPDX-License-Identifier: BSD-2-Clause
"""Codes by Twilio Verify: every channel, another message with the same code,
the vendor's refusals, and a verification that others share."""

import base64
import json
import re
import urllib.parse

import pytest

from crowd import SUCCESS, together
from steps import ONCE, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

ACCOUNT = "AC" + "a1" * 16
KEY = "SK" + "b2" * 16
SERVICE = "VA" + "c3" * 16
TOKEN = "0123456789abcdef0123456789abcdef"
BASIC = base64.b64encode(("%s:%s" % (ACCOUNT, TOKEN)).encode()).decode()
EMAIL = "alice@example.org"
ALL = ["sms", "voice", "whatsapp", "email"]
VERIFICATION = re.compile("VE[0-9a-f]{32}$")


@pytest.fixture
def twilio(settings, sim):
    """The only provider; the provider of the other tests is kept."""
    settings.secret("twilio", TOKEN)
    vonage = settings.keys["providers"][0]
    settings.set(providers=[{
        "name": "twilio", "type": "twilio-verify", "account_sid": ACCOUNT,
        "auth_token_file": settings.secrets + "/twilio",
        "service_sid": SERVICE,
        "base_url": sim.url, "ca_file": sim.certs.ca}])
    return vonage


@pytest.fixture
def both(twilio, settings):
    """Twilio first, then the other one."""
    settings.set(providers=settings.keys["providers"] + [twilio])


@pytest.fixture
def phone(settings):
    """alice's number plays another part; channels as told."""
    def choose(digits, channels=("sms",)):
        number = "+4477009001" + digits
        settings.user("alice", phone=number, channels=list(channels))
        return number
    return choose


def endpoint(sim, name):
    return [r for r in sim.requests()
            if (r["provider"], r["endpoint"]) == ("twilio-verify", name)]


def asked(sim, start=0, check=0, cancel=0):
    """What Twilio was asked, and that nobody else was."""
    found = tuple(len(endpoint(sim, name))
                  for name in ("start", "check", "cancel"))
    assert found == (start, check, cancel), sim.requests()
    assert len(sim.requests()) == sum(found), sim.requests()


def results(sim, name):
    return [r["result"] for r in endpoint(sim, name)]


def elsewhere(sim, path, **fields):
    """Another client of the same account, another host of ours say."""
    link = sim.link(15)
    link.request("POST", "/v2/Services/%s%s" % (SERVICE, path),
                 urllib.parse.urlencode(fields), {
                     "Content-Type": "application/x-www-form-urlencoded",
                     "Authorization": "Basic " + BASIC})
    reply = link.getresponse()
    body = json.loads(reply.read())
    link.close()
    return reply.status, body


def test_sms(twilio, sshd, sim, syslog):
    login = sshd.login("alice")
    login.password()
    assert login.prompt("Verification code sent").endswith(
        "Verification code sent to +44 ***-***-0100 by SMS "
        "(r resend, v call, q cancel): ")
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and "alice" in login.text
    line = syslog.login_line(user="alice")
    assert (line["provider"], line["method"], line["outcome"]) == (
        "twilio", "sms", "allowed")
    assert VERIFICATION.match(line["request"])
    asked(sim, start=1, check=1)
    start = endpoint(sim, "start")[0]["fields"]
    assert (start["To"], start["Channel"], start["Locale"]) == (
        sim.NUMBERS["alice"], "sms", "en")
    assert endpoint(sim, "check")[0]["fields"]["VerificationSid"] == \
        line["request"]
    assert len(sim.connections()) == 1 and len(sim.messages()) == 1


@pytest.mark.parametrize("channel, words, name, to", [
    ("voice", r"calling \+44 .*0100 now", "call", None),
    ("whatsapp", r"Verification code sent to \+44 .*0100 by WhatsApp",
     "whatsapp", None),
    ("email", "Verification code sent to .* by email", "email", EMAIL),
])
def test_channel(twilio, settings, sshd, sim, syslog, channel, words, name, to):
    settings.user("alice", channels=[channel], email=EMAIL)
    login = at_prompt(sshd.login("alice"), words)
    login.answer(sim.code(to or "alice"))
    assert login.ended() == 0 and "alice" in login.text
    assert syslog.login_line(user="alice")["method"] == channel
    asked(sim, start=1, check=1)
    assert endpoint(sim, "start")[0]["fields"]["Channel"] == name
    assert EMAIL not in "\n".join(syslog.lines())


def test_email_without_a_phone(twilio, settings, quick, sim):
    settings.user("alice", channels=["email"], email=EMAIL, phone=None)
    quick.right(quick.login(), words="by email", to=EMAIL)
    asked(sim, start=1, check=1)


def test_api_key(twilio, settings, sshd, sim):
    settings.secret("twilio-key", "KeyS3cret")
    settings.provider(account_sid=None, auth_token_file=None, api_key_sid=KEY,
                      api_key_secret_file=settings.secrets + "/twilio-key")
    login = at_prompt(sshd.login("alice"))
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    asked(sim, start=1, check=1)


def test_check_may_answer_201(twilio, quick, sim):
    sim.setting(twilio_check_201=1)
    quick.right(quick.login())


def test_codes_of_eight_digits(twilio, settings, quick, sim):
    """The service says how long a code is, and so do the settings."""
    settings.provider(code_length=8)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    login.prompt("code has 8 digits")
    asked(sim, start=1)
    login.hang_up()


def test_resend_is_the_same_code(twilio, sshd, sim, clock):
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    clock.advance(4)
    login.answer("r")
    login.prompt("code sent again to .*0100 by SMS")
    messages = sim.wait_messages(2, "alice")
    assert [m["code"] for m in messages] == [code, code]
    login.answer(code)
    assert login.ended() == 0 and "alice" in login.text
    asked(sim, start=2, check=1)
    assert len(sim.connections()) == 1


def test_too_many_sends(twilio, settings, sshd, sim, clock, syslog):
    """The sixth is refused; the code that is out there stays good."""
    sim.setting(twilio_send_limit=2)
    login = at_prompt(sshd.login("alice"))
    clock.advance(4)
    login.answer("r")
    login.prompt("code sent again")
    clock.advance(5)
    login.answer("r")
    login.prompt("code: wait .*, then ask again")
    syslog.wait_for("provider twilio: .*60203")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert len(sim.messages()) == 2


def test_change_of_channel(twilio, settings, sshd, sim, clock):
    """The count of tries goes on, and so does the code."""
    settings.user("alice", channels=ALL, email=EMAIL)
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    login.answer(wrong(code))
    login.prompt("code was wrong, 2 tries left")
    for key, words, channel in (("v", r"calling \+44 .*0100 now", "voice"),
                                ("w", "code sent again .* by WhatsApp",
                                 "whatsapp")):
        clock.advance(5)
        login.answer(key)
        login.prompt(words)
        newest = sim.messages("alice")[-1]
        assert (newest["channel"], newest["code"]) == (channel, code)
    login.answer(wrong(code, 2))
    login.prompt("code was wrong, 1 try left")
    login.answer(code)
    assert login.ended() == 0 and "alice" in login.text
    asked(sim, start=3, check=3)
    assert [r["fields"]["Channel"] for r in endpoint(sim, "start")] == [
        "sms", "call", "whatsapp"]


def test_change_to_email_is_another_verification(twilio, settings, sshd, sim,
                                                 clock):
    """An address is another target: another code, and the newest counts."""
    settings.user("alice", channels=ALL, email=EMAIL)
    login = at_prompt(sshd.login("alice"))
    old = sim.code("alice")
    clock.advance(5)
    login.answer("e")
    login.prompt("by email")
    new = sim.code(EMAIL)
    if new != old:
        login.answer(old)
        login.prompt("code was wrong")
    login.answer(new)
    assert login.ended() == 0 and "alice" in login.text
    ids = {r["fields"]["VerificationSid"] for r in endpoint(sim, "check")}
    assert len(ids) == 1


def test_quit_cancels(twilio, sshd, sim, syslog):
    login = at_prompt(sshd.login("alice", options=ONCE))
    code = sim.code("alice")
    login.answer("q")
    assert login.ended() != 0
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"]) == ("denied", "cancelled")
    asked(sim, start=1, cancel=1)
    cancel = endpoint(sim, "cancel")[0]
    assert cancel["fields"]["Status"] == "canceled"
    status, body = elsewhere(
        sim, "/VerificationCheck", Code=code,
        VerificationSid=cancel["path"].rsplit("/", 1)[1])
    assert (status, body["code"]) == (404, 20404)


def test_wrong_to_the_limit(twilio, settings, sshd, sim, syslog):
    settings.set(limits={"wrong_codes_per_login": 5})
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    for left in ("4 tries", "3 tries", "2 tries", "1 try"):
        login.answer(wrong(code, int(left[0])))
        login.prompt("code was wrong, %s left" % left)
    login.answer(wrong(code, 5))
    assert login.ended() != 0
    assert login.text.count("assword:") == 1
    line = syslog.login_line(user="alice")
    assert (line["reason"], line["tries"]) == ("wrong-codes", "5")
    asked(sim, start=1, check=5)


def test_locked_by_others(twilio, sshd, sim, syslog):
    """Five wrong codes of another client: ours is not looked at."""
    login = at_prompt(sshd.login("alice", options=ONCE))
    code = sim.code("alice")
    for step in range(1, 6):
        elsewhere(sim, "/VerificationCheck", To=sim.NUMBERS["alice"],
                  Code=wrong(code, step))
    login.answer(code)
    assert login.ended() != 0
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"]) == ("denied", "wrong-codes")
    syslog.wait_for('provider twilio: check: deny: vendor="http=429 code=60202')


def test_used_by_others(twilio, sshd, sim, syslog):
    """One success ends a verification that two hosts share."""
    login = at_prompt(sshd.login("alice", options=ONCE))
    code = sim.code("alice")
    status, body = elsewhere(sim, "/VerificationCheck", Code=code,
                             To=sim.NUMBERS["alice"])
    assert (status, body["status"]) == (200, "approved")
    login.answer(code)
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["outcome"] == "denied"
    syslog.wait_for('provider twilio: check: deny: vendor="http=404 code=20404')


def test_parallel_logins(twilio, settings, crowd, sim, syslog):
    """Ten logins of one number: one message, one of them in."""
    settings.set(limits={"lock_after": 100, "lock_after_total": 100})
    logins = [crowd.login() for _ in range(10)]
    for login in logins:
        assert "code" in login.prompt()
    assert len(endpoint(sim, "start")) == 1
    code = sim.code("alice")
    together([lambda login=login: login.answer(code) for login in logins])
    for login in logins:
        login.close_input()
    ends = [login.result() for login in logins]
    assert ends.count(SUCCESS) == 1
    outcomes = [line["outcome"] for line in syslog.logins()]
    assert (outcomes.count("allowed"), outcomes.count("denied")) == (1, 9)
    assert len(sim.messages()) == 1
    assert results(sim, "check").count("approved") == 1


def test_number_of_another_user(twilio, settings, sshd, sim, syslog):
    """The vendor would give both the same verification; we do not."""
    settings.user("bob", phone=sim.NUMBERS["alice"])
    first = at_prompt(sshd.login("alice"))
    second = sshd.login("bob", options=ONCE)
    second.password()
    assert second.ended() != 0
    assert syslog.login_line(user="bob")["reason"] == "number-busy"
    asked(sim, start=1)
    first.answer(sim.code("alice"))
    assert first.ended() == 0


def test_one_mailbox_of_two_users(twilio, settings, quick, sim, syslog):
    """The vendor would give both the same verification: nothing is sent."""
    settings.user("alice", phone=None, email=EMAIL, channels=["email"])
    settings.user("bob", email=EMAIL, channels=["email"])
    first = quick.login("alice")
    first.prompt("Verification code sent to")
    second = quick.login("bob")
    assert second.ended() != 0
    assert syslog.login_line(user="bob")["reason"] == "number-busy"
    asked(sim, start=1)
    first.answer(sim.wait_messages(1)[0]["code"])
    assert first.ended() == 0


def test_expiry(twilio, sshd, sim, syslog, clock):
    """Past its ten minutes there is one new start, with another code."""
    login = at_prompt(sshd.login("alice"))
    clock.advance(601)
    login.answer(sim.code("alice"))
    login.prompt(r"code expired; new one sent to \+44 .*0100")
    login.answer(sim.code("alice", 2))
    assert login.ended() == 0 and "alice" in login.text
    assert len({r["fields"]["VerificationSid"]
                for r in endpoint(sim, "check")}) <= 2
    assert len(endpoint(sim, "start")) == 2


def test_expiry_of_the_vendor_is_shorter(twilio, settings, sshd, sim, clock,
                                         syslog):
    """Gone before our own clock says so: used, cancelled or never there."""
    settings.provider(expiry=900)
    login = at_prompt(sshd.login("alice", options=ONCE))
    clock.advance(601)
    login.answer(sim.code("alice"))
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["outcome"] == "denied"
    asked(sim, start=1, check=1)


AT_START = [
    ("01", "throttle", "20429"), ("02", "config", "60223"),
    ("04", "config", "20003"), ("05", "transient", "20500"),
    ("06", "number", "21211"), ("07", "fraud", "60410"),
    ("09", "account", "20005"), ("29", "account", "21608"),
]


@pytest.mark.parametrize("digits, reason, code", AT_START)
def test_refused_start(twilio, phone, quick, sim, syslog, digits, reason, code):
    phone(digits)
    login = quick.login()
    assert login.ended() != 0 and "could not be sent" in login.text
    assert quick.line("alice", outcome="denied")["reason"] == reason
    syslog.wait_for(r'provider twilio: start: %s: vendor="http=\d+ code=%s' % (
        reason, code))
    assert not sim.messages()


@pytest.mark.parametrize("digits", ["01", "02", "04", "09", "29"])
def test_another_provider_is_asked(both, phone, quick, sim, digits):
    """A number's part is the same at the other one, which refuses too."""
    phone(digits)
    assert quick.login().ended() != 0
    assert endpoint(sim, "start") and sim.requests("start")


@pytest.mark.parametrize("code, reason", [
    (60410, "fraud"), (60605, "fraud"), (60202, "deny")])
def test_block_ends_the_login(both, quick, sim, code, reason):
    sim.setting(twilio_start_error=code)
    assert quick.login().ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == reason
    assert not sim.requests("start") and not sim.messages()


@pytest.mark.parametrize("code", [60203, 60212])
def test_throttle_of_a_number_is_no_reason_for_another_provider(
        both, quick, sim, code):
    sim.setting(twilio_start_error=code)
    assert quick.login().ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "throttle"
    assert not sim.requests("start") and not sim.messages()
    assert set(results(sim, "start")) == {str(code)}


@pytest.mark.parametrize("code", [60207, 60245, 20429, 60204, 20003, 575001,
                                  20500])
def test_what_is_about_the_account_goes_to_another(both, quick, sim, code):
    sim.setting(twilio_start_error=code)
    line = quick.right(quick.login())
    assert line["provider"] == "vonage"
    assert len(sim.messages()) == 1


@pytest.mark.parametrize("status", [1, 2, 3, 4, 5])
def test_start_that_is_not_pending(twilio, quick, sim, status):
    sim.setting(twilio_start_status=status)
    assert quick.login().ended() != 0
    quick.line("alice", outcome="denied")


def test_landline_is_called(twilio, phone, sshd, sim):
    number = phone("15", ("sms", "voice"))
    login = at_prompt(sshd.login("alice"), "calling")
    login.answer(sim.code(number))
    assert login.ended() == 0
    asked(sim, start=2, check=1)


@pytest.mark.parametrize("digits", ["51", "52", "53"])
def test_yes_to_something_else_is_no(twilio, phone, quick, sim, digits):
    """Another verification's id, another number, no id at all."""
    number = phone(digits)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code(number))
    assert login.ended() != 0
    quick.line("alice", outcome="denied")
    asked(sim, start=1, check=1)


def test_every_code_is_wrong(twilio, phone, quick, sim):
    number = phone("16")
    login = quick.login()
    login.prompt("Verification code sent")
    for left in ("2 tries", "1 try"):
        login.answer(sim.code(number))
        login.prompt("code was wrong, %s left" % left)
    login.answer(sim.code(number))
    assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "wrong-codes"
    asked(sim, start=1, check=3)


@pytest.mark.parametrize("code", [60200, 60202, 60207, 60212, 60410, 20003,
                                  20005, 20404, 20500])
def test_check_that_is_refused(both, quick, sim, code):
    """Nobody is let in, and no other provider is asked."""
    sim.setting(twilio_check_error=code)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert login.ended() != 0
    quick.line("alice", outcome="denied")
    assert not sim.requests("start")


@pytest.mark.parametrize("fault", ["html502", "empty503", "html200",
                                   "truncated", "missing"])
def test_fault_at_the_start(both, quick, sim, fault):
    """Another message may come: the newest code counts."""
    sim.fault("start", fault, provider="twilio-verify", when="before")
    assert quick.right(quick.login())["provider"] == "vonage"
    assert len(endpoint(sim, "start")) == 1
