/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of users and people, and the keys and certificates that sshd names. The
 * format of keys: RFC 4253 section 6.6 and RFC 4251 section 5; of certificates:
 * PROTOCOL.certkeys and PROTOCOL.u2f of OpenSSH. Without <ctype.h>, which
 * depends on the application's locale. */

#include "lib/values/values.h"
#include <openssl/evp.h>
#include <stdlib.h>

bool
user_name_is_valid(const char *name)
{
	const size_t len = strspn(name, USER_NAME_BYTES);

	return len >= 1 && len <= USER_NAME_MAX && name[len] == '\0' &&
	    strchr(".@\\-", name[0]) == NULL;
}

/* ACCOUNT//PERSON. */
#define KEPT_NAME_BETWEEN "//"

/* A name that is cut might be another person's. */
static bool
kept_name_take(char out[USER_NAME_MAX + 1], const char *name, size_t len)
{
	if (len > USER_NAME_MAX)
		return false;
	memcpy(out, name, len);
	out[len] = '\0';
	return user_name_is_valid(out);
}

bool
owner_read(struct owner *k, const char *text)
{
	const char *between = strstr(text, KEPT_NAME_BETWEEN);
	const char *person =
	    between != NULL ? between + strlen(KEPT_NAME_BETWEEN) : NULL;
	const size_t len =
	    between != NULL ? (size_t)(between - text) : strlen(text);

	*k = (struct owner){ .person = "" };
	if (kept_name_take(k->account, text, len) &&
	    (person == NULL ||
		kept_name_take(k->person, person, strlen(person))))
		return true;
	*k = (struct owner){ .person = "" };
	return false;
}

void
owner_write(char out[OWNER_MAX + 1], const char *account, const char *person)
{
	const bool some = person != NULL && person[0] != '\0';

	snprintf(out, OWNER_MAX + 1, "%s%s%s", account,
	    some ? KEPT_NAME_BETWEEN : "", some ? person : "");
}

void
owner_write_remembered(
    const char *user, const char *account, char out[OWNER_REMEMBERED_MAX])
{
	const size_t len = strnlen(user, OWNER_REMEMBERED_MAX - 1);

	memmove(out, user, len);
	snprintf(out + len, OWNER_REMEMBERED_MAX - len, KEPT_NAME_BETWEEN "=%s",
	    account);
}

void
owner_write_decoy(
    const char *account, const char *hex, char out[OWNER_STATE_MAX])
{
	snprintf(
	    out, OWNER_STATE_MAX, "%s" KEPT_NAME_BETWEEN ".%s", account, hex);
}

bool
owner_is_decoy(const char *name)
{
	return strstr(name, KEPT_NAME_BETWEEN ".") != NULL;
}
