# SPDX-License-Identifier: BSD-2-Clause
"""alert_owner: a user hears of what was done to the own login, by each type
that sends texts of ours, at the old number too, and no login waits for it."""

import json
import os
import pwd
import subprocess
import time

import pytest

import gateway
import leftovers
import listener
import processes
import stage
from admin import TWOFACTL
from ctl import done
from phones import NUMBERS
from steps import at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

TAIL = ". Not you? Tell your administrator."
USED = "a recovery code was used: alice on "
CHANGED = "the phone number was changed: alice on "


class Telnyx:
    """The simulator's."""

    def __init__(self, settings, sim):
        self.sim = sim
        settings.secret("telnyx", "KEY0123456789ABCDEF_abcdefghijklmnop")
        self.keys = {"name": "telnyx", "type": "telnyx-sms",
                     "from": "+12025550100", "base_url": sim.url,
                     "ca_file": sim.certs.ca,
                     "api_key_file": settings.secrets + "/telnyx"}

    def texts(self):
        """To whom, and what, once the sender's queue is empty."""
        for _ in range(3):
            self.sim.advance(11)
        return [(m["to"], m["text"]) for m in self.sim.messages()]

    def stop(self):
        pass


@pytest.fixture(params=[Telnyx, gateway.SmsGateway])
def carrier(request, settings, sim):
    found = request.param(settings, sim)
    settings.set(alert_owner=True, providers=[found.keys])
    yield found
    found.stop()


@pytest.fixture
def telnyx(settings, sim):
    found = Telnyx(settings, sim)
    settings.set(alert_owner=True, providers=[found.keys])
    return found


def by_recovery(quick, code, words="Verification code sent"):
    login = quick.login()
    login.prompt(words)
    login.answer(code)
    assert login.ended() == 0, login.text


def told(syslog, event, user="alice"):
    return syslog.wait_for("%s was told of %s, by provider " % (user, event))


def test_a_recovery_code(carrier, quick, admin, syslog):
    """Both the message with a code and the alert are told of, not the code."""
    codes = admin.codes()
    by_recovery(quick, codes[0])
    told(syslog, "recovery-used")
    (_, code), (to, text) = carrier.texts()
    assert to == NUMBERS["alice"] and USED in text and text.endswith(TAIL)
    assert text.startswith("ACME") and "alert" not in code
    assert codes[0] not in "\n".join(syslog.lines())


def by_the_help_desk(admin, user, *more):
    status, text = admin.run("code", user, "--hours", "1", "--why", "lost",
                             *more)
    assert status == 0, text
    return text.split()[0]


@pytest.mark.parametrize("more", [(), ("--invite",)])
def test_a_code_of_the_help_desk(telnyx, quick, admin, syslog, more):
    """When it is made and when it is used; an invitation as well."""
    code = by_the_help_desk(admin, "alice", *more)
    told(syslog, "bypass-made")
    # an open invitation lets no code go to a phone that may be lost
    by_recovery(quick, code, "Recovery code" if more else "code sent")
    told(syslog, "bypass-used")
    texts = [text for _, text in telnyx.texts()]
    assert any("made a login code: alice on" in text for text in texts)
    assert any("code of your help desk was used: alice" in text
               for text in texts)
    assert code not in "".join(texts)


def test_a_code_that_was_not_printed(telnyx, admin, syslog):
    """It may have been read nevertheless."""
    with open("/dev/full", "w", encoding="ascii") as full:
        ran = subprocess.run(
            [TWOFACTL, "--helper", admin.helper, "code", "alice", "--hours",
             "1", "--why", "lost"], stdout=full, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, text=True, check=False)
    assert ran.returncode == 4 and "was ended" in ran.stderr, ran
    told(syslog, "bypass-made")


def test_beside_an_invitation(telnyx, quick, admin, syslog):
    """It holds back codes. An alert has none, and warns the owner of both."""
    codes = admin.codes()
    by_the_help_desk(admin, "alice", "--invite")
    assert len(telnyx.texts()) == 1, "one code, one text"
    by_recovery(quick, codes[0], "Recovery code")
    told(syslog, "recovery-used")
    assert any(USED in text for _, text in telnyx.texts())


