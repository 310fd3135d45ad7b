# SPDX-License-Identifier: BSD-2-Clause
"""Twilio's app on alice's phone: it is asked by a push, or shows codes whose
secret the vendor keeps."""

import base64
import json
import urllib.parse

from phones import number

ACCOUNT = "AC" + "a1" * 16
SERVICE = "VA" + "c3" * 16
TOKEN = "0123456789abcdef0123456789abcdef"
IDENTITY = "5c5a1d9e-0000-4000-8000-0000000a11ce"


def _post(sim, path, body, headers):
    link = sim.link(15)
    try:
        link.request("POST", path, body, headers)
        reply = link.getresponse()
        text = reply.read().decode()
    finally:
        link.close()
    return reply.status, json.loads(text) if text.strip() else None


def _api(sim, path, **fields):
    """As an enrolment would ask the vendor."""
    basic = base64.b64encode(("%s:%s" % (ACCOUNT, TOKEN)).encode()).decode()
    status, body = _post(
        sim, "/v2/Services/%s/Entities/%s%s" % (SERVICE, IDENTITY, path),
        urllib.parse.urlencode(fields), {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": "Basic " + basic})
    assert status in (200, 201), body
    return body


def provider(settings, sim, kind):
    """A provider of this type, named by what follows the dash."""
    settings.secret("twilio", TOKEN)
    return {"name": kind.split("-")[1], "type": kind, "account_sid": ACCOUNT,
            "auth_token_file": settings.secrets + "/twilio",
            "service_sid": SERVICE, "base_url": sim.url,
            "ca_file": sim.certs.ca}


def act(sim, identity, action, **more):
    """What a phone's app does."""
    status, body = _post(
        sim, "/_sim/push",
        json.dumps(dict(more, identity=identity, action=action)),
        {"Content-Type": "application/json"})
    assert status == 200, (status, body)
    return body


def register(sim, identity):
    """It joins; the sid of its factor."""
    return act(sim, identity, "register")["sid"]


def approve(sim, identity):
    """Its owner says yes."""
    act(sim, identity, "approve")


class PushPhone:
    """The phone that is asked: what it shows, and what its owner does."""

    def __init__(self, settings, sim, user="alice"):
        self._settings = settings
        self._sim = sim
        self._user = user
        settings.set(providers=settings.keys["providers"] + [
            provider(settings, sim, "twilio-push")])
        self.factor = None
        self.join()

    def join(self, phone=None):
        """Register; the last two digits of phone choose what it does."""
        phone = phone or number(self._user)
        self.factor = self.act("register", to=phone)["sid"]
        self.record(phone=phone)

    def record(self, **keys):
        """The user's file, push before sms unless told otherwise."""
        record = {"channels": ["push", "sms"], "push_identity": IDENTITY,
                  "push_factor": self.factor}
        record.update(keys)
        self._settings.user(self._user, **record)

    def act(self, action, **more):
        """register, approve, deny: once it shows something to answer."""
        return act(self._sim, IDENTITY, action, **more)

    def shown(self, nth=1):
        """The nth question on the phone, once it is there."""
        count = nth
        while True:
            seen = self._sim.wait_messages(count)
            pushes = [m for m in seen if m["channel"] == "push"]
            if len(pushes) >= nth:
                return pushes[nth - 1]
            count = len(seen) + 1

    def asked(self, endpoint):
        return [r for r in self._sim.requests()
                if (r["provider"], r["endpoint"]) == ("twilio-push", endpoint)]

    def waits(self, polls=1):
        """Until we have asked so many times what the answer is."""
        before = len(self.asked("poll"))
        total = len(self._sim.requests())
        while len(self.asked("poll")) < before + polls:
            total = len(self._sim.wait_requests(total + 1))


def app_at_vendor(settings, sim, app, user="alice", **keys):
    """The secret of alice's app goes to the vendor, and out of her record."""
    settings.set(providers=settings.keys["providers"] + [
        provider(settings, sim, "twilio-totp")])
    made = _api(sim, "/Factors", FriendlyName="app", FactorType="totp",
                **{"Binding.Secret": app.secret})
    proved = _api(sim, "/Factors/" + made["sid"], AuthPayload=app.code())
    assert proved["status"] == "verified", proved
    settings.user(user, push_identity=IDENTITY, totp_factor=made["sid"],
                  **keys)
    return made["sid"]
