# SPDX-License-Identifier: BSD-2-Clause
"""People who share an account: twofactl with --person."""

import json
import os
import pwd
import subprocess

import pytest

from ctl import call, done, record, records, refused, typed
from phones import NUMBERS

TRANSPORTS = ("spawn",)

ANNA = NUMBERS["carol"]
KEY = "SHA256:" + "A" * 43
CA = "SHA256:" + "B" * 42 + "E"
ONE = ('people = (\n  {\n    name = "anna";\n    key = "%s";\n'
       '    phone = "%s";\n  }\n);\n' % (KEY, ANNA))
BOTH = ('# theirs\npeople = (\n  { name = "anna"; phone = "%s"; }, # one\n'
        '  { name = "ben"; user = "bob"; }\n);\n' % ANNA)
ADD = ("enroll", "carol", "--person", "anna", "--key", KEY)


@pytest.fixture(autouse=True)
def _each(_ready):
    yield


def test_enroll_the_first(terminals, settings, sim, syslog):
    """A code goes to the person; only a right one makes the file."""
    asked = typed(terminals, *ADD, "--phone", ANNA)
    asked.prompt("Verification code sent")
    assert record(settings, "carol") is None
    asked.answer(sim.code("carol"))
    assert asked.ended() == 0, asked.text
    assert "anna of carol is enrolled with " + ANNA in asked.text
    assert record(settings, "carol") == ONE
    syslog.wait_for("twofactl: event=enrolled user=carol//anna enroll by uid=0")
    found = os.stat(settings.user_file("carol"))
    assert (found.st_uid, found.st_gid) == (0, 990)


def test_enroll_with_a_wrong_code(terminals, settings, sim):
    asked = typed(terminals, *ADD, ANNA)
    asked.prompt("Verification code sent")
    sim.advance(31)  # Vonage cancels nothing before
    asked.answer("q")
    assert asked.ended() == 1, asked.text
    assert "nothing was changed: anna of carol is not enrolled" in asked.text
    assert record(settings, "carol") is None
    assert sim.messages()


def test_enroll_the_others(settings, sim):
    """Nothing of the file is lost; a user's own factors need no code."""
    settings.raw_user("carol", "# shared\n" + ONE + "enabled = true; # yes\n")
    done("enroll", "carol", "--person", "ben", "--user", "bob",
         "--cert-id", "ben@example.org", "--ca", CA)
    assert record(settings, "carol") == (
        "# shared\n" + ONE[:-4] +
        ', {\n    name = "ben";\n    cert_id = "ben@example.org";\n'
        '    ca = "%s";\n    user = "bob";\n  }\n);\n' % CA +
        "enabled = true; # yes\n")
    assert not sim.messages()
    shown = json.loads(done("show", "carol", "--person", "ben", "--json"))
    assert (shown["user"], shown["person"]) == ("carol", "ben")
    assert shown["factors_of"] == "bob" and shown["ca"] == CA
    assert "0200" in shown["phone"]


def test_enroll_by_a_file(settings, tmp_path):
    """A key or a certificate as ssh-keygen has written it."""
    def keygen(*words):
        subprocess.run(["ssh-keygen", "-q", *words], check=True,
                       cwd=tmp_path, stdin=subprocess.DEVNULL)

    def print_of(name):
        return subprocess.run(["ssh-keygen", "-l", "-f", name], cwd=tmp_path,
                              check=True, capture_output=True,
                              text=True).stdout.split()[1]

    for name in ("anna", "ben", "ca"):
        keygen("-t", "ed25519", "-N", "", "-f", name)
    keygen("-s", "ca", "-I", "ben@example.org", "-n", "carol", "ben.pub")
    done("enroll", "carol", "--person", "anna", "--no-verify", ANNA,
         "--key", str(tmp_path / "anna.pub"))
    done("enroll", "carol", "--person", "ben", "--no-verify", "--user", "bob",
         "--key", str(tmp_path / "ben-cert.pub"))
    text = record(settings, "carol")
    assert 'key = "%s";' % print_of("anna.pub") in text
    assert 'cert_id = "ben@example.org";' in text
    assert 'ca = "%s";' % print_of("ca.pub") in text
    for name, words in (("anna", "neither an ssh public key"),
                        ("none", "No such file"),
                        (".", "Invalid argument")):
        refused(call("enroll", "carol", "--person", "eve", ANNA, "--key",
                     str(tmp_path / name)), 2, words)
    refused(call("enroll", "carol", "--person", "eve", ANNA, "--ca",
                 str(tmp_path / "ben-cert.pub"), "--cert-id", "x"), 2,
            "is a certificate")
    assert record(settings, "carol") == text


