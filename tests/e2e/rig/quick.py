# SPDX-License-Identifier: BSD-2-Clause
"""Logins by pamtester: the PAM facts of a real host at a tenth of its time,
and of hosts that a namespace cannot have, such as an address far away."""

PAMTESTER = "/usr/bin/pamtester"


class Quick:
    """Begins logins, and looks at how they ended."""

    def __init__(self, terminals, sim, syslog):
        self._terminals = terminals
        self._sim = sim
        self._syslog = syslog

    def login(self, user="alice", service="sshd", password=True, env=(),
              **items):
        """Begin one; items are PAM's: rhost=, tty=, ruser=. The password is
        typed unless told otherwise."""
        argv = [PAMTESTER]
        for name, value in items.items():
            argv += ["-I", "%s=%s" % (name, value)]
        for setting in env:
            argv += ["-E", setting]
        login = self._terminals.run(*argv, "--", service, user,
                                    "authenticate", password_of=user)
        if password is True:
            login.password()
        elif password:
            login.password(password)
        return login

    def by_key(self, user="alice", service="sshd", **items):
        """A login that follows a public key: the stack must be pam.only()."""
        return self.login(user, service, password=False,
                          env=("SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA",),
                          **items)

    def right(self, login, user="alice", words="Verification code sent",
              to=None):
        """Answer with the newest code, get in; the fields of the log line."""
        login.prompt(words)
        login.answer(self._sim.code(to or user))
        assert login.ended() == 0, login.text
        return self.line(user, outcome="allowed")

    def denied(self, login, user="alice", sent=False, **fields):
        """It ends without another prompt, refused; the log line's fields."""
        status = login.ended()
        assert status != 0, login.text
        line = self.line(user, outcome="denied", **fields)
        if not sent:
            assert not self._sim.messages()
            assert not self._sim.requests("start")
        return line

    def admitted(self, login, user="alice", **fields):
        """It ends without a prompt of ours, let in, nothing sent."""
        assert login.ended() == 0, login.text
        assert "code" not in login.text
        assert not self._sim.requests() and not self._sim.messages()
        return self.line(user, **fields)

    def admitted_with_text(self, login, user="alice", **fields):
        """The same, where it reads something that asks for nothing."""
        assert login.ended() == 0, login.text
        assert not self._sim.requests() and not self._sim.messages()
        return self.line(user, **fields)

    def decoy(self, login, user="alice", code="123456", asked=0, **fields):
        """Prompts as for anybody, nothing sent, refused after three codes.
        asked: how many requests there were before."""
        login.prompt("Verification code sent to .* by SMS")
        login.answer(code)
        for left in ("2 tries", "1 try"):
            login.prompt("code was wrong, %s left" % left)
            login.answer(code)
        assert login.ended() != 0, login.text
        assert len(self._sim.requests()) == asked
        return self.line(user, outcome="denied", **fields)

    def line(self, user, **fields):
        return self._syslog.login_line(user=user, **fields)


def other(code):
    """Another code of the same length."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)
