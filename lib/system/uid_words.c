/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of uids: an admin knows user twofa, but perhaps not uid 997. */
#include "lib/system/uid_words.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>

#define LOOKUP_MAX 4096

const char *
uid_words(uid_t uid, char out[UID_WORDS_MAX])
{
	char buffer[LOOKUP_MAX];
	struct passwd pw, *found = NULL;
	const int error = errno;

	if (getpwuid_r(uid, &pw, buffer, sizeof(buffer), &found) == 0 &&
	    found != NULL)
		snprintf(out, UID_WORDS_MAX, "user %.64s", found->pw_name);
	else
		snprintf(out, UID_WORDS_MAX, "uid %u", uid);
	errno = error;
	return out;
}
