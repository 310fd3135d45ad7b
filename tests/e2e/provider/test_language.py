# SPDX-License-Identifier: BSD-2-Clause
"""The language of messages: of twofa.conf, of a user's file, of an import; as
each vendor names it."""

import json
import os

import pytest

import stage
import vendors
from ctl import call, done, record, refused
from phones import NUMBERS

TRANSPORTS = ("spawn",)

FILE = "/run/languages.csv"
NAMED = {"vonage-verify": ("lg", "pt-br"),
         "vonage-verify-v2": ("locale", "pt-br"),
         "twilio-verify": ("Locale", "pt-BR"),
         "telnyx-verify": (None, None), "telnyx-sms": (None, None)}


@pytest.fixture(autouse=True)
def _each(_ready):
    yield
    if os.path.exists(FILE):
        os.unlink(FILE)


def started(quick, sim):
    """The fields of the start of one login."""
    login = quick.login()
    login.prompt("Verification code sent")
    login.hang_up()
    return [r["fields"] for r in sim.requests() if r["endpoint"] == "start"][-1]


@pytest.mark.parametrize("kind", NAMED)
def test_as_each_vendor_names_it(settings, sim, quick, kind):
    vendors.Vendor(kind, settings, sim)
    settings.set(language="pt-BR")
    key, name = NAMED[kind]
    fields = started(quick, sim)
    assert fields.get(key) == name
    assert not {"lg", "locale", "Locale", "language"} & set(fields) - {key}


def test_a_users_own(settings, sim, quick):
    """Prompts stay English."""
    settings.set(language="fr")
    settings.user("alice", phone=NUMBERS["alice"], language="de")
    assert started(quick, sim)["lg"] == "de-de"
    assert [line.split()[1] for line in done("show", "alice").splitlines()
            if line.startswith("language")] == ["de"]


@pytest.mark.parametrize("text", ["xx", "de-de", "DE", "", "de; x"])
def test_an_unknown_one_is_refused_with_the_list(settings, text):
    settings.raw_user("alice", 'phone = "%s";\nlanguage = "%s";\n' % (
        NUMBERS["alice"], text))
    ended = call("check")
    assert ended.returncode == 3 and "language: " in ended.stderr
    assert '"ar", "cs", "da"' in ended.stderr and '"zh-CN"' in ended.stderr


def test_import(settings, sim):
    with open(FILE, "w", encoding="utf-8") as out:
        out.write("user,phone,language\ncarol,%s,pt-BR\nroot,+447700900999,\n"
                  % NUMBERS["carol"])
    done("import", FILE)
    assert record(settings, "carol").endswith('language = "pt-BR";\n')
    assert "language" not in record(settings, "root")
    with open(FILE, "w", encoding="utf-8") as out:
        out.write("user,phone,language\ncarol,%s,de-de\n" % NUMBERS["carol"])
    refused(call("import", FILE, "--replace"), 2, "language: ", "ar cs da")


def test_it_is_of_both_vendors_lists():
    """Vonage's enum, where its document is."""
    folder = os.environ.get("TWOFA_SHARED", os.path.join(stage.ROOT,
                                                         "../shared"))
    path = os.path.join(folder, "specs/vonage-verify-v1.json")
    if not os.path.exists(path):
        pytest.skip("no " + path)
    with open(path, encoding="utf-8") as text:
        known = json.load(text)["components"]["schemas"]["verifyRequest"][
            "properties"]["lg"]["enum"]
    with open(os.path.join(stage.ROOT, "lib/provider_types/provider_types.h"),
              encoding="utf-8") as text:
        table = text.read().split("#define PROVIDER_LANGUAGES(X)")[1].split("#define")[0]
    ours = [part.split('"')[3] for part in table.split("X(")[1:]]
    assert len(ours) == 28 and set(ours) <= set(known)
