# SPDX-License-Identifier: BSD-2-Clause
"""A rehearsal: init, trial and roll-back with the simulator of this host, what
other local users can do about it, and the way over to the vendor."""

import contextlib
import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import time

import pytest

import conf
import enablehost
import leftovers
import stage
from firstrun import bare, options
from killing import by_boot
from phones import NUMBERS, Simulator

TRANSPORTS = ("spawn",)
pytestmark = pytest.mark.usefixtures("admins")
CODES = enablehost.STATE + "/codes"
ACCOUNT = enablehost.STATE + "/account"
PEM = conf.FOLDER + "/rehearsal.pem"
SECRET = conf.FOLDER + "/secrets/rehearsal"
PLACE = ("127.0.0.1", 8443)
NAME = "twofa-simulator"
UID = 65519


def simulators():
    """Those of a rehearsal; the test's own is root's."""
    found = []
    for pid, name, state, _ in leftovers.processes():
        with contextlib.suppress(FileNotFoundError):
            if name == NAME and state != "Z" and \
                    os.stat("/proc/%d" % pid).st_uid == UID:
                found.append(pid)
    return found


def gone(timeout=5):
    for pid in simulators():
        leftovers.wait_gone(pid, timeout)
    with socket.socket() as s:
        return s.connect_ex(PLACE) != 0


class Codes:
    """What root reads."""

    @staticmethod
    def code(user, nth=None):
        end = time.monotonic() + 5
        while time.monotonic() < end:
            found = re.findall(r"(?m)^phone \+?%s sms: .*?code: (\d+)" %
                               NUMBERS.get(user, user).lstrip("+"),
                               enablehost.read(CODES) or "")
            if len(found) >= (nth or 1):
                return found[-1]
            time.sleep(0.02)
        raise AssertionError(enablehost.read(CODES))


@pytest.fixture(name="host")
def host_fixture(enabling, settings):
    """After init --rehearsal."""
    bare(settings)
    out = init(enabling)
    assert "twofactl enable sshd --rehearsal" in out
    enabling.run("enroll", "bob", NUMBERS["bob"], "--no-verify")
    yield enabling
    with contextlib.suppress(FileNotFoundError):
        os.unlink(ACCOUNT)
    gone()
    for path in (PEM, SECRET):
        enablehost.remove(path)


def init(enabling, *words, expected=0):
    return enabling.run("init", "--rehearsal", "--brand", "ACME", "--user",
                        "alice", "--phone", NUMBERS["alice"], "--no-verify",
                        "--yes", *words, expected=expected)


def on_trial(host, service="sshd", *words):
    t = host.begin(service, "--rehearsal", *words)
    t.code(Codes)
    assert t.ended() == 0, t.text
    assert "[REHEARSAL]" in t.text and CODES in t.text
    return t.text


def shown(sshd, user="alice"):
    """A login at its prompt for the code, which says what it is."""
    login = sshd.login(user, "id", "-un")
    login.password()
    login.prompt("ode sent")
    assert "[REHEARSAL]" in login.text
    return login


def test_whole(host, sshd, sim, tmp_path):
    """The admin's evening: practised, rolled back, and then for real."""
    before = enablehost.files()
    assert "earlier with: twofactl rollback" in on_trial(host)
    for user in ("alice", "bob"):
        login = shown(sshd, user)
        login.answer(Codes.code(user))
        assert login.ended() == 0 and user in login.text
    for words in ([], ["--anyway"]):
        assert "a rehearsal, which cannot be confirmed; end it: twofactl " \
            "rollback" in host.run("confirm", *words, expected=1)
    # no host in a rehearsal looks protected
    assert "is a rehearsal, which protects no login" in host.run("status")
    assert "warning: %s/twofa.conf is a rehearsal" % conf.FOLDER in (
        host.run("check"))
    doctor = subprocess.run([enablehost.TWOFACTL, "doctor"], text=True,
                            stdout=subprocess.PIPE, check=False)
    assert doctor.returncode == 1 and re.search(
        r"(?m)^.*rehearsal.* which protects no login", doctor.stdout)
    # the simulator's settings do not go while a trial needs them
    real = ["init", *options("vonage-verify", sim, str(tmp_path / "secret")),
            "--no-verify", "--yes"]
    assert "end that first: twofactl rollback" in host.run(*real, expected=1)
    assert "sshd is as it was before." in host.run("rollback")
    assert gone() and enablehost.files() == before
    login = sshd.login("alice", "id", "-un")
    login.password()
    assert login.ended() == 0
    # and for real
    host.run(*real)
    left = [name for _, _, names in os.walk(conf.FOLDER) for name in names
            if "rehears" in name]
    text = enablehost.read(conf.FOLDER + "/twofa.conf")
    assert not left and "rehearsal" not in text and "8443" not in text
    assert not os.path.exists(CODES) and not os.path.exists(ACCOUNT)
    assert "rehearsal" not in host.run("status")
    host.on_trial("sshd")
    login = sshd.login("alice", "id", "-un")
    login.password()
    assert "REHEARSAL" not in login.code(sim)
    assert login.ended() == 0
    assert "sshd is enabled." in host.run("confirm")
    # a host that asks for codes does not go back to one
    assert "sshd has been confirmed; to end it run: twofactl disable sshd" \
        in init(host, expected=1)
    assert text == enablehost.read(conf.FOLDER + "/twofa.conf")


