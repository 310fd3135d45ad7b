# SPDX-License-Identifier: BSD-2-Clause
"""What the documents name exists: make targets, tests, keys, commands, and the
reasons of the log; test_references.py has paths, links and functions."""

import glob
import importlib
import os
import re
import sys

import pytest

ROOT = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))
PAGES = sorted(os.path.relpath(path, ROOT) for pattern in (
    "*.md", "docs/*.md", "docs/guide/*.md", "tests/**/*.md",
    "packaging/**/*.md")
    for path in glob.glob(os.path.join(ROOT, pattern), recursive=True))
# Another reason is always set before these.
BACKSTOPS = {"decoy", "denied", "password-as-code"}
GUIDE = [path for path in PAGES if path.startswith("docs/guide/")]
# What an admin copies settings of; these pages have those of other programs.
TEXTS = ["README.md"] + [path for path in GUIDE if path not in (
    "docs/guide/clients.md", "docs/guide/one-field.md")]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        return text.read()


def targets():
    """Names before a colon, and those that are called phony, in the Makefile
    and what it includes."""
    text = "\n".join(read(path) for path in [
        "Makefile", "packaging/release.mk"] + glob.glob(
            "tests/*/*.mk", root_dir=ROOT)).replace("\\\n", " ")
    return set(re.findall(r"^([a-z0-9]+):", text, re.M)) | set(
        " ".join(re.findall(r"^\.PHONY:(.*)$", text, re.M)).split())


def blocks(path):
    """The lines of a page that are set off by four blanks."""
    return [line[4:] for line in read(path).split("\n")
            if line.startswith("    ")]


def test_pages_are_found():
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md",
            "docs/architecture.md", "docs/protocol.md", "tests/e2e/README.md",
            "docs/guide/reasons.md"} <= set(PAGES)
    assert len(GUIDE) >= 20 and len(TEXTS) == len(GUIDE) - 1


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
def test_tests_are_named_by_their_path(path):
    """But for FILE::TEST (test_lessons.py) and for T=, which finds a file by its
    name."""
    bare = re.findall(r"(T=['\"]?)?(?<![\w/])(test_\w+\.(?:c|py))(?!\w|::)",
                      read(path))
    for asked, name in bare:
        assert asked, name
        assert glob.glob(os.path.join(
            ROOT, "tests/e2e/*", name.replace("NAME", "*"))), name


def test_settings_of_the_texts_are_known():
    """The samples' keys; tests/unit/settings/test_manual.c loads those with the real
    parser, commented ones too."""
    samples = read("conf/twofa.conf") + read("conf/users.d-example.conf")
    known = set(re.findall(r"^[ #]*([a-z_]+) = ", samples, re.M))
    said = set()
    for path in TEXTS:
        text = "\n".join(line for line in blocks(path) if ";" in line)
        said |= set(re.findall(r"\b([a-z_]+) = ", text))
        said |= set(re.findall(r"`([a-z_]+) = ", read(path)))
    assert {"base_url", "rules", "action", "unenrolled", "price_per_send",
            "remember_minutes", "service_sid", "channels"} <= said
    assert not said - known


def sources(*folders):
    """The C files below these."""
    return [path for folder in folders for path in glob.glob(
        os.path.join(ROOT, folder, "**/*.c"), recursive=True)]


def types():
    """The provider types, by their own files."""
    found = set()
    for path in sources("lib/provider_types"):
        found |= set(re.findall(r'^\t\.name = "([a-z0-9-]+)",$',
                                read(os.path.relpath(path, ROOT)), re.M))
    return found


def test_types_stand_in_the_guide():
    table = read("docs/guide/providers.md").split("\n## ")[0]
    said = set()
    for cell in re.findall(r"^\| (`.*?) \|", table, re.M):
        said |= set(re.findall(r"`([a-z0-9-]+)`", cell))
    assert "vonage-verify" in said
    assert said == types()


def test_types_stand_in_the_simulators_manual():
    text = read("docs/man/twofa-simulator.1")
    for name in types():
        assert re.search(r"(?<![\w-])%s(?![\w-])" % name, text), name


def reasons():
    """The table of reasons: each one's word by its name."""
    table = dict(re.findall(r'^\tX\((\w+), "([a-z-]+)",',
                            read("lib/wire/reasons.h"), re.M))
    assert len(table) > 50 and len(set(table.values())) == len(table)
    return table


