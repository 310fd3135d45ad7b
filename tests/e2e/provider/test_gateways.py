# SPDX-License-Identifier: BSD-2-Clause
"""http-sms as the guide's recipes have it, and receivers in place of phones."""

import json
import re
import urllib.parse

import pytest

import gateway

TRANSPORTS = ("spawn", "socket")

TOPIC = "alice-0c6f1d2ab94e7785a3b1c0de"
TOKEN = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
# What their documents say that they answer.
NTFY = json.dumps({"id": "xE73Iyuabi", "time": 1673542291, "event": "message",
                   "topic": "x", "message": "y"}, separators=(",", ":"))
TELEGRAM = json.dumps({"ok": True, "result": {"message_id": 7}},
                      separators=(",", ":"))
RECIPES = {"ntfy": ("Bearer tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2", NTFY),
           "telegram": (TOKEN, TELEGRAM),
           "modem": ("s3cret", "")}


class Here:
    """One recipe with a stand-in."""

    def __init__(self, name, settings, sim):
        secret, good = RECIPES[name]
        self.name = name
        self.settings = settings
        self.server = gateway.Gateway(sim.certs, lambda *_: (200, good))
        self.keys, self.record = gateway.recipe(name)
        assert self.keys["auth_secret_file"] == "/etc/twofa/secrets/" + name
        settings.secret(name, secret)
        self.set()
        if self.record is not None:
            settings.raw_user("alice", 'receiver = "%s";\n'
                              % self.record["receiver"])

    def set(self, **more):
        self.settings.set(providers=[dict(
            self.keys, base_url=self.server.url,
            ca_file=self.settings.keys["providers"][0]["ca_file"], **more)])

    def replies(self, status, text="", headers=()):
        self.server.answer = lambda *_: (status, text, headers)

    def code(self, nth=-1):
        body = urllib.parse.unquote_plus(self.server.asked[nth][2])
        return re.search(r"is (\d{6})\b", body)[1]


@pytest.fixture(params=RECIPES)
def here(request, settings, sim):
    here = Here(request.param, settings, sim)
    yield here
    here.server.stop()


@pytest.fixture
def ntfy(settings, sim):
    here = Here("ntfy", settings, sim)
    yield here
    here.server.stop()


def right(quick, here, login):
    login.answer(here.code())
    assert login.ended() == 0, login.text
    return quick.line("alice", outcome="allowed")


def test_recipe(quick, here, syslog, settings):
    """The request is as the gateway's document wants it, and neither prompt nor
    log tells the receiver, the secret or the code."""
    login = quick.login()
    prompt = login.prompt("Verification code sent")
    line = right(quick, here, login)
    (path, headers, body), = here.server.asked
    secret = RECIPES[here.name][0]
    if here.name == "ntfy":
        assert path == "/" and headers["Authorization"] == secret
        sent = json.loads(body)
        assert sent["topic"] == TOPIC and set(sent) == {"topic", "message"}
    elif here.name == "telegram":
        assert path == "/bot%s/sendMessage" % TOKEN
        assert "Authorization" not in headers
        assert json.loads(body)["chat_id"] == "123456789"
    else:
        assert path == "/send" and headers["X-Api-Key"] == secret
        form = urllib.parse.parse_qs(body, strict_parsing=True)
        assert form["to"] == ["+447700900100"] and len(form["text"]) == 1
    assert line["provider"] == here.name and line["method"] == "sms"
    words = {"ntfy": "sent by ntfy (", "telegram": "sent by Telegram (",
             "modem": "sent to +44 ***-***-0100 by SMS ("}
    assert words[here.name] in prompt, prompt
    log = "\n".join(syslog.lines())
    for word in [secret, here.code()] + list((here.record or {}).values()):
        assert word not in log and word not in prompt


# As ntfy's errors.go and Telegram's "Making requests" have them.
REFUSALS = {
    "ntfy": [(401, '{"code":40101,"http":401,"error":"unauthorized"}'),
             (403, '{"code":40301,"http":403,"error":"forbidden"}'),
             (400, '{"code":40009,"http":400,"error":"topic invalid"}'),
             (200, "<html>ntfy web</html>"),
             (429, '{"code":42908,"http":429,"error":"limit reached"}'),
             (500, '{"code":50001,"http":500}')],
    "telegram": [(401, '{"ok":false,"error_code":401}'),
                 (403, '{"ok":false,"error_code":403,"description":"blocked"}'),
                 (400, '{"ok":false,"error_code":400}'),
                 (200, '{"ok":false}'),
                 (429, '{"ok":false,"error_code":429}'),
                 (502, "<html>")],
    "modem": [(401, ""), (403, ""), (400, ""), (302, ""), (429, ""),
              (503, "")]}
REASONS = ["config", "config", "config", "config", "throttle", "transient"]


