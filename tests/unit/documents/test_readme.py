# SPDX-License-Identifier: BSD-2-Clause
"""What the documents name exists: make targets, files, links, functions, keys,
and the reasons of the log."""

import glob
import os
import re

import pytest

ROOT = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))
PAGES = sorted(os.path.relpath(path, ROOT) for pattern in (
    "*.md", "docs/*.md", "tests/e2e/*.md")
    for path in glob.glob(os.path.join(ROOT, pattern)))
# Another reason is always set before these.
BACKSTOPS = {"decoy", "denied", "password-as-code"}
FOLDERS = "conf|docs|helper|lib|packaging|pam_module|tests|twofactl"


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        return text.read()


def anchor(heading):
    """The name that a heading gets on the web."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path):
    return {anchor(match) for match in
            re.findall(r"^#+ (.*)$", read(path), re.M)}


def targets():
    """Names before a colon, and those that are called phony, in the Makefile
    and what it includes."""
    text = "\n".join(read(path) for path in ["Makefile"] + glob.glob(
        "tests/*/*.mk", root_dir=ROOT)).replace("\\\n", " ")
    return set(re.findall(r"^([a-z0-9]+):", text, re.M)) | set(
        " ".join(re.findall(r"^\.PHONY:(.*)$", text, re.M)).split())


def blocks(path):
    """The lines of a page that are set off by four blanks."""
    return [line[4:] for line in read(path).split("\n")
            if line.startswith("    ")]


def test_pages_are_found():
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md",
            "docs/architecture.md", "docs/protocol.md"} <= set(PAGES)


@pytest.mark.parametrize("path", PAGES)
def test_make_targets_exist(path):
    known = targets()
    said = re.findall(r"(?:^ {4}(?:sudo )?|`(?:sudo )?)make ([^`#\n]*)",
                      read(path), re.M)
    for words in said:
        named = [word for word in words.split()
                 if re.fullmatch(r"[a-z0-9]+", word)]
        assert not set(named) - known, "make " + words


@pytest.mark.parametrize("path", PAGES)
def test_relative_links_resolve(path):
    for link in re.findall(r"\]\(([^)]+)\)", read(path)):
        if "://" in link:
            continue
        file, _, name = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(path), file)) \
            if file else path
        assert os.path.exists(os.path.join(ROOT, target)), link
        assert not name or name in anchors(target), link


@pytest.mark.parametrize("path", PAGES)
def test_files_exist(path):
    """NAME, ROOM and TYPE stand for any."""
    for name in re.findall(r"(?<![\w/.])(?:%s)/[\w./*-]*" % FOLDERS,
                           read(path)):
        name = re.sub("NAME|TYPE|ROOM", "*", name.rstrip(".,"))
        assert glob.glob(os.path.join(ROOT, name)), name


@pytest.mark.parametrize("path", PAGES)
def test_functions_exist(path):
    for file, name in re.findall(r"`([\w./-]+\.(?:c|py)):(\w+)`", read(path)):
        assert re.search(r"^(?:def )?%s\(" % name, read(file), re.M), \
            "%s: no function %s" % (file, name)


def test_settings_of_the_readme_are_known():
    """The samples' keys; tests/unit/settings/test_manual.c loads those with the real
    parser, commented ones too."""
    samples = read("conf/twofa.conf") + read("conf/users.d-example.conf")
    known = set(re.findall(r"^[ #]*([a-z_]+) = ", samples, re.M))
    text = "\n".join(line for line in blocks("README.md") if ";" in line)
    said = set(re.findall(r"\b([a-z_]+) = ", text))
    said |= set(re.findall(r"`([a-z_]+) = ", read("README.md")))
    assert {"base_url", "rules", "action", "unenrolled"} <= said
    assert not said - known


def sources(*folders):
    """The C files below these."""
    return [path for folder in folders for path in glob.glob(
        os.path.join(ROOT, folder, "**/*.c"), recursive=True)
            if "/admin/" not in path]


def types():
    """The provider types, by their own files."""
    found = set()
    for path in sources("lib/providers"):
        found |= set(re.findall(r'^\t\.name = "([a-z0-9-]+)",$',
                                read(os.path.relpath(path, ROOT)), re.M))
    return found


def test_types_stand_in_the_readme():
    table = read("README.md").split("\n## Providers\n")[1].split("\n## ")[0]
    said = set()
    for cell in re.findall(r"^\| (`.*?) \|", table, re.M):
        said |= set(re.findall(r"`([a-z0-9-]+)`", cell))
    assert "vonage-verify" in said
    assert said == types()


def test_types_stand_in_the_simulators_manual():
    text = read("docs/man/twofa-simulator.1")
    for name in types():
        assert re.search(r"(?<![\w-])%s(?![\w-])" % name, text), name


def outcomes():
    return set(re.findall(r'\] = "([a-z]+)"', read("helper/providers/outcome.c")))


def reasons():
    """Every reason that the code gives for a denial, by its own words."""
    found = set()
    for path in sources("lib", "helper"):
        text = read(os.path.relpath(path, ROOT))
        found |= set(re.findall(
            r'(?:deny|give_up|decoy)\([^;"]*"([a-z-]+)"', text))
        found |= set(re.findall(r'result->reason = "([a-z-]+)"', text))
    table = read("docs/protocol.md").split("## The log line's own reasons")[1]
    table = table.split("\n## ")[0]
    for cell in re.findall(r"^\| (`.*?) \|", table, re.M):
        found |= set(re.findall(r"`([a-z-]+)`", cell))
    return found


def told():
    """The reasons in the README's table."""
    table = read("README.md").split("## What is denied when")[1]
    rows = re.findall(r"^\|.*\|$", table.split("\n## ")[0], re.M)[2:]
    return {reason for row in rows
            for reason in re.findall(r"`([a-z-]+)`", row.split(" | ")[2])}


def test_reasons_of_the_readme_exist():
    assert not told() - reasons() - outcomes()


def test_readme_tells_every_reason():
    assert {"settings", "wrong-codes", "helper-died"} <= reasons()
    assert not reasons() - told() - BACKSTOPS


def test_readme_tells_who_is_let_in_without_a_code():
    found = set()
    for path in sources("lib", "helper"):
        found |= set(re.findall(r'result_allow\([^;"]*"([a-z-]+)"',
                                read(os.path.relpath(path, ROOT))))
    text = read("README.md").split("Only these let in without a code")[1]
    said = set(re.findall(r"`reason=([a-z-]+)`", text.split("\n\n")[0]))
    assert found == said and "grace" in found


@pytest.mark.parametrize("path", PAGES)
def test_commands_of_twofactl_exist(path):
    known = set(re.findall(r'^\t\{ "([a-z-]+)",',
                           read("twofactl/twofactl.c"), re.M))
    said = set(re.findall(r"(?:^ {4}(?:sudo )?|`(?:sudo )?)twofactl ([a-z-]+)",
                          read(path), re.M))
    assert {"unlock", "recovery-codes"} <= known
    assert not said - known


def test_sshd_lines_of_the_readme_are_those_of_the_example():
    example = read("conf/sshd_config.d/30-twofa.conf.example")
    line = [text for text in blocks("README.md")
            if text.startswith("AuthenticationMethods")]
    assert line and "#" + line[0] in example
    for wanted in re.findall(r"^(\w+ (?:yes|no|\d+))$", example, re.M):
        assert wanted.lower() in blocks("README.md"), wanted
