# SPDX-License-Identifier: BSD-2-Clause
"""Hosts where nobody can answer: an error at once, and nothing is sent."""

import subprocess
import sys

import pytest

TRANSPORTS = ("spawn", "socket")

# PAM_CONV_ERR and PAM_SUCCESS of <security/_pam_types.h>
CONV_ERR = 19
PAM_HOST = """
import ctypes, sys
class Conv(ctypes.Structure):
    _fields_ = [("conv", ctypes.c_void_p), ("data", ctypes.c_void_p)]
pam = ctypes.CDLL("libpam.so.0")
handle = ctypes.c_void_p()
conv = Conv()
service, user, flags = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3]
assert pam.pam_start(service, user, ctypes.byref(conv),
                     ctypes.byref(handle)) == 0
assert pam.pam_putenv(handle, b"SSH_AUTH_INFO_0=publickey ssh-ed25519 A") == 0
print(pam.pam_authenticate(handle, int(flags, 0)))
pam.pam_end(handle, 0)
"""


def mute(service="sshd", user="alice", flags="0"):
    """pam_authenticate without a conversation function: its result."""
    done = subprocess.run(
        [sys.executable, "-c", PAM_HOST, service, user, flags],
        capture_output=True, text=True, timeout=20, check=True)
    return int(done.stdout)


@pytest.mark.parametrize("flags", ["0", "0x8000"])
def test_no_conversation(quick, pam, sim, syslog, flags):
    pam.only("sshd")
    assert mute(flags=flags) == CONV_ERR
    line = syslog.login_line(user="alice", outcome="denied")
    assert line["reason"] == "no-conversation"
    assert not sim.requests()


def test_no_conversation_and_not_enrolled(quick, pam, sim, syslog):
    pam.only("sshd")
    assert mute(user="carol") == CONV_ERR
    assert syslog.login_line(user="carol")["outcome"] == "denied"


def test_no_conversation_but_a_rule_that_skips(quick, pam, settings, syslog):
    settings.set(rules=[{"action": "skip"}])
    pam.only("sshd")
    assert mute() == 0
    assert syslog.login_line(user="alice")["outcome"] == "skipped"


def test_no_conversation_and_unenrolled_text(quick, pam, settings, syslog):
    settings.set(unenrolled_text="Call 1234.")
    pam.only("sshd")
    assert mute(user="carol") != 0
    assert syslog.login_line(user="carol")["outcome"] == "denied"


def test_silence_is_no_sign(quick, pam, sim):
    """PAM_SILENT with a conversation: sudo sets it always."""
    pam.only("sshd")
    quick.right(quick.by_key())
    assert len(sim.messages()) == 1


def test_end_of_input_at_the_prompt(quick, pam, sim, syslog):
    pam.only("sshd")
    login = quick.by_key()
    login.prompt("Verification code sent")
    login.sendeof()
    assert login.ended() != 0
    line = syslog.login_line(user="alice", outcome="denied")
    assert line["reason"] in ("no-answer", "prompts")
    assert not sim.requests("check")


def test_input_that_is_empty_from_the_start(quick, pam, sim, syslog):
    """A pipe that is closed: misc_conv fails at the first prompt."""
    pam.only("sshd")
    done = subprocess.run(
        ["/usr/bin/pamtester", "-E", "SSH_AUTH_INFO_0=publickey x", "sshd",
         "alice", "authenticate"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
        check=False)
    assert done.returncode != 0
    assert syslog.login_line(user="alice")["outcome"] == "denied"
    assert not sim.requests("check")
