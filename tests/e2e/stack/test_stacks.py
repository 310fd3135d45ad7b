# SPDX-License-Identifier: BSD-2-Clause
"""Each stack of stacks_table.py by real logins through libpam, and what doctor
says of it, also of those that are right."""

import collections
import concurrent.futures
import contextlib
import os
import re
import shutil
import subprocess

import pytest

import pamapp
import pamstack
import stage
import stacks_table
from doctorhost import GOOD_SSHD, SSHD

TRANSPORTS = ("socket",)

STANDINS = "/run/standins"
FAILLOCK = "/run/standins/faillock"
COPY = "/run/standins/pam_twofa2.so"
MODULES = ("pam_sss", "pam_krb5", "pam_ldap", "pam_winbind", "pam_fprintd",
           "pam_u2f", "pam_poldi", "pam_ssh_agent_auth",
           "pam_google_authenticator", "pam_duo", "pam_radius_auth",
           "pam_yubico", "pam_oath", "pam_timestamp", "pam_gnome_keyring",
           "pam_gdm", "pam_zfs_key", "pam_access", "pam_geoip")
WORKERS = 4
KEY = "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA"
CODE_WRONG = "000000"

# What somebody types as password and code, and PAM's environment. The code of a
# stand-in for google-authenticator is wrong but for who has it.
LOGINS = {
    "right": ("pw-local", True, ()),
    "wrong": ("pw-wrong", True, ()),
    "miscode": ("pw-local", False, ()),
    "directory": ("pw-directory", True, ()),
    "away": ("pw-wrong", True, ("pam_sss=authinfo_unavail",)),
    "finger": ("", True, ("pam_fprintd=success", "pam_u2f=success")),
    "password_finger": ("pw-local", True,
                        ("pam_fprintd=success", "pam_u2f=success")),
    "card": ("", True, ("pam_poldi=success",)),
    "agent": ("", True, ("pam_ssh_agent_auth=success",)),
    "key": ("pw-wrong", True, (KEY,)),
    "finger_key": ("pw-wrong", True, (KEY, "pam_u2f=success")),
    "google": ("pw-local", True, ()),
    "unknown": ("pw-local", True, ()),
    "lan": ("pw-local", True, ("pam_access=success",)),
    "lan_miscode": ("pw-local", False, ("pam_access=success",)),
    "refused": ("pw-local", True, ("pam_geoip=auth_err",)),
    "stranger": ("pw-wrong", True, ("pam_winbind=user_unknown",)),
}

Login = collections.namedtuple("Login", "row kind user number")


def users(names):
    """Accounts with the password pw-local; every number is somebody's own."""
    done = subprocess.run(["openssl", "passwd", "-1", "pw-local"], check=True,
                          capture_output=True, text=True)
    with open("/etc/passwd", "a", encoding="ascii") as passwd, \
            open("/etc/shadow", "a", encoding="ascii") as shadow:
        for number, name in enumerate(names):
            passwd.write("%s:x:%d:65534::/nonexistent:/bin/sh\n" % (
                name, 20000 + number))
            shadow.write("%s:%s:19000:0:99999:7:::\n" % (
                name, done.stdout.strip()))


class Stacks:
    """Files in /etc/pam.d; service() is the name of a row's."""

    def __init__(self, pam):
        words = pam.module_line().split(" ", 2)[2]
        self._words = {"MODULE": stage.MODULE, "OURS": words,
                       "COPY": words.replace(stage.MODULE, COPY),
                       "FAILLOCK": "deny=100 dir=" + FAILLOCK}
        self._written = {}

    @staticmethod
    def service(row):
        return row.service or row.name

    def _text(self, row, text):
        words = {**self._words, "PART": row.name + "-part",
                 **{name + ".so": "%s/%s.so" % (STANDINS, name)
                    for name in MODULES}}
        return re.sub(r"\b(%s)(?=\s)" % "|".join(map(re.escape, words)),
                      lambda found: words[found.group()], text)

    def _write(self, path, text):
        if path not in self._written:
            self._written[path] = None
            with contextlib.suppress(FileNotFoundError):
                with open(path, encoding="utf-8") as before:
                    self._written[path] = before.read()
        with open(path, "w", encoding="ascii") as out:
            out.write(text)

    def write(self, row):
        self._write("/etc/pam.d/" + self.service(row),
                    self._text(row, row.lines)
                    + "\n".join(pamstack.REST) + "\n")
        if row.part:
            self._write("/etc/pam.d/%s-part" % row.name,
                        self._text(row, row.part))
        if row.methods:
            self._write(SSHD, "AuthenticationMethods %s\n%s" % (
                row.methods, GOOD_SSHD))  # the first one counts

    def rewrite(self, path, text):
        self._write(path, text)

    def ours(self, row):
        """How a line of ours names the module in this row."""
        return COPY if "COPY" in row.lines else self._words["MODULE"]

    def restore(self):
        for path, text in self._written.items():
            if text is None:
                os.unlink(path)
            else:
                with open(path, "w", encoding="utf-8") as out:
                    out.write(text)

    def forget(self):
        """What restore() has brought back, so that more can be written."""
        self._written.clear()


