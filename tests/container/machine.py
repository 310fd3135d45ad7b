# SPDX-License-Identifier: BSD-2-Clause
"""The booted machine: its units, its journal and what is installed on it."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import time

import stage
from journal import fields_of
from leftovers import is_broker


def run(*argv, expected=0):
    """A tool's output; it must end as expected (None: any way)."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          cwd=stage.ROOT, check=False)
    assert expected is None or (done.returncode == 0) == (expected == 0), \
        "%s: %s" % (argv, done.stdout)
    return done.stdout


PREFIX = "/usr/local"
HELPER = PREFIX + "/libexec/twofa-helper"
MODULE = run("packaging/pamdir").strip() + "/pam_twofa.so"
SERVICE = "twofa-helper.service"
ROOT_SOCKET = "twofa-helper.socket"
USER_SOCKET = "twofa-helper-user.socket"
UNITS = (SERVICE, ROOT_SOCKET, USER_SOCKET)
FOLDER = "/run/twofa"
ROOT_PATH = FOLDER + "/helper.sock"
USER_PATH = FOLDER + "/user.sock"
PATIENCE = 20  # seconds until something that must come is given up


def make(target, **variables):
    """make TARGET of what is built already."""
    return run("make", "-o", "all", "O=" + stage.build_dir(), target,
               *["%s=%s" % pair for pair in variables.items()])


def read(path):
    """Its text; None without such a file."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as text:
        return text.read()


def write(path, text):
    """None: no such file."""
    if text is None:
        os.unlink(path)
        return
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def place(source, target, mode):
    """Put a file in the place of another, as dpkg does."""
    shutil.copyfile(source, target + ".new")
    os.chmod(target + ".new", mode)
    os.rename(target + ".new", target)


def until(true, what):
    """Wait for what has no event of its own."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def peer_uid(path):
    """Whose a socket that listens is, as a module sees it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
        link.connect(path)
        return struct.unpack("3i", link.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]


class Units:
    """The service and its sockets."""

    @staticmethod
    def do(*words, expected=0):
        return run("systemctl", *words, expected=expected)

    @staticmethod
    def value(name, unit=SERVICE):
        return run("systemctl", "show", "--value", "-p", name, unit).strip()

    def state(self, unit=SERVICE):
        return self.value("ActiveState", unit)

    @property
    def pid(self):
        """The process that listens."""
        pid = int(self.value("MainPID"))
        assert pid != 0, self.do("status", SERVICE, expected=None)
        return pid

    @staticmethod
    def executed():
        """The pids of all that run the helper: listening, or a login's."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                name = os.readlink("/proc/%s/exe" % pid)
            except OSError:
                continue
            if os.path.basename(name.split(" ")[0]).startswith("twofa-helper"):
                found.append(int(pid))
        return found

    def copies(self, of=None):
        """The logins' processes of the one that listens, without its
        broker."""
        with open("/proc/%d/task/%d/children" % ((of or self.pid,) * 2),
                  encoding="ascii") as text:
            found = map(int, text.read().split())
            return [pid for pid in found if not is_broker(pid)]

    def reset(self):
        """As after an installation: nothing enabled, nothing runs."""
        self.do("disable", "--now", ROOT_SOCKET, USER_SOCKET, expected=None)
        self.do("stop", SERVICE, expected=None)
        self.do("reset-failed")
        for pid in self.executed():
            os.kill(pid, signal.SIGKILL)
        until(lambda: not self.executed(), "the helpers do not end")
        if os.path.isdir(FOLDER):
            os.rmdir(FOLDER)


class Journal:
    """What came to journald since the last clear()."""

    def __init__(self):
        self._cursor = None
        self.clear()

    @staticmethod
    def _read(*words):
        return run("journalctl", "--sync") + run(
            "journalctl", "--no-pager", "-q", *words)

    def clear(self):
        text = self._read("-n", "1", "-o", "cat", "--show-cursor")
        self._cursor = text.rsplit("-- cursor: ", 1)[1].strip()

    def lines(self):
        return self._read("-o", "cat", "--after-cursor",
                          self._cursor).splitlines()

    def wait_for(self, words):
        until(lambda: any(words in line for line in self.lines()),
              "not in the journal: " + words)

    def logins(self):
        """The fields of the module's lines."""
        return list(filter(None, map(fields_of, self.lines())))
