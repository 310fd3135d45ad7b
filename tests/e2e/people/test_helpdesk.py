# SPDX-License-Identifier: BSD-2-Clause
"""twofactl helpdesk by a real sudo: carol helps alice and bob, and nobody else.
"""

import contextlib
import ctypes
import json
import os
import pwd
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import pexpect
import pytest

import sdjournal
import stage
import test_group_sources
from breakage import HOST_NAME
from conf import STATE
from ctl import record
from phones import NUMBERS
from steps import wrong
from test_alerts import Telnyx, told

TRANSPORTS = ("spawn",)

CTL = stage.TWOFACTL_INSTALLED
SOCKET = "/run/twofa/user.sock"
RULES = "/etc/sudoers.desk"
SUDOERS = RULES + "/desk"
COUNT = "/var/lib/twofactl/helpdesk.%d"
KEPT = ("/etc/group", "/etc/gshadow", "/etc/passwd", "/etc/nsswitch.conf",
        "/etc/sudo.conf", "/etc/sudoers")
WHY = "lost phone, INC-77"
_installed = test_group_sources._installed
source = test_group_sources.source


@contextlib.contextmanager
def kept(*paths):
    """Their bytes come back, also where there was none."""
    before = {}
    for path in paths:
        if os.path.exists(path):
            with open(path, "rb") as file:
                before[path] = file.read()
    yield
    for path in paths:
        if path in before:
            with open(path, "wb") as file:
                file.write(before[path])
        elif os.path.lexists(path):
            os.unlink(path)


def write(path, text, mode="w"):
    with open(path, mode, encoding="utf-8") as file:
        file.write(text)
    if path.startswith("/etc/sudoers"):
        os.chmod(path, 0o440)


@contextlib.contextmanager
def office(settings):
    settings.set(helpdesk_for=["office"], helpdesk_group="desk",
                 rules=[{"services": ["sudo"], "action": "skip"}])
    with kept(*KEPT), stage.installed():
        write("/etc/group", "office:x:7001:alice,bob,carol\n"
              "desk:x:7002:carol\n", "a")
        write("/etc/sudoers", "root ALL=(ALL:ALL) ALL\n"
              "@includedir %s\n" % RULES)
        os.mkdir(RULES)
        write(SUDOERS, "%%desk ALL=(root) %s helpdesk *\n" % CTL)
        yield
        shutil.rmtree(RULES)
    count = COUNT % pwd.getpwnam("carol").pw_uid
    if os.path.exists(count):
        os.unlink(count)


@pytest.fixture(autouse=True)
def _desk(_ready, settings):
    with office(settings):
        yield


class Desk:
    """What carol does, with her password and no terminal of root's."""

    def __init__(self, terminals):
        self.terminals = terminals

    def __call__(self, *words, user="carol", typed=(), prefix=()):
        me = self.terminals.run(*prefix, "/usr/bin/sudo", "-k", CTL,
                                "helpdesk", *words, user=user)
        me.password("pw-" + user)
        for line in typed:
            me.expect(r"\[8\]: |\[y/N\] |ticket: ")
            me.sendline(line)
        return me.ended(), me.text


@pytest.fixture
def desk(terminals):
    return Desk(terminals)


def as_root(*words, uid=None, stdin="", **more):
    """By its output alone; what sudo would have set is set."""
    uid = pwd.getpwnam("carol").pw_uid if uid is None else uid
    return subprocess.run(
        [CTL, "helpdesk", *words], capture_output=True, text=True, input=stdin,
        env={"SUDO_UID": str(uid), "PATH": os.environ["PATH"]}, timeout=60,
        check=False, **more)


def people(*words):
    done = as_root(*words)
    assert done.returncode == 0, done.stderr
    return {one["user"]: one for one in json.loads(done.stdout)["people"]}


def test_a_lost_phone(desk, sshd, syslog, settings):
    """Who is called makes a code, which lets in at a real login."""
    status, text = desk("code", "--", "alice", typed=(WHY, "", ""))
    assert status == 0, text
    code = text.split("[y/N]")[1].split()[-20:]
    code = next(word for word in code if word.count("-") == 3)
    syslog.wait_for("event=bypass-made user=alice .*%s" % WHY)
    syslog.wait_for("user=alice.*ruser=carol")
    login = sshd.login("alice")
    login.password()
    login.prompt()
    login.answer(code)
    assert login.ended() == 0
    assert syslog.login_line(user="alice")["by"] == "carol " + WHY
    assert people("status", "--json", "--", "alice")["alice"]["codes"] == 0
    del settings


def test_who_and_status(settings):
    found = people("who", "--json")
    assert set(found) == {"alice", "bob"}
    alice = found["alice"]
    assert alice["standing"] == "enrolled" and not alice["shut"]
    assert alice["record"][0]["phone"].startswith("+44 ***")
    assert NUMBERS["alice"] not in json.dumps(found)
    assert people("status", "--json", "--", "bob")["bob"]["user"] == "bob"
    text = as_root("who").stdout
    assert "alice" in text and "enrolled, sms" in text and "carol" not in text
    settings.user("alice", enabled=False)
    assert people("who", "--json")["alice"]["standing"] == "disabled"
    settings.user("alice", left=True)
    assert people("who", "--json")["alice"]["standing"] == "left"
    assert "not enrolled (the record is of a user who has left" in \
        as_root("status", "alice").stdout
    done = as_root("code", "alice", stdin="INC-1\n\n")
    assert done.returncode == 1 and done.stdout == "", done
    assert "alice: not enrolled (the record" in done.stderr
    assert "left_today" in as_root("who", "--json").stdout
    assert '"left_today":20' in as_root("who", "--json").stdout
    settings.user("alice", uid=pwd.getpwnam("alice").pw_uid + 1)
    assert as_root("code", "alice", stdin="INC-1\n\n").returncode == 1
    os.unlink(settings.user_file("bob"))
    assert people("who", "--json")["bob"]["standing"] == "not enrolled"


