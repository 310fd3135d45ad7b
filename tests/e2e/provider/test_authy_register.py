# SPDX-License-Identifier: BSD-2-Clause
"""Authy from the start, as its tutorial shows: twofactl registers a number with
its user's address, keeps the id that comes back, and a first token proves it."""

import os
import subprocess

import pytest

from ctl import call, done, record, refused, scripted, typed
from phones import NUMBERS
from steps import at_prompt, wrong
from test_authy import Authy, register

TRANSPORTS = ("spawn",)

NEW = "/protected/json/users/new"
FILE = "/run/authy.csv"
MAIL = "%s@example.org"
OTHER = "+447700900777"


@pytest.fixture
def authy(settings, sim, _ready):
    return Authy(settings, sim)


@pytest.fixture
def table():
    def write(*lines):
        with open(FILE, "w", encoding="utf-8") as out:
            out.write("user,phone,email\n" + "".join(
                line + "\n" for line in lines))
        return FILE
    yield write
    if os.path.exists(FILE):
        os.unlink(FILE)


def registered(sim):
    """What was registered, after what the fixture did."""
    return [r["fields"] for r in sim.requests() if r["path"] == NEW][1:]


def enrolling(terminals, user, *more):
    login = typed(terminals, "enroll", user, NUMBERS[user], "--email",
                  MAIL % user, *more)
    login.prompt("Verification code sent")
    return login


def test_a_number_is_registered_and_proved(terminals, settings, sim, sshd,
                                           syslog, authy):
    asked = enrolling(terminals, "carol")
    assert record(settings, "carol") is None
    assert registered(sim) == [{
        "user[email]": "carol@example.org", "user[cellphone]": "7700900300",
        "user[country_code]": "44", "send_install_link_via_sms": "false"}]
    code = sim.code("carol")
    asked.answer(wrong(code))
    asked.prompt("2 tries left")
    asked.answer(code)
    assert asked.ended() == 0, asked.text
    user = register(sim, NUMBERS["carol"])
    assert record(settings, "carol") == (
        'phone = "+447700900300";\nemail = "carol@example.org";\n'
        'authy_id = "%s";\n' % user)
    login = at_prompt(sshd.login("carol"), "by SMS")
    login.answer(sim.code("carol", nth=2))
    assert login.ended() == 0
    text = "\n".join(syslog.lines())
    assert "carol@example.org" not in text and code not in text


def test_an_address_with_odd_bytes(sim, settings, authy):
    odd = "a+b&user[cellphone]=1%20@example.org"
    done("enroll", "carol", NUMBERS["carol"], "--email", odd, "--no-verify")
    (sent,) = registered(sim)
    assert (sent["user[email]"], sent["user[cellphone]"]) == (odd, "7700900300")
    assert 'authy_id = "' in record(settings, "carol")


def test_given_up(terminals, settings, sim, authy):
    asked = enrolling(terminals, "carol")
    asked.answer("q")
    assert asked.ended() == 1, asked.text
    assert record(settings, "carol") is None


def test_another_number_gets_another_id(sim, settings, authy):
    """Else the codes would go on to the phone before."""
    before = record(settings, "alice")
    refused(call("enroll", "alice", OTHER, "--replace", "--no-verify"), 4,
            "registers a number", "add --email", "nothing was changed")
    assert record(settings, "alice") == before
    done("enroll", "alice", OTHER, "--replace", "--no-verify", "--email",
         MAIL % "alice")
    after = record(settings, "alice")
    assert 'authy_id = "%s"' % register(sim, OTHER) in after
    assert authy.user not in after
    asked = len(registered(sim))
    assert "already enrolled like this" in done(
        "enroll", "alice", OTHER, "--replace", "--no-verify", "--email",
        MAIL % "alice")
    assert len(registered(sim)) == asked, "nothing new, nothing asked"


@pytest.mark.parametrize("address, said", [
    ("carol@nowhere", "refuses the number or the email address; see the log"),
    ("carol", "an address such as")])
def test_refused(settings, sim, authy, address, said):
    ended = call("enroll", "carol", NUMBERS["carol"], "--email", address,
                 "--no-verify")
    assert ended.returncode != 0 and said in ended.stderr, ended
    assert record(settings, "carol") is None


@pytest.mark.parametrize("fault, words", [
    ("close_after_read", "nothing was changed"),
    ("html502", "the provider failed; see the log"), ("empty200", "transient"),
    ("truncated", "transient"), ("raw_nul", "transient"),
    ("deep", "transient"), ("redirect", "transient")])
def test_the_vendor_in_trouble(settings, sim, authy, fault, words):
    sim.fault("control", fault, provider="authy", count=0)
    ended = call("enroll", "carol", NUMBERS["carol"], "--email",
                 MAIL % "carol", "--no-verify")
    assert ended.returncode not in (0, 1), ended
    assert words in ended.stderr
    assert record(settings, "carol") is None


