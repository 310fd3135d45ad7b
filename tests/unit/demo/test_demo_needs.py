# SPDX-License-Identifier: BSD-2-Clause
"""`make demo` says what the machine lacks before it installs or builds."""

import os
import subprocess

import pytest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
WITHOUT = ["setpriv", "--bounding-set"]


@pytest.mark.parametrize("lacks, words", [
    ("-net_admin", "CAP_NET_ADMIN is missing"),
    ("-sys_admin", "does not allow private namespaces")])
def test_before_all_else(tmp_path, lacks, words):
    root = os.geteuid() == 0
    shell(tmp_path)
    # what would be installed and built is only written down
    ended = subprocess.run(
        (WITHOUT + [lacks] if root else []) +
        ["make", "-s", "-C", ROOT, "demo", "O=%s" % tmp_path,
         "SHELL=%s/sh" % tmp_path],
        check=False, capture_output=True, text=True, timeout=60,
        env={**os.environ, "MAKEFLAGS": ""})
    assert ended.returncode != 0
    assert (words if root else "must be root") in ended.stderr, ended
    asked = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert [line for line in asked if line.startswith(
        ("packaging/", "tests/ns/", "TWOFA_BUILD"))] == [
            "tests/ns/enter --look"]


def shell(folder):
    """It runs the look alone, and writes down what it is given."""
    path = folder / "sh"
    path.write_text("""#!/bin/sh
echo "$2" >>"$(dirname "$0")/log"
case $2 in *--look) exec /bin/sh "$@" ;; esac
""", encoding="ascii")
    path.chmod(0o755)
