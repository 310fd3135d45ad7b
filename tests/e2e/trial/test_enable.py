# SPDX-License-Identifier: BSD-2-Clause
"""A service by enable and confirm, and back by disable; what is said of it."""

import os
import time

import enablehost
import pytest

from vendors import Strict

TRANSPORTS = ("spawn",)
pytestmark = pytest.mark.usefixtures("admins")
ASKS = "auth\trequired\tpam_twofa.so\n"
SSHD = enablehost.PAM + "/sshd"
SUDO = enablehost.PAM + "/sudo"


def log_in(quick, clock, service, user="alice"):
    """After the second in which the trial began."""
    clock.advance(2)
    quick.right(quick.login(user, service), words="code (already )?sent")


def test_sudo(enabling, quick, clock, syslog):
    """The whole way: proof, trial, a login, confirmed, and out again."""
    before = enablehost.files()
    said = enabling.on_trial("sudo")
    assert "A login of alice by sudo with the new files" in said
    assert "sudo is on trial until " in said
    assert "with a code: sudo -k twofactl confirm" in said
    assert syslog.wait_for("twofactl: event=trial-begun user=- enable sudo: "
                           "trial by uid=0")
    assert ASKS in enablehost.read(SUDO)
    assert ASKS in enablehost.read(enablehost.PAM + "/sudo-i")
    log_in(quick, clock, "sudo")
    assert enabling.run("confirm") == "sudo is enabled.\n"
    assert syslog.wait_for("twofactl: event=trial-confirmed user=- enable "
                           "sudo: confirmed")
    assert not enabling.pending()
    assert "sudo is enabled already; nothing is changed" in enabling.run(
        "enable", "sudo")
    assert enabling.run("disable", "sudo") == "sudo is disabled.\n"
    assert syslog.wait_for("twofactl: event=disabled user=- disable sudo")
    assert enablehost.files() == before
    assert enabling.run("disable", "sudo") == "sudo was not enabled.\n"


@pytest.mark.parametrize("service", ["su", "login"])
def test_others(enabling, terminals, sim, clock, service):
    before = enablehost.files()
    said = enabling.on_trial(service)
    assert ("not as root, with a code: su - alice\r\n"
            "and there: sudo twofactl confirm" in said) == (service == "su")
    after = enablehost.files()
    assert [path for path in after if after[path] != before[path]] == [
        os.path.join(enablehost.PAM, service)]  # su-l includes su
    clock.advance(2)
    t = (terminals.su("bob", "alice") if service == "su" else
         terminals.login("alice"))
    t.password()
    t.code(sim)
    t.expect("alice" if service == "su" else r"\$ $")
    assert enabling.run("confirm") == service + " is enabled.\n"
    enabling.run("disable", service)
    assert enablehost.files() == before


def test_su_as_it_says(enabling, terminals, sim, clock):
    """su - alice, and there sudo twofactl confirm; root's own su is no login."""
    enabling.on_trial("su")
    clock.advance(2)
    assert terminals.run("/usr/bin/su", "-", "alice", "-c", "true").ended() == 0
    assert "nobody has logged in through su" in enabling.run(
        "confirm", expected=1)
    t = terminals.run("/usr/bin/su", "-", "alice", user="alice")
    t.password()
    t.code(sim)
    t.expect(r"\$ $")
    t.sendline("sudo %s confirm" % enablehost.TWOFACTL)
    t.password()
    t.expect("su is enabled")
    enabling.run("disable", "su")


@pytest.mark.parametrize("login", ["password", "key", "both"])
def test_sshd(enabling, login):
    before = enablehost.files()
    said = enabling.on_trial("sshd", "--login", login, "--anyway")
    end = said[said.index("sshd is on trial until "):].splitlines()
    assert "with a code, and there run: sudo twofactl confirm" in end
    assert max(map(len, end)) < 80
    methods = {"password": "", "both": "AuthenticationMethods publickey,"
               "keyboard-interactive keyboard-interactive\n",
               "key": "AuthenticationMethods publickey,keyboard-interactive\n"}
    text = enablehost.read(enablehost.DROP_IN)
    assert methods[login] in text
    assert ("AuthenticationMethods" in text) == (login != "password")
    assert ("\n@include common-auth" in enablehost.read(SSHD)) == (
        login == "password")
    assert enabling.run("rollback") == "sshd is as it was before.\n"
    assert enablehost.files() == before


