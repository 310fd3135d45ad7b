# SPDX-License-Identifier: BSD-2-Clause
"""The PAM stacks of the tests: files in the namespace's /etc/pam.d."""

import contextlib
import os

import listener
import stage

PAM_D = "/etc/pam.d"
SERVICES = ("sshd", "sudo", "su", "su-l", "login")

# The documented stack: a wrong password never gets as far as the module.
GUARD = ("auth [success=1 default=ignore] pam_unix.so nodelay",
         "auth requisite pam_deny.so")
REST = ("account required pam_permit.so", "session required pam_permit.so",
        "password required pam_deny.so")


class PamStacks:
    """Writes /etc/pam.d files; reset() gives every service the default.

    With TWOFA_TRANSPORT=socket the helpers that could be started listen, and
    the module is told where; a test that names a transport gets that one."""

    def __init__(self):
        self._args = {}
        self._kind = {}
        self._made = set()  # services that had no file

    def reset(self):
        for service in self._made:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(PAM_D, service))
        self._made.clear()
        self._kind = {service: "guarded" for service in SERVICES}
        self._args = {"helper": stage.HELPER,
                      "conf": "/etc/twofa/twofa.conf"}
        self._write_all()

    def args(self, **args):
        """Change module arguments in every stack; None leaves one out,
        True writes the bare word."""
        self._args.update(args)
        self._write_all()

    def module_line(self):
        words = ["auth required " + stage.MODULE]
        for name, value in listener.arguments(self._args).items():
            if value is True:
                words.append(name)
            elif value is not None:
                words.append("%s=%s" % (name, value))
        return " ".join(words)

    def only(self, service):
        """Our module alone: for logins whose first factor is a key."""
        self._kind[service] = "only"
        self._write_all()

    def unguarded(self, service):
        """A stack that lets a failed password through: never do that."""
        self._kind[service] = "unguarded"
        self._write_all()

    def stack(self, service, *lines):
        """Write one stack's auth lines as they are; the rest is permitted."""
        if not os.path.exists(os.path.join(PAM_D, service)):
            self._made.add(service)
        self._kind[service] = lines
        self._write_all()

    def _auth(self, kind):
        if kind == "guarded":
            return GUARD + (self.module_line(),)
        if kind == "only":
            return (self.module_line(),)
        if kind == "unguarded":
            return ("auth required pam_unix.so nodelay", self.module_line())
        return kind

    def _write_all(self):
        for service, kind in self._kind.items():
            path = os.path.join(PAM_D, service)
            with open(path + ".new", "w", encoding="utf-8") as out:
                out.write("\n".join(self._auth(kind) + REST) + "\n")
            os.rename(path + ".new", path)
