# SPDX-License-Identifier: BSD-2-Clause
"""A web server on loopback that a test plays, by TLS with the good certificate."""

import http.server
import ssl
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    """Quiet, and keeps its connections."""
    protocol_version = "HTTP/1.1"

    def body(self):
        return self.rfile.read(int(self.headers["Content-Length"])).decode()

    def say(self, status, text, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


class TlsServer:
    def __init__(self, certs, handler):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                       handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certs.path("good.pem"), certs.path("good.key"))
        self._server.socket = context.wrap_socket(self._server.socket,
                                                  server_side=True)
        self.url = "https://localhost:%d" % self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
