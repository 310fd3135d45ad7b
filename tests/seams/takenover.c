/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A provider's broker that was taken over, that of the provider "taken": it
 * answers what /run/stage/taken says, words NAME=NUMBER, and id=TEXT. Without
 * that file it is as ever.
 *
 *     asks=0       the provider is not asked
 *     outcome= maybe_sent= fate= price= status= retry= took= receipt= next=
 *                  stand in the answer, whatever the table of acts allows
 *     id=          the verification's name
 *     page= user_code=   what is shown, \ an escape character; of what is sent
 *                  alone
 *     login= serial= key=   by so much other ones does the receipt name
 *     deliver=     how the answer is sent: enum delivery
 *     port=        of a socket on 127.0.0.1 from which nobody reads
 *     watches=     epoll takes no more, of any broker: this one has as many
 *                  as the kernel lets their user have
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "helper/broker/broker.h"
#include "helper/broker/broker_inside.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"

#define ORDERS "/run/stage/taken"
#define BORROWED "/run/stage/borrowed"
#define NAME "taken"
#define FLOOD_MS 2000

enum delivery {
	WHOLE,
	NEVER,
	CLOSED,
	HALF,
	TWICE,
	FLOOD, /* answers, and words to the parent, for a while */
	NOISE,
	LONG,
	DESCRIPTORS, /* with many */
	CRASH,
	AHEAD,   /* and a yes to the code that will be asked about next */
	EXITS,   /* by itself */
	LINGERS, /* and passes the parent a socket that takes 8 s to close */
	FILLS,   /* and has as many descriptors in flight as it can */
	THREADS, /* and has as many threads as it can */
	BORROWS, /* and writes to a socket that it gets from BORROWED */
};

static char orders[256];
static bool taken; /* the call that is being made is this provider's */
static const unsigned char *sent; /* the answer that will be */
static unsigned char ahead[BROKER_MAC_LEN];
static struct broker_frame next;

/* The linker has the product's functions under these names. */
int __real_provider_call_build(struct provider_call *, enum provider_call_kind,
    const char *, struct http_request *);
int __wrap_provider_call_build(struct provider_call *, enum provider_call_kind,
    const char *, struct http_request *);
bool __real_http_start(
    struct http *, const struct http_request *, int64_t, struct http_reply *);
bool __wrap_http_start(
    struct http *, const struct http_request *, int64_t, struct http_reply *);
void __real_broker_receipt_make(const unsigned char[BROKER_KEY_LEN], int64_t,
    const struct broker_call *, unsigned, unsigned char[BROKER_MAC_LEN]);
void __wrap_broker_receipt_make(const unsigned char[BROKER_KEY_LEN], int64_t,
    const struct broker_call *, unsigned, unsigned char[BROKER_MAC_LEN]);
bool __real_broker_reply_write(
    struct broker_frame *, enum broker_op, const struct broker_reply *);
bool __wrap_broker_reply_write(
    struct broker_frame *, enum broker_op, const struct broker_reply *);
ssize_t __real_send(int, const void *, size_t, int);
ssize_t __wrap_send(int, const void *, size_t, int);
int __real_epoll_ctl(int, int, int, struct epoll_event *);
int __wrap_epoll_ctl(int, int, int, struct epoll_event *);

/* What stands behind that word. */
static const char *
order(const char *name)
{
	char word[32];
	const char *at;

	snprintf(word, sizeof(word), " %s=", name);
	at = strstr(orders, word);
	return at != NULL ? at + strlen(word) : NULL;
}

static int64_t
number(const char *name, int64_t usual)
{
	const char *at = order(name);

	return taken && at != NULL ? strtoll(at, NULL, 10) : usual;
}

