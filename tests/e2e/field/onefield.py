# SPDX-License-Identifier: BSD-2-Clause
"""Programs that ask for one field: their stack, and a host that answers it."""

import re
import subprocess

import stage
from pamstack import PAM_D

HOST = stage.STAGE + "/test/host"
SUCCESS, AUTH_ERR = 0, 7
SPLIT = "auth [default=ignore] %s split" % stage.MODULE
UNIX = "auth [success=1 default=ignore] pam_unix.so use_first_pass nodelay"
DENY = "auth requisite pam_deny.so"


def stack(line, password=UNIX):
    """The documented lines; line: the module's own, "auth required ..."."""
    return SPLIT, password, DENY, line + " no_prompt"


class OneField:
    """Logs in at a service of its own."""

    def __init__(self, pam, syslog, service="imap", lines=None):
        self.syslog = syslog
        self.service = service
        pam.stack(service, *(lines or stack(pam.module_line())))

    def begin(self, *options, user="alice"):
        return subprocess.Popen(
            [HOST, *options, PAM_D, self.service, user],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def run(self, *options, user="alice"):
        """All that the host tells; it must be as it was."""
        process = self.begin(*options, user=user)
        out = process.communicate(timeout=90)[0]
        assert process.returncode == 0 and "changed" not in out, out
        return out

    def result(self, *options, user="alice"):
        found, = re.findall(r"^result (-?\d+)$", self.run(*options, user=user),
                            re.M)
        return int(found)

    def log(self, part, user="alice", rhost="192.0.2.7"):
        """One login with PASSWORD, and what stands behind it: result, log."""
        self.syslog.clear()
        options = ["answer", "pw-" + user + part]
        if rhost:
            options += ["item", "rhost=" + rhost]
        out = self.run(*options, user=user)
        assert re.findall(r"^shown (.*)$", out, re.M) == ["1 Password: "], out
        result, = re.findall(r"^result (-?\d+)$", out, re.M)
        return int(result), self.syslog.login_line(user=user,
                                                   service=self.service)

    def right(self, part, **more):
        result, line = self.log(part, **more)
        assert (result, line["outcome"]) == (SUCCESS, "allowed"), line
        return line

    def denied(self, part, reason, **more):
        result, line = self.log(part, **more)
        assert (result, line["outcome"], line["reason"]) == (
            AUTH_ERR, "denied", reason), line
        return line
