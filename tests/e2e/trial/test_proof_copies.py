# SPDX-License-Identifier: BSD-2-Clause
"""The login before the switch where no process may see other files, as in most
containers: by copies of the PAM files, which PAM is given instead."""

import json
import os
import signal
import subprocess

import enablehost
import leftovers
import pytest

TRANSPORTS = ("spawn",)
LESS = ("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all")
VIEW = enablehost.STATE + "/view"
SERVICES = ("sshd", "sudo", "su", "login")


@pytest.fixture(name="contained", autouse=True)
def contained_fixture():
    """The other proof is refused here, by the kernel."""
    done = subprocess.run([*LESS, "unshare", "--mount", "true"], text=True,
                          stderr=subprocess.PIPE, check=False)
    assert done.returncode != 0
    assert "Operation not permitted" in done.stderr


class Contained:
    """enable without CAP_SYS_ADMIN."""

    def __init__(self, enabling, terminals):
        self.enabling, self._terminals = enabling, terminals

    def begin(self, service, *words):
        """It has come to its proof: of sshd, sshd -T for each account before."""
        t = self._terminals.run(
            *LESS, enablehost.TWOFACTL, "enable", service, "--user", "alice",
            *words, password_of="alice")
        t.expect("so copies of the new files are checked")
        t.expect("It does not prove: [^.]*", timeout=60)
        return t

    @staticmethod
    def run(*words, expected=0, stderr=subprocess.STDOUT):
        done = subprocess.run([*LESS, enablehost.TWOFACTL, *words], text=True,
                              stdout=subprocess.PIPE, stderr=stderr,
                              stdin=subprocess.DEVNULL, check=False)
        assert done.returncode == expected, done.stdout
        return done.stdout


@pytest.fixture(name="host")
def host_fixture(enabling, terminals):
    yield Contained(enabling, terminals)
    assert not os.path.lexists(VIEW)


@pytest.fixture(name="unchanged")
def unchanged_fixture(host):
    """Nothing is, at the end; nobody is left."""
    before = (enablehost.files(), _processes())
    yield host
    for pid, name in _processes():
        if (pid, name) not in before[1]:
            assert leftovers.wait_gone(pid, 10), name
    assert enablehost.files() == before[0]
    assert not host.enabling.pending() and not enablehost.timers()
    assert os.listdir(enablehost.STATE) == ["lock"]


def _processes():
    return sorted((pid, name) for pid, name, _, _ in leftovers.processes())


def _failed(t, words=""):
    assert t.ended() == 4, t.text
    assert "the proof failed, and nothing is changed: " + words in t.text


@pytest.mark.parametrize("service", SERVICES)
def test_switched(host, sim, service):
    """Password and code; said what it was not."""
    before = enablehost.files()
    t = host.begin(service, "--anyway")
    t.expect("Type the real password of alice")
    t.password()
    t.code(sim)
    assert t.ended() == 0, t.text
    assert ("sshd -T has read a copy" in t.text) == (service == "sshd")
    assert service + " is on trial until" in t.text
    assert "pw-alice" not in t.text
    assert enablehost.files() != before
    assert len(sim.messages("alice")) == 1
    # it is not the login that confirm waits for
    assert "nobody has logged in" in host.run("confirm", expected=1)
    assert host.run("rollback") == service + " is as it was before.\n"
    assert enablehost.files() == before


@pytest.mark.parametrize("login", ["key", "both"])
def test_sshd(host, sim, login):
    """What sshd does with the key is sshd's."""
    t = host.begin("sshd", "--anyway", "--login", login)
    if login == "both":
        t.password()
    t.code(sim)
    assert t.ended() == 0, t.text
    assert ("the key" in t.text) == (login == "key")
    host.run("rollback")


def test_nobody_types(host, sim):
    """q at the code's prompt; with a password it does not come so far."""
    out = host.run("enable", "sshd", "--login", "key", "--anyway", "--user",
                   "alice", "--no-input")
    assert "A code was asked for; nobody was there to type it." in out
    host.run("rollback")
    out = host.run("enable", "sudo", "--anyway", "--user", "alice",
                   "--no-input", expected=4)
    assert "alice has to type the real password; run it at a terminal" in out
    assert not sim.messages("bob")


def test_json(host):
    out = json.loads(host.run(
        "enable", "sshd", "--login", "key", "--anyway", "--user", "alice",
        "--no-input", "--json", stderr=subprocess.DEVNULL))
    assert out["state"] == "trial" and out["proof"] == "pam"
    host.run("rollback")


@pytest.mark.parametrize("service", SERVICES)
def test_wrong_password(unchanged, sim, service):
    t = unchanged.begin(service, "--anyway")
    t.password("wrong")
    _failed(t, "the login ended before a code was asked for")
    assert "PAM reports: " in t.text
    assert not sim.messages("alice")


@pytest.mark.parametrize("service", SERVICES)
def test_wrong_code(unchanged, service):
    t = unchanged.begin(service, "--anyway")
    t.password()
    for _ in range(3):
        t.prompt("code")
        t.answer("000000")
    _failed(t, "the login was denied")


def test_account(unchanged, sim):
    """The account lines count, too."""
    path = enablehost.PAM + "/common-account"
    enablehost.write(path, "account requisite pam_deny.so\n")
    t = unchanged.begin("sudo", "--anyway")
    t.password()
    t.code(sim)
    _failed(t, "the code was right, but alice was refused after it")
    enablehost.write(path, enablehost.STACKS["common-account"])


