# SPDX-License-Identifier: BSD-2-Clause
"""MaxStartups: what enable sshd writes, and thirty people at a real sshd's prompt
at once."""

import contextlib
import os
import re
import socket
import subprocess

import enablehost
import pytest

import stage

TRANSPORTS = ("spawn",)
pytestmark = pytest.mark.usefixtures("admins")
DROP_IN = enablehost.DROP_IN
LEAST = "MaxStartups 60:30:200\n"
NOW = ("--no-trial", "--anyway")
PEOPLE = 30


@contextlib.contextmanager
def accounts(number, shell="/bin/bash"):
    """So many more, who could log in."""
    kept = enablehost.read("/etc/passwd")
    enablehost.write("/etc/passwd", kept + "".join(
        "p%d:x:%d:100::/nonexistent:%s\n" % (n, 30000 + n, shell)
        for n in range(number)))
    try:
        yield
    finally:
        enablehost.write("/etc/passwd", kept)


def drop_in():
    return enablehost.read(DROP_IN)


def test_written_and_taken_out(enabling):
    before = enablehost.files()
    assert "\n+ " + LEAST in enabling.run("enable", "sshd", "--dry-run",
                                          "--anyway")
    assert "\n+ " + LEAST in enabling.unseen("sshd", "--anyway")
    assert "LoginGraceTime 120\n" + LEAST in drop_in()
    enabling.run("rollback")
    assert enablehost.files() == before
    enabling.run("enable", "sshd", *NOW)
    assert LEAST in drop_in()
    assert "enabled already" in enabling.run("enable", "sshd", *NOW)
    enabling.run("disable", "sshd")
    assert enablehost.files() == before


def test_for_so_many_people(enabling):
    """It follows them up, never down, and --check minds what doctor does."""
    with accounts(70):
        enabling.run("enable", "sshd", *NOW)
        assert "MaxStartups 90:30:300\n" in drop_in()
    with accounts(100), accounts(900, "/usr/sbin/nologin"):
        out = enabling.run("enable", "sshd", "--check", expected=1)
        assert DROP_IN + " has too low a MaxStartups" in out, out
        found = enabling.run("doctor", "--service", "sshd", expected=1)
        assert "\nsshd-maxstartups: " in "\n" + found
        enabling.run("enable", "sshd", *NOW)
        assert "MaxStartups 120:30:400\n" in drop_in()
        assert "enabled already" in enabling.run("enable", "sshd", "--check")
        assert "sshd-maxstartups" not in subprocess.run(
            [enablehost.TWOFACTL, "doctor", "--service", "sshd"], text=True,
            stdout=subprocess.PIPE, check=False).stdout
    assert "enabled already" in enabling.run("enable", "sshd", *NOW)
    with accounts(5000):
        enabling.run("enable", "sshd", *NOW)
    assert "MaxStartups 600:30:2000\n" in drop_in()


@pytest.mark.parametrize("own,wanted", [
    ("60:30:200", None), ("100", None), ("500:10:700", None),
    ("20:50:1000", "60:50:1000"), ("10:30:60", LEAST.split()[1])])
def test_where_sshd_has_one(enabling, own, wanted):
    """As high or higher, it stays; and no part of it becomes less."""
    with open("/etc/ssh/sshd_config", "a", encoding="ascii") as text:
        text.write("MaxStartups %s\n" % own)
    enabling.run("enable", "sshd", *NOW)
    assert ("MaxStartups %s\n" % wanted in drop_in() if wanted else
            "MaxStartups" not in drop_in())
    assert "enabled already" in enabling.run("enable", "sshd", *NOW)


def test_enabled_by_a_version_without_it(enabling):
    """That one's lines get it with the next enable."""
    before = enablehost.files()
    with open("/etc/ssh/sshd_config", "a", encoding="ascii") as text:
        text.write("MaxStartups 60\n")
    enabling.run("enable", "sshd", *NOW)
    enablehost.write("/etc/ssh/sshd_config", enablehost.SSHD_CONFIG)
    assert "too low a MaxStartups" in enabling.run(
        "enable", "sshd", "--check", expected=1)
    enabling.run("enable", "sshd", *NOW)
    assert LEAST in drop_in()
    enabling.run("disable", "sshd")
    assert enablehost.files() == before


