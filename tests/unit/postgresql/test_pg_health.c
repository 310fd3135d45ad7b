/* SPDX-License-Identifier: BSD-2-Clause */
/* What doctor finds of a real server, one thing broken after the other. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/fleet_records/fleet_records.h"
#include "lib/wire/wire.h"
#include "tests/support/statebox.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1700000000)
#define ROUNDS 200 /* of 50 ms */
#define MANY 96    /* connections: more than 80 of 100 */
#define CONFIGURE(text) postgres_sql("ALTER SYSTEM " text)

static struct store_server server;
static const unsigned char *fleet_key;
static char where[192];
static struct {
	char names[256], text[8192];
} told;

static int
set_up(void **state)
{
	snprintf(where, sizeof(where), "%s", box_to_postgres());
	server = *postgres_server();
	/* half of it is warned of, and a busy machine takes seconds */
	server.connect_timeout_ms = 10000;
	store_time_server = &server;
	store_time_now(NOW);
	store_time_wall(WALL);
	return box_set_up_empty(state);
}

static void
take(void *ctx, const struct store_finding *f)
{
	const size_t used = strlen(told.names), said = strlen(told.text);

	(void)ctx;
	snprintf(told.names + used, sizeof(told.names) - used, "%s%s%s",
	    used == 0 ? "" : " ", f->problem ? "" : "note:", f->name);
	snprintf(told.text + said, sizeof(told.text) - said, "%s: %s\n",
	    f->name, f->text);
}

static const char *
look_at(const char *at, int64_t wall)
{
	const struct store_session me = { STORE_HOST, 1, postgres_keys(), 0,
		NULL, false, fleet_key, &server };

	memset(&told, 0, sizeof(told));
	postgresql_backend.health(at, &me, wall, NULL, take);
	return told.names;
}

static void
wants_at(const char *at, const char *names, const char *words)
{
	if (strcmp(look_at(at, WALL), names) != 0 ||
	    strstr(told.text, words) == NULL)
		fail_msg("%s\n%s", told.names, told.text);
}

static void
wants(const char *names, const char *words)
{
	wants_at(where, names, words);
}

/* A server takes its settings in its own time. */
static void
comes(const char *names, const char *words)
{
	const struct timespec moment = { .tv_nsec = 50000000 };

	for (int i = 0; i < ROUNDS && strcmp(look_at(where, WALL), names) != 0;
	     i++)
		nanosleep(&moment, NULL);
	wants(names, words);
}

static void
reload(void)
{
	postgres_sql("SELECT pg_reload_conf()");
}

static void shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
shell(const char *fmt, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("%s", command);
}

static const char *
folder(void)
{
	return getenv("TWOFA_POSTGRES");
}

static void
a_server_that_is_well(void **state)
{
	(void)state;
	wants("", "");
	look_at(where, WALL + 29);
	assert_string_equal(told.names, "");
}

/* Of two servers each is told. */
static void
out_of_reach(void **state)
{
	char at[256];

	(void)state;
	server.connect_timeout_ms = 5000; /* two are 10 s */
	snprintf(at, sizeof(at), "postgresql://localhost:1,%s",
	    where + strlen("postgresql://"));
	wants_at(at, "store-reach", "localhost:1: out of reach");
	wants_at("postgresql://localhost:1,localhost:2/twofa",
	    "store-reach store-reach", "localhost:2: out of reach");
	store_set_deadline(frame_clock_ms() + 900); /* no second try */
	wants_at("postgresql://nothing.invalid/twofa", "store-reach",
	    "its name is not resolved: ");
	assert_non_null(strstr(told.text, "/etc/hosts"));
	store_set_deadline(0);
}

static void
only_standbys(void **state)
{
	(void)state;
	postgres_sql("ALTER ROLE twofa_local SET default_transaction_read_only "
		     "= on");
	wants("store-reach", "accepts writes, 1 are read-only");
	postgres_sql("ALTER ROLE twofa_local RESET ALL");
	wants("", "");
}

