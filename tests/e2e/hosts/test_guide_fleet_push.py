# SPDX-License-Identifier: BSD-2-Clause
"""The guide's page of a fleet, typed: three servers and their hosts are set up
from one machine, by ssh, and taken back."""

import os
import pathlib
import re
import shlex
import socket
import subprocess
import time

import pytest

import fleetmachines
import stage

TRANSPORTS = ("spawn",)
PAGE = pathlib.Path(stage.ROOT, "docs/guide/fleet.md").read_text("utf-8")
CONF = "/etc/twofa/twofa.conf"
SERVERS = ("db1", "db2", "db3")


@pytest.fixture(name="machines")
def fixture_machines(tmp_path, settings):
    for part in (tmp_path, *tmp_path.parents):
        part.chmod(part.stat().st_mode & 0o7777 | 0o055)
    with stage.installed():
        machines = fleetmachines.Machines(tmp_path, (*SERVERS, "web01"))
        subprocess.run(["mount", "--bind", tmp_path / "systemctl",
                        "/usr/bin/systemctl"], check=True)
        yield machines
        subprocess.run(["umount", "/usr/bin/systemctl"], check=True)
        machines.end()
    del settings


def commands():
    """Of the sections that set it up; a line that ends with a backslash goes
    on."""
    text = re.sub(r"\\\n *", "", PAGE.split("\n## 3.")[0])
    return re.findall(r"^ {4}sudo (.*)$", text, re.M)


def run(command):
    return fleetmachines.admin(shlex.split(command)[1:])


def do(command):
    done = run(command)
    assert done.returncode == 0, done.stdout
    return done.stdout


def is_open(machine):
    """As before: nothing of twofactl's is left at a server."""
    return machine.run(
        "grep -c twofa /etc/postgresql/*/main/pg_hba.conf; nft list tables; "
        "ls -d /etc/twofa-state /etc/nftables.d/twofa.nft "
        "/var/lib/postgresql/*/main.before 2>/dev/null; true") == "0\n"


PASSWORDS = pathlib.Path.home() / ".pgpass"
KEPT = "old.example.org:5432:app:postgres:mine\n"
REPLACED = "*:*:*:postgres:was\ndb1.example.org:5432:*:postgres:was\n"
STANDBYS = "/var/lib/postgresql/.pgpass"
OTHERS = "old.example.org:*:*:standby:theirs\n"


def servers(machines, command):
    """What it says that it wrote is there, and it can be typed again. Passwords of
    other servers stay, and a link in another's folder leads nowhere."""
    PASSWORDS.write_text(REPLACED + KEPT, "ascii")
    machines["db2"].run(
        "set -e; echo own >/etc/own; cd /var/lib/postgresql; "
        "printf %%s '*:*:*:standby:was\n%s' >.pgpass; "
        "chown postgres: .pgpass; ln -s /etc/own .pgpass.new; "
        "cd /etc/postgresql/*/main; ln -s /etc/own pg_hba.conf.new" % OTHERS)
    text = do(command)
    for said in (PASSWORDS.read_text("ascii"), machines["db2"].read(STANDBYS)):
        assert said.count("\n") == 2 and ":was" not in said, said
    assert PASSWORDS.read_text("ascii").startswith(KEPT)
    assert machines["db2"].read(STANDBYS).startswith(OTHERS)
    assert machines["db2"].run("stat -c '%a %U' /etc/own " + STANDBYS) == (
        "644 root\n600 postgres\n")
    assert machines["db2"].read("/etc/own") == "own\n"
    for name in SERVERS:
        for path in re.findall("^%s.example.org: wrote (.*)$" % name, text,
                               re.M):
            machines[name].run("test -s " + path)
        assert "table inet twofa" in machines[name].run("nft list tables")
    assert "wrote /etc/twofa-state/server.key" in text
    again = do(command)
    assert "The state is there already" in again and "copied" not in again
    until = time.monotonic() + 60  # one of both is enough to go on
    while machines["db1"].run(
            "cd /; runuser -u postgres -- psql -qAtXc \"SELECT "
            "application_name, sync_state FROM pg_stat_replication "
            "ORDER BY 1\"") != "db2|quorum\ndb3|quorum\n":
        assert time.monotonic() < until
        time.sleep(0.1)


def the_same_port():
    """A connection from the port of one that ended: after a minute any may be."""
    pathlib.Path("/proc/sys/net/ipv4/tcp_tw_reuse").write_text("1", "ascii")
    for _ in range(2):
        with socket.socket() as link:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            link.settimeout(5)
            link.bind(("", 23456))
            link.connect(("db1.example.org", 5432))
            link.sendall(bytes.fromhex("0000000804d2162f"))  # SSLRequest
            assert link.recv(1) == b"S"
        time.sleep(3)


