# SPDX-License-Identifier: BSD-2-Clause
"""An attacker who has the password: hundreds of tries from many networks (a
thousand from fifty in make check-more). The phone stays quiet, the code stays
unguessed, and the owner still gets in."""

import threading

from crowd import SUCCESS
from points import points
from steps import ONCE, results

TRANSPORTS = ("spawn", "socket")

SOURCES = points(15, 50)
TRIES = 20 * SOURCES
HOUR = 3600


def wave(crowd, sources=SOURCES):
    """A login from each network at once: a resend, three codes. How many were
    let in."""
    hosts = [crowd.login(address="10.0.%d.1" % net,
                         answers=("r", "000000", "000001", "000002"))
             for net in range(sources)]
    return sum(host.end().count(SUCCESS) for host in hosts)


class Attack:
    """Wave after wave, a minute apart, until told otherwise."""

    def __init__(self, crowd, clock):
        self._crowd = crowd
        self._clock = clock
        self.tries = 0
        self.let_in = 0
        self._halfway = threading.Event()
        self._go_on = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _wave(self):
        self.let_in += wave(self._crowd)
        self.tries += SOURCES

    def _run(self):
        while self.tries < TRIES:
            self._wave()
            if self.tries == TRIES // 2:
                self._halfway.set()
            # what was spent is kept for a minute; then there is a new code
            self._clock.advance(61)

    def __enter__(self):
        self._thread.start()
        assert self._halfway.wait(120)
        return self

    def __exit__(self, *failed):
        self._thread.join()


def test_tries_from_many_networks(crowd, sshd, sim, clock, settings, admin,
                                  syslog):
    settings.set(limits=None)
    codes = admin.codes()
    with Attack(crowd, clock) as attack:
        # in the middle of it the owner comes, at whatever prompt there is
        owner = sshd.login("alice", options=ONCE)
        owner.password()
        owner.prompt("(Verification code (already )?sent|Recovery code)")
        owner.answer(codes[0])
        assert owner.ended() == 0 and "alice" in owner.text
    assert attack.tries == TRIES and attack.let_in == 0
    # 5 messages an hour, each good for 3 codes: the attack lasted 20 minutes.
    # One that our count ended before the vendor's did is held for its 5
    # minutes, so that the fifth may come too late for this.
    assert len(sim.requests("start")) == len(sim.messages())
    assert 4 <= len(sim.messages()) <= 5
    assert len(sim.requests("check")) <= 3 * len(sim.messages())
    assert results(sim, "check").count("0") == 0
    # the hour is over: a phone code, by ssh, from where the owner always is
    clock.advance(HOUR)
    sent = len(sim.messages())
    owner = sshd.login("alice", options=ONCE)
    owner.password()
    owner.prompt("Verification code sent")
    owner.answer(sim.code("alice", nth=sent + 1))
    assert owner.ended() == 0
    assert syslog.login_line(method="recovery")["outcome"] == "allowed"
    assert admin.left() == 9


def test_a_day_of_it(crowd, sim, clock, settings, admin):
    """Two waves an hour, from morning to morning: the limits of the day."""
    settings.set(limits=None)
    settings.provider(timeout_ms=500)  # a lock's windows wait for checks
    code = admin.codes()[0]
    for _ in range(48):
        assert wave(crowd, 8) == 0
        clock.advance(HOUR // 2)
    assert len(sim.messages()) <= 15
    checks = results(sim, "check")
    assert len(checks) <= 45 and "0" not in checks
    sent = sorted(message["at"] for message in sim.messages())
    for nth in range(len(sent) - 5):
        assert sent[nth + 5] - sent[nth] >= HOUR - 1
    owner = crowd.login(address="127.0.0.1")
    assert owner.prompt() is not None
    owner.answer(code)
    owner.close_input()
    assert owner.result() == SUCCESS