static void
write_password(const char *text)
{
	shell("printf '%s\\n' >'%s'; chmod 600 '%s'", text,
	    server.password_file, server.password_file);
}

static void
passwords(void **state)
{
	char right[PG_PASSWORD_LEN + 2] = "", other[PG_PASSWORD_LEN + 1];
	FILE *f = fopen(server.password_file, "re");

	(void)state;
	assert_non_null(f);
	assert_non_null(fgets(right, sizeof(right), f));
	assert_int_equal(fclose(f), 0);
	write_password("correct horse battery staple");
	wants("store-password", "is not 64 hexadecimal digits");
	memset(other, 'a', PG_PASSWORD_LEN);
	other[PG_PASSWORD_LEN] = '\0';
	write_password(other);
	wants("store-refused", "twofactl state host add local");
	right[strcspn(right, "\n")] = '\0';
	write_password(right);
	wants("", "");
}

static void
the_wrong_place(void **state)
{
	char at[192];

	(void)state;
	snprintf(at, sizeof(at), "%.*s/nowhere",
	    (int)(strrchr(where, '/') - where), where);
	wants_at(at, "store-refused", "twofactl state init");
	snprintf(at, sizeof(at), "%.*s/postgres",
	    (int)(strrchr(where, '/') - where), where);
	wants_at(at, "store-schema", "twofactl state init");
	server.ca_file = "/etc/hostname";
	wants("store-refused", "correct ca_file");
}

static void
schemas(void **state)
{
	(void)state;
	postgres_sql("UPDATE twofa.meta SET version = 0");
	wants("store-schema",
	    "needs 1; on the administrator's machine run: "
	    "twofactl state upgrade");
	postgres_sql("UPDATE twofa.meta SET version = 2");
	wants("note:store-schema", "made for 1: it works");
	postgres_sql("UPDATE twofa.meta SET version = 1");
	postgres_sql("REVOKE EXECUTE ON FUNCTION twofa_v1.version FROM "
		     "twofa_host, twofa_admin");
	wants("store-refused", "permission denied");
	postgres_sql("GRANT EXECUTE ON FUNCTION twofa_v1.version TO "
		     "twofa_host, twofa_admin");
}

static int
twelve(const PGconn *conn)
{
	(void)conn;
	return 120017;
}

/* One key for all hosts, which the state has a mark of. */
static void
fleet_keys(void **state)
{
	static unsigned char key[FLEET_SEAL_KEY] = { 7 };
	unsigned char mark[FLEET_SEAL_LEN];
	char text[256] = "UPDATE twofa.meta SET fleet_key = '\\x";

	(void)state;
	fleet_key = key;
	wants("", ""); /* there is none yet */
	assert_int_equal(fleet_seal_key_fingerprint(key, mark), 0);
	for (size_t i = 0; i < sizeof(mark); i++)
		snprintf(text + strlen(text), 4, "%02x", mark[i]);
	snprintf(text + strlen(text), 4, "'");
	postgres_sql(text);
	wants("", "");
	key[0] = 8;
	wants("store-key", "copy the file from a host that works");
	postgres_sql("UPDATE twofa.meta SET fleet_key = NULL");
	fleet_key = NULL;
}

static void
an_old_server(void **state)
{
	__typeof__(pq.PQserverVersion) real = pq.PQserverVersion;

	(void)state;
	pq.PQserverVersion = twelve;
	wants("store-version", "PostgreSQL 12 is too old");
	pq.PQserverVersion = real;
}

