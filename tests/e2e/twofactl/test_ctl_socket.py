# SPDX-License-Identifier: BSD-2-Clause
"""twofactl check and doctor ask the helper that listens as well: its unit may
hide paths which a helper that is started for a login can use."""

import os
import re
import shutil
import signal

import pytest

import conf
from fakelistener import HELLO, FakeListener, frame
from listener import FOLDER, Listener

TRANSPORTS = ()

PATH = FOLDER + "/helper.sock"
USERS = conf.FOLDER + "/users.d"


@pytest.fixture(autouse=True)
def nobody(_ready):
    """No socket, but what a test makes."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    yield
    shutil.rmtree(FOLDER, ignore_errors=True)


def of_doctor(admin):
    """What it says of the socket."""
    return [line for line in admin.run("doctor")[1].splitlines()
            if line.split(": ")[:2].count("helper-socket")]


def listens(*hidden):
    """One whose unit has these mounts."""
    found = Listener(start=False)
    if hidden:
        found.before = ["unshare", "--mount", "sh", "-ec",
                        " && ".join(hidden) + ' && exec "$@"', "sh"]
    found.start()
    return found


def test_no_socket(admin):
    line, = of_doctor(admin)
    assert line.startswith("note: helper-socket: %s is not there" % PATH)
    assert "nothing is wrong" in admin.do("check")


def test_all_is_well(admin):
    found = listens()
    try:
        assert of_doctor(admin) == []
        assert "nothing is wrong" in admin.do("check")
    finally:
        assert found.stop() == 0


@pytest.mark.parametrize("hidden,words,option", [
    (("mount --bind {0} {0}", "mount -o remount,bind,ro {0}", conf.STATE),
     conf.STATE + ": Read-only file system", "ReadWritePaths="),
    (("mount -t tmpfs -o mode=0700 none {0}", conf.FOLDER + "/secrets"),
     None, "BindReadOnlyPaths="),
    (("mount -t tmpfs -o mode=0700 none {0}", USERS),
     USERS + ": Permission denied", "BindReadOnlyPaths=")])
def test_hidden_by_the_unit(admin, hidden, words, option):
    found = listens(*(step.format(hidden[-1]) for step in hidden[:-1]))
    try:
        status, out = admin.run("check")
        assert status == 3
        for text in ("\n".join(of_doctor(admin)), out):
            assert re.search("unit .*hides .*" + option, text), text
            assert "systemctl edit twofa-helper.service" in text
            assert words is None or words in text, text
    finally:
        assert found.stop() == 0


def test_missing_for_both_is_no_matter_of_the_unit(admin):
    shutil.rmtree(USERS)
    found = listens()
    try:
        assert not any("hides" in line for line in of_doctor(admin))
    finally:
        assert found.stop() == 0


def other_version(_listener, link):
    link.send(frame(HELLO, version=2))


def at_once(_listener, _link):
    """Closes it."""


@pytest.mark.parametrize("act,uid,words", [
    (FakeListener.hear, 990, "does not belong to root"),
    (other_version, 0, "is of another version than this twofactl"),
    (at_once, 0, "accepts no more logins"),
    (lambda _, link: link.send(b"x"), 0, "is not a helper")])
def test_no_helper_of_ours(admin, act, uid, words):
    fake = FakeListener(PATH, act, uid=uid)
    try:
        line, = of_doctor(admin)
        assert line.startswith("helper-socket: %s %s" % (PATH, words))
        assert "nothing is wrong" in admin.do("check")
    finally:
        fake.close()


def test_nobody_listens(admin):
    FakeListener(PATH).close()
    line, = of_doctor(admin)
    assert "cannot be reached" in line


def test_stopped(admin):
    found = listens()
    try:
        found.kill(signal.SIGSTOP)
        line, = of_doctor(admin)
        assert "does not answer within 3 s" in line
    finally:
        assert found.stop() == 0


def test_other_settings_go_to_no_socket(admin):
    """The unit may hide those, and logins with conf= start a helper."""
    other = os.path.join(conf.FOLDER, "other.conf")
    shutil.copy(conf.FOLDER + "/twofa.conf", other)
    os.chown(other, 0, 990)
    os.chmod(other, 0o640)
    fake = FakeListener(PATH, at_once)
    try:
        status, out = admin.run("--conf", other, "check")
        assert "accepts no more logins" not in out, (status, out)
    finally:
        fake.close()
        os.unlink(other)
