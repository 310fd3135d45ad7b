# SPDX-License-Identifier: BSD-2-Clause
"""on_outage: what an outage is, what is none, and what each of its values
does. Nothing but every provider's failure opens the door."""

import re

import pytest

import admin as state
from app import enrol
from steps import ONCE

TRANSPORTS = ("spawn", "socket")

REFUSED = "wrong_type"


def status(number):
    """The provider answers a start with this status of its own."""
    return lambda sim: sim.fault("start", REFUSED, field="status",
                                 value='"%d"' % number, when="before",
                                 count=0)


def throttled(sim):
    sim.fault("start", "throttle", count=0)


# Every provider unreachable or 5xx.
OUTAGES = {
    "refused": lambda sim: sim.stop(),
    "502": lambda sim: sim.fault("start", "html502", when="before", count=0),
    "503": lambda sim: sim.fault("start", "empty503", when="before", count=0),
    "closed": lambda sim: sim.fault("start", "close", when="before", count=0),
    "reset": lambda sim: sim.fault("start", "reset", when="before", count=0),
}
# What looks like one, and is none.
NO_OUTAGES = {
    "certificate": lambda sim: sim.tls("other_ca"),
    "expired": lambda sim: sim.tls("expired"),
    "host-name": lambda sim: sim.tls("wrong_host"),
    "credentials": status(4),
    "account": status(9),
    "throttled": throttled,
    "throttled-v1": status(1),
}


@pytest.fixture(params=OUTAGES)
def outage(request, sim, settings):
    OUTAGES[request.param](sim)


@pytest.fixture(params=NO_OUTAGES)
def no_outage(request, sim, settings):
    NO_OUTAGES[request.param](sim)


def asked_for_recovery(quick, admin):
    code = admin.codes(count=1)[0]
    login = quick.login()
    login.prompt("No code could be sent. Recovery code")
    login.answer(code)
    assert login.ended() == 0


def test_offline_asks_who_can_answer(outage, quick, admin):
    asked_for_recovery(quick, admin)


def test_offline_denies_the_others(outage, quick, syslog):
    login = quick.login()
    assert login.ended() != 0
    assert "could not be sent" in login.text
    assert syslog.login_line(outcome="denied")["reason"] == "transient"


@pytest.mark.parametrize("methods", (["sms", "bypass"], ["sms"]))
def test_a_rule_that_takes_no_recovery_code(quick, sim, admin, settings, syslog,
                                            methods):
    """Nobody is asked for a code that is wrong in any case."""
    settings.set(rules=[{"methods": methods}])
    admin.codes()
    sim.stop()
    login = quick.login()
    assert login.ended() != 0 and "Recovery" not in login.text
    assert syslog.login_line(outcome="denied")["reason"] == "transient"


