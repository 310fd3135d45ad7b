# SPDX-License-Identifier: BSD-2-Clause
"""Every remedy that doctor prints for the table's stacks, and for random ones
with gates, skip lines and includes, is applied to the letter: nobody who got in
before with both factors is denied after, nobody without gets in, and nobody
whom a gate refused. pammodel.py says who gets in, by all that modules may
return. REMEDY_STACKS says how many random stacks, RANDOM_SEED which."""

import collections
import os
import random
import re
import shutil

import pamapp
import pammodel
import stacks_table
import stage
import test_random_stacks
import test_stacks
from test_stacks import Remedy, Stacks, batches

TRANSPORTS = ("spawn",)

COUNT = int(os.environ.get("REMEDY_STACKS", "500"))
SEED = int(os.environ.get("RANDOM_SEED", "54"))
ROUNDS = 3
WORLDS = 300
BATCH = 125
MODELLED, LOGINS = 150, 6
GATES = ("pam_access.so", "pam_access.so accessfile=/etc/lan.conf",
         "pam_exec.so quiet /usr/local/bin/geoip", "pam_geoip.so",
         "pam_listfile.so item=user sense=deny file=/etc/no onerr=succeed",
         "pam_succeed_if.so user ingroup nocode", "pam_nologin.so",
         "pam_succeed_if.so uid >= 1000", "pam_faillock.so preauth FAILLOCK")
SKIPS = ("[success=%d default=ignore]", "[success=%d default=ignore]",
         "[default=ignore success=%d]", "[success=ignore default=%d]",
         "[success=%d default=bad]", "[success=ok default=%d]")
CODES = ("pam_u2f.so cue", "pam_google_authenticator.so", "pam_duo.so")

stacks = test_stacks.stacks


def with_gates(rng, row):
    """A row with lines that refuse, and lines that skip."""
    lines = row.lines.splitlines()
    for _ in range(rng.choice((0, 1, 1, 2))):
        if rng.random() < 0.5:
            control = rng.choice(("required", "requisite", "sufficient",
                                  "[success=ok default=die]"))
            module = rng.choice(GATES)
        else:
            control = rng.choice(SKIPS) % rng.choice((1, 1, 1, 2))
            module = rng.choice(GATES + CODES)
        lines.insert(rng.randint(0, len(lines)),
                     "auth %s %s" % (control, module))
    return stacks_table.row(row.name, "\n".join(lines) + "\n", part=row.part)


def random_rows():
    rng = random.Random(SEED)
    return [with_gates(rng, test_random_stacks.made(rng, number))
            for number in range(COUNT)]


class Files(dict):
    """The files of PAM: those that a remedy may change as they were kept."""

    def __missing__(self, path):
        with open(path, encoding="utf-8") as text:
            return text.read()

    def __contains__(self, path):
        return dict.__contains__(self, path) or os.path.exists(path)


def files_of(row):
    paths = ["/etc/pam.d/" + Stacks.service(row)]
    if row.part:
        paths.append("/etc/pam.d/%s-part" % row.name)
    found = Files()
    for path in paths:
        with open(path, encoding="utf-8", newline="") as text:
            found[path] = text.read()
    return found


def read(row, files, ours):
    """None: what PAM makes of it is not to be seen from its lines."""
    try:
        return pammodel.Stack(files, Stacks.service(row), ours,
                              ("pam_gone", "pam_fprintd_gone"))
    except pammodel.Unreadable:
        return None


def problems(admin):
    """Names and texts of the problems of stacks, by service."""
    found = collections.defaultdict(list)
    for line in admin.run("doctor")[1].splitlines():
        match = re.match(r"(pam-[a-z-]+): ([^ :]+)[: ](.*)", line)
        if match:
            found[match[2]].append((match[1], match[3]))
    return found


class Judge:
    """Compares who gets in."""

    def __init__(self, row, before, rng):
        self._before, self._rng = before, rng
        self._keys = (False, True) if Stacks.service(row) == "sshd" else (
            False,)
        self._root = row.uid == 0

    def _causes(self, world, key):
        """Modules that alone refused this login: with the success of one it
        would have ended well."""
        for name, value in world.items():
            if value == "success" or name.partition(" ")[0] in \
                    pammodel.DIRECTORIES | {"ours"} or "success" not in \
                    self._before.values(name, self._root):
                continue
            end = self._before.login({**world, name: "success"}, key)
            if end.allowed and end.asked and end.factor:
                yield name

    def _gates(self, end):
        for line in end.refused:
            if line.key.partition(" ")[0] not in pammodel.PASSWORDS \
                    | pammodel.SILENT | {"ours", "missing"} and \
                    len(self._before.values(line.key, self._root)) > 1:
                yield line.key

    @staticmethod
    def _named(texts, world):
        """Does one that a remedy made a first factor vouch for this login?"""
        return any(value == "success" and name.partition(" ")[0] + ".so" in
                   " ".join(texts) for name, value in world.items())

    def wrong(self, after, texts, rule):
        for world in pammodel.worlds(self._before, after, self._root,
                                     self._rng, WORLDS):
            for key in self._keys:
                was = self._before.login(world, key)
                end = after.login(world, key, rule)
                if was.allowed and was.asked and was.factor \
                        and not end.allowed:
                    yield "locked out", world
                if not end.allowed or was.allowed:
                    continue
                if not end.asked:
                    yield "in without a code", world
                if not end.factor and not (
                        rule and self._named(texts, world)):
                    yield "in without a first factor", world
                gates = [*self._gates(was), *self._causes(world, key)]
                if gates:
                    yield "refused before by %s" % gates, world


    def jumping(self, stack, rule):
        """Logins with both factors that a jump denies."""
        for world in pammodel.worlds(stack, stack, self._root, self._rng,
                                     WORLDS):
            if world["ours"] == "success" and \
                    stack.login(world, rule=rule).ended_badly:
                yield world


