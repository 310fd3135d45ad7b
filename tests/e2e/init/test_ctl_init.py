# SPDX-License-Identifier: BSD-2-Clause
"""twofactl init: from nothing to a login, and whatever ends it half way leaves
nothing."""

import json
import os
import re
import signal
import stat
import subprocess

import pytest

import admin as admin_tool
import conf
import stage
from app import App
from connectproxy import PASSWORD, ConnectProxy
from ctl import call, done, refused
from firstrun import SECRET, TYPES, files, machine, options, secret, typed
from phones import NUMBERS
from steps import wrong
from userunit import NAME, UserUnit
from vendors import ALL, Strict

TRANSPORTS = ("spawn", "socket")

KIND = "vonage-verify"
HIDDEN = r"\(not shown\): "


@pytest.fixture(autouse=True)
def _machine(_ready, settings):
    with machine(settings):
        yield


@pytest.fixture
def path(tmp_path_factory):
    return str(tmp_path_factory.mktemp("typed") / "secret")


OFFICE = "203.0.113.0/24, 2001:db8::/48"


SELF = r"\(twofactl self\)\? \[y/N\] "


@pytest.mark.parametrize("answer, told", (
    ("", []), ("y", ["enable %s" % NAME, "restart %s" % NAME])))
def test_users_change_their_devices(terminals, sim, tmp_path, answer, told):
    """Asked for where the unit is installed, and off."""
    with UserUnit(tmp_path) as unit:
        first = typed(terminals, sim)
        answers(first, lambda: sim.code("alice"), asks_self=answer)
        codes, which = paper(first)
        assert unit.told() == []
        first.answer(codes[which])
        assert first.ended() == 0, first.text
        assert unit.told() == told


def test_users_may_change_their_devices_already(terminals, sim, tmp_path):
    with UserUnit(tmp_path) as unit:
        unit.be("enabled", True)
        first = typed(terminals, sim)
        answers(first, lambda: sim.code("alice"))
        first.interrupted()
        assert unit.told() == []


@pytest.mark.parametrize("word", ("--yes", "--rehearsal"))
def test_about_self_it_does_not_ask(terminals, sim, path, tmp_path, word):
    with UserUnit(tmp_path) as unit:
        if word == "--rehearsal":
            first = terminals.run(
                admin_tool.TWOFACTL, "--helper", stage.HELPER, "init", word)
            first.expect("on the phone gives: ")
            first.answer("ACME")
            first.expect("your user name: ")
            first.interrupted()
        else:
            first = terminals.run(
                admin_tool.TWOFACTL, "--helper", stage.HELPER, "init",
                *options(KIND, sim, path), "--office", "none", word,
                "--no-verify")
            paper(first)
            first.interrupted()
        assert unit.told() == []


def ended_by(one, how):
    """It is ended at its question."""
    if how == "ctrl-d":
        one.sendeof()
        assert one.ended() == 1, one.text
    elif how == "ctrl-c":
        one.sendintr()
        assert one.ended() == -signal.SIGINT, one.text
    else:
        number = signal.SIGHUP if how == "hang-up" else signal.SIGTERM
        one.kill(number)
        assert one.ended() == -number, one.text


def answers(terminal, code, upto=99, asks_self=None):
    """Type the answers of the first run; code() is asked when it is due. Each
    step is (what is shown, what is typed): those before upto."""
    steps = [("provider: ", KIND), ("api_key: ", "abcd1234"),
             (HIDDEN, secret(KIND)), ("on the phone gives: ", "ACME"),
             (r"2.0/24 \[none\]: ", OFFICE), (r"twofa.conf\)\? \[y/N\] ", "y"),
             *([] if asks_self is None else [(SELF, asks_self)]),
             ("your user name: ", "alice"), (r"0123: ", NUMBERS["alice"]),
             ("ode sent", code)]
    for shown, text in steps[:upto]:
        terminal.expect(shown)
        terminal.answer(text() if callable(text) else text)


def paper(terminal):
    """The codes that are shown, and the number of the one to be typed."""
    terminal.expect(r"Type code (\d+),")
    found = dict(re.findall(r"^ +(\d+)  (\S{19})\r?$", terminal.text, re.M))
    assert len(found) == 10
    return found, terminal.match.group(1)


