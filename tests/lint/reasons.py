# SPDX-License-Identifier: BSD-2-Clause
"""The list of docs/guide/reasons.md, made from lib/wire/reasons.h.

tests/lint/reasons.py writes it into the page again."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = "docs/guide/reasons.md"
BEGIN = "<!-- made from lib/wire/reasons.h: tests/lint/reasons.py -->\n"
# Backstops, what admits, and what twofactl alone is told.
LEFT_OUT = {"denied", "decoy", "password-as-code", "grace", "outage", "nothing",
            "kept", "usage"}


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def text(parts):
    """C's adjacent strings as the page has them."""
    said = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', parts))
    said = said.replace('\\"', '"').replace('"%s"', "USER").replace("%s", "USER")
    return re.sub(r"(twofactl [a-z-]+(?: USER| --again| PHONE)*"
                  r"|systemctl restart twofa-helper|getent passwd USER)",
                  r"`\1`", said.replace("run: ", ""))


def rows():
    for word, body in re.findall(r'^\tX\(\w+, "([a-z-]+)", [A-Z]+,(.*?")\)',
                                 read("lib/wire/reasons.h"), re.M | re.S):
        if word in LEFT_OUT:
            continue
        cause, remedy = re.split(r'",\s+(?:\\\s+)?(?=")', body, maxsplit=1)
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
