# SPDX-License-Identifier: BSD-2-Clause
"""What the kernel takes from a helper while it waits: time in a frozen cgroup,
memory. The one login is over or goes on, and all others go on."""

import re

from machine import PATIENCE, until

SOCKET = "twofa-helper.socket"
SERVICE = "twofa-helper.service"
HOG = ("import signal\n"
       "open('/proc/self/oom_score_adj', 'w').write('0')\n"
       "kept = b'x' * (600 << 20)\n"
       "open('/run/hog', 'w').close()\n"
       "signal.pause()\n")


def oom_kills(machine):
    return re.findall(r"Killed process \d+ \(([^)]*)\)", machine.run("dmesg"))


def test_frozen_session(machine, people):
    """bob freezes his session, which the helper of his sudo has left. alice does
    not wait for him; his own login goes on once it is thawed."""
    machine.run("systemctl", "stop", SOCKET, SERVICE)
    try:
        frozen = people.at_code("bob", "sudo id -un")
        people.type_code(frozen)
        frozen.password()
        frozen.prompt(timeout=PATIENCE)
        (helper, parent), = machine.helpers().items()
        assert machine.read("/proc/%d/cgroup" % helper).strip() == "0::/"
        sudo = machine.status(parent)["PPid"]
        scope = machine.read("/proc/%s/cgroup" % sudo).strip()[len("0::"):]
        assert "/user.slice/" in scope, scope
        freeze = "/sys/fs/cgroup%s/cgroup.freeze" % scope
        machine.shell("echo 1 >" + freeze)
        try:
            people.by_code("alice")
        finally:
            machine.shell("echo 0 >" + freeze)
    finally:
        machine.run("systemctl", "start", SOCKET)
    people.type_code(frozen)
    people.is_in(frozen, "root")


def test_frozen_listener(machine, people):
    """Nobody gets in meanwhile, and everybody afterwards."""
    people.by_code("alice")
    freeze = "/sys/fs/cgroup/system.slice/%s/cgroup.freeze" % SERVICE
    login = people.at_code("bob")
    machine.shell("echo 1 >" + freeze)
    people.type_code(login)
    until(lambda: machine.shell("grep -c 'frozen 1' %s" % freeze.replace(
        "freeze", "events")), "not frozen")
    assert "bob" not in login.text.rsplit("code", 1)[-1]
    machine.shell("echo 0 >" + freeze)
    people.is_in(login, "bob")
    people.by_code("alice")


def test_memory_of_all_is_gone(machine, people):
    """The kernel ends what took it, and not the login that waits. It is told that
    there is none, as a machine may stand still for minutes before it sees that."""
    login = people.at_code("alice")
    before = oom_kills(machine)
    hog = machine.start("python3", "-c", HOG)
    until(lambda: machine.shell("ls /run").count("hog"), "no hog")
    machine.shell("echo f >/proc/sysrq-trigger; rm /run/hog")
    hog.wait()
    assert hog.status == -9
    assert oom_kills(machine) == before + ["python3"]
    people.type_code(login)
    people.is_in(login, "alice")
    people.by_code("bob")


def test_processes_of_sshd(machine, people):
    """With 1 GiB the kernel's own limit is below half of what is asked for: that
    is no reason to deny."""
    limits = machine.shell("cat /proc/$(cat /run/sshd.pid)/limits")
    most = re.search(r"^Max processes +\d+ +(\d+)", limits, re.M)
    assert most and int(most[1]) < 4096, limits
    assert "sshd-limit" not in machine.twofactl("doctor", expected=None)
    people.by_code("alice")


def test_memory_of_the_listener_is_gone(machine, people):
    """The kernel ends its processes: logins are denied, and the next ones find
    a new one."""
    login = people.at_code("alice")
    before = len(oom_kills(machine))
    machine.run("systemctl", "set-property", "--runtime", SERVICE,
                "MemoryMax=64K")
    until(lambda: len(oom_kills(machine)) > before, "nothing is ended")
    machine.run("systemctl", "set-property", "--runtime", SERVICE,
                "MemoryMax=2G")
    people.type_code(login)
    # sshd asks again, from the password on
    login.password("")
    login.hang_up()
    people.by_code("bob")
    # who reset the provider must end what its verification holds here, too
    machine.twofactl("unlock", "alice")


def test_half_a_gibibyte(apart, comers, sim):
    """Logins with the listener and without it, and one after another."""
    apart.boot(memory=512)
    apart.settle(sim, {"alice": "+447700900100", "bob": "+447700900200"})
    apart.ask_for_codes("sshd", "sudo", "su")
    comers.by_code("alice")
    waiting = [comers.at_code(user) for user in ("alice", "bob")]
    apart.run("systemctl", "stop", SOCKET, SERVICE)
    for login in waiting:
        comers.type_code(login)
        comers.is_in(login, login.password_of)
    comers.by_code("bob")
    assert not oom_kills(apart)
    assert not apart.denied()
