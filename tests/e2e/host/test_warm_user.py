# SPDX-License-Identifier: BSD-2-Clause
"""Services that are not root's, through user.sock: who gets in, what of their
word counts, and that root's logins do not feel them."""

import contextlib
import os
import pwd
import re
import signal
import socket
import struct
import time

import pytest

import leftovers
import stage
from admin import dump
from app import enrol
from crowd import HOST, SUCCESS, Login
from forger import Forger, begin, connect
from listener import FOLDER, Listener
from pamstack import GUARD
from steps import wrong

TRANSPORTS = ("socket",)

USER_SOCK = FOLDER + "/user.sock"
# What a screen locker has: the user's own password, then the code.
LOCKER = "auth required %s socket=%s" % (stage.MODULE, USER_SOCK)
ALICE, BOB, CAROL = (pwd.getpwnam(name).pw_uid
                     for name in ("alice", "bob", "carol"))
STRANGER = 300000  # from here on no uid has an account
PAMTESTER = "/usr/bin/pamtester"


@pytest.fixture
def warm(request, _ready, pam):
    """root's services are told of the other socket."""
    clock = "clock" in request.fixturenames
    if clock:
        request.getfixturevalue("clock")
    found = Listener(stage.CLOCK_HELPER if clock else stage.HELPER,
                     user=USER_SOCK)
    pam.args(transport="socket", socket=found.path)
    yield found
    assert found.stop() == 0


@pytest.fixture
def locker(warm, pam, terminals):
    """A program that asks twice, run as the user."""
    pam.stack("locker", *GUARD, LOCKER)

    def unlock(user="alice", asks=None, service="locker"):
        login = terminals.run(PAMTESTER, service, asks or user,
                              "authenticate", user=user)
        login.password("pw-" + (asks or user))
        return login
    return unlock


@pytest.fixture
def forge(warm, sim):
    made = []

    def begin(uid=ALICE, **facts):
        made.append(Forger(USER_SOCK, uid, **facts))
        return made[-1]
    yield begin
    for each in made:
        each.close()


def wait_lines(syslog, words, count=1):
    end = time.monotonic() + 5
    while True:
        found = [line for line in syslog.lines() if words in line]
        if len(found) >= count:
            return found
        assert time.monotonic() < end, syslog.lines()
        time.sleep(0.02)


def wait_reaped(warm):
    """No copy is left, and the parent knows how each ended."""
    end = time.monotonic() + 5
    while any(parent == warm.pid and not leftovers.is_broker(pid)
              for pid, _, _, parent in leftovers.processes()):
        assert time.monotonic() < end
        time.sleep(0.01)


# Programs that ask twice.

@pytest.mark.parametrize("service", ("locker", "polkit-1"))
def test_who_asks_twice_gets_in_with_a_code(locker, pam, warm, sim, syslog,
                                            service):
    """polkit's agent has such a stack, too."""
    pam.stack(service, *GUARD, LOCKER)
    login = locker(service=service)
    login.prompt("Verification code sent to .* by SMS")
    assert len(warm.copies()) == 1
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert syslog.login_line(user="alice", service=service)[
        "outcome"] == "allowed"
    wait_lines(syslog, "alice@%s: user.sock uid=%d outcome=allowed" % (
        service, ALICE))


def test_the_host_of_these_tests_gets_in(warm, pam, sim):
    """tests/host/host.c as the user, with answers to both prompts."""
    pam.stack("locker", *GUARD, LOCKER)
    login = Login(["setpriv", "--reuid=%d" % ALICE, "--regid=%d" % ALICE,
                   "--clear-groups", HOST, "answer", "pw-alice",
                   "answer", "@line", "/etc/pam.d", "locker", "alice"])
    while "Verification code sent" not in login.prompt():
        pass
    login.answer(sim.code("alice"))
    assert login.result() == SUCCESS


def test_wrong_codes(locker, sim, syslog):
    login = locker()
    login.prompt("Verification code sent")
    code = sim.code("alice")
    for number in range(1, 4):
        login.answer(wrong(code, number))
        if number < 3:
            login.prompt("code was wrong")
    assert login.ended() != 0
    syslog.login_line(user="alice", reason="wrong-codes")
    wait_lines(syslog, "uid=%d outcome=denied reason=wrong-codes" % ALICE)


