# SPDX-License-Identifier: BSD-2-Clause
"""The lint of wording complains: of each pattern in a comment and in a text, of
a question, and of a term that the glossary replaced."""

import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "tests/lint"))

import tree  # noqa: E402
import wording  # noqa: E402


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write files; they are all that there is."""
    monkeypatch.chdir(tmp_path)

    def write(files):
        for path, text in files.items():
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
        monkeypatch.setattr(tree, "files", lambda _pattern: [
            path for path in files if path.endswith((".c", ".h"))])
    return write


WRONG = [
    "Who has left gets no answer.", "The row is ours.", "It was told already.",
    "If there is none, 0.", "The separator behind it.", "So long it waits.",
    "The line stands above.", "It shuts its doors.", "It was surely sent.",
    "It is mostly empty.", "True for such ones.", "The user and his phone.",
]
RIGHT = [
    "Clients that left get no reply.", "This session holds the row.",
    "Waits as long as the deadline allows.", "A code that stands for another.",
    "As many as fit; so long as there is room.",
]


@pytest.mark.parametrize("words", WRONG)
def test_a_comment_with_a_pattern(written, words):
    written({"lib/a.c": "/* %s */\n" % words})
    told = list(wording.comments_are_in_the_fields_words())
    assert len(told) == 1 and told[0].startswith("lib/a.c:1: ")


@pytest.mark.parametrize("words", WRONG)
def test_a_text_with_a_pattern(written, words):
    written({"lib/a.c": 'const char a[] = "%s";\n' % words})
    told = list(wording.texts_are_in_the_fields_words())
    assert len(told) == 1 and told[0].startswith("lib/a.c:1: ")


@pytest.mark.parametrize("words", RIGHT)
def test_a_comment_as_the_field_writes_it(written, words):
    written({"lib/a.c": "/* %s */\nconst char a[] = \"%s\";\n" % (
        words, words)})
    assert not list(wording.comments_are_in_the_fields_words())
    assert not list(wording.texts_are_in_the_fields_words())


def test_each_pattern_is_tried(written):
    for rule in wording.PATTERNS.values():
        assert any(wording.re.search(rule, words) for words in WRONG), rule


def test_one_in_a_hundred_may_be(written):
    many = "/* A plain comment. */\n" * 99 + "/* %s */\n" % WRONG[0]
    written({"lib/a.c": many})
    assert not list(wording.comments_are_in_the_fields_words())
    written({"lib/a.c": many + "/* %s */\n" % WRONG[1]})
    assert len(list(wording.comments_are_in_the_fields_words())) == 2


def test_a_question(written):
    written({"lib/a.h": "/* Is the row held? */\nint a;\n/* Is b. */\n"})
    assert list(wording.comments_state()) == [
        "lib/a.h:1: state it, do not ask: Is the row held?"]


@pytest.mark.parametrize("words, term", [
    ("the keeper of the state", "broker"), ("the heir takes over", "successor"),
    ("a code with an end", "bypass code"), ("nobody lets in a user", "allow"),
    ("a made-up user logs in", "decoy"), ("both engines of the store", "backend"),
    ("it shuts its doors at once", "confine"), ("a shut user stays", "locked out"),
    ("a copy of the helper runs", "worker")])
def test_a_replaced_term(written, words, term):
    written({"lib/a.c": "/* %s */\nconst char a[] = \"%s\";\n" % (
        words, words), "README.md": words + "\n",
        "docs/glossary.md": words + "\n"})
    told = list(wording.replaced_terms_are_gone())
    assert [line.split(":")[0] for line in told] == [
        "lib/a.c", "lib/a.c", "README.md"]
    assert all("the glossary's word is " + term in line for line in told)


def test_a_name_that_is_written_for_one_release(written):
    written({"README.md": "`keeper` and twofa_keeper_running stay\n"})
    assert not list(wording.replaced_terms_are_gone())
