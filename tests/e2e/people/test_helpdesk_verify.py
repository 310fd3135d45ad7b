# SPDX-License-Identifier: BSD-2-Clause
"""twofactl helpdesk verify: a caller reads back a code that opens nothing."""

import json
import os
import re
import shutil
import signal

import pytest

import gateway
import processes
import stage
import test_helpdesk
import test_store_postgresql
import test_store_records
from ctl import record
from phones import NUMBERS
from steps import wrong
from test_helpdesk import CTL, as_root, code, uid_of

TRANSPORTS = ("spawn",)

_desk = test_helpdesk._desk
fixture_server = test_store_postgresql.fixture_server
fixture_fleet = test_store_records.fixture_fleet
TEXT = r"HELP DESK CHECK (\d{6})\. Tell it only to a help desk that YOU called\."
COUNT = "/var/lib/twofactl/helpdesk-verify.%d"
ASKED = r"\(.*\): "


def counted():
    with open(COUNT % uid_of("carol"), encoding="ascii") as file:
        return int(file.read().split()[1])


class Texts(gateway.SmsGateway):
    """Beside the simulator's types."""

    def __init__(self, settings, sim):
        super().__init__(settings, sim)
        settings.set(providers=settings.keys["providers"] + [self.keys])

    def code(self):
        """Of the newest one, which is the help desk's."""
        return re.fullmatch(TEXT, self.texts()[-1][1]).group(1)


@pytest.fixture
def texts(settings, sim):
    found = Texts(settings, sim)
    yield found
    found.stop()
    path = COUNT % uid_of("carol")
    if os.path.exists(path):
        os.unlink(path)


class Call:
    """carol asks alice, who called."""

    def __init__(self, terminals, *words, user="carol"):
        self.me = terminals.run("/usr/bin/sudo", "-k", CTL, "helpdesk",
                                "verify", *words, user=user)
        self.me.password("pw-" + user)

    def asks(self):
        self.me.expect(ASKED)
        return self

    def types(self, typed):
        self.me.sendline(typed)
        return self

    def ended(self):
        return self.me.ended(), self.me.text


def verified(terminals, texts):
    call = Call(terminals, "alice").asks()
    return call.types(texts.code()).ended()


def test_the_caller_holds_the_phone(terminals, texts, sim, syslog):
    """In words of its own, by the provider that sends ours, though the record's
    is asked first for logins."""
    status, text = verified(terminals, texts)
    assert status == 0, text
    assert "verified: the caller holds the phone ending %s" % (
        NUMBERS["alice"][-4:]) in text
    assert "is alice" not in text and NUMBERS["alice"] not in text
    assert [to for to, _ in texts.texts()] == [NUMBERS["alice"]]
    assert not sim.requests()
    syslog.wait_for(r"event=desk-checked user=alice twofactl: helpdesk verify: "
                    r"\S+ \S+ verified user=alice by uid=0 ruser=carol")
    syslog.wait_for("helpdesk verify user=alice by uid=0 ruser=carol")


def test_a_wrong_code(terminals, texts, quick, clock, syslog):
    """Three tries, which lock no login, and keep none waiting."""
    call = Call(terminals, "alice").asks()
    for step in (1, 2, 3):
        call.types(wrong(texts.code(), step))
        if step < 3:
            call.me.expect("code was wrong")
            call.asks()
    status, text = call.ended()
    assert status == 1 and "not verified" in text, text
    syslog.wait_for("event=desk-checked .*not verified user=alice by")
    clock.advance(6)
    quick.right(quick.login("alice"), words="Verification code sent")


