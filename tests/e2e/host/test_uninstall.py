# SPDX-License-Identifier: BSD-2-Clause
"""Taking it away again, with the clone and without."""

import glob
import os
import pwd
import re
import shutil
import subprocess

import pytest

import conf
from installed import PAMDIR, make, tree

TRANSPORTS = ("spawn",)


def test_uninstall_leaves_settings_and_state(dest):
    make("install", DESTDIR=dest)
    make("uninstall", DESTDIR=dest)
    left = [path for path in tree(dest) if os.path.isfile(dest + path)]
    assert all(path.startswith("/etc/twofa/") for path in left), left
    assert os.path.isdir(dest + "/var/lib/twofa")


def test_uninstall_with_purge(dest):
    make("install", DESTDIR=dest)
    make("uninstall", DESTDIR=dest, PURGE=1)
    assert not [path for path in tree(dest) if os.path.isfile(dest + path)]
    assert not os.path.exists(dest + "/etc/twofa")
    assert not os.path.exists(dest + "/var/lib/twofa")


def test_uninstall_refuses_while_a_stack_names_it(dest):
    make("install", DESTDIR=dest)
    os.mkdir(dest + "/etc/pam.d")
    with open(dest + "/etc/pam.d/sshd", "w", encoding="ascii") as out:
        out.write("auth required pam_twofa.so\n")
    said = make("uninstall", expected=1, DESTDIR=dest)
    assert "/etc/pam.d/sshd" in said
    assert os.path.exists(dest + PAMDIR + "/pam_twofa.so")
    make("uninstall", DESTDIR=dest, FORCE=1)
    assert not os.path.exists(dest + PAMDIR + "/pam_twofa.so")


def test_uninstall_does_not_mind_a_comment(dest):
    make("install", DESTDIR=dest)
    os.mkdir(dest + "/etc/pam.d")
    with open(dest + "/etc/pam.d/sshd", "w", encoding="ascii") as out:
        out.write("#auth required pam_twofa.so\n")
    make("uninstall", DESTDIR=dest)
    assert not os.path.exists(dest + PAMDIR + "/pam_twofa.so")


def test_uninstall_for_real(machine, settings, no_stack):
    make("install")
    make("uninstall")
    assert not os.path.exists(os.path.join(PAMDIR, "pam_twofa.so"))
    assert not os.path.exists("/usr/local/libexec/twofa-helper")
    assert os.path.exists(settings.user_file("alice"))
    assert pwd.getpwnam("twofa")


def test_purge_for_real(machine, settings, no_stack):
    make("install")
    make("uninstall", PURGE=1)
    assert not os.path.exists(conf.FOLDER) and not os.path.exists(conf.STATE)
    with pytest.raises(KeyError):
        pwd.getpwnam("twofa")


def test_uninstall_for_real_refuses_the_machines_stacks(machine, pam):
    make("install")
    said = make("uninstall", expected=1)
    for service in ("sshd", "sudo", "login"):
        assert "/etc/pam.d/" + service in said
    assert os.path.exists(os.path.join(PAMDIR, "pam_twofa.so"))


UNINSTALL = "/usr/local/share/pam_twofa/uninstall"


