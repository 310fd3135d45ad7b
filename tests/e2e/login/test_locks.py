# SPDX-License-Identifier: BSD-2-Clause
"""Wrong codes: how many there may be, and for how long nobody gets in then."""

import pytest

import admin as state
from steps import ONCE, answer_all, asked, at_prompt, results, wrong

TRANSPORTS = ("spawn", "socket")

MINUTE = 60
SIDE = "192.0.2.%d"


def guess_all(login, code, steps):
    """Wrong codes to the login's limit; it ends refused."""
    for step in steps[:-1]:
        login.answer(wrong(code, step))
        login.prompt("code was wrong")
    login.answer(wrong(code, steps[-1]))
    assert login.ended() != 0


class Attacker:
    """Knows the password, and guesses codes."""

    def __init__(self, quick, sim, clock):
        self._quick = quick
        self._sim = sim
        self._clock = clock

    def guess(self, count=3, rhost="192.0.2.1", user="alice"):
        """So many wrong codes in one login."""
        login = self._quick.login(user, rhost=rhost)
        login.prompt("code (already )?sent")
        code = self._sim.code(user)
        for step in range(1, count + 1):
            login.answer(wrong(code, step))
            if step < count:
                login.prompt("code was wrong")
        if count == 3:
            assert login.ended() != 0
        else:
            login.prompt("code was wrong")
            login.hang_up()
        # what was spent keeps its row for a minute
        self._clock.advance(61)


@pytest.fixture
def attacker(quick, sim, clock, settings):
    settings.set(limits={"resend_wait": [1, 2], "sends_per_user_hour": 300,
                         "sends_per_user_day": 300,
                         "sends_per_number_day": 300,
                         "sends_per_source_hour": 300})
    return Attacker(quick, sim, clock)


def locked(login, words):
    """Told of the lock, and nothing else; it ends."""
    login.prompt("Too many wrong codes: locked for %s" % words)
    login.answer("")
    assert login.ended() != 0


def test_locked_after_six_over_ssh(sshd, sim, syslog, clock):
    for round_ in range(2):
        login = at_prompt(sshd.login("alice", options=ONCE))
        guess_all(login, sim.code("alice", nth=round_ + 1), (1, 2, 3))
        clock.advance(61)
    syslog.wait_for("event=locked user=alice alice is locked by wrong codes "
                    r"\(service sshd, from 127\.0\.0\.0/24\)")
    before = len(sim.requests())
    login = sshd.login("alice", options=ONCE)
    login.password()
    locked(login, r"1[34] min \(Enter ends")
    assert syslog.login_line(reason="locked")["outcome"] == "denied"
    syslog.wait_for("alice is locked, and has no recovery code that the rule "
                    "allows: twofactl unlock alice")
    assert len([line for line in syslog.lines() if "event=" in line]) == 1
    assert len(sim.requests()) == before


def test_one_below_the_border(attacker, quick, clock):
    """Five wrong ones: the sixth is checked, and is right."""
    attacker.guess(3)
    attacker.guess(2)
    quick.right(quick.login(rhost=SIDE % 1),
                words="Verification code already sent")


def test_one_above_the_border(attacker, quick, settings, sim):
    """Five wrong ones of five: the right code is not checked any more."""
    settings.set(limits={"lock_after": 5})
    attacker.guess(3)
    login = quick.login(rhost=SIDE % 1)
    login.prompt("Verification code sent")
    code = sim.code("alice", nth=2)
    answer_all(login, [wrong(code), wrong(code, 2), code],
               ["2 tries left", "1 try left", "locked for 15 min"])
    login.answer("")
    assert login.ended() != 0
    asked(sim, start=2, check=5)
    assert results(sim, "check").count("0") == 0


def test_right_code_begins_anew(attacker, quick, clock):
    attacker.guess(3)
    attacker.guess(2)
    quick.right(quick.login(rhost=SIDE % 1), words="code (already )?sent")
    attacker.guess(3)
    attacker.guess(2)
    quick.right(quick.login(rhost=SIDE % 1), words="code (already )?sent")


def test_lock_is_of_the_source(attacker, quick):
    """Another network is not locked; the same /24 is."""
    for _ in range(2):
        attacker.guess(rhost=SIDE % 1)
    locked(quick.login(rhost=SIDE % 254), r"1[345] min")
    quick.right(quick.login(rhost="198.51.100.1"))
    locked(quick.login(rhost=SIDE % 7), r"1[345] min")


def test_lock_is_of_the_user(attacker, quick):
    for _ in range(2):
        attacker.guess()
    quick.right(quick.login("bob", rhost=SIDE % 1), "bob")


