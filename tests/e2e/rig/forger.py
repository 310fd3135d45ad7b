# SPDX-License-Identifier: BSD-2-Clause
"""A program of a user that speaks to user.sock itself: BEGIN as it likes."""

import os
import pwd
import socket
import struct

import stage
from fakelistener import BEGIN, HELLO, VERDICT, frame

ASK, ANSWER = 3, 4
TEXTS = {"conf": 2, "user": 4, "service": 5, "tty": 6, "rhost": 7,
         "ssh_address": 8, "ruser": 9, "boot_id": 13, "auth_info": 16,
         "request": 35, "record": 36}
NUMBERS = {"purpose": 1, "deadline_ms": 3, "real_uid": 10, "session_id": 11,
           "leader_start": 12, "conversation": 14, "first_factor": 15,
           "leader_tty": 37}
# alice's, of which a machine without other users makes another
UID = pwd.getpwnam("alice").pw_uid if stage.private() else 0
HONEST = {"purpose": 1, "conf": "/etc/twofa/twofa.conf", "deadline_ms": 90000,
          "user": "alice", "service": "locker", "tty": "", "rhost": "",
          "ssh_address": "", "ruser": "", "real_uid": UID, "session_id": 0,
          "leader_start": 0, "boot_id": "", "conversation": 1,
          "first_factor": 1, "auth_info": ""}
VERDICTS = {0: "deny", 1: "deny", 2: "deny", 3: "allow"}
VERDICT_FIELD, REASON_FIELD, TEXT_FIELD = 22, 27, 17


def _field(name, value):
    if name in TEXTS:
        data = value.encode() + b"\0"
        return struct.pack(">HH", TEXTS[name], len(data)) + data
    return struct.pack(">HHq", NUMBERS[name], 8, value)


def begin(**facts):
    """BEGIN with these facts; None: left out."""
    return frame(BEGIN, b"".join(
        _field(name, value) for name, value in {**HONEST, **facts}.items()
        if value is not None))


def fields_of(data):
    """tag -> raw value of one frame."""
    found, at = {}, 12
    while at < len(data):
        tag, length = struct.unpack_from(">HH", data, at)
        found[tag] = data[at + 4:at + 4 + length]
        at += 4 + length
    return found


def connect(path, uid):
    """A connection as a process of this uid makes it, with or without HELLO;
    None when it was closed before."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link.settimeout(20)
    os.seteuid(uid)
    try:
        link.connect(path)
    finally:
        os.seteuid(0)
    try:
        if link.recv(4096)[:6] == frame(HELLO)[:6]:
            return link
    except ConnectionResetError:
        pass
    link.close()
    return None


class Forger:
    """One login of a program that runs as uid; facts as they are told."""

    def __init__(self, path, uid, **facts):
        self.link = connect(path, uid)
        assert self.link, "refused before HELLO"
        self.link.send(begin(**{"real_uid": uid, **facts}))

    def _next(self):
        data = self.link.recv(65536)
        return (data[5], fields_of(data)) if data else (0, {})

    def prompt(self):
        """Its text; None when a verdict came instead."""
        while True:
            kind, found = self._next()
            if kind == ASK:
                return found[TEXT_FIELD].rstrip(b"\0").decode()
            if kind == VERDICT:
                self._verdict = found
                return None
            assert kind, "no verdict"

    def answer(self, text):
        data = text.encode() + b"\0"
        self.link.send(frame(ANSWER, struct.pack(">HH", 19, len(data)) + data +
                             struct.pack(">HHq", 20, 8, len(text))))

    _verdict = None

    def verdict(self):
        """("allow" or "deny", reason); empty answers to all that is asked."""
        while self._verdict is None and self.prompt() is not None:
            self.answer("")
        found = self._verdict
        self.link.close()
        return (VERDICTS[struct.unpack(">q", found[VERDICT_FIELD])[0]],
                found.get(REASON_FIELD, b"\0").rstrip(b"\0").decode())

    def close(self):
        self.link.close()
