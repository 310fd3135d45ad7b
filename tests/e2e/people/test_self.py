# SPDX-License-Identifier: BSD-2-Clause
"""twofactl self by a real sudo: people enrol themselves, and nobody else."""

import contextlib
import datetime
import json
import os
import pwd
import re
import shutil
import subprocess

import pytest

import conf
import stage
from app import App
from ctl import record
from phones import NUMBERS
from points import points
from steps import wrong

TRANSPORTS = ("spawn",)

SELF = stage.TWOFACTL_INSTALLED
SUDOERS = "/etc/sudoers.d/zz-twofa-self"
PAM = "/etc/pam.d/twofa-self"
CAROL = NUMBERS["carol"]
LIMITS = {"resend_wait": [1, 2], "allowed_prefixes": ["+44"]}


def day(left):
    return (datetime.datetime.now(datetime.timezone.utc)
            + datetime.timedelta(days=left)).strftime("%Y-%m-%d")


def ctl(*words, **more):
    return subprocess.run([SELF, *words], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False,
                          **more)


@contextlib.contextmanager
def switched_on():
    with stage.installed():
        done = ctl("self", "--on")
        assert done.returncode == 0, done.stderr
        yield
        assert ctl("self", "--off").returncode == 0
        assert not os.path.exists(SUDOERS) and not os.path.exists(PAM)


@pytest.fixture(autouse=True)
def _on(_ready, settings):
    settings.set(limits=LIMITS)
    with switched_on():
        yield


class Self:
    """`sudo twofactl self` of somebody, behind the password."""

    def __init__(self, terminals, user, *words, options=()):
        self.t = terminals.run("/usr/bin/sudo", *options, SELF, "self",
                               *words, user=user)
        self.t.password("pw-" + user)

    def __getattr__(self, name):
        return getattr(self.t, name)


@pytest.fixture
def dated(settings):
    settings.set(self_enrol_until=day(3))


def test_monday(terminals, settings, sim, syslog, sshd, dated):
    """By the password alone up to the day: number, country, code."""
    me = Self(terminals, "carol")
    me.prompt("Phone number")
    me.answer("07700 900 300")
    me.prompt("Calling code")
    me.answer("44")
    me.prompt("Verification code sent")
    me.answer(sim.code("carol"))
    assert me.ended() == 0, me.text
    assert record(settings, "carol") == 'phone = "%s";\n' % CAROL
    syslog.wait_for("event=enrolled user=carol self by uid=0 ruser=carol")
    login = sshd.login("carol")
    login.password()
    login.code(sim, "carol")
    assert login.ended() == 0
    assert subprocess.run(["visudo", "-cq"], check=False).returncode == 0
    assert len(sim.messages()) == 2


@pytest.mark.parametrize("fault, cause", [
    ("html502", "transient: vendor="), ("hang", "transient: cause=")])
def test_what_a_vendor_says_is_for_the_log(terminals, settings, sim, syslog,
                                           dated, fault, cause):
    sim.fault("start", fault, count=0)
    me = Self(terminals, "carol", CAROL)
    assert me.ended() == 4, me.text
    assert "The code could not be sent. Try again later" in me.text
    assert "nothing was changed: carol is not enrolled" in me.text
    assert "provider" not in me.text and "helper" not in me.text, me.text
    syslog.wait_for("provider vonage: start: " + cause)
    syslog.clear()


def test_eight_at_once(terminals, settings, clock, dated):
    """Only the first app is said to count, and it does."""
    begun = [Self(terminals, "carol", "--app") for _ in range(8)]
    secrets = []
    for me in begun:
        me.expect("Code that the app shows")
        secrets.append(re.search(r"secret=(\w+)", me.text).group(1))
    for me, secret in zip(begun, secrets):
        me.answer(App(clock, secret).code())
    said = [(me.ended(), me.text) for me in begun]
    assert sorted(status for status, _ in said) == [0] + [1] * 7, said
    with open(settings.secrets + "/carol.totp", encoding="ascii") as text:
        assert secrets.index(text.read().strip()) == [
            status for status, _ in said].index(0)


