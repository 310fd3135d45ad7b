# SPDX-License-Identifier: BSD-2-Clause
"""Stacks as distributions, directories and admins write them: who gets in, and
what doctor says. test_stacks.py logs in by each of them.

In lines MODULE is ours, OURS the same with its arguments, COPY ours in a file
of another name, PART the row's own included file, FAILLOCK the folder of
pam_faillock; modules of others that cannot run here are stand-ins of the same
name (tests/host/standin.c)."""

import dataclasses

# Of a login: IN is let in and OUT is denied, each after a message; in and out
# are the same without one.
# sshd's: a key comes first, or a key or what PAM asks.
KEY = "publickey,keyboard-interactive"
BOTH = KEY + " keyboard-interactive"
USUAL = {"right": "IN", "wrong": "out", "miscode": "OUT"}


@dataclasses.dataclass(eq=False)
class Row:
    """finds: the names of doctor's problems with this stack, none for a right
    one. logins: those that differ from USUAL, or come on top; of test_stacks.py
    LOGINS."""
    name: str
    lines: str
    finds: str = ""
    part: str = ""
    service: str = ""  # where doctor knows the service by its name
    uid: int = 0       # who starts the program
    words: str = ""    # which doctor's text has
    methods: str = ""  # sshd's AuthenticationMethods
    logins: dict = dataclasses.field(default_factory=dict)

    def expected(self):
        return {kind: end for kind, end in {**USUAL, **self.logins}.items()
                if end}


def row(name, lines, finds="", *, part="", service="", uid=0, words="",
        methods="", **logins):
    return Row(name, lines, finds, part, service, uid, words, methods, logins)


def sshd(name, lines, finds="", methods=BOTH, **more):
    return row(name, lines, finds, service="sshd", methods=methods, **more)


DEBIAN = """
auth [success=1 default=ignore] pam_unix.so nullok
auth requisite pam_deny.so
auth required pam_permit.so
auth optional pam_cap.so
"""
DEBIAN_SSS = """
auth [success=2 default=ignore] pam_unix.so nullok
auth [success=1 default=ignore] pam_sss.so use_first_pass
auth requisite pam_deny.so
auth required pam_permit.so
"""
LOCAL = """
auth required pam_env.so
auth required pam_faildelay.so delay=2000000
auth sufficient pam_unix.so nullok
auth required pam_deny.so
"""
SSSD = """
auth required pam_env.so
auth required pam_faildelay.so delay=2000000
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth [default=1 ignore=ignore success=ok] pam_localuser.so
auth sufficient pam_unix.so nullok
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient pam_sss.so forward_pass
auth required pam_deny.so
"""
FAILLOCK = """
auth required pam_env.so
auth required pam_faillock.so preauth silent FAILLOCK
auth sufficient pam_unix.so nullok
auth required pam_faillock.so authfail FAILLOCK
auth required pam_deny.so
"""
ARCH = """
auth required pam_faillock.so preauth FAILLOCK
-auth [success=2 default=ignore] pam_systemd_home.so
auth [success=1 default=bad] pam_unix.so try_first_pass nullok
auth [default=die] pam_faillock.so authfail FAILLOCK
auth optional pam_permit.so
auth required pam_env.so
auth required pam_faillock.so authsucc FAILLOCK
"""
GUARD = """
auth [success=1 default=ignore] pam_unix.so
auth requisite pam_deny.so
"""
OURS = "auth required OURS\n"

