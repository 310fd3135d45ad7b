/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a whole file that an administrator names. */
#ifndef TWOFA_WHOLE_FILE_H
#define TWOFA_WHOLE_FILE_H

#include <stddef.h>

#define WHOLE_FILE_MAX ((size_t)64 * 1024 * 1024)

struct whole_file {
	char *bytes; /* len of them, and a NUL */
	size_t len;
};

/* "-" is stdin. 0, or -1 after complaining, and nothing to free. */
int whole_file_read(struct whole_file *, const char *path);
void whole_file_free(struct whole_file *);

#endif
