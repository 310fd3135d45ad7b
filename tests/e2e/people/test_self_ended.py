# SPDX-License-Identifier: BSD-2-Clause
"""What an administrator does ends what somebody has begun, or set up, by twofactl
self; and what its messages cost."""

import os
import subprocess

import pytest

import stage
import test_self
import test_warm_user
from app import App, SECRET
from test_self import (ALICE, DAY, NEW, NUMBER, OTHER, asked,
                       asked_for_invitation, by_app, changed, codes_in,
                       goes_to, invited, proven, proven_for_codes, rows,
                       set_up)

TRANSPORTS = ("socket",)

# before a file of a record is removed
STOPS = """
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int unlinkat(int folder, const char *name, int flags) {
  if (strcmp(name, "alice.conf") == 0) {
    close(open(getenv("STOPS"), O_WRONLY));
    close(open(getenv("GOES"), O_RDONLY));
  }
  return (int)syscall(SYS_unlinkat, folder, name, flags);
}
"""

warm = test_warm_user.warm
_forgotten = test_self._forgotten
myself = test_self.myself
texts = test_self.texts


def app_by_phone(myself, sim, clock):
    me = asked(myself("--app"))
    me.prompt("Verification code sent")
    me.answer(sim.code("alice"))
    return set_up(me, clock)


def opens_nothing(quick, app, number):
    """The app's code is a wrong one."""
    login = quick.login("alice")
    login.prompt("sent to .*" + number[-4:])
    assert "t app" not in login.text
    login.answer(app.code())
    login.prompt("was wrong")


@pytest.mark.parametrize("waits", [True, False])
def test_an_app_ends_with_a_new_phone(myself, sim, quick, clock, admin, waits):
    """The phone was stolen: whoever has it set up an app."""
    app = app_by_phone(myself, sim, clock)
    if not waits:
        clock.advance(DAY + 60)
    admin.do("enroll", "alice", OTHER, "--replace", "--no-verify")
    assert not rows()
    clock.advance(DAY + 900)
    opens_nothing(quick, app, OTHER)


def test_an_app_is_not_said_to_be_gone(myself, sim, quick, clock, admin):
    """It is in no file, so it would still open logins."""
    app = set_up(asked(myself("--app"), invited(admin, quick)), clock)
    status, text = admin.run("remove", "alice", "--device", "2", "--yes")
    assert status == 1 and "an app by twofactl self" in text, text
    admin.do("remove", "alice", "--yes")
    admin.do("enroll", "alice", ALICE, "--no-verify")
    assert not rows()
    opens_nothing(quick, app, ALICE)


def test_a_record_that_was_written_again(myself, sim, quick, admin):
    """As before, while the change was at its last prompt."""
    me = proven(myself("--phone"), sim)
    me.answer(NEW)
    me.prompt("Verification code sent to .*" + NEW[-4:])
    admin.do("remove", "alice", "--yes")
    admin.do("enroll", "alice", ALICE, "--no-verify")
    me.answer(sim.code(NEW))
    me.prompt("changed meanwhile")
    me.answer("")
    assert me.ended() == 1 and not rows()
    goes_to(quick, sim, ALICE)


def test_a_change_while_it_is_removed(myself, sim, quick, admin, tmp_path):
    """Between the state's row, which goes first, and the file: it would keep the
    user out, and count again with the next record of that phone."""
    shim, stops, goes = (tmp_path / name for name in ("stops.so", "stops", "goes"))
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", shim, "-xc", "-"], text=True,
                   input=STOPS, check=True)
    os.mkfifo(stops)
    os.mkfifo(goes)
    me = proven(myself("--phone"), sim)
    me.answer(NEW)
    me.prompt("Verification code sent to .*" + NEW[-4:])
    with subprocess.Popen(
            [stage.STAGE + "/twofactl", "--helper", admin.helper, "remove",
             "alice", "--yes"],
            env={**os.environ, "LD_PRELOAD": str(shim), "STOPS": str(stops),
                 "GOES": str(goes)}) as remove:
        stops.read_text(encoding="ascii")
        me.answer(sim.code(NEW))
        assert me.ended() == 0 and rows(), me.text
        goes.write_text("", encoding="ascii")
    assert remove.returncode == 0 and not rows()
    admin.do("enroll", "alice", ALICE, "--no-verify")
    goes_to(quick, sim, ALICE)


