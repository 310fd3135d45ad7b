#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a login costs, beside pam_permit (the floor), pam_google_authenticator
and pam_duo: make bench. Everything is interleaved in one run, so that ratios
hold on a busy machine, too; docs/performance.md says what they mean."""

import argparse
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "e2e/rig"))

import fleet  # noqa: E402
import link  # noqa: E402
import many_accounts  # noqa: E402
import measure  # noqa: E402
import pages as identity  # noqa: E402
import peers  # noqa: E402
import plot  # noqa: E402
import stage  # noqa: E402
import warm  # noqa: E402

SPAWNED = ("phone", "roots", "app", "skip", "unenrolled")
WARM = ("phone.w", "app.w", "skip.w")  # a copy of a helper that listens
OURS = SPAWNED + WARM
ALL = ("permit", "google", "duo") + OURS
COUNTED = 12  # logins over which a broker's and the parent's work are divided
RENEWAL_LOGINS = 100  # of the parent: LISTENER_RENEWAL_ of listener_inside.h
RENEWAL_MINUTES = 60
RARE_MINUTES = 10  # between two logins of a host that has few
BLOCK = 5  # logins between two changes of the usual settings
RTT = 0.5  # long, so that what a busy machine adds is no round trip


WORDS = {"permit": "pam_permit", "google": "pam_google_authenticator",
         "duo": "pam_duo", "phone": "code by phone", "roots": "system's roots",
         "app": "code of an app", "skip": "a rule skips",
         "unenrolled": "not enrolled",
         "phone.w": "code by phone, warm", "app.w": "code of an app, warm",
         "skip.w": "a rule skips, warm",
         "phone.d": "code by phone, on a disk"}
FIGURES = {}  # of --plots: a name to the arguments of plot.bars()


def figure(name, title, values, one=None):
    """Bars for --plots. values: a service's name to its number."""
    FIGURES[name] = title, [(WORDS[n], float(value), n in OURS)
                            for n, value in values.items()], one


def save(folder, rounds, load):
    """The figures' numbers, and the figures."""
    note = "make bench, ROUNDS=%d, %s. %d processors, %s, load %.1f before it.\n" \
        "tests/bench/plot.py draws the figures beside this file from it." % (
            rounds, time.strftime("%Y-%m-%d"), os.cpu_count(),
            platform.freedesktop_os_release()["PRETTY_NAME"], load)
    with open(os.path.join(folder, plot.NUMBERS), "w",
              encoding="utf-8") as out:
        out.write(plot.written(note, FIGURES))
    plot.draw_into(folder)


AIMS = []


def aim(name, what, value, bound, least=False):
    """At most this is wanted, or at least."""
    met = value >= bound if least else value <= bound
    AIMS.append(("%s %s" % (WORDS.get(name, name), what), value,
                 "least" if least else "most", bound,
                 "met" if met else "missed"))


def aims():
    """Which bars are met in this run."""
    if AIMS:
        print("\nAims")
    for row in AIMS:
        print("%-52s%9.3f  at %s %-8g%s" % row)


def table(title, columns, rows):
    """Print rows of (name, value...); None is shown as a dash."""
    print("\n" + title)
    print("%-12s" % "" + "".join("%13s" % c for c in columns))
    for name, *values in rows:
        print("%-12s" % name + "".join(
            "%13s" % ("-" if v is None else v if isinstance(v, str)
                      else "%.2f" % v if isinstance(v, float) else v)
            for v in values), flush=True)


def median(values):
    return float(statistics.median(values))


