# SPDX-License-Identifier: BSD-2-Clause
"""doctor's remedies, applied as they are printed and in any order, lead to a
host without problems that is no more open than before, and no one who got in is
locked out. REMEDY_ORDERS says in how many orders each state's are applied;
without it a few states' are, in one."""

import contextlib
import json
import os
import random
import re
import shutil
import stat
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import enablehost  # noqa: E402
from phones import NUMBERS  # noqa: E402

TRANSPORTS = ("spawn",)
ORDERS = int(os.environ.get("REMEDY_ORDERS", "0"))
SEED = int(os.environ.get("REMEDY_SEED", "1"))
ROUNDS = 10
CONFIG = "/etc/ssh/sshd_config"
USERS = ("root", "alice", "bob", "carol")
PLAIN = enablehost.SSHD_CONFIG
KEY_ONLY = PLAIN + "PasswordAuthentication no\n"
FIVE = (("sshd",), ("sudo",), ("su",))
KEPT = ("/etc/shadow", "/etc/passwd", "/etc/group", "/etc/gshadow")


def five(login):
    return (("sshd", "--login", login, "--anyway"),) + FIVE[1:]


# --- states of a host: sshd_config, what is enabled, what happens then


class State:
    def __init__(self, config=PLAIN, enabled=FIVE, shell="", first=""):
        self.config, self.enabled = config, enabled
        self.shell, self.first = shell, first


MATCH = "Match User alice\n\tPasswordAuthentication yes\n" \
    "\tAuthenticationMethods publickey\n"
STATES = {
    "five-commands": State(),
    "key-or-both": State(enabled=five("both")),
    "key-only": State(KEY_ONLY),
    "key-only-without-us": State(KEY_ONLY + "PermitRootLogin yes\n", ()),
    "key-only-root": State(KEY_ONLY + "PermitRootLogin yes\n"),
    "key-and-code": State(KEY_ONLY + "PermitRootLogin yes\n", five("key")),
    "root-by-password": State(PLAIN + "PermitRootLogin yes\n"),
    "no-root": State(PLAIN + "PermitRootLogin no\n"),
    "root-block": State(PLAIN + "Match User root\n\tPermitRootLogin yes\n"
                        "\tAuthenticationMethods publickey\n"),
    "methods-behind": State(PLAIN + "AuthenticationMethods publickey\n"),
    "methods-before": State(
        "AuthenticationMethods publickey\nPermitRootLogin yes\n" + PLAIN),
    "methods-before-without-us": State(
        "AuthenticationMethods publickey\nPermitRootLogin yes\n" + PLAIN, ()),
    "match-user": State(PLAIN + MATCH),
    "match-user-without-us": State(PLAIN + MATCH, ()),
    "match-address": State(PLAIN + "Match Address 10.0.0.0/8\n"
                           "\tAuthenticationMethods publickey\n"),
    "without-pam": State(first="UsePAM no\n"),
    "password-method": State(first="PasswordAuthentication yes\n"
                             "AuthenticationMethods password\n"),
    "small-settings": State(
        PLAIN + "MaxAuthTries 1\nPermitEmptyPasswords yes\nUseDNS yes\n",
        first="LoginGraceTime 20\n"),
    "key-without-password": State(shell="passwd -d alice; passwd -l alice"),
    "methods-without-password": State(
        shell="passwd -d alice; passwd -l alice", first="AuthenticationMethods"
        " publickey,keyboard-interactive keyboard-interactive\n"),
    "admin-without-number": State(shell="gpasswd -a carol sudo"),
    "block-lost": State(enabled=five("both"), shell="sed -i '/^Match User/,"
                        "/^Match all/d' " + enablehost.DROP_IN),
    "only-sudo": State(enabled=FIVE[1:]),
    "wheel-and-nopasswd": State(
        shell="sed -i '1a auth required pam_wheel.so use_uid group=sudo' "
        "/etc/pam.d/su; echo 'bob ALL=(ALL) NOPASSWD: ALL' > "
        "/etc/sudoers.d/zz-remedies; chmod 440 /etc/sudoers.d/zz-remedies"),
    "modes": State(shell="chmod 0644 /etc/twofa/secrets/vonage; chmod g+w "
                   "/etc/twofa/users.d; chown root /var/lib/twofa/state.db; "
                   "chown bob /etc/twofa/twofa.conf; chmod 0755 "
                   "/usr/local/libexec/twofa-helper"),
    "helpers-user": State(shell="usermod -s /bin/sh twofa; gpasswd -a twofa "
                          "adm; gpasswd -a bob twofa"),
}
FEW = ("five-commands", "key-only-root", "methods-before-without-us", "modes")


