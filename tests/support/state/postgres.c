/* SPDX-License-Identifier: BSD-2-Clause */
/* The server of tests/postgres/server as a child of a test. */
#include "tests/support/state/postgres.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "twofactl/fleet/fleet_inside.h"

#define WHERE "TWOFA_POSTGRES" /* in the environment: the server's folder */
#define WAIT_ROUNDS 6000       /* of 10 ms */

static struct {
	pid_t owner, child; /* who started it */
	char top[64];       /* holds the server's folder */
	char url[192], keys[64], ca[128], password[96];
	pid_t connected; /* whose admin is */
	PGconn *admin;
	int64_t now, wall;
} own;

/* What the server's folder says, in a file of one line. */
static bool
line_of(const char *name, int nth, char out[128])
{
	char path[160];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", getenv(WHERE), name);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	for (int i = 0; i <= nth; i++)
		found = fgets(out, 128, f) != NULL;
	(void)fclose(f);
	out[strcspn(out, " \n")] = '\0';
	return found;
}

static void
end_own(void)
{
	char command[96];

	if (own.owner != getpid())
		return;
	kill(own.child, SIGINT);
	waitpid(own.child, NULL, 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", own.top);
	(void)!system(command);
}

#define MEMORY "/dev/shm"
#define ROOM (UINT64_C(1) << 30) /* a database for each file of a program */

const char *
postgres_room(void)
{
	struct statvfs has;

	return access(MEMORY, W_OK) == 0 && statvfs(MEMORY, &has) == 0 &&
		has.f_bavail * has.f_frsize >= ROOM
	    ? MEMORY
	    : "/tmp";
}

void
postgres_share(void)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	char folder[80], said[128];

	if (getenv(WHERE) != NULL)
		return;
	snprintf(own.top, sizeof(own.top), "%s/twofa-postgres.XXXXXX",
	    postgres_room());
	if (mkdtemp(own.top) == NULL || chmod(own.top, 0755) != 0)
		abort();
	snprintf(folder, sizeof(folder), "%s/server", own.top);
	setenv(WHERE, folder, 1);
	own.owner = getpid();
	own.child = fork();
	if (own.child == 0) {
		execl("tests/postgres/server", "server", folder, NULL);
		_exit(127);
	}
	(void)atexit(end_own);
	for (int i = 0; i < WAIT_ROUNDS; i++) {
		if (line_of("data/postmaster.pid", 7, said) &&
		    strcmp(said, "ready") == 0)
			return;
		if (waitpid(own.child, NULL, WNOHANG) != 0)
			break;
		nanosleep(&moment, NULL);
	}
	(void)fprintf(stderr, "PostgreSQL does not start: see %s\n", folder);
	exit(1);
}

static PGconn *
connected(const char *database)
{
	char port[128], how[256];
	PGconn *conn;

	assert_true(line_of("port", 0, port));
	snprintf(how, sizeof(how),
	    "host=%s/socket port=%s user=postgres "
	    "dbname=%s",
	    getenv(WHERE), port, database);
	conn = PQconnectdb(how);
	if (PQstatus(conn) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(conn));
	return conn;
}

static int64_t
run(PGconn *conn, const char *text)
{
	PGresult *r = PQexec(conn, text);
	int64_t value = 0;

	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) > 0)
		value = PQgetvalue(r, 0, 0)[0] == 't'
		    ? 1
		    : strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	else if (PQresultStatus(r) != PGRES_TUPLES_OK &&
	    PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", PQerrorMessage(conn), text);
	PQclear(r);
	return value;
}

/* This process' own: a connection does not survive fork. */
static PGconn *
admin(void)
{
	char name[32];

	if (own.connected != getpid()) {
		snprintf(name, sizeof(name), "%s", strrchr(own.url, '/') + 1);
		own.admin = connected(name);
		own.connected = getpid();
	}
	return own.admin;
}

int64_t
postgres_sql(const char *text)
{
	return run(admin(), text);
}

/* Sequences, since these functions are then part of the statement that calls
 * them: a table would be asked by a statement of its own, each time. */
static const char clocks[] =
    "CREATE SEQUENCE twofa.test_now MINVALUE -9000000000000000000;"
    "CREATE SEQUENCE twofa.test_wall MINVALUE -9000000000000000000;"
    "ALTER SEQUENCE twofa.test_now OWNER TO twofa_owner;"
    "ALTER SEQUENCE twofa.test_wall OWNER TO twofa_owner;"
    "CREATE OR REPLACE FUNCTION twofa.now_ms() RETURNS bigint LANGUAGE sql"
    " VOLATILE AS 'SELECT pg_sequence_last_value(''twofa.test_now'')';"
    "CREATE OR REPLACE FUNCTION twofa.wall_s() RETURNS bigint LANGUAGE sql"
    " VOLATILE AS 'SELECT pg_sequence_last_value(''twofa.test_wall'')';"
    /* tests take any step */
    "CREATE OR REPLACE FUNCTION twofa.step_off(p_step bigint, wall bigint)"
    " RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 0::bigint';"
    "SELECT setval('twofa.test_now', 0), setval('twofa.test_wall', 0)";

/* TRUNCATE would make each table's and index's file anew, for each test. A
 * function keeps its plans. */
