/* SPDX-License-Identifier: BSD-2-Clause */
/* A record's secrets under another key. */
#include "lib/records/record_reseal.h"

#include <stdio.h>
#include <string.h>

#include "lib/values/values.h"

#define QUOTE '"'

/* The next name behind a quote, wherever that stands: it may be a person's. */
static const char *
next_name(const char *at, char name[USER_NAME_MAX + 1])
{
	while ((at = strchr(at, QUOTE)) != NULL) {
		const size_t len = strcspn(++at, "\"");

		if (len > USER_NAME_MAX)
			continue;
		snprintf(name, USER_NAME_MAX + 1, "%.*s", (int)len, at);
		if (user_name_valid(name))
			break;
	}
	return at;
}

/* Only its owner's name opens a secret, so whose it is need not be parsed. */
static int
open_it(const char *user, const char *text, const char *sealed,
    const unsigned char *key, char kept[KEPT_NAME_MAX + 1],
    struct secret *secret)
{
	char person[USER_NAME_MAX + 1] = "";
	const char *at = text;

	do {
		kept_name_write(kept, user, person);
		if (record_seal_open(key, kept, sealed, secret) == 0)
			return 0;
	} while ((at = next_name(at, person)) != NULL);
	return -1;
}

int
record_reseal(const char *user, char *text,
    const unsigned char old_key[RECORD_SEAL_KEY],
    const unsigned char new_key[RECORD_SEAL_KEY])
{
	char sealed[RECORD_SEAL_TEXT_MAX], kept[KEPT_NAME_MAX + 1];
	struct secret secret = { .len = 0 };
	char *at = text;
	int rc = 0;

	while (rc == 0 && (at = strstr(at, RECORD_SEAL_WORD)) != NULL) {
		const size_t len = strcspn(at, "\"");

		if (len >= sizeof(sealed))
			return -1;
		snprintf(sealed, sizeof(sealed), "%.*s", (int)len, at);
		rc = open_it(user, text, sealed, old_key, kept, &secret);
		if (rc == 0)
			rc = record_seal_secret(new_key, kept, &secret, sealed);
		explicit_bzero(&secret, sizeof(secret));
		if (rc == 0 && strlen(sealed) != len)
			rc = -1;
		if (rc == 0)
			memcpy(at, sealed, len);
		at += len;
	}
	return rc;
}
