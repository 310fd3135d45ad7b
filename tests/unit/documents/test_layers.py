# SPDX-License-Identifier: BSD-2-Clause
"""The lint of the layout complains: of an include that goes up or across, of a
component without a place, of a name used twice, of a shred, of a header that is none
of its component's. Each in a small tree of the test's own."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/lint"))

import conditions  # noqa: E402
import layers  # noqa: E402
import components  # noqa: E402


@pytest.fixture
def layout(tmp_path, monkeypatch):
    """Builds a tree of {path: headers that it includes}."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)

    def build(files):
        for path, names in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("".join('#include "%s"\n' % n for n in names))

    return build


def test_the_core_names_no_type(layout):
    layout({})
    for path, text in (
            ("lib/provider_types/provider_types.h",
             "#define PROVIDER_TYPES(X) \\\n\tX(telnyx_sms) \\\n\tX(oidc)\n"),
            ("helper/providers/oidc/oidc.c", "oidc_type telnyx_sms_ops"),
            ("helper/broker/broker.c",
             "if (t == &telnyx_sms_type) /* not oidc */ telnyx();"),
            ("twofactl/init/init.c", 'puts("auth_req_id"); oidc_start();')):
        target = pathlib.Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    assert list(layers.the_core_names_no_type()) == [
        "helper/broker/broker.c: names telnyx_sms_type: a type's own files do",
        "twofactl/init/init.c: names auth_req_id: a type's own files do",
        "twofactl/init/init.c: names oidc_start: a type's own files do"]


def test_down_or_beside_is_fine(layout):
    layout({"helper/login/login.c": ["helper/login/login.h",
                                    "helper/factors/factors.h",
                                    "lib/wire/wire.h"],
           "helper/store/sqlite/open.c": ["helper/store/store.h"],
           "twofactl/twofactl.c": ["twofactl/report/report.h"],
           "pam_module/hostfacts.c": ["lib/wire/wire.h"],
           "helper/main.c": ["helper/control/control.h"]})
    assert not list(layers.includes_go_down())


@pytest.mark.parametrize("path, name, why", [
    ("helper/dialogue/dialogue.h", "helper/login/login.h",
     "layer 6 includes layer 9"),
    ("helper/store/sqlite/open.c", "helper/dialogue/dialogue.h",
     "layer 5 includes layer 6"),
    ("helper/broker/broker.c", "helper/verification/verification.h",
     "layer 7 includes layer 7"),
    ("helper/providers/providers.c", "helper/providers/twilio/twilio.h",
     "layer 6 includes layer 7"),
    ("lib/rules/rules.h", "helper/dialogue/dialogue.h", "lib sees only lib/"),
    ("helper/main.c", "twofactl/report/status.h",
     "helper sees only helper/ lib/"),
    ("twofactl/twofactl.c", "helper/dialogue/dialogue.h",
     "twofactl sees only twofactl/ lib/"),
    ("pam_module/hostfacts.c", "lib/values/values.h",
     "pam_module sees only pam_module/ lib/wire/"),
    ("helper/login/login.c", "tests/support/samples.h",
     "helper sees only helper/ lib/"),
    ("helper/main.c", "helper/attic/old.h",
     "no layer for helper/attic/old.h")])
def test_an_include_that_goes_up(layout, path, name, why):
    layout({path: ["lib/wire/wire.h", name]})
    assert list(layers.includes_go_down()) == [
        "%s: must not include %s: %s" % (path, name, why)]


def test_a_component_that_the_table_does_not_know(layout):
    layout({"helper/attic/old.c": [], "lib/stray.c": [], "helper/main.c": []})
    assert list(layers.includes_go_down()) == [
        "helper/attic/old.c: no layer for this folder",
        "lib/stray.c: no layer for this folder"]


def test_the_simulator_has_its_own_layers(layout):
    layout({"tests/simulator/main.c": ["tests/simulator/core/world.h"],
           "tests/simulator/core/world.c": ["tests/simulator/faults/gzip.h"],
           "tests/simulator/http/wire.c": ["lib/wire/wire.h"]})
    assert list(layers.simulator_includes_go_down()) == [
        "tests/simulator/core/world.c: must not include "
        "tests/simulator/faults/gzip.h: layer 1 includes layer 3",
        "tests/simulator/http/wire.c: must not include lib/wire/wire.h: "
        "tests sees only tests/simulator/"]


def test_a_name_used_twice(layout):
    layout({path: [] for path in (
        "lib/wire/frame.c", "lib/wire/wire.h", "helper/net/wire.h",
        "tests/support/wire.h", "helper/store/store.h",
        "helper/store/sqlite/store.c", "twofactl/report/wire.h")})
    assert list(layers.names_are_unique()) == [
        "wire.h is in helper/net and in lib/wire and in twofactl/report"]


def lines(path, count):
    pathlib.Path(path).write_text("/* */\n" * count)


