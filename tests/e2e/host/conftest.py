# SPDX-License-Identifier: BSD-2-Clause
"""What tests of a host share: where an installation may go, and what stands
before its provider."""

import glob
import os
import shutil

import pytest

import stage
from between import Between

DEST = "/run/tmp/dest"
ACCOUNTS = ("passwd", "group", "shadow", "gshadow")


@pytest.fixture
def between(sim, settings):
    """It sees each request, and answers in odd ways."""
    found = Between(sim)
    settings.provider(base_url=found.url)
    yield found
    found.stop()


@pytest.fixture
def dest(build):
    shutil.rmtree(DEST, ignore_errors=True)
    os.mkdir(DEST)
    yield DEST
    shutil.rmtree(DEST)


@pytest.fixture
def machine(build):
    """A /usr of our own, and the accounts put back afterwards."""
    with stage.own_usr():
        for name in ACCOUNTS:
            shutil.copy2("/etc/" + name, "/run/tmp/%s.kept" % name)
        yield
        for name in ACCOUNTS:
            shutil.copy2("/run/tmp/%s.kept" % name, "/etc/" + name)
        for path in ("/etc/dbus-1/system.d/twofa.conf",
                     *glob.glob("/etc/systemd/system/user@*.service")):
            if os.path.lexists(path):
                os.unlink(path)


@pytest.fixture
def no_stack():
    """No PAM stack of this machine names the module."""
    for name in os.listdir("/etc/pam.d"):
        path = os.path.join("/etc/pam.d", name)
        with open(path, encoding="utf-8") as text:
            if "pam_twofa" in text.read():
                os.unlink(path)
