# SPDX-License-Identifier: BSD-2-Clause
"""Random stacks as pam-auth-update, authselect and admins write them: libpam
says who gets in by each, and doctor may miss nobody who does so without a right
code or password. RANDOM_STACKS says how many, RANDOM_SEED which."""

import contextlib
import os
import random
import re

import stacks_table
import test_stacks
from doctorhost import kept
from test_stacks import Login, Stacks, doctors_words, ends, users

TRANSPORTS = ("socket",)

COUNT = int(os.environ.get("RANDOM_STACKS", "30"))
SEED = int(os.environ.get("RANDOM_SEED", "32"))
BATCH = 50
KINDS = ("right", "wrong", "miscode", "directory", "finger",
         "password_finger", "google")
FIRST = (("pam_unix.so", ""), ("pam_unix.so", " nullok"),
         ("pam_unix.so", " try_first_pass"), ("pam_sss.so", " use_first_pass"),
         ("pam_sss.so", " forward_pass"), ("pam_ldap.so", " use_first_pass"),
         ("pam_u2f.so", " cue"), ("pam_fprintd.so", ""),
         ("pam_google_authenticator.so", ""))
OTHERS = ("pam_env.so", "pam_faildelay.so delay=1", "pam_permit.so",
          "pam_deny.so", "pam_localuser.so", "pam_succeed_if.so uid >= 0",
          "pam_wheel.so use_uid group=root", "pam_limits.so")
WORDS = ("required", "requisite", "sufficient", "optional")

stacks = test_stacks.stacks


def pam_auth_update(rng):
    """A chain of jumps over a line that denies."""
    first = rng.sample(FIRST, rng.randint(1, 3))
    lines = ["auth [success=%d default=ignore] %s%s" % (
        len(first) - n, *module) for n, module in enumerate(first)]
    return lines + ["auth requisite pam_deny.so", "auth required pam_permit.so"]


def authselect(rng):
    """sufficient lines with jumps over some, and a last one that denies."""
    lines = ["auth required pam_env.so"]
    for module in rng.sample(FIRST, rng.randint(1, 3)):
        if rng.random() < 0.4:
            lines.append("auth [default=1 ignore=ignore success=ok] "
                         "pam_localuser.so")
        lines.append("auth %s %s%s" % (rng.choice(("sufficient",) * 3 + (
            "[success=done ignore=ignore default=die]",)), *module))
    return lines + ["auth required pam_deny.so"]


def profile(rng):
    """authselect's sssd, with some of its features."""
    def some(text, chance=0.3):
        return text.splitlines() if rng.random() < chance else []
    usual = "[default=1 ignore=ignore success=ok]"
    card = rng.random() < 0.2
    local = "[default=%d ignore=ignore success=ok]" % (1 + card)
    return ["auth required pam_env.so",
            *some("auth required pam_faillock.so preauth silent FAILLOCK"),
            *some("auth [success=1 default=ignore] pam_succeed_if.so service "
                  "notin login:gdm quiet use_uid\nauth [success=done "
                  "ignore=ignore default=die] pam_sss.so require_cert_auth "
                  "ignore_authinfo_unavail", 0.1),
            *some("auth %s pam_u2f.so cue" % rng.choice(
                ("sufficient", "required"))),
            *some("auth sufficient pam_fprintd.so"),
            "auth %s pam_usertype.so isregular" % usual,
            "auth %s pam_localuser.so" % local,
            *(["auth [success=done authinfo_unavail=ignore user_unknown=ignore"
               " ignore=ignore default=die] pam_sss.so try_cert_auth"]
              if card else []),
            "auth sufficient pam_unix.so nullok",
            *some("auth %s pam_usertype.so isregular" % usual),
            "auth sufficient pam_sss.so forward_pass",
            *some("auth required pam_faillock.so authfail FAILLOCK"),
            *some("auth optional pam_gnome_keyring.so auto_start"),
            "auth required pam_deny.so"]


def by_hand(rng):
    lines = []
    for _ in range(rng.randint(1, 4)):
        control = rng.choice(WORDS + (
            "[success=%d default=ignore]" % rng.randint(1, 2),
            "[success=ok default=die]"))
        module = rng.choice(OTHERS) if rng.random() < 0.4 \
            else "%s%s" % rng.choice(FIRST)
        lines.append("auth %s %s" % (control, module))
    return lines


