# SPDX-License-Identifier: BSD-2-Clause
"""An account that people share: who it is by key, certificate and name, whose
phone gets the message, and what one of them can do to the others."""

import sqlite3

import pytest

import admin as state
import conf
from app import SECRET
from deploy import ACCOUNT, ANNA, BEN, Keys, group, people, who
from phones import NUMBERS
from steps import ONCE, answer_all, asked, wrong
from vendors import Vendor

TRANSPORTS = ("spawn", "socket")


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path)


@pytest.fixture
def shared(settings, keys):
    """anna has a key and a phone of her own, ben is the user bob."""
    people(settings,
           group("anna", key=keys.fingerprint("anna"), phone=ANNA),
           group("ben", key=keys.fingerprint("ben"), user="bob"))
    return settings


def by_key(quick, keys, *names, **items):
    info = "".join(keys.info(name) + "\n" for name in names)
    return quick.login(ACCOUNT, password=False,
                       env=("SSH_AUTH_INFO_0=" + info,), **items)


def by_name(quick, name, **items):
    login = quick.login(ACCOUNT, **items)
    who(login)
    login.answer(name)
    return login


def line_of(syslog, **fields):
    return syslog.login_line(user=ACCOUNT, **fields)


def test_each_by_his_own_key_over_ssh(shared, keys, sshd, sim, syslog):
    server = sshd.start("AuthenticationMethods publickey,keyboard-interactive")
    keys.admit(server, "anna", "ben")
    for name, number, mask in (("anna", ANNA, "0300"),
                               ("ben", NUMBERS["bob"], "0200")):
        login = server.login(ACCOUNT, key=keys.make(name), options=ONCE)
        login.password()
        login.prompt("Verification code sent to \\+44 .*%s" % mask)
        assert not [m for m in sim.messages() if m["to"] != number]
        login.answer(sim.code(number))
        assert login.ended() == 0
        line = line_of(syslog, outcome="allowed")
        assert line["person"] == name
        sim.reset()
        syslog.clear()


@pytest.mark.parametrize("ident, known", [
    ("anna@example.org", True), ("anna", False), ("anna@example.org.uk", False),
    ("anna@example.org ", False), ("anna@example.org\n", False),
    ("Anna@example.org", False), ("\u00e4nna@example.org", False),
    ("a" * 256, False)], ids=[
        "anna", "shorter", "longer", "blank", "line feed", "capital",
        "umlaut", "256"])
def test_by_certificate_over_ssh(settings, keys, sshd, sim, syslog, ident,
                                 known):
    people(settings, group("anna", cert_id="anna@example.org",
                           ca=keys.fingerprint("ca"), phone=ANNA))
    server = sshd.start(
        "TrustedUserCAKeys %s.pub" % keys.make("ca"),
        "AuthenticationMethods publickey,keyboard-interactive")
    path = keys.certify("anna", ident, "copy")
    login = server.login(ACCOUNT, key=path, options=ONCE)
    login.password()
    if not known:
        who(login)
        asked(sim)
        login.hang_up()
        return
    login.prompt("Verification code sent to \\+44 .*0300")
    login.answer(sim.code(ANNA))
    assert login.ended() == 0
    assert line_of(syslog, outcome="allowed")["person"] == "anna"


def test_another_ca_is_nobody(settings, keys, pam, quick, sim):
    people(settings, group("anna", cert_id="anna", phone=ANNA,
                           ca=keys.fingerprint("ca")))
    pam.only("sshd")
    keys.certify("anna", "anna", "copy", "other")
    who(by_key(quick, keys, "copy"))
    asked(sim)


def test_by_password_and_name_over_ssh(shared, sshd, sim, syslog):
    for name, number in (("anna", ANNA), ("ben", NUMBERS["bob"])):
        login = sshd.login(ACCOUNT, options=ONCE)
        login.password()
        who(login)
        asked(sim)
        login.answer(" %s " % name)
        login.prompt("Verification code sent")
        assert [m["to"] for m in sim.messages()] == [number]
        login.answer(sim.code(number))
        assert login.ended() == 0
        assert line_of(syslog, outcome="allowed")["person"] == name
        sim.reset()
        syslog.clear()


def test_two_keys_of_two_people(shared, keys, pam, quick, sim, syslog):
    pam.only("sshd")
    for names in (("anna", "ben"), ("anna", "nobody"), ("nobody", "anna")):
        login = by_key(quick, keys, *names)
        assert login.ended() != 0
        line = line_of(syslog)
        assert line["reason"] == "person-unclear" and "person" not in line
        syslog.clear()
    asked(sim)
    by_key(quick, keys, "anna", "anna").prompt("code sent to \\+44 .*0300")