def test_enroll_refuses(settings, sim):
    settings.raw_user("carol", BOTH)
    before = record(settings, "carol")
    new = ("--person", "eve", "--no-verify")
    for status, words, said in (
            (2, ("carol", ANNA), ["shared by 2 people", "--person anna"]),
            (1, ("carol", ANNA, "--person", "anna", "--key", KEY),
             ["anna of carol is already enrolled", "--replace",
              "twofactl show carol --person anna"]),
            (2, ("carol", ANNA, "--person", "a/b"), ["not a person's name"]),
            (2, ("carol", ANNA, *new, "--key", "SHA256:x"),
             ["not a fingerprint"]),
            (2, ("carol", ANNA, *new, "--cert-id", "a b", "--ca", CA),
             ["cert_id"]),
            (2, ("carol", *new), ["no number"]),
            (2, ("carol", ANNA, *new, "--phone", ANNA), ["there already"]),
            (3, ("carol", *new, "--user", "eve"), ["has no file"]),
            (3, ("carol", ANNA, *new, "--cert-id", "x"), ["cert_id and ca"]),
            (2, ("carol", "--person", "anna", "--replace"),
             ["say what to change"]),
            (1, ("alice", ANNA, "--person", "anna"),
             ["a second factor of its own", "twofactl remove alice"]),
            (2, ("alice", ANNA, "--key", KEY), ["add --person"]),
            (2, ("nobody-here", ANNA, "--person", "anna"), ["no account"])):
        refused(call("enroll", *words), status, *said)
        assert record(settings, "carol") == before
    assert not sim.messages()


def test_replace(terminals, settings, sim):
    """Another key of hers; ben and the comments stay."""
    settings.raw_user("carol", BOTH)
    asked = typed(terminals, *ADD, "--replace")
    asked.prompt("Verification code sent")
    asked.answer(sim.code("carol"))
    assert asked.ended() == 0, asked.text
    assert record(settings, "carol") == BOTH.replace(
        '"%s"; }' % ANNA, '"%s"; key = "%s"; }' % (ANNA, KEY))


def test_who_is_meant(settings):
    """Without a person the command says which there are."""
    settings.raw_user("carol", BOTH)
    for command in ("show", "totp", "push", "recovery-codes"):
        refused(call(command, "carol"), 2, "carol is shared by 2 people",
                "twofactl %s carol --person anna" % command,
                "twofactl %s carol --person ben" % command)
        refused(call(command, "carol", "--person", "eve"), 2,
                "eve is not one of the people of carol", "--person anna")
        refused(call(command, "alice", "--person", "anna"), 2,
                "alice is not shared by people")
    refused(call("status", "--person", "anna"), 2)
    refused(call("check", "--person", "anna"), 2, "takes no --person")


def test_show_and_list(settings):
    settings.raw_user("carol", BOTH)
    out = done("show", "carol", "--person", "anna")
    assert "person     anna\n" in out and "typed at the prompt" in out
    assert ANNA not in out
    assert ANNA in done("show", "carol", "--person", "anna", "--full")
    out = done("list")
    assert [line.split()[0] for line in out.splitlines()] == [
        "USER", "alice", "bob", "carol//anna", "carol//ben"]
    users = json.loads(done("list", "--json"))["users"]
    assert [(u["user"], u.get("person")) for u in users] == [
        ("alice", None), ("bob", None), ("carol", "anna"), ("carol", "ben")]


def test_codes_of_each(settings, syslog):
    """A person's own; of one with a user's factors they are that user's."""
    settings.raw_user("carol", BOTH)
    codes = json.loads(done("recovery-codes", "carol", "--person", "anna",
                            "--count", "3", "--json"))["codes"]
    assert len(codes) == 3
    syslog.wait_for("twofactl: recovery-codes user=carol//anna by uid=0")
    assert "3 recovery codes left" in done(
        "recovery-codes", "carol", "--person", "anna", "--left")
    ended = call("recovery-codes", "carol", "--person", "ben", "--count", "2")
    assert ended.returncode == 0, ended
    assert "ben of carol has the factors of the user bob" in ended.stderr
    assert "bob: 2 recovery codes left" in done(
        "recovery-codes", "bob", "--left")


