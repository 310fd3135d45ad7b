# SPDX-License-Identifier: BSD-2-Clause
"""Logins whose codes FreeRADIUS checks, by UDP and by TLS with certificates of
both sides: so the type is held to what others understand by RADIUS."""

import shutil
import socket
import subprocess
import time

import pytest

import firstrun
import radiusserver
from radiusserver import SECRET
from steps import ONCE, at_prompt

TRANSPORTS = ("spawn", "socket")

if shutil.which("freeradius") is None:
    pytest.skip("FreeRADIUS is not installed: apt-get install freeradius",
                allow_module_level=True)

PROMPT = "Verification code of your app"
# Before 3.2.5 no Message-Authenticator is sent unless a policy says so.
CONFIG = """prefix = /usr
exec_prefix = /usr
libdir = /usr/lib/freeradius
logdir = {d}
run_dir = {d}
pidfile = {d}/pid
max_request_time = 30
security {{ max_attributes = 200
 reject_delay = 0
 status_server = yes
 allow_vulnerable_openssl = yes }}
log {{ destination = files
 file = {d}/log }}
thread pool {{ start_servers = 2
 max_servers = 4
 min_spare_servers = 1
 max_spare_servers = 2
 max_requests_per_server = 0 }}
modules {{
 always reject {{ rcode = reject }}
 always ok {{ rcode = ok }}
 always handled {{ rcode = handled }}
}}
client hosts {{ ipaddr = 127.0.0.1
 secret = {secret}
 require_message_authenticator = yes }}
clients radsec {{ client hosts-tls {{ ipaddr = 127.0.0.1
 secret = radsec
 proto = tls }} }}
server default {{
 listen {{ type = auth
  ipaddr = 127.0.0.1
  port = {udp} }}
 listen {{ type = auth
  proto = tcp
  ipaddr = 127.0.0.1
  port = {tcp}
  clients = radsec
  virtual_server = default
  tls {{ private_key_file = {key}
   certificate_file = {cert}
   ca_file = {ca}
   tls_min_version = "1.2"
   tls_max_version = "1.3"
   require_client_cert = yes
   cipher_list = "DEFAULT" }} }}
 authorize {{
  update control {{ Auth-Type := pol }}
 }}
 authenticate {{
  Auth-Type pol {{
   {mac}
   if (&User-Password == "333333") {{
    update reply {{
     Reply-Message := "Enter the next code"
     State := 0x31
    }}
    update control {{ Response-Packet-Type := Access-Challenge }}
    handled
   }}
   elsif (&User-Password == "444444" && &State == 0x31) {{
    ok
   }}
   elsif (&User-Password == "111111" && &User-Name == "a.smith") {{
    update reply {{ Class := 0x01020304 }}
    ok
   }}
   else {{
    reject
   }}
  }}
 }}
 post-auth {{
 }}
}}
"""
MAC = """update reply {
    Message-Authenticator := 0x00000000000000000000000000000000
   }"""


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class FreeRadius:
    """A process with a policy of its own."""

    def __init__(self, folder, certs, mac=MAC):
        self.udp = "udp://127.0.0.1:%d" % free_port(socket.SOCK_DGRAM)
        self.tls = "tls://localhost:%d" % free_port(socket.SOCK_STREAM)
        with open(folder / "radiusd.conf", "w", encoding="ascii") as out:
            out.write(CONFIG.format(
                d=folder, secret=SECRET, mac=mac,
                udp=self.udp.rpartition(":")[2],
                tcp=self.tls.rpartition(":")[2],
                key=certs.path("good.key"), cert=certs.path("good.pem"),
                ca=certs.ca))
        with open(folder / "out", "wb") as out:
            self._process = subprocess.Popen(
                ["freeradius", "-fxx", "-l", "stdout", "-d", str(folder),
                 "-n", "radiusd", "-D", "/usr/share/freeradius"],
                stdout=out, stderr=subprocess.STDOUT)
        end = time.monotonic() + 20
        while b"Ready to process" not in (folder / "out").read_bytes():
            assert self._process.poll() is None and time.monotonic() < end, (
                folder / "out").read_text()[-2000:]
            time.sleep(0.05)

    def stop(self):
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture(scope="module")
def process(_simulator, tmp_path_factory):
    found = FreeRadius(tmp_path_factory.mktemp("radius"), _simulator.certs)
    yield found
    found.stop()


RSA = ("rsa:2048",)
EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def make_cert(folder, name, kind, authority, key, *more):
    """A certificate by an authority with this key: a file, and NAME.key."""
    for args in (
            ("req", "-newkey", *kind, "-nodes", "-subj", "/CN=" + name,
             "-keyout", name + ".key", "-out", "csr"),
            ("x509", "-req", "-in", "csr", "-CA", authority, "-CAkey", key,
             "-set_serial", "7", "-days", "2", "-out", name, *more)):
        subprocess.run(("openssl",) + args, cwd=folder, check=True,
                       capture_output=True)


