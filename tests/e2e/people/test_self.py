# SPDX-License-Identifier: BSD-2-Clause
"""twofactl self, without root: people see their devices and change the phone."""

import contextlib
import datetime
import json
import os
import pwd
import re
import signal
import types

import pytest

import conf
import stage
import test_store_postgresql
import test_store_records
import test_warm_user
from admin import dump
from app import App, SECRET
from ctl import record
from forger import Forger, UID
from phones import NUMBERS
from points import points
from steps import wrong
from test_warm_user import USER_SOCK

TRANSPORTS = ("socket",)

fixture_server = test_store_postgresql.fixture_server
fixture_fleet = test_store_records.fixture_fleet
warm = test_warm_user.warm

ALICE, NEW, OTHER = NUMBERS["alice"], "+447700901100", "+447700901101"
LIMITS = {"resend_wait": [1, 2], "allowed_prefixes": ["+44"]}
PROOF = r"s sends one to \+44 \*\*\*-\*\*\*-"
NUMBER = "your new mobile number"
DAY = 24 * 3600


@pytest.fixture(autouse=True)
def _forgotten(_ready, settings):
    settings.set(limits=LIMITS)
    yield
    with contextlib.suppress(FileNotFoundError):
        os.unlink(conf.STATE + "/enrolled")


@pytest.fixture
def myself(warm, terminals):
    with stage.installed():
        yield lambda *words, user="alice": terminals.run(
            stage.TWOFACTL_INSTALLED, "self", *words, user=user)


@pytest.fixture
def texts(settings, sim):
    """A provider that sends texts of ours."""
    settings.secret("telnyx", "KEY0123456789ABCDEF_abcdefghijklmnop")
    settings.set(providers=[{
        "name": "telnyx", "type": "telnyx-sms", "from": "+12025550100",
        "base_url": sim.url, "ca_file": sim.certs.ca,
        "api_key_file": settings.secrets + "/telnyx"}])


def carol_enrols(settings, quick, sim):
    """At a login: the record is in the state, and there is no file."""
    settings.set(unenrolled="enrol", limits=LIMITS,
                 self_enrol_until="2099-12-31")
    login = quick.login("carol")
    login.prompt("you have none yet")
    login.answer(NUMBERS["carol"])
    login.prompt("sent to")
    login.answer(sim.code("carol"))
    assert login.ended() == 0, login.text


def asked(me, answer="s"):
    me.prompt(PROOF)
    me.answer(answer)
    return me


def proven(me, sim, user="alice"):
    """Behind the code of the present phone."""
    asked(me).prompt("Verification code sent")
    me.answer(sim.code(user))
    me.prompt(NUMBER)
    return me


def changed(me, sim, number=NEW):
    me.answer(number)
    me.prompt("Verification code sent to .*" + number[-4:])
    me.answer(sim.code(number))
    assert me.ended() == 0, me.text
    return me


def goes_to(quick, sim, number):
    """The next login's code."""
    login = quick.login("alice")
    login.prompt("sent to .*" + number[-4:])
    login.answer(sim.code(number))
    assert login.ended() == 0, login.text
    return login


def rows():
    return dump().get("enrolled", [])


def invitation(admin, user="alice"):
    return json.loads(admin.do("code", user, "--hours", "2", "--invite",
                               "--why", "lost", "--json"))["code"]


def invited(admin, quick, user="alice"):
    """The invitation that let the user in."""
    code = invitation(admin, user)
    login = quick.login(user)
    login.prompt("")
    login.answer(code)
    assert login.ended() == 0, login.text
    return code


def test_a_new_phone(myself, settings, sim, quick, clock, syslog):
    """Behind a code of the old one, which is asked for a day."""
    before = record(settings, "alice")
    me = changed(proven(myself("--phone"), sim), sim)
    assert "in 24 hours" in me.text
    assert record(settings, "alice") == before and len(rows()) == 1
    syslog.wait_for("event=number-changed user=alice alice has a new phone by "
                    "twofactl self, by phone, from sock:")
    clock.advance(DAY - 600)
    login = goes_to(quick, sim, ALICE)
    assert "changed to +44 ***-***-1100" in login.text
    me = myself()
    assert me.ended() == 0 and ", from 20" in me.text, me.text
    clock.advance(900)
    assert "changed to" in goes_to(quick, sim, NEW).text
    clock.advance(15 * DAY)
    assert "changed to" not in goes_to(quick, sim, NEW).text


