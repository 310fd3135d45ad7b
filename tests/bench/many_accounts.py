# SPDX-License-Identifier: BSD-2-Clause
"""What twofactl costs an admin of many: a host with so many accounts that have
a password, of which each tenth is enrolled."""

import os
import resource
import subprocess
import sys
import time

import stage

sys.path[1:1] = [os.path.join(stage.ROOT, "tests/e2e", room)
                 for room in ("trial", "host", "doctor", "twofactl")]

# pylint: disable=wrong-import-position
import enablehost  # noqa: E402
import sdjournal  # noqa: E402

COMMANDS = (("doctor",), ("enable", "sshd", "--dry-run"), ("status",),
            ("check",), ("list",))
LONGEST = 120  # seconds; then it is not waited for
HASH = "$5$rounds=1000$salt$YMqEClTzVZMwrBpYPKEJPr0SJxyRGTzCgoVg5O7jGk8"
FIRST = 100000  # uid


def grow(settings, made, count):
    """From made accounts to count."""
    names = ["crowd%06d" % n for n in range(made, count)]
    for path, line in (("/etc/passwd", "%s:x:%d:%d::/nonexistent:/bin/sh\n"),
                       ("/etc/group", "%s:x:%d:\n"),
                       ("/etc/shadow", "%s:" + HASH + ":19000:0:99999:7:::\n")):
        with open(path, "a", encoding="ascii") as out:
            for n, name in enumerate(names, FIRST + made):
                out.write(line % ((name, n, n)[:line.count("%")]))
    for n in range(made, count, 10):
        settings.user("crowd%06d" % n, phone="+4477%08d" % n)


def cost(words):
    """(wall ms, CPU ms) with what it starts; None: too long."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    try:
        done = subprocess.run([enablehost.TWOFACTL, *words], check=False,
                              timeout=LONGEST, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None
    assert done.returncode in (0, 1), (words, done.returncode)
    wall = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall * 1000, 1000 * (
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def journal_cost(settings, accounts=2000, lines=100000):
    """(what, wall ms, CPU ms) of report with a journal of so many lines."""
    with enablehost.machine():
        grow(settings, 0, accounts)
        sdjournal.write(
            [sdjournal.entry(sdjournal.login(
                "crowd%06d" % (n % accounts), method="sms", rule="default",
                provider="vonage"), lines - n) for n in range(lines)])
        for words in (("report",), ("report", "--events")):
            yield ("%s, %d lines" % (" ".join(words), lines), *cost(words))
        sdjournal.remove()


def rows(settings, counts):
    """(what, wall ms, CPU ms) of each command on each host."""
    made = 0
    with enablehost.machine():
        for count in counts:
            grow(settings, made, count)
            made = count
            for words in COMMANDS:
                found = cost(words)
                yield ("%s, %d" % (words[0], count),
                       *(found or (None, None)))
