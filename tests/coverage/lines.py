# SPDX-License-Identifier: BSD-2-Clause
"""Which lines ran: what gcov says of all objects of one build, put together."""

import collections
import glob
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

OURS = ("pam_module/", "lib/", "helper/", "twofactl/")


def notes(folder):
    """The compiler's notes, one for each object, that are about our files."""
    found = []
    for tree in ("pic", "obj"):
        for part in OURS:
            found += glob.glob(os.path.join(folder, tree, part, "**/*.gcno"),
                               recursive=True)
    return sorted(found)


def begin(folder):
    """No counts, in files that a helper without rights may write as well: it
    cannot make them, and says nothing."""
    for note in notes(folder):
        path = note[:-len("gcno")] + "gcda"
        with open(path, "wb"):
            pass
        os.chmod(path, 0o666)


def _gcov(note):
    counts = note[:-len("gcno")] + "gcda"
    if os.path.exists(counts) and not os.path.getsize(counts):
        os.unlink(counts)  # nothing ran; gcov takes none, but not an empty one
    done = subprocess.run(["gcov", "--json-format", "--stdout", note],
                          capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def counted(folder, root):
    """{path: {line: (function, count)}}; a line that several objects have
    ran when it ran in one of them."""
    lines = collections.defaultdict(dict)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for reports in pool.map(_gcov, notes(folder)):
            for file in (f for report in reports for f in report["files"]):
                path = os.path.relpath(os.path.join(root, file["file"]), root)
                if not path.startswith(OURS):
                    continue
                for line in file["lines"]:
                    number = line["line_number"]
                    before = lines[path].get(number, ("", 0))[1]
                    lines[path][number] = (line.get("function_name", ""),
                                           max(before, line["count"]))
    return lines
