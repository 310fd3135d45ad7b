# SPDX-License-Identifier: BSD-2-Clause
"""The module in hosts of every kind, with helpers of every kind: its result,
its log line, and that nothing is left of it. tests/host/host.c is the host,
tests/host/fake_helper.c the helper, which acts as its file's name says."""

import ctypes
import os
import pwd
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

import leftovers
import stage

TRANSPORTS = ("spawn",)

SUCCESS, AUTH_ERR, MAXTRIES, CONV_ERR = 0, 7, 11, 19
TEXT_INFO, ECHO_OFF, ECHO_ON = 4, 1, 2
PAM_DIR = "/run/host-pam.d"
FAKES = "/run/fakes"
ALLOWANCE = 10  # seconds that every wait ends after the deadline
SLACK = 3       # what a busy machine may add to that
TWOFA = 990
ALICE = pwd.getpwnam("alice").pw_uid if stage.private() else 0
PRCTL_SUBREAPER = 36


class Run:
    """One run of the host: what it showed, returned and left."""

    def __init__(self, out, seconds):
        self.out = out
        self.seconds = seconds
        self.results = [int(n) for n in re.findall(r"^result (-?\d+)$", out,
                                                   re.M)]
        self.shown = [(int(style), text) for style, text in
                      re.findall(r"^shown (\d+) (.*)$", out, re.M)]
        self.changed = re.findall(r"^changed .*$", out, re.M)
        found = re.search(r"^memory (-?\d+)$", out, re.M)
        self.memory = int(found.group(1)) if found else None

    @property
    def result(self):
        assert len(self.results) == 1, self.out
        return self.results[0]

    def said(self, word):
        """The text of the only TEXT_INFO that begins with word."""
        texts = [text for style, text in self.shown
                 if style == TEXT_INFO and text.startswith(word)]
        assert len(texts) == 1, self.out
        return texts[0]


class Host:
    """Starts the host with a PAM stack of the module alone."""

    def __init__(self):
        os.makedirs(PAM_DIR, exist_ok=True)
        os.makedirs(FAKES, exist_ok=True)
        os.chmod(FAKES, 0o755)

    @staticmethod
    def fake(name):
        """The path of a helper that acts as its name says."""
        path = os.path.join(FAKES, name)
        if not os.path.exists(path):
            shutil.copyfile(stage.STAGE + "/test/fake_helper", path)
            os.chmod(path, 0o755)
        return path

    @staticmethod
    def stack(module_args, before=(), service="test"):
        with open(os.path.join(PAM_DIR, service), "w",
                  encoding="utf-8") as out:
            for line in before:
                out.write(line + "\n")
            out.write("auth required %s %s\n" % (stage.MODULE, module_args))
            out.write("account required pam_permit.so\n")

    @staticmethod
    def argv(*options, service="test", user="alice"):
        return [stage.STAGE + "/test/host", *options, PAM_DIR, service, user]

    def run(self, *options, service="test", user="alice", stdin=None,
            timeout=60, unlike=None):
        """Run it with the stack as it is. unlike: what may change."""
        begin = time.monotonic()
        done = subprocess.run(
            self.argv(*options, service=service, user=user), input=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
            check=False, text=True, start_new_session=True)
        run = Run(done.stdout, time.monotonic() - begin)
        assert done.returncode == 0, run.out
        assert all(unlike and re.search(unlike, line)
                   for line in run.changed), run.out
        return run

    def login(self, fake, *options, args="", before=(), **more):
        """Run it with a stack whose helper is the fake of that name."""
        self.stack("helper=%s %s" % (self.fake(fake), args), before)
        return self.run(*options, **more)


class Lowered(Host):
    """The host with limits as a local user sets them before sudo."""

    def argv(self, *options, **more):
        return ["prlimit", "--nproc=10", "--fsize=0",
                *Host.argv(*options, **more)]