def test_from_nothing_to_a_login(terminals, sim, quick, settings, syslog,
                                 admin):
    """Prompts alone; the files are what logins and check want."""
    first = typed(terminals, sim)
    answers(first, lambda: sim.code("alice"))
    codes, which = paper(first)
    first.answer("ABCD-EFGH-2345-WXYZ")
    first.expect("that is not code")
    first.answer(codes[which].lower())
    assert first.ended() == 0, first.text
    for word in ("no /usr/sbin/sendmail yet", "users.d/alice.conf is made", "secrets/vonage-api_secret is",
                 "twofactl enable sshd"):
        assert word in first.text
    assert secret(KIND) not in first.text
    assert b'\nnotify = "mail";\n' in files()[settings.conf]
    assert ('\n  office_networks = ["203.0.113.0/24", "2001:db8::/48"];\n'
            in files()[settings.conf].decode())
    for name in files():
        st = os.stat(name)
        assert (st.st_uid, st.st_gid) == (0, 990)
        assert stat.S_ISDIR(st.st_mode) or \
            stat.S_IMODE(st.st_mode) == 0o640, name
    admin.do("check")
    assert 'allowed_prefixes = ["+44"];' in files()[settings.conf].decode()
    syslog.wait_for("twofactl: event=enrolled user=alice init by uid=0")
    assert admin.left() == 10  # what was typed back is not used up
    quick.right(quick.login())
    login = quick.login()
    login.prompt("ode sent")
    login.answer(codes[which])
    assert login.ended() == 0


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_by_options(kind, settings, sim, quick, path, admin):
    """And the same words once more change nothing, and ask nobody."""
    words = options(kind, sim, path)
    first = call("init", *words, "--no-verify", "--json")
    assert first.returncode == 0, first
    secrets = "%s/%s-%s" % (settings.secrets, kind.split("-")[0],
                            SECRET[kind][:-len("_file")])
    assert json.loads(first.stdout) == {
        "changed": True, "user": "alice", "files": [
            secrets, settings.conf, settings.user_file("alice")]}
    assert "recovery-codes alice" in first.stderr
    assert secret(kind) not in first.stdout + first.stderr
    admin.do("check")
    asked = len(sim.requests())
    assert asked == 1 and not sim.messages()
    before = files()
    again = call("init", *words, "--no-verify", "--json")
    assert again.returncode == 0 and again.stderr == "", again
    assert json.loads(again.stdout) == {"changed": False, "user": "alice",
                                        "files": []}
    assert files() == before and len(sim.requests()) == asked
    quick.right(quick.login())


# enable of a stack: test_enable_refused.py
BEFORE_INIT = [
    "check", "check --upgrade", "doctor", "enable polkit-1",
    "enroll alice +447700900100 --no-verify", "explain alice sshd",
    "forget alice", "import /dev/stdin", "list", "list --missing staff",
    "push alice",
    "recovery-codes alice", "remove alice", "show alice", "status",
    "status alice", "test alice", "totp alice", "unlock alice"]


@pytest.mark.parametrize("words", BEFORE_INIT)
def test_before_init(words):
    """Whatever needs settings names the command that makes them."""
    ended = call(*words.split(), stdin="user,phone\n")
    assert "twofa.conf: is not there; run: twofactl init" in \
        ended.stdout + ended.stderr, ended
    assert ended.returncode != 0


def test_what_is_there_stands_for_options(settings, sim, path):
    """Without a terminal, too: a playbook may leave all of it out."""
    done_first(sim, path)
    before = files()
    out = done("init", "--user", "alice", "--no-verify")
    assert "set up like this; nothing was changed" in out
    assert files() == before and os.path.exists(settings.conf)


APP_CODE = r"Code that the app shows \(\d tries left\): "