def test_a_record_that_takes_texts_alone(myself, settings, sim, quick, clock):
    """A number that a call proves would get no code at a login."""
    settings.user("alice", phone=ALICE, channels=["sms"])
    me = proven(myself("--phone"), sim)
    me.answer(NEW)
    me.prompt("Verification code sent to .*" + NEW[-4:])
    assert "v call" not in me.text.rsplit("sent to", 1)[1]
    me.answer(sim.code(NEW))
    assert me.ended() == 0
    clock.advance(DAY + 60)
    goes_to(quick, sim, NEW)


def test_right_codes_count_as_messages(myself, sim):
    """Else each of any number of numbers gets one."""
    for n in range(3):  # sends_per_other_hour
        changed(proven(myself("--phone"), sim), sim, "+44770090111%d" % n)
    asked(myself("--phone")).prompt("Wait 60 min")


def test_three_phones(myself, texts, settings, sim):
    """The notices leave a message for the code."""
    settings.raw_user("alice", "phones = ( %s );" % ", ".join(
        '{ number = "%s"; }' % number
        for number in (ALICE, OTHER, "+447700901109")))
    me = asked(myself("--phone", "--instead", "3"))
    me.prompt("Verification code sent to .*0100")
    me.answer(sim.code(ALICE))
    me.prompt(NUMBER)
    me.answer(NEW)
    me.prompt("Verification code sent to .*1100")
    for _ in range(4):
        sim.advance(11)
    me.answer(sim.code(NEW))
    assert me.ended() == 0, me.text


def test_codes_end_remembered_logins(myself, settings, sim, terminals):
    settings.set(rules=[{"services": ["sudo"], "remember_minutes": 600},
                        {"action": "require"}])
    shell = terminals.run("/bin/bash", "--norc", "--noediting", "-c",
                          "while read -r line; do eval \"$line\"; done",
                          user="alice")
    shell.setecho(False)

    def sudo():
        shell.answer("sudo -k; sudo id -un; echo ended $?")
        shell.password()
        if shell.expect([r"Verification code sent", r"ended (\d+)"]) == 1:
            return False
        shell.expect(": ")
        shell.answer(sim.code("alice"))
        shell.expect(r"ended 0")
        return True
    assert sudo() and not sudo()
    codes_in(proven_for_codes(myself("--codes"), sim))
    assert sudo()


@pytest.mark.parametrize("act", ["remove", "import", "by hand"])
def test_an_app_ends_with_a_phone(myself, settings, sim, quick, clock, admin,
                                  act, tmp_path):
    """One of several was stolen, or all numbers are imported anew."""
    if act != "import":
        settings.raw_user("alice", 'phones = ( { number = "%s"; }, '
                                   '{ number = "%s"; } );' % (ALICE, OTHER))
    app = app_by_phone(myself, sim, clock)
    if act == "remove":
        admin.do("remove", "alice", "--device", "1", "--yes")
    elif act == "import":
        table = tmp_path / "staff.csv"
        table.write_text("user,phone\nalice,%s\n" % OTHER)
        admin.do("import", str(table), "--replace")
    else:
        settings.user("alice", phone=OTHER)
    assert act == "by hand" or not rows()
    clock.advance(DAY + 900)
    opens_nothing(quick, app, OTHER)
    assert not rows()


@pytest.mark.parametrize("phone", [False, True])
def test_an_app_that_was_replaced_stays_so(myself, settings, sim, quick, clock,
                                           admin, phone):
    """It was on the phone that was lost, which an administrator replaces."""
    settings.secret("alice.totp", SECRET)
    settings.user("alice", totp_secret_file=settings.secrets + "/alice.totp")
    lost = App(clock)
    if phone:
        changed(proven(myself("--phone"), sim), sim)
    code = invited(admin, quick)
    me = asked_for_invitation(myself("--app"))
    me.answer(code)
    app = set_up(me, clock)
    admin.do("enroll", "alice", OTHER, "--replace", "--no-verify")
    clock.advance(900)
    login = quick.login("alice")
    login.prompt("sent to .*" + OTHER[-4:])
    login.answer("t")
    login.prompt("of your app")
    login.answer(lost.code())
    login.prompt("was wrong")
    by_app(quick, app, 0)
