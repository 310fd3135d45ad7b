# SPDX-License-Identifier: BSD-2-Clause
"""An askpass program, and the person behind its window."""

import os
import select
import shutil
import tempfile

from terminal import PATIENCE


class Askpass:
    """What is asked comes out of one pipe, the answer goes into another."""

    def __init__(self):
        self._folder = tempfile.mkdtemp(prefix="askpass-", dir="/run")
        os.chmod(self._folder, 0o755)
        self.program = self._folder + "/askpass"
        self._ask = self._pipe("ask")
        self._answer = self._pipe("answer")
        with open(self.program, "w", encoding="ascii") as out:
            out.write('#!/bin/sh\nprintf "%%s" "$1" >%s/ask\n'
                      'head -n 1 %s/answer\n' % (self._folder, self._folder))
        os.chmod(self.program, 0o755)

    def _pipe(self, name):
        path = os.path.join(self._folder, name)
        os.mkfifo(path)
        os.chmod(path, 0o666)
        return os.open(path, os.O_RDWR)

    def prompt(self, timeout=PATIENCE):
        """What the program is asked, once it is started."""
        ready, _, _ = select.select([self._ask], [], [], timeout)
        assert ready, "nobody asked"
        return os.read(self._ask, 4096).decode()

    def answer(self, text):
        os.write(self._answer, (text + "\n").encode())

    def close(self):
        os.close(self._ask)
        os.close(self._answer)
        shutil.rmtree(self._folder)