@pytest.mark.parametrize("words,answer", [((), "app"), (("--app",), None)])
def test_an_app_and_no_provider(terminals, settings, quick, clock, admin,
                                syslog, words, answer):
    """Nothing to pay: no provider, no phone."""
    first = terminals.run(admin_tool.TWOFACTL, "--helper", stage.HELPER,
                          "init", *words)
    if answer:
        first.expect("no account at any of these, type app")
        first.expect("provider: ")
        first.answer(answer)
    first.expect("the app shows: ")
    first.answer("ACME")
    first.expect(r"Tell root by mail of locks and outages .*\[y/N\] ")
    first.answer("")
    first.expect("your user name: ")
    first.answer("alice")
    first.expect(r"secret=([A-Z2-7]+)")
    app = App(clock, first.match.group(1))
    first.expect(APP_CODE)
    typed_code = app.code()
    first.answer(typed_code)
    codes, which = paper(first)
    first.answer(codes[which])
    assert first.ended() == 0, first.text
    assert b"providers =" not in files()[settings.conf]
    assert b"\nnotify" not in files()[settings.conf]
    admin.do("check")
    login = quick.login()
    login.prompt("code of your app")
    login.answer(typed_code)
    login.prompt("used already; type the next one")
    login.answer(app.code(1))
    assert login.ended() == 0, login.text
    decoy = quick.login("carol")
    decoy.prompt("code of your app")
    decoy.hang_up()
    remedies_name_the_app(settings, syslog)


def remedies_name_the_app(settings, syslog):
    """What enrols somebody without a provider."""
    syslog.wait_for("not sent; run twofactl totp carol$")
    said = []
    for words in (("explain", "carol", "sshd"), ("show", "carol"),
                  ("key", "carol", "--sk", "/dev/null"),
                  ("doctor",),
                  ("code", "carol", "--invite", "--hours", "2", "--why", "x")):
        ended = call(*words)
        said.append(ended.stdout + ended.stderr)
    assert "is not enrolled; run: twofactl totp carol.\n" in said[0], said
    for one in (said[1], said[4]):
        assert "twofactl totp carol\n" in one, said
    assert not [one for one in said if "enroll carol" in one], said
    assert settings.user_file("carol") not in files()


def test_what_is_typed_is_not_asked_for(terminals):
    """Nor whether mail goes to root."""
    typed = terminals.run(
        admin_tool.TWOFACTL, "--helper", stage.HELPER, "init", "--app",
        "--brand", "ACME", "--user", "alice", "--no-verify", "--yes")
    typed.expect("secret=")
    codes, which = paper(typed)
    typed.answer(codes[which])
    assert typed.ended() == 0 and "Tell root" not in typed.text, typed.text


def test_an_app_and_later_a_provider(sim, path, settings, quick, admin):
    """The app stays; so does what an admin has added."""
    ended = call("init", "--app", "--brand", "ACME", "--user", "alice",
                 "--no-verify")
    assert ended.returncode == 0 and "secret=" in ended.stdout, ended
    ended = call("init", *options(KIND, sim, path), "--no-verify", "--yes")
    assert ended.returncode == 0, ended
    text = files()[settings.user_file("alice")].decode()
    assert "totp_secret_file" in text and NUMBERS["alice"] in text
    # as in a first init with a provider: no messages to all the world
    assert 'allowed_prefixes = ["+44"];' in files()[settings.conf].decode()
    assert "allowed_prefixes" in ended.stdout
    admin.do("check")
    login = quick.login()
    login.prompt("code sent")
    login.hang_up()


@pytest.mark.parametrize("how", ["ctrl-c", "ctrl-d"])
def test_an_app_that_is_not_proven(terminals, settings, clock, how):
    """The settings are there, which no login uses; it says how to go on, as
    does init itself."""
    first = terminals.run(admin_tool.TWOFACTL, "--helper", stage.HELPER,
                          "init", "--app", "--brand", "ACME", "--user",
                          "alice")
    first.expect(r"\[y/N\] ")
    first.answer("n")
    first.expect(APP_CODE)
    ended_by(first, how)
    assert "run: twofactl totp alice" in first.text
    assert settings.user_file("alice") not in files()
    again = terminals.run(admin_tool.TWOFACTL, "--helper", stage.HELPER,
                          "init", "--app", "--brand", "ACME", "--user", "alice")
    again.expect(r"secret=([A-Z2-7]+)")
    app = App(clock, again.match.group(1))
    again.expect(APP_CODE)
    again.answer(app.code())
    codes, which = paper(again)
    again.answer(codes[which])
    assert again.ended() == 0, again.text
    assert settings.user_file("alice") in files()


