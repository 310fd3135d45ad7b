# SPDX-License-Identifier: BSD-2-Clause
"""twofa.conf as it must not be: the login is denied before any prompt, nothing
is sent, and the log names file, line and key."""

import os
import pwd
import re

import pytest

import pamstack

TRANSPORTS = ("spawn", "socket")

CONF = r"/etc/twofa/twofa\.conf"
SENTENCE = ("The settings of the second factor are broken. The log tells your "
            "administrator why")


def refused(quick, syslog, words):
    login = quick.login()
    assert quick.denied(login)["reason"] == "settings"
    return syslog.wait_for(words).string


def test_missing(quick, settings, syslog):
    os.unlink(settings.conf)
    refused(quick, syslog, CONF + ":.* is not there; run: twofactl init, "
            "which makes it")


def test_symlink(quick, settings, syslog):
    os.rename(settings.conf, settings.conf + ".real")
    os.symlink(settings.conf + ".real", settings.conf)
    refused(quick, syslog, CONF + ":.* symbolic link")


@pytest.mark.parametrize("mode", [0o660, 0o642, 0o666])
def test_writable(quick, settings, syslog, mode):
    os.chmod(settings.conf, mode)
    refused(quick, syslog, CONF + ":.*mode 0%o.*run: chown root:twofa .*chmod "
            "0640" % mode)


@pytest.mark.parametrize("uid", [990, 1])
def test_wrong_owner(quick, settings, syslog, uid):
    os.chown(settings.conf, uid, 990)
    refused(quick, syslog, CONF + ":.*belongs to user %s, must belong to user "
            "root; run: chown root" % pwd.getpwuid(uid).pw_name)


def test_unreadable_for_the_helper(quick, settings, syslog):
    os.chmod(settings.conf, 0o600)
    refused(quick, syslog, CONF + ":.*cannot be opened by user twofa.*chmod "
            "0640")


def test_folder_unreadable_for_the_helper(quick, settings, syslog):
    os.chmod("/etc/twofa", 0o700)
    refused(quick, syslog, CONF + ": the folder /etc/twofa cannot be read by "
            "user twofa; run: chgrp twofa /etc/twofa; chmod 0750 /etc/twofa$")


def test_folder_of_another_group(quick, settings, syslog):
    """chgrp would shut out the programs that need it."""
    os.chown(settings.secrets, 0, 1)
    os.chmod(settings.secrets, 0o710)
    refused(quick, syslog, settings.secrets + " cannot be read by user twofa; "
            "move the file to a folder of group twofa or, if no other program "
            "needs this one, run: chgrp twofa ")


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_no_file(quick, settings, syslog, make):
    os.unlink(settings.conf)
    make(settings.conf)
    os.chown(settings.conf, 0, 990)
    os.chmod(settings.conf, 0o750)
    refused(quick, syslog, CONF + ":.*not a regular file")


def test_folder_that_others_may_write(quick, settings, syslog):
    os.chmod("/etc/twofa", 0o777)
    refused(quick, syslog, CONF + ":.*folder.*has mode 0777.*chmod 0750 "
            "/etc/twofa")


def test_folder_of_somebody_else(quick, settings, syslog):
    os.chown("/etc/twofa", 990, 990)
    refused(quick, syslog, CONF + ":.*folder.*belongs to user twofa.*chown "
            "root:twofa /etc/twofa")


def test_empty(quick, settings, syslog):
    settings.raw("")
    refused(quick, syslog, CONF + ":.*brand")


