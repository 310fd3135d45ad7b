# SPDX-License-Identifier: BSD-2-Clause
"""The help desk's page in Cockpit: what its files may not have. tests/page/ has
it in a browser."""

import json
import os
import re

import pytest

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "../../../packaging/cockpit")


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as text:
        return text.read()


def test_manifest():
    """Without a content security policy of its own, Cockpit's strict one holds."""
    found = json.loads(read("manifest.json"))
    assert found["menu"]["index"]["label"] == "Second factors"
    assert "content-security-policy" not in found


def test_nothing_inline():
    html = read("index.html")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    assert re.findall(r"<script([^>]*)>(.*?)</script>", html, re.S) == [
        (' src="../base1/cockpit.js"', ""), (' src="twofa.js" defer', "")]
    assert not re.search(r"https?://", html + read("twofa.css"))


@pytest.mark.parametrize("word", [
    "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(",
    "Function(", "DOMParser", "setItem", "cookie", "fetch(", "cockpit.script"])
def test_text_stays_text(word):
    """And nothing is kept, or asked of anybody but twofactl."""
    assert word not in read("twofa.js")


def test_ids():
    """Those that the script asks for are there, once."""
    there = re.findall(r'\sid="([\w-]+)"', read("index.html"))
    assert len(there) == len(set(there))
    assert set(re.findall(r'\bid\("([\w-]+)"\)', read("twofa.js"))) <= set(there)


def test_programs():
    """sudo and twofactl alone are started, by a path that make install fills in."""
    text = read("twofa.js")
    assert text.count("cockpit.spawn(") == 2
    assert 'const TWOFACTL = "@SBINDIR@/twofactl";' in text
    assert text.count('"sudo"') == 1 and '"-n"' in text
