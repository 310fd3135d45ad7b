# SPDX-License-Identifier: BSD-2-Clause
"""su, su - and login on a terminal, and su on a pipe."""

import os
import pwd
import subprocess

import pytest

import leftovers
import processes
from steps import PASSWORD_TYPED, answer_all, asked, at_prompt, wrong
from terminal import PATIENCE, ignores_ctrl_c

TRANSPORTS = ("spawn", "socket")


def su(terminals, words="Verification code sent", dash=False):
    """alice becomes bob: bob's password, bob's phone."""
    return at_prompt(terminals.su("alice", "bob", dash=dash), words)


@pytest.mark.parametrize("dash, service", [(False, "su"), (True, "su-l")])
def test_su(terminals, sim, syslog, dash, service):
    become = terminals.su("alice", "bob", dash=dash)
    become.password()
    assert become.prompt() == ("Verification code sent to +44 ***-***-0200 "
                               "by SMS (r resend, v call, q cancel): ")
    become.answer(sim.code("bob"))
    assert become.ended() == 0 and "\nbob" in become.text
    line = syslog.login_line(user="bob")
    assert (line["service"], line["outcome"]) == (service, "allowed")
    assert "rhost" not in line
    asked(sim, start=1, check=1)
    assert not sim.messages("alice")


def test_su_wrong_password_asks_nobody(terminals, sim, syslog):
    become = terminals.su("alice", "bob")
    become.password("pw-alice")
    assert become.ended() != 0
    asked(sim)
    assert not syslog.logins()


def test_su_wrong_then_right(terminals, sim):
    become = su(terminals)
    code = sim.code("bob")
    answer_all(become, [wrong(code), wrong(code, 2)],
               [r"code was wrong, 2 tries left \(",
                r"code was wrong, 1 try left \("])
    become.answer(code)
    assert become.ended() == 0


