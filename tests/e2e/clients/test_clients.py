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


def test_code_by_a_message(machine):
    """Asked for in the field; the next login types it."""
    row, = clientrows.named("curl sftp://")
    asks = clientrows.Attempt(row, field=True, right=True, let_in=False)
    assert not run(asks, machine, lambda: "sms")[1]
    line, = machine.syslog.logins()
    assert (line["outcome"], line["reason"]) == ("denied", "code-sent")
    machine.syslog.clear()
    types = clientrows.Attempt(row, field=True, right=True, let_in=True)
    judge(types, machine, *run(types, machine,
                               lambda: machine.sim.code("alice")))


def test_password_alone_sends_nothing(machine):
    row, = clientrows.named("curl sftp://")
    attempt = clientrows.Attempt(row, field=True, right=True, let_in=False)
    assert not run(attempt, machine, lambda: "")[1]
    line, = machine.syslog.logins()
    assert (line["outcome"], line["reason"]) == ("denied", "no-code")
    assert not machine.sim.messages()
