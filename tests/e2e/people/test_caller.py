# SPDX-License-Identifier: BSD-2-Clause
"""ask = "caller": su asks who calls it, and not who is to be."""

import os

import pytest

from deploy import ACCOUNT, ANNA, group, people, who
from phones import NUMBERS
from steps import answer_all, asked, wrong

TRANSPORTS = ("spawn", "socket")


@pytest.fixture
def caller(settings):
    settings.set(rules=[{"services": ["su", "su-l"], "ask": "caller"}])
    return settings


@pytest.mark.parametrize("dash, service", [(False, "su"), (True, "su-l")])
def test_the_callers_phone(caller, terminals, sim, syslog, dash, service):
    become = terminals.su("alice", "bob", dash=dash)
    become.password()
    become.prompt("Verification code sent to \\+44 .*0100")
    assert {m["to"] for m in sim.messages()} == {NUMBERS["alice"]}
    become.answer(sim.code("alice"))
    assert become.ended() == 0 and "\nbob" in become.text
    line = syslog.login_line(user="bob", service=service)
    assert (line["outcome"], line["asked"]) == ("allowed", "alice")


def test_a_target_without_a_file(caller, terminals, sim, syslog):
    become = terminals.su("alice", ACCOUNT)
    become.password()
    become.prompt("code sent")
    become.answer(sim.code("alice"))
    assert become.ended() == 0 and "\n" + ACCOUNT in become.text
    assert syslog.login_line(user=ACCOUNT)["asked"] == "alice"


@pytest.mark.parametrize("unenrolled", ["deny", "allow"])
def test_a_caller_without_a_file(caller, terminals, sim, syslog, unenrolled):
    caller.set(unenrolled=unenrolled)
    become = terminals.su(ACCOUNT, "bob")
    become.password()
    assert become.ended() != 0
    line = syslog.login_line(user="bob")
    assert (line["reason"], line["asked"]) == ("caller-unenrolled", ACCOUNT)
    syslog.wait_for("run twofactl enroll " + ACCOUNT)
    asked(sim)


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_either_is_disabled(caller, terminals, sim, syslog, name):
    caller.user(name, enabled=False)
    become = terminals.su("alice", "bob")
    become.password()
    assert become.ended() != 0
    assert syslog.login_line(user="bob")["reason"] == "disabled"
    asked(sim)


def test_a_target_whose_file_is_wrong(caller, terminals, sim, syslog):
    caller.raw_user("bob", 'phone = "x";')
    become = terminals.su("alice", "bob")
    become.password()
    assert become.ended() != 0
    assert syslog.login_line(user="bob")["reason"] == "user-file"
    asked(sim)


