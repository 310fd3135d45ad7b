# SPDX-License-Identifier: BSD-2-Clause
"""A name that is given again: the new account has nothing of the one before."""

import json
import os
import pwd
import shutil
import stat
import subprocess
import time

import pytest

import stage
from admin import of_user
from conf import NUMBERS
from ctl import done
from ctl import whole_record as record
from deploy import ACCOUNT, ANNA, group, people

TRANSPORTS = ("spawn", "socket")

HOOK = "/etc/shadow-maint/userdel-post.d/twofa"
SOURCE = os.path.join(os.path.dirname(__file__), "..", "..", "..",
                      "packaging", "userdel-post")
def uid(name):
    return pwd.getpwnam(name).pw_uid


def explained(admin, user, service="sshd"):
    return json.loads(admin.run("explain", user, service, "192.0.2.7",
                                "--json")[1])


def test_own_uid(quick, settings):
    settings.user("alice", uid=uid("alice"))
    quick.right(quick.login())


def test_no_uid(quick, settings):
    """A record of an older version."""
    settings.user("alice")
    quick.right(quick.login())


def test_another_uid(quick, settings, admin):
    settings.user("alice", uid=uid("alice") + 1)
    line = quick.decoy(quick.login())
    assert line["reason"] == "other-account"
    found = explained(admin, "alice")
    assert found["reason"] == "other-account"
    out = admin.run("explain", "alice", "sshd", "192.0.2.7")[1]
    assert "twofactl enroll alice --again" in out
    assert "run: twofactl remove alice" in out


def test_a_person_whose_user_left(quick, settings, admin, syslog):
    """The denial sends to check, which says what there is to do."""
    people(settings, group("ben", user="bob"), group("anna", phone=ANNA))
    settings.user("bob", left=True)
    login = quick.login(ACCOUNT)
    login.expect("Who are you")
    login.answer("ben")
    assert quick.denied(login, ACCOUNT)["reason"] == "user-file"
    syslog.wait_for('"bob" has left; take this person out of people')
    status, out = admin.run("check")
    assert status == 3, out
    assert 'carol.conf: ben: user: "bob" has left; take this person' in out
    settings.user("bob")
    assert "nothing is wrong" in admin.do("check")


def test_another_uid_is_listed_so(admin, settings):
    """Such a record lets nobody in."""
    settings.user("alice", uid=uid("alice") + 1)
    settings.user("bob", left=True)
    line = {line.split()[0]: line for line in admin.do("list").splitlines()}
    assert line["alice"].endswith("-  of another uid"), line
    assert line["bob"].endswith("-  left"), line
    assert "other uid  yes: no login takes it\n" in admin.do("show", "alice")


def test_another_uid_is_not_admitted_unnoticed(quick, settings):
    """unenrolled = "allow" is for names that nobody had before."""
    settings.set(unenrolled="allow")
    settings.user("alice", uid=uid("alice") + 1)
    assert quick.decoy(quick.login())["reason"] == "other-account"


def test_another_uid_is_told_so(quick, settings):
    settings.set(unenrolled_text="Call 1234.")
    settings.user("alice", uid=uid("alice") + 1)
    login = quick.login()
    login.prompt("Call 1234")
    login.answer("")
    assert quick.denied(login)["reason"] == "other-account"


def test_observed(quick, settings):
    settings.set(rules=[{"services": ["sshd"], "action": "observe",
                         "until": "2099-01-01", "why": "trial"}])
    settings.user("alice", uid=uid("alice") + 1)
    line = quick.admitted(quick.login(), outcome="observed")
    assert line["would"] == "deny-other-account"


def test_left(quick, settings, admin):
    settings.user("alice", left=True)
    assert quick.decoy(quick.login())["reason"] == "other-account"
    assert explained(admin, "alice")["reason"] == "other-account"


def test_paper_codes_of_another(quick, settings, admin):
    codes = admin.codes("alice")
    settings.user("alice", uid=uid("alice") + 1)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(codes[0])
    login.prompt("recovery code is not valid")
    login.answer("q")
    assert quick.denied(login)["reason"] == "other-account"
    assert admin.left("alice") == 10


