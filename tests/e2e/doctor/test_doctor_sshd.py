# SPDX-License-Identifier: BSD-2-Clause
"""What doctor says of sshd's settings, beside real logins to a real sshd that
has these settings."""

import os
import select
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from pamstack import GUARD
from sshserver import free_port
from steps import ONCE, asked

TRANSPORTS = ()

SSHD = "/etc/ssh/sshd_config"


@pytest.fixture
def config():
    """The system's sshd_config, which comes back: config(server) makes it that
    server's."""
    shutil.copy(SSHD, SSHD + ".before")
    yield lambda server: shutil.copy(server.folder + "/config", SSHD)
    shutil.move(SSHD + ".before", SSHD)


def said(admin, *names):
    """doctor's lines with these names."""
    return [line for line in admin.run("doctor")[1].splitlines()
            if line.removeprefix("note: ").split(":")[0] in names]


def gets_in(server, user, key=None):
    """By key where there is one, and by the password where one is asked."""
    login = server.login(user, key=key, options=ONCE)
    if login.expect(["assword: ", r"\r\n"]) == 0:
        login.answer("pw-" + user)
    return login.ended() == 0


# --- security keys

PIN = "PubkeyAuthOptions verify-required"
KEYS = {"services": ["sshd"], "action": "skip", "keys": "sk"}
CA = "SHA256:yEA7Xl8nyliV8YP2serBdF4quJ2lIJwhO8cOfnXNdLs"


@pytest.fixture
def sudoer():
    """alice is an admin."""
    subprocess.run(["gpasswd", "-a", "alice", "sudo"], check=True,
                   stdout=subprocess.DEVNULL)
    yield
    subprocess.run(["gpasswd", "-d", "alice", "sudo"], check=True,
                   stdout=subprocess.DEVNULL)


@pytest.mark.usefixtures("sudoer")
@pytest.mark.parametrize("rule,lines,users", [
    ({}, (), "everybody"),
    ({}, (PIN,), None),
    ({}, ("PubkeyAuthOptions touch-required",), "everybody"),
    ({}, ("PubkeyAuthOptions touch-required verify-required",), None),
    ({"keys": CA}, (), "everybody"),
    ({"users": ["alice"]}, ("Match User alice", PIN), None),
    ({"users": ["alice", "bob"]}, ("Match User alice", PIN), "bob (1)"),
    ({"users": ["alice", "bob"]}, ("Match User carol", PIN), "alice (2)"),
    ({"users": ["alice"]},
     (PIN, "Match User alice", "PubkeyAuthOptions none"), "alice (1)"),
    ({"groups": ["sudo"]}, ("Match Group sudo", PIN), None),
    ({"groups": ["sudo"], "keys": CA}, ("Match User carol", PIN), "alice (1)"),
    ({}, ("Match User alice", PIN), "bob ("),
], ids=str)
def test_security_keys_without_their_pin(admin, sshd, settings, config, rule,
                                         lines, users):
    """sshd -T -C user=NAME for each whom the rule reaches: what a user's own
    authorized_keys says is the user's."""
    settings.set(rules=[dict(KEYS, **rule)])
    server = sshd.start()
    with open(server.folder + "/config", "r+", encoding="ascii") as text:
        before = text.read()
        text.seek(0)
        at = [line.startswith("Match") for line in lines].index(True) \
            if any(line.startswith("Match") for line in lines) else len(lines)
        text.write("\n".join(lines[:at]) + "\n" + before + "\n"
                   + "\n".join(lines[at:]) + "\n")
    config(server)
    found = said(admin, "sshd-sk-pin")
    if users is None:
        assert found == []
        return
    line, = found
    assert users == "everybody" or ": %s" % users in line
    assert line.endswith(PIN) or PIN in line
    settings.set(rules=[{"services": ["sshd"], "action": "require"}])
    assert said(admin, "sshd-sk-pin") == []


# --- PAM is not asked


