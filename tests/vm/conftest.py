# SPDX-License-Identifier: BSD-2-Clause
"""The fixtures of a machine with a kernel of its own. They run inside
tests/vm/enter."""

import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../e2e/rig")]

# pylint: disable=wrong-import-position
import stage  # noqa: E402
from machine import Machine  # noqa: E402
from people import People  # noqa: E402
from phones import NUMBERS, Simulator  # noqa: E402

WEB = 8443
USERS = {name: NUMBERS[name] for name in ("alice", "bob")}


@pytest.fixture(scope="session")
def provider():
    """It stands elsewhere, and no power fails there."""
    if "VM_RUN" not in os.environ:
        pytest.exit("run this inside tests/vm/enter", 2)
    stage.SIMULATOR = os.path.join(stage.build_dir(), "twofa-simulator")
    found = Simulator(os.environ["VM_RUN"] + "/tls", ("provider",))
    found.port = WEB  # SELinux knows by the number what it is for
    found.start()
    yield found
    found.stop()


@pytest.fixture
def sim(provider):
    provider.fresh()
    return provider


def pytest_collection_modifyitems(items):
    """One machine at a time; in any other order each is only booted more often."""
    items.sort(key=lambda item: ("strict" in item.fixturenames,
                                 "apart" in item.fixturenames))


@pytest.fixture(scope="session")
def _shared(provider):
    """The machine of all tests that leave it as it was: 1 GiB."""
    found = Machine(os.environ["VM_RUN"] + "/shared")
    found.fresh()
    found.takes_turn()
    found.settle(provider, USERS)
    found.ask_for_codes("sshd", "sudo", "su")
    yield found
    found.discard()


@pytest.fixture
def machine(_shared, sim):
    _shared.takes_turn()
    yield _shared
    assert not _shared.denied()


ENFORCING = "security=selinux enforcing=1 audit=1 audit_backlog_limit=8192"


@pytest.fixture(scope="session")
def _strict(provider):
    """One that has SELinux in place of AppArmor. What its policy refuses to
    logins without a second factor is not ours."""
    found = Machine(os.environ["VM_RUN"] + "/strict", ENFORCING)
    found.fresh()
    found.takes_turn()
    found.settle(provider, USERS)
    people = People(found, provider)
    people.by_password("bob")
    people.no_codes()
    people.console("alice", code=False)
    with found.confined():
        people.staff("twofactl --help", code=False)
        people.by_password("bob")
        people.console("alice", code=False)
    people.close()
    found.not_ours = found.refused()
    found.ask_for_codes("sshd", "sudo", "su", "login")
    yield found
    found.discard()


@pytest.fixture
def strict(_strict, sim):
    _strict.takes_turn()
    yield _strict
    ours = _strict.refused() - _strict.not_ours
    assert not ours, "\n".join(map(str, sorted(ours)))


@pytest.fixture
def residents(strict, sim):
    """People of the machine that has SELinux."""
    yield from _people(strict, sim)


@pytest.fixture
def apart(sim):
    """A machine that no other test has: it is not booted yet."""
    if Machine.running:
        Machine.running.turn_ends()
    found = Machine(os.environ["VM_RUN"] + "/apart")
    found.fresh()
    yield found
    found.discard()


def _people(machine, sim):
    # The provider has forgotten its verifications, and so must the host.
    for user in USERS if machine is Machine.running else ():
        machine.twofactl("unlock", user, expected=None)
    found = People(machine, sim)
    yield found
    found.close()


@pytest.fixture
def people(machine, sim):
    yield from _people(machine, sim)


@pytest.fixture
def comers(apart, sim):
    """People of a machine apart."""
    yield from _people(apart, sim)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows what the machine said."""
    report = (yield).get_result()
    found = getattr(item, "funcargs", {})
    for name in ("machine", "strict", "apart"):
        if report.failed and report.when == "call" and name in found:
            try:
                text = found[name].journal("-n", "80")
            except Exception as error:  # it may have ended
                with open(found[name].console, encoding="utf-8",
                          errors="replace") as console:
                    text = "%s\n%s" % (error, console.read()[-4000:])
            report.sections.append(("journal", text))
