# SPDX-License-Identifier: BSD-2-Clause
"""People who log in over the network, by ssh and their password."""

from terminal import Terminals

SSH = ("/usr/bin/ssh", "-F", "none", "-o", "StrictHostKeyChecking=no",
       "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
       "-o", "PubkeyAuthentication=no")


class People:
    def __init__(self, machine, sim):
        self._machine, self._sim = machine, sim
        self._terminals = Terminals()

    def _log_in(self, user):
        login = self._terminals.run(*SSH, user + "@127.0.0.1", "id", "-un",
                                    password_of=user)
        login.password()
        return login

    @staticmethod
    def _is_in(login, user):
        assert login.ended(30) == 0, login.text
        assert "\n%s\r" % user in login.text, login.text

    def by_password(self, user="bob"):
        """The password alone lets them in, and no message is sent."""
        before = len(self._sim.messages())
        self._is_in(self._log_in(user), user)
        assert len(self._sim.messages()) == before

    def by_code(self, user="bob"):
        """They are asked for a code; bob may confirm."""
        login = self._log_in(user)
        login.code(self._sim)
        self._is_in(login, user)

    def close(self):
        self._terminals.close_all()