DISTRIBUTIONS = (
    row("debian", "@include PART\n" + OURS, part=DEBIAN),
    row("debian-include", "auth include PART\n" + OURS, part=DEBIAN),
    row("debian-login", "auth optional pam_faildelay.so delay=3000000\n"
        "auth requisite pam_nologin.so\n@include PART\n"
        "auth optional pam_group.so\n" + OURS, part=DEBIAN),
    row("debian-gdm", "auth requisite pam_nologin.so\n"
        "auth required pam_succeed_if.so user != root quiet_success\n"
        "@include PART\n" + OURS + "auth optional pam_gnome_keyring.so\n",
        part=DEBIAN),
    row("debian-sssd", "@include PART\n" + OURS, part=DEBIAN_SSS,
        directory="IN"),
    row("debian-substack", "auth substack PART\n" + OURS,
        "pam-after-failure", part=DEBIAN, wrong="OUT",
        words="write include"),
    row("ubuntu-own", DEBIAN + OURS),
    row("debian-winbind", """
auth [success=2 default=ignore] pam_unix.so nullok
auth [success=1 default=ignore] pam_winbind.so krb5_auth cached_login try_first_pass
auth requisite pam_deny.so
auth required pam_permit.so
""" + OURS, directory="IN"),
    row("debian-ldap", """
auth [success=2 default=ignore] pam_unix.so nullok
auth [success=1 default=ignore] pam_ldap.so minimum_uid=1000 use_first_pass
auth requisite pam_deny.so
auth required pam_permit.so
""" + OURS, directory="IN"),
    row("debian-krb5", """
auth [success=2 default=ignore] pam_krb5.so minimum_uid=1000
auth [success=1 default=ignore] pam_unix.so nullok try_first_pass
auth requisite pam_deny.so
auth required pam_permit.so
""" + OURS, directory="IN"),
    row("debian-faillock", """
auth required pam_faillock.so preauth FAILLOCK
auth [success=1 default=ignore] pam_unix.so nullok
auth [default=die] pam_faillock.so authfail FAILLOCK
auth required pam_faillock.so authsucc FAILLOCK
""" + OURS),
    row("debian-faillock-sufficient", """
auth required pam_faillock.so preauth FAILLOCK
auth [success=1 default=ignore] pam_unix.so nullok
auth [default=die] pam_faillock.so authfail FAILLOCK
auth sufficient pam_faillock.so authsucc FAILLOCK
""" + OURS, "pam-bypass", right="in", miscode="in"),
    row("redhat-include", "auth include PART\n" + OURS,
        "pam-bypass pam-after-failure", part=LOCAL, right="in",
        wrong="OUT", miscode="in"),
    row("redhat-substack", "auth substack PART\n" + OURS,
        "pam-after-failure", part=LOCAL, wrong="OUT",
        words="auth requisite pam_unix.so use_first_pass"),
    row("redhat-substack-remedied", "auth substack PART\n"
        "auth requisite pam_unix.so use_first_pass\n" + OURS, part=LOCAL),
    row("redhat-sssd", "auth substack PART\n" + OURS,
        "pam-after-failure", part=SSSD, wrong="OUT", directory="IN",
        words="auth [success=1 default=ignore] pam_unix.so use_first_pass"),
    row("redhat-sssd-remedied", "auth substack PART\n"
        "auth [success=1 default=ignore] pam_unix.so use_first_pass\n"
        "auth requisite pam_sss.so use_first_pass\n" + OURS, part=SSSD),
    row("freeipa", "auth substack PART\n"
        "auth [success=1 default=ignore] pam_unix.so use_first_pass\n"
        "auth requisite pam_sss.so use_first_pass\n" + OURS,
        part=SSSD.replace("""
auth [default=1 ignore=ignore success=ok] pam_localuser.so""", ""),
        directory="IN"),
    row("redhat-faillock", "auth substack PART\n" + OURS,
        "pam-after-failure", part=FAILLOCK, wrong="OUT"),
    row("redhat-faillock-remedied", "auth substack PART\n"
        "auth requisite pam_unix.so use_first_pass\n" + OURS, part=FAILLOCK),
    row("redhat-profile", "auth include PART\n", part="""
auth required pam_env.so
auth required pam_faillock.so preauth silent FAILLOCK
auth [success=1 default=ignore] pam_unix.so
auth requisite pam_deny.so
auth required OURS
"""),
    row("suse", "auth requisite pam_nologin.so\nauth include PART\n" + OURS,
        "pam-after-failure", wrong="OUT", part="auth required pam_env.so\n"
        "auth required pam_unix.so try_first_pass\n"),
    row("suse-requisite", "auth requisite pam_nologin.so\n"
        "auth include PART\n" + OURS, part="auth required pam_env.so\n"
        "auth requisite pam_unix.so try_first_pass\n"),
    row("suse-sssd", "auth include PART\n" + OURS,
        "pam-bypass pam-after-failure", right="in", wrong="OUT", miscode="in",
        part="auth required pam_env.so\n"
        "auth optional pam_gnome_keyring.so\n"
        "auth sufficient pam_unix.so try_first_pass\n"
        "auth required pam_sss.so use_first_pass\n", directory="IN"),
    row("arch", "auth required pam_shells.so\nauth requisite pam_nologin.so\n"
        "auth include PART\n" + OURS, part=ARCH),
)

OPTIONAL = (
    row("optional-unix", "auth optional pam_unix.so\n" + OURS,
        "pam-password-optional", wrong="IN"),
    row("ignored-unix", "auth [default=ignore] pam_unix.so\n" + OURS,
        "pam-password-optional", wrong="IN"),
    row("ok-or-ignored-unix", "auth [success=ok default=ignore] pam_unix.so\n"
        + OURS, "pam-password-optional", wrong="IN"),
    row("sufficient-unix", "auth sufficient pam_unix.so\n" + OURS,
        "pam-bypass pam-password-optional", right="in", wrong="IN",
        miscode="in", words='write requisite in place of "sufficient"'),
    row("sufficient-unix-and-sss", "auth sufficient pam_unix.so\n"
        "auth sufficient pam_sss.so use_first_pass\n"
        "auth requisite pam_deny.so\n" + OURS, "pam-unreached pam-bypass",
        right="in", miscode="in", directory="in",
        words='write [success=2 default=ignore] in place of "sufficient"'),
    row("sufficient-unix-remedied", "auth [success=2 default=ignore] "
        "pam_unix.so\nauth sufficient pam_sss.so use_first_pass\n"
        "auth requisite pam_deny.so\n" + OURS, "pam-bypass", directory="in",
        words='write [success=1 default=ignore] in place of "sufficient"'),
    row("sufficient-sss-remedied", "auth [success=2 default=ignore] "
        "pam_unix.so\nauth [success=1 default=ignore] pam_sss.so "
        "use_first_pass\nauth requisite pam_deny.so\n" + OURS,
        directory="IN"),
    row("jump-over-ours", "auth [success=1 default=ignore] pam_unix.so\n"
        + OURS + "auth required pam_permit.so\n",
        "pam-bypass pam-password-optional", right="in", wrong="IN",
        miscode="in"),
    row("auth-err-ignored", "auth [success=ok auth_err=ignore default=die] "
        "pam_unix.so\n" + OURS, "pam-password-optional", wrong="IN"),
    row("optional-sss", "auth optional pam_sss.so\n" + OURS,
        "pam-password-optional", directory="IN", right="IN", wrong="IN"),
    row("reset-unix", "auth [success=ok default=reset] pam_unix.so\n" + OURS,
        "pam-password-optional", wrong="IN"),
    row("unix-or-none", "auth sufficient pam_unix.so\n"
        "auth optional pam_sss.so use_first_pass\n" + OURS,
        "pam-bypass pam-password-optional", right="in", wrong="IN",
        miscode="in"),
)

