# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the layout: which components there are, what stands above what.

A component is a folder. An include of ours goes to a lower layer or stays in its
component. Two components of one layer do not know each other. A folder that the table
does not name fails, so a new component gets its place before its first file.
"""

import collections
import re

import tree

# Each folder's layer, the lowest first; "*" is a folder for each vendor. The
# first file of a program stands above all its folders, so it has a line of its
# own.
LAYERS = {
    "lib/values": 1, "lib/wire": 1,
    "lib/items": 2, "lib/provider_types": 2,
    "lib/system": 2, "pam_module": 2,
    "lib/settings": 3,
    "lib/fleet_records": 4, "lib/rules": 4,
    "helper/net": 4, "helper/sandbox": 4, "helper/store": 4,
    "helper/session": 5, "helper/store/sqlite": 5,
    "twofactl/terminal": 5,
    "helper/dialogue": 6, "helper/store/postgresql": 6,
    "helper/providers": 6,
    "twofactl/client": 6,
    "helper/broker": 7, "helper/providers/*": 7, "helper/verification": 7,
    "helper/factors": 8, "helper/listener": 8, "twofactl/records": 8,
    "helper/login": 9, "twofactl/denial": 9, "twofactl/fleet": 9,
    "twofactl/host": 9,
    "helper/control": 10, "twofactl/etc": 10, "twofactl/sshd": 10,
    "twofactl/lockout": 11,
    "twofactl/check": 12, "twofactl/enrol": 12, "twofactl/trial": 12,
    "twofactl/doctor": 13, "twofactl/init": 13, "twofactl/report": 13,
    "helper/main.c": 14, "twofactl/helpdesk": 14,
    "twofactl/rollout": 14,
    "twofactl/twofactl.c": 15,
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

def folder_from_path(path):
    return path.rpartition("/")[0]


def layer_of(path, table):
    """A file's layer, None when the table has no place for it."""
    folder = folder_from_path(path)
    return table.get(path, table.get(folder, table.get(
        folder_from_path(folder) + "/*")))


def climbs(path, name, table):
    """Why this file must not include that header; None when it may."""
    above, below = layer_of(path, table), layer_of(name, table)
    if not name.startswith(SEES[path.split("/")[0]]):
        return "%s sees only %s" % (
            path.split("/")[0], " ".join(SEES[path.split("/")[0]]))
    if above is None or below is None:
        return "no layer for " + (path if above is None else name)
    if folder_from_path(path) != folder_from_path(name) and below >= above:
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
    yield from _includes_go_down(PRODUCT, LAYERS)


def simulator_includes_go_down():
    yield from _includes_go_down(r"^tests/simulator/", SIMULATOR)


def names_are_unique():
    """A file is spoken of by its name alone."""
    homes = collections.defaultdict(list)
    for path in tree.files(PRODUCT + r".*\.[ch]$"):
        homes[path.rpartition("/")[2]].append(folder_from_path(path))
    for name, folders in sorted(homes.items()):
        if len(folders) > 1:
            yield "%s is in %s" % (name, " and in ".join(folders))


def tests_load_the_module():
    """They test what is installed: the shared object, by its entry points."""
    for path in tree.files(r"^tests/.*\.[ch]$"):
        for name in tree.includes(path):
            if name.startswith("pam_module/"):
                yield "%s: tests load the built module" % path


# A type of provider is known to its own files and to the table: all others reach
# it by the operations of struct provider_type and struct provider_ops.
TYPES_TABLE = "lib/provider_types/provider_types.h"
TYPES = r"^(lib/provider_types|helper/providers)/"
TYPE = re.compile(r"^\tX\((\w+)\)", re.M)
# Words that only a type's protocol has, in code and texts.
PROTOCOLS = r"oidc|openid|ciba|jwks|id_token|device_code|auth_req_id|radsec"


def the_core_names_no_type():
    names = TYPE.findall(tree.read(TYPES_TABLE))
    if not names:
        yield TYPES_TABLE + ": no types in PROVIDER_TYPES"
    word = re.compile(r"\b((?:%s)_(?:type|ops)|\w*(?:%s)\w*)\b" % (
        "|".join(names), PROTOCOLS), re.I)
    for path in tree.files(PRODUCT + r".*\.[ch]$"):
        if re.search(TYPES, path):
            continue
        for found in sorted(set(word.findall(tree.code(path)))):
            yield "%s: names %s: a type's own files do" % (path, found)


CHECKS = (includes_go_down, simulator_includes_go_down, names_are_unique,
          tests_load_the_module, the_core_names_no_type)
