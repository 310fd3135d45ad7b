# SPDX-License-Identifier: BSD-2-Clause
"""Who is measured: PAM services of ours and of others, each with what it needs
and with what a person types at its prompt."""

import base64
import contextlib
import hashlib
import hmac
import os
import pwd
import socket
import struct
import subprocess
import time

import crowd
import stage
from conf import Settings
from phones import Simulator
from warm import Warm, prepare

HOME = "/run/bench"
PAM_DIR = HOME + "/pam.d"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238's, in base32
FAR = "far.test"  # this machine, behind the slow link
USERS = 240
NAMES = ["b%d" % i for i in range(USERS)]
COUNTED_NAMES = NAMES[-32:]  # a code of an app is good once
COUNTED = stage.STAGE + "/test/bench_counted_helper"
GOOGLE = SECRET + '\n" RATE_LIMIT 3 30\n" DISALLOW_REUSE\n" TOTP_AUTH\n'
LIMITS = {"sends_per_user_hour": 1000, "sends_per_user_day": 1000,
          "sends_per_number_day": 1000, "answered_per_number_day": 1000,
          "sends_per_source_hour": 100000, "sends_per_host_hour": 100000,
          "resend_wait": [0]}


def number(user):
    return "+4478%06d00" % NAMES.index(user)


def secret(user):
    """In base32. Each user's is another: a secret's code is good once."""
    return base64.b32encode(user.encode().ljust(20, b"-")).decode()