FAILURES = (
    row("required-unix", "auth required pam_unix.so\n" + OURS,
        "pam-after-failure", wrong="OUT"),
    row("sss-then-unix", "auth [success=ok default=die] pam_sss.so\n"
        "auth required pam_unix.so\n" + OURS, "pam-after-failure "
        "pam-lockout", right="out", miscode="out", directory="OUT"),
    row("unix-then-u2f", "auth requisite pam_unix.so\n"
        "auth required pam_u2f.so cue\n" + OURS, "pam-after-failure",
        right="OUT", finger="out", password_finger="IN"),
    row("unix-then-google", "auth requisite pam_unix.so\n"
        "auth required pam_google_authenticator.so\n" + OURS,
        "pam-after-failure", right="OUT", google="IN"),
    row("unix-then-google-requisite", "auth requisite pam_unix.so\n"
        "auth requisite pam_google_authenticator.so\n" + OURS,
        right="out", miscode="", google="IN"),
    row("unix-then-u2f-requisite", DEBIAN + "auth requisite pam_u2f.so cue\n"
        + OURS, right="out", miscode="out", password_finger="IN"),
    row("sss-required", "auth requisite pam_sss.so\n" + OURS, right="out",
        miscode="out", directory="IN", away="out"),
    row("sss-unavailable-ignored",
        "auth requisite pam_sss.so ignore_authinfo_unavail\n" + OURS,
        "pam-password-optional", right="out", miscode="out", directory="IN",
        away="IN"),
)

BYPASSES = (
    row("own-optional", "auth requisite pam_unix.so\nauth optional OURS\n",
        "pam-bypass", miscode="IN"),
    row("own-sufficient", "auth requisite pam_unix.so\n"
        "auth sufficient OURS\n", "pam-bypass", miscode="IN"),
    row("own-conv-err-ignored", "auth requisite pam_unix.so\n"
        "auth [success=ok conv_err=ignore default=die] OURS\n", "pam-bypass",
        miscode="IN"),
    row("own-done", "auth requisite pam_unix.so\n"
        "auth [success=done default=die] OURS\n"),
    row("own-requisite", "auth requisite pam_unix.so\n"
        "auth requisite OURS\nauth optional pam_gnome_keyring.so\n"),
    row("sufficient-finger", "auth sufficient pam_fprintd.so\n" + GUARD + OURS,
        "pam-bypass", finger="in"),
    row("sufficient-finger-behind", GUARD + "auth sufficient pam_fprintd.so\n"
        + OURS, "pam-bypass", password_finger="in"),
    row("sufficient-agent", "auth sufficient pam_ssh_agent_auth.so "
        "file=/etc/security/authorized_keys\n" + GUARD + OURS, "pam-bypass",
        agent="in"),
    row("sufficient-localuser", GUARD + "auth sufficient pam_localuser.so\n"
        + OURS, "pam-bypass", right="in", miscode="in"),
    row("sufficient-permit", GUARD + "auth sufficient pam_permit.so\n"
        + OURS, "pam-bypass pam-unreached", right="in", miscode="in"),
    row("sufficient-sss-behind", GUARD + "auth sufficient pam_sss.so "
        "use_first_pass\n" + OURS, "pam-bypass"),
    row("succeed-if-jump", GUARD + "auth [success=1 default=ignore] "
        "pam_succeed_if.so quiet uid >= 0\n" + OURS
        + "auth required pam_permit.so\n", "pam-bypass", right="in",
        miscode="in"),
    row("rootok-of-su", "auth sufficient pam_rootok.so\n" + GUARD + OURS,
        uid=1000, service="su"),
    row("rootok-of-login", "auth sufficient pam_rootok.so\n" + GUARD + OURS,
        "pam-bypass pam-unreached", service="login", right="in", wrong="in",
        miscode="in"),
    row("rootok-of-a-daemon", "auth sufficient pam_rootok.so\n" + GUARD + OURS,
        "pam-bypass pam-unreached", right="in", wrong="in", miscode="in"),
)

