# SPDX-License-Identifier: BSD-2-Clause
"""People enrol an authenticator app at their first login."""

import json
import os
import re
import signal
import types

import pytest

import test_login_enrol
from admin import of_user
from app import App
from ctl import done
from test_login_enrol import CAROL, LIMITS, day, rows

TRANSPORTS = ("socket",)
forgotten = test_login_enrol._forgotten  # pylint: disable=protected-access

EITHER = r"none yet. Mobile number \(such as \+44 ...\), or a for an app \(q"
KEY = r"Verification code of your app, key (?P<key>(?:[A-Z2-7]{4} ){8})\(s QR, q can"


@pytest.fixture
def window(settings):
    settings.set(unenrolled="enrol", self_enrol_until=day(3), limits=LIMITS,
                 enrol_kinds=["phone", "app"])


def shown_key(login, what=KEY):
    """The app that has scanned, or got typed, what the prompt says."""
    login.prompt(what)
    secret = login.match.group("key").replace(" ", "")
    return App(types.SimpleNamespace(wall_offset=0), secret)


def takes_app(login, prompt=EITHER):
    login.prompt(prompt)
    login.answer("a")
    return shown_key(login)


def enrolled(login, prompt=EITHER):
    app = takes_app(login, prompt)
    login.answer(app.code())
    assert login.ended() == 0, login.text
    return app


def asked_as_enrolled(login, app, steps=1):
    login.prompt("Verification code of your app \\(")
    login.answer(app.code(steps))
    assert login.ended() == 0, login.text


def test_first_login(settings, window, warm, sshd, sim, syslog):
    """Key, code, in; the next login asks for the next code."""
    login = sshd.login("carol", "id", "-un")
    login.password()
    app = takes_app(login)
    assert not rows()
    login.answer(app.code()[:3] + " " + app.code()[3:])
    assert login.ended() == 0 and "carol" in login.text, login.text
    assert not sim.requests()
    syslog.wait_for("event=enrolled user=carol carol enrolled at a login, by "
                    "window, from 127.0.0.0")
    line = syslog.login_line(user="carol")
    assert line["outcome"] == "allowed" and line["method"] == "totp", line
    (row,) = rows()
    assert "carol" in row and app.secret not in str(row)
    assert app.secret not in "".join(syslog.lines())
    assert not os.path.exists(settings.user_file("carol"))
    again = sshd.login("carol", "id", "-un")
    again.password()
    again.prompt("Verification code of your app \\(")
    again.answer(app.code(0))
    again.prompt("used already")
    again.answer(app.code(1))
    assert again.ended() == 0, again.text


def test_at_a_console(window, warm, terminals):
    """With the QR code by a key, and the line at the end."""
    login = terminals.login("carol")
    login.password()
    app = takes_app(login)
    login.answer("s")
    login.prompt(KEY)
    assert "secret=" + app.secret in login.text
    assert len(re.findall("[█▀▄ ]{30,}", login.text)) >= 15, login.text
    login.answer(app.code())
    login.expect("carol is enrolled with an app")


def test_slips(window, warm, quick, sim):
    login = quick.login("carol")
    login.prompt(EITHER)
    login.answer("b")
    login.prompt("write the number with \\+")
    login.answer("a")
    app = shown_key(login)
    login.answer("r")
    login.prompt("key")
    login.answer(app.wrong())
    login.prompt("Verification code was wrong, 2 tries left \\(s key, q")
    login.answer("s")
    assert shown_key(login).secret == app.secret
    assert not rows()
    login.answer(app.code())
    assert login.ended() == 0, login.text
    assert not sim.requests()


def test_wrong_codes(window, warm, quick, syslog):
    login = quick.login("carol")
    app = takes_app(login)
    for n in range(3):
        login.answer(app.wrong(n))
        login.prompt(("2 tries left", "1 try left", "Too many wrong")[n])
    login.answer("")
    assert login.ended() != 0
    assert syslog.login_line(user="carol")["outcome"] == "denied"
    assert not rows()
    enrolled(quick.login("carol"))