def test_its_code_opens_no_login_nor_a_logins_code_the_desk(
        terminals, texts, quick, settings):
    """Each is open at once, of one phone and one provider."""
    settings.set(providers=[texts.keys])
    login = quick.login("alice")
    login.prompt("Verification code sent")
    (_, text), = texts.texts()
    theirs = re.search(r"\d{6}", text).group(0)
    assert "HELP DESK" not in text
    login.hang_up()
    call = Call(terminals, "alice")
    call.me.expect("is open|busy|not be sent")
    assert call.ended()[0] == 1 and len(texts.texts()) == 1
    assert as_root("unlock", "alice").returncode == 0
    call = Call(terminals, "alice").asks()
    desk = texts.code()
    call.types(theirs)
    call.me.expect("code was wrong")
    login = quick.login("alice")  # ends the desk's
    login.prompt("Verification code sent")
    assert "HELP DESK" not in texts.texts()[-1][1]
    login.answer(desk)
    login.prompt("code was wrong")
    login.answer(re.search(r"\d{6}", texts.texts()[-1][1]).group(0))
    assert login.ended() == 0
    call.types(desk)
    call.me.expect("used by another login")
    call.types("q")
    assert "verified: the caller" not in call.ended()[1]


@pytest.mark.parametrize("why", ["vendor", "voice", "phones"])
def test_only_texts_of_our_own(why, texts, settings, sim):
    """A vendor's words would teach people to read login codes aloud."""
    if why == "voice":
        settings.user("alice", channels=["voice"])
    else:
        settings.set(providers=[settings.keys["providers"][0]])
    if why == "phones":
        settings.user("alice", phone=None, phones=[
            {"number": "+447700900100"}, {"number": "+447700900101"}])
    done = as_root("verify", "alice")
    assert done.returncode == 1 and "telnyx-sms or http-sms" in done.stderr
    assert not sim.requests() and not texts.texts()
    assert not os.path.exists(COUNT % uid_of("carol"))


def test_three_an_hour_for_a_user_ten_a_day_for_the_caller(
        terminals, texts, quick, settings, clock):
    settings.set(limits={"sends_per_user_hour": 20, "sends_per_user_day": 50,
                         "sends_per_number_day": 50, "resend_wait": [1]})
    for _ in range(3):
        assert verified(terminals, texts)[0] == 0
        clock.advance(61)
    status, text = Call(terminals, "alice").ended()
    assert status == 1 and "Wait 60 min" in text, text
    assert len(texts.texts()) == 3
    count = COUNT % uid_of("carol")
    # not the one that was not sent
    assert counted() == 3
    quick.right(quick.login("alice"), words="Verification code sent")
    day = open(count, encoding="ascii").read().split()[0]
    test_helpdesk.write(count, "%s 0000000010\n" % day)
    status, text = Call(terminals, "bob").ended()
    assert status == 1 and "10 times a day are used up" in text, text
    assert json.loads(as_root("who", "--json").stdout)["left_today"] == 20


@pytest.mark.parametrize("user, why", [
    ("root", "in no group"), ("carol", "yourself"), ("mallory", "no account")])
def test_not_these(user, why, texts):
    done = as_root("verify", user)
    assert done.returncode in (1, 2) and why in done.stderr, done
    assert not texts.texts()


def test_not_who_is_not_enrolled(texts, settings):
    settings.user("alice", left=True)
    done = as_root("verify", "alice")
    assert done.returncode == 1 and "a user who has left" in done.stderr, done
    os.unlink(settings.user_file("bob"))
    done = as_root("verify", "bob")
    assert done.returncode == 1 and "bob (not enrolled)" in done.stderr, done
    assert not texts.texts()


def test_not_a_phone_that_was_reported_lost(terminals, texts):
    """Who has it now would be verified."""
    made = code("alice", "--invite", "--hours", "2", "--why", "lost", "--json")
    status, text = Call(terminals, "alice").ended()
    assert status == 1 and "while an invitation is open" in text, text
    assert not texts.texts()
    assert counted() == 0
    number = str(json.loads(made.stdout)["id"])
    assert as_root("end", "alice", number).returncode == 0
    assert verified(terminals, texts)[0] == 0


@pytest.mark.parametrize("number, shown", [
    ("+44-23", "phone ending 23\n"), ("+44-\x1b[2J", "phone of alice\n"),
    ("+44-2\x7f", "phone of alice\n")])