/* A standby that is one: it follows, and says what it has. */
static pid_t
standby(void)
{
	char place[128], port[16] = "";
	const char *dir = folder();
	pid_t child;
	FILE *f;

	snprintf(place, sizeof(place), "%s/port", dir);
	f = fopen(place, "re");
	assert_non_null(f);
	assert_non_null(fgets(port, sizeof(port), f));
	assert_int_equal(fclose(f), 0);
	port[strcspn(port, "\n")] = '\0';
	shell("grep -q replication '%s/data/pg_hba.conf' || echo 'local "
	      "replication all trust' >>'%s/data/pg_hba.conf'",
	    dir, dir);
	reload();
	shell("mkdir '%s/wal'", postgres_keys());
	child = fork();
	if (child != 0)
		return child;
	snprintf(place, sizeof(place), "%s/socket", dir);
	if (chdir(postgres_keys()) == 0)
		execlp("pg_receivewal", "pg_receivewal", "--synchronous", "-D",
		    "wal", "-h", place, "-p", port, "-U", "postgres",
		    (char *)NULL);
	_exit(127);
}

static void
standbys(void **state)
{
	pid_t child;

	(void)state;
	server.single = false;
	wants("store-single", "synchronous_standby_names is empty");
	postgres_sql("ALTER ROLE postgres SET synchronous_commit = local");
	CONFIGURE("SET synchronous_standby_names = '*'");
	reload();
	comes("store-standby", "start the standby");
	server.single = true;
	comes("store-single store-standby", "take single out");
	server.single = false;
	child = standby();
	comes("", "");
	CONFIGURE("RESET synchronous_standby_names");
	reload();
	server.single = true;
	comes("store-single", "a used code is good once more");
	kill(child, SIGINT);
	waitpid(child, NULL, 0);
	comes("", "");
	postgres_sql("ALTER ROLE postgres RESET synchronous_commit");
}

static void
clocks(void **state)
{
	(void)state;
	look_at(where, WALL + 31);
	assert_string_equal(told.names, "clock");
	assert_non_null(strstr(told.text, "s ahead of that of the server"));
	look_at(where, WALL - 40);
	assert_string_equal(told.names, "clock");
	assert_non_null(strstr(told.text, "40 s behind"));
}

static void
logs(void **state)
{
	static const char *const settings[] = { "log_statement = 'all'",
		"log_min_duration_statement = 0", "log_min_duration_sample = 9",
		"log_transaction_sample_rate = 0.5" };

	(void)state;
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		char text[160];

		snprintf(text, sizeof(text), "ALTER ROLE twofa_local SET %s",
		    settings[i]);
		postgres_sql(text);
		snprintf(text, sizeof(text), "%.*s",
		    (int)strcspn(settings[i], " "), settings[i]);
		wants("store-log", text);
		postgres_sql("ALTER ROLE twofa_local SET "
			     "log_parameter_max_length = 0");
		wants("", "");
		postgres_sql("ALTER ROLE twofa_local RESET ALL");
	}
	postgres_sql("ALTER ROLE twofa_local SET "
		     "log_parameter_max_length_on_error = -1");
	wants("store-log", "log_parameter_max_length_on_error = -1");
	postgres_sql("ALTER ROLE twofa_local RESET ALL");
}

static PGconn *
beside(void)
{
	char how[256], path[160], port[16] = "";
	PGconn *conn;
	FILE *f;

	snprintf(path, sizeof(path), "%s/port", folder());
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(port, sizeof(port), f));
	assert_int_equal(fclose(f), 0);
	snprintf(how, sizeof(how),
	    "host=%s/socket port=%.5s user=postgres dbname=%s", folder(), port,
	    strrchr(where, '/') + 1);
	conn = PQconnectdb(how);
	assert_int_equal(PQstatus(conn), CONNECTION_OK);
	return conn;
}

/* With that host's password, as who has stolen it comes. */
static PGconn *
as_host(void)
{
	const char *colon = strrchr(where, ':');
	char how[320];
	PGconn *conn;

	snprintf(how, sizeof(how),
	    "host=localhost port=%.*s user=twofa_local dbname=%s "
	    "sslmode=require password=" POSTGRES_PASSWORD,
	    (int)strspn(colon + 1, "0123456789"), colon + 1,
	    strrchr(where, '/') + 1);
	conn = PQconnectdb(how);
	assert_int_equal(PQstatus(conn), CONNECTION_OK);
	return conn;
}

