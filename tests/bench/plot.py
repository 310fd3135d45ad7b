# SPDX-License-Identifier: BSD-2-Clause
"""Figures as horizontal bars, in SVG that a person can read as text."""

from xml.sax.saxutils import escape

WIDTH, LABEL, NUMBER = 720, 190, 90
ROW, BAR, TOP = 22, 14, 34
STYLE = """
  text { font: 13px sans-serif; fill: #222 }
  .title { font-weight: bold }
  .ours { fill: #2b6cb0 } .theirs { fill: #a0a8b0 } .bar { stroke: none }
  .line { stroke: #c53030; stroke-dasharray: 4 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .ours { fill: #63b3ed } .theirs { fill: #718096 }
  }"""


def _text(x, y, words, kind=None, anchor="start"):
    return '  <text x="%d" y="%d" text-anchor="%s"%s>%s</text>' % (
        x, y, anchor, ' class="%s"' % kind if kind else "", escape(words))


def _number(value):
    """Three digits say enough."""
    return "%.2f" % value if value < 10 else "%.1f" % value \
        if value < 100 else "%.0f" % value


def bars(title, rows, one=None):
    """The text of a figure. rows: (label, value, is it ours). one: a value
    that a line marks, as the 1 of a ratio."""
    most = max([value for _, value, _ in rows] + [one or 0]) or 1
    scale = (WIDTH - LABEL - NUMBER) / most
    height = TOP + ROW * len(rows) + 8
    lines = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"'
             ' viewBox="0 0 %d %d" role="img">' % (
                 WIDTH, height, WIDTH, height),
             "  <title>%s</title>" % escape(title),
             "  <style>%s\n  </style>" % STYLE,
             _text(8, 20, title, "title")]
    for i, (label, value, ours) in enumerate(rows):
        y = TOP + ROW * i
        lines += [_text(LABEL - 8, y + 12, label, anchor="end"),
                  '  <rect class="bar %s" x="%d" y="%d" width="%.1f"'
                  ' height="%d"/>' % ("ours" if ours else "theirs", LABEL, y,
                                      value * scale, BAR),
                  _text(LABEL + value * scale + 6, y + 12, _number(value))]
    if one is not None:
        x = LABEL + one * scale
        lines.append('  <path class="line" d="M%.1f %d V%d"/>' % (
            x, TOP - 6, height - 4))
    return "\n".join([*lines, "</svg>", ""])
