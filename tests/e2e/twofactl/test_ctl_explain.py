# SPDX-License-Identifier: BSD-2-Clause
"""twofactl explain: rules, record, state, and what a login then meets."""

import json
import pwd
import re
import time

import pytest

import admin as tool
import pamstack
from steps import ONCE, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

FAR = "192.0.2.7"
LONELY = {"services": ["sshd"], "from": ["10.0.0.0/8"], "action": "skip"}


def explain(admin, *words, status=0):
    """The JSON of an explanation."""
    got, out = admin.run("explain", *words, "--json")
    assert got == status, out
    return json.loads(out)


def test_text(admin, settings):
    settings.set(rules=[
        {"services": ["sudo", "su"], "action": "skip"},
        {"users": ["bob"], "action": "deny"},
        LONELY,
        {"groups": ["bob"], "action": "deny"},
        {"console": True, "action": "deny"},
        {"remember_minutes": 15, "methods": ["sms", "recovery"],
         "action": "require"},
        {"action": "deny"},
    ])
    out = admin.do("explain", "alice", "sshd", FAR)
    for line in ('1  skip     services: "sshd" is not "sudo", "su"',
                 '2  deny     users: "alice" is not "bob"',
                 "3  skip     from does not hold 192.0.2.7",
                 '4  deny     groups: alice is in none of "bob"',
                 "5  deny     console: this is no login at the console",
                 ">    6  require  matches",
                 "7  deny     not looked at",
                 "methods: sms, recovery", "remember_minutes: 15",
                 "over all sources: 0, a lock begins at 30",
                 "sends_per_user_hour    0 of 5",
                 "recovery codes left: 0"):
        assert line in out, out
    assert out.endswith("\nNow: alice would be sent a code by sms, by "
                        "provider vonage.\n")
    assert "+1 ***-***-0100" in out or "***" in out


def test_no_rule_matches(admin):
    out = admin.do("explain", "alice", "sudo")
    assert "> none  require  no rule matches" in out


def test_each_end(admin, settings):
    settings.set(rules=[
        {"services": ["sshd"], "action": "skip"},
        {"services": ["sudo"], "action": "observe"},
        {"services": ["su"], "action": "deny"},
        {"services": ["login"], "groups": ["nowhere-to-be-found"],
         "action": "skip"}])
    assert explain(admin, "alice", "sshd")["end"] == "skipped"
    found = explain(admin, "carol", "sudo")
    assert (found["end"], found["would"]) == ("observed", "deny-unenrolled")
    found = explain(admin, "alice", "su", status=1)
    assert (found["end"], found["reason"]) == ("denied", "rule")
    found = explain(admin, "alice", "login")
    assert found["rules"][3]["match"] == "group-unknown"
    assert "getent group nowhere-to-be-found" in found["rules"][3]["why"]
    assert found["ask"] == "send" and found["rule"] == 0


def test_who_is_not_enrolled(admin, settings):
    found = explain(admin, "carol", "sshd", status=1)
    assert (found["end"], found["reason"]) == ("decoy", "unenrolled")
    out = admin.run("explain", "carol", "sshd")[1]
    assert out.endswith("carol would be denied: carol is not enrolled; run: "
                        "twofactl enroll carol PHONE.\n")
    settings.set(unenrolled_text="See the help desk")
    assert explain(admin, "carol", "sshd", status=1)["end"] == "told"
    settings.set(unenrolled="allow")
    assert explain(admin, "carol", "sshd")["end"] == "unenrolled"


def test_no_account(admin):
    found = explain(admin, "nobody-here", "sshd", status=1)
    assert (found["end"], found["reason"]) == ("decoy", "no-account")
    assert 'there is no account "nobody-here", so a decoy asks for codes, and none ' \
        "is sent" in admin.run("explain", "nobody-here", "sshd")[1]


def test_records(admin, settings):
    settings.user("alice", enabled=False)
    found = explain(admin, "alice", "sshd", status=1)
    assert found["reason"] == "disabled"
    settings.raw_user("alice", "phone = 5;\n")
    status, out = admin.run("explain", "alice", "sshd")
    assert status == 1
    assert "alice.conf:1: phone:" in out
    assert out.count("alice.conf:1: phone:") == 1
    assert "denied: the user's file is wrong; run: twofactl check" in out
    settings.user("alice")
    settings.set(limits={"allowed_prefixes": ["+99"]})
    found = explain(admin, "alice", "sshd", status=1)
    assert (found["ask"], found["reason"]) == ("denied", "prefix")