def pushed(machines, command):
    """Where it would not fit, it is as it was, with what another fleet gave."""
    web = machines["web01"]
    before = web.read(CONF)
    web.run("echo other | tee /etc/twofa/fleet.key /etc/twofa/store.password")
    web.run("echo 'state = \"/var/lib/twofa/state.db\";' >>" + CONF)
    done = run(command)
    assert done.returncode == 4 and "is as it was" in done.stdout, done.stdout
    assert "--renew --push" in done.stdout
    assert web.read(CONF) == before + 'state = "/var/lib/twofa/state.db";\n'
    keys = ("cd /etc/twofa; cat fleet.key store.password; "
            "ls store-ca.pem *.former 2>/dev/null; true")
    assert web.run(keys) == "other\n" * 2
    web.run("sed -i '/^state = /d' " + CONF)
    web.run("rm -rf /etc/nftables.d; touch /etc/nftables.d")
    done = run(command + " --renew")
    assert done.returncode == 4 and "put back" in done.stdout, done.stdout
    assert web.read(CONF) == before
    # the password that is to follow comes first
    assert re.fullmatch(r"other\n[0-9a-f]+\nother\n", web.run(keys))
    web.run("rm /etc/nftables.d")
    web.run("nft add table inet cut; nft add chain inet cut out "
            "'{ type filter hook output priority 0; }'; "
            "nft add rule inet cut out tcp dport 5432 reject")
    done = run(command + " --renew")
    assert done.returncode == 4 and "state cannot be used" in done.stdout
    assert web.read(CONF) == before
    web.run("nft delete table inet cut")
    do(command + " --renew")
    assert 'host = "web01";' in web.read(CONF)
    assert web.run("stat -c '%a %U:%G' /etc/twofa/store.password "
                   "/etc/twofa/fleet.key") == "640 root:twofa\n" * 2
    assert "skuid" in web.run("nft list table inet twofa_host")
    return before


def renewed(machines, command):
    """The password, while logins go on: each is served."""
    web = machines["web01"]
    before = web.read("/etc/twofa/store.password")
    web.run("( until [ -e /run/over ]; do echo ==; %s explain alice sshd || true; "
            "done; echo over ) >/run/said 2>&1 &" % stage.TWOFACTL_INSTALLED)
    do(command + " --renew")
    web.run("touch /run/over; until tail -n 1 /run/said | grep -q '^over'; "
            "do sleep 0.1; done")
    said = web.read("/run/said").split("==\n")
    assert len(said) > 3
    assert all("answered by db1.example.org" in one for one in said[1:]), said
    assert web.read("/etc/twofa/store.password") not in (before, "")


def kept(web):
    """In the fleet, where no login could do without it."""
    web.run("cp -p %s /run/conf; echo 'users = \"state\";' >>%s" % (CONF, CONF))
    before = web.read(CONF)
    done = run("twofactl state host remove web01")
    assert done.returncode == 4 and "is as it was" in done.stdout, done.stdout
    assert 'users: "state" needs a state at postgresql://' in done.stdout
    assert web.read(CONF) == before
    assert web.run("cat /etc/twofa/store.password") and "web01" in do(
        "twofactl state host list")
    web.run("cp -p /run/conf " + CONF)


def patient():
    """A busy machine is no outage: five servers and hosts share it here."""
    conf = pathlib.Path(CONF)
    text, changed = re.subn(
        r"^(\s*)host = .*$", r"\g<0>\n\1connect_timeout_ms = 10000;\n"
        r"\1timeout_ms = 10000;", conf.read_text("utf-8"), 1, re.M)
    assert changed
    conf.write_text(text, "utf-8")


def test_the_page(machines, quick, syslog):
    typed = commands()
    hosts = [one for one in typed if "libpq5" in one or "add web01" in one]
    assert len(hosts) == 2
    # three servers, three hosts beside admin01
    assert len(typed) + 2 * 1 + 2 * len(hosts) <= 20
    init, own, first, look, _ = [re.sub(
        "--networks [^ ]*", "--networks 10.78.0.0/24", one).replace(
            "admin01", os.uname().nodename)
        for one in typed if one.startswith("twofactl")]
    quick.right(quick.login())  # a state of its own
    servers(machines, init)
    the_same_port()
    do(own)
    patient()
    syslog.clear()
    line = quick.right(quick.login())
    assert line["store"] == os.uname().nodename + "@db1.example.org"
    before = pushed(machines, first)
    text = machines["web01"].run(stage.TWOFACTL_INSTALLED +
                                 " explain alice sshd || true")
    assert "db1.example.org" in text, text
    assert re.search("^web01 ", do(look), re.M)
    renewed(machines, first)

    # what the role of a host may always do
    machines["db1"].run(
        "setpriv --reuid postgres --regid postgres --init-groups psql -qAtX "
        "twofa -c 'SET SESSION AUTHORIZATION twofa_web01' -c 'ALTER DEFAULT "
        "PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC'")
    web = machines["web01"]
    kept(web)
    # a fault that it has anyway keeps it in no fleet
    wrong = "nonsense = 1;\n"
    web.run("echo '%s' >>%s" % (wrong.strip(), CONF))
    do("twofactl state host remove web01")
    assert web.read(CONF) == before + wrong
    assert web.run("nft list tables; ls /etc/twofa/fleet.key "
                   "/etc/twofa/store.password 2>/dev/null; true") == ""
    assert "web01" not in do(look)
    quick.right(quick.login())
    assert run("twofactl state server remove db3.example.org").returncode == 1
    do("twofactl state server remove db3.example.org --yes")
    assert is_open(machines["db3"])
    quick.right(quick.login())
    do("twofactl state host remove " + os.uname().nodename)  # keeps its keys
    syslog.clear()
    assert "store" not in quick.right(quick.login())
    do("twofactl state server remove db2.example.org,db1.example.org --yes")
    assert is_open(machines["db2"]) and is_open(machines["db1"])
