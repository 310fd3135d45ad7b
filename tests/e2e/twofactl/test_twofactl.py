# SPDX-License-Identifier: BSD-2-Clause
"""twofactl as an admin types it: each command, what it asks, what it refuses,
and what its helper is allowed to do."""

import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import urllib.parse

import pytest

import admin as tool
import conf
import leftovers
import stage
from ctl import record as record_text
from phones import NUMBERS
from steps import ONCE, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

FAKES = "/run/fakes-ctl"
CODE = re.compile(r"^[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}$", re.M)
COMMANDS = ("unlock", "recovery-codes", "totp", "forget", "status")


def twofactl(*words, stdin="", helper=stage.HELPER, **more):
    """One call without a terminal; stdout and stderr apart."""
    return subprocess.run([tool.TWOFACTL, "--helper", helper, *words],
                          input=stdin, capture_output=True, text=True,
                          timeout=60, check=False, **more)


def refused(done, status, *words):
    """It ended so, said why, and printed nothing."""
    assert done.returncode == status, done
    assert done.stdout == "", done
    for word in words:
        assert word in done.stderr, done.stderr
    assert all(line.startswith(("twofactl: ", "Try: "))
               for line in done.stderr.splitlines() if line), done.stderr


def typed(terminals, *words, helper=stage.HELPER):
    """The same on a terminal."""
    return terminals.run(tool.TWOFACTL, "--helper", helper, *words)


def secret_of(text):
    """The secret in what `totp` printed, which says it in two ways."""
    uri = re.search(r"otpauth://\S+", text).group()
    parts = urllib.parse.urlparse(uri)
    query = urllib.parse.parse_qs(parts.query)
    by_hand = re.search(r"by hand: ([A-Z2-7 ]+?) \(", text).group(1)
    assert by_hand.replace(" ", "") == query["secret"][0]
    return parts, query


def oath(secret, offset=0):
    """What an app shows; offset in seconds."""
    return subprocess.run(
        ["oathtool", "--totp", "-b", "-N", "now %+d seconds" % offset,
         secret], capture_output=True, text=True, check=True).stdout.strip()


def lock_out(sshd, sim, user="alice"):
    """Wrong codes until the user is locked."""
    login = at_prompt(sshd.login(user, options=ONCE))
    code = wrong(sim.code(user))
    for words in ("2 tries left", "1 try left"):
        login.answer(code)
        login.prompt(words)
    login.answer(code)
    assert login.ended() != 0


def test_unlock_frees_a_number(sshd, sim, admin):
    login = at_prompt(sshd.login("alice"))
    assert admin.do("unlock", "alice") == (
        "Ended at the numbers of alice: 1 verification.\n"
        "alice is unlocked.\n")
    assert admin.run("unlock", "alice")[0] == 1
    login.answer(sim.code("alice"))
    login.prompt("used by another login")


def test_unlock(sshd, sim, settings, admin, syslog):
    settings.set(limits={"resend_wait": [1, 2], "lock_after": 3})
    lock_out(sshd, sim)
    assert admin.run("unlock", "bob") == (1, "bob: nothing was locked.\n")
    assert "15 min" in admin.do("status", "alice")
    assert admin.run("unlock", "alice") == (0, "alice is unlocked.\n")
    syslog.wait_for("twofactl: unlock user=alice by uid=0")
    assert admin.run("unlock", "alice") == (1, "alice: nothing was locked.\n")
    assert admin.do("status", "alice").startswith("USER")
    login = at_prompt(sshd.login("alice"))
    login.answer(sim.code("alice"))
    assert login.ended() == 0


