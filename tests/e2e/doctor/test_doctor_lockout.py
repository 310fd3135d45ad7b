# SPDX-License-Identifier: BSD-2-Clause
"""Whom doctor says that sshd keeps out, beside a real login of each of them:
accounts with and without password, key and record, on the stacks that the
guides name."""

import contextlib
import datetime
import itertools
import os
import re
import shutil
import stat
import subprocess

import pexpect
import pytest

import pamstack
import stage
from steps import ONCE
from terminal import PASSWORD

TRANSPORTS = ()

SSHD = "/etc/ssh/sshd_config"
BOTH = "AuthenticationMethods publickey,keyboard-interactive " \
    "keyboard-interactive"
KEY_FIRST = "AuthenticationMethods publickey,keyboard-interactive"
WHEN = ("auth [success=2 cred_insufficient=2 default=ignore] %s "
        "when=publickey" % stage.MODULE, *pamstack.GUARD)
FILES = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow",
         "/etc/subuid", "/etc/subgid", SSHD)
# what an account has, as in its name: a password, a key, a record
KINDS = ["".join(kind) for n in range(4)
         for kind in itertools.combinations("pkr", n)]


@pytest.fixture
def host(_ready):
    """What makes accounts and sshd's settings, which come back."""
    with contextlib.ExitStack() as stack:
        for path in FILES:
            if os.path.exists(path):
                stack.callback(_restore, path, *_read(path))
        yield


def _read(path):
    with open(path, "rb") as text:
        return text.read(), os.stat(path)


def _restore(path, text, st):
    with open(path, "wb") as out:
        out.write(text)
    os.chown(path, st.st_uid, st.st_gid)
    os.chmod(path, stat.S_IMODE(st.st_mode))


class Accounts:
    """Made by what they have, in group sudo; phone numbers of their own."""

    def __init__(self, settings):
        self._settings = settings
        self.names = []
        self._numbers = {}
        self.typed = {}  # a recovery code

    def add(self, name, has, *words):
        subprocess.run(["groupadd", "-f", "sudo"], check=True)
        subprocess.run(["useradd", "-M", "-s", "/bin/sh", "-G", "sudo",
                        *words, name], check=True, capture_output=True)
        self.give(name, has)

    def give(self, name, has):
        self.names.append(name)
        if "p" in has:
            subprocess.run(["chpasswd"], input="%s:pw-%s\n" % (name, name),
                           text=True, check=True)
        if "r" in has:
            self._numbers[name] = "+447700%04d00" % (9100 + len(self.names))
            self._settings.user(name, phone=self._numbers[name])

    def code(self, sim, name):
        """Theirs, or what was sent to them; else they give up."""
        if name in self.typed:
            return self.typed[name]
        sent = sim.messages(self._numbers[name]) if name in self._numbers \
            else []
        return sent[-1]["code"] if sent else "q"


@pytest.fixture
def accounts(host, settings):
    return Accounts(settings)


def gets_in(server, sim, accounts, name, key):
    """With all that the account has: key, password, phone."""
    login = server.login(name, "id", "-un", key=key, options=ONCE)
    while login.expect([PASSWORD, r"(?i)code[^\r\n]*: ?$", pexpect.EOF],
                       timeout=20) < 2:
        login.answer("pw-" + name if re.search(PASSWORD, login.after)
                     else accounts.code(sim, name))
    return login.ended() == 0


def told(admin):
    """Who cannot log in, by doctor's word: {name: why}."""
    lines = [re.fullmatch(
        r"lockout: (?:(\d+ of \d+ .* are not enrolled, .*): )?([^:]+?)"
        r"(?:(?: cannot log in by ssh(?: without a recovery code)?: |; )(.*))",
        line)
             for line in admin.run("doctor")[1].splitlines()
             if line.startswith("lockout: ")]
    return {name: "%s; %s" % (line[1], line[3]) for line in lines
            for name in line[2].split(", ")}


def test_most_are_not_enrolled(admin, sshd, sim, accounts):
    """Who has a password counts as well; ten are named."""
    for n in range(12):
        accounts.add("desk%02d" % n, "p")
    server = sshd.start(BOTH)
    shutil.copy(server.folder + "/config", SSHD)
    out = admin.run("doctor")[1]
    found = re.search(r"(?m)^lockout: (\d+) of (\d+) accounts that can log "
                      r"in by sshd are not enrolled, and such logins "
                      r"are denied: (.*) and (\d+) more; for each run: "
                      r"twofactl enroll",
                      out)
    assert found and len(found[3].split(", ")) == 10, out
    assert int(found[1]) == 13 and int(found[4]) == 3  # carol
    assert int(found[2]) - 13 in (2, 3)  # root may have a key here
    sim.fresh()
    assert not gets_in(server, sim, accounts, "desk00", None)