def test_somebody_elses_code(shared, keys, pam, quick, sim):
    """Who has anna's key gets anna's prompts: ben's code is wrong there."""
    pam.only("sshd")
    anna, ben = (by_key(quick, keys, name) for name in ("anna", "ben"))
    anna.prompt("sent")
    ben.prompt("sent")
    code = sim.code(NUMBERS["bob"])
    if code == sim.code(ANNA):
        pytest.skip("two codes are alike")
    anna.answer(code)
    anna.prompt("code was wrong")
    ben.answer(code)
    assert ben.ended() == 0


def test_annas_lock_does_not_lock_ben(shared, keys, pam, quick, sim, syslog,
                                      settings):
    settings.set(limits={"lock_after": 3})
    pam.only("sshd")
    login = by_key(quick, keys, "anna")
    login.prompt("sent")
    code = sim.code(ANNA)
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    by_key(quick, keys, "anna").prompt("locked for")
    syslog.wait_for("%s --person anna is locked" % ACCOUNT)
    ben = by_key(quick, keys, "ben")
    ben.prompt("sent")
    ben.answer(sim.code(NUMBERS["bob"]))
    assert ben.ended() == 0


def test_wrong_codes_of_a_user_count_for_him_here(shared, keys, pam, quick,
                                                  sim, settings):
    """ben is bob: what locks the one locks the other."""
    settings.set(limits={"lock_after": 3})
    pam.only("sshd")
    login = quick.by_key("bob")
    login.prompt("sent")
    code = sim.code(NUMBERS["bob"])
    answer_all(login, [wrong(code), wrong(code, 2)], ["2 tries", "1 try"])
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    by_key(quick, keys, "ben").prompt("locked for")


def test_the_accounts_total(shared, keys, pam, quick, sim, settings, clock):
    """Of those who are named at the prompt, unknown ones among them; who comes
    by a key of his own is let in all the same."""
    settings.set(limits={"lock_after": 3, "lock_after_total": 4})
    for name in ("zoe", "max"):
        login = by_name(quick, name)
        login.prompt("sent")
        answer_all(login, ["111111", "222222"], ["2 tries", "1 try"])
        login.hang_up()
    for name in ("anna", "zoe", "eve"):
        by_name(quick, name).prompt("locked for")
    asked(sim)
    pam.only("sshd")
    anna = by_key(quick, keys, "anna")
    anna.prompt("sent")
    anna.answer(sim.code(ANNA))
    assert anna.ended() == 0


def shape(text):
    """A prompt without its digits: numbers, seconds."""
    return "".join("#" if c.isdigit() else c for c in text)


def tries(login, codes):
    """Wrong codes up to the end; every word that was shown."""
    told = [shape(login.prompt("code"))]
    for code in codes[:-1]:
        login.answer(code)
        told.append(shape(login.prompt("code was wrong")))
    login.answer(codes[-1])
    assert login.ended() != 0
    return told + [shape(line) for line in login.text.splitlines()[-1:]]


def test_an_unknown_name_looks_like_a_known_one(settings, quick, sim, syslog,
                                                clock):
    """Prompts, tries, the second login that joins, the lock."""
    people(settings, group("anna", phone=ANNA), group("ben", phone=BEN))
    seen = {}
    for name in ("anna", "zoe"):
        told = seen[name] = []
        first = by_name(quick, name)
        told.append(shape(first.prompt("code")))
        first.hang_up()
        for _ in range(2):
            code = sim.code(ANNA) if name == "anna" else "123456"
            told += tries(by_name(quick, name),
                          [wrong(code, step) for step in (1, 2, 3)])
            clock.advance(61)
        login = by_name(quick, name)
        told.append(shape(login.prompt("locked for")))
        login.answer("")
        assert login.ended() != 0
    assert seen["anna"] == seen["zoe"]
    assert {m["to"] for m in sim.messages()} == {ANNA}
    line = line_of(syslog, reason="person-unknown")
    assert "person" not in line and "zoe" not in " ".join(syslog.lines())


@pytest.mark.parametrize("kind", ["vonage-verify", "vonage-verify-v2",
                                  "twilio-verify", "telnyx-verify"])
def test_an_unknown_name_joins_its_own(settings, quick, sim, kind):
    """Whatever a vendor's ids look like: the second login shows no decoy."""
    Vendor(kind, settings, sim)
    people(settings, group("anna", phone=ANNA), group("ben", phone=BEN))
    for name in ("anna", "zoe"):
        by_name(quick, name).prompt("code sent to")
        by_name(quick, name).prompt("code already sent to")
    assert len(sim.messages()) == 1


