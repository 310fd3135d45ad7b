# SPDX-License-Identifier: BSD-2-Clause
"""The policy module that the package brings, enforced with Debian's policy. That
policy hides no denial here (semodule -D), and each test ends with none of ours."""

import re

import pytest

from machine import CA, PATIENCE, until
from outage import Outages
from phones import NUMBERS

CONF = "/etc/twofa/twofa.conf"
OWN = ":twofa_helper_t:"
LABELS = {
    "/usr/libexec/twofa-helper": "twofa_helper_exec_t",
    "/etc/twofa": "twofa_conf_t",
    "/etc/twofa/twofa.conf": "twofa_conf_t",
    "/etc/twofa/users.d/bob.conf": "twofa_conf_t",
    "/etc/twofa/secrets": "twofa_secret_t",
    "/etc/twofa/secrets/vonage": "twofa_secret_t",
    "/run/twofa": "twofa_runtime_t",
    "/run/twofa/helper.sock": "twofa_runtime_t",
    "/var/lib/twofa": "twofa_state_t",
    "/var/lib/twofa/state.db": "twofa_state_t",
    "/var/lib/twofa/host.key": "twofa_state_t",
    "/var/lib/twofactl": "twofactl_state_t",
    "/etc/pam.d/sshd": "etc_t",
}


@pytest.fixture(params=["socket", "started"])
def transport(request, strict):
    """The unit that listens, or a helper of each login's own."""
    with strict.started(request.param) as way:
        yield way


@pytest.fixture
def confined(strict):
    with strict.confined():
        yield


def test_labels(strict, residents):
    residents.by_code("alice")
    assert strict.run("getenforce") == "Enforcing\n"
    for path, kind in LABELS.items():
        assert ":%s:" % kind in strict.run("stat", "-c", "%C", path), path


def test_domain(strict, residents, transport):
    """Of the helper, the brokers and the copy of a login."""
    login = residents.at_code("alice")
    found = strict.run("ps", "-u", "twofa", "-o", "label=").split()
    assert found and all(OWN in label for label in found), found
    residents.type_code(login)
    residents.is_in(login, "alice")


def test_wrong_code(transport, residents):
    login = residents.at_code("alice")
    login.answer("000000")
    login.prompt(timeout=PATIENCE)
    login.hang_up()


def test_sudo_and_su(transport, residents):
    residents.three_codes()


def test_console(residents, transport):
    assert ":unconfined_t:" in residents.console("alice")


def test_staff(confined, residents, transport):
    """Who is confined becomes an admin by sudo, and runs twofactl as such."""
    text = residents.staff("twofactl check && twofactl status && "
                           "twofactl doctor; id -un")
    assert ":staff_t:" in text and ":sysadm_t:" in text
    assert "nothing is wrong" in text and "selinux" not in text
    assert ":staff_t:" in residents.console("alice")


def test_user(confined, residents, transport):
    login = residents.at_code("bob", "id -Z; id -un")
    residents.type_code(login)
    residents.is_in(login, "bob")
    assert ":user_t:" in login.text


@pytest.mark.parametrize("words", [
    ("check",), ("status",), ("doctor",), ("explain", "alice", "sshd"),
    ("recovery-codes", "alice"), ("unlock", "alice"), ("report",)])
def test_commands(strict, words):
    """Whatever they find; but doctor finds nothing of SELinux."""
    assert "selinux" not in strict.twofactl(*words, expected=None)


def test_renewal(strict, residents):
    residents.by_code("alice")
    strict.run("systemctl", "reload", "twofa-helper.service")
    residents.by_code("bob")


def test_without_systemd(strict, residents):
    """A helper that makes its sockets itself, as root; a second one says on the
    admin's terminal why it cannot."""
    strict.shell("sed -i /pam_twofa/d /etc/pam.d/sudo")
    with strict.unlistened():
        strict.shell("/usr/libexec/twofa-helper --listen=/run/twofa/helper.sock "
                     "</dev/null >/dev/null 2>&1 &")
        try:
            until(lambda: "helper.sock" in strict.run("ls", "/run/twofa"),
                  "it does not listen")
            residents.by_code("alice")
            assert "twofa " in strict.run("ps", "-C", "twofa-helper", "-o",
                                          "user=,label="), "it has ended"
            login = residents.at_code(
                "bob", "sudo /usr/libexec/twofa-helper "
                "--listen=/run/twofa/helper.sock; id -un")
            residents.type_code(login)
            login.password()
            residents.is_in(login, "bob")
            assert "another process listens there" in login.text
        finally:
            strict.ask_for_codes("sudo")
            strict.run("pkill", "-x", "twofa-helper", expected=None)


