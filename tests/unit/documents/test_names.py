# SPDX-License-Identifier: BSD-2-Clause
"""The lint of names complains: of a name that another component's prefix begins, of
a static in two files, of a file with one user, of a function with none."""

import pytest

from test_calls import calling
import names
import components


@pytest.fixture(autouse=True)
def tables(monkeypatch):
    """As short as what is built here."""
    monkeypatch.setattr(names, "PREFIXES", {
        "lib/wire": "frame facts", "helper/login": "login_begin"})
    monkeypatch.setattr(names, "VENDORS", ())
    monkeypatch.setattr(names, "WITHOUT", ())
    monkeypatch.setattr(names, "APART", {})


WIRE = calling("frame_send") + calling("facts_get")
LOGIN = calling("login_begin", "frame_send", "facts_get")


def complaints(check, built, files):
    return list(check(built(files)))


def prefixes(built, files):
    return complaints(names.public_names_tell_their_component, built, dict(
        {"lib/wire/a.c": WIRE, "helper/login/a.c": LOGIN}, **files))


def test_a_component_own_prefixes(built):
    assert not prefixes(built, {
        "lib/wire/wire.h": "#ifndef W_H\n#define W_H\n#define FRAME_MAX 1\n"
                           "enum facts_kind { FACTS_NONE = 0, FACTS_ALL };\n"
                           "struct wire { int any; };\n#endif\n",
        "helper/login/b.c": calling("cmd_show") + calling("login_end")})


@pytest.mark.parametrize("path, text, name", [
    ("helper/login/b.c", calling("frame_read"), "frame_read"),
    ("helper/login/b.c", "const int facts_all = 1;", "facts_all"),
    ("lib/wire/wire.h", "#define LOGIN_MAX 1\n", "LOGIN_MAX"),
    ("lib/wire/wire.h", "enum frame {\n\tLOGIN_ENDED = 2,\n};\n",
     "LOGIN_ENDED"),
    ("lib/wire/wire.h", "struct login_begin_when { int x; };\n",
     "login_begin_when"),
    ("lib/wire/b.c", calling("sent"), "sent")])
def test_a_foreign_prefix(built, path, text, name):
    told = prefixes(built, {path: text})
    assert len(told) == 1
    assert told[0].startswith("%s: %s begins with no prefix of %s" % (
        path, name, components.component_of(path)))


def test_a_prefix_of_two_rooms(built, monkeypatch):
    monkeypatch.setitem(names.PREFIXES, "helper/login", "login_begin frame")
    assert "frame_ is a prefix of helper/login and lib/wire" in prefixes(
        built, {})


def test_a_prefix_that_nothing_has(built, monkeypatch):
    monkeypatch.setitem(names.PREFIXES, "lib/wire", "frame facts field")
    assert prefixes(built, {}) == ["lib/wire: no name begins with field_"]


def test_too_many_prefixes(built, monkeypatch):
    monkeypatch.setattr(names, "EACH", 1)
    assert prefixes(built, {}) == [
        "lib/wire/a.c: 2 prefixes, 1 at most: facts frame"]


OWN = "static int %s(void) { return 1; }\nint %s(void) { return %s(); }\n"


def statics(built, first, second):
    return complaints(names.statics_stand_in_one_file, built, {
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


ALONE = {"lib/wire/a.c": calling("frame_send", "frame_put"),
         "lib/wire/b.c": calling("frame_put")}


def test_a_file_with_one_user(built, monkeypatch):
    check = names.files_serve_more_than_one
    assert complaints(check, built, ALONE) == [
        "lib/wire/b.c: lib/wire/a.c uses it alone: join them, in 3 lines"]
    monkeypatch.setattr(names, "TOGETHER", 2)
    assert not complaints(check, built, ALONE)


def test_a_file_that_stands_apart(built, monkeypatch):
    check = names.files_serve_more_than_one
    monkeypatch.setattr(names, "APART", {"lib/wire/b.c": "a seam"})
    assert not complaints(check, built, ALONE)
    assert complaints(check, built, dict(ALONE, **{
        "lib/wire/c.c": calling("frame_get", "frame_put")})) == [
            "lib/wire/b.c: is used by others, too: needs no reason to stand "
            "apart"]


@pytest.mark.parametrize("files", [
    {"lib/wire/a.c": "extern const int frame_kinds;\n"
                     "int a(void) { return frame_kinds; }\n",
     "lib/wire/b.c": "const int frame_kinds = 1;\n"},
    {"helper/login/a.c": calling("login", "frame_put"),
     "lib/wire/b.c": calling("frame_put")}])
def test_a_table_and_another_room(built, files):
    assert not complaints(names.files_serve_more_than_one, built, files)


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
