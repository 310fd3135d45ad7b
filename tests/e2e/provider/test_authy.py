# SPDX-License-Identifier: BSD-2-Clause
"""The legacy Authy API behind a real sshd and sudo: tokens by text message,
call and app, approval on the phone, and paths that hold digits alone."""

import itertools
import json
import urllib.parse

import pytest

import admin as state
from ctl import call
from phones import NUMBERS
from steps import ONCE, ONE_MESSAGE, answer_all, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

KEY = "0cd08abec2e9b9641e40e9470a7fc336"
SENT = r"Verification code sent to \+44 \*\*\*-\*\*\*-0100 by SMS \("


def ask(sim, method, path, fields=None, key=KEY):
    """What an admin, the app or its owner asks of the vendor."""
    link = sim.link(10)
    headers = {"X-Authy-API-Key": key} if key else {}
    if fields is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        fields = urllib.parse.urlencode(fields)
    try:
        link.request(method, path, fields, headers)
        reply = link.getresponse()
        text = reply.read()
    finally:
        link.close()
    assert reply.status == 200, text
    return json.loads(text)


def register(sim, phone):
    """What an admin's enrolment did years ago: the vendor's user id."""
    return str(ask(sim, "POST", "/protected/json/users/new", {
        "user[email]": "alice@example.org", "user[cellphone]": phone[3:],
        "user[country_code]": "44"})["user"]["id"])


class Authy:
    """alice's account at the vendor, and what it was asked at logins."""

    def __init__(self, settings, sim):
        self._settings = settings
        self._sim = sim
        settings.secret("authy", KEY)
        settings.set(providers=[{
            "name": "authy", "type": "authy", "base_url": sim.url,
            "ca_file": sim.certs.ca,
            "api_key_file": settings.secrets + "/authy"}])
        self.user = None
        self.enrol(NUMBERS["alice"], ["sms", "voice"])

    def enrol(self, phone, channels):
        self.user = register(self._sim, phone)
        self._settings.user("alice", phone=phone, channels=channels,
                            authy_id=self.user)

    def paths(self):
        return [request["path"] for request in self._sim.requests()
                if not request["path"].endswith("/users/new")]

    def app_token(self):
        """What the app shows: who has it is sent nothing unless forced."""
        self._sim.setting(authy_app=1)
        ask(self._sim, "GET", self.start())
        return self._sim.wait_messages(1)[-1]["code"]

    def answer(self, action):
        """Somebody taps on the phone."""
        link = self._sim.link(10)
        try:
            link.request("POST", "/_sim/push", json.dumps(
                {"identity": self.user, "action": action}))
            assert link.getresponse().status == 200
        finally:
            link.close()

    def start(self, way="sms"):
        return "/protected/json/%s/%s" % (way, self.user)

    def check(self, code):
        return "/protected/json/verify/%s/%s" % (code, self.user)


@pytest.fixture
def authy(settings, sim, _ready):
    return Authy(settings, sim)


def test_token_by_sms(sshd, sim, syslog, authy):
    login = at_prompt(sshd.login("alice"), SENT)
    code = sim.code("alice")
    assert len(code) == 7
    login.answer(code)
    assert login.ended() == 0 and "alice" in login.text
    found = authy.paths()
    assert found[0] == authy.start() and len(found) == 2
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["provider"], line["method"]) == (
        "allowed", "authy", "sms")
    text = "\n".join(syslog.lines())
    assert code not in text and KEY not in text


def test_its_end_is_told(authy):
    ended = call("check")
    assert "warning: provider authy: the vendor ends the Authy API; " \
        "twilio-verify, " in ended.stderr


def test_token_by_call(sshd, sim, settings, authy):
    authy.enrol(NUMBERS["alice"], ["voice"])
    login = at_prompt(sshd.login("alice"), r"\+44 \*\*\*-\*\*\*-0100")
    assert sim.wait_messages(1, "alice")[0]["channel"] == "voice"
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert authy.paths()[0] == authy.start("call")


def test_wrong_to_the_limit(sshd, sim, syslog, authy):
    login = at_prompt(sshd.login("alice", options=ONCE), SENT)
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    line = syslog.login_line(user="alice")
    assert (line["reason"], line["tries"]) == ("wrong-codes", "3")


def test_who_never_showed_a_token_is_checked(sshd, sim, authy):
    """Without force=true the vendor takes any token of such a user."""
    sim.setting(authy_lenient=1)
    login = at_prompt(sshd.login("alice", options=ONCE), SENT)
    login.answer(wrong(sim.code("alice")))
    login.prompt("code was wrong, 2 tries left")


