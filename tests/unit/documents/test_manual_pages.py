# SPDX-License-Identifier: BSD-2-Clause
"""twofactl(8) becomes a page of each command: all of its text is in one of them,
and what is made is sound."""

import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
SOURCE = (ROOT / "docs/man/twofactl.8").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\.It Ic ([a-z-]+)", SOURCE.split(
    ".Ss Commands\n")[1].split("\n.Ss ")[0], re.M)


def run(*words):
    return subprocess.run(["packaging/manual-pages", *words], cwd=ROOT,
                          capture_output=True, text=True, check=True).stdout


@pytest.fixture(name="pages", scope="module")
def _pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages") / "man"
    run(str(folder))
    return {path.name: path.read_text(encoding="utf-8")
            for path in folder.iterdir()}


def test_a_page_of_each_command(pages):
    assert len(COMMANDS) > 20
    assert set(pages) == set(run("--names").split()) == {
        "twofactl.8"} | {"twofactl-%s.8" % name for name in COMMANDS}


def test_every_line_is_in_one(pages):
    made = {line for text in pages.values() for line in text.splitlines()}
    assert [line for line in SOURCE.splitlines()
            if line not in made and line[:3] != '.\\"'
            and line not in (".Pp",)] == []


def test_options_are_on_the_page_of_their_command(pages):
    unlock = pages["twofactl-unlock.8"]
    assert re.findall(r"^\.It Fl -(\S+)", unlock, re.M) == [
        "local", "sends", "person"]
    assert ".Nd end a user's locks and reset the wrong codes\n" in unlock
    assert ".Sh EXAMPLES\n" in unlock
    assert not re.findall(r"^\.It Fl -(?:local|sends)", pages["twofactl.8"], re.M)


def test_operands_are_in_the_synopsis(pages):
    assert ".Ic explain\n.Op Ar option ...\n.Ar user\n.Ar service\n" \
           ".Op Ar addr\n" in pages["twofactl-explain.8"]


def test_mandoc_finds_nothing(pages, tmp_path):
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    for name, text in pages.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        done = subprocess.run(
            ["mandoc", "-Tlint", "-W", "warning", tmp_path / name],
            capture_output=True, text=True, check=False)
        assert done.stdout + done.stderr == "", name


@pytest.mark.parametrize("path", sorted(
    (ROOT / "docs/man").iterdir()), ids=lambda path: path.name)
def test_quotes_are_shown(path):
    """In a macro's line a quote that begins a word begins an argument, and is
    shown no more than the quote after it."""
    lost = [line for line in path.read_text(encoding="utf-8").splitlines()
            if re.match(r'\.[A-Z][a-z].* "[^"]*"(?! |$)', line)]
    assert not lost, "write \\(dq for the quotes of " + "; ".join(lost)
