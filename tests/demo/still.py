#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the demo prints, as docs/demo.svg: tests/demo/still.py, as root,
after make all. It runs tests/demo/demo.py on a terminal where no person types.

plain() makes two runs alike: it leaves out what differs from run to run."""

import os
import re
import subprocess
import xml.etree.ElementTree as xml
from xml.sax.saxutils import escape

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
STILL = os.path.join(ROOT, "docs/demo.svg")
TITLE = "What make demo prints"
DESC = (
    "Four scenes on a terminal. alice logs in over ssh with her password and "
    "the code that her phone shows. sudo asks her for another code. Then "
    "she approves a login on the page of an identity provider. A thief "
    "who has her password but not her phone is refused. Below each scene is "
    "the line of the log.")
COLUMN, ROW, EDGE = 7.83, 17, 16  # of 13px monospace, and the space around it
BASE = EDGE + 13  # of the first row
STYLE = """\
    .ground { fill: #0d1117 }
    text { font: 13px monospace; fill: #e6edf3 }
    .c36 { fill: #76e3ea } .c33 { fill: #e3b341 } .c35 { fill: #d2a8ff }
    .c32 { fill: #56d364; font-weight: bold }
    .c31 { fill: #ff7b72; font-weight: bold }
    .c1 { font-weight: bold } .c2 { fill: #9198a1 }
    .u { text-decoration: underline }"""
ESCAPE = re.compile(r"\033\[([\d;]*)m")
# Codes, milliseconds and ids are others in each run.
CHANGING = ((r"(?<![\w*-])\d{6}(?!\w)", "000000"),
            (r"(\w+_ms=)\d+", r"\1N"),
            (r"localhost:\d+", "localhost:PORT"),
            (r"\b[A-Z]{4}-[A-Z]{4}\b", "CODE-CODE"),
            (r"(request=)[0-9a-f]{32}", r"\1ID"))


def record():
    """The demo's own output, with its colours."""
    master, slave = os.openpty()
    environ = {"TWOFA_BUILD": "build", **os.environ, "COLUMNS": "100",
               "TERM": "xterm"}
    environ.pop("NO_COLOR", None)
    with subprocess.Popen(
            ["tests/ns/enter", "/usr/bin/python3", "tests/demo/demo.py"],
            cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=slave,
            stderr=slave) as child:
        os.close(slave)
        said = b""
        try:
            while chunk := os.read(master, 4096):
                said += chunk
        except OSError:  # EIO: the last writer is gone
            pass
        os.close(master)
    if child.returncode:
        raise SystemExit(said.decode() + "the demo failed")
    return said.decode().replace("\r\n", "\n")


def plain(text):
    """Its lines without colours and without what differs from run to run. Where
    a log line is broken depends on how long its numbers are."""
    text = ESCAPE.sub("", text)
    text = re.sub(r"\n +log │ {3,}", " ", text)
    for pattern, stays in CHANGING:
        text = re.sub(pattern, stays, text)
    return [line.rstrip() for line in text.strip("\n").split("\n")]


def pieces(line):
    """(column, class, words) of what stands together in one colour. Wider gaps
    are no words: a picture does not keep them."""
    column, kind = 0, ""
    for i, part in enumerate(ESCAPE.split(line)):
        if i % 2:
            kind = " ".join("u" if code == "4" else "c" + code
                            for code in part.split(";") if code.strip("0"))
            continue
        for match in re.finditer(r"\S+( \S+)*", part):
            yield column + match.start(), kind, match.group(0)
        column += len(part)


def row(number, line):
    """Each piece at its column, so that no font moves it."""
    for column, kind, words in pieces(line):
        yield '  <text%s x="%.2f" y="%d" textLength="%.2f">%s</text>' % (
            ' class="%s"' % kind if kind else "", EDGE + COLUMN * column,
            BASE + ROW * number, COLUMN * len(words), escape(words))


def shown(svg):
    """The text of a still, as it was printed."""
    rows = {}
    for text in xml.fromstring(svg).iter(
            "{http://www.w3.org/2000/svg}text"):
        number = (int(text.get("y")) - BASE) // ROW
        column = round((float(text.get("x")) - EDGE) / COLUMN)
        rows[number] = rows.get(number, "").ljust(column) + text.text
    return "\n".join(rows.get(i, "") for i in range(max(rows) + 1))


def draw(text):
    rows = text.strip("\n").split("\n")
    # what is typed may stand beside a prompt that fills the screen
    widest = max(100, *(len(ESCAPE.sub("", line)) for line in rows))
    width = round(2 * EDGE + COLUMN * widest)
    height = 2 * EDGE + ROW * len(rows)
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"'
        ' viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">' % (
            width, height, width, height),
        "  <!-- SPDX-License-Identifier: BSD-2-Clause; made by"
        " tests/demo/still.py -->",
        '  <title id="title">%s</title>' % TITLE,
        '  <desc id="desc">%s</desc>' % DESC,
        "  <style>\n%s\n  </style>" % STYLE,
        '  <rect class="ground" x="0" y="0" width="%d" height="%d" rx="8"/>' % (
            width, height)]
    for number, line in enumerate(rows):
        lines += row(number, line)
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    with open(STILL, "w", encoding="utf-8") as out:
        out.write(draw(record()))
