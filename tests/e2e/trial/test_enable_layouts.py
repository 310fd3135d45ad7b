# SPDX-License-Identifier: BSD-2-Clause
"""enable where the distribution's file goes on after a wrong password, or ends
the stack by a right one: lines of its own check it again, and that file stays
as it is."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import enablehost  # noqa: E402
import pamapp  # noqa: E402

TRANSPORTS = ("spawn",)
SUDO = enablehost.PAM + "/sudo"
ACCOUNT = "account required pam_permit.so\n"
AGAIN = "auth\trequisite\tpam_unix.so %suse_first_pass"
# What sudo's file has, the file that it includes, and what enable adds.
LAYOUTS = {
    "openSUSE": ("auth include common-auth\n", "common-auth",
                 "auth required pam_env.so\n"
                 "auth required pam_unix.so try_first_pass nodelay\n",
                 AGAIN % "nodelay "),
    "SLES": ("auth include common-auth\n", "common-auth",
             "auth required pam_env.so\nauth sufficient pam_unix.so\n"
             "auth required pam_deny.so\n",
             "auth\tsubstack\tcommon-auth"),
    "Alpine": ("auth include base-auth\n", "base-auth",
               "auth required pam_env.so\nauth required pam_nologin.so\n"
               "auth required pam_unix.so nullok\n", AGAIN % "nullok "),
    "Void": ("auth include system-auth\n", "system-auth",
             "auth required pam_unix.so try_first_pass nullok\n"
             "auth optional pam_permit.so\nauth required pam_env.so\n",
             AGAIN % "nullok "),
    "Arch": ("auth include system-auth\n", "system-auth",
             "-auth [success=2 default=ignore] pam_systemd_home.so\n"
             "auth [success=1 default=bad] pam_unix.so try_first_pass\n"
             "auth [default=die] pam_faillock.so authfail dir=/run/faillock\n"
             "auth optional pam_permit.so\n", None),
    "itself": ("auth required pam_unix.so\n", "system-auth", "", AGAIN % ""),
    "Red Hat without authselect": (
        "auth substack system-auth\n", "system-auth",
        "auth required pam_env.so\nauth sufficient pam_unix.so nullok\n"
        "auth required pam_deny.so\n", AGAIN % "nullok "),
}


@pytest.fixture(name="enabling")
def enabling_fixture(settings, pam, terminals, sim):
    with enablehost.machine():
        enablehost.write(SUDO + "-i", "auth include sudo\n" + ACCOUNT)
        yield enablehost.Enabling(terminals, sim)
    for _, name, _, _ in LAYOUTS.values():
        if name not in enablehost.STACKS:
            enablehost.remove(os.path.join(enablehost.PAM, name))


def sent_for(sim, password):
    """Messages that a login with this password sends; nobody has the code."""
    app = pamapp.Application()
    before = len(sim.messages())
    app.login("sudo", "alice", (),
              lambda prompt, echo: None if echo else password)
    app.close()
    return len(sim.messages()) - before


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout(enabling, sim, layout):
    text, name, part, added = LAYOUTS[layout]
    path = os.path.join(enablehost.PAM, name)
    enablehost.write(SUDO, text + ACCOUNT)
    enablehost.write(path, part)
    enabling.on_trial("sudo")
    enabling.run("confirm", "--anyway")
    found = enablehost.read(SUDO)
    assert ("use_first_pass" in found) == (added is not None), found
    assert added is None or added in found, found
    assert enablehost.read(path) == part
    sim.fresh()
    assert sent_for(sim, "wrong") == 0
    enabling.run("disable", "sudo")
    assert enablehost.read(SUDO) == text + ACCOUNT


def test_no_word_of_authselect(enabling):
    """Arch and Gentoo have a system-auth of their own."""
    text, name, part, _ = LAYOUTS["Void"]
    enablehost.write(SUDO, text + ACCOUNT)
    enablehost.write(os.path.join(enablehost.PAM, name), part)
    assert "authselect" not in enabling.run("enable", "sudo", "--no-trial")
