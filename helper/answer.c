/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what a person typed. */
#include "helper/answer.h"

#include <stdbool.h>
#include <string.h>

#include "helper/recovery.h"

_Static_assert(ANSWER_CODE_MAX >= RECOVERY_LEN, "a recovery code fits");

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A key stands alone, in either case. */
static enum answer
read_key(char c)
{
	if (c == 'r' || c == 'R')
		return ANSWER_RESEND;
	if (c == 'v' || c == 'V')
		return ANSWER_VOICE;
	if (c == 'q' || c == 'Q')
		return ANSWER_QUIT;
	if (c == 't' || c == 'T')
		return ANSWER_TOTP;
	return ANSWER_MALFORMED;
}

enum answer
answer_read(
    const struct ui_answer *a, unsigned length, char code[ANSWER_CODE_MAX + 1])
{
	const char *p = a->text, *end = p + strlen(p);
	size_t digits = 0;

	code[0] = '\0';
	while (is_blank(*p))
		p++;
	while (end > p && is_blank(end[-1]))
		end--;
	if (end - p == 1 && (*p < '0' || *p > '9'))
		return read_key(*p);
	for (; p < end; p++) {
		if (*p == ' ' || *p == '-')
			continue;
		if (*p < '0' || *p > '9' || digits == length ||
		    digits == ANSWER_CODE_MAX)
			goto malformed;
		code[digits++] = *p;
	}
	code[digits] = '\0';
	if (digits == length && digits > 0)
		return ANSWER_CODE;
malformed:
	explicit_bzero(code, ANSWER_CODE_MAX + 1);
	return recovery_normalise(a->text, code) ? ANSWER_RECOVERY
						 : ANSWER_MALFORMED;
}

enum answer
answer_read_standin(const struct ui_answer *a, unsigned length)
{
	if (a->typed == length)
		return ANSWER_CODE;
	if (a->typed == RECOVERY_LEN || a->typed == RECOVERY_TEXT)
		return ANSWER_RECOVERY;
	return a->typed == 1 ? ANSWER_RESEND : ANSWER_MALFORMED;
}
