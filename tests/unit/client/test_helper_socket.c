/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper that listens, as twofactl reaches it: who listens there, and what
 * comes first. No descriptor stays behind. */
#undef _FORTIFY_SOURCE /* its inline functions would be in the way */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "tests/support/entries.h"
#include "tests/support/unit_tests.h"
#include "twofactl/client/client.h"

#define USUAL "/run/twofa/helper.sock"

static struct {
	struct sockaddr_un at; /* where the usual path leads here */
	int server;
	uid_t owner; /* who listens, as the kernel says */
	/* what comes first */
	unsigned char bytes[64];
	size_t len;
	bool closes; /* ... at once */
	bool silent; /* nothing comes, as long as it is waited for */
	bool full;   /* its queue */
	bool none;   /* no descriptor is left */
	int link;    /* the other end */
} there;

static unsigned
descriptors(void)
{
	return entries_in("/proc/self/fd");
}

static void
look_up(const char *call, void *to)
{
	void *found = dlsym(RTLD_NEXT, call);

	memcpy(to, &found, sizeof(found));
}

int
socket(int domain, int type, int protocol)
{
	int (*real)(int, int, int);

	look_up("socket", &real);
	errno = EMFILE;
	return there.none ? -1 : real(domain, type, protocol);
}

/* The listener answers at once. */
int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
	int (*real)(int, const struct sockaddr *, socklen_t);

	look_up("connect", &real);
	assert_string_equal(((const struct sockaddr_un *)to)->sun_path, USUAL);
	errno = EAGAIN;
	if (there.full ||
	    real(fd, (struct sockaddr *)&there.at, sizeof(there.at)) != 0)
		return -1;
	(void)len;
	there.link = accept(there.server, NULL, NULL);
	assert_true(there.link >= 0);
	if (there.closes) {
		(void)close(there.link);
		there.link = -1;
	} else if (there.len > 0)
		assert_int_equal(
		    send(there.link, there.bytes, there.len, 0), there.len);
	return 0;
}

int
lstat(const char *path, struct stat *st)
{
	int (*real)(const char *, struct stat *);

	look_up("lstat", &real);
	return real(strcmp(path, USUAL) == 0 ? there.at.sun_path : path, st);
}

int
getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
	int (*real)(int, int, int, void *, socklen_t *);
	int done;

	look_up("getsockopt", &real);
	done = real(fd, level, option, value, len);
	if (option == SO_PEERCRED)
		((struct ucred *)value)->uid = there.owner;
	return done;
}

int
poll(struct pollfd *fds, nfds_t count, int ms)
{
	int (*real)(struct pollfd *, nfds_t, int);

	look_up("poll", &real);
	assert_in_range(ms, 2000, 3000);
	return there.silent ? 0 : real(fds, count, ms);
}

static int
set_up(void **state)
{
	const char *folder = getenv("TMPDIR");

	(void)state;
	memset(&there, 0, sizeof(there));
	there.at.sun_family = AF_UNIX;
	assert_true(
	    (size_t)snprintf(there.at.sun_path, sizeof(there.at.sun_path),
		"%s/socket.%d", folder != NULL ? folder : "/tmp",
		(int)getpid()) < sizeof(there.at.sun_path));
	there.link = -1;
	there.server = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(there.server, (struct sockaddr *)&there.at, sizeof(there.at)),
	    0);
	assert_int_equal(listen(there.server, 4), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)close(there.server);
	(void)unlink(there.at.sun_path);
	return 0;
}

/* A frame without fields comes first. */
static void
first(enum frame_type type)
{
	struct frame f;

	frame_init(&f, type, there.bytes, sizeof(there.bytes));
	there.len = f.len;
}

static void
assert_refused(const char *words)
{
	const unsigned before = descriptors();
	const char *why = NULL;

	assert_int_equal(client_socket_open(&why), -1);
	assert_non_null(why);
	if (strstr(why, words) == NULL)
		fail_msg("%s: not in: %s", words, why);
	if (there.link >= 0)
		(void)close(there.link);
	there.link = -1;
	assert_int_equal(descriptors(), before);
}

static void
hello_comes(void **state)
{
	const char *why = "";
	int fd;

	(void)state;
	first(FRAME_HELLO);
	fd = client_socket_open(&why);
	assert_true(fd >= 0);
	assert_null(why);
	assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(recv(there.link, there.bytes, 8, 0), 1);
	(void)close(fd);
	(void)close(there.link);
}

static void
it_exists(void **state)
{
	(void)state;
	assert_string_equal(client_socket_path(), USUAL);
	assert_true(client_socket_exists());
	(void)unlink(there.at.sun_path);
	assert_false(client_socket_exists());
	assert_refused("cannot be reached");
	assert_int_equal(symlink("/nowhere", there.at.sun_path), 0);
	assert_true(client_socket_exists());
}

static void
nobody_there(void **state)
{
	(void)state;
	there.full = true;
	assert_refused("cannot be reached");
	there.full = false;
	there.none = true;
	assert_refused("cannot be reached");
	there.none = false;
	(void)close(there.server);
	assert_refused("cannot be reached");
}

/* Nothing is read of it, HELLO or not. */
static void
another_user(void **state)
{
	(void)state;
	first(FRAME_HELLO);
	there.owner = 1;
	assert_refused("does not belong to root");
}

static void
another_version(void **state)
{
	(void)state;
	first(FRAME_HELLO);
	there.bytes[4]++;
	assert_refused("of another version than this twofactl");
}

static void
no_hello(void **state)
{
	(void)state;
	first(FRAME_END);
	assert_refused("is not a helper");
	first(FRAME_HELLO);
	there.len--;
	assert_refused("is not a helper");
	there.len += 2;
	assert_refused("is not a helper");
}

static void
no_place(void **state)
{
	(void)state;
	there.closes = true;
	assert_refused("accepts no more logins");
}

static void
no_answer(void **state)
{
	(void)state;
	there.silent = true;
	assert_refused("does not answer within 3 s");
}

UNIT_TESTS(test_helper_socket)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(hello_comes),
		TEST(it_exists),
		TEST(nobody_there),
		TEST(another_user),
		TEST(another_version),
		TEST(no_hello),
		TEST(no_place),
		TEST(no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
