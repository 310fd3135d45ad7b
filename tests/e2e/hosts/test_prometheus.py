# SPDX-License-Identifier: BSD-2-Clause
"""packaging/prometheus: promtool takes the rules, each one is about a number that
twofactl status prints, stays silent for a host that is well, and fires."""

import datetime
import json
import os
import re
import subprocess
import time

import pytest

import conf
import stage

TRANSPORTS = ("spawn",)

RULES = stage.ROOT + "/packaging/prometheus/twofa.rules.yml"
GUIDE = stage.ROOT + "/docs/guide/monitoring.md"
OTHERS = {"node_textfile_mtime_seconds"}  # of the node exporter
FILE = 'node_textfile_mtime_seconds{file="/x/twofa.prom"}'
LONG = 27 * 60  # minutes
# What makes each alert fire: other values of a host that is well; None is none.
BAD = {
    "TwofaStatusOld": {FILE: "0x%d" % LONG},
    "TwofaNobodyGetsIn": {"twofa_messages_last_hour": 4,
                          "twofa_last_success_timestamp_seconds": None},
    "TwofaProviderPassedOver": {"twofa_provider_passed_over_seconds": 60},
    "TwofaManyMessages": {"twofa_messages_last_hour": 201},
    "TwofaMoney": {"twofa_spent_today": 20.5},
    "TwofaUserShut": {"twofa_users_shut": 1},
    "TwofaUsersLocked": {"twofa_users_locked": 4},
    "TwofaWrongCodes": {"twofa_wrong_codes": 31},
    "TwofaExceptionSoon": {"twofa_exception_days_left": 14},
    "TwofaBrokerRefused": {"twofa_broker_refused_total": 1},
    "TwofaNoRecoveryCodes": {"twofa_recovery_codes_left": 0},
}


def promtool(*words, text=None, status=(0,)):
    done = subprocess.run(["promtool", *words], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    assert done.returncode in status, done.stdout
    return done.stdout


def alerts():
    """Name -> expression, as promtool reads the file."""
    with open(RULES, encoding="utf-8") as text:
        parts = re.split(r"^ +- alert: (\w+)\n", text.read(), flags=re.M)[1:]
    return {name: re.match(r" +expr: (.*?)\n +(?:for|labels):", body, re.S)[1]
            for name, body in zip(parts[::2], parts[1::2])}


@pytest.fixture
def status(quick, admin, settings):
    """Of a host on which alice got in and bob mistyped; both have codes. Its
    broker was killed; a rule has an end."""
    end = datetime.date.today() + datetime.timedelta(days=60)
    settings.set(rules=[{"users": ["zoe"], "action": "skip",
                         "until": end.isoformat()}])
    path = conf.STATE + "/broker"
    with open(path, "w", encoding="ascii") as out:
        os.fchown(out.fileno(), 990, 990)
        os.fchmod(out.fileno(), 0o600)
        out.write("broker\t1\t812\t1700000000\t0\t40\t500\t0")
    quick.right(quick.login())
    admin.codes("alice", 3)
    admin.codes("bob", 4)
    login = quick.login("bob")
    login.prompt("Verification code sent")
    login.answer("000000")
    login.prompt("tries left")
    login.answer("q")
    login.ended()
    yield admin.do("status", "--prometheus")
    os.unlink(path)


def series(status, **values):
    """Series -> values over a day and more. promtool's clock begins at 1970, so the
    last success follows it."""
    found = {FILE: "0+60x%d" % LONG}
    for line in status.splitlines():
        name, _, value = line.rpartition(" ")
        if line.startswith("#"):
            continue
        metric = name.split("{")[0]
        if metric == "twofa_last_success_timestamp_seconds":
            assert 0 <= time.time() - float(value) < 60
            found[name] = "0+60x%d" % LONG
        else:
            found[name] = "%sx%d" % (value, LONG)
    for name in list(found):
        metric = name if name == FILE else name.split("{")[0]
        if values.get(metric, "") is None:
            del found[name]
        elif metric in values:
            found[name] = values[metric] if name == FILE else "%sx%d" % (
                values[metric], LONG)
    assert all(metric in "".join(found) or value is None
               for metric, value in values.items())
    return found


def fires(folder, found, firing):
    """promtool evaluates all rules over these series."""
    expected = [{"expr": 'count(ALERTS{alertstate="firing"}) by (alertname)',
                 "eval_time": "26h", "exp_samples": [
                     {"labels": '{alertname="%s"}' % name, "value": count}
                     for name, count in firing.items()]}]
    test = {"rule_files": [RULES], "evaluation_interval": "1m", "tests": [
        {"interval": "1m", "input_series": [
            {"series": name, "values": values}
            for name, values in found.items()],
         "promql_expr_test": expected}]}
    path = str(folder / "test.yml")
    with open(path, "w", encoding="utf-8") as out:
        json.dump(test, out)
    return promtool("test", "rules", path)


def test_they_are_well_formed():
    assert "%d rules found" % len(BAD) in promtool("check", "rules", RULES)
    assert set(alerts()) == set(BAD)
    with open(GUIDE, encoding="utf-8") as text:
        assert set(re.findall(r"`(Twofa\w+)`", text.read())) == set(BAD)


def test_status_is_what_prometheus_reads(status):
    """3: names are not to promtool's taste; 1: it cannot read them."""
    promtool("check", "metrics", text=status, status=(0, 3))
    promtool("check", "metrics", text=status + "twofa_x{ 1\n", status=(1,))


def test_every_number_is_printed(status):
    known = set(re.findall(r"^# TYPE (\w+) ", status, re.M))
    for name, expression in alerts().items():
        said = set(re.findall(r"\b(?:twofa|node)_\w+", expression))
        assert said and said <= known | OTHERS, name


def test_a_host_that_is_well(status, tmp_path):
    fires(tmp_path, series(status), {})


@pytest.mark.parametrize("name", BAD)
def test_alert(status, tmp_path, name):
    found = series(status, **BAD[name])
    count = 2 if name == "TwofaNoRecoveryCodes" else 1
    fires(tmp_path, found, {name: count})
    with pytest.raises(AssertionError, match=name):
        fires(tmp_path, found, {})
