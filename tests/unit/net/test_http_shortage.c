/* SPDX-License-Identifier: BSD-2-Clause */
/* http_send on a host that is short of something, or whose name service is: no
 * outage, whatever became of the shortage meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/base/shortage.h"
#include "tests/support/posting.h"
#include "tests/support/unit_tests.h"

#define NAME "shortage.test" /* its addresses are names[] */
#define HTTPS "https://" NAME
#define ROOTS_4 "198.41.0.4"
#define ROOTS_6 "2001:503:ba3e::2:30"
#define THERE_4 "192.0.2.1"
#define THERE_6 "2001:db8::1"

/* What connect says of an address; 0: it is tried, and there is a route. */
static struct {
	const char *address;
	int type, error;
} rows[8];
static const char *names[3]; /* NULL: at the end */
static int unresolved;       /* getaddrinfo's error */
static int no_ports;         /* bind's errno, and whose: type */
static int of_type;

static void *
real_of(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* These stand before libc's, for libcurl as well. */
int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
	int (*real)(int, const struct sockaddr *, socklen_t) = NULL;
	char shown[INET6_ADDRSTRLEN] = "";
	socklen_t size = sizeof(int);
	int type = 0;

	*(void **)&real = real_of("connect");
	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	if (to->sa_family == AF_INET)
		(void)inet_ntop(AF_INET,
		    &((const struct sockaddr_in *)(const void *)to)->sin_addr,
		    shown, sizeof(shown));
	else if (to->sa_family == AF_INET6)
		(void)inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)(const void *)to)->sin6_addr,
		    shown, sizeof(shown));
	for (size_t i = 0; i < 8 && rows[i].address != NULL; i++) {
		if (strcmp(rows[i].address, shown) != 0 || rows[i].type != type)
			continue;
		errno = rows[i].error;
		return errno == 0 ? 0 : -1;
	}
	return real(fd, to, len);
}

int
bind(int fd, const struct sockaddr *to, socklen_t len)
{
	int (*real)(int, const struct sockaddr *, socklen_t) = NULL;
	socklen_t size = sizeof(int);
	int type = 0;

	*(void **)&real = real_of("bind");
	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	if (no_ports == 0 || type != of_type)
		return real(fd, to, len);
	errno = no_ports;
	return -1;
}

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **out)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **) = NULL;
	struct addrinfo **end = out;

	*(void **)&real = real_of("getaddrinfo");
	if (name == NULL || strcmp(name, NAME) != 0)
		return real(name, service, hints, out);
	for (size_t i = 0; names[i] != NULL; i++) {
		assert_int_equal(real(names[i], service, hints, end), 0);
		end = &(*end)->ai_next;
	}
	return unresolved;
}

static void
says(size_t row, const char *address, int type, int error)
{
	rows[row].address = address;
	rows[row].type = type;
	rows[row].error = error;
}

static int
set_up(void **state)
{
	memset(rows, 0, sizeof(rows));
	memset(names, 0, sizeof(names));
	unresolved = no_ports = 0;
	return posting_setup(state);
}

static void
ask(enum http_fate fate, bool is_unresolved)
{
	struct http_peer peer = peer_of("good");

	peer.base_url = HTTPS;
	peer.connect_timeout_ms = SHORT_MS;
	post_once(&peer, "/echo");
	if (reply.fate != fate || reply.unresolved != is_unresolved)
		fail_msg("%d %d: %s", (int)reply.fate, (int)reply.unresolved,
		    reply.cause);
}

/* Somebody had all ports and let them go; the second address, which this host
 * has no route to, hides it from libcurl. */
static void
each_connect_is_heard(void **state)
{
	(void)state;
	names[0] = THERE_4;
	names[1] = THERE_6;
	says(0, THERE_4, SOCK_STREAM, EADDRNOTAVAIL);
	says(1, THERE_6, SOCK_STREAM, ENETUNREACH);
	says(2, THERE_4, SOCK_DGRAM, 0);
	says(3, THERE_6, SOCK_DGRAM, ENETUNREACH);
	ask(HTTP_LOCAL, false);
	says(2, THERE_4, SOCK_DGRAM, EAGAIN); /* all of the others, too */
	ask(HTTP_LOCAL, false);
	/* and where the other address is silent until the time is over */
	says(1, THERE_6, SOCK_STREAM, EINPROGRESS);
	says(3, THERE_6, SOCK_DGRAM, 0);
	ask(HTTP_LOCAL, false);
}

/* The network says so, of all that it was asked for: an outage. */
static void
a_network_that_is_down(void **state)
{
	(void)state;
	names[0] = THERE_4;
	names[1] = THERE_6;
	for (size_t i = 0; i < 4; i++)
		says(i, names[i % 2], i < 2 ? SOCK_STREAM : SOCK_DGRAM,
		    ENETUNREACH);
	ask(HTTP_NOT_SENT, false);
	names[1] = NULL;
	says(4, ROOTS_6, SOCK_DGRAM, ENETUNREACH);
	ask(HTTP_NOT_SENT, false);
}

/* A name service that is short of ports itself has one half of the addresses:
 * those to which this host has no route. */
static void
half_of_the_addresses(void **state)
{
	static const char *const there[] = { THERE_6, THERE_4 };
	static const char *const other[] = { ROOTS_4, ROOTS_6 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		names[0] = there[i];
		says(0, there[i], SOCK_STREAM, ENETUNREACH);
		says(1, there[i], SOCK_DGRAM, ENETUNREACH);
		says(2, other[i], SOCK_DGRAM, 0);
		ask(HTTP_NOT_SENT, true);
		says(2, other[i], SOCK_DGRAM, EAGAIN);
		ask(HTTP_NOT_SENT, true);
	}
}

static void
a_name_is_not_resolved(void **state)
{
	static const int errors[] = { EAI_AGAIN, EAI_NONAME, EAI_FAIL,
		EAI_MEMORY, EAI_SYSTEM };

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		unresolved = errors[i];
		ask(HTTP_NOT_SENT, true);
		assert_non_null(strstr(reply.cause, "which is no outage"));
	}
}

/* Refused by the provider, as in an outage, while a port cannot be had here. */
static void
ports_are_short(void **state)
{
	static const int errors[] = { EADDRINUSE, EAGAIN, EADDRNOTAVAIL,
		ENOBUFS, ENOMEM };
	const int types[] = { SOCK_STREAM, SOCK_DGRAM };

	(void)state;
	names[0] = THERE_4;
	says(0, THERE_4, SOCK_STREAM, ECONNREFUSED);
	says(1, THERE_4, SOCK_DGRAM, 0);
	for (size_t i = 0; i < 2 * sizeof(errors) / sizeof(*errors); i++) {
		no_ports = errors[i / 2];
		of_type = types[i % 2];
		assert_true(shortage_now());
		ask(HTTP_LOCAL, false);
	}
	assert_true(shortage_errno(EMFILE) && shortage_errno(ENFILE));
	no_ports = EACCES; /* no shortage */
	assert_false(shortage_now());
}

UNIT_TESTS(test_http_shortage)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, set_up)
		TEST(each_connect_is_heard),
		TEST(a_network_that_is_down),
		TEST(half_of_the_addresses),
		TEST(a_name_is_not_resolved),
		TEST(ports_are_short),
	};

	return cmocka_run_group_tests_name(
	    "http_shortage", tests, posting_start, posting_stop);
}
