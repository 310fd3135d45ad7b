# SPDX-License-Identifier: BSD-2-Clause
"""The pages of the guide for fleets made by hand, and what follows, typed at a
real server with a real standby. What they say of other machines is done on this
one; the page of a fleet is test_guide_fleet_push.py's."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

import conf
import stage
from test_store_admin import ADMIN, KEY, Server

TRANSPORTS = ("spawn",)
PAGE = "\n".join(pathlib.Path(
    stage.ROOT, "docs/guide", name).read_text("utf-8") for name in (
        "fleet-servers.md", "fleet.md", "fleet-care.md", "fleet-stolen.md"))
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


def running(postgres):
    """Its process, whose folder has data and socket."""
    data = postgres.folder / "data"
    # pylint: disable=consider-using-with
    process = subprocess.Popen(
        ["setpriv", "--reuid=postgres", "--regid=postgres",
         "--clear-groups", "--inh-caps=-all", "--pdeathsig=INT",
         BIN / "postgres", "-D", data, "-c", "port=%s" % postgres.port, "-c",
         "unix_socket_directories=%s" % (postgres.folder / "socket")],
        env=dict(os.environ, HOME="/nonexistent"))  # root's is shut
    while status(data) not in (["ready"], ["standby"]):
        assert process.poll() is None
        time.sleep(0.05)
    return process


def status(data):
    """The last word of its file, which one that starts may take away."""
    try:
        return (data / "postmaster.pid").read_text().split()[-1:]
    except FileNotFoundError:
        return []


class Standby:
    """One that copies another: db2 or db3."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = str(one.getsockname()[1])
        folder.mkdir()
        (folder / "socket").mkdir()

    def start(self):
        subprocess.run(["chown", "-R", "postgres:postgres", self.folder],
                       check=True)
        self.process = running(self)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
        self.process = None


class Three:
    """The servers; commands of the page with their names."""

    def __init__(self, folder):
        self.first = Server(folder / "db1")
        self.second = Standby(folder / "db2")
        self.third = Standby(folder / "db3")
        self.by_name = {"db1": self.first, "db2": self.second,
                        "db3": self.third}
        self.password = folder / "pgpass"
        self.password.write_text("*:*:*:standby:word\n*:*:*:postgres:other\n",
                                 encoding="ascii")
        shutil.chown(self.password, "postgres")
        self.password.chmod(0o600)
        self.administrator = folder / "administrator"
        shutil.copy(self.password, self.administrator)
        self.administrator.chmod(0o600)

    def url(self):
        """As an administrator names them."""
        return "postgresql://postgres@%s/twofa" % self.names()

    def names(self):
        return ",".join("localhost:" + one.port for one in (
            self.first, self.second, self.third))

    def shell(self, command, at="db1"):
        here = self.by_name[at]
        ca = self.first.folder / "ca.pem"
        for old, new in (
                ("-u postgres psql ", "psql -qAtX "), ("-u postgres ", ""),
                ("/etc/postgresql/server.", "%s/server." %
                 self.first.folder), (" --pwprompt", ""),
                *(("host=%s.example.org" % name, "host=localhost port=" +
                   one.port) for name, one in self.by_name.items()),
                ("/etc/postgresql/ca.pem", str(ca)),
                ("/var/lib/postgresql/.pgpass", str(self.password)),
                ("/var/lib/postgresql/15/main", str(here.folder / "data")),
                ("/var/backups/twofa/", str(self.first.folder.parent) + "/"),
                ("ssh root@web01", "sh -c")):
            command = command.replace(old, new)
        environment = dict(os.environ, PATH="%s:%s:%s" % (
            stage.STAGE, BIN, os.environ["PATH"]), PGUSER="postgres",
                           PGHOST=str(here.folder / "socket"),
                           PGPORT=here.port, PGPASSFILE=str(self.password))
        if "pg_basebackup" in command:
            command = "setpriv --reuid=postgres --clear-groups " + command
            environment["HOME"] = "/nonexistent"  # root's is shut
        return subprocess.run(command, shell=True, check=True, text=True,
                              stdout=subprocess.PIPE, env=environment,
                              cwd="/").stdout

    def follow(self, name, primary):
        """The standby starts; the server knows it by now."""
        standby = self.by_name[name]
        standby.start()
        self.in_step(name, primary)

    def in_step(self, name, primary):
        until = time.monotonic() + 60
        while self.shell("-u postgres psql -c \"SELECT sync_state FROM "
                         "pg_stat_replication WHERE application_name = '%s'\"" %
                         name, primary) != "quorum\n":
            assert time.monotonic() < until
            time.sleep(0.05)

    def stop(self):
        self.third.stop()
        self.second.stop()
        self.first.stop()


