# SPDX-License-Identifier: BSD-2-Clause
"""A machine before `twofactl init`, and the answers of each provider type."""

import contextlib
import os
import re
import shutil

import admin
import conf
import stage
import vendors
from phones import NUMBERS

# Types that init offers, and what of their keys is typed without being shown.
TYPES = [name for name in vendors.TYPES if name != "authy" and
         "sms" in vendors.ALL[name].channels]
SECRET = {name: [key for key in vendors.ALL[name].keys
                 if key.endswith("_file")][0] for name in TYPES}


def bare(settings):
    """As after the installation: folders, and nothing in them."""
    for folder in (settings.users_dir, settings.secrets):
        shutil.rmtree(folder)
        os.mkdir(folder)
        os.chmod(folder, 0o750)
        shutil.chown(folder, "root", "twofa")
    os.unlink(settings.conf)


@contextlib.contextmanager
def machine(settings):
    """It is bare first, and nothing half made is left."""
    bare(settings)
    yield
    assert not [name for name in os.listdir(conf.FOLDER)
                if name.startswith(".init-")]


def files():
    """Every file below /etc/twofa with its bytes."""
    found = {}
    for folder, _, names in os.walk(conf.FOLDER):
        found.update({os.path.join(folder, name): _read(folder, name)
                      for name in names})
        if folder != conf.FOLDER:
            found.setdefault(folder, b"")
    return found


def _read(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def secret(kind):
    """What is typed for the type's secret."""
    return vendors.ALL[kind].keys[SECRET[kind]]


def options(kind, sim, path, user="alice"):
    """Every answer as an option; the secret is in a file at path."""
    words = ["--provider", kind, "--brand", "ACME", "--user", user, "--phone",
             NUMBERS[user], "--base-url", sim.url, "--ca-file", sim.certs.ca]
    for key, value in vendors.ALL[kind].keys.items():
        if key == SECRET[kind]:
            with open(path, "w", encoding="ascii") as out:
                out.write(value + "\n")
            value = path
        words += ["--" + key.replace("_", "-"), value]
    return words


def typed(terminals, sim, *words, prefix=(), asks=False):
    """init at a terminal, without the variable that sudo sets; asks: also for
    the provider's address."""
    url = () if asks else ("--base-url", sim.url)
    return terminals.run(
        *prefix, admin.TWOFACTL, "--helper", stage.HELPER, "init",
        *url, "--ca-file", sim.certs.ca, *words)


def paper(terminal):
    """Types back the recovery code that is asked for; init ends."""
    terminal.expect(r"Type code (\d+),")
    which = terminal.match.group(1)
    terminal.answer(dict(re.findall(
        r"^ +(\d+)  (\S{19})\r?$", terminal.text, re.M))[which])
    assert terminal.ended() == 0, terminal.text
