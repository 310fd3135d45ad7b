# SPDX-License-Identifier: BSD-2-Clause
"""twofactl totp's QR code, read back as a phone would read it."""

import re

import pytest

import admin as tool
import qrpicture
import stage

TRANSPORTS = ("spawn", "socket")


def shown(terminals, *env):
    """What `totp` shows at a terminal that is set up so."""
    asked = terminals.run("/usr/bin/env", *env, tool.TWOFACTL, "--helper",
                          stage.HELPER, "totp", "alice")
    asked.prompt("Code that the app shows")
    return asked.text


def narrow(terminals, columns):
    """The same where a line is so short: set once the terminal is ours, since
    its own size comes late."""
    asked = terminals.run(
        "/bin/sh", "-c", "read go; stty rows 24 cols %d; exec %s --helper %s"
        " totp alice" % (columns, tool.TWOFACTL, stage.HELPER))
    asked.answer("")
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


@pytest.mark.parametrize("brand,version", [
    ("Example Ltd", 5), ("Example Workshop 2", 6)])
def test_it_fits_a_common_terminal(terminals, tmp_path, settings, brand,
                                   version, _ready):
    """All of it is on the screen of 80 x 24 when the code is asked for."""
    settings.set(brand=brand)
    text = narrow(terminals, 80)
    screen = "\n".join(text.split("\n")[-24:])
    assert "Code that the app shows" in screen
    assert qrpicture.read(screen, str(tmp_path / "code.pgm")) == uri_of(text)
    assert len(qrpicture.rows(screen)[0]) == 17 + 4 * version + 2 * 2


def test_no_room(terminals, _ready):
    text = narrow(terminals, 40)
    assert re.search(r"no QR code: it takes \d+ columns, the terminal has 40",
                     text)
    assert not qrpicture.rows(text)
    assert uri_of(text)


def test_none_in_a_file(admin, _ready):
    text = admin.do("totp", "alice", "--no-verify")
    assert not qrpicture.rows(text) and uri_of(text)
