# SPDX-License-Identifier: BSD-2-Clause
"""Telnyx number lookup as the vendor documents it."""

import json

import pytest
from test_telnyx_verify import BEARER, JSON, get, refused

NUMBER = "+447700900200"
LOOKUP = "/v2/number_lookup/"


def look(sim, number=NUMBER, query="?type=carrier", headers=None):
    return get(sim, LOOKUP + number + query, headers)


@pytest.mark.parametrize("shape", [NUMBER, NUMBER.replace("+", "%2B"), NUMBER.replace("+", "%2b")])
def test_carrier(sim, shape):
    reply = look(sim, shape)
    assert reply.status == 200
    data = reply.json["data"]
    assert data["record_type"] == "number_lookup" and data["phone_number"] == NUMBER
    assert (data["country_code"], data["national_format"]) == ("GB", "7700900200")
    assert data["carrier"]["type"] == "mobile" and data["carrier"]["error_code"] is None
    assert data["valid_number"] is True and data["fraud"] is None
    assert "portability" in data and "caller_name" not in data
    assert sim.requests()[0]["endpoint"] == "lookup"


def test_what_is_not_asked_for_is_not_told(sim):
    bare = look(sim, query="").json["data"]
    assert "carrier" not in bare and "caller_name" not in bare
    named = look(sim, query="?type=caller-name").json["data"]
    assert "carrier" not in named and named["caller_name"]["caller_name"]


@pytest.mark.parametrize("number, country", [
    ("+12025550200", "US"), ("+4915112345678", "DE"), ("+6591234567", "SG"),
    ("+351912345678", "PT"), ("+998901234567", "ZZ"),
])
def test_countries(sim, number, country):
    assert look(sim, number).json["data"]["country_code"] == country


@pytest.mark.parametrize("last, kind", [
    ("00", "mobile"), ("07", "premium rate"), ("15", "fixed line"), ("31", "unknown"),
    ("32", "voip"),
])
def test_line_types(sim, last, kind):
    data = look(sim, "+4477009001" + last).json["data"]
    assert data["carrier"]["type"] == data["portability"]["line_type"] == kind


@pytest.mark.parametrize("last, http, code", [
    ("01", 429, "10011"), ("02", 422, "10015"), ("04", 401, "10009"), ("05", 500, "10007"),
    ("06", 422, "10002"), ("09", 402, "20100"), ("29", 403, "10010"),
])
def test_scripted_refusal(sim, last, http, code):
    assert refused(look(sim, "+4477009001" + last)) == (http, code)


def test_scripted_answers(sim):
    assert look(sim, "+447700900110").json["data"]["valid_number"] is False
    for last in ("51", "52"):
        number = "+4477009001" + last
        assert look(sim, number).json["data"]["phone_number"] != number
    assert "phone_number" not in look(sim, "+447700900153").json["data"]


@pytest.mark.parametrize("number", ["447700900200", "+44x", "+0447700900200", "%20447700900200", "x"])
def test_bad_number(sim, number):
    assert refused(look(sim, number)) == (422, "10016")


def test_other_refusals(sim):
    assert refused(look(sim, query="?type=fraud")) == (422, "10015")
    assert refused(look(sim, headers={})) == (401, "10009")
    assert refused(look(sim, headers={"Authorization": "Basic YTpi"})) == (401, "10009")
    assert sim.request("POST", LOOKUP + NUMBER, json.dumps({}), {**JSON, **BEARER}).status == 405
    assert get(sim, LOOKUP).status == 404


def test_faults(sim):
    sim.fault("foreign_id", provider="telnyx-lookup")
    assert look(sim).json["data"]["phone_number"] != NUMBER
    sim.fault("wrong_type", endpoint="lookup", field="data.carrier.type", value="3")
    assert look(sim).json["data"]["carrier"]["type"] == 3
    sim.fault("throttle", endpoint="lookup")
    assert refused(look(sim)) == (429, "10011")
