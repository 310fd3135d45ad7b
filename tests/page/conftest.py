# SPDX-License-Identifier: BSD-2-Clause
"""One house for all tests of the page; for each a fresh state and a browser."""

import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

# pylint: disable=wrong-import-position
from browser import Browser  # noqa: E402
from house import ADMIN, House, listening  # noqa: E402
from sshserver import Sshd  # noqa: E402
from terminal import Terminals  # noqa: E402


class Visitor(Browser):
    """Somebody who signs in to Cockpit's own page, and goes to ours."""

    def __init__(self, port, user, dark=False, shell=False):
        super().__init__()
        self.size(1280, 1000)
        if dark:
            self.command("Emulation.setEmulatedMedia", features=[
                {"name": "prefers-color-scheme", "value": "dark"}])
        self.go("http://127.0.0.1:%d/twofa" % port)
        self.find("#login-user-input")
        if user == ADMIN:  # as "Turn on administrative access" leaves it
            self.run("localStorage.setItem('superuser:%s', 'any')" % user)
        self.type("#login-user-input", user)
        self.type("#login-password-input", "pw-" + user)
        self.problems()  # that one has to sign in
        self.click("#login-button")
        self.frame("iframe[src*='/twofa/']")
        if not shell:
            self.go("http://127.0.0.1:%d/cockpit/@localhost/twofa/index.html" %
                    port)

    def choose(self, user):
        self.click("[data-user=%s]" % user)
        self.reads("#about", user)

    def press(self, label):
        """The button that says so, wherever it stands."""
        self.until(lambda: self.run(
            "const one = [...document.querySelectorAll('button')].find(one => "
            "one.innerText.trim().startsWith(arguments[0]) && one.offsetParent"
            " && !one.disabled); if (one) one.click(); return !!one;", label),
                    "the button " + label)

    def code(self):
        """What is read out, group by group."""
        self.find("#code .big b")
        return "-".join(self.run("return [...document.querySelectorAll("
                                 "'#code .big b')].map(b => b.innerText)"))


@pytest.fixture(scope="session")
def _house():
    socket = listening()
    house = House(socket.fileno())
    house.port = socket.getsockname()[1]
    house.terminals = Terminals()
    house.sshd = Sshd(house.terminals)
    yield house
    house.sshd.stop()
    house.close()


@pytest.fixture
def house(_house):
    _house.again()
    _house.story()
    _house.phones.reset()
    yield _house
    _house.terminals.close_all()


@pytest.fixture
def visit(house):
    opened = []

    def come(user, **more):
        opened.append(Visitor(house.port, user, **more))
        return opened[-1]

    yield come
    for one in opened:
        refused = [line for line in one.problems()
                   if "Content Security Policy" in line or "twofa.js" in line]
        one.close()
        assert not refused, refused