def lock(quick, sim, clock, rhost):
    """Six wrong codes from one place, by the usual limits."""
    for nth in (1, 2):
        login = quick.login("alice", rhost=rhost)
        login.prompt("Verification code sent")
        for step in (1, 2, 3):
            login.answer(wrong(sim.code("alice", nth=nth), step))
            if step < 3:
                login.prompt("code was wrong")
        assert login.ended() != 0
        clock.advance(61)


def test_a_lock_of_one_place(quick, sim, clock, settings):
    """The usual lock concerns one place: it is said, with the place."""
    lock(quick, sim, clock, "10.9.0.7")
    alice = people("status", "--json", "--", "alice")["alice"]
    assert 600 < alice["locked_s"] <= 900 and not alice["shut"], alice
    assert alice["locked_from"] == "10.9.0.0/24" and alice["wrong"] == 6
    other = people("who", "--json")["alice"]
    assert alice["locked_from"] == other["locked_from"] and other["locked_s"] > 600
    text = as_root("status", "--", "alice").stdout
    assert re.search("locked for 1[45] min from 10.9.0.0/24", text), text
    assert people("status", "--json", "--", "bob")["bob"]["locked_from"] == ""
    assert as_root("unlock", "--", "alice").returncode == 0
    assert "locked" not in as_root("status", "--", "alice").stdout
    del settings


def test_unlock(desk, quick, sim, admin, settings):
    settings.set(limits={"lock_after": 3, "resend_wait": [1, 2]})
    del quick, sim, admin
    status, text = desk("unlock", "--", "alice")
    assert status == 1 and "nothing was locked" in text
    done = as_root("unlock", "--json", "--", "alice")
    assert (done.returncode, json.loads(done.stdout)) == (
        1, {"unlocked": False})


def test_who_is_not_enrolled_gets_an_invitation(settings, quick):
    os.unlink(settings.user_file("bob"))
    done = as_root("code", "--json", "--", "bob", stdin=WHY + "\n\n")
    assert done.returncode == 0, done.stderr
    listed = subprocess.run(
        [CTL, "list", "--codes", "--json"], capture_output=True, text=True,
        check=True)
    assert json.loads(listed.stdout)[0]["enrolment"] is True
    login = quick.login("bob")
    login.prompt()
    login.answer(json.loads(done.stdout)["code"])
    assert login.ended() == 0


def code(*words):
    return subprocess.run([CTL, "code", *words], capture_output=True, text=True,
                          check=False)


def test_codes_are_listed_and_ended(quick, settings):
    """One of two ends: by its number, until when, by whom and why."""
    codes = {}
    for why in ("INC-1", "INC-2"):
        done = as_root("code", "--json", "--", "alice", stdin=why + "\n2\n")
        codes[why] = json.loads(done.stdout)["code"]
    alice = people("status", "--json", "alice")["alice"]
    assert alice["codes"] == 2 and len(alice["open"]) == 2
    one = {row["by"]: row for row in alice["open"]}["carol INC-1"]
    assert 7000 < one["until"] - time.time() <= 7200 and not one["enrolment"]
    assert "open" not in people("who", "--json")["alice"]
    text = code("alice", "--list").stdout
    assert re.search(r"alice +%d .*UTC  by carol INC-1\n" % one["id"], text), text
    assert "%d" % one["id"] in as_root("status", "alice").stdout
    for who in ("bob", "alice"):
        done = as_root("end", "--", who, str(one["id"]))
        assert done.returncode == (who == "bob"), done
    done = as_root("end", "--json", "alice", str(one["id"]))
    assert (done.returncode, done.stdout) == (1, '{"ended":false}\n')
    for why, right in (("INC-1", False), ("INC-2", True)):
        login = quick.login("alice")
        login.prompt()
        login.answer(codes[why])
        if right:
            assert login.ended() == 0
        else:
            login.prompt("not valid")
            login.hang_up()
    del settings


def test_no_message_while_an_invitation_is_open(quick, sim, settings):
    """The phone is lost: whoever has it now learns nothing of a login."""
    done = as_root("code", "--json", "alice", stdin="lost phone\n2\ny\n")
    made = json.loads(done.stdout)
    assert made["next"].endswith(": twofactl enroll alice PHONE --replace"), made
    for words in (("test", "alice"), ("explain", "alice", "sshd")):
        subprocess.run([CTL, *words], input="", check=False, text=True,
                       capture_output=True)
    login = quick.login("alice")
    login.prompt("code")
    assert not sim.requests()
    login.answer(made["code"])
    assert login.ended() == 0, login.text
    login = quick.login("bob")
    login.prompt("Verification code sent")
    login.hang_up()
    login = quick.login("alice")  # used for a login: self asks as ever
    login.prompt("Verification code sent")
    login.hang_up()
    assert as_root("end", "alice", str(made["id"])).returncode == 0
    quick.right(quick.login("alice"),
                words="Verification code (?:already )?sent")


def test_an_invitation_says_what_follows(settings):
    text = code("alice", "--invite", "--hours", "2", "--why", "x").stdout
    assert "then an administrator runs: twofactl enroll alice" in text, text
    assert "no message goes to a phone" in text
    os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
    open(SOCKET, "w", encoding="ascii").close()
    try:
        text = code("alice", "--invite", "--hours", "2", "--why", "x").stdout
        made = json.loads(as_root("code", "--json", "alice", stdin="x\n\n").stdout)
    finally:
        os.unlink(SOCKET)
    assert "within the hour at: twofactl self --phone\n" in text, text
    assert made["next"] == ""
    del settings


def test_all_codes_end(settings):
    for who in ("alice", "alice", "bob"):
        as_root("code", who, stdin="x\n\n")
    done = code("alice", "--end", "all")
    assert done.returncode == 0 and "alice: ended" in done.stdout, done
    assert "alice" not in code("alice", "--list", "--json").stdout
    assert json.loads(code("bob", "--list", "--json").stdout)[0]["user"] == "bob"
    assert code("alice", "--end", "all").returncode == 1
    for number in ("", "0", "-1", "12", "123456a", "12345678", "al",
                   "0000000", "1234567a"):
        assert code("bob", "--end", number).returncode == 2, number
    assert people("status", "--json", "bob")["bob"]["codes"] == 1
    del settings