def test_a_shared_account(quick, settings, sim):
    text = ('uid = %d;\npeople = ( { name = "anna"; phone = "'
            + NUMBERS["alice"] + '"; } );\n')
    settings.raw_user("alice", text % uid("alice"))
    login = quick.login()
    login.expect("Who are you")
    login.answer("anna")
    quick.right(login, to="alice")
    settings.raw_user("alice", text % (uid("alice") + 1))
    line = quick.decoy(quick.login(), asked=len(sim.requests()))
    assert line["reason"] == "other-account"


def test_su_by_another(terminals, settings, syslog, sim):
    settings.set(rules=[{"services": ["su", "su-l"], "ask": "caller"}])
    settings.user("alice", uid=uid("alice") + 1)
    login = terminals.su("alice", "bob")
    login.password("pw-bob")
    assert login.ended() != 0
    line = syslog.login_line(user="bob", outcome="denied")
    assert line["reason"] == "other-account" and not sim.messages()


def test_an_invitation_admits(quick, settings, admin):
    """As explain says."""
    settings.user("alice", uid=uid("alice") + 1)
    assert explained(admin, "alice")["denied"]
    made = json.loads(admin.do("code", "alice", "--invite", "--hours", "2",
                               "--why", "x", "--json"))
    assert not explained(admin, "alice")["denied"]
    login = quick.login()
    login.prompt("code")
    login.answer(made["code"])
    assert login.ended() == 0, login.text


def test_no_stack_is_blamed(quick, settings, syslog):
    """The password was seen: the log says whose record it is."""
    settings.user("alice", uid=uid("alice") + 1)
    login = quick.login(service="su")
    login.prompt("code")
    login.hang_up()
    syslog.wait_for("the record of alice is for another uid, or its user has "
                    "left; see twofactl explain alice su$")
    assert "no password was seen" not in "\n".join(syslog.lines())


def test_enroll_writes_the_uid(settings, admin):
    admin.do("enroll", "carol", NUMBERS["carol"], "--no-verify")
    assert record(settings, "carol") == 'phone = "%s";\nuid = %d;\n' % (
        NUMBERS["carol"], uid("carol"))


def test_import_writes_the_uid(settings, tmp_path):
    table = tmp_path / "people.csv"
    table.write_text("user,phone\ncarol,%s\nalice,%s\n" % (
        NUMBERS["carol"], NUMBERS["alice"]))
    settings.user("alice")
    settings.raw_user("alice", 'phone = "%s";\n' % NUMBERS["alice"])
    assert "1 new, 0 changed, 1 unchanged" in done("import", str(table))
    assert "uid = %d;" % uid("carol") in record(settings, "carol")
    # what does not change otherwise is as it was
    assert "uid" not in record(settings, "alice")


def test_check_takes_the_uid_over_once(settings, quick):
    settings.user("alice")
    settings.user("bob", uid=uid("bob"))
    before = record(settings, "bob")
    out = done("check")
    assert "alice: the record is for uid %d alone now" % uid("alice") in out
    assert "bob" not in out
    assert "uid = %d;" % uid("alice") in record(settings, "alice")
    assert record(settings, "bob") == before
    assert "alice" not in done("check")
    quick.right(quick.login())


def test_check_without_an_account(settings, admin):
    """What the name service does not know gets no uid, as while it fails."""
    settings.user("nobody-here")
    before = record(settings, "nobody-here")
    assert admin.run("check")[0] == 3
    assert record(settings, "nobody-here") == before
    admin.do("leave", "nobody-here")
    assert "nobody-here" not in admin.run("check")[1]
    settings.forget("nobody-here")


