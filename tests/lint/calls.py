# SPDX-License-Identifier: BSD-2-Clause
"""Checks of who calls whom, by the symbols of the objects that were built.

A file uses another one when its object needs a symbol that the other defines:
a function or a datum. A call through a pointer is none: a pointer that is
handed down is how a lower file reaches a higher one.
"""

import collections
import os
import re
import subprocess

import tree

# As nm prints them; small letters are a file's own, but for i, u, v, w.
DEFINED = "ABCDGRSTVWiu"
NEEDED = "Uvw"
# A library that root's program must not have, by its symbols.
FOREIGN = re.compile(r"^(curl_|cJSON_|sqlite3_)")
PRODUCT = ("lib", "helper", "twofactl")
# Runs on the machine that builds, and is linked into nothing.
APART = ("helper/sandbox/generate.c",)
# What a pure file has no use for: clocks, chance, files, sockets, accounts,
# the environment, the log.
OUTSIDE = re.compile(
    r"^(__)?(time|clock|clock_gettime|gettimeofday|localtime|localtime_r|"
    r"nanosleep|usleep|sleep|getrandom|rand|random|f?open(at)?|creat|p?read|"
    r"p?write|f?l?stat(at)?|access|faccessat|opendir|readdir|readlink|fgets|"
    r"getline|getdelim|fread|fwrite|f?printf|puts|socket|connect|bind|accept|"
    r"send|sendto|sendmsg|recv|recvfrom|recvmsg|p?poll|select|getaddrinfo|"
    r"getpw\w+|getgr\w+|gethostname|uname|secure_getenv|getenv|setenv|"
    r"v?syslog|fork|vfork|execv\w*|posix_spawnp?)(64)?(_chk|_2)?$")


class Symbols:
    """Which source file defines a symbol, and which ones need it."""

    def __init__(self):
        self.defines = collections.defaultdict(set)  # symbol: files
        self.needs = {}  # file: symbols

    def add(self, paths):
        """{source: its object, or a program}, by one nm for all of them, which
        takes longer to start than to read one."""
        if not paths:
            return
        source_from_address = {path: source for source, path in paths.items()}
        listing = subprocess.run(["nm", "-A", *source_from_address], text=True,
                                 capture_output=True, check=True).stdout
        self.needs.update((source, set()) for source in paths)
        for line in listing.splitlines():
            match = re.match(r"(.*):[0-9a-f]* *([A-Za-z]) (\S+)$", line)
            if match and match.group(2) in DEFINED:
                self.defines[match.group(3)].add(source_from_address[match.group(1)])
            elif match and match.group(2) in NEEDED:
                self.needs[source_from_address[match.group(1)]].add(match.group(3))

    def uses(self):
        """{file: {file that it needs: symbols}}"""
        graph = {source: {} for source in self.needs}
        for source, symbols in self.needs.items():
            for symbol in symbols:
                for home in self.defines.get(symbol, set()) - {source}:
                    graph[source].setdefault(home, set()).add(symbol)
        return graph


def sources(folders):
    """What is in the tree; an object may be older than its source's name."""
    return [path for path in tree.files(r"^(%s)/.*\.c$" % "|".join(folders))
            if path not in APART]


def object_of(base, source):
    return os.path.join(base, source[:-1] + "o")


def symbols_of(base, folders):
    found = Symbols()
    paths = {source: object_of(base, source) for source in sources(folders)}
    found.add({source: path for source, path in paths.items()
               if os.path.exists(path)})
    return found


def objects_are_there(out):
    """Of all sources: the checks below say nothing of a file that was not
    built."""
    for top, folders in (("obj", PRODUCT + ("tests/simulator",)),
                         ("pic", ("pam_module", "lib/wire"))):
        for source in sources(folders):
            path = object_of(os.path.join(out, top), source)
            if not os.path.exists(path):
                yield "%s: no object %s" % (source, path)


