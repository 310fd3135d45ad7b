# SPDX-License-Identifier: BSD-2-Clause
"""Another machine with Ansible, the role and a key to this one."""

import contextlib
import json
import os
import re
import shutil
import subprocess

import barehost
import stage
from barehost import quiet
from phones import NUMBERS

HOME = "/run/tmp/ansible"
ROLES = stage.ROOT + "/packaging/ansible/roles"
SECRETS = ("Sup3rS3cret", "N3wS3cret1")
TASK = re.compile(r"^(?:TASK|RUNNING HANDLER|PLAY) (?:\[(?:twofa : )?(.*)\]|RECAP)"
                  r" \*+$", re.M)
ENVIRONMENT = {
    "ANSIBLE_HOME": HOME, "HOME": HOME, "ANSIBLE_NOCOLOR": "1",
    "ANSIBLE_PIPELINING": "1", "ANSIBLE_TIMEOUT": "120",
    "ANSIBLE_ROLES_PATH": ROLES,
    "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60 "
    "-o ControlPath=%s/cp-%%C -o StrictHostKeyChecking=no -o "
    "UserKnownHostsFile=/dev/null -o LogLevel=ERROR" % HOME}


class Controller:
    """Variables hold for every run of it, but for those of one run."""

    def __init__(self, **variables):
        self.variables = variables
        self._write("hosts", "[canary]\nserver ansible_host=127.0.0.1 "
                    "ansible_user=ansible "
                    "ansible_python_interpreter=/usr/bin/python3 "
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
        return self.command(["ansible-playbook", "-i", "hosts", "site.yml",
                             *words], status, **variables)

    def command(self, argv, status=0, **variables):
        self._write("vars.json", json.dumps(
            dict(self.variables, **variables)))
        done = subprocess.run(
            [*argv, "-e", "@vars.json"], cwd=HOME, text=True, check=False,
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
        for word in (*SECRETS, *NUMBERS.values()):
            assert word not in text
        return changed, failed, text

    def refused(self, task, words, **variables):
        """It stops at this task."""
        _, failed, text = self.run(status=1, **variables)
        assert failed == [task] and words in text, text


def _account():
    """ansible: by its key, and sudo without a password."""
    quiet("useradd", "-m", "-s", "/bin/bash", "ansible")
    barehost.authorize("ansible", barehost.new_key(HOME + "/key"))
    with open("/etc/sudoers.d/ansible", "w", encoding="ascii") as out:
        out.write("ansible ALL=(ALL) NOPASSWD: ALL\n")


@contextlib.contextmanager
def server():
    """This host for it, with an account and an sshd."""
    os.makedirs(HOME)
    _account()
    with barehost.own_usr(), barehost.sshd():
        yield
        subprocess.run(["ssh", "-O", "exit", "-o", "ControlPath=%s/cp-%%C" %
                        HOME, "ansible@127.0.0.1"], check=False)
    quiet("userdel", "-f", "ansible")  # its last session may be ending
    os.unlink("/etc/sudoers.d/ansible")
    shutil.rmtree(HOME)
