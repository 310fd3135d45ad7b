# SPDX-License-Identifier: BSD-2-Clause
"""A decoy looks as an enrolled user of this host does, whatever most of them
have: the same keys typed by alice, who is enrolled, and by people who are not,
show the same, word by word."""

import os
import re
import stat

import pytest

from app import SECRET
from conf import STATE
from twilioapp import PushPhone
from vendors import Vendor

TRANSPORTS = ("spawn", "socket")

PHONE = "+447700900100"
APP = {"totp_secret_file": "alice.totp"}
WRONG = "000000"
LATER = 33  # seconds: longer than any wait for another message
MASKS = ((r"\+44 \*\*\*-\*\*\*-\d{4}", "NUMBER"), (r"\b.\*\*\*@\S+", "ADDRESS"),
         (r"number \d\d", "number NN"), (r"within \d+ s", "within N s"),
         (r"login: .*|\(?(alice|carol|mallory)@[^)]*\)?", "USER"))

# the provider, the record, what is typed; a number: so many seconds pass
ALL = [WRONG, "r", LATER, "r", "12", WRONG, WRONG]
HOSTS = {
    "sms": ("vonage-verify", {"channels": ["sms"]}, ["v", "t"] + ALL),
    "sms and voice": ("vonage-verify", {"channels": ["sms", "voice"]}, [
        "v", WRONG, LATER, "v", "r", LATER, "r", WRONG, WRONG]),
    "voice first": ("vonage-verify", {"channels": ["voice", "sms"]}, ALL),
    "sms, then the app": ("vonage-verify", dict(APP, channels=["sms"]), [
        "t", WRONG, "r", "v", WRONG, "t", "q"]),
    "app first": ("vonage-verify", dict(APP, channels=["totp", "sms"]), [
        "12", WRONG, "r", "t", "v", WRONG, WRONG]),
    "app first, a code by phone": (
        "vonage-verify", dict(APP, channels=["totp", "sms", "voice"]), [
            "r", "v", LATER, "v", WRONG, WRONG, WRONG]),
    "app alone": ("vonage-verify", dict(APP, phone=None, channels=None), [
        "r", "v", "t", "1234", WRONG, WRONG, WRONG]),
    "apps of both lengths": (
        "vonage-verify", {"phone": None, "channels": None, "apps": [
            {"secret_file": "alice.totp"},
            {"secret_file": "alice.totp", "digits": 8}]}, [
                "1234567", "0" * 8, WRONG, WRONG]),
    "a long app": (
        "vonage-verify", {"phone": None, "channels": None, "apps": [
            {"secret_file": "alice.totp", "digits": 8}]}, [
                WRONG, "0" * 8, "0" * 8, "0" * 8]),
    "whatsapp first": ("twilio-verify", {
        "channels": ["whatsapp", "sms", "voice", "email"],
        "email": "al@example.com"}, [
            "w", "v", LATER, "v", WRONG, LATER, "e", WRONG, "r", WRONG]),
    "email alone": ("twilio-verify", {
        "phone": None, "channels": ["email"], "email": "al@example.com"}, ALL),
    "telnyx": ("telnyx-verify", {"channels": ["sms", "voice"]}, [
        "v", LATER, "v", "0000", "00000", "00000", "00000"]),
}


def masked(text):
    for pattern, word in MASKS:
        text = re.sub(pattern, word, text)
    return text


def typed(login, keys, clock):
    """All that the login showed, from the first prompt to its end."""
    later = False
    for key in keys:
        if key == LATER:
            later = True
            continue
        login.prompt()
        if later:
            clock.advance(LATER)
        later = False
        login.answer(key)
    assert login.ended() != 0, login.text
    return masked(login.text)


def enrol_all(settings, keys):
    """Two users of this shape, and one of another."""
    keys = dict(keys)
    if "totp_secret_file" in keys:
        settings.secret("alice.totp", SECRET)
        keys["totp_secret_file"] = settings.secrets + "/alice.totp"
    if "apps" in keys:
        settings.secret("alice.totp", SECRET)
        keys["apps"] = [dict(app, secret_file=settings.secrets + "/alice.totp")
                        for app in keys["apps"]]
    settings.user("bob", **dict({"phone": "+447700900200"}, **keys))
    settings.user("alice", **dict({"phone": PHONE}, **keys))
    settings.user("dave", phone="+447700900300",
                  channels=["voice", "sms", "whatsapp"])


@pytest.fixture(params=HOSTS)
def host(request, settings, sim, admin, clock):
    """A host whose users' files were written by hand, and what is typed."""
    kind, keys, answers = HOSTS[request.param]
    if kind != "vonage-verify":
        Vendor(kind, settings, sim)
    settings.set(limits={"allowed_prefixes": ["+44"]})
    enrol_all(settings, keys)
    admin.run("check")  # there is no account dave
    return answers


def test_unenrolled(host, quick, sim, clock, syslog):
    real = typed(quick.login("alice"), host, clock)
    asked = len(sim.requests())
    assert typed(quick.login("carol"), host, clock) == real
    assert len(sim.requests()) == asked
    line = syslog.login_line(user="carol")
    assert line["outcome"] == "denied" and line["reason"] == "unenrolled"


def test_without_a_first_factor(host, quick, pam, sim, clock):
    """Nobody can tell an account, whatever the rules want of its groups."""
    pam.only("sshd")
    codes = [key for key in host if key != LATER and set(key) == {"0"}]
    same_for_all(quick, clock, [max(codes or [WRONG])] * 3)
    assert not sim.requests()


