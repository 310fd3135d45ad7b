/* SPDX-License-Identifier: BSD-2-Clause */
/* Owner names: the names under which the state counts. */
#include "lib/values/values.h"

#define SEPARATOR "//" /* of ACCOUNT//PERSON */

/* Copies a name of len bytes; never cut, as it might become another person's.
 */
static bool
owner_take_name(char out[USER_NAME_MAX + 1], const char *name, size_t len)
{
	if (len > USER_NAME_MAX)
		return false;
	memcpy(out, name, len);
	out[len] = '\0';
	return user_name_is_valid(out);
}

bool
owner_read(struct owner *owner, const char *text)
{
	const char *separator = strstr(text, SEPARATOR);
	const char *person =
	    separator != NULL ? separator + strlen(SEPARATOR) : NULL;
	const size_t len =
	    separator != NULL ? (size_t)(separator - text) : strlen(text);

	*owner = (struct owner){ .person = "" };
	if (owner_take_name(owner->account, text, len) &&
	    (person == NULL ||
		owner_take_name(owner->person, person, strlen(person))))
		return true;
	*owner = (struct owner){ .person = "" };
	return false;
}

void
owner_write(char out[OWNER_MAX + 1], const char *account, const char *person)
{
	const bool has_person = person != NULL && person[0] != '\0';

	snprintf(out, OWNER_MAX + 1, "%s%s%s", account,
	    has_person ? SEPARATOR : "", has_person ? person : "");
}

void
owner_write_remembered(
    const char *user, const char *account, char out[OWNER_REMEMBERED_MAX])
{
	const size_t len = strnlen(user, OWNER_REMEMBERED_MAX - 1);

	memmove(out, user, len);
	snprintf(
	    out + len, OWNER_REMEMBERED_MAX - len, SEPARATOR "=%s", account);
}

void
owner_write_push(const char *user, int64_t socket_uid, char out[OWNER_PUSH_MAX])
{
	if (socket_uid != 0)
		snprintf(out, OWNER_PUSH_MAX, "push:sock:%lld:%s",
		    (long long)socket_uid, user);
	else
		snprintf(out, OWNER_PUSH_MAX, "push:%s", user);
}

void
owner_write_decoy(
    const char *account, const char *hex, char out[OWNER_STATE_MAX])
{
	snprintf(out, OWNER_STATE_MAX, "%s" SEPARATOR ".%s", account, hex);
}

bool
owner_is_decoy(const char *name)
{
	return strstr(name, SEPARATOR ".") != NULL;
}