def test_an_invitation_once(quick, sim, admin, settings, syslog):
    """A used one is kept for its enrolment, and lets in no more."""
    settings.set(rules=[{"methods": ["sms", "bypass"]}])
    admin.codes()
    code = admin.do("code", "alice", "--invite", "--hours", "2", "--why", "x")
    code = re.search(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", code)[0]
    login = quick.login()
    login.prompt("sent")
    login.answer(code)
    assert login.ended() == 0
    sim.stop()
    login = quick.login()
    assert login.ended() != 0 and "Recovery" not in login.text


def test_deny_denies_everybody(outage, quick, admin, settings, syslog):
    """Also those with a recovery code: that is what deny says."""
    admin.codes()
    settings.set(on_outage="deny")
    login = quick.login()
    assert login.ended() != 0 and "Recovery" not in login.text
    assert syslog.login_line(outcome="denied")["reason"] == "transient"
    assert admin.left() == 10


def test_allow_lets_in_and_says_so(outage, quick, settings, syslog):
    settings.set(on_outage="allow")
    login = quick.login()
    assert login.ended() == 0
    line = syslog.login_line(outcome="allowed")
    assert line["reason"] == "outage" and "tries" not in line
    syslog.wait_for(r"alice admitted without a code \(on_outage = allow\)")


def test_allow_over_ssh(sshd, sim, settings, syslog):
    settings.set(on_outage="allow")
    sim.stop()
    login = sshd.login("alice", options=ONCE)
    login.password()
    assert login.ended() == 0 and "alice" in login.text
    assert syslog.login_line(outcome="allowed")["reason"] == "outage"


def test_allow_at_the_console(terminals, sim, settings, syslog):
    settings.set(on_outage="allow")
    sim.stop()
    login = terminals.login("alice")
    login.password()
    assert syslog.login_line(outcome="allowed")["reason"] == "outage"
    login.hang_up()


def test_allow_is_not_for_sudo(terminals, sim, settings, syslog, admin):
    """Whose process it is can stop, starve and cut off what asks."""
    settings.set(on_outage="allow", rules=[{"on_outage": "allow"}])
    sim.stop()
    sudo = terminals.sudo("alice")
    sudo.password()
    line = syslog.login_line(service="sudo")
    assert (line["outcome"], line["reason"]) == ("denied", "transient")
    assert sudo.interrupted() != 0 and "root" not in sudo.text
    text = admin.run("explain", "alice", "sudo")[1]
    assert 'on_outage: offline ("allow" holds only where' in text
    assert "on_outage: allow" in admin.run("explain", "alice", "sshd")[1]


def test_allow_is_not_for_su_of_a_user(terminals, sim, settings, syslog):
    settings.set(on_outage="allow")
    sim.stop()
    su = terminals.su("bob", "alice")
    su.password()
    assert su.ended() != 0
    line = syslog.login_line(service="su")
    assert (line["outcome"], line["reason"]) == ("denied", "transient")


@pytest.mark.parametrize("channels", [["totp", "sms", "voice"], ["sms"]])
def test_allow_never_spares_the_app(sshd, settings, sim, clock, channels):
    """r at the app's prompt asks for the phone, which is out of reach."""
    app = enrol(settings, clock, channels=channels)
    settings.set(on_outage="allow")
    sim.stop()
    login = sshd.login("alice", options=ONCE)
    login.password()
    if channels[0] == "totp":
        login.prompt("of your app")
        login.answer("r")
    login.prompt("of your app; no code could be sent")
    login.answer("r")
    login.prompt("that key does not work here")
    login.answer(app.code())
    assert login.ended() == 0


def test_allow_never_spares_recovery_codes(outage, quick, admin, settings):
    settings.set(on_outage="allow")
    asked_for_recovery(quick, admin)


def test_allow_still_wants_the_password(sshd, sim, settings):
    settings.set(on_outage="allow")
    sim.stop()
    login = sshd.login("alice", options=ONCE)
    login.password("not this one")
    assert login.ended() != 0


def test_no_outage_never_opens(no_outage, quick, settings, syslog):
    settings.set(on_outage="allow")
    login = quick.login()
    assert login.ended() != 0
    assert syslog.login_line(outcome="denied")["reason"] in (
        "config", "account", "throttle")


def test_no_outage_asks_who_can_answer(no_outage, quick, admin, settings):
    """Whatever on_outage says: it is not what this is."""
    settings.set(on_outage="deny")
    asked_for_recovery(quick, admin)


@pytest.mark.parametrize("limits", [
    {"answered_per_number_day": 1},
    {"spend_per_day": "0.05", "price_per_send": "0.04"},
], ids=["sends", "spend"])
def test_limits_never_open(quick, settings, sim, limits, syslog):
    settings.set(on_outage="allow", limits=limits)
    quick.right(quick.login())
    syslog.clear()
    login = quick.login()
    login.prompt("Wait")
    login.answer("")
    assert login.ended() != 0
    assert syslog.login_line(outcome="denied")["reason"] == "limit"


def test_limits_never_open_in_an_outage(quick, settings, sim, syslog):
    """The limit comes first: no provider was tried in this login."""
    settings.set(on_outage="allow", limits={"answered_per_number_day": 1})
    quick.right(quick.login())
    sim.stop()
    login = quick.login()
    login.prompt("Wait")
    login.answer("")
    assert login.ended() != 0


def test_locks_never_open(quick, settings, sim, clock, syslog):
    settings.set(on_outage="allow",
                 limits={"lock_after": 1, "lock_after_total": 1,
                         "wrong_codes_per_login": 1})
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer("000000")
    assert login.ended() != 0
    clock.advance(61)
    sim.stop()
    login = quick.login()
    login.prompt("locked for 14 min")
    login.answer("")
    assert login.ended() != 0


def test_one_provider_that_is_no_outage_is_enough(quick, settings, sim,
                                                  syslog):
    """The first is unreachable, the second refuses our certificate."""
    good = settings.keys["providers"][0]
    settings.set(on_outage="allow", providers=[
        dict(good, name="first", base_url="https://localhost:1"),
        dict(good, name="second", ca_file=None)])
    assert quick.login().ended() != 0
    assert syslog.login_line(outcome="denied")["reason"] == "config"


def test_every_provider_out_of_reach(quick, settings, sim, syslog):
    good = settings.keys["providers"][0]
    settings.set(on_outage="allow", providers=[
        dict(good, name="first", base_url="https://localhost:1"),
        dict(good, name="second", base_url="https://localhost:2")])
    assert quick.login().ended() == 0
    assert syslog.login_line(outcome="allowed")["reason"] == "outage"


def test_outage_at_the_check_never_opens(quick, settings, sim):
    settings.set(on_outage="allow")
    login = quick.login()
    login.prompt("Verification code sent")
    code = sim.code("alice")
    sim.stop()
    login.answer(code)
    assert login.ended() != 0


@pytest.mark.parametrize("value", ["offline", "deny", "allow"])
def test_outage_locks_nobody(quick, settings, sim, value):
    """Ten logins without a provider; then it is back, and all is well."""
    settings.set(on_outage=value, limits={
        "lock_after": 1, "lock_after_total": 1, "sends_per_user_hour": 1})
    sim.stop()
    logins = [quick.login() for _ in range(10)]
    ends = [login.ended() == 0 for login in logins]
    assert all(ends) if value == "allow" else not any(ends)
    rows = state.of_user("alice")
    assert rows["guess"] == [] and rows["send"] == []
    sim.start()
    quick.right(quick.login())


def test_recovery_when_the_provider_fails_at_the_check(quick, sim, admin):
    """The code was typed, the check is down: the next login offers more."""
    codes = admin.codes()
    login = quick.login()
    login.prompt("Verification code sent")
    code = sim.code("alice")
    sim.stop()
    login.answer(code)
    assert login.ended() != 0
    login = quick.login()
    login.prompt("already sent")
    login.answer(codes[0])
    assert login.ended() == 0