def test_without_a_provider_an_app(terminals, settings, clock, dated):
    """No number is asked for, nor prefixes, by which nothing is sent."""
    settings.set(providers=None, limits={})
    me = Self(terminals, "carol")
    me.expect("Code that the app shows")
    secret = re.search(r"secret=(\w+)", me.text).group(1)
    me.answer(App(clock, secret).code())
    assert me.ended() == 0, me.text
    assert "phone" not in record(settings, "carol")


def test_the_password_counts_for_nothing_else(terminals, sim):
    """alice, whom sudo asks for a code, comes here without; no time stamp of
    it lets her run another command."""
    me = Self(terminals, "alice")
    me.prompt("Phone number")
    me.sendeof()
    assert me.ended() == 1, me.text
    assert not sim.requests()
    for words in (("-n", "-v"), ("-n", "id"), ("-n", SELF, "self")):
        again = terminals.run("/usr/bin/sudo", *words, user="alice")
        assert again.ended() != 0 and "uid=0" not in again.text


def invitation(admin, user):
    out = admin.do("code", user, "--hours", "2", "--invite", "--why",
                   "new here", "--json")
    return json.loads(out)["code"]


def leave(me, sim):
    """At a code that was sent; Vonage cancels none before."""
    sim.advance(31)
    me.answer("q")
    assert me.ended() == 1, me.text


def begin(terminals, user, *words):
    me = Self(terminals, user, *words)
    me.prompt("code sent|Verification code")
    return me


def test_a_password_alone_chooses_no_phone(terminals, settings, sim, syslog):
    """Without a day, past it, and with a clock before the release."""
    for until in (None, day(-1)):
        settings.set(self_enrol_until=until)
        me = Self(terminals, "carol", CAROL)
        assert me.ended() == 1, me.text
        assert "nothing was changed" in me.text
    assert record(settings, "carol") is None and not sim.requests()
    syslog.wait_for("user=carol.*self was refused|self was refused.*carol")


def test_an_invitation_enrols_once(terminals, settings, sim, admin, syslog):
    code = invitation(admin, "carol")
    others = invitation(admin, "bob")
    for typed in ("AAAA-BBBB-CCCC-DDDD", others):
        me = begin(terminals, "carol", CAROL)
        me.answer(typed)
        me.prompt()
        me.answer("q")
        assert me.ended() == 1, me.text
    assert not sim.requests()
    me = begin(terminals, "carol", CAROL)
    me.answer(code)
    me.prompt("Verification code sent to " r"\+44 \*\*\*-\*\*\*-0300")
    syslog.wait_for("event=bypass-used user=carol")
    me.answer(sim.code("carol"))
    assert me.ended() == 0, me.text
    assert record(settings, "carol") == 'phone = "%s";\n' % CAROL
    again = begin(terminals, "carol", "+447700901300")
    again.answer(code)
    assert "not valid" in again.prompt()
    again.answer("q")
    assert again.ended() == 1, again.text


def test_an_invitation_whose_login_was_used(terminals, settings, sim, admin,
                                            quick):
    """In by it, and then enrolled by it: also behind a text of the admin's."""
    settings.set(unenrolled_text="Call 1234.")
    code = invitation(admin, "carol")
    login = quick.login("carol")
    login.prompt("Verification code")
    login.answer(code)
    assert login.ended() == 0
    again = quick.login("carol")
    again.prompt("Call 1234")
    again.hang_up()
    me = begin(terminals, "carol", CAROL)
    me.answer(code)
    me.prompt("code sent to .*0300")
    me.answer(sim.code("carol"))
    assert me.ended() == 0, me.text
    assert record(settings, "carol") == 'phone = "%s";\n' % CAROL


