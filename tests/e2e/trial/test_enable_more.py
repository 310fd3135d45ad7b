# SPDX-License-Identifier: BSD-2-Clause
"""What enable refuses, asks and says: the sshd that runs, who would be locked
out, rules of twofa.conf, drifted files, Red Hat's stacks."""

import contextlib
import datetime
import grp
import os
import re
import shutil
import struct
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import enablehost  # noqa: E402
import passwords  # noqa: E402

TRANSPORTS = ("spawn",)
CONF = "/etc/twofa/twofa.conf"
QUICK = ("--no-input", "--user", "alice")
REDHAT = {
    "RHEL 8": """\
#%PAM-1.0
auth       substack     password-auth
auth       include      postlogin
account    required     pam_sepermit.so
account    required     pam_nologin.so
account    include      password-auth
""",
    "Fedora": """\
#%PAM-1.0
auth       substack     password-auth
auth       include      postlogin
account    required     pam_nologin.so
account    include      password-auth
""",
}


@pytest.fixture(name="enabling")
def enabling_fixture(settings, pam, terminals, sim):
    with enablehost.machine():
        yield enablehost.Enabling(terminals, sim)


@contextlib.contextmanager
def admins(*users):
    """These are in the group sudo, and nobody else; with a password."""
    subprocess.run(["groupadd", "-f", "sudo"], check=True)
    for user in users:
        passwords.usable(user, True)
    before = grp.getgrnam("sudo").gr_mem
    subprocess.run(["gpasswd", "-M", ",".join(users), "sudo"], check=True)
    try:
        yield
    finally:
        subprocess.run(["gpasswd", "-M", ",".join(before), "sudo"],
                       check=True)


# the sshd that runs

def test_offered(enabling):
    with enablehost.running_sshd():
        assert "keyboard-interactive" not in enablehost.offered()
        enabling.run("enable", "sshd", "--login", "both", *QUICK)
        assert enablehost.offered() == "publickey,keyboard-interactive"
        enabling.run("rollback")


def test_started_with_another_setting(enabling):
    """It keeps what its command line says, also after a reload."""
    before = enablehost.files()
    option = "KbdInteractiveAuthentication=no"
    with enablehost.running_sshd("-o", option):
        out = enabling.run("enable", "sshd", *QUICK, expected=1)
    assert "started by -o %s, which takes precedence over its files" \
        % option in out
    assert enablehost.files() == before


def test_not_offered(enabling, syslog):
    """It reads other files than all others do."""
    before = enablehost.files()
    with enablehost.running_sshd(
            prefix=("unshare", "--mount", "sh", "-c",
                    "cp -a /etc/ssh /run/ssh-other &&"
                    " mount --bind /run/ssh-other /etc/ssh &&"
                    " rm -rf /run/ssh-other/sshd_config.d &&"
                    ' exec "$@"', "-")):
        out = enabling.run("enable", "sshd", *QUICK, expected=4)
    shutil.rmtree("/run/ssh-other")
    assert "offers publickey" in out and "as it was before" in out, out
    assert enablehost.files() == before
    assert syslog.wait_for(r"enable sshd: rolled back \(not-offered\)")
    assert "Nothing is on trial" in enabling.run("rollback")


# sshd's files

def test_set_before(enabling):
    first = "/etc/ssh/sshd_config.d/10-first.conf"
    enablehost.write(first, "# ours\nPasswordAuthentication yes\n")
    before = enablehost.files()
    try:
        out = enabling.run("enable", "sshd", "--anyway", *QUICK, expected=1)
        assert first + ":2 sets PasswordAuthentication before" in out, out
        assert enablehost.files() == before
        line = re.search("first line of (.*): (Include .*); then run", out)
        enablehost.write(line[1], line[2] + "\n" + enablehost.read(line[1]))
        enabling.run("enable", "sshd", "--anyway", *QUICK)
    finally:
        os.unlink(first)


