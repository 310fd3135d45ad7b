# SPDX-License-Identifier: BSD-2-Clause
"""What a comment or a page names is there: files by their path or their name,
pages, sections of pages, functions in files."""

import ast
import functools
import glob
import io
import os
import pathlib
import re
import subprocess
import tokenize

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDERS = "conf|docs|helper|lib|packaging|pam_module|tests|twofactl"
PAGE = r"(?:[\w-]+/)*[\w-]+\.md"
# A path of the repository: behind no other path, variable or host.
PATH = re.compile(r"(?<![\w/.$})>-])((?:%s)/[\w.*/-]*[\w*])" % FOLDERS)
NAME = re.compile(r"(?<![\w/.<*-])([a-z][\w-]*\.[ch]|[\w-]+\.md|test_[a-z]\w*\.py)"
                  r"(?![\w*])")
OURS = r"(?:pam_)?twofa[a-z.-]*\(\d\)"
# A section stands in quotes behind its page, or bare before a bracket.
SECTION = re.compile(r"(?<![\w/-])(%s|README(?:'s)?|%s)(?:\]\([^)]*\))?,? "
                     r"""(?:"([^"]+)"|(?<=, )([A-Z][\w '-]*)\))"""
                     % (PAGE, OURS))
SECTION_IN = re.compile(r'"([^"]+)" in \[?(%s|README\b|%s)' % (PAGE, OURS))
ANCHOR = re.compile(r"(?<![\w/-])(%s)#([\w-]+)" % PAGE)
FUNCTION = re.compile(r"(?<![\w/])((?:%s)/[\w./-]+\.(?:c|py)):([a-z]\w+)"
                      % FOLDERS)
MANUAL = re.compile(r"(?<![\w-])((?:pam_)?twofa[a-z.-]*)\((\d)\)")
# Files of others, and the one that there must never be (CONTRIBUTING.md).
OTHERS = {"auth-pam.c", "nss_database.c", "util.c"}
DATA = r"^tests/(replies|providers|fuzz/corpus|npm/cassettes)/"


@functools.lru_cache(maxsize=None)
def read(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


@functools.lru_cache(maxsize=None)
def files(pattern=""):
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-co",
         "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
        check=True)
    return tuple(path for path in sorted(set(listing.stdout.splitlines()))
                 if re.search(pattern, path) and (ROOT / path).is_file())