def test_an_invitation_is_no_way_around_its_use(terminals, settings, admin,
                                                sim):
    """A code with an end that is no invitation proves nothing here."""
    code = json.loads(admin.do("code", "alice", "--hours", "2", "--why", "x",
                               "--json"))["code"]
    me = begin(terminals, "alice", "+447700901100")
    me.answer(code)
    assert "not valid" in me.prompt()
    me.answer("q")
    assert me.ended() == 1, me.text
    assert NUMBERS["alice"] in record(settings, "alice")
    del sim


def test_a_new_phone_proves_the_old_one(terminals, settings, sim, syslog):
    me = begin(terminals, "alice", "+447700901100")
    me.answer(wrong(sim.code("alice")))
    me.prompt("wrong")
    me.answer(sim.code("alice"))
    me.prompt("1100")
    me.answer(sim.code("+447700901100"))
    assert me.ended() == 0, me.text
    assert '"+447700901100"' in record(settings, "alice")
    syslog.wait_for("event=number-changed user=alice self by uid=0 "
                    "ruser=alice")


def test_the_old_number_hears_of_it(terminals, settings, sim):
    """Also without alert_owner, where a provider can."""
    settings.secret("telnyx", "KEY0123456789ABCDEF_abcdefghijklmnop")
    settings.set(providers=[{
        "name": "telnyx", "type": "telnyx-sms", "from": "+12025550100",
        "base_url": sim.url, "ca_file": sim.certs.ca,
        "api_key_file": settings.secrets + "/telnyx"}])
    me = begin(terminals, "alice", "+447700901100")
    me.answer(sim.code("alice"))
    me.prompt("1100")
    me.answer(sim.code("+447700901100"))
    assert me.ended() == 0, me.text
    for _ in range(3):
        sim.advance(11)
    told = [m["to"] for m in sim.messages() if "was changed" in m["text"]]
    assert told == [NUMBERS["alice"]]


@pytest.mark.parametrize("services", [None, ["sshd"]])
def test_only_what_all_rules_accept(terminals, settings, sim, services):
    """A rule of another service with an app alone: no code by SMS counts."""
    rule = {"users": ["alice"], "methods": ["totp"], "action": "require"}
    if services:
        rule["services"] = services
    settings.set(rules=[rule, {"users": ["bob"], "methods": ["sms"]}])
    me = Self(terminals, "alice", "+447700901100")
    assert me.ended() == 1, me.text
    assert "all rules accept" in me.text
    assert not sim.requests()
    other = begin(terminals, "bob", "+447700901200")
    other.answer(sim.code("bob"))
    other.prompt("1200")
    leave(other, sim)


def test_rules_of_other_groups_do_not_count(terminals, settings, sim):
    settings.set(rules=[{"groups": ["bob"], "services": ["sshd"],
                         "methods": ["totp"], "action": "require"}])
    me = begin(terminals, "alice", "+447700901100")
    me.answer(sim.code("alice"))
    me.prompt("1100")
    leave(me, sim)
    refused = Self(terminals, "bob", "+447700901200")
    assert refused.ended() == 1 and "all rules" in refused.text


def test_no_outage_and_no_exception_proves(terminals, settings, sim):
    """What lets a login in without a factor is no proof."""
    settings.set(on_outage="allow", unenrolled="allow",
                 rules=[{"action": "skip"}])
    sim.stop()
    me = Self(terminals, "alice", "+447700901100")
    assert me.ended() == 1, me.text
    new = Self(terminals, "carol", CAROL)
    assert new.ended() == 1, new.text
    assert record(settings, "carol") is None
    assert NUMBERS["alice"] in record(settings, "alice")