def test_root_where_sshd_never_started(enabling):
    """As behind ssh.socket: sshd says nothing before its folder is there, and
    root, who has a key alone, needs lines of his own."""
    os.rmdir("/run/sshd")
    try:
        enabling.run("enable", "sshd", "--login", "key", "--no-trial",
                     "--anyway")
    finally:
        os.makedirs("/run/sshd", exist_ok=True)
    assert "Match User root" in enablehost.read(enablehost.DROP_IN)


def test_more_time_is_no_fault(enabling):
    first = "/etc/ssh/sshd_config.d/10-first.conf"
    enablehost.write(first, "LoginGraceTime 300\n")
    try:
        enabling.run("enable", "sshd", *QUICK)
    finally:
        os.unlink(first)


def test_no_include(enabling):
    enablehost.write("/etc/ssh/sshd_config", "UsePAM yes\n")
    out = enabling.run("enable", "sshd", "--anyway", *QUICK, expected=1)
    assert "write as the first line of /etc/ssh/sshd_config: Include " + \
        enablehost.DROP_IN + "; then" \
        in out, out


def test_link(enabling):
    """It stays one; the lines go into the file that it leads to, and out."""
    real = "/etc/pam.d/sudo.real"
    os.rename("/etc/pam.d/sudo", real)
    os.symlink("sudo.real", "/etc/pam.d/sudo")
    before = enablehost.read(real)
    try:
        out = enabling.run("enable", "sudo", *QUICK)
        assert "pam_twofa" in enablehost.read(real)
        assert os.readlink("/etc/pam.d/sudo") == "sudo.real"
        enabling.run("rollback")
        assert enablehost.read(real) == before, out
        os.chown(real, 1000, -1)
        out = enabling.run("enable", "sudo", *QUICK, expected=1)
        assert "/etc/pam.d/sudo: it is a link to a file that others than " \
            "root can change" in out, out
    finally:
        os.unlink("/etc/pam.d/sudo")
        os.rename(real, "/etc/pam.d/sudo")
        os.chown("/etc/pam.d/sudo", 0, -1)


# who would be locked out

def test_admin_without_record(enabling):
    before = enablehost.files()
    with admins("alice", "carol"):
        out = enabling.run("enable", "sudo", *QUICK, expected=1)
        assert re.search(r"carol +admin +LOCKED OUT: they are not enrolled",
                         out), out
        assert "alice" not in out.split("LOCKED OUT")[1].split("\n")[0]
        assert "No admin would be left" not in out
        assert enablehost.files() == before
        enabling.run("enable", "sudo", "--anyway", *QUICK)


def test_no_admin_left(enabling):
    with admins("carol"):
        out = enabling.run("enable", "sudo", *QUICK, expected=1)
    assert "No admin would be left who can use sudo" in out, out


def test_nobody_locked_out(enabling):
    with admins("alice"):
        out = enabling.run("enable", "sudo", *QUICK)
    assert ("Accounts that sudo would deny from then on: 0 of the 2 that "
            "can log in through it now\n") in out, out
    told = out.split("from then on")[1].split("A login of")[0]
    assert not re.search(r"\bnobody\b", told), out


HASH = "$5$rounds=1000$salt$YMqEClTzVZMwrBpYPKEJPr0SJxyRGTzCgoVg5O7jGk8"


@contextlib.contextmanager
def office(count, groups=""):
    """So many accounts more with a password: desk00, desk01. And one that has
    none, and one whose shell lets nobody in."""
    names = ["desk%02d" % n for n in range(count)]
    lines = {
        "/etc/passwd": ["%s:x:%d:100::/:/bin/sh\n" % (name, 20000 + n)
                        for n, name in enumerate(names + ["printer"])] +
        ["mail1:x:19999:100::/:/usr/sbin/nologin\n"],
        "/etc/shadow": ["%s:%s:19000::::::\n" % (name, HASH)
                        for name in names + ["mail1"]] +
        ["printer:*:19000::::::\n"],
        "/etc/group": [groups]}
    kept = {path: enablehost.read(path) for path in lines}
    for path, more in lines.items():
        enablehost.write(path, kept[path] + "".join(more))
    try:
        yield names
    finally:
        for path, text in kept.items():
            enablehost.write(path, text)


