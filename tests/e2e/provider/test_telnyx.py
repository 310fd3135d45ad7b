# SPDX-License-Identifier: BSD-2-Clause
"""Telnyx behind a real sshd: codes that the vendor makes and checks, by text
message, call and WhatsApp, and codes of our own that it only carries."""

import pytest

import admin
import leftovers
from steps import ONCE, ONE_MESSAGE, answer_all, at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

KEY = "KEY0123456789ABCDEF_abcdefghijklmnop"
PROFILE = "12ade33a-21c0-473b-b055-b3c836e1c292"
SENT = r"Verification code sent to \+44 \*\*\*-\*\*\*-0100 by SMS \("
SENT_AGO = (r"Verification code already sent to \+44 \*\*\*-\*\*\*-0100 by SMS "
            r"\d+ s ago \(")


def paths(sim):
    """What the provider was asked, without ids."""
    return ["/".join("ID" if len(part) == 36 else part
                     for part in request["path"].split("/"))
            for request in sim.requests()]


START = "/v2/verifications/sms"
CHECK = "/v2/verifications/ID/actions/verify"
SEND = "/v2/messages"


def use(settings, sim, **keys):
    settings.secret("telnyx", KEY)
    provider = {"name": "telnyx", "base_url": sim.url,
                "ca_file": sim.certs.ca,
                "api_key_file": settings.secrets + "/telnyx"}
    provider.update(keys)
    settings.set(providers=[provider])
    settings.user("alice", channels=["sms", "voice", "whatsapp"])


@pytest.fixture
def verify(settings, sim, _ready):
    use(settings, sim, type="telnyx-verify", verify_profile_id=PROFILE)


@pytest.fixture
def own(settings, sim, _ready):
    use(settings, sim, type="telnyx-sms", **{"from": "+12025550100"})


def test_verify(sshd, sim, syslog, verify):
    login = at_prompt(sshd.login("alice"), SENT)
    code = sim.code("alice")
    assert len(code) == 5
    login.answer(code)
    assert login.ended() == 0 and "alice" in login.text
    assert paths(sim) == [START, CHECK]
    assert len(sim.connections()) == 1
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["provider"], line["method"]) == (
        "allowed", "telnyx", "sms")


CHANNELS = {"voice": ("voice", "/v2/verifications/call"),
            "whatsapp": ("whatsapp", "/v2/verifications/whatsapp")}


@pytest.mark.parametrize("channel, path", CHANNELS.values(), ids=CHANNELS)
def test_verify_by(sshd, sim, settings, syslog, verify, channel, path):
    settings.user("alice", channels=[channel])
    login = at_prompt(sshd.login("alice"), r"\+44 \*\*\*-\*\*\*-0100")
    assert sim.wait_messages(1, "alice")[0]["channel"] == channel
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert paths(sim) == [path, CHECK]
    assert syslog.login_line(user="alice")["method"] == channel


def test_verify_wrong_to_the_limit(sshd, sim, syslog, verify):
    """The vendor tells no cap of its own: ours is three."""
    login = at_prompt(sshd.login("alice"), SENT)
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    line = syslog.login_line(user="alice")
    assert (line["reason"], line["tries"]) == ("wrong-codes", "3")
    assert paths(sim) == [START] + [CHECK] * 3


def test_verify_again(sshd, sim, clock, verify):
    """A resend is a new verification: the newest code counts."""
    login = at_prompt(sshd.login("alice"), SENT)
    old = sim.code("alice")
    clock.advance(5)
    login.answer("r")
    login.prompt("sent")
    new = sim.code("alice", nth=2)
    login.answer(new)
    assert login.ended() == 0
    assert old != new and paths(sim) == [START, START, CHECK]
    ids = [request["path"].split("/")[3] for request in sim.requests()]
    assert ids[2] not in ("sms", "call")


def test_verify_change_of_channel(sshd, sim, clock, verify):
    login = at_prompt(sshd.login("alice"), SENT)
    clock.advance(5)
    login.answer("v")
    login.prompt("[Cc]all")
    assert sim.wait_messages(2, "alice")[-1]["channel"] == "voice"
    clock.advance(5)
    login.answer("w")
    login.prompt("WhatsApp")
    messages = sim.wait_messages(3, "alice")
    assert messages[-1]["channel"] == "whatsapp"
    login.answer(messages[-1]["code"])
    assert login.ended() == 0
    assert paths(sim) == [START, "/v2/verifications/call",
                          "/v2/verifications/whatsapp", CHECK]


