# SPDX-License-Identifier: BSD-2-Clause
"""An authenticator app on somebody's phone: oathtool."""

import subprocess
import time

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238's, in base32
STEP = 30


class App:
    """Shows codes of one secret; its clock goes with the helper's."""

    def __init__(self, clock, secret=SECRET):
        self._clock = clock
        self.secret = secret

    def now(self):
        return time.time() + self._clock.wall_offset

    def code(self, steps=0):
        """The code of this step, or of one so many steps away."""
        return subprocess.run(
            ["oathtool", "--totp", "-b", "-N",
             "@%d" % (self.now() + steps * STEP), self.secret],
            check=True, capture_output=True, text=True).stdout.strip()

    def wrong(self, nth=0):
        """A code that no step near this one has: once in a million steps the
        digits after a step's code are a neighbour's."""
        near = {self.code(steps) for steps in range(-4, 7)}
        return [code for code in ("%06d" % n for n in range(len(near) + 4))
                if code not in near][nth]


def enrol(settings, clock, user="alice", secret=SECRET, **keys):
    """Give a user an app; other keys of the record as usual."""
    settings.secret(user + ".totp", secret)
    settings.user(user, totp_secret_file="%s/%s.totp" % (
        settings.secrets, user), **keys)
    return App(clock, secret)
