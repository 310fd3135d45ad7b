# SPDX-License-Identifier: BSD-2-Clause
"""What a host of a fleet may not do, since it is not the administrator's
machine: refused before anybody is asked or shown anything."""

import pytest

import conf
import test_helpdesk
import test_store_postgresql
import test_store_records

TRANSPORTS = ("spawn",)

fixture_server = test_store_postgresql.fixture_server
fixture_fleet = test_store_records.fixture_fleet
desk = test_helpdesk.desk
ELSEWHERE = "that is done on the administrator's machine"


@pytest.mark.parametrize("users", ("files", "state"))
def test_the_help_desk(fleet, desk, settings, users):
    with test_helpdesk.office(settings):
        fleet.be("web01", users=users)
        for words in (("code", "--", "alice"), ("unlock", "--", "alice"),
                      ("verify", "--", "alice"), ("status", "--", "alice"), ("who",)):
            status, text = desk(*words)
            assert status == 1 and ELSEWHERE in text, text
            assert "Why" not in text and "42501" not in text, text


@pytest.mark.parametrize("words", (("totp", "alice"),
                                   ("recovery-codes", "alice")))
def test_root(fleet, settings, admin, words):
    fleet.be("web01", users="files")
    settings.user("alice", phone=conf.NUMBERS["alice"])
    status, text = admin.run(*words)
    assert status == 1 and ELSEWHERE in text, text
    assert "otpauth" not in text and "42501" not in text, text
