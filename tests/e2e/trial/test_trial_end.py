# SPDX-License-Identifier: BSD-2-Clause
"""Who may confirm a trial, what ends it otherwise, and what becomes of lines
that somebody has written meanwhile."""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import time

import enablehost
import leftovers
import passwords
import pytest

TRANSPORTS = ("spawn",)
pytestmark = pytest.mark.usefixtures("admins")
SUDO = enablehost.PAM + "/sudo"


@pytest.fixture(name="on_trial")
def on_trial_fixture(enabling, clock):
    """sudo is, a moment ago."""
    enabling.unseen("sudo", "--within", "1m")
    clock.advance(2)
    return enabling


def nobody(enabling):
    out = enabling.run("confirm", expected=1)
    assert "nobody has logged in through sudo with a code since the trial " \
        "began; log in from another terminal first" in out
    assert enabling.pending()


def log_in(quick, user="alice", service="sudo", **more):
    quick.right(quick.login(user, service, **more), user,
                "code (already )?sent")


def test_proof_is_no_login(enabling):
    enabling.on_trial("sudo")
    nobody(enabling)


def test_nobody(on_trial):
    nobody(on_trial)
    assert on_trial.run("confirm", "--anyway") == "sudo is enabled.\n"


def test_other_service(on_trial, quick, pam):
    pam.stack("su", "auth required pam_unix.so", pam.module_line())
    log_in(quick, service="su")
    nobody(on_trial)


def test_denied(on_trial, quick):
    login = quick.login("alice", "sudo")
    for _ in range(3):
        login.prompt()
        login.answer("000000")
    assert login.ended() != 0
    nobody(on_trial)


def test_decoy(on_trial, quick, settings):
    """Who has no second factor, and sees a prompt like everybody else."""
    settings.forget("bob")
    settings.set(unenrolled="deny")
    login = quick.login("bob", "sudo")
    login.prompt()
    login.answer("000000")
    login.hang_up()
    nobody(on_trial)


def test_skip(on_trial, quick, settings):
    settings.set(rules=[{"services": ["sudo"], "action": "skip"}])
    assert quick.login("alice", "sudo").ended() == 0
    nobody(on_trial)


def _sudo_in(shell):
    shell.sendline("sudo id -un")
    shell.password()


def test_remembered(enabling, terminals, sim, settings, clock, syslog):
    """At a terminal where a code was typed before."""
    settings.set(rules=[{"services": ["sudo"], "remember_minutes": 60}])
    shell = terminals.run("/bin/bash", "--norc", user="alice")
    enabling.run("enable", "sudo", "--no-trial")
    _sudo_in(shell)
    shell.code(sim)
    shell.expect("root")
    enabling.run("disable", "sudo")
    clock.advance(2)
    enabling.unseen()
    clock.advance(2)
    syslog.clear()
    _sudo_in(shell)
    shell.expect("root")
    assert syslog.login_line(user="alice")["reason"] == "grace"
    nobody(enabling)


def test_played(on_trial, terminals, sim):
    """twofactl test is no login."""
    t = terminals.run(enablehost.TWOFACTL, "test", "alice", "--service",
                      "sudo", password_of="alice")
    t.code(sim)
    assert t.ended() == 0
    nobody(on_trial)


def test_lines_are_gone(on_trial, quick):
    """As a package may put its own file back: nobody is asked any more."""
    log_in(quick)
    enablehost.write(SUDO, enablehost.STACKS["sudo"])
    out = on_trial.run("confirm", expected=1)
    assert "somebody has removed the trial's lines from /etc/pam.d/sudo; " \
        "run: twofactl rollback, then enable sudo again" in out
    assert on_trial.pending()
    on_trial.run("rollback")


def test_no_admin(on_trial, quick, settings):
    settings.user("carol")
    passwords.usable("carol", True)
    log_in(quick, "carol")
    out = on_trial.run("confirm", expected=1)
    assert "carol has logged in through sudo with a code, but is in none of " \
        "the groups sudo, wheel and admin" in out
    assert "let an admin log in first, or add --anyway" in out
    log_in(quick, "bob")
    on_trial.run("confirm")


def test_admin_among_many(on_trial, quick, settings):
    """On a busy host, where his name comes last."""
    log_in(quick, "bob")
    with contextlib.closing(sqlite3.connect(settings.state)) as link, link:
        link.executemany(
            "INSERT INTO passed SELECT ?, service, method, provider, host, at "
            "FROM passed WHERE user = 'bob'",
            [("a%d" % number,) for number in range(100)])
    on_trial.run("confirm")


def test_recovery_code(on_trial, quick, admin):
    code = admin.codes()[0]
    login = quick.login("alice", "sudo")
    login.prompt()
    login.answer(code)
    assert login.ended() == 0
    on_trial.run("confirm")


