# SPDX-License-Identifier: BSD-2-Clause
"""The units on a machine that was booted: the sockets start the helper, logins
outlive what is done to it, and nothing is left when it is uninstalled."""

import glob
import os
import re
import shutil
import stat
import threading
import time

import pytest

import machine
import stage
from crowd import AUTH_ERR as DENIED
from crowd import SUCCESS as ALLOWED
from crowd import PAM_DIR, Crowd
from machine import (HELPER, MODULE, ROOT_PATH, ROOT_SOCKET, SERVICE, UNITS,
                     USER_PATH, USER_SOCKET)


def built(name):
    return os.path.join(stage.build_dir(), name)


def waits(crowd, user="alice", **more):
    """A login that stands at its prompt."""
    login = crowd.login(user, **more)
    assert login.prompt() is not None, login.end()
    return login


def gets_in(login, sim, user="alice"):
    login.answer(sim.code(user))
    login.close_input()
    assert login.result() == ALLOWED


def logs_in(crowd, sim, user="alice", **more):
    gets_in(waits(crowd, user, **more), sim, user)


def twofactl(*words):
    return machine.run(machine.PREFIX + "/sbin/twofactl", *words)


# Installed, and turned on.

def test_installed_and_off(units):
    for unit in UNITS:
        assert units.value("LoadState", unit) == "loaded"
        assert units.state(unit) == "inactive"
    assert units.value("UnitFileState", ROOT_SOCKET) == "disabled"
    assert units.value("UnitFileState", USER_SOCKET) == "disabled"
    assert not os.path.exists(machine.FOLDER)


def test_units_verify(units):
    """By the systemd that runs them."""
    assert machine.run("systemd-analyze", "--man=no", "verify",
                       *UNITS) == ""


def test_login_starts_it(warm, crowd, sim, journal, settings):
    assert warm.state() == "inactive"
    login = waits(crowd)
    assert warm.state() == "active"
    copies = warm.copies()
    assert len(copies) == 1
    gets_in(login, sim)
    assert [line["outcome"] for line in journal.logins()] == ["allowed"]
    assert os.path.exists(settings.state)
    first = warm.pid
    logs_in(crowd, sim, "bob")
    assert warm.pid == first


def test_ssh(warm, ssh, sim, journal):
    """By the sshd that systemd runs, whose login starts the helper."""
    login = ssh("alice")
    login.password()
    line = login.prompt()
    assert "Verification code sent" in line and len(warm.copies()) == 1
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and "alice" in login.text
    found, = journal.logins()
    assert (found["service"], found["outcome"]) == ("sshd", "allowed")
    assert found["rhost"] == "127.0.0.1"


def test_ssh_without_a_helper_that_listens(units, ssh, sim, journal):
    """The unit of sshd has no walls against a helper of its own."""
    login = ssh("alice")
    login.password()
    login.code(sim)
    assert login.ended() == 0
    assert journal.logins()[0]["outcome"] == "allowed"
    assert units.state() == "inactive"


def test_the_socket_is_roots(warm, crowd):
    info = os.stat(ROOT_PATH)
    assert (info.st_uid, info.st_gid) == (0, 0)
    assert stat.S_IMODE(info.st_mode) == 0o600
    folder = os.stat(os.path.dirname(ROOT_PATH))
    assert folder.st_uid == 0 and stat.S_IMODE(folder.st_mode) == 0o755
    assert machine.peer_uid(ROOT_PATH) == 0
    machine.until(lambda: warm.state() == "active", "not started")
    assert machine.peer_uid(ROOT_PATH) == 0  # as long as it runs, too


def test_lines_of_the_helper(warm, crowd, sim, journal):
    """Of a copy, from behind the unit's walls."""
    sim.fault("start", "json500", count=0)
    crowd.login().end()
    journal.wait_for("alice@sshd: provider vonage: start: ")
    assert journal.logins()[0]["outcome"] == "denied"


def test_one_state(warm, crowd, sim):
    """A helper that listens and one that was started know each other's
    logins: the second one joins, and its code is the first one's."""
    login = waits(crowd)
    started = Crowd("auth required pam_twofa.so transport=spawn").login()
    assert started.prompt() is not None
    assert len(sim.requests("start")) == 1
    login.kill()
    gets_in(started, sim)


