# SPDX-License-Identifier: BSD-2-Clause
"""make install: below DESTDIR, and for real on a machine whose /usr is a
throw-away copy."""

import os
import pwd
import re
import shutil
import stat
import subprocess
from xml.etree import ElementTree

import pytest

import conf
import passwords
import stage
import vendors
from installed import PAMDIR, make, tree
from phones import NUMBERS

TRANSPORTS = ("spawn",)
VONAGE = vendors.ALL["vonage-verify"]


def test_pamdir_is_found():
    assert os.path.exists(os.path.join(PAMDIR, "pam_unix.so"))


def test_destdir(dest):
    make("install", DESTDIR=dest)
    found = tree(dest)
    assert found[PAMDIR + "/pam_twofa.so"] == 0o644
    assert found["/usr/local/libexec/twofa-helper"] == 0o711
    assert found["/usr/local/bin/twofa-simulator"] == 0o755
    assert found["/usr/local/libexec/twofa-rehearsal"] == 0o755
    assert found["/usr/local/sbin/twofactl"] == 0o755
    for path in ("man/man8/twofactl.8", "zsh/site-functions/_twofactl",
                 "bash-completion/completions/twofactl"):
        assert found["/usr/local/share/" + path] == 0o644
    for path in ("ansible/site.yml", "apparmor/usr.libexec.twofa-helper",
                 "cloud-init/twofa.yaml", "prometheus/twofa.rules.yml"):
        assert found["/usr/local/share/doc/pam_twofa/examples/" + path] == 0o644
    for page in ("README.md", "docs/guide/README.md", "docs/guide/reasons.md"):
        assert found["/usr/local/share/doc/pam_twofa/" + page] == 0o644
    assert found["/etc/twofa"] == found["/etc/twofa/users.d"] == 0o750
    assert found["/etc/twofa/secrets"] == 0o750
    assert found["/var/lib/twofa"] == 0o700
    assert any(path.startswith("/usr/local/share/man/man5/twofa.conf")
               for path in found)
    writable = [path for path, mode in found.items() if mode & 0o022]
    setuid = [path for path, mode in found.items() if mode & 0o6000]
    assert not writable and not setuid


def test_destdir_and_prefix(dest):
    make("install", DESTDIR=dest, PREFIX="/usr", SYSCONFDIR="/conf",
         PAMDIR="/pam", LIBEXECDIR="/usr/lib/twofa", STATEDIR="/state",
         DBUSDIR="/bus")
    found = tree(dest)
    for path in ("/bus/twofa.conf", "/pam/pam_twofa.so",
                 "/usr/lib/twofa/twofa-helper", "/usr/bin/twofa-simulator", "/usr/sbin/twofactl",
                 "/conf/twofa/users.d", "/state"):
        assert path in found
    assert not any(path.startswith(("/usr/local", "/etc", "/var"))
                   for path in found)


def test_page_of_cockpit(dest):
    """Where Cockpit is; it runs the program of this installation."""
    words = {"DESTDIR": dest, "PREFIX": "/usr"}
    make("install", COCKPITDIR="/cockpit", **words)
    page = dest + "/cockpit/twofa"
    assert set(os.listdir(page)) == set(os.listdir(
        stage.ROOT + "/packaging/cockpit"))
    with open(page + "/twofa.js", encoding="utf-8") as text:
        assert 'TWOFACTL = "/usr/sbin/twofactl"' in text.read()
    make("uninstall", COCKPITDIR="/cockpit", **words)
    assert not os.path.exists(page)
    make("install", COCKPITDIR="", **words)
    assert not any("/cockpit/" in path for path in tree(dest))


UNITS = ("twofa-helper.service", "twofa-helper.socket",
         "twofa-helper-user.socket", "twofa-rollback.service",
         "twofa-rehearsal@.service", "twofa-check.service",
         "twofa-check.timer", "twofa-notices.service", "twofa-notices.timer")


