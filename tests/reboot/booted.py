# SPDX-License-Identifier: BSD-2-Clause
"""A machine with systemd that is booted from a disk of its own, turned off, and
whose power fails. The network is the test's own, and so is the provider."""

import collections
import json
import os
import shlex
import shutil
import signal
import stat
import subprocess
import time

FOLDER = "/mnt/"
ROOT = FOLDER + "machine"
DISK = FOLDER + "disk"  # what is mounted
GOLDEN = FOLDER + "golden"
TWOFACTL = "/usr/local/sbin/twofactl"
STATE = "/var/lib/twofactl"
PATIENCE = 120  # seconds until something that must come is given up
# What nobody has waited for is not on the disk when the power fails: neither
# the journal's own time nor a rename brings it there.
MOUNT = "loop,commit=600,noauto_da_alloc"


def until(true, what):
    """Wait for what has no event of its own."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def call(*argv):
    subprocess.run(argv, check=True)


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid),
              encoding="ascii") as text:
        return list(map(int, text.read().split()))


def states(pids):
    """Of these processes: R, S, T, Z and so on."""
    found = set()
    for pid in pids:
        with open("/proc/%d/stat" % pid, encoding="ascii") as text:
            found.add(text.read().rsplit(")", 1)[1].split()[0])
    return found


def look(path):
    """Of one file: kind and mode, owner, group, bytes."""
    info = os.lstat(path)
    if stat.S_ISLNK(info.st_mode):
        text = os.readlink(path)
    elif stat.S_ISREG(info.st_mode):
        with open(path, "rb") as data:
            text = data.read()
    else:
        text = None
    return info.st_mode, info.st_uid, info.st_gid, text


class Machine:
    """One container. Its disk outlives it."""

    def __init__(self):
        self._nspawn = None
        self._stopped = []
        self.init = 0  # its first process, as seen from here

    # The disk.

    @staticmethod
    def path(name):
        """A file on the disk."""
        return ROOT + name

    @staticmethod
    def mount():
        call("mount", "-o", MOUNT, DISK, FOLDER + "up")
        for name in ("files", "work"):
            os.makedirs(FOLDER + "up/" + name, 0o755, exist_ok=True)
        call("mount", "-t", "overlay", "overlay", "-o",
             "lowerdir=%s,upperdir=%sup/files,workdir=%sup/work" % (
                 os.environ["BASE"], FOLDER, FOLDER), ROOT)

    @staticmethod
    def unmount():
        call("umount", ROOT)
        call("umount", FOLDER + "up")

    def format(self):
        """An empty disk, on which the base lies."""
        for name in ("up", "machine"):
            os.mkdir(FOLDER + name)
        with open(DISK, "wb") as disk:
            disk.truncate(256 << 20)
        call("mkfs.ext4", "-q", DISK)
        self.mount()

    def keep(self):
        """The disk as every test finds it."""
        self.power_off()
        self.unmount()
        os.rename(DISK, GOLDEN)

    def fresh(self):
        """The disk as it was kept."""
        call("cp", "--sparse=always", GOLDEN, DISK)
        self.mount()

    def discard(self):
        self._kill()
        self.unmount()
        os.unlink(DISK)

    def etc(self):
        """All that lies in /etc: name and look."""
        found = {}
        for folder, folders, files in os.walk(self.path("/etc")):
            for name in folders + files:
                path = os.path.join(folder, name)
                found[path[len(ROOT):]] = look(path)
        return found

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)

    def pending(self):
        return os.path.exists(self.path(STATE + "/pending"))

    # On and off.

    def boot(self):
        """Until all that is started at a boot is."""
        with open(FOLDER + "console", "ab") as console:
            self._nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "-b", "--directory=" + ROOT,
                 "--machine=twofa-reboot", "--link-journal=no",
                 "--resolv-conf=off", "--timezone=off", "--console=pipe",
                 "--bind=" + os.environ["HERE"],
                 "--bind=" + os.environ["BUILD"],
                 *shlex.split(os.environ["NSPAWN_FLAGS"]),
                 "systemd.mask=tmp.mount"], stdin=subprocess.DEVNULL,
                stdout=console, stderr=console,
                env=dict(os.environ, SYSTEMD_LOG_LEVEL="warning"))
        until(self._find_init, "the machine does not boot")
        until(self._is_up, "the machine does not finish its boot")

    def _find_init(self):
        assert self._nspawn.poll() is None, "systemd-nspawn has ended"
        self.init = next(filter(self._is_first, children(self._nspawn.pid)), 0)
        return self.init != 0

    @staticmethod
    def _is_first(pid):
        """In namespaces of its own, and systemd already?"""
        try:
            with open("/proc/%d/status" % pid, encoding="ascii") as text:
                numbers = [line.split() for line in text
                           if line.startswith("NSpid:")][0]
            return (len(numbers) > 2 and numbers[-1] == "1" and os.readlink(
                "/proc/%d/exe" % pid).endswith("/systemd"))
        except OSError:
            return False

    def _is_up(self):
        return self.run("systemctl", "is-system-running",
                        expected=None).strip() in ("running", "degraded")

    def power_off(self):
        """As an admin does."""
        self.run("systemctl", "--no-block", "poweroff")
        assert self._nspawn.wait(PATIENCE) == 0
        self._nspawn = None
        self.init = 0

    def reboot(self):
        self.power_off()
        self.boot()

    def _kill(self):
        if self._nspawn is not None:
            os.kill(self.init or self._nspawn.pid, signal.SIGKILL)
            # nsenter stopped with it, and would let it go on
            for child in self._stopped:
                until(lambda pid=child.pid: states(children(pid)) <= {"Z"},
                      "twofactl outlives its machine")
                child.send_signal(signal.SIGCONT)
                child.communicate(timeout=PATIENCE)
            self._stopped.clear()
            self._nspawn.wait(PATIENCE)
            self._nspawn = None
            self.init = 0

    def cut(self):
        """The power fails: all that runs ends, and of what was written there
        is what has come to the disk."""
        self._kill()
        shutil.copyfile(DISK, DISK + ".cut")
        self.unmount()
        os.rename(DISK + ".cut", DISK)
        self.mount()

    # What runs there.

    def inside(self, argv):
        """What runs this there."""
        return ["nsenter", "-t", str(self.init), "-m", "-u", "-i", "-p", "-r",
                "-w", "--", "/usr/bin/env", "-i", "LC_ALL=C.UTF-8",
                "PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", *argv]

    def start(self, *argv):
        return subprocess.Popen(
            self.inside(argv), stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, *argv, expected=0):
        """What it prints; it must end as expected (None: any way)."""
        child = self.start(*argv)
        out = child.communicate(timeout=3 * PATIENCE)[0]
        assert expected is None or child.returncode == expected, \
            "%s: %d: %s" % (argv, child.returncode, out)
        return out

    def twofactl(self, *words, expected=0):
        return self.run(TWOFACTL, *words, expected=expected)

    def value(self, name, unit):
        """A property of a unit's."""
        return self.run("systemctl", "show", "--value", "-p", name,
                        unit).strip()

    def journal(self):
        """The lines of this boot, each behind its program and priority."""
        self.run("journalctl", "--sync")
        lines = self.run("journalctl", "--no-pager", "-q", "-o", "json", "-b")
        return ["%(SYSLOG_IDENTIFIER)s <%(PRIORITY)s> %(MESSAGE)s" %
                collections.defaultdict(str, json.loads(line))
                for line in lines.splitlines()]

    def running(self, name):
        """A file that only lies there while it runs, as in /run."""
        return "/proc/%d/root%s" % (self.init, name)

    # Where twofactl stops.

    def stops_behind(self, step, *words):
        """Start a twofactl that stops there, and wait until it has."""
        os.makedirs(self.running("/run/stage"), exist_ok=True)
        with open(self.running("/run/stage/step"), "w",
                  encoding="ascii") as out:
            out.write("%s %d\n" % (step, signal.SIGSTOP))
        child = self.start(TWOFACTL, *words)
        self._stopped.append(child)

        def there():
            assert child.poll() is None, child.stdout.read()
            return states([child.pid]) == {"T"}
        until(there, "twofactl does not come to " + step)
