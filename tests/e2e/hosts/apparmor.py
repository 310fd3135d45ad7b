# SPDX-License-Identifier: BSD-2-Clause
"""An AppArmor profile as its parser reads it, and what a program did by
strace(1): is all of that allowed?"""

import glob
import os
import re
import subprocess

import stage

RULE = re.compile(r'^\s*((?:audit |deny |owner |file )*)"?([/@][^\s"]*)"?'
                  r"\s+([rwaklmixpuPUC]+)(?: -> \S+)?,", re.M)
VARIABLE = re.compile(r"^(@\{\w+\})\s*\+?=\s*(.*)$", re.M)
NETWORK = re.compile(r"^\s*network\s+(\w+)\s+(\w+),", re.M)
CAPABILITY = re.compile(r"^\s*capability\s+(\w+),", re.M)
# A file for each process, so that no line is cut in two; the program keeps its
# number.
STRACE = ("/usr/bin/strace", "-ff", "-D", "-qq", "-y", "-o")
CALLS = ("trace=open,openat,creat,execve,mmap,connect,bind,socket,unlink,"
         "unlinkat,rename,renameat,renameat2,mkdir,mkdirat,chmod,fchmodat,"
         "fcntl,flock,truncate,link,linkat,symlink,clone,clone3,fork,vfork")
HELPERS = (stage.HELPER, stage.CLOCK_HELPER)
ITSELF = "/proc/self/exe"  # whose name is the file's: the broker's beginning
FORK = re.compile(r"(?:clone3?|v?fork)\(.* = (\d+)$")
INSTALLED = "/usr/libexec/twofa-helper"


def parsed(path):
    """The text with all includes; it must be well-formed."""
    for mode in ((), ("--Complain",)):
        done = subprocess.run(["apparmor_parser", "-QK", *mode, path],
                              text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    return subprocess.run(["apparmor_parser", "-p", path], text=True,
                          capture_output=True, check=True).stdout


class Profile:
    """Its rules for files, networks and capabilities."""

    def __init__(self, path):
        text = re.sub(r"#(?!include).*", "", parsed(path))
        self._values = {}
        for name, values in VARIABLE.findall(text):
            self._values.setdefault(name, []).extend(
                value.strip('"') for value in values.split())
        self.networks = set(NETWORK.findall(text))
        self.capabilities = set(CAPABILITY.findall(text))
        self.flags = re.search(r"^profile twofa-helper \S+"
                               r"(?: flags=\((.*)\))? \{$", text, re.M)[1]
        found = [(words, re.compile(self._pattern(path) + r"\Z"), rights)
                 for words, path, rights in RULE.findall(text)]
        self.rules = [rule[1:] for rule in found
                      if "deny" not in rule[0] and "owner" not in rule[0]]
        self.denied = [rule[1:] for rule in found if "deny" in rule[0]]

    def _pattern(self, path):
        """As a regular expression; values of variables may end in a slash."""
        while "@{" in path:
            path = re.sub(r"@\{\w+\}", lambda match: "{%s}" % ",".join(
                value.rstrip("/") for value in self._values[match[0]]), path)
        depth, out = 0, []
        for part in re.findall(r"\*\*|\[[^]]*\]|.", path):
            depth += {"{": 1, "}": -1}.get(part, 0)
            out.append({"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:",
                        "}": ")"}.get(part) or
                       ("|" if part == "," and depth else
                        part if len(part) > 1 else re.escape(part)))
        return "".join(out)

    def allows(self, path, right):
        return any(right in rights and pattern.match(path)
                   for pattern, rights in self.rules)

    def forbidden(self, uses):
        """Those of {(path, right)} that no rule allows, and none denies by
        name, which writes no line into the log."""
        return sorted((path, right) for path, right in uses
                      if not self.allows(path, right) and not any(
                          right in rights and pattern.match(path)
                          for pattern, rights in self.denied))


def _opened(flags):
    """The rights that an open of these flags takes."""
    if "O_PATH" in flags:
        return ""
    if "O_RDWR" in flags:
        return "rw"
    return "w" if "O_WRONLY" in flags else "r"


def _uses(call, text):
    """(path, rights) of one line of a trace."""
    ends = re.search(r" = \d+<(/[^>]*)>", text)
    inside = re.search(r"^\d+<(/[^>]*)>", text)
    quoted = re.search(r'"(/[^"]*)"', text)
    if call in ("open", "openat", "creat") and ends:
        yield ends[1], _opened(text)
    elif call == "mmap" and "PROT_EXEC" in text:
        file = re.search(r", \d+<(/[^>]*)>", text)
        if file:
            yield file[1], "m"
    elif call == "flock" and inside:
        yield inside[1], "k"
    elif call == "fcntl" and inside and re.search("LCK|F_WRLCK", text):
        yield inside[1], "k"
    elif call in ("connect", "bind") and "sun_path=\"" in text:
        yield re.search(r'sun_path="([^"]*)"', text)[1], "w"
    elif call == "execve" and quoted:
        yield quoted[1], "x"
    elif re.match("unlink|rename|mkdir|chmod|fchmodat|truncate|link|symlink",
                  call) and quoted:
        for path in re.findall(r'"(/[^"]*)"', text):
            yield path, "w"


def _real(path):
    """As AppArmor names it: a folder has a slash at its end."""
    if path in (*HELPERS, ITSELF):
        return INSTALLED
    path = re.sub(r"^/var/run/", "/run/", path)
    return path + "/" if os.path.isdir(path) else path


class Trace:
    """What every process did since it became the helper, or was forked by one."""

    def __init__(self, path):
        self._path = path
        self.words = [*STRACE, path, "-e", CALLS]
        self.clear()

    def clear(self):
        for path in glob.glob(self._path + ".*"):
            os.unlink(path)

    def _processes(self):
        """Number -> lines."""
        found = {}
        for path in glob.glob(self._path + ".*"):
            with open(path, encoding="utf-8") as text:
                found[path.rsplit(".", 1)[1]] = text.read().splitlines()
        return found

    def lines(self):
        """Those of the helper."""
        processes = self._processes()
        started = ['execve("%s"' % path for path in HELPERS]
        forked = []
        for lines in processes.values():
            begin = [number for number, line in enumerate(lines)
                     if line.startswith(tuple(started))]
            if begin:
                forked.append(lines[begin[0] + 1:])
        for lines in forked:  # and theirs
            yield from lines
            forked += [processes[match[1]] for line in lines
                       for match in [FORK.match(line)] if match]

    def uses(self):
        """{(path, right)}, and {(family, type)} of its sockets."""
        paths, sockets = set(), set()
        for line in self.lines():
            call, _, rest = line.partition("(")
            made = re.match(r"AF_(\w+), SOCK_(\w+)", rest)
            if call == "socket" and made:
                sockets.add((made[1].lower(), made[2].lower()))
            for path, rights in _uses(call, rest):
                paths |= {(_real(path), right) for right in rights}
        return paths, sockets
