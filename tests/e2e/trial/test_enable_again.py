# SPDX-License-Identifier: BSD-2-Clause
"""enable of a service that is enabled, and the end of that trial; files that
somebody has edited meanwhile."""

import os
import shutil
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import enablehost  # noqa: E402
from killing import by_boot, by_hand, killed_behind  # noqa: E402

TRANSPORTS = ()


@pytest.fixture(name="enabling")
def enabling_fixture(settings, pam, terminals, sim):
    with enablehost.machine():
        yield enablehost.Enabling(terminals, sim)


@pytest.mark.parametrize("login", ["password", "key", "both"])
def test_the_way_to_log_in_stays(enabling, login):
    """Nobody who repeats the command, or asks by --check, has to know it."""
    enabling.run("enable", "sshd", "--login", login, "--no-trial", "--anyway")
    after = enablehost.files()
    enabling.run("enable", "sshd", "--check")
    assert "enabled already" in enabling.run("enable", "sshd")
    other = "both" if login == "key" else "key"
    enabling.run("enable", "sshd", "--login", other, "--check", expected=1)
    assert enablehost.files() == after


NOW = ("--no-trial", "--anyway")
SSHD, SUDO = enablehost.PAM + "/sshd", enablehost.PAM + "/sudo"
DROP_IN = enablehost.DROP_IN
CONF = "/etc/twofa/twofa.conf"
BANNER = "Banner none\n"
END = "# twofactl enable: end\n"


def on_trial(enabling, *words):
    """As by a twofactl that nothing ended: the switch is its last step."""
    with killed_behind("switched"):
        enabling.run("enable", *words, *NOW, expected=-9)


def append(path, text):
    with open(path, "a", encoding="ascii") as out:
        out.write(text)


@pytest.mark.parametrize("recover", [by_boot, by_hand])
def test_first_enable_stays(enabling, syslog, recover):
    """Somebody has edited the files during the second trial."""
    before = enablehost.files()
    enabling.run("enable", "sshd", "--login", "key", *NOW)
    first = enablehost.files()
    on_trial(enabling, "sshd", "--login", "both")
    append(SSHD, "# mine\n")
    append(DROP_IN, BANNER)
    recover(enabling)
    assert enablehost.files() == {
        **first, SSHD: first[SSHD] + "# mine\n", DROP_IN: first[DROP_IN] +
        BANNER}
    assert syslog.wait_for("enable sshd: rolled back .*: it is enabled as it "
                           "was before")
    enabling.run("disable", "sshd")
    assert enablehost.files() == {
        **before, SSHD: before[SSHD] + "# mine\n", DROP_IN: BANNER}


def test_first_rule_stays(enabling):
    """And the lines of sudo, which the second trial had not changed."""
    text = enablehost.read(CONF)
    enabling.run("enable", "sudo", "--exempt", "bob", *NOW)
    first, conf = enablehost.files(), enablehost.read(CONF)
    on_trial(enabling, "sudo", "--exempt", "bob,carol")
    append(SUDO, "# mine\n")
    append(CONF, "# mine\n")
    enabling.run("rollback")
    assert enablehost.files() == {**first, SUDO: first[SUDO] + "# mine\n"}
    assert enablehost.read(CONF) == conf + "# mine\n"
    enabling.run("disable", "sudo")
    assert enablehost.read(CONF) == text + "# mine\n"


def test_taken_out_by_hand(enabling):
    """They stay out, and somebody is told."""
    enabling.run("enable", "sudo", *NOW)
    append(SUDO, "auth required pam_unix.so\n")  # so that ours go behind it
    on_trial(enabling, "sudo")
    enablehost.write(SUDO, enablehost.STACKS["sudo"])
    out = enabling.run("rollback")
    assert (SUDO + ": somebody has removed the lines of twofactl enable, so "
            "those from before the trial are gone as well; to put them back "
            "run: twofactl enable sudo") in out
    assert enablehost.read(SUDO) == enablehost.STACKS["sudo"]
    assert "has lost the lines" in enabling.run("enable", "sudo", "--check",
                                                expected=1)


WAS = "# twofactl enable: was: "


def test_taken_out_by_hand_but_the_marks(enabling):
    """What somebody has put back between them stays: it asks for the password."""
    before = enablehost.files()
    enabling.run("enable", "sshd", "--login", "key", *NOW)
    text = enablehost.read(SSHD).replace(WAS, "")
    enablehost.write(SSHD, "".join(
        line for line in text.splitlines(True) if "pam_twofa" not in line))
    enabling.run("disable", "sshd")
    assert enablehost.files() == before