def test_it_shows_the_devices(myself, settings, sim):
    me = myself()
    assert me.ended() == 0
    assert "Phone: +44 ***-***-%s. App: no." % ALICE[-4:] in me.text
    assert not sim.requests()
    other = myself(user="carol")
    assert other.ended() == 1
    assert "no second factor yet. Log in again" in other.text


def test_a_lost_phone(myself, admin, quick, sim, clock, syslog):
    """By the invitation that let alice in: at once, and nothing to the old."""
    before = len(sim.messages())
    code = invited(admin, quick)
    me = asked(myself("--phone"), code)
    me.prompt(NUMBER)
    assert len(sim.messages()) == before
    assert "24 hours" not in changed(me, sim).text
    assert not sim.messages(ALICE)
    syslog.wait_for("event=number-changed user=alice .*by invitation")
    goes_to(quick, sim, NEW)
    me = asked(myself("--phone"), code)
    me.expect("No invitation of yours")
    assert me.ended() == 1


def test_a_lost_phone_hears_of_it(myself, texts, admin, quick, sim):
    me = asked(myself("--phone"), invited(admin, quick))
    me.prompt(NUMBER)
    me.answer(NEW)
    me.prompt("Verification code sent to .*1100")
    sim.advance(11)
    assert [to for to, _ in told(sim)] == [ALICE]


def no_invitation(me, code):
    asked(me, code).expect("No invitation of yours that let you log in")
    assert me.ended() == 1


def test_a_stolen_invitation(myself, admin, quick, sim, clock, settings):
    """No login was let in by it; or an hour ago; or another's."""
    stolen = invitation(admin)
    no_invitation(myself("--phone"), stolen)
    no_invitation(myself("--phone"), "AAAA-BBBB-CCCC-DDDD")
    admin.do("code", "alice", "--end", "all")
    used = invited(admin, quick)
    fresh = invitation(admin)
    no_invitation(myself("--phone"), fresh)
    no_invitation(myself("--phone", user="bob"), used)
    clock.advance(3700)
    no_invitation(myself("--phone"), used)
    assert not sim.requests() and not rows()


def told(sim):
    return [(m["to"], m["text"]) for m in sim.messages()
            if "are being changed" in m["text"]]


def test_the_old_phone_is_told_before(myself, texts, sim, quick):
    """Nothing that its user does behind the last code can stop that."""
    me = proven(myself("--phone"), sim)
    me.answer(NEW)
    me.prompt("Verification code sent to .*1100")
    for _ in range(2):
        sim.advance(11)
    ((to, text),) = told(sim)
    assert to == ALICE and "alice on" in text, text
    me.sendintr()
    assert me.ended() != 0
    assert not rows()
    quick.login("alice").prompt("sent to .*" + ALICE[-4:])


def test_a_frozen_terminal(myself, sim, admin):
    """It holds no lock that others wait for."""
    me = proven(myself("--phone"), sim)
    os.kill(me.pid, signal.SIGSTOP)
    try:
        admin.do("enroll", "bob", OTHER, "--no-verify", "--replace")
    finally:
        os.kill(me.pid, signal.SIGCONT)
    changed(me, sim)


def test_who_cannot_be_told_is_not_changed(myself, texts, sim):
    me = proven(myself("--phone"), sim)
    sim.fault("start", "throttle", provider="telnyx-sms", count=0)
    me.answer(NEW)
    me.prompt("old phone could not be notified")
    me.answer("")
    assert me.ended() == 1, me.text
    assert not rows() and not sim.messages(NEW)


def test_slips(myself, sim):
    me = proven(myself("--phone"), sim)
    for typed, said in (("07700 901100", "write the number with"),
                        ("+44", "write the number with"),
                        ("+1 202 555 0142", "of that country")):
        me.answer(typed)
        me.prompt(said)
    changed(me, sim, "+44 (0)7700 901100".replace(" ", "")
            .replace("(0)", ""))


