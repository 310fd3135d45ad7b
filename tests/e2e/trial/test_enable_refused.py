# SPDX-License-Identifier: BSD-2-Clause
"""What enable, confirm, rollback and disable refuse: exit status, cause, remedy;
and nothing is changed."""

import fcntl
import os
import shutil
import subprocess

import enablehost
import pytest

import selinuxfs

TRANSPORTS = ("spawn",)
SUDO = enablehost.PAM + "/sudo"
LOCK = enablehost.STATE + "/lock"


@pytest.fixture(name="refused")
def refused_fixture(enabling):
    """A command that is refused with these words."""
    before = enablehost.files()

    def run(status, words, *command):
        out = enabling.run(*command, expected=status)
        assert words in out
        assert enablehost.files() == before
        assert not enabling.pending() and not enablehost.timers()
    return run


@pytest.mark.parametrize("words, command", [
    ('enable knows sshd, sudo, su, login', ["enable", "cron"]),
    ('not "../sudo"', ["enable", "../sudo"]),
    ("enable needs SERVICE", ["enable"]),
    ('--login keys: write password, key or both',
     ["enable", "sshd", "--login", "keys"]),
    ("--login key is for sshd alone", ["enable", "sudo", "--login", "key"]),
    ("--login both is for sshd alone", ["enable", "su", "--login", "both"]),
    ("whose login is the proof? add --user NAME",
     ["enable", "sudo", "--no-input"]),
    ("nobody can type the code of the proof here; run it at a terminal, or "
     "add --no-input", ["enable", "sudo", "--user", "alice"]),
    ("name a service, or write --all", ["disable"]),
    ("name a service, or write --all", ["disable", "sudo", "--all"]),
    ('disable knows sshd, sudo, su, login', ["disable", "cron"]),
    ("takes no --within", ["confirm", "--within", "1m"]),
    ("is one operand too many", ["confirm", "sudo"]),
])
def test_usage(refused, words, command):
    refused(2, words, *command)


@pytest.mark.parametrize("within", [
    "59s", "59", "0", "-1m", "", "m", "2d", "10mm", "10 m", "25h", "1441m",
    "86401", "99999999999999999999h", "0x40"])
def test_within_refused(refused, within):
    refused(2, "--within %s: must be 1m to 24h" % within[:20], "enable",
            "sudo", "--within", within)


@pytest.mark.parametrize("within, seconds", [
    ("60", 60), ("60s", 60), ("1m", 60), ("24h", 86400), ("1440m", 86400),
    ("1d", 86400)])
def test_within(enabling, within, seconds):
    enabling.unseen("sudo", "--within", within)
    facts = dict(line.split(" ", 1) for line in enablehost.read(
        enablehost.STATE + "/trial/facts").splitlines())
    assert int(facts["until"]) - int(facts["since"]) == seconds


def test_settings(refused, settings):
    settings.raw("nonsense")
    refused(3, settings.conf, "enable", "sudo", "--user", "alice",
            "--no-input", "--anyway")


def test_before_init(refused, settings):
    os.unlink(settings.conf)
    refused(3, "is not there; run: twofactl init,", "enable", "sudo", "--user",
            "alice")


def test_rehearsal(refused, settings):
    """Also with --anyway: no phone would get a code."""
    settings.provider(base_url="http://127.0.0.1:1")
    refused(1, "go over to a vendor: twofactl init", "enable", "sudo", "--user", "alice",
            "--no-input", "--anyway")


def test_denied(refused, settings):
    """A prompt that sends nothing proves nothing."""
    settings.forget("alice")
    settings.set(unenrolled="deny")
    refused(1, "alice could not log in by sudo, so nothing is changed",
            "enable", "sudo", "--user", "alice", "--no-input", "--anyway")


def test_no_such_user(refused):
    refused(4, 'account "nobody2": not there', "enable", "sudo", "--user", "nobody2", "--no-input")


