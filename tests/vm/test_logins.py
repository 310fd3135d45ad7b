# SPDX-License-Identifier: BSD-2-Clause
"""sshd, sudo and su of a machine with a kernel of its own, and what that kernel
keeps a helper from while it waits for a code."""

import re

import pytest

OWN = "twofa-helper (enforce)"


@pytest.fixture(params=["socket", "started"])
def transport(request, machine):
    """The unit that listens, or a helper of each login's own."""
    with machine.started(request.param) as way:
        yield way


def test_ssh(transport, people):
    people.by_code("alice")


def test_wrong_code(transport, people):
    login = people.at_code("alice")
    login.answer("000000")
    login.prompt(timeout=120)
    login.hang_up()


def test_sudo_and_su(machine, people):
    people.three_codes()


def test_walls(machine, people, transport):
    """Each process of the helper's is shut in, by each of the kernel's means."""
    login = people.at_code("alice")
    found = machine.helpers()
    assert found
    for pid in found:
        facts = machine.status(pid)
        assert len(set(facts["Uid"].split())) == 1 and \
            facts["Uid"].split()[0] != "0"
        assert facts["NoNewPrivs"] == "1"
        assert facts["Seccomp"] == "2"
        assert {facts[name] for name in ("CapEff", "CapPrm", "CapBnd")} <= \
            {"0" * 16, facts["CapBnd"]}
        assert facts["CapEff"] == facts["CapPrm"] == "0" * 16
        assert facts["TracerPid"] == "0"
        assert machine.read("/proc/%d/attr/current" % pid).strip("\0\n") == OWN
    people.type_code(login)
    people.is_in(login, "alice")
    assert "sandbox:" not in machine.journal()


def test_landlock(machine, people):
    """The kernel has it, and doctor sees that it holds."""
    lsm = machine.read("/sys/kernel/security/lsm").strip().split(",")
    assert {"landlock", "yama", "apparmor"} <= set(lsm)
    said = machine.twofactl("doctor", expected=None)
    assert "andlock" not in said, said


PTRACE = """
import ctypes, os, sys
os.setgroups([]); os.setgid(%(id)d); os.setuid(%(id)d)
libc = ctypes.CDLL(None, use_errno=True)
print(libc.ptrace(16, %(pid)d, 0, 0), ctypes.get_errno())
try:
    open("/proc/%(pid)d/mem", "rb")
    print("open")
except OSError as error:
    print(error.errno)
"""


@pytest.mark.parametrize("scope", ["0", "1"])
def test_ptrace(machine, people, scope):
    """Not even a process of its own user may look into a helper, with Yama's
    rule and without it."""
    before = machine.read("/proc/sys/kernel/yama/ptrace_scope").strip()
    machine.shell("echo %s >/proc/sys/kernel/yama/ptrace_scope" % scope)
    try:
        login = people.at_code("alice")
        uid = int(machine.run("id", "-u", "twofa"))
        for pid in machine.helpers():
            said = machine.run("python3", "-c", PTRACE % {"id": uid,
                                                          "pid": pid})
            assert re.fullmatch(r"-1 1\n13\n", said), said
        people.type_code(login)
        people.is_in(login, "alice")
    finally:
        machine.shell("echo %s >/proc/sys/kernel/yama/ptrace_scope" % before)
