# SPDX-License-Identifier: BSD-2-Clause
"""Rules with keys, before the real sshd and ssh: who comes by a security key that
root has recorded, or by a certificate of a named authority, is asked for no
code, and nobody else is let in by that. The keys are softkey.so's: sshd cannot
tell them from hardware, which is why their type proves nothing."""

import os
import re
import shlex
import shutil
import subprocess

import pytest

import stage
from deploy import Keys, keygen

TRANSPORTS = ("spawn", "socket")

PROVIDER = stage.STAGE + "/test/softkey.so"
TOUCH, PIN = 1, 4
METHODS = "AuthenticationMethods publickey,keyboard-interactive"
VERIFY = "PubkeyAuthOptions verify-required"
RULE = {"services": ["sshd"], "keys": "sk", "action": "skip"}


class SecurityKeys(Keys):
    """Keys whose name begins with sk are security keys."""

    def make(self, name, *words):
        if not name.startswith("sk"):
            return super().make(name)
        if not os.path.exists(self.path(name)):
            keygen("-t", "ed25519-sk", "-w", PROVIDER, "-N", "", "-C", "",
                   *words, "-f", self.path(name))
        return self.path(name)

    def let_in(self, server, user, *lines):
        """These keys, or other lines, are the user's authorized_keys."""
        with open(os.path.join(server.folder, user + ".keys"), "w",
                  encoding="ascii") as out:
            for line in lines:
                if " " not in line:
                    with open(self.make(line) + ".pub",
                              encoding="ascii") as text:
                        line = text.read().strip()
                out.write(line + "\n")

    def public(self, name):
        with open(self.make(name) + ".pub", encoding="ascii") as text:
            return text.read().strip()


@pytest.fixture
def keys(tmp_path):
    return SecurityKeys(tmp_path)


@pytest.fixture
def server(sshd, settings, pam):
    """A key first, then nothing but our module; a rule for security keys."""
    pam.only("sshd")
    settings.set(rules=[RULE])
    return sshd.start(VERIFY, METHODS)


@pytest.fixture
def come(keys, terminals):
    """ssh to that server as that user, by these keys."""
    def ssh(server, user, *names, flags=TOUCH | PIN):
        options = ["SecurityKeyProvider=" + PROVIDER]
        options += ["IdentityFile=" + keys.path(name) for name in names[1:]]
        argv = server.client(user, "id", "-un", options=options,
                             key=keys.path(names[0]))
        claim = [] if flags is None else ["SOFTKEY_FLAGS=%d" % flags]
        return terminals.run("/usr/bin/env", *claim, *argv, user="root",
                             password_of=user)
    return ssh


def let_in(login, syslog, user="alice", rule="1"):
    """Without a word of ours."""
    assert login.ended() == 0 and user in login.text
    assert "code" not in login.text
    line = syslog.login_line(user=user)
    assert line["outcome"] == "skipped" and line["rule"] == rule
    return line


def asked(login, sim, syslog, user="alice"):
    login.prompt("Verification code sent")
    login.answer(sim.code(user))
    assert login.ended() == 0
    line = syslog.login_line(user=user)
    assert line["outcome"] == "allowed" and line["rule"] == "default"


def test_recorded_and_taken_out(server, keys, come, admin, sim, syslog):
    keys.let_in(server, "alice", "sk1")
    asked(come(server, "alice", "sk1"), sim, syslog)
    public, fingerprint = keys.path("sk1.pub"), keys.fingerprint("sk1")
    assert fingerprint in admin.do("key", "alice", "--sk", public)
    syslog.wait_for("key --sk %s user=alice by uid=0" % re.escape(fingerprint))
    assert fingerprint in admin.do("show", "alice")
    sim.reset()
    for _ in range(2):  # its count of signatures is another one each time
        syslog.clear()
        let_in(come(server, "alice", "sk1"), syslog)
    assert not sim.messages()
    admin.do("key", "alice", "--remove", fingerprint)
    syslog.wait_for("key --remove %s user=alice" % re.escape(fingerprint))
    assert fingerprint not in admin.do("show", "alice")
    syslog.clear()
    asked(come(server, "alice", "sk1"), sim, syslog)


def test_not_recorded(server, keys, come, admin, sim, syslog):
    """Flags and type are as good as a recorded key's."""
    keys.make("sk1")
    keys.let_in(server, "alice", "sk2")
    admin.do("key", "alice", "--sk", keys.path("sk1.pub"))
    asked(come(server, "alice", "sk2"), sim, syslog)


