# SPDX-License-Identifier: BSD-2-Clause
"""How long the machine stood still: a thread that only sleeps is woken late then,
and so is whatever a test waits for."""

import threading
import time

SLEEP_S = 0.2
LATE_S = 1.0  # no load of the tests' own makes that
SHOWN = 5


class Stalls:
    def __init__(self):
        self._begun = time.monotonic()
        self._found = []  # (seconds, when)
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while True:
            before = time.monotonic()
            time.sleep(SLEEP_S)
            late = time.monotonic() - before - SLEEP_S
            if late >= LATE_S:
                self._found.append((late, before - self._begun))

    def told(self):
        """The line about it; None if it did not."""
        if not self._found:
            return None
        worst = sorted(self._found, reverse=True)[:SHOWN]
        return "the machine stood still, %d in all: %s" % (
            len(self._found), ", ".join("%.1f s after %d:%02d" % (
                late, *divmod(int(when), 60)) for late, when in worst))
