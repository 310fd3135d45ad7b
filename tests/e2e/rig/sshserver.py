# SPDX-License-Identifier: BSD-2-Clause
"""A real sshd on loopback, and the real ssh client in front of it."""

import os
import re
import shutil
import socket
import subprocess
import tempfile

from terminal import Terminal

# sshd takes the first value it reads, so a test's own lines come before these.
# Its own choice of a key exchange costs 70 ms of processor time, this one none.
KEX = "ecdh-sha2-nistp256"
DEFAULTS = """\
ListenAddress 127.0.0.1
UsePAM yes
KbdInteractiveAuthentication yes
PasswordAuthentication no
StrictModes no
UseDNS no
KexAlgorithms %s
MaxStartups 100
LogLevel VERBOSE
Subsystem sftp internal-sftp
""" % KEX
CLIENT = ("UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no",
          "LogLevel=ERROR", "IdentityAgent=none", "IdentitiesOnly=yes")


def _release():
    """(major, minor) of OpenSSH here."""
    told = subprocess.run(["ssh", "-V"], capture_output=True, text=True,
                          check=True).stderr
    return tuple(map(int, re.match(r"OpenSSH_(\d+)\.(\d+)", told).groups()))


def since(release, line):
    """A line of settings that older servers do not know; empty for those."""
    return line + "\n" if _release() >= release else ""


# All tests come from one address, which sshd would soon shut out.
DEFAULTS += since((9, 8), "PerSourcePenalties no")


def free_port():
    """A port that was free a moment ago; nobody else lives in here."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sshd:
    """One server; lines are put before the defaults of its sshd_config."""

    def __init__(self, terminals, lines=(), port=None,
                 program=os.environ.get("TWOFA_SSHD", "/usr/sbin/sshd"), options=()):
        self._terminals = terminals
        self._children = []
        self.folder = tempfile.mkdtemp(prefix="sshd-", dir="/run")
        os.chmod(self.folder, 0o755)
        self.port = port or free_port()
        self._program = program
        self._options = options  # of its command line
        self._process = None
        self._run(lines)

    def _run(self, lines):
        config = os.path.join(self.folder, "config")
        key = os.path.join(self.folder, "hostkey")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                        "-f", key], check=True, stdin=subprocess.DEVNULL)
        with open(config, "w", encoding="utf-8") as out:
            out.write("".join(line + "\n" for line in lines))
            out.write("Port %d\nHostKey %s\nPidFile none\n" % (self.port, key))
            out.write("AuthorizedKeysFile %s/%%u.keys\n" % self.folder)
            out.write(DEFAULTS)
        subprocess.run([self._program, "-t", "-f", config], check=True)
        # -D keeps it in the foreground; the log says when it listens.
        self._process = subprocess.Popen(
            [self._program, "-D", "-e", *self._options, "-f", config],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, start_new_session=True, text=True)
        self._log_file = open(os.path.join(self.folder, "log"), "w+",
                              encoding="utf-8")
        # at each of its addresses: DEFAULTS have one
        silent = 1 + sum(line.startswith("ListenAddress ") for line in lines)
        for line in self._process.stderr:
            self._log_file.write(line)
            silent -= line.startswith("Server listening on")
            if not silent:
                break
        else:
            raise AssertionError("sshd did not start: " + self.log())
        self._drain = subprocess.Popen(
            ["cat"], stdin=self._process.stderr, stdout=self._log_file)
        self._log_file.flush()

    def log(self):
        """What sshd itself logged."""
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as text:
            return text.read()

    def start(self, *lines, **more):
        """Another server for this test, with these lines in its config."""
        child = Sshd(self._terminals, lines, **more)
        self._children.append(child)
        return child

    def stop_children(self):
        for child in self._children:
            child.stop()
        self._children.clear()

    def stop(self):
        """Kill the listener: running sessions go on without it."""
        self.stop_children()
        if self._process is None:
            return
        self._process.kill()
        self._process.wait(10)
        self._process.stderr.close()
        self._process = None
        self._drain.terminate()
        self._drain.wait(10)
        self._log_file.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self):
        return self._process.pid

    def key(self, user):
        """Make a key, let the user in with it; its path."""
        path = os.path.join(self.folder, user + ".key")
        if not os.path.exists(path):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                            "-f", path], check=True,
                           stdin=subprocess.DEVNULL)
            shutil.copy(path + ".pub",
                        os.path.join(self.folder, user + ".keys"))
        return path

    def options(self, options=(), key=None):
        """-o words for ssh, scp and sftp."""
        own = list(options)
        if key:
            own.append("IdentityFile=" + key)
        else:
            own.append("PubkeyAuthentication=no")
        words = []
        for option in own + list(CLIENT):
            words += ["-o", option]
        return words

    def client(self, user, *command, options=(), key=None, tty=False):
        """The argv of an ssh client; the first value of an option counts."""
        return ["/usr/bin/ssh", *(["-tt"] if tty else []), *self.options(options, key),
                "-p", str(self.port), user + "@127.0.0.1", *command]

    def login(self, user, *command, options=(), key=None, tty=False):
        """Log in with the real client; without a command: run id -un."""
        argv = self.client(user, *(command or ("id", "-un")),
                           options=options, key=key, tty=tty)
        return self._terminals.keep(Terminal(argv, password_of=user))