def test_state_is_gone(on_trial, settings):
    """Who got in cannot be told: no confirmation by mistake."""
    settings.raw("nonsense")
    on_trial.run("confirm", expected=3)
    assert on_trial.pending()
    on_trial.run("rollback")


def test_timer(enabling, clock, syslog):
    before = enablehost.files()
    enabling.unseen("sudo", "--within", "1m")
    pid, = enablehost.timers()
    assert enablehost.files() != before
    clock.advance(48)
    assert not leftovers.wait_gone(pid, 1.5)
    assert enabling.pending()
    clock.advance(12)
    assert leftovers.wait_gone(pid, 10)
    syslog.wait_for(r"twofactl: event=trial-ended user=- enable sudo: rolled back "
                    r"\(timeout\): logins by it are without a second factor, as before")
    assert enablehost.files() == before and not enabling.pending()
    assert "it was rolled back" in enabling.run("confirm", "--anyway",
                                                expected=1)


def _open_in(pid):
    return {os.readlink("/proc/%d/fd/%s" % (pid, fd))
            for fd in os.listdir("/proc/%d/fd" % pid)}


def test_timer_survives(enabling, terminals, sim, clock):
    """It is another session's, and holds neither terminal nor lock."""
    enabling.on_trial("sudo", "--within", "1m")  # and the terminal is closed
    pid, = enablehost.timers()
    assert os.getsid(pid) != os.getsid(0)
    end = time.monotonic() + 10
    while _open_in(pid) != {"/dev/null"}:  # it has only begun
        assert time.monotonic() < end, _open_in(pid)
        time.sleep(0.01)
    os.kill(pid, 1)  # a hang-up
    clock.advance(60)
    assert leftovers.wait_gone(pid, 10) and not enabling.pending()


def test_timer_that_fails_tries_again(on_trial, clock, syslog):
    """As with a full disk, which is none some minutes later."""
    before = enablehost.read(enablehost.STATE + "/trial/before.0")
    beside = enablehost.PAM + "/.sudo.twofactl"
    os.makedirs(beside + "/x")
    pid = enablehost.timers()[-1]
    try:
        clock.advance(601)
        syslog.wait_for("enable sudo: it cannot be rolled back", timeout=20)
        assert on_trial.pending()
    finally:
        shutil.rmtree(beside)
    clock.advance(61)
    assert leftovers.wait_gone(pid, 20) and not on_trial.pending()
    assert enablehost.read(SUDO) == before


def test_confirmed_is_no_trial(on_trial):
    """Its timer comes too late, and rollback says what to do."""
    number = enablehost.trial_id()
    on_trial.run("confirm", "--anyway")
    after = enablehost.files()
    on_trial.run("rollback", "--timer", number)
    assert "twofactl disable sudo" in on_trial.run("rollback", expected=1)
    assert enablehost.files() == after


def test_edited(on_trial):
    """Lines of somebody's, around and within ours, stay; and so does what they
    made of its mode."""
    text = enablehost.read(SUDO)
    begin = text.index("# twofactl enable: begin")
    inside = text.index("auth\trequired\tpam_twofa.so")
    enablehost.write(SUDO, "# above\n" + text[:begin] + "# before\n" +
                     text[begin:inside] + "auth optional pam_env.so\n" +
                     text[inside:] + "# behind\n")
    os.chmod(SUDO, 0o600)
    on_trial.run("rollback")
    assert enablehost.read(SUDO) == (
        "# above\nsession    required   pam_limits.so\n"
        "@include common-auth\n# before\nauth optional pam_env.so\n"
        "@include common-account\n# behind\n")
    assert os.stat(SUDO).st_mode & 0o777 == 0o600
    os.chmod(SUDO, 0o644)


def test_edited_before_disable(on_trial):
    on_trial.run("confirm", "--anyway")
    text = enablehost.read(SUDO)
    enablehost.write(SUDO, text.replace("# twofactl enable: end\n", "") +
                     "# behind\n")
    on_trial.run("disable", "sudo")
    assert enablehost.read(SUDO) == enablehost.STACKS["sudo"] + "# behind\n"


def test_taken_out_by_hand(on_trial):
    """Nothing is left to be done, and that is well."""
    enablehost.write(SUDO, enablehost.STACKS["sudo"])
    os.unlink(enablehost.PAM + "/sudo-i")
    on_trial.run("rollback")
    assert enablehost.read(SUDO) == enablehost.STACKS["sudo"]
    assert not os.path.exists(enablehost.PAM + "/sudo-i")


def test_drop_in_edited(enabling):
    enabling.unseen("sshd", "--anyway")
    with open(enablehost.DROP_IN, "a", encoding="ascii") as text:
        text.write("Banner none\n")
    enabling.run("rollback")
    assert enablehost.read(enablehost.DROP_IN) == "Banner none\n"