def test_units(dest):
    """Of this installation's paths, and not enabled."""
    make("install", DESTDIR=dest, PREFIX="/usr", LIBEXECDIR="/usr/lib/twofa",
         STATEDIR="/state", UNITDIR="/usr/lib/systemd/system")
    found = tree(dest)
    folder = "/usr/lib/systemd/system/"
    assert sorted(path for path in found if
                  path.endswith((".service", ".socket", ".timer"))) == sorted(folder + unit for unit in UNITS)
    assert all(found[folder + unit] == 0o644 for unit in UNITS)
    with open(dest + folder + UNITS[0], encoding="utf-8") as text:
        service = text.read()
    assert "@" not in re.sub("[~]?@[a-z]", "", service), service
    assert "ExecStart=/usr/lib/twofa/twofa-helper --listen\n" in service
    assert "ReadWritePaths=-/state\n" in service
    assert "ExecPaths=/usr/lib/twofa /lib " in service
    make("uninstall", DESTDIR=dest, PREFIX="/usr", LIBEXECDIR="/usr/lib/twofa",
         STATEDIR="/state", UNITDIR="/usr/lib/systemd/system")
    assert not [path for path in tree(dest) if path.endswith(UNITS)]


RULE = "/etc/dbus-1/system.d/twofa.conf"


def test_rule_of_the_system_bus(dest):
    """It denies user twofa and nobody else, behind all other rules."""
    make("install", DESTDIR=dest, DBUSDIR="/usr/share/dbus-1/system.d")
    path = "/usr/share/dbus-1/system.d/twofa.conf"
    assert tree(dest)[path] == 0o644 and RULE not in tree(dest)
    policy, = ElementTree.parse(dest + path).getroot()
    assert (policy.tag, policy.attrib) == ("policy", {"context": "mandatory"})
    rule, = policy
    assert (rule.tag, rule.attrib) == ("deny", {"user": "twofa"})
    make("uninstall", DESTDIR=dest, DBUSDIR="/usr/share/dbus-1/system.d")
    assert path not in tree(dest)
    make("install", DESTDIR=dest, DBUSDIR="")
    assert path not in tree(dest) and RULE not in tree(dest)


def test_no_systemd_of_its_user(machine, no_stack):
    """None starts, and none is asked for at boot. It goes with the rest."""
    mask = "/etc/systemd/system/user@%d.service" % pwd.getpwnam("twofa").pw_uid
    linger = "/var/lib/systemd/linger/twofa"
    os.makedirs(os.path.dirname(linger), exist_ok=True)
    with open(linger, "w", encoding="ascii"):
        pass
    words = {"DBUSDIR": os.path.dirname(RULE), "UNITDIR": "/usr/local/units"}
    make("install", **words)
    assert os.readlink(mask) == "/dev/null" and os.path.exists(RULE)
    assert not os.path.exists(linger)
    make("install", **words)
    assert os.readlink(mask) == "/dev/null"
    make("uninstall", PURGE=1, **words)
    assert not os.path.lexists(mask) and not os.path.exists(RULE)
    make("install", DBUSDIR="", UNITDIR="")
    assert not os.path.lexists(mask) and not os.path.exists(RULE)
    mask = "/etc/systemd/system/user@%d.service" % pwd.getpwnam("twofa").pw_uid
    # an admin's own stays; one of the uid that the user had before goes
    with open(mask, "w", encoding="ascii") as unit:
        unit.write("[Service]\n")
    assert mask + " is no link to /dev/null" in make("install", **words)
    make("uninstall", **words)
    assert not os.path.islink(mask) and os.path.exists(mask)
    os.unlink(mask)
    make("install", **words)
    uid = str(pwd.getpwnam("twofa").pw_uid + 7000)
    subprocess.run(["usermod", "-u", uid, "twofa"], check=True)
    make("install", **words)
    now = "/etc/systemd/system/user@%s.service" % uid
    assert not os.path.lexists(mask) and os.readlink(now) == "/dev/null"
    # without the user its own goes, and nobody else's
    others = "/etc/systemd/system/user@.service"
    os.symlink("/dev/null", others)
    subprocess.run(["userdel", "-f", "twofa"], check=True)
    make("uninstall", **words)
    assert os.path.lexists(others) and not os.path.lexists(now)
    make("uninstall", **words)
    assert os.path.lexists(others)


