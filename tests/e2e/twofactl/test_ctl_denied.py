# SPDX-License-Identifier: BSD-2-Clause
"""Who is denied: explain, report and doctor say the same, and what a login then
meets; a change that denies people names them and asks."""

import itertools
import json
import os
import re
import subprocess

import pytest

import sdjournal
import stage
from ctl import call, record, refused, typed
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
        if accepted or not told:
            types(quick.login(), code, bool(accepted))
        else:  # nothing is asked for that is wrong in any case
            login = quick.login()
            assert quick.denied(login, sent=True)["reason"] == "locked"


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


def test_report_second_phone(report, settings):
    """The first takes calls alone, and the rule wants a text."""
    settings.set(rules=[{"action": "require", "methods": ["sms"]}])
    phones = [{"number": "+442079460500", "voice": True},
              {"number": "+447700900100"}]
    for order, now in ((phones, "require"), (phones[::-1], "require"),
                       (phones[:1], "deny-no-method")):
        settings.user("alice", phone=None, phones=order)
        assert report()["alice"][0] == now, order


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


EDITOR = "/run/denied-editor"
EVERYBODY = [{"action": "observe"}]


@pytest.fixture
def edit(terminals, quick):  # pylint: disable=unused-argument
    """twofactl edit; its editor runs this on "$1"."""
    def run(command, *words):
        with open(EDITOR, "w", encoding="utf-8") as out:
            out.write("#!/bin/sh\n%s\n" % command)
        os.chmod(EDITOR, 0o755)
        return terminals.run("env", "EDITOR=" + EDITOR, stage.STAGE +
                             "/twofactl", "--helper", stage.HELPER, "edit",
                             *words)
    return run


def text_of(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


NAMED = "2 who can log in by sshd, login, su now would be denied: bob, carol"
ALICE = "1 who can log in by sshd, login, su, sudo now would be denied: alice"


@pytest.mark.parametrize("keys,change", [
    ({"rules": EVERYBODY}, "s/observe/require/"),
    ({"rules": EVERYBODY}, "s/^rules.*/rules = ();/"),
    ({"unenrolled": "allow"}, "s/^unenrolled.*/unenrolled = \"deny\";/"),
])
def test_edit_settings(edit, settings, keys, change):
    """Whom the new text denies is named, and the admin asked."""
    settings.forget("bob")
    settings.set(**keys)
    before = text_of(settings.conf)
    for answer, status in (("d", 1), ("k", 0)):
        editing = edit("sed -i '%s' \"$1\"" % change)
        editing.prompt("k keep it as it is")
        assert NAMED in editing.text, editing.text
        assert "alice" not in editing.text
        editing.answer(answer)
        assert editing.ended() == status
        assert (text_of(settings.conf) == before) == (answer == "d")


@pytest.mark.parametrize("keys,change", [
    ({}, "s/^brand.*/brand = \"X\";/"),
    ({"unenrolled": "allow"}, "s/^brand.*/brand = \"X\";/"),
    ({}, "s/^brand/unenrolled = \"allow\"; brand/"),
])
def test_edit_that_denies_nobody(edit, settings, keys, change):
    settings.set(**keys)
    editing = edit("sed -i '%s' \"$1\"" % change)
    assert editing.ended() == 0, editing.text
    assert "would be denied" not in editing.text


def test_edit_many(edit, settings):
    """Of many, ten are named."""
    users = ["many%02d" % n for n in range(17)]
    for user in users:
        subprocess.run(["useradd", "-p", "$5$abcdefgh$" + 43 * "b", user],
                       check=True)
    settings.set(unenrolled="allow")
    editing = edit("sed -i 's/^unenrolled.*//' \"$1\"")
    editing.prompt("k keep it as it is")
    editing.answer("d")
    assert editing.ended() == 1
    for user in users:
        subprocess.run(["userdel", user], check=True)
    assert re.search("18 who can log in by sshd, login, su now would be denied: carol, "
                     "many00, .*, many08 and 8 more\r?\n", editing.text), \
        editing.text


@pytest.mark.parametrize("change", [
    "echo \"enabled = false;\" >>\"$1\"",
    "sed -i s/sms/email/ \"$1\"; echo 'email = \"a@b.example\";' >>\"$1\"",
])
def test_edit_user(edit, settings, change):
    settings.set(rules=[{"action": "require", "methods": ["sms"]}])
    editing = edit(change, "alice")
    editing.prompt("k keep it as it is")
    assert ALICE in editing.text, editing.text
    editing.answer("d")
    assert editing.ended() == 1


def test_remove(quick, settings, terminals):
    """Without a terminal it says how, at one it asks."""
    settings.set(brand="X")
    refused(call("remove", "alice"), 2, ALICE, "add --yes")
    for answer, status in (("n", 1), ("y", 0)):
        removing = typed(terminals, "remove", "alice")
        removing.expect(r"Do it anyway\? \[y/N\] ")
        assert ALICE in removing.text
        removing.answer(answer)
        assert removing.ended() == status
    assert record(settings, "alice") is None
    assert call("remove", "bob", "--yes").returncode == 0
    del quick


def test_remove_that_denies_nobody(quick, settings):
    settings.set(unenrolled="allow")
    assert call("remove", "alice").returncode == 0
    del quick


def test_import(quick, settings):
    """A record that is replaced by one that no rule accepts."""
    settings.set(rules=[{"action": "require", "methods": ["voice"]}])
    table = "user,phone,channels\nalice,+447700900100,sms\n" \
        "carol,+447700900303,voice\n"
    before = record(settings, "alice")
    refused(call("import", "-", "--replace", stdin=table), 2, ALICE,
            "add --yes")
    looked = call("import", "-", "--replace", "--dry-run", stdin=table)
    assert looked.returncode == 0 and ALICE in looked.stderr, looked
    assert record(settings, "alice") == before
    assert record(settings, "carol") is None
    ended = call("import", "-", "--replace", "--yes", stdin=table)
    assert ended.returncode == 0, ended
    assert record(settings, "alice") != before
    again = call("import", "-", "--replace", stdin=table)
    assert again.returncode == 0 and again.stderr == "", again
    del quick


def test_doctor(quick, settings):
    """It notes who will be denied, and nothing of who is denied already."""
    later = "denied-later: once observe, "
    settings.set(unenrolled="allow")
    out = call("doctor").stdout
    assert re.search(r"^note: %s.* 1 who can log in by sshd, login, su now would be "
                     r"denied: carol; see: twofactl report$" % later, out,
                     re.M), out
    settings.set(unenrolled=None)
    assert later not in call("doctor").stdout
    del quick