@pytest.mark.parametrize("by", ["desk", "root"])
def test_what_was_not_printed_is_ended(by, settings, tmp_path):
    """A full disk may have taken the code, so it counts: else whoever reads it
    there has any number of them."""
    words = ["helpdesk", "code", "alice"] if by == "desk" else [
        "code", "alice", "--hours", "2", "--why", "x"]
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "full", tmp_path],
                   check=True)
    with open(tmp_path / "out", "w+", encoding="ascii") as full:
        full.write("." * 4070)
        full.flush()
        done = subprocess.run([CTL, *words], stdout=full, input="x\n\n",
                              stderr=subprocess.PIPE, text=True, check=False,
                              env={"SUDO_UID": str(uid_of("carol")),
                                   "PATH": os.environ["PATH"]})
        full.seek(4070)
        assert re.match("([A-Z2-9]{4}-){3}[A-Z2-9]{4}\n", full.read()), done
    subprocess.run(["umount", tmp_path], check=True)
    assert done.returncode == 4 and "was ended" in done.stderr, done
    assert json.loads(code("alice", "--list", "--json").stdout) == []
    assert json.loads(as_root("who", "--json").stdout)["left_today"] == (
        19 if by == "desk" else 20)
    del settings


def test_only_what_was_done_counts(settings):
    """Not what found nothing, was refused or mistyped."""
    settings.set(helpdesk_daily=5)
    left = lambda: json.loads(  # noqa: E731
        as_root("who", "--json").stdout)["left_today"]
    assert as_root("unlock", "alice").returncode == 1
    assert as_root("end", "alice", "all").returncode == 1
    assert as_root("code", "alice", stdin="\n\n").returncode == 2
    assert left() == 5
    for _ in range(3):
        assert as_root("code", "alice", stdin="x\n\n").returncode == 0
    assert as_root("code", "alice", stdin="x\n\n").returncode == 1
    assert left() == 2
    assert as_root("end", "alice", "all").returncode == 0
    assert left() == 2


@pytest.mark.parametrize("stdin", [
    "", "\n", "x\n25\n", "x\n0\n", "x\n-1\n", "x\n8h\n", "x\n99999999\n",
    "a\"b\n8\n", "\x1b[31m\n8\n", "x" * 300 + "\n8\n", "x\n 8\n", "x\n8 --\n"])
def test_bad_answers(stdin, settings):
    done = as_root("code", "--", "alice", stdin=stdin)
    assert done.returncode == 2, done
    assert not people("status", "--json", "--", "alice")["alice"]["codes"]
    del settings


@pytest.mark.parametrize("typed", [(), ("x",), ("x", "")])
def test_given_up_at_a_question(terminals, typed, settings):
    """Ctrl-D is no answer: nothing is made or counted."""
    me = terminals.run("/usr/bin/sudo", "-k", CTL, "helpdesk", "code", "alice",
                       user="carol")
    me.password("pw-carol")
    for line in (*typed, None):
        me.expect(r"\[8\]: |\[y/N\] |ticket: ")
        me.sendeof() if line is None else me.sendline(line)
    assert me.ended() == 2 and "no code was made" in me.text, me.text
    assert not people("status", "--json", "--", "alice")["alice"]["codes"]
    assert json.loads(as_root("who", "--json").stdout)["left_today"] == 20
    del settings


@pytest.mark.parametrize("user, uid, why", [
    ("carol", None, "yourself"), ("root", None, "no group"),
    ("nobody", None, "no group"), ("alice", "alice", "not in the group"),
    ("mallory", None, "no account"),
])
def test_not_these(user, uid, why, settings):
    uid = pwd.getpwnam(uid).pw_uid if uid else None
    done = as_root("code", "--", user, stdin="x\n\n", uid=uid)
    assert done.returncode in (1, 2) and why in done.stderr, done
    del settings


def uid_of(user):
    return pwd.getpwnam(user).pw_uid


def alice_is_in(group, gid):
    write("/etc/group", "%s:x:%d:alice\n" % (group, gid), "a")


@pytest.mark.parametrize("line", [
    "alice ALL=(ALL) ALL", "%boss ALL=(ALL:ALL) ALL", "%#7003 ALL=(root) ALL",
    "#{uid} ALL=ALL", "ALL ALL=(ALL) ALL", "User_Alias BOSS = alice\nBOSS ALL=ALL",
    "User_Alias BOSS = %boss\nBOSS ALL=ALL", "%#7999 ALL=ALL", "%:boss ALL=ALL",
    "Cmnd_Alias SH = /bin/sh\nalice ALL=(root) SH", "bob, alice ALL = (root) ALL",
    "@include /etc/sudoers.missing", "#include /etc/sudoers.missing",
    "Runas_Alias OP = root\nalice ALL=(OP) ALL",
    "%{long} ALL=ALL",
    "alice ALL=(#0) ALL", "alice ALL=(%root) ALL", "alice ALL=(root) /bin/bash",
    "alice ALL=(root) NOPASSWD: /bin/su", "alice ALL=(root) /usr/bin/*",
    "alice ALL=/usr/bin/", "alice ALL=(ALL) ^.*$", "alice ALL=(bob) ALL",
    "alice ALL=(:boss) /bin/ls", "al\\x69ce ALL=(root) ALL", "ALICE ALL=ALL",
    "%BOSS ALL=ALL", "alice ALL=sudoedit /etc/shadow", "alice ALL = UNKNOWN",
    "alice other=(root) /bin/sh", "alice ALL=SETENV: /usr/bin/apt update",
    "Defaults !env_reset\nalice ALL=/usr/bin/apt update",
    "alice ALL=/usr/bin/apt update, /bin/sh", "alice ALL=/usr/sbin/reboot",
    "\"%{long}\u00e9\" ALL=ALL", "alice ALL ALL", "bob bob",
    "alice ALL=(root) CWD=/ /bin/sh",
    "Defaults:alice setenv\nalice ALL=/usr/bin/apt update",
    "Defaults!/usr/bin/apt env_keep += \"A LD_PRELOAD\"\nalice ALL=/usr/bin/apt update",
    "alice ALL=CHROOT=* /usr/bin/apt update",
    "Defaults !secure_path\nalice ALL=/usr/bin/apt update",
    "Defaults:alice !secure_path\nalice ALL=/usr/bin/apt update",
    "Defaults exempt_group = boss\nalice ALL=/usr/bin/apt update",
    "Defaults env_keep += APT_CONFIG\nalice ALL=/usr/bin/apt update",
    "+boss ALL=ALL",
])
def test_never_who_can_become_root(line, settings):
    """By any way that sudoers has to name somebody, or that cannot be read."""
    alice_is_in("boss", 7003)
    write(RULES + "/boss", line.format(
        uid=uid_of("alice"), long="x" * 90) + "\n")
    try:
        for words in (("code",), ("unlock",), ("status",)):
            done = as_root(*words, "--", "alice", stdin="x\n\n")
            assert done.returncode == 1, (line, done)
            assert "root" in done.stderr
        assert "alice" not in as_root("who", "--json").stdout
    finally:
        os.unlink(RULES + "/boss")
    assert as_root("status", "--", "alice").returncode == 0
    del settings