@pytest.mark.parametrize("lines,key,words", [
    (("PasswordAuthentication yes",), False, "a password gets in without"),
    (("PubkeyAuthentication yes",), True, "a key gets in without"),
    (("PasswordAuthentication yes",
      "AuthenticationMethods publickey,password"), True, "a password gets in"),
    (("AuthenticationMethods publickey,keyboard-interactive "
      "keyboard-interactive",), True, "nobody gets in"),
    (("AuthenticationMethods publickey,keyboard-interactive "
      "keyboard-interactive",), False, "nobody gets in"),
])
def test_without_pam(admin, sshd, sim, config, lines, key, words):
    """sshd looks at passwords itself then, and our module is never asked."""
    server = sshd.start("UsePAM no", *lines)
    config(server)
    line, = said(admin, "sshd-usepam", "sshd-password")
    assert line.startswith("sshd-usepam: UsePAM no: ") and words in line
    assert gets_in(server, "alice", server.key("alice") if key else None) == \
        (words != "nobody gets in")
    assert sim.messages() == []


def test_a_device_that_linux_has_not(admin, sshd, sim, config):
    """:bsdauth is no way in, and no way to be asked."""
    server = sshd.start("PubkeyAuthentication yes", "AuthenticationMethods "
                        "publickey,keyboard-interactive:bsdauth")
    config(server)
    line, = said(admin, "sshd-keys", "sshd-kbdinteractive", "sshd-usepam")
    assert line.startswith("sshd-kbdinteractive: ")
    assert "write AuthenticationMethods publickey,keyboard-interactive in" in \
        line
    login = server.login("alice", key=server.key("alice"), options=ONCE)
    assert login.ended() != 0
    assert sim.messages() == []


def test_key_and_password_method(admin, sshd, sim, syslog, config):
    """It goes through PAM, where nothing answers our prompt: no way in."""
    server = sshd.start("PasswordAuthentication yes",
                        "AuthenticationMethods publickey,password")
    config(server)
    line, = said(admin, "sshd-usepam", "sshd-password", "sshd-keys")
    assert line.startswith("sshd-password: ")
    assert "where one is needed the login is denied" in line
    sim.fresh()
    assert not gets_in(server, "alice", server.key("alice"))
    assert syslog.login_line(user="alice")["reason"] == "no-answer"
    asked(sim, start=1)


# --- what is judged of it


@pytest.fixture
def newer_sshd(tmp_path):
    """It tells of PAMServiceName as OpenSSH 9.8 does."""
    sshd, real = "/usr/sbin/sshd", tmp_path / "real"
    fake = tmp_path / "sshd"
    shutil.copy(sshd, real)

    def service(name):
        fake.write_text('#!/bin/sh\n%s "$@" || exit\n[ "$1" != -T ] || '
                        "echo pamservicename %s\n" % (real, name))
        fake.chmod(0o755)
    service("sshd")
    subprocess.run(["mount", "--bind", str(fake), sshd], check=True)
    yield service
    subprocess.run(["umount", sshd], check=True)


@pytest.mark.usefixtures("alone")
def test_another_service_of_sshd(admin, newer_sshd, pam):
    """sshd's own stack is not asked then, whatever it has."""
    assert not said(admin, "sshd-service")
    newer_sshd("twofa-try")
    pam.stack("twofa-try", *GUARD, "auth required pam_permit.so")
    found, = said(admin, "sshd-service")
    assert found.startswith("sshd-service: PAMServiceName twofa-try: ")
    pam.stack("twofa-try", *GUARD, pam.module_line())
    found, = said(admin, "sshd-service")
    assert found.startswith("note: sshd-service: PAMServiceName twofa-try: ")


def test_many_match_blocks(admin, alone):
    """Those behind the 64th are not judged by their lines, and that is said."""
    opens = ("Match Address 192.0.2.7\nPubkeyAuthentication yes\n"
             "AuthenticationMethods publickey\n")
    with open(SSHD, "a", encoding="ascii") as out:
        out.write("AuthenticationMethods keyboard-interactive\n" +
                  "Match Address 192.0.2.9\n" * 63 + opens)
    assert not said(admin, "sshd-match")
    assert [line for line in said(admin, "sshd-keys") if "192.0.2.7" in line]
    with open(SSHD, "a", encoding="ascii") as out:
        out.write(opens.replace("192.0.2.7", "192.0.2.8"))
    found, = said(admin, "sshd-match")
    assert found.startswith("note: sshd-match: sshd_config has more than 64 ")


# --- the sshd that runs


@pytest.fixture
def shared(config):
    """sshd_config is the very file of that server: shared(server)."""
    def share(server):
        os.unlink(SSHD)
        os.symlink(server.folder + "/config", SSHD)
    yield share


