# SPDX-License-Identifier: BSD-2-Clause
"""The package, and services that twofactl enable has changed."""

import glob
import os

import pytest

from packages import FORCED, run

STACK = "/etc/pam.d/sshd"
DROP_IN = "/etc/ssh/sshd_config.d/30-twofa.conf"
UNIT = "/etc/systemd/system/sysinit.target.wants/twofa-rollback.service"
LINE = "auth  required  pam_twofa.so\n"
CONTROL = """\
Package: twofa-neighbour
Version: 1
Architecture: all
Maintainer: nobody <nobody@localhost>
Description: a file of PAM's
"""


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


@pytest.fixture(name="installed")
def installed_fixture(system, settle, ssh):
    """With settings, and users whom they name."""
    system.install()
    settle()
    yield system
    if os.path.exists(DROP_IN):
        os.unlink(DROP_IN)


def enable(*words):
    run("twofactl", "enable", "sshd", "--anyway", *(words or ["--no-trial"]))
    assert "pam_twofa" in read(STACK) and os.path.exists(DROP_IN)


@pytest.mark.parametrize("words", [
    (), ("--no-input", "--user", "alice")], ids=["enabled", "on trial"])
def test_removal_takes_out_what_enable_put_in(installed, words):
    """By itself it refuses, and names the command."""
    before = read(STACK)
    enable(*words)
    told = installed.remove("--remove", FORCED, expected=1)
    assert "twofactl disable --all" in told and "TWOFA_REMOVE=disable" in told
    installed.remove("--remove", FORCED, TWOFA_REMOVE="disable")
    assert not installed.version()
    assert read(STACK) == before and not os.path.exists(DROP_IN)


def test_lines_of_the_admins_own_stay(installed):
    enable()
    write("/etc/pam.d/own", LINE)
    try:
        told = installed.remove("--remove", FORCED, expected=1,
                                TWOFA_REMOVE="disable")
    finally:
        os.unlink("/etc/pam.d/own")
    assert "/etc/pam.d/own:1:" in told
    assert installed.version() and "pam_twofa" not in read(STACK)


def test_a_boot_ends_a_trial(installed):
    assert os.path.exists(UNIT)
    installed.remove("--purge", FORCED)
    assert not os.path.lexists(UNIT) and not glob.glob("/var/lib/twofactl*")


@pytest.fixture(name="neighbour")
def neighbour_fixture(tmp_path):
    """Install a package that has a file of PAM's; what is said."""
    write(str(tmp_path / "p/DEBIAN/control"), CONTROL)
    write(str(tmp_path / "p/etc/pam.d/neighbour"), "# none\n")
    os.chmod(tmp_path / "p/DEBIAN", 0o755)
    run("dpkg-deb", "-b", str(tmp_path / "p"), str(tmp_path / "p.deb"))
    yield lambda: run("dpkg", "-i", str(tmp_path / "p.deb"))
    run("dpkg", "--purge", "twofa-neighbour")


def test_a_replaced_file_is_told(installed, neighbour, syslog):
    """It may have taken the second factor away in silence."""
    before = read(STACK)
    enable()
    assert "twofactl enable" not in neighbour()
    write(STACK, before)
    told = neighbour()
    assert "libpam-twofa: sshd is not as twofactl enable has made it" in told
    syslog.wait_for("twofactl: sshd is not as twofactl enable has made it")
    run("twofactl", "enable", "sshd", "--no-trial", "--anyway")
    assert "is not as twofactl" not in neighbour()
