# SPDX-License-Identifier: BSD-2-Clause
"""make repository for dnf: what dnf itself reads of it, and by which signature."""

import os
import subprocess

import pytest

import stage

TRANSPORTS = ("spawn",)

WORK = "/run/tmp/dnf"
SPEC = """Name: twofa-trial
Version: 1
Release: 1
Summary: a trial
License: BSD
BuildArch: noarch
%description
Nothing.
%files
"""


def run(*argv, status=0, **env):
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, check=False,
                          stdin=subprocess.DEVNULL, env=dict(os.environ, **env))
    assert (done.returncode == 0) == (status == 0), done.stdout
    return done.stdout


@pytest.fixture(name="repository", scope="module")
def _repository():
    """A package, and a repository of it that is signed."""
    os.makedirs(WORK + "/packages/fedora")
    os.mkdir(WORK + "/keys", 0o700)
    run("gpg", "--batch", "--passphrase", "", "--quick-gen-key",
        "trial@example.org", "ed25519", "sign", "never", GNUPGHOME=WORK + "/keys")
    with open(WORK + "/trial.spec", "w", encoding="ascii") as out:
        out.write(SPEC)
    run("rpmbuild", "-bb", "--define", "_topdir %s/rpm" % WORK, "--define",
        "_rpmdir %s/packages/fedora" % WORK, "--define",
        "_rpmfilename %%{NAME}-%%{VERSION}.rpm", WORK + "/trial.spec")
    folder = WORK + "/repository"
    told = run(stage.ROOT + "/packaging/repository", "trial@example.org", "",
               WORK + "/packages", folder, GNUPGHOME=WORK + "/keys")
    assert "dnf: fedora" in told
    run("gpgconf", "--kill", "all", GNUPGHOME=WORK + "/keys")
    return folder


def dnf(repository, *words, status=0):
    return run("dnf", "-y", "--releasever=1", "--setopt=reposdir=" + repository,
               "--setopt=cachedir=%s/cache" % WORK, "--refresh", *words,
               status=status)


def test_dnf(repository):
    assert "twofa-trial-0:1-1.noarch" in dnf(repository, "repoquery")
    package = repository + "/rpm/fedora/twofa-trial-1.rpm"
    base = ["rpmkeys", "--dbpath", WORK + "/db"]
    run(*base, "-K", package, status=1)
    run(*base, "--import", repository + "/twofa.asc")
    assert "signatures OK" in run(*base, "-K", package)


def test_bent(repository):
    """The list of its lists is another than the one that was signed."""
    with open(repository + "/rpm/fedora/repodata/repomd.xml", "a",
              encoding="ascii") as out:
        out.write("<!-- -->\n")
    told = dnf(repository, "repoquery", "--setopt=twofa.skip_if_unavailable=0",
               status=1)
    assert "GPG signature" in told and "twofa-trial-0" not in told