/* One who holds a row, and one who wants it. */
static void
blockers(void **state)
{
	PGconn *holder = beside(), *waiter = beside();

	(void)state;
	PQclear(PQexec(holder,
	    "BEGIN; SELECT FROM twofa.gate WHERE n = 0 FOR "
	    "UPDATE; SET application_name = 'holder'"));
	wants("", ""); /* not for long */
	assert_int_equal(
	    PQsendQuery(waiter, "UPDATE twofa.gate SET n = n WHERE n = 0"), 1);
	comes("store-blocked", "rows of the state for ");
	assert_non_null(strstr(told.text, "postgres (process "));
	assert_non_null(strstr(told.text, "and 1 others wait"));
	PQfinish(holder);
	comes("", "");
	PQfinish(waiter);
}

/* The same by a host's role, which is named with what shuts it out. */
static void
a_stolen_host(void **state)
{
	PGconn *holder = as_host(), *waiter = beside();

	(void)state;
	postgres_sql(
	    "GRANT USAGE ON SCHEMA twofa TO twofa_local; GRANT SELECT, "
	    "UPDATE ON twofa.gate TO twofa_local");
	PQclear(PQexec(
	    holder, "BEGIN; SELECT FROM twofa.gate WHERE n = 0 FOR UPDATE"));
	assert_int_equal(
	    PQsendQuery(waiter, "UPDATE twofa.gate SET n = n WHERE n = 0"), 1);
	comes("store-blocked", "twofa_local (process ");
	assert_non_null(strstr(told.text, "twofactl state host disable local"));
	PQfinish(holder);
	comes("", "");
	PQfinish(waiter);
	postgres_sql("REVOKE ALL ON twofa.gate FROM twofa_local; REVOKE USAGE "
		     "ON SCHEMA twofa FROM twofa_local");
}

/* Who reaches the server, and for how long without a password. */
static void
open_doors(void **state)
{
	const char *dir = folder();

	(void)state;
	CONFIGURE("SET authentication_timeout = '11s'");
	reload();
	comes("store-open", "SET authentication_timeout = '5s'");
	CONFIGURE("SET authentication_timeout = '5s'");
	reload();
	comes("", "");
	CONFIGURE("RESET authentication_timeout");
	reload();
	shell("cp -p '%s/data/pg_hba.conf' '%s/hba'", dir, postgres_keys());
	for (size_t i = 0; i < 3; i++) {
		static const char *const wide[] = { "all", "0.0.0.0/0",
			"::/0" };

		shell("echo 'host all all %s scram-sha-256' "
		      ">>'%s/data/pg_hba.conf'",
		    wide[i], dir);
		wants("store-open", "let the firewall drop all others");
		shell(
		    "cp '%s/hba' '%s/data/pg_hba.conf'", postgres_keys(), dir);
	}
	shell("echo 'host all all all reject' >>'%s/data/pg_hba.conf'", dir);
	wants("", "");
	shell("cp '%s/hba' '%s/data/pg_hba.conf'", postgres_keys(), dir);
}

/* What the holder of a host's password can change of how it is answered. */
static void
settings_of_a_role(void **state)
{
	static unsigned char key[FLEET_SEAL_KEY] = { 9 };
	unsigned char mark[FLEET_SEAL_LEN];
	char text[160] = "UPDATE twofa.meta SET fleet_key = '\\x";
	PGconn *thief = as_host();

	(void)state;
	assert_int_equal(fleet_seal_key_fingerprint(key, mark), 0);
	for (size_t i = 0; i < sizeof(mark); i++)
		snprintf(text + strlen(text), 4, "%02x", mark[i]);
	snprintf(text + strlen(text), 4, "'");
	postgres_sql(text);
	fleet_key = key;
	PQclear(PQexec(thief,
	    "ALTER ROLE twofa_local SET bytea_output = 'escape'; ALTER ROLE "
	    "twofa_local SET default_transaction_isolation = 'serializable'"));
	/* not store-key, nor anything that is read in another way */
	wants("store-role",
	    "twofa_local bytea_output=escape, twofa_local "
	    "default_transaction_isolation=serializable");
	PQclear(PQexec(thief, "ALTER ROLE twofa_local RESET ALL"));
	wants("", "");
	PQfinish(thief);
	postgres_sql("UPDATE twofa.meta SET fleet_key = NULL");
	fleet_key = NULL;
}

