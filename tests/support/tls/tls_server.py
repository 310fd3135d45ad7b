#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""HTTPS servers on loopback, good and bad, for tests/unit/net/test_http.c.

tls_server.py FOLDER: makes authorities and certificates there, listens, and
prints "PORT name number" for each server, then "READY". What a request gets is
in its path. Each request is told as "REQ name connection method path" before
it is answered. Ends at the end of its standard input.
"""

import os
import socket
import ssl
import struct
import sys
import threading
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../e2e/rig"))

# pylint: disable=wrong-import-position
from certs import DAY, Authorities
from connectproxy import ConnectProxy

# That TLS 1.1 is out of date is what makes it of use here.
warnings.simplefilter("ignore", DeprecationWarning)

HUGE = 16 << 20
PAUSE = threading.Event()  # never set: a wait that only time ends

lock = threading.Lock()
connections = 0


def tell(line):
    with lock:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def context(name, newest=None):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(name + ".pem", name + ".key")
    if newest is not None:
        ctx.set_ciphers("ALL:@SECLEVEL=0")
        ctx.minimum_version = newest
        ctx.maximum_version = newest
    return ctx


def read_request(conn):
    """The bytes of one request, or b"" at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = conn.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        more = conn.recv(65536)
        if not more:
            return b""
        body += more
    return head + b"\r\n\r\n" + body


def reply(conn, body=b"{}", status="200 OK", extra="", length=None):
    if length is None:
        length = len(body)
    head = f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{extra}\r\n"
    conn.sendall(head.encode() + body)


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def end_by_reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


def end_tls(conn):
    conn.settimeout(0)
    try:
        conn.unwrap()
    except OSError:
        pass  # the client has not answered yet


def act(conn, server, path, request):
    """Answer. False: close the connection."""
    verb, _, rest = path[1:].partition("/")
    if verb == "echo":
        reply(conn, request)
        return True
    if verb == "status":
        reply(conn, b"status", rest + " Told")
        return True
    if verb == "retry":
        name, _, value = rest.partition("/")
        reply(conn, b"{}", "429 Slow", f"{name}: {value}\r\n")
        return True
    if verb == "size":
        reply(conn, b"x" * int(rest))
        return True
    if verb == "redirect":
        reply(conn, b"", "302 Found",
              f"Location: https://127.0.0.1:{server.port}/echo\r\n")
        return True
    if verb == "queued":
        # in one record of TLS with the reply's end, which the client reads
        # without it: the reply fills the client's buffer, or its head went
        # before, so that the rest is known
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %4d\r\n\r\n"
        room = int(rest or 4) - len(head % 0) * (rest != "")
        parts = [head % room, b"x" * room + head % 6 + b"queued"]
        if rest:
            parts = [b"".join(parts)]
        for part in parts:
            conn.sendall(part)
            PAUSE.wait(0.2)
        return True
    if verb == "late":
        PAUSE.wait(int(rest))
        reply(conn, b"late")
        return True
    if verb == "early":
        conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 3)
        reply(conn, b"late")
        return True
    if verb == "last":
        reply(conn, b"last", extra="Connection: close\r\n")
    elif verb == "bye":
        # as servers end an idle connection: TLS first
        reply(conn, b"bye")
        end_tls(conn)
        conn.close()
        return False
    elif verb == "half":
        reply(conn, b"half a body", length=100)
    elif verb == "headers":
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
    elif verb == "unframed":
        # nothing else tells where it ends: newer libraries insist on this
        conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n{")
        end_tls(conn)
    elif verb == "garbage":
        conn.sendall(b"hello\r\n\r\n")
    elif verb == "reset":
        end_by_reset(conn)
    elif verb == "die":
        # shutdown wakes the accept that would keep the port open
        server.socket.shutdown(socket.SHUT_RDWR)
        server.closed.wait()
    elif verb == "chunks":
        conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(HUGE // 4096):
            conn.sendall(chunk(b"x" * 4096))
    elif verb == "drip":
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            conn.sendall(b"x")
            PAUSE.wait(0.02)
    elif verb == "never":
        conn.recv(1)
    return False


class Server:
    """One port with one certificate; None: plain http."""

    def __init__(self, name, ctx):
        self.name = name
        self.ctx = ctx
        self.closed = threading.Event()
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        tell(f"PORT {name} {self.port}")
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        global connections
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                self.socket.close()
                self.closed.set()
                return
            with lock:
                connections += 1
                number = connections
            threading.Thread(target=self.serve, args=(conn, number),
                             daemon=True).start()

    def serve(self, conn, number):
        path = ""
        try:
            if self.ctx is not None:
                conn = self.ctx.wrap_socket(conn, server_side=True)
            while True:
                request = read_request(conn)
                if not request:
                    break
                method, path = request.decode("latin-1").split(" ")[:2]
                tell(f"REQ {self.name} {number} {method} {path}")
                if not act(conn, self, path, request):
                    break
        except OSError:
            pass  # the client left, or would not have the certificate
        finally:
            conn.close()
            if path == "/bye":
                tell(f"REQ {self.name} {number} END {path}")


def main():
    os.chdir(sys.argv[1])
    made = Authorities(".")
    made.authority("ca")
    made.authority("otherca")
    os.mkdir("hashed")
    os.symlink("../ca.pem", "hashed/ca.pem")
    made.openssl("rehash", "hashed")
    made.sign("good", "ca", "IP:127.0.0.1")
    made.sign("expired", "ca", "IP:127.0.0.1", ends=-DAY)
    made.sign("wrongname", "ca", "DNS:other.example")
    Server("good", context("good"))
    Server("mortal", context("good"))
    Server("expired", context("expired"))
    Server("wrongname", context("wrongname"))
    Server("old", context("good", ssl.TLSVersion.TLSv1_1))
    Server("plain", None)
    tell(f"PORT proxy {ConnectProxy().port}")
    tell("READY")
    sys.stdin.read()
    os._exit(0)


main()