LOCKOUTS = (
    row("before-common-auth", OURS + "@include PART\n", "pam-no-password",
        part=DEBIAN, right="out", miscode="out",
        words="put the line of pam_twofa after"),
    row("ours-alone", OURS, "pam-no-password", right="out", miscode="out"),
    row("finger-or-password", """
auth [success=2 default=ignore] pam_fprintd.so
auth [success=1 default=ignore] pam_unix.so
auth requisite pam_deny.so
""" + OURS, "pam-first-factor", finger="out"),
    row("password-or-finger", """
auth [success=2 default=ignore] pam_unix.so
auth [success=1 default=ignore] pam_fprintd.so
auth requisite pam_deny.so
""" + OURS, "pam-first-factor", finger="out"),
    row("card", "auth requisite pam_poldi.so\n" + OURS, "pam-first-factor",
        right="out", miscode="out", card="out"),
    row("agent", "auth requisite pam_ssh_agent_auth.so\n" + OURS,
        "pam-first-factor", right="out", miscode="out", agent="out"),
    row("google-alone", "auth requisite pam_google_authenticator.so\n" + OURS,
        "pam-first-factor", right="out", miscode="", google="out"),
    row("finger-then-first-pass", """
auth [success=2 default=ignore] pam_fprintd.so
auth [success=1 default=ignore] pam_unix.so use_first_pass
auth requisite pam_deny.so
""" + OURS, "pam-first-factor pam-lockout", right="out", miscode="out",
        finger="out"),
    row("first-pass-of-nobody", "auth requisite pam_unix.so use_first_pass\n"
        + OURS, "pam-lockout", right="out", miscode="out",
        words="use_first_pass"),
    row("first-pass-behind-ours", "auth requisite pam_unix.so\n" + OURS
        + "auth optional pam_sss.so use_first_pass\n"),
    row("deny-behind", GUARD + OURS + "auth required pam_deny.so\n",
        "pam-lockout", right="OUT"),
    row("in-password-auth", "auth include PART\n", "pam-lockout",
        part="auth required pam_env.so\nauth [success=ok default=die] "
        "pam_unix.so\n" + OURS + "auth required pam_deny.so\n", right="OUT"),
    row("env-dies", "auth [success=ok default=die] pam_env.so\n" + GUARD
        + OURS, "pam-unreached", right="out", miscode="out",
        words='write optional in place of "success=ok default=die"'),
    row("deny-before", "auth requisite pam_deny.so\n" + OURS, "pam-unreached",
        right="out", miscode="out"),
    row("jump-too-far", "auth [success=2 default=ignore] pam_unix.so\n"
        "auth requisite pam_deny.so\n" + OURS, "pam-unreached",
        right="out", miscode="out"),
    row("own-jump-too-far", GUARD + "auth [success=1 default=die] OURS\n",
        "pam-lockout", right="OUT"),
    row("own-success-ignored", GUARD + "auth [success=ignore default=die] "
        "OURS\n", "pam-lockout", right="OUT"),
    row("missing-before", "auth required pam_gone.so\n" + GUARD + OURS,
        "pam-module", right="OUT", words="pam_gone.so"),
    # the sign saves a line in the log, no login
    row("silently-missing-before", "-auth required pam_gone.so\n" + GUARD
        + OURS, "pam-module", right="OUT"),
    row("inverted", "auth [success=ok default=1] pam_unix.so\n"
        "auth requisite pam_deny.so\n" + OURS,
        "pam-password-optional pam-lockout", right="out", wrong="IN",
        miscode="out"),
    row("authfail-without-jump", "auth [success=ok default=bad] pam_unix.so\n"
        "auth [default=die] pam_faillock.so authfail FAILLOCK\n" + OURS,
        "pam-unreached", right="out", miscode="out"),
)

SMARTCARD = SSSD.replace("""[default=1 ignore=ignore success=ok] pam_localuser.so
""", """[default=2 ignore=ignore success=ok] pam_localuser.so
auth [success=done authinfo_unavail=ignore user_unknown=ignore ignore=ignore default=die] pam_sss.so try_cert_auth
""")
CARD_REQUIRED = SSSD.replace("auth [default", """auth [success=1 default=ignore] pam_succeed_if.so service notin login:gdm quiet use_uid
auth [success=done ignore=ignore default=die] pam_sss.so require_cert_auth ignore_authinfo_unavail
auth [default""", 1)
WHEEL = "pam_wheel.so use_uid group=root"
AGAIN = """auth [success=1 default=ignore] pam_unix.so use_first_pass
auth requisite pam_sss.so use_first_pass
"""
# Remedies that once locked out, went round in a circle or named nothing; what
# each says is done by test_stacks.py.
CIRCLES = (
    row("smartcard", "auth substack PART\n" + OURS, "pam-after-failure",
        part=SMARTCARD, right="OUT", miscode="OUT", wrong="OUT",
        directory="IN", words="when /run/standins/pam_sss.so fails"),
    row("smartcard-usual-fix", "auth substack PART\n" + AGAIN + OURS,
        part=SMARTCARD, right="OUT", miscode="OUT", directory="IN"),
    row("smartcard-required", "auth substack PART\n" + OURS,
        "pam-after-failure", part=CARD_REQUIRED, wrong="OUT",
        directory="IN"),
    row("sss-or-unix", "auth sufficient pam_sss.so\n"
        "auth required pam_unix.so try_first_pass\n" + OURS,
        "pam-bypass pam-after-failure", wrong="OUT", directory="in",
        words="write [success=2 default=ignore]"),
    row("unix-or-sss", "auth sufficient pam_unix.so\n"
        "auth required pam_sss.so use_first_pass\n" + OURS,
        "pam-bypass pam-after-failure", right="in", wrong="OUT", miscode="in",
        directory="IN"),
    row("ldap-required", "auth required pam_ldap.so\n" + OURS,
        "pam-after-failure", right="OUT", wrong="OUT", directory="IN"),
    row("ldap-optional", "auth optional pam_ldap.so\n" + OURS,
        "pam-password-optional", wrong="IN", directory="IN"),
    row("unix-and-ldap", "auth optional pam_unix.so\n"
        "auth optional pam_ldap.so use_first_pass\n" + OURS,
        "pam-password-optional", wrong="IN", directory="IN"),
    row("sufficient-u2f", "auth sufficient pam_u2f.so\n" + GUARD + OURS,
        "pam-bypass", finger="in", words='first_factor = "stack"'),
    row("nopasswdlogin", "auth sufficient pam_succeed_if.so user ingroup "
        "nopasswdlogin\n" + GUARD + OURS, "pam-bypass",
        words='first_factor = "stack"'),
    row("wheel-trust", "auth sufficient " + WHEEL + " trust\n" + GUARD + OURS,
        "pam-bypass", uid=1000, words='first_factor = "stack"'),
    row("wheel-trust-jumps", "auth [success=2 default=ignore] " + WHEEL
        + " trust\n" + GUARD + OURS, "pam-first-factor", uid=1000,
        words="pam_wheel.so leaves no password"),
    row("localuser-jumps", "auth [success=2 default=ignore] pam_localuser.so\n"
        + GUARD + OURS, "pam-first-factor", right="out", miscode="out",
        words="write optional in place of"),
    row("google-then-unix", "auth required pam_google_authenticator.so\n"
        "auth required pam_unix.so\n" + OURS, "pam-after-failure",
        right="OUT", wrong="OUT", google="IN"),
    row("include-of-sufficient", "auth include PART\n" + OURS,
        "pam-bypass pam-after-failure", part="auth sufficient pam_unix.so\n"
        "auth sufficient pam_sss.so use_first_pass\n"
        "auth required pam_deny.so\n", right="in", wrong="OUT", miscode="in",
        directory="in", words="write substack in place of include"),
)

