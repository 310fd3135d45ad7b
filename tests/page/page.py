# SPDX-License-Identifier: BSD-2-Clause
"""`make page`: the help desk's page, to be looked at with a browser on this
machine. Cockpit, the ten people and their phones are in private namespaces; only
the port on loopback is this machine's. Its end takes all of it away."""

import os
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FIRST = 9091  # 9090 may be this machine's own Cockpit
LISTENING = 3  # as systemd passes it

WORDS = """
The help desk's page: http://localhost:%d%s

  sign in as   password    who is
  carol        pw-carol    of the help desk
  victor       pw-victor   an administrator: "Turn on administrative access"
  oscar        pw-oscar    neither

All of it is private and made up; only loopback reaches it. Enter or Ctrl-C ends
it and takes it away.
"""


def listen():
    """The first free port of ten, on loopback."""
    for port in range(FIRST, FIRST + 10):
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", port))
        except OSError:
            found.close()
            continue
        found.listen(16)
        return found
    raise SystemExit("no port from %d is free on 127.0.0.1" % FIRST)


def outside():
    """The socket stays this machine's; all else does not."""
    found = listen()
    port = found.getsockname()[1]
    os.dup2(found.fileno(), LISTENING)
    os.set_inheritable(LISTENING, True)
    os.execv(os.path.join(HERE, "../ns/enter"), [
        "enter", sys.executable, os.path.join(HERE, "page.py"), str(port)])


def inside(port):
    sys.dont_write_bytecode = True
    sys.path.insert(0, HERE)
    from house import House  # pylint: disable=import-outside-toplevel
    house = House(LISTENING)
    try:
        house.again()
        house.story()
        print(WORDS % (port, "/twofa"), flush=True)
        sys.stdin.readline()
    except KeyboardInterrupt:
        pass
    finally:
        house.close()
        print("\nnothing is left behind", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        inside(int(sys.argv[1]))
    else:
        outside()
