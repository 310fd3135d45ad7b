# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the built programs: what the module brings into sshd, and how
each is hardened."""

import os
import re
import shlex
import subprocess

MODULE_STACK = 20480
MODULE_BYTES = 49152  # 48 KiB
PROGRAMS = ("twofa-helper", "twofa-simulator", "twofactl")


def _read(*argv):
    return subprocess.run(argv, capture_output=True, text=True,
                          check=True).stdout


def needed(out):
    listing = _read("readelf", "-d", os.path.join(out, "pam_twofa.so"))
    found = set(re.findall(r"NEEDED.*\[([^\]]+)\]", listing))
    extra = {name for name in found
             if not re.match(r"lib(pam|c)\.so\.|ld-linux", name)}
    if extra:
        yield "pam_twofa.so needs " + ", ".join(sorted(extra))


def root_half_is_small(out):
    """What parses replies, speaks to networks or opens the state runs in the
    helper."""
    listing = _read("readelf", "-d", os.path.join(out, "twofactl"))
    for name in re.findall(r"NEEDED.*\[([^\]]+)\]", listing):
        if re.match(r"lib(curl|cjson|sqlite3|ssl|pam)", name):
            yield "twofactl needs " + name


def some_come_late(out):
    """Most logins need none of libcurl's thirty libraries, and only a fleet's
    libpq: http_curl.c and pg_libpq.c load them."""
    listing = _read("readelf", "-d", os.path.join(out, "twofa-helper"))
    for name in re.findall(r"NEEDED.*\[(lib(?:curl|pq)[^\]]*)\]", listing):
        yield "twofa-helper needs " + name


def exported(out):
    listing = _read("nm", "-D", "--defined-only",
                    os.path.join(out, "pam_twofa.so"))
    names = {line.split()[-1].split("@")[0] for line in listing.splitlines()}
    names = {name for name in names if not name.startswith("PAM_TWOFA")}
    wanted = {"pam_sm_" + part for part in (
        "authenticate", "setcred", "acct_mgmt", "open_session",
        "close_session", "chauthtok")}
    if names != wanted:
        yield "pam_twofa.so exports " + ", ".join(sorted(names ^ wanted))


def module_size(out):
    size = os.path.getsize(os.path.join(out, "pam_twofa.so"))
    if size > MODULE_BYTES:
        yield "pam_twofa.so has %d bytes, %d at most" % (size, MODULE_BYTES)


def module_stack(out):
    """It runs on the stack of a thread that is not ours, and whatever a
    function has there is zeroed at each call. (By probes of a page each, the
    end of the loop holds the whole.)"""
    if os.uname().machine != "x86_64":
        return
    code = _read("objdump", "-d", os.path.join(out, "pam_twofa.so"))
    taken = re.findall(
        r"(?:sub +\$0x|lea +-0x)([0-9a-f]+)(?:,|\()%rsp", code)
    most = max(int(size, 16) for size in taken)
    if most > MODULE_STACK:
        yield "pam_twofa.so: a function has %d bytes on the stack, %d at " \
            "most" % (most, MODULE_STACK)


def _hardened(path, program):
    dynamic = _read("readelf", "-d", path)
    segments = _read("readelf", "-lW", path)
    symbols = _read("readelf", "--dyn-syms", "-W", path)
    kind = re.search(r"Type:\s+(\w+)", _read("readelf", "-h", path)).group(1)
    if kind != "DYN" or (program and "PIE" not in dynamic):
        yield "is not position independent"
    if "GNU_RELRO" not in segments:
        yield "has no RELRO"
    if "BIND_NOW" not in dynamic and "NOW" not in dynamic:
        yield "is not bound at start"
    if re.search(r"GNU_STACK.*RWE", segments):
        yield "has an executable stack"
    if "TEXTREL" in dynamic:
        yield "has text relocations"
    if "RPATH" in dynamic or "RUNPATH" in dynamic:
        yield "has an rpath"
    if "__stack_chk_fail" not in symbols:
        yield "has no stack protector"
    if program and not re.search(r"__\w+_chk\b", symbols):
        yield "has no fortified calls"
    if os.uname().machine == "x86_64":
        # Each page of a large frame is touched before the next one.
        if not re.search(r"sub +\$0x1000,%rsp\n.*(or|mov)q +\$0x0,\(%rsp\)",
                         _read("objdump", "-d", "--no-show-raw-insn", path)):
            yield "has no probes of the stack"
        # The note of the whole file needs a libc that has it as well.
        if _read("objdump", "-d", path).count("endbr64") < 10:
            yield "has no control-flow protection"


def hardening(out):
    for name in ("pam_twofa.so",) + PROGRAMS:
        path = os.path.join(out, name)
        for complaint in _hardened(path, name in PROGRAMS):
            yield "%s %s" % (name, complaint)


def flags(out):
    """What shows in no stripped file: each flag that the compiler takes is
    there, and was there for each object whose debugging data tells."""
    with open(os.path.join(out, ".flags"), encoding="utf-8") as text:
        words = shlex.split(text.read())
    for tried in (["-fstack-clash-protection"],
                  ["-ftrivial-auto-var-init=zero"],
                  ["-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3"]):
        known = subprocess.run(
            [*words, "-Werror", *tried, "-include", "stdio.h", "-x", "c",
             "-S", "-o", "/dev/null", "/dev/null"], check=False,
            stderr=subprocess.DEVNULL).returncode == 0
        if known and tried[-1] not in words:
            yield "not compiled with " + tried[-1]
        elif known and tried[-1].startswith("-f"):
            yield from _unflagged(out, tried[-1])


def _unflagged(out, flag):
    """gcc's debugging data tells of flags, not of macros."""
    for tree in ("pic", "obj/lib", "obj/helper", "obj/twofactl",
                 "obj/tests/simulator"):
        for folder, _, names in os.walk(os.path.join(out, tree)):
            for path in (os.path.join(folder, n) for n in names
                         if n.endswith(".o")):
                with open(path, "rb") as data:
                    told = data.read()
                if b"GNU C11" in told and flag.encode() not in told:
                    yield "%s: not compiled with %s" % (path, flag)


CHECKS = (flags, needed, root_half_is_small, some_come_late, exported,
          module_size, module_stack, hardening)
