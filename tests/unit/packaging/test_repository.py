# SPDX-License-Identifier: BSD-2-Clause
"""`make repository`: what apt makes of it over http, as README's lines have it, and
what it refuses; each refusal of the command itself."""

import glob
import os
import subprocess
import sys

import pytest

ROOT = os.path.realpath(os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../.."))
sys.path[:0] = [os.path.join(ROOT, "tests/e2e/rig")]

import website  # noqa: E402

SUITE = "bookworm"
NAME = "twofa-trial"
CONTROL = """Package: %s
Version: %s
Architecture: %s
Maintainer: a <a@example.org>
Description: a trial
"""


def run(*argv, expected=0, **env):
    done = subprocess.run(argv, env=dict(os.environ, **env), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    assert (done.returncode == 0) == (expected == 0), done.stdout
    return done.stdout


def deb(folder, version="1", arch="amd64"):
    """A package with nothing in it."""
    inside = folder / "inside"
    (inside / "DEBIAN").mkdir(parents=True, exist_ok=True)
    (inside / "DEBIAN/control").write_text(CONTROL % (NAME, version, arch))
    run("dpkg-deb", "-b", str(inside),
        str(folder / ("%s_%s_%s.deb" % (NAME, version, arch))))


class Repository:
    """One that is made and served, and a reader's apt, which knows no other."""

    def __init__(self, tmp, gnupg, url):
        self.packages, self.folder = tmp / "packages", tmp / "repository"
        self.gnupg, self.url = gnupg, url
        self.apt_folder = tmp / "apt"
        for name in ("lists/partial", "cache/archives/partial", "parts"):
            (self.apt_folder / name).mkdir(parents=True)

    def make(self, key="good@example.org", expected=0, url=None, packages=None):
        return run(ROOT + "/packaging/repository", key,
                   self.url if url is None else url,
                   str(packages or self.packages), str(self.folder),
                   expected=expected, GNUPGHOME=self.gnupg)

    def add(self, version, suite=SUITE, arch="amd64"):
        (self.packages / suite).mkdir(parents=True, exist_ok=True)
        deb(self.packages / suite, version, arch)

    def known(self):
        """The reader takes the sources' file, once."""
        text = (self.folder / (SUITE + ".sources")).read_text()
        (self.apt_folder / "parts/twofa.sources").write_text(text)

    def apt(self, *words, expected=0):
        options = {"Dir::State::Lists": "lists", "Dir::Cache": "cache",
                   "Dir::Etc::SourceParts": "parts"}
        argv = ["-o%s=%s" % (name, self.apt_folder / folder)
                for name, folder in options.items()]
        return run("apt-get", "-q", *argv, "-oDir::Etc::SourceList=/dev/null",
                   "-oAPT::Architecture=amd64", "-oAPT::Sandbox::User=root",
                   "-oAPT::Update::Error-Mode=any", "-oAcquire::Retries=0",
                   *words, expected=expected)

    def offered(self):
        """The version that the reader would get; '' for none."""
        told = run("apt-cache", "-oDir::State::Lists=%s" % (self.apt_folder / "lists"),
                   "-oDir::Cache=%s" % (self.apt_folder / "cache"),
                   "-oDir::Etc::SourceParts=%s" % (self.apt_folder / "parts"),
                   "-oDir::Etc::SourceList=/dev/null", "-oAPT::Architecture=amd64",
                   "policy", NAME)
        found = [line.split()[1] for line in told.splitlines()
                 if "Candidate:" in line]
        return found[0] if found else ""


@pytest.fixture(name="gnupg", scope="module")
def _gnupg(tmp_path_factory):
    """Keys for these tests alone: who releases, and somebody else."""
    home = str(tmp_path_factory.mktemp("keys"))
    os.chmod(home, 0o700)
    for who in ("good", "other"):
        run("gpg", "--batch", "--passphrase", "", "--quick-gen-key",
            who + "@example.org", "ed25519", "sign", "never", GNUPGHOME=home)
    yield home
    run("gpgconf", "--kill", "all", GNUPGHOME=home)


@pytest.fixture(name="repository")
def _repository(tmp_path, gnupg):
    (tmp_path / "repository").mkdir()
    with website.served(tmp_path / "repository") as port:
        yield Repository(tmp_path, gnupg, "http://127.0.0.1:%d/" % port)


def test_install_and_upgrade(repository):
    repository.add("1")
    told = repository.make()
    assert "apt: bookworm (amd64)\n" in told and "Next: put" in told
    repository.known()
    repository.apt("update")
    assert repository.offered() == "1"
    repository.apt("install", "--download-only", "-y", NAME)
    assert glob.glob(str(repository.apt_folder / "cache/archives/*_1_*.deb"))
    repository.add("2")
    repository.make()
    repository.apt("update")
    assert repository.offered() == "2"


def test_another_key(repository):
    """A host that was taken over signs with a key of its own."""
    repository.add("1")
    repository.make()
    repository.known()
    repository.apt("update")
    repository.add("2")
    repository.make(key="other@example.org")
    told = repository.apt("update", expected=1)
    assert "NO_PUBKEY" in told or "Missing key" in told  # gpgv, sqv
    assert repository.offered() == "1"


def test_no_signature(repository):
    repository.add("1")
    repository.make()
    repository.known()
    dists = repository.folder / "dists" / SUITE
    (dists / "InRelease").unlink()
    (dists / "Release.gpg").unlink()
    told = repository.apt("update", expected=1)
    assert "is not signed" in told
    assert repository.offered() in ("", "(none)")


def test_another_index(repository):
    """The signature is good, and is not of this list."""
    repository.add("1")
    repository.make()
    repository.known()
    for name in glob.glob(str(repository.folder / "dists/**/Packages*"),
                          recursive=True) + \
            glob.glob(str(repository.folder / "dists/**/by-hash/*/*"),
                      recursive=True):
        with open(name, "r+b") as data:
            data.write(b"X")
    repository.apt("update", expected=1)
    assert repository.offered() in ("", "(none)")


def test_another_package(repository):
    repository.add("1")
    repository.make()
    repository.known()
    repository.apt("update")
    path, = glob.glob(str(repository.folder / "pool/bookworm/*.deb"))
    with open(path, "r+b") as data:
        data.seek(100)
        data.write(b"X")
    told = repository.apt("install", "--download-only", "-y", NAME, expected=1)
    assert "Hash Sum mismatch" in told


def test_two_releases(repository):
    """Of two releases the packages have two names: their libraries differ."""
    repository.add("1~deb12")
    repository.add("1~deb13", suite="trixie")
    repository.add("1~deb13", suite="trixie", arch="arm64")
    told = repository.make()
    assert "apt: trixie (amd64 arm64)" in told
    assert (repository.folder / "trixie.sources").exists()
    repository.add("1~deb13")
    told = repository.make(expected=1)
    assert "twofa-trial_1~deb13_amd64.deb is there of two releases" in told
    assert "REVISION=1~deb12" in told


def test_refusals(repository, tmp_path):
    """Each is said before anything is made, and what was there stays."""
    told = repository.make(expected=1)
    assert "no packages in" in told and "PACKAGES=DIR" in told
    repository.add("1")
    assert "which key signs?" in repository.make(key="", expected=1)
    assert 'no secret key "unknown"' in repository.make(key="unknown", expected=1)
    repository.make()
    (repository.packages / SUITE / "bad_1_amd64.deb").write_text("no package")
    assert "cannot be read" in repository.make(expected=1)
    assert (repository.folder / "dists/bookworm/InRelease").exists()
    assert not glob.glob(str(tmp_path / "repository.*"))


def test_folder_of_this_machine(repository):
    """Without a URL it is read where it lies."""
    repository.add("1")
    told = repository.make(url="")
    assert "file://%s" % repository.folder in told
    repository.known()
    repository.apt("update")
    assert repository.offered() == "1"
