# SPDX-License-Identifier: BSD-2-Clause
"""Many helpers are started for a local user's logins, next to the listener's
workers, on a fleet's host: the kernel counts all processes of user twofa, and the
state broker needs a thread for each request."""

import os
import signal
import subprocess
import time

import pytest

import pgserver
from brokerwire import AS_HELPER
from conf import STATE
from crowd import Crowd
from onefield import OneField
from twilioapp import PushPhone

TRANSPORTS = ("socket",)
LIMIT = 512
MANY = 270  # helpers: more than half of LIMIT, less than three quarters


@pytest.fixture(scope="module", name="server")
def fixture_server(tmp_path_factory):
    server = pgserver.start(tmp_path_factory)
    server.web01 = server.host("web01")
    yield server
    server.stop()


def processes():
    found = subprocess.run(["ps", "-u", "twofa", "-o", "pid="], check=False,
                           stdout=subprocess.PIPE)
    return len(found.stdout.split())


def test_others_are_prompted_next_to_them(server, settings, pam, warm, crowd):
    settings.set(**server.web01)
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


@pytest.mark.parametrize("service, words", [
    ("su", "Approve on your phone"), ("sshd", "You have no second factor")])
def test_no_connection_while_they_wait(server, settings, sim, admin, pam, quick,
                                       service, words):
    """carol, whom nobody has enrolled, has as many logins as she likes wait for a
    push that is sent to nobody, or show her a last text: nothing counts them, and
    a host has 48 connections for all its users."""
    PushPhone(settings, sim)
    settings.set(**server.web01)
    if service == "sshd":
        settings.set(unenrolled_text=words)
    admin.do("check")
    pam.args(transport="spawn")
    many = [quick.login("carol", service) for _ in range(48)]
    for login in many:
        login.expect([words])
    login = quick.login("bob")
    login.prompt("Verification code")
    for one in (login, *many):
        one.hang_up()


def test_none_while_a_program_has_one_field(server, settings, sim, admin, pam,
                                            quick, syslog):
    """Nothing is shown, and the push is waited for as well."""
    PushPhone(settings, sim)
    settings.set(**server.web01, rules=[{"push_blind": True, "action": "require"}])
    admin.do("check")
    pam.args(transport="spawn")
    field = OneField(pam, syslog)
    many = [field.begin("answer", "pw-carol,push", user="carol")
            for _ in range(48)]
    time.sleep(3)
    assert not [one for one in many if one.poll() is not None]
    login = quick.login("bob")
    login.prompt("Verification code")
    login.hang_up()
    for one in many:
        one.kill()
        one.communicate()


def connections():
    """How many of this host's are begun: each has a lock on a byte."""
    try:
        file = ":%d " % os.stat(STATE + "/contact").st_ino
    except FileNotFoundError:
        return 0
    with open("/proc/locks", encoding="ascii") as locks:
        return len({line.split()[-1] for line in locks if file in line})


@pytest.mark.parametrize("options, most", [((), 48), (("ruid", "1001"), 24)])
def test_callers_leave_connections_to_others(server, settings, pam, options, most):
    """A caller of su may begin any number of logins at once: those of sshd and the
    console have as many connections as these."""
    settings.set(**server.web01)
    pam.args(transport="spawn")
    crowd = Crowd(pam.module_line())
    found = set()
    os.kill(server.postmaster(), signal.SIGSTOP)  # no login gets an answer
    many = [crowd.login("alice", service="test", options=options)
            for _ in range(most + 10)]
    end = time.monotonic() + 4
    while time.monotonic() < end:
        found.add(connections())
        time.sleep(0.1)
    os.kill(server.postmaster(), signal.SIGCONT)
    for login in many:
        login.close_input()
    crowd.close()
    assert most / 2 < max(found) <= most
