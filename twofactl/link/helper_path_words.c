/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which helper files are started. From / downwards: a part is looked at only
 * when nobody but root can swap it any more.
 */
#include "twofactl/link/helper_path_words.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "twofactl/terminal/complain.h"
#include "twofactl/terminal/shell_word.h"

static const char *
fault_of(const struct stat *st, bool last)
{
	if (S_ISLNK(st->st_mode))
		return "is a symbolic link; name the real path";
	if (last && !S_ISREG(st->st_mode))
		return "is not a regular file; install twofa-helper there";
	if (!last && !S_ISDIR(st->st_mode))
		return "is not a folder; correct the path";
	if (st->st_uid != 0)
		return "does not belong to root; run: chown root:root";
	/* an access control list shows as the group's bit */
	if ((st->st_mode & (S_IWOTH | S_IWGRP)) != 0)
		return "can be written by others than root; run: chmod go-w";
	return NULL;
}

static int
part_check(const char *path, const char *part, bool last)
{
	const char *fault;
	struct stat st;

	if (lstat(part, &st) != 0) {
		complain("helper %s: %s: %s; install it there or correct "
			 "--helper",
		    path, part, strerror(errno));
		return -1;
	}
	fault = fault_of(&st, last);
	if (fault == NULL)
		return 0;
	complain("helper %s: %s %s%s%s", path, part, fault,
	    strstr(fault, "run:") != NULL ? " " : "",
	    strstr(fault, "run:") != NULL ? shell_word(part) : "");
	return -1;
}

int
helper_path_words_check(const char *path)
{
	size_t len = strlen(path);
	char part[PATH_MAX];

	if (path[0] != '/' || len < 2 || len >= sizeof(part)) {
		complain("helper %.60s: give an absolute path of less than %d "
			 "bytes",
		    path, PATH_MAX);
		return -1;
	}
	if (part_check(path, "/", false) != 0)
		return -1;
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (part_check(path, part, i == len) != 0)
			return -1;
	}
	return 0;
}
