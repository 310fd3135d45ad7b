# SPDX-License-Identifier: BSD-2-Clause
"""Three hundred connections that stop before the password, at a fleet's server
with room for a hundred: what `state init` prints keeps its hosts in."""

import pathlib
import select
import shutil
import subprocess
import sys
import time

import pytest

import pgserver

TRANSPORTS = ("spawn",)
MANY = 300
SERVER = "10.77.1.1"
STOLEN, ADMINISTRATOR, STRANGER = "10.77.1.66", "10.77.1.9", "10.77.2.5"
# As an attacker would: who is thrown out comes again. It says how many
# connections are there, and with "tls" only those that a password is wanted of.
FLOOD = r"""
import asyncio, resource, ssl, struct, sys
kind, host, port, many = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
words = b"user\0twofa_web01\0database\0twofa\0\0"
held = 0
async def one():
    global held
    reader, writer = await asyncio.open_connection(host, port)
    asks = kind == "bare"
    try:
        if kind == "tls":
            writer.write(struct.pack("!ii", 8, 80877103))
            assert await reader.readexactly(1) == b"S"
            await writer.start_tls(context)
            writer.write(struct.pack("!ii", 8 + len(words), 196608) + words)
            asks = await reader.readexactly(1) == b"R"
        held += asks
        while await reader.read(4096):
            pass
    finally:
        held -= asks
        writer.transport.abort()
async def again():
    while True:
        try:
            await one()
        except (OSError, EOFError, AssertionError, ssl.SSLError):
            await asyncio.sleep(0.05)
async def main():
    for _ in range(many):
        asyncio.ensure_future(again())
    await asyncio.sleep(0.1)
    while True:
        print(held, flush=True)
        await asyncio.sleep(0.1)
asyncio.run(main())
"""


# Who says that it is another: begins, and answers what it has not seen.
FORGER = r"""
import socket, struct, sys
host, port, claimed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ends = socket.inet_aton(claimed) + socket.inet_aton(host)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
def total(data):
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff
def send(own, sequence, seen, flags):
    def words(check):
        return struct.pack("!HHIIBBHHH", own, port, sequence, seen, 80, flags,
                           65535, check, 0)
    check = total(ends + struct.pack("!BBH", 0, 6, 20) + words(0))
    raw.sendto(struct.pack("!BBHHHBBH", 69, 0, 40, own, 0, 64, 6, 0) + ends +
               words(check), (host, 0))
for own in range(20000, 20300):
    send(own, 1, 0, 2)
for own in range(20000, 20300):
    send(own, 2, 12345, 16)
"""


def run(*words, **more):
    return subprocess.run(list(map(str, words)), check=True, text=True, **more)