@pytest.mark.parametrize("line", [
    "alice ALL=(root) /usr/bin/apt update, list", "root ALL=ALL",
    "alice ALL=(root) NOPASSWD: /usr/sbin/reboot \"\"", "alice ALL=!ALL",
    "Defaults nonsense=1\nbob ALL=(root) /bin/sh", "%g\u00e4ste ALL=ALL",
    "ALL ALL=(root) PASSWD: {ctl} self, {ctl} self --app, {ctl} self [+0-9]*",
])
def test_harmless_commands(line, settings):
    """What the manual lists makes nobody an admin, and no other name does."""
    write(RULES + "/harmless", line.format(ctl=CTL) + "\n")
    try:
        assert as_root("status", "--", "alice").returncode == 0, line
    finally:
        os.unlink(RULES + "/harmless")
    del settings


@pytest.mark.parametrize("members, helped", [
    ("(,alice,)", {"bob"}), ("(,carol,)", {"alice", "bob"}), (None, None)])
def test_netgroups(members, helped, settings):
    """One that is not known may have anybody in it, as a group may."""
    write(RULES + "/boss", "+boss ALL=ALL\n")
    write("/etc/nsswitch.conf", "\nnetgroup: files\n", "a")
    with kept("/etc/netgroup"):
        if members is not None:
            write("/etc/netgroup", "boss %s\n" % members)
        done = as_root("who", "--json")
        found = json.loads(done.stdout)["people"]
        assert {one["user"] for one in found} == (helped or set()), done
    del settings


@pytest.mark.parametrize("name, first", [("zoe", True), ("aal", False)])
@pytest.mark.parametrize("way", ["wheel", "sudoers"])
def test_never_another_name_of_an_admin(name, first, way, settings):
    """Who is root by one name is so by each: they share a uid."""
    text = open("/etc/passwd", encoding="utf-8").read()
    line = "%s:x:%d:100::/:/bin/sh\n" % (name, uid_of("alice"))
    write("/etc/passwd", text + line if first else line + text)
    if way == "wheel":
        write("/etc/group", "wheel:x:7004:%s\n" % name, "a")
    else:
        write(RULES + "/other", "%s ALL=(root) /bin/vi\n" % name)
    done = as_root("code", "--", "alice", stdin="x\n\n")
    assert done.returncode == 1 and "root" in done.stderr, done
    assert set(people("who", "--json")) == {"bob"}
    del settings


@pytest.mark.parametrize("text", [None, "#!/bin/sh\nexit 0\n",
                                  "#!/bin/sh\nexec /bin/false\n",
                                  "#!/bin/sh\nyes\n"])
def test_rules_that_cannot_be_read_bar(text, settings, tmp_path):
    """Without sudo's own reader of its rules, or with a broken one."""
    other = str(tmp_path / "reader")
    write(other, text or "")
    os.chmod(other, 0o755 if text else 0o644)
    subprocess.run(["mount", "--bind", other, "/usr/bin/cvtsudoers"], check=True)
    try:
        done = as_root("who")
    finally:
        subprocess.run(["umount", "/usr/bin/cvtsudoers"], check=True)
    assert done.returncode == 1 and "/usr/bin/cvtsudoers" in done.stderr, done
    del settings


@pytest.mark.parametrize("group", ["sudo", "wheel", "admin", "desk", "root",
                                   "docker", "disk", "lxd", "incus", "kvm",
                                   "libvirt"])
def test_never_these_groups(group, settings):
    text = open("/etc/group", encoding="utf-8").read().splitlines()
    with kept("/etc/group"):
        rest = [line for line in text if not line.startswith(group + ":")]
        write("/etc/group", "\n".join(rest) + "\n%s:x:7004:alice,carol\n" % group)
        if group != "desk":
            assert group + ":" in open("/etc/group", encoding="utf-8").read()
        done = as_root("code", "--", "alice", stdin="x\n\n")
    assert done.returncode == 1 and "root" in done.stderr, done
    del settings


def test_never_another_name_of_root(settings):
    with kept("/etc/passwd"):
        text = open("/etc/passwd", encoding="utf-8").read()
        write("/etc/passwd", text.replace(
            "alice:x:%d:" % uid_of("alice"), "alice:x:0:"))
        done = as_root("code", "--", "alice", stdin="x\n\n")
    assert done.returncode == 1 and "root" in done.stderr, done
    del settings


def test_never_who_lends_root_a_phone(settings):
    """A person of a shared account of root's has alice's factors."""
    settings.raw_user("root",
                      'people = ( { name = "anna"; user = "alice"; } );\n')
    done = as_root("code", "--", "alice", stdin="x\n\n")
    assert done.returncode == 1 and "root" in done.stderr, done
    assert as_root("status", "--", "bob").returncode == 0


@pytest.mark.parametrize("path, text", [
    ("/etc/nsswitch.conf", "sudoers: files sss\n"),
    ("/etc/nsswitch.conf", " sudoers:ldap\n"),
    ("/etc/nsswitch.conf", "sudoers: ldap [SUCCESS=return] files\n"),
    ("/etc/sudo.conf", "Plugin sudoers_policy other.so\n"),
    ("/etc/sudo.conf",
     "Plugin sudoers_policy sudoers.so sudoers_file=/etc/x\n"),
])
def test_a_policy_elsewhere(path, text, settings):
    with kept(path):
        write(path, text, "a")
        done = as_root("who")
        assert done.returncode == 1 and "doctor" in done.stderr, done
        found = subprocess.run([CTL, "doctor", "--json"], capture_output=True,
                               text=True, check=False).stdout
        assert '"sudo-elsewhere"' in found
    assert as_root("who").returncode == 0
    del settings