def test_check_marks_who_is_gone(settings, admin, syslog):
    """Not at once: a directory may be away. Then as userdel's hook does."""
    noted = "/var/lib/twofactl/gone."
    settings.user("nobody-here")
    assert admin.run("check")[0] == 3
    assert "left" not in record(settings, "nobody-here")
    assert os.stat(noted + "nobody-here").st_size == 0
    open(noted + "alice", "w", encoding="utf-8").close()  # is back
    os.utime(noted + "nobody-here", (time.time() - 86000,) * 2)
    admin.run("check")
    assert "left" not in record(settings, "nobody-here")
    assert not os.path.exists(noted + "alice")
    os.utime(noted + "nobody-here", (time.time() - 86500,) * 2)
    out = admin.run("check")[1]
    assert "nobody-here: the account is gone, so the record is marked" in out
    assert "left = true;" in record(settings, "nobody-here")
    syslog.wait_for("event=removed user=nobody-here check: no such account")
    assert admin.run("check")[0] == 0
    assert not os.path.exists(noted + "nobody-here")
    shutil.rmtree("/var/lib/twofactl")
    settings.forget("nobody-here")


def test_leave_lists_sessions(settings, admin):
    """They go on: the mark is for logins."""
    folder = "/run/systemd/sessions"
    settings.user("alice")
    os.makedirs(folder, exist_ok=True)
    for number, user in (("7", "alice"), ("8", "bob")):
        with open(folder + "/" + number, "w", encoding="utf-8") as file:
            file.write("# private\nUID=1\nUSER=%s\nTTY=pts/3\n"
                       "REMOTE_HOST=192.0.2.7\n" % user)
    with open(folder + "/9", "w", encoding="utf-8") as file:
        file.write("USER=alice\nTTY=tty1\n")
    try:
        out = admin.do("leave", "alice")
    finally:
        shutil.rmtree("/run/systemd")
    assert "open session: 9\n" in out
    assert "usermod -L -e 1 alice; loginctl terminate-user alice\n" in out
    assert "open session: 7 from 192.0.2.7\n" in out
    assert "open session: 8" not in out


def test_leave_with_a_state_that_fails(admin, settings):
    """remove would take the mark away with the record."""
    admin.codes("bob", 3)
    mode = stat.S_IMODE(os.stat("/var/lib/twofa").st_mode)
    os.chmod("/var/lib/twofa", 0o755)
    status, said = admin.run("leave", "bob")
    assert status == 4 and "bob has left" in said, said
    assert "run again: twofactl leave bob" in said
    os.chmod("/var/lib/twofa", mode)
    assert admin.left("bob") == 3
    admin.do("leave", "bob")
    assert admin.left("bob") == 0
    assert "left = true" in record(settings, "bob")


def test_leavers_shape_no_prompts(settings, admin):
    """A record as import writes it has no channels then."""
    for user in ("alice", "bob"):
        settings.raw_user(user, 'phone = "%s";\n' % NUMBERS[user])
    for user in ("alice", "bob"):
        out = admin.do("leave", user)
        assert "the helper refused" not in out, out


def test_who_has_left_is_missing(settings, admin):
    settings.user("alice", left=True)
    status, out = admin.run("list", "--missing", "alice")
    assert status == 1 and out.endswith("\nalice\n"), out
    assert "  left\n" in admin.do("list")


def test_check_and_doctor_name_it(settings, admin):
    settings.user("alice", uid=uid("alice") + 1)
    status, out = admin.run("check")
    assert status == 3 and "another uid" in out and "--again" in out
    assert "uid = %d;" % (uid("alice") + 1) in record(settings, "alice")
    findings = admin.run("doctor", "--json", "--files")[1]
    assert "record-of-another" in findings
    settings.user("alice", left=True)
    findings = admin.run("doctor", "--files")[1]
    assert "run: twofactl remove alice" in findings
    assert "twofactl enroll alice --again" in findings


def test_bad_values(settings, admin, quick):
    for text in ("uid = -1;", 'uid = "alice";', "uid = 4294967295;",
                 "uid = 1.5;", 'left = "no";', "left = 1;"):
        settings.raw_user("alice", 'phone = "%s";\n%s\n' % (
            NUMBERS["alice"], text))
        status, out = admin.run("check")
        assert status == 3, (text, out)
    assert quick.denied(quick.login())["reason"] == "user-file"


