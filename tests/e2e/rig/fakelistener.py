# SPDX-License-Identifier: BSD-2-Clause
"""Something else than a helper that listens on its socket."""

import os
import socket
import struct
import threading

BEGIN, SAY, VERDICT, HELLO, END = 1, 2, 6, 7, 8
TEXT, VERDICT_FIELD, ALLOW = 17, 22, 3


def frame(kind, fields=b"", version=1):
    """One frame, whole."""
    return b"p2fa" + struct.pack(">BBHL", version, kind, 0,
                                 len(fields)) + fields


def allow():
    return frame(VERDICT, struct.pack(">HHq", VERDICT_FIELD, 8, ALLOW))


class FakeListener:
    """Listens on path, as user uid. For each connection act(link) is called,
    and the connection closed behind it; without act nobody accepts. asked has
    what came first over each one, b"" for nothing, as soon as that is known:
    a login may be over sooner."""

    def __init__(self, path, act=None, uid=0, backlog=8):
        self.asked = []
        self._more = threading.Condition()
        self._act = act
        if os.path.lexists(path):
            os.unlink(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._server.bind(path)
        self._listen(uid, backlog)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _listen(self, uid, backlog):
        """By a process of that user, for SO_PEERCRED."""
        pid = os.fork()
        if pid == 0:
            try:
                os.setresuid(uid, uid, uid)
                self._server.listen(backlog)
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

    def _serve(self):
        while self._act:
            try:
                link = self._server.accept()[0]
            except OSError:
                return
            with link:
                link.settimeout(20)
                try:
                    self._act(self, link)
                except OSError:
                    pass

    def hear(self, link):
        """Wait for the first frame; b"" when the other end closes."""
        first = link.recv(65536)
        with self._more:
            self.asked.append(first)
            self._more.notify_all()

    def heard(self, least):
        """asked, once so many connections have told."""
        with self._more:
            self._more.wait_for(lambda: len(self.asked) >= least, 30)
        return self.asked

    def close(self):
        """Nobody listens any more; the file stays."""
        self._act = None
        try:
            self._server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._server.close()
        self._thread.join()
