# SPDX-License-Identifier: BSD-2-Clause
"""What doctor says of lines of ours that are misspelt, doubled or in a wrong
place; and what becomes of a login there."""

import glob
import os

import pytest

import stage
from doctorhost import GOOD_SSHD, set_stack, sshd_config
from onefield import SPLIT, SUCCESS, OneField
from pamstack import GUARD

TRANSPORTS = ("spawn",)


def messages(sim, count):
    """doctor asks the provider, too, and has nothing sent."""
    assert len(sim.requests("start")) == count


def denied_before(quick, service):
    """No code helps, and the password comes too late."""
    login = quick.login(service=service, password=False)
    for _ in range(3):
        login.prompt("ode")
        login.answer("123456")
    login.password("pw-alice")
    assert login.ended() != 0
    quick.line("alice", service=service, reason="no-first-factor")


# Twice.

@pytest.mark.parametrize("service,files,words", [
    ("sudo", {"sudo": (*GUARD, "TWOFA", "TWOFA")},
     "sudo: /etc/pam.d/sudo:4: asks for another code after /etc/pam.d/sudo:3"),
    ("su-l", {"su": (*GUARD, "TWOFA"), "su-l": ("auth include su", "TWOFA")},
     "su-l: /etc/pam.d/su-l:2: asks for another code after /etc/pam.d/su:3")])
def test_two_lines_ask_for_two_codes(doctor, pam, quick, sim, service, files,
                                     words):
    for name, lines in files.items():
        set_stack(pam, name, *lines)
    doctor.finds("pam-twice", words, "remove one of the two lines")
    login = quick.login(service=service)
    login.prompt("Verification code")
    login.answer(sim.code("alice"))
    login.prompt("Verification code")
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0
    messages(sim, 2)


def test_a_second_line_for_who_failed_at_the_first(doctor, pam):
    """Only one of them lets in."""
    line = pam.module_line()
    pam.stack("sudo", *GUARD, line.replace("required", "sufficient"), line)
    assert "pam-twice" not in doctor.names()[0]


def test_su_alone_needs_the_line(doctor, pam, terminals, sim):
    """Debian's su-l includes su: doctor does not advise a line in each."""
    set_stack(pam, "su", *GUARD, "auth required pam_permit.so")
    set_stack(pam, "su-l", "auth include su")
    found, out = doctor.names()
    assert found == ["pam-missing"] * 2, out
    assert ("su-l has no second factor, and it includes su; run: twofactl "
            "enable su, whose line serves both") in out
    set_stack(pam, "su", *GUARD, "TWOFA")
    doctor.well()
    login = terminals.su("bob", "alice", dash=True)
    login.password("pw-alice")
    login.prompt("Verification code")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    messages(sim, 1)


# Misspelt.

def folder():
    """Where this system's PAM looks."""
    (found,) = glob.glob("/usr/lib/*-linux-gnu/security/pam_deny.so")
    return os.path.dirname(found)


@pytest.mark.parametrize("name", [
    "pam_twofa.s0", "pam_2fa.so", "pam_towfa.so", "pam_twofa_so"])
@pytest.mark.parametrize("where", ["", os.path.dirname(stage.MODULE) + "/"])
def test_misspelt(doctor, pam, quick, sim, name, where):
    line = "auth required " + where + name
    pam.stack("sudo", *GUARD, line)
    doctor.finds("pam-module", "sudo: /etc/pam.d/sudo:3: there is no %s in "
                 "%s, so the line denies every login" % (
                     name, os.path.dirname(where) or folder()),
                 "; write pam_twofa.so")
    login = quick.login(service="sudo")
    assert login.ended() != 0
    messages(sim, 0)


def test_misspelt_and_optional(doctor, pam, quick, sim):
    """It lets in, and is told once."""
    pam.stack("sudo", "auth requisite pam_unix.so nodelay",
              "auth optional pam_towfa.so")
    doctor.finds("pam-module", "the line does nothing; write pam_twofa.so")
    assert quick.login(service="sudo").ended() == 0
    messages(sim, 0)


