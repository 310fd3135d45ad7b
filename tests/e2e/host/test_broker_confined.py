# SPDX-License-Identifier: BSD-2-Clause
"""What a copy of the listening helper reaches once a stranger types, if it is
taken over: nothing of the state, of other users, or of its broker
(docs/listener.md). A build of the helper tries it before its first prompt."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

import conf
import leftovers
import stage
from listener import Listener
from vendors import ALL

TRANSPORTS = ("socket",)
LIST = stage.STAGE + "/probe"
PROBE = stage.STAGE + "/test/probe-helper"
BROKER = ".broker"  # what a provider's broker tries when it is started
USERS = "/etc/twofa/users.d"
NAMES = "/etc/nsswitch.conf"
SHUT = ["read " + conf.STATE + "/state.db", "read " + conf.STATE + "/state.db-wal",
        "read " + conf.STATE + "/host.key", "read " + conf.STATE + "/latency",
        "list " + conf.STATE, "write " + conf.STATE + "/mine",
        "unlink " + conf.STATE + "/host.key", "read " + USERS + "/alice.conf",
        "read " + USERS + "/bob.conf", "list " + USERS,
        "read /proc/self/root" + conf.STATE + "/host.key",
        "read /proc/self/cwd/.." + conf.STATE + "/host.key",
        "write /etc/twofa/mine", "write /run/mine", "write /tmp/mine"]
OWNED = ["chmod " + conf.STATE + "/state.db", "chmod " + conf.STATE,
         "truncate " + conf.STATE + "/state.db-wal", "truncate " + conf.STATE + "/host.key"]
# A name service and a provider's connection read these.
OPEN = ["read /etc/hosts", "read /etc/nsswitch.conf", "read /etc/passwd",
        "read /usr/bin/env", "read /proc/self/status", "read /dev/urandom"]
with open(stage.ROOT + "/tests/support/alone_calls.h", encoding="ascii") as _text:
    CALLS = sorted({"call " + name for name in
                    re.findall(r"\bCALL\((\w+), ", _text.read())})


@pytest.fixture
def probes(_ready, pam):
    """probes(lines): what a login tries from now on; or, of BROKER, a broker
    of a provider that is started then."""
    os.chmod(PROBE, stage.HELPER_MODE)
    found = Listener(PROBE)
    pam.args(transport="socket", socket=found.path)

    def put(lines, of=""):
        if of:
            found.let_go()
        with open(LIST + of, "w", encoding="ascii") as out:
            out.write("".join(line + "\n" for line in lines))
    put.listener, put.pam = found, pam
    yield put
    for of in ("", BROKER):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(LIST + of)
    assert found.stop() == 0


def tried(syslog, lines):
    """How each went; a broker of a provider that began before the state's is
    begun again, and then they are said twice."""
    syslog.wait_for(r"probe %s: " % re.escape(lines[-1]))
    said = [match.groups() for line in syslog.lines()
            if (match := re.search(r"probe (.+): (\w+)$", line))]
    assert said == said[:len(lines)] * (len(said) // len(lines))
    assert [line for line, _ in said[:len(lines)]] == lines
    return dict(said)


def test_nothing_of_others(probes, quick, sim, syslog, admin):
    """And the login itself goes on as ever."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no filter")
    admin.codes(count=2)
    quick.right(quick.login("bob"), "bob")
    syslog.clear()
    kept = probes.listener.brokers()[0]
    refused = ["kill %d" % kept, "kill %d" % probes.listener.pid,
               "ptrace %d" % kept, "read /proc/%d/mem" % kept,
               "read /proc/%d/root%s/host.key" % (kept, conf.STATE),
               "shm 0", "packet 0"] + OWNED
    lines = SHUT + refused + OPEN + CALLS
    probes(lines)
    login = quick.login()
    login.prompt("Verification code sent")
    found = tried(syslog, lines)
    assert set(found.values()) == {"EPERM"}, found
    login.answer(sim.code("alice"))
    assert login.ended() == 0
    assert leftovers.is_broker(kept)
    syslog.wait_for("sandbox: refused ")
    syslog.clear()


def is_refused_all(login, prompt, lines, syslog):
    """At that prompt, which is then left."""
    login.prompt(prompt)
    assert set(tried(syslog, lines).values()) == {"EPERM"}
    login.hang_up()
    syslog.wait_for("sandbox: refused ")
    syslog.clear()


