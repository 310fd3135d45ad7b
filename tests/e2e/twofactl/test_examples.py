# SPDX-License-Identifier: BSD-2-Clause
"""The examples that the guide has an admin copy do what they say."""

import glob
import os
import re
import time

import pytest

import leftovers
import stage

TRANSPORTS = ("spawn", "socket")

GUIDE = os.path.join(stage.ROOT, "docs/guide/by-hand.md")
CONF = os.path.join(stage.ROOT, "conf")
LAYOUTS = ("debian", "plain")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as text:
        return text.read()


def paragraph(name, layout):
    """The auth lines of one layout: the open ones, or those behind the words
    "A plain layout" with their comment signs taken off."""
    text = read(CONF, "pam.d", name + ".example")
    if layout == "debian":
        return [line for line in text.split("\n")
                if line and not line.startswith("#")]
    plain = text.split("# A plain layout")[1].split("\n\n")[0]
    return re.findall(r"^#(auth .*)$", plain, re.M)


@pytest.fixture
def example(pam):
    """Write a service's example, with the module as the tests have it."""
    def write(name, layout):
        lines = paragraph(name, layout)
        ours = [n for n, line in enumerate(lines) if "pam_twofa.so" in line]
        assert ours == [len(lines) - 1], lines
        pam.stack(name, *lines[:-1], pam.module_line())
    return write


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("service", ["sshd", "sudo", "login"])
def test_code_after_the_password(example, quick, service, layout):
    example(service, layout)
    quick.right(quick.login(service=service))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_su(example, terminals, sim, layout):
    example("su", layout)
    login = terminals.su("bob", "alice")
    login.password()
    login.code(sim)
    assert login.ended() == 0 and "alice" in login.text


@pytest.mark.parametrize("layout", LAYOUTS)
def test_wrong_password_does_not_reach_the_module(example, quick, sim, syslog,
                                                  layout):
    example("sshd", layout)
    login = quick.login(password="wrong")
    assert login.ended() != 0
    assert not sim.requests() and not syslog.logins()


def test_key_and_code_without_a_password(pam, quick):
    """The third paragraph of sshd's example."""
    text = read(CONF, "pam.d/sshd.example").split("# Key and code")[1]
    lines = re.findall(r"^#(auth .*)$", text, re.M)
    assert len(lines) == 1 and "pam_twofa.so" in lines[0]
    pam.only("sshd")
    quick.right(quick.by_key())


def test_sshd_drop_in(sshd, sim):
    """It lets in with password and code, and sshd takes every line."""
    text = read(CONF, "sshd_config.d/30-twofa.conf.example")
    lines = [line for line in text.split("\n")
             if line and not line.startswith("#")]
    login = sshd.start(*lines).login("alice")
    login.password()
    login.code(sim)
    assert login.ended() == 0


def test_sshd_drop_in_with_keys(sshd, sim):
    """Its commented lines: a key is followed by password and code, and an
    account in the Match block keeps its key."""
    text = read(CONF, "sshd_config.d/30-twofa.conf.example")
    lines = re.findall(r"^#(AuthenticationMethods .*)$", text, re.M)
    match = re.findall(r"^#(Match .*)\n#(\t.*)$", text, re.M)[0]
    match = [match[0].replace("backup", "bob"), match[1], "Match all"]
    server = sshd.start(*lines, *match)
    login = server.login("alice", key=server.key("alice"))
    login.password()
    login.code(sim)
    assert login.ended() == 0
    login = server.login("bob", key=server.key("bob"))
    assert login.ended() == 0 and "bob" in login.text
    assert len(sim.messages()) == 1


def test_rules_in_the_texts(settings, quick):
    """Rules that texts and examples show are ones that the settings take."""
    pages = set(glob.glob(os.path.join(stage.ROOT, "docs/guide/*.md")))
    texts = "".join(read(path) for path in [
        GUIDE, os.path.join(stage.ROOT, "README.md"),
        *sorted(pages - {GUIDE}),
        *sorted(glob.glob(os.path.join(CONF, "pam.d/*")))])
    rules = re.findall(r"^[ #]*(?:rules = \( )?(\{ .*action = .*\})", texts,
                       re.M)
    assert len(rules) >= 6
    before = read(settings.conf)
    settings.raw(before + "rules = ( %s );\n" % ", ".join(rules))
    assert quick.login().ended() == 0
    assert quick.line("alice")["outcome"] == "observed"


@pytest.fixture(name="secret_command")
def _secret_command(settings):
    """What the guide pastes the API secret into, without sudo."""
    found, = re.findall(r"^    sudo (sh -c '[^']*stty -echo[^']*')$",
                        read(GUIDE), re.M)
    assert "/etc/twofa/secrets/vonage" in found
    return found.replace("/etc/twofa/secrets", settings.secrets)


def test_the_secret_is_not_shown(settings, terminals, secret_command):
    typing = terminals.run("bash", "-c", secret_command + "; stty -a")
    assert typing.waitnoecho(10)
    typing.answer("n0t-shown")
    assert typing.ended() == 0
    assert "n0t-shown" not in typing.text
    assert re.search(r"[ ;]echo ", typing.text), typing.text
    assert read(settings.secrets, "vonage") == "n0t-shown\n"


def test_ctrl_c_shows_again_what_is_typed(terminals, secret_command):
    typing = terminals.run("bash", "-c", "trap : INT; " + secret_command +
                           "; stty -a")
    assert typing.waitnoecho(10)
    # a shell that has not started head yet does so after its trap
    end = time.monotonic() + 10
    while "head" not in [name for _, name, _, _ in leftovers.processes()]:
        assert time.monotonic() < end
        time.sleep(0.01)
    typing.sendintr()
    assert typing.ended() == 0
    assert re.search(r"[ ;]echo ", typing.text), typing.text
