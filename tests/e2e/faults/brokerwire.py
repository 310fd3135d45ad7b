# SPDX-License-Identifier: BSD-2-Clause
"""A state broker, or a provider's, whose parent and whose copies the test plays: it
can say to it whatever a parent and a copy that were taken over could."""

import contextlib
import hashlib
import hmac
import itertools
import os
import select
import socket
import struct
import subprocess
import sys
import time

import forger
import leftovers
import stage
from processes import Process

AS_HELPER = ("setpriv", "--reuid=990", "--regid=990", "--clear-groups",
             "--inh-caps=-all", "--no-new-privs")

# Only the process that made the control socket may be the broker's parent. For
# "k" and for a provider's number it starts one, and gives away the socket and the
# pipe; for "w" it says how the oldest ended.
PARENT = """
import os, socket, sys
link = socket.socket(fileno=3)
begun = []
for byte in iter(lambda: link.recv(1), b""):
    if byte == b"w":
        link.send(b"%d" % os.waitpid(begun.pop(0), 0)[1])
        continue
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    hears, says = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK | os.O_DIRECT)
    begun.append(os.fork())
    if begun[-1] == 0:
        os.dup2(says, 64)
        os.dup2(theirs.fileno(), 3)
        os.dup2(64, 4)
        os.closerange(5, 65)
        of = (["--state-broker"] if byte == b"k" else
              ["--provider-broker", byte.decode()])
        os.execve(sys.argv[1], ["twofa-helper", *of], {})
    theirs.close()
    os.close(says)
    socket.send_fds(link, [b"%d" % begun[-1]], [ours.fileno(), hears])
    ours.close()
    os.close(hears)
"""

TAKE, KEY, PING, LEAVE = 1, 3, 4, 5
ALIVE, STALE, IDLE, RETURN = b"a", b"s", b"i", b"r"
PROVIDERS = b"ABCDEFGHI"  # so many, from none on

ACTS = ("none account open record bind begin claim started number_free unsent unknown "
        "code_right look refund finish spend end replace holds drop restore "
        "guess_take guess_look guess_refund refuse attempt "
        "send_take send_refund recovery_list recovery_claim recovery_left "
        "totp_attempt code_claim code_recent pass_over passed decoy noop "
        "ticket enrol_open enrol_secret enrol_commit receipt call"
        ).split()
FAILED = -1


def number(value):
    return struct.pack("=q", value)


def word(value):
    return struct.pack("=I", value)


def flag(value):
    return b"\1" if value else b"\0"


def text(value):
    """None: an absent one."""
    if value is None:
        return word(0xffffffff)
    data = value.encode() + b"\0"
    return word(len(data)) + data


def ask(act, *fields):
    return bytes([ACTS.index(act)]) + b"".join(fields)


def opened(state):
    return ask("open", text(state), flag(False))


def bound(user="alice", like=None, remember_ms=0):
    return ask("bind", text(user), text(like), flag(False), flag(False),
               flag(False), number(remember_ms), flag(False))


SIGNED = ("phone email identity factor account receiver user service address "
          "language").split()
TEXTS = ("brand language phone email identity factor account receiver host user "
         "service address push_digits").split()
CALLS = "start check cancel next poll".split()
OUTCOMES = ("deny ok wrong expired inflight throttle number fraud config account "
            "transient later stalled").split()
UNSURE, NOT_DONE, DONE, HURRIED = range(4)  # receipts
SILENT = 4  # added to one
BEGIN = b"p2fa"  # how it begins
SMS = 1


class Call:
    """A question to a provider's broker. What is changed behind sign() is not what
    the ticket says."""

    def __init__(self, kind="start", serial=1, request_id="", **more):
        self.kind, self.serial, self.request_id = kind, serial, request_id
        self.method, self.provider, self.code = SMS, "vonage", ""
        # its methods, not to a receiver, no rehearsal, without accounts of an issuer
        self.settings = "vonage-verify 6 0 0 "
        self.ms, self.ticket, self.event = 10000, b"", 0
        self.texts = {**dict.fromkeys(TEXTS, ""), "brand": "ACME Corp",
                      "language": "en", "host": "host", "user": "alice",
                      "service": "sshd", "phone": "+447700900100"}
        self.change(**more)

    def change(self, **more):
        for name, value in more.items():
            if name in TEXTS:
                self.texts[name] = value
            else:
                assert hasattr(self, name), name
                setattr(self, name, value)
        return self

    def signed(self, key, login, what="ticket", receipt=0, request_id=None,
               price=0):
        """The MAC under what only brokers know."""
        to = hashlib.sha256("".join(
            "%03d%s" % (len(value), value)
            for value in [*map(self.texts.get, SIGNED), self.settings])
            .encode()).digest()
        of = self.request_id if request_id is None else request_id
        return hmac.digest(key, "\n".join(str(field) for field in (
            what, login, self.serial, CALLS.index(self.kind), self.method,
            to.hex(), receipt or self.event, price, len(of.encode()), of, self.provider,
            self.code)).encode(), "sha256")

    def sign(self, key, login):
        self.ticket = self.signed(key, login)
        return self

    def frame(self):
        return ask("call", word(CALLS.index(self.kind)), word(self.method),
                   text(self.provider), text(self.request_id),
                   *[text(self.texts[name]) for name in TEXTS],
                   word(self.event), text(self.code), number(300), number(self.ms),
                   word(1), flag(False), number(self.serial),
                   self.ticket.ljust(32, b"\0"))


