/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies that never end, or lack what was asked for. */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/wire/wire.h"
#include "tests/support/state/fleetbox.h"

#define MS 500       /* of a call, and of a connection */
#define MOST_MS 3000 /* ... on a slow machine */

/* What a server has said when it is ready. */
#define READY                                                                  \
	"R\0\0\0\x08\0\0\0\0"                                                  \
	"S\0\0\0\x18server_version\0"                                          \
	"15.0\0"                                                               \
	"S\0\0\0\x17in_hot_standby\0"                                          \
	"off\0"                                                                \
	"S\0\0\0\x26"                                                          \
	"default_transaction_read_only\0"                                      \
	"off\0"                                                                \
	"Z\0\0\0\x05I"
#define NOTICE "N\0\0\0\x15SNOTICE\0VNOTICE\0\0"
#define COPY_OUT "H\0\0\0\x07\0\0\0"

/* libssl is libpq's, and so not ours to link. */
#define TLS_FUNCTIONS(EACH)                                                    \
	EACH(TLS_server_method)                                                \
	EACH(SSL_CTX_new)                                                      \
	EACH(SSL_CTX_use_certificate_file)                                     \
	EACH(SSL_CTX_use_PrivateKey_file)                                      \
	EACH(SSL_new)                                                          \
	EACH(SSL_free)                                                         \
	EACH(SSL_set_fd)                                                       \
	EACH(SSL_accept)                                                       \
	EACH(SSL_read)                                                         \
	EACH(SSL_write)
#define POINTER(name) __typeof__(&name) name;
#define FIND(name)                                                             \
	*(void **)&tls.name = pg_libpq_dependency_symbol(#name);               \
	assert_non_null(tls.name);
static struct {
	TLS_FUNCTIONS(POINTER)
} tls;

/* A server that is not ours: it says hello, and to the first question again and
 * again the same. */
struct fake {
	const char *hello, *again;
	size_t hello_len, again_len;
	bool once;
};

static void
fake_talk(SSL *ssl, const struct fake *fake)
{
	static char block[16384];
	size_t len = 0;

	while (len + fake->again_len <= sizeof(block)) {
		memcpy(block + len, fake->again, fake->again_len);
		len += fake->again_len;
	}
	if (tls.SSL_write(ssl, fake->hello, (int)fake->hello_len) <= 0)
		return;
	if (fake->once) {
		char asked[4096];

		(void)tls.SSL_read(ssl, asked, sizeof(asked));
		(void)tls.SSL_write(ssl, fake->again, (int)fake->again_len);
		(void)tls.SSL_read(ssl, asked, sizeof(asked));
		return;
	}
	while (tls.SSL_write(ssl, block, (int)len) > 0)
		continue;
}

static void
fake_serve(int listener, const char *dir, const struct fake *fake)
{
	SSL_CTX *ctx = tls.SSL_CTX_new(tls.TLS_server_method());
	char path[256], asked[4096];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm(10);
	snprintf(path, sizeof(path), "%s/server.pem", dir);
	(void)tls.SSL_CTX_use_certificate_file(ctx, path, SSL_FILETYPE_PEM);
	snprintf(path, sizeof(path), "%s/server.key", dir);
	(void)tls.SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM);
	for (;;) {
		const int fd = accept(listener, NULL, NULL);
		SSL *ssl = tls.SSL_new(ctx);

		if (read(fd, asked, 8) == 8 && write(fd, "S", 1) == 1 &&
		    tls.SSL_set_fd(ssl, fd) == 1 && tls.SSL_accept(ssl) == 1 &&
		    tls.SSL_read(ssl, asked, sizeof(asked)) > 0)
			fake_talk(ssl, fake);
		tls.SSL_free(ssl);
		close(fd);
	}
}

static pid_t
fake_begin(const struct fake *fake, const char *dir, char where[64])
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	assert_int_equal(pg_libpq_load(), 0);
	TLS_FUNCTIONS(FIND)
	assert_int_equal(bind(listener, (struct sockaddr *)&at, len), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(listen(listener, 8), 0);
	snprintf(
	    where, 64, "postgresql://localhost:%u/twofa", ntohs(at.sin_port));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		fake_serve(listener, dir, fake);
		_exit(0);
	}
	close(listener);
	return pid;
}

/* Opens the state there: how long that took until it failed. */
static void
fails_in_time(void **state, const struct fake *fake)
{
	const struct statebox *b = *state;
	struct store_server server = *postgres_server();
	char where[64], cause[STORE_CAUSE_MAX] = "", dir[200], key[256];
	struct store_session me = { "mere", 1, b->dir, 0, NULL, false, NULL,
		&server };
	struct store *s;
	int64_t began;
	pid_t pid;

	snprintf(dir, sizeof(dir), "%.*s",
	    (int)(strrchr(server.ca_file, '/') - server.ca_file),
	    server.ca_file);
	snprintf(key, sizeof(key), "%s/ca.key", dir);
	/* who comes in by a certificate asks for no password */
	server.connect_timeout_ms = server.timeout_ms = MS;
	server.returns_busy = true;
	server.cert_file = server.ca_file;
	server.key_file = key;
	pid = fake_begin(fake, dir, where);
	(void)alarm(20);
	began = frame_clock_ms();
	s = store_open(where, &me, cause);
	(void)alarm(0);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_null(s);
	assert_in_range(frame_clock_ms() - began, 0, MOST_MS);
}

static void
notices_without_end(void **state)
{
	fails_in_time(state,
	    &(struct fake){
		READY, NOTICE, sizeof(READY) - 1, sizeof(NOTICE) - 1, false });
}

static void
notices_before_it_is_ready(void **state)
{
	fails_in_time(state,
	    &(struct fake){ READY, NOTICE, 9, sizeof(NOTICE) - 1, false });
}

static void
a_copy(void **state)
{
	fails_in_time(state,
	    &(struct fake){ READY, COPY_OUT, sizeof(READY) - 1,
		sizeof(COPY_OUT) - 1, true });
}

/* A reply with a row, which has no columns. */
static void
a_row_without_columns(void **state)
{
	struct fleetbox *f = *state;

	postgres_sql("DROP FUNCTION twofa_v1.passed_left(twofa_v1.who, text); "
		     "CREATE TYPE twofa_v1.nothing AS (); "
		     "CREATE FUNCTION twofa_v1.passed_left(w twofa_v1.who, "
		     "p_provider text) RETURNS SETOF twofa_v1.nothing LANGUAGE "
		     "sql AS $$ SELECT ROW()::twofa_v1.nothing $$; GRANT "
		     "EXECUTE ON FUNCTION twofa_v1.passed_left TO twofa_host");
	assert_int_equal(
	    pg_call_value(f->host[0], "passed_left(%s)", "one"), 0);
}

static int
set_up(void **state)
{
	(void)box_to_postgres();
	return box_set_up(state);
}

UNIT_TESTS(test_pg_endless)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    notices_without_end, set_up, box_tear_down),
		cmocka_unit_test_setup_teardown(
		    notices_before_it_is_ready, set_up, box_tear_down),
		cmocka_unit_test_setup_teardown(a_copy, set_up, box_tear_down),
		cmocka_unit_test_setup_teardown(
		    a_row_without_columns, fleetbox_set_up, fleetbox_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
