# SPDX-License-Identifier: BSD-2-Clause
"""Several windows of one user at once: each gets in by a code of its own, and
nobody is locked."""

import pytest

import admin as state
from steps import ONCE, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

APP = "Verification code of your app"
USED = r"code was used already; type the next one \(in \d+ s\)"
WINDOWS = 4


@pytest.fixture
def windows(sshd, pam):
    """So many logins of alice at their prompts, with time for all of them."""
    pam.args(deadline=280)
    server = sshd.start("LoginGraceTime 300")

    def at(words, count=WINDOWS):
        return [at_prompt(server.login("alice", options=ONCE), words)
                for _ in range(count)]
    return at


@pytest.fixture
def alone(app, settings, sim, clock):
    """alice has the app and no phone. Five seconds into a step, with 25 to
    go: no test runs into the next."""
    settings.user("alice", phone=None, channels=None,
                  totp_secret_file=settings.secrets + "/alice.totp")
    sim.stop()
    clock.set_wall(0)
    clock.set_wall(60 + 5 - int(clock.today()) % 30)
    return app


def use(login, code):
    login.answer(code)
    assert login.ended() == 0


def guesses():
    return {row[1]: row[5] for row in state.dump()["guess"]}


def test_one_app(windows, alone, clock, syslog):
    """All four type the same code, again and again: one of them is in."""
    left = windows(APP)
    for entered in range(WINDOWS):
        code = alone.code()
        use(left.pop(0), code)
        for login in left:
            login.answer(code)
            login.prompt(USED)
        assert guesses() == {}
        assert len(syslog.logins()) == entered + 1
        clock.advance_wall(30)
    assert [line["outcome"] for line in syslog.logins()] == [
        "allowed"] * WINDOWS


TAKEN = "used by another login"
EARLY = TAKEN + r": wait \d+ s, then ask again \(r resend"
PHONE = r"\+44 \*\*\*-\*\*\*-0100 by SMS"


def test_one_message(windows, sim, clock, syslog, settings):
    """One has the code; each of the others gets one of its own, in time."""
    settings.set(limits={"resend_wait": [20]})
    left = windows("Verification code (already )?sent")
    while left:
        code = sim.code("alice")
        use(left.pop(0), code)
        for nth, login in enumerate(left):
            login.answer(code)
            login.prompt(EARLY)
        clock.advance(23)
        if left:
            left[0].answer("r")
            left[0].prompt("Verification code sent to " + PHONE)
        # what this one types is no try, and it hears of the new message
        for login in left[1:]:
            login.answer("r")
            login.prompt("Verification code already sent to " + PHONE)
    assert len(sim.requests("start")) == len(sim.messages()) == WINDOWS
    assert [line["outcome"] for line in syslog.logins()] == [
        "allowed"] * WINDOWS
    assert guesses() == {}


def test_later_than_resend_wait(sshd, sim, clock):
    """Sent at once."""
    first = at_prompt(sshd.login("alice"))
    second = at_prompt(sshd.login("alice"), "Verification code already sent")
    code = sim.code("alice")
    use(first, code)
    clock.advance(40)
    second.answer(code)
    second.prompt(TAKEN + "; new one sent to " + PHONE)
    use(second, sim.code("alice"))


def test_own_limits_hold(sshd, sim, clock, settings):
    """A message for a window is one like any other; before, none is asked of
    the provider."""
    settings.set(limits={"answered_per_number_day": 1})
    first = at_prompt(sshd.login("alice"))
    second = at_prompt(sshd.login("alice", options=ONCE),
                       "Verification code already sent")
    code = sim.code("alice")
    use(first, code)
    clock.advance(40)
    second.answer(code)
    second.prompt(r"Wait (23|24) h, or use an ssh connection")
    assert len(sim.requests("start")) == 1
    second.answer("")
    assert second.ended() != 0


def test_with_an_app_beside(app, sshd, sim, clock):
    """Back to the phone: it says again what it waits for."""
    first = at_prompt(sshd.login("alice"))
    second = at_prompt(sshd.login("alice"), "Verification code already sent")
    code = sim.code("alice")
    use(first, code)
    second.answer(code)
    second.prompt(EARLY + ", t app, q cancel")
    second.answer("t")
    second.prompt(APP)
    second.answer("r")
    second.prompt("Wait")
    second.answer("t")
    second.prompt(APP)
    use(second, app.code())
    assert len(sim.requests("start")) == 1


def test_both_sources_in_the_log(alone, quick, syslog):
    """The code may have been passed on."""
    code = alone.code()
    login = quick.login(rhost="198.51.100.7")
    login.prompt(APP)
    use(login, code)
    login = quick.login(rhost="192.0.2.1")
    login.prompt(APP)
    login.answer(code)
    login.prompt(USED)
    syslog.wait_for("alice@sshd: reason=code-used source=192.0.2.0/24"
                    " used_by=198.51.100.0/24: ")
    login.hang_up()


def test_six_times_is_a_wrong_code(alone, quick):
    code = alone.code()
    login = quick.login()
    login.prompt(APP)
    use(login, code)
    login = quick.login()
    login.prompt(APP)
    for _ in range(5):
        login.answer(code)
        login.prompt(USED)
        assert guesses() == {}
    login.answer(code)
    login.prompt("code was wrong, 2 tries left")
    assert set(guesses().values()) == {1}
    login.hang_up()


def test_each_is_a_prompt(alone, quick, settings, syslog):
    settings.set(limits={"prompts_per_login": 3})
    code = alone.code()
    login = quick.login()
    login.prompt(APP)
    use(login, code)
    login = quick.login()
    login.prompt(APP)
    for _ in range(2):
        login.answer(code)
        login.prompt(USED)
    login.answer(code)
    assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "prompts"
    assert "answers were no codes" not in "\n".join(syslog.lines())


def test_of_another_user(alone, quick, settings, clock):
    """His used code is none of hers."""
    settings.secret("bob.totp", "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK")
    settings.user("bob", phone=None, channels=None,
                  totp_secret_file=settings.secrets + "/bob.totp")
    code = alone.code()
    login = quick.login()
    login.prompt(APP)
    use(login, code)
    login = quick.login("bob")
    login.prompt(APP)
    login.answer(code)
    login.prompt("code was wrong, 2 tries left")
    assert set(guesses().values()) == {1}
    login.hang_up()


def test_of_a_step_before_the_window(alone, quick, clock):
    code = alone.code()
    login = quick.login()
    login.prompt(APP)
    use(login, code)
    clock.advance_wall(60)
    login = quick.login()
    login.prompt(APP)
    login.answer(code)
    login.prompt("code was wrong, 2 tries left")
    login.hang_up()


@pytest.mark.parametrize("told", [True, False])
def test_not_while_locked(alone, quick, settings, told):
    """Who is not told of the lock sees a plain wrong code."""
    settings.set(tell_locked=told, limits={"lock_after": 1})
    code = alone.code()
    login = quick.login()
    login.prompt(APP)
    use(login, code)
    first, second = quick.login(), quick.login()
    for login in (first, second):
        login.prompt(APP)
    first.answer(wrong(alone.code(5)))
    first.prompt("code was wrong")
    second.answer(code)
    second.prompt("Too many wrong codes: locked")
    for login in (first, second):
        login.hang_up()
    login = quick.login()
    if told:
        login.prompt("Too many wrong codes: locked")
        login.answer("")
    else:
        for words in (APP, "2 tries", "1 try"):
            login.prompt(words)
            login.answer(code)
    assert login.ended() != 0
    assert "used already" not in second.text + login.text
