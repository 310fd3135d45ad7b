# SPDX-License-Identifier: BSD-2-Clause
"""A helper that lies to twofactl test, enroll and push: it is shown as text at
most, and what it says is believed only when all of it fits."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

import admin
from ctl import call, fake, record, scripted, typed
import processes

TRANSPORTS = ("spawn", "socket")

COMMANDS = (("test", "alice"), ("enroll", "carol", "+447700900300"),
            ("push", "alice"))
BREACHES = ("crash-before", "crash-after", "kill-after", "exit-after", "empty",
            "garbage", "truncated", "trailing", "oversized", "version",
            "double-field", "no-field", "range", "two-verdicts", "say-after",
            "empty-after")


@pytest.mark.parametrize("words, name", [
    *((words, name) for words in COMMANDS for name in BREACHES),
    (COMMANDS[0], "close"),  # it costs 5 s
], ids=lambda value: value if isinstance(value, str) else value[0])
def test_it_breaks_the_rules(settings, terminals, words, name, _ready):
    before = record(settings, "alice")
    ended = typed(terminals, *words, helper=fake(name))
    assert ended.ended() == 4, ended.text
    assert "\x1b" not in ended.text
    assert "would be allowed" not in ended.text
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
    assert "alice would be denied" in done.stdout
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
    asked.prompt("Verification code sent")
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
    assert "would be denied" in asked.text


def running(program):
    """Is it, in this namespace? A zombie has no program."""
    links = []
    for entry in os.listdir("/proc"):
        try:
            links.append(os.readlink("/proc/%s/exe" % entry))
        except OSError:
            pass
    return program in links


@pytest.mark.parametrize("words, name", [
    (("unlock", "alice"), "flood-error"), (("status",), "flood-error"),
    (("doctor",), "flood-error"), (("doctor",), "flood-note"),
    (("test", "alice"), "flood-error"), (("test", "alice"), "flood-say"),
    (("test", "alice"), "flood-ask"), (COMMANDS[1], "flood-say"),
    (("push", "alice"), "flood-error"),
    (("remove", "bob", "--yes"), "flood-error"),
    (("status",), "flood-user"), (("explain", "alice", "sshd"), "flood-user"),
    (("doctor",), "flood-held"),
], ids=lambda value: value if isinstance(value, str) else value[0])
def test_a_flood(terminals, words, name, _ready):
    """It is cut off, and its process is gone before twofactl is."""
    helper = fake(name)
    begun = time.monotonic()
    if words[0] in ("test", "enroll"):
        ended = typed(terminals, *words, helper=helper)
        status, text = ended.ended(60), ended.text
    else:
        done = call(*words, helper=helper)
        status, text = done.returncode, done.stdout + done.stderr
    took = time.monotonic() - begun
    print("%s %s: %d lines in %.1f s" % (words[0], name, text.count("\n"),
                                         took))
    assert status == (1 if words[0] == "doctor" else 4), text[-2000:]
    # a million rows may take longer than the deadline, with sanitizers
    assert re.search("the helper (sent more than any request needs|did not end "
                     "in time), and was killed", text), text[-2000:]
    assert "ended by signal" not in text
    requests = 2 if words[0] == "remove" else 1  # the user's, the host's shape
    assert text.count("Flood") <= 400 * requests
    assert text.count("\n") < 410 * requests + 40
    assert took < 100
    assert not running(helper)


UNKNOWN = "the helper sent what this version does not know"
CODES = ("recovery-codes", "alice", "--yes", "--count", "2")
TOKEN = "token\tname-1\tabc"
PLAN = ("plan\ton\t\t", "ask\tsend\tsms\tvonage\t\t\t\t0\t0")


@pytest.mark.parametrize("words, lines, status, said", [
    (("unlock", "alice"), ("nonsense",), 4, UNKNOWN),
    (("unlock", "alice"), ("left\t3", "ALLOW"), 4, UNKNOWN),
    (("unlock", "alice"), ("DENY nothing-known",), 4,
     "the helper refused: nothing-known"),
    (("forget", "alice"), ("left\t3",), 4, UNKNOWN),
    (("remove", "carol"), ("forgot\t3",), 4, UNKNOWN),
    (("test", "alice"), ("nonsense",), 4, UNKNOWN),
    (("test", "alice"), ("left\t3",), 4, UNKNOWN),
    (CODES, ("left\t0", "left\t0"), 4, UNKNOWN),
    (CODES, ("left\t0", "ASK", "ASK"), 4, UNKNOWN),
    (CODES, ("left\t0", "forgot\t0"), 4, UNKNOWN),
    (CODES, ("left\t0", "code\tABC"), 4, UNKNOWN),
    (CODES, ("left\t0", *["code\tABCDEFGH234567AB"] * 21), 4, UNKNOWN),
    (("push", "alice"), ("ASK",), 4, UNKNOWN),
    (("push", "alice"), ("left\t3",), 4, UNKNOWN),
    (("push", "alice"), ("token\ta b\tabc",), 4, UNKNOWN),
    (("push", "alice"), ("token\tname-1\ta b",), 4, UNKNOWN),
    (("push", "alice"), (TOKEN, "token\tname-2\tabc"), 4, UNKNOWN),
    (("push", "alice"), (TOKEN, "ASK", "factor\tYF1", "factor\tYF2"), 4,
     UNKNOWN),
    (("push", "alice"), (TOKEN, "ASK", "factor\tY-F"), 4, UNKNOWN),
    (("push", "alice"), (TOKEN, "ASK", "ALLOW"), 4,
     "the helper named no app; install"),
    (("push", "alice"), (TOKEN, "ASK", "DENY deadline"), 1,
     "no app joined in time: nothing was changed; for a new token run: "
     "twofactl push alice"),
    (("explain", "alice", "sshd"), ("left\t3",), 4, UNKNOWN),
    (("explain", "alice", "sshd"), ["limit\tx\t0\t0"] * 17, 4, UNKNOWN),
    (("explain", "alice", "sshd"), ["passed\tx\t0"] * 9, 4, UNKNOWN),
])
def test_a_record_that_does_not_belong(settings, words, lines, status, said,
                                       _ready):
    before = record(settings, "alice")
    ended = call(*words, helper=scripted(*lines))
    assert ended.returncode == status, ended
    assert said in ended.stderr, ended
    assert record(settings, "alice") == before


def test_more_sources_than_fit(_ready):
    """Others than the one that was asked about are cut, not refused."""
    sources = ["source\talice\t10.0.%d.0/24\t1\t0" % n for n in range(17)]
    ended = call("explain", "alice", "sshd", "--json",
                 helper=scripted(*sources, *PLAN, "ALLOW"))
    assert ended.returncode == 0, ended
    others = json.loads(ended.stdout)["other_sources"]
    assert [other["source"] for other in others] == [
        "10.0.%d.0/24" % n for n in range(16)]


def test_advice_that_is_none(settings, _ready):
    """What it says of a number is not believed, and not needed."""
    for line in ("lookup\t9\t0\t0\tGB", "lookup\t0\t9\t0\tGB",
                 "lookup\t0\t0\t99\tGB", "lookup\t0\t0\t0\tgb", "left\t3"):
        if record(settings, "carol"):
            settings.forget("carol")
        ended = call("enroll", "carol", "+447700900300", "--no-verify",
                     helper=scripted(line))
        assert ended.returncode == 0, ended
        assert UNKNOWN in ended.stderr
        assert "warning" not in ended.stderr
        assert "carol is enrolled with" in ended.stdout


def test_a_token_that_cannot_be_shown(settings, _ready):
    before = record(settings, "alice")
    with open("/dev/full", "w", encoding="ascii") as full:
        ended = subprocess.run(
            [admin.TWOFACTL, "--helper",
             scripted(TOKEN, "ASK", "factor\tYF1", "ALLOW"), "push", "alice"],
            stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
            text=True, timeout=60, check=False)
    assert ended.returncode == 4, ended
    assert "standard output cannot be written: nothing was changed" in (
        ended.stderr)
    assert UNKNOWN not in ended.stderr
    assert record(settings, "alice") == before


def test_status_of_settings_that_broke(settings, _ready):
    """Since the helper has read them."""
    os.chmod(settings.users_dir, 0o777)
    ended = call("status", helper=fake("allow"))
    assert ended.returncode == 3 and "chmod 0750" in ended.stderr, ended
    settings.raw("brand = 5;\n")
    ended = call("status", helper=fake("allow"))
    assert ended.returncode == 3, ended
    assert "twofa.conf:1: brand:" in ended.stderr
    os.chmod(settings.users_dir, 0o750)


def test_no_helper(_ready):
    """Also where it would have asked."""
    for words in (("test", "alice"), ("status",), ("push", "alice")):
        ended = call(*words, helper="/run/none")
        assert ended.returncode == 4, ended
        assert "/run/none: No such file" in ended.stderr


def test_doctor(settings, _ready):
    """It names no check in words of its own, and is told on as it is."""
    for n in range(6):
        settings.user("user%d" % n)
    few = ["held\tuser%d\t1" % n for n in range(6)]
    enough = ["held\t%s\t9" % name for name in ("alice", "bob")]
    ended = call("doctor", helper=scripted(*few, *enough, "note\tspace\tSmall",
                                           "problem\tclock\tLate", "ALLOW"))
    assert ended.returncode == 1, ended
    assert "\nnote: space: the helper says: Small\n" in ended.stdout
    assert "\nclock: the helper says: Late\n" in ended.stdout
    assert ("recovery-low: user0, user1, user2, user3, user4 and 1 more have "
            "fewer than 3 recovery codes left; run: twofactl recovery-codes "
            "USER\n") in ended.stdout
    for line in ("left\t3", "problem\tBad Name\tx", "note\t%s\tx" % ("x" * 33)):
        ended = call("doctor", helper=scripted(line, "ALLOW"))
        assert ended.returncode == 1, ended
        assert "helper-run: " + UNKNOWN in ended.stdout, ended


@pytest.mark.parametrize("byte", [
    b"\x1b", b"\x07", b"\r", b"\x7f", b"\x9b", b"\x90", b"\xc2\x9b",
    b"\xe2\x80\xae", b"\xe2\x81\xa6", b"\xff", b"\xc3\xa9"])
@pytest.mark.parametrize("words, line", [
    (("unlock", "alice"), b"error\ta%sb"), (("test", "alice"), b"say\ta%sb"),
    (("test", "alice"), b"error\ta%sb"), (("doctor",), b"problem\tx\ta%sb"),
    (("doctor",), b"note\tx\ta%sb"), (("doctor",), b"problem\tx%s\tb"),
    (("status",), b"user\ta%sb\t0\t0\t0\t1\t1\t1\t1"),
    (("status", "--json"), b"user\ta%sb\t0\t0\t0\t1\t1\t1\t1"),
    (("explain", "alice", "sshd"), b"plan\ta%sb\tx\tx"),
    (("push", "alice"), b"token\ta%sb\tx"),
])
def test_bytes_that_a_terminal_acts_on(words, line, byte, _ready):
    """Control bytes of one byte or two, and letters that turn a line round."""
    helper = scripted("ALLOW")
    with open(helper + ".script", "wb") as out:
        out.write(line % byte + b"\nALLOW\n")
    ended = subprocess.run([admin.TWOFACTL, "--helper", helper, *words],
                           stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=60, check=False)
    shown = ended.stdout + ended.stderr
    assert all(c in b"\n" or 0x20 <= c < 0x7f for c in shown), shown
    if byte != b"\r" or words[0] != "doctor":
        assert ended.returncode == (1 if words[0] == "doctor" else 4), ended
    assert UNKNOWN.encode() in shown


def test_bytes_of_a_prompt(terminals, _ready):
    asked = typed(terminals, "test", "alice", "--service", "login",
                  helper=fake("ask"))
    asked.prompt("Code")
    assert "Code \\x1b[2J\\xc2\\x9b sent: " in asked.text
    asked.answer("1")
    asked.ended()
    assert all(c in "\r\n" or " " <= c <= "~" for c in asked.text)


def test_what_it_says_is_its_own_word(_ready):
    """Nobody takes what it tells to run for doctor's advice, or twofactl's."""
    evil = "files-mode\t/x is open; run: rm -rf /"
    for kind, words in (("problem\t" + evil, "files-mode: the helper says: "),
                        ("note\t" + evil, "note: files-mode: the helper says: "),
                        ("error\tx; run: rm -rf /",
                         "helper-run: the helper says: ")):
        out = call("doctor", helper=scripted(kind, "ALLOW")).stdout
        (line,) = [line for line in out.splitlines() if "rm -rf" in line]
        assert line.startswith(words), line
    for words in (("unlock", "alice"), ("test", "alice")):
        said = call(*words, helper=scripted("error\trun: x", "ALLOW")).stderr
        assert "twofactl: the helper says: run: x\n" in said


def test_a_program_at_the_terminal(terminals, _ready):
    """Of uid twofa, to see its version: it cannot write or type there."""
    path = "/run/fakes-ctl/at-the-terminal"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as out:
        out.write("#!/bin/sh\necho REACHED > /dev/tty\n")
    os.chmod(path, 0o755)
    ended = typed(terminals, "doctor", helper=path)
    ended.ended(60)
    assert "helper-version" in ended.text or "helper-run" in ended.text
    assert "REACHED" not in ended.text
