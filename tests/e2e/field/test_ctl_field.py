# SPDX-License-Identifier: BSD-2-Clause
"""twofactl test --field, and explain --field KIND: what such a login would
meet, and that it is what the login then meets."""

import json
import subprocess

import pytest

import admin as tool
import stage
from onefield import OneField
from steps import asked, wrong

TRANSPORTS = ("spawn",)
FIELD = r"Input of alice \(PASSWORD,CODE\): "
KINDS = ("none", "code", "recovery", "sms", "call", "push")


@pytest.fixture
def field(_ready, pam, syslog):
    return OneField(pam, syslog)


@pytest.fixture
def play(terminals):
    """What is typed, and never shown; the line that the log would have got."""
    def run(text, status):
        played = terminals.run(tool.TWOFACTL, "--helper", stage.HELPER, "test",
                               "alice", "--service", "imap", "--field")
        played.expect(FIELD)
        played.answer(text)
        assert played.ended() == status, played.text
        assert text not in played.text
        return played.text
    return run


@pytest.fixture
def explain(admin, field):
    def run(kind, *words, status=0):
        got, out = admin.run("explain", "alice", "imap", "192.0.2.7",
                             "--field", kind, *words)
        assert got == status, out
        return json.loads(out) if words else out.split("\nNow: ")[1]
    return run


def test_play(play, sim, syslog):
    text = play("pw-alice,sms", 1)
    assert "alice would be denied" in text and "reason=code-sent" in text
    code = sim.code("alice")
    assert "reason=wrong-codes" in play("anything," + wrong(code), 1)
    assert "alice would be allowed" in play("anything," + code, 0)
    assert "reason=no-code" in play("anything", 1)
    asked(sim, start=1, check=2)
    assert not syslog.logins()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", ["skip", "observe"])
def test_explain_where_no_code_is_asked(explain, field, settings, action,
                                        kind):
    """The field's word is not looked at."""
    settings.set(rules=[{"action": action}])
    assert explain(kind, "--json")["denied"] is False
    assert "alice would be allowed" in explain(kind)
    assert field.log(",sms")[1]["outcome"] in ("skipped", "observed")


def test_play_from_a_pipe(_ready, sim):
    """There is no terminal to hide it from."""
    done = subprocess.run(
        [tool.TWOFACTL, "--helper", stage.HELPER, "test", "--field", "alice"],
        input="x,sms\n", capture_output=True, text=True, timeout=60,
        check=False)
    assert done.returncode == 1 and "reason=code-sent" in done.stdout
    assert len(sim.messages()) == 1


def test_explain_each(explain, sim):
    """Nothing runs, and alice has a phone alone."""
    end = {kind: explain(kind, "--json", status=1) for kind in KINDS}
    assert {kind: (e["ask"], e["reason"]) for kind, e in end.items()} == {
        "none": ("denied", "no-code"), "code": ("denied", "no-code"),
        "recovery": ("denied", "no-code"), "sms": ("send", ""),
        "call": ("send", ""), "push": ("denied", "no-method")}
    assert (end["sms"]["method"], end["call"]["method"]) == ("sms", "voice")
    assert all(e["denied"] for e in end.values())
    asked(sim)


def test_explain_what_runs(explain, field, sim):
    assert explain("sms", status=1) == (
        "alice would be sent a code by sms, by provider vonage, and be denied;"
        " then PASSWORD,CODE is accepted.\n")
    field.denied(",sms", "code-sent")
    assert explain("code").startswith(
        "the code of alice would be checked against the one that provider "
        "vonage sent by sms ")
    assert explain("sms", status=1).startswith(
        "alice would be denied, and no other code be sent yet: provider "
        "vonage sent one by sms ")
    field.right("," + sim.code("alice"))
    assert "no code that could be checked" in explain("code", status=1)


def test_explain_app_and_recovery(explain, app, admin):
    assert explain("code") == (
        "the code of alice would be checked as the authenticator app's.\n")
    admin.codes(count=1)
    assert explain("recovery") == (
        "the recovery code of alice would be checked.\n")


def test_explain_locked(explain, field, settings, sim):
    settings.set(limits={"lock_after": 1})
    field.denied(",sms", "code-sent")
    field.denied("," + wrong(sim.code("alice")), "wrong-codes")
    assert explain("code", "--json", status=1)["reason"] == "locked"
    settings.set(tell_locked=False)
    assert "no code be right but a recovery code" in explain("code", status=1)


def test_kinds_are_named(admin):
    status, out = admin.run("explain", "alice", "imap", "--field", "pin")
    assert status == 2 and "expected code, recovery, sms" in out
    status, out = admin.run("unlock", "alice", "--field")
    assert status == 2
