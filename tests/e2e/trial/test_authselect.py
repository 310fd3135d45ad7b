# SPDX-License-Identifier: BSD-2-Clause
"""Stacks that the real authselect makes of its own profiles. AUTHSELECT_SOURCE is
one folder of its sources or several (authselect 1.2.6 is that of Red Hat's 8 and 9,
1.5 of 10 and of Fedora's), which nothing of ours is taken from."""

import glob
import os
import shutil
import subprocess

import pytest

import enablehost

TRANSPORTS = ("spawn",)
SOURCES = [path for path in os.environ.get("AUTHSELECT_SOURCE", "").split(":")
           if path]
OWN = "/etc/authselect/custom/twofa"
FOLDERS = {"CONFIG_DIR": "/etc/authselect", "CUSTOM_DIR": "/etc/authselect/custom",
           "PROFILE_DIR": "/usr/share/authselect/default",
           "VENDOR_DIR": "/usr/share/authselect/vendor", "PAM_DIR": "/etc/pam.d",
           "NSSWITCH_CONF": "/etc/nsswitch.conf",
           "DCONF_DIR": "/etc/dconf/db/distro.d", "DCONF_BIN": "/usr/bin/dconf",
           "DCONF_FILE": "20-authselect", "STATE_DIR": "/var/lib/authselect",
           "BACKUP_DIR": "/var/lib/authselect/backups"}
# As the packages of sshd, sudo and su bring them, without modules of SELinux's.
SERVICES = {
    "sshd": """\
#%PAM-1.0
auth       substack     password-auth
auth       include      postlogin
account    required     pam_nologin.so
account    include      password-auth
""",
    "sudo": """\
#%PAM-1.0
auth       include      system-auth
account    include      system-auth
""",
    "sudo-i": "#%PAM-1.0\nauth include sudo\naccount include sudo\n"}
FEATURE = "with-faillock"


def authselect(*words):
    done = subprocess.run(["/usr/bin/authselect", *words],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    assert done.returncode == 0, (words, done.stdout)
    return done.stdout.strip()


def lines(name):
    """What PAM takes of a file that authselect made."""
    return [line.split("#")[0].split()
            for line in enablehost.read("/etc/authselect/" + name).split("\n")
            if line and line[0] != "#"]


def over(folder, above):
    """What is written there goes with this machine."""
    for name in ("up", "work"):
        os.makedirs("%s/%s" % (above, name))
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                    "lowerdir=%s,upperdir=%s/up,workdir=%s/work" % (
                        folder, above, above), folder], check=True)


def build(source, target):
    (target.parent / "config.h").touch()
    subprocess.run(
        ["gcc", "-w", "-D_GNU_SOURCE", "-DHAVE_REALLOCARRAY", "-I" +
         str(target.parent), "-I%s/include" % source, "-I%s/src" % source,
         '-DLOCALEDIR="/"', '-DPACKAGE="authselect"', '-DPACKAGE_VERSION="1"',
         '-DVERSION="1"',
         *['-DAUTHSELECT_%s="%s"' % pair for pair in FOLDERS.items()],
         *[path for part in ("lib", "common", "cli") for path in glob.glob(
             "%s/src/%s/**/*.c" % (source, part), recursive=True)],
         "-o", str(target), "-lpopt", "-lselinux"], check=True)


@pytest.fixture(name="redhat", params=SOURCES or [None])
def _redhat(request, tmp_path, settings, pam, terminals, sim):
    """Selects a profile; the services take its files."""
    if request.param is None:
        pytest.skip("no source of authselect: AUTHSELECT_SOURCE=FOLDER")
    kept = enablehost.read("/etc/nsswitch.conf")
    with enablehost.machine():
        if not os.path.exists("/run/above-bin"):
            over("/usr/bin", "/run/above-bin")
            over("/usr/share", "/run/above-share")
        build(request.param, tmp_path / "authselect")
        shutil.copy(tmp_path / "authselect", "/usr/bin/authselect")
        shutil.rmtree("/usr/share/authselect", ignore_errors=True)
        shutil.copytree(request.param + "/profiles",
                        FOLDERS["PROFILE_DIR"])
        os.makedirs("/etc/authselect/custom")
        for name, text in SERVICES.items():
            enablehost.write("/etc/pam.d/" + name, text)
        authselect("select", "sssd", FEATURE, "--force")
        try:
            yield enablehost.Enabling(terminals, sim)
        finally:
            for path in glob.glob("/etc/pam.d/*"):
                if os.path.islink(path):
                    os.unlink(path)
            shutil.rmtree("/etc/authselect")
            shutil.rmtree("/var/lib/authselect")
            enablehost.remove("/etc/nsswitch.conf")
            enablehost.write("/etc/nsswitch.conf", kept)


