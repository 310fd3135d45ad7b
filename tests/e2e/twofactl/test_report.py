# SPDX-License-Identifier: BSD-2-Clause
"""twofactl report: who logged in with what, who would be denied, and what
happened, by the journal of systemd."""

import json
import os
import re
import subprocess
import time

import pytest

import admin
import sdjournal
import stage
from ctl import call, refused
from sdjournal import LOGGER, SU, entry, helpers, login

TRANSPORTS = ("spawn",)
DAY = 86400
SUDO = "/usr/bin/sudo"


SSHD = "/etc/pam.d/sshd"


@pytest.fixture(autouse=True)
def _none_left():
    """sshd asks for no code: nobody is denied by that alone."""
    with open(SSHD, encoding="utf-8") as text:
        before = text.read()
    with open(SSHD, "w", encoding="utf-8") as out:
        out.write("auth required pam_unix.so\naccount required pam_unix.so\n")
    yield
    with open(SSHD, "w", encoding="utf-8") as out:
        out.write(before)
    sdjournal.remove()


@pytest.fixture
def report(settings):  # pylint: disable=unused-argument
    """The accounts, or with --events the events, and the exit status."""
    def run(*words):
        done = call("report", "--json", *words)
        assert done.stdout, done
        found = json.loads(done.stdout)
        run.told = done.stderr
        run.status = done.returncode
        if "--events" in words:
            return [(e["event"], e["user"]) for e in found["events"]]
        return {a["user"]: a for a in found["accounts"]}
    return run


def test_accounts(report):
    sdjournal.write([
        entry(login(method="sms"), 3 * DAY),
        entry(login(outcome="denied", reason="wrong-codes"), 2 * DAY),
        entry(login("carol", outcome="observed", would="deny-unenrolled"), DAY)])
    found = report()
    assert "sms" in found["alice"]["enrolled"]
    assert found["alice"]["reason"] == "wrong-codes"
    assert found["alice"]["code"] < found["alice"]["failed"]
    assert found["carol"]["enrolled"] == ""
    assert found["carol"]["would"] == "deny-unenrolled"
    assert report.status == 1
    assert not {"daemon", "nobody", "twofa"} & set(found)


def test_text(report):
    sdjournal.write([entry(login(method="sms"), DAY)])
    report()
    done = call("report")
    lines = done.stdout.splitlines()
    alice = next(one for one in lines if one.startswith("alice "))
    assert alice.count(" UTC") == 1 and "1970" not in done.stdout
    assert lines[0].split()[:2] == ["USER", "ENROLLED"]
    assert any(re.match(r"alice +sms\S* +\d{4}-\d\d-\d\d ", line)
               for line in lines), lines
    assert re.fullmatch(r"\d+ accounts: \d+ enrolled, 1 logged in with a code, "
                        r"0 failed since, \d+ would be denied", lines[-1])


@pytest.mark.parametrize("forged", [
    entry(login(method="sms"), uid=1000, exe=LOGGER),
    entry(login(method="sms"), uid=1000, exe="/tmp/su"),
    entry(login(method="sms"), uid=1000, exe=None),
    entry(login(method="sms"), uid=None),
    entry(login(method="sms"), facility=1, uid=1000, exe=SU),
    # no_new_privs or a debugger, and LD_PRELOAD
    entry(login(method="sms"), uid=1000, exe=SU, caps="0"),
    entry(login(method="sms"), uid=1000, exe=SU, caps=None),
    entry("x " + login(method="sms")),
    entry(login(method="sms") + " x"),
    entry(login(method='"sms')),
    entry("pam_twofa: service=sshd outcome=allowed method=sms"),
], ids=["logger", "no-set-uid", "no-exe", "no-uid", "facility", "no-caps",
        "caps-unknown", "prefix", "no-field", "quote", "no-user"])
def test_forged_login(report, forged):
    sdjournal.write([forged])
    assert report()["alice"]["code"] == 0


def test_helper_is_not_the_module(report):
    sdjournal.write([helpers(login(method="sms"))])
    assert report()["alice"]["code"] == 0


def test_su_keeps_its_callers_uid(report):
    sdjournal.write([entry(login(method="sms", service="su"), uid=1000,
                           exe=SU)])
    assert report()["alice"]["code"] > 0


