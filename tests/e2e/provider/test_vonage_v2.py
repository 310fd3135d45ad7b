# SPDX-License-Identifier: BSD-2-Clause
"""Logins whose codes Vonage Verify v2 sends: each channel, another message,
wrong codes, and an application that signs its requests."""

import os
import subprocess

import pytest

from ctl import call, record
from phones import NUMBERS, Simulator
from steps import ONCE, answer_all, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

TYPE = "vonage-verify-v2"
START = ("POST", "/v2/verify", 202)
WHATSAPP = "447700900999"
EMAIL = "alice@example.org"
APPLICATION = "78d335fa-323d-0114-9c3d-d6f0d48968cf"
SECONDS = 33  # the vendor cancels from 30 s on, and we keep 2 s more


@pytest.fixture
def v2(settings, sim):
    """The one provider is Verify v2; alice has a phone and an address."""
    settings.provider(type=TYPE)
    settings.user("alice", email=EMAIL,
                  channels=["sms", "voice", "whatsapp", "email"])
    return sim


def asked(sim):
    """Method, path without the id, HTTP status of each request."""
    found = []
    for request in sim.requests():
        parts = request["path"].split("/")
        if len(parts) > 3:
            assert len(parts[3]) == 36, parts
            parts[3] = "ID"
        found.append((request["method"], "/".join(parts), request["status"]))
    return found


def check(status=200):
    return ("POST", "/v2/verify/ID", status)


def cancel(status=204):
    return ("DELETE", "/v2/verify/ID", status)


def step(status=200):
    return ("POST", "/v2/verify/ID/next_workflow", status)


