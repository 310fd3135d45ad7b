# SPDX-License-Identifier: BSD-2-Clause
"""A local user who holds the ports of this private network, and a name service
that is asked over it."""

import contextlib
import os
import socket
import subprocess
import sys
import threading

from breakage import replace

RANGE = "/proc/sys/net/ipv4/ip_local_port_range"
PORTS = 64  # of this private network: as good as all, and cheap
# A user's program: it holds all ports, or lets them go every 50 ms.
THIEF = """
import socket, sys, time
first, count, pulsed, kinds = *map(int, sys.argv[1:4]), sys.argv[4]
def take():
    held = []
    for family, host in ((socket.AF_INET, ""), (socket.AF_INET6, "::")):
        for kind in kinds.split(","):
            for port in range(first, first + count):
                s = socket.socket(family, getattr(socket, "SOCK_" + kind))
                if family == socket.AF_INET6:
                    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                try:
                    s.bind((host, port))
                except OSError:
                    s.close()
                    continue
                held.append(s)
    return held
held = take()
print(len(held), flush=True)
while True:
    time.sleep(0.05)
    if pulsed:
        for s in held:
            s.close()
        time.sleep(0.05)
        held = take()
"""


A, AAAA = b"\0\1\0\1", b"\0\x1c\0\1"


def answer(question, names, kept_back, none):
    """A: this machine; AAAA: an address that it has no route to. The kind that is
    kept back: an error; none: there is no such address."""
    kind = question[question.index(b"\0", 12) + 1:][:4]
    if not any(b"".join(bytes([len(part)]) + part.encode() for part in
                        name.split(".")) in question for name in names):
        return question[:2] + b"\x81\x83" + question[4:6] + b"\0" * 6 + \
            question[12:question.index(b"\0", 12) + 5]
    found = {A: socket.inet_aton("127.0.0.1"),
             AAAA: socket.inet_pton(socket.AF_INET6, "2001:db8::1")}
    if kind == kept_back:
        return question[:2] + b"\x81\x82" + question[4:6] + b"\0" * 6 + \
            question[12:question.index(b"\0", 12) + 5]
    data = found.get(kind, b"") if kind != none else b""
    head = question[:2] + b"\x81\x80\0\1" + (b"\0\1" if data else b"\0\0") + \
        b"\0\0\0\0"
    row = b"\xc0\x0c" + kind + b"\0\0\0\0" + bytes([0, len(data)]) + data
    body = question[12:question.index(b"\0", 12) + 5]
    return head + body + (row if data else b"")


@contextlib.contextmanager
def name_service(*names, kept_back=None, none=None):
    """It knows these names, and no other. They must not be in /etc/hosts."""
    with open("/etc/resolv.conf", "rb") as text:
        kept = text.read()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def serve():
        while True:
            question, asker = server.recvfrom(512)
            if not question:
                return
            server.sendto(answer(question, names, kept_back, none), asker)
    thread = threading.Thread(target=serve)
    thread.start()
    replace("/etc/resolv.conf", b"nameserver 127.0.0.1\n"
            b"options timeout:1 attempts:1\n")
    try:
        yield
    finally:
        replace("/etc/resolv.conf", kept)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", 53))
        thread.join()
        server.close()


@contextlib.contextmanager
def held(kinds, pulsed, listening):
    """A range of ports without that server's, and alice who has them. kinds: DGRAM,
    STREAM or both, with a comma."""
    first = 40000 if listening > 45000 else 50000
    with open(RANGE, encoding="ascii") as text:
        kept = text.read()
    replace(RANGE, b"%d %d" % (first, first + PORTS - 1))
    thief = subprocess.Popen(
        [sys.executable, "-c", THIEF, str(first), str(PORTS),
         str(int(pulsed)), kinds], stdout=subprocess.PIPE, user="alice",
        cwd="/", env={"PATH": os.environ["PATH"]})
    try:
        assert int(thief.stdout.readline()) >= PORTS * len(kinds.split(","))
        yield
    finally:
        thief.kill()
        thief.wait()
        thief.stdout.close()
        replace(RANGE, kept.encode())
