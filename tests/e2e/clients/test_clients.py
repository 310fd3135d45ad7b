# SPDX-License-Identifier: BSD-2-Clause
"""Programs that many machines have, or that are small: each row of the table
with a right code, and with a wrong one."""

import pytest

import clientrows
from clientrun import judge, run

TRANSPORTS = ("spawn", "socket")


@pytest.mark.parametrize("attempt", clientrows.attempts(more=False),
                         ids=lambda attempt: attempt.id)
def test_client(attempt, machine):
    judge(attempt, machine, *run(attempt, machine))