CHANNELS = {
    "sms": ("Verification code sent to .* by SMS", NUMBERS["alice"]),
    "voice": ("calling", NUMBERS["alice"]),
    "whatsapp": ("WhatsApp", NUMBERS["alice"]),
    "email": ("email", EMAIL),
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_channel(sshd, v2, settings, syslog, channel):
    words, to = CHANNELS[channel]
    settings.provider(**{"from": WHATSAPP})
    settings.user("alice", email=EMAIL, channels=[channel])
    login = at_prompt(sshd.login("alice"), words)
    message = v2.wait_messages(1)[0]
    assert message["channel"] == channel
    assert message["to"].lstrip("+") == to.lstrip("+")
    login.answer(message["code"])
    assert login.ended() == 0 and "alice" in login.text
    line = syslog.login_line(user="alice", outcome="allowed")
    assert line["method"] == channel and line["tries"] == "1"
    assert len(line["request"]) == 36
    assert asked(v2) == [START, check()]
    assert len(v2.connections()) == 1


def test_longest_code(sshd, v2, settings):
    settings.provider(code_length=10)
    login = at_prompt(sshd.login("alice"))
    code = v2.code("alice")
    assert len(code) == 10
    login.answer(code[:6])
    login.prompt("code has 10 digits")
    login.answer(code)
    assert login.ended() == 0
    assert asked(v2) == [START, check()]


def test_wrong_then_right(sshd, v2, syslog):
    login = at_prompt(sshd.login("alice"))
    code = v2.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(code)
    assert login.ended() == 0
    assert syslog.login_line(user="alice")["tries"] == "3"
    assert asked(v2) == [START, check(400), check(400), check()]
    assert len(v2.connections()) == 1


def test_wrong_to_the_limit(sshd, v2, syslog):
    login = at_prompt(sshd.login("alice"))
    code = v2.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"]) == ("denied", "wrong-codes")
    assert asked(v2) == [START, check(400), check(400), check(410)]


def test_another_message_replaces_the_first(sshd, v2, clock):
    login = at_prompt(sshd.login("alice"))
    first = v2.code("alice")
    clock.advance(SECONDS)
    login.answer("r")
    login.prompt("code: new one sent")
    second = v2.code("alice", nth=2)
    if first != second:
        login.answer(first)
        login.prompt("2 tries")
    login.answer(second)
    assert login.ended() == 0
    found = asked(v2)
    assert found[:3] == [START, cancel(), START]
    assert found[-1] == check()


@pytest.mark.parametrize("key, channel", [("v", "voice"), ("w", "whatsapp"),
                                          ("e", "email")])
def test_another_channel(sshd, v2, settings, clock, syslog, key, channel):
    settings.provider(**{"from": WHATSAPP})
    login = at_prompt(sshd.login("alice"))
    clock.advance(SECONDS)
    login.answer(key)
    login.prompt(CHANNELS[channel][0])
    message = v2.wait_messages(2)[-1]
    assert message["channel"] == channel
    login.answer(message["code"])
    assert login.ended() == 0
    assert syslog.login_line(user="alice")["method"] == channel
    assert asked(v2) == [START, cancel(), START, check()]


def test_whatsapp_without_a_number_to_come_from(sshd, v2, syslog):
    login = sshd.login("alice")
    login.password()
    assert "w whatsapp" not in login.prompt("Verification code sent").lower()
    login.answer("w")
    login.prompt("that key does not work here")
    login.answer(v2.code("alice"))
    assert login.ended() == 0
    assert asked(v2) == [START, check()]


def test_refused_cancel_leaves_the_old_code(sshd, v2, settings, clock):
    """Our own wait is over, the vendor's is not."""
    settings.set(limits={"resend_wait": [10, 10]})
    login = at_prompt(sshd.login("alice"))
    clock.advance(15)
    login.answer("r")
    login.prompt("Wait")
    login.answer(v2.code("alice"))
    assert login.ended() == 0
    assert asked(v2) == [START, cancel(404), check()]
    assert len(v2.messages()) == 1


def test_cancel_by_the_person(sshd, v2, clock, syslog):
    login = at_prompt(sshd.login("alice", options=ONCE))
    clock.advance(SECONDS)
    login.answer("q")
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "cancelled"
    assert asked(v2) == [START, cancel()]


def test_expired_code_brings_a_new_one(sshd, v2, settings, clock):
    settings.provider(expiry=60)
    login = at_prompt(sshd.login("alice"))
    first = v2.code("alice")
    clock.advance(62)
    login.answer(first)
    login.prompt("expired")
    login.answer(v2.code("alice", nth=2))
    assert login.ended() == 0
    assert asked(v2) == [START, START, check()]


def test_steps_of_a_longer_workflow(sshd, v2, settings, clock, syslog):
    """A text message, then two calls: r has the next of the same kind."""
    settings.provider(workflow_id=1)
    login = sshd.login("alice")
    login.password()
    assert "resend" not in login.prompt("Verification code sent")
    for key, nth in (("v", 2), ("r", 3)):
        clock.advance(SECONDS)
        login.answer(key)
        login.prompt("calling")
        assert v2.wait_messages(nth)[-1]["channel"] == "voice"
    login.answer(v2.code("alice"))
    assert login.ended() == 0
    assert syslog.login_line(user="alice")["method"] == "voice"
    assert asked(v2) == [START, step(), step(), check()]


@pytest.fixture(scope="module")
def application(build):
    """A simulator that knows an application's public key alone, and where the
    private one is."""
    folder = build + "/application"
    key, public = folder + "/key.pem", folder + "/public.pem"
    known = folder + "/credentials"
    os.mkdir(folder, 0o755)
    subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "RSA",
                    "-pkeyopt", "rsa_keygen_bits:2048", "-out", key],
                   check=True)
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public],
                   check=True)
    with open(known, "w", encoding="ascii") as out:
        out.write("vonage-jwt %s %s\n" % (APPLICATION, public))

    class Knowing(Simulator):
        """The same, but for whom it serves."""

        def arguments(self):
            return super().arguments() + ["--credentials", known]

    server = Knowing(folder + "/tls")
    server.start()
    server.key = key
    yield server
    server.stop()


@pytest.fixture
def signing(application, settings):
    """Settings with the application in the place of the account's key."""
    application.reset()
    with open(application.key, encoding="ascii") as text:
        settings.secret("application.pem", text.read().rstrip("\n"))
    settings.provider(
        type=TYPE, api_key=None, api_secret_file=None,
        application_id=APPLICATION,
        private_key_file=settings.secrets + "/application.pem",
        base_url=application.url, ca_file=application.certs.ca)
    return application


def test_application_signs(sshd, signing, syslog):
    login = at_prompt(sshd.login("alice"))
    login.answer(wrong(signing.code("alice")))
    login.prompt("2 tries")
    login.answer(signing.code("alice"))
    assert login.ended() == 0
    assert syslog.login_line(user="alice")["outcome"] == "allowed"
    assert asked(signing) == [START, check(400), check()]
    assert len(signing.connections()) == 1
    assert not [line for line in syslog.lines() if "eyJ" in line]