def test_nothing_is_remembered(locker, clock, settings):
    settings.set(rules=[{"methods": ["totp"], "remember_minutes": 15}])
    app = enrol(settings, clock)
    for steps in (0, 1):
        login = locker()
        login.prompt("code")
        login.answer(app.code(steps))
        assert login.ended() == 0


# Whose login.

@pytest.mark.parametrize("uid, user", (
    (ALICE, "bob"), (ALICE, "root"), (ALICE, "nobody-of-that-name"),
    (ALICE, "Alice"), (ALICE, ""), (CAROL, "alice")))
def test_another_user(forge, sim, syslog, uid, user):
    assert forge(uid, user=user).verdict() == ("deny", "socket-user")
    wait_lines(syslog, "user.sock uid=%d outcome=denied "
               "reason=socket-user" % uid)
    assert not sim.requests()


def test_another_user_by_a_uid_that_may(forge, sim, settings):
    settings.set(socket_allow_uids=[CAROL])
    login = forge(CAROL, user="alice")
    assert "Verification code sent" in login.prompt()
    login.answer(sim.code("alice"))
    assert login.verdict() == ("allow", "")
    assert forge(BOB, user="alice").verdict() == ("deny", "socket-user")


# Forged facts.

@pytest.mark.parametrize("purpose", range(2, 14))
def test_purpose(forge, sim, admin, purpose):
    """twofactl's requests are root's."""
    admin.codes("alice", 3)
    before = dump()
    assert forge(purpose=purpose).verdict() == ("deny", "socket-request")
    assert dump() == before
    assert not sim.requests()


def test_conf(forge, tmp_path):
    assert forge(conf=str(tmp_path / "twofa.conf")).verdict() == (
        "deny", "socket-request")


RULES = {
    "address": {"from": ["10.0.0.0/8"], "action": "skip"},
    "console": {"console": True, "action": "skip"},
    "service": {"services": ["sshd"], "action": "skip"},
    "observed service": {"services": ["sudo", "su"], "action": "observe"},
    "any service": {"action": "skip"},
    "own service": {"services": ["locker"], "action": "skip"},
    "stack": {"services": ["login", "su-l"], "first_factor": "stack",
              "action": "skip"},
}
FORGED = {"rhost": "10.0.0.1", "ssh_address": "10.0.0.1", "tty": "tty1",
          "real_uid": 0, "ruser": "root",
          "auth_info": "publickey ssh-ed25519 AAAA\n"}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_no_rule_lets_in(forge, warm, settings, rule):
    settings.set(rules=[rule])
    for service in ("sshd", "sudo", "su", "su-l", "login", "locker"):
        login = forge(**FORGED, service=service)
        assert "code" in login.prompt().lower()
        login.close()
        wait_reaped(warm)  # there are four places


def test_skip_by_a_uid_that_may(forge, settings):
    settings.set(rules=[{"services": ["locker"], "action": "skip"}],
                 socket_allow_uids=[BOB])
    assert forge(BOB, user="alice").verdict()[0] == "allow"
    assert "Verification code sent" in forge(ALICE).prompt()


def test_a_key_is_no_first_factor_there(forge, sim):
    """A decoy, which sends nothing."""
    login = forge(first_factor=2, auth_info=FORGED["auth_info"])
    assert "Verification code sent" in login.prompt()
    login.answer("123456")
    assert not sim.requests()


def test_an_outage_lets_nobody_in(forge, settings, sim):
    settings.set(on_outage="allow")
    sim.stop()
    try:
        assert forge(real_uid=0).verdict() == ("deny", "transient")
    finally:
        sim.start()


def test_a_short_deadline_cuts_no_provider_off(forge, sim):
    """It would be a message of unknown fate, which root's logins meet."""
    sim.fault("start", "delay", ms=700)
    assert "Verification code sent" in forge(deadline_ms=1).prompt()


# What counts against whom.

def guess_wrong(forge, sim, times):
    login = forge()
    login.prompt()
    code = sim.code("alice")
    for number in range(times):
        login.answer(wrong(code, number + 1))
        if login.prompt() is None:
            break
    login.close()


def locked(login):
    text = login.prompt()
    assert "locked for 15 min" in text, text
    login.answer("")
    assert login.verdict() == ("deny", "locked")


