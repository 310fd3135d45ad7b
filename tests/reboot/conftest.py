# SPDX-License-Identifier: BSD-2-Clause
"""The fixtures of machines that boot again. They run inside
tests/container/enter --around."""

import os
import shutil
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../e2e/rig")]

# pylint: disable=wrong-import-position
import booted  # noqa: E402
import stage  # noqa: E402
from people import People  # noqa: E402
from phones import Simulator  # noqa: E402

CA = "/etc/ssl/certs/provider.pem"


@pytest.fixture(scope="session")
def provider():
    """It stands elsewhere, and no power fails there."""
    if "NSPAWN_FLAGS" not in os.environ:
        pytest.exit("run this inside tests/container/enter --around", 2)
    stage.SIMULATOR = os.path.join(stage.build_dir(), "twofa-simulator")
    found = Simulator(booted.FOLDER + "tls")
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="session")
def golden(provider):
    """A machine with all that is installed; nothing is enabled."""
    found = booted.Machine()
    found.format()
    with open(found.path("/etc/hosts"), "w", encoding="ascii") as out:
        out.write("127.0.0.1 localhost\n")
    shutil.copyfile(provider.certs.ca, found.path(CA))
    found.boot()
    found.run("python3", os.path.join(HERE, "settle.py"), provider.url, CA)
    # who starts a trial need not do that
    found.run("systemctl", "enable", "twofa-rollback.service")
    found.keep()
    return found


@pytest.fixture
def sim(provider):
    provider.fresh()
    return provider


@pytest.fixture
def machine(golden, sim):
    golden.fresh()
    golden.boot()
    yield golden
    golden.discard()


@pytest.fixture
def people(machine, sim):
    found = People(machine, sim)
    yield found
    found.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows what the machine said."""
    report = (yield).get_result()
    found = getattr(item, "funcargs", {}).get("machine")
    if report.failed and report.when == "call" and found and found.init:
        report.sections.append(("journal", "\n".join(found.journal())))
