# SPDX-License-Identifier: BSD-2-Clause
"""A host with Cockpit, the help desk's page and ten made-up people, in private
namespaces: for the tests of the page, and for `make page`."""

import glob
import os
import pwd
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import pexpect

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "e2e", part)
                for part in ("rig", "twofactl")]

# pylint: disable=wrong-import-position
import sdjournal  # noqa: E402
import stage  # noqa: E402
from conf import STATE, Settings  # noqa: E402
from journal import Journal  # noqa: E402
from pamstack import PamStacks  # noqa: E402
from phones import Simulator  # noqa: E402

WS = "/usr/lib/cockpit/cockpit-ws"
TWOFACTL = "/usr/local/sbin/twofactl"
HELPER = "/usr/local/libexec/twofa-helper"
PAGE = "/cockpit/@localhost/twofa/index.html"
DAY = 86400
# carol looks after them; victor is an administrator, oscar is nobody's help.
DESK, ADMIN, OTHER = "carol", "victor", "oscar"
STAFF = {"alice": "Alice Adams", "bob": "Bob Baker", "dave": "Dave Dunn",
         "erin": "Erin Evans", "frank": "Frank Fisher", "grace": "Grace Gale",
         "heidi": "Heidi Hart", "ivan": "Ivan Ives", "judy": "Judy Jones",
         "niaj": "Niaj Noor"}
NEW = ("dave", "niaj")  # not enrolled
SUDOERS = """\
Defaults !lecture
%%helpdesk ALL=(root) NOPASSWD: %s helpdesk *
%s ALL=(ALL:ALL) ALL
""" % (TWOFACTL, ADMIN)
PAM = """\
auth required pam_unix.so
account required pam_unix.so
session required pam_permit.so
password required pam_deny.so
"""


def call(*argv, **more):
    return subprocess.run(argv, check=True, text=True,
                          stdout=subprocess.PIPE, **more).stdout


def phone(number):
    return "+44770090%04d" % (number * 100)


