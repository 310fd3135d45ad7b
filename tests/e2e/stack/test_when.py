# SPDX-License-Identifier: BSD-2-Clause
"""when= in libpam itself: who came by key goes on without a password, and in no
stack does that line let anybody in. The last line is the real module, which a
rule lets skip; what stands for a wrong password returns what it is told."""

import os
import subprocess
import sys

import pytest

import stage

TRANSPORTS = ("spawn",)

SUCCESS, AUTH_ERR = 0, 7
KEY = "publickey ssh-ed25519 AAAA"
SKIP = [{"action": "skip"}]
WHEN = "[success=2 cred_insufficient=2 default=ignore]"
# pam_authenticate, then pam_setcred of the same handle and of another one, as
# in sshd, whose second process has not authenticated.
HOST = """
import ctypes, sys
class Conv(ctypes.Structure):
    _fields_ = [("conv", ctypes.c_void_p), ("data", ctypes.c_void_p)]
class Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]
CONV = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p,
                        ctypes.POINTER(ctypes.POINTER(Response)),
                        ctypes.c_void_p)
libc = ctypes.CDLL(None)  # whose free() PAM calls
libc.calloc.restype = ctypes.POINTER(Response)
libc.strdup.restype = ctypes.c_void_p
@CONV
def password(count, messages, responses, ctx):
    responses[0] = libc.calloc(count, 16)
    for i in range(count):
        responses[0][i].text = libc.strdup(b"pw-alice")
    return 0
pam = ctypes.CDLL("libpam.so.0")
conv = Conv(ctypes.cast(password, ctypes.c_void_p))
def begin():
    handle = ctypes.c_void_p()
    assert pam.pam_start(sys.argv[1].encode(), b"alice", ctypes.byref(conv),
                         ctypes.byref(handle)) == 0
    for env in sys.argv[2:]:
        assert pam.pam_putenv(handle, env.encode()) == 0
    return handle
one, other = begin(), begin()
print(pam.pam_authenticate(one, 0), pam.pam_setcred(one, 2),
      pam.pam_setcred(other, 2))
for handle in one, other:
    pam.pam_end(handle, 0)
"""


UNIX = "auth [success=1 default=ignore] pam_unix.so nodelay"


def debug(auth, cred):
    return ("auth [success=1 default=ignore] pam_debug.so auth=%s cred=%s"
            % (auth, cred))


WRONG = debug("auth_err", "success")


@pytest.fixture
def stack(pam, settings):
    """The results of a stack of these lines, for who passed these methods."""
    settings.set(rules=SKIP)

    def run(*lines, methods=KEY, service="sshd", uid=0):
        pam.stack(service, *lines)
        env = ["SSH_AUTH_INFO_0=" + methods] if methods else []
        done = subprocess.run(
            [sys.executable, "-c", HOST, service, *env], timeout=30,
            capture_output=True, text=True, check=True,
            preexec_fn=lambda: os.setresuid(uid, 0, 0))
        return [int(word) for word in done.stdout.split()]
    return run


@pytest.fixture
def documented(stack, pam):
    """The documented stack, with this line of when= and that password."""
    def run(control=WHEN, when="when=publickey", middle=UNIX, **words):
        return stack("auth %s %s %s" % (control, stage.MODULE, when), middle,
                     "auth requisite pam_deny.so", pam.module_line(), **words)
    return run


def test_key_needs_no_password(documented, syslog):
    assert documented(middle=WRONG) == [0, 0, 0]
    # the line without when= alone has a word to say
    (line,) = syslog.logins()
    assert line["outcome"] == "skipped"


def test_no_key_needs_one(documented, syslog):
    assert documented(methods=None) == [0, 0, 0]
    syslog.clear()
    assert documented(methods=None, middle=WRONG)[0] == AUTH_ERR
    assert not syslog.logins()


@pytest.mark.parametrize("methods,when,holds", [
    (KEY + "\n" + KEY, "publickey", True),
    ("hostbased alice ssh-ed25519 AAAA\n" + KEY, "publickey", True),
    ("gssapi-with-mic alice@EXAMPLE.ORG", "hostbased,gssapi-with-mic", True),
    ("gssapi-with-mic", "gssapi-with-mic", True),
    ("hostbased alice ssh-ed25519 AAAA", "publickey", False),
    ("publickeys ssh-ed25519 AAAA", "publickey", False),
    ("keyboard-interactive/pam publickey", "publickey", False),
    (" publickey x", "publickey", False),
    ("password\n\npublickey", "publickey", True),
])
def test_methods(documented, methods, when, holds):
    result = documented(when="when=" + when, methods=methods,
                        middle=WRONG)
    assert (result[0] == SUCCESS) == holds


