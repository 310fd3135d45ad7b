# SPDX-License-Identifier: BSD-2-Clause
"""Checks of names: where a name leads can be seen, and grep finds one place.

The first word of a public function is the first word of its file's name or its
component's; a command is in the file of its name. Types and macros of a header may begin
with a word of EXTRA, too. A static's name is in one file. Public is what
another file needs.
"""

import collections
import os
import re

import calls
import components
import tree

# The short form of a component's name, or of a file's.
SHORT_FORM = {"verification": "verify", "postgresql": "pg", "host": "pam",
              "providers": "provider"}
# Other first words of a component's types, macros and constants.
EXTRA = {
    "helper/net": "address asked jwt",
    "helper/providers": "call",
    "helper/sandbox": "sanitized",
    "helper/session":
        "challenge connection end ending environment result step",
    "helper/store": "carried claim guess send try",
    "helper/store/postgresql": "pq",
    "helper/store/sqlite": "alarm query sync",
    "helper/verification": "takeover",
    "lib/provider_types": "again authy conf enrolment lookup number setting",
    "lib/rules": "decision",
    "lib/settings":
        "action exception group hours membership network on outage record "
        "rule text",
    "lib/system": "boot random uid",
    "lib/values": "count hotp limits owned pem price print",
    "lib/wire":
        "abort event events field first purpose signal ssh state task "
        "transport verdict",
    "pam_module": "relay",
    "twofactl/client": "program systemctl",
    "twofactl/enrol": "new",
    "twofactl/host": "control return",
    "twofactl/records": "target",
    "twofactl/report": "explanation time",
    "twofactl/terminal": "arguments command complain ctl run shell shellwords",
}
HOME = 97.0  # percent of the public functions whose names lead to their file
BACKENDS = "store"  # struct store, which is each backend's own
# What is public for others than our files: the start of a program, libpam's;
# libcurl's, which its callers find in ours and the library comes late; and
# what an assembler line of SQL() defines.
CALLED = re.compile(r"^(main|pam_sm_\w+|curl_\w+|fleet_schema_\w+)$")
BACKEND = "helper/store/store_backend.h"


def plain(path):
    """A file's code; comments, texts and what goes on in a next line are
    blank. What #undef ends is none."""
    code = tree.NO_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()),
                            tree.read(path)).replace("\\\n", "  ")
    for name in re.findall(r"^#undef (\w+)", code, re.M):
        code = re.sub(r"^#define %s\b.*" % name, "", code, flags=re.M)
    return code


def declared_in(path):
    """The types, macros and enumerators of a header."""
    code = plain(path)
    guard = re.search(r"^#ifndef (\w+)", code, re.M)
    names = set(re.findall(r"^#define (\w+)", code, re.M))
    names |= set(re.findall(r"\b(?:struct|enum|union) (\w+) \{", code))
    names |= set(re.findall(r"^typedef .*?\b(\w+)(?:\([^;]*\))?;", code, re.M))
    for body in re.findall(r"\benum (?:\w+ )?\{(.*?)\}", code, re.S):
        names |= set(re.findall(r"(?:^|,)\s*(\w+)", body))
    return names - {guard and guard.group(1)}


def built(out):
    """The symbols of the programs' objects and of the module's."""
    found = calls.symbols_of(os.path.join(out, "obj"), calls.PRODUCT)
    module = calls.symbols_of(os.path.join(out, "pic"), ("pam_module",))
    for name, homes in module.defines.items():
        found.defines[name] |= homes
    found.needs.update(module.needs)
    return found


def own_prefix(component):
    return os.path.basename(component)


def first_word(name):
    return name.lower().split("_")[0].rstrip("s")


def first_words(name):
    """Of a file or a component, in either form."""
    return {first_word(name), first_word(SHORT_FORM.get(name, name))}


def words_of_file(path):
    stem = os.path.basename(path).rpartition(".")[0].replace("cmd_", "", 1)
    return first_words(stem) | first_words(
        own_prefix(components.component_of(path)))