def test_groups(warm, crowd, sim, settings):
    """By libnss_systemd, too."""
    with open("/etc/nsswitch.conf", encoding="ascii") as text:
        assert re.search(r"^group:.*systemd", text.read(), re.M)
    machine.run("groupadd", "-f", "trusted")
    machine.run("usermod", "-G", "trusted", "bob")
    settings.set(rules=[{"groups": ["trusted"], "action": "skip"}])
    assert crowd.login("bob", answers=()).result() == ALLOWED
    logs_in(crowd, sim)


# What is done to it while a login waits.

def test_restart(warm, crowd, sim):
    login = waits(crowd)
    before, copies = warm.pid, warm.copies()
    warm.do("restart", SERVICE)
    assert warm.pid != before
    assert os.path.exists("/proc/%d" % copies[0])
    logs_in(crowd, sim, "bob")
    gets_in(login, sim)


def test_reload(warm, crowd, sim):
    """The same process, executed again: its socket to the log is another."""
    login = waits(crowd)
    before = warm.pid
    log = os.readlink("/proc/%d/fd/4" % before)
    warm.do("reload", SERVICE)
    logs_in(crowd, sim, "bob")
    assert warm.pid == before
    assert os.readlink("/proc/%d/fd/4" % before) != log
    gets_in(login, sim)


@pytest.mark.parametrize("one", [ROOT_SOCKET, USER_SOCKET])
def test_a_socket_restarted(units, crowd, sim, journal, one):
    """As a package's upgrade does."""
    units.do("enable", "--now", ROOT_SOCKET, USER_SOCKET)
    login = waits(crowd, "bob")
    units.do("restart", one)
    as_alice(crowd, sim)
    gets_in(login, sim, "bob")
    assert not any("pam_twofa: socket" in line for line in journal.lines())


def test_stop(warm, crowd, sim):
    """A login that waits goes on, the next one starts it."""
    login = waits(crowd)
    warm.do("stop", SERVICE)
    assert warm.state() == "inactive"
    gets_in(login, sim)
    logs_in(crowd, sim, "bob")
    assert warm.state() == "active"


def test_a_helper_that_is_killed(warm, crowd, sim):
    login = waits(crowd)
    warm.do("kill", "--kill-whom=main", "--signal=KILL", SERVICE)
    gets_in(login, sim)
    machine.until(lambda: warm.value("NRestarts") == "1", "no restart")
    logs_in(crowd, sim, "bob")


@pytest.fixture
def missing(units, journal):
    """The file that the unit starts is not there; that of root's logins is."""
    units.do("enable", "--now", ROOT_SOCKET, USER_SOCKET)
    folder = "/run/systemd/system/%s.d" % SERVICE
    os.makedirs(folder)
    machine.write(folder + "/gone.conf",
                  "[Service]\nExecStart=\nExecStart=/nowhere/helper --listen\n")
    units.do("daemon-reload")

    def starts():
        return sum("Failed at step EXEC" in line for line in journal.lines())
    yield starts
    shutil.rmtree(folder)
    units.do("daemon-reload")


def test_a_helper_that_is_missing(units, missing, crowd, sim, journal):
    """It is not started again and again, and root's logins do without it."""
    logs_in(crowd, sim)
    logs_in(crowd, sim, "bob")
    assert 1 <= missing() <= 2
    assert sum("this login starts a helper of its own" in line
               for line in journal.lines()) == 2
    assert locker(crowd).result() == DENIED
    assert missing() <= 6
    machine.until(lambda: units.state() == "failed", "still starting")
    before = missing()
    time.sleep(1.5)  # after which a restart or a waiting login would show
    assert missing() == before and units.state() == "failed"
    assert units.state(ROOT_SOCKET) == units.state(USER_SOCKET) == "active"


def test_a_helper_that_is_back(units, missing, crowd, sim):
    """The next login starts it."""
    logs_in(crowd, sim)
    os.unlink("/run/systemd/system/%s.d/gone.conf" % SERVICE)
    units.do("daemon-reload")
    machine.until(lambda: units.state() == "failed", "still starting")
    logs_in(crowd, sim, "bob")
    assert units.state() == "active"


