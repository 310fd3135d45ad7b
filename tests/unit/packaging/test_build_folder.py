# SPDX-License-Identifier: BSD-2-Clause
"""The build folder has one name, however it is spelled: what the compiler wrote
of an object's headers names the object, and counts for that name alone."""

import os
import subprocess

import pytest

ROOT = os.path.realpath(os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../.."))


@pytest.mark.parametrize("spelled", [
    "nowhere", "./nowhere", "nowhere/", "docs/../nowhere", ROOT + "/nowhere"])
@pytest.mark.parametrize("target", ["nowhere", ROOT + "/nowhere"])
def test_one_name(spelled, target):
    env = {key: value for key, value in os.environ.items()
           if not key.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "-n", "-C", ROOT, "O=" + spelled,
         target + "/obj/lib/items/items.o"], env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout
    assert not os.path.exists(ROOT + "/nowhere")
