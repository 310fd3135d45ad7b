# SPDX-License-Identifier: BSD-2-Clause
"""This private machine as a host that nothing is installed on yet: Debian's
stacks, its own sshd at port 22, and a /usr of its own."""

import contextlib
import os
import shutil
import subprocess

import conf
import stage
from terminal import Terminal

DROP_IN = "/etc/ssh/sshd_config.d/30-twofa.conf"
SERVICES = ("sshd", "sudo", "sudo-i")
STACK = "".join("%s\n" % line for line in (
    "@include common-auth", "account required pam_nologin.so",
    "@include common-account", "@include common-session"))
INSTALL = ("make", "-s", "-C", stage.ROOT, "-o", "all",
           "O=" + stage.build_dir())
CLIENT = ("ssh", "-o", "UserKnownHostsFile=/dev/null", "-o",
          "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR")


def quiet(*argv):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


@contextlib.contextmanager
def own_usr():
    """What is written to /usr goes afterwards."""
    upper = "/run/.ns/usr"
    os.makedirs(upper + "/up")
    os.makedirs(upper + "/work")
    quiet("mount", "-t", "overlay", "overlay", "-o",
          "lowerdir=/usr,upperdir=%s/up,workdir=%s/work" % (upper, upper),
          "/usr")
    yield
    quiet("umount", "-l", "/usr")
    shutil.rmtree(upper)


@contextlib.contextmanager
def sshd():
    """As a Debian starts it, with the settings of /etc/ssh."""
    quiet("ssh-keygen", "-A")
    with subprocess.Popen(["/usr/sbin/sshd", "-D", "-e"], text=True,
                          stderr=subprocess.PIPE) as server:
        for line in server.stderr:
            if line.startswith("Server listening on 0.0.0.0 port 22"):
                break
        drain = subprocess.Popen(["cat"], stdin=server.stderr,
                                 stdout=subprocess.DEVNULL)
        yield
        server.terminate()
        drain.terminate()
        drain.wait(10)


@contextlib.contextmanager
def bare(settings, sim):
    """No settings and state of ours, stock stacks; yields the provider that a
    twofa.conf names. What was installed and changed meanwhile goes."""
    provider = dict(settings.keys["providers"][0], ca_file="/etc/roots.pem")
    shutil.copy(sim.certs.ca, "/etc/roots.pem")
    shutil.rmtree(conf.FOLDER)
    shutil.rmtree(conf.STATE)
    for service in SERVICES:
        with open("/etc/pam.d/" + service, "w", encoding="ascii") as out:
            out.write(STACK)
    yield provider
    quiet(*INSTALL, "uninstall", "FORCE=1", "PURGE=")
    if os.path.exists(DROP_IN):
        os.unlink(DROP_IN)


def authorize(user, key):
    """Let the user in by this key."""
    folder = "/home/%s/.ssh" % user
    os.makedirs(folder, 0o700, exist_ok=True)
    shutil.copy(key + ".pub", folder + "/authorized_keys")
    quiet("chown", "-R", user + ":", folder)


def login(user="alice", key=None):
    words = ["-o", "PubkeyAuthentication=no"]
    if key:
        words = ["-i", key, "-o", "IdentitiesOnly=yes"]
    return Terminal([*CLIENT, *words, user + "@127.0.0.1", "id", "-un"],
                    password_of=user)
