# SPDX-License-Identifier: BSD-2-Clause
"""docs/architecture.md shows the folders as tests/lint/layers.py has them, and
leads to each page about the inside."""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/lint"))

import layers  # noqa: E402

LINES = 300  # an overview; what is longer gets a page of its own
# For admins, or led to from elsewhere.
ELSEWHERE = {"architecture", "performance", "testing", "threat-model"}


def page():
    return (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def shown(text):
    """Folder and layer of each item that has a layer."""
    return [(name.rstrip("/").replace("VENDOR", "*"), int(layer))
            for layer, name in re.findall(r"^- (\d+) `([^`]+)`: ", text,
                                          re.M)]


def there():
    """The layers of what there is: a component may be named before its first file."""
    return {name: layer for name, layer in layers.LAYERS.items()
            if list(ROOT.glob(name))}


def test_each_folder_stands_once_with_its_layer():
    rows = shown(page())
    counted = collections.Counter(name for name, _ in rows)
    assert [name for name, count in counted.items() if count > 1] == []
    assert dict(rows) == there()


def test_rows_are_sorted_by_layer():
    for part in page().split("\n\n"):
        found = [layer for _, layer in shown(part)]
        assert found == sorted(found)


def test_each_folder_of_tests_is_shown():
    text = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
    table = text.split("\n## Folders\n")[1].split("\n## ")[0]
    names = {name.split("/")[1] for name in re.findall(r"`(tests/\w+/)`", table)}
    assert names == {path.name for path in (ROOT / "tests").iterdir()
                     if path.is_dir() and path.name != "__pycache__"
                     and any(path.iterdir())}


def test_it_is_an_overview():
    assert len(page().splitlines()) <= LINES


def test_it_leads_to_every_page():
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert pages - ELSEWHERE == {
        name for name in re.findall(r"^- \[(\S+)\.md\]\(\1\.md\): ", page(),
                                    re.M)}
