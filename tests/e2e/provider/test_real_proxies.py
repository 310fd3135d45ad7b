# SPDX-License-Identifier: BSD-2-Clause
"""Out through the proxies that people have: tinyproxy and squid."""

import os
import pwd
import shutil
import socket
import subprocess
import time

import pytest

from sshserver import free_port
from vendors import ALL, TYPES, Vendor

TRANSPORTS = ("spawn", "socket")

FOLDER = "/run/proxies"
PASSWORD = "p%41 w:rd"

TINYPROXY = """\
User nobody
Port %(port)d
Listen 127.0.0.1
Timeout 20
LogFile "%(folder)s/log"
MaxClients 20
Allow 127.0.0.1
ConnectPort %(pass)d
%(auth)s
"""
SQUID = """\
http_port 127.0.0.1:%(port)d
pid_filename %(folder)s/pid
cache_log %(folder)s/log
access_log none
cache deny all
coredump_dir %(folder)s
dns_nameservers 127.0.0.1
dns_timeout 1 seconds
connect_retries 0
forward_timeout 5 seconds
acl passed port %(pass)d
http_access deny !passed
%(auth)s
http_access deny all
"""
SQUID_AUTH = """\
auth_param basic program /usr/lib/squid/basic_ncsa_auth %(folder)s/users
acl known proxy_auth REQUIRED
http_access allow known
"""


class Real:
    """One of the two, that passes one port alone."""

    def __init__(self, name, port, password):
        self.name = name
        self.port = free_port()
        self.folder = "%s/%s" % (FOLDER, name)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        os.chmod(FOLDER, 0o755)
        words = {"port": self.port, "folder": self.folder, "pass": port}
        text, words["auth"] = getattr(self, "_" + name)(password, words)
        path = self.folder + "/conf"
        with open(path, "w", encoding="ascii") as out:
            out.write(text % words)
        for base, folders, names in os.walk(self.folder):
            for found in [base] + [os.path.join(base, one) for one in names]:
                self._give(found)
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            self._command(path), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self._wait()

    def _give(self, path):
        user = "proxy" if self.name == "squid" else "nobody"
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)

    def _tinyproxy(self, password, words):
        return TINYPROXY, "BasicAuth host01 %s" % password if password else ""

    def _squid(self, password, words):
        if not password:
            return SQUID, "http_access allow passed"
        hashed = subprocess.run(["openssl", "passwd", "-apr1", password],
                                check=True, capture_output=True, text=True)
        with open(self.folder + "/users", "w", encoding="ascii") as out:
            out.write("host01:" + hashed.stdout)
        return SQUID, SQUID_AUTH % words

    def _command(self, path):
        return {"tinyproxy": ["tinyproxy", "-d", "-c", path],
                "squid": ["squid", "-N", "-f", path]}[self.name]

    def _wait(self):
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert self.process.poll() is None, self.log()
                assert time.monotonic() < until, self.log()
                time.sleep(0.05)

    def log(self):
        try:
            with open(self.folder + "/log", encoding="latin-1") as text:
                return text.read()
        except OSError:
            return ""

    def stop(self):
        self.process.kill()
        self.process.wait()


def password_of(name):
    """tinyproxy takes letters, digits, - and . alone."""
    return PASSWORD if name == "squid" else "p41-w.rd"


@pytest.fixture(params=["tinyproxy", "squid"])
def name(request):
    return request.param


@pytest.fixture
def proxy(name, sim, settings):
    proxy = Real(name, sim.port, password_of(name))
    settings.secret("proxy", password_of(name))
    settings.set(proxy="http://localhost:%d" % proxy.port, proxy_user="host01",
                 proxy_password_file=settings.secrets + "/proxy")
    yield proxy
    proxy.stop()


@pytest.mark.parametrize("kind", TYPES)
def test_each_type(quick, settings, sim, proxy, kind):
    provider = Vendor(kind, settings, sim)
    quick.right(quick.login())
    provider.asked(["start", "check"] if ALL[kind].checks else ["start"])


@pytest.mark.parametrize("kind", TYPES)
def test_without_a_password(quick, settings, sim, name, kind):
    proxy = Real(name, sim.port, None)
    try:
        settings.set(proxy="http://localhost:%d" % proxy.port)
        Vendor(kind, settings, sim)
        quick.right(quick.login())
    finally:
        proxy.stop()


def denied(quick, settings, sim, reason):
    settings.set(on_outage="allow")
    login = quick.login()
    assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == reason
    assert not sim.requests()


def test_wrong_password(quick, settings, sim, proxy, admin):
    settings.secret("proxy", "another")
    denied(quick, settings, sim, "config")
    assert "provider-proxy" in admin.run("doctor")[1]


def test_port_that_is_not_passed(quick, settings, sim, proxy):
    settings.provider(base_url="https://localhost:%d" % free_port())
    denied(quick, settings, sim, "config")


def test_provider_is_down(quick, settings, sim, proxy):
    """The proxy says so, which is no proof."""
    sim.stop()
    settings.set(on_outage="allow")
    assert quick.login().ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "transient"
    sim.start()


def test_name_is_not_resolved_by_the_proxy(quick, settings, sim, proxy):
    settings.provider(base_url="https://vonage.invalid:%d" % sim.port)
    denied(quick, settings, sim, "transient")


def test_proxy_is_gone(quick, settings, sim, proxy, syslog):
    proxy.stop()
    settings.set(on_outage="allow")
    assert quick.login().ended() == 0
    assert syslog.login_line(outcome="allowed")["reason"] == "outage"
