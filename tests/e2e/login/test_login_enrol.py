# SPDX-License-Identifier: BSD-2-Clause
"""People enrol at their first login, behind a password that was right."""

import contextlib
import datetime
import json
import os
import re
import signal
import subprocess
import time

import pytest

import conf
import test_leaver
from admin import dump, of_user
from crowd import SUCCESS, add_users, remove_users, together
from ctl import done
from phones import NUMBERS
from steps import wrong

TRANSPORTS = ("socket",)

CAROL = NUMBERS["carol"]
OTHER = "+447700900333"
FIRST = "you have none yet. Mobile number"
SENT = r"Verification code sent to \+44 \*\*\*-\*\*\*-0300"
LIMITS = {"resend_wait": [1, 2], "allowed_prefixes": ["+44"]}
MARK = conf.STATE + "/enrolled"
hook = test_leaver.hook


def day(left):
    return (datetime.datetime.now(datetime.timezone.utc)
            + datetime.timedelta(days=left)).strftime("%Y-%m-%d")


@pytest.fixture(autouse=True)
def _forgotten(_ready):
    yield
    with contextlib.suppress(FileNotFoundError):
        os.unlink(MARK)


@pytest.fixture
def window(settings):
    settings.set(unenrolled="enrol", self_enrol_until=day(3), limits=LIMITS)


@pytest.fixture
def invited(settings, admin):
    """By an invitation alone: the code."""
    settings.set(unenrolled="enrol", limits=LIMITS)
    text = admin.do("code", "carol", "--invite", "--hours", "2", "--why", "new",
                    "--json")
    return json.loads(text.splitlines()[0])["code"]


def rows():
    return dump().get("enrolled", [])


def numbered(login, number=CAROL):
    login.prompt(FIRST)
    login.answer(number)
    return login


def enrolled(login, sim, number=CAROL):
    """The number is typed, and its code."""
    numbered(login, number).prompt("Verification code (already )?sent to")
    login.answer(sim.code(number))
    assert login.ended() == 0, login.text


def asked_as_enrolled(login, sim, nth=None):
    login.prompt("Verification code sent to .*300")
    login.answer(sim.code("carol", nth))
    assert login.ended() == 0, login.text


def test_first_login(settings, window, warm, sshd, sim, syslog):
    """Number, code, in; the next login asks for the code alone."""
    login = sshd.login("carol", "id", "-un")
    login.password()
    numbered(login, "+44 (0)7700 900-300").prompt(SENT + " by SMS")
    assert len(sim.messages()) == 1
    login.answer(sim.code("carol"))
    assert login.ended() == 0 and "carol" in login.text, login.text
    syslog.wait_for("event=enrolled user=carol carol enrolled at a login, by "
                    "window, from 127.0.0.0")
    line = syslog.login_line(user="carol")
    assert line["outcome"] == "allowed" and line["method"] == "sms", line
    (row,) = rows()
    assert "carol" in row and not any(CAROL in str(part) for part in row)
    assert not os.path.exists(settings.user_file("carol"))
    again = sshd.login("carol", "id", "-un")
    again.password()
    asked_as_enrolled(again, sim)


def test_a_uid_of_a_directory(hook, window, warm, quick, sim):
    """Of ten digits, as sssd and winbind map them."""
    test_leaver.new_ivan("--no-log-init", "--uid", "1602200001")
    enrolled(quick.login("ivan"), sim, OTHER)
    quick.right(quick.login("ivan"), "ivan", to=OTHER)
    test_leaver.tool("usermod", "--uid", "1602200002", "ivan")
    asked = len(sim.requests())
    line = quick.decoy(quick.login("ivan"), "ivan", asked=asked)
    assert line["reason"] == "other-account", line


def test_by_ssh_the_last_line_says_so(window, warm, terminals, sim):
    """At a console it is shown at once."""
    login = terminals.login("carol")
    login.password()
    numbered(login).prompt(SENT)
    login.answer(sim.code("carol"))
    login.expect("carol is enrolled with \\" + CAROL)


