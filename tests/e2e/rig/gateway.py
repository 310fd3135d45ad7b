# SPDX-License-Identifier: BSD-2-Clause
"""A gateway of the guide's recipes: what a stand-in was asked, and answers."""

import http.server
import json
import re
import ssl
import threading

import guidepage

PAGE = "docs/guide/gateways.md"


class Gateway:
    """answer(path, headers, body) → (status, text[, more headers])."""

    def __init__(self, certs, answer):
        self.answer = answer
        self.asked = []  # (path, headers, body)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked = (self.path, dict(self.headers), body.decode())
                outer.asked.append(asked)
                status, text, *more = outer.answer(*asked)
                self.send_response(status)
                for name, value in dict(*more).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certs.path("good.pem"), certs.path("good.key"))
        self.server.socket = context.wrap_socket(self.server.socket,
                                                 server_side=True)
        self.url = "https://localhost:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


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