def test_nothing_is_sent_and_kept(myself, sim):
    for answer, status in (("q", 1), ("+447700901100", 1)):
        me = asked(myself("--phone"), answer)
        assert me.ended() == status, me.text
    me = asked(myself("--phone"))
    me.prompt("Verification code sent")
    for n in range(3):
        me.answer(wrong(sim.code("alice"), n + 1))
    assert me.ended() == 1, me.text
    assert not rows()


def test_the_number_of_another(myself, sim, quick):
    me = proven(myself("--phone"), sim)
    me.answer(NUMBERS["bob"])
    me.prompt("sent to")
    me.answer(sim.code("bob"))
    me.prompt("code was not accepted")
    me.answer("")
    assert me.ended() == 1 and "bob" not in me.text
    assert not rows()
    goes_to(quick, sim, ALICE)


def test_the_own_number(myself, sim):
    me = proven(myself("--phone"), sim)
    me.answer(ALICE)
    me.prompt("that is your number")
    me.answer("")
    assert me.ended() == 1 and not rows()


def test_two_windows(myself, sim, admin, quick):
    """One wins."""
    code = invited(admin, quick)
    # as many as sends_per_other_hour lets
    windows = [asked(myself("--phone"), code) for _ in range(points(2, 3))]
    for n, me in enumerate(windows):
        me.prompt(NUMBER)
        me.answer("+44770090110%d" % n)
        me.prompt("sent to")
    for n, me in enumerate(windows):
        me.answer(sim.code("+44770090110%d" % n))
    sure = []
    for me in windows:
        me.expect(["Your new phone is", "changed meanwhile.*: $"])
        me.answer("")
        sure.append(me.ended())
    assert sorted(sure) == [0] + [1] * (len(windows) - 1)
    assert len(rows()) == 1


def test_what_an_admin_does_last_holds(myself, sim, quick, settings, admin,
                                       clock):
    changed(proven(myself("--phone"), sim), sim)
    clock.advance(DAY + 60)
    goes_to(quick, sim, NEW)
    assert "1100" in admin.do("show", "alice")
    status, text = admin.run("enroll", "alice", ALICE, "--no-verify",
                             "--replace")
    assert status == 1 and "changed the phone by twofactl self" in text
    settings.user("alice", phone=ALICE, language="de")
    goes_to(quick, sim, NEW)
    settings.user("alice", phone=OTHER)
    goes_to(quick, sim, OTHER)
    admin.do("remove", "alice", "--yes")
    assert not rows()


@pytest.mark.parametrize("between", (
    [(OTHER, "--replace")],
    [],
))
def test_the_former_phone_is_back(myself, sim, quick, settings, admin, clock,
                                  between):
    """By an admin: what its user had changed meanwhile never counts again."""
    changed(proven(myself("--phone"), sim), sim)
    clock.advance(DAY + 60)
    goes_to(quick, sim, NEW)
    for words in between:
        admin.do("enroll", "alice", *words, "--no-verify")
    assert len(rows()) == 1 - len(between)
    admin.do("enroll", "alice", ALICE, "--no-verify", "--replace",
             "--channel", "voice,sms")
    assert not rows()
    text = admin.do("show", "alice")
    assert "0100" in text and "1100" not in text
    login = quick.login("alice")
    login.prompt("calling .*" + ALICE[-4:])


def test_a_second_phone_beside_a_change(myself, sim, quick, admin):
    """The one that was replaced would be asked again."""
    changed(proven(myself("--phone"), sim), sim)
    status, text = admin.run("enroll", "alice", OTHER, "--add", "--no-verify")
    assert status == 1 and "enroll --replace with the new" in text, text
    admin.do("enroll", "alice", NEW, "--replace", "--no-verify")
    assert not rows()
    admin.do("enroll", "alice", OTHER, "--add", "--no-verify")
    assert "1100" in admin.do("show", "alice")