static const char emptied[] =
    "CREATE FUNCTION twofa.test_empty() RETURNS void LANGUAGE plpgsql AS $$"
    "BEGIN"
    " DELETE FROM twofa.verification; DELETE FROM twofa.used;"
    " DELETE FROM twofa.send; DELETE FROM twofa.spend;"
    " DELETE FROM twofa.guess; DELETE FROM twofa.recovery;"
    " DELETE FROM twofa.totp; DELETE FROM twofa.grace;"
    " DELETE FROM twofa.passed_over; DELETE FROM twofa.passed;"
    " DELETE FROM twofa.code_used; DELETE FROM twofa.fleet;"
    " DELETE FROM twofa.taken_back; DELETE FROM twofa.outage;"
    " DELETE FROM twofa.answered_from;"
    " PERFORM setval('twofa.verification_id_seq', 1, false),"
    "  setval('twofa.send_id_seq', 1, false),"
    "  setval('twofa.recovery_id_seq', 1, false);"
    "END $$;"
    "ALTER FUNCTION twofa.test_empty() OWNER TO twofa_owner";

#define MODEL "test_model"

/* All that a file's database has, made once; nobody may be in it who copies it.
 */
static void
make_model(PGconn *conn)
{
	PGconn *in;

	run(conn, "SELECT pg_advisory_lock(1)");
	if (run(conn,
		"SELECT count(*) FROM pg_database WHERE datname = '" MODEL
		"'") == 0) {
		run(conn, fleet_schema_roles);
		run(conn, "CREATE DATABASE " MODEL "_new TEMPLATE template0");
		in = connected(MODEL "_new");
		for (size_t i = 0; fleet_schema[i] != NULL; i++)
			run(in, fleet_schema[i]);
		run(in, clocks);
		run(in, emptied);
		PQfinish(in);
		run(conn, "ALTER DATABASE " MODEL "_new RENAME TO " MODEL);
	}
	run(conn, "SELECT pg_advisory_unlock(1)");
}

/* A copy has the rights of all that is in it, and not those to itself, which
 * rights.sql gives. */
static void
make_database(void)
{
	char name[32], text[320], port[128];
	PGconn *conn = connected("postgres");

	make_model(conn);
	snprintf(name, sizeof(name), "test_%d", (int)getpid());
	snprintf(
	    text, sizeof(text), "CREATE DATABASE %s TEMPLATE " MODEL, name);
	run(conn, text);
	snprintf(text, sizeof(text),
	    "REVOKE ALL ON DATABASE %s FROM PUBLIC;"
	    "GRANT CONNECT ON DATABASE %s TO twofa_host, twofa_admin",
	    name, name);
	run(conn, text);
	PQfinish(conn);
	assert_true(line_of("port", 0, port));
	snprintf(own.url, sizeof(own.url), "postgresql://localhost:%s/%s", port,
	    name);
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void
make_place(void)
{
	snprintf(own.keys, sizeof(own.keys), "/tmp/twofa-keys.XXXXXX");
	assert_non_null(mkdtemp(own.keys));
	snprintf(own.password, sizeof(own.password), "%s/password", own.keys);
	write_file(own.password, POSTGRES_PASSWORD "\n");
	snprintf(own.ca, sizeof(own.ca), "%s/ca.pem", getenv(WHERE));
}

/* The file's process ends: its folder goes, and its database for the sake of
 * those that come. */
static pid_t placed;
static void
remove_place(void)
{
	char command[96];

	if (placed != getpid())
		return;
	if (own.connected == getpid())
		PQfinish(own.admin);
	snprintf(command, sizeof(command), "rm -rf '%s'", own.keys);
	(void)!system(command);
}

const char *
postgres_empty(void)
{
	char path[80];

	if (own.url[0] == '\0') {
		postgres_share();
		make_place();
		make_database();
		postgres_host(STORE_HOST);
		placed = getpid();
		(void)atexit(remove_place);
	}
	snprintf(path, sizeof(path), "%s/host.key", own.keys);
	(void)unlink(path);
	postgres_sql("SELECT twofa.test_empty()");
	return own.url;
}

void
postgres_clock(int64_t now_ms, int64_t wall_s)
{
	char text[128];

	if (own.url[0] == '\0' || (own.now == now_ms && own.wall == wall_s))
		return;
	own.now = now_ms;
	own.wall = wall_s;
	snprintf(text, sizeof(text),
	    "SELECT setval('twofa.test_now', %lld),"
	    " setval('twofa.test_wall', %lld)",
	    (long long)now_ms, (long long)wall_s);
	postgres_sql(text);
}

void
postgres_host(const char *name)
{
	char text[768];

	snprintf(text, sizeof(text),
	    "SELECT pg_advisory_lock(2);"
	    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = "
	    "'twofa_%s') THEN CREATE ROLE \"twofa_%s\" LOGIN PASSWORD "
	    "'" POSTGRES_VERIFIER
	    "' IN ROLE twofa_host, twofa_admin; END IF; END $$;"
	    "INSERT INTO twofa.host(name) VALUES ('%s') ON CONFLICT DO NOTHING;"
	    "SELECT pg_advisory_unlock(2)",
	    name, name, name);
	postgres_sql(text);
}

const struct store_server *
postgres_server(void)
{
	static struct store_server server;

	/* fifty at once on a busy machine wait longer than settings allow */
	server = (struct store_server){ .ca_file = own.ca,
		.password_file = own.password,
		.connect_timeout_ms = 60000,
		.timeout_ms = 60000,
		.single = true };
	return &server;
}

const char *
postgres_keys(void)
{
	return own.keys;
}

int
postgres_pid(void)
{
	char pid[128];

	assert_true(line_of("data/postmaster.pid", 0, pid));
	return atoi(pid);
}
