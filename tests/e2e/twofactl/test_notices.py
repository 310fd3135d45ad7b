# SPDX-License-Identifier: BSD-2-Clause
"""twofactl notices: what an admin is told of locks, last recovery codes, outages
and exceptions that end; how often, by whom, and what nobody else can have it
say."""

import datetime
import os
import pwd
import time

import pytest

import sdjournal
import stage
from ctl import call, done
from sdjournal import LOGGER, entry, helpers, login

TRANSPORTS = ("spawn",)

COMMAND = "/usr/local/bin/twofa-tests-notify"
SENDMAIL = "/usr/sbin/sendmail"
TOLD = "/run/twofa-told"
STATE = "/var/lib/twofactl/notices"
HOUR = 3600


def locked(user="alice", event="locked"):
    return "%s@sshd: event=%s user=%s x is locked by wrong codes (service " \
        "sshd, from 192.0.2.9)" % (user, event, user)


def used(left, user="alice"):
    return "event=recovery-used user=%s %s used a recovery code, %d left" % (
        user, user, left)


OUTAGE = entry(login(outcome="denied", reason="transient"), 20)


def program(path, status=0):
    """A program of the admin's: as whom it runs, its words, its stdin."""
    with open(path, "w", encoding="ascii") as out:
        out.write("#!/bin/sh\n{ id -un; id -Gn; echo $# \"$@\"; env; cat; } "
                  ">>%s\nexit %d\n" % (TOLD, status))
    os.chmod(path, 0o755)


@pytest.fixture(name="told")
def told_fixture(settings):
    """Runs it; what the command got, or "". It keeps the journal's events."""
    os.makedirs(os.path.dirname(STATE), mode=0o700, exist_ok=True)
    program(COMMAND)
    settings.set(notify=COMMAND)

    def run(*words, status=0):
        with open(TOLD, "w", encoding="ascii"):
            os.chown(TOLD, pwd.getpwnam("twofa-notify").pw_uid, -1)
        ended = call("notices", *words)
        assert ended.returncode == status and ended.stdout == "", ended
        run.said = ended.stderr
        with open(TOLD, encoding="ascii") as text:
            return text.read()
    yield run
    for path in (COMMAND, TOLD, STATE):
        if os.path.lexists(path):
            os.unlink(path)
    sdjournal.remove()


def later(seconds):
    """Makes the last run's times so much older."""
    with open(STATE, encoding="ascii") as text:
        read_to, told_at, wait, reminded = map(int, text.read().split()[:4])
    with open(STATE, "w", encoding="ascii") as out:
        out.write("%d %d %d %d\n" % (read_to - seconds, told_at - seconds, wait,
                                     reminded and reminded - seconds))
    return wait


def test_what_is_told(told):
    """And nothing else of a line: an address may be a person's."""
    sdjournal.write([
        helpers(locked(), 50), helpers(locked(), 40),
        helpers(locked("bob", "shut"), 30), helpers(used(3), 29),
        helpers(used(2, "carol"), 28), OUTAGE,
        entry(login(outcome="denied", reason="wrong-codes"), 10),
        helpers("event=push-denied user=alice x")])
    text = told()
    assert text.splitlines()[:3] == ["twofa-notify", "twofa-notify", "0"]
    assert text.split("\n\n")[1].splitlines() == [
        "locked by wrong codes: alice (2)",
        "locked until twofactl unlock: bob (1)",
        "recovery codes left: carol has 2 (1)",
        'outage: a login met "transient" (1)']
    assert "192.0.2.9" not in text and "HOME=" not in text
    assert told() == ""


@pytest.mark.parametrize("forged", [
    entry(locked(), uid=1000, exe=LOGGER, ago=9),
    entry(locked(), uid=None, ago=9),
    entry(login(outcome="denied", reason="transient"), uid=1000, exe=LOGGER,
          ago=9),
    # the user of the command itself
    entry(locked(), uid=989, exe=LOGGER, caps="0", ago=9),
    helpers(login(outcome="denied", reason="transient"), 9),
], ids=["logger", "no-uid", "login", "notify", "helper-as-module"])
def test_forged_line(told, forged):
    sdjournal.write([forged])
    assert told() == ""


