/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP requests on a host that is short of something, or whose name service is:
 * no outage, whatever became of the shortage meanwhile. */
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
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/net/net.h"
#include "helper/net/net_inside.h"
#include "tests/support/posting.h"
#include "tests/support/unit_tests.h"

#define NAME "shortage.test" /* its addresses are names[] */
#define HTTPS "https://" NAME
#define THERE_4 "192.0.2.1"
#define THERE_6 "2001:db8::1"
#define TABLE "/proc/sys/net/netfilter/nf_conntrack_"

/* What connect says of an address; 0: it is tried, and there is a route. */
static struct {
	const char *address;
	int type, error;
} rows[8];
static const char *names[3]; /* NULL: at the end */
static int unresolved;       /* getaddrinfo's error */
static const char *kept;     /* an address that it has when asked for ... */
static int kept_error;       /* ... or what it says: of that family alone */
static int silence[2];       /* or nothing, until its other end is closed */
static bool silent;
static const char *hosts;        /* what /etc/hosts has */
static const char *most, *count; /* of the table of connections */
static int forbidden;            /* fopen's errno there, or 0 */
static bool no_family[2];        /* IPv4, IPv6 */
static int asked_for;            /* how often one family alone */
static int no_ports;             /* bind's errno, and whose: type */
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
	struct sockaddr_in6 any;
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
		if (rows[i].error == EHOSTUNREACH) { /* behind a route */
			memset(&any, 0, sizeof(any));
			any.sin6_family = to->sa_family;
			(void)bind(fd, (const struct sockaddr *)&any, len);
		}
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

	char byte;

	*(void **)&real = real_of("getaddrinfo");
	if (name == NULL || strcmp(name, NAME) != 0)
		return real(name, service, hints, out);
	if (hints->ai_family != AF_UNSPEC && !no_family[1]) {
		asked_for++;
		assert_int_equal(hints->ai_flags & AI_ADDRCONFIG, 0);
		if (silent)
			(void)!read(silence[0], &byte, 1);
		return kept != NULL ? real(kept, service, hints, out)
				    : kept_error;
	}
	for (size_t i = 0; names[i] != NULL; i++) {
		assert_int_equal(real(names[i], service, hints, end), 0);
		end = &(*end)->ai_next;
	}
	return unresolved;
}

int
socket(int family, int type, int protocol)
{
	int (*real)(int, int, int) = NULL;

	*(void **)&real = real_of("socket");
	if ((family == AF_INET && no_family[0]) ||
	    (family == AF_INET6 && no_family[1])) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return real(family, type, protocol);
}

static FILE *
text(const char *says)
{
	errno = forbidden != 0 ? forbidden : ENOENT;
	return says == NULL || forbidden != 0
	    ? NULL
	    : fmemopen((char *)(uintptr_t)says, strlen(says), "r");
}

FILE *
fopen(const char *path, const char *mode)
{
	FILE *(*real)(const char *, const char *) = NULL;

	*(void **)&real = real_of("fopen");
	if (strcmp(path, "/etc/hosts") == 0)
		return text(hosts);
	if (strcmp(path, TABLE "max") == 0)
		return text(most);
	if (strcmp(path, TABLE "count") == 0)
		return text(count);
	return real(path, mode);
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
	unresolved = no_ports = asked_for = 0;
	kept = hosts = most = count = NULL;
	kept_error = EAI_NODATA;
	forbidden = 0;
	silent = no_family[0] = no_family[1] = false;
	return posting_setup(state);
}

static void
ask_at(const char *url, enum http_fate fate, bool is_unresolved)
{
	struct http_peer peer = peer_of("good");

	peer.base_url = url;
	peer.connect_timeout_ms = SHORT_MS;
	post_once(&peer, "/echo");
	if (reply.fate != fate || reply.unresolved != is_unresolved)
		fail_msg("%d %d: %s", (int)reply.fate, (int)reply.unresolved,
		    reply.cause);
}

static void
ask(enum http_fate fate, bool is_unresolved)
{
	ask_at(HTTPS, fate, is_unresolved);
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
	assert_int_equal(asked_for, 0);
}

/* That address alone came, and there is no route to it, or one that leads
 * nowhere. */
static void
half(const char *address, bool dead_end)
{
	memset(rows, 0, sizeof(rows));
	names[0] = address;
	says(0, address, SOCK_STREAM, dead_end ? EHOSTUNREACH : ENETUNREACH);
	says(1, address, SOCK_DGRAM, dead_end ? 0 : ENETUNREACH);
}

/* A name service that is short of something itself keeps one family back. Only
 * its word that there is none makes the other the whole. */
static void
half_of_the_addresses(void **state)
{
	static const int none[] = { EAI_NONAME, EAI_NODATA, EAI_ADDRFAMILY };
	static const int unknown[] = { EAI_AGAIN, EAI_FAIL, EAI_SYSTEM,
		EAI_MEMORY };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		half(i % 2 == 0 ? THERE_6 : THERE_4, i == 0);
		kept_error = unknown[i];
		ask(HTTP_NOT_SENT, true);
		assert_non_null(strstr(reply.cause, "only in part"));
		if (i < 3)
			kept_error = none[i];
		else
			kept = THERE_6;
		ask(HTTP_NOT_SENT, i == 3);
	}
	assert_int_equal(asked_for, 8);
}

