/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses what a user typed at a prompt. */
#include "helper/dialogue/dialogue_inside.h"

_Static_assert(ANSWER_CODE_MAX >= RECOVERY_LEN, "a recovery code fits");

struct text_part
answer_trim(const char *text)
{
	static const char blanks[] = " \t";
	const char *begin = text + strspn(text, blanks);
	size_t len = strlen(begin);

	while (len > 0 && strchr(blanks, begin[len - 1]) != NULL)
		len--;
	return (struct text_part){ begin, len };
}

const struct answer_key answer_keys[] = {
	{ 'v', METHOD_VOICE, "call" },
	{ 'w', METHOD_WHATSAPP, "WhatsApp" },
	{ 'e', METHOD_EMAIL, "email" },
	{ 'p', METHOD_PUSH, "push" },
	{ 't', METHOD_TOTP, "app" },
	{ 's', METHOD_PAGE, "key" },
	{ 'n', CHALLENGE_NEXT_PHONE, "other phone" },
	{ 'k', METHOD_PAGE, NULL },
};

/* A key is a single letter, in upper or lower case. */
static enum answer
dialogue_read_key(char c, char code[ANSWER_CODE_MAX + 1])
{
	c |= 'a' - 'A';
	if (c == 'r')
		return ANSWER_RESEND;
	if (c == 'q')
		return ANSWER_QUIT;
	for (size_t i = 0; i < ANSWER_KEYS; i++)
		if (c == answer_keys[i].letter) {
			snprintf(code, ANSWER_CODE_MAX + 1, "%c", c);
			return ANSWER_METHOD;
		}
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
	const struct text_part typed = answer_trim(a->text);
	const char *p = typed.at, *end = p + typed.len;
	size_t digits = 0;

	code[0] = '\0';
	if (p == end && a->typed == strlen(a->text))
		return ANSWER_EMPTY;
	if (end - p == 1 && (*p < '0' || *p > '9'))
		return dialogue_read_key(*p, code);
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