def test_who_may_enrol_at_the_login(admin, sshd, accounts, settings):
    """They are not denied, and no problem while the window is open."""
    accounts.add("eve", "p")
    shutil.copy(sshd.start(BOTH).folder + "/config", SSHD)
    today = datetime.datetime.now(datetime.timezone.utc).date()
    settings.set(unenrolled="enrol", self_enrol_until=today.isoformat(),
                 limits={"allowed_prefixes": ["+44"]})
    assert re.search(r"(?m)^note: lockout: (\d+) of \d+ accounts that can log "
                     r"in by sshd are not enrolled, and must enrol at that "
                     r"login: (.*, )?eve$", admin.run("doctor")[1])
    assert "eve" not in told(admin)
    settings.set(self_enrol_until=None)
    assert "twofactl enroll NAME" in told(admin)["eve"]


def test_no_factor_is_left(admin, sshd, sim, accounts, settings):
    """allowed_prefixes of another country: nobody gets a code. A rule that
    takes recovery codes alone is no problem."""
    accounts.add("abroad", "pr")
    settings.set(limits={"allowed_prefixes": ["+1"]})
    server = sshd.start(BOTH)
    shutil.copy(server.folder + "/config", SSHD)
    found = told(admin)
    assert "allowed_prefixes leave no factor but a recovery code; see: " \
        "twofactl explain" in found["abroad"]
    assert not gets_in(server, sim, accounts, "abroad", None)
    accounts.typed["abroad"] = admin.codes("abroad")[0]
    assert gets_in(server, sim, accounts, "abroad", None)
    out = admin.run("doctor")[1]
    assert re.search("(?m)^lockout: .*abroad.* cannot log in by ssh without a "
                     "recovery code: the rule, the providers, ", out), out
    settings.set(limits={}, rules=[{"methods": ["recovery"]}])
    assert "abroad" not in told(admin)
    assert re.search("(?m)^note: lockout: .*abroad.* without a recovery code: "
                     "their rule accepts", admin.run("doctor")[1])


def test_who_left_is_meant(admin, sshd, accounts, settings):
    """Their account may stay: that they are denied is no problem."""
    for name in ("gone", "here"):
        accounts.add(name, "p")
    settings.user("gone", left=True)
    server = sshd.start(BOTH)
    shutil.copy(server.folder + "/config", SSHD)
    found = told(admin)
    assert "here" in found and "gone" not in found, found


@pytest.mark.parametrize("lines,stack", [
    (BOTH, "guarded"), (BOTH, "when"), (BOTH, "only"),
    (KEY_FIRST, "guarded"), (KEY_FIRST, "only"),
    ("AuthenticationMethods any", "guarded")])
def test_everybody(admin, sshd, sim, pam, accounts, lines, stack):
    """All sorts of accounts, on each stack, under each setting."""
    if stack == "only":
        pam.only("sshd")
    if stack == "when":
        pam.stack("sshd", *WHEN, pam.module_line())
    server = sshd.start(lines)
    for kind in KINDS:
        accounts.add("t" + kind, kind)
    keys = {name: server.key(name) for name in accounts.names if "k" in name}
    shutil.copy(server.folder + "/config", SSHD)
    out = told(admin)
    assert "t" not in out  # it never had anything that sshd takes
    sim.fresh()
    for name in accounts.names:
        entered = gets_in(server, sim, accounts, name, keys.get(name))
        assert entered == (name not in out and name != "t"), (name, out)


def test_keys_of_a_command(admin, sshd, accounts):
    """As FreeIPA's and EC2's: no file has their keys, and no program one."""
    accounts.add("cloud", "")
    accounts.add("program", "", "--system")
    server = sshd.start(BOTH, "AuthorizedKeysCommand /bin/false",
                        "AuthorizedKeysCommandUser nobody")
    shutil.copy(server.folder + "/config", SSHD)
    out = told(admin)
    assert "cloud" in out and "program" not in out, out


def keep_out(server, admin, sim, accounts, name, words):
    """doctor names this one and says why, and a login is denied."""
    key = server.key(name)
    shutil.copy(server.folder + "/config", SSHD)
    why = told(admin).get(name)
    assert why is not None and words in why, why
    sim.fresh()
    assert not gets_in(server, sim, accounts, name, key)


def let_in(server, admin, sim, accounts, name):
    """doctor does not name this one, and a login gets in."""
    key = server.key(name)
    shutil.copy(server.folder + "/config", SSHD)
    assert name not in told(admin)
    sim.fresh()
    assert gets_in(server, sim, accounts, name, key)


def test_root_with_a_key(admin, sshd, sim, pam, accounts):
    """sshd hides what root types, on every stack that asks."""
    accounts.give("root", "pr")
    for line, named in (("PermitRootLogin prohibit-password", True),
                        ("PermitRootLogin yes", False)):
        server = sshd.start(line, BOTH)
        if named:
            keep_out(server, admin, sim, accounts, "root", "takes no answer")
        else:
            let_in(server, admin, sim, accounts, "root")
    pam.stack("sshd", *WHEN, pam.module_line())
    server = sshd.start("PermitRootLogin prohibit-password", BOTH)
    keep_out(server, admin, sim, accounts, "root", "PermitRootLogin yes")


