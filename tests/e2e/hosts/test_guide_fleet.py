# SPDX-License-Identifier: BSD-2-Clause
"""The page of the guide for fleets, typed from its top to its end at a real
server with a real standby. What it says of other machines is done on this one."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

import conf
import stage
from test_store_admin import ADMIN, KEY, Server

TRANSPORTS = ("spawn",)
PAGE = pathlib.Path(stage.ROOT, "docs/guide/fleet.md").read_text("utf-8")
COPY = "/etc/twofa/copied.key"
PASSWORD = pathlib.Path("/etc/twofa/store.password")
BIN = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]


def commands(section):
    """Of a section, without sudo; a line that ends with a backslash or a bar
    goes on."""
    text = re.search(r"^## %s$(.*?)(?=^## |\Z)" % section, PAGE,
                     re.M | re.S)[1]
    text = re.sub(r"\\\n *", "", text)
    return re.findall(r"^ {4}sudo (.*)$", text, re.M) + re.findall(
        r"`sudo (twofactl [^`]*)`", text)


class Pair:
    """A server and its standby; commands of the page with their names."""

    def __init__(self, folder):
        self.first = Server(folder / "db1")
        self.second = folder / "db2"
        self.process = None
        with open(self.first.folder / "data/pg_hba.conf", "a",
                  encoding="ascii") as out:
            out.write("hostssl replication standby localhost trust\n")

    def shell(self, command):
        first = self.first.folder
        for old, new in (
                ("-u postgres psql ", "psql -qAtX "), ("-u postgres ", ""),
                ("/etc/postgresql/server.", "%s/server." % first),
                (" --pwprompt", ""), ("host=db1.example.org", "host=localhost"),
                ("/etc/postgresql/ca.pem", "%s/ca.pem" % first),
                ("/var/lib/postgresql/15/main", str(self.second)),
                ("/var/backups/", str(first.parent) + "/"),
                ("ssh root@web01", "sh -c")):
            command = command.replace(old, new)
        return subprocess.run(
            command, shell=True, check=True, text=True, stdout=subprocess.PIPE,
            env=dict(os.environ, PGHOST=str(first / "socket"),
                     PGPORT=self.first.port, PGUSER="postgres",
                     PATH="%s:%s:%s" % (stage.STAGE, BIN, os.environ["PATH"]))
        ).stdout

    def follow(self):
        """The standby starts; the server knows it by now."""
        shutil.copy2(self.first.folder / "data/pg_hba.conf", self.second)
        (self.second.parent / "socket").mkdir()
        for path in (self.second, self.second.parent / "socket"):
            subprocess.run(["chown", "-R", "postgres:postgres", path],
                           check=True)
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            ["setpriv", "--reuid=postgres", "--regid=postgres",
             "--clear-groups", "--inh-caps=-all", "--pdeathsig=INT",
             BIN / "postgres", "-D", self.second, "-c", "listen_addresses=",
             "-c", "unix_socket_directories=%s" % (
                 self.second.parent / "socket")],
            env=dict(os.environ, HOME="/nonexistent"))  # root's is shut
        while self.first.run(
                "postgres", "SELECT count(*) FROM pg_stat_replication WHERE "
                "sync_state = 'quorum'") != ["1"]:
            assert self.process.poll() is None
            time.sleep(0.05)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
        self.first.stop()


@pytest.fixture(name="pair")
def fixture_pair(tmp_path):
    for part in (tmp_path, *tmp_path.parents):
        part.chmod(part.stat().st_mode & 0o7777 | 0o055)
    pair = Pair(tmp_path)
    yield pair
    pair.stop()
    for path in (ADMIN, KEY, PASSWORD):
        path.unlink(missing_ok=True)


def servers(pair):
    """Section 1: what is asked of both servers."""
    for command in commands("1. The database servers"):
        if command.startswith(("-u postgres psql", "-u postgres createuser")):
            pair.shell(command)
        elif "pg_basebackup" in command:
            pair.shell("-u postgres psql -c 'SELECT pg_reload_conf()'")
            pair.shell(command.replace("-X stream", "-c fast -X stream"))
    assert pair.shell("-u postgres psql -c 'SELECT count(*) FROM "
                      "pg_file_settings WHERE error IS NOT NULL'") == "2\n"
    known = re.search("^primary_conninfo.*$", (
        pair.second / "postgresql.auto.conf").read_text(), re.M)[0]
    assert "sslmode=''verify-full''" in known or "sslmode=verify-full" in known
    assert "/ca.pem" in known
    pair.follow()


def keys(pair, host):
    """Of section 2, as a host has them; the servers are here."""
    block = re.search(r"^## 2\..*?(^ {4}state = .*?^ {4}\};)", PAGE,
                      re.M | re.S)[1]
    store = dict(re.findall(r'(\w+) = "([^"]*)"', block))
    assert set(store) == {"state", "state_dir", "host", "password_file",
                          "ca_file", "fleet_key_file"}
    store.update(host=host, ca_file=str(pair.first.folder / "ca.pem"))
    return {"state": re.sub("//.*/", "//localhost:%s/" % pair.first.port,
                            store.pop("state")),
            "state_dir": store.pop("state_dir"), "store": store}


def users_once(pair, settings, admin, url):
    """Section 5; an app's enrolment is test_ctl_enroll.py's."""
    settings.set(users="state")
    for user in ("alice", "bob"):
        settings.forget(user)
    table = pair.first.folder.parent / "staff.csv"
    table.write_text("user,phone\nalice,%s\nbob,%s\n" % (
        conf.NUMBERS["alice"], conf.NUMBERS["bob"]), encoding="ascii")
    for command in commands("5. Users once"):
        words = command.replace("staff.csv", str(table)).split()[1:]
        if words[0] == "state":
            words += ["--url", url]
        if words[0] != "enroll":
            admin.do(*words)
    assert pair.shell("-u postgres psql -d twofa -c 'SELECT usr FROM "
                      "twofa.record ORDER BY 1'") == "alice\nbob\n"
    assert "alice" in admin.do("list")
    assert "dba" in admin.do("state", "host", "list", "--url", url)


def new_key(pair, settings, admin, quick):
    """On the machine that is both; each file is copied onto itself."""
    first, copy, second, move, remove = commands("A new fleet key")
    settings.set(**keys(pair, "admin01"))
    admin.do("state", "host", "add", "admin01", "--output", str(PASSWORD),
             "--url", "postgresql:///twofa?host=%s&port=%s" % (
                 pair.first.folder / "socket", pair.first.port))
    subprocess.run(["chgrp", "twofa", PASSWORD], check=True)
    PASSWORD.chmod(0o640)
    key = KEY.read_bytes()
    status, text = admin.run(*first.split()[1:])
    assert status == 2 and "2 records will be sealed" in text, text
    new = pathlib.Path(first.split()[-1])
    assert new.stat().st_size == 32 and KEY.read_bytes() == key
    pair.shell(copy.replace(">fleet.key.next", ">copied").replace(
        "twofa fleet.key.next", "twofa copied"))
    os.rename("/etc/twofa/copied", new)
    assert "Done: 2." in admin.do(*second.split()[1:], "--yes")
    old = KEY.with_suffix(".key.old")
    assert old.read_bytes() == key
    KEY.write_bytes(key)  # a host that has both
    quick.right(quick.login())
    pair.shell(move)
    quick.right(quick.login())
    new.write_bytes(KEY.read_bytes())
    pair.shell(remove)
    assert not new.exists() and "alice" in admin.do("list")
    old.unlink()


def test_the_page(pair, settings, admin, quick, doctor, syslog):
    quick.right(quick.login())  # a state of its own
    syslog.clear()
    servers(pair)
    url = "postgresql:///twofa?host=%s&port=%s" % (
        pair.first.folder / "socket", pair.first.port)
    settings.set(**keys(pair, "web01"))
    for command in commands("2. The state"):
        admin.do(*re.sub("postgresql://[^ ]*", url, command).split()[1:])
    assert ADMIN.exists() and KEY.stat().st_size == 32

    for command in commands("3. The first host"):
        if " | " in command:  # not onto itself
            pair.shell(command.replace(
                "state host add", "state host add --url '%s'" % url).replace(
                    ">" + str(KEY), ">" + COPY).replace(
                        "twofa " + str(KEY), "twofa " + COPY))
    assert pathlib.Path(COPY).read_bytes() == KEY.read_bytes()
    os.rename(COPY, KEY)
    assert PASSWORD.stat().st_mode & 0o777 == 0o640
    admin.do("check")
    assert "store-" not in doctor.names()[1].replace("store-admin", "")
    line = quick.right(quick.login())
    assert line["store"] == "web01@localhost"
    assert "web01" in admin.do("state", "host", "list", "--url", url)

    # section 4; one machine is both
    assert "tar c state.db state.db-wal" in PAGE
    for command in commands("4. Move what a host has"):
        if command.startswith("twofactl"):
            assert "messages of the\nlast day 1," in admin.do(
                *command.split()[1:])

    users_once(pair, settings, admin, url)
    for command in commands("Look after it"):
        status, text = admin.run(*command.split()[1:])
        assert status == 0 or "nothing was locked" in text, text
    for command in commands("Back up and restore")[:3]:
        pair.shell(command.replace("createdb twofa", "createdb again").replace(
            "-d twofa", "-d again"))
    count = "-u postgres psql -d %s -c 'SELECT count(*) FROM twofa.send'"
    assert pair.shell(count % "again") == pair.shell(count % "twofa") != "0\n"

    for section in ("Upgrade", "A host was stolen"):
        for command in commands(section):
            admin.do(*command.split()[1:], "--url", url)
    quick.denied(quick.login(), sent=True)

    new_key(pair, settings, admin, quick)