def test_recorded_by_hand_but_plain(server, keys, come, settings, sim,
                                    syslog):
    """verify-required says nothing of it, so it is no second factor."""
    keys.let_in(server, "alice", "plain")
    settings.user("alice", sk_keys=keys.fingerprint("plain"))
    asked(come(server, "alice", "plain"), sim, syslog)


def test_of_another_user(server, keys, come, admin, sim, syslog):
    """alice put bob's key into her own authorized_keys."""
    keys.let_in(server, "alice", "sk1")
    keys.let_in(server, "bob", "sk1")
    admin.do("key", "bob", "--sk", keys.path("sk1.pub"))
    asked(come(server, "alice", "sk1"), sim, syslog)
    syslog.clear()
    let_in(come(server, "bob", "sk1"), syslog, "bob")


def test_two_recorded(server, keys, come, admin, sim, syslog):
    """A key for the pocket and one for the drawer."""
    keys.let_in(server, "alice", "sk1", "sk2")
    admin.do("key", "alice", "--sk", keys.path("sk1.pub"))
    admin.do("key", "alice", "--sk", keys.path("sk2.pub"))
    for name in "sk1", "sk2":
        syslog.clear()
        let_in(come(server, "alice", name), syslog)
    admin.do("key", "alice", "--remove", keys.path("sk1.pub"))
    syslog.clear()
    asked(come(server, "alice", "sk1"), sim, syslog)
    syslog.clear()
    let_in(come(server, "alice", "sk2"), syslog)


def test_two_keys_in_one_login(sshd, server, keys, come, admin, sim, syslog):
    """sshd wants two: it is enough that one of them is recorded."""
    two = sshd.start(
        VERIFY,
        "AuthenticationMethods publickey,publickey,keyboard-interactive")
    keys.let_in(two, "alice", "plain", "sk1", "sk2")
    asked(come(two, "alice", "plain", "sk1"), sim, syslog)
    syslog.clear()
    asked(come(two, "alice", "sk2", "sk1"), sim, syslog)
    admin.do("key", "alice", "--sk", keys.path("sk1.pub"))
    for names in ("plain", "sk1"), ("sk1", "plain"), ("sk2", "sk1"):
        syslog.clear()
        let_in(come(two, "alice", *names), syslog)


def test_without_its_pin(server, keys, come, admin, sim, syslog):
    """sshd itself refuses a key that was only touched, or not even that."""
    keys.let_in(server, "alice", "sk1")
    admin.do("key", "alice", "--sk", keys.path("sk1.pub"))
    for flags in TOUCH, 0, PIN:
        login = come(server, "alice", "sk1", flags=flags)
        assert login.ended() != 0
        assert "Permission denied" in login.text
    assert "user verification requirement not met" in server.log()
    assert "user presence" in server.log()
    assert not syslog.logins() and not sim.messages()


def test_the_users_own_options(server, sshd, keys, come, admin, syslog):
    """They take touching out, but not the PIN: only sshd_config does that."""
    admin_key = keys.make("sk1")
    keys.let_in(server, "alice", "no-touch-required " + keys.public("sk1"))
    admin.do("key", "alice", "--sk", admin_key + ".pub")
    assert come(server, "alice", "sk1", flags=0).ended() != 0
    let_in(come(server, "alice", "sk1", flags=PIN), syslog)
    touch = sshd.start("PubkeyAuthOptions touch-required verify-required",
                       METHODS)
    keys.let_in(touch, "alice", "no-touch-required " + keys.public("sk1"))
    assert come(touch, "alice", "sk1", flags=PIN).ended() != 0
    lax = sshd.start(METHODS)  # what doctor's sshd-sk-pin is about
    keys.let_in(lax, "alice", "no-touch-required " + keys.public("sk1"))
    syslog.clear()
    let_in(come(lax, "alice", "sk1", flags=0), syslog)


def test_made_with_a_pin(server, keys, come, admin, syslog):
    """The guide's way: ssh-keygen -O verify-required, the PIN at each login."""
    keys.make("sk1", "-O", "verify-required")
    keys.let_in(server, "alice", "sk1")
    admin.do("key", "alice", "--sk", keys.path("sk1.pub"))
    login = come(server, "alice", "sk1", flags=None)
    login.expect("Enter PIN for ")
    login.answer("1234")
    let_in(login, syslog)
    login = come(server, "alice", "sk1", flags=None)
    login.expect("Enter PIN for ")
    login.answer("0000")
    assert login.ended() != 0


# --- clients that may ask nothing


def shown(begin):
    """The words of the page's line that begins so."""
    with open(stage.ROOT + "/docs/guide/security-keys.md",
              encoding="utf-8") as text:
        line, = re.findall(r"^    (%s.*)$" % re.escape(begin), text.read(),
                           re.M)
    return line