@pytest.mark.parametrize("how", ["ctrl-c", "ctrl-d", "hang-up"])
def test_an_app_whose_codes_are_not_typed(terminals, settings, admin, how):
    """The app counts, none of the codes does, and it says so."""
    first = terminals.run(
        admin_tool.TWOFACTL, "--helper", stage.HELPER, "init", "--app",
        "--brand", "ACME", "--user", "alice", "--no-verify", "--yes")
    paper(first)
    ended_by(first, how)
    assert settings.user_file("alice") in files()
    assert admin.left() == 0
    assert ("run: twofactl recovery-codes alice" in first.text
            or how == "hang-up")
    assert "Asking the provider" not in first.text  # there is none


@pytest.mark.parametrize("more", [
    ("--provider", KIND), ("--rehearsal",), ("--json",),
    ("--phone", NUMBERS["alice"])])
def test_an_app_and_something_else(more):
    before = files()
    refused(call("init", "--app", "--brand", "ACME", "--user", "alice",
                 "--no-verify", *more), 2, "--app is without a provider")
    assert files() == before


def done_first(sim, path, *more):
    ended = call("init", *options(KIND, sim, path), "--no-verify", *more)
    assert ended.returncode == 0, ended
    return ended


def test_enter_keeps_all(terminals, sim, path):
    """No file comes and goes either."""
    done_first(sim, path)
    before, at = files(), os.stat(conf.FOLDER).st_mtime_ns
    again = typed(terminals, sim)
    for shown in (r"provider \[vonage-verify\]: ", r"api_key \[abcd1234\]: ",
                  "Enter keeps what is there", r"gives \[ACME\]: "):
        again.expect(shown)
        again.answer("")
    again.expect("user name: ")
    again.answer("alice")
    again.expect(r"0123 \[\+447700900100\]: ")
    again.answer("")
    assert again.ended() == 0, again.text
    assert "nothing was changed" in again.text
    assert files() == before and os.stat(conf.FOLDER).st_mtime_ns == at


def test_without_a_change_what_was_left_goes(sim, path):
    done_first(sim, path)
    before, left = files(), os.path.join(conf.FOLDER, ".init-staged")
    os.mkdir(left, 0o750)
    with open(os.path.join(left, "twofa.conf"), "x", encoding="utf-8"):
        pass
    assert "nothing was changed" in done_first(sim, path).stdout
    assert files() == before and not os.path.exists(left)


def test_a_change_is_shown_and_asked_for(terminals, settings, sim, path,
                                         quick):
    """The new secret has a name of its own: by no step are an old key and a
    new secret together. What an admin has added stays."""
    done_first(sim, path)
    settings.raw(files()[settings.conf].decode().replace(
        "#spend_per_day", "sends_per_user_hour = 9; # ours\n  #spend"))
    before = files()
    again = call("init", "--provider", KIND, "--user", "alice", "--api-key",
                 "efgh5678", "--no-verify")
    refused(again, 2, "already exists and differs", "--yes")
    assert files() == before
    rewrite(path, "N3wS3cret")
    for word, status in (("n", 1), ("y", 0)):
        one = typed(terminals, sim, "--provider", KIND, "--user", "alice",
                    "--brand", "Other", "--phone", NUMBERS["alice"],
                    "--api-key", "efgh5678", "--api-secret-file", path)
        one.expect(r"Change this\? \[y/N\] ")
        for line in ('-     api_key = "abcd1234";', '+     api_key = "efgh5678',
                     '- brand = "ACME";', '+ brand = "Other";',
                     "vonage-api_secret-2 (new): its content is not shown"):
            assert line in one.text, (line, one.text)
        one.answer(word)
        if status == 0:
            one.expect("ode sent")
            one.answer(sim.code("alice"))
            _, which = paper(one)
            one.answer(paper_code(one, which))
        assert one.ended() == status, one.text
        assert "N3wS3cret" not in one.text
        if status == 1:
            assert files() == before
    text = files()[settings.conf].decode()
    assert "sends_per_user_hour = 9; # ours" in text
    assert files()[settings.secrets + "/vonage-api_secret"] == \
        before[settings.secrets + "/vonage-api_secret"]
    assert files()[settings.secrets + "/vonage-api_secret-2"] == \
        b"N3wS3cret\n"
    quick.right(quick.login())