def test_a_help_desk_reads_no_vendor(telnyx, admin, sim, syslog):
    """What failed is in the log; the warning says what it comes to."""
    sim.fault("start", "html502", provider="telnyx-sms", count=0)
    status, text = admin.run("code", "alice", "--hours", "1", "--why", "lost")
    assert status == 0, text
    assert "warning: alice may not have been notified" in text
    assert "helper" not in text and "surely" not in text, text
    syslog.wait_for("provider telnyx: start: .*vendor=")
    syslog.wait_for("alice may not have been notified of bypass-made")
    syslog.clear()


def test_who_has_no_phone_yet(telnyx, admin):
    assert "warning" not in by_the_help_desk(admin, "carol", "--invite")
    assert not telnyx.texts()


def test_not_without_the_setting(telnyx, quick, admin, settings, syslog):
    settings.set(alert_owner=None)
    by_recovery(quick, admin.codes()[0])
    syslog.wait_for("event=recovery-used user=alice")
    assert len(telnyx.texts()) == 1


def test_who_gets_in_waits_for_no_alert(telnyx, quick, admin, sim, syslog):
    """Its failure is logged, and the login is let in."""
    codes = admin.codes()
    login = quick.login()
    login.prompt("Verification code sent")
    sim.fault("start", "delay", provider="telnyx-sms", ms=6000)
    begun = time.monotonic()
    login.answer(codes[0])
    assert login.ended() == 0, login.text
    assert time.monotonic() - begun < 5  # how long the text takes is 6 s
    line = syslog.login_line(user="alice")
    assert line["outcome"] == "allowed" and line["method"] == "recovery"
    syslog.wait_for(r"alice may not have been notified of recovery-used "
                    r"\(alert_owner\)")
    syslog.clear()


@pytest.mark.parametrize("service", ["sudo", "sshd", "su"])
def test_an_alert_that_never_ends(telnyx, terminals, sshd, admin, sim, syslog,
                                  service):
    """The login goes on. The process that sends it ends as well, and has
    nothing of the login."""
    codes = admin.codes()
    login = at_prompt(terminals.sudo("alice") if service == "sudo" else
                      sshd.login("alice") if service == "sshd" else
                      terminals.su("bob", "alice"))
    sim.fault("start", "hang", provider="telnyx-sms")
    begun = time.monotonic()
    login.answer(codes[0])
    assert login.ended() == 0, login.text
    assert time.monotonic() - begun < 5
    senders = [] if listener.EVERYWHERE else leftovers.helpers()
    assert len(senders) == (0 if listener.EVERYWHERE else 1)
    # a build with a sanitizer has no filter
    seccomp = "0" if stage.private() and stage.sanitized() else "2"
    for pid in senders:
        found = processes.Process(pid)
        assert os.stat("/proc/%d" % pid).st_uid == pwd.getpwnam("twofa").pw_uid
        assert not [to for to in found.descriptors().values()
                    if to.startswith(("/dev/pts", "pipe:"))]
        assert (found.status()["Seccomp"], found.status()["NoNewPrivs"]) == (
            seccomp, "1")
        assert os.getsid(pid) != os.getsid(0)
    syslog.wait_for("alice may not have been notified of recovery-used")
    for pid in senders:
        assert leftovers.wait_gone(pid, 5)
    syslog.clear()


def test_no_alert_leaves_no_process(telnyx, quick, settings):
    """The one that would have sent it ends with its login."""
    del telnyx, settings
    login = quick.login()
    login.prompt("Verification code sent")
    assert listener.EVERYWHERE or len(leftovers.helpers()) == 2
    login.hang_up()
    assert leftovers.check() is None


def test_a_refused_alert(telnyx, quick, admin, sim, syslog):
    codes = admin.codes()
    login = quick.login()
    login.prompt("Verification code sent")
    sim.fault("start", "html502", provider="telnyx-sms", count=0)
    login.answer(codes[0])
    assert login.ended() == 0, login.text
    syslog.wait_for("alice may not have been notified of recovery-used")
    syslog.clear()


