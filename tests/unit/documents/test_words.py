# SPDX-License-Identifier: BSD-2-Clause
"""Plain words in the product and its pages: CONTRIBUTING.md asks for them."""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
# What stands for what: a word that many readers have to look up.
PLAINER = {"mend": "fix", "anew": "again", "whoever": "who, or anybody who"}
# Lines with "nobody": mostly remedies that tests and admins know by now.
NOBODY_MOST = 40


def lines_with(word):
    """FILE:LINE of product and pages that have it as a word of its own."""
    grep = subprocess.run(
        ["git", "-c", "safe.directory=*", "grep", "--untracked", "-InwiE",
         word, "--", ".", ":!tests"],
        cwd=ROOT, capture_output=True, text=True, check=False)
    assert grep.returncode in (0, 1), grep.stderr
    return [re.match(r"[^:]+:\d+", line)[0]
            for line in grep.stdout.splitlines()]


@pytest.mark.parametrize("word", sorted(PLAINER))
def test_hard_words_are_not_used(word):
    found = lines_with(word)
    assert not found, 'write "%s" for "%s" in %s' % (
        PLAINER[word], word, ", ".join(found))


def test_nobody_stands_seldom():
    found = lines_with("nobody")
    assert len(found) <= NOBODY_MOST, (
        '%d lines say "nobody", at most %d may: say what is needed instead '
        '("no one" does not help), in %s'
        % (len(found), NOBODY_MOST, ", ".join(found)))


def test_words_are_found():
    """A search that finds nothing anywhere would let all pass."""
    assert lines_with("remedy")
