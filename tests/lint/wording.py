# SPDX-License-Identifier: BSD-2-Clause
"""Checks of wording: comments and texts in the field's own language.

docs/glossary.md has the terms, and the rules that are no pattern here.
A few sentences may need such a word, so a share is allowed, but no term that
the glossary has replaced.
"""

import glob
import os
import re

import tree

OWNERS = (r"root|a worker|a user|the (?:module|helper|state|broker|worker|"
          r"vendor|provider|service|account|user|host|file|login|app)")
PATTERNS = {
    "a sentence has a noun for its subject, not What or Who":
        r"^(What|Who|Whose|Which)\b[^?]*$|[.;:] (What|Who) [^?]*$",
    "a genitive has its noun":
        r"\b((?:%s)'s|ours|another's|others'|theirs)(?=[ ,.;:)]+(is|are|has|"
        r"have|was|alone|only|and|or|in|to|that|which|first|come|came)\b|"
        r"[.,;:)]|$)" % OWNERS,
    "files and functions contain, return, report; they do not tell":
        r"\b(tells?|told)\b",
    "absence is no, not none":
        r"\b(is|are|it has|there is|that is|was) none\b",
    "after, next to; not behind, beside": r"\b(beside|behind)\b",
    "name the quantity, not so long, so many":
        r"\b[Ss]o (long|many|much|often|soon)\b(?! as| that)",
    "settings are set, lines appear; they do not stand":
        r"\bstands?\b(?! ?-?(in|for|by|alone)\b)",
    "no metaphors":
        r"\b(doors?|shut(s)? (in|its|them)|heir|mend|tend|made[- ]up|"
        r"strangers?)\b",
    "known to be, not surely": r"\bsurely\b",
    "usually, not mostly; not all the same": r"\b(mostly|all the same)\b",
    "such a X has its noun": r"\bsuch (one|ones)\b",
    "they, the user; not he": r"\b(he|his|him|himself)\b",
}
QUESTION = re.compile(
    r"^(Is|Are|Does|Do|Has|Have|Was|Were|May|Can|Could|Did|Will|Would)\b"
    r"[^.]*\?")
REPLACED = {
    "broker": r"\bkeepers?\b",
    "worker": r"\bcop(y|ies) of the (listening )?helper\b",
    "successor": r"\bheirs?\b",
    "confine": r"\b(shuts? its doors|shut in|has no doors)\b",
    "backend": r"\b(store )?engines?\b",
    "locked out": r"\bshut users?\b",
    "bypass code": r"\bcodes? with an end\b",
    "decoy": r"\b(made[- ]up|disguise|twin|seeming)\b",
    "allow, admit": r"\blets? (in|nobody|anybody)\b|\bletting in\b",
}
LIMIT, QUESTIONS = 1.0, 2.0  # percent
# Where the name before 1.0 is written or read as well, for one release.
BOTH = ("TWOFA_KEEPER", "keeper_", "twofa_keeper", '"keeper"', "`keeper`",
        "twofa-keeper")
COMMENT = re.compile(r"/\*(.*?)\*/", re.S)
TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*')
PIECE = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
DOCUMENTS = ("docs/**/*.md", "docs/man/*", "README.md", "CONTRIBUTING.md",
             "SECURITY.md")
GLOSSARY = "docs/glossary.md"  # which names the old terms, too


def comments(code):
    """(line, words) of each."""
    for match in COMMENT.finditer(code):
        words = re.sub(r"\s*\n\s*\*?\s*", " ", match.group(1)).strip()
        if not re.search("SPDX|clang-format", words):
            yield code.count("\n", 0, match.start()) + 1, words


def texts(code):
    """(line, words) of those of four words and more."""
    code = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), code)
    for match in TEXT.finditer(code):
        words = "".join(PIECE.findall(match.group()))
        if len(words.split()) >= 4:
            yield code.count("\n", 0, match.start()) + 1, words


def collect(kind):
    return [(path, line, words) for path in tree.files(tree.OURS + r".*\.[ch]$")
            for line, words in kind(tree.read(path))]


def over(places, count, limit):
    """The places, if they are more than so many percent of count."""
    share = 100.0 * len(places) / max(1, count)
    for path, line, rule, words in places if share > limit else ():
        yield "%s:%d: %s: %s" % (path, line, rule, words[:80])


def wrong(found):
    """(path, line, rule, words) of each that has a pattern, once."""
    for path, line, words in found:
        rule = next((rule for rule, pattern in PATTERNS.items()
                     if re.search(pattern, words)), None)
        if rule:
            yield path, line, rule, words


def comments_are_in_the_fields_words():
    found = collect(comments)
    yield from over(list(wrong(found)), len(found), LIMIT)


def texts_are_in_the_fields_words():
    found = collect(texts)
    yield from over(list(wrong(found)), len(found), LIMIT)


def comments_state():
    found = collect(comments)
    yield from over([(path, line, "state it, do not ask", words)
                     for path, line, words in found if QUESTION.match(words)],
                    len(found), QUESTIONS)


def documents():
    for pattern in DOCUMENTS:
        for path in sorted(glob.glob(pattern, recursive=True)):
            if path != GLOSSARY and os.path.isfile(path):
                for line, words in enumerate(tree.read(path).split("\n"), 1):
                    yield path, line, words


def replaced_terms_are_gone():
    for path, line, words in collect(comments) + collect(texts) + \
            list(documents()):
        for name in BOTH:
            words = words.replace(name, "")
        for term, pattern in REPLACED.items():
            if re.search(pattern, words, re.I):
                yield "%s:%d: the glossary's word is %s: %s" % (
                    path, line, term, words.strip()[:80])


CHECKS = (comments_are_in_the_fields_words, texts_are_in_the_fields_words,
          comments_state, replaced_terms_are_gone)
