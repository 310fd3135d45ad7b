# SPDX-License-Identifier: BSD-2-Clause
"""The fault matrix over tests/host/host.c, and one row of each kind over real
sshd and sudo: matrix.py has the table, rig.py says how a row is judged."""

import functools
import glob
import os
import re
import subprocess
import sys

import pytest

import matrix
import stage
from rig import Real, Rig
from steps import ONCE

TRANSPORTS = ("spawn", "socket")

SANITIZED = 4  # times slower than plain
LOGIN = 10     # times slower than the host, at most
SUDOERS = "/etc/sudoers.d/twofa-matrix"


def named(rows):
    return pytest.mark.parametrize("row", rows, ids=[r.name for r in rows])


def slower():
    return SANITIZED if stage.sanitized() else 1


@pytest.fixture(name="judged")
def fixture_judged(settings, sim, syslog, pam, terminals):
    """Runs a row. Where the machine keeps the helper from working so long that
    it says so, that is a fault of its own, and the row is run anew."""
    def run(make, row, slow):
        for left in (2, 1, 0):
            rig = make(settings=settings, sim=sim, syslog=syslog)
            try:
                rig.run(row)
                if not left or not rig.stood_still():
                    rig.judge(row, slow)
                    return
            finally:
                rig.clean_up()
            terminals.close_all()
            sim.fresh()
            settings.reset(sim.url, sim.certs.ca)
            pam.reset()
            syslog.clear()
    return run


@named([row for row in matrix.ROWS if row.how])
def test_row(judged, row):
    judged(Rig, row, slower())


@pytest.fixture
def one_password():
    """sudo asks for it once, so that it ends with the first refusal."""
    with open(SUDOERS, "w", encoding="ascii") as out:
        out.write("Defaults passwd_tries=1\n")
    os.chmod(SUDOERS, 0o440)
    yield
    os.unlink(SUDOERS)


@pytest.mark.parametrize("service", ["sshd", "sudo"])
@named([row for row in matrix.ROWS if row.real])
def test_real(judged, pam, sshd, terminals, one_password, row, service):
    judged(functools.partial(Real, service, {
        "sshd": lambda: sshd.login("alice", options=ONCE),
        "sudo": lambda: terminals.sudo("alice")}[service], pam), row,
           slower() * LOGIN)


def file_of(folder, test):
    """The path of FILE::test, whichever room it stands in."""
    found, = glob.glob("%s/*/%s" % (folder, test.split("::")[0]),
                       root_dir=stage.ROOT)
    return found


def collected():
    """Every test that pytest finds in this folder's other files."""
    listing = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q",
         "--collect-only", *sorted({
             file_of("tests/e2e", test) for row in matrix.ROWS
             for test in row.held if ".py::" in test})],
        cwd=stage.ROOT, capture_output=True, text=True, check=True).stdout
    return {line.split("/")[-1] if "[" not in line else
            line[line.index("test_"):] for line in listing.splitlines()}


def in_c(name):
    """Is this one of the tests of that file?"""
    function = name.split("::")[1]
    with open(os.path.join(stage.ROOT, file_of("tests/unit", name)),
              encoding="utf-8") as text:
        return re.search(r"^(%s\(void \*\*|SCENE\(%s,)" % (
            (re.escape(function),) * 2), text.read(), re.M)


def test_held_rows_are_held():
    """A row that is held elsewhere names a test that there is."""
    known = collected()
    missing = [test for row in matrix.ROWS for test in row.held
               if not (in_c(test) if ".c::" in test
                       else test in known)]
    assert not missing


def test_table():
    """Rows have names of their own, each is run or held, and there are as
    many as were promised in each group."""
    names = [row.name for row in matrix.ROWS]
    assert len(names) == len(set(names))
    assert all(bool(row.how) != bool(row.held) for row in matrix.ROWS)
    for group, least in (("provider", 140), ("vendor", 30), ("helper", 60),
                         ("host", 39), ("settings", 33), ("state", 12),
                         ("memory", 10)):
        assert sum(row.group == group for row in matrix.ROWS) >= least, group
    for group in ("provider", "helper", "settings", "state"):
        assert [row for row in matrix.ROWS if row.group == group and row.real]
