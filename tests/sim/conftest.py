# SPDX-License-Identifier: BSD-2-Clause
"""The fixtures of the simulator's own tests."""

import os
import shutil
import subprocess
import sys

import pytest
from simclient import Simulator

# half_VENDOR.py: a test imports one by its name, halves.py all of them.
sys.path.append(os.path.join(os.path.dirname(__file__), "vendors"))


@pytest.fixture
def launch():
    """Starts simulators with options and ends them, cleanly, after the test."""
    started = []

    def start(*options, **kwargs):
        started.append(Simulator(*options, **kwargs))
        return started[-1]

    yield start
    for simulator in started:
        if simulator.process.poll() is None:
            status, _, err = simulator.stop()
            assert (status, err) == (0, "")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate that signs itself, for localhost: (chain, key)."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed: apt-get install openssl")
    folder = tmp_path_factory.mktemp("tls")
    chain, key = folder / "server.pem", folder / "server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(key), "-out", str(chain)],
        check=True, capture_output=True,
    )
    return chain, key


@pytest.fixture(scope="session")
def shared_simulator():
    simulator = Simulator("--quiet")
    yield simulator
    status, _, err = simulator.stop()
    assert (status, err) == (0, "")


@pytest.fixture
def sim(shared_simulator):
    """A simulator as new; the program itself is shared to save time."""
    shared_simulator.sim("POST", "reset")
    return shared_simulator