def paper_code(terminal, which):
    return dict(re.findall(r"^ +(\d+)  (\S{19})\r?$", terminal.text,
                           re.M))[which]


def test_another_type_takes_the_place_of_all(settings, sim, path, quick):
    done_first(sim, path)
    ended = call("init", *options("twilio-verify", sim, path), "--no-verify",
                 "--yes")
    assert ended.returncode == 0, ended
    assert b"vonage" not in files()[settings.conf]
    quick.right(quick.login())


@pytest.fixture(scope="module")
def strict(build):
    simulator = Strict("/run/init-tls")
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.mark.parametrize("kind", [kind for kind in TYPES
                                  if kind != "http-sms"])
def test_credentials_that_are_refused(kind, strict, path):
    """Nothing is left, and the keys are named. An unknown gateway has no free
    call that takes a secret: its first message shows."""
    strict.reset()
    before = files()
    words = options(kind, strict, path)
    rewrite(path, "wr0ngS3cret")
    ended = call("init", *words, "--no-verify")
    refused(ended, 3, "does not accept our credentials", "correct one of: ",
            SECRET[kind], "nothing was changed")
    assert ".init-" not in ended.stderr and "wr0ng" not in ended.stderr
    assert files() == before and not strict.messages()
    rewrite(path, "right")
    assert call("init", *words, "--no-verify").returncode == 0


def rewrite(path, text):
    with open(path, "w", encoding="ascii") as out:
        out.write(text + "\n")


def test_a_provider_out_of_reach(sim, path):
    before = files()
    sim.stop()
    refused(call("init", *options(KIND, sim, path), "--no-verify"), 4,
            "vonage: ", "nothing was changed")
    assert files() == before


def test_wrong_codes(terminals, sim):
    before = files()
    one = typed(terminals, sim)
    answers(one, lambda: wrong(sim.code("alice")))
    for _ in range(2):
        one.expect("code was wrong")
        one.answer(wrong(sim.code("alice")))
    assert one.ended() == 1
    assert "nothing was changed" in one.text
    assert files() == before


STEPS = 10  # questions of the first run, and the recovery code


def at_step(terminals, sim, step, prefix=()):
    """A first run that has come to this question."""
    one = typed(terminals, sim, prefix=prefix)
    answers(one, lambda: sim.code("alice"), upto=step)
    if step < 9:
        one.expect(["provider: ", "api_key: ", HIDDEN, "gives: ",
                    r"0/24 \[none\]: ", r"\[y/N\] ", "user name: ",
                    "0123: ", "ode sent"][step])
    else:
        one.expect(r"Type code \d+,")
    return one


@pytest.mark.parametrize("step", range(STEPS))
@pytest.mark.parametrize("how", ["ctrl-c", "ctrl-d", "hang-up", "term"])
def test_ended_at_a_question(terminals, sim, admin, step, how):
    """Nothing is left, no recovery code either."""
    before = files()
    one = at_step(terminals, sim, step)
    sim.advance(31)  # Vonage cancels no code before
    ended_by(one, how)
    assert files() == before
    if step >= 7:
        assert not [row for row in admin_tool.dump().get("recovery", [])]


def killed(one):
    one.kill(signal.SIGKILL)
    assert one.ended() == -signal.SIGKILL


@pytest.mark.parametrize("step", [8, 9])
def test_killed_at_a_question(terminals, sim, settings, step, path, clock):
    """What is left nobody but root and twofa reads, no login uses it, and the
    next run takes it away."""
    before = files()
    killed(at_step(terminals, sim, step))
    left = [name for name in os.listdir(conf.FOLDER)
            if name.startswith(".init-")]
    assert len(left) == 1
    st = os.stat(os.path.join(conf.FOLDER, left[0]))
    assert (st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)) == (0, 990, 0o750)
    assert {name: data for name, data in files().items()
            if "/.init-" not in name} == before
    clock.advance(60)
    done_first(sim, path)


