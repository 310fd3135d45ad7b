# SPDX-License-Identifier: BSD-2-Clause
"""twofactl import: a whole table of users, all of it or nothing."""

import os
import re
import stat
import subprocess
import time

import pytest

from ctl import call, done, record, records, refused, typed
from phones import NUMBERS
from steps import at_prompt

TRANSPORTS = ("spawn", "socket")

BOTH = ["alice.conf", "bob.conf"]
FILE = "/run/import.csv"


@pytest.fixture(autouse=True)
def _each(_ready):
    yield
    if os.path.exists(FILE):
        os.unlink(FILE)


def write(text):
    with open(FILE, "wb") as out:
        out.write(text.encode() if isinstance(text, str) else text)
    return FILE


def row(user, number=None):
    return "%s,%s\n" % (user, number or NUMBERS[user])


def test_import(settings, sim, sshd, syslog):
    write('user,phone,email,channels,provider,language\n'
          'carol,0044 (0)7700 900300,carol@example.org,"voice,sms",vonage,en\n'
          'root,+447700900999,,,,\n')
    assert done("import", FILE) == "2 users: 2 new, 0 changed, 0 unchanged.\n"
    assert record(settings, "carol") == (
        'phone = "+447700900300";\nemail = "carol@example.org";\n'
        'channels = ["voice", "sms"];\nprovider = "vonage";\n'
        'language = "en";\n')
    assert record(settings, "root") == 'phone = "+447700900999";\n'
    found = os.stat(settings.user_file("carol"))
    assert (found.st_uid, found.st_gid) == (0, 990)
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert records(settings) == BOTH + ["carol.conf", "root.conf"]
    syslog.wait_for("twofactl: import new=2 changed=0 by uid=0")
    assert not sim.requests()
    login = at_prompt(sshd.login("carol"), "calling")
    login.answer(sim.code("carol"))
    assert login.ended() == 0


def test_import_again_changes_nothing(settings, syslog):
    write("user,phone\n" + row("alice") + row("carol"))
    assert done("import", FILE) == "2 users: 1 new, 0 changed, 1 unchanged.\n"
    syslog.wait_for("event=enrolled user=carol import by uid=0")
    syslog.wait_for("import new=1")
    inodes = [os.stat(settings.user_file(name)).st_ino
              for name in ("alice", "carol")]
    for more in ([], ["--replace"], ["--dry-run"]):
        assert "0 new, 0 changed, 2 unchanged.\n" in done("import", FILE,
                                                          *more)
    assert inodes == [os.stat(settings.user_file(name)).st_ino
                      for name in ("alice", "carol")]
    assert len([line for line in syslog.lines() if "import new" in line]) == 1


def test_import_replace(settings, syslog):
    settings.raw_user("alice", '# hers\nphone = "%s";\n' % NUMBERS["alice"])
    write("user,phone\n" + row("alice", NUMBERS["carol"]) + row("bob"))
    refused(call("import", FILE), 2, FILE + ":2: is already enrolled",
            "--replace", "nothing was changed", "1 error")
    assert NUMBERS["alice"] in record(settings, "alice")
    assert done("import", FILE, "--replace") == (
        "alice: %s becomes %s\n2 users: 0 new, 1 changed, 1 unchanged.\n" %
        (NUMBERS["alice"], NUMBERS["carol"]))
    syslog.wait_for("event=number-changed user=alice import by uid=0")
    assert record(settings, "alice") == '# hers\nphone = "%s";\n' % (
        NUMBERS["carol"])


def test_import_dry_run(settings):
    write("user,phone\n" + row("carol") + row("alice", "+447700900101"))
    assert done("import", FILE, "--dry-run", "--replace") == (
        "alice: +447700900100 becomes +447700900101\nNothing was changed. It would be 2 users: 1 new, 1 changed, 0 "
        "unchanged.\n")
    assert records(settings) == BOTH
    assert NUMBERS["alice"] in record(settings, "alice")


@pytest.mark.parametrize("text", [
    b'\xef\xbb\xbfUser;Phone\r\ncarol;"07700 900 300"\r\n;\r\n',
    b'phone\tUSER\n07700900300\tcarol\n',
    b'"user","phone"\n"carol","(07700) 900-300"',
])
def test_import_as_spreadsheets_write_it(settings, text):
    write(text)
    assert "1 new" in done("import", FILE, "--country", "44")
    assert record(settings, "carol") == 'phone = "+447700900300";\n'


def test_import_from_stdin(settings):
    assert "1 new" in done("import", "-",
                           stdin="user,phone\n" + row("carol"))
    assert record(settings, "carol") is not None


