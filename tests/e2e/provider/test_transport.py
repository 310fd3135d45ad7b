# SPDX-License-Identifier: BSD-2-Clause
"""The way to the provider: who is believed, and rehearsal over plain http."""

import json
import os
import socket
import subprocess
import threading
import urllib.parse
import urllib.request

import pytest

import admin as state
import stage
from sshserver import free_port

TRANSPORTS = ("spawn", "socket")

REMEDY = ("certificate refused .see ca_file or ca_path, the host name in "
          "base_url, the clock")


def refused(quick, settings, reason="config"):
    """Denied, also where an outage would let in."""
    settings.set(on_outage="allow")
    login = quick.login()
    assert login.ended() != 0
    assert "could not be sent" in login.text
    assert quick.line("alice", outcome="denied")["reason"] == reason


@pytest.mark.parametrize("cert, words", [
    ("other_ca", "certificate"), ("expired", "expired"),
    ("wrong_host", "name"),
])
def test_certificate(quick, settings, sim, syslog, cert, words):
    sim.tls(cert)
    refused(quick, settings)
    syslog.wait_for("provider vonage: start: config: .*" + REMEDY +
                    r"\): .*(?i:%s)" % words)
    assert not sim.requests()


def test_refused_connection(quick, settings, sim, syslog):
    sim.stop()
    assert quick.login().ended() != 0
    line = quick.line("alice", outcome="denied")
    assert line["reason"] == "transient" and line["provider"] == "vonage"
    syslog.wait_for("provider vonage: start: transient: cause=.localhost:.*not "
                    "reached .see base_url, name service, firewall")


def test_provider_gone_before_the_check(quick, settings, sim, syslog):
    settings.set(on_outage="allow")
    login = quick.login()
    login.prompt("Verification code sent")
    code = sim.code("alice")
    sim.stop()
    login.answer(code)
    assert login.ended() != 0
    assert "not accepted, as it could not be checked. Try again" in login.text
    line = quick.line("alice", outcome="denied", reason="transient")
    assert int(line["total_ms"]) < 6000
    syslog.wait_for("provider vonage: check: transient: .*not reached")


def test_unknown_host(quick, settings, syslog):
    settings.provider(base_url="https://no-such-host.invalid")
    assert quick.login().ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "transient"
    syslog.wait_for("no-such-host.invalid.*not reached")


def test_port_that_speaks_no_tls(quick, settings, syslog):
    with socket.create_server(("127.0.0.1", 0)) as server:
        def answer():
            link, _ = server.accept()
            with link:
                link.recv(4096)
                link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        thread = threading.Thread(target=answer)
        thread.start()
        settings.provider(base_url="https://localhost:%d" %
                          server.getsockname()[1])
        assert quick.login().ended() != 0
        thread.join()
    quick.line("alice", outcome="denied")
    syslog.wait_for("provider vonage: start: ")


def test_silent_port_ends_at_the_connect_timeout(quick, settings, syslog):
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.provider(base_url="https://localhost:%d" %
                          server.getsockname()[1],
                          connect_timeout_ms=300, timeout_ms=900)
        assert quick.login().ended(timeout=5) != 0
    line = quick.line("alice", outcome="denied")
    assert line["reason"] == "transient"
    assert int(line["total_ms"]) < 3000


def test_start_and_check_share_a_connection(quick, sim):
    quick.right(quick.login())
    assert len(sim.requests()) == 2 and len(sim.connections()) == 1


def test_no_proxy_from_the_environment(terminals, sim, syslog):
    proxy = "http://127.0.0.1:%d" % free_port()
    login = terminals.run(
        "/usr/bin/env", "https_proxy=" + proxy, "HTTPS_PROXY=" + proxy,
        "ALL_PROXY=" + proxy, "SSL_CERT_FILE=/dev/null",
        "/usr/bin/pamtester", "sshd", "alice", "authenticate",
        password_of="alice")
    login.password()
    login.code(sim)
    assert login.ended() == 0
    assert len(sim.requests()) == 2


def hashed(sim, folder, authority="ca"):
    os.makedirs(folder, mode=0o755, exist_ok=True)
    subprocess.run(["cp", sim.certs.path(authority + ".pem"), folder],
                   check=True)
    subprocess.run(["openssl", "rehash", folder], check=True)
    return folder


def test_ca_path(quick, settings, sim):
    settings.provider(ca_file=None,
                      ca_path=hashed(sim, stage.STAGE + "/hashed"))
    quick.right(quick.login())


def test_ca_path_of_another_authority(quick, settings, sim, syslog):
    settings.provider(ca_file=None, ca_path=hashed(
        sim, stage.STAGE + "/hashed-foreign", "foreign"))
    refused(quick, settings)
    syslog.wait_for(REMEDY)


