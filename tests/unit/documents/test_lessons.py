# SPDX-License-Identifier: BSD-2-Clause
"""SECURITY.md names a test for each lesson, docs/threat-model.md one for each
attack: each of them exists."""

import glob
import os
import re

import pytest

ROOT = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))
LESSONS = 44  # no fewer; a row is taken out on purpose alone
TUTORIALS = 46  # the same
ATTACKS = 40
BY_HAND = "looked at by hand"


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as text:
        return text.read()


def table():
    """Lesson and cell of each row."""
    text = read("SECURITY.md").split("## Lessons, and the tests")[1]
    rows = [line.strip("|").split(" | ") for line in text.split("\n")
            if line.startswith("|")]
    return [(row[0].strip(), row[1].strip()) for row in rows
            if row[0].strip(" -") not in ("", "lesson")]


def attacks():
    """The rows of the tables of attackers: attack, what holds it, test."""
    text = read("docs/threat-model.md")
    text = text.split("## Who attacks")[1].split("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in text.split("\n")
            if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows
            if row[0].strip(" -|") not in ("", "attack")]


def tutorials():
    """The rows of the tutorials' tables, which have no other form there."""
    part = read("docs/provider-outcomes.md").split("\n## Tutorials\n")[1]
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in re.findall(r"^\|.*\|$", part, re.M)]
    return [row for row in rows if row[0] not in ("call, reply", "---")]


def named():
    cells = [cell for _, cell in table()] + [
        row[-1] for row in attacks() + tutorials()]
    return sorted({name for cell in cells
                   for name in re.findall(r"`(test_[^`]*)`", cell)})


def has_python(path, function, row):
    """A row stands in its table by its group and its name."""
    if not re.search(r"^def %s\(" % function, read(path), re.M):
        return False
    words = read("tests/e2e/faults/matrix.py") if row else ""
    return all('"%s"' % word in words for word in row)


def has_c(path, function):
    """Defined, and named once more where it is handed to cmocka."""
    text = read(path)
    return re.search(r"^%s\(void \*\*" % function, text, re.M) and \
        re.search(r"cmocka_unit_test\w*\(\s*%s\b|\b\w+\(%s[,)]" % (
            function, function), text)


def exists(name):
    match = re.fullmatch(r"(test_\w+\.(py|c))::(\w+)(?:\[(.*)\])?", name)
    if not match:
        return False
    path, kind, function, row = match.groups()
    folders = ("e2e/*", "container") if kind == "py" else ("unit/*",)
    found = [file for folder in folders for file in
             glob.glob("tests/%s/%s" % (folder, path), root_dir=ROOT)]
    if len(found) != 1:
        return False
    if kind == "c":
        return bool(has_c(found[0], function)) and row is None
    return has_python(found[0], function, row.split(", ") if row else ())


@pytest.mark.parametrize("name", named())
def test_it_exists(name):
    assert exists(name)


@pytest.mark.parametrize("name", [
    "test_none.py::test_first", "test_first.py::test_none",
    "test_first.py", "test_none.c::settings", "test_network.c::test_none",
    "test_matrix.py::test_row[host, locale xx_XX]"])
def test_what_does_not_exist_is_seen(name):
    assert not exists(name)


def test_every_attack_has_one():
    rows = attacks()
    assert len(rows) >= ATTACKS
    assert [row for row in rows if len(row) != 3] == []
    assert [row[0] for row in rows
            if "`test_" not in row[2] and row[2] != BY_HAND] == []


def test_every_step_of_a_tutorial_has_one():
    rows = tutorials()
    assert len(rows) >= TUTORIALS
    assert [row for row in rows if len(row) != 3 or "`test_" not in row[2]] == []


def test_every_lesson_has_one():
    rows = table()
    assert len(rows) >= LESSONS
    assert [lesson for lesson, cell in rows if "`test_" not in cell] == []
