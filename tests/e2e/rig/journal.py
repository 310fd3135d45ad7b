# SPDX-License-Identifier: BSD-2-Clause
"""What the programs send to syslog: a thread that binds /dev/log."""

import os
import re
import shlex
import socket
import threading
import time

# "<84>Nov 20 08:20:52 sshd[12]: text"; the time stamp is of no interest
HEADER = re.compile(r"^<(\d+)>(?:\w{3} [ \d]\d \d\d:\d\d:\d\d )?")
LOGIN = re.compile(r"pam_twofa(?:\([^)]*\))?: (user=.*\boutcome=.*)$")
MARK = b"\0mark"


def fields_of(line):
    """The fields of a module's login line as a dict, or None."""
    match = LOGIN.search(line)
    if not match:
        return None
    try:
        words = shlex.split(match.group(1))
    except ValueError:
        raise AssertionError("badly quoted log line: " + line) from None
    return dict(word.split("=", 1) for word in words)


class Journal:
    """Collects the datagrams of /dev/log."""

    def __init__(self, path="/dev/log"):
        self._news = threading.Condition()
        self._lines = []
        self._priorities = []
        if os.path.lexists(path):
            os.unlink(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)
        os.chmod(path, 0o666)
        self._own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._own.connect(path)
        self._marks = [0, 0]  # sent, read
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            data = self._socket.recv(65536)
            if data == MARK:
                with self._news:
                    self._marks[1] += 1
                    self._news.notify_all()
                continue
            text = data.rstrip(b"\0\n").decode("utf-8", "backslashreplace")
            header = HEADER.match(text)
            with self._news:
                self._lines.append(text[header.end():] if header else text)
                self._priorities.append(int(header.group(1)) if header else 0)
                self._news.notify_all()

    def _settle(self):
        """Wait until all that was sent so far is read: datagrams keep their
        order, so a mark of ours comes last."""
        with self._news:
            self._marks[0] += 1
            mark = self._marks[0]
        self._own.send(MARK)
        with self._news:
            if not self._news.wait_for(lambda: self._marks[1] >= mark, 5):
                raise AssertionError("the log is not read any more")

    def lines(self):
        """All lines since clear(), without priority and time stamp."""
        self._settle()
        with self._news:
            return list(self._lines)

    def priorities(self):
        """Facility * 8 + severity of each line of lines()."""
        self._settle()
        with self._news:
            return list(self._priorities)

    def clear(self):
        """Forget all that was logged up to now."""
        self._settle()
        with self._news:
            self._lines.clear()
            self._priorities.clear()

    def _wait(self, find, timeout, what):
        end = time.monotonic() + timeout
        with self._news:
            while True:
                for line in self._lines:
                    found = find(line)
                    if found:
                        return found
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("not in the log: %s\n%s" % (
                        what, "\n".join(self._lines) or "(log is empty)"))
                self._news.wait(left)

    def wait_for(self, regex, timeout=20):
        """The match of the first line in which the regex is found."""
        return self._wait(re.compile(regex).search, timeout, regex)

    def logins(self):
        """The fields of every login line so far."""
        found = [fields_of(line) for line in self.lines()]
        return [fields for fields in found if fields is not None]

    def login_line(self, timeout=20, **wanted):
        """The fields of the first login line that has all of these."""
        def find(line):
            fields = fields_of(line)
            if fields and all(fields.get(key) == value
                              for key, value in wanted.items()):
                return fields
            return None
        return self._wait(find, timeout, "a login line with %r" % wanted)
