# SPDX-License-Identifier: BSD-2-Clause
"""A login joins another one's verification at the second phone, and asks for
its next step."""

import pytest

TRANSPORTS = ("spawn", "socket")

ALICE, OTHER = "+447700900100", "+447700901101"
TWO = ('phones = ( { number = "%s"; }, { number = "%s"; } );\n'
       'channels = ["sms", "voice"];\n' % (ALICE, OTHER))


@pytest.mark.parametrize("keep", (True, False))
def test_next_step_at_the_second(quick, settings, sim, clock, keep):
    settings.provider(workflow_id=2)
    settings.set(limits={"resend_wait": [1, 2]})
    settings.raw_user("alice", TWO)
    one = quick.login("alice")
    one.prompt("sent to .*0100")
    clock.advance(35)
    one.answer("n")
    one.prompt("sent to .*1101")
    two = quick.login("alice", rhost="198.51.100.9")
    two.prompt("sent to .*")
    if "1101" not in two.text:
        clock.advance(35)
        two.answer("n")
        two.prompt("sent .*")
    if not keep:
        one.hang_up()
    clock.advance(35)
    two.answer("r")
    two.prompt("sent")
    clock.advance(35)
    two.answer("v")
    two.prompt("(?:calling|sent)")
    two.answer(sim.code(OTHER))
    assert two.ended() == 0, two.text


def test_next_step_of_a_number_twice(quick, settings, sim, clock, syslog):
    """A login that another one has joined has its verification at the second
    of the two phones, too."""
    settings.provider(workflow_id=2)
    settings.set(limits={"resend_wait": [1, 2]})
    settings.raw_user("alice", TWO.replace(OTHER, ALICE))
    one = quick.login("alice")
    one.prompt("sent to .*0100")
    two = quick.login("alice", rhost="198.51.100.9")
    two.prompt("sent .*0100")
    clock.advance(35)
    one.answer("n")
    one.prompt("sent .*0100")
    clock.advance(35)
    one.answer("r")
    one.prompt("sent")
    one.answer(sim.code(ALICE))
    assert one.ended() == 0, one.text
    assert "who took it over" not in " ".join(syslog.lines())
