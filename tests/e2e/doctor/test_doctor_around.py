# SPDX-License-Identifier: BSD-2-Clause
"""What doctor says of ways round the stacks: sudo's settings, another ssh
server; and what they let do."""

import os
import subprocess

import pytest

import selinuxfs
import stage
from doctorhost import kept, set_stack
from pamstack import GUARD

TRANSPORTS = ("spawn",)

SUDOERS = "/etc/sudoers"
PERMIT = "auth required pam_permit.so"


@pytest.fixture
def sudoers():
    """Adds lines to it, of which sudo says that they are right; the number of
    the first."""
    def add(*lines):
        with open(SUDOERS, encoding="ascii") as text:
            before = len(text.readlines())
        with open(SUDOERS, "a", encoding="ascii") as out:
            out.write("\n".join(lines) + "\n")
        subprocess.run(["visudo", "-cq"], check=True)
        return before + 1
    with kept(SUDOERS):
        yield add


@pytest.fixture
def try_sudo(pam):
    """It is sudo's instead of its own, and asks for a password alone."""
    pam.stack("twofa-try", *GUARD, PERMIT)
    return "twofa-try"


@pytest.mark.parametrize("line", [
    "Defaults pam_service=twofa-try",
    "Defaults:alice,bob requiretty, pam_service = \"twofa-try\""])
def test_another_service_of_sudo(doctor, sudoers, try_sudo, pam, terminals,
                                 sim, line):
    number = sudoers(line)
    out = doctor.finds("pam-missing", "twofa-try has no second factor")
    assert ("note: sudo-service: /etc/sudoers:%d: sudo asks PAM for the "
            "service twofa-try instead of its own" % number) in out
    login = terminals.sudo("alice", "id", "-un")
    login.password("pw-alice")
    assert login.ended() == 0 and "root" in login.text
    assert not sim.messages()
    set_stack(pam, "twofa-try", *GUARD, "TWOFA")
    assert "note: sudo-service: " in doctor.well()
    login = terminals.sudo("alice", "id", "-un")
    login.password("pw-alice")
    login.prompt("Verification code")
    login.answer(sim.code("alice"))
    assert login.ended() == 0


def test_another_service_without_a_file(doctor, sudoers, terminals):
    """PAM takes "other" for it, as it does for sudo."""
    sudoers("Defaults pam_service=twofa-none")
    doctor.finds("pam-missing", "twofa-none has no file in /etc/pam.d")
    login = terminals.sudo("alice", "id", "-un")
    login.password("pw-alice")
    assert login.ended() == 0


def test_another_service_of_sudo_i(doctor, sudoers, try_sudo, terminals):
    sudoers("Defaults pam_login_service=twofa-try")
    doctor.finds("pam-missing", "twofa-try has no second factor")
    login = terminals.sudo("alice", "id", "-un", options=["-i"])
    login.password("pw-alice")
    assert login.ended() == 0 and "root" in login.text


@pytest.mark.parametrize("lines", [
    ("alice ALL=(ALL) NOPASSWD: ALL",),
    ("alice ALL=(root) \\", " NOPASSWD:/usr/bin/id"),
    ("Defaults:alice !authenticate",)])
def test_sudo_that_asks_nobody(doctor, sudoers, terminals, sim, lines):
    number = sudoers(*lines)
    assert ("note: sudo-nopasswd: /etc/sudoers:%d: with this line sudo asks "
            "for no password, and so for no code: " % number) in doctor.well()
    login = terminals.sudo("alice", "id", "-un")
    assert login.ended() == 0 and "root" in login.text
    assert not sim.messages()


def test_an_included_file(doctor, terminals):
    """As cloud-init writes it."""
    os.makedirs("/etc/sudoers.d", exist_ok=True)
    path = "/etc/sudoers.d/zz-twofa-users"
    try:
        with open(path, "w", encoding="ascii") as out:
            out.write("bob ALL=(ALL) NOPASSWD:ALL\n")
        os.chmod(path, 0o440)
        assert "note: sudo-nopasswd: %s:1: " % path in doctor.well()
        assert terminals.sudo("bob", "id", "-un").ended() == 0
    finally:
        os.unlink(path)


def test_nothing_of_it(doctor, sudoers):
    sudoers("# alice ALL=NOPASSWD: ALL", "Defaults !pam_session",
            "Defaults passprompt=\"pam_service=x\"")
    out = doctor.well()
    assert "sudo-" not in out


@pytest.mark.parametrize("name", ["dropbear", "tinysshd"])
def test_another_ssh_server(doctor, name):
    with stage.own_usr():
        with open("/usr/sbin/" + name, "w", encoding="ascii"):
            pass
        os.chmod("/usr/sbin/" + name, 0o755)
        assert "note: sshd-other: /usr/sbin/%s is installed" % name in \
            doctor.run_all()


# what the kernel would refuse to sshd's logins

def test_selinux(doctor, settings):
    """It is asked as sshd's domain, which this program does not run in."""
    state = settings.state
    with selinuxfs.enforcing(state) as policy:
        note = doctor.well()
        assert "note: sshd-selinux: SELinux: logins run as %s, " \
            % selinuxfs.SSHD in note
        assert policy.asked == [[selinuxfs.SSHD,
                                 "system_u:object_r:var_lib_t:s0", "6"]]
        policy.allowed ^= 1 << 2  # file: write
        doctor.finds("sshd-selinux", "a helper that sshd starts is %s, "
                     "which may not write to %s, so every login is denied; "
                     % (selinuxfs.SSHD, state))
        policy.flags = 1
        assert "sshd-selinux" not in doctor.well()
        policy.flags = 0
        selinuxfs.permissive()
        assert "sshd-selinux" not in doctor.well()


def test_selinux_module(doctor, settings):
    """The policy has a domain for the helper: nothing is in doubt."""
    with selinuxfs.enforcing(settings.state) as policy:
        selinuxfs.label(stage.HELPER, "twofa_helper_exec_t")
        assert "sshd-selinux" not in doctor.well()
        assert [words[0] for words in policy.asked] == [selinuxfs.HELPER]
        policy.allowed = 0
        doctor.finds("sshd-selinux", "a helper that sshd starts is %s, "
                     "which may not write to %s, so every login is denied; "
                     "install twofa-selinux, or see docs/guide/selinux.md"
                     % (selinuxfs.HELPER, settings.state))


def test_selinux_unknown(doctor, settings):
    with selinuxfs.enforcing(settings.state):
        os.removexattr("/usr/sbin/sshd", selinuxfs.NAME)
        assert "note: sshd-selinux: SELinux: sshd's domain is not known" in \
            doctor.well()


@pytest.mark.parametrize("name, option", [
    ("NPROC", "--nproc=15"), ("NOFILE", "--nofile=31")])
def test_limit_of_sshd(doctor, name, option):
    """Of the one that runs, where it may not raise it."""
    running = subprocess.Popen(
        ["prlimit", option, "setpriv", "--bounding-set=-sys_resource", "sleep",
         "60"])
    try:
        with open("/run/sshd.pid", "w", encoding="ascii") as out:
            out.write("%d\n" % running.pid)
        while os.readlink("/proc/%d/exe" % running.pid) != \
                os.path.realpath("/usr/bin/sleep"):
            assert running.poll() is None
        doctor.finds("sshd-limit", "raise Limit%s= of its unit" % name)
    finally:
        running.kill()
        running.wait()
        os.unlink("/run/sshd.pid")
    doctor.well()