def test_guesses_lock_nobody_elsewhere(forge, quick, settings, sim):
    """And root's login begins at once, though a code was spent there."""
    settings.set(limits={"lock_after": 3, "lock_after_total": 3})
    guess_wrong(forge, sim, 3)
    locked(forge())
    quick.right(quick.login())
    locked(forge())


def test_a_lock_over_all_sources_holds_there(forge, quick, settings, sim):
    settings.set(limits={"lock_after": 3, "lock_after_total": 3})
    login = quick.login(rhost="192.0.2.7")
    for _ in range(3):
        login.prompt("")
        login.answer(wrong(sim.code("alice"), 1 + _))
    assert login.ended() != 0
    locked(forge())


def test_what_a_right_code_clears(forge, clock, quick, settings, sim, admin):
    """Its own row, and none of root's."""
    settings.set(limits={"lock_after": 4, "lock_after_total": 5})
    login = quick.login(rhost="192.0.2.7")
    for number in (1, 2):
        login.prompt("")
        login.answer(wrong(sim.code("alice"), number))
    login.prompt("1 try left")
    login.hang_up()
    clock.advance(301)
    login = forge()
    login.prompt()
    login.answer(wrong(sim.code("alice")))
    login.prompt()
    login.answer(sim.code("alice"))
    assert login.verdict() == ("allow", "")
    counted = {row[1]: row[5] for row in dump()["guess"]}
    assert counted == {"192.0.2.0/24": 2, "": 2}


def spent(forge, clock):
    """A message, and its code is past its time."""
    login = forge()
    assert "Verification code sent" in login.prompt()
    login.close()
    clock.advance(301)


def test_messages_have_a_budget(forge, clock, quick, settings, sim, syslog):
    settings.set(limits={"sends_per_other_hour": 2, "sends_per_user_hour": 1})
    for _ in range(2):
        spent(forge, clock)
    assert forge().verdict() == ("deny", "limit")
    syslog.wait_for("alice may have no more codes for .*: "
                    "sends_per_other_hour is used up")
    quick.right(quick.login())
    assert len(sim.requests("start")) == 3


def test_the_number_counts_all(forge, clock, quick, settings, syslog):
    settings.set(limits={"sends_per_number_day": 2})
    for _ in range(2):
        spent(forge, clock)
    login = quick.login()
    login.prompt("Wait 24 h")
    login.answer("")
    assert login.ended() != 0
    syslog.wait_for("sends_per_number_day is used up")


def test_no_message_at_all(forge, quick, settings, sim):
    settings.set(limits={"sends_per_other_hour": 0})
    assert forge().verdict() == ("deny", "limit")
    assert not sim.requests()
    quick.right(quick.login())


# One verification for a number: root's first.

def test_root_ends_theirs(forge, clock, quick, sim):
    login = forge()
    login.prompt()
    old = sim.code("alice")
    clock.advance(40)
    roots = quick.login()
    roots.prompt("Verification code sent")
    assert sim.code("alice", nth=2) != old
    login.answer(old)
    assert login.verdict()[0] == "deny"
    roots.answer(sim.code("alice"))
    assert roots.ended() == 0


def test_root_waits_where_the_vendor_does_not_let_go(forge, clock, quick,
                                                     sim, syslog):
    """Vonage's 30 s, by the real clock from 27 on."""
    forge().prompt()
    clock.advance(27)
    roots = quick.login()
    syslog.wait_for("vonage lets go of it in [1-5] s")
    roots.prompt(r"can be sent in [1-5] s: another is open for your number "
                 r"\(Enter waits")
    roots.answer("")
    roots.prompt("Verification code sent")
    roots.answer(sim.code("alice", nth=2))
    assert roots.ended() == 0


def test_they_join_none_of_roots(forge, quick, sim):
    roots = quick.login()
    roots.prompt("Verification code sent")
    assert forge().verdict() == ("deny", "number-busy")
    roots.answer(sim.code("alice"))
    assert roots.ended() == 0
    assert len(sim.requests("start")) == 1


def test_they_join_their_own(forge, sim):
    forge().prompt()
    login = forge()
    assert "Verification code already sent" in login.prompt()
    login.answer(sim.code("alice"))
    assert login.verdict() == ("allow", "")


