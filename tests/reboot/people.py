# SPDX-License-Identifier: BSD-2-Clause
"""People who log in over the network, by ssh and their password."""

import re
import subprocess

from booted import PATIENCE, TWOFACTL
from terminal import Terminals

SSH = ("/usr/bin/ssh", "-F", "none", "-o", "StrictHostKeyChecking=no",
       "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
       "-o", "PubkeyAuthentication=no")


class People:
    def __init__(self, machine, sim):
        self._machine, self._sim = machine, sim
        self._terminals = Terminals()

    def enable(self, service, *words):
        """bob's proof by a code, at a terminal of root's; what is said."""
        t = self._terminals.run(*self._machine.inside([
            TWOFACTL, "enable", service, "--user", "bob", *words]),
                                password_of="bob")
        self._code(t)
        assert t.ended(PATIENCE) == 0, t.text
        return t.text

    def _code(self, t):
        t.prompt(timeout=PATIENCE)
        t.answer(self._sim.code(t.password_of))

    @staticmethod
    def offered():
        """What sshd says it takes."""
        done = subprocess.run(
            [*SSH, "-o", "PreferredAuthentications=none", "-o",
             "BatchMode=yes", "bob@127.0.0.1", "true"], check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        found = re.search(r"Permission denied \((.*)\)", done.stderr)
        assert found, done.stderr
        return found[1].split(",")

    def _log_in(self, user, port, *command):
        login = self._terminals.run(*SSH, "-p", str(port), user + "@127.0.0.1",
                                    *command, password_of=user)
        login.timeout = PATIENCE
        login.password()
        return login

    def stay(self):
        """bob is in, and what he types comes back."""
        login = self._log_in("bob", 22, "echo in; cat")
        login.expect("in\r\n")
        return login

    @staticmethod
    def _is_in(login, user):
        assert login.ended(PATIENCE) == 0, login.text
        assert "\n%s\r" % user in login.text, login.text

    def by_password(self, user="bob", port=22):
        """The password alone lets them in, and no message is sent."""
        before = len(self._sim.messages())
        self._is_in(self._log_in(user, port, "id", "-un"), user)
        assert len(self._sim.messages()) == before

    def by_code(self, user="bob", port=22):
        """They are asked for a code; bob may confirm."""
        login = self._log_in(user, port, "id", "-un")
        self._code(login)
        self._is_in(login, user)

    def close(self):
        self._terminals.close_all()