def test_a_made_up_login(probes, quick, syslog):
    """A stranger types there as well."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no Landlock")
    probes(SHUT)
    is_refused_all(quick.login("carol"), "Verification code sent", SHUT, syslog)


def test_who_is_told_of_no_enrolment(probes, settings, quick, syslog):
    """What ends that prompt is typed as well."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no Landlock")
    settings.set(unenrolled_text="Call 1234.")
    probes(SHUT)
    is_refused_all(quick.login("carol"), "Call 1234.", SHUT, syslog)


def test_who_is_told_that_the_state_failed(probes, quick, syslog):
    """So is what ends this one."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no Landlock")
    probes.listener.let_go()
    with open(conf.STATE + "/state.db", "wb") as out:
        out.write(b"no database\n" * 1000)
    lines = [line for line in SHUT if not line.endswith("-wal")]
    probes(lines)
    is_refused_all(quick.login(), "Enter ends", lines, syslog)


def app_alone(settings, **more):
    """alice and bob have the app, and no phone."""
    for name in ("alice", "bob"):
        settings.user(name, **{
            "phone": None, "channels": None,
            "totp_secret_file": settings.secrets + "/alice.totp", **more})


def test_who_asks_no_provider(probes, quick, app, settings, syslog):
    """Such a copy opens nothing at all, makes no socket and connects none."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no filter")
    app_alone(settings)
    kept = probes.listener.brokers()
    refused = ["kill %d" % pid for pid in [*kept, probes.listener.pid]] + [
        "ptrace %d" % probes.listener.pid, "shm 0", "packet 0"]
    lines = SHUT + OWNED + OPEN + refused + CALLS
    probes(lines)
    login = quick.login()
    login.prompt("Verification code of your app")
    found = tried(syslog, lines)
    assert set(found.values()) == {"EPERM"}, found
    login.answer("000000")
    login.prompt("code was wrong")
    login.answer(app.code())
    assert login.ended() == 0
    assert syslog.login_line(user="alice")["outcome"] == "allowed"
    syslog.wait_for("sandbox: refused read, write, open, stat, ")
    syslog.clear()


def test_a_broker_of_a_provider(probes, quick, syslog):
    """It reaches the network, and neither state, people nor the log."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no Landlock")
    quick.right(quick.login("bob"), "bob")  # makes the state
    syslog.clear()
    refused = ["ptrace %d" % probes.listener.pid, "shm 0", "packet 0", "datagram 0",
               "kill %d" % probes.listener.pid, "call epoll_create1",
               "call inotify_init1", "call timer_create"] + OWNED
    lines = SHUT + refused + OPEN
    probes(lines, BROKER)
    login = quick.login()
    login.prompt("Verification code sent")
    found = tried(syslog, lines)
    # the state broker, which begins beside it, may not have made the log yet
    assert {found[line] for line in SHUT} <= {"EACCES", "ENOENT"}, found
    assert {found[line] for line in SHUT if "-wal" not in line} == {"EACCES"}, \
        found
    assert {found[line] for line in refused} <= {"EPERM", "EACCES"}, found
    assert {found[line] for line in OPEN} == {"done"}, found
    login.hang_up()
    syslog.wait_for("sandbox: refused ptrace, kill, truncate, chmod, shmget, socket")
    syslog.clear()


def test_a_provider_that_no_broker_has_read(probes, quick, sim, settings, syslog):
    """The settings get one more after its worker began, while the state broker
    sleeps: the worker is confined as ever, and does not ask it; the next one's
    broker does."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no filter")
    quick.right(quick.login("bob"), "bob")
    first = settings.keys["providers"][0]
    syslog.clear()
    probes(SHUT + OPEN)
    asleep, = probes.listener.brokers()
    os.kill(asleep, signal.SIGSTOP)
    sim.fault("start", "html502", when="before", count=2)
    login = quick.login()
    end = time.monotonic() + 10
    while not probes.listener.copies():
        assert time.monotonic() < end
        time.sleep(0.01)
    settings.set(providers=[first, dict(first, name="second")])
    os.kill(asleep, signal.SIGCONT)
    assert login.ended() != 0, login.text
    assert set(tried(syslog, SHUT + OPEN).values()) == {"EPERM"}
    syslog.wait_for("provider second: not asked: no broker could be started ")
    assert len(sim.requests("start")) == 2
    syslog.wait_for("sandbox: refused ")
    syslog.clear()
    login = quick.login("bob")
    login.prompt("Verification code sent")
    assert len(sim.requests("start")) == 4
    syslog.wait_for("probe .*: EPERM")
    login.hang_up()
    syslog.wait_for("sandbox: refused ")
    syslog.clear()


