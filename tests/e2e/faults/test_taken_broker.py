# SPDX-License-Identifier: BSD-2-Clause
"""A provider's broker that obeys an attacker (a build of the helper whose broker
of the provider "taken" answers what the test writes), and a provider with the worst
replies: what that is to logins that another provider serves (docs/threat-model.md)."""

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import time

import pexpect
import pytest

import leftovers
import pgserver
import stage
import takenover
from brokerwire import AS_HELPER
from points import points
from quick import other
from twilioapp import PushPhone
from vendors import ALL

TRANSPORTS = ("socket",)
# enum outcome and enum http_fate
OK, WRONG, TRANSIENT = 1, 2, 10
NOT_SENT = 2
NO, DONE = 1, 2  # receipts
YES = "asks=0 outcome=%d receipt=%d id=0123456789abcdef" % (OK, DONE)
# Names of enum delivery, in its order.
(NEVER, CLOSED, HALF, TWICE, FLOOD, NOISE, LONG, DESCRIPTORS, CRASH, AHEAD, EXITS,
 LINGERS, FILLS, THREADS, BORROWS) = range(1, 16)
ORDERED = {
    "yes": YES,
    "another-login": YES + " login=1",
    "another-call": YES + " serial=1",
    "an-earlier-call": YES + " serial=-1",
    "another-key": YES + " key=1",
    "no-such-receipt": YES.replace("receipt=%d" % DONE, "receipt=7"),
    "not-done": YES.replace("receipt=%d" % DONE, "receipt=%d" % NO),
    "no-such-outcome": "outcome=99", "negative-outcome": "outcome=-1",
    "price": YES + " price=9223372036854775807",
    "negative-price": YES + " price=-9223372036854775808",
    "status": "status=-1", "retry": "retry=2147483647", "took": "took=-5",
    "again": "asks=0 outcome=5 receipt=0", "fate": "fate=77", "flag": "maybe_sent=2",
    "never": "asks=0 deliver=%d" % NEVER, "closed": "deliver=%d" % CLOSED,
    "half": "deliver=%d" % HALF, "twice": "deliver=%d" % TWICE,
    "flood": "deliver=%d" % FLOOD, "noise": "deliver=%d" % NOISE,
    "long": "deliver=%d" % LONG, "descriptors": "deliver=%d" % DESCRIPTORS,
    "crash": "deliver=%d" % CRASH,
}
# The others say what none of its logins gets in by, whatever is typed.
ADMITS = ("yes", "price", "negative-price")
ENDS = "Enter ends"
SENT = "Verification code (already )?sent"
SILENT = 30  # seconds, more than a login waits for what never comes
SOON = 15  # seconds that all of the other logins may take meanwhile
# The simulator's faults.
UNFILTERED = pytest.mark.skipif(
    stage.private() and stage.sanitized(),
    reason="a build with a sanitizer has no filter")
REPLIES = ("hang drip close_accept close close_status close_headers half_body "
           "close_after reset bad_length huge huge_close endless burst1xx html502 "
           "empty503 json500 html200 empty200 redirect throttle gzip truncated "
           "double trailing nul raw_nul dup_keys wrong_case deep bad_utf8 bom "
           "wrong_type missing foreign_id replay").split()


@pytest.fixture
def two(settings, sim):
    """alice's messages go by the first provider, bob's can go by the second
    alone."""
    first = dict(settings.keys["providers"][0], name="taken")
    settings.set(providers=[first, dict(
        ALL["twilio-verify"].settings(settings), name="two",
        type="twilio-verify", base_url=sim.url, ca_file=sim.certs.ca)])
    settings.user("alice", channels=["sms"])
    settings.user("bob", channels=["whatsapp"])


@pytest.fixture
def taken(_ready, two, pam):
    """taken(words): what it answers from now on."""
    # who gets no answer waits as long
    with takenover.listening(pam, deadline="20") as put:
        yield put


def at_prompt(quick, user):
    login = quick.login(user)
    login.prompt(SENT)
    return login


