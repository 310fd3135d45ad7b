# SPDX-License-Identifier: BSD-2-Clause
"""twofactl check: every error of settings and users' files."""

import json
import os
import pwd

import pytest

import conf

TRANSPORTS = ("spawn", "socket")


def problems(admin, count, status=3):
    """What it prints, a line for each problem."""
    got, out = admin.run("check")
    assert got == status, out
    lines = out.splitlines()
    told = [line for line in lines if line.startswith("twofactl: ")]
    assert len(told) == count, out
    found = json.loads(admin.run("check", "--json")[1])
    assert len(found["problems"]) == count
    return "\n".join(told)


@pytest.fixture(autouse=True)
def _uids(_ready, settings):
    """The records of alice and bob as the first check leaves them."""
    for name in ("alice", "bob"):
        settings.user(name, uid=pwd.getpwnam(name).pw_uid)


def test_all_is_well(admin, settings):
    assert admin.do("check") == (
        "%s and 2 users' files: nothing is wrong.\n" % settings.conf)
    assert json.loads(admin.do("check", "--json")) == {
        "problems": [], "files": 2}


def test_settings(admin, settings):
    settings.set(brand=5, nonsense=True, users_dir="/nowhere")
    told = problems(admin, 3)
    for words in ("twofa.conf:1: brand:", "nonsense: unknown key", "/nowhere"):
        assert words in told
    settings.set(brand="ACME", nonsense=None)
    assert "/nowhere" in problems(admin, 1)


@pytest.mark.parametrize("add,count", [
    (dict(nonsense=True), 4), (dict(users_dir="/nowhere"), 1),
    (dict(providers=[{"name": "a", "type": "none-such"}]), 4)])
def test_users_beside_an_error_of_the_settings(admin, settings, add, count):
    """All that is wrong, in one go; nothing that the error alone makes so."""
    settings.raw_user("alice", 'phone = "5"; oops = 1;\n')
    settings.raw_user("bob", "phone = ")
    settings.set(**add)
    told = problems(admin, count)
    assert ("alice.conf:1: oops:" in told) == ("users_dir" not in add), told


@pytest.mark.parametrize("wrong,words", [
    (dict(providers=[{"name": "a", "type": "vonage-verfy"}]),
     '"vonage-verfy" is no type of this version'),
    (dict(limits={"allowed_prefixes": [1]}), "allowed_prefixes")])
def test_good_users_beside_an_error_of_the_settings(
        admin, settings, wrong, words):
    """The error is reported, and users who are enrolled end nothing."""
    settings.set(**wrong)
    assert words in problems(admin, 1)


def test_users_beside_settings_that_cannot_be_read(admin, settings):
    """Those in the usual folder."""
    settings.raw_user("alice", 'phone = "5"; oops = 1;\n')
    settings.raw("brand = \n")
    told = problems(admin, 3)
    assert "twofa.conf:" in told and "alice.conf:1: oops:" in told


def test_a_secret_that_is_missing(admin, settings):
    os.unlink(settings.secrets + "/vonage")
    assert "api_secret_file" in problems(admin, 1)


def test_users(admin, settings):
    """Each error of each file, in one go."""
    settings.raw_user("alice", 'phone = "5"; oops = 1;\nchannels = ["fax"];\n')
    settings.raw_user("bob", "phone = ")
    told = problems(admin, 4)
    for words in ("alice.conf:1: phone:", "alice.conf:1: oops:",
                  "alice.conf:2: channels:", "bob.conf:"):
        assert words in told, told


def test_files_of_nobody(admin, settings):
    settings.user("left-long-ago")
    settings.raw_user(".alice", 'phone = "+447700900900";\n')
    settings.put(settings.users_dir + "/bob.conf~", "x")
    told = problems(admin, 3)
    assert 'there is no account "left-long-ago"; if it is gone for good, ' \
        "run: twofactl remove left-long-ago" in told
    assert told.count("no login reads it") == 2


def test_who_cannot_be_reached(admin, settings):
    settings.set(limits={"allowed_prefixes": ["+99"]})
    assert problems(admin, 2).count("none of the allowed_prefixes") == 2
    settings.set(limits={})
    settings.user("alice", channels=["whatsapp"])
    assert "no provider of the settings delivers" in problems(admin, 1)


LANDLINE = {"number": "+442079460500", "voice": True}
MOBILE = {"number": "+447700900100"}