def test_totp_of_each(settings):
    settings.raw_user("carol", BOTH)
    out = done("totp", "carol", "--person", "anna", "--no-verify")
    assert "carol%2F%2Fanna%40" in out
    secret = settings.secrets + "/carol+anna.totp"
    assert os.path.exists(secret)
    assert 'totp_secret_file = "%s";' % secret in record(settings, "carol")
    assert json.loads(done("show", "carol", "--person", "anna",
                           "--json"))["app"] is True
    assert json.loads(done("show", "carol", "--person", "ben",
                           "--json"))["app"] is False
    assert "anna" in done("remove", "carol", "--person", "anna")
    assert not os.path.exists(secret)


def test_remove_one(settings, syslog):
    """The entry goes, with her codes; ben is as before."""
    settings.raw_user("carol", BOTH)
    done("recovery-codes", "carol", "--person", "anna", "--count", "3")
    out = done("remove", "carol", "--person", "anna")
    assert out == ("anna of carol is no longer enrolled; the other people "
                   "of carol are as before.\n")
    syslog.wait_for("twofactl: event=removed user=carol//anna remove by uid=0")
    assert record(settings, "carol") == (
        '# theirs\npeople = (\n  # one\n'
        '  { name = "ben"; user = "bob"; }\n);\n')
    ended = call("remove", "carol", "--person", "anna")
    assert (ended.returncode, ended.stdout) == (
        1, "anna of carol is not enrolled.\n")
    refused(call("remove", "carol", "--person", "ben"), 1,
            "ben is the last of the people", "twofactl remove carol")
    assert records(settings) == ["alice.conf", "bob.conf", "carol.conf"]


def test_remove_all(terminals, settings):
    settings.raw_user("carol", BOTH)
    done("recovery-codes", "carol", "--person", "anna", "--count", "3")
    refused(call("remove", "carol"), 2, "--person anna", "add --yes")
    asked = typed(terminals, "remove", "carol")
    asked.expect(r"Remove all of them\? \[y/N\] ")
    asked.answer("n")
    assert asked.ended() == 1
    assert record(settings, "carol") == BOTH
    assert done("remove", "carol", "--yes").startswith(
        "carol is no longer enrolled")
    assert record(settings, "carol") is None
    settings.raw_user("carol", BOTH)
    assert call("recovery-codes", "carol", "--person", "anna",
                "--left").returncode == 1


def test_unlock_nothing(settings):
    settings.raw_user("carol", BOTH)
    ended = call("unlock", "carol", "--person", "anna")
    assert (ended.returncode, ended.stdout) == (
        1, "anna of carol: nothing was locked.\n")
    # one who was removed may still be locked
    assert call("unlock", "carol", "--person", "eve").returncode == 1
    assert call("forget", "carol", "--person", "anna").returncode == 1
    assert call("unlock", "carol").returncode == 1
    assert call("forget", "carol").returncode == 1


def test_a_file_that_is_wrong(settings):
    """A person's command tells; nothing is changed."""
    settings.raw_user("carol", BOTH + "foo = 1;\n")
    for words in (("show", "carol", "--person", "anna"),
                  ("totp", "carol", "--person", "anna", "--no-verify"),
                  ("enroll", "carol", "--person", "eve", ANNA,
                   "--no-verify")):
        refused(call(*words), 3, "foo")
    assert record(settings, "carol") == BOTH + "foo = 1;\n"
    refused(call("remove", "carol", "--person", "anna"), 3, "foo")


def test_import(settings, sim, tmp_path):
    """A line for each person, in any order; all or nothing."""
    table = tmp_path / "people.csv"
    head = "user,person,phone,key,cert_id,ca,factors_of\n"
    table.write_text(
        head + "carol,anna,%s,%s,,,\n" % (ANNA, KEY) +
        "root,,+447700900999,,,,\n"
        "carol,ben,,,ben@example.org,%s,bob\n" % CA, encoding="utf-8")
    assert done("import", str(table)) == (
        "3 users: 3 new, 0 changed, 0 unchanged.\n")
    assert not sim.requests()
    assert record(settings, "carol") == (
        ONE[:-4] + ', {\n    name = "ben";\n    cert_id = "ben@example.org";\n'
        '    ca = "%s";\n    user = "bob";\n  }\n);\n' % CA)
    assert records(settings) == ["alice.conf", "bob.conf", "carol.conf",
                                 "root.conf"]
    assert done("import", str(table)) == (
        "3 users: 0 new, 0 changed, 3 unchanged.\n")
    before = record(settings, "carol")
    for line, status, said in (
            ("carol,anna,+447700900301,,,,", 2, "--replace"),
            ("carol,,+447700900301,,,,", 3, "phone"),
            ("alice,anna,%s,,,," % ANNA, 3, "phone"),
            ("carol,eve,,,,,eve", 3, "has no file"),
            ("carol,eve,%s,%s,,," % (ANNA, KEY), 3,
             "belongs to another person as well")):
        table.write_text(head + line + "\ncarol,new,%s,,,,\n" % ANNA,
                         encoding="utf-8")
        ended = call("import", str(table))
        assert ended.returncode == status, ended
        assert said in ended.stderr and "nothing was changed" in ended.stderr
        assert record(settings, "carol") == before
    table.write_text(head + "carol,anna,+447700900301,,,,\n",
                     encoding="utf-8")
    assert done("import", str(table), "--replace") == (
        "carol//anna: %s becomes +447700900301\n"
        "1 user: 0 new, 1 changed, 0 unchanged.\n" % ANNA)
    assert record(settings, "carol") == before.replace(
        ANNA, "+447700900301")


