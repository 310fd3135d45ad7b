# SPDX-License-Identifier: BSD-2-Clause
"""Codes of an authenticator app: without a network, each step once."""

import hmac
import os
import re
import stat

import pytest

import admin as state
import conf
from app import App
from steps import ONCE, answer_all, asked, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

APP = "Verification code of your app"
USED = "code was used already; type the next one"


def enter(clock):
    """Five seconds into a step, with 25 to go: no test runs into the next."""
    clock.set_wall(0)
    clock.set_wall(60 + 5 - int(clock.today()) % 30)


@pytest.fixture
def alone(app, settings, sim, clock):
    """alice has the app and no phone; every network is down."""
    settings.user("alice", phone=None, channels=None,
                  totp_secret_file=settings.secrets + "/alice.totp")
    sim.stop()
    enter(clock)
    return app


def test_over_ssh_with_every_network_down(alone, sshd, syslog):
    login = at_prompt(sshd.login("alice"), APP)
    assert "r code by phone" not in login.text
    login.answer(alone.code())
    assert login.ended() == 0
    line = syslog.login_line(user="alice")
    assert line["outcome"] == "allowed" and line["method"] == "totp"
    assert line["tries"] == "1" and "provider" not in line


def test_over_sudo_with_every_network_down(alone, terminals):
    sudo = at_prompt(terminals.sudo("alice"), APP)
    sudo.answer(alone.code())
    assert sudo.ended() == 0 and "root" in sudo.text