static void
orders_read(void)
{
	const int fd = open(ORDERS, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, orders + 1, sizeof(orders) - 2);

	orders[0] = ' ';
	orders[n > 0 ? n + 1 : 1] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

int
__wrap_provider_call_build(struct provider_call *x,
    enum provider_call_kind kind, const char *code, struct http_request *req)
{
	taken = !broker_client_has_fd() && strcmp(x->p->name, NAME) == 0;
	return __real_provider_call_build(x, kind, code, req);
}

bool
__wrap_http_start(struct http *http, const struct http_request *req,
    int64_t deadline, struct http_reply *reply)
{
	orders_read();
	return number("asks", 1) != 0 &&
	    __real_http_start(http, req, deadline, reply);
}

void
__wrap_broker_receipt_make(const unsigned char key[BROKER_KEY_LEN],
    int64_t login, const struct broker_call *c, unsigned is,
    unsigned char mac[BROKER_MAC_LEN])
{
	struct broker_call other = *c;
	unsigned char other_key[BROKER_KEY_LEN];

	if (taken && order("id") != NULL)
		(void)sscanf(order("id"), "%63s", other.ctx.request_id);
	other.serial += number("serial", 0);
	other.ctx.told.price = number("price", c->ctx.told.price);
	memcpy(other_key, key, sizeof(other_key));
	other_key[0] ^= (unsigned char)number("key", 0);
	__real_broker_receipt_make(other_key, login + number("login", 0),
	    &other, (unsigned)number("receipt", is), mac);
	other.kind = CALL_CHECK;
	other.serial++;
	__real_broker_receipt_make(
	    key, login, &other, (unsigned)BROKER_DONE, ahead);
}

/* Into the answer's end, whose fields all have one length. */
static void
put(struct broker_frame *f, size_t back, size_t size, const char *name)
{
	const int64_t value = number(name, 0);

	if (order(name) != NULL)
		memcpy(f->b + f->used - back, &value, size);
}

static void
shown(const char *name, char *text)
{
	if (order(name) == NULL)
		return;
	(void)sscanf(order(name), "%20s", text);
	for (; *text != '\0'; text++)
		if (*text == '\\')
			*text = '\033';
}

bool
__wrap_broker_reply_write(struct broker_frame *f, enum broker_op act,
    const struct broker_reply *answer)
{
	static struct broker_reply other;
	size_t id;
	bool written;

	if (act != BROKER_CALL || !taken)
		return __real_broker_reply_write(f, act, answer);
	other = *answer;
	if (order("id") != NULL)
		(void)sscanf(order("id"), "%63s", other.said.request_id);
	other.said.outcome = OUTCOME_OK;
	other.said.receipt = BROKER_DONE;
	memcpy(other.mac, ahead, sizeof(other.mac));
	(void)__real_broker_reply_write(&next, act, &other);
	shown("page", other.said.told.page);
	shown("user_code", other.said.told.user_code);
	other.said.told.next_ms = number("next", other.said.told.next_ms);
	other.said.outcome = answer->said.outcome;
	other.said.receipt = answer->said.receipt;
	memcpy(other.mac, answer->mac, sizeof(other.mac));
	written = __real_broker_reply_write(f, act, &other);
	id = sizeof(uint32_t) + strlen(other.said.request_id) + 1;
	put(f, 36, 4, "receipt");
	put(f, 44, 8, "took");
	put(f, 52, 8, "retry");
	put(f, 60, 8, "status");
	put(f, 68, 8, "price");
	put(f, 72, 4, "fate");
	put(f, 72 + id + 8, 1, "maybe_sent");
	put(f, 72 + id + 12, 4, "outcome");
	sent = f->b;
	return written;
}

/* To the copy, and to the parent whatever a broker may say, and may not. */
static void
flood(int fd, const void *data, size_t len)
{
	static const char words[][24] = { "s", "a", "A", "I", "i", "", "~", "t",
		"r", "r2345678901234567", "3event=locked user=bob",
		"5bob\nevent=shut" };
	const int64_t end = frame_clock_ms() + FLOOD_MS;

	for (size_t i = 0; frame_clock_ms() < end; i++) {
		const char *word = words[i % COUNT_OF(words)];

		(void)__real_send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		(void)!write(
		    BROKER_SAYS, word, word[0] != '\0' ? strlen(word) : 1);
	}
}

/* Sends len bytes with the same descriptor 200 times. */
static bool
pass(int to, int fd, const void *data, size_t len)
{
	enum { MANY = 200 };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(MANY * sizeof(int))];
	} control = { .room = "" };
	struct iovec part = { .iov_base = (void *)(uintptr_t)data,
		.iov_len = len };
	const struct msghdr h = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(MANY * sizeof(int));
	for (size_t i = 0; i < MANY; i++)
		memcpy(
		    CMSG_DATA(&control.head) + i * sizeof(fd), &fd, sizeof(fd));
	return sendmsg(to, &h, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

/* The kernel counts descriptors in flight for the uid, with those of other
 * tests on this machine: where there are too many, the answer goes without. */
static void
with_descriptors(int fd, const void *data, size_t len)
{
	if (!pass(fd, fd, data, len))
		(void)__real_send(fd, data, len, MSG_NOSIGNAL);
	(void)pass(BROKER_CONTROL, fd, data, 1);
}

/* With bytes that nobody takes. */
static void
lingers(void)
{
	static const char byte = BROKER_ALIVE, more[1 << 16];
	const struct linger seconds = { 1, 8 };
	const struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)number("port", 0)),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0)
		__builtin_trap();
	while (__real_send(fd, more, sizeof(more), MSG_DONTWAIT) > 0)
		;
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &seconds, sizeof(seconds));
	(void)pass(BROKER_CONTROL, fd, &byte, 1);
	(void)close(fd);
}