def test_broken_stack(unchanged):
    """A module that is not there."""
    path = enablehost.PAM + "/common-auth"
    enablehost.write(path, "auth required pam_absent.so\n" +
                     enablehost.STACKS["common-auth"])
    t = unchanged.begin("sudo", "--anyway")
    t.password()
    t.prompt("code")
    t.answer("q")
    _failed(t)
    enablehost.write(path, enablehost.STACKS["common-auth"])


def test_without_code(unchanged):
    """Who is let in before our line has proven nothing."""
    path = enablehost.PAM + "/common-auth"
    enablehost.write(path, "auth sufficient pam_unix.so nodelay\n"
                     "auth requisite pam_deny.so\n")
    t = unchanged.begin("sudo", "--anyway")
    t.password()
    assert t.ended() == 4
    assert "the login of the proof did not get in with a code" in t.text
    enablehost.write(path, enablehost.STACKS["common-auth"])


def test_judged(unchanged):
    """Doctor and the table look at the copies."""
    path = enablehost.PAM + "/common-auth"
    enablehost.write(path, "auth sufficient pam_unix.so nodelay\n"
                     "auth requisite pam_deny.so\n")
    for words in ((), ("--dry-run",)):
        out = unchanged.run("enable", "sudo", "--user", "alice", "--no-input",
                            *words, expected=1)
        assert "/etc/pam.d/sudo" in out and VIEW not in out
        assert "pam_unix" in out
    enablehost.write(path, enablehost.STACKS["common-auth"])


def test_sshd_settings(unchanged):
    """Judged by sshd -T on a copy, which names the file itself."""
    enablehost.write("/etc/ssh/sshd_config", "UsePAM no\n" +
                     enablehost.SSHD_CONFIG)
    out = unchanged.run("enable", "sshd", "--user", "alice", "--no-input",
                        expected=1)
    assert "/etc/ssh/sshd_config:1 sets UsePAM before " + \
        enablehost.DROP_IN in out and VIEW not in out
    enablehost.write("/etc/ssh/sshd_config", "Nonsense 1\n" +
                     enablehost.SSHD_CONFIG)
    out = unchanged.run("enable", "sshd", "--user", "alice", "--no-input",
                        expected=4)
    assert "/etc/ssh/sshd_config: line 1: Bad configuration option" in out
    assert VIEW not in out
    enablehost.write("/etc/ssh/sshd_config", "UsePAM yes\n")
    out = unchanged.run("enable", "sshd", "--user", "alice", "--no-input",
                        expected=1)
    assert "/etc/ssh/sshd_config does not read " + enablehost.DROP_IN in out
    enablehost.write("/etc/ssh/sshd_config", enablehost.SSHD_CONFIG)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP])
def test_interrupted(unchanged, number):
    t = unchanged.begin("sudo", "--anyway")
    t.password()
    t.prompt("code")
    t.kill(number)
    t.expect("nothing is changed: it was interrupted")
    assert t.ended() == 4


def test_killed(unchanged):
    """What it left is root's alone, and goes with the next one."""
    t = unchanged.begin("sudo", "--anyway")
    t.password()
    t.prompt("code")
    assert os.stat(VIEW).st_mode & 0o7777 == 0o700
    assert os.stat(enablehost.STATE).st_mode & 0o7777 == 0o700
    text = enablehost.read(VIEW + "/pam.d/sudo")
    assert "pam_twofa.so" in text
    assert "@include %s/pam.d/common-auth\n" % VIEW in text
    t.kill(signal.SIGKILL)
    t.ended()
    unchanged.run("enable", "sudo", "--user", "alice", "--no-input",
                  expected=4)


def test_links_and_paths(host, sim):
    """A PAM file that is a link, and one that is included by its path."""
    common = enablehost.PAM + "/common-auth"
    os.rename(common, common + ".real")
    os.symlink("common-auth.real", common)
    enablehost.write(enablehost.PAM + "/su-l",
                     "auth include /etc/pam.d/su\n"
                     "account include su\nsession include su\n")
    try:
        t = host.begin("su", "--anyway")
        t.password()
        t.code(sim)
        assert t.ended() == 0, t.text
        host.run("rollback")
    finally:
        os.rename(common + ".real", common)


def test_no_trial(host):
    """Judged all the same."""
    out = host.run("enable", "sudo", "--no-trial")
    assert "so copies of the new files are checked" in out
    assert "sudo would deny from then on: 0 of the " in out
    assert "sudo is enabled." in out
    host.run("disable", "sudo")


def test_exempt(host, sim):
    """The new rule is judged; the proof goes by the settings in place."""
    t = host.begin("sudo", "--anyway", "--exempt", "carol")
    t.password()
    t.code(sim)
    assert t.ended() == 0, t.text
    host.run("rollback")


def test_neither(unchanged):
    """No copies either: as before, only at one's own risk."""
    os.makedirs(enablehost.STATE, mode=0o700, exist_ok=True)
    os.makedirs(VIEW)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", VIEW], check=True)
    try:
        words = ["enable", "sudo", "--user", "alice", "--no-input"]
        assert "or add --no-trial --anyway" in unchanged.run(*words,
                                                             expected=4)
        assert "sudo is enabled." in unchanged.run(*words, "--no-trial",
                                                   "--anyway")
        unchanged.run("disable", "sudo")
    finally:
        subprocess.run(["umount", VIEW], check=True)
        os.rmdir(VIEW)