def spoiled(rng, lines):
    """As editors, other systems and typing errors leave a file."""
    n = rng.randrange(len(lines))
    found = list(lines)
    found[n] = rng.choice((
        lambda line: line + "\r",
        lambda line: line.replace(" ", " \\\n  ", 1),
        lambda line: line + " \\ \n",
        lambda line: "-" + line,
        lambda line: "@include nosuch\n" + line,
        lambda line: line.replace("auth ", "auht ", 1),
        lambda line: re.sub(r"required|requisite", "requird", line),
        lambda line: re.sub(r"=[12]\b", "=9", line)))(found[n])
    return found


def made(rng, number):
    name = "random%d" % number
    lines = rng.choice((pam_auth_update, authselect, profile, by_hand))(rng)
    if rng.random() < 0.15:
        lines = spoiled(rng, lines)
    ours = "auth %s OURS" % rng.choice(("required",) * 5 + WORDS)
    if rng.random() < 0.3:
        own = ["auth %s PART" % rng.choice(("include", "substack")), ours]
        return stacks_table.row(name, "\n".join(own) + "\n",
                                part="\n".join(lines) + "\n")
    lines.insert(len(lines) if rng.random() < 0.8
                 else rng.randint(0, len(lines)), ours)
    return stacks_table.row(name, "\n".join(lines) + "\n")


def missed(row, told, said):
    """What libpam does and doctor does not say."""
    # there the code of another module is enough, which is said
    other = ("google", "password_finger") if "pam-two-codes" in said else ()
    opens = [kind for kind, end in told.items()
             if end == "in" and kind not in other]
    # a line that a backslash takes away; without it there is no such way
    swallowed = "versions of PAM differ" in str(said.get("pam-broken"))
    if (opens or told["miscode"] == "IN") and "pam-bypass" not in said \
            and not swallowed:
        yield "no pam-bypass: %s" % told
    # PAM gives the failed line the control of the one before it, or of none
    unread = "cannot be included" in str(said.get("pam-broken"))
    if told["wrong"] == "IN" and not unread and not {
            "pam-password-optional", "pam-bypass"} & set(said):
        yield "no pam-password-optional: %s" % told
    if told["wrong"] == "OUT" and not said:
        yield "a code is sent after a wrong password: %s" % told
    first = {module for module, _ in FIRST if module in row.lines + row.part}
    # who else a condition is for may get in; all accounts here are local
    if len(first) == 1 and not said and "IN" not in told.values() \
            and not re.search(r"pam_(succeed_if|localuser)",
                              row.lines + row.part):
        yield "nobody gets in: %s" % told


@contextlib.contextmanager
def people(settings, first):
    """An account for each login of a batch, with numbers of their own."""
    found = [("u%05d" % n, "+4477%06d00" % n)
             for n in range(first, first + BATCH * len(KINDS))]
    with kept("/etc/passwd", "/etc/shadow"):
        users([name for name, _ in found])
        for name, number in found:
            settings.user(name, phone=number)
        try:
            yield iter(found)
        finally:
            for name, _ in found:
                os.unlink(settings.user_file(name))


def test_random_stacks(stacks, settings, sim, admin):
    rng = random.Random(SEED)
    rows = [made(rng, number) for number in range(COUNT)]
    sim.setting(v1_rate=0)
    settings.set(limits={"resend_wait": [1, 2], "sends_per_host_hour": 99999,
                         "sends_per_source_hour": 99999})
    wrong = []
    for start in range(0, COUNT, BATCH):
        batch = rows[start:start + BATCH]
        for row in batch:
            stacks.write(row)
        with people(settings, start * len(KINDS)) as them:
            said = doctors_words(admin, "pam-two-codes")
            told = ends(sim, [Login(row, kind, *next(them))
                              for row in batch for kind in KINDS])
        for row in batch:
            wrong += ["%s\n%s%s%s" % (what, row.lines, row.part,
                                      dict(said[Stacks.service(row)]))
                      for what in missed(row, told[row.name],
                                         said[Stacks.service(row)])]
        stacks.restore()
        stacks.forget()
    assert not wrong, "\n\n".join(wrong)
