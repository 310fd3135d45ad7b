# SPDX-License-Identifier: BSD-2-Clause
"""A state broker among unkind machines, parents and copies that were taken
over (docs/listener.md)."""

import contextlib
import os
import re
import select
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import types
import time

import pytest

import admin as state
import brokerwire
import leftovers
import pgserver
import stage
from admin import Admin
from app import enrol
from crowd import AUTH_ERR, MAXTRIES, Crowd
from listener import Listener
from processes import Process
from brokerwire import (ALIVE, PING, RETURN, STALE, TAKE, ask, bound, flag, number, opened,
                        text, word)
from throng import ROOMY

TRANSPORTS = ("socket",)
HERTZ = os.sysconf("SC_CLK_TCK")


@pytest.fixture
def parent(_ready):
    with brokerwire.parent() as found:
        yield found


@pytest.fixture
def broker(parent):
    return parent.start()


def idle(broker, seconds=1):
    """Does it use no CPU time worth speaking of for so long?"""
    before = broker.ticks()
    time.sleep(seconds)
    return broker.ticks() - before < seconds * HERTZ / 4


def stale(broker, settings):
    """Another settings file, and a login that waits for a successor of it."""
    broker.ping()
    settings.set(brand="Other Corp")
    waits = broker.connect()
    waits.say(opened(settings.state))
    assert broker.word() == STALE
    return waits


# The successor.

def test_one_that_left_while_it_waited(broker, settings):
    """Its question lies there unread; nothing is turned over and over."""
    stale(broker, settings).close()
    assert idle(broker)
    assert set(broker.ping()) <= {STALE}
    assert broker.descriptors() < 16


def test_no_successor_comes(broker, settings):
    """The login is denied at once, not at its deadline."""
    waits = stale(broker, settings)
    broker.parent_ends()
    begin = time.monotonic()
    assert waits.hear() is None
    assert time.monotonic() - begin < 5
    assert broker.gone()


@pytest.mark.parametrize("count", (50, 600))
def test_many_wait_for_a_successor(parent, broker, settings, count):
    """None is lost."""
    waiting = [stale(broker, settings)]
    for _ in range(count - 1):
        waiting.append(broker.connect())
        waiting[-1].say(opened(settings.state))
    broker.ping()
    heir = parent.start()
    broker.release()
    for _ in waiting:
        with broker.returned() as links:
            heir.message(TAKE, pid=os.getpid(), fds=links)
    found = [one.hear() for one in waiting]
    assert all(found), (len(found), sum(map(bool, found)))
    assert broker.gone()


def test_settings_change_after_it_came(broker, settings):
    """The successor of an hourly renewal: what begins after the change goes back, and
    what began before goes on."""
    before, late = broker.login(settings.state), broker.connect(begins=False)
    broker.ping()
    broker.release()
    settings.set(brand="Other Corp")
    late.begin()
    late.say(opened(settings.state))
    with broker.returned():
        assert before.ask(ask("guess_look")) == 1
    assert late.closed()


def test_the_parent_ends_meanwhile(broker, settings):
    """Whoever has not gone back is denied at once."""
    waits = [stale(broker, settings), broker.connect()]
    waits[1].say(opened(settings.state))
    broker.release()
    broker.parent_ends()
    assert all(one.closed() for one in waits)
    assert broker.gone()


@pytest.mark.parametrize("last", (b"", b"x" * 5, b"x" * 100000))
def test_the_parent_ends(broker, settings, last):
    """Or says what no parent says: logins go on to their ends."""
    login = broker.login(settings.state)
    begins = broker.connect(user="bob")
    if last:
        broker.control.send(last)
    broker.parent_ends()
    assert begins.ask(opened(settings.state)) == 0
    assert login.ask(ask("guess_look")) == 1
    login.close()
    assert begins.ask(bound("bob")) == 0
    begins.close()
    assert broker.gone()


def test_what_no_parent_says(broker, settings):
    """A connection that is none, and a word that is none."""
    broker.login(settings.state).close()
    broker.ping()
    before = broker.descriptors()
    broker.message(TAKE)
    assert broker.word()[:1] == RETURN
    broker.message(77)
    with socket.socket() as other:
        for _ in range(3):
            broker.message(77, fds=[other])
            broker.message(PING, fds=[other])
    for _ in range(7):
        assert broker.word() == ALIVE
    assert broker.login(settings.state).ask(ask("guess_look")) == 1
    assert broker.descriptors() <= before + 1


