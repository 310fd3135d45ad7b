# SPDX-License-Identifier: BSD-2-Clause
"""The processes of a login, by what they call themselves."""

import leftovers


def parents():
    """pid → its parent's pid, of everything in this namespace."""
    return {pid: parent for pid, _, _, parent in leftovers.processes()}


def title(pid):
    """What ps shows: sshd writes there which of its parts this is."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as text:
            return text.read().rstrip(b"\0").replace(b"\0", b" ").decode()
    except OSError:
        return ""


def below(pid):
    """All descendants of a process, the nearest first."""
    tree = parents()
    found = [pid]
    for known in found:
        found += [child for child in tree if tree[child] == known]
    return found[1:]


def part_of(server, mark):
    """The pid of sshd's part with this mark, "[priv]" say. The intermediate
    bears its parent's title: the first one is meant."""
    for pid in below(server.pid):
        if title(pid).startswith("sshd: ") and title(pid).endswith(mark):
            return pid
    raise AssertionError("no %s below sshd: %r" % (
        mark, [title(pid) for pid in below(server.pid)]))