def test_locks_are_the_callers(caller, terminals, quick, sim, syslog):
    caller.set(limits={"lock_after": 3})
    become = terminals.su("alice", "bob")
    become.password()
    become.prompt("code sent")
    code = sim.code("alice")
    answer_all(become, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    become.answer(wrong(code, 3))
    assert become.ended() != 0
    again = terminals.su("alice", ACCOUNT)
    again.password()
    again.prompt("locked for")
    other = terminals.su("bob", ACCOUNT)
    other.password()
    other.prompt("code sent")
    other.answer(sim.code("bob"))
    assert other.ended() == 0


def test_sudo_su_asks_the_target(caller, terminals, sim, syslog):
    """Its real uid is root's: sudo has asked alice, su asks bob."""
    become = terminals.run("/usr/bin/sudo", "/bin/sh", "-c",
                           "su bob -c 'id -un'", user="alice")
    become.password()
    become.prompt("Verification code sent to \\+44 .*0100")
    become.answer(sim.code("alice"))
    while True:
        # su's stack may ask root for nothing at all
        index = become.expect(["code sent to \\+44 .*0200", "\nbob", "assword"])
        if index == 2:
            become.answer("pw-bob")
            continue
        break
    if index == 0:
        become.answer(sim.code("bob"))
    assert become.ended() == 0
    line = [row for row in syslog.logins() if row["service"] == "su"]
    assert all("asked" not in row for row in line)


def test_sudo_asks_as_ever(caller, terminals, sim, syslog):
    become = terminals.sudo("alice")
    become.password()
    become.prompt("Verification code sent to \\+44 .*0100")
    become.answer(sim.code("alice"))
    assert become.ended() == 0
    assert "asked" not in syslog.login_line(user="alice", service="sudo")


def test_remembered_for_caller_and_target(caller, terminals, sim, syslog):
    """In one terminal session: alice as bob, and nobody else."""
    caller.set(rules=[{"services": ["su", "su-l"], "ask": "caller",
                       "remember_minutes": 15}])
    shell = terminals.run(
        "/bin/bash", "--norc", "--noediting", "-c",
        "while read -r line; do eval \"$line\"; done", user="alice")
    shell.setecho(False)

    def su(target, asks):
        shell.answer("su %s -c 'id -un'; echo ended $?" % target)
        shell.password("pw-" + target)
        if asks:
            shell.prompt("code sent")
            shell.answer(sim.code("alice"))
        shell.expect(r"ended (\d+)")
        assert shell.match.group(1) == "0"
        sim.reset()

    su("bob", asks=True)
    su("bob", asks=False)
    su(ACCOUNT, asks=True)
    su(ACCOUNT, asks=False)


def test_a_caller_who_is_several(caller, terminals, sim, syslog):
    people(caller, group("anna", phone=ANNA))
    become = terminals.su(ACCOUNT, "bob")
    become.password()
    who(become)
    become.answer("anna")
    become.prompt("sent")
    become.answer(sim.code(ANNA))
    assert become.ended() == 0
    line = syslog.login_line(user="bob")
    assert (line["asked"], line["person"]) == (ACCOUNT, "anna")


def test_a_target_that_is_several(caller, terminals, sim, syslog):
    """None of them is asked."""
    people(caller, group("anna", phone=ANNA))
    become = terminals.su("alice", ACCOUNT)
    become.password()
    become.prompt("code sent to \\+44 .*0100")
    become.answer(sim.code("alice"))
    assert become.ended() == 0
    people(caller, group("anna", phone=ANNA), more="enabled = false;\n")
    become = terminals.su("alice", ACCOUNT)
    become.password()
    assert become.ended() != 0
    assert syslog.login_line(reason="disabled")["user"] == ACCOUNT


def test_a_caller_who_is_one_of_them(caller, terminals, sim, syslog):
    """By a group, which the state broker does not ask for. What the account's file
    says of its people is nothing to who calls su."""
    caller.set(rules=[{"services": ["su", "su-l"], "groups": [ACCOUNT],
                       "ask": "caller"}])
    people(caller, group("anna", phone=ANNA),
           group("al", user="alice", enabled=False))
    become = terminals.su("alice", ACCOUNT)
    become.password()
    become.prompt("code sent to \\+44 .*0100")
    become.answer(sim.code("alice"))
    assert become.ended() == 0
    assert syslog.login_line(user=ACCOUNT)["asked"] == "alice"


def test_pam_ruser_is_nobody(caller, pam, quick, sim, syslog):
    """Only the real uid says who calls."""
    login = quick.login("bob", service="su", ruser="alice")
    login.prompt("code sent to \\+44 .*0200")
    login.hang_up()


@pytest.mark.parametrize("caller_name, target, disabled, would", [
    ("alice", ACCOUNT, None, "require"),
    (ACCOUNT, "bob", None, "deny-caller-unenrolled"),
    ("alice", "bob", "alice", "deny-disabled"),
    ("alice", "bob", "bob", "deny-disabled")])
def test_what_a_rule_that_watches_would_do(caller, terminals, sim, syslog,
                                           caller_name, target, disabled,
                                           would):
    """It is about the caller's file, and the target may be disabled."""
    caller.set(rules=[{"services": ["su", "su-l"], "ask": "caller",
                       "action": "observe"}])
    if disabled:
        caller.user(disabled, enabled=False)
    become = terminals.su(caller_name, target)
    become.password()
    assert become.ended() == 0
    assert syslog.login_line(user=target)["would"] == would
    asked(sim)


# --- sudo that asks for another password than its caller's

@pytest.fixture
def targetpw():
    path = "/etc/sudoers.d/zz-targetpw"
    with open(path, "w", encoding="ascii") as out:
        out.write("Defaults targetpw\nDefaults:alice !targetpw\n"
                  "Defaults:alice targetpw\n")
    os.chmod(path, 0o440)
    yield path
    os.unlink(path)


def to_bob(terminals):
    """bob's password is typed."""
    login = terminals.run("/usr/bin/sudo", "-u", "bob", "id", "-un",
                          user="alice")
    login.password("pw-bob")
    return login


def test_targetpw_asks_the_target(targetpw, settings, terminals, sim):
    login = to_bob(terminals)
    login.prompt("Verification code sent to \\+44 .*0200")
    login.answer(sim.code("bob"))
    assert login.ended() == 0


def test_targetpw_asks_the_caller_by_a_rule(targetpw, settings, terminals, sim,
                                            syslog):
    settings.set(rules=[{"services": ["sudo", "sudo-i"], "ask": "caller"}])
    login = to_bob(terminals)
    login.prompt("Verification code sent to \\+44 .*0100")
    assert {m["to"] for m in sim.messages()} == {NUMBERS["alice"]}
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and "\nbob" in login.text
    line = syslog.login_line(user="bob", service="sudo")
    assert (line["outcome"], line["asked"]) == ("allowed", "alice")


def test_explain_names_the_caller(caller, terminals, sim, admin):
    """Whose lock, limit or record it is; nothing of the target's is wrong."""
    def remedy():
        status, out = admin.run("explain", "bob", "su", "--caller", "alice")
        assert status == 1, out
        assert "bob" not in out.split("bob would be denied: ")[1], out
        return out
    caller.set(limits={"lock_after": 1, "wrong_codes_per_login": 1})
    become = terminals.su("alice", "bob")
    become.password()
    become.prompt("Verification code sent")
    become.answer(wrong(sim.code("alice")))
    assert become.ended() != 0
    assert "run: twofactl unlock alice." in remedy()
    admin.do("unlock", "alice")
    caller.set(limits={"sends_per_user_hour": 1})
    assert "run: twofactl unlock --sends alice." in remedy()
    caller.user("alice", left=True)
    assert "twofactl remove alice." in remedy()


def test_explain_says_targetpw(targetpw, settings, admin):
    _, out = admin.run("explain", "alice", "sudo")
    assert "%s:3: by targetpw sudo asks" % targetpw in out, out
    assert "explain TARGET sudo --caller alice" in out, out
    settings.set(rules=[{"services": ["sudo", "sudo-i"], "ask": "caller"}])
    _, out = admin.run("explain", "bob", "sudo", "--caller", "alice")
    assert "Asked: alice, who calls it" in out and "targetpw" not in out, out


def test_doctor_says_targetpw(targetpw, settings, admin):
    _, out = admin.run("doctor")
    assert "sudo-target: %s:3: by targetpw" % targetpw in out, out
    assert 'services = ["sudo", "sudo-i"]; ask = "caller"; }' in out
    settings.set(rules=[{"services": ["sudo", "sudo-i"], "ask": "caller"}])
    _, out = admin.run("doctor")
    assert "sudo-target" not in out, out
