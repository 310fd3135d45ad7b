# SPDX-License-Identifier: BSD-2-Clause
"""docs/provider-outcomes.md says what the recorded replies mean (tests/replies,
which the unit tests run through the code), and has every code of the tables in
helper/providers."""

import glob
import os
import re

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
PAGE = "docs/provider-outcomes.md"
OUTCOMES = re.findall(r"OUTCOME_(?!COUNT)([A-Z]+)\b[ =0]*,", open(
    os.path.join(ROOT, "helper/providers/providers.h"),
    encoding="utf-8").read())
SOURCES = re.compile(r"(?:S|E|D|C|U)\b")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        return text.read()


def replies(provider):
    """{name: {call: outcome}} of a type's recorded replies; of families those
    that are named by "each"."""
    found = {}
    for part in read("tests/replies/" + provider).split("\n\n"):
        head, *lines = part.split("\n")
        match = re.match(r"-- (\S+)\s*(.*)", head)
        if not match:
            continue
        calls = dict(re.findall(r"([a-z:-]+)=([a-z]+)", match.group(2)))
        names = []
        for line in lines:
            if line.startswith("each "):
                rest = line[len("each "):]
                names += [rest.partition(":")[0]] if ":" in rest \
                    else rest.split()
        for name in names or [""]:
            found.setdefault(match.group(1).replace("*", name), {}).update(
                calls)
    return found


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def tables():
    """(types, columns, rows) of each table of replies; a row's last two cells are
    where it is recorded and its source, of its own or the table's."""
    for part in re.split(r"(?m)^#+ .*$", read(PAGE)):
        types = re.search(r"^types: (.*?): (?:(`.*?`), )?(.*)$", part, re.M)
        lines = [cells(line) for line in re.findall(r"^\|.*\|$", part, re.M)]
        if types:
            assert lines[0][-1] == "else"
            yield types[1].split(", "), lines[0][:-1] + [
                "recorded as", "source"], [
                    row[:-1] + split_else(row[-1], types[2], types[3])
                    for row in lines[2:]]


def split_else(cell, recorded_as, source):
    """`NAME` `NAME`, SOURCE; either may be missing, and is the table's then."""
    own = re.fullmatch(r"((?:`[^`]+` ?)*)(?:(?:, )?(.+))?", cell)
    return [own[1] or recorded_as, own[2] or source]


def rows():
    """(type, {column: cell}) of each row."""
    return [(provider, dict(zip(columns, row)))
            for types, columns, lines in tables() for provider in types
            for row in lines]


def codes(row):
    """What stands in code in the row's first cell."""
    return re.findall(r"`([^`]+)`", next(iter(row.values())))


def said(row):
    """{call: outcome} of a row; "late" stands behind what a late one means."""
    found = {}
    for column, cell in row.items():
        call, _, method = column.partition(":")
        if call not in ("start", "check", "cancel", "next", "poll", "lookup",
                        "register"):
            continue
        for words in filter(None, cell.split("; ")):
            outcome, _, late = words.partition(" ")
            assert late in ("", "late"), words
            found[call + ("-late" if late else "") +
                  (":" + method if method else "")] = outcome
    return found


def recorded(row, known):
    """The names of sections that show this row; # stands for any status."""
    names = re.findall(r"`([^`]+)`", row["recorded as"])
    assert names, row
    for name in names:
        for code in codes(row) if "*" in name else [""]:
            wanted = name.replace("*", code)
            found = [section for section in known if re.fullmatch(
                re.escape(wanted).replace(r"\#", r"\d+"), section)]
            assert found, wanted
            yield from found


@pytest.mark.parametrize("provider, row", rows())
def test_a_row_means_what_its_replies_mean(provider, row):
    known = replies(provider)
    assert said(row)
    for name in recorded(row, known):
        for call, outcome in said(row).items():
            assert known[name].get(call) == outcome, (name, call)
    assert SOURCES.match(row["source"])


def test_every_type_has_its_table():
    assert {provider for types, _, _ in tables() for provider in types} == set(
        os.listdir(os.path.join(ROOT, "tests/replies")))


def test_outcomes_are_explained_in_their_order():
    table = read(PAGE).split("## Outcomes")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([a-z]+)` \|", table, re.M)) == {
        word.lower() for word in OUTCOMES}


# The codes of a gateway of any kind are not known.
VENDORS = sorted(entry.name for entry in os.scandir(
    os.path.join(ROOT, "helper/providers"))
    if entry.is_dir() and entry.name != "gateway")


# The codes of one meaning stand in one text, which may go on in further lines.
CODES = r'((?:"[^"]*"\s*)+)'


def numbers(text, shape=r"\d+"):
    return re.findall(shape, "".join(re.findall(r'"([^"]*)"', text)))


# Statuses of HTTP are no codes of a vendor's; the probe's are doctor's alone.
@pytest.mark.parametrize("vendor", VENDORS)
def test_every_code_of_the_tables_stands_on_the_page(vendor):
    shape = r"[a-z]+(?:_[a-z]+)+" if vendor == "oidc" else r"\d+"
    named = (vendor, "authy") if vendor == "twilio" else (vendor,)
    there = {code for provider, row in rows() if provider.startswith(named)
             for code in re.findall("`(%s)`" % shape, next(iter(row.values())))}
    known = set()
    for path in glob.glob(os.path.join(ROOT, "helper/providers", vendor,
                                       "*.c")):
        source = read(path)
        known |= set(re.findall(r"^\t\{ (\d+), OUTCOME_", source, re.M))
        for text in re.findall(r"^\t\{ (?:OUTCOME_\w+,\s+)?" + CODES, source,
                               re.M):
            known |= set(numbers(text, shape))
    assert known, "no row with codes in helper/providers/" + vendor
    assert known - there - {"0"} == set()


def test_rows_of_twilio_are_those_of_its_table():
    """Both outcomes of each code, as the code's own table has them."""
    table = {}
    for text, start, check in re.findall(
            r"\{ " + CODES + r",\s+OUTCOME_(\w+),\s+OUTCOME_(\w+),",
            read("helper/providers/twilio/twilio.c")):
        for code in numbers(text):
            assert code not in table
            table[code] = (start.lower(), check.lower())
    page = {code: (said(row)["start"], said(row)["check"])
            for provider, row in rows() if provider == "twilio-verify"
            for code in codes(row)
            if code in table and "*" in row["recorded as"]}
    # Said of an app's code alone; for a message's it is no proof.
    page["60323"] = table["60323"]
    assert page == table