def logins(bench, rounds):
    """Wall and CPU time of one login in a fresh process."""
    costs = {name: [] for name in ALL}
    for name in ALL:
        measure.Login(bench[name]).finish()
    for _ in range(rounds):
        for name in random.sample(ALL, len(ALL)):
            costs[name].append(measure.Login(bench[name]).finish())
    wall = {n: median(c.wall for c in costs[n]) for n in ALL}
    cpu = {n: median(c.cpu for c in costs[n]) for n in ALL}
    table("One login (medians of %d, interleaved)" % rounds,
          ("wall ms", "/ duo", "least", "CPU ms", "/ duo", "least", "faults"),
          [(n, wall[n], wall[n] / wall["duo"],
            min(c.wall for c in costs[n]), cpu[n], cpu[n] / cpu["duo"],
            min(c.cpu for c in costs[n]),
            int(median(c.faults for c in costs[n]))) for n in ALL])
    figure("cpu", "CPU time of one login, milliseconds", cpu, cpu["duo"])
    figure("skip", "A login that a rule skips, milliseconds (median)",
           {n: wall[n] for n in ("permit", "skip", "skip.w")})
    aim("phone.w", "CPU, of Duo's", cpu["phone.w"] / cpu["duo"], 0.5)
    aim("phone.w", "wall, of Duo's", wall["phone.w"] / wall["duo"], 0.05)
    aim("skip.w", "wall ms", wall["skip.w"], 1)


def instructions(bench, _rounds):
    """Exact to about 0.1 %: no repetition needed."""
    found = {}
    for name in ALL:
        found[name] = measure.instructions(
            bench[name], bench[name + ".n"] if name in SPAWNED else None)
    lives = _lives(bench)
    for name in WARM:
        found[name] = found[name][0], lives[name].copies
    floor = found["permit"][0]
    rows = {n: ((h - floor) / 1e6, c / 1e6,
                *(_millions(lives[n]) if n in lives else (None, None)))
            for n, (h, c) in found.items()}
    cost = {n: sum(v for v in row if v) for n, row in rows.items()}
    duo = cost["duo"]
    table("Instructions in millions, over pam_permit's %.2f" % (floor / 1e6),
          ("host", "helper", "broker", "parent", "all", "/ duo"),
          [(n, *row, cost[n], cost[n] / duo) for n, row in rows.items()])
    figure("instructions", "Instructions of one login, millions over libpam's",
           {n: cost[n] for n in found if n != "permit"}, duo)
    for name, most in (("phone.w", 0.15), ("app.w", 0.055), ("skip.w", 0.05)):
        aim(name, "instructions, of Duo's", cost[name] / duo, most)
    aim("phone.w", "M instructions of the host", rows["phone.w"][0], 0.1)
    _rare_instructions(bench, rows, duo)


def cold(bench, rounds):
    """A code by phone where the brokers wait and no connection does, as after
    30 quiet seconds: the provider ends it behind each login."""
    spent = {name: [] for name in ("duo", "phone.w")}
    first = [bench["phone.c"]]
    bench.simulator.setting(v1_check_ends=1)
    for _ in range(rounds):
        for name, costs in spent.items():
            costs.append(measure.Login(bench[name]).finish())
    once, more = measure.life(first), measure.life(first * (1 + COUNTED))
    bench.simulator.setting(v1_check_ends=0)
    cpu = {n: median(c.cpu for c in costs) for n, costs in spent.items()}
    wall = median(c.wall for c in spent["phone.w"])
    millions = (sum(more[:3]) - sum(once[:3])) / COUNTED / 1e6
    duo = (measure.instructions(bench["duo"])[0] -
           measure.instructions(bench["permit"])[0]) / 1e6
    table("A code by phone, warm, no connection kept (medians of %d)" % rounds,
          ("wall ms", "CPU ms", "/ duo", "M, no host", "/ duo"),
          [("phone.w", wall, cpu["phone.w"], cpu["phone.w"] / cpu["duo"],
            millions, millions / duo)])
    aim("phone.w", "cold instructions, of Duo's", millions / duo, 0.45)
    aim("phone.w", "cold CPU, of Duo's", cpu["phone.w"] / cpu["duo"], 0.85)


def _millions(life):
    """What broker and parent have to do for a login."""
    return life.broker / 1e6, life.parent / 1e6


def _lives(bench):
    """What a login costs each process of a helper that listens, without what
    the first ones cost its broker: a warm.Life by name."""
    first = [bench[name.replace(".w", ".c")] for name in WARM]
    once = measure.life(first)
    found = {}
    for name, service in zip(WARM, first):
        more = measure.life(first + [service] * COUNTED)
        found[name] = warm.Life(*((b - a) / COUNTED
                                  for a, b in zip(once, more)))
    return found


