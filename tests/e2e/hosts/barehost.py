# SPDX-License-Identifier: BSD-2-Clause
"""This private machine as a host that nothing is installed on yet: Debian's
stacks, its own sshd at port 22, and a /usr of its own."""

import contextlib
import os
import shutil
import subprocess

import conf
import passwords
import stage
from terminal import Terminal

DROP_IN = "/etc/ssh/sshd_config.d/30-twofa.conf"
MACHINES = "/etc/ssh/sshd_config.d/20-twofa-machines.conf"
STATE = "/var/lib/twofactl"
PAM_FILES = ("sshd", "sudo", "sudo-i", "su", "su-l", "login")
STACK = "".join("%s\n" % line for line in (
    "@include common-auth", "account required pam_nologin.so",
    "@include common-account", "@include common-session"))
INSTALL = ("make", "-s", "-C", stage.ROOT, "-o", "all",
           "DEPENDENCIES=", "O=" + stage.build_dir())
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
    with contextlib.suppress(FileNotFoundError):  # it has no stack here
        os.unlink("/usr/lib/cockpit/cockpit-session")
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
        try:
            yield
        finally:
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
    for service in PAM_FILES:
        with open("/etc/pam.d/" + service, "w", encoding="ascii") as out:
            out.write(STACK)
    try:
        with passwords.locked():
            yield provider
    finally:
        quiet(*INSTALL, "uninstall", "FORCE=1", "PURGE=")
        shutil.rmtree(STATE, ignore_errors=True)
        for path in (DROP_IN, MACHINES):
            if os.path.exists(path):
                os.unlink(path)


def new_key(path):
    quiet("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path)
    return path


def authorize(user, key):
    """Let the user in by this key."""
    folder = "/home/%s/.ssh" % user
    os.makedirs(folder, 0o700, exist_ok=True)
    shutil.copy(key + ".pub", folder + "/authorized_keys")
    quiet("chown", "-R", user + ":", folder)


@contextlib.contextmanager
def key_alone(user, key):
    """As on cloud images: a key, and a locked password."""
    authorize(user, key)
    quiet("usermod", "-L", user)
    try:
        yield
    finally:
        quiet("usermod", "-U", user)
        shutil.rmtree("/home/%s/.ssh" % user)


def tree(*folders):
    """Path -> all that could have changed; who reads the state changes -shm."""
    found = {}
    for folder in folders:
        for where, _, files in os.walk(folder):
            for path in [where] + [os.path.join(where, f) for f in files
                                   if not f.endswith("-shm")]:
                info = os.lstat(path)
                text = None
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        text = file.read()
                found[path] = (info.st_mode, info.st_uid, info.st_gid, text)
    return found


def login(user="alice", key=None):
    words = ["-o", "PubkeyAuthentication=no"]
    if key:
        words = ["-i", key, "-o", "IdentitiesOnly=yes"]
    return Terminal([*CLIENT, *words, user + "@127.0.0.1", "id", "-un"],
                    password_of=user)
