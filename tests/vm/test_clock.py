# SPDX-License-Identifier: BSD-2-Clause
"""Somebody sets the clock of the machine while a login waits, and afterwards."""

import pytest


def shift(machine, seconds):
    machine.shell("date -s @$(($(date +%%s) + %d))" % seconds)


@pytest.mark.parametrize("seconds", [3600, -3600, 36000, -36000])
def test_jump(machine, people, seconds):
    """The login that waits goes on, others begin, and so it is again once the
    clock is right."""
    waiting = people.at_code("alice")
    shift(machine, seconds)
    try:
        people.type_code(waiting)
        people.is_in(waiting, "alice")
        people.by_code("bob")
    finally:
        shift(machine, -seconds)
    people.by_code("alice")