def test_a_folder_beside_the_rules_is_none(settings):
    os.mkdir(RULES + "/folder")
    try:
        assert as_root("who").returncode == 0
    finally:
        os.rmdir(RULES + "/folder")
    del settings


@pytest.mark.skipif(stage.private() and stage.sanitized(),
                    reason="a sanitizer needs more memory than these limits leave")
def test_limits_of_the_caller_hide_nobody(terminals, settings):
    """Few files, little memory, no bytes: they must not hide who is admin."""
    alice_is_in("boss", 7003)
    write(SUDOERS, "%%desk ALL=(root) NOPASSWD: %s helpdesk *\n" % CTL)
    write(RULES + "/boss", "%boss ALL=ALL\n")
    try:
        for limit in ("-n 5", "-n 8", "-n 12", "-f 0", "-v 60000", "-t 1",
                      "-s 64"):
            me = terminals.run(
                "/bin/sh", "-c", "ulimit %s; exec /usr/bin/sudo -k %s helpdesk "
                "status -- alice" % (limit, CTL), user="carol")
            assert me.ended() != 0 and "enrolled" not in me.text, me.text
    finally:
        os.unlink(RULES + "/boss")
    del settings


@pytest.mark.skipif(stage.private() and stage.sanitized(),
                    reason="a sanitizer has threads of its own")
def test_limits_of_the_caller_keep_no_alert_back(terminals, settings, sim,
                                                 syslog):
    """The limit of processes is of all of user twofa. By the lowest one with
    which a helper starts, it has no thread to look up an address."""
    write(SUDOERS, "%%desk ALL=(root) NOPASSWD: %s helpdesk *\n" % CTL)
    telnyx = Telnyx(settings, sim)
    telnyx.keys["base_url"] = "https://%s:%d" % (HOST_NAME, sim.port)
    settings.set(alert_owner=True, providers=[telnyx.keys], limits={
        "sends_per_user_hour": 100, "sends_per_user_day": 100,
        "sends_per_number_day": 100})
    with kept("/etc/hosts"):
        write("/etc/hosts", "127.0.0.1 %s\n" % HOST_NAME, "a")
        for most in (*range(1, 12), *range(12, 60, 4)):
            me = terminals.run(
                "/bin/bash", "-c", "ulimit -u %d; exec /usr/bin/sudo -k %s "
                "helpdesk code -- bob" % (most, CTL), user="carol")
            for line in (WHY, "", ""):
                if me.expect([r"\[8\]: |\[y/N\] |ticket: ", pexpect.EOF]) == 0:
                    me.sendline(line)
            if me.ended() == 0:
                told(syslog, "bypass-made", "bob")
                break
            syslog.clear()
    syslog.clear()


