# SPDX-License-Identifier: BSD-2-Clause
"""make rpm: what is in the packages, the same bytes twice, and their scripts in
a copy of this machine's file system: install, upgrade, removal."""

import os
import re
import subprocess

import pytest

import stage

TRANSPORTS = ("spawn",)

WORK = "/run/tmp/rpm"
ROOT = "/run/tmp/rpm-root"
NAME = "pam_twofa"
FLEET = NAME + "-fleet"
LINE = "auth\trequired\tpam_twofa.so\n"
# Of selinux-policy-devel, which Debian has not: what a script was told to do.
POLICY_MACROS = """\
%selinux_requires Requires: selinux-policy >= 1
%selinux_modules_install("s:p:") echo "install %{-s*} %*" >>/policy-log
%selinux_modules_uninstall("s:p:") echo "uninstall %{-s*} %*" >>/policy-log
%selinux_relabel_pre("s:") echo "before %{-s*}" >>/policy-log
%selinux_relabel_post("s:") echo "label %{-s*}" >>/policy-log
"""
POLICY = "twofa-selinux"
PP = "/usr/share/selinux/packages/targeted/twofa.pp.bz2"
# Stops each process of its user's, once it waits for the state.
ROGUE = """
import os, signal, sys
while True:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            name = open("/proc/%s/comm" % pid).read().strip()
            if name in ("od", "timeout") and int(pid) != os.getpid():
                os.kill(int(pid), signal.SIGSTOP)
        except OSError:
            pass
"""


