# SPDX-License-Identifier: BSD-2-Clause
"""A journal of systemd where this host has its own, with any sender and time:
systemd-journal-remote makes it of journalctl's export format."""

import os
import pwd
import shutil
import subprocess
import time

import stage

REMOTE = "/lib/systemd/systemd-journal-remote"
MACHINE = "0123456789abcdef0123456789abcdef"
FOLDER = "/var/log/journal/" + MACHINE
SSHD, SU, LOGGER = "/usr/sbin/sshd", "/usr/bin/su", "/usr/bin/logger"
FIELDS = "user service method outcome reason would event".split()


def login(user="alice", outcome="allowed", service="sshd", **more):
    """A line as the module writes it."""
    more = {"user": user, "service": service, "outcome": outcome, **more}
    return "pam_twofa: " + " ".join("%s=%s" % (name, more[name])
                                    for name in FIELDS if name in more)


def entry(message, ago=0, uid=0, exe=SSHD, caps="1ffffffffff", facility=10):
    """Who sent what, so many seconds ago."""
    return (message, ago, uid, exe, caps, facility)


def helpers(message, ago=0):
    return entry(message, ago, pwd.getpwnam("twofa").pw_uid,
                 os.path.realpath(stage.HELPER), caps="0")


def exported(entries, now=None):
    now = time.time() if now is None else now
    for n, (message, ago, uid, exe, caps, facility) in enumerate(entries):
        fields = {"_UID": uid, "_EXE": exe, "_CAP_EFFECTIVE": caps,
                  "SYSLOG_FACILITY": facility, "MESSAGE": message}
        yield "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n" \
            "_BOOT_ID=%s\n" % ((now - ago) * 10**6, n + 1, MACHINE)
        yield "".join("%s=%s\n" % item for item in fields.items()
                      if item[1] is not None) + "\n"


def machine():
    with open("/etc/machine-id", "w", encoding="ascii") as out:
        out.write(MACHINE + "\n")


def write(entries, name="system", folder=FOLDER):
    """One file of the journal; its path."""
    machine()
    os.makedirs(folder, exist_ok=True)
    path = "%s/%s.journal" % (folder, name)
    subprocess.run([REMOTE, "-o", path, "-"], input="".join(exported(entries)),
                   text=True, check=True, stderr=subprocess.DEVNULL)
    return path


def remove():
    shutil.rmtree("/var/log/journal", ignore_errors=True)
    shutil.rmtree("/run/log/journal", ignore_errors=True)
