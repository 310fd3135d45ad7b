# SPDX-License-Identifier: BSD-2-Clause
"""twofactl doctor, and a host where it finds nothing."""

import contextlib
import os
import shutil
import stat
import subprocess

import conf
import pamstack
import passwords
from listener import FOLDER, SHARED

SSHD = "/etc/ssh/sshd_config"
GOOD_SSHD = """\
UsePAM yes
KbdInteractiveAuthentication yes
PasswordAuthentication no
LoginGraceTime 120
MaxStartups 60:30:200
MaxAuthTries 6
UseDNS no
AuthenticationMethods publickey,keyboard-interactive keyboard-interactive
"""
# anybody may have a key, for all that files tell
CERTIFIED = "TrustedUserCAKeys /etc/ssh/ca.pub\n"
# Services that can give root and that this system may have.
OTHERS = ("remote", "sudo-i", "doas", "pkexec", "polkit-1", "cockpit",
          "gdm-password", "gdm-fingerprint", "gdm-smartcard", "lightdm",
          "sddm", "greetd", "xdm", "lxdm", "ly", "xrdp-sesman", "webmin",
          "proxmox-ve-auth")
# These include login, and its line of ours is not for them.
LOCKERS = ("i3lock", "swaylock")


class Doctor:
    """Runs it; lines() are its findings without the last line."""

    def __init__(self, person):
        self._admin = person
        self.besides = ()  # names that a test is not about

    def run(self, *words):
        """Without the notes that no helper listens (test_ctl_socket.py) and of
        ssh servers that this system happens to have."""
        status, out = self._admin.run("doctor", *words)
        return status, "".join(
            line for line in out.splitlines(keepends=True)
            if not line.startswith(("note: helper-socket: ",
                                    "note: sshd-other: ")))

    def run_all(self):
        return self._admin.run("doctor")[1]

    def names(self):
        """The names of the problems, and all that was said."""
        status, out = self.run()
        lines = out.splitlines()
        found = [line.split(":")[0] for line in lines[:-1]
                 if not line.startswith("note: ")]
        assert lines[-1] == "%d problem%s" % (
            len(found), "" if len(found) == 1 else "s"), out
        assert status == (1 if found else 0), out
        return [name for name in found if name not in self.besides], out

    def well(self):
        found, out = self.names()
        assert not found, out
        return out

    def finds(self, name, *words):
        """It finds this alone, once, and says the words; who cannot log in by
        it is told as well (test_doctor_lockout.py)."""
        found, out = self.names()
        assert [one for one in found if one != "lockout"] == [name], out
        for word in words:
            assert word in out, out
        return out


@contextlib.contextmanager
def kept(*paths):
    """Files come back as they were."""
    before = {}
    for path in paths:
        with open(path, "rb") as text:
            before[path] = (text.read(), os.stat(path))
    try:
        yield
    finally:
        for path, (text, st) in before.items():
            with open(path, "wb") as out:
                out.write(text)
            os.chown(path, st.st_uid, st.st_gid)
            os.chmod(path, stat.S_IMODE(st.st_mode))


def sshd_config(text):
    with open(SSHD, "w", encoding="ascii") as out:
        out.write(text)


@contextlib.contextmanager
def others_with(module_line):
    """This system's other services that can give root have the module, too."""
    paths = {os.path.join("/etc/pam.d", name): name
             for name in OTHERS + LOCKERS
             if any(os.path.exists(folder + "/" + name)
                    for folder in ("/etc/pam.d", "/usr/lib/pam.d"))}
    made = [path for path in paths if not os.path.exists(path)]
    with kept(*(path for path in paths if path not in made)):
        for path, name in paths.items():
            ours = () if name in LOCKERS else (module_line,)
            with open(path, "w", encoding="ascii") as out:
                out.write("\n".join((*pamstack.GUARD, *ours)) + "\n")
        try:
            yield
        finally:
            for path in made:
                os.unlink(path)


def give_codes(admin, copy):
    if os.path.exists(copy):
        shutil.rmtree(conf.STATE)
        subprocess.run(["cp", "-a", copy, conf.STATE], check=True)
        return
    for user in ("alice", "bob"):
        admin.codes(user)
    subprocess.run(["cp", "-a", conf.STATE, copy], check=True)


def set_stack(pam, service, *lines):
    pam.stack(service, *[line.replace("TWOFA", pam.module_line())
                         for line in lines])


def no_sockets():
    """But that at which the logins of these tests arrive."""
    kept_here = SHARED.paths()
    if not kept_here:
        shutil.rmtree(FOLDER, ignore_errors=True)
        return
    for path in (os.path.join(FOLDER, name) for name in os.listdir(FOLDER)):
        if path not in kept_here:
            os.unlink(path)


@contextlib.contextmanager
def healthy(admin, pam, copy):
    """All is well: every service has the module, both users codes on paper,
    which are made once and kept in copy: four programs would make them for
    each test."""
    give_codes(admin, copy)
    no_sockets()
    with kept(SSHD), passwords.locked(), others_with(pam.module_line()):
        sshd_config(GOOD_SSHD)
        yield Doctor(admin)
