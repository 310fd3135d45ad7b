/* SPDX-License-Identifier: BSD-2-Clause */
/* Password and code in one field. Pure. */
#include "lib/wire/wire.h"

#include <string.h>

#define CODE_MIN 4
#define CODE_MAX 10
#define RECOVERY_CHARS 16
#define RECOVERY_GROUP 5 /* four and a dash */
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_Static_assert(ONE_FIELD_MAX == RECOVERY_CHARS + 3, "three dashes");

/* True for a recovery code in capitals, without dashes or with those that it
 * has on paper. Small letters more likely belong to the password. */
static bool
is_recovery(const char *part, size_t len)
{
	const bool groups = len == ONE_FIELD_MAX;

	if ((len != RECOVERY_CHARS && !groups) ||
	    strpbrk(part, CAPITALS) == NULL)
		return false;
	for (size_t i = 0; i < len; i++) {
		const bool dash =
		    groups && i % RECOVERY_GROUP == RECOVERY_GROUP - 1;

		if (strchr(dash ? "-" : CAPITALS "234567", part[i]) == NULL)
			return false;
	}
	return true;
}

enum one_field
one_field_kind_of(const char *part)
{
	const size_t len = strlen(part);

	if (len >= CODE_MIN && len <= CODE_MAX &&
	    strspn(part, "0123456789") == len)
		return ONE_FIELD_CODE;
	if (is_recovery(part, len))
		return ONE_FIELD_RECOVERY;
	if (strcmp(part, "sms") == 0)
		return ONE_FIELD_SMS;
	if (strcmp(part, "call") == 0)
		return ONE_FIELD_CALL;
	return strcmp(part, "push") == 0 ? ONE_FIELD_PUSH : ONE_FIELD_NONE;
}

size_t
one_field_split(const char *text, const char **part)
{
	const char *comma = strrchr(text, ',');

	*part = comma != NULL ? comma + 1 : "";
	if (comma == NULL ||
	    ((*part)[0] != '\0' &&
		one_field_kind_of(*part) == ONE_FIELD_NONE)) {
		*part = "";
		return strlen(text);
	}
	return (size_t)(comma - text);
}
