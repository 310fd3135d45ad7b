# SPDX-License-Identifier: BSD-2-Clause
"""The ways to use ssh: keys, the password method, copies, commands, and
clients that have nobody to ask."""

import os
import shutil
import subprocess

import pytest

from pamstack import GUARD
from sshserver import since
from steps import ONCE, asked, at_prompt, wrong
from terminal import PATIENCE
from twilioapp import PushPhone

TRANSPORTS = ("spawn", "socket")

BOTH = "AuthenticationMethods publickey,keyboard-interactive:pam"
# Done with keyboard-interactive this way, sshd names no method to go on with,
# and the client tries all that it has: a password prompt that leads nowhere.
NO_PASSWORD = ("PasswordAuthentication=no",)
PASSWORD_ONLY = ("PasswordAuthentication yes",
                 "KbdInteractiveAuthentication no")


@pytest.fixture
def with_key(sshd, pam):
    """A server that wants a key, then our module alone; the key of alice."""
    pam.only("sshd")
    server = sshd.start(BOTH)
    server.alice = server.key("alice")
    return server


def test_key_then_code(with_key, sim, syslog):
    login = with_key.login("alice", key=with_key.alice)
    assert login.prompt().endswith("Verification code sent to "
                                   "+44 ***-***-0100 by SMS "
                                   "(r resend, v call, q cancel): ")
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and "alice" in login.text
    assert "assword" not in login.text
    assert syslog.login_line(user="alice")["outcome"] == "allowed"
    asked(sim, start=1, check=1)


def test_host_has_a_line(sshd, terminals, sim):
    """Above the first prompt, and for ssh alone."""
    name = os.uname().nodename.split(".")[0]
    login = at_prompt(sshd.login("alice", options=ONCE))
    login.answer(wrong(sim.code("alice")))
    login.prompt("code was wrong")
    login.hang_up()
    assert "(alice@127.0.0.1) %s:\r\nVerification" % name in login.text
    assert login.text.count(name + ":") == 1
    sudo = at_prompt(terminals.sudo("alice"),
                     "Verification code already sent")
    sudo.hang_up()
    assert name + ":" not in sudo.text


def test_key_then_wrong_codes(with_key, sim, syslog):
    login = with_key.login("alice", key=with_key.alice, options=NO_PASSWORD)
    login.prompt("Verification code sent")
    code = sim.code("alice")
    for step, left in ((1, "2 tries"), (2, "1 try")):
        login.answer(wrong(code, step))
        login.prompt(left + " left")
    login.answer(wrong(code, 3))
    assert login.ended() != 0
    assert syslog.login_line(user="alice")["reason"] == "wrong-codes"
    asked(sim, start=1, check=3)


def test_code_without_the_key(with_key, sim, syslog):
    login = with_key.login("alice", options=ONCE)
    assert login.ended() != 0
    assert "code" not in login.text
    asked(sim)
    assert not syslog.logins()


def test_key_of_the_unenrolled(with_key, sim, syslog):
    login = with_key.login("carol", key=with_key.key("carol"),
                           options=NO_PASSWORD)
    login.prompt("Verification code sent")
    for words in ("2 tries", "1 try"):
        login.answer("123456")
        login.prompt(words)
    login.answer("123456")
    assert login.ended() != 0
    assert syslog.login_line(user="carol")["reason"] == "unenrolled"
    asked(sim)


def test_password_method_is_out_at_once(sshd, sim, syslog):
    server = sshd.start(*PASSWORD_ONLY)
    login = server.login("alice", options=ONCE)
    login.password()
    assert login.ended() != 0
    assert "code" not in login.text
    line = syslog.login_line(user="alice")
    assert (line["outcome"], line["reason"]) == ("denied", "no-answer")
    syslog.wait_for("KbdInteractiveAuthentication yes")
    assert not sim.requests("check")


def test_password_method_three_times_is_one_message(sshd, sim):
    login = sshd.start(*PASSWORD_ONLY).login("alice")
    for _ in range(3):
        login.password()
    assert login.ended() != 0
    assert len(sim.requests("start")) <= 1 and len(sim.messages()) <= 1
    assert not sim.requests("check")


def test_host_command(sshd, sim):
    login = at_prompt(sshd.login("alice", "echo from-$USER; exit 7"))
    login.answer(sim.code("alice"))
    assert login.ended() == 7 and "from-alice" in login.text
    asked(sim, start=1, check=1)


def test_host_command_on_a_tty(sshd, sim):
    login = at_prompt(sshd.login("alice", "test -t 0 && echo on-$(tty)",
                                 tty=True))
    login.answer(sim.code("alice"))
    assert login.ended() == 0 and "on-/dev/pts/" in login.text


def test_shell(sshd, sim, terminals):
    argv = sshd.client("alice")
    login = at_prompt(terminals.run(*argv, password_of="alice"))
    login.answer(sim.code("alice"))
    login.expect(r"\$ $")
    login.answer("id -un; exit 3")
    assert login.ended() == 3 and "alice" in login.text


def test_host_command_with_redirected_files(sshd, sim, terminals, tmp_path):
    """Prompts go to the terminal although input and output do not."""
    (tmp_path / "in").write_text("one line\n")
    words = sshd.client("alice", "cat; id -un")
    login = at_prompt(terminals.run(
        "/bin/sh", "-c", '"$@" <%s/in >%s/out' % (tmp_path, tmp_path), "sh",
        *words, password_of="alice"))
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert (tmp_path / "out").read_text() == "one line\nalice\n"


