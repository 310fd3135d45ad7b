# SPDX-License-Identifier: BSD-2-Clause
"""`make dist` and `make release`: the same bytes on each path and day, what is in
the list of what is linked, and each refusal before anything is built. The
repository is a small one, with our scripts and the programs of this build."""

import datetime
import json
import os
import re
import shutil
import subprocess

import pytest

ROOT = os.path.realpath(os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../.."))
BUILD = os.path.join(ROOT, os.environ.get("TWOFA_BUILD", "build"))
PROGRAMS = ("pam_twofa.so", "twofa-helper", "twofactl", "twofa-simulator")
VERSION = "3.2.1-rc4"
NAME = "pam_twofa-" + VERSION
MAKEFILE = """VERSION := %s
O ?= build
all:
	cp %s $(O)/
include packaging/release.mk
""" % (VERSION, " ".join(os.path.join(BUILD, name) for name in PROGRAMS))
WHO = ("-c", "user.name=a", "-c", "user.email=a@example.org")


def run(*argv, expected=0, **env):
    done = subprocess.run(argv, env=dict(os.environ, **env), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    assert (done.returncode == 0) == (expected == 0), done.stdout
    return done.stdout


def read(path):
    with open(path, "rb") as data:
        return data.read()


class Sources:
    """A checkout of a small project."""

    def __init__(self, folder):
        self.folder = str(folder)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w",
                  encoding="utf-8") as out:
            out.write(text)

    def git(self, *words):
        return run("git", "-C", self.folder, *WHO, *words)

    def make(self, *words, **more):
        return run("make", "-s", "-C", self.folder, *words, **more)

    def made(self, name=""):
        return os.path.join(self.folder, "build/release", name)


@pytest.fixture
def sources(tmp_path):
    found = Sources(tmp_path / "sources")
    os.makedirs(found.folder + "/packaging")
    for name in ("dist", "release", "release.mk", "sbom"):
        shutil.copy(os.path.join(ROOT, "packaging", name),
                    found.folder + "/packaging")
    found.write("Makefile", MAKEFILE)
    found.write("CHANGELOG.md", "# Changes\n\n## [%s] - 2026-11-23\n" % VERSION)
    found.write(".gitignore", "/build/\n")
    os.mkdir(found.folder + "/build")
    found.git("init", "-q")
    found.git("add", "-A")
    found.git("commit", "-q", "-m", "all")
    return found


@pytest.fixture(name="key", scope="module")
def _key(tmp_path_factory):
    """A key for this test alone, and the public half as readers get it."""
    home = tmp_path_factory.mktemp("keys")
    os.chmod(home, 0o700)
    mine, theirs = str(home / "mine"), str(home / "theirs")
    for folder in (mine, theirs):
        os.mkdir(folder, 0o700)
    run("gpg", "--batch", "--passphrase", "", "--quick-gen-key",
        "throw-away@example.org", "ed25519", "sign", "never", GNUPGHOME=mine)
    public = run("gpg", "--batch", "--armor", "--export", GNUPGHOME=mine)
    with open(theirs + "/key.asc", "w", encoding="ascii") as out:
        out.write(public)
    run("gpg", "--batch", "--import", theirs + "/key.asc", GNUPGHOME=theirs)
    yield {"KEY": "throw-away@example.org", "mine": mine, "theirs": theirs}
    for folder in (mine, theirs):
        run("gpgconf", "--kill", "all", GNUPGHOME=folder)


def release(sources, key, **more):
    return sources.make("release", "KEY=" + key["KEY"],
                        GNUPGHOME=key["mine"], **more)


def test_same_tarball(sources, tmp_path):
    """Another path, day, zone, umask and owner of the files."""
    sources.make("dist")
    other = tmp_path / "a longer path" / "to others"
    other.parent.mkdir()
    run("git", "clone", "-q", sources.folder, str(other))
    for folder, _, names in os.walk(other):
        for name in names:
            os.utime(os.path.join(folder, name), (86400, 86400))
    with open(other / "Makefile", "a", encoding="ascii"):
        os.chmod(other / "Makefile", 0o600)
    run("sh", "-c", "umask 077; cd \"$1\" && exec faketime -f +100d "
        "packaging/dist build/%s.tar.gz" % NAME, "-", str(other),
        TZ="Pacific/Kiritimati", LC_ALL="tr_TR.UTF-8")
    name = "build/%s.tar.gz" % NAME
    made = read(os.path.join(sources.folder, name))
    assert made == read(other / name)
    assert made[4:8] == b"\0\0\0\0" and made[3] & 8 == 0  # no time, no name
    listed = run("tar", "-tvzf", os.path.join(sources.folder, name),
                 "--numeric-owner").splitlines()
    assert {line.split()[1] for line in listed} == {"0/0"}
    paths = [line.split()[-1] for line in listed]
    assert paths == sorted(paths)


def test_unpacked(sources, tmp_path):
    """An unpacked tarball makes the same one: all that came, nothing built."""
    os.makedirs(sources.folder + "/packaging/rpm")
    sources.write("packaging/rpm/build", "#!/bin/sh\n")
    sources.git("add", "-A")
    sources.git("commit", "-q", "-m", "rpm")
    sources.make("dist")
    name = "build/%s.tar.gz" % NAME
    run("tar", "-xzf", os.path.join(sources.folder, name), "-C", str(tmp_path))
    other = Sources(tmp_path / NAME)
    for folder in ("build", "packaging/__pycache__", "debian"):
        os.mkdir(os.path.join(other.folder, folder))
        other.write(folder + "/built", "")
    other.make("dist")
    assert read(os.path.join(other.folder, name)) == \
        read(os.path.join(sources.folder, name))


def test_signed(sources, key):
    """What is in the folder, and that a reader's checks pass, or fail once a
    byte is another."""
    said = release(sources, key)
    names = [NAME + ".tar.gz", NAME + ".spdx.json", "SHA256SUMS"]
    assert sorted(os.listdir(sources.made())) == sorted(
        names + [name + ".asc" for name in names]), said
    assert "without packages" in said and "git tag -s" in said
    for name in names:
        run("gpg", "--batch", "--verify", sources.made(name + ".asc"),
            sources.made(name), GNUPGHOME=key["theirs"])
    check = ("env", "-C", sources.made(), "sha256sum", "-c", "SHA256SUMS")
    assert run(*check).count(": OK\n") == 2
    with open(sources.made(names[0]), "ab") as data:
        data.write(b"\0")
    run(*check, expected=1)
    run("gpg", "--batch", "--verify", sources.made(names[0] + ".asc"),
        sources.made(names[0]), expected=1, GNUPGHOME=key["theirs"])
    # once more, over what is there; the list is the same again
    before = read(sources.made(names[1]))
    release(sources, key)
    assert read(sources.made(names[1])) == before
    assert run(*check).count(": OK\n") == 2


def test_packages_of_the_same_tarball(sources, key):
    """Those of other sources stay out."""
    folder = sources.folder + "/build/deb"
    os.mkdir(folder)
    sources.make("dist")
    shutil.copy("%s/build/%s.tar.gz" % (sources.folder, NAME),
                folder + "/pam-twofa_3.2.1~rc4.orig.tar.gz")
    for name in ("a_3.2.1~rc4-1_amd64.deb", "a-dbgsym_3.2.1~rc4-1_amd64.deb",
                 "a_0.9-1_amd64.deb"):
        sources.write("build/deb/" + name, name)
    release(sources, key)
    wanted = "a_3.2.1~rc4-1_amd64.deb"
    assert [name for name in os.listdir(sources.made())
            if name.endswith(".deb")] == [wanted]
    assert wanted in read(sources.made("SHA256SUMS")).decode()
    sources.write("more", "")
    sources.git("add", "-A")
    sources.git("commit", "-q", "-m", "more")
    release(sources, key)
    assert wanted not in read(sources.made("SHA256SUMS")).decode()


def test_refused(sources, key):
    """In plain words, and nothing is made."""
    def refused(words, **more):
        said = release(sources, dict(key, **more), expected=1)
        assert words in said, said
        assert os.listdir(sources.folder + "/build") == []
    refused("which key signs? make release KEY=FINGERPRINT", KEY="")
    refused('gpg has no secret key "nobody@example.org"',
            KEY="nobody@example.org")
    sources.write("left", "")
    refused("are not as they are committed")
    refused("?? left")
    os.unlink(sources.folder + "/left")
    sources.write("CHANGELOG.md", "## [Unreleased] - 2026-11-24\n\n## [%s] - "
                  "2026-11-23\n" % VERSION)
    refused(" M CHANGELOG.md")
    sources.git("commit", "-q", "-a", "-m", "next")
    refused("CHANGELOG.md says nothing of %s" % VERSION)
    shutil.rmtree(sources.folder + "/.git")
    refused("this is no git checkout")


def test_linked(sources):
    """All that the loader brings, and what is loaded late; the root is ours."""
    sources.make("dist")
    tarball = "%s/build/%s.tar.gz" % (sources.folder, NAME)
    found = json.loads(run(ROOT + "/packaging/sbom", BUILD, VERSION, tarball))
    assert found["spdxVersion"] == "SPDX-2.3"
    assert found["documentNamespace"].startswith("urn:uuid:")
    made = datetime.datetime.strptime(found["creationInfo"]["created"],
                                      "%Y-%m-%dT%H:%M:%S%z")
    assert int(sources.git("log", "-1", "--format=%ct")) == made.timestamp()
    by_id = {each["SPDXID"]: each for each in found["packages"]}
    linked = {}
    for each in by_id.values():
        ours = each["name"] in PROGRAMS + ("pam_twofa",)
        assert each["versionInfo"] and (
            each["licenseDeclared"] == "BSD-2-Clause") == ours, each
        if not ours:  # as a reader knows it: libssl3t64 is libssl
            each["name"] = re.match(r"lib[a-z]+", each["name"])[0]
    for each in found["relationships"]:
        assert each["relatedSpdxElement"] in by_id
        if each["relationshipType"] == "DYNAMIC_LINK":
            linked.setdefault(by_id[each["spdxElementId"]]["name"], set()).add(
                (by_id[each["relatedSpdxElement"]]["name"],
                 "comment" in each))
        elif each["relationshipType"] == "DESCRIBES":
            assert by_id[each["relatedSpdxElement"]]["name"] == "pam_twofa"
    assert set(linked) == set(PROGRAMS)
    assert linked["pam_twofa.so"] == {("libc", False), ("libpam", False)}
    assert {("libcurl", True), ("libpq", True)} <= linked["twofa-helper"]
    assert ("libpam", True) in linked["twofactl"]
