# SPDX-License-Identifier: BSD-2-Clause
"""The fixtures: README.md beside this file describes them."""

import datetime
import glob
import os
import pwd
import signal
import sys
import time

import pytest

# The same modules in each suite: they are compiled once, and no folder of sources
# is written to.
sys.pycache_prefix = os.path.join(os.path.abspath(
    os.environ.get("TWOFA_BUILD", "build")), "pycache")
sys.dont_write_bytecode = False

# Their modules have one name each: a test imports any of them by it.
sys.path[:0] = sorted(glob.glob(os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "[a-z]*/")))

# pylint: disable=wrong-import-position
import leftovers
import listener
import stage
from admin import Admin
from app import enrol
from askpass import Askpass
from breakage import HOST_NAME
from conf import Settings
from crowd import Crowd
from doctorhost import healthy
from journal import Journal
from pamstack import PamStacks
from phones import Simulator
from quick import Quick
from sshserver import Sshd
from terminal import Terminals

SUDOERS = "/etc/sudoers.d/twofa-tests"

# A shell that starts the tests in the background ignores these, and so would
# every program that they start; but Ctrl-C has to end a login here.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
# nohup ignores this one. These tests still outlast a hang-up; but a program that
# they start must not, and a handler, unlike that, does not go on to it.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda number, frame: None)


def _sudoers():
    with open(SUDOERS, "w", encoding="ascii") as out:
        out.write("Defaults !lecture, timestamp_timeout=0\n"
                  "alice ALL=(ALL:ALL) ALL\nbob ALL=(ALL:ALL) ALL\n")
    os.chmod(SUDOERS, 0o440)


@pytest.fixture(scope="session")
def build():
    stage.make()
    _sudoers()
    return stage.STAGE


@pytest.fixture(scope="session")
def _journal(build):
    return Journal()


@pytest.fixture(scope="session")
def _simulator(build):
    simulator = Simulator(names=[HOST_NAME])
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture(scope="session")
def _settings(build):
    account = pwd.getpwnam("twofa")
    settings = Settings(account.pw_uid, account.pw_gid)
    settings.keep_first_state()
    return settings


@pytest.fixture(scope="session")
def _pam(build):
    yield PamStacks()
    listener.SHARED.stop()


@pytest.fixture(scope="session")
def _terminals():
    return Terminals()


@pytest.fixture(scope="session")
def _sshd(build, _terminals):
    server = Sshd(_terminals)
    yield server
    server.stop()


@pytest.fixture
def syslog(_journal):
    _journal.clear()
    return _journal


@pytest.fixture
def sim(_simulator):
    _simulator.fresh()
    return _simulator


@pytest.fixture
def settings(_settings, sim):
    _settings.reset(sim.url, sim.certs.ca)
    return _settings


@pytest.fixture
def pam(_pam, build):
    _pam.reset()
    return _pam


@pytest.fixture
def terminals(_terminals, _ready):
    return _terminals


@pytest.fixture
def sshd(_sshd, _ready, _terminals):
    return _sshd


