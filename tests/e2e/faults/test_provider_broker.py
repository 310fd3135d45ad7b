# SPDX-License-Identifier: BSD-2-Clause
"""A provider's broker among copies and parents that were taken over: what
reaches the provider by it, and what it has open (docs/listener.md)."""

import itertools
import os
import signal
import time

import pytest

import brokerwire
import leftovers
from conf import STATE
from brokerwire import (DONE, KEY, LEAVE, NOT_DONE, SILENT, STALE, UNSURE, Call, Said, ask, number,
                        text, word)
from processes import Process
from quick import other

TRANSPORTS = ("socket",)
SECRET = b"0123456789abcdef0123456789abcdef"
OTHER = b"another provider's, as long as it"[:32]
LOGIN = 0x1234567890
PHONE = "+4477009%03d00"  # the simulator knows no more of those with 00


@pytest.fixture
def parent(_ready):
    with brokerwire.parent() as found:
        yield found


def begun(parent, of=0):
    """One that has its key."""
    found = parent.start(of)
    found.message(KEY, of, key=SECRET)
    found.ping()
    return found


@pytest.fixture
def broker(parent):
    return begun(parent)


def asked(made, call):
    """The answer; None: the connection was closed."""
    made.say(call.frame())
    frame = made.hear()
    return frame and Said(frame)


def started(broker, nth=0, **more):
    """A login's message was sent: its connection, the answer."""
    made = broker.connect(login=LOGIN + nth)
    said = asked(made, Call(phone=PHONE % nth, **more).sign(
        SECRET, LOGIN + nth))
    assert said.outcome == "ok", said.outcome
    return made, said


def refused(broker, made, frame, words):
    """It is cut off, with its line."""
    broker.lines.clear()
    assert made.ask(frame) is None
    broker.wait_line(words + ": its connection is closed")


# What each login asks.

def test_a_whole_login(broker, sim):
    """Each question once, and each answer with its receipt."""
    made, said = started(broker)
    call = Call(phone=PHONE % 0)
    assert said.receipt == DONE and said.request_id
    assert said.mac == call.signed(SECRET, LOGIN, "receipt", DONE,
                                   said.request_id)
    code = sim.code(PHONE % 0)
    for serial, typed, outcome, receipt in ((2, other(code), "wrong", UNSURE),
                                            (3, code, "ok", DONE)):
        call = Call("check", serial, said.request_id, code=typed,
                    phone=PHONE % 0).sign(SECRET, LOGIN)
        found = asked(made, call)
        assert (found.outcome, found.receipt) == (outcome, receipt)
        assert found.mac == call.signed(SECRET, LOGIN, "receipt", receipt,
                                        price=found.price)
    assert [r["endpoint"] for r in sim.requests()] == \
        ["start", "check", "check"]
    assert len(sim.messages()) == 1


def test_a_provider_that_is_not_there(broker, sim):
    """Surely nothing was sent: its receipt says so; and that it is silent, if
    there was time enough for it to answer."""
    sim.stop()
    made = broker.connect(login=LOGIN)
    for serial, ms, receipt in ((1, 20000, NOT_DONE | SILENT),
                                (2, 100, NOT_DONE)):
        call = Call(serial=serial, ms=ms).sign(SECRET, LOGIN)
        said = asked(made, call)
        assert (said.outcome, said.receipt) == ("transient", receipt)
        assert not said.maybe_sent
        assert said.mac == call.signed(SECRET, LOGIN, "receipt", receipt)


def test_a_provider_that_reads_and_leaves(broker, sim):
    """Nobody knows: the receipt gives nothing back, and it is not asked
    again."""
    sim.fault("start", "close_after_read")
    said = asked(broker.connect(login=LOGIN),
                 Call(ms=20000).sign(SECRET, LOGIN))
    assert said.maybe_sent and said.receipt == UNSURE | SILENT
    assert len(sim.requests()) == 1


