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
ATTACKS = 120


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as text:
        return text.read()


def items(text):
    """Each item of the lists: what it says, and the tests in its last brackets."""
    found = []
    for part in re.split(r"\n(?=- )", text):
        words = " ".join(part.split("\n\n")[0].split())
        match = re.fullmatch(r"- (.+) \((`[^()]*)\)", words)
        if words.startswith("- "):
            found.append((match[1], match[2]) if match else (words[2:], ""))
    return found


def lessons():
    return items(read("SECURITY.md").split("## Lessons, and the tests")[1])


def attacks():
    """The items that begin with an attack in bold, and what stops it."""
    text = read("docs/threat-model.md")
    text = text.split("## Who attacks")[1].split("\n### Others")[0]
    return [(*match.groups(), tests) for words, tests in items(text)
            for match in [re.match(r"\*\*(.+?)\*\*: (.+)", words)] if match]


def tutorials():
    return items(read("docs/provider-outcomes.md").split("\n## Tutorials\n")[1])


def named():
    cells = [row[-1] for row in lessons() + attacks() + tutorials()]
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
    assert [row for row in rows if "`test_" not in row[2]] == []


@pytest.mark.parametrize("rows, least", [
    (lessons(), LESSONS), (tutorials(), TUTORIALS)])
def test_every_lesson_and_step_of_a_tutorial_has_one(rows, least):
    assert len(rows) >= least
    assert [row for row in rows if "`test_" not in row[1]] == []


@pytest.mark.parametrize("text, found", [
    ("- a: b\n  (`test_a.c::b`)\n\nc", [("a: b", "`test_a.c::b`")]),
    ("- a (b)\n- c (`d`, `e`)\n", [("a (b)", ""), ("c", "`d`, `e`")])])
def test_items_are_found(text, found):
    assert items(text) == found
