/* SPDX-License-Identifier: BSD-2-Clause */
/* How many names a folder has, . and .. not counted. */
#ifndef TWOFA_TESTS_ENTRIES_H
#define TWOFA_TESTS_ENTRIES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>

static inline unsigned
entries_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;
}

#endif
