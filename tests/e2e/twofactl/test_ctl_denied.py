# SPDX-License-Identifier: BSD-2-Clause
"""Who is denied: explain, report and doctor say the same, and what a login then
meets; a change that denies people names them and asks."""

import itertools
import json
import os
import re

import pytest

import sdjournal
from ctl import call
from steps import wrong

TRANSPORTS = ("spawn", "socket")

NOT_VALID = "(not valid|has 6 digits|locked for)"
CODES = ("none", "bypass", "recovery", "both")
METHODS = (None, ["sms"], ["sms", "bypass"], ["sms", "recovery"])


def explained(admin, user, *words):
    """The JSON of an explanation; its exit status says the same."""
    status, out = admin.run("explain", user, *(words or ("sshd",)), "--json")
    found = json.loads(out)
    assert found["denied"] == (status == 1), out
    return found


def make(admin, user="alice", *more):
    out = admin.do("code", user, "--hours", "1", "--why", "lost phone", *more)
    return re.search(r"^(\w{4}-){3}\w{4}", out, re.M).group()


def types(login, code, right):
    """Types a code at the first prompt: it allows the login, or is none."""
    login.prompt("(code|locked)")
    login.answer(code)
    if right:
        assert login.ended() == 0, login.text
    else:
        login.prompt(NOT_VALID)
        login.hang_up()


@pytest.mark.parametrize("told,codes,methods", itertools.product(
    (True, False), CODES, METHODS))
def test_explain_locked(admin, settings, quick, sim, told, codes, methods):
    """A locked user is denied unless a code of a kind that the rule accepts is
    left."""
    left = {}
    settings.set(tell_locked=told, limits={
        "lock_after": 1, "lock_after_total": 1})
    login = quick.login()
    login.prompt("code sent")
    login.answer(wrong(sim.code("alice")))
    login.prompt("code was wrong")
    login.hang_up()
    if codes in ("recovery", "both"):
        left["recovery"] = admin.codes(count=1)[0]
    if codes in ("bypass", "both"):
        left["bypass"] = make(admin)
    if methods is not None:
        settings.set(rules=[{"action": "require", "methods": methods}])
    accepted = [code for kind, code in left.items()
                if methods is None or kind in methods]
    found = explained(admin, "alice")
    assert found["denied"] == (not accepted), found
    assert found["bypass_left"] == ("bypass" in left)
    text = admin.run("explain", "alice", "sshd")[1].splitlines()[-1]
    assert ("denied" in text) == (not accepted and told), text
    for code in accepted[:1] or (left.values() if methods != ["sms"] else ()):
        types(quick.login(), code, bool(accepted))


@pytest.mark.parametrize("text,methods", itertools.product(
    (None, "Call 1234."), METHODS))
def test_explain_invited(admin, settings, quick, text, methods):
    """An invitation allows one login without a record, where the rule accepts
    it; afterwards it is one for an enrolment alone."""
    settings.set(unenrolled_text=text)
    if methods is not None:
        settings.set(rules=[{"action": "require", "methods": methods}])
    assert explained(admin, "carol")["denied"]
    code = make(admin, "carol", "--invite")
    right = methods is None or "bypass" in methods
    found = explained(admin, "carol")
    assert found["denied"] == (not right), found
    assert found["invitations_left"] == 1
    shown = admin.run("explain", "carol", "sshd")[1].splitlines()[-1]
    assert ("by an invitation alone" in shown) == right, shown
    types(quick.login("carol"), code, right)
    if right:
        found = explained(admin, "carol")
        assert found["denied"] and found["invitations_left"] == 0


def test_explain_invited_field(admin):
    """In one field, only the invitation itself is right."""
    make(admin, "carol", "--invite")
    for kind in ("code", "sms", "none", "recovery"):
        found = explained(admin, "carol", "sshd", "--field", kind)
        assert found["denied"] == (kind != "recovery"), kind


