# SPDX-License-Identifier: BSD-2-Clause
"""A machine on which services are enabled and disabled."""

import enablehost
import pytest


# pylint: disable=unused-argument
@pytest.fixture
def enabling(settings, pam, terminals, sim, clock):
    with enablehost.machine():
        yield enablehost.Enabling(terminals, sim)
