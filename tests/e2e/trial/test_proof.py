# SPDX-License-Identifier: BSD-2-Clause
"""The login before the switch: who may give it, and what it leaves."""

import glob
import os
import pwd
import re
import shutil
import signal
import subprocess
import termios

import enablehost
import leftovers
import pytest

TRANSPORTS = ("spawn",)


def _mounts():
    with open("/proc/self/mountinfo", encoding="utf-8") as text:
        return text.read()


def _processes():
    return sorted((pid, name) for pid, name, _, _ in leftovers.processes())


@pytest.fixture(name="unchanged")
def unchanged_fixture(enabling):
    """Nothing is, at the end: files, mounts, what twofactl keeps."""
    before = (enablehost.files(), _mounts())
    yield enabling
    assert (enablehost.files(), _mounts()) == before
    for pid in enablehost.timers():  # a child ends after its twofactl
        leftovers.wait_gone(pid, 5)
    assert not enabling.pending() and not enablehost.timers()
    assert glob.glob(enablehost.STATE + "/[!l]*") == []
    assert os.listdir("/run/twofactl") == []


def _failed(t, words):
    assert t.ended() == 4
    assert "the proof failed, and nothing is changed: " + words in t.text


@pytest.mark.parametrize("service", ["sshd", "sudo", "su"])
def test_wrong_code(unchanged, service):
    t = unchanged.begin(service, "--anyway")
    for _ in range(3):
        t.prompt("code")
        t.answer("000000")
    _failed(t, "the login was denied")


def test_wrong_code_login(unchanged):
    """login ends with 0 after as many tries as it allows."""
    t = unchanged.begin("login")
    for _ in range(3):
        t.prompt("code")
        t.answer("000000")
    assert t.ended() == 4
    assert "the login of the proof did not get in with a code, so nothing " \
        "is changed; see: twofactl explain alice login" in t.text


def _no_child(before):
    """All that the proof began has ended."""
    for pid, name in _processes():
        if (pid, name) not in before:
            assert leftovers.wait_gone(pid, 10), name


@pytest.mark.parametrize("service", ["sshd", "sudo", "su", "login"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP, signal.SIGQUIT])
def test_interrupted(unchanged, service, number):
    before = _processes()
    t = unchanged.begin(service, "--anyway")
    shown = termios.tcgetattr(t.child_fd)
    t.prompt("code")
    assert termios.tcgetattr(t.child_fd) != shown  # as it is typed
    if number == signal.SIGINT:
        t.sendintr()
    else:
        t.kill(number)
    t.expect("nothing is changed: it was interrupted")
    assert termios.tcgetattr(t.child_fd) == shown
    assert t.ended() == 4
    _no_child(before)


def test_interrupted_before(unchanged):
    """While it looks at the files: nothing has begun yet."""
    t = unchanged.begin("sudo")
    t.kill(signal.SIGTERM)
    assert t.ended() in (4, -signal.SIGTERM)


@pytest.fixture(name="expired")
def expired_fixture(enabling):  # pylint: disable=unused-argument
    """alice has to change her password at her next login."""
    kept = {path: enablehost.read(path) for path in (
        "/etc/shadow", "/etc/pam.d/common-account")}
    enablehost.write("/etc/shadow", re.sub(
        r"(?m)^(alice:[^:]*):\d+:", r"\1:0:", kept["/etc/shadow"]))
    enablehost.write("/etc/pam.d/common-account",
                     "account required pam_unix.so\n")
    for service in ("sshd", "sudo", "su", "login"):
        with open("/etc/pam.d/" + service, "a", encoding="utf-8") as out:
            out.write("password required pam_unix.so\n")
    yield
    for path, text in kept.items():
        enablehost.write(path, text)


@pytest.mark.parametrize("service", ["sshd", "sudo", "su", "login"])
def test_password_has_expired(expired, unchanged, sim, service):
    """The code is not to blame."""
    t = unchanged.begin(service, "--anyway")
    t.code(sim)
    _failed(t, "the code was right, but alice was refused after it, as where "
            "the password has expired")


def test_left(unchanged):
    """q at the prompt."""
    t = unchanged.begin("sshd", "--anyway")
    t.prompt("code")
    t.answer("q")
    _failed(t, "the login was denied")


@pytest.fixture(name="carol")
def carol_fixture(settings):
    """She is enrolled; change(passwd=..., shadow=...) her password's field."""
    kept = {path: enablehost.read(path) for path in ("/etc/passwd",
                                                     "/etc/shadow")}

    def change(**fields):
        for name, value in fields.items():
            path = "/etc/" + name
            enablehost.write(path, re.sub(
                "(?m)^carol:[^:]*:", lambda _: "carol:%s:" % value,
                kept[path]))
    settings.user("carol")
    yield change
    for path, text in kept.items():
        enablehost.write(path, text)


@pytest.mark.parametrize("field", ["!", "*", "", "!$y$j9T$abc"])
def test_no_password(unchanged, carol, field):
    carol(shadow=field)
    out = unchanged.run("enable", "sudo", "--user", "carol", "--no-input",
                        expected=4)
    assert "carol has no password in /etc/shadow for which another could " \
        "stand in; add --user with somebody who has one" in out