def test_signature_of_another_key(sshd, signing, settings, syslog):
    settings.secret("application.pem", subprocess.run(
        ["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt",
         "rsa_keygen_bits:2048"],
        check=True, capture_output=True, text=True).stdout.rstrip("\n"))
    login = sshd.login("alice", options=ONCE)
    login.password()
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "config"
    syslog.wait_for('provider vonage: start: config: vendor="http=401')
    syslog.wait_for(
        r"provider vonage: the vendor rejects its settings; "
        r"check in %s: .*private_key_file \(%s/application.pem\)" %
        (settings.conf, settings.secrets))
    assert asked(signing) == [("POST", "/v2/verify", 401)]


def test_clock_of_the_host_is_wrong(sshd, signing, clock, syslog):
    clock.set_wall(-3600)
    login = sshd.login("alice", options=ONCE)
    login.password()
    assert login.ended() != 0
    syslog.wait_for("http=401 error=jwt-expired")


@pytest.mark.parametrize("text, words", [
    ("Sup3rS3cret", "holds no private key in PEM form"), ("", "holds no")])
def test_key_that_is_none(sshd, signing, settings, syslog, text, words):
    settings.secret("application.pem", text)
    login = sshd.login("alice", options=ONCE)
    login.password()
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "settings"
    syslog.wait_for("private_key_file: .*" + words)
    assert not signing.requests()


# --- Identity Insights, by the same application

@pytest.fixture
def identity(signing, settings):
    """A look-up beside a provider of codes, both by the application's key."""
    keys = settings.keys["providers"][0]
    settings.set(providers=[keys, {
        "name": "numbers", "type": "vonage-identity",
        "application_id": APPLICATION,
        "private_key_file": keys["private_key_file"],
        "base_url": signing.url, "ca_file": signing.certs.ca}])
    return signing


@pytest.mark.parametrize("small", [0, 1])
@pytest.mark.parametrize("number, said", [
    ("+447700900115", "landline"), ("+447700900106", "not a phone number"),
    ("+447700900100", None), ("+447700900152", None), ("+447700900105", None)])
def test_identity_looks_a_number_up(settings, identity, number, said, small):
    """Advice, in the guides' words and in those of the vendor's library."""
    identity.setting(identity_small=small)
    ended = call("enroll", "carol", number, "--no-verify")
    assert ended.returncode == 0, ended
    assert ("warning: %s: " % number in ended.stderr) == (said is not None)
    assert said is None or said in ended.stderr, ended
    (asked,) = [r for r in identity.requests()
                if r["provider"] == "vonage-identity"]
    assert (asked["auth"], asked["path"]) == (
        "bearer", "/identity-insights/v1/requests")


@pytest.mark.parametrize("kind, said", [
    (1, "landline"), (2, "premium-rate"), (3, "toll-free"), (4, None)])
def test_identity_knows_lines(settings, identity, kind, said):
    identity.setting(identity_type=kind)
    ended = call("enroll", "carol", "+447700900300", "--no-verify")
    assert ended.returncode == 0, ended
    assert (said or "") in ended.stderr and bool(said) == bool(ended.stderr)


@pytest.mark.parametrize("fault", ["html502", "close", "truncated", "raw_nul",
                                   "wrong_type", "empty200", "foreign_id"])
def test_identity_in_trouble_keeps_nobody_out(settings, identity, fault):
    identity.fault("lookup", fault, provider="vonage-identity", count=0)
    ended = call("enroll", "carol", "+447700900115", "--no-verify")
    assert ended.returncode == 0 and "warning" not in ended.stderr, ended
    assert record(settings, "carol") is not None


def test_identity_is_probed_for_nothing(identity):
    """doctor asks for no insight, which would cost."""
    call("doctor")
    (asked,) = [r for r in identity.requests()
                if r["provider"] == "vonage-identity"]
    assert asked["status"] == 422 and asked["fields"] == {"phone_number": "0"}


def test_the_end_of_insight_is_told(settings, identity):
    """check warns from today, and is content all the same."""
    assert call("check").stderr == ""
    settings.secret("vonage", "Sup3rS3cret")
    settings.set(providers=settings.keys["providers"] + [{
        "name": "old", "type": "vonage-insight", "api_key": "abcd1234",
        "api_secret_file": settings.secrets + "/vonage"}])
    ended = call("check")
    assert ended.returncode == 0
    assert "warning: provider old: the vendor ends Number Insight on " \
        "2027-02-04; vonage-identity replaces it" in ended.stderr
