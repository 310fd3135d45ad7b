# SPDX-License-Identifier: BSD-2-Clause
"""The Debian package on a machine that was booted: what it turns on, logins
through the socket while it is upgraded and downgraded, and the way out."""

import glob
import os

import pytest

import machine
import stage
from crowd import SUCCESS
from machine import ROOT_SOCKET, SERVICE, USER_SOCKET
from throng import Throng, gets_in

HELPER = "/usr/libexec/twofa-helper"
LOGINS, CHANGES = 100, 10


def dpkg(*words, **more):
    return machine.run("dpkg", *words, **more)


def deb(kind):
    """As the suite deb/bookworm has built it."""
    found = glob.glob(os.path.join(stage.build_dir(), "roots/bookworm/packages",
                                   kind, "deb/libpam-twofa_*.deb"))
    if not found:
        pytest.skip("no packages: tests/run --more deb/bookworm builds them")
    return found[0]


@pytest.fixture
def package(units):
    """In the place of what make installed."""
    first = deb("this")
    machine.make("uninstall")
    dpkg("-i", first)
    yield units
    units.reset()
    dpkg("--purge", "--force-remove-protected", "libpam-twofa")
    machine.make("install")


def test_turned_on(package, settings, sim, crowd):
    """Root's socket, and not the other one."""
    for unit, wanted in ((ROOT_SOCKET, ("enabled", "active")),
                         (USER_SOCKET, ("disabled", "inactive"))):
        assert (package.value("UnitFileState", unit),
                package.state(unit)) == wanted
    assert package.state() == "inactive"
    assert gets_in(crowd, lambda: sim.code("alice")) == SUCCESS
    assert os.readlink("/proc/%d/exe" % package.pid) == HELPER


def test_up_and_down(package, settings, sim, crowd, journal):
    """No login is denied, and the socket stays as it is."""
    waiting = crowd.login("alice")
    assert waiting.prompt() is not None
    opened = package.value("ActiveEnterTimestampMonotonic", ROOT_SOCKET)
    first = package.pid
    throng = Throng(crowd, sim, settings, CHANGES)
    changes = 0
    try:
        while changes < CHANGES or len(throng.results) < LOGINS:
            throng.go_on()
            dpkg("-i", deb("this" if changes % 2 else "next"))
            changes += 1
    finally:
        results = throng.end()
    assert set(results) == {SUCCESS}, [
        login for login in journal.logins() if login["outcome"] != "allowed"]
    waiting.answer(sim.code("alice"))
    waiting.close_input()
    assert waiting.result() == SUCCESS
    assert package.value("ActiveEnterTimestampMonotonic",
                         ROOT_SOCKET) == opened
    assert gets_in(crowd, lambda: sim.code("bob"), "bob") == SUCCESS
    assert package.pid == first  # the new file, in the same process
    assert os.readlink("/proc/%d/exe" % first) == HELPER
    assert not [line for line in journal.lines() if "left-over" in line]


def test_a_new_unit(package, settings, sim, crowd):
    """It holds from the upgrade on, and the login that waits goes on."""
    login = crowd.login("alice")
    assert login.prompt() is not None
    first = package.pid
    machine.write("/var/lib/twofactl/unit", "of an older version\n")
    dpkg("-i", deb("this"))
    assert package.pid != first
    login.answer(sim.code("alice"))
    login.close_input()
    assert login.result() == SUCCESS


def test_out(package, settings, sim, crowd):
    """Whatever listens ends, the socket that somebody turned on as well."""
    package.do("enable", "--now", USER_SOCKET)
    assert gets_in(crowd, lambda: sim.code("alice")) == SUCCESS
    dpkg("--remove", "--force-remove-protected", "libpam-twofa")
    for unit in (SERVICE, ROOT_SOCKET, USER_SOCKET):
        assert package.state(unit) == "inactive"
    assert not package.executed()
    assert not os.listdir("/run/twofa")