@pytest.mark.parametrize("service, exe, counts", [
    ("sshd", SUDO, False), ("login", SU, False), ("sudo", SUDO, True),
    ("sudo-i", SUDO, True), ("own", SUDO, True)])
def test_a_prompt_of_the_callers_own(report, service, exe, counts):
    """By `sudo -S -p TEXT`, its output in /dev/log, a user has sudo send any
    line: of no service that only root's programs have."""
    sdjournal.write([entry(login(method="sms", service=service), uid=1000,
                           exe=exe)])
    assert (report()["alice"]["code"] > 0) == counts


def test_another_name_of_the_account(report, tmp_path, monkeypatch):
    """As a directory knows an account in capitals, too. It is asked once for
    each name, however many lines there are: it may be slow."""
    shim, asked = tmp_path / "names.so", tmp_path / "asked"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-o", shim, "-xc", "-", "-ldl"], text=True,
        input="#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <pwd.h>\n"
        "#include <stdio.h>\n#include <string.h>\n"
        "struct passwd *getpwnam(const char *name) {"
        'struct passwd *(*next)(const char *) = dlsym(RTLD_NEXT, "getpwnam");'
        'FILE *f = fopen("%s", "a"); fprintf(f, "%%s\\n", name); fclose(f);'
        'return next(strcmp(name, "ALICE") == 0 ? "alice" : name); }' % asked,
        check=True)
    sdjournal.write([entry(login(name, method="sms"), ago) for ago in (60, 50)
                     for name in ("ALICE", "NO-SUCH-USER")])
    monkeypatch.setenv("LD_PRELOAD", str(shim))
    found = report()
    assert found["alice"]["code"] > 0
    assert not {"ALICE", "NO-SUCH-USER"} & set(found)
    names = asked.read_text().split()
    assert names.count("ALICE") == names.count("NO-SUCH-USER") == 1


EVENTS = ["alice@sshd: event=locked user=alice alice is locked by wrong codes",
          "event=number-changed user=alice enroll by uid=0 ruser=carol",
          'event=trial-begun user="-" enable sshd: trial by uid=0']


def test_events(report):
    sdjournal.write([helpers(EVENTS[0], 30), entry(EVENTS[1], 20),
                     entry(EVENTS[2], 10),
                     entry(login(event="exception-used"), 5)])
    assert report("--events") == [
        ("locked", "alice"), ("number-changed", "alice"), ("trial-begun", "-"),
        ("exception-used", "alice")]
    assert report.status == 0
    text = call("report", "--events").stdout
    assert "enroll by uid=0 ruser=carol" in text


@pytest.mark.parametrize("forged", [
    entry(EVENTS[1], uid=1000, exe=LOGGER),
    entry(EVENTS[1], uid=1000, exe=SU),
    entry("note: " + EVENTS[1]),
    entry("event=nothing user=alice"),
    entry("event=locked"),
    entry("user=alice event=locked"),
], ids=["logger", "set-uid", "prefix", "word", "no-user", "order"])
def test_forged_event(report, forged):
    sdjournal.write([forged])
    allowed = [("number-changed", "alice")] if forged[0].startswith("note: ") \
        else []
    assert report("--events") == allowed


@pytest.mark.parametrize("line, by_helper", [
    ("event=locked user=alice \x1b]0;x\x07", True),
    ('event=locked user="al\x1b[2Jice" x', True),
    (login(outcome="denied", reason='"\x1b[2J"'), False),
    (login(outcome="denied", reason='"\x7f"'), False),
    (login(outcome="observed", would='"\x1b[2J"'), False),
    (login(event='"\x1b[2J"'), False),
], ids=["event", "event-user", "reason", "delete", "would", "login-event"])
def test_bytes_that_a_terminal_acts_on(report, line, by_helper):
    """Neither the module nor the helper writes them."""
    sdjournal.write([helpers(line) if by_helper
                     else entry(line, uid=1000, exe=SU)])
    for words in ((), ("--events",)):
        shown = call("report", *words).stdout
        assert all(c == "\n" or " " <= c <= "~" for c in shown), shown
    assert report("--events") == []


