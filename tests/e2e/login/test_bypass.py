# SPDX-License-Identifier: BSD-2-Clause
"""Codes with an end: made by an admin, each for one login."""

import json
import os
import re
import sqlite3

import pytest

import conf
from steps import ONCE, asked, at_prompt, none_is_valid

TRANSPORTS = ("spawn", "socket")
WHY = "lost phone, INC-77"


def make(admin, user="alice", *more, hours=8):
    status, text = admin.run("code", user, "--hours", str(hours),
                             "--why", WHY, *more)
    assert status == 0, text
    return text.split()[0]


def used(syslog, user="alice"):
    return syslog.wait_for("event=bypass-used user=%s %s used a bypass "
                           "code, good until .* UTC, by root %s" % (user, user, WHY))


def test_over_ssh(sshd, sim, admin, syslog):
    paper = admin.codes(count=2)
    code = make(admin)
    syslog.wait_for("event=bypass-made user=alice twofactl: code until .* UTC: "
                    '"%s" user=alice by uid=0' % WHY)
    assert admin.left() == 2
    login = at_prompt(sshd.login("alice"))
    login.answer(code)
    assert login.ended() == 0
    line = syslog.login_line(user="alice")
    assert line["outcome"] == "allowed" and line["method"] == "bypass"
    assert line["by"] == "root " + WHY
    assert "provider" not in line and "request" not in line
    used(syslog)
    assert admin.left() == 2
    asked(sim, start=1)
    again = at_prompt(sshd.login("alice", options=ONCE), "already sent")
    again.answer(code)
    again.prompt("That recovery code is not valid")
    again.answer(paper[0])
    assert again.ended() == 0


def test_beside_new_recovery_codes(quick, admin):
    code = make(admin)
    admin.codes(count=2)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(code)
    assert login.ended() == 0
    assert admin.left() == 2


def test_without_recovery_codes(sshd, sim, admin):
    """It is asked for where a recovery code would be."""
    code = make(admin)
    sim.stop()
    login = sshd.login("alice")
    login.password()
    login.prompt("No code could be sent. Recovery code")
    login.answer(code)
    assert login.ended() == 0


def test_disabled_user(quick, admin, settings):
    code = make(admin)
    settings.user("alice", enabled=False)
    assert quick.denied(quick.login())["reason"] == "disabled"
    status, text = admin.run("code", "alice", "--hours", "1", "--why", WHY)
    assert status == 1 and "is disabled" in text
    settings.user("alice", enabled=True)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(code)
    assert login.ended() == 0


def test_removed_user(admin):
    make(admin)
    admin.do("remove", "alice", "--yes")
    assert json.loads(admin.do("list", "--codes", "--json")) == []


def test_who_is_not_enrolled(quick, admin, syslog):
    status, text = admin.run("code", "carol", "--hours", "1", "--why", WHY)
    assert status == 1 and "--invite" in text
    code = make(admin, "carol", "--invite")
    for number in range(2):
        login = quick.login("carol")
        login.prompt("Verification code sent")
        login.answer("ABCD-EFGH-IJKL-MNOP")
        login.prompt("recovery code is not valid")
        login.answer(code)
        if number == 0:
            assert login.ended() == 0
            line = syslog.login_line(outcome="allowed")
            assert line["method"] == "bypass" and line["user"] == "carol"
            used(syslog, "carol")
        else:
            login.prompt("recovery code is not valid")
            login.hang_up()
    # for its enrolment
    listed = json.loads(admin.do("list", "--codes", "--json"))
    assert [(one["login"], one["enrolment"]) for one in listed] == [
        (False, True)]


def test_who_is_told_so(quick, admin, settings):
    settings.set(unenrolled_text="Call 1234.")
    make(admin, "carol", "--invite")
    with sqlite3.connect(conf.STATE + "/state.db") as state:
        state.execute("UPDATE recovery SET kind = 1")  # she was enrolled
    login = quick.login("carol")
    login.prompt("Call 1234")
    login.hang_up()
    code = make(admin, "carol", "--invite")
    login = quick.login("carol")
    login.prompt("Verification code sent")
    login.answer(code)
    assert login.ended() == 0


def test_codes_left_behind_are_no_invitation(quick, admin, settings):
    """The record went by hand, so its codes are still there."""
    paper, code = admin.codes(count=1)[0], make(admin)
    os.unlink(conf.FOLDER + "/users.d/alice.conf")
    login = quick.login()
    none_is_valid(login, paper, code)


def test_without_a_first_factor(quick, admin, pam):
    """No decoy takes an invitation then."""
    code = make(admin, "carol", "--invite")
    pam.only("sshd")
    login = quick.login("carol", password=False)
    none_is_valid(login, code)
    assert len(json.loads(admin.do("list", "--codes", "--json"))) == 1


def test_a_strangers_first_factor_is_not_hers(quick, admin, pam, settings):
    """Her rule wants one in evidence, whatever holds for names unknown."""
    settings.set(rules=[
        {"users": ["carol"]},
        {"services": ["login"], "first_factor": "stack"}])
    code = make(admin, "carol", "--invite")
    pam.only("login")
    login = quick.login("carol", service="login", password=False)
    none_is_valid(login, code)


def test_three_at_most(admin):
    for _ in range(3):
        make(admin)
    status, text = admin.run("code", "alice", "--hours", "1", "--why", WHY)
    assert status == 1 and "has 3 bypass codes" in text
    status, text = admin.run("list", "--codes", "--json")
    listed = json.loads(text)
    assert [one["user"] for one in listed] == ["alice"] * 3
    assert all(one["by"] == "root " + WHY and one["login"] and
               not one["enrolment"] for one in listed)
    status, text = admin.run("list", "--codes")
    assert text.count("root " + WHY) == 3


@pytest.mark.parametrize("typed", [
    (), ("--hours", "8"), ("--why", WHY), ("--hours", "0", "--why", WHY),
    ("--hours", "169", "--why", WHY), ("--hours", "8x", "--why", WHY),
    ("--hours", "8", "--why", ""), ("--hours", "8", "--why", 'a"b'),
    ("--hours", "8", "--why", "x" * 121),
    ("--hours", "8", "--why", "lost\nphone"),
    ("--hours", "8", "--why", "lost \x1b[2J phone"),
], ids=range(11))
def test_refused_arguments(admin, typed):
    status, text = admin.run("code", "alice", *typed)
    assert status == 2 and "--hours, 1 to 168" in text, text


def test_a_rule_that_names_its_methods(quick, admin, settings):
    settings.set(rules=[{"methods": ["sms", "recovery"]}])
    status, text = admin.run("code", "alice", "--hours", "8", "--why", WHY)
    assert status == 0 and "rule 1 refuses it" in text
    login = quick.login()
    login.prompt("Verification code sent")
    code = re.search("(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}", text).group()
    login.answer(code)
    login.prompt("that recovery code is not valid")
    settings.set(rules=[{"methods": ["sms", "bypass"]}])
    login = quick.login()
    login.prompt("Verification code")
    login.answer(code)
    assert login.ended() == 0
