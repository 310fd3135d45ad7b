# SPDX-License-Identifier: BSD-2-Clause
"""A suite is one line of the report of tests/run: a build, or some tests that
run one after the other. All its output goes to a log."""

import glob
import os
import re
import signal
import subprocess
import threading
import time

from counts import Counts, junit_counts, tap_counts

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PYTEST = ["/usr/bin/python3", "-B", "-m", "pytest", "-q", "-rs",
          "-p", "no:cacheprovider", "--durations=5"]
FILE = re.compile(r"^# (?=test_\w+$)", re.M)  # a unit program's next file
ENDED = re.compile(r"^# ended: (.*)", re.M)  # how that one did, if not well
WARNING = re.compile(r"^\S+:\d+:\d+: warning: ", re.M)


def find(pattern):
    """Paths below the root, as the tests name them."""
    return sorted(os.path.relpath(path, ROOT)
                  for path in glob.glob(os.path.join(ROOT, pattern)))


class Suite:
    """run() returns Counts. needs: the names of suites that must be over first.
    alone: it measures; idle: it hardly works, and may run beside. limit:
    seconds for one of its programs; a hang is a failure, too."""

    needs = ()
    alone = False
    idle = False
    limit = 2400

    def __init__(self, name, out, kept="check"):
        self.name = name
        self.out = out
        self.log = os.path.join(out, kept, name.replace("/", "-") + ".log")
        self.seconds = 0.0
        self.cpu = 0.0
        self.counts = Counts()

    def _wait(self, child, log):
        """Its exit status; a hang is ended, and its processor time kept."""
        # Closing a namespace's first process ends all in it.
        timer = threading.Timer(self.limit, child.kill)
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        self.cpu += usage.ru_utime + usage.ru_stime
        if child.returncode == -signal.SIGKILL:
            log.write("\nended, after %d s at the latest\n" % self.limit)
        return child.returncode

    def call(self, argv, env=None):
        """Run one program, its output into the log; status and output."""
        full = dict(os.environ, **(env or {}))
        with open(self.log, "a+", encoding="utf-8", errors="replace") as log:
            log.write("$ %s\n" % " ".join(argv))
            log.flush()
            begin = log.tell()
            child = subprocess.Popen(argv, cwd=ROOT, env=full, stdout=log,
                                     stderr=log, stdin=subprocess.DEVNULL)
            status = self._wait(child, log)
            log.seek(begin)
            return status, log.read()

    def execute(self):
        begin = time.monotonic()
        if os.path.exists(self.log):
            os.unlink(self.log)
        self.counts = self.run()
        self.seconds = time.monotonic() - begin

    def run(self):
        raise NotImplementedError


class Build(Suite):
    """A make target. It counts as a test only when it fails; a warning of the
    compiler's is a failure."""

    def __init__(self, name, out, targets, needs=(), **more):
        super().__init__(name, out, **more)
        self.targets = targets
        self.needs = needs

    def run(self):
        counts = Counts()
        status, text = self.call(["make", "-j2", "O=" + self.out] +
                                 self.targets)
        if status:
            counts.fail("make " + " ".join(self.targets))
        elif WARNING.search(text):
            counts.fail("the compiler warns")
        return counts


