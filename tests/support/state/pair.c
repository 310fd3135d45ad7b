/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/postgres/pair as a child of a test. */
#include "tests/support/state/pair.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/store.h"
#include "helper/store/store_backend.h"
#include "tests/support/plain_claims.h"
#include "tests/support/state/postgres.h"
#include "twofactl/fleet/fleet_inside.h"

static struct {
	pid_t owner, child; /* who started it */
	FILE *commands, *answers;
	char top[64];
	unsigned clients, port[2]; /* the primary's for clients; the servers' */
	char ca[96], password[96];
} pair;

static void
end_pair(void)
{
	char command[96];

	if (pair.owner != getpid())
		return;
	(void)fclose(pair.commands);
	waitpid(pair.child, NULL, 0);
	(void)fclose(pair.answers);
	snprintf(command, sizeof(command), "rm -rf '%s'", pair.top);
	(void)!system(command);
}

static void
answered(const char *word)
{
	char line[512] = "";

	if (fgets(line, sizeof(line), pair.answers) == NULL ||
	    strncmp(line, word, strlen(word)) != 0)
		fail_msg("tests/postgres/pair: %s", line);
}

void
pair_do(const char *command)
{
	assert_true(fprintf(pair.commands, "%s\n", command) > 0);
	assert_int_equal(fflush(pair.commands), 0);
	answered("ok");
}

static void
run(int in, int out, const char *folder)
{
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	closefrom(STDERR_FILENO + 1);
	execl("tests/postgres/pair", "pair", folder, NULL);
	_exit(127);
}

static void
begin(void)
{
	int to[2], from[2];
	char folder[80];

	/* each round copies both */
	snprintf(pair.top, sizeof(pair.top), "%s/twofa-pair.XXXXXX",
	    postgres_room());
	assert_non_null(mkdtemp(pair.top));
	assert_int_equal(chmod(pair.top, 0755), 0);
	snprintf(folder, sizeof(folder), "%s/servers", pair.top);
	snprintf(pair.ca, sizeof(pair.ca), "%s/ca.pem", folder);
	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	pair.owner = getpid();
	pair.child = fork();
	if (pair.child == 0)
		run(to[0], from[1], folder);
	close(to[0]);
	close(from[1]);
	pair.commands = fdopen(to[1], "w");
	pair.answers = fdopen(from[0], "r");
	(void)atexit(end_pair);
	answered("ready");
}

static void
read_ports(void)
{
	char path[96], line[16];
	FILE *f;
	unsigned *const to[] = { &pair.clients, &pair.port[PAIR_STANDBY],
		&pair.port[PAIR_PRIMARY] };

	snprintf(path, sizeof(path), "%s/servers/ports", pair.top);
	f = fopen(path, "re");
	assert_non_null(f);
	for (size_t i = 0; i < sizeof(to) / sizeof(*to); i++) {
		assert_non_null(fgets(line, sizeof(line), f));
		*to[i] = (unsigned)strtoul(line, NULL, 10);
	}
	assert_int_equal(fclose(f), 0);
}

/* A connection of its own each time, since servers come and go. */
static int64_t
sql(enum pair_server which, const char *database, const char *text)
{
	int64_t value = 0;
	char how[192];
	PGconn *conn;
	PGresult *r;

	snprintf(how, sizeof(how),
	    "host=%s/servers/socket port=%u user=postgres dbname=%s", pair.top,
	    pair.port[which], database);
	conn = PQconnectdb(how);
	r = PQexec(conn, text);
	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) > 0)
		value = PQgetvalue(r, 0, 0)[0] == 't'
		    ? 1
		    : strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	else if (PQresultStatus(r) != PGRES_TUPLES_OK &&
	    PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", PQerrorMessage(conn), text);
	PQclear(r);
	PQfinish(conn);
	return value;
}

int64_t
pair_sql(enum pair_server which, const char *text)
{
	return sql(which, "twofa", text);
}

void
pair_until(enum pair_server which, const char *text)
{
	const struct timespec moment = { .tv_nsec = 5000000 };

	for (int i = 0; i < 6000; i++) {
		if (pair_sql(which, text) > 0)
			return;
		nanosleep(&moment, NULL);
	}
	fail_msg("not in 30 s: %s", text);
}

