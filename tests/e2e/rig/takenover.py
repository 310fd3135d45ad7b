# SPDX-License-Identifier: BSD-2-Clause
"""A helper that listens whose broker of the provider "taken" obeys an attacker
(tests/seams/takenover.c)."""

import contextlib
import os

import stage
from listener import Listener

HELPER = stage.STAGE + "/test/takenover-helper"
ORDERS = stage.STAGE + "/taken"


@contextlib.contextmanager
def listening(pam, deadline):
    """put(words): what that broker answers from now on; put.listener."""
    os.chmod(HELPER, stage.HELPER_MODE)
    found = Listener(HELPER)
    pam.args(transport="socket", socket=found.path, deadline=deadline)

    def put(words):
        with open(ORDERS + ".new", "w", encoding="ascii") as out:
            out.write(words)
        os.rename(ORDERS + ".new", ORDERS)
    put.listener = found
    yield put
    with contextlib.suppress(FileNotFoundError):
        os.unlink(ORDERS)
    assert found.stop() == 0