def as_bob(*argv):
    return subprocess.run(["runuser", "-u", "bob", "--", *argv], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False)


def asked(path, body=None, user=None):
    """What any local user gets from the simulator."""
    link = http.client.HTTPSConnection(
        *PLACE, context=ssl._create_unverified_context(), timeout=5)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if user:
        headers["Authorization"] = "Basic " + user
    link.request("POST" if body else "GET", path, body, headers)
    reply = link.getresponse()
    text = reply.read().decode()
    link.close()
    return reply.status, text


def test_other_users_learn_nothing(host, quick, pam):
    """Neither codes nor a say in which one is right."""
    on_trial(host, "sudo")
    login = quick.login("alice", "sudo")
    login.prompt("REHEARSAL")
    code = Codes.code("alice")
    for path in ("messages", "requests?codes=1", "wait", "faults", "clock"):
        status, text = asked("/_sim/" + path)
        assert status == 404 and code not in text
    for path, body in (("push", '{"to":"x"}'), ("settings", '{"v1_rate":1}'),
                       ("reset", "{}"), ("faults", '{"endpoint":"check"}')):
        assert asked("/_sim/" + path, body)[0] == 404
    for body in ("api_key=rehearsal&api_secret=guess",
                 "api_key=abcd1234&api_secret=anything"):
        for path in ("/verify/json", "/verify/search/json",
                     "/verify/check/json", "/v2/verify"):
            _, text = asked(path, body + "&number=447700900100&brand=x"
                            "&request_id=1&code=1")
            assert '"status":"0"' not in text and code not in text
    # its process tells nothing, obeys nobody and owns nothing
    pid, = simulators()
    with open("/proc/%d/cmdline" % pid, encoding="ascii") as text:
        assert enablehost.read(SECRET) not in text.read()
    with open("/proc/%d/status" % pid, encoding="ascii") as text:
        status = text.read()
    assert "NoNewPrivs:\t1" in status and "Groups:\t \n" in status
    assert "CapEff:\t0000000000000000" in status
    for command in (["cat", CODES], ["cat", SECRET], ["cat", ACCOUNT],
                    ["ls", enablehost.STATE], ["kill", str(pid)],
                    ["cat", "/proc/%d/mem" % pid]):
        assert as_bob(*command).returncode != 0
    login.answer(code)
    assert login.ended() == 0