def test_slips(window, warm, quick, sim):
    """A wrong number is asked for again; nothing is sent to one."""
    login = quick.login("carol")
    numbered(login, "07700 900300").prompt("write the number with \\+")
    login.answer("")
    login.prompt("write the number with \\+")
    login.answer("+1 202 555 0142")
    login.prompt("numbers of that country are not allowed")
    assert not sim.requests()
    login.answer(CAROL)
    login.prompt(SENT)
    login.answer("000000")
    login.prompt("was wrong, 2 tries left")
    assert not rows()
    login.answer(sim.code("carol"))
    assert login.ended() == 0, login.text


def test_wrong_codes(window, warm, quick, sim):
    """As in a login: three, which count for the user; the number waits."""
    login = numbered(quick.login("carol"))
    login.prompt(SENT)
    for n, then in enumerate(("2 tries left", "1 try left", "Too many")):
        login.answer(wrong(sim.code("carol"), n + 1))
        login.prompt(then)
    login.answer("")
    assert login.ended() != 0, login.text
    assert not rows() and len(of_user("carol")["guess"]) > 0
    enrolled(quick.login("carol"), sim, OTHER)


@pytest.mark.parametrize("why", ("outage", "money"))
def test_no_message_can_be_sent(settings, window, warm, quick, sim, why):
    """on_outage admits no user who is not enrolled."""
    if why == "outage":
        sim.fault("start", "empty503", when="before", count=0)
    settings.set(on_outage="allow", limits=dict(
        LIMITS, **({"spend_per_day": "0.01", "price_per_send": "0.10"}
                   if why == "money" else {})))
    warm.let_go()
    login = numbered(quick.login("carol"))
    login.prompt("(?:could not be sent|Wait|No more)")
    login.answer("")
    assert login.ended() != 0, login.text
    assert not rows()


def test_no_number_at_all(window, warm, quick, sim, syslog):
    login = quick.login("carol")
    login.prompt(FIRST)
    for word in ("a", "b", "c", "d"):
        login.answer(word)
        login.prompt("write the number")
    login.answer("e")
    line = quick.denied(login, "carol", reason="prompts")
    assert line["outcome"] == "denied" and not sim.requests()
    assert not rows()


def test_the_password_is_no_number(window, warm, quick, syslog):
    """It ends the login, and is nowhere."""
    numbered(quick.login("carol"), "pw-carol")
    syslog.login_line(user="carol", reason="login-password")
    assert not rows() and "pw-carol" not in "".join(syslog.lines())


def test_the_number_of_another(window, warm, quick, sim, syslog):
    """alice's gets the code, and does not become carol's; she can end it."""
    login = quick.login("carol")
    numbered(login, NUMBERS["alice"]).prompt("Verification code sent to")
    alice = quick.login("alice")
    alice.prompt(r"can be sent in \d+ s: another is open.*Enter waits")
    alice.interrupted()
    login.answer(sim.code("alice"))
    login.prompt("The code was not accepted")
    login.answer("")
    assert login.ended() != 0, login.text
    syslog.wait_for("carol asked to enrol, or for a change, and is refused: the number "
                    "is in a file of users_dir")
    assert not rows()


@pytest.mark.parametrize("where", ["number", "code", "late"])
def test_ctrl_c(window, warm, sshd, sim, where):
    """Nothing is kept, and the next login begins anew."""
    login = sshd.login("carol")
    login.password()
    login.prompt(FIRST)
    if where != "number":
        login.answer(CAROL)
        login.prompt(SENT)
    if where == "late":
        login.answer("000000")
        login.prompt("was wrong")
    login.interrupted()
    assert not rows()
    login = sshd.login("carol")
    login.password()
    enrolled(login, sim)
    assert len(rows()) == 1