def test_shut(telnyx, quick, settings, syslog, sim, clock):
    """By the last of a hundred wrong codes, from many addresses."""
    settings.set(limits={"lock_after": 100, "lock_after_total": 100,
                         "sends_per_user_hour": 90, "sends_per_user_day": 90,
                         "sends_per_number_day": 90,
                         "sends_per_source_hour": 90})
    for begun in range(0, 100, 3):
        login = quick.login()
        login.prompt("code (already )?sent")
        for step in range(1, min(4, 101 - begun)):
            login.answer(wrong(sim.code("alice"), step))
            if step < 3:
                login.prompt("code was wrong")
        if begun < 99:
            assert login.ended() != 0
        else:
            login.hang_up()
        clock.advance(61)
    syslog.wait_for("event=shut user=alice")
    told(syslog, "shut")
    assert any("too many wrong codes, so alice on " in text and
               text.endswith(" is locked" + TAIL)
               for _, text in telnyx.texts())


def test_import(telnyx, settings, syslog):
    """Who is in the table with another number hears of it, and no other."""
    table = settings.users_dir + "/../people.csv"
    settings.put(table, "user,phone\nalice,+447700900177\nbob,%s\n"
                 % NUMBERS["bob"])
    done("import", table, "--replace")
    told(syslog, "number-changed")
    assert [to for to, _ in telnyx.texts()] == ["+447700900177",
                                                NUMBERS["alice"]]


def test_nobody_can_be_told(settings, admin):
    settings.set(alert_owner=True)
    status, told_admin = admin.run("check")
    assert status == 0 and "warning: " in told_admin
    assert "alert_owner: no user will be notified" in told_admin


def test_number_changed(carrier, settings, syslog):
    """At both numbers, and the record is the new one's whatever comes of it."""
    new = "+447700900177"
    done("enroll", "alice", new, "--no-verify", "--replace")
    told(syslog, "number-changed")
    assert [to for to, _ in carrier.texts()] == [new, NUMBERS["alice"]]
    assert all(CHANGED in text for _, text in carrier.texts())
    assert new in open(settings.user_file("alice"), encoding="utf-8").read()


def test_a_changed_number_is_outside_of_the_limit(telnyx, settings, syslog):
    """Whoever takes an account over could use its messages up first."""
    settings.set(limits={"sends_per_user_hour": 1, "sends_per_user_day": 1,
                         "sends_per_number_day": 1, "sends_per_host_hour": 1})
    numbers = [NUMBERS["alice"], "+447700900177", "+447700900178"]
    for before, new in zip(numbers, numbers[1:]):
        done("enroll", "alice", new, "--no-verify", "--replace")
        assert [to for to, _ in telnyx.texts()][-2:] == [new, before]
    assert not [line for line in syslog.lines() if "no more codes" in line]


def test_a_person_of_a_shared_account(telnyx, quick, settings, syslog):
    """The text goes to the person whose code was used, and to no other."""
    settings.raw_user("alice", "".join(
        ['people = ( { name = "anna"; phone = "%s"; },' % NUMBERS["alice"],
         ' { name = "ben"; phone = "%s"; } );\n' % NUMBERS["bob"]]))
    made = json.loads(done("recovery-codes", "alice", "--person", "anna",
                           "--yes", "--json"))
    login = quick.login()
    login.expect("Who are you")
    login.answer("anna")
    login.prompt("Verification code sent")
    login.answer(made["codes"][0])
    assert login.ended() == 0, login.text
    syslog.wait_for("was told of recovery-used, by provider ")
    to, text = telnyx.texts()[-1]
    assert to == NUMBERS["alice"] and "code was used: alice//anna on" in text


def test_a_code_is_shown_after_its_owner_was_told(telnyx, syslog, admin):
    """Who makes one could stop twofactl as soon as it is read."""
    with subprocess.Popen(
            [TWOFACTL, "--helper", admin.helper, "code", "alice", "--hours", "1",
             "--why", "lost"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE) as run:
        code = run.stdout.read(19)
        run.kill()
    assert code.count(b"-") == 3
    told(syslog, "bypass-made")