def _processes():
    """(pid, state, uid, parent) of all in this namespace."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open("/proc/%s/status" % entry, encoding="utf-8",
                          errors="replace") as text:
                    status = dict(line.split(":\t", 1) for line in text
                                  if ":\t" in line)
            except OSError:
                continue
            yield (int(entry), status["State"][0],
                   int(status["Uid"].split()[0]), int(status["PPid"]))


def _children():
    me = os.getpid()
    with open("/proc/%d/task/%d/children" % (me, me),
              encoding="ascii") as text:
        return text.read().split()


def _left(before):
    """Processes of user twofa, zombies, and children that this test added; but
    no helper that listens, and no broker of one."""
    return [(pid, state, uid) for pid, state, uid, parent in _processes()
            if (uid == TWOFA or state == "Z")
            and not leftovers.stays(pid, parent)] + [
                child for child in _children() if child not in before
                and int(child) not in leftovers.LISTENERS]


@pytest.fixture
def host(build, syslog):
    """This test is the subreaper: an orphan of the host becomes a child of
    ours, where it can be waited for."""
    before = _children()
    ctypes.CDLL(None).prctl(PRCTL_SUBREAPER, 1, 0, 0, 0)
    yield Host()
    end = time.monotonic() + 5
    while time.monotonic() < end:  # no event tells of a zombie of another
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            pass
        if not _left(before):
            break
        time.sleep(0.01)
    assert _left(before) == []
    found = stage.reports()
    assert not found, "a sanitizer reports:\n" + "\n".join(found)
    ctypes.CDLL(None).prctl(PRCTL_SUBREAPER, 0, 0, 0, 0)


# What the helper says, and what comes of it.

def test_allow_is_success_and_one_line(host, syslog):
    run = host.login("allow", "item", "rhost=192.0.2.7")
    assert run.result == SUCCESS
    line = syslog.wait_for(r"pam_twofa: .*").group()
    assert re.fullmatch(
        r"pam_twofa: user=alice service=test rhost=192\.0\.2\.7 rule=3 "
        r"method=sms provider=vonage outcome=allowed tries=1 start_ms=212 "
        r"check_ms=180 total_ms=\d+ request=3f00", line)
    assert len([l for l in syslog.lines() if "pam_twofa" in l]) == 1
    notice = 10 * 8 + 5
    assert syslog.priorities()[-1] == notice


@pytest.mark.parametrize("fake,result,reason", [
    ("deny", AUTH_ERR, "fake"),
    ("maxtries", MAXTRIES, "fake"),
    # Everything that is not a clean yes.
    ("crash-before", AUTH_ERR, "helper-died"),
    ("crash-after", AUTH_ERR, "exit-status"),
    ("kill-after", AUTH_ERR, "exit-status"),
    ("exit-after", AUTH_ERR, "exit-status"),
    ("silent", AUTH_ERR, "helper-died"),
    ("empty", AUTH_ERR, "protocol"),
    ("garbage", AUTH_ERR, "protocol"),
    ("truncated", AUTH_ERR, "protocol"),
    ("trailing", AUTH_ERR, "protocol"),
    ("oversized", AUTH_ERR, "protocol"),
    ("version", AUTH_ERR, "protocol"),
    ("order", AUTH_ERR, "protocol"),
    ("double-field", AUTH_ERR, "protocol"),
    ("no-field", AUTH_ERR, "protocol"),
    ("range", AUTH_ERR, "protocol"),
    ("echo-range", AUTH_ERR, "protocol"),
    ("two-verdicts", AUTH_ERR, "protocol"),
    ("say-after", AUTH_ERR, "protocol"),
    ("empty-after", AUTH_ERR, "protocol"),
    ("close", AUTH_ERR, "helper-died"),
    ("no-such-act", AUTH_ERR, "helper-died"),
])
def test_denied(host, syslog, fake, result, reason):
    run = host.login(fake)
    assert run.result == result
    line = syslog.login_line(outcome="denied", reason=reason)
    assert line["user"] == "alice" and line["service"] == "test"
    assert not re.search(r"outcome=(allowed|skipped)",
                         "\n".join(syslog.lines()))


@pytest.mark.parametrize("fake,status", [
    ("crash-before", 134), ("crash-after", 134), ("kill-after", 137),
    ("exit-after", 1), ("no-such-act", 10)])
def test_exit_status_is_logged(host, syslog, fake, status):
    host.login(fake)
    syslog.wait_for(r"pam_twofa: helper %s: exit status %d: \w+" % (
        host.fake(fake), status))


def test_skipped_keeps_its_name(host, syslog):
    assert host.login("skipped").result == SUCCESS
    line = syslog.login_line(outcome="skipped")
    assert line["rule"] == "default" and "reason" not in line
    assert "rhost" not in line


def test_hostile_bytes_in_the_line(host, syslog):
    host.login("nasty", "item", "rhost=x\ny z", user="al\x1bice")
    line = syslog.wait_for(r"pam_twofa: user=.*").group()
    assert line.startswith(r'pam_twofa: user="al\x1bice" service=test '
                           r'rhost="x\x0ay z" ')
    assert r'provider="a b\" outcome=allowed\x0a\x1b\xc3\\" ' in line
    assert re.search(r" outcome=denied reason=denied total_ms=\d+$", line)


# The conversation.

def test_prompt_and_answer(host):
    run = host.login("ask", "answer", "123 456")
    assert run.result == SUCCESS
    assert run.shown[0] == (ECHO_ON, "Code ?[2J?? sent: ")
    assert run.said("typed") == "typed 7 text [123 456]"


def test_control_bytes_of_eight_bits(host):
    """Alone each would clear the screen of some terminals; as a part of a
    character they show."""
    (style, text), = host.login("bytes").shown
    assert style == TEXT_INFO
    assert text == (
        r"?2J ?? ??( ???( ??? ???? ??? ?? ???? ? "
        r"\xc3\x9b \xe2\x9b\x9b \xf0\x9f\x93\xb1 \xc2\xa0 ??")


def test_hidden_prompt(host):
    run = host.login("hidden", "answer", "1")
    assert run.shown[0] == (ECHO_OFF, "Code: ") and run.result == SUCCESS


@pytest.mark.parametrize("answer,typed,text", [
    ("", 0, ""),
    ("x" * 256, 256, "x" * 256),
    ("x" * 257, 257, ""),
    ("x" * 4000, 4000, ""),
    ("\u0661\u0662", 4, r"\?"),
    ("\b\n\r\x7fIN", 6, None),
])
def test_answer_forms(host, answer, typed, text):
    run = host.login("ask", "answer", answer)
    said = run.said("typed")
    assert said.startswith("typed %d text [" % typed)
    if text is not None and answer.isascii():
        assert said == "typed %d text [%s]" % (typed, text)


@pytest.mark.parametrize("answer", ["@null", "@fail"])
@pytest.mark.parametrize("fake", ["ask", "stubborn"])
def test_no_answer(host, syslog, fake, answer):
    """The helper learns of it, and even its ALLOW is of no use then."""
    run = host.login(fake, "answer", answer)
    assert run.result == CONV_ERR
    assert run.said("abort") == "abort 0"
    syslog.login_line(outcome="denied", reason="no-answer")


def test_ask_after_abort_is_refused(host, syslog):
    assert host.login("ask-after-abort", "answer",
                      "@null").result == CONV_ERR
    syslog.login_line(outcome="denied", reason="protocol")


def test_no_conversation(host, syslog):
    run = host.login("converr", "conv", "none")
    assert run.result == CONV_ERR and run.shown == []
    syslog.login_line(outcome="denied", reason="fake")


def test_silent_flag_hides_nothing(host):
    run = host.login("ask", "flags", "silent", "answer", "1")
    assert run.result == SUCCESS and len(run.shown) == 2


UNIX = "auth optional pam_unix.so nodelay"


def test_login_password_as_answer(host, syslog):
    run = host.login("stubborn", "answer", "pw-alice", "answer", "pw-alice",
                     before=[UNIX])
    assert run.result == CONV_ERR
    assert run.said("abort") == "abort 1"
    assert "That was your password" not in "\n".join(map(str, run.shown))
    syslog.wait_for("a client that answers by itself")
    syslog.login_line(outcome="denied", reason="login-password")
    assert "pw-alice" not in "\n".join(syslog.lines())


def test_other_answer_with_password(host):
    run = host.login("ask", "answer", "pw-alice", "answer", "pw-alicf",
                     before=[UNIX])
    assert run.result == SUCCESS and run.said("typed")


def test_stand_in_is_no_password(host):
    """sshd's for refused users: not compared, and no first factor."""
    stand_in = "\b\n\r\x7fINC"
    run = host.login("ask", "answer", stand_in, "answer", stand_in,
                     before=[UNIX])
    assert run.said("typed").startswith("typed 7 text [")


