# SPDX-License-Identifier: BSD-2-Clause
"""What doctor says of sshd's settings, beside real logins to a real sshd that
has these settings."""

import shutil

import pytest

from steps import ONCE, asked

TRANSPORTS = ()

SSHD = "/etc/ssh/sshd_config"


@pytest.fixture
def config():
    """The system's sshd_config, which comes back: config(server) makes it that
    server's."""
    shutil.copy(SSHD, SSHD + ".before")
    yield lambda server: shutil.copy(server.folder + "/config", SSHD)
    shutil.move(SSHD + ".before", SSHD)


def said(admin, *names):
    """doctor's lines with these names."""
    return [line for line in admin.run("doctor")[1].splitlines()
            if line.removeprefix("note: ").split(":")[0] in names]


def gets_in(server, user, key=None):
    """By key where there is one, and by the password where one is asked."""
    login = server.login(user, key=key, options=ONCE)
    if login.expect(["assword: ", r"\r\n"]) == 0:
        login.answer("pw-" + user)
    return login.ended() == 0


# --- PAM is not asked


@pytest.mark.parametrize("lines,key,words", [
    (("PasswordAuthentication yes",), False, "a password gets in without"),
    (("PubkeyAuthentication yes",), True, "a key gets in without"),
    (("PasswordAuthentication yes",
      "AuthenticationMethods publickey,password"), True, "a password gets in"),
    (("AuthenticationMethods publickey,keyboard-interactive "
      "keyboard-interactive",), True, "nobody gets in"),
    (("AuthenticationMethods publickey,keyboard-interactive "
      "keyboard-interactive",), False, "nobody gets in"),
])
def test_without_pam(admin, sshd, sim, config, lines, key, words):
    """sshd looks at passwords itself then, and our module is never asked."""
    server = sshd.start("UsePAM no", *lines)
    config(server)
    line, = said(admin, "sshd-usepam", "sshd-password")
    assert line.startswith("sshd-usepam: UsePAM no: ") and words in line
    assert gets_in(server, "alice", server.key("alice") if key else None) == \
        (words != "nobody gets in")
    assert sim.messages() == []


def test_key_and_password_method(admin, sshd, sim, syslog, config):
    """It goes through PAM, where nothing answers our prompt: no way in."""
    server = sshd.start("PasswordAuthentication yes",
                        "AuthenticationMethods publickey,password")
    config(server)
    line, = said(admin, "sshd-usepam", "sshd-password", "sshd-keys")
    assert line.startswith("sshd-password: ") and "login is denied" in line
    sim.fresh()
    assert not gets_in(server, "alice", server.key("alice"))
    assert syslog.login_line(user="alice")["reason"] == "no-answer"
    asked(sim, start=1)