def test_fifty_at_once(parent, settings, sim):
    """Each gets its own answer, and each code is its own. A busy machine may take
    as long as it likes to connect fifty times."""
    settings.provider(connect_timeout_ms=30000, timeout_ms=30000)
    broker = begun(parent)
    sim.setting(v1_rate=0)
    made = [broker.connect(login=LOGIN + nth) for nth in range(50)]
    for nth, one in enumerate(made):
        one.say(Call(phone=PHONE % nth, ms=30000).sign(
            SECRET, LOGIN + nth).frame())
    said = [Said(one.hear()) for one in made]
    assert {one.outcome for one in said} == {"ok"}
    assert len({one.request_id for one in said}) == 50
    for nth, one in enumerate(made):
        one.say(Call("check", 2, said[nth].request_id, phone=PHONE % nth,
                     code=sim.code(PHONE % nth)).sign(
                         SECRET, LOGIN + nth).frame())
    assert {Said(one.hear()).outcome for one in made} == {"ok"}
    assert len(sim.requests("start")) == len(sim.requests("check")) == 50
    assert len(sim.messages()) == 50


def test_two_questions_at_once(broker, sim):
    """The second one waits for the first one's answer."""
    sim.fault("start", "delay", ms=500)
    made = broker.connect(login=LOGIN)
    for serial in (1, 2):
        made.say(Call(serial=serial, phone=PHONE % serial).sign(
            SECRET, LOGIN).frame())
    first, second = Said(made.hear()), Said(made.hear())
    assert first.outcome == second.outcome == "ok"
    assert first.mac == Call(serial=1, phone=PHONE % 1).signed(
        SECRET, LOGIN, "receipt", DONE, first.request_id)
    assert [m["to"] for m in sim.messages()] == [PHONE % 1, PHONE % 2]


# What a worker that was taken over would have sent.

def test_a_number_that_the_settings_do_not_allow(parent, settings, sim):
    """Not even with a ticket: the state broker knows a digest of it alone."""
    settings.set(limits={"allowed_prefixes": ["+44770090010"]})
    broker = begun(parent)
    made, _ = started(broker, 1)
    for serial, phone in enumerate(("+19005550100", PHONE % 2), 2):
        said = asked(made, Call(serial=serial, phone=phone).sign(
            SECRET, LOGIN + 1))
        assert (said.outcome, said.receipt) == ("config", NOT_DONE)
    broker.ping()
    assert len([line for line in broker.lines if
                "none of allowed_prefixes allows is not sent" in line]) == 2
    assert [m["to"] for m in sim.messages()] == [PHONE % 1]


def test_a_brand_that_the_settings_do_not_have(parent, settings, sim):
    """What a message says is of the settings, or of one of their rules."""
    settings.set(rules=[{"users": ["bob"], "action": "require",
                         "brand": "Night Shift"},
                        {"action": "require"}])
    broker = begun(parent)
    for nth, brand in enumerate(("Your Bank", "Night Shift", "ACME Corp", "")):
        started(broker, nth, brand=brand)
    assert [request["fields"]["brand"] for request in sim.requests("start")] == [
        "ACME Corp", "Night Shift", "ACME Corp", "ACME Corp"]


def test_a_check_without_a_code(broker):
    """It is no question, and the broker goes on."""
    made, said = started(broker)
    refused(broker, made, Call("check", 2, said.request_id, code=None,
                               phone=PHONE % 0).sign(SECRET, LOGIN).frame(),
            "sent an invalid request to a provider broker")
    started(broker, 1)


def test_a_copy_that_leaves(broker, sim):
    """In the middle of its call, which goes on to its end; and others are
    served meanwhile."""
    sim.fault("start", "delay", ms=4000)
    made = broker.connect(login=LOGIN)
    made.say(Call(phone=PHONE % 1).sign(SECRET, LOGIN).frame())
    sim.wait_requests(1)
    made.close()
    broker.ping()
    silent = broker.connect(login=LOGIN + 3)  # has the memory of that one
    begin = time.monotonic()
    started(broker, 2)
    assert time.monotonic() - begin < 3.5
    sim.wait_messages(2)
    assert len(sim.requests("start")) == 2
    assert silent.quiet(1.2)
    assert broker.ping() == []


# A copy that was taken over.

