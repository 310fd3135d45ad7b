# SPDX-License-Identifier: BSD-2-Clause
"""Who has a second factor: unenrolled, disabled, prefixes, accounts."""

import subprocess

import pytest

TRANSPORTS = ("spawn", "socket")


def test_unenrolled_is_a_decoy(quick):
    line = quick.decoy(quick.login("carol"), "carol")
    assert line["reason"] == "unenrolled"


@pytest.fixture
def number_of_the_account():
    """GECOS has fields for phones, and chfn lets users write them."""
    fields = "Carol,,+4512345678,+4512345678"
    subprocess.run(["usermod", "-c", fields, "carol"], check=True)
    yield
    subprocess.run(["usermod", "-c", "", "carol"], check=True)


def test_number_of_the_account_is_none(quick, number_of_the_account):
    line = quick.decoy(quick.login("carol"), "carol")
    assert line["reason"] == "unenrolled"


def test_unenrolled_allow(quick, settings, syslog):
    settings.set(unenrolled="allow")
    line = quick.admitted(quick.login("carol"), "carol", outcome="allowed")
    assert line["reason"] == "unenrolled"
    syslog.wait_for("carol has no second factor and was admitted.*"
                    "twofactl enroll carol")


def test_unenrolled_allow_asks_those_who_are_enrolled(quick, settings):
    settings.set(unenrolled="allow")
    quick.right(quick.login())


def test_unenrolled_allow_needs_a_first_factor(quick, settings, pam):
    settings.set(unenrolled="allow")
    pam.only("sshd")
    quick.decoy(quick.login("carol", password=False), "carol")


def test_unenrolled_text(quick, settings):
    settings.set(unenrolled_text="Call 1234 for a second factor.")
    login = quick.login("carol")
    login.prompt("Call 1234 for a second factor")
    login.answer("")
    line = quick.denied(login, "carol")
    assert line["reason"] == "unenrolled"


def test_unenrolled_text_lets_nobody_in(quick, settings):
    settings.set(unenrolled_text="Call 1234.")
    login = quick.login("carol")
    login.prompt("Call 1234")
    login.answer("123456")
    quick.denied(login, "carol")


def test_disabled(quick, settings):
    settings.user("alice", enabled=False)
    assert quick.denied(quick.login())["reason"] == "disabled"


def test_disabled_although_unenrolled_is_allowed(quick, settings):
    settings.set(unenrolled="allow")
    settings.user("alice", enabled=False)
    assert quick.denied(quick.login())["reason"] == "disabled"


def test_prefix_allowed(quick, settings):
    settings.set(limits={"allowed_prefixes": ["+1", "+44"]})
    quick.right(quick.login())


def test_prefix_refused(quick, settings, syslog):
    settings.set(limits={"allowed_prefixes": ["+1", "+49"]})
    assert quick.denied(quick.login())["reason"] == "prefix"
    syslog.wait_for("number of user alice begins with none of "
                    "allowed_prefixes")


def test_user_may_prefer_a_call(quick, settings, sim):
    settings.user("alice", channels=["voice", "sms"])
    quick.right(quick.login(), words="calling")
    assert sim.messages("alice")[0]["channel"] == "voice"


@pytest.mark.parametrize("name", ["nobody-here", "root2"])
def test_unknown_account_is_a_decoy(quick, pam, settings, name):
    settings.set(unenrolled="allow")
    pam.unguarded("sshd")
    line = quick.decoy(quick.login(name, password="whatever"), name)
    assert line["reason"] == "no-account"


def test_record_without_an_account_is_a_decoy(quick, pam, settings):
    settings.user("dave")
    pam.unguarded("sshd")
    quick.decoy(quick.login("dave", password="whatever"), "dave")


def test_decoy_shows_the_same_number_each_time(quick):
    first = quick.login("carol").prompt("Verification code sent")
    assert quick.login("carol").prompt("Verification code sent") == first


def test_record_may_name_the_second_provider(quick, settings, sim):
    first = settings.keys["providers"][0]
    settings.set(providers=[first, {**first, "name": "second"}])
    settings.user("alice", provider="second")
    assert quick.right(quick.login())["provider"] == "second"
    assert len(sim.requests("start")) == 1


def test_name_of_the_account_counts_not_its_case(quick, pam, settings):
    """getpwnam decides what a name is; passwd files know one case only."""
    settings.user("ALICE")
    pam.unguarded("sshd")
    quick.decoy(quick.login("ALICE", password="x"), "ALICE")


@pytest.mark.parametrize("name", [
    "../alice", "-alice", ".alice", "al ice", "alice\n", "al/ice",
    "a" * 65, "\x1b[2Jalice", "élise",
])
def test_names_that_are_no_names(quick, pam, settings, sim, syslog, name):
    settings.set(unenrolled="allow")
    pam.only("sshd")
    assert quick.login(name, password=False).ended() != 0
    found = syslog.wait_for("pam_twofa: user=.*outcome=denied.*"
                            "reason=user-name").string
    assert not any(ord(c) < 32 or ord(c) > 126 for c in found)
    assert not sim.requests()


def test_account_whose_name_has_an_odd_shape_is_asked(quick, settings, sim):
    name = "ann-marie.x"
    subprocess.run(["useradd", "-M", "--badname", name], check=True)
    try:
        subprocess.run(["chpasswd"], input="%s:pw-%s\n" % (name, name),
                       text=True, check=True)
        settings.user(name, phone="+447700900600")
        login = quick.login(name)
        login.prompt("Verification code sent")
        login.answer(sim.code("+447700900600"))
        assert login.ended() == 0
    finally:
        subprocess.run(["userdel", name], check=True)
