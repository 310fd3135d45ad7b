/* SPDX-License-Identifier: BSD-2-Clause */
/* A small gzip document that unpacks to a large one, for one fault. */
#include "tests/simulator/faults/gzip.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* RFC 1951: 258 is the longest match; 13 bits for it at distance 1. */
enum { GZIP_MATCH = 258 };

struct bits {
	unsigned char *out;
	size_t n; /* whole bytes written */
	unsigned int held, count;
};

static void
put_bit(struct bits *b, unsigned int bit)
{
	b->held |= bit << b->count;
	if (++b->count < 8)
		return;
	b->out[b->n++] = (unsigned char)b->held;
	b->held = 0;
	b->count = 0;
}

/* Huffman codes go out from their highest bit on (RFC 1951, 3.1.1). */
static void
put_code(struct bits *b, unsigned int code, int len)
{
	while (len-- > 0)
		put_bit(b, code >> len & 1);
}

/* The fixed code of a literal (RFC 1951, 3.2.6). */
static void
put_literal(struct bits *b, unsigned char c)
{
	if (c < 144)
		put_code(b, 0x30U + c, 8);
	else
		put_code(b, 0x190U + c - 144U, 9);
}

/* Of a text and the blanks behind it, which are millions: by a table. */
static uint32_t
crc_of(const char *text, size_t len, size_t total)
{
	uint32_t table[256], crc = UINT32_MAX;

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^
			    (0xedb88320U & (0U - (table[i] & 1)));
	}
	for (size_t i = 0; i < len; i++)
		crc = crc >> 8 ^ table[(crc ^ (unsigned char)text[i]) & 255];
	for (size_t i = len; i < total; i++)
		crc = crc >> 8 ^ table[(crc ^ ' ') & 255];
	return ~crc;
}

static void
put_le32(struct bits *b, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		b->out[b->n++] = (unsigned char)v;
}

static void
deflate(struct bits *b, const char *text, size_t len, size_t matches)
{
	put_bit(b, 1); /* the last block, ... */
	put_bit(b, 1); /* ... with fixed codes: 01, low bit first */
	put_bit(b, 0);
	for (size_t i = 0; i < len; i++)
		put_literal(b, (unsigned char)text[i]);
	put_literal(b, ' ');
	for (size_t i = 0; i < matches; i++) {
		put_code(b, 0xc5, 8); /* length 258 ... */
		put_code(b, 0, 5);    /* ... at distance 1 */
	}
	put_code(b, 0, 7); /* end of block */
	while (b->count != 0)
		put_bit(b, 0);
}

char *
gzip_bomb(const char *text, size_t len, size_t blanks, size_t *out_len)
{
	static const unsigned char header[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0,
		255 };
	const size_t matches = blanks / GZIP_MATCH + 1;
	const size_t total = len + 1 + matches * GZIP_MATCH;
	struct bits b = { .out = malloc(64 + 2 * len + 2 * matches) };

	if (b.out == NULL)
		return NULL;
	memcpy(b.out, header, sizeof(header));
	b.n = sizeof(header);
	deflate(&b, text, len, matches);
	put_le32(&b, crc_of(text, len, total));
	put_le32(&b, (uint32_t)total);
	*out_len = b.n;
	return (char *)b.out;
}