def test_without_a_broker(probes, quick, sim, syslog):
    """A helper of one login has the state open itself: so the probe finds what
    is open."""
    probes.pam.args(transport="spawn", socket=None, helper=PROBE)
    lines = [line for line in SHUT if line.startswith(("read", "list"))]
    quick.right(quick.login("bob"), "bob")
    syslog.clear()
    probes(lines)
    login = quick.login()
    login.prompt("Verification code sent")
    assert tried(syslog, lines)["read " + conf.STATE + "/host.key"] == "done"
    login.answer(sim.code("alice"))
    assert login.ended() == 0


@pytest.mark.parametrize("hosts,more", (
    ("files dns", "EACCES"), ("files [!UNAVAIL=return] dns", "EACCES"),
    ("files wins dns", "done"), ("files dns" + " " * 600 + "wins", "done")))
def test_what_comes_later(probes, settings, quick, syslog, hosts, more):
    """A folder of records that is put in another's place is shut to the next
    broker of a provider. Files that an unknown name service may need are open to
    it."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no Landlock")
    os.rename(USERS, USERS + ".old")
    with open(NAMES, encoding="ascii") as text:
        names = text.read()
    try:
        with open(NAMES, "w", encoding="ascii") as out:
            out.write(re.sub(r"(?m)^hosts:.*$", "hosts: " + hosts, names))
        os.mkdir(USERS, 0o750)
        os.chown(USERS, 0, 990)
        for name in os.listdir(USERS + ".old"):
            os.rename(USERS + ".old/" + name, USERS + "/" + name)
        with open("/etc/new-roots", "w", encoding="ascii") as out:
            out.write("x")
        syslog.clear()
        lines = ["read " + USERS + "/bob.conf", "read /etc/new-roots"]
        probes(lines, BROKER)
        login = quick.login()
        login.prompt("Verification code sent")
        found = tried(syslog, lines)
        assert list(found.values()) == ["EACCES", more], found
        login.hang_up()
    finally:
        with open(NAMES, "w", encoding="ascii") as out:
            out.write(names)
        os.rmdir(USERS + ".old")
        os.unlink("/etc/new-roots")


@pytest.fixture
def roots(sim):
    """A folder of its own for roots of certificates, where nothing else is."""
    folder = "/srv/roots"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/srv"],
                   check=True)
    os.mkdir(folder, 0o755)
    shutil.copy(sim.certs.ca, folder + "/ca.pem")
    yield folder
    subprocess.run(["umount", "/srv"], check=True)


def test_roots_anywhere(probes, roots, settings, quick, sim):
    """A file, one that is put in its place between two logins, and a folder of
    links that lead elsewhere."""
    assert probes is not None
    settings.provider(ca_file=roots + "/ca.pem")
    quick.right(quick.login())
    shutil.copy(sim.certs.ca, roots + "/new.pem")
    os.rename(roots + "/new.pem", roots + "/ca.pem")
    quick.right(quick.login("bob"), "bob")
    os.mkdir("/srv/links", 0o755)
    os.symlink("../roots/ca.pem", "/srv/links/ca.pem")
    subprocess.run(["openssl", "rehash", "/srv/links"], check=True)
    settings.provider(ca_file=None, ca_path="/srv/links")
    quick.right(quick.login())


def test_a_link_of_the_name_service(probes, roots, quick, syslog):
    """As some systems have it."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no Landlock")
    shutil.copy("/etc/hosts", roots + "/hosts")
    os.rename("/etc/hosts", "/etc/hosts.old")
    os.symlink(roots + "/hosts", "/etc/hosts")
    try:
        lines = ["read /etc/hosts", "read " + roots + "/ca.pem"]
        probes(lines, BROKER)
        login = quick.login()
        login.prompt("Verification code sent")
        assert list(tried(syslog, lines).values()) == ["done", "EACCES"]
        login.hang_up()
    finally:
        os.rename("/etc/hosts.old", "/etc/hosts")