def test_link_meanwhile(on_trial, syslog):
    """It cannot be rolled back, says so, and can be when that is corrected."""
    text = enablehost.read(SUDO)
    real = SUDO + ".real"
    enablehost.write(real, text)
    os.unlink(SUDO)
    os.symlink(real, SUDO)
    assert "it is a symbolic link" in on_trial.run("rollback", expected=4)
    assert syslog.wait_for("enable sudo: it cannot be rolled back: " + SUDO +
                           ".*; correct that, then run: twofactl rollback")
    assert on_trial.pending()
    # the other file has been done
    assert enablehost.read(enablehost.PAM + "/sudo-i") == (
        enablehost.STACKS["sudo-i"])
    assert enablehost.read(real) == text
    os.unlink(real)
    os.unlink(SUDO)
    enablehost.write(SUDO, text)
    on_trial.run("rollback")
    assert enablehost.read(SUDO) == enablehost.STACKS["sudo"]


@pytest.fixture(name="read_only")
def read_only_fixture():
    """The disk of our folder, as the kernel leaves one that fails."""
    mounted = []

    def mount():
        for words in (["--bind", enablehost.STATE], ["-o", "remount,ro,bind"]):
            subprocess.run(["mount", *words, enablehost.STATE], check=True)
        mounted.append(True)
    yield mount
    if mounted:
        subprocess.run(["umount", enablehost.STATE], check=True)


def test_disable_without_a_disk(enabling, read_only):
    """No login can be counted there, so this is the way back in."""
    before = enablehost.files()
    for service in ("sshd", "sudo"):
        enabling.run("enable", service, "--no-trial", "--anyway")
    read_only()
    said = enabling.run("disable", "--all", expected=None)
    assert enablehost.files() == before
    assert "sshd is disabled." in said and "Read-only file system" in said


def test_disable_all_on_trial_without_a_disk(enabling, read_only):
    """Whatever is on trial, or was before."""
    before = enablehost.files()
    enabling.run("enable", "sudo", "--no-trial", "--anyway")
    enabling.unseen("sshd", "--anyway")
    read_only()
    said = enabling.run("disable", "--all", expected=4)
    assert enablehost.files() == before, said
    assert "sudo is disabled." in said and "Read-only file system" in said


def test_rollback_without_a_disk(enabling, read_only):
    before = enablehost.files()
    enabling.unseen("sudo", "--anyway")
    read_only()
    said = enabling.run("rollback", expected=None)
    assert enablehost.files() == before
    assert "Read-only file system" in said


def test_timer_without_a_disk(enabling, clock, syslog, read_only):
    """It ends the trial once; the record goes when that is possible."""
    before = enablehost.files()
    enabling.unseen("sudo", "--anyway", "--within", "1m")
    pid, = enablehost.timers()
    read_only()
    clock.advance(61)
    syslog.wait_for("enable sudo: rolled back", timeout=20)
    assert enablehost.files() == before and enabling.pending()
    clock.advance(61)
    assert not leftovers.wait_gone(pid, 2)
    subprocess.run(["mount", "-o", "remount,rw,bind", enablehost.STATE],
                   check=True)
    clock.advance(61)
    assert leftovers.wait_gone(pid, 20) and not enabling.pending()
    assert len([line for line in syslog.lines()
                if "event=trial-ended" in line]) == 1


# sshd reads its settings again

@pytest.fixture(name="units")
def units_fixture(tmp_path):
    """A systemctl for which these units are active: units("ssh.service"),
    that notes what it is told to do, and fails at what is named by fails."""
    path, told = "/usr/bin/systemctl", tmp_path / "told"
    if not os.path.exists(path):
        pytest.skip("there is no systemctl to stand before")
    script = tmp_path / "systemctl"
    script.touch()
    os.makedirs("/run/systemd/system")
    subprocess.run(["mount", "--bind", str(script), path], check=True)

    def active(*names, fails="nothing"):
        script.write_text(
            "#!/bin/sh\nverb=$1; shift\n"
            "case $verb in is-active|show) ;; *) echo $verb $* >>%s;; esac\n"
            "[ $verb != %s ] || { echo it is broken; exit 1; }\n"
            "[ $verb = is-active ] || exit 0\n"
            "status=3\n"
            "for unit; do case $unit in %s) status=0; echo active;; "
            "*) echo inactive;; esac; done\nexit $status\n" % (
                told, fails, "|".join(names) or "none"))
        script.chmod(0o755)
        told.write_text("")
        return told
    yield active
    subprocess.run(["umount", path], check=True)
    os.rmdir("/run/systemd/system")


