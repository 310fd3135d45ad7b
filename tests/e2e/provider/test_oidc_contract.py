# SPDX-License-Identifier: BSD-2-Clause
"""Logins that npm's oidc-provider, a certified identity provider, approves by its
own pages and phones: so the type is held to what others understand by OpenID
Connect, not to our stand-in."""

import json
import os
import re
import subprocess

import pytest

import firstrun
import idp
import stage
from prism import modules
from steps import ONCE, at_prompt

TRANSPORTS = ("spawn",)

SCRIPT = os.path.join(stage.ROOT, "tests/e2e/provider/peer/op.mjs")
SECRET = "s3cret/with:signs+0123456789-0123456789-0123456789"
PAGE = r"Open (https://localhost:\d+/device) and enter (\S+), then press Enter"
PHONE = r"Approve on your phone \(number (\d\d)\), then press Enter"


class Op:
    """Orders to it, one after the other."""

    settings = None

    def __init__(self, sim):
        self.ca_file = sim.certs.ca
        self._process = subprocess.Popen(
            ["node", "--no-warnings", SCRIPT, modules(),
             sim.certs.path("good.pem"), sim.certs.path("good.key")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, NODE_EXTRA_CA_CERTS=self.ca_file))
        self.url = self._answer()

    def _answer(self):
        for line in self._process.stdout:
            if line.startswith('"'):  # its warnings are not JSON
                return json.loads(line)
        raise AssertionError("it ended: %r" % self._process.wait(10))

    def order(self, **words):
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def approve(self, code, sub="sub-of-alice", amr="pwd hwk", **more):
        assert self.order(browse=dict({
            "code": code, "sub": sub, "amr": amr}, **more)) == ""

    def ring(self, **more):
        return self.order(phone=dict({"amr": "pwd hwk"}, **more))

    def provider(self, **keys):
        self.settings.secret("sso", SECRET)
        self.settings.set(providers=[dict({
            "name": "sso", "type": "oidc", "base_url": self.url,
            "client_id": "linux hosts", "proof": "amr", "amr": "otp hwk",
            "client_secret_file": self.settings.secrets + "/sso",
            "ca_file": self.ca_file}, **keys)])
        account = {"provider": "sso", "issuer": self.url,
                   "sub": "sub-of-alice"}
        self.settings.user("alice", phone=None, accounts=[account], channels=[
            "push" if keys.get("flow") == "ciba" else "page"])

    def stop(self):
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def process(_simulator):
    found = Op(_simulator)
    yield found
    found.stop()


@pytest.fixture
def op(process, settings):
    process.settings = settings
    process.order(set={"alg": "RS256", "interval": 1, "forge": None,
                       "jwk": None})
    process.provider()
    return process


def asked(sshd, words=PAGE):
    login = at_prompt(sshd.login("alice", options=ONCE), words)
    return login, re.findall(words, login.text)[-1]


def allowed(login):
    login.answer("")
    assert login.ended() == 0, login.text


def denied(login, syslog, reason):
    login.answer("")
    assert login.ended() != 0, login.text
    assert syslog.login_line(user="alice")["reason"] == reason


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_each_algorithm(op, sshd, alg):
    op.order(set={"alg": alg})
    login, (_, code) = asked(sshd)
    op.approve(code)
    allowed(login)


def test_the_secret_in_the_body(op, sshd):
    op.provider(client_id="posts", client_auth="post", proof="acr", acr="mfa",
                amr=None)
    login, (_, code) = asked(sshd)
    op.approve(code)
    allowed(login)


@pytest.fixture
def signs(op, sim):
    """A client that proves itself by a key: its settings for provider()."""
    key = idp.Key(sim.certs.folder, "host-1")
    op.order(set={"jwk": key.public()})
    with open(key.path, encoding="ascii") as text:
        op.settings.secret("sso-key", text.read())
    return {"client_id": "signs", "client_auth": "jwt",
            "client_secret_file": None, "client_key_id": "host-1",
            "client_key_file": op.settings.secrets + "/sso-key"}


