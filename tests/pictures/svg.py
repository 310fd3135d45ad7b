# SPDX-License-Identifier: BSD-2-Clause
"""A picture as text: one element a line, on a ground of its own, in light and
in dark colours."""

from xml.sax.saxutils import escape, quoteattr

STYLE = """\
    .ground { fill: #ffffff }
    text { font: 14px sans-serif; fill: #1f2328 }
    .small { font-size: 12px }
    .component { font: 11.5px monospace }
    .bold { font-weight: bold }
    .line { stroke: #57606a; stroke-width: 1.5; fill: none }
    .life { stroke: #d0d7de; stroke-width: 1.5 }
    .dashed { stroke-dasharray: 5 4 }
    .head { fill: #57606a }
    .plain { fill: #f6f8fa; stroke: #8c959f }
    .ours { fill: #ddf4ff; stroke: #0969da }
    .good { fill: #dafbe1; stroke: #1a7f37 }
    .bad { fill: #ffebe9; stroke: #cf222e }"""
DARK = """\
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117 }
      text { fill: #e6edf3 }
      .line { stroke: #9198a1 }
      .life { stroke: #3d444d }
      .head { fill: #9198a1 }
      .plain { fill: #151b23; stroke: #656c76 }
      .ours { fill: #10233d; stroke: #4493f8 }
      .good { fill: #12261e; stroke: #3fb950 }
      .bad { fill: #2d1416; stroke: #f85149 }
    }"""
HEAD = 7  # an arrow's head, in length


class Picture:
    """title and desc are what a person hears who does not see it."""

    def __init__(self, width, height, title, desc):
        self.width, self.height = width, height
        self.lines = [
            '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"'
            ' viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">' % (
                width, height, width, height),
            "  <!-- SPDX-License-Identifier: BSD-2-Clause; made by"
            " tests/pictures/draw -->",
            '  <title id="title">%s</title>' % escape(title),
            '  <desc id="desc">%s</desc>' % escape(desc),
            "  <style>\n%s\n%s\n  </style>" % (STYLE, DARK)]
        self.rect(0, 0, width, height, "ground", 0)

    def _add(self, text):
        self.lines.append("  " + text)

    def rect(self, x, y, width, height, kind, round_=5):
        self._add('<rect class=%s x="%d" y="%d" width="%d" height="%d"'
                  ' rx="%d"/>' % (quoteattr(kind), x, y, width, height, round_))

    def text(self, x, y, words, kind="", anchor="middle"):
        self._add('<text%s x="%d" y="%d" text-anchor="%s">%s</text>' % (
            " class=" + quoteattr(kind) if kind else "", x, y, anchor,
            escape(words)))

    def box(self, x, y, width, lines, kind, words="small"):
        """A rectangle with lines of text in its middle; y is its top."""
        height = 17 * len(lines) + 11
        self.rect(x, y, width, height, kind)
        for i, line in enumerate(lines):
            self.text(x + width // 2, y + 18 + 17 * i, line, words)
        return height

    def life(self, x, top, bottom):
        """What a column's arrows start from and come to."""
        self._add('<line class="life" x1="%d" y1="%d" x2="%d" y2="%d"/>' % (
            x, top, x, bottom))

    def rule(self, left, right, y):
        """A thin line from side to side."""
        self._add('<line class="life" x1="%d" y1="%d" x2="%d" y2="%d"/>' % (
            left, y, right, y))

    def arrow(self, start, end, y, above="", below="", dashed=False):
        """From left to right or back, with words over and under its middle."""
        way = 1 if end > start else -1
        self._add('<path class="line%s" d="M%d %d H%d"/>' % (
            " dashed" if dashed else "", start, y, end - way * HEAD))
        self._add('<path class="head" d="M%d %d l%d -4 v8 z"/>' % (
            end, y, -way * HEAD))
        for words, at in ((above, y - 6), (below, y + 16)):
            if words:
                self.text((start + end) // 2, at, words, "small")

    def __str__(self):
        return "\n".join([*self.lines, "</svg>", ""])