def test_the_helpers_bytes_are_not_shown(texts, number, shown):
    """But digits alone."""
    assert not texts.texts()
    shutil.copyfile(stage.STAGE + "/test/fake_helper", stage.HELPER_INSTALLED)
    os.chmod(stage.HELPER_INSTALLED, 0o755)
    with test_helpdesk.kept(stage.HELPER_INSTALLED + ".script"):
        test_helpdesk.write(stage.HELPER_INSTALLED + ".script",
                            "ASK\nALLOW %s\n" % number)
        done = as_root("verify", "alice", stdin="123456\n")
    assert done.returncode == 0 and done.stdout.endswith(shown), done


def test_ctrl_c_frees_the_number(terminals, texts):
    call = Call(terminals, "alice").asks()
    call.me.sendcontrol("c")
    call.ended()
    assert counted() == 1
    assert verified(terminals, texts)[0] == 0


def test_a_helper_that_dies_counts(terminals, texts):
    """The text was sent: who kills it gets no more of them."""
    call = Call(terminals, "alice").asks()
    processes.helper().kill(signal.SIGKILL)
    assert call.ended()[0] == 4
    assert counted() == 1 and len(texts.texts()) == 1


def test_not_sent_is_not_counted(terminals, texts):
    texts.stop()
    status, text = Call(terminals, "alice").ended()
    assert status != 0 and "could not be sent" in text, text
    assert counted() == 0


def test_by_the_app(terminals, texts, app, settings, quick, syslog):
    """Its code is used up; a wrong one is a guess as any."""
    done = as_root("verify", "--app", "bob")
    assert done.returncode == 1 and "bob (enrolled) has no authenticator app" in done.stderr
    settings.user("alice", channels=["sms"],
                  totp_secret_file=settings.secrets + "/alice.totp")
    call = Call(terminals, "--app", "alice").asks()
    call.types(app.wrong())
    call.me.expect("code was wrong")
    call.asks()
    typed = app.code()
    status, text = call.types(typed).ended()
    assert status == 0 and "verified: the caller holds the app of alice" in text
    syslog.wait_for("event=desk-checked user=alice .* app verified")
    assert not texts.texts()
    login = quick.login("alice")
    login.prompt("Verification code sent")
    login.answer("t")
    login.prompt("of your app")
    login.answer(typed)
    login.prompt("used already")
    login.answer(app.code(1))
    assert login.ended() == 0


def test_wrong_codes_of_the_app_count(terminals, texts, app, settings):
    settings.set(limits={"lock_after": 3})
    settings.user("alice", totp_secret_file=settings.secrets + "/alice.totp")
    call = Call(terminals, "--app", "alice").asks()
    for nth in range(3):
        call.types(app.wrong(nth))
    assert call.ended()[0] == 1
    alice, = json.loads(as_root("status", "--json", "alice").stdout)["people"]
    assert alice["wrong"] == 3 and alice["locked_s"] > 0, alice
    assert "alice" in record(settings, "alice") and not texts.texts()


def test_in_a_fleet(fleet, terminals, texts, admin, quick, sim):
    """On the administrators' machine, by a record of the state."""
    fleet.be_admin()
    admin.do("enroll", "alice", NUMBERS["alice"], "--no-verify")
    status, text = verified(terminals, texts)
    assert status == 0 and "the caller holds the phone ending" in text, text
    call = Call(terminals, "alice").asks()
    call.types(wrong(texts.code()))
    call.me.expect("code was wrong")
    fleet.be("web01")
    login = quick.login("alice")
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert login.ended() == 0, login.text
    call.types("q").ended()


def test_an_app_on_a_lost_phone(terminals, texts, app, settings):
    settings.user("alice", channels=["sms"],
                  totp_secret_file=settings.secrets + "/alice.totp")
    code("alice", "--invite", "--hours", "2", "--why", "lost phone", "--json")
    status, text = Call(terminals, "--app", "alice").ended()
    assert status == 1 and "while an invitation is open" in text, text


def test_a_lost_phone_until_the_new_one_is_enrolled(terminals, texts, quick):
    made = json.loads(code("alice", "--invite", "--hours", "2", "--why", "lost",
                           "--json").stdout)
    login = quick.login("alice")
    login.prompt("code")
    login.answer(made["code"])
    assert login.ended() == 0
    status, text = Call(terminals, "alice").ended()
    assert status == 1 and not texts.texts(), text
