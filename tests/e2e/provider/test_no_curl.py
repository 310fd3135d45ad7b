# SPDX-License-Identifier: BSD-2-Clause
"""libcurl is loaded with the first request: what happens when it is gone."""

import glob
import subprocess

import pytest

import stage

TRANSPORTS = ("spawn", "socket")


@pytest.fixture
def no_curl():
    """An empty file stands in the library's place."""
    empty = stage.STAGE + "/empty.so"
    with open(empty, "wb"):
        pass
    places = glob.glob("/usr/lib/*/libcurl.so.4") + glob.glob(
        "/usr/lib*/libcurl.so.4")
    for place in places:
        subprocess.run(["mount", "--bind", empty, place], check=True)
    yield
    for place in places:
        subprocess.run(["umount", place], check=True)


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("on_outage", ["deny", "allow"])
def test_a_code_by_phone_is_denied_whatever_an_outage_may_do(
        no_curl, on_outage, pam, settings, quick, sim, syslog):
    settings.set(on_outage=on_outage)
    pam.only("sshd")
    login = quick.by_key()
    assert login.ended() != 0, login.text
    line = quick.line("alice", outcome="denied")
    assert line["reason"] == "config", line
    assert syslog.wait_for("install libcurl.so.4")
    assert not sim.requests()


def test_a_rule_that_skips_needs_none(no_curl, pam, settings, quick):
    settings.set(rules=[{"services": ["sshd"], "action": "skip"}])
    pam.only("sshd")
    quick.admitted(quick.by_key(), outcome="skipped")


def test_an_apps_code_needs_none(no_curl, pam, settings, app, quick):
    settings.set(rules=[{"action": "require", "methods": ["totp"]}])
    pam.only("sshd")
    login = quick.by_key()
    login.prompt()
    login.answer(app.code())
    assert login.ended() == 0, login.text
