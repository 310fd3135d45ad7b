# SPDX-License-Identifier: BSD-2-Clause
"""README is short, and it and the guide's index lead to every page of the guide."""

import glob
import os
import re

import pytest

ROOT = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))
README_LINES = 200
INDEX = "docs/guide/README.md"
LEAFLET = "docs/guide/users.md"
# README leaves to the index what is for users, and the later pages of a task.
LATER = {INDEX, LEAFLET} | {"docs/guide/%s.md" % name for name in (
    "fleet-servers", "fleet-care", "fleet-stolen", "data-and-keys", "one-field",
    "gateways", "monitoring")}
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


@pytest.mark.parametrize("start, but", [("README.md", LATER),
                                        (INDEX, {INDEX})])
def test_every_page_is_linked(start, but):
    assert len(PAGES) >= 20
    assert not set(PAGES) - linked(start) - but


def test_the_leaflet_is_one_page():
    assert len(read(LEAFLET).split()) <= 350


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_short(path):
    name = os.path.basename(path)[:-3]
    assert len(read(path).split()) <= LONGER.get(name, WORDS)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_title(path):
    assert len(re.findall(r"^# ", read(path), re.M)) == 1