@pytest.fixture
def copier(sshd, terminals):
    """Starts scp or sftp, up to the prompt for the code."""
    def start(program, *words):
        return at_prompt(terminals.run(
            "/usr/bin/" + program, *sshd.options(), "-P", str(sshd.port),
            *words, password_of="alice"))
    return start


@pytest.mark.parametrize("legacy", [(), ("-O",)], ids=["sftp", "scp"])
def test_scp_there(copier, sim, tmp_path, legacy):
    (tmp_path / "file").write_text("copied")
    copy = copier("scp", *legacy, str(tmp_path / "file"),
                  "alice@127.0.0.1:copy" + "".join(legacy))
    copy.answer(sim.code("alice"))
    assert copy.ended() == 0
    with open("/home/alice/copy" + "".join(legacy), encoding="ascii") as text:
        assert text.read() == "copied"
    asked(sim, start=1, check=1)


def test_scp_back(copier, sim, tmp_path):
    copy = copier("scp", "alice@127.0.0.1:/etc/hostname",
                  str(tmp_path / "file"))
    copy.answer(sim.code("alice"))
    assert copy.ended() == 0
    with open("/etc/hostname", encoding="ascii") as text:
        assert (tmp_path / "file").read_text() == text.read()


def test_scp_with_a_wrong_code_copies_nothing(copier, sim, tmp_path):
    copy = copier("scp", "-o", "NumberOfPasswordPrompts=1",
                  "alice@127.0.0.1:/etc/hostname", str(tmp_path / "file"))
    for step, words in ((1, "2 tries"), (2, "1 try")):
        copy.answer(wrong(sim.code("alice"), step))
        copy.prompt(words)
    copy.answer(wrong(sim.code("alice"), 3))
    assert copy.ended() != 0
    assert not (tmp_path / "file").exists()


def test_sftp(copier, sim):
    talk = copier("sftp", "alice@127.0.0.1")
    talk.answer(sim.code("alice"))
    talk.expect("sftp> $")
    talk.answer("pwd")
    talk.expect("Remote working directory: /home/alice")
    talk.answer("bye")
    assert talk.ended() == 0


@pytest.mark.parametrize("key", [False, True])
def test_batch_mode_fails_at_once(with_key, sshd, pam, sim, syslog, key):
    if key:
        login = with_key.login("alice", key=with_key.alice,
                               options=("BatchMode=yes",))
    else:
        pam.reset()
        login = sshd.login("alice", options=("BatchMode=yes",))
    assert login.ended() == 255
    assert ": " not in login.text.replace("127.0.0.1: Permission", "")
    asked(sim)
    assert not syslog.logins()


def test_service_of_another_name(sshd, pam, settings, sim):
    """sshd shows no line without a prompt, whichever service it asks PAM for:
    the number to compare on the phone comes in one."""
    phone = PushPhone(settings, sim)
    program = shutil.copy("/usr/sbin/sshd", "/run/sshd-inside")
    name = since((9, 8), "PAMServiceName sshd-inside").strip()
    pam.stack("sshd-inside", *GUARD, pam.module_line())
    server = sshd.start(*[name] * bool(name), program=program)
    login = at_prompt(server.login("alice", options=ONCE),
                      r"Approve on your phone \(number \d\d\), then press")
    phone.shown()
    phone.act("approve")
    login.answer("")
    assert login.ended() == 0 and "alice" in login.text


def test_nobody_to_ask(sshd, sim, syslog):
    """No terminal and no askpass: an error, never a hang."""
    done = subprocess.run(
        sshd.client("alice", "id", options=ONCE), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, start_new_session=True, timeout=20,
        env={"PATH": os.environ["PATH"]}, check=False)
    assert done.returncode == 255 and "Permission denied" in done.stderr
    asked(sim)
    assert not syslog.logins()


def test_ssh_askpass(sshd, sim, askpass):
    with subprocess.Popen(
            sshd.client("alice", "id", "-un"), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True, start_new_session=True,
            env={"PATH": os.environ["PATH"], "DISPLAY": ":0",
                 "SSH_ASKPASS": askpass.program,
                 "SSH_ASKPASS_REQUIRE": "force"}) as client:
        assert "assword" in askpass.prompt()
        askpass.answer("pw-alice")
        assert ("Verification code sent to +44 ***-***-0100 by SMS (r"
                in askpass.prompt())
        askpass.answer(sim.code("alice"))
        out, _ = client.communicate(timeout=PATIENCE)
    assert (client.returncode, out) == (0, "alice\n")
    asked(sim, start=1, check=1)


@pytest.mark.parametrize("permit,let_in", [
    ("yes", True), ("prohibit-password", False)])
def test_root_with_key_and_code(sshd, pam, settings, sim, syslog, permit,
                                let_in):
    """sshd's default for root hides every answer, a right code too."""
    settings.user("root", phone=sim.NUMBERS["alice"])
    pam.only("sshd")
    server = sshd.start(BOTH, "PermitRootLogin " + permit)
    login = server.login("root", key=server.key("root"), options=NO_PASSWORD)
    login.prompt("Verification code sent")
    login.answer(sim.code("alice"))
    assert (login.ended() == 0) == let_in
    if let_in:
        asked(sim, start=1, check=1)
        return
    assert syslog.login_line(user="root")["reason"] == "answers-refused"
    syslog.wait_for("sshd has refused root .* PermitRootLogin")
    asked(sim, start=1)
