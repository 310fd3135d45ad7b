# SPDX-License-Identifier: BSD-2-Clause
"""twofactl doctor: a host where all is well, then one thing broken in turn,
which it must find by its name, with a remedy."""

import contextlib
import errno
import grp
import json
import os
import pwd
import re
import shutil
import socket
import subprocess

import pytest

import admin as tool
import conf
import pamstack
import stage
from doctorhost import (CERTIFIED, GOOD_SSHD, SSHD, kept, set_stack,
                        sshd_config)
from listener import FOLDER, SHARED, Listener
from vendors import ALL, Strict

TRANSPORTS = ("spawn", "socket")

USERS = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow")


@pytest.fixture
def plain():
    """A provider for rehearsals: without TLS."""
    process = subprocess.Popen(
        [stage.SIMULATOR, "--listen", "127.0.0.1:0", "--quiet"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        yield "http://" + process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def test_all_is_well(doctor):
    assert doctor.well() == "0 problems\n"


def test_json(doctor, settings):
    status, out = doctor.run("--json")
    found = json.loads(out)
    assert status == 0 and found["problems"] == 0
    names = {item["name"] for item in found["found"]}
    assert names - {"sshd-other"} == {"helper-socket"}
    settings.set(unenrolled="allow", brand="x" * 19)
    status, out = doctor.run("--json")
    found = json.loads(out)
    assert status == 1 and found["problems"] == 1
    (item,) = [each for each in found["found"] if each["kind"] == "problem"]
    assert item["name"] == "settings"
    assert "brand" in item["text"]


def test_nothing_is_sent(doctor, sim):
    doctor.well()
    assert len(sim.requests()) == len(sim.requests("search")) == 1
    assert sim.messages() == []


# --- the user


def without_twofa():
    # -f: where tests log in over a socket, a helper of this user listens
    subprocess.run(["userdel", "-f", "twofa"], check=True, capture_output=True)


def twofa_line(**change):
    """Change fields of twofa's line in /etc/passwd."""
    fields = ("name", "password", "uid", "gid", "gecos", "home", "shell")
    with open("/etc/passwd", encoding="ascii") as text:
        lines = text.read().splitlines()
    for i, line in enumerate(lines):
        if line.startswith("twofa:"):
            parts = dict(zip(fields, line.split(":")))
            parts.update(change)
            lines[i] = ":".join(parts[name] for name in fields)
    with open("/etc/passwd", "w", encoding="ascii") as out:
        out.write("\n".join(lines) + "\n")


def test_user_missing(doctor):
    with kept(*USERS):
        without_twofa()
        found, out = doctor.names()
    assert "user-missing" in found and "useradd --system" in out


def test_user_is_root(doctor):
    with kept(*USERS):
        twofa_line(uid="0", gid="0")
        found, out = doctor.names()
    assert "user-privileged" in found and "neither may be 0" in out


def test_user_in_groups(doctor):
    with kept(*USERS):
        subprocess.run(["gpasswd", "-a", "twofa", "shadow"], check=True,
                       capture_output=True)
        doctor.finds("user-privileged", "shadow", "gpasswd -d twofa shadow")


@pytest.mark.parametrize("words", [
    ("gpasswd", "-a", "alice", "twofa"), ("usermod", "-g", "twofa", "alice")],
    ids=("member", "main"))
def test_user_has_company_in_its_group(doctor, words):
    with kept(*USERS):
        subprocess.run(words, check=True, capture_output=True)
        out = doctor.finds("user-members", "alice", "every secret")
        (line,) = [line for line in out.splitlines() if "alice" in line]
        subprocess.run(
            ["sh", "-c", line.split(": ")[-1].replace("GROUP", "nogroup")],
            check=True, capture_output=True)
        doctor.well()


def test_user_has_much_company(doctor):
    with kept(*USERS):
        with open("/etc/passwd", "a", encoding="ascii") as out:
            out.writelines("m%02d:x:%d:990::/:/bin/false\n" % (n, 40000 + n)
                           for n in range(25))
        found, out = doctor.names()
        assert found == ["user-members"] * 20, out
        assert "note: user-members: 5 more are in group twofa\n" in out


def test_user_shares_its_uid(doctor):
    with kept(*USERS):
        with open("/etc/passwd", "a", encoding="ascii") as out:
            out.write("mallory:x:990:65534::/:/usr/sbin/nologin\n")
        doctor.finds("user-privileged", "mallory")


def test_user_with_a_shell(doctor):
    with kept(*USERS):
        twofa_line(shell="/bin/bash")
        doctor.finds("user-shell", "/bin/bash", "usermod")


# --- files


@pytest.mark.parametrize("path,mode,name", [
    (conf.FOLDER, 0o777, "files-mode"),
    (conf.FOLDER, 0o700, "files-mode"),
    (conf.FOLDER + "/twofa.conf", 0o660, "files-mode"),
    (conf.FOLDER + "/twofa.conf", 0o600, "files-mode"),
    (conf.FOLDER + "/users.d", 0o700, "files-mode"),
    (conf.FOLDER + "/users.d/alice.conf", 0o600, "files-mode"),
    (conf.FOLDER + "/users.d/alice.conf", 0o666, "files-mode"),
    (conf.FOLDER + "/secrets", 0o770, "files-mode"),
    (conf.FOLDER + "/secrets/vonage", 0o644, "files-mode"),
    (conf.FOLDER + "/secrets/vonage", 0o600, "files-mode"),
    (conf.STATE, 0o755, "files-mode"),
    (conf.STATE + "/state.db", 0o644, "files-mode"),
])
def test_modes(doctor, path, mode, name):
    os.chmod(path, mode)
    found, out = doctor.names()
    assert name in found, out
    (line,) = [line for line in out.splitlines()
               if line.startswith(name) and path + " " in line]
    subprocess.run(["sh", "-c", line.split("; run: ")[1]], check=True)
    doctor.well()


@pytest.mark.parametrize("path,owner", [
    (conf.FOLDER, 990), (conf.FOLDER + "/twofa.conf", 990),
    (conf.FOLDER + "/users.d/alice.conf", 990),
    (conf.FOLDER + "/secrets/vonage", 990),
    (conf.STATE, 0), (conf.STATE + "/state.db", 0)])
def test_owners(doctor, path, owner):
    os.chown(path, owner, 990)
    found, out = doctor.names()
    assert "files-owner" in found, out
    assert path + " belongs to user %s" % pwd.getpwuid(owner).pw_name in out


def test_remedies_of_modes_help(doctor):
    """What it says to run mends it."""
    os.chmod(conf.FOLDER + "/users.d/alice.conf", 0o602)
    for _ in range(3):
        found, out = doctor.names()
        if not found:
            break
        for line in out.splitlines():
            if line.startswith("files-mode") and "run: " in line:
                subprocess.run(line.split("run: ")[1], shell=True, check=True)
    assert doctor.well()


def test_many_files(doctor, settings):
    doctor.besides = ("user-file",)  # these have no accounts
    for i in range(12):
        settings.user("user%d" % i)
        os.chmod(settings.user_file("user%d" % i), 0o600)
    found, out = doctor.names()
    assert found.count("files-mode") == 5, out
    assert "note: files-mode: there may be more in" in out


def test_broken_settings(doctor, settings):
    settings.raw("brand = ;\n")
    found, out = doctor.names()
    assert found == ["settings"], out
    assert conf.FOLDER + "/twofa.conf:1" in out


def test_broken_user_file(doctor, settings):
    settings.raw_user("bob", 'phone = "0123";\n')
    doctor.finds("user-file", "bob.conf:1")


def test_account_that_is_gone(doctor, settings, admin):
    """As check finds it; and its remedy is enough."""
    settings.user("left-long-ago")
    words = 'left-long-ago.conf: there is no account "left-long-ago"; if it ' \
        "is gone for good, run: twofactl remove left-long-ago"
    doctor.finds("user-file", words)
    assert words in admin.run("check")[1]
    admin.run("remove", "left-long-ago")
    doctor.well()


# --- PAM


@contextlib.contextmanager
def without(path):
    """The file is away, and nothing that took its place stays."""
    os.rename(path, path + ".away")
    try:
        yield
    finally:
        if os.path.isdir(path) and not os.path.islink(path):
            os.rmdir(path)
        elif os.path.lexists(path):
            os.unlink(path)
        os.rename(path + ".away", path)


@pytest.mark.parametrize("service,by", [
    ("sshd", "sshd"), ("sudo", "sudo"), ("su", "su"), ("su-l", "su"),
    ("login", "login")])
def test_pam_missing(doctor, pam, service, by):
    """The command that puts it there is named where it can."""
    set_stack(pam, service, *pamstack.GUARD, "auth required pam_permit.so")
    out = doctor.finds("pam-missing", "%s has no second factor; run: twofactl "
                       "enable %s; " % (service, by))
    assert "by-hand.md" not in out


def test_pam_missing_as_meant(doctor, pam, settings):
    set_stack(pam, "login", *pamstack.GUARD, "auth required pam_permit.so")
    settings.set(rules=[{"services": ["login"], "console": True,
                         "action": "skip"}])
    out = doctor.well()
    assert "note: pam-missing: login has no second factor, as rule 1" in out
    settings.set(rules=[{"services": ["login"], "users": ["alice"],
                         "action": "skip"}])
    doctor.finds("pam-missing")


@pytest.mark.parametrize("earlier", [
    {"services": ["login"], "methods": ["totp"], "action": "require"},
    {"action": "deny"},
    {"services": ["login"], "from": ["0.0.0.0/0", "::/0"],
     "action": "require"}])
def test_pam_missing_behind_another_rule(doctor, pam, settings, earlier):
    """The first rule that matches wins."""
    set_stack(pam, "login", *pamstack.GUARD, "auth required pam_permit.so")
    skip = {"services": ["login"], "action": "skip"}
    settings.set(rules=[earlier, skip])
    doctor.finds("pam-missing", "login has no second factor; run: twofactl "
                 "enable login;")
    settings.set(rules=[dict(earlier, users=["bob"]), skip])
    assert "as rule 2 intends" in doctor.well()


@pytest.mark.parametrize("service", ["sshd", "sudo", "su", "login"])
def test_pam_file_gone(doctor, service):
    """PAM takes "other" then, and a password alone lets in."""
    with without("/etc/pam.d/" + service):
        doctor.finds("pam-missing", service + " has no file in /etc/pam.d",
                     '"other"', "write /etc/pam.d/" + service)
    doctor.well()


def test_pam_file_gone_and_real_ssh(doctor, sshd):
    with without("/etc/pam.d/sshd"):
        doctor.finds("pam-missing", "sshd has no file")
        login = sshd.login("alice", "id", "-un")
        login.password()
        assert login.ended() == 0 and "alice" in login.text


@pytest.mark.parametrize("other", [
    "auth requisite pam_deny.so\n", None,
    "auth required pam_warn.so\nauth required pam_deny.so\n"])
def test_pam_file_gone_and_other_denies(doctor, other):
    with without("/etc/pam.d/sudo"), without("/etc/pam.d/other"):
        if other is not None:
            with open("/etc/pam.d/other", "w", encoding="ascii") as out:
                out.write(other)
        doctor.well()


def test_pam_file_gone_of_what_is_not_installed(doctor):
    assert not os.path.exists("/usr/bin/doas")
    assert not os.path.exists("/etc/pam.d/doas")
    doctor.well()


def long_file(path):
    shutil.copy(path + ".away", path)
    with open(path, "a", encoding="ascii") as out:
        out.write("#" * 70000 + "\n")


def nul_file(path):
    with open(path, "wb") as out:
        out.write(b"auth sufficient pam_permit.so\n\0\n")


@pytest.mark.parametrize("service", ["sshd", "sudo", "su-l"])
@pytest.mark.parametrize("make,words", [
    (os.mkfifo, "no regular file"), (os.mkdir, "no regular file"),
    (lambda path: os.symlink("/nowhere", path), "No such file"),
    (lambda path: os.symlink(path, path), "symbolic links"),
    (long_file, "longer than 64 KB"), (nul_file, "NUL")])
def test_pam_file_that_cannot_be_judged(doctor, service, make, words):
    path = "/etc/pam.d/" + service
    with without(path):
        make(path)
        doctor.finds("pam-unknown", service + ": " + path, words)


def test_pam_included_file_that_cannot_be_judged(doctor, pam):
    set_stack(pam, "sudo", *pamstack.GUARD, "TWOFA", "auth include twofa-part")
    os.mkfifo("/etc/pam.d/twofa-part")
    try:
        doctor.finds("pam-unknown", "sudo: /etc/pam.d/twofa-part")
    finally:
        os.unlink("/etc/pam.d/twofa-part")


def test_sshd_is_looked_at_without_the_module(doctor, pam, settings):
    set_stack(pam, "sshd", *pamstack.GUARD, "auth required pam_permit.so")
    sshd_config("UsePAM no\n" + GOOD_SSHD)
    found, out = doctor.names()
    assert found == ["pam-missing", "sshd-usepam", "lockout"], out
    settings.set(rules=[{"services": ["sshd"], "action": "skip"}])
    assert "note: pam-missing: sshd" in doctor.well()


def test_pam_missing_of_polkit(doctor, pam):
    """Some versions of it are not root: the rule is named first."""
    set_stack(pam, "polkit-1", *pamstack.GUARD, "auth required pam_permit.so")
    out = doctor.finds("pam-missing", "polkit-1 has no second factor; run: "
                       "twofactl enable polkit-1,")
    assert out.index('"skip"') < out.index("pam_twofa.so")


@pytest.mark.parametrize("lines", [
    ("auth required pam_unix.so", "TWOFA"),
    ("auth substack common-auth", "TWOFA"),
])
def test_pam_after_failure(doctor, pam, lines):
    set_stack(pam, "sudo", *lines)
    doctor.finds("pam-after-failure", "sudo: ",
                 "write include" if "substack" in lines[0]
                 else 'write requisite in place of "required"')


def test_pam_password_optional(doctor, pam):
    set_stack(pam, "sudo", "auth [success=ok default=ignore] pam_unix.so",
              "TWOFA")
    doctor.finds("pam-password-optional", "sudo: ",
                 'write requisite in place of "success=ok default=ignore"')


@pytest.mark.parametrize("lines", [
    pamstack.GUARD + ("auth sufficient pam_exec.so /bin/true", "TWOFA"),
    pamstack.GUARD + ("auth [success=1 default=ignore] pam_succeed_if.so x",
                      "TWOFA", "auth required pam_permit.so"),
    ("auth sufficient pam_rootok.so",) + pamstack.GUARD + ("TWOFA",),
])
def test_pam_bypass(doctor, pam, lines):
    set_stack(pam, "login", *lines)
    found, out = doctor.names()
    assert "pam-bypass" in found, out
    assert "can succeed before pam_twofa is asked" in out


def test_pam_bypass_by_our_own_control(doctor, pam):
    line = pam.module_line().replace("required", "optional")
    set_stack(pam, "su", "auth requisite pam_unix.so", line)
    doctor.finds("pam-bypass", 'write required in place of "optional"')


def test_su_needs_no_code_for_root(doctor, pam):
    set_stack(pam, "su", "auth sufficient pam_rootok.so", *pamstack.GUARD,
              "TWOFA")
    doctor.well()


def test_pam_includes(doctor, pam):
    """Debian's own stacks, with our line behind."""
    set_stack(pam, "sudo", "@include common-auth", "TWOFA")
    set_stack(pam, "su", "auth include common-auth", "TWOFA")
    doctor.well()


def test_pam_unreached(doctor, pam):
    set_stack(pam, "sudo", "auth requisite pam_deny.so", "TWOFA")
    doctor.finds("pam-unreached", "sudo: ")


def test_pam_too_long(doctor, pam):
    set_stack(pam, "login", "TWOFA", *["auth optional pam_permit.so"] * 130)
    doctor.finds("pam-unknown", "login: the stack is too long to be "
                 "checked; simplify it")


def test_pam_too_many_ways(doctor, pam):
    """Itself within itself, and each way of it good, odd or bad."""
    set_stack(pam, "login", "TWOFA", *[
        "auth [success=ok new_authtok_reqd=ok ignore=ignore auth_err=reset "
        "default=bad] pam_userdb.so"] * 4, "auth substack login")
    found, out = doctor.names()
    assert found == ["pam-broken", "pam-unknown"], out
    assert ("login: the stack has too many paths to be checked; simplify it"
            in out)


KEY_ONLY = GOOD_SSHD.replace(" keyboard-interactive\n", "\n")


def test_pam_no_password(doctor, pam):
    set_stack(pam, "sudo", "TWOFA")
    doctor.finds("pam-no-password", "sudo: ")
    set_stack(pam, "sudo", *pamstack.GUARD, "TWOFA")
    set_stack(pam, "sshd", "TWOFA")
    sshd_config("PermitRootLogin no\n" + CERTIFIED + GOOD_SSHD)
    doctor.finds("pam-no-password", "sshd: keyboard-interactive may come")
    sshd_config("PermitRootLogin no\n" + CERTIFIED + KEY_ONLY)
    doctor.well()
    sshd_config("PermitRootLogin no\n" + CERTIFIED + KEY_ONLY + "Match User alice\n"
                "AuthenticationMethods keyboard-interactive\n")
    doctor.finds("pam-no-password", "for alice, by a Match: sshd: ")


@pytest.mark.parametrize("service,words", [
    ("ssh", "did you mean sshd?"), ("SSHD", "did you mean sshd?"),
    ("sudoo", "did you mean sudo?"), ("sshd.old", "did you mean sshd?"),
    ("gdm", "did you mean gdm-password?"), ("common-auth", "is not a service"),
    ("nosuch", "see the files in /etc/pam.d"),
    ("../passwd", "is not a service")])
def test_a_service_that_is_none(doctor, service, words):
    with stacks_beside("sshd.old", "gdm-password"):
        status, out = doctor.run("--service", service)
    assert status == 2, out
    assert words in out and "problem" not in out, out


@contextlib.contextmanager
def stacks_beside(*names):
    """More files in /etc/pam.d, without our line."""
    paths = ["/etc/pam.d/" + name for name in names]
    paths = [path for path in paths if not os.path.exists(path)]
    for path in paths:
        with open(path, "w", encoding="ascii") as out:
            out.write("\n".join((*pamstack.GUARD,
                                 "auth required pam_permit.so")) + "\n")
    try:
        yield
    finally:
        for path in paths:
            os.unlink(path)


TYPED = ("slim", "wdm", "lemurs", "emptty", "tigervnc", "usermin", "rstudio",
         "vsftpd")
QUIET = ("cron", "atd", "crond", "systemd-user", "runuser", "lightdm-greeter",
         "gdm-autologin")


def test_services_that_nobody_knows(doctor, pam, settings):
    """A note on each that lets in without our line, and on no other."""
    def noted():
        return {re.match(r"note: pam-missing: (\S+) ", line)[1]
                for line in doctor.well().splitlines()
                if line.startswith("note: pam-missing: ")}
    with stacks_beside(*TYPED, *QUIET, "closed"):
        with open("/etc/pam.d/closed", "w", encoding="ascii") as out:
            out.write("auth required pam_deny.so\n")
        assert set(TYPED) <= noted()
        assert not {*QUIET, "closed", "sudo", "sshd", "other"} & noted()
        out = doctor.run("--service", "slim")[1]
        assert "note: pam-missing: slim allows logins without a code" in out
        set_stack(pam, "slim", *pamstack.GUARD, "TWOFA")
        os.unlink("/etc/pam.d/wdm")
        assert not {"slim", "wdm"} & noted()
        settings.set(rules=[{"services": ["lemurs"], "action": "skip"}, {}])
        assert "lemurs has no second factor, as rule 1 intends" in \
            doctor.well()
        with open("/etc/pam.d/wdm", "w", encoding="ascii"):
            pass  # stacks_beside removes it


@pytest.mark.parametrize("service", ["sudo", "sshd", "sudo-i", "twofa-try"])
def test_a_service_that_is_one(doctor, pam, service):
    set_stack(pam, "twofa-try", *pamstack.GUARD, "TWOFA")
    status, out = doctor.run("--service", service)
    assert status == 0 and out.endswith("0 problems\n"), out


@pytest.mark.parametrize("end", ["~", ".old", ".dpkg-dist", ".dpkg-old",
                                 ".rpmnew", ".ucf-dist", ".bak"])
def test_backups_are_no_services(doctor, pam, end):
    set_stack(pam, "sudo", *pamstack.GUARD, "TWOFA")
    shutil.copy("/etc/pam.d/sudo", "/etc/pam.d/sudo" + end)
    with open("/etc/pam.d/sudo" + end, "a", encoding="ascii") as out:
        out.write("auth requird pam_gone.so\n")
    try:
        doctor.well()
    finally:
        os.unlink("/etc/pam.d/sudo" + end)


@pytest.mark.parametrize("line", [
    "auth include gone", "auth requird pam_unix.so", "auth required",
    "@include gone"])
def test_pam_broken(doctor, pam, line):
    set_stack(pam, "sudo", *pamstack.GUARD, "TWOFA", line)
    doctor.finds("pam-broken", "sudo: /etc/pam.d/sudo:4")


def test_pam_arguments(doctor, pam):
    set_stack(pam, "sudo", *pamstack.GUARD, "TWOFA failmode=safe")
    doctor.finds("pam-arguments", '"failmode=safe"')


@pytest.mark.parametrize("word", [
    "deadline=abc", "deadline=0", "deadline=", "deadline=99999",
    "transport=autofoo", "debug=1", "conf=twofa.conf",
    "transport=spawn transport=spawn"])
def test_pam_argument_values(doctor, pam, word):
    """What the module denies for is a problem here."""
    set_stack(pam, "sudo", *pamstack.GUARD, "TWOFA " + word)
    doctor.finds("pam-arguments", '"%s"' % word.split()[-1], "sudo: ")


def test_pam_module_gone(doctor, pam):
    line = pam.module_line().replace(stage.MODULE, "pam_twofa.so")
    set_stack(pam, "sudo", *pamstack.GUARD, line)
    doctor.finds("pam-module", "there is no pam_twofa.so")


def test_pam_module_of_somebody(doctor):
    st = os.stat(stage.MODULE)
    os.chown(stage.MODULE, 1000, 0)
    try:
        found, out = doctor.names()
    finally:
        os.chown(stage.MODULE, st.st_uid, st.st_gid)
    assert set(found) == {"pam-module"}, out


def test_pam_other_services(doctor, pam):
    """A service that is not on the list, but uses the module."""
    path = "/etc/pam.d/twofa-try"
    try:
        with open(path, "w", encoding="ascii") as out:
            out.write("auth required pam_unix.so\n" + pam.module_line() + "\n")
        doctor.finds("pam-after-failure", "twofa-try: ")
    finally:
        os.unlink(path)


def test_pam_parts_are_no_services(doctor, pam):
    """A file made to be included has our line alone, as it should."""
    path = "/etc/pam.d/twofa-part"
    try:
        with open(path, "w", encoding="ascii") as out:
            out.write("auth required pam_unix.so\n" + pam.module_line() + "\n")
        doctor.finds("pam-after-failure", "twofa-part: ")
        with open(path, "w", encoding="ascii") as out:
            out.write(pam.module_line() + "\n")
        for line in ("@include twofa-part", "auth include twofa-part",
                     "auth substack /etc/pam.d/twofa-part"):
            set_stack(pam, "sudo", *pamstack.GUARD, line)
            doctor.well()
    finally:
        os.unlink(path)


# Lines of ours with an argument of their own; OURS is the module's path.
WHEN = ("auth [success=2 cred_insufficient=2 default=ignore] OURS "
        "when=publickey")
SPLIT = "auth [default=ignore] OURS split"
UNIX = "auth [success=1 default=ignore] pam_unix.so"
FED = UNIX + " use_first_pass"
DENY = "auth requisite pam_deny.so"


def set_ours(pam, service, *lines):
    words = [line.replace("OURS", stage.MODULE)
             .replace("NO_PROMPT", "TWOFA no_prompt") for line in lines]
    set_stack(pam, service, *words)


@pytest.mark.parametrize("service,lines", [
    ("sshd", (WHEN, UNIX, DENY, "TWOFA")),
    ("sshd", (WHEN + ",hostbased debug", UNIX, DENY, "TWOFA")),
    ("login", (SPLIT, FED, DENY, "NO_PROMPT")),
    ("sudo", (SPLIT + " debug", "auth requisite pam_unix.so", "NO_PROMPT")),
])
def test_pam_right_stacks(doctor, pam, service, lines):
    sshd_config("PermitRootLogin no\n" + GOOD_SSHD)
    set_ours(pam, service, *lines)
    assert doctor.well() == "0 problems\n"


@pytest.mark.parametrize("service,lines,name,words", [
    ("sshd", (WHEN.replace("=2", "=1"), UNIX, DENY, "TWOFA"),
     "pam-unreached", ("sshd:1: \"when=publickey\" with",)),
    ("sshd", (WHEN.replace("=2", "=3"), UNIX, DENY, "TWOFA",
              "auth required pam_permit.so"), "pam-bypass", ("sshd:1: ",)),
    ("sshd", ("auth required OURS when=publickey", UNIX, DENY, "TWOFA"),
     "pam-unreached", ("write optional in place of \"required\"",)),
    ("sshd", (WHEN, UNIX, DENY, "auth required pam_permit.so"),
     "pam-missing", ("sshd has no second",)),
    ("sshd", (WHEN.replace("publickey", "password"), UNIX, DENY, "TWOFA"),
     "pam-arguments", ("\"when=password\"",)),
    ("login", (SPLIT, "NO_PROMPT"), "pam-split-unjudged",
     ("login:2: ", "a code alone is enough")),
    ("login", (SPLIT, "auth optional pam_unix.so", "NO_PROMPT"),
     "pam-split-unjudged", ("login:3: ",)),
    ("login", (SPLIT, FED, DENY, "TWOFA"), "pam-split-order",
     ("login:1: ", "write no_prompt")),
    ("login", (UNIX, DENY, "NO_PROMPT"), "pam-split-order",
     ("login:3: no_prompt", "remove no_prompt")),
    ("login", (UNIX, DENY, SPLIT, "auth requisite pam_unix.so",
               "NO_PROMPT"), "pam-split-order", ("login:3: split comes",)),
    ("login", (SPLIT.replace("[default=ignore]", "required"), FED, DENY,
               "NO_PROMPT"), "pam-unreached", ("login:1: \"split\" with",)),
])
def test_pam_lines_of_ours(doctor, pam, service, lines, name, words):
    sshd_config("PermitRootLogin no\n" + GOOD_SSHD)
    set_ours(pam, service, *lines)
    doctor.finds(name, *words)


def test_pam_split_is_advised_where_a_program_asks_once(doctor, pam):
    set_ours(pam, "twofa-try", UNIX, DENY, "NO_PROMPT")
    doctor.finds("pam-split-order", "[default=ignore] pam_twofa.so split")


def test_pam_first_factor_that_a_rule_vouches_for(doctor, pam, settings,
                                                  tmp_path):
    finger = tmp_path / "pam_fprintd.so"
    shutil.copyfile(stage.STAGE + "/test/pam_standin.so", finger)
    set_ours(pam, "login", "auth [success=2 default=ignore] %s" % finger, UNIX,
             DENY, "TWOFA")
    doctor.finds("pam-first-factor", "login:1: %s leaves no password" % finger,
                 "services = [\"login\"]")
    settings.set(rules=[{"services": ["login"], "action": "require",
                         "first_factor": "stack"}])
    doctor.well()


@pytest.mark.parametrize("include", [
    "@include twofa-part", "auth include twofa-part",
    "auth substack twofa-part"])
def test_pam_jump_over_an_include(doctor, pam, include):
    path = "/etc/pam.d/twofa-part"
    jump = 1 if "substack" in include else 2
    sshd_config("PermitRootLogin no\n" + GOOD_SSHD)
    with open(path, "w", encoding="ascii") as out:
        out.write("auth requisite pam_unix.so\nauth required pam_env.so\n")
    try:
        set_ours(pam, "sshd", WHEN.replace("=2", "=%d" % jump), include,
                 "TWOFA")
        found, out = doctor.names()
        assert "pam-jump-include" in found, out
        assert "sshd:1: a jump of" in out
    finally:
        os.unlink(path)


@pytest.mark.parametrize("permit,lines,found", [
    ("prohibit-password", (WHEN, UNIX, DENY, "TWOFA"), True),
    ("forced-commands-only", (WHEN, UNIX, DENY, "TWOFA"), True),
    ("yes", (WHEN, UNIX, DENY, "TWOFA"), False),
    ("no", (WHEN, UNIX, DENY, "TWOFA"), False),
    # a password is asked first, which sshd hides as well: nothing is sent
    ("prohibit-password", (UNIX, DENY, "TWOFA"), False),
])
def test_sshd_hides_the_answers_of_root(doctor, pam, permit, lines, found):
    sshd_config("PermitRootLogin %s\n" % permit + CERTIFIED + GOOD_SSHD)
    set_ours(pam, "sshd", *lines)
    if found:
        doctor.finds("sshd-root", "PermitRootLogin")
        sshd_config("PermitRootLogin %s\n" % permit + CERTIFIED + GOOD_SSHD +
                    "Match User root\nPermitRootLogin yes\n"
                    "AuthenticationMethods publickey,keyboard-interactive\n")
    doctor.well()


# --- sshd


@pytest.mark.parametrize("line,name", [
    ("UsePAM no", "sshd-usepam"),
    # methods that are named must be enabled, says sshd
    ("KbdInteractiveAuthentication no\nPubkeyAuthentication no\n"
     "AuthenticationMethods any", "sshd-kbdinteractive"),
    ("PasswordAuthentication yes", "sshd-password"),
    ("LoginGraceTime 60", "sshd-gracetime"),
    ("MaxAuthTries 1", "sshd-maxauthtries"),
    ("UseDNS yes", "sshd-usedns"),
    ("PermitEmptyPasswords yes", "sshd-emptypasswords"),
    ("AuthenticationMethods any", "sshd-keys"),
    ("AuthenticationMethods publickey keyboard-interactive", "sshd-keys"),
    ("NoSuchOption yes", "sshd-config"),
])
def test_sshd(doctor, line, name):
    key = line.split(" ", maxsplit=1)[0]
    sshd_config(line + "\n" + GOOD_SSHD)
    doctor.finds(name, key)


@pytest.mark.parametrize("own", ["", "MaxStartups 20:40:500\n"])
def test_too_few_places_at_the_prompt(doctor, own):
    """The remedy is a command, and raises what is too low alone."""
    sshd_config(GOOD_SSHD.replace("MaxStartups 60:30:200\n", own))
    out = doctor.finds("sshd-maxstartups",
                       "as soon as %d are at a prompt" % (20 if own else 10))
    command, = re.findall(r"^sshd-maxstartups: .*; run: (.*)$", out, re.M)
    subprocess.run(["sh", "-ec", command], check=True)
    doctor.well()
    said = subprocess.run(["/usr/sbin/sshd", "-T"], text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    assert "\nmaxstartups %s\n" % ("60:40:500" if own else "60:30:200") in said


def test_more_people_than_places(doctor):
    """Accounts without a shell need none."""
    with kept("/etc/passwd"):
        with open("/etc/passwd", "a", encoding="ascii") as out:
            for number in range(70):
                out.write("p%d:x:%d:100::/nonexistent:/bin/bash\n" % (
                    number, 30000 + number))
                out.write("n%d:x:%d:100::/nonexistent:/sbin/nologin\n" % (
                    number, 40000 + number))
        doctor.finds("sshd-maxstartups", "this host needs MaxStartups 90:30:300")


def test_sshd_that_would_not_start(doctor):
    """A method that is named must be enabled."""
    sshd_config("KbdInteractiveAuthentication no\n" + GOOD_SSHD)
    doctor.finds("sshd-config", 'Disabled method "keyboard-interactive"')


def test_sshd_for_one_user(doctor):
    sshd_config(GOOD_SSHD + "Match User bob\nAuthenticationMethods publickey\n")
    doctor.finds("sshd-keys", "bob")
    sshd_config(GOOD_SSHD + "Match User carol\n"
                "AuthenticationMethods publickey\n")
    doctor.well()


@pytest.mark.parametrize("make", [
    ("gpasswd", "-a", "carol", "sudo"), ("usermod", "-g", "sudo", "carol"),
    ("usermod", "-o", "-u", "0", "carol")],
    ids=("member", "main", "uid 0"))
def test_sshd_for_an_admin_who_is_not_enrolled(doctor, make):
    """Who can become root needs no record to be a way in."""
    block = "Match User carol\nAuthenticationMethods publickey\n"
    with kept(*USERS):
        sshd_config(GOOD_SSHD + block)
        doctor.well()
        subprocess.run(make, check=True, capture_output=True)
        doctor.finds("sshd-keys", "for carol, by a Match: a key allows logins")
        sshd_config(GOOD_SSHD + block.replace("User carol", "Address 10.0.0.7"))
        doctor.finds("sshd-keys", "Match Address 10.0.0.7: a key allows logins")
        sshd_config(GOOD_SSHD)
        found, out = doctor.names()
        assert "sshd-keys" not in found, out


def test_sshd_for_a_machine_that_a_rule_exempts(doctor, settings):
    """Its key is all that it has; for another service it is no exemption."""
    with kept(*USERS):
        subprocess.run(("gpasswd", "-a", "carol", "sudo"), check=True,
                       capture_output=True)
        sshd_config(GOOD_SSHD + "Match User carol\n"
                    "AuthenticationMethods publickey\n")
        rule = {"users": ["carol"], "services": ["sudo"], "action": "skip"}
        settings.set(rules=[rule])
        assert "sshd-keys" in doctor.names()[0]
        settings.set(rules=[dict(rule, services=["sshd"])])
        found, out = doctor.names()
        assert "sshd-keys" not in found, out


@pytest.mark.parametrize("lines", [
    "carol ALL=(ALL) ALL", "#{uid} ALL=(ALL:ALL) NOPASSWD: ALL",
    "carol ALL=(root, games) ALL",
    "%games ALL=(root) ALL", "ADMINS ALL=(ALL) ALL\n"
    "User_Alias OTHERS = carol : ADMINS = nobody, OTHERS",
    "%#{gid} ALL=(ALL) ALL", "+twofa-admins ALL=(ALL) ALL", "ALL ALL=(ALL) ALL",
    "carol ALL=/bin/true", "carol ALL=(games) ALL\ncarol ALL=(ALL) /bin/true",
    "+twofa-others ALL=(ALL) ALL\n#true", "%#65533 ALL=(ALL) ALL\n#true"])
def test_sshd_for_whom_sudoers_names(doctor, lines):
    sshd_config(GOOD_SSHD + "Match User carol\n"
                "AuthenticationMethods publickey\n")
    with kept(*USERS, "/etc/sudoers", "/etc/nsswitch.conf"):
        with open("/etc/nsswitch.conf", "a", encoding="ascii") as out:
            out.write("netgroup: files\n")
        with open("/etc/netgroup", "w", encoding="ascii") as out:
            out.write("twofa-admins (,carol,)\ntwofa-others (,bob,)\n")
        subprocess.run(["usermod", "-aG", "games", "carol"], check=True)
        doctor.well()
        with open("/etc/sudoers", "a", encoding="ascii") as out:
            out.write(lines.format(uid=pwd.getpwnam("carol").pw_uid,
                                   gid=grp.getgrnam("games").gr_gid) + "\n")
        subprocess.run(["visudo", "-cq"], check=True)
        if "true" not in lines:
            doctor.finds("sshd-keys", "for carol, by a Match: a key allows logins")
        else:
            doctor.well()
    os.unlink("/etc/netgroup")


def test_sshd_for_the_last_of_many(doctor, settings, admin):
    doctor.besides = ("user-file",)  # these have no accounts
    for i in range(25):
        settings.user("aa%02d" % i)
    sshd_config(GOOD_SSHD + "Match User bob\nAuthenticationMethods publickey\n")
    doctor.finds("sshd-keys", "for bob, by a Match: a key")
    sshd_config(GOOD_SSHD + "Match User aa*\nAuthenticationMethods publickey\n")
    doctor.finds("sshd-keys", "for aa00 and 24 more, by a Match")


def test_sshd_for_root(doctor):
    """Who is not enrolled."""
    block = "Match User root\nAuthenticationMethods publickey\n"
    sshd_config(GOOD_SSHD + block)
    doctor.finds("sshd-keys", "for root")
    sshd_config("PermitRootLogin no\n" + GOOD_SSHD + block)
    doctor.well()


@pytest.mark.parametrize("who", ["User alice", "Group alice"])
def test_sshd_all_checks_of_a_user(doctor, who):
    sshd_config(GOOD_SSHD + "Match %s\nPubkeyAuthentication no\n"
                "AuthenticationMethods password\nMaxAuthTries 1\n"
                "PasswordAuthentication yes\n"
                "PermitEmptyPasswords yes\n"
                "KbdInteractiveAuthentication no\n" % who)
    found, out = doctor.names()
    assert found == ["sshd-kbdinteractive", "sshd-password",
                     "sshd-emptypasswords", "sshd-maxauthtries",
                     "lockout"], out
    assert out.count("for alice, by a Match: ") == 4


@pytest.mark.parametrize("condition", [
    "Address 10.0.0.0/8", "Host *.example.org", "LocalPort 2222",
    "LocalAddress 10.0.0.1", "RDomain x", "User alice Address 10.0.0.0/8",
    "User r* LocalPort 2222", "Address 127.0.0.1"])
def test_sshd_under_a_condition(doctor, condition):
    sshd_config(GOOD_SSHD + "Match " + condition + "\n"
                "AuthenticationMethods publickey\n")
    doctor.finds("sshd-keys", SSHD + ":9: Match " + condition + ": a key")
    sshd_config(GOOD_SSHD + "Match " + condition + "\n"
                "PasswordAuthentication yes\n")
    doctor.finds("sshd-password", SSHD + ":9: Match " + condition)
    sshd_config(GOOD_SSHD + "Match " + condition + "\nBanner none\n"
                "AuthenticationMethods publickey,keyboard-interactive\n")
    assert doctor.well() == "0 problems\n"


def test_sshd_everywhere_but_here(doctor):
    """What holds for any address is everybody's, and only the Match is to
    change; doctor says each line that is wrong."""
    block = "Match Address *,!127.0.0.1\nAuthenticationMethods publickey\n"
    wrong = SSHD + ":9: Match Address *,!127.0.0.1: a key allows logins without a " \
        "code, because PAM is skipped; put right after " + SSHD + ":9: " \
        "AuthenticationMethods publickey,keyboard-interactive\n"
    doctor.besides = ("lockout",)  # they have no keys
    sshd_config(GOOD_SSHD + block)
    doctor.finds("sshd-keys", wrong)
    sshd_config(GOOD_SSHD.replace(",keyboard-interactive ", " ") + block)
    found, out = doctor.names()
    assert found == ["sshd-keys", "sshd-keys"], out
    assert wrong in out and "; %s:8: write " % SSHD in out, out


def test_sshd_for_all_others(doctor):
    sshd_config(GOOD_SSHD + "Match User *,!root,!alice,!bob\n"
                "AuthenticationMethods publickey\n")
    doctor.finds("sshd-keys", "sshd-keys: by a Match: a key allows everybody",
                 "; set AuthenticationMethods publickey,keyboard-interactive\n")


def test_sshd_for_one_user_and_for_everybody(doctor):
    doctor.besides = ("lockout",)  # bob has no key
    sshd_config(GOOD_SSHD.replace(",keyboard-interactive ", " ") +
                "Match User bob\nAuthenticationMethods publickey\n"
                "Match User alice\nMaxAuthTries 6\n")
    found, out = doctor.names()
    assert found == ["sshd-keys", "sshd-keys"], out
    assert "for bob, by a Match: " in out and "everybody" in out, out


def test_sshd_between_two_changes(doctor):
    """Where keys alone let in, neither of two lines comes alone: by the first a
    password would let in, with the second sshd would not start."""
    doctor.besides = ("lockout",)
    sshd_config("KbdInteractiveAuthentication no\nAuthenticationMethods any\n" +
                GOOD_SSHD)
    found, out = doctor.names()
    assert found == ["sshd-kbdinteractive", "sshd-keys"], out
    assert ":1: write KbdInteractiveAuthentication yes in place of this line; " \
        "in one change with AuthenticationMethods\n" in out, out
    assert ":2: write AuthenticationMethods publickey,keyboard-interactive in " \
        "place of this line; in one change with UsePAM and " \
        "KbdInteractiveAuthentication yes\n" in out, out


def test_sshd_for_a_machine_in_its_network(doctor):
    """Who is not enrolled may have a key."""
    keys = "AuthenticationMethods publickey\n"
    sshd_config(GOOD_SSHD + "Match User backup Address 10.0.0.0/8\n" + keys)
    assert doctor.well() == "0 problems\n"
    sshd_config(GOOD_SSHD + "Match Group backup Address 10.0.0.0/8\n" + keys)
    assert "note: sshd-keys: " + SSHD + ":9: Match Group" in doctor.well()
    sshd_config(GOOD_SSHD + "Match Group alice User bob LocalPort 2222\n" + keys)
    assert "note: sshd-keys: " + SSHD + ":9: Match Group" in doctor.well()


@pytest.mark.parametrize("condition", [
    "Group alice Address 127.0.0.1", "Group al* User alice LocalPort 2222",
    "Group *,!backup Host *.example.org", "LocalPort 2222 Group root"])
def test_sshd_under_a_condition_of_an_enrolled_users_group(doctor, condition):
    sshd_config(GOOD_SSHD + "Match " + condition + "\n"
                "AuthenticationMethods publickey\n")
    doctor.finds("sshd-keys", SSHD + ":9: Match " + condition + ": a key")


def test_sshd_match_in_an_include(doctor):
    path = "/etc/ssh/twofa-part.conf"
    try:
        with open(path, "w", encoding="ascii") as out:
            out.write("Match LocalPort 2222\nPasswordAuthentication yes\n")
        sshd_config("Include twofa-part.conf\n" + GOOD_SSHD)
        doctor.finds("sshd-password", path + ":1: Match LocalPort 2222")
    finally:
        os.unlink(path)


def test_sshd_without_keys(doctor):
    sshd_config("PubkeyAuthentication no\nAuthenticationMethods any\n" +
                GOOD_SSHD)
    doctor.well()


def test_sshd_deadline(doctor, pam):
    pam.args(deadline=110)
    doctor.finds("sshd-gracetime", "110 s")


# --- the helper


def test_helper_path(doctor, admin, pam):
    path = stage.STAGE + "/helper-doctor"
    shutil.copy(stage.HELPER, path)
    os.chmod(path, 0o777)
    try:
        admin.helper = path
        pam.args(helper=path)
        doctor.finds("helper-path", path, "chmod go-w")
        os.chmod(path, 0o700)
        doctor.finds("helper-run", path)
    finally:
        os.unlink(path)
    doctor.finds("helper-path", path)


@pytest.mark.parametrize("mode", [0o755, 0o715, 0o751])
def test_helper_readable(doctor, mode):
    """The remedy that it prints is enough."""
    os.chmod(stage.HELPER, mode)
    try:
        said = doctor.finds("helper-readable", stage.HELPER)
        remedy = said.split("run: ")[1].splitlines()[0]
        assert remedy == "chmod 0711 " + stage.HELPER
        subprocess.run(remedy.split(), check=True)
        doctor.well()
    finally:
        os.chmod(stage.HELPER, stage.HELPER_MODE)


@pytest.mark.skipif(stage.private() and stage.sanitized(),
                    reason="a build with a sanitizer has no filter")
def test_kernel_without_filters(doctor, syslog):
    """A note: logins go on without the filter of system calls."""
    assert "sandbox" not in doctor.well()
    done = subprocess.run(
        [stage.STAGE + "/test/refuse", "seccomp", str(errno.ENOSYS),
         tool.TWOFACTL, "--helper", stage.HELPER, "doctor"],
        capture_output=True, text=True, check=True)
    assert "note: sandbox: the helper says: this kernel does not support " in \
        done.stdout
    syslog.clear()


@pytest.mark.skipif(stage.private() and stage.sanitized(),
                    reason="a build with a sanitizer has no Landlock")
@pytest.mark.parametrize("error", [errno.ENOSYS, errno.EOPNOTSUPP])
def test_kernel_without_landlock(doctor, error):
    """A note; and no line in the log of each login."""
    done = subprocess.run(
        [stage.STAGE + "/test/refuse", "landlock_create_ruleset", str(error),
         tool.TWOFACTL, "--helper", stage.HELPER, "doctor"],
        capture_output=True, text=True, check=True)
    assert "note: sandbox: the helper says: this kernel has no Landlock" in \
        done.stdout


def test_sandbox_off(doctor, settings):
    settings.set(sandbox="off")
    assert 'note: sandbox: the helper says: sandbox = "off"' in doctor.well()


def test_services_that_are_not_root(doctor, settings):
    assert "user-socket" not in doctor.well()
    uid = pwd.getpwnam("alice").pw_uid
    off = "note: user-socket: neither socket_allow_uids nor twofactl self has"
    mark = os.path.join(conf.STATE, "enrolled")
    with open(mark, "w", encoding="ascii") as file:
        file.write("0")
    os.chown(mark, *os.stat(conf.STATE)[4:6])
    os.chmod(mark, 0o600)
    try:
        assert off in doctor.well()
    finally:
        os.unlink(mark)
    settings.set(socket_allow_uids=[uid])
    assert off in doctor.well()
    found = Listener(user=FOLDER + "/user.sock")
    try:
        out = doctor.well()
        assert "note: user-socket: /run/twofa/user.sock: " in out
        assert "may ask about every user: %d (alice)\n" % uid in out
        settings.set(socket_allow_uids=None)
        assert "may ask about every user: none\n" in doctor.well()
        settings.set(socket_allow_uids=[300000])
        doctor.finds("socket-uids", "has 300000, which belongs to no account")
    finally:
        assert found.stop() == 0


@pytest.mark.parametrize("text,name", [
    ("#!/bin/sh\necho twofa-helper 0.0.1\n", "helper-version"),
    ("#!/bin/sh\nexit 3\n", "helper-run"),
    ("#!/bin/sh\nkill -9 $$\n", "helper-run")])
def test_another_helper(doctor, admin, pam, text, name):
    path = stage.STAGE + "/helper-doctor"
    with open(path, "w", encoding="ascii") as out:
        out.write(text)
    os.chmod(path, 0o755)  # a script has to be read
    try:
        admin.helper = path
        pam.args(helper=path)
        found, out = doctor.names()
        assert found == ["helper-readable", name], out
    finally:
        os.unlink(path)


# --- providers


def test_provider_dns(doctor, settings):
    settings.provider(base_url="https://vonage.invalid")
    doctor.finds("provider-dns", "vonage: ", "/etc/resolv.conf")


def test_provider_connect(doctor, settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0)) # nobody listens there
        settings.provider(
            base_url="https://127.0.0.1:%d" % taken.getsockname()[1])
        doctor.finds("provider-connect", "vonage: ")


@pytest.mark.parametrize("cert", ["expired", "wrong_host", "other_ca"])
def test_provider_tls(doctor, sim, settings, cert):
    sim.tls(cert)
    settings.provider(base_url=sim.url)
    doctor.finds("provider-tls", "vonage: ")


@pytest.fixture(scope="module")
def strict(build):
    simulator = Strict("/run/doctor-tls")
    simulator.start()
    yield simulator
    simulator.stop()


# Identity servers are no vendors of the simulator's (test_oidc.py,
# test_radius_doctor.py).
@pytest.mark.parametrize("kind", sorted(
    set(ALL) - {"http-sms", "oidc", "radius"}))
def test_provider_credentials(doctor, strict, settings, kind):
    doctor.besides = ("lockout",)  # not each type reaches alice and bob
    strict.reset()
    keys = {key: settings.secrets + "/vonage" if key.endswith("_file") else value
            for key, value in ALL[kind].keys.items()}
    settings.set(providers=[dict(
        keys, name="vendor", type=kind, base_url=strict.url,
        ca_file=strict.certs.ca)])
    settings.secret("vonage", strict.secret(kind, "right"))
    doctor.well()
    settings.secret("vonage", strict.secret(kind, "wrong"))
    doctor.finds("provider-credentials", "vendor: ", "correct in %s: " %
                 settings.conf, "_file (%s/vonage)" % settings.secrets)
    (first, second) = strict.requests()
    assert first["status"] != 401 and strict.messages() == []
    assert first["path"].split("?")[0].rsplit("/", 1)[0] == \
        second["path"].split("?")[0].rsplit("/", 1)[0]


def test_a_gateway_is_asked_without_its_secret(doctor, sim, settings):
    """What a call of an unknown one does is not known."""
    settings.secret("gateway", "wrong")
    settings.set(providers=[dict(
        ALL["http-sms"].keys, name="gateway", type="http-sms",
        auth_secret_file=settings.secrets + "/gateway",
        base_url=sim.url + "/gateway", ca_file=sim.certs.ca)])
    doctor.well()
    (asked,) = sim.requests()
    assert (asked["path"], asked["auth"]) == ("/gateway/", "none"), asked
    sim.fault("any", "empty503", provider="http-sms")
    doctor.finds("provider-down", "gateway: ")


def test_provider_down(doctor, sim):
    sim.fault("any", "empty503")
    doctor.finds("provider-down", "vonage: ")


@pytest.mark.parametrize("seconds,words", [(61, "ahead of"), (-61, "behind")])
def test_clock(doctor, clock, seconds, words):
    clock.set_wall(seconds)
    out = doctor.finds("clock", words, "NTP")
    # the reply takes a moment, which counts as ahead
    off = int(re.search(r"clock is (\d+) s", out).group(1))
    assert 0 <= (off - seconds if seconds > 0 else -off - seconds) < 10
    clock.set_wall(20 if seconds > 0 else -20)
    doctor.well()


def test_rehearsal(doctor, plain, settings):
    settings.provider(base_url=plain, ca_file=None)
    doctor.finds("rehearsal", "vonage", "http://")


# --- the state


def test_state_dir_elsewhere(doctor, settings):
    """It is looked at as the state's own folder is; what it says helps."""
    apart = "/var/lib/apart"
    settings.set(state_dir=apart)
    doctor.finds("state", "state_dir " + apart, "make it with mode 0700")
    os.mkdir(apart)
    try:
        os.chmod(apart, 0o755)
        for name, words in (("files-owner", apart + " belongs to user root"),
                            ("files-mode", apart + " is open to users other")):
            found, out = doctor.names()
            assert set(found) == {name, "state"} and words in out, out
            (line,) = [line for line in out.splitlines()
                       if line.startswith(name)]
            subprocess.run(["sh", "-c", line.split("; run: ")[1]], check=True)
        doctor.well()
        with open(apart + "/host.key", "wb") as key:
            os.fchmod(key.fileno(), 0o600)
        found, out = doctor.names()
        assert found == ["files-owner", "state"], out
        assert apart + "/host.key cannot be read" in out
    finally:
        shutil.rmtree(apart)


@pytest.mark.parametrize("refused", (0, 1, 31))
def test_broker_refused(doctor, refused):
    """A step that no login asks for: killed since then or not."""
    SHARED.let_go()  # a broker that runs says so there itself
    path = conf.STATE + "/broker"
    with open(path, "w", encoding="ascii") as out:
        os.fchown(out.fileno(), 990, 990)
        os.fchmod(out.fileno(), 0o600)
        out.write("broker\t1\t812\t1700000000\t0\t40\t500\t%d" % refused)
    try:
        if refused:
            remedy = doctor.finds("broker", "was taken over", "the log").split(
                "run: systemctl restart twofa-helper; ")[1].splitlines()[0]
            subprocess.run(["sh", "-c", remedy], check=True)
            assert not os.path.exists(path)
        doctor.well()
    finally:
        if os.path.exists(path):
            os.unlink(path)


def test_state_damaged(doctor, settings):
    settings.put(settings.state, "no database" * 1000, 0o600)
    os.chown(settings.state, 990, 990)
    found, out = doctor.names()
    assert "state" in found, out


def test_space(doctor):
    before = conf.STATE + ".before"
    os.rename(conf.STATE, before)
    os.mkdir(conf.STATE, 0o700)
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o",
                        "size=16m,mode=700,uid=990,gid=990", "tmpfs",
                        conf.STATE], check=True)
        try:
            subprocess.run(["cp", "-a", before + "/.", conf.STATE], check=True)
            doctor.finds("space", "less than 32")
        finally:
            subprocess.run(["umount", conf.STATE], check=True)
    finally:
        os.rmdir(conf.STATE)
        os.rename(before, conf.STATE)


