# SPDX-License-Identifier: BSD-2-Clause
"""Runs on the machine, once: its users, the programs, the settings.
settle.py URL CA-FILE"""

import os
import pwd
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../e2e/rig")]

# pylint: disable=wrong-import-position
import stage  # noqa: E402
from conf import Settings  # noqa: E402


def call(*argv):
    subprocess.run(argv, check=True, cwd=stage.ROOT)


def main(url, ca_file):
    for user in ("alice", "bob"):
        call("useradd", "-m", "-s", "/bin/bash", user)
        call("sh", "-c", "echo %s:pw-%s | chpasswd" % (user, user))
    call("usermod", "-a", "-G", "sudo", "bob")
    call("make", "-o", "all", "O=" + stage.build_dir(), "install")
    # it stops behind a step that a test names
    call("install", os.path.join(stage.build_dir(), "test/twofactl"),
         "/usr/local/sbin/twofactl")
    account = pwd.getpwnam("twofa")
    Settings(account.pw_uid, account.pw_gid).reset(url, ca_file)


main(*sys.argv[1:])
