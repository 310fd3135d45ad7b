# SPDX-License-Identifier: BSD-2-Clause
"""twofactl totp's QR code, read back as a phone would read it."""

import re

import pytest

import admin as tool
import qrpicture
import stage


def shown(terminals, *env, columns=200):
    """What `totp` shows at a terminal that is set up so."""
    asked = terminals.run("/usr/bin/env", *env, tool.TWOFACTL, "--helper",
                          stage.HELPER, "totp", "alice")
    asked.setwinsize(50, columns)
    asked.prompt("Code that the app shows")
    return asked.text


def uri_of(text):
    return re.search(r"otpauth://\S+", text).group()


@pytest.mark.parametrize("env", [
    ("TERM=xterm", "LC_ALL=C.UTF-8"), ("TERM=dumb", "LC_ALL=C.UTF-8"),
    ("TERM=xterm", "LC_ALL=C"), ("TERM=dumb", "LC_ALL=C"), ("TERM=",)])
def test_a_phone_reads_it(terminals, tmp_path, env, _ready):
    text = shown(terminals, *env)
    halves = "\u2588" in text
    assert halves == ("LC_ALL=C" not in env)
    assert ("\x1b[" in text) == ("TERM=xterm" in env)
    if not halves:
        assert text.isascii()
    assert qrpicture.read(text, str(tmp_path / "code.pgm")) == uri_of(text)


def test_it_fits_a_common_terminal(terminals, tmp_path, _ready):
    asked = terminals.run("/bin/sh", "-c", "stty cols 80; exec %s --helper %s"
                          " totp alice" % (tool.TWOFACTL, stage.HELPER))
    asked.prompt("Code that the app shows")
    assert qrpicture.read(asked.text, str(tmp_path / "code.pgm")) == uri_of(
        asked.text)


def test_no_room(terminals, _ready):
    asked = terminals.run("/bin/sh", "-c", "stty cols 40; exec %s --helper %s"
                          " totp alice" % (tool.TWOFACTL, stage.HELPER))
    asked.prompt("Code that the app shows")
    assert re.search(r"no QR code: it takes \d+ columns, the terminal has 40",
                     asked.text)
    assert not qrpicture.rows(asked.text)
    assert uri_of(asked.text)


def test_none_in_a_file(admin, _ready):
    text = admin.do("totp", "alice", "--no-verify")
    assert not qrpicture.rows(text) and uri_of(text)