def test_notify_where_every_user_may_write(doctor, settings):
    """chmod go-w /tmp would be no remedy. A link is not what lies there."""
    path = "/dev/shm/tell"
    link = os.path.dirname(settings.conf) + "/tell"
    with open(path, "w", encoding="ascii") as out:
        out.write("#!/bin/sh\n")
    os.chmod(path, 0o755)
    os.symlink(path, link)
    try:
        for notify in (path, link):
            settings.set(notify=notify)
            assert "chmod" not in doctor.finds(
                "notify",
                ": " + path + " is below /dev/shm, where every user may put")
    finally:
        os.unlink(link)
        os.unlink(path)


def test_recovery_low(doctor, admin):
    admin.codes("bob", count=2)
    doctor.finds("recovery-low", ": bob;", "twofactl recovery-codes USER")
    admin.codes("bob", count=3)
    doctor.well()


def test_recovery_none(doctor, settings):
    """Who never had any may do without, but for whoever can become root."""
    doctor.besides = ("user-file",)  # these have no accounts
    for i in range(8):
        settings.user("user%d" % i)
    assert "note: recovery-low: 8 enrolled users, who cannot become root, " \
        "have no recovery codes" in doctor.well()
    settings.user("root")
    out = doctor.finds("recovery-low", ": root; run: ")
    assert "note: recovery-low: 8 enrolled users" in out


