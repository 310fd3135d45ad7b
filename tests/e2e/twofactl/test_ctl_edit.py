# SPDX-License-Identifier: BSD-2-Clause
"""twofactl edit: what an editor leaves takes the file's place only when logins
can use it; all else leaves the old file."""

import os
import signal
import stat
import time

import pytest

import admin
import conf
import ctl
import stage

TRANSPORTS = ("spawn", "socket")

EDITOR = "/run/twofa-editor"
ENDS = "d discard the changes: "
KEEPS = "k keep it as it is, " + ENDS


@pytest.fixture
def edit(terminals, settings):
    """Run twofactl edit; its editor runs the shell's lines on "$1", of more
    lines the next one at each start."""
    opened = []

    def run(*words, editor=(), variable="EDITOR"):
        with open(EDITOR, "w", encoding="utf-8") as out:
            out.write("#!/bin/sh\nset -e\n"
                      "n=$(cat %s.n 2>/dev/null || echo 0)\n"
                      "echo $((n + 1)) >%s.n\ncase $n in\n" %
                      (EDITOR, EDITOR))
            for n, line in enumerate(editor):
                out.write("%d) %s ;;\n" % (n, line))
            out.write("*) exit 9 ;;\nesac\n")
        os.chmod(EDITOR, 0o755)
        if os.path.exists(EDITOR + ".n"):
            os.unlink(EDITOR + ".n")
        opened.append(terminals.run(
            "env", "%s=%s" % (variable, EDITOR), admin.TWOFACTL, "--helper",
            stage.HELPER, "edit", *words))
        return opened[-1]
    yield run
    if not any(one.signalstatus for one in opened):
        assert names() == sorted(["secrets", "twofa.conf", "users.d"])
        assert all(name.endswith(".conf") for name in ctl.records(settings))


def names():
    return sorted(os.listdir(conf.FOLDER))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def sed(*commands):
    return "sed -i %s \"$1\"" % " ".join("-e '%s'" % one for one in commands)


BRAND = sed("s/^brand = .*/brand = \"Changed\";/")
TYPO = sed("s/^brand = /brnd = /")


def test_changed(edit, settings, syslog, quick):
    editing = edit(editor=[BRAND])
    assert editing.ended() == 0, editing.text
    assert "%s is changed." % settings.conf in editing.text
    assert b'brand = "Changed"' in read(settings.conf)
    st = os.stat(settings.conf)
    assert (st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)) == (0, 990, 0o640)
    syslog.wait_for("twofactl: edit by uid=0")
    quick.right(quick.login())


def test_owner_and_mode_stay(edit, settings):
    os.chmod(settings.conf, 0o644)
    os.chown(settings.conf, 0, 0)
    assert edit(editor=[BRAND]).ended() == 0
    st = os.stat(settings.conf)
    assert (st.st_gid, stat.S_IMODE(st.st_mode)) == (0, 0o644)


def test_label_stays(edit, settings):
    name, value = "security.selinux", b"system_u:object_r:etc_t:s0\0"
    os.setxattr(settings.conf, name, value)
    assert edit(editor=[BRAND]).ended() == 0
    assert os.getxattr(settings.conf, name) == value


def test_a_file_that_the_helper_cannot_read_becomes_readable(
        edit, settings, quick):
    os.chmod(settings.conf, 0o600)
    assert edit(editor=[BRAND]).ended() == 0
    quick.right(quick.login())


@pytest.mark.parametrize("editor", [
    "true", "echo '# more' >>\"$1\"; sed -i '$d' \"$1\""])
def test_unchanged(edit, settings, editor):
    old = os.stat(settings.conf)
    editing = edit(editor=[editor])
    assert editing.ended() == 1
    assert "nothing was changed" in editing.text
    assert os.stat(settings.conf).st_ino == old.st_ino


def test_a_typo_is_told_and_edited_again(edit, settings, quick):
    """Till then, logins go on by the old file."""
    old = read(settings.conf)
    editing = edit(editor=[TYPO, sed("s/^brnd = /brand = /") + "; " + BRAND])
    editing.expect(ENDS)
    assert "%s:1: brnd: unknown key" % settings.conf in editing.text
    assert "keep" not in editing.text
    assert read(settings.conf) == old
    quick.right(quick.login())
    editing.answer("k")  # what denies everybody cannot be kept
    editing.expect(ENDS)
    editing.answer("e")
    assert editing.ended() == 0, editing.text
    assert b'brand = "Changed"' in read(settings.conf)