def test_app(terminals, settings, dated):
    """Shown in the own terminal; replaced by the app, never by a text."""
    me = Self(terminals, "carol", "--app")
    me.expect(r"secret=([A-Z2-7]+)&")
    code = subprocess.run(["oathtool", "--totp", "-b", me.match.group(1)],
                          capture_output=True, text=True, check=True)
    me.prompt("Code that the app shows")
    me.answer(code.stdout.strip())
    assert me.ended() == 0, me.text
    assert "totp_secret_file" in record(settings, "carol")
    again = Self(terminals, "carol", "--app")
    assert "your app" in again.prompt()
    again.answer("q")
    assert again.ended() == 1


def test_an_app_is_not_replaced_by_a_text(terminals, settings, sim, admin):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    settings.secret("alice.totp", secret)
    settings.user("alice", phone=NUMBERS["alice"],
                  totp_secret_file=settings.secrets + "/alice.totp")
    before = record(settings, "alice")
    me = Self(terminals, "alice", "--app")
    assert "your app" in me.prompt()
    me.answer("r")
    me.prompt()
    assert not sim.messages()
    me.answer(admin.codes("alice")[0])
    me.expect("secret=")
    me.prompt("Code that the app shows")
    me.sendeof()
    assert me.ended() == 1
    assert record(settings, "alice") == before


def test_the_number_of_another(terminals, settings, sim, dated):
    """It reads like a wrong code: even who reads bob's phone enrols not."""
    me = Self(terminals, "carol", NUMBERS["bob"])
    me.prompt("Verification code sent")
    me.answer(sim.code("bob"))
    assert me.ended() == 1, me.text
    assert "nothing was changed: carol is not enrolled" in me.text
    assert "bob" not in me.text
    assert record(settings, "carol") is None


def test_limits_of_their_own(terminals, settings, sim, syslog, dated):
    """Five an hour for each uid, over all numbers; whatever else is set."""
    settings.set(limits={**LIMITS, "sends_per_user_hour": 100,
                         "sends_per_user_day": 200})
    for number in range(5):
        me = Self(terminals, "carol", "+4477009%d0300" % number)
        me.prompt("Verification code sent")
        leave(me, sim)
    more = Self(terminals, "carol", "+447700980300")
    more.prompt("Wait")
    more.answer("")
    assert more.ended() == 1
    assert len(sim.messages()) == 5
    other = begin(terminals, "alice", "+447700901100")
    other.answer("q")
    assert other.ended() == 1
    del syslog


def test_the_days_limit(terminals, settings, sim, clock, dated):
    """Ten a day for each uid; the hours let no more through."""
    shutil.copyfile(stage.CLOCK_HELPER, stage.HELPER_INSTALLED)
    settings.set(limits={**LIMITS, "sends_per_user_hour": 100,
                         "sends_per_user_day": 200})
    for number in range(11):
        me = Self(terminals, "carol", "+4477009%02d300" % number)
        me.prompt("Wait" if number == 10 else "Verification code sent")
        clock.advance(31)
        me.answer("" if number == 10 else "q")
        assert me.ended() == 1
        if number % 5 == 4:
            clock.advance(3700)
    assert len(sim.messages()) == 10
    clock.advance(86400)
    me = Self(terminals, "carol", CAROL)
    me.prompt("Verification code sent")
    me.answer(sim.code("carol"))
    assert me.ended() == 0, me.text


@pytest.mark.parametrize("words", [
    ("--on",), ("--off",), ("-c", "/tmp/x"), ("--config=/tmp/x",),
    ("--helper=/bin/sh",), ("--app", "--helper=/bin/sh"),
    ("+1", "--helper=/bin/sh"), ("+1", "-c/tmp/x"), ("+1", "--off"),
    ("+1", "--on"), ("1", "--app"), ("+1", "2"), ("--", "--off"),
    ("--user", "bob"), ("bob",), ("--json",), ("--ap",), ("",),
    ("--app=x",), ("--app", ""), ("+1\n--off",), ("--appx",), ("-h",),
])
def test_hostile_arguments(terminals, settings, sim, words, dated):
    before = sorted(os.listdir(settings.users_dir))
    settings.set(rules=[{"services": ["sudo"], "action": "skip"}])
    me = terminals.run("/usr/bin/sudo", SELF, "self", *words, user="carol")
    me.password("pw-carol")
    assert me.ended() in (1, 2), me.text
    assert os.path.exists(SUDOERS) and os.path.exists(PAM)
    assert sorted(os.listdir(settings.users_dir)) == before
    assert not sim.requests()