def test_status(settings):
    """Each person by himself, also of whom nothing is kept yet."""
    settings.raw_user("carol", BOTH)
    done("recovery-codes", "carol", "--person", "anna", "--count", "3")
    entries = json.loads(done("status", "--json"))["entries"]
    assert [(e["user"], e.get("person"), e["recovery_left"])
            for e in entries] == [("alice", None, 0), ("bob", None, 0),
                                  ("carol", "anna", 3)]
    for words in (("carol",), ("carol", "--person", "anna")):
        assert "carol//anna  all" in done("status", *words)
    text = done("status", "--prometheus")
    assert 'twofa_recovery_codes_left{user="carol",person="anna"} 3' in text
    assert 'twofa_recovery_codes_left{user="carol"}' not in text
    assert done("status", "carol", "--person", "eve") == "no entries\n"


def test_check(settings):
    """Each person, and who is gone; one key at two accounts is no error."""
    settings.raw_user("carol", ONE)
    settings.raw_user("root", ONE)
    done("check")
    settings.raw_user("root", "uid = 0;\n" + ONE.replace("  }\n);", (
        '  }, { name = "eve"; user = "eve"; },\n'
        '  { name = "fax"; phone = "%s"; channels = ["whatsapp"]; }\n);')
        % ANNA))
    ended = call("check")
    assert ended.returncode == 3, ended
    assert 'user: "eve" has no file' in ended.stderr
    assert "root.conf: fax: channels: no provider" in ended.stderr
    assert ended.stdout == "2 problems.\n"


def test_doctor(settings):
    settings.raw_user("carol", BOTH)
    settings.raw_user("root", ONE.replace("\n);", (
        ',\n  { name = "eve"; user = "eve"; }\n);')))
    out = call("doctor").stdout
    assert ("note: people: carol: none of its people has key or cert_id: "
            "each login asks for a name\n") in out
    assert "note: people: root: eve has neither key nor cert_id" in out
    assert 'user-file: ' in out and 'user: "eve" has no file' in out


def named_login(sshd):
    """anna by her name, at the prompt for the code."""
    login = sshd.login("carol")
    login.password()
    login.expect("Who are you\\? $")
    login.answer("anna")
    login.prompt("Verification code sent")
    return login


def explained(*words, status=0):
    ended = call("explain", *words, "--json")
    assert ended.returncode == status, ended
    return json.loads(ended.stdout)


def test_explain(settings, sshd, sim):
    """Whose phone it is, and why; nothing is sent."""
    settings.raw_user("carol", BOTH.replace(
        'user = "bob"', 'user = "bob"; key = "%s"' % KEY))
    refused(call("explain", "carol", "sshd"), 2, "shared by 2 people")
    refused(call("explain", "carol", "sshd", "--person", "eve"), 2,
            "eve is not")
    refused(call("explain", "carol", "sshd", "--key", CA), 2,
            "no person of carol", "--person anna")
    refused(call("explain", "carol", "sudo", "--key", KEY), 2, "only sshd")
    refused(call("explain", "carol", "sshd", "--key", KEY, "--person", "ben"),
            2, "give only one")
    out = done("explain", "carol", "sudo", "--person", "ben")
    assert "Person: ben, who is asked for the name" in out
    out = done("explain", "carol", "sshd", "--person", "anna")
    assert out.startswith("anna of carol at sshd")
    assert 'Person: anna, who is asked for the name, "Who are you?"' in out
    assert "of all who are named at carol: 0, a lock begins at" in out
    found = explained("carol", "sshd", "--person", "anna", "--full")
    assert (found["person"], found["known_by"]) == ("anna", "name")
    assert found["record"]["phone"] == ANNA and found["ask"] == "send"
    out = done("explain", "carol", "sshd", "--key", KEY)
    assert "Person: ben, by the key\n" in out
    assert "those of the user bob" in out
    found = explained("carol", "sshd", "--key", KEY)
    assert (found["person"], found["known_by"]) == ("ben", "key")
    assert "wrong_account" not in found
    assert not sim.messages()


