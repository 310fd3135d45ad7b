# SPDX-License-Identifier: BSD-2-Clause
"""How many messages there may be, to whom, from where, and for how much."""

import pytest

from steps import ONCE, answer_all, asked, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

HOUR, DAY = 3600, 24 * 3600
MANY = 300
LIFE = 301  # a code is good for five minutes


def limits(settings, **keys):
    """These limits, and none other that a test could reach."""
    base = {"resend_wait": [1, 2], "sends_per_user_hour": MANY,
            "sends_per_user_day": MANY, "sends_per_number_day": MANY,
            "sends_per_source_hour": MANY, "sends_per_host_hour": MANY}
    base.update(keys)
    settings.set(limits=base)


def let_in(begun, sim):
    """A login with a code sent for it."""
    begun.prompt("Verification code sent")
    begun.answer(sim.messages()[-1]["code"])
    assert begun.ended() == 0, begun.text


def unanswered(begun, clock):
    """A login that is left at its prompt; later its code is no good either, so
    that the next one is sent another."""
    begun.prompt("Verification code sent")
    begun.hang_up()
    clock.advance(LIFE)


def refused(sshd, sim, syslog, words, user="alice", address="127.0.0.1"):
    """No message goes out, and the person is told for how long."""
    before = len(sim.requests())
    syslog.clear()
    login = sshd.login(user, options=far(address))
    login.password()
    login.prompt(r"Wait %s, or use an ssh connection that you have open "
                 % words)
    login.answer("")
    assert login.ended() != 0
    assert syslog.login_line(user=user, outcome="denied")["reason"] == "limit"
    assert len(sim.requests()) == before


def at_password(login):
    login.password()
    return login


def far(address):
    """As a client in another network."""
    return ONCE + ("BindAddress=" + address,)


@pytest.mark.parametrize("key, span, who, first, second", [
    ("sends_per_user_hour", HOUR, ("alice", "alice", "alice"),
     "127.0.1.1", "127.0.2.1"),
    ("sends_per_user_day", DAY, ("alice", "alice", "alice"),
     "127.0.1.1", "127.0.2.1"),
    ("sends_per_number_day", DAY, ("alice", "bob", "alice"),
     "127.0.1.1", "127.0.2.1"),
    ("sends_per_source_hour", HOUR, ("alice", "bob", "carol"),
     "127.0.1.1", "127.0.1.99"),
    ("sends_per_host_hour", HOUR, ("alice", "bob", "carol"),
     "127.0.1.1", "127.0.2.1"),
    ("sends_per_fleet_hour", HOUR, ("alice", "bob", "carol"),
     "127.0.1.1", "127.0.2.1"),
])
def test_at_its_border(sshd, quick, settings, sim, syslog, clock, key, span,
                       who, first, second):
    """Two may go; the third not before the first has left the window. What was
    answered rightly counts for the fleet alone."""
    answered = key == "sends_per_fleet_hour"
    settings.user("carol")
    limits(settings, **{key: 2})
    if key == "sends_per_number_day":
        settings.user("bob", phone=sim.NUMBERS["alice"])
    for name, address in zip(who, (first, second)):
        begun = quick.login(name, rhost=address)
        if answered:
            let_in(begun, sim)
            clock.advance(LIFE)
        else:
            unanswered(begun, clock)
    left = span - 2 * LIFE
    words = r"\d+ min" if left < 7200 else r"\d+ h"
    refused(sshd, sim, syslog, words, who[2], second)
    syslog.wait_for("%s may have no more codes for \\d+ s: %s is used up" % (
        who[2], key))
    clock.advance(left - 60)
    refused(sshd, sim, syslog, r"\d+ s", who[2], second)
    clock.advance(61)
    let_in(at_password(sshd.login(who[2], options=far(second))), sim)
    asked(sim, start=3, check=3 if answered else 1)


def test_answered_messages(quick, settings, sim, syslog, clock):
    """Whoever has every code right is kept out by answered_per_number_day
    alone."""
    limits(settings, sends_per_user_hour=1, sends_per_user_day=1,
           sends_per_number_day=1, answered_per_number_day=3)
    for _ in range(3):
        let_in(quick.login(), sim)
        clock.advance(60)
    login = quick.login()
    login.prompt("Wait (23|24) h, or use an ssh connection that you have open")
    login.hang_up()
    syslog.wait_for("answered_per_number_day is used up")
    clock.advance(DAY - 180)
    let_in(quick.login(), sim)