class Said:
    """A provider's broker's answer."""

    def __init__(self, frame):
        def take(what):
            nonlocal at
            found = struct.unpack_from("=" + what, frame, at)
            at += struct.calcsize("=" + what)
            return found[0] if len(found) == 1 else found

        def take_text():
            nonlocal at
            length = take("I")
            at += length
            return frame[at - length:at - 1].decode()
        assert frame[0] == ACTS.index("call")
        at = 1
        self.result = take("qIB")[0]
        take_text()
        take_text()
        self.other, self.weak, self.next_ms = take("2Bq")
        self.page, self.user_code = take_text(), take_text()
        self.outcome = OUTCOMES[take("I")]
        self.maybe_sent = bool(take("8B")[0])
        self.request_id = take_text()
        self.fate, self.price, self.status, _, _, self.receipt = take("I4qI")
        self.mac = frame[at:]
        assert len(self.mac) == 32


class Connection:
    """A copy's. ask() is a question and its result; None: it was closed."""

    def __init__(self, link, module, begin):
        self.link = link
        self._module, self._begin = module, begin
        link.settimeout(20)

    def begin(self):
        """The module sends BEGIN, unless the broker has cut it off."""
        with self._module, contextlib.suppress(ConnectionError):
            self._module.send(self._begin)

    def say(self, frame):
        self.link.send(frame)

    def hear(self):
        """An answer; BEGIN, which a state broker passes on, is none."""
        try:
            while (found := self.link.recv(1 << 17)).startswith(BEGIN):
                pass
            return found or None
        except ConnectionError:
            return None

    def ask(self, frame):
        try:
            self.say(frame)
        except ConnectionError:
            return None
        answer = self.hear()
        return answer and struct.unpack_from("=q", answer, 1)[0]

    def quiet(self, seconds=0):
        """Has it neither an answer nor an end?"""
        poll = select.poll()
        poll.register(self.link, select.POLLIN)
        while poll.poll(seconds * 1000):
            if not self.link.recv(4, socket.MSG_PEEK).startswith(BEGIN):
                return False
            self.link.recv(1)
        return True

    def closed(self):
        """Nothing more comes; what was answered before is thrown away."""
        while self.hear() is not None:
            pass
        return True

    def left(self, seconds):
        """Does the broker close it within so many seconds? Nothing is read."""
        poll = select.poll()
        poll.register(self.link, 0)
        return bool(poll.poll(seconds * 1000))

    def close(self):
        self._module.close()
        self.link.close()


class Returned(list):
    """Sockets, until the end of a with, the login's number and newest ticket."""

    login = 0
    used = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in self:
            each.close()