def test_who_is_reached_by_another_phone_than_the_first(admin, settings):
    settings.user("alice", phone=None, phones=[LANDLINE, MOBILE],
                  channels=["sms"])
    assert "nothing is wrong" in admin.do("check")
    settings.user("alice", phone=None, phones=[LANDLINE])
    settings.set(limits={"allowed_prefixes": ["+447"]})
    assert "alice.conf: phone: begins with none" in problems(admin, 1)
    settings.user("alice", phone=None, phones=[LANDLINE, MOBILE])
    assert "alice.conf: phones: number 1 begins with none" in problems(
        admin, 1)


@pytest.mark.parametrize("path,mode,words", [
    ("/twofa.conf", 0o600, "chmod 0640"),
    ("/users.d/alice.conf", 0o600, "chmod 0640"),
    ("/secrets/vonage", 0o600, "chmod 0640"),
    ("/users.d", 0o700, "chmod 0750"),
    ("", 0o700, "chmod 0750"),
    ("/users.d/alice.conf", 0o660, "can write to it"),
    ("/secrets/vonage", 0o644, "vonage"),
])
def test_modes(admin, settings, path, mode, words):
    path = os.path.dirname(settings.conf) + path
    os.chmod(path, mode)
    told = problems(admin, 1)
    assert path in told and words in told


def test_folder_that_the_helper_enters(admin, settings):
    """It opens twofa.conf there, and lists nothing."""
    folder = os.path.dirname(settings.conf)
    os.chown(folder, 0, 0)
    os.chmod(folder, 0o711)
    assert "nothing is wrong" in admin.do("check")
    os.chmod(folder, 0o710)
    assert folder + ": twofa-helper cannot read it" in problems(admin, 1)


def test_group(admin, settings):
    os.chown(settings.user_file("alice"), 0, 0)
    assert "chgrp twofa %s" % settings.user_file("alice") in problems(admin, 1)


def test_no_settings(admin, settings):
    os.unlink(settings.conf)
    assert "twofa.conf: is not there; run: twofactl init, " in \
        problems(admin, 1)


def test_usage(admin, _ready):
    status, out = admin.run("check", "alice")
    assert status == 2 and "check takes nothing" in out


def test_another_twofactl_at_work(admin, settings):
    """Its folder is no user's file."""
    os.mkdir(settings.users_dir + "/.twofactl.12345", 0o700)
    admin.do("check")


HIDDEN = [{"groups": ["root"], "action": "require"}, {"action": "skip"}]


def test_what_a_hidden_membership_falls_through(admin, settings):
    """No error, so that a roll-out group by group can go on."""
    settings.set(rules=HIDDEN)
    out = admin.do("check")
    assert "twofactl: warning: %s: rule 1 asks members of its groups, and " \
        "rule 2 after it admits" % settings.conf in out
    assert "nothing is wrong but what the warnings say" in out
    settings.set(rules=[HIDDEN[0]] + HIDDEN)
    found = json.loads(admin.do("check", "--json"))
    assert len(found["warnings"]) == 2 and found["problems"] == []
    settings.set(rules=[dict(HIDDEN[0], action="skip"), {}])
    assert "warning" not in admin.do("check")


def test_a_group_that_cannot_be_found(admin, settings):
    settings.set(rules=[{"groups": ["nosuch", "root", "nor-this"]},
                        {"groups": ["nosuch"], "action": "deny"}])
    told = problems(admin, 3)
    assert told.count('rule 1: group "nosuch" cannot be found') == 1
    assert told.count('rule 1: group "nor-this" cannot be found') == 1
    assert "rule 2: group \"nosuch\" cannot be found, so the rule " \
        "admits nobody without a code; see: getent group nosuch" in told


@pytest.fixture
def systemd_names():
    """The module of Debian's nsswitch.conf, and no systemd that answers; of
    root and nobody it says no by itself."""
    names = "/etc/nsswitch.conf"
    with open(names, encoding="utf-8") as text:
        before = text.read()
    with open(names, "w", encoding="utf-8") as out:
        out.write("passwd: files\ngroup: files systemd\nhosts: files\n")
    yield
    with open(names, "w", encoding="utf-8") as out:
        out.write(before)


def test_nobody_is_enrolled_yet(admin, settings, systemd_names):
    """Logins of the group are asked for a code, so check may not be silent."""
    settings.set(rules=[{"groups": ["daemon"], "action": "skip"}, {}])
    for user in ("alice", "bob"):
        os.unlink(settings.user_file(user))
    assert 'source "systemd"' in problems(admin, 1)