def denied(out):
    """The number, and who is named. This machine's root may have a key."""
    found = re.search(r"sshd would deny from then on: (\d+) of the (\d+) that",
                      out)
    root = int(found[2]) % 2  # the tests count even numbers without it
    return int(found[1]), int(found[2]) - root, re.findall(
        r"(?m)^  (\S+) +(?:admin +)?LOCKED OUT: they are not enrolled", out)


def test_office(enabling, settings):
    """All who have a password count; ten are named, and it stops."""
    before = enablehost.files()
    with office(34) as names:
        out = enabling.run("enable", "sshd", *QUICK, expected=1)
        assert denied(out) == (34, 36, names[:10]), out
        assert "\n  and 24 more LOCKED OUT\n" in out
        assert "twofactl import FILE" in out and "--anyway" in out
        assert 'unenrolled = "allow"' in out and "\"getent passwd\"" in out
        assert "printer" not in out and "mail1" not in out
        assert enablehost.files() == before and not enabling.pending()
        enabling.run("enable", "sshd", "--anyway", *QUICK)
        enabling.run("rollback")


def test_office_that_may_enrol_at_the_login(enabling, settings):
    """It stops, as that needs the listener and a provider, but says so."""
    settings.set(unenrolled="enrol", self_enrol_until=tomorrow(),
                 limits={"allowed_prefixes": ["+44"]})
    with office(2):
        out = enabling.run("enable", "sshd", *QUICK, expected=1)
        assert denied(out) == (2, 4, ["desk00", "desk01"]), out
        assert "Where they are not enrolled, and get in by enrolling at that " \
            "login alone (unenrolled = \"enrol\"): for who is to" in out, out


@pytest.mark.parametrize("keys", [
    {"unenrolled": "allow"},
    {"rules": [{"groups": ["desks"], "action": "observe"}]},
    {"rules": [{"groups": ["users"], "action": "skip"}]}],
    ids=("allow", "rule", "own-group"))
def test_office_let_in_for_now(enabling, settings, keys):
    with office(12, "desks:x:20000:%s\n" % ",".join(
            "desk%02d" % n for n in range(12))):
        settings.set(**keys)
        out = enabling.run("enable", "sshd", *QUICK)
        assert denied(out) == (0, 14, []), out


def test_office_enrolled(enabling, settings):
    with office(12) as names:
        for n, name in enumerate(names[1:]):
            settings.user(name, phone="+4477009013%02d" % n)
        out = enabling.run("enable", "sshd", *QUICK, expected=1)
        assert denied(out) == (1, 14, names[:1]), out
        settings.user(names[0], phone="+447700901399")
        assert denied(enabling.run("enable", "sshd", *QUICK))[0] == 0


@pytest.mark.parametrize("line,denies", [
    ("AllowUsers alice desk0? desk11@10.0.0.*", 11),
    ("AllowUsers alice desk01 desk02@10.0.0.*", 2),
    ("DenyUsers desk0? desk10", 1),
    ("AllowGroups alice bob desks", 2), ("DenyGroups desks", 10),
    ("Match Group desks\nKbdInteractiveAuthentication no", 12),
    ("Match User desk0?\nAuthenticationMethods publickey", 2)])
def test_office_under_sshds_lists(enabling, line, denies):
    """Whom sshd keeps out anyway is not counted."""
    with office(12, "desks:x:20000:desk04,desk05\n"):
        enablehost.write("/etc/ssh/sshd_config",
                         enablehost.SSHD_CONFIG + line + "\n")
        out = enabling.run("enable", "sshd", "--dry-run", expected=1)
        assert denied(out)[0] == denies, out


