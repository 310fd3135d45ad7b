# SPDX-License-Identifier: BSD-2-Clause
"""What root builds in somebody's clone is theirs, for their next make."""

import os
import subprocess

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../../packaging/give_back")
NOBODY = 65534


def test_whose_the_sources_are(tmp_path):
    """All but the bare systems, whose setuid programs are root's, and what a
    link shows to."""
    root = os.geteuid() == 0
    outside = tmp_path / "outside"
    outside.write_text("", encoding="ascii")
    os.makedirs(tmp_path / "src/build/obj/lib")
    os.makedirs(tmp_path / "src/build/roots/trixie")
    os.makedirs(tmp_path / "src/build/container/su")
    os.symlink(outside, tmp_path / "src/build/obj/link")
    (tmp_path / "src/Makefile").write_text("", encoding="ascii")
    if root:
        os.chown(tmp_path / "src/Makefile", NOBODY, NOBODY)
    subprocess.run([SCRIPT, "build"], cwd=tmp_path / "src", check=True)
    owner = NOBODY if root else os.geteuid()
    for path in ("", "/obj", "/obj/lib", "/obj/link"):
        assert os.lstat(str(tmp_path / "src/build") + path).st_uid == owner
    for path in (outside, tmp_path / "src/build/roots",
                 tmp_path / "src/build/roots/trixie",
                 tmp_path / "src/build/container"):
        assert os.stat(path).st_uid == os.geteuid()
