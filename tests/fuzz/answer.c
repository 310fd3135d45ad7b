/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: what a person may type. The first byte is the length of a code
 * at that prompt, the rest the answer.
 */
#include "helper/dialogue/dialogue.h"
#include "helper/dialogue/dialogue_inside.h"
#include "lib/values/values.h"
#include "tests/fuzz/fuzz.h"

#define DIGITS "0123456789"
#define KEYS "vweptsnk"
#define BASE32 "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

/* The typed text without what is forgiven. */
static size_t
bare(const char *text, char out[UI_ANSWER_MAX + 1])
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		if (strchr(" \t-", *text) == NULL)
			out[n++] = *text;
	out[n] = '\0';
	return n;
}

static void
code_look(const struct ui_answer *a, unsigned length, const char *code)
{
	char typed[UI_ANSWER_MAX + 1];

	must(strlen(code) == length && strspn(code, DIGITS) == length,
	    "a code is digits, so many");
	must(bare(a->text, typed) == length && strcmp(typed, code) == 0,
	    "the code is what was typed");
}

static void
recovery_look(const struct ui_answer *a, const char *code)
{
	char typed[UI_ANSWER_MAX + 1], text[RECOVERY_TEXT + 1];
	char again[RECOVERY_LEN + 1];

	must(strlen(code) == RECOVERY_LEN &&
		strspn(code, BASE32) == RECOVERY_LEN &&
		strspn(code, DIGITS) < RECOVERY_LEN,
	    "a recovery code is base32 with a letter");
	must(bare(a->text, typed) == RECOVERY_LEN &&
		strcasecmp(typed, code) == 0,
	    "the recovery code is what was typed");
	text_in_fours(text, sizeof(text), code, '-');
	must(recovery_code_normalise(text, again) && strcmp(code, again) == 0,
	    "as it is printed, it is read");
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char code[ANSWER_CODE_MAX + 1] = "?";
	struct ui_answer a = { .typed = 0 };
	struct challenge_view view = { .code_length = 0 };
	unsigned length;
	enum answer kind;

	if (size == 0)
		return 0;
	length = data[0] % 12;
	view.code_length = length;
	a.typed = size - 1;
	if (a.typed <= UI_ANSWER_MAX)
		memcpy(a.text, data + 1, a.typed);
	kind = answer_read(&a, &view, code);
	must(strlen(code) <= ANSWER_CODE_MAX, "a code with an end");
	if (kind == ANSWER_CODE)
		code_look(&a, length, code);
	else if (kind == ANSWER_RECOVERY)
		recovery_look(&a, code);
	else if (kind == ANSWER_METHOD)
		must(strlen(code) == 1 && strspn(code, KEYS) == 1,
		    "a key is one letter of the prompt's");
	else
		must(code[0] == '\0', "no code in another answer");
	must(kind != ANSWER_EMPTY || strspn(a.text, " \t") == strlen(a.text),
	    "an empty answer is empty");
	kind = answer_guess_standin(&a, &view);
	must(kind != ANSWER_CODE || a.typed == length,
	    "a stand-in counts by its length");
	return 0;
}
