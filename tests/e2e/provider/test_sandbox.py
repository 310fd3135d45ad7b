# SPDX-License-Identifier: BSD-2-Clause
"""The provider's own answers, chosen by a number's last two digits: what each
means for a login, and that none but an outage ever lets anybody in."""

import pytest

TRANSPORTS = ("spawn", "socket")

# digits, reason, starts with one channel, what the person reads
AT_START = [
    ("01", "throttle", 2, "could not be sent"),
    ("02", "config", 1, "could not be sent"),
    ("04", "config", 1, "could not be sent"),
    ("05", "transient", 1, "could not be sent"),
    ("06", "number", 1, "could not be sent to your number"),
    ("07", "fraud", 1, "could not be sent"),
    ("09", "account", 1, "could not be sent"),
    ("10", "inflight", 1, "Another verification to your number is open"),
    ("15", "number", 1, "could not be sent to your number"),
    ("29", "account", 1, "could not be sent"),
]


@pytest.fixture
def phone(settings):
    def choose(digits, channels=("sms",)):
        number = "+4477009001" + digits
        settings.user("alice", phone=number, channels=list(channels))
        return number
    return choose


@pytest.mark.parametrize("digits, reason, starts, words", AT_START)
def test_start(phone, quick, sim, syslog, digits, reason, starts, words):
    phone(digits)
    login = quick.login()
    assert login.ended() != 0
    assert words in login.text
    assert quick.line("alice", outcome="denied")["reason"] == reason
    assert len(sim.requests("start")) == len(sim.requests()) == starts
    assert not sim.messages()
    syslog.wait_for('provider vonage: start: %s: vendor="status=' % reason)


@pytest.mark.parametrize("digits", [row[0] for row in AT_START])
def test_only_an_outage_is_one(phone, quick, settings, digits):
    settings.set(on_outage="allow")
    phone(digits)
    login = quick.login()
    if digits == "05":
        assert login.ended() == 0
    else:
        assert login.ended() != 0
        quick.line("alice", outcome="denied")


@pytest.mark.parametrize("digits", ["06", "15"])
def test_number_is_tried_by_another_channel_once(phone, quick, sim, digits):
    phone(digits, ("sms", "voice"))
    login = quick.login()
    assert login.ended() != 0
    assert quick.line("alice")["reason"] == "number"
    flows = [r["fields"]["workflow_id"] for r in sim.requests("start")]
    assert flows == ["6", "7"]


def test_normal(phone, quick, sim):
    number = phone("00")
    quick.right(quick.login(), to=number)


def test_every_code_is_wrong(phone, quick, sim):
    number = phone("16")
    login = quick.login()
    login.prompt("Verification code sent")
    for left in ("2 tries", "1 try"):
        login.answer(sim.code(number))
        login.prompt("code was wrong, %s left" % left)
    login.answer(sim.code(number))
    assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "wrong-codes"
    assert len(sim.requests("check")) == 3


def test_locked_at_the_first_check(phone, quick, sim):
    number = phone("17")
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code(number))
    assert login.ended() != 0
    assert quick.line("alice", outcome="denied")["reason"] == "wrong-codes"
    assert len(sim.requests("check")) == 1


def test_never_delivered(phone, quick, sim):
    phone("31")
    login = quick.login()
    login.prompt("Verification code sent")
    assert not sim.messages()
    login.answer("123456")
    login.prompt("code was wrong, 2 tries left")
    login.hang_up()


def test_delivered_late(phone, quick, sim):
    number = phone("32")
    login = quick.login()
    login.prompt("Verification code sent")
    assert not sim.messages()
    sim.advance(46)
    login.answer(sim.code(number))
    assert login.ended() == 0


@pytest.mark.parametrize("digits", ["51", "53"])
def test_right_code_but_not_our_id(phone, quick, sim, syslog, digits):
    number = phone(digits)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code(number))
    assert login.ended() != 0
    assert "not accepted" in login.text
    quick.line("alice", outcome="denied")
    assert len(sim.requests("check")) == 1


def test_vendor_text_stays_out_of_the_terminal(phone, quick, syslog):
    phone("09")
    login = quick.login()
    login.ended()
    syslog.wait_for("status=9 Partner quota exceeded")
    assert "quota" not in login.text and "Partner" not in login.text
