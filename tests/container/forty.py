# SPDX-License-Identifier: BSD-2-Clause
"""The forty people of an office, and how they call its host."""

import subprocess

import machine

PEOPLE = ["p%02d" % number for number in range(40)]
TWOFACTL = machine.PREFIX + "/sbin/twofactl"


def phone(user):
    """A number of their own; another one with more than one digit at its end
    would mean something to the simulator."""
    return "+4477009%05d" % (int(user[1:]) * 100 + 1000)


def write_accounts():
    for user in PEOPLE:
        machine.run("useradd", "-m", "-s", "/bin/bash", user)
    subprocess.run(["chpasswd"], text=True, check=True, input="".join(
        "%s:pw-%s\n" % (user, user) for user in PEOPLE))
    machine.run("groupadd", "-f", "sudo")
    machine.run("usermod", "-aG", "sudo", PEOPLE[0])


def enrolled(users, folder):
    """By an administrator's list."""
    table = folder / "people.csv"
    table.write_text("user,phone\n" + "".join(
        "%s,%s\n" % (user, phone(user)) for user in users))
    machine.run(TWOFACTL, "import", str(table))


def remove_accounts():
    machine.run(TWOFACTL, "rollback", expected=None)
    machine.run(TWOFACTL, "disable", "--all", expected=None)
    for user in PEOPLE:
        machine.run("userdel", "-r", "-f", user, expected=None)


def call(people, user, *words):
    """An ssh client of theirs; without words it is for a shell."""
    return people.run(
        "/usr/bin/ssh", *(() if words else ("-tt",)),
        "-o", "StrictHostKeyChecking=no", "-o",
        "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
        user + "@127.0.0.1", *words, password_of=user)
