# SPDX-License-Identifier: BSD-2-Clause
"""sshd on trial, as the tests of machines begin it and see it end."""

ROLL_BACK = "twofa-rollback.service"
# root has no password there, and could not log in before, either
ENABLE = ("enable", "sshd", "--user", "bob", "--no-input", "--anyway")
ALERT = ("twofactl <3> event=trial-ended user=- enable sshd: "
         "rolled back (%s): logins by it are without "
         "a second factor, as before")


def rolled_back(machine, reason):
    """The journal of this boot says so, as an error."""
    lines = machine.journal()
    assert ALERT % reason in lines, lines


def changed(before, after):
    """Which files of /etc are not as they were."""
    return sorted(name for name in before.keys() | after.keys()
                  if before.get(name) != after.get(name))
