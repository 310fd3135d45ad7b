# SPDX-License-Identifier: BSD-2-Clause
"""What a local user can do to others: run as alice with a folder of cgroup2
that is hers, it keeps several sudos going there, stops each of them time and
again, and leaves one stopped whose helper holds the state's write lock then, for
as long as the helper lasts. A busy machine makes that slower, not rarer: nothing
happens in what stands still.

    freezer.py FOLDER SUDOS SECONDS

Tells at its end how many sudos began, and how often one was frozen with the
lock."""

import os
import subprocess
import sys
import time

SUDO = ("/usr/bin/sudo", "-S", "-p", "", "id")
# the password, then no code, as often as sudo asks
TYPED = b"pw-alice\nq\n" * 3
WRITE_LOCK = 120  # its byte of SQLite's -shm
RUNS = 0.002  # seconds between two stops


class Kept:
    """A file of the kernel's that stays open: opening takes longer than what is
    asked, and it is asked all the time."""

    def __init__(self, path, flags=os.O_RDONLY):
        self._fd = os.open(path, flags)

    def read(self):
        found = b""
        while more := os.pread(self._fd, 65536, len(found)):
            found += more
        return found

    def write(self, value):
        os.pwrite(self._fd, b"%d" % value, 0)


def holders(locks):
    """The pids that hold that byte alone; of whatever file, she cannot see."""
    found = set()
    for line in locks.read().splitlines():
        words = line.split()
        if words[1] == b"POSIX" and words[3] == b"WRITE" and \
                words[6].isdigit() and words[7].isdigit() and \
                int(words[6]) <= WRITE_LOCK <= int(words[7]):
            found.add(int(words[4]))
    return found


class Place:
    """A cgroup with one sudo after another."""

    def __init__(self, folder, locks):
        os.makedirs(folder, exist_ok=True)
        self._locks = locks
        self._procs = Kept(folder + "/cgroup.procs", os.O_RDWR)
        self._freeze = Kept(folder + "/cgroup.freeze", os.O_WRONLY)
        self._events = Kept(folder + "/cgroup.events")
        self._process = None
        self.frozen = self.held = False
        self.begun = self.caught = 0

    def pids(self):
        return {int(line) for line in self._procs.read().split()}

    def freeze(self, frozen):
        self._freeze.write(frozen)
        self.frozen = frozen

    def _stands(self):
        return b"frozen 1\n" in self._events.read()

    def go_on(self):
        """Begin a sudo when there is none. In a frozen folder it would freeze
        before it is one, and this program wait for it for ever: the helper of
        a sudo that is gone may hold the lock there still."""
        if self.frozen or \
                self._process is not None and self._process.poll() is None:
            return
        self._process = subprocess.Popen(
            SUDO, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/",
            preexec_fn=lambda: self._procs.write(os.getpid()))
        self._process.stdin.write(TYPED)
        self._process.stdin.close()
        self.begun += 1

    def look(self):
        """Stopped with the lock: it stays so. Without it: not any more."""
        if not self.frozen:
            self.freeze(True)
        if not self._stands():
            return
        held = bool(holders(self._locks) & self.pids())
        self.caught += held and not self.held
        self.held = held
        if not held:
            self.freeze(False)

    def end(self):
        """Let it go on to its own end."""
        self.freeze(False)
        self._process.wait(30)


def run(folder, sudos, seconds):
    locks = Kept("/proc/locks")
    places = [Place("%s/%d" % (folder, n), locks) for n in range(sudos)]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for place in places:
            place.look()
            place.go_on()
        time.sleep(RUNS)
    for place in places:
        place.end()
    print(sum(place.begun for place in places),
          sum(place.caught for place in places))


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
