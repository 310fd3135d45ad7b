# SPDX-License-Identifier: BSD-2-Clause
"""A push to the phone, and apps whose secret the vendor keeps, behind a real
sshd, sudo, su and login."""

import os
import re
import signal

import pytest

import leftovers
import listener
from pamstack import GUARD
from steps import ONCE, answer_all, at_prompt, wrong
from terminal import ignores_ctrl_c
from twilioapp import IDENTITY, PushPhone, app_at_vendor

TRANSPORTS = ("spawn", "socket")

ASKED = r"Approve on your phone \(number \d\d\), then press Enter \("
WAITS = r"Approve on your phone, number (\d\d), within \d+ s(?:; Ctrl-C gives up)?\r"
EARLY = r"Not approved yet: see your phone \(number \d\d\)"
APP = "Verification code of your app"


@pytest.fixture
def phone(settings, sim):
    return PushPhone(settings, sim)


def at_push(sshd, user="alice", **more):
    return at_prompt(sshd.login(user, **more), ASKED)


def nobody_sent_a_code(sim):
    assert not [r for r in sim.requests()
                if r["provider"] == "vonage-verify"], sim.requests()


def test_ssh_approve_and_enter(phone, sshd, sim, syslog):
    login = sshd.login("alice")
    login.password()
    line = login.prompt(ASKED)
    assert line.endswith("(r code by phone, q cancel): ")
    shown = phone.shown()
    assert re.search(r"number (\d\d)", line).group(1) == shown["code"]
    for words in ("alice", "sshd", "127.0.0.1", "ACME Corp", "UTC"):
        assert words in shown["text"], shown
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0 and "alice" in login.text
    line = syslog.login_line(user="alice")
    assert (line["method"], line["provider"], line["outcome"]) == (
        "push", "push", "allowed")
    assert re.match("YC[0-9a-f]{32}$", line["request"])
    nobody_sent_a_code(sim)
    assert len(sim.connections()) == 1


def test_cockpit_shows_the_number(phone, pam, quick):
    """Cockpit shows a line with the next prompt, as sshd does."""
    pam.stack("cockpit", *GUARD, pam.module_line())
    login = quick.login(service="cockpit")
    line = login.prompt(ASKED)
    assert re.search(r"number (\d\d)", line).group(1) == phone.shown()["code"]
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0


def test_ssh_enter_too_early(phone, sshd):
    login = at_push(sshd)
    phone.shown()
    login.answer("")
    login.prompt(EARLY)
    login.answer("123456")
    login.prompt("No code is wanted; approve")
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0


def test_ssh_deny(phone, sshd, sim, syslog):
    login = at_push(sshd)
    phone.shown()
    phone.act("deny")
    # nobody has touched a key yet
    syslog.wait_for(r"event=push-denied user=alice ALERT: alice denied a "
                    "push on the phone "
                    r"\(service sshd, from 127\.0\.0\.0/24\)")
    login.answer("")
    assert login.ended() != 0
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"], line["method"]) == (
        "denied", "push-denied", "push")
    assert login.text.count("assword:") == 1
    requests = len(sim.requests())
    again = at_prompt(sshd.login("alice", options=ONCE), "Locked for 60 min")
    again.answer("")
    assert again.ended() != 0
    assert len(sim.requests()) == requests
    nobody_sent_a_code(sim)


def test_ssh_deny_then_recovery_code(phone, sshd, admin):
    code, _ = admin.codes("alice", 2)
    login = at_push(sshd)
    phone.shown()
    phone.act("deny")
    login.answer("")
    assert login.ended() != 0
    login = sshd.login("alice")
    login.password()
    login.prompt(r"Locked for 60 min\. Recovery code")
    login.answer(code)
    assert login.ended() == 0


def test_ssh_deny_then_unlock(phone, sshd, admin):
    login = at_push(sshd)
    phone.shown()
    phone.act("deny")
    login.answer("")
    assert login.ended() != 0
    admin.do("unlock", "alice")
    login = at_push(sshd)
    phone.shown(2)
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0


def test_ssh_silence(phone, sshd, sim, clock, syslog):
    login = at_push(sshd)
    phone.shown()
    clock.advance(100)
    login.answer("")
    login.prompt(r"Verification code sent to \+44 .*0100 by SMS "
                 r"\(r resend, q cancel\)")
    syslog.wait_for("alice did not answer the push")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert syslog.login_line(user="alice")["method"] == "sms"


