# SPDX-License-Identifier: BSD-2-Clause
"""An upgrade from a helper that listened without a state broker, and the way
back: the program is built from the history, as it was before there was one."""

import os
import shutil
import subprocess

import pytest

import leftovers
import stage
from listener import Listener

TRANSPORTS = ("socket",)

INSTALLED = stage.STAGE + "/helper-installed"


def git(*words):
    return subprocess.run(
        ["git", "-C", stage.ROOT, "-c", "safe.directory=*", *words],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """The path of the last program without one."""
    first = git("log", "--diff-filter=A", "--format=%H", "--",
                "helper/broker/broker.c").split()
    sources = git("archive", first[-1].decode() + "^") if first else b""
    if not sources:
        pytest.skip("the history of the sources is not here")
    folder = str(tmp_path_factory.mktemp("before"))
    subprocess.run(["tar", "-x", "-C", folder], input=sources, check=True)
    subprocess.run(["make", "-s", "-j2", "-C", folder, "build/twofa-helper"],
                   env={"PATH": os.environ["PATH"]}, check=True)
    return folder + "/build/twofa-helper"


def install(program):
    """As a package does it."""
    shutil.copyfile(program, INSTALLED + ".new")
    os.chmod(INSTALLED + ".new", stage.HELPER_MODE)
    os.rename(INSTALLED + ".new", INSTALLED)


@pytest.fixture
def listening(_ready, pam):
    """Installs a program that listens, whose file may be replaced later."""
    found = Listener(INSTALLED, start=False)

    def start(program):
        install(program)
        found.start()
        pam.args(transport="socket", socket=found.path)
        return found
    yield start
    assert found.stop() == 0
    os.unlink(INSTALLED)


def runs(found):
    """The inode of the program in it."""
    return os.stat("/proc/%d/exe" % found.pid).st_ino


def test_upgrade(before, listening, quick, sim):
    """A login that waits goes on, with the state open in its own process; the
    next ones ask a broker, and know what it has counted."""
    found = listening(before)
    waits = quick.login()
    waits.prompt("Verification code sent")
    assert len(found.copies()) == 1 and found.brokers() == []
    install(stage.HELPER)
    quick.right(quick.login("bob"), "bob")
    assert runs(found) == os.stat(INSTALLED).st_ino
    assert len(found.copies()) == len(found.brokers()) == 1
    joins = quick.login()
    joins.prompt("code")
    assert len(sim.requests("start")) == 2
    joins.hang_up()
    waits.answer(sim.code("alice"))
    assert waits.ended() == 0
    quick.line("alice", outcome="allowed")


def test_and_back(before, listening, quick, sim):
    """The broker serves the login that waits, and ends after it."""
    found = listening(stage.HELPER)
    waits = quick.login()
    waits.prompt("Verification code sent")
    kept, = found.brokers()
    install(before)
    quick.right(quick.login("bob"), "bob")
    assert runs(found) == os.stat(INSTALLED).st_ino
    assert found.brokers() == [kept]
    waits.answer(sim.code("alice"))
    assert waits.ended() == 0
    quick.line("alice", outcome="allowed")
    assert leftovers.wait_gone(kept, 10)
    quick.right(quick.login("bob"), "bob")
