# SPDX-License-Identifier: BSD-2-Clause
"""A Monday of forty people on one host, of whom thirty were never enrolled: they
enrol themselves, the help desk helps the others, and a thief gets nowhere."""

import datetime
import json
import os
import sqlite3
import time
import urllib.parse

import pytest

import machine
from forty import (PEOPLE, TWOFACTL, call, enrolled, phone, remove_accounts,
                   write_accounts)
from crowd import together
from gateway import Gateway
from terminal import Terminals

ADMIN, DESK, MOVED, LOST, *_ = PEOPLE
MISSING = PEOPLE[4:34]
INVITED = PEOPLE[34:36]
LATE = PEOPLE[36]
KNOWN = [user for user in PEOPLE if user not in (*MISSING, *INVITED, LATE)]
SUDOERS = "/etc/sudoers.d/helpdesk"
SHELL = r"\$ $"
UNENROLLED = r"call the help desk\. \(Enter ends\): "
CODE = r"((?:[A-Z2-7]{4}-){3}[A-Z2-7]{4})"
WINDOWS = 50  # sshd's MaxStartups drops some from 60 on
WAIT = 60  # seconds; two cores do forty logins meanwhile


def day(left):
    return (datetime.datetime.now(datetime.timezone.utc)
            + datetime.timedelta(days=left)).strftime("%Y-%m-%d")


def twofactl(*words, expected=0):
    return machine.run(TWOFACTL, *words, expected=expected)


@pytest.fixture(name="accounts", scope="module")
def accounts_fixture(installed):
    """staff are all but the administrator; the help desk is one of them."""
    write_accounts()
    for name in ("staff", "helpdesk"):
        machine.run("groupadd", "-f", name)
    for user in PEOPLE:
        machine.run("usermod", "-aG", "staff", user)
    machine.run("usermod", "-aG", "helpdesk", DESK)
    machine.write(SUDOERS, "%helpdesk ALL=(root) " + TWOFACTL +
                  " helpdesk *\n")
    os.chmod(SUDOERS, 0o440)
    yield
    machine.write(SUDOERS, None)
    remove_accounts()


class Told:
    """The office's gateway, by which people hear of what was done."""

    def __init__(self, settings, sim):
        self.server = Gateway(sim.certs, lambda *_: (200, ""))
        settings.secret("gateway", "s3cret")
        self.provider = {
            "name": "gateway", "type": "http-sms",
            "base_url": self.server.url, "path": "/send",
            "ca_file": sim.certs.ca, "auth_header": "X-Api-Key",
            "auth_secret_file": settings.secrets + "/gateway",
            "body": "to=%phone%&text=%text%"}

    def texts(self, to):
        found = [urllib.parse.parse_qs(body)
                 for _, _, body in self.server.asked]
        return [one["text"][0] for one in found if one["to"] == [to]]

    def wait(self, to, words):
        machine.until(lambda: any(words in text for text in self.texts(to)),
                      "%s does not hear of: %s" % (to, words))


@pytest.fixture(name="told")
def told_fixture(settings, sim):
    found = Told(settings, sim)
    yield found
    found.server.stop()


@pytest.fixture(name="office")
def office_fixture(accounts, settings, sim, told, units, tmp_path):
    """Codes are asked for, and people may enrol themselves. The first provider
    takes all at once: the other one would send codes, too."""
    sim.setting(v1_rate=0)
    limits = {key: 1000 for key in (
        "sends_per_user_hour", "sends_per_user_day",
        "sends_per_source_hour", "sends_per_host_hour")}
    settings.set(
        limits={**limits, "resend_wait": [1, 2], "allowed_prefixes": ["+44"]},
        providers=settings.keys["providers"] + [told.provider],
        alert_owner=True, helpdesk_for=["staff"], helpdesk_group="helpdesk",
        rules=[{"services": ["polkit-1"], "action": "skip"}],
        unenrolled_text="From next week on codes are asked for here.")
    enrolled(KNOWN, tmp_path)
    units.do("enable", "--now", machine.ROOT_SOCKET, machine.USER_SOCKET)
    for words in (("sshd", "--login", "both"), ("sudo",), ("su",), ("login",)):
        twofactl("enable", *words, "--no-trial", "--anyway")
    twofactl("recovery-codes", ADMIN, "--yes")
    people = Terminals()
    yield people
    people.close_all()
    twofactl("disable", "--all", expected=None)


