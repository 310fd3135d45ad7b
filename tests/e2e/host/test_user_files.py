# SPDX-License-Identifier: BSD-2-Clause
"""Records, secrets and the account twofa as they must not be: denied, and the
log tells which file and what mends it."""

import os
import subprocess

import pytest

TRANSPORTS = ("spawn", "socket")

ALICE = r"/etc/twofa/users\.d/alice\.conf"
SECRET = "/etc/twofa/secrets/vonage"


@pytest.fixture(autouse=True)
def lenient(settings):
    """What would let somebody without a record in: it must not apply here."""
    settings.set(unenrolled="allow", on_outage="allow")


def broken(quick, syslog, words):
    assert quick.denied(quick.login())["reason"] == "user-file"
    syslog.wait_for(ALICE + words)


@pytest.mark.parametrize("mode", [0o660, 0o646, 0o642])
def test_record_that_others_may_write(quick, settings, syslog, mode):
    os.chmod(settings.user_file("alice"), mode)
    broken(quick, syslog, ":.*mode 0%o.*chmod 0640" % mode)


def test_record_of_another_owner(quick, settings, syslog):
    os.chown(settings.user_file("alice"), 990, 990)
    broken(quick, syslog, ":.*belongs to user twofa.*chown root:twofa")


def test_record_is_a_symlink(quick, settings, syslog):
    path = settings.user_file("alice")
    os.unlink(path)
    os.symlink(settings.user_file("bob"), path)
    broken(quick, syslog, ":.*symbolic link")


def test_record_is_a_dangling_symlink(quick, settings, syslog):
    path = settings.user_file("alice")
    os.unlink(path)
    os.symlink("/nowhere", path)
    broken(quick, syslog, ":.*symbolic link")


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_record_is_no_file(quick, settings, syslog, make):
    path = settings.user_file("alice")
    os.unlink(path)
    make(path)
    os.chown(path, 0, 990)
    os.chmod(path, 0o750)
    broken(quick, syslog, ":.*not a regular file")


def test_record_unreadable_for_the_helper(quick, settings, syslog):
    os.chmod(settings.user_file("alice"), 0o600)
    broken(quick, syslog, ":.*cannot be opened by user twofa")


def test_folder_unreadable_for_the_helper(quick, settings, syslog):
    os.chmod(settings.users_dir, 0o700)
    broken(quick, syslog, ": the folder /etc/twofa/users.d cannot be read by "
           "user twofa; run: chgrp twofa /etc/twofa/users.d; chmod 0750 ")


@pytest.mark.parametrize("text, words", [
    ("", ":.*phone"),
    ("phone = ", r":\d+: .*syntax"),
    ("phone = 447700900100;", r":1: phone: .*quotes"),
    ('phone = "447700900100";', ":1: phone: "),
    ('phone = "+44 7700 900100";', ":1: phone: "),
    ('phone = "00447700900100";', ":1: phone: "),
    ('phone = "+447700900100";\ncolour = 1;', ":2: colour: unknown key"),
    ('phone = "+447700900100";\nchannels = ["pigeon"];', ":2: channels: "),
    ('phone = "+447700900100";\nchannels = [];', ":2: channels: "),
    ('phone = "+447700900100";\nprovider = "none";', ":2: provider: "),
    ('phone = "+447700900100";\nenabled = "no";',
     ":2: enabled: .*expected true, false"),
    ('phone = "+447700900100";\ntotp_secret_file = "/x";',
     ":2: totp_secret_file: /x: is not there.*twofactl totp alice"),
    ('phone = "+447700900100";\nchannels = ["totp"];',
     ":2: channels: .*without totp_secret_file"),
    ('phone = "+447700900100";\nauthy_id = 1;',
     ":2: authy_id: is a number, must be a text"),
    ('@include "/etc/passwd"', ":1: @include: is refused"),
])
def test_record_text(quick, settings, syslog, text, words):
    settings.raw_user("alice", text + "\n")
    broken(quick, syslog, words)


def test_record_of_another_user_does_not_matter(quick, settings):
    settings.raw_user("bob", "rubbish\n")
    quick.right(quick.login())


def folder(quick, syslog, words):
    line = quick.denied(quick.login())
    assert line["reason"] in ("user-file", "settings")
    syslog.wait_for("users.d.*" + words)


