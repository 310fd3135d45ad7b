# SPDX-License-Identifier: BSD-2-Clause
"""The packages that were built, and the system that they are installed on."""

import glob
import os
import pwd
import subprocess

import stage

LIBRARY, SIMULATOR = "libpam-twofa", "twofa-simulator"
FLEET = LIBRARY + "-fleet"
PAGE, SELINUX = "cockpit-twofa", "twofa-selinux"
FORCED = "--force-remove-protected"


def run(*argv, expected=0, given=None, **env):
    """A tool's output; it must end as expected (1: it fails)."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, input=given or "",
                          cwd=stage.ROOT, check=False,
                          env=dict(os.environ, **env))
    assert (done.returncode == 0) == (expected == 0), \
        "%s: %s" % (argv, done.stdout)
    return done.stdout


class Built:
    """Packages in the folders of tests/deb/compile."""

    def __init__(self, folder):
        self.folder = folder

    def debs(self, kind):
        """All but those of symbols."""
        return sorted(path for path in
                      glob.glob("%s/%s/deb/*.deb" % (self.folder, kind))
                      if "dbgsym" not in path)

    def deb(self, kind, package=LIBRARY):
        found, = [path for path in self.debs(kind)
                  if os.path.basename(path).startswith(package + "_")]
        return found

    def field(self, kind, name, package=LIBRARY):
        return run("dpkg-deb", "-f", self.deb(kind, package), name).strip()


def install(path):
    """By apt, with no more than the package asks for; its output."""
    return run("apt-get", "-q", "install", "-y", "--allow-downgrades",
               "--no-install-recommends", path)


class System:
    """What is installed."""

    def __init__(self, built):
        self.built = built

    def install(self, kind="this"):
        return install(self.built.deb(kind))

    def change(self, kind, expected=0, **env):
        """To another version, by dpkg; its output."""
        return run("dpkg", "-i", self.built.deb(kind), expected=expected,
                   **env)

    @staticmethod
    def remove(*words, expected=0, **env):
        return run("dpkg", *words, LIBRARY, expected=expected, **env)

    @staticmethod
    def version():
        """What is installed whole; '' for nothing."""
        done = subprocess.run(
            ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}",
             LIBRARY], text=True, capture_output=True, check=False)
        state, _, version = done.stdout.partition(" ")
        return version if state == "installed" else ""


def clear():
    """Take it away, with what only it needed, and its account."""
    run("dpkg", "--purge", "--force-all", LIBRARY, TWOFA_REMOVE="force")
    run("apt-get", "-q", "-y", "--purge", "autoremove", SUDO_FORCE_REMOVE="yes")
    if "twofa" in [entry.pw_name for entry in pwd.getpwall()]:
        run("userdel", "twofa")
