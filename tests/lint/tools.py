# SPDX-License-Identifier: BSD-2-Clause
"""Checks that other programs make: formatter, analysers, manual and shell
linters, and the compilers on headers and tests.

Each yields (name, argv) pairs, or Batches of files; a check fails with a
non-zero status or, where the tool has no status of its own, with any output.
"""

import json
import os
import re
import shlex
import shutil
import subprocess

import tree

ANALYSER_STEPS = 10000
HEADERS = ("errno", "stddef", "stdint", "stdio", "stdlib", "string", "unistd")
CLANG = 14  # other releases format a few lines, and judge more, in their own way


def major(tool):
    """The main version of a clang tool, 0 when it is not there."""
    if shutil.which(tool) is None:
        return 0
    text = subprocess.run([tool, "--version"], capture_output=True,
                          text=True, check=True).stdout
    match = re.search(r"version (\d+)", text)
    return int(match.group(1)) if match else 0


def lacking(tool):
    """Why this clang tool cannot serve; None when it can."""
    found = major(tool)
    if found == CLANG:
        return None
    return "skip: needs %s %d, %s" % (
        tool, CLANG, "here is %d" % found if found else "none is installed")


def call(argv, env=None):
    """None, or the output of a program that complains."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.STDOUT, text=True,
                          env=dict(os.environ, **(env or {})))
    return done.stdout or "status %d" % done.returncode \
        if done.returncode else None


class Batch:
    """A check of several files by one process, since these tools take longer
    to start than to work. Where it complains, each file is checked alone."""

    def __init__(self, name, argv, paths):
        self.names = ["%s %s" % (name, path) for path in paths]
        self._argv = argv
        self._paths = paths

    def complaints(self):
        """What is said of each file, None for nothing."""
        if call(self._argv + self._paths) is None:
            return [None] * len(self._paths)
        return [call(self._argv + [path]) for path in self._paths]


def batches(name, argv, paths, size):
    for first in range(0, len(paths), size):
        yield Batch(name, argv, paths[first:first + size])


def formatting():
    if lacking("clang-format"):
        yield "clang-format", lacking("clang-format")
        return
    yield from batches("clang-format", ["clang-format", "--dry-run",
                                        "-Werror"],
                       tree.files(r"\.[ch]$"), 100)


def analysis(out, deep):
    """clang-tidy, by .clang-tidy: clang's own warnings are among it, so this
    is the other compiler, too. Its analyser takes nearly all of the time; it
    follows a function's paths for so many steps, and to its own limit, 22 times
    as far, when the check is a deep one."""
    if lacking("clang-tidy"):
        yield "clang-tidy", lacking("clang-tidy")
        return
    argv = ["clang-tidy", "--quiet", "-p", out]
    if not deep:
        argv += ["--extra-arg=" + word for word in (
            "-Xclang", "-analyzer-config", "-Xclang",
            "max-nodes=%d" % ANALYSER_STEPS)]
    yield from batches("clang-tidy", argv, tree.files(tree.OURS + r".*\.c$"), 16)


def flags_of(out):
    """The compiler and its flags, as the build in that folder has them."""
    with open(os.path.join(out, ".flags"), encoding="utf-8") as text:
        return shlex.split(text.read())


def headers(out):
    """Each other header compiles alone, under the flags of the build."""
    yield from batches("compiles alone:", flags_of(out) + [
        "-Werror", "-fsyntax-only", "-x", "c"], [
            path for path in tree.files(r"\.h$") if not tree.comes_first(path)],
        20)


def headers_read_once(out):
    """Options of clang for what nearly all tests include, which halves its
    time. gcc still reads that in each file, and says what a file lacks. Without
    them, when clang is not there or refuses the flags of the build."""
    if lacking("clang"):
        return []
    with open(os.path.join(out, "compile_commands.json"),
              encoding="utf-8") as text:
        words = json.load(text)[0]["arguments"]
    made = os.path.join(out, "lint.pch")
    done = subprocess.run(
        ["clang", *words[1:words.index("-c")], "-x", "c-header", "-o", made,
         "-"], check=False, capture_output=True, text=True,
        input="".join("#include <%s.h>\n" % name for name in HEADERS))
    return [] if done.returncode else ["--extra-arg=-include-pch",
                                       "--extra-arg=" + made]


def test_sources(out):
    """clang-tidy's checks are for the product; of the tests clang's warnings
    will do. clang-tidy gives them for many files at one start, but refuses to
    run without a check: this one is for C++ alone."""
    if lacking("clang-tidy"):
        yield "clang", lacking("clang-tidy")
        return
    argv = ["clang-tidy", "--quiet", "-p", out,
            "--checks=-*,clang-diagnostic-*,bugprone-unused-raii",
            *headers_read_once(out)]
    yield from batches("clang", argv, tree.files(r"^tests/.*\.c$"), 40)


def shell():
    if shutil.which("shellcheck") is None:
        yield "shellcheck", "skip: shellcheck is not installed"
        return
    for path in sorted(set(
            tree.scripts("sh") + ["tests/ns/inside", "packaging/paths",
                                 "packaging/owner"])):
        yield "shellcheck " + path, ["shellcheck", "-x", path]


def manuals():
    if shutil.which("mandoc") is None:
        yield "mandoc", "skip: mandoc is not installed"
        return
    for path in tree.files(r"^docs/man/.*\.\d$"):
        yield "mandoc " + path, ["mandoc", "-Tlint", "-W", "warning", path]


def pyflakes():
    found = tree.files(r"\.py$") + tree.scripts("python3")
    yield "pyflakes", ["/usr/bin/python3", "-m", "pyflakes"] + sorted(
        set(found))


def all_checks(out, deep):
    yield from analysis(out, deep)
    yield from formatting()
    yield from headers(out)
    yield from test_sources(out)
    yield from shell()
    yield from manuals()
    yield from pyflakes()
