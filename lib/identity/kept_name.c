/* SPDX-License-Identifier: BSD-2-Clause */
/* ACCOUNT//PERSON. */
#include "lib/identity/kept_name.h"

#include <stdio.h>
#include <string.h>

/* A name that is cut might be another person's. */
static bool
take(char out[USER_NAME_MAX + 1], const char *name, size_t len)
{
	if (len > USER_NAME_MAX)
		return false;
	memcpy(out, name, len);
	out[len] = '\0';
	return user_name_valid(out);
}

bool
kept_name_read(struct kept_name *k, const char *text)
{
	const char *between = strstr(text, KEPT_NAME_BETWEEN);
	const char *person =
	    between != NULL ? between + strlen(KEPT_NAME_BETWEEN) : NULL;
	const size_t len =
	    between != NULL ? (size_t)(between - text) : strlen(text);

	*k = (struct kept_name){ .person = "" };
	if (take(k->account, text, len) &&
	    (person == NULL || take(k->person, person, strlen(person))))
		return true;
	*k = (struct kept_name){ .person = "" };
	return false;
}

void
kept_name_write(
    char out[KEPT_NAME_MAX + 1], const char *account, const char *person)
{
	const bool some = person != NULL && person[0] != '\0';

	snprintf(out, KEPT_NAME_MAX + 1, "%s%s%s", account,
	    some ? KEPT_NAME_BETWEEN : "", some ? person : "");
}