def batches(rows):
    """Rows that can stand in /etc/pam.d together."""
    found = []
    for row in rows:
        for batch in found:
            if Stacks.service(row) not in batch:
                batch[Stacks.service(row)] = row
                break
        else:
            found.append({Stacks.service(row): row})
    return [list(batch.values()) for batch in found]


def doctors_words(admin, notes=""):
    """The problems of stacks: name and text by service; and notes of a name."""
    found = collections.defaultdict(dict)
    for line in admin.run("doctor")[1].splitlines():
        match = re.match(r"(note: )?(pam-[a-z-]+): ([^ :]+)[: ](.*)", line)
        if match and (not match[1] or match[2] == notes):
            found[match[3]][match[2]] = match[4]
    return found


class Person:
    """Types what one login's kind has, once each."""

    def __init__(self, login, sim):
        self._login = login
        self._sim = sim
        self._password, self._right, self.env = LOGINS[login.kind]
        self._asked = 0

    def answer(self, prompt, echo):
        if prompt.startswith("Verification code: "):
            return "google-code" if self._login.kind == "google" else "no"
        if not echo:
            return self._password
        if prompt.endswith("(Enter ends): "):
            return ""
        self._asked += 1
        if self._asked > (2 if self._right else 1):
            return None  # a second line of ours may ask, too
        if not self._right:
            return CODE_WRONG
        sent = self._sim.messages(self._login.number)
        return sent[-1]["code"] if sent else CODE_WRONG


def run_logins(sim, logins):
    """Was each let in?"""
    found, todo = {}, list(reversed(logins))

    def work():
        apps = {}
        try:
            while True:
                try:
                    login = todo.pop()
                except IndexError:
                    return
                uid = login.row.uid
                if uid not in apps:
                    apps[uid] = pamapp.Application(uid)
                person = Person(login, sim)
                found[login] = apps[uid].login(
                    Stacks.service(login.row), login.user, person.env,
                    person.answer)
        finally:
            for app in apps.values():
                app.close()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work) for _ in range(WORKERS)]:
            done.result()
    assert len(found) == len(logins)
    return found


def ends(sim, logins):
    """How each ended, in the table's words, by row and kind."""
    found = run_logins(sim, logins)
    reached = {message["to"].lstrip("+") for message in sim.messages()}
    told = collections.defaultdict(dict)
    for login, let_in in found.items():
        word = "in" if let_in else "out"
        told[login.row.name][login.kind] = (
            word.upper() if login.number.lstrip("+") in reached else word)
    return told


@pytest.fixture
def logins(settings):
    """An account and a number for each login of the table."""
    found = []
    for row in stacks_table.ROWS:
        for kind in row.expected():
            n = len(found)
            found.append(Login(row, kind, "u%04d" % n, "+4477%06d00" % n))
    settings.set(limits={"resend_wait": [1, 2], "sends_per_host_hour": 9999,
                         "sends_per_source_hour": 9999})
    with open("/etc/passwd", encoding="utf-8") as text:
        passwd = text.read()
    with open("/etc/shadow", encoding="utf-8") as text:
        shadow = text.read()
    known = [login.user for login in found if login.kind != "unknown"]
    users(known)
    for login in found:
        settings.user(login.user, phone=login.number)
    yield found
    with open("/etc/passwd", "w", encoding="utf-8") as out:
        out.write(passwd)
    with open("/etc/shadow", "w", encoding="utf-8") as out:
        out.write(shadow)


