# SPDX-License-Identifier: BSD-2-Clause
"""The office's morning: forty people, and thirty of them at the prompt of one
host at once, with the sshd and the helper that systemd starts."""

import os

import pytest

import machine
from forty import (PEOPLE, TWOFACTL, call, enrolled, phone, remove_accounts,
                   write_accounts)
from terminal import Terminals

AT_ONCE = PEOPLE[:30]
DROP_IN = "/etc/ssh/sshd_config.d/30-twofa.conf"


@pytest.fixture
def office(settings, sim, units, tmp_path):
    """All are enrolled, and root's socket is on. One address may ask for as
    many messages as init gives to an office's."""
    write_accounts()
    settings.set(limits={"resend_wait": [1, 2], "sends_per_source_hour": 300})
    enrolled(PEOPLE, tmp_path)
    units.do("enable", "--now", machine.ROOT_SOCKET)
    machine.run("systemctl", "restart", "ssh")
    people = Terminals()
    yield people
    people.close_all()
    remove_accounts()


def test_the_morning(office, sim, journal):
    """enable, thirty people at once, all in, confirm; then no problem with
    sshd's MaxStartups, and it is gone with disable."""
    out = machine.run(TWOFACTL, "enable", "sshd", "--user", PEOPLE[0],
                      "--no-input")
    assert "MaxStartups 60:30:200" in out, out
    assert "sshd is on trial" in out, out
    before = len(sim.messages())
    calls = {user: call(office, user, "id", "-un") for user in AT_ONCE}
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