def test_a_file_made_while_the_change_waits(myself, sim, quick, settings,
                                            admin):
    """Of a user who has none: its phone is the one that counts."""
    carol_enrols(settings, quick, sim)
    changed(proven(myself("--phone", user="carol"), sim, "carol"), sim)
    admin.do("enroll", "carol", "--replace", "--email", "c@example.org",
             "--no-verify")
    assert NUMBERS["carol"] in record(settings, "carol") and not rows()
    quick.login("carol").prompt("sent to .*" + NUMBERS["carol"][-4:])


def test_the_owner_of_the_number_is_not_kept_out(myself, sim):
    """Its owner changes the own phone meanwhile."""
    me = proven(myself("--phone"), sim)
    me.answer(NUMBERS["bob"])
    me.prompt("sent to")
    changed(proven(myself("--phone", user="bob"), sim, "bob"), sim)


def proven_for_codes(me, sim):
    asked(me).prompt("Verification code sent")
    me.answer(sim.code("alice"))
    return me


def codes_in(me):
    """The ten that are shown."""
    assert me.ended() == 0, me.text
    found = re.findall(r"^[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}\r?$", me.text, re.M)
    assert len(set(found)) == len(found) == 10, me.text
    return [code.strip() for code in found]


def by_code(quick, code, user="alice"):
    login = quick.login(user)
    login.prompt("")
    login.answer(code)
    return login


def old_codes(admin):
    return json.loads(admin.do("recovery-codes", "alice", "--yes", "--json",
                               "--count", "2"))["codes"]


def test_new_codes(myself, admin, quick, sim, clock, syslog):
    """They count a day later, the old ones end at once."""
    old = old_codes(admin)
    me = proven_for_codes(myself("--codes"), sim)
    codes = codes_in(me)
    assert "not shown again" in me.text and ", from 20" in me.text
    syslog.wait_for("event=codes-made user=alice alice has new recovery codes "
                    "by twofactl self, by phone, from sock:")
    assert not any(code in line for line in syslog.lines() for code in codes)
    assert "alice: 10 recovery codes left" in admin.do(
        "recovery-codes", "alice", "--left")
    for code in old[0], codes[0]:
        login = by_code(quick, code)
        login.prompt("recovery code is not valid")
        login.answer("q")
        assert login.ended() != 0
    clock.advance(DAY + 60)
    for n, code in enumerate(codes):
        login = by_code(quick, code)
        assert login.ended() == 0, login.text
        assert ("That was your last recovery code. New ones: twofactl self "
                "--codes" in login.text) == (n == 9), login.text


def test_codes_by_an_invitation(myself, texts, admin, quick, sim):
    """At once; the phone that was lost is told."""
    code = invited(admin, quick)
    codes = codes_in(asked(myself("--codes"), code))
    sim.advance(11)
    (message,) = sim.messages()
    assert message["to"] == ALICE
    assert "new recovery codes are being made: alice on" in message["text"]
    login = by_code(quick, codes[3])
    assert login.ended() == 0, login.text
    no_invitation(myself("--codes"), code)


MADE = "New recovery codes were made for you on 20"


@pytest.mark.parametrize("lost", (False, True))
def test_later_logins_name_new_codes(myself, admin, quick, sim, clock, lost):
    """For 14 days, or until an administrator makes others."""
    assert MADE not in goes_to(quick, sim, ALICE).text
    if lost:
        codes = codes_in(asked(myself("--codes"), invited(admin, quick)))
        login = by_code(quick, codes[0])
        assert login.ended() == 0 and MADE in login.text, login.text
    else:
        codes_in(proven_for_codes(myself("--codes"), sim))
    clock.advance(60)
    text = goes_to(quick, sim, ALICE).text
    assert MADE in text and "Not you? Tell your administrator." in text
    clock.advance(14 * DAY - 3600)
    assert MADE in goes_to(quick, sim, ALICE).text
    clock.advance(3600)
    assert MADE not in goes_to(quick, sim, ALICE).text


def test_codes_of_an_administrator_are_not_named(myself, admin, quick, sim):
    codes_in(proven_for_codes(myself("--codes"), sim))
    old_codes(admin)
    assert MADE not in goes_to(quick, sim, ALICE).text


