# SPDX-License-Identifier: BSD-2-Clause
"""docs/guide/clients.md and one-field.md say what tests/e2e/clients runs, and
nothing else."""

import os
import re
import sys

import pytest

ROOT = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e/clients"))

# pylint: disable=wrong-import-position
import clientread  # noqa: E402
import clientrows  # noqa: E402
import guidepage  # noqa: E402

SERVERS = "tests/e2e/clients/clientservers.py"


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        return text.read()


def test_the_table_is_the_tests():
    lines = clientrows.lines()
    assert len(lines) >= 20 and len(clientrows.ROWS) >= 40
    assert guidepage.table("The table") == [*clientrows.HEAD, *lines]


def test_what_was_read_is_marked():
    lines = [row.line() for row in clientread.ROWS]
    assert len(lines) <= 10
    assert guidepage.table("Read in documents, not tried") == [
        *clientread.HEAD, *lines]


def test_names_differ():
    names = [row.id for row in clientrows.ROWS]
    assert len(set(names)) == len(names)


def test_commands_are_those_that_the_tests_type():
    said = [line for name, lines in guidepage.blocks() if not name
            for line in lines if line]
    typed = {line for row in clientrows.ROWS
             for line in row.commands + row.types}
    assert set(said) == typed


def test_files_are_those_that_the_tests_use():
    said = [name for name, _ in guidepage.blocks() if name]
    assert len(set(said)) == len(said)
    used = {name for row in clientrows.ROWS for name in row.files}
    for path in (SERVERS, "tests/e2e/clients/clientrun.py"):
        used |= set(re.findall(r'guidepage\.file\("([^"]+)"\)', read(path)))
    assert set(said) == used


@pytest.mark.parametrize("row", clientrows.ROWS, ids=lambda row: row.id)
def test_packages_are_installed(row):
    """By the set of the run that has the row."""
    sets = dict(re.findall(r"^(\w+)=\(([^)]*)\)", read("packaging/packages"),
                           re.M))
    more, test = sets["MORE"].split(), (sets["DEMO"] + sets["TEST"]).split()
    assert row.package in (more + test if row.more else test)