def test_su_wrong_to_the_limit(terminals, sim, syslog):
    become = su(terminals)
    code = sim.code("bob")
    answer_all(become, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    become.answer(wrong(code, 3))
    assert become.ended() != 0
    assert "Too many wrong codes. Wait 60 s" in become.text
    assert syslog.login_line(user="bob")["reason"] == "wrong-codes"
    asked(sim, start=1, check=3)


@pytest.mark.parametrize("answer", [
    "", "123", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666",
    "9" * 256, "9" * 257, "9" * 600, "1" * 4000, "x" * 4000,
    "\x16\x08123456"],  # ^V takes the terminal's next character as it is
    ids=["empty", "three", "letters", "arabic", "256", "257", "600",
         "4000 digits", "4000 letters", "backspace"])
def test_su_malformed_goes_nowhere(terminals, sim, answer):
    become = su(terminals)
    become.answer(answer)
    become.prompt("code has 6 digits")
    asked(sim, start=1)
    become.answer(sim.code("bob"))
    assert become.ended() == 0
    asked(sim, start=1, check=1)


def test_su_end_of_file(terminals, sim, syslog):
    """Ctrl-D: PAM's conversation succeeds with a NULL answer."""
    become = su(terminals)
    become.sendeof()
    assert become.ended() != 0
    line = syslog.login_line(user="bob")
    assert (line["outcome"], line["reason"]) == ("denied", "no-answer")
    asked(sim, start=1)


def test_su_end_of_file_after_a_wrong_code(terminals, sim, syslog):
    become = su(terminals)
    become.answer(wrong(sim.code("bob")))
    become.prompt("2 tries left")
    become.sendeof()
    assert become.ended() != 0
    assert syslog.login_line(user="bob")["reason"] == "no-answer"
    asked(sim, start=1, check=1)


def test_su_login_password_as_code(terminals, sim, syslog):
    become = su(terminals)
    become.answer("pw-bob")
    become.prompt(PASSWORD_TYPED)
    become.answer("")
    assert become.ended() != 0
    line = syslog.login_line(user="bob")
    assert (line["outcome"], line["reason"]) == ("denied", "login-password")
    asked(sim, start=1)


def test_su_of_the_unenrolled_blames_no_stack(terminals, sim, syslog):
    """The password was seen: the log says what is missing."""
    become = at_prompt(terminals.su("alice", "carol"))
    syslog.wait_for("carol is not enrolled, and is asked for codes that are "
                    "not sent; run twofactl enroll carol PHONE$")
    become.answer("q")
    assert become.ended() != 0
    assert syslog.login_line(user="carol")["reason"] == "unenrolled"
    assert "no password was seen" not in "\n".join(syslog.lines())
    asked(sim)


def test_su_cancelled(terminals, sim, syslog):
    become = su(terminals)
    become.answer("q")
    assert become.ended() != 0 and "Cancelled." in become.text
    assert syslog.login_line(user="bob")["reason"] == "cancelled"


def test_su_ctrl_c_then_again(terminals, sim):
    become = su(terminals)
    helper, = leftovers.helpers()
    become.sendintr()
    assert leftovers.wait_gone(helper, 5)
    again = su(terminals, "already sent")
    again.answer(sim.code("bob"))
    assert again.ended() == 0
    asked(sim, start=1, check=1)


def test_su_on_a_pipe(terminals, sim):
    alice = pwd.getpwnam("alice")

    def drop():
        os.setgroups([])
        os.setgid(alice.pw_gid)
        os.setuid(alice.pw_uid)

    with subprocess.Popen(
            ["/bin/su", "bob", "-c", "id -un"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd="/", start_new_session=True, preexec_fn=drop) as become:
        become.stdin.write("pw-bob\n")
        become.stdin.flush()
        become.stdin.write(sim.code("bob") + "\n")
        out, errors = become.communicate(timeout=PATIENCE)
    assert (become.returncode, out) == (0, "bob\n"), errors
    asked(sim, start=1, check=1)


def test_login(terminals, sim, syslog):
    console = terminals.login("alice")
    console.password()
    assert console.prompt() == ("Verification code sent to +44 ***-***-0100 "
                                "by SMS (r resend, v call, q cancel): ")
    console.answer(sim.code("alice"))
    console.expect(r"\$ $")
    console.answer("id -un; exit")
    console.ended()
    assert "\nalice" in console.text
    line = syslog.login_line(user="alice")
    assert (line["service"], line["outcome"]) == ("login", "allowed")
    assert "rhost" not in line
    asked(sim, start=1, check=1)


def test_login_wrong_password_asks_nobody(terminals, sim, syslog):
    console = terminals.login("alice")
    console.password("not-it")
    console.expect("Login incorrect")
    asked(sim)
    assert not syslog.logins()


def test_login_wrong_to_the_limit(terminals, sim, syslog):
    """PAM_MAXTRIES ends login: it does not ask for a name again."""
    console = at_prompt(terminals.login("alice"))
    code = sim.code("alice")
    answer_all(console, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    console.answer(wrong(code, 3))
    console.ended()
    assert console.text.count("assword:") == 1
    assert "Last login" not in console.text and "$" not in console.text
    assert syslog.login_line(user="alice")["reason"] == "wrong-codes"
    asked(sim, start=1, check=3)


def test_login_end_of_file(terminals, sim, syslog):
    console = at_prompt(terminals.login("alice"))
    console.sendeof()
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"]) == ("denied", "no-answer")
    asked(sim, start=1)


def test_login_ctrl_c(terminals, sim):
    """shadow's login ends, util-linux's takes no notice."""
    console = at_prompt(terminals.login("alice"))
    helper, = leftovers.helpers()
    console.sendintr()
    if ignores_ctrl_c():
        console.answer(sim.code("alice"))
        console.expect(r"\$ $")
        asked(sim, start=1, check=1)
    else:
        assert leftovers.wait_gone(helper, 5)
        asked(sim, start=1)


@pytest.mark.parametrize("user, reason", [
    ("mallory", "no-account"), ("carol", "unenrolled")])
def test_login_of_nobody(terminals, pam, sim, syslog, user, reason):
    pam.unguarded("login")
    console = terminals.login(user)
    console.password()
    line = console.prompt("Verification code sent")
    assert line.endswith("(r resend, q cancel): ")
    for words in ("2 tries", "1 try"):
        console.answer("123456")
        console.prompt(words)
    console.answer("123456")
    line = syslog.login_line(user=user)
    assert (line["outcome"], line["reason"]) == ("denied", reason)
    asked(sim)


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("tool", ["su", "sudo"])
def test_caller_cannot_signal_what_waits(terminals, tool):
    """Else whoever calls su could stop it and leave it behind, for ever."""
    terminal = terminals.su("alice", "bob") if tool == "su" else \
        terminals.sudo("alice", "true")
    terminal.password()
    terminal.prompt("Verification code sent")
    middle = processes.helper().parent()
    assert middle.status()["Uid"].split() == ["0"] * 4
    signal = terminals.run("/bin/kill", "-STOP", str(middle.pid), user="alice")
    assert signal.ended() != 0 and "not permitted" in signal.text
    terminal.hang_up()