def test_a_file_too_long(layout):
    layout({path: [] for path in ("lib/wire/a.c", "lib/wire/b.c",
                                  "pam_module/pam_twofa.c")})
    for path, lines in (("lib/wire/a.c", 701), ("lib/wire/b.c", 700),
                        ("pam_module/pam_twofa.c", 601)):
        with open(path, "w", encoding="ascii") as out:
            out.write("\n" * lines)
    assert list(components.files_are_short_enough()) == [
        "lib/wire/a.c: 701 lines, 700 at most",
        "pam_module/pam_twofa.c: 601 lines, 600 at most"]


MACROS = ("#define TOP 1\nint a(void)\n{\n\treturn TOP;\n}\n"
          "#define ROW(a) a\nint b = ROW(1);\n#undef ROW\n")


def test_macros_below_a_function(layout, monkeypatch):
    monkeypatch.setattr(components, "MID_FILES", 0)
    layout({"lib/wire/a.c": []})
    for more, told in (("", []), ("#define LATE 1\n", [
            "lib/wire/a.c:9: #define below a function, in 1 files; 0 at "
            "most"])):
        with open("lib/wire/a.c", "w", encoding="ascii") as out:
            out.write(MACROS + more)
        assert list(components.macros_are_at_the_top()) == told


def test_headers_of_a_component(layout):
    layout({"lib/wire/wire.h": [], "lib/wire/wire_inside.h": [],
           "lib/wire/frame.h": [], "helper/store/store_backend.h": [],
           "lib/wire/frame.c": ["lib/wire/wire.h", "lib/wire/wire_inside.h"],
           "lib/values/owner.c": ["lib/wire/wire_inside.h"],
           "tests/unit/wire/test_x.c": ["lib/wire/wire_inside.h"]})
    assert list(components.headers_are_contracts()) == [
        "lib/wire/frame.h: a component's headers are wire.h and wire_inside.h",
        "lib/values/owner.c: includes lib/wire/wire_inside.h, which is for "
        "lib/wire/ alone"]


def test_the_component_header_is_first(layout):
    layout({"lib/wire/wire.h": [], "helper/main.c": ["lib/wire/wire.h"],
           "lib/wire/a.c": ["lib/wire/wire.h", "lib/values/values.h"],
           "lib/wire/b.c": ["lib/values/values.h", "lib/wire/wire.h"]})
    assert list(components.component_header_first()) == [
        "lib/wire/b.c: does not include lib/wire/wire.h first"]


def test_a_fleet_is_known_to_main_alone(layout):
    layout({"helper/main.c": ["helper/store/postgresql/postgresql.h"],
           "helper/store/postgresql/a.c": ["lib/fleet_records/fleet_records.h"],
           "helper/login/login.c": ["helper/store/postgresql/postgresql.h"],
           "twofactl/enrol/enrol.c": ["lib/fleet_records/fleet_records.h"]})
    assert list(components.a_fleet_stands_apart()) == [
        "helper/login/login.c: includes helper/store/postgresql/postgresql.h: "
        "ask store_fleet()"]


RULES = {
    conditions.RULE: """
struct rule {
	struct text_list users;
	bool console_set, console; /* two */
	enum action action;
	%s
};
""",
    conditions.CONDITIONS: """
static const struct setting_entry entries[] = {
	[USERS] = { "users", read, SETTING_AT(rule, users) },
	[CONSOLE] = { "console", read, .allowed = "a, b" },
	%s
};
	{ .name = "users", .entry = &entries[USERS] },
	{ .name = "console" },
	return r->console_set && r->console;
""",
    conditions.ACTIONS: """
static const struct setting_entry entries[] = {
	{ "action", read,
	    SETTING_AT(rule, action), .dflt = "require" },
	%s
};
""",
    conditions.DECIDES: """
decision_of_rule(size_t rule)
{
	d.action = r->action;
	%s
}
"""}


def rules(layout, **more):
    """A tree of one action and two conditions, with these lines more."""
    layout({path: [] for path in RULES})
    for path, text in RULES.items():
        pathlib.Path(path).write_text(text % more.get(
            pathlib.Path(path).stem, ""))
    return list(conditions.keys_of_rules_are_conditions_or_actions())


def test_a_key_of_a_rule(layout):
    hours = '{ "hours", read, SETTING_AT(rule, hours) },'
    assert not rules(layout)
    assert not rules(layout, settings="bool hours;", settings_rules=hours,
                     policy="d.hours = r->hours;")
    assert rules(layout, settings="bool hours;", conditions=hours) == [
        "lib/settings/conditions.c: hours has no row in conditions[]"]
    assert rules(layout, settings="bool hours;", settings_rules=hours) == [
        "lib/settings/settings.h: struct rule has hours, which no condition "
        "looks at and no decision is given",
        "lib/settings/settings_rules.c: hours is nothing that a rule does, by "
        "decision_of_rule: is it a condition? Those stand in "
        "lib/settings/conditions.c"]


def test_a_test_beside_the_module(layout):
    layout({"tests/unit/wire/test_x.c": ["pam_module/pam_module.h"]})
    assert list(layers.tests_load_the_module()) == [
        "tests/unit/wire/test_x.c: tests load the built module"]
