# SPDX-License-Identifier: BSD-2-Clause
"""carol's account as one that people share, and their keys."""

import os
import shutil
import subprocess

ANNA = "+447700900300"
BEN = "+447700900400"
ACCOUNT = "carol"


def keygen(*words, **more):
    return subprocess.run(["ssh-keygen", "-q", *words], check=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          **more).stdout


class Keys:
    """Keys and certificates in a folder of the test's own."""

    def __init__(self, folder):
        self.folder = str(folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def make(self, name):
        """A key of this name: its path."""
        if not os.path.exists(self.path(name)):
            keygen("-t", "ed25519", "-N", "", "-C", "", "-f", self.path(name))
        return self.path(name)

    def fingerprint(self, name):
        return keygen("-l", "-f", self.make(name) + ".pub").split()[1]

    def certify(self, name, ident, copy, ca="ca", *words):
        """A copy of the key with a certificate of this id: its path."""
        for suffix in ("", ".pub"):
            shutil.copy(self.make(name) + suffix, self.path(copy) + suffix)
        keygen("-s", self.make(ca), "-I", ident, "-n", ACCOUNT, *words,
               self.path(copy) + ".pub")
        return self.path(copy)

    def info(self, name):
        """What sshd says of who came by it."""
        path = self.make(name)
        if os.path.exists(path + "-cert.pub"):
            path += "-cert"
        with open(path + ".pub", encoding="ascii") as text:
            return "publickey " + " ".join(text.read().split()[:2])

    def admit(self, sshd, *names):
        """This server lets these keys in."""
        with open(os.path.join(sshd.folder, ACCOUNT + ".keys"), "w",
                  encoding="ascii") as out:
            for name in names:
                with open(self.make(name) + ".pub", encoding="ascii") as key:
                    out.write(key.read())


def group(name, **keys):
    """One of the people, as libconfig has it."""
    words = ['name = "%s";' % name]
    for key, value in keys.items():
        if isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, list):
            text = "[%s]" % ", ".join('"%s"' % item for item in value)
        else:
            text = '"%s"' % value
        words.append("%s = %s;" % (key, text))
    return "{ %s }" % " ".join(words)


def people(settings, *groups, more=""):
    settings.raw_user(ACCOUNT, "%speople = ( %s );\n" % (
        more, ", ".join(groups)))


def who(login):
    """It is asked who this is."""
    login.expect("Who are you\\? $")
    return login
