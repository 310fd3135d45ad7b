# SPDX-License-Identifier: BSD-2-Clause
"""Vonage Identity Insights, over real HTTP: what its guides say of it."""

import json

import pytest
from half_vonage import token
from simclient import KEY, SECRET, basic

PATH = "/identity-insights/v1/requests"
NUMBER = "447700800300"
ALL = {"format": {}, "original_carrier": {}, "current_carrier": {}}


def ask(sim, number=NUMBER, insights=None, auth=None, **more):
    body = {"phone_number": number, "insights": ALL if insights is None else insights, **more}
    headers = {"Content-Type": "application/json", **(auth if auth is not None else token())}
    return sim.request("POST", PATH, json.dumps(body), headers)


def test_each_insight_is_one_answer(sim):
    reply = ask(sim)
    assert reply.status == 200 and set(reply.json) == {"request_id", "insights"}
    insights = reply.json["insights"]
    assert set(insights) == set(ALL)
    assert insights["format"] == {
        "is_format_valid": True, "country_code": "GB", "number_international": "+" + NUMBER,
        "number_national": NUMBER, "time_zones": ["Europe/London"],
        "status": {"code": "OK", "message": "Success"}}
    assert insights["current_carrier"]["network_type"] == "MOBILE"
    assert set(ask(sim, insights={"format": {}}).json["insights"]) == {"format"}


@pytest.mark.parametrize("number", ["+" + NUMBER, "44 (7700) 800-300"])
def test_a_number_among_other_characters(sim, number):
    """"The API is designed to extract the phone number"."""
    assert ask(sim, number).json["insights"]["format"]["number_international"] == "+" + NUMBER


def test_the_present_carrier_is_of_mobile_numbers(sim):
    insights = ask(sim, "447700900115").json["insights"]
    assert insights["original_carrier"]["network_type"] == "LANDLINE"
    assert insights["current_carrier"]["status"]["code"] == "UNSUPPORTED_NETWORK_TYPE"


@pytest.mark.parametrize("number", ["447700900106", "0", "999"])
def test_no_number(sim, number):
    insights = ask(sim, number).json["insights"]
    assert insights["format"]["is_format_valid"] is False
    assert insights["format"]["status"]["code"] == "INVALID_NUMBER_FORMAT"


def test_small_letters(sim):
    sim.settings(identity_small=1)
    insights = ask(sim).json["insights"]
    assert insights["format"]["status"]["code"] == "ok"
    assert insights["current_carrier"]["network_type"] == "mobile"


@pytest.mark.parametrize("n, word", enumerate(
    ["MOBILE", "LANDLINE", "PREMIUM", "TOLLFREE", "VIRTUAL"]))
def test_types(sim, n, word):
    sim.settings(identity_type=n)
    assert ask(sim).json["insights"]["original_carrier"]["network_type"] == word


@pytest.mark.parametrize("script, status", [
    ("01", 429), ("02", 422), ("04", 401), ("05", 500), ("09", 402), ("29", 403)])
def test_refusals(sim, script, status):
    reply = ask(sim, "4477009001" + script)
    assert reply.status == status and "title" in reply.json


def test_other_scripts(sim):
    assert ask(sim, "447700900152").json["insights"]["format"]["number_international"] == (
        "+447700900153")
    assert "request_id" not in ask(sim, "447700900153").json
    failed = ask(sim, "447700900132").json["insights"]["current_carrier"]
    assert failed == {"status": {"code": "SUPPLIER_ERROR",
                                 "message": "No information is available."}}


@pytest.mark.parametrize("body", [{"insights": {}}, {"insights": {"sim_swap": {}}}])
def test_one_insight_at_least(sim, body):
    reply = ask(sim, **body)
    assert (reply.status, reply.json["invalid_parameters"][0]["name"]) == (422, "insights")


def test_a_token_alone(sim):
    for auth in ({}, basic((KEY, SECRET)), {"Authorization": "Bearer x"}):
        assert ask(sim, auth=auth).status == 401
    reply = sim.request("POST", PATH, "phone_number=1", {
        **token(), "Content-Type": "application/x-www-form-urlencoded"})
    assert reply.status == 415


def test_it_is_a_lookup_and_sends_nothing(sim):
    ask(sim)
    (entry,) = sim.requests()
    assert (entry["provider"], entry["endpoint"], entry["auth"]) == (
        "vonage-identity", "lookup", "bearer")
    assert sim.messages() == []
