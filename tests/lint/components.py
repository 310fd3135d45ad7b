# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the shape of a component: one header that is read first, and
files of one idea each.

A component is a folder. COMPONENT.h is its contract. COMPONENT_inside.h is for
its own files and its unit tests alone. A .c file holds the idea that its name
says, and its macros are at its top.
"""

import glob
import os
import re

import calls
import tree

LONGEST = 700
IDEAS = 3  # first words of a file's public functions that make it several ideas
MID_FILES = 20  # files with #define groups below a function, at most
MODULE_LINES = 600  # pam_twofa.c, which alone lets in
# Components whose contract is in several headers, each for other readers.
HEADERS = {
    "helper/store": {"store_backend.h", "store_fleet.h"},
    "lib/wire": {"reasons.h"},
}
C_FILES = tree.OURS + r".*\.c$"
# Where hosts share a state; what a login on one host does not need.
FLEET = ("lib/fleet_records", "helper/store/postgresql", "twofactl/fleet")
ENROLLED_FILE = "helper/store/sqlite/sqlite_enrolled.c"  # seals as they do
FLEET_FILE = "helper/store/sqlite/sqlite_fleet.c"  # beside them
REQUESTS = "helper/control"  # twofactl's, which no login makes
READING = "SECURITY.md"
NEAR = 0.03  # a number of lines may be off by this much
# A program's first file.
FIRST = ("helper/main.c", "twofactl/twofactl.c")


def files_are_short_enough():
    for path in tree.files(C_FILES):
        lines = tree.read(path).count("\n")
        longest = MODULE_LINES if path == "pam_module/pam_twofa.c" else LONGEST
        if lines > longest:
            yield "%s: %d lines, %d at most" % (path, lines, longest)


def define_groups(text):
    """The line numbers of #define groups below a file's first function. What
    #undef ends belongs to a table."""
    lines = text.split("\n")
    ended = set(re.findall(r"^#undef (\w+)", text, re.M))
    found, previous, below = [], -9, False
    for number, line in enumerate(lines, 1):
        below = below or line == "{"
        match = re.match(r"#define\s+(\w+)", line)
        if below and match and match.group(1) not in ended:
            if number - previous > 3:
                found.append(number)
            previous = number
    return found


def macros_are_at_the_top():
    groups = {path: define_groups(tree.read(path))
              for path in tree.files(C_FILES)}
    found = [path for path in groups if groups[path]]
    for path in found if len(found) > MID_FILES else ():
        yield "%s:%d: #define below a function, in %d files; %d at most" % (
            path, groups[path][0], len(found), MID_FILES)


def component_of(path):
    return os.path.dirname(path)


def header_of(component):
    return "%s/%s.h" % (component, os.path.basename(component))


def headers_are_contracts():
    """COMPONENT.h, read first; ROOM_inside.h, seen by the component and its tests."""
    for path in tree.files(tree.OURS + r".*\.h$"):
        component, name = os.path.split(path)
        word = os.path.basename(component)
        if name not in {word + ".h", word + "_inside.h"} | \
                HEADERS.get(component, set()):
            yield "%s: a component's headers are %s.h and %s_inside.h" % (
                path, word, word)
    for path in tree.files(r"^(lib|helper|twofactl|pam_module|tests)/.*\.[ch]$"):
        for name in tree.includes(path):
            component = component_of(name)
            if name.endswith("_inside.h") and component_of(path) != component and \
                    not path.startswith("tests/"):
                yield "%s: includes %s, which is for %s/ alone" % (
                    path, name, component)


def component_header_first():
    """Each file of a component includes the contract first, or what is for the
    component alone and begins with it, so the build shows that it compiles alone."""
    for path in tree.files(C_FILES):
        header = header_of(component_of(path))
        if path in FIRST or not os.path.exists(header):
            continue
        first = tree.includes(path)[:1]
        if first == [header[:-2] + "_inside.h"]:
            first = tree.includes(first[0])[:1]
        if first != [header]:
            yield "%s: does not include %s first" % (path, header)


def a_fleet_stands_apart():
    """In helper and lib, its components are known to main.c alone, which gives
    their table to all others (store_fleet.h)."""
    for path in tree.files(r"^(helper|lib)/.*\.[ch]$"):
        for name in tree.includes(path):
            if component_of(name) in FLEET and \
                    path not in (FIRST[0], ENROLLED_FILE) and \
                    component_of(path) not in FLEET:
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
    of these components, nor through these files."""
    found, waiting = {first}, [first]
    while waiting:
        for home in graph[waiting.pop()]:
            if home not in found and home not in without and \
                    component_of(home) not in without:
                found.add(home)
                waiting.append(home)
    return found


def lines_of(paths):
    """Of these files, and of the headers of their components."""
    headers = {header for component in set(map(component_of, set(paths) - {FLEET_FILE}))
               for header in glob.glob(component + "/*.h")}
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
    """Which components a reader of one part needs, and how many lines that is."""
    rows = {}
    for whose, components, count in re.findall(
            r"^\| [^|]*\*([^*|]+)\*[^|]* \| ([^|]+) \| ([\d,]+) \|$",
            tree.read(READING), re.M):
        rows[whose] = (set(re.findall(r"`([^`]+?)/?`", components)),
                       int(count.replace(",", "")))
    for whose, paths in reading_sets(out):
        components, count = rows.get(whose, (set(), 0))
        there = {path if path in FIRST + (FLEET_FILE,) else re.sub(
            r"/sql$", "", re.sub(r"(providers)/\w+$", r"\1/VENDOR",
                                 component_of(path))) for path in paths}
        lines = lines_of(paths)
        if components != there or abs(lines - count) > NEAR * lines:
            yield "%s: *%s* needs %s: %s lines" % (
                READING, whose, ", ".join(
                    "`%s%s`" % (component, "" if component.endswith(".c") else "/")
                    for component in sorted(there)),
                format(round(lines, -2), ","))


CHECKS = (files_are_short_enough, macros_are_at_the_top, headers_are_contracts, component_header_first,
          a_fleet_stands_apart)
BUILT = (files_are_used, reading_sets_are_told)