def joined(folder, *names):
    return "".join((folder / name).read_text() for name in names)


@pytest.fixture(scope="module")
def client_pem(_simulator, tmp_path_factory):
    """The client's certificate and RSA key, in one text."""
    folder = tmp_path_factory.mktemp("client")
    certs = _simulator.certs
    make_cert(folder, "web1", RSA, certs.ca, certs.path("ca.key"))
    return joined(folder, "web1", "web1.key")


def put_tls(settings, process, sim, pem=None):
    keys = {"ca_file": sim.certs.ca, "timeout_ms": 5000}
    if pem is not None:
        settings.secret("radius.pem", pem)
        keys["client_key_file"] = settings.secrets + "/radius.pem"
    radiusserver.put(settings, process, process.tls, secret="radsec", **keys)


def ends(sshd, syslog, code):
    login = at_prompt(sshd.login("alice", options=ONCE), PROMPT)
    login.answer(code)
    if code == "111112":
        login.prompt("code was wrong")
        login.hang_up()
        return None
    login.ended()
    line = syslog.login_line(user="alice")
    return line["outcome"], line.get("reason")


@pytest.mark.parametrize("code, wanted", [
    ("111111", ("allowed", None)), ("111112", None),
    ("333333", ("denied", "ended"))])
def test_by_udp(process, settings, sshd, syslog, code, wanted):
    radiusserver.put(settings, process)
    assert ends(sshd, syslog, code) == wanted


@pytest.mark.parametrize("code, wanted", [
    ("111111", ("allowed", None)), ("111112", None),
    ("333333", ("denied", "ended"))])
def test_by_tls(process, settings, sim, client_pem, sshd, syslog, code, wanted):
    put_tls(settings, process, sim, client_pem)
    assert ends(sshd, syslog, code) == wanted


@pytest.mark.parametrize("begin, wanted", [
    ("333333", ("allowed", None)), ("111111", ("denied", "ended"))])
def test_the_code_answers_a_challenge(process, settings, sshd, syslog, begin,
                                      wanted):
    """444444 is right as such an answer alone."""
    radiusserver.put(settings, process, begin=begin)
    assert ends(sshd, syslog, "444444") == wanted


def test_an_ec_key_by_an_intermediate(process, settings, sim, sshd, syslog,
                                      tmp_path):
    """The server knows the root alone, so the file has what is between."""
    (tmp_path / "ext").write_text("basicConstraints=critical,CA:true\n")
    make_cert(tmp_path, "between", EC, sim.certs.ca, sim.certs.path("ca.key"),
              "-extfile", "ext")
    make_cert(tmp_path, "web1", EC, "between", "between.key")
    put_tls(settings, process, sim, joined(tmp_path, "web1", "web1.key"))
    assert ends(sshd, syslog, "111111") == ("denied", "transient")
    syslog.clear()
    put_tls(settings, process, sim,
            joined(tmp_path, "web1", "web1.key", "between"))
    assert ends(sshd, syslog, "111111") == ("allowed", None)


def test_without_a_certificate_of_ours(process, settings, sim, sshd, syslog):
    put_tls(settings, process, sim)
    assert ends(sshd, syslog, "111111") == ("denied", "transient")
    syslog.wait_for("TLS: ")


def test_another_secret(process, settings, sshd, syslog):
    radiusserver.put(settings, process, secret="x" * 32)
    assert ends(sshd, syslog, "111111") == ("denied", "transient")


def test_without_message_authenticator(settings, sim, sshd, syslog,
                                       tmp_path):
    """FreeRADIUS of Debian 12 as it comes."""
    one = FreeRadius(tmp_path, sim.certs, mac="")
    try:
        radiusserver.put(settings, one)
        outcome = ends(sshd, syslog, "111111")
        assert outcome in (("denied", "transient"), ("allowed", None))
        if outcome[0] == "denied":
            syslog.wait_for("without Message-Authenticator")
    finally:
        one.stop()


def test_doctor(process, settings, doctor):
    doctor.besides = ("lockout", "no-totp")
    radiusserver.put(settings, process)
    assert "radius" not in doctor.names()[1]


def test_init_from_nothing_to_a_login(process, settings, sim, terminals, tmp_path):
    (tmp_path / "typed").write_text(SECRET + "\n")
    firstrun.bare(settings)
    one = firstrun.typed(
        terminals, sim, "--provider", "radius", "--base-url", process.udp,
        "--secret-file", str(tmp_path / "typed"), "--brand", "ACME", "--user",
        "alice", asks=True)
    for shown, text in ((r"\[y/N\] ", "n"), ("at that server: ", "a.smith"),
                        (PROMPT, "111111")):
        one.expect(shown)
        one.answer(text)
    firstrun.paper(one)
    assert "would be allowed" in one.text
