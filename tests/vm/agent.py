#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""In the machine: runs what the tests outside ask for over the second serial
port. A line of JSON each: {n, argv, given} there, {n, rc, out} back."""

import json
import os
import subprocess
import sys
import threading
import tty

ENVIRONMENT = {"LC_ALL": "C.UTF-8", "HOME": "/root",
               "PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"}


def work(order, reply):
    done = subprocess.run(order["argv"], input=order["given"], text=True,
                          errors="backslashreplace", env=ENVIRONMENT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    reply({"n": order["n"], "rc": done.returncode, "out": done.stdout})


def main():
    lock = threading.Lock()
    # what it starts is on no terminal, as what a service starts
    fd = os.open("/dev/ttyS1", os.O_RDWR | os.O_NOCTTY)
    with open(fd, "r+b", buffering=0) as port:
        tty.setraw(port)

        def reply(answer):
            line = (json.dumps(answer) + "\n").encode()
            with lock:
                while line:
                    line = line[port.write(line):]
        reply({"n": 0, "rc": 0, "out": "up"})
        text = b""
        while True:
            part = port.read(4096)
            if not part:
                sys.exit("the port is closed")
            *lines, text = (text + part).split(b"\n")
            for line in lines:
                threading.Thread(target=work, args=(json.loads(line), reply),
                                 daemon=True).start()


main()
