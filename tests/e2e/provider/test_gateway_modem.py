# SPDX-License-Identifier: BSD-2-Clause
"""The guide's own gateway, as it stands there, before a real gammu-smsd whose
modem is gammu's dummy."""

import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import time

import pytest

import gateway

TRANSPORTS = ("spawn", "socket")

FOLDER = "/run/modem"
SMSDRC = """\
[gammu]
model = dummy
connection = none
device = %(folder)s/dev
[smsd]
service = files
logfile = %(folder)s/log
loopsleep = 1
commtimeout = 1
checksecurity = 0
checkbattery = 0
checksignal = 0
inboxpath = %(folder)s/inbox/
outboxpath = %(folder)s/outbox/
sentsmspath = %(folder)s/sent/
errorsmspath = %(folder)s/error/
"""


def wait_for(found, what):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        result = found()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(what)


def listens():
    try:
        socket.create_connection(("127.0.0.1", 8443)).close()
        return True
    except OSError:
        return False


@pytest.fixture
def modem(settings, sim):
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name in ("dev", "inbox", "outbox", "sent", "error"):
        os.makedirs(os.path.join(FOLDER, name))
    with open("/etc/gammu-smsdrc", "w", encoding="ascii") as out:
        out.write(SMSDRC % {"folder": FOLDER})
    os.makedirs("/etc/sms-front", exist_ok=True)
    shutil.copy(sim.certs.path("good.pem"), "/etc/sms-front/cert.pem")
    shutil.copy(sim.certs.path("good.key"), "/etc/sms-front/cert.key")
    for path, text in (("/etc/sms-front/key", "s3cret\n"),
                       (FOLDER + "/sms-front", gateway.script("/usr/local/sbin/sms-front"))):
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
    settings.secret("modem", "s3cret")
    keys, _ = gateway.recipe("modem")
    assert keys["base_url"].endswith(":8443")
    settings.set(providers=[dict(keys, base_url="https://localhost:8443",
                                 ca_file=sim.certs.ca)])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen(argv, **quiet) for argv in (
        ["gammu-smsd"], [sys.executable, FOLDER + "/sms-front"])]
    wait_for(listens, "the guide's front does not listen")
    yield keys
    for process in started:
        process.kill()
        process.wait()


def sent():
    """The newest text that the modem took: (number, code)."""
    for path in sorted(glob.glob(FOLDER + "/sent/*"))[-1:]:
        with open(path, encoding="latin-1") as text:
            found = text.read()
        return (re.search(r'Number = "(.+)"', found)[1],
                re.search(r"is (\d{6})\b", found)[1])
    return None


def test_login(quick, modem):
    login = quick.login()
    login.prompt("Verification code sent to .* by SMS")
    number, code = wait_for(sent, "the modem sent nothing")
    assert number == "+447700900100"
    login.answer(code)
    assert login.ended() == 0


def test_key_refused(quick, modem, settings):
    settings.secret("modem", "another")
    assert quick.login().ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "config"
    assert not glob.glob(FOLDER + "/outbox/*") and sent() is None


def test_doctor(modem, admin):
    assert "provider-" not in admin.run("doctor")[1]
