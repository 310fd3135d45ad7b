# SPDX-License-Identifier: BSD-2-Clause
"""People who log in to the machine over its network, and go on to sudo and su
there."""

import socket

import pexpect.fdpexpect

from machine import PATIENCE
from terminal import Terminals

SSH = ("/usr/bin/ssh", "-tt", "-F", "none", "-o", "StrictHostKeyChecking=no",
       "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
       "-o", "PubkeyAuthentication=no")


class People:
    def __init__(self, machine, sim):
        self._machine, self._sim = machine, sim
        self._terminals = Terminals()

    def connect(self, user, *command):
        """ssh to there, which asks for the password."""
        login = self._terminals.run(
            *SSH, "-p", str(self._machine.port), user + "@127.0.0.1",
            *(command or ("id", "-un")), password_of=user)
        login.timeout = PATIENCE
        return login

    def at_password(self, user, *command):
        """Their password is typed."""
        login = self.connect(user, *command)
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

    def no_codes(self):
        """The same as three_codes, before any is asked for."""
        login = self.at_password("bob", "sudo id -un && su alice -c 'id -un'")
        for user in ("bob", "alice"):
            login.password("pw-" + user)
        self.is_in(login, "alice")

    def three_codes(self):
        """In one session: for ssh, sudo and su."""
        login = self.at_code("bob", "sudo id -un && su alice -c 'id -un'")
        for user in ("bob", "alice"):
            self.type_code(login)
            login.password("pw-" + user)
            login.password_of = user
            login.prompt(timeout=PATIENCE)
        self.type_code(login)
        self.is_in(login, "alice")
        assert "\nroot\r" in login.text

    def staff(self, command, code=True):
        """alice, who is confined, has an admin's role by sudo: what it says."""
        login = self.at_password("alice", "id -Z; sudo -r sysadm_r -t sysadm_t "
                                 "sh -c 'id -Z; %s; id -un'" % command)
        for typed in (lambda: None, login.password):
            typed()
            if code:
                login.prompt(timeout=PATIENCE)
                self.type_code(login)
        self.is_in(login, "root")
        return login.text

    def console(self, user, code=True):
        """A login by getty on the third serial port: the person's context."""
        getty = "serial-getty@ttyS2.service"
        self._machine.start("systemctl", "start", getty)
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self._machine.terminal)
            seen = pexpect.fdpexpect.fdspawn(line.fileno(), timeout=PATIENCE,
                                             encoding="utf-8")

            def at(prompt, text):
                seen.expect(prompt)
                said = seen.before
                seen.send(text() + "\r" if callable(text) else text + "\r")
                return said
            at("login: $", user)
            at("assword: $", "pw-" + user)
            if code:
                at("[Cc]ode.*: $", lambda: self._sim.code(user))
            at(r"\$ $", "id -Z")
            said = at(r"\$ $", "exit")
            seen.expect("login: $")
        self._machine.run("systemctl", "stop", getty)
        return said

    def close(self):
        self._terminals.close_all()