def test_import_says_all_that_is_wrong(settings):
    """With line numbers, and nothing is written."""
    write('user,phone,email,channels,provider,language\n'
          'carol,+447700900300,,,,\n'
          'nobody-here,+447700900301,,,,\n'
          '../x,+447700900302,,,,\n'
          'alice,12,x,fax,none,tlh\n'
          '"root\n",,,,,\n'
          'carol,+447700900303,,,,,\n'
          'bob,,,,,\n')
    ended = call("import", FILE)
    refused(ended, 2)
    for line, words in (
            (3, 'no account "nobody-here"'), (4, "is not a user name"),
            (5, "phone: the number"), (5, "email: "), (5, "channels: "),
            (5, "provider: "), (5, "language: "), (6, "is not a user name"),
            (6, "phone: is missing"), (8, "7 columns"), (9, "phone: is mis"),
            (8, 'user: "carol" is also on line 2')):
        assert re.search(r"^twofactl: %s:%d: .*%s" % (
            re.escape(FILE), line, re.escape(words)), ended.stderr,
            re.M), (line, words, ended.stderr)
    assert "nothing was changed: correct the 12 errors" in ended.stderr
    assert records(settings) == BOTH


@pytest.mark.parametrize("rows", [100, 200, 10000])
def test_import_shows_every_error(rows):
    write("user,phone\n" + "".join("no-%d,1\n" % n for n in range(rows)))
    begun = time.monotonic()
    ended = call("import", FILE)
    print("%d errors in %.2f s" % (2 * rows, time.monotonic() - begun))
    assert ended.returncode == 2
    lines = ended.stderr.splitlines()
    assert len(lines) == 2 * rows + 1
    for n in (0, rows // 2, rows - 1):
        assert lines.count(
            'twofactl: %s:%d: user: no account "no-%d" on this system; '
            "correct the name, or remove the line" % (FILE, n + 2, n)) == 1
    assert lines[-1] == ("twofactl: nothing was changed: correct the %d errors "
                         "of %s first" % (2 * rows, FILE))


@pytest.mark.parametrize("text,line,said", [
    ("", None, "is empty"),
    ("user,phone\n", None, "no user"),
    ("phone\n+447700900300\n", 1, 'no column "user"'),
    ("user\ncarol\n", 1, "there is no column"),
    ("user,phone,name\ncarol,+447700900300,C\n", 1, "column 3 is not known"),
    ("user,phone,user\ncarol,+447700900300,\n", 1, "appears twice"),
    ("carol,+447700900300\n", 1, "column 1 is not known"),
    ('user,phone\ncarol,"+447700900300\n', 2, "a quote is never"),
    ("user,phone\ncarol,07700 900300\n", 2, "--country"),
    ("u\0s\0e\0r\0", 1, "CSV UTF-8"),
])
def test_import_file_that_is_no_table(settings, text, line, said):
    write(text)
    refused(call("import", FILE), 2,
            FILE + (":%d: " % line if line else ": "), said)
    assert records(settings) == BOTH


SECRET = "s3cr3tHashOfRoot0"


@pytest.mark.parametrize("text", [
    "root:$6$salt$%s:19000:0:99999:7:::\nalice:!:19000:0:99999:7:::\n",
    "-----BEGIN PRIVATE KEY-----\n%s==\n-----END PRIVATE KEY-----\n",
    "%s\n", "%s,phone\n", "user,%s\n", "user,phone,%s\ncarol,1,2\n",
    "USER,%s,user\n", '"%s\n', "DB_PASSWORD=%s\n", '%s = "x";\n',
    '%s: 0123\n', '/* %s = 5;\n', 'brand = "%s";\n', 'language = "%s";\n',
    '@include "%s"\n', "%s\0\n"])
def test_another_file_of_root(text, tmp_path):
    """Who may run twofactl by sudo, and not cat, is shown nothing of it."""
    path = str(tmp_path / "secret")
    with open(path, "w", encoding="ascii") as out:
        out.write(text % SECRET)
    os.chmod(path, 0o600)
    ended = call("import", path)
    assert ended.returncode == 2, ended
    assert re.search("^twofactl: %s(:1)?: " % re.escape(path), ended.stderr)
    for words in (("import", path), ("import", path, "--dry-run"),
                  ("check", "-c", path), ("check", "-c", path, "--json"),
                  ("doctor", "-c", path), ("show", "alice", "-c", path),
                  ("status", "-c", path), ("explain", "alice", "sshd", "-c",
                                           path)):
        ended = call(*words)
        for part in range(len(SECRET) - 4):
            assert SECRET[part:part + 4] not in ended.stdout + ended.stderr, (
                words, ended)
        # such a brand alone is a file of settings, without a provider
        assert ended.returncode in (1, 2, 3) or "brand" in text, ended
    assert "brand" in text or (
        "has neither brand nor providers, so nothing else was checked" in
        call("check", "-c", path).stderr)


def test_import_usage():
    refused(call("import"), 2, "import needs FILE")
    refused(call("import", "/run/none.csv"), 4, "/run/none.csv: No such file")
    refused(call("import", "/run"), 4, "/run: Is a directory")
    refused(call("import", FILE, "--json"), 2, "takes no --json")


def test_import_one_number_for_two():
    """Allowed, but worth knowing."""
    write("user,phone\n" + row("carol") + row("root", NUMBERS["carol"]))
    ended = call("import", FILE)
    assert ended.returncode == 0
    assert "warning: %s:3: phone: root has the number of carol" % FILE in (
        ended.stderr)


def test_import_one_row_twice():
    """Nobody shares a number with oneself."""
    write("user,phone\n" + row("carol") + row("carol"))
    refused(call("import", FILE), 2, 'user: "carol" is also on line 2')
    assert "as well" not in call("import", FILE).stderr


def test_import_the_number_of_who_is_enrolled(settings):
    """A warning, but not when the file gives that one another number."""
    write("user,phone\n" + row("carol", NUMBERS["alice"]))
    ended = call("import", FILE, "--dry-run")
    assert ended.returncode == 0, ended
    assert "%s:2: phone: alice, who is enrolled" % FILE in ended.stderr
    write("user,phone\n" + row("carol", NUMBERS["alice"]) +
          row("alice", "+447700900199"))
    done("import", FILE, "--replace")
    assert record(settings, "carol") == 'phone = "%s";\n' % NUMBERS["alice"]


def test_import_of_numbers_that_get_no_code(settings):
    """Once, with the first of them: nobody sends there."""
    write("user,phone\n" + row("carol") + row("root", "+447700900999"))
    assert "no provider" not in call("import", FILE, "--dry-run").stderr
    settings.forget("alice")
    settings.forget("bob")
    settings.set(providers=None)
    for words in (("--dry-run",), ()):
        ended = call("import", FILE, *words)
        assert ended.returncode == 0, ended
        assert ended.stderr.count("no provider") == 1, ended
        assert "%s:2: phone: no provider" % FILE in ended.stderr, ended


def test_import_beside_a_broken_record(settings):
    settings.raw_user("bob", 'phone = "%s"; foo = 1;\n' % NUMBERS["bob"])
    write("user,phone\n" + row("carol") + row("bob"))
    refused(call("import", FILE, "--replace"), 3,
            settings.user_file("bob") + ":1: foo", FILE + ":3: its record")
    assert records(settings) == BOTH


def test_import_channel_that_the_record_cannot_serve():
    write("user,phone,channels\nroot,+447700900999,totp\n")
    refused(call("import", FILE), 3, "totp_secret_file")


@pytest.fixture(name="crowded")
def _crowded():
    """10,000 more accounts."""
    names = ["staff%05d" % n for n in range(10000)]
    with open("/etc/passwd", encoding="utf-8") as text:
        before = text.read()
    with open("/etc/passwd", "a", encoding="utf-8") as out:
        out.writelines("%s:x:%d:100::/nonexistent:/bin/false\n" % (
            name, 20000 + n) for n, name in enumerate(names))
    yield names
    with open("/etc/passwd", "w", encoding="utf-8") as out:
        out.write(before)


def test_import_of_10000(settings, terminals, crowded):
    """In seconds, with a bar on a terminal; again, and nothing changes."""
    write("user,phone\n" + "".join(
        row(name, "+4477%08d" % n) for n, name in enumerate(crowded)))
    begun = time.monotonic()
    asked = typed(terminals, "import", FILE)
    assert asked.ended(timeout=60) == 0, asked.text
    first = time.monotonic() - begun
    assert "10000 users: 10000 new" in asked.text
    assert "Checking [" in asked.text and "Writing [" in asked.text
    assert "10000/10000" in asked.text
    assert len(records(settings)) == 10002
    begun = time.monotonic()
    assert "10000 unchanged" in done("import", FILE)
    second = time.monotonic() - begun
    assert first < 30 and second < 30, (first, second)


def test_every_error_of_the_records(settings, crowded):
    """Those, too, that only the record as a login would read it has."""
    write("user,phone,channels\n" + "".join(
        "%s,+4477%08d,totp\n" % (name, n) for n, name in enumerate(crowded)))
    begun = time.monotonic()
    ended = call("import", FILE)
    print("10000 records in %.2f s" % (time.monotonic() - begun))
    assert ended.returncode == 3
    for words in ("its record would not be valid: see above",
                  '.conf:2: channels: "totp" without totp_secret_file'):
        assert ended.stderr.count(words) == 10000, (words, ended.stderr[-500:])
    assert "correct the 10000 errors" in ended.stderr
    assert records(settings) == BOTH


def test_full_disk(settings):
    """What is wrong then is no line of the file."""
    write("user,phone\n" + "".join(
        row(user, "+44770090012%d" % n)
        for n, user in enumerate(("alice", "bob", "carol"))))
    before = record(settings, "alice")
    subprocess.run(["mount", "-t", "tmpfs", "-o",
                    "size=8k,mode=750,uid=0,gid=990", "tmpfs",
                    settings.users_dir], check=True)
    try:
        settings.user("alice")
        ended = call("import", FILE, "--replace")
        assert ended.returncode == 4, ended
        assert "No space left on device" in ended.stderr
        assert "for the reason above" in ended.stderr
        assert "correct the" not in ended.stderr
        assert records(settings) == ["alice.conf"]
    finally:
        subprocess.run(["umount", settings.users_dir], check=True)
    assert record(settings, "alice") == before