def test_an_unknown_name_asks_for_another_code(settings, quick, sim, clock):
    """As a known one does."""
    people(settings, group("anna", phone=ANNA), group("ben", phone=BEN))
    seen = {}
    for name in ("anna", "zoe"):
        login = by_name(quick, name)
        told = seen[name] = [shape(login.prompt("code sent to"))]
        clock.advance(61)
        login.answer("r")
        told.append(shape(login.prompt("new one sent")))
        login.hang_up()
    assert seen["anna"] == seen["zoe"]


@pytest.mark.parametrize("kind, code", [
    ("vonage-verify", "123456"), ("twilio-verify", "123456"),
    ("telnyx-verify", "12345")])
def test_an_unknown_name_goes_to_the_next_phone(settings, quick, sim, clock,
                                                kind, code):
    """And back, as a known one does, whether its provider cancels or not."""
    Vendor(kind, settings, sim)
    people(settings, '{ name = "anna"; phones = ( { number = "%s"; }, '
           '{ number = "%s"; } ); }' % (ANNA, BEN))
    seen = {}
    for name in ("anna", "zoe"):
        login = by_name(quick, name)
        told = seen[name] = [shape(login.prompt("code sent to"))]
        for words in ("sent to", "sent to", "wrong"):
            clock.advance(61)
            login.answer("n" if words != "wrong" else code)
            told.append(shape(login.prompt(words)))
        login.hang_up()
    assert seen["anna"] == seen["zoe"]


@pytest.mark.parametrize("kind", ["recovery", "bypass"])
def test_an_unknown_name_has_codes_as_a_known_one(settings, quick, sim, clock,
                                                  admin, kind):
    """Of the kind that the rule takes, where it takes one alone."""
    people(settings, group("anna", phone=ANNA), group("ben", phone=BEN))
    settings.set(rules=[{"methods": ["sms", kind]}],
                 limits={"lock_after": 1, "lock_after_total": 50})
    for person in ("anna", "ben"):
        admin.do("recovery-codes", ACCOUNT, "--person", person, "--yes")
    seen = {}
    for name in ("anna", "zoe"):
        login = by_name(quick, name)
        login.prompt("code")
        login.answer("111111")
        login.prompt("wrong")
        login.hang_up()
        login = by_name(quick, name)
        seen[name] = shape(login.prompt("locked for"))
        login.hang_up()
    assert seen["anna"] == seen["zoe"]
    assert ("ecovery code" in seen["anna"]) == (kind == "recovery")


def typed_before(count):
    """As if so many more names had been typed there today as zoe was."""
    link = sqlite3.connect(conf.STATE + "/state.db", timeout=20)
    with link:
        link.execute(
            "WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k"
            " WHERE n < ?) INSERT INTO guess SELECT ? || '//.'"
            " || printf('%016x', n), source, place, scope, series, wrong,"
            " locks, locked_at, until, last, refused FROM guess, k"
            " WHERE user LIKE ? || '//.%'", (count, ACCOUNT, ACCOUNT))
    link.close()


def test_from_the_hundredth_name_on_all_are_told_the_same(
        settings, quick, sim, syslog, clock):
    """A second window, three wrong codes, and the login behind them; the
    person is let in all the same."""
    people(settings, group("anna", phone=ANNA))
    by_name(quick, "zoe").prompt("sent")
    typed_before(98)
    told = {}
    for name in ("anna", "zoe", "eve"):
        logins = [by_name(quick, name) for _ in range(2)]
        told[name] = [shape(login.prompt("code")) for login in logins]
        codes = ["%06d" % n for n in (1, 2, 3)]
        told[name] += tries(by_name(quick, name), codes)
        told[name] += [shape(by_name(quick, name).prompt("code"))]
        for login in logins:
            login.hang_up()
    assert told["anna"] == told["zoe"] == told["eve"]
    assert "already" not in told["anna"][1] and "Wait" not in told["anna"][-1]
    assert {m["to"] for m in sim.messages()} == {ANNA}
    syslog.wait_for("100 names or more")
    clock.advance(70)
    login = by_name(quick, "anna")
    login.prompt("sent")
    login.answer(sim.code(ANNA))
    assert login.ended() == 0


