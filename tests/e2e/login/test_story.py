# SPDX-License-Identifier: BSD-2-Clause
"""A whole roll-out, as docs/guide/roll-out.md tells it: 300 people are
imported, those who are left out still get in, the report names them, the door
closes; then a lost phone, a lock, and a day on which the provider is down."""

import json
import os
import re
import shutil

import pytest

from ctl import call, done, record, typed
from phones import NUMBERS
from steps import wrong

TRANSPORTS = ("spawn", "socket")

FILE = "/run/staff.csv"
KEPT = ("/etc/passwd", "/etc/group")


@pytest.fixture(name="staff")
def _staff(settings):
    """300 accounts in group staff; nobody is enrolled yet."""
    for path in KEPT:
        shutil.copy2(path, path + ".kept")
    others = ["staff%03d" % n for n in range(297)]
    with open("/etc/passwd", "a", encoding="utf-8") as out:
        out.writelines("%s:x:%d:100::/nonexistent:/bin/false\n" % (
            name, 20000 + n) for n, name in enumerate(others))
    names = ["alice", "bob", "carol", *others]
    with open("/etc/group", "a", encoding="utf-8") as out:
        out.write("people:x:4711:%s\n" % ",".join(names))
    for name in ("alice", "bob"):
        settings.forget(name)
    yield names
    for path in KEPT:
        os.rename(path + ".kept", path)
    os.unlink(FILE)


def table(names):
    with open(FILE, "w", encoding="utf-8") as out:
        out.write("Phone;User\r\n")
        for n, name in enumerate(names):
            number = NUMBERS.get(name, "+447701%06d" % n)
            out.write('"0%s";%s\r\n' % (number[3:], name))


def rolled_out(settings, names):
    """Everybody but carol, whose line is missing in the table."""
    table([name for name in names if name != "carol"])
    settings.set(unenrolled="allow")
    assert "299 new" in done("import", FILE, "--country", "44", "--dry-run")
    assert not os.listdir(settings.users_dir)
    assert done("import", FILE, "--country", "44") == (
        "299 users: 299 new, 0 changed, 0 unchanged.\n")
    assert len(os.listdir(settings.users_dir)) == 299


def test_the_story(terminals, settings, staff, quick, sim, admin, syslog):
    rolled_out(settings, staff)

    # in between: who is enrolled is asked, carol is let in, and in the log
    quick.right(quick.login("alice"))
    login = quick.login("carol")
    assert login.ended() == 0, login.text
    assert syslog.login_line(user="carol")["reason"] == "unenrolled"
    syslog.wait_for("run twofactl enroll carol")

    # the report names her; then it is empty, and the door closes
    left = call("list", "--missing", "people", "--json")
    assert left.returncode == 1
    assert json.loads(left.stdout) == {
        "missing": ["carol"], "disabled": [], "broken": [], "no_account": [],
        "members": 300}
    asked = typed(terminals, "enroll", "carol", "07700 900300", "--country",
                  "44")
    asked.prompt("Verification code sent")
    asked.answer(sim.code("carol"))
    assert asked.ended() == 0, asked.text
    assert call("list", "--missing", "people").returncode == 0
    settings.set(unenrolled="deny", unenrolled_text="Ask the helpdesk.")
    quick.right(quick.login("carol"), "carol")
    settings.forget("staff000")
    assert call("list", "--missing", "people").stdout == "staff000\n"

    a_lost_phone(settings, admin, quick, sim)
    a_lock(settings, admin, quick, sim, syslog)
    an_outage(settings, quick, sim, admin, syslog)


def a_lost_phone(settings, admin, quick, sim):
    """A new number, new recovery codes; the old sheet is void."""
    old = admin.codes("bob", 1)[0]
    done("enroll", "bob", "+447700900400", "--replace", "--no-verify")
    assert record(settings, "bob") == 'phone = "+447700900400";\n'
    new = admin.codes("bob", 2)
    quick.right(quick.login("bob"), "bob", to="+447700900400")
    login = quick.login("bob")
    login.prompt("Verification code sent")
    login.answer(old)
    login.prompt("recovery code is not valid")
    login.answer(new[0])
    assert login.ended() == 0, login.text
    assert admin.left("bob") == 1


def a_lock(settings, admin, quick, sim, syslog):
    """Somebody who has alice's password guesses."""
    settings.set(limits={"resend_wait": [1, 2], "lock_after": 3})
    login = quick.login("alice")
    login.prompt("Verification code sent")
    code = wrong(sim.code("alice"))
    for words in ("2 tries left", "1 try left"):
        login.answer(code)
        login.prompt(words)
    login.answer(code)
    assert login.ended() != 0
    assert re.search(r"^alice +all +3 +", admin.do("status", "alice"), re.M)
    syslog.clear()
    login = quick.login("alice")
    login.prompt("")
    login.answer("")
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "locked"
    assert done("unlock", "alice") == "alice is unlocked.\n"
    quick.right(quick.login("alice"))


def an_outage(settings, quick, sim, admin, syslog):
    """By the written policy, and by nothing else."""
    codes = admin.codes("carol", 1)
    settings.provider(base_url="https://localhost:1")
    syslog.clear()
    login = quick.login("alice")
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "transient"
    login = quick.login("carol")
    login.prompt("Recovery code")
    login.answer(codes[0])
    assert login.ended() == 0, login.text
    settings.set(on_outage="allow")
    syslog.clear()
    login = quick.login("alice")
    assert login.ended() == 0, login.text
    assert syslog.login_line(user="alice")["reason"] == "outage"