static void
make_schema(void)
{
	char text[384];

	sql(PAIR_PRIMARY, "postgres", fleet_schema_roles);
	sql(PAIR_PRIMARY, "postgres", "CREATE DATABASE twofa");
	for (size_t i = 0; fleet_schema[i] != NULL; i++)
		pair_sql(PAIR_PRIMARY, fleet_schema[i]);
	for (unsigned i = 0; i < PAIR_HOSTS; i++) {
		snprintf(text, sizeof(text),
		    "SET password_encryption = 'scram-sha-256'; "
		    "CREATE ROLE twofa_h%u LOGIN PASSWORD '" POSTGRES_VERIFIER
		    "' IN ROLE twofa_host; INSERT INTO twofa.host(name) VALUES "
		    "('h%u')",
		    i, i);
		pair_sql(PAIR_PRIMARY, text);
	}
}

static void
write_password(void)
{
	FILE *f;

	snprintf(pair.password, sizeof(pair.password), "%s/password", pair.top);
	f = fopen(pair.password, "we");
	assert_non_null(f);
	assert_true(fputs(POSTGRES_PASSWORD, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(pair.password, 0600), 0);
}

void
pair_start(void)
{
	if (pair.owner == 0) {
		begin();
		read_ports();
		write_password();
		make_schema();
		pair_do("keep");
	}
	pair_do("start");
}

static struct store_server server;
static char where[128];

static struct store_session
session(unsigned host, int64_t number, unsigned timeout_ms, bool alone)
{
	static const unsigned char fleet_key[HOST_KEY_LEN] = "the fleet's";
	static char name[8], keys[128];
	int n;

	server = (struct store_server){ .ca_file = pair.ca,
		.password_file = pair.password,
		.connect_timeout_ms = 5000,
		.timeout_ms = timeout_ms,
		.single = true };
	snprintf(name, sizeof(name), "h%u", host);
	snprintf(keys, sizeof(keys), "%s/%s", pair.top, name);
	(void)mkdir(keys, 0700); /* its state_dir, once */
	n = snprintf(
	    where, sizeof(where), "postgresql://localhost:%u", pair.clients);
	if (!alone)
		n += snprintf(where + n, sizeof(where) - (size_t)n,
		    ",localhost:%u", pair.port[PAIR_STANDBY]);
	snprintf(where + n, sizeof(where) - (size_t)n, "/twofa");
	return (struct store_session){ .host = name,
		.number = number,
		.keys = keys,
		.fleet_key = fleet_key,
		.server = &server };
}

void
pair_health(unsigned host, void *ctx,
    void (*found)(void *ctx, const struct store_finding *))
{
	const struct store_session me = session(host, 1, 2000, false);

	server.single = false;
	postgresql_backend.health(where, &me, time(NULL), ctx, found);
}

struct store *
pair_open(unsigned host, int64_t number, unsigned timeout_ms, bool alone)
{
	const struct store_session me =
	    session(host, number, timeout_ms, alone);
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s;

	s = store_open(where, &me, cause);
	if (s == NULL)
		(void)fprintf(stderr, "%s\n", cause);
	return s;
}

int64_t
pair_code(
    unsigned host, int64_t session, const char *user, const char *request_id)
{
	const struct store_key key = { user, user, "one", "type", { NULL } };
	struct store *s = pair_open(host, session, 10000, false);
	struct store_row row;

	assert_non_null(s);
	assert_int_equal(
	    store_claim(s, &key, METHOD_ALL, METHOD_SMS, 15000, &row),
	    CLAIM_NEW);
	assert_int_equal(store_row_set_started(s,
			     &(struct store_started){ .id = row.id,
				 .request_id = request_id,
				 .method = METHOD_SMS,
				 .life_ms = 300000 }),
	    0);
	store_close(s);
	return row.id;
}

int
pair_finish(
    struct store *s, int64_t id, const char *user, const char *request_id)
{
	const struct store_right right = {
		.user = user, .source = "192.0.2.0/24", .provider = ""
	};

	return plain_finish_as(s,
	    &(struct store_finish){ .id = id, .request_id = request_id },
	    &right);
}
