# SPDX-License-Identifier: BSD-2-Clause
"""twofactl self on hosts that share a state: behind the phone at hosts that an
administrator gave the right to, by an invitation at each; known on all."""

import re

import pytest

import test_fleet_enrol
import test_self
import test_store_postgresql
import test_store_records
import test_warm_user
from test_self import (ALICE, DAY, LIMITS, NEW, NUMBER, OTHER, asked, by_app,
                       changed, goes_to, invitation, proven, set_up)

TRANSPORTS = ("socket",)

fixture_server = test_store_postgresql.fixture_server
fixture_fleet = test_store_records.fixture_fleet
warm = test_warm_user.warm
myself = test_self.myself

ALONE = "This host takes an invitation alone, .*: twofactl code --invite"
ASKED = "an invitation of your administrator"


class Hosts(test_fleet_enrol.Hosts):
    """web01 has the right, web02 has it not; alice's record is an admin's."""

    def be(self, name, **keys):
        self.fleet.be(name, limits=LIMITS, **keys)
        self.warm.let_go()

    def body(self):
        (text,) = self.fleet.sql("SELECT encode(convert_to(body, 'UTF8'), "
                                 "'hex') FROM twofa.record WHERE "
                                 "usr = 'alice'")
        return bytes.fromhex(text).decode()

    def invited(self, name, quick):
        """The invitation that let alice in there."""
        self.be_admin()
        code = invitation(self.admin)
        self.be(name)
        login = quick.login("alice")
        login.prompt("")
        login.answer(code)
        assert login.ended() == 0, login.text
        return code


@pytest.fixture(name="hosts")
def fixture_hosts(fleet, warm, admin):
    hosts = Hosts(fleet, warm, admin)
    hosts.be_admin()
    admin.do("enroll", "alice", ALICE, "--no-verify")
    hosts.be("web01")
    return hosts


def unchanged(hosts):
    assert "# self" not in hosts.body()
    return True


def test_a_new_phone(hosts, myself, sim, quick, admin, fleet, syslog):
    """It counts in a day at each host; an administrator sees it."""
    me = myself()
    assert me.ended() == 0 and "Phone: +44 ***-***-" in me.text, me.text
    assert "in 24 hours" in changed(proven(myself("--phone"), sim), sim).text
    syslog.wait_for("event=number-changed user=alice alice has a new phone by "
                    "twofactl self, by phone, from sock:")
    hosts.be("web02")
    assert "changed to +44 ***-***-1100" in goes_to(quick, sim, ALICE).text
    assert fleet.sql("SELECT by FROM twofa.record") == ["twofa_web01", "phone"]
    hosts.be_admin()
    show = admin.do("show", "alice")
    assert re.search("1100.*by twofactl self", show), show
    assert "\nenrolled   at web01, " in show
    assert "  enrolled at web01, " in admin.do(
        "list", "--enrolled-by", "web01")
    text = hosts.state("disable", "web01")
    assert "These users enrolled there:\n  alice\n" in text
    assert text.index("web01 --records") < text.index("twofactl totp USER")
    admin.do("totp", "alice", "--no-verify")  # it stays web01's
    hosts.state("disable", "web01", "--records")
    assert not hosts.records()


def test_one_more_and_one_less(hosts, myself, sim, quick):
    code = hosts.invited("web01", quick)
    me = asked(myself("--phone", "--add"), code)
    me.prompt(NUMBER)
    changed(me, sim)
    me = myself()
    assert me.ended() == 0 and "Phones: 1 " in me.text, me.text
    me = asked(myself("--remove", "1"))
    me.prompt("Verification code sent to .*1100")
    me.answer(sim.code(NEW))
    assert me.ended() == 0 and "24 hours more" in me.text, me.text
    goes_to(quick, sim, ALICE)