def test_lock_out(enabling):
    """Doctor's findings are told, and hold it up."""
    path = enablehost.PAM + "/common-auth"
    enablehost.write(path, "auth sufficient pam_unix.so nullok nodelay\n"
                     "auth requisite pam_deny.so\n")
    before = enablehost.files()
    command = ["enable", "sudo", "--user", "alice", "--no-input"]
    out = enabling.run(*command, expected=1)
    assert "sudo would be enabled with this; correct it, or add --anyway" in (
        out)
    assert "pam_unix" in out
    # and with --anyway the proof finds out that no code is asked for
    assert "the login of the proof did not get in with a code, so nothing " \
        "is changed" in enabling.run(*command, "--anyway", expected=4)
    assert enablehost.files() == before and not enabling.pending()


def test_link(refused):
    """Who can write where it leads could take the lines out."""
    os.rename(SUDO, SUDO + ".real")
    os.symlink(SUDO + ".real", SUDO)
    os.chmod(SUDO + ".real", 0o664)
    try:
        refused(1, SUDO + ": it is a link to a file that others than root "
                "can change", "enable", "sudo", "--user", "alice",
                "--no-input")
        assert os.path.islink(SUDO)
    finally:
        os.rename(SUDO + ".real", SUDO)
        os.chmod(SUDO, 0o644)


def test_no_program(enabling):
    enablehost.remove(SUDO)
    assert "is the program installed?" in enabling.run("enable", "sudo",
                                                       expected=1)


def test_by_hand(enabling):
    enablehost.write(SUDO, enablehost.STACKS["sudo"] +
                     "auth required pam_twofa.so\n")
    assert "line 4 names pam_twofa and was not written by twofactl" in (
        enabling.run("enable", "sudo", expected=1))


def test_include_of_all(enabling):
    """For a key it would be replaced, and its account lines with it."""
    path = enablehost.PAM + "/common-auth"
    with open(path, "a", encoding="ascii") as text:
        text.write("account required pam_access.so\n")
    out = enabling.run("enable", "sshd", "--login", "key", expected=1)
    assert '"@include common-auth" brings lines of account' in out
    assert '"auth include common-auth"' in out


def test_no_drop_in_folder(enabling):
    folder = os.path.dirname(enablehost.DROP_IN)
    shutil.move(folder, folder + ".away")
    try:
        out = enabling.run("enable", "sshd", expected=1)
    finally:
        shutil.move(folder + ".away", folder)
    assert 'write "Include /etc/ssh/sshd_config.d/*.conf" as the first' in out


@pytest.fixture(name="broken_sshd")
def broken_sshd_fixture(tmp_path):
    """It finds its settings wrong when it is asked by -t, and else nothing."""
    sshd, real = "/usr/sbin/sshd", str(tmp_path / "sshd")
    shutil.copy(sshd, real)
    fake = str(tmp_path / "fake")
    enablehost.write(fake, '#!/bin/sh\n[ "$1" != -t ] && exec %s "$@"\n'
                     'echo "Bad configuration option"\nexit 1\n' % real)
    os.chmod(fake, 0o755)
    subprocess.run(["mount", "--bind", fake, sshd], check=True)
    yield
    subprocess.run(["umount", sshd], check=True)


def test_sshd_check(enabling, syslog, broken_sshd):
    """Back at once."""
    before = enablehost.files()
    out = enabling.run("enable", "sshd", "--no-trial", "--anyway", expected=4)
    assert "sshd -t: Bad configuration option" in out
    assert "everything is as it was before" in out
    assert syslog.wait_for(r"enable sshd: rolled back \(sshd-check\)")
    assert enablehost.files() == before
    assert not enabling.pending()


@pytest.fixture(name="other_service")
def other_service_fixture(tmp_path):
    """PAMServiceName is set, as OpenSSH 9.8 tells it."""
    sshd, real = "/usr/sbin/sshd", str(tmp_path / "sshd")
    shutil.copy(sshd, real)
    fake = str(tmp_path / "fake")
    enablehost.write(fake, '#!/bin/sh\n%s "$@" || exit\n[ "$1" != -T ] || '
                     "echo pamservicename other\n" % real)
    os.chmod(fake, 0o755)
    subprocess.run(["mount", "--bind", fake, sshd], check=True)
    yield
    subprocess.run(["umount", sshd], check=True)


def test_another_service_of_sshd(refused, other_service):
    """The lines would stand where nobody is asked."""
    refused(1, "PAMServiceName other: sshd asks PAM for that service, and not "
            "for sshd", "enable", "sshd", "--no-trial", "--anyway")


