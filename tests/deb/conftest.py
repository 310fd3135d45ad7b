# SPDX-License-Identifier: BSD-2-Clause
"""The fixtures of a bare system that gets the packages. They run inside
tests/deb/enter."""

import os
import pwd
import shutil
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../e2e/rig")]

# pylint: disable=wrong-import-position
import packages  # noqa: E402
import stage  # noqa: E402
from conf import Settings  # noqa: E402
from crowd import Crowd  # noqa: E402
from journal import Journal  # noqa: E402
from phones import Simulator  # noqa: E402
from sshserver import Sshd  # noqa: E402
from terminal import Terminals  # noqa: E402

USERS = ("alice", "bob")
STACK = "/etc/pam.d/sshd"


@pytest.fixture(scope="session")
def built():
    """What tests/deb/compile made."""
    if "ROOTS" not in os.environ:
        pytest.exit("run this inside tests/deb/enter", 2)
    return packages.Built(os.environ["ROOTS"] + "/packages")


@pytest.fixture(scope="session")
def _syslog():
    return Journal()


@pytest.fixture
def syslog(_syslog):
    _syslog.clear()
    return _syslog


@pytest.fixture
def system(built, syslog):
    """Nothing of the packages is there; what a test leaves goes, too."""
    with open(STACK, encoding="utf-8") as text:
        stack = text.read()
    yield packages.System(built)
    with open(STACK, "w", encoding="utf-8") as out:
        out.write(stack)
    packages.clear()


@pytest.fixture(scope="session")
def _simulator(built):
    """The package's own."""
    packages.install(built.deb("this", packages.SIMULATOR))
    os.makedirs(stage.STAGE + "/test", mode=0o755)
    shutil.copy(built.folder + "/host", stage.STAGE + "/test/host")
    os.symlink("/usr/bin/twofa-simulator", stage.SIMULATOR)
    found = Simulator()
    found.start()
    yield found
    found.stop()


@pytest.fixture
def sim(_simulator):
    _simulator.fresh()
    return _simulator


@pytest.fixture
def settle(sim):
    """Call it once the package is there: settings for two users, no state."""
    def reset():
        account = pwd.getpwnam("twofa")
        found = Settings(account.pw_uid, account.pw_gid)
        found.reset(sim.url, sim.certs.ca)
        return found
    return reset


@pytest.fixture(scope="session")
def _users(built):
    for user in USERS:
        packages.run("useradd", "-m", "-s", "/bin/sh", user)
        packages.run("chpasswd", given="%s:pw-%s\n" % (user, user))


@pytest.fixture
def ssh(_users):
    """Logins at the system's own sshd."""
    os.makedirs("/run/sshd", exist_ok=True)
    people = Terminals()
    server = Sshd(people)
    yield server
    people.close_all()
    server.stop()


@pytest.fixture
def crowd(built, _users):
    """Logins of a stack as the manual has it."""
    people = Crowd("auth required pam_twofa.so")
    yield people
    people.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows the log."""
    report = (yield).get_result()
    if report.failed and "syslog" in getattr(item, "funcargs", {}):
        report.sections.append(("log", "\n".join(
            item.funcargs["syslog"].lines())))