def totp(when, key=SECRET):
    """RFC 6238: six digits of this time."""
    digest = hmac.new(base64.b32decode(key),
                      struct.pack(">Q", int(when) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    value = struct.unpack(">I", digest[at:at + 4])[0] & 0x7fffffff
    return "%06d" % (value % 1000000)


def bson(fields):
    """A document of texts and documents."""
    body = b""
    for name, value in fields.items():
        key = name.encode() + b"\0"
        if isinstance(value, dict):
            body += b"\x03" + key + bson(value)
        else:
            text = value.encode() + b"\0"
            body += b"\x02" + key + struct.pack("<i", len(text)) + text
    return struct.pack("<i", len(body) + 5) + body + b"\0"


DUO = {
    "preauth.bson": {"stat": "OK", "response": {
        "result": "auth", "prompt": "Passcode or option (1-1): ",
        "factors": {"default": "push1", "1": "push1"}}},
    "auth.bson": {"stat": "OK", "response": {"txid": "tx1"}},
    "status.bson": {"stat": "OK", "response": {
        "result": "allow", "status": "Success. Logging you in..."}},
}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Service:
    """One way of logging in: answer() is what is typed at its prompt; prompts:
    how many questions it has."""

    def __init__(self, name, *lines, prompts=0, users=None, helper=False,
                 warm=None):
        self.name = name
        self.lines = lines
        self.prompts = prompts
        self.helper = helper  # starts one
        self.warm = warm      # the one that listens for it
        counted = name.endswith((".n", ".c", ".s"))
        self._users = users or (COUNTED_NAMES if counted
                                else NAMES[:-len(COUNTED_NAMES)])
        self._next = 0

    def user(self):
        """Another one for each login, as far as there are."""
        self._next += 1
        return self._users[self._next % len(self._users)]

    def reserve(self, count):
        """So many users are wanted next, all fit to log in."""

    def prepare(self, user):
        """Before a login."""

    def answer(self, user):
        return ""

    def answers(self, users):
        return [self.answer(user) for user in users]


class Google(Service):
    """Its file, as google-authenticator -t -d -r 3 -R 30 makes it."""

    def prepare(self, user):
        path = HOME + "/ga/" + user
        if os.path.exists(path):
            os.unlink(path)
        with open(path, "x", encoding="ascii") as out:
            out.write(GOOGLE)
        os.chmod(path, 0o400)

    def answer(self, user):
        return totp(time.time())


class Duo(Service):
    def answer(self, user):
        return "1"


class App(Service):
    """A code of the user's authenticator app. A user's code is good once,
    whichever service takes it: all count on together."""

    turns = {}  # by the first of their users

    def __init__(self, *words, state, **more):
        super().__init__(*words, **more)
        self._state = state

    @property
    def _next(self):
        return App.turns.get(self._users[0], 0)

    @_next.setter
    def _next(self, value):
        App.turns[self._users[0]] = value

    def reserve(self, count):
        # the same user again has used this half minute's code
        if self._next + count >= len(self._users):
            self._next = 0
            self._state()

    def user(self):
        self.reserve(1)
        return super().user()

    def answer(self, user):
        return totp(time.time(), secret(user))


class Phone(Service):
    """A code that the simulator sent."""

    def __init__(self, *words, simulator, **more):
        super().__init__(*words, **more)
        self._simulator = simulator

    def answer(self, user):
        return self._simulator.messages(number(user))[-1]["code"]

    def answers(self, users):
        newest = {m["to"].lstrip("+"): m["code"]
                  for m in self._simulator.messages()}
        return [newest[number(user).lstrip("+")] for user in users]


class Bench:
    """All services, and the servers that they speak to."""

    def __init__(self):
        stage.make()
        os.chmod(stage.HELPER, 0o755)  # valgrind starts what it can read
        account = pwd.getpwnam("twofa")
        self.settings = Settings(account.pw_uid, account.pw_gid)
        for path in (PAM_DIR, HOME + "/ga", HOME + "/callgrind"):
            os.makedirs(path)
        os.chmod(HOME + "/callgrind", 0o1777)
        crowd.add_users(NAMES)
        prepare()
        self.warm = Warm("all")
        self.simulator = Simulator(names=(FAR,))
        self.simulator.start()
        self.simulator.setting(v1_rate=0)
        self._duo_port = free_port()
        self._duo = self._duo_start()
        self._duo_conf("duo.conf", "localhost", self._duo_port)
        self._ours()
        self.services = {s.name: s for s in self._services()}
        for service in self.services.values():
            self.stack(service)

    def close(self):
        self.warm.stop()
        self._duo.terminate()
        self._duo.wait()
        self.simulator.stop()

    def __getitem__(self, name):
        return self.services[name]

    def no_state(self):
        """In another folder; a broker may reach the one that it began with."""
        self.settings.no_state()
        self.warm.renew()

    def ports(self):
        """Where the two servers listen."""
        return self.simulator.port, self._duo_port

    def _duo_start(self):
        for name, fields in DUO.items():
            with open(os.path.join(HOME, name), "wb") as out:
                out.write(bson(fields))
        certs = self.simulator.certs
        child = subprocess.Popen(
            [stage.STAGE + "/test/bench_duo_service", str(self._duo_port),
             certs.path("good.pem"), certs.path("good.key"), HOME],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        assert child.stdout.readline() == b"ready\n"
        return child

    def _duo_conf(self, name, host, port):
        path = os.path.join(HOME, name)
        with open(path, "w", encoding="ascii") as out:
            out.write("[duo]\nikey = DI%s\nskey = %s\nhost = %s:%d\n"
                      "cafile = %s\nfailmode = secure\n" % (
                          "A" * 18, "b" * 40, host, port,
                          self.simulator.certs.ca))
        os.chmod(path, 0o600)

    def _ours(self):
        """twofa.conf with a CA file, roots.conf with the system's hashed
        folder, far.conf over the slow link."""
        s = self.settings
        s.reset(self.simulator.url, self.simulator.certs.ca)
        s.provider(connect_timeout_ms=20000, timeout_ms=30000)
        s.set(limits=LIMITS, unenrolled="allow", rules=[
            {"services": ["skip"], "action": "skip"},
            {"services": ["app"], "action": "require",
             "methods": ["totp"]}])
        self.records()
        s.forget("alice")
        self._system_root()
        self._copy("roots.conf", ca_file=None)

    def records(self):
        s = self.settings
        for name in NAMES:
            s.user(name, phone=number(name), channels=["sms"],
                   totp_secret_file=s.secrets + "/app-" + name)
            s.secret("app-" + name, secret(name))

    def _copy(self, name, **provider):
        """The settings once more, with another provider."""
        s = self.settings
        before = dict(s.keys["providers"][0])
        s.provider(**provider)
        with open(s.conf, encoding="utf-8") as text:
            s.put(HOME + "/" + name, text.read())
        s.keys["providers"][0] = before
        s.set()

    def _system_root(self):
        """Our authority beside those of the system, all hashed."""
        ca = self.simulator.certs.ca
        digest = subprocess.run(
            ["openssl", "x509", "-hash", "-noout", "-in", ca], check=True,
            capture_output=True, text=True).stdout.strip()
        with open("/etc/ssl/certs/%s.0" % digest, "wb") as out:
            with open(ca, "rb") as pem:
                out.write(pem.read())

    def _services(self):
        module = "auth required " + stage.MODULE
        ours = "%s helper=%s" % (module, stage.HELPER)
        counted = "%s helper=%s" % (module, COUNTED)
        roots = " conf=%s/roots.conf" % HOME
        warm = {".w": (self.warm.path, self.warm),
                ".c": (HOME + "/warm/counted.sock", None),
                ".s": (HOME + "/warm/traced.sock", None),
                ".d": (HOME + "/warm/slow.sock", None)}
        sim = self.simulator
        yield Service("permit", "auth required pam_permit.so")
        yield Google("google", "auth required pam_google_authenticator.so "
                     "user=root secret=%s/ga/${USER}" % HOME, prompts=1)
        yield Duo("duo", "auth required pam_duo.so conf=%s/duo.conf" % HOME,
                  prompts=1)
        for name, line in (("phone", ours), ("phone.n", counted)):
            yield Phone(name, line, prompts=1, simulator=sim, helper=True)
        for name, line in (("roots", ours), ("roots.n", counted)):
            yield Phone(name, line + roots, prompts=1, simulator=sim,
                        helper=True)
        for name, line in (("app", ours), ("app.n", counted)):
            yield App(name, line, prompts=1, state=self.no_state,
                      helper=True)
        for name, line in (("skip", ours), ("skip.n", counted)):
            yield Service(name, line, helper=True)
        for name, line in (("unenrolled", ours), ("unenrolled.n", counted)):
            yield Service(name, line, users=["alice"], helper=True)

        for tail, (path, listener) in warm.items():
            line = "%s transport=socket socket=%s" % (module, path)
            yield Phone("phone" + tail, line, prompts=1, simulator=sim,
                        helper=True, warm=listener)
            yield App("app" + tail, line, prompts=1, helper=True,
                      state=self.no_state, warm=listener)
            yield Service("skip" + tail, line, helper=True, warm=listener)

    def far(self, ports):
        """Both servers once more, behind the slow link at these ports."""
        self._duo_conf("fduo.conf", FAR, ports[1])
        self._copy("far.conf", base_url="https://%s:%d" % (FAR, ports[0]))
        ours = "auth required %s helper=%s conf=%s/far.conf" % (
            stage.MODULE, stage.HELPER, HOME)
        found = (Phone("far-phone", ours, prompts=1, simulator=self.simulator,
                       helper=True),
                 Duo("far-duo", "auth required pam_duo.so conf=%s/fduo.conf"
                     % HOME, prompts=1))
        for service in found:
            self.stack(service)
        return found

    def fleet(self, keys):
        """The phone's services that start a helper once more, with a state
        elsewhere."""
        s = self.settings
        with self.usual(keys), open(s.conf, encoding="utf-8") as text:
            s.put(HOME + "/fleet.conf", text.read())
        conf = " conf=%s/fleet.conf" % HOME
        module = "auth required " + stage.MODULE
        found = {}
        for name, helper in (("fleet", stage.HELPER), ("fleet.n", COUNTED)):
            found[name] = Phone(name, module + " helper=" + helper + conf,
                                prompts=1, simulator=self.simulator,
                                helper=True)
            self.stack(found[name])
        return found

    @contextlib.contextmanager
    def usual(self, keys):
        """The usual settings have these keys meanwhile: a broker has the state
        of no others."""
        self.settings.set(**keys)
        yield
        self.settings.set(**dict.fromkeys(keys))

    @staticmethod
    def stack(service):
        # what PAM calls the service is what rules see: X.n is X, counted
        folder = PAM_DIR + "-".join(["", *service.name.split(".")[1:]])
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, service.name.split(".")[0])
        with open(path, "w", encoding="ascii") as out:
            out.write("\n".join(service.lines) +
                      "\naccount required pam_permit.so\n")
        service.folder = folder