def test_user_changed(host, syslog):
    run = host.login("stubborn", "answer", "@user:bob")
    assert run.result == AUTH_ERR
    line = syslog.login_line(outcome="denied", reason="user-changed")
    assert line["user"] == "alice"


# The facts.

def _facts(run):
    return dict(word.split("=", 1) for word in
                run.said("facts").split()[1:])


def test_facts(host):
    run = host.login(
        "facts", "item", "tty=/dev/pts/9", "item", "rhost=192.0.2.7", "item",
        "ruser=carol", "env", "SSH_CONNECTION=192.0.2.9 5 127.0.0.1 22",
        args="conf=/etc/other.conf deadline=77")
    facts = _facts(run)
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot:
        assert facts["boot"] == boot.read().strip()
    with open("/proc/self/stat", encoding="ascii") as stat:
        ours = stat.read().rsplit(")", 1)[1].split()[19]
    assert 76000 < int(facts["deadline"]) <= 77000
    assert facts["conf"] == "/etc/other.conf" and facts["user"] == "alice"
    assert facts["service"] == "test" and facts["tty"] == "/dev/pts/9"
    assert facts["rhost"] == "192.0.2.7" and facts["ruser"] == "carol"
    assert facts["ssh"] == "192.0.2.9" and facts["uid"] == "0"
    # The host leads its own session: it began after this test did.
    assert int(facts["session"]) > os.getpid()
    assert int(ours) < int(facts["start"]) < int(ours) + 100 * 3600
    assert facts["terminal"] == "0"  # and has none
    assert facts["conversation"] == "1" and facts["first"] == "0"