def settings(bench, _rounds):
    """By the length of twofa.conf, without the host."""
    keys = bench.settings.keys
    usual = {name: keys[name] for name in ("rules", "providers")}
    rules = [{"users": ["nobody%d" % n], "services": ["none"],
              "action": "skip"} for n in range(1000)]
    more = [dict(keys["providers"][0], name="other%d" % n) for n in range(7)]
    rows = []
    measure.Login(bench["phone.w"]).finish()  # its broker extends the log
    for name, change in (
            ("usual", {}), ("100 rules", {"rules": rules[:100]}),
            ("1000 rules", {"rules": rules}),
            ("8 providers", {"providers": more})):
        bench.settings.set(**{key: usual[key] + value
                              for key, value in change.items()})
        first = [bench["phone.c"]]
        once, lives = measure.life(first), measure.life(first * (1 + COUNTED))
        row = [(b - a) / COUNTED / 1e6 for a, b in zip(once[:3], lives[:3])]
        rows.append((name, row[2], row[1], row[0], sum(row),
                     sum(row) / (rows[0][4] if rows else sum(row))))
        bench.settings.set(**usual)
    table("A code by phone, warm, by its settings: instructions in millions",
          ("worker", "broker", "parent", "all", "/ usual"), rows)
    for row in rows[1:]:
        aim(row[0], "instructions, of the usual settings'", row[5], 1.1)


def _rare_instructions(bench, usual, duo):
    """Where each login has a parent and brokers of its own, because the next
    comes when these have ended."""
    rows = []
    for name in ("phone.w", "app.w"):
        life = measure.life([bench[name.replace(".w", ".c")]])
        row = usual[name][0], life.copies / 1e6, *_millions(life)
        rows.append((name, *row, sum(row), sum(row) / duo))
    table("The same, one login in more than %d minutes, with start and end of "
          "the brokers and a renewal of the parent" % RENEWAL_MINUTES,
          ("host", "helper", "broker", "parent", "all", "/ duo"), rows)
    renewal = rows[0][4]
    for name in WARM:
        share = renewal / RENEWAL_LOGINS
        whole = sum(v for v in usual[name] if v) + share
        print("%s, one renewal in %d logins: %.2f of %.2f M, %.3f of Duo's"
              % (name, RENEWAL_LOGINS, share, whole, whole / duo))


def rarely(bench, rounds):
    """The same in CPU time. Where logins come rarely, no connection to the
    provider is kept, and a renewal is shared by those of an hour; the brokers
    outlive it. Still more rarely, each login starts brokers: here it comes after
    a renewal that let them go."""
    names = ("phone.w", "app.w")
    costs = {(name, kept): [] for kept in (True, False) for name in names}
    renewals, duo = [], []
    bench.simulator.setting(v1_check_ends=1)
    for _ in range(rounds):
        for name in names:
            before = bench.warm.used()
            bench.warm.renew()
            renewals.append(bench.warm.used() - before)
            for kept in (False, True):
                costs[name, kept].append(
                    measure.Login(bench[name]).finish().cpu)
        duo.append(measure.Login(bench["duo"]).finish().cpu)
    bench.simulator.setting(v1_check_ends=0)
    renewal, duo = median(renewals), median(duo)
    rows = []
    for (name, kept), found in costs.items():
        share = renewal * RARE_MINUTES / RENEWAL_MINUTES if kept else renewal
        every = "in %d minutes" % RARE_MINUTES if kept else \
            "in over %d" % RENEWAL_MINUTES
        both = median(found) + share
        rows.append((name, every, median(found), share, both, both / duo))
    table("One login in a time, CPU ms (medians of %d)" % rounds,
          ("one login", "login", "renewal", "both", "/ duo"), rows)
    aim("phone.w", "CPU of one login in %d minutes, of Duo's" % RARE_MINUTES,
        rows[0][-1], 1.5)
    print("A renewal in %d logins: %.2f ms each, %.3f of Duo's" % (
        RENEWAL_LOGINS, renewal / RENEWAL_LOGINS,
        renewal / RENEWAL_LOGINS / duo))


