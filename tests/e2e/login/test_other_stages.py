# SPDX-License-Identifier: BSD-2-Clause
"""The module in other stages of a stack than auth: it has no say there, so it
neither lets in nor keeps out."""

import os
import subprocess

import pytest

import stage

TRANSPORTS = ()

FOLDER = "/etc/pam.d/"
STAGES = {"account": ("acct_mgmt",), "session": ("open_session",
                                                 "close_session"),
          "password": ("chauthtok",)}


@pytest.fixture
def call(build):
    """Does this call succeed, with these lines in its stage?"""
    paths = []

    def one(kind, name, *modules):
        paths.append(FOLDER + "twofa-other")
        with open(paths[-1], "w", encoding="ascii") as out:
            out.writelines("%s required %s\n" % (kind, module)
                           for module in modules)
        return subprocess.run(
            ["pamtester", "twofa-other", "alice", name], timeout=10,
            capture_output=True, check=False).returncode == 0
    yield one
    for path in set(paths):
        os.unlink(path)


@pytest.mark.parametrize("kind, name", [
    (kind, name) for kind, names in STAGES.items() for name in names])
def test_no_say(call, sim, syslog, kind, name):
    assert call(kind, name, stage.MODULE, "pam_permit.so")
    assert not call(kind, name, stage.MODULE, "pam_deny.so")
    assert not call(kind, name, stage.MODULE)  # PAM: nobody has said yes
    assert not sim.requests() and not syslog.logins()