def test_another_login(enabling, quick, clock):
    """Enabled twice, in two ways, it still goes back to the first text."""
    before = enablehost.files()
    enabling.unseen("sshd", "--anyway")
    log_in(quick, clock, "sshd")
    enabling.run("confirm")
    first = enablehost.files()
    enabling.unseen("sshd", "--anyway", "--login", "both")
    enabling.run("rollback")
    assert enablehost.files() == first
    enabling.unseen("sshd", "--anyway", "--login", "both")
    enabling.run("confirm", "--anyway")
    assert enablehost.files() not in (before, first)
    enabling.run("disable", "sshd")
    assert enablehost.files() == before


@pytest.fixture(name="strict")
def _strict(settings):
    """The provider, which takes no credentials but right ones."""
    simulator = Strict("/run/enable-tls")
    simulator.start()
    settings.provider(base_url=simulator.url, ca_file=simulator.certs.ca)
    settings.secret("vonage", "wrong")
    yield simulator
    simulator.stop()


def test_no_trial_with_a_provider_that_refuses(strict, enabling):
    """No login shows it, so the provider is asked; an outage stops nothing."""
    before = enablehost.files()
    out = enabling.run("enable", "sudo", "--no-trial", expected=1)
    assert "a provider that sends no code" in out and "--anyway" in out
    assert enablehost.files() == before
    assert "sudo is enabled." in enabling.run(
        "enable", "sudo", "--no-trial", "--anyway")
    strict.stop()
    assert "su is enabled." in enabling.run("enable", "su", "--no-trial")


def test_no_trial(enabling, syslog):
    before = enablehost.files()
    assert "sudo is enabled." in enabling.run(
        "enable", "sudo", "--no-trial")
    assert not enabling.pending() and not enablehost.timers()
    enabling.run("enable", "su", "--no-trial")
    out = enabling.run("disable", "--all")
    assert out == ("sshd was not enabled.\nsudo is disabled.\n"
                   "su is disabled.\nlogin was not enabled.\n"
                   "polkit-1 was not enabled.\n")
    assert enablehost.files() == before


def test_look(enabling):
    """--check and --dry-run change nothing."""
    before = enablehost.files()
    assert enabling.run("enable", "sudo", "--check", expected=1).startswith(
        "sudo is not enabled.\n" + SUDO + " is without the lines")
    out = enabling.run("enable", "sudo", "--dry-run")
    assert (SUDO + ":\n  session    required   pam_limits.so\n"
            "  @include common-auth\n+ # twofactl enable: begin") in out
    assert "\n+ " + ASKS in out
    assert enablehost.files() == before
    assert not enabling.pending()
    enabling.run("enable", "sudo", "--no-trial")
    assert "enabled already" in enabling.run("enable", "sudo", "--check")
    with open(SUDO, "a", encoding="ascii") as text:
        text.write("session optional pam_env.so\n")
    assert "enabled already" in enabling.run("enable", "sudo", "--check")
    enablehost.write(SUDO, enablehost.STACKS["sudo"])
    enabling.run("enable", "sudo", "--check", expected=1)


def test_json(enabling, clock, quick):
    files = [SUDO, enablehost.PAM + "/sudo-i"]
    same = {"service": "sudo", "until": 0, "files": files}
    assert enabling.json("enable", "sudo", "--check", expected=1) == {
        "changed": True, "state": "disabled", **same}
    began = time.time()
    out = enabling.json("enable", "sudo", "--user", "alice", "--no-input",
                        "--within", "2h")
    assert began + 7199 <= out.pop("until") <= time.time() + 7201
    assert out == {"changed": True, "service": "sudo", "state": "trial",
                   "files": files, "proof": "login"}
    log_in(quick, clock, "sudo")
    assert enabling.json("confirm") == {
        "changed": True, "service": "sudo", "state": "enabled"}
    assert enabling.json("enable", "sudo") == {
        "changed": False, "state": "enabled", **same}
    assert enabling.json("disable", "sudo") == {
        "changed": True, "service": "sudo", "state": "disabled"}
    assert enabling.json("disable", "sudo") == {
        "changed": False, "service": "sudo", "state": "disabled"}
    enabling.unseen()
    assert enabling.json("rollback") == {
        "changed": True, "service": "sudo", "state": "rolled-back"}
    assert enabling.json("rollback") == {"changed": False}