@pytest.mark.parametrize("who", ["worker", "state", "provider"])
@pytest.mark.parametrize("at", ["number", "code"])
def test_killed(window, warm, quick, sim, who, at):
    """Before the record nothing, whoever ends."""
    login = quick.login("carol")
    login.prompt(FIRST)
    if at == "code":
        login.answer(CAROL)
        login.prompt(SENT)
    victims = {"worker": warm.copies, "state": warm.brokers,
               "provider": lambda: warm.brokers("--provider-broker")}[who]()
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    login.answer(CAROL if at == "number" else sim.code("carol"))
    if who == "provider" and at == "number":
        login.expect("Enter ends|sent")
        login.interrupted()
    else:
        login.ended()
    assert len(rows()) == (1 if who == "provider" and at == "code"
                           and login.exitstatus == 0 else 0), login.text


def test_invitation(invited, warm, quick, sim):
    """Typed at the decoy's prompt; used up by the record, and not before."""
    login = quick.login("carol")
    login.prompt("Verification code sent")
    assert not sim.requests()
    login.answer(invited)
    login.prompt(FIRST)
    login.interrupted()
    assert of_user("carol")["recovery"]
    login = quick.login("carol")
    login.prompt("Verification code sent")
    login.answer(invited[:-1] + ("A" if invited[-1] != "A" else "B"))
    login.prompt("recovery code is not valid")
    login.answer(invited)
    enrolled(login, sim)
    assert not of_user("carol")["recovery"]
    asked_as_enrolled(quick.login("carol"), sim)


def test_two_windows_on_one_invitation(invited, warm, quick, sim):
    both = [quick.login("carol") for _ in range(2)]
    for login, number in zip(both, (CAROL, OTHER)):
        login.prompt("Verification code sent")
        login.answer(invited)
        numbered(login, number).prompt("Verification code sent to")
    both[0].answer(sim.code("carol"))
    assert both[0].ended() == 0, both[0].text
    both[1].answer(sim.code(OTHER))
    both[1].prompt("You were enrolled in another window")
    both[1].answer("")
    assert both[1].ended() != 0
    assert len(rows()) == 1 and not of_user("carol")["recovery"]


def test_a_stolen_invitation_alone(invited, warm, pam, quick, sim):
    """Without a first factor it is a wrong code, and nothing is spent."""
    pam.only("sshd")
    login = quick.login("carol", password=False)
    login.prompt("Verification code sent")
    login.answer(invited)
    login.prompt("recovery code is not valid")
    login.interrupted()
    assert of_user("carol")["recovery"] and not sim.requests()


@pytest.mark.parametrize("user", ["carol", "nobody-here"])
def test_without_a_first_factor(settings, warm, pam, quick, sim, user):
    """The same bytes, whether people may enrol or not."""
    shown = []
    pam.only("sshd")
    for keys in ({"unenrolled": "deny", "self_enrol_until": None},
                 {"unenrolled": "enrol", "self_enrol_until": day(3)}):
        settings.set(limits=LIMITS, **keys)
        warm.let_go()
        login = quick.login(user, password=False)
        login.prompt("Verification code sent")
        login.answer("000000")
        login.prompt("was wrong")
        login.interrupted()
        shown.append(re.sub(r"\s+", " ", login.text))
    assert shown[0] == shown[1]
    assert not sim.requests()


@pytest.mark.parametrize("service", ["sudo", "su"])
def test_other_services(window, warm, quick, sim, service):
    login = quick.login("carol", service=service)
    assert FIRST not in login.text
    quick.decoy(login, "carol", reason="unenrolled")
    assert not sim.requests() and not rows()


@pytest.mark.parametrize("keys", [
    {"self_enrol_until": day(-1)}, {"self_enrol_until": None},
    {"unenrolled": "deny"}, {"self_enrol_services": ["login"]}])
def test_closed(settings, window, warm, quick, keys):
    settings.set(**keys)
    warm.let_go()
    quick.decoy(quick.login("carol"), "carol", reason="unenrolled")


@pytest.mark.parametrize("keys", [
    {"unenrolled": "deny", "self_enrol_until": None},
    {"limits": {**LIMITS, "allowed_prefixes": ["+1"]}}])
