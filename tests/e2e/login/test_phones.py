# SPDX-License-Identifier: BSD-2-Clause
"""Several phones of one user: which gets the message, and the key n."""

import pytest

from steps import ONCE, asked, at_prompt

TRANSPORTS = ("spawn", "socket")

ONE, TWO, THREE = "+447700900300", "+447700900400", "+442079460500"
NEXT = "new one sent to "
NONE = None


def of(*phones):
    """Keys of a record with these phones, which takes calls as well."""
    return {"phone": NONE, "phones": [
        phone if isinstance(phone, dict) else {"number": phone}
        for phone in phones]}


def masked(number):
    return r"\*\*\*-%s" % number[-4:]


@pytest.fixture(autouse=True)
def two(settings):
    settings.set(limits={"resend_wait": [1]})
    settings.user("alice", **of(ONE, {"number": TWO, "name": "desk"}))


def switched(login, clock):
    """Once Vonage cancels a verification."""
    clock.advance(31)
    login.answer("n")
    return login


@pytest.mark.parametrize("how", ["sshd", "sudo"])
def test_the_first_and_the_next(sshd, terminals, sim, clock, syslog, how):
    login = at_prompt(sshd.login("alice", options=ONCE) if how == "sshd"
                      else terminals.sudo("alice"))
    assert "n other phone" in login.text or " n q cancel" in login.text
    first = sim.code(ONE)
    login.answer("n")
    login.prompt(r"wait \d s")
    switched(login, clock)
    login.prompt("new one sent to .*" + masked(TWO))
    login.answer(first)
    login.prompt("wrong, 2 tries left")
    login.answer(sim.code(TWO))
    assert login.ended() == 0
    assert len(sim.messages(ONE)) == len(sim.messages(TWO)) == 1
    assert syslog.login_line(user="alice")["number"].endswith(TWO[-4:])
    asked(sim, start=2, check=2, control=1)


def test_around_and_back(quick, sim, clock):
    """Not before the provider cancels the one that is left."""
    login = quick.login()
    login.prompt("code sent to .*" + masked(ONE))
    clock.advance(4)
    login.answer("n")
    login.prompt(r"wait \d+ s, then ask again")
    for number in (TWO, ONE):
        switched(login, clock)
        login.prompt("new one sent to .*" + masked(number))
    login.answer(sim.code(ONE, nth=2))
    assert login.ended() == 0


def test_one_phone_has_no_key(quick, settings):
    settings.user("alice", **of(ONE))
    login = quick.login()
    prompt = login.prompt("code sent to .*" + masked(ONE))
    assert "n other" not in prompt and " n " not in prompt
    login.answer("n")
    login.prompt("that key does not work here")
    login.hang_up()


def test_a_phone_for_calls(quick, settings, sim, clock):
    """What the rule does not reach is not among them."""
    settings.user("alice", **of({"number": THREE, "voice": True}, ONE))
    login = quick.login()
    login.prompt("calling .*%s now" % masked(THREE))
    switched(login, clock)
    login.prompt("new one sent to .*%s by SMS" % masked(ONE))
    switched(login, clock)
    login.prompt("calling .*%s now" % masked(THREE))
    login.hang_up()
    settings.set(rules=[{"methods": ["sms"]}])
    login = quick.login()
    assert "n other" not in login.prompt("code .*sent to .*" + masked(ONE))
    login.hang_up()


def test_a_prefix_that_is_not_allowed(quick, settings):
    settings.set(limits={"allowed_prefixes": ["+4420"]})
    settings.user("alice", **of(ONE, THREE))
    login = quick.login()
    assert "n other" not in login.prompt("code sent to .*" + masked(THREE))
    login.hang_up()


def beyond(quick, clock, limit):
    """A login that was sent a code at both numbers, and gets no third one."""
    login = quick.login()
    login.prompt("code sent to .*" + masked(ONE))
    switched(login, clock)
    login.prompt("new one sent to .*" + masked(TWO))
    switched(login, clock)
    login.prompt(limit)
    return login


def test_each_message_counts(quick, settings, sim, clock, syslog):
    """A limit leaves the code that was sent."""
    settings.set(limits={"resend_wait": [1], "sends_per_user_hour": 2})
    login = beyond(quick, clock, r"wait \d+ min")
    syslog.wait_for("alice may have no more codes")
    login.answer(sim.code(TWO))
    assert login.ended() == 0
    asked(sim, start=2, check=1, control=1)


def test_a_number_has_its_own_limit(quick, settings, sim, clock):
    settings.set(limits={"resend_wait": [1], "sends_per_number_day": 1})
    login = beyond(quick, clock, r"wait \d+ h")
    login.answer(sim.code(TWO))
    assert login.ended() == 0


def test_another_login_keeps_the_first(quick, sim, clock):
    """Its code, which both share, stays open for the other one."""
    both = [quick.login()]
    both[0].prompt("code sent to .*" + masked(ONE))
    both.append(quick.login())
    both[1].prompt("already sent to .*" + masked(ONE))
    switched(both[1], clock)
    both[1].prompt("sent to .*" + masked(TWO))
    both[0].answer(sim.code(ONE))
    assert both[0].ended() == 0
    both[1].answer(sim.code(TWO))
    assert both[1].ended() == 0


def test_a_decoy_has_as_many(quick, settings, admin, sim, clock):
    """For who is not enrolled the prompts are those of most users."""
    settings.user("bob", **of("+447700900200", "+447700900201"))
    settings.set(limits={"resend_wait": [1], "allowed_prefixes": ["+44"]})
    admin.do("check")
    settings.forget("alice")
    login = quick.login()
    first = login.prompt("code sent to ")
    assert "n other phone" in first
    switched(login, clock)
    second = login.prompt(NEXT)
    assert first.split("***-")[-1][:4] != second.split("***-")[-1][:4]
    login.answer("123456")
    login.prompt("wrong, 2 tries left")
    login.hang_up()
    asked(sim)


@pytest.mark.parametrize("keys, words", [
    ({"phone": ONE}, "phones: is set together with phone"),
    (of(ONE, TWO, THREE, "+447700900600"), "phones: has 4 phones"),
    (of("0123"), "number: is not an E.164 number"),
    (of({"name": "x"}), "number: is missing")])
def test_records_that_are_refused(quick, settings, syslog, keys, words):
    settings.user("alice", **dict(of(ONE, TWO), **keys))
    login = quick.login()
    assert login.ended() != 0
    syslog.wait_for("alice.conf:.*" + words)