def test_ssh_code_by_key(phone, sshd, sim):
    login = at_push(sshd)
    login.answer("r")
    line = login.prompt("Verification code sent to")
    assert "p push" in line
    login.answer(sim.wait_messages(2)[-1]["code"])
    assert login.ended() == 0


def test_ssh_back_to_the_push(phone, sshd):
    login = at_push(sshd)
    answer_all(login, ["r", "p"], ["Verification code sent", ASKED])
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0
    assert len(phone.asked("start")) == 1


def test_ssh_deny_after_the_key(phone, sshd, sim, syslog):
    login = at_push(sshd)
    login.answer("r")
    login.prompt("Verification code sent")
    phone.act("deny")
    syslog.wait_for("ALERT: alice denied")
    login.answer(sim.wait_messages(2)[-1]["code"])
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "push-denied"
    asked_check = [r for r in sim.requests() if r["endpoint"] == "check"]
    assert not asked_check


@pytest.mark.parametrize("key", ["", "r"])
def test_ssh_deny_just_before_the_code(phone, sshd, sim, clock, syslog, key):
    """After 10 s polls are 2.5 s apart: what is typed in between comes too
    late all the same."""
    login = at_push(sshd, options=ONCE)
    login.answer("r")
    login.prompt("Verification code sent")
    code = sim.wait_messages(2)[-1]["code"]
    clock.advance(12)
    phone.waits(2)
    phone.act("deny")
    login.answer(key or code)
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "push-denied"
    asked = [r["endpoint"] for r in sim.requests()
             if r["provider"] == "vonage-verify"]
    assert asked == ["start"]


@pytest.mark.parametrize("outage", ["offline", "allow"])
def test_ssh_no_code_but_the_push(phone, sshd, sim, settings, outage):
    """No outage: the push's provider has answered, and it can be approved."""
    settings.set(on_outage=outage)
    login = at_push(sshd)
    phone.shown()
    sim.fault("start", "empty503", provider="vonage-verify", count=0)
    login.answer("r")
    line = login.prompt(r"No code could be sent; approve \(number \d\d\)")
    assert "r code" not in line
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0


def test_ssh_answer_that_fits_no_rule(phone, sshd, sim, syslog):
    """It may have been a no: it ends the login at a code's prompt, too."""
    login = at_push(sshd, options=ONCE)
    login.answer("r")
    login.prompt("Verification code sent")
    sim.fault("poll", "foreign_id", provider="twilio-push", count=0)
    phone.waits(1)
    login.answer(sim.wait_messages(2)[-1]["code"])
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "ended"


@pytest.mark.parametrize("outage", ["offline", "allow"])
def test_second_push_provider(phone, sshd, sim, settings, syslog, outage):
    """The first is out of reach: it is asked last for a minute."""
    first, push = settings.keys["providers"]
    settings.set(on_outage=outage, providers=[
        first, dict(push, name="dead", base_url="https://localhost:1"), push])
    phone.record(channels=["push"], phone=None)
    for nth in (1, 2):
        login = at_push(sshd)
        phone.shown(nth)
        phone.act("approve")
        login.answer("")
        assert login.ended() == 0
    assert len([line for line in syslog.lines()
                if "provider dead: start" in line]) == 1


def test_second_push_provider_after_a_start_that_was_killed(
        phone, quick, sim, settings, clock):
    """What became of that push nobody knows: its provider is asked for no
    other, but the next one is."""
    first, push = settings.keys["providers"]
    settings.set(providers=[first, push, dict(push, name="second")])
    sim.fault("start", "hang", provider="twilio-push", when="before", ms=3000)
    login = quick.login()
    sim.wait_requests(1)
    for pid in leftovers.helpers():
        os.kill(pid, signal.SIGKILL)
    assert login.ended() != 0
    if not listener.KEPT:  # a state broker knows at once that it has ended
        clock.advance(60)
    login = quick.login()
    login.prompt(ASKED)
    phone.shown()
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0
    assert quick.line("alice", outcome="allowed")["provider"] == "second"


def test_second_push_provider_after_one_that_may_have_sent(
        phone, sshd, sim, settings, syslog):
    first, push = settings.keys["providers"]
    settings.set(providers=[first, push, dict(push, name="second")])
    phone.record(channels=["push"], phone=None)
    sim.fault("start", "close_after_read", provider="twilio-push")
    login = at_push(sshd)
    phone.shown()
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0
    assert syslog.login_line(user="alice")["provider"] == "second"


