# SPDX-License-Identifier: BSD-2-Clause
"""The office's morning: forty people, and thirty of them at the prompt of one
host at once, with the sshd and the helper that systemd starts."""

import os
import subprocess

import pytest

import machine
from terminal import Terminals

PEOPLE = ["p%02d" % number for number in range(40)]
AT_ONCE = PEOPLE[:30]
TWOFACTL = machine.PREFIX + "/sbin/twofactl"
DROP_IN = "/etc/ssh/sshd_config.d/30-twofa.conf"


def phone(user):
    return "+4477009%05d" % (int(user[1:]) * 100 + 1000)


def write_accounts():
    for user in PEOPLE:
        machine.run("useradd", "-m", "-s", "/bin/bash", user)
    subprocess.run(["chpasswd"], text=True, check=True, input="".join(
        "%s:pw-%s\n" % (user, user) for user in PEOPLE))
    machine.run("groupadd", "-f", "sudo")
    machine.run("usermod", "-aG", "sudo", PEOPLE[0])


@pytest.fixture
def office(settings, sim, units, tmp_path):
    """All are enrolled, and root's socket is on. One address may ask for as
    many messages as init gives to an office's."""
    write_accounts()
    settings.set(limits={"resend_wait": [1, 2], "sends_per_source_hour": 300})
    table = tmp_path / "people.csv"
    table.write_text("user,phone\n" + "".join(
        "%s,%s\n" % (user, phone(user)) for user in PEOPLE))
    machine.run(TWOFACTL, "import", str(table))
    units.do("enable", "--now", machine.ROOT_SOCKET)
    machine.run("systemctl", "restart", "ssh")
    people = Terminals()
    yield people
    people.close_all()
    machine.run(TWOFACTL, "rollback", expected=None)
    machine.run(TWOFACTL, "disable", "--all", expected=None)
    for user in PEOPLE:
        machine.run("userdel", "-r", user, expected=None)


def call(people, user):
    return people.run(
        "/usr/bin/ssh", "-o", "StrictHostKeyChecking=no", "-o",
        "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
        user + "@127.0.0.1", "id", "-un", password_of=user)


def test_the_morning(office, sim, journal):
    """enable, thirty people at once, all in, confirm; then no problem with
    sshd's MaxStartups, and it is gone with disable."""
    out = machine.run(TWOFACTL, "enable", "sshd", "--user", PEOPLE[0],
                      "--no-input")
    assert "MaxStartups 60:30:200" in out, out
    assert "sshd is on trial" in out, out
    before = len(sim.messages())
    calls = {user: call(office, user) for user in AT_ONCE}
    for one in calls.values():
        one.expect(r"assword: ?$", timeout=120)
    for user, one in calls.items():
        one.answer("pw-" + user)
    for one in calls.values():
        one.prompt("[Cc]ode", timeout=120)
    for user, one in calls.items():
        one.answer(sim.code(phone(user)))
    for user, one in calls.items():
        assert one.ended(timeout=60) == 0, one.text
        assert user in one.text.split(), one.text
    assert len(sim.messages()) - before <= len(AT_ONCE)
    allowed = [line["user"] for line in journal.logins()
               if line["outcome"] == "allowed" and line["service"] == "sshd"]
    assert set(AT_ONCE) <= set(allowed)
    assert not [line for line in journal.lines() if "MaxStartups" in line]
    assert "sshd is enabled." in machine.run(TWOFACTL, "confirm")
    assert "sshd-maxstartups" not in machine.run(TWOFACTL, "doctor",
                                                 expected=None)
    machine.run(TWOFACTL, "disable", "sshd")
    assert not os.path.exists(DROP_IN)
