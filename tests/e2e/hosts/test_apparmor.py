# SPDX-License-Identifier: BSD-2-Clause
"""packaging/apparmor: the parser takes the profile, and all that helpers of real
logins and commands did by strace is allowed there."""

import shutil

import pytest

import conf
import stage
from admin import TWOFACTL
from apparmor import Profile, Trace
from listener import FOLDER, Listener

TRANSPORTS = ("spawn",)

PROFILE = stage.ROOT + "/packaging/apparmor/usr.libexec.twofa-helper"
INET = {"inet", "inet6", "netlink"}
CLOCK = {(stage.CLOCK_FILE, "r"), (stage.WALL_FILE, "r")}  # not as delivered
RAW = ("netlink", "raw")  # AppArmor knows one type of netlink


@pytest.fixture(scope="module")
def profile():
    return Profile(PROFILE)


@pytest.fixture
def trace(settings, sim, zone):
    """Roots where an admin would have them, and a rule that asks for the
    time."""
    zone("a file")
    settings.set(rules=[{"hours": "mon-sun 00:00-24:00"}])
    ours = conf.FOLDER + "/roots.pem"
    shutil.copy(sim.certs.ca, ours)
    settings.provider(ca_file=ours)
    return Trace("/run/tmp/trace")


def judged(profile, trace, *wanted):
    """All was allowed, and the trace has what it must have."""
    paths, sockets = trace.uses()
    assert set(wanted) <= paths
    assert not profile.forbidden(paths - CLOCK)
    used = {RAW if made[0] == "netlink" else made
            for made in sockets if made[0] in INET}
    assert used <= profile.networks
    return paths, used


LOGIN = (("/etc/twofa/twofa.conf", "r"), ("/etc/twofa/users.d/alice.conf", "r"),
         ("/etc/twofa/secrets/vonage", "r"), ("/var/lib/twofa/state.db", "w"),
         ("/var/lib/twofa/state.db", "k"), ("/etc/nsswitch.conf", "r"),
         ("/etc/localtime", "r"))


def test_started(profile, trace, terminals, sim, started):
    login = terminals.run(*trace.words, "/usr/bin/pamtester", "--", "sshd",
                          "alice", "authenticate", password_of="alice")
    login.password()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    paths, used = judged(profile, trace, *LOGIN, ("/etc/twofa/roots.pem", "r"))
    assert ("inet", "stream") in used
    assert any("libcurl" in path and right == "m" for path, right in paths)


def test_app_and_recovery_code(profile, trace, settings, terminals, admin,
                               app):
    settings.user("alice", phone=None, channels=None,
                  totp_secret_file=settings.secrets + "/alice.totp")
    paper = admin.codes(count=1)[0]
    for code in (app.code(), paper):
        trace.clear()
        login = terminals.run(*trace.words, "/usr/bin/pamtester", "--", "sshd",
                              "alice", "authenticate", password_of="alice")
        login.password()
        login.prompt()
        login.answer(code)
        assert login.ended() == 0
        judged(profile, trace, ("/etc/twofa/secrets/alice.totp", "r"))


def test_listening(profile, trace, quick, pam):
    """Also when it executes its file again, with what was loaded before."""
    server = Listener(path=FOLDER + "/traced.sock", start=False)
    server.before = trace.words
    server.start()
    try:
        pam.args(transport="socket", socket=server.path)
        quick.right(quick.login())
        before = server.life()
        server.kill(1)
        server.changed(before)
        server.wait()
    finally:
        server.stop()
    judged(profile, trace, *LOGIN, ("/run/twofa/traced.sock", "w"),
           ("/usr/libexec/twofa-helper", "x"))
    assert {"setuid", "setgid"} <= profile.capabilities


@pytest.mark.parametrize("words", [
    ("check",), ("status",), ("doctor",), ("explain", "alice", "sshd"),
    ("recovery-codes", "alice"), ("unlock", "alice")])
def test_commands(profile, trace, terminals, words):
    """Whatever they find: their helper must be able to look."""
    asked = terminals.run(*trace.words, TWOFACTL, "--helper", stage.HELPER,
                          *words)
    asked.ended(60)
    judged(profile, trace, ("/etc/twofa/twofa.conf", "r"))


def test_host_key(profile):
    """A new host's gets its name by a link, once it is whole."""
    assert profile.allows("/var/lib/twofa/host.key", "l")


def test_time_zone(profile):
    """To which /etc/localtime is a link."""
    assert profile.allows("/usr/share/zoneinfo/Europe/Berlin", "r")


def test_its_own_namespace(profile):
    """stat of /proc/self/ns/pid, which lies in no mount tree: else a login
    never sees that another one's process has died."""
    assert profile.flags == "attach_disconnected"
    assert profile.allows("/proc/4711/ns/pid", "r")
    assert not profile.allows("/proc/4711/ns/mnt", "r")


@pytest.mark.parametrize("path, right", [
    ("/etc/twofa/twofa.conf", "w"), ("/etc/shadow", "r"), ("/root/x", "r"),
    ("/home/alice/x", "r"), ("/bin/sh", "x"), ("/etc/passwd", "w"),
    ("/etc/pam.d/sshd", "r"), ("/var/lib/twofa/x", "x"), ("/tmp/x", "w")])
def test_what_it_keeps_out(profile, path, right):
    """A profile that allows everything would pass all else here."""
    assert not profile.allows(path, right)


def test_an_error_is_seen(tmp_path):
    with open(PROFILE, encoding="utf-8") as text:
        broken = text.read().replace("/etc/twofa/ r,", "/etc/twofa/ z,")
    path = str(tmp_path / "profile")
    with open(path, "x", encoding="utf-8") as out:
        out.write(broken)
    with pytest.raises(AssertionError, match="parser error"):
        Profile(path)
