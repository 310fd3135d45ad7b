# SPDX-License-Identifier: BSD-2-Clause
"""Invitations for all who are new in enrol_groups, and the records of those who
left them taken away."""

import contextlib
import csv
import os
import subprocess

import pytest

import admin as admins
import conf
import stage
import test_enrol_groups
from ctl import call
from ctl import done
from ctl import refused
from ctl import records
from ctl import typed
from test_enrol_groups import found
from test_helpdesk import write

TRANSPORTS = ("spawn",)

_office = test_enrol_groups._office
INVITE = ("people", "--invite", "--csv", "--hours", "8", "--why", "new here")
REMOVE = ("people", "--left", "--remove")


def invited(*words):
    """The code of each user, from the CSV; how it ended."""
    ended = call(*INVITE, *words)
    rows = list(csv.reader(ended.stdout.splitlines()))
    assert not rows or rows[0] == ["user", "invitation"]
    return dict(rows[1:]), ended


@contextlib.contextmanager
def without_state(settings):
    settings.set(state="/nowhere/state.db")
    yield
    settings.set(state=conf.STATE + "/state.db")


def many(settings, count):
    """So many more in office, enrolled."""
    for n in range(count):
        write("/etc/passwd", "staff%02d:x:%d:7001::/nonexistent:/bin/sh\n" %
              (n, 7100 + n), "a")
        settings.user("staff%02d" % n, uid=7100 + n)


def test_invite_the_new(quick, settings):
    codes, ended = invited("--yes")
    assert ended.returncode == 0 and ended.stderr == "", ended
    assert set(codes) == {"carol", "dave"}
    login = quick.login("carol")
    login.prompt("code")
    login.answer(codes["carol"])
    assert login.ended() == 0, login.text
    assert found()["new"] == ["carol", "dave"]


def test_invite_nobody_twice():
    """A list that was lost is made again after the codes were ended."""
    assert len(invited("--yes")[0]) == 2
    codes, ended = invited("--yes")
    assert not codes and ended.returncode == 1, ended
    assert "carol is left out: it has an open invitation" in ended.stderr
    assert "no invitation is needed" in ended.stderr
    done("code", "carol", "--end", "all")
    codes, ended = invited("--yes")
    assert set(codes) == {"carol"} and ended.returncode == 0, ended


def test_invite_asks(terminals):
    refused(call(*INVITE), 2, "new: carol\n", "new: dave\n", "add --yes")
    asked = typed(terminals, *INVITE)
    asked.expect("new: carol")
    asked.expect("new: dave")
    asked.expect(r"Invite these 2\? \[y/N\] ")
    asked.answer("n")
    assert asked.ended() == 1, asked.text
    assert done("list", "--codes") == ""


def test_invite_needs_what_a_code_needs():
    refused(call("people", "--invite", "--csv", "--yes"), 2, "--hours", "--why")
    refused(call(*INVITE[:2], *INVITE[3:], "--yes"), 2, "--csv")
    refused(call("people", "--csv"), 2, "--invite")
    refused(call(*INVITE, "--json", "--yes"), 2, "--json")
    refused(call(*INVITE, "--left", "--remove", "--yes"), 2, "--invite")
    refused(call("people", "--remove", "--yes"), 2, "--left")
    refused(call("people", "--left"), 2, "--remove")
    refused(call("people", "--yes"), 2, "--invite")


@pytest.mark.parametrize("where", ["full", "pipe"])
def test_invite_that_cannot_be_printed(where):
    """The one that nobody saw is ended; the next call makes the rest."""
    if where == "full":
        out = os.open("/dev/full", os.O_WRONLY)
    else:
        read, out = os.pipe()
        os.close(read)
    ended = subprocess.run([admins.TWOFACTL, "--helper", stage.HELPER, *INVITE,
                            "--yes"], stdout=out, stderr=subprocess.PIPE,
                           text=True, timeout=60, check=False)
    os.close(out)
    assert ended.returncode == 4, ended
    assert "stopped at carol, after 0 of 2" in ended.stderr
    assert done("list", "--codes") == ""
    assert set(invited("--yes")[0]) == {"carol", "dave"}


def test_invite_where_the_state_fails(settings):
    with without_state(settings):
        codes, ended = invited("--yes")
    assert ended.returncode == 4 and not codes, ended
    assert set(invited("--yes")[0]) == {"carol", "dave"}


def test_remove_those_who_left(settings, terminals):
    settings.user("bob")
    many(settings, 10)
    refused(call(*REMOVE), 2, "left: bob\n", "add --yes")
    asked = typed(terminals, *REMOVE)
    asked.expect("left: bob")
    asked.expect(r"Remove these 1\? \[y/N\] ")
    asked.answer("n")
    assert asked.ended() == 1 and "bob.conf" in records(settings)
    assert "bob is no longer enrolled" in done(*REMOVE, "--yes")
    assert found() == {"enrolled": ["alice"] + ["staff%02d" % n
                                                for n in range(10)],
                       "new": ["carol", "dave"]}
    refused(call(*REMOVE, "--yes"), 1, "no record is to be removed")


def test_remove_many_only_by_hand(settings, terminals):
    """A group that is suddenly shorter is no reason to disarm everybody."""
    settings.user("bob")
    refused(call(*REMOVE, "--yes"), 2, "left: bob",
            "for more than 10 % of the records run it at a terminal")
    for answer, status in (("y", 1), ("2", 1), ("1", 0)):
        asked = typed(terminals, *REMOVE, "--yes")
        asked.expect("left: bob")
        asked.expect(r"1 of 2 records, more than 10 %: type this number")
        asked.answer(answer)
        assert asked.ended() == status, asked.text
        assert ("bob.conf" in records(settings)) == (status == 1)


def test_remove_says_that_a_password_is_enough(settings, terminals):
    settings.set(unenrolled="allow")
    settings.user("bob")
    asked = typed(terminals, *REMOVE)
    asked.expect(r'the password alone is enough \(unenrolled = "allow"\)')
    asked.expect("twofactl leave")
    asked.answer("")
    assert asked.ended() == 1


@pytest.mark.parametrize("who", ["root", "shared"])
def test_remove_spares(who, settings):
    """Who can become root, and accounts of several people, are for root to
    take away by name."""
    many(settings, 10)
    if who == "root":
        settings.user("root")
    else:
        who = "bob"
        settings.raw_user("bob", 'people = ( { name = "anna"; phone = '
                          '"+447700900123"; } );\n')
    refused(call(*REMOVE, "--yes"), 1, "%s is left out: it " % who,
            "twofactl remove")
    assert who + ".conf" in records(settings)


def test_remove_spares_a_record_that_cannot_be_read(settings):
    """It may be of several people."""
    many(settings, 10)
    settings.raw_user("bob", "phone = ;\n")
    refused(call(*REMOVE, "--yes"), 1,
            "bob is left out: it has a record that cannot be read", "twofactl check")
    assert "bob.conf" in records(settings)


def test_remove_stops_where_one_fails(settings):
    """What was done is said, what was not is as before."""
    settings.user("bob")
    settings.user("erin")
    many(settings, 20)
    write("/etc/passwd", "erin:x:7050:7050::/nonexistent:/bin/sh\n", "a")
    with without_state(settings):
        ended = call(*REMOVE, "--yes")
    assert ended.returncode == 4, ended
    assert "bob is no longer enrolled" in ended.stdout
    assert "twofactl remove bob" in ended.stderr
    assert "stopped at bob, after 0 of 2" in ended.stderr
    assert found()["left"] == ["erin"]