def test_later_logins_name_each_change(myself, quick, sim, clock):
    changed(proven(myself("--phone"), sim), sim)
    codes_in(proven_for_codes(myself("--codes"), sim))
    clock.advance(60)
    text = goes_to(quick, sim, ALICE).text
    assert MADE in text and "Your phone was changed to" in text


def test_codes_are_told_of_before(myself, texts, admin, sim):
    old = old_codes(admin)
    me = asked(myself("--codes"))
    me.prompt("Verification code sent")
    sim.fault("start", "throttle", provider="telnyx-sms", count=0)
    me.answer(sim.code("alice"))
    me.prompt("a phone of yours could not be notified")
    me.answer("")
    assert me.ended() == 1, me.text
    assert "alice: %d recovery codes left" % len(old) in admin.do(
        "recovery-codes", "alice", "--left")


@pytest.mark.parametrize("named", (True, False))
def test_the_first_login_names_them(warm, settings, quick, sim, named):
    """Where they can be made: a uid that speaks for others has none."""
    uid = pwd.getpwnam("carol").pw_uid
    settings.set(unenrolled="enrol", limits=LIMITS, self_enrol_until=str(
        datetime.date.today() + datetime.timedelta(days=3)),
        socket_allow_uids=[1099 if named else uid])
    login = quick.login("carol")
    login.prompt("Mobile number")
    login.answer(NUMBERS["carol"])
    login.prompt("Verification code sent")
    login.answer(sim.code("carol"))
    assert login.ended() == 0, login.text
    assert "carol is enrolled with " + NUMBERS["carol"] in login.text
    assert ("Recovery codes: twofactl self --codes" in login.text) == named


def test_one_change_at_a_time(terminals):
    with stage.installed():
        both = terminals.run(stage.TWOFACTL_INSTALLED, "self", "--phone",
                             "--codes", user="alice")
        assert both.ended() == 2, both.text


@pytest.mark.parametrize("uid, facts, why", (
    (0, {}, "socket-request"),
    (UID, {"user": "bob"}, "socket-user"),
    (UID, {"user": "root"}, "socket-user"),
    (UID, {"conf": "/tmp/twofa.conf"}, "socket-request"),
))
def test_where_there_is_none(warm, sim, uid, facts, why):
    link = Forger(USER_SOCK if uid else warm.path, uid,
                  **{"purpose": 24, "request": "phone", **facts})
    assert link.verdict() == ("deny", why)
    assert not sim.requests()


def test_not_by_a_uid_that_speaks_for_others(warm, settings, sim):
    settings.set(socket_allow_uids=[UID])
    for user in ("alice", "bob"):
        link = Forger(USER_SOCK, UID, purpose=24, request="phone", user=user)
        assert link.verdict() == ("deny", "socket-request")
    assert not sim.requests()


@contextlib.contextmanager
def changed_file(path, change):
    """As the function has it; a file that is missing has no text."""
    was = None
    if os.path.exists(path):
        with open(path, encoding="ascii") as old:
            was = old.read()
    try:
        with open(path, "w", encoding="ascii") as new:
            new.write(change(was or ""))
        yield
    finally:
        if was is None:
            os.unlink(path)
        else:
            with open(path, "w", encoding="ascii") as again:
                again.write(was)


def verdict_of_self():
    return Forger(USER_SOCK, UID, purpose=24, request="phone").verdict()


def test_not_by_a_uid_of_two_names(warm, sim):
    with changed_file("/etc/passwd", lambda was: was +
                      "alias:x:%d:%d::/:/bin/sh\n" % (UID, UID)):
        assert verdict_of_self() == ("deny", "socket-self")
    assert not sim.requests()


@pytest.mark.parametrize("path, change", (
    ("/etc/passwd", lambda was: re.sub(
        "(?m)^(alice:.*:).*$", r"\1/usr/sbin/nologin", was)),
    ("/etc/passwd", lambda was: re.sub(
        "(?m)^(alice:.*:).*$", r"\1/bin/false", was)),
    ("/etc/login.defs", lambda was: was + "\nUID_MIN\t\t 1002\n"),
))
def test_not_of_an_account_of_a_service(warm, sim, myself, path, change):
    with changed_file(path, change):
        assert verdict_of_self() == ("deny", "socket-self")
    assert not sim.requests()
    me = myself()
    assert me.ended() == 0 and "Phone: " in me.text, me.text


