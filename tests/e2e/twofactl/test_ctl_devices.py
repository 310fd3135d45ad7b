# SPDX-License-Identifier: BSD-2-Clause
"""Several phones of a user: added by a code, shown, removed, told of."""

import json
import urllib.parse

import pytest

import gateway
from ctl import call, done, record, refused, typed
from phones import NUMBERS

TRANSPORTS = ("spawn", "socket")

ONE, TWO, THREE = NUMBERS["alice"], "+447700900400", "+442079460500"
LIST = ('phones = ( { number = "%s"; }, { number = "%s"; } );' % (ONE, TWO))


@pytest.fixture(autouse=True)
def _each(_ready):
    yield


def test_add(terminals, settings, sim, admin, quick):
    """The new phone is proven, and no other in its place."""
    settings.raw_user("alice", '# hers\nphone = "%s"; # mobile\n' % ONE)
    asked = typed(terminals, "enroll", "alice", TWO, "--add")
    prompt = asked.prompt(r"code sent to .*\*\*\*-0400")
    assert "n other" not in prompt
    asked.answer("n")
    asked.prompt("that key does not work here")
    asked.answer(sim.code(TWO))
    assert asked.ended() == 0, asked.text
    assert not sim.messages(ONE)
    assert record(settings, "alice") == "# hers\n%s # mobile\n" % LIST
    assert admin.do("show", "alice", "--full").splitlines()[1:4] == [
        "phone      " + ONE, "device 1  phone  %-17s" % ONE,
        "device 2  phone  %-17s" % TWO]
    found = json.loads(admin.do("show", "alice", "--json", "--full"))
    assert [phone["number"] for phone in found["phones"]] == [ONE, TWO]
    out = admin.do("list", "--devices")
    assert "alice 1  phone  +44 ***-***-0100" in out
    assert "alice 2  phone  +44 ***-***-0400" in out
    assert "bob   1  phone  +44 ***-***-0200" in out
    login = quick.login()
    assert "n other phone" in login.prompt("code sent to .*0100")
    login.hang_up()


def test_replace_the_only_one(settings):
    """Of a list that had more."""
    settings.raw_user("alice", '# hers\n%s # mobile\n' % LIST)
    done("remove", "alice", "--device", "2", "--yes")
    done("enroll", "alice", THREE, "--replace", "--no-verify")
    assert record(settings, "alice") == (
        '# hers\nphone = "%s"; # mobile\n' % THREE)


def test_replace_one_of_several(settings, tmp_path):
    """Which of them is lost only the admin knows; a number that is one of them
    changes nothing."""
    settings.raw_user("alice", LIST)
    before = record(settings, "alice")
    said = ("alice has several phones", "twofactl remove alice --device N",
            "enroll --add")
    refused(call("enroll", "alice", THREE, "--replace", "--no-verify"), 2,
            *said)
    table = tmp_path / "staff.csv"
    table.write_text("user,phone\nalice,%s\n" % THREE, encoding="ascii")
    refused(call("import", str(table), "--replace"), 2, *said)
    table.write_text("user,phone\nalice,%s\n" % TWO, encoding="ascii")
    assert "1 unchanged" in done("import", str(table))
    assert record(settings, "alice") == before


def test_replace_beside_a_comment(settings):
    """A phone that an administrator commented out is none."""
    text = 'phones = ( { number = "%s"; } # was { number = "%s"; }\n);\n'
    for new in (TWO, THREE):
        settings.raw_user("alice", text % (ONE, TWO))
        done("enroll", "alice", new, "--replace", "--no-verify")
        assert record(settings, "alice") == 'phone = "%s";\n' % new


def test_replace_a_persons(settings):
    person = 'people = ( { name = "anna"; %s }, { name = "ben"; %s } );'
    settings.raw_user("alice", person % (
        'phones = ( { number = "%s"; } );' % TWO, LIST))
    done("enroll", "alice", THREE, "--person", "anna", "--replace",
         "--no-verify")
    assert record(settings, "alice").rstrip() == person % (
        'phone = "%s";' % THREE, LIST)
    refused(call("enroll", "alice", THREE, "--person", "ben", "--replace",
                 "--no-verify"), 2, "several phones")


def test_one_is_removed_while_another_is_added(terminals, settings, sim):
    """It does not come back."""
    settings.raw_user("alice", LIST)
    asked = typed(terminals, "enroll", "alice", THREE, "--add")
    asked.prompt(r"code sent to .*\*\*\*-0500")
    done("remove", "alice", "--device", "1", "--yes")
    asked.answer(sim.code(THREE))
    assert asked.ended() == 1
    assert "was changed meanwhile; run this again" in asked.text
    assert record(settings, "alice") == (
        'phones = ( { number = "%s"; } );\n' % TWO)


def test_one_is_added_while_another_is_removed(terminals, settings):
    settings.raw_user("alice", LIST)
    asked = typed(terminals, "remove", "alice", "--device", "1")
    asked.expect(r"\[y/N\] ")
    done("enroll", "alice", THREE, "--add", "--no-verify")
    asked.answer("y")
    assert asked.ended() == 0
    text = record(settings, "alice")
    assert ONE not in text and TWO in text and THREE in text