def explain(row, files, after, texts, what, world):
    return "%s: %s\n%s\n-- %s\n%s\n%s" % (
        row.name, what, "\n".join(files.values()), "\n-- ".join(texts),
        "\n".join(after.values()),
        {name: value for name, value in world.items() if value != "success"})


class Trial:
    """One row: its remedies one by one, then all, round by round."""

    def __init__(self, stacks, row, rng):
        self._stacks, self._row = stacks, row
        self._ours = stacks.ours(row)
        self.files = files_of(row)
        before = read(row, self.files, self._ours)
        self._judge = before and Judge(row, before, rng)
        self.said, self.wrong, self.applied = [], [], collections.Counter()
        self._rule = False

    def _apply(self, found):
        remedy = Remedy(self._stacks, Stacks.service(self._row), self._ours)
        done = remedy.apply_all(found)
        remedy.write()
        return done, bool(remedy.rules)

    def _check(self, texts, rule):
        files = files_of(self._row)
        after = read(self._row, files, self._ours)
        if after is None or self._judge is None:
            return
        for what, world in self._judge.wrong(after, texts, rule):
            self.wrong.append(explain(self._row, self.files, files, texts,
                                      what, world))
            break

    def each(self, found):
        for name, text in found:
            done, rule = self._apply([(name, text)])
            self.applied.update(done)
            if done:
                self._check([name + ": " + text], rule)
                for path, before in self.files.items():
                    self._stacks.rewrite(path, before)

    def all(self, found):
        """True if something changed."""
        self.said.append([name + ": " + text for name, text in found])
        done, rule = self._apply(found)
        self._rule |= rule
        if done:
            self._check(sum(self.said, []), self._rule)
        if not found and self._judge is not None:
            self._check_well()
        return bool(done)

    def _check_well(self):
        """doctor finds nothing: no jump may lead too far."""
        files = files_of(self._row)
        stack = read(self._row, files, self._ours)
        for world in self._judge.jumping(stack, self._rule) if stack else ():
            self.wrong.append(explain(self._row, self.files, files,
                                      sum(self.said, []), "a jump leads too "
                                      "far", world))
            break

    def rules(self):
        return [{"services": [Stacks.service(self._row)], "action": "require",
                 "first_factor": "stack"}] if self._rule else []


def tried(stacks, settings, admin, rows):
    rng = random.Random(SEED)
    for row in rows:
        stacks.write(row)
    found = problems(admin)
    trials = [Trial(stacks, row, rng) for row in rows]
    for row, trial in zip(rows, trials):
        trial.each(found[Stacks.service(row)])
    for _ in range(ROUNDS):
        changed = [trial.all(found[Stacks.service(row)])
                   for row, trial in zip(rows, trials)]
        if not any(changed):
            break
        settings.set(rules=[*(rule for trial in trials
                              for rule in trial.rules()), {}])
        found = problems(admin)
    settings.set(rules=None)
    stacks.restore()
    stacks.forget()
    return trials


def check(stacks, settings, admin, groups):
    applied, wrong = collections.Counter(), []
    for rows in groups:
        for trial in tried(stacks, settings, admin, rows):
            applied.update(trial.applied)
            wrong += trial.wrong
    print(sum(applied.values()), dict(applied))
    assert not wrong, "%d of %s:\n%s" % (len(wrong), applied,
                                         "\n\n".join(wrong))
    return applied


def test_table(stacks, settings, admin):
    applied = check(stacks, settings, admin, batches(stacks_table.ROWS))
    for name in ("pam-bypass", "pam-after-failure", "pam-password-optional",
                 "pam-module", "pam-lockout", "pam-unreached"):
        assert applied[name], name


def test_random(stacks, settings, admin):
    rows = random_rows()
    check(stacks, settings, admin,
          [rows[n:n + BATCH] for n in range(0, COUNT, BATCH)])


# --- the model beside libpam


def with_standins(row, files, stack):
    """The row's files with a stand-in for each module, by its key."""
    names = {}
    texts = {path: text.split("\n") for path, text in files.items()}
    for line in stack.lines:
        if line.key is None:
            continue
        name = names.setdefault(line.key, "pam_model%d" % len(names))
        texts[line.file][line.number - 1] = "auth %s %s/%s.so" % (
            line.control, test_stacks.STANDINS, name)
    return names, {path: "\n".join(text) for path, text in texts.items()}


def test_model_is_as_libpam(stacks):
    rng = random.Random(SEED)
    for n in range(pammodel.KEYS_MAX):
        shutil.copyfile(stage.STAGE + "/test/pam_standin.so",
                        "%s/pam_model%d.so" % (test_stacks.STANDINS, n))
    app = pamapp.Application()
    allowed = compared = 0
    for row in random_rows()[:MODELLED]:
        stacks.write(row)
        files = files_of(row)
        stack = read(row, files, stacks.ours(row))
        if stack is None:
            continue
        names, texts = with_standins(row, files, stack)
        for path, text in texts.items():
            stacks.rewrite(path, text)
        for _ in range(LOGINS):
            world = {key: rng.choice(("success", "success", "auth_err",
                                      "user_unknown", "ignore"))
                     for key in names}
            expected = pammodel.dispatch(
                stack.lines, lambda line, to=world: to[line.key])[0]
            found = app.login(row.name, "alice", [
                "%s=%s" % (names[key], value)
                for key, value in world.items()], lambda *_: "any")
            assert found == expected, (texts, world)
            allowed += found
            compared += 1
    app.close()
    assert compared // 10 < allowed < compared * 9 // 10
