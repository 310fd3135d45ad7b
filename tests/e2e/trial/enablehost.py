# SPDX-License-Identifier: BSD-2-Clause
"""A machine as Debian makes it, with the programs where make install puts
them, and twofactl's enable, confirm, rollback and disable. twofactl and helper
go by the clock of tests."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time

import leftovers
import passwords
import stage
from installed import PAMDIR
from sshserver import KEX

PAM = "/etc/pam.d"
STATE = "/var/lib/twofactl"
DROP_IN = "/etc/ssh/sshd_config.d/30-twofa.conf"
TWOFACTL = "/usr/local/sbin/twofactl"
REHEARSAL = "/usr/local/libexec/twofa-rehearsal"
STACKS = {
    # without the two seconds that PAM waits after a login that fails
    "common-auth": """\
auth	[success=1 default=ignore]	pam_unix.so nullok nodelay
auth	requisite			pam_deny.so
auth	required			pam_permit.so
""",
    "sshd": """\
# PAM configuration for the Secure Shell service
@include common-auth
account    required     pam_nologin.so
@include common-account
session    required     pam_limits.so
""",
    "sudo": """\
session    required   pam_limits.so
@include common-auth
@include common-account
""",
    "sudo-i": """\
@include common-auth
@include common-account
""",
    "su": """\
auth       sufficient pam_rootok.so
session    required   pam_env.so readenv=1
@include common-auth
@include common-account
@include common-session
""",
    "su-l": "auth include su\naccount include su\nsession include su\n",
    "login": """\
auth       optional   pam_faildelay.so  delay=10000
@include common-auth
auth       optional   pam_group.so
@include common-account
""",
    "common-account": "account required pam_permit.so\n",
    "common-session": "session required pam_permit.so\n",
}
# Not every machine has polkit, whose package may keep its file elsewhere.
if not os.path.exists("/usr/lib/pam.d/polkit-1"):
    STACKS["polkit-1"] = "@include common-auth\n@include common-account\n"
SSHD_CONFIG = """\
Include /etc/ssh/sshd_config.d/*.conf
UsePAM yes
KbdInteractiveAuthentication no
KexAlgorithms %s
""" % KEX


def install():
    """The programs where PAM and the admin look for them, once a machine."""
    if os.path.exists(PAMDIR + "/pam_twofa.so"):
        return
    above = "/run/pam-modules"
    for name in ("up", "work"):
        os.makedirs(above + "/" + name)
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                    "lowerdir=%s,upperdir=%s/up,workdir=%s/work" % (
                        PAMDIR, above, above), PAMDIR], check=True)
    for source, target, mode in (
            ("pam_twofa.so", PAMDIR, 0o644), ("twofactl", "/usr/local/sbin",
                                              0o755),
            ("twofa-helper", "/usr/local/libexec", 0o711),
            ("twofa-simulator", "/usr/local/bin", 0o755)):
        os.makedirs(target, exist_ok=True)
        path = os.path.join(target, source)
        of_tests = "test" if source in ("twofactl", "twofa-helper") else ""
        shutil.copyfile(os.path.join(stage.STAGE, of_tests, source), path)
        os.chmod(path, mode)
    write(REHEARSAL, read(stage.ROOT + "/packaging/rehearsal").replace(
        "@BINDIR@", "/usr/local/bin"))
    os.chmod(REHEARSAL, 0o755)


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def read(path):
    """None: there is no such file."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as text:
        return text.read()


def files():
    """What enable may change, as it stands."""
    paths = [os.path.join(PAM, name) for name in STACKS] + [DROP_IN]
    return {path: read(path) for path in paths}


def trial_id():
    return read(STATE + "/pending").split()[1]


def timers():
    """The processes that wait to roll back."""
    return [pid for pid, name, state, _ in leftovers.processes()
            if name == "twofactl" and state != "Z"]


def _end_timers():
    for pid in timers():
        with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
            os.kill(pid, signal.SIGKILL)
        leftovers.wait_gone(pid, 5)


def remove(path):
    if os.path.lexists(path):
        os.unlink(path)


@contextlib.contextmanager
def machine():
    """All stacks as a Debian has them; twofactl knows of no trial. carol, who
    is not enrolled, has no usable password."""
    install()
    passwords.usable("carol", False)
    remove(stage.CLOCK_FILE)  # another test's
    remove(stage.WALL_FILE)
    kept = {path: read(path) for path in
            [os.path.join(PAM, name) for name in STACKS] +
            ["/etc/ssh/sshd_config", DROP_IN]}
    for name, text in STACKS.items():
        write(os.path.join(PAM, name), text)
    os.makedirs(os.path.dirname(DROP_IN), exist_ok=True)
    write("/etc/ssh/sshd_config", SSHD_CONFIG)
    remove(DROP_IN)
    try:
        yield
    finally:
        _end_timers()
        shutil.rmtree(STATE, ignore_errors=True)
        for path, text in kept.items():
            if text is None or os.path.islink(path):
                remove(path)
            if text is not None:
                write(path, text)
        passwords.usable("carol", True)


@contextlib.contextmanager
def running_sshd(*options, prefix=()):
    """The system's own, with its own files; its log."""
    with subprocess.Popen([*prefix, "/usr/sbin/sshd", "-D", "-e", *options],
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True) as process:
        try:
            listens(process.stderr)
            yield process.stderr
        finally:
            process.kill()


def listens(log):
    """It does, from its start or a reload on, and has written its number."""
    for line in log:
        if line.startswith("Server listening on"):
            end = time.monotonic() + 5
            # there and empty for a moment: nobody would be told to reload
            while not (read("/run/sshd.pid") or "").endswith("\n"):
                assert time.monotonic() < end
                time.sleep(0.01)
            return
    raise AssertionError("sshd has ended")


def offered():
    done = subprocess.run(
        ["ssh", "-F", "none", "-o", "PreferredAuthentications=none", "-o",
         "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o",
         "UserKnownHostsFile=/dev/null", "twofa@127.0.0.1"],
        stderr=subprocess.PIPE, text=True, check=False)
    return re.search(r"Permission denied \((.*)\)", done.stderr).group(1)


class Enabling:
    """The commands, at a terminal of their own."""

    def __init__(self, terminals, sim):
        self._terminals, self._sim = terminals, sim

    def begin(self, service, *words, user="alice"):
        """enable at a terminal."""
        t = self._terminals.run(TWOFACTL, "enable", service, "--user",
                                user, *words, password_of=user)
        t.code_words = "ode (?:already )?sent"
        return t

    def on_trial(self, service, *words, user="alice"):
        """enable, and the code of its proof; what it says."""
        t = self.begin(service, *words, user=user)
        t.code(self._sim)
        assert t.ended() == 0, t.text
        return t.text

    def unseen(self, service="sudo", *words):
        """enable where nobody can type a code."""
        return self.run("enable", service, "--user", "alice", "--no-input",
                        *words)

    @staticmethod
    def run(*words, expected=0):
        done = subprocess.run([TWOFACTL, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              stdin=subprocess.DEVNULL, check=False)
        assert expected in (done.returncode, None), done.stdout
        return done.stdout

    @staticmethod
    def json(*words, expected=0):
        """What it prints for programs; what is for people goes elsewhere."""
        done = subprocess.run([TWOFACTL, *words, "--json"], text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL, check=False)
        assert done.returncode == expected, done.stdout
        return json.loads(done.stdout)

    @staticmethod
    def pending():
        return os.path.exists(STATE + "/pending")