def test_a_key_in_place_of_a_secret(op, signs, sshd, syslog, doctor):
    """A start, a first poll that is too early for the approval, and another."""
    op.provider(**signs)
    doctor.besides = ("lockout", "no-totp")
    assert "oidc" not in doctor.names()[1]
    login, (_, code) = asked(sshd)
    login.answer("")
    login.prompt("Not approved yet")
    op.approve(code)
    allowed(login)
    op.provider(**dict(signs, client_key_id="host-2"))
    assert "oidc-client: " in doctor.names()[1]


def test_a_key_and_a_phone(op, signs, sshd):
    op.provider(flow="ciba", **signs)
    login, _ = asked(sshd, PHONE)
    op.ring()
    allowed(login)


def test_denied_there(op, sshd, syslog):
    login, (_, code) = asked(sshd)
    op.approve(code, deny=True)
    denied(login, syslog, "push-denied")


@pytest.mark.parametrize("who, reason", [
    ({"sub": "sub-of-bob"}, "wrong-account"), ({"amr": "pwd"}, "weak")])
def test_approved_otherwise(op, sshd, syslog, who, reason):
    login, (_, code) = asked(sshd)
    op.approve(code, **who)
    denied(login, syslog, reason)


def test_new_keys_meanwhile(op, sshd):
    login, (_, code) = asked(sshd)
    op.order(rotate=True)
    op.approve(code)
    allowed(login)


def test_slow_down(op, sshd, syslog):
    """The next login's first poll is too early for it, the second one is not."""
    op.order(set={"interval": 1})
    login, (_, code) = asked(sshd)
    op.order(set={"interval": 4})  # as if it had become busy
    login.answer("")
    login.prompt("Not approved yet")
    op.approve(code)
    allowed(login)


@pytest.mark.parametrize("kind", [
    "none", "hs-key", "hs-secret", "payload", "own-key", "jwk", "crit",
    "audience", "issuer"])
def test_forged_tokens(op, sshd, syslog, kind):
    op.order(set={"forge": kind})
    login, (_, code) = asked(sshd)
    op.approve(code)
    denied(login, syslog, "ended")


def test_doctor(op, doctor):
    """It lists its claims, its algorithms, and takes max_age."""
    doctor.besides = ("lockout", "no-totp")
    out = doctor.names()[1]
    assert "oidc" not in out, out
    op.settings.secret("sso", "another")
    assert "oidc-client: " in doctor.names()[1]


def test_a_phone_approves(op, sshd, syslog):
    op.provider(flow="ciba")
    login, number = asked(sshd, PHONE)
    assert op.ring().endswith("-" + number)
    allowed(login)
    assert syslog.login_line(user="alice")["method"] == "push"


def test_a_phone_denies(op, sshd, syslog):
    op.provider(flow="ciba")
    login, number = asked(sshd, PHONE)
    assert op.ring(deny=True).endswith("-" + number)
    denied(login, syslog, "push-denied")


def test_a_phone_approves_by_less(op, sshd, syslog):
    op.provider(flow="ciba")
    login, number = asked(sshd, PHONE)
    assert op.ring(amr="pwd").endswith("-" + number)
    denied(login, syslog, "weak")


def test_doctor_of_phones(op, doctor):
    op.provider(flow="ciba")
    assert "oidc" not in doctor.names()[1]
    assert op.order(set={}) == ""


def test_init_from_nothing_to_a_login(op, settings, sim, terminals, sshd,
                                      tmp_path):
    (tmp_path / "typed").write_text(SECRET + "\n")
    firstrun.bare(settings)
    one = firstrun.typed(
        terminals, sim, "--provider", "oidc", "--base-url", op.url,
        "--client-id", "linux hosts", "--client-secret-file",
        str(tmp_path / "typed"), "--proof", "amr", "--amr", "otp hwk",
        "--brand", "ACME", "--user", "alice", asks=True)
    one.expect(r"\[y/N\] ")
    one.answer("n")
    one.expect(r"enter: (\S+)")
    op.approve(one.match[1])
    one.expect(r"Is this alice\? \[y/N\] ")
    one.answer("y")
    firstrun.paper(one)
    login, (_, code) = asked(sshd)
    op.approve(code)
    allowed(login)
