# SPDX-License-Identifier: BSD-2-Clause
"""A server between a helper and the simulator, which sees each request's bytes
and answers in odd ways. It sends nothing on twice."""

import contextlib
import http.client
import socket
import ssl
import threading
import time


class Between:
    """how: what becomes of the next requests, a list from which each takes the
    first; "" behind its end:
    "close": the reply, then the end of the connection;
    "touch": the connection ends at the request's first byte;
    "read": it is read, and the connection ends; nobody answers it;
    "held": likewise, once the other side has closed;
    "late": the reply comes after so many seconds (pause);
    "halves": with a pause in its middle;  "half": only the first half;
    "twice": the reply, and at once the same again;
    "again": the reply, and the same again after a pause;
    "behind": the reply to the request before, over the same connection."""

    def __init__(self, sim):
        self._sim = sim
        self._lock = threading.Lock()
        self._links = []
        self.how, self.pause = [], 0.3
        self.seen = []    # (connection, path, all of it) of whole requests
        self.touched = 0  # requests of which there was a first byte
        self.connections = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(sim.certs.path("good.pem"),
                                      sim.certs.path("good.key"))
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = "https://localhost:%d" % self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        # shutdown wakes the accept that would keep the port open
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.drop()

    def drop(self):
        """Every connection ends."""
        with self._lock:
            links, self._links = self._links, []
        for link in links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def asked(self, word=""):
        """The whole requests with this in their path."""
        return [one for one in self.seen if word in one[1]]

    def _accept(self):
        while True:
            try:
                link, _ = self._server.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
            threading.Thread(target=self._serve, daemon=True,
                             args=(link, self.connections)).start()

    def _serve(self, raw, number):
        with contextlib.suppress(OSError), raw, \
                self._context.wrap_socket(raw, server_side=True) as link:
            before = b""
            with self._lock:
                self._links.append(link)
            while True:
                first = link.recv(1)
                if not first:
                    return
                with self._lock:
                    self.touched += 1
                    how = self.how.pop(0) if self.how else ""
                if how == "touch":
                    return
                before = self._request(link, number, how, first, before)
                if before is None:
                    return

    def _request(self, link, number, how, data, before):
        """What it was answered; None: the connection is over."""
        while b"\r\n\r\n" not in data:
            data += link.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        words = head.decode().split("\r\n")
        fields = dict(line.split(": ", 1) for line in words[1:])
        while len(body) < int(fields.get("Content-Length", 0)):
            body += link.recv(65536)
        verb, path, _ = words[0].split(" ")
        self.seen.append((number, path, head + b"\r\n\r\n" + body))
        if how == "held":
            link.recv(1)
        if how in ("read", "held"):
            return None
        reply = self._forward(verb, path, body, fields)
        self._answer(link, how, reply, before)
        return None if how in ("close", "half") else reply

    def _answer(self, link, how, reply, before):
        half = len(reply) // 2
        if how == "late":
            time.sleep(self.pause)
        link.sendall(reply[:half] if how in ("halves", "half") else
                     before if how == "behind" and before else
                     reply * 2 if how == "twice" else reply)
        if how in ("halves", "again"):
            time.sleep(self.pause)
            link.sendall(reply[half:] if how == "halves" else reply)

    def _forward(self, verb, path, body, fields):
        link = self._sim.link(10)
        with contextlib.closing(link):
            link.request(verb, path, body or None, fields)
            found = link.getresponse()
            text = found.read()
        return b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (
            found.status, http.client.responses[found.status].encode(),
            (found.getheader("Content-Type") or "text/plain").encode(),
            len(text)) + text