class Broker:
    """One that runs, its control socket, and the pipe by which it speaks. Like its
    parent, this one keeps the broker's ends of connections."""

    _logins = itertools.count(1 << 40)

    def __init__(self, pid, control, hears, provider=None):
        self.pid = pid
        self.control = control
        self._hears = hears
        self._kept = {}
        self.provider = provider
        self.lines = []  # of a provider broker, for the log
        self.levels = []  # of each, as in syslog(3)
        self._made = []
        control.settimeout(20)

    def message(self, kind, uid=0, pid=0, fds=(), login=0, key=b""):
        socket.send_fds(
            self.control,
            [struct.pack("=4q32s", kind, uid, pid, login, key)],
            [fd.fileno() for fd in fds])

    def connect(self, uid=0, pid=None, room=None, login=0, begins=True, **facts):
        """room: for answers that nobody reads, in bytes. A state broker reads
        BEGIN, of alice by sshd but for these facts."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        login = login or next(self._logins)
        facts = {"user": "alice", "service": "sshd", "real_uid": uid,
                 "rhost": "192.0.2.1", "ssh_address": "192.0.2.1", **facts}
        module, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if room:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, room)
        self._kept[login] = [theirs, its][:1 + (self.provider is None)]
        self.message(TAKE, uid, pid or os.getpid(), self._kept[login], login)
        if self.provider is not None:
            its.close()
        elif uid != 0:
            ours.send(ask("account", text(facts["user"]), flag(False)))
        self._made.append(Connection(ours, module, forger.begin(**facts)))
        if self.provider is None and begins:
            self._made[-1].begin()
        return self._made[-1]

    def word(self, words=None):
        """What it says next that is no line, but that it serves; b"": it has ended.
        words: wait for a line with these."""
        end = time.monotonic() + 20
        while not (words and any(words in line for line in self.lines)):
            left = end - time.monotonic()
            assert left > 0 and select.select([self._hears], [], [], left)[0]
            said = os.read(self._hears, 1 << 12)
            if said[:1].isdigit():
                self.lines.append(said[1:].decode())
                self.levels.append(int(said[:1]))
            elif not said or said not in PROVIDERS:
                assert not words, said
                return said
        return None

    def wait_line(self, words):
        self.word(words)

    def ping(self):
        """Wait for its sign of life; what else it says before."""
        said = []
        self.message(PING)
        while (word_ := self.word()) != ALIVE:
            assert word_, "it has ended"
            if word_[:1] == RETURN:  # it has no room for it
                with Returned(self._kept.pop(self._login(word_))):
                    continue
            said.append(word_)
        return said

    @staticmethod
    def _login(word):
        return struct.unpack_from("=q", word, 1)[0]

    def release(self):
        """No more connections come."""
        self.control.shutdown(socket.SHUT_WR)

    def forget(self):
        """It reads no more, and keeps no ends of connections, as if it had ended."""
        if self._hears >= 0:
            os.close(self._hears)
        self._hears = -1
        while self._kept:
            with Returned(self._kept.popitem()[1]):
                pass

    def returned(self):
        """A connection that it gives back, and the module's."""
        while (said := self.word())[:1] != RETURN:
            assert said == STALE, said
        found = Returned(self._kept.pop(self._login(said)))
        found.login, found.used = self._login(said), said[9:]
        return found

    def login(self, state, user="alice", uid=0):
        """A connection that is open and bound."""
        made = self.connect(uid, user=user)
        assert made.ask(opened(state)) == 0
        assert made.ask(bound(user)) == 0
        return made

    def ticks(self):
        """The CPU time that it has used."""
        with open("/proc/%d/stat" % self.pid, encoding="ascii") as line:
            return sum(map(int, line.read().rsplit(")", 1)[1].split()[11:13]))

    def targets(self):
        """What its descriptors refer to."""
        return Process(self.pid).descriptors().values()

    def descriptors(self):
        return len(self.targets())

    def memory(self):
        """In kB, that it has written."""
        with open("/proc/%d/status" % self.pid, encoding="ascii") as lines:
            return next(int(line.split()[1]) for line in lines
                        if line.startswith("RssAnon"))

    def parent_ends(self):
        self.control.close()
        self.forget()

    def let_go(self):
        self.parent_ends()
        for made in self._made:
            made.close()

    def gone(self, seconds=10):
        return leftovers.wait_gone(self.pid, seconds)


class Parent:
    def __init__(self, helper=stage.HELPER):
        self._link, theirs = socket.socketpair(
            socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._link.settimeout(20)
        self._made = []
        with theirs:
            # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
            self._process = subprocess.Popen(
                [*AS_HELPER, sys.executable, "-c", PARENT, helper],
                preexec_fn=lambda: os.dup2(theirs.fileno(), 3),
                pass_fds=(3,))

    def start(self, provider=None):
        """provider: its number in the settings; None: a state broker."""
        self._link.send(b"k" if provider is None else b"%d" % provider)
        pid, fds, _, _ = socket.recv_fds(self._link, 16, 2)
        self._made.append(
            Broker(int(pid), socket.socket(fileno=fds[0]), fds[1], provider))
        return self._made[-1]

    def status(self):
        """The exit status of the oldest that was not asked for yet; -9: of
        one that was killed."""
        self._link.send(b"w")
        self._made.pop(0).let_go()
        return os.waitstatus_to_exitcode(int(self._link.recv(16)))

    def stop(self):
        """How those that are left ended."""
        found = []
        for broker in self._made:
            broker.let_go()
        while self._made:
            found.append(self.status())
        self._link.close()
        self._process.wait(10)
        return found


@contextlib.contextmanager
def parent():
    found = Parent()
    try:
        yield found
    finally:
        found.stop()