# The flood.

def knock(uid):
    """A connection as a process of this uid makes it, if there is room; it
    waits for nothing."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link.setblocking(False)
    os.seteuid(uid)
    with contextlib.suppress(OSError):
        link.connect(USER_SOCK)
    os.seteuid(0)
    return link


@contextlib.contextmanager
def flood(uids):
    """Two processes that connect as all of these in turn, as fast as they
    can."""
    pids = []
    for _ in range(2):
        pids.append(os.fork())
        if pids[-1] == 0:
            held = []
            try:
                while True:
                    for uid in uids:
                        held.append(knock(uid))
                        del held[:-100]
            finally:
                os._exit(0)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


SUBUIDS = range(STRANGER, STRANGER + 500)


def test_root_gets_in_beside_a_flood(warm, quick, sim):
    with flood([ALICE, BOB, CAROL, *SUBUIDS]):
        for _ in range(5):
            for user in ("alice", "bob"):
                quick.right(quick.login(user), user)
        assert len(warm.copies()) <= 12


def test_settings_are_repaired_behind_one_too_many(warm, quick, sim, settings):
    """A connection that is not taken is no login for which they were tried: the
    first login after that is sent its code by a provider that is new."""
    quick.right(quick.login("bob"), "bob")
    first = settings.keys["providers"][0]
    settings.put(settings.conf, "brand = ;")
    assert quick.login().ended() != 0
    held = []
    while len(held) < 4:  # a state broker may end before it is given one
        held += filter(None, [connect(USER_SOCK, ALICE)])
    while True:  # one of those that were taken may have ended
        time.sleep(3)  # brokers are started once more for what was taken
        link = connect(USER_SOCK, ALICE)
        if not link:
            break
        held.append(link)
        assert len(held) < 10
    time.sleep(0.5)
    settings.set(providers=[first, dict(first, name="second")])
    sim.fault("start", "html502", when="before", count=1)
    quick.right(quick.login(), "alice")
    for link in held:
        link.close()


@pytest.mark.parametrize("known", (True, False))
def test_who_has_an_account_gets_in_beside_a_flood(locker, sim, known):
    """Whoever asked there before, and who never did."""
    def unlocks():
        login = locker("bob")
        login.prompt("code")
        login.answer(sim.code("bob"))
        assert login.ended() == 0
        sim.reset()
    if known:
        unlocks()
    with flood([ALICE, *SUBUIDS]):
        time.sleep(0 if known else 1)
        for _ in range(5):
            unlocks()


def test_four_at_once(warm):
    held = [connect(USER_SOCK, ALICE) for _ in range(5)]
    assert [link is not None for link in held] == [True] * 4 + [False]
    held.append(connect(USER_SOCK, BOB))
    assert held[-1]
    for link in filter(None, held):
        link.close()


def test_uids_without_an_account_count_together(warm):
    """A user brings thousands of them, of subuid(5), and keeps out no account."""
    connect(USER_SOCK, BOB).close()
    wait_reaped(warm)
    links = [knock(uid) for uid in range(STRANGER, STRANGER + 20)]
    for link in links:  # at once: they count for 10 s
        link.settimeout(20)
        with link, contextlib.suppress(ConnectionResetError):
            assert not link.recv(1)
    wait_reaped(warm)
    connect(USER_SOCK, CAROL).close()  # who is not known here yet
    connect(USER_SOCK, BOB).close()


@pytest.mark.parametrize("sig", (signal.SIGHUP, signal.SIGABRT))
def test_a_renewal_counts_nobody_anew(warm, syslog, sig):
    """Who could make a copy crash would have as many tries at the memory
    layout as there is time."""
    for _ in range(5):  # four at once: they count for 10 s
        for link in [connect(USER_SOCK, ALICE) for _ in range(4)]:
            link.close()
        wait_reaped(warm)
    before = warm.life()
    if sig == signal.SIGHUP:
        warm.kill(sig)
    else:
        with connect(USER_SOCK, BOB):
            os.kill(warm.copies()[0], sig)
        wait_lines(syslog, "was ended by signal %d" % sig)
    warm.changed(before)
    assert connect(USER_SOCK, ALICE) is None
    connect(USER_SOCK, CAROL).close()


def test_why_an_account_is_needed_stands_in_the_log(warm, syslog):
    """The module of such a service is told no more than that there is no
    place."""
    assert connect(USER_SOCK, STRANGER) is None
    wait_lines(syslog, "user.sock uid=%d: no account has that uid, so no "
               "login is served" % STRANGER)


def test_who_sends_no_begin_stands_in_the_log(warm, syslog):
    """It is no fault of the installation."""
    with connect(USER_SOCK, ALICE) as link:
        link.send(b"nonsense")
        assert not link.recv(1)
    wait_lines(syslog, "user.sock uid=%d: sent no BEGIN" % ALICE)
    assert not [line for line in syslog.lines() if "the module" in line]


def test_roots_socket_is_roots(warm):
    with pytest.raises(PermissionError):
        connect(FOLDER + "/helper.sock", ALICE)


@pytest.mark.parametrize("uid", (0, ALICE))
def test_who_leaves_behind_begin_takes_over_no_worker(warm, quick, sim, syslog,
                                                      uid):
    """Its worker leaves BEGIN to the state broker, however late that is; nor is
    a broker said to have ended."""
    quick.right(quick.login("bob"), "bob")
    broker, = warm.brokers()
    for _ in range(5):
        os.kill(broker, signal.SIGSTOP)
        with connect(USER_SOCK if uid else warm.path, uid) as link:
            link.send(begin(user="alice", real_uid=uid))
        time.sleep(.1)
        os.kill(broker, signal.SIGCONT)
        wait_reaped(warm)
    assert warm.brokers() == [broker]
    told = "\n".join(syslog.lines())
    assert not re.search("no BEGIN|has ended|invalid", told), told
    wait_lines(syslog, "reason=peer-gone", 5)


# Descriptors that a peer passes with its bytes.

SO_PASSRIGHTS = 83  # of Linux 6.16


def test_passes_nothing(warm):
    """The last close of a deleted file, say, may take minutes, and no timer
    interrupts it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        try:
            probe.getsockopt(socket.SOL_SOCKET, SO_PASSRIGHTS)
        except OSError:
            pytest.skip("this kernel cannot refuse it")
    warm.kill(signal.SIGSTOP)
    knocked = knock(ALICE)
    with pytest.raises(PermissionError):
        socket.send_fds(knocked, [b"x"], [0])
    warm.kill(signal.SIGCONT)
    knocked.close()
    for path, uid in ((USER_SOCK, ALICE), (FOLDER + "/helper.sock", 0)):
        with connect(path, uid) as link, pytest.raises(PermissionError):
            socket.send_fds(link, [b"x"], [0])