def test_it_leaves_its_callers_cgroup(settings):
    """systemd delegates one to each user, who may limit processes there: the
    alert needs one more than the code. Or freeze it."""
    mounted = "/sys/fs/cgroup"
    subprocess.run(["mount", "-t", "cgroup2", "none", mounted], check=True)
    group = "%s/twofa-test-%d" % (mounted, os.stat("/proc/self/ns/pid").st_ino)
    os.mkdir(group)
    try:
        with subprocess.Popen(
                [CTL, "helpdesk", "code", "alice"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env={"SUDO_UID": str(uid_of("carol")),
                     "PATH": os.environ["PATH"]},
                preexec_fn=lambda: write(group + "/cgroup.procs", "0")) as run:
            assert run.stderr.read(3) == "Why"
            with open(group + "/cgroup.procs", encoding="ascii") as text:
                assert str(run.pid) not in text.read().split()
            run.communicate("\n\n\n", timeout=30)
    finally:
        os.rmdir(group)
        subprocess.run(["umount", mounted], check=True)
    del settings


def slow_down():
    """As test_standing.py, what any user may do to what they start."""
    libc = ctypes.CDLL(None)
    assert libc.prctl(29, 10 ** 9, 0, 0, 0) == 0  # PR_SET_TIMERSLACK
    os.nice(19)
    os.sched_setaffinity(0, {0})
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def test_it_runs_as_fast_as_for_root(settings):
    """The helpers of the code and of its alert inherit how it is scheduled."""
    with subprocess.Popen(
            [CTL, "helpdesk", "code", "alice"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"SUDO_UID": str(uid_of("carol")),
                 "PATH": os.environ["PATH"]}, preexec_fn=slow_down) as run:
        assert run.stderr.read(3) == "Why"
        assert os.sched_getscheduler(run.pid) == os.SCHED_OTHER
        assert os.getpriority(os.PRIO_PROCESS, run.pid) == 0
        assert os.sched_getaffinity(run.pid) == os.sched_getaffinity(0)
        with open("/proc/%d/timerslack_ns" % run.pid, encoding="ascii") as text:
            assert int(text.read()) == 50000
        run.communicate("\n\n\n", timeout=30)
    del settings


def test_a_number_for_the_day(settings):
    settings.set(helpdesk_daily=2)
    path = COUNT % uid_of("carol")
    for _ in range(2):
        assert as_root("code", "--", "bob", stdin="x\n\n").returncode == 0
    assert json.loads(as_root("who", "--json").stdout)["left_today"] == 0
    done = as_root("code", "--", "alice", stdin="x\n\n")
    assert done.returncode == 1 and "helpdesk_daily" in done.stderr
    day, used = open(path, encoding="utf-8").read().split()
    assert int(used) == 2
    write(path, "%010d %010d\n" % (int(day) - 1, 2))
    assert as_root("code", "--", "alice", stdin="x\n\n").returncode == 0
    write(path, "%010d %010d\n" % (int(day) + 9, 2))
    assert "helpdesk_daily" in as_root("unlock", "--", "bob").stderr
    write(path, "%010d %010d\n" % (int(day) + 9, 1))
    assert as_root("code", "--", "alice", stdin="x\n\n").returncode == 0
    assert "helpdesk_daily" in as_root("unlock", "--", "bob").stderr
    write(path, "rubbish")
    assert as_root("unlock", "--", "bob").returncode == 4
    os.unlink(path)
    os.symlink("/etc/passwd", path)
    assert as_root("unlock", "--", "bob").returncode == 4


def test_twenty_at_once(settings):
    """However many windows: not more than the day's number."""
    settings.set(helpdesk_daily=5)
    uid = str(uid_of("carol"))
    env = {"SUDO_UID": uid, "PATH": os.environ["PATH"]}
    with contextlib.ExitStack() as stack:
        runs = [stack.enter_context(subprocess.Popen(
            [CTL, "helpdesk", "code", ("alice", "bob")[n % 2]], env=env,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)) for n in range(20)]
        said = [run.communicate("x\n\n", timeout=60)[1] for run in runs]
    done = sum(run.returncode == 0 for run in runs)
    assert 3 <= done <= 5 and sum(
        "helpdesk_daily" in text for text in said) > 9, said
    assert json.loads(as_root("who", "--json").stdout)["left_today"] == 5 - done


HOSTILE = [words.split(" ") for words in """\

code
code alice bob
code -- alice bob
end
end alice
end -- alice
end -- alice -- 1234567
end alice --json
end alice 1234567 x
end alice 12
end alice ../x
end alice -1
end --all alice
code --json alice bob
code --json
code --
code -- --
code --json --json -- alice
code -- --json alice
code alice -- --json
--json code -- alice
-- code alice
code --js -- alice
code --jso -- alice
code --json=1 -- alice
code --yes -- alice
code --hours=100 -- alice
code --hours 100 -- alice
code --invite -- alice
code --why=x -- alice
code -c /tmp/x -- alice
code -c/tmp/x -- alice
code --config=/tmp/x -- alice
code --config /tmp/x -- alice
code --helper=/bin/sh -- alice
code --helper /bin/sh -- alice
--helper=/bin/sh code -- alice
--config=/tmp/x code -- alice
-c /tmp/x code -- alice
-c/tmp/x who
code -h -- alice
code --help -- alice
code --version -- alice
code --person=anna -- alice
code --person anna -- alice
code --user alice -- bob
code --field -- alice
code --codes -- alice
code --local -- alice
unlock --local -- alice
unlock --sends -- alice
unlock alice bob
unlock -- alice bob
unlock
unlock --json
unlock --
unlock --yes -- alice
status
status alice bob
status --json
status --prometheus -- alice
status --full -- alice
status --json --full -- alice
status -- alice bob
who --
who -- alice
who alice
who --full
who --json --
who --json -- alice
who --json --json
who --codes
history alice bob
history --json --
history --since 1d
history -- root
enroll -- alice
remove -- alice
recovery-codes -- alice
totp -- alice
push -- alice
edit -- alice
self
self --phone
state init
init
check
doctor
test -- alice
explain alice sshd
key -- alice
forget -- alice
import -- /etc/passwd
import /dev/stdin
report
helpdesk code -- alice
code helpdesk -- alice
CODE -- alice
Code -- alice
codes -- alice
cod -- alice
who/ -- alice
code -- -alice
code -- --help
code -- .
code -- ..
code -- ../alice
code -- alice/
code -- /etc/passwd
code -- alice//anna
code -- .alice
code -- @alice
code -- al*ce
code -- alice;id
code -- alice|id
code -- $(id)
code -- `id`
code -- %n%n%s
code -- #0
code -- 0
code -- +office
code -- %office
code -- root
code -- carol
code -- ALICE""".split("\n")] + [
    ["code", "--", ""], ["", "--", "alice"], ["code", "", "alice"],
    ["code", "--", "alice\n"], ["code", "--", "alice\nbob"],
    ["code", "--", "alice "], ["code", "--", " alice"],
    ["code --", "alice"], ["code", "-- alice"], ["code -- alice"],
    ["code", "--", "a" * 65], ["code", "--", "a" * 100000],
    ["code", "--", "\u202ealice"], ["code", "--", "alic\u0435"],
    ["code", "--", "alice", "--helper=/bin/sh"],
    ["code", "--", "alice", "--config=/tmp/x"], ["code", "--", "alice", ""],
    ["who", ""], ["who", "\n"], ["code", "--json", "--", "alice", "--"]]


@pytest.mark.parametrize("stops", [False, True])
def test_a_prompt_that_waits(stops, settings, tmp_path):
    """Who may be helped is not who could be when the prompt came: a caller who
    waits, or stops it, makes no code for somebody who is an admin by then."""
    shim = tmp_path / "alarm.so"  # a hundredth of the time
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", shim, "-xc", "-"], text=True,
                   input="#include <sys/time.h>\nunsigned alarm(unsigned s) {"
                   "struct itimerval t = { .it_value.tv_sec = s / 100 };"
                   "return setitimer(ITIMER_REAL, &t, 0); }", check=True)
    with subprocess.Popen(
            [CTL, "helpdesk", "code", "alice"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"SUDO_UID": str(uid_of("carol")), "LD_PRELOAD": str(shim)},
            preexec_fn=lambda: signal.signal(signal.SIGALRM, signal.SIG_IGN)) as run:
        assert run.stderr.read(3) == "Why"
        alice_is_in("wheel", 7003)
        if stops:
            run.send_signal(signal.SIGSTOP)
        time.sleep(7)
        with contextlib.suppress(BrokenPipeError):
            os.write(run.stdin.fileno(), b"x\n\n\n")
        run.send_signal(signal.SIGCONT)
        assert run.wait(30) == -signal.SIGALRM and run.stdout.read() == ""
    assert json.loads(code("alice", "--list", "--json").stdout) == []
    del settings


