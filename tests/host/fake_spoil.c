/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame with one thing wrong, as the helper's name says: HOW-TYPE, such as
 * cut-ask. An ALLOW without a fault follows, unless the spoilt one was it.
 */
#include "tests/host/fake_spoil.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/wire/wire.h"

#define SOCK 3
#define ROOM (2 * FRAME_MAX)

static void
cut(unsigned char *bytes, size_t *len)
{
	(void)bytes;
	*len -= 1;
}

static void
stump(unsigned char *bytes, size_t *len)
{
	(void)bytes;
	*len = FRAME_HEADER - 1;
}

static void
bare(unsigned char *bytes, size_t *len)
{
	*len = FRAME_HEADER;
	memset(bytes + 8, 0, 4);
}

static void
longer(unsigned char *bytes, size_t *len)
{
	bytes[*len] = 0;
	*len += 1;
}

/* More than a frame may have, and its own length says so. */
static void
big(unsigned char *bytes, size_t *len)
{
	const size_t rest = ROOM - FRAME_HEADER;

	memset(bytes + *len, 'x', ROOM - *len);
	bytes[8] = bytes[9] = 0;
	bytes[10] = (unsigned char)(rest >> 8);
	bytes[11] = (unsigned char)rest;
	*len = ROOM;
}

static void
magic(unsigned char *bytes, size_t *len)
{
	(void)len;
	bytes[0] ^= 0x20;
}

static void
older(unsigned char *bytes, size_t *len)
{
	(void)len;
	bytes[4] = FRAME_VERSION - 1;
}

static void
newer(unsigned char *bytes, size_t *len)
{
	(void)len;
	bytes[4] = FRAME_VERSION + 1;
}

static void
reserved(unsigned char *bytes, size_t *len)
{
	(void)len;
	bytes[7] = 1;
}

static void
length(unsigned char *bytes, size_t *len)
{
	(void)len;
	bytes[8] = 0xff;
}

/* The first field's length goes beyond the frame. */
static void
field(unsigned char *bytes, size_t *len)
{
	(void)len;
	bytes[FRAME_HEADER + 2] = 0xff;
}

static void
tag(unsigned char *bytes, size_t *len)
{
	(void)len;
	bytes[FRAME_HEADER] = 0x7f;
}

static void
frame_fill(struct frame *f, enum frame_type type, unsigned char *bytes)
{
	frame_init(f, type, bytes, FRAME_MAX);
	if (type == FRAME_VERDICT) {
		frame_put_number(f, FIELD_VERDICT, VERDICT_ALLOW);
		frame_put_text(f, FIELD_OUTCOME, "allowed");
		return;
	}
	frame_put_text(f, FIELD_TEXT, "Code: ");
	if (type == FRAME_ASK)
		frame_put_number(f, FIELD_ECHO, 1);
}

static void
frame_spoil(enum frame_type type, void (*spoil)(unsigned char *, size_t *))
{
	static unsigned char bytes[ROOM];
	struct frame f;
	size_t len;

	frame_fill(&f, type, bytes);
	len = f.len;
	spoil(bytes, &len);
	(void)send(SOCK, bytes, len, MSG_NOSIGNAL);
	if (type == FRAME_VERDICT)
		return;
	frame_fill(&f, FRAME_VERDICT, bytes);
	(void)frame_send(SOCK, &f);
}

bool
fake_spoil(const char *name)
{
	static const struct {
		const char *name;
		void (*spoil)(unsigned char *bytes, size_t *len);
	} ways[] = {
		{ "cut-", cut },
		{ "stump-", stump },
		{ "bare-", bare },
		{ "longer-", longer },
		{ "big-", big },
		{ "magic-", magic },
		{ "older-", older },
		{ "newer-", newer },
		{ "reserved-", reserved },
		{ "length-", length },
		{ "field-", field },
		{ "tag-", tag },
	};
	static const struct {
		const char *name;
		enum frame_type type;
	} types[] = {
		{ "say", FRAME_SAY },
		{ "ask", FRAME_ASK },
		{ "verdict", FRAME_VERDICT },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const size_t n = strlen(ways[i].name);

		if (strncmp(name, ways[i].name, n) != 0)
			continue;
		for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
			if (strcmp(name + n, types[t].name) == 0) {
				frame_spoil(types[t].type, ways[i].spoil);
				return true;
			}
		}
	}
	return false;
}
