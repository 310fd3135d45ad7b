# SPDX-License-Identifier: BSD-2-Clause
"""Starts twofa-simulator and speaks to it like a vendor's client."""

import base64
import http.client
import json
import os
import pathlib
import signal
import ssl
import subprocess
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TWOFA_BUILD", "build"))
PROGRAM = (BUILD if BUILD.is_absolute() else ROOT / BUILD) / "twofa-simulator"

KEY, SECRET = "abcd1234", "Sup3rS3cr3t!!"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


BODY_MAX = 20 * 1024 * 1024  # an endless body must not fill the machine


class Reply:
    """An HTTP answer: status, headers and bytes; .json on demand."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read(BODY_MAX)

    @property
    def json(self):
        return json.loads(self.body)


def basic(auth):
    """The header for (key, secret), or none."""
    if auth is None:
        return {}
    text = base64.b64encode(":".join(auth).encode()).decode()
    return {"Authorization": "Basic " + text}


class Simulator:
    """A running simulator; vendor calls and its control side."""

    key, secret = KEY, SECRET
    basic = staticmethod(basic)

    def __init__(self, *options, cert=None, key=None, env=None):
        assert PROGRAM.exists(), f"{PROGRAM} is missing: run make, or set TWOFA_BUILD"
        command = [str(PROGRAM), "--listen", "127.0.0.1:0", *options]
        self.context = None
        if cert:
            command += ["--tls-cert", str(cert), "--tls-key", str(key)]
            self.context = ssl.create_default_context(cafile=str(cert))
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
        )
        first = self.process.stdout.readline().decode()
        assert first.startswith("listening on 127.0.0.1:"), first
        self.port = int(first.rsplit(":", 1)[1])

    def connect(self, timeout=10):
        if self.context:
            return http.client.HTTPSConnection(
                "localhost", self.port, timeout=timeout, context=self.context
            )
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, timeout=10):
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body, headers or {})
            return Reply(connection.getresponse())
        finally:
            connection.close()

    # the vendor's side

    def call(self, path, fields, auth=(KEY, SECRET), timeout=10):
        """POST of a form with Basic, as most clients do it."""
        return self.request(
            "POST",
            path,
            urllib.parse.urlencode(fields, doseq=True),
            {"Content-Type": FORM, **basic(auth)},
            timeout,
        )

    def start(self, number="447700900200", **fields):
        return self.call("/verify/json", {"number": number, "brand": "ACME", **fields}).json

    def check(self, request_id, code, **fields):
        fields = {"request_id": request_id, "code": code, **fields}
        return self.call("/verify/check/json", fields).json

    def control(self, request_id, cmd):
        fields = {"request_id": request_id, "cmd": cmd}
        return self.call("/verify/control/json", fields).json

    def search(self, request_id):
        query = urllib.parse.urlencode({"request_id": request_id})
        path = "/verify/search/json?" + query
        return self.request("GET", path, None, basic((KEY, SECRET))).json

    # Vonage Verify v2 and Number Insight

    def v2(self, method, path, body=None, auth=(KEY, SECRET), headers=None):
        """A call with JSON; auth is a key pair, a token, or None."""
        headers = dict(headers or ({} if body is None else {"Content-Type": JSON}))
        if isinstance(auth, str):
            headers["Authorization"] = "Bearer " + auth
        else:
            headers.update(basic(auth))
        text = body if isinstance(body, (str, bytes)) or body is None else json.dumps(body)
        return self.request(method, "/v2/verify" + path, text, headers)

    def v2_start(self, *steps, auth=(KEY, SECRET), **fields):
        """Each step is a number for an SMS, or the step itself."""
        workflow = [{"channel": "sms", "to": s} if isinstance(s, str) else s for s in steps]
        return self.v2("POST", "", {"brand": "ACME", "workflow": workflow, **fields}, auth)

    def v2_check(self, request_id, code, auth=(KEY, SECRET)):
        return self.v2("POST", "/" + request_id, {"code": code}, auth)

    def v2_cancel(self, request_id, auth=(KEY, SECRET)):
        return self.v2("DELETE", "/" + request_id, None, auth)

    def v2_next(self, request_id, auth=(KEY, SECRET)):
        return self.v2("POST", f"/{request_id}/next_workflow", None, auth)

    def insight(self, number, level="advanced", auth=(KEY, SECRET)):
        query = urllib.parse.urlencode({"number": number})
        return self.request("GET", f"/ni/{level}/json?{query}", None, basic(auth))

    # the control side

    def sim(self, method, path, body=None):
        reply = self.request(method, "/_sim/" + path, body and json.dumps(body))
        assert reply.status == 200, reply.body
        return reply.json

    def messages(self, to=None):
        return self.sim("GET", "messages" + (f"?to={to}" if to else ""))

    def requests(self, query=""):
        return self.sim("GET", "requests" + query)

    def fault(self, name, **details):
        return self.sim("POST", "faults", {"fault": name, **details})

    def advance(self, seconds):
        return self.sim("POST", "clock", {"advance_s": seconds})

    def settings(self, **values):
        return self.sim("POST", "settings", values)

    def push(self, action, **who):
        return self.sim("POST", "push", {"action": action, **who})

    def code(self, to=None):
        return self.messages(to)[-1]["code"]

    def stop(self):
        """Ends it as an admin would: its exit status and the rest it wrote."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out.decode(), err.decode()
