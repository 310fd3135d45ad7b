# SPDX-License-Identifier: BSD-2-Clause
"""Codes typed into a real ssh client: right ones, wrong ones, and answers that
are no code at all."""

import re
import subprocess

import pytest

from steps import ONCE, PASSWORD_TYPED, answer_all, asked, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

MALFORMED = {
    "empty": "", "blanks": "   ", "three": "123", "five": "12345",
    "seven": "1234567", "one": "7", "letter": "x", "letters": "abcdef",
    "mixed": "12345a", "dashes": "------", "signed": "+12345",
    "fullwidth": "\uff11\uff12\uff13\uff14\uff15\uff16",
    "arabic": "\u0661\u0662\u0663\u0664\u0665\u0666",
    "tab": "123\t456", "long": "9" * 600, "longest": "12" * 500,
    "injection": "123456&request_id=a", "format": "%s%n%x",
}
FORGIVEN = ("{} ", " {}", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}",
            "{0[0]}{0[1]}{0[2]}-{0[3]}{0[4]}{0[5]}",
            "{0[0]} {0[1]}-{0[2]} {0[3]}-{0[4]} {0[5]}")


def test_right_code(sshd, sim, syslog):
    login = sshd.login("alice")
    login.password()
    prompt = login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and "alice" in login.text
    assert prompt.endswith("Verification code sent to +44 ***-***-0100 by SMS "
                           "(r resend, v call, q cancel): ")
    line = syslog.login_line(user="alice")
    told = {key: line.get(key) for key in (
        "service", "rhost", "rule", "method", "provider", "outcome", "tries",
        "reason")}
    assert told == {
        "service": "sshd", "rhost": "127.0.0.1", "rule": "default",
        "method": "sms", "provider": "vonage", "outcome": "allowed",
        "tries": "1", "reason": None}
    for key in ("start_ms", "check_ms", "total_ms"):
        assert re.fullmatch(r"\d{1,5}", line[key]), line
    assert re.fullmatch(r"[0-9a-f]{32}", line["request"])
    asked(sim, start=1, check=1)
    assert len(sim.connections()) == 1 and len(sim.messages()) == 1


def test_wrong_password_asks_nobody(sshd, sim, syslog):
    login = sshd.login("alice", options=ONCE)
    login.password("pw-bob")
    assert login.ended() != 0
    asked(sim)
    assert not sim.messages() and "code" not in login.text
    assert not [line for line in syslog.lines() if "pam_twofa" in line]


def test_told_at_the_end(sshd, sim, syslog):
    """OpenSSH shows no text beside a refusal; what is typed there is no code."""
    login = at_prompt(sshd.login("alice", options=ONCE))
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    login.prompt(r"Too many wrong codes\. Wait 60 s before you log in again "
                 r"\(Enter ends\)")
    login.answer(code)
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "wrong-codes"
    asked(sim, start=1, check=3)


def test_wrong_then_right(sshd, sim, syslog):
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    login.answer(wrong(code))
    assert login.prompt("code was wrong").endswith(
        "Verification code was wrong, 2 tries left "
        "(r resend, v call, q cancel): ")
    login.answer(wrong(code, 2))
    login.prompt(r"code was wrong, 1 try left \(")
    login.answer(code)
    assert login.ended() == 0 and "alice" in login.text
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["tries"]) == ("allowed", "3")
    asked(sim, start=1, check=3)
    # "wrong" in the same words once more may be a reply that came twice
    assert len(sim.connections()) == 2


def test_wrong_to_the_limit(sshd, sim, syslog):
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    # PAM_MAXTRIES: sshd asks for nothing again, although the client would
    assert login.ended() != 0
    assert login.text.count("assword:") == 1
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"], line["tries"]) == (
        "denied", "wrong-codes", "3")
    asked(sim, start=1, check=3)


def test_limit_of_the_settings(sshd, sim, settings, syslog):
    settings.set(limits={"wrong_codes_per_login": 2})
    login = at_prompt(sshd.login("alice"))
    login.answer(wrong(sim.code("alice")))
    login.prompt("code was wrong, 1 try left")
    login.answer(wrong(sim.code("alice"), 2))
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "wrong-codes"
    asked(sim, start=1, check=2)


