# SPDX-License-Identifier: BSD-2-Clause
"""A helper that listens, of which a part obeys an attacker."""

import contextlib
import os

import stage
from listener import Listener

HELPER = stage.STAGE + "/test/takenover-helper"
ORDERS = stage.STAGE + "/taken"


@contextlib.contextmanager
def obeying(pam, helper, orders, user=None, **args):
    """put(WORD...): what that build does from now on, as it reads it in the file
    orders; put.listener. args: of the module."""
    os.chmod(helper, stage.HELPER_MODE)
    found = Listener(helper, user=user) if user else Listener(helper)
    pam.args(transport="socket", socket=found.path, **args)

    def put(*words):
        with open(orders + ".new", "w", encoding="ascii") as out:
            out.write(" ".join(map(str, words)))
        os.rename(orders + ".new", orders)
    put.listener = found
    yield put
    with contextlib.suppress(FileNotFoundError):
        os.unlink(orders)
    assert found.stop() == 0


def listening(pam, deadline):
    """The broker of the provider "taken" obeys (tests/seams/takenover.c)."""
    return obeying(pam, HELPER, ORDERS, deadline=deadline)