def test_console(admin, settings):
    settings.set(rules=[{"console": True, "action": "skip"}])
    assert explain(admin, "alice", "login")["end"] == "skipped"
    assert explain(admin, "alice", "login", FAR)["end"] == "on"
    assert explain(admin, "alice", "sshd")["end"] == "on"


def test_codes_that_the_rule_takes_not(admin, settings):
    """Nobody is asked for one of these."""
    settings.user("alice", channels=["whatsapp"])
    settings.set(rules=[{"methods": ["whatsapp", "bypass"]}])
    admin.codes(count=1)
    found = explain(admin, "alice", "sshd", status=1)
    assert (found["reason"], found["denied"]) == ("no-method", True)
    assert "alice would be denied: no provider delivers by a method" in \
        admin.run("explain", "alice", "sshd")[1]


def test_full(admin, settings):
    settings.user("alice", phone="+14155550123")
    assert "+14155550123" not in admin.do("explain", "alice", "sshd")
    assert "+14155550123" in admin.do("explain", "alice", "sshd", "--full")


def test_a_code_on_its_way(sshd, sim, admin):
    """It is taken up, and then it is what the login asks for."""
    at_prompt(sshd.login("alice"))
    sim.code("alice")
    found = explain(admin, "alice", "sshd", "127.0.0.1")
    assert (found["ask"], found["method"]) == ("join", "sms")
    assert "the code that provider vonage sent by sms" in admin.do(
        "explain", "alice", "sshd", "127.0.0.1")
    assert {entry["limit"]: entry["used"] for entry in found["limits"]}[
        "sends_per_user_hour"] == 1
    at_prompt(sshd.login("alice"), "already sent")
    assert len(sim.requests("start")) == 1


def test_lock(sshd, sim, settings, admin):
    settings.set(limits={"resend_wait": [1, 2], "lock_after": 3})
    login = at_prompt(sshd.login("alice", options=ONCE))
    code = wrong(sim.code("alice"))
    for words in ("2 tries left", "1 try left"):
        login.answer(code)
        login.prompt(words)
    login.answer(code)
    assert login.ended() != 0
    found = explain(admin, "alice", "sshd", "127.0.0.1", status=1)
    assert (found["ask"], found["reason"]) == ("denied", "locked")
    assert found["wrong_here"] == 3 and 0 < found["locked_s"] <= 900
    out = admin.run("explain", "alice", "sshd", "127.0.0.1")[1]
    assert "locked for 15 min" in out
    assert "run: twofactl unlock alice" in out
    admin.codes(count=2)
    found = explain(admin, "alice", "sshd", "127.0.0.1")
    assert found["ask"] == "recovery" and found["recovery_left"] == 2
    # another source is not locked, but too many wrong codes are too many
    found = explain(admin, "alice", "sshd", FAR)
    assert found["ask"] == "recovery" and found["reason"] == ""
    settings.set(tell_locked=False)
    assert explain(admin, "alice", "sshd", "127.0.0.1")["ask"] == "hidden"


def test_limit(quick, sim, settings, admin, clock):
    settings.set(limits={"sends_per_user_hour": 1})
    login = quick.login(rhost=FAR)
    login.prompt("Verification code sent")
    login.hang_up()
    clock.advance(301)
    found = explain(admin, "alice", "sshd", FAR, status=1)
    assert (found["ask"], found["reason"]) == ("denied", "limit")
    assert found["limit"] == "sends_per_user_hour"
    assert 3200 < found["wait_s"] <= 3299
    out = admin.run("explain", "alice", "sshd", FAR)[1]
    assert ("denied: sends_per_user_hour is used up for 55 min; wait, or run: "
            "twofactl unlock --sends alice.") in out
    admin.codes(count=1)
    assert "since sends_per_user_hour is used up" in admin.do(
        "explain", "alice", "sshd", FAR)