@contextlib.contextmanager
def thief():
    """bob has the port."""
    with subprocess.Popen(
            ["runuser", "-u", "bob", "--", "/usr/bin/python3", "-c",
             "import socket; s = socket.create_server(%r); "
             "print(flush=True); s.accept()" % (PLACE,)],
            stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        try:
            yield
        finally:
            process.stdout.close()
            subprocess.run(["pkill", "-P", str(process.pid)], check=False)
            process.kill()


def test_port_taken_before(host):
    before = enablehost.files()
    os.unlink(ACCOUNT)
    assert gone()
    with thief():
        out = host.run("enable", "sudo", "--user", "alice", "--no-input",
                       "--rehearsal", expected=4)
        assert "no rehearsal: twofa-simulator: cannot listen: Address " \
            "already in use" in out and "ss -ltnp" in out
    assert enablehost.files() == before and not host.pending()


def test_port_taken_later(host, quick, syslog):
    """The simulator dies, and another answers that every code is right."""
    on_trial(host)
    pid, = simulators()
    os.kill(pid, signal.SIGKILL)
    leftovers.wait_gone(pid, 5)
    liar = Simulator(stage.STAGE + "/liar")
    liar.port = PLACE[1]
    liar.cert = "self_signed"
    liar.start()
    try:
        login = quick.login("alice", rhost="192.0.2.1")
        assert login.ended() != 0
        assert not liar.requests()
    finally:
        liar.stop()
    line = syslog.login_line(user="alice", rhost="192.0.2.1")
    assert line["outcome"] == "denied"


def test_ends_with_its_trial(host, clock):
    """By the timer; a code that was on its way admits nobody."""
    before = enablehost.files()
    on_trial(host, "sudo", "--within", "1m")
    timer, = enablehost.timers()
    clock.advance(61)
    leftovers.wait_gone(timer, 10)
    assert gone() and enablehost.files() == before


def test_ends_at_a_boot(host, quick):
    """What ran is gone, and so is the simulator's key: before the roll-back a
    login is denied, after it all is as it was."""
    before = enablehost.files()
    on_trial(host, "sudo")
    login = quick.login("alice", "sudo")
    login.prompt("REHEARSAL")
    code = Codes.code("alice")
    pid, = simulators()
    os.kill(pid, signal.SIGKILL)
    leftovers.wait_gone(pid, 5)
    login.answer(code)
    assert login.ended() != 0
    by_boot(host)
    assert enablehost.files() == before and not host.pending()
    assert gone() and not os.path.exists(ACCOUNT)


def test_nothing_is_remembered(host, quick, pam):
    """Who got in by a code of the simulator's is not let in without one."""
    path = conf.FOLDER + "/twofa.conf"
    enablehost.write(path, enablehost.read(path).replace(
        "rules = (\n", "rules = (\n  { remember_minutes = 600; }\n"))
    pam.only("sshd")
    for _ in range(2):
        login = quick.by_key(rhost="192.0.2.1")
        login.prompt("REHEARSAL")
        login.answer(Codes.code("alice"))
        assert login.ended() == 0


@pytest.mark.parametrize("words, message", [
    (["sudo", "--no-trial"], "a rehearsal is always on trial: leave "
     "--rehearsal or --no-trial out"),
    (["polkit-1"], "a rehearsal is always on trial: leave --rehearsal or "
     "polkit-1 out")])
def test_usage(enabling, words, message):
    assert message in enabling.run("enable", *words, "--rehearsal",
                                   expected=2)


def test_other_settings(enabling, settings):
    """Those of a vendor, and those that any local user could answer for."""
    command = ["enable", "sudo", "--user", "alice", "--no-input",
               "--rehearsal"]
    first = "is no rehearsal on this host; first: twofactl init --rehearsal"
    assert first in enabling.run(*command, expected=1)
    settings.provider(base_url="http://127.0.0.1:1")
    assert first in enabling.run(*command, expected=1)
    assert not enabling.pending() and not simulators()


def test_without_the_word(host):
    out = host.run("enable", "sudo", "--user", "alice", "--no-input",
                   "--anyway", expected=1)
    assert "go over to a vendor: twofactl init" in out
    assert "add --rehearsal" in out and not host.pending()


def test_init_takes_no_vendor(host):
    for words in (["--provider", "vonage-verify"], ["--api-key", "abcd1234"],
                  ["--base-url", "https://127.0.0.1:1"]):
        assert "--rehearsal asks the simulator" in init(host, *words,
                                                        expected=2)


def test_init_once_more(host):
    """Nothing to change; the simulator runs again."""
    os.unlink(ACCOUNT)
    assert gone()
    assert "is already set up like this" in init(host)
    assert len(simulators()) == 1


def test_disable_ends_it(host):
    host.run("disable", "--all")
    assert gone()


def test_no_simulator(host):
    path = enablehost.REHEARSAL
    os.rename(path, path + ".away")
    try:
        assert "install the package twofa-simulator" in host.run(
            "enable", "sudo", "--user", "alice", "--no-input", "--rehearsal",
            expected=4)
    finally:
        os.rename(path + ".away", path)
    assert not host.pending()
