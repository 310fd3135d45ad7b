# SPDX-License-Identifier: BSD-2-Clause
"""packaging/ansible over ssh, to a host that nothing is installed on: this
private machine, by its own sshd at port 22 with Debian's stacks."""

import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

import barehost
import conf
import stage
from barehost import DROP_IN, SERVICES, STACK, login, quiet
from phones import NUMBERS

TRANSPORTS = ("spawn",)

HOME = "/run/tmp/ansible"
ROLES = stage.ROOT + "/packaging/ansible/roles"
TASK = re.compile(r"^(?:TASK|RUNNING HANDLER|PLAY) (?:\[(?:twofa : )?(.*)\]|RECAP)"
                  r" \*+$", re.M)
WATCHED = ("/etc/pam.d", "/etc/ssh", "/etc/twofa", conf.STATE,
           "/usr/local/libexec", "/usr/local/share/doc")
ENVIRONMENT = {
    "ANSIBLE_HOME": HOME, "HOME": HOME, "ANSIBLE_NOCOLOR": "1",
    "ANSIBLE_PIPELINING": "1", "ANSIBLE_ROLES_PATH": ROLES,
    "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60 "
    "-o ControlPath=%s/cp-%%C -o StrictHostKeyChecking=no -o "
    "UserKnownHostsFile=/dev/null -o LogLevel=ERROR" % HOME}


def tree(*folders):
    """Path -> all that could have changed; who reads the state changes -shm."""
    found = {}
    for folder in folders:
        for where, _, files in os.walk(folder):
            for path in [where] + [os.path.join(where, f) for f in files
                                   if not f.endswith("-shm")]:
                info = os.lstat(path)
                text = None
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        text = file.read()
                found[path] = (info.st_mode, info.st_uid, info.st_gid, text)
    return found


class Controller:
    """Another machine with Ansible, the role and a key to this one."""

    def __init__(self, **variables):
        self.variables = variables
        self._write("hosts", "server ansible_host=127.0.0.1 ansible_user="
                    "ansible ansible_python_interpreter=/usr/bin/python3 "
                    "ansible_ssh_private_key_file=%s/key\n" % HOME)
        self._write("site.yml", json.dumps([{
            "hosts": "all", "become": True, "gather_subset": ["min"],
            "roles": ["twofa"]}]))

    @staticmethod
    def _write(name, text):
        with open(os.path.join(HOME, name), "w", encoding="utf-8") as out:
            out.write(text)

    def run(self, *words, status=0, **variables):
        """Tasks that changed something, those that failed, all that it said."""
        self._write("vars.json", json.dumps(
            dict(self.variables, **variables)))
        done = subprocess.run(
            ["ansible-playbook", "-i", "hosts", "site.yml", "-e",
             "@vars.json", *words], cwd=HOME, text=True, check=False,
            env=dict(os.environ, **ENVIRONMENT), stdin=subprocess.DEVNULL,
            capture_output=True)
        text = done.stdout + done.stderr
        assert (done.returncode == 0) == (status == 0), text
        changed, failed = [], []
        parts = TASK.split(text)[1:]
        for name, lines in zip(parts[::2], parts[1::2]):
            changed += [name] * ("\nchanged: [server]" in lines)
            failed += [name] * bool(re.search(r"\n(failed|fatal): ", lines))
        count = re.search(r"^server +: .* changed=(\d+) .* failed=(\d+) ",
                          text, re.M)
        assert (len(changed), len(failed)) == tuple(map(int, count.groups()))
        assert "Sup3rS3cret" not in text and NUMBERS["alice"] not in text
        return changed, failed, text


def account():
    """ansible: by its key, and sudo without a password."""
    quiet("useradd", "-m", "-s", "/bin/bash", "ansible")
    quiet("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", HOME + "/key")
    barehost.authorize("ansible", HOME + "/key")
    with open("/etc/sudoers.d/ansible", "w", encoding="ascii") as out:
        out.write("ansible ALL=(ALL) NOPASSWD: ALL\n")


