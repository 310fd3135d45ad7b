# SPDX-License-Identifier: BSD-2-Clause
"""A PAM application that logs in again and again: each line of its input is a
login, as JSON; it tells each prompt, takes a line for an answer, and tells the
result. tests/host/host.c is for one login with odd surroundings; this one is
for hundreds of usual ones."""

import ctypes
import json
import os
import subprocess
import sys

ECHO_OFF, ECHO_ON = 1, 2
FAIL_DELAY, CONV_ERR, AUTHTOK_LEN = 10, 19, 512
ESTABLISH_CRED = 2


class _Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class _Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]


class _Conv(ctypes.Structure):
    _fields_ = [("conv", ctypes.c_void_p), ("data", ctypes.c_void_p)]


_CONV = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int,
    ctypes.POINTER(ctypes.POINTER(_Message)),
    ctypes.POINTER(ctypes.POINTER(_Response)), ctypes.c_void_p)
_DELAY = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)


def _tell(**event):
    print(json.dumps(event), flush=True)


def _converse_with(libc):
    @_CONV
    def converse(count, messages, responses, _data):
        found = libc.calloc(count, ctypes.sizeof(_Response))
        for i in range(count):
            message = messages[i][0]
            if message.style not in (ECHO_OFF, ECHO_ON):
                continue
            _tell(prompt=message.text.decode(), echo=message.style == ECHO_ON)
            answer = json.loads(sys.stdin.readline())
            if answer is None:
                libc.free(found)
                return CONV_ERR
            found[i].text = libc.strdup(answer.encode())
        responses[0] = found
        return 0
    return converse


@_DELAY
def _no_delay(_status, _microseconds, _data):
    """A wrong password need not take two seconds."""


def _login(pam, conv, service, user, env):
    handle = ctypes.c_void_p()
    result = pam.pam_start(service.encode(), user.encode(),
                           ctypes.byref(conv), ctypes.byref(handle))
    if result != 0:
        return result  # an included file is missing
    for text in env:
        assert pam.pam_putenv(handle, text.encode()) == 0
    pam.pam_set_item(handle, FAIL_DELAY,
                     ctypes.cast(_no_delay, ctypes.c_void_p))
    result = pam.pam_authenticate(handle, 0)
    if result == 0 and pam.pam_setcred(handle, ESTABLISH_CRED) != 0:
        result = -1
    pam.pam_end(handle, result)
    return result


def main(uid):
    libc = ctypes.CDLL(None)  # PAM calls its free()
    libc.calloc.restype = ctypes.POINTER(_Response)
    libc.strdup.restype = ctypes.c_void_p
    pam = ctypes.CDLL("libpam.so.0")
    converse = _converse_with(libc)
    conv = _Conv(ctypes.cast(converse, ctypes.c_void_p))
    os.setresuid(uid, 0, 0)  # su, chsh: the caller's, and root's
    for line in sys.stdin:
        _tell(result=_login(pam, conv, *json.loads(line)))


class Application:
    """That program, as the tests use it."""

    def __init__(self, uid=0):
        self._process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), str(uid)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def _send(self, what):
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def login(self, service, user, env, answer):
        """answer(prompt, echo) is typed, None fails; is the user let in?"""
        self._send((service, user, env))
        while True:
            event = json.loads(self._process.stdout.readline())
            if "result" in event:
                return event["result"] == 0
            self._send(answer(event["prompt"], event["echo"]))

    def close(self):
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
