/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads what a person typed. */
#include "helper/dialogue/answer.h"

#include <stdbool.h>
#include <string.h>

#include "lib/values/values.h"

_Static_assert(ANSWER_CODE_MAX >= RECOVERY_LEN, "a recovery code fits");

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A key is typed alone, in upper or lower case. */
static enum answer
read_key(char c)
{
	static const struct {
		char key;
		enum answer answer;
	} keys[] = {
		{ 'r', ANSWER_RESEND },
		{ 'v', ANSWER_VOICE },
		{ 'w', ANSWER_WHATSAPP },
		{ 'e', ANSWER_EMAIL },
		{ 'p', ANSWER_PUSH },
		{ 't', ANSWER_TOTP },
		{ 'q', ANSWER_QUIT },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (c == keys[i].key || c == keys[i].key - 'a' + 'A')
			return keys[i].answer;
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
	if (p == end && a->typed == strlen(a->text))
		return ANSWER_EMPTY;
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
	return recovery_code_normalise(a->text, code) ? ANSWER_RECOVERY
						      : ANSWER_MALFORMED;
}

enum answer
answer_read_standin(const struct ui_answer *a, unsigned length)
{
	if (length > 0 && a->typed == length)
		return ANSWER_CODE;
	if (a->typed == RECOVERY_LEN || a->typed == RECOVERY_TEXT)
		return ANSWER_RECOVERY;
	return a->typed == 1 ? ANSWER_RESEND : ANSWER_MALFORMED;
}
