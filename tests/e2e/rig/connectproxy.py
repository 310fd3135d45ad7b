# SPDX-License-Identifier: BSD-2-Clause
"""A proxy for CONNECT on loopback, good and bad."""

import base64
import socket
import struct
import threading

PASSWORD = 'pa ss%41:"word'
STATUS = {"refuse": "403 Forbidden", "unknown": "502 Bad Gateway",
          "busy": "503 Service Unavailable", "late": "504 Gateway Timeout",
          "broken": "500 Unable to connect", "teapot": "418 No"}


def _head(conn):
    data = b""
    while b"\r\n\r\n" not in data:
        more = conn.recv(65536)
        if not more:
            return ""
        data += more
    return data.decode("latin-1")


def _copy(source, sink):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class ConnectProxy:
    """What it does is its mode; without one, the user's name is. asked: each
    CONNECT as (target, user, password, the whole head)."""

    def __init__(self, mode=None, password=None):
        self.mode = mode
        self.password = password
        self.asked = []
        self.go_on = threading.Event()  # ends a wait
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        """Its port refuses connections from now on."""
        self.go_on.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _accept(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(conn,),
                             daemon=True).start()

    def _serve(self, conn):
        try:
            self._answer(conn, _head(conn))
        except OSError:
            pass  # the client left
        finally:
            conn.close()

    def _answer(self, conn, head):
        lines = head.split("\r\n")
        fields = dict(line.split(": ", 1)
                      for line in lines[1:] if ": " in line)
        said = fields.get("Proxy-Authorization", "Basic ").split(" ")[1]
        user, _, password = base64.b64decode(said).decode().partition(":")
        verb, target = lines[0].split(" ")[:2]
        self.asked.append((target, user, password, head))
        mode = self.mode or user
        if verb != "CONNECT" or "Authorization" in fields:
            mode = "teapot"  # what is for the provider alone
        if mode in ("password", "slow") and password != PASSWORD or (
                self.password is not None and password != self.password):
            conn.sendall(b"HTTP/1.1 407 Who\r\nContent-Length: 3\r\n"
                         b"Proxy-Authenticate: Basic realm=\"x\"\r\n\r\nno\n")
        elif mode in STATUS:
            conn.sendall(("HTTP/1.1 %s\r\nContent-Length: 3\r\n"
                          "Retry-After: 1\r\n\r\nno\n"
                          % STATUS[mode]).encode())
        elif mode == "hang":
            self.go_on.wait()
        elif mode == "reset":
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        elif mode != "cut":
            self._pass(conn, target, mode)

    def _pass(self, conn, target, mode):
        host, _, port = target.rpartition(":")
        if mode == "slow":
            self.go_on.wait(1)
        conn.sendall(b"HTTP/1.1 200 Connection established\r\n"
                     b"Content-Type: proxy\r\nRetry-After: 9\r\n\r\n")
        if mode == "cut_after":
            return
        with socket.create_connection((host, int(port))) as there:
            back = threading.Thread(target=_copy, args=(there, conn),
                                    daemon=True)
            back.start()
            _copy(conn, there)
            back.join()
