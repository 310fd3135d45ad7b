# SPDX-License-Identifier: BSD-2-Clause
"""Users come and go: twofactl enroll, remove, show and list."""

import contextlib
import grp
import json
import os
import re
import signal
import stat
import subprocess
import time

import pytest

import admin as admin_tool
import stage
import vendors
from ctl import call, done, record, records, refused, typed
from phones import NUMBERS
from steps import at_prompt, wrong

TRANSPORTS = ("spawn", "socket")

CAROL = NUMBERS["carol"]
CANCEL = ("vonage-verify", "vonage-verify-v2", "twilio-verify")
BOTH = ["alice.conf", "bob.conf"]


@pytest.fixture(autouse=True)
def _each(_ready):
    yield


@contextlib.contextmanager
def read_only(folder):
    """As on a root file system that was mounted so."""
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def enrolling(terminals, *words):
    """`enroll` on a terminal, at the prompt for the code."""
    asked = typed(terminals, "enroll", *words)
    asked.prompt("Verification code sent")
    return asked


def test_enroll(terminals, settings, sim, sshd, syslog):
    """A code goes to the new phone; the right one enrols, and lets in."""
    asked = enrolling(terminals, "carol", "(07700) 900 300", "--country", "44")
    assert record(settings, "carol") is None
    asked.answer(sim.code("carol"))
    assert asked.ended() == 0, asked.text
    assert "carol is enrolled with " + CAROL in asked.text
    assert record(settings, "carol") == 'phone = "%s";\n' % CAROL
    found = os.stat(settings.user_file("carol"))
    assert (found.st_uid, found.st_gid) == (0, 990)
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert records(settings) == BOTH + ["carol.conf"]
    syslog.wait_for("twofactl: event=enrolled user=carol enroll by uid=0")
    for line in syslog.lines():
        assert CAROL not in line and CAROL[1:] not in line, line
    login = at_prompt(sshd.login("carol"))
    login.answer(sim.code("carol"))
    assert login.ended() == 0


def test_enroll_wrong_codes(terminals, settings, sim):
    asked = enrolling(terminals, "carol", CAROL)
    code = wrong(sim.code("carol"))
    for words in ("2 tries left", "1 try left"):
        asked.answer(code)
        asked.prompt(words)
    asked.answer(code)
    assert asked.ended() == 1, asked.text
    assert "nothing was changed: carol is not enrolled" in asked.text
    again = typed(terminals, "enroll", "carol", CAROL)
    again.expect(r"Wait \d+ s before you ask for another code\.")
    assert again.ended() == 1, again.text
    assert records(settings) == BOTH


WAITS = r"Waiting [23]\d s until the provider ends the code.*Ctrl-C leaves it"


def test_enroll_cancelled(terminals, settings, sim):
    asked = enrolling(terminals, "carol", CAROL)
    sim.advance(31)  # Vonage cancels nothing before
    asked.answer("q")
    assert asked.ended() == 1, asked.text
    assert "Waiting" not in asked.text
    assert records(settings) == BOTH


def test_enroll_interrupted(terminals, settings, sim):
    """Ctrl-C at the prompt leaves nothing, not even what was tried."""
    asked = enrolling(terminals, "carol", CAROL)
    sim.advance(31)
    asked.sendintr()
    assert asked.ended() == -signal.SIGINT
    assert records(settings) == BOTH


def test_enroll_ends_its_code_itself(terminals, settings, sim, quick, clock):
    """Also where the vendor cancels none so early: it says that it waits, and
    the next login does not."""
    asked = typed(terminals, "enroll", "alice", NUMBERS["alice"], "--replace",
                  "--channel", "sms", helper=stage.CLOCK_HELPER)
    asked.prompt("Verification code sent")
    clock.advance(22)
    asked.sendintr()
    asked.expect(r"Waiting (?:\d|10) s until the provider ends the code")
    assert asked.ended() == -signal.SIGINT
    assert [r["endpoint"] for r in sim.requests()] == [
        "start", "cancel", "cancel"]
    begin = time.monotonic()
    login = quick.login()
    login.prompt("Verification code sent")
    assert time.monotonic() - begin < 5
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0, login.text


