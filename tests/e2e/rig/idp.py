# SPDX-License-Identifier: BSD-2-Clause
"""An identity provider on loopback: OpenID Connect's discovery and keys, and the
device flow of RFC 8628 and CIBA, with what goes wrong at real ones. Its page, or a phone, is
acted on by approve() and deny()."""

import base64
import binascii
import contextlib
import functools
import json
import os
import re
import secrets
import subprocess
import threading
import time
import urllib.parse

from tlsserver import Handler, TlsServer

CLIENT = "linux hosts"
SECRET = "s3cret/with:signs+"
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
# By grant: the request's secret.
GRANTS = {"urn:ietf:params:oauth:grant-type:device_code": "device_code",
          "urn:openid:params:grant-type:ciba": "auth_req_id"}


def b64(data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@functools.cache
def _made(path):
    """Make the key there, for all tests: that takes a tenth of a second. Its
    modulus."""
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"],
                   check=True, capture_output=True)
    text = subprocess.run(
        ["openssl", "rsa", "-in", path, "-noout", "-modulus"],
        check=True, capture_output=True, text=True).stdout
    return binascii.unhexlify(text.strip().partition("=")[2])


class Key:
    """An RSA key of the provider."""

    def __init__(self, folder, kid):
        self.kid = kid
        self.path = os.path.join(folder, "idp-%s.key" % kid)
        self.modulus = _made(self.path)

    def public(self):
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
                "n": b64(self.modulus), "e": "AQAB"}

    def sign(self, claims, **header):
        text = "%s.%s" % (b64(dict({"alg": "RS256", "kid": self.kid},
                                   **header)), b64(claims))
        return "%s.%s" % (text, b64(subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.path],
            input=text.encode(), check=True, capture_output=True).stdout))


