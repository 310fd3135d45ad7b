# SPDX-License-Identifier: BSD-2-Clause
"""docs/protocol.md has what twofactl and the helper say to each other: every
purpose of lib/wire/wire.h, every record of lib/items/items.h with as many
fields."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")


def plain(name):
    """RECOVERY_CODES is "recovery codes", and LOOKUP is "look-up"."""
    return re.sub("[ _-]", "", name.lower())


def purposes():
    """{number: name} of what twofactl asks for."""
    text = (ROOT / "lib/wire/wire.h").read_text(encoding="utf-8")
    names = re.findall(r"^\tPURPOSE_(\w+)", text, re.M)
    assert names[:2] == ["NONE", "LOGIN"] and names[-1] == "COUNT"
    return {number: plain(name)
            for number, name in enumerate(names[:-1]) if number > 1}


def records():
    """{name: number of fields} of the records that there are."""
    text = (ROOT / "lib/items/items.h").read_text(encoding="utf-8")
    kinds = dict(re.findall(r'^\tX\(\w+, "(\w+)", "([tn]+)"\)', text, re.M))
    assert len(kinds) == text.count("\tX(")
    return {name: len(fields) for name, fields in kinds.items()}


def rows(head):
    """Rows of the table with this first cell, each a list of its cells."""
    table = PAGE.split("\n| %s |" % head)[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")]
            for line in table.split("\n")[2:]]


def listed():
    """(name, fields) of each record of the list."""
    part = PAGE.split("\nNumbers are 1 to 18 decimal digits.")[1].split("\n\n")[1]
    return [" ".join(item.split()).split(": ", 1)
            for item in ("\n" + part).split("\n- ")[1:]]


def test_every_purpose_has_a_row():
    said = [row[0].split(" ", 1) for row in rows("purpose")]
    assert {int(number): plain(name) for number, name in said} == purposes()
    assert "BEGIN, purpose 2 to %d " % max(purposes()) in PAGE


def test_every_record_has_a_row():
    assert {name for name, _ in listed()} == set(records())


def test_records_have_as_many_fields_as_their_rows():
    """Commas part them; what stands in brackets or after a semicolon explains."""
    said = {}
    for name, fields in listed():
        fields = re.sub(r"\([^)]*\)", "", fields).split(";")[0]
        said[name] = len(fields.split(","))
    assert said == records()