@pytest.mark.parametrize("how", ["q", "Ctrl-C"])
def test_enroll_leaves_the_wait(terminals, settings, how):
    """Ctrl-C ends that, too."""
    asked = enrolling(terminals, "carol", CAROL)
    if how == "q":
        asked.answer("q")
    else:
        asked.sendintr()
    asked.expect(WAITS)
    asked.sendintr()
    assert asked.ended() == -signal.SIGINT, asked.text
    assert "a login may have to wait for its code" in asked.text
    assert records(settings) == BOTH


# Authy's tokens are the account's: an enrolment has none of its own.
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM,
                                 signal.SIGKILL])
@pytest.mark.parametrize("kind", [k for k in vendors.TYPES if k != "authy"])
def test_a_login_after_enroll_was_ended(terminals, settings, sim, quick, kind,
                                        how):
    """The number is not busy, and the code of enroll lets nobody in."""
    vendors.Vendor(kind, settings, sim)
    asked = enrolling(terminals, "alice", NUMBERS["alice"], "--replace",
                      "--channel", "sms")
    old = sim.code("alice")
    sim.advance(31)  # Vonage cancels nothing before
    asked.kill(how)
    assert asked.ended() == -how
    begun = len(sim.requests())
    login = quick.login()
    login.prompt("Verification code sent")
    new = sim.code("alice", nth=2)
    sent = [r["endpoint"] for r in sim.requests()]
    cancel = ["cancel"] if kind in CANCEL else []
    if how == signal.SIGKILL:
        assert sent[begun:] == cancel + ["start"], sent
    else:
        assert sent[1:begun] == cancel, sent
        assert sent[begun:] == ["start"], sent
    assert old != new
    login.answer(old)
    login.prompt("code was wrong")
    login.answer(new)
    assert login.ended() == 0, login.text


@pytest.mark.parametrize("kind", ["vonage-verify", "twilio-verify"])
def test_a_login_beside_enroll(terminals, settings, sim, quick, kind):
    """The login wins, and neither code is good for the other."""
    vendors.Vendor(kind, settings, sim)
    asked = enrolling(terminals, "alice", NUMBERS["alice"], "--replace",
                      "--channel", "sms")
    sim.advance(31)
    login = quick.login()
    login.prompt("Verification code sent")
    code = sim.code("alice", nth=2)
    checks = len(sim.requests("check"))
    asked.answer(code)
    asked.expect("Another verification to your number is open")
    assert asked.ended() == 1, asked.text
    assert len(sim.requests("check")) == checks
    assert "channels = [\"sms\"]" not in record(settings, "alice")
    login.answer(code)
    assert login.ended() == 0, login.text


def test_enroll_killed_at_the_prompt(terminals, settings):
    """What was tried is left, is nobody's, and goes with the next change."""
    asked = enrolling(terminals, "carol", CAROL)
    asked.hang_up()
    assert record(settings, "carol") is None
    done("enroll", "carol", CAROL, "--no-verify")
    assert records(settings) == BOTH + ["carol.conf"]


def test_enroll_while_another_waits(terminals, settings, sim):
    """Two admins at once; and who was quicker is not overwritten."""
    asked = enrolling(terminals, "carol", CAROL)
    done("enroll", "bob", "+447700900201", "--no-verify", "--replace")
    done("enroll", "carol", "+447700900301", "--no-verify")
    asked.answer(sim.code("carol"))
    assert asked.ended() == 1, asked.text
    assert "already enrolled" in asked.text
    assert record(settings, "carol") == 'phone = "+447700900301";\n'
    assert records(settings) == BOTH + ["carol.conf"]


@pytest.mark.parametrize("words,want", [
    (["0044 (0)7700 900300"], 'phone = "+447700900300";\n'),
    ([CAROL, "--channel", "voice,sms"],
     'phone = "%s";\nchannels = ["voice", "sms"];\n' % CAROL),
    ([CAROL, "--email", "carol@example.org", "--provider=vonage"],
     'phone = "%s";\nemail = "carol@example.org";\n'
     'provider = "vonage";\n' % CAROL),
    (["-", "--email", "carol@example.org"],
     'email = "carol@example.org";\n'),
])
def test_enroll_without_a_code(settings, sim, words, want):
    out = done("enroll", "carol", *words, "--no-verify")
    assert out.startswith("carol is enrolled")
    assert record(settings, "carol") == want
    assert not sim.requests()


