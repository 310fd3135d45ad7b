# SPDX-License-Identifier: BSD-2-Clause
"""The pictures of docs/: they are what tests/pictures draws today, can be read
as text, and each is shown on a page with words for who does not see it."""

import glob
import importlib
import os
import re
import sys
import xml.etree.ElementTree as tree

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path[:0] = [os.path.join(ROOT, "tests/pictures"),
                os.path.join(ROOT, "tests/lint")]

import layers  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = sorted(glob.glob("docs/**/*.svg", root_dir=ROOT, recursive=True))
PAGES = ["README.md"] + glob.glob("docs/**/*.md", root_dir=ROOT, recursive=True)
LETTER = 0.56  # how wide one is, in parts of a font's size, in a wide font


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        return text.read()


def shown():
    """Each picture on a page: (path, words instead of it)."""
    for page in PAGES:
        for words, link in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", read(page)):
            yield os.path.normpath(os.path.join(os.path.dirname(page),
                                                link)), words


@pytest.mark.parametrize("name, module", [
    ("login", "login"), ("layers", "layer_picture")])
def test_it_is_what_is_drawn_today(name, module, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert importlib.import_module(module).draw() == read(
        "docs/%s.svg" % name), "tests/pictures/draw draws it again"


def test_the_house_has_each_folder_once():
    """By column and name, as a reader finds them."""
    texts = [text.text for text in tree.fromstring(
        read("docs/layers.svg")).iter(SVG + "text")
        if text.get("class") == "component"]
    there = [path for path in layers.LAYERS
             if glob.glob(os.path.join(ROOT, path))]
    assert sorted(texts) == sorted(
        path.partition("/")[2].replace("*", "VENDOR") or "all of it"
        for path in there)


def test_pictures_are_found():
    assert {"docs/login.svg", "docs/layers.svg", "docs/demo.svg",
            "docs/performance/cpu.svg"} <= set(PICTURES)


@pytest.mark.parametrize("path", PICTURES)
def test_it_can_be_read_and_heard(path):
    root = tree.fromstring(read(path))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert [root.find(SVG + name).get("id") for name in ("title", "desc")] == [
        "title", "desc"]
    assert len(root.find(SVG + "desc").text) > 40
    # One element a line, and a ground of its own for light and dark pages.
    lines = read(path).split("</style>")[1].strip().split("\n")
    assert all(line.count("<") - line.count("</") == 1 for line in lines[:-1])
    assert re.match(r' *<rect class="(ground|back)"', lines[0])


@pytest.mark.parametrize("path", PICTURES)
def test_nothing_stands_outside(path):
    root = tree.fromstring(read(path))
    width, height = float(root.get("width")), float(root.get("height"))
    for text in root.iter(SVG + "text"):
        size = 12 if text.get("class") in ("small", "component") else 14
        long = float(text.get("textLength", size * LETTER * len(text.text)))
        x = float(text.get("x")) - long * {"middle": 0.5, "end": 1}.get(
            text.get("text-anchor"), 0)
        assert 0 <= x and x + long <= width, text.text
        assert 0 <= float(text.get("y")) <= height, text.text


def test_each_is_shown_with_words():
    found = dict(shown())
    assert set(PICTURES) <= set(found)
    assert [path for path in PICTURES if len(found[path]) < 20] == []
