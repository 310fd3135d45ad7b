# SPDX-License-Identifier: BSD-2-Clause
"""A state at a server, of a host that listens: what one login waits for there,
no other one waits for."""

import contextlib
import os
import re
import signal
import subprocess
import time

import pytest

import leftovers
import pgserver
from crowd import AUTH_ERR, SUCCESS, add_users, remove_users, together
from throng import ROOMY
from turns import Turns

TRANSPORTS = ("socket",)
PEOPLE = ["person%02d" % number for number in range(30)]
NUMBERS = {user: "+44794600%s00" % user[-2:] for user in PEOPLE}


@pytest.fixture(scope="module", name="server")
def fixture_server(tmp_path_factory):
    server = pgserver.start(tmp_path_factory)
    server.hosts = {name: server.host(name, pgserver.OWN)
                    for name in ("web01", "web02")}
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def fixture_people(server, settings, sim, warm):  # pylint: disable=unused-argument
    server.sql("TRUNCATE twofa.verification, twofa.send, twofa.guess; "
               "UPDATE twofa.host SET suspended = NULL")
    settings.set(**server.hosts["web01"], limits=ROOMY)
    sim.setting(v1_rate=0)
    add_users(PEOPLE)
    for user in PEOPLE:
        settings.user(user, phone=NUMBERS[user])
    yield
    remove_users(PEOPLE)


@pytest.fixture(name="session")
def fixture_session(server):
    """Begins sessions, which end with the test."""
    begun = []

    def begin(host=None):
        begun.append(Session(server, host))
        return begun[-1]
    yield begin
    for one in begun:
        one.end()


