# SPDX-License-Identifier: BSD-2-Clause
"""Checks of names: whose a name is can be seen, and grep finds one place.

A public name begins with a prefix that one room has: the room's own, or one of
those below, the titles of the sections of its headers. The longest that fits
counts. cmd_NAME is a command's, whichever room it stands in. A static's name
stands in one file. Public is what another file needs.
"""

import collections
import os
import re

import calls
import rooms
import tree

PREFIXES = {
    "lib/values":
        "base_url charset count_of day email hex limits method methods money "
        "network owner reach_move_last pem phone price print recovery secret "
        "source ssh_cert ssh_fingerprint ssh_identity totp user_name uuid "
        "text_is_one_of text_has_word",
    "lib/wire":
        "abort escape event events facts field first frame helper_limit "
        "helper_limits helper_path helper_user logline module_arguments "
        "module_task one_field purpose reason reasons signal ssh_method state_admin task "
        "transport utf8 verdict",
    "lib/system":
        "boot_id ca_roots clock folder log system_random_name trusted_file system_uid_text",
    "lib/items": "item reason_class reason_limit reason_text",
    "lib/fleet_records":
        "fleet_batch fleet_groups fleet_part fleet_reseal fleet_seal "
        "fleet_wipe",
    "lib/provider_types":
        "again conf enrolment lookup number provider_again provider_brand "
        "provider_conf provider_identity provider_key provider_language "
        "provider_languages provider_methods provider_slots provider_type "
        "provider_types setting_key setting_kind",
    "pam_module":
        "helper_talk hostfacts module_log relay spawn",
    "lib/settings":
        "action condition conditions crash_guard exception group hours "
        "membership network_list on_outage outage_allow outage_deny "
        "outage_offline outage_unset record_source rsa_key rule setting text_list user",
    "lib/rules":
        "account accounts admission decision decoy_shape factor_choice "
        "policy reach rule_end rule_result",
    "helper/net": "asked http json jwt question shortage wiping_memory",
    "helper/sandbox": "filter landlock privileges refused sanitized",
    "helper/store":
        "carried claim guess host_key latency send session try",
    "helper/store/sqlite": "alarm query row sync",
    "helper/dialogue":
        "answer ask challenge connection end ending environment dialogue_host_line "
        "login news request result step ui words",
    "helper/store/postgresql":
        "outage pg postgresql pq",
    "helper/providers": "call outcome provider",
    "helper/verification": "own_code takeover used_code verify",
    "helper/factors": "app_code decoy field_login push",
    "helper/login":
        "login_table login_begin login_log_ended login_run person "
        "remembered_login",
    "helper/control": "forecast looking number_lookup serve",
    "twofactl/terminal":
        "arguments command complain ctl option options progress qr run "
        "terminal_shell_quote shellwords",
    "twofactl/client":
        "audit process program run_program systemctl systemd",
    "twofactl/records":
        "command_entry command_gone command_person command_there "
        "command_user command_whole command_whom name_list place_file record "
        "secret_file target whole_file",
    "twofactl/check": "edit",
    "twofactl/host": "asking control pam return sudoers",
    "twofactl/etc": "authselect rule_edit stack text",
    "twofactl/lockout": "host_account host_accounts host_group host_member",
    "twofactl/trial":
        "rehearsal roll_back service_change service_request",
    "twofactl/enrol":
        "app_secret csv import new_codes enrol_number_advice phone_owner "
        "phone_owners remove_beside typed_key typed_number wanted_record",
    "twofactl/report":
        "explain explanation journal explain_simulated_login status time_span",
}
WITHOUT = ("helper/login",)  # login_ is dialogue's, for struct login
ENGINES = "store"  # struct store, which is each engine's own
EACH = 8  # prefixes of one file, at most
# A vendor's names are in two rooms: its settings, and its calls.
VENDORS = ("authy", "http", "telnyx", "twilio", "vonage")
HOME_OF = {"authy": "twilio", "http": "telnyx"}
TYPES = "lib/provider_types"
# What is public for others than our files: the start of a program, libpam's;
# libcurl's, which its callers find in ours and the library comes late; and
# what an assembler line of SQL() defines.
CALLED = re.compile(r"^(main|pam_sm_\w+|curl_\w+|fleet_schema_\w+)$")
# What one file of its room uses alone and is short, and why it stands apart.
APART = {
    "helper/control/control_explain.c":
        "a purpose of control.c's table, as those of control_state.c are",
    "helper/store/postgresql/pg_admin.c":
        "steps: the engine's table is in pg_store.c",
    "helper/store/postgresql/pg_guesses.c": "steps of that table, too",
    "helper/store/sqlite/sqlite_fleet.c":
        "what only a fleet asks: sqlite_admin.c has the engine's table",
    "helper/store/sqlite/sqlite_started.c": "steps of that table",
    "helper/store/sqlite/sqlite_claim.c": "steps of that table, too",
}
ENGINE = "helper/store/store_backend.h"
TOGETHER = rooms.LONGEST


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


def own_prefix(room):
    return os.path.basename(room)


def homes_of_prefixes():
    """{prefix: rooms}"""
    homes = collections.defaultdict(set)
    for room, prefixes in PREFIXES.items():
        for prefix in prefixes.split():
            homes[prefix].add(room)
    for room in {rooms.room_of(path) for path in tree.files(rooms.C_FILES)}:
        if room not in WITHOUT:
            homes[own_prefix(room)].add(room)
    for vendor in VENDORS:
        homes[vendor] |= {
            TYPES, "helper/providers/" + HOME_OF.get(vendor, vendor)}
    return homes


