# SPDX-License-Identifier: BSD-2-Clause
"""Vonage Number Insight, over real HTTP: providers' wire reference, sections 3.3 and 5."""

import json
import urllib.parse

import pytest
from simclient import FORM, JSON, KEY, SECRET, basic

NUMBER = "447700800300"
LEVELS = ["basic", "standard", "advanced"]
BASIC = {
    "status", "status_message", "request_id", "international_format_number",
    "national_format_number", "country_code", "country_code_iso3", "country_name",
    "country_prefix",
}
STANDARD = BASIC | {
    "request_price", "refund_price", "remaining_balance", "current_carrier", "original_carrier",
    "ported",
}
ADVANCED = STANDARD | {
    "valid_number", "reachable", "roaming", "lookup_outcome", "lookup_outcome_message",
}
PAIR = {"api_key": KEY, "api_secret": SECRET}


def test_basic(sim):
    reply = sim.insight(NUMBER, "basic")
    assert (reply.status, reply.headers["Content-Type"]) == (200, JSON)
    rid = reply.json["request_id"]
    assert reply.json == {
        "status": 0, "status_message": "Success", "request_id": rid,
        "international_format_number": NUMBER, "national_format_number": "07700 800300",
        "country_code": "GB", "country_code_iso3": "GBR", "country_name": "United Kingdom",
        "country_prefix": "44",
    }
    assert len(rid) == 36 and type(reply.json["status"]) is int


@pytest.mark.parametrize("level, names", zip(LEVELS, [BASIC, STANDARD, ADVANCED]))
def test_levels(sim, level, names):
    reply = sim.insight(NUMBER, level).json
    assert set(reply) == names
    if level != "basic":
        assert reply["current_carrier"]["network_type"] == "mobile"
        assert reply["ported"] == "not_ported"
    if level == "advanced":
        assert (reply["valid_number"], reply["reachable"]) == ("valid", "reachable")
        assert reply["roaming"] == {"status": "not_roaming"} and reply["lookup_outcome"] == 0


def test_it_is_a_lookup_and_sends_nothing(sim):
    sim.insight(NUMBER)
    (entry,) = sim.requests()
    assert (entry["provider"], entry["endpoint"], entry["result"]) == ("vonage-insight", "lookup", "0")
    assert sim.messages() == []


@pytest.mark.parametrize("number, country, national", [
    ("12025550100", "US", "(202) 555-0100"), ("4512345678", "DK", "01234 5678"),
    ("+447700800300", "GB", "07700 800300"), ("44 7700 800-300", "GB", "07700 800300"),
])
def test_countries(sim, number, country, national):
    reply = sim.insight(number, "basic").json
    assert (reply["country_code"], reply["national_format_number"]) == (country, national)
    assert reply["international_format_number"].isdigit()


def ask(sim, method, where, pair):
    """The ways that 5.1 lists."""
    fields = {"number": NUMBER, **({} if pair else PAIR)}
    headers = basic((KEY, SECRET)) if pair else {}
    text = urllib.parse.urlencode(fields)
    if where == "query":
        return sim.request(method, "/ni/basic/json?" + text, None, headers)
    kind, body = (JSON, json.dumps(fields)) if where == "json" else (FORM, text)
    return sim.request(method, "/ni/basic/json", body, {**headers, "Content-Type": kind})


@pytest.mark.parametrize("pair", [True, False])
@pytest.mark.parametrize("method, where", [("GET", "query"), ("POST", "form"), ("POST", "json"),
                                           ("POST", "query")])
def test_accepted(sim, method, where, pair):
    assert ask(sim, method, where, pair).json["status"] == 0


@pytest.mark.parametrize("auth", [None, ("", "x"), (KEY, ""), ("not well", "x")])
@pytest.mark.parametrize("level", LEVELS)
def test_bad_credentials(sim, level, auth):
    reply = sim.insight(NUMBER, level, auth)
    assert reply.status == 200
    assert reply.json == {"status": 4, "status_message": "Invalid credentials"}


def test_a_token_is_no_credential_here(sim):
    reply = sim.request("GET", "/ni/basic/json?number=" + NUMBER, None,
                        {"Authorization": "Bearer x"})
    assert reply.json["status"] == 4


def test_missing_number(sim):
    for number in ("", " "):
        reply = sim.insight(number).json
        assert reply["status"] == 3 and "number" in reply["status_message"]


@pytest.mark.parametrize("number", ["x", "4477008003x0", "123456", "4" * 16, "999770080030", "%00"])
def test_bad_numbers(sim, number):
    reply = sim.insight(number).json
    assert reply["status"] == 3 and "Not valid number format" in reply["status_message"]


@pytest.mark.parametrize("path", ["/ni", "/ni/basic", "/ni/basic/xml", "/ni/other/json",
                                  "/ni/advanced/async/json", "/ni/basic/json/"])
def test_unknown_paths(sim, path):
    assert sim.request("GET", path + "?number=1", None, basic((KEY, SECRET))).status == 404


def test_wrong_method(sim):
    assert sim.request("DELETE", "/ni/basic/json").status == 405


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("script, status", [
    ("01", 1), ("02", 3), ("04", 4), ("05", 5), ("09", 9), ("29", 19),
])
def test_scripted_refusals(sim, level, script, status):
    reply = sim.insight("4477009001" + script, level)
    assert (reply.status, reply.json["status"]) == (200, status)
    assert set(reply.json) == {"status", "status_message"}


def test_scripted_answers(sim):
    assert sim.insight("447700900106").json["valid_number"] == "not_valid"
    assert sim.insight("447700900106").json["reachable"] == "bad_number"
    assert sim.insight("447700900115").json["current_carrier"]["network_type"] == "landline"
    assert sim.insight("447700900131").json["reachable"] == "absent"
    partial = sim.insight("447700900132").json
    assert (partial["status"], partial["roaming"], partial["lookup_outcome"]) == (43, "unknown", 1)
    assert sim.insight("447700900132", "standard").json["status"] == 0
    assert sim.insight("447700900152").json["international_format_number"] == "447700900153"
    assert "request_id" not in sim.insight("447700900153").json


@pytest.mark.parametrize("script", ["00", "07", "10", "16", "17", "41", "51", "99"])
def test_scripts_that_mean_nothing_here(sim, script):
    number = "1202555" + "01" + script
    reply = sim.insight(number).json
    assert (reply["status"], reply["international_format_number"]) == (0, number)


@pytest.mark.parametrize("n, word", enumerate(
    ["mobile", "landline", "landline_premium", "landline_tollfree", "virtual", "unknown", "pager"]))
def test_the_type_is_a_setting(sim, n, word):
    sim.settings(v2_insight_type=n)
    reply = sim.insight(NUMBER).json
    assert reply["current_carrier"]["network_type"] == word
    assert reply["reachable"] == ("reachable" if word == "mobile" else "unknown")
    sim.sim("POST", "reset")
    assert sim.insight(NUMBER).json["current_carrier"]["network_type"] == "mobile"
