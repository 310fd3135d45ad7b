# SPDX-License-Identifier: BSD-2-Clause
"""--help, twofactl(8) and the completions say the same: every command with its
operands, every option in all of them."""

import os
import re
import subprocess

import pexpect
import pytest

import admin
import stage

TRANSPORTS = ("spawn", "socket")

MANUAL = stage.ROOT + "/docs/man/twofactl.8"
BASH = stage.ROOT + "/conf/completions/twofactl.bash"
ZSH = stage.ROOT + "/conf/completions"
BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
COMMON = {"--config", "--helper", "--help", "--version"}


@pytest.fixture(name="help_text", scope="module")
def _help_text(build):
    assert build == stage.STAGE

    def ask(*words):
        return subprocess.run([admin.TWOFACTL, *words, "--help"],
                              capture_output=True, text=True, timeout=60,
                              check=True).stdout
    return ask


@pytest.fixture(name="commands", scope="module")
def _commands(help_text):
    """name -> (operands, options of its own) as --help has them."""
    found = {}
    listing = help_text().split("commands:\n")[1].split("\n\n")[0]
    for line in listing.splitlines():
        name, operands = re.match(
            r"  ([a-z-]+)((?: \[?[A-Z]+\]?)*)  +\S", line).groups()
        options = re.findall(r"^  (--[a-z-]+)", help_text(name), re.M)
        assert COMMON < set(options) or COMMON == set(options)
        found[name] = operands.split(), set(options) - COMMON
    assert len(found) > 5
    return found


def manual_commands():
    """The same from the manual."""
    with open(MANUAL, encoding="utf-8") as text:
        body = text.read().split(".Ss Commands\n")[1].split(".Ss ")[0]
    found = {}
    for item in re.split(r"^\.It Ic ", body, flags=re.M)[1:]:
        head, rest = item.split("\n", 1)
        words = head.split()
        operands, optional = [], False
        for word in words[1:]:
            if word == "Op":
                optional = True
            elif word != "Ar":
                operands.append(("[%s]" if optional else "%s")
                                % word.upper())
                optional = False
        found[words[0]] = operands, set(
            "-" + name for name in re.findall(r"^\.It Fl (-[a-z-]+)", rest,
                                              re.M))
    return found


def test_manual_has_every_command(commands):
    assert list(manual_commands()) == list(commands)


def test_manual_has_every_operand_and_option(commands):
    described = manual_commands()
    for name, (operands, options) in commands.items():
        assert described[name][0] == operands, name
        assert described[name][1] == options, name


def test_manual_begins_with_the_summary_of_help(help_text, commands):
    """It is the line of each command's own page, too (packaging/manual-pages)."""
    with open(MANUAL, encoding="utf-8") as text:
        said = dict(re.findall(r"^\.It Ic ([a-z-]+).*\n(.*)\.$", text.read(), re.M))
    for name in commands:
        summary = help_text(name).split("\n\n")[1].splitlines()[0]
        assert said[name][0].lower() + said[name][1:] + "." == summary, name


def test_manual_has_the_options_of_all():
    with open(MANUAL, encoding="utf-8") as text:
        part = text.read().split(".Ss Options of all commands")[1]
    part = part.split(".Sh ")[0]
    assert set("-" + name for name in re.findall(
        r"Fl (-[a-z]+)(?: |$)", part, re.M)) == COMMON


def test_help_fits_a_terminal(help_text, commands):
    for words in [()] + [(name,) for name in commands]:
        for line in help_text(*words).splitlines():
            assert len(line) <= 80, line


def test_help_of_a_command(help_text):
    assert help_text("unlock").startswith(
        "usage: twofactl unlock [OPTION...] USER\n\n")
    assert help_text("list").startswith("usage: twofactl list [OPTION...]\n")


COMPLETE = """
source %s
source %s
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMP_LINE="$*"
COMP_POINT=${#COMP_LINE}
_twofactl
printf '%%s\\n' "${COMPREPLY[@]}"
""" % (BASH_COMPLETION, BASH)


def bash(*words, **more):
    """What bash offers for the last of the words."""
    done = subprocess.run(["bash", "-c", COMPLETE, "bash", "twofactl", *words],
                          capture_output=True, text=True, timeout=60,
                          check=False, **more)
    assert done.stderr == "", done
    return set(done.stdout.split())


def test_bash_commands_and_options(commands):
    assert bash("") == set(commands)
    assert bash("un") == {"unlock"}
    for name, (_, options) in commands.items():
        assert bash(name, "--") == options | COMMON, name
        assert bash("-c", "/etc/x", name, "--") == options | COMMON, name


