# SPDX-License-Identifier: BSD-2-Clause
"""A site of pam_google_authenticator moves, by the commands of the guide: its own
program enrols ten people, who then log in with the app that they have."""

import os
import re
import shutil
import stat
import subprocess

import pytest

import admin as tool
import stage
from app import App
from ctl import record
from steps import ONCE, at_prompt

TRANSPORTS = ("spawn", "socket")

APP = "Verification code of your app"
USED = "code was used already; type the next one"
TEN = ["alice", "bob", "carol"] + ["dora%d" % n for n in range(7)]
MODULE = "/lib/x86_64-linux-gnu/security/pam_google_authenticator.so"
FILES = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow")

pytestmark = pytest.mark.skipif(
    not shutil.which("google-authenticator"),
    reason="package libpam-google-authenticator is not installed")


def page():
    with open(stage.ROOT + "/docs/guide/from-google-authenticator.md",
              encoding="utf-8") as text:
        return text.read()


def commands(section):
    """Those that stand alone below this heading."""
    text = page().split("\n## %s\n" % section)[1].split("\n## ")[0]
    found = re.findall(r"^ {4}(\S.*)$", text, re.M)
    assert found
    return found


class Shell:
    """Root's, where twofactl is the one that is tested."""

    def __init__(self, folder):
        self._path = "%s:%s" % (folder, os.environ["PATH"])
        with open(folder + "/twofactl", "w", encoding="utf-8") as out:
            out.write('#!/bin/sh\nexec %s --helper %s "$@"\n' % (
                tool.TWOFACTL, stage.HELPER))
        os.chmod(folder + "/twofactl", 0o755)

    def run(self, command):
        return subprocess.run(
            ["bash", "-c", command], env=dict(os.environ, PATH=self._path),
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=120, check=False)

    def type(self, section, **names):
        """What they print; names stand in place of the page's."""
        out = ""
        for command in commands(section):
            for old, new in names.items():
                command = re.sub(r"\b%s\b" % old, new, command)
            done = self.run(command)
            assert done.returncode == 0, (command, done)
            assert "nothing was changed" not in done.stderr, done
            out += done.stdout + done.stderr
        return out


@pytest.fixture(name="shell")
def _shell(tmp_path):
    return Shell(str(tmp_path))


@pytest.fixture(name="site")
def _site(settings, clock, sim):
    """Ten people; nobody is enrolled with us."""
    for path in FILES:
        if os.path.exists(path):
            shutil.copy2(path, path + ".kept")
    for user in TEN[3:]:
        subprocess.run(["useradd", "-m", "-s", "/bin/bash", user], check=True)
    subprocess.run(["chpasswd", "-c", "SHA256", "-s", "1000"], text=True,
                   check=True, input="".join(
                       "%s:pw-%s\n" % (user, user) for user in TEN[3:]))
    for user in ("alice", "bob"):
        settings.forget(user)
    clock.set_wall(0)
    clock.set_wall(60 + 5 - int(clock.today()) % 60)
    yield
    for user in TEN:
        if os.path.exists(secret_file(user)):
            os.unlink(secret_file(user))
        if user in TEN[3:]:
            shutil.rmtree("/home/" + user)
    for path in FILES:
        if os.path.exists(path + ".kept"):
            os.rename(path + ".kept", path)


def secret_file(user):
    return "/home/%s/.google_authenticator" % user


def enrol(user, *words):
    """By its own program, as an admin's script calls it. Its secret."""
    subprocess.run(["runuser", "-u", user, "--", "google-authenticator", "-d",
                    "-f", "-C", "-q", "-r", "3", "-R", "30", "-w", "3",
                    "-s", secret_file(user), *(words or ["-t"])], check=True,
                   stdin=subprocess.DEVNULL)
    with open(secret_file(user), encoding="ascii") as text:
        return text.readline().strip()


def goes_in(sshd, user, code):
    """In by this code, which is then used up."""
    login = at_prompt(sshd.login(user), APP)
    login.answer(code)
    assert login.ended() == 0, login.text
    again = at_prompt(sshd.login(user, options=ONCE), APP)
    again.answer(code)
    again.prompt(USED)
    again.hang_up()