def test_bus_reads_the_rule_wherever_settings_are(dest):
    make("install", DESTDIR=dest, SYSCONFDIR="/usr/local/etc")
    assert RULE in tree(dest)


def test_no_units_without_systemd(dest):
    make("install", DESTDIR=dest, UNITDIR="")
    assert not [path for path in tree(dest) if path.endswith(".socket")]


ANALYSER = pytest.mark.skipif(not shutil.which("systemd-analyze"),
                              reason="no systemd-analyze")


@ANALYSER
def test_exposure_of_the_unit(dest):
    make("install", DESTDIR=dest, UNITDIR="/units")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=13",
         dest + "/units/twofa-helper.service"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@ANALYSER
def test_units_verify(machine):
    """What systemd would warn of when it loads them."""
    make("install", UNITDIR="/usr/local/lib/systemd/system")
    done = subprocess.run(
        ["systemd-analyze", "--man=no", "verify",
         *["/usr/local/lib/systemd/system/" + unit for unit in UNITS]],
        capture_output=True, text=True, check=False)
    odd = [line for line in (done.stdout + done.stderr).splitlines()
           if "twofa" in line]
    assert done.returncode == 0 and not odd, odd


def test_destdir_makes_no_account(dest, machine):
    subprocess.run(["userdel", "twofa"], check=True)
    make("install", DESTDIR=dest)
    with pytest.raises(KeyError):
        pwd.getpwnam("twofa")


def test_install_makes_account_and_folders(machine, settings):
    subprocess.run(["userdel", "twofa"], check=True)
    shutil.rmtree(conf.FOLDER)
    shutil.rmtree(conf.STATE)
    said = make("install")
    account = pwd.getpwnam("twofa")
    assert account.pw_uid != 0 and account.pw_gid != 0
    assert account.pw_shell.endswith("nologin")
    assert "twofactl init" in said and "twofactl enable sshd" in said
    for path in (conf.FOLDER, settings.users_dir, settings.secrets):
        found = os.stat(path)
        assert (found.st_uid, found.st_gid) == (0, account.pw_gid), path
        assert stat.S_IMODE(found.st_mode) == 0o750
    state = os.stat(conf.STATE)
    assert state.st_uid == account.pw_uid
    assert stat.S_IMODE(state.st_mode) == 0o700
    sample = os.stat(settings.conf)
    assert (sample.st_uid, sample.st_gid) == (0, account.pw_gid)
    assert stat.S_IMODE(sample.st_mode) == 0o640


def test_installed_module_logs_in_with_no_argument(machine, sshd, pam, sim,
                                                   syslog):
    make("install")
    pam.stack("sshd", "auth [success=1 default=ignore] pam_unix.so nodelay",
              "auth requisite pam_deny.so", "auth required pam_twofa.so")
    login = sshd.login("alice")
    login.password()
    login.code(sim)
    assert login.ended() == 0 and "alice" in login.text
    assert syslog.login_line(user="alice")["outcome"] == "allowed"