@pytest.fixture(name="monday")
def monday_fixture(office, settings):
    settings.set(unenrolled="enrol", self_enrol_until=day(5))
    return office


def next_monday(settings):
    """The day has passed."""
    settings.set(unenrolled="enrol", self_enrol_until=day(-1),
                 unenrolled_text="Codes are asked for: call the help desk.")


def in_shell(one):
    """One types what follows there."""
    one.expect(SHELL, timeout=WAIT)
    return one


def by_password(people, user):
    one = call(people, user)
    one.password()
    return one


class Phone:
    """What is on it from now on."""

    def __init__(self, sim, number):
        self.sim, self.number = sim, number
        self.seen = len(sim.messages(number))

    def code(self):
        """The next one."""
        self.seen += 1
        return self.sim.code(self.number, self.seen)


def with_code(people, user, handset):
    """In by what the phone shows; its shell."""
    one = by_password(people, user)
    one.prompt("Verification code", timeout=WAIT)
    one.answer(handset.code())
    return in_shell(one)


def changes_phone(one):
    """In that shell, which is not root's."""
    one.answer(TWOFACTL + " self --phone")
    one.prompt("s sends one to", timeout=WAIT)
    return one


def leaves(one):
    in_shell(one).answer("exit")
    assert one.ended(WAIT) == 0, one.text


def by_number(one, number):
    one.prompt("[Mm]obile number", timeout=WAIT)
    one.answer("%s %s" % (number[:7], number[7:]))


class Desk:
    """Somebody of the help desk, who is not root."""

    def __init__(self, people, sim):
        self.handset = Phone(sim, phone(DESK))
        self.one = with_code(people, DESK, self.handset)

    def types(self, *words):
        """Each time with password and code, as if it were a new day."""
        self.one.answer("sudo -k twofactl " + " ".join(words))
        self.one.password()
        self.one.prompt("Verification code", timeout=WAIT)
        self.one.answer(self.handset.code())

    def code(self, user, new_phone=None):
        """What is read out to the caller. new_phone: "y", "n"; None: that is
        not asked of who is not enrolled."""
        self.types("helpdesk", "code", "--", user)
        self.one.expect("ticket: ", timeout=WAIT)
        self.one.answer("lost phone, INC-77")
        self.one.expect(r"\[8\]: ")
        self.one.answer("")
        if new_phone is not None:
            self.one.expect(r"\[y/N\] ")
            self.one.answer(new_phone)
        self.one.expect(CODE, timeout=WAIT)
        code = self.one.match.group(1)
        in_shell(self.one)
        return code

    def refused(self, words, *typed):
        self.types(*typed)
        self.one.expect(words, timeout=WAIT)
        in_shell(self.one)


def proves(one, new):
    """The new number, behind the old factor or an invitation."""
    by_number(one, new.number)
    one.prompt("code sent to .*" + new.number[-4:], timeout=WAIT)
    one.answer(new.code())
    return in_shell(one)


def thirty_enrol(people, sim):
    """At thirty terminals at once."""
    at = {user: call(people, user) for user in MISSING}
    for one in at.values():
        one.expect(r"assword: ?$", timeout=WAIT)
        one.answer("pw-" + one.password_of)
    for user, one in at.items():
        by_number(one, phone(user))
    for user, one in at.items():
        one.prompt("Verification code sent", timeout=WAIT)
        one.answer(sim.code(phone(user)))
    for one in at.values():
        leaves(one)


