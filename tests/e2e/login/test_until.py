# SPDX-License-Identifier: BSD-2-Clause
"""Exceptions with an end, at real logins: the days around it, a clock that was
set back, what the log and the person are told."""

import datetime
import re

import pytest

import stage

TRANSPORTS = ("spawn", "socket")

LAST = "2027-01-31"
WHY = 'backup "job", CHG-4711\\'
RULE = {"users": ["alice"], "action": "skip", "until": LAST, "why": WHY}


def changelog_day():
    """Of its newest entry."""
    with open(stage.ROOT + "/CHANGELOG.md", encoding="utf-8") as text:
        return re.search(r"^## .* - (\d{4}-\d\d-\d\d)$", text.read(),
                         re.M)[1]


def skipped(quick, syslog):
    syslog.clear()
    login = quick.login()
    assert login.ended() == 0 and "code" not in login.text
    line = syslog.login_line(outcome="skipped")
    assert line["rule"] == "1" and line["until"] == LAST
    assert line["why"].replace('\\"', '"').replace("\\\\", "\\") == WHY
    assert len(syslog.logins()) == 1


def passed_over(quick, syslog):
    syslog.clear()
    line = quick.right(quick.login())
    assert line["rule"] == "default"
    assert "until" not in line and "why" not in line


def test_the_days_around_the_end(quick, settings, at, syslog):
    settings.set(rules=[RULE])
    for utc in "2027-01-30 12:00", LAST + " 00:00", LAST + " 23:59":
        at(utc)
        skipped(quick, syslog)
    at("2027-02-01 00:00")
    passed_over(quick, syslog)
    at("2027-06-01 12:00")
    passed_over(quick, syslog)


def test_observe(quick, settings, at):
    settings.set(rules=[dict(RULE, action="observe")])
    at(LAST + " 12:00")
    line = quick.admitted(quick.login(), outcome="observed", rule="1")
    assert line["until"] == LAST and line["would"] == "require"
    at("2027-02-01 12:00")
    assert quick.right(quick.login())["rule"] == "default"


def test_the_rules_behind_it_hold(quick, settings, at):
    settings.set(rules=[RULE, {"action": "deny"}])
    at("2027-02-01 12:00")
    assert quick.denied(quick.login(), rule="2")["reason"] == "rule"


def test_a_reason_needs_no_end(quick, settings):
    settings.set(rules=[{"action": "skip", "why": "a machine"}])
    line = quick.admitted(quick.login(), outcome="skipped")
    assert line["why"] == "a machine" and "until" not in line


def test_a_reason_is_one_line(quick, settings, syslog):
    """Bytes that are not ASCII are escaped as everywhere in the log."""
    settings.set(rules=[dict(RULE, why="bis M\u00e4rz reason=none")])
    line = quick.admitted(quick.login(), outcome="skipped")
    assert "\u00e4" not in line["why"] and "reason" not in line


def test_a_clock_set_back(quick, settings, at, syslog):
    """Before the newest entry of CHANGELOG.md nothing with an end lets in."""
    day = datetime.date.fromisoformat(changelog_day())
    settings.set(rules=[RULE])
    at("%s 00:00" % day)
    skipped(quick, syslog)
    for utc in ("%s 23:59" % (day - datetime.timedelta(days=1)),
                "2026-01-01 12:00", "1970-01-02 00:00"):
        at(utc)
        passed_over(quick, syslog)
        syslog.wait_for("rule 1: until: over, since this host's clock is set "
                        "before %s.*timedatectl" % day)
    settings.set(rules=[{"users": ["alice"], "action": "skip"}])
    syslog.clear()
    assert quick.login().ended() == 0
    assert syslog.login_line(outcome="skipped")["rule"] == "1"


def test_unenrolled(quick, settings, at, syslog):
    settings.set(unenrolled="allow", unenrolled_until=LAST,
                 unenrolled_text="Call 1234.")
    for utc, told in (("2027-01-16 23:59", False), ("2027-01-17 00:00", True),
                      (LAST + " 23:59", True)):
        at(utc)
        syslog.clear()
        login = quick.login("carol")
        line = quick.admitted_with_text(login, "carol") if told else \
            quick.admitted(login, "carol")
        assert line["reason"] == "unenrolled" and line["until"] == LAST
        assert (("Call 1234. After %s you are denied here without a second "
                 "factor: ask your administrator to enrol you before." % LAST)
                in " ".join(login.text.split())) == told, login.text
    for utc in "2027-02-01 00:00", "2026-01-01 00:00":
        at(utc)
        login = quick.login("carol")
        login.prompt("Call 1234")
        login.answer("")
        line = quick.denied(login, "carol")
        assert line["reason"] == "unenrolled" and "until" not in line
    at("2027-02-01 00:00")
    quick.right(quick.login())


def test_without_a_text_it_says_when_and_how(quick, settings, at):
    settings.set(unenrolled="allow", unenrolled_until=LAST)
    at(LAST + " 12:00")
    login = quick.login("carol")
    quick.admitted_with_text(login, "carol")
    assert "After %s you are denied" % LAST in login.text


def test_unenrolled_reads_it_by_ssh(sshd, settings, at, syslog):
    """As a line: a program that logs in has nothing to answer."""
    settings.set(unenrolled="allow", unenrolled_until=LAST)
    at(LAST + " 12:00")
    login = sshd.login("carol", "id", "-un", options=["LogLevel=INFO"])
    login.password()
    assert login.ended() == 0 and "carol" in login.text
    assert "After %s you are denied" % LAST in login.text
    assert syslog.login_line(user="carol")["until"] == LAST


def test_outage(quick, settings, at, sim, syslog):
    sim.stop()
    for where in ({"on_outage": "allow"},
                  {"rules": [{"action": "require", "on_outage": "allow"}]}):
        settings.set(on_outage_until=LAST, rules=None, on_outage=None)
        settings.set(**where)
        at(LAST + " 23:59")
        syslog.clear()
        assert quick.login().ended() == 0
        line = syslog.login_line(outcome="allowed")
        assert line["reason"] == "outage" and line["until"] == LAST
        for utc in "2027-02-01 00:00", "2026-01-01 00:00":
            at(utc)
            syslog.clear()
            assert quick.login().ended() != 0
            assert syslog.login_line(outcome="denied")["reason"] == \
                "transient"


def test_dated(quick, settings, syslog):
    """What has no end is an error, and denies."""
    settings.set(exceptions="dated", rules=[{"action": "skip"}])
    assert quick.denied(quick.login())["reason"] == "settings"
    syslog.wait_for(r"twofa.conf:\d+: action: admits without a code and has "
                    "no last day")
    settings.set(rules=[{"action": "skip", "until": "2020-01-31"},
                        {"users": ["alice"], "action": "require"}])
    assert quick.right(quick.login())["rule"] == "2"


@pytest.mark.parametrize("until", ["2027-02-30", "2207-01-31", "2027-01-31x",
                                   "31.1.2027", ""])
def test_no_such_day(quick, settings, syslog, until):
    settings.set(rules=[dict(RULE, until=until)])
    assert quick.denied(quick.login())["reason"] == "settings"
    syslog.wait_for(r'twofa.conf:\d+: until: "%s" is no such day; expected' %
                    re.escape(until))