def test_office(quick, settings, sim, syslog, clock):
    """Each user who has answered rightly from there leaves room for five more
    messages; an office has a limit of its own, which explain shows."""
    limits(settings, sends_per_source_hour=1, sends_per_office_hour=2,
           office_networks=["192.0.2.0/28"])
    for rhost, most in (("192.0.2.99", 1), ("192.0.2.7", 2)):
        login = quick.login("alice", rhost=rhost)
        unanswered(login, clock)
        if most == 1:
            login = quick.login("bob", rhost=rhost)
            login.prompt("Wait .. min, or use an ssh connection")
            login.hang_up()
            syslog.wait_for("sends_per_source_hour is used up")
    login = quick.login("bob", rhost="192.0.2.7")
    login.prompt("Wait")
    login.hang_up()
    syslog.wait_for("sends_per_office_hour is used up")
    clock.advance(3600)
    let_in(quick.login("alice", rhost="192.0.2.7"), sim)
    for _ in range(6):
        unanswered(quick.login("bob", rhost="192.0.2.99"), clock)
    login = quick.login("bob", rhost="192.0.2.99")
    login.prompt("Wait")
    login.hang_up()


@pytest.mark.parametrize("key, who, address", [
    ("sends_per_user_hour", "bob", "127.0.1.1"),
    ("sends_per_number_day", "bob", "127.0.1.1"),
    ("sends_per_source_hour", "alice", "127.0.2.1"),
])
def test_of_one_is_not_of_all(quick, settings, sim, clock, key, who, address):
    limits(settings, **{key: 1})
    unanswered(quick.login(rhost="127.0.1.1"), clock)
    login = quick.login("alice", rhost="127.0.1.1")
    login.prompt("Wait")
    login.hang_up()
    quick.right(quick.login(who, rhost=address), who, to=who)
    asked(sim, start=2, check=1)


def test_code_that_was_sent_stays_usable(sshd, settings, sim, clock):
    limits(settings, sends_per_user_hour=1)
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    clock.advance(31)
    login.answer("r")
    login.prompt(r"code: wait (59|60) min, then ask again \(q cancel")
    login.answer(code)
    assert login.ended() == 0
    asked(sim, start=1, check=1)


def test_code_that_was_sent_can_be_joined(sshd, settings, sim):
    limits(settings, sends_per_user_hour=1)
    first = at_prompt(sshd.login("alice", options=ONCE))
    first.hang_up()
    again = at_prompt(sshd.login("alice"), "already sent")
    again.answer(sim.code("alice"))
    assert again.ended() == 0
    asked(sim, start=1, check=1)


def test_keys_count_as_messages(sshd, settings, sim, clock):
    limits(settings, sends_per_user_hour=3)
    login = at_prompt(sshd.login("alice"))
    for key, words in (("r", "code: new one sent"), ("v", "calling")):
        clock.advance(31)
        login.answer(key)
        login.prompt(words)
    clock.advance(31)
    login.answer("r")
    login.prompt(r"Wait \d+ min, then ask")
    login.answer(sim.code("alice", nth=3))
    assert login.ended() == 0
    asked(sim, start=3, check=1, control=2)


def test_wait_between_two_messages(sshd, settings, sim, clock):
    """Two seconds more than resend_wait, each longer than the one before."""
    limits(settings, resend_wait=[40, 60])
    login = at_prompt(sshd.login("alice"))
    for wait, early in ((40, r"wait (41|42) s"), (60, r"wait (61|62) s")):
        login.answer("r")
        login.prompt(early + ", then ask again")
        clock.advance(wait)
        login.answer("r")
        login.prompt("Wait [12] s")
        clock.advance(2)
        login.answer("r")
        login.prompt("code: new one sent")
    login.answer(sim.code("alice", nth=3))
    assert login.ended() == 0


def test_refused_connection_is_refunded(quick, settings, sim, syslog):
    limits(settings, sends_per_user_hour=1)
    sim.stop()
    for _ in range(3):
        assert quick.login().ended() != 0
    assert [line["reason"] for line in syslog.logins()] == ["transient"] * 3
    sim.start()
    syslog.clear()
    quick.right(quick.login())


@pytest.mark.parametrize("fault, more", [
    ("throttle", {}),
    ("wrong_type", {"field": "status", "value": '"6"'}),
])
def test_refused_start_is_refunded(quick, settings, sim, fault, more, syslog):
    limits(settings, sends_per_user_hour=1)
    sim.fault("start", fault, when="before", count=2, **more)
    assert quick.login().ended() != 0
    sim.reset()
    syslog.clear()
    quick.right(quick.login())


