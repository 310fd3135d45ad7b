/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to a server: a name service that does not answer, what a caller's
 * environment and a home folder must not change, and servers that are none for
 * us.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/wire/wire.h"
#include "tests/support/statebox.h"

#define SILENT "silent.example.org"
#define UNKNOWN "unknown.example.org"
#define EMPTY "empty.example.org"
#define SHORT "short.example.org" /* of what the machine has */

#define LOAD 48 /* connections of a host */

#define NO_NAME "busy: its name is not resolved: "

static int silence[2];     /* until its other end is closed */
static bool two_addresses; /* of localhost; packets vanish at the first */
#define VANISHING "127.0.0.2"

static bool no_threads;
/* What the name service says of localhost; 0: the truth. */
static int error_here;
static bool half_here; /* of its addresses: one that there is no route to */
static int other_half; /* what it says when it is asked for that alone */
static int asked_for;  /* how often it was */
static bool way6;      /* a route that leads nowhere */
static bool no_route6; /* ... to any of IPv6 */
static bool no_route4;

int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*body)(void *), void *ctx)
{
	__typeof__(&pthread_create) real =
	    (__typeof__(&pthread_create))dlsym(RTLD_NEXT, "pthread_create");

	return no_threads ? EAGAIN : real(thread, attr, body, ctx);
}

static int
both(__typeof__(&getaddrinfo) real, const char *service,
    const struct addrinfo *hints, struct addrinfo **out)
{
	/* one that has had an address of the other family is asked for it */
	if (hints != NULL && hints->ai_family == AF_INET6)
		return EAI_NONAME;
	assert_int_equal(real(VANISHING, service, hints, out), 0);
	return real("127.0.0.1", service, hints, &(*out)->ai_next);
}

/* Stands before libc's, for libpq as well. */
int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **out)
{
	__typeof__(&getaddrinfo) real =
	    (__typeof__(&getaddrinfo))dlsym(RTLD_NEXT, "getaddrinfo");
	char byte;

	if (hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0)
		return real(name, service, hints, out);
	if (name != NULL && strcmp(name, SILENT) == 0) {
		while (read(silence[0], &byte, 1) < 0 && errno == EINTR)
			continue;
		return EAI_AGAIN;
	}
	if (name != NULL && strcmp(name, UNKNOWN) == 0)
		return EAI_NONAME;
	if (name != NULL && strcmp(name, SHORT) == 0)
		return EAI_SYSTEM;
	if (name != NULL && strcmp(name, EMPTY) == 0) {
		*out = NULL;
		return 0;
	}
	if (name != NULL && strcmp(name, "localhost") == 0 && error_here != 0)
		return error_here;
	if (name != NULL && strcmp(name, "localhost") == 0 && half_here) {
		if (hints == NULL || hints->ai_family == AF_UNSPEC)
			return real("2001:db8::1", service, hints, out);
		asked_for++;
		return other_half;
	}
	if (two_addresses && name != NULL && strcmp(name, "localhost") == 0)
		return both(real, service, hints, out);
	return real(name, service, hints, out);
}

/* Of routes alone, which a datagram socket looks for. */
int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
	__typeof__(&connect) real =
	    (__typeof__(&connect))dlsym(RTLD_NEXT, "connect");
	socklen_t size = sizeof(int);
	int type = 0;

	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	if ((no_route6 && to->sa_family == AF_INET6) ||
	    (no_route4 && to->sa_family == AF_INET)) {
		errno = ENETUNREACH;
		return -1;
	}
	if (type == SOCK_DGRAM && (to->sa_family == AF_INET || way6))
		return 0;
	return real(fd, to, len);
}

static int
set_up(void **state)
{
	half_here = way6 = no_route6 = no_route4 = no_threads = false;
	error_here = other_half = asked_for = 0;
	box_remote = true;
	(void)postgres_empty();
	store_time_server = postgres_server();
	store_time_keys = postgres_keys();
	return box_set_up_empty(state);
}

static struct store *
opened(const char *where, const struct store_server *server,
    char cause[STORE_CAUSE_MAX])
{
	const struct store_session me = { STORE_HOST, 1, postgres_keys(), 0,
		NULL, false, NULL, server };

	cause[0] = '\0';
	return store_open(where, &me, cause);
}

