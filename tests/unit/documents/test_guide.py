# SPDX-License-Identifier: BSD-2-Clause
"""README is short and leads to the guide's index, which leads to every page; no
page grows beyond what it has been brought to."""

import glob
import os
import re

import pytest

ROOT = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))
README_LINES = 130
INDEX = "docs/guide/README.md"
LEAFLET = "docs/guide/users.md"
WORDS = 1200  # of a page of the guide
# Where more is looked up. These only go down.
LONGER = {"reasons": 1700, "clients": 1440, "compliance": 1350}
# The same of the other documents; one that is not named has at most WORDS.
MOST = {
    "docs/threat-model.md": 8450, "docs/provider-outcomes.md": 5350,
    "docs/state.md": 3750, "docs/listener.md": 3650, "docs/protocol.md": 3450,
    "docs/architecture.md": 2850, "docs/performance.md": 2000,
    "docs/testing.md": 2000, "docs/verification.md": 1650,
    "docs/glossary.md": 1400, "docs/owners.md": 1300, "README.md": 950,
    "CHANGELOG.md": 1400, "SECURITY.md": 1750, "CONTRIBUTING.md": 1500,
    "docs/man/twofactl.8": 9450, "docs/man/twofa.conf.5": 6950,
    "docs/man/twofa-simulator.1": 3350, "docs/man/twofa-helper.8": 2150,
    "docs/man/pam_twofa.8": 1600}
CELL = 40  # words of a table's cell, names of tests and functions aside
NAMES = re.compile(r"`(?:test_|(?:lib|helper|twofactl|pam_module|tests)/)")
PAGES = sorted(glob.glob("docs/guide/*.md", root_dir=ROOT))
OTHERS = sorted(path for pattern in (
    "*.md", "docs/*.md", "docs/man/*.[1-8]", "tests/**/*.md", "packaging/**/*.md")
    for path in glob.glob(pattern, root_dir=ROOT, recursive=True))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        return text.read()


def linked(path):
    """The pages that this one links."""
    folder = os.path.dirname(path)
    return {os.path.normpath(os.path.join(folder, link))
            for link in re.findall(r"\]\(([^)#]+)", read(path))
            if "://" not in link}


def long_cells(text):
    """Cells of tables with too many words; lists of words in code are none."""
    for line in re.findall(r"^\|.*\|$", text, re.M):
        for cell in re.split(r"(?<!\\)\|", line):
            words = [word for word in cell.split() if not NAMES.match(word)]
            if len(words) > CELL:
                yield cell


def test_readme_is_short():
    assert read("README.md").count("\n") <= README_LINES


def test_every_page_is_linked():
    assert INDEX in linked("README.md")
    assert len(PAGES) >= 20
    assert not set(PAGES) - linked(INDEX) - {INDEX}


def test_the_leaflet_is_one_page():
    assert len(read(LEAFLET).split()) <= 350


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_short(path):
    name = os.path.basename(path)[:-3]
    assert len(read(path).split()) <= LONGER.get(name, WORDS)


@pytest.mark.parametrize("path", OTHERS)
def test_another_document_is_short(path):
    assert len(read(path).split()) <= MOST.get(path, WORDS)


@pytest.mark.parametrize("path", PAGES + [
    path for path in OTHERS if path.endswith(".md")])
def test_a_tables_cell_is_short(path):
    assert list(long_cells(read(path))) == []


def test_a_long_cell_is_seen():
    assert list(long_cells("| a | %s |\n" % ("b " * 41)))
    assert not list(long_cells("| a | %s |\n" % ("`test_a.c::b`, " * 41)))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_title(path):
    assert len(re.findall(r"^# ", read(path), re.M)) == 1
