# SPDX-License-Identifier: BSD-2-Clause
"""A host of forty people, of whom few are enrolled: whom enable would lock out,
what it takes to go on, and what doctor says then."""

import re

import pytest

import machine
from machine import PREFIX

TWOFACTL = PREFIX + "/sbin/twofactl"
DESKS = ["desk%02d" % n for n in range(38)]  # and alice and bob, who are enrolled
ENABLE = ("enable", "sshd", "--user", "alice", "--no-input")


def twofactl(*words, expected=0):
    return machine.run(TWOFACTL, *words, expected=expected)


@pytest.fixture(scope="module")
def desks(installed):
    """Accounts with a password, some of them with a key; a machine's, with a key
    alone; and one whose shell lets nobody in."""
    for name in DESKS:
        machine.run("useradd", "-m", "-s", "/bin/bash", name)
    machine.run("sh", "-c", "printf '%s:pw\\n' " + " ".join(DESKS) +
                " dormant | (useradd -m -s /usr/sbin/nologin dormant && "
                "chpasswd -c SHA256 -s 1000)")
    for name in ("backup1", "desk03"):
        machine.run("sh", "-c", "id -u %s 2>/dev/null || useradd -m -s /bin/sh "
                    "%s; mkdir -p ~%s/.ssh && echo ssh-ed25519 AAAA "
                    ">~%s/.ssh/authorized_keys" % ((name,) * 4))
    yield DESKS
    for name in (*DESKS, "dormant", "backup1"):
        machine.run("userdel", "-r", "-f", name, expected=None)


@pytest.fixture
def office(desks, settings, ssh_files):
    return desks


@pytest.fixture
def ssh_files():
    yield
    machine.run(TWOFACTL, "rollback", expected=None)
    machine.run(TWOFACTL, "disable", "--all", expected=None)


def denied(out, service="sshd"):
    """How many of how many, and who is named."""
    found = re.search(r"%s would deny from then on: (\d+) of the (\d+) that "
                      % service, out)
    assert found, out
    return int(found[1]), int(found[2]), re.findall(
        r"(?m)^  (\S+) +(?:admin +)?LOCKED OUT: they are not enrolled", out)


def goes_on(settings, **keys):
    """It would, with these settings."""
    settings.set(**keys)
    return denied(twofactl(*ENABLE[:2], "--dry-run"))


def test_stops(office, settings):
    """Whoever has a key keeps that way in by a password's trial."""
    before = machine.read("/etc/pam.d/sshd")
    without = [name for name in office if name != "desk03"]
    out = twofactl(*ENABLE, expected=1)
    assert denied(out) == (37, 41, without[:10]), out
    assert "\n  and 27 more LOCKED OUT\n" in out
    assert "backup1" not in out and "dormant" not in out
    assert "nobody" not in out.replace("which nobody else", "")
    assert machine.read("/etc/pam.d/sshd") == before
    assert denied(twofactl(*ENABLE[:2], "--dry-run", expected=1))[0] == 37
    assert denied(twofactl("enable", "sshd", "--login", "both", "--dry-run",
                           expected=1))[:2] == (39, 41)


def test_goes_on(office, settings):
    """By --anyway, by settings, by a rule."""
    assert denied(twofactl(*ENABLE, "--anyway"))[0] == 37
    twofactl("rollback")
    assert goes_on(settings, unenrolled="allow")[:2] == (0, 41)
    assert goes_on(settings, unenrolled="deny", rules=[
        {"users": office, "action": "observe"}])[:2] == (0, 41)


def test_goes_on_enrolled(office, settings):
    for n, name in enumerate(office[:-1]):
        settings.user(name, phone="+4477009020%02d" % n)
    assert denied(twofactl(*ENABLE, expected=1)) == (1, 41, office[-1:])
    settings.user(office[-1], phone="+447700902099")
    assert goes_on(settings)[:2] == (0, 41)
    assert "is on trial until" in twofactl(*ENABLE)


def test_doctor(office, settings):
    """The same of a host that is enabled."""
    twofactl("enable", "sshd", "--no-trial", "--anyway")
    out = twofactl("doctor", expected=1)
    found = re.search(r"(?m)^lockout: 37 of 41 accounts that can log in by sshd "
                      r"are not enrolled, .*: (desk00, .*) and 27 more; for "
                      "each run: twofactl enroll NAME NUMBER", out)
    assert found and len(found[1].split(", ")) == 10, out