def test_an_app(hosts, myself, sim, quick, fleet):
    """Sealed for all hosts."""
    me = asked(myself("--app"))
    me.prompt("Verification code sent")
    me.answer(sim.code("alice"))
    app = set_up(me)
    assert "in 24 hours" in me.text, me.text
    body = hosts.body()
    assert "# self-app" in body and app.secret not in body
    me = myself()
    assert me.ended() == 0 and "App: no, a new one from 20" in me.text, me.text
    code = hosts.invited("web02", quick)
    me = myself("--app")
    me.expect(ALONE)
    me.prompt(ASKED)
    me.answer(code)
    app = set_up(me)
    assert "Your new app counts." in me.text
    hosts.be("web01")
    by_app(quick, app, 1)


def test_an_app_ends_with_a_phone(hosts, myself, sim, admin, tmp_path):
    """Whoever has the stolen one has set up an app, which waits."""
    me = asked(myself("--app"))
    me.prompt("Verification code sent")
    me.answer(sim.code("alice"))
    set_up(me)
    assert "# self-app" in hosts.body()
    hosts.be_admin()
    table = tmp_path / "staff.csv"
    table.write_text("user,phone\nalice,%s\n" % OTHER)
    admin.do("import", str(table), "--replace")
    assert OTHER in hosts.body() and unchanged(hosts)


def test_recovery_codes(hosts, myself, sim, quick, admin, fleet):
    me = asked(myself("--codes"))
    me.prompt("Verification code sent")
    me.answer(sim.code("alice"))
    assert me.ended() == 0, me.text
    codes = re.findall("(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}", me.text)
    assert len(codes) == 10, me.text
    assert "New recovery codes were made for you on" in goes_to(
        quick, sim, ALICE).text
    hosts.be_admin()
    assert "alice: 10 recovery codes left" in admin.do(
        "recovery-codes", "alice", "--left")
    # as a day later
    fleet.sql("UPDATE twofa.recovery SET since = since - %d" % DAY)
    hosts.be("web02")
    login = quick.login("alice")
    login.prompt("sent to")
    login.answer(codes[3])
    assert login.ended() == 0, login.text
    hosts.be_admin()
    text = hosts.state("disable", "web01")
    assert "codes of these users were made there:\n  alice\n" in text
    assert "state host disable web01 --records" in text
    assert "These codes are removed." in hosts.state(
        "disable", "web01", "--records")


@pytest.mark.parametrize("words", ("--phone", "--remove 1", "--codes"))
def test_a_host_without_the_right(hosts, myself, sim, words, admin):
    """It offers no code of the phone, and none is sent."""
    hosts.be_admin()
    admin.do("enroll", "alice", OTHER, "--add", "--no-verify")
    hosts.be("web02")
    words = words.split() + ["--instead", "1"] * (words == "--phone")
    for typed in ("s", "AAAA-BBBB-CCCC-DDDD"):
        me = myself(*words)
        me.expect(ALONE)
        me.prompt(ASKED)
        me.answer(typed)
        me.expect("No invitation of yours")
        assert me.ended() == 1
    assert not sim.requests() and unchanged(hosts)


def test_by_an_invitation_there(hosts, myself, sim, quick):
    """At once, on all hosts; and not by one that let nobody in."""
    code = hosts.invited("web02", quick)
    me = myself("--phone")
    me.prompt(ASKED)
    me.answer(code)
    me.prompt(NUMBER)
    assert "24 hours" not in changed(me, sim).text
    assert not sim.messages(ALICE)
    hosts.be("web01")
    goes_to(quick, sim, NEW)
    hosts.be_admin()
    stolen = invitation(hosts.admin)
    hosts.be("web02")
    me = myself("--phone")
    me.prompt(ASKED)
    me.answer(stolen)
    me.expect("No invitation of yours")
    assert me.ended() == 1


def test_what_an_admin_does_last(hosts, myself, sim, quick, admin):
    """Also back to the phone before: the other one never counts again."""
    code = hosts.invited("web01", quick)
    me = asked(myself("--phone"), code)
    me.prompt(NUMBER)
    changed(me, sim)
    hosts.be_admin()
    admin.do("enroll", "alice", NEW, "--replace", "--no-verify")
    assert unchanged(hosts)
    hosts.be("web01")
    changed(proven_by(myself("--phone"), sim, NEW), sim, ALICE)
    hosts.be_admin()
    status, said = admin.run("enroll", "alice", NEW, "--replace",
                             "--no-verify")
    assert status == 1 and "changed the phone by twofactl self" in said
    for number in (OTHER, NEW):
        admin.do("enroll", "alice", number, "--replace", "--no-verify")
        assert unchanged(hosts)
    hosts.be("web02")
    assert "changed to" not in goes_to(quick, sim, NEW).text


