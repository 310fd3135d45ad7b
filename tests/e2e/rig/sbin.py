# SPDX-License-Identifier: BSD-2-Clause
"""/usr/sbin as it is, and programs more. The machine's own is that of all suites
that run beside this one."""

import contextlib
import subprocess

SBIN = "/usr/sbin"


@contextlib.contextmanager
def own(folder):
    """folder: what is written lies there."""
    above, work = folder / "above", folder / "work"
    above.mkdir()
    work.mkdir()
    subprocess.run(["mount", "-t", "overlay", "-o",
                    "lowerdir=%s,upperdir=%s,workdir=%s" % (SBIN, above, work),
                    "none", SBIN], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", SBIN], check=True)