def test_closed_while_it_waits(settings, window, warm, quick, sim, syslog, keys):
    """Nobody is enrolled by the settings of before, who would stay enrolled."""
    login = numbered(quick.login("carol"))
    login.prompt(SENT)
    settings.set(**keys)
    login.answer(sim.code("carol"))
    login.prompt("The code was not accepted")
    login.answer("")
    assert login.ended() != 0, login.text
    syslog.wait_for("the settings have changed meanwhile")
    assert not rows()


def test_a_credential_changes_while_it_waits(settings, window, warm, quick, sim):
    """It says nothing of who may enrol: as when a token or a certificate is renewed."""
    login = numbered(quick.login("carol"))
    login.prompt(SENT)
    with open(settings.secrets + "/vonage", "r+", encoding="ascii") as secret:
        text = secret.read()
        secret.seek(0)
        secret.write(text)
    login.answer(sim.code("carol"))
    assert login.ended() == 0, login.text
    assert rows()


def test_a_state_that_was_lost(window, warm, quick, sim, settings, syslog):
    """Then nobody enrols by the password alone, until the admin says so."""
    enrolled(quick.login("carol"), sim)
    warm.let_go()
    for name in os.listdir(conf.STATE):
        if name.startswith("state.db"):
            os.unlink(os.path.join(conf.STATE, name))
    quick.decoy(quick.login("carol"), "carol", reason="unenrolled", asked=2)
    syslog.wait_for("is older than the enrolments that were made here")
    os.unlink(MARK)
    enrolled(quick.login("carol"), sim)


def test_a_key_that_was_lost(window, warm, quick, sim):
    """Who is enrolled is denied, and not asked for a number."""
    enrolled(quick.login("carol"), sim)
    warm.let_go()
    os.rename(conf.STATE + "/host.key", conf.STATE + "/host.key.old")
    line = quick.denied(quick.login("carol"), "carol", sent=True)
    assert line["reason"] in ("state", "user-file"), line
    os.rename(conf.STATE + "/host.key.old", conf.STATE + "/host.key")
    warm.let_go()
    asked_as_enrolled(quick.login("carol"), sim)


