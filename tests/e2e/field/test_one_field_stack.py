# SPDX-License-Identifier: BSD-2-Clause
"""split and no_prompt in libpam itself: no wrong use of the two lines lets
anybody in, and nothing is left of one attempt for the next one."""

import re

import pytest

import stage
from onefield import AUTH_ERR, DENY, SPLIT, SUCCESS, UNIX, OneField, stack
from pamstack import PAM_D
from steps import asked

TRANSPORTS = ("spawn",)
ALICE = "pw-alice,"
PERMIT = "auth [success=1 default=ignore] pam_permit.so"


@pytest.fixture
def stack_of(_ready, pam, syslog):
    def make(*lines):
        return OneField(pam, syslog, lines=lines)
    return make


@pytest.fixture
def line(_ready, pam):
    return pam.module_line() + " no_prompt"


def results(out):
    return [int(n) for n in re.findall(r"^result (-?\d+)$", out, re.M)]


@pytest.mark.parametrize("control", ["required", "requisite"])
def test_split_that_denies(stack_of, line, sim, control):
    """As it must not be written, it denies everybody at once."""
    field = stack_of("auth %s %s split" % (control, stage.MODULE), UNIX, DENY,
                     line)
    assert field.result("answer", ALICE + "123456") != SUCCESS


@pytest.mark.parametrize("control", ["sufficient", "optional",
                                     "[default=ignore]"])
def test_split_alone_lets_nobody_in(stack_of, control):
    field = stack_of("auth %s %s split" % (control, stage.MODULE))
    assert field.result("answer", "pw-alice") != SUCCESS


def test_no_prompt_alone(stack_of, line, sim):
    """Nothing was typed: a first factor is not in evidence."""
    field = stack_of(line)
    assert field.result() == AUTH_ERR
    assert field.syslog.login_line(user="alice")["reason"] == "no-first-factor"
    asked(sim)


def test_no_prompt_without_split(stack_of, line, sim):
    """pam_unix has asked: its password is no code."""
    field = stack_of("auth [success=1 default=ignore] pam_unix.so nodelay",
                     DENY, line)
    assert field.result("answer", "pw-alice") == AUTH_ERR
    assert field.syslog.login_line(user="alice")["reason"] == "no-code"
    asked(sim)


@pytest.mark.parametrize("words", ["conf=/etc/twofa/twofa.conf", "split",
                                   "no_prompt", "deadline=60"])
def test_split_with_more_words(stack_of, line, words):
    field = stack_of(SPLIT + " " + words, UNIX, DENY, line)
    assert field.result("answer", ALICE + "123456") != SUCCESS
    assert field.syslog.login_line(user="alice")["reason"] == "arguments"


@pytest.mark.parametrize("answer", ["@null", "@fail", "@none", "@error:5", ""])
def test_nobody_answers(stack_of, line, sim, answer):
    field = stack_of(SPLIT, UNIX, DENY, line)
    assert field.result("answer", answer) != SUCCESS
    asked(sim)


def test_no_conversation(stack_of, line, sim):
    field = stack_of(SPLIT, UNIX, DENY, line)
    assert field.result("conv", "none") != SUCCESS
    asked(sim)


def test_nothing_is_left_of_an_attempt(stack_of, line, sim):
    """The code of the first one, whose password was wrong, is not the second
    one's."""
    field = stack_of(SPLIT, UNIX, DENY, line)
    field.denied(",sms", "code-sent")
    code = sim.code("alice")
    field.syslog.clear()
    out = field.run("attempts", "2", "answer", "not-it," + code,
                    "answer", "pw-alice")
    assert results(out) == [AUTH_ERR], out
    assert field.syslog.login_line(user="alice")["reason"] == "no-code"
    asked(sim, start=1)


def test_attempts_on_one_handle(stack_of, line, sim):
    field = stack_of(SPLIT, UNIX, DENY, line)
    field.denied(",sms", "code-sent")
    out = field.run("attempts", "3", "answer", "pw-alice", "answer",
                    "not-it,sms", "answer", ALICE + sim.code("alice"))
    assert results(out) == [SUCCESS], out
    asked(sim, start=1, check=1)


def test_another_user_meanwhile(stack_of, line, sim):
    """The code is for whose password was asked for."""
    field = stack_of(SPLIT, PERMIT, DENY, line)
    assert field.result("answer", "@user:bob") == AUTH_ERR
    assert field.syslog.login_line(user="bob")["reason"] == "user-changed"
    asked(sim)


# What may be typed into a field, and how far it gets.
FIELDS = {
    "many digits": (ALICE + "1" * 5000, 0), "commas": ("," * 300, 0),
    "no password": (",123456", 0), "a comma behind": (ALICE + "123456,", 0),
    "a long password": ("x" * 500 + ",123456", 0),
    "an escape": ("pw-alice,\x1b[2J", 0),
    "a control byte": ("pw-alice\x7f,123456", 0),
    "a format": ("pw-alice,%n%s", 0), "a blank": ("pw-alice, 123456", 0),
    "a code": (ALICE + "123456", 1), "an empty part": (ALICE, 1),
    "the password": ("pw-alice", 1)}


@pytest.mark.parametrize("text, logins", FIELDS.values(), ids=FIELDS)
def test_odd_fields(stack_of, line, sim, text, logins):
    """A field that is no password and code is a wrong password."""
    field = stack_of(SPLIT, UNIX, DENY, line)
    assert field.result("answer", text) == AUTH_ERR
    assert len(field.syslog.logins()) == logins
    asked(sim)


def test_refused_by_sshd(stack_of, line, sim):
    """sshd's stand-in has no comma, and is no password."""
    field = stack_of(SPLIT, UNIX, DENY, line)
    assert field.result("answer", "\b\n\r\x7fINCORRECT\b\n\r") == AUTH_ERR
    asked(sim)


def test_documented_lines(_ready, pam, syslog, sim):
    """setcred as well: one line ignores it, the other does not."""
    field = OneField(pam, syslog)
    with open(PAM_D + "/" + field.service, encoding="utf-8") as lines:
        assert lines.read().splitlines()[:4] == list(stack(pam.module_line()))
    field.denied(",sms", "code-sent")
    out = field.run("answer", ALICE + sim.code("alice"))
    assert results(out) == [SUCCESS]  # -1: setcred failed


@pytest.mark.parametrize("code", ["482913", "ABCD-EFGH-2345-WXYZ"])
def test_nothing_is_left_in_memory(stack_of, line, code):
    """Neither in what was freed of the field, nor of what was kept or sent."""
    field = stack_of(SPLIT, UNIX, DENY, line)
    assert "heap holds it" not in field.run("answer", ALICE + code, "heap",
                                            code)
