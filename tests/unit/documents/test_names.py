# SPDX-License-Identifier: BSD-2-Clause
"""The lint of names complains: of a name that leads to another file, of a
static in two files, of a function with no user."""

import pytest

from test_calls import calling
import names


@pytest.fixture(autouse=True)
def tables(monkeypatch):
    """As short as what is built here."""
    monkeypatch.setattr(names, "EXTRA", {})
    monkeypatch.setattr(names, "HOME", 100.0)


WIRE = {"lib/wire/frame.c": calling("frame_send") + calling("wire_open"),
        "helper/login/cmd_show.c": calling("cmd_show", "frame_send")}


def complaints(check, built, files):
    return list(check(built(files)))


def functions(built, files):
    return complaints(names.public_functions_lead_home, built,
                      dict(WIRE, **files))


def test_functions_that_lead_home(built):
    assert not functions(built, {
        "helper/login/login.c": calling("login_begin") + calling("main"),
        "twofactl/host/files.c": calling("file_open") + calling("pam_walk")})


@pytest.mark.parametrize("path, name", [
    ("helper/login/b.c", "frame_read"), ("lib/wire/b.c", "sent"),
    ("helper/login/login.c", "cmd_show_all")])
def test_a_function_that_leads_elsewhere(built, path, name):
    assert functions(built, {path: calling(name)}) == [
        "%s: %s begins with no word of its file or component" % (path, name)]


def test_a_few_may_lead_elsewhere_but_no_command(built, monkeypatch):
    monkeypatch.setattr(names, "HOME", 50.0)
    assert functions(built, {
        "lib/wire/b.c": calling("sent") + calling("cmd_list")}) == [
            "lib/wire/b.c: cmd_list begins with no word of its file or "
            "component"]


HEADER = ("#ifndef W_H\n#define W_H\n#define FRAME_MAX 1\n"
          "enum wire_kind { WIRE_NONE = 0 };\nstruct fact { int any; };\n"
          "#endif\n")


def header(built, text, monkeypatch, extra):
    monkeypatch.setattr(names, "EXTRA", {"lib/wire": extra})
    built(dict(WIRE, **{"lib/wire/wire.h": text}))
    return list(names.header_names_lead_home())


def test_names_of_a_header(built, monkeypatch):
    assert not header(built, HEADER, monkeypatch, "fact")


@pytest.mark.parametrize("text, name", [
    ("#define LOGIN_MAX 1\n", "LOGIN_MAX"),
    ("enum frame {\n\tLOGIN_ENDED = 2,\n};\n", "LOGIN_ENDED"),
    ("struct login_when { int x; };\n", "login_when")])
def test_a_foreign_name_in_a_header(built, monkeypatch, text, name):
    assert header(built, HEADER + text, monkeypatch, "fact") == [
        "lib/wire/wire.h: %s begins with no word of lib/wire" % name]


def test_a_word_that_nothing_has(built, monkeypatch):
    assert header(built, HEADER, monkeypatch, "fact field") == [
        "lib/wire: no name begins with field"]


OWN = "static int %s(void) { return 1; }\nint %s(void) { return %s(); }\n"


def statics(built, first, second):
    return complaints(names.statics_are_in_one_file, built, {
        "lib/wire/a.c": first, "helper/login/b.c": second})


def test_statics_of_one_file_each(built):
    assert not statics(built, OWN % ("put", "frame_put", "put"),
                       OWN % ("take", "frame_take", "take"))


@pytest.mark.parametrize("second", [
    OWN % ("put", "frame_take", "put"), calling("put"),
    "static const int put[] = { 1 };\nint x(void) { return put[0]; }\n",
    "static __attribute__((noinline)) int\nput(void)\n{\n\treturn 1;\n}\n"])
def test_a_static_that_stands_twice(built, second):
    assert statics(built, OWN % ("put", "frame_put", "put"), second) == [
        "put is in helper/login/b.c lib/wire/a.c"]


def users(built, files):
    return complaints(names.public_functions_have_users, built, files)


def test_functions_with_users(built):
    assert not users(built, {"lib/wire/a.c": calling("frame_put"),
                             "helper/main.c": calling("main", "frame_put")})


def test_a_function_without_a_user(built):
    assert users(built, {"lib/wire/a.c": calling("frame_put")}) == [
        "lib/wire/a.c: nothing else uses frame_put: make it static"]


def test_a_function_for_tests(built):
    files = {"lib/wire/a.c": calling("frame_put"),
             "lib/wire/wire_inside.h": "int frame_put(void);\n",
             "tests/unit/wire/test_a.c": calling("main", "frame_put")}
    assert not users(built, files)
    files["lib/wire/wire_inside.h"] = "/* frame_put: in wire.h */\n"
    assert users(built, files) == [
        "lib/wire/a.c: only tests use frame_put: it belongs to "
        "lib/wire/wire_inside.h"]