class Session:
    """One of psql that stays: the superuser's, or with a host's password."""

    def __init__(self, server, host=None):
        where = ("host=localhost sslmode=require user=twofa_" + host if host
                 else "host=%s/socket user=postgres" % server.folder)
        password = ((server.folder.parent / (host + ".password")).read_text()
                    if host else "")
        # pylint: disable=consider-using-with
        self._psql = subprocess.Popen(
            [pgserver.PLAIN, "psql", "-qAtX", "-d", "%s port=%s dbname=twofa" %
             (where, server.port)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={"PATH": "/usr/bin", "PGPASSWORD": password.strip()})

    def say(self, text):
        self._psql.stdin.write(text + ";\n")
        self._psql.stdin.flush()

    def do(self, text):
        self.say(text + "; SELECT 'there'")
        while (line := self._psql.stdout.readline()) != "there\n":
            assert line and "ERROR" not in line, line

    def end(self):
        self._psql.kill()
        self._psql.communicate()


def at_the_prompt(crowd, people):
    """Begins the logins three at a time, so that all are at the prompt in time on
    a slow machine; the test itself starts then."""
    logins = []
    for at in range(0, len(people), 3):
        begun = [crowd.login(user) for user in people[at:at + 3]]
        for login in begun:
            assert login.prompt() is not None, login.told
        logins += begun
    return logins


def finish(login, code):
    """The result, and how long it took."""
    began = time.monotonic()
    login.answer(code)
    login.close_input()
    return login.result(), time.monotonic() - began


def all_finish(sim, logins, people):
    codes = [sim.code(NUMBERS[user]) for user in people]
    return together([lambda each=each: finish(*each)
                     for each in zip(logins, codes)])


def end(logins):
    """Until nothing of them waits at the server, which the next test measures."""
    for login in logins:
        login.close_input()
    for login in logins:
        login.end()


def test_a_row_that_is_held(session, crowd, sim):
    """It is waited for by those who need it, and they get in when it is free."""
    people = PEOPLE[:6]
    logins = at_the_prompt(crowd, people)
    holder = session()
    holder.do("BEGIN; SELECT twofa.gate('u person00')")
    codes = [sim.code(NUMBERS[user]) for user in people]
    began = time.monotonic()
    logins[0].answer(codes[0])
    time.sleep(0.2)  # it is asked for before all others
    others = together([lambda each=each: finish(*each)
                       for each in zip(logins[1:], codes[1:])])
    assert [result for result, _ in others] == [SUCCESS] * 5
    assert time.monotonic() - began < 4, others
    holder.do("ROLLBACK")
    logins[0].close_input()
    assert logins[0].result() == SUCCESS


def test_many_of_one_user(session, crowd):
    """su's caller may begin as many at once, which wait for that user's row: the
    others are asked at the server meanwhile."""
    holder = session()
    holder.do("BEGIN; SELECT twofa.gate('u person00')")
    many = [crowd.login(PEOPLE[0]) for _ in range(200)]
    time.sleep(1)
    began = time.monotonic()
    at_the_prompt(crowd, PEOPLE[1:2])
    assert time.monotonic() - began < 4
    holder.do("ROLLBACK")
    end(many)


def test_many_names_of_one_account(settings, session, crowd):
    """People of a shared account may type another name each time: all logins wait
    for a row of that account."""
    settings.raw_user(PEOPLE[2], 'people = ( { name = "anna"; phone = "%s"; } );\n'
                      % NUMBERS[PEOPLE[2]])
    holder = session()
    holder.do("BEGIN; SELECT twofa.gate('u person02//.')")
    many = [crowd.login(PEOPLE[2]) for _ in range(100)]
    for login in many:
        assert login.prompt() is not None, login.told
    for number, login in enumerate(many):
        login.answer("name%d" % number)
    began = time.monotonic()
    at_the_prompt(crowd, PEOPLE[1:2])
    assert time.monotonic() - began < 5
    holder.do("ROLLBACK")
    end(many)


def until_waiting(server, count):
    """Until this number of requests wait for a row at the server."""
    late = time.monotonic() + 10
    while server.sql("SELECT count(*) FROM pg_stat_activity WHERE usename ="
                     " 'twofa_web01' AND wait_event_type = 'Lock'") != [str(count)]:
        assert time.monotonic() < late
        time.sleep(0.05)


def test_many_of_a_caller(server, settings, session, crowd):
    """A caller of su for a user whose password is known leaves lanes to the same
    user's logins at sshd."""
    settings.set(rules=[{"services": ["test"], "action": "require",
                         "first_factor": "stack"}])
    holder = session()
    holder.do("BEGIN; SELECT twofa.gate('u person00')")
    many = [crowd.login(PEOPLE[0], service="test", options=("ruid", "20001"))
            for _ in range(50)]
    until_waiting(server, 6)
    many.append(crowd.login(PEOPLE[0]))
    until_waiting(server, 7)
    holder.do("ROLLBACK")
    end(many)


def test_a_stolen_host_that_holds_it_by_turns(session, crowd, sim):
    """Its sessions wait for the row in front of everybody, and it has more of
    them as soon as one ends."""
    logins = at_the_prompt(crowd, PEOPLE[:10])
    thieves = [session("web02") for _ in range(12)]
    for thief in thieves:
        thief.say("SET lock_timeout = 0")
        thief.say("SET statement_timeout = 0")
        for _ in range(20):
            thief.say("BEGIN; SELECT guess FROM twofa_v1.totp_attempt('(1,0,"
                      "\"\",\"\",\"\",0)', '(6,30,900,100)', '', 0, NULL, "
                      "'(person00,192.0.2.0/24,sshd,1,one,,0,)')")
    time.sleep(1)
    found = all_finish(sim, logins, PEOPLE[:10])
    assert [result for result, _ in found] == [SUCCESS] * 10
    assert max(took for _, took in found) < 10, found


def until_commits_wait(server, other):
    """Until the server has read its settings, a moment after it was told to."""
    late = time.monotonic() + 10
    while not server.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event ="
                         " 'SyncRep'"):
        assert time.monotonic() < late
        other.say("SELECT pg_logical_emit_message(true, '', '')")
        time.sleep(0.05)


def test_no_standby_answers(server, session, crowd, sim):
    """Twelve codes that wait for it are denied in the time of one."""
    people = PEOPLE[:12]
    logins = at_the_prompt(crowd, people)
    server.run("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'x'",
               "SELECT pg_reload_conf()")
    until_commits_wait(server, session())
    found = all_finish(sim, logins, people)
    server.run("postgres", "ALTER SYSTEM RESET synchronous_standby_names",
               "SELECT pg_reload_conf()")
    assert not [result for result, _ in found if result == SUCCESS]
    assert max(took for _, took in found) < 30, found