def test_who_has_the_app_gets_a_message_all_the_same(sshd, sim, authy):
    sim.setting(authy_app=1)
    login = at_prompt(sshd.login("alice"), SENT)
    assert sim.wait_messages(1, "alice")[-1]["channel"] == "sms"
    login.answer(sim.code("alice"))
    assert login.ended() == 0


MALFORMED = ("../sms", "../call", "..%2fsms", "123456", "12345678",
             "1234/67", "1234?67", "123456a")


def test_paths_hold_digits_alone(sshd, sim, authy):
    """A "token" of ../sms once led to another endpoint, whose 200 was taken
    for an approval."""
    login = at_prompt(sshd.login("alice", options=ONCE), SENT)
    for text in MALFORMED:
        login.answer(text)
        login.prompt()
    assert authy.paths() == [authy.start()]
    login.answer(sim.code("alice"))
    assert login.ended() == 0


@pytest.mark.parametrize("user", ["../sms", "12a", "1/2", "1" * 17, " 1"])
def test_a_user_id_is_digits(sshd, sim, settings, syslog, authy, user):
    settings.user("alice", authy_id=user)
    login = sshd.login("alice", options=ONCE)
    login.password()
    assert login.ended() != 0
    assert not authy.paths()
    assert syslog.wait_for("authy_id")


@pytest.mark.parametrize("digits", ["51", "53"])
def test_another_success_is_none(sshd, sim, syslog, authy, digits):
    phone = "+4477009001" + digits
    authy.enrol(phone, ["sms"])
    login = at_prompt(sshd.login("alice", options=ONCE), r"\+44 ")
    login.answer(sim.code(phone))
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["outcome"] == "denied"


REFUSED = {"throttled": "01", "config": "02", "credentials": "04",
           "internal": "05", "unroutable": "06", "suspended": "07",
           "no credit": "09", "landline": "15", "not permitted": "29"}


@pytest.mark.parametrize("digits", REFUSED.values(), ids=REFUSED)
def test_refused(sshd, sim, settings, syslog, authy, digits):
    """Whatever the refusal, it is no outage that lets somebody in."""
    settings.set(on_outage="allow",
                 rules=[{"action": "require", "methods": ["sms"]}])
    authy.enrol("+4477009001" + digits, ["sms"])
    login = sshd.login("alice", options=ONCE)
    login.password()
    assert login.ended(timeout=20) != 0
    assert syslog.login_line(user="alice")["outcome"] == "denied"


def test_join(sshd, sim, settings, authy):
    settings.set(limits=ONE_MESSAGE)
    first = at_prompt(sshd.login("alice", options=ONCE), SENT)
    second = at_prompt(sshd.login("alice", options=ONCE),
                       r"Verification code already sent to .* by SMS "
                       r"\d+ s ago \(")
    code = sim.code("alice")
    second.answer(code)
    assert second.ended() == 0
    first.answer(code)
    first.prompt("used by another login: wait")
    first.answer("q")
    assert first.ended() != 0
    assert authy.paths().count(authy.start()) == 1


def test_used_token_opens_nothing_later(sshd, sim, authy):
    first = at_prompt(sshd.login("alice"), SENT)
    old = sim.code("alice")
    first.answer(old)
    assert first.ended() == 0
    later = at_prompt(sshd.login("alice"), SENT)
    later.answer(old)
    later.prompt("code was wrong, 2 tries left")


def test_token_of_the_app(sshd, sim, settings, syslog, authy):
    authy.enrol(NUMBERS["alice"], ["totp", "sms"])
    login = at_prompt(sshd.login("alice"), "of your app")
    assert not authy.paths(), "nothing is sent for a token of the app"
    token = authy.app_token()
    login.answer(wrong(token))
    login.prompt("code was wrong")
    login.answer(token)
    assert login.ended() == 0
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["method"], line["provider"]) == (
        "allowed", "totp", "authy")
    later = at_prompt(sshd.login("alice", options=ONCE), "of your app")
    before = len(authy.paths())
    later.answer(token)
    later.prompt("code was used already; type the next one")
    assert len(authy.paths()) == before, "it is known here"
    assert not state.dump()["guess"]
    syslog.wait_for("reason=code-used source=.* used_by=unknown")


@pytest.fixture
def push(authy, sim):
    """alice has the app."""
    sim.setting(authy_app=1)
    authy.enrol(NUMBERS["alice"], ["push", "sms"])
    return authy