def upgraded(package, tmp_path):
    """What the package's script prints at an upgrade from an older version, or
    behind another package's change of a file of PAM's."""
    script, words = {
        "deb": ("debian/libpam-twofa.postinst", ("configure", "0.9")),
        "trigger": ("debian/libpam-twofa.postinst", ("triggered", "/etc/pam.d")),
        "rpm": ("rpm/pam_twofa.spec", ("2",))}[package]
    text = enablehost.read(os.path.join(stage.ROOT, "packaging", script))
    if package == "rpm":
        text = re.search(r"^# What an upgrade asks.*?^fi$", text,
                         re.M | re.S).group()
        for macro, value in (("_sysconfdir", "/etc"), ("_localstatedir", "/var"),
                             ("_sbindir", os.path.dirname(enablehost.TWOFACTL))):
            text = text.replace("%%{%s}" % macro, value)
        text = text.replace("%%", "%")
    enablehost.write(str(tmp_path / "script"), text)
    return subprocess.run(
        ["sh", "-e", str(tmp_path / "script"), *words], text=True, check=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


@pytest.fixture(name="units")
def units_fixture():
    """The script of the package links one there."""
    folder = "/etc/systemd/system"
    before = set(os.listdir(folder)) if os.path.isdir(folder) else None
    yield
    for name in set(os.listdir(folder)) - (before or set()):
        os.unlink(os.path.join(folder, name))
    if before is None:
        os.rmdir(folder)


@pytest.mark.usefixtures("units")
@pytest.mark.parametrize("package", ["deb", "trigger", "rpm"])
def test_the_package_says_so(enabling, settings, tmp_path, package):
    """What is to be done, if anything is; and no alert for this alone."""
    low = DROP_IN + " has too low a MaxStartups"
    enabling.run("enable", "sshd", *NOW)
    assert DROP_IN not in upgraded(package, tmp_path)
    with accounts(100):
        said = upgraded(package, tmp_path)
    assert low in said and "twofactl enable sshd" in said, said
    assert "may need no second factor" not in said
    enabling.run("disable", "sshd")
    if package != "trigger":
        settings.set(nonsense=True)
        said = upgraded(package, tmp_path)
        assert "nonsense" in said and "first run: twofactl edit" in said


@pytest.mark.parametrize("mark", ["begin", "end"])
def test_where_a_mark_is_gone(enabling, mark):
    enabling.run("enable", "sshd", *NOW)
    first = drop_in()
    lines = first.splitlines(keepends=True)
    del lines[0 if mark == "begin" else -1]
    enablehost.write(DROP_IN, "".join(lines))
    enabling.run("enable", "sshd", *NOW)
    assert drop_in() == first


def greeted():
    """How many of forty who call at once are let come to a prompt."""
    with contextlib.ExitStack() as stack:
        calls = [stack.enter_context(
            socket.create_connection(("127.0.0.1", 22), 10))
                 for _ in range(PEOPLE + 10)]
        return sum(call.recv(8) == b"SSH-2.0-" for call in calls)


def test_thirty_at_the_prompt(enabling, terminals, sim, sshd):
    """sshd's own value drops some; with enable's all are asked for a code, and
    get in."""
    with enablehost.running_sshd():
        assert 10 <= greeted() < PEOPLE + 10
    enabling.run("enable", "sshd", *NOW)
    with enablehost.running_sshd():
        people = [terminals.run(
            "/usr/bin/ssh", "-F", "none", "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-o", "PubkeyAuthentication=no",
            "%s@127.0.0.1" % user, "true", password_of=user)
                  for user in ("alice", "bob") * (PEOPLE // 2)]
        for one in people:
            one.password()
        prompts = [one.prompt("[Cc]ode", timeout=60) for one in people]
    assert len(prompts) == PEOPLE
    assert os.path.exists(DROP_IN)