def run(*argv, status=0, **more):
    """All that it printed."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, check=False,
                          stdin=subprocess.DEVNULL, **more)
    assert (done.returncode == 0) == (status == 0), done.stdout
    return done.stdout


def version_of(tarball):
    return re.search(r"pam_twofa-([^/]+)\.tar\.gz$", tarball)[1]


def built(tarball, folder, **env):
    """The packages of a tarball: their paths by name."""
    version = version_of(tarball)
    run(stage.ROOT + "/packaging/rpm/build", tarball, version, folder,
        env=dict(os.environ, **env))
    version = version.replace("-", "~")
    return {file.split("-" + version)[0]: os.path.join(folder, file)
            for file in os.listdir(folder) if file.endswith(".rpm")}


def newer(tarball):
    """The same sources with a higher version."""
    old = version_of(tarball)
    new = old + ".1"
    run("tar", "-x", "-f", tarball, "-C", WORK)
    name = "%s/pam_twofa-%s" % (WORK, new)
    os.rename("%s/pam_twofa-%s" % (WORK, old), name)
    run("sed", "-i", "s/^VERSION := .*/VERSION := %s/" % new,
        name + "/Makefile")
    run("tar", "-c", "-z", "-f", name + ".tar.gz", "-C", WORK,
        os.path.basename(name))
    return name + ".tar.gz"


@pytest.fixture(scope="module")
def tarball():
    os.makedirs(WORK)
    run("make", "dist", "O=" + WORK, cwd=stage.ROOT)
    name, = [file for file in os.listdir(WORK) if file.endswith(".tar.gz")]
    return os.path.join(WORK, name)


@pytest.fixture(scope="module")
def packages(tarball):
    return built(tarball, WORK + "/first")


@pytest.fixture
def root():
    """This machine's files without what is mounted there; what is written goes
    with the test."""
    upper = "/run/.ns/rpm"
    for folder in (upper, upper + "/up", upper + "/work", ROOT):
        os.mkdir(folder)
    run("mount", "-t", "overlay", "overlay", "-o",
        "lowerdir=/,upperdir=%s/up,workdir=%s/work" % (upper, upper), ROOT)
    run("mount", "--rbind", "/dev", ROOT + "/dev")
    for tool in ("userdel", "groupdel"):
        subprocess.run(["chroot", ROOT, tool, "twofa"], check=False,
                       stderr=subprocess.DEVNULL)
    yield ROOT
    run("umount", "-R", "-l", ROOT)
    os.rmdir(ROOT)
    run("rm", "-rf", upper)


def manager(root):
    """Where systemd looks first for what would manage user twofa."""
    return "%s/etc/systemd/system/user@%s.service" % (
        root, run("chroot", root, "id", "-u", "twofa").strip())


def rpm(*words, status=0, **env):
    return run("rpm", "--root", ROOT, "--nodeps", *words, status=status,
               env=dict(os.environ, **env))


def named(path, text):
    with open(ROOT + path, "a+", encoding="utf-8") as stack:
        stack.write(text)
        stack.seek(0)
        return len(stack.read().splitlines())


def test_files(packages):
    listed = {}
    for line in run("rpm", "-qlvp", packages[NAME]).splitlines():
        mode, _, user, group, _, _, _, _, path = line.split()[:9]
        listed[path] = (mode, user, group)
    assert set(packages) == {NAME, FLEET, "twofa-simulator", "cockpit-twofa"}
    assert "libpq.so.5" in run("rpm", "-qRp", packages[FLEET])
    assert "libpq" not in run("rpm", "-qRp", packages[NAME])
    module, = [path for path in listed if path.endswith("/pam_twofa.so")]
    assert listed[module] == ("-rw-r--r--", "root", "root")
    assert listed["/usr/libexec/twofa-helper"] == (
        "-rwx--x--x", "root", "root")
    assert listed["/usr/sbin/twofactl"] == ("-rwxr-xr-x", "root", "root")
    for path in ("", "/users.d", "/secrets"):
        assert listed["/etc/twofa" + path] == ("drwxr-x---", "root", "twofa")
    assert listed["/var/lib/twofa"] == ("drwx------", "twofa", "twofa")
    assert listed["/var/lib/twofactl"] == ("drwx------", "root", "root")
    assert "/usr/lib/systemd/system/twofa-rollback.service" in listed
    assert listed["/usr/share/dbus-1/system.d/twofa.conf"] == (
        "-rw-r--r--", "root", "root")
    assert "/etc/twofa/twofa.conf" not in listed
    units = {"/usr/lib/systemd/system/" + unit
             for unit in os.listdir(stage.ROOT + "/packaging/systemd")}
    rehearsal = {"/usr/lib/systemd/system/twofa-rehearsal@.service"}
    assert units - rehearsal <= set(listed)
    assert not any(path.startswith(("/usr/local", "/run/", "/tmp"))
                   for path in listed)
    others = run("rpm", "-qlp", packages["twofa-simulator"]).split()
    assert {"/usr/bin/twofa-simulator", *rehearsal} <= set(others)
    assert not set(others) & set(listed)
    page = set(run("rpm", "-qlp", packages["cockpit-twofa"]).split())
    assert {"/usr/share/cockpit/twofa/" + name for name in
            os.listdir(stage.ROOT + "/packaging/cockpit")} <= page
    assert not page & set(listed)


def test_what_it_needs(packages):
    """libcurl is loaded late: without the line nothing would pull it in."""
    needs = run("rpm", "-qp", "--requires", packages[NAME])
    assert re.search(r"^libcurl\.so\.4(\(\)\(64bit\))?$", needs, re.M)
    assert re.search(r"^libpam\.so\.0", needs, re.M)
    assert "libcurl < 7.87" in run("rpm", "-qp", "--conflicts", packages[NAME])


def test_same_bytes(tarball, packages):
    """From another folder, in another zone and language."""
    again = built(tarball, WORK + "/a/longer/name", TZ="Asia/Tokyo",
                  LC_ALL="C", TMPDIR="/run")
    for name, path in packages.items():
        with open(path, "rb") as one, open(again[name], "rb") as other:
            assert one.read() == other.read(), name


def test_install(root, packages):
    out = rpm("-i", packages[NAME])
    assert "fail" not in out and "rror" not in out, out
    for command in ("init", "enable sshd", "doctor"):
        assert "    twofactl %s\n" % command in out, out
    account = run("chroot", root, "getent", "passwd", "twofa")
    assert account.rstrip().endswith(":/sbin/nologin")
    info = os.stat(root + "/usr/libexec/twofa-helper")
    assert info.st_mode & 0o7777 == 0o711
    run("chroot", root, "/usr/libexec/twofa-helper", "--version")
    run("chroot", root, "/usr/sbin/twofactl", "--version")
    state = os.stat(root + "/var/lib/twofa")
    assert state.st_uid == int(account.split(":")[2]) != 0
    wants = os.listdir(root + "/etc/systemd/system/sockets.target.wants")
    assert "twofa-helper.socket" in wants
    assert "twofa-helper-user.socket" not in wants
    assert os.readlink(manager(root)) == "/dev/null"


def test_it_lingers_no_more(root, packages):
    rpm("-i", packages[NAME])
    linger = root + "/var/lib/systemd/linger"
    os.makedirs(linger, exist_ok=True)
    with open(linger + "/twofa", "x", encoding="ascii"):
        pass
    os.unlink(manager(root))
    rpm("-U", "--replacepkgs", packages[NAME])
    assert not os.path.exists(linger + "/twofa")
    assert os.readlink(manager(root)) == "/dev/null"
    rpm("-e", NAME)
    assert not os.path.lexists(manager(root))
    assert not os.path.exists(root + "/var/lib/twofactl")
    assert not os.path.exists(root + "/usr/share/dbus-1/system.d/twofa.conf")


def test_units_of_others_stay(root, packages):
    """What was masked goes, also without the user; an admin's unit stays."""
    rpm("-i", packages[NAME])
    own = manager(root)
    others = root + "/etc/systemd/system/user@.service"
    with open(others, "w", encoding="ascii") as unit:
        unit.write("[Service]\n")
    run("chroot", root, "userdel", "-f", "twofa")
    rpm("-e", NAME)
    assert os.path.exists(others) and not os.path.lexists(own)
    rpm("-i", packages[NAME])
    own = manager(root)
    os.unlink(own)
    with open(own, "w", encoding="ascii") as unit:
        unit.write("[Service]\n")
    out = rpm("-U", "--replacepkgs", packages[NAME])
    assert "is no link to /dev/null" in out
    rpm("-e", NAME)
    assert os.path.exists(own) and not os.path.islink(own)