def syscalls(bench, _rounds):
    found = {name: (*measure.syscalls(bench[name]), None, None)
             for name in ALL}
    traced = warm.Warm("traced", traced=True)
    for name in WARM:
        found[name] = found[name][0], *map(round, measure.warm_syscalls(
            bench[name.replace(".w", ".s")], traced, 4))
    traced.stop()
    floor = found["permit"][0]
    table("System calls, over pam_permit's %d" % floor,
          ("host", "children", "broker", "parent", "all"),
          [(n, row[0] - floor, *row[1:], sum(v for v in row if v) - floor)
           for n, row in found.items()])


def _waiting(bench, name):
    """measure.memory of host and children, and the host's objects."""
    service = bench[name]
    login = measure.Login(service, hold=True)
    login.prompt()
    pids = measure.processes(login.pid)
    if service.warm:
        pids += service.warm.copies()
    sizes = [measure.memory(pid) for pid in pids]
    mapped = measure.objects(login.pid)
    for _ in range(service.prompts):
        login.type(service.answer(login.user))
        login.prompt()
    login.type("")
    login.end()
    return sizes, mapped


def memory(bench, _rounds):
    """At the prompt; the children are the waiting copy of the host and the
    helper. What is read of files is private only as long as no other process
    reads it, so the ratio is that of what is written."""
    names = ("permit", "google", "duo", "phone", "roots", "app", "phone.w",
             "app.w")
    found = {name: _waiting(bench, name) for name in names}
    (floor, clean, _), = found["permit"][0]
    duo = found["duo"][0][0][0] - floor
    rows = []
    for name in names:
        sizes, mapped = found[name]
        new = mapped - found["permit"][1]
        written = sum(size[0] for size in sizes) - floor
        rows.append((name, sizes[0][0] - floor,
                     *[sizes[i][0] if i < len(sizes) else None
                       for i in (1, 2)], written, written / duo,
                     sum(size[1] for size in sizes) - clean,
                     sum(size[2] for size in sizes), len(new)))
    size = measure.memory(bench.warm.broker())
    rows.append(("broker, once", None, None, None, size[0], size[0] / duo,
                 size[1], size[2], None))
    table("Private KiB written while waiting, over pam_permit's %d" % floor,
          ("host", "waiter", "helper", "all", "/ duo", "and read", "all, Pss",
           "new objects"), rows)
    figure("memory", "Private memory while a login waits, KiB written",
           {row[0]: row[4] for row in rows[1:-1]}, duo)
    aim("phone.w", "written at the prompt, of Duo's",
        {row[0]: row[5] for row in rows}["phone.w"], 0.3)


def _crowd(bench, name, count):
    """So many logins wait together, then end: seconds, failures, cpu ms."""
    service = bench[name]
    service.reserve(count)
    users = [service.user() for _ in range(count)]
    begun = time.monotonic()
    used = service.warm.used() if service.warm else 0
    open_ = [measure.Login(service, user, crowd=True) for user in users]
    for login in open_:
        if service.prompts:
            login.prompt()
    took = time.monotonic() - begun
    answers = service.answers(users)
    begun = time.monotonic()
    for login, answer in zip(open_, answers):
        if service.prompts:
            login.type(answer)
    costs = [login.end() for login in open_]
    took += time.monotonic() - begun
    good = [c for c in costs if c is not None]
    copies = service.warm.used() - used if service.warm else 0
    return took, count - len(good), median(c.cpu for c in good) + \
        copies / count


def together(bench, _rounds):
    names = ("permit", "google", "duo", "phone", "app", "phone.w", "app.w")
    rows = []
    for count in (1, 10, 50, 200):
        runs = {name: [] for name in names}
        for _ in range(3):
            for name in names:
                runs[name].append(_crowd(bench, name, count))
        wall = {n: median(r[0] for r in runs[n]) * 1000 for n in names}
        rows += [("%d %s" % (count, n), wall[n], wall[n] / wall["duo"],
                  median(r[2] for r in runs[n]), sum(r[1] for r in runs[n]))
                 for n in names]
        if count == 200:
            figure("together-200", "200 logins at once, milliseconds in all",
                   wall, wall["duo"])
            aim("phone.w", "200 at once, of Duo's",
                wall["phone.w"] / wall["duo"], 0.4)
    table("Logins at once (medians of 3)",
          ("total ms", "/ duo", "CPU ms each", "refused"), rows)


