# SPDX-License-Identifier: BSD-2-Clause
"""The helper against whoever is user twofa already, and against what was taken
over inside it: no way in from beside, no process that outlives its login, and
nobody locked out by that. Each login of the other tests must do without a line
"sandbox: ..." (conftest.py)."""

import errno
import glob
import json
import os
import re
import shutil
import socketserver
import subprocess
import threading
import time

import pytest

import admin as tool
import stage
import test_host
from crowd import KEY
from leftovers import LISTENERS, is_broker, processes
from listener import Activated
from processes import helper
from test_kernel import Refused

TRANSPORTS = ("spawn", "socket")

INTRUDER = stage.STAGE + "/test/intruder"
TWOFA = 990
LOGINS = 50
FILTERED = "2"  # of /proc/PID/status
YAMA = "/proc/sys/kernel/yama/ptrace_scope"

host = test_host.host  # the fixture
needs_filter = pytest.mark.skipif(
    stage.private() and stage.sanitized(),
    reason="a build with a sanitizer has no filter of system calls")


def intruder(*words, **more):
    """It runs as user twofa, and can do no more than that user."""
    return subprocess.Popen([INTRUDER, *words], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True, user=TWOFA,
                            group=TWOFA, extra_groups=[], **more)


def of_twofa():
    """(pid, name) of every process of that user."""
    found = []
    for pid, name, state, _ in processes():
        try:
            with open("/proc/%d/status" % pid, encoding="utf-8") as text:
                uids = re.search(r"^Uid:\s+(\d+)", text.read(), re.M)
        except OSError:
            continue
        if int(uids.group(1)) == TWOFA and state != "Z" and \
                pid not in LISTENERS and not is_broker(pid):
            found.append((pid, name))
    return found


def traced(quick, count):
    """How many of so many logins an intruder got into; all end well."""
    scan = intruder("scan")
    try:
        assert scan.stdout.readline() == "ready\n"
        for _ in range(count):
            quick.right(quick.login())
        assert scan.poll() is None
    finally:
        out, _ = scan.communicate(timeout=30)
    return len(re.findall(r"^attached \d+$", out, re.M))


@pytest.fixture
def many(settings):
    """Enough messages for as many logins."""
    settings.set(limits={"resend_wait": [1, 2], "sends_per_user_hour": 300,
                         "sends_per_user_day": 300,
                         "sends_per_number_day": 300,
                         "answered_per_number_day": 1000,
                         "sends_per_source_hour": 300,
                         "sends_per_host_hour": 300})


def test_nobody_traces_a_new_helper(quick, many):
    assert traced(quick, LOGINS) == 0


