# SPDX-License-Identifier: BSD-2-Clause
"""Where a client runs, and the person who answers it."""

import os
import pwd
import shutil

import pexpect

from steps import wrong
from terminal import Terminal, plain

# In place of a window it has the terminal on which it was started.
ASKPASS = '#!/bin/sh\nprintf %s "$1" >&2\nexec head -n 1 <&2\n'
KNOWN = r"(?i)\((?:yes/no|y/n)[^\r\n]*$"
PASSWORD = r"(?i)password[^\r\n]*: ?$"
# plink's next line begins with "> "
CODE = r"(?i)\bcode[^\r\n]*(?:[\r\n]+> [^\r\n]*)?: ?$"
GO_ON = r"Press Return to begin session\. ?$"
SHELL = r"[$>] $"
ANSWERS = 8   # a client that asks on is hung up on


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

    def go_on(self):
        return ""

    def line(self):
        """The next one for a shell, or for a program that has its own."""
        return self._lines.pop(0) if self._lines else "exit"

    def password(self):
        return "pw-alice" + ("," + self._typed() if self._field else "")

    def code(self):
        """Who typed a wrong one gives up, and then leaves."""
        if self._right or not self._tried:
            self._tried = True
            return self._typed()
        self.left = True
        return "q"


class Laptop:
    """Where a user types commands: the files of their last login are gone."""

    def __init__(self, terminals, user="carol"):
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

    def run(self, commands, person, askpass=False, patience=20):
        """Type the commands, answer what is asked. False: the client had to
        be hung up on."""
        words = ["/usr/bin/env", "HOME=" + self.home,
                 "FIELD=" + person.password(), "sh", "-c",
                 "cd ~/work && " + " && ".join(commands)]
        if askpass:
            program = self.put("askpass", ASKPASS, 0o755)
            words[3:3] = ["SSH_ASKPASS=" + program, "SUDO_ASKPASS=" + program,
                          "setsid", "-w"]
        terminal = self._terminals.keep(Terminal(
            words, user=self._user.pw_name))
        ended = converse(terminal, person, patience)
        self.shown = plain(terminal.text)
        return ended


def converse(terminal, person, patience):
    """Answer until it closes. False: it asked on, or stood still for longer
    than the person's patience."""
    answers = (person.yes, person.password, person.code, person.go_on,
               person.line)
    for _ in range(ANSWERS):
        found = terminal.expect([KNOWN, PASSWORD, CODE, GO_ON, SHELL,
                                 pexpect.EOF, pexpect.TIMEOUT],
                                timeout=patience)
        if found == len(answers):
            terminal.ended()
            return True
        if found > len(answers) or person.left:
            break
        terminal.answer(answers[found]())
    terminal.hang_up()
    return False