@pytest.mark.parametrize("extra, words", [
    ("language = ;", r":\d+: syntax error"),
    ("colour = \"red\";", r":\d+: colour: unknown key"),
    ("on_outage = \"panic\";",
     r":\d+: on_outage: .*expected .*\"deny\""),
    ("unenrolled = true;", r":\d+: unenrolled: .*expected "),
    ("failover_after_unknown = 1;",
     r":\d+: failover_after_unknown: .*expected true, false"),
    ("tell_locked = \"no\";",
     r":\d+: tell_locked: .*expected true, false"),
    ("socket_allow_uids = [0];",
     r":\d+: socket_allow_uids: is 0; expected a list of 1 to 64 uids"),
    ("users_dir = \"users.d\";",
     r":\d+: users_dir: .*expected an absolute path"),
    ("@include \"/etc/twofa/more.conf\"", r":\d+: @include: is refused"),
    ("rules = ( { action = \"skip\"; action = \"deny\"; } );", r":\d+: "),
    ("rules = ( { acton = \"skip\"; } );", r":\d+: acton: unknown key"),
    ("rules = ( { action = \"alow\"; } );",
     r":\d+: action: .*expected .*\"skip\""),
    ("rules = ( { action = \"skip\"; remember_minutes = 1441; } );",
     r":\d+: remember_minutes: is 1441; expected 0 to 1440"),
    ("rules = ( { from = [\"10.0.0.0/33\"]; action = \"skip\"; } );",
     r":\d+: from: "),
    ("rules = ( { from = [\"10.0.0.1/8\"]; action = \"skip\"; } );",
     r":\d+: from: "),
    ("rules = ( { from = [\"gate.example.org\"]; action = \"skip\"; } );",
     r":\d+: from: "),
    ("rules = ( { users = []; action = \"skip\"; } );", r":\d+: users: "),
    ("rules = ( { users = \"alice\"; action = \"skip\"; } );",
     r":\d+: users: "),
    ("rules = ( { methods = [\"smoke\"]; } );", r":\d+: methods: "),
    ("brand = \"twice\";", r":\d+: .*"),
])
def test_text_that_is_refused(quick, settings, syslog, extra, words):
    settings.set()
    with open(settings.conf, encoding="utf-8") as text:
        settings.raw(text.read() + extra + "\n")
    refused(quick, syslog, CONF + words)


@pytest.mark.parametrize("limits, words", [
    ({"wrong_codes_per_login": 0}, "from 1 to 5"),
    ({"wrong_codes_per_login": 6}, "from 1 to 5"),
    ({"prompts_per_login": 51}, "from 1 to 50"),
    ({"resend_wait": [60, 30]}, ""),
    ({"allowed_prefixes": ["44"]}, ""),
    ({"push_per_hour": 0}, "from 1 to 100000"),
    ({"sends_per_user_hour": 0}, "from 1 to 100000"),
    ({"lock_after_total": 5}, "smaller than lock_after = 6"),
    ({"spend_per_day": 20}, "must be a text.*such as"),
    ({"wrong_codes_per_login": "3"}, "from 1 to 5"),
])
def test_limits(quick, settings, syslog, limits, words):
    settings.set(limits=limits)
    key = next(iter(limits))
    refused(quick, syslog, CONF + r":\d+: %s: .*%s" % (key, words))


@pytest.mark.parametrize("written", ["4294967299", "010", "0x3", "3L", "3.0"])
def test_numbers_that_libconfig_would_misread(quick, settings, syslog,
                                              written):
    settings.set(limits=None)
    with open(settings.conf, encoding="utf-8") as text:
        settings.raw("limits = { wrong_codes_per_login = %s; };\n" % written +
                     text.read())
    refused(quick, syslog, CONF + r":1: wrong_codes_per_login: not a whole "
            "decimal number")


def test_nul(quick, settings, syslog):
    with open(settings.conf, "rb") as text:
        settings.raw(text.read() + b"\n\0on_outage = \"allow\";\n")
    refused(quick, syslog, CONF + r":\d+: a NUL byte")


@pytest.mark.parametrize("keys, words", [
    ({"type": "vonage"}, "type: .*vonage-verify"),
    ({"api_key": None}, "api_key: "),
    ({"api_key": "has space"}, "api_key: "),
    ({"api_secret_file": None}, "api_secret_file: "),
    ({"api_secret_file": "/etc/twofa/secrets/none"},
     "api_secret_file: .*none.*not there"),
    ({"timeout_ms": 100}, "timeout_ms: .*from 500 to 30000"),
    ({"connect_timeout_ms": 99}, "connect_timeout_ms: .*from 100 to 30000"),
    ({"code_length": 5}, "code_length: .*4.*6"),
    ({"expiry": 59}, "expiry: .*60"),
    ({"workflow_id": 8}, "workflow_id: .*from 1 to 7"),
    ({"sender_id": "TWELVELETTERS"}, "sender_id: "),
    ({"base_url": "http://localhost:1"}, r"base_url: .*127\.0\.0\.1"),
    ({"base_url": "http://127.0.0.1.example.org"}, "base_url: "),
    ({"base_url": "https://u:p@localhost"}, "base_url: "),
    ({"base_url": "ftp://localhost"}, "base_url: "),
    ({"base_url": "https://localhost/?q"}, "base_url: "),
    ({"verify_peer": False}, "verify_peer: unknown key"),
    ({"ca_file": "/etc/twofa/none.pem"}, "ca_file: "),
    ({"name": "white space"}, "name: "),
    ({"ca_path": "/etc/ssl/certs"}, "ca_(file|path): "),
])
def test_provider(quick, settings, syslog, keys, words):
    settings.provider(**keys)
    refused(quick, syslog, CONF + r":\d+: " + words)