def test_installed_sample_denies_and_tells_what_is_missing(machine, quick,
                                                           settings, syslog):
    shutil.rmtree(conf.FOLDER)
    make("install")
    assert quick.denied(quick.login())["reason"] == "settings"
    syslog.wait_for("api_secret_file: .* from the start, run: twofactl init")
    for command in ("check", "doctor"):
        told = subprocess.run(["twofactl", command], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        assert told.returncode and "run: twofactl init" in told.stdout, told


def init(sim, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(VONAGE.keys["api_secret_file"] + "\n")
    return subprocess.run(
        ["twofactl", "init", "--provider", "vonage-verify", "--brand", "ACME",
         "--api-key", VONAGE.keys["api_key"], "--api-secret-file", str(secret),
         "--base-url", sim.url, "--ca-file", sim.certs.ca, "--user", "alice",
         "--phone", NUMBERS["alice"], "--no-verify"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def test_init_behind_it(machine, quick, settings, sim, tmp_path):
    """The sample is none of the admin's: no question, and nothing of it stays."""
    shutil.rmtree(conf.FOLDER)
    make("install")
    done = init(sim, tmp_path)
    assert done.returncode == 0 and settings.conf + " is made" in done.stdout, \
        done
    with open(settings.conf, encoding="ascii") as text:
        assert "Made by `twofactl init`;" in text.read()
    quick.right(quick.login())


def test_init_behind_a_changed_sample(machine, settings, sim, tmp_path):
    shutil.rmtree(conf.FOLDER)
    make("install")
    with open(settings.conf, "a", encoding="ascii") as text:
        text.write("# mine\n")
    done = init(sim, tmp_path)
    assert done.returncode == 2 and "already exists" in done.stderr, done


def test_install_keeps_settings(machine, settings):
    with open(settings.conf, "rb") as text:
        before = text.read()
    make("install")
    with open(settings.conf, "rb") as text:
        assert text.read() == before
    assert os.path.exists(settings.conf + ".example")
    assert os.path.exists(settings.user_file("alice"))
    assert os.path.exists(settings.secrets + "/vonage")


def test_install_twice(machine, quick):
    make("install")
    make("install")
    quick.right(quick.login())


def stock_stacks(pam):
    """/etc/pam.d as Debian has it."""
    auth = "@include common-auth"
    pam.stack("su", "auth sufficient pam_rootok.so", auth)
    pam.stack("su-l", "auth include su")
    for service in ("sshd", "sudo", "sudo-i", "login"):
        pam.stack(service, auth)


@pytest.fixture
def stock(pam):
    """Debian's stacks; what else the guide changes comes back."""
    with open("/etc/pam.d/sudo-i", "rb") as text:
        before = text.read()
    stock_stacks(pam)
    yield
    with open("/etc/pam.d/sudo-i", "wb") as out:
        out.write(before)
    drop_in = "/etc/ssh/sshd_config.d/30-twofa.conf"
    if os.path.exists(drop_in):
        os.unlink(drop_in)


def guide_command(guide, words):
    """The one command there that has these words, without its sudo."""
    found = [text for text in re.findall(r"^    sudo ((?:.*\\\n)*.*)$", guide,
                                         re.M) if words in text]
    assert len(found) == 1, found
    return found[0]


def test_installation_by_hand(machine, settings, stock):
    """doctor has nothing to find behind step 9."""
    with open(stage.ROOT + "/docs/guide/by-hand.md", encoding="utf-8") as text:
        guide = text.read()
    make("install")
    ours = guide_command(guide, "a auth required pam_twofa.so")
    commands = [ours.replace("pam.d/sshd", "pam.d/" + name)
                for name in ("sshd", "sudo", "sudo-i", "su", "login")]
    commands += [guide_command(guide, "conf/sshd_config.d/30-twofa.conf"),
                 guide_command(guide, "s/^#AuthenticationMethods/")]
    commands += ["twofactl recovery-codes " + name for name in ("alice", "bob")]
    for command in commands:
        subprocess.run(command, shell=True, check=True, cwd=stage.ROOT,
                       stdout=subprocess.DEVNULL)
    assert '{ services = ["polkit-1"]; action = "skip"; }' in guide
    settings.set(rules=[{"services": ["polkit-1"], "action": "skip"}])
    with passwords.locked():
        done = subprocess.run(["twofactl", "doctor"], capture_output=True,
                              text=True, check=False)
    lines = done.stdout.splitlines()
    assert lines.pop() == "0 problems" and done.returncode == 0, done.stdout
    assert all(line.startswith(("note: exception-open: rule 1 ",
                                "note: pam-missing: polkit-1",
                                "note: helper-socket: ",
                                "note: sshd-other: "))
               for line in lines), done.stdout
