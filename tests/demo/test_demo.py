# SPDX-License-Identifier: BSD-2-Clause
"""The demo works, and its still in README shows what it prints today."""

import still


def test_the_still_shows_what_the_demo_prints():
    with open(still.STILL, encoding="utf-8") as text:
        svg = text.read()
    said = still.record()
    assert still.plain(still.shown(svg)) == still.plain(said), \
        "tests/demo/still.py draws it again"
    # Nothing is lost on the way into the picture.
    assert still.shown(still.draw(said)).split("\n") == [
        line.rstrip() for line in still.ESCAPE.sub("", said).strip(
            "\n").split("\n")]
