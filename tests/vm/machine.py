# SPDX-License-Identifier: BSD-2-Clause
"""A machine under QEMU with a disk that outlives it. Network and provider are
the test's own; what runs in there is asked of its agent."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

PATIENCE = 120  # seconds until something that must come is given up
CA = "/etc/ssl/certs/provider.pem"
CONF = """brand = "ACME Corp";
providers = ({ name = "vonage", type = "vonage-verify", api_key = "abcd1234",
  api_secret_file = "/etc/twofa/secrets/vonage", base_url = "%s",
  ca_file = "%s" });
"""
SEUSERS = "/etc/selinux/default/seusers"
SOCKET = "twofa-helper.socket"
CALLERS = ("sshd_t", "local_login_t", "staff_sudo_t", "unconfined_t")
# Source, target, class and right of what is refused on purpose: the loader sees that
# a helper, or ssh, has other privileges; doctor finds the system bus shut to its
# helper, and /etc/shadow to sysadm_t.
MEANT = {*((who, "twofa_helper_t", "process", "{ noatsecure }") for who in
           ("sshd_t", "local_login_t", "staff_sudo_t", "sysadm_t")),
         ("sysadm_t", "ssh_t", "process", "{ noatsecure }"),
         ("twofa_helper_t", "system_dbusd_runtime_t", "dir", "{ search }"),
         ("sysadm_t", "shadow_t", "file", "{ read }")}
RECORD = 'phone = "%s"; channels = [ "sms", "voice" ];\n'


def until(true, what, patience=PATIENCE):
    """Wait for what has no event of its own."""
    end = time.monotonic() + patience
    while True:
        found = true()
        if found:
            return found
        assert time.monotonic() < end, what
        time.sleep(0.1)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Asked:
    """What the agent runs, or has run."""

    def __init__(self):
        self.over = threading.Event()
        self.status = None
        self.out = ""

    def wait(self, patience=PATIENCE):
        assert self.over.wait(patience), "the machine does not answer"
        assert self.status is not None, "the machine has ended"
        return self.out


class Machine:
    """It boots from its disk, is turned off, or loses its power."""

    running = None  # one at a time

    def __init__(self, folder, words=""):
        self.folder = folder
        self.words = words  # for its kernel
        self.disk = os.path.join(folder, "disk")
        self.console = os.path.join(folder, "console")
        self.terminal = os.path.join(folder, "terminal")  # its ttyS2
        self.port = free_port()  # where its sshd is
        self.seconds = 0.0  # that the last boot took
        self._qemu = None
        self._line = None
        self._asked = {}
        self._lock = threading.Lock()
        self._count = 0
        os.makedirs(folder, exist_ok=True)

    # The disk.

    def fresh(self):
        """The disk as the package leaves it."""
        subprocess.run(["cp", "--sparse=always", os.environ["VM_DISK"],
                        self.disk], check=True)

    def discard(self):
        self.cut()
        shutil.rmtree(self.folder)

    # On and off.

    def takes_turn(self):
        """It runs, in place of another one."""
        if Machine.running is not self:
            if Machine.running:
                Machine.running.turn_ends()
            self.boot()

    def turn_ends(self):
        self.run("sync")
        self.cut()

    def boot(self, memory=1024):
        """Until the agent answers and all that is started at a boot is."""
        kernel = os.environ["VM_KERNEL"]
        path = os.path.join(self.folder, "agent")
        for old in (path, self.terminal):
            if os.path.exists(old):
                os.unlink(old)
        assert not Machine.running
        begin = time.monotonic()
        Machine.running = self
        self._qemu = subprocess.Popen(
            ["nice", "-n", "5", "qemu-system-x86_64",
             "-machine", "q35,accel=tcg", "-cpu", "max", "-smp", "1",
             "-m", str(memory), "-display", "none", "-no-reboot",
             "-monitor", "none", "-serial", "file:" + self.console,
             "-serial", "unix:%s,server=on,wait=off" % path,
             "-serial", "unix:%s,server=on,wait=off" % self.terminal,
             "-nic", "user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:%d-:22"
             % self.port,
             "-drive", "if=virtio,format=raw,file=" + self.disk,
             "-kernel", kernel + "/vmlinuz", "-initrd", kernel + "/initrd",
             "-append", "console=ttyS0 root=/dev/vda rw quiet panic=-1 "
             "net.ifnames=0 mitigations=off printk.devkmsg=on "
             # a busy host's clock is late; the kernel panics otherwise
             "no_timer_check "
             "systemd.show_status=0 " + self.words], stdin=subprocess.DEVNULL)
        until(lambda: os.path.exists(path), "QEMU does not start", 20)
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(path)
        up = self._asked[0] = Asked()
        threading.Thread(target=self._listen, args=(self._line,),
                         daemon=True).start()
        up.wait()
        until(lambda: self.run("systemctl", "is-system-running",
                               expected=None).strip() in
              ("running", "degraded"), "the boot does not end")
        self.seconds = time.monotonic() - begin

    def power_off(self):
        """As an admin does."""
        self.start("systemctl", "--no-block", "poweroff")
        assert self._qemu.wait(PATIENCE) == 0
        self._qemu = Machine.running = None

    def cut(self):
        """The power fails: what was written and not waited for is lost."""
        if self._qemu is not None:
            self._qemu.send_signal(signal.SIGKILL)
            self._qemu.wait(PATIENCE)
            self._qemu = Machine.running = None

    # What runs there.

    def _listen(self, line):
        with line, line.makefile("r", encoding="utf-8") as lines:
            try:
                for text in lines:
                    # the firmware's own words come first
                    if not text.startswith("{"):
                        continue
                    answer = json.loads(text)
                    asked = self._asked.pop(answer["n"])
                    asked.status, asked.out = answer["rc"], answer["out"]
                    asked.over.set()
            except OSError:
                pass
        with self._lock:
            for asked in self._asked.values():
                asked.over.set()
            self._asked.clear()

    def start(self, *argv, given=""):
        """Run it; whoever asked may wait."""
        with self._lock:
            self._count += 1
            asked = self._asked[self._count] = Asked()
            self._line.sendall(json.dumps(
                {"n": self._count, "argv": argv, "given": given}
            ).encode() + b"\n")
        return asked

    def run(self, *argv, expected=0, given=""):
        """What it prints; it must end as expected (None: any way)."""
        asked = self.start(*argv, given=given)
        out = asked.wait()
        assert expected is None or asked.status == expected, \
            "%s: %d: %s" % (argv, asked.status, out)
        return out

    def shell(self, text, expected=0):
        return self.run("sh", "-c", text, expected=expected)

    def twofactl(self, *words, expected=0):
        return self.run("twofactl", *words, expected=expected)

    def read(self, path):
        return self.run("cat", path)

    def put(self, path, text, mode="0640"):
        """As root's, for the helper to read."""
        self.run("install", "-o", "root", "-g", "twofa", "-m", mode,
                 "/dev/stdin", path, given=text)

    def journal(self, *words):
        return self.run("journalctl", "-b", "-q", "-o", "cat", "--no-pager",
                        *words)

    def news(self, reader, *words):
        """The journal's lines since this reader asked for them last."""
        return self.journal("--cursor-file=/run/news." + reader, *words)

    def denied(self):
        """What AppArmor kept programs of ours from since this was asked last."""
        return [line for line in self.run("dmesg", "-c").splitlines()
                if 'apparmor="DENIED"' in line and "twofa" in line]

    @contextlib.contextmanager
    def unlistened(self):
        """Without the unit that listens: each login starts a helper of its own."""
        self.run("systemctl", "stop", SOCKET, "twofa-helper.service")
        try:
            yield
        finally:
            self.run("systemctl", "start", SOCKET)

    @contextlib.contextmanager
    def started(self, way):
        """By the unit that listens ("socket"), or without it."""
        if way == "socket":
            yield way
            return
        with self.unlistened():
            yield way

    @contextlib.contextmanager
    def confined(self):
        """By SELinux: alice may become an admin, bob may become nobody else."""
        before = self.read(SEUSERS)
        self.run("tee", SEUSERS, given="alice:staff_u:s0-s0:c0.c1023\n"
                 "bob:user_u:s0\n" + before)
        self.run("usermod", "-a", "-G", "sudo", "alice")
        try:
            yield
        finally:
            self.run("gpasswd", "-d", "alice", "sudo")
            self.run("tee", SEUSERS, given=before)

    def refused(self):
        """What SELinux kept programs of ours from, and domains that load the
        module, since this was asked last, each once and but for what is MEANT:
        domain, label, class, right, program."""
        found = {(*one[2:], *one[:2]) for one in re.findall(
            r"avc: +denied +(\{ .*? \}) .*?comm=(\S+).* scontext=\w+:\w+:(\w+)"
            r".* tcontext=\w+:\w+:(\w+).* tclass=(\w+)",
            self.news("refused", "_TRANSPORT=audit"))}
        return {one for one in found
                if ("twofa" in "".join(one) or one[0] in CALLERS) and
                one[:4] not in MEANT}

    def helpers(self):
        """The processes of the helper's file: pid and parent of each."""
        found = self.run("ps", "-C", "twofa-helper", "-o", "pid=,ppid=",
                         expected=None)
        return dict(map(int, line.split()) for line in found.splitlines())

    def status(self, pid):
        """/proc/PID/status, by field."""
        return dict(line.split(":\t", 1) for line in
                    self.read("/proc/%d/status" % pid).splitlines()
                    if ":\t" in line)

    # What is tried there.

    def settle(self, sim, people):
        """Settings for these people, as an admin makes them."""
        with open(sim.certs.ca, encoding="ascii") as text:
            self.put(CA, text.read(), "0644")
        self.put("/etc/twofa/twofa.conf", CONF % (
            "https://provider:%d" % sim.port, CA))
        self.put("/etc/twofa/secrets/vonage", "Sup3rS3cret\n")
        for name, number in people.items():
            self.put("/etc/twofa/users.d/%s.conf" % name, RECORD % number)
        self.put("/etc/ssh/sshd_config.d/10-keyboard.conf",
                 "PasswordAuthentication no\n"
                 "KbdInteractiveAuthentication yes\nUsePAM yes\n", "0644")
        self.run("systemctl", "restart", "ssh")  # waits until it listens

    def ask_for_codes(self, *services):
        """The line that the manual has, in these services' files."""
        for service in services:
            self.run("sed", "-i", "-e", "/pam_twofa/d", "-e", "s/^@include "
                     "common-auth$/&\\nauth required pam_twofa.so/",
                     "/etc/pam.d/" + service)
            assert "pam_twofa" in self.read("/etc/pam.d/" + service)
