# SPDX-License-Identifier: BSD-2-Clause
"""A package's life on a bare system: in, up, not out while a stack names the
module, out, and nothing left."""

import glob
import os
import pwd
import shutil
import stat
import subprocess

import pytest

import stage
from packages import FORCED, LIBRARY, run

STACK = "/etc/pam.d/sshd"
LINE = "auth  required  pam_twofa.so\n"
FOLDERS = ("/etc/twofa", "/var/lib/twofa", "/var/lib/twofactl")
SOCKETS = "/etc/systemd/system/sockets.target.wants/twofa-helper"

RULE = "/usr/share/dbus-1/system.d/twofa.conf"  # of the system bus
MANAGER = "/etc/systemd/system/user@%d.service"
TEMPLATE = "/etc/systemd/system/user@.service"  # an admin's, for all users
UNIT = "/lib/systemd/system/twofa-rollback.service"
ROLL_BACK = "/etc/systemd/system/sysinit.target.wants/twofa-rollback.service"


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def owned(path):
    info = os.stat(path)
    return (pwd.getpwuid(info.st_uid).pw_name, info.st_gid,
            stat.S_IMODE(info.st_mode))


def enable():
    write(STACK, read(STACK).replace("@include common-auth\n",
                                     "@include common-auth\n" + LINE))


def gets_in(ssh, sim=None, user="alice"):
    """By the password, and by a code where there is a simulator's."""
    login = ssh.login(user)
    login.password()
    if sim:
        login.code(sim)
    assert login.ended() == 0 and user in login.text, login.text


def test_installed(system):
    """The account and its folders; no stack and no setting is touched."""
    before = {path: read(path) for path in glob.glob("/etc/pam.d/*")}
    told = system.install()
    for command in ("init", "enable sshd", "confirm", "doctor"):
        assert "    twofactl %s\n" % command in told, told
    assert system.version() == system.built.field("this", "Version")
    account = pwd.getpwnam("twofa")
    assert 0 < account.pw_uid < 1000 and account.pw_gid != 0
    assert account.pw_shell.endswith("nologin")
    for folder in ("", "/users.d", "/secrets"):
        assert owned("/etc/twofa" + folder) == ("root", account.pw_gid, 0o750)
    assert owned("/var/lib/twofa") == ("twofa", account.pw_gid, 0o700)
    assert owned("/var/lib/twofactl") == ("root", 0, 0o700)
    assert not os.path.exists("/etc/twofa/twofa.conf")
    assert before == {path: read(path) for path in glob.glob("/etc/pam.d/*")}
    assert run("dpkg", "-V", LIBRARY) == ""
    assert os.path.exists(SOCKETS + ".socket")
    assert not os.path.exists(SOCKETS + "-user.socket")
    assert os.readlink(MANAGER % account.pw_uid) == "/dev/null"
    assert stat.S_IMODE(os.stat(RULE).st_mode) == 0o644


def test_login(system, sim):
    """The test that comes with the package."""
    system.install()
    assert run("packaging/debian/tests/login").endswith("ok\n")


def test_life(system, settle, sim, ssh):
    system.install()
    settle()
    gets_in(ssh)
    enable()
    gets_in(ssh, sim)
    # Upgrades never refuse.
    system.change("next")
    sim.reset()
    gets_in(ssh, sim)
    # By the way, nobody takes it away.
    assert "protected package" in system.remove("--remove", expected=1)
    assert "essential" in run("apt-get", "-y", "remove", LIBRARY,
                              expected=1).lower()
    told = system.remove("--remove", FORCED, expected=1)
    number = read(STACK).split("\n").index(LINE.strip()) + 1
    assert "%s:%d:%s" % (STACK, number, LINE) in told, told
    sim.reset()
    gets_in(ssh, sim)
    # As it says.
    write(STACK, read(STACK).replace(LINE, ""))
    gets_in(ssh)
    system.remove("--remove", FORCED)
    gets_in(ssh)
    assert not glob.glob("/usr/lib/*/security/pam_twofa.so")
    assert not os.path.exists(RULE)
    assert os.path.exists("/var/lib/twofa/state.db")
    # Settings and state are good again; then they go.
    system.install()
    enable()
    sim.reset()
    gets_in(ssh, sim)
    write(STACK, read(STACK).replace(LINE, ""))
    assert os.readlink(ROLL_BACK).endswith(UNIT)
    # What was masked goes also without its user, and nothing of others.
    mask = MANAGER % pwd.getpwnam("twofa").pw_uid
    write(TEMPLATE, "[Service]\n")
    run("userdel", "-f", "twofa")
    system.remove("--purge", FORCED)
    assert not [path for path in (*FOLDERS, "/usr/sbin/twofactl")
                if os.path.exists(path)]
    assert not glob.glob("/etc/systemd/system/*/twofa-*")
    assert not os.path.lexists(mask) and os.path.exists(TEMPLATE)
    os.unlink(TEMPLATE)
    assert not glob.glob("/var/lib/systemd/deb-systemd-helper-*/*twofa*")
    gets_in(ssh)