@pytest.mark.parametrize("members, may", (("bob,alice", True), ("bob", False)))
def test_of_groups_alone(warm, settings, sim, myself, syslog, members, may):
    """Lockers go on: they are asked about nothing else."""
    settings.set(self_for=["ghosts", "workers"])
    with changed_file("/etc/group", lambda was: was +
                      "workers:x:7001:%s\n" % members):
        me = myself("--phone")
        if may:
            asked(me, "q")
        else:
            me.expect("may not use twofactl self. Ask your administrator")
        assert me.ended() == 1
        syslog.wait_for("self_for: group ghosts of alice")
        if not may:
            syslog.wait_for("user.sock uid=%d outcome=denied "
                            "reason=socket-self" % UID)
            assert verdict_of_self() == ("deny", "socket-self")
    assert not sim.requests()


def test_the_groups_are_checked(settings, admin):
    for groups, why in ((["ghosts"], 'self_for: group "ghosts" cannot be'),
                        ([], "self_for: names no group")):
        settings.set(self_for=groups)
        status, text = admin.run("check")
        assert status == 3 and why in text, text


@pytest.mark.parametrize("keys, why", (
    ({"limits": {}}, r"any number is allowed here \(allowed_prefixes\)"),
    ({"providers": None}, "no provider of this host sends codes"),
))
def test_not_here(myself, settings, sim, keys, why):
    settings.set(**keys)
    me = myself("--phone")
    me.expect(why + ": only your administrator")
    assert me.ended() == 1 and not sim.requests()


@pytest.mark.parametrize("change, remedy", [
    ("--phone", "enroll"), ("--app", "totp"), ("--codes", "recovery-codes"),
    ("--remove 1", "remove --device")])
def test_not_on_a_host_of_a_fleet(fleet, myself, settings, sim, change, remedy):
    fleet.be("web01", users="files")
    settings.user("alice", phone=ALICE)
    me = myself(*change.split())
    me.expect("hosts share your record: only your administrator changes that, "
              "by: twofactl " + remedy)
    assert me.ended() == 1 and not sim.requests()


def test_root_and_no_socket(terminals):
    with stage.installed():
        for words in ((), ("--phone",)):
            root = terminals.run(stage.TWOFACTL_INSTALLED, "self", *words,
                                 user="root")
            assert root.ended() == 2 and "without sudo" in root.text
            alone = terminals.run(stage.TWOFACTL_INSTALLED, "self", *words,
                                  user="alice")
            assert alone.ended() == 4
            assert "as root run: twofactl enable self" in alone.text


def test_limits_of_their_own(myself, settings, sim, admin, quick):
    """Five new numbers an hour, whatever else is set."""
    settings.set(limits={**LIMITS, "sends_per_user_hour": 100,
                         "sends_per_user_day": 200,
                         "sends_per_other_hour": 20})
    code = invited(admin, quick)
    for number in range(5):
        me = asked(myself("--phone"), code)
        me.prompt(NUMBER)
        me.answer("+4477009%d0300" % number)
        me.prompt("Verification code sent")
        sim.advance(31)
        me.answer("q")
        assert me.ended() == 1, me.text
    me = asked(myself("--phone"), code)
    me.prompt(NUMBER)
    me.answer("+447700980300")
    me.prompt("Wait")
    me.answer("")
    assert me.ended() == 1
    assert len(sim.messages()) == 5


KEY = r"Verification code of your app, key (?P<key>(?:[A-Z2-7]{4} ?){8}) \(q c"
INVITED = "an invitation of your administrator"


def shown_key(me):
    me.prompt(KEY)
    return App(types.SimpleNamespace(wall_offset=0),
               me.match.group("key").replace(" ", ""))


def set_up(me, clock=None):
    """The app, by its code."""
    app = shown_key(me)
    if clock is not None:
        app = App(clock, app.secret)
    me.answer(app.code())
    assert me.ended() == 0, me.text
    return app


