# SPDX-License-Identifier: BSD-2-Clause
"""A host's own backup, by the commands of docs/guide/data-and-keys.md."""

import os
import re
import subprocess

import pytest

import stage
from ctl import done

TRANSPORTS = ("spawn", "socket")
PAGE = stage.ROOT + "/docs/guide/data-and-keys.md"
NEW = "+447700900101"


def commands():
    """The blocks of the section: to back up, and to restore."""
    with open(PAGE, encoding="utf-8") as text:
        section = text.read().split("## Back up and restore\n")[1].split(
            "\n## ")[0]
    blocks = re.findall(r"(?:^    .*\n)+", section, re.M)
    assert len(blocks) == 2, section
    return [block.replace("twofactl check", "true") for block in blocks]


def shell(text):
    subprocess.run(["sh", "-ec", text], check=True)


@pytest.fixture(name="folders")
def folders_fixture(_ready):
    """What the commands leave."""
    yield
    for path in ("/etc/twofa.before", "/var/lib/twofa.before",
                 "/root/twofa.tgz"):
        subprocess.run(["rm", "-rf", path], check=True)


def goes_in(quick, code):
    login = quick.login("alice")
    login.prompt("sent")
    login.answer(code)
    assert login.ended() == 0, login.text


@pytest.mark.usefixtures("folders")
def test_back_up_and_restore(admin, quick):
    """Users, numbers and recovery codes are as they were, so a used code is good
    again; nothing of afterwards is left."""
    backup, restore = commands()
    code = admin.codes(count=3)[0]
    shell(backup)
    assert os.stat("/root/twofa.tgz").st_mode & 0o077 == 0
    goes_in(quick, code)
    assert admin.left() == 2
    done("enroll", "alice", NEW, "--replace", "--no-verify")
    done("enroll", "carol", "+447700900300", "--no-verify")
    shell(restore)
    assert admin.left() == 3
    assert NEW not in done("show", "alice", "--full")
    assert "carol" not in done("list")
    assert "nothing is wrong" in done("check")
    goes_in(quick, code)