static void
opens(const char *where)
{
	char cause[STORE_CAUSE_MAX];
	struct store *s = opened(where, postgres_server(), cause);

	if (s == NULL)
		fail_msg("%s", cause);
	store_close(s);
}

static void
refused(const char *where, const struct store_server *server, const char *words)
{
	char cause[STORE_CAUSE_MAX];

	assert_null(opened(where, server, cause));
	if (strstr(cause, words) == NULL)
		fail_msg("%s", cause);
}

/* Within the time of one server, and then the next one is asked. That is no
 * outage: whoever has all ports of this host keeps names from being resolved.
 */
static void
a_name_service_is_silent(void **state)
{
	struct store_server server = *postgres_server();
	const struct statebox *b = *state;
	char where[256], cause[STORE_CAUSE_MAX];
	struct store *s;
	int64_t began;

	assert_int_equal(pipe(silence), 0);
	server.connect_timeout_ms = 300;
	began = frame_clock_ms();
	store_set_deadline(began + 900);
	refused("postgresql://" SILENT "/twofa", &server,
	    NO_NAME "no answer in time from the name service");
	assert_int_equal(store_failure(NULL), STORE_BUSY);
	assert_in_range(frame_clock_ms() - began, 290, 3000);
	store_set_deadline(0);
	server.connect_timeout_ms = 3000;
	snprintf(where, sizeof(where), "postgresql://" SILENT ",%s",
	    b->path + strlen("postgresql://"));
	s = opened(where, &server, cause);
	if (s == NULL)
		fail_msg("%s", cause);
	assert_int_equal(s->at, 1);
	store_close(s);
	close(silence[1]);
}

static void
a_name_has_no_address(void **state)
{
	(void)state;
	store_set_deadline(frame_clock_ms() + 900);
	refused("postgresql://" UNKNOWN "/twofa", postgres_server(),
	    NO_NAME "Name or service not known");
	refused("postgresql://" EMPTY "/twofa", postgres_server(),
	    NO_NAME "the name service has no address of it");
	assert_int_equal(store_failure(NULL), STORE_BUSY);
	store_set_deadline(0);
}

static void
known_path(char out[256])
{
	snprintf(out, 256, "%s/address.localhost", postgres_keys());
}

/* A server that was found before is asked where it was then: it lets in, or it
 * is an outage. */
static void
where_it_was_last_time(void **state)
{
	static const int errors[] = { EAI_AGAIN, EAI_NONAME, EAI_SYSTEM };
	const struct statebox *b = *state;
	char path[256], cause[STORE_CAUSE_MAX];

	known_path(path);
	(void)unlink(path);
	opens(b->path);
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		error_here = errors[i];
		opens(b->path);
	}
	no_threads = true;
	opens(b->path);
	no_threads = false;
	assert_null(
	    opened("postgresql://localhost:1/twofa", postgres_server(), cause));
	assert_int_equal(store_failure(NULL), STORE_OUTAGE);
	store_set_deadline(frame_clock_ms() + 900);
	assert_int_equal(truncate(path, 10), 0); /* what another has written */
	refused(b->path, postgres_server(), NO_NAME);
	assert_int_equal(unlink(path), 0);
	refused(b->path, postgres_server(), NO_NAME);
	store_set_deadline(0);
	error_here = 0;
}

/* The name service has no port for the other half of its questions: there is no
 * route to this one, or one that leads nowhere. */
static void
half_of_its_addresses(void **state)
{
	const struct statebox *b = *state;
	char path[256], cause[STORE_CAUSE_MAX];

	known_path(path);
	(void)unlink(path);
	opens(b->path);
	half_here = no_route6 = true;
	other_half = EAI_AGAIN;
	opens(b->path); /* and the half is not kept */
	no_route6 = false;
	way6 = true;
	opens(b->path);
	assert_int_equal(asked_for, 2);
	error_here = EAI_AGAIN;
	opens(b->path);
	error_here = 0;
	/* those of last time are the whole, and nobody answers there */
	assert_null(
	    opened("postgresql://localhost:1/twofa", postgres_server(), cause));
	assert_int_equal(store_failure(NULL), STORE_OUTAGE);
	half_here = way6 = false;
}

