# SPDX-License-Identifier: BSD-2-Clause
"""The simulator as a test sees it: phones that show messages, and a provider
that can be asked what it was asked, or told to fail."""

import http.client
import json
import os
import ssl
import subprocess
import threading
import time
import urllib.parse

import stage
from certs import Certificates

# Never-assigned numbers; the last two digits 00 mean: nothing special.
NUMBERS = {"alice": "+447700900100", "bob": "+447700900200",
           "carol": "+447700900300"}
# The control side's connections are kept, as a handshake costs both ends more than
# all that is asked by it; the simulator closes them when idle for two minutes.
IDLE = 30
ENDPOINTS = {"start": "/verify/json", "check": "/verify/check/json",
             "control": "/verify/control/json",
             "search": "/verify/search/json"}


def number(to):
    """The number of a user's phone, or the number itself."""
    return NUMBERS.get(to, to)


class Simulator:
    """One twofa-simulator over TLS; it keeps its port when restarted."""

    NUMBERS = NUMBERS

    def __init__(self, folder=stage.STAGE + "/tls", names=()):
        self.certs = Certificates(folder, names)
        self.port = 0
        self.cert = "good"
        self.output = os.path.join(folder, "simulator.out")
        self._process = None
        self._kept = threading.local()

    @property
    def url(self):
        return "https://localhost:%d" % self.port

    def start(self):
        """Start it, unless it runs; the port is the one it had before."""
        if self.running():
            return
        argv = [stage.SIMULATOR, "--listen", "127.0.0.1:%d" % self.port]
        argv += self.arguments()
        with open(self.output, "ab") as errors:
            self._process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=errors)
        first = self._process.stdout.readline().decode()
        if not first.startswith("listening on "):
            raise AssertionError("the simulator did not start: %r" % first)
        self.port = int(first.rsplit(":", 1)[1])

    def arguments(self):
        """How it is started, beside its port."""
        return ["--tls-cert", self.certs.path(self.cert + ".pem"),
                "--tls-key", self.certs.path(self.cert + ".key"), "--quiet"]

    def running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self):
        return self._process.pid

    def stop(self):
        """From now on the connection is refused."""
        self._drop()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process.stdout.close()
            self._process = None

    def tls(self, cert):
        """Restart with another certificate: see class Certificates."""
        if cert != self.cert:
            self.stop()
            self.cert = cert
        self.start()

    def fresh(self):
        """As at the start of a test."""
        self.tls("good")
        self.reset()

    def link(self, timeout):
        """A connection of the test's own to the control side."""
        context = ssl.create_default_context(cafile=self.certs.ca)
        if self.cert != "good":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection("localhost", self.port,
                                           timeout=timeout, context=context)

    def _kept_link(self, timeout):
        """This thread's connection to the simulator that runs now."""
        kept = self._kept.__dict__
        now = time.monotonic()
        if kept.get("of") is not self._process or \
                now - kept.get("used", -IDLE) > IDLE:
            self._drop()
            kept.update(of=self._process, link=self.link(timeout))
        kept["used"] = now
        link = kept["link"]
        link.timeout = timeout
        if link.sock:
            link.sock.settimeout(timeout)
        return link

    def _drop(self):
        """No answer is to be taken for that of another question."""
        kept = self._kept.__dict__
        if "link" in kept:
            kept["link"].close()
        kept.clear()

    def _ask(self, method, path, body=None, timeout=45):
        link = self._kept_link(timeout)
        try:
            link.request(method, path,
                         None if body is None else json.dumps(body),
                         {"Content-Type": "application/json"})
            reply = link.getresponse()
            text = reply.read().decode()
        except BaseException:
            self._drop()
            raise
        if reply.status >= 300:
            raise AssertionError("%s %s: %d %s" % (method, path, reply.status,
                                                   text))
        return json.loads(text) if text.strip() else None

    def messages(self, to=None):
        """What the phone showed, oldest first; to: a user or a number."""
        query = "?" + urllib.parse.urlencode({"to": number(to)}) if to else ""
        return self._ask("GET", "/_sim/messages" + query)

    def wait_messages(self, count, to=None, timeout=30):
        """The messages, once there are at least so many."""
        end = time.monotonic() + timeout
        while True:
            seen = len(self.messages())
            found = self.messages(to)
            if len(found) >= count:
                return found
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError("%d messages instead of %d for %s" % (
                    len(found), count, to))
            self._ask("GET", "/_sim/wait?messages=%d&timeout_ms=%d" % (
                seen + 1, left * 1000), timeout=left + 5)

    def code(self, to, nth=None):
        """The newest code on a phone, once it has shown nth messages."""
        return self.wait_messages(nth or 1, to)[-1]["code"]

    def requests(self, kind=None):
        """What the provider was asked: all, or one kind of ENDPOINTS."""
        found = self._ask("GET", "/_sim/requests")
        if kind is not None:
            found = [r for r in found if r["path"] == ENDPOINTS[kind]]
        return found

    def wait_requests(self, count, timeout=30):
        """The requests, once there are at least so many."""
        self._ask("GET", "/_sim/wait?requests=%d&timeout_ms=%d" % (
            count, timeout * 1000), timeout=timeout + 5)
        found = self.requests()
        assert len(found) >= count, found
        return found

    def connections(self):
        """The numbers of the connections that requests came on."""
        return {r["connection"] for r in self.requests()}

    def fault(self, endpoint, fault, **more):
        """Let the next request of this kind fail (count=0: every one)."""
        order = {"provider": "vonage-verify", "endpoint": endpoint,
                 "fault": fault, "count": 1}
        order.update(more)
        self._ask("POST", "/_sim/faults", order)

    def advance(self, seconds):
        """Move the provider's clock."""
        self._ask("POST", "/_sim/clock", {"advance_s": seconds})

    def setting(self, **values):
        """Change settings until the test is over: v1_rate=0, say."""
        self._ask("POST", "/_sim/settings", values)

    def reset(self):
        self._ask("POST", "/_sim/reset", {})
