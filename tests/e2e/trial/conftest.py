# SPDX-License-Identifier: BSD-2-Clause
"""A machine on which services are enabled and disabled."""

import re

import enablehost
import pytest


# pylint: disable=unused-argument
@pytest.fixture
def enabling(settings, pam, terminals, sim, clock):
    with enablehost.machine():
        yield enablehost.Enabling(terminals, sim)


@pytest.fixture
def admins(enabling):
    """alice and bob are in the group sudo."""
    path = "/etc/group"
    kept = enablehost.read(path)
    enablehost.write(path, re.sub(r"(?m)^sudo:.*$", "sudo:x:27:alice,bob",
                                  kept))
    yield
    enablehost.write(path, kept)