class Idp(TlsServer):
    """One provider; its attributes may be changed while it runs."""

    def __init__(self, certs):
        self.keys = [Key(certs.folder, "one")]
        self.folder = certs.folder
        self.interval, self.life = 1, 300
        self.faults = []      # (status, text) for the next polls
        self.refuse = None    # (status, body) of each start
        self.listed = {}      # more of the document
        self.claims = {}      # changes those of the next tokens
        self.issued = []      # ID tokens
        self.token = None     # in place of the next one
        self.refused = ()     # parameters of a start that are refused
        self.asked = []       # (path, form)
        self.open = {}        # by the request's secret
        # they approve by themselves, or a page for this sub
        self.at_once = False
        self.phones = ("sub-of-alice", "sub-of-bob")  # whom CIBA can ask
        self.polls = []       # their times
        self.lock = threading.Lock()
        self.pending = threading.Condition(self.lock)
        outer = self

        class Asked(Handler):
            def _tell(self, status, body):
                self.say(status, body if isinstance(body, str)
                         else json.dumps(body),
                         {"Content-Type": "application/json"})

            def do_GET(self):  # pylint: disable=invalid-name
                with outer.lock:
                    outer.asked.append((self.path, {}))
                    self._tell(*outer.document(self.path))

            def do_POST(self):  # pylint: disable=invalid-name
                form = dict(urllib.parse.parse_qsl(
                    self.body(), strict_parsing=True))
                with outer.lock:
                    outer.asked.append((self.path, form))
                    known = outer.knows(
                        self.headers.get("Authorization", ""), form)
                    self._tell(*(outer.answer(self.path, form) if known
                                 else (401, {"error": "invalid_client"})))

        super().__init__(certs, Asked)
        self.url += "/realms/staff"

    def document(self, path):
        at = self.url.partition("/realms")[0]
        if path.endswith("/.well-known/openid-configuration"):
            return 200, dict({
                "issuer": self.url, "jwks_uri": at + "/keys",
                "token_endpoint": at + "/realms/staff/token",
                "device_authorization_endpoint": at + "/device/start",
                "backchannel_authentication_endpoint": at + "/ciba/start",
                "backchannel_token_delivery_modes_supported": ["poll", "ping"],
                "authorization_endpoint": at + "/auth"}, **self.listed)
        if path == "/keys":
            return 200, {"keys": [key.public() for key in self.keys]}
        return 404, "<html>none</html>"

    @staticmethod
    def knows(header, form):
        """RFC 6749, 2.3.1: both parts are form-encoded first."""
        if not header:
            return form.get("client_secret") == SECRET
        user, _, secret = base64.b64decode(
            header.partition(" ")[2]).decode().partition(":")
        return (urllib.parse.unquote(user), urllib.parse.unquote(secret)) == (
            CLIENT, SECRET)

    def answer(self, path, form):
        if path == "/device/start":
            return self._start(form)
        if path == "/ciba/start":
            return self._ring(form)
        if path == "/realms/staff/token" and form["grant_type"] in GRANTS:
            return self._poll(form[GRANTS[form["grant_type"]]])
        return 404, "<html>none</html>"

    def _ring(self, form):
        """CIBA Core 1.0, 7: asks the phone of whom the hint names."""
        if self.refuse is not None:
            return self.refuse
        assert "openid" in form["scope"].split(), form
        assert re.fullmatch(r"[\w.-]{1,20}", form["binding_message"]), form
        if form["login_hint"] not in self.phones:
            return 400, {"error": "unknown_user_id"}
        code = secrets.token_urlsafe(64)
        self._keep(code, form["binding_message"])
        if self.at_once:
            self.open[code]["said"] = {"sub": form["login_hint"]}
        return 200, {"auth_req_id": code, "interval": self.interval,
                     "expires_in": int(form["requested_expiry"])}

    def _keep(self, code, user):
        self.open[code] = {"user": user, "at": time.monotonic(),
                           "last": time.monotonic(), "said": None}
        self.pending.notify_all()

    def _start(self, form):
        if self.refuse is not None:
            return self.refuse
        if set(form) & set(self.refused):
            return 400, {"error": "invalid_request"}
        assert form["client_id"] == CLIENT, form
        assert "openid" in form["scope"].split(), form
        code, user = secrets.token_urlsafe(96), "-".join(
            "".join(secrets.choice(LETTERS) for _ in range(4))
            for _ in range(2))
        self._keep(code, user)
        if self.at_once:
            self.open[code]["said"] = {"sub": self.at_once}
        return 200, {
            "device_code": code, "user_code": user,
            "verification_uri": self.url.partition("/realms")[0] + "/device",
            "expires_in": self.life, "interval": self.interval}

    def _poll(self, code):
        now = time.monotonic()
        self.polls.append(now)
        self.pending.notify_all()
        if self.faults:
            return self.faults.pop(0)
        one = self.open.get(code)
        if one is None:
            return 400, {"error": "invalid_grant"}
        early, one["last"] = now - one["last"] < self.interval, now
        if early:
            return 400, {"error": "slow_down"}
        if now - one["at"] > self.life:
            return 400, {"error": "expired_token"}
        if one["said"] is None:
            return 400, {"error": "authorization_pending"}
        del self.open[code]
        if one["said"] == "deny":
            return 400, {"error": "access_denied"}
        token, self.token = self.token or self._token(one["said"]), None
        self.issued.append(token)
        return 200, {"access_token": secrets.token_urlsafe(16),
                     "token_type": "Bearer", "id_token": token}

    def _token(self, said):
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now,
                  "exp": now + 300, "auth_time": now, "amr": ["pwd", "otp"],
                  "acr": "2"}
        claims.update(said)
        claims.update(self.claims)
        return self.keys[0].sign(
            {key: value for key, value in claims.items() if value is not None})

    def _find(self, user):
        return next(one for one in self.open.values() if one["user"] == user)

    def approve(self, user, sub="sub-of-alice", **claims):
        """As its page does for whoever is signed in there."""
        with self.lock:
            self._find(user)["said"] = dict(
                {"sub": sub, "preferred_username": sub.split("-")[-1],
                 "email": sub.split("-")[-1] + "@example.com"}, **claims)

    def deny(self, user):
        with self.lock:
            self._find(user)["said"] = "deny"

    def wait_polls(self, count):
        with self.pending:
            assert self.pending.wait_for(
                lambda: len(self.polls) >= count, 90), self.polls

    def rotate(self):
        """A new key signs, and the old one is gone."""
        key = Key(self.folder, secrets.token_hex(4))
        with self.lock:
            self.keys = [key]

    def provider(self, settings, sim, **keys):
        settings.secret("sso", SECRET)
        return dict({
            "name": "sso", "type": "oidc", "base_url": self.url,
            "client_id": CLIENT, "proof": "amr", "amr": "otp hwk",
            "client_secret_file": settings.secrets + "/sso",
            "ca_file": sim.certs.ca}, **keys)

    def account(self, user):
        return {"provider": "sso", "issuer": self.url,
                "sub": "sub-of-" + user}


@contextlib.contextmanager
def beside(settings, sim):
    """One for a test whose other providers, of which usual has the settings, are
    the simulator's."""
    one = Idp(sim.certs)
    one.settings, one.sim = settings, sim
    one.usual = settings.keys["providers"]
    try:
        yield one
    finally:
        one.stop()