def test_match_of_a_port(enabling):
    """Without a login in mind sshd -T prints nothing beside it."""
    enablehost.write("/etc/ssh/sshd_config", enablehost.SSHD_CONFIG +
                     "Match LocalPort 2222\nPasswordAuthentication no\n")
    with admins("alice", "bob"):
        enabling.run("enable", "sshd", *QUICK)


def test_office_and_sudo(enabling):
    """By sudo those whom sudoers allows it."""
    path = "/etc/sudoers.d/zz-office"
    with office(12, "desks:x:20000:desk04,desk05\n"):
        for line, denies in (("%desks", 2), ("desk07", 1), ("ALL", 12)):
            enablehost.write(path, line + " ALL=(ALL) ALL\n")
            os.chmod(path, 0o440)
            try:
                out = enabling.run("enable", "sudo", "--dry-run", expected=1)
            finally:
                os.unlink(path)
            assert "sudo would deny from then on: %d of the" % denies in out, \
                (line, out)


@contextlib.contextmanager
def key_only(user):
    """sshd wants a key, and this user has none."""
    enablehost.write("/etc/ssh/sshd_config", enablehost.SSHD_CONFIG +
                     "Match User %s\nAuthenticationMethods publickey\n" % user)
    yield


def test_locked_out_before(enabling):
    """It does not speak against enabling."""
    with admins("alice", "bob"), key_only("bob"):
        out = enabling.run("enable", "sshd", *QUICK)
    assert re.search(r"bob +admin +as before: .*requires a key", out), out


def test_key_without_record(enabling):
    """By a key alone carol came in."""
    folder = "/home/carol/.ssh"
    os.mkdir(folder)
    try:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        folder + "/id"], check=True)
        os.rename(folder + "/id.pub", folder + "/authorized_keys")
        out = enabling.run("enable", "sshd", "--login", "key", *QUICK,
                           expected=1)
    finally:
        subprocess.run(["rm", "-r", folder], check=True)
    assert re.search(r"carol +LOCKED OUT: they are not enrolled", out), out


def next_second():
    """In the one in which the trial begins the proof may have ended."""
    now = int(time.time())
    while int(time.time()) == now:
        time.sleep(0.02)


@pytest.mark.parametrize("user,admin", [("alice", True), ("bob", False)])
def test_confirm_by(enabling, terminals, sim, user, admin):
    with admins("alice"):
        enabling.run("enable", "sudo", *QUICK)
        next_second()
        t = terminals.sudo(user, "id", "-un")
        t.password()
        t.prompt()
        t.answer(sim.code(user))
        assert t.ended() == 0
        out = enabling.run("confirm", expected=0 if admin else 1)
    assert ("sudo is enabled" if admin else "let an admin log in first") in out


# rules of twofa.conf

def conf():
    return enablehost.read(CONF)


def test_exempt(enabling, terminals):
    before, owner = conf(), os.stat(CONF)
    with admins("alice", "carol"):
        out = enabling.run("enable", "sudo", "--exempt", "carol", *QUICK)
        assert CONF + ":" in out and '+   { users = ["carol"];' in out, out
        now = os.stat(CONF)
        assert (now.st_uid, now.st_gid, now.st_mode) == (
            owner.st_uid, owner.st_gid, owner.st_mode)
        t = terminals.sudo("carol", "id", "-un")
        t.password()
        assert t.ended() == 0 and "root" in t.text
        enabling.run("rollback")
        assert conf() == before