BUSY_S = 4.5  # how long a code waits for a server that is busy or starts


def codes_while_it_restarts(server, crowd, sim, behind):
    """The results, and how long the last of them took."""
    people = PEOPLE[:12]
    logins = at_the_prompt(crowd, people)
    codes = [sim.code(NUMBERS[user]) for user in people]
    if behind is None:
        server.stop()
    began = time.monotonic()
    for login, code in zip(logins, codes):
        login.answer(code)
        login.close_input()
    if behind is not None:
        time.sleep(behind)
        server.stop()
    time.sleep(0.5)
    server.again()
    results = [login.result() for login in logins]
    return results, time.monotonic() - began


@pytest.mark.parametrize("behind", [0, 0.03, None])
def test_a_server_that_starts_again(server, crowd, sim, behind):
    """A code that is typed meanwhile, or just before it ends, is tried when it is
    there, and once. Where the machine takes longer for all than a code waits,
    it is started once more, as soon as logins are asked again; a denial before
    that is one too many."""
    for _ in range(5):
        results, took = codes_while_it_restarts(server, crowd, sim, behind)
        if results == [SUCCESS] * 12 or took < BUSY_S:
            break
        server.sql("TRUNCATE twofa.verification, twofa.send, twofa.guess")
        sim.reset()  # the codes are still open there
        sim.setting(v1_rate=0)
        assert any(crowd.login(PEOPLE[12]).prompt() for _ in range(20))
    assert results == [SUCCESS] * 12, took
    assert server.sql("SELECT count(*) FROM twofa.guess") == ["0"]


def test_round_trips(server, settings, quick):
    """Behind TCP's own 6 to connect (TLS asks PostgreSQL before 18 twice), one to
    look at the schema, and 2 before and behind the code."""
    turns = Turns(int(server.port))
    host = server.hosts["web01"]
    settings.set(**dict(host, state=host["state"].replace(
        ":%s/" % server.port, ":%d/" % turns.port)))
    quick.right(quick.login(), words="Verification code")
    assert turns.count <= 11
    turns.count = 0
    quick.right(quick.login(), words="Verification code")
    assert turns.count == 4
    turns.stop()


def send(pids, number):
    """Some may have ended, such as autovacuum's."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@contextlib.contextmanager
def stopped(pids):
    send(pids, signal.SIGSTOP)
    yield
    send(pids, signal.SIGCONT)


@contextlib.contextmanager
def ended(server):
    server.stop()
    yield
    server.again()


@pytest.mark.parametrize("what", ["broker", "server", "ended server"])
def test_nobody_answers(server, crowd, sim, syslog, warm, what):
    """Those who typed a code, and who begins, hear of it within seconds, and why."""
    people = PEOPLE[:5]
    logins = at_the_prompt(crowd, people)
    codes = [sim.code(NUMBERS[user]) for user in people]
    main = server.postmaster()
    with {"broker": lambda: stopped(warm.brokers()),
          "server": lambda: stopped([main, *(
              pid for pid, _, _, parent in leftovers.processes()
              if parent == main)]),
          "ended server": lambda: ended(server)}[what]():
        new = crowd.login(PEOPLE[6])
        found = together(
            [lambda: finish(new, ""),
             *(lambda each=each: finish(*each) for each in zip(logins, codes))])
    assert [result for result, _ in found] == [AUTH_ERR] * 6
    assert max(took for _, took in found) < 8, found
    for login in logins:
        assert login.told == ["The code could not be checked, as the database of "
                              "the second factor has failed. Try again later, or "
                              "ask your administrator (Enter ends): "]
    assert re.search("could not be sent|database .* is away", new.told[0])
    assert {line["reason"] for line in syslog.logins()} <= {
        "store-unknown", "store-outage"}
    if what == "broker":  # others have another one
        syslog.wait_for("the state broker .* has not replied for 3 s and is killed")
        login, = at_the_prompt(crowd, PEOPLE[7:8])
        assert finish(login, sim.code(NUMBERS[PEOPLE[7]]))[0] == SUCCESS
