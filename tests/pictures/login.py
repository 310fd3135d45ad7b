# SPDX-License-Identifier: BSD-2-Clause
"""One login over ssh, from the password to the shell: docs/login.svg."""

from svg import Picture

LAPTOP, SSHD, HELPER, PROVIDER, PHONE = 84, 314, 544, 744, 894
COLUMNS = (
    (LAPTOP, 130, "plain", ("alice's laptop", "ssh")),
    (SSHD, 190, "ours", ("sshd + pam_twofa.so", "root; only a relay")),
    (HELPER, 170, "ours", ("twofa-helper", "user twofa, no privileges")),
    (PROVIDER, 150, "plain", ("provider", "not trusted")),
    (PHONE, 126, "plain", ("alice's phone", "+1 212 555 0123")),
)
TITLE = "One login over ssh with a code from the phone"
DESC = (
    "alice's password goes to sshd. pam_unix ends the login when it is wrong. "
    "Then pam_twofa.so starts twofa-helper, which reads the rules, has the "
    "provider send a code to alice's phone and asks her for it. The provider "
    "says whether the code is right. She is let in when the helper says yes "
    "and also ends without an error. Anything else is denied.")
TOP, BOTTOM = 78, 628


def columns(picture):
    for x, _, _, _ in COLUMNS:
        picture.life(x, TOP, BOTTOM)
    for x, width, kind, (name, trust) in COLUMNS:
        picture.rect(x - width // 2, 24, width, 54, kind)
        picture.text(x, 47, name, "bold")
        picture.text(x, 67, trust, "small")


def draw():
    picture = Picture(976, 684, TITLE, DESC)
    columns(picture)
    picture.arrow(LAPTOP, SSHD, 112, "ssh alice@server, password")
    picture.box(SSHD - 100, 126, 200, ["pam_unix: is it right?",
                                       "If not, the login ends here."], "plain")
    picture.arrow(SSHD, HELPER, 196, "user, service, address",
                  "over one socket")
    picture.box(HELPER - 100, 222, 200, ["twofa.conf: does this login",
                                         "need a code? It does."], "ours")
    picture.arrow(HELPER, PROVIDER, 292, "HTTPS: send a code")
    picture.arrow(PROVIDER, PHONE, 320, "SMS: 549976")
    picture.arrow(HELPER, SSHD, 340, "ask for the code")
    picture.arrow(SSHD, LAPTOP, 356, "Verification code sent to",
                  "+1 ***-***-0123:")
    picture.arrow(PHONE, LAPTOP, 398, dashed=True)
    picture.rect(SSHD - 132, 386, 264, 24, "ground", 0)
    picture.text(SSHD, 402, "alice reads the code and types it", "small")
    picture.arrow(LAPTOP, SSHD, 436, "549976")
    picture.arrow(SSHD, HELPER, 436, "549976")
    picture.arrow(HELPER, PROVIDER, 452, "HTTPS: is it 549976?")
    picture.arrow(PROVIDER, HELPER, 484, "yes", dashed=True)
    picture.arrow(HELPER, SSHD, 508, "allow, and exit status 0")
    picture.box(SSHD - 100, 522, 200, ["Is it allowed, and did the",
                                       "helper end without error?"], "ours")
    picture.arrow(SSHD, LAPTOP, 600, "alice@server:~$")
    picture.box(20, 640, 936, [
        "Anything else is denied: a wrong code, no reply, an error in the "
        "settings, a crash. The log says why and how to fix it."], "bad")
    return str(picture)
