# SPDX-License-Identifier: BSD-2-Clause
"""Which suite runs when, and the line that each is told by."""

import os
import re
import threading
import time

from suite import Build

CORES = len(os.sched_getaffinity(0))
# Logins wait most of their time: three suites for each core, and one more every
# few seconds while the processors have too little to do. Where they are slow or
# others use them too, suites would only wait for each other, and what is awaited
# would come late: then no more than CROWDED_WORKERS.
WORKERS = CORES * 3
MOST_WORKERS = CORES * 5
CROWDED_WORKERS = CORES + 1
CROWDED = CORES * 2.5  # that run or want to, in the mean of a minute
SPARE = 0.25  # of the processors' time
SECONDS = 3   # in which it is measured
TAIL = 60  # lines shown of a suite that failed
# pytest: what was asserted, what was found; cmocka: what failed, and why
CLAIM = re.compile(r"^(>|E|not ok) |^# .*(error: | != |within)|.*ERROR: ")
CLAIMS = 40


def crowded():
    """Do too many processes want a processor?"""
    return os.getloadavg()[0] > CROWDED


class Processors:
    """Whether they had time to spare since they were last asked."""

    def __init__(self):
        self.asked = time.monotonic()
        self.before = self._times()

    @staticmethod
    def _times():
        """(idle, all), in ticks."""
        with open("/proc/stat", encoding="ascii") as text:
            times = [int(word) for word in text.readline().split()[1:9]]
        return times[3] + times[4], sum(times)

    def spare(self):
        """True once for each SECONDS that were spare."""
        if time.monotonic() < self.asked + SECONDS:
            return False
        before, now = self.before, self._times()
        self.asked, self.before = time.monotonic(), now
        return now[0] - before[0] > SPARE * (now[1] - before[1])


class Schedule:
    """Runs WORKERS suites at a time or some more, each after what it needs, and
    beside them those that hardly work."""

    def __init__(self, listed):
        self.waiting = list(listed)
        self.names = {suite.name for suite in listed}
        self.running = []
        self.over = {}
        self.change = threading.Condition()
        self.processors = Processors()

    def _ready(self, suite, most):
        if any(name in self.names and name not in self.over
               for name in suite.needs):
            return False
        if suite.alone:
            return all(other.idle for other in self.running) and all(
                other.alone or other.idle for other in self.waiting)
        if suite.idle:
            return True
        return self._worked() < most and not any(
            other.alone for other in self.running)

    def _worked(self):
        return sum(not other.idle for other in self.running)

    def _most(self):
        """How many suites may run now."""
        if crowded():
            return CROWDED_WORKERS
        if WORKERS <= self._worked() < MOST_WORKERS and self.processors.spare():
            return MOST_WORKERS
        return WORKERS

    def _take(self):
        """The next suite that can run; None when none is left."""
        with self.change:
            while self.waiting:
                most = self._most()
                for suite in self.waiting:
                    if self._ready(suite, most):
                        self.waiting.remove(suite)
                        self.running.append(suite)
                        return suite
                self.change.wait(SECONDS)  # the load may fall, too
            return None

    def _blocked(self, suite):
        """What it needs and did not pass."""
        return [name for name in suite.needs
                if name in self.over and self.over[name].counts.failed]

    def _work(self):
        while True:
            suite = self._take()
            if suite is None:
                return
            blocked = self._blocked(suite)
            if blocked:
                suite.counts.fail("%s: needs %s, which failed"
                                  % (suite.name, " and ".join(blocked)))
            else:
                try:
                    suite.execute()
                except Exception as error:  # a broken suite is a failure
                    suite.counts.fail("%s: %r" % (suite.name, error))
            with self.change:
                self.over[suite.name] = suite
                self.running.remove(suite)
                self.change.notify_all()
                show(suite)

    def run(self):
        idle = sum(suite.idle for suite in self.waiting)
        threads = [threading.Thread(target=self._work)
                   for _ in range(MOST_WORKERS + idle)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def show(suite):
    """A line for one suite, and the end of its log when it failed."""
    counts = suite.counts
    if not isinstance(suite, Build) and not counts.total():
        counts.fail(suite.name + ": no test ran")
    print("%-26s %4d passed, %d failed, %d skipped  (%.0f s, CPU %.0f)" % (
        suite.name, counts.passed, counts.failed, len(counts.skipped),
        suite.seconds, suite.cpu), flush=True)
    if not counts.failed:
        return
    for failure in counts.failures:
        print("  FAILED " + failure)
    if os.path.exists(suite.log):
        with open(suite.log, encoding="utf-8", errors="replace") as log:
            lines = log.read().splitlines()
        for line in [line for line in lines if CLAIM.match(line)][:CLAIMS]:
            print("  | " + line[:200])
        for line in lines[-TAIL:]:
            print("  | " + line)
        print("  all of it: " + suite.log, flush=True)