def test_facts_of_nothing(host):
    facts = _facts(host.login("facts"))
    assert facts["tty"] == facts["rhost"] == facts["ssh"] == ""
    assert facts["conf"] == "/etc/twofa/twofa.conf"


@pytest.mark.parametrize("options,before,first", [
    (("answer", "pw-alice"), [UNIX], "1"),
    (("answer", "wrong"), [UNIX], "1"),
    (("answer", ""), [UNIX], "0"),
    (("answer", "\b\n\r\x7fINC"), [UNIX], "0"),
    (("env", "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA"), [], "2"),
    (("env", "SSH_AUTH_INFO_0="), [], "0"),
    (("answer", "\b\n\r\x7fINC", "env",
      "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA"), [UNIX], "0"),
    (("env", "SSH_AUTH_INFO_0=publickey x", "ruid", str(ALICE)), [], "0"),
])
def test_first_factor(host, options, before, first):
    run = host.login("facts", *options, before=before)
    assert _facts(run)["first"] == first
    if first != "2" and "answer" not in options:
        assert run.said("auth_info") == "auth_info 0 "


def test_ssh_facts_need_real_uid_0(host):
    run = host.login("facts", "ruid", str(ALICE), "env",
                     "SSH_CONNECTION=192.0.2.9 5 127.0.0.1 22")
    assert _facts(run)["ssh"] == "" and _facts(run)["uid"] == str(ALICE)


def test_large_auth_info(host, syslog):
    run = host.login("facts", "env", "SSH_AUTH_INFO_0=" + "k" * 50000)
    assert run.said("auth_info").startswith("auth_info 50000 ")
    run = host.login("facts", "env", "SSH_AUTH_INFO_0=" + "k" * 60000)
    assert run.result == AUTH_ERR
    syslog.login_line(outcome="denied", reason="facts-too-large")


def test_user_name_too_long(host, syslog):
    assert host.login("allow", user="u" * 1025).result == AUTH_ERR
    line = syslog.login_line(outcome="denied", reason="facts-too-large")
    assert line["user"] == "u" * 256 + "..."


# Arguments.

@pytest.mark.parametrize("args", [
    "nullok", "deadline=9", "deadline=3601", "deadline=", "deadline=3x",
    "deadline=+50", "deadline=20 deadline=20", "conf=twofa.conf", "conf=",
    "transport=pipe", "transport=spawn transport=spawn", "debug=1",
    "debug debug", "DEBUG", "socket=x"])
def test_bad_argument(host, syslog, args):
    assert host.login("allow", args=args).result == AUTH_ERR
    syslog.wait_for('pam_twofa: argument "%s": ' % re.escape(
        args.split()[-1]))
    syslog.login_line(outcome="denied", reason="arguments")


def test_good_arguments(host, syslog):
    assert host.login(
        "allow", args="conf=/x deadline=10 transport=spawn socket=/y "
        "debug").result == SUCCESS
    syslog.wait_for("pam_twofa: helper's frame: ")