def shortest_circle(graph):
    """Its files, each of which needs the next one, and the last the first;
    None when there is none."""
    best = None
    for start in sorted(graph):
        before = {start: None}
        waiting = collections.deque([start])
        while waiting and start in before:
            node = waiting.popleft()
            for other in sorted(graph[node]):
                if other == start:
                    path = [node]
                    while before[path[0]] is not None:
                        path.insert(0, before[path[0]])
                    if best is None or len(path) < len(best):
                        best = path
                    waiting.clear()
                    break
                if other not in before:
                    before[other] = node
                    waiting.append(other)
    return best


def circles(graph):
    """Each circle as a text, the shortest first. One that shares a step with
    a circle told before is not told: it may be gone with that one."""
    graph = {source: dict(homes) for source, homes in graph.items()}
    while True:
        files = shortest_circle(graph)
        if files is None:
            return
        lines = ["a circle of %d files:" % len(files)]
        for source, home in zip(files, files[1:] + files[:1]):
            lines.append("  %s needs %s of %s" % (
                source, " ".join(sorted(graph[source].pop(home))), home))
        yield "\n".join(lines)


def product_calls_go_in_no_circle(out):
    yield from circles(symbols_of(os.path.join(out, "obj"), PRODUCT).uses())


def module_calls_go_in_no_circle(out):
    yield from circles(symbols_of(os.path.join(out, "pic"),
                                  ("pam_module", "lib/wire")).uses())


def simulator_calls_go_in_no_circle(out):
    yield from circles(symbols_of(os.path.join(out, "obj"),
                                  ("tests/simulator",)).uses())


def reached(graph, starts):
    """{file: (who needs it, a symbol)} of all that these files need, directly
    or by another one; None for the files themselves."""
    found = dict.fromkeys(starts)
    waiting = sorted(starts)
    while waiting:
        source = waiting.pop(0)
        for home in sorted(graph[source]):
            if home not in found:
                found[home] = (source, min(graph[source][home]))
                waiting.append(home)
    return found


def twofactl_links_no_calls(out):
    """Root's program has no code of the helper, which calls providers, and
    none of curl, cJSON and SQLite: by what its objects need and the lib/ files
    that these pull in need, and by what the linked program has."""
    symbols = symbols_of(os.path.join(out, "obj"), PRODUCT)
    own = {source for source in symbols.needs if source.startswith("twofactl/")}
    for source, needed in sorted(reached(symbols.uses(), own).items()):
        if source.startswith("helper/"):
            yield "%s is linked into twofactl: %s needs %s" % (
                source, *needed)
        for symbol in sorted(symbols.needs[source]):
            if FOREIGN.match(symbol):
                yield "%s is linked into twofactl: it needs %s" % (
                    source, symbol)
    yield from _has_no_calls(os.path.join(out, "twofactl"), symbols)


def _has_no_calls(path, symbols):
    """The same of the program, whichever way it was linked."""
    program = Symbols()
    program.add({"twofactl": path})
    if "main" not in program.defines:
        yield "%s names no symbols: it cannot be looked at" % path
    for symbol in sorted(program.defines):
        homes = sorted(symbols.defines.get(symbol, ()))
        if homes and all(home.startswith("helper/") for home in homes):
            yield "twofactl has %s of %s" % (symbol, " ".join(homes))
    for symbol in sorted(program.needs["twofactl"] | set(program.defines)):
        if FOREIGN.match(symbol):
            yield "twofactl has %s" % symbol


def says_pure(source):
    """True when the file's opening comment calls it pure."""
    opening = tree.read(source).split("#include")[0]
    return re.search(r"\bPure\b", opening) is not None


def pure_files_are_pure(out):
    """What says so of itself asks nothing but its arguments: so the same
    question gets the same answer."""
    symbols = symbols_of(os.path.join(out, "obj"), PRODUCT)
    for source in filter(says_pure, sorted(symbols.needs)):
        for symbol in sorted(filter(OUTSIDE.match, symbols.needs[source])):
            yield "%s says that it is pure, and calls %s" % (source, symbol)


CHECKS = (objects_are_there, product_calls_go_in_no_circle,
          module_calls_go_in_no_circle, simulator_calls_go_in_no_circle,
          twofactl_links_no_calls, pure_files_are_pure)