def test_push_alone_is_told_why_there_is_none(phone, sshd, sim):
    phone.record(channels=["push"], phone=None)
    sim.fault("start", "close_after_read", provider="twilio-push")
    login = at_prompt(sshd.login("alice", options=ONCE),
                      "Your phone could not be asked")
    login.answer("")
    assert login.ended() != 0
    login = at_prompt(sshd.login("alice", options=ONCE),
                      "Another login waits for your answer on the phone")
    login.answer("")
    assert login.ended() != 0


def test_untold_push_alone(phone, sshd, sim, settings, clock, syslog):
    """Locked and not told: as silent as before, and no word of a code."""
    settings.set(tell_locked=False)
    phone.record(channels=["push"], phone=None)
    login = at_push(sshd, options=ONCE)
    phone.shown()
    phone.act("deny")
    login.answer("")
    assert login.ended() != 0
    requests = len(sim.requests())
    login = at_push(sshd, options=ONCE)
    clock.advance(200)
    login.answer("")
    assert login.ended() != 0
    assert "Verification code sent" not in login.text
    assert syslog.logins()[-1]["reason"] == "locked"
    assert len(sim.requests()) == requests


def test_ssh_client_leaves(phone, sshd, sim, syslog):
    """The push stays on the phone; its yes is nobody's any more."""
    login = at_push(sshd)
    phone.shown()
    helper, = leftovers.helpers()
    login.hang_up()
    assert leftovers.wait_gone(helper, 5)
    phone.act("approve")
    polls = len(phone.asked("poll"))
    again = sshd.login("alice")
    again.password()
    again.prompt("Verification code sent to")
    again.answer("")
    again.prompt("code has 6 digits")
    again.answer(sim.wait_messages(2)[-1]["code"])
    assert again.ended() == 0
    assert len(phone.asked("poll")) == polls
    syslog.wait_for("no push for alice: push-open")


def test_two_logins_at_once(phone, sshd, sim):
    first = at_push(sshd)
    phone.shown()
    second = at_prompt(sshd.login("alice"), "Verification code sent to")
    phone.act("approve")
    second.answer("")
    second.prompt("code has 6 digits")
    first.answer("")
    assert first.ended() == 0
    second.answer(sim.wait_messages(2)[-1]["code"])
    assert second.ended() == 0
    assert len(phone.asked("start")) == 1


def test_over_push_per_hour(phone, sshd, settings, clock, sim, syslog):
    settings.set(limits={"push_per_hour": 2})
    for nth in (1, 2):
        login = at_push(sshd)
        phone.shown(nth)
        phone.act("approve")
        login.answer("")
        assert login.ended() == 0
    login = at_prompt(sshd.login("alice"), "Verification code sent to")
    syslog.wait_for("no more pushes .* push_per_hour is used up")
    login.answer(sim.code("alice", 3))
    assert login.ended() == 0
    clock.advance(3600)
    at_push(sshd).hang_up()


@pytest.mark.parametrize("fault", ["close_after_read", "empty503", "html200",
                                   "throttle"])
def test_no_push_can_be_sent(phone, sshd, sim, fault):
    """Whatever became of it: a code."""
    sim.fault("start", fault, provider="twilio-push", count=0)
    login = at_prompt(sshd.login("alice"), "Verification code sent to")
    login.answer(sim.code("alice"))
    assert login.ended() == 0


def test_another_id_is_nobodys(phone, sshd, sim):
    """A start is answered with an id that is not there: we cannot know what
    the person said to the one that is."""
    sim.fault("start", "foreign_id", provider="twilio-push")
    login = at_push(sshd, options=ONCE)
    phone.act("approve")
    login.answer("")
    assert login.ended() != 0
    nobody_sent_a_code(sim)


@pytest.mark.parametrize("fault", ["empty503", "close_after_read",
                                   "half_body", "html200"])
def test_polls_that_fail(phone, sshd, sim, fault):
    """Reading does no harm: we ask again."""
    login = at_push(sshd)
    phone.shown()
    sim.fault("poll", fault, provider="twilio-push", count=2)
    phone.waits(3)
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0


def test_no_answer_that_can_be_read(phone, sshd, sim, clock, syslog):
    """It may have been a no: nothing weaker is asked for."""
    login = at_push(sshd, options=ONCE)
    phone.shown()
    sim.fault("poll", "empty503", provider="twilio-push", count=0)
    clock.advance(100)
    login.answer("")
    assert login.ended() != 0
    nobody_sent_a_code(sim)
    assert syslog.login_line(user="alice")["reason"] == "transient"


def test_foreign_id(phone, sshd, sim, syslog):
    login = at_push(sshd, options=ONCE)
    phone.shown()
    sim.fault("poll", "foreign_id", provider="twilio-push", count=0)
    phone.act("approve")
    login.answer("")
    assert login.ended() != 0
    nobody_sent_a_code(sim)
    assert syslog.login_line(user="alice")["reason"] == "ended"


