# SPDX-License-Identifier: BSD-2-Clause
"""A throw-away certificate authority, and the certificates it signs: a good
one and each kind that a client must refuse."""

import os
import subprocess

EXTENSIONS = "extendedKeyUsage=serverAuth\nsubjectAltName="
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


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
        here = "DNS:localhost,IP:127.0.0.1"
        self._sign("good", "ca", ",".join(
            [here] + ["DNS:" + name for name in names]), days=2)
        self._sign("wrong_host", "ca", "DNS:verify.example", days=2)
        self._sign("other_ca", "foreign", here, days=2)
        self._sign("expired", "ca", here, days=-1)
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

    def _sign(self, name, authority, host, days):
        with open(self.path(name + ".ext"), "w", encoding="ascii") as out:
            out.write(EXTENSIONS + host + "\n")
        self._openssl("req", *KEY, "-subj", "/CN=localhost",
                      "-keyout", name + ".key", "-out", name + ".csr")
        self._openssl("x509", "-req", "-in", name + ".csr",
                      "-CA", authority + ".pem", "-CAkey", authority + ".key",
                      "-CAcreateserial", "-days", str(days),
                      "-extfile", name + ".ext", "-out", name + ".pem")