@pytest.fixture
def stacks(pam):
    shutil.rmtree(STANDINS, ignore_errors=True)
    os.makedirs(FAILLOCK)
    for name in MODULES:
        shutil.copyfile(stage.STAGE + "/test/pam_standin.so",
                        "%s/%s.so" % (STANDINS, name))
    shutil.copyfile(stage.MODULE, COPY)
    found = Stacks(pam)
    yield found
    found.restore()
    shutil.rmtree(STANDINS)


def differences(row, told, said):
    """What was otherwise than the row has it."""
    wanted = row.expected()
    for kind in wanted:
        if told[kind] != wanted[kind]:
            yield "%s: %s: %s, not %s" % (row.name, kind, told[kind],
                                          wanted[kind])
    if set(said) != set(row.finds.split()):
        yield "%s: doctor says %s, not %s" % (row.name, said, row.finds)
    elif row.words not in " ".join(said.values()):
        yield "%s: doctor does not say %s: %s" % (row.name, row.words, said)


def test_table(stacks, logins, sim, admin):
    """One run of doctor judges as many rows as can stand side by side."""
    told, said = {}, {}
    sim.setting(v1_rate=0)
    for batch in batches(stacks_table.ROWS):
        for row in batch:
            stacks.write(row)
        words = doctors_words(admin)
        said.update({row.name: words[Stacks.service(row)] for row in batch})
        told.update(ends(sim, [login for login in logins
                               if login.row in batch]))
    wrong = [line for row in stacks_table.ROWS
             for line in differences(row, told[row.name], said[row.name])]
    assert not wrong, "\n".join(wrong)


class Changed(Exception):
    """Another remedy has changed this line."""


class Remedy:
    """Does what doctor's text says, to the letter."""
    PLACE = r"(/\S+?):(\d+): "

    def __init__(self, stacks, service, ours):
        self._service = "/etc/pam.d/" + service
        self._stacks = stacks
        self._ours = ours
        self._lines = {}
        self.rules = []

    def _of(self, path):
        if path not in self._lines:
            with open(path, encoding="utf-8", newline="") as text:
                self._lines[path] = text.read().split("\n")
        return self._lines[path]

    def _own(self):
        """The line of ours: file and position."""
        for path in (self._service, *self._lines):
            for n, text in enumerate(self._of(path)):
                found = re.search(r"(?m)^-?auth\s.*%s.*$" % re.escape(
                    self._ours), text)
                if found:
                    return path, n, found[0]
        raise AssertionError("no line of ours: %s" % self._lines)

    def _word(self, path, number, old, new):
        lines, n = self._of(path), int(number) - 1
        bare = old.strip("[]")
        for word in ("[%s]" % bare, bare):
            if word in lines[n]:
                lines[n] = lines[n].replace(word, new, 1)
                return
        if new not in lines[n]:  # else two findings, one remedy
            raise Changed(old, lines[n])

    def _beside(self, path, n, text, behind=False):
        """Numbers of the lines stay."""
        lines = self._of(path)
        if text not in lines[n]:
            lines[n] = "\n".join((lines[n], text) if behind
                                 else (text, lines[n]))

    def _move(self, path, number, behind):
        where, n, line = self._own()
        self._of(where)[n] = self._of(where)[n].replace(line, "#")
        self._beside(path, int(number) - 1, line, behind)

    def _include(self, old, new):
        lines = self._of(self._service)
        for n, line in enumerate(lines):
            lines[n] = re.sub(r"^(auth\s+%s|@include)\b" % old,
                              "auth " + new, line)

    def apply(self, text):
        """False: the text describes a change and does not name it."""
        text = " " + text.strip()
        first = re.match(" " + self.PLACE, text)
        done = False
        for word in re.finditer(self.PLACE + r"write (\[[^]]*\]|\w+) in place "
                                r'of "([^"]*)"', text):
            self._word(word[1], word[2], word[4], word[3])
            done = True
        word = re.search(r'; (?:install it; or )?write (\S+) in place of '
                         r'"([^"]*)"', text)
        if word and first:
            self._word(first[1], first[2], word[2], word[1])
            done = True
        word = re.search(r"write (include|substack) in place of (\w+)", text)
        if word:
            self._include(word[2], word[1])
            done = True
        for word in re.finditer(r"pam_twofa (before|after) (/\S+?):(\d+)",
                                text):
            if "put the line of" in text:
                self._move(word[2], word[3], word[1] == "after")
                done = True
        word = re.search(r"[;,] before (/\S+?):(\d+): "
                         "(auth .*?)(?=, auth|; or|$)", text)
        if word:
            self._beside(word[1], int(word[2]) - 1, word[3])
            done = True
        word = re.search(r"right after (/\S+?):(\d+): (auth .*?)(?=, /|; or|$)",
                         text)
        if word:
            self._beside(word[1], int(word[2]) - 1, word[3], behind=True)
            done = True
        word = re.search("right before pam_twofa: (.*?)(?:, and into|; or|$)",
                         text)
        if word:
            path, n, _ = self._own()
            self._beside(path, n, "\n".join(
                re.findall(r"auth .*?(?=, auth|$)", word[1])))
            done = True
        word = re.search(r"[;,] put # before (?:it|(/\S+?):(\d+))", text)
        if word:
            self._beside(word[1] or first[1], int(word[2] or first[2]) - 1,
                         "#\b")
            done = True
        if "remove or shorten it" in text:
            self._of(first[1])[int(first[2]) - 1] = "#"
            done = True
        if "remove use_first_pass" in text:
            self._word(first[1], first[2], " use_first_pass", "")
            done = True
        if "remove the backslash at its end" in text:
            self._word(first[1], first[2], "\\", "")
            done = True
        word = re.search(r"run: sed -i 's/\\r\$//' (/\S+)$", text)
        if word:
            self._lines[word[1]] = [line.replace("\r", "")
                                    for line in self._of(word[1])]
            done = True
        if 'first_factor = "stack"' in text:
            self.rules.append({
                "services": [os.path.basename(self._service)],
                "action": "require", "first_factor": "stack"})
            done = True
        return bool(done)

    def apply_all(self, found):
        """The names of those that were applied; others come next time."""
        done = []
        for name, text in found:
            with contextlib.suppress(Changed):
                if self.apply(text):
                    done.append(name)
        return done

    def write(self):
        for path, lines in self._lines.items():
            self._stacks.rewrite(path, "\n".join(lines).replace("#\b\n",
                                                               "#"))


