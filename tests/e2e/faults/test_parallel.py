# SPDX-License-Identifier: BSD-2-Clause
"""Many processes at the same moment: single use, limits and locks hold, and
nobody is refused for being one of many."""

import json

import pytest

import admin as state
import crowd as people
from crowd import MAXTRIES, SUCCESS, together
from steps import results

TRANSPORTS = ("spawn", "socket")

CROWD = 50
CHECK_MS = 2000  # so long others wait for a check that may open a lock


def begin(crowd, count=CROWD, words="code", **more):
    """So many logins of one user, all at the prompt."""
    logins = [crowd.login(**more) for _ in range(count)]
    for login in logins:
        prompt = login.prompt()
        assert prompt is not None and words in prompt, prompt
    return logins


def all_type(logins, text):
    """Everybody presses Enter; the results."""
    together([lambda login=login: login.answer(text) for login in logins])
    for login in logins:
        login.close_input()
    return [login.result() for login in logins]


@pytest.fixture
def wide(settings, sim):
    """Limits that these tests do not speak of, out of the way."""
    settings.set(limits={"lock_after": 100, "lock_after_total": 100,
                         "sends_per_user_hour": 300,
                         "sends_per_source_hour": 300})
    sim.setting(v1_rate=0)
    return settings


def test_fifty_logins_with_one_sms_code(crowd, wide, sim, syslog):
    logins = begin(crowd)
    assert len(sim.requests("start")) == 1
    ends = all_type(logins, sim.code("alice"))
    assert ends.count(SUCCESS) == 1
    outcomes = [line["outcome"] for line in syslog.logins()]
    assert outcomes.count("allowed") == 1
    assert outcomes.count("denied") == CROWD - 1
    assert len(sim.messages()) == 1
    assert results(sim, "check").count("0") == 1
    assert len(sim.requests("check")) <= 3


def test_fifty_logins_and_a_provider_that_always_says_yes(crowd, wide, sim):
    """Single use is the store's word, not the provider's."""
    logins = begin(crowd)
    code = sim.code("alice")
    sim.fault("check", "delay", ms=3000)  # the others come meanwhile
    sim.fault("check", "replay", count=0)
    ends = all_type(logins, code)
    assert ends.count(SUCCESS) == 1
    faults = [request["fault"] for request in sim.requests("check")]
    assert "replay" in faults, faults


def test_fifty_logins_with_one_totp_code(crowd, wide, app, sim, clock):
    clock.set_wall(60 + 5 - int(clock.today()) % 30)
    wide.user("alice", phone=None, channels=None,
              totp_secret_file=wide.secrets + "/alice.totp")
    logins = begin(crowd, words="of your app")
    ends = all_type(logins, app.code())
    assert ends.count(SUCCESS) == 1
    assert len(ends) == CROWD and not sim.requests()


def test_fifty_logins_with_one_recovery_code(crowd, wide, admin, syslog):
    code = admin.codes(count=2)[0]
    logins = begin(crowd)
    ends = all_type(logins, code)
    assert ends.count(SUCCESS) == 1
    assert admin.left() == 1
    assert sum("used a recovery code" in line
               for line in syslog.lines()) == 1


@pytest.mark.parametrize("user, invite", [("alice", ()),
                                          ("carol", ("--invite",))])
def test_a_hundred_logins_with_one_code_with_an_end(crowd, wide, admin, syslog,
                                                    user, invite):
    """Of the help desk: for who is enrolled, and an invitation."""
    code = json.loads(admin.do("code", user, "--hours", "1", "--why", "INC-77",
                               "--json", *invite))["code"]
    logins = begin(crowd, 2 * CROWD, user=user)
    ends = all_type(logins, code)
    assert len(ends) == 2 * CROWD and ends.count(SUCCESS) == 1
    allowed = [line for line in syslog.logins()
               if line["outcome"] == "allowed"]
    assert [line["method"] for line in allowed] == ["bypass"]
    assert sum("event=bypass-used" in line for line in syslog.lines()) == 1
    listed = json.loads(admin.do("list", "--codes", "--json"))
    assert [one["enrolment"] for one in listed] == [True] * len(invite)