def test_a_hundred_hostile_lists(settings, sim):
    """Exactly the words of a form, or wrong usage: nothing is made, and the
    settings and records stay."""
    before = sorted(os.listdir(settings.users_dir))
    for words in HOSTILE:
        done = as_root(*[word for word in words], stdin="x\n8\ny\n")
        assert done.returncode in (1, 2), (words, done)
        assert not done.stdout, (words, done)
    listed = subprocess.run([CTL, "list", "--codes", "--json"], check=True,
                            capture_output=True, text=True)
    assert json.loads(listed.stdout) == []
    assert sorted(os.listdir(settings.users_dir)) == before
    assert NUMBERS["alice"] in record(settings, "alice")
    assert len(HOSTILE) > 100 and not sim.requests()


def test_sudo_lets_nothing_else_through(terminals, settings):
    """By the line of the guide: other commands, and options before the word."""
    for words in (("list",), ("-c", "/tmp/x", "helpdesk", "who"),
                  ("--json", "helpdesk", "who"), ("enroll", "carol", "+44"),
                  ("helpdeskx",), ("helpdesk",)):
        me = terminals.run("/usr/bin/sudo", "-k", CTL, *words, user="carol")
        with contextlib.suppress(Exception):
            me.password("pw-carol")
        assert me.ended() != 0, me.text
        assert "alice" not in me.text
    del settings


def test_a_hostile_terminal(desk, settings):
    """A locale, names and a search path of the caller's choice."""
    status, text = desk("status", "--", "alice", prefix=(
        "/usr/bin/env", "LANG=%n%n", "LC_ALL=/../../tmp", "LANGUAGE=" + "x" * 5000,
        "TERM=%s%n", "PATH=/tmp:/usr/bin:/bin", "SUDO_UID=0",
        "SUDO_USER=alice", "LD_PRELOAD=/tmp/x.so", "POSIXLY_CORRECT=1",
        "TWOFA=1"))
    assert status == 0 and "alice" in text
    for close in ("<&-", "<&- >&- 2>&-", ">/dev/full"):
        done = subprocess.run(
            ["/bin/sh", "-c", "exec %s helpdesk code -- alice %s"
             % (CTL, close)], check=False, input="x\n\n", text=True,
            env={"SUDO_UID": str(uid_of("carol")), "PATH": "/usr/bin"},
            capture_output=True, timeout=60)
        assert done.returncode in (2, 4), done
    del settings


def test_only_by_sudo_and_not_root(settings):
    for uid in ("", "0", "-1", "4294967295", "4294967296", "54321", "1003x"):
        done = as_root("who", uid=uid)
        assert done.returncode == 2 and "sudo twofactl" in done.stderr, done
    del settings


def test_no_help_desk_by_default(settings):
    for keys in ({"helpdesk_for": None}, {"helpdesk_group": None}):
        settings.set(helpdesk_for=["office"], helpdesk_group="desk")
        settings.set(**keys)
        done = as_root("who")
        assert done.returncode == 1 and "helpdesk_for" in done.stderr, done
    settings.put(settings.conf, "brand = 3;\n")
    assert as_root("who").returncode == 3


def test_a_strange_full_name(settings):
    with kept("/etc/passwd"):
        text = open("/etc/passwd", encoding="utf-8").read()
        write("/etc/passwd", text.replace(
            "alice:x:%d:%d:" % (uid_of("alice"), uid_of("alice")),
            "alice:x:%d:%d:\x1b[2J<script>\"\u00fc%s" % (
                uid_of("alice"), uid_of("alice"), "n" * 300)))
        name = people("who", "--json")["alice"]["name"]
        assert name.startswith("\x1b[2J<script>\"") and len(name) <= 90
        assert "\x1b" not in as_root("who").stdout
    del settings


def crowd(settings, numbers):
    """More of the office, all enrolled, with a wrong code each."""
    names = ["staff%05d" % n for n in numbers]
    write("/etc/passwd", "".join("%s:x:%d:100:Staff %d:/nonexistent:/bin/sh\n" % (
        name, 20000 + n, n) for n, name in zip(numbers, names)), "a")
    text = open("/etc/group", encoding="utf-8").read()
    write("/etc/group", text.replace("office:x:7001:", "office:x:7001:" + "".join(
        name + "," for name in names)))
    for n, name in zip(numbers, names):
        settings.user(name, phone="+4477%08d" % n)
    as_root("who")  # makes the state
    with contextlib.closing(sqlite3.connect(STATE + "/state.db")) as state, state:
        state.executemany(
            "INSERT INTO guess(user, source, series, wrong, locks, locked_at, until,"
            " last) VALUES(?, ?, 1, 2, 0, 0, 0, ?)",
            [(name, place, int(time.time() * 1000)) for name in names
             for place in ("", "10.9.0.0/24")])