def test_misspelt_in_any_service(doctor, pam):
    pam.stack("twofa-try", *GUARD, "auth required pam_towfa.so")
    doctor.finds("pam-module", "twofa-try: /etc/pam.d/twofa-try:3")


@pytest.mark.parametrize("name,remedy", [
    ("pam_unux.so", "write pam_unix.so"), ("pam_unix", "write pam_unix.so"),
    ("pam_none_such.so", "install it; or write optional in place of \"required\"")])
def test_another_module_that_is_gone(doctor, pam, quick, name, remedy):
    set_stack(pam, "sudo", *GUARD, "auth required " + name, "TWOFA")
    doctor.finds("pam-module", "there is no %s in " % name, remedy)
    login = quick.login(service="sudo")
    login.hang_up()


@pytest.mark.parametrize("control", [
    "optional", "sufficient", "[success=1 default=ignore]"])
def test_a_module_that_may_be_gone(doctor, pam, quick, sim, control):
    set_stack(pam, "sudo", *GUARD, "auth %s pam_none_such.so" % control, "TWOFA")
    assert "pam-module" not in doctor.names()[0]
    quick.right(quick.login(service="sudo"))


# Before the password's lines.

def test_before_the_password_of_sshd(doctor, pam, quick, sim):
    set_stack(pam, "sshd", "TWOFA", "@include common-auth")
    sshd_config("PermitRootLogin no\n" + GOOD_SSHD)
    doctor.finds("pam-no-password", "sshd: keyboard-interactive may come "
                 "first", "users without a key are denied; put the line of "
                 "pam_twofa after /etc/pam.d/sshd:2; or set")
    denied_before(quick, "sshd")
    messages(sim, 0)


def test_before_the_password_of_sudo(doctor, pam, quick):
    set_stack(pam, "sudo", "auth required pam_env.so", "TWOFA",
              "@include common-auth")
    doctor.finds("pam-no-password", "sudo: nothing asks for a password before "
                 "/etc/pam.d/sudo:2", "put the line of pam_twofa after /etc/pam.d/sudo:3")
    denied_before(quick, "sudo")


# Lines that ask for nothing, and no other.

@pytest.mark.parametrize("word", ["split", "when=publickey"])
def test_closed_by_a_line_that_never_asks(doctor, pam, quick, sim, word):
    """Nobody gets in, and each change that it names leads to the next."""
    line = pam.module_line()
    bare = "auth required %s %s" % (stage.MODULE, word)
    pam.stack("sudo", *GUARD, bare + " deadline=20")
    found, out = doctor.names()
    assert "pam-arguments" in found, out
    pam.stack("sudo", *GUARD, bare)
    doctor.finds("pam-unreached", 'sudo: /etc/pam.d/sudo:3: "', word,
                 'asks for no code, and with the control value "required" it '
                 "denies every login; write in place of this line: auth "
                 "required %s" % stage.MODULE)
    assert quick.login(service="sudo").ended() != 0
    set_stack(pam, "sudo", *GUARD, "auth required pam_permit.so")
    doctor.finds("pam-missing", "sudo has no second factor; run: twofactl "
                 "enable sudo;")
    pam.stack("sudo", *GUARD, line)
    doctor.well()
    messages(sim, 0)


# Split from a password that nothing judges.

@pytest.mark.parametrize("between", [
    (), ("auth optional pam_unix.so use_first_pass nodelay",)])
def test_a_code_alone_lets_in(doctor, pam, syslog, sim, between):
    lines = (SPLIT, *between, pam.module_line() + " no_prompt")
    field = OneField(pam, syslog, service="twofa-try", lines=lines)
    found, out = doctor.names()
    assert "pam-split-unjudged" in found, out
    assert "so a code alone is enough" in out
    assert field.result("answer", "not-it,sms") != SUCCESS
    assert field.result("answer", "not-it," + sim.code("alice")) == SUCCESS
    OneField(pam, syslog, service="twofa-try")
    doctor.well()
    field.denied(",sms", "code-sent")
    assert field.result("answer", "not-it," + sim.code("alice")) != SUCCESS
