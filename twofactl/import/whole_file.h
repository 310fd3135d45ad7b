/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that an administrator names, read whole. */
#ifndef TWOFA_WHOLE_FILE_H
#define TWOFA_WHOLE_FILE_H

#include <stddef.h>

#define WHOLEFILE_MAX ((size_t)64 * 1024 * 1024)

struct wholefile {
	char *bytes;
	size_t len;
};

/* "-" is stdin. 0, or -1 after complaining, and nothing to free. */
int wholefile_read(struct wholefile *, const char *path);
void wholefile_free(struct wholefile *);

#endif
