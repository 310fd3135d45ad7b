# SPDX-License-Identifier: BSD-2-Clause
"""The ways on which user twofa could have processes started outside of a
helper's limits: the system's own dbus-daemon, with and without the rule that
comes with the package, and a systemd of the user's."""

import os
import pwd
import shutil
import socket
import subprocess
import time

import pytest

import stage

TRANSPORTS = ("spawn",)

SOCKET = "/run/dbus/system_bus_socket"
RULE = "/etc/dbus-1/system.d/twofa.conf"
LINGER = "/var/lib/systemd/linger/twofa"


def hello(user):
    """Does the bus greet this user? By the program of the bus's own package."""
    account = pwd.getpwnam(user)
    done = subprocess.run(
        ["dbus-send", "--system", "--print-reply",
         "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetId"],
        user=account.pw_uid, group=account.pw_gid, extra_groups=[],
        capture_output=True, text=True, check=False)
    return done.returncode == 0


@pytest.fixture
def bus():
    """As Debian sets it up. Call it to have it read its rules again."""
    os.makedirs("/run/dbus")
    with subprocess.Popen(["dbus-daemon", "--system", "--nofork", "--nopidfile",
                           "--nosyslog"], stderr=subprocess.DEVNULL) as server:
        try:
            end = time.monotonic() + 20
            while not os.path.exists(SOCKET):
                assert server.poll() is None and time.monotonic() < end
                time.sleep(0.02)
            yield lambda: subprocess.run(
                ["dbus-send", "--system", "--print-reply",
                 "--dest=org.freedesktop.DBus", "/",
                 "org.freedesktop.DBus.ReloadConfig"],
                capture_output=True, check=True)
        finally:
            server.terminate()
    shutil.rmtree("/run/dbus")


needs_bus = pytest.mark.skipif(not shutil.which("dbus-daemon"),
                               reason="package dbus is not installed")


@needs_bus
def test_bus_without_the_rule(doctor, bus):
    """The remedy, as make install and the packages do it, is enough."""
    assert hello("twofa")
    doctor.finds("bus", "the system bus lets user twofa in",
                 "systemctl reload dbus")
    os.makedirs(os.path.dirname(RULE), exist_ok=True)
    shutil.copy(stage.ROOT + "/packaging/dbus/twofa.conf", RULE)
    bus()
    try:
        doctor.well()
        assert not hello("twofa")
        assert hello("root") and hello("alice")
    finally:
        os.unlink(RULE)


@needs_bus
def test_rule_of_a_user_who_came_later(doctor, bus):
    """The bus starts with it all the same, and knows the user once it is
    told to read again, as an installation does."""
    os.makedirs(os.path.dirname(RULE), exist_ok=True)
    with open(stage.ROOT + "/packaging/dbus/twofa.conf",
              encoding="utf-8") as text:
        rule = text.read()
    with open(RULE, "w", encoding="utf-8") as out:
        out.write(rule.replace("twofa\"", "twofa-later\""))
    bus()
    try:
        assert hello("alice")
        doctor.finds("bus")
        subprocess.run(["useradd", "-o", "-u",
                        str(pwd.getpwnam("twofa").pw_uid), "-M",
                        "twofa-later"], check=True, capture_output=True)
        try:
            bus()
            assert not hello("twofa") and hello("alice")
        finally:
            subprocess.run(["userdel", "-f", "twofa-later"], check=True,
                           capture_output=True)
    finally:
        os.unlink(RULE)


@pytest.fixture
def systemd():
    """As far as a program can see; nothing of it is asked."""
    os.makedirs("/run/systemd/system", exist_ok=True)
    yield
    os.rmdir("/run/systemd/system")


def test_manager(doctor, systemd):
    """Each of the three, and what the remedy does."""
    uid = pwd.getpwnam("twofa").pw_uid
    unit = "user@%d.service" % uid
    mask = "/etc/systemd/system/" + unit
    remedy = "run: systemctl mask --now %s; rm -f %s\n" % (unit, LINGER)
    doctor.finds("user-manager", "has or can get a systemd", remedy)
    os.makedirs(os.path.dirname(mask), exist_ok=True)
    os.makedirs(os.path.dirname(LINGER), exist_ok=True)
    with open(LINGER, "w", encoding="ascii"):
        pass
    subprocess.run(["systemctl", "--root=/", "mask", unit], check=True,
                   capture_output=True)
    doctor.finds("user-manager", remedy)
    os.unlink(LINGER)
    doctor.well()
    private = "/run/user/%d/systemd/private" % uid
    os.makedirs(os.path.dirname(private))
    with socket.socket(socket.AF_UNIX) as manager:
        manager.bind(private)
        manager.listen()
        doctor.finds("user-manager", remedy)
    doctor.well()  # Debian 13 leaves folder and socket behind
    shutil.rmtree("/run/user/%d" % uid)
    doctor.well()
    os.unlink(mask)
    os.symlink("/usr/lib/systemd/system/user@.service", mask)
    doctor.finds("user-manager")
    os.unlink(mask)