def seconds(*words):
    """Of CPU, with what the helper took of it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = as_root(*words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in (0, 1), done.stderr
    return done, sum(getattr(after, one) - getattr(before, one)
                     for one in ("ru_utime", "ru_stime"))


def test_ten_thousand_people(settings):
    """Ten times as many take ten times the CPU, and one of them less than a third
    of all."""
    try:
        crowd(settings, range(1000))
        fewer, tenth = seconds("who", "--json")
        crowd(settings, range(1000, 10000))
        done, took = seconds("who", "--json")
        found = json.loads(done.stdout)["people"]
        one = [seconds(*words)[1] for words in (
            ("status", "--json", "staff00000"), ("unlock", "staff09999"),
            ("status", "root"))]
    finally:
        for n in range(10000):
            settings.forget("staff%05d" % n)
    assert [person["user"] for person in found] == ["alice", "bob"] + [
        "staff%05d" % n for n in range(10000)]
    assert found[77]["name"] == "Staff 75" and found[77]["wrong"] == 2
    assert len(json.loads(fewer.stdout)["people"]) == 1002
    print("all %.2f s, a tenth %.2f s, one %s" % (took, tenth, one))
    assert took < 30 * tenth and max(one) < took / 2, (took, tenth, one)


@pytest.mark.parametrize("groups, why", [
    (["office", "offcie"], "the group offcie, which does not exist"),
    (["empty"], "the group empty, which has no members"),
    (["desk"], "each of 1 members of helpdesk_for is of the help desk"),
])
def test_why_the_list_is_empty(groups, why, settings):
    write("/etc/group", "empty:x:7005:\n", "a")
    settings.set(helpdesk_for=groups)
    for words in (("who",), ("who", "--json")):
        done = as_root(*words)
        assert done.returncode == 0 and why in done.stderr, done
    assert ("alice" in done.stdout) == ("office" in groups)
    settings.set(helpdesk_for=["office"])
    assert as_root("who").stderr == ""


@pytest.mark.parametrize("key", ["helpdesk_for", "helpdesk_group"])
def test_check_finds_an_unknown_group(key, settings):
    check = lambda: subprocess.run(  # noqa: E731
        [CTL, "check"], capture_output=True, text=True, check=False)
    assert "helpdesk" not in check().stderr
    settings.set(**{key: ["desk", "desc"] if key == "helpdesk_for" else "desc"})
    done = check()
    assert done.returncode == 3, done
    assert '%s: group "desc" cannot be found; see: getent group desc' % key in \
        done.stderr, done


@pytest.mark.parametrize("says", ["member", "member listed", "listed", "unavail"])
def test_never_by_a_directory_that_lists_no_members(source, says, settings):
    """corp-ops may have alice in it, and not say so unless asked for her."""
    source.line(test_group_sources.OURS)
    source.says(says)
    write(RULES + "/boss", "%corp-ops ALL=(ALL) ALL\n")
    done = as_root("who", "--json")
    assert '"alice"' not in done.stdout, done
    source.says("")
    assert set(people("who", "--json")) == {"alice", "bob"}
    del settings


def test_history(settings):
    """Who did what for whom, when: of whom the caller may help, and as the
    journal knows that we wrote it."""
    made = 'event=bypass-made user=%s twofactl: code until tomorrow: "INC-1" ' \
        "user=%s by uid=0 ruser=carol"
    sdjournal.write([
        sdjournal.entry(made % ("alice", "alice"), 91 * 86400),
        sdjournal.entry(made % ("alice", "alice"), 300),
        sdjournal.entry("event=locked user=bob bob is locked by wrong codes", 200),
        sdjournal.entry(made % ("root", "root"), 200),
        sdjournal.entry(made % ("carol", "carol"), 200),
        sdjournal.entry(made % ("bob", "bob"), 100, uid=1000, caps="0"),
        sdjournal.entry(sdjournal.login("alice", event="exception-used"), 50)])
    try:
        done = as_root("history", "--json")
        found = json.loads(done.stdout)["events"]
        assert [(one["event"], one["user"]) for one in found] == [
            ("bypass-made", "alice"), ("locked", "bob")], done
        assert found[0]["line"].endswith("by uid=0 ruser=carol")
        assert 250 < time.time() - found[0]["at"] < 400
        found = json.loads(as_root("history", "--json", "--", "bob").stdout)
        assert [one["user"] for one in found["events"]] == ["bob"]
        text = as_root("history", "alice").stdout
        assert text.count("\n") == 1 and "INC-1" in text, text
        assert as_root("history", "root").returncode == 1
    finally:
        sdjournal.remove()
    done = as_root("history")
    assert done.returncode == 5 and "no journal of systemd" in done.stderr, done
    del settings


def test_what_history_is_made_of(quick, sim, clock, settings, syslog):
    lock(quick, sim, clock, "10.9.0.7")
    assert as_root("unlock", "alice").returncode == 0
    syslog.wait_for("event=unlocked user=alice twofactl: unlock user=alice by "
                    "uid=0 ruser=carol")
    assert as_root("code", "alice", stdin="x\n\n").returncode == 0
    assert as_root("end", "alice", "all").returncode == 0
    syslog.wait_for("event=bypass-ended user=alice twofactl: code --end user=alice "
                    "by uid=0 ruser=carol")
    del settings


def test_limits_with_their_maximum(quick, settings):
    settings.set(limits={"sends_per_user_hour": 7, "sends_per_user_day": 9},
                 helpdesk_daily=6)
    login = quick.login("alice")
    login.prompt("Verification code sent")
    login.hang_up()
    found = json.loads(as_root("status", "--json", "alice").stdout)
    assert found["people"][0]["sends_hour"] == 1
    assert (found["sends_hour_max"], found["sends_day_max"],
            found["daily_max"]) == (7, 9, 6)
    text = as_root("status", "alice").stdout
    assert "1 of 7 messages in the last hour" in text, text


@pytest.mark.parametrize("to", ["log", "pair", "later", "stream"])
def test_its_output_is_no_line_of_the_log(to, settings, tmp_path):
    """What it prints into /dev/log would be root's word: of a long history each
    full buffer is a datagram, and may begin with a reason that a caller gave."""
    made = 'event=bypass-made user=alice twofactl: code until tomorrow: "%s" ' \
        "user=alice by uid=0 ruser=carol"
    uid = pwd.getpwnam("twofa").pw_uid
    sdjournal.write([sdjournal.entry(made % ("<86>event=locked user=bob x" * 4),
                                     ago, uid, stage.HELPER_INSTALLED, "0")
                     for ago in range(2, 102)])
    kind = socket.SOCK_STREAM if to == "stream" else socket.SOCK_DGRAM
    path = str(tmp_path / "log")
    with socket.socket(socket.AF_UNIX, kind) as log:
        log.bind(path)
        if to == "stream":
            log.listen(1)
        ends = [socket.socket(socket.AF_UNIX, kind)] if to != "pair" else \
            socket.socketpair(socket.AF_UNIX, kind)
        if to in ("log", "stream"):
            ends[0].connect(path)
        with ends[0]:
            done = subprocess.run(
                [CTL, "helpdesk", "history"], stdout=ends[0], check=False,
                stderr=subprocess.PIPE, text=True, timeout=60,
                env={"SUDO_UID": str(uid_of("carol")),
                     "PATH": os.environ["PATH"]})
    assert done.returncode == 2 and "another program's socket" in done.stderr
    here, there = socket.socketpair()
    with here, there:
        done = subprocess.run(
            [CTL, "helpdesk", "who"], stdout=here, check=False, timeout=60,
            env={"SUDO_UID": str(uid_of("carol")), "PATH": os.environ["PATH"]})
        assert done.returncode == 0 and b"alice" in there.recv(4096)
    sdjournal.remove()
    del settings
