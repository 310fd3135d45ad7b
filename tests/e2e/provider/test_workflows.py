# SPDX-License-Identifier: BSD-2-Clause
"""An admin's longer workflows of Vonage Verify v1: the keys have the next step
come at once, as long as there is one."""

import pytest

from steps import asked, at_prompt, results

TRANSPORTS = ("spawn", "socket")

SECONDS = 33
NOT = "that key does not work here"

# Of a workflow: the first method, then each key with what it brings.
STEPS = {
    1: ("sms", [("r", NOT), ("v", "voice"), ("r", "voice"), ("r", NOT)]),
    2: ("sms", [("v", NOT), ("r", "sms"), ("r", NOT), ("v", "voice")]),
    3: ("voice", [("r", "voice"), ("r", NOT)]),
    4: ("sms", [("v", NOT), ("r", "sms"), ("r", NOT)]),
    5: ("sms", [("v", "voice"), ("r", NOT)]),
}


@pytest.mark.parametrize("workflow", STEPS)
def test_steps(sshd, settings, sim, clock, syslog, workflow):
    first, keys = STEPS[workflow]
    settings.provider(workflow_id=workflow)
    settings.user("alice", channels=["sms", "voice"] if first == "sms"
                  else ["voice"])
    login = at_prompt(sshd.login("alice"), r"\+44")
    sent, last = 1, first
    for key, brings in keys:
        clock.advance(SECONDS)
        login.answer(key)
        if brings == NOT:
            login.prompt(NOT)
            continue
        login.prompt("(?:calling|sent)")
        sent, last = sent + 1, brings
        assert sim.wait_messages(sent)[-1]["channel"] == brings
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and "alice" in login.text
    asked(sim, start=1, check=1, control=sent - 1)
    assert results(sim, "control") == ["0"] * (sent - 1)
    assert syslog.login_line(user="alice")["method"] == last


@pytest.mark.parametrize("workflow, channel", [(1, "voice"), (3, "sms"),
                                               (7, "sms")])
def test_another_method_has_one_step(sshd, settings, sim, clock, workflow,
                                     channel):
    """It is cancelled for another message, as without the setting."""
    settings.provider(workflow_id=workflow)
    settings.user("alice", channels=[channel])
    login = at_prompt(sshd.login("alice"), r"\+44")
    assert sim.wait_messages(1)[0]["channel"] == channel
    clock.advance(SECONDS)
    login.answer("r")
    login.prompt("(?:calling|new one)")
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0
    asked(sim, start=2, check=1, control=1)


def test_refused_step_leaves_the_code(sshd, settings, sim, clock):
    settings.provider(workflow_id=4)
    login = at_prompt(sshd.login("alice"))
    clock.advance(SECONDS)
    sim.fault("resend", "throttle", count=0, retry_after="1")
    login.answer("r")
    login.prompt("Wait")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert len(sim.messages()) == 1
