# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the shape of a room: one header that is read first, and a few
files of one idea each.

A room is a folder. ROOM.h is its contract. ROOM_inside.h is for its own files
and its unit tests alone. A .c file is long enough to be an idea and short
enough to be read.
"""

import glob
import os
import re

import calls
import tree

SHORTEST, LONGEST = 150, 700
# What is shorter, and why it stands alone.
SHORT = {
    "lib/system/clock.c": "tests link another clock",
    "lib/provider_types/provider_types.c": "the list of types",
    "lib/wire/helper_start.c": "all that a started helper is given",
    "lib/items/items.c": "what the helper tells twofactl; the rest is texts",
    "pam_module/hostfacts.c": "what the kernel says of a session",
    "twofactl/terminal/qr_code.c": "the only user of libqrencode",
    "helper/store/store_process.c": "engines ask it, store.c asks engines",
    "twofactl/trial/trial_step.c": "tests end the program there",
}
MODULE_LINES = 600  # pam_twofa.c, which alone lets in
# Rooms whose contract is in several headers, each for other readers.
HEADERS = {
    "helper/store": {"store_backend.h", "store_fleet.h"},
}
C_FILES = tree.OURS + r".*\.c$"
# Where hosts share a state; what a login on one host does not need.
FLEET = ("lib/fleet_records", "helper/store/postgresql", "twofactl/fleet")
FLEET_FILE = "helper/store/sqlite/sqlite_fleet.c"  # beside them
REQUESTS = "helper/control"  # twofactl's, which no login makes
READING = "SECURITY.md"
NEAR = 0.03  # a number of lines may be off by this much
# A program's first file.
FIRST = ("helper/main.c", "twofactl/twofactl.c")


def files_are_of_one_idea():
    """By their length: a shred needs others to be understood, a long file has
    a second idea."""
    for path in tree.files(C_FILES):
        lines = tree.read(path).count("\n")
        longest = MODULE_LINES if path == "pam_module/pam_twofa.c" else LONGEST
        if lines > longest:
            yield "%s: %d lines, %d at most" % (path, lines, longest)
        if lines < SHORTEST and path not in SHORT:
            yield "%s: %d lines, %d at least: join it with the file that " \
                "uses it" % (path, lines, SHORTEST)
    for path in SHORT:
        if os.path.exists(path) and \
                tree.read(path).count("\n") >= SHORTEST:
            yield path + ": is no longer short"


def room_of(path):
    return os.path.dirname(path)


def header_of(room):
    return "%s/%s.h" % (room, os.path.basename(room))


def headers_are_contracts():
    """ROOM.h, read first; ROOM_inside.h, seen by the room and its tests."""
    for path in tree.files(tree.OURS + r".*\.h$"):
        room, name = os.path.split(path)
        word = os.path.basename(room)
        if name not in {word + ".h", word + "_inside.h"} | \
                HEADERS.get(room, set()):
            yield "%s: a room's headers are %s.h and %s_inside.h" % (
                path, word, word)
    for path in tree.files(r"^(lib|helper|twofactl|pam_module|tests)/.*\.[ch]$"):
        for name in tree.includes(path):
            room = room_of(name)
            if name.endswith("_inside.h") and room_of(path) != room and \
                    not path.startswith("tests/"):
                yield "%s: includes %s, which is for %s/ alone" % (
                    path, name, room)


def room_header_first():
    """Each file of a room includes the contract first, so the build shows that
    it compiles alone."""
    for path in tree.files(C_FILES):
        header = header_of(room_of(path))
        if path in FIRST or not os.path.exists(header):
            continue
        if tree.includes(path)[:1] != [header]:
            yield "%s: does not include %s first" % (path, header)


def a_fleet_stands_apart():
    """In helper and lib, its rooms are known to main.c alone, which gives
    their table to all others (store_fleet.h)."""
    for path in tree.files(r"^(helper|lib)/.*\.[ch]$"):
        for name in tree.includes(path):
            if room_of(name) in FLEET and path != FIRST[0] and \
                    room_of(path) not in FLEET:
                yield "%s: includes %s: ask store_fleet()" % (path, name)


def files_are_used(out):
    """Each file has a function or a table that another one uses."""
    symbols = calls.symbols_of(os.path.join(out, "obj"), calls.PRODUCT)
    module = calls.symbols_of(os.path.join(out, "pic"),
                              ("pam_module", "lib/wire"))
    used = set()
    for found in (symbols, module):
        for homes in found.uses().values():
            used |= set(homes)
    for path in sorted(set(symbols.needs) | set(module.needs)):
        if path not in used and path not in FIRST and \
                not re.search(r"\bpam_sm_authenticate\(", tree.read(path)):
            yield path + ": no other file uses it"


def needed_by(graph, first, without):
    """The files that this one needs, directly or by others; not through those
    of these rooms, nor through these files."""
    found, waiting = {first}, [first]
    while waiting:
        for home in graph[waiting.pop()]:
            if home not in found and home not in without and \
                    room_of(home) not in without:
                found.add(home)
                waiting.append(home)
    return found


def lines_of(paths):
    """Of these files, and of the headers of their rooms."""
    headers = {header for room in set(map(room_of, set(paths) - {FLEET_FILE}))
               for header in glob.glob(room + "/*.h")}
    return sum(tree.read(path).count("\n") for path in headers | set(paths))


def reading_sets(out):
    """(whose, files) of what SECURITY.md has a row for."""
    graph = calls.symbols_of(os.path.join(out, "obj"), calls.PRODUCT).uses()
    yield "inside sshd", tree.files(r"^(pam_module|lib/wire)/.*\.c$")
    yield "one host", needed_by(
        graph, FIRST[0], FLEET + (FLEET_FILE, REQUESTS))
    yield "a fleet", tree.files(
        r"^(%s)/.*\.(c|sql)$|^%s$" % ("|".join(FLEET), FLEET_FILE))


def reading_sets_are_told(out):
    """Which rooms a reader of one part needs, and how many lines that is."""
    rows = {}
    for whose, rooms, count in re.findall(
            r"^\| [^|]*\*([^*|]+)\*[^|]* \| ([^|]+) \| ([\d,]+) \|$",
            tree.read(READING), re.M):
        rows[whose] = (set(re.findall(r"`([^`]+?)/?`", rooms)),
                       int(count.replace(",", "")))
    for whose, paths in reading_sets(out):
        rooms, count = rows.get(whose, (set(), 0))
        there = {path if path in FIRST + (FLEET_FILE,) else re.sub(
            r"/sql$", "", re.sub(r"(providers)/\w+$", r"\1/VENDOR",
                                 room_of(path))) for path in paths}
        lines = lines_of(paths)
        if rooms != there or abs(lines - count) > NEAR * lines:
            yield "%s: *%s* needs %s: %s lines" % (
                READING, whose, ", ".join(
                    "`%s%s`" % (room, "" if room.endswith(".c") else "/")
                    for room in sorted(there)),
                format(round(lines, -2), ","))


CHECKS = (files_are_of_one_idea, headers_are_contracts, room_header_first,
          a_fleet_stands_apart)
BUILT = (files_are_used, reading_sets_are_told)
