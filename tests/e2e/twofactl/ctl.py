# SPDX-License-Identifier: BSD-2-Clause
"""twofactl as the tests of its commands call it."""

import os
import pwd
import shutil
import subprocess

import admin
import stage


def call(*words, stdin="", helper=stage.HELPER, **more):
    """One call without a terminal; stdout and stderr apart."""
    return subprocess.run([admin.TWOFACTL, "--helper", helper, *words],
                          input=stdin, capture_output=True, text=True,
                          timeout=120, check=False, **more)


def done(*words, **more):
    """It did so and complained of nothing; its stdout."""
    ended = call(*words, **more)
    assert ended.returncode == 0 and ended.stderr == "", ended
    return ended.stdout


def refused(ended, status, *words):
    """It ended so, said why, and printed nothing."""
    assert ended.returncode == status, ended
    assert ended.stdout == "", ended
    for word in words:
        assert word in ended.stderr, ended.stderr
    assert all(line.startswith(("twofactl: ", "Try: "))
               for line in ended.stderr.splitlines() if line), ended.stderr


def typed(terminals, *words, helper=stage.HELPER):
    """The same on a terminal."""
    return terminals.run(admin.TWOFACTL, "--helper", helper, *words)


def whole_record(settings, user):
    """The text of a user's file; None without one."""
    if not os.path.exists(settings.user_file(user)):
        return None
    with open(settings.user_file(user), encoding="utf-8") as text:
        return text.read()


def record(settings, user):
    """The same without the account's uid, which twofactl writes into each
    record that it changes (people/test_leaver.py)."""
    text = whole_record(settings, user)
    try:
        uid = "uid = %d;\n" % pwd.getpwnam(user).pw_uid
    except KeyError:
        return text
    return text.replace(uid, "") if text is not None else None


def records(settings):
    """Every name in users_dir, also of what should not stay there."""
    return sorted(os.listdir(settings.users_dir))


def fake(name):
    """A helper that acts as its name says (tests/host/fake_helper.c)."""
    folder = "/run/fakes-ctl"
    os.makedirs(folder, mode=0o755, exist_ok=True)
    path = os.path.join(folder, name)
    shutil.copyfile(stage.STAGE + "/test/fake_helper", path)
    os.chmod(path, 0o755)
    return path


def scripted(*lines):
    """A helper that says these lines (tests/host/fake_script.h)."""
    path = fake("scripted")
    with open(path + ".script", "w", encoding="utf-8") as text:
        text.writelines(line + "\n" for line in lines)
    return path
