# SPDX-License-Identifier: BSD-2-Clause
"""Files of user twofa in what doctor tells root to run: their names reach a
shell as one word, and a file that is swapped meanwhile is let be."""

import os
import pwd
import re
import shutil
import subprocess

import pytest

import conf
from ctl import call

TRANSPORTS = ()

MADE = "made-by-a-name"
NAMES = (
    "x; touch " + MADE, "$(touch %s)" % MADE, "`touch %s`" % MADE,
    "a'; touch %s; '" % MADE, "a\\'; touch %s #" % MADE, 'a"b', "a b",
    "a\ntouch %s\n" % MADE, "a\x1b[2J\x1b]0;x\x07", "a\udcc29b\udc9b",
    "-rf", "--reference=a b", "*", "~", "&touch " + MADE, "| touch " + MADE,
    "x; run: touch " + MADE, "'" * 200, "\n" * 200, "a\n" * 120,
    "$'\\x41'", "#", "!!")
COMMAND = re.compile("; run: ((runuser|chmod|chown|rm) .*)$")
SHELLS = ("bash", "dash", "sh")


@pytest.fixture(name="folder", params=SHELLS)
def _folder(request, settings, tmp_path):
    """The state's, and an empty one where commands of that shell run."""
    folder = os.path.dirname(settings.state)
    here = tmp_path / "here"
    here.mkdir()
    (tmp_path / "victim").write_text("root's\n")
    request.addfinalizer(lambda: clear(folder))
    return State(folder, str(here), request.param)


def clear(folder):
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isfile(path) or os.path.islink(path):
            os.unlink(path)


