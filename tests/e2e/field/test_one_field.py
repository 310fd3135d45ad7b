# SPDX-License-Identifier: BSD-2-Clause
"""`password,123456`: programs that ask for one field."""

import re

import pytest

from onefield import AUTH_ERR, OneField
from steps import asked, wrong

TRANSPORTS = ("spawn", "socket")


@pytest.fixture
def field(_ready, pam, syslog):
    return OneField(pam, syslog)


@pytest.fixture
def app_field(app, field):
    """clock gives the stack another helper."""
    return app


def test_password_alone(field, sim):
    field.denied("", "no-code")
    field.denied(",", "no-code")
    asked(sim)


def test_sms_then_its_code(field, sim, syslog):
    line = field.denied(",sms", "code-sent")
    assert line["method"] == "sms"
    code = sim.code("alice")
    line = field.right("," + code)
    assert (line["method"], line["tries"]) == ("sms", "1")
    asked(sim, start=1, check=1)
    assert len(sim.messages("alice")) == 1
    # once
    field.denied("," + code, "no-code")
    asked(sim, start=1, check=1)


def test_code_without_a_message(field, sim):
    """Nothing is asked of the provider."""
    field.denied(",123456", "no-code")
    asked(sim)


def test_wrong_code_then_the_right_one(field, sim):
    field.denied(",sms", "code-sent")
    code = sim.code("alice")
    field.denied("," + wrong(code), "wrong-codes")
    field.right("," + code)
    asked(sim, start=1, check=2)


def test_sms_twice_is_one_message(field, sim):
    """Too early for another one."""
    field.denied(",sms", "code-sent")
    field.denied(",sms", "code-sent")
    assert len(sim.messages("alice")) == 1
    field.right("," + sim.code("alice"))


def test_wrong_password_reaches_nothing(field, sim, syslog):
    out = field.run("answer", "not-it,sms")
    assert re.search(r"^result %d$" % AUTH_ERR, out, re.M), out
    assert not syslog.logins()
    asked(sim)