def served(quick, sim, login):
    """bob's login at his prompt, and another one, are as ever."""
    begin = time.monotonic()
    login.answer(other(sim.code("bob")))
    login.prompt("code was wrong, .* left")
    login.answer(sim.code("bob"))
    assert login.ended() == 0
    assert quick.line("bob", outcome="allowed")["provider"] == "two"
    login = at_prompt(quick, "bob")
    login.answer(other(sim.code("bob")))
    login.prompt("code was wrong, .* left")
    login.hang_up()
    assert time.monotonic() - begin < SOON


def no_crash(syslog, state, listener):
    assert listener.brokers() == [state] and listener.process.poll() is None
    ended = [line for line in syslog.lines() if "ended by signal" in line and
             "broker of provider 1" not in line]
    assert not ended, ended


def tries(sim, login):
    """alice's, with a wrong code, however far it gets. A message without a right
    receipt is by no means, so its code is void, as one that another used."""
    if login.closed:
        return
    if login.expect([SENT, ENDS, pexpect.EOF], timeout=SILENT) == 0:
        answers(sim, login)
    login.hang_up()


def answers(sim, login):
    shown = sim.messages("alice")
    login.answer(other(shown[-1]["code"]) if shown else "000001")
    login.expect(["code was wrong", "used by another login", ENDS,
                  pexpect.EOF])


def forget(settings, sim):
    """What state and providers know of logins, and of a provider out of reach."""
    sim.reset()
    with contextlib.closing(sqlite3.connect(settings.state)) as state, state:
        for table in ("verification", "send", "guess", "passed_over"):
            state.execute("DELETE FROM " + table)


def allowed(syslog, user="alice"):
    return [line for line in syslog.logins() if line["user"] == user and
            line["outcome"] == "allowed"]


@pytest.mark.parametrize("name", ORDERED)
def test_logins_by_another_provider(taken, quick, sim, syslog, name):
    """At their prompt, and such as begin, while it answers a login of its own."""
    bob = at_prompt(quick, "bob")
    state = taken.listener.brokers()[0]
    taken(ORDERED[name])
    alice = quick.login()
    served(quick, sim, bob)
    bob = at_prompt(quick, "bob")
    tries(sim, alice)
    served(quick, sim, bob)
    assert name in ADMITS or not allowed(syslog)
    no_crash(syslog, state, taken.listener)


def test_what_it_can(taken, quick, sim):
    """Its yes to any code lets in whom it serves: so can the provider. Whoever it
    does not serve needs the right one."""
    taken(YES)
    login = at_prompt(quick, "alice")
    login.answer("000001")
    assert login.ended() == 0
    assert quick.line("alice", outcome="allowed")["provider"] == "taken"
    assert not sim.requests()
    served(quick, sim, at_prompt(quick, "bob"))


def verified(sim, number):
    """The id of a verification that whoever has the account's key had sent there."""
    with contextlib.closing(sim.link(10)) as link:
        link.request("POST", "/verify/json", "number=%s&brand=X&workflow_id=6&"
                     "code_length=6" % number.strip("+"), {
                         "Content-Type": "application/x-www-form-urlencoded",
                         "Authorization": "Basic YWJjZDEyMzQ6U3VwM3JTM2NyM3Q="})
        return json.loads(link.getresponse().read())["request_id"]


@pytest.mark.parametrize("by", ["text", "name", "folder", "above"])
def test_what_it_began_ends_with_it(by, taken, quick, settings, sim):
    """A verification that it said to be alice's, and that went to carol's phone,
    is not open at its successor, which has another credential, in the same file or
    in one that was made before, in its folder or in another."""
    folder = settings.secrets
    moves = os.path.dirname(folder) if by == "above" else folder
    settings.secret("other", "An0therS3cr")
    subprocess.run(["cp", "-a", moves, moves + ".new"], check=True)
    taken("asks=0 outcome=%d receipt=%d id=%s" % (
        OK, DONE, verified(sim, sim.NUMBERS["carol"])))
    at_prompt(quick, "alice").hang_up()
    taken("")
    before = taken.listener.brokers("--provider-broker")
    time.sleep(3)  # so much older than the credential it has to be
    first, *others = settings.keys["providers"]
    if by in ("folder", "above"):
        os.rename(moves, moves + ".old")
        os.rename(moves + ".new", moves)
    elif by == "name":
        settings.set(providers=[dict(
            first, api_secret_file=folder + "/other"), *others])
    else:
        with open(folder + "/vonage", "r+", encoding="ascii") as secret:
            secret.write("An0therS3cr")
    # nobody watches what becomes of the folder itself
    assert by in ("folder", "above") or all(
        leftovers.wait_gone(pid, 3) for pid in before)
    login = at_prompt(quick, "alice")
    login.answer(sim.messages("carol")[-1]["code"])
    login.prompt("code was wrong")
    login.answer(sim.code("alice"))
    assert login.ended() == 0


