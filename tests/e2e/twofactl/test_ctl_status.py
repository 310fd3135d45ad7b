# SPDX-License-Identifier: BSD-2-Clause
"""What twofactl status says of providers, and as text for Prometheus."""

import json
import re
import time

import pytest

import admin as tool
import stage
from phones import NUMBERS

TRANSPORTS = ("spawn", "socket")

METRIC = re.compile(r'^twofa_[a-z0-9_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})?'
                    r" -?\d+(\.\d+)?$")


def metrics(admin, *words):
    """name{labels} -> value; the form is looked at, too."""
    found, typed, last = {}, set(), None
    for line in admin.do("status", "--prometheus", *words).splitlines():
        kind = re.match(r"# (HELP|TYPE) (\S+) (.+)$", line)
        if kind:
            last = kind.group(2)
            if kind.group(1) == "TYPE":
                assert kind.group(3) == ("counter" if last.endswith("_total")
                                         else "gauge") and last not in typed
                typed.add(last)
            continue
        assert METRIC.match(line), line
        name, value = line.rsplit(" ", 1)
        assert name.split("{")[0] == last and last in typed
        assert name not in found
        found[name] = float(value)
    return found


def test_last_success(quick, admin):
    before = int(time.time())
    assert "never" in admin.do("status")
    quick.right(quick.login())
    found = json.loads(admin.do("status", "--json"))["successes"]
    assert [(f["provider"], f["method"]) for f in found] == [
        ("vonage", "sms")]
    assert before <= found[0]["at"] <= time.time()
    assert re.search(r"^vonage +- +sms +20\d\d-\d\d-\d\d ", admin.do("status"),
                     re.M)


def test_recovery_needs_no_provider(quick, admin):
    code = admin.codes(count=1)[0]
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer(code)
    assert login.ended() == 0
    found = json.loads(admin.do("status", "--json"))["successes"]
    assert [(f["provider"], f["method"]) for f in found] == [
        ("", "recovery")]
    assert re.search(r"^\(none\) +- +recovery +20", admin.do("status"), re.M)


def test_wrong_is_no_success(quick, sim, admin):
    login = quick.login()
    login.prompt("Verification code sent")
    login.answer("q")
    login.ended()
    assert not json.loads(admin.do("status", "--json"))["successes"]


def test_passed_over(quick, sim, settings, admin):
    second = dict(settings.keys["providers"][0], name="second")
    first = dict(second, name="vonage", base_url="https://127.0.0.1:1")
    settings.set(providers=[first, second])
    quick.right(quick.login())
    found = json.loads(admin.do("status", "--json"))["providers"]
    assert [f["name"] for f in found] == ["vonage", "second"]
    assert 0 < found[0]["passed_over_s"] <= 60
    assert found[1]["passed_over_s"] == 0
    assert re.search(r"^vonage +(1 min|\d+ s) +- +never$",
                     admin.do("status"), re.M)
    out = admin.do("explain", "bob", "sshd")
    assert "provider vonage was out of reach" in out
    assert "by provider second." in out
    assert metrics(admin)[
        'twofa_provider_passed_over_seconds{provider="vonage"}'] > 0


def test_prometheus(quick, admin):
    quick.right(quick.login())
    admin.codes("bob", 4)
    spent = json.loads(admin.do("status", "--json"))["totals"]
    found = metrics(admin)
    assert found["twofa_messages_last_hour"] == 1
    assert found["twofa_messages_last_day"] == 1
    assert 0 < found["twofa_spent_today"] == float(spent["spent_day"])
    assert found["twofa_spent_30_days"] == float(spent["spent_month"])
    assert found["twofa_users_locked"] == found["twofa_users_shut"] == 0
    assert found['twofa_recovery_codes_left{user="bob"}'] == 4
    assert found['twofa_provider_passed_over_seconds{provider="vonage"}'] == 0
    assert time.time() - found["twofa_last_success_timestamp_seconds"
                               '{provider="vonage",method="sms"}'] < 60


def test_prometheus_of_a_lock(quick, sim, settings, admin):
    settings.set(limits={"lock_after": 1})
    login = quick.login(rhost="192.0.2.7")
    login.prompt("Verification code sent")
    right = sim.code("alice")
    login.answer("%06d" % ((int(right) + 1) % 1000000))
    login.prompt("tries left")
    login.answer("q")
    login.ended()
    found = metrics(admin)
    assert found['twofa_wrong_codes{user="alice",source="all"}'] == 1
    assert 800 < found['twofa_locked_seconds{user="alice",'
                       'source="192.0.2.0/24"}'] <= 900
    one = metrics(admin, "bob")
    assert not any("alice" in name or "messages" in name for name in one)


def test_codes_of_everybody_enrolled(terminals, sim, settings, admin):
    """Who used the last one, and who never had any; an enrolment is none."""
    settings.forget("alice")
    asked = terminals.run(tool.TWOFACTL, "--helper", stage.HELPER, "enroll",
                          "alice", NUMBERS["alice"])
    asked.prompt("Verification code sent")
    asked.answer(sim.code("alice"))
    assert asked.ended() == 0
    admin.codes("bob", 1)
    left = {name: value for name, value in metrics(admin).items()
            if name.startswith("twofa_recovery_codes_left")}
    assert left == {'twofa_recovery_codes_left{user="alice"}': 0,
                    'twofa_recovery_codes_left{user="bob"}': 1}
    found = json.loads(admin.do("status", "--json"))
    assert [(entry["user"], entry["recovery_left"])
            for entry in found["entries"]] == [("alice", 0), ("bob", 1)]
    assert found["totals"]["sends_day"] == 1
    assert "/enrolment" not in admin.do("status")


@pytest.mark.parametrize("words", [("--json", "--prometheus")])
def test_one_form(admin, _ready, words):
    status, out = admin.run("status", *words)
    assert status == 2 and "give only one of them" in out
