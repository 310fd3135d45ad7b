# SPDX-License-Identifier: BSD-2-Clause
"""SQL for a server, by PostgreSQL's own library: a test asks it dozens of times,
and psql with the shells around it would take longer than what is tested."""

import ctypes

LIBRARY = ctypes.CDLL("libpq.so.5")
CONNECTED, COMMAND, ROWS = 0, 1, 2

for name, result, arguments in (
        ("PQconnectdb", "p", "s"), ("PQstatus", "i", "p"),
        ("PQerrorMessage", "s", "p"), ("PQfinish", None, "p"),
        ("PQexec", "p", "ps"), ("PQresultStatus", "i", "p"),
        ("PQntuples", "i", "p"), ("PQnfields", "i", "p"),
        ("PQgetvalue", "s", "pii"), ("PQclear", None, "p")):
    kinds = {"p": ctypes.c_void_p, "s": ctypes.c_char_p, "i": ctypes.c_int,
             None: None}
    getattr(LIBRARY, name).restype = kinds[result]
    getattr(LIBRARY, name).argtypes = [kinds[kind] for kind in arguments]


def _lines(link, command):
    """Its rows as psql -At writes them."""
    found = LIBRARY.PQexec(link, command.encode())
    try:
        assert LIBRARY.PQresultStatus(found) in (COMMAND, ROWS), "%s: %s" % (
            command, LIBRARY.PQerrorMessage(link).decode())
        return ["|".join(LIBRARY.PQgetvalue(found, row, column).decode()
                         for column in range(LIBRARY.PQnfields(found)))
                for row in range(LIBRARY.PQntuples(found))]
    finally:
        LIBRARY.PQclear(found)


def run(folder, port, database, *commands):
    """As the superuser, by a connection of its own; the words of all that it
    answers."""
    link = LIBRARY.PQconnectdb(
        ("host=%s/socket port=%s user=postgres dbname='%s'" % (
            folder, port, database)).encode())
    try:
        assert LIBRARY.PQstatus(link) == CONNECTED, \
            LIBRARY.PQerrorMessage(link).decode()
        return [word for command in commands
                for line in _lines(link, command) for word in line.split()]
    finally:
        LIBRARY.PQfinish(link)