@pytest.fixture(name="pair")
def fixture_pair(tmp_path, monkeypatch):
    for part in (tmp_path, *tmp_path.parents):
        part.chmod(part.stat().st_mode & 0o7777 | 0o055)
    three = Three(tmp_path)
    monkeypatch.setenv("PGPASSFILE", str(three.administrator))
    yield three
    three.stop()
    for path in (ADMIN, KEY, PASSWORD):
        path.unlink(missing_ok=True)


def copied(pair, name, primary):
    """pg_basebackup of the page, on that machine, of that server."""
    machine = pair.by_name[name]
    if (machine.folder / "data").exists():
        shutil.rmtree(machine.folder / "data")
    (machine.folder / "data").mkdir(mode=0o700)
    subprocess.run(["chown", "postgres:postgres", machine.folder,
                    machine.folder / "data"], check=True)
    command, = [one for one in commands("The database servers")
                if "pg_basebackup" in one]
    pair.shell(command.replace("-X stream", "-c fast -X stream").replace(
        "application_name=db2", "application_name=" + name).replace(
            "db1.example.org", primary + ".example.org"), name)


def let_in(pair, lines):
    """Lines of the page or of init, at the top of pg_hba.conf; the addresses
    are this machine's."""
    lines = re.sub(r"\b(192\.0\.2|198\.51\.100)\.\d+/\d+", "127.0.0.1/32",
                   lines)
    for one in pair.by_name.values():
        path = one.folder / "data/pg_hba.conf"
        if path.exists():
            path.write_text(lines + path.read_text("ascii"), "ascii")
            subprocess.run(["chown", "postgres", path], check=True)
            pair.shell("-u postgres psql -c 'SELECT pg_reload_conf()'",
                       one.folder.name)
    assert pair.shell("-u postgres psql -c 'SELECT count(*) FROM "
                      "pg_hba_file_rules() WHERE error IS NOT NULL'") == "0\n"


def servers(pair):
    """Step 1: what is asked of the servers."""
    section = re.search(r"^## The database servers$.*?(?=^## )", PAGE,
                        re.M | re.S)[0]
    look = ""
    for command in commands("The database servers"):
        if "pg_stat_replication" in command:
            look = command
        elif command.startswith(("-u postgres psql", "-u postgres createuser")):
            pair.shell(command)
    # what \\password and --pwprompt ask for; the standby is not there yet
    for role, word in (("standby", "word"), ("postgres", "other")):
        pair.shell("-u postgres psql -c \"SET synchronous_commit = local\" -c "
                   "\"ALTER ROLE %s PASSWORD '%s'\"" % (role, word))
    hba = "".join(re.findall(r"^ {4}(hostssl .*\n)", section, re.M))
    assert "192.0.2.1/32" in hba and hba.count("replication") == 3
    let_in(pair, hba)
    for name in ("db2", "db3"):
        copied(pair, name, "db1")
    assert pair.shell("-u postgres psql -c 'SELECT count(*) FROM "
                      "pg_file_settings WHERE error IS NOT NULL'") == "2\n"
    known = re.search("^primary_conninfo.*$", (
        pair.second.folder / "data/postgresql.auto.conf").read_text(), re.M)[0]
    assert "sslmode=''verify-full''" in known or "sslmode=verify-full" in known
    assert "/ca.pem" in known and "pgpass" in known
    for name in ("db2", "db3"):
        pair.follow(name, "db1")
    assert sorted(pair.shell(look).split()) == ["db2|quorum", "db3|quorum"]


