# SPDX-License-Identifier: BSD-2-Clause
"""A folder as a static web host has it, on loopback."""

import contextlib
import functools
import http.server
import threading


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def send_head(self):
        """Two files of one second are two files."""
        del self.headers["If-Modified-Since"]
        return super().send_head()

    def log_message(self, *_words):  # pylint: disable=arguments-differ
        pass


@contextlib.contextmanager
def served(folder, port=0):
    """Its port; 0 for any."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", port), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
