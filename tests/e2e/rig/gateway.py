# SPDX-License-Identifier: BSD-2-Clause
"""A gateway of the guide's recipes: what a stand-in was asked, and answers."""

import json
import re
import urllib.parse

import guidepage
from tlsserver import Handler, TlsServer

PAGE = "docs/guide/gateways.md"


class Gateway(TlsServer):
    """answer(path, headers, body) → (status, text[, more headers])."""

    def __init__(self, certs, answer):
        self.answer = answer
        self.asked = []  # (path, headers, body)
        outer = self

        class Asked(Handler):
            def do_POST(self):  # pylint: disable=invalid-name
                asked = (self.path, dict(self.headers), self.body())
                outer.asked.append(asked)
                status, text, *more = outer.answer(*asked)
                self.say(status, text, dict(*more))

        super().__init__(certs, Asked)


class SmsGateway(Gateway):
    """An http-sms provider, as the guide has it; keys: in the settings."""

    def __init__(self, settings, sim):
        super().__init__(sim.certs, lambda *_: (200, ""))
        settings.secret("gateway", "s3cret")
        self.keys = {"name": "gateway", "type": "http-sms",
                     "base_url": self.url, "path": "/send",
                     "ca_file": sim.certs.ca, "auth_header": "X-Api-Key",
                     "auth_secret_file": settings.secrets + "/gateway",
                     "body": "to=%phone%&text=%text%"}

    def texts(self):
        """To whom, and what."""
        asked = [urllib.parse.parse_qs(body) for _, _, body in self.asked]
        return [(a["to"][0], a["text"][0]) for a in asked]


def keys(block):
    """name = "value"; of a block: libconfig escapes as JSON does."""
    return {name: json.loads(text) for name, text in re.findall(
        r'(\w+) = ("(?:[^"\\]|\\.)*")', block)}


def recipe(name):
    """The provider of the guide's recipe, and alice's record, or None."""
    found = ["\n".join(lines) for _, lines in guidepage.blocks(PAGE)]
    at = next(i for i, block in enumerate(found)
              if '{ name = "%s"; type = "http-sms"' % name in block)
    after = keys(found[at + 1]) if at + 1 < len(found) else {}
    return keys(found[at]), after if list(after) == ["receiver"] else None


def script(path):
    """The file of this path that the guide has people write."""
    lines, = [lines for name, lines in guidepage.blocks(PAGE) if name == path]
    return "\n".join(lines) + "\n"
