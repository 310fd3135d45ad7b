# SPDX-License-Identifier: BSD-2-Clause
"""`password,123456`: programs that ask for one field and no more."""

import pytest

import radiusserver
from onefield import AUTH_ERR, SUCCESS, OneField
from steps import asked, wrong
from twilioapp import PushPhone

TRANSPORTS = ("spawn", "socket")
RULE = {"services": ["imap"]}

TRANSPORTS = ("spawn", "socket")


@pytest.fixture
def field(_ready, pam, syslog):
    return OneField(pam, syslog)


@pytest.fixture
def app_field(app, field, pam):
    """alice has an app as well; its clock is the helper's."""
    return OneField(pam, field.syslog)


def test_password_alone(field, sim):
    """Mail clients and cron jobs come back for ever; nothing is sent."""
    for part in ("", ",", ",", ""):
        field.denied(part, "no-code")
    asked(sim)


def test_sms_then_its_code(field, sim):
    line = field.denied(",sms", "code-sent")
    assert line["method"] == "sms"
    code = sim.code("alice")
    line = field.right("," + code)
    assert (line["method"], line["tries"]) == ("sms", "1")
    assert len(sim.messages("alice")) == 1
    field.denied("," + code, "no-code")  # once
    asked(sim, start=1, check=1)


def test_call(field, sim):
    assert field.denied(",call", "code-sent")["method"] == "voice"
    field.right("," + sim.code("alice"))


def test_from_another_address(field, sim):
    """The phone is the same, wherever the mail client is by then."""
    field.denied(",sms", "code-sent", rhost="192.0.2.7")
    field.right("," + sim.code("alice"), rhost="198.51.100.9")


def test_of_another_user(field, sim):
    field.denied(",sms", "code-sent")
    field.denied("," + sim.code("alice"), "no-code", user="bob")
    asked(sim, start=1)


def test_code_without_a_message(field, sim):
    field.denied(",123456", "no-code")
    asked(sim)


def test_wrong_code_then_the_right_one(field, sim):
    field.denied(",sms", "code-sent")
    code = sim.code("alice")
    field.denied("," + wrong(code), "wrong-codes")
    field.right("," + code)
    asked(sim, start=1, check=2)


def test_sms_twice_is_one_message(field, sim):
    field.denied(",sms", "code-sent")
    field.denied(",sms", "code-sent")
    assert len(sim.messages("alice")) == 1
    field.right("," + sim.code("alice"))


def test_sms_until_the_limit(field, sim, settings):
    settings.set(limits={"sends_per_user_hour": 1})
    field.denied(",sms", "code-sent")
    field.right("," + sim.code("alice"))  # answered: it counts no more
    field.denied(",sms", "code-sent")
    field.denied("," + wrong(sim.code("alice", nth=2)), "wrong-codes")
    assert len(sim.messages("alice")) == 2


def test_without_an_address_it_is_nobodys_source(field, sim, settings):
    settings.set(limits={"sends_per_source_hour": 1})
    field.denied(",sms", "code-sent", user="alice", rhost=None)
    field.denied(",sms", "code-sent", user="bob", rhost=None)
    assert len(sim.messages()) == 2


def test_with_an_address_its_source_counts(field, sim, settings):
    settings.set(limits={"sends_per_source_hour": 1})
    field.denied(",sms", "code-sent", user="alice")
    field.denied(",sms", "limit", user="bob")
    assert len(sim.messages()) == 1


def test_wrong_password_reaches_nothing(field, sim, syslog):
    assert field.result("answer", "not-it,sms") == AUTH_ERR
    assert not syslog.logins()
    asked(sim)


def test_app(app_field, app, sim):
    code = app.code()
    line = app_field.right("," + code)
    assert (line["method"], line["tries"]) == ("totp", "1")
    app_field.denied("," + code, "code-used")
    app_field.right("," + app.code(1))
    asked(sim)


def test_app_and_a_message(app_field, app, sim):
    """The app's code first, then the message's; each is a guess."""
    app_field.denied(",sms", "code-sent")
    line = app_field.right("," + sim.code("alice"))
    assert (line["method"], line["tries"]) == ("sms", "2")
    asked(sim, start=1, check=1)


@pytest.fixture
def radius(settings, sim):
    """alice's app is asked about at another server than her phone."""
    phones = settings.keys["providers"]
    with radiusserver.beside(settings, sim) as one:
        settings.set(providers=phones + settings.keys["providers"])
        settings.user("alice", channels=["totp", "sms"], accounts=[
            {"provider": "rad", "issuer": one.udp, "sub": "a.smith"}])
        yield one


