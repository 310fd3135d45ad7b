# SPDX-License-Identifier: BSD-2-Clause
"""The figures of make bench: bars as long as their values."""

import os
import sys
import xml.etree.ElementTree as tree

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path.insert(1, os.path.join(ROOT, "tests/bench"))
import plot  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*words, **more):
    return tree.fromstring(plot.bars(*words, **more))


def rows(root):
    """The bars, without the ground that they stand on."""
    return [rect for rect in root.iter(SVG + "rect")
            if rect.get("class") != "back"]


def widths(root):
    return [float(bar.get("width")) for bar in rows(root)]


def test_bars_are_as_long_as_their_values():
    root = drawn("t", [("a", 10, True), ("b", 5, False), ("c", 0, True)])
    longest, half, none = widths(root)
    assert longest == pytest.approx(2 * half, abs=0.2) and none == 0
    assert [bar.get("class") for bar in rows(root)] == [
        "bar ours", "bar theirs", "bar ours"]


def test_all_of_it_is_within_the_picture():
    root = drawn("t", [("a", 3, True)], one=30)
    line, = root.iter(SVG + "path")
    assert float(line.get("d").split()[0][1:]) + plot.NUMBER <= plot.WIDTH
    assert widths(root)[0] < plot.WIDTH / 10


def test_words_stay_words():
    root = drawn("a < b & c", [("<script>", 1, True)])
    texts = [text.text for text in root.iter(SVG + "text")]
    assert texts[:2] == ["a < b & c", "<script>"]


@pytest.mark.parametrize("value, words", [
    (0.126, "0.13"), (9.99, "9.99"), (14.94, "14.9"), (1234.5, "1234"),
    (972.0, "972")])
def test_three_digits(value, words):
    root = drawn("t", [("a", value, True)])
    assert [text.text for text in root.iter(SVG + "text")][-1] == words


def test_less_than_nothing_has_no_bar():
    root = drawn("t", [("a", -8.0, True), ("b", 8, True)])
    assert widths(root) == [0, plot.WIDTH - plot.LABEL - plot.NUMBER]
    assert "-8" in [text.text for text in root.iter(SVG + "text")]


def test_nothing_to_draw():
    assert not widths(drawn("t", []))


def test_numbers_are_kept_as_they_were():
    figures = {"one": ("One, in ms", [("a b", 1.25, True), ("c", 0, False)],
                       0.5),
               "two-3": ("Two: more", [("d", 1e6, False)], None)}
    assert plot.read(plot.written("a note\nof two lines", figures)) == figures


def test_the_pages_figures_are_those_of_their_numbers():
    """The numbers are those of a run of make bench; the figures follow."""
    folder = os.path.join(ROOT, "docs/performance")
    drawn_now = plot.draw(folder)
    assert len(drawn_now) >= 5
    assert sorted(drawn_now) == sorted(
        name for name in os.listdir(folder) if name != plot.NUMBERS)
    for name, text in drawn_now.items():
        with open(os.path.join(folder, name), encoding="utf-8") as kept:
            assert kept.read() == text, "tests/bench/plot.py docs/performance"