def test_a_prompt_of_eleven_seconds(broker, settings):
    """The state is closed meanwhile: somebody may want to unmount it."""
    settings.user("alice", phone=phone(1))
    login = broker.login(settings.state)
    login.say(claim(1))
    row_ = row(login)
    end = time.monotonic() + 15
    while any("state.db" in target for target in broker.targets()):
        assert time.monotonic() < end
        time.sleep(0.1)
    login.say(ask("look", number(row_)))
    assert row(login) == row_
    assert login.ask(ask("noop")) == 0


# A copy that was taken over.

def request(act, row):
    return ask(act, number(row), text("request"))


# What each says as bob, behind OPEN and BIND: it is cut off, and nothing done.
AS_BOB = {
    "again-open": lambda path: opened(path),
    "again-bind": lambda path: bound("alice"),
    "record": lambda path: ask("record", text("alice"), flag(False)),
    "look": lambda path: ask("look", number(1)),
    "unsent": lambda path: ask("unsent", number(1)),
    "drop": lambda path: ask("drop", number(1)),
    "end": lambda path: request("end", 1),
    "code_right": lambda path: ask("code_right", number(1), text("request"),
                                   text("123456")),
    "refuse": lambda path: ask("refuse", number(1), text("")),
    "restore": lambda path: ask("restore", number(1), number(0)),
    "send_refund": lambda path: ask("send_refund", number(1)),
    "guess": lambda path: ask("guess_refund", number(1)),
    "guess-of-long-ago": lambda path: ask("guess_refund", number(1 << 62)),
    "like": lambda path: ask("recovery_left", flag(True)),
    "decoy": lambda path: ask("decoy", text("alice"), text("alice")),
    "nobody": lambda path: ask("begin", word(1), text("+447946000001"),
                               text("vonage"), text("vonage-verify"),
                               text(None), text(None), word(1), word(1),
                               number(0), text(None), flag(False), word(0)),
}
# No act at all.
BYTES = {
    "act-0": ask("none"), "act-more": bytes([len(brokerwire.ACTS)]),
    "act-255": bytes([255]),
    "half": ask("look")[:1], "half-a-number": ask("look") + b"\0" * 7,
    "left-over": ask("noop", b"\0"), "long": ask("noop") + b"x" * 200000,
    "long-text": opened("x" * 5000), "number": ask("look", number(-1)),
    "flag": ask("recovery_left", b"\2"),
    "no-end": ask("passed", word(3), b"abc"),
    "end-within": ask("passed", word(4), b"a\0b\0"),
    "length": ask("passed", word(0x7fffffff), b"abc\0"),
    "absent": ask("passed", word(0xffffffff)),
    "count": ask("begin", word(9)), "counts": ask("begin", word(0xffffffff)),
    "zeros": b"\0" * 65536, "noise": os.urandom(4096),
}
BINDS = {
    "too-long": bound(user="x" * 600), "no-user": ask("bind", text(None)),
    "remembered": bound(remember_ms=86400 * 366 * 1000 + 1),
    "half": bound()[:-4], "another": bound("bob"), "root": bound("root"),
    "decoy": bound("alice//.00112233445566aa", like="alice"),
}


def test_what_none_may_do(broker, settings, syslog):
    """Each is cut off alone, with its line, and the state is as it was."""
    def refused(made, frame, name):
        syslog.clear()
        assert made.ask(frame) is None, name
        # at once, because the broker does not wait for a log that is full
        syslog.wait_for("its connection is closed")
    other = broker.login(settings.state)
    before = state.dump()
    for name, frame in AS_BOB.items():
        refused(broker.login(settings.state, "bob"), frame(settings.state),
                name)
    for name, frame in BYTES.items():
        refused(broker.login(settings.state, "bob"), frame, name)
    for name, frame in BINDS.items():
        made = broker.connect()
        assert made.ask(opened(settings.state)) == 0
        refused(made, frame, name)
    refused(broker.connect(), bound(), "bound first")
    assert other.ask(ask("guess_look")) == 1
    assert state.dump() == before
    assert broker.ping() == []


def test_codes_of_another(broker, settings, admin):
    """A recovery code's row is its user's alone."""
    admin.codes(count=2)
    alice = broker.login(settings.state)
    assert alice.ask(ask("recovery_list")) == 2
    bob = broker.login(settings.state, "bob")
    rows = [number(row) + b"\0" * 32 for row in (1, 2)]
    assert bob.ask(ask("recovery_claim", word(2), *rows, word(0),
                       text(""))) in (0, None)
    assert admin.left() == 2


