# SPDX-License-Identifier: BSD-2-Clause
"""The profile that the package brings, enforced by a kernel, for all that a helper
is started by. Each test of this folder ends with 0 denials."""

import pytest

from outage import Outages

PROFILE = "/etc/apparmor.d/usr.libexec.twofa-helper"
LOADED = "/sys/kernel/security/apparmor/profiles"
CONF = "/etc/twofa/twofa.conf"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def enforced(machine):
    return "twofa-helper (enforce)\n" in machine.read(LOADED)


def labels(machine):
    return {machine.read("/proc/%d/attr/current" % pid).strip("\0\n")
            for pid in machine.helpers()}


def test_on_by_default(machine):
    """The package alone has loaded it, and nothing is only written to the log."""
    assert enforced(machine)
    assert "complain" not in machine.run(
        "sh", "-c", "grep twofa " + LOADED)


def test_brokers(machine, people):
    """Those of the state and of the provider, and the copy of the login."""
    login = people.at_code("alice")
    names = set(machine.run("ps", "-u", "twofa", "-o", "comm=").split())
    assert {"twofa-helper", "twofa-broker"} <= names
    found = machine.run("ps", "-u", "twofa", "-o", "label=")
    assert set(found.split("\n")) == {"twofa-helper (enforce)", ""}
    people.type_code(login)
    people.is_in(login, "alice")


@pytest.mark.parametrize("words", [
    ("check",), ("status",), ("doctor",), ("explain", "alice", "sshd"),
    ("recovery-codes", "alice"), ("unlock", "alice"), ("report",)])
def test_commands(machine, words):
    """Whatever they find."""
    machine.twofactl(*words, expected=None)


def test_renewal(machine, people):
    """The helper that listens goes over to its file again."""
    people.by_code("alice")
    machine.run("systemctl", "reload", "twofa-helper.service")
    people.by_code("bob")
    assert labels(machine) == {"twofa-helper (enforce)"}


def test_upgrade(machine, people):
    """Over a login that waits."""
    login = people.at_code("alice")
    machine.run("dpkg", "-i", "/root/package")
    people.type_code(login)
    people.is_in(login, "alice")
    people.by_code("bob")
    assert enforced(machine)


def test_without_systemd(machine, people):
    """A helper that makes its sockets itself, as root."""
    machine.run("systemctl", "stop", "twofa-helper.socket",
                "twofa-helper.service")
    machine.shell("/usr/libexec/twofa-helper "
                  "--listen=/run/twofa/helper.sock </dev/null >/dev/null 2>&1 &")
    try:
        people.by_code("alice")
        assert labels(machine) == {"twofa-helper (enforce)"}
    finally:
        machine.run("pkill", "-x", "twofa-helper", expected=None)
        machine.run("systemctl", "start", "twofa-helper.socket")


def test_state_elsewhere(machine, people):
    """Who has it there is not shut out by an upgrade to a package that brings the
    profile; the same words allow it."""
    before = machine.read(CONF)
    machine.run("apparmor_parser", "-R", PROFILE)
    machine.run("systemctl", "stop", "twofa-helper.socket",
                "twofa-helper.service")
    machine.shell("install -d -o twofa -g twofa -m 0700 /srv/twofa")
    machine.put(CONF, before + 'state = "/srv/twofa/state.db";\n')
    try:
        said = machine.run("dpkg", "-i", "/root/package")
        assert PROFILE + " is off" in said, said
        assert "twofa-helper" not in machine.read(LOADED)
        machine.run("systemctl", "stop", "twofa-helper.socket",
                    "twofa-helper.service")
        people.by_code("alice")
        machine.put("/etc/apparmor.d/local/usr.libexec.twofa-helper",
                    "/srv/twofa/ r,\n/srv/twofa/** rwkl,\n", "0644")
        machine.run("rm", "/etc/apparmor.d/disable/usr.libexec.twofa-helper")
        machine.run("apparmor_parser", "-r", PROFILE)
        people.by_code("bob")
        assert enforced(machine)
        machine.run("dmesg", "-C")  # what check met
    finally:
        machine.put(CONF, before)
        machine.run("dpkg", "-i", "/root/package")
        machine.run("systemctl", "restart", "twofa-helper.socket")
    assert enforced(machine)


def test_state_at_servers(machine, people):
    """An upgrade leaves the profile off, which was not tried with a state there;
    an admin's word turns it on, and then it stays on."""
    before = machine.read(CONF)
    machine.run("apparmor_parser", "-R", PROFILE)
    machine.put(CONF, before + 'state = "postgresql://db1,db2/twofa";\n')
    try:
        for told in (True, False):
            said = machine.run("dpkg", "-i", "/root/package")
            assert (PROFILE + " is off" in said) == told, said
            assert "twofa-helper" not in machine.read(LOADED)
        machine.run("rm", "/etc/apparmor.d/disable/usr.libexec.twofa-helper")
        machine.run("apparmor_parser", "-r", PROFILE)
        said = machine.run("dpkg", "-i", "/root/package")
        assert " is off" not in said, said
        assert enforced(machine)
    finally:
        machine.put(CONF, before)
        machine.run("rm", "-f",
                    "/etc/apparmor.d/disable/usr.libexec.twofa-helper")
        machine.run("dpkg", "-i", "/root/package")
    people.by_code("alice")
    assert enforced(machine)


def test_state_in_a_remark(machine):
    """A line that is none does not turn it off."""
    before = machine.read(CONF)
    machine.run("apparmor_parser", "-R", PROFILE)
    machine.put(CONF, before + '# state = "postgresql://db1,db2/twofa";\n')
    try:
        machine.run("dpkg", "-i", "/root/package")
        assert enforced(machine)
    finally:
        machine.put(CONF, before)


class TestOutages(Outages):
    @pytest.fixture
    def host(self, machine):
        return machine

    @pytest.fixture
    def guests(self, people):
        return people

    def test_without_its_rule(self, machine, visitor, transport):
        """What it may not read counts as short: an outage admits nobody."""
        machine.shell("sed '/nf_conntrack/d' %s | apparmor_parser -r" % PROFILE)
        try:
            visitor.is_denied(visitor.at_password())
        finally:
            machine.run("apparmor_parser", "-r", PROFILE)
        assert "nf_conntrack_max: Permission denied: " in visitor.log
        denied = machine.denied()
        assert denied and all("nf_conntrack" in line for line in denied), denied
