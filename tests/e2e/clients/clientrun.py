# SPDX-License-Identifier: BSD-2-Clause
"""One login of a row of the table: the machine it runs on, the judgement."""

import os
import pwd
import re
import secrets
import shutil
import subprocess

import pytest

import clientservers
import guidepage
import stage
from clientrows import CANNOT
from laptop import Laptop, Person
from pamstack import GUARD, SERVICES

HOSTS = ("server", "web1", "web2")
NO_ADDRESS = ("none", "screen", "polkit", "freeradius")  # is passed on there
REPOSITORY = """git init -q repository
cp notes repository
cd repository
git add notes
git -c user.name=a -c user.email=a@b commit -q -m notes
"""


def installed(package):
    """Its version without the packager's; a skip names what is missing."""
    found = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Version}", package],
        capture_output=True, text=True, check=False).stdout.split()
    if found[:1] != ["ii"]:
        pytest.skip("package %s is not installed" % package)
    return re.sub(r"^\d+:|[+-].*", "", found[1])


def own(path, user):
    account = pwd.getpwnam(user)
    os.chown(path, account.pw_uid, account.pw_gid)
    os.chmod(path, 0o600)


class Machine:
    """What the fixtures offer to a row."""

    def __init__(self, request):
        self._request = request
        self.terminals = request.getfixturevalue("terminals")
        self.pam = request.getfixturevalue("pam")
        self.syslog = request.getfixturevalue("syslog")
        self.sim = request.getfixturevalue("sim")
        self.person = None
        self.helper = stage.HELPER
        self.environment = {}
        self.hostkey = ""
        if not os.path.islink(clientservers.FIELD):
            os.symlink(clientservers.SSHD, clientservers.FIELD)
        self.files = {}  # that a client gets from the server's admin
        with open("/etc/hosts", "w", encoding="ascii") as out:
            out.write("127.0.0.1 localhost %s %s\n" % (
                os.uname().nodename, " ".join(HOSTS)))

    def fixture(self, name):
        """One that not every row needs."""
        return self._request.getfixturevalue(name)

    def code(self, attempt):
        """Where the next code comes from. Who has to type it before anything
        is sent has an app, and no phone."""
        if not attempt.field and not attempt.row.app:
            return lambda: self.sim.code("alice")
        app = self.fixture("app")
        self.helper = stage.CLOCK_HELPER
        self.fixture("settings").user(
            "alice", phone=None, channels=None,
            totp_secret_file="/etc/twofa/secrets/alice.totp")
        return app.code

    def over(self, attempt):
        """Is it decided, or is asked what the program does not answer? Some
        do not show that a code was wrong."""
        if attempt.row.unanswered and not attempt.field:
            return self.sim.messages("alice")
        return "denied" in {line["outcome"] for line in self.syslog.logins()} \
            or not attempt.right and self.sim.requests("check")

    def allow(self, uid):
        """Let a service of this uid ask for users that are not its own."""
        self.fixture("settings").set(socket_allow_uids=[uid])

    def stack(self, attempt):
        """Write the service's: both asked for, or both in one field."""
        row, service = attempt.row, attempt.service
        ours = self.pam.module_line()
        if row.server in ("screen", "postgresql"):
            ours = "auth required %s socket=%s" % (
                stage.MODULE, clientservers.USER_SOCK)
        if attempt.field:
            self.pam.stack(service, *self._field_stack(
                ours.partition(stage.MODULE)[2]))
        elif service not in SERVICES:
            self.pam.stack(service, *GUARD, ours)

    @staticmethod
    def _field_stack(ours):
        """The guide's, with the arguments that the tests' module needs."""
        for line in guidepage.file("/etc/pam.d/SERVICE"):
            more = ours if line.endswith(" no_prompt") else ""
            yield line.replace("pam_twofa.so", stage.MODULE) + more

    def fill(self, laptop, row):
        """What the row's commands need there."""
        laptop.put(".ssh/known_hosts", "".join(
            "%s %s\n" % (host, self.hostkey) for host in HOSTS))
        for name in row.files:
            laptop.put("work/" + name, "\n".join(guidepage.file(name)) + "\n")
        for name, text in self.files.items():
            laptop.put("work/" + name, text)


def proof():
    """A word that alice can read, and no other user."""
    word = secrets.token_hex(16)
    for name in ("copy", "notes", "repository"):
        path = "/home/alice/" + name
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.exists(path):
            os.unlink(path)
    for path, user in (("/home/alice/notes", "alice"), ("/run/notes", "root")):
        with open(path, "w", encoding="ascii") as out:
            out.write(word + "\n")
        own(path, user)
    subprocess.run(["sh", "-ec", REPOSITORY], check=True, user="alice",
                   group="alice", cwd="/home/alice",
                   env={"HOME": "/home/alice", "PATH": "/usr/bin:/bin"})
    return word


def run(attempt, machine, code=None):
    """Log in; all that was shown, and whether the notes were among it. code:
    what is typed as one, if no phone shows it."""
    row = attempt.row
    print(row.package, installed(row.package))  # shown when it fails
    machine.stack(attempt)
    machine.person = Person(code or machine.code(attempt), attempt.right,
                            attempt.field, row.types)
    laptop = Laptop(machine.terminals, row.user)
    word = proof()
    with clientservers.SERVERS[row.server](machine, attempt, word):
        machine.fill(laptop, row)
        laptop.run(row, machine.person, lambda: machine.over(attempt),
                   **machine.environment)
        found = laptop.shown + laptop.files()
        if row.lands and os.path.exists(row.lands):
            with open(row.lands, encoding="ascii") as text:
                found += text.read()
    return laptop.shown, (row.shows or word) in found


def seen(words, shown):
    """Did each piece in backticks stand there, one after the other?"""
    pieces = [re.escape(piece).replace("…", ".*")
              for piece in re.findall("`([^`]*)`", words)]
    return re.search(".*".join(pieces), shown, re.S)


def judge(attempt, machine, shown, let_in):
    row, lines = attempt.row, machine.syslog.logins()
    assert let_in == attempt.let_in, shown
    verdicts = {line["outcome"] for line in lines
                if line["service"] == attempt.service}
    if let_in:
        assert verdicts == {"allowed"}, lines
        assert ("rhost" in lines[-1]) == (row.server not in NO_ADDRESS)
        assert seen(row.sees, shown), shown
        if "at each host" in row.sees:  # each names itself
            assert shown.count(") %s:\nVerification code sent to " %
                               os.uname().nodename.split(".")[0]) == 2, shown
        return
    assert "allowed" not in verdicts, lines
    reasons = {line.get("reason") for line in lines}
    if row.result == CANNOT and not row.reason:
        assert not lines and not machine.sim.messages()
    elif row.unanswered and not attempt.field:
        assert machine.sim.messages("alice"), lines
        assert not machine.sim.requests("check")
    elif attempt.right:
        assert row.reason in reasons, lines
    elif attempt.field:
        assert "wrong-codes" in reasons, lines
    else:
        assert "denied" in verdicts or machine.sim.requests("check"), lines
