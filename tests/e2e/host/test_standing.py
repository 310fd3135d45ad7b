# SPDX-License-Identifier: BSD-2-Clause
"""What sudo's caller chose for the processes to come: the helper and its parent
have none of it, since both hold up logins of others."""

import ctypes
import json
import os
import signal

import pytest

import stage
from processes import helper

TRANSPORTS = ("spawn", "socket")

IOPRIO_GET = {"x86_64": 252, "aarch64": 31}[os.uname().machine]
IDLE_CLASS = 3 << 13
SLACK_NS = 50000
OOM = 500

# Everything at its worst, as alice may choose it; then sudo.
WORST = r"""
import ctypes, os, signal
x86 = os.uname().machine == "x86_64"
call = ctypes.CDLL(None, use_errno=True).syscall
def must(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "not refused in this namespace")
must(call(250 if x86 else 219, 1, b"of-alice"))  # keyctl: join
must(call(251 if x86 else 30, 1, 0, 3 << 13))    # ioprio_set: idle
must(call(157 if x86 else 167, 29, 10 ** 9, 0, 0, 0))  # PR_SET_TIMERSLACK
with open("/proc/self/oom_score_adj", "w") as score:
    score.write("500")
os.sched_setaffinity(0, {0})
os.nice(19)
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
os.execv("/usr/bin/sudo", ["sudo", "id", "-un"])
"""

# A service that takes neither of two signals.
DEAF = r"""
import os, signal
both = [signal.SIGALRM, signal.SIGSYS]
for sig in both:
    signal.signal(sig, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, both)
os.execv("/usr/bin/pamtester",
         ["pamtester", "--", "sudo", "alice", "authenticate"])
"""

# In the helper's place: what is its session keyring?
LOOK = r"""#!/usr/bin/python3
import ctypes, json, os
keyctl = 250 if os.uname().machine == "x86_64" else 219
call = ctypes.CDLL(None).syscall
text = ctypes.create_string_buffer(200)
ring = call(keyctl, 0, -3, 0)  # KEYCTL_GET_KEYRING_ID, session
call(keyctl, 6, ring, text, 200)  # KEYCTL_DESCRIBE
held = ctypes.create_string_buffer(200)
size = call(keyctl, 11, ring, held, 200)  # KEYCTL_READ: how much
with open("/run/tmp/look.seen", "w") as out:
    json.dump([text.value.decode(), size], out)
"""


@pytest.fixture
def sudo(terminals):
    def begin():
        login = terminals.run("/usr/bin/python3", "-c", WORST, user="alice",
                              password_of="alice")
        login.password()
        return login
    return begin


def standing(pid):
    """What the kernel's schedulers know of a process."""
    def read(name):
        with open("/proc/%d/%s" % (pid, name), encoding="ascii") as text:
            return int(text.read())
    return {"policy": os.sched_getscheduler(pid),
            "nice": os.getpriority(os.PRIO_PROCESS, pid),
            "cpus": os.sched_getaffinity(pid),
            "io": ctypes.CDLL(None).syscall(IOPRIO_GET, 1, pid),
            "slack": read("timerslack_ns"), "oom": read("oom_score_adj")}


@pytest.mark.usefixtures("started")
def test_scheduling(sudo, sim):
    login = sudo()
    login.prompt("Verification code sent")
    found = helper()
    theirs = standing(found.parent().parent().pid)
    assert theirs == {"policy": os.SCHED_IDLE, "nice": 19, "cpus": {0},
                      "io": IDLE_CLASS, "slack": 10 ** 9, "oom": OOM}
    for process in (found.parent(), found):
        ours = standing(process.pid)
        assert ours.pop("io") in (0, 4)  # none; or what nice 0 makes of it
        assert ours == {"policy": os.SCHED_OTHER, "nice": 0,
                        "cpus": os.sched_getaffinity(0), "slack": SLACK_NS,
                        "oom": 0}
    login.answer(sim.code("alice"))
    assert login.ended() == 0


@pytest.mark.usefixtures("started")
def test_signals(terminals):
    """The alarm that ends both, and what a filter raises."""
    login = terminals.run("/usr/bin/python3", "-c", DEAF,
                          password_of="alice")
    login.password()
    login.prompt("Verification code sent")
    both = 1 << (signal.SIGALRM - 1) | 1 << (signal.SIGSYS - 1)

    def held(process):
        status = process.status()
        return [int(status[name], 16) & both for name in ("SigBlk", "SigIgn")]
    found = helper()
    assert held(found.parent().parent()) == [both, both]
    assert held(found.parent()) == held(found) == [0, 0]


def test_session_keyring(sudo, pam, syslog):
    """A new one, empty and its own, though alice chose one."""
    script = stage.STAGE + "/look"
    with open(script, "w", encoding="ascii") as out:
        out.write(LOOK)
    os.chmod(script, 0o755)
    seen = "/run/tmp/look.seen"
    pam.args(helper=script)
    try:
        login = sudo()
        syslog.login_line(user="alice", outcome="denied")
        login.hang_up()
        with open(seen, encoding="ascii") as text:
            described, size = json.load(text)
    finally:
        for path in (script, seen):
            if os.path.exists(path):
                os.unlink(path)
    kind, uid, gid, _, name = described.split(";")
    assert (kind, uid, gid, name) == ("keyring", "990", "990", "_ses")
    assert size == 0
