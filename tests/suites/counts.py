# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of a suite came to: from TAP, and from pytest's reports."""

import re
import xml.etree.ElementTree as xml

SAID = 160  # characters of a failure
TAP = re.compile(r"^(ok|not ok)\b[ \d]*(?:- )?(.*)$")


class Counts:
    """What a suite's tests came to."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = []
        self.failures = []
        self.cases = set()  # FILE::NAME of each that ran

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures
        self.cases |= other.cases

    def fail(self, what):
        self.failed += 1
        self.failures.append(what)

    def total(self):
        return self.passed + self.failed + len(self.skipped)


def tap_counts(text, where, file=None):
    """Counts of a TAP stream, as cmocka and tests/lint/run write it. file: the
    one whose cases these are."""
    counts = Counts()
    for line in text.splitlines():
        match = TAP.match(line)
        if not match:
            continue
        name = "%s: %s" % (where, match.group(2))
        if "# skip" in line.lower():
            counts.skipped.append(name)
            continue
        if file:
            # what is in brackets differs from run to run
            counts.cases.add("%s::%s" % (file, re.sub(
                r" \(.*\)$", "", match.group(2))))
        if match.group(1) == "ok":
            counts.passed += 1
        else:
            counts.fail(name)
    return counts


def _why(case):
    """Returns in a line where a test failed and what it says, or None if it did
    not fail. A summary may be all that is kept of a run."""
    for kind in ("failure", "error"):
        found = case.find(kind)
        if found is not None:
            places = re.findall(r"^\S*?([^/\s]+:\d+): ", found.text or "", re.M)
            said = " ".join((found.get("message") or "").split())
            return "%s: %s" % (" ".join(places[:4]), said[:SAID])
    return None


def junit_counts(path):
    """Counts of the report that pytest writes."""
    counts = Counts()
    for case in xml.parse(path).iter("testcase"):
        name = "%s::%s" % (case.get("classname"), case.get("name"))
        skipped = case.find("skipped")
        if skipped is None:
            counts.cases.add("%s.py::%s" % (
                case.get("classname").split(".")[-1], case.get("name")))
        why = _why(case)
        if why is not None:
            counts.fail("%s: %s" % (name, why))
        elif skipped is not None:
            counts.skipped.append("%s: %s" % (case.get("classname"),
                                              skipped.get("message")))
        else:
            counts.passed += 1
    return counts
