# SPDX-License-Identifier: BSD-2-Clause
"""A systemctl that knows twofa-helper-user.socket alone, and notes what it is
told."""

import os
import subprocess

import pytest

NAME = "twofa-helper-user.socket"
PATH = "/usr/bin/systemctl"
RUNS = "/run/systemd/system"
SCRIPT = """#!/bin/sh
cd %s
case $1 in is-*) ;; *) echo "$*" >>told ;; esac
[ "$1" != "$(cat fails)" ] || { echo it is broken; exit 1; }
case $1 in
is-enabled) cat state; [ "$(cat state)" = enabled ] ;;
is-active) [ -e active ] ;;
enable) echo enabled >state ;;
disable) echo disabled >state ;;
restart) >active ;;
stop) rm -f active ;;
esac
"""


class UserUnit:
    """It is installed, and neither enabled nor active."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        if not os.path.exists(PATH):
            pytest.skip("there is no systemctl to stand before")
        script = self.folder / "systemctl"
        script.write_text(SCRIPT % self.folder)
        script.chmod(0o755)
        (self.folder / "told").touch()
        (self.folder / "fails").touch()
        self.be("disabled", False)
        os.makedirs(RUNS)
        subprocess.run(["mount", "--bind", str(script), PATH], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", PATH], check=True)
        os.rmdir(RUNS)

    def be(self, state, active):
        """state: what is-enabled says."""
        (self.folder / "state").write_text(state + "\n")
        (self.folder / "active").unlink(missing_ok=True)
        if active:
            (self.folder / "active").touch()

    def fails(self, verb):
        (self.folder / "fails").write_text(verb + "\n")

    def is_on(self):
        return (self.folder / "active").exists() and \
            (self.folder / "state").read_text() == "enabled\n"

    def told(self):
        """What was to be changed of it; init starts another unit, too."""
        told = (self.folder / "told").read_text().splitlines()
        return [line for line in told if line.endswith(" " + NAME)]
