# SPDX-License-Identifier: BSD-2-Clause
"""Exceptions with an end, as twofactl has them: explain, check, doctor,
Prometheus, the list for an audit, and enable."""

import datetime
import json
import re

import pytest

import passwords

TRANSPORTS = ()

WHY = "backup job, CHG-4711"


def day(left):
    """In so many days, by this host's own clock."""
    now = datetime.datetime.now(datetime.timezone.utc).date()
    return (now + datetime.timedelta(days=left)).isoformat()


def rule(left, **keys):
    return {"users": ["alice"], "action": "skip", "until": day(left),
            "why": WHY, **keys}


def explain(admin, *words):
    status, out = admin.run("explain", *words, "--json")
    found = json.loads(out)
    assert status == (1 if found["denied"] else 0)
    return found


# explain

def test_explain_a_rule(admin, settings):
    settings.set(rules=[rule(5)])
    out = admin.do("explain", "alice", "sshd")
    assert ("\nDecision: skip, until: good until the end of %s, UTC, why: %s\n"
            % (day(5), WHY)) in out
    found = explain(admin, "alice", "sshd")
    assert (found["end"], found["until"], found["why"]) == (
        "skipped", day(5), WHY)
    settings.set(rules=[rule(-1)])
    out = admin.do("explain", "alice", "sshd")
    assert "1  skip     until: over since the end of %s, UTC" % day(-1) in out
    found = explain(admin, "alice", "sshd")
    assert found["rules"][0]["match"] == "until"
    assert (found["end"], found["until"], found["why"]) == ("on", "", "")


@pytest.mark.parametrize("left, end, words", [
    (0, "unenrolled", "good until the end of"), (-1, "decoy", "over since")])
def test_explain_unenrolled(admin, settings, left, end, words):
    settings.set(unenrolled="allow", unenrolled_until=day(left))
    assert explain(admin, "carol", "sshd")["end"] == end
    out = admin.run("explain", "carol", "sshd")[1]
    assert ", unenrolled_until: %s" % words in out
    assert out.endswith("run: twofactl enroll carol PHONE.\n"), out


def test_a_day_that_counts_no_more(admin, settings):
    """As rollout enforce leaves it: the day was that of "allow"."""
    settings.set(unenrolled="deny", unenrolled_until=day(5))
    assert "unenrolled_until" not in admin.run("explain", "carol", "sshd")[1]


def test_explain_outage(admin, settings):
    settings.set(on_outage="allow", on_outage_until=day(0))
    out = admin.do("explain", "alice", "sshd")
    assert "  on_outage: allow, on_outage_until: good until" in out
    settings.set(on_outage_until=day(-1))
    out = admin.do("explain", "alice", "sshd")
    assert "  on_outage: offline, on_outage_until: over since" in out


# check

def test_check_warns_of_what_is_over(admin, settings):
    settings.set(rules=[rule(0), rule(-1)], unenrolled="allow",
                 unenrolled_until=day(-40), on_outage="allow",
                 on_outage_until=day(3))
    out = admin.do("check")
    told = [line for line in out.splitlines() if "; remove it, or set" in line]
    assert [re.search("conf: (.*) is over since", line)[1]
            for line in told] == ["rule 2", "unenrolled"], out
    assert "warning: " in told[0]


def test_check_of_a_day_that_is_none(admin, settings):
    settings.set(rules=[rule(0, until="2027-02-29")])
    status, out = admin.run("check")
    assert status == 3
    assert re.search(r'%s:\d+: until: "2027-02-29" is no such day; expected a '
                     'day such as "2027-01-31"' % settings.conf, out)


# doctor

def test_doctor_notes_what_has_no_end(doctor, settings):
    settings.set(rules=[{"users": ["zoe"], "action": "skip"},
                        rule(100)])
    out = doctor.well()
    assert "note: exception-open: rule 1 is without an end: give it until\n" in out
    assert "rule 2" not in out
    settings.set(rules=[rule(100)])
    assert "exception-" not in doctor.well()


@pytest.fixture
def carol(doctor):
    """She is not enrolled, and can log in as long as nothing asks her."""
    passwords.usable("carol", True)
    yield
    passwords.usable("carol", False)


def test_doctor_says_who_is_denied(doctor, carol, settings):
    """The day after the last one, and nobody who would be in any case."""
    settings.set(rules=[{"services": ["sshd"], "action": "skip",
                         "until": day(14)}])
    out = doctor.finds("exception-soon", "from the end of rule 1 on, 1 who "
                       "can log in by sshd now would be denied: carol; enrol")
    assert ("note: exception-soon: rule 1 is good until the end of %s, UTC\n"
            % day(14)) in out
    settings.user("carol", phone="+14155550103")
    assert "note: exception-soon: rule 1" in doctor.well()
    settings.forget("carol")
    settings.set(rules=[{"services": ["sshd"], "action": "skip",
                         "until": day(15)}])
    assert "exception-soon" not in doctor.well()
    settings.set(rules=[{"services": ["sshd"], "action": "skip",
                         "until": day(-1)}])
    assert "exception-soon" not in doctor.run()[1]
    settings.set(rules=[rule(0)])
    assert "note: exception-soon: rule 1" in doctor.run()[1]


