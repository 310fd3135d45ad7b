# SPDX-License-Identifier: BSD-2-Clause
"""People who log in to the machine over its network, and go on to sudo and su
there."""

from machine import PATIENCE
from terminal import Terminals

SSH = ("/usr/bin/ssh", "-tt", "-F", "none", "-o", "StrictHostKeyChecking=no",
       "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
       "-o", "PubkeyAuthentication=no")


class People:
    def __init__(self, machine, sim):
        self._machine, self._sim = machine, sim
        self._terminals = Terminals()

    def at_password(self, user, *command):
        """Their password is typed."""
        login = self._terminals.run(
            *SSH, "-p", str(self._machine.port), user + "@127.0.0.1",
            *(command or ("id", "-un")), password_of=user)
        login.timeout = PATIENCE
        login.password()
        return login

    def at_code(self, user, *command):
        """The password is typed, and a code was sent."""
        login = self.at_password(user, *command)
        login.prompt(timeout=PATIENCE)
        return login

    def type_code(self, login):
        login.answer(self._sim.code(login.password_of))

    @staticmethod
    def is_in(login, user):
        """The command behind it ran, as this user."""
        assert login.ended(PATIENCE) == 0, login.text
        assert "\n%s\r" % user in login.text, login.text

    def by_code(self, user="bob"):
        login = self.at_code(user)
        self.type_code(login)
        self.is_in(login, user)

    def by_password(self, user="bob"):
        """No code is asked for, and none is sent."""
        before = len(self._sim.messages())
        self.is_in(self.at_password(user), user)
        assert len(self._sim.messages()) == before

    def close(self):
        self._terminals.close_all()
