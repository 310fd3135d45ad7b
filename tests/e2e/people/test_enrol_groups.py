# SPDX-License-Identifier: BSD-2-Clause
"""Who of the groups of enrol_groups is enrolled, and whose record is left."""

import json

import pytest

import test_group_sources
from ctl import call
from ctl import done
from ctl import refused
from test_helpdesk import kept
from test_helpdesk import write

TRANSPORTS = ("spawn",)

_installed = test_group_sources._installed
source = test_group_sources.source


@pytest.fixture(autouse=True)
def _office(_ready, settings):
    """dave is in it by the primary group."""
    settings.set(enrol_groups=["office"])
    settings.forget("bob")
    with kept("/etc/group", "/etc/passwd"):
        write("/etc/group", "office:x:7001:alice,carol\n"
              "empty:x:7002:\nother:x:7003:bob\n", "a")
        write("/etc/passwd", "dave:x:7777:7001:Dave:/nonexistent:/bin/sh\n",
              "a")
        yield


def found():
    """Who is what, by the standing."""
    ended = call("people", "--json")
    assert ended.returncode in (0, 1) and ended.stderr == "", ended
    people = json.loads(ended.stdout)["people"]
    by_word = {}
    for person in people:
        by_word.setdefault(person["standing"], []).append(person["user"])
    assert ended.returncode == (set(by_word) != {"enrolled"}), ended
    return by_word


def test_new_and_enrolled(settings):
    assert found() == {"enrolled": ["alice"], "new": ["carol", "dave"]}
    settings.user("dave", uid=7777)
    settings.user("carol")
    assert found() == {"enrolled": ["alice", "carol", "dave"]}
    assert done("people").endswith(
        "3 enrolled, 0 new, 0 left, 0 gone, 0 other-account\n")


def test_each_standing(settings):
    settings.user("bob")
    settings.user("dave", uid=7778)
    settings.user("nobody-here")
    assert found() == {"enrolled": ["alice"], "new": ["carol"],
                       "left": ["bob"], "gone": ["nobody-here"],
                       "other-account": ["dave"]}
    ended = call("people")
    assert ended.returncode == 1 and ended.stderr == "", ended
    assert [line.split() for line in ended.stdout.splitlines()] == [
        ["alice", "enrolled"], ["carol", "new"], ["bob", "left"],
        ["nobody-here", "gone"], ["dave", "other-account"],
        "1 enrolled, 1 new, 1 left, 1 gone, 1 other-account".split()]


def test_any_of_the_groups(settings):
    settings.user("bob")
    settings.set(enrol_groups=["other", "office"])
    assert found() == {"enrolled": ["alice", "bob"], "new": ["carol", "dave"]}


def test_marked(settings):
    """In a group again: their record is of nobody until root says so."""
    settings.user("alice", left=True)
    settings.user("bob", left=True)
    assert found() == {"new": ["carol", "dave"], "left": ["bob"],
                       "other-account": ["alice"]}


@pytest.mark.parametrize("group, why", [
    ("empty", "has no members"), ("offcie", "does not exist")])
def test_without_members_nobody_has_left(group, why, settings):
    settings.user("bob")
    settings.set(enrol_groups=["office", group])
    for words in ((), ("--json",)):
        refused(call("people", *words), 4,
                "enrol_groups names the group %s, which %s" % (group, why))


def test_only_without_accounts(settings):
    """As where the source of the accounts is away."""
    write("/etc/group", "ghosts:x:7004:ghost\n", "a")
    settings.user("ghost")
    settings.user("bob")
    settings.set(enrol_groups=["ghosts"])
    settings.forget("alice")
    refused(call("people"), 4, "no member of enrol_groups has an account")
    settings.set(enrol_groups=["ghosts", "office"])
    assert found() == {"gone": ["ghost"], "left": ["bob"],
                       "new": ["alice", "carol", "dave"]}


def test_a_directory(source, settings):
    """It has whom it may not list, and who is in no group has left only where
    it says so."""
    write("/etc/group", "corp-ops:x:4242:carol\n", "a")
    settings.set(enrol_groups=["corp-ops"])
    source.says("")
    assert found() == {"new": ["carol"], "left": ["alice"]}
    source.says("member")
    assert found() == {"enrolled": ["alice"], "new": ["carol"]}
    source.says("unavail")
    refused(call("people"), 4, "not known whether alice is in enrol_groups",
            "getent initgroups alice")


def test_a_directory_without_the_group(source, settings):
    settings.set(enrol_groups=["office", "corp-ops"])
    source.says("listed")
    assert found() == {"enrolled": ["alice"], "new": ["carol", "dave"]}
    for says, why in (("", "has no members"), ("unknown", "does not exist")):
        source.says(says)
        refused(call("people"), 4, "the group corp-ops, which " + why)


def test_the_setting(settings):
    settings.set(enrol_groups=None)
    refused(call("people"), 3, "set enrol_groups in " + settings.conf)
    settings.set(enrol_groups=["office", "offcie"])
    ended = call("check")
    assert ended.returncode == 3, ended
    assert ('enrol_groups: group "offcie" cannot be found; see: getent group '
            "offcie") in ended.stderr


def test_no_login_asks(quick, settings):
    """alice is in none of these groups, and logs in."""
    settings.set(enrol_groups=["empty", "offcie"])
    quick.right(quick.login())