def same_for_all(quick, clock, answers):
    strangers = [typed(quick.login(name, password=False), answers, clock)
                 for name in ("alice", "carol", "mallory")]
    assert strangers[0] == strangers[1] == strangers[2]
    return strangers[0]


def test_rules_name_nobody_to_a_stranger(settings, admin, pam, quick, clock):
    pam.only("sshd")
    settings.set(limits={"allowed_prefixes": ["+44"]},
                 rules=[{"users": ["alice"], "methods": ["totp"],
                         "action": "require"},
                        {"groups": ["carol"], "methods": ["voice"],
                         "action": "require"},
                        {"from": ["192.0.2.0/24"], "methods": ["recovery"],
                         "action": "require"},
                        {"methods": ["sms"], "action": "require"}])
    enrol_all(settings, dict(APP, channels=["totp", "sms", "voice"]))
    admin.run("check")
    assert "by SMS (r resend, q cancel)" in same_for_all(
        quick, clock, [WRONG] * 3)


def test_push_first(settings, sim, admin, clock, quick):
    phone = PushPhone(settings, sim)
    phone.shown  # its settings stand
    settings.set(limits={"allowed_prefixes": ["+44"]})
    settings.forget("bob")
    admin.do("check")
    answers = ["", "r", "p", "r", WRONG, WRONG, WRONG]
    real = typed(quick.login("alice"), answers, clock)
    assert "Approve on your phone" in real
    asked = len(sim.requests())
    assert typed(quick.login("carol"), answers, clock) == real
    assert len(sim.requests()) == asked


@pytest.mark.parametrize("methods, words", [
    (["totp"], "Verification code of your app"),
    (["sms"], "Verification code sent"),
    (["voice"], None)])
def test_a_rule_decides_as_for_a_user(settings, admin, quick, clock, methods,
                                      words):
    settings.set(limits={"allowed_prefixes": ["+44"]},
                 rules=[{"methods": methods, "action": "require"}])
    enrol_all(settings, dict(APP, channels=["sms"]))
    settings.forget("dave")
    admin.do("check")
    answers = [WRONG] * 3 if words else []
    real = typed(quick.login("alice"), answers, clock)
    assert (words or "The code could not be sent") in real
    assert typed(quick.login("carol"), answers, clock) == real


def test_recovery_alone(settings, admin, quick, clock):
    """Most have codes on paper, and the rule wants one."""
    settings.set(rules=[{"methods": ["recovery"], "action": "require"}])
    for name in ("alice", "bob"):
        admin.codes(name, 2)
    admin.do("check")
    answers = ["12", "AAAA-AAAA-AAAA-AAAA", "r", "q"]
    real = typed(quick.login("alice"), answers, clock)
    assert "Recovery code" in real
    assert typed(quick.login("carol"), answers, clock) == real


def shape():
    with open(STATE + "/shape", encoding="ascii") as kept:
        return kept.read()


def test_who_keeps_it(settings, admin, quick, sim):
    """twofactl, with each change of a record; it names nobody."""
    admin.do("enroll", "carol", "+447700900300", "--no-verify", "--channel",
             "sms")
    assert shape() == "channels=sms,voice keys=phone\n"
    admin.do("remove", "bob", "--yes")
    # of two that are as common, the first by bytes
    assert shape() == "channels=sms keys=phone\n"
    admin.do("enroll", "carol", "+447700900300", "--no-verify", "--replace",
             "--channel", "sms,voice")
    assert shape() == "channels=sms,voice keys=phone\n"
    admin.do("totp", "alice", "--no-verify")
    admin.do("totp", "carol", "--no-verify")
    assert shape() == "channels=sms,voice keys=phone,totp\n"
    found = os.stat(STATE + "/shape")
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_uid == os.stat(STATE).st_uid
    assert not re.search("alice|bob|carol|4477", shape())


def test_who_is_gone_has_no_codes(admin, settings):
    """The recovery codes of one who is removed count no more."""
    admin.do("recovery-codes", "bob", "--yes")
    admin.do("remove", "bob", "--yes")
    assert shape() == "channels=sms,voice keys=phone\n"


def test_import_keeps_it(settings, admin, tmp_path):
    rows = tmp_path / "people.csv"
    rows.write_text("user,phone,channels\nalice,%s,voice sms\n"
                    "bob,+447700900200,voice sms\n" % PHONE)
    status, out = admin.run("import", str(rows), "--replace", "--dry-run")
    assert status == 0, out
    assert not os.path.exists(STATE + "/shape")
    admin.do("import", str(rows), "--replace")
    assert shape() == "channels=voice,sms keys=phone\n"


@pytest.mark.parametrize("text", [None, "", "channels=sms keys=pho",
                                  "channels=carrier keys=phone\n"])
def test_without_a_shape(text, quick, admin, sim):
    """As simple as it was before there were shapes."""
    if text is not None:
        admin.do("check")
        with open(STATE + "/shape", "w", encoding="ascii") as kept:
            kept.write(text)
    quick.decoy(quick.login("carol"), "carol", reason="unenrolled")


def test_a_state_that_is_broken(settings, admin):
    """The change stands, and what to do is said."""
    os.mkdir(STATE + "/shape")
    out = admin.do("enroll", "carol", "+447700900300", "--no-verify")
    assert "carol is enrolled" in out
    assert STATE + "/shape cannot be written" in out and "twofactl check" in out
    assert "make it a file of user twofa" in out
    os.rmdir(STATE + "/shape")
    admin.do("check")
    assert shape()
