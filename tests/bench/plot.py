#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Figures as horizontal bars, in SVG that a person can read as text. The
numbers are in figures.txt beside them, where make bench writes them:
tests/bench/plot.py docs/performance draws that folder's figures again."""

import os
import re
import sys
from xml.sax.saxutils import escape

NUMBERS = "figures.txt"

WIDTH, LABEL, NUMBER = 720, 206, 80
ROW, BAR, TOP = 22, 14, 34
STYLE = """
  .back { fill: #fff }
  text { font: 13px sans-serif; fill: #222 }
  text { paint-order: stroke; stroke: #fff; stroke-width: 3px }
  .title { font-weight: bold }
  .ours { fill: #2b6cb0 } .theirs { fill: #a0a8b0 } .bar { stroke: none }
  .line { stroke: #c53030; stroke-dasharray: 4 3 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #1c2128 }
    text { fill: #ddd; stroke: #1c2128 } .ours { fill: #63b3ed } .theirs { fill: #718096 }
  }"""


def _text(x, y, words, kind=None, anchor="start"):
    return '  <text x="%d" y="%d" text-anchor="%s"%s>%s</text>' % (
        x, y, anchor, ' class="%s"' % kind if kind else "", escape(words))


def _number(value):
    """Three digits say enough."""
    return "%d" % value if value == int(value) else "%.2f" % value if value < 10 else "%.1f" % value \
        if value < 100 else "%.0f" % value


def bars(title, rows, one=None):
    """The text of a figure. rows: (label, value, is it ours). one: a value
    that a line marks, as the 1 of a ratio."""
    most = max([value for _, value, _ in rows] + [one or 0]) or 1
    scale = (WIDTH - LABEL - NUMBER) / most
    height = TOP + ROW * len(rows) + 8
    lines = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"'
             ' viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">' % (
                 WIDTH, height, WIDTH, height),
             "  <!-- SPDX-License-Identifier: BSD-2-Clause; made by"
             " tests/bench/plot.py -->",
             '  <title id="title">%s</title>' % escape(title),
             '  <desc id="desc">%s.</desc>' % escape(", ".join(
                 "%s %s" % (label, _number(value))
                 for label, value, _ in rows)),
             "  <style>%s\n  </style>" % STYLE,
             '  <rect class="back" width="%d" height="%d"/>' % (
                 WIDTH, height),
             _text(8, 20, title, "title")]
    if one is not None:
        x = LABEL + one * scale
        lines.append('  <path class="line" d="M%.1f %d V%d"/>' % (
            x, TOP - 6, height - 4))
    for i, (label, value, ours) in enumerate(rows):
        y = TOP + ROW * i
        lines += [_text(LABEL - 8, y + 12, label, anchor="end"),
                  '  <rect class="bar %s" x="%d" y="%d" width="%.1f"'
                  ' height="%d"/>' % ("ours" if ours else "theirs", LABEL, y,
                                      max(value, 0) * scale, BAR),
                  _text(LABEL + max(value, 0) * scale + 6, y + 12,
                        _number(value))]
    return "\n".join([*lines, "</svg>", ""])


def written(note, figures):
    """The text of figures.txt. figures: name to the arguments of bars()."""
    lines = ["# " + line for line in note.splitlines()]
    for name, (title, rows, one) in figures.items():
        lines += ["", "%s: %s" % (name, title)]
        lines += ["\tline\t%.3f" % one] if one is not None else []
        lines += ["\t%s\t%.3f\t%s" % ("ours" if ours else "theirs", value,
                                     label) for label, value, ours in rows]
    return "\n".join([*lines, ""])


def read(text):
    """What written() was given: the figures."""
    figures = {}
    for line in text.splitlines():
        if match := re.fullmatch(r"([a-z0-9-]+): (.+)", line):
            rows, one = [], None
            name, title = match.groups()
        elif line.startswith("\tline\t"):
            one = float(line.split("\t")[2])
        elif line.startswith("\t"):
            whose, value, label = line[1:].split("\t")
            rows.append((label, float(value), whose == "ours"))
        else:
            continue
        figures[name] = title, rows, one
    return figures


def draw(folder):
    """The figures of this folder's figures.txt: a file's name to its text."""
    with open(os.path.join(folder, NUMBERS), encoding="utf-8") as text:
        figures = read(text.read())
    return {name + ".svg": bars(*figure) for name, figure in figures.items()}


def draw_into(folder):
    for name, text in draw(folder).items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text)


if __name__ == "__main__":
    draw_into(sys.argv[1])
