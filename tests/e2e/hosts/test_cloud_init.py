# SPDX-License-Identifier: BSD-2-Clause
"""packaging/cloud-init: cloud-init takes it, and a host that did what it says asks
for a code behind the key."""

import os
import stat
import subprocess

import pytest
import yaml
from cloudinit import util
from cloudinit.config import cc_write_files

import barehost
import stage
from barehost import quiet

TRANSPORTS = ("spawn",)

EXAMPLE = stage.ROOT + "/packaging/cloud-init/twofa.yaml"
WORK = "/run/tmp/cloud-init"


def read():
    with open(EXAMPLE, encoding="utf-8") as text:
        return text.read()


def schema(path, status=0):
    done = subprocess.run(["cloud-init", "schema", "--config-file", path],
                          text=True, stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.STDOUT)
    assert (done.returncode == 0) == (status == 0), done.stdout
    return done.stdout


def test_schema(tmp_path):
    assert "Valid cloud-config" in schema(EXAMPLE)
    broken = tmp_path / "broken.yaml"
    broken.write_text(read().replace("packages: [", "packages: 3 #"))
    assert "packages" in schema(str(broken), status=1)


@pytest.fixture
def host(build, sim, settings, _ready):
    """One that has the package; curl is what fetches the secret."""
    os.makedirs(WORK)
    with barehost.own_usr(), barehost.sshd(), \
            barehost.bare(settings, sim) as provider:
        quiet(*barehost.INSTALL, "install")
        os.unlink("/etc/twofa/twofa.conf")
        for name, text in (("curl", "echo Sup3rS3cret"),
                           ("systemctl", "exec service ssh reload")):
            with open(WORK + "/" + name, "w", encoding="ascii") as out:
                out.write("#!/bin/sh\n%s\n" % text)
            os.chmod(WORK + "/" + name, 0o755)
        yield provider
    subprocess.run(["rm", "-r", WORK], check=True)


def first_boot(provider, text):
    """What cloud-init does at the end of the first boot; its exit status."""
    ours = 'name = "vonage";\n        base_url = "%s";\n        ca_file = "%s";'
    text = text.replace('name = "vonage";', ours % (
        provider["base_url"], provider["ca_file"]))
    config = yaml.safe_load(text)
    assert all(file["defer"] for file in config["write_files"])
    cc_write_files.write_files("test", config["write_files"], "root:root")
    script = WORK + "/runcmd"
    util.write_file(script, util.shellify(config["runcmd"]), mode=0o700)
    return subprocess.run([script], check=False, env=dict(
        os.environ, PATH=WORK + ":" + os.environ["PATH"])).returncode


def open_to_others(folder):
    """What everybody could read below a folder that they can enter."""
    return [os.path.join(where, name)
            for where, folders, files in os.walk(folder)
            for name in folders + files
            if os.stat(os.path.join(where, name)).st_mode & stat.S_IRWXO]


def test_first_boot(host, sim):
    assert "Sup3rS3cret" not in read()
    assert first_boot(host, read()) == 0
    assert not open_to_others("/etc/twofa")
    assert sorted(os.listdir("/etc/twofa")) == [
        "secrets", "twofa.conf", "users.d"]
    assert os.listdir("/etc/twofa/secrets") == ["vonage"]
    quiet("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", WORK + "/key")
    barehost.authorize("alice", WORK + "/key")
    person = barehost.login(key=WORK + "/key")
    person.code(sim, "alice")
    assert person.ended() == 0 and "alice" in person.text
    assert "assword" not in person.text
    person = barehost.login()
    assert person.ended() != 0 and "publickey" in person.text


@pytest.mark.parametrize("old, new, taken", [
    ("brand = ", "brnd = ", False),
    ("+447700900100", "+44", True),
    ("LoginGraceTime 120", "LoginGraceTime soon", True),
])
def test_an_error_leaves_sshd_alone(host, old, new, taken):
    """Where it is corrected, the script does the rest when it is run again."""
    with open("/etc/pam.d/sshd", encoding="ascii") as stack:
        before = stack.read()
    text = read()
    assert old in text
    assert first_boot(host, text.replace(old, new)) != 0
    assert os.path.exists("/etc/twofa/twofa.conf") == taken
    assert not os.path.exists(barehost.DROP_IN)
    with open("/etc/pam.d/sshd", encoding="ascii") as stack:
        assert stack.read() == before
    assert not open_to_others("/etc/twofa")
    files = ("/etc/twofa/twofa.conf.new", "/etc/twofa/users.csv",
             barehost.DROP_IN + ".new")
    quiet("sed", "-i", "s/%s/%s/" % (new.replace("+", "[+]"), old),
          *filter(os.path.exists, files))
    run_again = subprocess.run(
        ["/etc/twofa/first-boot"], check=False, env=dict(
            os.environ, PATH=WORK + ":" + os.environ["PATH"]))
    assert run_again.returncode == 0
    assert os.path.exists(barehost.DROP_IN)
    with open("/etc/pam.d/sshd", encoding="ascii") as stack:
        assert "auth required pam_twofa.so" in stack.read().splitlines()
    assert not os.path.exists("/etc/twofa/first-boot")
