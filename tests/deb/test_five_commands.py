# SPDX-License-Identifier: BSD-2-Clause
"""README's installation by the package: its five commands on a bare system."""

import os
import re
import shlex

import pytest

import stage
from packages import run
from phones import NUMBERS
from sshserver import Sshd
from terminal import Terminals

# What init asks, and what is typed.
DIALOGUE = (("provider: ", "vonage-verify-v2"),
            (r"api_key \(Enter: none\): ", "abcd1234"),
            (r"\(not shown\): ", "Sup3rS3cret"),
            ("on the phone gives: ", "ACME"), (r"\[none\]: ", ""),
            (r"\[y/N\] ", "n"),
            ("your user name: ", "alice"), (r"0123: ", NUMBERS["alice"]))
DROP_INS = "Include /etc/ssh/sshd_config.d/*.conf"


@pytest.fixture(name="people")
def people_fixture(_users):
    """alice is an admin, and alone has a password: enable refuses to lock others
    out, and confirm wants a login of an admin's."""
    run("usermod", "-L", "bob")
    run("gpasswd", "-a", "alice", "sudo")
    found = Terminals()
    yield found
    found.close_all()
    run("gpasswd", "-d", "alice", "sudo")
    run("usermod", "-U", "bob")


def commands():
    """Without sudo, which a bare system has not: as root."""
    with open(stage.ROOT + "/README.md", encoding="utf-8") as text:
        found, = re.findall(r"(?:^    .*\n)*^    sudo twofactl init\n"
                            r"(?:^    .*\n)*", text.read(), re.M)
    return [shlex.split(line.strip().replace("sudo ", "", 1))
            for line in found.splitlines()]


def first_settings(t, sim):
    """A code by the phone, and one of those on paper."""
    for shown, text in DIALOGUE:
        t.expect(shown)
        t.answer(text)
    t.code(sim, "alice")
    t.expect(r"Type code (\d+),")
    paper = dict(re.findall(r"^ +(\d+)  (\S{19})\r?$", t.text, re.M))
    t.answer(paper[t.match.group(1)])
    assert t.ended() == 0, t.text


def test_readme(system, sim, people):
    install, init, enable, ssh, confirm = commands()
    assert install[:2] == ["apt-get", "install"]
    assert os.path.basename(install[2]) == "libpam-twofa_*.deb"
    system.install()
    first_settings(people.run(*init, "--base-url", sim.url, "--ca-file",
                              sim.certs.ca), sim)
    t = people.run(*enable, "--user", "alice")
    t.code(sim, "alice", nth=2)
    assert t.ended() == 0 and "on trial until" in t.text, t.text
    assert ssh == ["ssh", "alice@server"]
    server = Sshd(people, [DROP_INS])
    try:
        login = server.login("alice", "id", "-un")
        login.password()
        login.code(sim, nth=3)
        assert login.ended() == 0 and "alice" in login.text, login.text
    finally:
        server.stop()
    t = people.run(*confirm)
    assert t.ended() == 0 and "sshd is enabled." in t.text, t.text
    t = people.run("twofactl", "disable", "--all")
    assert t.ended() == 0 and "sshd is disabled." in t.text, t.text