# --- who gets in, by sshd -T and the stack


def stack_asks():
    """What sshd's stack wants after keyboard-interactive: with and without a
    key."""
    text = re.sub("(?m)^#.*\n", "", enablehost.read("/etc/pam.d/sshd"))
    auth = "".join(re.findall(r"(?m)^(?:auth|@include common-auth).*\n", text))
    password = "common-auth" in auth or "pam_unix" in auth
    if "pam_twofa" not in auth:
        return {"password"}, {"password"}
    with_key = {"code"} if "when=publickey" in auth or not password else \
        {"password", "code"}
    return with_key, {"password", "code"} if password else {"impossible"}


def ways(user):
    """Sets of factors, each of which is enough; no one has an answer where
    sshd's password method cannot show the question."""
    done = subprocess.run(
        ["/usr/sbin/sshd", "-T", "-C", "user=%s,host=h,addr=192.0.2.1" % user],
        text=True, capture_output=True, check=True)
    sshd = dict(line.split(" ", 1) for line in done.stdout.splitlines()
                if " " in line)
    on = [name for name, key in (
        ("publickey", "pubkeyauthentication"),
        ("password", "passwordauthentication"),
        ("keyboard-interactive", "kbdinteractiveauthentication"))
        if sshd[key] == "yes"]
    methods = sshd["authenticationmethods"]
    lists = [[name] for name in on] if methods == "any" else \
        [one.split(",") for one in methods.split(" ")]
    root, found = sshd["permitrootlogin"], set()
    with_key, without = stack_asks()
    pam = sshd["usepam"] == "yes"
    for one in lists:
        need = set()
        for name in one:
            if name == "publickey":
                need.add("key")
            elif name == "password":  # PAM answers its question for a code
                need |= (without | {"answer"} if "code" in without
                         else without) if pam else {"password"}
            else:
                need |= (with_key if "key" in need else without) if pam \
                    else {"impossible"}
        if not set(one) <= set(on) or "impossible" in need or \
                (user == "root" and (root == "no" or (
                    root != "yes" and need != {"key"}))):
            continue
        found.add(frozenset(need))
    return found


def has(user):
    """The factors of a user."""
    field = re.search("(?m)^%s:([^:]*):" % user,
                      enablehost.read("/etc/shadow")).group(1)
    home = "/root" if user == "root" else "/home/" + user
    held = {"password"} if field.startswith("$") else set()
    if os.path.exists(home + "/.ssh/authorized_keys"):
        held.add("key")
    if os.path.exists("/etc/twofa/users.d/%s.conf" % user):
        held.add("code")
    return held


def openness():
    return {user: ways(user) for user in USERS}


def who_gets_in(open_to):
    return {user for user, found in open_to.items()
            if any(way <= has(user) for way in found)}


def more_open(before, after):
    """Each way has a factor less than those of before; a key with a code is
    what every remedy may come to."""
    return {user: new for user in USERS if (new := [
        sorted(way) for way in after[user] - {frozenset(("key", "code"))}
        if not any(old - {"answer"} <= way for old in before[user])])}


# --- a remedy, applied as it is printed