def test_verify_join(sshd, sim, settings, verify):
    settings.set(limits=ONE_MESSAGE)
    first = at_prompt(sshd.login("alice", options=ONCE), SENT)
    second = at_prompt(sshd.login("alice", options=ONCE), SENT_AGO)
    code = sim.code("alice")
    second.answer(code)
    assert second.ended() == 0
    first.answer(code)
    first.prompt("used by another login: wait")
    first.answer("q")
    assert first.ended() != 0
    assert paths(sim).count(START) == 1 and len(sim.messages()) == 1


def test_verify_expired(sshd, sim, settings, clock, verify):
    settings.provider(expiry=60)
    login = at_prompt(sshd.login("alice"), SENT)
    old = sim.code("alice")
    clock.advance(61)
    login.answer(old)
    login.prompt("sent")
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0
    assert paths(sim).count(START) == 2


@pytest.mark.parametrize("digits", ["51", "52", "53"])
def test_verify_foreign_answers(sshd, sim, settings, syslog, verify, digits):
    """An acceptance that names another number, or nothing, is none."""
    number = "+4477009001" + digits
    settings.user("alice", phone=number)
    login = at_prompt(sshd.login("alice", options=ONCE), r"\+44 ")
    login.answer(sim.code(number))
    outcome = login.ended()
    checks = [r["path"] for r in sim.requests() if "actions" in r["path"]]
    assert len(checks) == 1
    # 51 has no meaning here: the reply has no id that could be a foreign one
    if digits != "51":
        assert outcome != 0
        assert syslog.login_line(user="alice")["outcome"] == "denied"


def test_own_code(sshd, sim, syslog, own):
    login = at_prompt(sshd.login("alice"), SENT)
    message = sim.wait_messages(1, "alice")[0]
    assert message["text"].startswith("ACME Corp: your code for ")
    assert message["text"].endswith(" is " + message["code"])
    assert len(message["code"]) == 6
    login.answer(message["code"])
    assert login.ended() == 0 and "alice" in login.text
    # the vendor is not asked whether a code is right
    assert paths(sim) == [SEND]
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["method"], line["tries"]) == (
        "allowed", "sms", "1")
    assert message["code"] not in "\n".join(syslog.lines())


def test_own_code_length_and_text(sshd, sim, settings, own):
    settings.provider(code_length=10, text="%code% %code%. 9 %brand%")
    login = at_prompt(sshd.login("alice"), SENT)
    text = sim.wait_messages(1, "alice")[0]["text"]
    code = text.split()[0]
    assert len(code) == 10 and text == "%s %s. 9 ACME Corp" % (code, code)
    login.answer(code)
    assert login.ended() == 0


def test_own_code_is_not_kept(sshd, sim, own):
    """The state holds what a code can be compared with, never the code."""
    login = at_prompt(sshd.login("alice"), SENT)
    code = sim.code("alice")
    assert code not in repr(admin.dump())
    login.answer(code)
    assert login.ended() == 0
    assert code not in repr(admin.dump())


def test_own_code_joins(sshd, sim, own):
    first = sshd.login("alice", options=ONCE)
    at_prompt(first, SENT)
    helpers = leftovers.helpers()
    assert len(helpers) == 1
    first.hang_up()
    assert leftovers.wait_gone(helpers[0], 5)
    again = at_prompt(sshd.login("alice"), SENT_AGO)
    again.answer(sim.code("alice"))
    assert again.ended() == 0
    assert paths(sim) == [SEND]


def test_own_code_is_used_once(sshd, sim, settings, own):
    settings.set(limits=ONE_MESSAGE)
    first = at_prompt(sshd.login("alice", options=ONCE), SENT)
    second = at_prompt(sshd.login("alice", options=ONCE), SENT_AGO)
    code = sim.code("alice")
    first.answer(code)
    assert first.ended() == 0
    second.answer(code)
    second.prompt("used by another login: wait")
    second.answer("q")
    assert second.ended() != 0
    assert paths(sim) == [SEND]