SIGNED = {
    "forged": lambda call: call.change(ticket=b"x" * 32),
    "none": lambda call: call.change(ticket=b""),
    "other-login": lambda call: call.sign(SECRET, LOGIN + 1),
    "no-login": lambda call: call.sign(SECRET, 0),
    "other-key": lambda call: call.sign(OTHER, LOGIN),
    "no-key": lambda call: call.sign(bytes(32), LOGIN),
    "other-receiver": lambda call: call.change(phone=PHONE % 66),
    "more-receivers": lambda call: call.change(receiver=PHONE % 66),
    "account": lambda call: call.change(account="66"),
    "email": lambda call: call.change(email="mallory@example.org"),
    "identity": lambda call: call.change(identity="mallory"),
    "factor": lambda call: call.change(factor="YF66"),
    "other-user": lambda call: call.change(user="bob"),
    "service": lambda call: call.change(service="sudo"),
    "address": lambda call: call.change(address="192.0.2.9"),
    "language": lambda call: call.change(language="de"),
    "type": lambda call: call.change(
        settings="vonage-verify-v2 6 0 0 ").sign(SECRET, LOGIN),
    "methods": lambda call: call.change(
        settings="vonage-verify 2 0 0 ").sign(SECRET, LOGIN),
    "receiver": lambda call: call.change(
        settings="vonage-verify 6 1 0 ").sign(SECRET, LOGIN),
    "rehearsal": lambda call: call.change(
        settings="vonage-verify 6 0 1 ").sign(SECRET, LOGIN),
    "issuer": lambda call: call.change(
        settings="vonage-verify 6 0 0 https://a.example").sign(SECRET, LOGIN),
    "provider": lambda call: call.change(
        ticket=Call(serial=7, provider="two").signed(SECRET, LOGIN)),
    "kind": lambda call: call.change(kind="check", code="123456"),
    "next": lambda call: call.change(kind="next"),
    "request": lambda call: call.change(request_id="somebody's"),
    "method": lambda call: call.change(method=2),
    "serial": lambda call: call.change(serial=call.serial + 1),
    "receipt": lambda call: call.change(
        ticket=call.signed(SECRET, LOGIN, "receipt")),
}


@pytest.mark.parametrize("name", SIGNED)
def test_no_ticket_for_it(broker, sim, name):
    """Nothing reaches the provider, and others are served."""
    call = SIGNED[name](Call(serial=7).sign(SECRET, LOGIN))
    refused(broker, broker.connect(login=LOGIN), call.frame(),
            "asks a provider without a ticket for it")
    assert not sim.requests()
    started(broker, 1)


def test_no_code_in_place_of_an_event(broker, sim):
    """By a login that began when the provider of that name sent texts of ours."""
    refused(broker, broker.connect(login=LOGIN),
            Call(event=1, settings="").sign(SECRET, LOGIN).frame(),
            "asks a provider without a ticket for it")
    assert not sim.requests()
    started(broker, 1)


def test_a_check_of_another_request(broker, sim):
    """Its own ticket, and the request of somebody else's code."""
    _, hers = started(broker, 1)
    made, his = started(broker, 2)
    call = Call("check", 2, his.request_id, phone=PHONE % 2,
                code=sim.code(PHONE % 1)).sign(SECRET, LOGIN + 2)
    call.change(request_id=hers.request_id)
    refused(broker, made, call.frame(), "without a ticket for it")
    assert not sim.requests("check")


def test_a_check_of_another_code(broker, sim):
    """The one in the ticket is what the state broker uses up."""
    made, his = started(broker, 1)
    call = Call("check", 2, his.request_id, phone=PHONE % 1,
                code="000000").sign(SECRET, LOGIN + 1)
    call.change(code=sim.code(PHONE % 1))
    refused(broker, made, call.frame(), "without a ticket for it")
    assert not sim.requests("check")


def test_its_line_names_nobody_else(broker, sim):
    """Who is asked for meanwhile has not been taken over."""
    sim.fault("start", "delay", ms=3000)
    made = broker.connect(login=LOGIN)
    made.say(Call(phone=PHONE % 1).sign(SECRET, LOGIN).frame())
    sim.wait_requests(1)
    refused(broker, broker.connect(login=LOGIN + 1), Call().frame(),
            "asks a provider without a ticket for it")
    assert not [line for line in broker.lines if "alice" in line], broker.lines
    assert Said(made.hear()).outcome == "ok"


