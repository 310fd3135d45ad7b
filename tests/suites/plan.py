# SPDX-License-Identifier: BSD-2-Clause
"""Which suites there are: in `make check`, and in `make check-more`, which runs
what is left out there. In each, what takes long comes first."""

import ast
import os
import re

from suite import Bare, Booted, Build, Pytest, ROOT, Tap, Unit, Virtual, find

# These wait or work for half a minute or longer: a suite each, and begun first.
LONG = ("oidc", "broker_faults", "freeze", "ctl_doctor", "warm", "guide_fleet_push",
        "provider_broker_logins", "oidc_broker", "enable_killed", "slow",
        "state_faults", "store_outage", "matrix", "push", "enable_attacker",
        "enable_more", "warm_programs", "provider_broker", "host", "doctor_lockout",
        "uninstall", "oidc_ciba", "ctl_liar", "telnyx", "broker", "stacks",
        "taken_broker", "radius", "install", "kill", "twilio", "ctl_names",
        "remedies")
# So do their suites, in part; those of other components are done in half a minute.
LONG_COMPONENTS = ("faults", "host", "hosts", "trial", "stack", "doctor", "people",
                   "login", "provider", "twofactl")
# Unit tests of these components are a suite each; those of all others are one.
LONG_UNITS = ("store", "broker", "postgresql", "doctor", "etc", "control", "login")
IDLE = ("stall",)  # these wait alone: a suite each, which disturbs no measuring
BATCH = 60000  # bytes of test files in one suite
# What check takes some of, check-more takes all of; of the thousands of requests
# for memory of a login with network, each of which is a login, it takes more
# (`make nomemory` goes through all of those that are the helper's own).
EVERY = {"TWOFA_POINTS": "all", "TWOFA_VALGRIND": "all",
         "NOMEMORY_POINTS": "500", "RANDOM_STACKS": "2000",
         "REMEDY_ORDERS": "20"}
# With sanitizers as many as take a like time.
SOME = dict(EVERY, RANDOM_STACKS="300", REMEDY_ORDERS="2")
OFFICE = {"TWOFA_OFFICE": "200", "CMOCKA_MESSAGE_OUTPUT": "TAP"}
ROUNDS = {"FAILOVER": "208", "CMOCKA_MESSAGE_OUTPUT": "TAP"}
SOCKET = {"TWOFA_TRANSPORT": "socket"}
# The same where no state broker can be started, for what differs then.
ALONE = {"TWOFA_TRANSPORT": "alone"}
ALONE_FILES = ("matrix", "parallel", "state_faults", "totp", "store_fleet")
# Logins of these components go over the socket in check, as where it is
# installed from a package, and by a helper of their own in check-more.
LISTENS = ("login", "people", "provider")
HOUR = 3600
RELEASES = ("bookworm", "trixie", "noble", "resolute")  # that packages are tried on
# Words of tests/e2e/builds: with sanitizers in check; never with them.
BENDING = ("parser", "dialogue", "relay", "faults")
NEVER = ("time", "contract", "valgrind", "programs", "more")


def short(path):
    """A test file as it is asked for: push for tests/e2e/login/test_push.py."""
    return os.path.basename(path)[len("test_"):-len(".py")]


def component_of(path):
    return os.path.basename(os.path.dirname(path))


def over_socket(paths):
    """Those whose logins can go to a helper that listens."""
    found = []
    for path in paths:
        with open(os.path.join(ROOT, path), encoding="utf-8") as text:
            line = re.search(r"^TRANSPORTS = (.+)$", text.read(), re.M)
        if line and {"spawn", "socket"} <= set(ast.literal_eval(line[1])):
            found.append(path)
    return found


def listening(kinds):
    """What make check runs over the socket alone."""
    return [path for path in over_socket(kinds.but("more", *BENDING))
            if component_of(path) in LISTENS]


def plain_units():
    """tests/unit/plain: programs that check runs without sanitizers, too."""
    with open(os.path.join(ROOT, "tests/unit/plain"),
              encoding="utf-8") as text:
        return re.findall(r"^([a-z_]+)\t", text.read(), re.M)


