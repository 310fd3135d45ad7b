# SPDX-License-Identifier: BSD-2-Clause
"""Recovery codes: on paper, each good once, whatever else fails."""

import pytest

import admin as state
from steps import ONCE, answer_all, asked, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")


def used(syslog, user="alice"):
    """How many the log says are left, and the line."""
    found = syslog.wait_for("(?<=event=recovery-used user=%s )%s used a "
                            "recovery code, (\\d+) left.*" % (user, user))
    return int(found.group(1)), found.group()


def test_over_ssh(sshd, sim, admin, syslog):
    codes = admin.codes()
    login = at_prompt(sshd.login("alice"))
    login.answer(codes[0])
    assert login.ended() == 0
    line = syslog.login_line(user="alice")
    assert line["outcome"] == "allowed" and line["method"] == "recovery"
    assert "provider" not in line and "request" not in line
    assert used(syslog) == (9, "alice used a recovery code, 9 left")
    asked(sim, start=1)


def test_over_sudo(terminals, admin):
    codes = admin.codes()
    sudo = at_prompt(terminals.sudo("alice"))
    sudo.answer(codes[3])
    assert sudo.ended() == 0 and "root" in sudo.text


def test_used_once(sshd, admin, syslog):
    codes = admin.codes(count=2)
    first = at_prompt(sshd.login("alice"))
    first.answer(codes[0])
    assert first.ended() == 0
    syslog.clear()
    second = at_prompt(sshd.login("alice", options=ONCE), "already sent")
    second.answer(codes[0])
    second.prompt("That recovery code is not valid")
    second.answer(codes[1])
    assert second.ended() == 0
    assert admin.left() == 0
    assert used(syslog)[0] == 0


@pytest.mark.parametrize("form", [
    lambda code: code.lower(),
    lambda code: code.replace("-", ""),
    lambda code: code.replace("-", " "),
    lambda code: "  " + code + " ",
], ids=["lower", "bare", "spaces", "padded"])
def test_forms(quick, admin, form):
    code = admin.codes(count=1)[0]
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(form(code))
    assert login.ended() == 0


@pytest.mark.parametrize("left, warns", [(3, False), (2, True), (0, True)])
def test_the_log_warns_below_three(quick, admin, syslog, left, warns):
    codes = admin.codes(count=left + 1)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(codes[0])
    assert login.ended() == 0
    count, line = used(syslog)
    assert count == left
    assert line.endswith("twofactl recovery-codes alice") == warns


def test_at_every_prompt(sshd, sim, admin, clock):
    """After a wrong code, after a malformed one, after r."""
    codes = admin.codes()
    for moves in ([], ["wrong"], ["abc"], ["r"]):
        login = at_prompt(sshd.login("alice", options=ONCE),
                          r"code (already )?sent")
        for move in moves:
            clock.advance(31)
            login.answer(wrong(sim.code("alice")) if move == "wrong"
                         else move)
            login.prompt({"wrong": "code was wrong", "abc": "6 digits",
                          "r": "code: new one sent"}[move])
        login.answer(codes.pop())
        assert login.ended() == 0


def test_over_the_limits(sshd, sim, admin, settings, clock):
    codes = admin.codes()
    settings.set(limits={"sends_per_user_hour": 1})
    at_prompt(sshd.login("alice", options=ONCE)).hang_up()
    clock.advance(301)  # nobody can join it any more
    login = sshd.login("alice")
    login.password()
    login.prompt(r"No more codes for \d+ min\. Recovery code")
    login.answer(codes[0])
    assert login.ended() == 0
    asked(sim, start=1)


def test_offline(sshd, sim, admin, settings):
    """Nobody can be reached: on_outage = offline asks for one."""
    codes = admin.codes()
    sim.stop()
    login = sshd.login("alice")
    login.password()
    login.prompt("No code could be sent. Recovery code")
    login.answer(codes[0])
    assert login.ended() == 0


def test_another_users_code(quick, admin):
    codes = admin.codes("alice", 1)
    admin.codes("bob", 1)
    login = quick.login("bob")
    login.prompt("Verification code sent")
    login.answer(codes[0])
    login.prompt("recovery code is not valid")
    login.hang_up()
    assert admin.left("alice") == 1


def test_new_ones_replace_the_old(quick, admin):
    old = admin.codes(count=3)
    new = admin.codes(count=2)
    login = quick.login()
    login.prompt("Verification code sent")
    answer_all(login, old, ["recovery code is not valid"] * 3)
    login.answer(new[0])
    assert login.ended() == 0
    assert admin.left() == 1


def test_without_any(quick, admin):
    """A user who has none is told the same as one who typed a wrong one."""
    assert admin.run("recovery-codes", "alice", "--left")[0] == 1
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer("ABCD-EFGH-IJKL-MNOP")
    login.prompt("recovery code is not valid")
    login.hang_up()


def test_forbidden_by_the_rule(quick, admin, settings, sim):
    codes = admin.codes()
    settings.set(rules=[{"methods": ["sms"]}])
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(codes[0])
    login.prompt("recovery code is not valid")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert admin.left() == 10


def test_disabled_user(quick, admin, settings):
    admin.codes()
    settings.user("alice", enabled=False)
    assert quick.denied(quick.login())["reason"] == "disabled"


def test_decoys_take_none(quick, admin, pam, sim):
    """No first factor: a recovery code that is right opens nothing."""
    codes = admin.codes()
    pam.only("sshd")
    login = quick.login(password=False)
    login.prompt("Verification code sent")
    login.answer(codes[0])
    login.prompt("recovery code is not valid")
    login.hang_up()
    assert admin.left() == 10
    assert not sim.requests()


def test_guessing_them_is_in_vain(sshd, quick, admin, syslog):
    """Prompts of one login end: 80 bits are not guessed ten at a time."""
    admin.codes()
    login = quick.login()
    login.prompt("Verification code sent")
    for number in range(9):
        login.answer("AAAA-AAAA-AAAA-AAA%d" % (number % 6 + 2))
        login.prompt("recovery code is not valid")
    login.answer("AAAA-AAAA-AAAA-AAAA")
    assert login.ended() != 0
    assert syslog.login_line(outcome="denied")["reason"] == "prompts"


def test_only_as_hashes(admin):
    codes = [code.replace("-", "") for code in admin.codes()]
    rows = state.dump()["recovery"]
    assert len(rows) == 10
    assert len({row[2] for row in rows}) == 10  # a salt each
    with open("/var/lib/twofa/state.db", "rb") as data:
        stored = data.read()
    try:
        with open("/var/lib/twofa/state.db-wal", "rb") as data:
            stored += data.read()
    except FileNotFoundError:
        pass
    assert not [code for code in codes if code.encode() in stored]


def test_not_in_the_log(quick, admin, syslog):
    code = admin.codes()[0]
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(code)
    assert login.ended() == 0
    syslog.login_line(outcome="allowed")
    text = "\n".join(syslog.lines())
    assert code not in text and code.replace("-", "") not in text
