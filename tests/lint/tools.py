# SPDX-License-Identifier: BSD-2-Clause
"""Checks that other programs make: formatter, analysers, manual and shell
linters, and the compiler on each header alone.

Each yields (name, argv) pairs; a check fails with a non-zero status or, where
the tool has no status of its own, with any output.
"""

import os
import re
import shlex
import shutil
import subprocess

import tree

CLANG_FORMAT = 14  # other releases format a few lines in their own way


def major(tool):
    """The main version of a clang tool, 0 when it is not there."""
    if shutil.which(tool) is None:
        return 0
    text = subprocess.run([tool, "--version"], capture_output=True,
                          text=True, check=True).stdout
    match = re.search(r"version (\d+)", text)
    return int(match.group(1)) if match else 0


def call(argv, env=None):
    """None, or the output of a program that complains."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.STDOUT, text=True,
                          env=dict(os.environ, **(env or {})))
    return done.stdout or "status %d" % done.returncode \
        if done.returncode else None


def formatting():
    if major("clang-format") != CLANG_FORMAT:
        yield "clang-format", "skip: needs clang-format %d" % CLANG_FORMAT
        return
    for path in tree.files(r"\.[ch]$"):
        yield ("clang-format " + path,
               ["clang-format", "--dry-run", "-Werror", path])


def analysis(out):
    """clang-tidy, by .clang-tidy: clang's own warnings are among it, so this
    is the other compiler, too."""
    if not major("clang-tidy"):
        yield "clang-tidy", "skip: clang-tidy is not installed"
        return
    for path in tree.files(r"^(lib|helper|twofactl|pam_module|tests)/.*\.c$"):
        yield "clang-tidy " + path, ["clang-tidy", "--quiet", "-p", out, path]


def headers(out):
    """Each header compiles alone, under the flags of the build."""
    with open(os.path.join(out, ".flags"), encoding="utf-8") as text:
        flags = shlex.split(text.read())
    for path in tree.files(r"\.h$"):
        yield ("compiles alone: " + path,
               flags + ["-Werror", "-fsyntax-only", "-x", "c", path])


def shell():
    if shutil.which("shellcheck") is None:
        yield "shellcheck", "skip: shellcheck is not installed"
        return
    for path in sorted(set(
            tree.scripts("sh") + ["tests/ns/inside", "packaging/paths"])):
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



def all_checks(out):
    yield from formatting()
    yield from analysis(out)
    yield from headers(out)
    yield from shell()
    yield from manuals()
    yield from pyflakes()