def test_root_that_was_never_let_in(admin, sshd, accounts):
    """By sshd's own settings, or without a key."""
    accounts.give("root", "pr")
    server = sshd.start("PermitRootLogin prohibit-password", BOTH)
    shutil.copy(server.folder + "/config", SSHD)
    assert "root" not in told(admin)
    server = sshd.start("PermitRootLogin no", BOTH)
    server.key("root")
    shutil.copy(server.folder + "/config", SSHD)
    assert "root" not in told(admin)


def test_root_of_a_cloud_image(admin, sshd, accounts):
    """Its key says to log in as somebody else."""
    server = sshd.start("PermitRootLogin prohibit-password", BOTH)
    server.key("root")
    shutil.copy(server.folder + "/config", SSHD)
    assert "root" in told(admin)
    path = server.folder + "/root.keys"
    with open(path, encoding="ascii") as text:
        key = text.read()
    with open(path, "w", encoding="ascii") as out:
        out.write('no-pty,command="echo \'Please login as the user '
                  '\\"debian\\" rather than the user \\"root\\".\'" ' + key)
    assert "root" not in told(admin)


def test_record_that_cannot_be_read(admin, sshd, sim, settings, accounts):
    accounts.add("eve", "pkr")
    settings.raw_user("eve", 'phone = "0123";\n')
    keep_out(sshd.start(BOTH), admin, sim, accounts, "eve", "twofactl check")


@pytest.mark.parametrize("keys", [
    {"unenrolled": "allow"},
    {"rules": [{"users": ["eve"], "action": "skip"}]},
    {"rules": [{"groups": ["sudo"], "action": "observe"}]},
    {"rules": [{"from": ["127.0.0.0/8"], "action": "skip"}]}])
def test_let_in_without_a_code(admin, sshd, sim, settings, accounts, keys):
    """By settings or a rule, if only from somewhere."""
    accounts.add("eve", "pk")
    server = sshd.start(BOTH)
    keep_out(server, admin, sim, accounts, "eve", "twofactl enroll")
    settings.set(**keys)
    let_in(server, admin, sim, accounts, "eve")


def test_kept_out_on_purpose(admin, sshd, sim, settings, accounts):
    """By who set it so: nothing is said."""
    accounts.add("eve", "pk")
    server = sshd.start(BOTH)
    key = server.key("eve")

    def refused(server):
        shutil.copy(server.folder + "/config", SSHD)
        assert "eve" not in told(admin)
        sim.fresh()
        assert not gets_in(server, sim, accounts, "eve", key)

    settings.set(rules=[{"users": ["eve"], "action": "deny"}])
    refused(server)
    settings.set(rules=None)
    for line in ("DenyUsers bob e*", "AllowUsers alice bob",
                 "DenyGroups sudo", "AllowGroups nobody"):
        other = sshd.start(line, BOTH)
        shutil.copy(server.folder + "/eve.keys", other.folder)
        refused(other)
    shutil.copy(server.folder + "/config", SSHD)
    assert "eve" in told(admin)
    subprocess.run(["chage", "-E", "1", "eve"], check=True)
    assert "eve" not in told(admin)  # pam_unix's account stage ends it
    subprocess.run(["chage", "-E", "-1", "eve"], check=True)
    subprocess.run(["usermod", "-s", "/usr/sbin/nologin", "eve"], check=True)
    refused(server)
    subprocess.run(["usermod", "-s", "/bin/sh", "eve"], check=True)
    settings.user("eve", enabled=False)
    refused(server)


@pytest.mark.parametrize("line", ["AllowUsers eve@127.0.0.1 bob",
                                  "DenyUsers eve@10.9.9.9",
                                  "AllowGroups sudo", "DenyGroups nobody"])
def test_lists_that_let_in(admin, sshd, sim, accounts, line):
    accounts.add("eve", "k")
    server = sshd.start(line, BOTH)
    keep_out(server, admin, sim, accounts, "eve", "set one with passwd")


def test_password_of_a_directory(admin, sshd, accounts):
    """shadow does not know the account: it may well have one."""
    accounts.add("eve", "kr")
    server = sshd.start(BOTH)
    server.key("eve")
    shutil.copy(server.folder + "/config", SSHD)
    assert "eve" in told(admin)
    with open("/etc/shadow", encoding="ascii") as text:
        lines = [line for line in text if not line.startswith("eve:")]
    with open("/etc/shadow", "w", encoding="ascii") as out:
        out.writelines(lines)
    assert "eve" not in told(admin)


def test_match(admin, sshd, sim, accounts):
    """sshd's settings for that account; a block for an address is a way."""
    accounts.add("eve", "k")
    block = "Match User eve\nAuthenticationMethods publickey\nMatch all"
    for line in (block, block.replace("User eve", "User eve Address 127.*")):
        server = sshd.start(BOTH)
        keep_out(server, admin, sim, accounts, "eve", "passwd")
        # a Match goes to the end: the first value holds
        server = sshd.start(line, BOTH)
        let_in(server, admin, sim, accounts, "eve")