def test_names_reach_no_shell(told):
    """A name with what a shell or a mail's header would read."""
    name = "$(id>&2)`id`;\\x0aBcc: x"
    sdjournal.write([helpers('event=locked user="%s" x' % name.replace(
        "\\", "\\\\"), 9)])
    assert "locked by wrong codes: %s (" % name in told()


def test_flood_of_locks(told):
    """All night long: a few notices, none of them long, and an outage is told
    all the same."""
    first = sdjournal.write([helpers(locked("u%d" % n), 60)
                             for n in range(500)] + [OUTAGE])
    text = told()
    os.unlink(first)
    assert text.count("locked") == 10 and "and 490 more" in text
    assert "outage" in text
    waits = []
    for minutes in range(10 * 60 // 5):
        sdjournal.write([helpers(locked("v%d" % minutes), 1)], "v%d" % minutes)
        if later(300) and told():
            waits.append(minutes * 5)
    assert 2 <= len(waits) <= 4, waits
    sdjournal.write([entry(login(outcome="denied", reason="settings"), 1)], "w")
    later(HOUR)
    assert "settings" in told()


def test_none_is_lost_while_it_waits(told):
    sdjournal.write([OUTAGE])
    assert told()
    later(60)
    sdjournal.write([helpers(locked(), 1)], "second")
    assert told() == ""
    later(HOUR)
    assert "alice" in told()


def test_exceptions_that_end(told, settings):
    """Not each hour, but each second day until then."""
    day = datetime.datetime.now(datetime.timezone.utc)
    sdjournal.write([])
    settings.set(unenrolled="allow", unenrolled_until=(
        day + datetime.timedelta(days=20)).strftime("%Y-%m-%d"))
    assert told() == ""
    settings.set(unenrolled_until=(
        day + datetime.timedelta(days=5)).strftime("%Y-%m-%d"))
    assert "exception: unenrolled: good until" in told()
    later(24 * HOUR)
    assert told() == ""
    later(25 * HOUR)
    assert "exception" in told()


def test_by_mail(told, settings):
    settings.set(notify="mail")
    sdjournal.write([helpers(locked(), 9)])
    with stage.own_usr():
        program(SENDMAIL)
        head, body = told().split("Auto-Submitted: auto-generated\n")
    assert "2 -t -oi" in head and head.endswith("To: root\n")
    assert body.startswith("Subject: pam_twofa on ") and "alice" in body


def test_command_that_fails(told):
    """It is told again, and doctor says so."""
    sdjournal.write([helpers(locked(), 9)])
    program(COMMAND, status=3)
    assert "alice" in told(status=4)
    assert "ended with status 3" in told.said
    assert "notify: " in call("doctor").stdout
    program(COMMAND)
    assert "alice" in told()
    assert "notify: " not in call("doctor").stdout


def test_doctor(told, settings):
    sdjournal.write([])
    assert "notify: twofactl notices does not run" in call("doctor").stdout
    told()
    assert "notify: " not in call("doctor").stdout
    os.utime(STATE, (time.time() - 2 * HOUR,) * 2)
    assert "twofa-notices.timer" in call("doctor").stdout
    os.chmod(COMMAND, 0o777)
    assert "notify: " + COMMAND in call("doctor").stdout
    settings.set(notify="/usr/local/bin/gone")
    assert "notify: /usr/local/bin/gone: No such" in call("doctor").stdout


def test_test_of_the_way(told):
    assert "0 notices" in told("--test")
    assert not os.path.exists(STATE)


def test_not_set(told, settings):
    settings.set(notify=None)
    assert told(status=1) == ""
    assert "notify is not set" in told.said


@pytest.mark.parametrize("value", ["root", "bin/x", ""])
def test_wrong_setting(settings, value):
    settings.set(notify=value)
    assert "notify: invalid value" in call("check").stderr


def test_settings_with_an_error(told, settings):
    """Nobody can log in: that is when somebody has to hear of it."""
    sdjournal.write([entry(login(outcome="denied", reason="settings"), 9)])
    settings.set(nonsense="x")
    assert 'met "settings"' in told(status=3)


def test_without_a_journal(told, settings):
    """The exceptions are in the settings."""
    settings.set(unenrolled="allow", unenrolled_until=datetime.datetime.now(
        datetime.timezone.utc).strftime("%Y-%m-%d"))
    assert "exception" in told(status=5)
    assert done("report", "--exceptions")
