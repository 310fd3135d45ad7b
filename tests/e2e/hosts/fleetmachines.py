# SPDX-License-Identifier: BSD-2-Clause
"""Machines beside this one, on a wire to it: each with its own /etc and /var, an
sshd that lets root in by this machine's key, and PostgreSQL as Debian makes it.
Of systemd each has a stand-in, which does what its units say."""

import os
import pathlib
import shutil
import subprocess

import stage
from barehost import new_key

HERE = "10.78.0.9"
ADMIN = "alice"  # who may log in there as root, and calls sudo here
SSH = "/home/%s/.ssh" % ADMIN
SYSTEMCTL = r"""#!/bin/bash
[ "$1" != enable ] || exit 0
unit=${!#}
case $unit in
postgresql) exec pg_ctlcluster $(cat /run/cluster) "$1" ;;
*.service)
	if [ "$1" = restart ]; then
		$(sed -n 's/^ExecStart=//p' /etc/systemd/system/$unit)
	fi ;;
esac
"""
# The cluster is made first, since a copy of /etc would have the machine's own.
START = r"""set -eu
umask 022
own=$1 name=$2
hostname "$name"
for d in etc var/lib/postgresql var/lib/twofa var/lib/twofactl; do
	mkdir -p "$own/$d" "/$d"
	cp -a "/$d/." "$own/$d"
	mount --bind "$own/$d" "/$d"
done
for d in /var/log/postgresql /run/postgresql; do
	mkdir -p $d
	mount -t tmpfs -o mode=1777 tmpfs $d
done
mount -t tmpfs -o mode=700 tmpfs /root
mkdir -m 700 /root/.ssh
cp "$own/../key.pub" /root/.ssh/authorized_keys
mount --bind "$own/../systemctl" /usr/bin/systemctl
rm -rf /etc/postgresql/* /var/lib/postgresql/*
version=$(ls /usr/lib/postgresql | tail -1)
if [ "$3" = server ]; then
	mkdir -p /etc/postgresql
	pg_createcluster "$version" main >/dev/null
	echo "$version main" >"$own/cluster"
	touch /run/cluster
	mount --bind "$own/cluster" /run/cluster
	pg_ctlcluster "$version" main start
fi
ssh-keygen -A >/dev/null
mount -t tmpfs -o mode=755 tmpfs /run/sshd
echo up
exec /usr/sbin/sshd -D -o PermitRootLogin=yes -o UsePAM=no -o StrictModes=no
"""


class Machine:
    def __init__(self, folder, name, address, kind):
        self.name, self.folder = name, folder / name
        self.folder.mkdir()
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--net", "--uts", "--pid", "--fork",
             "--kill-child", "--mount-proc", "bash", "-c",
             "read -r _; exec bash -c \"$0\" start \"$@\"", START,
             self.folder, name, kind], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self._wire(address)
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line == "up\n":
                break
        else:
            raise AssertionError(name)

    def _child(self):
        """Process 1 in there."""
        pid = self.process.pid
        path = pathlib.Path("/proc/%d/task/%d/children" % (pid, pid))
        while not path.read_text(encoding="ascii"):
            pass
        return path.read_text(encoding="ascii").split()[0]

    def _wire(self, address):
        self.pid = self._child()
        inside = ["nsenter", "--net=/proc/%s/ns/net" % self.pid, "ip"]
        for words in (
                ["ip", "link", "add", self.name, "type", "veth", "peer", "name",
                 "eth0", "netns", self.pid],
                ["ip", "link", "set", self.name, "master", "wire", "up"],
                [*inside, "link", "set", "lo", "up"],
                [*inside, "addr", "add", address + "/24", "dev", "eth0"],
                [*inside, "link", "set", "eth0", "up"]):
            subprocess.run(words, check=True)

    def run(self, command):
        return subprocess.run(
            ["nsenter", "-t", self.pid, "-a", "bash", "-c", command],
            check=True, text=True, stdout=subprocess.PIPE).stdout

    def read(self, path):
        return self.run("cat " + path)

    def end(self):
        self.process.kill()
        self.process.wait()


class Machines:
    """By name; addresses are those of /etc/hosts."""

    def __init__(self, folder, names):
        self.folder = folder
        key = new_key(str(folder / "key"))
        os.makedirs(SSH, 0o700)
        shutil.copy(key, SSH + "/id_ed25519")
        self._write(SSH + "/config", "StrictHostKeyChecking no\n"
                    "UserKnownHostsFile /dev/null\nLogLevel ERROR\n")
        subprocess.run(["chown", "-R", ADMIN + ":", SSH], check=True)
        self._write(folder / "systemctl", SYSTEMCTL)
        os.chmod(folder / "systemctl", 0o755)
        for words in (["add", "wire", "type", "bridge"],
                      ["set", "wire", "up"]):
            subprocess.run(["ip", "link", *words], check=True)
        subprocess.run(["ip", "addr", "add", HERE + "/24", "dev", "wire"],
                       check=True)
        with open("/etc/hosts", "a", encoding="ascii") as hosts:
            for number, name in enumerate(names, 1):
                hosts.write("10.78.0.%d %s.example.org %s\n" % (
                    number, name, name))
        self.all = {}
        for number, name in enumerate(names, 1):
            self.all[name] = Machine(
                folder, name, "10.78.0.%d" % number,
                "server" if name.startswith("db") else "host")

    @staticmethod
    def _write(path, text):
        with open(path, "w", encoding="ascii") as out:
            out.write(text)

    def __getitem__(self, name):
        return self.all[name]

    def end(self):
        for one in self.all.values():
            one.end()
        subprocess.run(["ip", "link", "del", "wire"], check=True)
        shutil.rmtree(SSH)


def admin(words):
    """twofactl of the installation, as the page types it."""
    return subprocess.run([stage.TWOFACTL_INSTALLED, *words],
                          env=dict(os.environ, SUDO_USER=ADMIN),
                          stdin=subprocess.DEVNULL, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