def test_ten_thousand_acts(broker, settings):
    """It is cut off, and others are served meanwhile."""
    made = broker.login(settings.state, "bob")
    other = broker.login(settings.state)
    made.link.setblocking(False)
    sent = waited = 0
    while sent < 10000:
        try:
            made.say(ask("noop"))
            sent += 1
        except BlockingIOError:
            waited += 1
            if waited <= 50:  # more would be too many of its own
                assert other.ask(ask("noop")) == 0
            else:
                select.select([], [made.link], [], 1)
        except ConnectionError:
            break
    made.link.settimeout(20)
    assert sent < 10000 and made.closed()
    assert other.ask(ask("guess_look")) == 1


def test_one_that_never_reads(broker, settings, syslog):
    """Its answers find no room: it is cut off, and nobody waits for it."""
    made = broker.connect(room=1)
    made.say(opened(settings.state))
    for _ in range(50):
        made.say(ask("noop"))
    other = broker.login(settings.state)
    begin = time.monotonic()
    assert other.ask(ask("guess_look")) == 1
    assert broker.ping() == []
    assert time.monotonic() - begin < 5
    assert made.left(10)
    assert not any("asks for too much" in line for line in syslog.lines())


def test_descriptors_vanish(broker, settings):
    made = broker.login(settings.state, "bob")
    before = broker.descriptors()
    for _ in range(20):
        with open("/dev/null", "rb") as null:
            socket.send_fds(made.link, [ask("noop")], [null.fileno()] * 60)
        assert made.hear()
    assert broker.descriptors() == before


def test_too_many_connections(broker, settings):
    """More than the parent has copies: the last ones are cut off, no other."""
    first = broker.login(settings.state)
    silent = [broker.connect() for _ in range(700)]
    broker.ping()
    cut = [one for one in silent if not one.quiet()]
    assert len(cut) == 700 - 639 and all(one.closed() for one in cut)
    assert first.ask(ask("guess_look")) == 1
    for one in silent:
        one.close()
    broker.ping()
    assert broker.login(settings.state).ask(ask("guess_look")) == 1
    assert broker.descriptors() < 20


def test_nothing_is_left(broker, settings):
    """Of logins that end, break off in a question, or never begin."""
    def some(count):
        for nth in range(count):
            made = broker.login(settings.state, uid=nth % 2)
            assert made.ask(ask("guess_take")) in (1, 2)
            if nth % 3 == 0:
                made.say(ask("guess_look"))
            elif nth % 3 == 1:
                made.say(ask("look", number(7)))
            made.close()
            made = broker.connect()
            if nth % 2:
                made.say(opened(settings.state))
            made.close()
        broker.ping()
    some(60)
    descriptors, memory = broker.descriptors(), broker.memory()
    some(300)
    end = time.monotonic() + 10
    while broker.descriptors() > descriptors:
        # it may have said that it lives before it saw the last ones end
        assert time.monotonic() < end
        time.sleep(0.05)
    if not stage.sanitized():
        assert broker.memory() - memory < 200


def phone(nth):
    return "+4479460%05d" % nth


def claim(nth, provider="vonage"):
    return ask("claim", text(phone(nth)), text(provider),
               text("vonage-verify"), text(None), text(None), word(1 << 1),
               word(1), number(60000), flag(False))


def row(login):
    """The id of the verification that begins for it."""
    return struct.unpack_from("=q", login.hear(), 24)[0]


def nth_of(row_):
    """Random bits follow the number."""
    return row_ >> 30


@contextlib.contextmanager
def locked(settings):
    """Somebody else writes the state."""
    link = sqlite3.connect(settings.state, isolation_level=None)
    link.execute("BEGIN IMMEDIATE")
    yield
    link.execute("COMMIT")
    link.close()


