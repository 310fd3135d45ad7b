# SPDX-License-Identifier: BSD-2-Clause
"""The states of older versions, as their own helpers made them."""

import os
import re

RESERVE = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 64)
  INSERT INTO reserve SELECT i, randomblob(4000) FROM n;
"""


def tables(schema):
    """As they were at first; those of an odd one came with the next, and what an
    older or a newer one has nobody knows."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                           "schemas.sql"), encoding="utf-8") as text:
        parts = re.split(r"^-- schema (\d+)\n", text.read(), flags=re.M)
    found = dict(zip(map(int, parts[1::2]), parts[2::2]))
    return "".join(sql for of, sql in found.items()
                   if of <= max(schema + 1, min(found)))