def test_client_tries_again(sshd, sim, syslog):
    """One message and one count, over two runs of the stack."""
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    sim.fault("check", "empty503", when="before")
    login.answer(code)
    at_prompt(login, r"Verification code already sent to \+44 .*0100 by SMS "
                     r"\d+ s ago \(")
    login.answer(wrong(code))
    login.prompt("code was wrong, 1 try left")
    login.answer(code)
    assert login.ended() == 0 and "alice" in login.text
    assert [line["outcome"] for line in syslog.logins()] == [
        "denied", "allowed"]
    assert len(sim.requests("start")) == 1 and len(sim.messages()) == 1
    assert len(sim.requests("check")) == 3


def test_count_goes_on_over_runs(sshd, sim, syslog):
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    answer_all(login, [wrong(code)], ["2 tries"])
    sim.fault("check", "empty503", when="before")
    login.answer(code)
    at_prompt(login, "already sent")
    login.answer(wrong(code, 2))
    assert login.ended() != 0
    assert syslog.login_line(reason="wrong-codes")["outcome"] == "denied"
    assert len(sim.requests("start")) == 1


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED)
def test_malformed_goes_nowhere(sshd, sim, syslog, answer):
    login = at_prompt(sshd.login("alice"))
    login.answer(answer)
    login.prompt(r"code has 6 digits \(r resend, v call, q cancel\)")
    asked(sim, start=1)
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    asked(sim, start=1, check=1)
    assert syslog.login_line(user="alice")["tries"] == "1"


def test_malformed_for_ever(sshd, sim, syslog):
    login = at_prompt(sshd.login("alice"))
    for _ in range(9):
        login.answer("12345")
        login.prompt("code has 6 digits")
    login.answer("12345")
    assert login.ended() != 0
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"]) == ("denied", "prompts")
    syslog.wait_for("10 answers were no codes: a client that answers by itself")
    asked(sim, start=1)


def test_login_password_as_code(sshd, sim, syslog):
    login = at_prompt(sshd.login("alice", options=ONCE))
    login.answer("pw-alice")
    login.prompt(PASSWORD_TYPED)
    line = syslog.login_line(user="alice")  # also if Enter never comes
    assert (line["outcome"], line["reason"]) == ("denied", "login-password")
    login.answer(sim.code("alice"))
    assert login.ended() != 0
    syslog.wait_for("a client that answers by itself")
    assert "sshd_config" not in "\n".join(syslog.lines())
    asked(sim, start=1)
    assert not [text for text in syslog.lines() if "pw-alice" in text]


def test_login_password_as_code_of_the_unenrolled(sshd, sim, syslog):
    """A decoy's prompt says the same."""
    login = at_prompt(sshd.login("carol", options=ONCE))
    login.answer("pw-carol")
    login.prompt(PASSWORD_TYPED)
    assert syslog.login_line(user="carol")["reason"] == "login-password"
    login.answer("")
    assert login.ended() != 0
    asked(sim)


@pytest.fixture
def six_digits():
    """A password in the shape of a code, for as long as the test runs."""
    for password in ("824193", "pw-alice"):
        subprocess.run(["chpasswd", "-c", "SHA256", "-s", "1000"],
                       input="alice:%s\n" % password, check=True, text=True)
        if password != "pw-alice":
            yield password


def test_password_of_six_digits_as_code(sshd, sim, syslog, six_digits):
    login = sshd.login("alice", options=ONCE)
    login.password(six_digits)
    login.prompt("Verification code sent")
    login.answer(six_digits)
    login.prompt(PASSWORD_TYPED)
    login.answer("")
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "login-password"
    asked(sim, start=1)


@pytest.mark.parametrize("form", FORGIVEN)
def test_spaces_and_dashes_are_forgiven(sshd, sim, form):
    login = at_prompt(sshd.login("alice"))
    login.answer(form.format(sim.code("alice")))
    assert login.ended() == 0 and "alice" in login.text
    asked(sim, start=1, check=1)
