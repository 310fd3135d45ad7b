# SPDX-License-Identifier: BSD-2-Clause
"""packaging/ansible over ssh, to a host that nothing is installed on: this
private machine, by its own sshd at port 22 with Debian's stacks. Here Ansible
writes the settings."""

import os
import subprocess

import pytest
import yaml

import barehost
import conf
import controller
import stage
from barehost import DROP_IN, MACHINES, PAM_FILES, STACK, login, tree
from phones import NUMBERS

TRANSPORTS = ("spawn",)

WATCHED = ("/etc/pam.d", "/etc/ssh", "/etc/twofa", conf.STATE, barehost.STATE,
           "/usr/local/libexec", "/usr/local/share/doc")
ENABLE = "Let it ask for the code"


@pytest.fixture(scope="module")
def server(build):
    with controller.server():
        yield


@pytest.fixture
def host(server, sim, settings, _ready):
    """It has the sources and a build of them."""
    with barehost.bare(settings, sim) as provider:
        yield controller.Controller(
            twofa_install="make", twofa_source=stage.ROOT,
            twofa_make=[*barehost.INSTALL, "install"],
            twofa_brand="ACME \"Corp\" \\ Søn", twofa_providers=[provider],
            twofa_secrets={"vonage": "Sup3rS3cret"},
            twofa_limits={"resend_wait": [1, 2], "allowed_prefixes": ["+44"]},
            twofa_rules=[{"services": ["polkit-1"], "action": "skip"}],
            twofa_users=[{"user": "alice", "phone": NUMBERS["alice"]},
                         {"user": "bob", "phone": NUMBERS["bob"],
                          "channels": "voice,sms"}],
            twofa_machines=["ansible"], twofa_login="both",
            twofa_services=dict.fromkeys(("sshd", "sudo", "su", "login"),
                                         True))


def test_example():
    """The playbook beside the role, and the variables that it sets."""
    folder = os.path.dirname(controller.ROLES)
    subprocess.run(["ansible-playbook", "--syntax-check", "-i", "server,",
                    "site.yml"], cwd=folder, check=True,
                   stdin=subprocess.DEVNULL)
    with open(folder + "/site.yml", encoding="utf-8") as text:
        said = set(yaml.safe_load(text)[0]["vars"])
    with open(controller.ROLES + "/twofa/defaults/main.yml",
              encoding="utf-8") as text:
        assert said and said <= set(yaml.safe_load(text))


def test_role(host, sim, syslog):
    """The life of one host."""
    before = tree(*WATCHED)
    changed, _, text = host.run("--check")
    assert "not installed yet" in text
    assert changed == ["From sources on the host"]
    assert tree(*WATCHED) == before

    changed, _, text = host.run("--diff")
    assert {"From sources on the host", "Secrets", "Settings", "People",
            "sshd's settings for them"} <= set(changed)
    assert changed.count(ENABLE) == 4
    assert "AuthenticationMethods publickey,keyboard-interactive" in text
    for path in ("twofa.conf", "secrets/vonage", "users.d/alice.conf"):
        info = os.stat("/etc/twofa/" + path)
        assert info.st_mode & 0o7777 == 0o640 and info.st_uid == 0
        assert info.st_gid == os.stat("/etc/twofa").st_gid != 0
    person = login()
    person.password()
    person.code(sim, "alice")
    assert person.ended() == 0 and "alice" in person.text
    assert syslog.login_line(user="alice")["outcome"] == "allowed"
    assert "ACME \"Corp\" \\ Søn" in sim.requests("start")[0]["fields"]["brand"]

    log = "\n".join(syslog.lines())
    assert "Sup3rS3cret" not in log and NUMBERS["alice"] not in log

    after = tree(*WATCHED)
    assert host.run()[0] == [] and host.run("--check", "--diff")[0] == []
    assert tree(*WATCHED) == after

    host.refused("Settings", "action", twofa_rules=[{"action": "wat"}])
    host.refused("sshd's settings for them", "Match",
                 twofa_machines=["ansible", "a b"])
    host.refused("People were taken", "calling code",
                 twofa_users=[{"user": "alice", "phone": "07"}])
    assert tree(*WATCHED) == after

    none = {"twofa_services": dict.fromkeys(("sshd", "sudo", "su", "login"),
                                            False),
            "twofa_machines": [], "twofa_doctor_accepts": [
                "pam-missing", "sshd-keys", "sshd-password",
                "sshd-kbdinteractive"]}
    changed, _, _ = host.run("--check", **none)
    assert changed.count("With --check, it would ask for none") == 4
    assert tree(*WATCHED) == after
    changed, _, _ = host.run(**none)
    assert changed.count("Let it ask for none") == 4
    assert not os.path.exists(DROP_IN) and not os.path.exists(MACHINES)
    for service in PAM_FILES:
        with open("/etc/pam.d/" + service, encoding="ascii") as stack:
            assert stack.read() == STACK
    person = login()
    person.password()
    assert person.ended() == 0


def test_what_could_not_go_well_is_told_before(host):
    """Nothing is installed yet, and nothing then."""
    before = tree(*WATCHED)
    host.refused("Ansible itself must still get in", "ansible",
                 twofa_machines=["backup"])
    host.refused("One way to make the settings", "twofa_init",
                 twofa_init={"provider": "vonage-verify"})
    host.refused("One way to make the settings", "twofa_init",
                 twofa_providers=[])
    host.refused("The first user, whom twofactl init enrols", "phone",
                 twofa_init={"provider": "vonage-verify"}, twofa_providers=[],
                 twofa_users=[])
    for more in ({"twofa_exempt": {"sudo": ["bob"]}},
                 {"twofa_services": {"polkit-1": True}}):
        host.refused("One writer of the settings", "twofa_rules", **more)
    assert tree(*WATCHED) == before


def test_a_problem_of_doctors_fails(host):
    host.refused("Nothing is wrong", "pam-missing: ",
                 twofa_rules=[], twofa_doctor_accepts=[])
