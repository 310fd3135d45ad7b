# SPDX-License-Identifier: BSD-2-Clause
"""Several apps and tokens of one user: each code is compared with all."""

import subprocess

import pytest

import admin as state
from app import App
from onefield import OneField
from steps import ONCE, at_prompt

TRANSPORTS = ("spawn", "socket")

APP = "Verification code of your app"
WRONG = "code was wrong"
KEYS = {letter: letter * 32 for letter in "BCDE"}


class Token:
    """Shows a code each time that its button is pressed."""

    def __init__(self, letter, digits=6):
        self._secret, self._digits = KEYS[letter], digits

    def code(self, counter):
        return subprocess.run(
            ["oathtool", "--hotp", "-b", "-d", str(self._digits), "-c",
             str(counter), self._secret],
            check=True, capture_output=True, text=True).stdout.strip()


class Long(App):
    """An app whose codes have 8 digits."""

    def code(self, steps=0):
        return Token(self.secret[0], 8).code(int(self.now()) // 30 + steps)


@pytest.fixture
def three(settings, clock, admin, sim):
    """An app, one of 8 digits, and a token whose next code is the fifth; no
    phone, and every network is down."""
    clock.set_wall(0)
    clock.set_wall(60 + 5 - int(clock.today()) % 30)
    files = {}
    for letter, key in KEYS.items():
        settings.secret(letter, key)
        files[letter] = "%s/%s" % (settings.secrets, letter)
    settings.user(
        "alice", phone=None, channels=None,
        apps=[{"secret_file": files["B"], "name": "mobile"},
              {"secret_file": files["C"], "digits": 8}],
        tokens=[{"secret_file": files["D"], "type": "hotp",
                 "serial": "GA-1234"}])
    status, out = admin.run("totp", "alice", "--resync", "3", "--counter", "5")
    assert status == 0, out
    sim.stop()
    return App(clock, KEYS["B"]), Long(clock, KEYS["C"]), Token("D")


def counters():
    """The counters of tokens in the state."""
    return [row[2] + 2 ** 40 for row in state.dump()["totp"] if row[2] < 0]


def test_each_of_them(three, sshd, syslog):
    app, long, token = three
    assert counters() == [4]
    for code in (app.code(), long.code(), token.code(5)):
        login = at_prompt(sshd.login("alice", options=ONCE), APP)
        login.answer(code)
        assert login.ended() == 0
        assert syslog.login_line(user="alice")["method"] == "totp"
        syslog.clear()
        login = at_prompt(sshd.login("alice", options=ONCE), APP)
        login.answer(code)  # once
        login.prompt(WRONG if code == token.code(5) else
                     "code was used already")
        login.hang_up()
    assert counters() == [5]


def test_sudo_by_a_token(three, terminals):
    """Up to two codes may have been shown and not typed; none goes back."""
    _, _, token = three
    sudo = at_prompt(terminals.sudo("alice"), APP)
    sudo.answer("12345")
    sudo.prompt("code has 6 or 8 digits")
    sudo.answer(token.code(8))
    sudo.prompt(WRONG + ", 2 tries left")
    sudo.answer(token.code(7))
    assert sudo.ended() == 0 and "root" in sudo.text
    sudo = at_prompt(terminals.sudo("alice"), APP)
    sudo.answer(token.code(6))
    sudo.prompt(WRONG)
    sudo.hang_up()


def test_a_token_far_ahead(three, sshd):
    """A button pressed fifty times: two codes in a row, in one login."""
    _, _, token = three
    for first, second, right in ((50, 52, False), (60, None, False),
                                 (61, None, False), (70, 71, True)):
        login = at_prompt(sshd.login("alice", options=ONCE), APP)
        login.answer(token.code(first))
        login.prompt(WRONG)
        if second is not None:
            login.answer(token.code(second))
        if right:
            assert login.ended() == 0
            break
        if second is not None:
            login.prompt(WRONG)
        login.hang_up()
    assert counters() == [71]


def test_a_wrong_code_is_one_guess(three, quick, settings):
    """Though it was compared with three secrets."""
    settings.set(limits={"lock_after": 4})
    login = quick.login()
    login.prompt(APP)
    for left in ("2 tries", "1 try"):
        login.answer("000000")
        login.prompt(WRONG + ", " + left)
    login.hang_up()
    login = quick.login()
    login.prompt(APP)
    login.answer("00000000")
    login.prompt(WRONG)
    login.answer(three[0].code())
    assert login.ended() == 0


def test_in_the_field(three, pam, syslog):
    app, long, token = three
    field = OneField(pam, syslog)
    for code in (app.code(), long.code(), token.code(5)):
        field.right("," + code)
    field.denied("," + token.code(5), "wrong-codes")
    field.denied(",1234567", "no-code")


def test_without_its_counter(three, quick, settings):
    """Another token's secret in the file: nothing is known of it."""
    settings.secret("D", KEYS["E"])
    login = quick.login()
    login.prompt(APP)
    login.answer(Token("E").code(0))
    login.prompt(WRONG)
    login.answer(three[0].code())
    assert login.ended() == 0
