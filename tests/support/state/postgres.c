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
stop(void)
{
	char command[96];

	if (own.owner != getpid())
		return;
	kill(own.child, SIGINT);
	waitpid(own.child, NULL, 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", own.top);
	(void)!system(command);
}

void
postgres_share(void)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	char folder[80], said[128];

	if (getenv(WHERE) != NULL)
		return;
	snprintf(own.top, sizeof(own.top), "/tmp/twofa-postgres.XXXXXX");
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
	(void)atexit(stop);
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

static const char clocks[] =
    "CREATE TABLE twofa.test_clock(now bigint, wall bigint);"
    "INSERT INTO twofa.test_clock VALUES (0, 0);"
    "ALTER TABLE twofa.test_clock OWNER TO twofa_owner;"
    "CREATE OR REPLACE FUNCTION twofa.now_ms() RETURNS bigint LANGUAGE sql"
    " VOLATILE AS 'SELECT now FROM twofa.test_clock';"
    "CREATE OR REPLACE FUNCTION twofa.wall_s() RETURNS bigint LANGUAGE sql"
    " VOLATILE AS 'SELECT wall FROM twofa.test_clock';"
    /* tests take any step */
    "CREATE OR REPLACE FUNCTION twofa.step_off(p_step bigint, wall bigint)"
    " RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 0::bigint'";

/* Roles are the whole server's, and several files may make them at once. */
static void
make_roles(void)
{
	PGconn *conn = connected("postgres");

	run(conn, "SELECT pg_advisory_lock(1)");
	run(conn, fleet_schema_roles);
	PQfinish(conn);
}

static void
make_database(void)
{
	char name[32], text[128], port[128];
	PGconn *conn = connected("postgres");

	snprintf(name, sizeof(name), "test_%d", (int)getpid());
	snprintf(
	    text, sizeof(text), "CREATE DATABASE %s TEMPLATE template0", name);
	run(conn, text);
	PQfinish(conn);
	assert_true(line_of("port", 0, port));
	snprintf(own.url, sizeof(own.url), "postgresql://localhost:%s/%s", port,
	    name);
	for (size_t i = 0; fleet_schema[i] != NULL; i++)
		run(admin(), fleet_schema[i]);
	run(admin(), clocks);
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

/* TRUNCATE would make each table's and index's file anew, for each test. */
static const char emptied[] =
    "DELETE FROM twofa.verification; DELETE FROM twofa.used;"
    "DELETE FROM twofa.send; DELETE FROM twofa.spend;"
    "DELETE FROM twofa.guess; DELETE FROM twofa.recovery;"
    "DELETE FROM twofa.totp; DELETE FROM twofa.grace;"
    "DELETE FROM twofa.passed_over; DELETE FROM twofa.passed;"
    "DELETE FROM twofa.code_used; DELETE FROM twofa.fleet;"
    "DELETE FROM twofa.taken_back; DELETE FROM twofa.outage;"
    "DELETE FROM twofa.answered_from;"
    "SELECT setval(pg_get_serial_sequence('twofa.' || t, 'id'), 1, false)"
    " FROM unnest(ARRAY['verification', 'send', 'recovery']) t";

const char *
postgres_empty(void)
{
	char path[80];

	if (own.url[0] == '\0') {
		postgres_share();
		make_roles();
		make_place();
		make_database();
		postgres_host(STORE_HOST);
		placed = getpid();
		(void)atexit(remove_place);
	}
	snprintf(path, sizeof(path), "%s/host.key", own.keys);
	(void)unlink(path);
	postgres_sql(emptied);
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
	    "UPDATE twofa.test_clock SET now = %lld, wall = %lld",
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