@pytest.fixture
def alone(config, _ready):
    """sshd_config of an sshd that does not run; its port."""
    port = free_port()
    with open(SSHD, "w", encoding="ascii") as out:
        out.write("ListenAddress 127.0.0.1\nPort %d\nUsePAM yes\n"
                  "KbdInteractiveAuthentication yes\n" % port)
    return port


def insert(server, line):
    """A line that comes first, so that it holds."""
    path = server.folder + "/config"
    with open(path, encoding="ascii") as text:
        before = text.read()
    with open(path, "w", encoding="ascii") as out:
        out.write(line + "\n" + before)


def reload(server):
    """As systemctl does; it listens again once its log says so."""
    before = server.log().count("Server listening on")
    os.kill(server.pid, signal.SIGHUP)
    end = time.monotonic() + 10
    while server.log().count("Server listening on") == before:
        assert time.monotonic() < end, server.log()
        select.select([], [], [], 0.02)


@pytest.mark.parametrize("line,offers,would", [
    ("KbdInteractiveAuthentication no", "publickey,keyboard-interactive",
     "publickey"),
    ("PasswordAuthentication yes", "publickey,keyboard-interactive",
     "publickey,password,keyboard-interactive"),
    ("AuthenticationMethods publickey,keyboard-interactive",
     "publickey,keyboard-interactive", "publickey")])
def test_sshd_that_was_not_reloaded(admin, sshd, shared, line, offers, would):
    server = sshd.start()
    shared(server)
    assert not said(admin, "sshd-running")
    insert(server, line)
    found, = said(admin, "sshd-running")
    assert found.startswith(
        "sshd-running: sshd at 127.0.0.1 port %d offers %s, but by its files "
        "it should offer %s: " % (server.port, offers, would))
    assert "HUP" in found
    reload(server)
    assert not said(admin, "sshd-running")


def test_sshd_under_a_match(admin, sshd, shared):
    """One for this host's own address holds for doctor's question, too."""
    server = sshd.start("PasswordAuthentication yes",
                        "Match Address 127.0.0.1", "PasswordAuthentication no",
                        "Match all")
    shared(server)
    assert not said(admin, "sshd-running")
    insert(server, "AuthenticationMethods keyboard-interactive")
    assert "offers publickey,keyboard-interactive," in \
        said(admin, "sshd-running")[0]


def test_sshd_is_asked_once(admin, sshd, shared, sim):
    """By one connection, which is no attempt to log in."""
    server = sshd.start("ListenAddress ::1", "MaxAuthTries 1")
    shared(server)
    assert not said(admin, "sshd-running")
    log = server.log()
    assert log.count("Connection from ") == 1
    assert "Connection closed by authenticating user twofa" in log
    assert "nvalid user" not in log and "Failed" not in log
    assert sim.messages() == []


def test_sshd_that_does_not_run(admin, alone):
    """Nothing is said."""
    assert not said(admin, "sshd-running", "sshd-config")


def test_sshd_that_does_not_answer(admin, alone):
    """A note, with what ssh says."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", alone))
        other.listen()
        talk = threading.Thread(target=hang_up_on, args=(other,),
                                daemon=True)
        talk.start()
        found, = said(admin, "sshd-running")
        talk.join(10)
    assert found.startswith("note: sshd-running: sshd at 127.0.0.1 port ")
    assert "onnection" in found


def hang_up_on(listener):
    listener.accept()[0].close()


def test_who_listens_in_place_of_sshd(admin, alone):
    """It may be anybody, and its words are no findings."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", alone))
        other.listen()
        talk = threading.Thread(target=lie_to, args=(other,), daemon=True)
        talk.start()
        found, = said(admin, "sshd-running")
        talk.join(10)
    assert found.startswith("note: sshd-running: ")
    assert "\x1b" not in found


def lie_to(listener):
    with listener.accept()[0] as link:
        link.sendall(b"SSH-2.0-\x1b[31mPermission denied (\x1b[0m).\r\n")
        link.settimeout(10)
        while link.recv(4096):
            link.sendall(b"\0" * 64)
            link.shutdown(socket.SHUT_WR)
            break


# --- its command line

STRICT = "AuthenticationMethods publickey,keyboard-interactive"


@pytest.mark.parametrize("options,words", [
    (("-oAuthenticationMethods=any",), "-o AuthenticationMethods=any"),
    (("-4", "-o", "AuthenticationMethods publickey keyboard-interactive"),
     "-o AuthenticationMethods publickey keyboard-interactive")])
