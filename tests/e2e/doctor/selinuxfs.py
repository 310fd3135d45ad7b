# SPDX-License-Identifier: BSD-2-Clause
"""A made-up SELinux: /sys/fs/selinux as the kernel writes it, with a policy of
four domains, and labels of the files that are asked for."""

import contextlib
import os
import pty
import shutil
import subprocess
import threading
import tty

import stage

ROOT = "/sys/fs/selinux"
INIT, SSHD, HELPER = ("system_u:system_r:%s_t:s0" % kind
                      for kind in ("init", "sshd", "twofa_helper"))
CLASSES = {"process": (2, {}), "file": (6, {"read": 2, "write": 3})}
PROGRAM = "/usr/sbin/sshd"
NAME = "security.selinux"


class Policy:
    """What it answers; may change while it is mounted."""

    def __init__(self):
        self.allowed = 0xffffffff
        self.flags = 0  # 1: sshd_t is permissive
        self.asked = []

    def create(self, words):
        source, target, number = words
        assert number == "2", words
        if "twofa_helper_exec_t" in target:
            return HELPER
        return SSHD if "sshd_exec_t" in target else source

    def access(self, words):
        self.asked.append(words)
        assert words[0] in (SSHD, HELPER) and words[2] == "6", words
        return "%x ffffffff 0 ffffffff 7 %x" % (self.allowed, self.flags)


def permissive():
    """From now on nothing is enforced."""
    _write(ROOT + "/enforce", "0")


def label(path, kind):
    os.setxattr(path, NAME, b"system_u:object_r:%s:s0\0" % kind.encode())


class Node:
    """A file that answers what is written to it: a terminal."""

    def __init__(self, path, answer):
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.symlink(os.ttyname(self._slave), path)
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            asked = os.read(self._master, 4096).decode()
            if asked == "end":
                return
            os.write(self._master, self._answer(asked.split()).encode())

    def close(self):
        os.write(self._slave, b"end")
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)


def _write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as out:
        out.write(text)


@contextlib.contextmanager
def _mounted(*words):
    subprocess.run(["mount", *words], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", words[-1]], check=True)


@contextlib.contextmanager
def _labelled(state, helper):
    """sshd's program is not ours: a copy stands in its place."""
    copy = "/run/sshd-labelled"
    shutil.copy2(PROGRAM, copy)
    labels = {copy: "sshd_exec_t", helper: "bin_t", state: "var_lib_t"}
    for path, kind in labels.items():
        label(path, kind)
    try:
        with _mounted("--bind", copy, PROGRAM):
            yield
    finally:
        os.unlink(copy)
        for path in (helper, state):
            os.removexattr(path, NAME)


@contextlib.contextmanager
def enforcing(state, helper=stage.HELPER):
    """Of a host with these files; its policy."""
    policy = Policy()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_labelled(state, helper))
        stack.enter_context(_mounted("-t", "tmpfs", "none", "/sys/fs"))
        _write(ROOT + "/enforce", "1")
        for name, (number, rights) in CLASSES.items():
            _write("%s/class/%s/index" % (ROOT, name), str(number))
            for right, bit in rights.items():
                _write("%s/class/%s/perms/%s" % (ROOT, name, right), str(bit))
        for name in ("create", "access"):
            node = Node(ROOT + "/" + name, getattr(policy, name))
            stack.callback(node.close)
        _write("/run/init-domain", INIT + "\n")
        stack.enter_context(_mounted("--bind", "/run/init-domain",
                                     "/proc/1/attr/current"))
        yield policy