# Whom no remedy may let in, and those that say what is wrong and no change.
NEVER = ("wrong", "miscode", "away", "lan_miscode", "refused", "stranger")


def remedied_wrong(row, names, told, said):
    """What the remedy has left, broken or opened."""
    for name in names:
        if name in said:
            yield "%s: %s is still there: %s" % (row.name, name, said[name])
    for name in said.keys() - set(names):
        yield "%s: %s: %s" % (row.name, name, said[name])
    before = row.expected()
    for kind, end in told.items():
        if kind == "right" and "pam_unix" not in row.lines + row.part:
            continue  # its password is right by no module of this stack
        if kind in NEVER and end.lower() == "in" or end == "in":
            yield "%s: %s: %s" % (row.name, kind, end)
        elif kind not in NEVER and before[kind].lower() == "in" \
                and end != "IN":
            yield "%s: %s: locked out" % (row.name, kind)
        elif kind not in NEVER and before[kind].lower() == "out" \
                and end == "IN" and before["right"].lower() == "in" \
                and not {"pam-first-factor", "pam-lockout"} & set(names):
            yield "%s: %s: got in" % (row.name, kind)


def test_remedies(stacks, logins, sim, admin, settings):
    """Applied to the letter, each takes its finding away, keeps in who got in,
    by a code, and lets in nobody else."""
    sim.setting(v1_rate=0)
    wrong, applied = [], collections.Counter()
    for batch in batches([row for row in stacks_table.ROWS if row.finds]):
        for row in batch:
            stacks.write(row)
        words, rules, done = doctors_words(admin), [], {}
        for row in batch:
            service = Stacks.service(row)
            remedy = Remedy(stacks, service, stacks.ours(row))
            names = remedy.apply_all(words[service].items())
            remedy.write()
            rules += remedy.rules
            if names:
                done[row] = names
            applied.update(names)
        settings.set(rules=[*rules, {}])
        again = doctors_words(admin)
        told = ends(sim, [login for login in logins if login.row in done])
        for row, names in done.items():
            wrong += remedied_wrong(row, names, told[row.name],
                                    again[Stacks.service(row)])
        settings.set(rules=None)
    assert not wrong, "\n".join(wrong)
    for name in ("pam-bypass", "pam-after-failure", "pam-password-optional",
                 "pam-module", "pam-broken", "pam-lockout",
                 "pam-first-factor", "pam-no-password", "pam-unreached"):
        assert applied[name], name


def test_each_row_has_a_name():
    names = [row.name for row in stacks_table.ROWS]
    assert len(set(names)) == len(names)
