# SPDX-License-Identifier: BSD-2-Clause
"""The parts of an sshd, found by the title that each gives itself."""

import re

import leftovers


def _title(pid):
    """What ps shows: "sshd: alice [priv]", say."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as text:
            return text.read().rstrip(b"\0").replace(b"\0", b" ").decode()
    except OSError:
        return ""


def _below(pid):
    """All descendants of a process, the nearest first."""
    tree = {child: parent for child, _, _, parent in leftovers.processes()}
    found = [pid]
    for known in found:
        found += [child for child in tree if tree[child] == known]
    return found[1:]


def part_of(server, mark):
    """The pid of the part with this mark: [priv], [net] or [pam]. The
    intermediate bears the title of its parent: the first one is meant."""
    titles = {pid: _title(pid) for pid in _below(server.pid)}
    for pid, title in titles.items():
        # from OpenSSH 9.8 on they are programs of their own
        if re.match("sshd(-session|-auth)?: ", title) and title.endswith(mark):
            return pid
    raise AssertionError("no %s below sshd: %r" % (mark, titles))
