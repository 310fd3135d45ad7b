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
    shows: str = ""       # what only who is in sees, if it is not the file
    app: bool = False     # the code has to be there first: an app's
    askpass: bool = False
    session: bool = False  # as a desktop has one
    flushes: bool = False  # it drops what is typed before the echo is off
    more: bool = False    # only `make check-more` has the package

    @property
    def id(self):
        return re.sub(r"\W+", "-", self.name + " " + self.way)

    @property
    def unanswered(self):
        """It leaves at the second question, or stands still."""
        return self.result == FIELD and not self.reason

    @property
    def cells(self):
        """What the guide has of it. One field is answered alike by all."""
        result, name = self.result, "%s %s" % (self.name, self.version)
        if result == FIELD:
            if self.way != "typed":
                name += " (%s)" % self.way
            return name, "once", "-", "%s; asked for both, %s" % (
                result, self.why), "its own words"
        if self.why:
            result += ": " + self.why
        return (name, self.way, self.needs or "-", result,
                self.sees.replace(ASKED, "both") or "nothing")


TUNNEL = "Initialization Sequence Completed"
ASKED = "`Password:`, then `Verification code sent to …:`"
BY_SUDO = "`password for alice:`, then `Verification code sent to …:`"
BY_CURL = "`host password for user 'alice':`"
EACH = "at each host " + ASKED
OPEN = ("ssh -fNM -S ~/.ssh/%C alice@server",
        "ssh -S ~/.ssh/%C -O exit alice@server")
# Why a program does not get in where both are asked for, and the log's reason.
ITSELF = {"why": "it answers the code's question with the password",
          "reason": "login-password"}
AGAIN = {"why": "the server answers each question with the password",
         "reason": "prompts"}
ONCE = {"why": "the server answers one question", "reason": "no-answer"}
WAITS = {"why": "it waits for `password:` alone"}


def asked(name, package, version, *commands, way="typed", needs="",
          sees=ASKED, **more):
    """A program that shows each question."""
    return Row(name, package, version, way, needs, IN, sees, commands, **more)


def openssh(name, *commands, **more):
    return asked(name, "openssh-client", "9.2p1", *commands, **more)


def putty(name, *commands, **more):
    return asked(name, "putty-tools", "0.78", *commands, more=True, **more)


def sudo(name, *commands, **more):
    return asked(name, "sudo", "1.9.13p3", *commands, server="none",
                 service="sudo", user="alice", sees=BY_SUDO, **more)


def field(name, package, version, *commands, way="typed", sees="`Password:`",
          **more):
    """A program with one field."""
    return Row(name, package, version, way, "", FIELD, sees, commands, **more)


def server(name, program, package, version, command, **more):
    """A server that passes on one field of its clients."""
    return field("%s, %s" % (program, name), package, version, command,
                 server=name.lower(), more=True,
                 **{"service": name.lower(), **more})


