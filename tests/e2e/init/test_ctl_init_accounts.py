# SPDX-License-Identifier: BSD-2-Clause
"""twofactl init with the identity server that is there: by OpenID Connect and by
RADIUS, from its questions to a login."""

import json
import re

import pytest

import idp as idps
from ctl import call, record, refused
from firstrun import files, machine, options, paper, typed
from phones import NUMBERS
from radiusserver import SECRET, Radius
from steps import at_prompt

TRANSPORTS = ("spawn",)

PAGE = r"enter: (\S+)"
ASKED = r"Open (https://localhost:\d+/device) and enter (\S+), then press Enter"
CODE = "Verification code of your app"


@pytest.fixture(autouse=True)
def _machine(_ready, settings):
    with machine(settings):
        yield


@pytest.fixture
def idp(settings, sim):
    with idps.beside(settings, sim) as one:
        yield one


@pytest.fixture
def radius(sim):
    one = Radius(sim.certs)
    yield one
    one.stop()


@pytest.fixture
def secret(tmp_path):
    """A file with this text."""
    def write(text):
        path = tmp_path / "typed"
        path.write_text(text + "\n")
        return str(path)
    return write


def run(terminals, sim, *words):
    """init at a terminal, which asks for the address."""
    return typed(terminals, sim, *words, asks=True)


def answer(one, *steps):
    for shown, text in steps:
        one.expect(shown)
        one.answer(text)


def oidc_options(idp, path):
    return ["--provider", "oidc", "--base-url", idp.url, "--ca-file",
            idp.sim.certs.ca, "--client-id", idps.CLIENT, "--proof", "amr",
            "--amr", "otp hwk", "--client-secret-file", path, "--brand", "ACME",
            "--user", "alice"]


def radius_options(radius, path):
    return ["--provider", "radius", "--base-url", radius.udp, "--secret-file",
            path, "--brand", "ACME", "--user", "alice"]


def test_oidc_from_nothing_to_a_login(idp, terminals, sim, settings, sshd,
                                      admin):
    """What is wrong is asked again, alone."""
    one = run(terminals, sim)
    answer(one, ("provider: ", "oidc"),
           (r"the issuer: .*\r\nbase_url: ", "login.example.com"),
           ("base-url: .*\r\nbase_url: ", idp.url),
           (r"flow \[device\]: ", ""), ("client_id: ", idps.CLIENT),
           (r"client_auth \[basic\]: ", ""), ("proof: ", "token"),
           (r"client_secret \(not shown\): ", idps.SECRET),
           (r'proof does not fit; expected "amr", "acr"[^:]*: ', "amr"), (r"amr \(Enter: none\): ", "pwd"),
           (r"amr does not fit; [^:]*\(Enter: none\): ", "otp hwk"), ("brand.*: ", "ACME"),
           (r"\[y/N\] ", "n"), ("user name: ", "alice"))
    one.expect(PAGE)
    idp.approve(one.match[1])
    answer(one, (r"Is this alice\? \[y/N\] ", "y"))
    paper(one)
    assert idps.SECRET not in one.text
    assert 'sub = "sub-of-alice"' in record(settings, "alice")
    admin.do("check")
    login = at_prompt(sshd.login("alice"), ASKED)
    idp.approve(re.findall(ASKED, login.text)[-1][1])
    login.answer("")
    assert login.ended() == 0, login.text


def test_oidc_by_options(idp, settings, terminals, sim, secret):
    """Without an approval the settings are there, and it goes on from there."""
    words = oidc_options(idp, secret(idps.SECRET))
    ended = call("init", *words, "--no-verify", "--json")
    assert ended.returncode == 1 and json.loads(ended.stdout)["changed"]
    assert "not enrolled; run: twofactl account alice oidc" in ended.stderr
    assert settings.user_file("alice") not in files()
    one = run(terminals, sim, *words, "--yes", "--expect", "alice",
              "--flow", "device", "--client-auth", "basic")
    one.expect(PAGE)
    idp.approve(one.match[1])
    paper(one)
    assert 'sub = "sub-of-alice"' in record(settings, "alice")


@pytest.mark.parametrize("by", ["udp", "tls"])
def test_radius_from_nothing_to_a_login(radius, terminals, sim, settings, sshd,
                                        by, admin):
    one = run(terminals, sim)
    answer(one, ("provider: ", "radius"), ("base_url: ", getattr(radius, by)))
    if by == "udp":
        answer(one, (r"secret \(not shown\): ", "short"),
               (r"16 bytes or more.*secret \(not shown\): ", SECRET))
    answer(one, ("brand.*: ", "ACME"), (r"\[y/N\] ", "n"),
           ("user name: ", "alice"), ("account at that server: ", "a b"),
           ("without blanks.*account at that server: ", "a.smith"),
           (CODE, "111111"))
    paper(one)
    assert "would be allowed" in one.text
    assert "not proven" not in one.text and SECRET not in one.text
    admin.do("check")
    radius.codes["a.smith"] = "333333"
    login = at_prompt(sshd.login("alice"), CODE)
    login.answer("333333")
    assert login.ended() == 0, login.text


def test_an_account_that_is_not_proven(radius, terminals, sim):
    one = run(terminals, sim, "--no-verify")
    answer(one, ("provider: ", "radius"), ("base_url: ", radius.tls),
           ("brand.*: ", "ACME"), (r"\[y/N\] ", "n"), ("user name: ", "alice"))
    assert one.ended() == 1, one.text
    assert "run: twofactl account alice radius" in one.text


def test_beside_a_vendor(radius, sim, settings, quick, secret, admin):
    """Who has no account there yet logs in as before."""
    kind = "vonage-verify"
    for user in ("bob", "alice"):
        ended = call("init", *options(kind, sim, secret("x"), user),
                     "--no-verify", "--yes")
        assert ended.returncode == 0, ended
    ended = call("init", *radius_options(radius, secret(SECRET)), "--yes",
                 "--unproven", "a.smith")
    assert ended.returncode == 0, ended
    assert "not proven; run: twofactl test alice" in ended.stderr
    text = files()[settings.conf].decode()
    assert text.index('type = "radius"') < text.index(
        'type = "%s"' % kind) and text.count("\nproviders = (") == 1
    assert '"a.smith"' in record(settings, "alice")
    assert NUMBERS["alice"] in record(settings, "alice")
    admin.do("check")
    quick.right(quick.login("bob"), "bob")


def test_what_is_refused(idp, radius, secret, sim):
    before = files()
    wrong = secret("wrong" * 8)
    asked = oidc_options(idp, wrong)
    told = "nothing was changed"
    refused(call("init", *asked, "--no-verify"), 4, "client_id, client_auth",
            told)
    refused(call("init", *asked), 2, "no terminal")
    refused(call("init", *asked, "--phone", NUMBERS["alice"]), 2,
            "--phone is for types that send codes")
    refused(call("init", *options("vonage-verify", sim, wrong), "--expect",
                 "alice"), 2, "--expect and --unproven are for accounts")
    refused(call("init", *asked, "--client-auth", "jwt", "--no-verify"), 2,
            "client_secret_file does not fit")
    refused(call("init", *radius_options(radius, secret("short")),
                 "--no-verify"), 2, "secret_file does not fit")
    radius.anybody = True
    refused(call("init", *radius_options(radius, secret(SECRET)),
                 "--unproven", "a.smith"), 4, "accepts a random code", told)
    assert files() == before
