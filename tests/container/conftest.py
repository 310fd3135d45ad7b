# SPDX-License-Identifier: BSD-2-Clause
"""The fixtures of a booted machine. They run inside tests/container/enter."""

import os
import pwd
import shutil
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../e2e/rig"),
                os.path.join(HERE, "../e2e/clients")]

# pylint: disable=wrong-import-position
import machine  # noqa: E402
import stage  # noqa: E402
from conf import Settings  # noqa: E402
from crowd import Crowd  # noqa: E402
from phones import Simulator  # noqa: E402
from terminal import Terminals  # noqa: E402

USERS = ("alice", "bob")
SSHD_PAM = "/etc/pam.d/sshd"
SSHD_CONF = "/etc/ssh/sshd_config.d/30-twofa.conf"
COMMON = "@include common-auth\n"


@pytest.fixture(scope="session")
def installed():
    """Installed by make, and nothing set up."""
    if not os.path.isdir("/trial"):
        pytest.exit("run this inside tests/container/enter", 2)
    for user in USERS:
        machine.run("useradd", "-m", user)
        machine.run("sh", "-c", "echo %s:pw-%s | chpasswd" % (user, user))
    os.makedirs(stage.STAGE + "/test")
    for name in ("test/host", "twofa-simulator"):
        shutil.copy(os.path.join(stage.build_dir(), name),
                    os.path.join(stage.STAGE, name))
    machine.make("install")


@pytest.fixture(scope="session")
def simulator(installed):
    found = Simulator()
    found.start()
    yield found
    found.stop()


@pytest.fixture
def sim(simulator):
    simulator.fresh()
    return simulator


@pytest.fixture
def units(installed):
    found = machine.Units()
    yield found
    found.reset()


@pytest.fixture
def settings(units, sim):
    """For two users; no state. The units do not run yet."""
    account = pwd.getpwnam("twofa")
    found = Settings(account.pw_uid, account.pw_gid)
    found.reset(sim.url, sim.certs.ca)
    return found


@pytest.fixture
def journal():
    return machine.Journal()


@pytest.fixture
def crowd(settings):
    """Logins of a stack as the manual has it."""
    people = Crowd("auth required pam_twofa.so")
    yield people
    people.close()


@pytest.fixture
def warm(units, crowd, journal):
    """Root's socket is on; no login of the test may do without it."""
    units.do("enable", "--now", machine.ROOT_SOCKET)
    yield units
    lines = journal.lines()
    assert not [line for line in lines if "helper of its own" in line or
                "sandbox:" in line], lines


@pytest.fixture
def ssh(settings):
    """A client of the machine's own sshd, which asks as the manual has it."""
    changed = (SSHD_PAM, SSHD_CONF)
    before = {path: machine.read(path) for path in changed}
    example = machine.read(os.path.join(
        stage.ROOT, "conf/sshd_config.d/30-twofa.conf.example"))
    machine.write(SSHD_CONF, example)
    machine.write(SSHD_PAM, before[SSHD_PAM].replace(
        COMMON, COMMON + "auth  required  pam_twofa.so\n"))
    machine.run("systemctl", "restart", "ssh")
    people = Terminals()

    def log_in(user):
        return people.run(
            "/usr/bin/ssh", "-o", "StrictHostKeyChecking=no",
            "-o", "LogLevel=ERROR", user + "@127.0.0.1", "id", "-un",
            password_of=user)
    yield log_in
    people.close_all()
    for path, text in before.items():
        machine.write(path, text)
    machine.run("systemctl", "restart", "ssh")


@pytest.fixture
def restored(units):
    """What a test installs, goes."""
    yield
    units.reset()
    machine.make("install")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows the journal."""
    report = (yield).get_result()
    if report.failed and "journal" in getattr(item, "funcargs", {}):
        report.sections.append(("journal", "\n".join(
            item.funcargs["journal"].lines())))
