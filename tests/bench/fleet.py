# SPDX-License-Identifier: BSD-2-Clause
"""A state in PostgreSQL: the server, what asks it, and what it used."""

import base64
import contextlib
import hashlib
import hmac
import os
import pathlib
import re
import subprocess
import time

import peers
import stage

FOLDER = pathlib.Path("/run/bench/fleet")
COUNTS = FOLDER / "counts"
TOP = pathlib.Path(__file__).resolve().parents[2]
STORE = stage.STAGE + "/test/bench_store"
TIMELESS = stage.STAGE + "/test/bench_timeless.so"
SCHEMA = TOP / "twofactl/fleet/fleet_sql.c"
HOSTS = 1000
PASSWORD = "0123456789abcdef" * 4
TICK = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))


def verifier(password):
    """SCRAM-SHA-256 with one round, as a host's role has it."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    return "SCRAM-SHA-256$1:%s$%s:%s" % tuple(
        base64.b64encode(part).decode() for part in (
            salt, hashlib.sha256(client).digest(), server))


class Server:
    """On the last core alone, with 1,000 hosts, each commit on the disk."""

    def __init__(self):
        FOLDER.mkdir()
        self.folder = FOLDER / "server"
        self._start(["taskset", "-c", str(CORES[-1]),
                     TOP / "tests/postgres/server", self.folder], 60)
        self.port = (self.folder / "port").read_text().strip()
        self.bin = (self.folder / "programs").read_text().strip()
        self.url = "postgresql://localhost:%s/twofa" % self.port
        self._schema()
        (FOLDER / "password").write_text(PASSWORD + "\n")
        (FOLDER / "password").chmod(0o600)
        (FOLDER / "ca.pem").write_bytes((self.folder / "ca.pem").read_bytes())

    def _start(self, argv, seconds):
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(argv)
        end = time.monotonic() + seconds
        while not self._ready():
            assert self.process.poll() is None, "PostgreSQL does not start"
            assert time.monotonic() < end, "PostgreSQL is not ready"
            time.sleep(0.05)

    def _ready(self):
        """Its file says so in the eighth line, when it is whole. initdb has
        such a file for a moment, too: of another process."""
        try:
            lines = (self.folder / "data/postmaster.pid").read_text().split(
                "\n")
        except OSError:
            return False
        return (len(lines) > 8 and lines[0] == str(self.process.pid)
                and lines[7].strip() == "ready")

    def _again(self, before, after, seconds):
        """The same data by another process."""
        self.stop()
        self._start([*before, "setpriv", "--reuid=postgres",
                     "--regid=postgres", "--clear-groups", "--pdeathsig=INT",
                     *after, "-D", self.folder / "data",
                     "-c", "logging_collector=on"], seconds)

    @contextlib.contextmanager
    def under_callgrind(self):
        """Meanwhile."""
        COUNTS.mkdir(exist_ok=True)
        COUNTS.chmod(0o1777)
        self._again(
            ["env", "LD_PRELOAD=" + TIMELESS],
            ["valgrind", "--tool=callgrind", "--vgdb=no",
             "--log-file=/dev/null", "--zero-before=fork_process",
             "--callgrind-out-file=%s/server.%%p" % COUNTS,
             self.bin + "/postgres", "-c", "autovacuum=off"], 120)
        # the first connection of all writes what the others read
        self.counted(lambda: self.sql("twofa", "SELECT 1"), 1, lambda _: 0)
        yield
        self._again(["taskset", "-c", str(CORES[-1])],
                    [self.bin + "/postgres"], 60)

    @staticmethod
    def counted(work, connections, total):
        """What the processes of so many connections used, which begin and end
        with the work; total: what a file of callgrind's says."""
        before = set(COUNTS.iterdir())
        work()
        end = time.monotonic() + 60
        while True:
            found = [path for path in set(COUNTS.iterdir()) - before
                     if "totals:" in path.read_text()]
            if len(found) >= connections:
                break
            assert time.monotonic() < end, found
            time.sleep(0.05)
        assert len(found) == connections, found
        return sum(map(total, found))

    def _schema(self):
        sql = TOP / "lib/fleet_records/sql"
        names = re.findall(r"^SQL\((\w+)\);", SCHEMA.read_text(), re.M)
        self.sql("postgres", (sql / (names[0] + ".sql")).read_text(),
                 "CREATE DATABASE twofa", "ALTER SYSTEM SET fsync = on",
                 "SELECT pg_reload_conf()")
        self.sql("twofa", *((sql / (name + ".sql")).read_text()
                            for name in names[1:]),
                 "DO $$ BEGIN FOR i IN 1..%d LOOP EXECUTE format('CREATE ROLE "
                 "%%I LOGIN PASSWORD %%L IN ROLE twofa_host', 'twofa_b' || "
                 "lpad(i::text, 4, '0'), '%s'); END LOOP; END $$" % (
                     HOSTS, verifier(PASSWORD)),
                 "INSERT INTO twofa.host(name, hourly_sends) SELECT 'b' || "
                 "lpad(i::text, 4, '0'), 100000 FROM generate_series(1, %d) i"
                 % HOSTS, "ANALYZE")

    def sql(self, database, *commands):
        words = [word for text in commands for word in ("-c", text)]
        return subprocess.run(
            ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h",
             self.folder / "socket", "-p", self.port, "-U", "postgres", "-d",
             database, *words], check=True, text=True,
            stdout=subprocess.PIPE).stdout.strip()

    def used(self):
        """Seconds of processor time, of all that ran and run for it."""
        def times(pid, which):
            try:
                with open("/proc/%d/stat" % pid, encoding="ascii") as text:
                    words = text.read().rpartition(")")[2].split()
            except OSError:
                return 0
            return sum(int(words[i]) for i in which) / TICK
        first = self.process.pid
        with open("/proc/%d/task/%d/children" % (first, first),
                  encoding="ascii") as text:
            children = [int(word) for word in text.read().split()]
        return times(first, (11, 12, 13, 14)) + sum(
            times(pid, (11, 12)) for pid in children)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def settings(self, host):
        """What twofa.conf says of it."""
        path = peers.HOME + "/fleet/password.twofa"
        if not os.path.exists(path):
            pathlib.Path(path).write_text(PASSWORD + "\n")
            subprocess.run(["chown", "root:twofa", path], check=True)
            os.chmod(path, 0o640)
        return {"state": self.url, "state_dir": "/var/lib/twofa", "store": {
            "host": host, "password_file": path,
            "ca_file": str(FOLDER / "ca.pem"), "single": True,
            # callgrind's helper is fifty times as slow
            "connect_timeout_ms": 10000, "timeout_ms": 10000}}

    def pgbench(self, clients, seconds, connecting):
        """Transactions a second of SELECT 1, as a host comes: by TLS and with
        its password; connecting: a new connection for each."""
        script = FOLDER / "one.sql"
        script.write_text("SELECT 1;\n")
        text = _elsewhere(
            [self.bin + "/pgbench", "-n", "-c", str(clients), "-j", "2", "-T",
             str(seconds), "-f", str(script), *["-C"] * connecting, "twofa"],
            PGHOST="localhost", PGPORT=self.port, PGUSER="twofa_b0001",
            PGPASSWORD=PASSWORD, PGSSLMODE="verify-full",
            PGSSLROOTCERT=str(FOLDER / "ca.pem"), PGSSLCERT="/none",
            PGSSLKEY="/none")
        return float(re.search(r"^tps = ([\d.]+)", text, re.M).group(1))