def prefix_of(name, prefixes):
    """The longest that the name begins with, at the end of a word."""
    words = name.lower().split("_")
    for count in range(len(words), 0, -1):
        if "_".join(words[:count]) in prefixes:
            return "_".join(words[:count])
    return None


def public_names(out):
    """(name, where it is declared or defined)"""
    for path in tree.files(tree.OURS + r".*\.h$"):
        for name in sorted(declared_in(path)):
            yield name, path
    for name, paths in sorted(built(out).defines.items()):
        for path in sorted(paths):
            if not CALLED.match(name):
                yield name, path


def public_names_tell_their_room(out):
    homes = homes_of_prefixes()
    for prefix, there in sorted(homes.items()):
        if len(there) > 1 and prefix not in VENDORS:
            yield "%s_ is a prefix of %s" % (
                prefix, " and ".join(sorted(there)))
    files = collections.defaultdict(set)
    seen = set()
    for name, path in public_names(out):
        room = rooms.room_of(path)
        prefix = prefix_of(name, homes)
        seen.add(prefix)
        if name.startswith("cmd_") or name == ENGINES:
            continue
        if prefix is None or room not in homes[prefix]:
            yield "%s: %s begins with no prefix of %s%s" % (
                path, name, room, "" if prefix is None else
                ", but with %s_ of %s" % (prefix, " ".join(homes[prefix])))
        files[path].add(prefix)
    for path, prefixes in sorted(files.items()):
        if path.endswith(".c") and len(prefixes) > EACH:
            yield "%s: %d prefixes, %d at most: %s" % (
                path, len(prefixes), EACH,
                " ".join(sorted(map(str, prefixes))))
    for room, prefixes in PREFIXES.items():
        for prefix in sorted(set(prefixes.split()) - seen):
            yield "%s: no name begins with %s_" % (room, prefix)


def static_names(path):
    """Of a .c file's own functions and data."""
    code = re.sub(r"__attribute__\(\(.*?\)\)\)?", "", plain(path))
    return set(re.findall(
        r"^static [^;{}()=]*?\b(\w+)(?=\(|(?:\[[^\]]*\])*\s*[=;])", code,
        re.M))


def statics_stand_in_one_file(out):
    """So that grep for a name finds one function."""
    homes = collections.defaultdict(set)
    for path in tree.files(rooms.C_FILES):
        for name in static_names(path):
            homes[name].add(path)
    for name, paths in built(out).defines.items():
        if name in homes:
            homes[name] |= paths
    for name, paths in sorted(homes.items()):
        if len(paths) > 1:
            yield "%s is in %s" % (name, " ".join(sorted(paths)))


def single_users(symbols):
    """(file, the only other file that uses it, what of it)"""
    users = collections.defaultdict(dict)
    for source, homes in symbols.uses().items():
        for home, names in homes.items():
            users[home][source] = names
    for home, sources in sorted(users.items()):
        if len(sources) == 1:
            yield home, *next(iter(sources.items()))


def files_serve_more_than_one(out):
    """A file that one other of its room uses alone is a part of that one,
    unless both together are too long, or it is a table."""
    symbols = built(out)
    for home, user, names in single_users(symbols):
        lines = tree.read(home).count("\n") + tree.read(user).count("\n")
        table = not re.search(r"\b(%s)\(" % "|".join(names), plain(home))
        if rooms.room_of(home) == rooms.room_of(user) and not table and \
                lines <= TOGETHER and home not in APART:
            yield "%s: %s uses it alone: join them, in %d lines" % (
                home, user, lines)
    alone = {home for home, *_ in single_users(symbols)}
    for path in sorted(set(APART) - alone):
        yield path + ": is used by others, too: needs no reason to stand apart"


def words_of_tests(room):
    """All words of the unit tests of this room, and of the one that it is in:
    a vendor's are tests/unit/providers."""
    return {word for path in tree.files(
                r"^tests/(unit/(%s|%s)|support)/.*\.[ch]$" % (
                    own_prefix(room), own_prefix(os.path.dirname(room))))
            for word in re.findall(r"\w+", tree.code(path))}


def steps():
    """What each engine has under its own prefix: store_backend.h declares it,
    and a table of the engine has it."""
    return set(re.findall(r"\bOP\([^,()]+, (\w+),", tree.read(ENGINE))
               if os.path.exists(ENGINE) else ())


def public_functions_have_users(out):
    """In another file; or a unit test of the room names it: then it stands in
    ROOM_inside.h, or in ROOM.h where that would be short."""
    symbols = built(out)
    needed = set().union(*symbols.needs.values())
    asked = steps()
    for name, paths in sorted(symbols.defines.items()):
        for path in sorted(paths):
            room = rooms.room_of(path)
            inside = "%s/%s_inside.h" % (room, own_prefix(room))
            if name in needed or CALLED.match(name) or \
                    name.partition("_")[2] in asked:
                continue
            if name not in words_of_tests(room):
                yield "%s: nothing else uses %s: make it static" % (path, name)
            elif os.path.exists(inside) and \
                    not re.search(r"\b%s\b" % name, plain(inside)):
                yield "%s: only tests use %s: it belongs to %s" % (
                    path, name, inside)


CHECKS = (public_names_tell_their_room, statics_stand_in_one_file,
         files_serve_more_than_one, public_functions_have_users)