def test_options_of_its_command_line(admin, sshd, sim, shared, options, words):
    """A key gets in by them, whatever the files say, and after each reload;
    what doctor advises is done then."""
    lines = ("PidFile /run/sshd.pid", STRICT, "PubkeyAuthentication yes")
    server = sshd.start(*lines, options=options)
    shared(server)
    with open(SSHD, "a", encoding="ascii") as out:
        out.write("Match LocalPort 1\nX11Forwarding no\n")
    found = said(admin, "sshd-keys", "sshd-options", "sshd-running")
    assert [line.split(":")[0] for line in found] == [
        "sshd-keys", "sshd-options"], found
    assert "started by %s -f " % words in found[1] and "restart" in found[1]
    assert gets_in(server, "alice", server.key("alice"))
    reload(server)
    assert gets_in(server, "alice", server.key("alice"))
    assert sim.messages() == []
    server.stop()
    server = sshd.start(*lines)
    shared(server)
    note, = said(admin, "sshd-keys", "sshd-options", "sshd-running")
    assert note.startswith("note: sshd-options: ")
    login = server.login("alice", key=server.key("alice"), options=ONCE)
    login.expect(["Verification code", "assword: "])
    login.hang_up()


def test_another_file_of_settings(admin, sshd, config):
    """That of sshd's -f counts, and not the usual one."""
    server = sshd.start("PidFile /run/sshd.pid", "UsePAM no",
                        "AuthenticationMethods publickey")
    with open(SSHD, "w", encoding="ascii") as out:
        out.write("UsePAM yes\nKbdInteractiveAuthentication yes\n")
    assert said(admin, "sshd-usepam")[0].startswith(
        "sshd-usepam: UsePAM no: sshd never asks pam_twofa, and a key")
    assert "-f %s/config" % server.folder in said(admin, "sshd-options")[0]
    server.stop()
    assert not said(admin, "sshd-usepam", "sshd-options")


# --- units


@pytest.fixture
def units(tmp_path):
    """A systemctl that knows these units as active: units("ssh.socket")."""
    path = "/usr/bin/systemctl"
    if not os.path.exists(path):
        pytest.skip("there is no systemctl to stand before")
    script = tmp_path / "systemctl"

    def active(*names):
        script.write_text("#!/bin/sh\nshift\nend=3\nfor unit; do case $unit "
                          "in %s) echo active; end=0;; *) echo inactive;; "
                          "esac; done\nexit $end\n" % (
                              "|".join(names) or "none"))
        script.chmod(0o755)
    active()
    os.makedirs("/run/systemd/system", exist_ok=True)
    subprocess.run(["mount", "--bind", str(script), path], check=True)
    yield active
    subprocess.run(["umount", path], check=True)
    os.rmdir("/run/systemd/system")


@pytest.mark.parametrize("active,words", [
    (("ssh.service",), "run: systemctl reload ssh.service"),
    (("ssh.service", "ssh.socket"), "run: systemctl restart ssh.service"),
    (("sshd.service",), "run: systemctl reload sshd.service"),
    ((), "run: kill -HUP"),
    # nothing runs yet: who comes meets a new sshd
    (("ssh.socket",), None), (("sshd.socket",), None)])
def test_reload_by_its_unit(admin, sshd, shared, units, active, words):
    server = sshd.start()
    shared(server)
    insert(server, "PasswordAuthentication yes")
    units(*active)
    found = said(admin, "sshd-running")
    assert (len(found) == 1 and words in found[0]) if words else not found


def test_places_of_the_running_one(admin, sshd, shared):
    """It says them by its title."""
    server = sshd.start("PidFile /run/sshd.pid")
    shared(server)
    insert(server, "MaxStartups 170:30:270")
    with open(server.folder + "/config", "a", encoding="ascii") as out:
        out.write("MaxStartups 170:30:270\n")  # of some versions the last counts
    assert said(admin, "sshd-maxstartups") == [
        "sshd-maxstartups: the running sshd refuses users as soon as 100 are "
        "at a prompt, but by its files it should only from 170 on; run: "
        "kill -HUP $(cat /run/sshd.pid)"]
    reload(server)
    assert not said(admin, "sshd-maxstartups")


SHOWN = """
ExecStart={ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd -D $SSHD_OPTS $NONE ; \
ignore_errors=no ; start_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }
EnvironmentFiles=/nowhere (ignore_errors=yes)
EnvironmentFiles=/etc/default/ssh (ignore_errors=yes)

"""