def test_lock_holds_for_every_service(sshd, terminals, settings, sim, clock):
    """uid:N is sudo's source: its lock is not ssh's, but the total is."""
    settings.set(limits={"lock_after": 3, "lock_after_total": 3})
    login = at_prompt(sshd.login("alice", options=ONCE))
    guess_all(login, sim.code("alice"), (1, 2, 3))
    clock.advance(61)
    sudo = terminals.sudo("alice")
    sudo.password()
    sudo.prompt("locked for 14 min")
    sudo.hang_up()
    asked(sim, start=1, check=3)


def test_each_further_one_doubles(attacker, quick, clock, sim):
    for _ in range(2):
        attacker.guess()
    for minutes in (15, 30, 60, 120):
        locked(quick.login(rhost=SIDE % 1), "(%d|%d) min" % (
            minutes - 1, minutes))
        clock.advance(minutes * MINUTE - 61 - 5)
        locked(quick.login(rhost=SIDE % 1), r"\d s")
        clock.advance(6)
        attacker.guess(1)
    clock.advance(240 * MINUTE)
    quick.right(quick.login(rhost=SIDE % 1), words="code (already )?sent")
    attacker.guess(3)
    attacker.guess(2)


def test_lock_over_all_sources(attacker, quick, settings, clock):
    settings.set(limits={"lock_after": 6, "lock_after_total": 9,
                         "sends_per_user_hour": 100,
                         "sends_per_source_hour": 100})
    for net in range(3):
        attacker.guess(rhost="10.0.%d.1" % net)
    locked(quick.login(rhost="198.51.100.1"), r"1[345] min")
    locked(quick.login(rhost="10.0.0.1"), r"1[345] min")
    clock.advance(15 * MINUTE)
    quick.right(quick.login(rhost="198.51.100.1"))


def test_right_code_leaves_other_sources_locked(attacker, quick):
    for _ in range(2):
        attacker.guess()
    quick.right(quick.login(rhost="198.51.100.1"))
    locked(quick.login(rhost=SIDE % 1), r"1[345] min")


def test_shut_at_a_hundred_until_unlock(attacker, sshd, quick, clock, sim,
                                        settings, admin, syslog):
    """No wait opens it: phone and app stay shut until an admin comes."""
    settings.set(limits={"lock_after": 100, "lock_after_total": 100,
                         "sends_per_user_hour": 300,
                         "sends_per_user_day": 300,
                         "sends_per_number_day": 300,
                         "sends_per_source_hour": 300})
    for _ in range(33):
        attacker.guess()
    attacker.guess(1)
    syslog.wait_for("event=shut user=alice alice is locked by wrong codes ")
    clock.advance(48 * 3600)
    before = len(sim.requests())
    login = sshd.login("alice", options=ONCE)
    login.password()
    login.prompt(r"Too many wrong codes: locked \(Enter ends")
    login.answer("")
    assert login.ended() != 0
    assert len(sim.requests()) == before
    assert len(sim.requests("check")) == 100
    assert admin.run("unlock", "alice")[0] == 0
    assert admin.run("unlock", "alice")[0] == 1
    login = at_prompt(sshd.login("alice", options=ONCE))
    login.answer(sim.code("alice", nth=35))
    assert login.ended() == 0


def test_unlock_opens_at_once(attacker, quick, admin):
    for _ in range(2):
        attacker.guess()
    locked(quick.login(rhost=SIDE % 1), r"1[345] min")
    admin.do("unlock", "alice")
    quick.right(quick.login(rhost=SIDE % 1))


def test_not_told(attacker, sshd, quick, sim, settings, syslog):
    """tell_locked = false: a locked user sees what a decoy shows."""
    for _ in range(2):
        attacker.guess()
    settings.set(tell_locked=False)
    before = len(sim.requests())
    login = quick.login(rhost=SIDE % 1)
    for words in ("Verification code sent to .* by SMS", "2 tries", "1 try"):
        login.prompt(words)
        login.answer("123456")
    assert login.ended() != 0
    assert "lock" not in login.text
    assert syslog.login_line(reason="locked")["outcome"] == "denied"
    assert len(sim.requests()) == before


def test_not_told_and_a_recovery_code(attacker, quick, admin, settings):
    """It is taken at the decoy's prompts all the same."""
    codes = admin.codes()
    for _ in range(2):
        attacker.guess()
    settings.set(tell_locked=False)
    login = quick.login(rhost=SIDE % 1)
    login.prompt("Verification code sent to .* by SMS")
    login.answer(codes[0])
    assert login.ended() == 0