def shell(command):
    return subprocess.run(["/bin/bash", "-c", command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False)


def write_first(text):
    """The line that enable wants first; False: none."""
    found = re.search(r"write as the first line of (/[\w./-]+): (.+?)(?:; |$)",
                      text)
    if found:
        enablehost.write(found.group(1), found.group(2) + "\n" +
                         enablehost.read(found.group(1)))
    return found is not None


class Applied:
    """One round of doctor's lines. A line is known by its text, because
    numbers move with the first change."""

    def __init__(self, problems):
        self.lines, self.refused = {}, []
        for problem in problems:
            for path, number in re.findall(r"(/[\w./-]+):(\d+)",
                                           problem["text"]):
                self.lines[path, number] = self.place(path, int(number))

    @staticmethod
    def place(path, number):
        text = enablehost.read(path).splitlines()
        line = text[number - 1]
        return line, text[:number - 1].count(line)

    def index(self, text, path, number):
        line, before = self.lines.get((path, number)) or \
            self.place(path, int(number))
        found = [i for i, one in enumerate(text) if one == line]
        return found[min(before, len(found) - 1)] if found else None

    def change(self, path, number, line, behind):
        text = enablehost.read(path).splitlines()
        at = self.index(text, path, number)
        if at is None:
            return  # another remedy wrote this line
        if behind:
            text.insert(at + 1, "\t" + line)
        else:
            text[at] = line
        enablehost.write(path, "\n".join(text) + "\n")

    def run(self, command, names):
        """What it refuses is tried again in the next round."""
        for word, values in (("USER", names), ("NAME", names)):
            if word in command.split():
                for name in values:
                    self.run(command.replace(word, name, 1), ())
                return
        if re.match(r"twofactl enroll (\w+) NUMBER", command):
            name = command.split()[2]
            command = "twofactl enroll %s %s --no-verify" % (
                name, NUMBERS.get(name, "+15550100777"))
        if command.startswith("twofactl enable "):
            command += " --no-trial"
        if command.startswith("twofactl recovery-codes"):
            command += " --yes"
        for _ in range(4):
            done = shell(command)
            if done.returncode == 0:
                return
            left = re.findall(r"(?m)^ *(\w+) .*LOCKED OUT: they are not enrol",
                              done.stdout)
            for name in left:
                self.run("twofactl enroll %s NUMBER" % name, ())
            if not left and not write_first(done.stdout):
                break
        self.refused.append("%s: %s" % (command, done.stdout))

    def lines_of(self, text):
        """The lines that the text wants changed."""
        done = False
        for path, number, line in re.findall(
                r"(/[\w./-]+):(\d+): write (.+?) in place of this line", text):
            self.change(path, number, line, False)
            done = True
        for path, number, line in re.findall(
                r"put right after (/[\w./-]+):(\d+): (.+?)(?:; |$)", text):
            self.change(path, number, line, True)
            done = True
        return write_first(text) or done

    def apply(self, problem):
        text = problem["text"]
        if "; after twofactl enable sshd " in text and \
                not os.path.exists(enablehost.DROP_IN):
            return  # in a later round
        named = re.search(r" (?:left|are denied): (.+?);", text)
        names = re.findall(r"\w+", named.group(1) if named else
                           text.split(" cannot log in")[0])
        done = self.lines_of(text)
        found = re.search(
            r"run(?: for each)?: (.+?)(?:; |, which|, whose| \(or |$)", text)
        if "; add a key of each to ~NAME" in text:
            for name in names:
                give_key(name)
        elif found:
            self.run(found.group(1), names)
        else:
            # what a login logs; doctor names the command as well
            assert done or "chown it" in text or ": chmod 0" in text, text


# --- the host


def give_key(user):
    home = "/root" if user == "root" else "/home/" + user
    os.makedirs(home + "/.ssh", exist_ok=True)
    enablehost.write(home + "/.ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1l"
                     "ZDI1NTE5AAAAIBc1vBxsuT1l0Zx0qWm0cPLkRzC3mqMkzTLTTsAhk0Gb"
                     "\n")


def problems():
    done = subprocess.run([enablehost.TWOFACTL, "doctor", "--json"], text=True,
                          stdout=subprocess.PIPE, check=False)
    return [one for one in json.loads(done.stdout)["found"]
            if one["kind"] == "problem"]


@contextlib.contextmanager
def made(enabling, state):
    """The host in that state, and what of it comes back. Who was to get in,
    before a later fault shut somebody out."""
    folders = ("/etc/twofa", "/var/lib/twofa", "/var/lib/twofactl",
               "/etc/pam.d", "/etc/ssh")
    with contextlib.ExitStack() as stack:
        for folder in folders:
            shutil.rmtree("/run/kept" + folder, ignore_errors=True)
            if os.path.exists(folder):
                os.makedirs(os.path.dirname("/run/kept" + folder),
                            exist_ok=True)
                subprocess.run(["cp", "-a", folder, "/run/kept" + folder],
                               check=True)
            stack.callback(come_back, folder)
        kept = {path: (enablehost.read(path), stat.S_IMODE(
            os.stat(path).st_mode)) for path in KEPT}
        helper = "/usr/local/libexec/twofa-helper"
        stack.callback(os.chmod, helper, 0o711)
        stack.callback(lambda: [enablehost.write(path, text)
                                for path, (text, _) in kept.items()])
        stack.callback(enablehost.remove, "/etc/sudoers.d/zz-remedies")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700", "tmpfs",
                        "/root"], check=True)
        stack.callback(subprocess.run, ["umount", "-l", "/root"], check=True)
        for user in USERS:
            home = "/root" if user == "root" else "/home/" + user
            if not os.path.exists(home + "/.ssh"):
                stack.callback(shutil.rmtree, home + "/.ssh", True)
        for user in ("root", "alice"):
            give_key(user)
        enablehost.write(CONFIG, state.config)
        with enablehost.running_sshd():
            for words in state.enabled:
                enabling.run("enable", *words, "--no-trial", *(
                    () if "--anyway" in words else ("--anyway",)))
            meant = openness()
            if state.first:
                enablehost.write(CONFIG, state.first +
                                 enablehost.read(CONFIG))
            if state.shell:
                shell(state.shell)
            yield meant