def test_reload_by_its_unit(enabling, units):
    """With a socket alone nothing is told, and that is well; who has the
    socket from a unit would lose it by a reload."""
    enabling.run("enable", "sshd", "--no-trial", "--anyway")
    kept = enablehost.STATE + ".kept"
    subprocess.run(["cp", "-a", enablehost.STATE, kept], check=True)
    for active, told_so in (
            (("ssh.service",), "reload ssh.service\n"),
            (("sshd.service",), "reload sshd.service\n"),
            (("ssh.service", "ssh.socket"), "restart ssh.service\n"),
            (("ssh.socket",), ""), ((), "")):
        told = units(*active)
        assert enabling.run("disable", "sshd") == "sshd is disabled.\n"
        assert told.read_text() == told_so
        shutil.rmtree(enablehost.STATE)
        subprocess.run(["cp", "-a", kept, enablehost.STATE], check=True)
    units("ssh.service", fails="reload")
    assert "systemctl reload ssh.service: it is broken; correct that, then " \
        "run: systemctl restart ssh" in enabling.run("disable", "sshd",
                                                     expected=4)
    shutil.rmtree(kept)


@pytest.mark.parametrize("unit", (None, "ssh.service"))
def test_not_reloaded_with_wrong_files(enabling, request, unit):
    """It would end: a line that has nothing to do with us shuts nobody out."""
    with enablehost.running_sshd() as log:
        enabling.run("enable", "sshd", "--no-trial", "--anyway")
        enablehost.listens(log)
        told = unit and request.getfixturevalue("units")(unit)
        with open("/etc/ssh/sshd_config", "a", encoding="ascii") as out:
            out.write("Nonsense yes\n")
        said = enabling.run("disable", "--all", expected=4)
        assert re.search(r"sshd -t: .*line \d+: Bad configuration option: "
                         "Nonsense", said, re.I), said
        assert "correct that, then run: systemctl restart ssh" in said
        assert not told or told.read_text() == ""
        assert not os.path.exists(enablehost.DROP_IN)
        time.sleep(1)
        assert enablehost.offered()


def test_wrong_files_behind_a_warning(enabling):
    """Named is what is wrong, not the first line that sshd says."""
    with enablehost.running_sshd():
        enabling.run("enable", "sshd", "--no-trial", "--anyway")
        with open("/etc/ssh/sshd_config", "a", encoding="ascii") as out:
            out.write("UsePrivilegeSeparation yes\nNonsense yes\n")
        said = enabling.run("disable", "sshd", expected=4)
        assert re.search("bad configuration option: nonsense", said, re.I), said


@pytest.mark.parametrize("wrong", ("its own", "the usual"))
def test_reload_of_an_sshd_with_another_file(enabling, wrong):
    """What counts is whether the one that runs would start again."""
    usual, own = "/etc/ssh/sshd_config", "/etc/ssh/own_config"
    shutil.copyfile(usual, own)
    with enablehost.running_sshd("-f", own) as log:
        enabling.run("enable", "sshd", "--no-trial", "--anyway")
        enablehost.listens(log)
        before = enablehost.offered()
        with open(own if wrong == "its own" else usual, "a",
                  encoding="ascii") as out:
            out.write("Nonsense yes\n")
        said = enabling.run("disable", "sshd",
                            expected=4 if wrong == "its own" else 0)
        if wrong == "its own":
            assert "Nonsense" in said or "nonsense" in said, said
            time.sleep(1)
            assert enablehost.offered() == before
        else:
            enablehost.listens(log)
            assert enablehost.offered() != before
    os.unlink(own)


@pytest.mark.parametrize("command", (("rollback",), ("disable", "--all")))
def test_not_reloaded(enabling, request, command):
    """The rest is done, and the status says that this is left."""
    enabling.unseen("sshd", "--anyway")
    units = request.getfixturevalue("units")
    units("ssh.service", fails="reload")
    assert "sshd was not reloaded" in enabling.run(*command, expected=4)
    assert not enabling.pending()
    assert not os.path.exists(enablehost.DROP_IN)


def test_timer_reloads_until_it_is_read(enabling, clock, syslog, request):
    """Else the running sshd wants what the files no longer let anybody give."""
    enabling.unseen("sshd", "--anyway", "--within", "1m")
    pid, = enablehost.timers()
    units = request.getfixturevalue("units")
    units("ssh.service", fails="reload")
    clock.advance(61)
    syslog.wait_for("enable sshd: after the roll-back sshd was not reloaded",
                    timeout=20)
    assert not os.path.exists(enablehost.DROP_IN)
    told = units("ssh.service")
    assert not leftovers.wait_gone(pid, 1) and enabling.pending()
    clock.advance(61)
    assert leftovers.wait_gone(pid, 20) and not enabling.pending()
    assert told.read_text() == "reload ssh.service\n"