def test_sandbox_approved_elsewhere(phone, sshd, sim):
    """A phone whose approval is another factor's."""
    phone.join("+447700900144")
    login = at_push(sshd, options=ONCE)
    phone.waits()
    login.answer("")
    assert login.ended() != 0
    nobody_sent_a_code(sim)


def test_approved_by_itself(phone, sshd, sim):
    """After five seconds of the provider's clock."""
    phone.join("+447700900143")
    login = at_push(sshd)
    login.answer("")
    login.prompt(EARLY)
    sim.advance(6)
    login.answer("")
    assert login.ended() == 0


def test_wrong_password_rings_nobody(phone, sshd, sim):
    login = sshd.login("alice", options=ONCE)
    login.password("not-it")
    login.ended()
    assert not phone.asked("start") and not sim.messages()


def test_decoy_asks_for_a_code(phone, quick, pam, sim):
    pam.only("sshd")
    login = quick.login(password=False)
    assert "Verification code sent" in login.prompt("Verification code sent")
    login.hang_up()
    assert not phone.asked("start")


def test_locked_rings_nobody(phone, sshd, sim, settings):
    settings.set(limits={"lock_after": 1, "resend_wait": [1]})
    phone.record(channels=["sms", "push"])
    login = at_prompt(sshd.login("alice", options=ONCE))
    login.answer(wrong(sim.code("alice")))
    login.prompt("2 tries left")
    login.answer("p")
    login.prompt("Approve on your phone")
    phone.shown()
    phone.act("approve")
    login.answer("")
    login.prompt("Too many wrong codes: locked for 15 min")
    login.answer("")
    assert login.ended() != 0
    locked = at_prompt(sshd.login("alice", options=ONCE), "locked for")
    locked.hang_up()
    assert len(phone.asked("start")) == 1


# where text shows without a prompt


def begin(terminal):
    terminal.password()
    terminal.expect(WAITS)
    return terminal.match.group(1)


def test_sudo_needs_no_enter(phone, terminals, sim, syslog):
    sudo = terminals.sudo("alice")
    number = begin(sudo)
    assert phone.shown()["code"] == number
    phone.act("approve")
    assert sudo.ended() == 0 and "root" in sudo.text
    line = syslog.login_line(user="alice")
    assert (line["service"], line["method"]) == ("sudo", "push")
    nobody_sent_a_code(sim)


def test_sudo_deny(phone, terminals, sim, syslog):
    sudo = terminals.sudo("alice")
    begin(sudo)
    phone.shown()
    phone.act("deny")
    sudo.password()  # sudo asks anew after any refusal
    sudo.prompt("Locked for 60 min")
    assert "Denied on your phone." in sudo.text
    sudo.hang_up()
    syslog.wait_for(r"ALERT: alice denied .* from uid:\d+")
    assert syslog.logins()[0]["reason"] == "push-denied"
    nobody_sent_a_code(sim)


def test_sudo_silence(phone, terminals, sim, clock):
    sudo = terminals.sudo("alice")
    begin(sudo)
    phone.shown()
    clock.advance(200)
    sudo.prompt("Verification code sent to")
    assert "Not approved in time." in sudo.text
    sudo.answer(sim.wait_messages(2)[-1]["code"])
    assert sudo.ended() == 0 and "root" in sudo.text


def test_sudo_names_no_ctrl_c(phone, terminals):
    """It ignores it while no prompt is open."""
    sudo = terminals.sudo("alice")
    begin(sudo)
    assert "Ctrl-C" not in sudo.text
    sudo.hang_up()


def test_su(phone, terminals, sim):
    become = terminals.run("/bin/su", "alice", "-c", "id -un", user="bob",
                           password_of="alice")
    begin(become)
    phone.shown()
    phone.act("approve")
    assert become.ended() == 0 and "\nalice" in become.text
    nobody_sent_a_code(sim)


def test_su_ctrl_c(phone, terminals):
    become = terminals.run("/bin/su", "alice", user="bob",
                           password_of="alice")
    begin(become)
    assert "Ctrl-C gives up" in become.text
    helper, = leftovers.helpers()
    become.sendintr()
    assert leftovers.wait_gone(helper, 5)
    become.ended()


def test_login_ctrl_c(phone, terminals):
    console = terminals.login("alice")
    begin(console)
    assert "Ctrl-C gives up" in console.text
    helper, = leftovers.helpers()
    console.sendintr()
    if ignores_ctrl_c():
        phone.shown()
        phone.act("deny")
    assert leftovers.wait_gone(helper, 5)


