# SPDX-License-Identifier: BSD-2-Clause
"""A helper that lies to twofactl test, enroll and push: it is shown as text at
most, and what it says is believed only when all of it fits."""

import re
import signal

import pytest

from ctl import call, fake, record, typed
import processes

COMMANDS = (("test", "alice"), ("enroll", "carol", "+447700900300"),
            ("push", "alice"))


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("name", [
    "crash-before", "crash-after", "kill-after", "exit-after", "close",
    "empty", "garbage", "truncated", "trailing", "oversized", "version",
    "double-field", "no-field", "range", "two-verdicts", "say-after",
    "empty-after"])
def test_it_breaks_the_rules(settings, terminals, name, words, _ready):
    before = record(settings, "alice")
    ended = typed(terminals, *words, helper=fake(name))
    assert ended.ended() == 4, ended.text
    assert "\x1b" not in ended.text
    assert "would be let in" not in ended.text
    assert record(settings, "alice") == before
    assert record(settings, "carol") is None


def test_allow_without_an_app(settings, _ready):
    """For a test it is an answer, for push it is none."""
    before = record(settings, "alice")
    done = call("push", "alice", helper=fake("allow"))
    assert done.returncode == 4, done
    assert record(settings, "alice") == before
    assert call("test", "alice", helper=fake("allow")).returncode == 0


def test_deny(settings, terminals, _ready):
    done = call("test", "alice", helper=fake("deny"))
    assert done.returncode == 1, done
    assert "alice would not be let in" in done.stdout
    assert re.search("outcome=denied", done.stdout)
    ended = typed(terminals, *COMMANDS[1], helper=fake("deny"))
    assert ended.ended() == 1, ended.text
    assert record(settings, "carol") is None


def test_hostile_bytes(_ready):
    """What it says of the login is shown as the log would have it."""
    done = call("test", "alice", helper=fake("nasty"))
    assert done.returncode == 1, done
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stdout.count("\n") == 2


def test_a_helper_that_dies_at_the_prompt(terminals, settings):
    """twofactl goes on by itself: nobody need type a line first."""
    asked = typed(terminals, "enroll", "carol", "+447700900300")
    asked.prompt("Code sent")
    processes.helper().kill(signal.SIGKILL)
    assert asked.ended() == 4, asked.text
    assert "the helper ended" in asked.text
    assert record(settings, "carol") is None


def test_a_helper_that_stands_still(terminals, settings):
    """A denial that comes while it is awaited: by the deadline, say."""
    asked = typed(terminals, "test", "alice", "--service", "login",
                  helper=fake("deadline"))
    assert asked.ended() == 1, asked.text
    assert "Code: " in asked.text
    assert "would not be let in" in asked.text
