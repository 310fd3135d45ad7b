# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the tree's text: first lines, white space, sizes, includes.

A check is a function that yields complaints; none means it holds.
"""

import ast
import os
import re
import subprocess

C_LINE = "/* SPDX-License-Identifier: BSD-2-Clause */"
HASH_LINE = "# SPDX-License-Identifier: BSD-2-Clause"
ROFF_LINE = '.\\" SPDX-License-Identifier: BSD-2-Clause'
BYTES = ("tests/fuzz/corpus/", "docs/cockpit")  # these hold anything
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.M)
LIBRARIES = {"curl/": ("helper/net/http.c", "helper/net/http_curl.c",
                       "helper/net/http_options.c",
                       "helper/net/net_inside.h"),
             "cjson/": "helper/net/json.c",
             "sqlite3.h": "helper/store/sqlite/",
             "qrencode.h": ("helper/dialogue/qr.c",
                            "twofactl/terminal/qr_code.c"),
             "security/": ("pam_module/", "twofactl/host/pam_login.c"),
             "syslog.h": "lib/system/log.c",
             "seccomp.h": "helper/sandbox/generate.c"}
OURS = r"^(lib|helper|twofactl|pam_module)/"
NO_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|"
                     r"'(?:\\.|[^'\\\n])*'", re.S)  # comments and texts


def files(pattern=".*"):
    """Tracked files and new ones that git would take."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-co",
         "--exclude-standard"], capture_output=True, text=True, check=True)
    wanted = re.compile(pattern)
    return [path for path in sorted(set(listing.stdout.splitlines()))
            if wanted.search(path) and os.path.isfile(path)]


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def code(path):
    """C without its comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", read(path), flags=re.S)


def includes(path):
    return INCLUDE.findall(code(path))


def is_script(path):
    with open(path, "rb") as start:
        return start.read(2) == b"#!"


def scripts(word):
    """Executable texts whose first line names this interpreter."""
    return [path for path in files(r"(^|/)[^.]+$|\.(sh|py)$")
            if is_script(path) and word in read(path).split("\n", 1)[0]]


def licence_lines():
    for path in files(r"\.[ch]$"):
        if not read(path).startswith(C_LINE + "\n"):
            yield path + ": first line is not " + C_LINE
    hashed = set(files(r"\.(py|mk)$|^Makefile$")) | set(
        path for path in files() if is_script(path))
    for path in sorted(hashed):
        if HASH_LINE not in read(path).split("\n")[:2]:
            yield path + ": no SPDX line at the top"
    for path in files(r"^docs/man/"):
        if not read(path).startswith(ROFF_LINE):
            yield path + ": first line is not " + ROFF_LINE


def white_space():
    """Of texts alone."""
    for path in files():
        if path.startswith(BYTES) or path.endswith(".png"):
            continue
        text = read(path)
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip():
                yield "%s:%d: trailing blanks" % (path, number)
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            yield path + ": ends without exactly one newline"


def comes_first(header):
    """Does a .c file of its folder include it before all others? The build
    shows then that it compiles alone."""
    folder = os.path.dirname(header)
    return any(includes(path)[:1] == [header]
               for path in files(r"^%s/[^/]+\.c$" % re.escape(folder)))


def paths_from_the_root():
    for path in files(r"\.[ch]$"):
        for name in re.findall(r'#include "([^"]+)"', code(path)):
            if not os.path.exists(name):
                yield "%s: \"%s\" is not a path from the root" % (path, name)


def libraries_have_one_owner():
    for path in files(OURS + r".*\.[ch]$"):
        for name in includes(path):
            for library, owner in LIBRARIES.items():
                if library == "syslog.h" and path.startswith("pam_module/"):
                    continue
                if name.startswith(library) and not path.startswith(owner):
                    yield "%s: includes <%s>: %s does" % (path, name, owner)
        if "security/" in " ".join(includes(path)) and path not in (
                "pam_module/pam_twofa.c", "twofactl/host/pam_login.c"):
            yield path + ": PAM headers belong to pam_twofa.c and pam_login.c"


def simulator_is_independent():
    """It must not share a mistake with the client it tests."""
    for path in files(r"^tests/simulator/.*\.[ch]$"):
        for name in includes(path):
            if name.startswith(("lib/", "helper/", "twofactl/", "pam_module/")):
                yield "%s: must not include %s" % (path, name)


def e2e_names_its_transports():
    """tests/e2e/README.md says what they are."""
    for path in files(r"^tests/e2e/\w+/test_\w+\.py$"):
        if not re.search(r'^TRANSPORTS = (\("spawn", "socket"\)|'
                         r'\("spawn",\)|\("socket",\)|\(\))$', read(path),
                         re.M):
            yield path + ": TRANSPORTS = (...) is missing, or no such tuple"


def one_success():
    """One line in the module may let somebody in."""
    text = code("pam_module/pam_twofa.c")
    start = text.index("pam_sm_authenticate")
    others = re.search(r"\npam_sm_setcred.*?\n}", text, re.S)
    if others:
        text = text.replace(others.group(0), "")
    grants = re.findall(r"(?:[^=!<>]=|return|\?|:)\s*PAM_SUCCESS\b", text)
    if start < 0 or len(grants) != 1:
        yield "pam_twofa.c: %d lines grant PAM_SUCCESS" % len(grants)
    for path in files(OURS + r".*\.[ch]$"):
        if "PAM_SUCCESS" in code(path) and path not in (
                "pam_module/pam_twofa.c", "twofactl/host/pam_login.c"):
            yield path + ": names PAM_SUCCESS"


def no_dangerous_calls():
    names = r"\b(strcpy|strcat|sprintf|vsprintf|gets|system|popen|atoi|atol" \
            r"|strtok|tmpnam|mktemp|alloca|rand|srand)\s*\("
    for path in files("(%s|^tests/simulator/).*\\.[ch]$" % OURS):
        for match in re.finditer(names, code(path)):
            yield "%s: calls %s" % (path, match.group(1))


def small_suffixes(text):
    """Numbers that end in a small l, which looks like a 1, or in Lu."""
    for number in re.findall(r"(?<![\w.])\.?\d[\w.]*", NO_CODE.sub(" ", text)):
        if re.search(r"l|Lu$", number):
            yield number


def large_suffixes():
    """clang-tidy's cert-dcl16-c in a hundredth of the time: that looks at each
    number of each system header."""
    for path in files(OURS + r".*\.[ch]$"):
        for number in small_suffixes(read(path)):
            yield "%s: write the suffix of %s in capitals" % (path, number)


TABLE = re.compile(
    r"\b(\w+)\[\](?:\[[^\]]*\])*\s*=\s*\{\s*\[[A-Z][A-Z0-9_]*\]\s*=")


def unasserted_tables(text):
    """The tables by an enum whose size is that of their last row alone."""
    for match in TABLE.finditer(text):
        if not re.search(r"_Static_assert\([^;]*\b%s\b" % match.group(1),
                         text[match.end():]):
            yield match.group(1)


def tables_by_an_enum_have_its_size():
    """A new enumerator without a row does not compile: a login would read
    NULL. Where rows may be missing, the brackets have the size."""
    for path in files(OURS + r".*\.c$"):
        for name in unasserted_tables(code(path)):
            yield "%s: %s[] has rows by an enum, and no _Static_assert " \
                "says how many" % (path, name)


def python_compiles():
    for path in files(r"\.py$") + scripts("python3"):
        try:
            ast.parse(read(path), path)
        except SyntaxError as error:
            yield str(error)


def nothing_of_ours_leaks():
    """No path of a build machine."""
    words = re.compile("/work" + r"/(main|tmp|shared)\b")
    for path in files():
        if path.startswith(BYTES):
            continue
        for match in words.finditer(read(path)):
            yield "%s: names %s" % (path, match.group(0))


CHECKS = (licence_lines, white_space, paths_from_the_root, libraries_have_one_owner,
          simulator_is_independent, e2e_names_its_transports, one_success,
          no_dangerous_calls, large_suffixes,
          tables_by_an_enum_have_its_size, python_compiles,
          nothing_of_ours_leaks)
