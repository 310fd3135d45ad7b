# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the house: which rooms there are, what stands above what.

An include of ours goes to a lower layer or stays in its folder. Two folders of
one layer do not know each other. A folder that the table does not name fails,
so a new room gets its place before its first file.
"""

import collections
import re

import tree

# Each folder's layer, the lowest first; "*" is a folder for each vendor. The
# first file of a program stands above all its folders, so it has a line of its
# own.
HOUSE = {
    "lib/wire": 1, "lib/values": 1,
    "lib/system": 2, "lib/providers": 2, "lib/identity": 2, "helper/base": 2,
    "pam_module": 2,
    "lib/settings": 3, "lib/records": 3, "helper/state": 3,
    "lib/rules": 4, "helper/net": 4, "helper/state/sqlite/engine": 4,
    "helper/state/postgresql": 4, "helper/dialogue": 4, "helper/sandbox": 4,
    "twofactl/terminal": 4,
    "helper/state/sqlite": 5, "helper/providers": 5, "twofactl/arguments": 5,
    "helper/providers/*": 6,
    "helper/calls": 6, "helper/outage": 6, "twofactl/link": 6,
    "helper/verification": 7, "twofactl/copies": 7, "twofactl/records": 7,
    "helper/factors": 8, "twofactl/enrol": 8, "twofactl/host": 8,
    "twofactl/programs": 8, "twofactl/report": 8,
    "helper/login": 9, "twofactl/check": 9, "twofactl/fleet": 9,
    "twofactl/import": 9,
    "twofactl/install": 9, "twofactl/lockout": 9, "twofactl/sshd": 9,
    "helper/forecast": 10, "twofactl/doctor": 10, "twofactl/edit": 10,
    "twofactl/rehearsal": 10, "twofactl/undo": 10,
    "helper/service": 11, "helper/warm": 11, "twofactl/init": 11,
    "twofactl/trial": 11,
    "helper/main.c": 12, "twofactl/commands": 12,
    "twofactl/twofactl.c": 13,
}

# The simulator shares no file with what it tests, so it has layers of its own.
SIMULATOR = {
    "tests/simulator/core": 1,
    "tests/simulator/http": 2,
    "tests/simulator/faults": 3,
    "tests/simulator/server": 4, "tests/simulator/*": 4,
    "tests/simulator/twilio/factors": 5, "tests/simulator/twilio/verify": 5,
    "tests/simulator": 6,
}

# Which tree may see which other one, whatever the layers say. helper and
# twofactl are siblings: neither sees the other. The module runs inside sshd
# and sees the wire alone.
SEES = {
    "lib": ("lib/",),
    "helper": ("helper/", "lib/"),
    "twofactl": ("twofactl/", "lib/"),
    "pam_module": ("pam_module/", "lib/wire/"),
    "tests": ("tests/simulator/",),
}

PRODUCT = tree.OURS
OURS = PRODUCT + "|^tests/"
FOLDER_FILES = 32  # doctor, until its files are joined
# These hold one file a case or a reply; nobody reads them as a list.
DATA = r"^tests/(replies|providers|fuzz/corpus)/"


def folder_of(path):
    return path.rpartition("/")[0]


def layer_of(path, table):
    """A file's layer, None when the table has no place for it."""
    folder = folder_of(path)
    return table.get(path, table.get(folder, table.get(
        folder_of(folder) + "/*")))


def climbs(path, name, table):
    """Why this file must not include that header; None when it may."""
    above, below = layer_of(path, table), layer_of(name, table)
    if not name.startswith(SEES[path.split("/")[0]]):
        return "%s sees only %s" % (
            path.split("/")[0], " ".join(SEES[path.split("/")[0]]))
    if above is None or below is None:
        return "no layer for " + (path if above is None else name)
    if folder_of(path) != folder_of(name) and below >= above:
        return "layer %d includes layer %d" % (above, below)
    return None


def _includes_go_down(pattern, table):
    for path in tree.files(pattern + r".*\.[ch]$"):
        if layer_of(path, table) is None:
            yield "%s: no layer for this folder" % path
            continue
        for name in tree.includes(path):
            why = climbs(path, name, table) if re.search(OURS, name) else None
            if why:
                yield "%s: must not include %s: %s" % (path, name, why)


def includes_go_down():
    yield from _includes_go_down(PRODUCT, HOUSE)


def simulator_includes_go_down():
    yield from _includes_go_down(r"^tests/simulator/", SIMULATOR)


def folders_are_small():
    """More than this is a list that is searched, not read."""
    count = collections.Counter(
        folder_of(path) for path in tree.files(OURS)
        if not re.search(DATA, path))
    for folder, number in sorted(count.items()):
        if number > FOLDER_FILES:
            yield "%s: %d files, %d at most" % (folder, number, FOLDER_FILES)


def names_are_unique():
    """A file is spoken of by its name alone."""
    homes = collections.defaultdict(list)
    for path in tree.files(PRODUCT + r".*\.[ch]$"):
        homes[path.rpartition("/")[2]].append(folder_of(path))
    for name, folders in sorted(homes.items()):
        if len(folders) > 1:
            yield "%s is in %s" % (name, " and in ".join(folders))


def tests_load_the_module():
    """They test what is installed: the shared object, by its entry points."""
    for path in tree.files(r"^tests/.*\.[ch]$"):
        for name in tree.includes(path):
            if name.startswith("pam_module/"):
                yield "%s: tests load the built module" % path


CHECKS = (includes_go_down, simulator_includes_go_down, folders_are_small,
          names_are_unique, tests_load_the_module)
