# SPDX-License-Identifier: BSD-2-Clause
"""Throw-away certificate authorities, and the certificates they sign: a good
one and each kind that a client must refuse. tests/support/tls/tls_server.py makes
its own with them as well."""

import os
import subprocess
import time

EXTENSIONS = "extendedKeyUsage=serverAuth\nsubjectAltName="
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
DAY = 86400
# openssl ca takes two dates, in the past as well: x509 does not from 3.5 on
SETTINGS = """[ca]
default_ca = any
[any]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = names
unique_subject = no
[names]
commonName = supplied
"""


def date(seconds):
    """So many seconds from now, as openssl wants a date."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))


class Authorities:
    """Makes authorities and what they sign, as files NAME.pem and NAME.key."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, mode=0o755, exist_ok=True)
        self._write("ca.cnf", SETTINGS)
        self._write("index", "")

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *args):
        subprocess.run(("openssl",) + args, check=True, cwd=self.folder,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def authority(self, name):
        self.openssl("req", "-x509", *KEY, "-days", "2",
                     "-subj", "/CN=test CA " + name,
                     "-addext", "basicConstraints=critical,CA:TRUE",
                     "-addext", "keyUsage=critical,keyCertSign",
                     "-keyout", name + ".key", "-out", name + ".pem")

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as out:
            out.write(text)

    def sign(self, name, authority, host, ends=2 * DAY):
        """host: the names that it bears. ends: seconds from now."""
        self._write(name + ".ext", EXTENSIONS + host + "\n")
        self.openssl("req", *KEY, "-subj", "/CN=localhost",
                     "-keyout", name + ".key", "-out", name + ".csr")
        self.openssl("ca", "-batch", "-notext", "-config", "ca.cnf",
                     "-in", name + ".csr", "-cert", authority + ".pem",
                     "-keyfile", authority + ".key",
                     "-startdate", date(-2 * DAY), "-enddate", date(ends),
                     "-extfile", name + ".ext", "-out", name + ".pem")


class Certificates(Authorities):
    """Files NAME.pem and NAME.key for good, expired, wrong_host, other_ca and
    self_signed, each made when its path is asked for: most tests need one.
    names: hosts that the good one bears beside localhost."""

    def __init__(self, folder, names=()):
        self._made = set()
        self._here = "DNS:localhost,IP:127.0.0.1"
        self._names = "".join(",DNS:" + name for name in names)
        super().__init__(folder)
        self.ca = self.path("ca.pem")

    def path(self, name):
        stem, end = os.path.splitext(name)
        if end in (".pem", ".key") and stem not in self._made:
            self._made.add(stem)
            self._make(stem)
        return super().path(name)

    def _make(self, name):
        here = self._here
        if name in ("ca", "foreign"):
            self.authority(name)
        elif name == "good":
            self.sign(name, "ca", here + self._names)
        elif name == "wrong_host":
            self.sign(name, "ca", "DNS:verify.example")
        elif name == "other_ca":
            self.path("foreign.pem")
            self.sign(name, "foreign", here)
        elif name == "expired":
            self.sign(name, "ca", here, ends=-DAY)
        elif name == "self_signed":
            self.openssl("req", "-x509", *KEY, "-days", "2",
                         "-subj", "/CN=localhost",
                         "-addext", "subjectAltName=" + here,
                         "-addext", "extendedKeyUsage=serverAuth",
                         "-keyout", "self_signed.key",
                         "-out", "self_signed.pem")