def test_enroll_with_the_number_of_another(settings):
    """Told, not refused; one's own is none of another."""
    ended = call("enroll", "carol", NUMBERS["alice"], "--no-verify")
    assert ended.returncode == 0, ended
    assert "warning: alice is enrolled with this number" in ended.stderr
    assert ended.stderr.count("warning") == 1
    done("enroll", "bob", NUMBERS["bob"], "--no-verify", "--replace",
         "--channel", "sms")
    assert record(settings, "carol") is not None


def test_enroll_with_nobody_to_answer(settings, sim):
    """No message for a code that cannot be typed."""
    refused(call("enroll", "carol", CAROL), 2, "no terminal", "--no-verify")
    assert not sim.messages() and not sim.requests()
    assert records(settings) == BOTH


def test_enroll_twice(settings):
    before = record(settings, "alice")
    refused(call("enroll", "alice", CAROL), 1, "already enrolled",
            "--replace", "twofactl show alice")
    assert record(settings, "alice") == before
    inode = os.stat(settings.user_file("alice")).st_ino
    for more in ([], ["--replace"]):
        out = done("enroll", "alice", NUMBERS["alice"], *more)
        assert out == ("alice is already enrolled like this; nothing was "
                       "changed.\n")
    assert os.stat(settings.user_file("alice")).st_ino == inode


def test_enroll_replace(terminals, settings, sim):
    """Comments and all other keys stay."""
    settings.raw_user("alice", '# hers\nphone = "%s"; # work\n'
                      'channels = ["voice"];\n' % NUMBERS["alice"])
    asked = enrolling(terminals, "alice", CAROL, "--replace", "--channel=sms")
    asked.answer(sim.code("carol"))
    assert asked.ended() == 0, asked.text
    assert record(settings, "alice") == (
        '# hers\nphone = "%s"; # work\nchannels = ["sms"];\n' % CAROL)


def test_enroll_replace_the_channels_alone(terminals, settings, sim):
    """All else stays; proven by the new one."""
    asked = typed(terminals, "enroll", "alice", "--replace", "--channel",
                  "voice,sms")
    asked.prompt("calling .*0100")
    asked.answer(sim.code("alice"))
    assert asked.ended() == 0, asked.text
    assert record(settings, "alice") == (
        'phone = "%s";\nchannels = ["voice", "sms"];\n' % NUMBERS["alice"])
    refused(call("enroll", "carol", "--replace", "--channel", "voice",
                 "--no-verify"), 3, "phone: is missing")


def test_enroll_of_what_was_changed_meanwhile(terminals, settings, sim):
    """The code proves the record that it was sent for, and no other."""
    settings.raw_user("alice", 'phone = "%s";\n' % NUMBERS["alice"])
    asked = enrolling(terminals, "alice", CAROL, "--replace")
    code = sim.code("carol")
    changed = 'phone = "%s";\nchannels = ["voice"];\n' % NUMBERS["bob"]
    settings.raw_user("alice", changed)
    asked.answer(code)
    assert asked.ended() == 1, asked.text
    assert "was changed meanwhile" in asked.text
    assert record(settings, "alice") == changed
    assert records(settings) == BOTH


@pytest.mark.parametrize("words,said", [
    (["carol"], "no number"),
    (["carol", ""], "no number"),
    (["carol", "-"], "no number"),
    (["carol", "07700 900300"], "--country"),
    (["carol", "07700 900300", "--country", "x"], "not a calling code"),
    (["carol", "+44"], "7 to 15"),
    (["carol", "+1 555 01"], "10 digits"),
    (["carol", "4.477E+11"], "spreadsheet"),
    (["carol", CAROL, "--channel", "pigeon"], "not a channel"),
    (["carol", CAROL, "--channel", "sms,sms"], "appears twice"),
    (["carol", CAROL, "--channel", ","], "no channel is given"),
    (["carol", CAROL, "--channel", "whatsapp"], "no provider"),
    (["carol", CAROL, "--email", "carol"], "an address such as"),
    (["carol", CAROL, "--provider", "twilio"], "allowed: vonage"),
    (["carol", CAROL, "--json"], "takes no --json"),
    (["carol", CAROL, "more"], "too many"),
    (["nobody-here", CAROL], 'no account "nobody-here"'),
    (["../carol", CAROL], "is not a user name"),
])
def test_enroll_usage(settings, words, said):
    refused(call("enroll", *words), 2, said)
    assert records(settings) == BOTH


