# SPDX-License-Identifier: BSD-2-Clause
"""docs/guide/compliance.md: each row of what standards ask names settings or
commands of the manuals, and tests that exist; data-and-keys.md: each provider type
has its data and its host, each file of a secret its way to change it."""

import re

import pytest

from test_lessons import exists, read
from test_providers import TYPES

PAGE = read("docs/guide/compliance.md") + read("docs/guide/data-and-keys.md")
SETTINGS = set(re.findall(r"^\.It Ic (\w+)$", read("docs/man/twofa.conf.5"),
                          re.M))
MANUAL = read("docs/man/twofactl.8")
# The column of each standard: how its numbers look, and no fewer rows than these.
NUMBERS = {"NIST": r"\d(\.\d+)+", "PCI": r"8\.[45]\.\d", "ISO": r"A\.[58]\.\d+",
           "CJIS": r"(IA|AC)-\d+"}
LEAST = {"NIST": 15, "PCI": 6, "ISO": 12, "CJIS": 15}
ITEM = re.compile(r"\*\*(?P<asked>.+?)\*\* \((?P<numbers>.+?)\): (?P<setting>.+) "
                  r"\((?P<test>`test_[^()]*)\)")


def section(title):
    return PAGE.split("\n## %s\n" % title)[-1].split("\n## ")[0]


def rows(title, head):
    """The rows of that section's table whose first row this is."""
    table = section(title).split("\n| %s |\n" % head)[1].split("\n\n")[0]
    return [[cell.strip() for cell in re.split(r" \|(?= )", line.strip("|"))]
            for line in table.strip().split("\n")[1:]]


def asked():
    """The items of the first list, with each standard's numbers."""
    part = section("What is asked").split("\n\n- ")[1].split("\n\n")[0]
    for item in part.split("\n- "):
        found = ITEM.fullmatch(" ".join(item.split()))
        assert found, item
        numbers = dict(words.split(" ", 1)
                       for words in found["numbers"].split("; "))
        assert set(numbers) <= set(NUMBERS), item
        yield {**found.groupdict(), **{name: numbers.get(name, "")
                                       for name in NUMBERS}}


ASKED = list(asked())


def named(cell):
    return re.findall(r"`([^`]+)`", cell)


def command_text(words):
    """What the manual has of a command; of one of `state` its own item."""
    commands = MANUAL.split("\n.Ss Commands\n")[1].split("\n.Ss ")[0]
    found = re.search(r"^\.It Ic %s\b.*?(?=^\.It Ic [a-z-]+|\Z)" %
                      re.escape(words[0]), commands, re.M | re.S)
    if found and len(words) > 1 and not re.search(
            r"^\.It Li %s\b" % re.escape(" ".join(words[1:])), found[0], re.M):
        return None
    return found and found[0]


def known(name):
    """A key of twofa.conf, with a value or without, or a command."""
    if not name.startswith("twofactl "):
        return re.split(r" = ", name)[0] in SETTINGS
    words = name.split()[1:]
    text = command_text([word for word in words if word[:2] != "--"])
    return text is not None and all(
        re.search(r"Fl -%s\b" % re.escape(word[2:]), text)
        for word in words if word[:2] == "--")


@pytest.mark.parametrize("standard", NUMBERS)
def test_a_standard_has_its_rows(standard):
    numbers = [row[standard] for row in ASKED if row[standard]]
    assert len(numbers) >= LEAST[standard]
    assert not [number for number in numbers
                if not re.match(NUMBERS[standard], number)]


def test_every_row_is_whole():
    assert len(ASKED) >= 31
    for row in ASKED:
        assert any(row[standard] for standard in NUMBERS), row
        assert named(row["setting"]), row
        assert named(row["test"]) and all(
            name.startswith("test_") for name in named(row["test"])), row


@pytest.mark.parametrize("name", sorted(
    {name for row in ASKED for name in named(row["setting"])}))
def test_a_setting_is_in_the_manual(name):
    assert known(name)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_[^`]*)`", PAGE))))
def test_a_test_exists(name):
    assert exists(name)


@pytest.mark.parametrize("name", [
    "no_such_key", "twofactl nothing", "twofactl check --nothing",
    "twofactl state nothing", "sshd", "enable"])
def test_what_is_in_no_manual_is_seen(name):
    assert not known(name)


@pytest.mark.parametrize("name", ["expiry", "enabled = false", "twofactl check",
                                  "twofactl enroll --replace",
                                  "twofactl state rekey"])
def test_what_is_there_is_found(name):
    assert known(name)


def of_types(title, head):
    """{type: the rest of its row}; a row may be of several types."""
    return {name: row[1:] for row in rows(title, head)
            for name in named(row[0])}


def test_the_data_of_every_type():
    assert set(of_types("Whose data goes where",
                        "type | at a login | at enrolment")) == set(TYPES)


def test_the_host_of_every_type():
    said = {name: named(cells[0]) for name, cells in of_types(
        "What leaves the host", "type | host, port 443").items()}
    assert set(said) == set(TYPES)
    for name in TYPES:
        base = re.search(r"\.base_url = (\w+|\"[^\"]+\")", TYPES[name])
        url = base and base[1]
        if url and url[0] != '"':
            vendor = name.split("-", maxsplit=1)[0]
            url = re.search(r"#define %s (\"[^\"]+\")" % url, read(
                "lib/provider_types/%s_types.c" % vendor))[1]
        assert said[name] == (
            [url.strip('"').replace("https://", "")] if url else ["base_url"])


def test_every_secret_can_be_changed():
    told = {name for row in rows("Changing keys and passwords",
                                 "secret | change it | tried by")
            for name in named(row[0])}
    files = {key for key in SETTINGS if key.endswith("_file")} - {"ca_file"}
    assert len(files) >= 10
    assert files | {"host.key"} <= told
