# SPDX-License-Identifier: BSD-2-Clause
"""twofactl with several apps and tokens: added, shown, removed, imported, set
right."""

import json
import os
import re
import subprocess

import pytest

from app import App
from ctl import call, done, record, refused, typed

TRANSPORTS = ("spawn", "socket")

APP = "Verification code of your app"
KEYS = {letter: letter * 32 for letter in "BCDEG"}


@pytest.fixture(autouse=True)
def _each(_ready):
    yield


def hotp(letter, counter, digits=6):
    return subprocess.run(
        ["oathtool", "--hotp", "-b", "-d", str(digits), "-c", str(counter),
         KEYS[letter]],
        check=True, capture_output=True, text=True).stdout.strip()


def by_app(quick, code):
    login = quick.login()
    login.prompt()
    login.answer("t")
    login.prompt(APP)
    login.answer(code)
    return login


def opened(quick, code):
    return by_app(quick, code).ended() == 0


def problems(admin):
    return [found["text"] for found in json.loads(
        admin.run("doctor", "--json")[1])["found"]
            if found["name"] == "token-counter"]


def test_one_more_app(terminals, settings, quick, clock, admin):
    """It is proven; the first stays, with how it counts."""
    settings.secret("alice.totp", KEYS["B"])
    settings.user("alice", totp_secret_file=settings.secrets + "/alice.totp",
                  totp_period=60)
    asked = typed(terminals, "totp", "alice", "--add")
    asked.prompt("Code that the app shows")
    new = App(clock, re.search(r"[?&]secret=([A-Z2-7]+)", asked.text).group(1))
    asked.answer(new.code())
    assert asked.ended() == 0, asked.text
    assert ('apps = ( { secret_file = "%s/alice.totp"; period = 60; }, '
            '{ secret_file = "%s/alice++1.totp"; } );' % (
                (settings.secrets,) * 2)) in record(settings, "alice")
    assert admin.do("show", "alice").splitlines()[2:5] == [
        "device 1  phone  +44 ***-***-0100 ",
        "device 2  app    by the clock, 6 digits",
        "device 3  app    by the clock, 6 digits"]
    assert "alice 3  app    by the clock" in admin.do("list", "--devices")
    assert opened(quick, new.code(1))
    done("remove", "alice", "--device", "2", "--yes")
    assert os.listdir(settings.secrets).count("alice.totp") == 0
    assert "alice++1.totp" in os.listdir(settings.secrets)
    done("remove", "alice", "--device", "2", "--yes")
    assert "apps = ( );" in record(settings, "alice")
    assert "alice++1.totp" not in os.listdir(settings.secrets)
    done("totp", "alice", "--no-verify")
    done("remove", "alice", "--yes")
    assert not [name for name in os.listdir(settings.secrets)
                if name.startswith("alice")]


def test_four_at_most(settings):
    for count in range(4):
        done("totp", "alice", "--add", "--no-verify")
    before = record(settings, "alice")
    refused(call("totp", "alice", "--add", "--no-verify"), 3,
            "has 5 apps", "nothing was changed")
    assert record(settings, "alice") == before
    assert "alice++5.totp" not in os.listdir(settings.secrets)


def test_a_token_is_added(terminals, settings, quick, admin, tmp_path):
    seed = tmp_path / "seed"
    seed.write_text("otpauth://hotp/x?secret=%s&digits=8\n" % KEYS["C"])
    asked = typed(terminals, "totp", "alice", "--token", "GA-1234",
                  "--secret-file", str(seed))
    asked.expect("Code that the token shows: ")
    asked.answer(hotp("C", 41, 8))
    asked.expect("Its next code: ")
    asked.answer(hotp("C", 42, 8))
    assert asked.ended() == 0, asked.text
    assert "otpauth" not in asked.text
    assert ('tokens = ( { secret_file = "%s/alice++1.totp"; type = "hotp"; '
            'serial = "GA-1234"; digits = 8; } );' % settings.secrets
            ) in record(settings, "alice")
    assert "device 2  token  by a counter, 8 digits  GA-1234" in admin.do(
        "show", "alice")
    assert opened(quick, hotp("C", 43, 8))
    assert not problems(admin)