@pytest.mark.parametrize("service,options,deadline", [
    ("sshd", (), 90), ("login", (), 50), ("sudo", (), 280),
    ("sshd-inside", ("env", "SSH_CONNECTION=192.0.2.9 5 127.0.0.1 22"), 90)])
def test_default_deadline(host, service, options, deadline):
    host.stack("helper=" + host.fake("facts"), service=service)
    facts = _facts(host.run(*options, service=service))
    assert deadline - 2 < int(facts["deadline"]) / 1000 <= deadline


@pytest.mark.parametrize("args,options,what", [
    ("transport=socket deadline=291", (), "deadline= above 290"),
    ("transport=auto", ("euid", str(ALICE)), "helper="),
    ("transport=socket", ("euid", str(ALICE)), "helper="),
    ("transport=spawn", ("euid", str(ALICE)), "transport=spawn")])
def test_no_transport(host, syslog, args, options, what):
    assert host.login("allow", *options, args=args).result == AUTH_ERR
    syslog.wait_for("pam_twofa: %s needs a helper that is started" % what)
    syslog.login_line(outcome="denied", reason="no-transport")


# Two versions.

def _scripted(host, *lines):
    """A helper that says these lines (tests/host/fake_script.h)."""
    path = host.fake("scripted")
    with open(path + ".new", "w", encoding="ascii") as out:
        out.write("".join(line + "\n" for line in lines))
    os.rename(path + ".new", path + ".script")
    return os.path.basename(path)


def test_helper_of_another_version_is_waited_for(host, syslog):
    """An upgrade has replaced the module's file, and now the helper's."""
    name = _scripted(host, "DENY helper-version")
    upgrade = threading.Timer(1, _scripted, [host, "ALLOW"])
    upgrade.start()
    run = host.login(name)
    upgrade.join()
    assert run.result == SUCCESS and 0.9 < run.seconds < 8
    syslog.login_line(outcome="allowed")


@pytest.mark.parametrize("before,seconds", [((), 5), (("hello",), 0)])
def test_helper_of_another_version_stays(host, syslog, before, seconds):
    """5 s at most, and not at all once somebody has seen something."""
    run = host.login(_scripted(host, *before, "DENY helper-version"))
    assert run.result == AUTH_ERR
    assert seconds <= run.seconds < seconds + SLACK
    syslog.login_line(outcome="denied", reason="helper-version")


# The helper's file.

def _bad_path(tmp, kind):
    """Make a fault below tmp; the path, what the log says, the remedy."""
    helper = tmp + "/dir/helper"
    os.makedirs(tmp + "/dir")
    os.chmod(tmp, 0o755)
    shutil.copyfile(stage.STAGE + "/test/fake_helper", helper)
    os.chmod(helper, 0o755)
    if kind == "missing":
        return tmp + "/dir/none", "No such file", "install twofa-helper"
    if kind == "directory":
        return tmp + "/dir", "not a regular file", "install twofa-helper"
    if kind == "below a file":
        return helper + "/x", "not a directory", "helper="
    if kind == "symlink":
        os.symlink(helper, tmp + "/link")
        return tmp + "/link", "a symbolic link", "helper="
    if kind == "parent symlink":
        os.symlink(tmp + "/dir", tmp + "/link")
        return tmp + "/link/helper", "a symbolic link", "helper="
    part, mode, owner, what, remedy = {
        "not executable": (helper, 0o644, (0, 0), "not executable",
                           "chmod 0711 "),
        "root's alone": (helper, 0o700, (0, 0), "not executable",
                         "chmod 0711 "),
        "others write": (helper, 0o757, (0, 0), "writable by others",
                         "chmod go-w "),
        "group writes": (helper, 0o775, (0, TWOFA), "writable by its group",
                         "chmod go-w "),
        # an access control list shows as the same bit
        "root's group writes": (helper, 0o775, (0, 0),
                                "writable by its group", "chmod go-w "),
        "alice's": (helper, 0o755, (ALICE, 0), "not owned by root",
                    "chown root:root "),
        "parent others": (tmp + "/dir", 0o777, (0, 0), "writable by others",
                          "chmod go-w "),
        "parent sticky": (tmp + "/dir", 0o1777, (0, 0), "writable by others",
                          "chmod go-w "),
        "parent closed": (tmp + "/dir", 0o700, (0, 0), "closed to user",
                          r"chmod a\+x "),
        "parent alice's": (tmp + "/dir", 0o755, (ALICE, 0),
                           "not owned by root", "chown root:root "),
    }[kind]
    os.chown(part, *owner)
    os.chmod(part, mode)
    return helper, what, remedy + part