def test_exempt_goes_with_its_service(enabling):
    before = conf()
    enabling.run("enable", "sudo", "--exempt", "carol,bob", *QUICK)
    enabling.run("confirm", "--anyway")
    enabling.run("enable", "login", "--exempt", "bob", *QUICK)
    enabling.run("confirm", "--anyway")
    assert 'users = ["carol", "bob"]; services = ["sudo"]' in conf()
    for options in ((), ("--exempt", "carol,bob")):  # login's is before it
        assert "enabled already" in enabling.run("enable", "sudo", *options)
    enabling.run("disable", "sudo")
    assert 'services = ["sudo"]' not in conf()
    assert 'services = ["login"]' in conf()
    enabling.run("check")
    enabling.run("disable", "login")
    assert conf() == before


def test_exempt_dry_run(enabling):
    before = conf()
    out = enabling.run("enable", "sudo", "--exempt", "carol", "--dry-run")
    assert '+   { users = ["carol"]; services = ["sudo"]; action = "skip"; }' \
        in out, out
    assert conf() == before


def test_conf_is_a_link(enabling):
    """A link is not edited."""
    os.rename(CONF, CONF + ".real")
    os.symlink(CONF + ".real", CONF)
    try:
        out = enabling.run("enable", "sudo", "--exempt", "bob", *QUICK,
                           expected=1)
        assert CONF + ": it is a symbolic link" in out, out
    finally:
        os.rename(CONF + ".real", CONF)


@pytest.mark.parametrize("users", ["nobody-here", "carol,,bob", "", "carol,"])
def test_exempt_whom(enabling, users):
    out = enabling.run("enable", "sudo", "--exempt", users, *QUICK, expected=2)
    assert "is not an account here" in out


def test_exempt_rules_elsewhere(enabling):
    """rules in a file that twofa.conf includes: two would be an error."""
    other = "/etc/twofa/rules.conf"
    text = conf()
    enablehost.write(other, 'rules = ( { action = "observe"; } );\n')
    os.chmod(other, 0o644)
    enablehost.write(CONF, text + '@include "%s"\n' % other)
    try:
        out = enabling.run("enable", "sudo", "--exempt", "carol", "--anyway",
                           *QUICK, expected=3)
        assert conf() == text + '@include "%s"\n' % other, out
    finally:
        os.unlink(other)
        enablehost.write(CONF, text)


def test_polkit(enabling):
    before, files = conf(), enablehost.files()
    out = enabling.run("enable", "polkit-1")
    assert "polkit-1 is enabled" in out
    assert 'services = ["polkit-1"]; action = "skip";' in conf()
    assert enablehost.files() == files
    assert "Nothing is on trial" in enabling.run("rollback", expected=1)
    assert "enabled already" in enabling.run("enable", "polkit-1")
    enabling.run("enable", "polkit-1", "--check")
    enabling.run("disable", "polkit-1")
    assert conf() == before
    assert "not enabled" in enabling.run("enable", "polkit-1", "--check",
                                         expected=1)


@pytest.mark.parametrize("service,named", [
    ("su", '["su", "su-l"]'), ("login", '["login"]')])
def test_skip(enabling, service, named):
    """A service that is to ask for no code: a choice, until it is disabled."""
    before, files = conf(), enablehost.files()
    finding = "pam-missing: %s has no second factor" % service
    assert "\n" + finding in enabling.run("doctor", "--files", expected=1)
    assert "%s is enabled" % service in enabling.run(
        "enable", service, "--skip")
    assert "services = %s; action" % named in conf()
    assert enablehost.files() == files
    out = enabling.run("doctor", "--files", expected=1)
    assert "\nnote: " + finding + ", as rule 1 intends" in out
    assert "\n" + finding not in out and "\npam-missing: su-l has" not in (
        out if service == "su" else "")
    enabling.run("enable", service, "--check")
    for words, how in (((), "without"), (("--no-trial",), "without")):
        assert "is enabled, %s a code" % how in enabling.run(
            "enable", service, *words, expected=1)
    enabling.run("disable", service)
    assert conf() == before
    enabling.run("enable", service, "--no-trial", "--anyway")
    assert "is enabled, with a code" in enabling.run(
        "enable", service, "--skip", expected=1)
    enabling.run("disable", service)
    assert conf() == before and enablehost.files() == files


