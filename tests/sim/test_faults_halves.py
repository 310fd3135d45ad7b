# SPDX-License-Identifier: BSD-2-Clause
"""Every fault switch on every API: each vendor's judged members are found and spoilt."""

import gzip
import json
import pathlib
import re

import pytest
from half_vonage import V2
from halves import calls, member
from test_faults import AT_BODY, AT_WIRE, GONE

ROOT = pathlib.Path(__file__).resolve().parents[2]


def name_of(call):
    return f"{call.provider}-{call.endpoint}"


CALLS = calls()
halves = pytest.mark.parametrize("call", CALLS, ids=name_of)
with_ids = pytest.mark.parametrize("call", [c for c in CALLS if c.id], ids=name_of)


def judged(call):
    """The member that most faults are about: the verdict, or else the id."""
    return call.verdict or call.id


def pairs(text, name):
    """All values of the members of that name, at any depth, in their order."""
    found = []

    def note(members):
        found.extend(v for k, v in members if k == name)
        return dict(members)

    json.loads(text, object_pairs_hook=note)
    return found


def test_no_api_is_forgotten():
    sources = "".join(p.read_text() for p in (ROOT / "tests/simulator").rglob("*.c"))
    blocks = re.findall(r"const struct sim_provider \w+ = \{(.*?)\n\};", sources, re.S)
    names = {re.search(r'\.name = "([a-z0-9-]+)"', b).group(1) for b in blocks}
    assert names == {c.provider for c in CALLS}


@halves
def test_without_a_fault(sim, call):
    reply = call(sim)
    assert reply.status == call.good and member(reply.json, judged(call)) is not None
    entry = sim.requests()[-1]
    assert (entry["provider"], entry["endpoint"]) == (call.provider, call.endpoint)


@halves
@pytest.mark.parametrize("name", sorted({*AT_BODY, *AT_WIRE} - {"hang", "endless", "drip"}))
@pytest.mark.parametrize("when, sent", [("before", 0), ("after", 1)])
def test_every_fault_strikes_once(sim, call, name, when, sent):
    """But for those that need a client's patience: these know no vendors."""
    sim.fault(name, when=when, ms=1, provider=call.provider, endpoint=call.endpoint)
    try:
        call(sim)
    except GONE:
        assert name in AT_WIRE
    entry = sim.requests(f"?endpoint={call.endpoint}")[-1]
    assert (entry["fault"], entry["provider"]) == (name, call.provider)
    if call.sends and name != "delay":
        assert len(sim.messages()) == sent
    assert call(sim).status == call.good
    assert sim.requests()[-1]["fault"] is None


@halves
def test_other_apis_are_spared(sim, call):
    for other in CALLS:
        if other.provider != call.provider:
            sim.fault("html502", provider=other.provider)
    assert call(sim).status == call.good


@halves
def test_the_vendors_own_words(sim, call):
    sim.fault("throttle", endpoint=call.endpoint)
    assert call(sim).status == call.throttled
    assert sim.messages() == [] or not call.sends
    sim.fault("throttle", endpoint=call.endpoint, retry_after="3600")
    reply = call(sim)
    assert (reply.status, reply.headers.get_all("Retry-After")) == (429, ["3600"])
    sim.fault("json500", endpoint=call.endpoint)
    reply = call(sim)
    assert reply.status == 500 and isinstance(reply.json, dict)


@halves
@pytest.mark.parametrize("name, status", [("html502", 502), ("empty503", 503), ("html200", 200),
                                          ("empty200", 200), ("redirect", 302)])
def test_other_answers(sim, call, name, status):
    sim.fault(name, endpoint=call.endpoint)
    reply = call(sim)
    assert reply.status == status
    assert reply.body[:6] == (b"" if name.startswith("empty") else b"<html>")


