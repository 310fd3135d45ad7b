# SPDX-License-Identifier: BSD-2-Clause
"""The folder of the state as it must not be: denied, nothing is sent, and the
log tells what mends it."""

import os
import pwd
import shutil
import stat
import subprocess

import pytest

import conf
from listener import SHARED

TRANSPORTS = ("spawn", "socket")

KEY = conf.STATE + "/host.key"


@pytest.fixture(autouse=True)
def _none_yet(settings):
    settings.no_state()


def denied(quick, syslog, words):
    assert quick.denied(quick.login())["reason"] == "state"
    syslog.wait_for("state.db.*" + words)


def test_made_at_the_first_login(quick, settings):
    quick.right(quick.login())
    found = os.stat(settings.state)
    assert found.st_uid == 990 and stat.S_IMODE(found.st_mode) == 0o600
    folder = os.stat(conf.STATE)
    assert stat.S_IMODE(folder.st_mode) == 0o700


def test_every_file_is_shut(quick):
    quick.decoy(quick.login("carol"), "carol")
    quick.right(quick.login())
    for name in os.listdir(conf.STATE):
        found = os.stat(os.path.join(conf.STATE, name))
        assert found.st_uid == 990, name
        assert stat.S_IMODE(found.st_mode) == 0o600, name


def test_room_is_taken_in_advance(quick, settings):
    quick.right(quick.login())
    assert os.stat(settings.state).st_size >= 1 << 20


def test_folder_missing(quick, settings, syslog):
    os.rmdir(conf.STATE)
    denied(quick, syslog, "make it with mode 0700")


def test_folder_of_another_owner(quick, settings, syslog):
    os.chown(conf.STATE, 0, 0)
    denied(quick, syslog, "")


@pytest.mark.parametrize("uid", [1, 1001])
def test_folder_of_a_stranger(quick, settings, syslog, uid):
    os.chown(conf.STATE, uid, 990)
    os.chmod(conf.STATE, 0o777)
    denied(quick, syslog, "folder belongs to user %s: chown it to user "
           "twofa" % pwd.getpwuid(uid).pw_name)


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o750])
def test_folder_open_to_others(quick, settings, syslog, mode):
    os.chmod(conf.STATE, mode)
    denied(quick, syslog, "mode 0%o: chmod 0700" % mode)


def test_folder_not_writable(quick, settings, syslog):
    os.chmod(conf.STATE, 0o500)
    denied(quick, syslog, "mode 0500: chmod 0700")


def test_folder_is_a_file(quick, settings, syslog):
    os.rmdir(conf.STATE)
    with open(conf.STATE, "w", encoding="ascii"):
        pass
    try:
        denied(quick, syslog, "")
    finally:
        os.unlink(conf.STATE)


def place(settings, data, uid=990, mode=0o600):
    with open(settings.state, "wb") as out:
        out.write(data)
    os.chown(settings.state, uid, 990)
    os.chmod(settings.state, mode)


def test_database_is_rubbish(quick, settings, syslog):
    place(settings, b"this is no database\n" * 1000)
    denied(quick, syslog, "damaged: move it and its -wal away")


def test_database_is_cut_short(quick, settings, syslog):
    quick.right(quick.login())
    quick.right(quick.login("bob"), "bob")
    os.truncate(settings.state, 5000)
    login = quick.login()
    assert login.ended() != 0
    assert quick.line("alice", reason="state")["outcome"] == "denied"
    syslog.wait_for("state.db.*(malformed|corrupt|not a database|move it)")


def test_database_is_overwritten_inside(quick, settings, sim):
    quick.right(quick.login())
    before = len(sim.requests("start"))
    os.unlink(settings.state + "-wal")  # it has these pages, too
    with open(settings.state, "r+b") as data:
        data.seek(4096)
        data.write(b"\xa5" * 20000)
    login = quick.login()
    assert login.ended() != 0
    quick.line("alice", outcome="denied", reason="state")
    assert len(sim.requests("start")) == before


def test_database_is_a_directory(quick, settings, syslog):
    os.mkdir(settings.state)
    os.chown(settings.state, 990, 990)
    denied(quick, syslog, "not a regular file")