def test_skip_is_for_few(enabling):
    for service in ("sshd", "sudo"):
        assert "--skip is for su and login" in enabling.run(
            "enable", service, "--skip", expected=2)


# Red Hat

@pytest.mark.parametrize("release", REDHAT)
def test_without_authselect(enabling, release):
    """test_authselect.py has machines where it makes the files."""
    enablehost.write("/etc/pam.d/sshd", REDHAT[release])
    os.symlink("/etc/authselect/password-auth", "/etc/pam.d/password-auth")
    before = enablehost.files()
    try:
        out = enabling.run("enable", "sshd", *QUICK, expected=1)
    finally:
        os.unlink("/etc/pam.d/password-auth")
    assert "Write the lines by hand" in out, out
    assert enablehost.files() == before


def test_authselect_polkit(enabling):
    """No file of PAM's is edited for it."""
    enablehost.write("/etc/pam.d/polkit-1", "auth include system-auth\n")
    try:
        enabling.run("enable", "polkit-1")
        enabling.run("disable", "polkit-1")
    finally:
        os.unlink("/etc/pam.d/polkit-1")


# --check

def enabled(enabling, *words):
    enabling.run("enable", *words, *QUICK)
    enabling.run("confirm", "--anyway")


def test_check(enabling):
    out = enabling.run("enable", "sudo", "--check", expected=1)
    assert "sudo is not enabled.\n/etc/pam.d/sudo is without" in out, out
    enabled(enabling, "sudo")
    enabling.run("enable", "sudo", "--check")
    enablehost.write("/etc/pam.d/sudo", enablehost.STACKS["sudo"])
    out = enabling.run("enable", "sudo", "--check", expected=1)
    assert "/etc/pam.d/sudo has lost the lines" in out, out
    assert "sudo-i" not in out
    told = enabling.json("enable", "sudo", "--check", expected=1)
    assert told["state"] == "drifted" and told["files"] == ["/etc/pam.d/sudo"]


def test_check_written_out(enabling):
    """The login is the one that it was enabled with."""
    enabled(enabling, "sshd", "--login", "both")
    enabling.run("enable", "sshd", "--check")
    enablehost.write("/etc/pam.d/common-auth",
                     "auth optional pam_env.so\n" +
                     enablehost.STACKS["common-auth"])
    out = enabling.run("enable", "sshd", "--check", expected=1)
    assert "/etc/pam.d/sshd has lines copied" in out, out
    enabled(enabling, "sshd")
    enabling.run("enable", "sshd", "--check")
    text = enablehost.read("/etc/pam.d/sshd")
    assert "pam_env.so" in text and "when=publickey" in text
    enabling.run("disable", "sshd")
    assert enablehost.read("/etc/pam.d/sshd") == enablehost.STACKS["sshd"]
    assert not os.path.exists(enablehost.DROP_IN)


def test_check_drop_in(enabling):
    enabled(enabling, "sshd", "--login", "key", "--anyway")
    os.unlink(enablehost.DROP_IN)
    out = enabling.run("enable", "sshd", "--check", expected=1)
    assert enablehost.DROP_IN + " is gone" in out, out


# what a file has beside its owner and mode

def access_list(uid):
    """rw for the owner and r for one user, as the kernel keeps it."""
    rows = ((0x01, 6, 0xffffffff), (0x02, 4, uid), (0x04, 4, 0xffffffff),
            (0x10, 4, 0xffffffff), (0x20, 4, 0xffffffff))
    return struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", *row) for row in rows)


@pytest.mark.parametrize("name,value", [
    ("security.selinux", b"system_u:object_r:etc_t:s0\0"),
    ("system.posix_acl_access", access_list(1002))])