@pytest.mark.parametrize("serials", ((5, 5), (5, 4)))
def test_a_ticket_twice(broker, sim, serials):
    """Also one that is older than the newest."""
    made = broker.connect(login=LOGIN)
    first, second = (Call(serial=serial, phone=PHONE % 1).sign(
        SECRET, LOGIN) for serial in serials)
    assert asked(made, first).outcome == "ok"
    refused(broker, made, second.frame(), "uses a ticket twice")
    assert len(sim.requests()) == len(sim.messages()) == 1


def test_a_ticket_at_another_provider(parent, settings, sim):
    """Each has its key, and the first one's are no good at the second."""
    one = settings.keys["providers"][0]
    settings.set(providers=[one, dict(one, name="two")])
    second = parent.start(1)
    second.message(KEY, 1, key=OTHER)
    second.ping()
    refused(second, second.connect(login=LOGIN),
            Call().sign(SECRET, LOGIN).frame(), "without a ticket for it")
    assert not sim.requests()
    made = second.connect(login=LOGIN)
    assert asked(made, Call(provider="two").sign(OTHER, LOGIN)).outcome == "ok"


def garbage():
    """What no copy says."""
    whole = Call().sign(SECRET, LOGIN).frame()
    yield from (whole[:length] for length in
                itertools.chain(range(1, 20), range(20, len(whole), 17)))
    yield from (whole + b"\0", whole * 2, bytes([255]) + whole[1:],
                bytes(65536), os.urandom(4096), b"x" * 200000)
    yield from (ask("open", text("/var/lib/twofa/state.db"), b"\0", number(1)),
                ask("noop"), ask("look", number(1)),
                ask("ticket", word(0), word(1), word(0), text("vonage"),
                    text("")))
    yield whole.replace(text("alice"), word(6) + b"al\0ce\0")
    yield whole.replace(text("alice"), word(0xffffffff))
    yield whole.replace(text("alice"), text("a" * 5000))
    yield whole.replace(word(0) + word(1), word(9) + word(1), 1)


def test_garbage(broker, sim):
    """Each is cut off, and nothing reaches the provider."""
    frames = list(garbage())
    for frame in frames:
        assert broker.connect(login=LOGIN).ask(frame) is None, frame[:80]
    assert not sim.requests()
    assert broker.ping() == []
    broker.wait_line("sent an invalid request to a provider broker: its "
                     "connection")
    started(broker, 1)
    assert broker.descriptors() < 20


def test_one_that_never_reads(broker, sim):
    """Nobody waits for it."""
    made = broker.connect(room=1, login=LOGIN)
    for serial in range(1, 30):
        try:
            made.say(Call("cancel", serial, "none").sign(
                SECRET, LOGIN).frame())
        except ConnectionError:
            break
    begin = time.monotonic()
    started(broker, 1)
    assert broker.ping() == []
    assert time.monotonic() - begin < 5
    assert not sim.messages(PHONE % 0)


@pytest.mark.parametrize("seconds,count", ((3, 1), (31, 2)))
def test_a_connection_rests(broker, sim, seconds, count):
    """For half a minute, whoever comes next. No clock of tests moves that of the
    broker's waits."""
    for nth in range(2):
        started(broker, nth)[0].close()
        time.sleep(seconds * (1 - nth))
    assert len(sim.connections()) == count
    assert len(sim.requests()) == 2


def test_what_is_left_of_many(broker, sim):
    """Of logins that end, break off in a call, or never begin."""
    sim.setting(v1_rate=0)

    def some(count):
        for nth in range(count):
            made = broker.connect(login=LOGIN + nth)
            call = Call(phone=PHONE % (nth % 90)).sign(SECRET, LOGIN + nth)
            if nth % 3 == 0:
                assert asked(made, call)
            elif nth % 3 == 1:
                made.say(call.frame())
            made.close()
        broker.ping()
    some(30)
    before = broker.descriptors()
    some(60)
    end = time.monotonic() + 10
    while broker.descriptors() > before + 4:  # connections that are kept
        assert time.monotonic() < end
        time.sleep(0.05)


