# SPDX-License-Identifier: BSD-2-Clause
"""twofactl self removes a phone where the code goes to Authy's account."""

import test_self
import test_warm_user
from test_authy import KEY, register
from test_self import ALICE, OTHER, asked, rows

TRANSPORTS = ("socket",)

warm = test_warm_user.warm
_forgotten = test_self._forgotten
myself = test_self.myself

TWO = ('phones = ( { number = "%s"; }, { number = "%s"; } );\n'
       % (ALICE, OTHER))


def test_by_authy(myself, settings, sim):
    """Authy's account is at the phone that stays."""
    settings.secret("authy", KEY)
    settings.set(providers=[{
        "name": "authy", "type": "authy", "base_url": sim.url,
        "ca_file": sim.certs.ca,
        "api_key_file": settings.secrets + "/authy"}]
        + settings.keys["providers"])
    settings.raw_user("alice", TWO + 'authy_id = "%s";\n'
                      % register(sim, ALICE))
    me = asked(myself("--remove", "2"))
    me.prompt("Verification code sent")
    me.answer(sim.wait_messages(1)[-1]["code"])
    assert me.ended() == 0, me.text
    assert len(rows()) == 1
