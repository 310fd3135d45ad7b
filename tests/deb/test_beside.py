# SPDX-License-Identifier: BSD-2-Clause
"""The packages beside: Cockpit's page and SELinux's module. They come, and go with
all that came with them."""

import os
import re

import pytest

import packages
from packages import run

# What dpkg, apt and their kind write; __pycache__ is Python's.
OTHERS = re.compile(r"/(proc|sys|dev|run|tmp|mnt|var/(lib/(dpkg|apt|systemd|"
                    r"selinux|ucf|pam)|log|cache|backups)|etc/selinux)(/|$)|"
                    r"/__pycache__|/etc/(passwd|group|shadow|gshadow)-$")
PP = "/usr/share/selinux/packages/twofa.pp"
CONFIG = "/etc/selinux/config"
POLICY = "selinux-policy-default"


def files():
    """All that is there but what is others' own."""
    here = os.environ["HERE"]
    found = set()
    for folder, folders, names in os.walk("/"):
        folders[:] = [name for name in folders
                      if os.path.join(folder, name) != here and
                      not OTHERS.match(os.path.join(folder, name)) and
                      not os.path.ismount(os.path.join(folder, name))]
        found |= {os.path.join(folder, name) for name in folders + names}
    return {path for path in found if not OTHERS.search(path)}


@pytest.fixture(name="beside")
def beside_fixture(system):
    """Install one of them; what is left of a failed test goes."""
    yield lambda package: packages.install(system.built.deb("this", package))
    for package in (packages.PAGE, packages.SELINUX, POLICY):
        run("dpkg", "--purge", "--force-all", package, TWOFA_REMOVE="force")


def modules():
    """Of the policy that is installed."""
    return run("semodule", "-l").split()


def test_page(system, beside):
    """With what it asks for; and nothing of it is left, nor a sudoers' line."""
    system.install()
    before = files()
    beside(packages.PAGE)
    new = {path for path in files() - before if "twofa" in path}
    assert {"/usr/share/cockpit/twofa/" + name for name in
            os.listdir(os.environ["HERE"] + "/packaging/cockpit")} <= new
    assert not [path for path in new if path.startswith("/etc")]
    assert run("dpkg", "-V", packages.PAGE) == ""
    run("dpkg", "--remove", packages.PAGE)
    run("dpkg", "--purge", packages.PAGE)
    assert not new & files()


def test_page_and_module_apart(system, beside):
    """It runs twofactl, so it goes first."""
    system.install()
    beside(packages.PAGE)
    told = system.remove("--remove", packages.FORCED, expected=1)
    assert packages.PAGE in told, told


def test_module_without_a_policy(beside):
    """Nothing to put it into: said, with the command for later, and no fault."""
    before = files()
    told = beside(packages.SELINUX)
    assert "dpkg-reconfigure twofa-selinux" in told, told
    assert os.path.exists(PP)
    run("dpkg", "--purge", packages.SELINUX)
    assert not {path for path in files() - before if "twofa" in path}


def test_module(system, beside):
    """Into the policy, where SELinux is off: there once it is turned on. Out of it
    again, and nothing left."""
    packages.install(POLICY)
    assert os.path.exists(CONFIG) and "twofa" not in modules()
    system.install()
    before = files()
    told = beside(packages.SELINUX)
    assert "no policy" not in told, told
    assert "twofa" in modules()
    assert not [path for path in files() - before if path.startswith("/etc")]
    run("dpkg-reconfigure", packages.SELINUX)
    assert "twofa" in modules()
    run("dpkg", "--remove", packages.SELINUX)
    assert "twofa" not in modules()
    run("dpkg", "--purge", packages.SELINUX)
    assert not {path for path in files() - before if "twofa" in path}
    assert not [path for path, _, names in os.walk("/var/lib/selinux")
                if "twofa" in path + " ".join(names)]


def test_policy_that_came_later(beside):
    """As the installation said."""
    beside(packages.SELINUX)
    packages.install(POLICY)
    assert "twofa" not in modules()
    run("dpkg-reconfigure", packages.SELINUX)
    assert "twofa" in modules()
