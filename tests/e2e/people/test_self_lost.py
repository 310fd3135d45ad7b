# SPDX-License-Identifier: BSD-2-Clause
"""twofactl self, while a provider's broker ends."""

import os
import signal

import leftovers
import test_self

TRANSPORTS = ("socket",)

warm, myself, texts = test_self.warm, test_self.myself, test_self.texts
_forgotten = test_self._forgotten


def test_the_next_provider_tells_of_it(texts, myself, settings, sim, warm,
                                       syslog):
    """As each is counted, the second notice is counted on its own."""
    first, = settings.keys["providers"]
    settings.set(providers=[first, dict(first, name="next")])
    me = test_self.proven(myself("--phone"), sim)
    broker, = [pid for pid in warm.brokers("--provider-broker")
               if leftovers.is_broker(pid, "--provider-broker\0000")]
    os.kill(broker, signal.SIGKILL)
    # then its end of the connection is closed; before, a notice may be sent
    syslog.wait_for("broker of provider 1 of the settings was ended by signal 9")
    me.answer(test_self.NEW)
    me.prompt("Verification code sent to .*" + test_self.NEW[-4:])
    for _ in range(2):  # a sender's messages arrive one after the other
        sim.advance(11)
    me.answer(sim.code(test_self.NEW))
    assert me.ended() == 0, me.text
    assert "are being changed" in sim.messages("alice")[-1]["text"]