def come_back(folder):
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.exists("/run/kept" + folder):
        subprocess.run(["cp", "-a", "/run/kept" + folder, folder], check=True)


def to_nothing(order):
    """Round by round until doctor finds nothing."""
    told = []
    for _ in range(ROUNDS):
        found = problems()
        if not found:
            return
        order.shuffle(found)
        told += ["-- round"] + [one["text"] for one in found]
        round_of = Applied(found)
        for problem in found:
            round_of.apply(problem)
        told += round_of.refused
    raise AssertionError("\n".join(told))


@pytest.mark.usefixtures("admins")
@pytest.mark.parametrize("name", STATES if ORDERS else FEW)
def test_to_no_problem(enabling, quick, sim, name):
    for number in range(ORDERS or 1):
        with made(enabling, STATES[name]) as meant:
            before = openness()
            could = who_gets_in(before)
            if "sshd" not in [one[0] for one in STATES[name].enabled]:
                could.discard("carol")  # who has no number: enable says so
            before = {user: before[user] | meant[user] for user in USERS}
            to_nothing(random.Random("%s-%d" % (
                name, SEED + number)))
            after = openness()
            assert not more_open(before, after), (before, after)
            assert "no-root" != name or not after["root"]
            assert could <= who_gets_in(after), (before, after)
            if number == 0:
                ask_pam(quick, sim)


@pytest.mark.usefixtures("admins")
def test_no_command_for_a_match(enabling):
    """enable changes no Match, and so it is no remedy for one."""
    with made(enabling, State(enabled=five("both"))):
        enablehost.write(CONFIG, PLAIN + "Match User alice\n"
                         "\tPubkeyAuthentication no\n\tAuthenticationMethods "
                         "publickey,keyboard-interactive\n")
        text, = [one["text"] for one in problems()
                 if one["text"].startswith("alice cannot log in by ssh: sshd")]
        assert "twofactl enable" not in text, text


def ask_pam(quick, sim):
    """libpam itself: a password alone does not let in, and the code does."""
    for code in ("000000", None):
        t = quick.login("bob", "sudo")
        t.prompt()
        t.answer(code or sim.code("bob"))
        status = t.interrupted() if code else t.ended()
        assert (status == 0) == (code is None), t.text