@pytest.fixture
def _ready(request, _terminals, syslog, pam, settings):
    """The same beginning for every test that logs in, and a look at what it
    left. Terminals close first: a helper ends when its login does."""
    stage.reports()
    yield
    _terminals.close_all()
    if "_sshd" in request.fixturenames:
        request.getfixturevalue("_sshd").stop_children()
    left = leftovers.check()
    assert left is None, left
    odd = [line for line in syslog.lines() if "sandbox: " in line]
    assert not odd, odd  # a login needs what the filter refuses
    found = stage.reports()
    assert not found, "a sanitizer reports:\n" + "\n".join(found)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what the terminals and the log said."""
    report = (yield).get_result()
    if not report.failed:
        return
    fixtures = getattr(item, "funcargs", {})
    if "_terminals" in fixtures:
        for terminal in fixtures["_terminals"].opened():
            report.sections.append(("terminal", terminal.text))
    if "syslog" in fixtures:
        report.sections.append(("log", "\n".join(
            fixtures["syslog"].lines())))


@pytest.fixture
def started(pam):
    """For what is true of a helper only that is started for one login."""
    pam.args(transport="spawn")


@pytest.fixture
def warm(_ready, pam):
    """A helper that listens for this test alone; the module is told where."""
    found = listener.Listener()
    pam.args(transport="socket", socket=found.path)
    yield found
    assert found.stop() == 0


@pytest.fixture
def quick(terminals, sim, syslog):
    return Quick(terminals, sim, syslog)


class Clock:
    """The helper's own clock and the simulator's, moved together."""

    def __init__(self, sim):
        self._sim = sim
        self._offset = 0
        self._wall = 0

    @property
    def wall_offset(self):
        """By how much the helper's time of day differs from the real one."""
        return self._offset + self._wall

    def today(self):
        """Seconds since midnight UTC."""
        return (time.time() + self.wall_offset) % 86400

    @staticmethod
    def _write(path, seconds):
        text = b"%20d\n" % (seconds * 1000)
        if os.path.exists(path):
            # in its place: some have it in their memory (tests/seams/clock.c)
            with open(path, "r+b", buffering=0) as out:
                out.write(text)
            return
        with open(path + ".new", "wb") as out:
            out.write(text)
        os.rename(path + ".new", path)

    def set(self, seconds):
        """Only the helper's clock: seconds ahead of the real one."""
        self._offset = seconds
        self._write(stage.CLOCK_FILE, seconds)

    def set_wall(self, seconds):
        """Set the helper's time of day, and nothing else, so much ahead."""
        self._wall = seconds
        self._write(stage.WALL_FILE, seconds)

    def advance_wall(self, seconds):
        self.set_wall(self._wall + seconds)

    def advance(self, seconds):
        self.set(self._offset + seconds)
        self._sim.advance(seconds)


@pytest.fixture
def clock(sim, pam, _ready):
    moved = Clock(sim)
    moved.set(0)
    moved.set_wall(0)
    pam.args(helper=stage.CLOCK_HELPER)
    return moved


@pytest.fixture
def at(clock):
    """Set the helper's time of day: to "2026-03-27 12:00", in UTC."""
    def move(utc):
        wanted = datetime.datetime.fromisoformat(utc + "+00:00").timestamp()
        clock.set_wall(round(wanted - time.time()) + 5)
    return move


ZONE = "/etc/localtime"


@pytest.fixture
def zone():
    """Puts a link, a text or nothing (None) in place of the host's zone."""
    kept = ZONE + ".kept"
    if os.path.lexists(ZONE):
        os.rename(ZONE, kept)

    def put(what):
        if os.path.lexists(ZONE):
            os.unlink(ZONE)
        if what is not None and what.startswith("/"):
            os.symlink(what, ZONE)
        elif what is not None:
            with open(ZONE, "w", encoding="ascii") as out:
                out.write(what)

    yield put
    put(None)
    if os.path.lexists(kept):
        os.rename(kept, ZONE)


@pytest.fixture
def admin(_ready, request):
    person = Admin()
    if "clock" in request.fixturenames:
        person.helper = stage.CLOCK_HELPER
    return person


@pytest.fixture
def doctor(admin, settings, pam, tmp_path_factory):
    copy = tmp_path_factory.getbasetemp() / "with-codes"
    with healthy(admin, pam, str(copy)) as found:
        yield found


@pytest.fixture
def crowd(_ready, pam, request):
    if "clock" in request.fixturenames:
        request.getfixturevalue("clock")
    people = Crowd(pam.module_line())
    yield people
    people.close()


@pytest.fixture
def app(settings, clock):
    """alice's authenticator app, beside her phone."""
    return enrol(settings, clock)


@pytest.fixture
def askpass():
    person = Askpass()
    yield person
    person.close()
