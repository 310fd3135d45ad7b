# SPDX-License-Identifier: BSD-2-Clause
"""ssh.socket alone is enabled: systemd starts sshd for the first connection."""

import re

import pytest

from trials import ENABLE, ROLL_BACK, changed, rolled_back

OPTIONS = "/etc/default/ssh"
SETTING = "/etc/ssh/sshd_config.d/10-test.conf"
NO_CODE = "-o KbdInteractiveAuthentication=no -o PasswordAuthentication=yes"
SCRIPT = "/usr/local/sbin/start-sshd"
OF_SERVICE = "/etc/systemd/system/ssh.service.d/test.conf"
OF_SOCKET = "/etc/systemd/system/ssh.socket.d/test.conf"


@pytest.fixture(name="socket")
def socket_fixture(machine):
    """As an admin turns it on. No sshd has run since the boot."""
    machine.run("systemctl", "disable", "ssh.service")
    machine.run("systemctl", "enable", "ssh.socket")
    machine.reboot()
    assert machine.value("ActiveState", "ssh.service") == "inactive"
    return machine


def listens(machine):
    """It, and not a service that somebody has started."""
    return (machine.value("ActiveState", "ssh.socket"),
            machine.value("UnitFileState", "ssh.service")) == (
                "active", "disabled")


def sshd_running(machine):
    """What doctor says of the running sshd."""
    return re.findall(r"^.*\bsshd-running\b.*$", machine.twofactl(
        "doctor", expected=None), re.M)


def test_whole_way(socket, people):
    """Proof, trial, a login, confirmed, and out again."""
    before = socket.etc()
    assert people.offered() == ["publickey", "password"]
    said = people.enable("sshd", "--anyway")
    assert "sshd is on trial until " in said
    assert people.offered() == ["publickey", "keyboard-interactive"]
    assert "nobody has logged in through sshd" in socket.twofactl("confirm",
                                                          expected=1)
    people.by_code()
    assert socket.twofactl("confirm") == "sshd is enabled.\n"
    assert not sshd_running(socket)
    people.by_code("alice")
    assert socket.twofactl("disable", "sshd") == "sshd is disabled.\n"
    assert not changed(before, socket.etc())
    assert people.offered() == ["publickey", "password"]
    people.by_password()
    assert listens(socket)


def test_rolled_back(socket, people):
    before = socket.etc()
    socket.twofactl(*ENABLE)
    people.by_code()
    assert socket.twofactl("rollback") == "sshd is as it was before.\n"
    assert not changed(before, socket.etc())
    people.by_password()
    assert listens(socket)


def test_reboot(socket, people):
    """Rolled back before anybody can connect."""
    before = socket.etc()
    socket.twofactl(*ENABLE)
    socket.reboot()
    people.by_password()
    assert not changed(before, socket.etc())
    rolled_back(socket, "boot")
    assert int(socket.value("ExecMainExitTimestampMonotonic", ROLL_BACK)) <= \
        int(socket.value("ActiveEnterTimestampMonotonic", "ssh.socket"))


def test_other_options(socket, people):
    """What the unit's words say comes before the files: nothing is changed."""
    socket.write(OPTIONS, "SSHD_OPTS='%s'\n" % NO_CODE)
    before = socket.etc()
    out = socket.twofactl(*ENABLE, expected=1)
    assert "sshd was started by %s, which takes precedence over its files" \
        % NO_CODE in out
    assert OPTIONS in out
    assert not changed(before, socket.etc())
    people.by_password()


def test_hidden_options(socket, people):
    """What a script starts does not offer what the files say: no login would
    get in, and the trial ends at once."""
    socket.write(SCRIPT, '#!/bin/sh\nexec /usr/sbin/sshd "$@" %s\n' % NO_CODE)
    socket.run("chmod", "755", SCRIPT)
    socket.write(OF_SERVICE, "[Service]\nExecStart=\nExecStart=%s -D\n"
                 % SCRIPT)
    socket.run("systemctl", "daemon-reload")
    before = socket.etc()
    out = socket.twofactl(*ENABLE, expected=4)
    assert "offers publickey,password, not publickey,keyboard-interactive" \
        in out
    assert "everything is as it was before" in out
    assert not changed(before, socket.etc())
    rolled_back(socket, "not-offered")
    people.by_password()


@pytest.mark.parametrize("connected", [False, True])
def test_other_port(socket, people, connected):
    """It listens where sshd's settings do not say: nothing can be asked, and
    that ends no trial."""
    socket.write(OF_SOCKET, "[Socket]\nListenStream=\nListenStream=2222\n")
    socket.run("systemctl", "daemon-reload")
    socket.run("systemctl", "restart", "ssh.socket")
    if connected:
        people.by_password(port=2222)
    out = socket.twofactl(*ENABLE)
    assert "sshd offers is not known: no sshd listens at " in out
    assert "sshd is on trial until " in out
    people.by_code(port=2222)
    assert socket.twofactl("confirm") == "sshd is enabled.\n"


def test_open_login(socket, people):
    """It outlives that sshd is started again."""
    login = people.stay()
    socket.twofactl(*ENABLE)
    people.by_code("alice")
    socket.twofactl("rollback")
    login.sendline("still here")
    login.expect("still here\r\nstill here\r\n")
    people.by_password()


def test_broken_settings(socket, people):
    """sshd would not start by them: the one that runs goes on."""
    socket.twofactl(*ENABLE)
    people.by_code()
    socket.write(SETTING, "Nonsense\n")
    socket.twofactl("rollback", expected=4)
    assert any("after the roll-back sshd was not reloaded: systemctl restart "
               "ssh.service: " + SETTING in line for line in socket.journal())
    assert people.offered() == ["publickey", "keyboard-interactive"]


def test_doctor_before_anybody_comes(socket):
    """The sshd that is to come reads the settings."""
    socket.write(SETTING, "PasswordAuthentication no\n")
    assert not sshd_running(socket)


@pytest.mark.parametrize("by_socket, remedy", [
    (False, "systemctl reload ssh.service"),
    (True, "systemctl restart ssh.service")])
def test_doctor(machine, people, request, by_socket, remedy):
    """A setting that the sshd that runs has not read."""
    if by_socket:
        request.getfixturevalue("socket")
    people.by_password()
    assert not sshd_running(machine)
    machine.write(SETTING, "PasswordAuthentication no\n")
    found, = sshd_running(machine)
    assert found.endswith("run: " + remedy)
    machine.run(*remedy.split())
    assert not sshd_running(machine)
