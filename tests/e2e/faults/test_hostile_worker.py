# SPDX-License-Identifier: BSD-2-Clause
"""A worker that was taken over (a build of the helper whose worker asks the state
broker for what belongs to others, behind its confinement): each operation of the
table, at each place of a login, changes nothing for another user."""

import os
import re
import time

import pexpect
import pytest

import stage
import takenover
from admin import of_user
from conf import NUMBERS
from listener import FOLDER
from pamstack import GUARD

TRANSPORTS = ("socket",)
HELPER = stage.STAGE + "/test/hostileworker-helper"
ORDERS = stage.STAGE + "/hostile"
USER_SOCK = FOLDER + "/user.sock"
TABLE = os.path.join(os.path.dirname(__file__), "../../../helper/broker",
                     "broker_inside.h")
ENDS = "Enter ends"
SENT = "Verification code (already )?sent"
CLOSED = "its connection is closed"
BUSY = "reason=socket-busy"
NAMES = {"root": " alice@sshd: ", "decoy": " carol@sshd: ",
         "user": r" alice@(locker|user\.sock): ",
         "self": " alice@: "}


def operations():
    """The names of the table, so that a new one is tried at once."""
    with open(TABLE, encoding="ascii") as text:
        found = re.findall(r'^\tX\(\w+, "(\w+)"', text.read(), re.M)
    assert len(found) > 30
    return found


@pytest.fixture
def hostile(_ready, pam, settings):
    """hostile(AT, OP, ID, TEXT): what the next worker does."""
    settings.user("alice")
    settings.user("bob")
    with takenover.obeying(pam, HELPER, ORDERS, user=USER_SOCK) as put:
        pam.stack("locker", *GUARD, "auth required %s socket=%s" % (
            stage.MODULE, USER_SOCK))
        yield put


@pytest.fixture
def places(quick, terminals, settings):
    """How a login begins there: at a service of root's, of a user's own, of a
    name that is not enrolled, and of who removes a phone."""
    def of_alice():
        login = terminals.run("/usr/bin/pamtester", "locker", "alice",
                              "authenticate", user="alice")
        login.password("pw-alice")
        return login

    def of_self():
        settings.raw_user("alice", 'phones = ( { number = "%s"; }, { number = '
                          '"+447700901101"; } );\n' % NUMBERS["alice"])
        with stage.installed():
            me = terminals.run(stage.TWOFACTL_INSTALLED, "self", "--remove",
                               "2", user="alice")
            while me.expect(["s sends one", "accepts no more"]):  # of that uid
                me.hang_up()
                time.sleep(0.5)  # of the ten seconds for which they count
                me = terminals.run(stage.TWOFACTL_INSTALLED, "self",
                                   "--remove", "2", user="alice")
            me.answer("AAAA-BBBB-CCCC-DDDD")
            return me
    return {"root": quick.login, "user": of_alice, "self": of_self,
            "decoy": lambda: quick.login("carol")}


def denied(login):
    """However far it got."""
    if login.expect([SENT, ENDS, pexpect.EOF]) == 0:
        login.hang_up()
    else:
        login.answer("")
        assert login.ended() != 0, login.text


def allowed(syslog):
    return [line["user"] for line in syslog.logins()
            if line["outcome"] == "allowed"]


def refused(syslog, op):
    return [line for line in syslog.lines() if CLOSED in line
            and " (%s): " % op in line]


# What any login may ask for of its own, without a field or with any.
HARMLESS = {
    "hello": set(), "open": {"open"},
    "begin": {"guess_take", "guess_look", "recovery_list", "recovery_claim",
              "pass_over", "passed", "noop", "ticket", "enrol_open",
              "enrol_secret", "enrol_commit"}}
HARMLESS["recovery_list"] = HARMLESS["begin"]


@pytest.mark.parametrize("place, at", [
    ("root", "hello"), ("root", "open"), ("root", "begin"),
    ("user", "begin"), ("self", "recovery_list"), ("decoy", "open")])
def test_each_operation(hostile, places, quick, sim, syslog, place, at):
    """bob has logged in, and is at his prompt meanwhile; the others are denied,
    and the log says whose worker asked."""
    quick.right(quick.login("bob"), "bob")
    bob = quick.login("bob")
    bob.prompt(SENT)
    before = of_user("bob")
    (row,) = before["verification"]
    texts = ("bob", NUMBERS["bob"])
    for number, op in enumerate(operations()):
        hostile(at, op, row[0], texts[number % 2])
        syslog.clear()
        denied(places[place]())
        while any(BUSY in line for line in syslog.lines()):  # of that uid
            time.sleep(0.5)
            syslog.clear()
            denied(places[place]())
        assert of_user("bob") == before, op
        found = refused(syslog, op)
        # the worker may end before its own open is refused as the second one
        if (at, op) != ("hello", "open"):
            assert (not found) == (op in HARMLESS[at]), (op, syslog.lines())
        assert not found or re.search(NAMES[place], found[0]), found
        assert not allowed(syslog), op
    os.unlink(ORDERS)
    bob.answer(sim.code("bob"))
    assert bob.ended() == 0
    assert allowed(syslog) == ["bob"]