def test_cancelled_in_vain_is_refunded(sshd, quick, settings, sim, clock,
                                       syslog):
    """The provider does not cancel, so nothing new was sent."""
    limits(settings, sends_per_user_hour=2)
    login = at_prompt(sshd.login("alice"))
    clock.advance(31)
    sim.fault("control", "html502", when="before")
    login.answer("r")
    login.prompt("Wait 30 s, then ask")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    for _ in range(2):
        unanswered(quick.login(), clock)
    refused(sshd, sim, syslog, r"\d+ min")


def test_unknown_fate_is_not_refunded(quick, settings, sim, clock):
    limits(settings, sends_per_user_hour=1)
    sim.fault("start", "close")
    assert quick.login().ended() != 0
    clock.advance(61)
    login = quick.login()
    login.prompt(r"Wait (58|59) min")
    login.hang_up()
    asked(sim, start=1)


def test_allowed_prefixes(sshd, terminals, settings, sim, syslog):
    limits(settings, allowed_prefixes=["+1", "+4477009001"])
    let_in(at_password(sshd.login("alice")), sim)
    syslog.clear()
    bob = at_password(sshd.login("bob", options=ONCE))
    assert bob.ended() != 0
    assert syslog.login_line(user="bob")["reason"] == "prefix"
    # sshd does not show what it is told at the end
    sudo = at_password(terminals.sudo("bob"))
    sudo.expect("could not be sent to your number. Ask your administrator")
    sudo.hang_up()
    syslog.wait_for("number of user bob begins with none of allowed_prefixes")
    asked(sim, start=1, check=1)


def test_spend_by_the_price_in_replies(sshd, quick, settings, sim, syslog,
                                       clock):
    """Replies to right codes say 0.10, and 0.0333 for the message."""
    limits(settings, spend_per_day="0.38", price_per_send="0.01")
    clock.advance(DAY - int(clock.today()) + 60)  # a minute of a new day
    for _ in range(3):
        let_in(quick.login(), sim)
    refused(sshd, sim, syslog, r"24 h")
    syslog.wait_for("spend_per_day is used up")
    clock.advance(DAY - 121)
    refused(sshd, sim, syslog, r"\d+ s")
    clock.advance(121)
    let_in(quick.login(), sim)


def test_spend_by_price_per_send(sshd, quick, settings, sim, syslog):
    """A message counts when it is sent, not when the code was right."""
    limits(settings, spend_per_month="0.12", price_per_send="0.06")
    for user in ("alice", "bob"):
        login = quick.login(user)
        login.prompt("Verification code sent")
        login.hang_up()
    settings.user("carol")
    refused(sshd, sim, syslog, r"\d+ h", "carol")
    syslog.wait_for("spend_per_month is used up")
    asked(sim, start=2)


def test_month_is_thirty_days(quick, settings, sim, clock):
    limits(settings, spend_per_month="0.10", price_per_send="0.10")
    quick.right(quick.login())
    clock.advance(29 * DAY)
    login = quick.login()
    login.prompt(r"Wait \d+ (s|min|h)")
    login.hang_up()
    clock.advance(DAY)
    quick.right(quick.login())
    asked(sim, start=2, check=2)


def test_what_was_not_sent_costs_nothing(quick, settings, sim, syslog):
    limits(settings, spend_per_day="0.06", price_per_send="0.06")
    sim.stop()
    assert quick.login().ended() != 0
    sim.start()
    syslog.clear()
    quick.right(quick.login())


def test_limit_over_sudo(terminals, settings, sim, syslog, clock):
    """The same count for all services; ruser's uid is the source."""
    limits(settings, sends_per_source_hour=1)
    at_prompt(terminals.sudo("alice")).hang_up()
    clock.advance(LIFE)
    again = terminals.sudo("alice")
    again.password()
    again.prompt(r"Wait 5\d min \(Enter ends")
    again.hang_up()
    bob = at_prompt(terminals.sudo("bob"))
    bob.answer(sim.code("bob"))
    assert bob.ended() == 0
    asked(sim, start=2, check=1)


def test_wrong_codes_and_limits_are_two_things(sshd, settings, sim):
    limits(settings, sends_per_user_hour=1)
    login = at_prompt(sshd.login("alice"))
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(code)
    assert login.ended() == 0
