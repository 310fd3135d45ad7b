# SPDX-License-Identifier: BSD-2-Clause
"""README's installation, from enable on, typed by an admin with sudo; and the
way out of docs/guide/uninstall.md. What comes before is tests/e2e/twofactl's and tests/deb's."""

import os
import re
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import enablehost  # noqa: E402
import passwords  # noqa: E402
import stage  # noqa: E402

TRANSPORTS = ("spawn",)
PAGES = ("README.md", "docs/guide/install.md")
UNINSTALL = stage.ROOT + "/docs/guide/uninstall.md"


@pytest.fixture(name="enabling")
def enabling_fixture(settings, pam, terminals, sim):
    """root with a password, alice, an admin, and an account with keys alone,
    which only root has looked after."""
    subprocess.run(["usermod", "-aG", "sudo", "alice"], check=True)
    shadow = enablehost.read("/etc/shadow")
    settings.forget("bob")
    os.mkdir("/home/bob/.ssh")
    enablehost.write("/home/bob/.ssh/authorized_keys", "ssh-ed25519 AAAA\n")
    with enablehost.machine():
        passwords.usable("bob", False)
        subprocess.run(["chpasswd"], input="root:pw-root\n", text=True,
                       check=True)
        yield enablehost.Enabling(terminals, sim)
    enablehost.write("/etc/shadow", shadow)
    shutil.rmtree("/home/bob/.ssh")
    subprocess.run(["gpasswd", "-d", "alice", "sudo"], check=True,
                   stdout=subprocess.DEVNULL)


def commands(page):
    """The first block of five."""
    blocks = re.findall(r"(?:^    \S.*\n)+", enablehost.read(
        os.path.join(stage.ROOT, page)), re.M)
    return [line.strip() for line in
            [block for block in blocks if "twofactl init" in block][0]
            .strip().split("\n")]


def typed(terminals, command):
    """By alice, whose password sudo wants."""
    t = terminals.run(*command.replace("sudo", "/usr/bin/sudo", 1).split(),
                      user="alice")
    t.password()
    return t


def test_pages_say_the_same():
    first, *others = [commands(page) for page in PAGES]
    assert len(first) == 5 and others == [first]


def nothing_is_left(enabling, page):
    """After the other services, and with what the page chooses."""
    login, skip = re.search("enable (login) (--skip)", enablehost.read(
        os.path.join(stage.ROOT, page))).groups()
    others = {"sudo": "--no-trial", "su": "--no-trial", login: skip}
    for service, option in others.items():
        enabling.run("enable", service, option)
    enabling.run("enable", "polkit-1")
    enabling.run("recovery-codes", "alice", "--yes")
    found = enabling.run("doctor")
    assert found.endswith("\n0 problems\n"), found
    assert ("\nnote: sshd-keys: as twofactl enable sshd was told, a key allows "
            "everybody without a code") in found, found
    assert "\nnote: pam-missing: login has no second factor, as rule" in found
    for service in (*others, "polkit-1"):
        enabling.run("disable", service)


@pytest.mark.parametrize("page", PAGES)
def test_from_enable_on(enabling, terminals, sshd, sim, page):
    before = enablehost.files()
    _, _, enable, ssh, confirm = commands(page)
    assert ssh == "ssh alice@server"
    t = typed(terminals, enable)
    t.code(sim)
    assert t.ended() == 0 and "sshd is on trial until" in t.text, t.text
    assert "sshd would deny from then on: 0 of the " in t.text
    login = sshd.login("alice", "id", "-un")
    login.password()
    login.code(sim)
    assert login.ended() == 0 and "alice" in login.text
    t = typed(terminals, confirm)
    assert t.ended() == 0 and "sshd is enabled." in t.text
    nothing_is_left(enabling, page)
    out, = set(re.findall(r"^    (sudo twofactl disable --all)$",
                          enablehost.read(UNINSTALL), re.M))
    t = typed(terminals, out)
    assert t.ended() == 0 and "sshd is disabled." in t.text
    assert enablehost.files() == before
    login = sshd.login("alice", "id", "-un")
    login.password()
    assert login.ended() == 0 and "alice" in login.text
