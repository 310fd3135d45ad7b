# SPDX-License-Identifier: BSD-2-Clause
"""twofactl self by a real sudo: people enrol themselves, and nobody else."""

import datetime
import os
import shutil
import subprocess

import pytest

import stage
from ctl import record
from phones import NUMBERS
from steps import wrong

TRANSPORTS = ("spawn",)

SELF = "/usr/local/sbin/twofactl"
HELPER = "/usr/local/libexec/twofa-helper"
SUDOERS = "/etc/sudoers.d/zz-twofa-self"
PAM = "/etc/pam.d/twofa-self"
CAROL = NUMBERS["carol"]
LIMITS = {"resend_wait": [1, 2], "allowed_prefixes": ["+44"]}


def day(left):
    return (datetime.datetime.now(datetime.timezone.utc)
            + datetime.timedelta(days=left)).strftime("%Y-%m-%d")


def ctl(*words, **more):
    return subprocess.run([SELF, *words], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False,
                          **more)


@pytest.fixture(autouse=True)
def _on(_ready, settings):
    for source, path, mode in ((stage.STAGE + "/twofactl", SELF, 0o755),
                               (stage.HELPER, HELPER, 0o711)):
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        shutil.copyfile(source, path)
        os.chmod(path, mode)
    settings.set(limits=LIMITS)
    done = ctl("self", "--on")
    assert done.returncode == 0, done.stderr
    yield
    assert ctl("self", "--off").returncode == 0
    assert not os.path.exists(SUDOERS) and not os.path.exists(PAM)
    os.unlink(SELF)
    os.unlink(HELPER)


class Self:
    """`sudo twofactl self` of somebody, behind the password."""

    def __init__(self, terminals, user, *words, options=()):
        self.t = terminals.run("/usr/bin/sudo", *options, SELF, "self",
                               *words, user=user)
        self.t.password("pw-" + user)

    def __getattr__(self, name):
        return getattr(self.t, name)


@pytest.fixture
def dated(settings):
    settings.set(self_enrol_until=day(3))


def test_monday(terminals, settings, sim, syslog, sshd, dated):
    """By the password alone up to the day: number, country, code."""
    me = Self(terminals, "carol")
    me.prompt("Phone number")
    me.answer("07700 900 300")
    me.prompt("Calling code")
    me.answer("44")
    me.prompt("Verification code sent")
    me.answer(sim.code("carol"))
    assert me.ended() == 0, me.text
    assert record(settings, "carol") == 'phone = "%s";\n' % CAROL
    syslog.wait_for("event=enrolled user=carol self by uid=0 ruser=carol")
    login = sshd.login("carol")
    login.password()
    login.code(sim, "carol")
    assert login.ended() == 0
    assert subprocess.run(["visudo", "-cq"], check=False).returncode == 0
    assert len(sim.messages()) == 2


def test_the_password_counts_for_nothing_else(terminals, sim):
    """alice, whom sudo asks for a code, comes here without; no time stamp of
    it lets her run another command."""
    me = Self(terminals, "alice")
    me.prompt("Phone number")
    me.sendeof()
    assert me.ended() == 1, me.text
    assert not sim.requests()
    for words in (("-n", "-v"), ("-n", "id"), ("-n", SELF, "self")):
        again = terminals.run("/usr/bin/sudo", *words, user="alice")
        assert again.ended() != 0 and "uid=0" not in again.text