def _elsewhere(argv, **env):
    """What it prints; on the other cores than the server's."""
    cores = ",".join(map(str, CORES[:-1] or CORES))
    return subprocess.run(["taskset", "-c", cores, *argv], check=True,
                          text=True, stdout=subprocess.PIPE,
                          env=dict(os.environ, **env)).stdout


def steps(where, count, mode="steps"):
    """A step's name to its p50 and p99, milliseconds."""
    folder = FOLDER / ("file" if "://" not in where else "")
    rows = [line.split() for line in _elsewhere(
        [STORE, where, str(folder), mode, str(count)]).splitlines()]
    return {name: (int(p50) / 1000, int(p99) / 1000)
            for name, p50, p99 in rows}


def storm(where, processes, seconds, mode="storm"):
    """Logins that were let in, and that failed."""
    words = _elsewhere([STORE, where, str(FOLDER), mode, str(processes),
                        str(seconds), str(HOSTS)]).split()
    return int(words[1]), int(words[3])


def step_rows(server, count):
    """Each step's name, p50 and p99: with a file, with the server, and with it
    by a connection that is kept, as by a broker."""
    folder = FOLDER / "file"
    folder.mkdir(mode=0o700)
    local = steps(str(folder / "state.db"), count)
    remote = steps(server.url, count)
    kept = steps(server.url, count, "kept")
    return [(name, *local[name], *remote[name],
             *((None, None) if name == "open" else kept[name]))
            for name in remote]


def storm_rows(server, seconds):
    """Logins of all hosts, by connections of their own and by one a process
    that is kept; and what pgbench does at the same server."""
    rows = []
    for clients in (1, 8):
        connects = server.pgbench(clients, seconds, True)
        selects = server.pgbench(clients, seconds, False)
        for mode, word in (("storm", "at once"), ("kept-storm", "kept")):
            before = server.used()
            good, bad = storm(server.url, clients, seconds, mode)
            used = server.used() - before
            rows.append(("%d %s" % (clients, word), good / seconds, bad,
                         used * 1000 / good, good / used, connects, selects,
                         good / seconds / connects))
    return rows
