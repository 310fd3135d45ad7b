# SPDX-License-Identifier: BSD-2-Clause
"""Programs with packages of their own, and servers: each row of the table
with a right code, and with a wrong one."""

import dataclasses

import pytest

import clientrows
import clientrun
import clientservers
import guidepage
from clientrun import judge, run
from laptop import Person
from steps import wrong

TRANSPORTS = ("spawn", "socket")


@pytest.mark.parametrize("attempt", clientrows.attempts(more=True),
                         ids=lambda attempt: attempt.id)
def test_client(attempt, machine):
    judge(attempt, machine, *run(attempt, machine))


class Mistyping(Person):
    """Types the first code wrong, and the next one right."""

    _once = False

    def code(self):
        typed, first = super().code(), not self._once
        self._once = True
        return wrong(typed) if first else typed


@pytest.mark.parametrize("name", ["GNOME Files (gvfs)", "Emacs, Tramp"])
def test_asks_again_after_a_wrong_code(machine, monkeypatch, name):
    """They look for the words with which a question begins."""
    monkeypatch.setattr(clientrun, "Person", Mistyping)
    row, = clientrows.named(name)
    attempt = clientrows.Attempt(row, field=False, right=True, let_in=True)
    judge(attempt, machine, *run(attempt, machine))
    assert len(machine.sim.requests("check")) == 2


@pytest.mark.parametrize("cached", [False, True])
def test_used_code_and_dovecots_cache(machine, monkeypatch, cached):
    """The same field twice. The guide's settings have no cache; one lets the
    second in without a question to PAM."""
    lines = guidepage.file("/etc/dovecot/local.conf")
    if cached:
        lines = "\n".join(lines).replace("size = 0", "size = 1M").replace(
            "args =", "args = cache_key=%u").split("\n")
    monkeypatch.setitem(clientservers.SERVERS, "dovecot",
                        clientservers.dovecot(lines))
    row, = clientrows.named("curl imap://, Dovecot")
    twice = dataclasses.replace(row, commands=row.commands * 2)
    attempt = clientrows.Attempt(twice, field=True, right=True, let_in=True)
    code = machine.code(attempt)()
    shown, _ = run(attempt, machine, lambda: code)
    assert shown.count("Subject: notes") == 1 + cached, shown
    assert [(line["outcome"], line.get("reason"))
            for line in machine.syslog.logins()] == [
                ("allowed", None), ("denied", "code-used")][:2 - cached]


def test_dovecot_with_debians_passdb_beside_ours(machine, monkeypatch):
    """It asks PAM twice about a wrong code: the guide has it taken out."""
    lines = ["passdb {", "driver = pam", "}",
             *guidepage.file("/etc/dovecot/local.conf")]
    monkeypatch.setitem(clientservers.SERVERS, "dovecot",
                        clientservers.dovecot(lines))
    row, = clientrows.named("curl imap://, Dovecot")
    attempt = clientrows.Attempt(row, field=True, right=False, let_in=False)
    assert not run(attempt, machine)[1]
    assert [line["reason"] for line in machine.syslog.logins()] == [
        "wrong-codes"] * 2