def test_only_by_sudo_and_not_root(settings):
    plain = {"PATH": os.environ["PATH"]}
    for env in ({}, {"SUDO_UID": "0"}, {"SUDO_UID": "-1"}, {"SUDO_UID": ""},
                {"SUDO_UID": "4294967295"}, {"SUDO_UID": "4294967296"},
                {"SUDO_UID": "54321"}, {"SUDO_UID": "1003x"}):
        done = ctl("self", env={**plain, **env})
        assert done.returncode == 2, (env, done)
        assert "sudo twofactl self" in done.stderr
    del settings


def test_no_terminal(settings, dated):
    """Closed and empty stdin: refused before anything is asked."""
    uid = str(pwd.getpwnam("carol").pw_uid)
    for close in ("", " <&-", " <&- >&- 2>&-"):
        done = subprocess.run(
            ["/bin/sh", "-c", "exec %s self %s%s" % (SELF, CAROL, close)],
            env={"SUDO_UID": uid, "PATH": os.environ["PATH"]}, check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=30)
        assert done.returncode in (1, 4), done
    assert record(settings, "carol") is None


def test_symbolic_links(terminals, settings, tmp_path):
    """Where our files go, and where a record goes: never through a link."""
    victim = tmp_path / "victim"
    victim.write_text("keep")
    for path in (SUDOERS, PAM):
        os.unlink(path)
        os.symlink(victim, path)
    done = ctl("self", "--on")
    assert done.returncode == 4 and "symbolic" in done.stderr
    assert ctl("self", "--off").returncode == 0
    assert not os.path.lexists(SUDOERS) and not os.path.lexists(PAM)
    assert ctl("self", "--on").returncode == 0
    assert victim.read_text() == "keep"
    settings.set(self_enrol_until=day(1))
    os.symlink(victim, settings.user_file("carol"))
    me = Self(terminals, "carol", CAROL)
    assert me.ended() == 1, me.text
    assert victim.read_text() == "keep"


def test_locale_and_window(terminals, settings, sim, dated):
    """A hostile locale, and a window that changes its size."""
    me = terminals.run(
        "/usr/bin/env", "LANG=%n%n%n", "LC_ALL=/../../tmp", "LANGUAGE=" + "x" * 5000,
        "TERM=%s%n", "COLUMNS=-1", "/usr/bin/sudo", SELF, "self", CAROL,
        user="carol")
    me.password("pw-carol")
    me.prompt("Verification code sent")
    for size in ((1, 1), (500, 500), (24, 80)):
        me.setwinsize(*size)
    me.answer(sim.code("carol"))
    assert me.ended() == 0, me.text
    assert record(settings, "carol") == 'phone = "%s";\n' % CAROL


def test_suspended(terminals, settings, sim, dated):
    """Ctrl-Z stops nothing while a lock may be held."""
    me = Self(terminals, "carol", CAROL)
    me.prompt("Verification code sent")
    me.send("\x1a")
    me.answer("\x15" + sim.code("carol"))
    assert me.ended() == 0, me.text
    assert record(settings, "carol") is not None


