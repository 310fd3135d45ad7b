# SPDX-License-Identifier: BSD-2-Clause
"""Print compile_commands.json: compdb.py FLAGSFILE SOURCE..."""

import json
import os
import shlex
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as flags:
        # clang 14, whose clang-tidy this is for, refuses what gcc takes here
        words = [word for word in shlex.split(flags.read())
                 if not word.startswith("-ftrivial-auto-var-init")]
    here = os.getcwd()
    json.dump([{"directory": here, "file": source,
                "arguments": words + ["-fPIE", "-c", source]}
               for source in sys.argv[2:]], sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