@pytest.fixture
def stack(system):
    """A file of its own in some folder."""
    made = []

    def make(path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        made.append((path, read(path) if os.path.exists(path) else None))
        write(path, text)
        return path
    yield make
    for path, before in reversed(made):
        if before is None:
            os.unlink(path)
        else:
            write(path, before)


def test_lines_that_count(system, stack):
    """Each is told, with its place."""
    system.install()
    wanted = [
        stack("/etc/pam.d/one", "#%PAM-1.0\n" + LINE) + ":2:" + LINE,
        stack("/etc/pam.d/two.conf", "-auth [success=1 default=die] "
              "/lib/security/pam_twofa.so conf=/x # y\n") + ":1:-auth [",
        stack("/etc/pam.d/three", "auth required \\\n  pam_twofa.so\n") +
        ":2:  pam_twofa.so",
        stack("/etc/pam.conf", "ftp auth required pam_twofa.so\n") + ":1:ftp",
        stack("/usr/lib/pam.d/four", LINE) + ":1:" + LINE]
    told = system.remove("--remove", FORCED, expected=1)
    for line in wanted:
        assert line in told, told
    assert system.version() == system.built.field("this", "Version")
    system.remove("--remove", FORCED, TWOFA_REMOVE="force")
    assert not system.version()


def test_lines_that_do_not(system, stack):
    """Comments, and what editors and packages have left."""
    system.install()
    stack("/etc/pam.d/one", "# auth required pam_twofa.so\n"
          "auth required pam_unix.so # not pam_twofa.so\n")
    for end in ("~", ".bak", ".orig", ".dpkg-old", ".dpkg-new", ".ucf-dist",
                ".swp", ".rpmsave"):
        stack("/etc/pam.d/sshd" + end, LINE)
    system.remove("--remove", FORCED)
    assert not system.version()


def test_purge_beside_make_install(system, stack):
    """A package that was removed before takes nothing from who came after."""
    system.install()
    system.remove("--remove", FORCED)
    security, = glob.glob("/usr/lib/*/security/pam_permit.so")
    module = stack(os.path.dirname(security) + "/pam_twofa.so", "")
    for folder in FOLDERS:
        write(folder + "/kept", "")
    told = system.remove("--purge", FORCED)
    assert module in told and "rm -rf %s\n" % " ".join(FOLDERS) in told, told
    for folder in FOLDERS:
        assert os.path.exists(folder + "/kept"), folder
        shutil.rmtree(folder)


def test_purge_of_a_folder_with_a_mount(system):
    """What is mounted there is somebody else's."""
    system.install()
    secrets = "/etc/twofa/secrets"
    run("mount", "-t", "tmpfs", "tmpfs", secrets)
    try:
        write(secrets + "/kept", "")
        told = system.remove("--purge", FORCED)
        assert os.path.exists(secrets + "/kept") and secrets in told, told
    finally:
        run("umount", "-l", secrets)
    assert not os.path.exists("/var/lib/twofa")
    shutil.rmtree("/etc/twofa")


def test_after_make_install(system, stack):
    """What lies in /usr/local is named with the command that removes it."""
    paths = [stack(path, "#!/bin/sh\n") for path in (
        "/usr/local/sbin/twofactl", "/usr/local/libexec/twofa-helper",
        "/usr/local/lib/systemd/system/twofa-helper.socket")]
    told = system.install()
    line, = [line for line in told.splitlines() if line.startswith("    rm ")]
    assert line.split()[1:] == paths


def test_an_upgrade_with_wrong_settings(system, settle):
    """What twofactl says of them stops nothing."""
    system.install()
    settle().raw("brand = ;\n")
    system.change("next")
    assert system.version() == system.built.field("next", "Version")


def test_a_user_of_that_name(system):
    """Somebody's account is not taken over."""
    run("useradd", "--uid", "1777", "twofa")
    try:
        done = subprocess.run(
            ["apt-get", "-q", "install", "-y", system.built.deb("this")],
            text=True, capture_output=True, check=False, cwd=stage.ROOT)
        assert done.returncode != 0 and "twofa" in done.stdout + done.stderr
    finally:
        run("userdel", "twofa")


ACCOUNTS = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow")


@pytest.mark.parametrize("ids", ["0:0", "0:977", "977:0"])
def test_a_user_of_that_name_who_is_root(system, ids):
    """The module would refuse every login. Once it is gone the installation
    goes on as it says."""
    before = {path: read(path) for path in ACCOUNTS}
    write("/etc/passwd", before["/etc/passwd"] +
          "twofa:x:%s::/nonexistent:/usr/sbin/nologin\n" % ids)
    write("/etc/group", before["/etc/group"] + "twofa:x:977:\n")
    try:
        told = run("apt-get", "-q", "install", "-y",
                   "--no-install-recommends", system.built.deb("this"),
                   expected=1)
        assert "user twofa has uid or gid 0: the module would" in told, told
        assert not system.version()
        assert not os.path.exists("/var/lib/twofactl")
    finally:
        for path, text in before.items():
            write(path, text)
    run("dpkg", "--configure", LIBRARY)
    assert system.version() and pwd.getpwnam("twofa").pw_uid > 0