def test_password_line_is_lost(enabling):
    """Without it nobody could log in by a password: it says so, and changes
    nothing of the file until somebody has put it back."""
    before = enablehost.files()
    enabling.run("enable", "sshd", "--login", "key", *NOW)
    text = "".join(line for line in enablehost.read(SSHD).splitlines(True)
                   if not line.startswith(WAS))
    enablehost.write(SSHD, text)
    assert SSHD + ': the line "@include common-auth" that those of twofactl ' \
        "enable replaced is gone" in enabling.run("disable", "sshd", expected=4)
    assert enablehost.read(SSHD) == text
    enablehost.write(SSHD, text.replace(END, "@include common-auth\n" + END))
    enabling.run("disable", "sshd")
    assert enablehost.files() == before


def test_jump_over_ours(enabling):
    """Behind the last line PAM would deny the login: somebody is told."""
    before = enablehost.read(SUDO)
    enabling.run("enable", "sudo", *NOW)
    jump = "auth [success=1 default=ignore] pam_access.so\n"
    text = enablehost.read(SUDO).split("# twofactl enable: begin")
    enablehost.write(SUDO, text[0] + jump + "# twofactl enable: begin" + text[1])
    assert f'the line "{jump.strip()}" jumped over one of twofactl enable' in \
        enabling.run("disable", "sudo")
    assert enablehost.read(SUDO).replace(jump, "") == before


@pytest.mark.parametrize("login", ["password", "key", "both"])
def test_record_is_lost(enabling, login):
    """As when /etc is from a backup: the marks tell what goes."""
    before = enablehost.files()
    enabling.run("enable", "sshd", "--login", login, *NOW)
    for service in ("sudo", "su", "login"):
        enabling.run("enable", service, "--exempt", "bob", *NOW)
    enabling.run("enable", "polkit-1")
    shutil.rmtree(enablehost.STATE)
    append(SUDO, "# mine\n")
    out = enabling.run("disable", "--all")
    assert out == "".join(name + " is disabled.\n" for name in (
        "sshd", "sudo", "su", "login", "polkit-1"))
    assert enablehost.files() == {**before, SUDO: before[SUDO] + "# mine\n"}
    assert "skip" not in enablehost.read(CONF)
    assert "is disabled" not in enabling.run("disable", "--all")


@pytest.mark.parametrize("service", ["sudo", "su", "sshd"])
def test_record_is_lost_and_the_stack_is_another(enabling, service):
    """enable could not add its lines there any more; they go all the same."""
    path = enablehost.PAM + "/" + service
    words = ("--login", "key") if service == "sshd" else ("--exempt", "bob")
    enabling.run("enable", service, *words, *NOW)
    shutil.rmtree(enablehost.STATE)
    text = enablehost.read(path).replace("@include common-auth", "")
    enablehost.write(path, "auth\tinclude\tmissing\n" + text)
    assert service + " is disabled.\n" in enabling.run("disable", "--all")
    assert "pam_twofa" not in enablehost.read(path)
    assert "skip" not in enablehost.read(CONF)
    assert not os.path.exists(DROP_IN)


def test_record_and_a_mark_are_lost(enabling):
    """Whose lines these are is not known: it says so, and ends with an error."""
    enabling.run("enable", "sshd", "--login", "both", *NOW)
    shutil.rmtree(enablehost.STATE)
    text = enablehost.read(DROP_IN)
    mine = text.replace(END, "").replace("GraceTime 120", "GraceTime 60")
    enablehost.write(DROP_IN, mine)
    assert DROP_IN + ": somebody has removed a mark" in \
        enabling.run("disable", "--all", expected=4)
    assert enablehost.read(DROP_IN) == mine


@pytest.mark.parametrize("words", [("sshd",), ("--all",)])
def test_record_is_lost_of_a_file_that_authselect_makes(enabling, words):
    """Services share it, so nothing says whose the lines are. They still ask."""
    made = "/etc/authselect/password-auth"
    enabling.run("enable", "sshd", "--login", "both", *NOW)
    os.makedirs("/etc/authselect", exist_ok=True)
    shutil.copy(SSHD, made)
    enablehost.write(SSHD, "auth\tsubstack\tpassword-auth\n")
    shutil.rmtree(enablehost.STATE)
    said = enabling.run("disable", *words, expected=4)
    assert made in said and "sshd is disabled" not in said, said
    assert "sshd was not enabled" not in said, said
    os.unlink(made)
    assert "sshd is disabled.\n" in enabling.run("disable", *words)


# sshd's settings with a mark less

