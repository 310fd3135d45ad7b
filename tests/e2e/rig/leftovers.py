# SPDX-License-Identifier: BSD-2-Clause
"""What a login must not leave behind: helpers that go on, and zombies."""

import os
import select
import time


# The pids of helpers that listen: they stay, and are no login's.
LISTENERS = set()


def processes():
    """(pid, name, state, parent) of every process in this namespace."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % entry, encoding="utf-8",
                      errors="replace") as text:
                line = text.read()
        except OSError:
            continue
        rest = line[line.rindex(")") + 2:].split()
        name = line[line.index("(") + 1:line.rindex(")")]
        yield int(entry), name, rest[0], int(rest[1])


ANY = "-broker"
BEFORE = "--keep-"  # what the brokers of versions before 1.0 are started by


def started(pid):
    """When, as time.time(); never, if it has ended."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8",
                  errors="replace") as text:
            ticks = int(text.read().rsplit(")", 1)[1].split()[19])
    except OSError:
        return float("inf")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + \
        ticks / os.sysconf("SC_CLK_TCK")


def is_broker(pid, of=ANY):
    """Was it started as a broker? of: "--state-broker" or "--provider-broker",
    else one of either kind, also of an earlier version."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as text:
            line = text.read().decode(errors="replace")
    except OSError:
        return False
    return of in line or (of == ANY and BEFORE in line)


def stays(pid, parent):
    """Does it listen, or is it a broker of one that does?"""
    return pid in LISTENERS or (parent in LISTENERS and is_broker(pid))


def helpers():
    """The pids of the helpers that run (the intermediate has none of its
    own name: it goes when its helper does, or before). The brokers of those
    that listen stay with them."""
    return [pid for pid, name, state, parent in processes()
            if name in ("twofa-helper", "twofa-broker") and state != "Z"
            and not stays(pid, parent)]


def zombies():
    """Ended, and nobody has asked how. Ours are not the logins' fault."""
    return [(pid, name) for pid, name, state, parent in processes()
            if state == "Z" and parent != os.getpid()]


def wait_gone(pid, timeout):
    """Has this process ended within so many seconds?"""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return bool(poll.poll(timeout * 1000))
    finally:
        os.close(fd)


def wait_no_zombies(timeout):
    """Those that are left. A zombie has no event to wait for: look again, for
    a bounded time."""
    end = time.monotonic() + timeout
    left = zombies()
    while left and time.monotonic() < end:
        time.sleep(0.01)
        left = zombies()
    return left


def check(timeout=20):
    """None, or what was left."""
    end = time.monotonic() + timeout
    for pid in helpers():
        # a new broker's name is not its own yet: it is looked for again
        while not wait_gone(pid, 0.1) and pid in helpers():
            if time.monotonic() > end:
                return "twofa-helper %d still runs%s" % (
                    pid, ", a broker" if is_broker(pid) else "")
    left = wait_no_zombies(max(0, end - time.monotonic()))
    return "zombies: %r" % left if left else None
