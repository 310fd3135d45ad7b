# SPDX-License-Identifier: BSD-2-Clause
"""The files that twofactl state writes on a server: what of them other users of
that machine, and user postgres, whose folders some of them are in, can read or
have written elsewhere; and what of the admin's own stays."""

import os
import pathlib
import pwd
import subprocess

import pytest

TRANSPORTS = ("spawn",)
BEGIN, END = "# twofactl state: begin\n", "# twofactl state: end\n"
OWN = "local all all peer\n"
# the server's answers, without one
STANDIN = """
sql() {
	case $1 in
	*hba_file) echo %s ;;
	*data_directory) echo /nowhere ;;
	esac
}
firewall() { cat >/dev/null; }
no_firewall() { echo no firewall; }
systemctl() { :; }
"""


@pytest.fixture(name="script")
def fixture_script(settings, admin):
    del settings
    text = admin.do("state", "server", "access", "db1", "--print",
                    "--networks", "192.0.2.0/24")
    assert text.endswith("\naccess\n")
    return text[:-len("access\n")]


@pytest.fixture(name="hba")
def fixture_hba(tmp_path):
    """In a folder of the server's user."""
    for part in (tmp_path, *tmp_path.parents):
        part.chmod(part.stat().st_mode & 0o7777 | 0o055)
    folder = tmp_path / "main"
    folder.mkdir()
    path = folder / "pg_hba.conf"
    path.write_text(OWN, "ascii")
    path.chmod(0o640)
    uid = pwd.getpwnam("postgres").pw_uid
    for one in (folder, path):
        os.chown(one, uid, -1)
    return path


def run(script, act, **more):
    return subprocess.run(["sh", "-s"], input=script + act, check=False,
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **more)


def test_nobody_else_opens_a_secret(script, tmp_path):
    """Neither while it is written, by the mode that its text has then."""
    place = tmp_path / "server.key"
    with subprocess.Popen(
            ["sh", "-c", script + "umask 022\nput %s 600 root:root" % place],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            text=True) as writer:
        new = tmp_path / "server.key.new"
        while not new.exists():
            assert writer.poll() is None
        assert new.stat().st_mode & 0o077 == 0
        writer.stdin.write("secret\n")
        writer.stdin.close()
        assert writer.wait() == 0
    assert place.read_text("ascii") == "secret\n"
    assert place.stat().st_mode & 0o777 == 0o600


def test_a_link_of_its_user_leads_root_nowhere(script, hba, tmp_path):
    other = tmp_path / "of-root"
    other.write_text("root's\n", "ascii")
    other.chmod(0o600)
    hba.with_name("pg_hba.conf.new").symlink_to(other)
    done = run(script, STANDIN % hba + "access\n")
    assert done.returncode == 0, done.stdout
    assert other.read_text("ascii") == "root's\n" and other.stat().st_uid == 0
    text = hba.read_text("ascii")
    assert text.startswith(BEGIN) and text.endswith(END + OWN)
    assert hba.owner() == "postgres" and hba.stat().st_mode & 0o777 == 0o640

    # nor is it read by a link
    hba.unlink()
    hba.symlink_to(other)
    assert run(script, STANDIN % hba + "access\n").returncode != 0
    assert other.read_text("ascii") == "root's\n"
    assert not any(b"root's" in one.read_bytes() for one in
                   hba.parent.iterdir() if not one.is_symlink())


@pytest.mark.parametrize("act", ("access", "server_remove"))
@pytest.mark.parametrize("broken", (BEGIN + "host a b\n" + OWN,
                                    OWN + "host a b\n" + END))
def test_with_one_mark_all_stays(script, hba, act, broken):
    hba.write_text(broken, "ascii")
    done = run(script, STANDIN % hba + act + "\n")
    assert done.returncode == 1, done.stdout
    assert "is as it was" in done.stdout and "firewall" not in done.stdout
    assert hba.read_text("ascii") == broken
    assert [one.name for one in pathlib.Path(hba.parent).iterdir()] == [
        "pg_hba.conf"]