def test_uid_0_is_refused(root, packages):
    run("chroot", root, "useradd", "-o", "-u", "0", "-g", "0", "twofa")
    run("chroot", root, "groupadd", "twofa")
    assert "uid or gid 0" in rpm("-i", packages[NAME], status=1)
    assert not os.path.exists(root + "/usr/libexec/twofa-helper")


def test_removal_is_refused_while_a_stack_names_it(root, packages):
    rpm("-i", packages[NAME])
    line = named("/etc/pam.d/sshd", LINE)
    named("/etc/pam.d/sshd.rpmsave", LINE)
    named("/etc/pam.d/su~", LINE)
    named("/etc/pam.d/login", "#" + LINE)
    out = rpm("-e", NAME, status=1)
    assert "/etc/pam.d/sshd:%d:" % line in out and "TWOFA_REMOVE=force" in out
    assert "twofactl disable --all" in out
    # what is not enable's stays, and is in the way still
    assert "/etc/pam.d/sshd:%d:" % line in rpm(
        "-e", NAME, status=1, TWOFA_REMOVE="disable")
    assert "rpmsave" not in out and "su~" not in out and "login:" not in out
    assert NAME in run("rpm", "--root", root, "-q", NAME)
    assert os.path.exists(root + "/usr/libexec/twofa-helper")
    rpm("-e", NAME, TWOFA_REMOVE="force")
    assert not os.path.exists(root + "/usr/libexec/twofa-helper")


def test_upgrade_is_never_refused(root, packages, tarball):
    rpm("-i", packages[NAME])
    run("chroot", root, "systemctl", "disable", "twofa-helper.socket")
    named("/etc/pam.d/sshd", LINE)
    with open(root + "/etc/twofa/twofa.conf", "x", encoding="utf-8") as conf:
        conf.write("mine")
    after = built(newer(tarball), WORK + "/second")
    rpm("-U", after[NAME])
    version = run("chroot", root, "/usr/sbin/twofactl", "--version")
    assert version.split()[-1].endswith(".1"), version
    with open(root + "/etc/twofa/twofa.conf", encoding="utf-8") as conf:
        assert conf.read() == "mine"
    wants = root + "/etc/systemd/system/sockets.target.wants/"
    assert not os.path.exists(wants + "twofa-helper.socket")


def test_state_of_a_newer_version(root, packages):
    """It would deny every login: refused, or set aside when asked for."""
    rpm("-i", packages[NAME])
    state = root + "/var/lib/twofa/state.db"
    run("/usr/bin/python3", "-c", "import sqlite3; "
        "sqlite3.connect('%s').execute('PRAGMA user_version = 9999')" % state)
    again = ("-U", "--replacepkgs", packages[NAME])
    told = rpm(*again, status=1)
    for words in ("TWOFA_DOWNGRADE=new-state", "the installed version goes on",
                  "twofactl recovery-codes USER"):
        assert words in told, told
    assert os.path.exists(state)
    rpm(*again, TWOFA_DOWNGRADE="new-state")
    assert not os.path.exists(state)
    aside, = os.listdir(root + "/var/lib/twofa")
    # who owns the folder could lead root's steps in it elsewhere
    assert (os.stat(root + "/var/lib/twofa/" + aside).st_uid ==
            os.stat(root + "/var/lib/twofa").st_uid)
    assert os.listdir(root + "/var/lib/twofa/" + aside) == ["state.db"]


