# SPDX-License-Identifier: BSD-2-Clause
"""twofactl as root runs it, and what the state holds."""

import json
import sqlite3
import subprocess

import conf
import stage

TWOFACTL = stage.STAGE + "/twofactl"


class Admin:
    """Runs twofactl with the helper that the test uses."""

    def __init__(self):
        self.helper = stage.HELPER

    def run(self, *words):
        """Its exit status and output."""
        done = subprocess.run(
            [TWOFACTL, "--helper", self.helper, *words], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=90, check=False)
        return done.returncode, done.stdout

    def do(self, *words):
        """It must succeed; its output."""
        status, out = self.run(*words)
        assert status == 0, "twofactl %s: %d\n%s" % (words, status, out)
        return out

    def codes(self, user="alice", count=10):
        """New recovery codes of a user."""
        out = self.do("recovery-codes", user, "--count", str(count), "--yes",
                      "--json")
        return json.loads(out)["codes"]

    def left(self, user="alice"):
        """How many recovery codes a user has."""
        return json.loads(self.run("recovery-codes", user, "--left",
                                   "--json")[1])["left"]


def dump(path=conf.STATE + "/state.db"):
    """Every row of every table that is somebody's; read-only."""
    link = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    try:
        tables = [name for (name,) in link.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            " AND name NOT IN ('reserve', 'sqlite_sequence')")]
        return {table: sorted(link.execute("SELECT * FROM " + table),
                              key=repr) for table in tables}
    finally:
        link.close()


def of_user(user, path=conf.STATE + "/state.db"):
    """The rows of one user, by table."""
    return {table: [row for row in rows if user in row]
            for table, rows in dump(path).items()}
