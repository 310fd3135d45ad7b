# SPDX-License-Identifier: BSD-2-Clause
"""twofactl rollout: from one stage to the next and back, nobody denied unless
named, and a mail for each person."""

import datetime
import os
import pwd
import re

import pytest

from ctl import call, done, refused
from stage import own_usr

TRANSPORTS = ("spawn",)

SENDMAIL = "/usr/sbin/sendmail"
SENT = "/run/twofa-sent"


def day(left):
    return (datetime.datetime.now(datetime.timezone.utc)
            + datetime.timedelta(days=left)).strftime("%Y-%m-%d")


def text_of(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


SUDOERS = "/etc/sudoers.d/twofa-tests"


@pytest.fixture(name="host")
def host_fixture(settings, quick):
    """alice and bob are enrolled, carol is not; alice alone is an admin."""
    with open(SUDOERS, encoding="ascii") as text:
        before = text.read()
    with open(SUDOERS, "w", encoding="ascii") as out:
        out.write(before.replace("bob ", "#bob "))
    yield settings
    with open(SUDOERS, "w", encoding="ascii") as out:
        out.write(before)
    del quick


def who():
    """The status, and (what it meets now, on the day) of each account."""
    ended = call("rollout", "who")
    rows = [re.split(" {2,}", line)
            for line in ended.stdout.splitlines()[1:-1]]
    return ended.returncode, {user: (now, then) for user, _, now, then in rows}


def stage():
    return done("rollout").split(":")[0]


def in_stage(host, number):
    """A host that has come so far."""
    done("rollout", "start")
    if number > 1:
        done("rollout", "until", day(5))
    assert stage() == "Stage %d of 3" % number
    return text_of(host.conf)


def test_only_admins_are_asked(host, quick):
    assert stage() == "Stage 3 of 3"
    text = in_stage(host, 1)
    assert '{ users = ["alice"]; action = "require"; }' in text
    assert "your own" not in done("rollout")
    assert quick.login("bob").ended() == 0
    assert quick.login("carol").ended() == 0
    quick.right(quick.login("alice"))


def test_enrolled_are_asked(host, quick):
    text = in_stage(host, 2)
    assert "twofactl rollout" not in text and "observe" not in text
    assert 'unenrolled_until = "%s"' % day(5) in text
    quick.right(quick.login("bob"), "bob")
    assert quick.login("carol").ended() == 0


def test_enforce_names_who_would_be_denied(host, quick):
    before = in_stage(host, 2)
    for words in ((), ("--deny", "bob")):
        ended = call("rollout", "enforce", *words)
        assert ended.returncode == 1, ended
        assert "now would be denied: carol" in ended.stderr
        assert "--deny NAME" in ended.stderr
    assert text_of(host.conf) == before
    done("rollout", "enforce", "--deny", "bob,carol")
    assert stage() == "Stage 3 of 3"
    quick.decoy(quick.login("carol"), "carol")


@pytest.mark.parametrize("words", [
    ("enforce", "--deny", "carlo"), ("enforce", "--deny", "carol,carlo"),
    ("notify", "carlo,carol")])
def test_a_name_that_is_misspelt(host, words):
    """It is said, and nothing is done: carol would have been meant."""
    before = in_stage(host, 2)
    refused(call("rollout", *words), 2, '"carlo" is not an account here')
    assert text_of(host.conf) == before


def test_enforce_at_once_when_all_are_enrolled(host, admin):
    in_stage(host, 1)
    admin.do("enroll", "carol", "+44 7700 900333", "--no-verify")
    assert who()[0] == 0
    done("rollout", "enforce")
    assert stage() == "Stage 3 of 3"


def test_back(host, quick):
    in_stage(host, 2)
    done("rollout", "enforce", "--deny", "carol")
    done("rollout", "back")
    assert stage() == "Stage 2 of 3" and day(14) in text_of(host.conf)
    assert quick.login("carol").ended() == 0
    done("rollout", "back")
    assert stage() == "Stage 1 of 3"
    assert quick.login("bob").ended() == 0
    refused(call("rollout", "back"), 1, "first stage", "disable --all")


def test_who(host):
    in_stage(host, 1)
    status, found = who()
    assert status == 1
    assert found["carol"] == ("observe", "deny-unenrolled")
    assert found["bob"] == ("observe", "require")
    assert found["alice"] == ("require", "require")
    assert call("rollout", "who").stdout.splitlines()[-1].endswith(
        " 1 would be denied on the day")


def test_before_any_service_asks(host):
    """As if it did: that is what the admin has to know before enable."""
    with open("/etc/pam.d/sshd", encoding="utf-8") as text:
        before = text.read()
    with open("/etc/pam.d/sshd", "w", encoding="utf-8") as out:
        out.write("auth required pam_unix.so\naccount required pam_unix.so\n")
    try:
        status, found = who()
        text = done("rollout")
        assert "Not begun" in text and "Stage" not in text, text
        assert "twofactl rollout start" in text
        done("rollout", "start")
        text = done("rollout")
        assert "Stage 1 of 3" in text and "twofactl enable sshd" in text
    finally:
        with open("/etc/pam.d/sshd", "w", encoding="utf-8") as out:
            out.write(before)
    assert status == 1 and found["carol"][1] == "deny-unenrolled"
    del host


def test_own_rules_stay_and_come_first(host, quick):
    """Also where the list has a comma or a comment at its end."""
    for rules in ('rules = ( { users = ["bob"]; action = "skip"; } );',
                  'rules = (\n{ users = ["bob"]; action = "skip"; }\n# x\n);',
                  "rules = ();", ""):
        with open(host.conf, encoding="utf-8") as text:
            kept = [line for line in text if not line.startswith("rules")]
        with open(host.conf, "w", encoding="utf-8") as out:
            out.write("".join(kept) + rules + "\n")
        before = text_of(host.conf)
        done("rollout", "start")
        assert quick.login("bob").ended() == 0
        done("rollout", "until", day(5))
        if rules:
            assert rules in text_of(host.conf)
        with open(host.conf, "w", encoding="utf-8") as out:
            out.write(before.replace(rules, ""))


def test_an_own_rule_asks_in_stage_1(host):
    """It comes first, so others than admins are asked, and denied."""
    told = "But rule 2, your own, comes first: all whom it matches are asked"
    with open(host.conf, "a", encoding="utf-8") as out:
        out.write('rules = ( { users = ["bob"]; action = "skip"; }, '
                  '{ services = ["sshd"]; remember_minutes = 60; } );\n')
    assert told in done("rollout", "start")
    assert who()[1]["carol"][0] == "deny-unenrolled"
    assert told in done("rollout")
    assert told not in done("rollout", "until", day(5)) + done("rollout")


def test_no_admin_is_enrolled(host):
    host.forget("alice")
    refused(call("rollout", "start"), 3, "no admin", "twofactl init")


@pytest.mark.parametrize("words", [
    ("begin",), ("start", "now"), ("until",), ("until", "2020-01-31"),
    ("until", "tomorrow"), ("enforce", "carol")])
def test_wrong_words(host, words):
    before = text_of(host.conf)
    assert call("rollout", *words).returncode == 2
    assert text_of(host.conf) == before


def test_settings_that_demand_an_end(host):
    """With exceptions = "dated" the first stage would be an error: it is not
    written."""
    host.set(exceptions="dated")
    before = text_of(host.conf)
    ended = call("rollout", "start")
    assert ended.returncode == 3 and "until" in ended.stderr, ended
    assert text_of(host.conf) == before


@pytest.fixture(name="sendmail")
def sendmail_fixture():
    """What it got, and as whom."""
    with own_usr():
        with open(SENDMAIL, "w", encoding="ascii") as out:
            out.write("#!/bin/sh\n{ id -u; echo \"$*\"; cat; } >>%s\n" % SENT)
        os.chmod(SENDMAIL, 0o755)
        with open(SENT, "w", encoding="ascii"):
            os.chown(SENT, pwd.getpwnam("twofa-notify").pw_uid, -1)
        yield lambda: text_of(SENT)
    os.unlink(SENT)


def test_mails_are_printed(host):
    in_stage(host, 2)
    shown = done("rollout", "notify", "bob,carol")
    assert shown.count("To: ") == 2 and "To: alice" not in shown
    bob, carol = shown.split("To: carol\n")
    assert "after " + day(5) in bob and "You are enrolled" in bob
    assert "You are not ready" in carol and "cannot log in then" in carol
    assert "%" not in shown
    assert call("rollout", "notify", "carol,twofa").returncode == 1


def test_mails_are_sent(host, sendmail, tmp_path):
    """By a text of one's own, and not as root: a full name is its user's."""
    in_stage(host, 2)
    own = tmp_path / "mail"
    own.write_text("To: %user%@example.org\nSubject: x\n\n%what% 100% %x%\n",
                   encoding="ascii")
    done("rollout", "notify", "carol", "--file", str(own), "--send")
    lines = sendmail().splitlines()
    assert lines[:3] == [str(pwd.getpwnam("twofa-notify").pw_uid), "-t -oi",
                         "To: carol@example.org"]
    assert lines[-1].endswith(" 100% %x%")


def test_no_sendmail(host):
    in_stage(host, 2)
    ended = call("rollout", "notify", "carol", "--send")
    assert ended.returncode == 4, ended
    assert SENDMAIL + ": No such file" in ended.stderr, ended
