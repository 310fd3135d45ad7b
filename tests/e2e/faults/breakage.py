# SPDX-License-Identifier: BSD-2-Clause
"""How things break: each function gives what a row of matrix.py does to its
rig. when is "start" or "check" for what breaks at one request, else ""."""

import os
import shutil
import signal
import socket
import subprocess
import time

import conf
import processes
import stage
from rig import quiet
from vendors import Vendor

FAKES = "/run/matrix-fakes"
JAIL = "/run/jail"
LOCALES = "/run/locales"
HOST_NAME = "verify.test"  # in the simulator's certificate, too
# A start that hangs must not cost more than it has to; one that does not has to be
# over by then on a busy machine.
SHORT = 1000


def short(rig):
    rig.settings.provider(timeout_ms=SHORT, connect_timeout_ms=SHORT)


# The provider and the way to it.

def fault(name, **more):
    """A switch of the simulator."""
    def act(rig, when):
        short(rig)
        rig.sim.fault(when, name, **more)
    return act


def vendor(name, fault, **more):
    """The same, where codes come from another type of provider."""
    def act(rig, when):
        asked = Vendor(name, rig.settings, rig.sim)
        rig.requests = asked.requests
        short(rig)
        rig.sim.fault(when, fault, provider=name, **more)
    return act


def throttled(retry_after):
    """With little time left it is not worth the wait."""
    def act(rig, when):
        rig.module["deadline"] = 10
        rig.sim.fault(when, "throttle", retry_after=retry_after)
    return act


def field(name, value):
    """A judged field with another value; None: without it."""
    if value is None:
        return fault("missing", field=name)
    return fault("wrong_type", field=name, value=value)


def redirect(code, location):
    """location: a format of the simulator's own address."""
    def act(rig, when):
        short(rig)
        rig.sim.fault(when, "redirect", code=code,
                      location=location % rig.sim.port)
    return act


def _then(rig, when, act):
    """At a check the connection has to be a new one: the old one closes."""
    if when == "start":
        act()
    else:
        rig.sim.fault("start", "close_after")
        rig.at_prompt.append(act)


def closed_at_once(rig, when):
    _then(rig, when, lambda: rig.sim.fault("any", "close_accept"))


def closed_meanwhile(rig, _):
    """The provider ends the connection, in good order, while the code is
    typed."""
    rig.sim.fault("start", "close_after")


def _stands(pid):
    """Does every thread of it stand still?"""
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/stat" % (pid, task),
                  encoding="utf-8") as text:
            if text.read().rpartition(")")[2].split()[0] != "T":
                return False
    return True


def frozen(rig, when):
    """The provider's machine stands still; the kernel goes on accepting."""
    short(rig)
    pid = rig.sim.pid

    def act():
        rig.counted = False
        os.kill(pid, signal.SIGSTOP)
        while not _stands(pid):  # a thread on the other core runs on
            time.sleep(0.001)
        rig.undo.append(lambda: os.kill(pid, signal.SIGCONT))
    if when == "start":
        act()
    else:
        rig.at_prompt.append(act)


def black_hole(rig, when):
    """A port with a full queue: no answer comes to a SYN."""
    short(rig)

    def act():
        _simulator_gone(rig)
        full = socket.create_server(("127.0.0.1", rig.sim.port), backlog=0)
        waiting = [socket.socket() for _ in range(3)]
        for link in waiting:
            link.setblocking(False)
            link.connect_ex(full.getsockname())
        rig.undo += [link.close for link in waiting] + [full.close]
    _then(rig, when, act)


def _simulator_gone(rig):
    """Its port is free for another server until the test is over."""
    rig.counted = False
    rig.sim.stop()


def certificate(name):
    def act(rig, when):
        def change():
            rig.counted = False
            rig.sim.tls(name)
        _then(rig, when, change)
    return act


def old_tls(rig, when):
    """A server that knows no later one than TLS 1.1."""
    def act():
        _simulator_gone(rig)
        server = subprocess.Popen(
            ["openssl", "s_server", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0",
             "-cert", rig.sim.certs.path("good.pem"),
             "-key", rig.sim.certs.path("good.key"),
             "-accept", "127.0.0.1:%d" % rig.sim.port],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)

        def end():
            server.kill()
            server.communicate()
        rig.undo.append(end)
        assert any(line.startswith("ACCEPT") for line in server.stdout)
    _then(rig, when, act)


def names(hang):
    """The name of the provider, which was known, is not any more: nobody
    listens at the name service's port, or somebody who never answers."""
    def act(rig, when):
        short(rig)
        rig.settings.provider(base_url="https://%s:%d" % (
            HOST_NAME, rig.sim.port))
        kept = _text("/etc/hosts"), _text("/etc/resolv.conf")
        rig.undo.append(lambda: (replace("/etc/hosts", kept[0]),
                                 replace("/etc/resolv.conf", kept[1])))
        replace("/etc/hosts", kept[0] + b"127.0.0.1 " + HOST_NAME.encode() +
                b"\n")
        replace("/etc/resolv.conf", b"nameserver 127.0.0.1\n")

        def forget():
            replace("/etc/hosts", kept[0])
            if hang:
                server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                server.bind(("127.0.0.1", 53))
                rig.undo.append(server.close)
        _then(rig, when, forget)
    return act


def _text(path):
    with open(path, "rb") as text:
        return text.read()


def replace(path, data):
    with open(path, "wb") as out:
        out.write(data)


# The helper.

def fake(name):
    """A helper that acts as its file's name says."""
    def act(rig, _):
        os.makedirs(FAKES, mode=0o755, exist_ok=True)
        path = os.path.join(FAKES, name)
        if not os.path.exists(path):
            shutil.copyfile(stage.STAGE + "/test/fake_helper", path)
            os.chmod(path, 0o755)
        rig.module["helper"] = path
        rig.answers = ["123456"]
        rig.counted = False
    return act


