# SPDX-License-Identifier: BSD-2-Clause
"""How the demo looks: one column of names, one of what happens there.

Three places take turns: the terminal, the phone, the log. Everything stays
within the terminal, of which it takes 100 columns, and scrolls, so that a record of it reads like the real one.
"""

import os
import re
import select
import shutil
import sys
import termios
import textwrap

WIDTH = min(100, max(64, shutil.get_terminal_size((100, 24)).columns))
LABEL = 8
TEXT = WIDTH - LABEL - 3
PHONE = 46  # columns of the phone's box
COLOURS = {"terminal": "36", "phone": "33", "log": "35", "good": "32;1",
           "bad": "31;1", "dim": "2", "bold": "1", "typed": "1;4"}


class Screen:
    """Prints the lanes; typed() asks the person, when there is one."""

    def __init__(self):
        self.person = sys.stdin.isatty() and sys.stdout.isatty()
        self._colour = (sys.stdout.isatty() and "NO_COLOR" not in os.environ
                        and os.environ.get("TERM") != "dumb")

    def paint(self, kind, text):
        if not self._colour or not text:
            return text
        return "\033[%sm%s\033[0m" % (COLOURS[kind], text)

    def words(self, kind, text):
        """A sentence to the person."""
        for row in textwrap.wrap(text, WIDTH, initial_indent="  ",
                                 subsequent_indent="  "):
            self.line(self.paint(kind, row))

    def line(self, text=""):
        print(text, flush=True)

    def _lane(self, lane, text, end="\n"):
        label = self.paint(lane, lane.rjust(LABEL))
        print("%s │ %s" % (label, text), end=end, flush=True)

    def title(self, number, text):
        self.line()
        head = "━━ %s ━ %s " % (number, text)
        self.line(self.paint("bold", head + "━" * (WIDTH - len(head))))

    def note(self, text):
        for row in textwrap.wrap(text, TEXT):
            self.line(" " * LABEL + " │ " + self.paint("dim", row))

    def terminal(self, text):
        """What the terminal shows."""
        for line in text.splitlines():
            for row in self._rows(line):
                self._lane("terminal", row)

    @staticmethod
    def _rows(line):
        return textwrap.wrap(line, TEXT, drop_whitespace=False,
                             break_long_words=True) or [""]

    def entry(self, prompt, text, remark=""):
        """A prompt, and what is typed behind it for the person."""
        rows = self._rows(prompt)
        for row in rows[:-1]:
            self._lane("terminal", row)
        left = TEXT - len(rows[-1]) - len(text) - 1
        remark = "   ← " + remark
        self._lane("terminal", rows[-1] + self.paint("typed", text) + "⏎" +
                   (self.paint("dim", remark)
                    if len("   ← ") < len(remark) <= left else ""))

    def ask(self, prompt, seconds):
        """A prompt that the person answers; None when nobody does."""
        rows = self._rows(prompt)
        for row in rows[:-1]:
            self._lane("terminal", row)
        self.forget()
        self._lane("terminal", rows[-1], end="")
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        line = sys.stdin.readline() if ready else ""
        if not line.endswith("\n"):
            self.line()
            return None
        return line.strip()

    def forget(self):
        """Keys pressed while nothing was asked answer nothing, here or in
        the shell afterwards."""
        if self.person:
            termios.tcflush(sys.stdin, termios.TCIFLUSH)

    def phone(self, owner, message):
        """A message as the phone shows it."""
        call = message["channel"] in ("voice", "call", "tts")
        self._box(owner, "%s %s" % ("call" if call else "SMS", message["to"]),
                  message["text"], message["code"])

    def page(self, owner, address, code):
        """A page on which the owner has signed in."""
        self._box(owner, address.partition("://")[2],
                  "%s: log in to our Linux hosts? Only if you are typing "
                  "there now. [Approve]" % code, code)

    def _box(self, owner, what, text, code):
        inner = PHONE - 4
        name = "╭─ %s's phone " % owner
        head = " %s ─╮" % what
        rows = [name + "─" * (PHONE - len(name) - len(head)) + head]
        for row in textwrap.wrap(text, inner):
            rows.append("│ %s │" % row.ljust(inner))
        rows.append("╰" + "─" * (PHONE - 2) + "╯")
        for row in rows:
            pad = " " * (TEXT - len(row))
            self._lane("phone", pad + row.replace(
                code, self.paint("bold", code)))

    def log(self, line):
        """A line of the system's log; the outcome stands out."""
        line = re.sub(r"^\S+?(\[\d+\])?: (?=pam_twofa)", "", line)
        rows = textwrap.wrap(line, TEXT, subsequent_indent="    ",
                             break_on_hyphens=False)
        for row in rows:
            row = re.sub(r"outcome=allowed", lambda m: self.paint(
                "good", m.group(0)), row)
            row = re.sub(r"outcome=denied|reason=\S+", lambda m: self.paint(
                "bad", m.group(0)), row)
            self._lane("log", row)

    def verdict(self, good, text):
        mark = self.paint("good", "✓") if good else self.paint("bad", "✗")
        self.line("%s%s │ %s" % (" " * (LABEL - 1), mark, text))

    def summary(self, results):
        """The check marks at the end."""
        self.line()
        self.line(self.paint("bold", "━" * WIDTH))
        for text, good in results:
            mark = self.paint("good", "✓") if good else self.paint("bad", "✗")
            self.line("  %s  %s" % (mark, text))
        self.line()