def test_records_among_the_settings(probes, settings, quick, syslog):
    """users_dir is above the rest; what a login needs is open still."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no Landlock")
    settings.set(users_dir="/etc/twofa")
    for name in os.listdir(USERS):
        shutil.copy2(USERS + "/" + name, "/etc/twofa")
        os.chown("/etc/twofa/" + name, 0, 990)
    lines = ["read /etc/twofa/bob.conf", "read /etc/hosts"]
    probes(lines, BROKER)
    login = quick.login()
    login.prompt("Verification code sent")
    assert list(tried(syslog, lines).values()) == ["EACCES", "done"]
    login.hang_up()


def test_secrets_of_others_elsewhere(probes, settings, quick, sim, syslog):
    """Another provider's secret, where a broker reads all else."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no Landlock")
    other = ALL["twilio-verify"].settings(settings)
    key, = [key for key in other if key.endswith("_file")]
    os.makedirs("/run/keys", exist_ok=True)
    shutil.copy2(other[key], "/run/keys/two")
    os.chown("/run/keys/two", 0, 990)
    settings.set(providers=[settings.keys["providers"][0], dict(
        other, name="two", type="twilio-verify", base_url=sim.url,
        ca_file=sim.certs.ca, **{key: "/run/keys/two"})])
    probes(["read /run/keys/two", "read /etc/hosts"], BROKER)
    login = quick.login()
    login.prompt("Verification code sent")
    for of in ("1", "2"):
        syslog.wait_for("provider " + of + ": probe read /run/keys/two: EACCES")
        syslog.wait_for("provider " + of + ": probe read /etc/hosts: done")
    login.hang_up()


def secret_into(settings, folder):
    """The one provider's secret is in that folder, which others may not list."""
    one = dict(settings.keys["providers"][0])
    key = next(key for key in one if key.endswith(("secret_file", "token_file", "key_file")))
    os.makedirs(folder, exist_ok=True)
    shutil.copy2(one[key], folder + "/one")
    os.chown(folder + "/one", 0, 990)
    settings.set(providers=[dict(one, **{key: folder + "/one"})])


def test_a_secret_in_a_folder_that_others_may_not_list(probes, settings, quick, syslog):
    """As those of a manager of secrets: mode 0711, and the rest stays shut."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no Landlock")
    secret_into(settings, "/run/keys")
    os.chmod("/run/keys", 0o711)
    quick.right(quick.login("bob"), "bob")
    syslog.clear()
    lines = ["read /run/keys/one", "read " + conf.STATE + "/host.key"] + OPEN
    probes(lines, BROKER)
    login = quick.login()
    login.prompt("Verification code sent")
    found = tried(syslog, lines)
    assert [found[line] for line in lines[:2]] == ["EACCES"] * 2, found
    assert {found[line] for line in OPEN} == {"done"}, found
    login.hang_up()


@pytest.mark.parametrize("folder", ["/run/roots", "/etc/twofa/roots"])
def test_a_secret_among_the_roots(probes, settings, quick, sim, syslog, folder):
    """The provider is reached with ca_path, whose folder has a key as well."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no Landlock")
    secret_into(settings, folder)
    shutil.copy(sim.certs.ca, folder + "/ca.pem")
    os.chmod(folder + "/ca.pem", 0o644)
    subprocess.run(["openssl", "rehash", folder], check=True)
    one = dict(settings.keys["providers"][0], ca_path=folder)
    one.pop("ca_file", None)
    settings.set(providers=[one])
    lines = ["read %s/one" % folder, "read %s/ca.pem" % folder]
    probes(lines, BROKER)
    login = quick.login()
    login.prompt("Verification code sent")
    assert list(tried(syslog, lines).values()) == ["EACCES", "done"]
    login.hang_up()


def test_a_key_among_the_systems_roots(probes, settings, quick, syslog):
    """In /etc/ssl, of which the rest stays open."""
    if stage.sanitized():
        pytest.skip("a sanitizer's build has no Landlock")
    secret_into(settings, "/etc/ssl/twofa")
    lines = ["read /etc/ssl/twofa/one", "read /etc/ssl/openssl.cnf"]
    probes(lines, BROKER)
    login = quick.login()
    login.prompt("Verification code sent")
    assert list(tried(syslog, lines).values()) == ["EACCES", "done"]
    login.hang_up()


def test_the_unit_lets_keys_be_locked():
    """The last line that speaks of a call counts."""
    unit = stage.ROOT + "/packaging/systemd/twofa-helper.service"
    allowed = None
    with open(unit, encoding="ascii") as lines:
        for line in lines:
            key, _, value = line.strip().partition("=")
            if key == "SystemCallFilter" and {"mlock", "@memlock"} & set(
                    value.lstrip("~").split()):
                allowed = not value.startswith("~")
    assert allowed
