# SPDX-License-Identifier: BSD-2-Clause
"""The folders by layer, as tests/lint/layers.py has them: docs/layers.svg."""

import glob

import layers
from svg import Picture

# Name, width, folders beside each other, what it is.
TREES = (
    ("pam_module", 130, 1, ("a relay inside", "sshd, sudo, login")),
    ("lib", 130, 1, ("what several", "programs need")),
    ("helper", 370, 2, ("twofa-helper, user twofa:", "one for each login")),
    ("twofactl", 330, 3, ("the admin's program:", "root at a terminal")))
LEFT, GAP, TOP = 64, 10, 86
BOX, STEP, PAD = 22, 27, 8  # a folder's height, with the space below it
RULES = ("A file includes what stands in a lower row, or in its own folder.",
         "pam_module sees lib/wire alone; helper and twofactl never see each "
         "other.")
TITLE = "The source folders of pam_twofa by layer"
DESC = (
    "Four trees stand beside each other: pam_module, lib, helper and twofactl. "
    "Each row is a layer. A file includes what stands in a lower row or in its "
    "own folder. pam_module sees lib/wire alone. helper and twofactl see lib, "
    "and never each other.")


def components():
    """Those that there are, in the order of the table: (path, layer)."""
    return [(path, layer) for path, layer in layers.LAYERS.items()
            if glob.glob(path)]


def short(path):
    """A folder's name in its tree's column."""
    return path.partition("/")[2].replace("*", "VENDOR") or "all of it"


def rows():
    """The highest layer first: (layer, {tree: folders})."""
    found = {}
    for path, layer in components():
        found.setdefault(layer, {}).setdefault(
            path.split("/")[0], []).append(path)
    return sorted(found.items(), reverse=True)


def height(trees):
    """Of a row: its fullest cell decides."""
    return PAD + STEP * max(-(-len(trees.get(name, ())) // across)
                            for name, _, across, _ in TREES)


def cell(picture, x, y, width, across, paths):
    each = (width - 2 * PAD - (across - 1) * 6) // across
    for i, path in enumerate(paths):
        left = x + PAD + i % across * (each + 6)
        top = y + PAD // 2 + i // across * STEP + 2
        picture.rect(left, top, each, BOX, "ours", 4)
        picture.text(left + each // 2, top + 15, short(path), "component")


def heads(picture, bottom):
    """A column for each tree, and what it is."""
    x = LEFT
    for name, width, _, notes in TREES:
        picture.rect(x, 16, width, bottom - 8, "plain")
        picture.text(x + width // 2, 38, name + "/", "bold")
        for i, note in enumerate(notes):
            picture.text(x + width // 2, 57 + 16 * i, note, "small")
        x += width + GAP
    return x - GAP


def draw():
    bottom = TOP + sum(height(trees) for _, trees in rows())
    right = LEFT + sum(tree[1] + GAP for tree in TREES) - GAP
    picture = Picture(right + 16, bottom + 62, TITLE, DESC)
    heads(picture, bottom)
    y = TOP
    for layer, trees in rows():
        picture.rule(16, right, y)
        picture.text(LEFT - 14, y + height(trees) // 2 + 5, str(layer),
                     "small", "end")
        x = LEFT
        for name, width, across, _ in TREES:
            cell(picture, x, y, width, across, trees.get(name, ()))
            x += width + GAP
        y += height(trees)
    picture.text(LEFT - 14, TOP - 10, "layer", "small", "end")
    for i, words in enumerate(RULES):
        picture.text((LEFT + right) // 2, bottom + 30 + 18 * i, words, "small")
    return str(picture)