@pytest.mark.usefixtures("started")
def test_a_helper_that_can_be_read_is_traced(quick, many, capsys):
    """So the test above can fail. The intruder has to be quick, which it is not
    each time beside other tests."""
    if os.path.exists(YAMA):
        with open(YAMA, encoding="ascii") as text:
            if text.read().strip() != "0":
                pytest.skip("this kernel's ptrace_scope forbids it anyway")
    os.chmod(stage.HELPER, 0o755)
    try:
        found = tried = 0
        while found == 0 and tried < 4 * LOGINS:
            found = traced(quick, LOGINS // 2)
            tried += LOGINS // 2
    finally:
        os.chmod(stage.HELPER, stage.HELPER_MODE)
    with capsys.disabled():
        print("\nmode 0755: %d of %d helpers traced" % (found, tried))
    assert found > 0


def test_nobody_looks_into_a_helper(quick, sim):
    login = quick.login()
    login.prompt("Verification code sent")
    out, _ = intruder("read", str(helper().pid)).communicate(timeout=30)
    told = dict(line.split(": ") for line in out.splitlines())
    assert len(told) == 8
    # maps may be opened, and shows nothing
    assert told.pop("maps") in ("Permission denied", "done")
    for name, result in told.items():
        assert result in ("Permission denied",
                          "Operation not permitted"), name
    login.answer(sim.code("alice"))
    assert login.ended() == 0


@needs_filter
def test_filter_at_the_prompt(sshd, terminals, sim):
    ssh = sshd.login("alice")
    ssh.password()
    ssh.prompt("Verification code sent")
    found = helper()
    assert found.status()["Seccomp"] == FILTERED
    ssh.hang_up()
    assert found.gone(5)
    sudo = terminals.sudo("alice", "id", "-un")
    sudo.password()
    sudo.prompt("code")
    assert helper().status()["Seccomp"] == FILTERED
    sudo.answer(sim.code("alice"))
    assert sudo.ended() == 0 and "root" in sudo.text


@needs_filter
def test_filter_of_what_twofactl_asks(terminals, sim, _ready):
    test = terminals.run(tool.TWOFACTL, "--helper", stage.HELPER, "test",
                         "alice")
    test.prompt("Verification code sent")
    assert helper().status()["Seccomp"] == FILTERED
    test.answer(sim.code("alice"))
    assert test.ended() == 0


@pytest.fixture
def odd_names(build):
    """A name service of ours, first for users, in a /usr of our own."""
    module = "libnss_twofaodd.so.2"
    folder = os.path.dirname(subprocess.run(
        ["gcc", "-print-file-name=libnss_compat.so.2"], text=True,
        capture_output=True, check=True).stdout)
    folder = os.path.realpath(folder)
    assert folder.startswith("/usr/")
    with open("/etc/nsswitch.conf", encoding="utf-8") as text:
        before = text.read()
    with stage.own_usr():
        try:
            shutil.copy(stage.STAGE + "/test/" + module, folder)
            with open("/etc/nsswitch.conf", "w", encoding="utf-8") as out:
                out.write(re.sub(r"(?m)^passwd:.*", "passwd: twofaodd files",
                                 before))
            yield
        finally:
            with open("/etc/nsswitch.conf", "w", encoding="utf-8") as out:
                out.write(before)


@needs_filter
def test_what_was_taken_over_starts_nothing(odd_names, quick, syslog):
    """It comes from inside the helper: to trace, to signal, to read keys, to
    leave a process behind. The calls are refused, and alice gets in."""
    quick.right(quick.login())
    line = syslog.wait_for(r"twofa-helper\[\d+\]: alice@sshd: "
                           r"sandbox: refused (.*)$")
    # a copy's second filter has another order
    assert sorted(line.group(1).split(", ")) == ["keyctl", "kill", "ptrace"]
    assert not of_twofa()
    syslog.clear()


@needs_filter
def test_each_refused_call_is_named(odd_names, quick, syslog):
    """All of them in one login, which ends well."""
    with open("/etc/twofaodd.all", "w", encoding="ascii"):
        pass
    try:
        quick.right(quick.login())
    finally:
        os.unlink("/etc/twofaodd.all")
    line = syslog.wait_for(r"twofa-helper\[\d+\]: alice@sshd: "
                           r"sandbox: refused (.*)$")
    with open(os.path.join(stage.build_dir(), "sandbox/programs.c"),
              encoding="ascii") as text:
        calls = re.search(
            r"calls_%s\[\] = \{(.*?)\};" % os.uname().machine.replace(
                "aarch64", "arm64"), text.read(), re.S).group(1)
    assert sorted(line.group(1).split(", ")) == sorted(
        name for name in re.findall(r'"(\w+)"', calls)
        if name not in ("clone", "clone3", "tgkill"))
    syslog.clear()


HERE = "/run/tmp/twofa-was-here"


def wrote(quick):
    """Could a helper that was taken over write outside of the state?"""
    quick.right(quick.login("bob"), "bob")
    try:
        os.unlink(HERE)
    except FileNotFoundError:
        return False
    return True


@needs_filter
def test_what_was_taken_over_writes_nothing_elsewhere(odd_names, quick):
    assert not wrote(quick)


@needs_filter
def test_without_sandbox_it_writes(odd_names, quick, settings):
    """So the test above can fail."""
    settings.set(sandbox="off")
    assert wrote(quick)
    login = quick.login("bob")
    login.prompt("code")
    assert helper().status()["Seccomp"] == "0"
    login.hang_up()


@pytest.mark.usefixtures("started")
@needs_filter
def test_what_was_taken_over_does_not_outlive_its_login(odd_names, quick, pam,
                                                        syslog):
    """It stays, by all that it may do itself: it goes with the process that
    waits for it, which the module kills."""
    pam.args(deadline=10)
    t = quick.login("carol")
    assert t.ended(40) != 0
    assert syslog.login_line(user="carol")["reason"] == "helper-died"
    until = time.monotonic() + 5
    while of_twofa() and time.monotonic() < until:
        time.sleep(0.01)
    assert not of_twofa()
    syslog.clear()


@pytest.mark.usefixtures("started")
@needs_filter
def test_what_was_taken_over_outlives_no_listener_for_long(odd_names, quick,
                                                           pam, syslog):
    """A copy that stays, whose parent ends meanwhile as by a restart: nobody
    is left to kill it but the kernel, 10 s after the login's deadline."""
    found = Activated()
    try:
        pam.args(transport="socket", socket=found.path, deadline=10)
        t = quick.login("carol")
        end = time.monotonic() + 20
        while not found.copies() or not clings(found.copies()[0]):
            assert time.monotonic() < end
            time.sleep(0.01)
        copy, = found.copies()
        assert found.stop() == 0
        assert t.ended(40) != 0
        assert clings(copy)
        end = time.monotonic() + 40
        while of_twofa():
            assert time.monotonic() < end, of_twofa()
            time.sleep(0.05)
    finally:
        found.stop()
        os.unlink(found.path)
    syslog.clear()


def clings(pid):
    """It has closed what ties it to its login (never_end of nss_odd.c)."""
    return pid in dict(of_twofa()) and not os.listdir("/proc/%d/fd" % pid)


@pytest.fixture
def nsswitch():
    """The groups come from these sources."""
    with open("/etc/nsswitch.conf", encoding="utf-8") as text:
        before = text.read()

    def choose(sources):
        with open("/etc/nsswitch.conf", "w", encoding="utf-8") as out:
            out.write(re.sub(r"(?m)^group:.*", "group: " + sources, before))
    yield choose
    with open("/etc/nsswitch.conf", "w", encoding="utf-8") as out:
        out.write(before)


class UserDatabase(socketserver.StreamRequestHandler):
    """A directory that libnss_systemd asks, by varlink."""

    NAME = "org.example.Directory"
    FOLDER = "/run/systemd/userdb"
    GROUP = {"groupName": "corp-sys", "gid": 71234, "service": NAME}

    def handle(self):
        asked = b""
        while not asked.endswith(b"\0"):
            more = self.request.recv(4096)
            if not more:
                return
            asked += more
        asked = json.loads(asked[:-1])
        self.wfile.write(json.dumps(self.reply(
            asked["method"].rpartition(".")[2],
            asked["parameters"])).encode() + b"\0")

    def reply(self, method, about):
        if method == "GetMemberships" and about.get("userName") == "alice":
            return {"parameters": {"userName": "alice",
                                   "groupName": self.GROUP["groupName"]}}
        if method == "GetGroupRecord" and (
                about.get("groupName") == self.GROUP["groupName"] or
                about.get("gid") == self.GROUP["gid"]):
            return {"parameters": {"record": self.GROUP, "incomplete": False}}
        return {"error": "io.systemd.UserDatabase.NoRecordFound",
                "parameters": {}}


@pytest.fixture
def userdb():
    os.makedirs(UserDatabase.FOLDER)
    path = os.path.join(UserDatabase.FOLDER, UserDatabase.NAME)
    with socketserver.ThreadingUnixStreamServer(path, UserDatabase) as server:
        os.chmod(path, 0o666)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()
    shutil.rmtree(UserDatabase.FOLDER)


@pytest.mark.skipif(not glob.glob("/lib/*/libnss_systemd.so.2"),
                    reason="package libnss-systemd is not installed")
def test_groups_by_systemd(userdb, nsswitch, quick, settings):
    """Its name service once called what an allow-list had not foreseen."""
    nsswitch("files systemd")
    settings.set(rules=[{"groups": ["corp-sys"], "action": "skip"}])
    quick.admitted(quick.login(), outcome="skipped")
    quick.right(quick.login("bob"), "bob")


NSCD = "/run/nscd"  # /var/run/nscd is compiled into libc


@pytest.fixture
def nscd(_ready):
    """libc's cache for groups, which alone knows of corp-cache: it runs where
    /etc/group has that, too."""
    os.makedirs(NSCD)
    with open("/etc/group", encoding="utf-8") as text:
        known = text.read()
    with open(NSCD + "/group", "w", encoding="utf-8") as out:
        out.write(known + "corp-cache:x:71235:alice\n")
    with open(NSCD + "/conf", "w", encoding="ascii") as out:
        out.writelines("%s\n" % line for line in (
            "enable-cache group yes", "persistent group no",
            "shared group yes", "check-files group no",
            "enable-cache passwd no", "enable-cache hosts no",
            "enable-cache services no", "enable-cache netgroup no"))
    with subprocess.Popen(
            ["unshare", "--mount", "sh", "-ec",
             'mount --bind "$1/group" /etc/group; shift; exec "$@"', "sh",
             NSCD, "nscd", "--foreground", "--config-file", NSCD + "/conf"],
            stdout=subprocess.DEVNULL) as server:
        try:
            end = time.monotonic() + 10
            while subprocess.run(["getent", "group", "corp-cache"],
                                 stdout=subprocess.DEVNULL,
                                 check=False).returncode != 0:
                assert server.poll() is None and time.monotonic() < end
                time.sleep(0.05)
            yield
        finally:
            server.kill()
    shutil.rmtree(NSCD)


def test_groups_by_nscd(nscd, quick, settings):
    """libc asks it by a socket, and looks into its memory."""
    settings.set(rules=[{"groups": ["corp-cache"], "action": "skip"}])
    quick.admitted(quick.login(), outcome="skipped")
    quick.right(quick.login("bob"), "bob")


@needs_filter
@pytest.mark.parametrize("error", [errno.ENOSYS, errno.EINVAL])
def test_kernel_without_filters(host, settings, syslog, error):
    settings.set(rules=[{"action": "skip"}])
    refused = Refused("seccomp", error)
    refused.stack("helper=" + stage.HELPER)
    assert refused.run(*KEY).result == test_host.SUCCESS
    syslog.wait_for("sandbox: this kernel takes no filter of system calls "
                    r"\(%s\); the login goes on" % os.strerror(error))
    syslog.clear()