def test_an_app_that_counts(terminals, quick, admin, tmp_path):
    """Its codes are those of the counter; by hand it is set up as such."""
    seed = tmp_path / "seed"
    seed.write_text("otpauth://hotp/x?secret=%s&digits=8&counter=41\n"
                    % KEYS["C"])
    asked = typed(terminals, "totp", "alice", "--add", "--secret-file",
                  str(seed))
    asked.expect("Code that the token shows: ")
    assert "otpauth://hotp/" in asked.text
    assert "(counter-based, 8 digits, counter 41)" in asked.text, asked.text
    assert "time-based" not in asked.text
    asked.answer(hotp("C", 41, 8))
    asked.expect("Its next code: ")
    asked.answer(hotp("C", 42, 8))
    assert asked.ended() == 0, asked.text
    assert "token  by a counter, 8 digits" in admin.do("show", "alice")
    assert opened(quick, hotp("C", 43, 8))
    assert not problems(admin)


def test_a_token_that_is_not_proven(terminals, settings, tmp_path):
    seed = tmp_path / "seed"
    seed.write_text("otpauth://hotp/x?secret=%s\n" % KEYS["C"])
    before = record(settings, "alice")
    asked = typed(terminals, "totp", "alice", "--token", "GA-1234",
                  "--secret-file", str(seed))
    asked.expect("Code that the token shows: ")
    asked.answer(hotp("C", 41))
    asked.expect("Its next code: ")
    asked.answer(hotp("C", 43))
    assert asked.ended() == 1
    assert "not two of its codes in a row" in asked.text
    assert record(settings, "alice") == before
    for words, status, cause in (
            (["--token", "GA-1"], 2, "add --secret-file"),
            (["--secret-file", str(seed)], 2, "takes --add"),
            (["--token", "x" * 40, "--secret-file", str(seed)], 2, "1 to 32"),
            (["--token", 'a"b', "--no-verify", "--secret-file", str(seed)], 3,
             "serial: ")):
        refused(call("totp", "alice", *words), status, cause)
    assert record(settings, "alice") == before


def test_a_lost_counter(terminals, settings, quick, admin):
    """A record by hand, or a state that was emptied: doctor says so."""
    settings.secret("token", KEYS["D"])
    settings.user("alice", tokens=[{
        "secret_file": settings.secrets + "/token", "type": "hotp"}])
    found, = problems(admin)
    assert "twofactl totp USER --resync N" in found
    assert not opened_first(quick, hotp("D", 0))
    asked = typed(terminals, "totp", "alice", "--resync", "2")
    asked.expect("Code that the token shows: ")
    asked.answer(hotp("D", 700))
    asked.expect("Its next code: ")
    asked.answer(hotp("D", 701))
    assert asked.ended() == 0
    assert not problems(admin)
    assert opened(quick, hotp("D", 702))
    # codes that were used are none to set it by
    refused(call("totp", "alice", "--resync", "2", "--counter", "702"), 1,
            "a later code of this token was used already")
    for device in ("1", "3", "0", "x"):
        refused(call("totp", "alice", "--resync", device, "--counter", "9"), 1,
                "no such token that counts")


def opened_first(quick, code):
    login = by_app(quick, code)
    login.prompt("code was wrong")
    login.hang_up()
    return False


TABLE = """serial,user,seed,type,digits,period,counter
GA-1,alice,%s,hotp,6,,57
GA-2,alice,%s,totp,8,60,
GA-3,bob,%s,hotp,8,,
""" % (("00" * 20), KEYS["C"], KEYS["D"].lower())


def test_a_table(settings, quick, admin, tmp_path):
    table = tmp_path / "tokens.csv"
    table.write_text(TABLE)
    before = record(settings, "alice")
    assert "Nothing was changed. It would be 3 tokens: 3 new" in done(
        "import", "--tokens", str(table), "--dry-run")
    assert record(settings, "alice") == before
    assert done("import", "--tokens", str(table)).startswith(
        "3 tokens: 3 new, 0 unchanged.")
    assert done("import", "--tokens", str(table)).startswith(
        "3 tokens: 0 new, 3 unchanged.")
    assert admin.do("show", "alice").splitlines()[2:5] == [
        "device 1  phone  +44 ***-***-0100 ",
        "device 2  token  by a counter, 6 digits  GA-1",
        "device 3  token  by the clock, 8 digits  GA-2"]
    code = subprocess.run(
        ["oathtool", "--hotp", "-c", "57", "00" * 20], check=True,
        capture_output=True, text=True).stdout.strip()
    assert opened(quick, code)
    assert not problems(admin)


