# SPDX-License-Identifier: BSD-2-Clause
"""Pages of the guide, docs/guide/clients.md unless told otherwise: the files that
they have people write, and tables."""

import os
import re

ROOT = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))
PAGE = "docs/guide/clients.md"


def text(page=PAGE):
    with open(os.path.join(ROOT, page), encoding="utf-8") as found:
        return found.read()


def blocks(page=PAGE):
    """(name, lines) of what is set off by four blanks. A file's name ends the
    paragraph before it: `login.py`: and so on; commands have none."""
    found = re.findall(r"^(.*)\n\n((?:    .*\n|\n+(?=    ))+)", text(page), re.M)
    for before, block in found:
        name = re.search(r"`([\w/-]*[./][\w/.-]*)`:$", before)
        yield (name.group(1) if name else None,
               [line[4:] for line in block.rstrip("\n").split("\n")])


def file(name):
    """The lines of one file."""
    lines, = [lines for named, lines in blocks() if named == name]
    return lines


def table(heading):
    """The lines of the table below a heading."""
    part = text().split("\n## %s\n" % heading)[1].split("\n## ")[0]
    return [line for line in part.split("\n") if line.startswith("|")]