def test_recovery_of_who_left(doctor, admin, settings):
    """None are made for them."""
    settings.user("root", left=True)
    settings.user("alice", left=True)
    admin.codes("bob", count=1)
    settings.user("bob", left=True)
    assert "recovery-low" not in doctor.well()


def test_recovery_low_of_many(doctor, admin, settings):
    doctor.besides = ("user-file",)  # these have no accounts
    for i in range(7):
        settings.user("root" if i == 0 else "user%d" % i)
        if i > 0:
            admin.codes("alice" if i == 1 else "bob", count=1)
    doctor.finds("recovery-low", ": alice, bob, root; run: ")


def test_recovery_in_a_state_that_cannot_be_read(doctor, settings):
    """Who has codes is not known then."""
    settings.user("root")
    with open(settings.state, "wb") as out:
        out.write(b"no database" * 99)
    assert "recovery-low" not in doctor.finds("state", "damaged")


# --- what is no problem


def test_notes(doctor, settings):
    settings.set(unenrolled="allow", rules=[
        {"services": ["sudo"], "action": "observe"}])
    out = doctor.well()
    assert "note: unenrolled: " in out and "note: observe: rule 1" in out


def test_open_settings(doctor, settings):
    """What lets in without a code is named."""
    settings.set(rules=[{"action": "skip"}, {"action": "require"}])
    assert "note: skip: rule 1 allows everybody" in doctor.well()
    settings.set(rules=[{"from": ["0.0.0.0/0", "::/0"], "action": "skip"}])
    assert "note: skip: rule 1 allows everybody" in doctor.well()
    settings.set(rules=[{"console": False, "action": "skip"}])
    assert "except at the console" in doctor.well()
    for rule in ({"from": ["0.0.0.0/0"]}, {"users": ["alice"]},
                 {"services": ["sudo"]}, {"groups": ["root"]},
                 {"console": True}):
        settings.set(rules=[dict(rule, action="skip")])
        assert "note: skip" not in doctor.well()
    settings.set(rules=[{"action": "require"}, {"action": "skip"}])
    assert "note: skip" not in doctor.well()


