# SPDX-License-Identifier: BSD-2-Clause
"""Rules by groups while a source of groups gives no answer.

libnss_twofatest.so.2 (tests/host/nss_twofatest.c) is a real module of the name
service; a file says how it answers. Its group corp-ops has alice in it."""

import json
import os
import re
import shutil
import subprocess
import time

import pytest

import stage
from ctl import whole_record

TRANSPORTS = ("spawn", "socket")

WORDS = "/run/twofatest.words"
NSSWITCH = "/etc/nsswitch.conf"
FOLDER = "/run/nss"
GROUP = {"groups": ["corp-ops"]}
SKIP = {"action": "skip"}
FAR = "192.0.2.7"
OURS = "group: files twofatest"
# what the source says, the line of nsswitch.conf, and words of the log
SILENT = {
    "unavail": ("unavail", OURS, r'source "twofatest" gave no answer'),
    "tryagain": ("tryagain", OURS, r'source "twofatest" gave no answer'),
    "cache-only": ("unavail listed", OURS, r"gave no answer \(UNAVAIL"),
    "half-an-answer": ("tryagain member leaves", OURS, r"\(TRYAGAIN"),
    "no-function": ("listed", "group: files twofabare",
                    "libnss_twofabare.so.2 has no _nss_twofabare_initgroups"),
    "no-library": ("listed", "group: files twofagone twofatest",
                   "libnss_twofagone.so.2"),
    "no-name": ("", "group: files twofatest ../evil", "../evil"),
    "own-line": ("unavail", "group: files\ninitgroups: files twofatest",
                 r'source "twofatest" gave no answer'),
    "actions": ("unavail", "group: files [NOTFOUND=return] twofatest",
                r'source "twofatest" gave no answer'),
}


class Source:
    """The name service of this private machine."""

    @staticmethod
    def says(words):
        with open(WORDS, "w", encoding="ascii") as out:
            out.write(words)

    @staticmethod
    def line(text):
        with open(NSSWITCH, "w", encoding="ascii") as out:
            out.write("passwd: files\nhosts: files\n" + text + "\n")


@pytest.fixture(scope="module")
def _installed(build):
    """Where the loader finds it, whose cache lies in /etc."""
    os.makedirs(FOLDER, mode=0o755)
    for name in ("twofatest", "twofabare"):
        shutil.copy(stage.build_dir() + "/test/libnss_%s.so.2" % name, FOLDER)
    with open("/etc/ld.so.conf.d/twofatest.conf", "w",
              encoding="ascii") as out:
        out.write(FOLDER + "\n")
    # ldconfig's own notes are the machine's
    os.makedirs("/var/cache/ldconfig", exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/var/cache/ldconfig"],
                   check=True)
    subprocess.run(["ldconfig"], check=True)
    yield
    os.unlink("/etc/ld.so.conf.d/twofatest.conf")
    shutil.rmtree(FOLDER)
    subprocess.run(["ldconfig"], check=True)
    subprocess.run(["umount", "/var/cache/ldconfig"], check=True)


@pytest.fixture
def source(_installed, _ready):
    with open(NSSWITCH, encoding="utf-8") as text:
        before = text.read()
    Source.line(OURS)
    Source.says("member")
    yield Source
    with open(NSSWITCH, "w", encoding="utf-8") as out:
        out.write(before)
    os.unlink(WORDS)


@pytest.fixture(params=SILENT)
def silent(request, source):
    """A source that gives no answer; what the log says of it."""
    words, line, log = SILENT[request.param]
    source.line(line)
    source.says(words)
    return log


def explained(admin, user="alice", service="sshd", status=0):
    """What twofactl says that such a login would meet."""
    got, out = admin.run("explain", user, service, FAR, "--json")
    assert got == status, out
    return json.loads(out)


def asked(quick, admin, sim, rule, user="alice"):
    """A code is required by this rule, as explain says beforehand."""
    told = explained(admin, user)
    assert told["end"] == "on" and told["ask"] == "send", told
    assert told["rule"] == (0 if rule == "default" else int(rule)), told
    assert quick.right(quick.login(user, rhost=FAR), user)["rule"] == rule
    sim.reset()
    return told


@pytest.mark.parametrize("action", ["skip", "observe"])
def test_what_admits_does_not_match(silent, quick, settings, admin, sim,
                                    syslog, action):
    settings.set(rules=[{**GROUP, "action": action}])
    told = asked(quick, admin, sim, "default")
    assert told["rules"][0]["match"] == "group-unknown"
    syslog.wait_for("rule 1: whether alice is in its groups is unknown.*"
                    "admits nobody without a code.*" + silent)