def waiting(bench, rounds):
    """What those at their prompts cost the others."""
    service = bench["phone.w"]
    rows = []
    for count in (0, 100, 400):
        service.reserve(count)
        users = [service.user() for _ in range(count)]
        held = [measure.Login(service, user, crowd=True) for user in users]
        for login in held:
            login.prompt()
        used = service.warm.used_by_now()
        for _ in range(rounds):
            measure.Login(service, crowd=True).finish()
        rows.append((service.warm.used_by_now() - used) / rounds)
        for login, answer in zip(held, service.answers(users)):
            login.type(answer)  # what is left open keeps the number busy
            login.end()
        service.warm.settle()
    table("A code by phone while others wait for theirs, CPU ms of the helper",
          ("waiting", "CPU ms", "/ none"),
          [("", count, cost, cost / rows[0])
           for count, cost in zip((0, 100, 400), rows)])
    aim("phone.w", "CPU while 400 wait, of the same alone",
        rows[-1] / rows[0], 1.3)


def disk(bench, _rounds):
    """The same where the state lies on a disk: in memory, no wait costs
    anything."""
    names = ("duo", "phone.w", "phone.d")
    slow = bench["phone.d"].warm = warm.Warm("slow", helper=warm.SLOW_DISK)
    runs = {name: [] for name in names}
    for _ in range(3):
        for name in names:
            runs[name].append(_crowd(bench, name, 200))
    slow.stop()
    wall = {n: median(r[0] for r in runs[n]) * 1000 for n in names}
    table("200 logins at once, phone.d with 5 ms for each wait for the disk "
          "(medians of 3)", ("total ms", "/ duo", "CPU ms each", "refused"),
          [(n, wall[n], wall[n] / wall["duo"], median(r[2] for r in runs[n]),
            sum(r[1] for r in runs[n])) for n in names])
    aim("phone.d", "200 at once, of Duo's", wall["phone.d"] / wall["duo"], 0.6)


def _until(bench, name, done, count):
    """So many logins, of which some are done."""
    for _ in range(count - done):
        measure.Login(bench[name], crowd=True).finish()
    bench.warm.settle()


def parent(bench, _rounds):
    """What the helper that listens has written, within one of its lives, which
    ends after RENEWAL_LOGINS; and its broker, which outlives many of these,
    and grows by SQLite's cache, which is full after some 6,000."""
    bench.warm.renew()
    life, rows, sizes = bench.warm.life(), [], []
    for done, count in ((0, 10), (10, RENEWAL_LOGINS - 10)):
        _until(bench, "phone.w", done, count)
        sizes.append(measure.memory(bench.warm.pid))
        rows.append(("parent, %d" % count, *sizes[-1]))
    assert bench.warm.life() == life
    broker = bench.warm.broker()
    for done, count in ((RENEWAL_LOGINS - 10, 100), (100, 1100)):
        _until(bench, "phone.w", done, count)
        sizes.append(measure.memory(broker))
        rows.append(("broker, %d" % count, *sizes[-1]))
    table("The helper that listens and its broker after logins by phone, KiB",
          ("written", "and read", "Pss"), rows)
    print("In 80 logins the parent grew by %d KiB, its broker in 1,000 by %d"
          % (sizes[1][0] - sizes[0][0], sizes[3][0] - sizes[2][0]))
    aim("parent", "KiB private and written", sizes[1][0], 2560)
    aim("parent", "KiB grown in one life", sizes[1][0] - sizes[0][0], 64)


def trips(bench, _rounds):
    """A login over a link with a round trip of RTT."""
    link.SlowLink(RTT / 2)
    with open("/etc/hosts", "a", encoding="ascii") as out:
        out.write("%s %s\n" % (link.FAR, peers.FAR))
    services = bench.far([link.forward(port) for port in bench.ports()])
    rows = []
    for service in services:
        runs, after = [], []
        for _ in range(3):
            login = measure.Login(service)
            login.prompt()
            answer = service.answer(login.user)
            begun = time.monotonic()
            login.type(answer)
            runs.append(login.end().wall)
            after.append((time.monotonic() - begun) * 1000)
        rows.append((service.name, min(runs), min(runs) / RTT / 1000,
                     min(after), min(after) / RTT / 1000))
    table("Over a link of %d ms (least of 3)" % (RTT * 1000),
          ("wall ms", "round trips", "after code ms", "round trips"), rows)