@pytest.mark.parametrize("limit", [6, 20])
def test_fifty_guesses_of_one_user(crowd, wide, app, sim, limit, clock):
    """Each has a code of its own app to guess; no more than the limit are
    checked, whoever comes first."""
    clock.set_wall(60 + 5 - int(clock.today()) % 30)
    wide.user("alice", channels=["totp", "sms"],
              totp_secret_file=wide.secrets + "/alice.totp")
    wide.set(limits={"lock_after": limit, "lock_after_total": 100})
    logins = begin(crowd, words="of your app")
    valid = {app.code(step) for step in (-1, 0, 1)}
    guess = next("%06d" % n for n in range(10) if "%06d" % n not in valid)
    all_type(logins, guess)
    rows = {row[1]: row[5] for row in state.dump()["guess"]}
    assert rows == {"192.0.2.0/24": limit, "": limit}


def test_fifty_guesses_never_reach_the_provider(crowd, wide, sim):
    """One user, fifty numbers of tries: the provider sees the limit."""
    wide.set(limits={"lock_after": 2, "lock_after_total": 100})
    wide.provider(timeout_ms=CHECK_MS)
    logins = begin(crowd)
    code = sim.code("alice")
    wrong = str((int(code) + 1) % 1000000).zfill(len(code))
    ends = all_type(logins, wrong)
    assert SUCCESS not in ends
    assert len(sim.requests("check")) == 2
    assert results(sim, "check") == ["16", "16"]


def test_fifty_sources_guess_one_user(crowd, wide, sim):
    """Over all sources: the total is the limit."""
    wide.set(limits={"lock_after": 1, "lock_after_total": 2})
    wide.provider(timeout_ms=CHECK_MS)
    logins = [crowd.login(address="10.0.%d.1" % net) for net in range(CROWD)]
    for login in logins:
        assert "code" in login.prompt()
    code = sim.code("alice")
    wrong = str((int(code) + 1) % 1000000).zfill(len(code))
    ends = all_type(logins, wrong)
    assert SUCCESS not in ends
    assert len(sim.requests("check")) == 2


def test_limit_of_sends_holds_for_a_crowd(crowd, wide, sim):
    """Fifty users from one address: as many messages as the source may have,
    and the others are told to wait."""
    names = ["crowd%03d" % n for n in range(CROWD)]
    people.add_users(names)
    try:
        for number, name in enumerate(names):
            wide.user(name, phone="+4520%06d" % number)
        wide.set(limits={"sends_per_source_hour": 30})
        logins = [crowd.login(name) for name in names]
        prompts = [login.prompt() for login in logins]
        assert sum("Verification code sent" in (prompt or "")
                   for prompt in prompts) == 30
        assert sum("Wait" in "".join(login.told)
                   for login in logins) == CROWD - 30
        assert len(sim.messages()) == 30
        ends = all_type(logins, "")
        assert SUCCESS not in ends and ends.count(MAXTRIES) == CROWD - 30
    finally:
        people.remove_users(names)


def test_two_hundred_users_from_two_hundred_addresses(crowd, wide, sim,
                                                      syslog):
    names = ["crowd%03d" % n for n in range(200)]
    numbers = {name: "+4520%06d" % n for n, name in enumerate(names)}
    people.add_users(names)
    try:
        for name in names:
            wide.user(name, phone=numbers[name])
        wide.set(limits=None)
        logins = {name: crowd.login(name, address="10.0.%d.1" % n)
                  for n, name in enumerate(names)}
        for name, login in logins.items():
            prompt = login.prompt()
            assert prompt and "Verification code sent" in prompt, (name, prompt)
        codes = {message["to"]: message["code"]
                 for message in sim.messages()}
        together([lambda name=name: logins[name].answer(
            codes[numbers[name]]) for name in names])
        ends = [login.result() for login in logins.values()]
        assert ends == [SUCCESS] * 200
        assert len(sim.requests("start")) == 200
        assert results(sim, "check") == ["0"] * 200
        allowed = [line["user"] for line in syslog.logins()
                   if line["outcome"] == "allowed"]
        assert sorted(allowed) == names
    finally:
        people.remove_users(names)
