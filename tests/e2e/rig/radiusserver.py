# SPDX-License-Identifier: BSD-2-Clause
"""A RADIUS server on loopback, by UDP and by TLS, that a test plays: it knows
codes, and answers wrongly on purpose in the ways of WRONG."""

import contextlib
import hashlib
import hmac
import os
import socket
import ssl
import struct
import threading

SECRET = "rehearsal-secret-of-32-octets-00"
ACCEPT, REJECT, CHALLENGE = 2, 3, 11
MAC = b"\x50\x12" + bytes(16)
TEXT = b"\x12\x05abc"
# An Accept each, that is none: what a client must drop.
WRONG = ("none", "bad", "zero", "short", "twice", "secret", "identifier",
         "truncated", "zero-length", "overlong", "code", "echo", "flip",
         "replay", "other-port")


def packet(code, asked, attributes=TEXT, mac="first", secret=SECRET,
           identifier=None):
    secret = secret.encode()
    body = {"first": MAC + attributes, "last": attributes + MAC,
            "none": attributes, "twice": MAC + MAC + attributes,
            "bad": b"\x50\x12" + os.urandom(16) + attributes,
            "zero": MAC + attributes,
            "short": b"\x50\x11" + bytes(15) + attributes}[mac]
    head = struct.pack("!BBH", code, asked[1] if identifier is None
                       else identifier, 20 + len(body))
    if mac in ("first", "last", "twice"):
        at = body.index(MAC) + 2
        body = body[:at] + hmac.new(secret, head + asked[4:20] + body,
                                    hashlib.md5).digest() + body[at + 16:]
    return head + hashlib.md5(
        head + asked[4:20] + body + secret).digest() + body


class Radius:
    """Its attributes may be changed while it runs."""

    def __init__(self, certs):
        self.codes = {"a.smith": "111111", "b.jones": "222222"}
        self.kind = None       # one of WRONG, "silent" or "challenge"
        self.anybody = False
        self.begin = None      # the password that is answered by a challenge
        self.states = []       # of challenges that are open
        self.leaves = False    # with a challenge, and listens no more
        self.asked = []        # (User-Name, code, raw) of each packet
        self.secret = SECRET   # of the server
        self._old = None
        self._open = True
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self.udp = "udp://127.0.0.1:%d" % self._udp.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.use(certs, "good")
        self.tls = "tls://localhost:%d" % self._tcp.getsockname()[1]
        self._threads.append(
            threading.Thread(target=self._accept, daemon=True))
        for thread in self._threads:
            thread.start()

    def use(self, certs, name):
        self._tls.load_cert_chain(certs.path(name + ".pem"),
                                  certs.path(name + ".key"))

    def stop(self):
        self._open = False
        for one in (self._udp, self._tcp):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
        for thread in self._threads:
            thread.join(10)

    def _serve(self):
        while True:
            try:
                asked, sender = self._udp.recvfrom(4096)
            except OSError:
                return
            if not asked:
                return
            for answer in self._answers(asked, self.secret, sender):
                self._udp.sendto(answer, sender)

    def _accept(self):
        while True:
            try:
                plain, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._speak, args=(plain,),
                             daemon=True).start()

    def _speak(self, plain):
        plain.settimeout(30)
        try:
            with self._tls.wrap_socket(plain, server_side=True) as one:
                asked = one.recv(4096)
                for answer in self._answers(asked, "radsec", None):
                    one.sendall(answer)
                one.recv(1)
        except OSError:
            plain.close()

    @staticmethod
    def attributes(asked):
        found, at = {}, 20
        while at < len(asked):
            found[asked[at]] = asked[at + 2:at + asked[at + 1]]
            at += asked[at + 1]
        return found

    def _answers(self, asked, secret, sender):
        found = self.attributes(asked)
        user, hidden = found[1].decode(), found[2]
        pad = hashlib.md5(secret.encode() + asked[4:20]).digest()
        code = bytes(a ^ b for a, b in zip(hidden, pad)).rstrip(
            b"\0").decode("latin-1")
        self.asked.append((user, code, asked))
        if self.begin == code:
            self.states.append(os.urandom(16))
            if self.leaves:
                self._tcp.shutdown(socket.SHUT_RDWR)
                self._tcp.close()
            return [packet(CHALLENGE, asked, b"\x18\x12" + self.states[-1],
                           secret=secret)]
        right = self.anybody or self.codes.get(user) == code
        if self.begin is not None:
            right = right and found.get(24) in self.states
            self.states.clear()
        verdict = ACCEPT if right else REJECT
        kind = self.kind
        if kind is None:
            return [packet(verdict, asked, secret=secret)]
        if kind == "silent":
            return []
        if kind == "challenge":
            return [packet(CHALLENGE, asked, b"\x18\x03a" + TEXT,
                           secret=secret)]
        return self._wrong(kind, asked, secret, sender)

    def _wrong(self, kind, asked, secret, sender):
        yes = packet(ACCEPT, asked, secret=secret)
        if kind == "flip":  # a Reject that was changed on the way
            no = packet(REJECT, asked, secret=secret)
            return [bytes([ACCEPT]) + no[1:]]
        if kind == "replay":
            old, self._old = self._old, yes
            return [old] if old else []
        if kind == "other-port":
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.sendto(yes, sender)
            return []
        return [{
            "secret": lambda: packet(ACCEPT, asked, secret="x" * 32),
            "identifier": lambda: packet(ACCEPT, asked, secret=secret,
                                         identifier=asked[1] ^ 1),
            "truncated": lambda: yes[:-3],
            "zero-length": lambda: packet(ACCEPT, asked, b"\x12\0abc",
                                          secret=secret),
            "overlong": lambda: packet(ACCEPT, asked, b"\x12\xffabc",
                                       secret=secret),
            "code": lambda: packet(9, asked, secret=secret),
            "echo": lambda: bytes([ACCEPT]) + asked[1:],
        }.get(kind, lambda: packet(ACCEPT, asked, mac=kind,
                                   secret=secret))()]


def put(settings, server, url=None, secret=SECRET, **keys):
    """The provider, and the accounts of alice and bob."""
    url = url or server.udp
    settings.secret("rad", secret)
    settings.set(providers=[dict({
        "name": "rad", "type": "radius", "base_url": url,
        "secret_file": settings.secrets + "/rad", "timeout_ms": 1500},
        **keys)])
    for name, account in (("alice", "a.smith"), ("bob", "b.jones")):
        settings.user(name, phone=None, channels=["totp"], accounts=[
            {"provider": "rad", "issuer": url, "sub": account}])


@contextlib.contextmanager
def beside(settings, sim, by="udp", **keys):
    """One that the settings of a test ask, by "udp" or "tls"."""
    one = Radius(sim.certs)
    one.settings, one.certs = settings, sim.certs
    if by == "tls":
        keys = dict({"secret": "radsec", "ca_file": sim.certs.ca}, **keys)
    try:
        put(settings, one, getattr(one, by), **keys)
        yield one
    finally:
        one.stop()


@contextlib.contextmanager
def two_addresses():
    """Of localhost, where nobody listens at the other one."""
    with open("/etc/hosts", encoding="ascii") as text:
        before = text.read()
    with open("/etc/hosts", "w", encoding="ascii") as out:
        out.write("127.0.0.1 localhost\n127.0.0.9 localhost\n")
    try:
        yield
    finally:
        with open("/etc/hosts", "w", encoding="ascii") as out:
            out.write(before)