/* Only the name service's word makes an outage of it. */
static void
half_that_may_be_all(void **state)
{
	static const struct {
		int says;
		enum store_failure failure;
	} rows[] = { { EAI_AGAIN, STORE_BUSY }, { 0, STORE_BUSY },
		{ EAI_NODATA, STORE_OUTAGE } };
	const struct statebox *b = *state;
	char path[256], cause[STORE_CAUSE_MAX];

	known_path(path);
	half_here = no_route6 = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		(void)unlink(path);
		other_half = rows[i].says;
		store_set_deadline(frame_clock_ms() + 500);
		assert_null(opened(b->path, postgres_server(), cause));
		assert_int_equal(store_failure(NULL), rows[i].failure);
		assert_int_equal(access(path, F_OK) == 0,
		    rows[i].failure == STORE_OUTAGE); /* kept */
	}
	asked_for = 0; /* it is known by now */
	assert_null(opened(b->path, postgres_server(), cause));
	assert_int_equal(asked_for, 0);
	assert_int_equal(store_failure(NULL), STORE_OUTAGE);
	(void)unlink(path);
	store_set_deadline(0);
	half_here = no_route6 = false;
}

/* A server that is named by its address needs no name service: where the
 * network says that there is no way to it, that is an outage. */
static void
an_address_without_a_way(void **state)
{
	char cause[STORE_CAUSE_MAX];

	(void)state;
	no_route4 = way6 = true;
	assert_null(
	    opened("postgresql://127.0.0.1:1/twofa", postgres_server(), cause));
	no_route4 = way6 = false;
	assert_int_equal(store_failure(NULL), STORE_OUTAGE);
}

/* A user of this host may begin any number of logins by su and sudo. */
static void
callers_leave_half(void **state)
{
	struct store_server server = *postgres_server();
	const struct statebox *b = *state;
	struct store *held[LOAD];
	char cause[STORE_CAUSE_MAX];
	size_t n = 0;

	server.of_caller = server.returns_busy = true;
	while (n < LOAD && (held[n] = opened(b->path, &server, cause)) != NULL)
		n++;
	assert_in_range(n, 1, LOAD / 2);
	assert_int_equal(store_failure(NULL), STORE_BUSY);
	assert_non_null(strstr(cause, "as many connections as it may"));
	opens(b->path);
	while (n > 0)
		store_close(held[--n]);
}

/* Nobody waits for what is no file. */
static void
a_pipe_in_its_folder(void **state)
{
	static const char *const names[] = { "address.localhost", "contact" };
	const struct statebox *b = *state;
	char path[256];

	for (size_t i = 0; i < 2; i++) {
		snprintf(
		    path, sizeof(path), "%s/%s", postgres_keys(), names[i]);
		(void)unlink(path);
		assert_int_equal(mkfifo(path, 0600), 0);
		alarm(20);
		opens(b->path);
		(void)pg_contact_is_recent(postgres_keys());
		alarm(0);
		assert_int_equal(unlink(path), 0);
	}
}

/* Whoever can make this host short of something must not bring it to decide
 * without the state: it is busy, and not out of reach. */
static void
this_machine_is_short(void **state)
{
	(void)state;
	store_set_deadline(frame_clock_ms() + 300);
	refused("postgresql://" SHORT "/twofa", postgres_server(),
	    NO_NAME "the name service cannot be asked");
	no_threads = true;
	refused("postgresql://" UNKNOWN "/twofa", postgres_server(),
	    NO_NAME "no thread could be started");
	no_threads = false;
	store_set_deadline(0);
}

/* Whoever connects to it waits: its queue is full. */
static int
vanishing(unsigned port, int queued[4])
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(inet_pton(AF_INET, VANISHING, &at.sin_addr), 1);
	assert_int_equal(
	    bind(listener, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 0), 0);
	for (int i = 0; i < 4; i++) {
		queued[i] = socket(
		    AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(
		    queued[i], (const struct sockaddr *)&at, sizeof(at));
	}
	return listener;
}

