# SPDX-License-Identifier: BSD-2-Clause
"""packaging/cloud-init: cloud-init takes it, and a host that did what it says asks
for a code behind the key."""

import os
import re
import stat
import subprocess

import pytest
import yaml
from cloudinit import util
from cloudinit.config import cc_write_files

import barehost
import conf
import stage
from barehost import quiet, tree

TRANSPORTS = ("spawn",)

EXAMPLE = stage.ROOT + "/packaging/cloud-init/twofa.yaml"
PAGE = stage.ROOT + "/docs/guide/many-hosts.md"
SCRIPT = "/etc/twofa/first-boot"
WORK = "/run/tmp/cloud-init"
WATCHED = ("/etc/pam.d", "/etc/ssh", "/etc/twofa", conf.STATE, barehost.STATE)


def read(path=EXAMPLE):
    with open(path, encoding="utf-8") as text:
        return text.read()


def schema(folder, status=0):
    """The command of the guide, where the file lies."""
    command, = [line for line in read(PAGE).split("\n")
                if line.startswith("    cloud-init ")]
    done = subprocess.run(command.split(), cwd=folder, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (done.returncode == 0) == (status == 0), done.stdout
    return done.stdout


def test_schema(tmp_path):
    assert "Valid cloud-config" in schema(os.path.dirname(EXAMPLE))
    broken = tmp_path / "twofa.yaml"
    broken.write_text(read().replace("packages: [", "packages: 3 #"))
    assert "packages" in schema(str(tmp_path), status=1)


def curl(text):
    """What fetches the secret."""
    util.write_file(WORK + "/curl", "#!/bin/sh\n%s\n" % text, mode=0o755)


@pytest.fixture
def host(build, sim, settings, _ready):
    """One that has the package, and the example's accounts with a key each."""
    os.makedirs(WORK)
    key = barehost.new_key(WORK + "/key")
    with barehost.own_usr(), barehost.sshd(), \
            barehost.bare(settings, sim) as provider, \
            barehost.key_alone("alice", key), \
            barehost.key_alone("bob", key):
        quiet(*barehost.INSTALL, "install")
        os.unlink("/etc/twofa/twofa.conf")
        curl("echo Sup3rS3cret")
        yield provider
    subprocess.run(["rm", "-r", WORK], check=True)


def environment():
    return dict(os.environ, PATH=WORK + ":" + os.environ["PATH"])


def first_boot(provider, text):
    """What cloud-init does at the end of the first boot; its exit status, and
    what it says."""
    text = text.replace(
        "twofactl init ", "twofactl init --base-url %s --ca-file %s " % (
            provider["base_url"], provider["ca_file"]))
    config = yaml.safe_load(text)
    assert all(file["defer"] for file in config["write_files"])
    cc_write_files.write_files("test", config["write_files"], "root:root")
    script = WORK + "/runcmd"
    util.write_file(script, util.shellify(config["runcmd"]), mode=0o700)
    return ended(script)


def ended(script):
    done = subprocess.run([script], check=False, env=environment(), text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert "Sup3rS3cret" not in done.stdout
    return done.returncode, done.stdout


def open_to_others(folder):
    """What everybody could read below a folder that they can enter."""
    return [os.path.join(where, name)
            for where, folders, files in os.walk(folder)
            for name in folders + files
            if os.stat(os.path.join(where, name)).st_mode & stat.S_IRWXO]


def test_first_boot(host, sim):
    """Twice is as once."""
    assert "Sup3rS3cret" not in read()
    status, said = first_boot(host, read())
    assert status == 0, said
    assert said.count('"changed":true') == 2
    assert not open_to_others("/etc/twofa")
    assert sorted(os.listdir("/etc/twofa")) == [
        "first-boot", "secrets", "twofa.conf", "users.d"]
    assert os.listdir("/etc/twofa/secrets") == ["vonage-api_secret"]
    for user in ("alice", "bob"):
        person = barehost.login(user, key=WORK + "/key")
        person.code(sim, user)
        assert person.ended() == 0 and user in person.text
        assert "assword" not in person.text
    person = barehost.login()
    assert person.ended() != 0 and "publickey" in person.text
    before = tree(*WATCHED)
    status, said = first_boot(host, read())
    assert status == 0, said
    assert said.count('"changed":false') == 2 and "0 new, 0 changed" in said
    assert tree(*WATCHED) == before


def sshd_files():
    return tree("/etc/pam.d", "/etc/ssh")


@pytest.mark.parametrize("old, new, words", [
    ("--brand 'ACME Corp'", "--brand ''", "brand"),
    ("--phone +447700900100", "--phone +44", "--phone"),
    ("bob,+447700900200", "bob,+44", "-:2"),
    ("bob,+447700900200", "alice,+447700900100", "bob .* LOCKED OUT: they are not"),
])
def test_an_error_leaves_sshd_alone(host, old, new, words):
    """Where it is corrected, the script does the rest when it is run again."""
    before = sshd_files()
    text = read()
    assert old in text
    status, said = first_boot(host, text.replace(old, new))
    assert status != 0
    assert re.search(words, said), said
    assert sshd_files() == before
    assert not open_to_others("/etc/twofa")
    status, said = first_boot(host, text)
    assert status == 0, said
    assert os.path.exists(barehost.DROP_IN)


@pytest.mark.parametrize("text, words", [
    ("echo no such host >&2; exit 6", "no such host"), ("true", "--api-secret-file: is empty")])
def test_no_secret(host, text, words):
    """The shop for secrets is closed, or gives nothing."""
    before = sshd_files()
    curl(text)
    status, said = first_boot(host, read())
    assert status != 0 and words in said, said
    assert sshd_files() == before
    assert not os.path.exists("/etc/twofa/twofa.conf")
    curl("echo Sup3rS3cret")
    status, said = ended(SCRIPT)
    assert status == 0 and os.path.exists(barehost.DROP_IN), said


def test_no_provider(host, sim):
    before = sshd_files()
    sim.stop()
    status, said = first_boot(host, read())
    assert status != 0 and "nothing was changed" in said
    assert sshd_files() == before
    sim.start()
    status, said = ended(SCRIPT)
    assert status == 0, said
