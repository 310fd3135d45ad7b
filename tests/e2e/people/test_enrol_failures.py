# SPDX-License-Identifier: BSD-2-Clause
"""The enrolment of a first login, and a change by twofactl self, which are
stopped at the last prompt: nothing is kept, and the next one works."""

import contextlib
import os
import re
import signal
import sqlite3

import pytest

import conf
import test_login_enrol
import test_login_enrol_app
import test_self
import test_state_faults
import test_warm_user
from admin import dump, of_user
from steps import ONCE, answer_all, wrong
from test_login_enrol import CAROL, LIMITS, OTHER, numbered, rows
from test_self import ALICE, DAY, NEW, asked, codes_in, goes_to

TRANSPORTS = ("socket",)

warm = test_warm_user.warm
myself = test_self.myself
disk = test_state_faults.disk
window = test_login_enrol.window
invited = test_login_enrol.invited
_forgotten = test_self._forgotten  # pylint: disable=protected-access

UNSAVED = r"Not saved. Try again later \(Enter ends\)"
UNCHECKED = "database of the second factor has failed. Try again later"
REFUSED = r"The code was not accepted. Ask your administrator \(Enter ends\)"
BEFORE = r"You were enrolled in another window. Log in again \(Enter ends\)"
MEANWHILE = "Your record was changed meanwhile. Look: twofactl self"
# A record is then more than the disk has.
GREEDY = ("CREATE TRIGGER greedy BEFORE INSERT ON enrolled BEGIN "
          "UPDATE reserve SET filler = zeroblob(%d); END"
          % test_state_faults.SIZE)


def at_code(login, number):
    """The prompt for the code of a new number."""
    login.prompt("Verification code (already )?sent to .*" + number[-4:])
    return login


def ended_with(login, words):
    assert login.ended() != 0 and re.search(words, login.text), login.text
    assert not rows()


class First:
    """By an invitation."""
    user, number = "carol", CAROL

    def __init__(self, request):
        self.quick = request.getfixturevalue("quick")
        self.code = request.getfixturevalue("invited")

    def begin(self, number=CAROL, **items):
        login = self.quick.login("carol", **items)
        login.prompt("Verification code (already )?sent")
        login.answer(self.code)
        return at_code(numbered(login, number), number)


class Own:
    """A new phone, by twofactl self."""
    user, number = "alice", NEW

    def __init__(self, request):
        self.sim = request.getfixturevalue("sim")
        self.myself = request.getfixturevalue("myself")

    def begin(self):
        me = asked(self.myself("--phone"))
        me.prompt("Verification code (already )?sent")
        me.answer(self.sim.code("alice"))
        me.prompt(test_self.NUMBER)
        me.answer(NEW)
        return at_code(me, NEW)


@pytest.fixture(params=[First, Own], ids=["login", "self"])
def way(request, warm):
    return request.param(request)


def works(way, sim):
    assert not rows()
    login = way.begin()
    login.answer(sim.code(way.number))
    assert login.ended() == 0 and len(rows()) == 1, login.text


@contextlib.contextmanager
def state():
    with contextlib.closing(sqlite3.connect(
            conf.STATE + "/state.db", isolation_level=None)) as link:
        yield link


def test_a_disk_that_is_full_at_the_commit(disk, way, sim, syslog):
    login = way.begin()
    with state() as link:
        link.execute(GREEDY)
    login.answer(sim.code(way.number))
    ended_with(login, UNSAVED)
    syslog.wait_for("is refused: .*state.db: the disk is full: free some")
    with state() as link:
        link.execute("DROP TRIGGER greedy")
    works(way, sim)


def test_a_disk_without_a_byte(disk, way, sim):
    login = way.begin()
    disk.fill()
    login.answer(sim.code(way.number))
    ended_with(login, UNSAVED)
    disk.empty()
    works(way, sim)


def test_a_state_that_is_locked(way, sim):
    """The code is not even compared: it is good afterwards."""
    login = way.begin()
    before = dump()
    with state() as link:
        link.execute("BEGIN IMMEDIATE")
        login.answer(sim.code(way.number))
        ended_with(login, UNCHECKED)
        assert dump() == before
    works(way, sim)


def test_a_state_that_is_locked_at_the_commit(myself, admin, quick):
    """Nothing is written before it: new recovery codes, by an invitation."""
    code = test_self.invited(admin, quick)
    me = myself("--codes")
    me.prompt(test_self.PROOF)
    before = dump()
    with state() as link:
        link.execute("BEGIN IMMEDIATE")
        me.answer(code)
        ended_with(me, UNSAVED)
        assert dump() == before
    assert codes_in(asked(myself("--codes"), code))