def test_no_password_where_a_key_does(enabling, carol):
    """As of an account of a cloud image."""
    carol(shadow="!")
    said = enabling.on_trial("sshd", "--login", "both", "--anyway",
                             user="carol")
    assert "Password:" not in said and "sshd is on trial" in said


def test_password_from_elsewhere(enabling, carol):
    """As of a directory: the person types the real one."""
    done = subprocess.run(["openssl", "passwd", "-6", "real"], check=True,
                          stdout=subprocess.PIPE, text=True)
    carol(shadow="*", passwd=done.stdout.strip())
    t = enabling.begin("su", user="carol")
    t.expect("type the real one")
    t.password("real")
    t.prompt("code")
    t.answer("000000")
    assert "real" not in t.text.split("type the real one")[1]
    t.prompt("2 tries left")
    t.sendintr()
    assert t.ended() == 4


@pytest.fixture(name="user_rc")
def user_rc_fixture():
    """A ~/.ssh/rc of alice's; the path of what it writes."""
    home = pwd.getpwnam("alice").pw_dir
    folder, ran = home + "/.ssh", home + "/rc-ran"
    made = [path for path in (home, folder) if not os.path.exists(path)]
    for path in made:
        os.mkdir(path)
        shutil.chown(path, "alice")
    enablehost.write(folder + "/rc", "echo ran >%s\n" % ran)
    yield ran
    enablehost.remove(ran)
    os.unlink(folder + "/rc")
    for path in reversed(made):
        os.rmdir(path)


@pytest.mark.parametrize("words", [(), ("--login", "key", "--anyway")])
def test_the_users_rc_is_left_out(enabling, user_rc, words):
    """What it begins could stay behind in the proof's view of /etc."""
    enabling.on_trial("sshd", *words)
    assert not os.path.exists(user_rc)


def test_real_password_stays(enabling, terminals, sim):
    """What the proof logs in with is good nowhere else, nor later."""
    enabling.begin("su").prompt("code")
    t = terminals.su("bob", "alice")
    t.password("pw-alice")
    assert t.ended() == 0


@pytest.fixture(name="passprompt")
def passprompt_fixture():
    path = "/etc/sudoers.d/zz-passprompt"
    enablehost.write(path, 'Defaults passprompt="Kennwort? "\n')
    os.chmod(path, 0o440)
    yield
    os.unlink(path)


@pytest.mark.usefixtures("passprompt")
@pytest.mark.parametrize("service", ["sudo", "su", "login", "sshd"])
def test_in_another_language(enabling, monkeypatch, service):
    """The password's prompt of an admin who reads German."""
    for name, value in {"LC_ALL": "C.UTF-8", "LANGUAGE": "de"}.items():
        monkeypatch.setenv(name, value)
    said = enabling.unseen(service, "--anyway")
    assert "A code was asked for; nobody was there to type it." in said


def test_beside_an_askpass(enabling, monkeypatch):
    """ssh would ask that program instead of the terminal."""
    monkeypatch.setenv("SSH_ASKPASS", "/bin/false")
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    said = enabling.unseen("sshd", "--anyway")
    assert "A code was asked for; nobody was there to type it." in said


@pytest.mark.parametrize("kinds", ["sk-ssh-ed25519@openssh.com",
                                   "rsa-sha2-512"])
def test_keys_of_other_kinds_alone(enabling, kinds):
    """The key of the proof is of another kind."""
    config = "/etc/ssh/sshd_config"
    enablehost.write(config, enablehost.SSHD_CONFIG +
                     "PubkeyAcceptedAlgorithms %s\n" % kinds)
    said = enabling.unseen("sshd", "--anyway", "--login", "key")
    assert "A code was asked for; nobody was there to type it." in said


def test_no_last_login(enabling):
    """Nobody is told afterwards of a last login from nowhere."""
    def records():
        found = {}
        for path in ("/var/log/lastlog", "/var/log/wtmp"):
            with open(path, "rb") as record:
                found[path] = record.read()
        return found
    before = records()
    enabling.on_trial("sshd")
    assert records() == before


@pytest.fixture(name="bashrc")
def bashrc_fixture():
    """What alice's shell reads when sshd starts it."""
    path = pwd.getpwnam("alice").pw_dir + "/.bashrc"
    kept = enablehost.read(path)
    yield path
    enablehost.remove(path)
    if kept is not None:
        enablehost.write(path, kept)


def test_runs_nothing_of_the_users(enabling, sim, bashrc):
    """A process of hers would keep the view, with shadow as it was then."""
    before = _processes()
    enablehost.write(bashrc, "setsid sleep 321 <&- >/dev/null 2>&1 &\n")
    t = enabling.begin("sshd", "--anyway")
    t.code(sim)
    assert t.ended() == 0, t.text
    enabling.run("rollback")
    left = [pid for pid, name in _processes()
            if name == "sleep" and (pid, name) not in before]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def test_no_prompt_of_the_users(enabling, bashrc):
    """Of somebody whom nobody asks, the shell asks for no code in our name."""
    enablehost.write(bashrc, "printf 'code, q cancel: '; read -r x\n")
    out = enabling.run("enable", "sshd", "--login", "key", "--anyway",
                       "--no-input", "--user", "alice", "--exempt", "alice",
                       expected=4)
    assert "the login of the proof did not get in with a code" in out