ROWS = (
    openssh("ssh", "ssh alice@server cat notes"),
    openssh("ssh", "SSH_ASKPASS_REQUIRE=force ssh alice@server cat notes",
            way="askpass", needs="`SSH_ASKPASS`", askpass=True),
    openssh("ssh", OPEN[0], "ssh -S ~/.ssh/%C alice@server cat notes", OPEN[1],
            way="over an open connection", needs="`ControlMaster`",
            sees="the first " + ASKED + ", later ones nothing"),
    Row("ssh", "openssh-client", "9.2p1", "typed, sshd's password method",
        "", CANNOT, "`password:`", ("ssh -o NumberOfPasswordPrompts=1 "
                                    "alice@server cat notes",),
        why="sshd answers one question itself", reason="no-answer",
        server="sshd_password"),
    Row("ssh", "openssh-client", "9.2p1", "nobody, `BatchMode=yes`", "",
        CANNOT, "", ("ssh -o BatchMode=yes alice@server cat notes",),
        why="it does not ask"),
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
    asked("GNOME Files (gvfs)", "gvfs-backends", "1.50.3",
          "gio mount sftp://alice@server",
          "gio cat sftp://alice@server/home/alice/notes",
          way="its window, or typed", session=True, flushes=True,
          more=True,
          sees="`Enter password for “alice” on “server”`, then "
          "`Enter verification code for alice on server`"),
    asked("Emacs, Tramp", "emacs-nox", "28.2", "emacs --batch -l init.el "
          "--eval '(progn (find-file \"/ssh:alice@server:notes\") "
          "(princ (buffer-string)))'", needs="a line of Lisp",
          files=("init.el",), more=True,
          sees="`Password for /ssh:alice@server:`, then "
          "`Verification Code for /ssh:alice@server:`"),
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
    sudo("sudo", "sudo cat /run/notes"),
    sudo("sudo -A", "sudo -A cat /run/notes", way="askpass",
         needs="`SUDO_ASKPASS`", askpass=True),
    asked("su", "util-linux", "2.38.1", "su - alice -c 'cat notes'",
          server="none", service="su-l"),
    asked("login", "login", "4.13", "exec login alice", types=("cat notes",),
          server="none", service="login", user="root"),
    asked("pkexec", "pkexec", "122", "pkttyagent --process $$ & sleep 2; "
          "pkexec --disable-internal-agent cat /run/notes; kill $!",
          way="pkttyagent", server="polkit", service="polkit-1", user="alice",
          flushes=True, more=True),
    asked("openvpn, OpenVPN", "openvpn", "2.6.14", "openvpn alice-asked.conf",
          way="`static-challenge`", needs="an app, and no phone",
          server="openvpn_asked", service="openvpn", user="root", app=True,
          flushes=True, files=("alice-asked.conf",), shows=TUNNEL, more=True,
          sees="`Enter Auth Password:`, then `CHALLENGE: Code:`"),
    field("curl sftp://", "curl", "7.88.1",
          "curl -u alice sftp://server/~/notes", sees=BY_CURL, **ITSELF),
    field("paramiko", "python3-paramiko", "2.12.0",
          "python3 paramiko_password.py", way="`connect(password=…)`",
          files=("paramiko_password.py",), **ITSELF),
    field("asyncssh", "python3-asyncssh", "2.10.1",
          "python3 asyncssh_password.py", way="`connect(password=…)`",
          files=("asyncssh_password.py",), more=True,
          why="it gives up at the code's question"),
    field("lftp sftp://", "lftp", "4.9.2", "lftp -u alice -e 'set "
          "net:max-retries 1; get notes; bye' sftp://server", more=True,
          **WAITS),
    field("rclone", "rclone", "1.60.1", "rclone cat --low-level-retries 1 "
          ":sftp,host=server,user=alice,ask_password=true:notes", more=True,
          sees="`Enter SFTP password:`", **ITSELF),
    field("sshpass", "sshpass", "1.09", 'SSHPASS="$FIELD" sshpass -e '
          "ssh alice@server cat notes", way="by itself", sees="", more=True,
          **WAITS),
    field("ansible -k", "ansible-core", "2.14.18", "ansible all -i server, "
          "-u alice -k -a 'cat notes'", way="by sshpass", more=True,
          sees="`SSH password:`", **WAITS),
    field("ansible -b -K", "ansible-core", "2.14.18", "ansible all -i "
          "localhost, -c local -b -K -a 'cat /run/notes'", server="none",
          service="sudo", user="alice", more=True, sees="`BECOME password:`",
          **WAITS),
    field("sudo -S", "sudo", "1.9.13p3",
          'echo "$FIELD" | sudo -S cat /run/notes', way="a pipe",
          server="none", service="sudo", user="alice", sees="",
          why="it finds no second line", reason="no-answer"),
    field("i3lock", "i3lock", "2.14.1", "i3lock -n", "cat ~/notes",
          way="its window", server="screen", service="i3lock", user="alice",
          sees="", **ITSELF),
    server("vsftpd", "curl ftp://", "vsftpd", "3.0.3",
           "curl -u alice ftp://server/notes", sees=BY_CURL, **ONCE),
    server("Dovecot", "curl imap://", "dovecot-imapd", "2.3.19.1",
           "curl -u alice 'imap://server/INBOX;MAILINDEX=1'", sees=BY_CURL,
           **AGAIN),
    server("PostgreSQL", "psql", "postgresql", "15",
           "psql -h server -U alice postgres -c 'select text from notes'",
           sees="`Password for user alice:`", **ONCE),
    server("FreeRADIUS", "radtest", "freeradius-utils", "3.2.1",
           'radtest alice "$FIELD" server 0 testing123', service="radiusd",
           way="by itself", sees="`Access-Accept`",
           shows="Received Access-Accept", **AGAIN),
    server("OpenVPN", "openvpn", "openvpn", "2.6.14", "openvpn alice.conf",
           user="root", files=("alice.conf",), shows=TUNNEL, flushes=True,
           sees="`Enter Auth Username:`, then `Enter Auth Password:`",
           **AGAIN),
)


def named(name):
    return [row for row in ROWS if row.name == name]


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One login of a row. field: in that stack; else both are asked for."""
    row: Row
    field: bool
    right: bool
    let_in: bool

    @property
    def service(self):
        """Programs with one field have an sshd of their own."""
        return self.row.service + "-field" * (
            self.field and self.row.server == "sshd")

    @property
    def id(self):
        return "%s-%s-%s" % (self.row.id, "field" if self.field else "asked",
                             "right" if self.right else "wrong")


def lines():
    """The guide's: programs of which all else is the same have one."""
    found = {}
    for name, *cells in (row.cells for row in ROWS):
        found.setdefault(tuple(cells), []).append(name)
    return ["| %s |" % " | ".join(("; ".join(names), *cells))
            for cells, names in found.items()]


HEAD = ("| program | who answers | what it needs | result | what is shown |",
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
