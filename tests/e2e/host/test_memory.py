# SPDX-License-Identifier: BSD-2-Clause
"""Memory that runs out in the module, in its host, and in the real helper with
its network: one request fails (tests/seams/failalloc.c). Nobody is let in by
it, nothing of ours crashes, nothing is left. test_nomemory.c goes through the
helper's requests one by one; here some are taken, others at each run."""

import os
import random
import re
import struct

import pytest

import leftovers
import stage
from crowd import KEY
from rig import Watched

TRANSPORTS = ("spawn", "socket")

SUCCESS = 0
LAYOUT = "=qqq40s64s"
HOST = stage.STAGE + "/test/nomemory-host"
HELPER = stage.STAGE + "/test/nomemory-helper"
HELPER_FILE = stage.STAGE + "/failalloc"
HOST_FILE = stage.STAGE + "/failalloc-host"
PAM_DIR = "/run/memory-pam.d"
FAKES = "/run/memory-fakes"
HELPER_POINTS = int(os.environ.get("NOMEMORY_POINTS", "20"))


class Memory:
    """Logins in which request nth fails; counts are of the last one."""

    def __init__(self):
        for folder in (PAM_DIR, FAKES):
            os.makedirs(folder, exist_ok=True)
            os.chmod(folder, 0o755)
        self.path = None

    def arm(self, path, nth, library="", ever=False):
        """The file that tells the program which one fails, and whether all
        later ones do."""
        self.path = path
        with open(path, "wb") as out:
            out.write(struct.pack(LAYOUT, nth, 0, ever, library.encode(),
                                  b""))
        os.chmod(path, 0o666)

    def _read(self):
        with open(self.path, "rb") as text:
            return struct.unpack(LAYOUT, text.read())

    def count(self):
        return self._read()[1]

    def crashed(self):
        """The program or library that crashed, "" if none did."""
        return self._read()[4].rstrip(b"\0").decode()

    @staticmethod
    def stack(helper):
        with open(PAM_DIR + "/sshd", "w", encoding="ascii") as out:
            out.write("auth required %s helper=%s\n" % (stage.MODULE, helper))

    @staticmethod
    def fake(name):
        """tests/host/fake_helper.c acts as its file's name says."""
        path = os.path.join(FAKES, name)
        if not os.path.exists(path):
            with open(stage.STAGE + "/test/fake_helper", "rb") as text, \
                    open(path, "wb") as out:
                out.write(text.read())
            os.chmod(path, 0o755)
        return path

    @staticmethod
    def field_stack(helper):
        """For a program with one field; a line that can deny is between."""
        with open(PAM_DIR + "/sshd", "w", encoding="ascii") as out:
            out.write("auth [default=ignore] %s split\n"
                      "auth [success=1 default=ignore] pam_unix.so nodelay "
                      "use_first_pass\nauth requisite pam_deny.so\n"
                      "auth required %s helper=%s no_prompt\n" % (
                          stage.MODULE, stage.MODULE, helper))

    @staticmethod
    def login(code, answer="@line"):
        """One login; code() is typed at its prompts."""
        person = Watched(["env", "FAILALLOC=" + HOST_FILE, HOST, *KEY,
                          "answer", answer, "answer", answer,
                          PAM_DIR, "sshd", "alice"])
        while person.prompt() is not None:
            person.answer(code())
        person.close_input()
        person.end()
        assert person.status == 0, person.lines
        assert person.lines[-1] == "same", person.lines
        return person.result()

    def close(self):
        for path in (HELPER_FILE, HOST_FILE):
            if os.path.exists(path):
                os.unlink(path)


@pytest.fixture
def memory(_ready):
    points = Memory()
    yield points
    points.close()


@pytest.mark.parametrize("fake,right", [("allow", True), ("deny", False),
                                        ("ask", True)])
def test_module(memory, syslog, fake, right):
    """Every request of the module and what it calls, one by one."""
    memory.stack(memory.fake(fake))
    memory.arm(HOST_FILE, 0, "pam_twofa")
    result = memory.login(lambda: "123456")
    assert (result == SUCCESS) == right
    most = memory.count()
    assert most >= 1  # it keeps to arrays of its own
    for nth in range(1, most + 1):
        syslog.clear()
        memory.arm(HOST_FILE, nth, "pam_twofa")
        result = memory.login(lambda: "123456")
        assert result != SUCCESS or right, nth
        left = leftovers.check()
        assert left is None, (nth, left)