def test_unknown_names_use_up_nothing_of_others(settings, quick, sim):
    """Nothing was sent for them: neither messages nor money are used up."""
    people(settings, group("anna", phone=ANNA))
    settings.set(limits={"sends_per_host_hour": 2, "sends_per_source_hour": 2,
                         "spend_per_day": "0.05", "price_per_send": "0.04"})
    for name in ("zoe", "max", "eve", "zoe"):
        login = by_name(quick, name)
        login.prompt("sent")
        login.hang_up()
    asked(sim)
    login = quick.login("alice")
    login.prompt("sent")
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    by_name(quick, "anna").prompt("Wait .* h")
    by_name(quick, "max").prompt("sent")  # as the one before said
    by_name(quick, "kim").prompt("Wait .* h")


def test_no_code_is_a_strangers(settings, quick, sim, syslog, app):
    """Not even that of the app whose prompts they are like."""
    settings.secret("carol.totp", SECRET)
    people(settings, group(
        "anna", totp_secret_file=settings.secrets + "/carol.totp"))
    tries(by_name(quick, "zoe"), [app.code()] * 3)
    assert line_of(syslog)["reason"] == "person-unknown"
    asked(sim)


def test_remembered_until_the_person_goes(settings, keys, pam, quick, sim,
                                          syslog):
    settings.set(rules=[{"remember_minutes": 15}])
    anna = group("anna", key=keys.fingerprint("anna"), phone=ANNA)
    people(settings, anna, group("ben", phone=BEN))
    pam.only("sshd")
    far = {"rhost": "192.0.2.1"}
    login = by_key(quick, keys, "anna", **far)
    login.prompt("sent")
    login.answer(sim.code(ANNA))
    assert login.ended() == 0
    assert by_key(quick, keys, "anna", **far).ended() == 0
    assert line_of(syslog, reason="grace")["person"] == "anna"
    people(settings, group("ben", phone=BEN))
    who(by_key(quick, keys, "anna", **far))
    people(settings, anna)
    by_key(quick, keys, "anna", **far).prompt("sent")


def test_a_name_is_not_remembered(settings, keys, pam, quick, sim):
    """A key that is nobody's is everybody's."""
    settings.set(rules=[{"remember_minutes": 15}])
    people(settings, group("anna", phone=ANNA))
    pam.only("sshd")
    for _ in range(2):
        login = by_key(quick, keys, "shared", rhost="192.0.2.1")
        who(login)
        login.answer("anna")
        login.prompt("sent")
        login.answer(sim.code(ANNA))
        assert login.ended() == 0
        sim.reset()
    assert state.dump()["grace"] == []


@pytest.mark.parametrize("text, reason", [
    ("people = ();", "user-file"),
    ('phone = "+447700900300"; people = ( %s );' % group("a", phone=BEN),
     "user-file"),
    ("people = ( %s );" % group("anna", user="nobody"), "user-file"),
    ("people = ( %s );" % group("anna", user=ACCOUNT), "user-file"),
    ("people = ( %s );" % group("anna", phone=ANNA, enabled=False),
     "disabled"),
    ("enabled = false; people = ( %s );" % group("anna", phone=ANNA),
     "disabled")], ids=["none", "phone", "nobody", "itself", "disabled",
                        "account"])
def test_denied(settings, quick, sim, syslog, text, reason):
    settings.set(unenrolled="allow")
    settings.raw_user(ACCOUNT, text)
    login = quick.login(ACCOUNT)
    if "anna" in text:
        who(login)
        login.answer("anna")
    assert login.ended() != 0
    assert line_of(syslog)["reason"] == reason
    asked(sim)


@pytest.mark.parametrize("more, number, would", [
    ("", ANNA, "require"), ("enabled = false;\n", ANNA, "deny-disabled"),
    ("", "x", "deny-user-file")])
def test_what_a_rule_that_watches_would_do(settings, quick, sim, syslog, more,
                                           number, would):
    settings.set(rules=[{"action": "observe"}])
    people(settings, group("anna", phone=number), more=more)
    assert quick.login(ACCOUNT).ended() == 0
    assert line_of(syslog)["would"] == would
    asked(sim)


def test_nobody_to_ask(shared, pam, quick, sim, syslog):
    """Without a first factor there is no question: a decoy as for anybody."""
    pam.only("sshd")
    login = quick.login(ACCOUNT, password=False)
    login.prompt("Verification code sent")
    login.hang_up()
    asked(sim)


def test_enter_asks_again(shared, quick, syslog):
    login = quick.login(ACCOUNT)
    for _ in range(3):
        who(login)
        login.answer("")
    assert login.ended() != 0
    assert line_of(syslog)["reason"] == "prompts"