@pytest.mark.parametrize("mark", [
    END, "# twofactl enable: begin (twofactl disable takes these lines out)\n"])
@pytest.mark.parametrize("way", ["rollback", "disable"])
def test_mark_is_gone(enabling, way, mark):
    """What stands as it was written goes all the same."""
    before = enablehost.files()
    if way == "rollback":
        on_trial(enabling, "sshd", "--login", "both")
    else:
        enabling.run("enable", "sshd", "--login", "both", *NOW)
    text = enablehost.read(DROP_IN)
    assert mark in text
    enablehost.write(DROP_IN, text.replace(mark, "") + BANNER)
    enabling.run(*(("disable", "sshd") if way == "disable" else (way,)))
    assert enablehost.files() == {**before, DROP_IN: BANNER}


def test_enable_puts_the_mark_back(enabling):
    """Lines without it are ours still; one that was changed is told."""
    words = "enable", "sshd", "--login", "both", *NOW
    enabling.run(*words)
    first = enablehost.read(DROP_IN)
    enablehost.write(DROP_IN, first.replace(END, "") + BANNER)
    enabling.run(*words)
    assert enablehost.read(DROP_IN) == first + BANNER
    mine = first.replace(END, "").replace("GraceTime 120", "GraceTime 60")
    enablehost.write(DROP_IN, mine)
    assert "and changed a line that it wrote; remove by hand" in \
        enabling.run(*words, expected=1)
    assert enablehost.read(DROP_IN) == mine


@pytest.mark.parametrize("way", ["rollback", "disable"])
def test_changed_without_mark(enabling, syslog, way):
    """What may be ours stays, and nothing is over until somebody has looked."""
    before = enablehost.files()
    words = ("disable", "sshd") if way == "disable" else (way,)
    if way == "rollback":
        on_trial(enabling, "sshd", "--login", "both")
    else:
        enabling.run("enable", "sshd", "--login", "both", *NOW)
    text = enablehost.read(DROP_IN)
    mine = text.replace(END, "").replace("GraceTime 120", "GraceTime 60")
    enablehost.write(DROP_IN, mine + BANNER)
    for _ in range(2):
        assert (DROP_IN + ": somebody has removed a mark of twofactl enable, "
                "so line 2 may be one that it wrote; remove by hand "
                "what is not yours there and the other mark, then run this "
                "again") in enabling.run(*words, expected=4)
        left = enablehost.read(DROP_IN)
        assert left == mine.split("\n")[0] + "\nLoginGraceTime 60\n" + BANNER
    if way == "rollback":
        syslog.wait_for("enable sshd: it cannot be rolled back: " + DROP_IN)
    enablehost.write(DROP_IN, "LoginGraceTime 60\n" + BANNER)
    enabling.run(*words)
    assert enablehost.files() == {
        **before, DROP_IN: "LoginGraceTime 60\n" + BANNER}
    assert not enabling.pending()


def test_no_mark_is_left(enabling):
    """They are somebody's own by now: said, and over."""
    before = enablehost.files()
    enabling.run("enable", "sshd", *NOW)
    lines = enablehost.read(DROP_IN).splitlines(keepends=True)
    own = "".join(line for line in lines if not line.startswith("#"))
    enablehost.write(DROP_IN, own)
    out = enabling.run("disable", "sshd")
    assert (DROP_IN + ": line 1 is as twofactl enable wrote it, but the "
            "marks are gone, so it stays; remove it if it is not yours") in out
    assert "sshd is disabled" in out
    assert enablehost.files() == {**before, DROP_IN: own}


def test_own_lines_in_the_drop_in(enabling):
    """They were there before, so nothing is to be said of them."""
    enablehost.write(DROP_IN, "MaxAuthTries 3\n")
    before = enablehost.files()
    enabling.run("enable", "sshd", *NOW)
    out = enabling.run("disable", "sshd")
    assert "line" not in out and "sshd is disabled" in out
    assert enablehost.files() == before


def test_rule_without_end(enabling):
    """A rule that asks nobody does not stay unseen."""
    enabling.run("enable", "sudo", "--exempt", "bob", *NOW)
    text = enablehost.read(CONF)
    mark = "# twofactl enable: end sudo\n"
    assert mark in text
    enablehost.write(CONF, text.replace(mark, ""))
    assert "begins a rule of twofactl enable whose end mark is gone" in \
        enabling.run("disable", "sudo", expected=4)
    assert enablehost.files()[SUDO] == enablehost.STACKS["sudo"]
    enablehost.write(CONF, text)
    enabling.run("disable", "sudo")
    assert "twofactl enable" not in enablehost.read(CONF)