def without_the_clone(*words, expected=0):
    done = subprocess.run([UNINSTALL, *words], cwd="/", text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (done.returncode == 0) == (expected == 0), done.stdout
    return done.stdout


def left():
    """What of an installation is still there."""
    return glob.glob("/usr/local/**/*twofa*", recursive=True)


@pytest.mark.usefixtures("machine", "settings", "no_stack")
def test_uninstall_without_the_clone():
    said = make("install", UNITDIR="/usr/local/lib/systemd/system")
    assert said.endswith("To take it all away again: %s\n" % UNINSTALL)
    without_the_clone("--purge")
    assert not left() and not os.path.exists(conf.FOLDER)
    assert not os.path.exists(PAMDIR + "/pam_twofa.so")
    with pytest.raises(KeyError):
        pwd.getpwnam("twofa")


def test_uninstall_without_the_clone_refuses(machine, pam):
    make("install")
    assert "/etc/pam.d/sshd" in without_the_clone(expected=1)
    assert "usage: " in without_the_clone("--purg", expected=1)
    assert os.path.exists(PAMDIR + "/pam_twofa.so")
    without_the_clone("--force")
    assert not os.path.exists(PAMDIR + "/pam_twofa.so")
    assert os.path.exists(conf.FOLDER)


LINE = "auth required pam_twofa.so\n"


@pytest.fixture
def stacks(dest):
    """An installation, and a function that writes a file of PAM's there."""
    make("install", DESTDIR=dest)
    os.mkdir(dest + "/etc/pam.d")

    def write(name, text):
        with open(dest + "/etc/pam.d/" + name, "w", encoding="ascii") as out:
            out.write(text)
    return write


def test_uninstall_does_not_mind_backups(dest, stacks):
    """No program asks for a service of these names."""
    for name in ("sshd.bak", "sshd.orig", "sshd~", "sshd.dpkg-old",
                 "sudo.rpmsave", "sudo.rpmnew", "su.ucf-dist", ".su.swp"):
        stacks(name, LINE)
    make("uninstall", DESTDIR=dest)
    assert not os.path.exists(dest + PAMDIR + "/pam_twofa.so")


def test_uninstall_minds_a_backup_that_is_included(dest, stacks):
    stacks("sshd.bak", LINE)
    stacks("sshd", "auth include sshd.bak\n")
    assert "pam.d/sshd.bak" in make("uninstall", expected=1, DESTDIR=dest)


@pytest.mark.parametrize("text", [
    "#" + LINE, "  # " + LINE, "auth required pam_permit.so # pam_twofa.so\n"])
def test_uninstall_does_not_mind_comments(dest, stacks, text):
    stacks("sshd", text)
    make("uninstall", DESTDIR=dest)
    assert not os.path.exists(dest + PAMDIR + "/pam_twofa.so")


@pytest.mark.parametrize("text", [
    "-auth optional pam_twofa.so # as before\n",
    "auth required \\\n  pam_twofa.so\n", "auth\trequired " + PAMDIR +
    "/pam_twofa.so\n"])
def test_uninstall_minds_every_line(dest, stacks, text):
    stacks("sshd", text)
    assert "pam.d/sshd" in make("uninstall", expected=1, DESTDIR=dest)


def test_uninstall_minds_the_systems_folder(dest, stacks):
    """Where polkit's stack may be: PAM reads it, too."""
    os.makedirs(dest + "/usr/lib/pam.d")
    stacks("../../usr/lib/pam.d/polkit-1", LINE)
    assert "/usr/lib/pam.d/polkit-1" in make("uninstall", expected=1,
                                             DESTDIR=dest)


@pytest.fixture
def package(machine, pam):
    """A package that has the module in our place, as dpkg knows it."""
    root = "/run/tmp/package"
    os.makedirs(root + "/DEBIAN")
    os.makedirs(root + PAMDIR)
    with open(root + "/DEBIAN/control", "w", encoding="ascii") as out:
        out.write("Package: libpam-twofa\nVersion: 9\nArchitecture: all\n"
                  "Maintainer: a test <root@localhost>\nDescription: a test\n")
    with open(root + PAMDIR + "/pam_twofa.so", "wb") as out:
        out.write(b"of the package")
    for words in (["dpkg-deb", "--build", root], ["dpkg", "-i", root + ".deb"]):
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    yield
    shutil.rmtree(root)
    os.unlink(root + ".deb")


def test_uninstall_leaves_what_is_a_packages(package, settings):
    """The stacks go on with its module, and its settings stay."""
    make("install")
    said = make("uninstall", PURGE=1)
    assert PAMDIR + "/pam_twofa.so stays: it belongs to package libpam-twofa" \
        in said
    assert os.path.exists(PAMDIR + "/pam_twofa.so")
    assert left() == []
    assert os.path.exists(settings.user_file("alice"))
    assert pwd.getpwnam("twofa")


def test_uninstall_beside_a_package_minds_its_helper(package, pam):
    make("install")
    pam.stack("sshd", "auth required pam_twofa.so "
              "helper=/usr/local/libexec/twofa-helper")
    said = make("uninstall", expected=1)
    assert "/etc/pam.d/sshd" in said and "/etc/pam.d/sudo" not in said


APT = pytest.mark.skipif(not shutil.which("apt-mark"), reason="no apt-mark")


def automatic(*packages):
    return subprocess.run(["apt-mark", "showauto", *packages], text=True,
                          capture_output=True, check=True).stdout.split()


@APT
@pytest.mark.usefixtures("machine", "settings", "no_stack")
def test_apt_keeps_the_libraries():
    """What came with packages for the build alone would go with them."""
    libraries = ["libconfig9", "libsqlite3-0"]
    subprocess.run(["apt-mark", "auto", *libraries], check=True,
                   stdout=subprocess.DEVNULL)
    said = make("install")
    kept = re.search("^apt is told to keep the libraries of these programs: "
                     "(.*)$", said, re.M)[1]
    assert set(libraries) <= set(kept.split())
    assert not automatic(*libraries)
    assert kept in make("install")  # the second finds none, and still knows
    assert "apt-mark auto %s; apt autoremove" % kept in without_the_clone()


@pytest.fixture
def enforcing(tmp_path, no_stack):
    """Removes Debian's package of the policy module, as where SELinux enforces;
    tells whether the module would be gone."""
    gone = tmp_path / "gone"
    for name, text in (("getenforce", "echo Enforcing"), ("selinuxenabled", ""),
                       ("semodule", "[ $1 != -l ] || exec echo twofa; >%s" %
                        gone)):
        (tmp_path / name).write_text("#!/bin/sh\n%s\n" % text, encoding="ascii")
        (tmp_path / name).chmod(0o755)

    def run():
        done = subprocess.run(
            ["sh", "packaging/debian/twofa-selinux.prerm", "remove"],
            capture_output=True, text=True, check=False,
            env={"PATH": "%s:%s" % (tmp_path, os.environ["PATH"])})
        assert gone.exists() == (done.returncode == 0), done
        return done
    return run


@pytest.mark.parametrize("stack", ["/etc/pam.d/its", "/etc/pam.conf"])
def test_policy_stays_while_a_stack_needs_it(enforcing, stack):
    """Also beside what grep cannot read: its status is that of an error then."""
    kept = stack + ".kept"
    if os.path.exists(stack):
        os.rename(stack, kept)
    os.symlink("gone", "/etc/pam.d/dangling")
    try:
        with open(stack, "w", encoding="ascii") as out:
            out.write(LINE)
        done = enforcing()
    finally:
        os.unlink("/etc/pam.d/dangling")
        os.unlink(stack)
        if os.path.exists(kept):
            os.rename(kept, stack)
    assert done.returncode == 1 and stack in done.stderr, done


def test_policy_goes_when_no_stack_needs_it(enforcing):
    assert enforcing().returncode == 0
