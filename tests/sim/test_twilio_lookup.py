# SPDX-License-Identifier: BSD-2-Clause
"""Twilio Lookup v2 as the vendor documents it."""

import pytest
from simclient import basic
from twilioclient import AUTH, Twilio, refused

PATH = "/v2/PhoneNumbers/"
LINE = "?Fields=line_type_intelligence"
PACKAGES = {"caller_name", "sim_swap", "call_forwarding", "line_status", "line_type_intelligence",
            "identity_match", "reassigned_number", "sms_pumping_risk", "phone_number_quality_score",
            "pre_fill"}


@pytest.fixture
def api(sim):
    return Twilio(sim)


def line(api, number):
    return api.get(PATH + number + LINE).json["line_type_intelligence"]


@pytest.mark.parametrize("plus", ["+", "%2B", "%2b"])
def test_a_number(sim, api, plus):
    reply = api.get(PATH + plus + "447700900200")
    assert reply.status == 200 and reply.headers["Content-Type"] == "application/json"
    body = reply.json
    assert body == {
        "calling_country_code": "44", "country_code": "GB", "phone_number": "+447700900200",
        "national_format": "07700 900200", "valid": True, "validation_errors": None,
        **dict.fromkeys(PACKAGES), "url": "https://lookups.twilio.com/v2/PhoneNumbers/+447700900200",
    }
    (entry,) = sim.requests()
    assert (entry["provider"], entry["endpoint"], entry["result"]) == (
        "twilio-lookup", "lookup", "valid")


def test_a_us_number(api):
    body = api.get(PATH + "+12025550100").json
    assert (body["country_code"], body["national_format"]) == ("US", "(202) 555-0100")


@pytest.mark.parametrize("path, number", [
    ("12025550100", None), ("2025550100", "+12025550100"),
    ("07700900200?CountryCode=GB", "+447700900200"), ("7700900200?CountryCode=gb", "+447700900200"),
])
def test_national_numbers(api, path, number):
    body = api.get(PATH + path).json
    assert body["valid"] is (number is not None)
    assert number is None or body["phone_number"] == number


@pytest.mark.parametrize("number, error", [
    ("+44770", "TOO_SHORT"), ("+1202555010", "TOO_SHORT"), ("+120255501000", "TOO_LONG"),
    ("+" + "4" * 16, "TOO_LONG"), ("+0447700900200", "INVALID_COUNTRY_CODE"),
    ("+44x7700900200", "NOT_A_NUMBER"), ("%20447700900200", "NOT_A_NUMBER"), ("+", "NOT_A_NUMBER"),
    ("+447700900106", "INVALID_BUT_POSSIBLE"),
])
def test_invalid_numbers_are_http_200(api, number, error):
    reply = api.get(PATH + number + LINE)
    assert reply.status == 200
    assert (reply.json["valid"], reply.json["validation_errors"]) == (False, [error])
    assert reply.json["country_code"] is None and reply.json["line_type_intelligence"] is None


def test_packages_only_when_asked_for(api):
    body = api.get(PATH + "+447700900200?Fields=line_type_intelligence,sms_pumping_risk").json
    assert body["line_type_intelligence"] == {
        "mobile_country_code": "234", "mobile_network_code": "10",
        "carrier_name": "Rehearsal Mobile", "type": "mobile", "error_code": None}
    assert body["sms_pumping_risk"]["carrier_risk_category"] == "low"
    assert [name for name in PACKAGES if body[name] is not None] and body["sim_swap"] is None
    assert api.get(PATH + "+447700900200?Fields=sim_swap").json["sim_swap"] == {
        "error_code": 60606}


@pytest.mark.parametrize("fields", ["carrier", "line_type", "line_type_intelligence,x"])
def test_unknown_package(api, fields):
    reply = api.get(PATH + "+447700900200?Fields=" + fields)
    assert refused(reply) == (400, 60200) and "Fields" in reply.json["message"]


@pytest.mark.parametrize("script, kind", [
    (0, "mobile"), (15, "landline"), (61, "fixedVoip"), (62, "nonFixedVoip"), (63, "tollFree"),
    (64, "premium"), (65, "pager"), (66, "personal"), (67, "sharedCost"), (68, "uan"),
    (69, "voicemail"), (70, "unknown"), (71, "mobile"), (31, "mobile"),
])
def test_types_of_line(api, script, kind):
    assert line(api, f"+4477009001{script:02}")["type"] == kind


@pytest.mark.parametrize("script, status, code", [
    (1, 429, 20429), (4, 401, 20003), (5, 500, 20500), (9, 403, 20005), (29, 403, 60606),
])
def test_scripted_refusals(api, script, status, code):
    assert refused(api.get(PATH + f"+4477009001{script:02}")) == (status, code)


def test_a_package_that_is_off(sim, api):
    assert line(api, "+447700900102") == {"error_code": 60606}
    sim.settings(twilio_package_error=60601)
    assert line(api, "+447700900200") == {"error_code": 60601}


def test_fraud(api):
    body = api.get(PATH + "+447700900107?Fields=sms_pumping_risk").json
    assert body["valid"] is True
    assert body["sms_pumping_risk"]["number_blocked"] is True


def test_foreign_answers(api):
    assert api.get(PATH + "+447700900152").json["phone_number"] != "+447700900152"
    assert "phone_number" not in api.get(PATH + "+447700900153").json


def test_credentials_and_methods(sim, api):
    for auth in (None, ("abcd1234", "x"), (AUTH[0], "")):
        reply = sim.request("GET", PATH + "+447700900200", None, basic(auth))
        assert refused(reply) == (401, 20003)
    assert refused(api.post(PATH + "+447700900200", {})) == (405, 20004)


def test_faults(sim, api):
    sim.fault("foreign_id", provider="twilio-lookup")
    assert api.get(PATH + "+447700900200").json["phone_number"] != "+447700900200"
    sim.fault("wrong_type", endpoint="lookup", field="line_type_intelligence.type", value="7")
    assert line(api, "+447700900200")["type"] == 7
    sim.fault("throttle", endpoint="lookup")
    assert refused(api.get(PATH + "+447700900200")) == (429, 20429)