def test_attributes(enabling, name, value):
    path = "/etc/pam.d/sudo"
    os.setxattr(path, name, value)
    enabling.run("enable", "sudo", *QUICK)
    assert os.getxattr(path, name) == value
    enabling.run("rollback")
    assert os.getxattr(path, name) == value
    os.removexattr(path, name)


def test_match_of_root_and_others(enabling):
    """Doctor wants enable first and the Match's line after it: enable, which
    corrects root's login alone, must not refuse for the others."""
    enablehost.write("/etc/ssh/sshd_config", enablehost.SSHD_CONFIG +
                     "Match User root,bob\n"
                     "\tAuthenticationMethods publickey\n")
    with admins("alice", "bob"):
        told = subprocess.run([enablehost.TWOFACTL, "doctor", "--files"],
                              stdout=subprocess.PIPE, text=True,
                              check=False).stdout
        assert "after twofactl enable sshd put right after" in told, told
        assert "for root, by a Match" in told and "for bob, by" in told, told
        out = enabling.run("enable", "sshd", "--login", "both", *QUICK)
    assert "As before: sshd-keys: for bob, by a Match: " in out, out


# exceptions with an end

def tomorrow(days=1):
    now = datetime.datetime.now(datetime.timezone.utc).date()
    return (now + datetime.timedelta(days=days)).isoformat()


def test_exempt_until(enabling, terminals, settings):
    """Where each exception needs an end; disable takes it out again."""
    settings.set(exceptions="dated")
    before = conf()
    with admins("alice", "carol"):
        out = enabling.run("enable", "sudo", "--exempt", "carol", *QUICK,
                           expected=3)
        assert "action: admits without a code and has no last day" in out and \
            conf() == before
        enabling.run("enable", "sudo", "--exempt", "carol", "--until",
                     tomorrow(), "--why", "backup job, CHG-4711", *QUICK)
        assert ('{ users = ["carol"]; services = ["sudo"]; action = "skip"; '
                'until = "%s"; why = "backup job, CHG-4711"; }' % tomorrow()
                ) in conf()
        t = terminals.sudo("carol", "id", "-un")
        t.password()
        assert t.ended() == 0 and "root" in t.text
        enabling.run("confirm", "--anyway")
        assert "enabled already" in enabling.run("enable", "sudo")
        enabling.run("disable", "sudo")
    assert conf() == before


def test_exempt_without_a_password_for_polkit(enabling):
    before = conf()
    enabling.run("enable", "polkit-1", "--until", tomorrow(0), "--why", "CHG-1")
    assert ('{ services = ["polkit-1"]; action = "skip"; until = "%s"; why = '
            '"CHG-1"; }' % tomorrow(0)) in conf()
    enabling.run("disable", "polkit-1")
    assert conf() == before


@pytest.mark.parametrize("words, told", [
    (("--exempt", "carol", "--until", "2027-02-30"), "must be a day to come"),
    (("--exempt", "carol", "--until", "2207-01-31"), "up to 2099-12-31"),
    (("--exempt", "carol", "--until", "2027-01-31 x"), "must be a day"),
    (("--exempt", "carol", "--until", ""), "must be a day to come"),
    (("--exempt", "carol", "--until", "YESTERDAY"), "must be a day to come"),
    (("--exempt", "carol", "--why", ""), "1 to 120 bytes"),
    (("--exempt", "carol", "--why", "a" * 121), "1 to 120 bytes"),
    (("--exempt", "carol", "--why", 'a "b"'), "without quotes"),
    (("--exempt", "carol", "--why", "a\nb"), "1 to 120 bytes"),
    (("--until", "2099-12-31"), "they need --exempt"),
    (("--why", "CHG-1"), "they need --exempt"),
])
def test_exempt_until_when(enabling, words, told):
    before = conf()
    words = [tomorrow(-1) if word == "YESTERDAY" else word for word in words]
    out = enabling.run("enable", "sudo", *words, *QUICK, expected=2)
    assert told in out and conf() == before
