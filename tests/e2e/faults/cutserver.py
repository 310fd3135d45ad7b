# SPDX-License-Identifier: BSD-2-Clause
"""A provider of type vonage-verify that is told, for each request, how to
spoil it: behind which byte of TLS or of the reply its connection ends, and what
stands in the reply. It keeps what it was asked."""

import contextlib
import hashlib
import re
import socket
import ssl
import struct
import threading
import time
import urllib.parse

HEAD = 5    # bytes in front of a record, its length in the last two
ALERT = 24  # one that is shorter says that the connection ends
RESET = struct.pack("ii", 1, 0)


class Gone(Exception):
    """The connection has ended."""


def id_of(number):
    """What the start to this number is answered with."""
    return hashlib.md5(number.lstrip("+").encode()).hexdigest()


def reply(request_id, kind, status="0"):
    body = '{"request_id":"%s","status":"%s"%s}' % (
        request_id, status, "" if kind == "start" else
        ',"event_id":"e","price":"0.1","currency":"EUR"')
    return ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "Content-Length: %d\r\n\r\n%s" % (len(body), body)).encode()


class Asked:
    """One request, whole: kind, id, and the code of a check. named:
    which id the whole reply names, None if it is cut. sure: nothing on this connection can
    have kept it from who asked."""

    def __init__(self, head, body):
        fields = dict(urllib.parse.parse_qsl(body.decode()))
        self.kind = "check" if b"/check/" in head else "start"
        self.id = fields.get("request_id") or id_of(fields["number"])
        self.code = fields.get("code")
        self.named, self.sure = None, False

    def key(self):
        return self.kind, self.id, self.code

    def status(self):
        """A code that ends in 0 is wrong."""
        return "16" if (self.code or "1").endswith("0") else "0"


class Plan:
    """What becomes of one request. end: how the connection ends, "" for not at
    all, "fin", "notify" (TLS says so before), "reset"; taken: behind so many
    bytes of the request's records; given: behind so many bytes of the reply, or,
    with raw, of its records; None: behind all of it. what: which reply; "halves"
    and "again" have a pause in the middle, "late" before it, "before" is the one
    before over this connection, "other" about somebody else. starts: that is so
    for replies to starts alone."""

    def __init__(self, end="", what="", pause=0.0, **cut):
        self.end, self.what, self.pause = end, what, pause
        self.taken, self.given = cut.get("taken"), cut.get("given")
        self.raw, self.starts = cut.get("raw", False), cut.get("starts", False)

    def whole(self):
        return self.taken is None and self.given is None


class Link:
    """One connection, whose TLS is done in memory."""

    def __init__(self, raw, context):
        self._raw = raw
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        self._plain = b""
        self.before, self.odd = None, False
        self.taken = 0  # bytes of this request's records
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                self._tls.do_handshake()
                self._flush()
                return
            self._flush()
            # not what follows, which may be a request
            head = self._head()
            self._in.write(self._some(HEAD + int.from_bytes(head[3:], "big")))

    def _flush(self):
        self._raw.sendall(self._out.read())

    def _some(self, most, how=0):
        data = self._raw.recv(most, how)
        if not data:
            raise Gone
        return data

    def _head(self):
        """Of the next record, which stays there."""
        head = b""
        while len(head) < HEAD:
            head = self._some(HEAD, socket.MSG_PEEK)
        return head

    def begun(self):
        """Wait for a request; it may have come behind the one before."""
        self.taken = len(self._plain)
        if self.taken:
            return
        head = self._head()
        if head[0] != 0x17 or int.from_bytes(head[3:], "big") <= ALERT:
            raise Gone

    def take(self, most=65536):
        data = self._some(most)
        self.taken += len(data)
        self._in.write(data)
        with contextlib.suppress(ssl.SSLWantReadError):
            while True:
                plain = self._tls.read(65536)
                if not plain:
                    raise Gone
                self._plain += plain

    def request(self):
        """The whole of one."""
        while True:
            head, end, body = self._plain.partition(b"\r\n\r\n")
            length = int(re.search(rb"(?i)content-length: (\d+)", head)[1]) \
                if end else 0
            if end and len(body) >= length:
                self._plain = body[length:]
                return Asked(head, body[:length])
            self.take()

    def give(self, data, most=None):
        """Of its records so many bytes, never all; how many there were."""
        self._tls.write(data)
        records = self._out.read()
        self._raw.sendall(records if most is None else records[:min(most, len(records) - 1)])
        return len(records)

    def end(self, how):
        with contextlib.suppress(OSError, ssl.SSLError):
            if how == "notify":
                with contextlib.suppress(ssl.SSLWantReadError):
                    self._tls.unwrap()
                self._flush()
            if how == "reset":
                self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            else:
                self._raw.shutdown(socket.SHUT_WR)
        raise Gone


class CutServer:
    """plan(): of the next request, of which a byte has come."""

    def __init__(self, certs):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certs.path("good.pem"),
                                      certs.path("good.key"))
        self._lock = threading.Lock()
        self.plan = Plan
        self.begun = 0   # requests of which a byte came
        self.asked = []  # those that came whole
        self.sizes = ()  # bytes of request's and reply's records, and of the reply
        self._server = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = "https://localhost:%d" % self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self):
        while True:
            try:
                raw, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, daemon=True, args=(raw,)).start()

    def _serve(self, raw):
        with contextlib.suppress(OSError, ssl.SSLError, Gone), raw:
            link = Link(raw, self._context)
            while True:
                link.begun()
                with self._lock:
                    self.begun += 1
                    plan = self.plan()
                self._one(link, plan)

    def _one(self, link, plan):
        while plan.taken is not None and link.taken < plan.taken:
            link.take(plan.taken - link.taken)
        if plan.taken is not None:
            link.end(plan.end)
        asked = link.request()
        request = link.taken
        data = reply(asked.id, asked.kind, asked.status())
        if plan.starts and asked.kind != "start":
            plan.what = ""
        now = reply(id_of(asked.id), asked.kind) if plan.what == "other" else \
            link.before if plan.what == "before" and link.before else data
        asked.sure = not link.odd and plan.whole() and now is data and \
            plan.what != "late"
        if plan.whole():
            asked.named = re.search(rb'request_id":"(\w+)', now)[1].decode()
        link.odd |= plan.what not in ("", "halves")
        with self._lock:
            self.asked.append(asked)
        self.sizes = request, self._answer(link, plan, now), len(now)
        link.before = now
        if plan.end:
            link.end(plan.end)

    @staticmethod
    def _answer(link, plan, data):
        if plan.what == "late":
            time.sleep(plan.pause)
        if plan.what == "halves":
            link.give(data[:len(data) // 2])
            time.sleep(plan.pause)
            data = data[len(data) // 2:]
        if plan.given is not None and not plan.raw:
            data = data[:min(plan.given, len(data) - 1)]
        given = data and link.give(data * 2 if plan.what == "twice" else data,
                                   plan.given if plan.raw else None)
        if plan.what == "again":
            time.sleep(plan.pause)
            link.give(data)
        return given