def open_push(login, sim):
    """At the prompt, and the phone shows the same number as the prompt."""
    prompt = at_prompt(login, "press Enter").text
    message = sim.wait_messages(1)[0]
    assert message["channel"] == "push"
    assert "number %s" % message["code"] in prompt
    for detail in ("alice", "sshd", "127.0.0.1", "UTC"):
        assert detail in message["text"], message
    return login


def test_push_approved(sshd, sim, syslog, push):
    login = open_push(sshd.login("alice"), sim)
    push.answer("approve")
    login.answer("")
    assert login.ended() == 0 and "alice" in login.text
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["method"], line["provider"]) == (
        "allowed", "push", "authy")
    assert push.paths()[0] == (
        "/onetouch/json/users/%s/approval_requests" % push.user)


def test_push_too_early_then_approved(sshd, sim, push):
    login = open_push(sshd.login("alice"), sim)
    login.answer("")
    login.prompt("Not approved yet")
    push.answer("approve")
    login.answer("")
    assert login.ended() == 0


def test_push_denied(sshd, sim, syslog, push):
    """No means no: no token, no other way, and nothing for a while."""
    login = open_push(sshd.login("alice", options=ONCE), sim)
    push.answer("deny")
    login.answer("")
    assert login.ended() != 0
    assert "Verification code sent" not in login.text
    assert syslog.login_line(user="alice")["reason"] == "push-denied"
    asked = len(push.paths())
    again = sshd.login("alice", options=ONCE)
    at_prompt(again, "Locked for 60 min")
    again.answer("")
    assert again.ended() != 0
    assert len(push.paths()) == asked


def test_push_without_the_app_becomes_a_code(sshd, sim, push):
    sim.setting(authy_app=0)
    login = at_prompt(sshd.login("alice"), "by SMS")
    login.answer(sim.code("alice"))
    assert login.ended() == 0


def test_push_in_sudo_wants_no_enter(terminals, sim, push):
    login = terminals.sudo("alice", "id", "-un")
    login.password()
    login.expect("Approve on your phone, number [0-9]{2}")
    sim.wait_messages(1)
    push.answer("approve")
    assert login.ended() == 0


def test_another_message_and_a_call(sshd, sim, clock, authy):
    """All of them are of one user: the newest counts, and is asked for."""
    login = at_prompt(sshd.login("alice"), SENT)
    sim.wait_messages(1, "alice")
    clock.advance(5)
    login.answer("r")
    login.prompt("sent")
    sim.wait_messages(2, "alice")
    clock.advance(5)
    login.answer("v")
    login.prompt("[Cc]all")
    messages = sim.wait_messages(3, "alice")
    assert [m["channel"] for m in messages] == ["sms", "sms", "voice"]
    login.answer(messages[-1]["code"])
    assert login.ended() == 0
    assert authy.paths()[:3] == [
        authy.start(), authy.start(), authy.start("call")]


# --- the receivers of one user

EMAIL = "alice@example.org"


@pytest.fixture
def receivers(authy, settings, sim):
    """alice has a phone, a mailbox and Authy's app; which one may be asked is
    the channel's choice: two providers have different ones."""
    twilio = {"name": "twilio", "type": "twilio-verify",
              "account_sid": "AC" + "a1" * 16,
              "auth_token_file": settings.secrets + "/twilio",
              "service_sid": "VA" + "c3" * 16,
              "base_url": sim.url, "ca_file": sim.certs.ca}
    settings.secret("twilio", "0123456789abcdef0123456789abcdef")
    by_authy = settings.keys["providers"][0]

    def choose(receiver):
        settings.set(providers=[by_authy, twilio] if receiver == "authy"
                     else [twilio, by_authy])
        settings.user("alice", authy_id=authy.user, email=EMAIL, channels=[
            {"phone": "sms", "mailbox": "email", "authy": "voice"}[receiver]])
    return choose


@pytest.mark.parametrize("first, then", itertools.permutations(
    ["phone", "mailbox", "authy"], 2))
def test_one_code_at_a_time_whichever_receiver(receivers, quick, syslog, first,
                                               then):
    """A login by another receiver of theirs finds the code that is on its way,
    and ends it."""
    receivers(first)
    login = quick.login()
    login.prompt("(?:calling|Verification code sent)")
    login.hang_up()
    receivers(then)
    login = quick.login()
    login.prompt("(?:calling|Verification code sent)")
    login.hang_up()
    assert "has a code by other means than this login may use" in "\n".join(
        syslog.lines())
