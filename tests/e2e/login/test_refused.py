# SPDX-License-Identifier: BSD-2-Clause
"""Those whom sshd or the records refuse: they see what anybody sees, nothing
is sent, and no code lets them in."""

import re

import pytest

from steps import ONCE, asked, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

SHAPE = re.compile(
    r"^Verification code sent to \+\d{1,3} \*\*\*-\*\*\*-\d{4} by SMS "
    r"\(r resend, q cancel\): $")
# who, the lines that make sshd refuse, the reason in our log
REFUSED = {
    "unknown": ("mallory", (), "no-account"),
    "denyusers": ("alice", ("DenyUsers alice",), "no-first-factor"),
    "root": ("root", ("PermitRootLogin no",), "no-first-factor"),
    "unenrolled": ("carol", (), "unenrolled"),
}
NUMBERS = {"alice": "+447700900100", "bob": "+447700900200",
           "root": "+447700900400"}


@pytest.fixture
def refusing(request, sshd, pam, settings):
    """A server that refuses; a stack that lets everybody through to us, with
    whatever password."""
    user, lines, reason = REFUSED[request.param]
    pam.unguarded("sshd")
    for name, phone in NUMBERS.items():
        settings.user(name, channels=["sms"], phone=phone)
    server = sshd.start(*lines) if lines else sshd
    server.user, server.reason = user, reason
    return server


def shape(text):
    """A conversation with what differs between people left out."""
    text = re.sub(r"\([a-z]+@127", "(USER@127", text)
    text = re.sub(r"[a-z]+@127\.0\.0\.1: Perm", "USER@127.0.0.1: Perm", text)
    text = re.sub(r"wait \d+ s", "wait N s", text)
    return re.sub(r"\+\d+ \*\*\*-\*\*\*-\d{4}", "NUMBER", text)


def talk(server, user, answers):
    """A wrong password, then these; all that was shown. One run of the stack:
    its result is the password's, so sshd would let it run again."""
    login = server.login(user, options=ONCE)
    login.password("not-it")
    for text in answers:
        login.prompt(r"\(r resend")
        login.answer(text)
    assert login.ended() != 0
    return login.text


@pytest.mark.parametrize("refusing", REFUSED, indirect=True)
def test_prompt_looks_like_anybody_s(refusing, sim):
    login = refusing.login(refusing.user)
    login.password()
    assert SHAPE.search(login.prompt("Verification code sent"))
    assert not sim.messages()
    asked(sim)


def test_prompt_of_the_enrolled_has_that_shape(sshd, settings):
    settings.user("alice", channels=["sms"])
    login = sshd.login("alice")
    login.password()
    assert SHAPE.search(login.prompt("Verification code sent"))


def test_second_logins_without_a_first_factor(settings, pam, quick, sim):
    """Decoys keep nothing, so the second one is told what the first one was;
    so is an enrolled user of whom no first factor is in evidence."""
    settings.user("alice", channels=["sms"])
    pam.only("sshd")
    for user in ("alice", "carol", "mallory"):
        for _ in range(2):
            login = quick.login(user, password=False)
            assert SHAPE.search(login.prompt("Verification code sent"))
    asked(sim)


@pytest.mark.parametrize("refusing", REFUSED, indirect=True)
def test_out_after_as_many_tries(refusing, sim, syslog):
    login = refusing.login(refusing.user, options=ONCE)
    login.password()
    login.prompt("Verification code sent")
    login.answer("123456")
    login.prompt(r"code was wrong, 2 tries left \(r resend, q cancel\)")
    login.answer("234567")
    login.prompt(r"code was wrong, 1 try left \(r resend, q cancel\)")
    login.answer("345678")
    assert login.ended() != 0
    line = syslog.login_line(user=refusing.user)
    assert (line["outcome"], line["reason"]) == ("denied", refusing.reason)
    assert "method" not in line and "provider" not in line
    asked(sim)
    assert not sim.messages()


ANSWERS = {
    "codes": ("000001", "000002", "000003"),
    "malformed": ("", "123", "1234567", "abcdefgh", "9" * 600, "000001",
                  "000002", "000003"),
    "early resend": ("r", "000001", "000002", "000003"),
}


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_whole_conversation_is_the_same(sshd, pam, settings, sim, request,
                                        answers):
    """The enrolled user's words and the refused ones', to the letter. The
    seconds to wait may differ by one."""
    texts = {}
    pam.unguarded("sshd")
    settings.set(limits={"resend_wait": [30]})
    denying = sshd.start("DenyUsers alice", "PermitRootLogin no")
    for name in ("alice", "bob"):
        settings.user(name, channels=["sms"])
    for server, user in ((sshd, "bob"), (sshd, "mallory"), (sshd, "carol"),
                         (denying, "alice"), (denying, "root")):
        texts[user] = shape(talk(server, user, answers))
    assert len(set(texts.values())) == 1, texts
    assert len(sim.requests("start")) == 1  # bob's
    assert [m["to"] for m in sim.messages()] == [sim.NUMBERS["bob"]]