def test_enroll_says_all_that_is_wrong():
    refused(call("enroll", "carol", "12", "--email", "x", "--channel", "fax",
                 "--provider", "none", "--country", "44"), 2,
            "phone: ", "email: ", "channels: ", "provider: ")


def test_enroll_outside_allowed_prefixes(settings):
    settings.set(limits={"allowed_prefixes": ["+1"]})
    refused(call("enroll", "carol", CAROL), 2, "allowed_prefixes")


@pytest.mark.parametrize("text,line", [
    ('phone = "+447700900300"; foo = 1;\n', 1), ("phone = ", 2)])
def test_enroll_broken_record(settings, text, line):
    settings.raw_user("carol", text)
    refused(call("enroll", "carol", CAROL, "--replace", "--no-verify"), 3,
            "%s:%d: " % (settings.user_file("carol"), line))
    assert record(settings, "carol") == text


def test_enroll_channel_that_the_record_cannot_serve(settings):
    refused(call("enroll", "carol", CAROL, "--channel", "email"), 2,
            "no provider")
    refused(call("enroll", "carol", CAROL, "--channel", "totp"), 3,
            "totp_secret_file")
    assert records(settings) == BOTH


def test_enroll_folder_that_others_can_write(settings):
    os.chmod(settings.users_dir, 0o777)
    refused(call("enroll", "carol", CAROL, "--no-verify"), 3, "chmod 0750")


def test_enroll_provider_down(settings, terminals):
    settings.provider(base_url="https://localhost:1")
    ended = typed(terminals, "enroll", "carol", CAROL)
    assert ended.ended() in (1, 4), ended.text
    assert "nothing was changed" in ended.text
    assert records(settings) == BOTH


@pytest.fixture(name="lookup")
def _lookup(settings):
    """A look-up beside the provider of codes."""
    keys = dict(settings.keys["providers"][0], name="insight",
                type="vonage-insight")
    settings.set(providers=settings.keys["providers"] + [keys])
    return keys


@pytest.mark.parametrize("number,more,said", [
    ("+447700900015", [], "landline"),
    ("+447700900015", ["--channel", "voice"], None),
    (CAROL, [], None),
])
@pytest.mark.usefixtures("lookup")
def test_enroll_looks_the_number_up(settings, number, more, said):
    """Advice: it is enrolled all the same."""
    ended = call("enroll", "carol", number, "--no-verify", *more)
    assert ended.returncode == 0, ended
    assert ("warning: %s: " % number in ended.stderr) == (said is not None)
    assert said is None or said in ended.stderr, ended
    assert number in record(settings, "carol")


def test_enroll_look_up_that_fails(settings, lookup):
    """No advice keeps nobody out."""
    lookup["base_url"] = "https://localhost:1"
    settings.set()
    ended = call("enroll", "carol", CAROL, "--no-verify")
    assert ended.returncode == 0, ended
    assert record(settings, "carol") is not None


def test_remove(settings, syslog, admin, quick):
    admin.codes("bob", 3)
    assert done("remove", "bob", "--yes") == (
        "bob is no longer enrolled; logins are denied.\n")
    assert records(settings) == ["alice.conf"]
    assert admin.left("bob") == 0
    syslog.wait_for("twofactl: event=removed user=bob remove by uid=0")
    assert admin.run("remove", "bob") == (1, "bob is not enrolled.\n")
    login = quick.login("bob")
    quick.decoy(login, "bob")


def test_what_is_left_of_a_person(settings, quick, sim, admin):
    """remove and unlock leave the messages of a day, and no more."""
    def tables():
        return {table for table, found in admin_tool.of_user("alice").items()
                if found}
    admin.codes("alice", 3)
    quick.right(quick.login("alice"), "alice")
    login = quick.login("alice")
    login.prompt("ode sent")
    login.answer(wrong(sim.code("alice")))
    login.prompt("wrong")
    login.hang_up()
    assert {"guess", "passed", "recovery", "send"} <= tables()
    done("remove", "alice", "--yes")
    assert not {"passed", "recovery"} & tables()
    admin.do("unlock", "alice")
    assert tables() <= {"send", "verification"}