def test_bash_operands(commands, tmp_path):
    (tmp_path / "staff.csv").write_text("")
    for name, (operands, _) in commands.items():
        offered = bash(name, "", cwd=tmp_path)
        if not operands or "PHONE" in operands[0]:
            assert offered == set(), name
        elif operands[0] == "[FILE]":
            assert offered == {"staff.csv"}, name
        elif "SERVICE" in operands[0]:
            assert {"sshd", "polkit-1"} < offered, name
        elif operands[0] == "ACTION":
            assert {"init", "host"} < offered, name
            assert "list" in bash(name, "host", ""), name
        elif operands[0] == "[ACTION]":
            assert offered == {"start", "who", "notify", "until", "enforce",
                               "back"}, name
        elif operands[0] == "WHAT":
            assert offered == {"who", "status", "unlock", "code", "end",
                               "history"}, name
            assert {"alice", "bob"} <= bash(name, "code", ""), name
        else:
            assert {"alice", "bob"} <= offered, name


@pytest.fixture(name="enrolled")
def _enrolled():
    """Nobody but these has a file, in a folder of this test's own."""
    folder = "/etc/twofa"
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", folder],
                   check=True)
    os.mkdir(folder + "/users.d")
    for name in ("alice", "anna.b"):
        with open("%s/users.d/%s.conf" % (folder, name), "w",
                  encoding="ascii"):
            pass
    yield folder
    subprocess.run(["umount", folder], check=True)


ENROLLED = ("remove", "show", "unlock")


def test_bash_enrolled(enrolled):
    for name in ENROLLED:
        assert bash(name, "") == {"alice", "anna.b"}, name
    assert bash("show", "an") == {"anna.b"}
    assert "bob" in bash("enroll", "")
    with open(enrolled + "/twofa.conf", "w", encoding="ascii") as out:
        out.write('users = "state";\n')
    assert "bob" in bash("show", "")


def test_zsh_enrolled(enrolled, zsh):
    for name in ENROLLED:
        offered = zsh.offers("twofactl %s " % name)
        assert "anna.b" in offered and "bob" not in offered, offered
    with open(enrolled + "/twofa.conf", "w", encoding="ascii") as out:
        out.write('users = "state";\n')
    assert "bob" in zsh.offers("twofactl show ")


def test_bash_arguments(tmp_path):
    assert bash("recovery-codes", "--count", "1") == {
        "1", *map(str, range(10, 20))}
    assert "root" in bash("list", "--missing", "ro")
    assert bash("enroll", "--channel", "v") == {"voice"}
    assert "sshd" in bash("test", "alice", "--service", "ss")
    (tmp_path / "twofa.conf").write_text("")
    assert bash("--config", "tw", cwd=tmp_path) == {"twofa.conf"}
    # the argument of an option is no operand
    assert bash("enroll", "--email", "x", "ali") == {"alice"}


class Zsh:
    """An interactive zsh with our completion, and nothing of the machine's."""

    def __init__(self):
        environment = {"PATH": os.environ["PATH"], "TERM": "dumb",
                       "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
        self.shell = pexpect.spawn(
            "zsh", ["-f", "-i"], timeout=15, encoding="utf-8",
            env=environment, dimensions=(200, 200), cwd="/")
        self.shell.delaybeforesend = None
        for line in ("fpath=(%s $fpath)" % ZSH,
                     "autoload -Uz compinit; compinit -u -D",
                     "LISTMAX=10000; setopt nobeep", "PROMPT='READ''Y> '"):
            self.shell.sendline(line)
        self._ready()

    def _ready(self):
        """The line editor has taken over: before that, keys mean other
        things."""
        self.shell.expect(r"READY> \x1b\[\?2004h")

    def offers(self, text):
        """What is listed behind the text, as it stands on the terminal."""
        # list; then empty the line, and mark the end
        self.shell.send(text + "\x04\x15echo EN''D\n")
        self.shell.expect(r"\nEND\r\n")
        shown = self.shell.before
        self._ready()
        return shown

    def close(self):
        self.shell.close(force=True)


@pytest.fixture(name="zsh", scope="module")
def _zsh():
    shell = Zsh()
    yield shell
    shell.close()


def test_zsh_commands(zsh, commands):
    offered = zsh.offers("twofactl ")
    for name in commands:
        assert re.search(r"^%s +-- \S" % name, offered, re.M), offered


def test_zsh_options(zsh, commands):
    for name, (_, options) in commands.items():
        offered = set(re.findall(r"(?<!\S)--[a-z-]+(?=\s)",
                                 zsh.offers("twofactl %s --" % name)))
        assert offered - {"--"} == options | COMMON, name


def test_zsh_operands(zsh, commands):
    for name, (operands, _) in commands.items():
        offered = zsh.offers("twofactl %s " % name)
        wants_user = bool(operands) and operands[0].strip("[]") == "USER"
        assert ("alice" in offered) == wants_user, (name, offered)