def test_app_at_a_server_and_a_message(field, radius, sim):
    field.denied(",sms", "code-sent")
    line = field.right("," + sim.code("alice"))
    assert (line["method"], line["provider"]) == ("sms", "vonage")
    line = field.right(",111111")
    assert (line["method"], line["provider"]) == ("totp", "rad")


def test_app_at_a_server_that_is_away(field, radius, sim):
    """The phone's provider works: the code of its message is right, and a wrong
    one is wrong; without a message it is the server that is away."""
    radius.kind = "silent"
    assert field.denied(",111111", "transient")["provider"] == "rad"
    field.denied(",sms", "code-sent")
    code = sim.code("alice")
    field.denied("," + wrong(code), "wrong-codes")
    line = field.right("," + code)
    assert (line["method"], line["provider"]) == ("sms", "vonage")


def test_recovery_code(field, admin, sim):
    codes = admin.codes(count=2)
    assert field.right("," + codes[0])["method"] == "recovery"
    field.denied("," + codes[0], "wrong-codes")
    field.right("," + codes[1].replace("-", ""))
    asked(sim)


def test_locked(field, sim, settings, admin):
    settings.set(limits={"lock_after": 1})
    field.denied(",sms", "code-sent")
    field.denied("," + wrong(sim.code("alice")), "wrong-codes")
    field.denied("," + sim.code("alice"), "locked")
    field.denied(",sms", "locked")
    admin.do("unlock", "alice")


def test_skip_and_deny(field, settings, sim):
    settings.set(rules=[dict(RULE, action="skip")])
    assert field.log("")[1]["outcome"] == "skipped"
    settings.set(rules=[dict(RULE, action="observe")])
    assert field.log(",sms")[1]["outcome"] == "observed"
    settings.set(rules=[dict(RULE, action="deny")])
    field.denied(",123456", "rule")
    asked(sim)


def test_not_enrolled(field, sim):
    for part in ("", ",sms", ",123456", ",push"):
        field.denied(part, "unenrolled", user="carol")
    asked(sim)


def test_push(field, settings, sim):
    phone = PushPhone(settings, sim)
    field.denied(",push", "no-method")  # no prompt, no number to compare
    assert not phone.asked("start")
    settings.set(rules=[dict(RULE, push_blind=True)])
    process = field.begin("answer", "pw-alice,push", "item", "rhost=192.0.2.7")
    phone.shown()
    phone.act("approve")
    assert "result %d\n" % SUCCESS in process.communicate(timeout=60)[0]
    assert field.syslog.login_line(user="alice", outcome="allowed")[
        "method"] == "push"


def test_push_that_is_denied(field, settings, sim):
    phone = PushPhone(settings, sim)
    settings.set(rules=[dict(RULE, push_blind=True)])
    process = field.begin("answer", "pw-alice,push", "item", "rhost=192.0.2.7")
    phone.shown()
    phone.act("deny")
    assert "result %d\n" % AUTH_ERR in process.communicate(timeout=60)[0]
    field.syslog.login_line(user="alice", reason="push-denied")
    field.denied(",push", "locked")


FAULTS = ("close", "reset", "empty503", "html502", "json500",
          "half_body", "wrong_type", "foreign_id")


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_of_a_start(field, settings, sim, fault):
    """No message, no code; nobody is let in, also where an outage would."""
    sim.fault("start", fault, count=9)
    result, line = field.log(",sms")
    assert (result, line["outcome"]) == (AUTH_ERR, "denied")
    assert len(sim.requests("start")) <= 1
    assert field.log(",123456")[0] == AUTH_ERR


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_of_a_check(field, sim, fault):
    field.denied(",sms", "code-sent")
    sim.fault("check", fault)
    result, line = field.log("," + wrong(sim.code("alice")))
    assert (result, line["outcome"]) == (AUTH_ERR, "denied")
    assert len(sim.requests("check")) == 1 and len(sim.messages()) == 1


def test_outage(field, settings, sim):
    """As at a prompt: only where the settings say so, and a word asked for a
    code; a code that nobody can check lets nobody in."""
    sim.stop()
    field.denied(",sms", "transient")
    settings.set(on_outage="allow")
    settings.no_state()
    assert field.log("")[0] == AUTH_ERR
    assert field.log(",123456")[0] == AUTH_ERR
    settings.no_state()
    assert field.right(",sms")["reason"] == "outage"


def test_lock_that_is_over(app_field, app, sim, settings, clock):
    """A phone's right code is tried as the app's before: that guess must not
    lock whom the next check lets in."""
    settings.set(limits={"lock_after": 2, "lock_minutes": 1})
    app_field.denied(",sms", "code-sent")
    app_field.denied("," + wrong(sim.code("alice")), "wrong-codes")
    clock.advance(61)
    line = app_field.right("," + sim.code("alice"))
    assert (line["method"], line["tries"]) == ("sms", "2")
