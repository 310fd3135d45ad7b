# SPDX-License-Identifier: BSD-2-Clause
"""From a repository over http, by README's lines: in, up, and not by another's
signature."""

import os
import shutil
import urllib.request

import pytest

import website
from packages import LIBRARY, run

URL = "http://127.0.0.1:8480"
SOURCES = "/etc/apt/sources.list.d/twofa.sources"
LISTS = "/root/lists"
SITE = "/root/site"


def apt(*words, expected=0):
    """With lists of its own: those of the machine are shared."""
    return run("apt-get", "-q", "-oDir::State::Lists=" + LISTS,
               "-oAPT::Update::Error-Mode=any", *words, expected=expected)


def update(expected=0):
    """Of this source alone: there is no other network here."""
    return apt("-oDir::Etc::SourceList=/dev/null", "-oDir::Etc::SourceParts=/root/parts",
               "-oAPT::Get::List-Cleanup=0", "update", expected=expected)


def publish(built, name):
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree("%s/repository-%s" % (built.folder, name), SITE)


@pytest.fixture
def site(built):
    publish(built, "this")
    shutil.copytree("/var/lib/apt/lists", LISTS)
    os.mkdir("/root/parts")
    suite = os.path.basename(os.environ["ROOTS"])
    with website.served(SITE, 8480):
        urllib.request.urlretrieve("%s/%s.sources" % (URL, suite), SOURCES)
        os.symlink(SOURCES, "/root/parts/twofa.sources")
        yield SITE
    os.unlink(SOURCES)
    for folder in (LISTS, "/root/parts", SITE):
        shutil.rmtree(folder)


def test_in_and_up(built, system, site):
    update()
    apt("install", "-y", "--no-install-recommends", LIBRARY)
    assert system.version() == built.field("this", "Version")
    publish(built, "next")
    update()
    apt("upgrade", "-y")
    assert system.version() == built.field("next", "Version")


def test_another_signature(built, system, site):
    """A host that was taken over offers a newer version: it is not taken."""
    update()
    apt("install", "-y", "--no-install-recommends", LIBRARY)
    publish(built, "next")
    suite = os.path.basename(os.environ["ROOTS"])
    path = "%s/dists/%s/InRelease" % (site, suite)
    with open(path, encoding="utf-8") as text:
        release = text.read()
    with open(path, "w", encoding="utf-8") as out:
        out.write(release.replace("Origin: pam_twofa", "Origin: pam_twofb"))
    update(expected=1)
    apt("upgrade", "-y")
    assert system.version() == built.field("this", "Version")
