# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of this folder share."""

import pytest

from clientrun import Machine


@pytest.fixture
def machine(request, _ready):
    return Machine(request)