def test_names_of_a_directory(report):
    """As with rollout who: it may list any bytes."""
    name = "x\x1b]0;x\x07\x9b"
    before = {}
    for path, rest in (("/etc/passwd", ":x:4711:4711::/root:/bin/sh\n"),
                       ("/etc/shadow", ":$6$abcdefgh$abcdefgh:1::::::\n")):
        with open(path, encoding="latin-1") as text:
            before[path] = text.read()
        with open(path, "a", encoding="latin-1") as out:
            out.write(name + rest)
    sdjournal.write([entry(login(method="sms"))])
    shown = subprocess.run([admin.TWOFACTL, "--helper", stage.HELPER, "report"],
                           stdout=subprocess.PIPE, check=False,
                           encoding="latin-1").stdout
    for path, text in before.items():
        with open(path, "w", encoding="latin-1") as out:
            out.write(text)
    assert all(c == "\n" or " " <= c <= "~" for c in shown), shown
    assert "\\x1b" in shown and "\nalice " in shown
    del report


def test_helper_by_another_name(report):
    """A process of user twofa that is not the helper."""
    message, ago, uid, _, caps, facility = helpers(EVENTS[0])
    sdjournal.write([(message, ago, uid, LOGGER, caps, facility)])
    assert report("--events") == []


def test_helper_that_ended_at_once(report):
    """On a busy machine the journal looks for its program too late: it has the
    uid alone, which nobody else has."""
    message, ago, uid, _, _, facility = helpers(EVENTS[0])
    sdjournal.write([(message, ago, uid, None, None, facility),
                     entry(EVENTS[1], uid=1000, exe=None, caps=None)])
    assert report("--events") == [("locked", "alice")]
    sdjournal.remove()
    sdjournal.write([(login(method="sms"), ago, uid, None, None, facility)])
    assert report()["alice"]["code"] == 0


def test_in_a_fleet(report, settings):
    """Each host has its own journal: who reads here knows what is missing."""
    sdjournal.write([entry(EVENTS[1], 20)])
    one = call("report", "--events")
    assert "other hosts" not in one.stderr, one
    settings.set(state="postgresql://localhost:1/twofa",
                 state_dir="/var/lib/twofa",
                 store={"host": "web1", "password_file": "/etc/twofa/none",
                        "ca_file": "/etc/twofa/none"})
    ended = call("report", "--events")
    assert ended.returncode == 0 and ended.stdout == one.stdout, ended
    assert "of web1 alone" in ended.stderr
    assert "other hosts" in ended.stderr


def test_since(report):
    now = time.time()
    sdjournal.write([entry(EVENTS[1], 15 * DAY), entry(EVENTS[2], 2 * DAY),
                     entry(EVENTS[0], 60)])
    assert len(report("--events")) == 2
    assert len(report("--events", "--since", "90m")) == 1
    assert len(report("--events", "--since", "36h")) == 1
    assert len(report("--events", "--since", "30d")) == 3
    day = time.strftime("%Y-%m-%d", time.gmtime(now - 20 * DAY))
    assert len(report("--events", "--since", day)) == 3


@pytest.mark.parametrize("wrong", ["", "14", "d", "14x", "-1d", "2027-13-01",
                                   "2027-02-30", "2027-1-31",
                                   "2027-01-31x", "999999999999d"])
def test_since_wrong(report, wrong):
    refused(call("report", "--since", wrong), 2, "--since", "14d")


def test_since_a_day_to_come(report):
    """A slip of the year would make an empty report, in which all is well."""
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 2 * DAY))
    refused(call("report", "--since", day), 2, "--since " + day,
            "still to come")
    sdjournal.write([entry(login())])
    today = time.strftime("%Y-%m-%d", time.gmtime())
    report("--events", "--since", today)


def test_later_login_counts(report):
    """An older file, as after a rotation, and one of a user's own."""
    sdjournal.write([entry(login(outcome="denied", reason="locked"), 60)])
    sdjournal.write([entry(login(method="sms"), 3 * DAY)], "system@0001")
    sdjournal.write([entry(login(method="totp", service="sudo"), 30, 1000,
                           SU)], "user-1000")
    found = report()["alice"]
    assert found["code"] > found["failed"] > 0
    assert len(report("--events")) == 0


