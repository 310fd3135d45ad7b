# SPDX-License-Identifier: BSD-2-Clause
"""libpam's dispatch of an auth stack (1.5: _pam_dispatch_aux), and what modules
return, for one login at a time: written apart from twofactl's walk, so that the
two do not share a mistake. test_remedy_gate.py compares it with libpam."""

import collections
import itertools
import os
import re

RETURNS = """success open_err symbol_err service_err system_err buf_err
perm_denied auth_err cred_insufficient authinfo_unavail user_unknown maxtries
new_authtok_reqd acct_expired session_err cred_unavail cred_expired cred_err
no_module_data conv_err authtok_err authtok_recover_err authtok_lock_busy
authtok_disable_aging try_again ignore abort authtok_expired module_unknown
bad_item conv_again incomplete""".split()
WORDS = {"required": ("ok", "ignore", "bad"),
         "requisite": ("ok", "ignore", "die"),
         "sufficient": ("done", "ignore", "ignore"),
         "optional": ("ok", "ignore", "ignore")}

# A user has a password in one of these.
DIRECTORIES = {"pam_unix", "pam_sss", "pam_ldap", "pam_krb5", "pam_winbind",
               "pam_systemd_home"}
PASSWORDS = DIRECTORIES | {"pam_radius_auth", "pam_yubico"}
SILENT = {"pam_fprintd", "pam_u2f", "pam_poldi", "pam_ssh_agent_auth",
          "pam_google_authenticator", "pam_duo", "pam_oath", "pam_timestamp"}
KEYS_MAX = 24  # modules of a stack
# They return one thing only.
CONSTANT = {"pam_permit": "success", "pam_deny": "auth_err",
            **dict.fromkeys(("pam_env", "pam_faildelay", "pam_group",
                             "pam_mail", "pam_warn"), "ignore")}
NO_AUTH = {"pam_time", "pam_limits", "pam_mkhomedir"}

Line = collections.namedtuple(
    "Line", "file number level control module args key action")
End = collections.namedtuple(
    "End", "allowed asked factor refused ended_badly")


class Unreadable(Exception):
    """PAM reads it otherwise than it looks."""


def actions(control):
    word = control.lower()
    if word in WORDS:
        good, ignore, other = WORDS[word]
        found = dict.fromkeys(RETURNS, other)
        found.update(success=good, new_authtok_reqd=good, ignore=ignore)
        return found
    found, default = {}, "bad"
    for name, action in re.findall(r"(\w+?)\s*=\s*(\w+)", control):
        if name == "default":
            default = action
        elif name in RETURNS:
            found[name] = action
        else:
            raise Unreadable(control)
    if not re.fullmatch(r"(\s*\w+\s*=\s*(ok|done|bad|die|ignore|reset|[1-9]\d*)"
                        r"\s*)+", control):
        raise Unreadable(control)
    return {name: found.get(name, default) for name in RETURNS}


class Stack:
    """The auth lines of a service. files: texts by path."""

    def __init__(self, files, service, ours, missing=()):
        self.lines = []
        self._files, self._ours, self._missing = files, ours, missing
        self._take("/etc/pam.d/" + service, 0)

    def _take(self, path, level):
        if path not in self._files:
            raise Unreadable(path)
        for number, text in enumerate(self._files[path].split("\n"), 1):
            if text.rstrip().endswith("\\") or "\r" in text or \
                    len(text) > 1000:
                raise Unreadable(text)
            text = text.split("#")[0]
            found = re.match(r"\s*(@include)\s+(\S+)|\s*-?(\w+)\s+"
                             r"(\[[^]]*\]|\w+)\s+(\S+)\s*(.*)", text)
            if not found:
                if text.strip():
                    raise Unreadable(text)
                continue
            if found[1]:
                self._include(found[2], level)
            elif found[3].lower() == "auth":
                self._auth(path, number, level, found)
            elif found[3].lower() not in ("account", "session", "password"):
                raise Unreadable(text)

    def _include(self, name, level):
        self._take(name if name[0] == "/" else "/etc/pam.d/" + name, level)

    def _auth(self, path, number, level, found):
        word = found[4].lower()
        if word == "include":
            self._include(found[5], level)
        elif word == "substack":
            self.lines.append(Line(path, number, level, "", "", "", None, {}))
            self._include(found[5], level + 1)
        else:
            name = os.path.basename(found[5]).removesuffix(".so")
            if found[5] == self._ours:
                name = "ours"
            key = name if name in PASSWORDS | SILENT | {"ours"} else \
                (name + " " + found[6]).strip()
            if name in self._missing:
                key = "missing"
            self.lines.append(Line(path, number, level, found[4], name,
                                   found[6], key, actions(found[4].strip("[]"))))

    # --- what is known of a login, by what its modules return

    def keys(self):
        return sorted({line.key for line in self.lines if line.key})

    def values(self, key, root):
        """What the module may return, the usual first."""
        name, _, args = key.partition(" ")
        if name in CONSTANT:
            return (CONSTANT[name],)
        if name in NO_AUTH or key == "missing":
            return ("module_unknown",)
        if name == "ours":
            return ("success", "auth_err", "perm_denied", "maxtries")
        if name == "pam_rootok":
            return ("success",) if root else ("auth_err",)
        if name == "pam_wheel":
            return ("success" if "trust" in args else "ignore", "perm_denied")
        if name == "pam_faillock":
            return {"p": ("success", "auth_err"), "a": ("success",)}.get(
                args[:1] if "authfail" not in args else "", ("auth_err",))
        if name == "pam_unix":
            return ("success", "auth_err")
        if name in PASSWORDS:
            return ("success", "auth_err", "user_unknown", "authinfo_unavail") \
                + (("ignore",) if self._may_ignore(name) else ())
        if name in SILENT:
            return ("success", "auth_err") + (("ignore",) if any(
                line.key == key and re.search("nouserok|nullok", line.args)
                for line in self.lines) else ())
        return ("success", "auth_err")

    def _may_ignore(self, name):
        return name not in ("pam_sss", "pam_radius_auth", "pam_yubico") or any(
            line.module == name and re.search("ignore_(unknown|authinfo)",
                                              line.args)
            for line in self.lines)

    # --- one login

    def login(self, world, key=False, rule=False):
        """world: what each module returns, by its key; key: sshd accepted one;
        rule: first_factor = "stack"."""
        run = _Run(self.lines, world, key, rule)
        return run.end()