def test_no_provider(quick, settings, syslog):
    """Apps alone are asked; who has a phone alone is denied."""
    settings.set(providers=None)
    assert quick.denied(quick.login())["reason"] == "no-method"


def test_two_providers_of_one_name(quick, settings, syslog):
    settings.set(providers=settings.keys["providers"] * 2)
    refused(quick, syslog, CONF + r":\d+: name: ")


@pytest.mark.parametrize("brand", ["", "A brand of 19 bytes", "a\x01b"])
def test_brand(quick, settings, syslog, brand):
    settings.set(brand=brand)
    refused(quick, syslog, CONF + r":\d+: brand: .*18")


def test_brand_of_18_bytes(quick, settings, sim):
    settings.set(brand="A brand of 18 byte")
    quick.right(quick.login())
    assert sim.requests("start")[0]["fields"]["brand"] == "A brand of 18 byte"


def test_all_errors_at_once(quick, settings, syslog):
    settings.provider(timeout_ms=1, code_length=9)
    settings.set(on_outage="no", brand="x" * 19, limits={"colour": 1})
    refused(quick, syslog, CONF + r":\d+: brand: ")
    for key in ("on_outage", "colour", "timeout_ms", "code_length"):
        syslog.wait_for(CONF + r":\d+: %s: " % key)


def test_an_error_is_no_outage(quick, settings, syslog):
    settings.set(on_outage="allow", unenrolled="allow", colour="red")
    refused(quick, syslog, CONF + r":\d+: colour: unknown key")


def test_error_over_ssh_asks_for_no_code(sshd, settings, sim, syslog):
    settings.set(brand=None)
    login = sshd.login("alice", options=["NumberOfPasswordPrompts=1"])
    login.password()
    assert login.ended() != 0
    assert "code" not in login.text
    line = syslog.login_line(user="alice", service="sshd")
    assert line["outcome"] == "denied" and line["reason"] == "settings"
    assert not sim.requests()


def ends_at_once(login, syslog, service, user="alice"):
    """The password is asked for once, and the cause is told where a program
    shows it: sshd would show it as a prompt alone, which is for codes."""
    login.ended()  # login's status is 0 when its tries are over
    before, *after = login.text.split(SENTENCE)
    assert len(after) == (0 if service == "sshd" else 1)
    assert len(re.findall("assword", before)) == 1
    after = "".join(after)
    assert "assword for" not in after and "Password:" not in after
    assert "try again" not in login.text
    assert len(syslog.logins()) == 1
    syslog.login_line(user=user, service=service, reason="settings",
                      outcome="denied")


def test_password_is_asked_for_once_sudo(terminals, settings, syslog):
    settings.raw("")
    sudo = terminals.sudo("alice")
    sudo.password()
    ends_at_once(sudo, syslog, "sudo")
    assert "immediate abort" in sudo.text


def test_password_is_asked_for_once_su(terminals, settings, syslog):
    settings.raw("")
    become = terminals.su("alice", "bob")
    become.password()
    ends_at_once(become, syslog, "su", "bob")


def test_password_is_asked_for_once_login(terminals, settings, syslog):
    settings.raw("")
    console = terminals.login("alice")
    console.password()
    ends_at_once(console, syslog, "login")


def test_password_is_asked_for_once_sshd(sshd, settings, syslog):
    """Not with ONCE: the client would ask three times."""
    settings.raw("")
    login = sshd.login("alice")
    login.password()
    ends_at_once(login, syslog, "sshd")


@pytest.mark.parametrize("control", [
    "required", "requisite", "[success=ok default=die]",
    "[success=ok new_authtok_reqd=ok ignore=ignore default=bad]",
    "[success=done default=die]"])
@pytest.mark.parametrize("service", ["sudo", "sshd"])
def test_no_control_value_lets_in(terminals, quick, settings, pam, syslog,
                                  control, service):
    settings.raw("")
    line = pam.module_line().split(" ", 2)[2]
    pam.stack(service, *pamstack.GUARD, "auth %s %s" % (control, line))
    if service == "sudo":
        login = terminals.sudo("alice")
        login.password()
        ends_at_once(login, syslog, "sudo")
    else:
        ends_at_once(quick.login(), syslog, "sshd")


def test_one_field_has_one_result(quick, settings, pam):
    """Nobody is asked, and no result tells more than another."""
    settings.raw("")
    pam.args(no_prompt=True)
    login = quick.login()
    assert quick.denied(login)["reason"] == "settings"
    assert "Authentication failure" in login.text
    assert SENTENCE not in login.text
