# SPDX-License-Identifier: BSD-2-Clause
"""Accounts as cloud images have them: a key, no password, sudo without one."""

import os
import re
import shutil
import subprocess

import enablehost
import passwords
import pytest

TRANSPORTS = ("spawn",)
SUDOERS = "/etc/sudoers.d/zz-cloud-users"  # the last line holds
CLIENT = ("/usr/bin/ssh", "-F", "none", "-o", "UserKnownHostsFile=/dev/null",
          "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "-o",
          "IdentitiesOnly=yes", "-o", "ConnectionAttempts=20")


def password(user, field):
    text = enablehost.read("/etc/shadow")
    enablehost.write("/etc/shadow", re.sub(
        "(?m)^%s:[^:]*:" % user, lambda _: "%s:%s:" % (user, field), text))


@pytest.fixture(name="keys")
def keys_fixture(enabling, tmp_path):
    """alice, an admin, and bob: key(user) is the private one's path."""
    kept = {path: enablehost.read(path) for path in
            ("/etc/shadow", "/etc/group")}
    subprocess.run(["gpasswd", "-M", "alice", "sudo"], check=True)
    enablehost.write(enablehost.PAM + "/common-account",
                     "account required pam_unix.so\n")
    for user, field in (("alice", "!"), ("bob", "*")):
        password(user, field)
        folder = "/home/%s/.ssh" % user
        os.mkdir(folder)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        str(tmp_path / user)], check=True)
        shutil.copy(tmp_path / (user + ".pub"), folder + "/authorized_keys")
    enablehost.write(SUDOERS, "alice ALL=(ALL) NOPASSWD:ALL\n")
    os.chmod(SUDOERS, 0o440)
    yield lambda user: str(tmp_path / user)
    os.unlink(SUDOERS)
    for path, text in kept.items():
        enablehost.write(path, text)
    for user in ("alice", "bob"):
        subprocess.run(["rm", "-r", "/home/%s/.ssh" % user], check=True)


def log_in(terminals, key, user, *command):
    return terminals.run(*CLIENT, "-i", key, user + "@127.0.0.1", *command,
                         password_of=user)


def by_key_alone(key, user):
    """What ssh says where nobody can be asked."""
    done = subprocess.run([*CLIENT, "-o", "BatchMode=yes", "-i", key,
                           user + "@127.0.0.1", "id", "-un"], text=True,
                          capture_output=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_key_then_code(enabling, keys, terminals, sim, clock):
    """Proof, trial, a login from elsewhere, and confirm there by sudo."""
    before = enablehost.files()
    with enablehost.running_sshd():
        assert by_key_alone(keys("alice"), "alice") == (0, "alice\n")
        said = enabling.on_trial("sshd", "--login", "key")
        assert "sshd would deny from then on: 0 of the " in said, said
        clock.advance(2)
        for user in ("alice", "bob"):
            status, words = by_key_alone(keys(user), user)
            assert status == 255
            assert "Permission denied (keyboard-interactive)" in words
        t = log_in(terminals, keys("alice"), "alice", "sudo",
                   enablehost.TWOFACTL, "confirm")
        t.code(sim)
        assert t.ended() == 0 and "sshd is enabled." in t.text
        assert "assword" not in t.text
        t = log_in(terminals, keys("bob"), "bob", "id", "-un")
        t.prompt()
        t.answer("000000")
        t.prompt("2 tries left")
        t.answer(sim.code("bob"))
        assert t.ended() == 0 and "bob" in t.text
        t = terminals.run(*CLIENT, "-o", "PubkeyAuthentication=no",
                          "alice@127.0.0.1")
        assert t.ended() == 255
        assert "Permission denied (publickey)" in t.text
        enabling.run("disable", "sshd")
        assert by_key_alone(keys("alice"), "alice") == (0, "alice\n")
    assert {path: text for path, text in enablehost.files().items()} == before


def test_password_would_lock_nobody_out_but_asks_nobody(enabling, keys):
    """The other way: the keys of these accounts go on without a code."""
    enabling.run("enable", "sshd", "--no-trial")
    with enablehost.running_sshd():
        assert by_key_alone(keys("alice"), "alice") == (0, "alice\n")


def test_who_is_not_enrolled(enabling, keys, settings):
    settings.forget("bob")
    out = enabling.run("enable", "sshd", "--login", "key", "--no-trial",
                       expected=1)
    assert re.search(r"bob +LOCKED OUT: they are not enrolled", out), out
    settings.forget("alice")
    out = enabling.run("enable", "sshd", "--login", "key", "--no-trial",
                       expected=1)
    assert re.search(r"alice +admin +LOCKED OUT: they are not enrolled", out)
    assert "No admin would be left who can use sshd" in out


def test_sudo_that_asks_for_nothing(enabling, keys, terminals):
    """NOPASSWD: sudo does not come to PAM, neither before nor after."""
    before = enablehost.files()
    t = enabling.begin("sudo")
    assert t.ended() == 4
    assert "sudo did not ask alice for anything (NOPASSWD in sudoers), so it " \
        "asks for no code either, and nothing is changed" in t.text
    assert enablehost.files() == before and not enabling.pending()
    out = enabling.run("enable", "sudo", "--no-trial")
    assert "sudo would deny from then on: 0 of the " in out, out
    t = terminals.run("/usr/bin/sudo", "-k", "id", "-un", user="alice")
    assert t.ended() == 0 and t.text.strip() == "root"


def test_sudo_with_a_password(enabling, keys, settings, terminals):
    """Who has none gets nothing by sudo, before and after; a colleague with a
    password and without a record would be locked out."""
    enablehost.write(SUDOERS, "alice ALL=(ALL) ALL\n")
    out = enabling.run("enable", "sudo", "--no-trial", "--dry-run")
    assert "alice" not in out.split("from then on:")[1], out
    subprocess.run(["gpasswd", "-M", "alice,carol", "sudo"], check=True)
    passwords.usable("carol", True)
    out = enabling.run("enable", "sudo", "--no-trial", expected=1)
    assert re.search(r"carol +admin +LOCKED OUT: they are not enrolled", out)
    assert "No admin would be left who can use sudo" in out
    settings.user("carol")
    enabling.run("enable", "sudo", "--no-trial")
