# SPDX-License-Identifier: BSD-2-Clause
"""on_outage = "allow" where a kernel enforces a policy: a provider that is out of reach,
and one that bob makes look so. Who collects these tests brings the machine."""

import contextlib
import re
import socket

import pytest

from machine import until
from phones import NUMBERS
from terminal import PASSWORD

CONF = "/etc/twofa/twofa.conf"
RECORD = "/etc/twofa/users.d/carol.conf"
DONE = "/tmp/short"
# By what root makes little to be had, and what bob does to have all of it: 256
# entries of the kernel's table of connections, or 64 ports.
TABLE = ("/proc/sys/net/netfilter/nf_conntrack_max", "256", """
import socket
server = socket.create_server(("127.0.0.1", 0), backlog=512)
held = []
while True:
    one = socket.socket()
    one.settimeout(1)
    try:
        one.connect(server.getsockname())
        held.append((one, server.accept()[0]))
    except OSError:
        one.close()
        open("%s", "w").close()
""" % DONE)
PORTS = ("/proc/sys/net/ipv4/ip_local_port_range", "50000 50063", """
import itertools, signal, socket
held = []
for family, kind, port in itertools.product(
        (socket.AF_INET, socket.AF_INET6),
        (socket.SOCK_STREAM, socket.SOCK_DGRAM), range(50000, 50064)):
    one = socket.socket(family, kind)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind(("", port))
    held.append(one)
open("%s", "w").close()
signal.pause()
""" % DONE)


@contextlib.contextmanager
def short(host, limit, value, program):
    """A user of the host holds all of it."""
    before = host.read(limit)
    host.run("tee", limit, given=value)
    held = host.start("setpriv", "--reuid=bob", "--regid=bob", "--init-groups",
                      "python3", "-c", program)
    try:
        until(lambda: held.over.is_set() or
              host.run("find", DONE, expected=None).strip() == DONE, "no end")
        assert not held.over.is_set(), held.out
        yield
    finally:
        host.run("pkill", "-u", "bob", "python3", expected=None)
        host.run("rm", "-f", DONE)
        host.run("tee", limit, given=before)


def refused(sim):
    """Nobody listens there."""
    return contextlib.nullcontext()


def silent(sim):
    """Connections are taken, and no byte comes."""
    return socket.create_server(("127.0.0.1", sim.port))


class Visitor:
    """carol, who has nothing but a phone."""

    def __init__(self, host, people):
        self._host, self._people = host, people
        self.log = ""
        host.news("carol")

    def at_password(self):
        """Connected, and asked for the password."""
        self.log = ""
        login = self._people.connect("carol")
        login.expect(PASSWORD)
        return login

    def line(self, *words):
        """Waits for the log's line about the login, which must have these words.
        It is the last of self.log, or near it."""
        def found():
            self.log += self._host.news("carol")
            return re.search(r"user=carol\b.*outcome=.*", self.log)
        line = until(found, "no line")[0]
        assert all(word in line.split() for word in words), self.log

    def is_admitted(self):
        login = self.at_password()
        login.answer("pw-carol")
        self._people.is_in(login, "carol")
        self.line("outcome=allowed", "reason=outage")
        assert "carol admitted without a code (on_outage = allow)" in self.log

    def is_denied(self, login):
        login.answer("pw-carol")
        login.password("")  # sshd asks again
        login.hang_up()
        self.line("outcome=denied", "reason=config")
        assert "this host is short of" in self.log
        assert "admitted" not in self.log


class Outages:
    """Each policy has a class of its own, which brings host and people."""

    @pytest.fixture
    def host(self):
        raise NotImplementedError

    @pytest.fixture
    def visitor(self, host, guests, sim):
        """The provider has no connection left over from before."""
        before = host.read(CONF)
        host.put(CONF, before + 'on_outage = "allow";\n')
        host.put(RECORD, 'phone = "%s";\n' % NUMBERS["carol"])
        host.run("usermod", "-s", "/bin/bash", "carol")
        sim.stop()
        try:
            yield Visitor(host, guests)
        finally:
            host.put(CONF, before)
            host.run("rm", RECORD)
            host.run("usermod", "-s", "/usr/sbin/nologin", "carol")

    @pytest.fixture(params=["socket", "started"])
    def transport(self, request, host):
        """The unit that listens, or a helper of each login's own."""
        with host.started(request.param) as way:
            yield way

    @pytest.mark.parametrize("kind", [refused, silent])
    def test_out_of_reach(self, visitor, sim, transport, kind):
        with kind(sim):
            visitor.is_admitted()
        assert "let twofa-helper use it" not in visitor.log

    @pytest.mark.parametrize("what", [TABLE, PORTS], ids=["table", "ports"])
    def test_made_outage(self, host, visitor, sim, transport, what):
        """The provider is well, and is never asked."""
        sim.start()
        login = visitor.at_password()
        with short(host, *what):
            visitor.is_denied(login)
        assert "let twofa-helper use it" not in visitor.log
        assert not sim.requests()