def has_a_new_phone(people, sim, told):
    """And the old one still, which counts for a day."""
    old, new = Phone(sim, phone(MOVED)), Phone(sim, phone(MOVED)[:-2] + "50")
    one = changes_phone(with_code(people, MOVED, old))
    one.answer("s")
    one.prompt("code sent to .*" + old.number[-4:], timeout=WAIT)
    one.answer(old.code())
    proves(one, new)
    told.wait(old.number, "your phones or app are being changed: " + MOVED)


def has_lost_it(people, sim, desk):
    """In within a minute of the call; and the new phone's number."""
    new = Phone(sim, phone(LOST)[:-2] + "50")
    one = by_password(people, LOST)
    one.prompt("Verification code sent", timeout=WAIT)
    called = time.monotonic()
    code = desk.code(LOST, "y")
    one.answer(code)
    in_shell(one)
    assert time.monotonic() - called < 60
    changes_phone(one).answer(code)
    proves(one, new)
    return new.number


def is_invited(people, user, sim, desk):
    """No other way in: by an invitation, and the phone."""
    one = by_password(people, user)
    one.expect(UNENROLLED, timeout=WAIT)
    one.sendintr()
    assert one.ended(WAIT) != 0, one.text
    code = desk.code(user)
    one = by_password(people, user)
    one.prompt("Verification code", timeout=WAIT)
    one.answer(code)
    proves(one, Phone(sim, phone(user)))


def all_log_in(people, sim, numbers):
    """Each with the own factor, all forty at once."""
    phones = {user: Phone(sim, numbers.get(user, phone(user)))
              for user in PEOPLE}
    at = {user: call(people, user, "id", "-un") for user in PEOPLE}
    for one in at.values():
        one.expect(r"assword: ?$", timeout=WAIT)
        one.answer("pw-" + one.password_of)
    for user, one in at.items():
        one.prompt("[Cc]ode", timeout=WAIT)
        one.answer(phones[user].code())
    for user, one in at.items():
        assert one.ended(WAIT) == 0 and user in one.text.split(), one.text


def events():
    """As report tells them: who, by what."""
    found = {}
    text = twofactl("report", "--events", "--json", expected=None)
    for one in json.loads(text[text.index("{"):])["events"]:
        found.setdefault(one["event"], []).append(one["user"])
    return found


def all_with_a_code(people):
    """report's words of each account: enrolled, a code last, no denial to come.
    The machine may have accounts of other tests' besides."""
    text = twofactl("report", "--json", expected=None)
    accounts = {one["user"]: one for one in
                json.loads(text[text.index("{"):])["accounts"]}
    told = [accounts[user] for user in people]
    return all(one["enrolled"] and one["code"] >= (one["failed"] or 0) and
               not one["would"].startswith("deny") for one in told)


def test_a_monday(monday, settings, sim, told, journal):
    thirty_enrol(monday, sim)
    for user in MISSING:
        journal.wait_for("event=enrolled user=%s " % user)
    assert "bypass-made" not in events()  # nobody called
    has_a_new_phone(monday, sim, told)
    desk = Desk(monday, sim)
    numbers = {LOST: has_lost_it(monday, sim, desk)}
    next_monday(settings)
    for user in (*INVITED, LATE):
        is_invited(monday, user, sim, desk)
    all_log_in(monday, sim, numbers)
    found = events()
    called = {LOST, *INVITED, LATE}
    assert set(found["enrolled"]) >= {*MISSING, *INVITED, LATE}
    assert set(found["number-changed"]) == {MOVED, LOST}
    assert set(found["bypass-made"]) == called
    assert set(found["bypass-used"]) == {LOST}
    assert all_with_a_code(PEOPLE)
    twofactl("doctor")  # no problem


def with_this(people, user, code):
    """Does it let in? The terminal, too."""
    one = by_password(people, user)
    # an open invitation keeps messages back
    if one.expect([r"(?:Verification|Recovery) code[^\r\n]*: ?$",
                   "Enter ends"], timeout=WAIT):
        return one, False
    one.answer(code)
    return one, one.expect([SHELL, "recovery code is not valid",
                            "Enter ends"], timeout=WAIT) == 0


