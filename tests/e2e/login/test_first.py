# SPDX-License-Identifier: BSD-2-Clause
"""The main job: password and code over ssh, sudo with a code, a wrong code."""

TRANSPORTS = ("spawn", "socket")


def test_ssh_login_with_password_and_code(sshd, sim, syslog):
    login = sshd.login("alice")
    login.password()
    prompt = login.prompt("Verification code sent")
    assert "SMS" in prompt and "7700900100" not in prompt
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert "alice" in login.text
    line = syslog.login_line(user="alice", service="sshd")
    assert line["outcome"] == "allowed"
    assert len(sim.requests("start")) == 1
    assert len(sim.requests("check")) == 1
    assert len(sim.requests()) == 2
    assert len(sim.connections()) == 1


def test_sudo_steps_up_with_a_code(terminals, sim, syslog):
    sudo = terminals.sudo("alice", "id", "-un")
    sudo.password()
    sudo.code(sim)
    assert sudo.ended() == 0
    assert "root" in sudo.text
    line = syslog.login_line(user="alice", service="sudo")
    assert line["outcome"] == "allowed"
    assert len(sim.requests("start")) == 1


def test_wrong_codes_are_refused(sshd, sim, syslog):
    login = sshd.login("alice", options=["NumberOfPasswordPrompts=1"])
    login.password()
    login.prompt("Verification code sent")
    for left in ("2 tries", "1 try"):
        login.answer(wrong(sim.code("alice")))
        login.prompt("code was wrong, %s left" % left)
    login.answer(wrong(sim.code("alice")))
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["outcome"] == "denied"
    assert len(sim.requests("start")) == 1
    assert len(sim.requests("check")) == 3


def test_wrong_password_never_reaches_the_module(sshd, sim, syslog):
    login = sshd.login("alice", options=["NumberOfPasswordPrompts=1"])
    login.password("not-it")
    assert login.ended() != 0
    assert not sim.requests()
    assert not syslog.logins()


def wrong(code):
    """Another code of the same length."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)
