# SPDX-License-Identifier: BSD-2-Clause
"""Files that are not as the plain ones: somebody writes to them during the
proof."""

import enablehost
import pytest

TRANSPORTS = ("spawn",)
OWN = "session optional pam_lastlog.so\n"


def _append(path, line):
    enablehost.write(path, (enablehost.read(path) or "") + line)


@pytest.mark.parametrize("service, path", [
    ("sudo", enablehost.PAM + "/sudo"), ("sudo", enablehost.PAM + "/sudo-i"),
    ("sshd", enablehost.DROP_IN)])
def test_written_during_the_proof(enabling, sim, service, path):
    """Nothing of it is lost, and nothing is changed."""
    t = enabling.begin(service, "--anyway")
    t.expect("q cancel.*: ")
    _append(path, OWN if service == "sudo" else "X11Forwarding no\n")
    before = enablehost.files()
    t.answer(sim.code("alice"))
    assert t.ended() == 4, t.text
    assert path + " has been changed by somebody else meanwhile; run this " \
        "once more; nothing is changed" in t.text
    assert enablehost.files() == before
    assert not enabling.pending() and not enablehost.timers()