def test_locked_with_recovery_codes_is_asked_for_one(sshd, sim, admin,
                                                     settings, clock):
    settings.set(limits={"lock_after": 3})
    codes = admin.codes()
    login = at_prompt(sshd.login("alice", options=ONCE))
    guess_all(login, sim.code("alice"), (1, 2, 3))
    clock.advance(61)
    login = sshd.login("alice", options=ONCE)
    login.password()
    line = login.prompt("locked for 14 min. Recovery code")
    assert "r resend" not in line and "t app" not in line
    answer_all(login, ["123456", "r"],
               ["A recovery code is 16 letters and digits", "does not work here"])
    login.answer(codes[0])
    assert login.ended() == 0
    asked(sim, start=1, check=3)


def test_recovery_code_ends_the_lock(attacker, quick, admin):
    """A right one is a right one: source and total begin at 0."""
    codes = admin.codes()
    for _ in range(2):
        attacker.guess()
    login = quick.login(rhost=SIDE % 1)
    login.prompt("locked for 1[345] min. Recovery code")
    login.answer(codes[0])
    assert login.ended() == 0
    quick.right(quick.login(rhost=SIDE % 1))


def test_recovery_code_does_not_open_what_is_shut(crowd, attacker, quick,
                                                  admin, settings, clock):
    """In, but the phone stays shut: a hundred is for an admin to judge."""
    settings.set(limits={"lock_after": 100, "lock_after_total": 100,
                         "sends_per_user_hour": 300,
                         "sends_per_user_day": 300,
                         "sends_per_number_day": 300,
                         "sends_per_source_hour": 300})
    codes = admin.codes()
    for _ in range(33):
        attacker.guess()
    attacker.guess(1)
    for code in codes[:2]:
        login = quick.login()
        login.prompt("Too many wrong codes: locked. Recovery code")
        login.answer(code)
        assert login.ended() == 0


@pytest.mark.parametrize("fault, more", [
    ("throttle", {"count": 2}),
    ("wrong_type", {"field": "status", "value": '"2"'}),
    ("wrong_type", {"field": "status", "value": '"9"'}),
])
def test_what_was_not_evaluated_is_refunded(quick, sim, settings, fault, more):
    """So an outage, a throttle or a wrong secret locks nobody."""
    settings.set(limits={"lock_after": 1, "lock_after_total": 1})
    sim.fault("check", fault, when="before", **more)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer("123456")
    assert login.ended() != 0
    assert state.of_user("alice")["guess"] == []
    quick.right(quick.login(), words="Verification code already sent")


def test_unreachable_at_the_check_is_refunded(quick, sim, settings, clock):
    settings.set(limits={"lock_after": 1, "lock_after_total": 1})
    login = quick.login()
    login.prompt("Verification code sent")
    code = sim.code("alice")
    sim.stop()
    login.answer(code)
    assert login.ended() != 0
    assert state.of_user("alice")["guess"] == []
    sim.start()


def test_lost_reply_is_not_refunded(quick, sim, settings, clock):
    """It may have been evaluated: the guess counts."""
    settings.set(limits={"lock_after": 1, "lock_after_total": 30})
    login = quick.login()
    login.prompt("Verification code sent")
    code = sim.code("alice")
    sim.fault("check", "close")
    login.answer(wrong(code))
    assert login.ended() != 0
    locked(quick.login(), r"1[45] min")


def test_decoys_and_refused_users_touch_nothing(sshd, quick, sim, pam,
                                                settings):
    """Of a real user, whatever is typed in their name."""
    before = at_prompt(sshd.login("alice", options=ONCE))
    before.answer(sim.code("alice"))
    assert before.ended() == 0
    known = state.dump()
    pam.unguarded("sshd")
    refusing = sshd.start("DenyUsers alice bob")
    login = refusing.login("alice", options=ONCE)
    login.password()
    for words in ("Verification code sent", "2 tries", "1 try"):
        login.prompt(words)
        login.answer("123456")
    assert login.ended() != 0
    pam.only("sshd")
    for user in ("alice", "bob", "carol", "nobody-here"):
        quick.decoy(quick.login(user, password=False), user, asked=2)
    assert state.dump() == known


def test_malformed_answers_are_no_guesses(quick, sim, settings):
    settings.set(limits={"lock_after": 1, "lock_after_total": 1})
    login = quick.login()
    login.prompt("Verification code sent")
    for text in ("", "12345", "abc", "1234567"):
        login.answer(text)
        login.prompt("code has 6 digits")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