@pytest.mark.parametrize("user, words", [
    (None, "is broken, as it was before, and denies every login"),
    ("alice", "is broken, as it was before, and denies this user")])
@pytest.mark.parametrize("editor", ["true", "echo nonsense >\"$1\""])
def test_broken_and_left_so(edit, settings, editor, user, words):
    """What stays in place is said, also where a worse text was discarded."""
    path = settings.user_file(user) if user else settings.conf
    with open(path, "a", encoding="ascii") as out:
        out.write("this is no setting\n")
    editing = edit(*([user] if user else []), editor=[editor])
    if editor != "true":
        editing.expect(ENDS)
        editing.answer("d")
    assert editing.ended() == 1
    assert "nothing was changed" in editing.text
    assert words in editing.text and "twofactl check" in editing.text


@pytest.mark.parametrize("last", ["d", None])
def test_discarded(edit, settings, last):
    old = read(settings.conf)
    editing = edit(editor=["echo nonsense >\"$1\""])
    editing.expect(ENDS)
    if last is None:
        editing.sendeof()
    else:
        editing.answer(last)
    assert editing.ended() == 1
    assert "nothing was changed" in editing.text
    assert read(settings.conf) == old


def test_a_broken_file_is_repaired(edit, settings, quick):
    settings.raw(read(settings.conf).decode().replace("brand =", "brand"))
    editing = edit(editor=[sed("s/^brand /brand = /")])
    assert editing.ended() == 0, editing.text
    quick.right(quick.login())


def test_a_secret_that_is_not_there(edit, settings):
    editing = edit(editor=[sed("s|secrets/vonage|secrets/vonagee|")])
    editing.expect(ENDS)
    assert "api_secret_file" in editing.text
    assert "vonagee" in editing.text
    editing.answer("d")
    assert editing.ended() == 1


def test_a_first_provider_without_prefixes(edit, settings):
    """Codes could go to all the world: it is said."""
    new = read(settings.conf).decode()
    settings.set(providers=None, limits=None)
    with open("/run/twofa-new", "w", encoding="utf-8") as out:
        out.write(new)
    editing = edit(editor=["cat /run/twofa-new >\"$1\""])
    editing.expect(KEEPS)
    os.unlink("/run/twofa-new")
    assert "to any number" in editing.text, editing.text
    assert "allowed_prefixes" in editing.text
    editing.answer("d")
    assert editing.ended() == 1


def test_what_a_user_loses_may_be_kept(edit, settings):
    """As with check; what was wrong before is not told."""
    settings.user("left-long-ago")
    settings.set(limits=None)
    editing = edit(editor=["printf '%s' 'limits = { allowed_prefixes = "
                           "[\"+99\"]; };' >>\"$1\""])
    editing.expect(KEEPS)
    assert editing.text.count("none of the allowed_prefixes") == 3
    assert "left-long-ago\"" not in editing.text
    editing.answer("k")
    assert editing.ended() == 0
    assert b'"+99"' in read(settings.conf)


def test_what_was_wrong_before_asks_nothing(edit, settings):
    settings.user("left-long-ago")
    editing = edit(editor=[BRAND])
    assert editing.ended() == 0
    assert "left-long-ago" not in editing.text


def test_a_provider_that_is_out_of_reach(edit, settings, sim):
    sim.stop()
    editing = edit(editor=[BRAND])
    editing.expect(KEEPS)
    assert "warning: the helper says: vonage: " in editing.text
    editing.answer("k")
    assert editing.ended() == 0
    assert b'"Changed"' in read(settings.conf)


def test_credentials_that_are_refused(edit, settings, sim):
    settings.secret("other", "wr0ng")
    sim.fault("any", "wrong_type", field="status", value='"4"')
    editing = edit(editor=[sed("s|secrets/vonage|secrets/other|")])
    editing.expect(KEEPS)
    assert "does not accept our credentials" in editing.text
    assert "api_secret_file (%s/other)" % settings.secrets in editing.text
    editing.answer("d")
    assert editing.ended() == 1
    assert not sim.messages()


