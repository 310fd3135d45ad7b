# SPDX-License-Identifier: BSD-2-Clause
"""twofactl check --file: a file before it is in its place."""

import json
import os

import pytest

import conf
import ctl

TRANSPORTS = ("spawn", "socket")


@pytest.fixture
def candidate(settings):
    """Anybody's file in anybody's folder, as a program that copies one leaves
    it; by default what twofa.conf says."""
    with open(settings.conf, encoding="utf-8") as file:
        good = file.read()

    def write(text=good, name="source"):
        path = "/run/tmp/ansible-tmp/" + name
        os.makedirs(os.path.dirname(path), mode=0o777, exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chown(path, 1001, 1001)
        os.chmod(path, 0o666)
        return path
    return write


def test_fit(admin, settings, candidate):
    """Nothing is judged of the file itself."""
    path = candidate()
    assert admin.do("check", "--file", path) == path + ": nothing is wrong.\n"
    assert json.loads(admin.do("check", "--file", path, "--json")) == {
        "problems": [], "files": 2}


def test_in_the_place_of_settings_that_are_broken(admin, settings, candidate):
    path = candidate()
    settings.raw("nonsense")
    admin.do("check", "--file", path)


def test_stdin(settings, candidate):
    with open(candidate(), encoding="utf-8") as file:
        text = file.read()
    assert ctl.done("check", "--file", "-", stdin=text) == \
        "-: nothing is wrong.\n"
    ended = ctl.call("check", "--file", "-", stdin=text + "x = 1;\n")
    assert ended.returncode == 3 and "x: unknown key" in ended.stderr


def test_errors_name_the_file(admin, settings, candidate):
    path = candidate("brand = 5;\nnonsense = 1;\n")
    status, out = admin.run("check", "--file", path)
    assert status == 3
    assert path + ":1: brand: is a number" in out
    assert path + ":2: nonsense: unknown key" in out
    assert settings.conf not in out
    found = json.loads(admin.run("check", "--file", path, "--json")[1])
    assert len(found["problems"]) == 2


def test_what_it_names(admin, settings, candidate):
    """Secrets and users are judged as they are."""
    path = candidate()
    os.chmod(settings.secrets + "/vonage", 0o644)
    status, out = admin.run("check", "--file", path)
    assert status == 3 and "chmod 0640 %s/vonage" % settings.secrets in out
    os.chmod(settings.secrets + "/vonage", 0o640)
    settings.set(limits={"allowed_prefixes": ["+99"]})
    with open(settings.conf, encoding="utf-8") as file:
        strict = candidate(file.read())
    settings.set(limits=None)
    assert admin.run("check")[0] == 0
    status, out = admin.run("check", "--file", strict)
    assert status == 3 and out.count("none of the allowed_prefixes") == 2


@pytest.mark.parametrize("prefixes, told", [(None, True), (["+44"], False)])
def test_a_first_provider_without_prefixes(admin, settings, candidate,
                                           prefixes, told):
    """A host with apps alone had no reason to set any."""
    settings.set(limits={"allowed_prefixes": prefixes} if prefixes else None)
    with open(settings.conf, encoding="utf-8") as file:
        new = candidate(file.read())
    settings.forget("alice")
    settings.forget("bob")
    assert "allowed_prefixes" not in admin.run("check", "--file", new)[1]
    settings.set(providers=None)
    status, out = admin.run("check", "--file", new)
    assert status == 0, out
    assert ("warning: " in out and "allowed_prefixes" in out) == told, out


def test_not_there(admin, settings):
    status, out = admin.run("check", "--file", "/nowhere/x", "--json")
    assert status == 4 and "/nowhere/x: No such file" in out
    assert "problems" not in out


def test_a_users_file(admin, settings, candidate):
    good = 'phone = "+447700900222";\n'
    for path in (candidate(good, "users.d/carol.conf"),
                 candidate(good, "x/users.d/carol.conf")):
        assert admin.do("check", "--file", path) == \
            path + ": nothing is wrong.\n"
    path = candidate(good)
    admin.do("check", "--file", path, "--user", "carol")
    assert admin.run("check", "--file", path)[0] == 3  # as settings
    assert "carol.conf" not in ctl.records(settings)
    for words in ("phone = 5;\n", good + "oops = 1;\n"):
        path = candidate(words)
        status, out = admin.run("check", "--file", path, "--user", "carol")
        assert status == 3 and "/carol.conf:" in out, out
    status, out = admin.run("check", "--file", candidate(good), "--user",
                            "nobody-here")
    assert status == 3 and 'there is no account "nobody-here"' in out


def test_people(admin, settings, candidate):
    path = candidate('people = ( { name = "anna"; phone = "5"; } );\n')
    status, out = admin.run("check", "--file", path, "--user", "carol")
    assert status == 3 and "phone: " in out
    path = candidate('people = ( { name = "anna"; '
                     'phone = "+447700900222"; } );\n')
    admin.do("check", "--file", path, "--user", "carol")


@pytest.mark.parametrize("words", [(), ("--user", "carol")])
def test_a_foreign_file_is_not_shown(admin, settings, candidate, words):
    """Who may run this command alone learns nothing by it."""
    path = candidate("root:$y$j9T$c0mplex$h4sh:0199999999:0:\n")
    status, out = admin.run("check", "--file", path, *words)
    assert status == 3
    assert "h4sh" not in out and "root" not in out and "j9T" not in out


def test_a_nul(admin, settings, candidate):
    path = candidate('phone = "+447700900222";\0')
    status, out = admin.run("check", "--file", path, "--user", "carol")
    assert status == 3 and "NUL" in out


def test_usage(admin, settings):
    status, out = admin.run("check", "--user", "alice")
    assert status == 2 and "--user needs --file" in out
    assert conf.FOLDER not in out
