# SPDX-License-Identifier: BSD-2-Clause
"""docs/guide/keys-and-services.md: its files, as they stand there."""

import os
import re
import subprocess

import pytest

import stage
from steps import ONCE, asked, at_prompt

TRANSPORTS = ("spawn", "socket")

NO_PASSWORD = ("PasswordAuthentication=no",)
SSHD = "/etc/ssh/sshd_config"


def page():
    with open(stage.ROOT + "/docs/guide/keys-and-services.md",
              encoding="utf-8") as text:
        return text.read()


def block(section, first):
    """The lines of a section that are set off, from the one that begins so."""
    text = re.split(r"^#+ ", page(), flags=re.M)
    (part,) = [part for part in text if part.startswith(section + "\n")]
    (found,) = [lines for lines in re.findall(r"(?:^ {4}.*\n)+", part, re.M)
                if lines.startswith("    " + first)]
    return [line[4:] for line in found.splitlines()]


def auth_lines(pam, section, first):
    """The stack, with the module of this build and its arguments."""
    return [re.sub(r"^auth  required +pam_twofa.so$", pam.module_line(), line)
            .replace(" pam_twofa.so", " " + stage.MODULE)
            for line in block(section, first)]


BOTH = "A key and a code, or a password and a code"


@pytest.fixture
def both(sshd, pam):
    pam.stack("sshd", *auth_lines(pam, BOTH, "auth  [success=2"))
    return sshd.start(*block(BOTH, "UsePAM"))


def test_key_and_code(both, sim):
    login = both.login("alice", key=both.key("alice"))
    login.prompt("ode")
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and "assword" not in login.text
    asked(sim, start=1, check=1)


def test_password_and_code(both, sim):
    login = at_prompt(both.login("alice"), "ode")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    asked(sim, start=1, check=1)


def test_wrong_password(both, sim):
    login = both.login("alice", options=ONCE)
    login.password("pw-bob")
    assert login.ended() != 0
    asked(sim)


def test_root_with_key_and_code(sshd, pam, settings, sim):
    settings.user("root", phone=sim.NUMBERS["alice"])
    pam.stack("sshd", *auth_lines(pam, BOTH, "auth  [success=2"))
    general = [line for line in block(BOTH, "UsePAM")
               if not line.startswith("PermitRootLogin")]
    server = sshd.start(*general, *block("root", "Match"), "Match all")
    login = server.login("root", key=server.key("root"))
    login.prompt("ode")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    login = server.login("root", options=ONCE + NO_PASSWORD)
    assert login.ended() != 0


def test_other_methods_are_taken(both, sshd):
    """sshd takes the line, and the module its words."""
    (line,) = block("Other methods of sshd", "AuthenticationMethods")
    assert sshd.start(line, "GSSAPIAuthentication yes")
    assert "`when=publickey,hostbased,gssapi-with-mic`" in page()


def test_account_that_logs_in_by_itself(sshd, pam, sim, syslog):
    """alice stands for it; everybody else still needs a code."""
    pam.stack("sshd", *auth_lines(pam, BOTH, "auth  [success=2"))
    match = block("An account that logs in by itself", "Match")
    server = sshd.start(*block(BOTH, "UsePAM"),
                        *[line.replace("backup", "alice") for line in match],
                        "Match all")
    login = server.login("alice", key=server.key("alice"),
                         options=("BatchMode=yes",))
    assert login.ended() == 0 and "alice" in login.text
    assert not syslog.logins()
    login = server.login("bob", key=server.key("bob"),
                         options=("BatchMode=yes",))
    assert login.ended() != 0
    asked(sim)


ALONE = "A key and a code, no passwords at all"


def test_key_and_code_alone(sshd, pam, sim):
    pam.stack("sshd", *auth_lines(pam, ALONE, "auth"))
    server = sshd.start(*block(ALONE, "AuthenticationMethods"))
    login = server.login("alice", key=server.key("alice"))
    login.prompt("ode")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    login = server.login("alice", options=ONCE + NO_PASSWORD)
    assert login.ended() != 0
    asked(sim, start=1, check=1)


FINGER = "A finger, a card, an agent"


def test_a_first_factor_that_cannot_be_seen(quick, pam, settings, sim, syslog):
    """pam_permit stands for the finger: no password is left by either."""
    lines = [line.replace("pam_u2f.so", "pam_permit.so")
             for line in auth_lines(pam, FINGER, "auth")]
    pam.stack("sudo", *lines)
    quick.decoy(quick.login(service="sudo", password=False),
                reason="no-first-factor")
    syslog.wait_for("pam.d/sudo; if they prove .* first_factor = .*stack")
    (rule,) = block(FINGER, "rules")
    assert rule == ('rules = ( { services = ["sudo"]; action = "require"; '
                    'first_factor = "stack"; } );')
    settings.set(rules=[{"services": ["sudo"], "action": "require",
                         "first_factor": "stack"}])
    quick.right(quick.login(service="sudo", password=False), words="ode")
    assert len(sim.messages()) == 1


def test_no_rule_vouches_for_sshd(quick, pam, syslog):
    """So the log does not name one: sshd has refused that user."""
    pam.only("sshd")
    quick.decoy(quick.login(password=False), reason="no-first-factor")
    assert not [line for line in syslog.lines() if "first_factor" in line]


def test_commands(both, admin):
    """sshd -t and doctor say nothing is wrong with what the page has."""
    with open(SSHD, "rb") as text:
        before = text.read()
    try:
        with open(SSHD, "w", encoding="ascii") as out:
            out.write("\n".join(block(BOTH, "UsePAM")) + "\nUseDNS no\n")
        for command in block(BOTH, "sudo sshd"):
            if "systemctl" in command:
                continue
            words = command.split()[1:]
            if words[0] == "sshd":
                os.makedirs("/run/sshd", exist_ok=True)
                subprocess.run(["/usr/sbin/" + words[0], *words[1:]],
                               check=True)
            else:
                _, said = admin.run(*words[1:])
                assert not re.search(r"^(pam|sshd)-[a-z-]+: .*sshd", said,
                                     re.M), said
                # but that the machine may have another ssh server
                assert "sshd-" not in said.replace("note: sshd-other", "")
    finally:
        with open(SSHD, "wb") as out:
            out.write(before)
