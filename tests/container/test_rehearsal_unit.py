# SPDX-License-Identifier: BSD-2-Clause
"""The unit of a rehearsal's simulator, as twofactl starts it on a machine that
was booted."""

import http.client
import json
import os
import pwd
import shutil
import ssl

import pytest

import machine

STARTER = machine.PREFIX + "/libexec/twofa-rehearsal"
STATE = "/var/lib/twofactl"
FOLDER = "/etc/twofa"
CONF = FOLDER + "/twofa.conf"
UNIT = "twofa-rehearsal@30.service"


@pytest.fixture(name="started")
def started_fixture(units):
    os.makedirs(STATE, mode=0o700, exist_ok=True)
    machine.run(STARTER, CONF, "30")
    yield units
    machine.run("systemctl", "stop", UNIT, expected=None)
    for path in ("/account", "/codes"):
        if os.path.exists(STATE + path):
            os.unlink(STATE + path)
    for path in ("/rehearsal.pem", "/secrets/rehearsal"):
        os.unlink(FOLDER + path)


def ask(**fields):
    """As the helper asks: by that one certificate."""
    link = http.client.HTTPSConnection(
        "127.0.0.1", 8443, timeout=5,
        context=ssl.create_default_context(cafile=FOLDER + "/rehearsal.pem"))
    body = "&".join("%s=%s" % pair for pair in fields.items())
    link.request("POST", "/verify/json", body, {
        "Content-Type": "application/x-www-form-urlencoded"})
    found = json.loads(link.getresponse().read())
    link.close()
    return found["status"]


def text(path):
    with open(path, encoding="utf-8") as found:
        return found.read().strip()


@pytest.mark.usefixtures("units")
def test_verifies():
    assert machine.run("systemd-analyze", "--man=no", "verify", UNIT) == ""


def test_lives_and_ends(started):
    assert started.state(UNIT) == "active"
    pid = int(started.value("MainPID", UNIT))
    uid = os.stat("/proc/%d" % pid).st_uid
    assert uid not in (0, pwd.getpwnam("twofa").pw_uid)
    status = text("/proc/%d/status" % pid)
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
    assert "CapBnd:\t0000000000000000" in status
    who = {"number": "447700900100", "brand": "ACME", "api_key": "rehearsal"}
    assert ask(api_secret="guess", **who) != "0"
    assert ask(api_secret=text(FOLDER + "/secrets/rehearsal"), **who) == "0"
    assert "phone +447700900100 sms: ACME code: " in text(STATE + "/codes")
    for name in ("/codes", "/account"):
        info = os.stat(STATE + name)
        assert (info.st_uid, info.st_mode & 0o777) == (0, 0o600)
    assert "ACME code" not in machine.run("journalctl", "-u", UNIT)
    # another takes its place, with another certificate
    first = text(FOLDER + "/rehearsal.pem")
    machine.run(STARTER, CONF, "30")
    assert text(FOLDER + "/rehearsal.pem") != first
    os.unlink(STATE + "/account")
    machine.until(lambda: started.state(UNIT) == "inactive", "it goes on")
    with pytest.raises(OSError):
        ask(**who)


def test_without_the_simulator(started):
    path = machine.PREFIX + "/bin/twofa-simulator"
    shutil.move(path, path + ".away")
    try:
        assert "install the package twofa-simulator" in machine.run(
            STARTER, CONF, "30", expected=1)
    finally:
        shutil.move(path + ".away", path)