def test_changed_meanwhile(edit, settings):
    """The admin's text is not lost, nor that of the other."""
    editing = edit(editor=["cp \"$1\" /run/other; echo '# theirs' >>%s; %s" % (
        settings.conf, BRAND)])
    assert editing.ended() == 4
    assert "changed by somebody else meanwhile" in editing.text
    assert read(settings.conf).endswith(b"# theirs\n")
    kept = conf.FOLDER + "/.twofactl.twofa.conf.edit/twofa.conf"
    assert kept in editing.text
    assert b'"Changed"' in read(kept)
    assert edit(editor=[BRAND]).ended() == 0


@pytest.fixture
def held(settings):
    """A shell's line that waits until it is let go: (line, wait, let go)."""
    for path in (EDITOR + ".up", EDITOR + ".go"):
        if os.path.lexists(path):
            os.unlink(path)
        os.mkfifo(path)

    def wait():
        return read(EDITOR + ".up")

    def let_go(editing):
        """When it reads."""
        while editing.isalive():
            try:
                go = os.open(EDITOR + ".go", os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                time.sleep(0.01)
                continue
            os.write(go, b"go\n")
            os.close(go)
            return
    return ("echo up >%s.up; read go <%s.go" % (EDITOR, EDITOR), wait, let_go)


def test_one_at_a_time(edit, settings, held, terminals):
    line, wait, let_go = held
    first = edit(editor=[line + "; " + BRAND])
    wait()
    second = terminals.run("env", "EDITOR=true", admin.TWOFACTL, "edit")
    assert second.ended() == 4
    assert "is being edited by another twofactl" in second.text
    # another file is another lock
    third = terminals.run("env", "EDITOR=true", admin.TWOFACTL, "edit",
                          "alice")
    assert third.ended() == 1
    let_go(first)
    assert first.ended() == 0
    assert b'"Changed"' in read(settings.conf)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM,
                                    signal.SIGHUP])
def test_killed(edit, settings, held, admin, number):
    """The old file stands, the copy is root's alone, the next one works."""
    old = read(settings.conf)
    editing = edit(editor=[BRAND + "; " + held[0]])
    held[1]()
    editing.kill(number)
    assert editing.ended() == -number  # and the editor by the hang-up
    assert read(settings.conf) == old
    private = conf.FOLDER + "/.twofactl.twofa.conf.edit"
    assert stat.S_IMODE(os.stat(private).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(private + "/twofa.conf").st_mode) & 0o077 == 0
    admin.do("check")
    assert edit(editor=[BRAND]).ended() == 0
    assert names() == sorted(["secrets", "twofa.conf", "users.d"])


def test_ctrl_c_is_the_editors(edit, settings, held):
    """The terminal hands it on a moment later, so the editor waits for it."""
    editing = edit(editor=["trap 'got=it' INT; echo up >%s.up; "
                           "until [ \"$got\" ]; do sleep 0.1 || true; done; "
                           % EDITOR + BRAND])
    held[1]()
    editing.sendintr()
    assert editing.ended() == 0, editing.text
    assert b'"Changed"' in read(settings.conf)


@pytest.mark.parametrize("editor, words", [
    (["exit 3"], "ended with status 3"),
    (["rm \"$1\""], "No such file or directory"),
    (["rm \"$1\"; ln -s /etc/shadow \"$1\""], "Too many levels"),
    (["rm \"$1\"; mkdir \"$1\""], "is no file"),
    (["truncate -s 2M \"$1\""], "is no file of at most"),
    (["kill -9 $$"], "killed by signal 9"),
])
def test_an_editor_that_fails(edit, settings, editor, words):
    old = read(settings.conf)
    editing = edit(editor=editor)
    assert editing.ended() == 4
    assert words in editing.text and "nothing was changed" in editing.text
    assert read(settings.conf) == old


def test_an_editor_that_puts_another_file_there(edit, settings):
    """As vim does; what it leaves beside goes."""
    editing = edit(editor=["cp \"$1\" \"$1.new\"; cp \"$1\" \"$1~\"; "
                           "echo '# x' >>\"$1.new\"; mv \"$1.new\" \"$1\""])
    assert editing.ended() == 0, editing.text
    assert read(settings.conf).endswith(b"# x\n")


