# SPDX-License-Identifier: BSD-2-Clause
"""No test file is left out of `make check` and `make check-more`, and none runs
twice with the same build."""

import collections
import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "tests/suites"))

# pylint: disable=wrong-import-position
import counts  # noqa: E402
import plan  # noqa: E402
import suite  # noqa: E402

E2E = suite.find("tests/e2e/*/test_*.py")


def files(listed, build):
    """How often each e2e file runs with that build and started helpers."""
    return collections.Counter(
        path for each in listed
        if isinstance(each, suite.Pytest) and each.build == build and
        not each.env.get("TWOFA_TRANSPORT")
        for path in each.tests if path.startswith("tests/e2e/") and
        "::" not in path)


def runs(name):
    """Of both targets: with the plain build, and with sanitizers."""
    listed = getattr(plan, name)("build", False)
    return files(listed, "build"), files(listed, "build/asan")


def test_check_runs_each_once():
    """Over the socket, or with helpers of their own."""
    plain, asan = runs("check")
    later = set(plan.Builds().only("more"))
    socket = plan.listening(plan.Builds())
    assert len(socket) > 50
    for path in E2E:
        assert plain[path] + asan[path] + (path in socket) == (
            path not in later), path


def test_check_runs_by_the_socket_what_it_says():
    by = [path for each in plan.check("build", False)
          if isinstance(each, suite.Pytest) and
          each.env.get("TWOFA_TRANSPORT") == "socket"
          for path in each.tests]
    assert set(plan.listening(plan.Builds())) <= set(by)
    assert len(by) == len(set(by))


def test_both_run_each_with_both_builds():
    never = set(plan.Builds().only(*plan.NEVER))
    plain, asan = runs("check")
    more_plain, more_asan = runs("more")
    for path in E2E:
        assert plain[path] + more_plain[path] >= 1, path
        assert asan[path] + more_asan[path] == (path not in never), path


def test_what_takes_some_of_its_cases_takes_all_later():
    plain, _ = runs("more")
    taking = [path for path in E2E if plan.takes_some(path)]
    assert len(taking) > 5
    for path in taking:
        assert plain[path] == 1, path


@pytest.mark.parametrize("name", ["check", "more"])
@pytest.mark.parametrize("one_by_one", [False, True])
def test_each_suite_has_tests(name, one_by_one):
    """pytest would run all that there are for an empty list."""
    for each in getattr(plan, name)("build", one_by_one):
        if isinstance(each, suite.Pytest):
            assert each.tests, each.name


def test_a_word_that_is_unknown_is_refused(monkeypatch, tmp_path):
    (tmp_path / "tests/e2e").mkdir(parents=True)
    (tmp_path / "tests/e2e/builds").write_text("test_push.py\tlater\n")
    monkeypatch.setattr(plan, "ROOT", str(tmp_path))
    with pytest.raises(SystemExit, match="what is test_push.py"):
        plan.Builds()


@pytest.mark.parametrize("name", ["unit", "asan-unit"])
def test_unit_programs_are_shared_out(name, tmp_path):
    """Each program is in one suite, also one that is left over."""
    folder = tmp_path / "unit"
    folder.mkdir()
    programs = {os.path.basename(os.path.dirname(path))
                for path in suite.find("tests/unit/*/test_*.c")} | {"left"}
    for program in programs:
        (folder / program).touch()
    found = [program
             for each in plan.units(name, str(tmp_path), str(tmp_path), ())
             for program, _ in each._programs()]
    assert sorted(found) == sorted(programs)


def test_bench_hides_no_module_of_the_rig():
    """make bench imports both; its own folder comes first."""
    rig, bench = ({os.path.basename(path) for path in suite.find(pattern)}
                  for pattern in ("tests/e2e/rig/*.py", "tests/bench/*.py"))
    assert rig and bench and not rig & bench


HANGING = """
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>
#include "tests/support/unit_tests.h"
static void hangs(void **state) { (void)state; for (;;) (void)pause(); }
static void ends(void **state) { (void)state; }
UNIT_TESTS(test_it)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(hangs),
		cmocka_unit_test(ends) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
"""


def test_a_unit_test_that_hangs_fails(tmp_path):
    """By its name, and those behind it run."""
    program = str(tmp_path / "program")
    source = tmp_path / "test_it.c"
    source.write_text(HANGING, encoding="ascii")
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-I" + ROOT, "-o", program, source,
                    ROOT + "/tests/support/unit_tests.c", "-lcmocka"],
                   check=True)
    done = subprocess.run(
        [program], env=dict(os.environ, UNIT_LIMIT="1",
                            CMOCKA_MESSAGE_OUTPUT="TAP"),
        stdout=subprocess.PIPE, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "not ok 1 - hangs" in done.stdout
    assert "\nok 2 - ends" in done.stdout


FAILS = """
def deeper():
    assert [1] == [2], "what was told"
def test_it():
    deeper()
def test_other():
    pass
"""


def test_a_failure_is_told_in_a_line(tmp_path):
    """The end of a run, which may be all that is kept of it, says where and what."""
    source, report = tmp_path / "test_it.py", tmp_path / "report.xml"
    source.write_text(FAILS, encoding="ascii")
    subprocess.run([sys.executable, "-B", "-m", "pytest", "-q", "-p",
                    "no:cacheprovider", "--junit-xml", report, source],
                   cwd=tmp_path, stdout=subprocess.DEVNULL, check=False)
    found = counts.junit_counts(report)
    assert (found.passed, found.failed) == (1, 1)
    told, = found.failures
    assert told.startswith("test_it::test_it: test_it.py:5 test_it.py:3: "
                           "AssertionError: what was told assert [1] == [2]")
