# SPDX-License-Identifier: BSD-2-Clause
"""twofactl self of several phones: in place of one, one more, one less."""

import re

import pytest

import test_self
import test_warm_user
from ctl import record
from forger import Forger, UID
from phones import NUMBERS
from test_self import (ALICE, DAY, NEW, NUMBER, OTHER, PROOF, asked, by_app,
                       carol_enrols, changed, invited, proven, rows, set_up)
from test_warm_user import USER_SOCK

TRANSPORTS = ("socket",)

warm = test_warm_user.warm
_forgotten = test_self._forgotten
myself = test_self.myself
texts = test_self.texts



def phones(*numbers, more=""):
    return "phones = ( %s );\n%s" % (", ".join(
        '{ number = "%s"%s }' % (number.rstrip("!"), "; voice = true;" if
                                 number.endswith("!") else ";")
        for number in numbers), more)


@pytest.fixture(autouse=True)
def two(settings, _forgotten):
    settings.raw_user("alice", phones(ALICE, OTHER))


def go_to(quick, sim, clock, *numbers):
    """The next login's codes, by `n` each to the next."""
    login = quick.login("alice")
    login.prompt("sent to .*" + numbers[0][-4:])
    for number in numbers[1:]:
        clock.advance(31)
        login.answer("n")
        login.prompt("sent to .*" + number[-4:])
    assert ("n other" in login.text or " n q" in login.text) == (
        len(numbers) > 1), login.text
    login.answer(sim.code(numbers[-1]))
    assert login.ended() == 0, login.text
    return login


def refused(myself, words, said, status=1):
    me = myself(*words.split())
    me.expect(said)
    assert me.ended() == status, me.text
    assert not rows()


def test_in_place_of_one(myself, settings, sim, quick, clock, admin):
    """The other stays; both are asked for until a day later."""
    before = record(settings, "alice")
    refused(myself, "--phone", "several phones: add --instead")
    me = myself("--phone", "--instead", "2")
    me.expect(r"Phones: 1 \+44 \*\*\*-\*\*\*-0100, 2 \+44 .*-1101. App: no")
    assert "in 24 hours" in changed(proven(me, sim), sim).text
    assert record(settings, "alice") == before and len(rows()) == 1
    show = admin.do("show", "alice")
    assert re.search(r"^changed +to 1 .*0100, 2 .*1100 at .*a day later it "
                     "counts", show, re.M), show
    clock.advance(DAY - 600)
    login = go_to(quick, sim, clock, ALICE, OTHER)
    assert re.search("phones were changed to 1 .*0100, 2 .*1100 on",
                     login.text)
    me = myself()
    assert me.ended() == 0
    assert re.search("1 .*0100, 2 .*1101, from 20.* on 1 .*0100, 2 .*1100",
                     me.text), me.text
    clock.advance(900)
    go_to(quick, sim, clock, ALICE, NEW)


def test_one_more(myself, sim, quick, clock):
    """Up to three."""
    changed(proven(myself("--phone", "--add"), sim), sim)
    clock.advance(DAY + 60)
    go_to(quick, sim, clock, ALICE, OTHER, NEW)
    me = myself("--phone", "--add")
    me.expect("no such phone, or three already")
    assert me.ended() == 1


def test_beside_the_only_one(myself, settings, sim, quick, clock):
    settings.user("alice", phone=ALICE)
    changed(proven(myself("--phone", "--add"), sim), sim)
    clock.advance(DAY + 60)
    go_to(quick, sim, clock, ALICE, NEW)


def less(me, sim, by):
    me.prompt(PROOF + by[-4:])
    me.answer("s")
    me.prompt("Verification code sent to .*" + by[-4:])
    assert "n other" not in me.text
    me.answer(sim.code(by))
    assert me.ended() == 0, me.text
    return me


@pytest.mark.parametrize("number, stays", ((1, OTHER), (2, ALICE)))
def test_one_less(myself, sim, quick, clock, syslog, number, stays):
    """By a code of the one that stays."""
    me = less(myself("--remove", str(number)), sim, stays)
    assert "counts for 24 hours more" in me.text
    syslog.wait_for("event=number-changed user=alice alice has one phone less "
                    "by twofactl self, by phone, from sock:")
    clock.advance(DAY - 600)
    go_to(quick, sim, clock, ALICE, OTHER)
    clock.advance(900)
    assert "phone was changed to +44" in go_to(quick, sim, clock, stays).text


@pytest.mark.parametrize("number", (1, 2))
def test_one_less_of_a_number_twice(myself, settings, sim, syslog, number):
    """The number stays, and proves as much as before."""
    settings.raw_user("alice", phones(ALICE, ALICE))
    less(myself("--remove", str(number)), sim, ALICE)
    syslog.wait_for("alice has one phone less by twofactl self, by phone")
    assert "who took it over" not in " ".join(syslog.lines())


def test_one_less_by_an_invitation(myself, sim, quick, admin, clock):
    """At once; of two windows one wins."""
    code = invited(admin, quick)
    windows = [myself("--remove", "1") for _ in range(2)]
    for me in windows:
        me.prompt(PROOF + OTHER[-4:])
    ends = []
    for me in windows:
        me.answer(code)
        ends.append(me.expect(["is removed", "No invitation|meanwhile"]))
        assert me.ended() == ends[-1]
    assert ends == [0, 1] and not sim.messages()
    go_to(quick, sim, clock, OTHER)


