# SPDX-License-Identifier: BSD-2-Clause
"""A person at a browser: headless Chromium, driven by WebDriver's own HTTP
(w3.org/TR/webdriver2)."""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

KEY = "element-6066-11e4-a52e-4f735466cecf"  # as the standard names it
DRIVER = "/usr/bin/chromedriver"
PATIENCE = 20
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
           "--disable-dev-shm-usage", "--force-device-scale-factor=1",
           "--hide-scrollbars", "--lang=en-GB", "--disable-extensions"]


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Browser:
    """One window; css selectors say where. Each find waits."""

    def __init__(self, dark=False):
        self._port = _free_port()
        self._folder = tempfile.mkdtemp(prefix="browser-")
        self._driver = subprocess.Popen(
            [DRIVER, "--port=%d" % self._port], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._session = ""
        self.until(lambda: self._ask("GET", "/status")["ready"], "a driver")
        options = OPTIONS + ["--user-data-dir=" + self._folder]
        options += ["--force-dark-mode"] * dark
        self._session = self._ask("POST", "/session", {"capabilities": {
            "alwaysMatch": {"browserName": "chrome", "goog:chromeOptions":
                            {"args": options},
                            "goog:loggingPrefs": {"browser": "ALL"}}}})[
                                "sessionId"]
        self._ask("POST", self._path("/timeouts"), {"implicit": 0})

    def close(self):
        try:
            self._ask("DELETE", "/session/" + self._session)
        finally:
            self._driver.terminate()
            self._driver.wait(10)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, what):
        return "/session/%s%s" % (self._session, what)

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(
            "http://127.0.0.1:%d%s" % (self._port, path), method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            told = json.loads(error.read())["value"]
            raise LookupError(told["error"] + ": " + told["message"].split(
                "\n")[0]) from None

    def until(self, act, what):
        end = time.monotonic() + PATIENCE
        while True:
            why = ""
            try:
                found = act()
                if found:
                    return found
            except (LookupError, OSError) as error:
                why = str(error)
            if time.monotonic() > end:
                raise AssertionError("not seen: %s %s\n%s" % (
                    what, why, self.text() if self._session else ""))
            time.sleep(0.05)

    def go(self, url):
        self._ask("POST", self._path("/url"), {"url": url})

    def size(self, width, height):
        """Of what is seen: a window would be no narrower than 500."""
        self.command("Emulation.setDeviceMetricsOverride", width=width,
                     height=height, deviceScaleFactor=1, mobile=False)

    def command(self, name, **params):
        """One of Chromium's own (DevTools)."""
        return self._ask("POST", self._path("/goog/cdp/execute"),
                         {"cmd": name, "params": params})

    def run(self, script, *values):
        return self._ask("POST", self._path("/execute/sync"),
                         {"script": script, "args": list(values)})

    def frame(self, css):
        """Into the frame that is there, once it is."""
        found = self.find(css)
        self._ask("POST", self._path("/frame"), {"id": {KEY: found}})

    def find(self, css):
        """The first one that is shown."""
        def shown():
            for one in self._ask("POST", self._path("/elements"), {
                    "using": "css selector", "value": css}):
                if self._ask("GET", self._path("/element/%s/displayed" %
                                               one[KEY])):
                    return one[KEY]
            return None
        return self.until(shown, css)

    def text(self, css="body"):
        """What can be seen of it; "" when there is none."""
        return self.run("const one = document.querySelector(arguments[0]);"
                        "return one && one.checkVisibility() ? one.innerText : '';", css)

    def reads(self, css, words):
        """Wait for these words; all that stands there."""
        return self.until(lambda: words in self.text(css) and
                           self.text(css), "%s in %s" % (words, css))

    def gone(self, css):
        self.until(lambda: not self.run(
            "const one = document.querySelector(arguments[0]);"
            "return one && one.offsetParent && one.innerText", css),
                    "no " + css)

    def lacks(self, words):
        """Nowhere in the page, seen or not; a dialog empties as it closes."""
        self.until(lambda: not self.run(
            "return document.body.innerHTML.includes(arguments[0])", words),
                    "a page without " + words)

    def click(self, css):
        def act():
            self._ask("POST", self._path("/element/%s/click" %
                                         self.find(css)), {})
            return True
        self.until(act, "a click on " + css)

    def type(self, css, text, clear=True):
        found = self.find(css)
        if clear:
            self._ask("POST", self._path("/element/%s/clear" % found), {})
        self._ask("POST", self._path("/element/%s/value" % found),
                  {"text": text})

    def keys(self, *pressed):
        """Where the focus is."""
        found = self._ask("GET", self._path("/element/active"))[KEY]
        self._ask("POST", self._path("/element/%s/value" % found),
                  {"text": "".join(pressed)})

    def problems(self):
        """What the console says: errors, and what the policy refused."""
        return [line["message"] for line in self._ask(
            "POST", self._path("/se/log"), {"type": "browser"})
                if line["level"] == "SEVERE" and "favicon" not in
                line["message"]]

    def picture(self, path, whole=True):
        found = self.command("Page.captureScreenshot", format="png",
                             captureBeyondViewport=whole)
        with open(path, "wb") as out:
            out.write(base64.b64decode(found["data"]))
