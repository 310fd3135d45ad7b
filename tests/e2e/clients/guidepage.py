# SPDX-License-Identifier: BSD-2-Clause
"""Pages of the guide, those of clients unless told otherwise: the files that they
have people write, and tables."""

import os
import re

ROOT = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))
CLIENTS = ("docs/guide/clients.md", "docs/guide/one-field.md")


def text(*pages):
    found = []
    for page in pages or CLIENTS:
        with open(os.path.join(ROOT, page), encoding="utf-8") as opened:
            found.append(opened.read())
    return "\n".join(found)


def blocks(*pages):
    """(name, lines) of what is set off by four blanks. A file's name ends the
    paragraph before it: `login.py`: and so on; commands have none."""
    found = re.findall(r"^(.*)\n\n((?:    .*\n|\n+(?=    ))+)", text(*pages), re.M)
    for before, block in found:
        name = re.search(r"`([\w/-]*[./][\w/.-]*)`:$", before)
        yield (name.group(1) if name else None,
               [line[4:] for line in block.rstrip("\n").split("\n")])


def file(name):
    """The lines of one file."""
    lines, = [lines for named, lines in blocks() if named == name]
    return lines


def table(heading):
    """The lines of the table below a heading of the first page."""
    part = text(CLIENTS[0]).split("\n## %s\n" % heading)[1].split("\n## ")[0]
    return [line for line in part.split("\n") if line.startswith("|")]
