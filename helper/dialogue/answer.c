/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses what a user typed at a prompt. */
#include "helper/dialogue/dialogue_inside.h"

_Static_assert(ANSWER_CODE_MAX >= RECOVERY_LEN, "a recovery code fits");

bool
answer_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A key is a single letter, in upper or lower case. */
static enum answer
dialogue_read_key(char c)
{
	static const struct {
		char key;
		enum answer answer;
	} keys[] = {
		{ 'r', ANSWER_RESEND },
		{ 'v', ANSWER_VOICE },
		{ 'w', ANSWER_WHATSAPP },
		{ 'e', ANSWER_EMAIL },
		{ 'n', ANSWER_NEXT },
		{ 'p', ANSWER_PUSH },
		{ 'k', ANSWER_QR },
		{ 's', ANSWER_QR },
		{ 't', ANSWER_TOTP },
		{ 'q', ANSWER_QUIT },
	};

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (c == keys[i].key || c == keys[i].key - 'a' + 'A')
			return keys[i].answer;
	return ANSWER_MALFORMED;
}

static bool
is_length(const struct challenge_view *v, size_t digits)
{
	return digits > 0 &&
	    (digits == v->code_length || digits == v->other_length);
}

enum answer
answer_read(const struct ui_answer *a, const struct challenge_view *v,
    char code[ANSWER_CODE_MAX + 1])
{
	const char *p = a->text, *end = p + strlen(p);
	size_t digits = 0;

	code[0] = '\0';
	while (answer_is_blank(*p))
		p++;
	while (end > p && answer_is_blank(end[-1]))
		end--;
	if (p == end && a->typed == strlen(a->text))
		return ANSWER_EMPTY;
	if (end - p == 1 && (*p < '0' || *p > '9'))
		return dialogue_read_key(*p);
	for (; p < end; p++) {
		if (*p == ' ' || *p == '-')
			continue;
		if (*p < '0' || *p > '9' || digits == ANSWER_CODE_MAX)
			goto malformed;
		code[digits++] = *p;
	}
	code[digits] = '\0';
	if (is_length(v, digits))
		return ANSWER_CODE;
malformed:
	explicit_bzero(code, ANSWER_CODE_MAX + 1);
	return recovery_code_normalise(a->text, code) ? ANSWER_RECOVERY
						      : ANSWER_MALFORMED;
}

enum answer
answer_guess_standin(const struct ui_answer *a, const struct challenge_view *v)
{
	if (is_length(v, a->typed))
		return ANSWER_CODE;
	if (a->typed == RECOVERY_LEN || a->typed == RECOVERY_TEXT)
		return ANSWER_RECOVERY;
	return a->typed == 1 ? ANSWER_RESEND : ANSWER_MALFORMED;
}
