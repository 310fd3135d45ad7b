# SPDX-License-Identifier: BSD-2-Clause
"""Two halves that would take the same request are told at the start: only the
first would ever be asked. On tables of the test's own, beside the real check."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = """
#include <stddef.h>
#include "tests/simulator/faults/clash.h"
#include "tests/simulator/core/provider.h"
static const struct sim_route one[] = { { SIM_GET | SIM_POST, "/a/{id}/b",
    NULL, NULL }, { SIM_GET, "/a", NULL, NULL }, { 0, NULL, NULL, NULL } };
static const struct sim_route two[] = { { %s, "%s", NULL, NULL },
    { 0, NULL, NULL, NULL } };
static const struct sim_provider a = { .name = "first", .routes = one };
static const struct sim_provider b = { .name = "second", .routes = two };
static const struct sim_provider *const halves[] = { &a, &b, NULL };
int main(void) { return clash_check(halves) == 0 ? 0 : 1; }
"""


def check(folder, methods, path):
    source, program = folder / "clash.c", folder / "clash"
    source.write_text(PROGRAM % (methods, path))
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-I", str(ROOT),
                    "-o", str(program), str(source),
                    str(ROOT / "tests/simulator/faults/clash.c")], check=True)
    done = subprocess.run([str(program)], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("methods, path", [
    ("SIM_GET", "/a"), ("SIM_POST", "/a/{id}/b"), ("SIM_GET", "/a/{code}/b"),
    ("SIM_DELETE | SIM_POST", "/a/{}/b")])
def test_the_same_request(tmp_path, methods, path):
    status, err = check(tmp_path, methods, path)
    assert status == 1
    assert err == ("twofa-simulator: second: first has this path and method "
                   "already: %s\n" % path)


@pytest.mark.parametrize("methods, path", [
    ("SIM_POST", "/a"), ("SIM_DELETE", "/a/{id}/b"), ("SIM_GET", "/a/x/b"),
    ("SIM_GET", "/a/{id}"), ("SIM_GET", "/a/{id}/b/c"), ("SIM_GET", "/b")])
def test_another_request(tmp_path, methods, path):
    assert check(tmp_path, methods, path) == (0, "")
