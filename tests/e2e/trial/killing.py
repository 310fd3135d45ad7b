# SPDX-License-Identifier: BSD-2-Clause
"""A twofactl that is killed behind one of its steps, and a boot after it
(tests/seams/trial_step.c)."""

import contextlib
import os
import subprocess

import enablehost

STEP = "/run/stage/step"
STEPS = "/run/stage/steps"
BOOT = "/proc/sys/kernel/random/boot_id"


@contextlib.contextmanager
def killed_behind(step):
    enablehost.write(STEP, step + "\n")
    try:
        yield
    finally:
        os.unlink(STEP)


@contextlib.contextmanager
def steps():
    """Those that are gone through, as a list that is filled behind it."""
    found = []
    enablehost.remove(STEPS)
    yield found
    found += (enablehost.read(STEPS) or "").split()


@contextlib.contextmanager
def next_boot():
    """The kernel's number of this boot is another one."""
    with open("/run/stage/boot", "w", encoding="ascii") as out:
        out.write("00000000-0000-4000-8000-000000000001\n")
    subprocess.run(["mount", "--bind", "/run/stage/boot", BOOT], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", BOOT], check=True)


def by_hand(enabling, _=None):
    enabling.run("rollback")


def by_boot(enabling, _=None):
    """What the boot's unit runs."""
    with next_boot():
        enabling.run("rollback", "--boot")


def by_timer(enabling, number):
    """What the timer of that trial runs."""
    enabling.run("rollback", "--timer", number)
