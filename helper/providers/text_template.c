/* SPDX-License-Identifier: BSD-2-Clause */
/* Text messages with a locally generated code, filled in from a template. */
#include "helper/providers/providers.h"

struct filling {
	char *out;
	size_t used, chars; /* bytes; characters as GSM-7 counts */
};

static int
template_put_char(struct filling *f, const char *bytes, size_t len)
{
	if (f->chars >= TELNYX_TEXT_MAX || f->used + len >= TEXT_TEMPLATE_SIZE)
		return -1;
	memcpy(f->out + f->used, bytes, len);
	f->used += len;
	f->out[f->used] = '\0';
	f->chars++;
	return 0;
}

/* Letters of GSM-7's basic table that take two bytes in UTF-8. */
static bool
is_gsm_pair(const char *p)
{
	static const char after_c2[] = "\xa1\xa3\xa4\xa5\xa7\xbf";
	static const char after_c3[] =
	    "\x84\x85\x86\x87\x89\x91\x96\x98\x9c\x9f\xa0\xa4\xa5\xa6\xa8"
	    "\xa9\xac\xb1\xb2\xb6\xb8\xb9\xbc";

	if (p[0] != '\xc2' && p[0] != '\xc3')
		return false;
	return p[1] != '\0' &&
	    strchr(p[0] == '\xc2' ? after_c2 : after_c3, p[1]) != NULL;
}

/* Appends at most max characters of a value; what GSM-7 lacks becomes "?". */
static int
put_value(struct filling *f, const char *value, size_t max)
{
	int result = 0;

	while (*value != '\0' && max-- > 0 && result == 0) {
		if (is_gsm_pair(value)) {
			result = template_put_char(f, value, 2);
			value += 2;
			continue;
		}
		result = template_put_char(f,
		    strchr(TELNYX_TEXT_BYTES, *value) != NULL ? value : "?", 1);
		/* one "?" for a whole UTF-8 character */
		for (value++; (*value & 0xc0) == 0x80;)
			value++;
	}
	return result;
}

static size_t
char_count(const char *value)
{
	size_t n = 0;

	for (; *value != '\0'; value++)
		n += (*value & 0xc0) != 0x80;
	return n;
}

/* Returns how many characters each %host% may take. */
static size_t
host_max(const char *text, const struct provider_ctx *ctx)
{
	unsigned found[TELNYX_WORD_COUNT];
	size_t rest = telnyx_template_count_words(text, found);

	rest += found[TELNYX_WORD_BRAND] * char_count(ctx->brand) +
	    found[TELNYX_WORD_CODE] * strlen(ctx->code);
	if (found[TELNYX_WORD_HOST] == 0 || rest >= TELNYX_TEXT_MAX)
		return 0;
	return (TELNYX_TEXT_MAX - rest) / found[TELNYX_WORD_HOST];
}

static int
put_word(struct filling *f, enum telnyx_word w, const struct provider_ctx *ctx,
    size_t max)
{
	if (w == TELNYX_WORD_BRAND)
		return put_value(f, ctx->brand, PROVIDER_BRAND_MAX);
	if (w == TELNYX_WORD_HOST)
		return put_value(
		    f, ctx->host[0] != '\0' ? ctx->host : "login", max);
	if (w == TELNYX_WORD_CODE)
		return put_value(f, ctx->code, PROVIDER_CODE_MAX);
	return -1;
}

static int
fill_alert(struct filling *f, const struct provider_ctx *ctx)
{
	static const char *const what[EVENT_COUNT] = {
		[EVENT_SHUT] = "too many wrong codes, so",
		[EVENT_RECOVERY_USED] = "a recovery code was used:",
		[EVENT_BYPASS_MADE] = "your help desk made a login code:",
		[EVENT_BYPASS_USED] = "a code of your help desk was used:",
		[EVENT_NUMBER_CHANGED] = "the phone number was changed:",
		[EVENT_NUMBER_CHANGING] =
		    "your phones or app are being changed:",
		[EVENT_CODES_MADE] = "new recovery codes are being made:",
	};
	char text[512];

	if (what[ctx->event] == NULL)
		return -1;
	PRINT_TO(text,
	    "%.40s: %s %.24s on %.30s%s. Not you? Tell your administrator.",
	    ctx->brand, what[ctx->event], ctx->user,
	    ctx->host[0] != '\0' ? ctx->host : "this host",
	    ctx->event == EVENT_SHUT ? " is locked" : "");
	return put_value(f, text, TELNYX_TEXT_MAX);
}

static const char desk_text[] =
    "HELP DESK CHECK %code%. Tell it only to a help desk that YOU called.";

int
text_template_fill(const char *text, const struct provider_ctx *ctx,
    char out[TEXT_TEMPLATE_SIZE])
{
	struct filling f = { .out = out };
	const size_t max = host_max(text, ctx);
	enum telnyx_word w;
	size_t len;

	out[0] = '\0';
	if (ctx->event != EVENT_NONE)
		return fill_alert(&f, ctx);
	if (ctx->desk)
		text = desk_text;
	if (telnyx_template_check(text, (unsigned)strlen(ctx->code)) != NULL)
		return -1;
	for (; *text != '\0'; text += len) {
		len = 1;
		if (*text != '%') {
			if (put_value(&f, text, 1) != 0)
				return -1;
			continue;
		}
		w = telnyx_word_at(text, &len);
		if (put_word(&f, w, ctx, max) != 0)
			return -1;
	}
	return 0;
}