def test_every_event_is_told_and_given():
    table = dict(re.findall(r'^\tX\((\w+), "([a-z-]+)"\)',
                            read("lib/wire/wire.h").split("enum reason {")[1],
                            re.M))
    assert len(table) > 10 and len(set(table.values())) == len(table)
    told = re.search(r"Print the events instead.*?\n\.It ",
                     read("docs/man/twofactl.8"), re.S).group()
    assert set(re.findall(r"[a-z][a-z-]+(?=[ ,.\n])", "\n".join(
        line[4:] for line in told.splitlines()
        if line.startswith(".Li ")))) - {"event"} == set(table.values())
    code = "\n".join(read(os.path.relpath(path, ROOT)) for path in sources(
        "lib", "helper", "twofactl"))
    for name in table:
        assert re.search(r"\bEVENT_%s\b" % name, code), name


def used(*folders):
    """Names of reasons in the code of these folders."""
    return set(re.findall(r"\bREASON_([A-Z_]+)\b", "\n".join(
        read(os.path.relpath(path, ROOT)) for path in sources(*folders))))


def given(call):
    """The words of reasons among the arguments of these calls."""
    found = set()
    for path in sources("lib", "helper"):
        for words in re.findall(r"\b(?:%s)\([^;]*" % call,
                                read(os.path.relpath(path, ROOT))):
            found |= set(re.findall(r"\bREASON_([A-Z_]+)\b", words))
    return {reasons()[name] for name in found - {"NONE"}}


def told():
    """The reasons in the guide's list: the first word of each item."""
    listed = read("docs/guide/reasons.md").split("## The list\n")[1]
    return set(re.findall(r"^- `([a-z-]+)`: ", listed.split("\n\n")[1], re.M))


def admitting():
    return given("login_result_allow|login_allow")


def of_twofactl():
    """Those of its requests, in the last table of protocol.md."""
    table = read("docs/protocol.md").split("else 0 deny with a reason:")[1]
    return set(re.findall(r"^\| ([a-z]+) \|", table, re.M)) - {"reason"}


def test_reasons_of_the_guide_exist():
    assert not told() - set(reasons().values())


def test_guide_tells_every_reason():
    assert {"settings", "wrong-codes", "helper-died"} <= told()
    assert set(reasons().values()) - told() == BACKSTOPS | (
        admitting() | of_twofactl()) - told()


def test_every_reason_is_given():
    """None is left in the table that no code names any more."""
    assert not set(reasons()) - used("lib/rules", "lib/wire", "helper",
                                     "pam_module")


def test_no_reason_stands_as_a_word():
    """Where one is given, it is one of the table's."""
    for path in sources("lib/rules", "helper", "pam_module"):
        for words in re.findall(
                r'(?:(?:deny|give_up|decoy|login_result_allow)\(|->reason = )[^;]*;',
                read(os.path.relpath(path, ROOT))):
            assert not re.search(r'"[a-z]+(?:-[a-z]+)*"', words), words


def test_reasons_of_the_module_stand_in_the_protocol():
    names = {reasons()[name] for name in used("pam_module") - {"NONE"}}
    part = read("docs/protocol.md").split("## The log line's own reasons")[1]
    part = part.split("\n## ")[0].split("has one:")[1]
    assert set(re.findall(r"`([a-z-]+)`", part)) == names


def test_the_guides_reasons_are_those_of_the_code():
    """Their text is that of reasons.h; tests/lint/reasons.py writes it."""
    sys.path.insert(0, os.path.join(ROOT, "tests/lint"))
    made = importlib.import_module("reasons").listing()
    assert made.count("\n") > 70
    assert made in read("docs/guide/reasons.md")


def test_reasons_of_twofactl_exist():
    assert {"nothing", "kept", "usage"} <= of_twofactl()
    assert not of_twofactl() - set(reasons().values())


def test_guide_tells_who_is_let_in_without_a_code():
    text = read("docs/guide/reasons.md").split("\n## Admitted without a code\n")[1]
    said = set(re.findall(r"`reason=([a-z-]+)`", text))
    assert admitting() == said and "grace" in said


@pytest.mark.parametrize("path", PAGES)
def test_commands_of_twofactl_exist(path):
    known = set(re.findall(r'^\t\{ "([a-z-]+)",',
                           read("twofactl/twofactl.c"), re.M))
    said = set(re.findall(r"(?:^ {4}(?:sudo )?|`(?:sudo )?)twofactl ([a-z-]+)",
                          read(path), re.M))
    assert {"unlock", "recovery-codes"} <= known
    assert not said - known


def test_sshd_lines_of_the_guide_are_those_of_the_example():
    guide = blocks("docs/guide/by-hand.md")
    example = read("conf/sshd_config.d/30-twofa.conf.example")
    line = [text for text in guide
            if text.startswith("AuthenticationMethods")]
    assert line and "#" + line[0] in example
    for wanted in re.findall(r"^(\w+ (?:yes|no|\d+))$", example, re.M):
        assert wanted.lower() in guide, wanted