@pytest.mark.parametrize("nth", range(len(REASONS)))
def test_refused(quick, here, settings, syslog, nth):
    """A 5xx leads to a prompt, since the code is ours and may have been sent."""
    status, text = REFUSALS[here.name][nth]
    here.replies(status, text, {"Retry-After": "1"})
    settings.set(on_outage="allow", limits={"resend_wait": [1, 2]})
    login = quick.login()
    if REASONS[nth] == "transient":
        login.prompt("Verification code sent")
        login.answer(here.code())
        assert login.ended() == 0
        return
    assert login.ended() != 0
    line = quick.line("alice", outcome="denied")
    assert line["reason"] == REASONS[nth]
    # throttled: once more, since nothing was done
    assert len(here.server.asked) == (2 if status == 429 else 1)
    log = "\n".join(syslog.lines())
    assert "http=%d" % status in log and here.code() not in log


def test_another_message(quick, ntfy, clock):
    login = quick.login()
    login.prompt(r"sent by ntfy \(r resend, q cancel\)")
    clock.advance(33)
    login.answer("r")
    login.prompt("Verification code: new one sent by ntfy")
    login.answer(ntfy.code(nth=0))
    login.prompt("was wrong")
    right(quick, ntfy, login)


def test_joined(quick, ntfy):
    first = quick.login()
    first.prompt("sent by ntfy")
    second = quick.login()
    second.prompt("already sent by ntfy")
    right(quick, ntfy, second)
    assert len(ntfy.server.asked) == 1
    first.hang_up()


def test_a_phone_gets_nothing_by_receiver(quick, ntfy, settings, syslog):
    """Else its number would be a topic that anybody reads."""
    settings.user("alice")
    login = quick.login()
    assert login.ended() != 0 and not ntfy.server.asked
    assert quick.line("alice", outcome="denied")["reason"] == "no-method"


def test_a_receiver_gets_nothing_by_phone(quick, settings, sim):
    settings.raw_user("alice", 'receiver = "+447700900100";\n')
    login = quick.login()
    assert login.ended() != 0 and not sim.requests()
    assert quick.line("alice", outcome="denied")["reason"] == "no-method"


def test_prefixes_are_of_phones(quick, ntfy, settings):
    settings.set(limits={"allowed_prefixes": ["+1"]})
    login = quick.login()
    login.prompt("sent by ntfy")
    right(quick, ntfy, login)


def test_messages_to_one_receiver_are_limited(quick, ntfy, settings):
    settings.raw_user("bob", 'receiver = "%s";\n' % TOPIC)
    settings.set(limits={"sends_per_number_day": 1})
    login = quick.login()
    login.prompt("sent by ntfy")
    login.answer("q")
    login.ended()
    login = quick.login("bob")
    assert login.ended() != 0
    assert quick.line("bob", outcome="denied")["reason"] == "limit"
    assert len(ntfy.server.asked) == 1


def prompt_of(quick, user):
    login = quick.login(user)
    prompt = login.prompt("Verification code sent")
    login.interrupted()
    return prompt


@pytest.mark.parametrize("known", [True, False])
def test_a_stranger_sees_the_same(quick, ntfy, settings, admin, known):
    settings.raw_user("bob", 'receiver = "bob-71";\n')
    if known:
        admin.do("check")
    assert prompt_of(quick, "carol") == prompt_of(quick, "alice")
    assert len(ntfy.server.asked) == 1


def test_shown_in_full_alone(ntfy, admin):
    out = admin.do("show", "alice")
    assert TOPIC not in out and "receiver   ***" in out
    assert TOPIC in admin.do("show", "alice", "--full")
    for full, receiver in (([], "***"), (["--full"], TOPIC)):
        shown = json.loads(admin.do("show", "alice", "--json", *full))
        assert shown["receiver"] == receiver
    assert TOPIC not in admin.do("list")
    assert TOPIC not in admin.do("explain", "alice", "sshd")


def test_public_topics_are_warned_of(ntfy, admin, settings):
    assert "reads its codes" not in admin.run("check")[1]
    ntfy.set(auth_header=None, auth_secret_file=None)
    assert "reads its codes" not in admin.run("check")[1]
    settings.forget("bob")
    settings.provider(base_url="https://ntfy.shop.example")
    assert "reads its codes" not in admin.run("check")[1]
    settings.provider(base_url="https://ntfy.sh")
    status, out = admin.run("check")
    assert status == 0, out
    assert "provider ntfy: anybody who guesses a topic" in out


def test_plain_http_is_a_rehearsal(quick, ntfy, settings, syslog):
    settings.provider(base_url="http://127.0.0.1:1")
    assert quick.login().ended() != 0
    syslog.wait_for("a rehearsal, which protects no login")