@pytest.fixture(name="batch")
def _batch(server, keys, admin, tmp_path):
    """Run a client that may ask nothing, with these words first."""
    keys.let_in(server, "alice", "sk1")
    admin.do("key", "alice", "--sk", keys.path("sk1.pub"))
    options = ["-o", "SecurityKeyProvider=" + PROVIDER, "-o",
               "Port=%d" % server.port, *server.options((), keys.path("sk1"))]
    with open(tmp_path / "commands", "w", encoding="ascii") as out:
        out.write("pwd\n")

    def run(program, *words, config=""):
        argv = {"ssh": [program, *words, *options, "-o", "BatchMode=yes",
                        "alice@127.0.0.1", "id", "-un"],
                "sftp": [program, *words, *options, "-b",
                         str(tmp_path / "commands"), "alice@127.0.0.1"],
                "ansible": [program, "all", "-i", "127.0.0.1,", "-u", "alice",
                            "-m", "raw", "-a", "id -un",
                            "--ssh-common-args=" + shlex.join(options)]}
        with open(tmp_path / "ansible.cfg", "w", encoding="ascii") as out:
            out.write(config)
        return subprocess.run(
            argv[program], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False, cwd=tmp_path, timeout=60,
            env=dict(os.environ, HOME=str(tmp_path),
                     SOFTKEY_FLAGS=str(TOUCH | PIN)))
    return run


@pytest.mark.parametrize("program", ["ssh", "sftp", "ansible"])
def test_clients_that_ask_nothing(batch, program, syslog, sim):
    """They do not come to the rule; with what the page has them say they do."""
    if shutil.which(program) is None:
        pytest.skip("package ansible-core is not installed")
    found = batch(program)
    assert found.returncode != 0 and "denied (keyboard-inter" in found.stdout
    assert not syslog.logins()
    words, config = [], ""
    if program == "ansible":
        config = "%s\n%s\n" % (shown("[ssh_connection]"), shown("ssh_args"))
    else:
        words = shown(program + " -o").split()[1:3]
    found = batch(program, *words, config=config)
    assert found.returncode == 0 and "alice" in found.stdout, found.stdout
    assert syslog.login_line(user="alice")["outcome"] == "skipped"
    assert not sim.messages()


def test_disabled(server, keys, come, admin, settings, sim, syslog):
    """A key does not outlive enabled = false."""
    keys.let_in(server, "alice", "sk1")
    settings.user("alice", sk_keys=keys.fingerprint("sk1"))
    let_in(come(server, "alice", "sk1"), syslog)
    settings.user("alice", sk_keys=keys.fingerprint("sk1"), enabled=False)
    syslog.clear()
    assert come(server, "alice", "sk1").ended() != 0
    line = syslog.login_line(user="alice")
    assert line["outcome"] == "denied" and line["reason"] == "disabled"
    assert not sim.messages()


def test_a_record_that_is_broken(server, keys, come, settings, sim, syslog):
    keys.let_in(server, "alice", "sk1")
    settings.user("alice", sk_keys=keys.fingerprint("sk1"), phone="12")
    assert come(server, "alice", "sk1").ended() != 0
    assert syslog.login_line(user="alice")["outcome"] == "denied"


# --- certificates


def certify(keys, name, copy, principals, *words, ca="ca"):
    keygen_words = ["-n", principals] if principals else []
    for suffix in ("", ".pub"):
        with open(keys.make(name) + suffix, encoding="ascii") as text, \
                open(keys.path(copy) + suffix, "w", encoding="ascii") as out:
            out.write(text.read())
    os.chmod(keys.path(copy), 0o600)
    keygen("-s", keys.make(ca), "-I", "id-1", *keygen_words, *words,
           keys.path(copy) + ".pub")


@pytest.fixture
def authority(sshd, settings, pam, keys):
    """The rule names an authority, which sshd trusts, and another one."""
    pam.only("sshd")
    settings.set(rules=[dict(RULE, keys=keys.fingerprint("ca"))])
    path = keys.path("authorities")
    with open(path, "w", encoding="ascii") as out:
        out.write(keys.public("ca") + "\n" + keys.public("other") + "\n")
    return sshd.start(VERIFY, METHODS, "TrustedUserCAKeys " + path)


def test_certificate(authority, keys, come, syslog):
    certify(keys, "sk1", "sk-alice", "bob,alice")
    let_in(come(authority, "alice", "sk-alice"), syslog)


