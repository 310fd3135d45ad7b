# SPDX-License-Identifier: BSD-2-Clause
"""docs/guide/many-sessions.md: each of its commands, in its order, with its files;
and how often a code is asked for."""

import re

import pexpect
import pytest

from clientrun import installed, proof
from crowd import together
from guidepage import blocks
from laptop import CODE, PASSWORD, Laptop
from terminal import Terminal, plain

TRANSPORTS = ("spawn", "socket")
PAGE = "docs/guide/many-sessions.md"
END = r"ended:(\d+)\r"
OPENS = ("ssh server cat notes", "ssh -fN server")  # each but when one is open


class Desk:
    """Where alice types the page's commands."""

    def __init__(self, terminals, sim, sshd):
        found = list(blocks(PAGE))
        self.files = {name: lines for name, lines in found if name}
        self.commands = [line for name, lines in found if not name
                         for line in lines if line]
        self._terminals, self._sim = terminals, sim
        self._laptop = Laptop(terminals, "alice")
        self.word = proof()
        self._opened = False
        server = sshd.start("LoginGraceTime 120", *self.files[
            "/etc/ssh/sshd_config.d/31-sessions.conf"], port=22)
        with open(server.folder + "/hostkey.pub", encoding="ascii") as key:
            self._laptop.put(".ssh/known_hosts", "server " + key.read())
        self._laptop.put(".ssh/config", self._text(".ssh/config"))
        self._laptop.put("work/ansible.cfg", self._text("ansible.cfg"))
        with open("/etc/hosts", "w", encoding="ascii") as hosts:
            hosts.write("127.0.0.1 localhost server\n")

    def _text(self, name):
        return "\n".join(self.files[name]) + "\n"

    def type(self, command):
        """Its status, how often a code was asked for, and what it showed. The shell
        stays: its end would hang up on an ssh -f that is about to leave it."""
        run = self._terminals.keep(Terminal(
            ["/usr/bin/env", "HOME=" + self._laptop.home, "sh", "-c",
             "cd ~/work && %s; echo ended:$?; read end" % command],
            user="alice"))
        asked = 0
        while True:
            found = run.expect([PASSWORD, CODE, END, pexpect.EOF], timeout=60)
            if found >= 2:
                break
            if found:
                asked += 1
                run.answer(self._sim.code("alice"))
            else:
                run.answer("pw-alice")
        assert found == 2, run.text
        return int(run.match.group(1)), asked, plain(run.text)

    def close(self):
        self.type("ssh -O exit server")


@pytest.fixture
def desk(terminals, sim, sshd, settings):
    there = Desk(terminals, sim, sshd)
    yield there
    there.close()


def test_commands_of_the_page(desk, sim, syslog):
    """One code for each connection that is opened."""
    installed("git")
    opened = 0
    for command in desk.commands:
        if command.startswith("ansible"):
            continue
        status, asked, shown = desk.type(command)
        assert status == 0, shown
        wanted = int(command in OPENS and not opened)
        assert asked == wanted, (command, shown)
        opened = 0 if "-O exit" in command else opened or wanted
        if "cat notes" in command:
            assert desk.word in shown
    assert len(sim.messages()) == 2
    assert [line["outcome"] for line in syslog.logins()] == ["allowed"] * 2


def test_ansible(desk, sim):
    """With and without an open connection."""
    installed("ansible-core")
    opens, ansible = desk.commands[-2:]
    assert ansible.startswith("ansible ")
    status, asked, shown = desk.type(ansible)
    assert status != 0 and not asked and "UNREACHABLE" in shown, shown
    assert not sim.messages()
    assert desk.type(opens)[:2] == (0, 1)
    status, asked, shown = desk.type(ansible)
    assert status == 0 and not asked and desk.word in shown, shown
    assert len(sim.messages()) == 1


def test_more_sessions_than_ten(desk, sim):
    """At the same time, by the page's MaxSessions."""
    desk.type(desk.commands[0])
    ends = together([lambda: desk.type("ssh server 'sleep 2; cat notes'")
                     for _ in range(12)])
    assert [(status, asked) for status, asked, _ in ends] == [(0, 0)] * 12
    assert len(sim.messages()) == 1


def test_each_command_is_typed(desk):
    """None stands in the page that no test of this file runs."""
    assert len(desk.commands) == 8 and set(OPENS) <= set(desk.commands)
    assert all(re.match("(ssh|scp|git|ansible) ", line)
               for line in desk.commands)