def test_doctor_of_other_services(doctor, carol, settings):
    settings.set(rules=[{"services": ["login"], "action": "skip",
                         "until": day(0)}])
    found, out = doctor.names()
    assert "exception-soon" in found, out
    assert "1 who can log in by login now would be denied: carol" in out


def test_doctor_says_it_once(doctor, carol, settings):
    """Not for each service."""
    settings.set(rules=[{"users": ["carol"], "action": "skip",
                         "until": day(3)}])
    out = doctor.names()[1]
    soon = [line for line in out.splitlines() if "carol" in line]
    assert len(soon) == 2, out
    assert "can log in by sshd, login, su now would be denied" in soon[0]
    assert soon[0].startswith("exception-soon: ")
    assert soon[1].startswith("note: denied-later: ")


def test_doctor_of_unenrolled(doctor, carol, settings):
    settings.set(unenrolled="allow", unenrolled_until=day(2))
    found, out = doctor.names()
    assert "exception-soon" in found
    assert "from the end of unenrolled on, " in out and ": carol; enrol" in out


# Prometheus and the audit's list

def test_prometheus(admin, settings):
    settings.set(rules=[{"users": ["zoe"], "action": "skip"}, rule(9),
                        rule(-3)], on_outage="allow", on_outage_until=day(0))
    found = [line for line in admin.do("status", "--prometheus").splitlines()
             if line.startswith("twofa_exception")]
    assert found == ['twofa_exception_days_left{exception="rule 2"} 9',
                     'twofa_exception_days_left{exception="rule 3"} -3',
                     'twofa_exception_days_left{exception="on_outage"} 0']


def test_report(admin, settings):
    settings.set(rules=[rule(9), {"action": "require"},
                        {"groups": ["users"], "action": "observe"}],
                 unenrolled="allow", unenrolled_until=day(-1))
    ends = ("good until the end of %s, UTC" % day(9), "without an end",
            "over since the end of %s, UTC" % day(-1))
    status, out = admin.run("report", "--exceptions")
    assert status == 1  # one has no end
    assert out == ("rule 1: %s: %s\nrule 3: %s\nunenrolled: %s\n"
                   % (ends[0], WHY, *ends[1:]))
    status, out = admin.run("report", "--exceptions", "--json")
    assert status == 1 and json.loads(out) == {"exceptions": [
        {"exception": "rule 1", "until": day(9), "left": ends[0], "why": WHY},
        {"exception": "rule 3", "until": "", "left": ends[1], "why": ""},
        {"exception": "unenrolled", "until": day(-1), "left": ends[2],
         "why": ""}]}


@pytest.mark.parametrize("why", [
    "Übergabe bis März, größer", "移行中 CHG-1", "key 🔑 of Zoë", "C\\D"])
def test_why_in_json(admin, settings, why):
    """It comes out as it was written, whatever its letters."""
    settings.set(rules=[rule(9, why=why)])
    out = admin.do("report", "--exceptions", "--json")
    assert json.loads(out)["exceptions"][0]["why"] == why
    assert out.isascii()
    assert explain(admin, "alice", "sshd")["why"] == why


def test_a_rule_for_keys(admin, settings):
    """It needs no end; one that it has is reported like any other."""
    keys = {"services": ["sshd"], "keys": "sk", "action": "skip"}
    settings.set(exceptions="dated", rules=[keys])
    admin.do("check")
    assert admin.do("report", "--exceptions") == ""
    settings.set(rules=[dict(keys, until=day(3), why=WHY)])
    assert admin.do("report", "--exceptions") == (
        "rule 1: good until the end of %s, UTC: %s\n" % (day(3), WHY))
    assert "note: exception-soon: rule 1 is good until" in admin.run(
        "doctor")[1]
    settings.set(rules=[dict(keys, until=day(-1))])
    assert "warning: " in admin.do("check")
    assert "rule 1 is over since" in admin.do("check")


def test_report_of_none(admin, settings):
    assert admin.do("report", "--exceptions") == ""
    assert json.loads(admin.do("report", "--exceptions", "--json")) == {
        "exceptions": []}
    settings.set(rules=[rule(9)])
    admin.do("report", "--exceptions")


def test_report_needs_settings(admin, settings):
    settings.set(brand=5)
    assert admin.run("report", "--exceptions")[0] == 3
