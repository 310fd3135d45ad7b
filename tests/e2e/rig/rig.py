# SPDX-License-Identifier: BSD-2-Clause
"""One login in which something breaks: what is told to application and module
beforehand, what happens at the prompt, and how all that is judged. Rows of
matrix.py are run by it."""

import os
import subprocess
import threading
import time

import leftovers
import listener
import stage
from crowd import HOST, KEY, Login
from phones import NUMBERS

PAM_DIR = "/run/matrix-pam.d"
TYPED = "@line"  # the newest code on the phone
STILL = "this process stood still"
GIVE_UP = 40     # seconds after which a login that hangs is ended
SECRETS = ("Sup3rS3cret", NUMBERS["alice"].lstrip("+"))
# The hard limit of descriptors cannot be lowered under valgrind, which keeps
# 12 of them: so the host begins with the 64 that the helper is to have.
VALGRIND = ("prlimit", "--nofile=76:76", "valgrind", "-q", "--vgdb=no",
            "--leak-check=full",
            "--errors-for-leak-kinds=definite,indirect,possible",
            "--keep-debuginfo=yes", "--error-exitcode=99",
            "--log-file=" + stage.REPORTS + "/valgrind.%p")


class Watched(Login):
    """A login whose lines are kept, and which ends in any case."""

    def __init__(self, argv):
        self.lines = []
        super().__init__(argv)
        self._limit = threading.Timer(GIVE_UP, self.kill)
        self._limit.start()

    def _line(self):
        line = super()._line()
        if line is not None:
            self.lines.append(line)
        return line

    def end(self):
        try:
            return super().end()
        finally:
            self._limit.cancel()

    @property
    def status(self):
        return self._process.returncode


class Rig:
    """What a row breaks, it breaks here; the login is tests/host/host.c's.
    undo: what has to be put right."""

    user = "alice"
    service = "sshd"

    def __init__(self, settings, sim, syslog, before=()):
        self.settings = settings
        self.sim = sim
        self.syslog = syslog
        self.module = {"helper": stage.HELPER}
        self.options = []      # of the host
        self.before = list(before)  # words in front of it
        self.answers = [TYPED]
        self.at_prompt = []    # done at the first one
        self.undo = []
        self.counted = True    # does the simulator know all it was asked?
        self.requests = sim.requests
        self.login = None
        self.seconds = 0.0
        self.codes = []

    def environment(self, **values):
        """The host's own environment."""
        self.before = ["/usr/bin/env"] + [
            "%s=%s" % item for item in values.items()] + self.before

    def _argv(self):
        os.makedirs(PAM_DIR, exist_ok=True)
        with open(os.path.join(PAM_DIR, self.service), "w",
                  encoding="ascii") as out:
            out.write("auth required %s %s\n" % (stage.MODULE, " ".join(
                "%s=%s" % item
                for item in listener.arguments(self.module).items())))
            out.write("account required pam_permit.so\n")
        words = [*self.before, HOST, *KEY, *self.options]
        for answer in self.answers:
            words += ["answer", answer]
        return words + [PAM_DIR, self.service, self.user]

    def newest(self):
        """The code that a person would type now."""
        self.codes.append(self.sim.code(self.user))
        return self.codes[-1]

    def reached(self):
        """The prompt is there: the code is read, then things may break."""
        code = self.newest() if TYPED in self.answers else ""
        acts, self.at_prompt = self.at_prompt, []
        for act in acts:
            act()
        return code

    def run(self, row):
        """Break it and log in, however it ends."""
        row.how(self, row.when)
        self._wait_for_brokers()
        begin = time.monotonic()
        self._log_in(row)
        self.seconds = time.monotonic() - begin

    def _wait_for_brokers(self):
        """A provider's broker is replaced once its settings change, also below
        a call: let none be older than the settings."""
        end = time.monotonic() + 2
        while os.path.exists(self.settings.conf) and any(
                leftovers.started(pid) < os.stat(self.settings.conf).st_mtime
                for pid, *_ in leftovers.processes()
                if leftovers.is_broker(pid, "--provider-broker")):
            if time.monotonic() > end:
                break  # it read them although it was begun before
            time.sleep(0.01)

    def _log_in(self, row):
        self.login = Watched(self._argv())
        for answer in self.answers:
            if self.login.prompt() is None:
                break
            code = self.reached()
            if answer == TYPED:
                self.login.answer(code)
        self.login.close_input()
        self.login.end()
        told = self.login.lines
        assert self.login.status == 0, told
        assert self.login.results == [row.result], told
        assert told[-1] == "same", told

    def stood_still(self):
        """Does the helper say that it was kept from working?"""
        return any(STILL in line for line in self.syslog.lines())

    def clean_up(self):
        for act in reversed(self.undo):
            act()
        self.undo.clear()

    def asked(self):
        """Starts and checks that reached the provider."""
        if not self.counted or not self.sim.running():
            return 0, 0
        ends = [request["endpoint"] for request in self.requests()]
        return ends.count("start"), ends.count("check")

    def judge(self, row, slower=1):
        """What holds for every fault: one line, one verdict, no request
        twice, no secret in the log, nothing left, and in time."""
        line = self.syslog.login_line(user=self.user, service=self.service)
        # of a copy's end the helper that listens tells when it has met it
        self.syslog.wait_for(row.words)
        text = "\n".join(self.syslog.lines())
        assert self.syslog.logins() == [line], text
        assert line["outcome"] == ("denied" if row.result else "allowed"), text
        assert line.get("reason", "") == row.reason, text
        assert all(n <= most for n, most in zip(self.asked(), row.asked))
        for word in SECRETS + tuple(self.codes):
            assert word not in text, text
        assert self.seconds < row.seconds * slower
        left = leftovers.check()
        assert left is None, left


class Real(Rig):
    """The same with a real application: begin() opens a terminal on which a
    login has begun that takes one password."""

    def __init__(self, service, begin, pam, **more):
        super().__init__(**more)
        self.service = service
        self._begin = begin
        self._pam = pam

    def _log_in(self, row):
        self._pam.args(**self.module)
        terminal = self._begin()
        terminal.password()
        if row.when == "check":
            terminal.prompt("Verification code sent")
            terminal.answer(self.reached())
        assert terminal.ended(GIVE_UP) != 0, terminal.text


def quiet(*argv):
    """Run a tool that must succeed."""
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
