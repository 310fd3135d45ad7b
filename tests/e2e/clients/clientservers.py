# SPDX-License-Identifier: BSD-2-Clause
"""The servers that the clients log in to, on the ports that are usual. Each
takes its settings from the guide."""

import contextlib

import guidepage

# Not every client knows the quickest of them.
KEX = "KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org"


@contextlib.contextmanager
def sshd(machine, row):
    lines = guidepage.file("/etc/ssh/sshd_config.d/30-twofa.conf")
    grace = "LoginGraceTime %d" % (4 if row.unanswered else 120)
    server = machine.fixture("sshd").start(KEX, grace, *lines, port=22)
    with open(server.folder + "/hostkey.pub", encoding="ascii") as key:
        machine.hostkey = " ".join(key.read().split()[:2])
    yield


@contextlib.contextmanager
def nothing(_machine, _row):
    """The program itself asks PAM."""
    yield


SERVERS = {"sshd": sshd, "none": nothing}
