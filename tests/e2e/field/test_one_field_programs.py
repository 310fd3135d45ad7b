# SPDX-License-Identifier: BSD-2-Clause
"""sudo -S, su and sshd's password method, with password and code in one field:
the last is what curl, rclone and programs that log in by themselves have."""

import os
import pwd
import subprocess

import pytest

from onefield import stack
from steps import asked, wrong

TRANSPORTS = ("spawn", "socket")
PASSWORD = ("PreferredAuthentications=password", "NumberOfPasswordPrompts=1")


def as_alice():
    entry = pwd.getpwnam("alice")
    os.setgroups([entry.pw_gid])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


@pytest.fixture
def sudo(_ready, pam):
    pam.stack("sudo", *stack(pam.module_line()))

    def run(*fields):
        """sudo asks three times; these are the lines of its stdin."""
        return subprocess.run(
            ["/usr/bin/sudo", "-S", "id", "-un"], input="\n".join(fields) + "\n",
            capture_output=True, text=True, timeout=60, check=False, cwd="/",
            start_new_session=True, preexec_fn=as_alice,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
    return run


def test_sudo_from_stdin(sudo, sim, syslog):
    assert sudo("pw-alice,sms").returncode == 1
    line = syslog.login_line(user="alice", service="sudo")
    assert line["reason"] == "code-sent"
    done = sudo("pw-alice," + sim.code("alice"))
    assert (done.returncode, done.stdout) == (0, "root\n"), done
    asked(sim, start=1, check=1)


def test_sudo_asks_again(sudo, sim):
    """Its three tries are one login each."""
    assert sudo("pw-alice,sms").returncode == 1
    code = sim.code("alice")
    done = sudo("pw-alice," + wrong(code), "not-it," + code,
                "pw-alice," + code)
    assert (done.returncode, done.stdout) == (0, "root\n"), done
    asked(sim, start=1, check=2)


def test_sudo_without_a_code(sudo, sim, syslog):
    assert sudo("pw-alice", "pw-alice", "pw-alice").returncode == 1
    assert {line["reason"] for line in syslog.logins()} == {"no-code"}
    asked(sim)


def test_su(pam, terminals, sim):
    pam.stack("su", *stack(pam.module_line()))
    become = terminals.su("bob", "alice")
    become.password("pw-alice,sms")
    assert become.ended() != 0
    become = terminals.su("bob", "alice")
    become.password("pw-alice," + sim.code("alice"))
    assert become.ended() == 0 and "\nalice" in become.text
    asked(sim, start=1, check=1)


def test_sshds_password_method(pam, sshd, sim, syslog):
    """Who refuses keyboard-interactive may allow this one."""
    pam.stack("sshd", *stack(pam.module_line()))
    server = sshd.start("PasswordAuthentication yes",
                        "KbdInteractiveAuthentication no")
    login = server.login("alice", options=PASSWORD)
    login.password("pw-alice,sms")
    assert login.ended() == 255
    line = syslog.login_line(user="alice")
    assert (line["reason"], line["rhost"]) == ("code-sent", "127.0.0.1")
    login = server.login("alice", options=PASSWORD)
    login.password("pw-alice," + sim.code("alice"))
    assert login.ended() == 0
    asked(sim, start=1, check=1)


def test_a_user_whom_sshd_refuses(pam, sshd, sim):
    """sshd hands its stand-in to both lines: nothing is sent or counted."""
    pam.stack("sshd", *stack(pam.module_line()))
    server = sshd.start("PasswordAuthentication yes", "DenyUsers alice",
                        "KbdInteractiveAuthentication no")
    login = server.login("alice", options=PASSWORD)
    login.password("pw-alice,sms")
    assert login.ended() == 255
    asked(sim)
