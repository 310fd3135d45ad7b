# SPDX-License-Identifier: BSD-2-Clause
"""Rows of the fault matrix with module and host under valgrind: some of each
group, or, with TWOFA_VALGRIND=all (make valgrind), all that it can run."""

import os

import pytest

import matrix
import stage
from rig import Rig, VALGRIND

TRANSPORTS = ("spawn",)

SLOWER = 15
ALL = os.environ.get("TWOFA_VALGRIND") == "all"
ROWS = [row for row in matrix.ROWS if row.how and (
    row.valgrind or ALL and row.valgrind is None)]


@pytest.fixture(scope="module", autouse=True)
def readable(build):
    """valgrind looks whether a program can be read before it is started."""
    os.chmod(stage.HELPER, 0o755)
    yield
    os.chmod(stage.HELPER, stage.HELPER_MODE)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row(settings, sim, syslog, _ready, row):
    rig = Rig(settings, sim, syslog, before=VALGRIND)
    try:
        rig.run(row)
        rig.judge(row, SLOWER)
    finally:
        rig.clean_up()
