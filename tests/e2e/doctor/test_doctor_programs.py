# SPDX-License-Identifier: BSD-2-Clause
"""What doctor says of programs that are not root, or that have one field; and
what becomes of their logins."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

import stage
from crowd import AUTH_ERR, HOST, SUCCESS
from doctorhost import kept, set_stack
from listener import FOLDER, Listener
from onefield import DENY, SPLIT, UNIX
from pamstack import GUARD, PAM_D

TRANSPORTS = ("spawn",)

USER_SOCK = FOLDER + "/user.sock"
PLAIN = "auth required " + stage.MODULE
NO_PROMPT = PLAIN + " no_prompt"
FIELD = (SPLIT, UNIX, DENY)
REMEDY = "systemctl enable --now twofa-helper-user.socket"


def locks(service, *answers):
    """A locker of alice's, which gives each question the next answer."""
    alice = pwd.getpwnam("alice")
    words = [word for answer in answers for word in ("answer", answer)]
    out = subprocess.run(
        ["setpriv", "--reuid=%d" % alice.pw_uid, "--regid=%d" % alice.pw_gid,
         "--clear-groups", HOST, *words, PAM_D, service, "alice"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=True).stdout
    return int(re.search(r"^result (-?\d+)$", out, re.M).group(1))


@pytest.fixture
def doctor(doctor):
    """No program of these may name the helper, and the usual place has none
    here."""
    doctor.besides = ("helper-path",)
    return doctor


@pytest.fixture
def user_socket(_ready):
    found = Listener(user=USER_SOCK)
    yield found
    assert found.stop() == 0


def test_a_locker_without_a_helper(doctor, pam, syslog):
    pam.stack("i3lock", *FIELD, NO_PROMPT)
    doctor.finds("pam-not-root", "i3lock: /etc/pam.d/i3lock:4: a screen locker "
                 "does not run as root", USER_SOCK, REMEDY)
    assert locks("i3lock", "pw-alice,123456") != SUCCESS
    assert syslog.login_line(user="alice")["reason"] == "socket-missing"


def test_a_locker_with_one(doctor, user_socket, pam, sim):
    pam.stack("i3lock", *FIELD, NO_PROMPT)
    doctor.well()
    assert locks("i3lock", "pw-alice,sms") == AUTH_ERR
    assert locks("i3lock", "pw-alice," + sim.code("alice")) == SUCCESS


@pytest.mark.parametrize("word", [
    "transport=spawn", "conf=/run/other.conf", "helper=/run/other-helper",
    "deadline=291"])
def test_a_locker_that_wants_a_helper_of_its_own(doctor, user_socket, pam,
                                                 syslog, word):
    pam.stack("i3lock", *FIELD, NO_PROMPT + " " + word)
    found, out = doctor.names()
    assert "pam-not-root" in found, out
    name = "a deadline= above 290" if "291" in word else word.split("/")[0]
    assert "%s requires a helper that root starts" % name in out
    assert "remove it from the line" in out
    assert locks("i3lock", "pw-alice,123456") != SUCCESS
    assert syslog.login_line(user="alice")["reason"] == "no-transport"


def test_a_locker_with_the_lines_of_login(doctor, user_socket, pam):
    """Debian's i3lock has these: it can lock a person out of a session."""
    pam.stack("i3lock", "auth include login")
    set_stack(pam, "login", *GUARD, PLAIN)
    doctor.finds("pam-one-field", "i3lock: /etc/pam.d/login:3: a screen locker "
                 "has one field", "write into /etc/pam.d/i3lock: ",
                 "pam_twofa.so no_prompt")
    assert locks("i3lock", "pw-alice", "pw-alice", "pw-alice",
                 "pw-alice") != SUCCESS


def test_the_socket_is_one_that_the_line_names(doctor, user_socket, pam):
    pam.stack("i3lock", *FIELD, NO_PROMPT + " socket=" + USER_SOCK)
    doctor.well()
    pam.stack("i3lock", *FIELD, NO_PROMPT + " socket=/run/twofa/none.sock")
    doctor.finds("pam-not-root", "none listens at /run/twofa/none.sock")


@pytest.mark.parametrize("service,account,program", [
    ("postgresql", "postgres", "PostgreSQL"),
    ("apache2", "www-data", "Apache"), ("nginx", "www-data", "nginx"),
    ("squid", "proxy", "Squid")])
def test_a_server_that_asks_about_others(doctor, user_socket, pam, settings,
                                         service, account, program):
    uid = pwd.getpwnam(account).pw_uid
    pam.stack(service, *FIELD, NO_PROMPT)
    doctor.finds("pam-not-root", "%s runs as %s and asks about other users" % (
        program, account), "add %d to socket_allow_uids" % uid)
    settings.set(socket_allow_uids=[uid])
    doctor.well()


def test_both_are_told_of_a_server(doctor, pam):
    pam.stack("postgresql", *FIELD, NO_PROMPT)
    found, out = doctor.names()
    assert found == ["pam-not-root"] * 2, out


@pytest.mark.parametrize("service", [
    "greetd", "xdm", "lxdm", "ly", "sddm", "webmin", "proxmox-ve-auth"])
def test_services_that_can_give_root(doctor, pam, service):
    pam.stack(service, *GUARD, "auth required pam_permit.so")
    out = doctor.finds("pam-missing", service + " has no second factor; add",
                       "see docs/guide/by-hand.md")
    assert "twofactl enable" not in out


@pytest.mark.parametrize("service,program", [
    ("vsftpd", "vsftpd"), ("dovecot", "Dovecot"), ("radiusd", "FreeRADIUS"),
    ("xrdp-sesman", "xrdp"), ("sddm", "SDDM"), ("proxmox-ve-auth", "Proxmox")])
def test_one_field(doctor, pam, service, program):
    """The same answer to both questions lets nobody in."""
    set_stack(pam, service, *GUARD, "TWOFA")
    doctor.finds("pam-one-field", "%s: /etc/pam.d/%s:3: %s" % (
        service, service, program), "write no_prompt at the end of this line", "split")
    out = subprocess.run(
        [HOST, *["answer", "pw-alice"] * 4, PAM_D, service, "alice"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=True).stdout
    assert "result %d" % SUCCESS not in out
    set_stack(pam, service, *FIELD, "TWOFA no_prompt")
    doctor.well()


@pytest.mark.parametrize("service,program", [
    ("apache2", "Apache"), ("nginx", "nginx")])
def test_one_field_of_many_pages(doctor, user_socket, pam, settings, service,
                                 program):
    """A browser sends the same words with each page."""
    settings.set(socket_allow_uids=[pwd.getpwnam("www-data").pw_uid])
    pam.stack(service, *GUARD, PLAIN)
    doctor.finds("pam-one-field", "%s has one field, and it asks again for "
                 "each page" % program, "there is no way")


def test_one_field_that_a_rule_asks_nothing_of(doctor, pam, settings):
    set_stack(pam, "vsftpd", *GUARD, "TWOFA")
    settings.set(rules=[{"services": ["vsftpd"], "action": "skip"}])
    doctor.well()


def test_no_prompt_stays_where_a_program_has_one_field(doctor, pam):
    """xrdp-sesman can give root, and still cannot ask twice."""
    set_stack(pam, "xrdp-sesman", *GUARD, "TWOFA no_prompt")
    doctor.finds("pam-split-order", "[default=ignore] pam_twofa.so split")


# saslauthd itself.

SASLAUTHD, TRY = "/usr/sbin/saslauthd", "/usr/sbin/testsaslauthd"


@pytest.fixture
def sasl(request, _ready):
    more = getattr(request, "param", [])
    if not os.path.exists(SASLAUTHD):
        pytest.skip(SASLAUTHD + " is missing: package sasl2-bin is not "
                    "installed")
    folder = tempfile.mkdtemp(prefix="sasl-", dir="/run/tmp")
    process = subprocess.Popen(
        [SASLAUTHD, "-d", "-a", "pam", "-n", "1", "-m", folder, *more],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + 20
    while not os.path.exists(folder + "/mux"):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    yield process, folder
    process.kill()
    process.wait(10)
    shutil.rmtree(folder)


def sasl_says(folder, field):
    done = subprocess.run(
        [TRY, "-u", "alice", "-p", field, "-s", "smtp", "-f", folder + "/mux"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False)
    return done.stdout + done.stderr


@pytest.mark.skipif(stage.private() and stage.sanitized(),
                    reason="the crash is saslauthd's, and ends by a signal "
                    "in the plain build alone")
def test_saslauthd_crashes_at_a_question(doctor, sasl, pam):
    process, folder = sasl
    set_stack(pam, "smtp", *GUARD, "TWOFA")
    doctor.finds("pam-one-field", "smtp: /etc/pam.d/smtp:3: " + SASLAUTHD +
                 " crashes at the question for a code", "or remove this line")
    assert "OK" not in sasl_says(folder, "pw-alice")
    assert process.wait(20) == -signal.SIGSEGV


def test_saslauthd_takes_one_field(doctor, sasl, pam, sim):
    process, folder = sasl
    set_stack(pam, "smtp", *FIELD, "TWOFA no_prompt")
    doctor.besides += ("field-cache",)
    doctor.well()
    assert "NO" in sasl_says(folder, "pw-alice,sms")
    assert "OK" in sasl_says(folder, "pw-alice," + sim.code("alice"))
    assert process.poll() is None


@pytest.mark.parametrize("sasl,again", [([], "NO"), (["-c"], "OK")],
                         indirect=["sasl"])
def test_what_saslauthd_keeps(doctor, sasl, pam, sim, again):
    """A code lets in again by -c, which Debian has."""
    folder = sasl[1]
    set_stack(pam, "smtp", *FIELD, "TWOFA no_prompt")
    assert "NO" in sasl_says(folder, "pw-alice,sms")
    field = "pw-alice," + sim.code("alice")
    assert "OK" in sasl_says(folder, field)
    assert again in sasl_says(folder, field)
    with kept("/etc/default/saslauthd"):
        sasl_options("-c -m /run/saslauthd")
        doctor.finds("field-cache", "by -c in /etc/default/saslauthd")
        sasl_options("-m /run/saslauthd")
        doctor.well()


def sasl_options(words):
    with open("/etc/default/saslauthd", "w", encoding="ascii") as out:
        out.write("START=yes\n#OPTIONS=\"-c\"\nOPTIONS=\"%s\"\n" % words)