/* Nobody waits for it longer than for a connection. */
static void
a_name_service_is_silent(void **state)
{
	(void)state;
	assert_int_equal(pipe(silence), 0);
	half(THERE_6, false);
	silent = true;
	ask(HTTP_NOT_SENT, true);
	assert_in_range(reply.took_ms, SHORT_MS - 1, 60 * 1000);
	close(silence[1]);
}

/* It is asked nothing: the whole is known. */
static void
no_name_service_is_needed(void **state)
{
	(void)state;
	kept_error = EAI_AGAIN;
	half(THERE_4, false);
	ask_at("https://" THERE_4 ":9", HTTP_NOT_SENT, false);
	half(THERE_6, false);
	ask_at("https://[" THERE_6 "]:9", HTTP_NOT_SENT, false);
	hosts = "# x\n::1\tlocalhost\n" THERE_6 "\tother Shortage.test # x\n";
	ask(HTTP_NOT_SENT, false);
	assert_int_equal(asked_for, 0);
	hosts = THERE_6 " other # shortage.test\n" THERE_4 " " NAME;
	ask(HTTP_NOT_SENT, true); /* the other one was not asked */
	assert_int_equal(asked_for, 1);
	hosts = NULL;
	half(THERE_4, false);
	no_family[1] = true; /* then libcurl itself asks for IPv4 alone */
	ask(HTTP_NOT_SENT, false);
	assert_int_equal(asked_for, 1);
}

/* It took the connection, so its other addresses do not matter. */
static void
a_server_was_reached(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(at);
	char url[64];

	(void)state;
	assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &at.sin_addr), 1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 1), 0); /* and says nothing */
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	snprintf(url, sizeof(url), HTTPS ":%u", ntohs(at.sin_port));
	names[0] = "127.0.0.1";
	kept = THERE_6;
	ask_at(url, HTTP_NOT_SENT, false);
	assert_int_equal(asked_for, 0);
	close(fd);
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
		assert_true(shortage_is_present());
		ask(HTTP_LOCAL, false);
	}
	assert_true(shortage_is_errno(EMFILE) && shortage_is_errno(ENFILE));
}

/* A policy forbids what would tell: it may well be short. */
static void
ports_that_cannot_be_tried(void **state)
{
	static const int errors[] = { EACCES, EPERM, EINVAL };

	(void)state;
	names[0] = THERE_4;
	says(0, THERE_4, SOCK_STREAM, EHOSTUNREACH);
	says(1, THERE_4, SOCK_DGRAM, 0);
	ask(HTTP_NOT_SENT, false);
	of_type = SOCK_DGRAM;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		no_ports = errors[i];
		assert_true(shortage_is_present());
		ask(HTTP_LOCAL, false);
	}
	no_ports = 0;
	no_family[1] = true; /* IPv6 is not there: nothing to be short of */
	assert_false(shortage_is_present());
}

/* The provider is silent: so it would be while the kernel drops what we send.
 * Any user can fill that table by sockets that talk to each other. */
static void
the_table_is_full(void **state)
{
	static const char *const few[] = { "57344\n", "65536\n", "65540\n" };

	(void)state;
	names[0] = THERE_4;
	says(0, THERE_4, SOCK_STREAM, EHOSTUNREACH);
	says(1, THERE_4, SOCK_DGRAM, 0);
	most = "65536\n";
	for (size_t i = 0; i < sizeof(few) / sizeof(*few); i++) {
		count = few[i];
		assert_true(shortage_is_present());
		ask(HTTP_LOCAL, false);
	}
	count = "57343\n";
	ask(HTTP_NOT_SENT, false);
	most = "0\n"; /* no limit */
	ask(HTTP_NOT_SENT, false);
	most = NULL; /* no table */
	ask(HTTP_NOT_SENT, false);
}

/* Its files cannot be read, or have no number. */
static void
a_table_that_cannot_be_read(void **state)
{
	static const int errors[] = { EACCES, EPERM, EIO };

	(void)state;
	names[0] = THERE_4;
	says(0, THERE_4, SOCK_STREAM, EHOSTUNREACH);
	says(1, THERE_4, SOCK_DGRAM, 0);
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		forbidden = errors[i];
		assert_true(shortage_is_present());
		ask(HTTP_LOCAL, false);
	}
	forbidden = 0;
	most = "\n";
	assert_true(shortage_is_present());
	most = "65536\n"; /* and no count */
	assert_true(shortage_is_present());
	count = "x\n";
	ask(HTTP_LOCAL, false);
	count = "1\n";
	ask(HTTP_NOT_SENT, false);
}

UNIT_TESTS(test_http_shortage)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, set_up)
		TEST(each_connect_is_heard),
		TEST(a_network_that_is_down),
		TEST(half_of_the_addresses),
		TEST(a_name_service_is_silent),
		TEST(no_name_service_is_needed),
		TEST(a_server_was_reached),
		TEST(a_name_is_not_resolved),
		TEST(ports_are_short),
		TEST(ports_that_cannot_be_tried),
		TEST(the_table_is_full),
		TEST(a_table_that_cannot_be_read),
	};

	return cmocka_run_group_tests_name(
	    "http_shortage", tests, posting_start, posting_stop);
}