def pages(bench, rounds):
    """An identity provider's approval, beside a code by phone."""
    with identity.Pages(bench) as found:
        cpu = identity.cpu(bench, found, rounds)
        worker, brokers = identity.wakes(bench, found)
    table("A login by an identity provider, one poll, beside a code by phone "
          "(medians of %d)" % rounds,
          ("CPU ms", "/ phone"),
          [(n, cpu[n], cpu[n] / cpu["phone.w"]) for n in cpu])
    table("While it waits, polled every %d s: wakes for each poll" % (
        identity.INTERVAL + 1), ("worker", "brokers"),
          [("page.w", worker, brokers)])
    aim("page.w", "CPU, of a code's by phone", cpu["page.w"] / cpu["phone.w"],
        1.3)
    aim("page.w", "wakes of the worker for each poll", worker, 4)


def lookup(bench, rounds):
    """The settings' folder with more and more users."""
    settings, name = bench.settings, "phone"
    rows, made = [], len(peers.NAMES)
    with open(settings.user_file(peers.NAMES[0]), "rb") as text:
        record = text.read()
    for count in (made, 1000, 10000, 100000):
        for i in range(made, count):
            settings.put(settings.user_file("x%d" % i), record)
        made = count
        runs = [measure.Login(bench[name]).finish() for _ in range(rounds)]
        counted = measure.instructions(bench[name], bench[name + ".n"])
        rows.append(("%d users" % count, median(c.wall for c in runs),
                     min(c.wall for c in runs), sum(counted) / 1e6))
    for i in range(len(peers.NAMES), made):
        os.unlink(settings.user_file("x%d" % i))
    table("A phone login among more users (medians of %d)" % rounds,
          ("wall ms", "least", "Minstr"), rows)


