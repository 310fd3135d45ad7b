# SPDX-License-Identifier: BSD-2-Clause
"""Many logins at once: processes of tests/host/host.c, each typing what it is told.

Their first factor is a public key that sshd vouches for, so that the module is
all there is in the stack."""

import os
import pwd
import subprocess
import threading

import stage

PAM_DIR = "/run/crowd-pam.d"
HOST = stage.STAGE + "/test/host"
KEY = "env", "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA"
SUCCESS, AUTH_ERR, MAXTRIES, CONV_ERR = 0, 7, 11, 19
ECHO_ON = "shown 2 "
ENDS = "(Enter ends): "  # it only tells why, and the host goes on


class Login:
    """One process with one or more logins, one after the other."""

    def __init__(self, argv):
        self.prompts = []
        self.told = []
        self.results = []
        self._process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, start_new_session=True)

    @property
    def pid(self):
        return self._process.pid

    def _line(self):
        """One line of what the host tells; None at its end."""
        line = self._process.stdout.readline()
        if not line:
            return None
        line = line.rstrip("\n")
        if line.startswith(ECHO_ON) and line.endswith(ENDS):
            self.told.append(line[len(ECHO_ON):])
        elif line.startswith(ECHO_ON):
            self.prompts.append(line[len(ECHO_ON):])
        elif line.startswith("result "):
            self.results.append(int(line[len("result "):]))
        return line

    def prompt(self):
        """Wait for the next prompt; None when the login ends before."""
        seen, ended = len(self.prompts), len(self.results)
        while len(self.prompts) == seen and len(self.results) == ended:
            if self._line() is None:
                return None
        return self.prompts[-1] if len(self.prompts) > seen else None

    def answer(self, text):
        """Type an answer; nobody reads it when the host is gone."""
        try:
            self._process.stdin.write(text + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass

    def close_input(self):
        """Nothing more is typed: further prompts get an empty answer."""
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass

    def end(self):
        """Read on to the end; the results of its logins."""
        while not self._process.stdout.closed and self._line() is not None:
            pass
        self._process.wait(30)
        self._process.stdout.close()
        self.close_input()
        return self.results

    def result(self):
        """The result of the only login; None when it was killed."""
        results = self.end()
        return results[0] if results else None

    def running(self):
        return self._process.poll() is None

    def kill(self):
        self._process.kill()


class Crowd:
    """Begins logins by service and address."""

    def __init__(self, module_line):
        os.makedirs(PAM_DIR, exist_ok=True)
        self._open = []
        for service in ("sshd", "test"):
            with open(os.path.join(PAM_DIR, service), "w",
                      encoding="ascii") as out:
                out.write(module_line + "\naccount required pam_permit.so\n")

    def login(self, user="alice", address="192.0.2.1", service="sshd",
              answers=("@line",) * 4, logins=1, before=(), options=()):
        """Begin; answers and options as tests/host/host.c has them; before:
        words in front of it."""
        argv = [*before, HOST, *KEY, "item", "rhost=" + address,
                "env", "SSH_CONNECTION=%s 40000 192.0.2.250 22" % address,
                "logins", str(logins), *options]
        for answer in answers:
            argv += ["answer", answer]
        login = Login(argv + [PAM_DIR, service, user])
        self._open.append(login)
        return login

    def close(self):
        for login in self._open:
            login.kill()
            login.end()
        self._open.clear()


def add_users(names):
    """Accounts without a password, as useradd would make them one by one."""
    with open("/etc/passwd", "a", encoding="ascii") as out:
        for number, name in enumerate(names):
            out.write("%s:x:%d:65534::/nonexistent:/bin/false\n" % (
                name, 20000 + number))
    assert pwd.getpwnam(names[-1]).pw_uid == 20000 + len(names) - 1


def remove_users(names):
    with open("/etc/passwd", encoding="utf-8") as text:
        lines = text.readlines()
    with open("/etc/passwd", "w", encoding="utf-8") as out:
        out.writelines(line for line in lines
                       if line.split(":")[0] not in set(names))


def together(acts):
    """Run all of these at once; what each returned."""
    found = [None] * len(acts)

    def run(number):
        found[number] = acts[number]()
    threads = [threading.Thread(target=run, args=(number,))
               for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
