# SPDX-License-Identifier: BSD-2-Clause
"""One sshd for key and code, and for password and code: the stack with
when=publickey (docs/guide/keys-and-services.md)."""

import contextlib
import os
import subprocess

import pytest

import stage
from steps import ONCE, asked, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

METHODS = ("AuthenticationMethods publickey,keyboard-interactive "
           "keyboard-interactive")
WHEN = ("auth [success=2 cred_insufficient=2 default=ignore] %s when=%s"
        % (stage.MODULE, "%s"))
NO_PASSWORD = ("PasswordAuthentication=no",)


def start(sshd, pam, *lines, when="publickey"):
    pam.stack("sshd", WHEN % when,
              "auth [success=1 default=ignore] pam_unix.so nodelay",
              "auth requisite pam_deny.so", pam.module_line())
    return sshd.start(*lines)


@pytest.fixture
def server(sshd, pam):
    return start(sshd, pam, METHODS)


def test_key_then_code(server, sim, syslog):
    login = server.login("alice", key=server.key("alice"))
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and "alice" in login.text
    assert "assword" not in login.text
    # one line: when= is silent
    (line,) = syslog.logins()
    assert line["outcome"] == "allowed"
    asked(sim, start=1, check=1)


def test_password_then_code(server, sim, syslog):
    login = at_prompt(server.login("alice"))
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and "alice" in login.text
    (line,) = syslog.logins()
    assert line["outcome"] == "allowed"
    asked(sim, start=1, check=1)


def test_wrong_password(server, sim, syslog):
    login = server.login("alice", options=ONCE)
    login.password("pw-mallory")
    assert login.ended() != 0
    assert "code" not in login.text
    asked(sim)
    assert not syslog.logins()


def test_key_then_wrong_codes(server, sim, syslog):
    login = server.login("alice", key=server.key("alice"),
                         options=NO_PASSWORD)
    login.prompt("Verification code sent")
    code = sim.code("alice")
    for step, left in ((1, "2 tries"), (2, "1 try")):
        login.answer(wrong(code, step))
        login.prompt(left + " left")
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "wrong-codes"
    asked(sim, start=1, check=3)


def test_key_alone(server, sim, syslog):
    login = server.login("alice", key=server.key("alice"),
                         options=("BatchMode=yes",))
    assert login.ended() != 0
    asked(sim)
    assert not syslog.logins()


def test_key_of_somebody_else_is_none(server, sim):
    """Then it is password and code."""
    server.key("bob")
    server.key("alice")
    login = at_prompt(server.login("alice", key=server.key("bob")))
    login.answer(sim.code("alice"))
    assert login.ended() == 0


@pytest.mark.parametrize("options,asks", [((), 2), (NO_PASSWORD, 0)])
def test_too_many_wrong_codes_behind_a_key(server, sim, options, asks):
    """sshd takes nothing more, and says so by an empty list: a client tries
    all methods that it knows then. The guide says how to keep it from that."""
    login = server.login("alice", key=server.key("alice"), options=options)
    login.prompt("Verification code sent")
    code = wrong(sim.code("alice"))
    for words in ("2 tries", "1 try", "Too many wrong codes"):
        login.answer(code)
        login.prompt(words)
    login.answer("")
    for _ in range(asks):
        login.expect("alice@127.0.0.1's password: ?$")
        login.answer("pw-alice")
    assert login.ended() != 0
    assert login.text.count("'s password") == asks
    assert len(sim.requests("check")) == 3


def test_two_keys(sshd, pam, sim, tmp_path):
    server = start(sshd, pam, "AuthenticationMethods "
                   "publickey,publickey,keyboard-interactive")
    key = server.key("alice")
    other = server.key("bob")
    with open(server.folder + "/alice.keys", "a", encoding="ascii") as out:
        with open(other + ".pub", encoding="ascii") as text:
            out.write(text.read())
    login = server.login("alice", key=key,
                         options=("IdentityFile=" + other,))
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and "assword" not in login.text


def test_key_of_another_method(sshd, pam, sim):
    """A key does not do where hosts' keys are named: the password is asked."""
    server = start(sshd, pam, METHODS, when="hostbased")
    login = at_prompt(server.login("alice", key=server.key("alice")))
    login.answer(sim.code("alice"))
    assert login.ended() == 0


@contextlib.contextmanager
def trusted_host():
    """This machine may vouch for its users: its own sshd trusts its key."""
    folder = "/etc/ssh/"
    key = folder + "ssh_host_ed25519_key"
    made = [folder + name for name in ("ssh_known_hosts", "shosts.equiv",
                                       "ssh_config.d/twofa-test.conf")]
    if not os.path.exists(key):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        key], check=True)
        made += [key, key + ".pub"]
    with open(key + ".pub", encoding="ascii") as text:
        public = text.read()
    for path, content in zip(made, ("localhost " + public, "localhost root\n",
                                    "EnableSSHKeysign yes\n")):
        with open(path, "w", encoding="ascii") as out:
            out.write(content)
    try:
        yield
    finally:
        for path in made:
            os.unlink(path)


def test_host_vouches(sshd, pam, sim):
    """hostbased, which when= names: a code alone."""
    server = start(
        sshd, pam, "HostbasedAuthentication yes",
        "HostbasedUsesNameFromPacketOnly yes", "AuthenticationMethods "
        "hostbased,keyboard-interactive keyboard-interactive",
        when="publickey,hostbased")
    with trusted_host():
        login = server.login("alice", options=("HostbasedAuthentication=yes",))
        login.prompt("ode")
        login.answer(sim.code("alice"))
        assert login.ended() == 0 and "assword" not in login.text


def test_debug_tells(sshd, pam, sim, syslog):
    server = start(sshd, pam, METHODS, when="publickey debug")
    login = server.login("alice", key=server.key("alice"))
    login.prompt("Verification code sent")
    syslog.wait_for("when= holds for alice")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
