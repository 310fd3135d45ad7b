# SPDX-License-Identifier: BSD-2-Clause
"""sudo: on a terminal, with -S, -n and -A, and with nobody to ask."""

import os
import pwd
import subprocess

import pytest

import leftovers
from steps import PASSWORD_TYPED, answer_all, asked, at_prompt, wrong
from terminal import PATIENCE

TRANSPORTS = ("spawn", "socket")

SUDO = "/usr/bin/sudo"
SUDOERS = "/etc/sudoers.d/twofa-nopasswd"


def as_alice():
    entry = pwd.getpwnam("alice")
    os.setgroups([entry.pw_gid])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def piped(*words, stdin=subprocess.PIPE, **env):
    """sudo of alice without any terminal."""
    return subprocess.Popen(
        [SUDO, *words, "id", "-un"], stdin=stdin, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True, cwd="/",
        preexec_fn=as_alice, env={"PATH": os.environ["PATH"],
                                  "LC_ALL": "C.UTF-8", **env})


def test_on_a_tty(terminals, sim, syslog):
    sudo = terminals.sudo("alice")
    sudo.password()
    prompt = "Verification code sent to +44 ***-***-0100 " \
        "by SMS (r resend, v call, q cancel): "
    # the second is sudo-rs'
    assert sudo.prompt() in (prompt, "[sudo: input needed %s " % prompt)
    sudo.answer(sim.code("alice"))
    assert sudo.ended() == 0 and "root" in sudo.text
    line = syslog.login_line(user="alice")
    assert (line["service"], line["outcome"], line["tries"]) == (
        "sudo", "allowed", "1")
    asked(sim, start=1, check=1)
    assert len(sim.connections()) == 1


def test_as_another_user(terminals, sim, syslog):
    sudo = at_prompt(terminals.sudo("alice", options=("-u", "bob")))
    sudo.answer(sim.code("alice"))
    assert sudo.ended() == 0 and "\nbob" in sudo.text
    assert not sim.messages("bob")


def test_wrong_password_asks_nobody(terminals, sim, syslog):
    sudo = terminals.sudo("alice")
    for _ in range(3):
        sudo.password("not-it")
    assert sudo.ended() == 1
    asked(sim)
    assert not syslog.logins()


def test_wrong_then_right(terminals, sim):
    sudo = at_prompt(terminals.sudo("alice"))
    code = sim.code("alice")
    answer_all(sudo, [wrong(code), wrong(code, 2)],
               [r"code was wrong, 2 tries left \(",
                r"code was wrong, 1 try left \("])
    sudo.answer(code)
    assert sudo.ended() == 0 and "root" in sudo.text
    asked(sim, start=1, check=3)


