# SPDX-License-Identifier: BSD-2-Clause
"""A helper that listens, as root would start it on a machine without systemd.

TWOFA_TRANSPORT=socket has every login of the tests go to one: see
pamstack.py."""

import os
import signal
import socket
import subprocess
import time

import leftovers
import stage
from processes import Process

FOLDER = "/run/twofa"
# "socket", or "alone": the helpers that listen can start no state broker
EVERYWHERE = os.environ.get("TWOFA_TRANSPORT", "") in ("socket", "alone")
KEPT = os.environ.get("TWOFA_TRANSPORT") == "socket"
ALONE = ["env", "LD_PRELOAD=" + stage.STAGE + "/test/alone.so"]


class Listener:
    """One parent; its copies come and go."""

    def __init__(self, helper=stage.HELPER, path=FOLDER + "/helper.sock",
                 user=None, start=True):
        self.helper = helper
        self.path = path
        self.user = user
        self.process = None
        self.before = []  # words in front of the program
        if start:
            self.start()

    def argv(self):
        words = [*self.before, self.helper, "--listen=" + self.path]
        return words + (["--user=" + self.user] if self.user else [])

    def start(self, wait=True):
        self.process = subprocess.Popen(
            self.argv(), stdin=subprocess.DEVNULL, start_new_session=True)
        leftovers.LISTENERS.add(self.process.pid)
        if wait:
            self.wait()

    def answers(self):
        """Does HELLO come?"""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
            link.settimeout(10)
            try:
                link.connect(self.path)
                return link.recv(4096)[:6] == b"p2fa\x01\x07"
            except OSError:
                return False

    def wait(self):
        end = time.monotonic() + 20
        while not self.answers():
            assert self.process.poll() is None, self.process.returncode
            assert time.monotonic() < end
            time.sleep(0.01)

    @property
    def pid(self):
        return self.process.pid

    def copies(self):
        """The pids of the copies that run."""
        return [pid for pid, _, state, parent in leftovers.processes()
                if parent == self.pid and state != "Z"
                and not leftovers.is_broker(pid)]

    def rests(self):
        """Wait until it waits, which it does nowhere else: what it has passed
        to others it has closed."""
        end = time.monotonic() + 10
        while Process(self.pid).status()["State"][0] != "S":
            assert time.monotonic() < end
            time.sleep(0.001)

    def brokers(self, of="--state-broker"):
        """The pids of its brokers: of the state, or "--provider-broker"."""
        return [pid for pid, _, state, parent in leftovers.processes()
                if parent == self.pid and state != "Z"
                and leftovers.is_broker(pid, of)]

    def life(self):
        """Its socket to the log, behind those that it listens on: another one
        after each execve."""
        try:
            return os.readlink("/proc/%d/fd/%d" % (
                self.pid, 5 if self.user else 4))
        except FileNotFoundError:
            return None  # not yet, of a new one

    def changed(self, before):
        """Wait until it is another program."""
        end = time.monotonic() + 10
        while self.life() in (None, before):
            assert time.monotonic() < end
            time.sleep(0.01)

    def kill(self, sig):
        os.kill(self.pid, sig)

    def let_go(self):
        """No broker has the state open any more, as after ten idle seconds:
        what is done to its files now is done to closed ones."""
        kept = self.brokers("-broker")
        if kept:
            self.kill(signal.SIGHUP)
        for pid in kept:
            assert leftovers.wait_gone(pid, 20), pid

    def stop(self):
        """Its exit status."""
        if self.process.poll() is None:
            self.kill(signal.SIGCONT)
            self.kill(signal.SIGTERM)
        status = self.process.wait(20)
        leftovers.LISTENERS.discard(self.pid)
        if self.user and os.path.lexists(self.user):
            os.unlink(self.user)  # for twofactl, its presence says much
        return status


# LISTEN_PID is the process's own, which nobody knows before.
AS_SYSTEMD = ("setpriv", "--reuid=990", "--regid=990", "--groups=990",
              "--no-new-privs", "/bin/sh", "-c",
              "export LISTEN_PID=$$; exec \"$@\"", "sh")


class Activated(Listener):
    """One that is given its sockets, as systemd does: this process holds them
    on."""

    def __init__(self, helper=stage.HELPER, path=FOLDER + "/helper.sock",
                 names="helper", before=(), wait=True, **environment):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.path.lexists(path):
            os.unlink(path)
        self._server.bind(path)
        self._server.listen(64)
        self._environment = {"LISTEN_FDS": "1", "LISTEN_FDNAMES": names,
                             "PATH": "/usr/bin:/bin", **environment}
        super().__init__(helper, path, start=False)
        self.before = list(before)
        self.start(wait)

    def argv(self):
        return [*AS_SYSTEMD, *self.before, self.helper, "--listen"]

    def start(self, wait=True):
        self.process = subprocess.Popen(
            self.argv(), stdin=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=lambda: os.dup2(self._server.fileno(), 3),
            pass_fds=(3,), env=self._environment)
        leftovers.LISTENERS.add(self.process.pid)
        if wait:
            self.wait()

    def stop(self):
        self._server.close()
        return super().stop()


class Listeners:
    """For each program that is to listen one, from its first login on."""

    def __init__(self):
        self._open = {}

    def path(self, helper):
        """Where this program listens."""
        if helper not in self._open:
            found = Listener(helper, "%s/%d.sock" % (FOLDER, len(self._open)),
                             start=False)
            found.before = [] if KEPT else ALONE
            found.start()
            self._open[helper] = found
        return self._open[helper].path

    def paths(self):
        return [found.path for found in self._open.values()]

    def pids(self):
        return [found.pid for found in self._open.values()]

    def let_go(self):
        for found in self._open.values():
            found.let_go()

    def stop(self):
        for found in self._open.values():
            found.stop()
        self._open.clear()


SHARED = Listeners()


def arguments(args):
    """The module's arguments, as TWOFA_TRANSPORT wants them: stand-ins of
    tests cannot listen, and what names a transport gets that one."""
    if not EVERYWHERE or "transport" in args or \
            args.get("helper") not in (stage.HELPER, stage.CLOCK_HELPER):
        return args
    return {**args, "transport": "socket",
            "socket": SHARED.path(args["helper"])}
