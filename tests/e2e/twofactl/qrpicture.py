# SPDX-License-Identifier: BSD-2-Clause
"""A QR code in a terminal as a phone's camera sees it: cells become pixels,
and zbarimg reads the picture."""

import re
import subprocess

HALVES = {" ": (0, 0), "\u2580": (1, 0), "\u2584": (0, 1), "\u2588": (1, 1)}
SIZE = 6  # pixels of a module


def rows(text):
    """The code's modules in what a terminal showed: rows of 1 (light), 0."""
    found = []
    for line in text.replace("\r", "").split("\n"):
        found += _halves(line) or _colours(line) or _signs(line) or []
    return found


def _halves(line):
    cells = re.sub("\x1b\\[[0-9;]*m", "", line)
    if "\u2588" not in cells or set(cells) - set(HALVES):
        return None
    pairs = [HALVES[cell] for cell in cells]
    return [[upper for upper, _ in pairs], [lower for _, lower in pairs]]


def _colours(line):
    cells = re.findall("\x1b\\[4([07])m  ", line)
    return [[int(cell == "7") for cell in cells]] if cells else None


def _signs(line):
    if not line.startswith("####") or set(line) - set("# "):
        return None
    return [[int(line[i] == "#") for i in range(0, len(line), 2)]]


def read(text, path):
    """What a scanner reads in it; path: where the picture may lie."""
    modules = rows(text)
    width = len(modules[0])
    assert all(len(row) == width for row in modules), "a ragged code"
    assert len(modules) - width in (0, 1), (len(modules), width)
    with open(path, "wb") as out:
        out.write(b"P5 %d %d 255\n" % (width * SIZE, len(modules) * SIZE))
        for row in modules:
            line = b"".join(bytes([255 * module]) * SIZE for module in row)
            out.write(line * SIZE)
    done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable",
                           "-Sqrcode.enable", path],
                          capture_output=True, text=True, timeout=30,
                          check=False)
    assert done.returncode == 0, (done, width)
    return done.stdout.strip()