def test_folder_of_records_is_missing(quick, settings, syslog):
    os.rename(settings.users_dir, settings.users_dir + ".away")
    folder(quick, syslog, "install -d -o root -g twofa -m 0750 "
           "/etc/twofa/users.d")


def test_folder_of_records_that_others_may_write(quick, settings, syslog):
    os.chmod(settings.users_dir, 0o777)
    folder(quick, syslog, "mode 0777.*chmod 0750")


def test_folder_of_records_of_another_owner(quick, settings, syslog):
    os.chown(settings.users_dir, 990, 990)
    folder(quick, syslog, "belongs to user twofa.*chown root:twofa")


def test_folder_of_records_shut_for_the_helper(quick, settings, syslog):
    os.chmod(settings.users_dir, 0o700)
    folder(quick, syslog, "by user twofa")


def secret(quick, syslog, words):
    assert quick.denied(quick.login())["reason"] == "settings"
    syslog.wait_for(r"twofa\.conf:\d+: api_secret_file: .*" + SECRET + ".*" +
                    words)


@pytest.mark.parametrize("mode", [0o644, 0o646, 0o660])
def test_secret_open_to_others(quick, syslog, mode):
    os.chmod(SECRET, mode)
    secret(quick, syslog, "mode 0%o.*chmod 0640" % mode)


def test_secret_of_another_owner(quick, syslog):
    os.chown(SECRET, 990, 990)
    secret(quick, syslog, "belongs to user twofa.*chown root:twofa")


def test_secret_is_a_symlink(quick, syslog):
    os.rename(SECRET, SECRET + ".real")
    os.symlink(SECRET + ".real", SECRET)
    secret(quick, syslog, "symbolic link")


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_secret_is_no_file(quick, syslog, make):
    os.unlink(SECRET)
    make(SECRET)
    os.chown(SECRET, 0, 990)
    os.chmod(SECRET, 0o750)
    secret(quick, syslog, "not a regular file")


@pytest.mark.parametrize("text, words", [
    (b"", "0 bytes"), (b"\n", "0 bytes"), (b"a\0b\n", "printable"),
    (b"two\nlines\n", "printable"), (b"x" * 300, "300 bytes"),
])
def test_secret_text(quick, settings, syslog, text, words):
    settings.put(SECRET, text)
    secret(quick, syslog, words)


def test_secret_folder_that_others_may_write(quick, settings, syslog):
    os.chmod(settings.secrets, 0o777)
    secret(quick, syslog, "folder.*has mode 0777")


def test_secret_is_not_in_the_log(quick, settings, syslog):
    settings.put(SECRET, b"Sup3rS3cret\x80\n")
    secret(quick, syslog, "printable")
    assert not any("Sup3rS3cret" in line for line in syslog.lines())


@pytest.fixture
def passwd():
    """Change /etc/passwd for the account twofa; it comes back."""
    with open("/etc/passwd", encoding="utf-8") as text:
        before = text.read()

    def change(line):
        kept = [old for old in before.splitlines()
                if not old.startswith("twofa:")]
        write("\n".join(kept + ([line] if line else [])) + "\n")

    def write(text):
        with open("/etc/passwd.new", "w", encoding="utf-8") as out:
            out.write(text)
        os.rename("/etc/passwd.new", "/etc/passwd")
    yield change
    write(before)


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("line, words", [
    (None, "user twofa: .*useradd --system"),
    ("twofa:x:0:990::/nonexistent:/usr/sbin/nologin",
     "uid 0 and gid 990, neither may be 0"),
    ("twofa:x:990:0::/nonexistent:/usr/sbin/nologin",
     "uid 990 and gid 0, neither may be 0"),
])
def test_account_of_the_helper(quick, syslog, passwd, line, words):
    passwd(line)
    assert quick.denied(quick.login())["reason"] == "helper-user"
    syslog.wait_for("pam_twofa: user twofa.*" + words if line else
                    "pam_twofa: " + words)


def test_name_service_does_not_know_the_group(quick):
    """The helper has the group of the account, whatever its name."""
    subprocess.run(["groupmod", "-n", "other", "twofa"], check=True)
    try:
        quick.right(quick.login())
    finally:
        subprocess.run(["groupmod", "-n", "twofa", "other"], check=True)
