# SPDX-License-Identifier: BSD-2-Clause
"""The figures of make bench: bars as long as their values."""

import os
import sys
import xml.etree.ElementTree as tree

import pytest

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../bench"))
import plot  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*words, **more):
    return tree.fromstring(plot.bars(*words, **more))


def widths(root):
    return [float(bar.get("width")) for bar in root.iter(SVG + "rect")]


def test_bars_are_as_long_as_their_values():
    root = drawn("t", [("a", 10, True), ("b", 5, False), ("c", 0, True)])
    longest, half, none = widths(root)
    assert longest == pytest.approx(2 * half, abs=0.2) and none == 0
    assert [bar.get("class") for bar in root.iter(SVG + "rect")] == [
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
    (0.126, "0.13"), (9.99, "9.99"), (14.94, "14.9"), (1234.5, "1234")])
def test_three_digits(value, words):
    root = drawn("t", [("a", value, True)])
    assert [text.text for text in root.iter(SVG + "text")][-1] == words


def test_nothing_to_draw():
    assert not widths(drawn("t", []))