@pytest.mark.parametrize("was, now, words", [
    ("serial,", "number,", ":1: the first line must name the columns"),
    ("GA-2,", ",", ":3: serial: "), ("alice,%s" % KEYS["C"], "alice,1234",
                                     ":3: seed: expected 16 bytes"),
    ("alice,%s" % KEYS["C"], "alice," + "A" * 60 + "1", ":3: seed: "),
    (",totp,", ",ocra,", ":3: type: "), (",hotp,6", ",,6", ":2: type: "),
    (",8,60", ",7,60", ":3: digits: "), (",8,60", ",8,45", ":3: period: "),
    (",hotp,6,", ",hotp,6,60", ":2: period: "), (",57", ",-1", ":2: counter: "),
    ("bob", "nobody-at-all", ":4: user: see above")])
def test_a_table_that_is_wrong(settings, tmp_path, was, now, words):
    """Nothing is changed, and no seed shown."""
    table = tmp_path / "tokens.csv"
    assert was in TABLE
    table.write_text(TABLE.replace(was, now))
    before = record(settings, "alice")
    run = call("import", "--tokens", str(table))
    refused(run, 2, words, "nothing was changed: correct the table first")
    assert KEYS["C"] not in run.stderr + run.stdout
    assert record(settings, "alice") == before
    assert not [name for name in os.listdir(settings.secrets)
                if name.startswith("alice")]


def test_a_person(settings, tmp_path, admin):
    settings.raw_user("alice", 'people = ( { name = "anna"; phone = '
                      '"+447700900100"; }, { name = "ben"; phone = '
                      '"+447700900101"; } );')
    for _ in range(2):
        done("totp", "alice", "--person", "ben", "--add", "--no-verify")
    assert ('"%s/alice+ben++2.totp"; } ); } );' % settings.secrets) in record(
        settings, "alice")
    done("remove", "alice", "--person", "ben", "--device", "3", "--yes")
    assert "alice+ben++2.totp" not in os.listdir(settings.secrets)
    assert "alice+ben++1.totp" in os.listdir(settings.secrets)
    admin.do("check")


def test_an_app_beside_a_token(settings, tmp_path):
    """The app counts by its own period, not by the token's."""
    table = tmp_path / "tokens.csv"
    table.write_text("serial,user,seed,type,digits,period\n"
                     "G1,alice,%s,totp,6,60\n" % KEYS["C"])
    done("import", "--tokens", str(table))
    uri = tmp_path / "uri"
    uri.write_text("otpauth://totp/x?secret=%s&period=60\n" % KEYS["D"])
    done("totp", "alice", "--secret-file", str(uri), "--no-verify")
    assert "totp_period = 60" in record(settings, "alice")


def test_a_token_of_another_before(settings, quick, tmp_path):
    """The rows behind it are taken, too."""
    seed = KEYS["G"]
    table = tmp_path / "tokens.csv"
    table.write_text("serial,user,seed,type\nG1,alice,%s,hotp\n" % seed)
    done("import", "--tokens", str(table))
    assert opened(quick, hotp("G", 0))
    done("remove", "alice", "--device", "2", "--yes")
    table.write_text("serial,user,seed,type\nG1,bob,%s,hotp\nG2,bob,%s,hotp\n"
                     % (seed, KEYS["D"]))
    assert call("import", "--tokens", str(table)).returncode == 0
    assert record(settings, "bob").count("serial = ") == 2


def test_a_counter_that_no_token_reaches(settings, tmp_path):
    """It never goes back."""
    table = tmp_path / "tokens.csv"
    table.write_text("serial,user,seed,type,counter\nG1,alice,%s,hotp,60000000\n"
                     % KEYS["C"])
    refused(call("import", "--tokens", str(table)), 2,
            "counter: expected at most 100000")
    table.write_text("serial,user,seed,type\nG1,alice,%s,hotp\n" % KEYS["C"])
    done("import", "--tokens", str(table))
    refused(call("totp", "alice", "--resync", "2", "--counter", "60000000"), 2,
            "--counter: expected at most 100000")


def test_a_list_is_not_replaced(settings):
    settings.secret("b", KEYS["B"])
    settings.user("alice", apps=[{"secret_file": settings.secrets + "/b"}])
    refused(call("totp", "alice", "--no-verify"), 3, "twofactl totp alice --add")
    os.unlink(settings.secrets + "/b")
    refused(call("totp", "alice", "--add", "--no-verify"), 3,
            "take its group out of the record")


def test_a_file_that_another_command_has_written(settings):
    """Its record may follow: without it the user would be locked out."""
    for _ in range(2):
        done("totp", "alice", "--add", "--no-verify")
    settings.secret("alice++3.totp", KEYS["G"])
    done("remove", "alice", "--device", "3", "--yes")
    assert sorted(name for name in os.listdir(settings.secrets)
                  if name.startswith("alice")) == ["alice++1.totp",
                                                   "alice++3.totp"]