def test_recovery_codes_that_are_there_stay(terminals, settings, sim, path,
                                            quick, admin):
    """They may be on paper, also when the user's file is gone."""
    done_first(sim, path)
    codes = admin.codes()
    os.unlink(settings.user_file("alice"))
    one = typed(terminals, sim)
    for shown, text in [("provider ", ""), ("api_key ", ""), (HIDDEN[:-4], ""),
                        ("gives ", ""), ("user name: ", "alice"),
                        (r"0123: ", NUMBERS["alice"]),
                        ("ode sent", lambda: sim.code("alice"))]:
        one.expect(shown)
        one.answer(text() if callable(text) else text)
    assert one.ended() == 0, one.text
    assert "alice has %d recovery codes, which stay" % len(codes) in one.text
    assert admin.left() == len(codes)
    login = quick.login()
    login.prompt("ode sent")
    login.answer(codes[0])
    assert login.ended() == 0


def test_a_number_without_its_country(terminals, sim):
    """The prompt names nothing that cannot be typed there."""
    one = typed(terminals, sim)
    answers(one, None, upto=7)
    one.expect("0123: ")
    one.answer("07700 900100")
    one.expect("phone: has no calling code; write it with [+] and the code")
    one.expect("0123: ")
    one.sendintr()
    assert one.ended() == -signal.SIGINT
    assert "--country" not in one.text


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM,
                                 signal.SIGKILL])
def test_ended_at_the_code_the_user_gets_in(terminals, sim, quick, path, how):
    """The number is not busy with a code that nobody can type any more."""
    one = at_step(terminals, sim, 8)
    sim.advance(31)  # the vendor cancels nothing before
    one.kill(how)
    assert one.ended() == -how
    done_first(sim, path)
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(sim.code("alice", nth=2))
    assert login.ended() == 0, login.text


POINTS = [("mkdirat", 1), ("fchown", 1), ("fchmod", 1),
          *(("fsync", n) for n in range(1, 8)),
          *(("renameat", n) for n in (1, 2, 3))]


@pytest.mark.parametrize("name,nth", POINTS)
def test_killed_at_a_step(name, nth, sim, path, quick, admin):
    """Old and new files are each whole, and the next run completes them."""
    words = options(KIND, sim, path)
    ended = subprocess.run(
        ["strace", "-o", "/dev/null", "-e", "trace=" + name, "-e",
         "inject=%s:signal=KILL:when=%d" % (name, nth), admin_tool.TWOFACTL,
         "--helper", stage.HELPER, "init", *words, "--no-verify"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
        check=False)
    assert ended.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), ended
    assert call("init", *words, "--no-verify").returncode == 0
    admin.do("check")
    quick.right(quick.login())