def listening():
    """A socket on loopback, as systemd would pass it."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", 0))
    found.listen()
    return found


class House:
    """Everything that has to run. fd: where Cockpit listens."""

    def __init__(self, fd):
        stage.make()
        self.log = Journal()
        self.phones = Simulator()
        self.phones.start()
        account = pwd.getpwnam("twofa")
        self.settings = Settings(account.pw_uid, account.pw_gid)
        self.pam = PamStacks()
        self.pam.reset()
        # An administrator's own password; Cockpit's question is not for a code.
        self.pam.stack("sudo", "auth required pam_unix.so")
        call("umount", "/usr/lib/cockpit")  # tests/ns/inside hides it
        with open("/etc/pam.d/cockpit", "w", encoding="ascii") as out:
            out.write(PAM)
        call("make", "--no-print-directory", "-o", "all", "DEPENDENCIES=",
             "O=" + stage.build_dir(), "UNITDIR=", "DBUSDIR=",
             "COCKPITDIR=/usr/local/share/cockpit", "install", cwd=stage.ROOT,
             stderr=subprocess.DEVNULL)
        self._accounts()
        with open("/etc/sudoers.d/desk", "w", encoding="ascii") as out:
            out.write(SUDOERS)
        os.chmod("/etc/sudoers.d/desk", 0o440)
        os.makedirs("/run/cockpit", exist_ok=True)
        # It ends when nobody uses it for a while, as systemd wants it.
        self._cockpit = subprocess.Popen(
            ["sh", "-c", "while sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec %s "
             "--no-tls'; do :; done" % WS], start_new_session=True,
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: self._third(fd), close_fds=False)

    @staticmethod
    def _third(fd):
        """Where systemd passes the first socket."""
        os.dup2(fd, 3)
        os.set_inheritable(3, True)

    def _accounts(self):
        for group in ("helpdesk", "people"):
            call("groupadd", "-f", group)
        for user, name in list(STAFF.items()) + [
                (DESK, "Carol Cole"), (ADMIN, "Victor Vance"),
                (OTHER, "Oscar Olsen")]:
            self.account(user, name, "people" if user in STAFF else
                         "helpdesk" if user == DESK else "users")

    def account(self, user, name, group="people"):
        """With password pw-USER; what useradd would refuse in a name, too."""
        try:
            pwd.getpwnam(user)
        except KeyError:
            call("useradd", "-m", "-s", "/bin/bash", user)
        call("usermod", "-aG", group, user)
        call("chpasswd", "-c", "SHA256", "-s", "1000",
             input="%s:pw-%s\n" % (user, user))
        with open("/etc/passwd", encoding="utf-8") as text:
            lines = [line.split(":") for line in text]
        for line in lines:
            if line[0] == user:
                line[4] = name
        with open("/etc/passwd", "w", encoding="utf-8") as out:
            out.writelines(":".join(line) for line in lines)

    def again(self):
        """A fresh state: who is enrolled, who is locked, what was sent."""
        self.phones.reset()
        self.log.clear()
        for path in glob.glob("/var/lib/twofactl/helpdesk.*"):
            os.unlink(path)  # how often the desk has helped today
        self.settings.reset(self.phones.url, self.phones.certs.ca)
        self.settings.set(
            helpdesk_for=["people"], helpdesk_group="helpdesk",
            unenrolled="deny")
        self.rules()
        for number, user in enumerate(STAFF, 1):
            if user not in NEW:
                self.settings.user(user, phone=phone(number))
            elif os.path.exists(self.settings.user_file(user)):
                self.settings.forget(user)
        self.phones.NUMBERS.update({user: phone(number) for number, user in
                                    enumerate(STAFF, 1)})

    def rules(self):
        days = [time.strftime("%Y-%m-%d", time.gmtime(time.time() + n * DAY))
                for n in (9, 70)]
        self.settings.set(rules=[
            {"users": ["backup"], "action": "skip", "until": days[1],
             "why": "backup job, CHG-4711"},
            {"services": ["login"], "action": "skip", "until": days[0],
             "why": "console while the new card readers come"}])

    def story(self):
        """What has happened by now to the ten."""
        for user in STAFF:
            if user not in NEW + ("frank",):
                self.ctl("recovery-codes", user, "--yes", "--json")
        for user, wrong in (("bob", 3), ("bob", 3), ("erin", 3), ("ivan", 2)):
            self.try_wrong(user, wrong)
            self.minutes_later()
        with sqlite3.connect(STATE + "/state.db") as state:
            state.execute("UPDATE guess SET wrong = 100 WHERE user = 'erin'")
        self.ctl("code", "heidi", "--hours", "8", "--why",
                 "phone forgotten, INC-81")
        self.journal()

    @staticmethod
    def minutes_later():
        """What was spent keeps its row for a minute, and a message is followed
        by another one after half a minute."""
        with sqlite3.connect(STATE + "/state.db") as state:
            state.execute("DELETE FROM verification")
            state.execute("UPDATE send SET at = at - 120000")

    @staticmethod
    def journal():
        """A fortnight of events, as the programs write them."""
        entries = [sdjournal.entry(sdjournal.login(user, method="sms"),
                                   n * DAY // 3)
                   for n, user in enumerate(STAFF, 1) if user not in NEW]
        uid = pwd.getpwnam("twofa").pw_uid
        for day, users in ((13, "alice"), (11, "bob ivan"), (8, "grace"),
                           (6, "bob erin judy"), (3, "ivan"), (1, "bob erin")):
            entries += [sdjournal.entry(
                "%s@sshd: event=locked user=%s %s is locked by wrong codes" % (
                    user, user, user), day * DAY - 40 * n, uid, HELPER,
                caps="0") for n, user in enumerate(users.split())]
        for day, user, event, words in (
                (12, "frank", "recovery-used", "frank used a recovery code"),
                (5, "heidi", "bypass-made", "code until tomorrow: \"INC-80\" "
                 "user=heidi by uid=0 ruser=carol"),
                (2, "judy", "recovery-used", "judy used a recovery code"),
                (0, "erin", "shut", "erin is locked by wrong codes until "
                 "unlock")):
            entries.append(sdjournal.entry("event=%s user=%s %s" % (
                event, user, words), day * DAY + 900, uid, HELPER, caps="0"))
        sdjournal.remove()
        sdjournal.write(sorted(entries, key=lambda one: -one[1]))

    @staticmethod
    def ctl(*words):
        return call(TWOFACTL, *words)

    def try_wrong(self, user, times):
        """A login that is tried out, with codes that are wrong."""
        asked = pexpect.spawn(
            TWOFACTL, ["test", "--from", "127.0.0.1", user], timeout=20,
            encoding="utf-8")
        for _ in range(times):
            asked.expect("(?i)code[^\r\n]*: $")
            right = self.phones.code(user)
            asked.sendline("%06d" % ((int(right) + 1) % 1000000))
        if asked.expect(["(?i)code[^\r\n]*: $", pexpect.EOF]) == 0:
            asked.sendline("q")
            asked.expect(pexpect.EOF)
        asked.close()

    def close(self):
        os.killpg(self._cockpit.pid, signal.SIGKILL)
        self._cockpit.wait(10)
        self.phones.stop()