def words_of_component(component):
    found = first_words(own_prefix(component)) | {
        first_word(word) for word in EXTRA.get(component, "").split()}
    for path in tree.files(r"^%s/[^/]+\.[ch]$" % re.escape(component)):
        found |= words_of_file(path)
    return found


def leads_home(name, path):
    if name.startswith("cmd_"):
        return os.path.basename(path) == name + ".c"
    return first_word(name) in words_of_file(path)


def public_functions(out):
    """(name, file), also of data."""
    for name, paths in sorted(built(out).defines.items()):
        for path in sorted(paths):
            if not CALLED.match(name):
                yield name, path


def public_functions_lead_home(out):
    """A few may lead elsewhere; a command never does."""
    found = list(public_functions(out))
    away = [(name, path) for name, path in found
            if not leads_home(name, path)]
    share = 100.0 - 100.0 * len(away) / max(1, len(found))
    for name, path in away:
        if share < HOME or name.startswith("cmd_"):
            yield "%s: %s begins with no word of its file or component" % (
                path, name)


def header_names_lead_home():
    """Types, macros and constants."""
    seen = collections.defaultdict(set)
    for path in tree.files(tree.OURS + r".*\.h$"):
        component = components.component_of(path)
        words = words_of_component(component)
        for name in sorted(declared_in(path)):
            seen[component].add(first_word(name))
            if name != BACKENDS and first_word(name) not in words:
                yield "%s: %s begins with no word of %s" % (
                    path, name, component)
    for component, words in EXTRA.items():
        for word in words.split():
            if first_word(word) not in seen[component]:
                yield "%s: no name begins with %s" % (component, word)


def static_names(path):
    """Of a .c file's own functions and data."""
    code = re.sub(r"__attribute__\(\(.*?\)\)\)?", "", plain(path))
    return set(re.findall(
        r"^static [^;{}()=]*?\b(\w+)(?=\(|(?:\[[^\]]*\])*\s*[=;])", code,
        re.M))


def statics_are_in_one_file(out):
    """So that grep for a name finds one function."""
    homes = collections.defaultdict(set)
    for path in tree.files(components.C_FILES):
        for name in static_names(path):
            homes[name].add(path)
    for name, paths in built(out).defines.items():
        if name in homes:
            homes[name] |= paths
    for name, paths in sorted(homes.items()):
        if len(paths) > 1:
            yield "%s is in %s" % (name, " ".join(sorted(paths)))


def words_of_tests(component):
    """All words of the unit tests of this component, and of the one that it is in:
    a vendor's are tests/unit/providers."""
    return {word for path in tree.files(
                r"^tests/(unit/(%s|%s)|support)/.*\.[ch]$" % (
                    own_prefix(component), own_prefix(os.path.dirname(component))))
            for word in re.findall(r"\w+", tree.code(path))}


def operations():
    """What each backend has under its own prefix: store_backend.h declares it,
    and a table of the backend has it."""
    return set(re.findall(r"\bOP\([^,()]+, (\w+),", tree.read(BACKEND))
               if os.path.exists(BACKEND) else ())


def public_functions_have_users(out):
    """In another file; or a unit test of the component names it: then it stands in
    ROOM_inside.h, or in COMPONENT.h where that would be short."""
    symbols = built(out)
    needed = set().union(*symbols.needs.values())
    asked = operations()
    for name, paths in sorted(symbols.defines.items()):
        for path in sorted(paths):
            component = components.component_of(path)
            inside = "%s/%s_inside.h" % (component, own_prefix(component))
            if name in needed or CALLED.match(name) or \
                    name.partition("_")[2] in asked:
                continue
            if name not in words_of_tests(component):
                yield "%s: nothing else uses %s: make it static" % (path, name)
            elif os.path.exists(inside) and \
                    not re.search(r"\b%s\b" % name, plain(inside)):
                yield "%s: only tests use %s: it belongs to %s" % (
                    path, name, inside)


CHECKS = (public_functions_lead_home, statics_are_in_one_file,
          public_functions_have_users)