class Builds:
    """tests/e2e/builds: which build the tests of each file run with."""

    def __init__(self):
        self.paths = {os.path.basename(path): path
                      for path in find("tests/e2e/*/test_*.py")}
        self.why = {}    # path: a word of BENDING or NEVER
        self.smoke = []  # path::test, logins
        self.tools = []  # path::test, of root's tools
        with open(os.path.join(ROOT, "tests/e2e/builds"),
                  encoding="utf-8") as text:
            for line in text:
                if line.strip() and not line.startswith("#"):
                    self._read(line)

    def _read(self, line):
        match = re.match(r"(test_\w+\.py)(::\S+)?(?:\t+(\w+))?$", line)
        name, test, why = match.groups() if match else ("", "", "")
        if name not in self.paths or (test and why not in (None, "tool")) or (
                not test and why not in BENDING + NEVER):
            raise SystemExit("tests/e2e/builds: what is " + line)
        if not test:
            self.why[self.paths[name]] = why
        elif why:
            self.tools.append(self.paths[name] + test)
        else:
            self.smoke.append(self.paths[name] + test)

    def but(self, *words):
        """The files of which none of these is said."""
        return [path for path in sorted(self.paths.values())
                if self.why.get(path) not in words]

    def only(self, *words):
        return [path for path, why in self.why.items() if why in words]


def takes_some(path):
    """Does it run more of its cases in check-more?"""
    words = set(EVERY) - {"TWOFA_POINTS"} | {"from points import"}
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        found = text.read()
    return any(word in found for word in words)


def batches(paths):
    """(name, files) of each suite. A file that takes long has its own; the
    others share one with those of their component, since a private machine, a
    server and a provider take longer to start than a short file to run."""
    components = {}
    for path in paths:
        if short(path) in LONG + IDLE:
            yield short(path), [path]
            continue
        component = components.setdefault(component_of(path), [[]])
        if sum(map(os.path.getsize, component[-1] + [path])) > BATCH and component[-1]:
            component.append([])
        component[-1].append(path)
    for component, found in sorted(components.items()):
        for number, files in enumerate(found, 1):
            yield "%s-%d" % (component, number), files


def place(batch):
    """Where it comes in the list: LONG's first, in LONG's order."""
    name = batch[0]
    if name in LONG:
        return LONG.index(name), name
    component = name.split("-")[0]
    return len(LONG) + (LONG_COMPONENTS + (component,)).index(component), name


def e2e(name, out, build, paths, one_by_one, **more):
    """Suites of these files. What measures runs alone; what valgrind runs, and
    what needs the vendors' programs, says so by the file's name."""
    alone = [path for path in paths if short(path).endswith("_time")]
    shared = [path for path in paths if path not in alone]
    pairs = [(short(path), [path]) for path in shared] if one_by_one else \
        list(batches(shared))
    for part, files in sorted(pairs, key=place):
        needs = ("asan-build" if build != out else "build",)
        if any(short(path).endswith("contract") for path in files):
            needs += ("npm",)
        suite = Pytest("%s/%s" % (name, part), out, build, files, needs,
                       private=True, **more)
        suite.idle = part in IDLE
        yield suite
    for path in alone:
        suite = Pytest("%s/%s" % (name, short(path)), out, build, [path],
                       ("build",), private=True, **more)
        suite.alone = True
        yield suite


def builds(out, tests="tests", **more):
    """What all others need."""
    return [Build("build", out, ["all", tests], **more),
            Build("npm", out, ["npm"], **more),
            Build("asan-build", out, ["asan"], ("build",), **more)]


def units(name, out, build, needs, **more):
    """The unit tests of a build."""
    for component in LONG_UNITS:
        yield Unit("%s/%s" % (name, component), out, build, needs, some=(component,),
                   **more)
    yield Unit(name + "/rest", out, build, needs, but=LONG_UNITS, **more)


def check(out, one_by_one):
    """The suites of make check. one_by_one: some are asked for by name, so
    each test file is a suite, with both builds."""
    asan = os.path.join(out, "asan")
    kinds = Builds()
    listed = builds(out, "tests" if one_by_one else "tests-plain")
    listed.append(Tap("lint", out, ["tests/lint/run", "-O", out], ("build",)))
    listed += units("asan-unit", out, asan, ("asan-build",))
    listed.append(Unit("unit", out, out, ("build",),
                       () if one_by_one else plain_units()))
    listed.append(Pytest("unit-python", out, out,
                         find("tests/unit/*/test_*.py"), ("build",)))
    listed.append(Pytest("demo", out, out, ["tests/demo"], ("build",)))
    listed.append(Pytest("simulator", out, out, ["tests/sim"],
                         ("build", "npm")))
    listed += e2e("socket-e2e", out, out, over_socket(
        path for path in kinds.but()
        if one_by_one or short(path) == "matrix" or path in listening(kinds)),
                  one_by_one, env=SOCKET)
    if one_by_one:
        listed.append(Pytest("smoke", out, out, kinds.smoke, ("build",),
                             private=True))
    listed.append(Pytest("asan-smoke", out, asan, kinds.smoke,
                         ("asan-build",), private=True))
    listed.append(Pytest("asan-tools", out, asan, kinds.tools,
                         ("asan-build",), private=True))
    listed.append(Tap("fuzz", out, [
        "tests/fuzz/run", os.path.join(asan, "corpora")], ("asan-build",),
                      "fuzz"))
    listed += e2e("asan-e2e", out, asan, kinds.but(*NEVER) if one_by_one else
                  kinds.only(*BENDING), one_by_one)
    # the last of these are short
    listed += e2e("e2e", out, out, kinds.but() if one_by_one else [
        path for path in kinds.but("more", *BENDING)
        if path not in listening(kinds)], one_by_one)
    return listed


