# SPDX-License-Identifier: BSD-2-Clause
"""The settings of the tests: twofa.conf, users.d and secrets as an admin
would have them, with the right owner and mode."""

import os
import shutil
import subprocess
import time

import stage
from phones import NUMBERS

FOLDER = "/etc/twofa"
STATE = "/var/lib/twofa"
FIRST_STATE = stage.STAGE + "/state"


def _text(value):
    return '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"')


def libconfig(value):
    """A Python value in libconfig's notation."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "{ %s }" % groups(value, " ")
    items = ", ".join(libconfig(item) for item in value)
    if value and isinstance(value[0], dict):
        return "( %s )" % items
    return "[%s]" % items


def groups(keys, end="\n"):
    """key = value; for every key that is not None."""
    return end.join("%s = %s;" % (key, libconfig(value))
                    for key, value in keys.items() if value is not None)


class Settings:
    """Files below /etc/twofa; reset() makes the default ones."""

    conf = FOLDER + "/twofa.conf"
    users_dir = FOLDER + "/users.d"
    secrets = FOLDER + "/secrets"
    state = STATE + "/state.db"

    def __init__(self, uid, gid):
        self._uid = uid
        self._gid = gid
        self._keys = {}

    def reset(self, url, ca_file):
        """The default settings, two users, a state without their rows."""
        shutil.rmtree(FOLDER, ignore_errors=True)
        for path in (FOLDER, self.users_dir, self.secrets):
            os.mkdir(path)
            os.chmod(path, 0o750)
            os.chown(path, 0, self._gid)
        self.no_state()
        self.secret("vonage", "Sup3rS3cret")
        self._keys = {
            "brand": "ACME Corp",
            "providers": [{
                "name": "vonage", "type": "vonage-verify",
                "api_key": "abcd1234",
                "api_secret_file": self.secrets + "/vonage",
                "base_url": url, "ca_file": ca_file}],
            "limits": {"resend_wait": [1, 2]},
        }
        self.set()
        for name in ("alice", "bob"):
            self.user(name)
        if os.path.isdir(FIRST_STATE):
            self._first_state()

    def no_state(self):
        """Forget counters, locks and running verifications: the next helper
        makes the state."""
        late = time.monotonic() + 20
        while os.path.lexists(STATE):  # a broker may be writing there
            assert time.monotonic() < late, os.listdir(STATE)
            shutil.rmtree(STATE, ignore_errors=True)
        os.mkdir(STATE)
        os.chmod(STATE, 0o700)
        os.chown(STATE, self._uid, self._gid)

    def keep_first_state(self):
        """Let a state be made that each reset() begins with: making it takes
        the helper as long as the rest of a login."""
        self.reset("https://localhost", None)
        done = subprocess.run(
            [stage.STAGE + "/twofactl", "--helper", stage.HELPER, "unlock",
             "alice"], capture_output=True, text=True, check=False)
        assert done.stdout == "alice: nothing was locked.\n", done
        shutil.copytree(STATE, FIRST_STATE)

    def _first_state(self):
        for name in os.listdir(FIRST_STATE):
            path = os.path.join(STATE, name)
            shutil.copyfile(os.path.join(FIRST_STATE, name), path)
            os.chmod(path, 0o600)
            os.chown(path, self._uid, self._gid)

    def put(self, path, text, mode=0o640):
        """Write one file as root:twofa."""
        if isinstance(text, str):
            text = text.encode()
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "xb") as out:
            out.write(text)
        os.chown(path, 0, self._gid)
        os.chmod(path, mode)

    def set(self, **keys):
        """Replace keys of twofa.conf; None leaves one out."""
        self._keys.update(keys)
        self.put(self.conf + ".new", groups(self._keys) + "\n")
        os.rename(self.conf + ".new", self.conf)

    def provider(self, **keys):
        """Change keys of the first provider."""
        self._keys["providers"][0].update(keys)
        self.set()

    def user(self, name, **keys):
        """Write a user's record: a number of their own, by SMS or voice."""
        record = {"phone": NUMBERS.get(name, "+447700900900"),
                  "channels": ["sms", "voice"]}
        record.update(keys)
        self.raw_user(name, groups(record) + "\n")

    def forget(self, name):
        os.unlink(self.user_file(name))

    @property
    def keys(self):
        """The keys of twofa.conf as they stand: read, then set()."""
        return self._keys

    def user_file(self, name):
        return os.path.join(self.users_dir, name + ".conf")

    def raw(self, text):
        self.put(self.conf, text)

    def raw_user(self, name, text):
        self.put(self.user_file(name), text)

    def secret(self, name, text):
        self.put(os.path.join(self.secrets, name), text + "\n")
