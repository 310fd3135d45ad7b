# SPDX-License-Identifier: BSD-2-Clause
"""The lint complains of numbers whose suffix reads like a digit, as clang-tidy's
cert-dcl16-c does, and of nothing else that looks like one."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/lint"))

import tree  # noqa: E402


@pytest.mark.parametrize("number", ["10l", "0x1fll", "1.5l", "3Lu", "0XFlu"])
def test_small_suffixes_are_found(number):
    assert list(tree.small_suffixes("x = f(-%s);" % number)) == [number]


@pytest.mark.parametrize("code", [
    "10L + 3LU + 1UL + 2u + 0x1FULL + 1.5f + .5L", "x1l = a.b2l;",
    "/* 10l */ 1;", "1; // 10l", 's = "10l";', "c = '\\''; d = 'l';",
    's = "a\\"10l";', 's = "https://10l"; t = 2;'])
def test_others_are_not(code):
    assert not list(tree.small_suffixes(code))


@pytest.mark.parametrize("text, found", [
    ("char *a[] = { [ONE] = 1, };\n", ["a"]),
    ("char *a[] = { [ONE] = 1, };\n"
     "_Static_assert(sizeof(a) / sizeof(a[0]) == TWO, \"\");\n", []),
    ("struct { int b; } a[][2] = {\n\t[ONE] = { 1 } };\n"
     "_Static_assert(sizeof(b) == TWO, \"\");\n", ["a"]),
    ("char *a[COUNT] = { [ONE] = 1, };\n", []),
    ("int a[] = { [1] = 1, };\n", []),
    ("int a[] = { 1, 2 };\n", []),
])
def test_tables_by_an_enum(text, found):
    assert list(tree.unasserted_tables(text)) == found
