# SPDX-License-Identifier: BSD-2-Clause
"""No program logs in with the module, but without the sanitizer's malloc."""

import shutil
import subprocess

import pytest

import stage
from quick import PAMTESTER

TRANSPORTS = ("spawn", "socket")

pytestmark = pytest.mark.skipif(
    stage.private() and not stage.sanitized(),
    reason="a build without a sanitizer needs none in its programs")


def login(program):
    """Without an answer."""
    return subprocess.run([program, "sshd", "alice", "authenticate"],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=False)


def test_program_that_nobody_named(_ready, pam, syslog, tmp_path):
    """pamtester, as it is installed, would load the sanitizer's runtime with
    the module, and keep its own malloc. It ends, and says why."""
    pam.only("sshd")
    assert "code" in login(PAMTESTER).stderr
    assert len(syslog.logins()) == 1
    installed = str(tmp_path / "pamtester")
    shutil.copy(PAMTESTER, installed)
    words = [word for library in stage.runtime()
             for word in ("--remove-needed", library)]
    subprocess.run(["patchelf", *words, installed], check=True)
    done = login(installed)
    assert done.returncode != 0
    assert "ASan runtime does not come first" in done.stderr
    assert len(syslog.logins()) == 1
