# SPDX-License-Identifier: BSD-2-Clause
"""make install and make uninstall, and what they leave."""

import os
import stat
import subprocess

import stage

PAMDIR = subprocess.run([stage.ROOT + "/packaging/pamdir"], text=True,
                        capture_output=True, check=False).stdout.strip()


def command(target):
    return ["make", "--no-print-directory", "-o", "all", "DEPENDENCIES=",
            "O=" + stage.build_dir(), target]


def make(target, expected=0, **variables):
    """make TARGET, with what is built already; all that it printed."""
    words = ["%s=%s" % pair for pair in variables.items()]
    done = subprocess.run(
        [*command(target), *words], cwd=stage.ROOT, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False)
    assert (done.returncode == 0) == (expected == 0), done.stdout
    return done.stdout


def tree(folder):
    """path -> mode of everything below; symbolic links must not be there."""
    found = {}
    for where, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(where, name)
            info = os.lstat(path)
            assert not stat.S_ISLNK(info.st_mode), path
            found[path[len(folder):]] = stat.S_IMODE(info.st_mode)
    return found
