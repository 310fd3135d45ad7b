# SPDX-License-Identifier: BSD-2-Clause
"""The power of the machine fails, with a file system that nobody has synced, at
moments of twofactl enable and of a login."""

import pytest

from machine import until

USERS = {"alice": "+447700900100", "bob": "+447700900200"}
VENDOR_ENDS = 300  # seconds: Vonage's pin_expiry
ENABLE = ("enable", "sshd", "--user", "bob", "--no-input", "--anyway")
ETC = "find /etc -type f ! -name '*.cache' | sort | xargs -d '\\n' sha256sum"
# What there is once twofactl has come so far.
MOMENTS = {"stack": "grep -q pam_twofa /etc/pam.d/sshd",
           "pending": "test -e /var/lib/twofactl/pending"}


@pytest.fixture
def settled(apart, sim):
    apart.boot()
    apart.settle(sim, USERS)
    apart.run("sync")
    return apart


def state_is_whole(machine):
    said = machine.run(
        "python3", "-c", "import sqlite3; print(sqlite3.connect("
        "'/var/lib/twofa/state.db').execute('pragma integrity_check')"
        ".fetchone()[0])")
    assert said == "ok\n", said


@pytest.mark.parametrize("moment", MOMENTS)
def test_enable(settled, comers, sim, moment):
    """No trial outlives it; a second one can be made and confirmed. Then it
    fails in the middle of a login, whose person gets in again in five minutes."""
    before = settled.shell(ETC)
    enable = settled.start("twofactl", *ENABLE)
    there = settled.start("sh", "-c", "until %s; do :; done" % MOMENTS[moment])
    until(lambda: there.status == 0 or enable.status is not None, "no change")
    assert there.status == 0, enable.out
    settled.cut()
    settled.boot()
    assert settled.shell(ETC) == before
    comers.by_password()
    if moment != "stack":
        return
    sim.reset()  # as when the vendor's verification of the proof is over
    settled.twofactl(*ENABLE)
    comers.by_code()
    assert settled.twofactl("confirm") == "sshd is enabled.\n"
    waiting = comers.at_code("alice")
    settled.cut()
    waiting.hang_up()
    settled.boot()
    state_is_whole(settled)
    comers.by_code("bob")
    # The number of alice's verification went with the power. The vendor takes
    # no second one until it has ended the first, by itself.
    denied = comers.at_password("alice")
    denied.password("")
    denied.hang_up()
    assert "user=alice" in settled.journal("--grep", "reason=inflight")
    sim.advance(VENDOR_ENDS)
    comers.by_code("alice")
    assert not settled.denied()
