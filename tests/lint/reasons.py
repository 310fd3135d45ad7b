# SPDX-License-Identifier: BSD-2-Clause
"""The list of docs/guide/reasons.md, made from lib/items/reason_text.c.

tests/lint/reasons.py writes it into the page again."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = "docs/guide/reasons.md"
BEGIN = "<!-- made from lib/items/reason_text.c: tests/lint/reasons.py -->\n"
# Backstops, what admits, and what twofactl alone is told.
LEFT_OUT = {"denied", "decoy", "password-as-code", "grace", "outage", "nothing",
            "kept", "usage"}


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def words():
    """The word in the log by its name in the code."""
    return dict(re.findall(r'^\tX\((\w+), "([a-z-]+)"\)',
                           read("lib/wire/wire.h").split("enum reason {")[0],
                           re.M))


def text(parts):
    """C's adjacent strings as the page has them."""
    said = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', parts))
    said = said.replace('\\"', '"').replace('"%s"', "USER").replace("%s", "USER")
    return re.sub(r"(twofactl [a-z-]+(?: USER| --again| PHONE)*"
                  r"|systemctl restart twofa-helper|getent passwd USER)",
                  r"`\1`", said.replace("run: ", ""))


def rows():
    names = words()
    for name, body in re.findall(
            r"\[REASON_(\w+)\] = \{ REASON_CLASS_\w+,(.*?) \},\n",
            read("lib/items/reason_text.c"), re.S):
        word = names.get(name)
        if not word or word in LEFT_OUT:
            continue
        cause, remedy = re.split(r'",\s+(?=")', body + ",", maxsplit=1)
        yield word, text(cause + '"'), text(remedy)


def listing():
    """Word, cause and, where there is one, remedy."""
    return "".join("- `%s`: %s\n" % (word, "; ".join(filter(None, said)))
                   for word, *said in rows())


def main():
    head, rest = read(PAGE).split(BEGIN)
    (ROOT / PAGE).write_text(
        head + BEGIN + "\n" + listing() + "\n" + rest.split("\n\n", 1)[1],
        encoding="utf-8")


if __name__ == "__main__":
    main()