def test_ten_people_move(site, shell, settings, clock, sshd, sim):
    secrets = {user: enrol(user) for user in TEN}
    assert len(set(secrets.values())) == 10
    said = shell.type("Move all")
    assert "\n10 users: 10 new, 0 changed, 0 unchanged; 10 apps." in said
    for user in TEN:
        path = "%s/%s.totp" % (settings.secrets, user)
        with open(path, encoding="ascii") as text:
            assert text.read() == secrets[user] + "\n"
        found = os.stat(path)
        assert (found.st_uid, found.st_gid) == (0, 990)
        assert stat.S_IMODE(found.st_mode) == 0o640
    assert "warning" not in said
    assert not [one for one in secrets.values() if one in said]
    for user in TEN:
        goes_in(sshd, user, App(clock, secrets[user]).code())
    assert not sim.messages()
    for command in commands("Take the old module out")[3:]:
        assert shell.run(command).returncode == 0
    assert not any(os.path.exists(secret_file(user)) for user in TEN)


def moved(shell, *words):
    done = shell.run("twofactl import --from-google-authenticator " +
                     " ".join(words))
    assert done.returncode == 0, done
    return done


def test_all_at_once(site, shell, settings, clock, sshd):
    """Read with each user's own rights; an app that counts is left out."""
    secrets = {user: enrol(user) for user in ("alice", "bob")}
    minutes = enrol("dora0", "-t", "-S", "60")
    counts = "GEZDGNBVGY3TQOJQGEZDGNBVGY\n\" HOTP_COUNTER 1\n"
    subprocess.run(["runuser", "-u", "carol", "--", "tee",
                    secret_file("carol")], input=counts, text=True, check=True,
                   stdout=subprocess.DEVNULL)
    os.symlink("/etc/shadow", secret_file("dora1"))
    dry = moved(shell, "--dry-run")
    assert "3 apps" in dry.stdout and record(settings, "alice") is None
    done = moved(shell)
    assert "carol: the app counts its codes" in done.stderr
    assert "dora1: " in done.stderr and "left out" in done.stderr
    assert "root:" not in done.stderr
    assert not [one for one in secrets.values()
                if one in done.stdout + done.stderr]
    assert record(settings, "carol") is None
    assert "totp_period = 60" in record(settings, "dora0")
    assert moved(shell).stdout == (
        "3 users: 0 new, 0 changed, 3 unchanged.\n")
    goes_in(sshd, "alice", App(clock, secrets["alice"]).code())
    goes_in(sshd, "dora0", minute(clock, minutes))


def test_app_first(site, shell, settings, clock, sshd, admin):
    """Who has a phone as well is asked for the app; the message stays."""
    secret = enrol("alice")
    admin.do("enroll", "alice", "+447700900100", "--no-verify")
    moved(shell, "--app-first")
    assert 'channels = ["totp", "sms"];' in record(settings, "alice")
    goes_in(sshd, "alice", App(clock, secret).code())


def puts_first(shell, settings, words, said, again):
    """alice's app, once, and not by a dry run."""
    before = record(settings, "alice")
    assert said in shell.run(words + " --dry-run").stdout
    assert record(settings, "alice") == before
    assert said in shell.run(words).stdout
    assert record(settings, "alice") == (
        before + 'channels = ["totp", "sms"];\n')
    assert again in shell.run(words).stdout


def test_app_first_later(site, shell, settings, admin):
    """The option counts also where the apps are there from a run without it."""
    enrol("alice")
    admin.do("enroll", "alice", "+447700900100", "--no-verify")
    moved(shell)
    puts_first(shell, settings,
               "twofactl import --from-google-authenticator --app-first",
               "0 new, 1 changed", "0 new, 0 changed")


def test_app_first_later_by_a_table(site, shell, settings, tmp_path):
    """Also of rows with the phone, whose records are as they were."""
    table = tmp_path / "staff.csv"
    table.write_text("user,phone,totp\nalice,+447700900100,%s\n"
                     "bob,,%s\n" % (2 * ("GEZDGNBVGY3TQOJQGEZDGNBVGY",)))
    words = "twofactl import %s" % table
    assert "2 new, 0 changed" in shell.run(words).stdout
    puts_first(shell, settings, words + " --app-first",
               "1 changed, 1 unchanged", "0 changed, 2 unchanged")


@pytest.mark.parametrize("words", [(), ("/dev/null", "--from-google-authenticator")])
def test_one_source(shell, words):
    done = shell.run(" ".join(("twofactl import",) + words))
    assert done.returncode == 2 and "--from-google" in done.stderr, done


