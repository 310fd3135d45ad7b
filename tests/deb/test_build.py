# SPDX-License-Identifier: BSD-2-Clause
"""What was built: the same bytes anywhere, lintian, what it depends on."""

import os
import re
import subprocess

import pytest

import packages
import stage
from packages import run


def read(path):
    with open(path, "rb") as data:
        return data.read()


def test_same_bytes(built):
    """From another path, on another day, in another zone and locale, by another
    umask."""
    found = sorted(os.listdir(built.folder + "/this/deb"))
    ends = (".deb", ".dsc", ".tar.xz", ".tar.gz")
    compared = [name for name in found if name.endswith(ends)]
    assert len([name for name in compared if name.endswith(".deb")]) >= 2
    differ = [name for name in compared
              if read("%s/this/deb/%s" % (built.folder, name)) !=
              read("%s/again/deb/%s" % (built.folder, name))]
    assert not differ


def test_lintian(built):
    """What it says is overridden by name, with a reason."""
    said = [line for line in read(built.folder + "/lintian").decode().splitlines()
            # from 26.04 on it knows the field
            if "mismatched-override unknown-field Protected" not in line
            and not line.startswith("N: 0 hints overridden;")]
    assert not said


@pytest.mark.parametrize("package", (packages.LIBRARY, packages.FLEET,
                                     packages.SIMULATOR, packages.PAGE, packages.SELINUX))
def test_owners_and_modes(built, package):
    """Root's alone, and nobody reads the helper's file."""
    listing = run("dpkg-deb", "-c", built.deb("this", package))
    for line in listing.splitlines():
        mode, owner, *_, path = line.split()
        assert owner == "root/root", line
        wanted = "rwx--x--x" if path.endswith("/twofa-helper") else \
            "rwxr-xr-x" if mode[0] == "d" or "bin/" in path or \
            "/libexec/" in path or ".d/" in path and "userdel" in path \
            else "rw-r--r--"
        assert mode[1:] == wanted, line


def test_page(built):
    """In its place, with the path of the package's program."""
    assert {"cockpit-bridge", "libpam-twofa"} <= set(built.field(
        "this", "Depends", packages.PAGE).split(", "))
    assert built.field("this", "Architecture", packages.PAGE) == "all"
    found = run("sh", "-c", "dpkg-deb --fsys-tarfile %s | tar -xO "
                "./usr/share/cockpit/twofa/twofa.js" % built.deb(
                    "this", packages.PAGE))
    assert '"/usr/sbin/twofactl"' in found and "@SBINDIR@" not in found


def test_depends(built):
    """On libraries before it is unpacked; on libcurl, which no link shows."""
    before = built.field("this", "Pre-Depends")
    assert re.search(r"\blibcurl4(t64)? \(>= 7\.87\)", before), before
    for library in ("libc6", "libpam0g", "libconfig", "libsqlite3", "libssl"):
        assert re.search(r"(^|, )%s" % library, before), before
    assert "libcurl" not in built.field("this", "Depends")
    assert "libpq5" not in before + built.field("this", "Depends")
    assert "libpq5" in built.field("this", "Depends", packages.FLEET)
    assert built.field("this", "Protected") == "yes"
    assert run("dpkg-deb", "-I", built.deb("this"), "conffiles").split() == [
        "/etc/apparmor.d/usr.libexec.twofa-helper",
        "/etc/shadow-maint/userdel-post.d/twofa"]


def test_versions(built):
    """In one place; above all that called itself 0.1.0."""
    version = re.search(rb"^VERSION := (\S+)$", read(
        stage.ROOT + "/Makefile"), re.M)[1].decode()
    version = version.replace("-", "~")
    assert built.field("this", "Version") == version + "-1"
    for older, newer in (("0.1.0", version),
                         (version + "-1", built.field("next", "Version"))):
        run("dpkg", "--compare-versions", older, "lt", newer)
    assert built.field("this", "Twofa-Schema") == \
        built.field("next", "Twofa-Schema")
    assert int(built.field("schema", "Twofa-Schema")) > \
        int(built.field("this", "Twofa-Schema"))


def test_sources_of_sources(tmp_path, built):
    """An unpacked tarball makes the same tarball."""
    name, = [name for name in os.listdir(built.folder + "/this")
             if name.endswith(".tar.gz")]
    tarball = "%s/this/%s" % (built.folder, name)
    run("tar", "-x", "-z", "-f", tarball, "-C", str(tmp_path),
        "--strip-components=1")
    made = str(tmp_path / "build" / name)
    subprocess.run(["packaging/dist", made], cwd=tmp_path, check=True,
                   stdout=subprocess.DEVNULL)
    assert read(made) == read(tarball)