/* Of an older release: it says so, and goes on. */
static void
functions_of_before(void **state)
{
	(void)state;
	postgres_sql("ALTER FUNCTION twofa_v1.risks() RENAME TO later");
	wants("note:store-schema", "twofactl state upgrade");
	postgres_sql("ALTER FUNCTION twofa_v1.later() RENAME TO risks");
	wants("", "");
}

static void
connections(void **state)
{
	static PGconn *many[MANY];

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		many[i] = beside();
	wants("store-full", "connections are taken, most by postgres (9");
	for (size_t i = 0; i < MANY; i++)
		PQfinish(many[i]);
	comes("", "");
	postgres_sql("ALTER ROLE twofa_local CONNECTION LIMIT 0");
	wants("store-full", "53300");
	postgres_sql("ALTER ROLE twofa_local CONNECTION LIMIT -1");
}

/* Of 117 connections 100 hosts leave less than 20. */
static void
more_hosts_than_connections(void **state)
{
	(void)state;
	postgres_sql("DO $$ BEGIN FOR i IN 1..100 LOOP EXECUTE format("
		     "'CREATE ROLE twofa_size%s LOGIN IN ROLE twofa_host', i); "
		     "END LOOP; END $$");
	wants("note:store-size", "raise max_connections to 150,");
	postgres_sql("DO $$ BEGIN FOR i IN 1..100 LOOP EXECUTE format("
		     "'ALTER ROLE twofa_size%s NOLOGIN', i); END LOOP; END $$");
	wants("", "");
	postgres_sql("DO $$ BEGIN FOR i IN 1..100 LOOP EXECUTE format("
		     "'DROP ROLE twofa_size%s', i); END LOOP; END $$");
}

/* A certificate by the server's authority, under that name. */
static void
certificate(const char *out, const char *name, int days)
{
	const char *dir = folder();

	shell("openssl req -x509 -new -sha256 -days %d -key '%s/server.key' "
	      "-out '%s' -subj '/CN=%s' -addext subjectAltName=DNS:%s "
	      "-addext basicConstraints=critical,CA:FALSE -CA '%s/ca.pem' "
	      "-CAkey '%s/ca.key' 2>/dev/null",
	    days, dir, out, name, name, dir, dir);
}

static void
certificates(void **state)
{
	char theirs[160];

	(void)state;
	snprintf(theirs, sizeof(theirs), "%s/server.pem", folder());
	certificate(theirs, "localhost", 20);
	reload();
	comes("store-certificate", "its certificate expires in ");
	certificate(theirs, "localhost", 90);
	reload();
	comes("", "");
}

/* A host that shows a certificate in the place of a password. */
static void
certificates_of_ours(void **state)
{
	char cert[128], key[128];
	const char *dir = folder();

	(void)state;
	snprintf(cert, sizeof(cert), "%s/cert", postgres_keys());
	snprintf(key, sizeof(key), "%s/key", postgres_keys());
	certificate(cert, "twofa_local", 10);
	shell("cp '%s/server.key' '%s' && chmod 600 '%s'", dir, key, key);
	shell("cp -p '%s/data/pg_hba.conf' '%s/hba' && sed -i "
	      "'1i hostssl all twofa_local localhost cert' "
	      "'%s/data/pg_hba.conf'",
	    dir, postgres_keys(), dir);
	shell("echo \"ssl_ca_file = '%s/ca.pem'\" "
	      ">>'%s/data/postgresql.conf'",
	    dir, dir);
	reload();
	server.cert_file = cert;
	server.key_file = key;
	comes("store-certificate", "/cert expires in ");
	shell("cp '%s/hba' '%s/data/pg_hba.conf'", postgres_keys(), dir);
	reload();
	server.cert_file = NULL;
	comes("", "");
}