def test_begins_late(report):
    sdjournal.write([entry(login(method="sms"), 3600)])
    report()
    assert "the journal begins at" in report.told
    report("--since", "30m")
    assert report.told == ""


def test_denial_on_trial_is_not_hidden(report):
    """By a login through another service; one by the same service says that it
    is over. Who was enrolled since is not denied."""
    observed = login("carol", outcome="observed", would="deny-unenrolled")
    sdjournal.write([entry(observed, 30),
                     entry(login("carol", outcome="skipped", service="sudo"))])
    assert report()["carol"]["would"] == "deny-unenrolled"
    sdjournal.remove()
    sdjournal.write([entry(observed, 30),
                     entry(login("carol", method="sms"))])
    assert report()["carol"]["would"] == "" and report.status == 0


def test_enrolled_since(report, settings):
    sdjournal.write([entry(login("carol", outcome="observed",
                                 would="deny-unenrolled"), 30)])
    report()
    assert report.status == 1
    settings.user("carol", phone="+447700900302")
    assert report()["carol"]["would"] == "require" and report.status == 0


def test_not_enrolled_by_that_record(report, settings):
    """Its user has left, or it is another account's."""
    sdjournal.write([entry(login("carol"), 30)])
    settings.user("alice", left=True)
    settings.user("bob", uid=4711)
    found = report()
    for user in ("alice", "bob"):
        assert found[user]["enrolled"] == "", found
    assert " 0 enrolled, " in call("report").stdout


def test_no_journal(settings):
    sdjournal.remove()
    refused(call("report"), 5, "no journal of systemd", "/var/log/auth.log")


def test_corrupt(report):
    """What can be read is counted, and what cannot is named."""
    sdjournal.write([entry(login(method="sms"), 60)])
    bad = sdjournal.write([entry(login(method="sms"), 30)], "system@bad")
    with open(bad, "r+b") as out:
        out.write(b"\0" * 64)
    assert report()["alice"]["code"] > 0
    assert report.status == 4 and bad in report.told
    long_ago = time.time() - 20 * DAY
    os.utime(bad, (long_ago, long_ago))
    report()
    assert report.status == 0


def test_cut(report):
    bad = sdjournal.write([entry(login(method="sms"), 30)])
    os.truncate(bad, 100)
    report()
    assert report.status == 4 and bad in report.told


def test_long_and_odd_lines(report):
    sdjournal.write([entry(login(method="sms") + " rhost=" + "x" * 9000),
                     entry(""), entry("pam_twofa: "),
                     entry('pam_twofa: user="al\\"ice" outcome=allowed')])
    assert report()["alice"]["code"] == 0


def test_settings(report, settings):
    sdjournal.write([entry(EVENTS[1])])
    settings.set(nonsense=1)
    assert call("report").returncode == 3


def test_roll_out(quick, settings, syslog, report):
    """Lines that a login has really written, from observe to require."""
    settings.set(rules=[{"users": ["alice"], "action": "require"},
                        {"action": "observe"}])
    quick.right(quick.login())
    assert quick.login("carol").ended() == 0

    def journal():
        syslog.wait_for("pam_twofa: user=carol")
        sdjournal.remove()
        sdjournal.write([entry(re.sub(r"^.*?(?=pam_twofa: )", "", line))
                         for line in syslog.lines() if "pam_twofa: " in line])
    journal()
    found = report()
    assert found["alice"]["code"] > 0 and found["alice"]["would"] == ""
    assert found["carol"]["would"].startswith(("deny", "require"))


@pytest.mark.parametrize("event", ["number-changed", "locked", "recovery-used",
                                   "trial-begun"])
def test_a_login_has_one_event(report, event):
    """The module writes no other than exception-used: by the line of a login,
    which the caller of sudo can send, nothing else is said to have happened."""
    sdjournal.write([
        entry(login(event=event, service="sudo"), 20, 1000, SUDO),
        entry(login(event=event), 10),
        entry(login(event="exception-used", service="sudo"), 5, 1000, SUDO)])
    assert report("--events") == [("exception-used", "alice")]
    assert report()["alice"]["code"] == 0