def by_app(quick, app, steps):
    login = quick.login("alice")
    login.prompt("sent to")
    login.answer("t")
    login.prompt("Verification code of your app \\(")
    login.answer(app.code(steps))
    assert login.ended() == 0, login.text
    return login


def asked_for_invitation(me):
    me.prompt(INVITED)
    return me


def test_an_app(myself, settings, sim, quick, clock, syslog):
    """Behind a code of the phone; it counts a day later."""
    before = record(settings, "alice")
    me = asked(myself("--app"))
    me.prompt("Verification code sent")
    me.answer(sim.code("alice"))
    app = set_up(me, clock)
    assert "otpauth://totp/" in me.text and "in 24 hours" in me.text
    assert len(re.findall("\\[.*m|[█▀▄ ]{30,}", me.text)) >= 15, me.text
    assert record(settings, "alice") == before
    (row,) = rows()
    assert app.secret not in str(row)
    syslog.wait_for("event=number-changed user=alice alice has a new app by "
                    "twofactl self, by phone, from sock:")
    clock.advance(DAY - 600)
    login = goes_to(quick, sim, ALICE)
    assert "An app was set up for you on" in login.text
    assert "t app" not in login.text
    me = myself()
    assert me.ended() == 0 and "App: no, a new one from 20" in me.text, me.text
    clock.advance(900)
    assert "An app was set up" in by_app(quick, app, 0).text
    me = asked_for_invitation(myself("--app"))
    me.answer("q")
    assert me.ended() == 1


def test_an_app_in_place_of_one(myself, admin, quick, sim, settings):
    """By an invitation alone: not by a text, not by the app's own code."""
    settings.secret("alice.totp", SECRET)
    settings.user("alice", totp_secret_file=settings.secrets + "/alice.totp")
    old = App(types.SimpleNamespace(wall_offset=0))
    for typed in ("s", old.code(), old.code(1)):
        me = asked_for_invitation(myself("--app"))
        me.answer(typed)
        me.expect("No invitation of yours")
        assert me.ended() == 1
    assert not sim.requests() and not rows()
    code = invited(admin, quick)
    me = asked_for_invitation(myself("--app"))
    me.answer(code)
    app = set_up(me)
    assert "Your new app counts." in me.text
    by_app(quick, app, 1)
    show = admin.do("show", "alice")
    assert re.search(r"^new app +at 20.* by twofactl self$", show, re.M), show


def test_an_app_slips(myself, sim):
    me = asked(myself("--app"))
    me.prompt("Verification code sent")
    me.answer(sim.code("alice"))
    app = shown_key(me)
    for n in range(3):
        me.answer(app.wrong(n))
        me.expect(("2 tries left", "1 try left", "Too many wrong")[n])
    assert me.ended() == 1 and not rows()


def test_the_phone_is_told_of_an_app(myself, texts, sim):
    """Before the key is shown."""
    me = asked(myself("--app"))
    me.prompt("Verification code sent")
    me.answer(sim.code("alice"))
    shown_key(me)
    for _ in range(2):
        sim.advance(11)
    ((to, text),) = told(sim)
    assert to == ALICE and "your phones or app are being changed" in text
    me.sendintr()
    assert me.ended() != 0 and not rows()


def test_an_app_where_a_rule_takes_no_text(myself, settings, sim):
    settings.set(rules=[{"services": ["su"], "methods": ["totp"]}, {}])
    me = asked_for_invitation(myself("--app"))
    me.answer("s")
    me.expect("No invitation of yours")
    assert me.ended() == 1 and not sim.requests()


def test_no_app_here(myself, settings, sim):
    settings.secret("t1", SECRET)
    settings.raw_user("alice", 'phone = "%s"; apps = ( { secret_file = "%s"; }'
                      ', { secret_file = "%s"; } );\n' % (
                          ALICE, *[settings.secrets + "/t1"] * 2))
    me = myself("--app")
    me.expect("several apps.*: only your administrator changes that, by: "
              "twofactl totp")
    assert me.ended() == 1 and not sim.requests()
    both = myself("--app", "--phone")
    assert both.ended() == 2 and "one at a time" in both.text
