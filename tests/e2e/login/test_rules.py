# SPDX-License-Identifier: BSD-2-Clause
"""Rules at real logins: each condition, first match, groups."""

import subprocess

import pytest

TRANSPORTS = ("spawn", "socket")

SKIP = {"action": "skip"}
DENY = {"action": "deny"}


@pytest.fixture
def group():
    """A group that alice is in and bob is not."""
    subprocess.run(["groupadd", "ops"], check=True)
    subprocess.run(["usermod", "-aG", "ops", "alice"], check=True)
    yield "ops"
    subprocess.run(["groupdel", "ops"], check=True)


def test_no_rule_matches(quick):
    assert quick.right(quick.login())["rule"] == "default"


def test_users(quick, settings):
    settings.set(rules=[{"users": ["bob", "alice"], **DENY}])
    line = quick.denied(quick.login(), rule="1")
    assert line["reason"] == "rule"


def test_users_others(quick, settings):
    settings.set(rules=[{"users": ["bob"], **DENY}])
    assert quick.right(quick.login())["rule"] == "default"


def test_groups(quick, settings, group):
    settings.set(rules=[{"groups": [group], **SKIP}])
    line = quick.admitted(quick.login(), outcome="skipped")
    assert line["rule"] == "1"


def test_groups_others(quick, settings, group):
    settings.set(rules=[{"groups": [group], **SKIP}])
    line = quick.right(quick.login("bob"), "bob")
    assert line["rule"] == "default"


def test_primary_group(quick, settings):
    settings.set(rules=[{"groups": ["alice"], **SKIP}])
    quick.admitted(quick.login(), outcome="skipped")


def test_group_that_cannot_be_found_requires(quick, settings, syslog, group):
    settings.set(rules=[{"groups": ["nosuch", group], **SKIP}])
    assert quick.right(quick.login())["rule"] == "default"
    syslog.wait_for(r"rule 1: a group that it names cannot be found.*"
                    "check its spelling")


@pytest.mark.parametrize("action", ["deny", "require"])
def test_group_that_cannot_be_found_ends_the_evaluation(quick, settings,
                                                        action):
    settings.set(rules=[{"groups": ["nosuch"], "action": action}, {**SKIP}])
    assert quick.right(quick.login())["rule"] == "1"


def test_services(quick, settings):
    settings.set(rules=[{"services": ["sudo"], **SKIP}])
    quick.admitted(quick.login(service="sudo"), service="sudo",
                   outcome="skipped")


def test_services_others(quick, settings):
    settings.set(rules=[{"services": ["sudo", "su"], **SKIP}])
    assert quick.right(quick.login())["rule"] == "default"


@pytest.mark.parametrize("network, address", [
    ("10.0.0.0/8", "10.200.3.4"),
    ("192.0.2.7", "192.0.2.7"),
    ("2001:db8::/32", "2001:db8:1::7"),
    ("10.0.0.0/8", "::ffff:10.1.2.3"),
])
def test_from(quick, settings, network, address):
    settings.set(rules=[{"from": ["172.16.0.0/12", network], **SKIP}])
    line = quick.admitted(quick.login(rhost=address), outcome="skipped")
    assert line["rhost"] == address


@pytest.mark.parametrize("network, items", [
    ("10.0.0.0/8", {"rhost": "11.0.0.1"}),
    ("2001:db8::/32", {"rhost": "2001:db9::1"}),
    ("0.0.0.0/0", {"rhost": "10.example.org"}),
    ("0.0.0.0/0", {}),
    ("0.0.0.0/0", {"rhost": "2001:db8::1"}),
])
def test_from_does_not_match(quick, settings, network, items):
    settings.set(rules=[{"from": [network], **SKIP}])
    assert quick.right(quick.login(**items))["rule"] == "default"


def test_from_over_ssh(sshd, quick, settings):
    settings.set(rules=[{"from": ["127.0.0.0/8"], "services": ["sshd"],
                         **SKIP}])
    login = sshd.login("alice")
    login.password()
    quick.admitted(login, service="sshd", outcome="skipped")


def test_address_of_ssh_comes_from_the_connection(quick, settings):
    settings.set(rules=[{"from": ["198.51.100.0/24"], **SKIP}])
    quick.admitted(quick.login(
        rhost="name.example",
        env=("SSH_CONNECTION=198.51.100.9 50000 192.0.2.1 22",)),
        outcome="skipped")


@pytest.mark.parametrize("tty", ["tty1", "/dev/tty12", "ttyS0", "hvc0"])
def test_console(quick, settings, tty):
    settings.set(rules=[{"console": True, **SKIP}])
    quick.admitted(quick.login(service="login", tty=tty), outcome="skipped")


@pytest.mark.parametrize("service, items", [
    ("login", {"tty": "/dev/pts/3"}),
    ("login", {"tty": "tty0"}),
    ("login", {"tty": "tty1", "rhost": "192.0.2.7"}),
    ("sudo", {"tty": "tty1"}),
    ("su-l", {"tty": "tty1"}),
    ("login", {}),
])
def test_not_a_console(quick, settings, service, items):
    settings.set(rules=[{"console": True, **SKIP}])
    login = quick.login(service=service, **items)
    assert quick.right(login)["rule"] == "default"


def test_login_on_a_pty_is_no_console(terminals, quick, settings, sim, syslog):
    settings.set(rules=[{"console": True, **SKIP}])
    login = terminals.login("alice")
    login.password()
    login.code(sim)
    line = syslog.login_line(user="alice", service="login")
    assert line["rule"] == "default" and line["outcome"] == "allowed"
    login.hang_up()


def test_console_false(quick, settings):
    settings.set(rules=[{"console": False, **SKIP}])
    quick.right(quick.login(service="login", tty="tty1"))


def test_all_conditions_must_hold(quick, settings):
    rule = {"users": ["alice"], "services": ["sshd"], "from": ["10.0.0.0/8"],
            "groups": ["alice"], "console": False, **SKIP}
    settings.set(rules=[rule])
    assert quick.right(quick.login(rhost="11.0.0.1"))["rule"] == "default"


def test_first_match_wins(quick, settings):
    settings.set(rules=[{"users": ["bob"], **DENY},
                        {"services": ["sshd"], **SKIP},
                        {"users": ["alice"], **DENY}])
    assert quick.admitted(quick.login(), outcome="skipped")["rule"] == "2"