def asks(name):
    """Behind each password, and nowhere else."""
    found = [number for number, line in enumerate(lines(name))
             if "pam_twofa.so" in line]
    assert [lines(name)[number - 1][-1] for number in found] in (
        [], ["nullok", "forward_pass"]), lines(name)
    return bool(found)


def as_before(before):
    assert authselect("current", "--raw") == "sssd " + FEATURE
    assert authselect("check") == "Current configuration is valid."
    assert [lines("password-auth"), lines("system-auth")] == before
    assert not os.path.exists(OWN)


def test_rolled_back(redhat):
    before = [lines("password-auth"), lines("system-auth")]
    redhat.on_trial("sshd")
    assert authselect("current", "--raw") == "custom/twofa " + FEATURE
    assert authselect("check") == "Current configuration is valid."
    assert asks("password-auth") and not asks("system-auth")
    assert ["auth", "required", "pam_faillock.so", "preauth", "silent"] in \
        lines("password-auth")
    redhat.run("rollback")
    as_before(before)


def test_logins(redhat, sshd, quick, sim):
    """A wrong password sends no message; a right one is not enough."""
    redhat.on_trial("sshd")
    before = len(sim.messages())
    login = quick.login(password="wrong")
    assert login.ended() != 0 and len(sim.messages()) == before
    login = quick.login()
    login.code(sim, nth=before + 1)
    assert login.ended() == 0, login.text
    login = quick.login()
    login.prompt("ode")
    login.answer("000000")
    login.prompt("ode")
    login.hang_up()
    redhat.run("rollback")


def test_features_of_later(redhat):
    """authselect makes the same of the profile, with what an admin turns on and
    off; disable gives the profile back that it was derived from, with these."""
    redhat.on_trial("sshd")
    redhat.run("confirm", "--anyway")
    own = lines("password-auth")
    authselect("apply-changes")
    assert lines("password-auth") == own
    homed = "with-systemd-homed" in authselect("list-features", "sssd")
    more = "with-systemd-homed" if homed else "with-mkhomedir"
    authselect("disable-feature", FEATURE)
    authselect("enable-feature", more)
    assert len([line for line in lines("password-auth")
                if "pam_twofa.so" in line]) == 2 + homed
    assert "pam_faillock.so" not in enablehost.read(
        "/etc/authselect/password-auth")
    redhat.run("disable", "sshd")
    assert authselect("current", "--raw") == "sssd " + more
    assert not asks("password-auth") and not os.path.exists(OWN)


def test_two_services(redhat):
    """The profile stays until the last one is disabled."""
    before = [lines("password-auth"), lines("system-auth")]
    for service in ("sshd", "sudo"):
        redhat.on_trial(service)
        redhat.run("confirm", "--anyway")
    redhat.run("enable", "sshd", "--check")
    redhat.run("disable", "sshd")
    assert authselect("current", "--raw") == "custom/twofa " + FEATURE
    assert asks("system-auth") and not asks("password-auth")
    redhat.run("disable", "sudo")
    as_before(before)


def test_refused(redhat):
    """What others have changed by hand is left alone; key logins need a stack of
    their own; what is only shown changes nothing."""
    before = [lines("password-auth"), lines("system-auth")]
    out = redhat.run("enable", "sshd", "--dry-run", "--user", "alice")
    assert "pam_twofa.so" in out
    assert "--login password" in redhat.run("enable", "sshd", "--login", "key",
                                            expected=1)
    as_before(before)
    os.chmod("/etc/authselect/system-auth", 0o600)
    assert "authselect check: " in redhat.run(
        "enable", "sshd", "--user", "alice", "--no-input", expected=4)
    assert not os.path.exists(OWN)
