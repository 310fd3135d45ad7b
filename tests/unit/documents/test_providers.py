# SPDX-License-Identifier: BSD-2-Clause
"""What a new provider type needs beside its own files, where no other test
looks: CONTRIBUTING.md has the steps."""

import glob
import os
import re

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as text:
        return text.read()


def types():
    """{name: its struct provider_type as text}."""
    found = {}
    for path in glob.glob(os.path.join(ROOT, "lib/provider_types/*_types.c")):
        for body in re.findall(
                r"^const struct provider_type \w+ = \{\n(.*?)^\};",
                read(path), re.M | re.S):
            found[re.search(r'\.name = "([a-z0-9-]+)"', body)[1]] = body
    return found


TYPES = types()
SENDING = {name for name, body in TYPES.items()
           if re.search(r"METHOD_(SMS|VOICE|WHATSAPP|EMAIL)\b", body)}
# As twofactl/terminal/options.c:option_keys_include_type says it.
OFFERED = {name for name, body in TYPES.items()
           if ".account = " in body or
           ("METHOD_SMS" in body and ".by_authy_id = true" not in body)}


def test_types_are_found():
    listed = re.findall(r"^\tX\((\w+)\)", read(
        "lib/provider_types/provider_types.h"), re.M)
    assert len(TYPES) == len(listed)
    assert "telnyx-sms" in OFFERED and "authy" in SENDING - OFFERED


@pytest.mark.parametrize("path, begins, ends", [
    ("docs/man/twofactl.8", ".It Fl -provider", ".It Fl"),
    ("conf/completions/_twofactl", "'--provider[", "\n"),
    ("docs/guide/install.md", "Who sends the codes?", "provider:")])
def test_types_that_init_offers_are_listed(path, begins, ends):
    part = read(path).split(begins)[1].split(ends)[0]
    assert set(re.findall(r"\b(?:[a-z]+(?:-[a-z0-9]+)+|oidc|radius)\b",
                          part)) == OFFERED


LEGACY = {name for name, body in TYPES.items() if ".legacy = true" in body}


@pytest.mark.parametrize("path, shown", [
    ("docs/guide/install.md", r"^    (?:provider: |.*--provider )(\S+)"),
    ("docs/guide/by-hand.md", r'\btype = "(\S+)"|`([a-z]+-verify\S*)`'),
    ("conf/twofa.conf", r'^    type = "(\S+)"')])
def test_no_page_begins_with_a_legacy_type(path, shown):
    """Of the sample's only what is in force without its comment signs."""
    assert "vonage-verify" in LEGACY
    found = {"".join(each) for each in re.findall(shown, read(path), re.M)}
    assert not found & LEGACY


@pytest.mark.parametrize("name", sorted(TYPES))
def test_e2e_tests_take_types_that_send(name):
    said = re.search(r"^again ", read("tests/providers/" + name), re.M)
    assert bool(said) == (name in SENDING)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_requests_are_tested(name):
    """Byte by byte, in a file of its own or of its vendor."""
    assert [path for path in glob.glob(
        os.path.join(ROOT, "tests/unit/providers/test_*.c"))
        if '"%s"' % name in read(path)
        and os.path.basename(path) != "test_probe.c"]