@pytest.mark.parametrize("refusing", REFUSED, indirect=True)
def test_number_shown_is_the_same_each_time(refusing):
    shown = set()
    for _ in range(2):
        login = refusing.login(refusing.user)
        login.password()
        shown.add(login.prompt("Verification code sent"))
        login.hang_up()
    assert len(shown) == 1


def test_denied_user_s_number_is_not_the_real_one(sshd, pam, settings):
    pam.unguarded("sshd")
    login = sshd.start("DenyUsers alice").login("alice")
    login.password()
    assert "+44 ***-***-0100" not in login.prompt("Verification code sent")


@pytest.mark.parametrize("refusing", ["unknown", "denyusers", "root"],
                         indirect=True)
def test_documented_stack_stops_them_earlier(refusing, pam, sim, syslog):
    pam.reset()
    login = refusing.login(refusing.user, options=ONCE)
    login.password("whatever")
    assert login.ended() != 0
    asked(sim)
    assert not [line for line in syslog.lines() if "pam_twofa" in line]


def test_unenrolled_under_the_documented_stack(sshd, sim, syslog):
    login = at_prompt(sshd.login("carol"))
    for _ in range(2):
        login.answer("123456")
        login.prompt("code was wrong")
    login.answer("123456")
    # PAM_MAXTRIES, as for the enrolled: not asked for a password again
    assert login.ended() != 0 and login.text.count("assword:") == 1
    assert syslog.login_line(user="carol")["reason"] == "unenrolled"
    asked(sim)


def test_no_first_factor_is_a_decoy(sshd, pam, sim, syslog):
    """A stack of our module alone, and no key: nothing is sent."""
    pam.only("sshd")
    login = sshd.login("alice")
    assert "-0100" not in login.prompt("Verification code sent")
    for _ in range(2):
        login.answer("123456")
        login.prompt("code was wrong")
    login.answer("123456")
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "no-first-factor"
    asked(sim)


def test_a_running_code_is_of_no_use_to_a_decoy(sshd, pam, sim, syslog):
    real = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    pam.only("sshd")
    fake = sshd.login("alice", options=ONCE)
    fake.prompt("Verification code sent")
    for _ in range(2):
        fake.answer(code)
        fake.prompt("code was wrong")
    fake.answer(code)
    assert fake.ended() != 0
    assert syslog.login_line(reason="no-first-factor")["outcome"] == "denied"
    asked(sim, start=1)
    real.answer(wrong(code))
    real.prompt("code was wrong, 2 tries left")  # the decoy's were not counted
    real.answer(code)
    assert real.ended() == 0


def test_a_running_code_is_of_no_use_to_a_denied_user(sshd, pam, sim):
    real = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    pam.unguarded("sshd")
    refused = sshd.start("DenyUsers alice").login("alice", options=ONCE)
    refused.password()
    refused.prompt("Verification code sent")
    for _ in range(2):
        refused.answer(code)
        refused.prompt("code was wrong")
    refused.answer(code)
    assert refused.ended() != 0
    asked(sim, start=1)
    real.answer(code)
    assert real.ended() == 0


def test_keys_of_a_decoy(sshd, sim, settings, clock, syslog):
    """r and q say what they say to the enrolled, and send nothing."""
    settings.set(limits=None)
    login = at_prompt(sshd.login("carol", options=ONCE))
    login.answer("r")
    login.prompt(r"code: wait [23]\d s, then ask again")
    login.answer("v")
    login.prompt("that key does not work here")
    clock.advance(33)
    login.answer("r")
    login.prompt(
        r"code: new one sent to \+\d+ .* by SMS \(r resend, q cancel\)")
    login.answer("q")
    assert login.ended() != 0
    assert syslog.login_line(user="carol")["outcome"] == "denied"
    asked(sim)


def test_forced_stand_in_is_no_password(sshd, pam, sim, syslog):
    """sshd's stand-in for the password begins with a backspace; so may what
    an enrolled user types, which is then no first factor either."""
    pam.unguarded("sshd")
    login = sshd.login("alice", options=ONCE)
    # ^V takes the terminal's next character as it is
    login.password("\x16\x08pw-alice")
    login.prompt("Verification code sent")
    login.hang_up()
    asked(sim)