class State:
    """What uid twofa may do there, and what root is told of it."""

    def __init__(self, folder, here, shell):
        self.folder, self.here, self.shell = folder, here, shell
        self.victim = os.path.dirname(here) + "/victim"

    def path(self, name):
        return os.path.join(self.folder, name)

    def make(self, name, mode=0o644, owner="twofa"):
        with open(self.path(name), "w", encoding="ascii"):
            pass
        os.chmod(self.path(name), mode)
        shutil.chown(self.path(name), owner, "twofa")

    def told(self):
        """The commands about files of this folder."""
        ended = call("doctor")
        assert all(c == "\n" or " " <= c <= "~" for c in ended.stdout)
        found = [line for line in ended.stdout.splitlines()
                 if re.match("files-(mode|owner): ", line)]
        assert all(self.folder in line for line in found), found
        return [COMMAND.search(line).group(1) for line in found]

    def run(self, command):
        ended = subprocess.run(
            [self.shell, "-c", command], cwd=self.here, check=False,
            env={"PATH": os.environ["PATH"], "HOME": self.here},
            stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
        assert os.listdir(self.here) == [], command
        return ended

    def modes(self):
        """Of all but the state's own files, which doctor's helper makes."""
        return {name: os.lstat(self.path(name)).st_mode & 0o777
                for name in os.listdir(self.folder)
                if not name.startswith("state.db") and name != "host.key"}


COMMANDS = {}  # by name: what doctor tells is the same for each shell


def told_of(folder, name):
    if name not in COMMANDS:
        (COMMANDS[name],) = folder.told()
    return COMMANDS[name]


@pytest.mark.parametrize("name", NAMES, ids=[
    "name%d" % n for n in range(len(NAMES))])
def test_a_name_is_one_word(folder, name, _ready):
    """The command changes that file, and nothing else happens; a shell that
    knows no $'' changes nothing."""
    folder.make(name)
    folder.make("other", mode=0o600)
    command = told_of(folder, name)
    ended = folder.run(command)
    if "$'" in command and "\\x" in command and folder.shell != "bash":
        assert MADE not in os.listdir(folder.folder)
        return
    assert ended.returncode == 0, (command, ended)
    assert folder.modes() == {name: 0o600, "other": 0o600}
    assert folder.told() == []


def test_a_mode_of_a_link(folder, _ready):
    """Between doctor's look and the command the file becomes a link."""
    folder.make("x")
    (command,) = folder.told()
    os.unlink(folder.path("x"))
    os.symlink(folder.victim, folder.path("x"))
    before = os.stat(folder.victim)
    folder.run(command)
    assert os.stat(folder.victim).st_mode == before.st_mode


def test_an_owner_of_a_link(folder, _ready):
    folder.make("x", mode=0o600, owner="alice")
    (command,) = folder.told()
    os.unlink(folder.path("x"))
    os.symlink(folder.victim, folder.path("x"))
    folder.run(command)
    assert os.stat(folder.victim).st_uid == 0


def test_an_owner(folder, _ready):
    folder.make("x", mode=0o600, owner="alice")
    (command,) = folder.told()
    assert folder.run(command).returncode == 0
    assert os.stat(folder.path("x")).st_uid == pwd.getpwnam("twofa").pw_uid
    assert folder.told() == []


def test_another_name_of_a_file_of_root(folder, _ready):
    """Nobody is told to give that file away."""
    shutil.copy(folder.victim, "/run/twofa-victim")
    try:
        os.link("/run/twofa-victim", folder.path("x"))
    except OSError:  # another file system
        os.unlink("/run/twofa-victim")
        twin = folder.folder + ".twin"
        shutil.copy(folder.victim, twin)
        os.link(twin, folder.path("x"))
    else:
        twin = "/run/twofa-victim"
    try:
        (command,) = folder.told()
        assert folder.run(command).returncode == 0
        assert os.stat(twin).st_uid == 0 and os.stat(twin).st_nlink == 1
        assert folder.told() == []
    finally:
        os.unlink(twin)


def test_a_name_that_is_no_users_file(settings, _ready):
    path = os.path.join(settings.users_dir, "x; id.conf")
    with open(path, "w", encoding="ascii"):
        pass
    ended = call("check")
    os.unlink(path)
    assert ended.returncode == 3
    assert "'%s': no login reads it" % path in ended.stderr


def test_secrets_that_others_write_to(settings, _ready):
    """What is in it may be anybody's: no command names it."""
    folder = conf.FOLDER + "/secrets"
    os.makedirs(folder, mode=0o750, exist_ok=True)
    path = os.path.join(folder, "x; id")
    with open(path, "w", encoding="ascii"):
        pass
    os.chmod(path, 0o600)
    try:
        ended = call("check")
        assert "run: chgrp twofa '%s'; chmod 0640 '%s'" % (path, path) in (
            ended.stderr), ended
        assert "'%s' cannot be read" % path in call("doctor").stdout
        os.chmod(folder, 0o777)
        ended = call("check")
        assert "x; id" not in ended.stderr, ended
        assert "run: chmod 0750 " + folder in ended.stderr, ended
        out = call("doctor").stdout
        assert "x; id" not in out and "run: chmod go-w " + folder in out
    finally:
        os.chmod(folder, 0o750)
        os.unlink(path)


def test_members_that_a_directory_names(_ready):
    """Their names are shown as text."""
    with open("/etc/group", "rb") as text:
        before = text.read()
    with open("/etc/passwd", "rb") as text:
        accounts = text.read()
    hostile = b"ev\x1b]0;x\x07il\x9b2J\xc2\x9b"
    try:
        with open("/etc/group", "ab") as out:
            out.write(b"crew:x:4000:\n")
        with open("/etc/passwd", "ab") as out:
            out.write(hostile + b":x:40000:4000::/:/bin/false\n")
        for words in (("list", "--missing", "crew"),
                      ("list", "--missing", "crew", "--json"), ("doctor",)):
            ended = call(*words)
            assert all(c == "\n" or " " <= c <= "~"
                       for c in ended.stdout + ended.stderr), ended
            assert words == ("doctor",) or "il" in ended.stdout, ended
    finally:
        with open("/etc/group", "wb") as out:
            out.write(before)
        with open("/etc/passwd", "wb") as out:
            out.write(accounts)