def test_idle(warm, crowd, sim, restored):
    """After 15 minutes, by a clock that the test moves."""
    machine.place(built("test/twofa-helper"), HELPER, 0o711)
    logs_in(crowd, sim)
    assert warm.state() == "active"
    with open(stage.CLOCK_FILE, "w", encoding="ascii") as out:
        out.write("%d\n" % (15 * 60 * 1000))
    warm.do("kill", "--kill-whom=main", "--signal=CHLD", SERVICE)  # look
    machine.until(lambda: warm.state() == "inactive", "it goes on")
    os.unlink(stage.CLOCK_FILE)
    assert warm.value("Result") == "success"
    assert warm.value("ExecMainStatus") == "0"
    assert warm.state(ROOT_SOCKET) == "active"
    logs_in(crowd, sim, "bob")
    assert warm.state() == "active"


# Its file is replaced while logins run.

def test_upgrade(warm, crowd, sim, settings):
    """By the same version and with the same settings: whoever waits and whoever
    comes gets in, and the new file is the one that runs."""
    settings.set(rules=[{"users": ["bob"], "action": "skip"}])
    login = waits(crowd)
    before = warm.pid
    for _ in range(5):
        at_once = [crowd.login("bob", answers=()) for _ in range(4)]
        machine.place(built("twofa-helper"), HELPER, 0o711)
        assert [one.result() for one in at_once] == [ALLOWED] * 4
    assert warm.pid == before
    assert crowd.login("bob", answers=()).result() == ALLOWED
    assert os.readlink("/proc/%d/exe" % before) == HELPER
    gets_in(login, sim)


def test_installed_again(warm, crowd, sim, settings):
    """make install over an installation that runs."""
    settings.set(rules=[{"users": ["bob"], "action": "skip"}])
    login = waits(crowd)
    stop = threading.Event()
    found = []

    def log_in():
        while not stop.is_set():
            found.append(crowd.login("bob", answers=()).result())
    people = [threading.Thread(target=log_in) for _ in range(2)]
    for one in people:
        one.start()
    for _ in range(3):
        machine.make("install")
    stop.set()
    for one in people:
        one.join()
    assert set(found) == {ALLOWED} and len(found) > 10, found
    assert crowd.login("bob", answers=()).result() == ALLOWED
    assert os.readlink("/proc/%d/exe" % warm.pid) == HELPER
    gets_in(login, sim)


def test_mode_of_the_file(units, crowd, sim, journal, restored):
    """Whoever follows the advice of the log has it listen again."""
    units.do("enable", "--now", ROOT_SOCKET)
    logs_in(crowd, sim)
    os.chmod(HELPER, 0o755)
    logs_in(crowd, sim, "bob")
    journal.wait_for("run: chmod 0711 " + HELPER)
    journal.wait_for("this login starts a helper of its own")
    os.chmod(HELPER, 0o711)
    journal.clear()
    sim.reset()
    logs_in(crowd, sim)
    assert not any("pam_twofa: socket" in line for line in journal.lines())


def next_version(name, target, mode):
    machine.place(built("test/next/" + name), target, mode)


@pytest.fixture
def mixed(units, restored, crowd):
    """Root's socket is on; a module may start a helper of its own here."""
    units.do("enable", "--now", ROOT_SOCKET)
    return units


def test_new_module_waits_for_its_helper(mixed, crowd, sim, journal):
    """It is replaced first. The login begins when the helper is, too."""
    waiting = waits(crowd)
    next_version("pam_twofa.so", MODULE, 0o644)
    login = crowd.login("bob")
    journal.wait_for("the module sent no BEGIN that this version knows")
    assert login.running()
    next_version("twofa-helper", HELPER, 0o711)
    assert login.prompt() is not None
    gets_in(login, sim, "bob")
    gets_in(waiting, sim)
    assert any("of another version" in line for line in journal.lines())
    journal.clear()
    logs_in(crowd, sim, "bob")  # by the socket again
    assert not any("of another version" in line for line in journal.lines())


def test_old_module_with_new_helper(mixed, crowd, sim, journal):
    """As in a host that has loaded the old one: sshd, a session's sudo."""
    waiting = waits(crowd)
    next_version("twofa-helper", HELPER, 0o711)
    logs_in(crowd, sim, "bob")
    gets_in(waiting, sim)
    assert any("of another version" in line and "a helper of its own" in line
               for line in journal.lines())