def test_unlock_sends(quick, sim, settings, admin, syslog, clock):
    """A number that two users share was used up by the other one as well; what
    a host may have stays used up."""
    settings.user("bob", phone=sim.NUMBERS["alice"])
    settings.set(limits={"resend_wait": [1, 2], "lock_after": 3,
                         "sends_per_user_hour": 1, "sends_per_number_day": 2,
                         "sends_per_host_hour": 3})
    assert admin.run("unlock", "--sends", "alice") == (
        1, "alice: no message was counted.\n")
    for user in ("alice", "bob"):
        login = quick.login(user)
        login.prompt("Verification code sent")
        login.hang_up()
        clock.advance(301)
    status, text = admin.run("explain", "alice", "sshd")
    assert status == 1
    assert re.search("sends_per_number_day is used up for 23 h 5. min; wait, "
                     "or run: twofactl unlock --sends alice\\.", text)
    assert re.search("no more messages for 23 h 5. min: sends_per_number_day "
                     "is used up\n$", admin.do("status", "alice"))
    found = json.loads(admin.do("status", "alice", "--json"))
    assert found["sends_limit"] == "sends_per_number_day"
    assert 85000 < found["sends_wait_s"] <= 86400
    denied = quick.login()
    denied.prompt(r"Wait 24 h, or use an ssh connection that you have open")
    denied.hang_up()
    syslog.wait_for("alice may have no more codes for .* s: sends_per_number_"
                    "day is used up: wait, or run twofactl unlock --sends alice")
    assert admin.run("unlock", "alice")[0] == 1
    assert "can get messages again" in admin.do("unlock", "--sends", "alice")
    syslog.wait_for("twofactl: unlock --sends user=alice by uid=0")
    assert admin.run("unlock", "--sends", "alice")[0] == 1
    assert "no more messages" not in admin.do("status", "alice")
    login = quick.login()
    login.prompt("Verification code sent")
    login.hang_up()
    clock.advance(301)
    # bob's own hour is as it was, and so is the host's
    denied = quick.login("bob", rhost="192.0.2.1")
    denied.prompt("Wait")
    denied.hang_up()
    syslog.wait_for("sends_per_host_hour is used up$")


def test_unlock_of_an_account_that_is_gone(admin):
    status, text = admin.run("unlock", "gone")
    assert status == 1 and text.endswith("gone: nothing was locked.\n")


def test_who_is_behind_sudo(admin, syslog, _ready):
    env = dict(os.environ, SUDO_USER="bob")
    twofactl("recovery-codes", "alice", env=env)
    syslog.wait_for("recovery-codes user=alice by uid=0 ruser=bob")
    env["SUDO_USER"] = "x by uid=7\n"
    twofactl("totp", "alice", "--no-verify", env=env)
    assert syslog.wait_for("twofactl: totp .*").group().endswith(
        "totp user=alice by uid=0")


def test_recovery_codes(_ready, syslog):
    done = twofactl("recovery-codes", "alice")
    codes = CODE.findall(done.stdout)
    assert done.returncode == 0 and done.stderr == ""
    assert len(set(codes)) == 10
    assert "Keep them on paper" in re.sub(r"\s+", " ", done.stdout)
    assert "older" not in done.stdout
    for line in syslog.lines():
        assert not any(code in line or code.replace("-", "") in line
                       for code in codes)
    with open(conf.STATE + "/state.db", "rb") as state:
        held = state.read()
    assert not any(code.replace("-", "").encode() in held for code in codes)


@pytest.mark.parametrize("user, enabled, words", [
    ("carol", True, "carol is not enrolled: until that changes no login takes "
     "these codes; run: twofactl enroll carol PHONE"),
    ("alice", False, "alice is disabled: until that changes no login takes "
     "these codes; run: twofactl edit alice")])
def test_recovery_codes_of_no_use(settings, quick, user, enabled, words):
    """Not handed out unawares."""
    if not enabled:
        settings.user("alice", enabled=False)
    done = twofactl("recovery-codes", user)
    assert done.returncode == 0
    assert done.stderr == "twofactl: warning: %s\n" % words
    login = quick.login(user)
    if enabled:
        login.prompt("Verification code sent")
        login.answer(re.search(r"\w{4}(-\w{4}){3}", done.stdout)[0])
        login.prompt("that recovery code is not valid")
        login.answer("q")
    assert login.ended() != 0
    for more in ("--left",), ("--yes", "--json"):
        assert twofactl("recovery-codes", user, *more).stderr == ""


@pytest.mark.parametrize("count", [1, 20])
def test_recovery_codes_count(_ready, count):
    done = twofactl("recovery-codes", "alice", "--count", str(count))
    assert len(CODE.findall(done.stdout)) == count


@pytest.mark.parametrize("count", ["0", "21", "x", "-1", "1.5", "", "100"])
def test_recovery_codes_bad_count(_ready, count):
    refused(twofactl("recovery-codes", "alice", "--count=" + count), 2,
            "--count", "1 to 20")