def slow_to_close(full):
    """A connection whose last close waits an hour for a peer that reads nothing."""
    found = socket.create_connection(full.getsockname())
    found.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            found.send(bytes(1 << 16))
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 3600))
    return found


@pytest.mark.parametrize("said", ("nonsense", "begin"))
@pytest.mark.parametrize("stays", (False, True))
def test_passes_what_is_slow_to_close(warm, quick, sim, said, stays):
    """Neither the listener nor the state broker waits for it, be it the last
    that has it or not."""
    quick.right(quick.login("bob"), "bob")
    kept = warm.brokers()
    data = begin(real_uid=ALICE) if said == "begin" else b"x"
    with socket.create_server(("127.0.0.1", 0)) as full:
        for uid in (ALICE, BOB, CAROL):
            warm.kill(signal.SIGSTOP)  # the last is not this process
            with knock(uid) as link:
                for _ in range(2):
                    with slow_to_close(full) as slow:
                        try:
                            socket.send_fds(link, [data], [slow.fileno()])
                        except PermissionError:  # test_passes_nothing
                            slow.setsockopt(socket.SOL_SOCKET,
                                            socket.SO_LINGER, bytes(8))
                if not stays:
                    link.close()
                warm.kill(signal.SIGCONT)
                if stays:
                    link.settimeout(5)
                    with contextlib.suppress(ConnectionError):
                        link.recv(4096)  # HELLO
            since = time.monotonic()
            for _ in range(10):
                assert warm.answers()
            quick.right(quick.login("bob"), "bob")
            assert time.monotonic() - since < 5
    wait_reaped(warm)
    assert warm.brokers() == kept
