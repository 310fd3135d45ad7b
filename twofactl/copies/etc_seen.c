/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads copies instead of files in /etc. */
#include "twofactl/copies/etc_seen.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *seen_in;

void
etc_seen_in(const char *folder)
{
	seen_in = folder;
}

const char *
etc_seen(const char *path, char out[ETC_SEEN_PATH])
{
	int n;

	if (seen_in == NULL)
		return path;
	n = snprintf(out, ETC_SEEN_PATH, "%s%s", seen_in, path);
	return n > 0 && n < ETC_SEEN_PATH && access(out, F_OK) == 0 ? out
								    : path;
}

void
etc_seen_name(char *text, const char *folder)
{
	const size_t len = strlen(folder);

	while ((text = strstr(text, folder)) != NULL)
		memmove(text, text + len, strlen(text + len) + 1);
}
