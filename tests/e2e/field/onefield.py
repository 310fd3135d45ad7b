# SPDX-License-Identifier: BSD-2-Clause
"""Programs that ask for one field: their stack, and a host that answers it."""

import re
import subprocess

import stage
from pamstack import PAM_D

HOST = stage.STAGE + "/test/host"
SUCCESS, AUTH_ERR = 0, 7
UNIX = "auth [success=1 default=ignore] pam_unix.so use_first_pass nodelay"


def stack(line):
    """The documented lines; line: the module's own, "auth required ..."."""
    return ("auth [default=ignore] %s split" % stage.MODULE, UNIX,
            "auth requisite pam_deny.so", line + " no_prompt")


class OneField:
    """Logs in at a service of its own, "imap" unless another is named."""

    def __init__(self, pam, syslog, service="imap"):
        self._syslog = syslog
        self.service = service
        pam.stack(service, *stack(pam.module_line()))

    @staticmethod
    def begin(*options, service="imap", user="alice"):
        return subprocess.Popen(
            [HOST, *options, PAM_D, service, user], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True)

    def run(self, *options, user="alice"):
        """All that the host tells."""
        process = self.begin(*options, service=self.service, user=user)
        out = process.communicate(timeout=90)[0]
        assert process.returncode == 0, out
        return out

    def log(self, part, user="alice", rhost="192.0.2.7", **fields):
        """One login with PASSWORD, and what stands behind it: result, log."""
        self._syslog.clear()
        options = ["answer", "pw-" + user + part]
        if rhost:
            options += ["item", "rhost=" + rhost]
        out = self.run(*options, user=user)
        shown = re.findall(r"^shown (.*)$", out, re.M)
        assert shown == ["1 Password: "], out
        result, = re.findall(r"^result (-?\d+)$", out, re.M)
        line = self._syslog.login_line(user=user, service=self.service,
                                       **fields)
        assert "changed" not in out, out
        return int(result), line

    def right(self, part, **more):
        result, line = self.log(part, **more)
        assert (result, line["outcome"]) == (SUCCESS, "allowed"), line
        return line

    def denied(self, part, reason, **more):
        result, line = self.log(part, **more)
        assert (result, line["outcome"], line["reason"]) == (
            AUTH_ERR, "denied", reason), line
        return line