@pytest.mark.parametrize("keys,user,denied", [
    ({"unenrolled": "allow"}, "carol", True),
    ({"unenrolled": "allow", "unenrolled_until": "2099-01-01"}, "carol", True),
    ({"unenrolled": "allow"}, "alice", False),
    ({"rules": [{"action": "observe"}]}, "carol", True),
    ({"rules": [{"action": "observe"}]}, "alice", False),
    ({"rules": [{"action": "observe", "methods": ["totp"]}]}, "alice", True),
    ({"rules": [{"action": "skip"}]}, "carol", False),
    ({"rules": [{"action": "skip", "until": "2099-01-01"}]}, "carol", True),
    ({"rules": [{"action": "skip", "until": "2099-01-01"}]}, "alice", False),
    ({"rules": [{"action": "observe", "until": "2099-01-01"},
                {"groups": ["carol"], "action": "skip"}]}, "carol", False),
    ({"rules": [{"action": "observe", "until": "2099-01-01"},
                {"groups": ["carol"], "action": "deny"}]}, "carol", True),
])
def test_explain_when_ended(admin, settings, keys, user, denied):
    """Who is allowed now may be denied once that has ended."""
    settings.set(**keys)
    found = explained(admin, user)
    assert not found["denied"]
    assert found["denied_when_ended"] == denied, found
    text = admin.do("explain", user, "sshd")
    assert ("had ended: %s would be denied" % user in text) == denied, text


@pytest.fixture
def report(quick):  # pylint: disable=unused-argument
    """The accounts of sshd's report, and its numbers."""
    if not os.path.exists(sdjournal.REMOTE):
        pytest.skip("no systemd-journal-remote")
    sdjournal.write([sdjournal.entry(sdjournal.login(method="sms"), 60)])

    def run():
        ended = call("report", "--json")
        found = json.loads(ended.stdout)
        assert ended.returncode == (found["denied"] > 0), ended
        run.numbers = found["denied_now"], found["denied"]
        return {one["user"]: (one["now"], one["would"])
                for one in found["accounts"]}
    yield run
    sdjournal.remove()


SOON = "2099-01-01"
REPORTS = [
    ({}, "require", "", "deny-unenrolled", "deny-unenrolled"),
    ({"unenrolled": "allow"},
     "require", "", "allow-unenrolled", "deny-unenrolled"),
    ({"unenrolled": "allow", "unenrolled_until": SOON},
     "require", "", "allow-unenrolled", "deny-unenrolled"),
    ({"rules": [{"action": "observe"}]},
     "observe", "require", "observe", "deny-unenrolled"),
    ({"rules": [{"action": "skip"}]}, "skip", "", "skip", ""),
    ({"rules": [{"action": "skip", "until": SOON}]},
     "skip", "require", "skip", "deny-unenrolled"),
    ({"rules": [{"from": ["10.0.0.0/8"], "action": "skip"}]},
     "skip", "", "skip", ""),
    ({"rules": [{"groups": ["alice"], "action": "deny"},
                {"groups": ["carol"], "action": "skip"}]},
     "deny-rule", "deny-rule", "skip", ""),
    ({"rules": [{"action": "require", "methods": ["totp"]}]},
     "deny-no-method", "deny-no-method", "deny-unenrolled", "deny-unenrolled"),
]


@pytest.mark.parametrize("keys,alice,alice_then,carol,carol_then", REPORTS)
def test_report_decisions(report, settings, keys, alice, alice_then, carol,
                          carol_then):
    settings.set(**keys)
    found = report()
    assert found["alice"] == (alice, alice_then)
    assert found["carol"] == (carol, carol_then)
    words = [one for one in found.values() if "deny" in "".join(one)]
    assert report.numbers == (
        sum(now.startswith("deny") for now, _ in words), len(words))
    text = call("report").stdout.splitlines()
    assert text[0].split()[5:7] == ["NOW", "WOULD"], text[0]
    assert text[-1].endswith(", %d would be denied" % len(words))


def test_report_state(report, admin, settings, quick, sim):
    """As explain, it knows locks, codes and invitations."""
    settings.set(limits={"lock_after": 1, "lock_after_total": 1})
    login = quick.login()
    login.prompt("code sent")
    login.answer(wrong(sim.code("alice")))
    login.prompt("code was wrong")
    login.hang_up()
    found = report()
    assert found["alice"] == ("deny-locked", "deny-locked")
    assert found["carol"] == ("deny-unenrolled", "deny-unenrolled")
    make(admin)
    make(admin, "carol", "--invite")
    found = report()
    assert found["alice"] == found["carol"] == ("require", "")


def test_report_without_state(report, settings):
    """What cannot be read is no answer."""
    settings.set(state="/nowhere/state.db")
    ended = call("report")
    assert ended.returncode not in (0, 1) and ended.stdout == "", ended
    assert "/nowhere" in ended.stderr
    del report