@pytest.fixture(scope="module")
def server(build):
    os.makedirs(HOME)
    account()
    with barehost.own_usr(), barehost.sshd():
        yield
        subprocess.run(["ssh", "-O", "exit", "-o", "ControlPath=%s/cp-%%C" %
                        HOME, "ansible@127.0.0.1"], check=False)
    quiet("userdel", "-f", "ansible")  # its last session may be ending
    os.unlink("/etc/sudoers.d/ansible")
    shutil.rmtree(HOME)


@pytest.fixture
def host(server, sim, settings, _ready):
    """It has the sources and a build of them."""
    with barehost.bare(settings, sim) as provider:
        yield Controller(
            twofa_install="make", twofa_source=stage.ROOT,
            twofa_make=[*barehost.INSTALL, "install"],
            twofa_brand="ACME \"Corp\" \\ Søn", twofa_providers=[provider],
            twofa_secrets={"vonage": "Sup3rS3cret"},
            twofa_limits={"resend_wait": [1, 2], "allowed_prefixes": ["+44"]},
            twofa_rules=[{"services": ["polkit-1", "su", "su-l", "login"],
                          "action": "skip"}],
            twofa_users=[{"user": "alice", "phone": NUMBERS["alice"]},
                         {"user": "bob", "phone": NUMBERS["bob"],
                          "channels": "voice,sms"}],
            twofa_machines=["ansible"],
            twofa_services=dict.fromkeys(SERVICES, True))


def test_example():
    """The playbook beside the role, and the variables that it sets."""
    folder = os.path.dirname(ROLES)
    subprocess.run(["ansible-playbook", "--syntax-check", "-i", "server,",
                    "site.yml"], cwd=folder, check=True,
                   stdin=subprocess.DEVNULL)
    with open(folder + "/site.yml", encoding="utf-8") as text:
        said = set(yaml.safe_load(text)[0]["vars"])
    with open(ROLES + "/twofa/defaults/main.yml", encoding="utf-8") as text:
        assert said and said <= set(yaml.safe_load(text))


def test_role(host, sim, syslog):
    """The life of one host."""
    before = tree(*WATCHED)
    changed, _, text = host.run("--check")
    assert "not installed yet" in text
    assert changed == ["From sources on the host"]
    assert tree(*WATCHED) == before

    changed, _, _ = host.run("--diff")
    assert {"From sources on the host", "Secrets", "Settings", "People",
            "Stacks", "sshd's settings"} <= set(changed)
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
    assert host.run()[0] == [] and host.run("--check")[0] == []
    assert tree(*WATCHED) == after

    refused(host, "Settings", "action", twofa_rules=[{"action": "wat"}])
    refused(host, "sshd's settings", "nonsense",
            twofa_methods="publickey,nonsense")
    refused(host, "People were taken", "calling code",
            twofa_users=[{"user": "alice", "phone": "07"}])
    refused(host, "Each stack has the line that ours goes behind", "su",
            twofa_services={"su": True}, twofa_after="^@nothing")
    assert tree(*WATCHED) == after

    changed, _, _ = host.run(
        twofa_services=dict.fromkeys(SERVICES, False),
        twofa_doctor_accepts=["pam-missing", "sshd-keys", "sshd-password",
                              "sshd-kbdinteractive"])
    assert changed == ["Stacks", "sshd's settings go with the line",
                       "Reload sshd"]
    assert not os.path.exists(DROP_IN)
    for service in SERVICES:
        with open("/etc/pam.d/" + service, encoding="ascii") as stack:
            assert stack.read() == STACK
    person = login()
    person.password()
    assert person.ended() == 0


def refused(host, task, words, **variables):
    """It stops at this task."""
    _, failed, text = host.run(status=1, **variables)
    assert failed == [task] and words in text, text


def test_who_is_not_let_in_is_told_before(host):
    """The account that Ansible uses would be asked for a code."""
    before = tree(*WATCHED)
    refused(host, "Ansible itself must still get in", "ansible",
            twofa_machines=["backup"])
    assert tree(*WATCHED) == before


def test_a_problem_of_doctors_fails(host):
    refused(host, "Nothing is wrong", "pam-missing: ",
            twofa_rules=[], twofa_doctor_accepts=[])