def test_clients_that_cannot_ask(window, warm, sshd, sim, tmp_path):
    """scp without a terminal is denied, and nothing is sent."""
    copy = subprocess.run(
        ["scp", "-P", str(sshd.port), "-o", "BatchMode=yes", "-o",
         "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
         "carol@127.0.0.1:/etc/hostname", str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False,
        stdin=subprocess.DEVNULL)
    assert copy.returncode != 0
    assert not sim.requests() and not rows()


def test_a_helper_that_is_started(window, warm, pam, quick, sim):
    """It reads the record, and enrols nobody."""
    enrolled(quick.login("carol"), sim)
    warm.let_go()
    pam.args(transport=None, socket=None)
    asked_as_enrolled(quick.login("carol"), sim)
    done("remove", "carol", "--yes")
    assert not rows()
    quick.decoy(quick.login("carol"), "carol", reason="unenrolled", asked=4)


def test_what_an_admin_sees(window, warm, quick, sim, settings, admin):
    enrolled(quick.login("carol"), sim)
    assert "+44 ***-***-0300" in done("show", "carol")
    assert "carol" in done("list")
    assert "would be sent" in done("explain", "carol", "sshd")
    # a file is the admin's last word
    settings.user("carol", phone=OTHER)
    login = quick.login("carol")
    login.prompt("Verification code sent to .*333")
    login.interrupted()
    # the window is open
    assert "enrols a new device" in done("remove", "carol", "--yes")
    assert not rows()
    login = quick.login("carol")
    login.prompt(FIRST)
    login.interrupted()


def test_a_code_of_ours(settings, window, sim, request, quick):
    """The provider only carries it; the state broker compares."""
    settings.secret("telnyx", "KEY0123456789ABCDEF_abcdefghijklmnop")
    settings.set(providers=[{
        "name": "telnyx", "type": "telnyx-sms", "from": "+12025550100",
        "base_url": sim.url, "api_key_file": settings.secrets + "/telnyx",
        "ca_file": settings.keys["providers"][0]["ca_file"]}])
    request.getfixturevalue("warm")
    login = quick.login("carol")
    numbered(login).prompt(SENT)
    login.answer("000000")
    login.prompt("was wrong")
    assert not rows()
    login.answer(sim.code("carol"))
    assert login.ended() == 0, login.text
    asked_as_enrolled(quick.login("carol"), sim, 2)


@pytest.fixture
def newcomers():
    names = ["new%02d" % n for n in range(39)]
    add_users(names)
    yield names
    remove_users(names)


def test_forty_people(settings, window, newcomers, warm, crowd, terminals, sim):
    """34 enrol at once, by a key as the first factor, five give up, and one sits
    at a console meanwhile; then the 34 log in by a code."""
    settings.set(limits={**LIMITS, "sends_per_host_hour": 1000})
    sim.setting(v1_rate=0)
    names = newcomers
    numbers = {name: "+4474001235%02d" % n for n, name in enumerate(names)}

    def first(name):
        login = crowd.login(name, "10.9.%d.1" % int(name[3:]))
        assert FIRST in login.prompt()
        if int(name[3:]) >= 34:
            login.answer("q")
            return login.result()
        login.answer(numbers[name])
        assert "Verification code sent" in login.prompt()
        login.answer(sim.code(numbers[name]))
        return login.result()

    def second(name):
        login = crowd.login(name, "10.9.%d.1" % int(name[3:]))
        assert "Verification code sent" in login.prompt()
        login.answer(sim.code(numbers[name], 2))
        return login.result()

    console = terminals.login("carol")
    console.password()
    numbered(console).prompt(SENT)
    done_first = together([lambda name=name: first(name) for name in names])
    console.answer(sim.code("carol"))
    console.expect("carol is enrolled with \\" + CAROL)
    assert [found == SUCCESS for found in done_first] == [
        n < 34 for n in range(39)]
    assert len(rows()) == 35
    assert together([lambda name=name: second(name)
                     for name in names[:34]]) == [SUCCESS] * 34


def test_userdel_ends_it(hook, window, warm, quick, sim):
    """The next account of that name and uid has nothing of the leaver's, whose
    record is in no file."""
    first = test_leaver.new_ivan()
    enrolled(quick.login("ivan"), sim, OTHER)
    out = test_leaver.tool("userdel", "ivan")
    assert test_leaver.new_ivan() == first
    asked = len(sim.requests())
    line = quick.decoy(quick.login("ivan"), "ivan", asked=asked)
    assert line["reason"] == "other-account" and "ivan has left" in out, out


def test_userdel_ends_an_invitation(hook, settings, admin, quick):
    """Of a user who has no record at all."""
    settings.set(unenrolled="enrol", limits=LIMITS)
    test_leaver.new_ivan()
    admin.do("code", "ivan", "--invite", "--hours", "2", "--why", "new")
    out = test_leaver.tool("userdel", "ivan")
    assert json.loads(admin.do("list", "--codes", "--json")) == [], out


def test_check_marks_who_is_gone(hook, window, warm, quick, sim, admin):
    """Where userdel has no hook, as the record of a file."""
    os.unlink(test_leaver.HOOK)
    test_leaver.new_ivan()
    enrolled(quick.login("ivan"), sim, OTHER)
    assert admin.run("check")[0] == 0
    test_leaver.tool("userdel", "ivan")
    status, out = admin.run("check")
    assert status == 3 and "there is no account \"ivan\"" in out, out
    note = "/var/lib/twofactl/gone.ivan"
    os.utime(note, (time.time() - 86500,) * 2)
    assert "so the record is marked" in admin.run("check")[1]
    test_leaver.new_ivan()
    line = quick.decoy(quick.login("ivan"), "ivan", asked=len(sim.requests()))
    assert line["reason"] == "other-account"