def test_second_trial(enabling):
    enabling.unseen()
    after = enablehost.files()
    for command in (["enable", "sudo"], ["enable", "su", "--user", "alice"],
                    ["enable", "su", "--check"], ["disable", "sudo"]):
        out = enabling.run(*command, expected=1)
        assert "sudo is on trial until " in out
        assert "twofactl confirm, or twofactl rollback" in out
    assert enablehost.files() == after and enabling.pending()


def test_disable_all_ends_a_trial(enabling):
    """What is on trial is rolled back, what was confirmed disabled."""
    before = enablehost.files()
    enabling.run("enable", "su", "--no-trial")
    enabling.unseen()
    assert enabling.pending()
    out = enabling.run("disable", "--all")
    assert out.startswith("sudo is as it was before.\n"), out
    assert "sudo was not enabled.\nsu is disabled.\n" in out
    assert enablehost.files() == before and not enabling.pending()


def test_nothing_on_trial(enabling, refused):
    refused(1, "nothing is on trial; it was rolled back, or confirmed before",
            "confirm")
    refused(0, "Nothing is on trial.", "rollback")
    enabling.run("enable", "sudo", "--no-trial")
    out = enabling.run("rollback", expected=1)
    assert "sudo has been confirmed; to end it run: twofactl disable sudo" in (
        out)
    enabling.run("rollback", "--boot")
    enabling.run("rollback", "--timer", "0" * 32)


@pytest.mark.parametrize("command", [
    ["enable", "sudo"], ["confirm"], ["rollback"], ["disable", "sudo"]])
def test_locked(enabling, command):
    enabling.run("disable", "sudo")  # the folder is there
    with open(LOCK, "r+", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another twofactl is at work; wait for it" in enabling.run(
            *command, expected=4)


def test_damaged(enabling):
    """What is pending and cannot be read is told, and nothing begins."""
    enabling.unseen()
    after = enablehost.files()
    enablehost.write(enablehost.STATE + "/trial/facts", "id 1\n")
    for command in (["rollback"], ["confirm", "--anyway"], ["disable", "sudo"],
                    ["enable", "su"]):
        out = enabling.run(*command, expected=4)
        assert "trial is damaged; compare the files in /etc/pam.d" in out
    enablehost.write(enablehost.STATE + "/pending", "trial 123\n")
    assert "damaged" in enabling.run("rollback", expected=4)
    assert enablehost.files() == after


def test_environment(enabling):
    """What the caller's environment says counts for nothing."""
    before = enablehost.files()
    odd = {"TWOFA_CONF": "/x", "TWOFA_HELPER": "/x", "TWOFA_STEP": "pending",
           "TMPDIR": "/x", "PATH": "/x", "LD_LIBRARY_PATH": "/x",
           "SHELL": "/x", "HOME": "/x", "SUDO_USER": "alice"}
    done = subprocess.run([enablehost.TWOFACTL, "enable", "sudo",
                           "--no-input"], env=odd, text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    assert "A login of alice by sudo" in done.stdout
    enabling.run("rollback")
    assert enablehost.files() == before


def test_something_in_the_way(enabling, refused):
    """Where the view of /etc is to be, a file stands."""
    folder = "/run/twofactl"
    if os.path.isdir(folder):
        os.rmdir(folder)
    enablehost.write(folder, "")
    try:
        refused(4, folder, "enable", "sudo", "--user", "alice", "--no-input")
    finally:
        os.unlink(folder)


def test_selinux(refused, enabling, settings):
    """The proof would run in this terminal's domain, not in sshd's."""
    denied = "sshd-selinux: SELinux: a helper that sshd starts is "
    doubt = "sshd-selinux: SELinux: logins run as " + selinuxfs.SSHD
    command = ("enable", "sshd", "--user", "alice", "--no-input")
    with selinuxfs.enforcing(settings.state,
                           "/usr/local/libexec/twofa-helper") as policy:
        refused(1, doubt, *command)
        policy.allowed = 0
        refused(1, denied + selinuxfs.SSHD, *command)
        out = enabling.run(*command, "--anyway")
        assert denied in out and "is on trial" in out, out
        enabling.run("rollback")
        policy.flags = 1
        assert "sshd-selinux" not in enabling.run(*command)
        enabling.run("rollback")
