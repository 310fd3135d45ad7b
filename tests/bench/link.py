# SPDX-License-Identifier: BSD-2-Clause
"""A slow link on this machine: what is sent to the far address comes back to
the near one later, as from another machine. Real packets, real TCP."""

import collections
import fcntl
import os
import select
import socket
import struct
import subprocess
import threading
import time

NEAR, FAR = "10.99.0.1", "10.99.0.2"
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000


class SlowLink:
    """Every packet arrives delay_s later."""

    def __init__(self, delay_s, name="bench0"):
        self._delay = delay_s
        node = "/run/bench/tun"
        os.mknod(node, 0o20600, os.makedev(10, 200))
        self._fd = os.open(node, os.O_RDWR)
        fcntl.ioctl(self._fd, TUNSETIFF, struct.pack(
            "16sH", name.encode(), IFF_TUN | IFF_NO_PI))
        subprocess.run(["ip", "addr", "add", NEAR + "/24", "dev", name],
                       check=True)
        subprocess.run(["ip", "link", "set", name, "up"], check=True)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        waiting = collections.deque()
        while True:
            left = max(0, waiting[0][0] - time.monotonic()) if waiting \
                else None
            if select.select([self._fd], [], [], left)[0]:
                packet = os.read(self._fd, 65536)
                if packet[0] >> 4 == 4:
                    # sender and receiver change places: the sums stay right
                    waiting.append((time.monotonic() + self._delay,
                                    packet[:12] + packet[16:20] +
                                    packet[12:16] + packet[20:]))
            while waiting and waiting[0][0] <= time.monotonic():
                os.write(self._fd, waiting.popleft()[1])


def _copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
        try:
            end.shutdown(how)
        except OSError:
            pass


def _serve(listener, port):
    while True:
        near, _ = listener.accept()
        far = socket.create_connection(("127.0.0.1", port))
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for pair in ((near, far), (far, near)):
            threading.Thread(target=_copy, args=pair, daemon=True).start()


def forward(port):
    """A port of the near address that leads to one of loopback."""
    listener = socket.create_server((NEAR, 0))
    threading.Thread(target=_serve, args=(listener, port),
                     daemon=True).start()
    return listener.getsockname()[1]
