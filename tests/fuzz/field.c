/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: a password and a code in one field. Any text.
 */
#include "lib/values/values.h"
#include "lib/wire/wire.h"
#include "tests/fuzz/fuzz.h"

#define DIGITS "0123456789"

static bool
is_word(const char *part)
{
	return strcmp(part, "sms") == 0 || strcmp(part, "call") == 0 ||
	    strcmp(part, "push") == 0;
}

static void
part_look(const char *part)
{
	char code[RECOVERY_LEN + 1];
	const size_t len = strlen(part);

	must(len <= ONE_FIELD_MAX, "a part has an end");
	switch (one_field_kind_of(part)) {
	case ONE_FIELD_NONE:
		must(len == 0, "what is not known stays in the password");
		break;
	case ONE_FIELD_CODE:
		must(strspn(part, DIGITS) == len && len >= 4 && len <= 10,
		    "a code is 4 to 10 digits");
		break;
	case ONE_FIELD_RECOVERY:
		must(recovery_code_normalise(part, code),
		    "a recovery code is one");
		break;
	case ONE_FIELD_SMS:
	case ONE_FIELD_CALL:
	case ONE_FIELD_PUSH:
		must(is_word(part), "a word is one of three");
		break;
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = fuzz_text(data, size), *closed;
	const char *part;
	size_t len = one_field_split(text, &part);

	must(len <= strlen(text), "the password is within the text");
	part_look(part);
	if (len == strlen(text)) {
		must(part[0] == '\0', "nothing was taken off");
	} else {
		must(text[len] == ',' && part == text + len + 1,
		    "what was taken off begins with a comma");
		must(strchr(part, ',') == NULL, "it was the last one");
	}
	/* any password can be typed: with a comma behind it */
	must(asprintf(&closed, "%s,", text) > 0, "memory");
	must(one_field_split(closed, &part) == strlen(text) && part[0] == '\0',
	    "a comma at the end is taken off alone");
	free(closed);
	free(text);
	return 0;
}
