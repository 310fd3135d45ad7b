/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker that was taken over. /run/stage/hostile says what its next login
 * does, "AT OP ID TEXT": in place of its request AT, or of "hello" before BEGIN
 * has come, it makes the request OP, each field of which is another's: ids are
 * ID, texts TEXT, all else is at its limit. Then it allows the login that it
 * serves no further. Without that file it is as ever.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* for its tables of fields, which are its own */
#include "helper/broker/broker_messages.c"

#define ORDERS "/run/stage/hostile"

static struct {
	char at[32], op[32], text[128];
	long long id;
	int fd;
	bool given;
} orders;

/* The linker has the product's functions under these names. */
void __real_broker_client_set_fd(int);
void __wrap_broker_client_set_fd(int);
size_t __real_broker_client_receive_begin(
    int, unsigned char *, size_t, int64_t);
size_t __wrap_broker_client_receive_begin(
    int, unsigned char *, size_t, int64_t);
bool __real_broker_request_write(
    struct broker_frame *, enum broker_op, const struct broker_request *);
bool __wrap_broker_request_write(
    struct broker_frame *, enum broker_op, const struct broker_request *);

/* Texts and bytes of others, and the limits. */
static void
set_others(const struct field *f, unsigned char *base)
{
	const char *text = orders.text;
	const int64_t number =
	    f->source == GIVEN && f->least <= 1 ? orders.id : f->most;
	const int32_t word = (int32_t)f->most;

	switch (f->kind) {
	case NUMBER:
		memcpy(base + f->at, &number, sizeof(number));
		break;
	case WORD:
		memcpy(base + f->at, &word, sizeof(word));
		break;
	case FLAG:
		*(bool *)(base + f->at) = true;
		break;
	case TEXT:
		if ((int64_t)strlen(text) > f->most)
			text = "";
		*(const char **)(void *)(base + f->at) = text;
		break;
	case TEXT_IN:
		snprintf((char *)base + f->at, (size_t)f->most, "%s", text);
		break;
	case BYTES_IN:
		memset(base + f->at, 0xa5, (size_t)f->most);
		break;
	case EACH:
		*(size_t *)(void *)(base + f->at) = 1;
		for (const struct field *of = f->of; of->kind != LAST; of++)
			set_others(of, base + f->array);
		break;
	case LAST:
	case OWN_TEXT:
		break;
	}
}

static bool
write_others(struct broker_frame *f)
{
	static struct broker_request others;

	for (unsigned op = BROKER_NO_OP + 1; op < BROKER_OPS; op++) {
		if (strcmp(broker_op_name(op), orders.op) != 0)
			continue;
		for (const struct field *of = ops[op].request; of->kind != LAST;
		     of++)
			set_others(of, (unsigned char *)&others);
		return __real_broker_request_write(f, op, &others);
	}
	return false;
}

static void
orders_read(void)
{
	char text[256] = "";
	const int from = open(ORDERS, O_RDONLY | O_CLOEXEC);
	const ssize_t n = from < 0 ? 0 : read(from, text, sizeof(text) - 1);

	if (from >= 0)
		(void)close(from);
	orders.given = n > 0 &&
	    sscanf(text, "%31s %31s %lld %127s", orders.at, orders.op,
		&orders.id, orders.text) == 4;
}

/* Nothing is confined yet. */
void
__wrap_broker_client_set_fd(int fd)
{
	orders_read();
	orders.fd = fd;
	__real_broker_client_set_fd(fd);
}

size_t
__wrap_broker_client_receive_begin(
    int module, unsigned char *bytes, size_t cap, int64_t until)
{
	static struct broker_frame frame;

	if (orders.given && strcmp(orders.at, "hello") == 0 &&
	    write_others(&frame))
		(void)send(orders.fd, frame.b, frame.used, MSG_NOSIGNAL);
	return __real_broker_client_receive_begin(module, bytes, cap, until);
}

bool
__wrap_broker_request_write(struct broker_frame *f, enum broker_op op,
    const struct broker_request *request)
{
	if (!orders.given || strcmp(orders.at, broker_op_name(op)) != 0)
		return __real_broker_request_write(f, op, request);
	orders.given = false;
	return write_others(f);
}
