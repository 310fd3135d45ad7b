# SPDX-License-Identifier: BSD-2-Clause
"""Prism between the helper and the simulator: it holds every request and every
reply that passes against a vendor's OpenAPI document, and answers in the
vendor's place when one does not fit."""

import http.client
import json
import os
import pathlib
import re
import subprocess
import time

import pytest

import stage
from phones import Simulator

SPECS = pathlib.Path(os.environ.get(
    "TWOFA_SHARED", os.path.join(os.path.dirname(stage.ROOT), "shared"))
) / "specs"
PROGRAM = "/@stoplight/prism-cli/dist/index.js"
READY = re.compile(r"Prism is listening on http://127\.0\.0\.1:(\d+)")
# What it writes when a request or a reply does not fit the document.
VIOLATION = re.compile(r"(Request terminated with error|Violation|"
                       r"error\s+.*(Request|Response)|warning\s+.*did not)")
LIMIT = 90  # seconds for it to start; a busy machine took over 30


def modules():
    """Where the programs of tests/npm are; the test is skipped where they
    could not be installed."""
    folder = os.path.join(stage.build_dir(), "npm")
    missing = os.path.join(folder, "missing")
    if os.path.exists(missing):
        with open(missing, encoding="utf-8") as why:
            pytest.skip(why.read().strip())
    if not os.path.isdir(folder + "/node_modules"):
        pytest.skip("nothing in %s: make npm O=%s" % (folder,
                                                      stage.build_dir()))
    return folder + "/node_modules"


def document(name):
    """A vendor's document; the test is skipped in a checkout without them."""
    path = SPECS / name
    if not path.exists():
        pytest.skip("no vendor document at %s: set TWOFA_SHARED" % SPECS)
    return str(path)


class PlainSimulator(Simulator):
    """The simulator without TLS, for Prism to forward to."""

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.port

    def arguments(self):
        return ["--quiet"]

    def link(self, timeout):
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=timeout)


class Prism:
    """One Prism for one document; log() is what it said since the last
    mark()."""

    def __init__(self, name, upstream):
        self._output = os.path.join(stage.STAGE, "prism-%s.out" % name)
        self._begin = 0
        self.port = 0
        argv = ["node", modules() + PROGRAM, "proxy", "--errors", "-h", "127.0.0.1",
                "-p", "0", document(name), upstream]
        with open(self._output, "wb") as out:
            self._process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                cwd="/")
        self._wait()

    def _wait(self):
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and self._process.poll() is None:
            found = READY.search(self.log())
            if found:
                self.port = int(found.group(1))
                return
            time.sleep(0.05)
        raise AssertionError("Prism did not start: " + self.log())

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.port

    def mark(self):
        self._begin = os.path.getsize(self._output)

    def log(self):
        with open(self._output, encoding="utf-8", errors="replace") as text:
            text.seek(self._begin)
            return text.read()

    def violations(self):
        return [line for line in self.log().splitlines()
                if VIOLATION.search(line)]

    def wait_violation(self, timeout=10):
        """Its log may come a little behind its answer."""
        end = time.monotonic() + timeout
        while not self.violations() and time.monotonic() < end:
            time.sleep(0.02)
        return self.violations()

    def ask(self, method, path, fields, headers):
        """A request of the test's own: status and what it answered."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            link.request(method, path, fields, headers)
            reply = link.getresponse()
            return reply.status, json.loads(reply.read() or b"null")
        finally:
            link.close()

    def stop(self):
        self._process.terminate()
        self._process.wait(10)
