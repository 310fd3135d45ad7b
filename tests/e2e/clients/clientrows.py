# SPDX-License-Identifier: BSD-2-Clause
"""The table of programs that log in, and what each was seen to do. A test runs
every row; docs/guide/clients.md has the same table (tests/unit/documents)."""

import dataclasses
import re

IN = "in"
FIELD = "in with one field"
CANNOT = "cannot"


@dataclasses.dataclass(frozen=True)
class Row:
    """package, version: as Debian 12 has them. way: who or what answers.
    needs: stack and settings. result: IN is with password and code, each asked
    for; FIELD only with "password,code" in one; CANNOT with neither. sees:
    what is shown; a piece in backticks stands there, "…" is anything."""
    name: str
    package: str
    version: str
    way: str
    needs: str
    result: str
    sees: str
    commands: tuple       # typed one after the other
    types: tuple = ()     # typed then, where the program reads commands
    files: tuple = ()     # of the guide, which they need
    server: str = "sshd"
    service: str = "sshd"
    user: str = "carol"   # who types
    why: str = ""         # it does not get in with both asked for
    reason: str = ""      # of the log then; none: it says nothing more
    lands: str = ""       # where the file is then, if not with the user
    askpass: bool = False
    more: bool = False    # only `make check-more` has the package

    @property
    def id(self):
        return re.sub(r"\W+", "-", self.name + " " + self.way)

    @property
    def unanswered(self):
        """It leaves at the second question, or stands still."""
        return self.result != IN and not self.reason

    def line(self):
        """As the guide has it."""
        result = self.result + (": " + self.why if self.why else "")
        return "| %s |" % " | ".join((
            "%s %s" % (self.name, self.version), self.way, self.needs or "-",
            result, self.sees or "nothing"))


ASKED = "`Password:`, then `Verification code sent to …:`"
BY_SUDO = "`password for alice:`, then `Verification code sent to …:`"
EACH = "at each host " + ASKED
OPEN = ("ssh -fNM -S ~/.ssh/%C alice@server",
        "ssh -S ~/.ssh/%C -O exit alice@server")


def asked(name, package, version, *commands, way="typed", needs="",
          sees=ASKED, **more):
    """A program that shows each question."""
    return Row(name, package, version, way, needs, IN, sees, commands, **more)


def openssh(name, *commands, **more):
    return asked(name, "openssh-client", "9.2p1", *commands, **more)


def putty(name, *commands, **more):
    return asked(name, "putty-tools", "0.78", *commands, more=True, **more)


def here(name, package, version, service, *commands, user="alice", **more):
    """A program that asks PAM itself."""
    return asked(name, package, version, *commands, service=service,
                 server="none", user=user, **more)


ROWS = (
    openssh("ssh", "ssh alice@server cat notes"),
    openssh("ssh", "SSH_ASKPASS_REQUIRE=force ssh alice@server cat notes",
            way="askpass", needs="`SSH_ASKPASS`", askpass=True),
    openssh("ssh", OPEN[0], "ssh -S ~/.ssh/%C alice@server cat notes", OPEN[1],
            way="over an open connection", needs="`ControlMaster`",
            sees="the first " + ASKED + ", later ones nothing"),
    openssh("ssh -J", "ssh -J alice@web1 alice@web2 cat notes", sees=EACH),
    openssh("scp", "scp alice@server:notes ."),
    openssh("scp -3", "scp -3 alice@web1:notes alice@web2:copy", sees=EACH,
            lands="/home/alice/copy"),
    openssh("sftp", "sftp alice@server", types=("get notes", "bye")),
    asked("git over ssh", "git", "2.39.5",
          "git clone alice@server:repository"),
    asked("rsync over ssh", "rsync", "3.5.0", "rsync alice@server:notes .",
          more=True),
    putty("plink", "plink -ssh alice@server cat notes"),
    putty("pscp", "pscp alice@server:notes ."),
    putty("psftp", "psftp alice@server", types=("get notes", "bye")),
    asked("dbclient", "dropbear-bin", "2022.83",
          "dbclient alice@server cat notes", more=True),
    asked("mosh", "mosh", "1.4.0", "mosh alice@server cat notes", more=True),
    asked("paramiko", "python3-paramiko", "2.12.0", "python3 paramiko_asks.py",
          way="`auth_interactive_dumb`", files=("paramiko_asks.py",)),
    asked("asyncssh", "python3-asyncssh", "2.10.1", "python3 asyncssh_asks.py",
          way="`kbdint_challenge_received`", files=("asyncssh_asks.py",),
          more=True),
    asked("ansible", "ansible-core", "2.14.18", OPEN[0],
          "ansible all -i server, -u alice --ssh-common-args '-S ~/.ssh/%C' "
          "-a 'cat notes'", OPEN[1], way="over an open connection",
          needs="`ControlMaster`", more=True,
          sees="the first " + ASKED + ", ansible nothing"),
    here("sudo", "sudo", "1.9.13p3", "sudo", "sudo cat /run/notes",
         sees=BY_SUDO),
    here("sudo -A", "sudo", "1.9.13p3", "sudo", "sudo -A cat /run/notes",
         way="askpass", needs="`SUDO_ASKPASS`", askpass=True, sees=BY_SUDO),
    here("su", "util-linux", "2.38.1", "su-l", "su - alice -c 'cat notes'",
         user="carol"),
    here("login", "login", "4.13", "login", "login alice", user="root",
         types=("cat notes",)),
)


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One login of a row. field: in that stack; else both are asked for."""
    row: Row
    field: bool
    right: bool
    let_in: bool

    @property
    def id(self):
        return "%s-%s-%s" % (self.row.id, "field" if self.field else "asked",
                             "right" if self.right else "wrong")


HEAD = ("| program | how it answers | what it needs | result | what is shown |",
        "| --- | --- | --- | --- | --- |")


def attempts(more):
    """Each way that lets in is tried with a wrong code as well."""
    for row in ROWS:
        if row.more != more:
            continue
        yield Attempt(row, False, True, row.result == IN)
        if row.result != CANNOT:
            field = row.result == FIELD
            yield Attempt(row, field, False, False)
            if field:
                yield Attempt(row, True, True, True)