def test_faster_than_the_own_window(terminals, settings, sim, admin, dated):
    """Who began while carol was not enrolled cannot end it once she is."""
    thief = Self(terminals, "carol", "--app")
    thief.expect(r"secret=([A-Z2-7]+)&")
    secret = thief.match.group(1)
    thief.prompt("Code that the app shows")
    me = Self(terminals, "carol", CAROL)
    me.prompt("Verification code sent")
    me.answer(sim.code("carol"))
    assert me.ended() == 0, me.text
    code = subprocess.run(["oathtool", "--totp", "-b", secret],
                          capture_output=True, text=True, check=True)
    thief.answer(code.stdout.strip())
    assert thief.ended() == 1, thief.text
    assert record(settings, "carol") == 'phone = "%s";\n' % CAROL
    del admin


def test_fifty_windows(terminals, settings, sim, admin):
    """One invitation at one instant: one enrols."""
    code = invitation(admin, "carol")
    windows = [begin(terminals, "carol", CAROL) for _ in range(points(10, 50))]
    for window in windows:
        window.answer(code)
    found = [w.expect(["sent to .*0300", "not valid", "nothing was"],
                      timeout=60) for w in windows]
    assert found.count(0) == 1, found
    sim.advance(31)  # Vonage cancels nothing before
    for window in windows:
        window.sendintr()
        window.ended(60)
    del settings


def test_refused_settings(terminals, settings, sim):
    settings.set(limits={"resend_wait": [1, 2]}, self_enrol_until=day(1))
    me = Self(terminals, "carol", CAROL)
    assert me.ended() == 1 and "allowed_prefixes" in me.text
    settings.set(limits=LIMITS)
    us = Self(terminals, "carol", "+14155550123")
    assert us.ended() == 1 and "not allowed here" in us.text
    settings.user("alice", enabled=False)
    off = Self(terminals, "alice", "+447700901100")
    assert off.ended() == 1 and "disabled" in off.text
    assert not sim.requests()


def test_unenrolled_text_names_it(quick, settings):
    settings.set(unenrolled_text="Call 1234.", self_enrol_until=day(5))
    login = quick.login("carol")
    assert "Call 1234. To enrol yourself: sudo twofactl self" in (
        login.prompt("Enter ends"))
    settings.set(self_enrol_until=day(-1))
    assert "sudo" not in quick.login("carol").prompt("Enter ends")


def test_not_where_others_may_write(tmp_path):
    """Everybody runs that file as root."""
    copy = str(tmp_path / "twofactl")
    shutil.copyfile(SELF, copy)
    os.chmod(copy, 0o777)
    before = open(SUDOERS, encoding="utf-8").read()
    done = subprocess.run([copy, "self", "--on"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 4, done
    assert open(SUDOERS, encoding="utf-8").read() == before


def test_doctor_knows_it(settings, admin):
    def found():
        return {(f["kind"], f["name"]) for f in json.loads(
            admin.run("doctor", "--json")[1])["found"]}

    before = found()
    assert ("note", "self") in before
    assert not {name for _, name in before} & {
        "self-files", "self-prefixes", "sudo-service"}
    os.unlink(PAM)
    settings.set(limits={"resend_wait": [1, 2]})
    assert {("problem", "self-files"),
            ("problem", "self-prefixes")} <= found()


def test_a_state_that_was_lost(terminals, settings, sim, dated):
    """Then the password alone chooses no phone here, either: who seems not to
    be enrolled may have enrolled at a login."""
    mark = os.path.join(conf.STATE, "enrolled")
    twofa = pwd.getpwnam("twofa")
    for lost in (True, False):
        with open(mark, "w", encoding="ascii") as out:
            out.write("1" if lost else "0")
        os.chown(mark, twofa.pw_uid, twofa.pw_gid)
        os.chmod(mark, 0o600)
        me = Self(terminals, "carol", CAROL)
        if lost:
            me.prompt("Enter ends")
            me.answer("")
            assert me.ended() == 1 and not sim.requests(), me.text
        else:
            me.prompt("Verification code sent to .*300")
            me.answer(sim.code("carol"))
            assert me.ended() == 0, me.text
    os.unlink(mark)
