# SPDX-License-Identifier: BSD-2-Clause
"""twofactl test: a login that is played, with all that a real one has, and
that lets nobody in."""

import re

import pytest

import admin as tool
import stage
from steps import asked, wrong

TRANSPORTS = ("spawn", "socket")


def play(terminals, *words, user="alice"):
    return terminals.run(tool.TWOFACTL, "--helper", stage.HELPER, "test",
                         user, *words)


def line_of(text):
    """The fields of the line that the log would have got."""
    line = re.search(r"^  pam_twofa:( .*?)\r?$", text, re.M).group(1)
    return {key: value.strip('"') for key, value in re.findall(
        r' (\w+)=("[^"]*"|\S+)', line)}


def test_right_code(terminals, sim, syslog, _ready):
    played = play(terminals, "--from", "192.0.2.7")
    assert "by SMS" in played.prompt("Verification code sent to \\+44")
    played.answer(sim.code("alice"))
    assert played.ended() == 0
    assert "alice would be allowed" in played.text
    fields = line_of(played.text)
    assert fields["outcome"] == "allowed" and fields["method"] == "sms"
    assert fields["user"] == "alice" and fields["service"] == "sshd"
    assert fields["rhost"] == "192.0.2.7" and fields["rule"] == "default"
    assert fields["provider"] == "vonage" and "reason" not in fields
    assert {"start_ms", "check_ms", "total_ms", "request"} <= set(fields)
    syslog.wait_for("twofactl: test of sshd by root: it allows nobody")
    assert not syslog.logins()
    asked(sim, start=1, check=1)


def test_the_line_is_that_of_a_login(terminals, sim, quick, settings):
    """Field by field, but for what is another each time."""
    played = play(terminals, "--from", "192.0.2.7")
    played.prompt("Verification code sent")
    played.answer(sim.code("alice"))
    assert played.ended() == 0
    settings.no_state()
    sim.reset()
    real = quick.right(quick.login("alice", rhost="192.0.2.7"))
    mine = line_of(played.text)
    for fields in (mine, real):
        for key in ("start_ms", "check_ms", "total_ms", "request", "pid"):
            fields.pop(key, None)
    assert mine == {key: real[key] for key in mine}
    assert set(real) >= set(mine)


def test_wrong_codes_lock(terminals, sim, settings, admin):
    settings.set(limits={"lock_after": 3})
    played = play(terminals)
    played.prompt("Verification code sent")
    for words in ("2 tries left", "1 try left"):
        played.answer(wrong(sim.code("alice")))
        played.prompt(words)
    played.answer(wrong(sim.code("alice")))
    assert played.ended() == 1
    assert "alice would be denied" in played.text
    assert line_of(played.text)["reason"] == "wrong-codes"
    assert "15 min" in admin.do("status", "alice")
    again = play(terminals)
    again.prompt("locked")
    again.answer("")
    assert again.ended() == 1
    assert line_of(again.text)["reason"] == "locked"


def test_limits_are_the_real_ones(terminals, sim, settings):
    settings.set(limits={"answered_per_number_day": 1})
    first = play(terminals)
    first.prompt("Verification code sent")
    first.answer(sim.code("alice"))
    assert first.ended() == 0
    second = play(terminals)
    second.prompt()
    second.answer("")
    assert second.ended() == 1
    assert line_of(second.text)["reason"] == "limit"


def test_keys(terminals, sim, settings):
    settings.set(limits={"resend_wait": [1]})
    played = play(terminals)
    played.prompt("r resend")
    played.answer("q")
    assert played.ended() == 1
    assert line_of(played.text)["reason"] == "cancelled"
    assert len(sim.messages("alice")) == 1


@pytest.mark.parametrize("rule, outcome, status", [
    ({"from": ["192.0.2.0/24"], "action": "skip"}, "skipped", 0),
    ({"services": ["sudo"], "action": "deny"}, "denied", 1),
    ({"users": ["alice"], "action": "observe"}, "observed", 0),
])
def test_rules(settings, admin, rule, outcome, status):
    settings.set(rules=[rule])
    service = rule.get("services", ["sshd"])[0]
    done, text = admin.run("test", "alice", "--service", service, "--from",
                           "192.0.2.7")
    assert done == status, text
    fields = line_of(text)
    assert (fields["rule"], fields["outcome"]) == ("1", outcome)


def test_console(settings, admin):
    settings.set(rules=[{"console": True, "action": "skip"},
                        {"action": "deny"}])
    assert line_of(admin.do("test", "alice", "--service", "login"))[
        "rule"] == "1"
    assert line_of(admin.run("test", "alice")[1])["rule"] == "2"
    assert line_of(admin.run("test", "alice", "--service", "login", "--from",
                             "192.0.2.7")[1])["rule"] == "2"


def test_nothing_is_remembered(terminals, sim, settings, admin):
    settings.set(rules=[{"remember_minutes": 60, "action": "require"}])
    for service in ("sudo", "sshd"):
        played = play(terminals, "--service", service, "--from", "192.0.2.7")
        played.prompt("Verification code sent")
        played.answer(sim.code("alice"))
        assert played.ended() == 0
    assert not tool.of_user("alice")["grace"]
    assert admin.run("forget", "alice")[0] == 1


def told(terminals, *words, **more):
    """It ends after some last words; its exit status and output."""
    played = play(terminals, *words, **more)
    played.answer("")
    return played.ended(), played.text


def test_a_provider_that_fails_is_shown(settings, terminals, sim):
    sim.fault("start", "wrong_type", field="status", value='"4"',
              when="before")
    status, text = told(terminals)
    assert status == 4, text
    assert "provider vonage: start: the provider or its certificate" in text
    assert line_of(text)["outcome"] == "denied"
    sim.stop()
    status, text = told(terminals)
    assert status == 4 and "transient" in text


def test_settings_that_are_wrong_are_shown(settings, admin):
    settings.set(unknown=1)
    status, text = admin.run("test", "alice")
    assert status == 3 and "unknown: " in text
    settings.set(unknown=None)
    settings.user("alice", foo=1)
    status, text = admin.run("test", "alice")
    assert status == 3 and settings.user_file("alice") + ":" in text


def test_who_is_not_enrolled(terminals, settings, _ready):
    settings.set(unenrolled_text="Ask the help desk.")
    status, text = told(terminals, user="carol")
    assert status == 1 and "Ask the help desk." in text
    assert line_of(text)["reason"] == "unenrolled"


def test_end_of_input(terminals, sim, _ready):
    played = play(terminals)
    played.prompt("Verification code sent")
    played.answer("\x04")
    assert played.ended() == 1
    assert line_of(played.text)["reason"] == "no-answer"
    assert len(sim.messages("alice")) == 1


def test_nobody_to_answer(admin, sim, _ready):
    """No message for a code that cannot be typed."""
    status, text = admin.run("test", "alice")
    assert status == 2 and "nothing was sent: there is no terminal" in text
    assert not sim.messages() and not sim.requests()


@pytest.mark.parametrize("words, said", [
    (("--from", "web1.example.org"), "is not an address"),
    (("--from", "192.0.2.7/24"), "is not an address"),
    (("--service", "../passwd"), "is not a PAM service"),
    (("--service", ""), "is not a PAM service"),
])
def test_usage(admin, words, said, _ready):
    status, text = admin.run("test", "alice", *words)
    assert status == 2 and said in text


def test_no_account(admin, _ready):
    status, text = admin.run("test", "nobody-here")
    assert status == 2 and "no account" in text
