# SPDX-License-Identifier: BSD-2-Clause
"""twofactl explain, of an account that people share: whose phone, and why."""

import json
import pwd

import pytest

import pamstack
from deploy import ACCOUNT, ANNA, Keys, group, people, who
from steps import wrong

TRANSPORTS = ("spawn", "socket")


@pytest.fixture
def shared(settings, tmp_path):
    keys = Keys(tmp_path)
    people(settings, group("anna", key=keys.fingerprint("anna"), phone=ANNA),
           group("ben", user="bob"))
    return settings


def explained(admin, *words):
    return json.loads(admin.run("explain", ACCOUNT, "sshd", *words,
                                "--json")[1])


def test_whose_phone(shared, admin, sim):
    found = explained(admin, "--person", "anna", "--full")
    assert (found["end"], found["ask"]) == ("on", "send")
    assert found["person"] == "anna" and found["record"]["phone"] == ANNA
    text = admin.run("explain", ACCOUNT, "sshd", "--person", "ben")[1]
    assert "ben of " + ACCOUNT in text
    assert not sim.requests()


def test_without_a_person(shared, admin):
    status, out = admin.run("explain", ACCOUNT, "sshd")
    assert status == 2 and "--person anna" in out and "--person ben" in out


def test_the_persons_own_lock(shared, admin, quick, sim, settings):
    """And the account's total, of who is named at the prompt."""
    settings.set(limits={"lock_after": 2, "lock_after_total": 2})
    login = quick.login(ACCOUNT)
    who(login)
    login.answer("ben")
    login.prompt("sent")
    code = sim.code("bob")
    login.answer(wrong(code))
    login.prompt("2 tries")
    login.answer(wrong(code, 2))
    login.prompt("1 try")
    login.hang_up()
    assert explained(admin, "--person", "ben")["reason"] == "locked"
    assert explained(admin, "--person", "anna")["ask"] == "send"
    people(settings, group("anna", phone=ANNA))
    assert explained(admin, "--person", "anna")["reason"] == "locked"


def test_at_a_service_of_the_account(shared, admin, settings, pam):
    """One that runs as its uid asks about all of its people."""
    uid = pwd.getpwnam(ACCOUNT).pw_uid
    pam.stack("locker", *pamstack.GUARD, pam.module_line())
    settings.set(rules=[{"services": ["locker"], "action": "require"}])
    for person in ("anna", "ben"):
        found = json.loads(admin.run(
            "explain", ACCOUNT, "locker", "sock:%d" % uid, "--person", person,
            "--json")[1])
        assert (found["end"], found["ask"]) == ("on", "send"), found
        found = json.loads(admin.run(
            "explain", ACCOUNT, "locker", "sock:%d" % (uid + 1), "--person",
            person, "--json")[1])
        assert (found["end"], found["reason"]) == ("denied", "socket-user")