@pytest.fixture
def folder():
    path = "/run/fakes-at-fault"
    os.mkdir(path)
    yield path
    shutil.rmtree(path)


@pytest.mark.parametrize("kind", [
    "missing", "directory", "below a file", "symlink", "parent symlink",
    "not executable", "root's alone", "others write", "group writes",
    "root's group writes", "alice's", "parent others", "parent sticky", "parent closed",
    "parent alice's"])
def test_helper_path(host, syslog, folder, kind):
    path, what, remedy = _bad_path(folder, kind)
    host.stack("helper=" + path)
    assert host.run().result == AUTH_ERR
    syslog.wait_for("pam_twofa: helper %s: .*%s.*; .*%s" % (
        re.escape(path), what, remedy))
    reason = "helper-missing" if kind == "missing" else "helper-path"
    syslog.login_line(outcome="denied", reason=reason)


def test_group_twofa_may_execute(host, folder):
    helper = folder + "/skipped"
    shutil.copyfile(host.fake("skipped"), helper)
    os.chown(helper, 0, TWOFA)
    os.chmod(helper, 0o750)
    host.stack("helper=" + helper)
    assert host.run().result == SUCCESS


@pytest.mark.parametrize("content", ["", "\x7fELF nonsense",
                                     "#!/no/such/interpreter\n"])
def test_not_a_program(host, syslog, folder, content):
    helper = folder + "/helper"
    with open(helper, "w", encoding="latin-1") as out:
        out.write(content)
    os.chmod(helper, 0o755)
    host.stack("helper=" + helper)
    assert host.run().result == AUTH_ERR
    syslog.wait_for("exit status 123: it could not be executed")
    syslog.login_line(outcome="denied", reason="helper-died")


@pytest.mark.parametrize("change,what", [
    (r"/^twofa:/d", "no such user"),
    (r"s/^twofa:x:990:/twofa:x:0:/", "uid 0 and gid 990"),
    (r"s/^twofa:x:990:990:/twofa:x:990:0:/", "uid 990 and gid 0")])
def test_user_twofa(host, syslog, change, what):
    with open("/etc/passwd", encoding="utf-8") as text:
        saved = text.read()
    try:
        subprocess.run(["sed", "-i", change, "/etc/passwd"], check=True)
        assert host.login("allow").result == AUTH_ERR
    finally:
        with open("/etc/passwd", "w", encoding="utf-8") as out:
            out.write(saved)
    syslog.wait_for("pam_twofa: user twofa: .*%s.*useradd --system" % what)
    syslog.login_line(outcome="denied", reason="helper-user")


@pytest.mark.parametrize("name,low,enough", [
    ("nofile", 31, 32), ("fsize", (16 << 20) - 1, 16 << 20),
    ("nproc", 15, 16)])
def test_limits_too_low(host, syslog, name, low, enough):
    assert host.login("allow", name, str(enough)).result == SUCCESS
    assert host.login("allow", name, str(low)).result == AUTH_ERR
    syslog.wait_for("resource limit %s of this service" % name.upper())
    syslog.login_line(outcome="denied", reason="resource-limit")


@pytest.mark.parametrize("processes", [3833, 1820])
def test_the_kernels_own_limit(host, processes):
    """With 1 GiB of memory, and with 512 MiB."""
    run = host.login("report", "nproc", str(processes))
    assert run.result == SUCCESS
    assert "\nshown 4 limit 6 %d %d\n" % (processes, processes) in run.out


def test_root_raises_a_limit(host, syslog):
    """Where it may: sudo's caller has no say in it."""
    with open("/proc/self/status", encoding="ascii") as text:
        rights = int(re.search(r"CapEff:\s+(\w+)", text.read())[1], 16)
    low = Lowered()
    low.stack("helper=" + low.fake("report"))
    run = low.run()
    if rights >> 24 & 1:  # CAP_SYS_RESOURCE
        assert run.result == SUCCESS
        assert "\nshown 4 limit 1 %d %d\n" % (64 << 20, 64 << 20) in run.out
        assert "\nshown 4 limit 6 8192 8192\n" in run.out
    else:
        assert run.result == AUTH_ERR
        syslog.login_line(outcome="denied", reason="resource-limit")