QUIET = (
    row("sufficient-wheel", "auth sufficient " + WHEEL + "\n" + GUARD + OURS),
    row("required-wheel", "auth required " + WHEEL + "\n" + GUARD + OURS),
    row("copy", GUARD + "auth required COPY\n"),
    row("copy-optional", "auth requisite pam_unix.so\nauth optional COPY\n", "pam-bypass",
        miscode="IN"),
    row("chsh", "auth required pam_shells.so\nauth sufficient pam_rootok.so\n"
        "@include PART\n", part=DEBIAN + OURS, uid=1000, service="chsh"),
    row("chfn", "auth sufficient pam_rootok.so\n@include PART\n",
        part=DEBIAN + OURS, uid=1000, service="chfn"),
    row("missing-finger", "-auth sufficient pam_fprintd_gone.so\n" + GUARD
        + OURS),
    row("missing-finger-logged", "auth sufficient pam_fprintd_gone.so\n"
        + GUARD + OURS),
    row("sss-never-ignores", "auth [success=ok ignore=ignore default=die] "
        "pam_sss.so\n" + OURS, right="out", miscode="out", directory="IN",
        away="out"),
    row("unknown-users", "auth [success=ok user_unknown=ignore default=die] "
        "pam_unix.so\n" + OURS, unknown="out"),
)

NONE_TYPED = {"right": "out", "wrong": "out", "miscode": "out"}

SSHD = (
    sshd("sshd-debian", "@include PART\n" + OURS, part=DEBIAN, key="out"),
    sshd("sshd-when", "auth [success=2 cred_insufficient=2 default=ignore] "
         "MODULE when=publickey\n" + GUARD + OURS, key="IN"),
    sshd("sshd-key-only", OURS, methods=KEY, key="IN", **NONE_TYPED),
    sshd("sshd-no-password", OURS, "pam-no-password", key="IN",
         words="AuthenticationMethods publickey,keyboard-interactive",
         **NONE_TYPED),
    sshd("sshd-any", OURS, "pam-no-password", "any", **NONE_TYPED),
    sshd("sshd-before-common-auth", OURS + "@include PART\n",
         "pam-no-password", part=DEBIAN, **NONE_TYPED),
    sshd("sshd-u2f", "auth requisite pam_u2f.so\n" + OURS, "pam-first-factor",
         finger="out", **NONE_TYPED),
    sshd("sshd-u2f-behind-key", "auth requisite pam_u2f.so\n" + OURS,
         methods=KEY, finger_key="IN", finger="out", **NONE_TYPED),
    sshd("sshd-redhat", "auth substack PART\n" + OURS, "pam-after-failure",
         part=LOCAL, wrong="OUT", key="OUT"),
)

