# SPDX-License-Identifier: BSD-2-Clause
"""The names of what doctor finds: code and twofactl(8) have the same."""

import glob
import os
import re

ROOT = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))
NAME = r"[a-z]+(?:-[a-z]+)*"
# Behind which calls a name stands; the tables of sshd's findings have them, too.
TOLD = (r"(?:doctor_problem|doctor_note|doctor_check_trusted)\(\s*[^,\"]+,\s*"
        r"(?:[^,\"]+\? )?\"(%s)\"" % NAME,
        r"doctor_finding\([^,\"]+,[^,\"]+,\s*\"(%s)\"" % NAME,
        r"error_finding = \"(%s)\"" % NAME, r"\"((?:pam|sshd)-%s)\"" % NAME)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        return text.read()


def sources(*folders):
    return "".join(read(path) for folder in folders for path in sorted(
        glob.glob(os.path.join(ROOT, folder, "**/*.[ch]"), recursive=True)))


def in_code():
    text = sources("twofactl/doctor")
    return {name for told in TOLD for name in re.findall(told, text)}


def in_manual():
    items = read("docs/man/twofactl.8").split("\nThe names:\n")[1]
    items = items.split("\n.El")[0]
    return {name for line in re.findall(r"^\.It Li (.*)$", items, re.M)
            for name in line.split(" , ")}


def test_both_are_found():
    assert {"settings", "pam-bypass", "files-mode", "user-missing"} <= in_code()
    assert {"lockout", "sshd-usepam", "clock", "user-shell"} <= in_manual()


def test_manual_lists_every_name():
    assert not in_code() - in_manual()


def test_no_name_is_left_in_the_manual():
    text = sources("twofactl", "helper", "lib/provider_types")
    assert not {name for name in in_manual() if '"%s"' % name not in text}