@pytest.mark.parametrize("who", ["worker", "state", "provider", "program"])
def test_self_killed_at_its_last_prompt(request, warm, quick, sim, who):
    """Before the commit nothing is changed, whoever ends."""
    own = Own(request)
    me = own.begin()
    for pid in {"worker": warm.copies, "state": warm.brokers,
                "provider": lambda: warm.brokers("--provider-broker"),
                "program": lambda: [me.pid]}[who]():
        os.kill(pid, signal.SIGKILL)
    if who != "program":
        me.answer(sim.code(NEW))
    if me.ended() == 0:  # another provider's broker was there in time
        assert who == "provider" and len(rows()) == 1, me.text
        return
    goes_to(quick, sim, ALICE)
    works(own, sim)


@pytest.mark.parametrize("act", ["disable", "remove --yes", "leave"])
def test_an_admin_ends_it(way, settings, admin, sim, act):
    """remove and leave end the invitation of a user without a record."""
    login = way.begin()
    if act == "disable":
        settings.user(way.user, phone=test_self.OTHER, enabled=False)
    else:
        admin.run(*act.split(), way.user)
    login.answer(sim.code(way.number))
    ended_with(login, MEANWHILE if way.number == NEW
               else BEFORE if act == "disable" else REFUSED)


def test_a_lock_ends_a_first_login(request, warm, settings, sim):
    """By wrong codes in another window."""
    first = First(request)
    settings.set(limits={**LIMITS, "lock_after": 3})
    login = first.begin(rhost="192.0.2.7")
    other = first.begin(OTHER, rhost="192.0.2.7")
    code = sim.code(OTHER)
    answer_all(other, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    other.answer(wrong(code, 3))
    assert other.ended() != 0
    login.answer(sim.code(CAROL))
    ended_with(login, "Too many wrong codes: locked for 1[45] min")
    assert of_user("carol")["recovery"]


def test_the_window_closes_meanwhile(window, clock, warm, quick, sim):
    login = at_code(numbered(quick.login("carol")), CAROL)
    clock.set_wall(5 * DAY)
    login.answer(sim.code("carol"))
    ended_with(login, REFUSED)


@pytest.fixture(params=["money", "messages"])
def spent(request, window, settings, quick):
    """No message can be sent any more: for how long."""
    if request.param == "money":
        settings.set(limits={**LIMITS, "spend_per_day": "0.01",
                             "price_per_send": "0.10"})
        return r"\d+ (h|min|s)"
    settings.set(limits={**LIMITS, "sends_per_user_hour": 1})
    request.getfixturevalue("warm")
    at_code(numbered(quick.login("carol"), OTHER), OTHER).interrupted()
    return "(59|60) min"


def test_a_cap_leaves_the_app_alone(spent, settings, warm, quick, sim):
    settings.set(enrol_kinds=["phone", "app"])
    warm.let_go()
    sent = len(sim.messages())
    login = quick.login("carol")
    login.prompt(test_login_enrol_app.EITHER)
    only = r"no message can be sent now. a for an app \(q cancel\)"
    login.answer(CAROL)
    app = test_login_enrol_app.enrolled(login, only)
    assert len(rows()) == 1 and len(sim.messages()) == sent
    test_login_enrol_app.asked_as_enrolled(quick.login("carol"), app)


def test_a_cap_without_apps_says_how_long(spent, warm, quick):
    ended_with(numbered(quick.login("carol")), "Wait %s, or use an ssh "
               r"connection that you have open \(Enter ends\)" % spent)


def test_the_grace_time_of_sshd_is_over(window, warm, sshd, sim, syslog):
    """The code is good at the next login for the same number."""
    login = sshd.start("LoginGraceTime 15").login("carol", options=ONCE)
    login.password()
    at_code(numbered(login), CAROL)
    syslog.wait_for("outcome=ended reason=peer-gone", timeout=45)
    login.answer(sim.code("carol"))  # before that, ssh reads nothing
    ended_with(login, "")
    login = sshd.login("carol")
    login.password()
    numbered(login).prompt("Verification code already sent to .*0300")
    login.answer(sim.code("carol"))
    assert login.ended() == 0 and len(rows()) == 1, login.text
    assert len(sim.messages()) == 1
