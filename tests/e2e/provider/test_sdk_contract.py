# SPDX-License-Identifier: BSD-2-Clause
"""The vendors' own client libraries against the simulator, unchanged: here the
vendors' host names lead to it, and its certificate bears them. So it is held
to what the vendors' own programs rely on, not to our helper."""

import json
import os
import subprocess

import pytest

import stage
from ctl import done, record
from phones import Simulator
from prism import modules

TRANSPORTS = ()

HOSTS = ("api.nexmo.com", "rest.nexmo.com", "api-us.vonage.com",
         "verify.twilio.com", "lookups.twilio.com", "api.twilio.com",
         "api.telnyx.com", "api.authy.com")
SCRIPTS = os.path.join(stage.ROOT, "tests/e2e/provider/sdk")
HTTPS = 443


def loads_modules(release):
    """Can this Node.js load an ES module by require()? Vonage's library does
    so with a library of its own."""
    return (20, 19) <= release < (21,) or release >= (22, 12)


@pytest.mark.parametrize("release,can", [
    ((18, 20), False), ((20, 18), False), ((20, 19), True), ((21, 7), False),
    ((22, 11), False), ((22, 12), True), ((24, 0), True)])
def test_which_node_can(release, can):
    assert loads_modules(release) == can


def node_with_modules():
    told = subprocess.run(["node", "--version"], capture_output=True,
                          text=True, check=True).stdout.strip()
    if not loads_modules(tuple(map(int, told[1:].split(".")[:2]))):
        pytest.skip("Vonage's library needs Node.js 20.19 or 22.12, here is " +
                    told)


@pytest.fixture(scope="module")
def vendors(build):
    """The simulator in all vendors' places."""
    with open("/etc/hosts", encoding="ascii") as hosts:
        before = hosts.read()
    with open("/etc/hosts", "a", encoding="ascii") as hosts:
        hosts.write("127.0.0.1 %s\n" % " ".join(HOSTS))
    simulator = Simulator(stage.STAGE + "/vendors", names=HOSTS)
    simulator.port = HTTPS
    simulator.start()
    yield simulator
    simulator.stop()
    with open("/etc/hosts", "w", encoding="ascii") as hosts:
        hosts.write(before)


def registrations(vendors):
    return [r["fields"] for r in vendors.requests()
            if r["path"].startswith("/protected/json/users/new")]


@pytest.fixture
def sdk(vendors):
    """Run a script: what each of its steps came to."""
    def run(name, *words):
        vendors.reset()
        done = subprocess.run(
            ["node", os.path.join(SCRIPTS, name + ".js"), *words],
            env=dict(os.environ, NODE_PATH=modules(),
                     NODE_EXTRA_CA_CERTS=vendors.certs.ca,
                     NODE_NO_WARNINGS="1"),
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False)
        steps = {}
        for line in done.stdout.splitlines():
            if line.startswith('{"step"'):
                step = json.loads(line)
                steps[step.pop("step")] = step.get("value",
                                                   step.get("error"))
        assert done.returncode == 0, json.dumps(steps, indent=1) + done.stderr
        return steps
    return run


def test_vonage(sdk, vendors):
    node_with_modules()
    key = stage.STAGE + "/vonage.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-out", key],
                   check=True, capture_output=True)
    s = sdk("vonage", key)
    assert s["v1 start"]["status"] == "0"
    assert s["v1 again"]["status"] == "10"
    assert s["v1 wrong"]["status"] == "16"
    assert s["v1 search"]["status"] == "IN PROGRESS"
    assert s["v1 right"]["status"] == "0"
    assert s["v2 again"]["status"] == 409
    assert s["v2 wrong"]["status"] == 400
    assert s["v2 right"] == "completed"
    assert s["v2 cancel"]
    assert s["basicLookup"]["status"] == 0
    assert s["standardLookup"]["current_carrier"]["network_type"] == "mobile"
    assert s["advancedLookup"]["valid_number"] == "valid"
    schemes = {r["auth"] for r in vendors.requests()}
    assert schemes == {"basic", "bearer"}


def test_nexmo(sdk, vendors):
    s = sdk("nexmo")
    assert s["start"]["status"] == "0"
    assert s["wrong"]["status"] == "16"
    assert s["search"]["status"] == "IN PROGRESS"
    assert s["next"]["command"] == "trigger_next_event"
    assert s["right"]["status"] == "0"
    assert s["insight"]["country_code"] == "GB"


def test_twilio(sdk):
    s = sdk("twilio")
    assert s["start"]["status"] == "pending"
    assert s["again"] == {"same": True, "sends": 2}
    assert s["fetch"] == "pending" and s["wrong"] == "pending"
    assert s["right"] == "approved"
    assert (s["gone"]["status"], s["gone"]["code"]) == (404, 20404)
    assert s["cancel"] == "canceled"
    assert s["fraud"]["code"] in (60410, 60238, 60605)
    assert s["totp factor"]["status"] == "unverified"
    assert s["totp verify"] == "verified"
    assert s["totp list"] == [["totp", "verified"]]
    assert s["totp wrong"] == "pending" and s["totp right"] == "approved"
    assert s["totp remove"] is True
    assert s["token"] == "string"
    assert s["push"]["status"] == "pending"
    assert s["push"]["details"]["fields"] == [{"label": "Host",
                                               "value": "web1"}]
    assert s["push approved"] == "approved"
    assert s["lookup"] == {"valid": True, "number": "+447700900100",
                           "type": "mobile"}


def test_telnyx(sdk):
    s = sdk("telnyx")
    assert s["start"]["data"]["status"] == "pending"
    assert s["retrieve"]["data"]["id"] == s["start"]["data"]["id"]
    assert s["wrong"]["data"]["response_code"] == "rejected"
    assert s["right"]["data"]["response_code"] == "accepted"
    assert s["call"]["data"]["type"] == "call"
    assert s["by number"]["data"]["response_code"] == "accepted"
    assert s["message"]["data"]["to"][0]["status"] == "queued"
    assert s["message status"]["data"]["id"] == s["message"]["data"]["id"]
    assert s["lookup"]["data"]["carrier"]["type"] == "mobile"
    assert s["refused"]["status"] in (400, 422)


def test_authy(sdk):
    s = sdk("authy")
    assert s["register"]["success"] is True
    assert s["sms"]["success"] is True
    assert s["right"]["token"] == "is valid"
    assert s["right"]["success"] == "true"
    assert "wrong" in s and s["wrong"].get("token") != "is valid"
    assert s["approve"]["approval_request"]["status"] == "approved"
    assert s["deny"]["approval_request"]["status"] == "denied"


def test_authy_and_twofactl_register_alike(sdk, vendors, settings, _ready):
    """The vendor's library and our helper ask for the same user, except for a
    message with a link to the app, and get the same id."""
    s = sdk("authy", "keep")
    theirs = registrations(vendors)[-1]
    settings.secret("authy", "0123456789abcdefghijABCDEFGHIJkl")
    settings.set(providers=[{
        "name": "authy", "type": "authy", "ca_file": vendors.certs.ca,
        "api_key_file": settings.secrets + "/authy"}])
    done("enroll", "carol", "+12025550100", "--email", "alice@example.org",
         "--no-verify")
    ours = registrations(vendors)[-1]
    assert 'authy_id = "%d"' % s["register"]["user"]["id"] in record(
        settings, "carol")
    assert theirs.pop("send_install_link_via_sms") == "true"
    assert ours.pop("send_install_link_via_sms") == "false"
    del theirs["api_key"]
    theirs["user[cellphone]"] = theirs["user[cellphone]"].replace("-", "")
    assert ours == theirs