def more(out, one_by_one):
    """The suites of make check-more. Other components of the layout come here, too:
    another transport, a machine that boots, rounds of a fail-over."""
    kept = {"kept": "check-more"}
    kinds = Builds()
    listed = builds(out, **kept)
    listed.append(Tap("analyser", out, ["tests/lint/run", "-O", out, "--deep",
                                        "clang-tidy"], ("build",), **kept))
    listed += [Build("nomemory", out, ["nomemory"], ("build",), **kept),
               Build("failing", out, ["failing"], ("build",), **kept),
               Build("explaining", out, ["explaining"], ("build",), **kept),
               Tap("failover", out, [os.path.join(out, "unit/postgresql"),
                                     "test_pg_failover"], ("build",),
                   "test_pg_failover.c", ROUNDS, **kept),
               Tap("office", out, [os.path.join(out, "unit/store"),
                                   "test_store_office"], ("build",),
                   "test_store_office.c", OFFICE, **kept),
               Build("container-build", out, ["container-programs"],
                     ("build",), **kept),
               *[Bare("deb/" + release, out, release, ["tests/deb"], **kept)
                 for release in RELEASES],
               Booted("reboot", out, out, ["tests/reboot"], ("build",),
                      around=True, **kept),
               Virtual("vm", out, ["tests/vm"], ("build",), **kept),
               *[Tap("musl-" + name, out, ["tests/musl/" + name], ("build",),
                     env={"TWOFA_BUILD": out}, **kept)
                 for name in ("build", "login")],
               *[Tap("vm-" + arch, out, ["tests/vm/cross", arch], (),
                     env={"TWOFA_BUILD": out}, **kept)
                 for arch in ("arm64", "s390x")],
               Tap("vm-arm64-machine", out, ["tests/vm/arm64"], ("vm-arm64",),
                   env={"TWOFA_BUILD": out}, **kept),
               Booted("container", out, out, [
                   path for path in find("tests/container/test_*.py")
                   if short(path) != "morning"],
                      ("container-build", "deb/bookworm"), **kept),
               Booted("morning", out, out, ["tests/container/test_morning.py"],
                      ("container-build",), **kept),
               *[Booted("container/" + release, out, out,
                        ["tests/container/test_monday.py",
                         "tests/container/test_bus.py"],
                        ("deb/" + release,), release=release, **kept)
                 for release in ("trixie", "noble")],
               Pytest("page", out, out, ["tests/page"], ("build",),
                      private=True, **kept),
               *everywhere(out, **kept)]
    listed += units("unit", out, out, ("build",), **kept)
    listed += e2e("e2e", out, out, [
        path for path in kinds.but() if one_by_one or takes_some(path) or
        path in kinds.only("more", *BENDING) or path in listening(kinds)],
                  one_by_one, env=EVERY, **kept)
    listed += e2e("socket-e2e", out, out, over_socket(kinds.but()), one_by_one,
                  env=SOCKET, **kept)
    listed += e2e("alone-e2e", out, out, [
        path for path in over_socket(kinds.but())
        if short(path) in ALONE_FILES], one_by_one, env=ALONE, **kept)
    listed += e2e("asan-e2e", out, os.path.join(out, "asan"),
                  kinds.but(*NEVER) if one_by_one else
                  kinds.but(*NEVER, *BENDING), one_by_one, env=SOME, **kept)
    listed += [Build("fuzz-build", out, ["fuzz-build"], ("asan-build",),
                     **kept),
               Tap("fuzz", out, ["tests/fuzz/run", os.path.join(out, "fuzz"),
                                 "20"], ("fuzz-build",), "fuzz", **kept)]
    for suite in listed:
        suite.limit = HOUR
    return listed


def everywhere(out, **more):
    """Each system from its bare beginning to tests of its own, which wait more
    than they work. `make check-bare` runs its whole make check."""
    for release in RELEASES:
        yield Tap("bare-" + release, out, ["tests/packages/trial", release],
                  (), **more)
