# SPDX-License-Identifier: BSD-2-Clause
"""What twofactl status says of the state broker: one that runs, one that was
killed, one that ended, and a file that no broker wrote."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

import conf
import leftovers

TRANSPORTS = ("socket",)

FILE = conf.STATE + "/broker"
EACH = 10  # seconds: it writes at most once in them


@pytest.fixture(autouse=True)
def none_before(_ready):
    def clear():
        for path in (FILE, FILE + ".new"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)  # a broker may be about to do it
    clear()
    yield
    clear()


def broker(warm):
    found = warm.brokers()
    assert len(found) == 1, found
    return found[0]


def of_status(admin):
    return json.loads(admin.do("status", "--json")).get("broker")


def until(admin, wanted, **numbers):
    """Its part of status once it is as wanted."""
    end = time.monotonic() + EACH + 5
    while True:
        found = of_status(admin)
        if found and found["state"] == wanted and all(
                found[name] == value for name, value in numbers.items()):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.2)


def test_none(admin, settings):
    """No helper listens, or no login came yet."""
    assert of_status(admin) is None
    assert "broker" not in admin.do("status")
    assert "broker" not in admin.do("status", "--prometheus")


def test_one_that_runs(warm, quick, admin):
    began = time.time()
    quick.right(quick.login())
    quick.right(quick.login("bob"), "bob")
    pid = broker(warm)
    # who asked whether the helper listens is one as well
    found = until(admin, "running", connections=0, connections_total=3)
    assert found["process"] == pid and found["refused"] == 0
    assert found["requests"] > 8
    assert found["age_s"] <= time.time() - began + 1
    waits = quick.login()
    waits.prompt("Verification code sent")
    found = until(admin, "running", connections=1, connections_total=4)
    assert found["process"] == pid
    waits.hang_up()
    line = re.search(r"\n\nState broker: process (\d+) \(running\), begun (\d+ "
                     r"s|1 min) ago, connections: [01] now, 4 in all; "
                     r"requests: (\d+), refused: 0\n", admin.do("status"))
    assert int(line[1]) == pid and int(line[3]) >= found["requests"]
    text = admin.do("status", "--prometheus")
    values = dict(re.findall(r"^twofa_broker_(\w+) (\d+)$", text, re.M))
    assert values["running"] == "1" and values["connections_total"] == "4"
    assert int(values["requests_total"]) >= found["requests"]
    assert values["refused_total"] == "0" and 0 <= int(values["age_seconds"])
    assert "# TYPE twofa_broker_refused_total counter\n" in text
    assert "# TYPE twofa_broker_connections gauge\n" in text
    # of the host, and not of a user
    assert "broker" not in admin.do("status", "alice", "--json")
    held = os.stat(FILE)
    assert (held.st_uid, held.st_mode & 0o7777) == (990, 0o600)


def test_one_that_was_killed(warm, quick, admin):
    quick.right(quick.login())
    pid = broker(warm)
    # the first one, at its start, knew of no login yet: HELLO and this one
    until(admin, "running", process=pid, connections_total=2)
    os.kill(pid, signal.SIGKILL)
    assert leftovers.wait_gone(pid, 10)
    found = of_status(admin)
    assert (found["state"], found["process"]) == ("ended", pid)
    assert found["connections"] == 0 and found["connections_total"] > 0
    assert "process %d (ended), begun " % pid in admin.do("status")
    assert "\ntwofa_broker_running 0\n" in admin.do("status", "--prometheus")
    # the next one writes at once that it is there
    quick.right(quick.login("bob"), "bob")
    assert until(admin, "running")["process"] == broker(warm) != pid


def test_one_that_nobody_needs(warm, quick, admin):
    """Its file goes with it; but not that of its successor."""
    quick.right(quick.login())
    first = broker(warm)
    until(admin, "running", process=first)
    waits = quick.login()
    waits.prompt("Verification code sent")
    life = warm.life()
    warm.kill(signal.SIGHUP)
    warm.changed(life)
    quick.right(quick.login("bob"), "bob")
    (second,) = set(warm.brokers()) - {first}
    until(admin, "running", process=second)
    waits.hang_up()
    assert leftovers.wait_gone(first, 10)
    assert of_status(admin)["process"] == second
    warm.let_go()
    assert not os.path.exists(FILE)
    assert of_status(admin) is None


@pytest.mark.parametrize("content", [
    b"", b"garbage\n" * 1000, b"broker\t2\t1\t1\t1\t1\t1\t1",
    b"problem\tbroker\trun: reboot", b"\x1b[2J\0" * 9])
def test_garbage(admin, settings, content):
    with open(FILE, "wb") as out:
        out.write(content)
        os.fchown(out.fileno(), 990, 990)
        os.fchmod(out.fileno(), 0o600)
    assert of_status(admin) == {"state": "unknown"}
    assert "State broker: unknown; no broker wrote" in admin.do("status")
    assert "broker" not in admin.do("status", "--prometheus")


@pytest.mark.parametrize("uid,state", [(990, "running"), (1001, "ended")])
def test_whose_process(admin, settings, uid, state):
    """Another user can take the pid of one that was killed, and its name."""
    program = "/run/twofa-broker"
    shutil.copy("/bin/sleep", program)
    process = subprocess.Popen([program, "60"], user=uid)
    try:
        with open(FILE, "w", encoding="ascii") as out:
            os.fchown(out.fileno(), 990, 990)
            os.fchmod(out.fileno(), 0o600)
            out.write("broker\t1\t%d\t1700000000\t1\t40\t500\t0" %
                      process.pid)
        assert of_status(admin)["state"] == state
    finally:
        process.kill()
        process.wait(10)
        os.unlink(program)


def test_it_cannot_write(warm, quick, admin, syslog):
    """No login notices."""
    warm.let_go()  # the one that was there has written
    assert not os.path.lexists(FILE)
    os.mkdir(FILE + ".new")
    try:
        for user in ("alice", "bob"):
            quick.right(quick.login(user), user)
        assert of_status(admin) is None
        assert not any("broker" in line.replace("broker of provider", "")
                       for line in syslog.lines())
    finally:
        os.rmdir(FILE + ".new")
