# SPDX-License-Identifier: BSD-2-Clause
"""Eight at once change one record: what each of them prints is so."""

import base64
import json
import os
import re
import struct
import subprocess

import pytest

import admin as tool
import stage
import twilioapp
from app import App
from ctl import call, done, record, typed

TRANSPORTS = ("spawn",)
EIGHT = range(8)


def at_once(calls):
    """All of them, begun before the first is waited for."""
    begun = [subprocess.Popen(
        [tool.TWOFACTL, "--helper", stage.HELPER, *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True) for words in calls]
    ended = []
    for process in begun:
        out, said = process.communicate(timeout=90)
        ended.append(subprocess.CompletedProcess(
            process.args, process.returncode, out, said))
    return ended


def part(data):
    return struct.pack(">I", len(data)) + data


def security_key(n):
    blob = base64.b64encode(
        part(b"sk-ssh-ed25519@openssh.com") + part(b"%032d" % n) +
        part(b"ssh:"))
    return "sk-ssh-ed25519@openssh.com " + blob.decode()


def factor_of(settings, user="alice"):
    found = re.search(r'push_factor = "(\w+)"', record(settings, user) or "")
    return found.group(1) if found else None


def test_key(settings, tmp_path, _ready):
    """Each key that is said to be recorded is, and none comes back."""
    settings.user("alice")
    for n in EIGHT:
        (tmp_path / ("%d.pub" % n)).write_text(security_key(n) + "\n")
    for option in ("--sk", "--remove"):
        ended = at_once([("key", "alice", option,
                          str(tmp_path / ("%d.pub" % n))) for n in EIGHT])
        assert [one.returncode for one in ended] == [0] * 8, ended
        named = [re.search(r"SHA256:\S+", one.stdout).group() for one in ended]
        there = [name in record(settings, "alice") for name in named]
        assert there == [option == "--sk"] * 8


def test_enroll(settings, _ready):
    """One makes the record; each key of a change stays."""
    ended = at_once([("enroll", "carol", "+44770090030%d" % n, "--no-verify")
                     for n in EIGHT])
    assert sorted(one.returncode for one in ended) == [0] + [1] * 7, ended
    won = [one for one in ended if one.returncode == 0]
    number = re.search(r"\+\d+", won[0].stdout).group()
    assert record(settings, "carol") == 'phone = "%s";\n' % number
    ended = at_once([
        ("enroll", "carol", *words, "--no-verify", "--replace")
        for words in (("--phone", "+447700900309"),
                      ("-", "--email", "c@example.org")) * 4])
    assert {one.returncode for one in ended} == {0}, ended
    assert '"+447700900309"' in record(settings, "carol")
    assert '"c@example.org"' in record(settings, "carol")


def test_enroll_people(settings, _ready):
    """Eight people of one account."""
    ended = at_once([("enroll", "carol", "+44770090030%d" % n, "--person",
                      "p%d" % n, "--no-verify") for n in EIGHT])
    assert [one.returncode for one in ended] == [0] * 8, ended
    assert len(re.findall(r'name = "p\d"', record(settings, "carol"))) == 8


def test_totp(terminals, settings, clock, _ready):
    """Only one secret counts, and the others are told so."""
    settings.user("alice")
    begun = [typed(terminals, "totp", "alice") for _ in EIGHT]
    secrets = []
    for one in begun:
        one.expect("Code that the app shows")
        secrets.append(re.search(r"secret=(\w+)", one.text).group(1))
    for one, secret in zip(begun, secrets):
        one.answer(App(clock, secret).code())
    said = [(one.ended(), one.text) for one in begun]
    assert sorted(status for status, _ in said) == [0] + [1] * 7, said
    path = re.search('totp_secret_file = "(.*)"', record(settings, "alice"))
    with open(path.group(1), encoding="ascii") as text:
        assert secrets.index(text.read().strip()) == [
            status for status, _ in said].index(0)
    assert all("meanwhile" in text for status, text in said if status)


def test_push(terminals, settings, sim):
    """Only one phone is asked, and the others are told so."""
    settings.set(providers=settings.keys["providers"] + [
        twilioapp.provider(settings, sim, "twilio-push")])
    settings.user("alice")
    begun = [typed(terminals, "push", "alice", "--json") for _ in EIGHT]
    for one in begun:
        one.expect(r'"push_identity":"(\w+)".*\n')
    for one in begun:
        twilioapp.register(sim, one.match.group(1))
    said = [(one.ended(), one.text) for one in begun]
    won = [text for status, text in said if status == 0]
    assert len(won) == 1, said
    assert json.loads(won[0].strip().splitlines()[-1]) == {
        "push_factor": factor_of(settings)}
    assert all("meanwhile" in text for status, text in said if status)


def test_remove(settings, _ready):
    """Nobody is said to be enrolled as before who is gone."""
    settings.user("bob")
    done("totp", "bob", "--no-verify")
    ended = at_once([("remove", "bob", "--yes")] * 8)
    assert record(settings, "bob") is None
    assert not os.path.exists(settings.secrets + "/bob.totp")
    assert sorted(one.returncode for one in ended) == [0] + [1] * 7, ended
    for one in ended:
        assert "as before" not in one.stderr, ended
        assert one.returncode == 0 or "is not enrolled" in one.stdout, ended


def test_remove_people(settings, _ready):
    """The last of them stays, and each that goes is said to be gone."""
    for n in EIGHT:
        done("enroll", "carol", "+44770090030%d" % n, "--person", "p%d" % n,
             "--no-verify")
    ended = at_once([("remove", "carol", "--person", "p%d" % n, "--yes")
                     for n in EIGHT])
    assert sorted(one.returncode for one in ended) == [0] * 7 + [1], ended
    left = [n for n, one in zip(EIGHT, ended) if one.returncode == 1]
    assert re.findall(r'name = "p(\d)"', record(settings, "carol")) == [
        str(left[0])]
    assert "is the last of the people" in ended[left[0]].stderr


@pytest.mark.parametrize("first", ["remove", "totp"])
def test_remove_beside_totp(settings, first, _ready):
    """A record never names a secret that is gone."""
    calls = [("remove", "bob", "--yes"), ("totp", "bob", "--no-verify")]
    for _ in range(4):
        done("enroll", "bob", "+447700900201", "--no-verify", "--replace")
        at_once((calls if first == "remove" else calls[::-1]) * 4)
        if record(settings, "bob") is not None:
            assert call("show", "bob").returncode == 0
        call("remove", "bob", "--yes")