def c_comments(text):
    """Those between /* and */, and not what a string has."""
    return [found for found in re.findall(
        r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/', text, re.S) if found[0] == "/"]


def python_comments(text):
    """Comments, and the strings that stand first in a file, class, function."""
    found = [token.string for token in tokenize.generate_tokens(
        io.StringIO(text).readline) if token.type == tokenize.COMMENT]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            found.append(ast.get_docstring(node) or "")
    return found


def hash_comments(text):
    return re.findall(r"^[ \t]*#.*$|[ \t]# .*$", text, re.M)


def comments(path, text):
    """What of a file is for people: of a page all, of code the comments."""
    if path.endswith(".md") or path.startswith("docs/man/"):
        return text
    if path.endswith((".c", ".h")):
        parts = c_comments(text)
    elif path.endswith(".py") or "python" in text.split("\n", 1)[0]:
        parts = python_comments(text)
    else:
        parts = hash_comments(text)
    return "\n\n".join(re.sub(r"^[ \t]*[*#]+(?!/) ?", "", part, flags=re.M)
                       for part in parts)


def prose(path):
    return comments(path, read(path))


def exists(name, beside):
    """A path from the root or from that folder, * and NAME being any."""
    name = re.sub("NAME|TYPE|COMPONENT|VENDOR", "*", name)
    return any(glob.glob(os.path.normpath(os.path.join(ROOT, start, name)))
               for start in ("", beside))


@functools.lru_cache(maxsize=None)
def homes(name):
    """Where files of this name are."""
    return [path for path in files() if path.rpartition("/")[2] == name]


def page_of(name, beside):
    """The page that these words mean; None when there is none."""
    name = "README.md" if name.startswith("README") else name
    name = re.sub(r"^(.*)\((\d)\)$", r"docs/man/\1.\2", name)
    for path in (os.path.normpath(os.path.join(beside, name)), name):
        if (ROOT / path).is_file():
            return path
    return (homes(name) or [None])[0]


def anchor(heading):
    """The name that a heading gets on the web."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def sections(page):
    """Headings, of a manual, too."""
    return re.findall(r"^(?:#+|\.S[hs]) (.*)$", read(page), re.M)


def begins(page, words):
    """Is this a heading of the page, or how one of its paragraphs begins?"""
    return words in sections(page) or any(
        " ".join(part.split()).lstrip("*").startswith(words)
        for part in read(page).split("\n\n"))


def dead_paths(text, beside):
    return [name for name in PATH.findall(text) if not exists(name, beside)]


def dead_names(text):
    """A file is spoken of by its name alone, too."""
    return [name for name in NAME.findall(text)
            if not homes(name) and name not in OTHERS]


def dead_sections(text, beside):
    """Of a page with a section in quotes behind or before it, or after #."""
    flat = " ".join(text.split())
    found = []
    for name, words in [
            (name, said or bare) for name, said, bare in SECTION.findall(flat)
            ] + [(name, words) for words, name in SECTION_IN.findall(flat)]:
        page = page_of(name, beside)
        if not page or not begins(page, words):
            found.append("%s, %s" % (name, words))
    for name, word in ANCHOR.findall(flat):
        page = page_of(name, beside)
        if not page or word not in map(anchor, sections(page)):
            found.append("%s#%s" % (name, word))
    return found


def dead_functions(text):
    return ["%s:%s" % (file, name) for file, name in FUNCTION.findall(text)
            if not (ROOT / file).is_file()
            or not re.search(r"^(?:def )?%s\(" % name, read(file), re.M)]


def dead_manuals(text):
    """A command's page is made of its item (packaging/manual-pages)."""
    return ["%s(%s)" % found for found in MANUAL.findall(text)
            if not (ROOT / ("docs/man/%s.%s" % found)).is_file()
            and not (found[0].startswith("twofactl-") and found[1] == "8"
                     and re.search(r"^\.It Ic %s\b" % found[0][9:],
                                   read("docs/man/twofactl.8"), re.M))]


def dead(text, beside=""):
    return (dead_paths(text, beside) + dead_names(text)
            + dead_sections(text, beside) + dead_functions(text)
            + dead_manuals(text))


def links(page):
    """Where a page's links lead inside the repository: page, heading's name."""
    for link in re.findall(r"\]\(([^)]+)\)", read(page)):
        if "://" not in link:
            file, _, name = link.partition("#")
            yield link, os.path.normpath(os.path.join(
                os.path.dirname(page), file)) if file else page, name


@pytest.mark.parametrize("page", files(r"\.md$"))
def test_links_lead_somewhere(page):
    for link, target, name in links(page):
        assert (ROOT / target).exists(), link
        assert not name or name in map(anchor, sections(target)), link


@pytest.mark.parametrize("pattern, least", [
    (r"\.md$", 18), (r"^docs/man/", 5), (r"\.[ch]$", 700), (r"\.py$", 200),
    (r"(^|/)[^.]+$|\.(?!(c|h|py|md|\d|svg|json|js)$)[^./]*$", 100)])
def test_what_is_named_is_there(pattern, least):
    paths = [path for path in files(pattern) if not re.search(DATA, path)]
    assert len(paths) >= least
    assert [(path, name) for path in paths
            for name in dead(prose(path), os.path.dirname(path))] == []


@pytest.mark.parametrize("page", files(r"^docs/man/"))
def test_sections_of_manuals(page):
    """The page's own ones, unless "of" or "in" another page follows."""
    for words, other in re.findall(
            r"^\.Sx (.*?)(?: [.,:;)]+)*\n(?:(?:in|of)\n\.Xr (\S+ \d))?",
            read(page), re.M):
        target = "docs/man/" + other.replace(" ", ".") if other else page
        assert words in sections(target), (words, target)


@pytest.mark.parametrize("page", files(r"^docs/man/"))
def test_manuals_name_manuals(page):
    for name, number in re.findall(
            r"^\.Xr ((?:pam_)?twofa\S*) (\d)", read(page), re.M):
        assert (ROOT / ("docs/man/%s.%s" % (name, number))).is_file(), name


def test_pages_that_programs_name_are_there():
    """In strings, too: an admin reads them."""
    paths = [path for path in files(r"^(lib|helper|twofactl|pam_module|packaging)/")
             if not path.endswith(".md")]
    assert [(path, name) for path in paths
            for name in re.findall(r"(?<![\w/])docs/[\w./-]*\w", read(path))
            if not exists(name, os.path.dirname(path))] == []


@pytest.mark.parametrize("text", [
    "docs/none.md", "see helper/none/x.c", "tests/e2e/none/*", "none.md",
    "(docs/none.md, \"The order\")", "protocol.md, \"No such section\"",
    "docs/protocol.md#no-such-section", "README, \"No such section\"",
    "\"No such section\" in [README.md](README.md)", "sqlite_none.c",
    "helper/main.c:none", "twofa-none(8)", "twofactl-none(8)", "(README, No such section)",
    "([x(5)](man/x.5), twofa.conf(5), \"No such section\")"])
def test_what_is_not_there_is_seen(text):
    assert dead(text)


@pytest.mark.parametrize("text", [
    "docs/protocol.md", "docs/protocol.md, \"The order\"", "helper/*.c",
    "docs/protocol.md#the-log-lines-own-reasons", "tests/unit/COMPONENT/test_NAME.c",
    "protocol.md", "sqlite_lock.c", "helper/main.c:main", "twofactl(8)",
    "twofactl-enable(8)",
    "<string.h>", "(pam_twofa(8), The stack)", "https://example.net/docs/none.md", "$dir/lib/none.c"])
def test_what_is_there_is_fine(text):
    assert not dead(text)


@pytest.mark.parametrize("path, text, said", [
    ("x.c", "/* a */ f(\"/* b\"); /*\n * c\n */", "a c"),
    ("x.py", "'''a'''\nx = 'b'  # c\ndef f():\n    '''d'''\n", "c a d"),
    ("Makefile", "# a\nb: c # d\n", "a d"), ("x.md", "a `b`", "a `b`")])
def test_comments_are_found(path, text, said):
    assert " ".join(re.sub(r"/\*|\*/", "", comments(path, text)).split()) == said
