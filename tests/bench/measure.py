# SPDX-License-Identifier: BSD-2-Clause
"""One login: its time, its instructions, its system calls, its memory."""

import collections
import glob
import os
import re
import shutil
import subprocess

import peers
import stage
import warm

LOGIN = stage.STAGE + "/test/bench_login"
RESULT = re.compile(rb"result (-?\d+) wall_us (\d+) cpu_us (\d+) faults (\d+)")
CALLGRIND = peers.HOME + "/callgrind"

Cost = collections.namedtuple("Cost", "wall cpu faults")  # ms, ms, number


class Login:
    """Begun at once; finish() types what is asked and gives its Cost."""

    def __init__(self, service, user=None, before=(), hold=False,
                 crowd=False):
        self.service = service
        self._crowd = crowd
        self.user = user or service.user()
        service.prepare(self.user)
        self._used = 0
        if service.warm and not crowd:
            self._used = service.warm.used()
        argv = [*before, LOGIN] + ["hold"] * hold + [
            service.folder, service.name.split(".")[0], self.user]
        self._process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, bufsize=0)
        self._seen = b""

    @property
    def pid(self):
        return self._process.pid

    def _line(self):
        return self._process.stdout.readline()

    def prompt(self):
        line = self._line()
        if line != b"prompt\n":
            raise AssertionError("%s, %s: %r instead of a prompt" % (
                self.service.name, self.user, line))

    def type(self, text):
        self._process.stdin.write(text.encode() + b"\n")

    def end(self):
        """Its Cost; None when it was refused."""
        match = RESULT.match(self._line())
        if match is None:
            self._process.kill()  # it asks again
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        if match is None or int(match.group(1)) != 0:
            return None
        wall, cpu, faults = (int(n) for n in match.groups()[1:])
        return Cost(wall / 1000, cpu / 1000 + self._copy(), faults)

    def _copy(self):
        """What the copy used; of several at once, nobody can tell."""
        warm = self.service.warm
        return warm.used() - self._used if warm and not self._crowd else 0

    def finish(self):
        for _ in range(self.service.prompts):
            self.prompt()
            self.type(self.service.answer(self.user))
        cost = self.end()
        if cost is None:
            raise AssertionError("%s refused %s" % (self.service.name,
                                                    self.user))
        return cost


def processes(first):
    """A process and all below it."""
    parents = collections.defaultdict(list)
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="ascii", errors="replace") as text:
                words = text.read().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(words[1])].append(int(path.split("/")[2]))
    found = [first]
    for pid in found:
        found += parents[pid]
    return found


def memory(pid):
    """KiB of one process: what it has written and nobody else has, that and
    what it alone has read of files, and its share of all. The page of a program
    that was only read counts as dirty where the program lies on tmpfs, as it
    does here and nowhere else."""
    written = read = share = 0
    with open("/proc/%d/smaps" % pid, encoding="utf-8") as text:
        parts = re.split(r"^(?=[\da-f]+-[\da-f]+ )", text.read(), flags=re.M)
    for part in parts[1:]:
        rows = {name: int(size) for name, size in
                re.findall(r"^(\w+): +(\d+) kB$", part, re.M)}
        dirty = rows["Private_Dirty"]
        read += dirty + rows["Private_Clean"]
        share += rows["Pss"]
        if re.match(r"\S+ .-.*/(?!memfd:)", part.splitlines()[0]):
            dirty = min(dirty, rows["Anonymous"])
        written += dirty
    return written, read, share


def objects(pid):
    """Shared objects that are mapped."""
    with open("/proc/%d/maps" % pid, encoding="utf-8") as text:
        return set(re.findall(r"\S+\.so[.\d]*$", text.read(), re.M))


def _calls(log):
    """How many each process made."""
    with open(log, encoding="ascii", errors="replace") as text:
        return collections.Counter(
            line.split()[0] for line in text
            if re.match(r"\d+ +\w+\(", line))


def syscalls(service):
    """System calls of one login: the host's, and those of its children."""
    log = peers.HOME + "/strace"
    login = Login(service, before=("strace", "-f", "-o", log))
    login.finish()
    calls = _calls(log)
    with open(log, encoding="ascii", errors="replace") as text:
        host = text.readline().split()[0]
    return calls[host], sum(calls.values()) - calls[host]


def warm_syscalls(service, traced, count):
    """Those of a login's copy, of the broker and of the listening helper
    (means of so many logins); traced: it runs under strace."""
    Login(service).finish()
    traced.settle()
    before = _calls(traced.log)
    for _ in range(count):
        Login(service).finish()
    traced.settle()
    more = _calls(traced.log) - before
    broker = sum(more[str(pid)] for pid in traced.brokers("-broker"))
    parent = more[str(traced.pid)]
    return ((sum(more.values()) - broker - parent) / count, broker / count,
            parent / count)


def total(path):
    """What a file of callgrind's says."""
    with open(path, encoding="utf-8", errors="replace") as text:
        for line in text:
            if line.startswith(("totals:", "summary:")):
                return int(line.split()[1])
    return 0


def instructions(service, helper=None):
    """Of one login: the host's, the helper's (both under callgrind). helper:
    the same service with a helper that is counted."""
    for path in glob.glob(CALLGRIND + "/*"):
        os.unlink(path)
    begun = Login(service, before=(
        "prlimit", "--nofile=76:76", "valgrind", "--tool=callgrind",
        "--vgdb=no", "--log-file=/dev/null",
        "--callgrind-out-file=" + CALLGRIND + "/host.%p"))
    begun.finish()
    host = total(CALLGRIND + "/host.%d" % begun.pid)
    if helper is None:
        return host, 0
    Login(helper).finish()
    found = glob.glob(CALLGRIND + "/helper.*")
    keep = os.environ.get("BENCH_KEEP")
    if keep:
        shutil.copy(found[0], "%s/%s" % (keep, service.name))
    return host, sum(total(path) for path in found)


def life(services):
    """A warm.Life of these logins, one after the other, under callgrind."""
    counted = warm.Counted()
    for service in services:
        Login(service).finish()
    found = counted.end(total)
    assert found.number == len(services), found
    return found
