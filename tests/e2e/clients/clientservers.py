# SPDX-License-Identifier: BSD-2-Clause
"""The servers that the clients log in to, on the ports that are usual. Each
takes its settings from the guide."""

import contextlib
import glob
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import threading
import time

import pytest

import guidepage
from listener import FOLDER, Listener
from sshserver import since

USER_SOCK = FOLDER + "/user.sock"
LOG = "/run/server.log"
SSHD = "/usr/sbin/sshd"
FIELD = "/usr/local/sbin/sshd-field"  # its stack has the name of the program
# ... or the one that newer servers are told, as the guide says.
SERVICE = since((9, 8), "PAMServiceName sshd-field")
# Not every client knows the quickest of them.
KEX = "KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org"


def sshd(lines):
    """With these in its settings."""
    @contextlib.contextmanager
    def start(machine, attempt, _word):
        program, name = (FIELD, SERVICE) if attempt.field else (SSHD, "")
        server = machine.fixture("sshd").start(
            KEX, name, *lines, port=22, program=program)
        with open(server.folder + "/hostkey.pub", encoding="ascii") as key:
            machine.hostkey = " ".join(key.read().split()[:2])
        try:
            yield
        finally:
            if attempt.row.unanswered:  # the client holds the connection
                os.killpg(server.pid, signal.SIGTERM)
            machine.fixture("sshd").stop_children()
    return start


@contextlib.contextmanager
def nothing(_machine, _attempt, _word):
    """The program itself asks PAM."""
    yield


def listens(port, udp):
    """Does a server of this machine have the port?"""
    with open("/proc/net/udp" if udp else "/proc/net/tcp",
              encoding="ascii") as table:
        return re.search(r":%04X [0-9A-F]+:0000 0[7A] " % port, table.read())


@contextlib.contextmanager
def running(*argv, tcp=None, udp=None, ready=None):
    """A server, once it listens, with what it wrote."""
    with open(LOG, "w+", encoding="utf-8") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, start_new_session=True)
        try:
            end = time.monotonic() + 20
            while not (ready or (lambda: listens(udp or tcp, udp)))():
                assert process.poll() is None and time.monotonic() < end, \
                    open(LOG, encoding="utf-8").read()
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(20)


def written(path, *lines):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    return path


@contextlib.contextmanager
def vsftpd(_machine, _attempt, _word):
    os.makedirs("/var/run/vsftpd/empty", exist_ok=True)
    conf = written("/etc/vsftpd.conf", *guidepage.file("/etc/vsftpd.conf"),
                   "listen=YES", "listen_address=127.0.0.1", "background=NO")
    with running("vsftpd", conf, tcp=21):
        yield


def dovecot(lines):
    """With these in its settings."""
    @contextlib.contextmanager
    def start(_machine, _attempt, word):
        written("/home/alice/mail/inbox",
                "From bob Sat Nov 21 08:00:00 2026", "Subject: notes", "",
                word, "")
        subprocess.run(["chown", "-R", "alice:alice", "/home/alice/mail"],
                       check=True)
        conf = written("/etc/dovecot/dovecot.conf", *DOVECOT, *lines)
        with running("dovecot", "-F", "-c", conf, tcp=143):
            yield
    return start


DOVECOT = ("protocols = imap", "ssl = no", "disable_plaintext_auth = no",
           "log_path = /run/dovecot.log", "base_dir = /run/dovecot",
           "auth_failure_delay = 0",
           "mail_location = mbox:~/mail:INBOX=~/mail/inbox",
           "userdb {", "  driver = passwd", "}", "listen = 127.0.0.1")


@contextlib.contextmanager
def freeradius(_machine, _attempt, _word):
    site = guidepage.file("/etc/freeradius/3.0/sites-enabled/twofa")
    conf = written("/run/radius/radiusd.conf", *RADIUS, *site)
    with running("freeradius", "-f", "-l", "stdout", "-d",
                 os.path.dirname(conf), udp=1812):
        yield


RADIUS = ("libdir = /usr/lib/freeradius", "modules {", "pam {",
          "pam_auth = radiusd", "}", "}", "client here {",
          "ipaddr = 127.0.0.1", "secret = testing123", "}")