# What the helper finds around itself.

@pytest.mark.parametrize("options", [
    (), ("ruid", str(ALICE)), ("fds", "closed"), ("fds", "high"),
    ("block", "sigint"), ("sigchld", "ignore"),
    ("nosys", "yes", "fds", "high"), ("groups", "9"), ("keepcaps", "yes")])
def test_helper_surroundings(host, options):
    run = host.login("report", *options, args="deadline=20")
    assert run.result == SUCCESS
    said = [text for style, text in run.shown if style == TEXT_INFO]
    fds = [text for text in said if text.startswith("fd ")]
    assert [text.split()[1] for text in fds] == ["0", "1", "2", "3"]
    assert all(text.endswith(" /dev/null") for text in fds[:3])
    assert " socket:" in fds[3]
    status = dict(text.split(": ", 1) for text in said
                  if re.match(r"\w+: ", text))
    assert status["Uid"].split() == ["990"] * 4
    assert status["Gid"].split() == ["990"] * 4
    assert status.get("Groups", "").split() == []
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", "SigBlk", "SigIgn"):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"] == "1"
    other = run.said("other")
    assert re.fullmatch(r"other env 0 cwd / umask 077 death 9 "
                        r"parents-session 1 alarm 2[45]", other)


def limits_of(run):
    return {int(i): (int(soft), int(hard)) for i, soft, hard in re.findall(
        r"^shown 4 limit (\d+) (\d+) (\d+)$", run.out, re.M)}


NPROC = 6


def test_helper_limits(host):
    limits = limits_of(host.login("report"))
    core, fsize, nofile = 4, 1, 7
    assert limits[core] == (0, 0)
    assert limits[nofile] == (64, 64)
    assert limits[fsize] == (64 << 20, 64 << 20)
    assert max(limits[NPROC]) <= 8192 and len(limits) == 16
    assert all(soft == hard for soft, hard in limits.values())


def test_callers_leave_processes_to_others(host):
    """The kernel counts all of user twofa's together, and a caller of su or sudo
    may begin any number of logins: those of sshd and the console go on."""
    nproc = ("nproc", "3000")
    assert limits_of(host.login("report", *nproc))[NPROC] == (3000, 3000)
    assert limits_of(host.login("report", "ruid", str(ALICE), *nproc))[
        NPROC] == (1500, 1500)


# The host is left as it was.

@pytest.mark.parametrize("options", [
    ("sigchld", "ignore"), ("sigchld", "nocldwait"), ("sigchld", "thief"),
    ("thread", "plain"), ("fds", "closed"), ("fds", "high"),
    ("block", "sigint"), ("ruid", str(ALICE)), ("nosys", "yes"),
    ("child", "yes")])
def test_odd_hosts(host, options):
    run = host.login("ask", *options, "answer", "1", "logins", "30")
    assert run.results == [SUCCESS] * 30
    assert "\nsame\n" in run.out


def test_signals_to_the_group(host):
    """As the terminal sends them: none is handled in a copy of the host, and
    none ends what waits for the helper."""
    # glibc leaves its connection to the log when a signal interrupts a message,
    # and makes another one for the next, if there is one
    run = host.login("ask", "pester", "yes", "answer", "1", "logins", "40",
                     unlike=r": fd \d+ socket:\[\d+\] flags 1$")
    assert run.results == [SUCCESS] * 40
    assert "\nsame\n" in run.out or len(run.changed) in (1, 2)


def test_thread_that_takes_all(host, syslog):
    """waitpid with __WALL steals the status: then nobody gets in for it."""
    run = host.login("allow", "thread", "wall", "logins", "30")
    assert set(run.results) <= {SUCCESS, AUTH_ERR}
    lost = run.results.count(AUTH_ERR)
    assert lost == len([f for f in syslog.logins()
                        if f.get("reason") == "exit-status"])


def test_thousand_logins(host):
    """Under ASan fewer: it keeps what is freed, and starts slowly."""
    plain = not stage.sanitized()
    count = 1000 if plain else 200
    run = host.login("ask", "answer", "1" * 250, "logins", str(count),
                     timeout=120)
    assert run.results == [SUCCESS] * count
    assert "\nsame\n" in run.out
    if plain:
        assert run.memory < 64, "KiB grown after the first logins"