def test_throttled_once(settings, sim, authy):
    sim.fault("control", "throttle", provider="authy", retry_after="1")
    ended = call("enroll", "carol", NUMBERS["carol"], "--email",
                 MAIL % "carol", "--no-verify")
    assert ended.returncode == 0 and "too often" in ended.stderr, ended
    assert 'authy_id = "' in record(settings, "carol")


def test_the_id_of_somebody_else(settings, sim, authy):
    """A vendor that answers with it would send carol's codes to bob."""
    settings.user("bob", phone=NUMBERS["bob"],
                  authy_id=register(sim, NUMBERS["carol"]))
    refused(call("enroll", "carol", NUMBERS["carol"], "--email",
                 MAIL % "carol", "--no-verify"), 4,
            "the id of bob", "another phone", "nothing was changed")
    assert record(settings, "carol") is None


def test_a_shared_phone_has_one_id(settings, sim, authy):
    ended = call("enroll", "carol", NUMBERS["alice"], "--email",
                 MAIL % "carol", "--no-verify")
    assert ended.returncode == 0 and "alice is enrolled with" in ended.stderr
    assert 'authy_id = "%s"' % authy.user in record(settings, "carol")


@pytest.mark.parametrize("line", [
    "factor\t12a", "factor\t", "factor\t12345678901234567",
    'factor\t1";enabled=false;#', "factor\t-1", "token\t1\t2", "error\tx"])
def test_a_helper_that_lies(settings, sim, authy, line):
    """What goes into the record is digits, and one id."""
    ended = call("enroll", "carol", NUMBERS["carol"], "--email",
                 MAIL % "carol", "--no-verify",
                 helper=scripted(line, "ALLOW"))
    assert ended.returncode == 4 and "nothing was changed" in ended.stderr
    assert record(settings, "carol") is None


def test_who_goes_elsewhere_is_not_told_to_the_vendor(settings, sim, authy):
    """An address is not given away because some provider could use it."""
    settings.secret("twilio", "0123456789abcdef0123456789abcdef")
    settings.set(providers=[{
        "name": "twilio", "type": "twilio-verify",
        "account_sid": "AC" + "a1" * 16, "service_sid": "VA" + "c3" * 16,
        "auth_token_file": settings.secrets + "/twilio", "base_url": sim.url,
        "ca_file": sim.certs.ca}, settings.keys["providers"][0]])
    words = ("enroll", "carol", NUMBERS["carol"], "--email", MAIL % "carol",
             "--no-verify")
    done(*words)
    assert not registered(sim) and "authy" not in record(settings, "carol")
    done(*words, "--replace", "--provider", "authy")
    assert len(registered(sim)) == 1
    assert 'authy_id = "' in record(settings, "carol")


def test_import(settings, sim, authy, table):
    table("carol,%s,carol@example.org" % NUMBERS["carol"],
          "root,%s,root@example.org" % OTHER)
    done("import", FILE, "--dry-run")
    assert not registered(sim)
    assert done("import", FILE) == "2 users: 2 new, 0 changed, 0 unchanged.\n"
    assert [r["user[cellphone]"] for r in registered(sim)] == [
        "7700900300", "7700900777"]
    for user, phone in (("carol", NUMBERS["carol"]), ("root", OTHER)):
        assert 'authy_id = "%s"' % register(sim, phone) in record(settings,
                                                                  user)
    asked = len(registered(sim))
    assert "2 unchanged" in done("import", FILE)
    assert len(registered(sim)) == asked


def test_import_all_or_nothing(settings, sim, authy, table):
    """A wrong row, and the vendor learns of nobody; a refused one, and nobody
    is enrolled."""
    table("carol,%s,carol@example.org" % NUMBERS["carol"], "root,12,r@b.co")
    assert call("import", FILE).returncode == 2
    assert not registered(sim)
    table("carol,%s,carol@example.org" % NUMBERS["carol"],
          "root,%s,root@nowhere" % OTHER)
    refused(call("import", FILE), 4, "or the email address", FILE + ":3: ",
            "was not registered", "nothing was changed")
    assert record(settings, "carol") is None
    table("carol,%s," % NUMBERS["carol"])
    refused(call("import", FILE), 4, "add --email", FILE + ":2: ")
    assert record(settings, "carol") is None


def test_import_the_same_id_twice(settings, sim, authy, table):
    """Two numbers and one id: one of them would get the other's codes."""
    sim.fault("control", "replay", provider="authy", count=0)
    table("carol,%s,carol@example.org" % NUMBERS["carol"],
          "root,%s,root@example.org" % OTHER)
    ended = call("import", FILE)
    assert ended.returncode != 0 and "nothing was changed" in ended.stderr
    assert record(settings, "root") is None


def test_a_person_of_a_shared_account(settings, sim, authy):
    subprocess.run(["id", "carol"], check=True, capture_output=True)
    done("enroll", "carol", NUMBERS["carol"], "--person", "anna", "--email",
         "anna@example.org", "--no-verify")
    assert len(registered(sim)) == 1
    assert "authy_id" in record(settings, "carol")
