# SPDX-License-Identifier: BSD-2-Clause
"""Files that are not as the plain ones: somebody writes to them during the
proof, a second file of a service, folders among sshd's drop-ins."""

import os
import shutil
import subprocess

import enablehost
import pytest

TRANSPORTS = ("spawn",)
OWN = "session optional pam_lastlog.so\n"
TEAM = "/etc/ssh/sshd_config.d/team"


def _append(path, line):
    enablehost.write(path, (enablehost.read(path) or "") + line)


@pytest.mark.parametrize("service, path", [
    ("sudo", enablehost.PAM + "/sudo"), ("sudo", enablehost.PAM + "/sudo-i"),
    ("sshd", enablehost.DROP_IN)])
def test_written_during_the_proof(enabling, sim, service, path):
    """Nothing of it is lost, and nothing is changed."""
    t = enabling.begin(service, "--anyway")
    t.expect("q cancel.*: ")
    _append(path, OWN if service == "sudo" else "X11Forwarding no\n")
    before = enablehost.files()
    t.answer(sim.code("alice"))
    assert t.ended() == 4, t.text
    assert path + " has been changed by somebody else meanwhile; run this " \
        "again; nothing is changed" in t.text
    assert enablehost.files() == before
    assert not enabling.pending() and not enablehost.timers()


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&-"])
def test_without_standard_output(enabling, closed):
    """As a program may start it: nothing that it prints goes to a file."""
    words = "%s enable sudo --no-trial --anyway %s"
    subprocess.run(["/bin/sh", "-c", words % (enablehost.TWOFACTL, closed)],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=False)
    assert enablehost.read(enablehost.STATE + "/lock") == ""
    assert enabling.run("enable", "sudo", "--check") == \
        "sudo is enabled already; nothing is changed.\n"
    enabling.run("disable", "sudo")


@pytest.mark.parametrize("text", [
    "@include common-auth # as NAME has it\n@include common-account\n",
    "@include common-auth\naccount include NAME\n",
    "auth substack common-auth\n@include common-account\n"])
@pytest.mark.parametrize("name, second", [("sudo", "sudo-i"),
                                          ("su", "su-l")])
def test_second_file(enabling, name, second, text):
    """Only one that takes its auth lines of the first needs none itself."""
    path = enablehost.PAM + "/" + second
    text = text.replace("NAME", name)
    enablehost.write(path, text)
    enabling.run("enable", name, "--no-trial", "--anyway")
    assert "\tpam_twofa.so\n" in enablehost.read(path)
    enabling.run("disable", name)
    assert enablehost.read(path) == text


@pytest.mark.parametrize("text", [
    "@include sudo\n", " auth\tinclude sudo # both\naccount include sudo\n",
    "-auth substack /etc/pam.d/sudo\n@include common-account\n"])
def test_second_file_has_the_lines(enabling, text):
    path = enablehost.PAM + "/sudo-i"
    enablehost.write(path, text)
    enabling.run("enable", "sudo", "--no-trial", "--anyway")
    assert enablehost.read(path) == text
    enabling.run("disable", "sudo")


@pytest.mark.parametrize("pattern", [TEAM, "sshd_config.d/team",
                                     "/etc/ssh/sshd_config.d/*"])
@pytest.mark.parametrize("less", [(), ("setpriv",
                                       "--bounding-set=-sys_admin",
                                       "--inh-caps=-all")])
def test_folder_of_drop_ins(enabling, terminals, pattern, less):
    """What stands deeper counts, too, wherever the new files are looked at."""
    before = enablehost.files()
    os.makedirs(TEAM)
    enablehost.write(TEAM + "/x.conf", "UsePAM no\n")
    enablehost.write("/etc/ssh/sshd_config", "Include %s/*.conf\n" % pattern +
                     enablehost.SSHD_CONFIG)
    try:
        t = terminals.run(*less, enablehost.TWOFACTL, "enable", "sshd",
                          "--no-trial", "--anyway")
        assert t.ended(timeout=60) == 1, t.text
        assert "UsePAM" in t.text.split("twofactl: ")[-1]
        assert enablehost.files() == before
    finally:
        shutil.rmtree(TEAM)
        enablehost.write("/etc/ssh/sshd_config", enablehost.SSHD_CONFIG)