def test_database_is_a_symlink(quick, settings, syslog):
    os.symlink("/etc/passwd", settings.state)
    denied(quick, syslog, "symbolic link")


def test_database_is_a_fifo(quick, settings, syslog):
    os.mkfifo(settings.state, 0o600)
    os.chown(settings.state, 990, 990)
    denied(quick, syslog, "not a regular file")


def test_database_of_another_owner(quick, settings, syslog):
    place(settings, b"", uid=0, mode=0o666)
    denied(quick, syslog, "belongs to user root: chown it")


def test_database_open_to_others(quick, settings, syslog):
    place(settings, b"", mode=0o644)
    denied(quick, syslog, "mode 0644: chmod 0600")


def test_empty_database_is_a_new_one(quick, settings):
    place(settings, b"")
    quick.right(quick.login())


def test_state_elsewhere(quick, settings):
    folder = "/var/lib/elsewhere"
    os.mkdir(folder)
    try:
        os.chown(folder, 990, 990)
        os.chmod(folder, 0o700)
        settings.set(state=folder + "/codes.db")
        quick.right(quick.login())
        assert os.path.exists(folder + "/codes.db")
        assert not os.path.exists(settings.state)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["link", "mount", "odd"])
def moved(request, settings):
    """The state's folder is elsewhere, by any of the ways that admins have."""
    real = "/var/lib/two factors/of this host"
    before = conf.STATE + ".before"
    os.makedirs(real)
    os.chown(real, 990, 990)
    os.chmod(real, 0o700)
    os.rename(conf.STATE, before)
    if request.param == "link":
        os.symlink(real, conf.STATE)
    elif request.param == "mount":
        os.mkdir(conf.STATE)
        subprocess.run(["mount", "--bind", real, conf.STATE], check=True)
    else:
        settings.set(state=real + "/codes.db", state_dir=real)
    yield real
    if request.param == "link":
        os.unlink(conf.STATE)
    elif request.param == "mount":
        SHARED.let_go()
        subprocess.run(["umount", conf.STATE], check=True)
        os.rmdir(conf.STATE)
    os.rename(before, conf.STATE)
    shutil.rmtree("/var/lib/two factors")


def test_folder_that_moved(moved, quick, admin, app):
    """Messages, decoys, codes and what twofactl asks for write there."""
    quick.right(quick.login("bob"), "bob")
    quick.decoy(quick.login("carol"), "carol", asked=2)
    login = quick.login()
    login.prompt("t app")
    login.answer("t")
    login.prompt("of your app")
    login.answer(app.code())
    assert login.ended() == 0
    admin.codes("bob", 2)
    admin.do("check")
    found = {name.partition(".db")[0] for name in os.listdir(moved)}
    assert found - {"state", "codes", "broker", "credential-names"} == {
        "host.key", "latency", "shape"}


APART = "/var/lib/apart"


@pytest.fixture(name="apart")
def _apart(settings):
    """A state_dir that is not the folder of the state."""
    os.mkdir(APART)
    os.chown(APART, 990, 990)
    os.chmod(APART, 0o700)
    settings.set(state_dir=APART)
    yield APART
    if os.path.islink(APART):
        os.unlink(APART)
    shutil.rmtree(APART, ignore_errors=True)


def test_state_dir_elsewhere(apart, quick, admin):
    quick.decoy(quick.login("carol"), "carol")
    quick.right(quick.login())
    admin.do("check")
    assert set(os.listdir(apart)) - {"broker", "credential-names"} == {
        "host.key", "latency", "shape"}
    for name in os.listdir(apart):
        found = os.stat(os.path.join(apart, name))
        assert found.st_uid == 990, name
        assert stat.S_IMODE(found.st_mode) == 0o600, name
    beside = os.listdir(conf.STATE)
    assert "state.db" in beside
    assert {name[:8] for name in beside} - {"broker", "credenti"} == {
        "state.db"}


