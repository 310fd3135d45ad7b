# SPDX-License-Identifier: BSD-2-Clause
"""PostgreSQL, Dovecot and i3lock, run for real under their own users. They
reach user.sock, the copy has their uid as its peer. Each answers one field
alone: at a prompt for a code they are denied, with split and no_prompt they get
in."""

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
import time

import pytest

import stage
from listener import FOLDER, Listener
from onefield import stack
from pamstack import GUARD
from sshserver import free_port
from steps import wrong

TRANSPORTS = ("socket",)

USER_SOCK = FOLDER + "/user.sock"
OURS = "auth required %s socket=%s" % (stage.MODULE, USER_SOCK)
# Another user's password is not for pam_unix to see, under such a uid.
CHECK = "auth [success=1 default=ignore] pam_exec.so quiet expose_authtok "


def program(package, *places):
    """Its path, or a skip that names the package."""
    for place in places:
        found = sorted(glob.glob(place))
        if found:
            return found[-1]
    pytest.skip("%s is missing: package %s is not installed" % (
        places[0], package))


def account(name, package):
    try:
        return pwd.getpwnam(name)
    except KeyError:
        pytest.skip("no user %s: package %s is not installed" % (name, package))


def as_user(entry, *words):
    return ["setpriv", "--reuid=%d" % entry.pw_uid, "--regid=%d" %
            entry.pw_gid, "--clear-groups", "--", *words]


def wait(reached, what=""):
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@pytest.fixture
def warm(_ready):
    found = Listener(user=USER_SOCK)
    yield found
    assert found.stop() == 0


@pytest.fixture
def folder():
    path = tempfile.mkdtemp(prefix="program-", dir="/run/tmp")
    os.chmod(path, 0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def running():
    """Starts a program, and ends it with the test."""
    begun = []

    def start(*argv, **more):
        begun.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                      start_new_session=True, **more))
        return begun[-1]
    yield start
    for process in reversed(begun):
        process.terminate()
        process.wait(20)


def refused(syslog, uid, user, service, reason):
    """The helper's own line, by the peer that the kernel names."""
    syslog.wait_for(r"%s@%s: user\.sock uid=%d outcome=denied reason=%s" % (
        user, service, uid, reason), timeout=20)


# Both ask about users that are not their own.

def only_field(settings, uid):
    """The stack's one line is ours, and the rule vouches for the password; so
    they would get in if they could answer."""
    settings.set(socket_allow_uids=[uid],
                 rules=[{"services": ["postgresql", "dovecot"],
                         "first_factor": "stack"}])


@pytest.fixture
def postgres(folder, running, warm, pam):
    binary = os.path.dirname(program(
        "postgresql", "/usr/lib/postgresql/*/bin/initdb"))
    server = account("postgres", "postgresql")
    data, port = folder + "/data", free_port()
    os.mkdir(data)
    os.chown(data, server.pw_uid, server.pw_gid)
    subprocess.run(as_user(server, binary + "/initdb", "-D", data, "-N",
                           "--locale=C", "-E", "UTF8"), check=True,
                   stdout=subprocess.DEVNULL, cwd="/")
    with open(data + "/pg_hba.conf", "w", encoding="ascii") as out:
        out.write("local all postgres trust\nhost all all 127.0.0.1/32 pam\n")
    running(*as_user(server, binary + "/postgres", "-D", data, "-p", str(port),
                     "-k", data, "-h", "127.0.0.1", "-F"), cwd="/",
            stderr=open(folder + "/log", "w", encoding="utf-8"))
    pam.stack("postgresql", OURS)
    sock = data + "/.s.PGSQL.%d" % port
    wait(lambda: os.path.exists(sock), "postgres does not listen")

    def psql(host, user, password="pw-alice"):
        return subprocess.run(
            [binary + "/psql", "-h", host, "-p", str(port), "-U", user, "-c",
             "select 1", "postgres"], env={"PGPASSWORD": password},
            capture_output=True, text=True, timeout=60, check=False)
    wait(lambda: psql(data, "postgres").returncode == 0, "no answer")
    assert psql(data, "postgres").returncode == 0
    subprocess.run([binary + "/psql", "-h", data, "-p", str(port), "-U",
                    "postgres", "-c", "create role alice login", "postgres"],
                   check=True, stdout=subprocess.DEVNULL)
    return server.pw_uid, lambda *password: psql("127.0.0.1", "alice",
                                                 *password)


def test_postgresql(postgres, settings, syslog):
    uid, login = postgres
    found = login()
    assert found.returncode != 0 and "PAM authentication failed" in found.stderr
    refused(syslog, uid, "alice", "postgresql", "socket-user")
    syslog.clear()
    only_field(settings, uid)
    assert login().returncode != 0
    refused(syslog, uid, "alice", "postgresql", "no-answer")


@pytest.fixture
def one_field(folder, settings, pam, syslog, sim):
    """alice logs in by a stack that parts password and code: sms first, then
    what it brought. The password is checked by a program."""
    script = folder + "/check"
    with open(script, "w", encoding="ascii") as out:
        out.write("#!/bin/sh\n[ \"$(tr -d '\\000')\" = pw-alice ]\n")
    os.chmod(script, 0o755)

    def both(uid, service, login):
        settings.set(socket_allow_uids=[uid])
        pam.stack(service, *stack(OURS, CHECK + script))
        assert not login("not-it,sms")
        assert not sim.messages()
        assert not login("pw-alice,sms")
        refused(syslog, uid, "alice", service, "code-sent")
        code = sim.code("alice")
        syslog.clear()
        assert not login("pw-alice," + wrong(code))
        refused(syslog, uid, "alice", service, "wrong-codes")
        assert login("pw-alice," + code)
        assert not login("pw-alice," + code)
        assert len(sim.messages()) == 1
    return both


