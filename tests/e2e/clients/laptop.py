# SPDX-License-Identifier: BSD-2-Clause
"""Where a client runs, and the person who answers it."""

import os
import pwd
import re
import shutil
import signal

import pexpect

from steps import wrong
from terminal import Terminal, plain

# In place of a window it has the terminal on which it was started.
ASKPASS = '#!/bin/sh\nprintf %s "$1" >&2\nexec head -n 1 <&2\n'
KNOWN = r"(?i)\((?:yes/no|y/n)[^\r\n]*$"
USER = r"(?i)username: ?$"
PASSWORD = r"(?i)password[^\r\n]*: ?$"
# PuTTY breaks long lines; gio has a line of its own behind each question.
CODE = r"(?i)\bcode(?:[^\r\n]|\r*\n> |\r*\nPassword)*: ?$"
GO_ON = r"Press Return to begin session\. ?$"
SHELL = r"[$>] $"
QUESTIONS = (KNOWN, USER, PASSWORD, CODE, GO_ON, SHELL)
ANSWERS = 8   # a client that asks on is hung up on
SILENT = 30  # seconds


class Person:
    """Has the password and the phone: types the code, or another one and then
    gives up. With one field both are typed at the password prompt."""

    def __init__(self, code, right=True, field=False, lines=()):
        self._code = code
        self._lines = list(lines)
        self._right = right
        self._field = field
        self._tried = False
        self.left = False  # no further question is answered

    def _typed(self):
        code = self._code()
        return code if self._right else wrong(code)

    def yes(self):
        """The server's key is the one that it should be."""
        return "y"

    def name(self):
        return "alice"

    def go_on(self):
        return ""

    def line(self):
        """The next one for a shell, or for a program that has its own."""
        return self._lines.pop(0) if self._lines else "exit"

    def password(self):
        code = self._typed() if self._field else ""
        return "pw-alice" + ("," + code if code else "")

    def code(self):
        """Who typed a wrong one gives up, and then leaves."""
        if self._right or not self._tried:
            self._tried = True
            return self._typed()
        self.left = True
        return "q"


class Laptop:
    """Where a user types commands: the files of their last login are gone."""

    def __init__(self, terminals, user):
        self._terminals = terminals
        self._user = pwd.getpwnam(user)
        self.home = self._user.pw_dir if user != "root" else "/run/root"
        self.work = self.home + "/work"
        self.shown = ""
        shutil.rmtree(self.home, ignore_errors=True)
        for name in ("", "work", ".ssh"):
            path = os.path.join(self.home, name)
            os.mkdir(path)
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def put(self, name, text, mode=0o600):
        """Write a file below the user's home."""
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chown(path, self._user.pw_uid, self._user.pw_gid)
        os.chmod(path, mode)
        return path

    def files(self):
        """The text of all that was fetched."""
        found = []
        for folder, _, names in os.walk(self.work):
            for name in names:
                with open(os.path.join(folder, name), encoding="utf-8",
                          errors="replace") as text:
                    found.append(text.read())
        return "\n".join(found)

    def run(self, row, person, over, **environment):
        """Type the row's commands, answer what is asked, until they end or
        show what is waited for. over() tells whether a client that is silent
        will never ask again."""
        values = {"HOME": self.home, "FIELD": person.password(), **environment}
        words = ["sh", "-c", "cd ~/work && " + " && ".join(row.commands)]
        if row.askpass:
            program = self.put("askpass", ASKPASS, 0o755)
            values.update(SSH_ASKPASS=program, SUDO_ASKPASS=program)
            words = ["setsid", "-w", *words]
        if row.session:
            words = ["dbus-run-session", "--", *words]
        words = ["/usr/bin/env", *map("=".join, values.items()), *words]
        terminal = self._terminals.keep(Terminal(
            words, user=self._user.pw_name))
        converse(terminal, person, over, row)
        self.shown = plain(terminal.text)


def converse(terminal, person, over, row):
    """Answer until there is no more to be expected."""
    answers = (person.yes, person.name, person.password, person.code,
               person.go_on, person.line)
    ends = [re.escape(row.shows) if row.shows else pexpect.EOF, pexpect.EOF]
    words = [*QUESTIONS, *ends, pexpect.TIMEOUT]
    left, silent = ANSWERS, 0
    while left and silent < SILENT:
        found = terminal.expect(words, timeout=1)
        if found == len(answers) + len(ends):
            silent = SILENT if over() else silent + 1
        elif found >= len(answers) or person.left:
            break
        else:
            if row.flushes:
                terminal.waitnoecho(2)
            terminal.answer(answers[found]())
            left, silent = left - 1, 0
    if terminal.isalive():
        os.killpg(terminal.pid, signal.SIGKILL)
    terminal.hang_up()