def openvpn(lines):
    """With these in its settings."""
    @contextlib.contextmanager
    def start(machine, _attempt, _word):
        conf = written("/run/openvpn/server.conf", *lines, *OPENVPN)
        with open("/proc/misc", encoding="ascii") as devices:
            if " tun\n" not in devices.read():
                pytest.skip("this kernel has no tunnels")
        if not os.path.exists("/dev/net/tun"):
            os.makedirs("/dev/net", exist_ok=True)
            os.mknod("/dev/net/tun", stat.S_IFCHR | 0o600,
                     os.makedev(10, 200))
        subprocess.run(CERTIFICATE, check=True, capture_output=True)
        with open("/run/openvpn/cert", encoding="ascii") as cert:
            machine.files["server.crt"] = cert.read()
        with running("openvpn", conf, udp=1194):
            yield
    return start


OPENVPN = ("dev tun", "server 10.8.0.0 255.255.255.0", "dh none",
           "cert /run/openvpn/cert", "key /run/openvpn/key",
           "ca /run/openvpn/cert")
CERTIFICATE = (
    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=server", "-days", "2",
    "-keyout", "/run/openvpn/key", "-out", "/run/openvpn/cert")


@contextlib.contextmanager
def polkit(_machine, _attempt, _word):
    os.makedirs("/run/dbus", exist_ok=True)
    written("/etc/polkit-1/rules.d/00-tests.rules",
            'polkit.addAdminRule(function() { return ["unix-user:alice"]; });')
    with running("dbus-daemon", "--system", "--nofork", "--nopidfile",
                 ready=lambda: os.path.exists("/run/dbus/system_bus_socket")):
        yield  # the bus starts polkitd when it is asked for


@contextlib.contextmanager
def screen(machine, _attempt, _word):
    """An X server, and the person in front of it."""
    out, number = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(number), "-ac", "-nolisten", "tcp",
         "-screen", "0", "320x240x24"], pass_fds=(number,),
        stderr=subprocess.DEVNULL)
    machine.environment["DISPLAY"] = ":" + os.read(out, 10).decode().strip()
    tool = ["env", "DISPLAY=" + machine.environment["DISPLAY"], "xdotool"]
    typist = threading.Thread(target=lambda: [
        subprocess.run(tool + words, check=True, stdout=subprocess.DEVNULL)
        for words in (["search", "--sync", "--onlyvisible", "--name",
                       "i3lock"],
                      ["type", machine.person.password()],
                      ["key", "Return"])])
    typist.start()
    try:
        with listening(machine):
            yield
    finally:
        typist.join(20)
        server.terminate()
        server.wait(20)


@contextlib.contextmanager
def listening(machine):
    """The helper, for services that are not root's."""
    found = Listener(machine.helper, user=USER_SOCK)
    try:
        yield
    finally:
        assert found.stop() == 0


@contextlib.contextmanager
def postgresql(machine, _attempt, word):
    binary = max(glob.glob("/usr/lib/postgresql/*/bin"))
    server = pwd.getpwnam("postgres")
    data = "/run/postgresql-data"
    shutil.rmtree(data, ignore_errors=True)
    os.mkdir(data)
    os.chown(data, server.pw_uid, server.pw_gid)
    them = ["setpriv", "--reuid=postgres", "--regid=postgres",
            "--groups=shadow", "--"]
    subprocess.run([*them, binary + "/initdb", "-D", data, "-N", "--locale=C",
                    "-E", "UTF8"], check=True, stdout=subprocess.DEVNULL,
                   cwd="/")
    written(data + "/pg_hba.conf", "local all postgres trust",
            *guidepage.file("pg_hba.conf"))
    machine.allow(server.pw_uid)
    with listening(machine), running(
            *them, binary + "/postgres", "-D", data, "-k", data, "-h",
            "127.0.0.1", "-F", ready=lambda: subprocess.run(
                [binary + "/pg_isready", "-q", "-h", data],
                check=False).returncode == 0):  # it listens before
        subprocess.run(["psql", "-q", "-h", data, "-U", "postgres", "-c",
                        "create role alice login; create table notes (text "
                        "text); insert into notes values ('%s'); grant select "
                        "on notes to alice" % word], check=True)
        yield


SERVERS = {
    "none": nothing, "polkit": polkit, "screen": screen, "vsftpd": vsftpd,
    "postgresql": postgresql, "freeradius": freeradius,
    "sshd": sshd(guidepage.file("/etc/ssh/sshd_config.d/30-twofa.conf")),
    "sshd_password": sshd(("PasswordAuthentication yes",
                           "KbdInteractiveAuthentication no")),
    "dovecot": dovecot(guidepage.file("/etc/dovecot/local.conf")),
    "openvpn": openvpn(guidepage.file("/etc/openvpn/server/twofa.conf")),
    "openvpn_asked": openvpn(
        guidepage.file("/etc/openvpn/server/twofa-asked.conf")),
}