def test_only_for_roots_sshd(documented):
    """Whose word is sshd's alone."""
    assert documented(middle=WRONG, service="login")[0] == AUTH_ERR
    assert documented(middle=WRONG, uid=1000)[0] == AUTH_ERR
    assert documented(uid=1000)[0] == SUCCESS


@pytest.mark.parametrize("args", [
    "when=password", "when=", "when=publickey,", "when=publickey,publickey",
    "when=publickey conf=/etc/twofa/twofa.conf", "when=publickey no_prompt"])
def test_bad_arguments_are_no_key(documented, syslog, args):
    """As any line with bad arguments: this one never comes to its jump."""
    assert documented(when=args, middle=WRONG)[0] == AUTH_ERR
    line = syslog.logins()[0]
    assert (line["outcome"], line["reason"]) == ("denied", "arguments")


@pytest.mark.parametrize("methods", [KEY, None])
@pytest.mark.parametrize("control", [
    "required", "requisite", "sufficient", "optional", WHEN,
    "[default=ok]", "[default=done]", "[success=done default=ignore]",
    "[cred_insufficient=done authinfo_unavail=done default=bad]"])
def test_alone_it_lets_nobody_in(stack, control, methods):
    assert stack("auth %s %s when=publickey" % (control, stage.MODULE),
                 methods=methods)[0] != SUCCESS


@pytest.mark.parametrize("control", ["required", "requisite"])
@pytest.mark.parametrize("methods", [KEY, None])
def test_required_denies_everybody(documented, control, methods):
    assert documented(control, methods=methods)[0] != SUCCESS


@pytest.mark.parametrize("control", ["sufficient", "optional"])
def test_sufficient_and_optional_want_the_password(documented, control):
    assert documented(control) == [0, 0, 0]
    assert documented(control, middle=WRONG)[0] == AUTH_ERR


@pytest.mark.parametrize("middle", [UNIX, WRONG], ids=["right", "wrong"])
@pytest.mark.parametrize("methods", [KEY, None], ids=["key", "password"])
def test_last_line_deleted(stack, methods, middle):
    lines = ("auth %s %s when=publickey" % (WHEN, stage.MODULE),
             middle, "auth requisite pam_deny.so")
    assert stack(*lines, methods=methods)[0] != SUCCESS


def test_switched_off(stack):
    """By hand, Off: without lines of ours the jump of a right password
    goes nowhere, until pam_permit stands there."""
    deny, permit = ("auth requisite pam_deny.so", "auth required pam_permit.so")
    assert stack(UNIX, deny)[0] != SUCCESS
    assert stack(UNIX, deny, permit)[0] == SUCCESS
    assert stack(WRONG, deny, permit)[0] == AUTH_ERR


def test_last_line_denies(documented, settings):
    settings.set(rules=[{"action": "deny"}])
    assert documented()[0] != SUCCESS
    assert documented(methods=None)[0] != SUCCESS


@pytest.mark.parametrize("jump", [1, 3])
def test_jump_of_a_wrong_length(documented, jump):
    control = WHEN.replace("=2", "=%d" % jump)
    assert documented(control)[0] != SUCCESS


def test_middle_module_whose_setcred_fails(stack, documented, pam):
    """Who came by key does not come by it in either process. For all others the
    stack ends as it does without our first line."""
    fails = debug("success", "cred_err")
    asks = "auth [default=ignore] pam_unix.so nodelay"
    assert documented(middle=fails) == [0, 0, 0]
    assert documented(
        middle=asks + "\n" + fails, control=WHEN.replace("2", "3"),
        methods=None) == stack(
            asks, fails, "auth requisite pam_deny.so", pam.module_line(),
            methods=None)


def test_jump_over_an_include(stack, pam):
    """Why doctor fails it: somebody else's change to that file lets in without
    a code."""
    part = "/etc/pam.d/twofa-part"
    lines = ("auth %s %s when=publickey" % (WHEN, stage.MODULE),
             "@include twofa-part", pam.module_line(),
             "auth required pam_permit.so")

    def write(*content):
        with open(part, "w", encoding="ascii") as out:
            out.write("\n".join(content) + "\n")
    try:
        write(WRONG, "auth requisite pam_deny.so")
        assert stack(*lines)[0] == SUCCESS
        write("auth requisite pam_debug.so auth=auth_err cred=success")
        assert stack(*lines)[0] == SUCCESS  # past our line
        write("auth required pam_env.so", WRONG,
              "auth requisite pam_deny.so")
        assert stack(*lines)[0] == AUTH_ERR  # not as far as our line
    finally:
        os.unlink(part)