def test_another_change_of_the_settings(taken, quick, settings, sim):
    """As long as the credential is the same file, its successor goes on with what was
    begun: no other message, and nobody waits or has a void code."""
    first = at_prompt(quick, "alice")
    before = taken.listener.brokers("--provider-broker")
    time.sleep(3)  # as in the test before
    settings.secret("vonage~", "a backup next to it")
    settings.set(brand="Other Corp")
    assert all(leftovers.wait_gone(pid, 3) for pid in before)
    at_prompt(quick, "alice").hang_up()
    assert len(sim.messages("alice")) == 1
    first.answer(sim.code("alice"))
    assert first.ended() == 0


def test_it_says_yes_ahead(taken, quick, settings, sim, syslog):
    """To a code that is typed after it was replaced: it was not asked."""
    taken("deliver=%d" % AHEAD)
    login = at_prompt(quick, "alice")
    before = taken.listener.brokers("--provider-broker")
    taken("")
    with open(settings.secrets + "/vonage", "r+", encoding="ascii") as secret:
        secret.write("An0therS3cr")
    assert all(leftovers.wait_gone(pid, 3) for pid in before)
    login.answer(other(sim.code("alice")))
    tries(sim, login)
    assert not allowed(syslog)
    syslog.wait_for("provider taken: not asked: its broker has ended, or spoke")


def test_it_ends_by_itself(taken, quick, sim, syslog):
    """As one that cannot be set up would: nobody makes its calls himself."""
    taken("deliver=%d" % EXITS)
    tries(sim, quick.login())
    syslog.wait_for("broker of provider 1 .* was ended by exit status 3")
    taken("")
    login = at_prompt(quick, "alice")
    assert len(taken.listener.brokers("--provider-broker")) == 2
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    syslog.wait_for("broker of provider 1: alice@.*")
    assert not any("do without it" in line for line in syslog.lines())


@UNFILTERED
def test_it_passes_a_socket_that_is_slow_to_close(taken, quick, sim, syslog):
    """To the listener, which never takes one; nor can it make one."""
    with socket.create_server(("127.0.0.1", 0)) as full:
        taken("deliver=%d port=%d" % (LINGERS, full.getsockname()[1]))
        login = at_prompt(quick, "alice")
        begin = time.monotonic()
        assert taken.listener.answers()
        assert time.monotonic() - begin < 5
        login.hang_up()
        served(quick, sim, at_prompt(quick, "bob"))
    taken.listener.let_go()  # whose end tells what was refused
    syslog.wait_for("sandbox: refused setsockopt")
    syslog.clear()


def test_it_has_many_descriptors_in_flight(taken, quick, sim):
    """The kernel counts those of all processes of a uid."""
    subprocess.run([*AS_HELPER, "prlimit", "--pid=%d" % taken.listener.pid,
                    "--nofile=1024:1024"], check=True)
    taken.listener.let_go()
    taken("deliver=%d" % FILLS)
    login = at_prompt(quick, "alice")
    served(quick, sim, at_prompt(quick, "bob"))
    login.hang_up()


@pytest.fixture(scope="module", name="server")
def fixture_server(tmp_path_factory):
    server = pgserver.start(tmp_path_factory)
    yield server
    server.stop()


@pytest.mark.parametrize("fleet", (False, True))
def test_it_has_many_threads(request, settings, taken, quick, sim, fleet):
    """The kernel counts those of all processes of a uid: the listener can fork,
    and the state broker has one for each request to a server."""
    # pylint: disable=too-many-arguments,too-many-positional-arguments
    if fleet:
        settings.set(**request.getfixturevalue("server").host("web01"))
    subprocess.run([*AS_HELPER, "prlimit", "--pid=%d" % taken.listener.pid,
                    "--nproc=512:512"], check=True)
    taken.listener.let_go()
    taken("deliver=%d" % THREADS)
    login = at_prompt(quick, "alice")
    tasks = "/proc/%d/task" % taken.listener.brokers("--provider-broker")[0]
    end, before = time.monotonic() + 10, 0
    while (now := len(os.listdir(tasks))) != before or now < 100:
        assert time.monotonic() < end, now
        before = now
        time.sleep(0.2)
    login.hang_up()
    served(quick, sim, at_prompt(quick, "bob"))