def helper_is(path):
    def act(rig, _):
        rig.module["helper"] = path
    return act


def script(rig, _):
    """A shell script is a program, too; but no helper."""
    os.makedirs(FAKES, mode=0o755, exist_ok=True)
    path = FAKES + "/script"
    with open(path, "w", encoding="ascii") as out:
        out.write("#!/bin/sh\nexit 0\n")
    os.chmod(path, 0o755)
    rig.module["helper"] = path


def helper_gets(sig):
    """A signal to the helper that waits at the prompt."""
    def act(rig, _):
        rig.at_prompt.append(lambda: _signal(sig))
    return act


def _signal(sig):
    found = processes.helper()
    found.kill(sig)
    assert found.gone(5)


# The application.

def host(*options):
    def act(rig, _):
        rig.options += options
    return act


def limit(name, most):
    """Of the application, and so of a helper that it starts."""
    def act(rig, _):
        rig.options += (name, most)
        rig.module["transport"] = "spawn"
    return act


def program(*words):
    """Words in front of the application."""
    def act(rig, _):
        rig.before = list(words) + rig.before
    return act


def environment(**values):
    def act(rig, _):
        rig.environment(**values)
    return act


def typed(*answers):
    """What is typed; "@line" is the newest code."""
    def act(rig, _):
        rig.answers = list(answers)
    return act


def preload(rig, _):
    """libpam itself, which the helper has no use for."""
    rig.environment(LD_PRELOAD="libpam.so.0")
    rig.at_prompt.append(_without_libpam)


def _without_libpam():
    assert "libpam" not in processes.helper().read("maps")


def key_log(rig, _):
    path = "/run/tmp/tls-keys"
    replace(path, b"")
    os.chmod(path, 0o666)
    rig.environment(SSLKEYLOGFILE=path)
    rig.undo.append(lambda: _empty(path))


def _empty(path):
    assert os.stat(path).st_size == 0, "TLS keys were written to " + path


def openssl_conf(rig, _):
    """One that lets every certificate's weakness pass, and then breaks."""
    path = "/run/tmp/openssl.cnf"
    replace(path, b"openssl_conf = nothing\n[nothing]\nengines = none\n")
    rig.environment(OPENSSL_CONF=path)


def curl_home(rig, _):
    replace("/run/tmp/.curlrc", b"insecure\nproxy = 127.0.0.1:1\n")
    rig.environment(CURL_HOME="/run/tmp", HOME="/run/tmp")


def _locale_source(language):
    """Its own in all that a program sees, but for the order of words, which
    takes seconds to build."""
    parts = ["LC_%s\ncopy \"%s\"\nEND LC_%s\n" % (
        part, "POSIX" if part == "COLLATE" else language, part)
             for part in ("IDENTIFICATION", "CTYPE", "COLLATE", "MONETARY",
                          "NUMERIC", "TIME", "MESSAGES", "PAPER", "NAME",
                          "ADDRESS", "TELEPHONE", "MEASUREMENT")]
    return "comment_char %\nescape_char /\n" + "".join(parts)


def locale(name):
    """Made for the test, where it is not installed."""
    def act(rig, _):
        path = os.path.join(LOCALES, name)
        if not os.path.isdir(path):
            os.makedirs(LOCALES, exist_ok=True)
            replace(path + ".src", _locale_source(
                name.split(".")[0]).encode())
            quiet("localedef", "-i", path + ".src", "-f", "UTF-8", path)
        rig.environment(LOCPATH=LOCALES, LC_ALL=name, LANG=name)
        rig.options += ["locale", name]
    return act


def jail(rig, _):
    """All of this machine but /proc."""
    os.makedirs(JAIL, exist_ok=True)
    for path in ("", "/etc", "/run", "/dev", "/var/lib"):
        quiet("mount", "--bind", path or "/", JAIL + path)
    rig.undo.append(lambda: quiet("umount", "--recursive", JAIL))
    if stage.sanitized():
        rig.undo.append(stage.reports)  # ASan misses /proc, and says so
    rig.before = ["chroot", JAIL] + rig.before


# Settings and state.

def conf_has(text):
    """A line more in twofa.conf."""
    def act(rig, _):
        with open(rig.settings.conf, encoding="utf-8") as old:
            rig.settings.raw(old.read() + text + "\n")
    return act


def _over(path):
    """A device in a file's place."""
    quiet("mount", "--bind", "/dev/null", path)
    return lambda: quiet("umount", path)


def device(name):
    """name: an attribute of the settings that is a path."""
    def act(rig, _):
        path = rig.settings.user_file("alice") if name == "user" else \
            getattr(rig.settings, name)
        rig.undo.append(_over(path))
    return act


def large(name):
    """10 MB of comments in front of what was there."""
    def act(rig, _):
        path = rig.settings.user_file("alice") if name == "user" else \
            getattr(rig.settings, name)
        with open(path, encoding="utf-8") as text:
            old = text.read()
        rig.settings.put(path, "# padding\n" * 1000000 + old)
    return act


def state_link(rig, _):
    """The folder of the state is a link to another one."""
    os.rename(conf.STATE, conf.STATE + ".real")
    os.symlink(conf.STATE + ".real", conf.STATE)

    def end():
        os.unlink(conf.STATE)
        os.rename(conf.STATE + ".real", conf.STATE)
    rig.undo.append(end)


def state_open(_, __):
    os.chmod(conf.STATE, 0o755)


def state_removed(rig, _):
    """The database goes while a login waits at its prompt."""
    def act():
        for part in ("", "-wal", "-shm"):
            os.unlink(rig.settings.state + part)
    rig.at_prompt.append(act)
