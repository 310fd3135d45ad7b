# SPDX-License-Identifier: BSD-2-Clause
"""Whom the help desk may not help, beside what sudo itself says of random rules.
TWOFA_SUDOERS_FILES is how many files of them."""

import os
import random
import re
import subprocess

import test_helpdesk
from test_helpdesk import RULES, as_root, people, write

TRANSPORTS = ("spawn",)

_desk = test_helpdesk._desk
FILES = int(os.environ.get("TWOFA_SUDOERS_FILES", "20"))
USERS = ["u%d" % n for n in range(8)]
FIRST = 7100  # uid and gid
WHO = (["%s" % user for user in USERS] + ["#%d" % (FIRST + 2), "%ga", "%gb",
       "%%#%d" % (FIRST + 11), "!u3", "BOSS", "OTHERS", "\\u\\4", "u\\x35",
       '"u6"', '"%ga"', "U7", "%GB", "+nobody", "nosuch", "UNKNOWN"])
AS = ["", "", "(root)", "(ALL)", "(ALL:ALL)", "(#0)", "(%root)", "(OP)", "()",
      "(root:adm)", "(:adm)", "(u1)", "(ALL, !root)", "(u1, root)", "(NOOP)"]
TAGS = ["", "", "", "NOPASSWD: ", "SETENV: ", "NOEXEC: ", "NOPASSWD:NOEXEC: "]
HARMLESS = ["list", "/usr/bin/apt update", "/usr/bin/apt-get update",
            '/usr/sbin/reboot ""']
WHAT = HARMLESS * 3 + [
    "ALL", "/bin/su", "/bin/bash", "/usr/bin/*", "/usr/bin/", "^.*$", "SH", "OK",
    "!/bin/sh", "!ALL", "sudoedit /etc/motd", "/usr/bin/apt", "UNKNOWN",
    "/bin/cat /var/log/*", "/usr/bin/apt update \\, x", "/usr/bin/apt upd\\ate"]
ALIASES = """\
User_Alias BOSS = u0, %gb : OTHERS = ALL, !u0, !u1, !u2, !u5, !BOSS
Runas_Alias OP = root, u1 : NOOP = u2
Cmnd_Alias SH = /bin/sh, /bin/dash
Cmnd_Alias OK = /usr/bin/apt update, list
"""


def rules(dice):
    """Some lines, as an admin may write them."""
    some = lambda words, most: dice.sample(words, dice.randint(1, most))  # noqa
    lines = [ALIASES]
    for _ in range(dice.randint(1, 4)):
        commands = []
        for _ in range(dice.randint(1, 2)):
            commands.append(dice.choice(AS) + " " + dice.choice(TAGS) + ", ".join(
                some(WHAT, 3)))
        lines.append("%s ALL = %s\n" % (", ".join(some(WHO, 3)),
                                        ", ".join(commands)))
    return lines[0] + "".join(line if dice.random() < 0.9 else line.replace(
        " = ", " = \\\n    ", 1) for line in lines[1:])


def sudo_says(user):
    """None: not allowed; else whether a command may make the user root."""
    text = subprocess.run(["/usr/bin/sudo", "-ll", "-U", user], check=True,
                          capture_output=True, text=True).stdout
    if "is not allowed to run sudo" in text:
        return None
    root = False
    for entry in text.split("Sudoers entry:")[1:]:
        run_as = re.search("RunAsUsers: (.*)", entry)
        commands = [line.strip() for line in entry.split("Commands:\n")[1]
                    .split("\n\n")[0].splitlines()]
        options = re.search("Options: (.*)", entry)
        able = [one for one in commands if one and one[0] != "!" and (
            one not in HARMLESS or options and re.search(
                r"(?<!!)\bsetenv\b", options[1]))]
        as_root = not run_as or re.search(
            r"(?<!!)\b(ALL|root)\b|#0|%root", run_as[1])
        root = root or bool(able and as_root)
    return root


def test_random_rules(settings):
    """Who sudo says may become root is never listed; who may run nothing is,
    but for names that a rule takes out of all."""
    with open("/etc/passwd", "a", encoding="utf-8") as out:
        for n, user in enumerate(USERS):
            out.write("%s:x:%d:100::/:/bin/sh\n" % (user, FIRST + n))
    with open("/etc/group", "a", encoding="utf-8") as out:
        out.write("everybody:x:%d:%s\nga:x:%d:u4,u5\ngb:x:%d:u6\n" % (
            FIRST + 10, ",".join(USERS), FIRST + 11, FIRST + 12))
    settings.set(helpdesk_for=["everybody"])
    seed = int(os.environ.get("TWOFA_SUDOERS_SEED", "1"))
    seen = {None: 0, False: 0, True: 0}
    for n in range(FILES):
        text = rules(random.Random(seed * 100000 + n))
        write(RULES + "/random", text)
        checked = subprocess.run(["/usr/sbin/visudo", "-cf", RULES + "/random"],
                                 capture_output=True, text=True, check=False)
        if checked.returncode != 0:  # sudo skips the line
            assert as_root("who").returncode == 1, text
            continue
        listed = people("who", "--json")
        for user in USERS:
            root = sudo_says(user)
            seen[root] += 1
            if root:
                assert user not in listed, (n, user, text)
            elif root is None and not re.search("OTHERS|!" + user,
                                                text[len(ALIASES):]):
                assert user in listed, (n, user, text)
    assert all(count >= FILES // 2 for count in seen.values()), seen
    print(seen)