def test_root_does_not_wait_for_others(settings, broker):
    """Many logins of local users wait for the state; then one of root's comes:
    it is the next."""
    others = []
    for nth in range(64):
        settings.user("alice", phone=phone(nth))
        others.append(broker.login(settings.state, uid=1000 + nth // 4))
    settings.user("bob", phone=phone(99))
    root = broker.login(settings.state, "bob")
    with locked(settings):
        os.kill(broker.pid, signal.SIGSTOP)
        for nth, other in enumerate(others):
            other.say(claim(nth))
        os.kill(broker.pid, signal.SIGCONT)
        broker.ping()
        root.say(claim(99))
        broker.ping()
    assert nth_of(row(root)) <= 2
    assert max(nth_of(row(other)) for other in others) == 65


def test_a_start_ends_with_its_connection(settings, broker):
    """Its process lives on, and keeps the number from nobody."""
    new, other = 1, 6
    for user in ("alice", "bob"):
        settings.user(user, phone=phone(1))
    alice = broker.connect(pid=broker.pid)
    assert alice.ask(opened(settings.state)) == 0
    assert alice.ask(bound()) == 0
    bob = broker.login(settings.state, "bob")
    assert alice.ask(claim(1)) == new
    assert bob.ask(claim(1, "gateway")) == other
    alice.close()
    end = time.monotonic() + 10
    while "starting" in str(state.dump()["verification"]):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert bob.ask(claim(1, "gateway")) == new


# The parent.

@pytest.fixture
def people(warm, pam):
    found = Crowd(pam.module_line())
    yield found
    found.close()


def renew(warm):
    """A hundred connections that leave after HELLO."""
    life = warm.life()
    for _ in range(101):
        assert warm.answers()
    warm.changed(life)


def gets_in(people, sim, user="alice", logins=None):
    login = people.login(user)
    assert login.prompt()
    login.answer(sim.code(user))
    login.close_input()
    return login.result() == 0


def test_a_hundred_logins(warm, people, sim):
    """The parent is another program; broker and logins stay."""
    login = people.login()
    login.prompt()
    kept = warm.brokers()
    before = len(os.listdir("/proc/%d/fd" % warm.pid))
    for _ in range(3):
        renew(warm)
        assert warm.brokers() == kept
    end = time.monotonic() + 5  # the program may be starting still
    while len(os.listdir("/proc/%d/fd" % warm.pid)) != before:
        assert time.monotonic() < end
        time.sleep(0.01)
    login.answer(sim.code("alice"))
    login.close_input()
    assert login.result() == 0
    assert gets_in(people, sim, "bob")
    assert warm.brokers() == kept
    assert leftovers.wait_no_zombies(2) == []


def test_stopped_under_many_logins(warm, people, sim):
    """It is ended after its 20 s, though the parent is renewed meanwhile."""
    login = people.login()
    login.prompt()
    kept = warm.brokers()[0]
    os.kill(kept, signal.SIGSTOP)
    for _ in range(4):
        renew(warm)
        if leftovers.wait_gone(kept, 7):
            break
    assert not leftovers.is_broker(kept)
    login.answer(sim.code("alice"))
    login.close_input()
    assert login.result() == AUTH_ERR
    assert gets_in(people, sim, "bob")


def test_a_crowd_while_it_is_busy(warm, people, sim):
    """It has all of them once it looks."""
    assert gets_in(people, sim, "bob")
    kept = warm.brokers()[0]
    links, copies = [], set()
    os.kill(kept, signal.SIGSTOP)
    try:
        for nth in range(450):
            links.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            links[-1].settimeout(10)
            links[-1].connect(warm.path)
            assert links[-1].recv(4096)
            if nth % 50 == 49:  # they would leave after five seconds
                copies.update(warm.copies())
                for pid in copies:
                    os.kill(pid, signal.SIGSTOP)
    finally:
        os.kill(kept, signal.SIGCONT)
    end = time.monotonic() + 10
    while (found := len(os.listdir("/proc/%d/fd" % kept))) < 450:
        assert time.monotonic() < end, found
        time.sleep(0.05)
    for link in links:
        link.close()
    for pid in copies:
        os.kill(pid, signal.SIGCONT)
    assert gets_in(people, sim)


def test_settings_that_none_can_read(warm, people, sim, settings):
    """No broker that cannot read them is left behind; and once they are good,
    no login does without a broker because of them."""
    settings.put(settings.conf, "brand = ;")
    for _ in range(5):
        assert people.login().result() == MAXTRIES
    settings.set()
    assert gets_in(people, sim)
    assert len(warm.brokers()) == 1
    assert leftovers.wait_no_zombies(2) == []


def limited(warm, limit):
    """Its soft limit; only its own user may do that."""
    subprocess.run(["setpriv", "--reuid=990", "--regid=990", "--clear-groups",
                    "prlimit", "--pid=%d" % warm.pid, limit], check=True)


def test_no_process_for_a_successor(warm, people, sim, settings, syslog):
    """The login waits, also for another program of the parent's, and gets in
    once there is room; the log is not full of it."""
    other = people.login("bob")
    assert other.prompt()
    copy, old = warm.copies()[0], warm.brokers()[0]
    os.kill(old, signal.SIGSTOP)
    login = people.login()
    end = time.monotonic() + 10
    while len(warm.copies()) < 2:
        assert time.monotonic() < end
        time.sleep(0.01)
    limited(warm, "--nproc=1:")
    settings.set(brand="Other Corp")
    os.kill(old, signal.SIGCONT)
    syslog.wait_for("a new state broker cannot be started")
    time.sleep(1.5)
    assert sum("a new state broker" in line for line in syslog.lines()) < 4
    assert warm.brokers() == [old]
    life = warm.life()
    os.kill(copy, signal.SIGSEGV)
    warm.changed(life)
    limited(warm, "--nproc=10000:")
    assert login.prompt()
    login.answer(sim.code("alice"))
    login.close_input()
    assert login.result() == 0
    assert leftovers.wait_gone(old, 5)


def closed_behind_logins(warm):
    """Its descriptors once it has only its own: three of /dev/null, what it
    listens on, the log, its signals; of each broker a socket and a pipe."""
    end = time.monotonic() + 5
    while len(found := os.listdir("/proc/%d/fd" % warm.pid)) != (
            6 + 2 * len(warm.brokers("-broker"))):
        assert time.monotonic() < end, found
        time.sleep(0.01)
    return sorted(map(int, found))


def test_no_processes(warm, people, sim, syslog):
    """Neither for a broker nor for a copy; nothing stays open."""
    assert gets_in(people, sim, "bob")
    for pid in warm.brokers():
        os.kill(pid, signal.SIGKILL)
        leftovers.wait_gone(pid, 5)
    limited(warm, "--nproc=1:")
    assert people.login().result() == AUTH_ERR
    assert "socket-busy" in syslog.wait_for("outcome=denied .*").group()
    limited(warm, "--nproc=10000:")
    assert gets_in(people, sim)
    closed_behind_logins(warm)


def test_no_descriptors(warm, people, sim, syslog):
    """The login opens the state itself."""
    assert gets_in(people, sim)
    most = closed_behind_logins(warm)[-1]
    for pid in warm.brokers():
        os.kill(pid, signal.SIGKILL)
        leftovers.wait_gone(pid, 5)
    limited(warm, "--nofile=%d:" % (most + 1))
    assert gets_in(people, sim, "bob")
    assert warm.brokers() == []
    syslog.wait_for("the state broker cannot be started")
    limited(warm, "--nofile=1024:")
    assert gets_in(people, sim, "bob")
    assert len(warm.brokers()) == 1


IN_FLIGHT = """
import socket, sys
pairs = []
try:
    while True:
        pairs.append(socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        for _ in range(3):
            socket.send_fds(pairs[-1][0], [b"x"], [0] * 200)
        if len(pairs) == 8:
            break
finally:
    print(len(pairs), flush=True)
    sys.stdin.read()
"""


def test_no_more_descriptors_can_be_passed(warm, people, sim, syslog):
    """The module hears that before HELLO: with transport=auto it would start a
    helper."""
    limited(warm, "--nofile=1024:1024")
    with subprocess.Popen([*brokerwire.AS_HELPER, sys.executable, "-c", IN_FLIGHT],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"8\n"
        assert people.login().result() == AUTH_ERR
        syslog.wait_for("is not given a login: Too many references")
        assert "socket-busy" in syslog.wait_for("outcome=denied .*").group()
        other.stdin.close()
    assert gets_in(people, sim)


def test_settings_that_change_all_the_time(warm, people, sim, settings):
    """Each login has one of them, and gets in."""
    settings.set(limits=ROOMY)
    sim.setting(v1_rate=0)
    for nth in range(6):
        logins = []
        for user in ("alice", "bob"):
            settings.set(brand="Brand %d %s" % (nth, user))
            logins.append(people.login(user))
        for user, login in zip(("alice", "bob"), logins):
            assert login.prompt(), (nth, user)
            login.answer(sim.code(user))
            login.close_input()
            assert login.result() == 0
    end = time.monotonic() + 5
    while len(warm.brokers()) > 1 and time.monotonic() < end:
        time.sleep(0.05)
    assert len(warm.brokers()) == 1


def each_at_a_prompt(people, sim, settings, count):
    """Somebody at a prompt of each of so many settings; the results."""
    settings.set(limits=ROOMY)
    sim.setting(v1_rate=0)
    numbers = ["+4479460002%02d" % nth for nth in range(count)]
    logins = []
    for nth in range(count):
        settings.set(brand="Brand %d" % nth)
        settings.user("alice", phone=numbers[nth])
        logins.append(people.login())
        assert logins[-1].prompt()
    for number_, login in zip(numbers, logins):
        login.answer(sim.code(number_))
        login.close_input()
    return [login.result() for login in logins]


def test_seven_settings_at_once(people, sim, settings):
    """An admin tries this and that, and somebody is at a prompt of each."""
    assert each_at_a_prompt(people, sim, settings, 7) == [0] * 7


def test_more_settings_at_once_than_brokers_may_run(people, sim, settings,
                                                    syslog):
    """The oldest one is denied, and the log says why: nobody else did it."""
    assert each_at_a_prompt(people, sim, settings, 18) == \
        [AUTH_ERR] + [0] * 17
    syslog.wait_for(r"the state broker \(process \d+\) is killed, as 16 of them")
    assert not [line for line in syslog.lines() if "ended by signal" in line]


# The server of a fleet's state.

@pytest.fixture(scope="module", name="server")
def fixture_server(tmp_path_factory):
    server = pgserver.start(tmp_path_factory)
    yield server
    server.stop()


@pytest.fixture(scope="module", name="host")
def fixture_host(server):
    return server.host("web01", pgserver.OWN)


@pytest.fixture(name="fleet")
def fixture_fleet(settings, host):
    """Its state's address."""
    settings.set(**host)
    return host["state"]


@contextlib.contextmanager
def frozen(server):
    """It takes connections, and answers none; nor do those that it has."""
    main = server.postmaster()
    pids = [main] + [pid for pid, _, _, parent in leftovers.processes()
                     if parent == main]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def ended(server):
    server.stop()
    try:
        yield
    finally:
        server.again()


@contextlib.contextmanager
def full(server):
    server.sql("ALTER ROLE twofa_web01 CONNECTION LIMIT 0")
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
               "usename = 'twofa_web01'")
    try:
        yield
    finally:
        server.sql("ALTER ROLE twofa_web01 CONNECTION LIMIT -1")


@pytest.mark.parametrize("away", (frozen, ended, full))
def test_twenty_wait_for_a_server(parent, fleet, server, away):
    """All are answered in about the time of one, and the broker shows that it
    lives."""
    broker = parent.start()
    logins = [broker.login(fleet) for _ in range(20)]
    with away(server):
        begin = time.monotonic()
        for login in logins:
            login.say(ask("guess_look"))
        broker.ping()
        assert time.monotonic() - begin < 5
        assert None not in [login.hear() for login in logins]
        assert time.monotonic() - begin < 15
    end = time.monotonic() + 10
    while broker.connect().ask(opened(fleet)) != 0:
        assert time.monotonic() < end
    assert broker.login(fleet).ask(ask("guess_look")) == 1


def test_nothing_is_done_behind_what_is_refused(parent, fleet, server):
    """At a server, where a request is done while others come."""
    broker = parent.start()
    login = broker.login(fleet)
    login.say(opened(fleet))
    with contextlib.suppress(BrokenPipeError):  # it may be refused already
        login.say(ask("guess_take"))
    assert login.hear() is None
    assert broker.login(fleet).ask(ask("guess_look")) == 1
    assert server.sql("SELECT count(*) FROM twofa.guess") == ["0"]


# A login through a broker that breaks.

FAULT = stage.STAGE + "/broker-fault"
BREAKS = stage.STAGE + "/test/brokerfault-helper"


@pytest.fixture
def broken(_ready, pam):
    """broken(act, fault): its broker breaks from now on."""
    os.chmod(BREAKS, stage.HELPER_MODE)
    found = Listener(BREAKS)
    pam.args(transport="socket", socket=found.path, deadline=10)
    people = Crowd(pam.module_line())

    def arm(act, fault):
        with open(FAULT + ".new", "w", encoding="ascii") as out:
            out.write("%s %s" % (act, fault))
        os.rename(FAULT + ".new", FAULT)
    arm.listener, arm.crowd = found, people
    yield arm
    people.close()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(FAULT)
        # the test ended early: one that hangs would outlive its listener
        for pid in found.brokers():
            os.kill(pid, signal.SIGKILL)
    assert found.stop() == 0


class Way:
    """How one gets in: the words of the prompt, and what is typed."""

    def __init__(self, name, prompt, code):
        self.name = name
        self.prompt = prompt
        self.code = code

    def login(self, crowd):
        """Its result; None when it hangs."""
        login = crowd.login()
        prompt = login.prompt()
        if prompt is not None and self.prompt in prompt:
            login.answer(self.code())
        login.close_input()
        return login.result()


@pytest.fixture(params=("phone", "app", "recovery"))
def way(request, settings, sim, _ready):
    if request.param == "phone":
        return Way("phone", "Verification code sent", lambda: sim.code("alice"))
    if request.param == "app":
        app = enrol(settings, types.SimpleNamespace(wall_offset=0),
                    phone=None, channels=["totp"])
        return Way("app", "Verification code of your app", app.code)
    codes = Admin().codes(count=10)

    def code():
        if not codes:
            codes.extend(Admin().codes(count=10))
        return codes.pop()
    return Way("recovery", "Verification code", code)


ACTS = {"phone": "open bind begin ticket receipt started attempt ticket "
                 "receipt finish",
        "app": "open bind begin totp_attempt",
        "recovery": "open bind begin ticket receipt started recovery_list "
                    "recovery_claim"}
EMPTY = ("verification", "send", "spend", "guess", "totp", "code_used",
         "passed", "used", "answered_from", "passed_over")
FAULTS = ("end", "end-behind")
REPLY_FAULTS = ("noise", "half", "more", "other")
UNANSWERED = ("open", "bind", "receipt")
SYNCED = ("attempt", "finish", "totp_attempt", "recovery_claim")
SYNC_FAULTS = ("end-unsynced", "end-synced")


def emptied(settings):
    link = sqlite3.connect(settings.state)
    with link:
        for table in EMPTY:
            link.execute("DELETE FROM " + table)
    link.close()


def test_a_fault_at_each_act(way, broken, quick, settings, sim, syslog):
    """Denied at once; no message is sent twice, or not counted, and no guess
    counts twice."""
    for act in dict.fromkeys(ACTS[way.name].split()):
        for fault in FAULTS + SYNC_FAULTS * (act in SYNCED) + \
                REPLY_FAULTS * (act not in UNANSWERED):
            emptied(settings)
            sim.fresh()
            syslog.clear()
            broken(act, fault)
            begin = time.monotonic()
            assert way.login(broken.crowd) == AUTH_ERR, (act, fault)
            assert time.monotonic() - begin < 10, (act, fault)
            quick.line("alice", outcome="denied", reason="store-unknown")
            rows = state.dump()
            starts = len(sim.requests("start"))
            assert starts == len(sim.messages()) <= len(rows["send"]) <= 1
            assert all(row[5] == 1 for row in rows["guess"])
    assert len(broken.listener.brokers()) == 1


def test_a_disk_that_fails(way, broken, quick, settings, sim, syslog):
    """Denied, with its line: what the answer says may be lost. What was counted
    stays so, and whoever comes behind gets in by the same broker."""
    for act in set(ACTS[way.name].split()) & set(SYNCED):
        emptied(settings)
        sim.fresh()
        syslog.clear()
        broken(act, "not-synced")
        assert way.login(broken.crowd) == AUTH_ERR, act
        syslog.wait_for("a disk that fails")
        assert all(row[5] == 1 for row in state.dump()["guess"])
        os.unlink(FAULT)
        emptied(settings)
        sim.fresh()
        assert way.login(broken.crowd) == 0, act
    assert len(broken.listener.brokers()) == 1


def test_one_wait_for_the_disk(broken, settings, syslog):
    """For all that asked while the broker was busy; who has left meanwhile, or
    sends what none may, loses nobody else's answer."""
    broken("guess_take", "slow-sync")  # half a second each
    parent = brokerwire.Parent(BREAKS)
    try:
        broker = parent.start()
        logins = [broker.login(settings.state, "bob") for _ in range(100)]
        syslog.clear()
        os.kill(broker.pid, signal.SIGSTOP)
        for login in logins:
            login.say(ask("guess_take"))
        logins[3].close()
        logins[5].say(ask("none"))
        begin = time.monotonic()
        os.kill(broker.pid, signal.SIGCONT)
        assert all(login.hear() for login in logins[6:])
        # 64 at once, and the others
        assert 1 <= time.monotonic() - begin < 15
        assert logins[5].hear() and logins[5].closed()
        syslog.wait_for("its connection is closed")
    finally:
        parent.stop()


@pytest.mark.parametrize("act", (
    "look", "send_take", "replace", "number_free", "ticket", "receipt"))
def test_it_ends_while_another_message_is_sent(broken, quick, settings, sim,
                                               act):
    """The user is not told to wait, since nothing would come of it."""
    settings.set(limits={"resend_wait": [1]})
    login = broken.crowd.login()
    assert "Verification code sent" in login.prompt()
    login.answer("r")
    seconds = re.search(r"wait (\d+) s", login.prompt()).group(1)
    broken(act, "end")
    time.sleep(int(seconds))
    login.answer("r")
    assert login.prompt() is None, login.prompts
    assert login.result() == AUTH_ERR
    quick.line("alice", outcome="denied", reason="store-unknown")


def test_a_backup_put_in_place_during_a_step(broken, quick, settings, sim):
    """The next step is done by it: the broker has no file open that went."""
    assert gets_in(broken.crowd, sim)
    broken.listener.let_go()
    for part in ("", "-wal", "-shm"):
        shutil.copy2(settings.state + part, settings.state + ".other" + part)
        os.chown(settings.state + ".other" + part, 990, 990)
    broken("begin", "moved")
    login = broken.crowd.login("bob")
    login.prompt()
    os.unlink(FAULT)
    login.close_input()
    assert login.result() != 0
    assert not any("deleted" in target for target in
                   Process(broken.listener.brokers()[0]).descriptors().values())
    emptied(settings)
    assert gets_in(broken.crowd, sim)


def test_it_hangs(broken, quick, settings, sim, syslog):
    """Two logins behind one that hangs it: denied at their deadlines, and one
    that begins behind its end gets in."""
    broken("finish", "stop-behind")
    # both codes are with the provider before it hangs
    sim.fault("check", "delay", ms=3000, count=2)
    logins = [broken.crowd.login(user) for user in ("alice", "bob")]
    assert all([login.prompt() for login in logins])
    begin = time.monotonic()
    for user, login in zip(("alice", "bob"), logins):
        login.answer(sim.code(user))
        login.close_input()
    assert [login.result() for login in logins] == [AUTH_ERR] * 2
    assert time.monotonic() - begin < 13
    for user in ("alice", "bob"):
        quick.line(user, outcome="denied", reason="store-unknown")
    os.unlink(FAULT)
    kept = broken.listener.brokers()[0]
    os.kill(kept, signal.SIGKILL)
    assert leftovers.wait_gone(kept, 5)
    emptied(settings)  # codes that the provider took, but not the state
    assert gets_in(broken.crowd, sim)


def test_the_acts_of_a_login(way, broken, syslog, settings):
    assert way.login(broken.crowd) == 0
    acts = [line.split()[-1] for line in syslog.lines()
            if "broker act" in line]
    assert acts == ACTS[way.name].split()


def test_a_connection_that_died_silently(parent, fleet, server):
    """Its server's process is frozen: the next login has another one."""
    broker = parent.start()
    broker.login(fleet).close()
    time.sleep(2.1)  # BROKER_TRUST_MS
    pid = int(server.sql("SELECT pid FROM pg_stat_activity WHERE usename = "
                         "'twofa_web01'")[0])
    os.kill(pid, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        login = broker.login(fleet)
        assert time.monotonic() - begin < 4
        assert login.ask(ask("guess_take")) == 1
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_start_that_a_server_did_late(warm, people, sim, settings, server,
                                        fleet, syslog):
    """It was frozen for longer than its login waited, and then did what it had
    been asked: nothing was sent, so the next login need not wait a minute."""
    settings.set(state=fleet, limits=ROOMY)
    assert gets_in(people, sim, "bob")
    pid = int(server.sql("SELECT pid FROM pg_stat_activity WHERE usename = "
                         "'twofa_web01'")[0])
    os.kill(pid, signal.SIGSTOP)
    try:
        assert people.login().result() == AUTH_ERR
    finally:
        os.kill(pid, signal.SIGCONT)
    syslog.wait_for("begin: unknown whether it was done")
    end = time.monotonic() + 5
    while not (row := server.sql("SELECT state FROM twofa.verification "
                                 "WHERE usr = 'alice'")):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert row == ["starting"]
    assert warm.brokers()
    assert gets_in(people, sim)