static void
fills(void)
{
	int pair[2];

	while (
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 &&
	    pass(pair[0], pair[1], "", 1))
		;
}

/* The first one goes on to take what others leave. */
static void *
stay(void *more)
{
	pthread_attr_t small;
	pthread_t thread;

	(void)pthread_attr_init(&small);
	(void)pthread_attr_setstacksize(&small, 1 << 16);
	while (more != NULL)
		if (pthread_create(&thread, &small, stay, NULL) != 0)
			(void)usleep(100);
	(void)pause();
	return NULL;
}

static void
threads(void)
{
	static char more;
	pthread_t thread;

	if (pthread_create(&thread, NULL, stay, &more) != 0)
		__builtin_trap();
}

/* Says there what a state broker could. */
static void
borrows(void)
{
	static const char line[] = "<86>twofa-helper[1]: event=enrolled";
	const struct sockaddr_un at = { .sun_family = AF_UNIX,
		.sun_path = BORROWED };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = "" };
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr h = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int got;

	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
	    recvmsg(fd, &h, 0) != 1)
		return;
	memcpy(&got, CMSG_DATA(&control.head), sizeof(got));
	(void)__real_send(got, line, sizeof(line) - 1, MSG_NOSIGNAL);
}

static void
deliver(enum delivery how, int fd, const void *data, size_t len)
{
	static unsigned char room[BROKER_FRAME_MAX + 1];

	switch (how) {
	case WHOLE:
	case NEVER:
		return;
	case CLOSED:
		(void)shutdown(fd, SHUT_RDWR);
		return;
	case HALF:
		(void)__real_send(fd, data, len / 2, MSG_NOSIGNAL);
		return;
	case TWICE:
		(void)__real_send(fd, data, len, MSG_NOSIGNAL);
		(void)__real_send(fd, data, len, MSG_NOSIGNAL);
		return;
	case FLOOD:
		flood(fd, data, len);
		return;
	case NOISE:
		memset(room, 0x5a, len);
		(void)__real_send(fd, room, len, MSG_NOSIGNAL);
		return;
	case LONG:
		memcpy(room, data, len);
		(void)__real_send(fd, room, sizeof(room), MSG_NOSIGNAL);
		return;
	case DESCRIPTORS:
		with_descriptors(fd, data, len);
		return;
	case AHEAD:
		(void)__real_send(fd, data, len, MSG_NOSIGNAL);
		(void)__real_send(fd, next.b, next.used, MSG_NOSIGNAL);
		return;
	case CRASH:
		__builtin_trap();
	case EXITS:
		_exit(3);
	case LINGERS:
		lingers();
		(void)__real_send(fd, data, len, MSG_NOSIGNAL);
		return;
	case FILLS:
		fills();
		(void)__real_send(fd, data, len, MSG_NOSIGNAL);
		return;
	case THREADS:
		threads();
		(void)__real_send(fd, data, len, MSG_NOSIGNAL);
		return;
	case BORROWS:
		borrows();
		(void)__real_send(fd, data, len, MSG_NOSIGNAL);
		return;
	}
}

ssize_t
__wrap_send(int fd, const void *data, size_t len, int flags)
{
	const enum delivery how = (enum delivery)number("deliver", WHOLE);

	if (data != sent || sent == NULL || how == WHOLE)
		return __real_send(fd, data, len, flags);
	sent = NULL;
	deliver(how, fd, data, len);
	return (ssize_t)len;
}

int
__wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *e)
{
	if (op == EPOLL_CTL_ADD) {
		orders_read();
		if (order("watches") != NULL) {
			errno = ENOSPC;
			return -1;
		}
	}
	return __real_epoll_ctl(epoll, op, fd, e);
}