@pytest.mark.parametrize("keys, first", [
    ({"enrol_kinds": ["app"]}, r"none yet. a for an app \(q"),
    ({"enrol_kinds": ["app", "phone"]},
     r"none yet. a for an app, or a mobile number \(\+44"),
    ({"enrol_kinds": None, "providers": None}, r"none yet. a for an app \(q"),
])
def test_kinds(settings, window, warm, quick, sim, keys, first):
    settings.set(**keys)
    warm.let_go()
    login = quick.login("carol")
    login.prompt(first)
    if "phone" not in (keys["enrol_kinds"] or ()):
        login.answer(CAROL)
        login.prompt(first)
    login.answer("a")
    login.answer(shown_key(login).code())
    assert login.ended() == 0, login.text
    assert not sim.requests()


@pytest.mark.parametrize("keys", [
    {"enrol_kinds": ["phone"]}, {"enrol_kinds": None}])
def test_no_apps(settings, window, warm, quick, keys):
    """The default where a provider sends codes."""
    settings.set(**keys)
    warm.let_go()
    login = quick.login("carol")
    login.prompt("none yet. Mobile number, such as")
    login.answer("a")
    login.prompt("write the number with \\+")
    login.interrupted()
    assert not rows()


def test_a_rule_without_apps(settings, window, warm, quick):
    settings.set(rules=[{"methods": ["sms"]}], enrol_kinds=["app", "phone"])
    warm.let_go()
    login = quick.login("carol")
    login.prompt("none yet. Mobile number, such as")
    login.interrupted()


def test_nothing_can_be_sent(window, warm, quick, sim):
    """Then the app alone is offered."""
    sim.fault("start", "throttle", count=0)
    login = quick.login("carol")
    login.prompt(EITHER)
    login.answer(CAROL)
    login.prompt("no message can be sent now. a for an app")
    login.answer("+447700900333")
    app = enrolled(login, "no message can be sent now. a for an app")
    assert len(rows()) == 1
    asked_as_enrolled(quick.login("carol"), app)


@pytest.mark.parametrize("late", [False, True])
def test_ctrl_c(window, warm, sshd, late):
    login = sshd.login("carol")
    login.password()
    app = takes_app(login)
    if late:
        login.answer(app.wrong())
        login.prompt("was wrong")
    login.interrupted()
    assert not rows()
    login = sshd.login("carol", "true")
    login.password()
    assert enrolled(login).secret != app.secret


@pytest.mark.parametrize("who", ["worker", "state"])
@pytest.mark.parametrize("at", ["kind", "code"])
def test_killed(window, warm, quick, who, at):
    """Before the record nothing, whoever ends."""
    login = quick.login("carol")
    if at == "code":
        text = takes_app(login).code()
    else:
        login.prompt(EITHER)
        text = "a"
    for pid in warm.copies() if who == "worker" else warm.brokers():
        os.kill(pid, signal.SIGKILL)
    login.answer(text)
    login.ended()
    assert login.exitstatus != 0 and not rows(), login.text


def test_invitation(settings, window, admin, warm, quick):
    settings.set(self_enrol_until=None)
    warm.let_go()
    text = admin.do("code", "carol", "--invite", "--hours", "2", "--why", "new",
                    "--json")
    login = quick.login("carol")
    login.prompt("Verification code sent")
    login.answer(json.loads(text.splitlines()[0])["code"])
    app = enrolled(login)
    assert not of_user("carol")["recovery"]
    asked_as_enrolled(quick.login("carol"), app)


def test_two_windows(window, warm, quick):
    both = [quick.login("carol") for _ in range(2)]
    apps = [takes_app(login) for login in both]
    both[0].answer(apps[0].code())
    assert both[0].ended() == 0, both[0].text
    both[1].answer(apps[1].code())
    both[1].prompt("You were enrolled in another window")
    both[1].answer("")
    assert both[1].ended() != 0 and len(rows()) == 1


