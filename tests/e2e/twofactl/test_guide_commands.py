# SPDX-License-Identifier: BSD-2-Clause
"""The commands of twofactl that the guide's pages show, page by page and in their
order, typed on a terminal whose owner has the phone and the app at hand."""

import glob
import os
import re
import shlex
import shutil
import subprocess

import pexpect
import pytest

import stage
import twilioapp
from ctl import typed
from test_twofactl import oath, secret_of

TRANSPORTS = ("spawn",)

PAGES = ("enrol", "roll-out", "lost-phone-and-locks", "factors", "outage",
         "limits-and-cost", "remember", "doctor", "compliance", "data-and-keys")
# Their commands have tests of their own; the way out is test_five_commands.py's.
OTHERS = ("install", "by-hand", "packages", "many-hosts", "keys-and-services",
          "security-keys", "clients", "one-field", "many-sessions",
          "locked-out", "uninstall", "README", "fleet", "fleet-servers", "fleet-care",
          "fleet-stolen", "providers", "gateways", "monitoring", "reasons",
          "from-google-authenticator", "help-desk", "identity", "leave", "self",
          "selinux", "cockpit", "users", "verify")
COMMAND = r"^ {4,}(?:sudo )?(twofactl .*)$|`sudo (twofactl [^`]*)`"
NAMED = re.compile(r"\b(USER|SERVICE)\b|^twofactl (edit|init|enable)\b")
# What a terminal is asked, and what ends it.
SENT = r"Verification code(?: sent to|: calling) [^\r\n]*: "
APP = r"Code that the app shows \(3 tries left\)[^\r\n]*: "
JOIN = r"identity: +([0-9a-f-]+)\r?\n.*Waiting until the app has joined"
PUSH = r"Approve on your phone [^\r\n]*: "
SURE = r"\[y/N\] "
# What there was nothing to do for ends with 1.
NOTHING = r"nothing was locked|no message was counted|No login was remembered"


def page(name):
    with open(os.path.join(stage.ROOT, "docs/guide", name + ".md"),
              encoding="utf-8") as text:
        return text.read()


def commands(name):
    """Without sudo; what stands behind a # is no part of them."""
    found = ["".join(match) for match in re.findall(COMMAND, page(name), re.M)]
    return [shlex.join(shlex.split(text.split(" >")[0], comments=True))
            for text in found if not NAMED.search(text)]


class Typist:
    """Types a command as root, and answers what it asks."""

    def __init__(self, terminals, sim):
        self._terminals, self._sim = terminals, sim
        self._identity = None

    def run(self, command):
        """Its exit status and what it showed."""
        asked = typed(self._terminals, *shlex.split(command)[1:])
        acts = {SENT: self._code, APP: self._app, JOIN: self._join,
                PUSH: self._approve, SURE: lambda asked: "y"}
        while True:
            found = asked.expect([*acts, pexpect.EOF], timeout=30)
            if found == len(acts):
                return asked.ended(), asked.text
            answer = list(acts.values())[found](asked)
            if answer is not None:
                asked.answer(answer)

    def _code(self, _asked):
        return self._sim.messages()[-1]["code"]

    def _app(self, asked):
        return oath(secret_of(asked.text)[1]["secret"][0])

    def _join(self, asked):
        self._identity = asked.match.group(1)
        twilioapp.register(self._sim, self._identity)

    def _approve(self, _asked):
        twilioapp.approve(self._sim, self._identity)
        return ""


@pytest.fixture(name="typist")
def _typist(terminals, sim, settings):
    """With a provider of pushes; alice is of the staff."""
    settings.set(providers=settings.keys["providers"] + [
        twilioapp.provider(settings, sim, "twilio-push")],
        limits={"sends_per_user_hour": 20, "resend_wait": [1]})
    for path in ("/etc/passwd", "/etc/group"):
        shutil.copy2(path, path + ".kept")
    subprocess.run(["gpasswd", "-a", "alice", "staff"], check=True,
                   stdout=subprocess.DEVNULL)
    yield Typist(terminals, sim)
    for path in ("/etc/passwd", "/etc/group"):
        os.rename(path + ".kept", path)


def test_every_page_is_looked_at():
    names = {os.path.basename(path)[:-3] for path in glob.glob(
        os.path.join(stage.ROOT, "docs/guide/*.md"))}
    assert names == set(PAGES) | set(OTHERS)
    assert sum(len(commands(name)) for name in PAGES) >= 24


@pytest.mark.parametrize("name", PAGES)
def test_commands(typist, settings, tmp_path, name):
    table = str(tmp_path / "staff.csv")
    if name == "enrol":
        for user in ("alice", "bob"):
            settings.forget(user)
        with open(table, "w", encoding="utf-8") as out:
            out.write("\n".join(line.strip() for line in re.search(
                r"(?:^ {4}\w+,.*\n)+", page(name), re.M)[0].split("\n")))
    for command in commands(name):
        if command.endswith("--dry-run"):
            settings.forget("bob")  # was enrolled above, otherwise
        status, shown = typist.run(command.replace("staff.csv", table)
                                   .replace("2027-01-31", "2099-01-31"))
        if command == "twofactl doctor":
            assert status in (0, 1) and re.search(
                r"^\d+ problems?", shown, re.M), shown
        elif re.match("twofactl (recovery-codes|unlock) .*--local", command):
            # test_store_outage.py has hosts of a fleet
            assert status == 2 and "postgresql://" in shown, shown
        elif command == "twofactl report":
            # test_report.py has a journal
            assert status == 5 and "no journal of systemd" in shown, shown
        elif re.match("twofactl state host ", command):
            # test_store_admin.py has a server
            assert status == 3 and "names no server" in shown, shown
        elif re.match("twofactl rollout (who|enforce)", command):
            assert status == 1 and "would be denied" in shown, shown
        elif command == "twofactl report --exceptions":
            assert status == 1 and "without an end" in shown, shown
        elif command == "twofactl rollout notify --send":
            # test_rollout.py has a sendmail
            assert status == 4 and "/usr/sbin/sendmail" in shown, shown
        elif command.startswith("twofactl people"):  # the page says what to set
            assert status == 3 and "enrol_groups" in shown, shown
        else:
            assert status == 0 or status == 1 and re.search(
                NOTHING, shown), (command, shown)


def test_the_file_for_prometheus(build, tmp_path):
    """The page's lines, in a folder of ours."""
    lines = re.search(r"(?:^ {4}.*\n)+", page("limits-and-cost").split(
        "For Prometheus")[1], re.M)[0]
    assert "/var/lib/prometheus/node-exporter" in lines
    subprocess.run(["sh", "-c", lines.replace(
        "/var/lib/prometheus/node-exporter", str(tmp_path)).replace(
            "twofactl", "%s/twofactl --helper %s" % (build, stage.HELPER))],
        check=True)
    assert os.listdir(tmp_path) == ["twofa.prom"]
    assert "twofa_spent_today" in (tmp_path / "twofa.prom").read_text()