def test_require_matches(silent, quick, settings, admin, sim, syslog):
    """Not the rule behind it, which lets everybody in."""
    settings.set(rules=[{**GROUP, "action": "require"}, SKIP])
    asked(quick, admin, sim, "1")
    syslog.wait_for("rule 1: whether alice is in its groups is unknown")


def test_deny_asks_for_a_code(silent, quick, settings, admin, sim, syslog):
    """A directory that hides members would else deny everybody."""
    settings.set(rules=[{**GROUP, "action": "deny"}, SKIP])
    asked(quick, admin, sim, "1")
    syslog.wait_for("rule 1: whether alice is in its groups is unknown")


@pytest.mark.parametrize("how", SILENT)
def test_who_is_remembered_is_asked_again(source, quick, pam, settings, sim,
                                          syslog, how):
    """... by that rule, not let in by the one behind it."""
    settings.set(rules=[{**GROUP, "action": "require",
                         "remember_minutes": 15}, SKIP])
    pam.only("sshd")
    quick.right(quick.by_key(rhost=FAR))
    sim.reset()
    syslog.clear()
    quick.admitted(quick.by_key(rhost=FAR), outcome="allowed", reason="grace")
    syslog.clear()
    source.line(SILENT[how][1])
    source.says(SILENT[how][0])
    assert quick.right(quick.by_key(rhost=FAR))["rule"] == "1"


def test_check_names_what_is_unknown(silent, settings, admin):
    settings.set(rules=[{**GROUP, **SKIP}, {"users": ["bob"], **SKIP},
                        {**GROUP, "action": "deny"}])
    status, out = admin.run("check")
    assert status == 3
    for rule in (1, 3):
        assert re.search(r'twofa.conf: rule %d: whether alice is in "corp-ops" '
                         "is unknown.*%s" % (rule, silent), out), out
    assert "2 problems" in out


def test_check_of_sources_that_answer(source, settings, admin):
    settings.set(rules=[{**GROUP, **SKIP}])
    admin.do("check")


@pytest.mark.parametrize("action", ["require", "deny", "skip"])
def test_an_outage_admits_nobody(source, quick, settings, sim, admin, action):
    """Groups and provider often fail for one reason."""
    settings.set(on_outage="allow", rules=[
        {**GROUP, "action": action, "on_outage": "allow"}
        if action == "require" else {**GROUP, "action": action}])
    source.says("unavail")
    sim.fault("start", "html502", when="before", count=0)
    assert explained(admin)["on_outage"] == "offline"
    quick.denied(quick.login(rhost=FAR), sent=True, reason="transient")


@pytest.mark.parametrize("words, inside", [
    ("member", True),            # a group without a list of members
    ("member listed", True),
    ("", False),                 # ... whose member this one is not
    ("notfound", False),
])
def test_answers_are_believed(source, quick, settings, words, inside):
    source.says(words)
    settings.set(rules=[{**GROUP, **SKIP}])
    login = quick.login(rhost=FAR)
    if inside:
        quick.admitted(login, outcome="skipped", rule="1")
    else:
        assert quick.right(login)["rule"] == "default"


def test_nobody_else_is_required(source, quick, settings):
    settings.set(rules=[{**GROUP, "action": "require"}, SKIP])
    quick.admitted(quick.login("bob"), "bob", outcome="skipped", rule="2")


def test_a_group_that_has_no_name_now(source, quick, settings, sim, admin,
                                      syslog):
    source.says("member unknown")
    settings.set(rules=[{**GROUP, "action": "require"}, SKIP])
    asked(quick, admin, sim, "1")
    syslog.wait_for("rule 1: a group that it names cannot be found")


@pytest.fixture
def local(source):
    """A group of /etc/group that alice is in and bob is not."""
    subprocess.run(["groupadd", "wheel2"], check=True)
    subprocess.run(["usermod", "-aG", "wheel2", "alice"], check=True)
    yield {"groups": ["wheel2"]}
    source.line(OURS)
    subprocess.run(["groupdel", "wheel2"], check=True)


def test_who_is_a_member_by_another_source_is_one(source, quick, settings,
                                                  sim, admin, local):
    """A directory that fails neither shuts out who is let in by /etc/group,
    nor lets in who is denied by it."""
    source.says("unavail")
    settings.set(rules=[{**local, **SKIP}])
    quick.admitted(quick.login(rhost=FAR), outcome="skipped", rule="1")
    assert explained(admin)["end"] == "skipped"
    asked(quick, admin, sim, "default", "bob")
    settings.set(rules=[{**local, "action": "deny"}, SKIP])
    quick.denied(quick.login(rhost=FAR), rule="1", reason="rule")