def proven_by(me, sim, number):
    asked(me).prompt("Verification code sent")
    me.answer(sim.code(number))
    me.prompt(NUMBER)
    return me


def test_changed_in_another_window(hosts, myself, sim, quick):
    code = hosts.invited("web01", quick)
    one, two = [asked(myself("--phone"), code) for _ in range(2)]
    one.prompt(NUMBER)
    one.answer(OTHER)
    one.prompt("sent to")
    two.prompt(NUMBER)
    changed(two, sim)
    one.answer(sim.code(OTHER))
    one.prompt("changed meanwhile. Look: twofactl self")
    one.answer("")
    assert one.ended() == 1
    goes_to(quick, sim, NEW)


def test_a_server_that_is_away(hosts, myself, sim, fleet):
    me = proven(myself("--phone"), sim)
    me.answer(NEW)
    me.prompt("sent to")
    fleet.sql("ALTER ROLE twofa_web01 NOLOGIN")
    fleet.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
              "WHERE usename = 'twofa_web01'")
    me.answer(sim.code(NEW))
    assert me.ended() == 4, me.text
    fleet.sql("ALTER ROLE twofa_web01 LOGIN")
    assert unchanged(hosts)
    changed(proven(myself("--phone"), sim), sim, OTHER)


def test_a_server_that_does_not_say(hosts, myself, sim, fleet):
    """If a phone's code is proof there is not known, no invitation is asked for."""
    may = "twofa_v1.enrol_may(twofa_v1.who, text, bigint, bytea)"
    fleet.sql("REVOKE EXECUTE ON FUNCTION %s FROM twofa_host" % may)
    me = myself("--phone")
    me.expect("Not saved. Try again later")
    assert me.ended() == 4 and not re.search(ALONE, me.text), me.text
    fleet.sql("GRANT EXECUTE ON FUNCTION %s TO twofa_host" % may)
    assert not sim.requests()
    changed(proven(myself("--phone"), sim), sim, OTHER)


def test_a_stolen_host(hosts, fleet):
    """With its password, by hand: no change without the right, nor with a text
    or an invitation of its own; 20 users an hour."""
    mark = test_fleet_enrol.mark(fleet)
    (seal,) = fleet.sql("SELECT encode(seal, 'hex') FROM twofa.record")
    (now,) = fleet.sql("SELECT extract(epoch FROM now())::bigint")
    text = hosts.body()
    line = "# self %s 0%s %%s %s %s\\n" % (now, NEW, "a" * 32, ALICE)

    def change(name, line, invitation=0, user="alice", rest=""):
        return hosts.as_thief(
            name, "SELECT twofa_v1.enrol((1, 0, '', '', '', 0)::twofa_v1.who, "
            "'%s', E'%s' || '%s%s', sha256('a'), '\\x%s', %d, sha256('a'), "
            "'\\x%s')" % (user, line, text, rest, mark, invitation, seal))

    assert change("web02", line % "+") == "5"
    assert change("web02", line % "-", 1) == "3"
    assert change("web01", line % "+", user="dave") == "2"
    assert change("web01", line % "-") == "5"
    assert change("web01", line % "+", rest="enabled = true;\n") == "5"
    assert change("web01", "") == "5"
    assert "permission denied" in hosts.as_thief(
        "web01", "INSERT INTO twofa.recovery(usr) VALUES ('alice')")
    for n in range(20):
        assert hosts.as_thief("web01", test_fleet_enrol.write(
            "u%d" % n, "+4477009021%02d" % n, mark)) == "1"
    assert change("web01", line % "+") == "5"
    assert unchanged(hosts)


def test_a_file_of_this_host(hosts, myself, settings, sim):
    settings.user("alice", phone=ALICE)
    me = myself("--phone")
    me.expect("hosts share your record: only your administrator changes that")
    assert me.ended() == 1 and not sim.requests()