/* As with IPv6 in a network that only pretends to have it. */
static void
packets_vanish_at_the_first_address(void **state)
{
	struct store_server server = *postgres_server();
	const struct statebox *b = *state;
	char cause[STORE_CAUSE_MAX];
	int queued[4], listener;
	struct store *s;
	int64_t began;

	listener = vanishing(
	    (unsigned)strtoul(strrchr(b->path, ':') + 1, NULL, 10), queued);
	two_addresses = true;
	server.connect_timeout_ms = 6000; /* half of it for each */
	began = frame_clock_ms();
	s = opened(b->path, &server, cause);
	two_addresses = false;
	if (s == NULL)
		fail_msg("%s", cause);
	assert_true(frame_clock_ms() - began >= 2990);
	store_close(s);
	close(listener);
	for (int i = 0; i < 4; i++)
		close(queued[i]);
}

/* An address needs no name service, but the certificate has to have it. */
static void
an_address(void **state)
{
	const struct statebox *b = *state;
	char where[128];

	snprintf(where, sizeof(where), "postgresql://127.0.0.1%s",
	    strrchr(b->path, ':'));
	refused(where, postgres_server(), "certificate");
}

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

/* Each of these alone would keep libpq from this server, or give it something
 * else. */
static void
nothing_from_the_environment(void **state)
{
	static const char *const lines[][2] = {
		{ "PGHOST", "nowhere.example.org" },
		{ "PGHOSTADDR", "192.0.2.1" },
		{ "PGPORT", "1" },
		{ "PGDATABASE", "postgres" },
		{ "PGUSER", "postgres" },
		{ "PGPASSWORD", "secret" },
		{ "PGPASSFILE", "/no/such/file" },
		{ "PGSERVICE", "none" },
		{ "PGSERVICEFILE", "/no/such/file" },
		{ "PGSYSCONFDIR", "/no/such/folder" },
		{ "PGSSLMODE", "disable" },
		{ "PGSSLROOTCERT", "/no/such/file" },
		{ "PGSSLCERT", "/etc/hostname" },
		{ "PGSSLKEY", "/etc/hostname" },
		{ "PGSSLCRL", "/etc/hostname" },
		{ "PGSSLCRLDIR", "/no/such/folder" },
		{ "PGSSLMINPROTOCOLVERSION", "TLSv1" },
		{ "PGSSLMAXPROTOCOLVERSION", "TLSv1.1" },
		{ "PGCHANNELBINDING", "disable" },
		{ "PGGSSENCMODE", "require" },
		{ "PGREQUIREPEER", "nobody" },
		{ "PGTARGETSESSIONATTRS", "standby" },
		{ "PGCONNECT_TIMEOUT", "x" },
		{ "PGOPTIONS", "-c default_transaction_read_only=on" },
		{ "PGAPPNAME", "other" },
		{ "PGCLIENTENCODING", "LATIN1" },
		{ "PGDATESTYLE", "nonsense" },
		{ "PGTZ", "nonsense" },
		{ "PGGEQO", "nonsense" },
	};
	const struct statebox *b = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		assert_int_equal(setenv(lines[i][0], lines[i][1], 1), 0);
		opens(b->path);
		assert_null(getenv(lines[i][0]));
	}
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(setenv(lines[i][0], lines[i][1], 1), 0);
	opens(b->path);
}

/* libpq 15 has it from HOME, older ones from the account. */
static void
nothing_from_home(void **state)
{
	static const char *const names[] = { ".postgresql/postgresql.crt",
		".postgresql/postgresql.key", ".postgresql/root.crt",
		".postgresql/root.crl", ".pgpass", ".pg_service.conf" };
	const struct statebox *b = *state;
	char home[] = "/tmp/twofa-home.XXXXXX", path[96];
	const char *before = getenv("HOME");
	char *kept = before == NULL ? NULL : strdup(before);

	assert_non_null(mkdtemp(home));
	snprintf(path, sizeof(path), "%s/.postgresql", home);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		write_file(home, names[i], "*:*:*:*:nonsense\n");
	assert_int_equal(setenv("HOME", home, 1), 0);
	opens(b->path);
	if (kept != NULL)
		setenv("HOME", kept, 1);
	else
		unsetenv("HOME");
	free(kept);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", home, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	snprintf(path, sizeof(path), "%s/.postgresql", home);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(home), 0);
}