@pytest.mark.parametrize("steps, right", [
    (-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_skew(alone, quick, steps, right):
    """One step to each side."""
    login = quick.login()
    login.prompt(APP)
    login.answer(alone.code(steps))
    if right:
        assert login.ended() == 0
    else:
        login.prompt("code was wrong, 2 tries left")
        login.hang_up()


def test_used_step_opens_nothing(alone, sshd, syslog, clock):
    code = alone.code()
    first = at_prompt(sshd.login("alice"), APP)
    first.answer(code)
    assert first.ended() == 0
    second = at_prompt(sshd.login("alice", options=ONCE), APP)
    second.answer(code)
    second.prompt(USED)
    second.answer(alone.code(-1))  # an earlier step is shut as well
    second.prompt(USED)
    second.answer(alone.code(1))
    assert second.ended() == 0


def new_secret(admin, clock):
    """The app with what twofactl showed."""
    shown = admin.do("totp", "alice", "--no-verify")
    return App(clock, re.search(r"[?&]secret=([A-Z2-7]+)", shown).group(1))


def test_first_code_of_a_new_secret(alone, quick, admin, clock):
    """In the same 30 seconds, and once."""
    login = quick.login()
    login.prompt(APP)
    login.answer(alone.code())
    assert login.ended() == 0
    anew = new_secret(admin, clock)
    login = quick.login()
    login.prompt(APP)
    login.answer(alone.code())
    login.prompt("code was wrong")
    login.answer(anew.code())
    assert login.ended() == 0
    login = quick.login()
    login.prompt(APP)
    login.answer(anew.code())
    login.prompt(USED)
    login.hang_up()


def test_old_secret_in_a_login_that_began_before(alone, quick, admin, clock):
    """Its used step stays used, though the new secret has used one since."""
    first, second = quick.login(), quick.login()
    first.prompt(APP)
    second.prompt(APP)
    old = alone.code()
    first.answer(old)
    assert first.ended() == 0
    anew = new_secret(admin, clock)
    login = quick.login()
    login.prompt(APP)
    login.answer(anew.code())
    assert login.ended() == 0
    second.answer(old)
    second.prompt(USED)
    second.hang_up()


def test_spelling_makes_no_new_secret(alone, quick, settings):
    login = quick.login()
    login.prompt(APP)
    code = alone.code()
    login.answer(code)
    assert login.ended() == 0
    settings.secret("alice.totp", alone.secret.lower())
    login = quick.login()
    login.prompt(APP)
    login.answer(code)
    login.prompt(USED)
    login.hang_up()


def test_without_host_key_a_step_is_used_for_any_secret(
        alone, quick, settings, admin, clock, syslog):
    """Nobody is locked out by it, and no code is good twice."""
    login = quick.login()
    login.prompt(APP)
    login.answer(alone.code())
    assert login.ended() == 0
    with open(conf.STATE + "/host.key", "wb"):
        pass
    anew = new_secret(admin, clock)
    login = quick.login()
    login.prompt(APP)
    login.answer(anew.code())
    login.prompt("code was wrong")
    login.answer(anew.code(1))
    assert login.ended() == 0
    syslog.wait_for(conf.STATE + "/host.key cannot be read or made")


def test_another_host_key_makes_no_code_good_again(alone, quick):
    login = quick.login()
    login.prompt(APP)
    code = alone.code()
    login.answer(code)
    assert login.ended() == 0
    os.unlink(conf.STATE + "/host.key")
    login = quick.login()
    login.prompt(APP)
    login.answer(code)
    login.prompt("code was wrong")
    login.answer(alone.code(1))
    assert login.ended() == 0
    assert os.path.exists(conf.STATE + "/host.key")


def test_later_step_is_good_again(alone, quick, clock):
    for _ in range(3):
        login = quick.login()
        login.prompt(APP)
        login.answer(alone.code())
        assert login.ended() == 0
        clock.advance_wall(30)


def test_key_t_switches(app, sshd, sim, clock, syslog):
    """The phone first, since the record says sms; t asks for the app."""
    enter(clock)
    login = at_prompt(sshd.login("alice"))
    assert "t app" in login.text
    login.answer("t")
    line = login.prompt(APP)
    assert "r code by phone" in line
    login.answer(app.code())
    assert login.ended() == 0
    assert syslog.login_line(user="alice")["method"] == "totp"
    asked(sim, start=1)


def test_back_to_the_phone(app, sshd, sim):
    login = at_prompt(sshd.login("alice"))
    answer_all(login, ["t", "r"], [APP, "Verification code sent"])
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    asked(sim, start=1, check=1)


def test_app_first_sends_nothing(app, sshd, sim, settings, clock):
    """channels = ["totp", "sms"]: the phone rings only when asked to."""
    enter(clock)
    settings.user("alice", channels=["totp", "sms"],
                  totp_secret_file=settings.secrets + "/alice.totp")
    login = at_prompt(sshd.login("alice"), APP)
    login.answer(app.code())
    assert login.ended() == 0
    asked(sim)
    login = at_prompt(sshd.login("alice"), APP)
    login.answer("r")
    login.prompt("Verification code sent to .* by SMS")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    asked(sim, start=1, check=1)


def test_outage_asks_for_the_app(app, sshd, sim, clock):
    enter(clock)
    sim.stop()
    login = sshd.login("alice")
    login.password()
    login.prompt(APP + "; no code could be sent")
    login.answer(app.code())
    assert login.ended() == 0


def test_over_the_limits(app, sshd, sim, settings, clock):
    enter(clock)
    settings.set(limits={"sends_per_user_hour": 1})
    at_prompt(sshd.login("alice", options=ONCE)).hang_up()
    clock.advance(301)  # nobody can join it any more
    login = sshd.login("alice")
    login.password()
    login.prompt(APP + r"; no more codes for \d+ min")
    login.answer(app.code())
    assert login.ended() == 0
    asked(sim, start=1)


def test_wrong_codes_are_counted(alone, sshd, settings, syslog):
    settings.set(limits={"lock_after": 6})
    for _ in range(2):
        login = at_prompt(sshd.login("alice", options=ONCE), APP)
        for step, words in ((1, "2 tries"), (2, "1 try")):
            login.answer(alone.wrong(step))
            login.prompt("code was wrong, %s left" % words)
        login.answer(alone.wrong(3))
        assert login.ended() != 0
    login = sshd.login("alice", options=ONCE)
    login.password()
    login.prompt("Too many wrong codes: locked for 15 min")
    login.hang_up()
    assert [line["reason"] for line in syslog.logins()][:2] == [
        "wrong-codes"] * 2


def test_phone_and_app_share_the_count(app, quick, sim, settings, clock):
    enter(clock)
    settings.set(limits={"lock_after": 3, "resend_wait": [1]})
    login = quick.login()
    login.prompt("Verification code sent")
    answer_all(login, [wrong(sim.code("alice")), "t", app.wrong(),
                       app.wrong(2), app.code()],
               ["2 tries", APP, "2 tries", "1 try", "locked for 15 min"])
    login.hang_up()


def test_one_secret_of_two_users(alone, quick, settings):
    """A step is the secret's: a code lets one of them in."""
    settings.secret("bob.totp", alone.secret)
    settings.user("bob", phone=None, channels=None,
                  totp_secret_file=settings.secrets + "/bob.totp")
    first = quick.login("alice")
    first.prompt(APP)
    code = alone.code()
    first.answer(code)
    assert first.ended() == 0
    second = quick.login("bob")
    second.prompt(APP)
    second.answer(code)
    second.prompt(USED)
    second.hang_up()


@pytest.mark.parametrize("spoil, words", [
    (lambda path: os.unlink(path), "is not there"),
    (lambda path: os.chmod(path, 0o644), "others"),
    (lambda path: os.chown(path, 1001, 990), "root"),
    (lambda path: open(path, "w", encoding="ascii").write("nothing!\n"),
     "A to Z and 2 to 7"),
    (lambda path: open(path, "w", encoding="ascii").write("MFRGG\n"),
     "16 bytes"),
], ids=["missing", "open", "owner", "no-base32", "short"])
def test_secret_that_cannot_be_used(alone, quick, settings, syslog, spoil,
                                    words):
    path = settings.secrets + "/alice.totp"
    spoil(path)
    login = quick.login()
    assert login.ended() != 0
    assert quick.line("alice")["reason"] == "user-file"
    syslog.wait_for(r"alice\.totp.*" + words)


def test_only_the_step_is_kept(alone, quick, settings):
    """Neither the secret nor a code lies in the state, and what it has of the
    secret is of use to nobody without this host's key."""
    code = alone.code()
    login = quick.login()
    login.prompt(APP)
    login.answer(code)
    assert login.ended() == 0
    with open(conf.STATE + "/host.key", "rb") as text:
        key = text.read()
    digest, name = (hmac.new(key, text, "sha256").digest() for text in
                    (b"totp:" + alone.secret.encode(), b"host.key"))
    assert state.dump()["totp"] == [
        ("alice", digest[:24] + name[:8], int(alone.now()) // 30, "uid:0")]
    found = os.stat(settings.secrets + "/alice.totp")
    assert stat.S_IMODE(found.st_mode) == 0o640 and found.st_uid == 0


def test_forbidden_by_the_rule(app, quick, settings, sim):
    settings.set(rules=[{"methods": ["sms"]}])
    login = quick.login()
    assert "t app" not in login.prompt("Verification code sent")
    login.answer("t")
    login.prompt("that key does not work here")
    login.answer(sim.code("alice"))
    assert login.ended() == 0


def test_decoy_knows_nothing_of_it(app, quick, pam, sim):
    pam.only("sshd")
    login = quick.login(password=False)
    assert "t app" not in login.prompt("Verification code sent")
    login.answer("t")  # counts by its length, like whatever sshd puts there
    login.prompt(r"Wait \d+ s, then ask")
    login.hang_up()
    assert not sim.requests()