def test_it_watches_as_much_as_its_user_may(taken, quick, sim, syslog):
    """The kernel counts what epoll watches for a uid, and by the one descriptor of
    epoll that it has it watches half a million: connections are polled then."""
    taken("watches=0")
    served(quick, sim, at_prompt(quick, "bob"))
    login = at_prompt(quick, "alice")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    syslog.wait_for("epoll: No space left on device: connections are polled")


@pytest.fixture
def borrowed():
    """A socket of a log, as a local user passes it on to whoever connects; like
    journald's, it is told whose each line is."""
    places = [stage.STAGE + "/borrowed", stage.STAGE + "/borrowed-log"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as lender, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to_it:
        for found, place in zip((lender, log), places):
            found.bind(place)
            os.chmod(place, 0o666)
        lender.listen()
        lender.settimeout(5)
        log.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        log.settimeout(2)
        to_it.connect(places[1])
        yield lender, log, to_it
    for place in places:
        os.unlink(place)


@UNFILTERED
def test_it_gets_a_socket_of_the_log(taken, quick, sim, borrowed):
    """Of somebody who may write to the log, too, but as himself."""
    lender, log, to_it = borrowed
    taken("deliver=%d" % BORROWS)
    login = quick.login()
    with contextlib.suppress(TimeoutError):
        link, _ = lender.accept()
        socket.send_fds(link, [b"x"], [to_it.fileno()])
        link.close()
    login.prompt(SENT)
    with pytest.raises(TimeoutError):
        print(log.recvmsg(100, 100))
    login.hang_up()
    served(quick, sim, at_prompt(quick, "bob"))


def test_it_names_anothers_verification(taken, quick, settings, sim):
    """That of bob's code at the other provider, under its own key: bob's login goes
    on, by the right code alone."""
    bob = at_prompt(quick, "bob")
    found = sqlite3.connect("file:%s?mode=ro" % settings.state, uri=True)
    with contextlib.closing(found):
        (request,), = found.execute("SELECT request_id FROM verification")
    taken(YES.replace("id=0123456789abcdef", "id=" + request))
    tries(sim, quick.login())
    served(quick, sim, bob)


@pytest.mark.parametrize("receipt", (NO, DONE))
def test_it_says_that_nothing_was_sent(taken, quick, sim, syslog, receipt):
    """alice's login goes on at the other provider, where it has no say: neither its
    yes nor its no counts for a code that another one has to check."""
    taken("asks=0 outcome=%d fate=%d maybe_sent=0 receipt=%d id=" % (
        TRANSIENT, NOT_SENT, receipt))
    login = at_prompt(quick, "alice")
    taken(YES)
    code = sim.code("alice")
    login.answer(other(code))
    login.prompt("code was wrong")
    login.answer(code)
    assert login.ended() == 0
    assert quick.line("alice", outcome="allowed")["provider"] == "two"
    assert len(allowed(syslog)) == 1


def test_it_says_that_all_is_out_of_reach(taken, quick, settings, sim):
    """While no push was asked for, as it could hold its answer back until few
    seconds are left: this is no outage of all, and the push is asked for."""
    phone = PushPhone(settings, sim)
    settings.set(on_outage="allow", providers=[
        p for p in settings.keys["providers"] if p["name"] != "two"])
    phone.record(channels=["sms", "push"])
    taken("asks=0 outcome=%d fate=%d maybe_sent=0 took=60000 receipt=%d id=" % (
        TRANSIENT, NOT_SENT, NO))
    login = quick.login()
    login.prompt("Approve on your phone")
    phone.act("deny")
    login.answer("")
    if login.expect([ENDS, pexpect.EOF]) == 0:
        login.answer("")
    assert login.ended() != 0
    assert quick.line("alice")["reason"] == "push-denied"


def test_wrong_codes_are_counted(taken, quick, sim, syslog):
    """It calls each code wrong, as if it had looked at none: the user's tries are
    counted and end all the same; others have theirs."""
    taken("")
    login = at_prompt(quick, "alice")
    taken("asks=0 outcome=%d receipt=%d" % (WRONG, NO))
    asked = 0
    while login.expect(["code was wrong", ENDS, pexpect.EOF]
                       if asked else [""]) == 0 and asked < 20:
        asked += 1
        login.answer("%06d" % asked)
    assert 1 < asked < 20
    assert not allowed(syslog)
    served(quick, sim, at_prompt(quick, "bob"))


def test_the_worst_replies(two, warm, quick, settings, sim, syslog):
    """Of the simulator, to what is asked for alice: bob's login, at the other
    provider, is as ever, and the brokers are the same at the end."""
    settings.provider(timeout_ms=2000)
    # each broker is asked, so that none is of the settings before
    quick.right(quick.login("bob"), "bob")
    quick.right(quick.login())
    syslog.clear()
    end = time.monotonic() + 10
    while len(warm.brokers("-broker")) > 3:  # those before end
        assert time.monotonic() < end
        time.sleep(0.05)
    kept = sorted(warm.brokers("-broker"))
    for name in REPLIES[::points(4, 1)]:
        for step in ("start", "check"):
            forget(settings, sim)
            login = at_prompt(quick, "alice") if step == "check" else None
            sim.fault(step, name, ms=500, field="request_id", value="1")
            begin = time.monotonic()
            if login is None:
                tries(sim, quick.login())
            else:
                answers(sim, login)
                login.hang_up()
            login = at_prompt(quick, "bob")
            login.answer(sim.code("bob"))
            assert login.ended() == 0, name
            assert time.monotonic() - begin < 2 * SOON, name
    assert not allowed(syslog)
    assert sorted(warm.brokers("-broker")) == kept


def test_it_never_answers(taken, quick, settings, sim):
    """Nor does it end, and says that it lives: whom it serves is asked by the other
    provider once its own time is over, not denied at the login's end."""
    settings.provider(timeout_ms=1000)
    taken(ORDERED["never"])
    login = at_prompt(quick, "alice")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert quick.line("alice", outcome="allowed")["provider"] == "two"


def test_it_never_answers_and_is_alone(taken, quick, settings, admin):
    """A recovery code is typed instead."""
    settings.provider(timeout_ms=1000)
    settings.set(providers=settings.keys["providers"][:1])
    code, = admin.codes(count=1)
    taken(ORDERED["never"])
    login = quick.login()
    login.prompt("recovery code")
    login.answer(code)
    assert login.ended() == 0


def test_it_never_answers_until_the_end(taken, quick, settings, syslog):
    """Of the login, whose line does not blame the state broker, which replies."""
    settings.provider(timeout_ms=30000)
    settings.set(providers=settings.keys["providers"][:1])
    taken(ORDERED["never"])
    assert quick.login().ended(SILENT) != 0
    assert quick.line("alice")["reason"] == "stalled"
    assert not [line for line in syslog.lines() if "state broker" in line]


@pytest.fixture
def pushed(_ready, two, pam, settings, sim):
    """alice is asked by a push of that provider alone."""
    phone = PushPhone(settings, sim)
    settings.set(providers=[
        dict(p, name="taken", timeout_ms=1000) for p in
        settings.keys["providers"] if p["type"] == "twilio-push"])
    phone.record(channels=["push"])
    with takenover.listening(pam, deadline="60") as put:
        yield put


def test_it_never_answers_a_poll(pushed, quick, admin):
    """Of a push, which is asked about before a recovery code is taken."""
    code, = admin.codes(count=1)
    login = quick.login()
    login.prompt("Approve on your phone")
    pushed(ORDERED["never"])
    login.answer(code)
    assert login.ended(SILENT) == 0


@pytest.mark.parametrize("wait", (1, 31622400000))
def test_it_says_when_it_is_polled(pushed, quick, admin, wait):
    """Each millisecond, which the state broker would refuse after a while, or in a
    year: neither keeps a recovery code out."""
    code, = admin.codes(count=1)
    pushed("next=%d" % wait)
    login = quick.login()
    login.prompt("Approve on your phone")
    time.sleep(2)
    login.answer(code)
    assert login.ended(SILENT) == 0