def test_three_runs_are_one_message_and_one_count(terminals, sim, syslog):
    sudo = at_prompt(terminals.sudo("alice"))
    code = sim.code("alice")
    answer_all(sudo, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    sudo.answer(wrong(code, 3))
    # sudo runs the stack again, whatever it returns
    for _ in range(2):
        sudo.password()
    assert sudo.ended() == 1
    assert "Too many wrong codes. Wait 60 s before you try again." in sudo.text
    assert "3 incorrect password attempts" in sudo.text
    assert [line["reason"] for line in syslog.logins()] == [
        "wrong-codes", "spent", "spent"]
    asked(sim, start=1, check=3)
    assert len(sim.messages()) == 1


def test_count_goes_on_in_the_next_run(terminals, sim):
    sudo = at_prompt(terminals.sudo("alice"))
    code = sim.code("alice")
    sudo.answer(wrong(code))
    sudo.prompt("2 tries left")
    sudo.answer("q")
    at_prompt(sudo, r"Verification code already sent to \+44 .*0100 by SMS "
                    r"\d+ s ago")
    assert "Cancelled." in sudo.text
    sudo.answer(wrong(code, 2))
    sudo.prompt("code was wrong, 1 try left")
    sudo.answer("q")
    at_prompt(sudo, "already sent")
    sudo.answer(code)
    assert sudo.ended() == 0 and "root" in sudo.text
    assert len(sim.requests("start")) == 1
    assert len(sim.requests("check")) == 3


def test_resend(terminals, sim, settings, clock):
    settings.set(limits=None)
    sudo = at_prompt(terminals.sudo("alice"))
    sudo.answer("r")
    sudo.prompt(r"code: wait [23]\d s, then ask again \(")
    clock.advance(33)
    sudo.answer("r")
    sudo.prompt("code: new one sent")
    sudo.answer(sim.code("alice", nth=2))
    assert sudo.ended() == 0
    asked(sim, start=2, check=1, control=1)


@pytest.mark.parametrize("answer", ["", "123", "abcdef", "9" * 500])
def test_malformed_goes_nowhere(terminals, sim, answer):
    sudo = at_prompt(terminals.sudo("alice"))
    sudo.answer(answer)
    sudo.prompt("code has 6 digits")
    asked(sim, start=1)
    sudo.answer(sim.code("alice"))
    assert sudo.ended() == 0


def test_longer_than_sudo_takes(terminals, sim, syslog):
    """Over 511 bytes sudo's conversation fails by itself."""
    sudo = at_prompt(terminals.sudo("alice"))
    sudo.answer("9" * 600)
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"]) == ("denied", "no-answer")
    asked(sim, start=1)


def test_login_password_as_code(terminals, sim, syslog):
    sudo = at_prompt(terminals.sudo("alice"))
    sudo.answer("pw-alice")
    sudo.prompt(PASSWORD_TYPED)
    sudo.answer("")
    assert sudo.ended() != 0
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"]) == ("denied", "login-password")
    asked(sim, start=1)


def test_ctrl_c_then_again(terminals, sim):
    sudo = at_prompt(terminals.sudo("alice"))
    helper, = leftovers.helpers()
    assert sudo.interrupted() != 0
    assert leftovers.wait_gone(helper, 5)
    again = at_prompt(terminals.sudo("alice"), "already sent")
    again.answer(sim.code("alice"))
    assert again.ended() == 0
    asked(sim, start=1, check=1)


def test_terminal_is_closed(terminals, sim):
    sudo = at_prompt(terminals.sudo("alice"))
    helper, = leftovers.helpers()
    sudo.close(force=True)
    assert leftovers.wait_gone(helper, 5)
    asked(sim, start=1)


def test_stdin(terminals, sim, syslog):
    """-S: password and code are two lines of a pipe."""
    with piped("-S") as sudo:
        sudo.stdin.write("pw-alice\n")
        sudo.stdin.flush()
        sudo.stdin.write(sim.code("alice") + "\n")
        out, errors = sudo.communicate(timeout=PATIENCE)
    assert (sudo.returncode, out) == (0, "root\n"), errors
    assert "Verification code sent to +44 ***-***-0100 by SMS" in errors
    assert syslog.login_line(user="alice")["outcome"] == "allowed"
    asked(sim, start=1, check=1)


def test_stdin_ends_at_the_prompt(terminals, sim, syslog):
    with piped("-S") as sudo:
        sudo.stdin.write("pw-alice\n")
        sudo.stdin.flush()
        sim.code("alice")
        out, _ = sudo.communicate(timeout=PATIENCE)
    assert (sudo.returncode, out) == (1, "")
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"]) == ("denied", "no-answer")
    asked(sim, start=1)


def test_non_interactive(terminals, sim, syslog):
    with piped("-n", stdin=subprocess.DEVNULL) as sudo:
        out, errors = sudo.communicate(timeout=PATIENCE)
    assert (sudo.returncode, out) == (1, "")
    assert "a password is required" in errors
    asked(sim)
    assert not syslog.logins()


def test_no_terminal(terminals, sim, syslog):
    with piped(stdin=subprocess.DEVNULL) as sudo:
        out, errors = sudo.communicate(timeout=PATIENCE)
    assert (sudo.returncode, out) == (1, "")
    assert "a terminal is required" in errors.lower()
    asked(sim)
    assert not syslog.logins()


def test_no_terminal_and_a_stack_that_goes_on(terminals, pam, sim, syslog):
    """Without a password in evidence: nothing sent, an error at once."""
    pam.unguarded("sudo")
    with piped(stdin=subprocess.DEVNULL) as sudo:
        out, _ = sudo.communicate(timeout=PATIENCE)
    assert (sudo.returncode, out) == (1, "")
    assert syslog.login_line(user="alice")["outcome"] == "denied"
    asked(sim)


def test_askpass(terminals, sim, askpass):
    with piped("-A", stdin=subprocess.DEVNULL,
               SUDO_ASKPASS=askpass.program) as sudo:
        assert "assword" in askpass.prompt()
        askpass.answer("pw-alice")
        assert ("Verification code sent to +44 ***-***-0100 by SMS (r"
                in askpass.prompt())
        askpass.answer(sim.code("alice"))
        out, errors = sudo.communicate(timeout=PATIENCE)
    assert (sudo.returncode, out) == (0, "root\n"), errors
    asked(sim, start=1, check=1)


def test_unenrolled(terminals, sim, syslog):
    """The rule of sudoers comes after the prompts: carol may do nothing."""
    sudo = at_prompt(terminals.sudo("carol"))
    for words in ("2 tries", "1 try"):
        sudo.answer("123456")
        sudo.prompt(words)
    sudo.answer("123456")
    line = syslog.login_line(user="carol")
    assert (line["outcome"], line["reason"]) == ("denied", "unenrolled")
    asked(sim)


@pytest.fixture
def no_password():
    with open(SUDOERS, "w", encoding="ascii") as out:
        out.write("carol ALL=(ALL) NOPASSWD: ALL\n")
    os.chmod(SUDOERS, 0o440)
    yield
    os.unlink(SUDOERS)


def test_nopasswd_calls_only_setcred(terminals, sim, syslog, no_password):
    sudo = terminals.sudo("carol")
    assert sudo.ended() == 0 and "root" in sudo.text
    asked(sim)
    assert not syslog.logins()