def test_what_a_hidden_membership_falls_through(doctor, settings):
    settings.set(rules=[{"groups": ["root"], "action": "deny"},
                        {"services": ["sudo"], "action": "observe"}])
    assert "note: group-order: rule 1 denies members of its groups, and " \
        "rule 2 after it admits" in doctor.well()
    settings.set(rules=[{"services": ["sudo"], "action": "observe"},
                        {"groups": ["root"], "action": "deny"}])
    assert "group-order" not in doctor.well()


def test_open_in_an_outage(doctor, settings):
    settings.set(on_outage="allow")
    assert 'note: outage: on_outage = "allow"' in doctor.well()
    settings.set(on_outage="deny",
                 rules=[{"action": "require", "users": ["bob"]},
                        {"action": "require", "on_outage": "allow"}])
    out = doctor.well()
    assert "note: outage: rule 2: " in out and out.count("outage: ") == 1
    settings.provider(base_url="https://api.example.org")
    assert "note: outage: on_outage = \"allow\" never admits while the name " \
        "of a provider (api.example.org) is not" in doctor.finds(
            "provider-dns", "api.example.org")


def test_allow_that_cannot_come_about(doctor, settings, pam):
    """By who runs the service, and by the deadline that the stacks name."""
    settings.set(rules=[{"services": ["sudo", "su"], "on_outage": "allow"}])
    out = doctor.well()
    assert 'note: outage: rule 1: on_outage = "allow" acts as' in out
    assert out.count("outage: ") == 1
    settings.set(rules=None, on_outage="allow")
    never = "never admits at %s when .* takes 10 s .* has %d;"
    assert "never" not in doctor.well()
    pam.args(deadline=10)
    out = doctor.well()
    assert re.search("note: outage: settings: .*" + never % ("sshd", 10), out)
    assert re.search(never % ("login", 10), out)
    assert "at sudo" not in out and "at su " not in out
    pam.args(deadline=11)
    assert "never" not in doctor.well()
    first = settings.keys["providers"][0]
    settings.set(providers=[dict(first, name="a"), dict(first, name="b")])
    assert re.search("never admits at sshd .* takes 20 s .* has 11;",
                     doctor.well())


