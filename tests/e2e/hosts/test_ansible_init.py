# SPDX-License-Identifier: BSD-2-Clause
"""packaging/ansible over ssh, where `twofactl init` makes the settings: the
guide's commands, and what is refused."""

import os
import re
import subprocess

import pytest

import barehost
import conf
import controller
import stage
from barehost import DROP_IN, MACHINES, login, quiet, tree
from phones import NUMBERS

TRANSPORTS = ("spawn",)

PAGES = ("docs/guide/many-hosts.md", "packaging/ansible/roles/twofa/README.md")
WATCHED = ("/etc/pam.d", "/etc/ssh", "/etc/twofa", conf.STATE, barehost.STATE)
TWOFACTL = "/usr/local/sbin/twofactl"
INIT = "Settings, secret and the first user"
ENABLE = "Let it ask for the code"
ALL = ("sshd", "sudo", "su", "login", "polkit-1")


@pytest.fixture(scope="module")
def server(build):
    with controller.server():
        yield


@pytest.fixture
def host(server, sim, settings, _ready):
    """It has the programs, and alice is its admin."""
    quiet("gpasswd", "-M", "alice", "sudo")
    with barehost.bare(settings, sim) as provider:
        quiet(*barehost.INSTALL, "install")
        os.unlink("/etc/twofa/twofa.conf")
        yield controller.Controller(
            twofa_install="none", twofa_ctl=TWOFACTL,
            twofa_init={"provider": "vonage-verify", "api_key": "abcd1234",
                        "api_secret_file": "/dev/stdin", "brand": "ACME Corp",
                        "base_url": provider["base_url"],
                        "ca_file": provider["ca_file"]},
            twofa_init_secret="Sup3rS3cret",
            twofa_users=[{"user": "alice", "phone": NUMBERS["alice"],
                          "channels": "sms"},
                         {"user": "bob", "phone": NUMBERS["bob"]}],
            twofa_machines=["ansible"], twofa_login="both",
            twofa_services=dict.fromkeys(ALL, True),
            twofa_doctor_accepts=["recovery-low"])
    quiet("gpasswd", "-M", "", "sudo")


def commands(page):
    """What a person types, in the page's order."""
    with open(os.path.join(stage.ROOT, page), encoding="utf-8") as file:
        text = file.read()
    return re.findall(r"^    ((?:ansible-playbook|sudo twofactl) .*)$",
                      text.split("## cloud-init")[0], re.M)


def typed(terminals, command):
    """By alice, whose password sudo wants."""
    t = terminals.run(*command.replace("sudo", "/usr/bin/sudo", 1).split(),
                      user="alice")
    t.password()
    return t


def test_pages_say_the_same():
    first, *others = [commands(page) for page in PAGES]
    assert len(first) == 5 and others == [first]


def test_the_guide(host, terminals, sim):
    """A canary by hand, then Ansible."""
    check, canary, enable, confirm, every = [
        line if line.startswith("sudo") else line.split()
        for line in commands(PAGES[0])]
    assert not enabled()  # makes the lock, which stays
    before = tree(*WATCHED)
    changed, _, text = host.command(check)
    assert INIT in changed and changed.count(ENABLE) == len(ALL)
    assert r'brand = \"ACME Corp\"' in text  # as Ansible's JSON has it
    assert tree(*WATCHED) == before

    changed, _, _ = host.command(canary)
    assert {INIT, "People", "sshd's settings for them"} <= set(changed)
    assert ENABLE not in changed and not os.path.exists(DROP_IN)
    assert "phone = \"%s\"" % NUMBERS["alice"] in open(
        "/etc/twofa/users.d/alice.conf", encoding="utf-8").read()
    t = typed(terminals, enable)
    t.code(sim)
    assert t.ended() == 0 and "sshd is on trial until" in t.text, t.text
    person = login()
    person.password()
    person.code(sim, "alice")
    assert person.ended() == 0
    t = typed(terminals, confirm)
    assert t.ended() == 0 and "sshd is enabled." in t.text, t.text

    changed, _, _ = host.command(every)
    assert changed == [ENABLE] * 4
    after = tree(*WATCHED)
    assert host.command(every)[0] == []
    assert host.command(check)[0] == []
    assert tree(*WATCHED) == after


ONE = {"twofa_services": {"sshd": True}, "twofa_doctor_accepts": [
    "recovery-low", "pam-missing", "lockout"]}


def enabled(service="sshd"):
    return subprocess.run([TWOFACTL, "enable", service, "--check"],
                          stdout=subprocess.DEVNULL,
                          check=False).returncode == 0


def test_init(host):
    """What it refuses is told; a new secret, a replaced file."""
    before = tree(*WATCHED)
    host.refused("init has done it", "begins with none",
                 twofa_init=dict(host.variables["twofa_init"],
                                 allowed_prefixes="+1"))
    host.refused("init has done it", "not in the list", twofa_init=dict(
        host.variables["twofa_init"], provider="carrier-pigeon"))
    assert tree(*WATCHED) == before
    assert {INIT, "People", ENABLE} <= set(host.run(**ONE)[0])
    changed, _, _ = host.run(twofa_init_secret="N3wS3cret1", **ONE)
    assert changed == [INIT]
    with open("/etc/twofa/secrets/vonage-api_secret-2",
              encoding="ascii") as text:
        assert text.read().strip() == "N3wS3cret1"
    host.variables["twofa_init_secret"] = "N3wS3cret1"

    with open("/etc/pam.d/sshd", "w", encoding="ascii") as stack:
        stack.write(barehost.STACK)
    assert host.run("--check", **ONE)[0] == [ENABLE] and not enabled()
    assert host.run(**ONE)[0] == [ENABLE] and enabled()
    changed, _, _ = host.run(twofa_services={"sshd": False}, twofa_machines=[],
                             twofa_doctor_accepts=[
        "recovery-low", "pam-missing", "sshd-keys", "sshd-password",
        "sshd-kbdinteractive"])
    assert "Let it ask for none" in changed
    assert not os.path.exists(DROP_IN) and not os.path.exists(MACHINES)


def test_who_would_be_locked_out(host):
    """carol has a key, and no number."""
    key = barehost.new_key(controller.HOME + "/carol")
    barehost.authorize("carol", key)
    _, failed, text = host.run(status=1, **ONE)
    assert failed == [ENABLE]
    assert re.search(r"carol +LOCKED OUT: they are not enrolled", text), text
    assert not os.path.exists(DROP_IN)

    more = dict(ONE, twofa_exempt={"sshd": ["carol"]})
    assert host.run(**more)[0] == [ENABLE]
    person = login("carol", key=key)
    assert person.ended() == 0 and "carol" in person.text
    assert host.run(**more)[0] == []
    quiet(TWOFACTL, "disable", "sshd")
    assert host.run(twofa_anyway="true", **ONE)[0] == [ENABLE] and enabled()
    quiet("rm", "-r", "/home/carol/.ssh")


def test_while_somebody_tries(host):
    """A trial on the host is its admin's to end."""
    host.command(["ansible-playbook", "-i", "hosts", "site.yml",
                  "--skip-tags", "enable"])
    quiet(TWOFACTL, "enable", "su", "--user", "alice", "--no-input")
    before = tree("/etc/pam.d", "/etc/ssh")
    host.refused("Is it as wanted?", "su is on trial until ", **ONE)
    assert tree("/etc/pam.d", "/etc/ssh") == before
    quiet(TWOFACTL, "rollback")
