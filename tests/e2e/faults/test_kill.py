# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 at any point of a login: the next one works, and no code that is
good once works twice."""

import os
import random
import time

import pytest

import leftovers
import listener
from crowd import SUCCESS
from points import points

TRANSPORTS = ("spawn", "socket")

KILLS = points(60, 200)
STEP = 30
PARTS = ("host", "copy", "broker") if listener.EVERYWHERE else (
    "host", "intermediate", "helper")


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid),
                  encoding="ascii") as text:
            return [int(word) for word in text.read().split()]
    except OSError:
        return []


def copies():
    """The pids of the copies of helpers that listen, the broker's behind
    them; there is one login."""
    found = [pid for pid, _, state, parent in leftovers.processes()
             if parent in leftovers.LISTENERS and state != "Z"]
    return sorted(found, key=leftovers.is_broker)


def chain(login):
    """The pids of host, intermediate and helper, as far as there are any;
    where a helper listens, of host, copy and broker."""
    pids = [login.pid]
    if listener.EVERYWHERE:
        return pids + copies()[:2]
    while len(pids) < len(PARTS):
        below = children(pids[-1])
        if not below:
            break
        pids.append(below[0])
    return pids


class Killer:
    """Kills one part of a login after a random part of its usual time."""

    def __init__(self):
        self.seed = random.randrange(1 << 32)
        self._random = random.Random(self.seed)
        self.hits = {part: 0 for part in PARTS}

    def kills(self):
        return sum(self.hits.values())

    def choose(self, things):
        return self._random.choice(things)

    def strike(self, login, usual):
        """Kill a part of it, the nearest to the one that was chosen."""
        # the helper twice as often as another
        part = self._random.choice((*range(len(PARTS)), len(PARTS) - 1))
        # no event to wait for: any moment is as good as any other
        time.sleep(self._random.uniform(0, usual))
        pids = chain(login)
        part = min(part, len(pids) - 1)
        if login.running():
            try:
                os.kill(pids[part], 9)
                self.hits[PARTS[part]] += 1
                # nobody is handed to a broker that is about to end
                assert leftovers.wait_gone(pids[part], 10)
            except ProcessLookupError:
                pass


class Round:
    """Logins of one user with codes of one kind; subclasses say which."""

    def __init__(self, crowd, killer):
        self.crowd = crowd
        self.killer = killer
        self.usual = 0.0

    def login(self, *answers):
        """An unharmed login that types these. Let in by which of them, from 1
        on; 0: not at all."""
        login = self.crowd.login(self.user)
        for answer in answers:
            login.answer(answer)
        login.close_input()
        result = login.result()
        return len(login.prompts) if result == SUCCESS else 0

    def measure(self):
        """How long a login takes, from its start to its end."""
        times = []
        for _ in range(3):
            begin = time.monotonic()
            assert self.login(self.fresh()) == 1
            times.append(time.monotonic() - begin)
        self.usual = sorted(times)[1]

    def run(self):
        """One login that is killed, and what must hold afterwards."""
        code, other = self.fresh(), self.fresh()
        login = self.crowd.login(self.user)
        login.answer(code)
        self.killer.strike(login, self.usual)
        login.close_input()
        first = login.result() == SUCCESS
        by = self.login(code, other)
        assert by in (1, 2), "seed %d: the next login" % self.killer.seed
        if first:
            assert by == 2, "seed %d: %s twice" % (self.killer.seed, code)
        if by == 1:
            other = self.fresh()
            assert self.login(code, other) == 2, "seed %d: %s twice" % (
                self.killer.seed, code)


class RecoveryRound(Round):
    user = "bob"

    def __init__(self, crowd, killer, admin):
        super().__init__(crowd, killer)
        self._admin = admin
        self._codes = []

    def fresh(self):
        if not self._codes:
            self._codes = self._admin.codes(self.user, 20)
        return self._codes.pop()

    def run(self):
        if len(self._codes) < 4:  # new ones would replace those in use
            self._codes = self._admin.codes(self.user, 20)
        super().run()


class AppRound(Round):
    user = "bob"

    def __init__(self, crowd, killer, app, clock):
        super().__init__(crowd, killer)
        self._app = app
        self._clock = clock
        self._ahead = 2
        clock.set_wall(60 + 5 - int(clock.today()) % STEP)

    def fresh(self):
        """The three that are good at one time, the earliest first."""
        if self._ahead > 1:
            self._clock.advance_wall(4 * STEP)
            self._ahead = -1
        self._ahead += 1
        return self._app.code(self._ahead - 1)

    def run(self):
        self._ahead = 2
        super().run()


class PhoneRound(Round):
    """The code is known when it was sent, so there are two parts to kill: the
    start, and the check."""

    user = "alice"

    def __init__(self, crowd, killer, sim, clock, spare):
        super().__init__(crowd, killer)
        self._sim = sim
        self._clock = clock
        self._spare = spare  # recovery codes

    @staticmethod
    def _at_prompt(login):
        """A helper whose host was killed may have sent the code meanwhile."""
        prompt = login.prompt()
        assert prompt and "code " in prompt and "sent to" in prompt, prompt

    def _newest(self):
        messages = self._sim.messages(self.user)
        return messages[-1]["code"] if messages else None

    def fresh(self):
        raise NotImplementedError

    def measure(self):
        begin = time.monotonic()
        login = self.crowd.login(self.user)
        assert "Verification code sent" in login.prompt()
        self.usual = time.monotonic() - begin
        begin = time.monotonic()
        login.answer(self._newest())
        assert login.result() == SUCCESS
        self._check = time.monotonic() - begin

    def _strike(self):
        """The code that was typed, None when none was; was it let in?"""
        login = self.crowd.login(self.user)
        if self.killer.choose(("start", "check")) == "start":
            self.killer.strike(login, self.usual)
            login.close_input()
            return None, login.result() == SUCCESS
        self._at_prompt(login)
        code = self._newest()
        login.answer(code)
        self.killer.strike(login, self._check)
        login.close_input()
        return code, login.result() == SUCCESS

    def run(self):
        """A start that was cut off is of unknown fate for a while, and a code
        that the provider took is of no use any more: a recovery code is taken
        at once, and the phone rings again when the vendor has let go of it."""
        code, first = self._strike()
        assert not (first and code is None)
        assert self.login(self._spare.fresh()) == 1, (
            "seed %d: the next login" % self.killer.seed)
        uses = int(first) + self._again(code)
        assert uses <= 1, "seed %d: %s twice" % (self.killer.seed, code)
        self._clock.advance(301)
        login = self.crowd.login(self.user)
        self._at_prompt(login)
        login.answer(self._newest())
        assert login.result() == SUCCESS, "seed %d" % self.killer.seed

    def _again(self, code):
        """How often the code of the killed login lets in now."""
        if code is None:
            return 0
        return sum(self.login(code) == 1 for _ in range(2))


class Spare(RecoveryRound):
    """alice's recovery codes."""

    user = "alice"