def test_module_with_one_field(memory, syslog):
    """A code for which there was no memory is none; a password that could not
    be parted from it is a wrong one."""
    memory.field_stack(memory.fake("allow"))
    memory.arm(HOST_FILE, 0, "pam_twofa")
    assert memory.login(None, "pw-alice,123456") == SUCCESS
    most = memory.count()
    assert most >= 3
    for nth in range(1, most + 1):
        memory.arm(HOST_FILE, nth, "pam_twofa")
        memory.login(None, "pw-alice,123456")
        left = leftovers.check()
        assert left is None, (nth, left)


def chosen(most):
    """The requests that fail this time."""
    return sorted(random.sample(range(1, most), min(HELPER_POINTS, most - 1)))


def _lines(syslog):
    return "\n".join(syslog.lines())


def newest(sim):
    """The code on the phone; any, at a prompt for which none was sent."""
    found = sim.messages("alice")
    return found[-1]["code"] if found else "000000"


def died(memory, syslog):
    """libconfig does not look whether it got memory, and by it alone a helper
    may be ended: denied, with the reason and a line. Nothing crashes."""
    text = "%s: %s" % (memory.crashed(), _lines(syslog))
    ended = re.search(r"exit status (\d+): ", text)
    assert memory.crashed() == "", text
    assert ended is None or int(ended[1]) < 128, text
    if "settings: no memory: libconfig" not in text:
        return False
    assert ended is not None and ended[1] == "1", text
    line, = syslog.logins()
    assert line["outcome"] == "denied", line
    assert line["reason"] == "helper-died", line
    return True


def test_helper(memory, settings, sim, syslog):
    """The real helper and provider. An allowed login is one in which what
    failed did no harm: then the provider has said yes to the code."""
    memory.stack(HELPER)
    memory.arm(HOST_FILE, 0)
    memory.arm(HELPER_FILE, 0)
    assert memory.login(lambda: sim.code("alice")) == SUCCESS
    most = memory.count()
    assert most > 1000
    for nth in chosen(most):
        settings.no_state()
        sim.reset()
        syslog.clear()
        memory.arm(HELPER_FILE, nth)
        result = memory.login(lambda: newest(sim))
        text = "request %d of %d: " % (nth, most) + _lines(syslog)
        assert not died(memory, syslog) or result != SUCCESS, text
        assert len(sim.requests("start")) <= 1, text
        assert len(sim.requests("check")) <= 1, text
        assert result != SUCCESS or len(sim.requests("check")) == 1, text
        line, = syslog.logins()
        assert result == SUCCESS or line["reason"] != "deadline", text
    assert leftovers.check() is None


@pytest.mark.parametrize("nth", [1, 10, 40])
def test_libcrypto(memory, syslog, nth):
    """What it asks for first; used all the same, it would crash."""
    memory.stack(HELPER)
    memory.arm(HOST_FILE, 0)
    memory.arm(HELPER_FILE, nth)
    assert memory.login(lambda: "000000") != SUCCESS
    line, = syslog.logins()
    assert line["reason"] == "helper-died", line
    assert "libcrypto cannot be set up: free memory" in _lines(syslog)
    assert memory.crashed() == ""


def test_shortage_is_no_outage(memory, settings, sim, syslog):
    """From some request on there is no memory any more: that never lets in.
    The code is wrong at each point."""
    settings.set(on_outage="allow", unenrolled="allow")
    memory.stack(HELPER)
    memory.arm(HOST_FILE, 0)
    memory.arm(HELPER_FILE, 0)
    assert memory.login(lambda: "000000") != SUCCESS
    most = memory.count()
    for nth in chosen(most):
        settings.no_state()
        sim.reset()
        syslog.clear()
        memory.arm(HELPER_FILE, nth, ever=True)
        result = memory.login(lambda: "000000")
        assert result != SUCCESS, (
            "request %d of %d: " % (nth, most) + _lines(syslog))
        died(memory, syslog)
    assert leftovers.check() is None


def test_libconfig(memory, settings, syslog):
    """Whichever of its requests fails, the log says why. At the first one it
    crashes, at the fourth it calls exit, at some it goes on. A login that is
    skipped, since all requests being looked at makes TLS too slow."""
    settings.set(rules=[{"action": "skip"}])
    memory.stack(HELPER)
    memory.arm(HOST_FILE, 0)
    memory.arm(HELPER_FILE, 0, "libconfig")
    assert memory.login(None) == SUCCESS
    most = memory.count()
    assert most > 30
    deaths = 0
    for nth in sorted({*range(1, 9), *chosen(most)}):
        syslog.clear()
        memory.arm(HELPER_FILE, nth, "libconfig")
        result = memory.login(None)
        text = "request %d of %d: " % (nth, most) + _lines(syslog)
        deaths += died(memory, syslog)
        assert result != SUCCESS and re.search("(no|out of) memory", text), text
    assert deaths > 2
    assert leftovers.check() is None