def test_grace(quick, pam, settings, admin):
    """How many logins are remembered; whether it is this one, the key says."""
    settings.set(rules=[{"remember_minutes": 15, "action": "require"}])
    pam.only("sshd")
    quick.right(quick.by_key(rhost=FAR))
    found = explain(admin, "alice", "sshd", FAR)
    assert found["remembered"] == 1 and found["remember_minutes"] == 15
    assert found["ask"] == "send"
    assert "remembered logins (grace): 1" in admin.do(
        "explain", "alice", "sshd", FAR)


@pytest.mark.parametrize("outage, codes, then, outcome", [
    ("allow", 0, "admitted", "allowed"),
    ("deny", 1, "denied", "denied"),
    ("offline", 0, "denied", "denied"),
    ("offline", 1, "recovery", None),
])
def test_outage(quick, sim, settings, admin, syslog, outage, codes, then,
                outcome):
    """The second login within a minute meets what was said of it."""
    settings.set(on_outage=outage)
    if codes:
        admin.codes(count=codes)
    sim.stop()
    assert explain(admin, "alice", "sshd", FAR)["outage"] == ""
    quick.login("bob", rhost=FAR).ended()
    found = explain(admin, "alice", "sshd", FAR)
    assert (found["ask"], found["outage"]) == ("send", then)
    said = admin.do("explain", "alice", "sshd", FAR).splitlines()[-1]
    assert "if it is still out of reach" in said
    assert {"admitted": "admitted without a code", "denied": "would be denied",
            "recovery": "asked for a recovery code"}[then] in said
    assert '(on_outage = "%s")' % outage in said
    syslog.clear()
    login = quick.login(rhost=FAR)
    if outcome is None:
        login.prompt("Recovery code")
        return
    login.ended()
    assert syslog.login_line(user="alice")["outcome"] == outcome


def test_outage_at_a_users_sudo(quick, sim, settings, admin):
    """It says what the settings say, and why that does not hold there."""
    settings.set(on_outage="allow")
    sim.stop()
    quick.login("bob", rhost=FAR).ended()
    said = admin.run("explain", "alice", "sudo")[1].splitlines()[-1]
    assert ('be denied (on_outage = "allow", which holds only where the '
            "service runs as root by itself).") in said


def test_su_is_roots(admin, settings, terminals):
    """A lock of who called su stands there, and whose su is explained."""
    settings.set(limits={"lock_after": 3, "resend_wait": [1, 2]})
    asked = terminals.su("bob", "alice")
    asked.password()
    for _ in range(3):
        asked.prompt()
        asked.answer("000000")
    asked.ended()
    out = admin.run("explain", "alice", "su")[1]
    assert "alice at su, as root calls it, first factor" in out
    assert re.search(r"^  from uid:\d+, another source: 3, locked for 15 min$",
                     out, re.M), out
    other = explain(admin, "alice", "su", status=1)["other_sources"]
    assert [(o["wrong"], o["locked_s"] > 800) for o in other] == [(3, True)]


def test_swapped_operands(admin, _ready):
    out = admin.run("explain", "sshd", "alice")[1]
    assert 'warning: PAM has no service "alice"' in out
    assert "first the user, then the service" in out


def test_nothing_changes(admin, sim, settings):
    """Neither counts nor rows, and nobody is asked."""
    admin.codes(count=1)
    before = tool.dump()
    for _ in range(3):
        admin.do("explain", "alice", "sshd", FAR)
    assert tool.dump() == before
    assert not sim.requests() and not sim.messages()


def test_thousand_rules(admin, settings):
    settings.set(rules=[{"users": ["nobody%d" % n], "action": "deny"}
                        for n in range(999)] + [{"action": "skip"}])
    found = explain(admin, "alice", "sshd")
    assert len(found["rules"]) == 1000 and found["rule"] == 1000
    assert found["end"] == "skipped"