def test_ca_path_without_hashes(quick, settings, sim, syslog):
    folder = stage.STAGE + "/plain"
    os.makedirs(folder, mode=0o755, exist_ok=True)
    subprocess.run(["cp", sim.certs.ca, folder], check=True)
    settings.provider(ca_file=None, ca_path=folder)
    assert quick.denied(quick.login())["reason"] == "settings"
    syslog.wait_for(r"twofa\.conf:\d+: ca_path: .*openssl rehash " + folder)


def test_system_roots(quick, settings, sim):
    """Neither key set: the system's roots count, and ours is not among them
    until an administrator puts it there."""
    settings.provider(ca_file=None)
    refused(quick, settings)
    settings.set(on_outage=None)
    hashed(sim, "/etc/ssl/certs")
    try:
        quick.right(quick.login())
    finally:
        os.unlink("/etc/ssl/certs/ca.pem")
        subprocess.run(["openssl", "rehash", "/etc/ssl/certs"], check=True,
                       stderr=subprocess.DEVNULL)


def test_ca_file_replaces_the_system_roots(quick, settings, sim):
    """The system trusts it, but the settings name another one."""
    hashed(sim, "/etc/ssl/certs")
    try:
        settings.provider(ca_file=sim.certs.path("foreign.pem"))
        refused(quick, settings)
    finally:
        os.unlink("/etc/ssl/certs/ca.pem")
        subprocess.run(["openssl", "rehash", "/etc/ssl/certs"], check=True,
                       stderr=subprocess.DEVNULL)


class Rehearsal:
    """A simulator without TLS."""

    def __init__(self):
        self.process = subprocess.Popen(
            [stage.SIMULATOR, "--listen", "127.0.0.1:0", "--quiet"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        self.url = "http://" + first.split("listening on ", 1)[1].strip()

    def messages(self, to):
        query = urllib.parse.urlencode({"to": to})
        with urllib.request.urlopen(
                self.url + "/_sim/messages?" + query, timeout=5) as reply:
            return json.load(reply)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def rehearsal(quick, settings):
    plain = Rehearsal()
    settings.provider(base_url=plain.url, ca_file=None)
    yield plain
    plain.stop()


def test_rehearsal(rehearsal, quick, syslog):
    login = quick.login()
    prompt = login.prompt("Verification code sent")
    assert prompt.startswith("[REHEARSAL] ")
    login.answer("000000")
    assert login.prompt("code was wrong").startswith("[REHEARSAL] ")
    login.answer(rehearsal.messages("+447700900100")[-1]["code"])
    assert login.ended() == 0
    quick.line("alice", outcome="allowed")
    syslog.wait_for("a rehearsal, which protects no login")


def used_up(quick, sent):
    """The one message of an hour, and no second."""
    login = quick.login()
    login.prompt("Verification code sent")
    login.hang_up()
    assert len(sent("+447700900100")) == 1
    login = quick.login("alice", rhost="192.0.2.1")
    login.prompt("Verification code already sent")
    login.hang_up()


def test_rehearsal_counts_by_itself(rehearsal, quick, settings, sim, clock):
    """It has the same limits, and uses up nothing of the real ones."""
    real = dict(settings.keys["providers"][0], base_url=sim.url,
                ca_file=sim.certs.ca)
    settings.set(limits={"sends_per_user_hour": 1, "resend_wait": [1, 2]})
    used_up(quick, rehearsal.messages)
    clock.advance(301)
    login = quick.login()
    login.prompt(r"\[REHEARSAL\] Wait 5\d min, or use an ssh connection")
    login.hang_up()
    assert settings.conf in str(state.dump())
    settings.set(providers=[real])
    used_up(quick, sim.messages)
    assert settings.conf not in str(state.dump())
    clock.advance(301)
    login = quick.login()
    login.prompt(r"Wait 5\d min, or use an ssh connection")
    login.hang_up()


def test_rehearsal_of_a_decoy(rehearsal, quick, syslog):
    login = quick.login("carol")
    assert login.prompt("Verification code sent").startswith("[REHEARSAL] ")
    login.hang_up()
    syslog.wait_for("a rehearsal, which protects no login")


def test_rehearsal_sends_no_tls_elsewhere(quick, settings, syslog):
    """Plain http to a name, even one of this machine, is a settings error."""
    settings.provider(base_url="http://localhost:%d" % free_port())
    assert quick.denied(quick.login())["reason"] == "settings"
    syslog.wait_for(r"twofa\.conf:\d+: base_url: ")


def test_no_rehearsal_word_over_tls(quick, syslog):
    login = quick.login()
    assert "REHEARSAL" not in login.prompt("Verification code sent")
    login.hang_up()
    assert not any("rehearsal" in line for line in syslog.lines())