def test_explain_is_the_login(settings, sshd, sim):
    """A person's login is what was explained; the locks are each one's."""
    settings.raw_user("carol", BOTH)
    done("recovery-codes", "carol", "--person", "anna", "--count", "3")
    found = explained("carol", "sshd", "127.0.0.1", "--person", "anna")
    assert (found["recovery_left"], found["ask"]) == (3, "send")
    login = named_login(sshd)
    found = explained("carol", "sshd", "127.0.0.1", "--person", "anna")
    assert found["ask"] == "join"
    login.answer("000000" if sim.code("carol") != "000000" else "000001")
    login.prompt("2 tries left")
    for person, here, everybody in (("anna", 1, 1), ("ben", 0, 1)):
        found = explained("carol", "sshd", "127.0.0.1", "--person", person)
        assert (found["wrong_here"], found["wrong_account"]) == (
            here, everybody)
    login.answer(sim.code("carol"))
    assert login.ended() == 0
    # with bob's own counts, not those of the account
    assert explained("bob", "sshd", "127.0.0.1")["wrong"] == 0


def test_explain_a_caller(settings):
    """su is a source of its caller's."""
    assert explained("root", "su", status=1)["source"] == "uid:0"
    out = call("explain", "bob", "su", "--caller", "alice").stdout
    assert out.startswith("bob at su, as alice calls it")
    assert explained("bob", "su", "--caller", "alice")["source"] == \
        "uid:%d" % pwd.getpwnam("alice").pw_uid
    refused(call("explain", "bob", "sshd", "--caller", "alice"), 2, "only su")
    refused(call("explain", "bob", "su", "--caller", "eve"), 4, '"eve"')


def test_explain_who_is_asked(settings, sim):
    """su that asks its caller: the caller's phone, whoever is the target."""
    settings.set(rules=[{"services": ["su"], "ask": "caller"}])
    settings.raw_user("root", ONE)
    out = done("explain", "root", "su", "--caller", "alice")
    assert "Asked: alice, who calls it" in out
    assert "users.d/alice.conf" in out
    found = explained("root", "su", "--caller", "alice", "--full")
    assert found["asked"] == "alice" and found["ask"] == "send"
    assert found["record"]["phone"] == NUMBERS["alice"]
    found = explained("root", "su", "--caller", "carol", status=1)
    assert found["reason"] == "caller-unenrolled"
    refused(call("explain", "root", "su"), 2, "shared by 1 person")
    settings.set(rules=[])
    refused(call("explain", "root", "su", "--caller", "alice"), 2,
            "shared by 1 person")
    assert not sim.requests()


def test_locks_of_each(settings, sshd, sim):
    """Wrong codes of anna lock her; the account's lock is told."""
    settings.set(limits={"lock_after": 2, "lock_after_total": 2,
                         "lock_minutes": 10})
    settings.raw_user("carol", BOTH)
    login = named_login(sshd)
    code = "000000" if sim.code("carol") != "000000" else "000001"
    for words in ("2 tries left", "1 try left"):
        login.answer(code)
        login.prompt(words)
    login.answer("q")
    entries = {(e["user"], e.get("person"), e["source"]): e
               for e in json.loads(done("status", "--json"))["entries"]}
    assert entries[("carol", "anna", "")]["locked_s"] > 0
    assert entries[("carol", None, "")]["locked_s"] > 0
    ended = call("unlock", "carol", "--person", "anna")
    assert ended.returncode == 0 and "anna of carol is unlocked" in ended.stdout
    assert "twofactl unlock carol" in ended.stderr
    assert done("unlock", "carol") == "carol is unlocked.\n"
    entries = json.loads(done("status", "carol", "--json"))["entries"]
    assert all(e["locked_s"] == 0 for e in entries)


def test_a_played_login(terminals, settings, sim):
    """With a person, or as one who is asked for the name."""
    settings.raw_user("carol", BOTH)
    for words in ((), ("--person", "anna")):
        played = typed(terminals, "test", "carol", *words)
        if not words:
            played.expect("Who are you\\? $")
            played.answer("anna")
        played.prompt("Verification code sent")
        played.answer(sim.code("carol"))
        assert played.ended() == 0, played.text
        assert "user=carol " in played.text
        assert "person=anna" in played.text
    refused(call("test", "carol", "--person", "eve"), 2, "eve is not")
