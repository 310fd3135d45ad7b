# SPDX-License-Identifier: BSD-2-Clause
"""The lint of calls complains: of files that call each other in a circle, of
the helper's code in root's program, of a pure file that asks the clock. Each
on tiny files that are compiled here."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/lint"))

import calls  # noqa: E402
import components  # noqa: E402

def calling(name, *others):
    """A function that calls others."""
    return "".join("int %s(void);\n" % other for other in others) + \
        "int %s(void) { return 0%s; }\n" % (
            name, "".join(" + %s()" % other for other in others))


def test_calls_that_go_down_are_fine(built):
    out = built({"lib/a.c": calling("a", "b", "c"), "lib/b.c": calling("b", "c"),
                 "helper/c.c": calling("c", "printf")})
    assert not list(calls.product_calls_go_in_no_circle(out))


def test_a_circle_of_three(built):
    out = built({"lib/a.c": calling("a", "b"),
                 "lib/b.c": calling("b", "c", "d"),
                 "helper/c.c": calling("c", "a", "table"),
                 "helper/d.c": calling("d") + "int table(void) { return 1; }"})
    assert list(calls.product_calls_go_in_no_circle(out)) == [
        "a circle of 3 files:\n"
        "  helper/c.c needs a of lib/a.c\n"
        "  lib/a.c needs b of lib/b.c\n"
        "  lib/b.c needs c of helper/c.c"]


def test_a_circle_through_data(built):
    out = built({"lib/a.c": "extern const int half; int whole(void);\n"
                            "int whole(void) { return 2 * half; }",
                 "lib/b.c": "int whole(void); extern int (*const ask)(void);\n"
                            "const int half = 1;\n"
                            "int (*const ask)(void) = whole;"})
    assert list(calls.product_calls_go_in_no_circle(out)) == [
        "a circle of 2 files:\n"
        "  lib/a.c needs half of lib/b.c\n"
        "  lib/b.c needs whole of lib/a.c"]


def test_two_circles_are_told(built):
    out = built({"lib/a.c": calling("a", "b"), "lib/b.c": calling("b", "a"),
                 "lib/c.c": calling("c", "d"), "lib/d.c": calling("d", "c")})
    assert len(list(calls.product_calls_go_in_no_circle(out))) == 2


def test_a_pointer_that_is_handed_down_is_no_circle(built):
    out = built({"lib/low.c": "int low(int (*up)(void));\n"
                              "int low(int (*up)(void)) { return up(); }",
                 "helper/high.c": "int low(int (*)(void)); int high(void);\n"
                                  "static int back(void) { return 1; }\n"
                                  "int high(void) { return low(back); }"})
    assert not list(calls.product_calls_go_in_no_circle(out))


def test_names_of_a_files_own_are_no_calls(built):
    out = built({"lib/a.c": "static int x(void) { return 1; }\n"
                            "int a(void); int a(void) { return x(); }",
                 "lib/b.c": calling("x", "a")})
    assert not list(calls.product_calls_go_in_no_circle(out))


@pytest.mark.parametrize("check, top, folder", [
    (calls.module_calls_go_in_no_circle, "pic", "pam_module"),
    (calls.simulator_calls_go_in_no_circle, "obj", "tests/simulator/core")])
def test_a_circle_in_the_module_or_the_simulator(built, check, top, folder):
    out = built({folder + "/a.c": calling("a", "b"),
                 folder + "/b.c": calling("b", "a")}, top)
    assert [text.split("\n")[0] for text in check(out)] == [
        "a circle of 2 files:"]


def test_objects_of_files_that_are_gone_count_no_more(built, tmp_path):
    out = built({"lib/a.c": calling("a", "b"), "lib/b.c": calling("b", "a")})
    (tmp_path / "lib/b.c").unlink()
    assert not list(calls.product_calls_go_in_no_circle(out))


def test_a_file_that_was_not_built(built, tmp_path):
    out = built({"lib/a.c": calling("a")})
    assert not list(calls.objects_are_there(out))
    (tmp_path / "lib/b.c").write_text("")
    assert list(calls.objects_are_there(out)) == [
        "lib/b.c: no object %s/obj/lib/b.o" % out]


ROOTS = {"twofactl/main.c": calling("main", "a"),
         "lib/a.c": calling("a", "printf")}


def test_twofactl_of_its_own(built):
    built({"lib/unused.c": calling("unused", "call"),
           "helper/call.c": calling("call", "curl_easy_init")})
    out = built(ROOTS, link="twofactl")
    assert not list(calls.twofactl_links_no_calls(out))


def test_twofactl_with_a_call_in_it(built):
    out = built({**ROOTS, "lib/a.c": calling("a", "call"),
                 "helper/call.c": calling("call", "curl_easy_init")},
                link="twofactl")
    assert list(calls.twofactl_links_no_calls(out)) == [
        "helper/call.c is linked into twofactl: lib/a.c needs call",
        "helper/call.c is linked into twofactl: it needs curl_easy_init",
        "twofactl has call of helper/call.c"]


def test_twofactl_with_what_nothing_needs(built):
    """Linked whole, not out of an archive."""
    out = built({**ROOTS, "helper/call.c": calling("call")}, link="twofactl")
    assert list(calls.twofactl_links_no_calls(out)) == [
        "twofactl has call of helper/call.c"]


def test_twofactl_with_a_library(built):
    out = built({**ROOTS, "lib/copy.c": calling("cJSON_Parse")},
                link="twofactl")
    assert list(calls.twofactl_links_no_calls(out)) == [
        "twofactl has cJSON_Parse"]


def test_twofactl_without_symbols(built):
    out = built(ROOTS, link="twofactl")
    subprocess.run(["strip", out + "/twofactl"], check=True)
    assert list(calls.twofactl_links_no_calls(out)) == [
        out + "/twofactl names no symbols: it cannot be looked at"]


@pytest.mark.parametrize("opening, symbol, complains", [
    ("/* Money. Pure. */", "time", True),
    ("/* Money. Pure. */", "__read_chk", True),
    ("/* Money. Pure. */", "snprintf", False),
    ("/* Money. */", "time", False),
    ("/* Money. */\n#include <stdio.h>\n/* Pure. */", "time", False)])
def test_a_pure_file(built, opening, symbol, complains):
    out = built({"lib/a.c": opening + "\n" + calling("a", symbol),
                 "lib/b.c": calling("b", "time")})
    assert list(calls.pure_files_are_pure(out)) == [
        "lib/a.c says that it is pure, and calls " + symbol] * complains


def test_a_file_that_no_other_uses(built):
    out = built({"lib/a.c": calling("a"), "lib/b.c": calling("b", "a"),
                 "helper/main.c": calling("main", "c"),
                 "helper/net/c.c": calling("c")})
    assert list(components.files_are_used(out)) == ["lib/b.c: no other file uses it"]


ROW = "| what runs *%s* | %s | %d |\n"


@pytest.mark.parametrize("count, told", [(200, []), (150, [
    "SECURITY.md: *one host* needs `helper/main.c`, `lib/wire/`: 200 lines"])])
def test_what_a_reader_needs(built, count, told):
    filled = "/* */\n" * 96
    row = "helper/store/sqlite/sqlite_fleet.c"
    out = built({"helper/main.c": filled + calling("main", "a", "s", "f"),
                 row: calling("f", "c"),
                 "lib/wire/a.c": filled + calling("a", "b"),
                 "helper/control/s.c": calling("s", "c"),
                 "lib/values/c.c": calling("c"),
                 "lib/fleet_records/b.c": filled + calling("b", "c"),
                 "SECURITY.md": ROW % ("inside sshd", "`lib/wire/`", 99) +
                 ROW % ("one host", "`helper/main.c`, `lib/wire/`", count) +
                 ROW % ("a fleet", "`%s`, `lib/fleet_records/`" % row,
                        102)})
    assert list(components.reading_sets_are_told(out)) == told
