# SPDX-License-Identifier: BSD-2-Clause
"""A real PostgreSQL with the state's schema, for hosts that share it."""

import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import time

import libpq

TOP = pathlib.Path(__file__).resolve().parents[3]
PLAIN = TOP / "tests/postgres/plain"
ORDER = re.findall(r"^SQL\((\w+)\);", (
    TOP / "twofactl/fleet/fleet_sql.c").read_text(), re.M)[1:]


# How long a host's calls may take: a busy machine is no outage. Tests of an
# outage take what the product has without these settings.
PATIENT = {"connect_timeout_ms": 5000, "timeout_ms": 10000}
OWN = {}


class Server:
    def __init__(self, folder):
        self.folder = folder
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen([TOP / "tests/postgres/server", folder])
        self._ready()
        self.port = (folder / "port").read_text().strip()
        sql = TOP / "lib/fleet_records/sql"
        self.run("postgres", (sql / "roles.sql").read_text(),
                 "CREATE DATABASE twofa")
        self.run("twofa", *((sql / (name + ".sql")).read_text()
                            for name in ORDER))

    def run(self, database, *commands):
        return libpq.run(self.folder, self.port, database, *commands)

    def sql(self, text):
        return self.run("twofa", text)

    def host(self, name, times=PATIENT):
        """The settings of a host, whose role and password are made."""
        password = secrets.token_hex(32)
        self.run("twofa", "CREATE ROLE \"twofa_%s\" LOGIN PASSWORD '%s' IN ROLE "
                 "twofa_host" % (name, password),
                 "INSERT INTO twofa.host(name) VALUES ('%s') ON "
                 "CONFLICT DO NOTHING" % name)
        path = self.folder.parent / (name + ".password")
        path.write_text(password + "\n", encoding="ascii")
        shutil.chown(path, "root", "twofa")
        path.chmod(0o640)
        return {"state": "postgresql://localhost:%s/twofa" % self.port,
                "state_dir": "/var/lib/twofa",
                "store": {"host": name, "password_file": str(path),
                          "ca_file": str(self.folder / "ca.pem"),
                          "single": True, **times}}

    def postmaster(self):
        return int((self.folder / "data/postmaster.pid").read_text().split()[0])

    def again(self):
        """After its end, with what it had."""
        data = self.folder / "data"
        with open(self.folder / "log", "a", encoding="ascii") as log:
            # pylint: disable=consider-using-with
            self.process = subprocess.Popen(
                [PLAIN, "setpriv", "--reuid=postgres", "--regid=postgres",
                 "--clear-groups", "--inh-caps=-all", "--pdeathsig=INT",
                 "postgres", "-D", data], stdout=log, stderr=log)
        self._ready()

    def _status(self):
        """initdb has one of its own there, for moments."""
        try:
            return (self.folder / "data/postmaster.pid").read_text()
        except FileNotFoundError:
            return ""

    def _ready(self):
        while not self._status().endswith("ready   \n"):
            assert self.process.poll() is None, "it did not start"
            time.sleep(0.02)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)


def start(tmp_path_factory):
    folder = tmp_path_factory.mktemp("postgres")
    for part in (folder, *folder.parents):
        part.chmod(part.stat().st_mode & 0o7777 | 0o055)
    return Server(folder / "server")