def enable(strict, residents):
    """As an admin who has logged in by ssh."""
    strict.run("systemctl", "restart", "ssh")  # a roll-back may still reload it
    login = residents.at_password(
        "bob", "sudo twofactl enable sshd --user bob --no-input; id -un")
    login.password()
    residents.is_in(login, "bob")
    assert "is on trial" in login.text and "selinux" not in login.text


@pytest.fixture
def unasked(strict):
    """Nothing asks for codes, until the test is over."""
    strict.run("sed", "-i", "/pam_twofa/d", "/etc/pam.d/sshd", "/etc/pam.d/sudo")
    yield
    strict.twofactl("rollback", expected=None)
    strict.twofactl("disable", "sshd", expected=None)
    strict.ask_for_codes("sshd", "sudo")


def test_enable(strict, residents, unasked):
    """Trials: one is rolled back by its timer, one by hand, one is confirmed."""
    label = strict.run("stat", "-c", "%C", "/etc/pam.d/sshd")
    strict.twofactl("recovery-codes", "bob", "--yes")
    before = strict.read("/etc/pam.d/sshd")
    enable(strict, residents)
    assert strict.run("stat", "-c", "%C", "/etc/pam.d/sshd") == label
    residents.by_code("alice")
    timer = re.search(r"twofa-rollback-\w+", strict.run(
        "systemctl", "list-units", "--plain", "twofa-rollback-*.timer"))[0]
    strict.shell("systemctl start %s.service; while systemctl -q is-active "
                 "%s.service; do sleep 1; done" % (timer, timer))
    assert strict.read("/etc/pam.d/sshd") == before
    enable(strict, residents)
    assert "as it was before" in strict.twofactl("rollback")
    assert strict.read("/etc/pam.d/sshd") == before
    enable(strict, residents)
    confirm = residents.at_code("bob", "sudo twofactl confirm; id -un")
    residents.type_code(confirm)
    confirm.password()
    residents.is_in(confirm, "bob")
    assert "sshd is enabled." in confirm.text
    assert strict.run("stat", "-c", "%C", "/etc/pam.d/sshd") == label
    strict.twofactl("disable", "sshd")


def test_init(strict, residents, sim):
    """First settings, made by root's shell."""
    before = strict.read(CONF)
    strict.run("rm", CONF, "/etc/twofa/users.d/alice.conf")
    try:
        said = strict.run(
            "twofactl", "init", "--provider", "vonage-verify", "--brand", "ACME",
            "--api-key", "abcd1234", "--api-secret-file", "/dev/stdin",
            "--base-url", "https://provider:%d" % sim.port, "--ca-file", CA,
            "--user", "alice", "--phone", NUMBERS["alice"], "--no-verify",
            "--json", given="Sup3rS3cret\n")
        assert '"changed":true' in said, said
        assert ":twofa_conf_t:" in strict.run("stat", "-c", "%C", CONF)
    finally:
        residents.by_code("alice")
        strict.put(CONF, before)


def test_package(strict, residents):
    """It stays while a stack needs it; what is installed again takes its labels."""
    said = strict.run("dpkg", "-r", "twofa-selinux", expected=1)
    assert "twofa-selinux stays" in said, said
    strict.run("dpkg", "-i", "/root/package")
    residents.by_code("alice")
    assert ":twofa_state_t:" in strict.run("stat", "-c", "%C", "/var/lib/twofa")


class TestOutages(Outages):
    @pytest.fixture
    def host(self, strict):
        return strict

    @pytest.fixture
    def guests(self, residents):
        return residents

    def test_without_its_rules(self, strict, visitor):
        """What it may not use counts as short: an outage admits nobody."""
        strict.shell("rm -f /root/twofa.cil; cd /root && semodule -c -E twofa")
        try:
            for kind, cause in (("sysctl_net_t", "nf_conntrack_max"),
                                ("node_bind", "a port")):
                strict.shell("sed /%s/d /root/twofa.cil >/run/twofa.cil && "
                             "semodule -X 500 -i /run/twofa.cil" % kind)
                visitor.is_denied(visitor.at_password())
                assert cause + ": Permission denied: " in visitor.log
                refused = strict.refused() - strict.not_ours
                assert refused and all(kind in "".join(one)
                                       for one in refused), refused
        finally:
            strict.run("semodule", "-X", "500", "-r", "twofa")