@pytest.mark.parametrize("text, words, said", (
    (phones(ALICE), "--remove 1", "first add one"),
    (phones(ALICE, OTHER), "--remove 3", "no such phone"),
    (phones(ALICE, OTHER), "--phone --instead 3", "no such phone"),
    (phones(ALICE, OTHER, NEW), "--phone --add", "three already"),
    (phones(ALICE, OTHER + "!", more='channels = ["sms", "voice"];'),
     "--remove 1", "first add one"),
    (phones(ALICE, "+12025550142"), "--remove 1", "first add one"),
    ('email = "a@example.org";', "--remove 1",
     "you have no phone: only .*remove --device"),
    ('email = "a@example.org";', "--phone --add", "you have no phone"),
))
def test_what_is_not_changed(myself, settings, sim, text, words, said):
    settings.raw_user("alice", text)
    refused(myself, words, said)
    assert not sim.requests()


@pytest.mark.parametrize("words", (
    "--instead 2", "--add", "--phone --add --instead 1", "--remove 0",
    "--remove 4", "--remove x", "--phone --remove 1", "--app --add",
    "--remove 1 --instead 1", "--phone --instead +"))
def test_one_thing(myself, sim, words):
    refused(myself, words, "one at a time", 2)
    assert not sim.requests()


@pytest.mark.parametrize("words", (
    "phone0", "phone4", "phone12", "remove", "remove+", "remove4",
    "phone1 remove1", "Phone1", "phone+ "))
def test_what_is_no_request(warm, sim, words):
    """It only shows the devices."""
    link = Forger(USER_SOCK, UID, purpose=24, request=words)
    assert link.verdict()[0] == "allow"
    assert not sim.requests() and not rows()


def told(sim):
    return sorted(m["to"] for m in sim.messages()
                  if "phones or app are being changed: alice" in m["text"])


@pytest.mark.parametrize("words", ("--remove 2", "--phone --instead 2",
                                   "--phone --add", "--app"))
def test_all_hear_of_it(myself, texts, sim, words):
    """Before anything is changed: the one that goes, too."""
    me = asked(myself(*words.split()))
    me.prompt("Verification code sent to .*0100")
    me.answer(sim.code(ALICE))
    if "--phone" in words:
        me.prompt(NUMBER)
        me.answer(NEW)
    if "--remove" in words:
        assert me.ended() == 0, me.text
    else:
        me.prompt("Verification code ")
        me.sendintr()
        assert me.ended() != 0
    for _ in range(3):
        sim.advance(11)
    assert told(sim) == sorted((ALICE, OTHER))
    assert len(rows()) == ("--remove" in words)


def test_who_cannot_be_told(myself, texts, sim):
    me = asked(myself("--remove", "2"))
    me.prompt("Verification code sent")
    sim.fault("start", "throttle", provider="telnyx-sms", count=0)
    me.answer(sim.code(ALICE))
    me.prompt("a phone of yours could not be notified")
    me.answer("")
    assert me.ended() == 1 and not rows(), me.text


def test_stopped_while_they_are_told(myself, texts, sim, quick):
    """By Ctrl-C, in a notice: nothing is changed, whoever heard of it."""
    me = asked(myself("--remove", "2"))
    me.prompt("Verification code sent")
    sim.fault("start", "hang", provider="telnyx-sms")
    before = len(sim.requests())
    me.answer(sim.code(ALICE))
    sim.wait_requests(before + 1)
    me.sendintr()
    assert me.ended() != 0 and not rows()


def test_an_app_beside_them(myself, sim, quick, clock):
    me = asked(myself("--app"))
    me.prompt("Verification code sent")
    me.answer(sim.code(ALICE))
    app = set_up(me, clock)
    clock.advance(DAY + 60)
    by_app(quick, app, 0)


def test_what_an_admin_does_last(myself, settings, sim, quick, admin, clock):
    """remove --device of a file's phone would give back another one."""
    changed(proven(myself("--phone", "--instead", "1"), sim), sim)
    clock.advance(DAY + 60)
    go_to(quick, sim, clock, NEW, OTHER)
    status, text = admin.run("remove", "alice", "--device", "1", "--yes")
    assert status == 1 and "or of several by edit" in text, text
    settings.raw_user("alice", phones(NEW, OTHER))
    go_to(quick, sim, clock, NEW, OTHER)
    assert not rows()
    admin.do("remove", "alice", "--device", "1", "--yes")
    go_to(quick, sim, clock, OTHER)


def test_the_phones_of_who_has_no_file(myself, settings, sim, quick, admin):
    """A file that an admin makes has those that count."""
    carol_enrols(settings, quick, sim)
    me = asked(myself("--phone", "--add", user="carol"),
               invited(admin, quick, "carol"))
    me.prompt(NUMBER)
    changed(me, sim)
    admin.do("enroll", "carol", "--replace", "--email", "c@example.org",
             "--no-verify")
    text = record(settings, "carol")
    assert NUMBERS["carol"] in text and NEW in text and not rows(), text
    login = quick.login("carol")
    login.prompt("sent to .*" + NUMBERS["carol"][-4:])
    assert "n other" in login.text or " n q" in login.text
