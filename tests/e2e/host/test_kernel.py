# SPDX-License-Identifier: BSD-2-Clause
"""The module and the helper in a kernel that refuses one call, or says that it
was done and does nothing: nobody gets in, and the log names what to mend.
tests/host/refuse.c refuses."""

import errno
import os

import pytest

import stage
import test_host
from test_host import AUTH_ERR, FAKES, SUCCESS, Host

TRANSPORTS = ("spawn",)

host = test_host.host  # the fixture

FREE = "free memory, processes or descriptors of this service"
SET_UP = r"descriptors or limits could not be set up"
DROP = r"privileges could not be dropped; give this service CAP_SETUID"
# What the intermediate could not do shows as a helper that is gone, or that
# said yes and did not end with 0.
GONE = ("helper-died", "exit-status")
DONE = 0  # the call says so


class Refused(Host):
    """The host in such a kernel."""

    def __init__(self, call, error):
        super().__init__()
        # ASan, too, would set a limit, and tell that it may not
        self._before = ["env", "ASAN_OPTIONS=disable_coredump=0",
                        stage.STAGE + "/test/refuse", call, str(error)]

    def argv(self, *options, **more):
        return self._before + Host.argv(*options, **more)


@pytest.mark.parametrize("call,error,words", [
    # The module: no helper can be started.
    ("socketpair", errno.EMFILE, FREE),
    ("openat:2=0x80102", errno.EMFILE, FREE),  # /dev/null
    ("rt_sigprocmask:0=2", errno.EPERM, FREE),
    ("clone:0=0x1000", errno.EAGAIN, FREE),  # CLONE_PIDFD
    # The intermediate.
    ("setresuid:0=0", errno.EPERM, DROP),
    ("prctl:0=4", errno.EPERM, SET_UP),  # PR_SET_DUMPABLE
    ("dup3:1=0", errno.EMFILE, SET_UP),
    ("dup3:1=3", errno.EMFILE, SET_UP),
    ("setsid", errno.EPERM, SET_UP),
    ("chdir", errno.EACCES, SET_UP),
    ("clone:0=17", errno.EAGAIN, SET_UP),  # SIGCHLD
    ("wait4", errno.ECHILD, SET_UP),
    # What is to become the helper.
    ("prlimit64:2!0", errno.EPERM, SET_UP),
    ("setgroups", errno.EPERM, DROP),
    ("capset", errno.EPERM, DROP),
    ("getresuid", errno.EPERM, DROP),
    ("setresuid:0=990", DONE, DROP),
    ("setuid", DONE, DROP),  # it is root again, so it seems
    ("prctl:0=1", errno.EPERM, DROP),   # PR_SET_PDEATHSIG
    ("prctl:0=38", errno.EPERM, DROP),  # PR_SET_NO_NEW_PRIVS
    ("execve", errno.EAGAIN, "user twofa has too many processes"),
    ("execve", errno.EACCES, "it could not be executed"),
])
def test_refused(host, syslog, call, error, words):
    # libc, too, blocks signals and then cannot let them through again
    mask = "SigBlk:" if call.startswith("rt_sigprocmask") else None
    run = Refused(call, error).login("allow", unlike=mask)
    assert run.result == AUTH_ERR
    reasons = ("helper-start",) if words is FREE else GONE
    assert syslog.login_line(outcome="denied")["reason"] in reasons
    syslog.wait_for("pam_twofa: helper .*" + words)


@pytest.mark.parametrize("call,error", [
    ("sched_setscheduler", errno.EPERM), ("setpriority", errno.EACCES),
    ("sched_setaffinity", errno.EINVAL), ("ioprio_set", errno.EPERM),
    ("prctl:0=29", errno.EINVAL),         # PR_SET_TIMERSLACK
    ("openat:2=0x80101", errno.ENOENT),   # /proc/self/oom_score_adj
    ("keyctl", errno.EPERM), ("keyctl", errno.ENOSYS),
    ("keyctl", errno.EDQUOT)])
def test_a_container_that_refuses_it_lets_in(host, syslog, call, error):
    """What the caller chose stays then; nobody is denied for it."""
    assert Refused(call, error).login("allow").result == SUCCESS
    syslog.login_line(outcome="allowed")


def test_nothing_is_refused(host, syslog):
    """The frame itself lets in."""
    assert Refused("capget", 0).login("allow").result == SUCCESS
    syslog.login_line(outcome="allowed")


def test_no_descriptor_above(host, syslog):
    """In a host that closed 0 to 2 the socket's ends have to be moved."""
    run = Refused("fcntl:1=1030", errno.EMFILE).login(  # F_DUPFD_CLOEXEC
        "allow", "fds", "closed")
    assert run.result == AUTH_ERR
    syslog.login_line(outcome="denied", reason="helper-start")
    syslog.wait_for("cannot be started: Too many open files; " + FREE)


def test_killed_without_pidfd(host, syslog):
    """A helper that stays is killed by its pid."""
    sleeper = FAKES + "/sleeper"
    with open(sleeper, "w", encoding="ascii") as out:
        out.write("#!/bin/sh\nexec sleep 60\n")
    os.chmod(sleeper, 0o755)
    refused = Refused("pidfd_send_signal", errno.ENOSYS)
    refused.stack("helper=" + sleeper)
    run = refused.run(user="u" * 1025)
    assert run.result == AUTH_ERR and run.seconds < 10
    syslog.login_line(outcome="denied", reason="facts-too-large")


def test_user_cannot_be_looked_up(host, syslog):
    """Not the same as a user who is not there. Here the entry is too long."""
    with open("/etc/passwd", encoding="utf-8") as text:
        saved = text.read()
    try:
        with open("/etc/passwd", "w", encoding="utf-8") as out:
            out.write(saved.replace("\ntwofa:x:990:990:",
                                    "\ntwofa:x:990:990:" + "x" * 20000))
        run = host.login("allow")
    finally:
        with open("/etc/passwd", "w", encoding="utf-8") as out:
            out.write(saved)
    assert run.result == AUTH_ERR
    syslog.login_line(outcome="denied", reason="helper-user")
    syslog.wait_for("pam_twofa: user twofa: cannot be looked up: Numerical "
                    "result out of range; repair the name service")


@pytest.mark.parametrize("call,error,reason,words", [
    ("getrandom", errno.ENOSYS, "no-random", None),
    ("capget", errno.EPERM, "helper-died",
     "not started as a helper is: a capability is left"),
    ("getsockopt:2=17", errno.EPERM, "helper-died", "exit status 2:"),
])
def test_helper(host, settings, syslog, call, error,
                reason, words):
    refused = Refused(call, error)
    refused.stack("helper=" + stage.HELPER)
    assert refused.run().result == AUTH_ERR
    syslog.login_line(outcome="denied", reason=reason)
    if words:
        syslog.wait_for(words)