# What it has.

def test_neither_state_nor_users(broker, settings):
    """It opens nothing of either; of secrets, none that is another's."""
    started(broker)
    process = Process(broker.pid)
    found = [target for target in broker.targets()
             if target.startswith(("/var/lib", "/etc/twofa"))]
    assert found == [], found
    assert STATE not in process.read("maps")
    assert settings.users_dir not in process.read("maps")
    status = process.status()
    assert not [line for line in process.read("net/unix").splitlines()
                if line.split()[4] == "0002" and "socket:[%s]" % line.split()[6]
                in broker.targets()], "it has a socket to the log"
    assert status["Name"] == "twofa-broker"
    assert status["NoNewPrivs"] == "1" and status["Uid"].split()[0] == "990"


def test_killed(parent, broker):
    """A copy sees that at once."""
    made, _ = started(broker)
    os.kill(broker.pid, signal.SIGKILL)
    assert leftovers.wait_gone(broker.pid, 10)
    broker.forget()
    assert made.hear() is None
    assert parent.status() == -signal.SIGKILL


def test_the_parent_ends(broker):
    """A login goes on to its end."""
    made, said = started(broker)
    broker.parent_ends()
    assert asked(made, Call("cancel", 2, said.request_id, phone=PHONE % 0).sign(
        SECRET, LOGIN))
    made.close()
    assert broker.gone()


def test_the_secret_changes(parent, broker, settings, sim):
    """A login that has begun goes on with the old one, the next waits for a
    successor, which has the new one."""
    made, _ = started(broker)
    broker.ping()
    settings.secret("vonage", "An0therS3cret")
    waits = broker.connect(login=LOGIN + 5)
    waits.say(Call(phone=PHONE % 5).sign(SECRET, LOGIN + 5).frame())
    assert broker.word() == STALE
    assert asked(made, Call(serial=2, phone=PHONE % 6).sign(
        SECRET, LOGIN)).outcome == "ok"
    assert waits.quiet() and len(sim.messages()) == 2
    heir = begun(parent)
    broker.release()
    with broker.returned() as links:
        heir.message(brokerwire.TAKE, pid=os.getpid(), fds=links,
                     login=LOGIN + 5)
    assert Said(waits.hear()).outcome == "ok"
    made.close()
    assert broker.gone()


def test_it_leaves(parent, broker, sim):
    """Its settings are old: who waits for no answer is returned with the newest
    ticket, who waits is told soon, and no ticket is good at both brokers."""
    sim.setting(v1_rate=0)
    made, _ = started(broker)
    sim.fault("start", "hang")
    waits = broker.connect(login=LOGIN + 5)
    waits.say(Call(serial=3, phone=PHONE % 5).sign(SECRET, LOGIN + 5).frame())
    sim.wait_requests(2)
    heir = begun(parent)
    broker.message(LEAVE)
    broker.release()
    for login, serial in ((LOGIN, 1), (LOGIN + 5, 3)):
        with broker.returned() as links:
            assert links.used == number(serial)
            heir.message(brokerwire.TAKE, pid=os.getpid(), fds=links, login=login,
                         key=links.used)
    assert broker.gone(1)
    said = Said(waits.hear())
    assert (said.outcome, said.receipt) == ("throttle", UNSURE)
    assert asked(made, Call(serial=2, phone=PHONE % 6).sign(
        SECRET, LOGIN)).outcome == "ok"
    refused(heir, waits, Call(serial=3, phone=PHONE % 5).sign(
        SECRET, LOGIN + 5).frame(), "uses a ticket twice")
    assert len(sim.requests()) == 3


def test_it_leaves_and_the_parent_ends(broker):
    """Nobody takes a login back, nor kills it: each ends, and so does it."""
    made, _ = started(broker)
    broker.message(LEAVE)
    broker.parent_ends()
    assert made.hear() is None
    assert broker.gone()


@pytest.mark.parametrize("number_", (1, 7))
def test_no_such_provider(parent, number_):
    """The settings have not so many."""
    made = parent.start(number_)
    assert made.gone()
    assert parent.status() == 78