def test_remove_takes_the_apps_secret(settings):
    done("totp", "bob", "--no-verify")
    assert os.path.exists(settings.secrets + "/bob.totp")
    done("remove", "bob", "--yes")
    assert os.listdir(settings.secrets) == ["vonage"]


def traced(*words, inject=()):
    """twofactl with the names that it removes and the syncs of folders: the
    lines of strace."""
    trace = "/run/twofactl.trace"
    ended = subprocess.run(
        ["strace", "-qq", "-y", "-o", trace, "-e", "trace=unlinkat,fsync",
         *inject, admin_tool.TWOFACTL, "--helper", stage.HELPER, *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False)
    with open(trace, encoding="utf-8") as text:
        return ended, text.read().splitlines()


@pytest.mark.parametrize("words", [("remove", "bob", "--yes"),
                                   ("totp", "bob", "--no-verify")])
def test_gone_secret_stays_gone_after_a_power_cut(settings, words):
    """Its folder is synced behind the last name of one that went."""
    done("totp", "bob", "--no-verify")
    ended, calls = traced(*words)
    assert ended.returncode == 0 and ended.stderr == ""
    calls = [line for line in calls if "<%s>" % settings.secrets in line]
    went = [n for n, line in enumerate(calls) if line.startswith("unlinkat") and
            line.endswith("= 0") and ".twofactl.lock" not in line]
    synced = [n for n, line in enumerate(calls) if line.startswith("fsync")]
    assert went and synced and synced[-1] > went[-1], calls


def test_remove_on_a_disk_that_does_not_confirm(settings):
    """The record's folder comes first, then that of the secret."""
    done("totp", "bob", "--no-verify")
    ended, _calls = traced("remove", "bob", "--yes", inject=[
        "-e", "inject=fsync:error=EIO:when=2"])
    assert "secrets: Input/output error; a power cut may bring the secret " \
        "back" in ended.stderr, ended
    assert records(settings) == ["alice.conf"]


def test_remove_of_a_broken_record_and_a_gone_account(settings):
    settings.raw_user("bob", "phone = ")
    settings.raw_user("gone", "")
    settings.set(unenrolled="allow")
    assert "the password alone is enough" in done("remove", "bob")
    done("remove", "gone")
    assert records(settings) == ["alice.conf"]


@pytest.fixture(name="root_enrolled")
def _root_enrolled(settings):
    settings.user("root", phone="+447700900999")


@pytest.mark.usefixtures("root_enrolled")
def test_remove_root_asks(terminals, settings):
    refused(call("remove", "root", stdin="y\n"), 2,
            "root is the only one enrolled who can become root", "--yes")
    asked = typed(terminals, "remove", "root")
    asked.expect(r"Remove it\? \[y/N\] ")
    assert "root is the only one enrolled" in asked.text
    asked.answer("n")
    assert asked.ended() == 1
    assert record(settings, "root") is not None
    asked = typed(terminals, "remove", "root")
    asked.expect(r"Remove it\? \[y/N\] ")
    asked.answer("y")
    assert asked.ended() == 0
    assert record(settings, "root") is None


@pytest.mark.usefixtures("root_enrolled")
def test_remove_root_with_yes(settings):
    done("remove", "root", "--yes")
    assert record(settings, "root") is None


@pytest.fixture(name="sudoer")
def _sudoer():
    """alice is in group sudo."""
    with open("/etc/group", encoding="utf-8") as text:
        before = text.read()
    grp.getgrnam("sudo")
    with open("/etc/group", "w", encoding="utf-8") as out:
        out.write(re.sub(r"^(sudo:[^:]*:\d+:).*$", r"\1alice", before,
                         flags=re.M))
    yield
    with open("/etc/group", "w", encoding="utf-8") as out:
        out.write(before)


@pytest.mark.usefixtures("sudoer", "root_enrolled")
def test_remove_one_of_two_who_can_become_root(settings):
    done("remove", "root")
    refused(call("remove", "alice"), 2, "alice is the only one", "--yes")
    settings.set(unenrolled="allow")
    refused(call("remove", "alice"), 2, "only a password protects root", "--yes")
    done("remove", "bob")


def test_remove_with_a_state_that_fails(settings, admin):
    """The record goes all the same; once more ends the recovery codes."""
    admin.codes("bob", 3)
    mode = stat.S_IMODE(os.stat("/var/lib/twofa").st_mode)
    os.chmod("/var/lib/twofa", 0o755)
    ended = call("remove", "bob", "--yes")
    assert ended.returncode == 4, ended
    assert "bob is no longer enrolled" in ended.stdout
    assert "/var/lib/twofa" in ended.stderr
    assert "run again: twofactl remove bob" in ended.stderr
    assert records(settings) == ["alice.conf"]
    os.chmod("/var/lib/twofa", mode)
    assert admin.left("bob") == 3
    assert done("remove", "bob") == ("bob is not enrolled; the remaining "
                                     "recovery codes have been deleted.\n")
    assert admin.left("bob") == 0


def test_remove_of_a_record_that_must_stay(settings, admin):
    """users.d is read-only: the recovery codes stay, too."""
    admin.codes("alice", 5)
    with read_only(settings.users_dir):
        refused(call("remove", "alice", "--yes"), 4, "Read-only file system",
                "alice is enrolled as before")
    assert admin.left("alice") == 5
    assert records(settings) == BOTH


def test_remove_takes_what_a_killed_totp_left(settings):
    done("totp", "bob", "--no-verify")
    for name in (".bob.totp.old", ".bob.totp.new", "..bob.totp.new.new"):
        settings.secret(name, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    done("remove", "bob", "--yes")
    assert os.listdir(settings.secrets) == ["vonage"]


@pytest.mark.usefixtures("sudoer", "root_enrolled")
def test_remove_when_the_other_is_of_no_use(settings):
    """Disabled or broken, root's record lets nobody become root."""
    settings.user("root", phone="+447700900999", enabled=False)
    refused(call("remove", "alice"), 2, "alice is the only one", "--yes")
    settings.raw_user("root", "phone = 5;\n")
    refused(call("remove", "alice"), 2, "alice is the only one", "--yes")
    settings.user("root", phone="+447700900999")
    done("remove", "alice", "--yes")


def test_show(settings):
    settings.user("alice", email="alice@example.org", provider="vonage")
    out = done("show", "alice")
    assert re.search(r"^phone +\+44 \*\*\*-\*\*\*-0100$", out, re.M), out
    assert re.search(r"^email +a\*\*\*@example.org$", out, re.M)
    assert re.search(r"^channels +sms, voice$", out, re.M)
    assert re.search(r"^provider +vonage$", out, re.M)
    assert re.search(r"^app +no$", out, re.M)
    assert re.search(r"^enabled +yes$", out, re.M)
    assert NUMBERS["alice"] not in out and "alice@example" not in out
    out = done("show", "alice", "--full")
    assert NUMBERS["alice"] in out and "alice@example.org" in out


def test_show_json(settings):
    done("totp", "alice", "--no-verify")
    settings.user("bob", enabled=False)
    want = {"user": "alice", "phone": NUMBERS["alice"], "email": "",
            "channels": ["sms", "voice"], "provider": "", "enabled": True,
            "app": True, "push": False, "sk_keys": "", "apps": [
                {"type": "totp", "name": "", "token": False, "digits": 6}],
            "phones": [
                {"number": NUMBERS["alice"], "name": "", "voice": False}]}
    assert json.loads(done("show", "alice", "--json", "--full")) == want
    masked = json.loads(done("show", "bob", "--json"))
    assert masked["phone"] == "+44 ***-***-0200"
    assert masked["enabled"] is False and masked["app"] is False


def test_show_errors(settings):
    refused(call("show", "carol"), 1, "not enrolled", "twofactl enroll carol")
    settings.raw_user("alice", "foo = 1;")
    refused(call("show", "alice"), 3, settings.user_file("alice") + ":1: foo")


def test_list(settings):
    settings.user("bob", enabled=False)
    lines = done("list").splitlines()
    assert lines[0].split() == ["USER", "PHONE", "CHANNELS", "APP", "EMAIL"]
    assert re.match(r"alice +\+44 \*\*\*-\*\*\*-0100 +sms,voice +no +-$",
                    lines[1]), lines
    assert lines[2].endswith("  disabled") and len(lines) == 3
    found = json.loads(done("list", "--json", "--full"))["users"]
    assert [user["phone"] for user in found] == [NUMBERS["alice"],
                                                 NUMBERS["bob"]]


def test_list_of_nobody(settings):
    for name in ("alice", "bob"):
        settings.forget(name)
    assert done("list") == "Nobody is enrolled.\n"
    assert json.loads(done("list", "--json")) == {"users": []}


def test_list_names_a_broken_record_and_goes_on(settings):
    settings.raw_user("alice", "foo = 1;")
    settings.put(settings.users_dir + "/not.a.record", "")
    settings.put(settings.users_dir + "/.hidden.conf", "")
    ended = call("list", "--json")
    assert ended.returncode == 3
    assert settings.user_file("alice") + ":1: foo" in ended.stderr
    assert [user["user"] for user in json.loads(ended.stdout)["users"]] == [
        "bob"]


@pytest.fixture(name="staff")
def _staff():
    """A group with alice and carol, and dave's own one."""
    with open("/etc/group", encoding="utf-8") as text:
        before = text.read()
    with open("/etc/group", "a", encoding="utf-8") as out:
        out.write("crew:x:4711:alice,carol,carol\nempty:x:4712:\n")
    yield
    with open("/etc/group", "w", encoding="utf-8") as out:
        out.write(before)


@pytest.mark.usefixtures("staff")
def test_list_missing(settings):
    ended = call("list", "--missing", "crew")
    assert (ended.returncode, ended.stdout) == (1, "carol\n")
    assert ended.stderr == "1 of 2 members of crew are not enrolled.\n"
    ended = call("list", "--missing", "crew", "--json")
    assert ended.returncode == 1 and ended.stderr == ""
    assert json.loads(ended.stdout) == {
        "missing": ["carol"], "disabled": [], "broken": [], "no_account": [],
        "members": 2}
    settings.user("carol")
    ended = call("list", "--missing", "crew")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert call("list", "--missing", "empty").returncode == 0
    # a group of which she is only by her account
    settings.forget("carol")
    assert call("list", "--missing", "carol").stdout == "carol\n"
    refused(call("list", "--missing", "no-such"), 2, 'no group "no-such"')


@contextlib.contextmanager
def group_of(line):
    """One more group."""
    with open("/etc/group", encoding="utf-8") as text:
        before = text.read()
    try:
        with open("/etc/group", "a", encoding="utf-8") as out:
            out.write(line + "\n")
        yield
    finally:
        with open("/etc/group", "w", encoding="utf-8") as out:
            out.write(before)


def test_list_missing_tells_apart(settings):
    """Who is gone is nobody to enrol; who cannot log in is not well."""
    with group_of("staff2:x:7777:alice,bob,gonezo"):
        ended = call("list", "--missing", "staff2")
        assert (ended.returncode, ended.stdout) == (0, ""), ended
        assert "gonezo: in the group, but there is no such" in ended.stderr
        assert "0 of 2 members of staff2" in ended.stderr
        settings.user("bob", enabled=False)
        ended = call("list", "--missing", "staff2")
        assert ended.returncode == 0
        assert "bob: enrolled, but enabled = false" in ended.stderr
        settings.raw_user("alice", "phone = 5;\n")
        ended = call("list", "--missing", "staff2")
        assert ended.returncode == 3
        assert "alice: enrolled, but the file is wrong" in ended.stderr
        found = json.loads(call("list", "--missing", "staff2",
                                "--json").stdout)
        assert found == {"missing": [], "disabled": ["bob"],
                         "broken": ["alice"], "no_account": ["gonezo"],
                         "members": 2}


@pytest.mark.parametrize("words", [
    ("enroll", "carol", CAROL), ("test", "alice", "--service", "sshd"),
    ("doctor",)], ids=lambda words: words[0])
def test_what_a_vendor_says_is_for_the_log(terminals, settings, sim, syslog,
                                           words):
    """An admin reads what it comes to, in our words, and where it is."""
    del settings
    sim.fault("any", "wrong_type", field="status", value='"9"', count=0)
    run = typed(terminals, *words)
    if words[0] == "test":
        run.prompt("could not be sent")
        run.answer("")
    assert run.ended() != 0, run.text
    assert "see the log" in run.text
    assert "status=" not in run.text and "vendor=" not in run.text, run.text
    assert "account at the provider is empty" in run.text or (
        words[0] == "doctor"), run.text
    syslog.wait_for('provider vonage: .*vendor="status=9')
    syslog.clear()
