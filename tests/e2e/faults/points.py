# SPDX-License-Identifier: BSD-2-Clause
"""Of many points at which something can break: some, or all of them."""

import os


def points(some, every):
    """How many: some in make check, all in make check-more."""
    return every if os.environ.get("TWOFA_POINTS") == "all" else some