def test_old_module_that_must_use_the_socket(mixed, journal, crowd):
    """It is denied, and told why."""
    next_version("twofa-helper", HELPER, 0o711)
    told = Crowd("auth required pam_twofa.so transport=socket")
    assert told.login().result() == DENIED
    assert journal.logins()[0]["reason"] == "helper-version"


# Services of other users.

AS_ALICE = ("setpriv", "--reuid=alice", "--regid=alice", "--clear-groups")


def locker(crowd):
    """alice's own program, which asks for her password first."""
    with open(PAM_DIR + "/locker", "w", encoding="ascii") as out:
        out.write("auth requisite pam_unix.so\n"
                  "auth required pam_twofa.so\n")
    return crowd.login("alice", before=AS_ALICE, service="locker",
                       answers=("pw-alice", "@line"))


def as_alice(crowd, sim):
    """She gets in."""
    login = locker(crowd)
    assert login.prompt() is not None, login.end()
    gets_in(login, sim)


def test_without_the_other_socket(warm, crowd, journal):
    login = locker(crowd)
    assert login.result() == DENIED
    journal.wait_for("user.sock: no connection")


@pytest.mark.parametrize("order", [(ROOT_SOCKET, USER_SOCKET),
                                   (USER_SOCKET, ROOT_SOCKET)])
def test_both_sockets(units, crowd, sim, order):
    """In whichever order they come."""
    for unit in order:
        units.do("enable", "--now", unit)
    info = os.stat(USER_PATH)
    assert info.st_uid == 0 and stat.S_IMODE(info.st_mode) == 0o666
    as_alice(crowd, sim)
    logs_in(crowd, sim, "bob")
    assert machine.peer_uid(USER_PATH) == 0
    units.do("reload", SERVICE)
    logs_in(crowd, sim, "bob")
    units.do("restart", SERVICE)
    logs_in(crowd, sim, "bob")


def test_user_socket_alone(units, crowd, sim, journal):
    """Root's services start their own then."""
    units.do("enable", "--now", USER_SOCKET)
    as_alice(crowd, sim)
    logs_in(crowd, sim, "bob")
    assert not any("pam_twofa: socket" in line for line in journal.lines())


def test_other_socket_while_it_runs(warm, crowd, sim, journal):
    """systemd refuses that; the manual says what to do."""
    login = waits(crowd, "bob")
    warm.do("start", USER_SOCKET, expected=1)
    journal.wait_for("already active, refusing")
    logs_in(crowd, sim)  # the other one goes on
    warm.do("stop", SERVICE)
    warm.do("enable", "--now", USER_SOCKET)
    as_alice(crowd, sim)
    gets_in(login, sim, "bob")


def test_enable_self(warm, crowd, sim):
    """Also while the helper runs; logins that wait go on."""
    login = waits(crowd, "bob")
    assert twofactl("enable", "self") == "self is enabled.\n"
    as_alice(crowd, sim)
    gets_in(login, sim, "bob")
    logs_in(crowd, sim, "bob")
    assert "already" in twofactl("enable", "self")
    login = waits(crowd, "bob")
    assert twofactl("disable", "self") == "self is disabled.\n"
    assert not os.path.exists(USER_PATH)
    gets_in(login, sim, "bob")
    logs_in(crowd, sim, "bob")
    assert not glob.glob("/etc/systemd/system/*/" + USER_SOCKET)
    assert warm.state(USER_SOCKET) == "inactive"


# Taken away.

def test_uninstall(warm, crowd, sim, restored):
    warm.do("enable", "--now", USER_SOCKET)
    login = waits(crowd)
    machine.make("uninstall")
    gets_in(login, sim)
    for unit in UNITS:
        assert warm.value("LoadState", unit) == "not-found"
        assert warm.state(unit) == "inactive"
    assert not glob.glob("/usr/local/lib/systemd/system/*")
    assert not glob.glob("/etc/systemd/system/*/twofa*")
    assert not glob.glob("/run/twofa/*")
    machine.until(lambda: not warm.executed(), "a helper goes on")