def keys(pair, host):
    """Of its section, as a host has them; the servers are here."""
    block = re.search(r"^## The state$.*?(^ {4}state = .*?^ {4}\};)", PAGE,
                      re.M | re.S)[1]
    store = dict(re.findall(r'(\w+) = "([^"]*)"', block))
    assert set(store) == {"state", "state_dir", "host", "password_file",
                          "ca_file", "fleet_key_file"}
    store.update(host=host, ca_file=str(pair.first.folder / "ca.pem"))
    return {"state": re.sub("//.*/", "//%s/" % pair.names(),
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
    for command in commands("4. Users once"):
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
             "--url", pair.url())
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


def well(doctor):
    """doctor finds nothing of the servers; this is admin01 as well."""
    return not [name for name in doctor.names()[0] if name.startswith(
        "store-") and name != "store-admin"]


def another_takes_over(pair, quick, doctor):
    """db1 is lost, comes back by itself, and then as a standby."""
    promote, follow, reload = [
        command for command in commands("Back up and restore")
        if "pg_promote" in command or "primary_conninfo" in command or
        "pg_reload_conf" in command]
    pair.first.process.send_signal(signal.SIGQUIT)
    pair.first.process.wait(30)
    pair.shell(promote, "db2")
    pair.shell(follow, "db3")
    pair.shell(reload, "db3")
    pair.in_step("db3", "db2")
    quick.right(quick.login())
    pair.first.process = running(pair.first)
    quick.right(quick.login())
    assert "store-split" in doctor.names()[0]
    pair.first.stop()
    copied(pair, "db1", "db2")
    pair.first.process = running(pair.first)
    pair.in_step("db1", "db2")
    quick.right(quick.login())
    assert well(doctor)


def test_the_page(pair, settings, admin, quick, doctor, syslog):
    quick.right(quick.login())  # a state of its own
    syslog.clear()
    servers(pair)
    url = pair.url()
    settings.set(**keys(pair, "web01"))
    for command in commands("The state"):
        admin.do(*re.sub("postgresql://[^ ]*", url, command).split()[1:])
    script = admin.do("state", "server", "access", "db1,db2,db3", "--print",
                      "--networks", "127.0.0.1")
    let_in(pair, subprocess.run(
        ["sh", "-s"], input=script.replace("\naccess\n", "\nhba_lines\n"),
        check=True, text=True, stdout=subprocess.PIPE).stdout)
    assert ADMIN.exists() and KEY.stat().st_size == 32

    for command in commands("A host"):
        if " | " in command:  # not onto itself
            pair.shell(command.replace(
                "state host add", "state host add --url '%s'" % url).replace(
                    ">" + str(KEY), ">" + COPY).replace(
                        "twofa " + str(KEY), "twofa " + COPY))
    assert pathlib.Path(COPY).read_bytes() == KEY.read_bytes()
    os.rename(COPY, KEY)
    assert PASSWORD.stat().st_mode & 0o777 == 0o640
    admin.do("check")
    assert well(doctor)
    line = quick.right(quick.login())
    assert line["store"] == "web01@localhost"
    assert "web01" in admin.do("state", "host", "list", "--url", url)

    # section 4; one machine is both
    assert "tar c state.db state.db-wal" in PAGE
    for command in commands("3. Move what a host has"):
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
    assert "Done." in admin.do(
        "state", "restored", "--yes", "--url", url.replace("/twofa", "/again"))

    for section in ("Upgrade", "A host was stolen"):
        for command in commands(section):
            admin.do(*command.split()[1:], "--url", url)
    quick.denied(quick.login(), sent=True)

    new_key(pair, settings, admin, quick)
    another_takes_over(pair, quick, doctor)