@pytest.fixture
def hook(_ready):
    """The hook of an installation, and what userdel takes away restored."""
    saved = {path: open(path, encoding="utf-8").read()
             for path in ("/etc/passwd", "/etc/shadow", "/etc/group",
                          "/etc/gshadow") if os.path.exists(path)}
    os.makedirs(os.path.dirname(HOOK), mode=0o755, exist_ok=True)
    with open(SOURCE, encoding="utf-8") as text:
        lines = text.read().replace(
            "@SBINDIR@", os.path.dirname(stage.TWOFACTL_INSTALLED))
    with open(HOOK, "w", encoding="utf-8") as out:
        out.write(lines)
    os.chmod(HOOK, 0o755)
    with stage.installed():
        yield
    shutil.rmtree("/etc/shadow-maint")
    for path, text in saved.items():
        mode = stat.S_IMODE(os.stat(path).st_mode)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path, mode)


def tool(*words, **more):
    ended = subprocess.run(words, capture_output=True, text=True, check=False,
                           stdin=subprocess.DEVNULL, timeout=60, **more)
    assert ended.returncode == 0, ended
    return ended.stdout + ended.stderr


def new_ivan(*words):
    tool("useradd", "--no-create-home", "-p", crypted("ivan"), *words, "ivan")
    return uid("ivan")


def crypted(name):
    return subprocess.run(["openssl", "passwd", "-6", "pw-" + name],
                          capture_output=True, text=True,
                          check=True).stdout.strip()


@pytest.mark.parametrize("number", ["1602200001", "4294967294"])
def test_a_uid_of_a_directory(hook, settings, admin, quick, number):
    """Of ten digits, as sssd and winbind map them."""
    new_ivan("--no-log-init", "--uid", number)
    admin.do("enroll", "ivan", "+447700900777", "--no-verify")
    assert "uid = %s;" % number in record(settings, "ivan")
    quick.right(quick.login("ivan"), "ivan", to="+447700900777")
    settings.user("ivan", phone="+447700900777")
    admin.do("check")
    assert "uid = %s;" % number in record(settings, "ivan")
    quick.right(quick.login("ivan"), "ivan", to="+447700900777")


def test_userdel_and_useradd_again(hook, settings, admin, quick, syslog):
    """The same uid again, and nothing of the leaver's: not the phone, not
    the codes; then by root's word."""
    first = new_ivan()
    admin.do("enroll", "ivan", "+447700900777", "--no-verify")
    admin.codes("ivan")
    admin.do("code", "ivan", "--hours", "4", "--why", "lost phone")
    quick.right(quick.login("ivan"), "ivan", to="+447700900777")
    out = tool("userdel", "ivan")
    assert "ivan has left" in out and "10 recovery codes" in out, out
    assert "usermod" not in out, out
    syslog.wait_for("event=removed user=ivan leave")
    assert not of_user("ivan")["recovery"]
    assert new_ivan() == first
    asked = len(quick._sim.requests())
    line = quick.decoy(quick.login("ivan"), "ivan", asked=asked)
    assert line["reason"] == "other-account"
    for words in ((), ("--replace",)):
        status, out = admin.run("enroll", "ivan", "+447700900778",
                                "--no-verify", *words)
        assert status == 1 and "twofactl remove ivan" in out
    admin.do("remove", "ivan", "--yes")
    admin.do("enroll", "ivan", "+447700900778", "--no-verify")
    assert record(settings, "ivan") == (
        'phone = "+447700900778";\nuid = %d;\n' % first)
    quick.right(quick.login("ivan"), "ivan", to="+447700900778")
    settings.forget("ivan")


def test_userdel_of_somebody_else(hook, settings):
    """Not enrolled: not a word."""
    new_ivan()
    assert tool("userdel", "ivan") == ""
    assert record(settings, "ivan") is None
    assert tool(HOOK, env={**os.environ, "SUBJECT": "pc7$"}) == ""


def test_userdel_while_twofa_fails(hook, settings):
    """The account is gone, and userdel says so; the record is named."""
    new_ivan()
    settings.user("ivan")
    settings.raw("nonsense")
    out = tool("userdel", "ivan")
    assert "run: twofactl leave ivan" in out
    assert "ivan" not in {entry.pw_name for entry in pwd.getpwall()}
    settings.forget("ivan")


