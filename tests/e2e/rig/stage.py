# SPDX-License-Identifier: BSD-2-Clause
"""Where the built programs lie during a test: root's copies under /run/stage.

The helper runs as user twofa and refuses a path that others may write, so a
checkout in a home folder cannot be used as it is.
"""

import contextlib
import functools
import glob
import os
import shutil
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))
STAGE = "/run/stage"
MODULE = STAGE + "/pam_twofa.so"
HELPER = STAGE + "/twofa-helper"
HELPER_MODE = 0o711  # as make install has it
TWOFACTL_INSTALLED = "/usr/local/sbin/twofactl"
HELPER_INSTALLED = "/usr/local/libexec/twofa-helper"
CLOCK_HELPER = STAGE + "/test/twofa-helper"
SIMULATOR = STAGE + "/twofa-simulator"
CLOCK_FILE = STAGE + "/clock"
WALL_FILE = STAGE + "/wall"
REPORTS = STAGE + "/reports"
HOSTS = STAGE + "/hosts"
# Of the machine, where it has them: the programs that load the module.
PAM_PROGRAMS = (
    "/usr/sbin/sshd", "/usr/lib/openssh/sshd-session", "/usr/bin/sudo",
    "/usr/bin/su", "/usr/bin/login", "/usr/bin/pamtester",
    "/usr/sbin/saslauthd", os.path.realpath(sys.executable))
PROGRAMS = ("pam_twofa.so", "twofa-helper", "twofa-simulator", "twofactl")


def build_dir():
    """The build folder to take programs from."""
    return os.path.join(ROOT, os.environ.get("TWOFA_BUILD", "build"))


def private():
    """Are we inside tests/ns/enter?"""
    return os.path.isdir("/run/.ns")


def _place(source, target):
    shutil.copyfile(source, target)
    helper = os.path.basename(target) == os.path.basename(HELPER)
    os.chmod(target, HELPER_MODE if helper else 0o755)


def make():
    """Copy the programs; a missing one is named together with the remedy."""
    if not private():
        raise SystemExit("run this inside tests/ns/enter: it changes users, "
                         "/etc and /dev/log")
    build = build_dir()
    os.makedirs(STAGE + "/test", mode=0o755, exist_ok=True)
    for name in PROGRAMS:
        source = os.path.join(build, name)
        if not os.path.exists(source):
            raise SystemExit(source + " is missing: run make first")
        _place(source, os.path.join(STAGE, name))
    tests = os.path.join(build, "test")
    for name in sorted(os.listdir(tests)) if os.path.isdir(tests) else ():
        if os.path.isfile(os.path.join(tests, name)):
            _place(os.path.join(tests, name), STAGE + "/test/" + name)
    sanitize()


@contextlib.contextmanager
def installed():
    """twofactl, with the helper that it knows, where sudo may run it."""
    for source, path, mode in (
            (STAGE + "/twofactl", TWOFACTL_INSTALLED, 0o755),
            (HELPER, HELPER_INSTALLED, HELPER_MODE)):
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        shutil.copyfile(source, path)
        os.chmod(path, mode)
    try:
        yield
    finally:
        for path in (TWOFACTL_INSTALLED, HELPER_INSTALLED):
            os.unlink(path)


def _library(name):
    """Where the compiler finds this library."""
    done = subprocess.run(["gcc", "-print-file-name=" + name],
                          capture_output=True, text=True, check=True)
    return os.path.realpath(done.stdout.strip())


@functools.cache
def sanitized():
    """Were the programs built with a sanitizer?"""
    listing = subprocess.run(
        ["readelf", "-d", os.path.join(build_dir(), "pam_twofa.so")],
        capture_output=True, text=True, check=True).stdout
    return "libasan" in listing


def runtime():
    """What a program that loads a module with a sanitizer loads first."""
    return [STAGE + "/test/asan_options.so", _library("libasan.so")]


def _copy(path):
    return os.path.join(HOSTS, os.path.basename(path))


def sanitize():
    """Let the programs that load the module load the sanitizer's runtime
    first, when it was built with one."""
    os.makedirs(REPORTS, exist_ok=True)
    os.chmod(REPORTS, 0o1777)
    if not sanitized() or os.path.exists(HOSTS):
        return
    os.mkdir(HOSTS)
    hosts = [path for path in PAM_PROGRAMS if os.path.isfile(path)]
    subprocess.run(["cp", "-p", *hosts, HOSTS], check=True)
    words = [word for library in reversed(runtime())  # each is put first
             for word in ("--add-needed", library)]
    subprocess.run(["patchelf", *words, *map(_copy, hosts)], check=True)
    _cover()


def _cover():
    """Put the copies over the machine's own."""
    for path in PAM_PROGRAMS:
        if os.path.exists(_copy(path)):
            subprocess.run(["mount", "--bind", _copy(path), path], check=True)


@contextlib.contextmanager
def own_usr():
    """A /usr that can be written to, and is gone afterwards; the copies are
    over this one, too."""
    upper = "/run/.ns/usr-own"
    os.makedirs(upper + "/up")
    os.makedirs(upper + "/work")
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                    "lowerdir=/usr,upperdir=%s/up,workdir=%s/work" % (
                        upper, upper), "/usr"], check=True)
    # what tests/ns/inside hides stands below that
    shutil.rmtree("/usr/lib/cockpit", ignore_errors=True)
    for module in glob.glob("/usr/lib/*/security/pam_cockpit_cert.so"):
        os.unlink(module)
    try:
        _cover()
        yield
    finally:
        subprocess.run(["umount", "-l", "/usr"], check=True)
        shutil.rmtree(upper)


def reports():
    """What sanitizers and valgrind wrote since the last call; the files go."""
    texts = []
    for name in sorted(os.listdir(REPORTS)):
        path = os.path.join(REPORTS, name)
        with open(path, encoding="utf-8", errors="replace") as text:
            texts += filter(None, [text.read()])
        os.unlink(path)
    return texts
