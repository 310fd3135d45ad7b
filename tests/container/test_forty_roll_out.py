# SPDX-License-Identifier: BSD-2-Clause
"""A newcomer's host of forty people, from nothing to a code for everybody: an app
and no provider, then twofactl rollout from stage to stage."""

import base64
import hashlib
import hmac
import os
import re
import struct
import time

import pytest

import machine
from forty import (PEOPLE, TWOFACTL, call, remove_accounts, write_accounts)
from terminal import Terminals
from test_monday import day

ADMIN, LATE, *OTHERS = PEOPLE
CONF = "/etc/twofa/twofa.conf"
WAIT = 60


class App:
    """Each of its codes works once, so it shows that of a later step."""

    def __init__(self, secret):
        self.key = base64.b32decode(secret + "=" * (-len(secret) % 8))
        self.used = 0

    def code(self):
        self.used = max(int(time.time()) // 30, self.used + 1)
        mac = hmac.new(self.key, struct.pack(">Q", self.used), hashlib.sha1)
        at = mac.digest()[-1] & 15
        number = struct.unpack(">I", mac.digest()[at:at + 4])[0]
        return "%06d" % ((number & 0x7fffffff) % 1000000)


def twofactl(*words, expected=0):
    return machine.run(TWOFACTL, *words, expected=expected)


@pytest.fixture(name="people")
def people_fixture(installed, units):  # pylint: disable=unused-argument
    kept = machine.read(CONF)
    if kept is not None:
        os.unlink(CONF)
    # of the tests before: theirs is a phone, and this host has no provider
    machine.run("sh", "-c", "rm -f /etc/twofa/users.d/*")
    write_accounts()
    people = Terminals()
    yield people
    people.close_all()
    remove_accounts()
    machine.write(CONF, kept)


def by_password(people, user, *words):
    one = call(people, user, *words)
    one.expect(r"assword: ?$", timeout=WAIT)
    one.answer("pw-" + user)
    return one


def gets_in(people, user, app=None):
    one = by_password(people, user, "id", "-un")
    if app is not None:
        one.prompt("code of your app", timeout=WAIT)
        one.answer(app.code())
    assert one.ended(WAIT) == 0 and user in one.text.split(), one.text


def import_apps(users, tmp_path):
    table = tmp_path / "apps.csv"
    secrets = {user: "GEZDGNBVGY3TQOJQGEZDGN" + user[1:].translate(
        str.maketrans("0123456789", "ABCDEFGHIJ")) + "AA" for user in users}
    table.write_text("user,totp\n" + "".join(
        "%s,%s\n" % pair for pair in secrets.items()), encoding="ascii")
    twofactl("import", str(table))
    return {user: App(secret) for user, secret in secrets.items()}


def denied_by(text):
    """How many would be on the day, by the last line."""
    return int(re.search(r"(\d+) would be denied on the day", text)[1])


def test_forty_people(people, tmp_path):
    shown = twofactl("init", "--app", "--brand", "ACME", "--user", ADMIN,
                     "--no-verify")
    boss = App(re.search(r"secret=([A-Z2-7]+)", shown)[1])
    twofactl("rollout", "start")
    # nobody would be locked out: no --anyway
    twofactl("enable", "sshd", "--no-trial", "--no-input")
    assert "Stage 1 of 3" in twofactl("rollout")
    gets_in(people, ADMIN, boss)
    gets_in(people, OTHERS[0])
    assert denied_by(twofactl("rollout", "who", expected=1)) >= 39

    apps = import_apps(OTHERS, tmp_path)
    twofactl("rollout", "until", day(5))
    mails = twofactl("rollout", "notify", ",".join(PEOPLE))
    assert mails.count("To: p") == 40
    assert mails.count("You are not ready") == 1
    gets_in(people, OTHERS[0], apps[OTHERS[0]])
    gets_in(people, LATE)

    refused = twofactl("rollout", "enforce", expected=1)
    assert "now would be denied: " in refused and LATE in refused
    apps.update(import_apps([LATE], tmp_path))
    others = [user for user in re.findall(r"^(\S+) .*deny-\S+$", twofactl(
        "rollout", "who", expected=None), re.M) if user not in PEOPLE]
    twofactl("rollout", "enforce", *(["--deny", ",".join(others)]
                                     if others else []))
    assert "Stage 3 of 3" in twofactl("rollout")
    gets_in(people, LATE, apps[LATE])
