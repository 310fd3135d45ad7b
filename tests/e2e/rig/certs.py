# SPDX-License-Identifier: BSD-2-Clause
"""A throw-away certificate authority, and the certificates it signs: a good
one and each kind that a client must refuse."""

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


class Certificates:
    """Files NAME.pem and NAME.key for good, expired, wrong_host, other_ca and
    self_signed.
    names: hosts that the good one bears beside localhost."""

    def __init__(self, folder, names=()):
        self.folder = folder
        self.ca = self.path("ca.pem")
        os.makedirs(folder, mode=0o755, exist_ok=True)
        self._authority("ca")
        self._authority("foreign")
        self._write("ca.cnf", SETTINGS)
        self._write("index", "")
        here = "DNS:localhost,IP:127.0.0.1"
        self._sign("good", "ca", ",".join(
            [here] + ["DNS:" + name for name in names]))
        self._sign("wrong_host", "ca", "DNS:verify.example")
        self._sign("other_ca", "foreign", here)
        self._sign("expired", "ca", here, ends=-DAY)
        self._openssl("req", "-x509", *KEY, "-days", "2",
                      "-subj", "/CN=localhost",
                      "-addext", "subjectAltName=" + here,
                      "-addext", "extendedKeyUsage=serverAuth",
                      "-keyout", "self_signed.key",
                      "-out", "self_signed.pem")

    def path(self, name):
        return os.path.join(self.folder, name)

    def _openssl(self, *args):
        subprocess.run(("openssl",) + args, check=True, cwd=self.folder,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _authority(self, name):
        self._openssl("req", "-x509", *KEY, "-days", "2",
                      "-subj", "/CN=test CA " + name,
                      "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign",
                      "-keyout", name + ".key", "-out", name + ".pem")

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as out:
            out.write(text)

    def _sign(self, name, authority, host, ends=2 * DAY):
        self._write(name + ".ext", EXTENSIONS + host + "\n")
        self._openssl("req", *KEY, "-subj", "/CN=localhost",
                      "-keyout", name + ".key", "-out", name + ".csr")
        self._openssl("ca", "-batch", "-notext", "-config", "ca.cnf",
                      "-in", name + ".csr", "-cert", authority + ".pem",
                      "-keyfile", authority + ".key",
                      "-startdate", date(-2 * DAY), "-enddate", date(ends),
                      "-extfile", name + ".ext", "-out", name + ".pem")
