# SPDX-License-Identifier: BSD-2-Clause
"""One login of a row of the table: the machine it runs on, and the judgement."""

import os
import pwd
import re
import secrets
import shutil
import subprocess

import pytest

import clientservers
import guidepage
from laptop import Laptop, Person

HOSTS = ("server", "web1", "web2")
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


def debian():
    with open("/etc/os-release", encoding="utf-8") as release:
        return 'VERSION_ID="12"' in release.read()


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
        self.hostkey = ""
        with open("/etc/hosts", "w", encoding="ascii") as out:
            out.write("127.0.0.1 localhost %s %s\n" % (
                os.uname().nodename, " ".join(HOSTS)))

    def fixture(self, name):
        """One that not every row needs."""
        return self._request.getfixturevalue(name)

    def code(self, field):
        """Where the next code comes from: in one field it must be there
        before anything is sent, so it is an app's."""
        if field:
            return self.fixture("app").code
        return lambda: self.sim.code("alice")

    def laptop(self, row):
        """Where the row's commands are typed, with what they need."""
        found = Laptop(self.terminals, row.user)
        found.put(".ssh/known_hosts", "".join(
            "%s %s\n" % (host, self.hostkey) for host in HOSTS))
        for name in row.files:
            found.put("work/" + name, "\n".join(guidepage.file(name)) + "\n")
        return found


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


def run(attempt, machine):
    """Log in; all that was shown, and whether the notes were among it."""
    row = attempt.row
    version = installed(row.package)
    assert version == row.version or not debian(), version
    code = machine.code(attempt.field)
    with clientservers.SERVERS[row.server](machine, row):
        laptop = machine.laptop(row)
        word = proof()
        laptop.run(row.commands, Person(code, attempt.right, attempt.field,
                                        row.types),
                   row.askpass, 3 if row.unanswered and not attempt.field
                   else 20)
        found = laptop.shown + laptop.files()
        if row.lands and os.path.exists(row.lands):
            with open(row.lands, encoding="ascii") as text:
                found += text.read()
    return laptop.shown, word in found


def seen(words, shown):
    """Did each piece in backticks stand there, one after the other?"""
    pieces = [re.escape(piece).replace("…", ".*")
              for piece in re.findall("`([^`]*)`", words)]
    return re.search(".*".join(pieces), shown, re.S)


def judge(attempt, machine, shown, let_in):
    row, lines = attempt.row, machine.syslog.logins()
    assert let_in == attempt.let_in, shown
    verdicts = {line["outcome"] for line in lines
                if line["service"] == row.service}
    if let_in:
        assert verdicts == {"allowed"}, lines
        assert seen(row.sees, shown), shown
        return
    assert "allowed" not in verdicts, lines
    if row.unanswered and not attempt.field:
        assert machine.sim.messages("alice") and not verdicts, lines
    elif attempt.right:
        assert row.reason in {line.get("reason") for line in lines}, lines
    else:
        assert "denied" in verdicts, "no line in the log"
        assert attempt.field or machine.sim.requests("check")