def test_other_settings(doctor, pam, settings):
    """Settings that the stacks name are read as well, each once."""
    other = conf.FOLDER + "/other.conf"
    pam.args(conf=other)
    doctor.finds("settings", "%s: is not there; run: twofactl --config %s "
                 "init," % (other, other))
    try:
        shutil.copy(settings.conf, other)
        shutil.chown(other, "root", "twofa")
        os.chmod(other, 0o640)
        out = doctor.well()
        assert "note: settings: sshd uses " + other in out
        with open(other, "a", encoding="ascii") as out:
            out.write("brandd = 5;\n")
        doctor.finds("settings", other + ":", "brandd")
    finally:
        os.unlink(other)


def test_not_root(doctor):
    done = subprocess.run(["setpriv", "--reuid", "1000", "--clear-groups",
                           tool.TWOFACTL, "doctor"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 4 and "only root" in done.stderr


def test_no_enable_for_a_key_that_a_match_wants(doctor):
    """enable --login both changes no Match, so it is no remedy for one."""
    sshd_config(GOOD_SSHD + "Match User alice\n"
                "AuthenticationMethods publickey,keyboard-interactive\n")
    found, out = doctor.names()
    assert found == ["lockout"], out
    assert "alice cannot log in by ssh: AuthenticationMethods requires" in out
    assert "enable" not in out and "the Match" in out, out
