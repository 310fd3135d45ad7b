# SPDX-License-Identifier: BSD-2-Clause
"""Out through a proxy: each type's logins, and what its failures mean."""

import pytest

from connectproxy import PASSWORD, ConnectProxy
from vendors import ALL, TYPES, Vendor

TRANSPORTS = ("spawn", "socket")

# As the proxy's user is called, and the reason of the login's end.
REFUSED = {"refuse": "config", "teapot": "config"}
FAILED = ["broken", "unknown", "busy", "late", "cut", "reset", "cut_after"]


@pytest.fixture
def proxy(settings):
    proxy = ConnectProxy()
    by(settings, proxy, "password")
    yield proxy
    proxy.stop()


def by(settings, proxy, user, password=PASSWORD, **more):
    """The password is read before the helper shuts its doors."""
    settings.secret("proxy", password)
    settings.set(proxy=proxy.url, proxy_user=user,
                 proxy_password_file=settings.secrets + "/proxy", **more)


@pytest.mark.parametrize("kind", TYPES)
def test_one_tunnel(quick, settings, sim, proxy, kind):
    """Start and check go through it, and the proxy sees none of them."""
    provider = Vendor(kind, settings, sim)
    quick.right(quick.login())
    provider.asked(["start", "check"] if ALL[kind].checks else ["start"])
    connections = {r["connection"] for r in provider.requests()}
    assert [one[:3] for one in proxy.asked] == [
        ("localhost:%d" % sim.port, "password", PASSWORD)] * len(connections)
    head = proxy.asked[0][3]
    assert "\r\nAuthorization" not in head and "api" not in head.lower()


def test_over_ssh(sshd, settings, sim, proxy):
    login = sshd.login("alice")
    login.password()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and len(proxy.asked) == 1


def test_slow(quick, settings, sim, proxy):
    by(settings, proxy, "slow")
    quick.right(quick.login())
    assert len(sim.requests("start")) == 1 and len(proxy.asked) == 1


def test_without_a_password(quick, settings, proxy):
    settings.set(proxy_user=None, proxy_password_file=None)
    quick.right(quick.login())
    assert "Proxy-Authorization" not in proxy.asked[0][3]


def test_straight(quick, settings, proxy):
    by(settings, proxy, "refuse")
    settings.provider(proxy="")
    quick.right(quick.login())
    assert not proxy.asked


def test_another_after_its_end(quick, settings, sim, proxy):
    """The first provider is behind a proxy that refuses, the second is not."""
    good = settings.keys["providers"][0]
    by(settings, proxy, "refuse", providers=[
        dict(good, name="first"), dict(good, name="second", proxy="")])
    line = quick.right(quick.login())
    assert line["provider"] == "second" and len(proxy.asked) == 1


def denied(quick, settings, sim, reason):
    settings.set(on_outage="allow")
    login = quick.login()
    assert login.ended() != 0
    line = quick.line("alice", outcome="denied")
    assert line["reason"] == reason
    assert not sim.requests()


@pytest.mark.parametrize("mode", REFUSED)
def test_refused(quick, settings, sim, syslog, proxy, mode):
    by(settings, proxy, mode)
    denied(quick, settings, sim, REFUSED[mode])
    syslog.wait_for("start: config: cause=.127.0.0.1:%d: not sent: the proxy "
                    "failed or refused .see proxy, proxy_user, "
                    "proxy_password_file" % proxy.port)


def test_wrong_password(quick, settings, sim, syslog, proxy):
    """Else who changes it at the proxy would let everybody in."""
    by(settings, proxy, "password", "old-word")
    denied(quick, settings, sim, "config")
    assert "old-word" not in str(syslog.lines())
    settings.set(proxy_user=None, proxy_password_file=None)
    proxy.mode = "password"
    denied(quick, settings, sim, "config")


@pytest.mark.parametrize("mode", FAILED)
def test_failed(quick, settings, sim, proxy, mode):
    by(settings, proxy, mode)
    denied(quick, settings, sim, "transient")


def test_silent(quick, settings, sim, proxy):
    by(settings, proxy, "hang")
    settings.provider(connect_timeout_ms=500)
    denied(quick, settings, sim, "transient")


@pytest.mark.parametrize("mode", ["refuse", "busy"])
def test_asks_who_can_answer(quick, admin, settings, proxy, mode):
    code = admin.codes(count=1)[0]
    by(settings, proxy, mode)
    login = quick.login()
    login.prompt("No code could be sent. Recovery code")
    login.answer(code)
    assert login.ended() == 0


def test_no_proxy_there_is_an_outage(quick, settings, sim, syslog, proxy):
    settings.set(on_outage="allow", proxy="http://localhost:1")
    assert quick.login().ended() == 0
    assert syslog.login_line(outcome="allowed")["reason"] == "outage"
    assert not sim.requests()


def test_its_name_is_not_resolved(quick, settings, sim, proxy):
    settings.set(proxy="http://proxy.invalid:3128")
    denied(quick, settings, sim, "transient")


def test_cut_after_sending(quick, settings, sim, proxy):
    """By the provider, in the tunnel: seen once, though libcurl makes another
    tunnel to send it again."""
    sim.fault("check", "close_after_read")
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert quick.denied(login, sent=True)["reason"] == "transient"
    assert len(sim.requests("check")) == 1
    assert len(sim.connections()) == 1


def test_doctor(admin, settings, proxy):
    for mode, words in (("refuse", "403"), ("busy", "503"), ("cut", "")):
        by(settings, proxy, mode)
        out = admin.run("doctor")[1]
        assert "provider-proxy" in out and words in out, out
        assert "correct proxy, proxy_user" in out, out
    settings.set(proxy="http://proxy.invalid:3128")
    assert "provider-proxy" in admin.run("doctor")[1]
    by(settings, proxy, "password")
    assert "provider-" not in admin.run("doctor")[1]
