# SPDX-License-Identifier: BSD-2-Clause
"""What tests of the lint share."""

import os
import subprocess

import pytest

CC = os.environ.get("CC", "cc")


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Compiles {path: text of C} as the build does; link names a program."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".gitignore").write_text("/out/\n")

    def build(files, top="obj", link=None):
        objects = []
        for path, text in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            if not path.endswith(".c"):
                continue
            objects.append(tmp_path / "out" / top / (path[:-1] + "o"))
            objects[-1].parent.mkdir(parents=True, exist_ok=True)
            subprocess.run([CC, "-fPIE", "-c", "-o", objects[-1], target],
                           check=True)
        if link:
            subprocess.run([CC, "-pie", "-o", tmp_path / "out" / link,
                            *objects, "-Wl,--unresolved-symbols=ignore-all"],
                           check=True)
        return str(tmp_path / "out")

    return build