def test_it_is_removed_twice(terminals, settings):
    settings.raw_user("alice", LIST)
    asked = typed(terminals, "remove", "alice", "--device", "1")
    asked.expect(r"\[y/N\] ")
    done("remove", "alice", "--device", "1", "--yes")
    asked.answer("y")
    assert asked.ended() == 1
    assert "was changed meanwhile; run this again" in asked.text
    assert record(settings, "alice") == (
        'phones = ( { number = "%s"; } );\n' % TWO)


@pytest.mark.parametrize("text, number, words", [
    ('phone = "%s";' % ONE, ONE, "alice has this phone already"),
    ('email = "a@example.org";', TWO, "has no phone yet: leave --add out"),
    ('phones = ( %s );' % ", ".join(
        '{ number = "%s%d"; }' % (THREE[:-1], n) for n in range(3)), TWO,
     "has three phones already"),
    (None, TWO, "has no phone yet")])
def test_add_refused(settings, text, number, words):
    if text is None:
        settings.forget("alice")
    else:
        settings.raw_user("alice", text)
    refused(call("enroll", "alice", number, "--add", "--no-verify"), 1, words)
    assert record(settings, "alice") == text


def test_remove(settings, terminals, admin):
    settings.raw_user("alice", LIST)
    refused(call("remove", "alice", "--device", "1"), 2, "add --yes")
    for device in ("3", "0", "1x", "-1"):
        refused(call("remove", "alice", "--device", device, "--yes"), 1,
                "alice has no such device; see: twofactl show alice")
    asked = typed(terminals, "remove", "alice", "--device", "1")
    asked.expect(r"Remove the phone \+44 \*\*\*-\*\*\*-0100\? \[y/N\] ")
    asked.answer("y")
    assert asked.ended() == 0
    assert record(settings, "alice") == (
        'phones = ( { number = "%s"; } );\n' % TWO)
    refused(call("remove", "alice", "--device", "1", "--yes"), 1,
            "alice has no other phone; see: twofactl remove alice")
    admin.do("check")


@pytest.mark.parametrize("channels, left", (
    ('["totp"]', '["sms"]'),
    ('["totp", "voice"]', '["voice"]'),
    ('["voice"]', '["voice"]'),
))
def test_remove_the_only_app(settings, admin, quick, sim, channels, left):
    """It is no channel any more; the phone is."""
    settings.secret("app", "JBSWY3DPEHPK3PXP")
    settings.raw_user("alice", 'phone = "%s"; totp_secret_file = "%s/app"; '
                      'channels = %s;' % (ONE, settings.secrets, channels))
    done("remove", "alice", "--device", "2", "--yes")
    text = record(settings, "alice")
    assert "channels = %s;" % left in text and "secret" not in text, text
    login = quick.login()
    login.prompt("Verification code(: calling| sent to) .*0100")
    login.hang_up()


def test_remove_from_a_broken_record(settings):
    """Which device is meant nobody knows."""
    text = ('apps = ( { secret_file = "/etc/twofa/secrets/gone"; } ); '
            'phone = "%s";' % ONE)
    settings.raw_user("alice", text)
    for device in "1", "2":
        refused(call("remove", "alice", "--device", device, "--yes"), 3,
                "the record cannot be read; fix it by: twofactl edit alice")
    assert record(settings, "alice") == text


def test_of_a_person(settings, admin):
    settings.raw_user("alice", 'people = ( { name = "anna"; phone = "%s"; }, '
                      '{ name = "ben"; phone = "%s"; } );' % (ONE, THREE))
    done("enroll", "alice", TWO, "--add", "--no-verify", "--person", "anna")
    assert record(settings, "alice") == (
        'people = ( { name = "anna"; %s }, { name = "ben"; phone = "%s"; } );\n'
        % (LIST, THREE))
    done("remove", "alice", "--person", "anna", "--device", "2", "--yes")
    assert '{ number = "%s"; } );' % ONE in record(settings, "alice")


def test_all_phones_are_told(settings, sim):
    """Of a new phone, of one less (that one, too), of a recovery code."""
    server = gateway.Gateway(sim.certs, lambda *_: (200, ""))
    settings.secret("gateway", "s3cret")
    settings.set(alert_owner=True, providers=[
        {"name": "gateway", "type": "http-sms", "base_url": server.url,
         "path": "/send", "ca_file": sim.certs.ca,
         "auth_header": "X-Api-Key",
         "auth_secret_file": settings.secrets + "/gateway",
         "body": "to=%phone%&text=%text%"}])
    settings.raw_user("alice", 'phone = "%s";' % ONE)

    def told():
        found = [urllib.parse.parse_qs(body)["to"][0]
                 for _, _, body in server.asked]
        server.asked.clear()
        return found
    try:
        done("enroll", "alice", TWO, "--add", "--no-verify")
        assert told() == [ONE, TWO]
        done("remove", "alice", "--device", "1", "--yes")
        assert told() == [TWO, ONE]
    finally:
        server.stop()