@pytest.fixture
def people(crowd, settings, app, sim, clock, admin):
    """alice has a phone, bob an app; nobody is locked, nobody must wait."""
    sim.setting(v1_rate=0)
    settings.set(limits={"lock_after": 100, "lock_after_total": 100,
                         "sends_per_user_hour": 1000,
                         "sends_per_user_day": 1000,
                         "sends_per_number_day": 1000,
                         "answered_per_number_day": 1000,
                         "sends_per_source_hour": 1000,
                         "sends_per_host_hour": 1000})
    # who is killed does not wait, and who is not must not run out of time
    settings.provider(timeout_ms=10000)
    settings.user("alice")
    settings.user("bob", phone=None, channels=None,
                  totp_secret_file=settings.secrets + "/alice.totp")
    killer = Killer()
    return killer, [RecoveryRound(crowd, killer, admin),
                    AppRound(crowd, killer, app, clock),
                    PhoneRound(crowd, killer, sim, clock,
                               Spare(crowd, killer, admin))]


def test_killed_at_many_points(people):
    killer, kinds = people
    for kind in kinds:
        kind.measure()
    rounds = 0
    # some were over before they could be killed
    while killer.kills() < KILLS and rounds < 4 * KILLS:
        kinds[rounds % len(kinds)].run()
        rounds += 1
    assert killer.kills() == KILLS and all(killer.hits.values()), killer.hits
