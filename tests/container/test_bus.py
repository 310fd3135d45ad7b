# SPDX-License-Identifier: BSD-2-Clause
"""What user twofa can have logind, polkit and systemd do, as a helper could
that was taken over: on a machine as Debian sets it up, with what make install
puts against it and without."""

import os
import pwd
import re

import pytest

import machine
from test_units import gets_in, logs_in, waits

RULE = "/etc/dbus-1/system.d/twofa.conf"
LINGER = "/var/lib/systemd/linger/twofa"
TRACE = "/tmp/twofa-was-here"
ESCAPE = """\
[Service]
Type=oneshot
ExecStart=sh -c 'grep NoNewPrivs /proc/self/status >%s'
""" % TRACE
TWOFACTL = machine.PREFIX + "/sbin/twofactl"


def uid():
    return pwd.getpwnam("twofa").pw_uid


def unit():
    return "user@%d.service" % uid()


def mask():
    return "/etc/systemd/system/" + unit()


def as_twofa(*argv, expected=0):
    return machine.run(
        "setpriv", "--reuid=twofa", "--regid=twofa", "--clear-groups",
        "--no-new-privs", "env", "XDG_RUNTIME_DIR=/run/user/%d" % uid(),
        *argv, expected=expected)


def linger(expected=0):
    """The call that polkit allows everybody about himself."""
    return as_twofa("busctl", "call", "org.freedesktop.login1",
                    "/org/freedesktop/login1",
                    "org.freedesktop.login1.Manager", "SetUserLinger", "ubb",
                    str(uid()), "true", "false", expected=expected)


def manager():
    return machine.Units.value("ActiveState", unit())


def escape(expected=0):
    """A process that systemd starts; it has no no_new_privs."""
    folder = "/run/user/%d/systemd" % uid()
    if os.path.isdir(folder):
        as_twofa("mkdir", "-p", folder + "/user")
        machine.write(folder + "/user/out.service", ESCAPE)
        # the folder of a manager that ended may still be there
        as_twofa("systemctl", "--user", "daemon-reload", expected=None)
    return as_twofa("systemctl", "--user", "start", "out.service",
                    expected=expected)


def found():
    """What doctor says of the two ways."""
    said = machine.run(TWOFACTL, "doctor", expected=None)
    return set(re.findall(r"^(bus|user-manager): ", said, re.M))


def loosen(*paths):
    """As on a host that has none of it."""
    for path in paths:
        os.unlink(path)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "reload", "dbus")


@pytest.fixture
def ways(units, settings, restored):
    """Call it to take away some of what holds."""
    assert os.path.exists(RULE) and os.readlink(mask()) == "/dev/null"
    yield loosen
    for path in (LINGER, TRACE):
        if os.path.exists(path):
            os.unlink(path)
    machine.make("install")
    machine.until(lambda: manager() != "active", "it goes on")
    assert not found()


def test_way_out_without_any(ways):
    """So the tests below can fail."""
    ways(RULE, mask())
    assert found() == {"bus", "user-manager"}
    linger()
    machine.until(lambda: manager() == "active", "no manager")
    escape()
    assert machine.read(TRACE).split() == ["NoNewPrivs:", "0"]
    assert "user-manager" in found()


def test_bus_is_shut(warm, crowd, sim, ways):
    """By the rule alone; who logs in needs no bus."""
    assert not found()
    ways(mask())
    assert found() == {"user-manager"}
    linger(expected=1)
    assert not os.path.exists(LINGER) and manager() != "active"
    as_twofa("busctl", "--system", "status", expected=1)
    machine.run("setpriv", "--reuid=alice", "--regid=alice", "--clear-groups",
                "busctl", "--system", "status")
    logs_in(crowd, sim)


def test_no_manager(ways):
    """By the mask alone: logind is asked, and systemd starts none."""
    ways(RULE)
    assert found() == {"bus"}
    linger(expected=None)
    escape(expected=1)
    assert manager() != "active" and not os.path.exists(TRACE)
    if os.path.exists(LINGER):
        assert found() == {"bus", "user-manager"}


def test_installed_over_a_manager_that_runs(ways):
    """As on a host where it was used before: it goes, for good."""
    ways(RULE, mask())
    linger()
    machine.until(lambda: manager() == "active", "no manager")
    machine.make("install")
    assert manager() != "active" and not os.path.exists(LINGER)
    assert not found()
    linger(expected=1)


def test_ssh_without_the_bus(warm, ssh, sim, ways):
    login = ssh("alice")
    login.password()
    login.code(sim)
    assert login.ended() == 0


def test_copies_see_no_bus(warm, crowd, sim, ways):
    """Nor those of a host whose rule is gone: the unit hides it."""
    ways(RULE)
    login = waits(crowd)
    assert not os.listdir("/proc/%d/root/run/dbus" % warm.copies()[0])
    gets_in(login, sim)


def test_taken_away(warm, ways):
    machine.make("uninstall")
    assert not os.path.exists(RULE) and not os.path.lexists(mask())
    machine.make("install")
