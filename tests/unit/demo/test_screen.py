# SPDX-License-Identifier: BSD-2-Clause
"""The demo stays within the terminal: a box that is cut is no phone."""

import os
import subprocess
import sys

import pytest

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../demo")
LOG = "pam_twofa: user=alice service=sshd " + " ".join(
    "field%d=some-value" % number for number in range(12))
SHOWN = """
import demo, screen
s = screen.Screen()
s.person = True
demo.introduce(s)
s.title(1, "alice logs in over ssh: her password, then the code on her phone")
s.entry("(alice@server) Password: ", "x" * 8, "the right password, typed for "
        "you")
s.phone("alice", {"channel": "sms", "to": "+447700900100", "code": "123456",
                  "text": "ACME Corp code: 123456. Valid for 5 minutes."})
s.entry("(alice@server) Verification code sent to +44 ***-***-0100 by SMS "
        "(r resend, v call, t app, q cancel): ", "123456", "guess")
s.note("Her phone shows a code that she did not ask for; the thief does not "
       "see it.")
s.log(%r)
s.summary([("the thief with the right password and wrong codes was refused",
            True)])
""" % LOG


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_width(columns):
    done = subprocess.run(
        [sys.executable, "-B", "-c", SHOWN], cwd=DEMO, check=True, text=True,
        capture_output=True, env={**os.environ, "COLUMNS": str(columns),
                                  "PYTHONIOENCODING": "utf-8"})
    widest = max(len(line) for line in done.stdout.splitlines())
    assert widest <= min(columns, 100)
    assert widest == min(columns, 100)  # its rules are as wide
    assert done.stdout.count("╮") == 1