def test_services_that_are_not_root(admin, pam, settings):
    """By the uid that they have, as status names them."""
    alice, bob = ("sock:%d" % pwd.getpwnam(name).pw_uid
                  for name in ("alice", "bob"))
    rules = [{"services": ["locker", "sshd"], "action": "deny"},
             {"services": ["locker"], "action": "skip"},
             {"action": "require"}]
    settings.set(rules=rules)
    pam.stack("locker", *pamstack.GUARD, pam.module_line())
    found = explain(admin, "alice", "locker", alice)
    assert found["source"] == alice
    assert [rule["match"] for rule in found["rules"]] == [
        "socket", "socket", "matches"]
    limits = {entry["limit"] for entry in found["limits"]}
    assert "sends_per_other_hour" in limits
    assert "sends_per_user_hour" not in limits
    found = explain(admin, "alice", "locker", bob, status=1)
    assert (found["end"], found["reason"]) == ("denied", "socket-user")
    settings.set(socket_allow_uids=[int(bob[len("sock:"):])])
    assert explain(admin, "alice", "locker", bob)["end"] == "skipped"
    assert "from %s" % alice in admin.do("explain", "alice", "locker", alice)


@pytest.mark.parametrize("words,status,said", [
    (("alice",), 2, "explain needs USER SERVICE [ADDR]"),
    (("alice", "sshd", FAR, "x"), 2, '"x" is one operand too many'),
    (("alice", "sshd", "example.org"), 2, "is not an address"),
    (("alice", "sshd", "sock:0"), 2, "is not an address"),
    (("alice", "sshd", "sock:1x"), 2, "is not an address"),
    (("alice", "sshd", "sock:4294967296"), 2, "is not an address"),
    (("alice", "../x"), 2, "is not a PAM service"),
    (("a b", "sshd"), 2, "is not a user name"),
    (("alice", "sshd", "--yes"), 2, "takes no --yes"),
])
def test_usage(admin, _ready, words, status, said):
    got, out = admin.run("explain", *words)
    assert got == status and said in out


def test_settings_error(admin, settings):
    settings.raw("brand = 1;\n")
    status, out = admin.run("explain", "alice", "sshd")
    assert status == 3 and "twofa.conf:1: brand:" in out


def test_state_error(admin, settings):
    settings.set(state="/nowhere/state.db")
    status, out = admin.run("explain", "alice", "sshd")
    assert status == 4 and re.search("/nowhere", out)


@pytest.mark.parametrize("place", [
    None, "TZif, and no zone", "/usr/share/zoneinfo/Nowhere"])
def test_hours(admin, settings, zone, place):
    """A zone that cannot be read lets nobody in without a code; no file at all
    is UTC."""
    zone(place)
    always = "mon-sun 00:00-24:00"
    settings.set(rules=[{"hours": always, "action": "skip"}])
    if place is None:
        assert explain(admin, "alice", "sshd")["end"] == "skipped"
        settings.set(rules=[{"hours": "%s 00:00-24:00" % time.strftime(
            "%a", time.gmtime(time.time() + 3 * 86400)).lower(),
                             "action": "skip"}])
        found = explain(admin, "alice", "sshd")
        assert found["rules"][0]["match"] == "hours"
        assert found["rules"][0]["why"].startswith("hours: it is ")
        return
    found = explain(admin, "alice", "sshd")
    assert found["rules"][0]["match"] == "hours-unknown"
    assert "time zone of this host cannot be read" in found["rules"][0]["why"]
    assert found["ask"] == "send" and found["rule"] == 0
    settings.set(rules=[{"hours": always, "action": "deny"}])
    found = explain(admin, "alice", "sshd")
    assert found["action"] == "require" and found["rule"] == 1


def test_hours_of_a_zone(admin, settings, zone):
    """The host's zone holds, not the TZ of who asks, in explain and in a login."""
    zone("/usr/share/zoneinfo/Pacific/Kiritimati")
    day = time.strftime("%a", time.gmtime(time.time() + 14 * 3600)).lower()
    settings.set(rules=[{"hours": day + " 00:00-24:00", "action": "skip"}])
    found = explain(admin, "alice", "sshd")
    assert found["rules"][0]["match"] == "matches", found
    assert found["end"] == "skipped"
    status, out = admin.run("test", "alice")
    assert status == 0, out
    day = time.strftime("%a", time.gmtime(time.time() + 62 * 3600)).lower()
    settings.set(rules=[{"hours": day + " 00:00-24:00", "action": "skip"}])
    found = explain(admin, "alice", "sshd")
    assert found["rules"][0]["match"] == "hours", found
    assert found["end"] != "skipped"