def test_own_code_opens_nothing_later(sshd, sim, own):
    first = at_prompt(sshd.login("alice"), SENT)
    old = sim.code("alice")
    first.answer(old)
    assert first.ended() == 0
    later = at_prompt(sshd.login("alice"), SENT)
    new = sim.code("alice", nth=2)
    later.answer(old if old != new else wrong(new))
    later.prompt("code was wrong, 2 tries left")
    later.answer(new)
    assert later.ended() == 0


def test_own_code_of_another_user(sshd, sim, own):
    mine = at_prompt(sshd.login("alice", options=ONCE), SENT)
    other = at_prompt(sshd.login("bob", options=ONCE), "Verification code sent")
    alices, bobs = sim.code("alice"), sim.code("bob")
    mine.answer(bobs if bobs != alices else wrong(alices))
    mine.prompt("code was wrong, 2 tries left")
    mine.answer(alices)
    assert mine.ended() == 0
    other.answer(bobs)
    assert other.ended() == 0


def test_own_code_has_three_tries(sshd, sim, syslog, own):
    login = at_prompt(sshd.login("alice", options=ONCE), SENT)
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "wrong-codes"
    # nor is the right one of use any more
    again = sshd.login("alice", options=ONCE)
    again.password()
    assert again.ended() != 0
    assert paths(sim) == [SEND]


def test_own_code_tries_over_reconnects(sshd, sim, own):
    login = at_prompt(sshd.login("alice", options=ONCE), SENT)
    code = sim.code("alice")
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    helpers = leftovers.helpers()
    login.hang_up()
    assert leftovers.wait_gone(helpers[0], 5)
    again = at_prompt(sshd.login("alice", options=ONCE), SENT_AGO)
    again.answer(wrong(code, 3))
    assert again.ended() != 0


def test_own_code_expires(sshd, sim, settings, clock, own):
    settings.provider(expiry=60)
    login = at_prompt(sshd.login("alice"), SENT)
    old = sim.code("alice")
    clock.advance(61)
    login.answer(old)
    login.prompt("sent")
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0
    assert paths(sim) == [SEND, SEND]


def test_own_code_again(sshd, sim, clock, own):
    login = at_prompt(sshd.login("alice"), SENT)
    old = sim.code("alice")
    clock.advance(5)
    login.answer("r")
    login.prompt("sent")
    new = sim.code("alice", nth=2)
    login.answer(old if old != new else wrong(new))
    login.prompt("code was wrong")
    login.answer(new)
    assert login.ended() == 0
    assert paths(sim) == [SEND, SEND]


@pytest.mark.parametrize("fault", ["close_after_read", "html502", "half_body"])
def test_own_code_without_an_answer(sshd, sim, own, fault):
    """The message may be on its way, and its code is ours to check."""
    sim.fault("start", fault, provider="telnyx-sms", when="after")
    login = at_prompt(sshd.login("alice"), SENT)
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert paths(sim) == [SEND]


REFUSED = {"throttled": "01", "config": "02", "credentials": "04",
           "unroutable": "06", "fraud": "07", "no credit": "09",
           "not permitted": "29"}


@pytest.mark.parametrize("digits", REFUSED.values(), ids=REFUSED)
def test_own_code_refused(sshd, sim, settings, syslog, own, digits):
    settings.user("alice", phone="+4477009001" + digits)
    login = sshd.login("alice", options=ONCE)
    login.password()
    assert login.ended(timeout=20) != 0
    assert "Verification code sent" not in login.text
    assert syslog.login_line(user="alice")["outcome"] == "denied"
    assert not sim.messages()


def test_own_code_that_went_elsewhere(sshd, sim, settings, syslog, own):
    """A message to another number is none to ask for."""
    settings.user("alice", phone="+447700900152")
    login = sshd.login("alice", options=ONCE)
    login.password()
    assert login.ended() != 0
    assert "Verification code sent" not in login.text
    assert syslog.login_line(user="alice")["outcome"] == "denied"


def test_key_stays_in_its_header(sshd, sim, syslog, verify):
    login = at_prompt(sshd.login("alice"), SENT)
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert all(r["auth"].lower() == "bearer" for r in sim.requests())
    assert KEY not in "\n".join(syslog.lines()) + login.text
