# SPDX-License-Identifier: BSD-2-Clause
"""The line of a provider's broker about a push that its owner refuses: no word of
a worker keeps it out of the log, or has it there each second."""

import pytest

import brokerwire
from brokerwire import KEY, Call, Said, word
from twilioapp import IDENTITY, PushPhone

TRANSPORTS = ("socket",)
SECRET = b"0123456789abcdef0123456789abcdef"
LOGIN = 0x1234567890
PUSH = 5
ERR = 3  # LOG_ERR
BEHIND = 8 + 32  # of a call: number and ticket


@pytest.fixture
def parent(_ready):
    with brokerwire.parent() as found:
        yield found


@pytest.fixture
def refused(parent, settings, sim):
    """A broker, a connection, and a poll of a push that was refused."""
    phone = PushPhone(settings, sim)
    *others, push = settings.keys["providers"]
    broker = parent.start(len(others))
    broker.message(KEY, len(others), key=SECRET)
    broker.ping()
    made = broker.connect(login=LOGIN)

    def call(kind, serial, request="", **more):
        return Call(kind, serial, request, method=PUSH, phone="",
                    provider=push["name"], identity=IDENTITY,
                    factor=phone.factor, push_digits="42",
                    settings="twilio-push %x 0 0 " % (1 << PUSH), **more
                    ).sign(SECRET, LOGIN).frame()
    made.say(call("start", 1))
    said = Said(made.hear())
    phone.act("deny")
    return broker, made, lambda serial, kind="poll", **more: call(
        kind, serial, said.request_id, **more)


def told(broker, words="poll: deny"):
    broker.ping()
    return [line for line, level in zip(broker.lines, broker.levels)
            if level <= ERR and words in line]


def test_it_is_told_once(refused):
    broker, made, poll = refused
    for serial in (2, 3, 4):
        made.say(poll(serial))
        assert Said(made.hear()).outcome == "deny"
        assert len(told(broker)) == 1, broker.lines


def test_its_worker_says_that_it_was_told(refused):
    """As a call did once: what the last poll said is no field of it."""
    broker, made, poll = refused
    frame = poll(2)
    made.say(frame[:-BEHIND] + word(0) + frame[-BEHIND:])
    if (answer := made.hear()) is not None:
        assert Said(answer).outcome == "deny" and told(broker), broker.lines


@pytest.mark.parametrize("kind", ["poll", "cancel"])
def test_the_lines_of_all_logins(refused, kind):
    """As many as all have in a second are not one worker's, by calls without time, or
    such as the provider does not have; and its push's refusal is told besides."""
    broker, made, ask = refused
    for serial in range(2, 40):
        made.say(ask(serial, kind, ms=serial % 2))
        assert Said(made.hear()).outcome in ("config", "transient", "deny")
        broker.ping()  # the pipe holds few
    assert 0 < len(told(broker, "provider")) <= 16, broker.lines
    made.say(ask(40))
    assert Said(made.hear()).outcome == "deny"
    assert told(broker), broker.lines
