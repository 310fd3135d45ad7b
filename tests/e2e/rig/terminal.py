# SPDX-License-Identifier: BSD-2-Clause
"""A person at a terminal: what they read and type, on a pty of its own."""

import os
import pwd
import re
import select
import signal
import subprocess
import time

import pexpect

import leftovers

# A line that ends in ": " and stays there; never the one for the password, nor
# the host's name above the prompt. sudo-rs adds a blank.
NO_PASSWORD = (r"(?![^\r\n]*(?:password(?: for \w+)?|login): ?$)"
               r"(?!(?:\(\S+\) )?[\w-]+:$)")
PROMPT = r"(?i)(?:\A|[\r\n])(" + NO_PASSWORD + r"[^\r\n]*{}[^\r\n]*: ? ?)$"
ENDS = r"\(Enter ends\): ?$"
PASSWORD = r"(?i)password(?: for \w+)?: ?$"
PATIENCE = 45  # s; on an idle machine one is enough


def _become(user):
    """What a child does to run as this user on its own terminal."""
    entry = pwd.getpwnam(user)
    groups = os.getgrouplist(user, entry.pw_gid)

    def drop():
        os.setgroups(groups)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    return drop


def _environment(user):
    entry = pwd.getpwnam(user or "root")
    return {"HOME": entry.pw_dir, "USER": entry.pw_name,
            "LOGNAME": entry.pw_name, "SHELL": "/bin/bash", "TERM": "dumb",
            "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}


class Terminal(pexpect.spawn):
    """One command on a terminal. password_of: whose password it asks for.
    code_words: in its prompt for a code (a regex), where it shows lines before
    that end in a colon, too: such a line may come in two parts."""

    def __init__(self, argv, user=None, password_of=None):
        self.password_of = password_of or user
        self.shown = []
        self.code_words = ""
        drop = _become(user) if user else None
        super().__init__(argv[0], list(argv[1:]), timeout=PATIENCE,
                         encoding="utf-8", codec_errors="replace",
                         env=_environment(user), dimensions=(50, 200),
                         preexec_fn=drop, cwd="/")
        self.delaybeforesend = None

    def read_nonblocking(self, size=1, timeout=None):
        try:
            text = super().read_nonblocking(size, timeout)
        except pexpect.EOF:
            if not self._reopened():
                raise
            return self.read_nonblocking(size, timeout)
        self.shown.append(text)
        return text

    def _reopened(self):
        """util-linux's login hangs its terminal up, and opens it again: no end
        yet."""
        end = time.monotonic() + 2
        hung = select.poll()
        hung.register(self.child_fd, select.POLLHUP)
        self.flag_eof = False  # isalive() would wait for it
        while self.isalive() and time.monotonic() < end:
            if not hung.poll(10):
                return True
            time.sleep(0.01)
        self.flag_eof = True
        return False

    @property
    def text(self):
        """All that was shown so far."""
        return "".join(self.shown)

    def password(self, text=None):
        """Wait for the password prompt, with Enter where it only tells why
        the last one failed; type the user's, or this."""
        while self.expect([PASSWORD, ENDS]):
            self.answer("")
        self.answer("pw-" + self.password_of if text is None else text)

    def prompt(self, words="", timeout=PATIENCE):
        """Wait for a prompt with these words (a regex); its whole line."""
        self.expect(PROMPT.format(words), timeout=timeout)
        return self.match.group(1)

    def answer(self, text):
        self.sendline(text)

    def code(self, sim, user=None, nth=None):
        """Wait for the prompt, then type the newest code on the phone."""
        line = self.prompt(self.code_words)
        self.answer(sim.code(user or self.password_of, nth))
        return line

    def ended(self, timeout=PATIENCE):
        """Wait until it closes, with Enter where it only tells why: exit
        status, or minus the signal."""
        while self.expect([pexpect.EOF, ENDS], timeout=timeout):
            self.answer("")
        self._reap(timeout)
        if self.signalstatus is not None:
            return -self.signalstatus
        return self.exitstatus

    def interrupted(self, timeout=PATIENCE):
        """Press Ctrl-C until it closes: sudo shows its prompt a moment before
        it reads, and loses a signal that comes in between."""
        end = time.monotonic() + timeout
        while True:
            self.sendintr()
            left = end - time.monotonic()
            if self.expect([pexpect.EOF, pexpect.TIMEOUT],
                           timeout=min(2, max(left, 0))) == 0:
                return self.ended()
            assert left > 0, self.text

    def _reap(self, timeout):
        """Close once it has ended: pexpect would sleep instead, and on a
        busy machine send it a SIGHUP before it has told its status."""
        if leftovers.wait_gone(self.pid, timeout):
            self.ptyproc.delayafterclose = 0
        self.close(force=True)

    def end(self):
        """Its processes die; pexpect gives a busy machine 0.1 s for that."""
        try:
            self.close(force=True)
        except pexpect.ExceptionPexpect:
            self._reap(10)

    def hang_up(self):
        """The client dies, as when a laptop is shut."""
        self.kill(signal.SIGKILL)
        self._reap(5)


class Terminals:
    """Opens terminals for a test, and closes them at its end."""

    def __init__(self):
        self._open = []

    def keep(self, terminal):
        self._open.append(terminal)
        return terminal

    def opened(self):
        """All that were opened in this test."""
        return list(self._open)

    def close_all(self):
        for terminal in self._open:
            if not terminal.closed:
                terminal.end()
        self._open.clear()

    def run(self, *argv, user=None, password_of=None):
        """Any command, as root or as the user."""
        return self.keep(Terminal(argv, user, password_of))

    def sudo(self, user, *argv, options=()):
        """sudo, typed by the user."""
        return self.run("/usr/bin/sudo", *options, *(argv or ("id", "-un")),
                        user=user)

    def su(self, caller, target, dash=False, command="id -un"):
        """su to target, typed by caller."""
        words = ["-"] if dash else []
        return self.run("/bin/su", *words, target, "-c", command,
                        user=caller, password_of=target)

    def login(self, user):
        """login on a console, as getty starts it; the shell waits."""
        return self.run("/bin/login", user, password_of=user)


def ignores_ctrl_c():
    """Is login here util-linux's, not shadow's?"""
    return "util-linux" in subprocess.run(
        ["login", "--version"], capture_output=True, text=True,
        check=False).stdout


def plain(text):
    """Without what a terminal adds: carriage returns and escapes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text)
