# SPDX-License-Identifier: BSD-2-Clause
"""A helper that listens, its copies and its broker. They are no children of
the application, so they have a cgroup of their own, which tells what they
used."""

import collections
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import leftovers
import stage
from listener import Listener

HOME = "/run/bench/warm"
HELPER = HOME + "/twofa-helper"
SLOW_DISK = HOME + "/slow/twofa-helper"  # 5 ms for each wait
MOUNTED = "/run/bench/cgroup"
CALLGRIND = "/run/bench/callgrind"
UNREADABLE = stage.STAGE + "/test/bench_unreadable.so"


def prepare():
    """The program again, shut as make install has it: the one that valgrind
    starts for each login is not."""
    os.makedirs(os.path.dirname(SLOW_DISK))
    os.makedirs(MOUNTED)
    for program, path in ((stage.HELPER, HELPER), (
            stage.STAGE + "/test/bench_slow_disk", SLOW_DISK)):
        shutil.copyfile(program, path)
        os.chmod(path, stage.HELPER_MODE)
    subprocess.run(["mount", "-t", "cgroup2", "none", MOUNTED], check=True)


# Where a worker begins: its count begins there, without its listener's start.
BEGINS = "listener_worker_run"
ALL = "-broker"  # brokers: of the state, and of providers


class Warm(Listener):
    """name: of its socket and its cgroup. traced: under strace."""

    def __init__(self, name, traced=False, helper=HELPER):
        self.log = "%s/%s.log" % (HOME, name)
        self._before = ["strace", "-f", "-o", self.log] if traced else []
        self.group = tempfile.mkdtemp(prefix="twofa-", dir=MOUNTED)
        super().__init__(helper, "%s/%s.sock" % (HOME, name))

    def argv(self):
        return ["/bin/sh", "-c", 'echo 0 > "$0/cgroup.procs"; exec "$@"',
                self.group, *self._before, *super().argv()]

    def pids(self):
        """All but the brokers, which live on between logins."""
        with open(self.group + "/cgroup.procs", encoding="ascii") as text:
            return [pid for pid in map(int, text)
                    if not leftovers.is_broker(pid)]

    @property
    def pid(self):
        """strace ends with it."""
        first = self.process.pid
        return next(pid for pid in self.pids()
                    if bool(self._before) == (pid != first))

    def broker(self):
        """The pid of the present one of the state: those before it have ended."""
        end = time.monotonic() + 10
        while len(self.brokers()) > 1:
            assert time.monotonic() < end, self.brokers()
            time.sleep(0.01)
        return self.brokers()[0]

    def renew(self):
        """It executes itself and lets its broker go, as when its file is
        another; until both are done."""
        life, brokers = self.life(), self.brokers(ALL)
        self.kill(signal.SIGHUP)
        self.changed(life)
        for pid in brokers:
            assert leftovers.wait_gone(pid, 10)

    def settle(self):
        """Until no login has a copy any more."""
        end = time.monotonic() + 10
        while len(self.pids()) > 1 + bool(self._before):
            assert time.monotonic() < end, self.pids()
            time.sleep(0.0005)

    def used(self):
        """Milliseconds of processor time."""
        self.settle()
        return self.used_by_now()

    def used_by_now(self):
        """The same while logins wait."""
        with open(self.group + "/cpu.stat", encoding="ascii") as text:
            return int(text.readline().split()[1]) / 1000

    def stop(self):
        brokers = self.brokers(ALL)
        os.kill(self.pid, signal.SIGTERM)
        status = self.process.wait(20)
        for pid in brokers:
            assert leftovers.wait_gone(pid, 10)
        for pid in self.pids():  # of a login that failed
            os.kill(pid, signal.SIGKILL)
            leftovers.wait_gone(pid, 10)
        self._empty()
        os.rmdir(self.group)
        return status

    def _empty(self):
        """Until the kernel has let go of all that ended there."""
        end = time.monotonic() + 10
        populated = True
        while populated:
            assert time.monotonic() < end
            with open(self.group + "/cgroup.events", encoding="ascii") as text:
                populated = "populated 1" in text.read()


HELLO_ALONE = 100000  # instructions; a login has several times as many
# What one life used: the parent's count, the broker's, and those of the copies
# in all and their number.
Life = collections.namedtuple("Life", "parent broker copies number")


class Counted(Listener):
    """The same under callgrind, which must be able to read the program as user
    twofa: there is a look at that which is answered falsely here. A copy's
    count begins with it, a broker's with its program. The parent's and the
    broker's are known when they have ended; both live on between logins, so
    that what a login costs them is the difference of two lives."""

    def __init__(self):
        super().__init__(HELPER, HOME + "/counted.sock", start=False)
        account = pwd.getpwnam("twofa")
        with open(stage.HELPER, "rb") as program:  # valgrind does not complain
            assert BEGINS.encode() in program.read(), BEGINS
        for path in glob.glob(CALLGRIND + "/warm.*"):
            os.unlink(path)
        if os.path.lexists(self.path):
            os.unlink(self.path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
            link.bind(self.path)
            link.listen(8)
            link.setblocking(False)
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", 'exec 3<&%d; LISTEN_FDS=1 LISTEN_PID=$$ '
                 'LISTEN_FDNAMES=twofa-helper.socket LD_PRELOAD=%s exec "$@"'
                 % (link.fileno(), UNREADABLE), "sh",
                 "prlimit", "--nofile=76:76", "setpriv",
                 "--reuid=%d" % account.pw_uid,
                 "--regid=%d" % account.pw_gid, "--clear-groups",
                 "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
                 "valgrind", "--tool=callgrind", "--vgdb=no",
                 "--trace-children=yes", "--log-file=/dev/null",
                 "--zero-before=" + BEGINS,
                 "--callgrind-out-file=" + CALLGRIND + "/warm.%p",
                 stage.HELPER, "--listen"],
                stdin=subprocess.DEVNULL, pass_fds=[link.fileno()])
        self.wait()  # it loads slowly
        self.settle()

    def _copies(self):
        """The files of copies that have ended."""
        others = [self.pid, *self.brokers(ALL)]
        return [path for path in glob.glob(CALLGRIND + "/warm.*")
                if int(path.rpartition(".")[2]) not in others]

    def settle(self):
        """Until no login has a copy any more."""
        end = time.monotonic() + 60
        while self.copies():
            assert time.monotonic() < end, self.copies()
            time.sleep(0.01)

    def end(self, total):
        """Its Life; total: what a file of callgrind's says."""
        self.settle()
        # wait()'s have HELLO alone, and may end late
        copies = [path for path in self._copies() if total(path) > HELLO_ALONE]
        brokers = self.brokers(ALL)
        assert self.stop() == 0
        for pid in brokers:
            assert leftovers.wait_gone(pid, 30)
        return Life(total("%s/warm.%d" % (CALLGRIND, self.pid)),
                    sum(total("%s/warm.%d" % (CALLGRIND, pid))
                        for pid in brokers),
                    sum(map(total, copies)), len(copies))
