/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the state lives. */
#include "helper/statedir.h"

#include <errno.h>
#include <string.h>

int
statedir_of(const char *path, char out[STATEDIR_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);

	if (path[0] != '/' || len == 0 || len >= STATEDIR_MAX) {
		errno = EINVAL;
		return -1;
	}
	memcpy(out, path, len);
	out[len] = '\0';
	return 0;
}