/* The server says so of a session. NULL, NULL: the truth again. */
static void
says(const char *role, const char *backend)
{
	char text[1024];

	if (role == NULL) {
		postgres_sql("DROP FUNCTION twofa_v1.health");
		postgres_sql("ALTER FUNCTION twofa_v1.real_health RENAME TO "
			     "health");
		return;
	}
	postgres_sql("ALTER FUNCTION twofa_v1.health RENAME TO real_health");
	snprintf(text, sizeof(text),
	    "CREATE FUNCTION twofa_v1.health(OUT role text, OUT backend int, "
	    "OUT started text, OUT wall bigint, OUT sync text, OUT standbys "
	    "int, OUT in_step int, OUT used int, OUT most int, OUT printed "
	    "text, OUT fleet_key bytea) LANGUAGE sql SECURITY DEFINER AS $$ "
	    "SELECT %s, %s, "
	    "clock_timestamp()::text, r.wall, r.sync, r.standbys, r.in_step, "
	    "r.used, r.most, r.printed, r.fleet_key FROM "
	    "twofa_v1.real_health() r $$; "
	    "GRANT EXECUTE ON FUNCTION twofa_v1.health TO twofa_host",
	    role, backend);
	postgres_sql(text);
}

/* What a pooler makes of hosts: one role, or one connection. */
static void
poolers(void **state)
{
	(void)state;
	says("r.role", "7");
	wants("store-pooler", "two connections are one there");
	says(NULL, NULL);
	says("'twofa_pool'", "r.backend");
	wants("store-pooler", "not twofa_local, so hosts cannot be");
	says(NULL, NULL);
}

/* What cannot bind a password to its TLS is not the server; and that is no
 * outage, whatever offline would do. */
static void
no_channel_binding(void **state)
{
	const struct store_session me = { STORE_HOST, 1, postgres_keys(), 0,
		NULL, false, NULL, &server };
	const char *dir = folder();
	char cause[STORE_CAUSE_MAX];

	(void)state;
	shell("cp -p '%s/data/pg_hba.conf' '%s/hba' && sed -i "
	      "'1i hostssl all twofa_local localhost password' "
	      "'%s/data/pg_hba.conf'",
	    dir, postgres_keys(), dir);
	reload();
	comes("store-pooler", "such as PgBouncer; name the servers themselves");
	assert_null(store_open(where, &me, cause));
	if (strstr(cause, ": it refuses this host: ") == NULL)
		fail_msg("%s", cause);
	shell("cp '%s/hba' '%s/data/pg_hba.conf'", postgres_keys(), dir);
	reload();
	comes("", "");
}

/* The same server twice is one; one that says it is another, is another. */
static void
two_that_take_writes(void **state)
{
	char at[256];
	const char *rest = where + strlen("postgresql://");

	(void)state;
	server.connect_timeout_ms = 5000; /* two are 10 s */
	snprintf(at, sizeof(at), "postgresql://%.*s,%s",
	    (int)(strrchr(rest, '/') - rest), rest, rest);
	says("r.role", "r.backend");
	wants_at(at, "store-split", "one was promoted while the other lived");
	says(NULL, NULL);
	wants_at(at, "", "");
}

static PostgresPollingStatusType (*poll_of_libpq)(PGconn *);

static int slow_polls; /* so many of the next ones */

