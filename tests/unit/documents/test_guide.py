# SPDX-License-Identifier: BSD-2-Clause
"""README is short and leads to the guide's index, which leads to every page."""

import glob
import os
import re

import pytest

ROOT = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))
README_LINES = 160
INDEX = "docs/guide/README.md"
LEAFLET = "docs/guide/users.md"
WORDS = 1250  # of a page; more where things are looked up, or not yet shortened
LONGER = {"install": 2900, "by-hand": 2300, "reasons": 2300, "compliance": 2200,
          "doctor": 2000, "clients": 1800, "fleet": 1600, "data-and-keys": 1550}
PAGES = sorted(glob.glob("docs/guide/*.md", root_dir=ROOT))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        return text.read()


def linked(path):
    """The pages that this one links."""
    folder = os.path.dirname(path)
    return {os.path.normpath(os.path.join(folder, link))
            for link in re.findall(r"\]\(([^)#]+)", read(path))
            if "://" not in link}


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


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_title(path):
    assert len(re.findall(r"^# ", read(path), re.M)) == 1
