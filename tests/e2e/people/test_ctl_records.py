# SPDX-License-Identifier: BSD-2-Clause
"""Records in a state that hosts share, of a helper that lies to twofactl, breaks
off, or says that it cannot know."""

import base64
import os
import pathlib
import subprocess

import pytest

from ctl import call, fake, scripted

TRANSPORTS = ("spawn",)
KEY = pathlib.Path("/etc/twofa/fleet.key")
ADMIN = pathlib.Path("/etc/twofa/state-admin")
SEAL = "0f" * 32
TEXT = 'phone = "+447700900300";\n'


@pytest.fixture(autouse=True)
def _state(settings, _ready):
    """Nobody is at that server; the helper is a script's."""
    for path, text, owner, mode in ((KEY, "k" * 32, "root:twofa", 0o640),
                                    (ADMIN, "0" * 64, "root:root", 0o600)):
        path.write_text(text, encoding="ascii")
        subprocess.run(["chown", owner, path], check=True)
        path.chmod(mode)
    settings.set(users="state", state="postgresql://localhost:1/twofa",
                 state_dir="/var/lib/twofa",
                 store={"host": "desk", "password_file": "/etc/twofa/none",
                        "ca_file": "/etc/twofa/none",
                        "fleet_key_file": str(KEY)})
    for name in ("alice", "bob"):
        settings.forget(name)
    yield
    for path in (KEY, ADMIN):
        path.unlink(missing_ok=True)


def stored(user="carol", part=TEXT, what=1, groups="", seal=SEAL):
    return "\t".join(("stored", user, groups, seal, str(what),
                      base64.b64encode(part.encode()).decode(), "desk", "0"))


def shown(*lines, user="carol"):
    return call("show", user, "--full", helper=scripted(*lines))


def test_parts_are_one_text():
    ended = shown(stored(part=TEXT[:7], what=2, groups="ops"),
                  stored(part=TEXT[7:], groups="ops"), "ALLOW")
    assert ended.returncode == 0, ended
    assert "+447700900300" in ended.stdout and "ops" in ended.stdout


@pytest.mark.parametrize("lines", [
    (stored(what=2), "ALLOW"),                       # there should be more
    (stored(what=2), stored("bob"), "ALLOW"),
    (stored(), stored(), "ALLOW"),
    (stored("../carol"), "ALLOW"),
    (stored(groups="a,,b"), "ALLOW"),
    (stored(seal="0f"), "ALLOW"),
    (stored(seal="x" * 64), "ALLOW"),
    (stored().rsplit("\t", 3)[0] + "\t*\tdesk\t0", "ALLOW"),
    (stored().rsplit("\t", 3)[0] + "\t" + "=" * 32 + "\tdesk\t0", "ALLOW"),
    (stored().rsplit("\t", 2)[0], "ALLOW"),
    (stored(part="a\0b"), "ALLOW"),
    tuple(stored(part="#" * 420, what=2) for _ in range(200)) + (
        stored(), "ALLOW"),
    ("left\t1", "ALLOW"),
    (stored(), "DENY state"),
    ("DENY state",), ("DENY nothing",), (),
])
def test_what_is_no_record(lines):
    """And never one who is not enrolled."""
    ended = shown(*lines)
    assert ended.returncode > 1, ended
    assert "not enrolled" not in ended.stdout + ended.stderr
    assert "+4477" not in ended.stdout


def test_a_seal_that_is_wrong():
    ended = shown(stored(part="", what=0), "ALLOW")
    assert ended.returncode == 3, ended
    assert "carol in the state: its seal is wrong" in ended.stderr


def test_nobody_is_there():
    ended = shown("ALLOW")
    assert ended.returncode == 1 and "carol is not enrolled" in ended.stderr
    ended = call("list", helper=scripted("ALLOW"))
    assert ended.returncode == 0 and ended.stdout == "Nobody is enrolled.\n"
    ended = call("list", helper=scripted("DENY state"))
    assert ended.returncode == 3 and ended.stdout == "", ended


def test_it_breaks_off():
    for name in ("crash-before", "crash-after", "garbage", "empty"):
        ended = call("show", "carol", helper=fake(name))
        assert ended.returncode == 3, ended
        assert "not enrolled" not in ended.stderr
        assert not os.listdir("/etc/twofa/users.d")