def test_nothing_is_missed_by_the_points(sim, path):
    """A run has no more of these steps than are tried above."""
    trace = path + ".trace"
    subprocess.run(
        ["strace", "-o", trace, "-e", "trace=mkdirat,fchown,fchmod,fsync,"
         "renameat", admin_tool.TWOFACTL, "--helper", stage.HELPER, "init",
         *options(KIND, sim, path), "--no-verify"], check=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    with open(trace, encoding="utf-8") as lines:
        calls = re.findall(r"^(\w+)\(", lines.read(), re.M)
    assert calls.count("fsync") == 7 and calls.count("renameat") == 3
    assert calls.count("mkdirat") == 1


def test_dry_run(settings, sim, path):
    before = files()
    words = options(KIND, sim, path)
    out = done("init", *words, "--dry-run")
    for line in (settings.conf + " (new):", '+ brand = "ACME";',
                 '+ phone = "+447700900100";', "not shown"):
        assert line in out
    assert secret(KIND) not in out
    found = json.loads(done("init", *words, "--dry-run", "--json"))
    assert found["changed"] is True and len(found["files"]) == 3
    assert files() == before and not sim.requests()


def arguments():
    """And the environment, of each process."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in ("cmdline", "environ"):
            try:
                with open("/proc/%s/%s" % (pid, name), "rb") as text:
                    yield text.read()
            except OSError:
                pass  # it has ended


def test_secrets_are_nowhere(terminals, sim, syslog):
    """Not in the arguments of a program, on the terminal, in the log."""
    one = at_step(terminals, sim, 8)
    listed = b"".join(arguments())
    assert b"twofactl" in listed and secret(KIND).encode() not in listed
    sim.advance(31)
    one.sendeof()
    assert one.ended() == 1
    assert secret(KIND) not in one.text
    assert not [line for line in syslog.lines() if secret(KIND) in line]


@pytest.mark.parametrize("drop,option", [
    ("--provider", "--provider"), ("--brand", "--brand"),
    ("--user", "--user"), ("--phone", "--phone"), ("--api-key", "--api-key"),
    ("--api-secret-file", "--api-secret-file")])
def test_what_is_missing_is_named(sim, path, drop, option):
    words = options(KIND, sim, path)
    at = words.index(drop)
    refused(call("init", *words[:at], *words[at + 2:], "--no-verify"), 2,
            "there is no terminal to ask at: add " + option)


@pytest.mark.parametrize("words,told", [
    (["--provider", "authy"], "--provider: is not in the list"),
    (["--api-key", "a b"], "--api-key: has characters that are not allowed"),
    (["--account-sid", "AC1"], "vonage-verify takes no --account-sid, which "
     "is for twilio-verify"),
    (["--brand", "x" * 19], "--brand: has 19 bytes; expected 1 to 18"),
    (["--phone", "020 7946"], "--phone: has no calling code"),
    (["--country", "0"], "--country: \"0\" is not a calling code"),
    (["--user", "nobody-here"], "--user: "),
    (["--allowed-prefixes", "44"], "--allowed-prefixes: is not a list"),
    (["--base-url", "http://example.org"], "--base-url: "),
    (["--workflow-id", "9"], "--workflow-id: is no such number"),
    (["--api-secret-file", "/etc/passwd"], "--api-secret-file: "),
    (["--api-secret-file", "/nowhere"], "No such file"),
])
def test_what_is_wrong_is_named(sim, path, words, told):
    before = files()
    refused(call("init", *options(KIND, sim, path), *words, "--no-verify"), 2,
            told)
    assert files() == before and not sim.requests()


def test_allowed_prefixes(settings, sim, path):
    words = [*options(KIND, sim, path), "--no-verify", "--allowed-prefixes"]
    refused(call("init", *words, "+1"), 3, "none of the allowed_prefixes")
    assert call("init", *words, "+1,+44").returncode == 0
    assert '"+1", "+44"' in files()[settings.conf].decode()


def test_no_terminal(sim, path):
    refused(call("init", *options(KIND, sim, path)), 2, "add --no-verify")
    assert not sim.requests()


def test_secret_by_stdin(sim, path, settings):
    words = options(KIND, sim, path)
    words[words.index("--api-secret-file") + 1] = "/dev/stdin"
    ended = call("init", *words, "--no-verify", stdin=secret(KIND) + "\n")
    assert ended.returncode == 0, ended
    assert files()[settings.secrets + "/vonage-api_secret"] == \
        secret(KIND).encode() + b"\n"


def test_an_account_that_people_share(sim, path, settings):
    done_first(sim, path)
    settings.raw_user("carol", 'people = ( { name = "anna";\n'
                      'phone = "+447700900111"; } );\n')
    refused(call("init", *options(KIND, sim, path, "carol"), "--no-verify"), 2,
            "several people share carol")


def test_settings_that_cannot_be_read(sim, path, settings):
    """They are no defaults, and are changed where that can be done."""
    settings.raw("brand = \"X\"\nproviders = ( { ;\n")
    ended = call("init", *options(KIND, sim, path), "--no-verify", "--yes")
    refused(ended, 3, "does not have the form of settings", "twofactl edit")


def test_the_sample(sim, path, settings, quick):
    """As make install has put it there: its comments stay."""
    with open(stage.ROOT + "/conf/twofa.conf", encoding="utf-8") as sample:
        text = sample.read()
    settings.raw(text)
    ended = call("init", *options("vonage-verify-v2", sim, path), "--no-verify",
                 "--yes")
    assert ended.returncode == 0, ended
    now = files()[settings.conf].decode()
    assert len(now.splitlines()) >= len(text.splitlines())
    assert 'brand = "ACME";' in now
    quick.right(quick.login())


@pytest.mark.parametrize("what", ["conf", "secret"])
def test_changed_meanwhile(terminals, sim, settings, what):
    """What another one has put there stays, and is not named by ours."""
    one = at_step(terminals, sim, 8)
    if what == "conf":
        settings.raw("# theirs\n")
    else:
        settings.secret("vonage-api_secret", "theirs")
    one.answer(sim.code("alice"))
    _, which = paper(one)
    one.answer(paper_code(one, which))
    assert one.ended() == 4, one.text
    assert "meanwhile; run this again" in one.text
    assert {"# theirs\n", "theirs\n"} & {
        data.decode() for data in files().values()}
    assert len(files()) == 3


def test_one_at_a_time(terminals, sim, path):
    one = at_step(terminals, sim, 8)
    refused(call("init", *options(KIND, sim, path), "--no-verify"), 4,
            "another twofactl init is running")
    sim.advance(31)
    one.sendeof()
    assert one.ended() == 1
    done_first(sim, path)


@pytest.mark.parametrize("kind", ["twilio-verify", "vonage-verify-v2",
                                  "telnyx-sms"])
def test_questions_of_other_types(terminals, sim, kind):
    """What the type requires first, then what it still lacks."""
    one = typed(terminals, sim, "--brand", "ACME", "--user", "alice",
                "--phone", NUMBERS["alice"], "--office", "none")
    one.expect("provider: ")
    one.answer(kind)
    keys = ALL[kind].keys
    first = [key for key in ("service_sid", "api_key_file")
             if key in keys and key != "account_sid"]
    for key in first + [key for key in keys if key not in first]:
        one.expect(key.replace("_file", "") + r"[^\r\n]*: ")
        one.answer(keys[key])
    one.expect(r"\[y/N\] ")
    one.answer("n")
    one.expect("ode sent")
    one.answer(sim.code("alice"))
    _, which = paper(one)
    one.answer(paper_code(one, which))
    assert one.ended() == 0, one.text


def test_plain_http_and_out_of_it(settings, quick, sim, path):
    """A rehearsal by hand, where any local user may answer."""
    process = subprocess.Popen(
        [stage.SIMULATOR, "--listen", "127.0.0.1:8443", "--quiet"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert "8443" in process.stdout.readline()
        words = options(KIND, sim, path)
        at = words.index("--base-url")
        ended = call("init", *words[:at], *words[at + 4:], "--no-verify",
                     "--base-url", "http://127.0.0.1:8443")
        assert ended.returncode == 0, ended
        assert b'base_url = "http://127.0.0.1:8443";' in \
            files()[settings.conf]
        login = quick.login()
        assert "REHEARSAL" in login.prompt("ode sent")
        login.sendeof()
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
    out = done("init", "--user", "alice", "--dry-run")
    assert '-     base_url = "http://127.0.0.1:8443";' in out
    assert '+     base_url = "https://api.nexmo.com";' in out


def test_by_a_proxy_from_the_first_call_on(sim, path, settings, quick):
    """As docs/guide/providers.md says for hosts without another way out."""
    proxy = ConnectProxy(mode="password")
    settings.secret("proxy", PASSWORD)
    settings.raw('proxy = "%s";\nproxy_user = "password";\n'
                 'proxy_password_file = "%s/proxy";\n'
                 % (proxy.url, settings.secrets))
    try:
        ended = call("init", *options(KIND, sim, path), "--no-verify", "--yes")
        assert ended.returncode == 0, ended
        assert len(proxy.asked) == 1 and "proxy = " in files()[
            settings.conf].decode()
        quick.right(quick.login())
        assert len(proxy.asked) == 2
    finally:
        proxy.stop()