def test_state_dir_left_out(quick, settings, admin):
    """They stay where they were before there was such a key."""
    settings.set(state=conf.STATE + "/codes.db")
    quick.decoy(quick.login("carol"), "carol")
    quick.right(quick.login())
    admin.do("check")
    assert {"host.key", "latency", "shape"} < set(os.listdir(conf.STATE))


@pytest.mark.parametrize("break_it,words", [
    (lambda: shutil.rmtree(APART), ": No such file.*: make it with mode 0700"),
    (lambda: shutil.chown(APART, "alice"), " belongs to user alice: chown it"),
    (lambda: os.chmod(APART, 0o755), " has mode 0755: chmod 0700"),
    (lambda: (shutil.rmtree(APART), os.symlink("/etc/hostname", APART)),
     " is no folder: move it away"),
], ids=["missing", "owner", "mode", "file"])
def test_state_dir_that_is_unfit(apart, quick, admin, syslog, sim, break_it,
                                 words):
    before = len(sim.requests("start"))
    break_it()
    assert quick.denied(quick.login())["reason"] == "state"
    syslog.wait_for("state_dir " + apart + words)
    assert len(sim.requests("start")) == before
    status, out = admin.run("status")
    assert status != 0 and "state_dir " + apart in out, out


def test_host_key_elsewhere_that_is_unfit(apart, quick, syslog):
    quick.decoy(quick.login("carol"), "carol")
    syslog.clear()
    os.chmod(apart + "/host.key", 0o644)
    assert quick.denied(quick.login("carol"), "carol")["reason"] == "state"
    syslog.wait_for(apart + "/host.key cannot be read or made")


def test_broken_state_is_no_outage(quick, settings):
    settings.set(on_outage="allow", unenrolled="allow")
    os.mkdir(settings.state)
    assert quick.denied(quick.login())["reason"] == "state"


def test_host_key_is_made_once(quick):
    quick.decoy(quick.login("carol"), "carol")
    with open(KEY, "rb") as key:
        first = key.read()
    assert len(first) == 32 and len(set(first)) > 8
    quick.decoy(quick.login("carol"), "carol")
    with open(KEY, "rb") as key:
        assert key.read() == first


def test_host_key_decides_what_a_decoy_shows(quick):
    login = quick.login("carol")
    first = login.prompt("Verification code sent")
    seen = {first}
    for _ in range(3):
        login.hang_up()
        os.unlink(KEY)
        login = quick.login("carol")
        seen.add(login.prompt("Verification code sent"))
    login.hang_up()
    assert len(seen) > 1


@pytest.mark.parametrize("break_it", [
    lambda: os.chmod(KEY, 0o644),
    lambda: os.chown(KEY, 0, 0),
    lambda: os.truncate(KEY, 31),
    lambda: (os.unlink(KEY), os.mkdir(KEY)),
    lambda: (os.unlink(KEY), os.symlink("/etc/hostname", KEY)),
], ids=["mode", "owner", "short", "directory", "symlink"])
def test_host_key_that_is_unfit(quick, syslog, app, break_it):
    """Without it numbers cannot be told apart: a message goes out to nobody who
    is enrolled, and no decoy plays one. An app's code needs no number."""
    quick.decoy(quick.login("carol"), "carol")
    syslog.clear()
    break_it()
    line = quick.denied(quick.login("carol"), "carol")
    assert line["reason"] == "state"
    syslog.wait_for(r"/var/lib/twofa/host\.key cannot be .*"
                    "remove it: a new one is made")
    line = quick.denied(quick.login("bob"), "bob")
    assert line["reason"] == "state"
    syslog.wait_for(r"host\.key cannot be read or made .*, or remove it$")
    login = quick.login()
    login.prompt("of your app")
    login.answer(app.code())
    assert login.ended() == 0


@pytest.mark.parametrize("content", [b"", b"\xff" * 500, b"99\n99999\n" * 60],
                         ids=["empty", "bytes", "numbers"])
def test_latency_is_advice(quick, content):
    path = conf.STATE + "/latency"
    with open(path, "wb") as out:
        out.write(content)
    os.chown(path, 990, 990)
    os.chmod(path, 0o600)
    quick.decoy(quick.login("carol"), "carol")
    quick.right(quick.login())
