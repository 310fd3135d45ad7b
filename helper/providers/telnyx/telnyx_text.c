/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a text message that carries our own code. */
#include "helper/providers/telnyx/telnyx_text.h"

#include <string.h>

enum word {
	WORD_NONE = 0, /* a "%" that begins none of them */
	WORD_BRAND,
	WORD_HOST,
	WORD_CODE,
	WORD_COUNT,
};

static const char *const words[] = {
	[WORD_NONE] = "%",
	[WORD_BRAND] = "%brand%",
	[WORD_HOST] = "%host%",
	[WORD_CODE] = "%code%",
};
_Static_assert(sizeof(words) / sizeof(words[0]) == WORD_COUNT, "words");

/* The word that a "%" begins, and how many bytes it has. */
static enum word
word_at(const char *p, size_t *len)
{
	enum word w = WORD_CODE;

	while (w > WORD_NONE && strncmp(p, words[w], strlen(words[w])) != 0)
		w--;
	*len = strlen(words[w]);
	return w;
}

/* How many characters stand outside of words, and how often each word does. */
static size_t
count(const char *text, unsigned found[WORD_COUNT])
{
	size_t plain = 0, len;

	memset(found, 0, WORD_COUNT * sizeof(found[0]));
	for (; *text != '\0'; text += len) {
		len = 1;
		if (*text == '%')
			found[word_at(text, &len)]++;
		else
			plain++;
	}
	return plain;
}

const char *
telnyx_text_check(const char *text, unsigned code_length)
{
	unsigned found[WORD_COUNT];
	const size_t plain = count(text, found);

	if (found[WORD_NONE] != 0)
		return "% in %brand%, %host% and %code% alone";
	if (found[WORD_CODE] == 0)
		return "a text with %code%";
	if (plain + found[WORD_BRAND] * TELNYX_BRAND_MAX +
		found[WORD_HOST] * TELNYX_HOST_MIN +
		found[WORD_CODE] * code_length >
	    TELNYX_TEXT_MAX)
		return "160 characters, with 18 for %brand%, 16 for %host% "
		       "and the code";
	return NULL;
}

/* The text as it grows; chars counts what GSM-7 counts. */
struct filling {
	char *out;
	size_t used, chars;
};

static int
put(struct filling *f, const char *bytes, size_t len)
{
	if (f->chars >= TELNYX_TEXT_MAX || f->used + len >= TELNYX_TEXT_SIZE)
		return -1;
	memcpy(f->out + f->used, bytes, len);
	f->used += len;
	f->out[f->used] = '\0';
	f->chars++;
	return 0;
}

/* Letters of GSM-7's first table that have two bytes in UTF-8. */
static bool
is_gsm_pair(const char *p)
{
	static const char behind_c2[] = "\xa1\xa3\xa4\xa5\xa7\xbf";
	static const char behind_c3[] =
	    "\x84\x85\x86\x87\x89\x91\x96\x98\x9c\x9f\xa0\xa4\xa5\xa6\xa8"
	    "\xa9\xac\xb1\xb2\xb6\xb8\xb9\xbc";

	if (p[0] != '\xc2' && p[0] != '\xc3')
		return false;
	return p[1] != '\0' &&
	    strchr(p[0] == '\xc2' ? behind_c2 : behind_c3, p[1]) != NULL;
}

/* At most max characters of a value that comes from elsewhere. */
static int
put_value(struct filling *f, const char *value, size_t max)
{
	int result = 0;

	while (*value != '\0' && max-- > 0 && result == 0) {
		if (is_gsm_pair(value)) {
			result = put(f, value, 2);
			value += 2;
			continue;
		}
		result = put(f,
		    strchr(TELNYX_TEXT_BYTES, *value) != NULL ? value : "?", 1);
		/* one "?" for a whole character of UTF-8 */
		for (value++; (*value & 0xc0) == 0x80;)
			value++;
	}
	return result;
}

static size_t
chars_of(const char *value)
{
	size_t n = 0;

	for (; *value != '\0'; value++)
		n += (*value & 0xc0) != 0x80;
	return n;
}

/* What is left for each mention of the host, when all else is there. */
static size_t
host_room(const char *text, const struct provider_ctx *ctx)
{
	unsigned found[WORD_COUNT];
	size_t rest = count(text, found);

	rest += found[WORD_BRAND] * chars_of(ctx->brand) +
	    found[WORD_CODE] * strlen(ctx->code);
	if (found[WORD_HOST] == 0 || rest >= TELNYX_TEXT_MAX)
		return 0;
	return (TELNYX_TEXT_MAX - rest) / found[WORD_HOST];
}

static int
put_word(
    struct filling *f, enum word w, const struct provider_ctx *ctx, size_t room)
{
	switch (w) {
	case WORD_BRAND:
		return put_value(f, ctx->brand, TELNYX_BRAND_MAX);
	case WORD_HOST:
		return put_value(
		    f, ctx->host[0] != '\0' ? ctx->host : "login", room);
	case WORD_CODE:
		return put_value(f, ctx->code, PROVIDER_CODE_MAX);
	case WORD_NONE:
	case WORD_COUNT:
		break;
	}
	return -1;
}

int
telnyx_text_fill(const char *text, const struct provider_ctx *ctx,
    char out[TELNYX_TEXT_SIZE])
{
	struct filling f = { .out = out };
	const size_t room = host_room(text, ctx);
	enum word w;
	size_t len;

	out[0] = '\0';
	if (telnyx_text_check(text, (unsigned)strlen(ctx->code)) != NULL)
		return -1;
	for (; *text != '\0'; text += len) {
		len = 1;
		if (*text != '%') {
			if (put_value(&f, text, 1) != 0)
				return -1;
			continue;
		}
		w = word_at(text, &len);
		if (put_word(&f, w, ctx, room) != 0)
			return -1;
	}
	return 0;
}
