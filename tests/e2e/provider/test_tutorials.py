# SPDX-License-Identifier: BSD-2-Clause
"""What a vendor's tutorial does that no other test plays
(docs/provider-outcomes.md, "Tutorials")."""

from steps import at_prompt

TRANSPORTS = ("spawn",)

SINGAPORE = "+6510000000"  # of a range without subscribers


def test_koa(sshd, settings, sim, syslog, _ready):
    """Its number begins with +65, and its check shows what it cost."""
    settings.user("alice", phone=SINGAPORE)
    login = at_prompt(sshd.login("alice"), r"sent to \+65 \*\*\*-\*\*\*-0000")
    (start,) = sim.requests("start")
    assert start["fields"]["number"] == SINGAPORE[1:]
    login.answer(sim.code(SINGAPORE))
    assert login.ended() == 0
    assert syslog.login_line(user="alice")["outcome"] == "allowed"