def test_postgresql_by_one_field(postgres, one_field):
    uid, login = postgres
    one_field(uid, "postgresql", lambda text: login(text).returncode == 0)


DOVECOT = """\
{version}base_dir = {folder}/base
log_path = {folder}/log
protocols =
ssl = no
first_valid_uid = 1
default_internal_user = dovecot
default_login_user = dovenull
auth_mechanisms = plain
auth_failure_delay = 0
{databases}service auth-worker {{
  user = dovecot
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""
# By the first release that writes them so.
DATABASES = {(2, 3): """\
passdb {
  driver = pam
  args = dovecot
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}
""", (2, 4): """\
passdb pam {
}
userdb static {
  fields {
    uid = nobody
    gid = nogroup
    home = /nonexistent
  }
}
"""}


def dovecot_conf(server, folder):
    told = subprocess.run([server, "--version"], capture_output=True,
                          text=True, check=True).stdout
    new = tuple(map(int, told.split(".")[:2])) >= (2, 4)
    version = "dovecot_config_version = 2.4.0\n" \
        "dovecot_storage_version = 2.4.0\n" if new else ""
    return DOVECOT.format(folder=folder, version=version,
                          databases=DATABASES[2, 4 if new else 3])


@pytest.fixture
def dovecot(folder, running, warm, pam):
    server = program("dovecot-core", "/usr/sbin/dovecot")
    uid = account("dovecot", "dovecot-core").pw_uid
    conf = folder + "/dovecot.conf"
    with open(conf, "w", encoding="ascii") as out:
        out.write(dovecot_conf(server, folder))
    pam.stack("dovecot", OURS)
    running(server, "-F", "-c", conf, stdout=subprocess.DEVNULL)
    wait(lambda: os.path.exists(folder + "/base/auth-client"),
         "dovecot does not listen")

    def login(password="pw-alice"):
        return subprocess.run(
            ["doveadm", "-c", conf, "auth", "test", "alice", password],
            capture_output=True, text=True, timeout=60, check=False)
    return uid, login


def test_dovecot(dovecot, settings, syslog):
    uid, login = dovecot
    found = login()
    assert found.returncode != 0 and "auth failed" in found.stdout
    refused(syslog, uid, "alice", "dovecot", "socket-user")
    syslog.clear()
    only_field(settings, uid)
    assert login().returncode != 0
    refused(syslog, uid, "alice", "dovecot", "prompts")


def test_dovecot_by_one_field(dovecot, one_field):
    uid, login = dovecot
    one_field(uid, "dovecot", lambda text: login(text).returncode == 0)


# A screen locker asks for its own user, and types the password everywhere.

@pytest.fixture
def screen(running, folder):
    """An X server with a /tmp of its own; words to run something there."""
    program("xvfb", "/usr/bin/Xvfb")
    program("xdotool", "/usr/bin/xdotool")
    holder = running("unshare", "--mount", "sh", "-c",
                     "mount -t tmpfs -o mode=1777 tmpfs /tmp && "
                     "touch %s/there && exec sleep 600" % folder)
    wait(lambda: os.path.exists(folder + "/there"), "no /tmp of its own")
    there = ["nsenter", "-t", str(holder.pid), "-m", "--"]
    with open(folder + "/display", "w+", encoding="ascii") as number:
        running(*there, "Xvfb", "-displayfd", str(number.fileno()), "-ac",
                "-nolisten", "tcp", "-screen", "0", "320x240x24",
                pass_fds=(number.fileno(),), stderr=subprocess.DEVNULL)
        wait(lambda: os.path.getsize(number.name) > 1, "no X server")
        number.seek(0)
        return there + ["env", "DISPLAY=:" + number.read().strip()]


@pytest.fixture
def i3lock(screen, running, warm, pam):
    """Locks alice's screen by that stack: the locker, and what types there."""
    alice = pwd.getpwnam("alice")
    locker = program("i3lock", "/usr/bin/i3lock")
    tool = screen + as_user(alice, "xdotool")

    def typed(text):
        subprocess.run(tool + ["type", text], check=True, timeout=20)
        subprocess.run(tool + ["key", "Return"], check=True, timeout=20)

    def lock(*lines):
        pam.stack("i3lock", *lines)
        process = running(*screen, *as_user(alice, locker, "-n"), cwd="/")
        subprocess.run(tool + ["search", "--sync", "--onlyvisible", "--name",
                               "i3lock"], check=True, timeout=20,
                       stdout=subprocess.DEVNULL)
        return process, typed
    return lock


def test_i3lock(i3lock, syslog, sim):
    alice = pwd.getpwnam("alice")
    process, typed = i3lock(*GUARD, OURS)
    typed("pw-alice")
    refused(syslog, alice.pw_uid, "alice", "i3lock", "password-as-code")
    assert syslog.login_line(user="alice", service="i3lock")[
        "reason"] == "login-password"
    assert len(sim.messages()) == 1
    assert process.poll() is None, "it unlocked"


def test_i3lock_by_one_field(i3lock, syslog, sim):
    alice = pwd.getpwnam("alice")
    process, typed = i3lock(*stack(OURS))
    typed("pw-alice,sms")
    refused(syslog, alice.pw_uid, "alice", "i3lock", "code-sent")
    assert process.poll() is None, "it unlocked"
    typed("pw-alice," + sim.code("alice"))
    assert process.wait(30) == 0
    assert syslog.login_line(user="alice", outcome="allowed")["method"] == "sms"