@pytest.mark.parametrize("user", ["carol", "nobody-here"])
def test_without_a_first_factor(settings, window, warm, pam, quick, user):
    shown = []
    pam.only("sshd")
    for kinds in (None, ["app"], ["phone", "app"]):
        settings.set(enrol_kinds=kinds)
        warm.let_go()
        login = quick.login(user, password=False)
        login.prompt("Verification code sent")
        login.answer("000000")
        login.prompt("was wrong")
        login.interrupted()
        shown.append(re.sub(r"\s+", " ", login.text))
    assert len(set(shown)) == 1, shown


def test_what_an_admin_sees(window, warm, quick, admin):
    app = enrolled(quick.login("carol"))
    for words in (("show", "carol"), ("list",), ("explain", "carol", "sshd"),
                  ("list", "--devices")):
        text = done(*words)
        assert app.secret not in text, text
        assert "carol" in text
    assert re.search(r"^app +yes$", done("show", "carol"), re.M)
    assert "app" in done("explain", "carol", "sshd")
    done("remove", "carol", "--yes")
    assert not rows()
    login = quick.login("carol")
    login.prompt(EITHER)
    login.interrupted()


def test_a_file_without_a_factor(window, warm, quick, settings, admin):
    """None is made of a record that has that app alone."""
    app = enrolled(quick.login("carol"))
    status, text = admin.run("enroll", "carol", "-", "--replace", "--no-verify",
                             "--email", "c@example.org")
    assert status == 3 and "first give a phone by" in text, text
    assert not os.path.exists(settings.user_file("carol"))
    asked_as_enrolled(quick.login("carol"), app)


def test_what_an_admin_does_last(window, warm, quick, sim, settings):
    """A file takes none of the secret."""
    app = enrolled(quick.login("carol"))
    done("enroll", "carol", CAROL, "--no-verify", "--replace")
    text = open(settings.user_file("carol"), encoding="ascii").read()
    assert CAROL in text and "totp" not in text, text
    login = quick.login("carol")
    login.prompt("Verification code sent to .*0300")
    login.interrupted()
    done("remove", "carol", "--yes")
    app = enrolled(quick.login("carol"))
    done("totp", "carol", "--no-verify")
    with open(settings.secrets + "/carol.totp", encoding="ascii") as text:
        other = App(types.SimpleNamespace(wall_offset=0), text.read().strip())
    assert other.secret != app.secret
    asked_as_enrolled(quick.login("carol"), other, 0)
    done("remove", "carol", "--yes")
    app = enrolled(quick.login("carol"))
    done("leave", "carol")
    assert app.secret not in open(settings.user_file("carol"),
                                  encoding="ascii").read()
    login = quick.login("carol")
    assert "key" not in login.text
    login.prompt("Verification code sent")
    login.interrupted()


@pytest.mark.parametrize("same", (True, False))
def test_who_left_is_back(window, warm, quick, settings, admin, same):
    """With the app: no file has it, and leave ends no record."""
    app = enrolled(quick.login("carol"))
    done("leave", "carol")
    decoy = quick.login("carol")
    assert "key" not in decoy.text
    decoy.interrupted()
    with open("/etc/passwd", encoding="ascii") as old:
        before = old.read()
    if not same:
        with open("/etc/passwd", "w", encoding="ascii") as new:
            new.write(re.sub("(?m)^(carol:x):\\d+", r"\1:1077", before))
    try:
        status, text = admin.run("enroll", "carol", "--again")
        assert not os.path.exists(settings.user_file("carol")), text
        if same:
            assert status == 0 and "enrolled as before" in text, text
            asked_as_enrolled(quick.login("carol"), app)
        else:
            assert status == 1 and "run: twofactl remove carol" in text, text
            quick.decoy(quick.login("carol"), user="carol")
    finally:
        with open("/etc/passwd", "w", encoding="ascii") as again:
            again.write(before)
    done("leave", "carol")
    done("remove", "carol", "--yes")
    assert not rows()