def explain(bench, _rounds):
    """twofactl explain with many rules, none of which holds."""
    settings, rows = bench.settings, []
    before = settings.keys["rules"]
    for count in (10, 100, 1000):
        settings.set(rules=[
            {"services": ["svc%d" % i], "users": ["nobody%d" % i],
             "from": ["10.%d.%d.0/24" % (i // 256, i % 256)],
             "action": "skip"} for i in range(count)])
        runs = []
        for _ in range(5):
            begun = time.monotonic()
            child = subprocess.Popen(
                [stage.STAGE + "/twofactl", "--helper", stage.HELPER,
                 "explain", peers.NAMES[0], "sshd", "192.0.2.1"],
                stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = status
            runs.append(((time.monotonic() - begun) * 1000,
                         used.ru_maxrss, status))
        rows.append(("%d rules" % count, median(r[0] for r in runs),
                     min(r[0] for r in runs),
                     int(median(r[1] for r in runs)),
                     "ok" if not any(r[2] for r in runs) else "failed"))
    settings.set(rules=before)
    table("twofactl explain (medians of 5)",
          ("wall ms", "least", "peak KiB", ""), rows)


def accounts(bench, _rounds):
    """twofactl on a host with many accounts, a tenth of them enrolled."""
    journal = list(many_accounts.journal_cost(bench.settings))
    found = journal + list(many_accounts.rows(bench.settings, (10000, 100000)))
    table("twofactl with many accounts (once each)",
          ("wall ms", "CPU ms"), found)
    for name, _, cpu in journal:
        aim(name, "CPU ms", cpu, 2000)
    for name, _, cpu in found:
        command, count = name.split(", ")
        if command in ("doctor", "enable", "check"):
            aim(name, "CPU ms", float("inf") if cpu is None else cpu,
                int(count) / 10)


def fleets(bench, rounds):
    """With a state in PostgreSQL, beside SQLite."""
    server = fleet.Server()
    try:
        services = bench.fleet(server.settings("b0001"))
        _fleet_logins(bench, rounds, server, services)
        counts = _fleet_instructions(bench, server, services)
        count, seconds = 10 * rounds, 5
        table("Steps of a login at the state, ms (%d each)" % count,
              ("SQLite p50", "p99", "PG p50", "p99", "kept p50", "p99"),
              fleet.step_rows(server, count))
        rows = fleet.storm_rows(server, seconds)
        table("Logins a second, %d hosts, the server on one core"
              % fleet.HOSTS, ("logins/s", "failed", "its CPU ms", "/ its CPU s",
                              "connects/s", "selects/s", "/ connects"), rows)
        aim("fleet", "CPU ms of the server", rows[-2][3], 25)
        aim("fleet", "logins a second of the server's core, kept",
            rows[-1][4], 60, least=True)
        counts += _fleet_instructions(bench, server, services, " later")
        table("Instructions of the server for a login by phone, millions",
              ("",), counts)
    finally:
        server.stop()


def _fleet_instructions(bench, server, services, when=""):
    """Rows. A server plans a connection's statements again for some time, so
    that the first ten logins by one that is kept are apart."""
    def warm_logins(count):
        def work():
            for _ in range(count):
                measure.Login(bench["phone.w"]).finish()
            bench.warm.renew()  # its connection ends with the broker
        return server.counted(work, 1, measure.total) / 1e6

    with server.under_callgrind(), bench.usual(server.settings("b0001")):
        spawned = server.counted(measure.Login(services["fleet"]).finish, 2,
                                 measure.total) / 1e6
        bench.warm.renew()
        first, ten, more = map(warm_logins, (1, 11, 11 + COUNTED))
    bench.warm.renew()
    kept = (more - ten) / COUNTED
    if not when:
        aim("fleet", "M instructions of the server, kept", kept, 12)
    return [("fleet" + when, spawned), ("1st" + when, first),
            ("ten" + when, (ten - first) / 10), ("kept" + when, kept)]


def _fleet_logins(bench, rounds, server, services):
    """In blocks: the state of the helper that listens is changed by its
    settings, which costs it a broker, and that one's first login a
    connection."""
    names = ("phone", "phone.w", "fleet", "fleet.w", "fleet.w 1st")
    costs = {name: [] for name in names}

    def login(name, service):
        costs[name].append(measure.Login(service).finish())

    while len(costs["phone"]) < rounds:
        measure.Login(bench["phone.w"]).finish()
        for _ in range(BLOCK):
            login("phone", bench["phone"])
            login("phone.w", bench["phone.w"])
            login("fleet", services["fleet"])
        with bench.usual(server.settings("b0001")):
            bench.warm.renew()
            login("fleet.w 1st", bench["phone.w"])
            for _ in range(BLOCK):
                login("fleet.w", bench["phone.w"])
        bench.warm.renew()
    counted = {"phone": (bench["phone"], bench["phone.n"]),
               "fleet": (services["fleet"], services["fleet.n"])}
    rows = []
    for name in names:
        wall = median(c.wall for c in costs[name])
        cpu = median(c.cpu for c in costs[name])
        base = "phone.w" if "." in name else "phone"
        rows.append((name, wall, wall / median(c.wall for c in costs[base]),
                     cpu, cpu / median(c.cpu for c in costs[base]),
                     sum(measure.instructions(*counted[name])) / 1e6
                     if name in counted else None))
    table("One login by phone, the state in SQLite and in PostgreSQL "
          "(medians of %d, in blocks of %d)" % (rounds, BLOCK),
          ("wall ms", "/ SQLite", "CPU ms", "/ SQLite", "Minstr"), rows)


SECTIONS = {f.__name__: f for f in (
    logins, instructions, settings, cold, rarely, syscalls, memory, together,
    waiting, disk, parent, trips, pages, lookup, explain, fleets, accounts)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--plots", help="a folder for the figures")
    parser.add_argument("section", nargs="*", choices=[[], *SECTIONS])
    options = parser.parse_args()
    load = os.getloadavg()[0]
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    bench = peers.Bench()
    aim("pam_twofa.so:", "bytes", os.path.getsize(stage.MODULE), 49152)
    try:
        for name in options.section or SECTIONS:
            # what was sent in the last hour costs the next login's limits
            bench.no_state()
            measure.Login(bench["phone"]).finish()  # makes the state
            SECTIONS[name](bench, options.rounds)
        aims()
    finally:
        bench.close()
    if options.plots:
        save(options.plots, options.rounds, load)


if __name__ == "__main__":
    main()
