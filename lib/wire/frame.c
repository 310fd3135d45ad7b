/* SPDX-License-Identifier: BSD-2-Clause */
/* The messages between module and helper. One table lists the fields allowed in
 * each frame type; frame_recv() refuses any other. */
#include "lib/wire/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define FRAME_MAGIC 0x70326661u /* "p2fa" */

#define FIELD_HEADER 4
#define NUMBER_SIZE 8
#define TYPE(t) (1u << (t))

static const struct {
	size_t max;       /* longest text without NUL; 0 for a number */
	unsigned allowed; /* in these frame types */
	bool required;    /* by them */
} frame_rules[] = {
#define IN(type) TYPE(FRAME_##type)
#define FRAME_RULE(name, max, types, must, key)                                \
	[FIELD_##name] = { max, types, must },
	FRAME_FIELDS(FRAME_RULE)
#undef FRAME_RULE
#undef IN
};

_Static_assert(FIELD_END <= 64, "fields_check has 64 bits for them");

static unsigned char version_in_use = FRAME_VERSION;

int64_t
frame_clock_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
frame_poll(struct pollfd *p, nfds_t count, int64_t until)
{
	int64_t left;
	int n;

	do {
		left = until - frame_clock_ms();
		left = left < 0 ? 0 : left;
		n = poll(p, count, left > INT_MAX ? INT_MAX : (int)left);
	} while ((n < 0 && errno == EINTR) || (n == 0 && left > INT_MAX));
	return n;
}

static void
put_be(unsigned char *at, uint64_t value, size_t size)
{
	while (size-- > 0) {
		at[size] = (unsigned char)(value & 0xff);
		value >>= 8;
	}
}

static uint64_t
get_be(const unsigned char *at, size_t size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | *at++;
	return value;
}

void
frame_set_version(unsigned char version)
{
	version_in_use = version;
}

static size_t
type_max(enum frame_type type)
{
	return type == FRAME_BEGIN ? FRAME_BEGIN_MAX : FRAME_MAX;
}

void
frame_init(
    struct frame *f, enum frame_type type, unsigned char *bytes, size_t cap)
{
	*f = (struct frame){ type, bytes, FRAME_HEADER, cap, false };
	if (f->cap > type_max(type))
		f->cap = type_max(type);
	put_be(bytes, FRAME_MAGIC, 4);
	bytes[4] = version_in_use;
	bytes[5] = (unsigned char)type;
	put_be(bytes + 6, 0, 2);
	put_be(bytes + 8, 0, 4);
}

/* Writes a field's header. Returns where its bytes go, or NULL with failed
 * set. */
static unsigned char *
field_open(struct frame *f, enum frame_field tag, size_t size)
{
	unsigned char *at = f->bytes + f->len;

	if (f->failed || f->cap - f->len < FIELD_HEADER + size) {
		f->failed = true;
		return NULL;
	}
	put_be(at, tag, 2);
	put_be(at + 2, size, 2);
	f->len += FIELD_HEADER + size;
	put_be(f->bytes + 8, f->len - FRAME_HEADER, 4);
	return at + FIELD_HEADER;
}

void
frame_put_text(struct frame *f, enum frame_field tag, const char *text)
{
	unsigned char *at;
	size_t len;

	if (text == NULL)
		return;
	len = strlen(text);
	if (len > frame_rules[tag].max || frame_rules[tag].max == 0) {
		f->failed = true;
		return;
	}
	at = field_open(f, tag, len + 1);
	if (at != NULL)
		memcpy(at, text, len + 1);
}

void
frame_put_number(struct frame *f, enum frame_field tag, int64_t number)
{
	unsigned char *at;

	if (frame_rules[tag].max != 0) {
		f->failed = true;
		return;
	}
	at = field_open(f, tag, NUMBER_SIZE);
	if (at != NULL)
		put_be(at, (uint64_t)number, NUMBER_SIZE);
}

/* Never blocks: these few messages fill the queue only if the peer is broken.
 */
int
frame_send(int fd, const struct frame *f)
{
	ssize_t n;

	if (f->failed) {
		errno = EMSGSIZE;
		return -1;
	}
	do
		n = send(fd, f->bytes, f->len, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)f->len ? 0 : -1;
}

/* Receives one datagram and checks its true length against cap. Both end of
 * file and an empty datagram read as 0 bytes. Without POLLHUP that is a
 * datagram; else SO_PASSCRED distinguishes them, as only a datagram has a
 * sender. */
static enum frame_result
recv_bytes(int fd, int events, unsigned char *bytes, size_t cap, size_t *len)
{
	char control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec iov = { bytes, cap };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	const int on = 1;
	ssize_t n;

	if ((events & POLLHUP) &&
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
	}
	/* ECONNRESET is reported once, if the peer closed with data unread;
	 * what it had sent can still be read */
	do
		n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return FRAME_FAILED;
	if (n == 0 && (events & POLLHUP) && msg.msg_controllen == 0)
		return FRAME_EOF;
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return FRAME_BAD;
	*len = (size_t)n;
	return FRAME_OK;
}

static bool
header_fits(const unsigned char *bytes, size_t len, unsigned allowed)
{
	if (len < FRAME_HEADER || get_be(bytes, 4) != FRAME_MAGIC ||
	    get_be(bytes + 6, 2) != 0 ||
	    get_be(bytes + 8, 4) != len - FRAME_HEADER)
		return false;
	if (bytes[5] < FRAME_BEGIN || bytes[5] > FRAME_END)
		return false;
	return (allowed & TYPE(bytes[5])) != 0 &&
	    len <= type_max((enum frame_type)bytes[5]);
}

static bool
field_fits(enum frame_field tag, const unsigned char *at, size_t size)
{
	if (frame_rules[tag].max == 0)
		return size == NUMBER_SIZE;
	return size >= 1 && size <= frame_rules[tag].max + 1 &&
	    memchr(at, '\0', size) == at + size - 1;
}

/* True if all fields lie within the frame, each is allowed and occurs once, and
 * no required one is missing. */
static bool
fields_check(const struct frame *f)
{
	uint64_t seen = 0;
	size_t pos = FRAME_HEADER;

	while (pos < f->len) {
		size_t tag, size;

		if (f->len - pos < FIELD_HEADER)
			return false;
		tag = get_be(f->bytes + pos, 2);
		size = get_be(f->bytes + pos + 2, 2);
		pos += FIELD_HEADER;
		if (size > f->len - pos || tag == FIELD_NONE ||
		    tag >= FIELD_END || (seen & UINT64_C(1) << tag) ||
		    !(frame_rules[tag].allowed & TYPE(f->type)) ||
		    !field_fits((enum frame_field)tag, f->bytes + pos, size))
			return false;
		seen |= UINT64_C(1) << tag;
		pos += size;
	}
	for (unsigned tag = 1; tag < FIELD_END; tag++) {
		if (frame_rules[tag].required &&
		    (frame_rules[tag].allowed & TYPE(f->type)) &&
		    !(seen & UINT64_C(1) << tag))
			return false;
	}
	return true;
}

enum frame_result
frame_read(struct frame *f, unsigned allowed, unsigned char *bytes, size_t len)
{
	bool version;

	*f = (struct frame){ FRAME_NONE, bytes, 0, len, true };
	if (!header_fits(bytes, len, allowed))
		return FRAME_BAD;
	*f =
	    (struct frame){ (enum frame_type)bytes[5], bytes, len, len, false };
	version = f->type == FRAME_BEGIN
	    ? bytes[4] >= FRAME_VERSION_OLDEST && bytes[4] <= FRAME_VERSION
	    : bytes[4] == version_in_use;
	if (!version)
		return FRAME_OTHER_VERSION;
	return fields_check(f) ? FRAME_OK : FRAME_BAD;
}

enum frame_result
frame_recv(int fd, struct frame *f, unsigned allowed, unsigned char *bytes,
    size_t cap, int64_t deadline)
{
	enum frame_result result;
	size_t len = 0;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	*f = (struct frame){ FRAME_NONE, bytes, 0, cap, true };
	n = frame_poll(&p, 1, deadline);
	if (n <= 0)
		return n == 0 ? FRAME_TIMEOUT : FRAME_FAILED;
	result = recv_bytes(fd, p.revents, bytes, cap, &len);
	return result != FRAME_OK ? result : frame_read(f, allowed, bytes, len);
}

/* The bytes of a field, in a frame that fields_check() accepted; NULL if
 * absent. */
static const unsigned char *
field_find(const struct frame *f, enum frame_field tag)
{
	size_t pos = FRAME_HEADER;

	while (pos + FIELD_HEADER <= f->len) {
		if (get_be(f->bytes + pos, 2) == tag)
			return f->bytes + pos + FIELD_HEADER;
		pos += FIELD_HEADER + get_be(f->bytes + pos + 2, 2);
	}
	return NULL;
}

const char *
frame_text(const struct frame *f, enum frame_field tag)
{
	if (frame_rules[tag].max == 0)
		return NULL;
	return (const char *)field_find(f, tag);
}

int
frame_number(const struct frame *f, enum frame_field tag, int64_t *number)
{
	const unsigned char *at = NULL;

	if (frame_rules[tag].max == 0)
		at = field_find(f, tag);
	if (at == NULL)
		return -1;
	*number = (int64_t)get_be(at, NUMBER_SIZE);
	return 0;
}

bool
frame_listener_is_root(int sock)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.uid == 0;
}