class Unit(Suite):
    """The cmocka programs of one build: some of them, or all but some. A
    sanitizer keeps 1 MB of freed memory there, since programs that fork would
    copy the pages of more."""

    env = {"CMOCKA_MESSAGE_OUTPUT": "TAP",
           "ASAN_OPTIONS": "quarantine_size_mb=1"}

    def __init__(self, name, out, build, needs, some=(), but=(), **more):
        super().__init__(name, out, **more)
        self.folder = os.path.join(build, "unit")
        self.needs = needs
        self.some = some
        self.but = but

    def _programs(self):
        """Each with the test files that are to run in it."""
        found = {}
        for path in find("tests/unit/*/test_*.c"):
            name = os.path.basename(path)[:-2]
            alone = os.path.exists(os.path.join(self.folder, name))
            program = name if alone else os.path.basename(
                os.path.dirname(path))
            found.setdefault(program, set()).add(name)
        for program in sorted(set(found) | set(os.listdir(self.folder))):
            if program in self.some or \
                    not self.some and program not in self.but:
                yield program, found.get(program, set())

    def run(self):
        counts = Counts()
        for program, files in self._programs():
            counts.add(self._one(program, files))
        return counts

    def _one(self, program, files):
        counts = Counts()
        path = os.path.join(self.folder, program)
        if not os.path.exists(path):
            counts.fail(program + ": there is no such program")
            return counts
        status, text = self.call([path], self.env)
        name = program
        for part in FILE.split(text)[1:]:
            name, _, output = part.partition("\n")
            files.discard(name)
            one = tap_counts(output, name, name + ".c")
            ended = ENDED.search(output)
            if not one.total():
                one.fail(name + ": no test ran")
            elif ended and not one.failed:
                one.fail("%s: %s" % (name, ended.group(1)))
            counts.add(one)
        if not counts.total():
            counts.fail(program + ": no test ran")
        # A crash, a leak or a sanitizer's word counts as one failure.
        if status and not counts.failed:
            counts.fail("%s: exit status %d" % (name, status))
        for name in sorted(files):
            counts.fail(name + ": not run by " + program)
        return counts


class Pytest(Suite):
    """Python tests; private ones run in a namespace of their own. cannot: the
    exit status that skips them. each: seconds for one test with its fixtures; of
    one that takes longer the stack is shown, and the others go on."""

    cannot = None
    each = {"check": 900, "check-more": 1800}

    def __init__(self, name, out, build, tests, needs, private=False, env=None,
                 **more):
        super().__init__(name, out, **more)
        self.build = build
        self.tests = tests
        self.needs = needs
        seconds = self.each and self.each[more.get("kept", "check")]
        self.timeout = ["--timeout=%d" % seconds] if seconds else []
        self.enter = ["tests/ns/enter"] if private else []
        self.env = env or {}

    def run(self):
        report = self.log[:-len("log")] + "xml"
        if os.path.exists(report):
            os.unlink(report)
        status, text = self.call(
            self.enter + PYTEST + self.timeout + ["--junitxml", report] +
            self.tests,
            dict(self.env, TWOFA_BUILD=self.build))
        counts = Counts()
        if os.path.exists(report):
            counts = junit_counts(report)
        if status == self.cannot:
            counts.skipped.append(text.rstrip().rsplit("\n", 1)[-1])
        elif status and not counts.failed:
            counts.fail("%s: pytest exit status %d" % (self.name, status))
        return counts


class Booted(Pytest):
    """Python tests on a machine that is booted for them, in a container; or
    around it, when they boot it themselves. Not every machine can do that, and
    it has no plugin that limits a test's time."""

    cannot = 77
    each = None

    def __init__(self, *args, around=False, release=None, **more):
        super().__init__(*args, **more)
        self.enter = ["tests/container/enter"] + ["--around"] * around + \
            ["--release", release] * (release is not None)


class Virtual(Pytest):
    """Python tests beside a machine with a kernel of its own, which they boot."""

    cannot = 77

    def __init__(self, name, out, tests, needs, **more):
        super().__init__(name, out, out, tests, needs, **more)
        self.enter = ["tests/vm/enter"]


class Bare(Pytest):
    """Python tests on a bare system of that release, with the packages that are
    built for it."""

    cannot = 77
    each = None

    def __init__(self, name, out, release, tests, **more):
        super().__init__(name, out, out, tests, (), **more)
        self.enter = ["tests/deb/enter", release]


class Tap(Suite):
    """A program that writes TAP. cases: what its tests are listed as."""

    def __init__(self, name, out, argv, needs, cases=None, env=None, **more):
        super().__init__(name, out, **more)
        self.argv = argv
        self.needs = needs
        self.cases = cases
        self.env = env

    def run(self):
        status, text = self.call(self.argv, self.env)
        counts = tap_counts(text, self.name, self.cases)
        if status and not counts.failed:
            counts.fail("%s: exit status %d" % (self.name, status))
        return counts
