# SPDX-License-Identifier: BSD-2-Clause
"""A shared library that the helper needs was taken away: apt autoremove did
that, and an upgrade to another release."""

import glob
import os
import subprocess

import pytest

from installed import make

TRANSPORTS = ("spawn",)

HELPER = "/usr/local/libexec/twofa-helper"


@pytest.fixture
def library(machine, pam):
    """SQLite's, which neither PAM nor twofactl needs."""
    make("install")
    pam.stack("sshd", "auth required pam_unix.so", "auth required pam_twofa.so")
    path, = glob.glob("/usr/lib/*/libsqlite3.so.0") or glob.glob(
        "/usr/lib*/libsqlite3.so.0")
    return path


def found():
    """What ldd says of SQLite."""
    told = subprocess.run(["ldd", HELPER], capture_output=True, text=True,
                          check=True).stdout
    return [line.strip() for line in told.splitlines() if "sqlite" in line]


def test_log_and_doctor_name_the_command(library, quick, syslog):
    os.rename(library, library + ".away")
    assert quick.denied(quick.login())["reason"] == "helper-died"
    syslog.wait_for("exit status 127: a shared library is missing or too old; "
                    "install what is not found, run: ldd %s$" % HELPER)
    assert found() == ["libsqlite3.so.0 => not found"]
    doctor = subprocess.run(["twofactl", "doctor"], capture_output=True,
                            text=True, check=False)
    assert doctor.returncode != 0
    assert "helper-run: %s: a shared library is missing" % HELPER in \
        doctor.stdout and \
        "install what this reports as not found: ldd " + HELPER in \
        doctor.stdout
    told = subprocess.run(["twofactl", "unlock", "alice"], capture_output=True,
                          text=True, check=False)
    assert "status 127: a shared library is missing or too old" in told.stderr
    os.rename(library + ".away", library)
    quick.right(quick.login())