def test_one_moves(site, shell, settings, clock, sshd):
    secret = enrol("alice")
    said = shell.type("Move one")
    assert said == "alice can use the app from the next login on.\n"
    assert record(settings, "alice") == (
        'totp_secret_file = "%s/alice.totp";\n' % settings.secrets)
    goes_in(sshd, "alice", App(clock, secret).code())


def imported(shell, tmp_path, rows, *words):
    table = tmp_path / "apps.csv"
    table.write_text("user,phone,totp\n" + "".join(
        "%s,%s,%s\n" % row for row in rows))
    return shell.run(" ".join(("twofactl", "import", *words, str(table))))


def test_a_table_of_tokens(site, shell, settings, clock, sshd, tmp_path):
    """With and without a phone; once more changes nothing."""
    rows = [("alice", "+447700900100", enrol("alice")),
            ("bob", "", enrol("bob")), ("carol", "+447700900300", "")]
    for _ in range(2):
        done = imported(shell, tmp_path, rows, "--dry-run")
        assert done.returncode == 0, done.stderr
        assert "2 apps" in done.stdout
        assert record(settings, "alice") is None
        assert not [name for name in os.listdir(settings.secrets)
                    if "totp" in name]
    done = imported(shell, tmp_path, rows)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ("3 users: 3 new, 0 changed, 0 unchanged; "
                           "2 apps.\n")
    assert not [row[2] for row in rows if row[2] and row[2] in done.stderr]
    kept = {user: record(settings, user) for user in ("alice", "bob", "carol")}
    assert "phone" in kept["alice"] and "totp" in kept["alice"]
    assert "phone" not in kept["bob"] and "totp" not in kept["carol"]
    again = imported(shell, tmp_path, rows)
    assert again.returncode == 0, again
    assert again.stdout == "3 users: 0 new, 0 changed, 3 unchanged.\n"
    assert kept == {user: record(settings, user) for user in kept}
    goes_in(sshd, "bob", App(clock, rows[1][2]).code())


