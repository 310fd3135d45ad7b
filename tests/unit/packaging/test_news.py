# SPDX-License-Identifier: BSD-2-Clause
"""What the Debian package tells at an upgrade is made from the source: version,
day and schema."""

import email.utils
import os
import re
import subprocess
import tarfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
SCHEMA = "helper/store/sqlite/sqlite_open.c"
# Stands in for the build, and keeps what it was given.
BUILD = """#!/bin/sh
cp debian/libpam-twofa.NEWS "$KEPT"
"""


def test_version_and_schema(tmp_path):
    for name, text in (("dpkg-buildpackage", BUILD), ("dh", "#!/bin/sh\n")):
        (tmp_path / name).write_text(text, encoding="ascii")
        os.chmod(tmp_path / name, 0o755)
    with tarfile.open(tmp_path / "it.tar.gz", "w:gz") as out:
        for name in ("packaging/debian", "CHANGELOG.md", SCHEMA):
            out.add(os.path.join(ROOT, name), "it/" + name)
    kept = tmp_path / "NEWS"
    subprocess.run(
        [ROOT + "/packaging/deb", tmp_path / "it.tar.gz", "7.8.9-rc2", "3",
         tmp_path / "out"], check=False, capture_output=True, env={
             "PATH": "%s:%s" % (tmp_path, os.environ["PATH"]),
             "KEPT": str(kept)})
    text = kept.read_text(encoding="utf-8")
    with open(os.path.join(ROOT, SCHEMA), encoding="ascii") as source:
        schema = re.search(r"^#define SCHEMA_VERSION (\d+)", source.read(),
                           re.M).group(1)
    assert "(7.8.9~rc2-3)" in text and "to schema %s." % schema in text
    assert "@" not in text.replace("pam-twofa@example.org", "")
    with open(os.path.join(ROOT, "CHANGELOG.md"), encoding="utf-8") as notes:
        day = re.search(r"^## .* - (\S+)$", notes.read(), re.M)[1]
    told = email.utils.parsedate_to_datetime(text.rsplit(">  ", 1)[1])
    assert told.date().isoformat() == day
