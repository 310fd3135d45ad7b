# SPDX-License-Identifier: BSD-2-Clause
"""What /proc tells of a process."""

import contextlib
import os
import time

import leftovers

HUGE = 1 << 32  # bytes: what a sanitizer knows of memory, and not the memory


class Process:
    """One process of this namespace."""

    def __init__(self, pid):
        self.pid = pid

    def _path(self, name):
        return "/proc/%d/%s" % (self.pid, name)

    def read(self, name):
        with open(self._path(name), encoding="utf-8") as text:
            return text.read()

    def memory(self):
        """All that it may write, as root reads it."""
        found = []
        with open(self._path("mem"), "rb", buffering=0) as out:
            for line in self.read("maps").split("\n"):
                if " rw" not in line or "[v" in line:
                    continue
                begin, end = (int(at, 16) for at in
                              line.split(" ")[0].split("-"))
                if end - begin > HUGE:
                    continue
                out.seek(begin)
                with contextlib.suppress(OSError):
                    found.append(out.read(end - begin))
        return b"\0".join(found)

    def status(self):
        """The fields of status, as texts."""
        rows = (line.split(":", 1) for line in self.read("status").split("\n")
                if ":" in line)
        return {name: value.strip() for name, value in rows}

    def descriptors(self):
        """What each descriptor refers to; one that is closed meanwhile is
        left out."""
        found, folder = {}, self._path("fd")
        for fd in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):
                found[int(fd)] = os.readlink(os.path.join(folder, fd))
        return found

    def limits(self):
        """(soft, hard) by the name of the limit."""
        found = {}
        for line in self.read("limits").split("\n")[1:]:
            words = line[26:].split()
            if words:
                found[line[:26].strip()] = tuple(words[:2])
        return found

    def link(self, name):
        return os.readlink(self._path(name))

    def owner(self):
        """Root when the process is not dumpable, see proc(5)."""
        return os.stat(self._path("environ")).st_uid

    def parent(self):
        return Process(int(self.status()["PPid"]))

    def kill(self, sig):
        os.kill(self.pid, sig)

    def gone(self, timeout):
        """Has it ended within so many seconds?"""
        return leftovers.wait_gone(self.pid, timeout)


def helper():
    """The one helper that runs; for a moment a broker that begins looks like
    another one."""
    end = time.monotonic() + 2
    pids = leftovers.helpers()
    while len(pids) != 1 and time.monotonic() < end:
        time.sleep(0.01)
        pids = leftovers.helpers()
    assert len(pids) == 1, pids
    return Process(pids[0])