@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "stopped"])
def test_an_upgrade_that_its_user_tries_to_hold(root, packages, kind):
    """User twofa can put anything in the state's place, and stop what runs as
    itself; a read as root would follow it, or wait for ever."""
    rpm("-i", packages[NAME])
    folder = root + "/var/lib/twofa"
    owner = os.stat(folder)
    os.mkfifo(folder + "/pipe", 0o600)
    os.chown(folder + "/pipe", owner.st_uid, owner.st_gid)
    if kind == "pipe":
        os.rename(folder + "/pipe", folder + "/state.db")
    else:
        os.symlink("pipe", folder + "/state.db")
    rogue = subprocess.Popen(
        ["/usr/bin/python3", "-c", ROGUE],
        user=owner.st_uid, group=owner.st_gid, extra_groups=[]
    ) if kind == "stopped" else None
    try:
        run("timeout", "-s", "KILL", "60", "rpm", "--root", root, "--nodeps",
            "-U", "--replacepkgs", packages[NAME])
    finally:
        if rogue:
            rogue.kill()
            rogue.wait()


def test_only_its_user_reads_there(root, packages):
    """What root alone may read cannot keep the upgrade away."""
    rpm("-i", packages[NAME])
    with open(root + "/root/newer", "xb") as file:
        file.write(b"\xff" * 100)
    os.chmod(root + "/root/newer", 0o600)
    os.symlink("/root/newer", root + "/var/lib/twofa/state.db")
    rpm("-U", "--replacepkgs", packages[NAME])


def test_page_comes_and_goes(root, packages):
    """With the path of the package's program; nothing of it stays."""
    page = root + "/usr/share/cockpit/twofa"
    rpm("-i", packages[NAME], packages["cockpit-twofa"])
    with open(page + "/twofa.js", encoding="utf-8") as script:
        assert '"/usr/sbin/twofactl"' in script.read()
    rpm("-e", "cockpit-twofa")
    assert not os.path.exists(page)


def test_removal_keeps_settings_and_state(root, packages):
    rpm("-i", packages[NAME])
    for path in ("/etc/twofa/twofa.conf", "/var/lib/twofa/state.db"):
        with open(root + path, "x", encoding="utf-8") as file:
            file.write("kept")
    run("chroot", root, "systemctl", "enable", "twofa-rollback.service")
    rpm("-e", NAME)
    assert os.path.exists(root + "/etc/twofa/twofa.conf")
    assert os.path.exists(root + "/var/lib/twofa/state.db")
    for path in ("/usr/libexec/twofa-helper", "/usr/sbin/twofactl",
                 "/etc/systemd/system/sockets.target.wants/"
                 "twofa-helper.socket",
                 "/etc/systemd/system/sysinit.target.wants/"
                 "twofa-rollback.service"):
        assert not os.path.lexists(root + path), path


@pytest.fixture(scope="module")
def with_policy(tarball):
    """As where the policy's macros are; twice, from different folders."""
    os.mkdir(WORK + "/home")
    with open(WORK + "/home/.rpmmacros", "w", encoding="utf-8") as macros:
        macros.write(POLICY_MACROS)
    return [built(tarball, WORK + folder, HOME=WORK + "/home")
            for folder in ("/policy", "/policy/once/more")]


def test_policy_is_built(with_policy):
    """By the same module's sources and Debian's headers."""
    first, again = with_policy
    assert set(first) == {NAME, FLEET, "twofa-simulator", "cockpit-twofa",
                          POLICY}
    assert first[POLICY].endswith(".noarch.rpm")
    with open(first[POLICY], "rb") as one, open(again[POLICY], "rb") as other:
        assert one.read() == other.read()
    assert PP in run("rpm", "-qlp", first[POLICY]).split()
    needs = run("rpm", "-qp", "--requires", first[NAME])
    assert "(twofa-selinux if selinux-policy-targeted)" in needs
    module = subprocess.run(
        "rpm2cpio %s | cpio --quiet -i --to-stdout .%s | bzip2 -d" % (
            first[POLICY], PP), shell=True, check=True,
        stdout=subprocess.PIPE).stdout
    assert b"SE Linux Module" in module and b"twofa_helper_t" in module


def test_policy_comes_and_goes(root, with_policy):
    """An upgrade takes nothing out."""
    rpm("-i", with_policy[0][POLICY])
    log = root + "/policy-log"

    def told():
        with open(log, encoding="utf-8") as lines:
            found = lines.read().splitlines()
        os.unlink(log)
        return found

    came = ["before targeted", "install targeted " + PP, "label targeted"]
    assert told() == came
    rpm("-U", "--replacepkgs", with_policy[0][POLICY])
    assert told() == came
    rpm("-e", POLICY)
    assert told() == ["uninstall targeted twofa"]
    assert not os.path.exists(root + PP)