OUT = {"right": "out", "miscode": "out"}
LATE = {"right": "OUT"}
# How libpam reads bytes.
BYTES = (
    row("crlf", "auth requisite pam_unix.so\r\n" + OURS, "pam-broken "
        "pam-module pam-unreached", words="sed -i", **OUT),
    row("crlf-between", GUARD + "\r\n" + OURS, "pam-broken",
        words="sed -i", **LATE),
    row("crlf-argument", "auth requisite pam_unix.so nullok\r\n" + OURS,
        "pam-broken", words="sed -i"),
    row("blank-behind-backslash", "auth requisite \\ \n pam_unix.so \\\t\n"
        " nullok\n" + OURS),
    row("backslash-at-the-end", GUARD + OURS + "auth optional pam_permit.so "
        "\\\n# a comment\nauth optional pam_permit.so\n", "pam-broken"),
    row("long-comment", "#" + 1100 * "x" + "\n" + GUARD + OURS, "pam-broken",
        words="1,023", **LATE),
    row("no-blank-in-control", "auth [success=1default=ignore] pam_unix.so\n"
        "auth requisite pam_deny.so\n" + OURS),
    row("isa", "auth required /lib/security/$ISA/pam_env.so\n" + GUARD + OURS,
        "pam-module", words="write pam_env.so", **LATE),
    row("isa-remedied", "auth required pam_env.so\n" + GUARD + OURS),
)

# No stage of auth.
STAGES = tuple(
    row("%s-in-auth" % name, "auth %s %s.so\n" % (control, name) + GUARD
        + OURS, "pam-module", words='write optional in place of "%s"'
        % control.strip("[]"), right=right, miscode=right)
    for name, control, right in (
        ("pam_time", "required", "OUT"), ("pam_limits", "required", "OUT"),
        ("pam_mkhomedir", "[success=ok default=bad]", "OUT"))) + (
    # a jump counts it, so it must stay
    row("limits-jumped-over", "auth [success=2 default=ignore] pam_unix.so\n"
        "auth required pam_limits.so\nauth requisite pam_deny.so\n" + OURS,
        "pam-module", words='write optional in place of "required"'),
    row("optional-limits", GUARD + OURS + "auth optional pam_limits.so\n"),)