def test_login_leaves_time_for_the_code(phone, terminals, sim, clock):
    """A login of 50 s: half of what is left of it belongs to the push."""
    console = terminals.login("alice")
    console.password()
    console.expect(r"within 2[0-5] s; Ctrl-C gives up")
    phone.shown()
    clock.advance(30)
    console.expect("Verification code sent to")
    console.answer(sim.wait_messages(2)[-1]["code"])
    console.expect(r"\$ $")
    console.answer("exit")
    console.ended()


def test_login(phone, terminals, sim, syslog):
    console = terminals.login("alice")
    begin(console)
    phone.shown()
    phone.act("approve")
    console.expect(r"\$ $")
    console.answer("id -un; exit")
    console.ended()
    assert "\nalice" in console.text
    assert syslog.login_line(user="alice")["method"] == "push"
    nobody_sent_a_code(sim)


def test_login_deny(phone, terminals, sim):
    console = terminals.login("alice")
    begin(console)
    phone.shown()
    phone.act("deny")
    console.ended()
    assert "$" not in console.text and "Last login" not in console.text
    nobody_sent_a_code(sim)


# an app whose secret the vendor keeps


@pytest.fixture
def vendor_app(app, settings, sim):
    app_at_vendor(settings, sim, app, phone=None, channels=None)
    return app


def test_app(vendor_app, sshd, syslog, sim):
    login = at_prompt(sshd.login("alice"), APP)
    login.answer(vendor_app.code())
    assert login.ended() == 0
    line = syslog.login_line(user="alice")
    assert (line["method"], line["provider"], line["tries"]) == (
        "totp", "totp", "1")
    assert line["request"].startswith("YC")
    asked_start = [r for r in sim.requests() if r["path"] == "/verify/json"]
    assert not asked_start


def test_app_wrong_then_right(vendor_app, sshd):
    login = at_prompt(sshd.login("alice"), APP)
    code = vendor_app.code()
    login.answer(wrong(code))
    login.prompt("code was wrong, 2 tries left")
    login.answer(vendor_app.code())
    assert login.ended() == 0


def test_app_code_twice(vendor_app, sshd):
    code = vendor_app.code()
    first = at_prompt(sshd.login("alice"), APP)
    first.answer(code)
    assert first.ended() == 0
    second = at_prompt(sshd.login("alice", options=ONCE), APP)
    second.answer(code)
    second.prompt("code was used already")
    second.hang_up()


def test_app_code_of_two_users(app, settings, sim, sshd):
    """One app, two accounts: its code lets one of them in."""
    factor = app_at_vendor(settings, sim, app, phone=None, channels=None)
    settings.user("bob", phone=None, channels=None, push_identity=IDENTITY,
                  totp_factor=factor)
    code = app.code()
    first = at_prompt(sshd.login("alice"), APP)
    first.answer(code)
    assert first.ended() == 0
    second = at_prompt(sshd.login("bob", options=ONCE), APP)
    second.answer(code)
    second.prompt("code was used already")
    second.hang_up()


def test_app_code_after_the_clock_was_set(vendor_app, sshd, clock):
    code = vendor_app.code()
    first = at_prompt(sshd.login("alice"), APP)
    first.answer(code)
    assert first.ended() == 0
    clock.advance_wall(301)
    second = at_prompt(sshd.login("alice", options=ONCE), APP)
    second.answer(code)
    second.prompt("code was wrong, 2 tries left")
    second.hang_up()


def test_app_answered_so_no_outage(app, settings, sim, sshd):
    app_at_vendor(settings, sim, app, channels=["totp", "sms"])
    settings.set(on_outage="allow")
    login = at_prompt(sshd.login("alice"), APP)
    login.answer(wrong(app.code()))
    login.prompt("code was wrong")
    sim.fault("start", "empty503", provider="vonage-verify", count=0)
    login.answer("r")
    login.prompt(APP)
    login.hang_up()


def test_app_out_of_reach(vendor_app, sshd, sim, syslog):
    login = at_prompt(sshd.login("alice", options=ONCE), APP)
    sim.stop()
    login.answer(vendor_app.code())
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "transient"


def test_app_beside_the_phone(app, settings, sim, sshd, clock):
    app_at_vendor(settings, sim, app)
    login = at_prompt(sshd.login("alice"))
    login.answer("t")
    login.prompt(APP)
    login.answer(app.code())
    assert login.ended() == 0