class Machine:
    """Another one, on a wire of its own to the server's."""

    def __init__(self, number, address):
        wire = "wire%d" % number
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo up; exec sleep infinity"],
            stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"up\n"
        self.inside = ["nsenter", "--net=/proc/%d/ns/net" % self.process.pid]
        run("ip", "link", "add", wire, "type", "veth", "peer", "name", "eth0",
            "netns", self.process.pid)
        run("ip", "addr", "add", SERVER + "/32", "dev", wire)
        run("ip", "link", "set", wire, "up")
        run("ip", "route", "add", address + "/32", "dev", wire)
        run(*self.inside, "ip", "addr", "add", address + "/32", "dev", "eth0")
        run(*self.inside, "ip", "link", "set", "eth0", "up")
        run(*self.inside, "ip", "route", "add", SERVER + "/32", "dev", "eth0")

    def psql(self, server, *more):
        """As the administrator asks from there."""
        return subprocess.run(
            [*self.inside, pgserver.PLAIN, "psql", "-qAtX", "-d",
             "host=%s port=%s user=postgres dbname=twofa sslmode=require "
             "connect_timeout=5" % (SERVER, server.port), "-c", "SELECT 1"],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False, **dict(more)).stdout

    def flood(self, kind, port):
        # pylint: disable=consider-using-with
        return subprocess.Popen(
            [*self.inside, sys.executable, "-c", FLOOD, kind, SERVER, port,
             str(MANY)], stdout=subprocess.PIPE, text=True)

    def end(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module", name="server")
def fixture_server(tmp_path_factory):
    server = pgserver.start(tmp_path_factory)
    for line in ("listen_addresses = '*'", "max_connections = 100",
                 "authentication_timeout = '60s'"):
        server.run("postgres", "ALTER SYSTEM SET " + line)
    server.stop()
    server.again()
    yield server
    server.stop()


@pytest.fixture(scope="module", name="machines")
def fixture_machines():
    found = {address: Machine(number, address) for number, address in
             enumerate((STOLEN, ADMINISTRATOR, STRANGER))}
    yield found
    for machine in found.values():
        machine.end()


def line_of(flood, seconds):
    """What the attacker says next, or None."""
    ready = select.select([flood.stdout], [], [], seconds)[0]
    return int(flood.stdout.readline()) if ready else None


def settled(flood, least):
    """How many it holds: so many, and once that has not grown for a second."""
    most, since = 0, time.monotonic()
    while most < least or time.monotonic() - since < 1:
        now = line_of(flood, 10)
        assert now is not None, flood.poll()
        if now > most:
            most, since = now, time.monotonic()
    return most


def told(script, act):
    """What a part of the script of `state server access --print` says."""
    return run("sh", "-s", input=script.replace("\naccess\n", "\n%s\n" % act),
               stdout=subprocess.PIPE).stdout


def access(script, server):
    """Do what it would: pg_hba.conf, settings, firewall."""
    path = server.folder / "data/pg_hba.conf"
    path.write_text("hostssl all postgres %s/32 trust\n" % ADMINISTRATOR +
                    told(script, "hba_lines") +
                    path.read_text(encoding="ascii"), encoding="ascii")
    server.run("postgres", "ALTER SYSTEM SET authentication_timeout = '5s'")
    server.run("postgres", "SELECT pg_reload_conf()")
    while server.run("postgres", "SHOW authentication_timeout") != ["5s"]:
        time.sleep(0.02)
    assert server.sql("SELECT count(*) FROM pg_hba_file_rules() WHERE error "
                      "IS NOT NULL") == ["0"]
    load(told(script, "port=%s; server_table" % server.port))
    if shutil.which("systemd-analyze"):
        unit = server.folder.parent / "twofa-firewall.service"
        unit.write_text(told(script, "firewall_unit"), encoding="ascii")
        run("systemd-analyze", "--man=no", "verify", unit)


def load(table):
    """As the unit does, which may do so again. Others' tables stay."""
    run("nft", "add", "table", "inet", "others")
    for _ in range(2):
        run("nft", "-f", "-", input=table)
    assert "table inet others" in run("nft", "list", "tables",
                                      stdout=subprocess.PIPE).stdout


def attack(machine, kind, server, least):
    flood = machine.flood(kind, server.port)
    assert line_of(flood, 60) is not None  # all have begun
    return flood, settled(flood, least)


OWN = 12  # at most so many processes without anybody


def taken(server):
    """How many processes the server has: one for each connection, too."""
    pid = server.postmaster()
    children = pathlib.Path("/proc/%d/task/%d/children" % (pid, pid))
    return len(children.read_text(encoding="ascii").split())


def stop(flood, server):
    """Until the server has got rid of them."""
    flood.kill()
    flood.wait()
    flood.stdout.close()
    while taken(server) > OWN:
        time.sleep(0.05)


def is_told(machine, server):
    """That it has too many, since silence would pass for an outage."""
    text = ""
    while "reset by peer" not in text:  # or it is the next when one has ended
        text = machine.psql(server)
        assert "timeout" not in text, text


def test_hosts_stay_in(server, machines, settings, quick, admin, doctor):
    machine = machines[ADMINISTRATOR]
    path = server.folder / "data/pg_hba.conf"
    before = path.read_text(encoding="ascii")
    path.write_text(before + "hostssl twofa +twofa_host all scram-sha-256\n"
                    "hostssl all postgres %s/32 trust\n" % ADMINISTRATOR,
                    encoding="ascii")
    server.run("postgres", "SELECT pg_reload_conf()")
    settings.set(**server.host("web01"))
    quick.right(quick.login())

    # as it is where nothing of that was done
    flood, _ = attack(machines[STRANGER], "tls", server, 90)
    text = machine.psql(server)
    assert "too many clients" in text or "remaining connection" in text, text
    assert quick.denied(quick.login(), sent=True)["reason"] == "store-busy"
    stop(flood, server)

    path.write_text(before, encoding="ascii")
    access(admin.do("state", "server", "access", "db1", "--print", "--networks",
                   "127.0.0.1,::1, 10.77.1.0/24"), server)
    for address, least, most in ((STRANGER, 0, 0), (STOLEN, 50, 60)):
        for kind in ("tls", "bare"):
            flood, held = attack(machines[address], kind, server, least)
            # the firewall answers for the server, who counts what it sees
            assert taken(server) <= most + OWN, (address, kind)
            assert kind == "bare" or held <= most, address
            if most:
                is_told(machines[address], server)
            assert machine.psql(server) == "1\n"
            line = quick.right(quick.login())
            assert line["store"] == "web01@localhost"
            stop(flood, server)

    # nor can somebody use up what another one may have
    silent = "table inet own { chain input { type filter hook input priority 0;" \
        " ct state new,invalid drop; }; }"
    run(*machine.inside, "nft", "-f", "-", input=silent)
    run(*machines[STOLEN].inside, sys.executable, "-c", FORGER, SERVER,
        server.port, ADMINISTRATOR)
    assert machine.psql(server) == "1\n"

    # nor does another user of the host itself reach the server
    script = admin.do("state", "server", "access", "db1", "--print",
                      "--networks", "127.0.0.1")
    assert "store-open" in doctor.names()[1]
    run("nft", "-f", "-", input=told(
        script, "servers=127.0.0.1:%s; host_table" % server.port))
    assert "store-open" not in doctor.names()[1]
    quick.right(quick.login())