def test_failed_logins_leave_nothing(host):
    run = host.login("two-verdicts", "logins", "100", "child", "yes")
    assert run.results == [AUTH_ERR] * 100
    assert "\nsame\n" in run.out


# Time.

def test_helper_gave_up_at_the_prompt(host, syslog):
    """Its verdict is there before the answer; the answer goes nowhere."""
    run = host.login("deadline", "answer", "1")
    assert run.result == AUTH_ERR
    syslog.login_line(outcome="denied", reason="fake")


# They show nothing before they stop, hang, or end.
SILENT = ("hang-after", "hang", "stop", "kept-socket")


class Slow:
    """A login that lasts to its deadline of 10 s, beside others."""

    def __init__(self, host, fake, stop_intermediate=False):
        self.fake = fake
        self.user = fake + ("-stopped" if stop_intermediate else "")
        host.stack("helper=%s deadline=10" % host.fake(fake), service=fake)
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            host.argv("answer", "@line", service=fake, user=self.user),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if fake not in SILENT:
            assert self.process.stdout.readline().startswith("shown")
        self.shown = time.monotonic()
        if stop_intermediate:
            os.kill(self.child(), signal.SIGSTOP)

    def child(self):
        """The pid of the intermediate, once it is there."""
        pid = self.process.pid
        with open("/proc/%d/task/%d/children" % (pid, pid),
                  encoding="ascii") as text:
            return int(text.read().split()[0])

    def type(self):
        self.process.stdin.write("123456\n")
        self.process.stdin.flush()

    def end(self):
        out, _ = self.process.communicate(timeout=40)
        return Run(out, time.monotonic() - self.begin)


def test_at_the_deadline(host, syslog):
    """Late answers are refused; a helper that stopped or sleeps goes by the
    last stop of its children at 5 s after the deadline, or, when they cannot
    act, by the module's own 5 s later. So does a login whose helper has left
    its socket to a child."""
    late = Slow(host, "deadline")
    slow = [(Slow(host, "hang-after"), 5), (Slow(host, "stop-after"), 5),
            (Slow(host, "hang"), 5), (Slow(host, "stop"), 5),
            (Slow(host, "stop-after", True), ALLOWANCE),
            (Slow(host, "kept-socket"), ALLOWANCE)]
    for login, _ in slow:
        if login.fake not in SILENT:
            login.type()
    while time.monotonic() < late.shown + 10.2:  # the test is of this time
        time.sleep(late.shown + 10.3 - time.monotonic())
    late.type()
    assert late.end().result == AUTH_ERR
    line = syslog.login_line(user=late.user, reason="deadline")
    assert line["provider"] == "vonage" and line["outcome"] == "denied"
    for login, after in slow:
        run = login.end()
        assert run.result == AUTH_ERR
        assert 10 + after - 0.5 < run.seconds < 10 + after + SLACK
        line = syslog.login_line(user=login.user, outcome="denied")
        # whichever of the two children goes first, without a verdict
        assert line["reason"] == "deadline" or (
            line["reason"] == "helper-died" and login.fake in SILENT)


def test_killed_host(host):
    """The host goes at the prompt: EOF ends the helper at once."""
    host.stack("helper=" + host.fake("ask"))
    process = subprocess.Popen(
        host.argv("answer", "@line"), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("shown")
    process.kill()
    process.communicate()


# The module's file.

def test_exports_and_libraries():
    symbols = subprocess.run(
        ["nm", "-D", "--defined-only", stage.MODULE], check=True,
        capture_output=True, text=True).stdout
    names = {line.split()[-1] for line in symbols.splitlines()}
    assert names == {"pam_sm_" + name for name in (
        "authenticate", "setcred", "acct_mgmt", "open_session",
        "close_session", "chauthtok")}
    needed = subprocess.run(["readelf", "-d", stage.MODULE], check=True,
                            capture_output=True, text=True).stdout
    libraries = set(re.findall(r"NEEDED.*\[(.*)\]", needed))
    if not any("san" in name for name in libraries):
        assert libraries == {"libpam.so.0", "libc.so.6"}
        with open(stage.MODULE, "rb") as module:
            content = module.read()
        # gcc's counters of make coverage are no small thing
        assert b".gcda" in content or len(content) <= 48 * 1024
