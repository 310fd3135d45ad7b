# SPDX-License-Identifier: BSD-2-Clause
"""A relay before a server, which counts how often the client waits for it."""

import contextlib
import select
import socket
import threading


class Turns:
    def __init__(self, port):
        self.count = 0  # round trips, but for TCP's own
        self._to = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        # shutdown wakes the accept that would keep the port open
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                link, _ = self._server.accept()
                threading.Thread(target=self._relay, daemon=True,
                                 args=(link,)).start()

    def _relay(self, client):
        with contextlib.suppress(OSError), client, \
                socket.create_connection(("127.0.0.1", self._to)) as server:
            other, last = {client: server, server: client}, server
            while True:
                ready = select.select([server, client], [], [])[0]
                for one in ready:
                    data = one.recv(65536)
                    if not data:
                        return
                    self.count += one is client and last is server
                    last = one
                    other[one].sendall(data)