def test_back_as_before(hook, settings, admin, quick):
    """The same person, rehired: their own phone, but no old codes."""
    settings.user("alice", uid=uid("alice"))
    admin.codes("alice")
    out = admin.do("leave", "alice")
    assert "10 recovery codes" in out and "not locked" in out
    assert "phone" in out and "***" in out and NUMBERS["alice"] not in out
    assert admin.left("alice") == 0
    quick.decoy(quick.login())
    assert admin.run("leave", "alice")[0] == 0
    admin.do("enroll", "alice", "--again")
    quick.right(quick.login())


SK = ("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAA"
      "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gAAAABHNzaDo= x")


@pytest.mark.parametrize("keys", [{"uid": 4711}, {"left": True}])
@pytest.mark.parametrize("words", [
    ("totp", "alice", "--no-verify"), ("push", "alice"),
    ("key", "alice", "--sk", "FILE"), ("import", "FILE", "--replace", "--yes"),
    ("code", "alice", "--hours", "2", "--why", "x"),
    ("recovery-codes", "alice", "--yes")], ids=lambda words: words[0])
def test_nothing_is_added_to_another_s_record(settings, admin, sim, tmp_path,
                                              words, keys):
    """The phone of the user before would count for the new account."""
    file = tmp_path / "file"
    file.write_text(SK + "\n" if words[0] == "key" else
                    "user,phone\nalice,+447700900999\n")
    settings.user("alice", **keys)
    before = record(settings, "alice")
    status, out = admin.run(*[str(file) if word == "FILE" else word
                              for word in words])
    assert status == 1 + (words[0] == "import"), (status, out)
    assert "twofactl enroll alice --again" in out
    assert record(settings, "alice") == before
    assert not sim.requests()
    assert admin.left("alice") == 0


def test_another_uid_of_the_same_user(settings, admin, quick):
    """usermod -u: by root's word, with the codes on paper."""
    admin.codes("alice")
    settings.user("alice", uid=uid("alice") + 1)
    admin.do("enroll", "alice", "--again")
    assert "uid = %d;" % uid("alice") in record(settings, "alice")
    assert admin.left("alice") == 10
    quick.right(quick.login())
    assert admin.run("enroll", "alice", "--again")[0] == 1


def test_again_takes_no_number(settings, admin):
    settings.user("alice", left=True)
    assert admin.run("enroll", "alice", "+447700900778", "--again")[0] == 2
    assert admin.run("enroll", "carol", "--again")[0] == 1


def test_leave_ends_remembered_logins(settings, admin, quick, pam):
    settings.set(rules=[{"services": ["sshd"], "remember_minutes": 60}])
    pam.only("sshd")
    first = quick.by_key(rhost="192.0.2.7")
    quick.right(first)
    assert of_user("alice")["grace"]
    out = admin.do("leave", "alice")
    assert "1 remembered login" in out
    assert not of_user("alice")["grace"]


def test_leave_nobody(admin):
    status, out = admin.run("leave", "carol")
    assert status == 1 and "carol is not enrolled" in out


def test_leave_an_unreadable_record(settings, admin, quick):
    """Nobody logs in by it; the command says what it could not do."""
    settings.raw_user("alice", "phone = ;\n")
    admin.codes("bob")
    status, out = admin.run("leave", "alice")
    assert status == 3 and "alice.conf" in out
    assert quick.denied(quick.login())["reason"] == "user-file"


def test_leave_while_the_state_fails(settings, admin, quick):
    """The mark is what counts: it comes first, and the rest is told."""
    os.rename("/var/lib/twofa/state.db", "/var/lib/twofa/state.away")
    os.mkdir("/var/lib/twofa/state.db")
    try:
        status, out = admin.run("leave", "alice")
    finally:
        os.rmdir("/var/lib/twofa/state.db")
        os.rename("/var/lib/twofa/state.away", "/var/lib/twofa/state.db")
    assert status not in (0, 1), out
    assert "left = true;" in record(settings, "alice")