@pytest.mark.parametrize("variable", ["SUDO_EDITOR", "VISUAL", "EDITOR"])
def test_which_editor(edit, settings, variable):
    assert edit(editor=[BRAND], variable=variable).ended() == 0


def test_an_editor_with_words_of_its_own(terminals, settings):
    editing = terminals.run(
        "env", "EDITOR=sed -i -e 's/^brand = .*/brand = \"Two words\";/'",
        admin.TWOFACTL, "--helper", stage.HELPER, "edit")
    assert editing.ended() == 0, editing.text
    assert b'"Two words"' in read(settings.conf)


def test_no_terminal(settings):
    ctl.refused(ctl.call("edit"), 2, "edit needs a terminal", "check --file")


def test_an_unfit_file_is_told(edit, settings):
    os.chmod(settings.conf, 0o666)
    editing = edit(editor=[BRAND])
    assert editing.ended() == 4
    assert "chmod 0640 %s" % settings.conf in editing.text


# --- a user's file

PHONE = sed("s/^phone = .*/phone = \"+447700900222\";/")


def test_a_user(edit, settings, sim, quick, syslog):
    editing = edit("alice", editor=[PHONE])
    assert editing.ended() == 0, editing.text
    st = os.stat(settings.user_file("alice"))
    assert (st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)) == (0, 990, 0o640)
    syslog.wait_for("twofactl: edit user=alice by uid=0")
    login = quick.login()
    login.prompt("ode sent")
    assert sim.code("+447700900222")


def test_a_users_typo(edit, settings, quick):
    old = ctl.record(settings, "alice")
    editing = edit("alice", editor=[sed("s/^phone = .*/phone = 5;/")])
    editing.expect(ENDS)
    assert "alice.conf:" in editing.text and "phone: is a number" in \
        editing.text
    assert "keep" not in editing.text
    editing.answer("d")
    assert editing.ended() == 1
    assert ctl.record(settings, "alice") == old
    quick.right(quick.login())


@pytest.mark.parametrize("text", ["", "x", "phone = \"+447700900222\";\\000"])
def test_no_record_at_all(edit, settings, text):
    editing = edit("alice", editor=["printf '%s' >\"$1\"" % text])
    editing.expect(ENDS)
    assert "keep" not in editing.text
    editing.answer("d")
    assert editing.ended() == 1


def test_a_user_whom_no_provider_serves(edit, settings):
    editing = edit("alice", editor=[
        "printf 'email = \"a@example.org\";\\nchannels = [\"email\"];\\n' "
        ">\"$1\""])
    editing.expect(KEEPS)
    assert "no provider of the settings delivers" in editing.text
    editing.answer("k")
    assert editing.ended() == 0
    assert "email" in ctl.record(settings, "alice")


def test_people(edit, settings):
    """All of them are read."""
    settings.raw_user("carol", 'people = ( { name = "anna";\n'
                      'phone = "+447700900111"; } );\n')
    editing = edit("carol", editor=[sed("s/+44/44/"), sed("s/\"44/\"+4420/")])
    editing.expect(ENDS)
    assert "phone" in editing.text and "keep" not in editing.text
    editing.answer("e")
    assert editing.ended() == 0, editing.text
    assert "+4420" in ctl.record(settings, "carol")


def test_a_user_who_is_not_enrolled(edit, settings):
    editing = edit("carol", editor=[PHONE])
    assert editing.ended() == 1
    assert "run: twofactl enroll carol" in editing.text


def test_a_users_file_under_broken_settings(edit, settings):
    settings.set(brand=5)
    editing = edit("alice", editor=[PHONE])
    assert editing.ended() == 3
    assert "first run: twofactl edit" in editing.text


def test_another_command_meanwhile(edit, settings, held, admin):
    """It changes other users' files, and this one's as well: then edit gives
    way."""
    line, wait, let_go = held
    editing = edit("alice", editor=[line + "; " + PHONE])
    wait()
    admin.do("enroll", "bob", "+447700900333", "--replace", "--no-verify")
    admin.do("enroll", "alice", "+447700900444", "--replace", "--no-verify")
    let_go(editing)
    assert editing.ended() == 4
    assert "changed by somebody else meanwhile" in editing.text
    assert "+447700900444" in ctl.record(settings, "alice")
    assert edit("alice", editor=["true"]).ended() == 1