@pytest.mark.parametrize("row, said", [
    (("carol", "", "JBSWY3DP"), "16 bytes"),
    (("carol", "", "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
     "hotp"),
    (("carol", "", ""), "phone: is missing"),
    (("alice", "", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), "another app"),
])
def test_a_table_with_a_fault(site, shell, settings, tmp_path, row, said):
    """Nobody of it is enrolled, neither by phone nor by app."""
    assert imported(shell, tmp_path, [("alice", "", enrol("alice"))]
                    ).returncode == 0
    before = record(settings, "alice")
    done = imported(shell, tmp_path, [
        ("bob", "+447700900200", enrol("bob")), row])
    assert done.returncode != 0 and said in done.stderr, done
    assert record(settings, "bob") is None
    assert record(settings, "carol") is None
    assert record(settings, "alice") == before


def minute(clock, secret, steps=0, *words):
    return subprocess.run(
        ["oathtool", "--totp", "-b", "--time-step-size=60s", "-N",
         "@%d" % (App(clock).now() + 60 * steps), *words, secret], check=True,
        capture_output=True, text=True).stdout.strip()


def test_steps_of_a_minute(site, shell, settings, clock, sshd, quick):
    """Steps have one numbering, whatever their length: no code of one is good
    again by the other's."""
    secret = enrol("alice", "-t", "-S", "60")
    shell.type("Steps of a minute")
    assert "totp_period = 60;\n" in record(settings, "alice")
    goes_in(sshd, "alice", minute(clock, secret))
    login = quick.login("alice")  # five seconds into the minute
    login.prompt(APP)
    login.answer(minute(clock, secret, 1))  # too early
    login.prompt("code was wrong")
    login.answer(minute(clock, secret, -1))  # earlier than the used one
    login.prompt(USED)
    clock.advance(60)
    login.answer(minute(clock, secret))
    assert login.ended() == 0, login.text
    clock.advance(30)
    login = quick.login("alice")  # used, and still right for half a minute
    login.prompt(APP)
    login.answer(minute(clock, secret))
    login.prompt(USED)
    clock.advance(38)  # some seconds into the next: the one before is late
    login.answer(minute(clock, secret, -1))
    login.prompt(USED)
    login.answer(minute(clock, secret))
    assert login.ended() == 0, login.text
    clock.advance(60)
    login = quick.login("alice")
    login.prompt(APP)
    login.answer(minute(clock, secret, -1))
    login.prompt(USED)
    login.answer(minute(clock, secret))
    assert login.ended() == 0, login.text
    clock.advance(107)  # a full minute late
    login = quick.login("alice")
    login.prompt(APP)
    login.answer(minute(clock, secret, -2))
    login.prompt("code was wrong")
    login.answer(minute(clock, secret, -1))  # not used, by less than half
    assert login.ended() == 0, login.text


def test_sha256(site, shell, settings, clock, sshd):
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY"
    done = shell.run(
        "printf 'otpauth://totp/x?secret=%s&algorithm=SHA256&period=60' | "
        "twofactl totp alice --secret-file - --no-verify" % secret)
    assert done.returncode == 0, done
    goes_in(sshd, "alice", subprocess.run(
        ["oathtool", "--totp=sha256", "-b", "--time-step-size=60s", "-N",
         "@%d" % App(clock).now(), secret], check=True, capture_output=True,
        text=True).stdout.strip())
    # a new secret is of the usual kind, and says so
    done = shell.run("twofactl totp alice --no-verify")
    assert "(time-based, SHA1, 6 digits, 30 s)" in done.stdout
    assert "algorithm=" not in done.stdout and "period=" not in done.stdout
    assert "totp_period = 30;\ntotp_hash = \"SHA1\";\n" in record(
        settings, "alice")


@pytest.mark.parametrize("line, words", [
    ("otpauth://totp/x?secret=KEY&digits=8", "other than 6 digits"),
    ("otpauth://totp/x?secret=KEY&period=45", "other than 30 or 60"),
    ("otpauth://totp/x?secret=KEY&algorithm=SHA512", "SHA1 or SHA256"),
    ("otpauth://hotp/x?secret=KEY&counter=1", "hotp"),
    ("GEZDGNBVGY3TQOJQGEZDGNBV", "16 bytes or more"),
    ("KEY\\n\\\" TOTP_AUTH", "head -n1"),
    ("", "16 bytes or more"),
    ("KEY\\0KEY", "16 bytes or more"),
])
def test_refused(site, shell, settings, line, words):
    line = line.replace("KEY", "GEZDGNBVGY3TQOJQGEZDGNBVGY")
    done = shell.run("printf '%s\\n' | twofactl totp alice --secret-file "
                     "/dev/stdin --no-verify" % line)
    assert done.returncode == 2 and words in done.stderr, done
    assert "GEZD" not in done.stdout + done.stderr
    assert record(settings, "alice") is None
    assert os.listdir(settings.secrets) == ["vonage"]


def test_warned(site, shell, settings):
    """Of 80 bits, and of one secret of two people."""
    give = ("echo gezdgnbvgy3tqojq | twofactl totp %s --secret-file - "
            "--no-verify")
    done = shell.run(give % "bob")
    assert done.returncode == 0 and "warning: the secret has 80" in done.stderr
    assert "same" not in done.stderr
    done = shell.run(give % "bob")
    assert "same" not in done.stderr  # his own
    done = shell.run(give % "alice")
    assert done.returncode == 0, done
    assert "warning: bob has the same secret" in done.stderr
    assert "GEZD" not in (done.stdout + done.stderr).upper()


def test_side_by_side(site, shell, pam, sshd, admin, clock):
    """Two codes; doctor tells of it, until the guide's line was typed."""
    secret = enrol("alice")
    shell.type("Move one")
    with open("/etc/pam.d/sshd", encoding="utf-8") as text:
        lines = text.read()
    ours = re.search(r"(?m)^auth.*pam_twofa.*$", lines)[0]
    with open("/etc/pam.d/sshd", "w", encoding="utf-8") as out:
        out.write(lines.replace(
            ours, "auth requisite %s secret=%s\n%s" % (
                MODULE, secret_file("alice"), ours)))
    _, out = admin.run("doctor")
    assert re.search(r"(?m)^note: pam-two-codes: sshd: /etc/pam.d/sshd:\d+ also "
                     "asks for a code; if it should not", out), out
    code = App(clock, secret).code()
    assert shell.run(commands("Take the old module out")[1]).returncode == 0
    assert "pam-two-codes" not in admin.run("doctor")[1]
    goes_in(sshd, "alice", code)