class _Run:
    def __init__(self, lines, world, key, rule):
        self._lines, self._world = lines, world
        self._key, self._rule = key, rule
        self._typed = False
        self._factor = key
        self._asked = self._allowed_by_us = False
        self._refused = []

    def _ours(self, line):
        if "when=" in line.args:
            self._factor |= self._key
            return "cred_insufficient" if self._key else "authinfo_unavail"
        if re.search(r"\bsplit\b", line.args):
            self._typed = True
            return "cred_insufficient"
        self._asked = True
        if not (self._typed or self._key or self._rule):
            return "auth_err"
        return self._world["ours"]

    def _returned(self, line):
        if line.module == "ours" and line.key != "missing":
            value = self._ours(line)
            self._allowed_by_us |= value == "success"
            return value
        value = self._world[line.key]
        if line.key in PASSWORDS:
            if "use_first_pass" in line.args and not self._typed:
                return "auth_err"
            self._typed = True
        if line.key in PASSWORDS | SILENT:
            self._factor |= value == "success"
        return value

    def end(self):
        allowed, refused, jumped = dispatch(self._lines, self._returned,
                                            lambda: self._factor)
        return End(allowed, self._asked and self._allowed_by_us, self._factor,
                   refused, jumped)


def jump_end(lines, start, count):
    """The line after a jump, and how many of it there were too few."""
    level, end = lines[start].level, start + 1
    while count and end < len(lines) and lines[end].level >= level:
        end = level_end(lines, end, level + 1)
        count -= 1
    return end, count


def level_end(lines, start, level):
    end = start + 1
    while end < len(lines) and lines[end].level >= level:
        end += 1
    return end


def dispatch(lines, returned, is_good=lambda: True):
    """Is it allowed, which lines said no, and was it denied by no line,
    or by a jump that led too far, while is_good()? returned(line) is what its module returns."""
    good = status = None  # undef; libpam's impression and status
    saved, refused, jumped = {}, [], False
    i = level = 0
    while i < len(lines):
        line = lines[i]
        if line.level > level:
            saved[line.level] = good, status
        level = line.level
        if line.key is None:  # a substack begins
            i += 1
            continue
        value = returned(line)
        action = line.action[value]
        if action.isdigit():
            i, missing = jump_end(lines, i, int(action))
            if missing:
                jumped |= good is not False and is_good()
                good, status = False, "perm_denied"
            continue
        if action in ("ok", "done") and (
                good is None or (good and status == "success")):
            good, status = True, value
        elif action in ("bad", "die"):
            refused.append(line)
            good, status = False, value
        elif action == "reset":
            good, status = saved.get(line.level, (None, None))
        if action == "die" or (action == "done" and good):
            i = level_end(lines, i, line.level)
        else:
            i += 1
    return (bool(good and status == "success"), tuple(refused),
            jumped or (good is None and is_good()))


def worlds(stack, other, root, rng, most):
    """Each combination of what modules return, or as many as are wanted: those
    that differ from the usual in at most two modules first."""
    keys = sorted(set(stack.keys()) | set(other.keys()) | {"ours"})
    values = [sorted(set(stack.values(key, root)) | set(other.values(key, root)),
                     key=lambda v: (v != stack.values(key, root)[0], v))
              for key in keys]
    total = 1
    for some in values:
        total *= len(some)
    if total <= most:
        for found in itertools.product(*values):
            yield dict(zip(keys, found))
        return
    for pair in itertools.combinations(range(len(keys)), 2):
        for found in itertools.product(*(
                some if n in pair else some[:1]
                for n, some in enumerate(values))):
            yield dict(zip(keys, found))
    for _ in range(most):
        yield {key: rng.choice(some) for key, some in zip(keys, values)}