static int
version_12(const PGconn *conn)
{
	(void)conn;
	return 120022;
}

static void
too_old_a_server(void **state)
{
	const struct statebox *b = *state;
	__typeof__(pq.PQserverVersion) real;

	assert_int_equal(pg_libpq_load(), 0);
	real = pq.PQserverVersion;
	pq.PQserverVersion = version_12;
	refused(b->path, postgres_server(),
	    "PostgreSQL 12 is too old: install 13 or later");
	pq.PQserverVersion = real;
	opens(b->path);
}

/* Whoever comes is this role's. */
static PGconn *
pooler(const char *const *names, const char *const *values, int expand)
{
	const char *mine[64] = { NULL };
	size_t i;

	for (i = 0; names[i] != NULL; i++) {
		assert_true(i < sizeof(mine) / sizeof(*mine) - 1);
		mine[i] =
		    strcmp(names[i], "user") == 0 ? "twofa_pooler" : values[i];
	}
	return PQconnectStartParams(names, mine, expand);
}

static void
a_pooler_stands_between(void **state)
{
	const struct statebox *b = *state;
	__typeof__(pq.PQconnectStartParams) real;

	postgres_host("pooler");
	assert_int_equal(pg_libpq_load(), 0);
	real = pq.PQconnectStartParams;
	pq.PQconnectStartParams = pooler;
	refused(b->path, postgres_server(),
	    "the session's role is twofa_pooler, not twofa_local: a pooler is "
	    "in between");
	pq.PQconnectStartParams = real;
	opens(b->path);
}

/* The time of a connection that is replaced is counted once, although its
 * server is checked before it is asked. */
static void
a_wait_is_counted_once(void **state)
{
	struct store *s = box_open(*state);
	int64_t since, counted;

	pg_disconnect(s);
	counted = store_wait_times()->ms;
	since = frame_clock_ms();
	assert_int_equal(store_noop(s), 0);
	assert_true(
	    store_wait_times()->ms - counted <= frame_clock_ms() - since);
	store_close(s);
}

static pid_t
cannot_fork(unsigned *port)
{
	static const char said[] = "Ecould not fork new process for "
				   "connection: Cannot allocate memory\n";
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char asked[8];
	pid_t pid;
	int fd;

	assert_int_equal(bind(listener, (struct sockaddr *)&at, len), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(listen(listener, 8), 0);
	*port = ntohs(at.sin_port);
	pid = fork();
	assert_true(pid >= 0);
	while (pid == 0) {
		(void)alarm(10);
		fd = accept(listener, NULL, NULL);
		if (read(fd, asked, sizeof(asked)) != sizeof(asked) ||
		    write(fd, said, sizeof(said)) != sizeof(said))
			_exit(1);
		close(fd);
	}
	close(listener);
	return pid;
}

/* It is there and says so, before TLS: whoever uses up its memory or processes
 * keeps it busy, and brings no host to decide without it. */
static void
a_server_that_cannot_fork(void **state)
{
	char where[64];
	unsigned port;
	const pid_t pid = cannot_fork(&port);

	(void)state;
	snprintf(where, sizeof(where), "postgresql://localhost:%u/twofa", port);
	store_set_deadline(frame_clock_ms() + 900);
	refused(where, postgres_server(), "busy: ");
	assert_int_equal(store_failure(NULL), STORE_BUSY);
	store_set_deadline(0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, box_tear_down)

BOX_TESTS(test_pg_connect)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_service_is_silent),
		TEST(a_name_has_no_address),
		TEST(where_it_was_last_time),
		TEST(half_of_its_addresses),
		TEST(half_that_may_be_all),
		TEST(an_address_without_a_way),
		TEST(callers_leave_half),
		TEST(a_pipe_in_its_folder),
		TEST(this_machine_is_short),
		TEST(packets_vanish_at_the_first_address),
		TEST(an_address),
		TEST(nothing_from_the_environment),
		TEST(nothing_from_home),
		TEST(too_old_a_server),
		TEST(a_pooler_stands_between),
		TEST(a_wait_is_counted_once),
		TEST(a_server_that_cannot_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
