# SPDX-License-Identifier: BSD-2-Clause
"""Many helpers are started for a local user's logins, next to the listener's
workers, on a fleet's host: the kernel counts all processes of user twofa, and the
state broker needs a thread for each request."""

import subprocess
import time

import pytest

import pgserver
from brokerwire import AS_HELPER

TRANSPORTS = ("socket",)
LIMIT = 512
MANY = 270  # helpers: more than half of LIMIT, less than three quarters


@pytest.fixture(scope="module", name="server")
def fixture_server(tmp_path_factory):
    server = pgserver.start(tmp_path_factory)
    yield server
    server.stop()


def processes():
    found = subprocess.run(["ps", "-u", "twofa", "-o", "pid="], check=False,
                           stdout=subprocess.PIPE)
    return len(found.stdout.split())


def test_others_are_prompted_next_to_them(server, settings, pam, warm, crowd):
    settings.set(**server.host("web01"))
    subprocess.run([*AS_HELPER, "prlimit", "--pid=%d" % warm.pid,
                    "--nproc=%d:%d" % (LIMIT, LIMIT)], check=True)
    warm.let_go()
    pam.args(transport="spawn")
    many = [crowd.login("alice") for _ in range(MANY)]
    end = time.monotonic() + 100
    while processes() <= LIMIT / 2:
        assert time.monotonic() < end, processes()
        time.sleep(0.2)
    pam.args(transport="socket", socket=warm.path)
    login = crowd.login("bob")
    assert login.prompt(), login.told
    assert processes() > LIMIT / 2
    for one in (login, *many):
        one.close_input()