# As vendors' pages, distributions and forums have them.
ARCH_HOME = """auth required pam_faillock.so preauth FAILLOCK
-auth [success=2 default=ignore] pam_systemd_home.so
auth [success=1 default=bad] pam_unix.so try_first_pass nullok
auth [default=die] pam_faillock.so authfail FAILLOCK
auth optional pam_permit.so
auth required pam_env.so
auth required pam_faillock.so authsucc FAILLOCK
"""
SUSE = """auth required pam_env.so
auth optional pam_gnome_keyring.so
auth required pam_unix.so try_first_pass
"""
AMAZON = LOCAL.replace("nullok", "nullok try_first_pass")
SEEN = (
    row("duo-requisite", "auth requisite pam_duo.so\n" + OURS,
        "pam-first-factor", **OUT),
    row("duo-after-unix", "auth requisite pam_unix.so\n"
        "auth [success=1 default=ignore] pam_duo.so\n"
        "auth requisite pam_deny.so\n" + OURS, **OUT),
    row("duo-sufficient", "auth requisite pam_unix.so\n"
        "auth sufficient pam_duo.so\nauth required pam_deny.so\n" + OURS,
        right="OUT", miscode="OUT"),
    row("gdm-fedora", "auth [success=ok ignore=ignore default=bad] "
        "pam_nologin.so\nauth substack PART\n"
        "auth optional pam_gnome_keyring.so\n" + OURS, "pam-after-failure",
        part=LOCAL, wrong="OUT"),
    row("gdm-debian", "auth requisite pam_nologin.so\n"
        "auth required pam_succeed_if.so user != root quiet_success\n"
        "auth optional pam_gdm.so\nauth optional pam_gnome_keyring.so\n"
        "@include PART\n" + OURS, part=DEBIAN),
    row("gdm-ubuntu-behind", "auth requisite pam_nologin.so\n@include PART\n"
        "auth optional pam_gnome_keyring.so\n" + OURS, part=DEBIAN),
    row("cockpit", "auth substack PART\nauth optional pam_ssh_add.so\n"
        + OURS, "pam-after-failure", part=LOCAL, wrong="OUT"),
    row("cockpit-cert", "-auth [success=done new_authtok_reqd=done "
        "default=ignore] pam_cockpit_cert.so\nauth include PART\n" + OURS,
        part=DEBIAN),
    row("krb5-ubuntu", """auth [success=2 default=ignore] pam_krb5.so minimum_uid=1000
auth [success=1 default=ignore] pam_unix.so nullok try_first_pass
auth requisite pam_deny.so
auth required pam_permit.so
auth optional pam_cap.so
""" + OURS, directory="IN"),
    row("krb5-sufficient", "auth sufficient pam_krb5.so\n"
        "auth required pam_unix.so use_first_pass\n" + OURS,
        "pam-bypass pam-after-failure", wrong="OUT", directory="in"),
    row("krb5-freebsd", "auth sufficient pam_krb5.so no_warn try_first_pass\n"
        "auth required pam_unix.so no_warn try_first_pass nullok\n" + OURS,
        "pam-bypass pam-after-failure", wrong="OUT", directory="in"),
    row("winbind-redhat", "auth substack PART\n" + OURS, "pam-after-failure",
        part=SSSD.replace("pam_sss", "pam_winbind"), wrong="OUT",
        directory="IN"),
    row("winbind-required", "auth required pam_winbind.so krb5_auth\n" + OURS,
        "pam-after-failure", right="OUT", wrong="OUT", directory="IN"),
    row("arch-home", "auth include PART\n" + OURS, part=ARCH_HOME),
    row("arch-login", "auth requisite pam_nologin.so\nauth include PART\n"
        + OURS, part=ARCH_HOME),
    row("arch-substack", "auth substack PART\n" + OURS, "pam-after-failure",
        part=ARCH_HOME, wrong="OUT", words="write include"),
    row("suse-common-pc", "auth include PART\n" + OURS, "pam-after-failure",
        part=SUSE, wrong="OUT", words='write requisite in place of "required"'),
    row("suse-substack", "auth substack PART\n" + OURS, "pam-after-failure",
        part=SUSE, wrong="OUT"),
    row("suse-ldap", "auth include PART\n" + OURS, "pam-bypass "
        "pam-after-failure", part="auth required pam_env.so\n"
        "auth sufficient pam_unix.so try_first_pass\n"
        "auth required pam_ldap.so use_first_pass\n", right="in",
        miscode="in", wrong="OUT", directory="IN"),
    row("amazon", "auth substack PART\n" + OURS, "pam-after-failure",
        part=AMAZON, wrong="OUT"),
    row("amazon-include", "auth include PART\n" + OURS, "pam-bypass "
        "pam-after-failure", part=AMAZON, right="in", wrong="OUT", miscode="in"),
    row("radius", "auth requisite pam_radius_auth.so\n" + OURS,
        right="out", miscode="out", directory="IN"),
    row("radius-sufficient", "auth sufficient pam_radius_auth.so\n"
        "@include PART\n" + OURS, "pam-bypass", part=DEBIAN.replace(
            "nullok", "nullok try_first_pass"), directory="in"),
    row("radius-server", "@include PART\n" + OURS + "account required pam_permit.so\n",
        part=DEBIAN),
    row("yubico-first", "auth sufficient pam_yubico.so id=1\n"
        "@include PART\n" + OURS, "pam-bypass", part=DEBIAN.replace(
            "nullok", "nullok try_first_pass"), directory="in"),
    row("yubico-required", "auth required pam_yubico.so id=1\n"
        "auth required pam_unix.so use_first_pass\n" + OURS,
        "pam-after-failure", right="OUT", wrong="OUT", miscode="OUT"),
    row("oath-behind", GUARD + "auth required pam_oath.so window=20\n" + OURS,
        "pam-after-failure", right="OUT"),
    row("u2f-nouserok", GUARD + "auth required pam_u2f.so nouserok\n" + OURS,
        "pam-after-failure", right="OUT", password_finger="IN"),
    row("u2f-cue-sufficient-behind", DEBIAN + "auth sufficient pam_u2f.so cue\n"
        + OURS, password_finger="in"),
    row("fprintd-fedora", "auth substack PART\n" + OURS, "pam-first-factor "
        "pam-after-failure", part=LOCAL.replace("auth sufficient", "auth "
        "sufficient pam_fprintd.so\nauth sufficient", 1), wrong="OUT"),
    row("su-debian", "auth sufficient pam_rootok.so\n@include PART\n" + OURS,
        part=DEBIAN, uid=1000, service="su"),
    row("sudo-timestamp", "auth sufficient pam_timestamp.so\n" + GUARD + OURS,
        "pam-bypass"),
    row("exec-otp", GUARD + "auth requisite pam_exec.so expose_authtok quiet "
        "/bin/true\n" + OURS),
    row("listfile", "auth requisite pam_listfile.so item=user sense=deny "
        "file=/nonexistent onerr=succeed\n" + GUARD + OURS),
    row("tally", "auth required pam_faillock.so preauth FAILLOCK\n"
        "auth [success=2 new_authtok_reqd=2 default=ignore] pam_unix.so\n"
        "auth [default=die] pam_faillock.so authfail FAILLOCK\n"
        "auth requisite pam_deny.so\n" + OURS),
    row("access", "auth required pam_access.so\n" + GUARD + OURS),
    row("group-skip", "auth [success=ignore default=1] pam_succeed_if.so user "
        "ingroup root\n" + GUARD + OURS, **OUT),
    row("permit-behind", GUARD + OURS + "auth sufficient pam_permit.so\n"),
    row("two-of-ours", GUARD + OURS + OURS, "pam-twice", right="IN"),
    row("zfs", "auth optional pam_zfs_key.so\n" + GUARD + OURS),
)
# What PAM cannot read, and the change that was tried.
BROKEN = (
    row("type-misspelt", "auht required pam_env.so\n" + GUARD + OURS,
        "pam-broken", words='write auth in place of "auht"', **LATE),
    row("control-misspelt", "auth requird pam_unix.so\n" + OURS,
        "pam-broken", words='write requisite in place of "requird"', wrong="OUT",
        **LATE),
    row("env-misspelt", "auth requird pam_env.so\n" + GUARD + OURS,
        "pam-broken", words='write required in place of "requird"', **LATE),
    row("jump-misspelt", "auth [succes=1 default=ignore] pam_unix.so\n"
        "auth requisite pam_deny.so\n" + OURS, "pam-broken",
        words='write [success=1 default=ignore] in place of', **OUT),
    row("include-misspelt", "@include include-mispelt-part\n" + OURS,
        "pam-broken", part=DEBIAN, words="write include-misspelt-part",
        **OUT),
    row("include-gone", GUARD + "@include nosuch\n" + OURS, "pam-broken",
        words="put # before it", **OUT),
    row("no-module", GUARD + OURS + "auth required\n", "pam-broken",
        words="put # before it", right="OUT"),
    row("opens-if-corrected", "auth requisite pam_unix.so\n"
        "auth requird pam_env.so\nauth optional OURS\n", "pam-broken", words="by-hand", **LATE),
    row("gone-and-optional", "auth required pam_gone.so\n"
        "auth requisite pam_unix.so\nauth optional OURS\n", "pam-module", words="by-hand", **LATE),
    row("swallowed", GUARD + "auth optional pam_permit.so \\ \n\n" + OURS,
        "pam-broken pam-missing", right="in", miscode="in"),
    row("denied-by-deny", "auth required pam_deny.so\n" + GUARD + OURS,
        "pam-lockout", right="OUT"),
)

