# SPDX-License-Identifier: BSD-2-Clause
"""enable of a service that is enabled."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import enablehost  # noqa: E402

TRANSPORTS = ()


@pytest.fixture(name="enabling")
def enabling_fixture(settings, pam, terminals, sim):
    with enablehost.machine():
        yield enablehost.Enabling(terminals, sim)


@pytest.mark.parametrize("login", ["password", "key", "both"])
def test_the_way_to_log_in_stays(enabling, login):
    """Nobody who repeats the command, or asks by --check, has to know it."""
    enabling.run("enable", "sshd", "--login", login, "--no-trial", "--anyway")
    after = enablehost.files()
    enabling.run("enable", "sshd", "--check")
    assert "enabled already" in enabling.run("enable", "sshd")
    other = "both" if login == "key" else "key"
    enabling.run("enable", "sshd", "--login", other, "--check", expected=1)
    assert enablehost.files() == after