static PostgresPollingStatusType
slowly(PGconn *conn)
{
	const struct timespec moment = { 1, 250000000 };

	if (slow_polls-- > 0)
		nanosleep(&moment, NULL);
	return poll_of_libpq(conn);
}

static void
timeouts(void **state)
{
	(void)state;
	server.timeout_ms = 1000;
	/* a busy machine's call is a finding beside it */
	assert_non_null(strstr(look_at(where, WALL), "store-timeouts"));
	assert_non_null(strstr(told.text, "raise it to 2000"));
	server.timeout_ms = 20000;
	poll_of_libpq = pq.PQconnectPoll;
	pq.PQconnectPoll = slowly;
	/* five seconds are over half of it, however many polls it has; a busy
	 * machine's own time is in it */
	slow_polls = 4;
	server.connect_timeout_ms = 8000;
	wants("store-timeouts", "a little more load is an outage");
	/* too far away to be reached in time, which doctor waits for: the
	 * first try takes two or three of them, on a busy machine five */
	slow_polls = 7;
	server.connect_timeout_ms = 2000;
	wants("store-timeouts", "no login reaches it; raise it to");
	assert_non_null(strstr(told.text, " ms (a round trip: "));
	pq.PQconnectPoll = poll_of_libpq;
	server.connect_timeout_ms = 6000;
	wants_at("postgresql://localhost:1,localhost:2/twofa",
	    "store-reach store-reach store-timeouts",
	    "each login waits 12 s: lower connect_timeout_ms to 5000");
}

static void
take_entry(void *ctx, const char *user, enum method method, int64_t wall)
{
	assert_string_equal(user, "alice");
	assert_int_equal(method, METHOD_SMS);
	*(int64_t *)ctx = wall;
}

static void
no_status(void *ctx, const struct store_status *row)
{
	(void)ctx;
	(void)row;
	fail();
}

/* `twofactl confirm` asks as the host who got in there, by its own clock, which
 * may differ from the server's. Who else is known there is not a host's. */
static void
what_a_host_may_ask(void **state)
{
	const struct store_session me = { STORE_HOST, 1, postgres_keys(), 0,
		NULL, false, NULL, &server };
	char cause[STORE_CAUSE_MAX];
	struct store *s = store_open(where, &me, cause);
	int64_t at = 0;

	(void)state;
	assert_non_null(s);
	postgres_sql("REVOKE twofa_admin FROM twofa_local");
	postgres_sql(
	    "INSERT INTO twofa.passed VALUES ('alice', 'sshd', 1, "
	    "'one', 'local', twofa.wall_s() - 50), ('bob', 'sshd', 1, 'one', "
	    "'other', twofa.wall_s())");
	assert_int_equal(
	    store_successes_by_user(s, "sshd", &at, take_entry), 0);
	assert_in_range(time(NULL) - at, 49, 52);
	assert_int_equal(store_status_list(s, NULL, NULL, no_status), -1);
	assert_non_null(strstr(store_cause(s), "42501"));
	store_close(s);
	postgres_sql("GRANT twofa_admin TO twofa_local");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, box_tear_down)

BOX_TESTS(test_pg_health)
{
	const struct CMUnitTest tests[] = {
		TEST(a_server_that_is_well),
		TEST(out_of_reach),
		TEST(only_standbys),
		TEST(passwords),
		TEST(the_wrong_place),
		TEST(schemas),
		TEST(fleet_keys),
		TEST(an_old_server),
		TEST(standbys),
		TEST(clocks),
		TEST(logs),
		TEST(blockers),
		TEST(a_stolen_host),
		TEST(open_doors),
		TEST(settings_of_a_role),
		TEST(functions_of_before),
		TEST(connections),
		TEST(more_hosts_than_connections),
		TEST(certificates),
		TEST(certificates_of_ours),
		TEST(poolers),
		TEST(no_channel_binding),
		TEST(two_that_take_writes),
		TEST(timeouts),
		TEST(what_a_host_may_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