OF_ITS_OWN = """
Environment="SSHD_OPTS=-4 -o UsePAM=no" OTHER=1
ExecStart={ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd -i $SSHD_OPTS ; \
ignore_errors=yes ; start_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }
"""
SOCKETS = "Accept=no\nActiveState=%s\n\nAccept=yes\nActiveState=%s\n"


@pytest.fixture
def shown(units, tmp_path):
    """What systemctl show says of the unit, as systemd 252 does, and the file
    that it reads."""
    units()
    def show(opts):
        with open("/etc/default/ssh", "w", encoding="ascii") as out:
            out.write("# Options\n#SSHD_OPTS=-4\n%s\n" % opts)
    shutil.copy("/etc/default/ssh", tmp_path / "before")
    (tmp_path / "shown").write_text(SHOWN)
    (tmp_path / "systemctl").write_text(
        "#!/bin/sh\ncase $* in *Accept*) exec cat %s/sockets ;; *@*) exec cat "
        "%s/own ;; show*) exec cat %s/shown ;; esac\nexit 3\n"
        % (3 * (tmp_path,)))
    (tmp_path / "own").write_text(OF_ITS_OWN)
    (tmp_path / "sockets").write_text(SOCKETS % ("active", "inactive"))
    yield show
    shutil.copy(tmp_path / "before", "/etc/default/ssh")


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("opts,words", [
    ("SSHD_OPTS=-oUsePAM=no", "-o UsePAM=no"),
    ("SSHD_OPTS='-4 \\\n -o \"UsePAM no\"'", "-o UsePAM no"),
    ("SSHD_OPTS=-oUsePAM=no\nSSHD_OPTS=", None), ("", None)])
def test_words_of_its_unit(admin, shown, opts, words):
    """Where no sshd runs its unit says how one is started."""
    shown(opts)
    found = said(admin, "sshd-usepam", "sshd-options")
    assert len(found) == (2 if words else 0), found
    assert not words or "sshd is started by %s, " % words in found[1]


def test_words_of_its_process(admin, sshd, shared, shown):
    """They hold, whatever its unit has by now."""
    server = sshd.start("PidFile /run/sshd.pid", STRICT)
    shared(server)
    shown("SSHD_OPTS=-oUsePAM=no")
    assert not said(admin, "sshd-usepam")


# --- sshd's folder


@pytest.mark.usefixtures("alone")
def test_folder_of_sshd(admin):
    """It is not there before the first sshd, and is made as that makes it."""
    os.rmdir("/run/sshd")
    before = os.umask(0o077)
    try:
        assert not said(admin, "sshd-config")
    finally:
        os.umask(before)
    made = os.stat("/run/sshd")
    assert made.st_uid == 0 and made.st_mode & 0o7777 == 0o755


@pytest.mark.usefixtures("alone")
def test_folder_of_sshd_that_cannot_be_made(admin):
    os.rmdir("/run/sshd")
    os.symlink("/run/nowhere", "/run/sshd")
    try:
        found, = said(admin, "sshd-config")
        assert "/run/sshd is missing" in found
    finally:
        os.unlink("/run/sshd")
        os.mkdir("/run/sshd", 0o755)


@pytest.mark.usefixtures("alone")
def test_words_of_an_sshd_for_each_connection(admin, shown, tmp_path):
    """The socket's own unit counts, and none of a socket that is off."""
    shown("")
    assert not said(admin, "sshd-usepam", "sshd-options")
    (tmp_path / "sockets").write_text(SOCKETS % ("inactive", "active"))
    assert "-o UsePAM=no" in " ".join(
        said(admin, "sshd-usepam", "sshd-options"))


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("line,file,words", [
    ('"SSHD_OPTS=-o UsePAM=no"', "", True),
    ("OTHER=1 SSHD_OPTS=-oUsePAM=no", "", True),
    ('"SSHD_OPTS=-o UsePAM=no"', "SSHD_OPTS=", False)])
def test_words_of_its_units_environment(admin, shown, tmp_path, line, file,
                                        words):
    """What its file says counts more."""
    shown(file)
    (tmp_path / "shown").write_text("Environment=%s\n%s" % (
        line, SHOWN.lstrip()))
    assert bool(said(admin, "sshd-usepam")) == words