def gives_up(one):
    one.sendintr()
    assert one.ended(WAIT) != 0, one.text


def test_a_password_and_no_invitation(office, settings, sim, journal):
    """After the day it chooses no phone: not from afar, not at a terminal."""
    next_monday(settings)
    one = by_password(office, LATE)
    one.expect(UNENROLLED, timeout=WAIT)
    gives_up(one)
    one = office.run(TWOFACTL, "self", "--phone", user=LATE)
    assert one.ended(WAIT) == 1 and "no second factor yet" in one.text
    assert not sim.messages()
    assert not os.path.exists(settings.user_file(LATE))


def test_a_phished_invitation(office, settings, sim, told, journal):
    """Good once, for that user, within its end; and told of."""
    next_monday(settings)
    desk = Desk(office, sim)
    old, new = Phone(sim, phone(LOST)), Phone(sim, phone(LATE))
    code = desk.code(LOST, "y")
    told.wait(old.number, "made a login code: " + LOST)
    one, entered = with_this(office, MOVED, code)
    assert not entered
    gives_up(one)
    thief, entered = with_this(office, LOST, code)
    assert entered, thief.text
    told.wait(old.number, "of your help desk was used: " + LOST)
    again, entered = with_this(office, LOST, code)
    assert not entered
    gives_up(again)
    changes_phone(thief).answer(code)
    proves(thief, new)
    told.wait(old.number, "your phones or app are being changed: " + LOST)
    changes_phone(thief).answer(code)
    thief.expect("No invitation of yours", timeout=WAIT)
    for event in ("bypass-made", "bypass-used", "number-changed"):
        journal.wait_for("event=%s user=%s " % (event, LOST))
    desk.code(LATE)
    with sqlite3.connect(settings.state) as state:
        state.execute("UPDATE recovery SET until = 1")
    one = by_password(office, LATE)
    assert one.expect(["Enter ends", "Verification code"], timeout=WAIT) == 0
    gives_up(one)


def test_what_the_help_desk_cannot(office, sim, journal):
    """Nothing for who can become root, nor for themselves; no other command."""
    desk = Desk(office, sim)
    for word in ("code", "unlock", "status"):
        desk.refused("root", "helpdesk", word, "--", ADMIN)
    desk.refused("yourself", "helpdesk", "code", "--", DESK)
    for words in (("code", LOST, "--hours", "8", "--why", "x"),
                  ("list", "--codes"), ("enroll", LOST, phone(LATE))):
        desk.refused("not allowed to execute", *words)
    assert json.loads(twofactl("list", "--codes", "--json")) == []
    journal.wait_for("helpdesk code: not done user=%s by uid=0 ruser=%s" % (
        ADMIN, DESK))
    assert not [line for line in journal.lines() if "bypass-made" in line]


def test_fifty_windows(office, sim, journal):
    """ssh clients that all have a prompt, and the code at one instant."""
    code = Desk(office, sim).code(MOVED, "n")
    windows = [call(office, MOVED, "id", "-un") for _ in range(WINDOWS)]
    for one in windows:
        one.expect(r"assword: ?$", timeout=WAIT)
        one.answer("pw-" + MOVED)
    for one in windows:
        one.prompt("[Cc]ode", timeout=WAIT)
    together([lambda one=one: one.answer(code) for one in windows])
    found = [one.expect([r"(?m)^%s\r?$" % MOVED, "not valid", "locked"],
                        timeout=WAIT) for one in windows]
    assert found.count(0) == 1, found
    journal.wait_for("event=bypass-used user=" + MOVED)
    allowed = [line for line in journal.logins() if line["user"] == MOVED and
               line["outcome"] == "allowed"]
    assert [line["method"] for line in allowed] == ["bypass"]
