# SPDX-License-Identifier: BSD-2-Clause
"""Logins that an identity provider approves, beside codes by phone: the start and
the poll that brings the token, over the brokers' kept connections."""

import statistics

import idp as idps
import measure
import peers
import stage

INTERVAL = 5  # seconds, the default of RFC 8628
POLLS = 4     # while a login is looked at and nobody approves


class Pages:
    """The service, and settings with an identity provider meanwhile."""

    def __init__(self, bench):
        self._bench = bench
        self._before = dict(bench.settings.keys)
        self.idp = idps.Idp(bench.simulator.certs)
        self.idp.at_once = "sub-of-all"
        self.service = peers.Service(
            "page.w", "auth required %s transport=socket socket=%s" % (
                stage.MODULE, bench.warm.path), helper=True, warm=bench.warm)
        bench.stack(self.service)

    def __enter__(self):
        s = self._bench.settings
        s.set(providers=s.keys["providers"] + [self.idp.provider(
            s, self._bench.simulator)], rules=s.keys["rules"] + [
                {"services": ["page"], "action": "require",
                 "methods": ["page"]}])
        for name in peers.NAMES:
            s.user(name, phone=peers.number(name), channels=["sms", "page"],
                   accounts=[self.idp.account("all")])
        self._bench.no_state()
        return self

    def __exit__(self, *_):
        s = self._bench.settings
        s.set(providers=self._before["providers"],
              rules=self._before["rules"])
        self._bench.records()
        self._bench.no_state()
        self.idp.stop()


def cpu(bench, pages, rounds):
    """Milliseconds of one login, by service: medians, interleaved."""
    services = {"phone.w": bench["phone.w"], "page.w": pages.service}
    spent = {name: [] for name in services}
    for service in services.values():
        measure.Login(service).finish()
    for _ in range(rounds):
        for name, service in services.items():
            spent[name].append(measure.Login(service).finish().cpu)
    return {name: statistics.median(all) for name, all in spent.items()}


def _switches(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as text:
        return int(next(line for line in text
                        if line.startswith("voluntary")).split()[1])


def wakes(bench, pages):
    """(polls, the worker's wakes, those of the brokers) while a login waits."""
    idp = pages.idp
    idp.interval, idp.at_once, idp.polls = INTERVAL, False, []
    login = measure.Login(pages.service)
    idp.wait_polls(1)
    pids = [*bench.warm.copies(), *bench.warm.brokers("-broker")]
    before = [_switches(pid) for pid in pids]
    idp.wait_polls(1 + POLLS)
    grown = [_switches(pid) - was for pid, was in zip(pids, before)]
    idp.approve(next(iter(idp.open.values()))["user"], "sub-of-all")
    assert login.end() is not None
    return grown[0] / POLLS, sum(grown[1:]) / POLLS