@halves
def test_documents(sim, call):
    def spoilt(name):
        sim.fault(name, endpoint=call.endpoint)
        reply = call(sim)
        assert reply.status == call.good
        return reply.body

    with pytest.raises(ValueError):
        json.loads(spoilt("truncated"))
    assert isinstance(json.loads(json.loads(spoilt("double"))), dict)
    assert spoilt("raw_nul").endswith(b"}\0{")
    assert spoilt("bom").startswith(b"\xef\xbb\xbf{")
    assert spoilt("deep").startswith(b'{"deep":' + b"[" * 10000)
    assert b'"text":"\xff\xc0\xaf"' in spoilt("bad_utf8")
    assert member(json.loads(gzip.decompress(spoilt("gzip"))), judged(call)) is not None
    names = set(json.loads(spoilt("wrong_case")))
    assert names and all(n[0].isupper() or not n[0].isalpha() for n in names)
    text = spoilt("trailing").decode()
    more = text[json.JSONDecoder().raw_decode(text)[1]:]
    if call.verdict:
        assert isinstance(member(json.loads(more), call.verdict), (str, int))


@halves
def test_nul(sim, call):
    sim.fault("nul", endpoint=call.endpoint)
    text = call(sim).body.decode()
    assert text.count("\\u0000x\"") == 1
    honest = judged(call)
    if not isinstance(member(json.loads(text), honest), str):
        honest = call.id
    assert member(json.loads(text), honest).endswith("\0x")


@halves
@pytest.mark.parametrize("value", ["0", "true", "null", "[]", '"00"', '" 0"', "{}"])
def test_wrong_type(sim, call, value):
    sim.fault("wrong_type", value=value, endpoint=call.endpoint)
    assert member(call(sim).json, judged(call)) == json.loads(value)


@with_ids
def test_wrong_type_of_the_id(sim, call):
    sim.fault("wrong_type", value="17", endpoint=call.endpoint, field=call.id)
    assert member(call(sim).json, call.id) == 17


@halves
def test_missing(sim, call):
    sim.fault("missing", endpoint=call.endpoint)
    with pytest.raises(KeyError):
        member(call(sim).json, judged(call))


@with_ids
def test_missing_id(sim, call):
    sim.fault("missing", endpoint=call.endpoint, field=call.id)
    with pytest.raises(KeyError):
        member(call(sim).json, call.id)


@halves
def test_a_member_that_is_not_there(sim, call):
    for name in ("missing", "wrong_type"):
        sim.fault(name, field="no.such.0.member", endpoint=call.endpoint)
        assert member(call(sim).json, judged(call)) is not None


@with_ids
def test_foreign_id(sim, call):
    """Another one, but of the same make: a UUID, a SID, a number."""
    number = "447700800300"
    sim.fault("foreign_id", endpoint=call.endpoint)
    said = member(call(sim, number).json, call.id).lstrip("+")
    honest = sim.messages()[-1]["request_id"] if call.sends else number
    assert said != honest
    assert re.sub("[0-9a-f]", "x", said) == re.sub("[0-9a-f]", "x", honest)


@halves
def test_dup_keys(sim, call):
    """A forged success, or where nothing is judged an id, before the real one."""
    sim.fault("dup_keys", endpoint=call.endpoint)
    found = pairs(call(sim).body, judged(call).rsplit(".", 1)[-1])
    assert len(found) >= 2 and type(found[0]) is type(found[1])
    if not call.verdict:
        assert found[0] != found[1]


@halves
def test_replay(sim, call):
    one, other = call.ready(sim), call.ready(sim)
    first = call.make(sim, one)
    sim.fault("replay", endpoint=call.endpoint)
    assert call.make(sim, other).body == first.body


@pytest.mark.parametrize("name", AT_BODY + AT_WIRE)
@pytest.mark.parametrize("when", ["before", "after"])
def test_answers_without_a_body(sim, name, when):
    """DELETE of Verify v2 has nothing to spoil; the simulator survives it."""
    rid = V2(sim).json["request_id"]
    sim.advance(40)
    sim.fault(name, when=when, ms=1, endpoint="cancel")
    try:
        connection = sim.connect(0.3)
        connection.request("DELETE", "/v2/verify/" + rid, headers=sim.basic((sim.key, sim.secret)))
        connection.getresponse().read(1000)
    except GONE:
        pass
    finally:
        connection.close()
    assert sim.requests()[-1]["fault"] == name
    assert V2(sim).status == 202


def test_a_forged_verdict_before_v2s_refusal(sim):
    """A refusal has no status at all: a lax reader would find the forged one."""
    rid = V2(sim).json["request_id"]
    sim.fault("dup_keys", endpoint="check")
    reply = sim.v2_check(rid, "xxxx")
    assert reply.status == 400 and reply.body.startswith(b'{"status":"completed","title"')