@pytest.mark.parametrize("count", [100, 101, 200])
def test_every_problem(admin, settings, count):
    """Of settings and of a user's file; none is left out, none made up."""
    keys = "".join("k%d = 1;\n" % n for n in range(count))
    with open(settings.user_file("bob"), encoding="utf-8") as text:
        settings.raw_user("bob", text.read() + keys)
    problems(admin, count)
    with open(conf.FOLDER + "/twofa.conf", encoding="utf-8") as text:
        settings.raw(text.read() + keys)
    said = problems(admin, 2 * count)
    for n in (0, count - 1):
        assert " k%d: unknown key" % n in said
    found, _ = admin.run("doctor")
    assert found == 1
    assert admin.run("doctor")[1].count(": unknown key") == count


def warnings(admin):
    """Nothing is wrong: exit status 0."""
    return [line for line in admin.do("check").splitlines()
            if line.startswith("twofactl: warning: ")]


def test_allow_that_cannot_come_about(admin, settings):
    """Warnings: nothing is wrong with the settings, and they do nothing."""
    settings.set(rules=[
        {"services": ["sudo", "su"], "on_outage": "allow"},
        {"services": ["sudo", "sshd"], "on_outage": "allow"}])
    line, = warnings(admin)
    assert 'rule 1: on_outage = "allow" acts as "offline"' in line
    first = dict(settings.keys["providers"][0], timeout_ms=25000)
    settings.set(rules=None, on_outage="allow", providers=[
        dict(first, name="a"), dict(first, name="b")])
    line, = warnings(admin)
    assert "never admits at login when" in line and "takes 50 s" in line
    settings.set(rules=[{"on_outage": "allow", "methods": ["sms"]}],
                 on_outage=None)
    line, = warnings(admin)
    assert "rule 1: " in line
    settings.provider(timeout_ms=24900)
    assert not warnings(admin)
    settings.provider(base_url="https://api.example.org")
    line, = warnings(admin)
    assert "never admits while the name of a provider (api.example.org) is " \
        "not resolved" in line
    settings.set(rules=None)
    assert not warnings(admin)


TELNYX = {
    "name": "telnyx", "type": "telnyx-verify", "api_key_file": "vonage",
    "verify_profile_id": "12ade33a-21c0-473b-b055-b3c836e1c292"}
V2 = {"name": "v2", "type": "vonage-verify-v2", "api_key": "abcd1234",
      "api_secret_file": "vonage"}


def of_type(settings, keys, **more):
    """This provider after the first one; its secret is the first one's."""
    secret = {key: settings.secrets + "/" + value
              for key, value in keys.items() if key.endswith("_file")}
    settings.set(providers=settings.keys["providers"][:1] + [
        dict(keys, **secret, **more)])


@pytest.mark.parametrize("keys,digits", [
    (dict(TELNYX), 5), (dict(TELNYX, code_length=4), 4),
    (dict(TELNYX, code_length=6), 0), (dict(V2, code_length=5), 5),
    (dict(V2), 0)])
def test_fewer_digits_than_six(admin, settings, keys, digits):
    """telnyx-verify has five, unless the settings say otherwise."""
    of_type(settings, keys)
    told = warnings(admin)
    assert len(told) == (digits > 0), told
    if digits:
        assert "provider %s: codes have %d digits, " % (
            keys["name"], digits) in told[0]
        found = json.loads(admin.do("check", "--json"))
        assert len(found["warnings"]) == 1 and found["problems"] == []


@pytest.mark.parametrize("keys,seconds", [
    (dict(expiry=600), 0), (dict(expiry=601), 601),
    (dict(expiry=200, workflow_id=1), 0), (dict(workflow_id=1), 900),
    (dict(workflow_id=3), 0), (dict(expiry=301, workflow_id=3), 602)])
def test_a_life_of_more_than_ten_minutes(admin, settings, keys, seconds):
    """The steps of a workflow add up, also where it begins with a call."""
    of_type(settings, V2, **keys)
    told = warnings(admin)
    assert len(told) == (seconds > 0), told
    if seconds:
        assert "provider v2: a code can be used for %d s, " % seconds in \
            told[0]


def test_codes_by_email(admin, settings):
    """Told once, of those whom a provider can send an email."""
    for name in ("alice", "bob"):
        settings.user(name, email=name + "@example.org",
                      channels=["sms", "email"])
    assert not warnings(admin)
    of_type(settings, V2)
    line, = warnings(admin)
    assert "users.d/alice.conf: codes may go by email" in line
    assert "(2 such records in all)" in line
    found = admin.do("check", "--file", settings.user_file("bob"))
    assert "warning: %s: codes may go by email" % settings.user_file("bob") \
        in found
    for name in ("alice", "bob"):
        settings.user(name, email=name + "@example.org", channels=["sms"])
    assert not warnings(admin)
    settings.user("bob", email="bob@example.org", channels=["email"],
                  enabled=False)
    assert not warnings(admin)