LAN = "pam_access.so accessfile=/etc/security/lan.conf\n"
AWAY = "pam_listfile.so item=user sense=allow file=/nonexistent onerr=fail\n"
# Lines that skip ours or lead too far, gates, and other modules for codes.
SKIPS = (
    row("lan-skips", "@include PART\nauth [success=1 default=ignore] " + LAN
        + OURS, "pam-bypass", part=DEBIAN, lan="in", lan_miscode="in",
        words='from = ["NETWORK"]; action = "skip"'),
    row("lan-is-sufficient", GUARD + "auth sufficient " + LAN + OURS,
        "pam-bypass", lan="in", lan_miscode="in", words='action = "skip"'),
    row("lan-skips-google-too", DEBIAN + "auth [success=2 default=ignore] "
        + LAN + "auth requisite pam_google_authenticator.so\n" + OURS,
        "pam-bypass", right="out", miscode="", google="IN", lan="in",
        lan_miscode="in", words='action = "skip"'),
    row("group-skips", DEBIAN + "auth [success=1 default=ignore] "
        "pam_succeed_if.so user ingroup root\n" + OURS, "pam-bypass",
        words='groups = ["GROUP"]; action = "skip"'),
    row("list-skips", DEBIAN + "auth [success=1 default=ignore] " + AWAY
        + OURS, "pam-bypass", words="write optional"),
    row("lan-without-verdict", GUARD + "auth [success=1 default=ignore] "
        + LAN + OURS, "pam-lockout", lan="out", lan_miscode="out",
        words="write optional"),
    row("lan-leads-too-far", GUARD + OURS + "auth [success=1 default=ignore] "
        + LAN, "pam-lockout", lan="OUT", lan_miscode="OUT",
        words="write optional"),
    row("lan-leads-further", GUARD + OURS + "auth [success=2 default=ignore] "
        + LAN + "auth optional pam_permit.so\n", "pam-lockout", lan="OUT",
        lan_miscode="OUT", words="write optional"),
    row("gate-leads-too-far", GUARD + OURS + "auth [success=1 default=bad] "
        "pam_geoip.so\n", "pam-lockout", right="OUT", refused="OUT",
        words="write [success=ok default=bad]"),
    row("gate-is-done", GUARD + "auth [success=done default=bad] pam_geoip.so\n"
        + OURS, "pam-bypass", right="in", miscode="in", refused="OUT",
        words="put the line of pam_twofa before"),
    row("gate-in-front", "auth requisite pam_geoip.so\n"
        "auth required pam_unix.so\n" + OURS, "pam-after-failure",
        wrong="OUT", refused="out"),
    row("u2f-skips", DEBIAN + "auth [success=1 default=ignore] pam_u2f.so cue\n"
        + OURS, password_finger="in"),
    row("google-or-ours", GUARD + "auth sufficient "
        "pam_google_authenticator.so\n" + OURS, google="in"),
    row("ours-or-google", GUARD + "auth [success=done default=ignore] OURS\n"
        "auth required pam_google_authenticator.so\n", google="IN"),
    row("google-instead-of-password", "auth sufficient "
        "pam_google_authenticator.so\n" + GUARD + OURS, "pam-bypass",
        google="in"),
    row("sssd-2023", "auth substack PART\n"
        "auth requisite pam_unix.so use_first_pass\n"
        "auth requisite pam_sss.so use_first_pass\n" + OURS, "pam-lockout",
        part=SSSD.replace("isregular", "issystem"), right="out",
        miscode="out", directory="out",
        words="write [success=1 default=ignore]"),
    row("sss-not-again", "auth substack PART\n"
        "auth requisite pam_unix.so use_first_pass\n" + OURS, "pam-lockout",
        part=SSSD, directory="out", words="pam_sss.so only"),
    row("ticket", GUARD + "auth optional pam_krb5.so use_first_pass\n"
        + OURS),
    row("winbind-unknown-ok", "auth required pam_winbind.so unknown_ok\n"
        + OURS, "pam-password-optional", right="OUT", wrong="OUT",
        directory="IN", stranger="IN"),
    row("required-is-not-enough", "auth requisite pam_unix.so\n" + OURS
        + "auth [default=reset] " + LAN + "auth required pam_permit.so\n",
        "pam-bypass", miscode="IN", words="write requisite"),
)

ROWS = DISTRIBUTIONS + OPTIONAL + FAILURES + BYPASSES + LOCKOUTS + QUIET \
    + SSHD + CIRCLES + BYTES + STAGES + SEEN + BROKEN + SKIPS