@pytest.mark.parametrize("line", [
    "initgroups: twofatest files",
    "group: twofatest [NOTFOUND=return] files",
])
def test_a_source_that_is_asked_only_while_another_fails(
        source, quick, settings, sim, admin, local, line):
    """Where an answer would have ended the search, what comes behind it says
    nothing."""
    source.line(line)
    source.says("unavail")
    settings.set(rules=[{**local, **SKIP}])
    asked(quick, admin, sim, "default")


@pytest.mark.parametrize("path", ["/etc/group", NSSWITCH])
def test_a_file_that_cannot_be_read(source, quick, settings, sim, syslog,
                                    path):
    """By the helper, while others can."""
    source.says("")
    settings.set(rules=[{**GROUP, "action": "require"}, SKIP])
    os.chmod(path, 0o600)
    try:
        line = quick.right(quick.login(rhost=FAR))
    finally:
        os.chmod(path, 0o644)
    assert line["rule"] == "1"
    syslog.wait_for(path + ": Permission denied")


def test_over_ssh(sshd, source, settings, sim, syslog):
    settings.set(rules=[{**GROUP, "action": "require"}, SKIP])
    source.says("unavail")
    login = sshd.login("alice", "id", "-un")
    login.password()
    login.code(sim)
    assert login.ended() == 0 and "alice" in login.text
    line = syslog.login_line(user="alice", service="sshd")
    assert line["outcome"] == "allowed" and line["rule"] == "1"


@pytest.mark.parametrize("rules", [
    [],
    [{"services": ["sshd"], "action": "require"}, {**GROUP, **SKIP}],
    [{"services": ["sudo"], **GROUP, **SKIP}],
])
def test_nothing_is_asked_without_a_rule_by_groups(source, quick, settings,
                                                   syslog, rules):
    """... that this login comes to."""
    source.line("group: files twofagone")
    settings.set(rules=rules)
    quick.right(quick.login(rhost=FAR))
    assert "twofagone" not in "\n".join(syslog.lines())


def test_another_name_of_an_account(quick, source, pam):
    """A directory knows alice by another name: it is her login, with her code,
    and her record is bound to it."""
    with open(NSSWITCH, "w", encoding="ascii") as out:
        out.write("passwd: files twofatest\nhosts: files\n" + OURS + "\n")
    pam.only("sshd")
    quick.right(quick.by_key("alice.corp", rhost=FAR), "alice.corp",
                to="alice")


def test_a_directory_that_answers_late(quick, source, pam, settings, zone, at,
                                       syslog):
    """A login has the rules of when it began, as the state broker asks them."""
    with open(NSSWITCH, "w", encoding="ascii") as out:
        out.write("passwd: twofatest files\nhosts: files\n" + OURS + "\n")
    zone(None)
    settings.set(rules=[{"hours": "fri 08:00-18:00", "methods": ["sms"]},
                        {"methods": ["voice"]}])
    settings.user("alice", channels=["sms", "voice"])
    pam.only("sshd")
    at("2026-03-27 07:58")
    source.says("waits")
    login = quick.by_key(rhost=FAR)
    time.sleep(1)
    at("2026-03-27 08:01")
    source.says("member")
    assert quick.right(login, words="calling")["rule"] == "2"
    assert "who took it over" not in " ".join(syslog.lines())


def test_who_is_away_with_the_directory_is_not_gone(source, settings, admin):
    """For days: with files alone left, glibc knows no account of it."""
    source.line("group: files twofatest")
    with open(NSSWITCH, encoding="ascii") as text:
        both = text.read().replace("passwd: files", "passwd: files twofatest")
    with open(NSSWITCH, "w", encoding="ascii") as out:
        out.write(both)
    settings.user("nobody-here")
    noted = "/var/lib/twofactl/gone.nobody-here"

    def marked():
        admin.run("check")
        return "left = true;" in whole_record(settings, "nobody-here")

    source.says("unavail")
    assert not marked() and not os.path.exists(noted)
    source.says("notfound")
    assert not marked()
    os.utime(noted, (time.time() - 86500,) * 2)
    source.says("unavail")
    assert not marked()
    source.says("notfound")
    assert marked()
    shutil.rmtree("/var/lib/twofactl")
    settings.forget("nobody-here")