@pytest.mark.parametrize("name,ca,why", [
    ("plain", "ca", "no security key"),
    ("sk1", "other", "another authority's"),
])
def test_certificate_that_does_not_count(authority, keys, come, sim, syslog,
                                         name, ca, why):
    copy = name + "-copy"
    certify(keys, name, copy, "alice", ca=ca)
    asked(come(authority, "alice", copy), sim, syslog)


def test_certificate_of_another(authority, keys, come, sim, syslog):
    """alice's own authorized_keys lets in bob's certificate, or one for
    nobody in particular: the rule does not."""
    certify(keys, "sk1", "sk-bob", "bob")
    keys.let_in(authority, "alice", "cert-authority,principals=\"bob\" "
                + keys.public("ca"))
    asked(come(authority, "alice", "sk-bob"), sim, syslog)


def test_certified_key_is_not_recorded(server, keys, come, admin, sim, syslog,
                                       sshd):
    """keys = "sk" is about keys: a certificate for one is another thing."""
    certify(keys, "sk1", "sk-alice", "alice")
    admin.do("key", "alice", "--sk", keys.path("sk1.pub"))
    trusting = sshd.start(VERIFY, METHODS,
                          "TrustedUserCAKeys %s.pub" % keys.make("ca"))
    asked(come(trusting, "alice", "sk-alice"), sim, syslog)


# --- what sshd does not write


@pytest.mark.parametrize("line", [
    "publickey sk-ssh-ed25519@openssh.com",
    "publickey sk-ssh-ed25519@openssh.com %.40s",
    "publickey sk-ssh-ed25519@openssh.com %s!",
    "publickey ssh-ed25519 %s",
    "publickey  sk-ssh-ed25519@openssh.com %s",
    "password sk-ssh-ed25519@openssh.com %s",
], ids=["none", "cut", "no base64", "another type", "blanks", "no key"])
def test_not_understood(server, keys, admin, quick, line):
    keys.make("sk1")
    admin.do("key", "alice", "--sk", keys.path("sk1.pub"))
    blob = keys.public("sk1").split()[1]
    info = line % blob if "%" in line else line
    quick.right(quick.login(password=False, env=("SSH_AUTH_INFO_0=" + info,)))


def test_only_at_sshd(server, keys, admin, quick, settings, pam):
    """Another program sets what it likes."""
    keys.make("sk1")
    pam.only("su")
    admin.do("key", "alice", "--sk", keys.path("sk1.pub"))
    info = "SSH_AUTH_INFO_0=" + keys.info("sk1")
    quick.admitted(quick.login(password=False, env=(info,)),
                   outcome="skipped")
    quick.right(quick.login(service="su", password=False, env=(info,)))


# --- twofactl


def test_what_is_no_such_key(keys, admin, settings):
    keys.make("sk1")
    for words, says in (
            ((), "give one"),
            (("--sk", keys.path("sk1.pub"), "--remove", "SHA256:"), "give one"),
            (("--sk", keys.make("plain") + ".pub"), "ed25519-sk"),
            (("--sk", keys.fingerprint("sk1")), "ed25519-sk"),
            (("--sk", "/dev/null"), "--sk /dev/null"),
            (("--remove", "SHA256:x"), "not a fingerprint")):
        status, out = admin.run("key", "alice", *words)
        assert status == 2 and says in out, out
    status, out = admin.run("key", "carol", "--sk", keys.path("sk1.pub"))
    assert status == 1 and "twofactl enroll carol" in out
    status, out = admin.run("key", "alice", "--remove", keys.path("sk1.pub"))
    assert status == 1 and "not recorded" in out
    admin.do("key", "alice", "--sk", keys.path("sk1.pub"))
    status, out = admin.run("key", "alice", "--sk", keys.path("sk1.pub"))
    assert status == 1 and "already recorded" in out


def test_at_most_eight(keys, admin, settings):
    for number in range(8):
        admin.do("key", "alice", "--sk", keys.make("sk%d" % number) + ".pub")
    status, out = admin.run("key", "alice", "--sk", keys.make("sk8") + ".pub")
    assert status == 3 and "sk_keys" in out
    for number in (3, 0, 7, 1, 2, 4, 5, 6):
        admin.do("key", "alice", "--remove", keys.fingerprint("sk%d" % number))
    assert "sk keys" not in admin.do("show", "alice")
    admin.do("check")


def test_explain_says_why(server, admin):
    out = admin.do("explain", "alice", "sshd")
    assert "keys: it shows no security key of alice" in out


def test_no_exception(server, settings, admin):
    """Two factors are none, so it needs no end."""
    settings.set(rules=[RULE], exceptions="dated")
    admin.do("check")
    assert "rule 1" not in admin.run("report", "--exceptions")[1]