def test_recovery_codes_that_cannot_be_shown(admin, quick):
    """Those on paper stay good."""
    old = admin.codes(count=3)
    for more in ([], ["--json"]):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run(
                [tool.TWOFACTL, "--helper", stage.HELPER, "recovery-codes",
                 "alice", "--yes", *more], stdin=subprocess.DEVNULL,
                stdout=full, stderr=subprocess.PIPE, text=True, timeout=30,
                check=False)
        assert done.returncode == 4, done
        assert "nothing was changed" in done.stderr
    assert admin.left() == 3
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(old[0])
    assert login.ended() == 0


def test_totp_that_cannot_be_shown(settings, _ready):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(
            [tool.TWOFACTL, "--helper", stage.HELPER, "totp", "alice",
             "--no-verify"], stdin=subprocess.DEVNULL, stdout=full,
            stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    assert done.returncode == 4 and "nothing was changed" in done.stderr
    no_totp(settings)


def test_recovery_codes_left(admin):
    assert admin.run("recovery-codes", "alice", "--left") == (
        1, "alice: 0 recovery codes left.\n")
    admin.codes(count=1)
    assert admin.run("recovery-codes", "alice", "--left") == (
        0, "alice: 1 recovery code left.\n")
    assert admin.left() == 1


def test_recovery_codes_without_terminal_need_yes(admin, _ready):
    admin.codes(count=3)
    refused(twofactl("recovery-codes", "alice", stdin="y\n"), 2,
            "3 recovery codes left", "--yes")
    assert admin.left() == 3
    done = twofactl("recovery-codes", "alice", "--yes", "--count", "2")
    assert done.returncode == 0
    assert "3 older codes were replaced" in done.stdout
    assert admin.left() == 2


@pytest.mark.parametrize("answer", ["n", "", "yess", "\x04"])
def test_recovery_codes_no(terminals, admin, answer):
    admin.codes(count=3)
    asked = typed(terminals, "recovery-codes", "alice")
    asked.expect(r"Replace the 3 recovery codes that alice has left\? "
                 r"\[y/N\] ")
    asked.answer(answer)
    assert asked.ended() == 1
    assert "Nothing was changed." in asked.text
    assert not CODE.search(asked.text.replace("\r", ""))
    assert admin.left() == 3


def test_recovery_codes_yes(terminals, admin, sshd):
    old = admin.codes(count=1)[0]
    asked = typed(terminals, "recovery-codes", "alice")
    asked.expect("recovery code that alice has left")
    asked.answer("y")
    assert asked.ended() == 0
    codes = CODE.findall(asked.text.replace("\r", ""))
    assert len(codes) == 10 and old not in codes
    login = at_prompt(sshd.login("alice", options=ONCE))
    login.answer(old)
    login.prompt("recovery code is not valid")
    login.answer(codes[9])
    assert login.ended() == 0


def test_totp(terminals, settings, admin, quick, syslog):
    """Over a terminal, then a login with the app."""
    before = '# hers\nphone = "%s"; # work\n' % NUMBERS["alice"]
    settings.raw_user("alice", before)
    asked = typed(terminals, "totp", "alice")
    asked.prompt("Code that the app shows \\(3 tries left\\)")
    parts, query = secret_of(asked.text)
    assert parts.netloc == "totp"
    assert parts.path.startswith("/ACME%20Corp:alice%40")
    assert query["issuer"] == ["ACME Corp"]
    secret = query["secret"][0]
    assert re.fullmatch("[A-Z2-7]{32}", secret)
    code = oath(secret)
    asked.answer(code[:3] + " " + code[3:])
    assert asked.ended() == 0
    path = settings.secrets + "/alice.totp"
    found = os.stat(path)
    assert (found.st_uid, found.st_gid) == (0, 990)
    assert stat.S_IMODE(found.st_mode) == 0o640
    with open(path, encoding="ascii") as text:
        assert text.read() == secret + "\n"
    record = os.stat(settings.user_file("alice"))
    assert (record.st_uid, record.st_gid) == (0, 990)
    assert stat.S_IMODE(record.st_mode) == 0o640
    assert record_text(settings, "alice") == before + (
        'totp_secret_file = "%s";\n' % path)
    assert sorted(os.listdir(settings.users_dir)) == ["alice.conf",
                                                      "bob.conf"]
    assert sorted(os.listdir(settings.secrets)) == ["alice.totp", "vonage"]
    syslog.wait_for("twofactl: totp user=alice by uid=0")
    # the code that proved the app is used up; the next one lets in
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer("t")
    login.prompt("app")
    login.answer(code)
    login.prompt("code was used already")
    login.answer(oath(secret, +30))
    assert login.ended() == 0, login.text


def test_totp_for_who_has_no_record(settings, quick):
    done = twofactl("totp", "carol", "--no-verify")
    assert done.returncode == 0 and done.stderr == "", done
    _, query = secret_of(done.stdout)
    assert record_text(settings, "carol") == (
        'totp_secret_file = "%s/carol.totp";\n' % settings.secrets)
    login = quick.login("carol")
    login.prompt("app")
    login.answer(oath(query["secret"][0]))
    assert login.ended() == 0, login.text


def no_totp(settings, user="alice"):
    assert not os.path.exists(settings.secrets + "/%s.totp" % user)
    assert os.listdir(settings.secrets) == ["vonage"]
    with open(settings.user_file(user), encoding="ascii") as text:
        assert "totp" not in text.read()


def test_totp_three_wrong_codes(terminals, settings, syslog):
    asked = typed(terminals, "totp", "alice")
    for words, answer in (("3 tries", "000"), ("2 tries", "abcdef"),
                          ("1 try", "1234567")):
        asked.prompt(words + " left")
        asked.answer(answer)
    assert asked.ended() == 1
    assert "nothing was changed" in asked.text
    no_totp(settings)
    assert not [line for line in syslog.lines() if "twofactl: totp" in line]


def test_totp_second_try(terminals, settings):
    asked = typed(terminals, "totp", "alice")
    asked.prompt("3 tries left")
    secret = secret_of(asked.text)[1]["secret"][0]
    asked.answer(wrong(oath(secret)))
    asked.prompt("2 tries left")
    asked.answer(oath(secret))
    assert asked.ended() == 0
    assert os.path.exists(settings.secrets + "/alice.totp")


def test_totp_end_of_input(settings, _ready):
    done = twofactl("totp", "alice")
    assert done.returncode == 1
    no_totp(settings)


def test_totp_renewed(settings, quick, _ready):
    """The new secret stands in the old one's place."""
    first = secret_of(twofactl("totp", "carol", "--no-verify").stdout)[1]
    second = secret_of(twofactl("totp", "carol", "--no-verify").stdout)[1]
    assert first["secret"] != second["secret"]
    assert sorted(os.listdir(settings.secrets)) == ["carol.totp", "vonage"]
    login = quick.login("carol")
    login.prompt("app")
    login.answer(oath(first["secret"][0]))
    login.prompt("code was wrong")
    login.answer(oath(second["secret"][0]))
    assert login.ended() == 0, login.text


def test_totp_mends_a_broken_secret(settings, _ready):
    """What the log says to run must work."""
    settings.secret("alice.totp", "not base32!")
    settings.user("alice", totp_secret_file=settings.secrets + "/alice.totp")
    assert twofactl("totp", "alice", "--no-verify").returncode == 0


@pytest.mark.parametrize("record", [
    'phone = "+447700900001"; foo = 1;\n', 'phone = ', 'phone = "12";\n'])
def test_totp_broken_record(settings, record, syslog, _ready):
    settings.raw_user("alice", record)
    done = twofactl("totp", "alice", "--no-verify")
    assert done.returncode == 3
    assert re.search(re.escape(settings.user_file("alice")) + r":[12]: ",
                     done.stderr), done.stderr
    assert not [line for line in syslog.lines() if "twofactl: totp" in line]
    assert "nothing was changed" in done.stderr
    assert done.stdout == ""  # no secret that is of no use
    with open(settings.user_file("alice"), encoding="ascii") as text:
        assert text.read() == record
    assert os.listdir(settings.secrets) == ["vonage"]
    assert sorted(os.listdir(settings.users_dir)) == ["alice.conf",
                                                      "bob.conf"]


def test_totp_broken_record_keeps_the_old_secret(settings, _ready):
    settings.secret("alice.totp", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    settings.user("alice", foo=1,
                  totp_secret_file=settings.secrets + "/alice.totp")
    assert twofactl("totp", "alice", "--no-verify").returncode == 3
    with open(settings.secrets + "/alice.totp", encoding="ascii") as text:
        assert text.read() == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n"
    assert sorted(os.listdir(settings.secrets)) == ["alice.totp", "vonage"]


def test_totp_no_folder_of_secrets(settings, _ready):
    settings.provider(api_secret_file="/etc/vonage")
    settings.put("/etc/vonage", "Sup3rS3cret\n")
    shutil.rmtree(settings.secrets)
    done = twofactl("totp", "alice", "--no-verify")
    assert done.returncode == 4 and done.stdout == ""
    assert "install -d" in done.stderr and settings.secrets in done.stderr
    with open(settings.user_file("alice"), encoding="ascii") as text:
        assert "totp" not in text.read()


def test_totp_folder_that_others_can_write(settings, _ready):
    os.chmod(settings.users_dir, 0o777)
    done = twofactl("totp", "alice", "--no-verify")
    assert done.returncode == 3 and "chmod 0750" in done.stderr
    no_totp(settings)


def test_totp_state_that_cannot_be_written(settings, _ready):
    os.chmod(conf.STATE, 0o755)
    done = twofactl("totp", "alice", "--no-verify")
    assert done.returncode == 4 and conf.STATE in done.stderr
    no_totp(settings)


def remembered(settings, terminals, sim, user="alice"):
    """Two sudo calls, of which the first asks: somebody is remembered."""
    settings.set(rules=[{"services": ["sudo"], "remember_minutes": 15,
                         "action": "require"}])
    shell = terminals.run("/bin/bash", "--norc", user=user)
    shell.sendline("sudo id -un")
    shell.password()
    shell.prompt("Verification code sent")
    shell.answer(sim.code(user))
    shell.expect("root\r\n")
    return shell


def test_forget(settings, terminals, sim, admin, syslog):
    shell = remembered(settings, terminals, sim)
    assert admin.run("forget", "bob") == (1, "No login was remembered.\n")
    entry = json.loads(admin.do("status", "alice", "--json"))["entries"][0]
    assert entry["remembered"] == 1
    assert admin.run("forget", "alice") == (
        0, "Forgotten: 1 remembered login.\n")
    syslog.wait_for("twofactl: forget user=alice by uid=0")
    shell.expect(r"\$ ")  # sudo drops what is typed before it has ended
    shell.sendline("sudo id -un")
    shell.password()
    shell.prompt("Verification code sent")


def test_totp_renewed_ends_remembered_logins(settings, terminals, sim):
    """Though the user's file stays the same to the byte."""
    assert twofactl("totp", "alice", "--no-verify").returncode == 0
    with open(settings.user_file("alice"), encoding="ascii") as text:
        before = text.read()
    shell = remembered(settings, terminals, sim)
    shell.expect(r"\$ ")  # sudo drops what is typed before it has ended
    shell.sendline("sudo id -un")
    shell.password()
    shell.expect("root\r\n")
    shell.expect(r"\$ ")
    assert twofactl("totp", "alice", "--no-verify").returncode == 0
    with open(settings.user_file("alice"), encoding="ascii") as text:
        assert text.read() == before
    shell.sendline("sudo id -un")
    shell.password()
    shell.prompt("Verification code sent")


def test_forget_everybody(settings, terminals, sim, admin):
    remembered(settings, terminals, sim)
    refused(twofactl("forget", stdin="y\n"), 2, "--yes")
    asked = typed(terminals, "forget")
    asked.expect(r"of everybody\? \[y/N\] ")
    asked.answer("n")
    assert asked.ended() == 1
    asked = typed(terminals, "forget")
    asked.expect(r"of everybody\? \[y/N\] ")
    asked.answer("y")
    assert asked.ended() == 0
    assert "Forgotten: 1 remembered login." in asked.text
    assert admin.run("forget", "--yes") == (1, "No login was remembered.\n")


def test_status_of_nothing(admin):
    assert admin.do("status", "alice") == "no entries\n"
    assert admin.do("status").startswith("no entries\n\nthis host: 0 messages")
    found = json.loads(admin.do("status", "--json"))
    entries = found.pop("entries")
    assert [(e["user"], e["source"], e["recovery_left"], e["wrong"])
            for e in entries] == [("alice", "", 0, 0), ("bob", "", 0, 0)]
    for name in ("broker", "keeper"):  # where one runs
        found.pop(name, None)
    assert found == {
        "totals": {"sends_hour": 0, "sends_day": 0,
                                  "spent_day": "0.00",
                                  "spent_month": "0.00"},
        "providers": [{"name": "vonage", "passed_over_s": 0}],
        "successes": []}


def test_status(sshd, sim, settings, admin, syslog):
    settings.set(limits={"resend_wait": [1, 2], "lock_after": 3,
                         "price_per_send": "0.05"})
    lock_out(sshd, sim)
    admin.codes("bob", 4)
    found = json.loads(admin.do("status", "--json"))
    alice, source, bob = found["entries"]
    assert alice["user"] == "alice" and alice["source"] == ""
    assert alice["wrong"] == 3 and alice["shut"] is False
    assert alice["sends_hour"] == alice["sends_day"] == 1
    assert source["source"] == "127.0.0.0/24" and source["wrong"] == 3
    assert 850 < source["locked_s"] <= 900
    assert bob["recovery_left"] == 4 and bob["wrong"] == 0
    assert found["totals"]["sends_hour"] == 1
    table = admin.do("status")
    assert re.search(r"^alice +all +3 ", table, re.M), table
    assert re.search(r"^alice +127\.0\.0\.0/24 +3 +15 min ", table, re.M)
    assert re.search(r"^bob +all +0 +- +0 +0 +4 +0$", table, re.M)
    assert "1 message in the last hour, 1 in the last day" in table
    one = json.loads(admin.do("status", "bob", "--json"))
    assert [entry["user"] for entry in one["entries"]] == ["bob"]
    assert "totals" not in one


def test_status_of_many_users(admin, settings):
    """More lines than a socket holds."""
    admin.codes()
    link = sqlite3.connect(settings.state)
    columns = [row[1] for row in link.execute("PRAGMA table_info(recovery)")]
    row = dict(zip(columns, link.execute(
        "SELECT * FROM recovery LIMIT 1").fetchone()))
    row.pop("id", None)
    link.executemany(
        "INSERT INTO recovery(%s) VALUES(%s)" % (
            ", ".join(row), ", ".join("?" * len(row))),
        [tuple(dict(row, user="user%04d" % n).values())
         for n in range(2000)])
    link.commit()
    link.close()
    found = json.loads(admin.do("status", "--json"))
    # and bob, who is enrolled and has none
    assert len(found["entries"]) == 2002
    assert [entry["user"] for entry in found["entries"][:3]] == [
        "alice", "bob", "user0000"]


@pytest.mark.parametrize("words, status", [
    (("unlock", "nobodyx"), 1), (("status", "nobodyx"), 0),
    (("forget", "nobodyx"), 1)])
def test_unknown_account_is_told(_ready, words, status):
    done = twofactl(*words)
    assert done.returncode == status
    assert 'warning: no account "nobodyx"' in done.stderr


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_that_cannot_be_written(word, _ready):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([tool.TWOFACTL, word], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=30,
                              check=False)
    assert done.returncode == 4
    assert "standard output cannot be written" in done.stderr


@pytest.mark.parametrize("words,said", [
    ((), "no command given"),
    (("frob",), 'no command "frob"'),
    (("frob\x1b[31m",), "frob\\x1b[31m"),
    (("unlock",), "unlock needs USER"),
    (("totp",), "totp needs USER"),
    (("recovery-codes",), "recovery-codes needs USER"),
    (("unlock", "alice", "bob"), '"bob" is one operand too many'),
    (("status", "alice", "bob"), "status takes [USER]"),
    (("unlock", "alice", "--json"), "takes no --json"),
    (("status", "--yes"), "takes no --yes"),
    (("forget", "--count", "3"), "takes no --count"),
    (("totp", "alice", "--sends"), "takes no --sends"),
    (("status", "--no-verify"), "takes no --no-verify"),
    (("recovery-codes", "alice", "--left", "--yes"), "--left changes nothing"),
    (("recovery-codes", "alice", "--left", "--count=1"), "--left changes nothing"),
    (("unlock", ""), "is not a user name"),
    (("unlock", "../alice"), "is not a user name"),
    (("unlock", "a" * 65), "is not a user name"),
    (("status", "a b"), "is not a user name"),
    (("totp", "nobody-here"), 'no account "nobody-here"'),
    (("recovery-codes", "nobody-here"), 'no account "nobody-here"'),
])
def test_usage(words, said, _ready):
    refused(twofactl(*words), 2, said)


def test_unknown_option(_ready):
    done = twofactl("status", "--frob")
    assert done.returncode == 2 and "--frob" in done.stderr
    assert done.stderr.endswith("\nTry: twofactl status --help\n")
    assert twofactl("--frob").stderr.endswith("\nTry: twofactl --help\n")
    assert twofactl("unlock").stderr.endswith("\nTry: twofactl unlock --help\n")
    done = twofactl("recovery-codes", "alice", "--count")
    assert done.returncode == 2 and "--count" in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_not_root(terminals, command):
    asked = terminals.run(tool.TWOFACTL, command, "alice", user="alice")
    assert asked.ended() == 4
    assert "only root may do that" in asked.text
    asked = terminals.run(tool.TWOFACTL, command, "--help", user="alice")
    assert asked.ended() == 0 and "usage:" in asked.text


@pytest.mark.parametrize("command", COMMANDS)
def test_settings_wrong(settings, command, _ready):
    settings.raw('brand = "ACME";\nfoo = 1;\n')
    refused(twofactl(command, "alice"), 3,
            settings.conf + ":2: foo: unknown key")


@pytest.mark.parametrize("command", COMMANDS)
def test_settings_missing(command, _ready):
    refused(twofactl("-c", "/etc/twofa/none", command, "alice"), 3,
            "/etc/twofa/none: ")


def test_other_settings(settings, admin, _ready):
    """-c FILE, also by a relative path: another state, other secrets."""
    admin.codes()
    os.makedirs("/etc/other/secrets", exist_ok=True)
    os.makedirs("/etc/other/users.d", exist_ok=True)
    with open(settings.conf, encoding="ascii") as text:
        settings.put("/etc/other/twofa.conf", text.read() +
                     'users_dir = "/etc/other/users.d";\n'
                     'state = "%s/other.db";\n' % conf.STATE)
    done = twofactl("status", "--config", "twofa.conf", cwd="/etc/other")
    assert done.stdout.startswith("no entries"), done
    done = twofactl("totp", "carol", "--no-verify", "-c", "other/twofa.conf",
                    cwd="/etc")
    assert done.returncode == 0, done
    assert os.listdir("/etc/other/secrets") == ["carol.totp"]
    assert os.listdir("/etc/other/users.d") == ["carol.conf"]
    shutil.rmtree("/etc/other")


@pytest.fixture
def locked_state(admin, settings):
    """Somebody holds the state's lock."""
    admin.codes()
    link = sqlite3.connect(settings.state, isolation_level=None)
    link.execute("BEGIN IMMEDIATE")
    yield link
    link.close()


def open_files(where):
    """fd -> path of a process; one that closes meanwhile is left out."""
    found = {}
    for fd in os.listdir(where + "fd"):
        try:
            found[fd] = os.readlink(where + "fd/" + fd)
        except FileNotFoundError:
            continue
    return found


def waiting_helper(child):
    """The pid of the helper that has opened the state: its own start-up is
    over, and it waits for the lock."""
    while child.poll() is None:
        for pid in leftovers.helpers():
            if conf.STATE + "/state.db" in open_files(
                    "/proc/%d/" % pid).values():
                return pid
    raise AssertionError(child.communicate())


# Containers and local sessions may hand these on to all that runs in them.
INHERITING = ("setpriv", "--inh-caps", "+wake_alarm,+net_raw")


@pytest.mark.parametrize("caller", [(), INHERITING], ids=["root", "inheriting"])
def test_the_helper_is_nobody(locked_state, _ready, caller):
    """What opens the state: user twofa, nothing inherited, nothing kept."""
    secret = open("/etc/shadow", "rb")
    os.set_inheritable(secret.fileno(), True)
    child = subprocess.Popen(
        [*caller, tool.TWOFACTL, "--helper", stage.HELPER, "unlock", "alice"],
        close_fds=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd="/etc", umask=0)
    secret.close()
    where = "/proc/%d/" % waiting_helper(child)
    with open(where + "status", encoding="ascii") as text:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in text)
    assert status["Uid"].split() == ["990"] * 4
    assert status["Gid"].split() == ["990"] * 4
    assert not status["Groups"].split()
    assert status["NoNewPrivs"] == "1"
    assert all(int(status[name], 16) == 0
               for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"))
    assert status["Umask"] == "0077"
    assert os.readlink(where + "cwd") == "/"
    links = open_files(where)
    assert links["0"] == links["1"] == links["2"] == "/dev/null"
    assert links["3"].startswith("socket:")
    assert "/etc/shadow" not in links.values()
    locked_state.execute("COMMIT")
    out, err = child.communicate(timeout=30)
    assert child.returncode == 1, (out, err)


def test_state_that_is_busy(locked_state, _ready):
    done = twofactl("unlock", "alice")
    assert done.returncode == 4
    assert conf.STATE in done.stderr


def fake(name):
    """A helper that acts as its name says (tests/host/fake_helper.c)."""
    os.makedirs(FAKES, mode=0o755, exist_ok=True)
    path = os.path.join(FAKES, name)
    shutil.copyfile(stage.STAGE + "/test/fake_helper", path)
    os.chmod(path, 0o755)
    return path


@pytest.mark.parametrize("name", [
    "crash_before", "crash_after", "kill_after", "exit_after", "silent",
    "close", "empty", "garbage", "truncated", "trailing", "oversized",
    "version", "order", "double_field", "no_field", "range", "two_verdicts",
    "say_after", "empty_after", "deny", "nasty"])
def test_helper_that_misbehaves(name, _ready):
    done = twofactl("unlock", "alice", helper=fake(name.replace("_", "-")))
    assert done.returncode == 4, done
    assert done.stderr.startswith("twofactl: "), done
    assert "\x1b" not in done.stderr and "unlocked" not in done.stdout


def test_helper_that_says_done_without_doing(settings, _ready):
    """ALLOW alone does not make codes, and does not place a secret."""
    helper = fake("allow")
    assert twofactl("unlock", "alice", helper=helper).returncode == 0
    refused(twofactl("recovery-codes", "alice", helper=helper), 4, "same ver")
    done = twofactl("totp", "alice", "--no-verify", helper=helper)
    assert done.returncode == 4
    no_totp(settings)


def test_helper_path(_ready):
    refused(twofactl("status", helper="twofa-helper"), 4, "absolute path")
    refused(twofactl("status", helper="/run/none/twofa-helper"), 4,
            "/run/none: No such file")
    link = FAKES + "-link"
    if not os.path.islink(link):
        os.symlink(stage.HELPER, link)
    refused(twofactl("status", helper=link), 4, "symbolic link")
    loose = fake("loose")
    os.chmod(loose, 0o757)
    refused(twofactl("status", helper=loose), 4, "run: chmod go-w " + loose)
    os.chmod(loose, 0o700)
    refused(twofactl("status", helper=loose), 4, "could not be executed")
    os.chown(loose, 1001, 0)
    refused(twofactl("status", helper=loose), 4, "run: chown root:root")
    refused(twofactl("status", helper="/run/tmp/x"), 4,
            "written by users other")


def test_user_twofa_missing(_ready):
    shutil.copy2("/etc/passwd", "/run/tmp/passwd.kept")
    with open("/etc/passwd", encoding="ascii") as text:
        others = [line for line in text if not line.startswith("twofa:")]
    try:
        with open("/etc/passwd", "w", encoding="ascii") as out:
            out.writelines(others)
        refused(twofactl("status"), 4, "useradd --system")
    finally:
        shutil.copy2("/run/tmp/passwd.kept", "/etc/passwd")


def test_full_output(_ready):
    """Codes that nobody could read are told."""
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(
            [tool.TWOFACTL, "--helper", stage.HELPER, "recovery-codes",
             "alice"], stdout=full, stderr=subprocess.PIPE, text=True,
            check=False, timeout=30)
    assert done.returncode == 4 and "standard output" in done.stderr


def test_version(_ready):
    done = twofactl("--version")
    assert re.fullmatch(r"twofactl \d+\.\d+\.\d+(-rc\d+)?\n", done.stdout)
    assert done.returncode == 0


@pytest.mark.parametrize("nth", range(1, 9))
def test_totp_disk_that_does_not_confirm(settings, quick, nth, _ready):
    """One wait for the disk fails: whatever became of the change, no record
    names a secret that is not there."""
    done = subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e",
         "inject=fsync:error=EIO:when=%d" % nth, tool.TWOFACTL, "--helper",
         stage.HELPER, "totp", "alice", "--no-verify"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False)
    with open(settings.user_file("alice"), encoding="ascii") as text:
        named = re.search(r'totp_secret_file = "([^"]+)"', text.read())
    if named:
        assert os.path.exists(named.group(1)), done.stderr
    login = quick.login()
    login.prompt("(?:Verification code sent|of your app)")
    login.hang_up()
